//! Requests of the AWS protocols, and their signatures.

use rempart_aws_wire::sign::{KeyCache, NoSecret, Scope, Secret, verify};
use rempart_aws_wire::{Dialect, Incoming, error, input, parse, records, route};
use serde_json::Value;

/// The example key of AWS's documentation, with which the corpus is signed.
const KEY: (&str, &str) = (
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
);
/// When the corpus was signed.
const NOW: &str = "2026-01-02T03:04:05Z";

/// `METHOD target`, header lines, an empty line, the body.
fn with_request(bytes: &[u8], use_it: impl FnOnce(&Incoming<'_>)) {
    let (head, body) = match bytes.windows(2).position(|two| two == b"\n\n") {
        Some(position) => (&bytes[..position], &bytes[position + 2..]),
        None => (bytes, &b""[..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let (method, target) = first.split_once(' ').unwrap_or((&first, "/"));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs: Vec<(String, &[u8])> = lines
        .map(|line| {
            let colon = line.iter().position(|byte| *byte == b':');
            let colon = colon.unwrap_or(line.len());
            let value = line.get(colon + 1..).unwrap_or_default();
            (String::from_utf8_lossy(&line[..colon]).into_owned(), value)
        })
        .collect();
    let headers: Vec<(&str, &[u8])> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    use_it(&Incoming {
        method,
        path,
        query,
        headers: &headers,
        body,
    });
}

/// What is accepted reads the same when it is written again; the typed reader agrees with the general
/// one; what is refused is refused as an error of AWS.
pub fn wire_request(bytes: &[u8]) {
    with_request(bytes, |incoming| {
        let dialect = incoming.dialect();
        let routed = match route(incoming) {
            Ok(routed) => routed,
            Err(found) => return refused(dialect, &found),
        };
        let general = input(incoming, &routed);
        if routed.operation.service_id == "sagemaker-featurestore-runtime" {
            let typed = records::parse(incoming, &routed);
            assert_eq!(typed.is_ok(), general.is_ok());
            assert_eq!(typed.err(), general.as_ref().err().cloned());
        }
        let map = match general {
            Ok(map) => map,
            Err(found) => return refused(dialect, &found),
        };
        let Some(prefix) = routed.operation.service().target_prefix else {
            return;
        };
        let body = Value::Object(map.clone()).to_string();
        let target = format!("{prefix}.{}", routed.operation.name);
        let again = Incoming {
            method: "POST",
            path: "/",
            query: "",
            headers: &[("X-Amz-Target", target.as_bytes())],
            body: body.as_bytes(),
        };
        assert_eq!(parse(&again).expect("it was accepted").input, map);
    });
}

fn refused(dialect: Dialect, found: &rempart_aws_wire::ServiceError) {
    let answer = error(dialect, found, "id");
    assert!((400..500).contains(&answer.status), "{found}");
    let text = std::str::from_utf8(&answer.body).expect("text");
    assert!(
        text.starts_with("<ErrorResponse") || serde_json::from_str::<Value>(text).is_ok(),
        "{text}"
    );
}

/// What is verified is verified again, and with any other body, path or time beyond the window it is
/// not. A fuzzer knows no secret, so what passes is from the corpus.
pub fn wire_signature(bytes: &[u8]) {
    let keys = KeyCache::default();
    let scope = Scope {
        region: "eu-west-1",
        services: &["sagemaker", "kms", "sts"],
    };
    let lookup = |access_key: &str, _: Option<&str>| match access_key {
        key if key == KEY.0 => Ok(Secret::new(KEY.1)),
        _ => Err(NoSecret::Unknown),
    };
    let check = |incoming: &Incoming<'_>, now: &str| {
        let now = now.parse().expect("an instant");
        verify(incoming, &scope, &lookup, &keys, now).map(|verified| verified.signature)
    };
    with_request(bytes, |incoming| {
        let Ok(signature) = check(incoming, NOW) else {
            return;
        };
        assert_eq!(check(incoming, NOW), Ok(signature));
        let mut body = incoming.body.to_vec();
        body.push(b' ');
        let path = format!("{}x", incoming.path);
        let changed = [
            Incoming {
                body: &body,
                ..*incoming
            },
            Incoming {
                path: &path,
                ..*incoming
            },
            Incoming {
                method: "PATCH",
                ..*incoming
            },
        ];
        for changed in changed {
            assert!(check(&changed, NOW).is_err());
        }
        assert!(check(incoming, "2026-02-02T03:04:05Z").is_err());
        assert!(check(incoming, "2025-12-02T03:04:05Z").is_err());
    });
}
