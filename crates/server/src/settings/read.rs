//! Reads `store.yaml`. Every problem is reported with its line; a file with a problem is not used at all.

use std::path::Path;
use std::time::Duration;

use rempart_directory::{Problem, ReadError};
use rempart_keys::Unpredicted;
use rempart_online::RedisOptions;
use rempart_policy::lint::Severity;
use rempart_sigma::yaml::{Fields, Node, Position, Problems, read_document};

use super::choices::choice;
use super::number::{flag, number};
use super::{
    AwsKeySettings, KeySettings, OfflineSettings, OnlineSettings, REDIS_VARIABLE, RedisSettings,
    S3Settings, StoreSettings,
};

pub(super) const START: Position = Position { line: 1, column: 1 };

/// What was found wrong on the way.
pub(super) struct Found<'a> {
    path: &'a Path,
    problems: Vec<Problem>,
}

impl Problems for Found<'_> {
    fn problem(&mut self, at: Position, message: String) {
        self.problems.push(Problem {
            path: self.path.to_owned(),
            at,
            severity: Severity::Error,
            message,
        });
    }
}

/// One problem.
pub(super) fn single(path: &Path, at: Position, message: String) -> ReadError {
    let mut found = Found {
        path,
        problems: Vec::new(),
    };
    found.problem(at, message);
    ReadError {
        problems: found.problems,
    }
}

impl StoreSettings {
    /// Settings out of the text of a file; nothing in it is the defaults. `variable` gives the value of a
    /// variable of the environment.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_text(
        path: &Path,
        text: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ReadError> {
        let root = read_document(text, 0).map_err(|error| single(path, error.at, error.message))?;
        let mut settings = Self::default();
        let Some(root) = root else {
            return Ok(settings);
        };
        let mut found = Found {
            path,
            problems: Vec::new(),
        };
        if let Some(mut fields) = Fields::of(&mut found, &root, "the file") {
            if let Some(node) = fields.take("online") {
                settings.online = online(&mut found, node, variable);
            }
            if let Some(node) = fields.take("keys") {
                settings.keys = keys(&mut found, node);
            }
            if let Some(node) = fields.take("offline") {
                settings.offline = offline(&mut found, node);
            }
            if let Some(node) = fields.take("behaviour") {
                settings.behave(&mut found, node);
            }
            fields.finish(&mut found);
        }
        let mut problems = found.problems;
        if problems.is_empty() {
            return Ok(settings);
        }
        problems.sort_by_key(|problem| problem.at);
        Err(ReadError { problems })
    }
}

fn online(
    found: &mut Found<'_>,
    node: &Node,
    variable: &dyn Fn(&str) -> Option<String>,
) -> OnlineSettings {
    let Some(mut fields) = Fields::of(found, node, "`online`") else {
        return OnlineSettings::Embedded;
    };
    let engines = [("embedded", false), ("redis", true)];
    let is_redis = choice(&mut fields, found, "engine", &engines).unwrap_or(false);
    if !is_redis {
        fields.finish(found);
        return OnlineSettings::Embedded;
    }
    let mut addresses = fields.texts(found, "addresses");
    if addresses
        .iter()
        .filter_map(|address| address.split_once("://"))
        .any(|(_, rest)| rest.contains('@'))
    {
        let message = format!(
            "passwords do not belong in the file: put such addresses into {REDIS_VARIABLE}"
        );
        found.problem(node.at, message);
    }
    if let Some(text) = variable(REDIS_VARIABLE) {
        addresses = text.split(',').map(|one| one.trim().to_owned()).collect();
    }
    if addresses.is_empty() {
        let message = format!("`online` names no `addresses`, and {REDIS_VARIABLE} is not set");
        found.problem(node.at, message);
    }
    let is_address = |text: &String| {
        ["redis://", "rediss://"]
            .iter()
            .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
    };
    if !addresses.iter().all(is_address) {
        // Not shown: it may hold a password.
        let message = "an address of Redis is redis://host:port, or rediss:// for TLS";
        found.problem(node.at, message.to_owned());
    }
    let is_cluster = flag(&mut fields, found, "cluster").unwrap_or(addresses.len() > 1);
    let prefix = fields.text(found, "prefix");
    if prefix
        .as_deref()
        .is_some_and(|prefix| !RedisOptions::is_prefix(prefix))
    {
        let message = "`prefix` is 1 to 64 letters, digits, '-', '_' and ':'";
        found.problem(node.at, message.to_owned());
    }
    let redis = RedisSettings {
        addresses,
        is_cluster,
        prefix,
        certificates: fields.text(found, "certificates").map(Into::into),
        connections: number(&mut fields, found, "connections", 1..=1024).unwrap_or(16),
        timeout: seconds(&mut fields, found, "timeoutSeconds", 1..=300).unwrap_or(FIVE),
        replicas: number(&mut fields, found, "replicas", 0..=16).unwrap_or(0),
    };
    fields.finish(found);
    OnlineSettings::Redis(redis)
}

