//! Members as they are sent, all optional: a reader that takes objects only, each member once, none
//! that is not known, and borrows texts without escapes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{FeatureValue, accept};

/// A text.
#[derive(Clone)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// The features of a record, checked as they are read: most of a request is these.
pub(super) struct Record<'a>(pub(super) Vec<FeatureValue<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RecordVisitor<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for RecordVisitor<'a> {
            type Value = Record<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut features = Vec::new();
                while let Some(Feature(feature)) = access.next_element()? {
                    features.push(feature);
                }
                Ok(Record(features))
            }
        }
        deserializer.deserialize_seq(RecordVisitor(PhantomData))
    }
}

struct Feature<'a>(FeatureValue<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Feature<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FeatureVisitor<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for FeatureVisitor<'a> {
            type Value = Feature<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let (mut name, mut text, mut list) = (None, None, None);
                let (mut has_name, mut has_text, mut has_list) = (false, false, false);
                while let Some(Text(key)) = access.next_key::<Text<'de>>()? {
                    let seen = match key.as_ref() {
                        "FeatureName" => {
                            name = access.next_value::<Option<Text<'de>>>()?;
                            &mut has_name
                        }
                        "ValueAsString" => {
                            text = access.next_value::<Option<Text<'de>>>()?;
                            &mut has_text
                        }
                        "ValueAsStringList" => {
                            list = access.next_value::<Option<Vec<Text<'de>>>>()?;
                            &mut has_list
                        }
                        _ => return Err(A::Error::custom("unknown")),
                    };
                    if std::mem::replace(seen, true) {
                        return Err(A::Error::custom("twice"));
                    }
                }
                accept::feature(name, text, list)
                    .map(Feature)
                    .ok_or_else(|| A::Error::custom("not as the model says"))
            }
        }
        deserializer.deserialize_map(FeatureVisitor(PhantomData))
    }
}

macro_rules! members {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty = $wire:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $field: Option<$kind>,)+
            _text: PhantomData<&'a ()>,
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct MembersVisitor<'a>(PhantomData<&'a ()>);
                impl<'de: 'a, 'a> Visitor<'de> for MembersVisitor<'a> {
                    type Value = $name<'a>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: MapAccess<'de>>(
                        self,
                        mut access: A,
                    ) -> Result<Self::Value, A::Error> {
                        let mut members = $name::default();
                        $(let mut $field = false;)+
                        while let Some(Text(key)) = access.next_key::<Text<'de>>()? {
                            match key.as_ref() {
                                $($wire => {
                                    if std::mem::replace(&mut $field, true) {
                                        return Err(A::Error::custom("twice"));
                                    }
                                    members.$field = access.next_value()?;
                                })+
                                _ => return Err(A::Error::custom("unknown")),
                            }
                        }
                        Ok(members)
                    }
                }
                deserializer.deserialize_map(MembersVisitor(PhantomData))
            }
        }
    };
}

members!(TtlMembers {
    unit: Text<'a> = "Unit",
    value: i32 = "Value",
});
members!(PutMembers {
    group: Text<'a> = "FeatureGroupName",
    record: Record<'a> = "Record",
    targets: Vec<Text<'a>> = "TargetStores",
    ttl: TtlMembers<'a> = "TtlDuration",
});
members!(GetMembers {
    group: Text<'a> = "FeatureGroupName",
    identifier: Text<'a> = "RecordIdentifierValueAsString",
    features: Vec<Text<'a>> = "FeatureNames",
    expiration: Text<'a> = "ExpirationTimeResponse",
});
members!(DeleteMembers {
    group: Text<'a> = "FeatureGroupName",
    identifier: Text<'a> = "RecordIdentifierValueAsString",
    event_time: Text<'a> = "EventTime",
    targets: Vec<Text<'a>> = "TargetStores",
    mode: Text<'a> = "DeletionMode",
});
members!(UpdateMembers {
    group: Text<'a> = "FeatureGroupName",
    identifier: Text<'a> = "RecordIdentifierValueAsString",
    features: Record<'a> = "Features",
    targets: Vec<Text<'a>> = "TargetStores",
    ttl: TtlMembers<'a> = "TtlDuration",
});
members!(IdentifiersMembers {
    group: Text<'a> = "FeatureGroupName",
    identifiers: Vec<Text<'a>> = "RecordIdentifiersValueAsString",
    features: Vec<Text<'a>> = "FeatureNames",
});
members!(BatchGetMembers {
    identifiers: Vec<IdentifiersMembers<'a>> = "Identifiers",
    expiration: Text<'a> = "ExpirationTimeResponse",
});
members!(BatchWriteMembers {
    entries: Vec<PutMembers<'a>> = "Entries",
    ttl: TtlMembers<'a> = "TtlDuration",
});
members!(ListMembers {
    group: Text<'a> = "FeatureGroupName",
    max_results: i32 = "MaxResults",
    next_token: Text<'a> = "NextToken",
    include_deleted: bool = "IncludeSoftDeletedRecords",
});
