//! Every check finds its seeded defect and leaves the sound twin alone.

use super::*;
use crate::parse::parse_documents;

mod bases;
mod cases;
mod hostile;

const DERIVED: &[&str] = &[
    "rempart.outcome",
    "rempart.source.kind",
    "rempart.resource.name",
];

fn documents(text: &str, origin: &str) -> Vec<Document> {
    let parsed = parse_documents(text, origin);
    assert!(parsed.errors.is_empty(), "{:?}\n{text}", parsed.errors);
    parsed.documents
}

fn run(documents: &[Document], profile: Profile, counts: Option<CaseCounts>) -> Vec<Lint> {
    let cases = move |_: &str| counts;
    let context = LintContext {
        derived_fields: DERIVED,
        cases: Some(&cases),
        profile,
    };
    lint(documents, &context)
}

const ENOUGH: Option<CaseCounts> = Some(CaseCounts {
    positive: 2,
    negative: 2,
});

fn own(text: &str) -> Vec<Lint> {
    let documents = documents(text, "rules/poisoning/rule.yml");
    run(&documents, Profile::Own, ENOUGH)
}

fn seeded(base: &str, from: &str, to: &str) -> String {
    assert_eq!(
        base.matches(from).count(),
        1,
        "{from:?} must stand once in the base\n{base}"
    );
    base.replace(from, to)
}

#[test]
fn sound_rules_have_no_finding() {
    for base in bases::ALL {
        assert_eq!(own(base), [], "{base}");
        let foreign = documents(base, "rules/poisoning/rule.yml");
        let found: Vec<_> = run(&foreign, Profile::Foreign, ENOUGH)
            .into_iter()
            .filter(|found| found.severity != Severity::Note)
            .collect();
        assert_eq!(found, []);
    }
}

#[test]
fn seeded_defects_are_found() {
    let mut missed = String::new();
    for case in cases::ALL {
        let text = seeded(case.base, case.from, case.to);
        let found = own(&text);
        let hit = found.iter().any(|found| {
            found.code == case.code
                && found.severity == case.severity
                && found.to_string().contains(case.says)
        });
        if !hit {
            missed.push_str(&format!("{} {:?}, found {found:#?}\n", case.code, case.to));
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

/// What is like a defect and none.
#[test]
fn twins_of_defects_are_not_found() {
    let mut wrong = String::new();
    for (base, from, to) in cases::SOUND {
        let found = own(&seeded(base, from, to));
        if !found.is_empty() {
            wrong.push_str(&format!("{to:?}: {found:#?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_code_has_a_seeded_defect() {
    assert!(CODES.is_sorted());
    // These need another profile or other test counts: see the tests below.
    let elsewhere = [
        "few-tests",
        "missing-tests",
        "success-only",
        "too-complex",
        "category-directory",
    ];
    for code in CODES {
        let covered = cases::ALL.iter().any(|case| case.code == *code) || elsewhere.contains(code);
        assert!(covered, "{code} has no case");
    }
    for case in cases::ALL {
        for found in own(&seeded(case.base, case.from, case.to)) {
            assert!(CODES.contains(&found.code), "{} is not listed", found.code);
        }
    }
}

fn codes(lints: &[Lint]) -> Vec<(&'static str, Severity)> {
    lints
        .iter()
        .map(|found| (found.code, found.severity))
        .collect()
}

#[test]
fn test_cases_are_demanded() {
    let ours = documents(bases::PLAIN, "rules/poisoning/rule.yml");
    assert_eq!(
        codes(&run(&ours, Profile::Own, None)),
        [("missing-tests", Severity::Error)]
    );
    let one = Some(CaseCounts {
        positive: 1,
        negative: 2,
    });
    assert_eq!(
        codes(&run(&ours, Profile::Own, one)),
        [("few-tests", Severity::Error)]
    );
    // A foreign rule with our block is held to it, one without is not.
    assert!(
        codes(&run(&ours, Profile::Foreign, None)).contains(&("missing-tests", Severity::Error))
    );
    let (text, _) = bases::PLAIN.split_once("rempart:").unwrap();
    let foreign = documents(text, "x.yml");
    assert!(
        codes(&run(&foreign, Profile::Foreign, None)).contains(&("missing-tests", Severity::Note))
    );
    let unchecked = LintContext {
        derived_fields: DERIVED,
        cases: None,
        profile: Profile::Own,
    };
    assert_eq!(lint(&ours, &unchecked), []);
}

#[test]
fn the_directory_is_the_category() {
    let elsewhere = documents(bases::PLAIN, "rules/malware/rule.yml");
    let found = run(&elsewhere, Profile::Own, ENOUGH);
    assert_eq!(codes(&found), [("category-directory", Severity::Error)]);
    let alone = documents(bases::PLAIN, "rule.yml");
    assert_eq!(run(&alone, Profile::Own, ENOUGH), []);
}

#[test]
fn foreign_rules_are_held_to_defects_only() {
    let text = "title: t\nlogsource: { product: aws, service: cloudtrail }\ndetection:\n  \
                a:\n    eventName: CreateDomain\n    errorCode: null\n  condition: a\n";
    let documents = documents(text, "x.yml");
    let found = run(&documents, Profile::Foreign, ENOUGH);
    assert_eq!(
        codes(&found),
        [
            ("missing-event-source", Severity::Warning),
            ("success-only", Severity::Note)
        ]
    );
    let other = text.replace(
        "{ product: aws, service: cloudtrail }",
        "{ category: process_creation }",
    );
    let documents = self::documents(&other.replace("eventName", "Image"), "x.yml");
    assert_eq!(run(&documents, Profile::Foreign, ENOUGH), []);
}

#[test]
fn order_of_documents_does_not_matter() {
    let mut all = Vec::new();
    for case in cases::ALL {
        all.extend(documents(&seeded(case.base, case.from, case.to), case.code));
    }
    let forward = run(&all, Profile::Own, ENOUGH);
    all.reverse();
    assert_eq!(run(&all, Profile::Own, ENOUGH), forward);
    assert!(forward.len() > 100);
}

#[test]
fn coverage_names_what_is_missing() {
    let nothing = coverage(&[]);
    assert!(nothing.calls.len() > 50);
    assert_eq!(nothing.missing().count(), nothing.calls.len());
    assert_eq!(nothing.categories_without_high.len(), 9);
    for call in &nothing.calls {
        let found = rempart_aws_model::event_name(&call.source, call.name);
        assert!(found.operation().is_some(), "{} {}", call.source, call.name);
        if let Some(name) = call.instead_of {
            assert!(
                rempart_aws_model::nonexistent_api_hint(name).is_some(),
                "{name}"
            );
        }
    }
    let rule = documents(bases::PLAIN, "rules/poisoning/rule.yml");
    let covered = coverage(&rule);
    let of = |requirement: &str| {
        let call = covered
            .calls
            .iter()
            .find(|call| call.requirement == requirement && call.name == "CreateTrainingJob");
        call.unwrap().clone()
    };
    assert_eq!(of("R-002-31").rules, ["plain"]);
    assert_eq!(of("R-002-35").other_rules, ["plain"]);
    assert!(
        covered
            .missing_in_category()
            .any(|call| call.requirement == "R-002-35")
    );
    // A step that no correlation takes does not count.
    let silent = bases::PLAIN.replace("rempart:", "rempart:\n  emit: false");
    let unheard = coverage(&documents(&silent, "x.yml"));
    assert_eq!(unheard.missing().count(), unheard.calls.len());
}
