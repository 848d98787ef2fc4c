//! The first page: what happened, in figures, and how far the questions are answered.

use rempart_locale::Text;

use super::markup::{Html, Tag};
use super::parts::{
    CODE, H2, P, SPAN, TD, certainty, codes, evidence, head, moment, moment_as, moment_or,
    severity, status, table, table_end, term, term_end,
};
use crate::time;
use crate::view::{QUESTIONS, View};
use crate::words::Said;

pub(crate) fn write(html: &mut Html, view: &View<'_>) {
    html.raw("<section id=\"summary\" aria-labelledby=\"summary-title\"><h1 id=\"summary-title\">");
    html.said(&view.headline()).raw("</h1>");
    figures(html, view);
    facts(html, view);
    glance(html, view);
    scope(html, view);
    html.raw("</section>");
}

fn figures(html: &mut Html, view: &View<'_>) {
    let overview = &view.case.overview;
    html.raw("<dl class=\"figures\">");
    term(html, view, "report-severity");
    match overview.severity {
        Some(level) => severity(html, view, level),
        None => drop(html.said(&view.words.word("report-severity-none"))),
    }
    term_end(html);
    term(html, view, "report-dwell");
    let dwell = view
        .dwell()
        .unwrap_or_else(|| view.words.word("report-unknown"));
    html.element(SPAN, "big", &dwell);
    term_end(html);
    figure(
        html,
        view,
        "report-events-in-scope",
        overview.events,
        Some(overview.failed),
    );
    figure(html, view, "report-findings", overview.findings, None);
    figure(
        html,
        view,
        "report-sessions-count",
        view.case.sessions.len() as u64,
        None,
    );
    figure(
        html,
        view,
        "report-steps-count",
        view.case.steps.len() as u64,
        None,
    );
    html.raw("</dl>");
}

fn figure(html: &mut Html, view: &View<'_>, key: &str, number: u64, failed: Option<u64>) {
    term(html, view, key);
    html.raw("<span class=\"big\">")
        .number(number)
        .raw("</span>");
    if let Some(failed) = failed {
        let text = Text::new("report-failed-count").with("failed", failed);
        html.raw(" ").element(SPAN, "soft", &view.words.say(&text));
    }
    term_end(html);
}

fn facts(html: &mut Html, view: &View<'_>) {
    let overview = &view.case.overview;
    html.raw("<dl class=\"facts\">");
    term(html, view, "report-first-bad");
    moment_or(html, view, overview.first_bad.as_deref(), "report-unknown");
    if let Some(id) = &overview.first_bad_evidence {
        html.raw(" ");
        evidence(html, view, std::slice::from_ref(id), 1);
    }
    term_end(html);
    term(html, view, "report-last-activity");
    moment_or(
        html,
        view,
        overview.last_activity.as_deref(),
        "report-unknown",
    );
    term_end(html);
    for (key, names) in [
        ("report-accounts", &overview.accounts),
        ("report-regions", &overview.regions),
    ] {
        term(html, view, key);
        match names.is_empty() {
            true => drop(html.said(&view.words.word("report-none"))),
            false => codes(html, names),
        }
        term_end(html);
    }
    term(html, view, "report-integrity-of-logs");
    html.raw("<a href=\"#integrity\">")
        .said(
            &view
                .words
                .value("integrity-state", &view.case.integrity.state),
        )
        .raw("</a>");
    term_end(html);
    html.raw("</dl>");
}

fn glance(html: &mut Html, view: &View<'_>) {
    let title = view.words.word("report-glance");
    html.element(H2, "sub", &title)
        .element(P, "note", &view.tally());
    table(html, &title, "glance");
    let columns = [
        "report-question",
        "report-status",
        "report-statements",
        "report-certainty-weakest",
    ];
    head(html, view, &columns);
    html.raw("<tbody>");
    for question in 1..=QUESTIONS {
        let answer = view.answer(question);
        html.raw("<tr><th scope=\"row\"><a")
            .numbered("href", "#q", question.into())
            .raw("><span class=\"number\">")
            .number(question.into())
            .raw("</span> ")
            .said(&view.words.word(&format!("question-{question}-title")))
            .raw("</a></th><td>");
        let Some(answer) = answer else {
            html.said(&view.words.word("report-no-answer"))
                .raw("</td><td></td><td></td></tr>");
            continue;
        };
        status(html, view, answer.status);
        html.raw("</td><td class=\"n\">")
            .number(answer.statements.len() as u64)
            .raw("</td><td>");
        let certainties = || {
            answer
                .statements
                .iter()
                .map(|statement| statement.certainty)
        };
        if let Some(strongest) = certainties().min() {
            certainty(html, view, strongest);
            html.raw(" ");
            if let Some(weakest) = certainties().max().filter(|weakest| *weakest != strongest) {
                certainty(html, view, weakest);
            }
        }
        html.close(TD).raw("</tr>");
    }
    table_end(html);
}

fn scope(html: &mut Html, view: &View<'_>) {
    let scope = &view.case.scope;
    let words = view.words;
    html.element(H2, "sub", &words.word("report-scope"));
    html.raw("<dl class=\"facts\">");
    term(html, view, "report-period");
    match (&scope.from, &scope.to) {
        (None, None) => drop(html.said(&words.word("report-all-time"))),
        (from, to) => {
            let shown = |time: &Option<String>| match time {
                Some(time) => time::readable(time),
                None => words.word("report-not-given"),
            };
            let text = Text::new("report-from-to")
                .with("from", shown(from).as_str())
                .with("to", shown(to).as_str());
            html.said(&words.say(&text));
        }
    }
    term_end(html);
    term(html, view, "report-aware-at");
    moment_or(html, view, scope.aware_at.as_deref(), "report-not-given");
    term_end(html);
    html.raw("</dl>");
    if scope.suspects.is_empty() {
        return;
    }
    table(html, &words.word("report-scope"), "");
    let columns = [
        "report-suspect",
        "report-suspect-kind",
        "report-origin",
        "report-events",
        "report-why",
    ];
    head(html, view, &columns);
    html.raw("<tbody>");
    for suspect in &scope.suspects {
        let origin = match suspect.proposed {
            true => "report-suspect-proposed",
            false => "report-suspect-given",
        };
        html.raw("<tr><th scope=\"row\">")
            .open(CODE, "")
            .case(&suspect.value)
            .close(CODE)
            .raw("</th><td>")
            .case(&suspect.kind)
            .raw("</td><td>")
            .said(&words.word(origin))
            .raw("</td><td class=\"n\">")
            .number(suspect.events)
            .raw("</td><td>");
        paragraphs(html, suspect.reasons.iter().map(|reason| words.say(reason)));
        html.raw("</td></tr>");
    }
    table_end(html);
}

/// Several texts in one cell.
pub(crate) fn paragraphs(html: &mut Html, texts: impl Iterator<Item = Said>) {
    for text in texts {
        html.element(Tag("div"), "", &text);
    }
}

/// One time, or two with a dash where they differ.
pub(crate) fn span(html: &mut Html, first: &str, last: &str) {
    moment(html, first);
    if time::readable(first) != time::readable(last) {
        html.raw(" – ");
        match time::day(first) == time::day(last) {
            true => moment_as(html, last, &time::clock(last)),
            false => moment(html, last),
        }
    }
}
