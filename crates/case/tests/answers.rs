//! The case of the synthetic incident: its timeline and its fifteen answers hold what happened.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use common::{intrusion, options, truth, try_opened};
use proptest::prelude::*;
use rempart_case::{Answer, Case, Inputs, MOST_CITED, Opened, Phase, Scope, Status, assemble};
use rempart_locale::{Language, Param, Text, locale};

fn opened() -> &'static Opened {
    static OPENED: OnceLock<Opened> = OnceLock::new();
    OPENED.get_or_init(|| {
        let mut options = options(&[], 2);
        options.aware_at = Some("2026-03-19T08:00:00Z".to_owned());
        try_opened(&options).unwrap()
    })
}

/// The phase in which each step of the truth stands.
const PHASES: [(&str, Phase); 30] = [
    ("S01", Phase::Entry),
    ("S02", Phase::Reconnaissance),
    ("S03", Phase::Credentials),
    ("S04", Phase::Reconnaissance),
    ("S05", Phase::Credentials),
    ("S06", Phase::Persistence),
    ("S07", Phase::Persistence),
    ("S08", Phase::Reconnaissance),
    ("S09", Phase::Evasion),
    ("S10", Phase::Persistence),
    ("S11", Phase::Privilege),
    ("S12", Phase::Entry),
    ("S13", Phase::Exfiltration),
    ("S14", Phase::Exfiltration),
    ("S15", Phase::Exfiltration),
    ("S16", Phase::Exfiltration),
    ("S17", Phase::Tampering),
    ("S18", Phase::Tampering),
    ("S19", Phase::Tampering),
    ("S20", Phase::Credentials),
    ("S21", Phase::Tampering),
    ("S22", Phase::Tampering),
    ("S23", Phase::Evasion),
    ("S24", Phase::Exfiltration),
    ("S25", Phase::Impact),
    ("S26", Phase::Impact),
    ("S27", Phase::Evasion),
    ("S28", Phase::Evasion),
    ("S29", Phase::Impact),
    ("S30", Phase::Impact),
];

/// Event ids that some evidence cites.
fn cited<'c>(case: &'c Case, ids: &[String]) -> BTreeSet<&'c str> {
    ids.iter()
        .filter_map(|id| case.evidence[id].id.as_deref())
        .collect()
}

fn ids_of(step: &serde_json::Value) -> BTreeSet<&str> {
    step["event_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect()
}

#[test]
fn every_step_of_the_truth_is_a_step_with_its_phase() {
    let case = &opened().case;
    let truth = truth();
    for step in truth["steps"].as_array().unwrap() {
        let name = step["id"].as_str().unwrap();
        let (_, phase) = PHASES.iter().find(|(known, _)| *known == name).unwrap();
        let ids = ids_of(step);
        let found: Vec<_> = case
            .steps
            .iter()
            .filter(|step| !cited(case, &step.evidence).is_disjoint(&ids))
            .collect();
        assert!(
            found.iter().any(|step| step.phase == *phase),
            "{name}: {:?}",
            found
                .iter()
                .map(|step| (step.phase, &step.text.key))
                .collect::<Vec<_>>()
        );
    }
    let told: u64 = case
        .steps
        .iter()
        .filter(|step| step.phase != Phase::Response)
        .map(|step| step.events)
        .sum();
    assert_eq!(
        told,
        intrusion().len() as u64,
        "each record stands in one step"
    );
    let response: BTreeSet<&str> = truth["response"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    let measures = case
        .steps
        .iter()
        .filter(|step| step.phase == Phase::Response);
    let told: BTreeSet<&str> = measures
        .flat_map(|step| cited(case, &step.evidence))
        .collect();
    assert_eq!(told, response);
}

/// All texts in a case.
fn texts(case: &Case) -> Vec<&Text> {
    let mut texts: Vec<&Text> = vec![&case.overview.headline];
    texts.extend(case.steps.iter().map(|step| &step.text));
    for answer in &case.answers {
        texts.extend(answer.statements.iter().map(|statement| &statement.text));
        texts.extend(answer.unknown.iter().chain(&answer.collect));
    }
    texts.extend(case.indicators.iter().map(|indicator| &indicator.reason));
    for deadline in &case.deadlines {
        texts.push(&deadline.text);
        texts.extend(
            deadline
                .content
                .iter()
                .flat_map(|(label, content)| [label, content]),
        );
    }
    texts
}

/// The placeables of each message, from the file.
fn parameters() -> &'static BTreeMap<String, BTreeSet<String>> {
    static READ: OnceLock<BTreeMap<String, BTreeSet<String>>> = OnceLock::new();
    READ.get_or_init(|| {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for folder in ["en", "fr"] {
            let folder = format!("{}/../../locales/{folder}", env!("CARGO_MANIFEST_DIR"));
            for file in std::fs::read_dir(folder).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let mut key = String::new();
                for line in text.lines() {
                    if let Some((name, _)) = line.split_once(" = ")
                        && name
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                    {
                        name.clone_into(&mut key);
                    }
                    for part in line.split("{ $").skip(1) {
                        let name = part.split([' ', '}']).next().unwrap();
                        all.entry(key.clone()).or_default().insert(name.to_owned());
                    }
                }
            }
        }
        all
    })
}

