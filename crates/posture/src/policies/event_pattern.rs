//! Event patterns of EventBridge: which events a rule matches.

use std::net::IpAddr;

use serde_json::{Map, Value as Json, json};

/// Deepest nesting of a pattern.
const DEEPEST: usize = 64;

/// The event in which CloudTrail reports a call.
pub(crate) fn call(source: &str, name: &str, account: &str, region: &str) -> Json {
    let service = source.split('.').next().unwrap_or_default();
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"),
        "account": account, "region": region, "time": "2026-03-01T10:00:00Z", "resources": [],
        "detail": {
            "eventVersion": "1.11", "eventSource": source, "eventName": name, "awsRegion": region,
            "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": true,
            "readOnly": false, "recipientAccountId": account
        }
    })
}

/// Whether a pattern matches an event.
///
/// # Errors
/// The text is no pattern, or uses an operator that is not known.
pub(crate) fn matches(pattern: &str, event: &Json) -> Result<bool, String> {
    let pattern: Json = serde_json::from_str(pattern)
        .map_err(|error| format!("the event pattern is no JSON: {error}"))?;
    match &pattern {
        Json::Object(members) => object(members, Some(event), DEEPEST),
        _ => Err("an event pattern is an object".to_owned()),
    }
}

fn object(members: &Map<String, Json>, event: Option<&Json>, depth: usize) -> Result<bool, String> {
    let depth = depth
        .checked_sub(1)
        .ok_or("the event pattern nests too deeply")?;
    let mut all = true;
    for (name, wanted) in members {
        let holds = match (name.as_str(), wanted) {
            ("$or", Json::Array(alternatives)) => {
                let mut any = false;
                for alternative in alternatives {
                    let Json::Object(alternative) = alternative else {
                        return Err("`$or` has objects".to_owned());
                    };
                    any |= object(alternative, event, depth)?;
                }
                any
            }
            (_, Json::Object(below)) => {
                object(below, event.and_then(|event| event.get(name)), depth)?
            }
            (_, Json::Array(values)) => member(values, event.and_then(|event| event.get(name)))?,
            _ => return Err(format!("`{name}` has neither a list nor an object")),
        };
        // All members are looked at, so that a fault is found wherever it is.
        all &= holds;
    }
    Ok(all)
}

/// Whether one of the alternatives holds for a member.
fn member(alternatives: &[Json], value: Option<&Json>) -> Result<bool, String> {
    let mut any = false;
    for alternative in alternatives {
        any |= match value {
            // A list in the event matches when one of its elements does.
            Some(Json::Array(elements)) if !is_exists(alternative) => {
                let mut found = false;
                for element in elements {
                    found |= value_matches(alternative, Some(element))?;
                }
                found
            }
            value => value_matches(alternative, value)?,
        };
    }
    Ok(any)
}

fn is_exists(alternative: &Json) -> bool {
    alternative.get("exists").is_some()
}

fn value_matches(alternative: &Json, value: Option<&Json>) -> Result<bool, String> {
    let Json::Object(operator) = alternative else {
        return Ok(value.is_some_and(|value| same(value, alternative)));
    };
    let (Some((name, wanted)), 1) = (operator.iter().next(), operator.len()) else {
        return Err("an operator has one name".to_owned());
    };
    let text = value.and_then(Json::as_str);
    Ok(match (name.as_str(), wanted) {
        // A leaf: an empty list or object does not exist.
        ("exists", Json::Bool(wanted)) => value.is_some_and(is_leaf) == *wanted,
        ("prefix", wanted) => text.is_some_and(|text| affix(text, wanted, |a, b| a.starts_with(b))),
        ("suffix", wanted) => text.is_some_and(|text| affix(text, wanted, |a, b| a.ends_with(b))),
        ("equals-ignore-case", Json::String(wanted)) => {
            text.is_some_and(|text| text.to_lowercase() == wanted.to_lowercase())
        }
        ("wildcard", Json::String(wanted)) => text.is_some_and(|text| wildcard(text, wanted)),
        ("anything-but", wanted) => value.is_some() && !anything(wanted, value)?,
        ("numeric", Json::Array(limits)) => {
            let holds = numeric(limits)?;
            value.and_then(Json::as_f64).is_some_and(holds)
        }
        ("cidr", Json::String(range)) => {
            let holds = cidr(range)?;
            text.and_then(|text| text.parse().ok()).is_some_and(holds)
        }
        _ => return Err(format!("operator `{name}` is not known")),
    })
}

