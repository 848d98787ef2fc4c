//! Two values, member by member.

use serde_json::Value;

use super::Change;
use crate::kind::PAGING_MEMBERS;
use crate::unknown::unknown_reason;

/// Deeper values are compared as a whole.
const DEEPEST: usize = 64;

/// Members by which the elements of a list are told apart, best first.
const NAMES: [&str; 12] = [
    "Key",
    "key",
    "Name",
    "name",
    "Arn",
    "arn",
    "Id",
    "id",
    "VariantName",
    "ChannelName",
    "PolicyName",
    "PolicyArn",
];

pub(super) struct Comparing {
    pub(super) volatile: &'static [&'static str],
}

impl Comparing {
    pub(super) fn compare(
        &self,
        path: &str,
        before: &Value,
        after: &Value,
        changes: &mut Vec<Change>,
    ) {
        self.walk(path, before, after, 0, changes);
    }

    fn walk(
        &self,
        path: &str,
        before: &Value,
        after: &Value,
        depth: usize,
        changes: &mut Vec<Change>,
    ) {
        if before == after {
            return;
        }
        let unknown = unknown_reason(before).is_some() || unknown_reason(after).is_some();
        match (before, after) {
            (Value::Object(old), Value::Object(new)) if !unknown && depth < DEEPEST => {
                let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
                names.sort();
                names.dedup();
                for name in names {
                    let skipped = self.volatile.contains(&name.as_str())
                        || depth == 0 && PAGING_MEMBERS.contains(&name.as_str());
                    if skipped {
                        continue;
                    }
                    let inner = join(path, name);
                    match (old.get(name), new.get(name)) {
                        (Some(old), Some(new)) => self.walk(&inner, old, new, depth + 1, changes),
                        (old, new) => changes.push(Change {
                            path: inner,
                            before: old.cloned(),
                            after: new.cloned(),
                        }),
                    }
                }
            }
            (Value::Array(old), Value::Array(new)) if depth < DEEPEST => {
                self.lists(path, old, new, depth, changes);
            }
            _ => changes.push(Change {
                path: path.to_owned(),
                before: Some(before.clone()),
                after: Some(after.clone()),
            }),
        }
    }

    fn lists(
        &self,
        path: &str,
        old: &[Value],
        new: &[Value],
        depth: usize,
        changes: &mut Vec<Change>,
    ) {
        if let Some(member) = naming_member(old, new) {
            let name = |value: &Value| value.get(member).cloned();
            for element in old {
                let inner = named(path, member, element);
                let other = new.iter().find(|other| name(other) == name(element));
                match other {
                    Some(other) => self.walk(&inner, element, other, depth + 1, changes),
                    None => changes.push(Change {
                        path: inner,
                        before: Some(element.clone()),
                        after: None,
                    }),
                }
            }
            for element in new {
                if !old.iter().any(|other| name(other) == name(element)) {
                    changes.push(Change {
                        path: named(path, member, element),
                        before: None,
                        after: Some(element.clone()),
                    });
                }
            }
            return;
        }
        if same_elements(old, new) {
            return;
        }
        for position in 0..old.len().max(new.len()) {
            let inner = format!("{path}[{position}]");
            match (old.get(position), new.get(position)) {
                (Some(old), Some(new)) => self.walk(&inner, old, new, depth + 1, changes),
                (old, new) => changes.push(Change {
                    path: inner,
                    before: old.cloned(),
                    after: new.cloned(),
                }),
            }
        }
    }
}

/// A member that every element has, with a value of its own.
fn naming_member(old: &[Value], new: &[Value]) -> Option<&'static str> {
    let names_all = |member: &str, list: &[Value]| {
        let mut values: Vec<_> = list
            .iter()
            .filter_map(|element| element.get(member)?.as_str())
            .collect();
        values.sort_unstable();
        let count = values.len();
        values.dedup();
        count == list.len() && values.len() == count
    };
    let mut members = NAMES.into_iter();
    members.find(|member| names_all(member, old) && names_all(member, new))
}

/// Whether two lists of scalars hold the same in another order, as sets of identifiers do.
fn same_elements(old: &[Value], new: &[Value]) -> bool {
    let texts = |list: &[Value]| {
        let texts: Option<Vec<_>> = list.iter().map(|value| value.as_str()).collect();
        texts.map(|mut texts| {
            texts.sort_unstable();
            texts.into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
    };
    match (texts(old), texts(new)) {
        (Some(old), Some(new)) => old == new,
        _ => false,
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() || path.ends_with('#') {
        format!("{path}{name}")
    } else {
        format!("{path}.{name}")
    }
}

fn named(path: &str, member: &str, element: &Value) -> String {
    let name = element
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default();
    format!("{path}[{member}={name}]")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(before: &Value, after: &Value) -> Vec<String> {
        let mut changes = Vec::new();
        let comparing = Comparing {
            volatile: &["LastModifiedTime"],
        };
        comparing.compare("", before, after, &mut changes);
        let side = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
        let shown = changes.iter().map(|change| {
            format!(
                "{} {} {}",
                change.path,
                side(&change.before),
                side(&change.after)
            )
        });
        shown.collect()
    }

    #[test]
    fn members_are_named_by_their_path() {
        let before = json!({"A": 1, "B": {"C": "x", "LastModifiedTime": 1}, "D": [1, 2], "Gone": null, "NextToken": "a"});
        let after = json!({"A": 2, "B": {"C": "y", "LastModifiedTime": 2}, "D": [1], "New": [], "NextToken": "b"});
        assert_eq!(
            changes(&before, &after),
            [
                "A 1 2",
                "B.C \"x\" \"y\"",
                "D[1] 2 -",
                "Gone null -",
                "New - []"
            ]
        );
        assert!(changes(&before, &before).is_empty());
    }

    #[test]
    fn elements_with_names_are_compared_by_name() {
        let before = json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]});
        let after = json!({"Tags": [{"Key": "b", "Value": "3"}, {"Key": "c", "Value": "4"}]});
        assert_eq!(
            changes(&before, &after),
            [
                r#"Tags[Key=a] {"Key":"a","Value":"1"} -"#,
                r#"Tags[Key=b].Value "2" "3""#,
                r#"Tags[Key=c] - {"Key":"c","Value":"4"}"#,
            ]
        );
    }

    #[test]
    fn the_order_of_identifiers_does_not_count() {
        let before = json!({"Subnets": ["a", "b"]});
        assert!(changes(&before, &json!({"Subnets": ["b", "a"]})).is_empty());
        assert_eq!(changes(&before, &json!({"Subnets": ["b", "c"]})).len(), 2);
    }
}
