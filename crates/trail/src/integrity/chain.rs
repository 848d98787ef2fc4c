//! How digests hang together: overlaps, links, and the periods that are not covered.

use std::collections::{BTreeMap, BTreeSet};

use super::IntegrityOptions;
use super::document::Previous;
use super::event::{ChangeKind, LoggingChange};
use super::tree::{ChainKey, Item, Members, Tree};
use super::verdict::{Gap, Verdict};
use crate::time::EventTime;

const HOUR: i64 = 3_600;

/// Seconds after the end of a digest at which the next one is there: its hour, and an hour for the
/// delivery.
pub(super) const DUE: i64 = 2 * HOUR;

/// Marks digests that overlap with others, or that later digests contradict.
pub(super) fn link(items: &mut [Item], members: &Members, backfill: bool) {
    if !backfill {
        refuse_overlaps(items, members);
    }
    let mut by_object: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut by_end: BTreeMap<EventTime, Vec<usize>> = BTreeMap::new();
    for &number in &members.items {
        if let Some(item) = items.get(number) {
            let same = by_object.entry(item.object.clone()).or_default();
            same.push(number);
            by_end.entry(item.digest.end).or_default().push(number);
        }
    }
    let of = |found: Option<&Vec<usize>>| found.cloned().unwrap_or_default();
    for &number in members.items.iter().rev() {
        let Some(item) = items.get(number) else {
            continue;
        };
        let Some(previous) = item.digest.previous.clone() else {
            continue;
        };
        let start = item.digest.start;
        let same = of(by_object.get(&previous.object));
        compare_with_previous(items, number, &previous, &same);
        if !backfill {
            let neighbours = of(by_end.get(&start));
            compare_neighbours(items, number, &previous, &neighbours);
        }
    }
}

/// The digests that make up the chain, by start.
pub(super) fn spine(items: &[Item], members: &Members) -> Vec<usize> {
    let usable = |number: &&usize| items.get(**number).is_some_and(|item| !item.is_bad());
    members.items.iter().filter(usable).copied().collect()
}

/// Of two digests for the same time, the one that is verified stays, or else the one that a later
/// digest quotes.
fn refuse_overlaps(items: &mut [Item], members: &Members) {
    let usable = members.items.iter().filter_map(|it| items.get(*it));
    let quotes: BTreeSet<(String, String)> = usable
        .filter(|item| !item.is_bad())
        .filter_map(|item| item.digest.previous.as_ref())
        .map(|previous| (previous.object.clone(), previous.hash.clone()))
        .collect();
    let is_quoted = |item: &Item| quotes.contains(&(item.object.clone(), item.sha256.clone()));
    let mut last: Option<usize> = None;
    for number in spine(items, members) {
        let (Some(before), Some(item)) = (last, items.get(number)) else {
            last = Some(number);
            continue;
        };
        let Some(earlier) = items.get(before) else {
            continue;
        };
        if earlier.is_bad() || item.digest.start >= earlier.digest.end {
            last = Some(number);
            continue;
        }
        let names = (earlier.object.clone(), item.object.clone());
        let verified = (
            earlier.verdict == Verdict::Verified,
            item.verdict == Verdict::Verified,
        );
        let quoted = if verified.0 == verified.1 {
            (is_quoted(earlier), is_quoted(item))
        } else {
            verified
        };
        let (is_first_kept, is_second_kept) = (quoted.0 && !quoted.1, quoted.1 && !quoted.0);
        if !is_first_kept && let Some(earlier) = items.get_mut(before) {
            earlier.refuse(format!("its time overlaps with that of {}", names.1));
            last = Some(number);
        }
        if !is_second_kept && let Some(item) = items.get_mut(number) {
            item.refuse(format!("its time overlaps with that of {}", names.0));
        }
    }
}

/// Compares what a digest quotes with the digests of that name that are there.
fn compare_with_previous(items: &mut [Item], number: usize, previous: &Previous, same: &[usize]) {
    let Some(item) = items.get(number).filter(|item| !item.is_bad()) else {
        return;
    };
    let (name, is_verified) = (item.object.clone(), item.verdict == Verdict::Verified);
    let mut contradiction = None;
    for &other in same.iter().filter(|other| **other != number) {
        let Some(earlier) = items.get_mut(other).filter(|item| !item.is_bad()) else {
            continue;
        };
        let signature = earlier.origin.hex();
        let differs = if earlier.sha256 != previous.hash {
            "SHA-256"
        } else if signature.is_some_and(|hex| hex != previous.signature) {
            "signature"
        } else {
            continue;
        };
        if earlier.verdict == Verdict::Verified && !is_verified {
            contradiction = Some(format!("quotes another {differs} of {}", earlier.object));
        } else {
            earlier.refuse(format!("{name} quotes another {differs} for it"));
        }
    }
    if let (Some(reason), Some(item)) = (contradiction, items.get_mut(number)) {
        item.refuse(reason);
    }
}

