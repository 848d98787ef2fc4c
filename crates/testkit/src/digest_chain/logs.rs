//! Small logs for digests to cover.

use std::path::Path;

use serde_json::{Value, json};

use super::Plan;
use crate::delivery::{File, WriteError, gzip};
use crate::random::Random;
use crate::time::{MINUTE, Time};

/// A log that was delivered at a time.
///
/// # Errors
/// When it cannot be compressed.
pub fn log_file(plan: &Plan, delivered: Time, records: &[Value]) -> Result<File, WriteError> {
    let text = json!({ "Records": records }).to_string();
    log_of_text(plan, delivered, &text, 9)
}

/// A log with a given text, compressed at a level from 1 to 12.
///
/// # Errors
/// When it cannot be compressed.
pub fn log_of_text(
    plan: &Plan,
    delivered: Time,
    text: &str,
    level: i32,
) -> Result<File, WriteError> {
    let Plan {
        account, region, ..
    } = plan;
    let organization = plan.organization.as_ref();
    let organization = organization.map_or(String::new(), |it| format!("{it}/"));
    let label = format!("{account} {region} {}", delivered.iso());
    let path = format!(
        "AWSLogs/{organization}{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{}_{}.json.gz",
        delivered.path(),
        delivered.compact(),
        Random::of_label(&label).letters(16),
    );
    let bytes = gzip(Path::new(&path), text.as_bytes(), level)?;
    Ok(File { path, bytes })
}

/// A call of no importance.
#[must_use]
pub fn plain_event(plan: &Plan, time: Time) -> Value {
    event(
        plan,
        time,
        ("sagemaker.amazonaws.com", "DescribeEndpoint"),
        json!({ "endpointName": "fraud" }),
    )
}

/// A call of CloudTrail that changes the logging of the trail: `StopLogging` and so on.
#[must_use]
pub fn logging_event(plan: &Plan, time: Time, name: &str) -> Value {
    let arn = format!(
        "arn:aws:cloudtrail:{}:{}:trail/{}",
        plan.home_region, plan.account, plan.trail
    );
    let request = json!({ "name": arn });
    event(plan, time, ("cloudtrail.amazonaws.com", name), request)
}

fn event(plan: &Plan, time: Time, (source, name): (&str, &str), request: Value) -> Value {
    let random = Random::of_label(&format!("{name} {} {}", plan.region, time.iso()));
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLEOPERATOR1", "accountId": plan.account,
            "arn": format!("arn:aws:iam::{}:user/operator", plan.account), "userName": "operator",
        },
        "eventTime": time.iso(),
        "eventSource": source,
        "eventName": name,
        "awsRegion": plan.region,
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": request,
        "responseElements": null,
        "requestID": random.uuid(),
        "eventID": random.uuid(),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": plan.account,
        "eventCategory": "Management",
    })
}

/// Two logs for each hour of a plan; the first one begins with `StartLogging`, the hours before a
/// pause end with `StopLogging`.
///
/// # Errors
/// When a log cannot be compressed.
pub fn sample_logs(plan: &Plan) -> Result<Vec<File>, WriteError> {
    let mut logs = Vec::new();
    for hour in (0..plan.hours).filter(|hour| !plan.off.contains(hour)) {
        let start = plan.start.at(hour as i64, 0);
        let is_off_after = plan.off.contains(&(hour + 1));
        let is_first = hour == 0 || plan.off.contains(&(hour - 1));
        let mut early = vec![plain_event(plan, start.plus(2 * MINUTE))];
        if is_first {
            early.insert(0, logging_event(plan, start.plus(MINUTE), "StartLogging"));
        }
        let mut late: Vec<Value> = (20..26)
            .map(|minute| plain_event(plan, start.plus(minute * MINUTE)))
            .collect();
        if is_off_after {
            late.push(logging_event(plan, start.plus(40 * MINUTE), "StopLogging"));
        }
        logs.push(log_file(plan, start.plus(10 * MINUTE), &early)?);
        logs.push(log_file(plan, start.plus(45 * MINUTE), &late)?);
    }
    Ok(logs)
}

/// The time of delivery in the name of a log.
pub(super) fn delivered(path: &str) -> Option<Time> {
    let file = path.rsplit('/').next()?;
    let text = file.split('_').nth(3)?;
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let date = Time::date(number(0, 4)?, number(4, 6)?, number(6, 8)?);
    Some(date.at(number(9, 11)?, number(11, 13)?))
}

/// The text of a log that [`gzip`] made.
pub(super) fn inflated(log: &File) -> Vec<u8> {
    let length = log.bytes.last_chunk::<4>().copied().unwrap_or_default();
    let mut text = vec![0; u32::from_le_bytes(length) as usize];
    let mut decompressor = libdeflater::Decompressor::new();
    match decompressor.gzip_decompress(&log.bytes, &mut text) {
        Ok(_) => text,
        Err(_) => log.bytes.clone(),
    }
}
