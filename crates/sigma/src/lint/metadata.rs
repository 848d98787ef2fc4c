//! Metadata and the `rempart` block, mostly for the project's own pack.

use jiff::civil::Date;
use rempart_aws_model::{Framework, ThreatCategory, technique, techniques};

use crate::ast::{Document, Extension, Level, Metadata};
use crate::lint::Severity;
use crate::lint::nearest::nearest;
use crate::lint::references::World;
use crate::lint::report::{Report, did_you_mean};
use crate::lint::view::is_cloudtrail;

/// Fewest test cases of each kind in the project's own pack.
const FEWEST_CASES: usize = 2;

pub(super) fn check(document: &Document, world: &World<'_, '_>, report: &mut Report<'_>) {
    let metadata = document.metadata();
    check_id(metadata, report);
    check_dates(metadata, report);
    check_tags(metadata, report);
    check_cases(metadata, world, report);
    if report.is_own() {
        check_own(document, report);
    }
}

fn check_own(document: &Document, report: &mut Report<'_>) {
    let metadata = document.metadata();
    if matches!(document, Document::Filter(_)) {
        return;
    }
    let empty = Extension::default();
    let extension = metadata.extension.as_ref().unwrap_or(&empty);
    // Nobody ever reads what a rule that only feeds correlations has to say.
    let speaks = extension.emit != Some(false);
    let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    let missing = [
        ("id", metadata.id.is_none(), true),
        ("status", metadata.status.is_none(), true),
        ("description", blank(&metadata.description), true),
        ("author", blank(&metadata.author), true),
        ("license", blank(&metadata.license), true),
        ("date", metadata.date.is_none(), true),
        ("level", metadata.level.is_none(), true),
        ("references", metadata.references.is_empty(), speaks),
        ("falsepositives", metadata.falsepositives.is_empty(), speaks),
        ("rempart.category", blank(&extension.category), true),
        ("rempart.severity", blank(&extension.severity), speaks),
        ("rempart.explanation", blank(&extension.explanation), speaks),
        (
            "rempart.next_steps",
            extension.next_steps.is_empty(),
            speaks,
        ),
    ];
    for (attribute, is_missing, is_due) in missing {
        if is_missing && is_due {
            report.about(
                Severity::Error,
                "missing-metadata",
                format!("{attribute} is missing"),
            );
        }
    }
    if speaks && !metadata.tags.iter().any(|tag| technique_id(tag).is_some()) {
        let message = "no tag names a technique of ATT&CK or ATLAS";
        report.about(Severity::Error, "missing-technique", message);
    }
    if !speaks
        && metadata
            .level
            .is_some_and(|level| level != Level::Informational)
    {
        let message = "a rule with 'emit: false' has the level informational";
        report.about(Severity::Error, "silent-level", message);
    }
    check_category(metadata, extension, report);
    for reference in &metadata.references {
        if !reference.starts_with("https://") {
            let message = format!("reference '{reference}' is no https address");
            report.about(Severity::Warning, "reference-address", message);
        }
    }
    for entry in &extension.catalogue {
        let number = entry.strip_prefix("DET-").unwrap_or_default();
        if number.len() != 3 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("catalogue entry '{entry}' is not written DET- and three digits");
            report.about(Severity::Error, "catalogue-entry", message);
        }
    }
    if let Document::Rule(rule) = document
        && !(is_cloudtrail(&rule.logsource) && rule.logsource.product.is_some())
    {
        let message = "the logsource is not product aws, service cloudtrail";
        report.about(Severity::Error, "logsource", message);
    }
    for entry in &metadata.custom {
        let message = format!("unknown attribute '{}'", entry.key);
        report.add(
            Severity::Warning,
            "unknown-attribute",
            entry.at,
            message,
            None,
        );
    }
}

fn check_category(metadata: &Metadata, extension: &Extension, report: &mut Report<'_>) {
    let Some(category) = &extension.category else {
        return;
    };
    let threats = || {
        ThreatCategory::ALL.into_iter().filter(|category| {
            !matches!(
                category,
                ThreatCategory::Reconnaissance | ThreatCategory::Neutral
            )
        })
    };
    if !threats().any(|known| known.id() == category) {
        let message = format!("'{category}' is no threat category");
        let hint = did_you_mean(&nearest(category, threats().map(ThreatCategory::id)));
        report.add(
            Severity::Error,
            "unknown-category",
            metadata.at,
            message,
            hint,
        );
        return;
    }
    let mut parts = metadata.origin.rsplit(['/', '\\']).skip(1);
    if let Some(directory) = parts.next()
        && directory != category
    {
        let message = format!("the category is '{category}', the directory '{directory}'");
        report.about(Severity::Error, "category-directory", message);
    }
}

