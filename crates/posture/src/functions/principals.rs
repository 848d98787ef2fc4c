//! Whom a policy names, whatever its actions, resources and conditions.

use std::collections::BTreeSet;

use rempart_aws_model::Arn;
use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "principal_accounts",
    arity: 1,
    run: principal_accounts,
}];

/// `principal_accounts(policy)`: the accounts that Allow statements of a policy name, `*` for everybody
/// and for all but some. For resources of which AWS's reference of actions does not say which actions
/// concern them, and where the proof that nobody foreign gets in therefore proves nothing.
fn principal_accounts<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let policy: Json = serde_json::from_str(text_argument(arguments, 0)?)
        .map_err(|error| Unknown::new(ReasonCode::ModelGap, format!("no policy: {error}")))?;
    accounts(&policy).map(Value::texts)
}

fn accounts(policy: &Json) -> Result<BTreeSet<String>, Unknown> {
    let no_policy = |what: &str| Unknown::new(ReasonCode::ModelGap, format!("no policy: {what}"));
    let mut found = BTreeSet::new();
    let statements = policy
        .get("Statement")
        .ok_or_else(|| no_policy("it has no `Statement`"))?;
    for statement in one_or_many(statements) {
        match statement.get("Effect").and_then(Json::as_str) {
            Some("Deny") => continue,
            Some("Allow") => {}
            _ => return Err(no_policy("a statement has no effect")),
        }
        match statement.get("Principal") {
            Some(Json::Object(principals)) => {
                for (kind, names) in principals {
                    if kind == "Service" {
                        continue;
                    }
                    for name in one_or_many(names) {
                        let name = name
                            .as_str()
                            .ok_or_else(|| no_policy("a principal is no text"))?;
                        found.insert(account_of(name));
                    }
                }
            }
            // `"*"`, and `NotPrincipal`, which is everybody but some.
            _ => {
                found.insert("*".to_owned());
            }
        }
    }
    Ok(found)
}

/// The account of a principal; a name that has none stands for itself.
fn account_of(name: &str) -> String {
    match Arn::parse(name) {
        Ok(arn) if !arn.account().is_empty() => arn.account().to_owned(),
        _ => name.to_owned(),
    }
}

fn one_or_many(json: &Json) -> &[Json] {
    match json {
        Json::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn accounts_that_are_named() {
        let allow =
            |principal: Json| json!({"Effect": "Allow", "Principal": principal, "Action": "*"});
        for (statement, wanted) in [
            (
                allow(json!({"AWS": "arn:aws:iam::111122223333:root"})),
                vec!["111122223333"],
            ),
            (
                allow(
                    json!({"AWS": ["444455556666", "arn:aws:sts::111122223333:assumed-role/a/b"]}),
                ),
                vec!["111122223333", "444455556666"],
            ),
            (allow(json!("*")), vec!["*"]),
            (allow(json!({"AWS": "*"})), vec!["*"]),
            (
                json!({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}}),
                vec!["*"],
            ),
            (json!({"Effect": "Deny", "Principal": "*"}), vec![]),
            (allow(json!({"Service": "sagemaker.amazonaws.com"})), vec![]),
            (allow(json!({"AWS": "AIDAEXAMPLE"})), vec!["AIDAEXAMPLE"]),
        ] {
            let found: Vec<String> = accounts(&json!({"Statement": statement}))
                .unwrap()
                .into_iter()
                .collect();
            assert_eq!(found, wanted, "{statement}");
        }
        assert!(accounts(&json!({"Statement": [{"Principal": "*"}]})).is_err());
        assert!(accounts(&json!({})).is_err());
    }
}
