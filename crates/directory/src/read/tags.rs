//! Tags, which AWS bounds.

use std::collections::BTreeMap;

use rempart_sigma::yaml::{Fields, Yaml};

use super::Reader;

/// Takes a mapping of names to texts.
pub(super) fn tags(
    fields: &mut Fields<'_>,
    reader: &mut Reader<'_>,
    name: &str,
) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    let Some(node) = fields.take(name) else {
        return tags;
    };
    if !matches!(node.value, Yaml::Map(_) | Yaml::Null) {
        reader.problem(node.at, format!("`{name}` must be a mapping"));
    }
    for entry in node.entries() {
        match entry.value.scalar() {
            Some(value) => {
                // Condition keys know no case: two such tags would be one.
                let is_same = |key: &String| key.eq_ignore_ascii_case(&entry.key);
                if tags.keys().any(is_same) {
                    reader.problem(entry.at, format!("tag `{}` is there twice", entry.key));
                }
                if entry.key.is_empty()
                    || entry.key.chars().count() > 128
                    || value.chars().count() > 256
                    || entry.key.to_ascii_lowercase().starts_with("aws:")
                {
                    reader.problem(
                        entry.at,
                        "a tag has a key of 1 to 128 and a value of up to 256 characters",
                    );
                }
                tags.insert(entry.key.clone(), value.to_owned());
            }
            None => reader.problem(entry.at, format!("`{}` must be text", entry.key)),
        }
    }
    tags
}
