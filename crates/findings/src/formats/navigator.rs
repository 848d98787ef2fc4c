//! Layers for the ATT&CK Navigator and the ATLAS Navigator (layer format 4.5).

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};

use super::wording::{counted, rule_credit};
use crate::output::WriteError;
use crate::safe_json;
use crate::{Finding, Framework, RuleRef, Technique};

/// Rules that a technique lists; more are counted.
const RULES_PER_TECHNIQUE: usize = 50;

/// One coloured cell of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TechniqueScore {
    /// The technique.
    pub technique: Technique,
    /// How much of it there is: a number of rules or of findings.
    pub score: u64,
    /// Text of the tooltip.
    pub comment: String,
    /// The rules behind the score; the layer names their authors and licences.
    pub rules: Vec<RuleRef>,
}

/// Name and purpose of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerHeader {
    /// Name of the tab.
    pub name: String,
    /// What the layer shows.
    pub description: String,
    /// Techniques of the other framework are left out.
    pub framework: Framework,
}

/// Scores of a rule pack: the number of rules per technique.
pub fn scores_of_rules<'a>(
    rules: impl IntoIterator<Item = (&'a RuleRef, &'a [Technique])>,
) -> Vec<TechniqueScore> {
    let mut cells = Cells::default();
    for (rule, techniques) in rules {
        cells.add(rule, techniques);
    }
    cells.into_scores("rule", "rules")
}

/// Scores of findings: the number of findings per technique.
pub fn scores_of_findings(findings: &[Finding]) -> Vec<TechniqueScore> {
    let mut cells = Cells::default();
    for finding in findings {
        cells.add(&finding.rule, &finding.techniques);
    }
    cells.into_scores("finding", "findings")
}

/// Writes one layer as JSON. `scores` may hold both frameworks.
pub fn write_layer(
    header: &LayerHeader,
    scores: &[TechniqueScore],
    out: &mut dyn io::Write,
) -> Result<(), WriteError> {
    safe_json::write_pretty(out, &layer(header, scores))
        .and_then(|()| out.flush())
        .map_err(|source| WriteError::new("navigator layer", source))
}

fn layer(header: &LayerHeader, scores: &[TechniqueScore]) -> Value {
    let own: Vec<&TechniqueScore> = scores
        .iter()
        .filter(|score| score.technique.framework == header.framework)
        .collect();
    let highest = own
        .iter()
        .map(|score| score.score)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut techniques: Vec<Value> = own.iter().map(|score| cell(score)).collect();
    // A sub-technique shows only when its parent is unfolded.
    let mut parents: Vec<&str> = own
        .iter()
        .map(|score| score.technique.parent_id())
        .filter(|parent| !own.iter().any(|score| score.technique.id == *parent))
        .collect();
    parents.sort_unstable();
    parents.dedup();
    for parent in parents {
        techniques
            .push(json!({ "techniqueID": parent, "enabled": true, "showSubtechniques": true }));
    }
    json!({
        "name": header.name,
        "versions": { "navigator": "5.1.0", "layer": "4.5" },
        "domain": match header.framework {
            Framework::Attack => "enterprise-attack",
            Framework::Atlas => "atlas-atlas",
        },
        "description": header.description,
        "sorting": 3,
        "layout": {
            "layout": "side",
            "showID": true,
            "showName": true,
            "showAggregateScores": true,
            "aggregateFunction": "sum",
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": false,
        "techniques": techniques,
        "gradient": { "colors": ["#fff3e0", "#ffb74d", "#e65100"], "minValue": 0, "maxValue": highest },
        "legendItems": [],
        "metadata": [{ "name": "tool", "value": "Rempart" }],
    })
}

fn cell(score: &TechniqueScore) -> Value {
    let mut metadata: Vec<Value> = score
        .rules
        .iter()
        .take(RULES_PER_TECHNIQUE)
        .map(|rule| {
            let value = format!("{} ({}), {}", rule.title, rule.id, rule_credit(rule));
            json!({ "name": "rule", "value": value })
        })
        .collect();
    if score.rules.len() > RULES_PER_TECHNIQUE {
        let more = (score.rules.len() - RULES_PER_TECHNIQUE) as u64;
        let value = format!("and {}", counted(more, "rule more", "rules more"));
        metadata.push(json!({ "name": "rule", "value": value }));
    }
    json!({
        "techniqueID": score.technique.id,
        "score": score.score,
        "comment": score.comment,
        "enabled": true,
        "showSubtechniques": true,
        "metadata": metadata,
        "links": [{ "label": "technique", "url": score.technique.url() }],
    })
}

#[derive(Default)]
struct Cells {
    by_technique: BTreeMap<Technique, (u64, BTreeMap<String, RuleRef>)>,
}

impl Cells {
    fn add(&mut self, rule: &RuleRef, techniques: &[Technique]) {
        for technique in techniques {
            // The name does not tell two techniques apart.
            let key = Technique {
                name: None,
                ..technique.clone()
            };
            let (score, rules) = self.by_technique.entry(key).or_default();
            *score += 1;
            rules.entry(rule.id.clone()).or_insert_with(|| rule.clone());
        }
    }

    fn into_scores(self, one: &str, many: &str) -> Vec<TechniqueScore> {
        self.by_technique
            .into_iter()
            .map(|(technique, (score, rules))| {
                let rules: Vec<RuleRef> = rules.into_values().collect();
                let titles: Vec<&str> = rules
                    .iter()
                    .take(RULES_PER_TECHNIQUE)
                    .map(|rule| rule.title.as_str())
                    .collect();
                let comment = format!("{}: {}", counted(score, one, many), titles.join("; "));
                TechniqueScore {
                    technique,
                    score,
                    comment,
                    rules,
                }
            })
            .collect()
    }
}
