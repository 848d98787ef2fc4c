//! Records, rules and runs for the tests.

use std::path::Path;

use rempart_findings::Finding;
use rempart_hunt::pack::{LoadedRules, RuleFile};
use rempart_hunt::progress::Progress;
use rempart_hunt::rulebook::RuleBook;
use rempart_hunt::run::{HuntOptions, HuntReport, hunt};
use rempart_trail::source::{DiscoverOptions, Input, discover};
use rempart_trail::time::EventTime;
use serde_json::{Value, json};

pub(crate) const DAY: i64 = 86_400;
pub(crate) const OWN: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";

/// 2026-03-02T10:00:00Z.
const START: i64 = 1_772_445_600;

/// One rule of each sort that the pipeline treats in its own way.
pub(crate) const RULES: &str = r"
title: Notebook deleted
id: rule-deleted
name: deleted
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: DeleteNotebookInstance}, condition: s}
level: high
rempart: {explanation: '{principal} deleted {requestParameters.name}, {count} in all'}
---
title: Listing
id: rule-listing
name: listing
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName|startswith: List}, condition: s}
level: informational
rempart: {emit: false}
---
title: Many lists
id: rule-burst
name: burst
correlation: {type: event_count, rules: [listing], group-by: [userIdentity.arn], timespan: 10m, condition: {gte: 5}}
level: medium
---
title: Many kinds of lists
id: rule-kinds
name: kinds
correlation: {type: value_count, rules: [listing], group-by: [userIdentity.arn], timespan: 10m, condition: {gte: 3, field: eventName}}
level: low
---
title: Logging stopped
id: rule-stopped
name: stopped
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: StopLogging}, condition: s}
level: informational
rempart: {emit: false}
---
title: Stopped, then deleted
id: rule-sequence
name: sequence
correlation: {type: temporal_ordered, rules: [stopped, deleted], group-by: [userIdentity.arn], timespan: 1h}
level: critical
---
title: Many lists, then deleted
id: rule-chained
name: chained
correlation: {type: temporal_ordered, rules: [burst, deleted], generate: true, group-by: [userIdentity.arn], timespan: 1h}
level: critical
---
title: New Region
id: rule-region
name: region
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventSource: sagemaker.amazonaws.com}, condition: s}
level: medium
rempart: {first_seen: {value: [awsRegion], group-by: [recipientAccountId], learning: 7d, within: 1h}}
---
title: Deleted in a new Region
id: rule-region-act
name: region_act
correlation: {type: event_count, rules: [region], group-by: [awsRegion], timespan: 1h, condition: {gte: 2}}
level: high
";

/// A record under construction.
#[derive(Debug, Clone)]
pub(crate) struct Event(pub(crate) Value);

impl Event {
    /// A successful call of `who`, `seconds` after the start.
    pub(crate) fn new(id: &str, name: &str, who: &str, seconds: i64) -> Self {
        let source = if name == "StopLogging" {
            "cloudtrail.amazonaws.com"
        } else {
            "sagemaker.amazonaws.com"
        };
        Self(json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser", "principalId": format!("AIDA{who}"), "accountId": OWN,
                "arn": format!("arn:aws:iam::{OWN}:user/{who}"), "userName": who,
            },
            "eventTime": EventTime(START + seconds).to_rfc3339(),
            "eventSource": source,
            "eventName": name,
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "198.51.100.7",
            "userAgent": "aws-cli/2.17.0",
            "requestParameters": { "name": format!("of-{id}") },
            "responseElements": null,
            "eventID": id,
            "readOnly": name.starts_with("List"),
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": OWN,
            "eventCategory": "Management",
        }))
    }

    /// Sets a field.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0[field] = value.into();
        self
    }

    /// Removes a field.
    pub(crate) fn without(mut self, field: &str) -> Self {
        self.0.as_object_mut().unwrap().remove(field);
        self
    }

    /// Makes the call fail.
    pub(crate) fn denied(self) -> Self {
        self.with("errorCode", "AccessDenied")
    }

    /// The record as text.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }
}

