//! Secrets in values and problems in scripts.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use rempart_scan::script::{Indicator, Level, Limits, State, Verdict, examine_base64};
use rempart_scan::secrets::{Scan, in_json, in_text};
use serde_json::Value as Json;

use super::{Answered, Function, image, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "secrets",
        arity: 1,
        run: secrets,
    },
    Function {
        name: "script_problems",
        arity: 1,
        run: script_problems,
    },
    Function {
        name: "package_hosts",
        arity: 1,
        run: package_hosts,
    },
];

/// Indicators that say where packages come from. `package_hosts` asks whether that is allowed.
const PACKAGE_SOURCES: [&str; 3] = ["pip-foreign-index", "pip-from-url", "package-from-url"];

/// `secrets(value)`: descriptions of the secrets in names and values. Parts that are not known are
/// skipped when the rest holds one, since that decides; otherwise the answer is not known.
fn secrets<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let Some(value) = arguments.first() else {
        return Err(Unknown::new(ReasonCode::Unsupported, "no argument"));
    };
    let (json, gap) = match value {
        Value::Json(json) => known_part(json),
        other => (other.to_json()?.into_owned(), None),
    };
    let scan = in_json(&json);
    let found = descriptions(&scan);
    match (found.is_empty(), gap) {
        (true, Some(gap)) => Err(gap),
        (true, None) => complete(&scan).map(|()| Value::texts([])),
        (false, _) => Ok(Value::texts(found)),
    }
}

/// A value without the parts that are not known, and the reason of one of them.
fn known_part(json: &Json) -> (Json, Option<Unknown>) {
    match json {
        Json::Array(list) => {
            let mut gap = None;
            let mut known = Vec::with_capacity(list.len());
            for element in list {
                let (element, missing) = known_part(element);
                known.push(element);
                gap = gap.or(missing);
            }
            (Json::Array(known), gap)
        }
        Json::Object(object) => {
            if let Err(unknown) = Value::of(json) {
                return (Json::Null, Some(unknown));
            }
            let mut gap = None;
            let mut known = serde_json::Map::new();
            for (name, value) in object {
                let (value, missing) = known_part(value);
                known.insert(name.clone(), value);
                gap = gap.or(missing);
            }
            (Json::Object(known), gap)
        }
        scalar => (scalar.clone(), None),
    }
}

fn descriptions(scan: &Scan) -> Vec<String> {
    let real = scan.secrets.iter().filter(|secret| !secret.is_example());
    real.map(ToString::to_string).collect()
}

fn complete(scan: &Scan) -> Result<(), Unknown> {
    match scan.incomplete {
        None => Ok(()),
        Some(reason) => Err(Unknown::new(ReasonCode::Unsupported, reason)),
    }
}

/// `script_problems(base64)`: descriptions of what does not belong into a script. Content that cannot be
/// read to its end is not known, unless what was read has a problem already.
fn script_problems<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let field = text_argument(arguments, 0)?;
    if field.trim().is_empty() {
        return Ok(Value::texts([]));
    }
    let examination = examine_base64(field, &Limits::default());
    let grave =
        |found: &&Indicator| found.level >= Level::Medium && !PACKAGE_SOURCES.contains(&found.name);
    let mut problems: Vec<String> = examination
        .indicators
        .iter()
        .filter(grave)
        .map(|found| {
            let Indicator {
                name, layer, line, ..
            } = found;
            format!("{name} in {layer}, line {line}: {}", found.excerpt)
        })
        .collect();
    let mut gap = None;
    match decoded(field) {
        Ok(text) => {
            let scan = in_text(&text);
            problems.extend(descriptions(&scan));
            gap = complete(&scan).err();
        }
        Err(unknown) if examination.verdict == Verdict::Unknown => gap = Some(unknown),
        // A script in another encoding was examined all the same.
        Err(_) => {}
    }
    if !problems.is_empty() {
        return Ok(Value::texts(problems));
    }
    if let State::Undecodable { reason } | State::Truncated { reason } = &examination.state {
        return Err(Unknown::new(ReasonCode::Unsupported, reason.as_str()));
    }
    if let Some(part) = examination.gaps.first() {
        return Err(Unknown::new(ReasonCode::Unsupported, part.as_str()));
    }
    match gap {
        Some(unknown) => Err(unknown),
        None => Ok(Value::texts([])),
    }
}

