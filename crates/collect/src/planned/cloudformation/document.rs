//! A template as JSON values, with the lines of its resources.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::yaml;
use crate::planned::text::line_of;

/// A template.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) root: Map<String, Value>,
    /// Lines of the resources, by logical id.
    pub(super) lines: BTreeMap<String, u64>,
}

impl Document {
    /// Reads JSON when the text begins like it, YAML otherwise. The error has a line.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, (u64, String)> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = line_of(bytes, error.valid_up_to());
            (line, "not UTF-8".to_owned())
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !text.trim_start().starts_with('{') {
            return yaml::read(text);
        }
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(root) => Ok(Self {
                root,
                lines: json_lines(text),
            }),
            Err(error) => {
                let line = u64::try_from(error.line()).unwrap_or(1).max(1);
                // A mapping in YAML's flow style, with short forms or comments.
                yaml::read(text).map_err(|_| (line, format!("no template: {error}")))
            }
        }
    }

    pub(super) fn section(&self, name: &str) -> Option<&Map<String, Value>> {
        self.root.get(name)?.as_object()
    }
}

fn json_lines(text: &str) -> BTreeMap<String, u64> {
    #[derive(Deserialize)]
    struct Template<'a> {
        #[serde(borrow, rename = "Resources")]
        resources: BTreeMap<String, &'a RawValue>,
    }
    let Ok(template) = serde_json::from_str::<Template<'_>>(text) else {
        return BTreeMap::new();
    };
    let start = text.as_ptr().addr();
    let mut offsets: Vec<_> = template
        .resources
        .into_iter()
        .map(|(name, raw)| (raw.get().as_ptr().addr().saturating_sub(start), name))
        .collect();
    offsets.sort();
    let mut lines = BTreeMap::new();
    let mut line = 1;
    let mut counted = 0;
    for (offset, name) in offsets {
        let between = text.as_bytes().get(counted..offset).unwrap_or_default();
        line += line_of(between, between.len()) - 1;
        counted = offset;
        lines.insert(name, line);
    }
    lines
}
