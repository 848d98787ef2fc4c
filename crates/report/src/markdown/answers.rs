//! Summary and answers.

use rempart_locale::Text;

use super::text::{Document, Inline};
use crate::time;
use crate::view::{QUESTIONS, View};

pub(crate) fn summary(document: &mut Document, view: &View<'_>) {
    let (case, words) = (view.case, view.words);
    let overview = &case.overview;
    document.heading("#", &Inline::said(&view.headline()));
    let tool = Text::new("report-tool").with("tool", case.tool.as_str());
    document.paragraph(&Inline::all(
        " · ",
        [
            Inline::word(view, "report-title"),
            Inline::case(&case.id),
            Inline::said(&words.say(&tool)),
            Inline::word(view, "report-utc"),
        ],
    ));
    document.section(view, "report-summary");
    let severity = match overview.severity {
        Some(level) => words.value("report-severity", &level),
        None => words.word("report-severity-none"),
    };
    document.fact(view, "report-severity", Inline::said(&severity));
    let unknown = || Inline::word(view, "report-unknown");
    let mut first = vec![
        overview
            .first_bad
            .as_deref()
            .map_or_else(unknown, Inline::time),
    ];
    if let Some(id) = &overview.first_bad_evidence {
        first.push(Inline::evidence(view, std::slice::from_ref(id), 1));
    }
    document.fact(view, "report-first-bad", Inline::all(" ", first));
    let last = overview
        .last_activity
        .as_deref()
        .map_or_else(unknown, Inline::time);
    document.fact(view, "report-last-activity", last);
    let dwell = view
        .dwell()
        .map_or_else(unknown, |dwell| Inline::said(&dwell));
    document.fact(view, "report-dwell", dwell);
    document.fact(
        view,
        "report-events-in-scope",
        events(view, overview.events, overview.failed),
    );
    document.fact(view, "report-findings", Inline::number(overview.findings));
    document.fact(
        view,
        "report-sessions-count",
        Inline::number(case.sessions.len() as u64),
    );
    document.fact(
        view,
        "report-steps-count",
        Inline::number(case.steps.len() as u64),
    );
    document.fact(view, "report-accounts", Inline::names(&overview.accounts));
    document.fact(view, "report-regions", Inline::names(&overview.regions));
    let integrity = words.value("integrity-state", &case.integrity.state);
    document.fact(view, "report-integrity-of-logs", Inline::said(&integrity));
    glance(document, view);
    scope(document, view);
}

/// A number of events, with those that failed.
pub(crate) fn events(view: &View<'_>, events: u64, failed: u64) -> Inline {
    let mut parts = vec![Inline::number(events)];
    if failed > 0 {
        let text = Text::new("report-failed-count").with("failed", failed);
        parts.push(Inline::said(&view.words.say(&text)));
    }
    Inline::all(", ", parts)
}

fn glance(document: &mut Document, view: &View<'_>) {
    document.heading("###", &Inline::word(view, "report-glance"));
    document.paragraph(&Inline::said(&view.tally()));
    let rows = (1..=QUESTIONS).map(|question| {
        let title = Inline::word(view, &format!("question-{question}-title"));
        let number = Inline::number(question.into());
        let Some(answer) = view.answer(question) else {
            let none = Inline::word(view, "report-no-answer");
            return vec![number, title, none, Inline::default()];
        };
        let status = Inline::word(view, answer.status.key());
        let statements = Inline::number(answer.statements.len() as u64);
        vec![number, title, status, statements]
    });
    let columns = [
        "report-question",
        "report-what-asked",
        "report-status",
        "report-statements",
    ];
    document.table(view, &columns, rows);
}

fn scope(document: &mut Document, view: &View<'_>) {
    let scope = &view.case.scope;
    document.heading("###", &Inline::word(view, "report-scope"));
    let given = |time: &Option<String>| match time {
        Some(time) => time::readable(time),
        None => view.words.word("report-not-given"),
    };
    let period = match (&scope.from, &scope.to) {
        (None, None) => view.words.word("report-all-time"),
        (from, to) => {
            let text = Text::new("report-from-to")
                .with("from", given(from).as_str())
                .with("to", given(to).as_str());
            view.words.say(&text)
        }
    };
    document.fact(view, "report-period", Inline::said(&period));
    document.fact(
        view,
        "report-aware-at",
        Inline::said(&given(&scope.aware_at)),
    );
    let rows = scope.suspects.iter().map(|suspect| {
        let origin = match suspect.proposed {
            true => "report-suspect-proposed",
            false => "report-suspect-given",
        };
        vec![
            Inline::case(&suspect.value),
            Inline::case(&suspect.kind),
            Inline::word(view, origin),
            Inline::number(suspect.events),
            Inline::texts(view, &suspect.reasons),
        ]
    });
    let columns = [
        "report-suspect",
        "report-suspect-kind",
        "report-origin",
        "report-events",
        "report-why",
    ];
    document.table(view, &columns, rows);
}

pub(crate) fn write(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-answers");
    for question in 1..=QUESTIONS {
        let title = Inline::word(view, &format!("question-{question}-title"));
        let number = Text::new("report-question-number").with("number", i64::from(question));
        let number = Inline::said(&view.words.say(&number));
        document.heading("###", &Inline::all(": ", [number, title]));
        document.quote(&Inline::word(view, &format!("question-{question}")));
        let Some(answer) = view.answer(question) else {
            document.note(view, "report-no-answer");
            continue;
        };
        let label = Inline::word(view, "report-status").strong();
        let status = Inline::word(view, answer.status.key());
        document.paragraph(&Inline::all(": ", [label, status]));
        if answer.statements.is_empty() {
            document.note(view, "report-no-statement");
        }
        for statement in &answer.statements {
            document.item(&Inline::said(&view.words.say(&statement.text)).strong());
            let certainty = Inline::word(view, statement.certainty.key());
            let certainty = Inline::all(": ", [Inline::word(view, "report-certainty"), certainty]);
            let cited = Inline::evidence(view, &statement.evidence, statement.evidence_count);
            let cited = Inline::all(": ", [Inline::word(view, "report-evidence"), cited]);
            document.inner_item(&Inline::all(". ", [certainty, cited]));
            for (key, value) in [
                ("report-weakened-by", logs(view, &statement.weakened_by)),
                ("report-subjects", Inline::names(&statement.subjects)),
            ] {
                if value != Inline::default() {
                    document.inner_item(&Inline::all(": ", [Inline::word(view, key), value]));
                }
            }
        }
        document.list(view, "report-cannot-be-known", &answer.unknown);
        document.list(view, "report-to-collect", &answer.collect);
        if !answer.coverage.is_empty() {
            document.blank();
            let label = Inline::word(view, "report-rests-on").strong();
            document.paragraph(&Inline::all(": ", [label, logs(view, &answer.coverage)]));
        }
    }
}

/// Logs by their names.
fn logs(view: &View<'_>, ids: &[String]) -> Inline {
    let names = ids.iter().map(|id| match view.coverage_row(id) {
        Some((_, row)) => Inline::said(&view.log_name(row)),
        None => Inline::case(id),
    });
    Inline::all(", ", names)
}
