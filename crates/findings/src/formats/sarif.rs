//! SARIF 2.1.0 (OASIS). A record is located by its source and its number in the source. The number
//! is a logical location: a region would have to name a line or an offset, and a record has neither.

use std::collections::BTreeMap;
use std::io;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::wording::{all_notes, rule_credit};
use crate::escape::visible;
use crate::output::{Report, WriteOptions};
use crate::safe_json;
use crate::{Evidence, Finding, RunSummary, Severity};

pub(crate) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Key under which results carry the finding id.
const FINGERPRINT: &str = "rempartFindingId/v1";

pub(crate) fn write(
    report: &Report<'_>,
    options: &WriteOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut rules: Vec<Value> = Vec::new();
    let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.findings {
        if !positions.contains_key(finding.rule.id.as_str()) {
            positions.insert(&finding.rule.id, rules.len());
            rules.push(rule(finding));
        }
    }
    let mut driver = json!({ "name": "Rempart", "rules": rules });
    if let (Some(driver), Some(summary)) = (driver.as_object_mut(), report.summary) {
        driver.insert("version".to_owned(), json!(summary.tool_version));
    }
    let run = Run {
        tool: json!({ "driver": driver }),
        invocations: report.summary.map(|summary| [invocation(summary, options)]),
        results: Results {
            findings: report.findings,
            positions: &positions,
        },
        column_kind: "unicodeCodePoints",
        properties: json!({ "coverage": report.coverage, "summary": report.summary }),
    };
    safe_json::write_pretty(
        out,
        &Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [run],
        },
    )
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    invocations: Option<[Value; 1]>,
    results: Results<'a>,
    column_kind: &'static str,
    properties: Value,
}

/// Makes each result when it is written, so that a long report does not stand in memory as a tree.
struct Results<'a> {
    findings: &'a [Finding],
    positions: &'a BTreeMap<&'a str, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.findings.iter().map(|finding| {
            result(
                finding,
                self.positions.get(finding.rule.id.as_str()).copied(),
            )
        }))
    }
}

fn rule(finding: &Finding) -> Value {
    let rule = &finding.rule;
    let mut tags = vec!["security".to_owned(), finding.category.id().to_owned()];
    for technique in &finding.techniques {
        if !tags.contains(&technique.id) {
            tags.push(technique.id.clone());
        }
    }
    let mut descriptor = json!({
        "id": rule.id,
        "name": pascal_case(&rule.title),
        "shortDescription": { "text": or_dash(&rule.title) },
        "fullDescription": { "text": format!("{}. Rule {}", rule.title, rule_credit(rule)) },
        "defaultConfiguration": { "level": level(rule.level) },
        "properties": {
            "author": rule.author,
            "license": rule.license,
            "rule_url": rule.reference,
            "references": rule.references,
            "falsePositives": rule.false_positives,
            "tags": tags,
            "security-severity": security_severity(rule.level),
        },
    });
    let link = rule
        .reference
        .iter()
        .chain(&rule.references)
        .find(|link| is_web_link(link));
    if let (Some(map), Some(link)) = (descriptor.as_object_mut(), link) {
        map.insert("helpUri".to_owned(), json!(link));
    }
    descriptor
}