fn check_text(text: &Text) {
    for language in Language::ALL {
        assert!(locale(language).has(&text.key), "{}", text.key);
    }
    for name in parameters().get(&text.key).into_iter().flatten() {
        assert!(
            text.params.contains_key(name),
            "{} has no `{name}`",
            text.key
        );
    }
    for value in text.params.values() {
        if let Param::Text(inner) = value {
            check_text(inner);
        }
    }
}

fn well_formed(case: &Case) {
    assert_eq!(case.answers.len(), 15);
    for text in texts(case) {
        check_text(text);
    }
    let rows: BTreeSet<&str> = case.coverage.iter().map(|row| row.id.as_str()).collect();
    for answer in &case.answers {
        for statement in &answer.statements {
            assert!(!statement.evidence.is_empty(), "{:?}", statement.text);
            assert!(statement.evidence.len() <= MOST_CITED);
            assert!(statement.evidence_count >= statement.evidence.len() as u64);
            for id in &statement.evidence {
                assert!(case.evidence.contains_key(id), "{id}");
            }
            assert!(
                statement
                    .weakened_by
                    .iter()
                    .all(|id| rows.contains(id.as_str()))
            );
        }
        if answer.status == Status::Answered {
            assert!(!answer.statements.is_empty());
        }
        if answer.statements.is_empty() {
            assert_eq!(answer.status, Status::NotDeterminable);
            assert!(!answer.unknown.is_empty());
        }
    }
    for step in &case.steps {
        assert!(!step.evidence.is_empty() && step.first <= step.last);
        assert!(
            step.evidence
                .iter()
                .all(|id| case.evidence.contains_key(id))
        );
    }
    assert!(
        case.steps
            .is_sorted_by(|left, right| left.first <= right.first)
    );
}

#[test]
fn every_text_can_be_said_and_every_statement_cites() {
    well_formed(&opened().case);
}

fn said(answer: &Answer, language: Language) -> Vec<String> {
    let locale = locale(language);
    answer
        .statements
        .iter()
        .map(|statement| locale.say(&statement.text))
        .collect()
}

#[test]
fn absence_is_only_told_of_the_logs() {
    let mut bare = opened().material.clone();
    bare.events.truncate(1);
    bare.around.clear();
    bare.links.clear();
    bare.findings.clear();
    let case = assemble(
        &bare,
        &Scope::default(),
        Inputs::default(),
        "case-0".into(),
        "test".into(),
    );
    well_formed(&case);
    let mut none = 0;
    for answer in case.answers.iter().chain(&opened().case.answers) {
        for (language, start, logs) in [
            (
                Language::English,
                ["No ", "There is no ", "Nothing "].as_slice(),
                "in the logs that existed",
            ),
            (
                Language::French,
                ["Aucun", "Pas de ", "Rien "].as_slice(),
                "dans les journaux qui existaient",
            ),
        ] {
            for text in said(answer, language) {
                if start.iter().any(|word| text.starts_with(word)) && !text.contains("q15") {
                    let is_of_logs = text.contains(logs) || text.starts_with("No second factor");
                    assert!(is_of_logs, "{text}");
                    none += 1;
                }
            }
        }
    }
    assert!(none > 20);
}