/// Whether a value is one of those that `anything-but` leaves out.
fn anything(wanted: &Json, value: Option<&Json>) -> Result<bool, String> {
    match wanted {
        Json::Array(values) => {
            let mut any = false;
            for one in values {
                any |= value_matches(one, value)?;
            }
            Ok(any)
        }
        Json::Object(operator) => {
            let Some((name, values)) = operator.iter().next() else {
                return Err("`anything-but` is empty".to_owned());
            };
            let list = match values {
                Json::Array(list) => list.as_slice(),
                single => std::slice::from_ref(single),
            };
            let mut any = false;
            for one in list {
                any |= value_matches(&json!({name: one}), value)?;
            }
            Ok(any)
        }
        single => value_matches(single, value),
    }
}

fn is_leaf(value: &Json) -> bool {
    match value {
        Json::Array(list) => !list.is_empty(),
        Json::Object(_) => false,
        _ => true,
    }
}

/// Numbers are equal by value.
fn same(value: &Json, wanted: &Json) -> bool {
    match (value.as_f64(), wanted.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => value == wanted,
    }
}

fn affix(text: &str, wanted: &Json, holds: fn(&str, &str) -> bool) -> bool {
    match wanted {
        Json::String(wanted) => holds(text, wanted),
        Json::Object(inner) => inner
            .get("equals-ignore-case")
            .and_then(Json::as_str)
            .is_some_and(|wanted| holds(&text.to_lowercase(), &wanted.to_lowercase())),
        _ => false,
    }
}

/// `*` stands for any text, `\*` for itself.
fn wildcard(text: &str, pattern: &str) -> bool {
    let mut parts: Vec<String> = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => parts.push(String::new()),
            '\\' => {
                if let (Some(last), Some(next)) = (parts.last_mut(), characters.next()) {
                    last.push(next);
                }
            }
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.push(character);
                }
            }
        }
    }
    let Some((first, others)) = parts.split_first() else {
        return false;
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, middle)) = others.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

fn numeric(limits: &[Json]) -> Result<impl Fn(f64) -> bool, String> {
    let mut pairs: Vec<(&str, f64)> = Vec::new();
    for pair in limits.chunks(2) {
        let [Json::String(operator), number] = pair else {
            return Err("`numeric` has operators and numbers".to_owned());
        };
        let operator = operator.as_str();
        if !["=", "<", "<=", ">", ">="].contains(&operator) {
            return Err(format!("`{operator}` compares no numbers"));
        }
        let number = number
            .as_f64()
            .ok_or("`numeric` has operators and numbers")?;
        pairs.push((operator, number));
    }
    Ok(move |value: f64| {
        pairs.iter().all(|(operator, number)| match *operator {
            "=" => value == *number,
            "<" => value < *number,
            "<=" => value <= *number,
            ">" => value > *number,
            _ => value >= *number,
        })
    })
}

