//! Host names: evaluates the endpoint rules of a service for every known region and keeps what
//! differs from `<endpoint prefix>.<region>.<DNS suffix of the partition>`.
//!
//! Only the functions that the listed services need are known; another function ends generation
//! with its name rather than with a wrong host.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::model::Partition;
use super::models::unzipped;
use super::tables::{Host, PartitionFacts};

/// Their rules are about buckets and access points; the plain pattern is right for both.
const PLAIN: [&str; 2] = ["s3", "s3control"];

/// What calls need to know about the partitions.
pub(crate) fn partitions(partitions: &[Partition]) -> Vec<PartitionFacts> {
    let text = |partition: &Partition, name: &str| {
        let value = partition.outputs.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let facts = |partition: &Partition| PartitionFacts {
        name: partition.id.clone(),
        dns_suffix: text(partition, "dnsSuffix"),
        global_region: text(partition, "implicitGlobalRegion"),
        region_prefix: region_prefix(&partition.region_regex),
    };
    partitions.iter().map(facts).collect()
}

/// The fixed start of the names of regions, from `^us\-gov\-\w+\-\d+$`; empty where it varies.
fn region_prefix(pattern: &str) -> String {
    let start = pattern.trim_start_matches('^');
    let start = start.split("\\w").next().unwrap_or_default();
    let start = start.replace(['\\', '(', ')'], "");
    if start.contains('|') {
        String::new()
    } else {
        start
    }
}

/// The hosts of one service that differ from the pattern.
pub(crate) fn hosts(
    id: &str,
    prefix: &str,
    directory: &Path,
    partitions: &[Partition],
) -> anyhow::Result<Vec<Host>> {
    if PLAIN.contains(&id) {
        return Ok(Vec::new());
    }
    let rules: Value =
        serde_json::from_str(&unzipped(&directory.join("endpoint-rule-set-1.json.gz"))?)?;
    let rules = rules.get("rules").context("no rules")?;
    let mut exceptions = Vec::new();
    for partition in partitions {
        let suffix = partition.outputs.get("dnsSuffix").and_then(Value::as_str);
        let plain = format!("{prefix}.{{region}}.{}", suffix.unwrap_or_default());
        let mut by_host: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        let real = partition.regions.keys().map(String::as_str);
        for region in real.filter(|region| !region.ends_with("-global")) {
            let host = host(rules, region, partition)
                .with_context(|| format!("the endpoint rules of {id} for {region}"))?;
            by_host.entry(host).or_default().push(region);
        }
        // The host of most regions is the partition's, the others are exceptions by region.
        let Some(usual) = by_host.iter().max_by_key(|(_, regions)| regions.len()) else {
            continue;
        };
        let usual = usual.0.clone();
        let ordinary = usual == (plain, String::new());
        if !ordinary {
            let (pattern, signing_region) = usual.clone();
            exceptions.push(Host {
                place: partition.id.clone(),
                pattern,
                signing_region,
            });
        }
        for ((pattern, signing_region), regions) in by_host {
            if (&pattern, &signing_region) == (&usual.0, &usual.1) {
                continue;
            }
            exceptions.extend(regions.into_iter().map(|region| Host {
                place: region.to_owned(),
                pattern: pattern.clone(),
                signing_region: signing_region.clone(),
            }));
        }
    }
    exceptions.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(exceptions)
}

/// Host pattern and signing region (empty: the region itself).
fn host(rules: &Value, region: &str, partition: &Partition) -> anyhow::Result<(String, String)> {
    let mut scope = BTreeMap::from([
        ("Region".to_owned(), Value::from(region)),
        ("UseFIPS".to_owned(), Value::Bool(false)),
        ("UseDualStack".to_owned(), Value::Bool(false)),
        ("UseGlobalEndpoint".to_owned(), Value::Bool(false)),
    ]);
    let endpoint = first(rules, &mut scope, partition)?.context("no rule applies")?;
    let url = endpoint.get("url").context("an endpoint without URL")?;
    let url = evaluate(url, &mut scope, partition)?;
    let url = url.as_str().context("the URL is no text")?;
    let host = url
        .strip_prefix("https://")
        .with_context(|| format!("{url} is not https"))?;
    let signing_region = endpoint
        .pointer("/properties/authSchemes/0/signingRegion")
        .map(|value| evaluate(value, &mut scope, partition))
        .transpose()?;
    if let Some(signing_region) = signing_region.as_ref().and_then(Value::as_str) {
        return Ok((host.to_owned(), signing_region.to_owned()));
    }
    // A label that is the region stands for the region.
    let labels: Vec<&str> = host
        .split('.')
        .map(|label| if label == region { "{region}" } else { label })
        .collect();
    Ok((labels.join("."), String::new()))
}

type Scope = BTreeMap<String, Value>;

/// The endpoint of the first rule whose conditions hold.
fn first<'a>(
    rules: &'a Value,
    scope: &mut Scope,
    partition: &Partition,
) -> anyhow::Result<Option<&'a Value>> {
    'rules: for rule in rules.as_array().into_iter().flatten() {
        for condition in rule["conditions"].as_array().into_iter().flatten() {
            let value = evaluate(condition, scope, partition)?;
            if matches!(value, Value::Null | Value::Bool(false)) {
                continue 'rules;
            }
            if let Some(name) = condition.get("assign").and_then(Value::as_str) {
                scope.insert(name.to_owned(), value);
            }
        }
        match rule["type"].as_str() {
            Some("endpoint") => return Ok(rule.get("endpoint")),
            Some("tree") => return first(&rule["rules"], scope, partition),
            _ => bail!("{}", rule["error"]),
        }
    }
    Ok(None)
}

