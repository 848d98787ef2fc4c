//! What a call means in an intrusion: the reviewed table `data/activities.txt`, refined by the content
//! of the request.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::facts::Facts;
use crate::material::Event;
use crate::model::Phase;

const TABLE: &str = include_str!("../data/activities.txt");

/// What a call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    /// The end of the message key `step-<name>`.
    pub(crate) name: &'static str,
    /// Where in an attack it stands.
    pub(crate) phase: Phase,
}

const fn activity(name: &'static str, phase: Phase) -> Activity {
    Activity { name, phase }
}

type Table = HashMap<(&'static str, &'static str), Activity>;

fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    PARSED.get_or_init(|| lines().collect())
}

fn lines() -> impl Iterator<Item = ((&'static str, &'static str), Activity)> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.split('|').map(str::trim);
            let call = columns.next()?.split_once(' ')?;
            let (name, phase) = (columns.next()?, columns.next()?);
            let phase = Phase::ALL
                .into_iter()
                .find(|known| known.key().strip_prefix("phase-") == Some(phase))?;
            Some((call, activity(name, phase)))
        })
}

/// What the name of the call alone says.
pub(crate) fn named(event: &Event) -> Activity {
    if let Some(known) = table().get(&(&*event.service, &*event.name)) {
        return *known;
    }
    if event.read_only {
        activity("enumerate", Phase::Reconnaissance)
    } else {
        activity("other", Phase::Other)
    }
}

/// What the call means with its content.
pub(crate) fn refined(event: &Event, facts: &Facts) -> Activity {
    let named = named(event);
    let is = |name: &str| &*event.name == name;
    match named.name {
        "assume-role" if facts.by_service => activity("service-session", Phase::Credentials),
        "assume-role" if facts.foreign_caller.is_some() => {
            activity("assume-role-foreign", Phase::Entry)
        }
        "presign" if facts.other_profile => activity("presign-other", Phase::Credentials),
        "create-key" if facts.other_user => activity("create-key-other", Phase::Persistence),
        "trust" if !facts.foreign_principals.is_empty() || facts.public_policy => {
            activity("trust-foreign", Phase::Persistence)
        }
        "rights" if facts.denies_all => activity("defend", Phase::Response),
        "rights" if facts.admin => activity("rights-admin", Phase::Privilege),
        "rights" if event.name.starts_with("Detach") || event.name.starts_with("Delete") => {
            activity("rights-removed", Phase::Impact)
        }
        "lifecycle-script" if facts.script_is_bad => {
            activity("lifecycle-script-hostile", Phase::Persistence)
        }
        "notebook-create" if !facts.accelerated => activity("notebook-create", Phase::Persistence),
        "run-job" if facts.mines() => activity("mine", Phase::Impact),
        "run-job" if !facts.foreign_buckets.is_empty() && facts.has_foreign_output => {
            activity("job-foreign-output", Phase::Exfiltration)
        }
        "run-job" if facts.accelerated => activity("run-job-accelerated", Phase::Impact),
        "share-registry" if facts.opens() => {
            activity("share-registry-foreign", Phase::Exfiltration)
        }
        "open-bucket" if facts.closes => activity("close-bucket", Phase::Other),
        "key-access" if facts.opens() => activity("key-access-foreign", Phase::Exfiltration),
        "model" if !facts.foreign_images.is_empty() || !facts.public_images.is_empty() => {
            activity("model-foreign-image", Phase::Tampering)
        }
        "supply-code" if is("CreateRepository") => activity("supply-code", Phase::Other),
        "versioning" if facts.suspends_versioning => {
            activity("versioning-suspended", Phase::Impact)
        }
        "blind-detector" if is("UpdateDetector") && facts.enables => {
            activity("defend", Phase::Response)
        }
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rempart_aws_model::{EventName, event_name};
    use std::collections::BTreeSet;

    #[test]
    fn every_line_is_read_and_stands_once() {
        let written = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(lines().count(), written);
        assert_eq!(table().len(), written, "a call stands twice");
        assert!(written > 400);
    }

    #[test]
    fn every_call_is_one_that_cloudtrail_records() {
        let unknown: Vec<String> = lines()
            .filter(|((service, name), _)| {
                let source = format!("{service}.amazonaws.com");
                matches!(
                    event_name(&source, name),
                    EventName::Unknown { .. } | EventName::UnknownSource { .. }
                )
            })
            .map(|((service, name), _)| format!("{service}:{name}"))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn every_activity_has_its_words() {
        let names: BTreeSet<&str> = lines().map(|(_, activity)| activity.name).collect();
        for language in rempart_locale::Language::ALL {
            for name in &names {
                let key = format!("step-{name}");
                assert!(rempart_locale::locale(language).has(&key), "{key}");
            }
        }
    }
}
