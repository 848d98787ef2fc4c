//! One answer out of several pages, or out of several calls that agree.

use serde_json::{Map, Value};

use super::bodies::{CacheKey, code};
use super::build::entry_at;
use super::{Estate, Found};
use crate::answer::Outcome;
use crate::gap::Gap;
use crate::kind::PAGING_MEMBERS;

impl Estate {
    /// One answer out of entries sorted by parameters and page.
    pub(super) fn merged(&self, numbers: Vec<u32>) -> Result<Found, Gap> {
        let entries: Vec<_> = numbers
            .iter()
            .filter_map(|number| entry_at(&self.entries, *number))
            .collect();
        if let Some(gap) = self.pages_gap(&numbers) {
            return Err(gap);
        }
        let Some(first) = entries.first() else {
            return Err(Gap::Unresolvable {
                reference: String::new(),
            });
        };
        let nothing = entries.iter().all(|entry| entry.outcome != Outcome::Ok);
        let absent = (nothing && first.outcome == Outcome::Absent).then(|| code(first).to_owned());
        let mut evidence = entries.iter().map(|entry| self.evidence(entry));
        let body = match numbers.as_slice() {
            [number] => self.decoded(*number)?,
            _ => self.cached(CacheKey::Merged(numbers.clone()), || {
                let mut merged = Value::Object(Map::new());
                let mut previous = None;
                for (number, entry) in numbers.iter().zip(&entries) {
                    let page = self.decoded(*number)?;
                    let same = previous == Some(&entry.parameters);
                    if let Err(member) = merge(&mut merged, &page, same, 0) {
                        return Err(Gap::Failed {
                            operation: self.operation_of(entry).to_owned(),
                            reason: format!("answers to several questions differ in {member}"),
                        });
                    }
                    previous = Some(&entry.parameters);
                }
                let size = merged.to_string().len();
                Ok((merged, size))
            })?,
        };
        Ok(Found {
            body,
            evidence: evidence.next().unwrap_or_default(),
            further: evidence.collect(),
            absent,
        })
    }
}

/// Levels below which lists are not joined.
const DEEPEST_LIST: usize = 3;

/// Adds a page: lists are joined, other members must agree unless they are of the same list.
fn merge(into: &mut Value, page: &Value, same_list: bool, depth: usize) -> Result<(), String> {
    let (Value::Object(members), Value::Object(added)) = (into, page) else {
        return Ok(());
    };
    for (name, value) in added {
        if depth == 0 && PAGING_MEMBERS.contains(&name.as_str()) {
            continue;
        }
        let Some(known) = members.get_mut(name) else {
            members.insert(name.clone(), value.clone());
            continue;
        };
        match (&mut *known, value) {
            (Value::Array(elements), Value::Array(more)) => elements.extend_from_slice(more),
            (Value::Object(_), Value::Object(_)) if depth < DEEPEST_LIST => {
                merge(known, value, same_list, depth + 1)?;
            }
            (known, value) if same_list || known == value => {}
            _ => return Err(name.clone()),
        }
    }
    Ok(())
}
