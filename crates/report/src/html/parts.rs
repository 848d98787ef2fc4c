//! Pieces that several sections use.

use rempart_case::{Certainty, Status};
use rempart_findings::Severity;
use rempart_locale::Text;

use super::markup::{Html, Tag};
use crate::time;
use crate::view::View;
use crate::words::Said;

pub(crate) const TD: Tag = Tag("td");
pub(crate) const TH: Tag = Tag("th");
pub(crate) const LI: Tag = Tag("li");
pub(crate) const P: Tag = Tag("p");
pub(crate) const SPAN: Tag = Tag("span");
pub(crate) const H2: Tag = Tag("h2");
pub(crate) const H3: Tag = Tag("h3");
pub(crate) const H4: Tag = Tag("h4");
pub(crate) const CODE: Tag = Tag("code");
pub(crate) const DIV: Tag = Tag("div");

/// Rows of one table. Longer tables are split, so that a browser lays out only what is seen.
pub(crate) const ROWS_OF_A_TABLE: usize = 200;

/// Columns of numbers.
const NUMBERS: [&str; 4] = [
    "report-events",
    "report-statements",
    "report-integrity-files",
    "report-activity-hours",
];

/// Opens a section with its heading: `<section id="…">`.
pub(crate) fn section(html: &mut Html, view: &View<'_>, id: &'static str, key: &str) {
    html.raw("<section")
        .attribute("id", &Said::of_program(id))
        .attribute("aria-labelledby", &Said::of_program(format!("{id}-title")))
        .raw("><h2")
        .attribute("id", &Said::of_program(format!("{id}-title")))
        .raw(">")
        .said(&view.words.word(key))
        .close(H2);
}

/// A word of ours in a paragraph.
pub(crate) fn note(html: &mut Html, view: &View<'_>, key: &str) {
    html.element(P, "note", &view.words.word(key));
}

/// `<thead>` of columns by the keys of their names.
pub(crate) fn head(html: &mut Html, view: &View<'_>, keys: &[&str]) {
    html.raw("<thead><tr>");
    for key in keys {
        match NUMBERS.contains(key) {
            true => html.raw("<th scope=\"col\" class=\"n\">"),
            false => html.raw("<th scope=\"col\">"),
        };
        html.said(&view.words.word(key)).close(TH);
    }
    html.raw("</tr></thead>");
}

/// `<table>` in a box that scrolls, with its caption for those who do not see the heading.
pub(crate) fn table(html: &mut Html, caption: &Said, class: &'static str) {
    html.raw("<div class=\"scroll\" role=\"group\" tabindex=\"0\"")
        .attribute("aria-label", caption)
        .raw("><table")
        .attribute("class", &Said::of_program(class))
        .raw("><caption class=\"unseen\">")
        .said(caption)
        .raw("</caption>");
}

pub(crate) fn table_end(html: &mut Html) {
    html.raw("</tbody></table></div>");
}

/// A badge: the style puts a mark before its word, so that colour is never alone.
pub(crate) fn certainty(html: &mut Html, view: &View<'_>, certainty: Certainty) {
    let class = match certainty {
        Certainty::Observed => "badge c-observed",
        Certainty::Derived => "badge c-derived",
        Certainty::Inferred => "badge c-inferred",
        Certainty::Claimed => "badge c-claimed",
    };
    html.element(SPAN, class, &view.words.word(certainty.key()));
}

pub(crate) fn status(html: &mut Html, view: &View<'_>, status: Status) {
    let class = match status {
        Status::Answered => "badge st-answered",
        Status::Partial => "badge st-partial",
        Status::NotDeterminable => "badge st-not",
    };
    html.element(SPAN, class, &view.words.word(status.key()));
}

pub(crate) fn severity(html: &mut Html, view: &View<'_>, severity: Severity) {
    let class = match severity {
        Severity::Critical => "badge sev-critical",
        Severity::High => "badge sev-high",
        Severity::Medium => "badge sev-medium",
        Severity::Low => "badge sev-low",
        Severity::Informational => "badge sev-info",
    };
    html.element(SPAN, class, &view.words.value("report-severity", &severity));
}

/// `<time>`, where the text is a time; else the text.
pub(crate) fn moment(html: &mut Html, text: &str) {
    moment_as(html, text, &time::readable(text));
}

pub(crate) fn moment_as(html: &mut Html, text: &str, shown: &Said) {
    match time::exact(text) {
        Some(exact) => {
            html.raw("<time")
                .attribute("datetime", &Said::of_program(exact))
                .raw(">")
                .said(shown)
                .raw("</time>");
        }
        None => drop(html.said(shown)),
    }
}

/// A time that may be missing.
pub(crate) fn moment_or(html: &mut Html, view: &View<'_>, text: Option<&str>, key: &str) {
    match text {
        Some(text) => moment(html, text),
        None => drop(html.said(&view.words.word(key))),
    }
}

/// Links to the pieces of the appendix. `all` counts those that are not listed as well.
pub(crate) fn evidence(html: &mut Html, view: &View<'_>, ids: &[String], all: u64) {
    html.raw("<span class=\"cites\">");
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            html.raw(" ");
        }
        match view.evidence_number(id) {
            Some(number) => {
                html.raw("<a")
                    .numbered("href", "#e", number)
                    .raw(">E")
                    .number(number as u64)
                    .raw("</a>");
            }
            None => {
                let text = Text::new("report-evidence-missing").with("id", id.as_str());
                html.element(SPAN, "missing", &view.words.say(&text));
            }
        }
    }
    if all > ids.len() as u64 {
        let text = Text::new("report-evidence-more").with("count", all);
        html.raw(" ").element(SPAN, "soft", &view.words.say(&text));
    }
    html.raw("</span>");
}

/// A link to a session, or the text where it is none.
pub(crate) fn session_link(html: &mut Html, view: &View<'_>, id: &str) {
    match view.session(id) {
        Some((place, session)) => {
            html.raw("<a")
                .numbered("href", "#s", place + 1)
                .raw(">")
                .case(&session.label)
                .raw("</a>");
        }
        None => drop(html.open(CODE, "").case(id).close(CODE)),
    }
}

/// Links to rows of coverage.
pub(crate) fn logs(html: &mut Html, view: &View<'_>, ids: &[String]) {
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            html.raw(", ");
        }
        match view.coverage_row(id) {
            Some((place, row)) => {
                html.raw("<a")
                    .numbered("href", "#c", place + 1)
                    .raw(">")
                    .said(&view.log_name(row))
                    .raw("</a>");
            }
            None => drop(html.case(id)),
        }
    }
}

/// Names, each as code.
pub(crate) fn codes(html: &mut Html, names: &[String]) {
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            html.raw(" ");
        }
        html.open(CODE, "").case(name).close(CODE);
    }
}

/// A list of texts under a heading; nothing where there are none.
pub(crate) fn texts(
    html: &mut Html,
    view: &View<'_>,
    heading: Tag,
    key: &str,
    class: &'static str,
    texts: &[Text],
) {
    if texts.is_empty() {
        return;
    }
    html.open(DIV, class)
        .element(heading, "", &view.words.word(key))
        .raw("<ul>");
    for text in texts {
        html.element(LI, "", &view.words.say(text));
    }
    html.raw("</ul></div>");
}

/// One pair of a description list.
pub(crate) fn term(html: &mut Html, view: &View<'_>, key: &str) {
    html.raw("<div><dt>")
        .said(&view.words.word(key))
        .raw("</dt><dd>");
}

pub(crate) fn term_end(html: &mut Html) {
    html.raw("</dd></div>");
}
