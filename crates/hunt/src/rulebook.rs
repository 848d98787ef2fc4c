//! A compiled rule set with what findings need to know about each rule.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_findings::{Category, RuleRef, Severity, Technique};
use rempart_sigma::ast::{Detection, Document, Level, Metadata, SelectionBody};
use rempart_sigma::plan::{CorrelationId, CorrelationPlan, RuleId, RuleRef as Reference};
use rempart_sigma::{CompileOptions, CompiledRuleInfo, DERIVED_PREFIX, Diagnostic, RuleSet};

use crate::derive;
use crate::pack::LoadedRules;
use crate::template::Template;

/// What findings say about a rule.
#[derive(Debug, Clone)]
pub struct RuleCard {
    /// Who wrote it and under which licence.
    pub reference: RuleRef,
    /// Its threat category.
    pub category: Category,
    /// Its techniques.
    pub techniques: Vec<Technique>,
    /// Explanation of a finding.
    pub template: Template,
    /// What to do about a finding.
    pub next_steps: Vec<String>,
    /// Resource types whose data events it needs.
    pub requires: Vec<String>,
    /// Whether its matches are findings.
    pub emits: bool,
}

/// History and lateness that a first-seen rule asks for, by its number in the rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Novelty {
    /// The rule.
    pub rule: RuleId,
    /// Seconds of history.
    pub learning: i64,
    /// Seconds after the first sighting.
    pub within: i64,
}

/// Rules ready to be run.
#[derive(Debug)]
pub struct RuleBook {
    /// The compiled rules.
    pub rules: RuleSet,
    cards: Vec<RuleCard>,
    correlation_cards: Vec<RuleCard>,
    captured: Vec<Vec<Arc<str>>>,
    novelties: Vec<Novelty>,
    novelty_of: Vec<Option<u32>>,
    unknown_derived_fields: Vec<String>,
}

impl RuleBook {
    /// Compiles loaded rules. Rules that cannot be compiled are in the diagnostics; the rest work.
    #[must_use]
    pub fn compile(loaded: LoadedRules) -> (Self, Vec<Diagnostic>) {
        let aliases = |source: &str, name: &str| rempart_aws_model::aliases_of(source, name);
        let options = CompileOptions {
            event_name_aliases: Some(&aliases),
            ..CompileOptions::default()
        };
        let unknown_derived_fields = unknown_derived_fields(&loaded.documents);
        let licenses = loaded.licenses;
        let (rules, diagnostics) = RuleSet::compile(&loaded.documents, &options);
        let card = |info: &CompiledRuleInfo| {
            card(
                info,
                licenses.get(&info.metadata.origin).map(String::as_str),
            )
        };
        let cards: Vec<RuleCard> = rules.rules().map(|(_, info)| card(info)).collect();
        let correlation_cards: Vec<RuleCard> = rules
            .correlations()
            .iter()
            .map(|plan| card(&plan.info))
            .collect();
        let captured = captured_fields(&cards, &correlation_cards, rules.correlations());
        let mut novelties = Vec::new();
        let mut novelty_of = vec![None; cards.len()];
        for (id, info) in rules.rules() {
            let Some(first_seen) = info
                .extension()
                .and_then(|extension| extension.first_seen.as_ref())
            else {
                continue;
            };
            if let Some(place) = novelty_of.get_mut(id.0 as usize) {
                *place = u32::try_from(novelties.len()).ok();
            }
            novelties.push(Novelty {
                rule: id,
                learning: first_seen.learning_seconds,
                within: first_seen.within_seconds,
            });
        }
        (
            Self {
                rules,
                cards,
                correlation_cards,
                captured,
                novelties,
                novelty_of,
                unknown_derived_fields,
            },
            diagnostics,
        )
    }

    /// What is known of a single-event rule.
    #[must_use]
    pub fn card(&self, rule: RuleId) -> Option<&RuleCard> {
        self.cards.get(rule.0 as usize)
    }

    /// What is known of a correlation.
    #[must_use]
    pub fn correlation_card(&self, correlation: CorrelationId) -> Option<&RuleCard> {
        self.correlation_cards.get(correlation.0 as usize)
    }

