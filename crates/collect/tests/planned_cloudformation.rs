//! CloudFormation templates as estates.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use rempart_collect::planned::{Options, PlannedEstate, cloudformation};
use rempart_estate::{Estate, Place, unknown_reason};
use serde_json::{Value, json};

const TEMPLATE: &str = include_str!("../../../examples/cloudformation/template.yaml");

fn read_with(text: &str, options: &Options) -> PlannedEstate {
    let read = cloudformation::read("template.yaml", text.as_bytes(), options);
    read.expect("the template reads")
}

fn read(text: &str) -> PlannedEstate {
    read_with(text, &Options::default())
}

fn given(parameters: &[(&str, &str)]) -> Options {
    let pairs = parameters.iter();
    Options {
        account: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
        parameters: pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn body(estate: &PlannedEstate, operation: &str, holds: &str) -> Value {
    let answer = estate.answers.iter().find(|answer| {
        let parameters = serde_json::to_string(&answer.parameters).expect("JSON");
        answer.operation == operation
            && (parameters.contains(holds) || String::from_utf8_lossy(&answer.body).contains(holds))
    });
    serde_json::from_slice(&answer.expect("the answer is there").body).unwrap_or_default()
}

/// The value of a property of a notebook instance in a template with these other sections.
fn evaluated(sections: &str, expression: &str, options: &Options) -> Value {
    let text = format!(
        "{sections}\nResources:\n  K: {{Type: AWS::KMS::Key}}\n  B:\n    Type: AWS::S3::Bucket\n    \
         Properties: {{BucketName: named}}\n  N:\n    Type: AWS::SageMaker::NotebookInstance\n    \
         Properties:\n      NotebookInstanceName: n\n      KmsKeyId: {expression}\n"
    );
    let notebook = body(
        &read_with(&text, options),
        "sagemaker:DescribeNotebookInstance",
        "\"n\"",
    );
    notebook.get("KmsKeyId").cloned().unwrap_or_default()
}

#[test]
fn the_example_is_read_without_loss() {
    let planned = read(TEMPLATE);
    assert_eq!(planned.problems, []);
    assert!(planned.not_covered.is_empty(), "{:?}", planned.not_covered);
    assert!(planned.not_read.is_empty(), "{:?}", planned.not_read);
    let estate = Estate::from_answers(planned.answers.clone());
    assert_eq!(estate.problems(), []);
    for resource in &planned.resources {
        let line = usize::try_from(resource.line.expect("has a line")).expect("small");
        let written = TEMPLATE.lines().nth(line - 1).expect("in the file");
        assert_eq!(written.trim(), format!("{}:", resource.address));
        let place = Place::new(&resource.account, &resource.region);
        let arn = resource.arn.as_deref().unwrap_or(&resource.id);
        let found = estate.find(resource.kind, arn, &place);
        assert!(found.is_ok(), "{}: {found:?}", resource.address);
    }
}

#[test]
fn both_examples_describe_the_same_platform() {
    let plan = include_bytes!("../../../examples/terraform/plan.json");
    let options = given(&[("LogRetention", "30")]);
    let plan = rempart_collect::planned::terraform::read("plan.json", plan, &options);
    let plan = plan.expect("the plan reads");
    let template = read_with(TEMPLATE, &options);
    let kinds = |estate: &PlannedEstate| {
        let mut kinds: Vec<_> = estate
            .resources
            .iter()
            .map(|resource| resource.kind)
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.retain(|kind| *kind != "AWS::SageMaker::Space");
        kinds
    };
    assert_eq!(kinds(&plan), kinds(&template));
    let group = |estate: &PlannedEstate, holds: &str| {
        body(estate, "sagemaker:DescribeFeatureGroup", holds)["RoleArn"].clone()
    };
    assert_eq!(group(&plan, "customers"), group(&template, "customers"));
    let scratch = body(&template, "sagemaker:DescribeNotebookInstance", "scratch");
    assert_eq!(scratch.get("DirectInternetAccess"), None);
}

#[test]
fn conditions_decide_what_exists() {
    let addresses = |options: &Options| {
        let planned = read_with(TEMPLATE, options);
        let archive = planned
            .resources
            .into_iter()
            .find(|one| one.address == "Archive");
        archive.map(|archive| archive.notes)
    };
    assert_eq!(addresses(&given(&[("LogRetention", "30")])), None);
    assert_eq!(addresses(&given(&[("LogRetention", "365")])), Some(vec![]));
    let undecided = addresses(&given(&[])).expect("is present");
    assert_eq!(undecided, ["exists only when condition KeepsLogs holds"]);
    let production = given(&[("Environment", "production")]);
    let planned = read_with(TEMPLATE, &production);
    let config = body(&planned, "sagemaker:DescribeEndpointConfig", "VariantName");
    let variant = &config["ProductionVariants"][0];
    assert_eq!(variant["InitialInstanceCount"], 2);
    assert_eq!(variant["InstanceType"], "ml.m5.2xlarge");
    assert_eq!(planned.not_covered["AWS::SNS::Topic"], 1);
}

#[test]
fn intrinsic_functions_are_evaluated() {
    let sections = "Parameters:\n  P: {Type: String, Default: d}\n  L: {Type: CommaDelimitedList, Default: 'x, y'}\n\
                    Mappings:\n  M: {a: {b: found}}\n\
                    Conditions:\n  Yes: !Equals [!Ref P, d]\n  No: !Not [{Condition: Yes}]\n  \
                    Both: !And [!Condition Yes, !Condition No]\n  One: !Or [!Condition Yes, !Condition No]";
    let options = given(&[]);
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/planned:K";
    for (expression, expected) in [
        ("plain", "plain"),
        ("!Ref P", "d"),
        ("{Ref: P}", "d"),
        ("!Ref K", "planned:K"),
        ("!GetAtt K.Arn", arn),
        ("{'Fn::GetAtt': [K, Arn]}", arn),
        ("!GetAtt [K, KeyId]", "planned:K"),
        (
            "!Sub '${P}-${AWS::Region}-${!literal}'",
            "d-eu-west-1-${literal}",
        ),
        (
            "!Sub ['${v}/${B}', {v: !GetAtt B.Arn}]",
            "arn:aws:s3:::named/named",
        ),
        (
            "!Join ['-', [a, !Ref P, !Ref AWS::AccountId]]",
            "a-d-111122223333",
        ),
        ("!Select [1, !Ref L]", "y"),
        ("!Select ['0', !Split ['|', 'p|q']]", "p"),
        ("!FindInMap [M, a, b]", "found"),
        ("!If [Yes, one, two]", "one"),
        ("!If [No, one, two]", "two"),
        ("!If [Both, one, two]", "two"),
        ("!If [One, one, two]", "one"),
        ("!Base64 ab", "YWI="),
        (
            "!Sub 'arn:${AWS::Partition}:x:${AWS::URLSuffix}'",
            "arn:aws:x:amazonaws.com",
        ),
    ] {
        assert_eq!(
            evaluated(sections, expression, &options),
            expected,
            "{expression}"
        );
    }
    assert_eq!(
        evaluated(sections, "!Ref AWS::NoValue", &options),
        Value::Null
    );
    assert_eq!(
        evaluated(sections, "!If [No, x, !Ref AWS::NoValue]", &options),
        Value::Null
    );
}

#[test]
fn what_cannot_be_evaluated_is_unknown_with_a_reason() {
    let sections = "Parameters:\n  P: {Type: String}\n  S: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}\n\
                    Conditions:\n  C: !Equals [!Ref P, x]\n  Loop: !Not [!Condition Loop]";
    for (expression, reason) in [
        ("!Ref P", "parameter P has no value"),
        ("!Ref S", "parameter S is read from Systems Manager"),
        ("!Ref Nothing", "Nothing is neither parameter nor resource"),
        ("!Ref AWS::AccountId", "the account is not given"),
        ("!Sub 'x-${P}'", "parameter P has no value"),
        ("!If [C, a, b]", "condition C is undecided"),
        ("!If [Loop, a, b]", "condition Loop is undecided"),
        ("!ImportValue other", "imported from another stack"),
        ("!GetAZs ''", "Fn::GetAZs is known when the stack is made"),
        (
            "!GetAtt B.DomainName",
            "B.DomainName is known when the stack is made",
        ),
        ("!FindInMap [M, a, b]", "mapping M has no a.b"),
        (
            "!Select [7, [a]]",
            "Fn::Select goes beyond the end of its list",
        ),
        (
            "!Transform {Name: AWS::Include}",
            "Fn::Transform is known when the stack is made",
        ),
    ] {
        let value = evaluated(sections, expression, &Options::default());
        assert_eq!(unknown_reason(&value), Some(reason), "{expression}");
    }
    assert_eq!(
        evaluated(sections, "!If [C, a, a]", &Options::default()),
        "a"
    );
}

#[test]
fn policies_name_the_account_of_the_estate() {
    let planned = read(TEMPLATE);
    let policy = body(&planned, "kms:GetKeyPolicy", "planned:Key")["Policy"].clone();
    assert!(
        policy
            .as_str()
            .expect("text")
            .contains("arn:aws:iam::000000000000:root")
    );
    let bucket = body(&planned, "s3:GetBucketPolicy", "planned:Artefacts");
    let policy = bucket["Policy"].as_str().expect("text");
    assert!(policy.contains("\"arn:aws:s3:::planned:Artefacts/*\""));
    let status = planned
        .answers
        .iter()
        .filter(|one| one.operation == "s3:GetBucketPolicyStatus");
    assert_eq!(status.count(), 1, "of the bucket without a policy");
}

#[test]
fn json_and_short_forms_are_the_same() {
    let yaml = "Resources:\n  R:\n    Type: AWS::SageMaker::Model\n    Properties:\n      ModelName: m\n      \
                ExecutionRoleArn: !GetAtt X.Arn\n  X:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: x}\n";
    let json = json!({"Resources": {
        "R": {"Type": "AWS::SageMaker::Model", "Properties": {"ModelName": "m",
            "ExecutionRoleArn": {"Fn::GetAtt": ["X", "Arn"]}}},
        "X": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}},
    }});
    let json = serde_json::to_string_pretty(&json).expect("JSON");
    let (yaml, json) = (read(yaml), read(&json));
    let answers = |estate: &PlannedEstate| {
        let bodies = estate.answers.iter().map(|one| one.body.clone());
        bodies.collect::<Vec<_>>()
    };
    assert_eq!(answers(&yaml), answers(&json));
    let lines = |estate: &PlannedEstate| {
        let lines = estate.resources.iter().map(|one| one.line);
        lines.collect::<Vec<_>>()
    };
    assert_eq!(lines(&yaml), [Some(2), Some(7)]);
    assert_eq!(lines(&json), [Some(3), Some(15)]);
}