/// A digest that ends where this one starts must be the one that this one names.
fn compare_neighbours(items: &mut [Item], number: usize, previous: &Previous, ended: &[usize]) {
    let Some(item) = items.get(number).filter(|item| !item.is_bad()) else {
        return;
    };
    let (name, is_verified) = (item.object.clone(), item.verdict == Verdict::Verified);
    for &other in ended {
        let Some(earlier) = items.get_mut(other).filter(|item| !item.is_bad()) else {
            continue;
        };
        let may_contradict = is_verified || earlier.verdict != Verdict::Verified;
        if earlier.object != previous.object && may_contradict {
            let named = &previous.object;
            earlier.refuse(format!("{name} names {named} as the one before"));
        }
    }
}

/// What is asked of a chain, and what may explain its gaps.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) options: &'a IntegrityOptions,
    pub(super) events: &'a [LoggingChange],
    /// The latest moment for which something else shows that logging went on: a log, a digest of another
    /// Region.
    pub(super) alive_until: Option<EventTime>,
}

/// The periods of a chain that are not covered.
pub(super) fn gaps(tree: &Tree, key: &ChainKey, members: &Members, asked: &Asked<'_>) -> Vec<Gap> {
    let spine: Vec<&Item> = spine(&tree.items, members)
        .into_iter()
        .filter_map(|number| tree.items.get(number))
        .collect();
    let chain = Chain {
        tree,
        key,
        members,
        asked,
        is_of_organization: spine.iter().any(|item| item.is_of_organization()),
    };
    let mut gaps = Vec::new();
    if key.backfill {
        chain.backfill(&spine, &mut gaps);
        return gaps;
    }
    let (Some(first), Some(last)) = (spine.first(), spine.last()) else {
        return gaps;
    };
    gaps.extend(chain.head(first));
    for (earlier, later) in spine.iter().zip(spine.iter().skip(1)) {
        if chain.is_in_period(earlier.digest.end, later.digest.start) {
            gaps.extend(chain.between(earlier, later));
        }
    }
    gaps.extend(chain.tail(last));
    gaps
}

struct Chain<'a> {
    tree: &'a Tree,
    key: &'a ChainKey,
    members: &'a Members,
    asked: &'a Asked<'a>,
    is_of_organization: bool,
}

