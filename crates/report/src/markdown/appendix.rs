//! Reach, coverage, indicators, deadlines, what was read, evidence.

use rempart_case::Certainty;

use super::text::{Document, Inline};
use crate::view::View;

pub(crate) fn reach(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-reach");
    let Some(reach) = view.reach else {
        document.note(view, "report-reach-none");
        return;
    };
    document.note(view, "report-reach-note");
    let rows = reach.rows.iter().map(|row| {
        vec![
            Inline::case(&row.resource),
            Inline::said(&view.words.named("reach-label", &row.label)),
            Inline::case(&row.identity),
            Inline::names(&row.actions),
            Inline::texts(view, &row.conditions),
            Inline::texts(view, &row.proof),
            row.first_at
                .as_deref()
                .map(Inline::time)
                .unwrap_or_default(),
            Inline::evidence(view, &row.evidence, row.evidence.len() as u64),
        ]
    });
    let columns = [
        "report-entity",
        "report-reach-label",
        "report-reach-identity",
        "report-reach-actions",
        "report-reach-conditions",
        "report-reach-proof",
        "report-reach-first",
        "report-evidence",
    ];
    document.table(view, &columns, rows);
    document.list(view, "report-reach-unknown", &reach.unknown);
}

pub(crate) fn coverage(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-coverage");
    document.note(view, "report-coverage-note");
    let rows = view.case.coverage.iter().map(|row| {
        let stretches = row
            .stretches
            .iter()
            .enumerate()
            .map(|(place, (start, state))| {
                let next = row
                    .stretches
                    .get(place + 1)
                    .map_or(&row.end, |(next, _)| next);
                let state = Inline::said(&view.words.value("coverage-state", state));
                Inline::all(" ", [state, Inline::times(start, next)])
            });
        vec![
            Inline::said(&view.log_name(row)),
            Inline::all("; ", stretches),
            Inline::number(row.events),
            Inline::texts(view, &row.notes),
            Inline::evidence(view, &row.evidence, row.evidence.len() as u64),
        ]
    });
    let columns = [
        "report-coverage-log",
        "report-coverage-stretches",
        "report-events",
        "report-notes",
        "report-evidence",
    ];
    document.table(view, &columns, rows);
    integrity(document, view);
}

fn integrity(document: &mut Document, view: &View<'_>) {
    let summary = &view.case.integrity;
    document.heading("###", &Inline::word(view, "report-integrity"));
    document.paragraph(&Inline::said(&view.words.say(&summary.text)));
    let state = view.words.value("integrity-state", &summary.state);
    document.fact(view, "report-state", Inline::said(&state));
    document.fact(
        view,
        "report-integrity-digests",
        Inline::number(summary.digests),
    );
    for (verdict, files) in &summary.verdicts {
        let verdict = Inline::said(&view.words.named("integrity-state", verdict));
        document.inner_item(&Inline::all(": ", [verdict, Inline::number(*files)]));
    }
    if summary.problems.is_empty() {
        return;
    }
    let rows = summary
        .problems
        .iter()
        .map(|(object, reason)| vec![Inline::case(object), Inline::said(&view.words.say(reason))]);
    document.table(view, &["report-object", "report-reason"], rows);
}

pub(crate) fn indicators(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-indicators");
    if view.case.indicators.is_empty() {
        document.note(view, "report-none");
        return;
    }
    let rows = view.case.indicators.iter().map(|indicator| {
        vec![
            Inline::case(&indicator.value),
            Inline::case(&indicator.kind),
            Inline::said(&view.words.say(&indicator.reason)),
            Inline::word(view, indicator.certainty.key()),
            Inline::times(&indicator.first, &indicator.last),
            Inline::number(indicator.events),
            Inline::evidence(view, &indicator.evidence, indicator.evidence.len() as u64),
        ]
    });
    let columns = [
        "report-indicator-value",
        "report-indicator-kind",
        "report-why",
        "report-certainty",
        "report-seen",
        "report-events",
        "report-evidence",
    ];
    document.table(view, &columns, rows);
}

