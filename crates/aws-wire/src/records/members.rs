//! Members as they are sent, all optional: a reader that takes objects only, each member once, none
//! that is not known, and borrows texts without escapes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

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

macro_rules! members {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty = $wire:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $field: Option<$kind>,)+
            _text: std::marker::PhantomData<&'a ()>,
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct MembersVisitor<'a>(std::marker::PhantomData<&'a ()>);
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
                deserializer.deserialize_map(MembersVisitor(std::marker::PhantomData))
            }
        }
    };
}

members!(FeatureMembers {
    name: Text<'a> = "FeatureName",
    text: Text<'a> = "ValueAsString",
    list: Vec<Text<'a>> = "ValueAsStringList",
});
members!(TtlMembers {
    unit: Text<'a> = "Unit",
    value: i32 = "Value",
});
members!(PutMembers {
    group: Text<'a> = "FeatureGroupName",
    record: Vec<FeatureMembers<'a>> = "Record",
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
    features: Vec<FeatureMembers<'a>> = "Features",
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