    /// Whether a match of this rule is a finding without further ado: it emits and is no first-seen
    /// rule, whose alerts are decided at the end.
    #[must_use]
    pub fn emits_alone(&self, rule: RuleId) -> bool {
        self.novelty_of(rule).is_none() && self.card(rule).is_some_and(|card| card.emits)
    }

    /// Every card whose matches are findings.
    pub fn emitting(&self) -> impl Iterator<Item = &RuleCard> {
        self.cards
            .iter()
            .chain(&self.correlation_cards)
            .filter(|card| card.emits)
    }

    /// How many rules and correlations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cards.len() + self.correlation_cards.len()
    }

    /// Whether there is no rule at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id, as findings carry it, of the rule or correlation of that name, id or title.
    #[must_use]
    pub fn id_of(&self, name: &str) -> Option<String> {
        let rules = self.rules.rules().map(|(_, info)| info);
        let mut infos = rules.chain(self.rules.correlations().iter().map(|plan| &plan.info));
        let info =
            infos.find(|info| info.metadata.is_called(name) || info.metadata.title == name)?;
        Some(
            info.metadata
                .id
                .clone()
                .unwrap_or_else(|| info.metadata.title.clone()),
        )
    }

    /// First-seen rules, in the order of their places.
    #[must_use]
    pub fn novelties(&self) -> &[Novelty] {
        &self.novelties
    }

    /// The place of a first-seen rule in [`RuleBook::novelties`].
    #[must_use]
    pub fn novelty_of(&self, rule: RuleId) -> Option<u32> {
        self.novelty_of.get(rule.0 as usize).copied().flatten()
    }

    /// Field paths whose values explanations will ask for when this rule matched.
    #[must_use]
    pub fn captured(&self, rule: RuleId) -> &[Arc<str>] {
        self.captured
            .get(rule.0 as usize)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The longest history that a first-seen rule asks for, seconds.
    #[must_use]
    pub fn longest_learning(&self) -> i64 {
        self.novelties
            .iter()
            .map(|novelty| novelty.learning)
            .max()
            .unwrap_or_default()
    }

    /// Names under `rempart.` that rules use and that do not exist.
    #[must_use]
    pub fn unknown_derived_fields(&self) -> &[String] {
        &self.unknown_derived_fields
    }
}

fn unknown_derived_fields(documents: &[Document]) -> Vec<String> {
    let mut fields = BTreeSet::new();
    for document in documents {
        match document {
            Document::Rule(rule) => selection_fields(&rule.detection, &mut fields),
            Document::Filter(filter) => selection_fields(&filter.detection, &mut fields),
            Document::Correlation(correlation) => fields.extend(
                correlation
                    .group_by
                    .iter()
                    .chain(&correlation.fields)
                    .cloned(),
            ),
        }
    }
    let is_unknown = |field: &String| {
        field.starts_with(DERIVED_PREFIX) && !derive::FIELDS.contains(&field.as_str())
    };
    fields.into_iter().filter(is_unknown).collect()
}

fn selection_fields(detection: &Detection, fields: &mut BTreeSet<String>) {
    fn body(selection: &SelectionBody, fields: &mut BTreeSet<String>) {
        match selection {
            SelectionBody::All(parts) | SelectionBody::Any(parts) => {
                parts.iter().for_each(|part| body(part, fields))
            }
            SelectionBody::Item(item) => fields.extend(item.field.clone()),
        }
    }
    detection
        .selections
        .iter()
        .for_each(|selection| body(&selection.body, fields));
}

fn card(info: &CompiledRuleInfo, license_of_file: Option<&str>) -> RuleCard {
    let metadata = &info.metadata;
    let extension = info.extension();
    let explanation = extension.and_then(|extension| extension.explanation.clone());
    let explanation = explanation.unwrap_or_else(|| {
        format!(
            "{}: {{principal}} from {{source_ip}}, {{count}} events",
            metadata.title
        )
    });
    RuleCard {
        reference: reference(metadata, license_of_file),
        category: category(metadata),
        techniques: metadata
            .tags
            .iter()
            .filter_map(|tag| Technique::from_tag(tag))
            .map(named)
            .collect(),
        template: Template::parse(&explanation),
        next_steps: extension
            .map(|extension| extension.next_steps.clone())
            .unwrap_or_default(),
        requires: extension
            .map(|extension| extension.requires.clone())
            .unwrap_or_default(),
        emits: info.emits(),
    }
}

