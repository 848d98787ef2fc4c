//! 7: which tools were used, and what through them?

use std::collections::BTreeMap;

use rempart_locale::Text;

use super::draft::Draft;
use crate::material::Event;
use crate::model::Certainty;
use crate::targets::clipped;
use crate::words::names;

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let mut uses: BTreeMap<(Option<u32>, &str), Vec<&Event>> = BTreeMap::new();
    for deed in &view.deeds {
        uses.entry((deed.event.session, &*deed.event.agent))
            .or_default()
            .push(deed.event);
    }
    for ((_, agent), events) in uses {
        let Some((first, last)) = events.first().zip(events.last()) else {
            continue;
        };
        let session = view.session(first);
        let is_new = session.is_some_and(|session| {
            session
                .agents
                .iter()
                .any(|seen| seen.value == agent && seen.new)
        });
        let key = match (agent.is_empty(), is_new) {
            (true, _) => "q07-no-agent",
            (false, true) => "q07-new-agent",
            (false, false) => "q07-agent",
        };
        let text = Text::new(key)
            .with("who", view.who(first))
            .with("agent", clipped(agent))
            .with("tool", Text::new(tool(agent)))
            .with("count", events.len())
            .with("from", first.when())
            .with("to", last.when());
        let rank = if is_new { 0 } else { 1 };
        draft.say(rank, Certainty::Claimed, text, &events, []);
        let mut services: BTreeMap<&str, u64> = BTreeMap::new();
        for event in &events {
            *services.entry(&event.service).or_default() += 1;
        }
        let mut ordered: Vec<(&str, u64)> = services.into_iter().collect();
        ordered.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        let listed = ordered
            .iter()
            .map(|(name, count)| format!("{name} ({count})"));
        let text = Text::new("q07-services")
            .with("who", view.who(first))
            .with("services", names(listed));
        draft.say(2, Certainty::Observed, text, &events, []);
    }
    draft.unknown(Text::new("unknown-agent-claimed"));
}

/// What a user agent says of itself.
fn tool(agent: &str) -> &'static str {
    let is = |part: &str| agent.contains(part);
    match () {
        () if is("aws-cli") => "tool-cli",
        () if is("Boto3") || is("Botocore") => "tool-boto",
        () if is("Terraform") => "tool-terraform",
        () if is("aws-sdk") => "tool-sdk",
        () if is("Mozilla/") || is("console.amazonaws.com") || is("S3Console") => "tool-browser",
        () if agent.ends_with(".amazonaws.com") || is("AWS Internal") => "tool-service",
        () => "tool-other",
    }
}
