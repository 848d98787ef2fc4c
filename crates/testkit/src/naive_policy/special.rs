//! KMS grants and S3 Block Public Access.

use std::net::IpAddr;

use serde_json::Value;

use super::principals::Named;
use super::{Case, FALSE, TRUE, Truth, UNKNOWN, document, not, statements, strings, text, truth};

const WITH_CONTEXT: [&str; 8] = [
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
];

impl Case<'_> {
    /// In which forms grants allow the request.
    pub(super) fn grants(&self) -> Named {
        if self.service() != "kms" {
            return Named::default();
        }
        if self.member("grants") == "unknown" {
            return Named {
                direct: UNKNOWN,
                ..Named::default()
            };
        }
        let mut all = Named::default();
        for grant in self.list("grants") {
            all = all.max(self.grant(grant));
        }
        all
    }

    fn grant(&self, grant: &Value) -> Named {
        let operation = self.action.trim_start_matches("kms:");
        let operations = strings(grant.get("Operations").unwrap_or(&Value::Null));
        let has = |name: &str| operations.iter().any(|own| own.eq_ignore_ascii_case(name));
        let principal = |name: &str| -> Named {
            let aws = format!("{name}Principal");
            let service = format!("{name}ServicePrincipal");
            let text = |name: &str| grant.get(name).and_then(Value::as_str);
            match (text(&aws), text(&service)) {
                (Some(name), _) if !name.starts_with("arn:") && name.contains('.') => {
                    self.entry("Service", name)
                }
                (Some(name), _) => self.entry("AWS", name),
                (None, Some(name)) => self.entry("Service", name),
                (None, None) => Named::default(),
            }
        };
        if operation == "retiregrant" {
            let mut named = principal("Retiring");
            if has("RetireGrant") {
                named = named.max(principal("Grantee"));
            }
            let wanted = self
                .member("request")
                .get("grantId")
                .and_then(Value::as_str);
            let is_this = match wanted {
                Some(id) => truth(grant.get("GrantId").and_then(Value::as_str) == Some(id)),
                None => UNKNOWN,
            };
            return limited(named, is_this);
        }
        if !has(operation) {
            return Named::default();
        }
        let constraints = grant.get("Constraints").unwrap_or(&Value::Null);
        let equals = constraints
            .get("EncryptionContextEquals")
            .filter(|v| !v.is_null());
        let subset = constraints
            .get("EncryptionContextSubset")
            .filter(|v| !v.is_null());
        let mut holds = match constraints.get("SourceArn").and_then(Value::as_str) {
            None => TRUE,
            Some(pattern) => match self.key("aws:SourceArn") {
                Some(Value::Object(_)) => UNKNOWN,
                Some(value) => {
                    let pieces = [(true, pattern.to_owned())];
                    let truths = strings(value);
                    let truths = truths
                        .iter()
                        .map(|given| super::conditions::arn(&pieces, given));
                    truths.max().unwrap_or(FALSE)
                }
                None => FALSE,
            },
        };
        let needs_context = WITH_CONTEXT
            .iter()
            .any(|name| name.eq_ignore_ascii_case(operation));
        if needs_context {
            holds = holds.min(self.pairs_hold(equals, subset));
        } else if operation == "creategrant" {
            let wanted = match self.key("kms:GrantOperations") {
                None | Some(Value::Object(_)) => UNKNOWN,
                Some(value) => truth(strings(value).iter().all(|name| has(name))),
            };
            holds = holds.min(wanted);
            if equals.is_some() || subset.is_some() {
                holds = holds.min(self.child_is_strict(equals, subset));
            }
        } else if operation != "describekey" && (equals.is_some() || subset.is_some()) {
            return Named::default();
        }
        limited(principal("Grantee"), holds)
    }

    fn pairs_hold(&self, equals: Option<&Value>, subset: Option<&Value>) -> Truth {
        if equals.is_none() && subset.is_none() {
            return TRUE;
        }
        let mut given = Vec::new();
        for (key, value) in &self.context {
            let Some(name) = key.strip_prefix("kms:encryptioncontext:") else {
                continue;
            };
            if value.is_object() {
                return UNKNOWN;
            }
            let values = strings(value);
            if values.is_empty() {
                given.push((name.to_owned(), String::new()));
            }
            given.extend(values.into_iter().map(|value| (name.to_owned(), value)));
        }
        let pairs = |value: Option<&Value>| -> Vec<(String, String)> {
            let object = value.and_then(Value::as_object).into_iter().flatten();
            object
                .map(|(name, value)| (name.to_lowercase(), text::scalar(value)))
                .collect()
        };
        let all_in = |wanted: &[(String, String)]| wanted.iter().all(|pair| given.contains(pair));
        let (wanted_equals, wanted_subset) = (pairs(equals), pairs(subset));
        let same =
            equals.is_none() || (wanted_equals.len() == given.len() && all_in(&wanted_equals));
        truth(same && all_in(&wanted_subset))
    }

    fn child_is_strict(&self, equals: Option<&Value>, subset: Option<&Value>) -> Truth {
        let Some(child) = self
            .member("request")
            .get("newGrant")
            .filter(|v| !v.is_null())
        else {
            return UNKNOWN;
        };
        let constraints = child.get("Constraints").unwrap_or(&Value::Null);
        let own_equals = constraints
            .get("EncryptionContextEquals")
            .and_then(Value::as_object);
        let own_subset = constraints
            .get("EncryptionContextSubset")
            .and_then(Value::as_object);
        let empty = serde_json::Map::new();
        let covers = |own: Option<&serde_json::Map<String, Value>>, wanted: &Value| {
            let wanted = wanted.as_object().unwrap_or(&empty);
            own.is_some_and(|own| {
                wanted
                    .iter()
                    .all(|(name, value)| own.get(name) == Some(value))
            })
        };
        let same = equals.is_none_or(|wanted| {
            let count = wanted.as_object().map_or(0, serde_json::Map::len);
            covers(own_equals, wanted) && own_equals.map_or(0, serde_json::Map::len) == count
        });
        let part =
            subset.is_none_or(|wanted| covers(own_equals, wanted) || covers(own_subset, wanted));
        truth(same && part)
    }

    /// Whether Block Public Access denies.
    pub(super) fn public_access_block(&self) -> Truth {
        let member = self.member("publicAccessBlock");
        if self.service() != "s3" || member.is_null() {
            return FALSE;
        }
        if member == "unknown" {
            return UNKNOWN;
        }
        let blocks = match member {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let on = |name: &str| {
            blocks
                .iter()
                .any(|block| block.get(name) == Some(&true.into()))
        };
        let mut deny = FALSE;
        if on("RestrictPublicBuckets") && self.resource != "*" {
            let policy = self.member("resourcePolicy");
            let public = match policy {
                Value::Null => FALSE,
                Value::String(text) if text == "unknown" => UNKNOWN,
                policy => truth(is_public(&document(policy))),
            };
            let inside = match (&self.caller.account, &self.resource_account) {
                _ if self.caller.kind == "service" => TRUE,
                (Some(own), Some(owner)) => truth(own == owner),
                (Some(_), None) => UNKNOWN,
                (None, _) => FALSE,
            };
            deny = deny.max(public.min(not(inside)));
        }
        let puts_policy = ["s3:putbucketpolicy", "s3:putaccesspointpolicy"];
        if on("BlockPublicPolicy") && puts_policy.contains(&self.action.as_str()) {
            let proposed = self
                .member("request")
                .get("proposedPolicy")
                .filter(|v| !v.is_null());
            deny = deny.max(match proposed {
                Some(policy) => truth(is_public(&document(policy))),
                None => UNKNOWN,
            });
        }
        if on("BlockPublicAcls") {
            deny = deny.max(match self.key("s3:x-amz-acl") {
                Some(Value::Object(_)) => UNKNOWN,
                Some(value) => truth(strings(value).iter().any(|acl| {
                    ["public-read", "public-read-write", "authenticated-read"]
                        .contains(&acl.as_str())
                })),
                None => FALSE,
            });
        }
        deny
    }
}