fn check_id(metadata: &Metadata, report: &mut Report<'_>) {
    let Some(id) = &metadata.id else {
        return;
    };
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    let hexadecimal = id
        .bytes()
        .all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if lengths != [8, 4, 4, 4, 12] || !hexadecimal {
        report.about(report.strict(), "id-form", format!("id '{id}' is no UUID"));
    }
}

fn check_dates(metadata: &Metadata, report: &mut Report<'_>) {
    let mut read = |what: &str, text: &Option<String>| {
        let text = text.as_deref()?;
        // Old collections write slashes.
        let date: Option<Date> = text.replace('/', "-").parse().ok();
        if date.is_none() || (report.is_own() && text.contains('/')) {
            let message = format!("{what} '{text}' is not written year-month-day");
            report.about(report.strict(), "date-form", message);
        }
        date
    };
    let date = read("date", &metadata.date);
    let modified = read("modified", &metadata.modified);
    if let (Some(date), Some(modified)) = (date, modified)
        && modified < date
    {
        report.about(Severity::Warning, "date-order", "modified lies before date");
    }
}

fn check_tags(metadata: &Metadata, report: &mut Report<'_>) {
    for tag in &metadata.tags {
        if report.is_full() {
            return;
        }
        if let Some(id) = technique_id(tag) {
            let severity = if report.is_own() {
                Severity::Error
            } else {
                // The table holds what the project uses, not the whole frameworks.
                Severity::Note
            };
            if technique(&id).is_none() {
                let message = format!("technique {id} is not in the tables");
                let ids = techniques().iter().map(|technique| technique.id);
                let hint = did_you_mean(&nearest(&id, ids));
                report.add(severity, "unknown-technique", metadata.at, message, hint);
            }
            continue;
        }
        let Some(tactic) = tag.strip_prefix("attack.") else {
            if tag.starts_with("atlas.") && report.is_own() {
                let message = format!("tag '{tag}' names no technique of ATLAS");
                report.about(Severity::Error, "unknown-technique", message);
            }
            continue;
        };
        let is_group_or_software =
            tactic
                .strip_prefix(['g', 's', 'c', 'm'])
                .is_some_and(|number| {
                    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
                });
        let mut tactics = techniques()
            .iter()
            .filter(|technique| technique.framework == Framework::Attack)
            .flat_map(|technique| technique.tactics.iter().copied());
        let written = tactic.replace('_', "-");
        if report.is_own() && !is_group_or_software && !tactics.any(|known| known == written) {
            let message = format!("'{tag}' names no tactic of ATT&CK");
            report.about(Severity::Error, "unknown-tactic", message);
        }
    }
}

/// The id that a tag of a technique means, for example `T1562.008` or `AML.T0024`.
fn technique_id(tag: &str) -> Option<String> {
    let tag = tag.to_ascii_lowercase();
    if let Some(id) = tag.strip_prefix("atlas.") {
        return id.starts_with("aml.t0").then(|| id.to_ascii_uppercase());
    }
    let id = tag.strip_prefix("attack.")?;
    let number = id.strip_prefix('t')?;
    number
        .starts_with(|first: char| first.is_ascii_digit())
        .then(|| id.to_ascii_uppercase())
}

fn check_cases(metadata: &Metadata, world: &World<'_, '_>, report: &mut Report<'_>) {
    let Some(cases) = world.context.cases else {
        return;
    };
    let found = cases(&metadata.origin);
    let is_ours = metadata.extension.is_some() || report.is_own();
    let Some(counts) = found else {
        let severity = if is_ours {
            Severity::Error
        } else {
            Severity::Note
        };
        report.about(
            severity,
            "missing-tests",
            "no test cases stand beside the rule",
        );
        return;
    };
    let fewest = if report.is_own() { FEWEST_CASES } else { 1 };
    if counts.positive < fewest || counts.negative < fewest {
        let message = format!(
            "the tests have {} positive and {} negative cases; {fewest} of each are needed",
            counts.positive, counts.negative
        );
        let severity = if is_ours {
            Severity::Error
        } else {
            Severity::Note
        };
        report.about(severity, "few-tests", message);
    }
}
