//! CSV and JSON Lines that Timesketch imports: <https://timesketch.org/guides/user/import-from-json-csv/>.

use rempart_case::{Case, Step};
use rempart_findings::visible;
use rempart_locale::Language;
use serde_json::{Value, json};

use super::NO_TIME;
use super::cells::{cell, list, said, table};
use crate::time;
use crate::view::View;
use crate::words::name;

/// What the time of a row is, as Timesketch asks.
const FIRST_EVENT: &str = "First event of the step";
const NOT_READABLE: &str = "Time could not be read";

const COLUMNS: [&str; 24] = [
    "message",
    "timestamp",
    "datetime",
    "timestamp_desc",
    "datetime_last",
    "case_id",
    "step_id",
    "phase",
    "severity",
    "certainty",
    "session_id",
    "session_label",
    "principal",
    "source_ip",
    "aws_account",
    "aws_region",
    "calls",
    "resources",
    "events",
    "failed",
    "techniques",
    "rules",
    "evidence",
    "evidence_sha256",
];

/// The steps as CSV for Timesketch: `message`, `timestamp` (microseconds since 1970), `datetime`
/// (ISO 8601), `timestamp_desc`, and what else a step has. Cells that a spreadsheet would run are
/// guarded by a quote.
#[must_use]
pub fn timesketch_csv(case: &Case, language: Language) -> String {
    let view = View::new(case, None, language);
    table(&COLUMNS, case.steps.iter().map(|step| row(&view, step)))
}

fn row(view: &View<'_>, step: &Step) -> Vec<String> {
    let when = When::of(step);
    let session = view.session(&step.session).map(|(_, session)| session);
    vec![
        said(&view.words.say(&step.text)),
        when.microseconds.to_string(),
        when.exact,
        when.meaning.to_owned(),
        cell(&time::exact(&step.last).unwrap_or_else(|| step.last.clone())),
        cell(&view.case.id),
        cell(&step.id),
        name(&step.phase),
        step.severity
            .map(|level| level.to_string())
            .unwrap_or_default(),
        name(&step.certainty),
        cell(&step.session),
        cell(session.map_or("", |session| &session.label)),
        cell(session.map_or("", |session| &session.principal)),
        list(&step.addresses, ','),
        list(&step.accounts, ','),
        list(&step.regions, ','),
        list(
            step.calls
                .iter()
                .map(|(call, count)| format!("{call} x{count}")),
            ',',
        ),
        list(&step.resources, ','),
        step.events.to_string(),
        step.failed.to_string(),
        list(step.techniques.iter().map(|technique| &technique.id), ','),
        list(&step.rules, ','),
        list(&step.evidence, ','),
        list(digests(view, step), ','),
    ]
}

fn digests<'a>(view: &View<'a>, step: &'a Step) -> impl Iterator<Item = &'a String> {
    let items = &view.case.evidence;
    step.evidence
        .iter()
        .filter_map(|id| items.get(id))
        .map(|item| &item.sha256)
}

/// The steps as JSON Lines for Timesketch, with the fields of [`timesketch_csv`]; lists are lists,
/// and `tag` holds phase, severity and certainty.
#[must_use]
pub fn timesketch_jsonl(case: &Case, language: Language) -> String {
    let view = View::new(case, None, language);
    let mut lines = String::new();
    for step in &case.steps {
        lines.push_str(&line(&view, step).to_string());
        lines.push('\n');
    }
    lines
}

fn line(view: &View<'_>, step: &Step) -> Value {
    let when = When::of(step);
    let session = view.session(&step.session).map(|(_, session)| session);
    let shown = |names: &[String]| {
        names
            .iter()
            .map(|name| visible(name).into_owned())
            .collect::<Vec<_>>()
    };
    let mut tags = vec![name(&step.phase), name(&step.certainty)];
    tags.extend(step.severity.map(|level| level.to_string()));
    let calls = step
        .calls
        .iter()
        .map(|(call, count)| format!("{} x{count}", visible(call)));
    json!({
        "message": view.words.say(&step.text).as_str(),
        "timestamp": when.microseconds,
        "datetime": when.exact,
        "timestamp_desc": when.meaning,
        "datetime_last": time::exact(&step.last),
        "case_id": visible(&view.case.id),
        "step_id": visible(&step.id),
        "phase": step.phase,
        "severity": step.severity,
        "certainty": step.certainty,
        "session_id": visible(&step.session),
        "session_label": session.map(|session| visible(&session.label)),
        "principal": session.map(|session| visible(&session.principal)),
        "source_ip": shown(&step.addresses),
        "aws_account": shown(&step.accounts),
        "aws_region": shown(&step.regions),
        "calls": calls.collect::<Vec<_>>(),
        "resources": shown(&step.resources),
        "events": step.events,
        "failed": step.failed,
        "techniques": step.techniques.iter().map(|technique| visible(&technique.id)).collect::<Vec<_>>(),
        "rules": shown(&step.rules),
        "evidence": shown(&step.evidence),
        "evidence_sha256": digests(view, step).map(|digest| visible(digest)).collect::<Vec<_>>(),
        "tag": tags,
    })
}

/// The time of a step in the forms of Timesketch.
struct When {
    microseconds: i64,
    exact: String,
    meaning: &'static str,
}

impl When {
    fn of(step: &Step) -> Self {
        match (time::microseconds(&step.first), time::exact(&step.first)) {
            (Some(microseconds), Some(exact)) => Self {
                microseconds,
                // Timesketch reads an offset everywhere, the letter Z not in all its versions.
                exact: exact.replace('Z', "+00:00"),
                meaning: FIRST_EVENT,
            },
            _ => Self {
                microseconds: 0,
                exact: NO_TIME.replace('Z', "+00:00"),
                meaning: NOT_READABLE,
            },
        }
    }
}
