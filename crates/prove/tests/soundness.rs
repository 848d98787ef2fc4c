//! Requests that are easily forgotten: each of them is allowed, so nothing may be proved about it.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Known, Stack};
use rempart_prove::{
    Caller, Everything, Predicate, Presence, Prover, Setting, Subject, Test, Verdict,
    guardrails_only,
};

const ACCOUNT: &str = "111122223333";

fn compiled(text: &str, kind: PolicyKind) -> Arc<CompiledPolicy> {
    let policy = Policy::parse(text, kind).unwrap_or_else(|error| panic!("{text}: {error}"));
    Arc::new(CompiledPolicy::new("p", Arc::new(policy)))
}

fn guardrail(statements: &str) -> Stack {
    let everything = Everything::new().expect("fixed texts");
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let policy = compiled(&text, PolicyKind::ServiceControl);
    let stack = Stack {
        service_control: Known::Is(vec![vec![policy, Arc::clone(&everything.service_control)]]),
        ..Stack::default()
    };
    guardrails_only(stack, &everything)
}

/// A Deny of the action for each condition block.
fn denies(action: &str, conditions: &[&str]) -> Stack {
    let statements: Vec<String> = conditions
        .iter()
        .map(|condition| {
            format!(
                r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*", "Condition": {{{condition}}}}}"#
            )
        })
        .collect();
    guardrail(&statements.join(","))
}

fn roles() -> Setting {
    Setting {
        caller: Caller::AnyRole(AccountId::parse(ACCOUNT).expect("an account")),
        resource_account: None,
        presence: Presence::Unknown,
    }
}

fn key(name: &str, test: Test) -> Predicate {
    Predicate::Test(Subject::Key(name.into()), test)
}

fn has(name: &str) -> Predicate {
    Predicate::Not(Box::new(key(name, Test::Omitted)))
}

fn answer(stack: &Stack, action: &str, property: &Predicate) -> Verdict {
    let action = ActionName::parse(action).expect("an action");
    Prover::default().never_allowed(stack, &action, &roles(), property)
}

fn assert_refuted(stack: &Stack, action: &str, property: &Predicate) {
    let verdict = answer(stack, action, property);
    assert!(matches!(verdict, Verdict::Refuted(_)), "{verdict:?}");
}

fn assert_proved(stack: &Stack, action: &str, property: &Predicate) {
    let verdict = answer(stack, action, property);
    assert!(matches!(verdict, Verdict::Proved(_)), "{verdict:?}");
}

const CREATE: &str = "sagemaker:CreateNotebookInstance";
const TAG: &str = "aws:RequestTag/level";