fn named(mut technique: Technique) -> Technique {
    technique.name = rempart_aws_model::technique(&technique.id).map(|known| known.name.to_owned());
    technique
}

fn reference(metadata: &Metadata, license_of_file: Option<&str>) -> RuleRef {
    let license = metadata
        .license
        .as_deref()
        .or(license_of_file)
        .unwrap_or("not stated");
    RuleRef {
        id: metadata
            .id
            .clone()
            .unwrap_or_else(|| metadata.title.clone()),
        title: metadata.title.clone(),
        author: metadata
            .author
            .clone()
            .unwrap_or_else(|| "not stated".to_owned()),
        license: license.to_owned(),
        reference: Some(metadata.origin.clone()),
        references: metadata.references.clone(),
        level: severity(metadata.level),
        false_positives: metadata.falsepositives.clone(),
    }
}

/// Sigma leaves the level optional; a rule without one is taken as medium.
const fn severity(level: Option<Level>) -> Severity {
    match level {
        Some(Level::Informational) => Severity::Informational,
        Some(Level::Low) => Severity::Low,
        Some(Level::Medium) | None => Severity::Medium,
        Some(Level::High) => Severity::High,
        Some(Level::Critical) => Severity::Critical,
    }
}

/// The category that a rule states, else the one that its ATT&CK tactic is nearest to, else a
/// configuration change, which is what most cloud rules of other collections are about.
fn category(metadata: &Metadata) -> Category {
    let stated = metadata
        .extension
        .as_ref()
        .and_then(|extension| extension.category.as_deref());
    if let Some(category) = stated.and_then(|id| id.parse().ok()) {
        return category;
    }
    const NEAREST: [(&str, Category); 9] = [
        ("attack.t1496", Category::Cryptojacking),
        ("attack.t1562.008", Category::LogTampering),
        ("attack.credential", Category::CredentialTheft),
        ("attack.initial", Category::CredentialTheft),
        ("attack.exfiltration", Category::Exfiltration),
        ("attack.collection", Category::Exfiltration),
        ("attack.discovery", Category::Exfiltration),
        ("attack.execution", Category::Malware),
        ("attack.impact", Category::DenialOfService),
    ];
    let is_tagged = |start: &str| {
        metadata
            .tags
            .iter()
            .any(|tag| tag.to_lowercase().starts_with(start))
    };
    let nearest = NEAREST.iter().find(|(start, _)| is_tagged(start));
    nearest.map_or(Category::ConfigurationChange, |(_, category)| *category)
}

/// For each rule, the fields that its own explanation and those of all correlations above it ask for.
fn captured_fields(
    cards: &[RuleCard],
    correlation_cards: &[RuleCard],
    plans: &[CorrelationPlan],
) -> Vec<Vec<Arc<str>>> {
    let own = |card: &RuleCard| {
        card.template
            .record_fields()
            .cloned()
            .collect::<BTreeSet<Arc<str>>>()
    };
    let mut of_rules: Vec<BTreeSet<Arc<str>>> = cards.iter().map(own).collect();
    let mut of_correlations: Vec<BTreeSet<Arc<str>>> = correlation_cards.iter().map(own).collect();
    // Inner correlations stand before outer ones, so walking back hands fields down the whole chain.
    for plan in plans.iter().rev() {
        let fields = of_correlations
            .get(plan.id.0 as usize)
            .cloned()
            .unwrap_or_default();
        for slot in &plan.slots {
            let inner = match slot {
                Reference::Rule(rule) | Reference::FirstSeen(rule) => {
                    of_rules.get_mut(rule.0 as usize)
                }
                Reference::Correlation(correlation) => {
                    of_correlations.get_mut(correlation.0 as usize)
                }
            };
            if let Some(inner) = inner {
                inner.extend(fields.iter().cloned());
            }
        }
    }
    of_rules
        .into_iter()
        .map(|fields| fields.into_iter().collect())
        .collect()
}
