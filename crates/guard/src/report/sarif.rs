//! The report as SARIF 2.1.0 (OASIS), for code scanning.

use serde_json::{Value, json};

use super::ProofReport;
use crate::proof::Outcome;

/// The report as a SARIF log: a rule for each property, a result for each that is not proved.
pub fn sarif(report: &ProofReport) -> Value {
    let rules: Vec<Value> = report
        .properties
        .iter()
        .map(|line| {
            json!({
                "id": line.id,
                "shortDescription": {"text": line.title},
                "fullDescription": {"text": line.intent},
                "properties": {"tags": line.requirements},
            })
        })
        .collect();
    let mut results = Vec::new();
    for (number, line) in report.properties.iter().enumerate() {
        let level = match line.outcome {
            Outcome::Refuted => "error",
            Outcome::Unknown => "warning",
            Outcome::Proved | Outcome::NotAddressed => continue,
        };
        let calls: Vec<&String> = line
            .broken
            .iter()
            .filter_map(|broken| broken.call.as_ref())
            .collect();
        results.push(json!({
            "ruleId": line.id,
            "ruleIndex": number,
            "level": level,
            "message": {"text": format!("{}: {}", line.title, line.reasons.join("; "))},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": {"uri": line.source},
                    "region": {"startLine": line.line},
                },
            }],
            "properties": {"policies": report.policies, "calls": calls},
        }));
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rempart guard prove",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    })
}
