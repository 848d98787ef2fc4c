//! Reports of proofs: for people, as JSON, as SARIF, as a page.

mod html;
mod sarif;
mod text;

use rempart_policy::Stack;
use rempart_prove::{Certificate, Presence};
use serde::Serialize;

use crate::proof::{Example, Outcome, PropertyReport, StatementNote};
use crate::property::{Forbidden, Liveness};

pub use html::html;
pub use sarif::sarif;
pub use text::text;

/// A whole report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofReport {
    /// The policies, by name.
    pub policies: Vec<String>,
    /// What was taken of omitted fields: `always`, `iff-present` or `unknown`.
    pub presence: &'static str,
    /// Date of the authorization reference and the service models.
    pub reference: Vec<String>,
    /// The properties, worst first.
    pub properties: Vec<PropertyLine>,
    /// What is odd about statements, where it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<StatementNote>,
    /// Files and places that could not be used.
    pub problems: Vec<String>,
    /// Counts.
    pub summary: Summary,
}

/// How many properties came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Sound and live.
    pub proved: usize,
    /// Broken.
    pub refuted: usize,
    /// Not decided.
    pub unknown: usize,
    /// No statement is about them.
    pub not_addressed: usize,
}

/// One property.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyLine {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Why it matters.
    pub intent: String,
    /// The requirements that it serves.
    pub requirements: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is refuted or unknown, in lines.
    pub reasons: Vec<String>,
    /// Actions for which no forbidden request is allowed.
    pub sound: Vec<String>,
    /// Forbidden requests that are allowed.
    pub broken: Vec<BrokenLine>,
    /// Actions of which nothing is allowed.
    pub blocked: Vec<String>,
    /// Requests that must stay allowed.
    pub permitted: Vec<PermitLine>,
    /// What no guardrail can cover of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual: Option<String>,
    /// What the answers rest on.
    pub assumptions: Vec<String>,
    /// Classes of values that were told apart, over all actions.
    pub cells: usize,
    /// What each proof covers, where it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateLine>,
    /// Where the property is written.
    pub source: String,
    /// Line there.
    pub line: u32,
}

/// What the proof for one action covers: every value of a part lies in one of its cells.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateLine {
    /// The action.
    pub action: String,
    /// The parts of the request that matter.
    pub components: Vec<ComponentLine>,
    /// Nodes of the decision diagrams.
    pub nodes: usize,
}

/// One part of the request.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentLine {
    /// Condition key, field or `resource`.
    pub name: String,
    /// A value of each cell, with the answers that all values of the cell give to the questions of
    /// policies and property.
    pub cells: Vec<(String, Vec<bool>)>,
}

/// A forbidden request that is allowed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokenLine {
    /// The action.
    pub action: String,
    /// Why, in a line.
    pub reason: String,
    /// What AWS would have to do for it to be denied after all.
    pub holds_only_if: Vec<String>,
    /// The call that makes the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The request with the policies, for `rempart policy decide`.
    pub scenario: serde_json::Value,
}

/// A request that must stay allowed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PermitLine {
    /// What it is.
    pub name: String,
    /// `allowed`, `denied` or `unknown`.
    pub answer: &'static str,
    /// Statements that deny it, or why it is not known.
    pub by: Vec<String>,
    /// What AWS would have to do for it to be denied; empty when it is denied in any case.
    pub when: Vec<String>,
}

impl ProofReport {
    /// Puts a report together.
    pub fn new(
        reports: &[PropertyReport],
        stack: &Stack,
        policies: Vec<String>,
        presence: Presence,
        problems: Vec<String>,
    ) -> Self {
        let mut summary = Summary::default();
        let mut properties: Vec<PropertyLine> = Vec::new();
        for report in reports {
            match report.outcome {
                Outcome::Proved => summary.proved += 1,
                Outcome::Refuted => summary.refuted += 1,
                Outcome::Unknown => summary.unknown += 1,
                Outcome::NotAddressed => summary.not_addressed += 1,
            }
            properties.push(line(report, stack));
        }
        properties.sort_by_key(|line| match line.outcome {
            Outcome::Refuted => 0,
            Outcome::Unknown => 1,
            Outcome::Proved => 2,
            Outcome::NotAddressed => 3,
        });
        let dated = rempart_aws_model::tables().iter().filter_map(|table| {
            let source = table.header("source")?;
            let date = table.header("generated")?;
            Some(format!("{}: {source}, {date}", table.file_name()))
        });
        Self {
            policies,
            presence: match presence {
                Presence::Always => "always",
                Presence::IffPresent => "iff-present",
                Presence::Unknown => "unknown",
            },
            reference: dated.collect(),
            properties,
            statements: Vec::new(),
            problems,
            summary,
        }
    }
}

impl ProofReport {
    /// Adds to each property what its proofs cover.
    pub fn add_certificates(&mut self, reports: &[PropertyReport]) {
        for report in reports {
            let mut lines = self.properties.iter_mut();
            if let Some(line) = lines.find(|line| line.id == report.property.id) {
                line.certificates = report.proved.iter().map(certificate).collect();
            }
        }
    }
}

