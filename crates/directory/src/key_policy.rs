//! What a key policy for a feature store does not do, though it seems to.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_model::ActionName;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Effect, Policy, PrincipalType, Statement};
use rempart_policy::lint::{Lint, Severity};

/// What the caller of `CreateFeatureGroup` needs on the online key, and a key policy can give
/// (SageMaker Developer Guide, "Authorizing use of a customer managed key for your online store").
const NEEDED: [&str; 9] = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:ListGrants",
    "kms:RevokeGrant",
];

/// Actions that a key policy cannot give (KMS Developer Guide, "AWS KMS permissions").
const WITHOUT_EFFECT: [&str; 9] = [
    "kms:listaliases",
    "kms:retiregrant",
    "kms:createkey",
    "kms:listkeys",
    "kms:connectcustomkeystore",
    "kms:createcustomkeystore",
    "kms:deletecustomkeystore",
    "kms:describecustomkeystores",
    "kms:updatecustomkeystore",
];

/// Cryptography with the key.
const CRYPTOGRAPHY: [&str; 5] = [
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:CreateGrant",
];

/// Accounts and names of AWS's examples.
const EXAMPLES: [&str; 6] = [
    "111122223333",
    "123456789012",
    "444455556666",
    "featurestore-user",
    "featurestore-admin",
    "ExampleUser",
];

/// Holds a key policy against what a feature store needs of it. The general linter
/// ([`rempart_policy::lint::lint`]) looks at the rest.
pub fn check_key_policy(policy: &Policy) -> Vec<Lint> {
    let compiled = CompiledPolicy::new("key policy", Arc::new(policy.clone()));
    let mut found = Vec::new();
    let has_service = policy.statements.iter().any(is_through_sagemaker);
    for (number, statement) in policy.statements.iter().enumerate() {
        let mut report = |code, severity, message: String, hint: Option<&str>| {
            found.push(Lint {
                code,
                severity,
                position: statement.position,
                statement: Some(number + 1),
                sid: statement.sid.as_ref().map(|sid| Arc::clone(&sid.text)),
                message,
                hint: hint.map(str::to_owned),
            });
        };
        principals(statement, &mut report);
        if statement.effect != Effect::Allow {
            continue;
        }
        let listed = statement.action.values.iter();
        let idle: BTreeSet<&str> = listed
            .map(|action| &*action.text)
            .filter(|action| WITHOUT_EFFECT.contains(&action.to_ascii_lowercase().as_str()))
            .collect();
        if !idle.is_empty() && !statement.action.negated {
            report(
                "key-action-without-effect",
                Severity::Warning,
                format!("a key policy cannot allow {}", joined(&idle)),
                Some("allow it in an identity policy"),
            );
        }
        let gives = |action: &str| gives(&compiled, number, action);
        if is_through_sagemaker(statement) && gives("kms:CreateGrant") {
            let of_others = |action: &&&str| !also(&compiled, policy, statement, action);
            let missing: BTreeSet<&str> = NEEDED
                .iter()
                .filter(|action| !gives(action))
                .filter(of_others)
                .copied()
                .collect();
            if !missing.is_empty() {
                report(
                    "feature-store-permission-missing",
                    Severity::Error,
                    format!(
                        "who creates a feature group with this key also needs {}",
                        joined(&missing)
                    ),
                    None,
                );
            }
        }
        let gives_cryptography = CRYPTOGRAPHY.iter().any(|action| gives(action));
        if has_service
            && gives_cryptography
            && delegates(statement)
            && statement.conditions.is_empty()
        {
            report(
                "delegation-beside-via-service",
                Severity::Warning,
                "it leaves the key to identity policies of the account: who is allowed there calls KMS directly, whatever another statement says of kms:ViaService".to_owned(),
                Some("give the statement the condition on kms:ViaService as well, or deny calls without it"),
            );
        }
        if !gives_cryptography && gives("kms:DescribeKey") && gives("kms:ListGrants") {
            report(
                "key-administration",
                Severity::Hint,
                "it shows the key policy and the grants, and allows no cryptography: its principals cannot read records".to_owned(),
                None,
            );
        }
    }
    found
}

/// Principals of examples. What is no principal at all does not read as a policy, and KMS refuses it.
fn principals(
    statement: &Statement,
    report: &mut impl FnMut(&'static str, Severity, String, Option<&str>),
) {
    let entries = statement
        .principal
        .iter()
        .flat_map(|principal| &principal.entries);
    for (kind, value) in entries {
        let text = &*value.text;
        if *kind != PrincipalType::Aws || text == "*" {
            continue;
        }
        if let Some(example) = EXAMPLES.iter().find(|example| text.contains(**example)) {
            report(
                "example-principal",
                Severity::Warning,
                format!("`{text}` is from an example (`{example}`)"),
                Some("name your own principals"),
            );
        }
    }
}

/// Whether it holds for calls through SageMaker alone.
fn is_through_sagemaker(statement: &Statement) -> bool {
    statement.effect == Effect::Allow
        && statement.conditions.iter().any(|entry| {
            entry.key.text.eq_ignore_ascii_case("kms:ViaService")
                && entry
                    .values
                    .iter()
                    .any(|value| value.text.starts_with("sagemaker."))
        })
}

/// Whether it leaves the decision to an account.
fn delegates(statement: &Statement) -> bool {
    let entries = statement
        .principal
        .iter()
        .flat_map(|principal| &principal.entries);
    let mut accounts = entries.filter(|(kind, value)| {
        let text = &*value.text;
        *kind == PrincipalType::Aws
            && (text.ends_with(":root") || text.bytes().all(|byte| byte.is_ascii_digit()))
    });
    accounts.next().is_some()
}

/// Whether the action element of a statement holds an action.
fn gives(policy: &CompiledPolicy, statement: usize, action: &str) -> bool {
    let Ok(action) = ActionName::parse(action) else {
        return false;
    };
    let mut concerning = policy.concerning(&action);
    concerning.any(|(number, _)| number == statement)
}

/// Whether another statement gives the action to the same principals.
fn also(compiled: &CompiledPolicy, policy: &Policy, statement: &Statement, action: &str) -> bool {
    let names = |statement: &Statement| -> BTreeSet<String> {
        let principal = statement.principal.iter();
        let entries = principal.flat_map(|principal| &principal.entries);
        entries.map(|(_, value)| value.text.to_string()).collect()
    };
    let wanted = names(statement);
    policy.statements.iter().enumerate().any(|(number, other)| {
        other.effect == Effect::Allow
            && (other.conditions.is_empty() || is_through_sagemaker(other))
            && wanted.is_subset(&names(other))
            && gives(compiled, number, action)
    })
}

fn joined(texts: &BTreeSet<&str>) -> String {
    let texts: Vec<&str> = texts.iter().copied().collect();
    texts.join(", ")
}
