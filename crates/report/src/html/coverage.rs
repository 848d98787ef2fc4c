//! What the logs cover, and whether they are whole.

use rempart_case::{CoverageRow, CoverageState};

use super::markup::{Html, Tag};
use super::parts::{
    CODE, LI, P, ROWS_OF_A_TABLE, SPAN, evidence, head, moment, note, section, table, table_end,
    term, term_end,
};
use super::summary::paragraphs;
use crate::time;
use crate::view::View;
use crate::words::Said;

/// Width of the strips in their own units.
const WIDTH: i64 = 1_000;

const STATES: [CoverageState; 5] = [
    CoverageState::Covered,
    CoverageState::Partial,
    CoverageState::Stopped,
    CoverageState::Missing,
    CoverageState::Unknown,
];

pub(crate) fn write(html: &mut Html, view: &View<'_>) {
    section(html, view, "coverage", "report-coverage");
    note(html, view, "report-coverage-note");
    if view.case.coverage.is_empty() {
        note(html, view, "report-none");
    } else {
        legend(html, view);
        rows(html, view);
    }
    integrity(html, view);
    html.raw("</section>");
}

fn legend(html: &mut Html, view: &View<'_>) {
    html.raw("<ul class=\"legend\"")
        .attribute("aria-label", &view.words.word("report-legend"))
        .raw(">");
    for state in STATES {
        html.raw("<li>");
        state_badge(html, view, state);
        html.close(LI);
    }
    html.raw("</ul>");
}