#[test]
fn answers_hold_the_facts_of_the_truth() {
    let case = &opened().case;
    let truth = truth();
    let answers = truth["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 15);
    let mut missing = Vec::new();
    for expected in answers {
        let question = expected["question"].as_u64().unwrap();
        let answer = case
            .answers
            .iter()
            .find(|answer| u64::from(answer.question) == question)
            .unwrap();
        let status = serde_json::to_value(answer.status).unwrap();
        assert_eq!(status, expected["status"], "question {question}");
        let facts = expected["facts"].as_array().unwrap();
        assert!(!facts.is_empty());
        missing.extend(
            facts
                .iter()
                .filter(|fact| !holds_fact(case, answer, fact))
                .map(|fact| format!("question {question}: {fact}")),
        );
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// One statement has all of a fact: certainty, words in both languages, subject, evidence.
fn holds_fact(case: &Case, answer: &Answer, fact: &serde_json::Value) -> bool {
    let ids: BTreeSet<&str> = fact["event_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    let says = |text: &str, words: &serde_json::Value| {
        // Words are written with ordinary spaces.
        let text = text.replace('\u{a0}', " ");
        words
            .as_array()
            .unwrap()
            .iter()
            .all(|word| text.contains(word.as_str().unwrap()))
    };
    answer.statements.iter().any(|statement| {
        serde_json::to_value(statement.certainty).unwrap() == fact["certainty"]
            && says(
                &locale(Language::English).say(&statement.text),
                &fact["text_en"],
            )
            && says(
                &locale(Language::French).say(&statement.text),
                &fact["text_fr"],
            )
            && fact["subject"]
                .as_str()
                .is_none_or(|subject| statement.subjects.iter().any(|one| one == subject))
            && ids.is_subset(&cited(case, &statement.evidence))
    })
}

#[test]
fn the_same_material_gives_the_same_case() {
    let material = &opened().material;
    let again = || {
        let case = assemble(
            material,
            &opened().case.scope,
            Inputs::default(),
            "case-0".into(),
            "test".into(),
        );
        serde_json::to_string(&case).unwrap()
    };
    assert_eq!(again(), again());
}

#[test]
fn deadlines_count_from_becoming_aware() {
    let due: BTreeMap<&str, Option<&str>> = opened()
        .case
        .deadlines
        .iter()
        .map(|deadline| (deadline.duty.as_str(), deadline.due.as_deref()))
        .collect();
    assert_eq!(due["gdpr-33"], Some("2026-03-22T08:00:00Z"));
    assert_eq!(due["gdpr-34"], None);
    assert_eq!(due["nis2-final"], Some("2026-04-22T08:00:00Z"));
    assert_eq!(due["dora-initial"], Some("2026-03-20T08:00:00Z"));
    assert_eq!(due["dora-final"], Some("2026-04-23T08:00:00Z"));
    assert_eq!(due["ai-act-73"], Some("2026-04-03T08:00:00Z"));
}

#[test]
fn indicators_name_what_the_intruder_used() {
    let indicators = &opened().case.indicators;
    for (kind, value) in [
        ("ipv4", "192.0.2.44"),
        ("ipv4", "192.0.2.171"),
        ("access-key", "AKIAEXAMPLE7XGSF4TGJ"),
        ("account", "999988887777"),
        ("bucket", "ml-export-999988887777"),
        ("bucket", "logs-999988887777"),
        ("domain", "pool.example.com"),
        (
            "image",
            "999988887777.dkr.ecr.us-west-2.amazonaws.com/gpu-tools:latest",
        ),
    ] {
        let is_it = |indicator: &&rempart_case::Indicator| {
            indicator.kind == kind && indicator.value == value
        };
        assert!(
            indicators.iter().any(|indicator| is_it(&indicator)),
            "{kind} {value}"
        );
    }
    assert!(
        !indicators
            .iter()
            .any(|indicator| indicator.value == "203.0.113.10")
    );
}

const HOSTILE: &str = "{ $x } <script>\\u0000\\u001b[31m=cmd|' /C calc'!A0 ../../é\\uD800";

#[test]
fn hostile_values_are_parameters() {
    let mut material = opened().material.clone();
    for event in &mut material.events {
        let text = String::from_utf8_lossy(&event.raw);
        let hostile = text
            .replace("fraud-legacy-notebook", HOSTILE)
            .replace("platform-telemetry", HOSTILE)
            .replace("fraud-scoring", HOSTILE);
        event.raw = hostile.into_bytes().into();
    }
    let case = assemble(
        &material,
        &Scope::default(),
        Inputs::default(),
        "case-0".into(),
        "test".into(),
    );
    well_formed(&case);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_subset_gives_a_well_formed_case(keep in prop::collection::vec(any::<bool>(), 64), bytes in any::<bool>(), cut in 0_usize..3000) {
        let mut material = opened().material.clone();
        let mut number = 0;
        material.events.retain(|_| { number += 1; keep[(number * 7 + number / 64) % 64] });
        material.around.retain(|_| { number += 1; keep[number % 64] });
        material.links.retain(|_| { number += 1; keep[number % 64] });
        material.events.truncate(cut);
        if bytes {
            for event in material.events.iter_mut().step_by(5) { event.raw = [].into(); }
        }
        let case = assemble(&material, &Scope::default(), Inputs::default(), "case-0".into(), "test".into());
        well_formed(&case);
    }
}
