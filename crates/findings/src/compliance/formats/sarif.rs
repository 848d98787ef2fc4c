//! SARIF 2.1.0 (OASIS): a rule for each control; a result for each failure, accepted or not, and a
//! note for each UNKNOWN. What passed and what does not apply is counted in the properties of the
//! run. Results are written as they come, the rules after them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use crate::Severity;
use crate::compliance::writer::Sink;
use crate::compliance::{
    Address, CheckEvidence, CheckHeader, CheckResult, CheckSummary, ControlRef, Verdict, wording,
};
use crate::formats::sarif::{
    SCHEMA, artifact_uri, level, or_dash, pascal_case, plain_message, rank, security_severity,
};
use crate::safe_json;

/// Key under which results carry their identifier.
const FINGERPRINT: &str = "rempartCheckId/v1";

pub(crate) struct Sarif<'out> {
    out: Box<dyn io::Write + 'out>,
    header: CheckHeader,
    positions: BTreeMap<String, usize>,
    rules: Vec<Arc<ControlRef>>,
    results: u64,
}

impl<'out> Sarif<'out> {
    pub(crate) fn new(out: Box<dyn io::Write + 'out>) -> Self {
        Self {
            out,
            header: CheckHeader::default(),
            positions: BTreeMap::new(),
            rules: Vec::new(),
            results: 0,
        }
    }

    fn position(&mut self, control: &Arc<ControlRef>) -> usize {
        if let Some(position) = self.positions.get(&control.id) {
            return *position;
        }
        let position = self.rules.len();
        self.positions.insert(control.id.clone(), position);
        self.rules.push(Arc::clone(control));
        position
    }

    /// Writes a value without the line end.
    fn value<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        self.out.write_all(&safe_json::line(value)?)
    }
}

impl Sink for Sarif<'_> {
    fn begin(&mut self, header: &CheckHeader) -> io::Result<()> {
        self.header = header.clone();
        write!(
            self.out,
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"columnKind\":\"unicodeCodePoints\",\"results\":["
        )
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        if matches!(result.verdict, Verdict::Pass | Verdict::NotApplicable) {
            return Ok(());
        }
        let position = self.position(&result.control);
        let separator: &[u8] = if self.results == 0 { b"\n" } else { b",\n" };
        self.results += 1;
        self.out.write_all(separator)?;
        let value = sarif_result(result, position, &self.header);
        self.value(&value)
    }

    fn end(&mut self, summary: &CheckSummary) -> io::Result<()> {
        for tally in summary.controls.values() {
            self.position(&tally.control);
        }
        let rules: Vec<Value> = self.rules.iter().map(|control| rule(control)).collect();
        let mut driver = json!({ "name": "Rempart", "rules": rules });
        if let Some(driver) = driver.as_object_mut()
            && !self.header.tool_version.is_empty()
        {
            driver.insert("version".to_owned(), json!(self.header.tool_version));
        }
        self.out.write_all(b"\n],\"tool\":")?;
        self.value(&json!({ "driver": driver }))?;
        self.out.write_all(b",\n\"invocations\":")?;
        let invocation = invocation(summary, &self.header);
        self.value(&[invocation])?;
        self.out.write_all(b",\n\"properties\":")?;
        let properties = properties(summary);
        self.value(&properties)?;
        self.out.write_all(b"}]}\n")?;
        self.out.flush()
    }
}