/// Compiles rules that must all be sound.
pub(crate) fn book(text: &str) -> RuleBook {
    let file = RuleFile {
        origin: "rules.yml".to_owned(),
        text: text.to_owned(),
        tests: None,
        license: None,
    };
    let loaded = LoadedRules::parse(&[file]);
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    let (book, diagnostics) = RuleBook::compile(loaded);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    book
}

/// Files of records; each is written as CloudTrail delivers it.
pub(crate) fn run_files(
    files: &[Vec<String>],
    book: &RuleBook,
    options: &HuntOptions,
) -> HuntReport {
    let folder = tempfile::tempdir().unwrap();
    for (number, records) in files.iter().enumerate() {
        let text = format!("{{\"Records\":[{}]}}", records.join(","));
        std::fs::write(folder.path().join(format!("{number:03}.json")), text).unwrap();
    }
    run_folder(folder.path(), book, options)
}

pub(crate) fn run_folder(folder: &Path, book: &RuleBook, options: &HuntOptions) -> HuntReport {
    let discovery = discover(
        &[Input::Path(folder.to_owned())],
        &DiscoverOptions::default(),
    );
    assert_eq!(discovery.problems, []);
    let mut report = hunt(&discovery, book, options, &Progress::default());
    report.accounting.check().unwrap();
    // The folder has a new name in every run.
    let prefix = format!("{}/", folder.display());
    for finding in &mut report.findings {
        for evidence in &mut finding.evidence {
            evidence.source = evidence.source.replace(&prefix, "");
        }
    }
    report
}

/// One file of events, with default options.
pub(crate) fn run(events: &[Event]) -> HuntReport {
    let records = events.iter().map(Event::text).collect();
    run_files(&[records], &book(RULES), &HuntOptions::default())
}

/// Findings without the places of their evidence, which say in what file a record was read.
pub(crate) fn without_places(findings: &[Finding]) -> Vec<Finding> {
    let mut findings = findings.to_vec();
    for finding in &mut findings {
        for evidence in &mut finding.evidence {
            evidence.source.clear();
            evidence.index = 0;
        }
    }
    findings
}

/// The findings of one rule.
pub(crate) fn of<'a>(report: &'a HuntReport, rule: &str) -> Vec<&'a Finding> {
    let findings = report.findings.iter();
    findings.filter(|finding| finding.rule.id == rule).collect()
}

/// The only finding of a rule.
pub(crate) fn one<'a>(report: &'a HuntReport, rule: &str) -> &'a Finding {
    let found = of(report, rule);
    assert_eq!(found.len(), 1, "{rule}: {found:#?}");
    found[0]
}

/// Three weeks of several people: quiet days, bursts, sequences, a new Region, failures, equal times.
pub(crate) fn history() -> Vec<Event> {
    let mut events = Vec::new();
    let mut add = |name: &str, who: &str, seconds: i64| {
        let id = format!("E{:04}", events.len());
        events.push(Event::new(&id, name, who, seconds));
    };
    for day in 0..21 {
        for (place, who) in ["ada", "bob", "cy"].into_iter().enumerate() {
            let at = day * DAY + place as i64 * 1800;
            add("ListModels", who, at);
            add("DescribeDomain", who, at + 5);
            if day % 4 == place as i64 {
                for number in 0..7 {
                    let name = ["ListModels", "ListApps", "ListDomains"][number as usize % 3];
                    add(name, who, at + 600 + number * 40);
                }
            }
            if day % 5 == place as i64 {
                add("StopLogging", who, at + 900);
                // Equal times now and then.
                add("DeleteNotebookInstance", who, at + 900 + day % 2 * 60);
            }
        }
    }
    let mut region = |name: &str, who: &str, seconds: i64| {
        let id = format!("R{seconds}");
        let event = Event::new(&id, name, who, seconds).with("awsRegion", "ap-east-1");
        events.push(event);
    };
    region("DeleteNotebookInstance", "cy", 15 * DAY);
    region("CreateTrainingJob", "cy", 15 * DAY + 60);
    region("CreateTrainingJob", "cy", 16 * DAY);
    events.extend((0..4).map(|number| {
        let id = format!("D{number}");
        Event::new(&id, "DeleteNotebookInstance", "eve", 12 * DAY + number).denied()
    }));
    events
}
