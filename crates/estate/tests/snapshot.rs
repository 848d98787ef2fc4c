//! Snapshots: written, sealed, opened, damaged, resumed.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rempart_estate::{
    Answer, AnswerError, Estate, Gap, Outcome, Place, SnapshotWriter, WriteError, kinds, verify,
};
use serde_json::{Map, Value, json};

fn answer(operation: &str, parameters: Value, body: Value) -> Answer {
    Answer {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.as_object().cloned().expect("an object"),
        status: 200,
        body: body.to_string().into_bytes(),
        at: Some("2026-11-28T03:00:00Z".to_owned()),
        request_id: Some("r-1".to_owned()),
        ..Answer::default()
    }
}

fn models(count: u32) -> Vec<Answer> {
    let arn = |number: u32| format!("arn:aws:sagemaker:eu-west-1:111122223333:model/m{number}");
    let summaries: Vec<_> = (0..count)
        .map(|number| json!({"ModelName": format!("m{number}"), "ModelArn": arn(number)}))
        .collect();
    let mut answers = vec![answer(
        "sagemaker:ListModels",
        json!({}),
        json!({"Models": summaries}),
    )];
    answers.extend((0..count).rev().map(|number| {
        answer(
            "sagemaker:DescribeModel",
            json!({"ModelName": format!("m{number}")}),
            json!({"ModelName": format!("m{number}"), "ModelArn": arn(number), "EnableNetworkIsolation": number % 2 == 0}),
        )
    }));
    answers
}

fn write(directory: &Path, answers: &[Answer]) {
    let writer = SnapshotWriter::create(directory).expect("an empty directory");
    writer.extend(answers).expect("written");
    writer.seal(Map::new()).expect("sealed");
}

/// A sealed snapshot of five models; its directory, and the file of their descriptions.
fn sealed() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    write(directory.path(), &models(5));
    let file = directory
        .path()
        .join("111122223333/eu-west-1/sagemaker/DescribeModel.jsonl");
    (directory, file)
}

fn reasons(directory: &Path) -> Vec<String> {
    let problems = verify(directory).expect("a snapshot");
    problems
        .iter()
        .map(|problem| {
            let name = Path::new(&problem.file).file_name().expect("a name");
            format!(
                "{}:{} {}",
                name.to_string_lossy(),
                problem.line,
                problem.reason
            )
        })
        .collect()
}

#[test]
fn what_was_written_is_read_back_in_order() {
    let (directory, file) = sealed();
    assert_eq!(reasons(directory.path()), Vec::<String>::new());
    let estate = Estate::open(directory.path()).unwrap();
    assert_eq!(estate.problems(), []);
    let found: Vec<_> = estate.resources("AWS::SageMaker::Model").collect();
    assert_eq!(found.len(), 5);
    let place = Place::new("111122223333", "eu-west-1");
    assert_eq!(
        estate.resources_in("AWS::SageMaker::Model", &place),
        Ok(found.clone())
    );
    let own = estate.own(found[2]).unwrap();
    assert_eq!(own.body["EnableNetworkIsolation"], true);
    assert_eq!(own.evidence.source, file.display().to_string());
    assert_eq!(own.evidence.line, 3);
    assert_eq!(own.evidence.at.as_deref(), Some("2026-11-28T03:00:00Z"));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.lines().nth(2).unwrap().contains(&own.evidence.sha256));
    assert!(!directory.path().join("journal.json").exists());
}

#[test]
fn the_order_of_the_answers_changes_nothing_but_times() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut answers = models(20);
    write(first.path(), &answers);
    answers.reverse();
    for answer in &mut answers {
        answer.at = Some("2027-01-01T00:00:00Z".to_owned());
        answer.request_id = None;
    }
    write(second.path(), &answers);
    let manifest = |directory: &Path| fs::read_to_string(directory.join("manifest.json")).unwrap();
    assert_eq!(manifest(first.path()), manifest(second.path()));
    let value: Value = serde_json::from_str(&manifest(first.path())).unwrap();
    assert_eq!(value["format"], 1);
    assert_eq!(value["accounts"], json!(["111122223333"]));
    assert_eq!(
        value["operations"][0]["operation"],
        "sagemaker:DescribeModel"
    );
    assert_eq!(value["operations"][0]["outcomes"], json!({"ok": 20}));
}

/// Name, what is done to the file, the problem and its line.
type Damage = (&'static str, fn(&str) -> String, Option<&'static str>, u64);