#[test]
fn one_bad_resource_does_not_lose_the_others() {
    let planned = read(
        "Resources:\n  A: text\n  B: {Type: 7}\n  C: {Properties: {}}\n  D: {Type: AWS::KMS::Key, Properties: []}\n  \
         E: {Type: AWS::KMS::Key, Condition: Missing}\n  F: {Type: AWS::Serverless::Function}\n  \
         Fn::ForEach::Loop: []\n  G: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: [1]}}\n",
    );
    let problems: Vec<_> = planned
        .problems
        .iter()
        .map(|problem| {
            (
                problem.address.as_deref().unwrap_or(""),
                problem.line.unwrap_or(0),
            )
        })
        .collect();
    let expected = [
        ("A", 2),
        ("B", 3),
        ("C", 4),
        ("D", 5),
        ("E", 6),
        ("Fn::ForEach::Loop", 8),
        ("G", 9),
    ];
    assert_eq!(problems, expected);
    assert_eq!(planned.not_covered["AWS::Serverless::Function"], 1);
    let kept: Vec<_> = planned
        .resources
        .iter()
        .map(|one| one.address.as_str())
        .collect();
    assert_eq!(kept, ["E", "G"]);
    let rotation = body(&planned, "kms:GetKeyRotationStatus", "planned:G");
    assert!(unknown_reason(&rotation["KeyRotationEnabled"]).is_some());
}

