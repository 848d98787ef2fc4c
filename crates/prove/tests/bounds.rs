//! The worst inputs that we could think of: each is answered soon, and never with a panic.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rempart_aws_model::{AccountId, ActionName};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Known, Stack};
use rempart_prove::{
    Caller, Everything, Predicate, Presence, Prover, Setting, Subject, Test, Verdict,
    guardrails_only,
};

/// Several times what any of them needs on an ordinary computer.
const LONGEST: Duration = Duration::from_secs(20);

fn stack(statements: &[String], kind: PolicyKind) -> Stack {
    let everything = Everything::new().expect("fixed texts");
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(",")
    );
    let policy = Policy::parse(&text, kind).unwrap_or_else(|error| panic!("{error}: {text:.300}"));
    let policy = Arc::new(CompiledPolicy::new("p", Arc::new(policy)));
    if kind == PolicyKind::Resource {
        return Stack {
            resource: Known::Is(Some(policy)),
            ..Stack::default()
        };
    }
    let stack = Stack {
        service_control: Known::Is(vec![vec![policy, Arc::clone(&everything.service_control)]]),
        ..Stack::default()
    };
    guardrails_only(stack, &everything)
}

fn deny(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Deny", "Action": "sagemaker:*", "Resource": "*", "Condition": {{{condition}}}}}"#
    )
}

fn list(values: impl Iterator<Item = String>) -> String {
    let quoted: Vec<String> = values.map(|value| format!("\"{value}\"")).collect();
    format!("[{}]", quoted.join(","))
}

fn ask(name: &str, stack: &Stack, property: &Predicate) -> Verdict {
    let action = ActionName::parse("sagemaker:CreateTrainingJob").expect("an action");
    let setting = Setting {
        caller: Caller::AnyRole(AccountId::parse("111122223333").expect("an account")),
        resource_account: None,
        presence: Presence::Unknown,
    };
    let mut prover = Prover::default();
    let start = Instant::now();
    let verdict = prover.never_allowed(stack, &action, &setting, property);
    let elapsed = start.elapsed();
    println!("{name}: {elapsed:?} {:.200}", format!("{verdict:?}"));
    assert!(elapsed < LONGEST, "{name}: {elapsed:?}");
    // What could not be split is remembered, too.
    let start = Instant::now();
    let _ = prover.never_allowed(stack, &action, &setting, property);
    assert!(start.elapsed() < LONGEST, "{name} again");
    verdict
}

