//! OCSF 1.5, one JSON object a line: an Incident Finding (2005) for the case, and an API Activity
//! (6003) for each call of each step. Schema: <https://schema.ocsf.io/1.5.0>.

use std::net::IpAddr;

use rempart_case::{Case, Step};
use rempart_findings::{Severity, Technique, visible};
use rempart_locale::Language;
use serde_json::{Map, Value, json};

use crate::time::milliseconds;
use crate::view::View;
use crate::words::name;

const SCHEMA: &str = "1.5.0";

/// The case as OCSF events: one Incident Finding, then API Activity by step and call. `count` is
/// the number of records behind an event; a step whose time cannot be read has the time 0.
#[must_use]
pub fn ocsf(case: &Case, language: Language) -> String {
    let view = View::new(case, None, language);
    let mut lines = incident(&view).to_string();
    lines.push('\n');
    for step in &case.steps {
        for (place, (call, count)) in step.calls.iter().enumerate() {
            lines.push_str(&activity(&view, step, place, call, *count).to_string());
            lines.push('\n');
        }
    }
    lines
}

fn metadata(view: &View<'_>, uid: String) -> Value {
    json!({
        "version": SCHEMA,
        "profiles": ["cloud"],
        "product": { "name": "Rempart", "vendor_name": "Rempart", "version": visible(&view.case.tool) },
        "uid": uid,
        "log_provider": "AWS CloudTrail",
        "lang": view.words.language().code(),
    })
}

fn incident(view: &View<'_>) -> Value {
    let case = view.case;
    let overview = &case.overview;
    let first = overview.first_bad.as_deref().and_then(milliseconds);
    let last = overview.last_activity.as_deref().and_then(milliseconds);
    let title = view.headline();
    let findings: Vec<Value> = case
        .steps
        .iter()
        .filter(|step| step.severity.is_some())
        .map(|step| {
            let text = view.words.say(&step.text);
            let mut info = json!({
                "uid": visible(&step.id),
                "title": text.as_str(),
                "related_events_count": step.events,
                "attacks": step.techniques.iter().filter_map(attack).collect::<Vec<_>>(),
            });
            insert(&mut info, "first_seen_time", milliseconds(&step.first));
            insert(&mut info, "last_seen_time", milliseconds(&step.last));
            info
        })
        .collect();
    let mut event = json!({
        "activity_id": 1, "activity_name": "Create",
        "category_name": "Findings", "category_uid": 2,
        "class_name": "Incident Finding", "class_uid": 2005,
        "type_name": "Incident Finding: Create", "type_uid": 200_501,
        "time": last.or(first).unwrap_or(0),
        "severity": overview.severity.map_or("Unknown", severity_name),
        "severity_id": overview.severity.map_or(0, severity_id),
        "status": "New", "status_id": 1,
        "desc": title.as_str(),
        "message": title.as_str(),
        "count": overview.events,
        "metadata": metadata(view, visible(&case.id).into_owned()),
        "cloud": { "provider": "AWS" },
        "finding_info_list": findings,
        "unmapped": {
            "accounts": shown(&overview.accounts),
            "regions": shown(&overview.regions),
            "answers": case.answers.iter().map(|answer| json!({
                "question": answer.question, "status": answer.status,
            })).collect::<Vec<_>>(),
        },
    });
    insert(&mut event, "start_time", first);
    insert(&mut event, "end_time", last);
    event
}

