//! AWS Security Finding Format (2018-10-08). Each line is one complete request of
//! `BatchImportFindings`: findings of one account and Region, at most 100 of them and less than
//! 6 MB. Line by line it is ready for
//! `aws securityhub batch-import-findings --region … --cli-input-json "$line"`, with credentials of
//! that account.
//!
//! The format has no word for "not applicable": those results are left out. UNKNOWN is
//! `NOT_AVAILABLE`; a muted failure is `FAILED` with workflow status `SUPPRESSED`.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};

use super::super::writer::{AsffOptions, Sink};
use crate::clock::{formatted, milliseconds};
use crate::compliance::{CheckHeader, CheckResult, CheckSummary, Resource, Verdict, wording};
use crate::safe_json;

/// Findings of one request.
const REQUEST_FINDINGS: usize = 100;
/// Bytes of one request, below the limit of 6 MB by what the frame and escapes may add.
const REQUEST_BYTES: usize = 5_000_000;
/// Findings that wait for their request to be full, over all accounts and Regions.
const WAITING_FINDINGS: usize = 4_000;
/// Bytes that wait.
const WAITING_BYTES: usize = 32 * 1024 * 1024;

#[derive(Default)]
struct Request {
    findings: Vec<Vec<u8>>,
    bytes: usize,
}

pub(crate) struct Asff<'out> {
    options: AsffOptions,
    out: Box<dyn io::Write + 'out>,
    header: CheckHeader,
    /// By account and Region.
    waiting: BTreeMap<(String, String), Request>,
    waiting_findings: usize,
    waiting_bytes: usize,
}

impl<'out> Asff<'out> {
    pub(crate) fn new(options: AsffOptions, out: Box<dyn io::Write + 'out>) -> Self {
        Self {
            options,
            out,
            header: CheckHeader::default(),
            waiting: BTreeMap::new(),
            waiting_findings: 0,
            waiting_bytes: 0,
        }
    }

    fn send(&mut self, place: &(String, String)) -> io::Result<()> {
        let Some(request) = self.waiting.remove(place) else {
            return Ok(());
        };
        self.waiting_findings = self.waiting_findings.saturating_sub(request.findings.len());
        self.waiting_bytes = self.waiting_bytes.saturating_sub(request.bytes);
        self.out.write_all(b"{\"Findings\":[")?;
        for (number, finding) in request.findings.iter().enumerate() {
            if number > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(finding)?;
        }
        self.out.write_all(b"]}\n")
    }

    fn fullest(&self) -> Option<(String, String)> {
        self.waiting
            .iter()
            .max_by_key(|(_, request)| request.bytes)
            .map(|(place, _)| place.clone())
    }
}

impl Sink for Asff<'_> {
    fn begin(&mut self, header: &CheckHeader) -> io::Result<()> {
        self.header = header.clone();
        Ok(())
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        let Some(status) = compliance_status(result.verdict) else {
            return Ok(());
        };
        let place = Place::of(&result.resource, &self.options);
        let finding = finding(result, status, &place, &self.header, &self.options);
        let line = safe_json::line(&finding)?;
        let key = (place.account, place.region);
        let full = self.waiting.get(&key).is_some_and(|request| {
            request.findings.len() >= REQUEST_FINDINGS
                || request.bytes.saturating_add(line.len()) > REQUEST_BYTES
        });
        if full {
            self.send(&key)?;
        }
        self.waiting_findings += 1;
        self.waiting_bytes = self.waiting_bytes.saturating_add(line.len());
        let request = self.waiting.entry(key).or_default();
        request.bytes = request.bytes.saturating_add(line.len() + 1);
        request.findings.push(line);
        if (self.waiting_findings > WAITING_FINDINGS || self.waiting_bytes > WAITING_BYTES)
            && let Some(place) = self.fullest()
        {
            self.send(&place)?;
        }
        Ok(())
    }

    fn end(&mut self, _: &CheckSummary) -> io::Result<()> {
        let places: Vec<_> = self.waiting.keys().cloned().collect();
        for place in &places {
            self.send(place)?;
        }
        self.out.flush()
    }
}

const fn compliance_status(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Pass => Some("PASSED"),
        Verdict::Fail | Verdict::Muted => Some("FAILED"),
        Verdict::Unknown => Some("NOT_AVAILABLE"),
        Verdict::NotApplicable => None,
    }
}

/// Where the finding is imported.
struct Place {
    partition: &'static str,
    region: String,
    account: String,
}

