//! OCSF 1.5 Detection Finding (class 2004), one JSON object a line.
//! Schema: <https://schema.ocsf.io/1.5.0/classes/detection_finding>.
//!
//! The author, licence and link of the rule stand in `finding_info.analytic.desc`, for readers
//! that drop what they do not know, and field by field in `unmapped`.

use std::io;
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::wording::{all_notes, rule_credit};
use crate::clock::optional_milliseconds;
use crate::output::{Report, WriteOptions};
use crate::safe_json;
use crate::{Evidence, Finding, Outcome, Severity, Technique};

/// Version of the schema that the output follows.
pub(crate) const SCHEMA: &str = "1.5.0";

pub(crate) fn write(
    report: &Report<'_>,
    options: &WriteOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let version = report.summary.map(|summary| summary.tool_version.as_str());
    let generated = optional_milliseconds(options.generated_at.as_deref());
    for finding in report.findings {
        safe_json::write_line(out, &detection_finding(finding, version, generated))?;
    }
    Ok(())
}

fn detection_finding(finding: &Finding, version: Option<&str>, generated: Option<i64>) -> Value {
    let first = optional_milliseconds(finding.first_time.as_deref());
    let last = optional_milliseconds(finding.last_time.as_deref());
    // `time` is required and means when the finding was made. Without a clock the last event is
    // the earliest moment at which it could have been.
    let time = generated.or(last).or(first).unwrap_or(0);
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Detection Finding",
        "class_uid": 2004,
        "type_name": "Detection Finding: Create",
        "type_uid": 200_401,
        "time": time,
        "severity": severity_name(finding.severity),
        "severity_id": severity_id(finding.severity),
        "status": "New",
        "status_id": 1,
        "is_alert": finding.severity >= Severity::Medium,
        "message": finding.explanation,
        "count": finding.event_count,
        "metadata": {
            "version": SCHEMA,
            "profiles": ["cloud"],
            "product": product(version),
            "uid": finding.id,
            "log_provider": "AWS CloudTrail",
        },
        "finding_info": finding_info(finding, first, last, time),
        "cloud": cloud(finding),
        "observables": observables(finding),
        "resources": finding.resources.iter().map(|name| resource(name)).collect::<Vec<_>>(),
        "evidences": evidences(finding),
        "unmapped": unmapped(finding),
    });
    if let Some(map) = event.as_object_mut() {
        insert_some(map, "start_time", first);
        insert_some(map, "end_time", last);
        if !finding.next_steps.is_empty() {
            let remediation = json!({
                "desc": finding.next_steps.join("\n"),
                "references": finding.rule.references,
            });
            map.insert("remediation".to_owned(), remediation);
        }
    }
    event
}

pub(crate) fn product(version: Option<&str>) -> Value {
    let mut product = json!({ "name": "Rempart", "vendor_name": "Rempart" });
    if let (Some(map), Some(version)) = (product.as_object_mut(), version) {
        map.insert("version".to_owned(), json!(version));
    }
    product
}

fn finding_info(finding: &Finding, first: Option<i64>, last: Option<i64>, time: i64) -> Value {
    let rule = &finding.rule;
    let mut info = json!({
        "uid": finding.id,
        "title": rule.title,
        "desc": finding.explanation,
        "types": [finding.category.name()],
        "created_time": time,
        "analytic": {
            "uid": rule.id,
            "name": rule.title,
            "type": "Rule",
            "type_id": 1,
            "category": finding.category.id(),
            "desc": format!("Sigma rule {}", rule_credit(rule)),
        },
        "attacks": finding.techniques.iter().map(attack).collect::<Vec<_>>(),
        "data_sources": ["AWS CloudTrail"],
        "related_events_count": finding.event_count,
    });
    if let Some(map) = info.as_object_mut() {
        insert_some(map, "first_seen_time", first);
        insert_some(map, "last_seen_time", last);
    }
    info
}

/// A sub-technique is named beside its technique.
fn attack(technique: &Technique) -> Value {
    let described = |id: &str, name: Option<&str>| {
        let whole = Technique {
            id: id.to_owned(),
            name: None,
            framework: technique.framework,
        };
        let mut value = json!({ "uid": id, "src_url": whole.url() });
        if let (Some(map), Some(name)) = (value.as_object_mut(), name) {
            map.insert("name".to_owned(), json!(name));
        }
        value
    };
    let name = technique.name.as_deref();
    let parent = technique.parent_id();
    if parent == technique.id {
        json!({ "technique": described(&technique.id, name) })
    } else {
        json!({
            "technique": described(parent, None),
            "sub_technique": described(&technique.id, name),
        })
    }
}

