//! The timeline: a chart, a filter, and tables by day.

use rempart_case::{Phase, Step};
use rempart_findings::Severity;
use rempart_locale::Text;

use super::answers::{filter_end, search, select};
use super::charts::{BUCKETS, MOST_STEPS_ONE_BY_ONE};
use super::graphs::lanes;
use super::markup::{Html, Tag};
use super::parts::{
    H3, P, ROWS_OF_A_TABLE, SPAN, certainty, evidence, head, moment_as, section, session_link,
    severity, table, table_end,
};
use crate::time;
use crate::view::View;
use crate::words::{Said, name};

pub(crate) fn write(html: &mut Html, view: &View<'_>) {
    section(html, view, "timeline", "report-timeline");
    let steps = &view.case.steps;
    let text = Text::new("report-timeline-note").with("count", steps.len());
    html.element(P, "note", &view.words.say(&text));
    if !steps.is_empty() {
        chart(
            html,
            view,
            "chart-timeline",
            "chart tall",
            "report-timeline-chart",
        );
        if steps.len() > MOST_STEPS_ONE_BY_ONE {
            let text = Text::new("report-timeline-aggregated").with("buckets", BUCKETS);
            html.element(P, "note", &view.words.say(&text));
        }
        let left_out = view.case.sessions.len().saturating_sub(lanes(view).len());
        if left_out > 0 {
            let text = Text::new("report-lanes-left-out").with("count", left_out);
            html.element(P, "note", &view.words.say(&text));
        }
        filter(html, view);
        for day in days(steps) {
            write_day(html, view, &day);
        }
        activity(html, view);
    }
    html.raw("</section>");
}

/// A place for a chart, which script fills and shows.
pub(crate) fn chart(
    html: &mut Html,
    view: &View<'_>,
    id: &'static str,
    class: &'static str,
    key: &str,
) {
    html.raw("<figure hidden><div role=\"img\"")
        .attribute("id", &Said::of_program(id))
        .attribute("class", &Said::of_program(class))
        .attribute("aria-label", &view.words.word(key))
        .raw("></div><figcaption>")
        .said(&view.words.word(key))
        .raw("</figcaption></figure>");
}

/// Steps that stand in one table.
struct Stretch<'a> {
    day: Option<String>,
    part: usize,
    parts: usize,
    /// Number of the first in the case, from one.
    first: usize,
    steps: &'a [Step],
}

/// Runs of steps of the same day, split where they are long. The order of the case is kept.
fn days(steps: &[Step]) -> Vec<Stretch<'_>> {
    let mut list = Vec::new();
    let mut first = 1;
    for run in steps.chunk_by(|one, other| time::day(&one.first) == time::day(&other.first)) {
        let parts = run.len().div_ceil(ROWS_OF_A_TABLE);
        for (part, steps) in run.chunks(ROWS_OF_A_TABLE).enumerate() {
            list.push(Stretch {
                day: steps.first().and_then(|step| time::day(&step.first)),
                part: part + 1,
                parts,
                first,
                steps,
            });
            first += steps.len();
        }
    }
    list
}

fn write_day(html: &mut Html, view: &View<'_>, stretch: &Stretch<'_>) {
    let title = match (&stretch.day, stretch.parts) {
        (None, _) => Text::new("report-day-unknown"),
        (Some(day), 1) => Text::new("report-day").with("day", day.as_str()),
        (Some(day), parts) => Text::new("report-day-part")
            .with("day", day.as_str())
            .with("part", stretch.part)
            .with("parts", parts),
    };
    let title = view.words.say(&title);
    html.raw("<div class=\"stretch\" data-stretch=\"timeline\">")
        .element(H3, "day", &title);
    table(html, &title, "steps");
    let columns = [
        "report-time",
        "report-phase",
        "report-what",
        "report-session",
        "report-evidence",
    ];
    head(html, view, &columns);
    html.raw("<tbody>");
    for (place, step) in stretch.steps.iter().enumerate() {
        row(html, view, stretch.first + place, step);
    }
    table_end(html);
    html.raw("</div>");
}