fn evaluate(value: &Value, scope: &mut Scope, partition: &Partition) -> anyhow::Result<Value> {
    if let Some(name) = value.get("ref").and_then(Value::as_str) {
        return Ok(scope.get(name).cloned().unwrap_or(Value::Null));
    }
    if let Some(template) = value.as_str() {
        return filled(template, scope).map(Value::from);
    }
    let Some(function) = value.get("fn").and_then(Value::as_str) else {
        return Ok(value.clone());
    };
    let mut arguments = Vec::new();
    for argument in value["argv"].as_array().into_iter().flatten() {
        arguments.push(evaluate(argument, scope, partition)?);
    }
    let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Value::Null);
    Ok(match function {
        "isSet" => Value::Bool(!argument(0).is_null()),
        "not" => Value::Bool(matches!(argument(0), Value::Null | Value::Bool(false))),
        "booleanEquals" | "stringEquals" => Value::Bool(argument(0) == argument(1)),
        "aws.partition" => Value::Object(partition.outputs.clone()),
        "getAttr" => argument(0)
            .get(argument(1).as_str().unwrap_or_default())
            .cloned()
            .unwrap_or(Value::Null),
        other => bail!("the function `{other}` is unknown"),
    })
}

/// Replaces `{Name}` and `{Name#member}`.
fn filled(template: &str, scope: &Scope) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (reference, after) = after.split_once('}').context("an open brace")?;
        text.push_str(before);
        let (name, member) = reference
            .split_once('#')
            .map_or((reference, None), |(name, member)| (name, Some(member)));
        let value = scope.get(name);
        let value = match member {
            Some(member) => value.and_then(|value| value.get(member)),
            None => value,
        };
        let value = value.and_then(Value::as_str);
        text.push_str(value.with_context(|| format!("{{{reference}}} is not known"))?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_regions() {
        assert_eq!(region_prefix("^us\\-gov\\-\\w+\\-\\d+$"), "us-gov-");
        assert_eq!(region_prefix("^eusc\\-(de)\\-\\w+\\-\\d+$"), "eusc-de-");
        assert_eq!(region_prefix("^(us|eu)\\-\\w+\\-\\d+$"), "");
    }

    #[test]
    fn templates() {
        let scope = BTreeMap::from([
            ("Region".to_owned(), Value::from("eu-west-1")),
            ("P".to_owned(), serde_json::json!({"suffix": "example"})),
        ]);
        let host = filled("https://x.{Region}.{P#suffix}", &scope).unwrap();
        assert_eq!(host, "https://x.eu-west-1.example");
        assert!(filled("{Other}", &scope).is_err());
    }
}