impl Chain<'_> {
    fn is_in_period(&self, start: EventTime, end: EventTime) -> bool {
        let options = self.asked.options;
        options.from.is_none_or(|from| end > from) && options.to.is_none_or(|to| start < to)
    }

    fn head(&self, first: &Item) -> Option<Gap> {
        let start = first.digest.start;
        let from = self.asked.options.from;
        if from.is_some_and(|from| start <= from) {
            return None;
        }
        let reason = match &first.digest.previous {
            Some(previous) => format!("{} before it is not there", previous.object),
            None => {
                let window = (start.0 - 2 * HOUR, first.digest.end.0 + HOUR);
                if self.event(ChangeKind::Begins, window).is_some() {
                    return None;
                }
                "no verified event shows that logging or its validation began then".to_owned()
            }
        };
        Some(self.gap(from, start, Verdict::HeadTruncated, reason))
    }

    fn between(&self, earlier: &Item, later: &Item) -> Option<Gap> {
        let (end, start) = (earlier.digest.end, later.digest.start);
        let Some(previous) = &later.digest.previous else {
            let window = (earlier.digest.start.0 - HOUR, end.0 + HOUR);
            return Some(match self.event(ChangeKind::Ends, window) {
                Some(event) => self.gap(Some(end), start, Verdict::LoggingOff, shown(event)),
                None => {
                    let reason = "the chain begins anew, and no verified event shows that logging \
                                  was switched off";
                    self.gap(Some(end), start, Verdict::DigestMissing, reason.to_owned())
                }
            });
        };
        if end >= start {
            return None;
        }
        let reason = if previous.object == earlier.object {
            "the digests are linked, but time is missing between them".to_owned()
        } else {
            format!("{} before the next digest cannot be used", previous.object)
        };
        Some(self.gap(Some(end), start, Verdict::DigestMissing, reason))
    }

    fn tail(&self, last: &Item) -> Option<Gap> {
        let options = self.asked.options;
        let end = last.digest.end;
        // The digest of an hour is delivered in the hour after it.
        let delivered = options.now.map(|now| EventTime(now.0 - HOUR));
        let asked_for = match (options.to, delivered) {
            (Some(to), Some(delivered)) => Some(to.min(delivered)),
            (to, _) => to,
        };
        let alive = self.asked.alive_until;
        let alive = alive.map(|alive| options.to.map_or(alive, |to| alive.min(to)));
        let went_on = alive.is_some_and(|alive| alive.0 >= end.0 + DUE);
        let is_asked = asked_for.is_some_and(|until| until.0 >= end.0 + HOUR);
        if !went_on && !is_asked {
            return None;
        }
        let until = asked_for.max(alive)?;
        let window = (last.digest.start.0 - HOUR, end.0 + HOUR);
        if !went_on && let Some(event) = self.event(ChangeKind::Ends, window) {
            return Some(self.gap(Some(end), until, Verdict::LoggingOff, shown(event)));
        }
        let reason = if went_on {
            "logging went on after the newest digest"
        } else {
            "the newest digest ends before the period does"
        };
        Some(self.gap(Some(end), until, Verdict::TailMissing, reason.to_owned()))
    }

    /// Backfill digests come when there are late files, so only their links tell what is missing.
    fn backfill(&self, spine: &[&Item], gaps: &mut Vec<Gap>) {
        let items = self.members.items.iter();
        let items = items.filter_map(|number| self.tree.items.get(*number));
        let there: BTreeSet<&str> = items.map(|item| item.object.as_str()).collect();
        for (number, item) in spine.iter().enumerate() {
            let start = item.digest.start;
            if !self.is_in_period(start, item.digest.end) {
                continue;
            }
            let Some(previous) = &item.digest.previous else {
                let window = (i64::MIN, item.digest.end.0 + HOUR);
                if number > 0 && self.event(ChangeKind::Ends, window).is_none() {
                    let reason = "the chain begins anew, and no verified event shows that logging \
                                  was switched off";
                    gaps.push(self.gap(None, start, Verdict::DigestMissing, reason.to_owned()));
                }
                continue;
            };
            let is_there = there.contains(previous.object.as_str());
            let is_before_period = number == 0 && self.asked.options.from.is_some();
            if is_there || is_before_period {
                continue;
            }
            let verdict = if number == 0 {
                Verdict::HeadTruncated
            } else {
                Verdict::DigestMissing
            };
            let reason = format!("{} before it is not there", previous.object);
            gaps.push(self.gap(None, start, verdict, reason));
        }
    }

    /// A verified event of this trail in a stretch of time, both ends included.
    fn event(&self, kind: ChangeKind, (from, to): (i64, i64)) -> Option<&LoggingChange> {
        self.asked.events.iter().find(|event| {
            let concerns =
                event.concerns(&self.key.account, &self.key.trail, self.is_of_organization);
            event.kind == kind && concerns && (from..=to).contains(&event.time.0)
        })
    }

    fn gap(
        &self,
        from: Option<EventTime>,
        to: EventTime,
        verdict: Verdict,
        mut reason: String,
    ) -> Gap {
        let seconds = from.map_or(0, |from| (to.0 - from.0).max(0));
        let hours = u64::try_from((seconds + HOUR - 1) / HOUR).unwrap_or_default();
        let present = from.map_or(0, |from| self.unusable(from, to));
        let mut verdict = verdict;
        if present > 0 && verdict != Verdict::LoggingOff {
            reason.push_str(&format!("; {present} digests of this period are invalid"));
            if verdict == Verdict::DigestMissing && present >= hours {
                verdict = Verdict::DigestInvalid;
            }
        }
        Gap {
            from: from.map(EventTime::to_rfc3339),
            to: to.to_rfc3339(),
            hours,
            verdict,
            reason,
        }
    }

    /// Digests that end in a period and cannot be used.
    fn unusable(&self, from: EventTime, to: EventTime) -> u64 {
        let items = self.members.items.iter();
        let items = items.filter_map(|number| self.tree.items.get(*number));
        let bad = items
            .filter(|item| item.is_bad())
            .map(|item| item.digest.end);
        let unreadable = self.members.unreadable.iter();
        let unreadable = unreadable.filter_map(|number| self.tree.unreadable.get(*number));
        let unreadable = unreadable.filter_map(|file| file.name.as_ref().map(|name| name.end));
        bad.chain(unreadable)
            .filter(|end| *end > from && *end <= to)
            .count() as u64
    }
}

fn shown(event: &LoggingChange) -> String {
    format!(
        "{} at {} (event {})",
        event.event, event.time, event.event_id
    )
}
