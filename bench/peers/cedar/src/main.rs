//! Times decisions of Cedar over eleven policies that say what the playbook's nine SCPs and two
//! identity policies say.

use std::error::Error;
use std::time::Instant;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use serde_json::{Value, json};

const POLICIES: &str = r#"
permit(principal == Role::"DataScientist", action in [Action::"CreateTrainingJob", Action::"CreateModel", Action::"CreateProcessingJob", Action::"CreateNotebookInstance", Action::"CreateApp", Action::"CreatePresignedNotebookInstanceUrl", Action::"DescribeTrainingJob"], resource);
permit(principal == Role::"DataScientist", action == Action::"PassRole", resource) when { context has PassedToService && context.PassedToService == "sagemaker.amazonaws.com" };
forbid(principal, action in [Action::"CreateTrainingJob", Action::"CreateModel", Action::"CreateProcessingJob", Action::"CreateNotebookInstance"], resource) when { !(context has VpcSubnets) && !(context has VpcSecurityGroupIds) };
forbid(principal, action in [Action::"CreateTrainingJob"], resource) when { !(context has VolumeKmsKey) };
forbid(principal, action in [Action::"CreateTrainingJob"], resource) when { context has InterContainerTrafficEncryption && context.InterContainerTrafficEncryption == "false" };
forbid(principal, action in [Action::"CreateTrainingJob", Action::"CreateModel"], resource) when { context has NetworkIsolation && context.NetworkIsolation == "false" };
forbid(principal, action == Action::"CreatePresignedNotebookInstanceUrl", resource) when { !(context has SourceIp) || !ip(context.SourceIp).isInRange(ip("192.0.2.0/24")) };
forbid(principal, action == Action::"CreateNotebookInstance", resource) when { context has DirectInternetAccess && context.DirectInternetAccess == "Enabled" };
forbid(principal, action in [Action::"CreateNotebookInstance", Action::"UpdateNotebookInstance"], resource) when { context has RootAccess && context.RootAccess == "Enabled" };
forbid(principal, action == Action::"CreateNotebookInstance", resource) when { context has InstanceTypes && !["ml.c5.xlarge", "ml.m5.xlarge", "ml.t3.medium"].containsAll(context.InstanceTypes) };
forbid(principal, action == Action::"CreateApp", resource) when { context has InstanceTypes && !["ml.c5.large", "ml.m5.large", "ml.t3.medium", "system"].containsAll(context.InstanceTypes) };
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let policies: PolicySet = POLICIES.parse()?;
    let entities = Entities::empty();
    let authorizer = Authorizer::new();
    let requests: Vec<Request> = calls()
        .into_iter()
        .map(|(action, context)| request(action, context))
        .collect::<Result<_, _>>()?;
    let rounds = 200_000 / requests.len();
    let mut best = f64::MAX;
    let mut allowed = 0_usize;
    for _ in 0..5 {
        let started = Instant::now();
        for _ in 0..rounds {
            for request in &requests {
                let answer = authorizer.is_authorized(request, &policies, &entities);
                allowed += usize::from(answer.decision() == Decision::Allow);
            }
        }
        let each = started.elapsed().as_secs_f64() * 1e9 / (rounds * requests.len()) as f64;
        best = best.min(each);
    }
    let line = json!({"version": "4.14.1", "nanoseconds": best, "allowed": allowed});
    println!("{line}");
    Ok(())
}

fn request(action: &str, context: Value) -> Result<Request, Box<dyn Error>> {
    let principal: EntityUid = r#"Role::"DataScientist""#.parse()?;
    let action: EntityUid = format!(r#"Action::"{action}""#).parse()?;
    let resource: EntityUid = r#"Job::"churn""#.parse()?;
    let context = Context::from_json_value(context, None)?;
    Ok(Request::new(principal, action, resource, context, None)?)
}

fn calls() -> Vec<(&'static str, Value)> {
    let mut calls = Vec::new();
    for action in ["CreateTrainingJob", "CreateModel", "CreateProcessingJob"] {
        for isolation in ["true", "false"] {
            calls.push((
                action,
                json!({"VpcSubnets": ["subnet-a"], "VpcSecurityGroupIds": ["sg-a"], "NetworkIsolation": isolation, "InterContainerTrafficEncryption": "true", "VolumeKmsKey": "k"}),
            ));
            calls.push((action, json!({"NetworkIsolation": isolation})));
        }
    }
    for instance in ["ml.t3.medium", "ml.p4d.24xlarge"] {
        calls.push(("CreateApp", json!({"InstanceTypes": [instance]})));
        calls.push((
            "CreateNotebookInstance",
            json!({"VpcSubnets": ["subnet-a"], "RootAccess": "Disabled", "DirectInternetAccess": "Disabled", "InstanceTypes": [instance]}),
        ));
    }
    calls.push(("CreatePresignedNotebookInstanceUrl", json!({"SourceIp": "192.0.2.7"})));
    calls.push(("DescribeTrainingJob", json!({})));
    calls
}
