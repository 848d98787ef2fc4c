//! From documents to a rule set.

use hashbrown::HashMap;

use crate::ast::{CorrelationRule, Document, FilterRule, Metadata, Rule, Status};
use crate::condition::Condition;
use crate::dispatch::Dispatch;
use crate::info::CompiledRuleInfo;
use crate::keywords::Keywords;
use crate::observe::FirstSeenSlots;
use crate::options::{CompileOptions, Diagnostic, Severity};
use crate::plan::RuleId;
use crate::program::{Interner, Node, count};
use crate::ruleset::{CompiledRule, RuleSet};
use crate::tree::PathTrees;

mod correlations;
mod selections;

use selections::Selections;

/// Compiles documents; see [`RuleSet::compile`].
pub(crate) fn compile(
    documents: &[Document],
    options: &CompileOptions<'_>,
) -> (RuleSet, Vec<Diagnostic>) {
    let mut compiler = Compiler {
        options,
        interner: Interner::new(),
        diagnostics: Vec::new(),
        names: HashMap::new(),
        rules: Vec::new(),
    };
    let mut correlations: Vec<&CorrelationRule> = Vec::new();
    let mut filters: Vec<&FilterRule> = Vec::new();
    for document in documents {
        if !compiler.is_in_use(document) {
            continue;
        }
        match document {
            Document::Rule(rule) => compiler.rule(rule),
            Document::Correlation(rule) => correlations.push(rule),
            Document::Filter(rule) => filters.push(rule),
        }
    }
    for filter in filters {
        compiler.filter(filter);
    }
    let linked = correlations::link(&correlations, &mut compiler);
    let conditions: Vec<Node> = compiler
        .rules
        .iter()
        .map(|rule| {
            match rule
                .first_seen
                .as_ref()
                .and_then(|slots| slots.observe.clone())
            {
                Some(observe) => compiler.interner.or(vec![rule.condition.clone(), observe]),
                None => rule.condition.clone(),
            }
        })
        .collect();
    let Compiler {
        interner,
        diagnostics,
        rules,
        ..
    } = compiler;
    let tables = interner.tables;
    let ruleset = RuleSet {
        dispatch: Dispatch::new(&conditions, &rules, &tables),
        keywords: Keywords::new(&tables.literals),
        trees: PathTrees::new(&tables.slots),
        tables,
        rules,
        conditions,
        correlations: linked.plans,
        feeds: linked.feeds,
    };
    (ruleset, diagnostics)
}

struct Compiler<'o> {
    options: &'o CompileOptions<'o>,
    interner: Interner,
    diagnostics: Vec<Diagnostic>,
    /// Names and ids that are taken, with what has them
    names: HashMap<String, String>,
    rules: Vec<CompiledRule>,
}

