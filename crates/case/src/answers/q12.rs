//! 12: was the environment used against others?

use std::collections::BTreeSet;

use rempart_locale::Text;

use super::draft::Draft;
use crate::hosts::hosts;
use crate::material::Event;
use crate::model::Certainty;
use crate::words::names;

/// Calls that are refused at this number or more are an attempt to get in elsewhere.
const MANY_DENIED: usize = 10;

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let mut any = draft.say_steps(0, &["mine", "send-mail", "use-model"]);
    any |= draft.say_steps(
        1,
        &[
            "run-job-accelerated",
            "notebook-create-accelerated",
            "start-compute",
            "quota",
        ],
    );
    any |= hosts_of_scripts(draft);
    any |= denied(draft);
    any |= draft.say_steps(3, &["assume-role-across"]);
    if !any {
        draft.say_none("none-q12");
    }
    draft.open(Text::new("unknown-traffic"));
    draft.collect("collect-flow-logs");
    draft.collect("collect-dns");
    draft.collect("collect-guardduty");
}

/// Hosts with which scripts and entry points talk.
fn hosts_of_scripts(draft: &mut Draft<'_, '_>) -> bool {
    let view = draft.view;
    let mut events: Vec<&Event> = Vec::new();
    let mut all: BTreeSet<String> = BTreeSet::new();
    for deed in view
        .deeds
        .iter()
        .filter(|deed| deed.succeeded() && !deed.event.is_data)
    {
        let found = hosts(deed.event);
        if !found.is_empty() {
            events.push(deed.event);
            all.extend(found);
        }
    }
    let any = !events.is_empty();
    let text = Text::new("q12-hosts").with("hosts", names(&all));
    draft.say(2, Certainty::Observed, text, &events, all);
    any
}

fn denied(draft: &mut Draft<'_, '_>) -> bool {
    let view = draft.view;
    let denied = view
        .deeds
        .iter()
        .map(|deed| deed.event)
        .filter(|event| event.is_denied());
    let denied: Vec<&Event> = denied.collect();
    if denied.len() < MANY_DENIED {
        return false;
    }
    let services = names(denied.iter().map(|event| &*event.service));
    let text = Text::new("q12-denied")
        .with("count", denied.len())
        .with("services", services);
    draft.say(4, Certainty::Observed, text, &denied, []);
    true
}
