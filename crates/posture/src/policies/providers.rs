//! Identity providers in trust policies: for whom does the provider vouch?

use rempart_policy::CompiledPolicy;
use rempart_policy::document::{
    BaseOperator, ConditionEntry, Effect, Family, PrincipalType, SetOperator, Statement,
};

/// Issuers with which anybody can get an account.
const SHARED_ISSUERS: [&str; 12] = [
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "agent.buildkite.com",
    "api.bitbucket.org",
    "oidc.circleci.com",
    "oidc.vercel.com",
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
    "login.microsoftonline.com",
];

/// The providers of a trust policy that let in somebody outside: those of unknown accounts, and those of
/// shared issuers without a condition on whom they vouch for.
pub(crate) fn outsiders(policy: &CompiledPolicy, is_known: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for statement in &policy.policy().statements {
        let Some(element) = &statement.principal else {
            continue;
        };
        if statement.effect == Effect::Deny || element.negated {
            continue;
        }
        for (kind, value) in &element.entries {
            if *kind != PrincipalType::Federated {
                continue;
            }
            let issuer = match value.text.split_once(":oidc-provider/") {
                Some((_, issuer)) => issuer,
                None => &value.text,
            };
            let account = value.text.split(':').nth(4);
            let is_foreign = account.is_some_and(|account| !is_known(account));
            if is_foreign || is_shared(issuer) && !names_somebody(statement, issuer) {
                found.push(value.text.to_string());
            }
        }
    }
    found
}

fn is_shared(issuer: &str) -> bool {
    let host = issuer.split('/').next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    SHARED_ISSUERS.iter().any(|shared| {
        host == *shared
            || host
                .strip_suffix(shared)
                .is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Whether a condition limits the statement to subjects or audiences that are one's own.
fn names_somebody(statement: &Statement, issuer: &str) -> bool {
    // GitHub and its like give all repositories the same audience; with the others the audience is the
    // own application.
    let host = issuer.split('/').next().unwrap_or_default();
    let by_audience = [
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
        "login.microsoftonline.com",
    ];
    let claims: &[&str] = if by_audience.contains(&host) {
        &["sub", "aud", "app_id", "oaud"]
    } else {
        &[
            "sub",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "job_workflow_ref",
        ]
    };
    statement.conditions.iter().any(|entry| {
        let key = entry.key.text.to_ascii_lowercase();
        let wanted = claims.iter().any(|claim| {
            key.strip_prefix(&issuer.to_ascii_lowercase())
                .is_some_and(|rest| rest.strip_prefix(':') == Some(claim))
        });
        wanted && limits(entry)
    })
}

fn limits(entry: &ConditionEntry) -> bool {
    let operator = entry.operator;
    let is_positive = !operator.base.is_negated()
        && !operator.if_exists
        && operator.set != SetOperator::ForAllValues
        && operator.base.family() == Family::String;
    let is_like = operator.base == BaseOperator::StringLike;
    is_positive
        && !entry.values.is_empty()
        && entry.values.iter().all(|value| {
            // `repo:*` and `*` name everybody, `repo:example/*` does not.
            let name = value
                .text
                .split_once(':')
                .map_or(&*value.text, |(_, name)| name);
            !is_like || !name.starts_with(['*', '?']) && !value.text.starts_with(['*', '?'])
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::document::compile;
    use rempart_policy::document::PolicyKind;

    fn found(provider: &str, condition: &str) -> bool {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},
            "Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}}}"#
        );
        let policy = compile("r", &text, PolicyKind::RoleTrust).expect("a policy");
        !outsiders(&policy, |account| account == "111122223333").is_empty()
    }

    #[test]
    fn shared_issuers_need_a_subject() {
        let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        let cases = [
            (r"{}", true),
            (
                r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#,
                true,
            ),
            (
                r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example/*"}}"#,
                false,
            ),
            (
                r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}}"#,
                true,
            ),
            (
                r#"{"StringLike":{"token.actions.githubusercontent.com:sub":["repo:example/a","*"]}}"#,
                true,
            ),
            (
                r#"{"StringEquals":{"token.actions.githubusercontent.com:sub":"repo:example/a:ref:refs/heads/main"}}"#,
                false,
            ),
            (
                r#"{"StringEqualsIfExists":{"token.actions.githubusercontent.com:sub":"repo:example/a"}}"#,
                true,
            ),
            (
                r#"{"StringNotEquals":{"token.actions.githubusercontent.com:sub":"repo:example/a"}}"#,
                true,
            ),
            (
                r#"{"ForAllValues:StringEquals":{"token.actions.githubusercontent.com:sub":"repo:example/a"}}"#,
                true,
            ),
            (
                r#"{"StringEquals":{"gitlab.com:sub":"repo:example/a"}}"#,
                true,
            ),
        ];
        for (condition, expected) in cases {
            assert_eq!(found(github, condition), expected, "{condition}");
        }
    }

    #[test]
    fn own_providers_are_inside_and_foreign_ones_outside() {
        let cases = [
            ("arn:aws:iam::111122223333:saml-provider/corp", false),
            ("arn:aws:iam::444455556666:saml-provider/corp", true),
            (
                "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC",
                false,
            ),
            ("cognito-identity.amazonaws.com", true),
            ("accounts.google.com", true),
        ];
        for (provider, expected) in cases {
            assert_eq!(found(provider, "{}"), expected, "{provider}");
        }
        let pool = r#"{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:pool"}}"#;
        assert!(!found("cognito-identity.amazonaws.com", pool));
    }
}