impl Compiler<'_> {
    /// Whether a document is to be used; says why not.
    fn is_in_use(&mut self, document: &Document) -> bool {
        let metadata = document.metadata();
        let reason = match metadata.status {
            Some(Status::Deprecated) => Some("status is 'deprecated'".to_owned()),
            Some(Status::Unsupported) => Some("status is 'unsupported'".to_owned()),
            _ => match document {
                Document::Rule(rule) if !self.options.accepts(&rule.logsource) => {
                    let logsource = &rule.logsource;
                    let part = |part: &Option<String>| part.as_deref().unwrap_or("-").to_owned();
                    let (category, product, service) = (
                        part(&logsource.category),
                        part(&logsource.product),
                        part(&logsource.service),
                    );
                    Some(format!(
                        "log source {category}/{product}/{service} (category/product/service) is not read"
                    ))
                }
                _ => None,
            },
        };
        if let Some(reason) = reason {
            self.report(Severity::Skipped, metadata, format!("skipped: {reason}"));
            return false;
        }
        self.takes_names(metadata)
    }

    fn takes_names(&mut self, metadata: &Metadata) -> bool {
        let id = metadata.id.as_ref().map(|id| id.to_ascii_lowercase());
        let owner = format!("{}:{}", metadata.origin, metadata.at.line);
        if let Some(id) = id {
            if let Some(other) = self.names.get(&id) {
                let message = format!("id '{id}' is that of {other} already");
                self.report(Severity::Error, metadata, message);
                return false;
            }
            self.names.insert(id, owner.clone());
        }
        if let Some(name) = &metadata.name {
            if let Some(other) = self.names.get(name) {
                let message = format!(
                    "name '{name}' is used by {other} too: references prefer the same file"
                );
                self.report(Severity::Warning, metadata, message);
            }
            self.names.insert(name.clone(), owner);
        }
        true
    }

    fn report(&mut self, severity: Severity, metadata: &Metadata, message: impl std::fmt::Display) {
        self.diagnostics
            .push(Diagnostic::new(severity, metadata, metadata.at, message));
    }

    fn rule(&mut self, rule: &Rule) {
        let metadata = &rule.metadata;
        let compiled = Selections::compile(&rule.detection, self.options, &mut self.interner);
        let selections = match compiled {
            Ok(selections) => selections,
            Err(fault) => {
                let diagnostic =
                    Diagnostic::new(Severity::Error, metadata, fault.at, fault.message);
                self.diagnostics.push(diagnostic);
                return;
            }
        };
        let condition = selections.conditions(&rule.detection, &self.interner);
        let first_seen = metadata
            .extension
            .as_ref()
            .and_then(|extension| extension.first_seen.as_ref());
        let first_seen = first_seen.map(|first_seen| {
            let observe = first_seen.observe.as_ref();
            let mut slots = |fields: &[String]| {
                fields
                    .iter()
                    .map(|field| self.interner.slot(&self.options.path(field)))
                    .collect()
            };
            FirstSeenSlots {
                value: slots(&first_seen.value),
                group: slots(&first_seen.group_by),
                observe: observe.map(|observe| selections.condition(observe, &self.interner)),
            }
        });
        let info = CompiledRuleInfo {
            metadata: metadata.clone(),
            logsource: rule.logsource.clone(),
            referenced: false,
            generated: false,
            filters: Vec::new(),
        };
        self.rules.push(CompiledRule {
            info,
            condition,
            first_seen,
        });
    }

    /// Merges a filter into the rules that it names: what satisfies the filter is no match any more.
    ///
    /// A filter whose condition is `not …` as a whole says what may pass, as other tools write filters;
    /// it is not negated a second time.
    fn filter(&mut self, filter: &FilterRule) {
        let metadata = &filter.metadata;
        let compiled = Selections::compile(&filter.detection, self.options, &mut self.interner);
        let selections = match compiled {
            Ok(selections) => selections,
            Err(fault) => {
                let diagnostic =
                    Diagnostic::new(Severity::Error, metadata, fault.at, fault.message);
                self.diagnostics.push(diagnostic);
                return;
            }
        };
        let passes = match filter.detection.conditions.as_slice() {
            [(Condition::Not(inner), _)] => {
                Node::Not(Box::new(selections.condition(inner, &self.interner)))
            }
            _ => Node::Not(Box::new(
                selections.conditions(&filter.detection, &self.interner),
            )),
        };
        let everything = [(String::new(), metadata.at)];
        let references = filter.rules.as_deref().unwrap_or(&everything);
        for (reference, at) in references {
            let mut known = false;
            for rule in &mut self.rules {
                let is_meant = filter.rules.is_none() || rule.info.metadata.is_called(reference);
                if !is_meant {
                    continue;
                }
                known = true;
                if !fits(&filter.logsource, &rule.info.logsource) {
                    if filter.rules.is_some() {
                        let message =
                            format!("'{reference}' has another log source and is not filtered");
                        self.diagnostics.push(Diagnostic::new(
                            Severity::Warning,
                            metadata,
                            *at,
                            message,
                        ));
                    }
                    continue;
                }
                rule.condition = self
                    .interner
                    .and(vec![rule.condition.clone(), passes.clone()]);
                rule.info.filters.push(metadata.title.clone());
            }
            if !known && filter.rules.is_some() {
                let message = format!("filter names '{reference}', which is not loaded");
                self.diagnostics
                    .push(Diagnostic::new(Severity::Warning, metadata, *at, message));
            }
        }
    }

    /// The single-event rule that a reference in a file means: one of the same file before any other.
    fn find_rule(&self, reference: &str, origin: &str) -> Option<RuleId> {
        let is_called = |rule: &CompiledRule| rule.info.metadata.is_called(reference);
        let place = self
            .rules
            .iter()
            .position(|rule| rule.info.metadata.origin == origin && is_called(rule))
            .or_else(|| self.rules.iter().position(is_called))?;
        Some(RuleId(count(place)))
    }
}

/// Whether every part that the filter's log source names is that of the rule.
fn fits(filter: &crate::ast::LogSource, rule: &crate::ast::LogSource) -> bool {
    let pairs = [
        (&filter.category, &rule.category),
        (&filter.product, &rule.product),
        (&filter.service, &rule.service),
    ];
    pairs
        .iter()
        .all(|(filter, rule)| filter.is_none() || filter == rule)
}
