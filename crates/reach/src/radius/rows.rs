//! Rows: what was found of everybody, by resource.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rempart_policy::Pattern;

use super::summary;
use crate::actions::SERVICES;
use crate::fixpoint::{Gainings, Node, of_identity};
use crate::model::{
    Condition, Gained, Identity, Label, Logged, LoggedOutcome, Options, Proof, Row, Step, StepKind,
    Summary,
};
use crate::node::base_arn;
use crate::steps::{Expansion, Moment};
use crate::targets::Target;

/// Rows and what belongs to them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    pub(super) summary: Vec<Summary>,
    pub(super) left_out: BTreeMap<&'static str, usize>,
    /// Callers of records who are nobody of those who were followed.
    pub(super) more_identities: Vec<Identity>,
}

/// An answer of one identity about some targets, before it is written out.
pub(super) struct Draft<'a> {
    pub(super) node: usize,
    pub(super) label: Label,
    pub(super) targets: &'a [Target],
    pub(super) members: Members<'a>,
    pub(super) actions: Arc<[Arc<str>]>,
    pub(super) gate: Option<&'static str>,
    conditions: Arc<[Condition]>,
    proofs: Arc<[Proof]>,
    after: Option<&'static str>,
    pub(super) first_at: Timestamp,
}

pub(super) enum Members<'a> {
    Many(&'a [u32]),
    One(u32),
}

impl Members<'_> {
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let (many, one) = match self {
            Self::Many(many) => (*many, None),
            Self::One(one) => (&[][..], Some(*one)),
        };
        many.iter().copied().chain(one)
    }

    fn len(&self) -> usize {
        match self {
            Self::Many(many) => many.len(),
            Self::One(_) => 1,
        }
    }
}

/// The strongest label of actions that became possible later, by identity and resource: weaker answers of
/// other moments say nothing more.
type Superseded<'a> = BTreeMap<(usize, &'a str), BTreeMap<Arc<str>, Label>>;

/// What records show of an identity: action to label, time and evidence, by resource.
type Seen<'l> = BTreeMap<(usize, &'l str), BTreeMap<&'l str, (Label, Timestamp, Vec<&'l str>)>>;

pub(super) fn of(
    gainings: &Gainings,
    moments: &[Moment],
    logged: &[Logged],
    options: &Options,
) -> Found {
    let mut found = Found::default();
    let seen = seen(gainings, moments, logged, &mut found.more_identities);
    logged_rows(&seen, moments, &mut found.rows);
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut superseded: Superseded<'_> = BTreeMap::new();
    for (number, node) in gainings.nodes.iter().enumerate() {
        draft(number, node, moments, &seen, &mut drafts, &mut superseded);
        unknown_rows(number, node, moments, &mut found.rows);
    }
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.label));
    found.summary = summary::of(gainings, &drafts, &found.rows);
    let room = options.most_rows.saturating_sub(found.rows.len());
    let mut written = 0;
    for draft in &drafts {
        let left = room - written;
        let kept = draft.members.len().min(left);
        for place in draft.members.iter().take(kept) {
            if let Some(target) = draft.targets.get(place as usize) {
                found.rows.extend(write(draft, target, &seen, &superseded));
            }
        }
        written += kept;
        let left_out = draft.members.len() - kept;
        if left_out > 0 {
            *found.left_out.entry(draft.label.name()).or_default() += left_out;
        }
    }
    found.rows.sort_by(|a, b| {
        (
            b.label,
            &a.resource,
            a.identity,
            a.gate,
            &a.actions,
            &a.first_at,
        )
            .cmp(&(
                a.label,
                &b.resource,
                b.identity,
                b.gate,
                &b.actions,
                &b.first_at,
            ))
    });
    found
}

