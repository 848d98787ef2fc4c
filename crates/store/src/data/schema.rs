//! The definitions of a group, made ready for records.

use std::collections::HashMap;

use rempart_aws_wire::push_json_string;

use crate::group::{CollectionType, FeatureDefinition, FeatureType, Group};

/// A feature.
#[derive(Debug)]
pub(crate) struct Feature {
    pub(crate) name: Box<str>,
    pub(crate) kind: FeatureType,
    pub(crate) collection: Option<CollectionType>,
    /// `{"FeatureName":"…","ValueAsString":`
    pub(crate) scalar_json: Box<[u8]>,
    /// `{"FeatureName":"…","ValueAsStringList":[`
    pub(crate) list_json: Box<[u8]>,
}

/// The definitions.
#[derive(Debug)]
pub(crate) struct Schema {
    features: Vec<Feature>,
    by_name: HashMap<Box<str>, u16, foldhash::fast::RandomState>,
    pub(crate) identifier: u16,
    pub(crate) event_time: u16,
    pub(crate) version: u32,
}

impl Schema {
    /// The definitions of a group; `None` when they lack identifier or event time, which the control
    /// plane does not let happen.
    pub(crate) fn of(group: &Group) -> Option<Self> {
        let mut by_name = HashMap::default();
        let mut features = Vec::with_capacity(group.features.len());
        for (index, definition) in group.features.iter().enumerate() {
            by_name.insert(definition.name.as_str().into(), u16::try_from(index).ok()?);
            features.push(feature(definition));
        }
        let identifier = *by_name.get(group.identifier.as_str())?;
        let event_time = *by_name.get(group.event_time.as_str())?;
        Some(Self {
            features,
            by_name,
            identifier,
            event_time,
            version: group.schema_version,
        })
    }

    pub(crate) fn index(&self, name: &str) -> Option<u16> {
        self.by_name.get(name).copied()
    }

    /// The same where the feature at `likely` is probably meant: most records name features in the order
    /// of their definitions.
    pub(crate) fn index_near(&self, name: &str, likely: u16) -> Option<u16> {
        match self.feature(likely) {
            Some(feature) if *feature.name == *name => Some(likely),
            _ => self.index(name),
        }
    }

    pub(crate) fn feature(&self, index: u16) -> Option<&Feature> {
        self.features.get(usize::from(index))
    }

    pub(crate) fn features(&self) -> &[Feature] {
        &self.features
    }

    pub(crate) fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether the event time is text, not seconds.
    pub(crate) fn event_time_is_text(&self) -> bool {
        self.feature(self.event_time)
            .is_none_or(|feature| feature.kind == FeatureType::String)
    }
}

fn feature(definition: &FeatureDefinition) -> Feature {
    let mut start = Vec::from(&b"{\"FeatureName\":"[..]);
    push_json_string(&mut start, &definition.name);
    let mut scalar_json = start.clone();
    scalar_json.extend_from_slice(b",\"ValueAsString\":");
    start.extend_from_slice(b",\"ValueAsStringList\":[");
    Feature {
        name: definition.name.as_str().into(),
        kind: definition.kind,
        collection: definition.collection,
        scalar_json: scalar_json.into(),
        list_json: start.into(),
    }
}
