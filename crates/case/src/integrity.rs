//! The result of checking digests, as a case shows it.

use std::collections::BTreeMap;

use rempart_locale::Text;
use rempart_trail::integrity::{IntegrityReport, Outcome, Verdict};

use crate::model::{IntegrityState, IntegritySummary};

/// Problems that a case lists.
const MOST_PROBLEMS: usize = 1000;

/// The state of evidence in a file with this verdict.
const fn state_of(verdict: Verdict) -> IntegrityState {
    match verdict {
        Verdict::Verified => IntegrityState::Verified,
        Verdict::UnknownKey => IntegrityState::HashOnly,
        Verdict::Altered | Verdict::DigestInvalid | Verdict::TrailingData => {
            IntegrityState::Altered
        }
        Verdict::Uncovered | Verdict::UnreferencedPending | Verdict::UnreferencedSuspicious => {
            IntegrityState::Unreferenced
        }
        _ => IntegrityState::NotChecked,
    }
}

/// The summary, and the state of each source that was looked at.
pub(crate) fn summarise(
    report: Option<&IntegrityReport>,
) -> (IntegritySummary, BTreeMap<String, IntegrityState>) {
    let Some(report) =
        report.filter(|report| report.outcome() != Outcome::Nothing || has_digests(report))
    else {
        return (not_checked(), BTreeMap::new());
    };
    let states: BTreeMap<String, IntegrityState> = report
        .files
        .iter()
        .map(|file| (file.source.clone(), state_of(file.verdict)))
        .collect();
    let digests: u64 = report.digests.values().sum();
    let logs: u64 = report.logs.values().sum();
    let count = |verdict: Verdict| report.logs.get(&verdict).copied().unwrap_or_default();
    let hours: u64 = report
        .gap_hours
        .iter()
        .filter(|(verdict, _)| **verdict != Verdict::LoggingOff)
        .map(|(_, hours)| hours)
        .sum();
    let (key, state) = match report.outcome() {
        Outcome::Verified => ("integrity-verified", IntegrityState::Verified),
        Outcome::Wrong if report.keys == 0 => ("integrity-without-keys", IntegrityState::HashOnly),
        Outcome::Wrong => ("integrity-wrong", IntegrityState::Altered),
        Outcome::Nothing => ("integrity-without-keys", IntegrityState::HashOnly),
    };
    let text = Text::new(key)
        .with("digests", digests)
        .with("logs", logs)
        .with("verified", count(Verdict::Verified))
        .with("hours", hours);
    let mut verdicts: Vec<(String, u64)> = Vec::new();
    for (verdict, count) in &report.logs {
        verdicts.push((verdict.as_str().to_owned(), *count));
    }
    let summary = IntegritySummary {
        state,
        text,
        digests,
        verdicts,
        problems: problems(report),
    };
    (summary, states)
}

fn has_digests(report: &IntegrityReport) -> bool {
    report.digests.values().sum::<u64>() > 0
}

fn problems(report: &IntegrityReport) -> Vec<(String, Text)> {
    let mut problems = Vec::new();
    for chain in &report.chains {
        for gap in &chain.gaps {
            let name = format!("{} {} {}", chain.account, chain.region, chain.trail);
            let text = Text::new(format!("integrity-{}", gap.verdict))
                .with("from", gap.from.clone().unwrap_or_else(|| "-".to_owned()))
                .with("to", gap.to.clone())
                .with("hours", gap.hours);
            problems.push((name, text));
        }
    }
    let wrong = report
        .files
        .iter()
        .filter(|file| file.verdict != Verdict::Verified);
    for file in wrong {
        problems.push((
            file.source.clone(),
            Text::new(format!("integrity-file-{}", file.verdict)),
        ));
    }
    problems.truncate(MOST_PROBLEMS);
    problems
}

fn not_checked() -> IntegritySummary {
    IntegritySummary {
        state: IntegrityState::NotChecked,
        text: Text::new("integrity-not-checked"),
        digests: 0,
        verdicts: Vec::new(),
        problems: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use rempart_locale::{Language, locale};

    use super::*;

    #[test]
    fn every_verdict_has_words_in_both_languages() {
        for language in Language::ALL {
            let locale = locale(language);
            for verdict in Verdict::ALL {
                let key = format!("integrity-file-{verdict}");
                assert!(locale.has(&key), "{language}: {key}");
            }
            for verdict in [
                Verdict::DigestMissing,
                Verdict::DigestInvalid,
                Verdict::TailMissing,
                Verdict::HeadTruncated,
                Verdict::LoggingOff,
            ] {
                let key = format!("integrity-{verdict}");
                assert!(locale.has(&key), "{language}: {key}");
            }
        }
    }
}
