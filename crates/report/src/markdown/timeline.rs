//! Timeline, sessions, links and resources.

use rempart_case::{Seen, Session};
use rempart_locale::Text;

use super::answers::events;
use super::text::{Document, Inline};
use crate::view::{View, service_of};

pub(crate) fn write(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-timeline");
    let text = Text::new("report-timeline-note").with("count", view.case.steps.len());
    document.paragraph(&Inline::said(&view.words.say(&text)));
    let rows = view.case.steps.iter().enumerate().map(|(place, step)| {
        let severity = step
            .severity
            .map(|level| view.words.value("report-severity", &level));
        let calls = step
            .calls
            .iter()
            .map(|(call, count)| Inline::all(" × ", [Inline::case(call), Inline::number(*count)]));
        vec![
            Inline::case(&format!("T{}", place + 1)),
            Inline::times(&step.first, &step.last),
            Inline::word(view, step.phase.key()),
            severity.map(|word| Inline::said(&word)).unwrap_or_default(),
            Inline::said(&view.words.say(&step.text)),
            Inline::word(view, step.certainty.key()),
            session(view, &step.session),
            Inline::all(", ", calls),
            events(view, step.events, step.failed),
            Inline::names(&step.resources),
            Inline::names(&step.guardrails),
            Inline::evidence(view, &step.evidence, step.evidence.len() as u64),
        ]
    });
    let columns = [
        "report-step",
        "report-time",
        "report-phase",
        "report-severity-of-step",
        "report-what",
        "report-certainty",
        "report-session",
        "report-calls",
        "report-events",
        "report-resources",
        "report-guardrails",
        "report-evidence",
    ];
    document.table(view, &columns, rows);
}

fn session(view: &View<'_>, id: &str) -> Inline {
    match view.session(id) {
        Some((_, session)) => Inline::case(&session.label),
        None => Inline::case(id),
    }
}

pub(crate) fn sessions(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-sessions");
    for session in &view.case.sessions {
        write_session(document, view, session);
    }
    if view.case.links.is_empty() {
        return;
    }
    document.heading("###", &Inline::word(view, "report-links"));
    let rows = view.case.links.iter().map(|link| {
        vec![
            Inline::time(&link.time),
            session(view, &link.from),
            Inline::said(&view.words.value("link-kind", &link.kind)),
            session(view, &link.to),
            Inline::said(&view.words.say(&link.text)),
            Inline::word(view, link.certainty.key()),
            Inline::evidence(view, &link.evidence, link.evidence.len() as u64),
        ]
    });
    let columns = [
        "report-time",
        "report-link-from",
        "report-link-kind",
        "report-link-to",
        "report-what",
        "report-certainty",
        "report-evidence",
    ];
    document.table(view, &columns, rows);
}

fn write_session(document: &mut Document, view: &View<'_>, session: &Session) {
    let words = view.words;
    document.heading("###", &Inline::case(&session.label));
    let kind = Inline::said(&words.value("session-kind", &session.kind));
    let hostile = match session.hostile {
        true => "report-hostile",
        false => "report-hostile-part",
    };
    document.paragraph(&Inline::all(", ", [kind, Inline::word(view, hostile)]));
    document.fact(view, "report-principal", Inline::case(&session.principal));
    document.fact(view, "report-session-key", Inline::case(&session.key));
    for (key, value) in [
        ("report-role", &session.role),
        ("report-source-identity", &session.source_identity),
    ] {
        document.fact(
            view,
            key,
            value.as_deref().map(Inline::case).unwrap_or_default(),
        );
    }
    document.fact(view, "report-account", Inline::case(&session.account));
    let factor = match session.mfa {
        Some(true) => "report-yes",
        Some(false) => "report-no",
        None => "report-unknown",
    };
    document.fact(view, "report-mfa", Inline::word(view, factor));
    document.fact(
        view,
        "report-seen",
        Inline::times(&session.first, &session.last),
    );
    document.fact(
        view,
        "report-events",
        events(view, session.events, session.failed),
    );
    document.fact(
        view,
        "report-in-scope",
        Inline::said(&words.say(&session.in_scope)),
    );
    attribution(document, view, session);
    for mark in &session.marks {
        let text = Inline::said(&words.say(&mark.text));
        let certainty = Inline::word(view, mark.certainty.key());
        let cited = Inline::evidence(view, &mark.evidence, mark.evidence.len() as u64);
        document.fact(
            view,
            "report-marks",
            Inline::all(" · ", [text, certainty, cited]),
        );
    }
    seen(document, view, "report-addresses", &session.addresses);
    seen(document, view, "report-agents", &session.agents);
}

fn attribution(document: &mut Document, view: &View<'_>, session: &Session) {
    let attribution = &session.attribution;
    let basis = view.words.named("attribution", &attribution.basis);
    let basis = Text::new("report-attribution-basis").with("basis", basis.as_str());
    let mut parts = vec![
        Inline::word(view, attribution.certainty.key()),
        Inline::said(&view.words.say(&basis)),
    ];
    if attribution.stolen {
        parts.push(Inline::word(view, "report-attribution-stolen"));
    }
    if attribution.people.is_empty() {
        parts.push(Inline::word(view, "report-attribution-nobody"));
    }
    document.fact(view, "report-attribution", Inline::all(". ", parts));
    for person in &attribution.people {
        let name = Inline::case(&person.name);
        let why = Inline::said(&view.words.say(&person.why));
        let cited = Inline::evidence(view, &person.evidence, person.evidence.len() as u64);
        document.inner_item(&Inline::all(" · ", [name, why, cited]));
    }
}

fn seen(document: &mut Document, view: &View<'_>, key: &str, list: &[Seen]) {
    if list.is_empty() {
        return;
    }
    document.item(&Inline::word(view, key).strong());
    for seen in list {
        let new = match seen.new {
            true => Inline::word(view, "report-seen-new"),
            false => Inline::default(),
        };
        let times = Inline::times(&seen.first, &seen.last);
        let count = Text::new("count-events").with("count", seen.events);
        let count = Inline::said(&view.words.say(&count));
        document.inner_item(&Inline::all(
            " · ",
            [Inline::case(&seen.value), new, times, count],
        ));
    }
}

pub(crate) fn entities(document: &mut Document, view: &View<'_>) {
    document.section(view, "report-entities");
    if view.entities.is_empty() {
        document.note(view, "report-none");
        return;
    }
    let rows = view.entities.iter().map(|entity| {
        let phases = entity
            .phases
            .iter()
            .map(|phase| Inline::word(view, phase.key()));
        let sessions = entity
            .sessions
            .iter()
            .filter_map(|place| view.case.sessions.get(*place));
        let sessions = sessions.map(|session| Inline::case(&session.label));
        let accounts = entity.accounts.iter().map(|account| Inline::case(account));
        vec![
            Inline::case(entity.name),
            Inline::case(service_of(entity.name)),
            Inline::all(", ", accounts),
            Inline::all(", ", phases),
            Inline::all(", ", sessions),
            Inline::times(entity.first, entity.last),
            Inline::number(entity.steps.len() as u64),
        ]
    });
    let columns = [
        "report-entity",
        "report-entity-service",
        "report-account",
        "report-entity-phases",
        "report-entity-sessions",
        "report-seen",
        "report-entity-steps",
    ];
    document.table(view, &columns, rows);
}