/// A tag holds any text: what is no number is neither below nor above.
#[test]
fn a_text_may_be_of_no_type() {
    for (operators, values) in [
        (
            ["NumericLessThan", "NumericGreaterThanEquals"],
            ["10", "10"],
        ),
        (
            ["DateLessThan", "DateGreaterThanEquals"],
            ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
        ),
        (["IpAddress", "IpAddress"], ["0.0.0.0/0", "::/0"]),
        (["Bool", "Bool"], ["true", "false"]),
    ] {
        let blocks: Vec<String> = operators
            .iter()
            .zip(values)
            .map(|(operator, value)| format!(r#""{operator}": {{"{TAG}": "{value}"}}"#))
            .collect();
        let blocks: Vec<&str> = blocks.iter().map(String::as_str).collect();
        assert_refuted(&denies(CREATE, &blocks), CREATE, &has(TAG));
    }
    // A number is one, an address too.
    let age = [
        r#""NumericLessThan": {"aws:MultiFactorAuthAge": "10"}"#,
        r#""NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "10"}"#,
    ];
    assert_proved(
        &denies(CREATE, &age),
        CREATE,
        &has("aws:MultiFactorAuthAge"),
    );
    let ip = [r#""IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}"#];
    assert_proved(&denies(CREATE, &ip), CREATE, &has("aws:SourceIp"));
}

/// The value of a tag may be empty.
#[test]
fn a_value_may_be_empty() {
    let some = denies(CREATE, &[r#""StringLike": {"aws:RequestTag/level": "?*"}"#]);
    assert_refuted(&some, CREATE, &has(TAG));
    assert_proved(&some, CREATE, &key(TAG, Test::Like(vec!["?*".into()])));
    // An empty value is as none for `Null` and the set operators, and for them alone.
    let null = denies(CREATE, &[r#""Null": {"aws:RequestTag/level": "false"}"#]);
    assert_refuted(&null, CREATE, &has(TAG));
    let both = denies(
        CREATE,
        &[
            r#""Null": {"aws:RequestTag/level": "false"}"#,
            r#""StringEquals": {"aws:RequestTag/level": ""}"#,
        ],
    );
    assert_proved(&both, CREATE, &has(TAG));
    let any = denies(
        CREATE,
        &[r#""ForAnyValue:StringLike": {"aws:RequestTag/level": "*"}"#],
    );
    assert_refuted(&any, CREATE, &has(TAG));
    let all = denies(
        CREATE,
        &[r#""ForAllValues:StringLike": {"aws:RequestTag/level": "x"}"#],
    );
    let empty = key(TAG, Test::Unlike(vec!["?*".into()]));
    assert_proved(&all, CREATE, &empty);
}

/// The listing of a bucket may have an empty prefix.
#[test]
fn an_empty_prefix_is_a_prefix() {
    let list = "s3:ListBucket";
    let named = denies(list, &[r#""StringLike": {"s3:prefix": "?*"}"#]);
    assert_refuted(&named, list, &has("s3:prefix"));
}

/// A property about an old name is about the field behind it.
#[test]
fn an_old_name_is_the_key_that_replaced_it() {
    let old = key(
        "sagemaker:VolumeKmsKey",
        Test::Unlike(vec!["arn:aws:kms:*:111122223333:key/*".into()]),
    );
    let open = denies(
        "sagemaker:CreateTrainingJob",
        &[r#""Null": {"sagemaker:VpcSubnets": "true"}"#],
    );
    assert_refuted(&open, "sagemaker:CreateTrainingJob", &old);
}

/// Some actions concern a key or something else, and only keys need a policy of their own.
#[test]
fn an_alias_needs_no_key_policy() {
    let everything = Everything::new().expect("fixed texts");
    let nobody = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "*", "Resource": "*"}}"#;
    for action in ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"] {
        let stack = Stack {
            identity: Known::Is(vec![Arc::clone(&everything.identity)]),
            resource: Known::Is(Some(compiled(nobody, PolicyKind::Resource))),
            service_control: Known::Is(Vec::new()),
            ..Stack::default()
        };
        let verdict = answer(&stack, action, &Predicate::Always);
        assert!(
            !matches!(verdict, Verdict::Proved(_)),
            "{action} {verdict:?}"
        );
        let of_key = Predicate::Test(Subject::Resource, Test::Like(vec!["*:key/*".into()]));
        let verdict = answer(&stack, action, &of_key);
        assert!(
            !matches!(verdict, Verdict::Refuted(_)),
            "{action} {verdict:?}"
        );
        let action = ActionName::parse(action).expect("an action");
        let verdict =
            Prover::default().always_allowed(&stack, &action, &roles(), &Predicate::Always);
        assert!(!matches!(verdict, Verdict::Proved(_)), "{verdict:?}");
    }
}

/// Tags are taken away by their keys alone.
#[test]
fn untagging_names_keys_without_values() {
    let untag = "ec2:DeleteTags";
    let stack = denies(untag, &[r#""Null": {"aws:RequestTag/team": "false"}"#]);
    let named = key("aws:TagKeys", Test::Like(vec!["team".into()]));
    assert_refuted(&stack, untag, &named);
}
