//! Failures that a named person accepted until a date.

use std::sync::Mutex;

use rempart_findings::compliance::{Mute, MuteEntry, Resource};
use rempart_sigma::yaml::{self, Node, Position, Yaml};

use crate::expression::like;

/// Accepted failures.
///
/// ```yaml
/// - control: NB-03
///   account: "111122223333"        # optional, patterns with * and ?
///   resource: lab-*                # optional: identifier or ARN
///   owner: ml-platform
///   reason: Course instances, rebuilt every night
///   expires: 2026-12-31
/// ```
#[derive(Debug, Default)]
pub struct Mutes {
    entries: Vec<MuteEntry>,
    expired: Vec<MuteEntry>,
    /// Whether each entry matched something.
    matched: Mutex<Vec<bool>>,
}

/// A file of accepted failures cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {reason}")]
pub struct MutesError {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub reason: String,
}

impl Mutes {
    /// Reads a file. `today` is a date (`2026-11-28`): entries that expired before it do not count.
    ///
    /// # Errors
    /// See [`MutesError`]. A file with one wrong entry is refused as a whole, since an exception that
    /// does not say what it means must not hide anything.
    pub fn read(text: &str, name: &str, today: &str) -> Result<Self, MutesError> {
        let mut mutes = Self::default();
        let node = yaml::read_document(text, 0).map_err(|fault| error(fault.at, fault.message))?;
        let Some(node) = node else {
            return Ok(mutes);
        };
        let Yaml::List(nodes) = &node.value else {
            return Err(error(node.at, "a list is expected".to_owned()));
        };
        for node in nodes {
            let entry = entry(node, name)?;
            let over = entry.expires.as_deref().is_some_and(|date| date < today);
            match over {
                true => mutes.expired.push(entry),
                false => mutes.entries.push(entry),
            }
        }
        mutes.matched = Mutex::new(vec![false; mutes.entries.len()]);
        Ok(mutes)
    }

    /// The entry that accepts a failure.
    pub(crate) fn mute(&self, control: &str, resource: &Resource) -> Option<Mute> {
        let mut entries = self.entries.iter().enumerate();
        let (number, entry) = entries.find(|(_, entry)| matches(entry, control, resource))?;
        if let Ok(mut matched) = self.matched.lock()
            && let Some(matched) = matched.get_mut(number)
        {
            *matched = true;
        }
        Some(Mute {
            owner: entry.owner.clone(),
            reason: entry.reason.clone(),
            expires: entry.expires.clone(),
        })
    }

    /// Entries whose time is over.
    pub fn expired(&self) -> &[MuteEntry] {
        &self.expired
    }

    /// Entries that matched nothing so far.
    pub fn unmatched(&self) -> Vec<MuteEntry> {
        let matched = match self.matched.lock() {
            Ok(matched) => matched.clone(),
            Err(_) => Vec::new(),
        };
        let entries = self.entries.iter().enumerate();
        entries
            .filter(|(number, _)| matched.get(*number) != Some(&true))
            .map(|(_, entry)| entry.clone())
            .collect()
    }
}

fn matches(entry: &MuteEntry, control: &str, resource: &Resource) -> bool {
    let is = |pattern: &str, value: &str| pattern.is_empty() || like(value, pattern);
    is(&entry.control, control)
        && is(&entry.account, &resource.account)
        && (is(&entry.resource, &resource.id)
            || resource
                .arn
                .as_deref()
                .is_some_and(|arn| is(&entry.resource, arn)))
}

fn entry(node: &Node, name: &str) -> Result<MuteEntry, MutesError> {
    let mut entry = MuteEntry {
        place: format!("{name}:{}", node.at.line),
        ..MuteEntry::default()
    };
    for member in node.entries() {
        let Some(text) = member.value.scalar() else {
            let reason = format!("`{}` is text", member.key);
            return Err(error(member.value.at, reason));
        };
        let text = text.trim().to_owned();
        match member.key.as_str() {
            "control" => entry.control = text,
            "account" => entry.account = text,
            "resource" => entry.resource = text,
            "owner" => entry.owner = text,
            "reason" => entry.reason = text,
            "expires" => {
                if text.parse::<jiff::civil::Date>().is_err() {
                    let reason = format!("`{text}` is no date: 2026-12-31 is one");
                    return Err(error(member.value.at, reason));
                }
                entry.expires = Some(text);
            }
            other => {
                let reason = format!(
                    "`{other}` is no member: control, account, resource, owner, reason and \
                     expires are"
                );
                return Err(error(member.at, reason));
            }
        }
    }
    for (name, value) in [
        ("control", &entry.control),
        ("owner", &entry.owner),
        ("reason", &entry.reason),
    ] {
        if value.is_empty() {
            return Err(error(node.at, format!("`{name}` is missing")));
        }
    }
    if entry.expires.is_none() {
        return Err(error(node.at, "`expires` is missing".to_owned()));
    }
    Ok(entry)
}

fn error(at: Position, reason: String) -> MutesError {
    MutesError {
        line: at.line,
        column: at.column,
        reason,
    }
}
