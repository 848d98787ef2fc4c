//! The fifteen answers.

use rempart_case::{Answer, Certainty, Statement, Status};
use rempart_locale::Text;

use super::markup::Html;
use super::parts::{DIV, H4, P, SPAN, certainty, codes, evidence, logs, section, status, texts};
use crate::view::{QUESTIONS, View};
use crate::words::Said;

pub(crate) fn write(html: &mut Html, view: &View<'_>) {
    section(html, view, "answers", "report-answers");
    html.element(P, "note", &view.tally());
    filter(html, view);
    for question in 1..=QUESTIONS {
        html.raw("<article class=\"answer\"")
            .numbered("id", "q", question.into());
        let answer = view.answer(question);
        if let Some(answer) = answer {
            html.attribute("data-status", &Said::of_program(answer.status.key()));
        }
        html.raw("><h3><span class=\"number\">")
            .number(question.into())
            .raw("</span> ")
            .said(&view.words.word(&format!("question-{question}-title")));
        if let Some(answer) = answer {
            html.raw(" ");
            status(html, view, answer.status);
        }
        html.raw("</h3>").element(
            P,
            "asked",
            &view.words.word(&format!("question-{question}")),
        );
        match answer {
            Some(answer) => body(html, view, answer),
            None => drop(html.element(P, "empty", &view.words.word("report-no-answer"))),
        }
        html.raw("</article>");
    }
    html.raw("</section>");
}

fn body(html: &mut Html, view: &View<'_>, answer: &Answer) {
    if answer.statements.is_empty() {
        html.element(P, "empty", &view.words.word("report-no-statement"));
    } else {
        html.raw("<ul class=\"statements\">");
        for statement in &answer.statements {
            write_statement(html, view, statement);
        }
        html.raw("</ul>");
    }
    html.raw("<div class=\"limits\">");
    texts(
        html,
        view,
        H4,
        "report-cannot-be-known",
        "limit unknown",
        &answer.unknown,
    );
    texts(
        html,
        view,
        H4,
        "report-to-collect",
        "limit collect",
        &answer.collect,
    );
    if !answer.coverage.is_empty() {
        html.open(DIV, "limit rests")
            .element(H4, "", &view.words.word("report-rests-on"))
            .raw("<p>");
        logs(html, view, &answer.coverage);
        html.raw("</p></div>");
    }
    html.raw("</div>");
}

fn write_statement(html: &mut Html, view: &View<'_>, statement: &Statement) {
    html.raw("<li")
        .attribute(
            "data-certainty",
            &Said::of_program(statement.certainty.key()),
        )
        .raw("><p>")
        .said(&view.words.say(&statement.text))
        .raw("</p><p class=\"meta\">");
    certainty(html, view, statement.certainty);
    html.raw(" ")
        .element(SPAN, "label", &view.words.word("report-evidence"))
        .raw(" ");
    evidence(html, view, &statement.evidence, statement.evidence_count);
    html.raw("</p>");
    if !statement.weakened_by.is_empty() {
        html.raw("<p class=\"meta weak\">")
            .element(SPAN, "label", &view.words.word("report-weakened-by"))
            .raw(" ");
        logs(html, view, &statement.weakened_by);
        html.raw("</p>");
    }
    if !statement.subjects.is_empty() {
        html.raw("<p class=\"meta\">")
            .element(SPAN, "label", &view.words.word("report-subjects"))
            .raw(" ");
        codes(html, &statement.subjects);
        html.raw("</p>");
    }
    html.raw("</li>");
}

fn filter(html: &mut Html, view: &View<'_>) {
    let words = view.words;
    let name = words.word("report-filter-answers");
    html.raw("<form class=\"filter\" hidden data-filter=\"answers\" role=\"search\"")
        .attribute("aria-label", &name)
        .raw(">");
    search(html, view);
    let statuses = [Status::Answered, Status::Partial, Status::NotDeterminable];
    let statuses = statuses.map(|status| (status.key().to_owned(), words.word(status.key())));
    select(html, view, "status", "report-status", &statuses);
    let certainties = [
        Certainty::Observed,
        Certainty::Derived,
        Certainty::Inferred,
        Certainty::Claimed,
    ];
    let certainties = certainties.map(|value| (value.key().to_owned(), words.word(value.key())));
    select(html, view, "certainty", "report-certainty", &certainties);
    filter_end(html, view);
}

/// A field to search text in.
pub(crate) fn search(html: &mut Html, view: &View<'_>) {
    html.raw("<label>")
        .said(&view.words.word("report-filter-text"))
        .raw(" <input type=\"search\" name=\"text\" autocomplete=\"off\" spellcheck=\"false\"></label>");
}

/// A choice by which to filter: values and their words.
pub(crate) fn select(
    html: &mut Html,
    view: &View<'_>,
    name: &'static str,
    key: &str,
    options: &[(String, Said)],
) {
    html.raw("<label>")
        .said(&view.words.word(key))
        .raw(" <select")
        .attribute("name", &Said::of_program(name))
        .raw("><option value=\"\">")
        .said(&view.words.word("report-filter-all"))
        .raw("</option>");
    for (value, word) in options {
        html.raw("<option")
            .attribute("value", &Said::of_case(value))
            .raw(">")
            .said(&word.cut(60))
            .raw("</option>");
    }
    html.raw("</select></label>");
}

pub(crate) fn filter_end(html: &mut Html, view: &View<'_>) {
    html.raw("<button type=\"reset\">")
        .said(&view.words.word("report-filter-clear"))
        .raw("</button><output role=\"status\" data-words=\"");
    // Words of ours, which hold no quote.
    html.said(&view.words.say(&Text::new("report-filter-shown")))
        .raw("\"></output></form>");
}