#[test]
fn hostile_templates_are_bounded() {
    let error = |text: &str| {
        let read = cloudformation::read("t", text.as_bytes(), &Options::default());
        read.expect_err("is refused").to_string()
    };
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        bomb += &format!(
            "a{level}: &a{level} [{}]\n",
            [alias.as_str(); 10].join(", ")
        );
    }
    assert!(
        error(&bomb).contains("more than 200000 values"),
        "{}",
        error(&bomb)
    );
    let nested = error(&"[".repeat(100_000));
    assert!(
        nested.starts_with("t:1: ") && nested.len() < 200,
        "{nested}"
    );
    assert!(error(&"- ".repeat(5_000)).contains("nested deeper than 100 levels"));
    assert!(error(&format!("Resources: {}", "{a: ".repeat(5_000))).contains("nested deeper"));
    assert!(error("{\"Resources\": {\"A\": ").starts_with("t:1: no template: EOF"));
    assert!(error("Resources:\n  A: {}\n  A: {}\n").starts_with("t:3: key 'A' is repeated"));
    assert!(error("a: *none").starts_with("t:1: "));
    assert!(error("text").contains("no mapping"));
    assert!(error("").contains("empty"));
    assert!(error("Other: {}").contains("no Resources"));
    // Conditions that each use the next one twice.
    let mut doubling = "Conditions:\n".to_owned();
    for level in 0..60 {
        let next = level + 1;
        doubling += &format!("  C{level}: !And [!Condition C{next}, !Condition C{next}]\n");
    }
    doubling += "  C60: !Equals [a, a]\nResources:\n  K: {Type: AWS::KMS::Key, Condition: C0}\n";
    assert_eq!(read(&doubling).resources[0].notes, Vec::<String>::new());
    // Properties that each take the next one.
    let mut chain = "Resources:\n".to_owned();
    for level in 0..60 {
        let next = level + 1;
        chain += &format!(
            "  R{level}: {{Type: AWS::KMS::Key, Properties: {{Description: !Sub '${{R{next}.Description}}${{R{next}.Description}}'}}}}\n"
        );
    }
    chain += "  R60: {Type: AWS::KMS::Key, Properties: {Description: d}}\n";
    assert_eq!(read(&chain).resources.len(), 61);
}