fn activity(view: &View<'_>, step: &Step, place: usize, call: &str, count: u64) -> Value {
    let (service, operation) = call.split_once(':').unwrap_or(("", call));
    let (activity, activity_name) = kind(operation);
    let text = view.words.say(&step.text);
    let level = step.severity.unwrap_or(Severity::Informational);
    // The records of a step are counted together: which of its calls failed is known when all did
    // or none.
    let (status_id, status) = match step.failed {
        0 => (1, "Success"),
        failed if failed >= step.events => (2, "Failure"),
        _ => (0, "Unknown"),
    };
    let mut event = json!({
        "activity_id": activity, "activity_name": activity_name,
        "category_name": "Application Activity", "category_uid": 6,
        "class_name": "API Activity", "class_uid": 6003,
        "type_name": format!("API Activity: {activity_name}"), "type_uid": 600_300 + u32::from(activity),
        "time": milliseconds(&step.first).unwrap_or(0),
        "severity": severity_name(level), "severity_id": severity_id(level),
        "status": status, "status_id": status_id,
        "message": text.as_str(),
        "count": count,
        "metadata": metadata(view, format!("{}/{}/{place}", visible(&view.case.id), visible(&step.id))),
        "api": { "operation": visible(operation), "service": { "name": visible(service) } },
        "actor": actor(view, step),
        "src_endpoint": source(step),
        "cloud": cloud(step),
        "resources": step.resources.iter().map(|name| json!({ "uid": visible(name) })).collect::<Vec<_>>(),
        "attacks": step.techniques.iter().filter_map(attack).collect::<Vec<_>>(),
        "unmapped": {
            "step": visible(&step.id), "phase": name(&step.phase), "certainty": name(&step.certainty),
            "addresses": shown(&step.addresses), "accounts": shown(&step.accounts),
            "regions": shown(&step.regions), "evidence": shown(&step.evidence),
            "failed_in_step": step.failed,
        },
    });
    insert(&mut event, "start_time", milliseconds(&step.first));
    insert(&mut event, "end_time", milliseconds(&step.last));
    event
}

fn actor(view: &View<'_>, step: &Step) -> Value {
    let Some((_, session)) = view.session(&step.session) else {
        return json!({ "user": { "uid": visible(&step.session) } });
    };
    let mut user = json!({
        "uid": visible(&session.principal),
        "name": visible(&session.label),
        "account": { "uid": visible(&session.account), "type": "AWS Account", "type_id": 10 },
    });
    insert(&mut user, "credential_uid", Some(visible(&session.key)));
    let mut about =
        json!({ "uid": visible(&session.id), "issuer": session.role.as_deref().map(visible) });
    insert(&mut about, "is_mfa", session.mfa);
    json!({ "user": user, "session": about })
}

fn source(step: &Step) -> Value {
    match step.addresses.first() {
        Some(address) if address.parse::<IpAddr>().is_ok() => json!({ "ip": address }),
        Some(name) => json!({ "hostname": visible(name) }),
        None => json!({ "name": "unknown" }),
    }
}

fn cloud(step: &Step) -> Value {
    let mut cloud = json!({ "provider": "AWS" });
    let account = step.accounts.first();
    let account =
        account.map(|uid| json!({ "uid": visible(uid), "type": "AWS Account", "type_id": 10 }));
    insert(&mut cloud, "account", account);
    insert(
        &mut cloud,
        "region",
        step.regions.first().map(|region| visible(region)),
    );
    cloud
}

fn attack(technique: &Technique) -> Option<Value> {
    let known = Technique::from_tag(&technique.id)?;
    let mut described = json!({ "uid": known.id, "src_url": known.url() });
    insert(
        &mut described,
        "name",
        technique.name.as_deref().map(visible),
    );
    if known.parent_id() == known.id {
        return Some(json!({ "technique": described }));
    }
    let parent = Technique {
        id: known.parent_id().to_owned(),
        name: None,
        framework: known.framework,
    };
    Some(json!({
        "technique": { "uid": parent.id, "src_url": parent.url() },
        "sub_technique": described,
    }))
}

/// Create, read, update, delete, by the first word of the operation.
fn kind(operation: &str) -> (u8, &'static str) {
    let starts = |words: &[&str]| words.iter().any(|word| operation.starts_with(word));
    if starts(&["Create", "Put", "Run", "Import", "Register", "Copy", "Add"]) {
        (1, "Create")
    } else if starts(&[
        "Get", "List", "Describe", "Head", "BatchGet", "Search", "Query", "Scan", "Select",
    ]) {
        (2, "Read")
    } else if starts(&[
        "Update", "Modify", "Attach", "Detach", "Set", "Tag", "Untag", "Start", "Stop", "Restore",
    ]) {
        (3, "Update")
    } else if starts(&[
        "Delete",
        "Remove",
        "Terminate",
        "Deregister",
        "ScheduleKeyDeletion",
    ]) {
        (4, "Delete")
    } else {
        (99, "Other")
    }
}

fn shown(names: &[String]) -> Vec<String> {
    names
        .iter()
        .map(|name| visible(name).into_owned())
        .collect()
}

fn insert<T: serde::Serialize>(object: &mut Value, key: &str, value: Option<T>) {
    let object: Option<&mut Map<String, Value>> = object.as_object_mut();
    if let (Some(object), Some(value)) = (object, value) {
        object.insert(key.to_owned(), json!(value));
    }
}

const fn severity_id(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}
