//! Whether guardrails hold: proofs over the service and resource control policies of an account.

use rempart_aws_model::AccountId;
use rempart_policy::{Known, Policies, Principal, Stack};
use rempart_prove::{
    Caller, Predicate, Presence, Prover, Setting, Subject, Test, Verdict, guardrails_only,
};

use super::actions::representatives;
use super::ask::{action, key_unlike, possible};
use super::document::everything;
use crate::expression::{ReasonCode, Unknown};

/// What the values of the user's own are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approved {
    /// Instance types of notebooks.
    pub(crate) notebook_types: Vec<String>,
    /// Instance types of Studio.
    pub(crate) studio_types: Vec<String>,
    /// Public addresses of the organisation.
    pub(crate) addresses: Vec<String>,
}

/// A guardrail of the playbook: for some actions, requests that must never be allowed.
struct Guardrail {
    name: &'static str,
    rules: Vec<(&'static [&'static str], Predicate)>,
    /// The parameter that it needs and does not have.
    missing: Option<&'static str>,
}

const JOBS_AND_MODELS: &[&str] = &[
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
];
const WITH_VOLUMES: &[&str] = &[
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
];
const TRAINING: &[&str] = &[
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateTrainingJob",
];
const ISOLATED: &[&str] = &[
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateTrainingJob",
];
const URL: &[&str] = &["sagemaker:CreatePresignedNotebookInstanceUrl"];
const CREATE: &[&str] = &["sagemaker:CreateNotebookInstance"];
const UPDATE: &[&str] = &["sagemaker:UpdateNotebookInstance"];
const BOTH: &[&str] = &[
    "sagemaker:CreateNotebookInstance",
    "sagemaker:UpdateNotebookInstance",
];
const APP: &[&str] = &["sagemaker:CreateApp"];

fn test(key: &str, test: Test) -> Predicate {
    Predicate::Test(Subject::Key(key.into()), test)
}

fn texts<T: AsRef<str>>(values: &[T]) -> Vec<Box<str>> {
    values.iter().map(|value| value.as_ref().into()).collect()
}

fn playbook(approved: &Approved) -> Vec<Guardrail> {
    let of = |name, actions, forbidden| Guardrail {
        name,
        rules: vec![(actions, forbidden)],
        missing: None,
    };
    let with = |guardrail: Guardrail, values: &[String], parameter| Guardrail {
        missing: values.is_empty().then_some(parameter),
        ..guardrail
    };
    let unlike = |key, value: &str| test(key, Test::Unlike(texts(&[value])));
    let types = |values: &[String]| test("sagemaker:InstanceTypes", Test::Unlike(texts(values)));
    vec![
        of(
            "vpc-deployment",
            JOBS_AND_MODELS,
            test("sagemaker:VpcSubnets", Test::Omitted),
        ),
        of(
            "encrypted-volumes",
            WITH_VOLUMES,
            test("sagemaker:VolumeKmsKeyArn", Test::Omitted),
        ),
        of(
            "inter-container-encryption",
            TRAINING,
            unlike("sagemaker:InterContainerTrafficEncryption", "true"),
        ),
        of(
            "network-isolation",
            ISOLATED,
            unlike("sagemaker:NetworkIsolation", "true"),
        ),
        with(
            of(
                "presigned-notebook-url",
                URL,
                test("aws:SourceIp", Test::Outside(texts(&approved.addresses))),
            ),
            &approved.addresses,
            "public_addresses",
        ),
        of(
            "no-direct-internet",
            CREATE,
            unlike("sagemaker:DirectInternetAccess", "Disabled"),
        ),
        Guardrail {
            name: "no-root",
            rules: vec![
                (CREATE, unlike("sagemaker:RootAccess", "Disabled")),
                (
                    UPDATE,
                    test("sagemaker:RootAccess", Test::Like(texts(&["Enabled"]))),
                ),
            ],
            missing: None,
        },
        with(
            of(
                "notebook-instance-types",
                BOTH,
                types(&approved.notebook_types),
            ),
            &approved.notebook_types,
            "notebook_types",
        ),
        with(
            of("studio-instance-types", APP, types(&approved.studio_types)),
            &approved.studio_types,
            "studio_types",
        ),
    ]
}