fn state_badge(html: &mut Html, view: &View<'_>, state: CoverageState) {
    html.raw("<span class=\"key\"><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    bar(html, 0, WIDTH, state);
    html.raw("</svg></span>")
        .element(SPAN, "", &view.words.value("coverage-state", &state));
}

/// A state is told by height and gaps as well as by colour.
fn bar(html: &mut Html, from: i64, to: i64, state: CoverageState) {
    let (class, top, height) = match state {
        CoverageState::Covered => ("k-covered", "0", "10"),
        CoverageState::Partial => ("k-partial", "4", "6"),
        CoverageState::Stopped => ("k-stopped", "7", "3"),
        CoverageState::Missing => ("k-missing", "0", "3"),
        CoverageState::Unknown => ("k-unknown", "4.5", "1"),
    };
    html.raw("<rect")
        .attribute("class", &Said::of_program(class))
        .attribute("x", &Said::of_program(from.to_string()))
        .attribute("y", &Said::of_program(top))
        .attribute("width", &Said::of_program((to - from).max(2).to_string()))
        .attribute("height", &Said::of_program(height))
        .raw("/>");
}

fn rows(html: &mut Html, view: &View<'_>) {
    let range = range(&view.case.coverage);
    for (chunk, rows) in view.case.coverage.chunks(ROWS_OF_A_TABLE).enumerate() {
        html.raw("<div class=\"stretch\">");
        table(html, &view.words.word("report-coverage"), "coverage");
        let columns = [
            "report-coverage-log",
            "report-coverage-chart",
            "report-coverage-stretches",
            "report-events",
            "report-notes",
        ];
        head(html, view, &columns);
        html.raw("<tbody>");
        for (place, row) in rows.iter().enumerate() {
            write_row(html, view, chunk * ROWS_OF_A_TABLE + place + 1, row, range);
        }
        table_end(html);
        html.raw("</div>");
    }
    if let Some((first, last)) = range {
        let text = rempart_locale::Text::new("report-from-to")
            .with("from", time::of_milliseconds(first))
            .with("to", time::of_milliseconds(last));
        html.element(P, "note", &view.words.say(&text));
    }
}

/// First and last time of all rows, in milliseconds.
pub(crate) fn range(rows: &[CoverageRow]) -> Option<(i64, i64)> {
    let starts = rows
        .iter()
        .flat_map(|row| row.stretches.iter().map(|(start, _)| start));
    let first = starts.filter_map(|start| time::milliseconds(start)).min()?;
    let last = rows
        .iter()
        .filter_map(|row| time::milliseconds(&row.end))
        .max()?;
    (last > first).then_some((first, last))
}

fn write_row(
    html: &mut Html,
    view: &View<'_>,
    number: usize,
    row: &CoverageRow,
    range: Option<(i64, i64)>,
) {
    let name = view.log_name(row);
    html.raw("<tr")
        .numbered("id", "c", number)
        .raw("><th scope=\"row\">")
        .said(&view.words.value("log-kind", &row.kind))
        .raw("<div class=\"soft\">")
        .open(CODE, "")
        .case(&row.account)
        .close(CODE)
        .raw(" ")
        .case(&row.region)
        .raw("</div></th><td class=\"strip\">");
    if let Some((first, last)) = range {
        html.raw("<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\"")
            .attribute(
                "aria-label",
                &view.words.say(
                    &rempart_locale::Text::new("report-coverage-strip").with("log", name.as_str()),
                ),
            )
            .raw(">");
        for (from, to, state) in stretches(row) {
            let place = |time: i64| {
                let share = i128::from(time.clamp(first, last) - first) * i128::from(WIDTH);
                i64::try_from(share / i128::from(last - first)).unwrap_or(WIDTH)
            };
            bar(html, place(from), place(to), state);
        }
        html.raw("</svg>");
    }
    html.raw("</td><td class=\"stretches\"><ul class=\"plain\">");
    for (place, (start, state)) in row.stretches.iter().enumerate() {
        let next = row
            .stretches
            .get(place + 1)
            .map_or(&row.end, |(next, _)| next);
        html.raw("<li>")
            .element(
                Tag("strong"),
                "",
                &view.words.value("coverage-state", state),
            )
            .raw(" ");
        moment(html, start);
        html.raw(" – ");
        moment(html, next);
        html.close(LI);
    }
    html.raw("</ul></td><td class=\"n\">")
        .number(row.events)
        .raw("</td><td>");
    paragraphs(html, row.notes.iter().map(|note| view.words.say(note)));
    evidence(html, view, &row.evidence, row.evidence.len() as u64);
    html.raw("</td></tr>");
}

/// Start, end and state of each stretch whose times can be read.
fn stretches(row: &CoverageRow) -> Vec<(i64, i64, CoverageState)> {
    let mut list = Vec::new();
    for (place, (start, state)) in row.stretches.iter().enumerate() {
        let next = row
            .stretches
            .get(place + 1)
            .map_or(&row.end, |(next, _)| next);
        if let (Some(from), Some(to)) = (time::milliseconds(start), time::milliseconds(next)) {
            list.push((from, to, *state));
        }
    }
    list
}

fn integrity(html: &mut Html, view: &View<'_>) {
    let words = view.words;
    let summary = &view.case.integrity;
    let title = words.word("report-integrity");
    html.raw("<h3 id=\"integrity\">")
        .said(&title)
        .raw("</h3><p>")
        .said(&words.say(&summary.text))
        .close(P);
    html.raw("<dl class=\"facts\">");
    term(html, view, "report-state");
    html.said(&words.value("integrity-state", &summary.state));
    term_end(html);
    term(html, view, "report-integrity-digests");
    html.number(summary.digests);
    term_end(html);
    html.raw("</dl>");
    if !summary.verdicts.is_empty() {
        table(html, &title, "tight");
        head(
            html,
            view,
            &["report-integrity-verdict", "report-integrity-files"],
        );
        html.raw("<tbody>");
        for (verdict, files) in &summary.verdicts {
            html.raw("<tr><th scope=\"row\">")
                .said(&words.named("integrity-state", verdict))
                .raw("</th><td class=\"n\">")
                .number(*files)
                .raw("</td></tr>");
        }
        table_end(html);
    }
    if !summary.problems.is_empty() {
        let title = words.word("report-integrity-problems");
        html.element(Tag("h4"), "", &title);
        table(html, &title, "");
        head(html, view, &["report-object", "report-reason"]);
        html.raw("<tbody>");
        for (object, reason) in &summary.problems {
            html.raw("<tr><th scope=\"row\">")
                .open(CODE, "")
                .case(object)
                .close(CODE)
                .raw("</th><td>")
                .said(&words.say(reason))
                .raw("</td></tr>");
        }
        table_end(html);
    }
}