fn write(
    draft: &Draft<'_>,
    target: &Target,
    seen: &Seen<'_>,
    superseded: &Superseded<'_>,
) -> Option<Row> {
    let known = seen.get(&(draft.node, &*target.arn));
    let mut actions = Arc::clone(&draft.actions);
    let stronger = superseded.get(&(draft.node, &*target.arn));
    if let (Some(stronger), None) = (stronger, draft.gate) {
        let is_weaker = |action: &Arc<str>| {
            stronger
                .get(action)
                .is_some_and(|label| *label > draft.label)
        };
        if actions.iter().any(is_weaker) {
            actions = actions
                .iter()
                .filter(|action| !is_weaker(action))
                .cloned()
                .collect();
        }
    }
    if let (Some(known), None) = (known, draft.gate) {
        let is_said = |action: &str| {
            let record = known
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(action));
            record.is_some_and(|(_, (label, ..))| {
                *label == Label::Reached || draft.label <= Label::Unknown
            })
        };
        if actions.iter().any(|action| is_said(action)) {
            actions = actions
                .iter()
                .filter(|action| !is_said(action))
                .cloned()
                .collect();
        }
    }
    if actions.is_empty() {
        return None;
    }
    Some(Row {
        resource: Arc::clone(&target.arn),
        kind: Arc::clone(&target.kind),
        account: target.account.map(|account| account.as_str().into()),
        actions,
        gate: draft.gate,
        identity: draft.node,
        label: draft.label,
        conditions: Arc::clone(&draft.conditions),
        proofs: Arc::clone(&draft.proofs),
        after: draft.after,
        first_at: draft.first_at.to_string().into(),
        evidence: Vec::new(),
    })
}

/// The drafts of an identity, over all moments.
fn draft<'a>(
    number: usize,
    node: &'a Node,
    moments: &'a [Moment],
    seen: &Seen<'_>,
    drafts: &mut Vec<Draft<'a>>,
    superseded: &mut Superseded<'a>,
) {
    let start = |at: Timestamp| at.max(node.first_at);
    let of_moment = |at: Timestamp| moments.iter().find(|moment| moment.start == at);
    let limits = of_identity(node.label);
    let lowered = |label: Label| match (label, &limits) {
        (Label::Reachable, Some(_)) => Label::ReachableIf,
        (label, _) => label,
    };
    let conditioned = |label: Label, conditions: &Arc<[Condition]>| match &limits {
        Some(limit) if label >= Label::ReachableIf => {
            conditions.iter().chain([limit]).cloned().collect()
        }
        _ => Arc::clone(conditions),
    };
    if let [(at, expansion)] = node.expansions.as_slice()
        && let Some(moment) = of_moment(*at)
    {
        for (class, blocks) in &expansion.table.classes {
            for block in blocks {
                drafts.push(Draft {
                    node: number,
                    label: lowered(block.verdict.label),
                    targets: &moment.picture.targets,
                    members: Members::Many(&class.members),
                    actions: Arc::clone(&block.actions),
                    gate: None,
                    conditions: conditioned(block.verdict.label, &block.verdict.conditions),
                    proofs: Arc::from([block.verdict.proof.clone()]),
                    after: block.after,
                    first_at: start(*at),
                });
            }
        }
    } else {
        merged(
            number,
            node,
            moments,
            drafts,
            superseded,
            &lowered,
            &conditioned,
        );
    }
    let mut gates: BTreeMap<(&str, &str), Draft<'a>> = BTreeMap::new();
    for (at, expansion) in &node.expansions {
        let Some(moment) = of_moment(*at) else {
            continue;
        };
        for gate in &expansion.gates {
            let Some(target) = moment.picture.targets.get(gate.place) else {
                continue;
            };
            let reached = record_of(seen, number, target, gate.action);
            let label = match reached {
                Some(_) => Label::Reached,
                None => lowered(gate.label),
            };
            let key = (&*target.arn, gate.name);
            if gates.get(&key).is_some_and(|known| known.label >= label) {
                continue;
            }
            let draft = Draft {
                node: number,
                label,
                targets: &moment.picture.targets,
                members: Members::One(u32::try_from(gate.place).unwrap_or(u32::MAX)),
                actions: Arc::from([Arc::from(gate.action)]),
                gate: Some(gate.name),
                conditions: conditioned(gate.label, &gate.conditions),
                proofs: Arc::clone(&gate.proofs),
                after: gate.after,
                first_at: reached.unwrap_or_else(|| start(*at)),
            };
            gates.insert(key, draft);
        }
    }
    drafts.extend(gates.into_values());
}

/// The first success of a call on a target, or on an object of a part of a bucket.
fn record_of(seen: &Seen<'_>, node: usize, target: &Target, action: &str) -> Option<Timestamp> {
    let time = |records: &BTreeMap<&str, (Label, Timestamp, Vec<&str>)>| {
        let found = records
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(action));
        found
            .filter(|(_, (label, ..))| *label == Label::Reached)
            .map(|(_, (_, time, _))| *time)
    };
    if &*target.kind != "S3:Object" {
        return seen.get(&(node, &*target.arn)).and_then(time);
    }
    let bucket = target.arn.split_inclusive('/').next().unwrap_or_default();
    let pattern = Pattern::of_resource(&target.arn);
    seen.range((node, bucket)..)
        .take_while(|((of, arn), _)| *of == node && arn.starts_with(bucket))
        .filter(|((_, arn), _)| pattern.matches(arn))
        .filter_map(|(_, records)| time(records))
        .min()
}