impl Place {
    fn of(resource: &Resource, options: &AsffOptions) -> Self {
        let named = Some(resource.region.as_str()).filter(|region| is_region(region));
        let region = named.unwrap_or(&options.home_region).to_owned();
        let partition = match region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let account = [Some(&resource.account), options.account.as_ref()]
            .into_iter()
            .flatten()
            .find(|account| is_account(account))
            .cloned()
            .unwrap_or_else(|| "000000000000".to_owned());
        Self {
            partition,
            region,
            account,
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `eu-west-1` and the like; the format takes 16 characters.
fn is_region(text: &str) -> bool {
    text.len() <= 16
        && text.matches('-').count() >= 2
        && text.ends_with(|last: char| last.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn finding(
    result: &CheckResult,
    status: &str,
    place: &Place,
    header: &CheckHeader,
    options: &AsffOptions,
) -> Value {
    let control = &*result.control;
    let label = match result.verdict {
        // "No issue was found."
        Verdict::Pass => "INFORMATIONAL".to_owned(),
        _ => control.severity.as_str().to_ascii_uppercase(),
    };
    let severity = json!({ "Label": label, "Original": control.severity });
    let types = ["Software and Configuration Checks/AWS Security Best Practices"];
    let seen = result
        .evidence
        .iter()
        .filter_map(|one| milliseconds(one.at.as_deref()?))
        .max();
    let made = header.generated_at.as_deref().and_then(milliseconds);
    let time = timestamp(made.or(seen).unwrap_or(0));
    let product_arn = options
        .product_arn
        .replace("{partition}", place.partition)
        .replace("{region}", &place.region)
        .replace("{account}", &place.account);
    let mut finding = json!({
        "SchemaVersion": "2018-10-08",
        "Id": limited(&result.id, 512),
        "ProductArn": limited(&product_arn, 2_048),
        "GeneratorId": limited(&format!("rempart/{}", control.id), 512),
        "AwsAccountId": place.account,
        "Region": place.region,
        "Types": types,
        "CreatedAt": time,
        "UpdatedAt": time,
        "Severity": severity,
        "Title": limited(&format!("{} {}", control.id, control.title), 256),
        "Description": limited(&description(result), 1_024),
        "Remediation": {
            "Recommendation": { "Text": limited(&wording::remediation(control), 512) },
        },
        "ProductFields": product_fields(result, header),
        "Resources": [resource(&result.resource, place)],
        "Compliance": compliance(result, status),
        "Workflow": {
            "Status": match result.verdict {
                Verdict::Muted => "SUPPRESSED",
                Verdict::Pass => "RESOLVED",
                _ => "NEW",
            },
        },
        "RecordState": "ACTIVE",
        "FindingProviderFields": { "Severity": severity, "Types": types },
    });
    if let (Some(map), Some(seen)) = (finding.as_object_mut(), seen) {
        map.insert("LastObservedAt".to_owned(), json!(timestamp(seen)));
    }
    finding
}

fn description(result: &CheckResult) -> String {
    let statement = wording::statement(result);
    match result.verdict {
        Verdict::Fail | Verdict::Muted if !result.control.why.is_empty() => {
            format!("{statement}. {}", result.control.why)
        }
        _ => statement,
    }
}

fn compliance(result: &CheckResult, status: &str) -> Value {
    let control = &*result.control;
    let related: Vec<String> = control
        .mappings
        .iter()
        .flat_map(|(framework, list)| list.iter().map(move |one| format!("{framework} {one}")))
        .chain(control.requirements.iter().cloned())
        .take(32)
        .map(|text| limited(&text, 64))
        .collect();
    let mut compliance = json!({
        "Status": status,
        "SecurityControlId": limited(&control.id, 128),
        "RelatedRequirements": related,
    });
    let code = match (&result.reason, result.verdict) {
        (Some(reason), _) => Some(reason.code.to_ascii_uppercase()),
        (None, Verdict::Unknown) => Some("UNSTATED".to_owned()),
        (None, _) => None,
    };
    if let (Some(map), Some(code)) = (compliance.as_object_mut(), code) {
        let description = wording::reason(result).unwrap_or_default();
        let reasons = json!([{
            "ReasonCode": limited(&code, 64),
            "Description": limited(&description, 1_024),
        }]);
        map.insert("StatusReasons".to_owned(), reasons);
    }
    compliance
}

/// At most 50 pairs of at most 128 and 2,048 characters.
fn product_fields(result: &CheckResult, header: &CheckHeader) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |key: String, value: &str| {
        if fields.len() < 50 && !value.trim().is_empty() {
            fields.insert(limited(&key, 128), json!(limited(value, 2_048)));
        }
    };
    let reason = result.reason.as_ref();
    let resource = &result.resource;
    put("rempart/version".to_owned(), &header.tool_version);
    put("rempart/snapshot".to_owned(), &header.snapshot);
    put("rempart/verdict".to_owned(), result.verdict.as_str());
    put("rempart/area".to_owned(), &result.control.area);
    put("rempart/account".to_owned(), &resource.account);
    put("rempart/region".to_owned(), &resource.region);
    if let Some(reason) = wording::reason(result) {
        put("rempart/reason".to_owned(), &reason);
    }
    if let Some(permission) = reason.and_then(|reason| reason.permission.as_ref()) {
        put("rempart/permission".to_owned(), permission);
    }
    if let Some(mute) = wording::mute(result) {
        put("rempart/mute".to_owned(), &mute);
    }
    if let Some(address) = &resource.address {
        put("rempart/address".to_owned(), &wording::place(address));
    }
    for (number, evidence) in result.evidence.iter().take(10).enumerate() {
        let key = format!("rempart/evidence/{}", number + 1);
        put(key, &wording::evidence(evidence));
    }
    for excerpt in result.excerpt.iter().take(20) {
        let key = format!("rempart/value/{}", excerpt.path);
        put(key, &wording::value(&excerpt.value));
    }
    fields
}

fn resource(resource: &Resource, place: &Place) -> Value {
    let other: Map<String, Value> = [("Kind", &resource.kind), ("Id", &resource.id)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), json!(limited(value, 1_024))))
        .collect();
    json!({
        "Type": resource_type(&resource.kind),
        "Id": limited(resource.name(), 512),
        "Partition": place.partition,
        "Region": place.region,
        "Details": { "Other": other },
    })
}

/// The type that Security Hub knows for a kind, `Other` where it knows none.
fn resource_type(kind: &str) -> &'static str {
    match kind {
        "AWS::::Account" => "AwsAccount",
        "AWS::Athena::WorkGroup" => "AwsAthenaWorkGroup",
        "AWS::CloudFormation::Stack" => "AwsCloudFormationStack",
        "AWS::CloudTrail::Trail" => "AwsCloudTrailTrail",
        "AWS::CloudWatch::Alarm" => "AwsCloudWatchAlarm",
        "AWS::EC2::NetworkAcl" => "AwsEc2NetworkAcl",
        "AWS::EC2::RouteTable" => "AwsEc2RouteTable",
        "AWS::EC2::SecurityGroup" => "AwsEc2SecurityGroup",
        "AWS::EC2::Subnet" => "AwsEc2Subnet",
        "AWS::EC2::TransitGateway" => "AwsEc2TransitGateway",
        "AWS::EC2::VPC" => "AwsEc2Vpc",
        "AWS::ECR::Repository" => "AwsEcrRepository",
        "AWS::GuardDuty::Detector" => "AwsGuardDutyDetector",
        "AWS::IAM::AccessKey" => "AwsIamAccessKey",
        "AWS::IAM::Group" => "AwsIamGroup",
        "AWS::IAM::ManagedPolicy" => "AwsIamPolicy",
        "AWS::IAM::Role" => "AwsIamRole",
        "AWS::IAM::User" => "AwsIamUser",
        "AWS::KMS::Key" => "AwsKmsKey",
        "AWS::S3::Bucket" => "AwsS3Bucket",
        "AWS::SageMaker::NotebookInstance" => "AwsSageMakerNotebookInstance",
        "AWS::SecretsManager::Secret" => "AwsSecretsManagerSecret",
        "S3:Object" => "AwsS3Object",
        _ => "Other",
    }
}

fn timestamp(milliseconds: i64) -> String {
    formatted(milliseconds, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

/// A text of at most so many characters that is not blank, as the format wants all texts.
fn limited(text: &str, characters: usize) -> String {
    if text.trim().is_empty() {
        return "-".to_owned();
    }
    if text.chars().nth(characters).is_none() {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(characters.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit() {
        assert_eq!(limited("abc", 3), "abc");
        assert_eq!(limited("abcd", 3), "ab…");
        assert_eq!(limited(" \n", 3), "-");
        assert_eq!(limited("éèê", 3), "éèê");
    }

    #[test]
    fn regions_are_told() {
        for region in ["eu-west-1", "us-gov-west-1", "cn-north-1", "ap-southeast-5"] {
            assert!(is_region(region), "{region}");
        }
        for other in [
            "global",
            "",
            "eu-west",
            "EU-WEST-1",
            "eu west-1-1",
            "eu-west-1-and-more-1",
        ] {
            assert!(!is_region(other), "{other}");
        }
    }
}