fn cidr(range: &str) -> Result<impl Fn(IpAddr) -> bool, String> {
    let no_range = || format!("`{range}` is no range of addresses");
    let (address, length) = range.split_once('/').ok_or_else(no_range)?;
    let address: IpAddr = address.parse().map_err(|_| no_range())?;
    let length: u32 = length.parse().map_err(|_| no_range())?;
    if length > if address.is_ipv4() { 32 } else { 128 } {
        return Err(no_range());
    }
    Ok(move |value: IpAddr| match (address, value) {
        (IpAddr::V4(range), IpAddr::V4(value)) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            u32::from(range) & mask == u32::from(value) & mask
        }
        (IpAddr::V6(range), IpAddr::V6(value)) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            u128::from(range) & mask == u128::from(value) & mask
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_documented() {
        let event = json!({"source": "aws.sagemaker", "detail": {"eventName": "DeleteModel",
            "sourceIPAddress": "10.0.0.7", "count": 5, "tags": ["a", "b"], "empty": [], "none": null}});
        let cases = [
            (r#"{"source":["aws.sagemaker"]}"#, true),
            (r#"{"source":["aws.s3","aws.sagemaker"]}"#, true),
            (r#"{"source":["aws.s3"]}"#, false),
            (r#"{"detail":{"eventName":[{"prefix":"Delete"}]}}"#, true),
            (
                r#"{"detail":{"eventName":[{"prefix":{"equals-ignore-case":"delete"}}]}}"#,
                true,
            ),
            (r#"{"detail":{"eventName":[{"suffix":"Endpoint"}]}}"#, false),
            (
                r#"{"detail":{"eventName":[{"wildcard":"D*e*Model"}]}}"#,
                true,
            ),
            (
                r#"{"detail":{"eventName":[{"equals-ignore-case":"DELETEMODEL"}]}}"#,
                true,
            ),
            (
                r#"{"detail":{"eventName":[{"anything-but":["DeleteModel"]}]}}"#,
                false,
            ),
            (
                r#"{"detail":{"eventName":[{"anything-but":{"prefix":"Describe"}}]}}"#,
                true,
            ),
            (
                r#"{"detail":{"eventName":[{"anything-but":{"prefix":["Delete","List"]}}]}}"#,
                false,
            ),
            (r#"{"detail":{"missing":[{"anything-but":"x"}]}}"#, false),
            (r#"{"detail":{"missing":[{"exists":false}]}}"#, true),
            (r#"{"detail":{"eventName":[{"exists":false}]}}"#, false),
            (r#"{"detail":{"eventName":[{"exists":true}]}}"#, true),
            (r#"{"detail":{"count":[{"numeric":[">",4,"<=",5]}]}}"#, true),
            (r#"{"detail":{"count":[5.0]}}"#, true),
            (r#"{"detail":{"count":["5"]}}"#, false),
            (
                r#"{"detail":{"sourceIPAddress":[{"cidr":"10.0.0.0/24"}]}}"#,
                true,
            ),
            (
                r#"{"detail":{"sourceIPAddress":[{"cidr":"10.0.1.0/24"}]}}"#,
                false,
            ),
            (r#"{"detail":{"tags":["b"]}}"#, true),
            (r#"{"detail":{"tags":["c"]}}"#, false),
            (r#"{"detail":{"none":[null]}}"#, true),
            (
                r#"{"$or":[{"source":["aws.s3"]},{"detail":{"eventName":["DeleteModel"]}}]}"#,
                true,
            ),
            (
                r#"{"$or":[{"source":["aws.s3"]},{"detail":{"eventName":["X"]}}]}"#,
                false,
            ),
            (
                r#"{"source":["aws.sagemaker"],"detail":{"eventName":["X"]}}"#,
                false,
            ),
            (r"{}", true),
        ];
        for (pattern, expected) in cases {
            assert_eq!(matches(pattern, &event), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let event = call(
            "sagemaker.amazonaws.com",
            "DeleteModel",
            "111122223333",
            "eu-west-1",
        );
        for pattern in [
            "",
            "[]",
            r#"{"source":"aws.s3"}"#,
            r#"{"source":[{"like":"x"}]}"#,
            r#"{"source":[{"numeric":["~",1]}]}"#,
            r#"{"source":[{"cidr":"10.0.0.0"}]}"#,
            r#"{"x":["y"],"source":[{"like":"x"}]}"#,
        ] {
            assert!(matches(pattern, &event).is_err(), "{pattern}");
        }
        let deep = format!("{}[1]{}", r#"{"a":"#.repeat(100), "}".repeat(100));
        assert!(matches(&deep, &event).is_err());
    }

    #[test]
    fn calls_have_the_members_that_rules_name() {
        let event = call(
            "sagemaker.amazonaws.com",
            "DeleteModel",
            "111122223333",
            "eu-west-1",
        );
        let published = r#"{"source":["aws.sagemaker"],"detail-type":["AWS API Call via CloudTrail"],
            "detail":{"eventSource":["sagemaker.amazonaws.com"],"eventName":["DeleteModel"]}}"#;
        assert_eq!(matches(published, &event), Ok(true));
    }
}
