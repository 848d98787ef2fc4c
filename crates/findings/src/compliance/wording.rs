//! Wording that the formats share. Nothing here is made safe to show: that is done where it is
//! written.

use serde_json::Value;

use super::{
    Address, CheckEvidence, CheckProblem, CheckResult, CheckSummary, ControlRef, Excerpt,
    MuteEntry, Reason, Verdict,
};
use crate::Severity;
use crate::escape::visible;
use crate::formats::wording::{counted, grouped};

/// One line about a run for people, such as
/// `12 failures (1 critical, 11 high), 40 unknown, 2 muted, 300 passed; 45 controls over 120 resources`.
/// Safe to print.
pub fn summary_line(summary: &CheckSummary) -> String {
    let overall = summary.overall();
    let counts = overall.counts();
    let mut line = counted(summary.failures(Severity::Low), "failure", "failures");
    let levels: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter(|severity| *severity > Severity::Informational)
        .filter_map(|severity| {
            let fail = overall.by_severity.get(&severity)?.fail;
            (fail > 0).then(|| format!("{} {severity}", grouped(fail)))
        })
        .collect();
    if !levels.is_empty() {
        line.push_str(&format!(" ({})", levels.join(", ")));
    }
    let informational = overall.by_severity.get(&Severity::Informational);
    for (count, word) in [
        (
            informational.map_or(0, |counts| counts.fail),
            "informational",
        ),
        (counts.unknown, "unknown"),
        (counts.muted, "muted"),
    ] {
        if count > 0 {
            line.push_str(&format!(", {} {word}", grouped(count)));
        }
    }
    line.push_str(&format!(
        ", {} passed; {} over {}",
        grouped(counts.pass),
        counted(summary.controls.len() as u64, "control", "controls"),
        counted(summary.resources, "resource", "resources"),
    ));
    if is_incomplete(summary) {
        line.push_str(", incomplete");
    }
    visible(&line).into_owned()
}

/// True when something of the input was not usable or was left out.
pub(crate) fn is_incomplete(summary: &CheckSummary) -> bool {
    !summary.problems.is_empty() || !summary.not_evaluated.is_empty()
}

/// What to say of a result: its message, or that of its control.
pub(crate) fn message(result: &CheckResult) -> &str {
    let control = &result.control;
    [&result.message, &control.message, &control.title]
        .into_iter()
        .find(|text| !text.trim().is_empty())
        .map_or("-", String::as_str)
}

/// Why a result is as it is, in one line. UNKNOWN always has one.
pub(crate) fn reason(result: &CheckResult) -> Option<String> {
    match (&result.reason, result.verdict) {
        (Some(reason), _) => Some(reason_text(reason)),
        (None, Verdict::Unknown) => Some("no reason given".to_owned()),
        (None, _) => None,
    }
}

fn reason_text(reason: &Reason) -> String {
    let mut text = reason.code.clone();
    if !reason.detail.is_empty() {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&reason.detail);
    }
    if let Some(permission) = &reason.permission {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&format!("(needs the permission {permission})"));
    }
    if text.trim().is_empty() {
        "no reason given".to_owned()
    } else {
        text
    }
}

/// What an UNKNOWN result lacks: the code of its reason and the permission.
pub(crate) fn lack(result: &CheckResult) -> String {
    let lack = result.reason.as_ref().map(|reason| {
        reason_text(&Reason {
            detail: String::new(),
            ..reason.clone()
        })
    });
    lack.unwrap_or_else(|| "no reason given".to_owned())
}

/// What is said of a result and why.
pub(crate) fn statement(result: &CheckResult) -> String {
    let why = reason(result);
    match (result.verdict, why) {
        // What a control says of a failure is not so of the others.
        (Verdict::Pass, None) => passed(result).to_owned(),
        (Verdict::Pass, Some(why)) => format!("{} ({why})", passed(result)),
        (Verdict::Unknown | Verdict::NotApplicable, Some(why)) => why,
        (Verdict::NotApplicable, None) => "not applicable".to_owned(),
        (_, None) => message(result).to_owned(),
        (_, Some(why)) => format!("{} ({why})", message(result)),
    }
}

