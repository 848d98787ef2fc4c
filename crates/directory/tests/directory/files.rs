//! `rempart.yaml`: what is read, what is reported, and what hostile files do.

use std::path::Path;

use proptest::prelude::*;
use rempart_directory::{Directory, Problem};
use rempart_policy::lint::Severity;

use super::{sealer, text};

fn problems(text: &str) -> Vec<Problem> {
    match Directory::read_text(Path::new("rempart.yaml"), text, &sealer()) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems,
    }
}

fn minimal(more: &str) -> String {
    format!("region: eu-west-1\naccounts:\n  - id: \"111122223333\"\n{more}")
}

#[test]
fn the_directory_of_the_tests_reads() {
    let read = Directory::read_text(Path::new("rempart.yaml"), &text(), &sealer()).unwrap();
    assert_eq!(read.directory.identities(), 15);
    // A condition key of this program's own is no mistake.
    let own = |problem: &&Problem| problem.message.contains("rempart:");
    assert_eq!(read.warnings.iter().find(own), None);
    assert_eq!(read.directory.accounts().count(), 3);
}

#[test]
fn every_problem_is_reported_with_its_place() {
    let file = minimal(
        "    users:\n      - name: a b\n      - name: ok\n        polices: []\n        accessKeys: [{id: short, secret: plain}]\n    roles:\n      - name: r\n",
    );
    let found: Vec<String> = problems(&file).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "rempart.yaml:5:9: `a b` is no name of a user: letters, digits and +=,.@_- up to 64",
            "rempart.yaml:7:9: user has no field `polices`"
                .replace("user has", "a user has")
                .as_str(),
            "rempart.yaml:8:22: `id` is 16 to 128 capital letters and digits, and does not begin with ASIA",
            "rempart.yaml:8:22: the secret of short: it is not a sealed secret: `rempart store credential` makes one",
            "rempart.yaml:10:9: a role has a `trust` policy",
        ]
    );
}