pub(crate) fn deadlines(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-deadlines");
    if view.case.deadlines.is_empty() {
        let key = match view.case.scope.aware_at {
            Some(_) => "report-none",
            None => "report-deadlines-none",
        };
        document.note(view, key);
        return;
    }
    document.note(view, "report-deadlines-note");
    for deadline in &view.case.deadlines {
        document.heading("###", &Inline::said(&view.words.say(&deadline.text)));
        let due = match &deadline.due {
            Some(due) => Inline::time(due),
            None => Inline::word(view, "report-deadline-no-delay"),
        };
        document.fact(view, "report-deadline-due", due);
        document.fact(view, "report-deadline-duty", Inline::case(&deadline.duty));
        for (label, content) in &deadline.content {
            let label = Inline::said(&view.words.say(label));
            let content = Inline::said(&view.words.say(content));
            document.inner_item(&Inline::all(": ", [label, content]));
        }
    }
}

pub(crate) fn inputs(document: &mut Document, view: &View<'_>) {
    let inputs = &view.case.inputs;
    document.section(view, "report-inputs");
    for (key, number) in [
        ("report-inputs-sources", inputs.sources),
        ("report-inputs-records", inputs.records),
        ("report-inputs-duplicates", inputs.duplicates),
        ("report-inputs-unreadable", inputs.unreadable),
        ("report-inputs-bytes", inputs.bytes),
        ("report-inputs-rules", inputs.rules),
    ] {
        document.fact(view, key, Inline::number(number));
    }
    if let (Some(first), Some(last)) = (&inputs.first_event, &inputs.last_event) {
        document.fact(view, "report-inputs-span", Inline::times(first, last));
    }
    document.fact(view, "report-accounts", Inline::names(&inputs.accounts));
    document.fact(view, "report-regions", Inline::names(&inputs.regions));
    document.fact(view, "report-inputs-digest", Inline::case(&inputs.digest));
    document.fact(
        view,
        "report-inputs-rules-digest",
        Inline::case(&inputs.rules_digest),
    );
    for estate in &inputs.estates {
        let collected = estate
            .collected_at
            .as_deref()
            .map(Inline::time)
            .unwrap_or_default();
        let parts = [
            Inline::case(&estate.path),
            collected,
            Inline::case(&estate.digest),
        ];
        document.fact(view, "report-inputs-estates", Inline::all(" · ", parts));
    }
    for problem in &inputs.problems {
        document.fact(view, "report-inputs-problems", Inline::case(problem));
    }
}

pub(crate) fn reading(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-reading");
    document.note(view, "report-reading-silence");
    let meanings = [
        (Certainty::Observed, "report-reading-observed"),
        (Certainty::Derived, "report-reading-derived"),
        (Certainty::Inferred, "report-reading-inferred"),
        (Certainty::Claimed, "report-reading-claimed"),
    ];
    let rows = meanings
        .iter()
        .map(|(word, meaning)| vec![Inline::word(view, word.key()), Inline::word(view, meaning)]);
    document.table(
        view,
        &["report-reading-word", "report-reading-meaning"],
        rows,
    );
}

pub(crate) fn evidence(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-appendix");
    document.note(view, "report-appendix-note");
    let rows = view.evidence.iter().enumerate().map(|(place, (id, item))| {
        vec![
            Inline::anchor(place + 1),
            Inline::said(&view.words.named("evidence-kind", &item.kind)),
            Inline::case(&item.title),
            item.time.as_deref().map(Inline::time).unwrap_or_default(),
            Inline::case(&item.source),
            Inline::number(item.index),
            Inline::case(item.id.as_deref().unwrap_or(id)),
            Inline::case(&item.sha256),
            Inline::said(&view.words.value("integrity-state", &item.integrity)),
        ]
    });
    let columns = [
        "report-evidence",
        "report-indicator-kind",
        "report-evidence-title",
        "report-time",
        "report-evidence-source",
        "report-evidence-index",
        "report-evidence-id",
        "report-evidence-digest",
        "report-evidence-integrity",
    ];
    document.table(view, &columns, rows);
}
