//! What changed between two estates.

mod value;

use std::sync::OnceLock;

use hashbrown::HashMap;
use serde::Serialize;
use serde_json::Value;

use crate::estate::{Estate, Place, Resource};
use crate::gap::Gap;
use crate::kind::{Kind, kinds};
use crate::unknown::unknown_reason;

const VOLATILE: &str = include_str!("../data/volatile.txt");

/// What to compare.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiffOptions {
    /// Also members that change on their own, such as times and counters: `data/volatile.txt`.
    pub volatile: bool,
}

/// A resource by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ResourceName {
    /// Its kind.
    pub kind: &'static str,
    /// Where it is.
    pub place: Place,
    /// Its id.
    pub id: String,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// A member that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Path, such as `ProductionVariants[0].InitialInstanceCount`; `operation#path` when another
    /// answer about the resource changed.
    pub path: String,
    /// Value in the first estate; none when it was absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Value in the second estate; none when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What became of a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// Members changed.
    Changed(Vec<Change>),
    /// One of the estates does not know, so nobody can tell.
    CannotTell {
        /// Part that cannot be compared; empty for the resource as a whole.
        #[serde(skip_serializing_if = "String::is_empty")]
        path: String,
        /// Why.
        gap: Gap,
    },
}

/// A resource, or all of a kind in a place, that is not the same in both estates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DiffEntry {
    /// The resource. The id is empty when all of the kind in the place are meant.
    pub resource: ResourceName,
    /// What became of it.
    pub difference: Difference,
}

/// Compares two estates. The order is that of kinds, places and ids.
pub fn diff(before: &Estate, after: &Estate, options: DiffOptions) -> Vec<DiffEntry> {
    let mut entries = Vec::new();
    for kind in kinds().iter().filter(|kind| kind.every.is_none()) {
        let comparison = Comparison {
            before,
            after,
            kind,
            volatile: if options.volatile {
                &[]
            } else {
                volatile(kind.name())
            },
        };
        comparison.run(&mut entries);
    }
    entries
}

struct Comparison<'c> {
    before: &'c Estate,
    after: &'c Estate,
    kind: &'static Kind,
    volatile: &'static [&'static str],
}

/// Where a resource is and what it is called; kinds of accounts are called the same in all regions.
type Key<'c> = (&'c str, &'c str, &'c str);