#[test]
fn damage_shows_and_the_rest_goes_on() {
    let cases: [Damage; 6] = [
        (
            "a body is changed",
            |text| text.replacen("m3\",\"ModelArn", "mX\",\"ModelArn", 1),
            Some("the body is not the one that was collected: its SHA-256 differs"),
            4,
        ),
        (
            "a line is cut",
            |text| {
                text.strip_suffix("\"}\n")
                    .expect("the last line")
                    .to_owned()
            },
            Some("ends inside a line"),
            5,
        ),
        (
            "a line is no JSON",
            |text| text.replacen("{\"operation\"", "{\"operation\":", 1),
            Some("expected value at line 1 column 14"),
            1,
        ),
        (
            "a line is of another operation",
            |text| text.replacen("DescribeModel", "DescribeDomain", 1),
            Some("is an answer of \"sagemaker:DescribeDomain\""),
            1,
        ),
        (
            "a line is missing",
            |text| text.split_inclusive('\n').skip(1).collect(),
            None,
            0,
        ),
        (
            "a time is changed",
            |text| text.replacen("2026", "2027", 1),
            None,
            0,
        ),
    ];
    for (name, damage, wanted, line) in cases {
        let (directory, file) = sealed();
        let text = fs::read_to_string(&file).unwrap();
        let damaged = damage(&text);
        assert_ne!(damaged, text, "{name}");
        fs::write(&file, damaged).unwrap();
        let found = reasons(directory.path());
        let differs = "DescribeModel.jsonl:0 differs from the digest in run.json".to_owned();
        assert!(found.contains(&differs), "{name}: {found:?}");
        let in_manifest = found
            .iter()
            .any(|reason| reason.ends_with("differs from the manifest"));
        assert_eq!(
            in_manifest,
            name != "a time is changed",
            "{name}: {found:?}"
        );
        let estate = Estate::open(directory.path()).unwrap();
        if let Some(reason) = wanted {
            assert!(
                found.contains(&format!("DescribeModel.jsonl:{line} {reason}")),
                "{name}: {found:?}"
            );
            let mut problems = estate.problems().iter();
            assert!(
                problems.any(|problem| problem.line == line && problem.reason == reason),
                "{name}"
            );
        }
        let kind = "AWS::SageMaker::Model";
        let known = estate
            .resources(kind)
            .filter(|found| estate.body(found).is_ok())
            .count();
        let expected = if name == "a time is changed" { 5 } else { 4 };
        assert_eq!(known, expected, "{name}");
        assert_eq!(estate.resources(kind).count(), 5, "{name}");
    }
}

#[test]
fn missing_and_foreign_files_show() {
    let (directory, file) = sealed();
    fs::remove_file(&file).unwrap();
    fs::write(directory.path().join("notes.txt"), "x").unwrap();
    fs::write(file.with_file_name("Other.json"), "x").unwrap();
    fs::create_dir(file.with_file_name("Deep.jsonl")).unwrap();
    let found = reasons(directory.path());
    assert_eq!(
        found,
        [
            "Deep.jsonl:0 is no part of a snapshot",
            "DescribeModel.jsonl:0 is missing",
            "Other.json:0 is no part of a snapshot",
            "notes.txt:0 is no part of a snapshot",
        ]
    );
    let estate = Estate::open(directory.path()).unwrap();
    assert_eq!(estate.problems().len(), 4);
    let missing = estate.expected_but_missing("AWS::SageMaker::Model");
    assert_eq!(missing.len(), 5);
    assert!(matches!(missing[0].1, Gap::NotCollected { .. }));
}

#[test]
fn a_file_that_changes_after_opening_shows() {
    let (directory, file) = sealed();
    let estate = Estate::open(directory.path()).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("true", "fals")).unwrap();
    let model = estate.resources("AWS::SageMaker::Model").next().unwrap();
    assert!(matches!(estate.body(model), Err(Gap::Failed { .. })));
}

#[test]
fn only_an_empty_directory_becomes_a_snapshot() {
    let (directory, _) = sealed();
    assert!(matches!(
        SnapshotWriter::create(directory.path()),
        Err(WriteError::Sealed { .. })
    ));
    assert!(matches!(
        SnapshotWriter::resume(directory.path()),
        Err(WriteError::Sealed { .. })
    ));
    let other = tempfile::tempdir().unwrap();
    assert!(matches!(
        SnapshotWriter::resume(other.path()),
        Err(WriteError::NotBegun { .. })
    ));
    assert!(Estate::open(other.path()).is_err());
    fs::write(other.path().join("a"), "b").unwrap();
    assert!(matches!(
        SnapshotWriter::create(other.path()),
        Err(WriteError::NotEmpty { .. })
    ));
    assert!(Estate::open(Path::new("/nowhere")).is_err());
    let newer = tempfile::tempdir().unwrap();
    fs::write(
        newer.path().join("manifest.json"),
        r#"{"format": 2, "accounts": [], "regions": [], "operations": [], "sha256": ""}"#,
    )
    .unwrap();
    let error = Estate::open(newer.path()).unwrap_err().to_string();
    assert!(error.contains("format 2 is not known"), "{error}");
}