fn certificate((forbidden, certificate): &(&Forbidden, Certificate)) -> CertificateLine {
    let components = certificate
        .components
        .iter()
        .map(|component| ComponentLine {
            name: component.name.to_string(),
            cells: component
                .cells
                .iter()
                .map(|cell| (cell.witness.to_string(), cell.truth.to_vec()))
                .collect(),
        });
    CertificateLine {
        action: forbidden.action.as_str().to_owned(),
        components: components.collect(),
        nodes: certificate.nodes,
    }
}

fn line(report: &PropertyReport, stack: &Stack) -> PropertyLine {
    let property = report.property;
    let permitted: Vec<PermitLine> = report
        .liveness
        .iter()
        .map(|(name, liveness)| permit(name, liveness))
        .collect();
    let broken: Vec<BrokenLine> = report
        .refuted
        .iter()
        .map(|broken| {
            let name = format!("{}: {}", property.id, broken.reason);
            let stack = broken.policies(stack);
            let example = Example::new(&name, &broken.refutation.witness, &stack);
            BrokenLine {
                action: broken.forbidden.action.as_str().to_owned(),
                reason: broken.reason.clone(),
                holds_only_if: broken.refutation.holds_only_if.clone(),
                call: example.call,
                scenario: example.scenario,
            }
        })
        .collect();
    let cells = report.proved.iter().map(|(_, certificate)| {
        let of_components = certificate.components.iter();
        of_components
            .map(|component| component.cells.len())
            .sum::<usize>()
    });
    PropertyLine {
        id: property.id.clone(),
        title: property.title.clone(),
        intent: property.intent.clone(),
        requirements: property.requirements.clone(),
        outcome: report.outcome,
        reasons: reasons(report, &permitted),
        sound: report
            .proved
            .iter()
            .map(|(forbidden, _)| forbidden.action.as_str().to_owned())
            .collect(),
        broken,
        blocked: report
            .blocked
            .iter()
            .map(|forbidden| forbidden.action.as_str().to_owned())
            .collect(),
        permitted,
        residual: property.residual.clone(),
        assumptions: report.assumptions.iter().cloned().collect(),
        cells: cells.sum(),
        certificates: Vec::new(),
        source: property.source.clone(),
        line: property.position.line,
    }
}

/// The lines that say why: one for each reason, with the actions that share it.
fn reasons(report: &PropertyReport, permitted: &[PermitLine]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    let addressed: Vec<_> = report
        .refuted
        .iter()
        .filter(|broken| broken.is_addressed)
        .collect();
    if let Some((first, others)) = addressed.split_first() {
        let names: Vec<&str> = others
            .iter()
            .map(|broken| bare(broken.forbidden.action.as_str()))
            .collect();
        let name = bare(first.forbidden.action.as_str());
        reasons.push(if names.is_empty() {
            format!("{name}: {}", first.reason)
        } else {
            format!(
                "{name}: {} (the same way: {})",
                first.reason,
                names.join(", ")
            )
        });
    }
    let uncovered: Vec<&str> = report
        .refuted
        .iter()
        .filter(|broken| !broken.is_addressed)
        .map(|broken| bare(broken.forbidden.action.as_str()))
        .collect();
    if !uncovered.is_empty() {
        reasons.push(format!("no statement covers {}", uncovered.join(", ")));
    }
    for line in permitted.iter().filter(|line| line.answer == "denied") {
        let when = if line.when.is_empty() {
            String::new()
        } else {
            format!(" if {}", line.when.join(" and "))
        };
        reasons.push(format!(
            "blocks {}{when}: {}",
            line.name,
            line.by.join(", ")
        ));
    }
    if !report.blocked.is_empty() {
        let names: Vec<&str> = report
            .blocked
            .iter()
            .map(|forbidden| bare(forbidden.action.as_str()))
            .collect();
        reasons.push(format!("nothing is left allowed of {}", names.join(", ")));
    }
    for (forbidden, reason) in &report.unknown {
        reasons.push(format!(
            "{}: not known: {reason}",
            bare(forbidden.action.as_str())
        ));
    }
    for line in permitted.iter().filter(|line| line.answer == "unknown") {
        reasons.push(format!("{}: not known: {}", line.name, line.by.join(", ")));
    }
    reasons
}

fn bare(action: &str) -> &str {
    action.strip_prefix("sagemaker:").unwrap_or(action)
}

fn permit(name: &str, liveness: &Liveness) -> PermitLine {
    let (answer, by, when) = match liveness {
        Liveness::Allowed => ("allowed", Vec::new(), Vec::new()),
        Liveness::Denied { by, when } => ("denied", by.clone(), when.clone()),
        Liveness::Unknown(reason) => ("unknown", vec![reason.clone()], Vec::new()),
    };
    PermitLine {
        name: name.to_owned(),
        answer,
        by,
        when,
    }
}
