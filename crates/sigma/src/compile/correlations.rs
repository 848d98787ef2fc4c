//! Linking correlations to the rules that they name.

use crate::ast::{CorrelationRule, LogSource};
use crate::compile::Compiler;
use crate::condition::{Condition, name_matches};
use crate::info::CompiledRuleInfo;
use crate::observe::FeedSlot;
use crate::options::{Diagnostic, Severity};
use crate::plan::{Carried, CorrelationId, CorrelationPlan, Feed, RuleRef, SlotExpression};
use crate::program::{Slot, count};

/// Linked correlations.
pub(super) struct Linked {
    /// In dependency order
    pub(super) plans: Vec<CorrelationPlan>,
    /// For each rule the correlations that it feeds
    pub(super) feeds: Vec<Vec<FeedSlot>>,
}

pub(super) fn link(written: &[&CorrelationRule], compiler: &mut Compiler<'_>) -> Linked {
    let mut plans: Vec<CorrelationPlan> = Vec::new();
    let mut sources: Vec<&CorrelationRule> = Vec::new();
    let mut pending: Vec<&CorrelationRule> = written.to_vec();
    // Each round takes those whose references are all known; what is left then cannot be linked.
    loop {
        let before = pending.len();
        let mut left = Vec::new();
        for rule in pending {
            let slots: Option<Vec<RuleRef>> = rule
                .rules
                .iter()
                .map(|(reference, _)| find(reference, rule, compiler, &plans))
                .collect();
            match slots {
                Some(slots) => match plan(rule, slots, count(plans.len()), compiler) {
                    Ok(plan) => {
                        plans.push(plan);
                        sources.push(rule);
                    }
                    Err(diagnostic) => compiler.diagnostics.push(*diagnostic),
                },
                None => left.push(rule),
            }
        }
        pending = left;
        if pending.len() == before {
            break;
        }
    }
    for rule in &pending {
        compiler
            .diagnostics
            .push(unlinked(rule, &pending, compiler, &plans));
    }
    mark_references(&mut plans, compiler);
    connect(&mut plans, &sources, compiler);
    let feeds = rule_feeds(&plans, &sources, compiler);
    Linked { plans, feeds }
}

/// What a reference means: in the same file first, then anywhere; rules before correlations.
fn find(
    reference: &str,
    rule: &CorrelationRule,
    compiler: &Compiler<'_>,
    plans: &[CorrelationPlan],
) -> Option<RuleRef> {
    let origin = rule.metadata.origin.as_str();
    let plan = plans
        .iter()
        .filter(|plan| plan.info.metadata.is_called(reference))
        .min_by_key(|plan| plan.info.metadata.origin != origin);
    let id = compiler.find_rule(reference, origin);
    let found_rule = id.and_then(|id| Some((id, compiler.rules.get(id.0 as usize)?)));
    match (found_rule, plan) {
        (Some((_, rule)), Some(plan))
            if rule.info.metadata.origin != origin && plan.info.metadata.origin == origin =>
        {
            Some(RuleRef::Correlation(plan.id))
        }
        (Some((id, rule)), _) if rule.first_seen.is_some() => Some(RuleRef::FirstSeen(id)),
        (Some((id, _)), _) => Some(RuleRef::Rule(id)),
        (None, Some(plan)) => Some(RuleRef::Correlation(plan.id)),
        (None, None) => None,
    }
}

/// Why a correlation could not be linked: a reference to nothing, or a circle.
fn unlinked(
    rule: &CorrelationRule,
    pending: &[&CorrelationRule],
    compiler: &Compiler<'_>,
    plans: &[CorrelationPlan],
) -> Diagnostic {
    let missing = rule.rules.iter().find(|(reference, _)| {
        let waits = pending
            .iter()
            .any(|other| other.metadata.is_called(reference));
        !waits && find(reference, rule, compiler, plans).is_none()
    });
    let (at, message) = match missing {
        Some((reference, at)) => (*at, format!("refers to '{reference}', which is not loaded")),
        None => (
            rule.at,
            "refers to itself through other correlations, or to one that is refused".to_owned(),
        ),
    };
    Diagnostic::new(Severity::Error, &rule.metadata, at, message)
}