/// Answers of several moments: those of the first, and what became stronger later, since then.
fn merged<'a>(
    number: usize,
    node: &'a Node,
    moments: &'a [Moment],
    drafts: &mut Vec<Draft<'a>>,
    superseded: &mut Superseded<'a>,
    lowered: &impl Fn(Label) -> Label,
    conditioned: &impl Fn(Label, &Arc<[Condition]>) -> Arc<[Condition]>,
) {
    let mut earlier: Vec<(&Moment, &Expansion)> = Vec::new();
    for (at, expansion) in &node.expansions {
        let Some(moment) = moments.iter().find(|moment| moment.start == *at) else {
            continue;
        };
        for (class, blocks) in &expansion.table.classes {
            for block in blocks {
                let label = block.verdict.label;
                let mut push = |members: Members<'a>, actions: Arc<[Arc<str>]>| {
                    drafts.push(Draft {
                        node: number,
                        label: lowered(label),
                        targets: &moment.picture.targets,
                        members,
                        actions,
                        gate: None,
                        conditions: conditioned(label, &block.verdict.conditions),
                        proofs: Arc::from([block.verdict.proof.clone()]),
                        after: block.after,
                        first_at: (*at).max(node.first_at),
                    });
                };
                if earlier.is_empty() {
                    push(Members::Many(&class.members), Arc::clone(&block.actions));
                    continue;
                }
                for place in &class.members {
                    let Some(target) = moment.picture.targets.get(*place as usize) else {
                        continue;
                    };
                    let known: Vec<(usize, &Expansion)> = earlier
                        .iter()
                        .filter_map(|(moment, expansion)| {
                            Some((*moment.index.get(&target.arn)?, *expansion))
                        })
                        .collect();
                    // Nothing is weaker.
                    if label == Label::NotReachable && !known.is_empty() {
                        continue;
                    }
                    let is_new = |action: &&Arc<str>| {
                        let labels = known.iter().filter_map(|(place, expansion)| {
                            Some(expansion.table.about(*place, action)?.verdict.label)
                        });
                        labels.max().is_none_or(|known| known < label)
                    };
                    let stronger: Vec<Arc<str>> =
                        block.actions.iter().filter(is_new).cloned().collect();
                    if stronger.is_empty() {
                        continue;
                    }
                    let of_target = superseded.entry((number, &*target.arn)).or_default();
                    for action in &stronger {
                        let best = of_target
                            .entry(Arc::clone(action))
                            .or_insert(lowered(label));
                        *best = lowered(label).max(*best);
                    }
                    push(Members::One(*place), stronger.into());
                }
            }
        }
        earlier.push((moment, expansion));
    }
}

/// Sorts records by identity and resource; adds callers who are nobody of those who were followed.
fn seen<'l>(
    gainings: &Gainings,
    moments: &[Moment],
    logged: &'l [Logged],
    more: &mut Vec<Identity>,
) -> Seen<'l> {
    let mut seen: Seen<'l> = BTreeMap::new();
    let mut strangers: BTreeMap<String, usize> = BTreeMap::new();
    let mut sorted: Vec<&Logged> = logged.iter().collect();
    sorted.sort_by(|a, b| (a.time, &a.evidence).cmp(&(b.time, &b.evidence)));
    for one in sorted {
        let label = match one.outcome {
            LoggedOutcome::Succeeded => Label::Reached,
            LoggedOutcome::Denied => Label::AttemptedDenied,
            LoggedOutcome::Failed => continue,
        };
        let first = moments.first();
        let arn = first.map_or_else(
            || Arc::from(one.principal.as_str()),
            |moment| base_arn(&moment.picture, &one.principal),
        );
        let node = gainings.of_arn(&arn).unwrap_or_else(|| {
            *strangers.entry(arn.to_string()).or_insert_with(|| {
                let number = gainings.nodes.len() + more.len();
                more.push(stranger(number, &arn, one));
                number
            })
        });
        let bare = ["*".to_owned()];
        let resources = if one.resources.is_empty() {
            // Records live as long as the answer; a star does, too.
            let _ = bare;
            None
        } else {
            Some(&one.resources)
        };
        let mut note = |resource: &'l str| {
            let actions = seen.entry((node, resource)).or_default();
            let known = actions
                .entry(&one.action)
                .or_insert_with(|| (label, one.time, Vec::new()));
            if known.0 < label {
                *known = (label, one.time, Vec::new());
            }
            if known.0 == label && known.2.len() < MOST_EVIDENCE {
                known.2.push(&one.evidence);
            }
        };
        match resources {
            Some(resources) => resources.iter().for_each(|resource| note(resource)),
            None => note("*"),
        }
    }
    seen
}

