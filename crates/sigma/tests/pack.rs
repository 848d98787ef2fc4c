//! The shipped pack compiles whole, and a rule set is quick to dismiss what no rule wants.

#![expect(clippy::unwrap_used, reason = "tests")]

use rempart_sigma::ast::Document;
use rempart_sigma::parse::parse_documents;
use rempart_sigma::{CompileOptions, RuleSet, Severity};

fn pack() -> Vec<Document> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
    let mut documents = Vec::new();
    for category in std::fs::read_dir(root)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(category.path()).unwrap().flatten() {
            let path = file.path().display().to_string();
            if path.ends_with(".yml") && !path.ends_with(".test.yml") {
                documents.extend(
                    parse_documents(&std::fs::read_to_string(&path).unwrap(), &path).documents,
                );
            }
        }
    }
    documents
}

#[test]
fn the_shipped_pack_compiles() {
    let (rules, diagnostics) = RuleSet::compile(&pack(), &CompileOptions::default());
    let shown: Vec<String> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity != Severity::Warning)
        .map(ToString::to_string)
        .collect();
    assert_eq!(shown, [] as [&str; 0]);
    assert!(rules.rules().len() > 0);
}

/// Prints what evaluation costs: `cargo test -p rempart-sigma --test pack -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost_per_record() {
    use rempart_sigma::NothingDerived;
    use rempart_trail::record::Record;
    use std::time::Instant;

    let record = |source: &str, name: &str| {
        format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:alice","arn":"arn:aws:sts::111122223333:assumed-role/DataScientist/alice","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/DataScientist","accountId":"111122223333","userName":"DataScientist"}},"attributes":{{"creationDate":"2026-03-02T08:00:00Z","mfaAuthenticated":"false"}}}}}},"eventTime":"2026-03-02T10:00:00Z","eventSource":"{source}","eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.10","userAgent":"aws-cli/2.17.0","requestParameters":{{"bucketName":"data","key":"a/b/c","Host":"x"}},"responseElements":null,"requestID":"r","eventID":"e","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}"#
        )
    };
    let kinds = [
        ("unwanted", "ec2.amazonaws.com", "DescribeInstances"),
        (
            "sagemaker read",
            "sagemaker.amazonaws.com",
            "DescribeDomain",
        ),
        (
            "sagemaker create",
            "sagemaker.amazonaws.com",
            "CreateTrainingJob",
        ),
        ("object read", "s3.amazonaws.com", "GetObject"),
    ];
    let mut many = pack();
    let templates = many.len();
    for number in 0..1000usize.saturating_sub(templates) {
        let Some(Document::Rule(mut rule)) = many.get(number % templates).cloned() else {
            continue;
        };
        rule.metadata.id = Some(format!("copy-{number}"));
        rule.metadata.name = None;
        many.push(Document::Rule(rule));
    }
    for documents in [pack(), many] {
        let (set, _) = RuleSet::compile(&documents, &CompileOptions::default());
        let mut scratch = set.scratch();
        for (label, source, name) in kinds {
            let text = record(source, name);
            let record = Record::parse(text.as_bytes()).unwrap();
            let candidates: Vec<_> = set
                .candidates(source, name)
                .filter_map(|id| set.rule(id))
                .map(|info| info.label().to_owned())
                .collect();
            println!(
                "candidates: {} {}",
                candidates.len(),
                candidates
                    .iter()
                    .take(30)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" ")
            );
            let mut matched = Vec::new();
            let rounds = 100_000;
            let start = Instant::now();
            for _ in 0..rounds {
                matched.clear();
                set.evaluate(&record, &NothingDerived, &mut scratch, &mut matched);
            }
            let cost = start.elapsed().as_nanos() / rounds;
            println!(
                "{} rules, {label}: {cost} ns, {} matched",
                set.rules().len(),
                matched.len()
            );
        }
    }
}