const FIVE: Duration = Duration::from_secs(5);

fn seconds(
    fields: &mut Fields<'_>,
    found: &mut Found<'_>,
    name: &str,
    range: std::ops::RangeInclusive<u64>,
) -> Option<Duration> {
    number(fields, found, name, range).map(Duration::from_secs)
}

fn keys(found: &mut Found<'_>, node: &Node) -> KeySettings {
    let Some(mut fields) = Fields::of(found, node, "`keys`") else {
        return KeySettings::Builtin;
    };
    let providers = [("builtin", false), ("aws", true)];
    let is_aws = choice(&mut fields, found, "provider", &providers).unwrap_or(false);
    if !is_aws {
        fields.finish(found);
        return KeySettings::Builtin;
    }
    let server_principal = fields.text(found, "serverPrincipal").unwrap_or_default();
    let is_principal = rempart_aws_model::Arn::parse(&server_principal).is_ok_and(|arn| {
        arn.service() == "iam"
            && ["role/", "user/"]
                .iter()
                .any(|kind| arn.resource().starts_with(kind))
    });
    if !is_principal {
        let message =
            "`serverPrincipal` is the ARN of the role or user whose credentials the server has";
        found.problem(node.at, message.to_owned());
    }
    let endpoint = endpoint(found, &mut fields, node);
    let choices = [
        ("refuse", Unpredicted::Refuse),
        ("trust-server", Unpredicted::TrustServer),
    ];
    let aws = AwsKeySettings {
        server_principal,
        endpoint,
        unpredicted: choice(&mut fields, found, "unpredicted", &choices).unwrap_or_default(),
        maximum_age: seconds(&mut fields, found, "maximumAgeSeconds", 0..=300)
            .unwrap_or(Duration::from_mins(1)),
        grace: seconds(&mut fields, found, "graceSeconds", 0..=3_600).unwrap_or_default(),
        deadline: seconds(&mut fields, found, "deadlineSeconds", 1..=60)
            .unwrap_or(Duration::from_secs(10)),
    };
    fields.finish(found);
    KeySettings::Aws(aws)
}

fn offline(found: &mut Found<'_>, node: &Node) -> OfflineSettings {
    let Some(mut fields) = Fields::of(found, node, "`offline`") else {
        return OfflineSettings::Directory;
    };
    let places = [("directory", false), ("s3", true)];
    let is_s3 = choice(&mut fields, found, "place", &places).unwrap_or(false);
    if !is_s3 {
        fields.finish(found);
        return OfflineSettings::Directory;
    }
    let s3 = S3Settings {
        region: fields.text(found, "region"),
        endpoint: endpoint(found, &mut fields, node),
        bucket_key: flag(&mut fields, found, "bucketKey").unwrap_or(false),
    };
    fields.finish(found);
    OfflineSettings::S3(s3)
}

fn endpoint(found: &mut Found<'_>, fields: &mut Fields<'_>, node: &Node) -> Option<String> {
    let text = fields.text(found, "endpoint")?;
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    if host.is_none_or(|host| host.is_empty() || host.contains('@')) {
        let message = "`endpoint` is https://host, without user and password";
        found.problem(node.at, message.to_owned());
    }
    Some(text)
}