fn passed(result: &CheckResult) -> &str {
    let text = &result.message;
    if text.trim().is_empty() || *text == result.control.message {
        &result.control.title
    } else {
        text
    }
}

/// Who accepted a failure.
pub(crate) fn mute(result: &CheckResult) -> Option<String> {
    let mute = result.mute.as_ref()?;
    let until = mute
        .expires
        .as_ref()
        .map(|date| format!(" until {date}"))
        .unwrap_or_default();
    Some(format!(
        "accepted by {}{until}: {}",
        or_unstated(&mute.owner),
        or_unstated(&mute.reason)
    ))
}

/// An entry of the list of accepted failures, for notes about the list.
pub(crate) fn mute_entry(entry: &MuteEntry) -> String {
    let mut text = entry.control.clone();
    for part in [&entry.account, &entry.resource] {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(part);
        }
    }
    if !entry.place.is_empty() {
        text = format!("{}: {text}", entry.place);
    }
    text.push_str(&format!(", {}", or_unstated(&entry.owner)));
    if let Some(expires) = &entry.expires {
        text.push_str(&format!(", until {expires}"));
    }
    text.push_str(&format!(": {}", or_unstated(&entry.reason)));
    text
}

/// Where a planned resource is declared.
pub(crate) fn place(address: &Address) -> String {
    let mut text = address.source.clone();
    if let Some(line) = address.line {
        text.push_str(&format!(":{line}"));
    }
    if let Some(name) = &address.name {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(name);
    }
    text
}

/// Account and Region, and where the resource is declared.
pub(crate) fn whereabouts(result: &CheckResult) -> String {
    let resource = &result.resource;
    let mut text = format!("{}/{}", resource.account, resource.region);
    if let Some(address) = &resource.address {
        text.push_str(", ");
        text.push_str(&place(address));
    }
    text
}

/// A value that decided.
pub(crate) fn excerpt(excerpt: &Excerpt) -> String {
    format!("{} = {}", excerpt.path, value(&excerpt.value))
}

/// A JSON value on one line.
pub(crate) fn value(value: &Value) -> String {
    value.to_string()
}

/// An answer that was read.
pub(crate) fn evidence(evidence: &CheckEvidence) -> String {
    let line = match evidence.line {
        0 => String::new(),
        line => format!(":{line}"),
    };
    format!(
        "{} {}{line} sha256:{}",
        evidence.operation, evidence.source, evidence.sha256
    )
}

/// A problem of the input.
pub(crate) fn problem(problem: &CheckProblem) -> String {
    match problem.line {
        Some(line) => format!("{}:{line}: {}", problem.source, problem.reason),
        None => format!("{}: {}", problem.source, problem.reason),
    }
}

/// The text of a repair, which says so where the resource has to be created again.
pub(crate) fn remediation(control: &ControlRef) -> String {
    let remediation = &control.remediation;
    let lower = remediation.text.to_lowercase();
    if remediation.immutable && !lower.contains("re-create") && !lower.contains("recreate") {
        let text = remediation.text.trim_end();
        return format!("{text} (AWS allows no change here: re-create the resource)")
            .trim_start()
            .to_owned();
    }
    remediation.text.clone()
}

/// `framework: id, id` for each framework that a control answers.
pub(crate) fn mappings(control: &ControlRef) -> Vec<String> {
    control
        .mappings
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(framework, list)| format!("{framework}: {}", list.join(", ")))
        .collect()
}

/// A part of one in whole percent, rounded down so that 100% means all.
pub(crate) fn percent(part: Option<f64>) -> String {
    match part {
        Some(part) => format!("{:.0}%", (part * 100.0).floor()),
        None => "–".to_owned(),
    }
}

fn or_unstated(text: &str) -> &str {
    if text.trim().is_empty() {
        "not stated"
    } else {
        text
    }
}

/// How scores are made.
pub(crate) const SCORE: &str = "score = Σ weight × PASS / Σ weight × (PASS + FAIL), weights critical 10, high 5, \
     medium 2, low 1, informational 0; decided = the part of what was asked that has an answer";