fn limited(named: Named, truth: Truth) -> Named {
    Named {
        direct: named.direct.min(truth),
        role: named.role.min(truth),
        issuer: named.issuer.min(truth),
        account: named.account.min(truth),
    }
}

/// Some Allow is not limited to fixed values.
fn is_public(document: &Value) -> bool {
    statements(document)
        .into_iter()
        .any(|statement| statement.get("Effect") == Some(&"Allow".into()) && !is_limited(statement))
}

fn is_limited(statement: &Value) -> bool {
    let names_all = match statement.get("Principal") {
        None => true,
        Some(Value::String(_)) => true,
        Some(types) => types
            .as_object()
            .into_iter()
            .flatten()
            .any(|(_, values)| strings(values).iter().any(|value| value == "*")),
    };
    if !names_all {
        return true;
    }
    let block = statement.get("Condition").and_then(Value::as_object);
    block.into_iter().flatten().any(|(operator, keys)| {
        keys.as_object()
            .into_iter()
            .flatten()
            .any(|(key, values)| limits(operator, &key.to_lowercase(), &strings(values)))
    })
}

fn limits(operator: &str, key: &str, values: &[String]) -> bool {
    if operator.contains("Not")
        || operator.ends_with("IfExists")
        || operator.starts_with("ForAll")
        || values.is_empty()
    {
        return false;
    }
    let name = operator.split(':').next_back().unwrap_or_default();
    let is_fixed = |text: &String| !text.contains(['*', '?']) && !text.contains("${");
    if key == "aws:sourceip" {
        return name == "IpAddress" && values.iter().all(|value| is_narrow(value))
            || name.starts_with("String") && values.iter().all(is_fixed);
    }
    if !name.starts_with("String") && !name.starts_with("Arn") {
        return false;
    }
    match key {
        "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:principalarn"
        | "aws:principalaccount"
        | "aws:sourcearn"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:sourceowner"
        | "aws:sourceaccount"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id"
        | "s3:dataaccesspointaccount" => {
            let is_exact = name == "StringEquals" || name == "StringEqualsIgnoreCase";
            values
                .iter()
                .all(|value| is_fixed(value) || (is_exact && !value.contains("${")))
        }
        "aws:userid" => values
            .iter()
            .all(|value| is_fixed(value) || !value.starts_with("AROA")),
        "s3:dataaccesspointarn" => values.iter().all(|value| {
            let account = value.split(':').nth(4).unwrap_or_default().to_owned();
            let is_exact = name == "StringEquals" || name == "StringEqualsIgnoreCase";
            if is_exact {
                return !value.contains("${");
            }
            !value.contains("${") && account.len() == 12 && is_fixed(&account)
        }),
        _ => false,
    }
}

fn is_narrow(range: &str) -> bool {
    let (network, length) = match range.split_once('/') {
        Some((network, length)) => (network, length.parse::<u32>().ok()),
        None => (range, Some(128)),
    };
    match (network.parse::<IpAddr>(), length) {
        (Ok(IpAddr::V4(network)), Some(length)) => length >= 8 || network.is_private(),
        (Ok(IpAddr::V6(_)), Some(length)) => length >= 32,
        _ => false,
    }
}