fn assert_unknown(verdict: &Verdict, part: &str) {
    match verdict {
        Verdict::Unknown(reason) => assert!(reason.to_string().contains(part), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn patterns_of_many_wildcards() {
    let one = format!("{}a", "?*".repeat(2_500));
    let some: Vec<String> = (0..40)
        .map(|number| format!("*{number}{}z", "?".repeat(60)))
        .collect();
    let words: Vec<String> = (0..300)
        .map(|number| format!("*{}*{}*", number % 26 + 10, number * 7))
        .collect();
    let stars = "*a*b*c*d*e*f*g*h*i*j*".repeat(200);
    for (name, values) in [
        ("question marks", list([one].into_iter())),
        ("far letters", list(some.into_iter())),
        ("words", list(words.into_iter())),
        ("stars", list([stars].into_iter())),
    ] {
        let condition = format!(r#""StringLike": {{"aws:PrincipalTag/team": {values}}}"#);
        let verdict = ask(
            name,
            &stack(&[deny(&condition)], PolicyKind::ServiceControl),
            &Predicate::Always,
        );
        if let Verdict::Unknown(_) = verdict {
            assert_unknown(&verdict, "aws:PrincipalTag/team");
        }
    }
}

#[test]
fn many_sets_of_values() {
    // Every subset of the patterns is a class of its own.
    let statements: Vec<String> = (0..26_u8)
        .map(|letter| {
            let letter = char::from(b'a' + letter);
            deny(&format!(
                r#""StringLike": {{"aws:PrincipalTag/team": "*{letter}*"}}"#
            ))
        })
        .collect();
    let verdict = ask(
        "letters",
        &stack(&statements, PolicyKind::ServiceControl),
        &Predicate::Always,
    );
    assert_unknown(&verdict, "aws:PrincipalTag/team");
    let statements: Vec<String> = (0..11_u8)
        .map(|letter| {
            let letter = char::from(b'a' + letter);
            deny(&format!(
                r#""ForAnyValue:StringLike": {{"sagemaker:VpcSubnets": "*{letter}*"}}"#
            ))
        })
        .collect();
    let _ = ask(
        "subsets",
        &stack(&statements, PolicyKind::ServiceControl),
        &Predicate::Always,
    );
}

#[test]
fn many_values() {
    for (name, key, operator, value) in [
        (
            "texts",
            "aws:PrincipalTag/team",
            "StringNotEquals",
            "value-",
        ),
        (
            "without case",
            "aws:PrincipalTag/team",
            "StringEqualsIgnoreCase",
            "value-",
        ),
        (
            "set",
            "sagemaker:VpcSubnets",
            "ForAnyValue:StringNotEquals",
            "subnet-",
        ),
        ("numbers", "aws:MultiFactorAuthAge", "NumericEquals", ""),
        (
            "arns",
            "aws:PrincipalArn",
            "ArnNotLike",
            "arn:aws:iam::111122223333:role/",
        ),
    ] {
        let values = list((0..5_000).map(|number| format!("{value}{number}")));
        let condition = format!(r#""{operator}": {{"{key}": {values}}}"#);
        let _ = ask(
            name,
            &stack(&[deny(&condition)], PolicyKind::ServiceControl),
            &Predicate::Always,
        );
        let statements: Vec<String> = (0..400)
            .map(|number| deny(&format!(r#""{operator}": {{"{key}": "{value}{number}"}}"#)))
            .collect();
        let _ = ask(
            name,
            &stack(&statements, PolicyKind::ServiceControl),
            &Predicate::Always,
        );
    }
    let many: Vec<Box<str>> = (0..50_000)
        .map(|number| format!("value-{number}").into())
        .collect();
    let property = Predicate::Test(
        Subject::Key("aws:PrincipalTag/team".into()),
        Test::Unlike(many),
    );
    let condition = r#""StringEquals": {"aws:PrincipalTag/team": "x"}"#;
    let _ = ask(
        "property",
        &stack(&[deny(condition)], PolicyKind::ServiceControl),
        &property,
    );
}

#[test]
fn many_comparisons() {
    let statements: Vec<String> = (0..100)
        .map(|number| {
            deny(&format!(
                r#""StringNotLike": {{"aws:PrincipalTag/t{number}": "a*${{aws:PrincipalTag/t{}}}*${{aws:PrincipalTag/x}}?"}}"#,
                (number + 1) % 100
            ))
        })
        .collect();
    let _ = ask(
        "comparisons",
        &stack(&statements, PolicyKind::ServiceControl),
        &Predicate::Always,
    );
    // A diagram of which every order of variables is bad for some statement.
    let statements: Vec<String> = (0..60)
        .map(|number| {
            let keys: Vec<String> = (0..6)
                .map(|place| {
                    format!(
                        r#""aws:PrincipalTag/t{}": "v{place}""#,
                        (number * 7 + place * 11) % 60
                    )
                })
                .collect();
            deny(&format!(r#""StringNotEquals": {{{}}}"#, keys.join(",")))
        })
        .collect();
    let _ = ask(
        "tangle",
        &stack(&statements, PolicyKind::ServiceControl),
        &Predicate::Always,
    );
}

#[test]
fn many_principals() {
    let principals =
        list((0..20_000).map(|number| format!("arn:aws:iam::111122223333:role/r{number}")));
    let statement = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": {principals}}}, "Action": "sagemaker:*", "Resource": "*"}}"#
    );
    let stack = stack(&[statement], PolicyKind::Resource);
    let _ = ask("principals", &stack, &Predicate::Always);
}

#[test]
fn deep_properties() {
    let deep = (0..20_000).fold(Predicate::Always, |inner, _| {
        Predicate::Not(Box::new(inner))
    });
    let stack = stack(
        &[deny(r#""Null": {"aws:SourceIp": "true"}"#)],
        PolicyKind::ServiceControl,
    );
    let verdict = ask("deep", &stack, &deep);
    assert_unknown(&verdict, "nests deeper");
    // Dropping it, too, is a recursion.
    std::mem::forget(deep);
    let wide = Predicate::Any(vec![Predicate::All(vec![Predicate::Always; 100]); 1_000]);
    let _ = ask("wide", &stack, &wide);
}

#[test]
fn walks_are_bounded_on_threads_of_the_usual_size() {
    // Two thousand variables of one component, each a call of the recursion.
    let values = list((0..1_990).map(|number| format!("subnet-{number}")));
    let statements: Vec<String> = (0..400)
        .map(|number| {
            deny(&format!(
                r#""ForAnyValue:StringEquals": {{"sagemaker:VpcSubnets": "subnet-{number}"}}"#
            ))
        })
        .chain([deny(&format!(
            r#""ForAllValues:StringEquals": {{"sagemaker:VpcSubnets": {values}}}"#
        ))])
        .collect();
    let stack = stack(&statements, PolicyKind::ServiceControl);
    let run = move || {
        let _ = ask("variables", &stack, &Predicate::Always);
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
    thread.expect("a thread").join().expect("no panic");
}
