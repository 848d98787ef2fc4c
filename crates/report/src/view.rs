//! A case with what the formats need beside it: numbers of things, and what was touched.

use std::collections::{BTreeMap, BTreeSet};

use rempart_case::{Answer, Case, CoverageRow, EvidenceItem, Phase, Session};
use rempart_locale::{Language, Text};

use crate::reach::ReachTable;
use crate::time;
use crate::words::{Said, Words};

/// How many questions the playbook asks.
pub(crate) const QUESTIONS: u8 = 15;

pub(crate) struct View<'a> {
    pub(crate) case: &'a Case,
    pub(crate) reach: Option<&'a ReachTable>,
    pub(crate) words: Words,
    /// By time, then id: the order of their numbers.
    pub(crate) evidence: Vec<(&'a str, &'a EvidenceItem)>,
    evidence_numbers: BTreeMap<&'a str, usize>,
    sessions: BTreeMap<&'a str, usize>,
    coverage: BTreeMap<&'a str, usize>,
    /// What was touched, most touched first.
    pub(crate) entities: Vec<Entity<'a>>,
}

/// A resource in the timeline.
#[derive(Debug, Default)]
pub(crate) struct Entity<'a> {
    pub(crate) name: &'a str,
    pub(crate) sessions: BTreeSet<usize>,
    pub(crate) phases: BTreeSet<Phase>,
    pub(crate) accounts: BTreeSet<&'a str>,
    /// Places of its steps in the case.
    pub(crate) steps: Vec<usize>,
    pub(crate) first: &'a str,
    pub(crate) last: &'a str,
}

/// The service of an ARN (`arn:partition:service:region:account:resource`), nothing otherwise.
pub(crate) fn service_of(name: &str) -> &str {
    let mut parts = name.split(':');
    if parts.next() != Some("arn") {
        return "";
    }
    parts.nth(1).unwrap_or_default()
}

/// The account in an ARN, where it has one.
pub(crate) fn account_of(name: &str) -> Option<&str> {
    let mut parts = name.split(':');
    if parts.next() != Some("arn") {
        return None;
    }
    parts.nth(3).filter(|account| !account.is_empty())
}

/// The last part of an ARN that people call the thing by.
pub(crate) fn short_name(name: &str) -> &str {
    match service_of(name) {
        "" => name,
        _ => name.splitn(6, ':').nth(5).unwrap_or(name),
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(case: &'a Case, reach: Option<&'a ReachTable>, language: Language) -> Self {
        let mut evidence: Vec<_> = case
            .evidence
            .iter()
            .map(|(id, item)| (id.as_str(), item))
            .collect();
        // Without a time last: policies and configurations stand behind the records.
        evidence.sort_by_key(|(id, item)| (item.time.is_none(), item.time.as_deref(), *id));
        let numbers = evidence.iter().enumerate();
        let evidence_numbers = numbers.map(|(place, (id, _))| (*id, place + 1)).collect();
        let sessions = places(case.sessions.iter().map(|session| session.id.as_str()));
        let entities = entities(case, &sessions);
        Self {
            case,
            reach,
            words: Words::new(language),
            evidence,
            evidence_numbers,
            coverage: places(case.coverage.iter().map(|row| row.id.as_str())),
            sessions,
            entities,
        }
    }

    /// Number of a piece of evidence, from one.
    pub(crate) fn evidence_number(&self, id: &str) -> Option<usize> {
        self.evidence_numbers.get(id).copied()
    }

    /// Place of a session in the case.
    pub(crate) fn session_place(&self, id: &str) -> Option<usize> {
        self.sessions.get(id).copied()
    }

    pub(crate) fn session(&self, id: &str) -> Option<(usize, &'a Session)> {
        let place = self.session_place(id)?;
        self.case
            .sessions
            .get(place)
            .map(|session| (place, session))
    }

    pub(crate) fn coverage_row(&self, id: &str) -> Option<(usize, &'a CoverageRow)> {
        let place = self.coverage.get(id).copied()?;
        self.case.coverage.get(place).map(|row| (place, row))
    }

    pub(crate) fn answer(&self, question: u8) -> Option<&'a Answer> {
        let mut answers = self.case.answers.iter();
        answers.find(|answer| answer.question == question)
    }

    /// Kind, account and Region of a log.
    pub(crate) fn log_name(&self, row: &CoverageRow) -> Said {
        let kind = self.words.value("log-kind", &row.kind);
        let account = Said::of_case(&row.account);
        let region = Said::of_case(&row.region);
        let parts = [kind.as_str(), account.as_str(), region.as_str()];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Said::of_program(parts.join(" · "))
    }

    /// The sentence above all, or what the document is where the case has none.
    pub(crate) fn headline(&self) -> Said {
        let said = self.words.say(&self.case.overview.headline);
        match said.as_str().trim().is_empty() {
            true => self.words.word("report-title"),
            false => said,
        }
    }

    /// How long the intruder was there.
    pub(crate) fn dwell(&self) -> Option<Said> {
        let overview = &self.case.overview;
        let first = overview.first_bad.as_deref()?;
        time::between(self.words, first, overview.last_activity.as_deref()?)
    }

    /// How many questions are answered, and how far.
    pub(crate) fn tally(&self) -> Said {
        let count = |status| {
            let answers = self.case.answers.iter();
            answers.filter(|answer| answer.status == status).count()
        };
        let text = Text::new("report-answer-tally")
            .with("all", i64::from(QUESTIONS))
            .with("answered", count(rempart_case::Status::Answered))
            .with("partial", count(rempart_case::Status::Partial))
            .with("not", count(rempart_case::Status::NotDeterminable));
        self.words.say(&text)
    }
}

fn places<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    ids.enumerate().map(|(place, id)| (id, place)).collect()
}

fn entities<'a>(case: &'a Case, sessions: &BTreeMap<&'a str, usize>) -> Vec<Entity<'a>> {
    let mut found: BTreeMap<&str, Entity<'a>> = BTreeMap::new();
    for (place, step) in case.steps.iter().enumerate() {
        for name in &step.resources {
            let entity = found.entry(name).or_insert_with(|| Entity {
                name,
                first: &step.first,
                last: &step.last,
                ..Entity::default()
            });
            entity.sessions.extend(sessions.get(step.session.as_str()));
            entity.phases.insert(step.phase);
            match account_of(name) {
                Some(account) => drop(entity.accounts.insert(account)),
                None => entity
                    .accounts
                    .extend(step.accounts.iter().map(String::as_str)),
            }
            if entity.steps.last() != Some(&place) {
                entity.steps.push(place);
            }
            entity.first = entity.first.min(&step.first);
            entity.last = entity.last.max(&step.last);
        }
    }
    let mut list: Vec<_> = found.into_values().collect();
    list.sort_by_key(|entity| (std::cmp::Reverse(entity.steps.len()), entity.name));
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_resources() {
        let arn = "arn:aws:sagemaker:eu-west-1:111122223333:model/fraud:v2";
        assert_eq!(service_of(arn), "sagemaker");
        assert_eq!(account_of(arn), Some("111122223333"));
        assert_eq!(short_name(arn), "model/fraud:v2");
        assert_eq!(account_of("arn:aws:s3:::bucket"), None);
        assert_eq!(short_name("arn:aws:s3:::bucket/key"), "bucket/key");
        assert_eq!((service_of("x:y"), short_name("x:y")), ("", "x:y"));
    }
}
