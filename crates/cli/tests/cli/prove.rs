//! `rempart guard prove`, `compare` and `generate`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::{Run, fixtures, run};

fn guardrails(folder: &str) -> String {
    let path = fixtures().join("../../../../guardrails").join(folder);
    path.to_str().unwrap().to_owned()
}

fn prove(more: &[&str]) -> Run {
    let mut arguments = vec!["guard", "prove"];
    arguments.extend(more);
    run(&arguments)
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn scp(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Sid":"S","Effect":"Deny","Action":"sagemaker:CreateNotebookInstance","Resource":"*","Condition":{condition}}}}}"#
    )
}

#[test]
fn the_library_is_proved() {
    let run = prove(&["--format", "json"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let properties = report["properties"].as_array().unwrap();
    assert!(properties.len() >= 40);
    assert_eq!(report["summary"]["proved"], properties.len());
    assert_eq!(report["presence"], "unknown");
    // Proofs say what they rest on.
    let volume = properties
        .iter()
        .find(|line| line["id"] == "volume-key")
        .unwrap();
    assert!(volume["cells"].as_u64().unwrap() > 0);
    let assumptions = volume["assumptions"].as_array().unwrap();
    assert!(
        assumptions
            .iter()
            .any(|text| text.as_str().unwrap().contains("VolumeKmsKeyArn"))
    );
}

#[test]
fn what_breaks_the_playbook_is_allowed_when_it_is_decided_again() {
    let playbook = guardrails("playbook");
    let run = prove(&["--policies", &playbook, "--format", "json"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["refuted"], 12);
    let lines = report["properties"].as_array().unwrap().iter();
    let broken = lines.flat_map(|line| line["broken"].as_array().unwrap().clone());
    let scenarios: Vec<String> = broken.map(|line| line["scenario"].to_string()).collect();
    assert!(scenarios.len() > 80);
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "broken.jsonl", &scenarios.join("\n"));
    let decided = run_policy(&["decide", "--scenarios", &file]);
    assert_eq!(decided.code, 0, "{}", decided.err);
    assert!(
        decided
            .lines()
            .iter()
            .all(|answer| answer["decision"] == "Allowed")
    );
}

fn run_policy(arguments: &[&str]) -> Run {
    let mut all = vec!["policy"];
    all.extend(arguments);
    run(&all)
}

#[test]
fn reasons_and_calls_are_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let policy = scp(r#"{"StringEquals":{"sagemaker:DirectInternetAccess":"Enabled"}}"#);
    let policy = written(folder.path(), "internet.json", &policy);
    let run = prove(&["--policies", &policy, "--examples"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    insta::assert_snapshot!(run.out, @r#"
    REFUTED  notebook-no-internet             Notebooks have no direct way to the internet
                                              CreateNotebookInstance: omit `DirectInternetAccess`: it defaults to Enabled and the condition key is then absent; it would hold only if, for `sagemaker:DirectInternetAccess`: AWS fills the key with the default `Enabled` when the field is omitted
                                              $ aws sagemaker create-notebook-instance --cli-input-json '{"InstanceType":"ml.t2.medium","NotebookInstanceName":"example","RoleArn":"arn:aws:iam::111122223333:role/SageMakerExecution"}'

    65 properties: 0 proved, 1 refuted, 0 unknown, 64 not addressed by these policies
    Whether AWS fills a condition key when a request omits the field is not documented: proofs hold either way.
    "#);
    // The answer depends on what AWS does with the omitted field.
    let always = prove(&["--policies", &policy, "--presence", "always"]);
    assert_eq!(always.code, 0, "{}", always.out);
    let absent = prove(&["--policies", &policy, "--presence", "iff-present"]);
    assert_eq!(absent.code, 1);
    assert!(!absent.out.contains("only if"), "{}", absent.out);
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_is_proved() {
    let folder = tempfile::tempdir().unwrap();
    let good = scp(r#"{"StringNotEquals":{"sagemaker:DirectInternetAccess":"Disabled"}}"#);
    let good = written(folder.path(), "good.json", &good);
    let bad = written(
        folder.path(),
        "bad.json",
        "{\n  \"Statement\": {\"Effect\": \"Forbid\"}}",
    );
    let padding = "x".repeat(6_000);
    let long = scp(&format!(
        r#"{{"StringEquals":{{"aws:PrincipalArn":"{padding}"}}}}"#
    ));
    let long = written(folder.path(), "long.json", &long);
    let properties = written(
        folder.path(),
        "properties.yaml",
        "id: fine\ntitle: t\nintent: i\nactions: sagemaker:CreateNotebookInstance\n\
         forbid: {field: DirectInternetAccess, unlike: Disabled}\n\
         permit: [{name: one, request: notebook}]\n---\n\
         id: field\ntitle: t\nintent: i\nactions: sagemaker:CreateModel\n\
         forbid: {field: DirectInternetAccess, unlike: Disabled}\n---\n\
         id: action\ntitle: t\nintent: i\nactions: sagemaker:CreateNotebok\n\
         forbid: {field: X, omitted: true}\n---\n\
         id: [broken\n",
    );
    let run = prove(&[
        "--policies",
        &good,
        &bad,
        &long,
        "--properties",
        &properties,
    ]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("proved   fine"), "{}", run.out);
    for text in [
        "bad.json:2:",
        "long: AWS refuses it",
        "properties.yaml:12:17: sagemaker:CreateModel has no field DirectInternetAccess",
        "properties.yaml:17:10: the reference lists no action `sagemaker:CreateNotebok`",
        "properties.yaml:21:1:",
    ] {
        assert!(run.err.contains(text), "{text} is not in {}", run.err);
    }
}

#[test]
fn what_aws_does_not_define_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    // A negated operator on several values without a set operator.
    let policy = scp(
        r#"{"StringNotEquals":{"sagemaker:VpcSubnets":["subnet-0a1b2c3d4e5f60001","subnet-0a1b2c3d4e5f60002"]}}"#,
    );
    let policy = written(folder.path(), "subnets.json", &policy);
    let property = written(
        folder.path(),
        "p.yaml",
        "id: subnets\ntitle: t\nintent: i\nactions: sagemaker:CreateNotebookInstance\n\
         forbid: {field: SubnetId, unlike: \"@subnets\"}\n\
         permit: [{name: one, request: notebook}]\n",
    );
    let run = prove(&["--policies", &policy, "--properties", &property]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.out.contains("unknown  subnets"), "{}", run.out);
    assert!(run.out.contains("AWS does not define"), "{}", run.out);
}

#[test]
fn other_formats_are_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let policy = scp(r#"{"StringEquals":{"sagemaker:RootAccess":"Enabled"}}"#);
    let policy = written(folder.path(), "root<b>.json", &policy);
    let property = written(
        folder.path(),
        "p.yaml",
        "id: root\ntitle: no <script>alert(1)</script>\nintent: i\n\
         actions: sagemaker:CreateNotebookInstance\n\
         forbid: {field: RootAccess, unlike: Disabled}\n\
         permit: [{name: one, request: notebook}]\n",
    );
    let format = |format: &str| {
        let run = prove(&[
            "--policies",
            &policy,
            "--properties",
            &property,
            "--format",
            format,
        ]);
        assert_eq!((run.code, run.err.as_str()), (1, ""));
        run.out
    };
    let sarif: Value = serde_json::from_str(&format("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&"root".into(), &"error".into())
    );
    let html = format("html");
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    assert!(html.contains("root&lt;b&gt;"));
}

#[test]
fn questions_are_written_for_other_solvers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("questions");
    let run = prove(&[
        "--property",
        "notebook-no-root",
        "--smtlib",
        out.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 0);
    let file = out.join("notebook-no-root.sagemaker.CreateNotebookInstance.smt2");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("(set-info :status unsat)") && text.ends_with("(check-sat)\n"));
}

#[test]
fn certificates_say_what_a_proof_covers() {
    let run = prove(&[
        "--property",
        "notebook-no-root",
        "--certificates",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 0);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let certificate = &report["properties"][0]["certificates"][0];
    assert_eq!(certificate["action"], "sagemaker:CreateNotebookInstance");
    let components = certificate["components"].as_array().unwrap();
    let root = components
        .iter()
        .find(|part| part["name"] == "sagemaker:RootAccess");
    // The enumeration has two values, and the questions tell them apart.
    assert_eq!(root.unwrap()["cells"].as_array().unwrap().len(), 2);
}

#[test]
fn generated_guardrails_keep_to_quotas_and_are_proved() {
    let folder = tempfile::tempdir().unwrap();
    let generate = |parameters: &str, format: &str| -> (Run, PathBuf) {
        let file = written(folder.path(), "parameters.yaml", parameters);
        let out = folder.path().join(format!("out-{}", parameters.len()));
        let arguments = [
            "guard",
            "generate",
            "--parameters",
            &file,
            "--format",
            format,
            "--out",
            out.to_str().unwrap(),
        ];
        (run(&arguments), out)
    };
    let many: Vec<String> = (0..120)
        .map(|number| format!("subnet-0a1b2c3d4e5f6{number:04}"))
        .collect();
    let many = format!("subnets: [subnet-0a1b2c3d4e5f60001, {}]\n", many.join(", "));
    let (run_many, out) = generate(&many, "terraform");
    assert_eq!(run_many.code, 0, "{}", run_many.err);
    let mut count = 0;
    for entry in std::fs::read_dir(out.join("scp")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(text.chars().count() <= 5_120);
        count += 1;
    }
    assert_eq!(count, 6, "one was split");
    assert!(
        run_many.err.contains("AWS attaches at most 5"),
        "{}",
        run_many.err
    );
    let terraform = std::fs::read_to_string(out.join("guardrails.tf")).unwrap();
    assert!(terraform.contains("resource \"aws_organizations_policy\" \"scp_1_network_1\""));
    assert!(terraform.contains("file(\"${path.module}/scp/1-network-2.json\")"));
    // Other values go through the properties as well; a list without the exempt type does not.
    let own = "jobTypes: [ml.c7i.large, ml.g6.xlarge]\njobTypeWithLocalStorage: ml.g6.xlarge\n\
               keys: [\"arn:aws:kms:eu-north-1:444455556666:key/0-1\"]\naddresses: [203.0.113.0/25]\n";
    let (run_own, _) = generate(own, "json");
    assert_eq!(run_own.code, 0, "{}", run_own.err);
    let (run_none, _) = generate("jobTypes: [ml.c7i.large]\n", "json");
    assert_eq!(run_none.code, 2);
    let fault = "the request is both forbidden and permitted";
    assert!(run_none.err.contains(fault), "{}", run_none.err);
    let (run_unknown, _) = generate("subnet: [subnet-1]\n", "json");
    assert_eq!(run_unknown.code, 2);
    assert!(
        run_unknown
            .err
            .contains("parameters.yaml:1:1: there is no parameter `subnet`; `subnets` exists")
    );
    let (run_formation, out) = generate("maxRuntimeSeconds: \"7200\"\n", "cloudformation");
    assert_eq!(run_formation.code, 0, "{}", run_formation.err);
    let template = std::fs::read_to_string(out.join("guardrails.template.json")).unwrap();
    let template: Value = serde_json::from_str(&template).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    assert_eq!(resources.len(), 6);
    assert!(
        resources
            .values()
            .all(|resource| resource["Type"] == "AWS::Organizations::Policy")
    );
}

#[test]
fn a_change_of_guardrails_is_shown_by_a_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, condition: &str| written(folder.path(), name, &scp(condition));
    let strict = file(
        "strict.json",
        r#"{"StringNotEquals":{"sagemaker:RootAccess":"Disabled"}}"#,
    );
    let lax = file(
        "lax.json",
        r#"{"StringEquals":{"sagemaker:RootAccess":"Enabled"}}"#,
    );
    let compare = |old: &str, new: &str| run(&["guard", "compare", "--old", old, "--new", new]);
    let run = compare(&strict, &lax);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert!(
        run.out
            .contains("allowed   sagemaker:CreateNotebookInstance: "),
        "{}",
        run.out
    );
    assert!(run.out.contains("without RootAccess"), "{}", run.out);
    assert!(
        run.out
            .contains("unless `sagemaker:RootAccess`: AWS fills the key"),
        "{}",
        run.out
    );
    assert_eq!(compare(&lax, &strict).code, 0);
    let same = compare(&strict, &strict);
    assert_eq!(same.code, 0);
    assert!(
        same.out
            .contains("requests of 0 newly allowed, of 0 newly denied, 0 unknown")
    );
}

#[test]
fn every_caller_account_and_service_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let compare = |old: &str, new: &str| {
        let old = written(folder.path(), "old.json", old);
        let new = written(folder.path(), "new.json", new);
        run(&["guard", "compare", "--old", &old, "--new", &new])
    };
    // Somebody of another account, and a user, may do more than before.
    for arn in [
        "arn:aws:iam::444455556666:role/Other",
        "arn:aws:iam::111122223333:user/bob",
    ] {
        let old = scp(r#"{"StringLike":{"aws:PrincipalArn":"*"}}"#);
        let new = scp(&format!(
            r#"{{"ArnNotLike":{{"aws:PrincipalArn":"{arn}"}}}}"#
        ));
        let run = compare(&old, &new);
        assert_eq!(run.code, 1, "{arn}: {} {}", run.out, run.err);
    }
    // A list of what is allowed gives way to everything, in services that nobody names.
    let allow = |action: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
        )
    };
    let run = compare(&allow("sagemaker:*"), &allow("*"));
    assert_eq!(run.code, 1);
    assert!(run.out.contains("and "), "{}", run.out);
    assert!(run.out.contains("allowed   a4b:"), "{}", run.out);
}

#[test]
fn an_account_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let parameters = written(folder.path(), "p.yaml", "account: my-account\n");
    let run = prove(&["--parameters", &parameters]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("the parameter `account`"), "{}", run.err);
}
