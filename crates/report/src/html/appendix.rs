//! Indicators, deadlines, what was read, words, and the pieces of evidence.

use rempart_case::{Certainty, EvidenceItem};

use super::answers::{filter_end, search};
use super::markup::{Html, Tag};
use super::parts::{
    CODE, H3, LI, ROWS_OF_A_TABLE, SPAN, certainty, codes, evidence as cite, head, moment,
    moment_or, note, section, table, table_end, term, term_end,
};
use super::summary::span;
use crate::view::View;
use crate::words::Said;

pub(crate) fn indicators(html: &mut Html, view: &View<'_>) {
    section(html, view, "indicators", "report-indicators");
    if view.case.indicators.is_empty() {
        note(html, view, "report-none");
        html.raw("</section>");
        return;
    }
    for indicators in view.case.indicators.chunks(ROWS_OF_A_TABLE) {
        table(html, &view.words.word("report-indicators"), "");
        let columns = [
            "report-indicator-value",
            "report-indicator-kind",
            "report-why",
            "report-certainty",
            "report-seen",
            "report-events",
            "report-evidence",
        ];
        head(html, view, &columns);
        html.raw("<tbody>");
        for indicator in indicators {
            html.raw("<tr><th scope=\"row\">")
                .open(CODE, "")
                .case(&indicator.value)
                .close(CODE)
                .raw("</th><td>")
                .case(&indicator.kind)
                .raw("</td><td>")
                .said(&view.words.say(&indicator.reason))
                .raw("</td><td>");
            certainty(html, view, indicator.certainty);
            html.raw("</td><td>");
            span(html, &indicator.first, &indicator.last);
            html.raw("</td><td class=\"n\">")
                .number(indicator.events)
                .raw("</td><td>");
            cite(
                html,
                view,
                &indicator.evidence,
                indicator.evidence.len() as u64,
            );
            html.raw("</td></tr>");
        }
        table_end(html);
    }
    html.raw("</section>");
}

pub(crate) fn deadlines(html: &mut Html, view: &View<'_>) {
    section(html, view, "deadlines", "report-deadlines");
    if view.case.deadlines.is_empty() {
        let key = match view.case.scope.aware_at {
            Some(_) => "report-none",
            None => "report-deadlines-none",
        };
        note(html, view, key);
        html.raw("</section>");
        return;
    }
    note(html, view, "report-deadlines-note");
    for deadline in &view.case.deadlines {
        html.raw("<article class=\"card deadline\"><h3>")
            .said(&view.words.say(&deadline.text))
            .raw("</h3><dl class=\"facts\">");
        term(html, view, "report-deadline-due");
        html.raw("<strong>");
        moment_or(
            html,
            view,
            deadline.due.as_deref(),
            "report-deadline-no-delay",
        );
        html.raw("</strong>");
        term_end(html);
        term(html, view, "report-deadline-duty");
        html.open(CODE, "").case(&deadline.duty).close(CODE);
        term_end(html);
        html.raw("</dl>");
        if !deadline.content.is_empty() {
            html.element(Tag("h4"), "", &view.words.word("report-deadline-content"))
                .raw("<dl class=\"pairs\">");
            for (label, content) in &deadline.content {
                html.raw("<div><dt>")
                    .said(&view.words.say(label))
                    .raw("</dt><dd>")
                    .said(&view.words.say(content))
                    .raw("</dd></div>");
            }
            html.raw("</dl>");
        }
        html.raw("</article>");
    }
    html.raw("</section>");
}

pub(crate) fn inputs(html: &mut Html, view: &View<'_>) {
    section(html, view, "inputs", "report-inputs");
    let inputs = &view.case.inputs;
    html.raw("<dl class=\"facts\">");
    let numbers = [
        ("report-inputs-sources", inputs.sources),
        ("report-inputs-records", inputs.records),
        ("report-inputs-duplicates", inputs.duplicates),
        ("report-inputs-unreadable", inputs.unreadable),
        ("report-inputs-bytes", inputs.bytes),
        ("report-inputs-rules", inputs.rules),
    ];
    for (key, number) in numbers {
        term(html, view, key);
        html.number(number);
        term_end(html);
    }
    term(html, view, "report-inputs-span");
    match (&inputs.first_event, &inputs.last_event) {
        (Some(first), Some(last)) => span(html, first, last),
        _ => drop(html.said(&view.words.word("report-unknown"))),
    }
    term_end(html);
    for (key, names) in [
        ("report-accounts", &inputs.accounts),
        ("report-regions", &inputs.regions),
    ] {
        term(html, view, key);
        codes(html, names);
        term_end(html);
    }
    for (key, digest) in [
        ("report-inputs-digest", &inputs.digest),
        ("report-inputs-rules-digest", &inputs.rules_digest),
    ] {
        term(html, view, key);
        html.open(CODE, "digest").case(digest).close(CODE);
        term_end(html);
    }
    html.raw("</dl>");
    estates(html, view);
    if !inputs.problems.is_empty() {
        html.element(H3, "", &view.words.word("report-inputs-problems"))
            .raw("<ul>");
        for problem in &inputs.problems {
            html.element(LI, "", &Said::of_case(problem));
        }
        html.raw("</ul>");
    }
    html.raw("</section>");
}