#[test]
fn names_do_not_lead_out_of_the_snapshot() {
    let directory = tempfile::tempdir().unwrap();
    let writer = SnapshotWriter::create(directory.path()).unwrap();
    for (region, operation) in [
        ("..", "a:B"),
        ("eu-west-1", "a:../B"),
        ("eu-west-1", "../a:B"),
        ("", "a:B"),
        ("eu-west-1", "a"),
    ] {
        let answer = Answer {
            region: region.to_owned(),
            ..answer(operation, json!({}), json!({}))
        };
        assert!(
            matches!(writer.append(&answer), Err(WriteError::Answer { .. })),
            "{operation}"
        );
    }
}

#[test]
fn a_run_goes_on_where_it_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let writer = SnapshotWriter::create(directory.path()).unwrap();
    let mut answers = models(3);
    answers[0].body = json!({"Models": [], "NextToken": "t"})
        .to_string()
        .into_bytes();
    answers[1].outcome = Outcome::Throttled;
    writer.extend(&answers).unwrap();
    drop(writer);
    let file = directory
        .path()
        .join("111122223333/eu-west-1/sagemaker/DescribeModel.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}{{\"operation\":")).unwrap();
    fs::write(file.with_extension("new"), "half").unwrap();

    // While it is not sealed it can be read.
    let estate = Estate::open(directory.path()).unwrap();
    assert!(
        estate
            .problems()
            .iter()
            .any(|problem| problem.reason.starts_with("is not sealed"))
    );

    let writer = SnapshotWriter::resume(directory.path()).unwrap();
    let place = Place::new("111122223333", "eu-west-1");
    let is_complete = |operation: &str, parameters: Value| {
        writer.is_complete(
            &place,
            operation,
            parameters.as_object().expect("an object"),
        )
    };
    assert!(!is_complete("sagemaker:ListModels", json!({})));
    assert!(!is_complete(
        "sagemaker:DescribeModel",
        json!({"ModelName": "m2"})
    ));
    assert!(is_complete(
        "sagemaker:DescribeModel",
        json!({"ModelName": "m1"})
    ));
    assert!(is_complete(
        "sagemaker:DescribeModel",
        json!({"ModelName": "m0"})
    ));
    assert_eq!(writer.complete_count(), 2);
    assert_eq!(writer.problems().len(), 1, "{:?}", writer.problems());
    let again = models(3);
    writer.append(&again[0]).unwrap();
    writer.append(&again[1]).unwrap();
    writer.seal(Map::new()).unwrap();

    let whole = tempfile::tempdir().unwrap();
    write(whole.path(), &again);
    let manifest = |directory: &Path| fs::read_to_string(directory.join("manifest.json")).unwrap();
    assert_eq!(manifest(directory.path()), manifest(whole.path()));
    assert_eq!(reasons(directory.path()), Vec::<String>::new());
}

#[test]
fn of_several_snapshots_the_newer_answer_is_kept() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut answers = models(2);
    write(old.path(), &answers);
    answers[2].at = Some("2026-12-01T00:00:00Z".to_owned());
    answers[2].body = json!({"ModelName": "m0", "PrimaryContainer": {}})
        .to_string()
        .into_bytes();
    let mut other = answers[2].clone();
    other.account = "999999999999".to_owned();
    write(new.path(), &[answers[2].clone(), other]);
    let estate = Estate::open_all(&[new.path(), old.path()]).unwrap();
    assert_eq!(estate.places().len(), 2);
    assert_eq!(estate.problems().len(), 1);
    let place = Place::new("111122223333", "eu-west-1");
    let model = estate.find("AWS::SageMaker::Model", "m0", &place).unwrap();
    assert!(
        estate
            .body(model)
            .unwrap()
            .get("PrimaryContainer")
            .is_some()
    );
    assert_eq!(estate.resources("AWS::SageMaker::Model").count(), 3);
}