fn cloud(finding: &Finding) -> Value {
    let mut cloud = json!({ "provider": "AWS" });
    if let Some(map) = cloud.as_object_mut() {
        if let Some(account) = finding.accounts.first() {
            let value = json!({ "uid": account, "type": "AWS Account", "type_id": 10 });
            map.insert("account".to_owned(), value);
        }
        insert_some(map, "region", finding.regions.first());
    }
    cloud
}

fn observables(finding: &Finding) -> Vec<Value> {
    let observable = |name: &str, kind: &str, kind_id: u16, value: &str| json!({ "name": name, "type": kind, "type_id": kind_id, "value": value });
    let mut list = Vec::new();
    for who in principals(finding) {
        list.push(observable(
            "evidences[].actor.user.uid",
            "User UID",
            31,
            who,
        ));
    }
    for source in &finding.source_ips {
        list.push(if is_address(source) {
            observable("evidences[].src_endpoint.ip", "IP Address", 2, source)
        } else {
            observable("evidences[].src_endpoint.hostname", "Hostname", 1, source)
        });
    }
    for agent in &finding.user_agents {
        list.push(observable(
            "evidences[].http_request.user_agent",
            "HTTP User-Agent",
            16,
            agent,
        ));
    }
    for name in &finding.resources {
        let pointer = if is_arn(name) {
            "resources[].uid"
        } else {
            "resources[].name"
        };
        list.push(observable(pointer, "Resource UID", 10, name));
    }
    list
}

/// An ARN has the form `arn:partition:service:region:account:resource`.
fn resource(name: &str) -> Value {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let [_arn, partition, service, region, _account, _rest] = parts.as_slice() else {
        return json!({ "name": name });
    };
    if !is_arn(name) {
        return json!({ "name": name });
    }
    let mut resource = json!({
        "uid": name,
        "cloud_partition": partition,
        "type": service,
    });
    if let Some(map) = resource.as_object_mut() {
        insert_some(
            map,
            "region",
            Some(*region).filter(|region| !region.is_empty()),
        );
    }
    resource
}

/// The records, then who called from where and with what. The class has no place for the caller
/// but here, and a record of the list need not be the one that each value comes from.
fn evidences(finding: &Finding) -> Vec<Value> {
    let mut list: Vec<Value> = finding.evidence.iter().map(record).collect();
    for who in principals(finding) {
        list.push(json!({ "name": "principal", "actor": { "user": { "uid": who } } }));
    }
    for source in &finding.source_ips {
        let key = if is_address(source) { "ip" } else { "hostname" };
        list.push(json!({ "name": "source", "src_endpoint": { key: source } }));
    }
    for agent in &finding.user_agents {
        list.push(json!({
            "name": "user agent",
            "http_request": { "user_agent": agent },
            "data": { "user_agent": agent },
        }));
    }
    list
}

fn principals(finding: &Finding) -> impl Iterator<Item = &String> {
    let others = finding
        .principals
        .iter()
        .filter(|other| **other != finding.principal);
    std::iter::once(&finding.principal).chain(others)
}

fn record(evidence: &Evidence) -> Value {
    let mut data = json!({
        "source": evidence.source,
        "index": evidence.index,
        "sha256": evidence.sha256,
    });
    if let Some(map) = data.as_object_mut() {
        insert_some(map, "time", evidence.time.as_ref());
    }
    let mut value = json!({ "data": data });
    if let Some(map) = value.as_object_mut() {
        insert_some(map, "uid", evidence.event_id.as_ref());
        if let Some(operation) = &evidence.event_name {
            let mut api = json!({ "operation": operation });
            if let (Some(api), Some(service)) = (api.as_object_mut(), &evidence.event_source) {
                api.insert("service".to_owned(), json!({ "name": service }));
            }
            map.insert("api".to_owned(), api);
        }
    }
    value
}

fn unmapped(finding: &Finding) -> Value {
    let rule = &finding.rule;
    json!({
        "principal": finding.principal,
        "rule_author": rule.author,
        "rule_license": rule.license,
        "rule_reference": rule.reference,
        "rule_references": rule.references,
        "rule_level": rule.level,
        "outcome": finding.outcome,
        "attempt_only": finding.outcome == Outcome::Failed,
        "category": finding.category,
        "principals": finding.principals,
        "accounts": finding.accounts,
        "regions": finding.regions,
        "event_ids": finding.event_ids,
        "false_positives": rule.false_positives,
        "notes": all_notes(finding),
        "guardrails": finding.guardrails,
    })
}

pub(crate) fn insert_some<T: serde::Serialize>(
    map: &mut Map<String, Value>,
    key: &str,
    value: Option<T>,
) {
    if let Some(value) = value {
        map.insert(key.to_owned(), json!(value));
    }
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.matches(':').count() >= 5
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

pub(crate) const fn severity_id(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

pub(crate) const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}
