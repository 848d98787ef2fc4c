//! The blast radius: moments, followed identities, rows.

mod agreement;
mod moments;
mod rows;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use rempart_policy::Pattern;

use crate::fixpoint::Gainings;
use crate::model::{Identity, Label, Lead, Logged, Missing, Options, Reach, Suspect, World};
use crate::node::base_arn;
use crate::steps::{Moment, successes};

/// How far suspects could get, and how far records show that they got.
///
/// Without suspects the answer is empty. Without any policies everything that no record shows is
/// `unknown`, with what to collect.
pub fn blast_radius(
    world: &World<'_>,
    suspects: &[Suspect],
    logged: &[Logged],
    options: &Options,
) -> Reach {
    let mut reach = Reach::default();
    let (Some(from), Some(to)) = (
        suspects.iter().map(|one| one.from).min(),
        suspects.iter().map(|one| one.to).max(),
    ) else {
        return reach;
    };
    let mut missing: BTreeSet<Missing> = BTreeSet::new();
    let made = moments::of(world, suspects, (from, to), options, &mut missing);
    let logged = &*resolved(logged, made.moments.first());
    let mut gainings = Gainings::default();
    for (number, moment) in made.moments.iter().enumerate() {
        if number == 0 {
            for (place, suspect) in suspects.iter().enumerate() {
                gainings.suspect(moment, place, suspect);
            }
        }
        let successes = successes(&moment.picture, logged);
        gainings.run(moment, suspects, &successes, options);
        missing.extend(moment.picture.missing.iter().cloned());
    }
    missing.append(&mut gainings.missing);
    let found = rows::of(&gainings, &made.moments, logged, options);
    for (number, node) in gainings.nodes.iter().enumerate() {
        let session = node.key.suspect.and_then(|place| suspects.get(place));
        reach.identities.push(Identity {
            number,
            arn: node.key.arn.to_string(),
            session: session
                .map(|suspect| suspect.arn.clone())
                .filter(|arn| **arn != *node.key.arn),
            changed: node.key.changed.names(),
            how: node.how.clone(),
            label: node.label,
            first_at: node.first_at.to_string(),
        });
    }
    reach.identities.extend(found.more_identities);
    reach.rows = found.rows;
    reach.summary = found.summary;
    reach.left_out.rows = found.left_out;
    reach.left_out.identities = gainings.left_out();
    reach.left_out.moments = made.left_out;
    reach.left_out.parts = made.parts_left_out;
    reach.moments = made
        .moments
        .iter()
        .map(|moment| moment.start.to_string())
        .collect();
    reach.policies_as_of = made.as_of;
    reach.not_understood = made.not_understood;
    reach.agreement = agreement::of(&gainings, &made.moments, suspects, logged);
    reach.leads = leads(&reach);
    reach.unknown = missing.into_iter().collect();
    reach
}

/// Records that name a resource only in part, `*` standing for what is not known, as records that name
/// the one resource that it can be. What may be several stays as it is.
fn resolved(logged: &[Logged], moment: Option<&Moment>) -> Vec<Logged> {
    let mut logged = logged.to_vec();
    let Some(moment) = moment else {
        return logged;
    };
    let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
    for resource in logged.iter_mut().flat_map(|one| &mut one.resources) {
        if resource.contains(":iam::") && !resource.contains('*') {
            *resource = base_arn(&moment.picture, resource).to_string();
            continue;
        }
        if !resource.contains('*') || resource == "*" {
            continue;
        }
        let found = known.entry(resource.clone()).or_insert_with(|| {
            let pattern = Pattern::of_text(resource);
            let targets = moment.picture.targets.iter();
            let mut matching = targets
                .filter(|target| !target.is_new && target.arn == target.decided)
                .filter(|target| pattern.matches(&target.arn));
            let first = matching.next().map(|target| target.arn.to_string());
            first.filter(|_| matching.next().is_none())
        });
        if let Some(found) = found {
            resource.clone_from(found);
        }
    }
    logged
}

/// Secrets and parameters that somebody reads.
fn leads(reach: &Reach) -> Vec<Lead> {
    let mut found: Vec<Lead> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &reach.rows {
        let is_content = matches!(row.gate, Some("secret-value" | "parameter-value"));
        if is_content && row.label >= Label::ReachableIf && seen.insert(&row.resource) {
            found.push(Lead {
                resource: std::sync::Arc::clone(&row.resource),
                identity: row.identity,
                label: row.label,
            });
        }
    }
    found
}