fn rule(control: &ControlRef) -> Value {
    let mut tags = vec!["security".to_owned(), control.area.clone()];
    for (framework, list) in &control.mappings {
        for requirement in list {
            let tag = format!("{framework}/{requirement}");
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    let why = if control.why.is_empty() {
        &control.title
    } else {
        &control.why
    };
    json!({
        "id": control.id,
        "name": pascal_case(&control.title),
        "shortDescription": { "text": or_dash(&control.title) },
        "fullDescription": { "text": or_dash(why) },
        "help": { "text": or_dash(&help(control)) },
        "defaultConfiguration": { "level": level(control.severity) },
        "properties": {
            "area": control.area,
            "severity": control.severity,
            "resourceKind": control.resource_kind,
            "requirements": control.requirements,
            "mappings": control.mappings,
            "remediation": control.remediation,
            "tags": tags,
            "security-severity": security_severity(control.severity),
        },
    })
}

fn help(control: &ControlRef) -> String {
    let words = wording::remediation(control);
    std::iter::once(&words)
        .chain(&control.remediation.cli)
        .chain(&control.remediation.terraform)
        .filter(|part| !part.is_empty())
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn sarif_result(result: &CheckResult, position: usize, header: &CheckHeader) -> Value {
    let severity = result.control.severity;
    let unknown = result.verdict == Verdict::Unknown;
    let name = result.resource.name();
    let statement = wording::statement(result);
    let text = match result.verdict {
        Verdict::Unknown => format!("UNKNOWN {} {name}: {statement}", result.control.title),
        _ => format!("{statement}: {name}"),
    };
    let mut value = json!({
        "ruleId": result.control.id,
        "ruleIndex": position,
        "level": if unknown { "note" } else { level(severity) },
        "rank": rank(if unknown { Severity::Informational } else { severity }),
        "message": { "text": plain_message(&text) },
        "locations": locations(result, header),
        "partialFingerprints": { FINGERPRINT: result.id },
        "properties": {
            "verdict": result.verdict,
            "severity": severity,
            "area": result.control.area,
            "reason": wording::reason(result),
            "reasonCode": result.reason.as_ref().map(|reason| &reason.code),
            "permission": result.reason.as_ref().and_then(|reason| reason.permission.as_ref()),
            "resource": result.resource,
            "excerpt": result.excerpt,
            "evidence": result.evidence,
            "mute": result.mute,
        },
    });
    if let Some(map) = value.as_object_mut() {
        if result.verdict == Verdict::Muted {
            let why = wording::mute(result).unwrap_or_default();
            let suppression =
                json!([{ "kind": "external", "status": "accepted", "justification": why }]);
            map.insert("suppressions".to_owned(), suppression);
        }
        let related: Vec<Value> = result
            .evidence
            .iter()
            .enumerate()
            .map(|(number, evidence)| {
                let mut location = evidence_location(evidence);
                if let Some(map) = location.as_object_mut() {
                    map.insert("id".to_owned(), json!(number + 1));
                }
                location
            })
            .collect();
        if !related.is_empty() {
            map.insert("relatedLocations".to_owned(), json!(related));
        }
    }
    value
}

/// The declaration of a planned resource; otherwise the stored answer; otherwise the snapshot.
fn locations(result: &CheckResult, header: &CheckHeader) -> Value {
    let mut location = if let Some(address) = &result.resource.address {
        declaration(address, header)
    } else if let Some(evidence) = result.evidence.first() {
        evidence_location(evidence)
    } else {
        physical(&header.snapshot, None)
    };
    if let Some(map) = location.as_object_mut() {
        let mut logical = json!({
            "name": result.resource.id,
            "fullyQualifiedName": result.resource.name(),
            "kind": "resource",
        });
        let declared = result.resource.address.as_ref();
        if let (Some(map), Some(name)) = (
            logical.as_object_mut(),
            declared.and_then(|address| address.name.as_ref()),
        ) {
            map.insert("decoratedName".to_owned(), json!(name));
        }
        map.insert("logicalLocations".to_owned(), json!([logical]));
    }
    json!([location])
}

fn declaration(address: &Address, header: &CheckHeader) -> Value {
    let source = if address.source.is_empty() {
        &header.snapshot
    } else {
        &address.source
    };
    physical(source, address.line)
}

fn evidence_location(evidence: &CheckEvidence) -> Value {
    let mut location = physical(&evidence.source, Some(evidence.line));
    if let Some(map) = location.as_object_mut() {
        let text = plain_message(or_dash(&evidence.operation));
        map.insert("message".to_owned(), json!({ "text": text }));
        let properties = json!({ "sha256": evidence.sha256, "at": evidence.at });
        map.insert("properties".to_owned(), properties);
    }
    location
}

fn physical(source: &str, line: Option<u64>) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": artifact_uri(source) } });
    if let (Some(map), Some(line @ 1..)) = (place.as_object_mut(), line) {
        map.insert("region".to_owned(), json!({ "startLine": line }));
    }
    json!({ "physicalLocation": place })
}

fn invocation(summary: &CheckSummary, header: &CheckHeader) -> Value {
    let notification = |level: &str, text: String| json!({ "level": level, "message": { "text": plain_message(or_dash(&text)) } });
    let mut notifications = Vec::new();
    for problem in &summary.problems {
        let mut value = notification("error", problem.reason.clone());
        if let Some(map) = value.as_object_mut() {
            let place = physical(&problem.source, problem.line);
            map.insert("locations".to_owned(), json!([place]));
        }
        notifications.push(value);
    }
    for (what, count) in &summary.not_evaluated {
        let text = format!("{count} of {what} were left out by a bound");
        notifications.push(notification("warning", text));
    }
    for (permission, controls) in &summary.missing_permissions {
        let list: Vec<&str> = controls.iter().map(String::as_str).collect();
        let text = format!("{permission} is missing: UNKNOWN in {}", list.join(", "));
        notifications.push(notification("warning", text));
    }
    for entry in &summary.expired_mutes {
        let text = format!("accepted failure expired: {}", wording::mute_entry(entry));
        notifications.push(notification("warning", text));
    }
    for entry in &summary.unmatched_mutes {
        let text = format!(
            "accepted failure matched nothing: {}",
            wording::mute_entry(entry)
        );
        notifications.push(notification("note", text));
    }
    let mut invocation = json!({
        "executionSuccessful": summary.problems.is_empty(),
        "toolExecutionNotifications": notifications,
    });
    if let (Some(map), Some(time)) = (invocation.as_object_mut(), &header.generated_at) {
        map.insert("endTimeUtc".to_owned(), json!(time));
    }
    invocation
}

fn properties(summary: &CheckSummary) -> Value {
    let areas: BTreeMap<&str, Value> = summary
        .areas()
        .into_iter()
        .map(|(area, tally)| {
            let value = json!({
                "score": tally.score(),
                "decided": tally.decided(),
                "bySeverity": tally.by_severity,
            });
            (area, value)
        })
        .collect();
    let frameworks: BTreeMap<&str, BTreeMap<&str, Value>> = summary
        .frameworks()
        .into_iter()
        .map(|(framework, requirements)| {
            let requirements = requirements
                .into_iter()
                .map(|(requirement, tally)| {
                    let value = json!({
                        "status": tally.status(),
                        "controls": tally.controls,
                    });
                    (requirement, value)
                })
                .collect();
            (framework, requirements)
        })
        .collect();
    let controls: BTreeMap<&str, Value> = summary
        .controls
        .iter()
        .map(|(id, tally)| (id.as_str(), json!(tally.counts)))
        .collect();
    json!({
        "snapshot": summary.header.snapshot,
        "profile": summary.header.profile,
        "evidenceFrom": summary.evidence_from,
        "evidenceTo": summary.evidence_to,
        "accounts": summary.accounts,
        "regions": summary.regions,
        "resources": summary.resources,
        "scoreFormula": wording::SCORE,
        "score": summary.overall().score(),
        "counts": summary.counts(),
        "areas": areas,
        "controls": controls,
        "controlsWithoutSubject": summary.without_subject().map(|control| &control.id).collect::<Vec<_>>(),
        "unknownByReason": summary.unknown,
        "missingPermissions": summary.missing_permissions,
        "notEvaluated": summary.not_evaluated,
        "frameworks": frameworks,
        "expiredMutes": summary.expired_mutes,
        "unmatchedMutes": summary.unmatched_mutes,
    })
}
