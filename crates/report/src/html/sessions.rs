//! Sessions, who is behind them, and how they hang together.

use rempart_case::{Seen, Session};
use rempart_locale::Text;

use super::graphs::MOST_NODES;
use super::markup::{Html, Tag};
use super::parts::{
    CODE, H3, H4, LI, P, SPAN, certainty, evidence, head, moment, note, section, session_link,
    table, table_end, term, term_end,
};
use super::summary::span;
use super::timeline::chart;
use crate::view::View;

pub(crate) fn write(html: &mut Html, view: &View<'_>) {
    section(html, view, "sessions", "report-sessions");
    if view.case.sessions.is_empty() {
        note(html, view, "report-none");
    } else {
        chart(
            html,
            view,
            "graph-sessions",
            "chart graph",
            "report-session-graph-note",
        );
        if view.case.sessions.len() > MOST_NODES {
            let text = Text::new("report-graph-limited")
                .with("shown", MOST_NODES)
                .with("all", view.case.sessions.len());
            html.element(P, "note", &view.words.say(&text));
        }
        for (place, session) in view.case.sessions.iter().enumerate() {
            write_session(html, view, place + 1, session);
        }
    }
    links(html, view);
    html.raw("</section>");
}

fn write_session(html: &mut Html, view: &View<'_>, number: usize, session: &Session) {
    let words = view.words;
    html.raw("<article class=\"card\"")
        .numbered("id", "s", number)
        .raw("><h3>")
        .case(&session.label);
    html.raw(" ")
        .element(SPAN, "kind", &words.value("session-kind", &session.kind));
    let hostile = match session.hostile {
        true => "report-hostile",
        false => "report-hostile-part",
    };
    let class = match session.hostile {
        true => "flag hostile",
        false => "flag",
    };
    html.raw(" ")
        .element(SPAN, class, &words.word(hostile))
        .raw("</h3><dl class=\"facts\">");
    term(html, view, "report-principal");
    html.open(CODE, "").case(&session.principal).close(CODE);
    term_end(html);
    term(html, view, "report-session-key");
    html.open(CODE, "").case(&session.key).close(CODE);
    term_end(html);
    for (key, value) in [
        ("report-role", &session.role),
        ("report-source-identity", &session.source_identity),
    ] {
        if let Some(value) = value {
            term(html, view, key);
            html.open(CODE, "").case(value).close(CODE);
            term_end(html);
        }
    }
    term(html, view, "report-account");
    html.open(CODE, "").case(&session.account).close(CODE);
    term_end(html);
    term(html, view, "report-mfa");
    let factor = match session.mfa {
        Some(true) => "report-yes",
        Some(false) => "report-no",
        None => "report-unknown",
    };
    html.said(&words.word(factor));
    term_end(html);
    term(html, view, "report-seen");
    span(html, &session.first, &session.last);
    term_end(html);
    term(html, view, "report-events");
    html.number(session.events);
    if session.failed > 0 {
        let failed = Text::new("report-failed-count").with("failed", session.failed);
        html.raw(", ").element(SPAN, "failed", &words.say(&failed));
    }
    term_end(html);
    term(html, view, "report-in-scope");
    html.said(&words.say(&session.in_scope));
    term_end(html);
    html.raw("</dl>");
    attribution(html, view, session);
    marks(html, view, session);
    seen(html, view, "report-addresses", &session.addresses);
    seen(html, view, "report-agents", &session.agents);
    html.raw("</article>");
}

fn attribution(html: &mut Html, view: &View<'_>, session: &Session) {
    let words = view.words;
    let attribution = &session.attribution;
    let basis = words.named("attribution", &attribution.basis);
    let text = Text::new("report-attribution-basis").with("basis", basis.as_str());
    html.raw("<div class=\"who\">")
        .element(H4, "", &words.word("report-attribution"))
        .raw("<p class=\"meta\">");
    certainty(html, view, attribution.certainty);
    html.raw(" ")
        .element(SPAN, "", &words.say(&text))
        .raw("</p>");
    if attribution.stolen {
        html.element(P, "stolen", &words.word("report-attribution-stolen"));
    }
    if attribution.people.is_empty() {
        html.element(P, "empty", &words.word("report-attribution-nobody"));
    } else {
        html.raw("<ul>");
        for person in &attribution.people {
            html.raw("<li>")
                .open(CODE, "")
                .case(&person.name)
                .close(CODE)
                .raw(" ");
            html.said(&words.say(&person.why)).raw(" ");
            evidence(html, view, &person.evidence, person.evidence.len() as u64);
            html.close(LI);
        }
        html.raw("</ul>");
    }
    html.raw("</div>");
}

fn marks(html: &mut Html, view: &View<'_>, session: &Session) {
    if session.marks.is_empty() {
        return;
    }
    html.element(H4, "", &view.words.word("report-marks"))
        .raw("<ul class=\"marks\">");
    for mark in &session.marks {
        html.raw("<li>").said(&view.words.say(&mark.text)).raw(" ");
        certainty(html, view, mark.certainty);
        html.raw(" ");
        evidence(html, view, &mark.evidence, mark.evidence.len() as u64);
        html.close(LI);
    }
    html.raw("</ul>");
}

fn seen(html: &mut Html, view: &View<'_>, key: &str, list: &[Seen]) {
    if list.is_empty() {
        return;
    }
    let title = view.words.word(key);
    html.element(H4, "", &title);
    table(html, &title, "tight");
    head(
        html,
        view,
        &["report-indicator-value", "report-seen", "report-events"],
    );
    html.raw("<tbody>");
    for seen in list {
        html.raw("<tr><th scope=\"row\">")
            .open(CODE, "")
            .case(&seen.value)
            .close(CODE);
        if seen.new {
            html.raw(" ")
                .element(SPAN, "flag hostile", &view.words.word("report-seen-new"));
        }
        html.raw("</th><td>");
        span(html, &seen.first, &seen.last);
        html.raw("</td><td class=\"n\">")
            .number(seen.events)
            .raw("</td></tr>");
    }
    table_end(html);
}

fn links(html: &mut Html, view: &View<'_>) {
    if view.case.links.is_empty() {
        return;
    }
    let title = view.words.word("report-links");
    html.element(H3, "", &title);
    table(html, &title, "");
    let columns = [
        "report-time",
        "report-link-from",
        "report-link-kind",
        "report-link-to",
        "report-what",
        "report-certainty",
        "report-evidence",
    ];
    head(html, view, &columns);
    html.raw("<tbody>");
    for link in &view.case.links {
        html.raw("<tr><td class=\"when\">");
        moment(html, &link.time);
        html.raw("</td><td>");
        session_link(html, view, &link.from);
        html.raw("</td><td>")
            .said(&view.words.value("link-kind", &link.kind))
            .raw("</td><td>");
        session_link(html, view, &link.to);
        html.raw("</td><td>")
            .said(&view.words.say(&link.text))
            .raw("</td><td>");
        certainty(html, view, link.certainty);
        html.raw("</td><td>");
        evidence(html, view, &link.evidence, link.evidence.len() as u64);
        html.close(Tag("td")).raw("</tr>");
    }
    table_end(html);
}
