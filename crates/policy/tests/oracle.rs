//! The engine against a second, naive evaluator.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use rempart_policy::scenario::ScenarioReader;
use rempart_testkit::naive_policy;
use rempart_testkit::policy_scenarios::random_scenario;
use rempart_testkit::random::Random;

/// Scenarios of one run: `REMPART_SCENARIOS`, or as many as an ordinary test run affords.
fn count() -> u64 {
    let wanted = std::env::var("REMPART_SCENARIOS").ok();
    wanted.map_or(15_000, |text| text.parse().unwrap())
}

#[test]
fn engine_and_naive_evaluator_agree() {
    let random = Random::new(0x5ee7_0001);
    let mut reader = ScenarioReader::new();
    let mut seen: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
    let count = count();
    for number in 0..count {
        let scenario = random_scenario(&random);
        let text = scenario.to_string();
        let answer = match reader.answer(&text) {
            Ok(answer) => answer,
            Err(error) => panic!("scenario {number}: {error}\n{text}"),
        };
        let naive = naive_policy::decide(&scenario);
        assert!(
            (naive.decision, naive.decided_by) == (answer.decision, answer.decided_by),
            "scenario {number}: {naive:?} here, {} by {:?} there\nreason {:?}\nstatements {:?}\n{text}",
            answer.decision,
            answer.decided_by,
            answer.reason,
            answer.statements,
        );
        *seen
            .entry((answer.decision, answer.decided_by))
            .or_default() += 1;
    }
    // A comparison says little when everything is denied.
    let share = |decision: &str| {
        let of_decision = seen.iter().filter(|((seen, _), _)| *seen == decision);
        of_decision.map(|(_, count)| count).sum::<u64>() * 1000 / count
    };
    for decision in [
        "Allowed",
        "ExplicitlyDenied",
        "ImplicitlyDenied",
        "Unsupported",
    ] {
        assert!(
            share(decision) >= 40,
            "{decision}: {} of 1000: {seen:?}",
            share(decision)
        );
    }
}