/// Answers of a few kinds, with what may go wrong.
fn any_answers() -> impl Strategy<Value = Vec<Answer>> {
    let names = prop::sample::select(vec!["a", "b", "c"]);
    let outcomes = prop::sample::select(Outcome::ALL.to_vec());
    let regions = prop::sample::select(vec!["eu-west-1", "us-east-1", "global"]);
    let one = (
        0_usize..8,
        names,
        outcomes,
        regions,
        0_u32..3,
        any::<bool>(),
    )
        .prop_map(|(which, name, outcome, region, page, odd)| {
            let arn = format!("arn:aws:sagemaker:{region}:111122223333:model/{name}");
            let token = odd.then_some("t");
            let (operation, parameters, body) = match which {
                0 => (
                    "sagemaker:ListModels",
                    json!({}),
                    json!({"Models": [{"ModelName": name, "ModelArn": arn}], "NextToken": token}),
                ),
                1 => (
                    "sagemaker:DescribeModel",
                    json!({"ModelName": name}),
                    json!({"ModelName": name, "ModelArn": arn}),
                ),
                2 => (
                    "sagemaker:ListTags",
                    json!({"ResourceArn": arn}),
                    json!({"Tags": [], "NextToken": token}),
                ),
                3 => (
                    "kms:ListKeys",
                    json!({}),
                    json!({"Keys": [{"KeyId": name, "KeyArn": arn}]}),
                ),
                4 => (
                    "kms:DescribeKey",
                    json!({"KeyId": arn}),
                    json!({"KeyMetadata": {"KeyId": name, "Arn": arn}}),
                ),
                5 => (
                    "s3:GetBucketPolicy",
                    json!({"Bucket": name}),
                    json!({"Policy": "{}"}),
                ),
                6 => (
                    "ec2:DescribeSubnets",
                    json!({}),
                    json!({"Subnets": [{"SubnetId": name}, {}, 1, null]}),
                ),
                _ => ("other:Unknown", json!({"x": name}), json!([name])),
            };
            Answer {
                region: region.to_owned(),
                page,
                outcome,
                error: odd.then(|| AnswerError {
                    code: name.to_owned(),
                    message: String::new(),
                }),
                ..answer(operation, parameters, body)
            }
        });
    prop::collection::vec(one, 0..40)
}

/// Everything that the estate says.
fn everything(estate: &Estate) -> Vec<String> {
    let mut said = Vec::new();
    for kind in kinds() {
        for place in estate.places() {
            said.push(format!(
                "{} {place}: {:?}",
                kind.name(),
                estate.listing(kind.name(), place)
            ));
            for operation in ["sagemaker:ListTags", "ec2:DescribeSubnets", "other:Unknown"] {
                let found = estate.answer_in(operation, place);
                said.push(format!(
                    "{operation} {place}: {:?}",
                    found.map(|found| found.body)
                ));
            }
        }
        for resource in estate.resources(kind.name()) {
            let body = estate
                .own(resource)
                .map(|found| (found.body, found.absent, found.evidence.sha256));
            said.push(format!("{resource:?}: {body:?}"));
            for operation in kind.facet_operations() {
                let found = estate.answer(operation, resource).map(|found| found.body);
                said.push(format!("{operation}: {found:?}"));
            }
        }
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_snapshot_is_the_estate_of_its_answers(mut answers in any_answers()) {
        // The last of two answers to one question is the one that counts, in both.
        let mut seen = std::collections::HashSet::new();
        answers.reverse();
        answers.retain(|answer| seen.insert((answer.region.clone(), answer.operation.clone(), json!(answer.parameters).to_string(), answer.page)));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("snapshot");
        write(&path, &answers);
        prop_assert_eq!(verify(&path).unwrap(), vec![]);
        let opened = Estate::open(&path).unwrap();
        answers.sort_by_key(|answer| (answer.region.clone(), answer.operation.clone(), json!(answer.parameters).to_string(), answer.page));
        let direct = Estate::from_answers(answers.clone());
        prop_assert_eq!(everything(&opened), everything(&direct));
        prop_assert_eq!(opened.answer_count(), answers.len());
        // A naive search for the descriptions that were answered.
        for model in opened.resources("AWS::SageMaker::Model") {
            let described = answers.iter().find(|answer| {
                answer.operation == "sagemaker:DescribeModel" && answer.outcome == Outcome::Ok && answer.page == 0
                    && answer.region == model.place.region && answer.parameters["ModelName"] == json!(model.id)
            });
            let pages = answers.iter().filter(|answer| {
                answer.operation == "sagemaker:DescribeModel" && answer.region == model.place.region
                    && answer.parameters["ModelName"] == json!(model.id)
            }).count();
            if let (Some(described), 1) = (described, pages) {
                let body: Value = serde_json::from_slice(&described.body).unwrap();
                prop_assert_eq!(&*opened.body(model).unwrap(), &body);
            }
        }
    }
}