fn result(finding: &Finding, rule_index: Option<usize>) -> Value {
    let mut locations = finding.evidence.iter().map(location);
    let first = locations.next();
    let mut result = json!({
        "ruleId": finding.rule.id,
        "level": level(finding.severity),
        "rank": rank(finding.severity),
        "message": { "text": message(finding) },
        "locations": first.into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { FINGERPRINT: finding.id },
        "properties": {
            "severity": finding.severity,
            "category": finding.category,
            "outcome": finding.outcome,
            "techniques": finding.techniques,
            "principal": finding.principal,
            "principals": finding.principals,
            "sourceIps": finding.source_ips,
            "userAgents": finding.user_agents,
            "accounts": finding.accounts,
            "regions": finding.regions,
            "resources": finding.resources,
            "firstTime": finding.first_time,
            "lastTime": finding.last_time,
            "eventCount": finding.event_count,
            "eventIds": finding.event_ids,
            "nextSteps": finding.next_steps,
            "notes": all_notes(finding),
            "guardrails": finding.guardrails,
            "ruleAuthor": finding.rule.author,
            "ruleLicense": finding.rule.license,
            "ruleUrl": finding.rule.reference,
        },
    });
    if let Some(map) = result.as_object_mut() {
        if let Some(index) = rule_index {
            map.insert("ruleIndex".to_owned(), json!(index));
        }
        let related: Vec<Value> = locations
            .enumerate()
            .map(|(number, mut location)| {
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
    result
}

fn location(evidence: &Evidence) -> Value {
    let mut text = format!("record {}", evidence.index);
    if let Some(name) = &evidence.event_name {
        text = format!("{} ({text})", visible(name));
    }
    json!({
        "message": { "text": text },
        "physicalLocation": { "artifactLocation": { "uri": artifact_uri(&evidence.source) } },
        "logicalLocations": [{
            "name": evidence.index.to_string(),
            "fullyQualifiedName": format!("record {}", evidence.index),
            "kind": "object",
        }],
        "properties": {
            "recordIndex": evidence.index,
            "sha256": evidence.sha256,
            "eventId": evidence.event_id,
            "eventTime": evidence.time,
        },
    })
}

fn invocation(summary: &RunSummary, options: &WriteOptions) -> Value {
    let notification =
        |level: &str, text: &str| json!({ "level": level, "message": { "text": or_dash(text) } });
    let mut notifications: Vec<Value> = summary
        .incomplete
        .iter()
        .map(|text| notification("error", text))
        .collect();
    for problem in &summary.problems {
        let mut value = notification("warning", &problem.reason);
        if let Some(map) = value.as_object_mut() {
            let place = json!([{
                "physicalLocation": { "artifactLocation": { "uri": artifact_uri(&problem.source) } },
                "properties": { "byteOffset": problem.offset },
            }]);
            map.insert("locations".to_owned(), place);
        }
        notifications.push(value);
    }
    let mut invocation = json!({
        "executionSuccessful": summary.incomplete.is_empty(),
        "toolExecutionNotifications": notifications,
    });
    if let (Some(map), Some(time)) = (invocation.as_object_mut(), &options.generated_at) {
        map.insert("endTimeUtc".to_owned(), json!(time));
    }
    invocation
}

fn message(finding: &Finding) -> String {
    plain_message(&format!(
        "{} ({}, {})",
        finding.explanation, finding.rule.title, finding.principal
    ))
}

/// Message text is plain text in which some viewers follow links of the form `[text](target)`;
/// an escaped bracket stays a bracket.
pub(crate) fn plain_message(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    // Braces of the form {0} stand for arguments; doubled they stand for themselves.
    escaped.replace('{', "{{").replace('}', "}}")
}

/// A path or an object URL as a URI reference (RFC 3986).
pub(crate) fn artifact_uri(source: &str) -> String {
    if let Some((scheme, rest)) = source.split_once("://")
        && is_scheme(scheme)
    {
        return format!(
            "{}://{}",
            scheme.to_ascii_lowercase(),
            percent_encoded(rest)
        );
    }
    let encoded = percent_encoded(source);
    if source.starts_with('/') {
        format!("file://{encoded}")
    } else {
        encoded
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
        if plain {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.'))
}

fn is_web_link(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest.bytes().all(|byte| {
                byte.is_ascii_graphic()
                    && !matches!(
                        byte,
                        b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
                    )
            })
    })
}

/// `CloudTrail logging was stopped` as `CloudTrailLoggingWasStopped`.
pub(crate) fn pascal_case(title: &str) -> String {
    let mut name = String::new();
    for word in title.split(|character: char| !character.is_ascii_alphanumeric()) {
        let mut characters = word.chars();
        if let Some(first) = characters.next() {
            name.push(first.to_ascii_uppercase());
            name.push_str(characters.as_str());
        }
    }
    if name.is_empty() {
        "Unnamed".to_owned()
    } else {
        name
    }
}

/// The format wants texts that are not empty.
pub(crate) fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

pub(crate) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational | Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}

/// From 0 to 100, the format's own scale of importance.
pub(crate) const fn rank(severity: Severity) -> f64 {
    match severity {
        Severity::Informational => 10.0,
        Severity::Low => 30.0,
        Severity::Medium => 50.0,
        Severity::High => 75.0,
        Severity::Critical => 95.0,
    }
}

/// The scale of code-scanning viewers, from 0.0 to 10.0, as text.
pub(crate) const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "0.0",
        Severity::Low => "3.0",
        Severity::Medium => "5.0",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_become_uris() {
        assert_eq!(artifact_uri("logs/a b.json.gz"), "logs/a%20b.json.gz");
        assert_eq!(
            artifact_uri("/var/log/é%.json"),
            "file:///var/log/%C3%A9%25.json"
        );
        assert_eq!(
            artifact_uri("s3://bucket/AWSLogs/a#b?c"),
            "s3://bucket/AWSLogs/a%23b%3Fc"
        );
        assert_eq!(artifact_uri("a:b.json"), "a%3Ab.json");
        assert_eq!(artifact_uri("java script://x"), "java%20script%3A//x");
    }

    #[test]
    fn titles_become_names() {
        assert_eq!(
            pascal_case("CloudTrail logging was stopped"),
            "CloudTrailLoggingWasStopped"
        );
        assert_eq!(pascal_case("<>"), "Unnamed");
    }
}