/// Most records that a row cites.
const MOST_EVIDENCE: usize = 50;

fn stranger(number: usize, arn: &str, one: &Logged) -> Identity {
    let first_at = one.time.to_string();
    Identity {
        number,
        arn: arn.to_owned(),
        session: None,
        changed: Vec::new(),
        how: vec![Step {
            kind: StepKind::Suspect,
            actions: Vec::new(),
            from: String::new(),
            to: arn.to_owned(),
            through: None,
            label: Gained::Observed,
            proofs: Vec::new(),
            conditions: Vec::new(),
            evidence: vec![one.evidence.clone()],
            first_at: first_at.clone(),
        }],
        label: Gained::Observed,
        first_at,
    }
}

/// Rows of what records show.
fn logged_rows(seen: &Seen<'_>, moments: &[Moment], rows: &mut Vec<Row>) {
    for ((node, resource), actions) in seen {
        let place = moments.iter().find_map(|moment| {
            let at = moment.index.get(*resource)?;
            moment.picture.targets.get(*at)
        });
        let kind: Arc<str> = match place {
            Some(target) if *resource != "*" => Arc::clone(&target.kind),
            _ if resource.starts_with("arn:aws:s3:::") && resource.contains('/') => {
                "S3:Object".into()
            }
            _ if *resource == "*" => "none".into(),
            _ => "unknown".into(),
        };
        let account = place
            .filter(|_| *resource != "*")
            .and_then(|target| target.account);
        let of_arn = resource.split(':').nth(4).filter(|part| !part.is_empty());
        for label in [Label::Reached, Label::AttemptedDenied] {
            let of_label = actions.iter().filter(|(_, (own, ..))| *own == label);
            let names: Vec<Arc<str>> = of_label.clone().map(|(name, _)| Arc::from(*name)).collect();
            let Some(first) = of_label.clone().map(|(_, (_, time, _))| *time).min() else {
                continue;
            };
            let evidence: BTreeSet<&str> = of_label
                .flat_map(|(_, (.., evidence))| evidence.iter().copied())
                .collect();
            rows.push(Row {
                resource: Arc::from(*resource),
                kind: Arc::clone(&kind),
                account: account
                    .map(|account| account.as_str().into())
                    .or_else(|| of_arn.map(Into::into)),
                actions: names.into(),
                gate: None,
                identity: *node,
                label,
                conditions: Arc::from([]),
                proofs: Arc::from([]),
                after: None,
                first_at: first.to_string().into(),
                evidence: evidence.into_iter().map(ToOwned::to_owned).collect(),
            });
        }
    }
}

/// Of somebody whose policies are not there at all: that everything is unknown, service by service.
fn unknown_rows(number: usize, node: &Node, moments: &[Moment], rows: &mut Vec<Row>) {
    let is_known = moments
        .iter()
        .any(|moment| moment.picture.by_arn.contains_key(&node.key.arn));
    if is_known || node.key.arn.ends_with(":root") {
        return;
    }
    for service in SERVICES {
        let action: Arc<str> = format!("{service}:*").into();
        rows.push(Row {
            resource: "*".into(),
            kind: "none".into(),
            account: None,
            actions: Arc::from([Arc::clone(&action)]),
            gate: None,
            identity: number,
            label: Label::Unknown,
            conditions: Arc::from([]),
            proofs: Arc::from([Proof {
                action,
                resource: "*".into(),
                decision: "Unsupported",
                layer: None,
                statements: Vec::new(),
                reason: Some(format!(
                    "the policies of {} were not collected",
                    node.key.arn
                )),
            }]),
            after: None,
            first_at: node.first_at.to_string().into(),
            evidence: Vec::new(),
        });
    }
}
