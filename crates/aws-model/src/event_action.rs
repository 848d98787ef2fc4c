//! The IAM actions that guard the call behind an event.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::authorization::{Action, action};
use crate::event::{label, operation_of};
use crate::event_source::event_source;
use crate::service::Operation;
use crate::table;

/// Actions that guard a call, perhaps only one that has a certain parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardingActions {
    /// The request parameter with which this counts; `None` in any case.
    pub when: Option<&'static str>,
    /// The actions; the first is about the resource of the request.
    pub actions: Vec<&'static Action>,
}

/// The actions that guard the call which is recorded under a source and a name, to be asked in
/// order: the first entry whose parameter the request has counts. Empty when the tables know none.
pub fn guarding_actions(source: &str, name: &str) -> Vec<GuardingActions> {
    let operation = operation_of(source, name);
    let api_name = operation.map_or(name, |operation| operation.name());
    let mut found: Vec<GuardingActions> = Vec::new();
    // CloudTrail's own name may be listed apart from the operation.
    for name in [name, api_name] {
        let listed = exceptions().get(&(label(source), name));
        for (when, names) in listed.into_iter().flatten() {
            let actions: Vec<_> = names.iter().filter_map(|name| action(name)).collect();
            if !actions.is_empty() {
                found.push(GuardingActions {
                    when: *when,
                    actions,
                });
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    if found.iter().all(|entry| entry.when.is_some())
        && let Some(action) = of_same_name(source, name, operation)
    {
        found.push(GuardingActions {
            when: None,
            actions: vec![action],
        });
    }
    found
}

fn of_same_name(source: &str, name: &str, operation: Option<Operation>) -> Option<&'static Action> {
    if let Some(operation) = operation {
        let prefix = operation.service().action_prefix()?;
        return action(&format!("{prefix}:{}", operation.name()));
    }
    // Newer than the service models, or without an API of its own.
    let mut prefixes = event_source(source)?
        .services()
        .iter()
        .filter_map(|service| service.action_prefix());
    prefixes.find_map(|prefix| action(&format!("{prefix}:{name}")))
}

type Exceptions =
    BTreeMap<(&'static str, &'static str), Vec<(Option<&'static str>, Vec<&'static str>)>>;

fn exceptions() -> &'static Exceptions {
    static EXCEPTIONS: OnceLock<Exceptions> = OnceLock::new();
    EXCEPTIONS.get_or_init(|| {
        let mut all = Exceptions::new();
        for line in table::lines(table::EVENT_ACTIONS) {
            let mut columns = line.split('\t');
            let mut column = || columns.next().unwrap_or_default();
            let (source, name, when, actions) = (column(), column(), column(), column());
            all.entry((source, name))
                .or_default()
                .push(((when != "-").then_some(when), actions.split(' ').collect()));
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str, name: &str) -> Vec<String> {
        guarding_actions(source, name)
            .iter()
            .map(|entry| {
                let actions: Vec<String> = entry
                    .actions
                    .iter()
                    .map(|action| format!("{}:{}", action.prefix, action.name))
                    .collect();
                format!("{}{}", entry.when.unwrap_or_default(), actions.join("+"))
            })
            .collect()
    }

    #[test]
    fn events_lead_to_the_actions_that_guard_them() {
        let s3 = "s3.amazonaws.com";
        assert_eq!(
            names("sagemaker.amazonaws.com", "CreateModel"),
            ["sagemaker:CreateModel"]
        );
        assert_eq!(
            names(s3, "GetObject"),
            ["versionIds3:GetObjectVersion", "s3:GetObject"]
        );
        assert_eq!(names(s3, "ListObjects"), ["s3:ListBucket"]);
        assert_eq!(names(s3, "HeadBucket"), ["s3:ListBucket"]);
        assert_eq!(
            names(s3, "GetBucketPublicAccessBlock"),
            [
                "bucketNames3:GetBucketPublicAccessBlock",
                "s3:GetAccountPublicAccessBlock"
            ]
        );
        assert_eq!(
            names(s3, "PutBucketLifecycle"),
            ["s3:PutLifecycleConfiguration"]
        );
        assert_eq!(
            names("lambda.amazonaws.com", "Invoke20150331"),
            ["lambda:InvokeFunction"]
        );
        assert_eq!(
            names("metrics-sagemaker.amazonaws.com", "BatchPutMetrics"),
            ["sagemaker:BatchPutMetrics"]
        );
        assert_eq!(
            names("monitoring.amazonaws.com", "DescribeAlarms"),
            ["cloudwatch:DescribeAlarms"]
        );
        assert!(names("signin.amazonaws.com", "ConsoleLogin").is_empty());
        assert!(names("nowhere.amazonaws.com", "X").is_empty());
    }

    #[test]
    fn every_line_names_known_actions() {
        for line in table::lines(table::EVENT_ACTIONS) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [source, name, _, actions] = columns.as_slice() else {
                panic!("{line}");
            };
            let known = event_source(&format!("{source}.amazonaws.com"));
            assert!(
                known.is_some_and(|known| known.operation(name).is_some()),
                "{line}"
            );
            for name in actions.split(' ') {
                assert!(action(name).is_some(), "{line}");
            }
        }
    }
}