impl Comparison<'_> {
    fn run(&self, entries: &mut Vec<DiffEntry>) {
        let name = self.kind.name();
        let old: Vec<_> = self.before.resources(name).collect();
        let new: Vec<_> = self.after.resources(name).collect();
        let old_by_key: HashMap<Key<'_>, &Resource> =
            old.iter().map(|found| (self.key(found), *found)).collect();
        let new_by_key: HashMap<Key<'_>, &Resource> =
            new.iter().map(|found| (self.key(found), *found)).collect();
        let start = entries.len();
        for resource in &old {
            match new_by_key.get(&self.key(resource)) {
                Some(other) => self.compare(resource, other, entries),
                None => self.only(resource, self.after, Difference::Removed, entries),
            }
        }
        for resource in &new {
            if !old_by_key.contains_key(&self.key(resource)) {
                self.only(resource, self.before, Difference::Added, entries);
            }
        }
        self.unlisted(&old, &new, entries);
        if let Some(added) = entries.get_mut(start..) {
            added.sort_by(|left, right| left.resource.cmp(&right.resource));
        }
    }

    fn key<'r>(&self, resource: &'r Resource) -> Key<'r> {
        let spread = self.kind.is_global() || self.kind.region.is_some();
        let region = if spread {
            ""
        } else {
            resource.place.region.as_str()
        };
        (&resource.place.account, region, &resource.id)
    }

    /// A resource that the other estate does not have: gone or new only if the other one would know.
    fn only(
        &self,
        resource: &Resource,
        other: &Estate,
        difference: Difference,
        entries: &mut Vec<DiffEntry>,
    ) {
        let difference = match other.listing(self.kind.name(), &resource.place) {
            None => difference,
            Some(gap) => Difference::CannotTell {
                path: String::new(),
                gap,
            },
        };
        entries.push(DiffEntry {
            resource: name_of(resource),
            difference,
        });
    }

    /// Places where one estate has the list and the other has not, and nothing above said so.
    fn unlisted(&self, old: &[&Resource], new: &[&Resource], entries: &mut Vec<DiffEntry>) {
        let mut places: Vec<_> = self
            .before
            .places()
            .iter()
            .chain(self.after.places())
            .collect();
        places.sort();
        places.dedup();
        for place in places {
            let has = |list: &[&Resource]| list.iter().any(|found| found.place == *place);
            if has(old) || has(new) || self.kind.is_global() != place.is_global() {
                continue;
            }
            let name = self.kind.name();
            let gaps = (
                self.before.listing(name, place),
                self.after.listing(name, place),
            );
            let gap = match gaps {
                (Some(gap), None) | (None, Some(gap)) => gap,
                _ => continue,
            };
            entries.push(DiffEntry {
                resource: ResourceName {
                    kind: name,
                    place: place.clone(),
                    id: String::new(),
                    arn: None,
                },
                difference: Difference::CannotTell {
                    path: String::new(),
                    gap,
                },
            });
        }
    }

    /// The same resource in both: its body, and other answers about it.
    fn compare(&self, old: &Resource, new: &Resource, entries: &mut Vec<DiffEntry>) {
        let mut changes = Vec::new();
        let mut gaps = Vec::new();
        let mut sides = |path: &str, before: Result<_, Gap>, after: Result<_, Gap>| {
            let prefix = if path.is_empty() {
                String::new()
            } else {
                format!("{path}#")
            };
            match (before, after) {
                (Ok(before), Ok(after)) => {
                    let before: std::sync::Arc<Value> = before;
                    let after: std::sync::Arc<Value> = after;
                    let comparing = value::Comparing {
                        volatile: self.volatile,
                    };
                    comparing.compare(&prefix, &before, &after, &mut changes);
                }
                // What neither knows is no difference.
                (Err(_), Err(_)) => {}
                (Err(gap), Ok(_)) | (Ok(_), Err(gap)) => gaps.push((path.to_owned(), gap)),
            }
        };
        sides("", self.before.body(old), self.after.body(new));
        let mut operations: Vec<_> = self.kind.facet_operations().collect();
        operations.dedup();
        for operation in operations {
            let body = |estate: &Estate, resource: &Resource| {
                let found = estate.answer(operation, resource);
                found.map(|found| found.body)
            };
            sides(operation, body(self.before, old), body(self.after, new));
        }
        let mut push = |difference| {
            entries.push(DiffEntry {
                resource: name_of(new),
                difference,
            });
        };
        let (unknown, known): (Vec<Change>, Vec<Change>) = changes
            .into_iter()
            .partition(|change| change.unknown().is_some());
        if !known.is_empty() {
            push(Difference::Changed(known));
        }
        for change in unknown {
            let reason = change.unknown().unwrap_or_default().to_owned();
            let gap = Gap::KnownAfterApply { path: reason };
            let path = change.path;
            push(Difference::CannotTell { path, gap });
        }
        for (path, gap) in gaps {
            push(Difference::CannotTell { path, gap });
        }
    }
}

impl Change {
    /// Why one of the values is not known.
    fn unknown(&self) -> Option<&str> {
        let mut sides = self.before.iter().chain(&self.after);
        sides.find_map(unknown_reason)
    }
}

fn name_of(resource: &Resource) -> ResourceName {
    ResourceName {
        kind: resource.kind,
        place: resource.place.clone(),
        id: resource.id.clone(),
        arn: resource.arn.clone(),
    }
}

/// Members that change on their own.
fn volatile(kind: &str) -> &'static [&'static str] {
    static TABLE: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let lines = VOLATILE.lines().filter(|line| !line.starts_with('#'));
        let pairs: Vec<_> = lines.filter_map(|line| line.split_once(' ')).collect();
        let mut table = HashMap::new();
        for kind in kinds() {
            let of_kind = |(name, _): &&(&str, &str)| *name == "*" || *name == kind.name();
            let members = pairs.iter().filter(of_kind).map(|(_, member)| *member);
            table.insert(kind.name(), members.collect());
        }
        table
    });
    table.get(kind).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::kind;

    #[test]
    fn the_table_names_kinds() {
        for line in VOLATILE.lines().filter(|line| !line.starts_with('#')) {
            let (name, member) = line.split_once(' ').unwrap();
            assert!(name == "*" || kind(name).is_some(), "{name}");
            assert!(
                member.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{line}"
            );
        }
        assert!(volatile("AWS::IAM::Role").contains(&"RoleLastUsed"));
        assert!(!volatile("AWS::IAM::User").contains(&"RoleLastUsed"));
        assert!(volatile("AWS::IAM::User").contains(&"LastModifiedTime"));
    }
}