fn plan(
    rule: &CorrelationRule,
    slots: Vec<RuleRef>,
    id: u32,
    compiler: &Compiler<'_>,
) -> Result<CorrelationPlan, Box<Diagnostic>> {
    let expression = rule
        .expression
        .as_ref()
        .map(|condition| {
            expression(condition, rule, &slots, compiler).map_err(|message| {
                Box::new(Diagnostic::new(
                    Severity::Error,
                    &rule.metadata,
                    rule.at,
                    message,
                ))
            })
        })
        .transpose()?;
    Ok(CorrelationPlan {
        id: CorrelationId(id),
        info: CompiledRuleInfo {
            metadata: rule.metadata.clone(),
            logsource: LogSource::default(),
            referenced: false,
            generated: false,
            filters: Vec::new(),
        },
        kind: rule.kind,
        slots,
        group_by: rule.group_by.clone(),
        timespan_seconds: rule.timespan_seconds,
        condition: rule.condition.clone(),
        value_fields: rule.fields.clone(),
        percentile: rule.percentile,
        expression,
        generate: rule.generate,
        extra_fields: Vec::new(),
        feeds: Vec::new(),
    })
}

fn expression(
    condition: &Condition,
    rule: &CorrelationRule,
    slots: &[RuleRef],
    compiler: &Compiler<'_>,
) -> Result<SlotExpression, String> {
    let many = |parts: &[Condition]| {
        parts
            .iter()
            .map(|part| expression(part, rule, slots, compiler))
            .collect::<Result<Vec<_>, _>>()
    };
    match condition {
        Condition::Name(name) => {
            let meant = find(name, rule, compiler, &[]);
            let place = rule
                .rules
                .iter()
                .zip(slots)
                .position(|((reference, _), slot)| reference == name || meant == Some(*slot));
            let place = place.ok_or_else(|| {
                format!("the condition names '{name}', which is not under 'rules'")
            })?;
            Ok(SlotExpression::Slot(slot_number(place)))
        }
        Condition::And(parts) => Ok(SlotExpression::And(many(parts)?)),
        Condition::Or(parts) => Ok(SlotExpression::Or(many(parts)?)),
        Condition::Not(part) => Ok(SlotExpression::Not(Box::new(expression(
            part, rule, slots, compiler,
        )?))),
        Condition::Of { all, pattern } => {
            let pattern = pattern.as_deref().unwrap_or("*");
            let parts: Vec<SlotExpression> = rule
                .rules
                .iter()
                .enumerate()
                .filter(|(_, (reference, _))| name_matches(pattern, reference))
                .map(|(place, _)| SlotExpression::Slot(slot_number(place)))
                .collect();
            if parts.is_empty() {
                return Err(format!("'{pattern}' matches none of the rules"));
            }
            Ok(if *all {
                SlotExpression::And(parts)
            } else {
                SlotExpression::Or(parts)
            })
        }
    }
}

fn mark_references(plans: &mut [CorrelationPlan], compiler: &mut Compiler<'_>) {
    let references: Vec<(RuleRef, bool)> = plans
        .iter()
        .flat_map(|plan| plan.slots.iter().map(|slot| (*slot, plan.generate)))
        .collect();
    for (reference, generate) in references {
        let info = match reference {
            RuleRef::Rule(id) | RuleRef::FirstSeen(id) => compiler
                .rules
                .get_mut(id.0 as usize)
                .map(|rule| &mut rule.info),
            RuleRef::Correlation(id) => plans.get_mut(id.0 as usize).map(|plan| &mut plan.info),
        };
        if let Some(info) = info {
            info.referenced = true;
            info.generated |= generate;
        }
    }
}