fn row(html: &mut Html, view: &View<'_>, number: usize, step: &Step) {
    html.raw("<tr")
        .numbered("id", "t", number)
        .attribute("data-phase", &Said::of_program(name(&step.phase)));
    if let Some((place, _)) = view.session(&step.session) {
        html.numbered("data-session", "s", place + 1);
    }
    if let Some(level) = step.severity {
        html.attribute("data-severity", &Said::of_program(level.as_str()));
    }
    html.raw("><td class=\"when\">");
    moment_as(html, &step.first, &time::clock(&step.first));
    if time::readable(&step.first) != time::readable(&step.last) {
        let same_day = time::day(&step.first) == time::day(&step.last);
        let last = match same_day {
            true => time::clock(&step.last),
            false => time::readable(&step.last),
        };
        html.raw("<br>– ");
        moment_as(html, &step.last, &last);
    }
    html.raw("<div class=\"soft\">T")
        .said(&Said::of_program(number.to_string()))
        .raw("</div></td><td>");
    phase(html, view, step.phase);
    if let Some(level) = step.severity {
        html.raw("<br>");
        severity(html, view, level);
    }
    html.raw("</td><td class=\"what\"><div>")
        .said(&view.words.say(&step.text))
        .raw("</div>");
    html.raw("<div class=\"meta line\">");
    certainty(html, view, step.certainty);
    let events = Text::new("count-events").with("count", step.events);
    html.raw(" ").element(SPAN, "", &view.words.say(&events));
    if step.failed > 0 {
        let failed = Text::new("report-failed-count").with("failed", step.failed);
        html.raw(" · ")
            .element(SPAN, "failed", &view.words.say(&failed));
    }
    details(html, view, step);
    html.raw("</div></td><td>");
    session_link(html, view, &step.session);
    html.raw("</td><td>");
    evidence(html, view, &step.evidence, step.evidence.len() as u64);
    html.raw("</td></tr>");
}

/// Few elements: there is one of these for every step, and there may be tens of thousands.
fn details(html: &mut Html, view: &View<'_>, step: &Step) {
    html.raw("<details><summary>")
        .said(&view.words.word("report-details"))
        .raw("</summary>");
    if !step.calls.is_empty() {
        detail(html, view, "report-calls");
        let calls = step.calls.iter().map(|(call, count)| match count {
            1 => call.clone(),
            _ => format!("{call} × {count}"),
        });
        names(html, calls);
    }
    let lists = [
        ("report-resources", &step.resources),
        ("report-addresses", &step.addresses),
        ("report-accounts", &step.accounts),
        ("report-regions", &step.regions),
        ("report-rules", &step.rules),
        ("report-guardrails", &step.guardrails),
    ];
    for (key, list) in lists {
        if !list.is_empty() {
            detail(html, view, key);
            names(html, list.iter().cloned());
        }
    }
    if !step.techniques.is_empty() {
        detail(html, view, "report-techniques");
        let techniques = step
            .techniques
            .iter()
            .map(|technique| match &technique.name {
                Some(name) => format!("{} {name}", technique.id),
                None => technique.id.clone(),
            });
        names(html, techniques);
    }
    html.raw("</details>");
}

fn detail(html: &mut Html, view: &View<'_>, key: &str) {
    html.raw("<p><b>").said(&view.words.word(key)).raw("</b> ");
}

fn names(html: &mut Html, names: impl Iterator<Item = String>) {
    for (place, name) in names.enumerate() {
        if place > 0 {
            html.raw(" · ");
        }
        html.case(&name);
    }
    html.raw("</p>");
}

/// A phase: its letter in a coloured square, and its word.
pub(crate) fn phase(html: &mut Html, view: &View<'_>, phase: Phase) {
    let class = match phase {
        Phase::Entry => "phase p-entry",
        Phase::Reconnaissance => "phase p-reconnaissance",
        Phase::Credentials => "phase p-credentials",
        Phase::Privilege => "phase p-privilege",
        Phase::Persistence => "phase p-persistence",
        Phase::Exfiltration => "phase p-exfiltration",
        Phase::Tampering => "phase p-tampering",
        Phase::Evasion => "phase p-evasion",
        Phase::Impact => "phase p-impact",
        Phase::Response => "phase p-response",
        Phase::Other => "phase p-other",
    };
    html.element(SPAN, class, &view.words.word(phase.key()));
}