fn estates(html: &mut Html, view: &View<'_>) {
    if view.case.inputs.estates.is_empty() {
        return;
    }
    let title = view.words.word("report-inputs-estates");
    html.element(H3, "", &title);
    table(html, &title, "");
    let columns = [
        "report-inputs-path",
        "report-inputs-collected-at",
        "report-inputs-digest-of",
    ];
    head(html, view, &columns);
    html.raw("<tbody>");
    for estate in &view.case.inputs.estates {
        html.raw("<tr><th scope=\"row\">")
            .open(CODE, "")
            .case(&estate.path)
            .close(CODE)
            .raw("</th><td>");
        moment_or(html, view, estate.collected_at.as_deref(), "report-unknown");
        html.raw("</td><td>")
            .open(CODE, "digest")
            .case(&estate.digest)
            .close(CODE)
            .raw("</td></tr>");
    }
    table_end(html);
}

pub(crate) fn reading(html: &mut Html, view: &View<'_>) {
    section(html, view, "reading", "report-reading");
    note(html, view, "report-reading-silence");
    table(html, &view.words.word("report-reading"), "tight");
    head(
        html,
        view,
        &["report-reading-word", "report-reading-meaning"],
    );
    html.raw("<tbody>");
    let meanings = [
        (Certainty::Observed, "report-reading-observed"),
        (Certainty::Derived, "report-reading-derived"),
        (Certainty::Inferred, "report-reading-inferred"),
        (Certainty::Claimed, "report-reading-claimed"),
    ];
    for (word, meaning) in meanings {
        html.raw("<tr><th scope=\"row\">");
        certainty(html, view, word);
        html.raw("</th><td>")
            .said(&view.words.word(meaning))
            .raw("</td></tr>");
    }
    table_end(html);
    html.raw("</section>");
}

pub(crate) fn evidence(html: &mut Html, view: &View<'_>) {
    section(html, view, "evidence", "report-appendix");
    if view.evidence.is_empty() {
        note(html, view, "report-none");
        html.raw("</section>");
        return;
    }
    note(html, view, "report-appendix-note");
    html.raw("<form class=\"filter\" hidden data-filter=\"evidence\" role=\"search\"")
        .attribute("aria-label", &view.words.word("report-filter-evidence"))
        .raw(">");
    search(html, view);
    filter_end(html, view);
    for (chunk, items) in view.evidence.chunks(ROWS_OF_A_TABLE).enumerate() {
        let first = chunk * ROWS_OF_A_TABLE + 1;
        let title = format!(
            "{}: E{first}–E{}",
            view.words.word("report-appendix").as_str(),
            first + items.len() - 1
        );
        html.raw("<div class=\"stretch\" data-stretch=\"evidence\">");
        table(html, &Said::of_program(title), "evidence");
        let columns = [
            "report-evidence",
            "report-evidence-title",
            "report-time",
            "report-evidence-source",
            "report-evidence-digest",
            "report-evidence-integrity",
        ];
        head(html, view, &columns);
        html.raw("<tbody>");
        for (place, (id, item)) in items.iter().enumerate() {
            row(html, view, first + place, id, item);
        }
        table_end(html);
        html.raw("</div>");
    }
    html.raw("</section>");
}

fn row(html: &mut Html, view: &View<'_>, number: usize, id: &str, item: &EvidenceItem) {
    html.raw("<tr")
        .numbered("id", "e", number)
        .raw("><th scope=\"row\">E")
        .said(&Said::of_program(number.to_string()))
        .raw("</th><td>")
        .open(CODE, "")
        .case(&item.title)
        .close(CODE)
        .raw("<div class=\"soft\">")
        .said(&view.words.named("evidence-kind", &item.kind))
        .raw(" · ")
        .case(item.id.as_deref().unwrap_or(id))
        .raw("</div></td><td class=\"when\">");
    if let Some(time) = &item.time {
        moment(html, time);
    }
    html.raw("</td><td>")
        .case(&item.source)
        .raw(" ")
        .element(SPAN, "soft", &Said::of_program(format!("#{}", item.index)))
        .raw("</td><td>")
        .open(CODE, "digest")
        .case(&item.sha256)
        .close(CODE)
        .raw("</td><td>")
        .said(&view.words.value("integrity-state", &item.integrity))
        .raw("</td></tr>");
}
