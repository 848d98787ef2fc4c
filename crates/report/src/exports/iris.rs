//! CSV with the columns of the timeline import of DFIR-IRIS.

use rempart_case::{Case, Phase, Step};
use rempart_locale::{Language, Text};

use super::NO_TIME;
use super::cells::{list, said, table};
use crate::time;
use crate::view::View;
use crate::words::{Said, name};

const COLUMNS: [&str; 10] = [
    "event_date",
    "event_tz",
    "event_title",
    "event_category",
    "event_content",
    "event_raw",
    "event_source",
    "event_assets",
    "event_iocs",
    "event_tags",
];

/// Characters of a title.
const LONGEST_TITLE: usize = 200;

/// The steps as CSV for DFIR-IRIS: `event_date` (`2026-03-01T10:00:00.000000`), `event_tz`
/// (`+00:00`), title, category of its vocabulary, content, calls and resources as raw text, source,
/// tags (`|` between them). `event_assets` and `event_iocs` are empty: DFIR-IRIS refuses a whole file
/// when it names one that is not yet in the case there (`case_events_upload_csv` of iris-web).
#[must_use]
pub fn iris_csv(case: &Case, language: Language) -> String {
    let view = View::new(case, None, language);
    table(&COLUMNS, case.steps.iter().map(|step| row(&view, step)))
}

fn row(view: &View<'_>, step: &Step) -> Vec<String> {
    let text = view.words.say(&step.text);
    // An empty title is refused as well.
    let title = match text.as_str().trim().is_empty() {
        true => Said::of_case(&step.id),
        false => text.cut(LONGEST_TITLE),
    };
    let readable = time::exact(&step.first);
    let moment = readable.as_deref().unwrap_or(NO_TIME);
    let label = view
        .session(&step.session)
        .map_or(&step.session, |(_, session)| &session.label);
    let mut tags = vec![name(&step.phase), name(&step.certainty)];
    tags.extend(step.severity.map(|level| level.to_string()));
    tags.extend(step.techniques.iter().map(|technique| technique.id.clone()));
    if readable.is_none() {
        tags.push("time-not-readable".to_owned());
    }
    let calls = step
        .calls
        .iter()
        .map(|(call, count)| format!("{call} x{count}"));
    vec![
        time::notation(moment, "%Y-%m-%dT%H:%M:%S%.6f"),
        "+00:00".to_owned(),
        said(&title),
        category(step.phase).to_owned(),
        said(&content(view, step, &text, label)),
        list(calls.chain(step.resources.iter().cloned()), ','),
        "AWS CloudTrail".to_owned(),
        String::new(),
        String::new(),
        list(tags, '|'),
    ]
}

fn content(view: &View<'_>, step: &Step, text: &Said, label: &str) -> Said {
    let count = Text::new("count-events").with("count", step.events);
    let certainty = view.words.word(step.certainty.key());
    let label = Said::of_case(label);
    let parts = [
        text.as_str(),
        label.as_str(),
        certainty.as_str(),
        view.words.say(&count).as_str(),
    ]
    .join(" · ");
    Said::of_program(parts)
}

/// The category of DFIR-IRIS that is nearest.
const fn category(phase: Phase) -> &'static str {
    match phase {
        Phase::Entry => "Initial Access",
        Phase::Reconnaissance => "Discovery",
        Phase::Credentials => "Credential Access",
        Phase::Privilege => "Privilege Escalation",
        Phase::Persistence => "Persistence",
        Phase::Exfiltration => "Exfiltration",
        Phase::Tampering | Phase::Impact => "Impact",
        Phase::Evasion => "Defense Evasion",
        Phase::Response => "Remediation",
        Phase::Other => "Unspecified",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_columns_of_the_head() {
        let case: Case =
            serde_json::from_str(include_str!("../../tests/fixtures/case.json")).unwrap();
        let csv = iris_csv(&case, Language::English);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.headers().unwrap(), &COLUMNS.to_vec());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), case.steps.len());
        assert_eq!(&rows[0][0], "2026-03-14T01:52:10.000000");
        assert_eq!(&rows[0][3], "Initial Access");
    }
}