/// The guardrails of the playbook that do not hold on the account: something forbidden is allowed, or
/// nothing of what should stay possible is.
pub(crate) fn gaps(
    levels: Vec<Policies>,
    account: AccountId,
    approved: &Approved,
) -> Result<Vec<String>, Unknown> {
    let stack = Stack {
        service_control: Known::Is(levels),
        ..Stack::default()
    };
    let stack = guardrails_only(stack, everything()?);
    let root = Principal::parse(&format!("arn:aws:iam::{account}:root"))
        .map_err(|error| Unknown::new(ReasonCode::Unsupported, error.to_string()))?;
    let callers = [
        Caller::AnyRole(account),
        Caller::AnyUser(account),
        Caller::Named(root),
    ];
    let mut prover = Prover::default();
    let mut found = Vec::new();
    let mut open: Option<Unknown> = None;
    for guardrail in playbook(approved) {
        if let Some(parameter) = guardrail.missing {
            let reason = format!(
                "`{parameter}` is empty: {} cannot be proved",
                guardrail.name
            );
            open = Some(Unknown::new(ReasonCode::NotConfigured, reason));
            continue;
        }
        match holds(&mut prover, &stack, account, &callers, &guardrail) {
            Ok(true) => {}
            Ok(false) => found.push(guardrail.name.to_owned()),
            Err(unknown) => open = Some(unknown),
        }
    }
    match open {
        Some(open) if found.is_empty() => Err(open),
        _ => Ok(found),
    }
}

fn holds(
    prover: &mut Prover,
    stack: &Stack,
    account: AccountId,
    callers: &[Caller],
    guardrail: &Guardrail,
) -> Result<bool, Unknown> {
    let mut open = None;
    for (actions, forbidden) in &guardrail.rules {
        for name in *actions {
            let action = action(name)?;
            let setting = |caller: &Caller| Setting {
                caller: caller.clone(),
                resource_account: Some(account),
                presence: Presence::Unknown,
            };
            for caller in callers {
                match possible(prover, stack, &action, &setting(caller), forbidden) {
                    Ok(true) => return Ok(false),
                    Ok(false) => {}
                    Err(unknown) => open = Some(unknown),
                }
            }
            // A guardrail that stops everything is no guardrail.
            let permitted = Predicate::Not(Box::new(forbidden.clone()));
            if let Some(caller) = callers.first() {
                match possible(prover, stack, &action, &setting(caller), &permitted) {
                    Ok(true) => {}
                    Ok(false) => return Ok(false),
                    Err(unknown) => open = Some(unknown),
                }
            }
        }
    }
    open.map_or(Ok(true), Err)
}

/// The services on whose resources a principal outside the organisation is not denied.
pub(crate) fn unfenced(
    levels: Vec<Policies>,
    account: AccountId,
    organisation: &str,
    services: &[&str],
) -> Result<Vec<String>, Unknown> {
    let everything = everything()?;
    let policies: Vec<_> = levels.iter().flatten().cloned().collect();
    let policies: Vec<&rempart_policy::CompiledPolicy> =
        policies.iter().map(|policy| &**policy).collect();
    let stack = Stack {
        identity: Known::Is(vec![std::sync::Arc::clone(&everything.identity)]),
        resource: Known::Is(Some(std::sync::Arc::clone(&everything.resource))),
        resource_control: Known::Is(levels.clone()),
        ..Stack::default()
    };
    let other = if account.as_str() == "909090909090" {
        "909090909091"
    } else {
        "909090909090"
    };
    let other = AccountId::parse(other)
        .map_err(|error| Unknown::new(ReasonCode::Unsupported, error.to_string()))?;
    let outside = Predicate::All(vec![
        key_unlike("aws:PrincipalOrgID", &[organisation]),
        key_unlike("aws:PrincipalOrgPaths", &[format!("{organisation}/*")]),
    ]);
    let mut prover = Prover::default();
    let mut found = Vec::new();
    let mut open = None;
    for service in services {
        let mut actions = representatives(&policies, &[service], false);
        // What concerns no resource concerns nobody else's.
        actions.retain(|name| {
            rempart_aws_model::action(name.as_str())
                .is_some_and(|action| !action.resources.is_empty())
        });
        if *service == "sts" {
            actions.retain(|name| name.name() == "AssumeRole");
        }
        for name in actions {
            let setting = Setting {
                caller: Caller::AnyRole(other),
                resource_account: Some(account),
                presence: Presence::Unknown,
            };
            match prover.never_allowed(&stack, &name, &setting, &outside) {
                Verdict::Proved(_) => {}
                Verdict::Refuted(_) => {
                    found.push((*service).to_owned());
                    break;
                }
                Verdict::Unknown(reason) => {
                    open = Some(Unknown::new(ReasonCode::Unsupported, reason.to_string()));
                }
            }
        }
    }
    match open {
        Some(open) if found.is_empty() => Err(open),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests;