#[test]
fn what_would_be_passed_over_is_a_problem() {
    let user = |more: &str| minimal(&format!("    users:\n      - name: a\n{more}"));
    let trust = "trust: {Version: \"2012-10-17\", Statement: {Effect: Allow, Principal: {AWS: \"111122223333\"}, Action: \"sts:AssumeRole\"}}";
    let share = |resource: &str, principal: &str| {
        minimal(&format!(
            "shares:\n  - {{resources: [\"{resource}\"], principals: [\"{principal}\"]}}\n"
        ))
    };
    let group = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/a";
    let cases = [
        (
            "a field of the file",
            minimal("acounts: []\n"),
            "has no field `acounts`",
        ),
        (
            "a policy that is not there",
            user("        policies: [Nothing]\n"),
            "`policies` has no `Nothing`",
        ),
        (
            "a group that is not there",
            user("        groups: [g]\n"),
            "no group `g`",
        ),
        (
            "two names that differ by case",
            minimal("    users: [{name: a}, {name: A}]\n"),
            "there twice",
        ),
        (
            "two tags that differ by case",
            user("        tags: {Team: a, team: b}\n"),
            "there twice",
        ),
        (
            "a status",
            user("        accessKeys: [{id: AKIA1234567890123456, secret: x, status: Off}]\n"),
            "`status` is",
        ),
        (
            "a policy with an unknown element",
            user(
                "        policies: [{document: {Statement: {Efect: Allow, Action: \"*\", Resource: \"*\"}}}]\n",
            ),
            "Efect",
        ),
        (
            "a duplicate key",
            user("        tags: {a: b, a: c}\n"),
            "repeated",
        ),
        (
            "a share of every account",
            share(
                "arn:aws:sagemaker:eu-west-1:*:feature-group/a",
                "444455556666",
            ),
            "no ARN of feature groups of one account",
        ),
        (
            "a share with everybody",
            share(group, "*"),
            "is no account, user, role",
        ),
        (
            "a share with another organization",
            share(
                group,
                "arn:aws:organizations::999900001111:organization/o-other",
            ),
            "is no account, user, role",
        ),
        (
            "a unit above itself",
            minimal(
                "organization: {id: o-a, units: [{id: ou-a, parent: ou-b}, {id: ou-b, parent: ou-a}]}\n",
            ),
            "above itself",
        ),
        (
            "an account in two units",
            minimal(
                "organization: {id: o-a, units: [{id: ou-a, accounts: [\"111122223333\"]}, {id: ou-b, accounts: [\"111122223333\"]}]}\n",
            ),
            "in two units",
        ),
        (
            "a role with a role's id twice",
            minimal(&format!(
                "    roles:\n      - {{name: a, id: AROAAAAAAAAAAAAAAAAA, {trust}}}\n      - {{name: b, id: AROAAAAAAAAAAAAAAAAA, {trust}}}\n"
            )),
            "there twice",
        ),
        (
            "an issuer without keys",
            minimal("tokenIssuers: [{name: a, issuer: \"https://a\", audiences: [b]}]\n"),
            "`keys`",
        ),
        (
            "a short RSA key",
            minimal(
                "tokenIssuers: [{name: a, issuer: \"https://a\", audiences: [b], keys: [{kty: RSA, n: AQAB, e: AQAB}]}]\n",
            ),
            "2048",
        ),
        (
            "an endpoint without networks",
            minimal("endpoints: [{id: vpce-1}]\n"),
            "`networks`",
        ),
        (
            "a file that is not there",
            user("        policies: [\"file:missing.json\"]\n"),
            "missing.json",
        ),
        (
            "no account",
            "region: eu-west-1\naccounts: []\n".to_owned(),
            "names no account",
        ),
        (
            "no region",
            "accounts: [{id: \"111122223333\"}]\n".to_owned(),
            "`region` is missing",
        ),
    ];
    for (name, file, part) in cases {
        let found = problems(&file);
        assert!(
            found.iter().any(|problem| problem.message.contains(part)),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_policy_in_a_file_is_reported_in_that_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rempart.yaml");
    std::fs::write(
        folder.path().join("p.json"),
        "{\"Statement\":\n [{\"Effect\": \"Allow\"}]}",
    )
    .unwrap();
    let file = minimal("    users:\n      - name: a\n        policies: [\"file:p.json\"]\n");
    std::fs::write(&path, &file).unwrap();
    let error = Directory::read(&path, &sealer()).unwrap_err();
    assert!(
        error
            .problems
            .iter()
            .all(|problem| problem.path.ends_with("p.json") && problem.at.line == 2),
        "{error}"
    );
    std::fs::write(
        folder.path().join("p.json"),
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:GetRecord", "Resource": "*"}]}"#,
    )
    .unwrap();
    assert!(Directory::read(&path, &sealer()).is_ok());
}

#[test]
fn a2_the_former_names_of_condition_keys_are_reported() {
    let file = minimal(
        r#"    users:
      - name: a
        policies:
          - name: Old
            document:
              Version: "2012-10-17"
              Statement:
                - Effect: Allow
                  Action: "sagemaker:CreateFeatureGroup"
                  Resource: "*"
                  Condition: {ArnEquals: {"sagemaker:FeatureGroupOnlineStoreKmsKey": "arn:aws:kms:eu-west-1:111122223333:key/a"}}
                - Effect: Allow
                  Action: "sagemaker:CreateFeatureGroup"
                  Resource: "*"
                  Condition: {ArnEquals: {"sagemaker:FeatureGroupOfflineStoreKmsKey": "arn:aws:kms:eu-west-1:111122223333:key/a"}}
"#,
    );
    let read = Directory::read_text(Path::new("rempart.yaml"), &file, &sealer()).unwrap();
    let renamed: Vec<_> = read
        .warnings
        .iter()
        .filter(|warning| warning.message.contains("renamed-key"))
        .collect();
    assert_eq!(renamed.len(), 2, "{:?}", read.warnings);
    assert!(
        renamed
            .iter()
            .all(|warning| warning.severity == Severity::Error)
    );
    assert_eq!(renamed[0].at.line, 14);
}

#[test]
fn hostile_files_are_refused_soon() {
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let below = format!("*a{}", level - 1);
            let items = vec![below; 9].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        text
    };
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_block: String = (0..2_000)
        .map(|level| format!("{}a:\n", " ".repeat(level % 300)))
        .collect();
    let cases = [
        bomb,
        deep,
        deep_block,
        "a: *a".to_owned(),
        "&a [*a]".to_owned(),
        "x".repeat(3 << 20),
        format!(
            "region: eu-west-1\naccounts: [{}]",
            "{id: \"111122223333\"},".repeat(30_000)
        ),
        "\u{0}".to_owned(),
        "%YAML 9.9\n---\na: b".to_owned(),
        "? [a, b]\n: c".to_owned(),
        "<<: {region: a}".to_owned(),
        "!!python/object:os.system [rm]".to_owned(),
        String::new(),
    ];
    for text in cases {
        let start = std::time::Instant::now();
        let found = problems(&text);
        assert!(!found.is_empty(), "{:.60}", text);
        assert!(
            found.iter().all(|problem| problem.at.line > 0),
            "{:.60}",
            text
        );
        assert!(start.elapsed().as_secs() < 20, "{:.60}", text);
    }
}

#[test]
fn a_directory_of_two_thousand_roles_reads() {
    let trust = "{Version: \"2012-10-17\", Statement: {Effect: Allow, Principal: {AWS: \"111122223333\"}, Action: \"sts:AssumeRole\"}}";
    let mut file = minimal("    roles:\n");
    for number in 0..2_000 {
        file.push_str(&format!("      - {{name: r{number}, trust: {trust}}}\n"));
    }
    let read = Directory::read_text(Path::new("rempart.yaml"), &file, &sealer()).unwrap();
    assert_eq!(read.directory.identities(), 2_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is cut out of a good file: an answer, and the same one twice.
    #[test]
    fn any_part_of_a_file_has_an_answer(from in 0.0..1.0_f64, length in 0.0..0.2_f64) {
        let whole = include_str!("../data/rempart.yaml");
        let lines: Vec<&str> = whole.lines().collect();
        let start = (from * lines.len() as f64) as usize;
        let end = (start + (length * lines.len() as f64) as usize).min(lines.len());
        let mut kept = lines[..start].to_vec();
        kept.extend(&lines[end..]);
        let text = kept.join("\n");
        prop_assert_eq!(problems(&text), problems(&text));
    }
}
