//! OCSF 1.5 Compliance Finding (class 2003), one JSON object a line.
//! Schema: <https://schema.ocsf.io/1.5.0/classes/compliance_finding>.
//!
//! UNKNOWN is `Warning`, which the schema explains as "did not yield a result due to missing
//! information"; NOT_APPLICABLE is `Other`; MUTED is a `Fail` of a suppressed finding.

use std::io;

use serde_json::{Value, json};

use crate::Severity;
use crate::clock::optional_milliseconds;
use crate::compliance::writer::Sink;
use crate::compliance::{
    CheckEvidence, CheckHeader, CheckResult, CheckSummary, Resource, Verdict, wording,
};
use crate::formats::ocsf::{SCHEMA, insert_some, product, severity_id, severity_name};
use crate::safe_json;

pub(crate) struct Ocsf<'out> {
    out: Box<dyn io::Write + 'out>,
    header: CheckHeader,
}

impl<'out> Ocsf<'out> {
    pub(crate) fn new(out: Box<dyn io::Write + 'out>) -> Self {
        Self {
            out,
            header: CheckHeader::default(),
        }
    }
}

impl Sink for Ocsf<'_> {
    fn begin(&mut self, header: &CheckHeader) -> io::Result<()> {
        self.header = header.clone();
        Ok(())
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        let event = compliance_finding(result, &self.header);
        safe_json::write_line(&mut *self.out, &event)
    }

    fn end(&mut self, _: &CheckSummary) -> io::Result<()> {
        self.out.flush()
    }
}

fn compliance_finding(result: &CheckResult, header: &CheckHeader) -> Value {
    let control = &*result.control;
    let statement = wording::statement(result);
    let seen = result
        .evidence
        .iter()
        .filter_map(|one| optional_milliseconds(one.at.as_deref()))
        .max();
    let generated = optional_milliseconds(header.generated_at.as_deref());
    let time = generated.or(seen).unwrap_or(0);
    // A control that passed is no threat, whatever its failure would be.
    let severity = match result.verdict {
        Verdict::Pass | Verdict::NotApplicable => Severity::Informational,
        Verdict::Fail | Verdict::Unknown | Verdict::Muted => control.severity,
    };
    let (status, status_id) = match result.verdict {
        Verdict::Muted => ("Suppressed", 3),
        _ => ("New", 1),
    };
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Compliance Finding",
        "class_uid": 2003,
        "type_name": "Compliance Finding: Create",
        "type_uid": 200_301,
        "time": time,
        "severity": severity_name(severity),
        "severity_id": severity_id(severity),
        "status": status,
        "status_id": status_id,
        "message": statement,
        "metadata": {
            "version": SCHEMA,
            "profiles": ["cloud"],
            "product": product(Some(&header.tool_version)),
            "uid": result.id,
        },
        "finding_info": {
            "uid": result.id,
            "title": control.title,
            "desc": statement,
            "types": [control.area],
            "created_time": time,
            "analytic": {
                "uid": control.id,
                "name": control.title,
                "type": "Rule",
                "type_id": 1,
                "category": control.area,
            },
        },
        "compliance": compliance(result),
        "cloud": {
            "provider": "AWS",
            "account": { "uid": result.resource.account, "type": "AWS Account", "type_id": 10 },
            "region": result.resource.region,
        },
        "resources": [resource(&result.resource)],
        "evidences": result.evidence.iter().map(|one| evidence(one)).collect::<Vec<_>>(),
        "remediation": { "desc": repair(result) },
        "unmapped": {
            "verdict": result.verdict,
            "reason": wording::reason(result),
            "reason_code": result.reason.as_ref().map(|reason| &reason.code),
            "permission": result.reason.as_ref().and_then(|reason| reason.permission.as_ref()),
            "mute": result.mute,
            "excerpt": result.excerpt,
            "address": result.resource.address,
            "snapshot": header.snapshot,
            "control_severity": control.severity,
        },
    });
    if let Some(map) = event.as_object_mut() {
        let note = wording::mute(result);
        insert_some(
            map,
            "status_detail",
            note.or_else(|| wording::reason(result)),
        );
    }
    event
}

fn compliance(result: &CheckResult) -> Value {
    let control = &*result.control;
    let (status, status_id) = match result.verdict {
        Verdict::Pass => ("Pass", 1),
        Verdict::Unknown => ("Warning", 2),
        Verdict::Fail | Verdict::Muted => ("Fail", 3),
        Verdict::NotApplicable => ("Not Applicable", 99),
    };
    let standards: Vec<&String> = control
        .mappings
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(framework, _)| framework)
        .collect();
    let requirements: Vec<String> = control
        .requirements
        .iter()
        .cloned()
        .chain(wording::mappings(control))
        .collect();
    let mut details = vec![wording::statement(result)];
    details.extend(wording::mute(result));
    let mut compliance = json!({
        "control": format!("{} {}", control.id, control.title),
        "category": control.area,
        "desc": control.why,
        "standards": standards,
        "requirements": requirements,
        "status": status,
        "status_id": status_id,
        "status_details": details,
        "checks": [{
            "uid": control.id,
            "name": control.title,
            "desc": control.why,
            "severity": severity_name(control.severity),
            "severity_id": severity_id(control.severity),
            "standards": standards,
            "status": status,
            "status_id": status_id,
        }],
    });
    if let Some(map) = compliance.as_object_mut() {
        let code = result.reason.as_ref().map(|reason| &reason.code);
        insert_some(map, "status_code", code);
    }
    compliance
}

fn resource(resource: &Resource) -> Value {
    let mut value = json!({
        "uid": resource.name(),
        "name": resource.id,
        "type": resource.kind,
        "region": resource.region,
    });
    let partition = resource
        .arn
        .as_deref()
        .and_then(|arn| arn.strip_prefix("arn:")?.split(':').next());
    if let Some(map) = value.as_object_mut() {
        insert_some(map, "cloud_partition", partition);
        insert_some(map, "data", resource.address.as_ref());
    }
    value
}

fn evidence(evidence: &CheckEvidence) -> Value {
    let (service, operation) = evidence
        .operation
        .split_once(':')
        .unwrap_or(("", &evidence.operation));
    let mut api = json!({ "operation": operation });
    if let Some(map) = api.as_object_mut()
        && !service.is_empty()
    {
        map.insert("service".to_owned(), json!({ "name": service }));
    }
    json!({
        "api": api,
        "data": {
            "source": evidence.source,
            "line": evidence.line,
            "sha256": evidence.sha256,
            "time": evidence.at,
        },
    })
}

fn repair(result: &CheckResult) -> String {
    let remediation = &result.control.remediation;
    let words = wording::remediation(&result.control);
    std::iter::once(&words)
        .chain(&remediation.cli)
        .chain(&remediation.terraform)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n\n")
}
