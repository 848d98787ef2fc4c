//! Reading and compiling many policies.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Policy, PolicyKind};

use super::Measured;

const MANY: usize = 10_000;

pub(super) fn measure(table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let texts: Vec<String> = (0..2 * MANY).map(text).collect();
    let bytes: usize = texts.iter().take(MANY).map(String::len).sum();
    let before = resident()?;
    let started = Instant::now();
    let mut compiled = Vec::with_capacity(2 * MANY);
    compile(texts.iter().take(MANY), &mut compiled)?;
    let seconds = started.elapsed().as_secs_f64();
    let half = resident()?;
    compile(texts.iter().skip(MANY), &mut compiled)?;
    let whole = resident()?;
    let per_policy = |kilobytes: f64| kilobytes / MANY as f64;
    table.push(Measured {
        what: "compile 10,000 policies, one core",
        measured: format!("{seconds:.3} s"),
        aim: "< 1 s",
        is_met: seconds < 1.0,
        note: format!(
            "different documents of {} bytes, five statements each, read and compiled; {:.1} KB of memory each for the first 10,000, {:.1} KB for the next",
            bytes / MANY,
            per_policy(half - before),
            per_policy(whole - half)
        ),
    });
    Ok(())
}

fn compile<'a>(
    texts: impl Iterator<Item = &'a String>,
    compiled: &mut Vec<CompiledPolicy>,
) -> anyhow::Result<()> {
    for text in texts {
        let policy = Policy::parse(text, PolicyKind::Identity)?;
        compiled.push(CompiledPolicy::new("policy", Arc::new(policy)));
    }
    Ok(())
}

fn text(number: usize) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[
{{"Sid":"Read{number}","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket","s3:GetBucketLocation"],"Resource":["arn:aws:s3:::team-{number}","arn:aws:s3:::team-{number}/*"]}},
{{"Sid":"Train{number}","Effect":"Allow","Action":["sagemaker:CreateTrainingJob","sagemaker:Describe*","sagemaker:StopTrainingJob"],"Resource":"arn:aws:sagemaker:*:111122223333:training-job/team-{number}-*","Condition":{{"StringEquals":{{"aws:RequestTag/team":"team-{number}"}},"ForAllValues:StringEquals":{{"aws:TagKeys":["team","cost"]}}}}}},
{{"Sid":"Key{number}","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"arn:aws:kms:eu-west-1:111122223333:key/{number:08}-0000-4000-8000-000000000000","Condition":{{"StringEquals":{{"kms:ViaService":"sagemaker.eu-west-1.amazonaws.com"}}}}}},
{{"Sid":"Pass{number}","Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/team-{number}/*","Condition":{{"StringEquals":{{"iam:PassedToService":"sagemaker.amazonaws.com"}}}}}},
{{"Sid":"Home{number}","Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{{"NotIpAddress":{{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}},"Bool":{{"aws:ViaAWSService":"false"}}}}}}]}}"#
    )
}

/// Resident memory in kilobytes.
fn resident() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
