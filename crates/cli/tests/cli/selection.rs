//! Options that choose records, rules and findings.

use serde_json::json;

use super::support::{hunt, log_of, record, run};

#[test]
fn bounds_of_time_include_the_start_and_not_the_end() {
    let of = |arguments: &[&str]| hunt(&[&["small.json"], arguments].concat()).titles();
    let all = of(&[]);
    assert_eq!(all.len(), 3);
    assert_eq!(of(&["--from", "2026-03-03"]).len(), 1);
    assert_eq!(of(&["--to", "2026-03-03"]).len(), 2);
    assert_eq!(
        of(&[
            "--from",
            "2026-03-02T10:05:00Z",
            "--to",
            "2026-03-02T10:05:01Z"
        ]),
        ["AWS Trail Stopped"]
    );
    assert_eq!(of(&["--to", "2026-03-02T10:05:00Z"]), Vec::<String>::new());
    assert_eq!(
        of(&[
            "--from",
            "2026-03-02T12:05:00+02:00",
            "--to",
            "2026-03-02T10:59:00Z"
        ])
        .len(),
        1
    );
}

#[test]
fn accounts_regions_and_principals_choose_records() {
    let of = |arguments: &[&str]| hunt(&[&["small.json"], arguments].concat()).titles();
    assert_eq!(of(&["--account", "444455556666"]), ["AWS Trail Stopped"]);
    assert_eq!(
        of(&["--account", "444455556666", "--account", "111122223333"]).len(),
        3
    );
    assert_eq!(of(&["--region", "us-east-1"]).len(), 1);
    assert_eq!(of(&["--region", "us-east"]).len(), 0);
    assert_eq!(of(&["--principal", "BOB"]), ["AWS Several Denied Calls"]);
    assert_eq!(
        of(&["--principal", "akiaexamplealice"]),
        ["AWS Trail Stopped"]
    );
    assert_eq!(
        of(&["--principal", "bob", "--region", "us-east-1"]).len(),
        0
    );
}

#[test]
fn lesser_findings_are_left_out_and_counted() {
    let run = hunt(&["small.json", "--min-severity", "high"]);
    assert_eq!(
        (run.code, run.titles()),
        (1, vec!["AWS Trail Stopped".to_owned()])
    );
    assert!(
        run.err
            .contains("2 findings below --min-severity are not shown"),
        "{}",
        run.err
    );
    let run = hunt(&["small.json", "--min-severity", "critical"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
}

#[test]
fn an_account_of_ones_own_is_not_foreign() {
    let change = record(json!({
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "UpdateNotebookInstance",
        "requestParameters": {
            "notebookInstanceName": "x",
            "roleArn": "arn:aws:iam::999988887777:role/Ml",
        },
    }));
    let (_folder, path) = log_of(&[change]);
    let has = |arguments: &[&str]| {
        let all = [&["hunt", &path, "--format", "jsonl"], arguments].concat();
        run(&all)
            .titles()
            .contains(&"Powerful execution role set".to_owned())
    };
    assert!(has(&[]));
    assert!(!has(&["--own-account", "999988887777"]));
    assert!(!has(&["--trusted-account", "999988887777"]));
    assert!(has(&["--own-account", "999988887770"]));
}

#[test]
fn own_rules_are_used_beside_or_instead_of_the_pack() {
    let only_pack = run(&["hunt", "small.json", "--format", "jsonl"]).titles();
    assert!(!only_pack.contains(&"AWS Trail Stopped".to_owned()));
    assert!(!only_pack.is_empty());
    let both = run(&[
        "hunt",
        "small.json",
        "--format",
        "jsonl",
        "--rules",
        "sigma",
    ])
    .titles();
    assert_eq!(both.len(), only_pack.len() + 3);
    assert_eq!(hunt(&["small.json"]).titles().len(), 3);
}

#[test]
fn the_licence_of_a_collection_is_found_from_a_folder_inside_it() {
    for rules in [
        "sigma",
        "sigma/rules/cloud/aws",
        "sigma/rules/cloud/aws/aws_trail_stopped.yml",
    ] {
        let run = run(&[
            "hunt",
            "--no-builtin-rules",
            "--rules",
            rules,
            "small.json",
            "--format",
            "jsonl",
        ]);
        let stopped = run
            .lines()
            .into_iter()
            .find(|line| line["rule_title"] == "AWS Trail Stopped")
            .unwrap();
        assert_eq!(stopped["rule_license"], "DRL-1.1", "{rules}");
        assert_eq!(
            stopped["rule_author"],
            "Jane Doe, John Roe (Example Security)"
        );
    }
}

#[test]
fn a_broken_rule_is_named_with_its_line_and_the_others_work() {
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read(
        super::support::fixtures().join("sigma/rules/cloud/aws/aws_trail_stopped.yml"),
    )
    .unwrap();
    std::fs::write(folder.path().join("good.yml"), good).unwrap();
    std::fs::write(
        folder.path().join("broken.yml"),
        "title: Broken\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection:\n    eventName: [A\n  condition: selection\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("odd.yml"),
        "title: Odd\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection:\n    eventName|sounds_like: A\n  condition: selection\nlevel: low\n",
    )
    .unwrap();
    let rules = folder.path().to_str().unwrap();
    let run = run(&[
        "hunt",
        "--no-builtin-rules",
        "--rules",
        rules,
        "small.json",
        "--format",
        "jsonl",
    ]);
    assert_eq!(run.code, 1);
    assert_eq!(run.titles(), ["AWS Trail Stopped", "AWS Trail Stopped"]);
    let line_of = |name: &str| {
        let start = format!("{rules}/{name}:");
        let line = run.err.lines().find(|line| line.contains(&start));
        let line = line.unwrap_or_else(|| unreachable_line(&run.err));
        let rest = line.split_once(&start).unwrap().1;
        rest.split(':').next().unwrap().parse::<u32>().unwrap()
    };
    assert!((5..=6).contains(&line_of("broken.yml")), "{}", run.err);
    assert_eq!(line_of("odd.yml"), 5, "{}", run.err);
}

#[expect(clippy::panic, reason = "fails the test with what was printed")]
fn unreachable_line(err: &str) -> &str {
    panic!("no such line in: {err}")
}

#[test]
fn rules_of_which_none_can_be_used_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.yml"), "title: [").unwrap();
    let rules = folder.path().to_str().unwrap();
    let run = run(&["hunt", "--no-builtin-rules", "--rules", rules, "small.json"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("none of the rules can be used"),
        "{}",
        run.err
    );
}
