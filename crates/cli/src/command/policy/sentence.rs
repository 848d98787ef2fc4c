//! An answer in words.

use std::fmt::Write;

use rempart_policy::scenario::{Answer, Scenario};
use rempart_policy::{Change, Decision, Example, Layer, Unresolved};

/// The answer, several lines.
pub(super) fn of(scenario: &Scenario, answer: &Answer) -> String {
    let mut text = String::new();
    if let Some(name) = &answer.name {
        push(&mut text, &format!("{name}\n"));
    }
    push(&mut text, &format!("{}\n", verdict(scenario, answer)));
    if let Some(reason) = &answer.reason {
        push(&mut text, &format!("  because {reason}\n"));
    }
    if let Some(decision) = answer.if_listed {
        push(
            &mut text,
            &format!("  if AWS has the action, the answer is {decision}\n"),
        );
    }
    for statement in &answer.statements {
        let name = match &statement.sid {
            Some(sid) => format!("statement `{sid}`"),
            None => format!("statement {}", statement.number),
        };
        let may = if statement.matches == "yes" {
            ""
        } else {
            " (may match)"
        };
        let _ = writeln!(
            text,
            "  {} by {name} of `{}` in {} at {}{may}",
            statement.effect, statement.policy, statement.layer, statement.position
        );
    }
    if !answer.unresolved.is_empty() {
        push(&mut text, "\nThe answer would be another one if\n");
        for unresolved in &answer.unresolved {
            push(&mut text, &question(unresolved));
        }
    }
    if !answer.warnings.is_empty() {
        push(&mut text, "\nNote\n");
        for warning in &answer.warnings {
            let _ = writeln!(text, "  - {warning}");
        }
    }
    text
}

fn push(text: &mut String, more: &str) {
    text.push_str(more);
}

/// The decision as a sentence.
fn verdict(scenario: &Scenario, answer: &Answer) -> String {
    let request = &scenario.request;
    let who = request.principal().as_str();
    let what = request.action().as_str();
    let on = request.resource();
    let layer = answer.decided_by.and_then(title).unwrap_or("nothing");
    let act = format!("{who} may call {what} on {on}");
    match Decision::of_name(answer.decision) {
        Some(Decision::Allowed) => format!("Allowed: {act}. Decided by {layer}."),
        Some(Decision::ExplicitlyDenied) => {
            format!("Denied explicitly: {who} may not call {what} on {on}. Decided by {layer}.")
        }
        Some(Decision::ImplicitlyDenied) => {
            format!("Denied: {who} may not call {what} on {on}. No Allow by {layer}.")
        }
        Some(Decision::Unsupported) | None => {
            format!("Not decided: it cannot be told whether {act}.")
        }
    }
}

/// The title of a layer by its name in answers.
fn title(name: &str) -> Option<&'static str> {
    [
        Layer::PublicAccessBlock,
        Layer::ResourceControl,
        Layer::ServiceControl,
        Layer::VpcEndpoint,
        Layer::Resource,
        Layer::Identity,
        Layer::Boundary,
        Layer::Session,
        Layer::Grants,
        Layer::RootUser,
    ]
    .into_iter()
    .find(|layer| layer.name() == name)
    .map(Layer::title)
}

fn question(unresolved: &Unresolved) -> String {
    let mut text = String::new();
    for change in &unresolved.changes {
        let _ = write!(
            text,
            "  - {}, now {}, were {}",
            unresolved.key, unresolved.state, change.when
        );
        for companion in &change.together_with {
            let _ = write!(text, ", together with {} {}", companion.key, companion.when);
        }
        let _ = write!(text, ": {}", outcome(change));
        if let Some(example) = example(&change.example)
            && !change.when.contains(&example)
        {
            let _ = write!(text, " (for example {example})");
        }
        text.push('\n');
    }
    if !unresolved.carried_by_action {
        let _ = writeln!(
            text,
            "    (the reference does not list {} for this action)",
            unresolved.key
        );
    }
    text
}

fn outcome(change: &Change) -> String {
    match change.decided_by {
        Some(layer) => format!("{} by {layer}", change.decision),
        None => change.decision.to_owned(),
    }
}

fn example(example: &Example) -> Option<String> {
    match example {
        Example::None => None,
        Example::One(value) => Some(value.to_string()),
        Example::Many(values) => Some(format!("[{}]", values.join(", "))),
    }
}
