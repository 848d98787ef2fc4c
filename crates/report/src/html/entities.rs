//! What was touched.

use rempart_locale::Text;

use super::graphs::MOST_RESOURCES;
use super::markup::Html;
use super::parts::{CODE, P, ROWS_OF_A_TABLE, head, note, section, table, table_end};
use super::summary::span;
use super::timeline::{chart, phase};
use crate::view::{Entity, View, service_of};

/// Links to steps that one row shows.
const STEPS_OF_A_ROW: usize = 6;

pub(crate) fn write(html: &mut Html, view: &View<'_>) {
    section(html, view, "entities", "report-entities");
    if view.entities.is_empty() {
        note(html, view, "report-none");
    } else {
        chart(
            html,
            view,
            "graph-entities",
            "chart graph",
            "report-entity-graph-note",
        );
        if view.entities.len() > MOST_RESOURCES {
            let text = Text::new("report-graph-limited")
                .with("shown", MOST_RESOURCES)
                .with("all", view.entities.len());
            html.element(P, "note", &view.words.say(&text));
        }
    }
    for entities in view.entities.chunks(ROWS_OF_A_TABLE) {
        html.raw("<div class=\"stretch\">");
        table(html, &view.words.word("report-entities"), "");
        let columns = [
            "report-entity",
            "report-entity-service",
            "report-account",
            "report-entity-phases",
            "report-entity-sessions",
            "report-seen",
            "report-entity-steps",
        ];
        head(html, view, &columns);
        html.raw("<tbody>");
        for entity in entities {
            row(html, view, entity);
        }
        table_end(html);
        html.raw("</div>");
    }
    html.raw("</section>");
}

fn row(html: &mut Html, view: &View<'_>, entity: &Entity<'_>) {
    html.raw("<tr><th scope=\"row\">")
        .open(CODE, "")
        .case(entity.name)
        .close(CODE)
        .raw("</th><td>")
        .case(service_of(entity.name))
        .raw("</td><td class=\"account\">");
    let accounts: Vec<_> = entity
        .accounts
        .iter()
        .map(|account| (*account).to_owned())
        .collect();
    super::parts::codes(html, &accounts);
    html.raw("</td><td>");
    for one in &entity.phases {
        phase(html, view, *one);
        html.raw(" ");
    }
    html.raw("</td><td>");
    for (place, session) in entity.sessions.iter().enumerate() {
        if place > 0 {
            html.raw(", ");
        }
        if let Some(session) = view.case.sessions.get(*session) {
            super::parts::session_link(html, view, &session.id);
        }
    }
    html.raw("</td><td>");
    span(html, entity.first, entity.last);
    html.raw("</td><td class=\"account\"><span class=\"cites\">");
    for place in entity.steps.iter().take(STEPS_OF_A_ROW) {
        html.raw("<a")
            .numbered("href", "#t", place + 1)
            .raw(">T")
            .number(*place as u64 + 1)
            .raw("</a> ");
    }
    let more = entity.steps.len().saturating_sub(STEPS_OF_A_ROW);
    if more > 0 {
        html.said(
            &view
                .words
                .say(&Text::new("report-more").with("count", more)),
        );
    }
    html.raw("</span></td></tr>");
}