/// Says for every correlation where its hits go and what must be carried along. Outer ones come later
/// in the order, so going backwards finds what each must carry itself before asking its inner ones.
fn connect(plans: &mut [CorrelationPlan], sources: &[&CorrelationRule], compiler: &Compiler<'_>) {
    for outer in (0..plans.len()).rev() {
        let (Some(plan), Some(source)) = (plans.get(outer), sources.get(outer)) else {
            continue;
        };
        let plan = plan.clone();
        for (place, reference) in plan.slots.iter().enumerate() {
            let RuleRef::Correlation(inner) = reference else {
                continue;
            };
            let fields = |names: &[String]| -> Vec<String> {
                names
                    .iter()
                    .map(|name| aliased(name, source, place, *reference, compiler, sources))
                    .collect()
            };
            let (group, value, extra) = (
                fields(&plan.group_by),
                fields(&plan.value_fields),
                fields(&plan.extra_fields),
            );
            let Some(inner) = plans.get_mut(inner.0 as usize) else {
                continue;
            };
            let mut carried = |fields: Vec<String>| {
                fields
                    .into_iter()
                    .map(|field| carry(inner, field))
                    .collect()
            };
            let feed = Feed {
                correlation: plan.id,
                slot: slot_number(place),
                group: carried(group),
                value: carried(value),
                extra: carried(extra),
            };
            inner.feeds.push(feed);
        }
    }
}

fn carry(inner: &mut CorrelationPlan, field: String) -> Carried {
    if let Some(place) = inner.group_by.iter().position(|known| *known == field) {
        return Carried::Group(slot_number(place));
    }
    if let Some(place) = inner.extra_fields.iter().position(|known| *known == field) {
        return Carried::Extra(slot_number(place));
    }
    inner.extra_fields.push(field);
    Carried::Extra(slot_number(inner.extra_fields.len() - 1))
}

fn rule_feeds(
    plans: &[CorrelationPlan],
    sources: &[&CorrelationRule],
    compiler: &mut Compiler<'_>,
) -> Vec<Vec<FeedSlot>> {
    let mut feeds: Vec<Vec<FeedSlot>> = compiler.rules.iter().map(|_| Vec::new()).collect();
    for (plan, source) in plans.iter().zip(sources) {
        for (place, reference) in plan.slots.iter().enumerate() {
            let (RuleRef::Rule(rule) | RuleRef::FirstSeen(rule)) = reference else {
                continue;
            };
            let mut slots = |names: &[String]| -> Vec<Slot> {
                names
                    .iter()
                    .map(|name| {
                        let field = aliased(name, source, place, *reference, compiler, sources);
                        let path = compiler.options.path(&field);
                        compiler.interner.slot(&path)
                    })
                    .collect()
            };
            let feed = FeedSlot {
                correlation: plan.id,
                slot: slot_number(place),
                kind: plan.kind,
                group: slots(&plan.group_by),
                value: slots(&plan.value_fields),
                extra: slots(&plan.extra_fields),
            };
            if let Some(feeds) = feeds.get_mut(rule.0 as usize) {
                feeds.push(feed);
            }
        }
    }
    feeds
}

/// The field that a name means for one referenced rule: its alias, or itself.
fn aliased(
    name: &str,
    source: &CorrelationRule,
    place: usize,
    reference: RuleRef,
    compiler: &Compiler<'_>,
    sources: &[&CorrelationRule],
) -> String {
    let Some((_, fields)) = source.aliases.iter().find(|(alias, _)| alias == name) else {
        return name.to_owned();
    };
    let metadata = match reference {
        RuleRef::Rule(id) | RuleRef::FirstSeen(id) => compiler
            .rules
            .get(id.0 as usize)
            .map(|rule| &rule.info.metadata),
        RuleRef::Correlation(id) => sources.get(id.0 as usize).map(|rule| &rule.metadata),
    };
    let written = source.rules.get(place).map(|(reference, _)| reference);
    fields
        .iter()
        .find(|(rule, _)| {
            Some(rule) == written || metadata.is_some_and(|metadata| metadata.is_called(rule))
        })
        .map_or_else(|| name.to_owned(), |(_, field)| field.clone())
}

/// The parser lets a correlation refer to a few hundred rules at most, and rules are small.
fn slot_number(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}
