//! `rempart rules`.

use serde_json::Value;

use super::support::run;

#[test]
fn the_list_shows_the_rules_of_a_folder() {
    let list = run(&["rules", "list", "--no-builtin-rules", "--rules", "sigma"]);
    assert_eq!(list.code, 0);
    insta::assert_snapshot!(list.out, @r"
    exfiltration         medium        AWS Several Denied Calls
    log-tampering        high          AWS Trail Stopped
    ");
}

#[test]
fn the_list_as_lines_has_what_a_reader_of_rules_needs() {
    let list = run(&["rules", "list", "--format", "jsonl"]);
    let lines = list.lines();
    assert!(lines.len() >= 200);
    for rule in &lines {
        for field in [
            "id",
            "title",
            "author",
            "license",
            "reference",
            "level",
            "category",
            "techniques",
        ] {
            assert!(!rule[field].is_null(), "{field} of {rule}");
        }
    }
    let foreign = run(&[
        "rules",
        "list",
        "--no-builtin-rules",
        "--rules",
        "sigma",
        "--format",
        "jsonl",
    ]);
    assert!(
        foreign
            .lines()
            .iter()
            .all(|rule| rule["license"] == "DRL-1.1")
    );
}

#[test]
fn the_summary_adds_up() {
    let summary = run(&["rules", "list", "--summary"]).out;
    let numbers: Vec<u64> = summary
        .lines()
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    let (all, categories) = numbers.split_last().unwrap();
    assert_eq!(categories.len(), 9);
    assert_eq!(categories.iter().sum::<u64>(), *all);
    assert!(categories.iter().all(|count| *count > 0), "{summary}");
    let lines = run(&["rules", "list", "--format", "jsonl"]).lines().len();
    assert_eq!(lines as u64, *all);
}

#[test]
fn navigator_layers_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("layers");
    let run = run(&[
        "rules",
        "list",
        "--format",
        "navigator",
        "--output",
        target.to_str().unwrap(),
    ]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    for (file, domain, sign) in [
        ("attack.json", "enterprise-attack", "T"),
        ("atlas.json", "atlas-atlas", "AML.T"),
    ] {
        let layer: Value =
            serde_json::from_str(&std::fs::read_to_string(target.join(file)).unwrap()).unwrap();
        assert_eq!(layer["domain"], domain);
        let techniques = layer["techniques"].as_array().unwrap();
        assert!(!techniques.is_empty());
        for technique in techniques {
            assert!(technique["techniqueID"].as_str().unwrap().starts_with(sign));
            // Techniques that only hold sub-techniques are there to be unfolded.
            let has_score = technique["score"].as_u64().is_some_and(|score| score > 0);
            assert!(
                has_score || technique["showSubtechniques"] == true,
                "{technique}"
            );
        }
    }
}

#[test]
fn layers_without_a_folder_are_refused() {
    let run = run(&["rules", "list", "--format", "navigator"]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run.err, @"error: the navigator format writes two files: give --output DIR");
}

#[test]
fn the_linter_finds_what_cannot_match() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typo.yml");
    std::fs::write(
        &path,
        "title: Typo\nid: 2c6a8e3a-7f0b-4f60-9a53-0d1f0f9e7aff\nauthor: Jane Doe\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection:\n    eventSource: sagemaker.amazonaws.com\n    eventName: CreateNotebokInstance\n  condition: selection\nlevel: low\n",
    )
    .unwrap();
    let path = path.to_str().unwrap();
    let text = run(&["rules", "lint", path]);
    assert_eq!(text.code, 1);
    assert!(text.out.contains(&format!("{path}:8:")), "{}", text.out);
    assert!(text.out.contains("CreateNotebookInstance"), "{}", text.out);
    let lines = run(&["rules", "lint", path, "--format", "jsonl"]);
    assert_eq!(lines.code, 1);
    assert!(
        lines
            .lines()
            .iter()
            .any(|lint| lint["line"] == 8 && lint["file"] == path)
    );
    let own = run(&["rules", "lint"]);
    assert_eq!(own.code, 0, "{}", own.out);
}

#[test]
fn tests_beside_rules_are_run() {
    let folder = tempfile::tempdir().unwrap();
    let rule = super::support::fixtures().join("sigma/rules/cloud/aws/aws_trail_stopped.yml");
    std::fs::copy(rule, folder.path().join("stopped.yml")).unwrap();
    let path = folder.path().to_str().unwrap();
    let without = run(&["rules", "test", path]);
    assert_eq!(without.code, 0);
    assert!(
        without
            .err
            .contains("1 rule files have no tests beside them")
    );

    let cases = |event: &str| {
        let text = format!(
            "positive:\n  - name: stopped\n    events:\n      - {{ eventSource: cloudtrail.amazonaws.com, eventName: {event} }}\n  - name: deleted\n    events:\n      - {{ eventSource: cloudtrail.amazonaws.com, eventName: DeleteTrail }}\nnegative:\n  - name: read\n    events:\n      - {{ eventSource: cloudtrail.amazonaws.com, eventName: GetTrailStatus }}\n  - name: started\n    events:\n      - {{ eventSource: cloudtrail.amazonaws.com, eventName: StartLogging }}\n"
        );
        std::fs::write(folder.path().join("stopped.test.yml"), text).unwrap();
        run(&["rules", "test", path])
    };
    let good = cases("StopLogging");
    assert_eq!(
        (good.code, good.out.as_str()),
        (0, "1 rule files, 4 passed, 0 failed\n")
    );
    let bad = cases("StartLogging");
    assert_eq!(bad.code, 1);
    assert!(
        bad.out.contains("FAIL") && bad.out.contains("stopped"),
        "{}",
        bad.out
    );
}
