//! The smallest policy that lets a collection be complete.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bounds::Requested;
use super::plan::Plan;

/// Most characters of a managed policy, white space not counted (IAM quotas).
const LONGEST: usize = 6144;

/// A policy document, of which there are several when one would be too long.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyPart {
    /// A name for the policy.
    pub name: String,
    /// The document.
    pub document: Value,
}

/// The identity policy that allows exactly the calls of a plan.
///
/// The resource is `*`: a collection has to find what it does not know, and most of these actions
/// cannot be limited to resources.
pub fn reader_policy(plan: &Plan, requested: &BTreeSet<Requested>) -> Vec<PolicyPart> {
    let mut by_service: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in plan.operations(requested) {
        // Nobody needs a permission to ask who they are.
        let action = operation.action();
        if action.starts_with("sts:") {
            continue;
        }
        let service = action.split(':').next().unwrap_or_default();
        by_service.entry(service).or_default().insert(action);
    }
    // Without a list of Regions, the enabled ones are asked for.
    by_service
        .entry("ec2")
        .or_default()
        .insert("ec2:DescribeRegions");
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    for actions in by_service.values() {
        let length = |actions: &[&str]| -> usize {
            // Each action with its quotes and comma, and what surrounds them.
            actions.iter().map(|action| action.len() + 3).sum::<usize>() + 120
        };
        let added: Vec<&str> = actions.iter().copied().collect();
        let fits = parts
            .last()
            .is_some_and(|part| length(part) + length(&added) < LONGEST);
        if !fits {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(added);
        }
    }
    parts.retain(|part| !part.is_empty());
    let many = parts.len() > 1;
    (1..)
        .zip(parts)
        .map(|(number, actions)| PolicyPart {
            name: match many {
                true => format!("RempartCollect{number}"),
                false => "RempartCollect".to_owned(),
            },
            document: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Sid": "RempartCollect",
                    "Effect": "Allow",
                    "Action": actions,
                    "Resource": "*",
                }],
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fit_and_hold_every_action_once() {
        let plan = Plan::built_in().expect("a plan");
        let requested = Requested::ALL.into_iter().collect();
        let parts = reader_policy(&plan, &requested);
        let mut actions = Vec::new();
        for part in &parts {
            assert!(part.document.to_string().len() <= LONGEST, "{}", part.name);
            let list = part.document["Statement"][0]["Action"].as_array();
            actions.extend(list.expect("actions").clone());
        }
        let distinct: BTreeSet<String> = actions.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), actions.len());
        assert!(distinct.contains("\"s3:GetEncryptionConfiguration\""));
        assert!(!distinct.iter().any(|one| one.contains("GetSecretValue")));
    }
}
