//! What the credentials in scope could do.

use super::markup::Html;
use super::parts::{
    CODE, DIV, H3, LI, ROWS_OF_A_TABLE, SPAN, codes, evidence, head, moment_or, note, section,
    table, table_end, texts,
};
use super::summary::paragraphs;
use crate::reach::ReachRow;
use crate::view::View;

pub(crate) fn write(html: &mut Html, view: &View<'_>) {
    section(html, view, "reach", "report-reach");
    let Some(reach) = view.reach else {
        note(html, view, "report-reach-none");
        html.raw("</section>");
        return;
    };
    note(html, view, "report-reach-note");
    if reach.rows.is_empty() {
        note(html, view, "report-reach-empty");
    }
    for rows in reach.rows.chunks(ROWS_OF_A_TABLE) {
        html.raw("<div class=\"stretch\">");
        table(html, &view.words.word("report-reach"), "");
        let columns = [
            "report-entity",
            "report-reach-label",
            "report-reach-identity",
            "report-reach-proof",
            "report-reach-first",
            "report-evidence",
        ];
        head(html, view, &columns);
        html.raw("<tbody>");
        for row in rows {
            write_row(html, view, row);
        }
        table_end(html);
        html.raw("</div>");
    }
    texts(
        html,
        view,
        H3,
        "report-reach-unknown",
        "limit unknown",
        &reach.unknown,
    );
    html.raw("</section>");
}

fn write_row(html: &mut Html, view: &View<'_>, row: &ReachRow) {
    let class = match row.label.as_str() {
        "reached" => "badge r-reached",
        "attempted-denied" => "badge r-denied",
        "reachable" => "badge r-reachable",
        "reachable-if" => "badge r-if",
        "not-reachable" => "badge r-not",
        _ => "badge r-unknown",
    };
    html.raw("<tr><th scope=\"row\">")
        .open(CODE, "")
        .case(&row.resource)
        .close(CODE)
        .raw(" ")
        .element(SPAN, "soft", &crate::words::Said::of_case(&row.kind))
        .raw("</th><td>")
        .element(SPAN, class, &view.words.named("reach-label", &row.label))
        .raw("</td><td class=\"wide\">")
        .open(CODE, "")
        .case(&row.identity)
        .close(CODE)
        .element(DIV, "soft", &view.words.word("report-reach-actions"));
    codes(html, &row.actions);
    html.raw("</td><td class=\"wide\">");
    if !row.conditions.is_empty() {
        html.element(DIV, "soft", &view.words.word("report-reach-conditions"));
        paragraphs(html, row.conditions.iter().map(|text| view.words.say(text)));
    }
    if !row.proof.is_empty() {
        html.raw("<ol>");
        for text in &row.proof {
            html.element(LI, "", &view.words.say(text));
        }
        html.raw("</ol>");
    }
    html.raw("</td><td>");
    moment_or(html, view, row.first_at.as_deref(), "report-unknown");
    html.raw("</td><td>");
    evidence(html, view, &row.evidence, row.evidence.len() as u64);
    html.raw("</td></tr>");
}
