//! Every logged call is a decision that AWS took: does the engine decide the same?

use std::sync::Arc;

use rempart_aws_model::ActionName;
use rempart_policy::Reference;

use crate::fixpoint::Gainings;
use crate::model::{Agreement, Disagreement, Label, Logged, LoggedOutcome, Suspect};
use crate::node::{Actor, base_arn};
use crate::picture::Map;
use crate::steps::Moment;
use crate::targets::Target;
use crate::verdict::{Asker, Verdict};

pub(super) fn of(
    gainings: &Gainings,
    moments: &[Moment],
    suspects: &[Suspect],
    logged: &[Logged],
) -> Agreement {
    let mut agreement = Agreement::default();
    let mut sorted: Vec<&Logged> = logged.iter().collect();
    sorted.sort_by(|a, b| (a.time, &a.evidence).cmp(&(b.time, &b.evidence)));
    let mut actors: Map<(usize, usize), Option<Actor>> = Map::default();
    let mut memory: Map<(usize, usize, &str, &str), Arc<Verdict>> = Map::default();
    for one in sorted {
        // The policies of the time: those of the last change before it.
        let at = moments.iter().rposition(|moment| moment.start <= one.time);
        let number = at.unwrap_or_default();
        let Some(moment) = moments.get(number) else {
            continue;
        };
        // Nobody needs a permission to ask who it is (STS API, "GetCallerIdentity").
        let needs_none = one.action.eq_ignore_ascii_case("sts:GetCallerIdentity");
        if one.outcome == LoggedOutcome::Failed || needs_none {
            continue;
        }
        let Some(node) = gainings.of_arn(&base_arn(&moment.picture, &one.principal)) else {
            continue;
        };
        let (Some(found), Ok(action)) = (gainings.nodes.get(node), ActionName::parse(&one.action))
        else {
            continue;
        };
        // A call on several resources is one decision about each; which was denied is not told.
        let resource = match one.resources.as_slice() {
            [] => "*",
            [resource] if !resource.contains('*') => resource,
            _ => continue,
        };
        let actor = actors
            .entry((node, number))
            .or_insert_with(|| Actor::of(&moment.picture, &moment.keys, &found.key, suspects));
        let Some(actor) = actor else {
            continue;
        };
        let key = (node, number, resource, one.action.as_str());
        let verdict = match memory.get(&key) {
            Some(known) => Arc::clone(known),
            None => {
                let mut asker = Asker {
                    actor,
                    picture: &moment.picture,
                    keys: &moment.keys,
                    reference: Reference::new(),
                };
                let mut target = moment.target(resource);
                if action.as_str().eq_ignore_ascii_case("sts:AssumeRole") {
                    let person = moment.picture.by_arn.get(resource);
                    let person = person.and_then(|at| moment.picture.person(*at));
                    if let Some(person) = person {
                        target = Target {
                            policy: person.trust.clone(),
                            ..target
                        };
                    }
                }
                let asked = Arc::new(asker.ask(&target, &action));
                memory.insert(key, Arc::clone(&asked));
                asked
            }
        };
        agreement.compared += 1;
        match (one.outcome, verdict.label) {
            (_, Label::Unknown | Label::ReachableIf) => agreement.open += 1,
            (LoggedOutcome::Succeeded, Label::Reachable)
            | (LoggedOutcome::Denied, Label::NotReachable) => {}
            _ => agreement.disagreements.push(Disagreement {
                evidence: one.evidence.clone(),
                identity: node,
                action: one.action.clone(),
                resource: resource.to_owned(),
                logged: one.outcome,
                proof: verdict.proof.clone(),
            }),
        }
    }
    agreement
}
