//! What changed, and what nobody can tell.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use rempart_estate::{Answer, DiffOptions, Difference, Estate, Gap, Outcome, diff, unknown};
use serde_json::{Value, json};

fn answer(operation: &str, parameters: Value, body: Value) -> Answer {
    Answer {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.as_object().cloned().expect("an object"),
        body: body.to_string().into_bytes(),
        ..Answer::default()
    }
}

fn list(names: &[&str]) -> Answer {
    let domains: Vec<_> = names.iter().map(|name| json!({"DomainId": name})).collect();
    answer(
        "sagemaker:ListDomains",
        json!({}),
        json!({"Domains": domains}),
    )
}

fn domain(name: &str, body: Value) -> Answer {
    let mut members = body.as_object().cloned().expect("an object");
    members.insert("DomainId".to_owned(), name.into());
    answer(
        "sagemaker:DescribeDomain",
        json!({"DomainId": name}),
        Value::Object(members),
    )
}

/// Id and difference, as text.
fn shown(before: &[Answer], after: &[Answer], options: DiffOptions) -> Vec<String> {
    let before = Estate::from_answers(before.to_vec());
    let after = Estate::from_answers(after.to_vec());
    let entries = diff(&before, &after, options);
    let shown = entries.iter().map(|entry| {
        let id = &entry.resource.id;
        match &entry.difference {
            Difference::Added => format!("{id} added"),
            Difference::Removed => format!("{id} removed"),
            Difference::Changed(changes) => {
                let paths: Vec<_> = changes.iter().map(|change| change.path.as_str()).collect();
                format!("{id} changed {}", paths.join(" "))
            }
            Difference::CannotTell { path, gap } => format!("{id} ? {path} {}", gap.code()),
        }
    });
    shown.collect()
}

#[test]
fn added_removed_changed() {
    let before = [
        list(&["a", "b", "c"]),
        domain("a", json!({"AuthMode": "IAM", "LastModifiedTime": 1})),
        domain("b", json!({"AuthMode": "IAM", "LastModifiedTime": 1})),
        domain("c", json!({})),
    ];
    let after = [
        list(&["a", "b", "d"]),
        domain("a", json!({"AuthMode": "SSO", "LastModifiedTime": 2})),
        domain("b", json!({"AuthMode": "IAM", "LastModifiedTime": 2})),
        domain("d", json!({})),
    ];
    let plain = DiffOptions::default();
    assert_eq!(
        shown(&before, &after, plain),
        ["a changed AuthMode", "c removed", "d added"]
    );
    assert_eq!(
        shown(&before, &after, DiffOptions { volatile: true }),
        [
            "a changed AuthMode LastModifiedTime",
            "b changed LastModifiedTime",
            "c removed",
            "d added"
        ]
    );
    assert!(shown(&before, &before, plain).is_empty());
}

#[test]
fn what_was_not_asked_is_not_removed() {
    let before = [
        list(&["a", "b"]),
        domain("a", json!({"X": 1})),
        domain("b", json!({})),
    ];
    let refused = |answer: Answer| Answer {
        outcome: Outcome::Denied,
        ..answer
    };
    let plain = DiffOptions::default();
    // The list is refused: nobody knows whether `b` is still there.
    let after = [refused(list(&[])), domain("a", json!({"X": 1}))];
    assert_eq!(shown(&before, &after, plain), ["b ?  access_denied"]);
    assert_eq!(shown(&after, &before, plain), ["b ?  access_denied"]);
    // The description is refused.
    let after = [
        list(&["a", "b"]),
        refused(domain("a", json!({}))),
        domain("b", json!({})),
    ];
    assert_eq!(shown(&before, &after, plain), ["a ?  access_denied"]);
    // Nothing was there, and now nobody is told.
    assert_eq!(
        shown(&[list(&[])], &[refused(list(&[]))], plain),
        [" ?  access_denied"]
    );
    // A value that is only planned.
    let after = [
        list(&["a", "b"]),
        domain("a", json!({"X": unknown("later")})),
        domain("b", json!({})),
    ];
    assert_eq!(shown(&before, &after, plain), ["a ? X known_after_apply"]);
}

#[test]
fn other_answers_about_the_resource_count() {
    let arn = "arn:aws:sagemaker:eu-west-1:111122223333:domain/a";
    let with_tags = |tags: Value| {
        [
            list(&["a"]),
            domain("a", json!({"DomainArn": arn})),
            answer(
                "sagemaker:ListTags",
                json!({"ResourceArn": arn}),
                json!({"Tags": tags}),
            ),
        ]
    };
    let before = with_tags(json!([{"Key": "team", "Value": "ml"}]));
    let after = with_tags(json!([{"Key": "team", "Value": "data"}]));
    let plain = DiffOptions::default();
    assert_eq!(
        shown(&before, &after, plain),
        ["a changed sagemaker:ListTags#Tags[Key=team].Value"]
    );
    let without = [list(&["a"]), domain("a", json!({"DomainArn": arn}))];
    assert_eq!(
        shown(&before, &without, plain),
        ["a ? sagemaker:ListTags not_collected"]
    );
    let entries = diff(
        &Estate::from_answers(before),
        &Estate::from_answers(without),
        plain,
    );
    let json = serde_json::to_value(&entries[0]).unwrap();
    let gap = Gap::NotCollected {
        operation: "sagemaker:ListTags".to_owned(),
    };
    assert_eq!(
        json["difference"]["cannot_tell"]["gap"],
        serde_json::to_value(gap).unwrap()
    );
    assert_eq!(json["resource"]["arn"], arn);
}
