use serde_json::{Value as Json, json};

use super::*;

fn arn(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

fn role(name: &str, service: &str, statements: &str) -> Json {
    json!({"Arn": arn(name), "RoleName": name, "Path": "/", "RoleId": format!("AROA{name}"),
        "AssumeRolePolicyDocument": format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}}}"#),
        "RolePolicyList": [{"PolicyName": "p",
            "PolicyDocument": format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)}]})
}

const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const TRAIN: &str = r#"{"Effect":"Allow","Action":"sagemaker:CreateTrainingJob","Resource":"*"}"#;
const READ: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;

fn pass(role: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"{}","Condition":{condition}}}"#,
        arn(role)
    )
}

fn paths(roles: Vec<Json>, workplaces: &Workplaces, start: &str) -> Vec<String> {
    let identities = Identities::new(&json!({"RoleDetailList": roles}), None).expect("roles");
    let found = Graph::default().escalations(&identities, workplaces, &arn(start));
    found.expect("decided")
}

#[test]
fn passing_needs_role_action_and_trust() {
    let strong = || role("strong", SAGEMAKER, ALL);
    let start = |statements: String| role("start", "lambda.amazonaws.com", &statements);
    let to_sagemaker = r#"{"StringEquals":{"iam:PassedToService":"sagemaker.amazonaws.com"}}"#;
    let to_lambda = r#"{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#;
    let cases = [
        (format!("{TRAIN},{}", pass("strong", "{}")), true),
        (format!("{TRAIN},{}", pass("strong", to_sagemaker)), true),
        (format!("{TRAIN},{}", pass("strong", to_lambda)), false),
        (format!("{TRAIN},{}", pass("weak", "{}")), false),
        (pass("strong", "{}"), false),
        (TRAIN.to_owned(), false),
        (
            format!(
                "{TRAIN},{},{{\"Effect\":\"Deny\",\"Action\":\"sagemaker:*\",\"Resource\":\"*\"}}",
                pass("strong", "{}")
            ),
            false,
        ),
    ];
    for (statements, expected) in cases {
        let roles = vec![
            start(statements.clone()),
            strong(),
            role("weak", SAGEMAKER, TRAIN),
        ];
        let found = paths(roles, &Workplaces::new(), "start");
        assert_eq!(!found.is_empty(), expected, "{statements}: {found:?}");
    }
    // A role that SageMaker cannot assume runs nothing there.
    let statements = format!("{TRAIN},{}", pass("strong", "{}"));
    let roles = vec![start(statements), role("strong", "ec2.amazonaws.com", ALL)];
    assert!(paths(roles, &Workplaces::new(), "start").is_empty());
}

#[test]
fn a_path_is_told_step_by_step() {
    let roles = vec![
        role(
            "start",
            "lambda.amazonaws.com",
            &format!("{TRAIN},{}", pass("middle", "{}")),
        ),
        role(
            "middle",
            SAGEMAKER,
            &format!("{TRAIN},{}", pass("end", "{}")),
        ),
        role("end", SAGEMAKER, READ),
    ];
    let found = paths(roles, &Workplaces::new(), "start");
    assert_eq!(
        found,
        [format!(
            "by iam:PassRole and sagemaker:CreateTrainingJob to {}, then by iam:PassRole and sagemaker:CreateTrainingJob to {}: it may read every bucket",
            arn("middle"),
            arn("end")
        )]
    );
}

#[test]
fn what_one_may_already_is_no_gain() {
    let start = format!("{READ},{TRAIN},{}", pass("other", "{}"));
    let roles = vec![
        role("start", "lambda.amazonaws.com", &start),
        role("other", SAGEMAKER, READ),
    ];
    assert!(paths(roles, &Workplaces::new(), "start").is_empty());
    let roles = vec![
        role("start", "lambda.amazonaws.com", ALL),
        role("other", SAGEMAKER, ALL),
    ];
    assert!(paths(roles, &Workplaces::new(), "start").is_empty());
}

#[test]
fn workplaces_of_stronger_roles() {
    let notebook = "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/nb";
    let script = "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance-lifecycle-config/lc";
    let profile = "arn:aws:sagemaker:eu-west-1:111122223333:user-profile/d-1/alice";
    let pipeline = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p";
    let workplaces = Workplaces::from([(
        arn("strong"),
        vec![
            Workplace::Notebook {
                arn: notebook.to_owned(),
                script: Some(script.to_owned()),
            },
            Workplace::Profile {
                arn: profile.to_owned(),
            },
            Workplace::Pipeline {
                arn: pipeline.to_owned(),
            },
        ],
    )]);
    let allow = |actions: &str, resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":[{actions}],"Resource":"{resource}"}}"#)
    };
    let cases = [
        (
            allow(
                r#""sagemaker:CreatePresignedNotebookInstanceUrl""#,
                notebook,
            ),
            true,
        ),
        (
            allow(
                r#""sagemaker:CreatePresignedNotebookInstanceUrl""#,
                "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/own",
            ),
            false,
        ),
        (
            allow(
                r#""sagemaker:UpdateNotebookInstanceLifecycleConfig","sagemaker:StartNotebookInstance""#,
                "*",
            ),
            true,
        ),
        (
            allow(r#""sagemaker:UpdateNotebookInstanceLifecycleConfig""#, "*"),
            false,
        ),
        (
            allow(
                r#""sagemaker:UpdateNotebookInstance","sagemaker:StartNotebookInstance""#,
                "*",
            ),
            false,
        ),
        (
            allow(
                r#""sagemaker:UpdateNotebookInstance","sagemaker:StartNotebookInstance","sagemaker:CreateNotebookInstanceLifecycleConfig""#,
                "*",
            ),
            true,
        ),
        (
            allow(r#""sagemaker:CreatePresignedDomainUrl""#, profile),
            true,
        ),
        (
            allow(
                r#""sagemaker:UpdatePipeline","sagemaker:StartPipelineExecution""#,
                pipeline,
            ),
            true,
        ),
        (
            allow(r#""sagemaker:StartPipelineExecution""#, pipeline),
            false,
        ),
    ];
    for (statements, expected) in cases {
        let roles = vec![
            role("start", "lambda.amazonaws.com", &statements),
            role("strong", SAGEMAKER, ALL),
        ];
        let found = paths(roles, &workplaces, "start");
        assert_eq!(!found.is_empty(), expected, "{statements}: {found:?}");
    }
}

#[test]
fn circles_end() {
    let roles = vec![
        role(
            "start",
            SAGEMAKER,
            &format!("{TRAIN},{}", pass("other", "{}")),
        ),
        role(
            "other",
            SAGEMAKER,
            &format!("{TRAIN},{}", pass("start", "{}")),
        ),
    ];
    assert!(paths(roles, &Workplaces::new(), "start").is_empty());
}
