//! Hosts that scripts and entry points of a request name.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rempart_trail::json::{Json, Kind};

use crate::material::Event;

/// Deepest level of a request that is looked into.
const DEEPEST: usize = 32;
/// Most hosts of one request.
const MOST: usize = 50;
/// Longest text that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// Hosts in scripts, entry points, arguments and environments: names and addresses that follow
/// `scheme://` or `/dev/tcp/`. The address of instance metadata and hosts of AWS are left out.
pub(crate) fn hosts(event: &Event) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(request) = event.request() {
        walk(request, "", 0, &mut found);
    }
    found
}

fn walk(value: Json<'_>, key: &str, depth: usize, found: &mut BTreeSet<String>) {
    if depth > DEEPEST || found.len() >= MOST {
        return;
    }
    match value.kind() {
        Kind::Object => {
            for (name, member) in value.entries() {
                let name = name.text().to_ascii_lowercase();
                // Below an environment the names are the caller's.
                let key = if key.contains("environment") {
                    key
                } else {
                    &*name
                };
                walk(member, key, depth + 1, found);
            }
        }
        Kind::Array => value
            .elements()
            .for_each(|element| walk(element, key, depth + 1, found)),
        Kind::String => {
            let Some(text) = value.as_str().filter(|text| text.len() <= LONGEST) else {
                return;
            };
            match key {
                "content" | "studiolifecycleconfigcontent" => {
                    let compact: String = text.split_whitespace().collect();
                    if let Ok(bytes) = STANDARD.decode(compact) {
                        scan(&String::from_utf8_lossy(&bytes), found);
                    }
                }
                _ if ["entrypoint", "arguments", "command", "environment", "args"]
                    .iter()
                    .any(|part| key.contains(part)) =>
                {
                    scan(&text, found);
                }
                _ => {}
            }
        }
        Kind::Null | Kind::Bool | Kind::Number => {}
    }
}

fn scan(text: &str, found: &mut BTreeSet<String>) {
    for mark in ["://", "/dev/tcp/", "/dev/udp/"] {
        for rest in text.split(mark).skip(1) {
            let host: String = rest
                .chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || ".-_[]:@".contains(*letter))
                .take(253)
                .collect();
            let host = host.rsplit('@').next().unwrap_or_default();
            let host = host
                .split(':')
                .next()
                .unwrap_or_default()
                .trim_matches(['.', '-', '[', ']']);
            if is_outside(host) && found.len() < MOST {
                found.insert(host.to_ascii_lowercase());
            }
        }
    }
}

fn is_outside(host: &str) -> bool {
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let is_name = host.contains('.') && host.len() > 3;
    let lower = host.to_ascii_lowercase();
    (is_address || is_name)
        && !["169.254.169.254", "169.254.170.2", "127.0.0.1"].contains(&host)
        && !lower.ends_with(".amazonaws.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_text() {
        let mut found = BTreeSet::new();
        scan(
            "curl https://u:p@Example.COM:8443/x http://169.254.169.254/ s3://b.x.amazonaws.com stratum+tcp://pool.example.com:3333; cat </dev/tcp/192.0.2.1/4444",
            &mut found,
        );
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["192.0.2.1", "example.com", "pool.example.com"]
        );
    }
}