fn filter(html: &mut Html, view: &View<'_>) {
    let words = view.words;
    html.raw("<form class=\"filter\" hidden data-filter=\"timeline\" role=\"search\"")
        .attribute("aria-label", &words.word("report-filter-timeline"))
        .raw(">");
    search(html, view);
    let phases = Phase::ALL.map(|phase| (name(&phase), words.word(phase.key())));
    select(html, view, "phase", "report-phase", &phases);
    let sessions = view.case.sessions.iter().enumerate();
    let sessions: Vec<_> = sessions
        .map(|(place, session)| (format!("s{}", place + 1), Said::of_case(&session.label)))
        .collect();
    select(html, view, "session", "report-session", &sessions);
    let severities = Severity::ALL.map(|level| {
        let word = words.value("report-severity", &level);
        (level.as_str().to_owned(), word)
    });
    select(
        html,
        view,
        "severity",
        "report-severity-of-step",
        &severities,
    );
    filter_end(html, view);
}

fn activity(html: &mut Html, view: &View<'_>) {
    let days = activity_days(&view.case.steps);
    if days.is_empty() {
        return;
    }
    html.element(H3, "", &view.words.word("report-activity"));
    chart(
        html,
        view,
        "chart-activity",
        "chart",
        "report-activity-chart",
    );
    table(html, &view.words.word("report-activity"), "");
    let columns = [
        "report-activity-day",
        "report-events",
        "report-activity-hours",
        "report-activity-busiest",
    ];
    head(html, view, &columns);
    html.raw("<tbody>");
    for (day, hours) in days {
        let active = hours.iter().filter(|events| **events > 0).count();
        let busiest = hours
            .iter()
            .enumerate()
            .rev()
            .max_by_key(|(_, events)| **events);
        html.raw("<tr><th scope=\"row\">")
            .case(&day)
            .raw("</th><td class=\"n\">")
            .number(hours.iter().sum())
            .raw("</td><td class=\"n\">")
            .number(active as u64)
            .raw("</td><td>");
        if let Some((hour, events)) = busiest {
            html.said(&Said::of_program(format!("{hour:02}:00")))
                .raw(" (")
                .number(*events)
                .raw(")");
        }
        html.close(Tag("td")).raw("</tr>");
    }
    table_end(html);
}

/// Events of each hour by day, counted where their step begins.
pub(crate) fn activity_days(steps: &[Step]) -> Vec<(String, [u64; 24])> {
    let mut days = std::collections::BTreeMap::<String, [u64; 24]>::new();
    for step in steps {
        let (Some(day), Some(hour)) = (time::day(&step.first), time::hour(&step.first)) else {
            continue;
        };
        let hours = days.entry(day).or_default();
        if let Some(count) = hours.get_mut(usize::from(hour)) {
            *count = count.saturating_add(step.events);
        }
    }
    days.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(first: &str) -> Step {
        serde_json::from_value(serde_json::json!({
            "id": "t1", "first": first, "last": first, "text": { "key": "k" }, "phase": "other",
            "session": "s1", "addresses": [], "accounts": [], "regions": [], "calls": [],
            "resources": [], "events": 2, "failed": 0, "certainty": "observed", "evidence": [],
        }))
        .unwrap()
    }

    #[test]
    fn no_step_is_lost_between_days_and_parts() {
        let mut steps = vec![step("2026-03-01T10:00:00Z"); 450];
        steps.push(step("2026-03-02T10:00:00Z"));
        steps.push(step("not a time"));
        let stretches = days(&steps);
        let shape: Vec<_> = stretches
            .iter()
            .map(|stretch| {
                (
                    stretch.first,
                    stretch.steps.len(),
                    stretch.part,
                    stretch.parts,
                )
            })
            .collect();
        let expected = [
            (1, 200, 1, 3),
            (201, 200, 2, 3),
            (401, 50, 3, 3),
            (451, 1, 1, 1),
            (452, 1, 1, 1),
        ];
        assert_eq!(shape, expected);
        let events = activity_days(&steps);
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].1[10], 900);
    }
}