/// A line on which a package manager is told where packages come from.
static PACKAGE_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b(?:pip|pipx)[\d.]*\s+(?:[^\n]*\s)?(?:install|download|wheel|config)\b
        | \b(?:conda|mamba|micromamba)\s+(?:[^\n]*\s)?(?:install|create|update|config|env)\b
        | \b(?:npm|pnpm|yarn)\s+(?:[^\n]*\s)?(?:i|install|add|ci|config|set)\b
        | \buv\s+(?:pip|add|sync|tool)\b
        | \b(?:yum-config-manager|add-apt-repository)\b
        | \binstall\.packages\s*\(
        | (?:extra[-_])?index[-_]url | find[-_]links | npm_config_registry | \bbaseurl\s*=
        ",
    )
    .ok()
});

/// A URL, or what git takes for one.
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:https?|ftp|ssh|git)://[^\s'"<>|;,)]+|git@[^\s'"<>|;,)]+"#).ok()
});

/// `package_hosts(base64)`: the hosts from which a script installs packages, other than the defaults of
/// the package managers.
fn package_hosts<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let field = text_argument(arguments, 0)?;
    let text = decoded(field)?;
    let mut hosts = hosts(&text)?;
    hosts.sort();
    hosts.dedup();
    Ok(Value::texts(hosts))
}

fn hosts(script: &str) -> Result<Vec<String>, Unknown> {
    let (Some(package_line), Some(url)) = (PACKAGE_LINE.as_ref(), URL.as_ref()) else {
        return Err(Unknown::new(ReasonCode::Unsupported, "no patterns"));
    };
    let joined = script.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut hosts = Vec::new();
    for line in joined.lines() {
        let line = line.trim_start();
        if line.starts_with('#') || !package_line.is_match(line) {
            continue;
        }
        for found in url.find_iter(line) {
            let Some(host) = image::host(found.as_str()) else {
                continue;
            };
            // `https://${MIRROR}/simple` is decided when the script runs.
            if host.contains(['$', '`', '{']) {
                return Err(Unknown::new(
                    ReasonCode::Unsupported,
                    "a host of packages is a variable of the script",
                ));
            }
            hosts.push(host);
        }
    }
    Ok(hosts)
}

/// The text of a script.
fn decoded(field: &str) -> Result<String, Unknown> {
    let compact: String = field.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(compact).map_err(|error| {
        Unknown::new(
            ReasonCode::Unsupported,
            format!("the script is no base64: {error}"),
        )
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Unknown::new(ReasonCode::Unsupported, "the script is no UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_packages() {
        for (script, wanted) in [
            ("pip install pandas", vec![]),
            (
                "pip install -i https://a.example/simple x",
                vec!["a.example"],
            ),
            (
                "sudo -u ec2-user pip3.11 install --extra-index-url=https://u:p@a.example:8443/s x",
                vec!["a.example"],
            ),
            (
                "pip install \\\n  --index-url https://a.example/s \\\n  x",
                vec!["a.example"],
            ),
            (
                "export PIP_INDEX_URL=https://a.example/simple",
                vec!["a.example"],
            ),
            ("pip install git+https://b.example/x.git", vec!["b.example"]),
            (
                "conda install -c https://c.example/channel x",
                vec!["c.example"],
            ),
            (
                "npm config set registry https://d.example/",
                vec!["d.example"],
            ),
            ("# pip install -i https://a.example/simple x", vec![]),
            ("curl https://e.example/data.csv", vec![]),
            ("index-url = https://a.example/simple", vec!["a.example"]),
        ] {
            assert_eq!(
                hosts(script),
                Ok(wanted.iter().map(ToString::to_string).collect()),
                "{script}"
            );
        }
        assert!(hosts("pip install -i https://${MIRROR}/simple x").is_err());
    }
}
