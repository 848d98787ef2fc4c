//! What a call is about: ARNs and names, and how they are touched.

use std::collections::{BTreeMap, BTreeSet};

use rempart_aws_model::{action_service, guarding_actions};
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};

use crate::material::Event;

/// Deepest level of a request that is looked into.
const DEEPEST: usize = 32;
/// Most resources that one call is held to touch.
const MOST: usize = 64;
/// Longest name that is shown.
const LONGEST: usize = 300;

/// How a call touches a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Touch {
    Read,
    Written,
    Deleted,
}

/// A resource that a call is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// ARN, `s3://` address, or a bare name where no ARN follows.
    pub(crate) name: String,
    /// How.
    pub(crate) touch: Touch,
}

/// Everything that a call names, sorted, each once with its strongest touch.
pub(crate) fn of(event: &Event) -> Vec<Target> {
    let Some(record) = event.record() else {
        return Vec::new();
    };
    let touch = touch_of(event);
    let mut found: BTreeMap<String, Touch> = BTreeMap::new();
    let mut add = |name: String, touch: Touch| {
        if found.len() < MOST || found.contains_key(&name) {
            let slot = found.entry(clipped(&name)).or_insert(touch);
            *slot = (*slot).max(touch);
        }
    };
    let listed = listed(&record);
    let has_objects = listed.iter().any(|arn| is_object(arn));
    for arn in listed {
        // The bucket of an object says nothing more.
        if !(has_objects && arn.starts_with("arn:aws:s3:::") && !is_object(&arn)) {
            add(arn, touch);
        }
    }
    if let Some(request) = record.get(Field::RequestParameters) {
        for name in named(event, request) {
            add(name, touch);
        }
        uris(request, false, 0, &mut |uri, is_output| {
            add(
                uri,
                if is_output {
                    Touch::Written
                } else {
                    Touch::Read
                },
            );
        });
        for arn in decrypted(request) {
            add(arn, Touch::Read);
        }
    }
    if let Some(response) = record.get(Field::ResponseElements) {
        for (key, value) in response.entries() {
            if key.text().ends_with("Arn")
                && let Some(arn) = value.as_str().filter(|text| text.starts_with("arn:"))
            {
                add(arn.into_owned(), touch);
            }
        }
    }
    let found = found.into_iter();
    found.map(|(name, touch)| Target { name, touch }).collect()
}

/// What a call creates, changes or deletes: the ARN in the answer, else what bears the name in the
/// request, else the first.
pub(crate) fn main(event: &Event, targets: &[Target]) -> Option<String> {
    let changed = || {
        targets
            .iter()
            .filter(|target| target.touch != Touch::Read && !target.name.starts_with("s3://"))
    };
    let response = event.response();
    let answered = response
        .into_iter()
        .flat_map(Json::entries)
        .find_map(|(key, value)| {
            let arn = value.as_str().filter(|_| key.text().ends_with("Arn"))?;
            changed().find(|target| *target.name == *arn)
        });
    let named = || {
        let record = event.record()?;
        let name = rempart_hunt::derive::resource_name(&record)?;
        changed().find(|target| short(&target.name).to_lowercase() == name)
    };
    let found = answered.or_else(named).or_else(|| changed().next())?;
    Some(found.name.clone())
}

fn touch_of(event: &Event) -> Touch {
    let deletes = ["Delete", "Terminate", "Deregister"];
    if deletes.iter().any(|verb| event.name.starts_with(verb)) {
        Touch::Deleted
    } else if event.read_only {
        Touch::Read
    } else {
        Touch::Written
    }
}

/// At most so many characters; a name may be as long as a caller likes.
pub(crate) fn clipped(text: &str) -> String {
    if text.chars().nth(LONGEST).is_none() {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

fn is_object(arn: &str) -> bool {
    arn.strip_prefix("arn:aws:s3:::")
        .is_some_and(|rest| rest.contains('/'))
}

fn listed(record: &Record<'_>) -> BTreeSet<String> {
    let resources = record.get(Field::Resources).into_iter();
    let elements = resources.flat_map(Json::elements);
    elements
        .filter_map(|resource| {
            let arn = resource.get("ARN").or_else(|| resource.get("arn"))?;
            Some(arn.as_str()?.into_owned())
        })
        .take(MOST)
        .collect()
}

/// ARNs that follow from names in the request, by the forms of ARNs that IAM documents for the action.
fn named(event: &Event, request: Json<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    match &*event.service {
        "iam" => {
            for (member, kind) in [
                ("roleName", "role"),
                ("userName", "user"),
                ("groupName", "group"),
            ] {
                if let Some(name) = string(request, member) {
                    names.insert(format!("arn:aws:iam::{}:{kind}/{name}", event.account));
                }
            }
            names.extend(string(request, "policyArn"));
            return names;
        }
        "s3" => {
            if let Some(bucket) = string(request, "bucketName") {
                let key = string(request, "key").filter(|key| !key.is_empty());
                names.insert(match key {
                    Some(key) => format!("arn:aws:s3:::{bucket}/{key}"),
                    None => format!("arn:aws:s3:::{bucket}"),
                });
            }
            return names;
        }
        _ => {}
    }
    if &*event.service == "cloudtrail" {
        let trail = ["name", "trailName"]
            .iter()
            .find_map(|member| string(request, member));
        names.extend(trail.map(|name| match name.starts_with("arn:") {
            true => name,
            false => format!(
                "arn:aws:cloudtrail:{}:{}:trail/{name}",
                event.region, event.account
            ),
        }));
        return names;
    }
    for member in ["keyId", "name", "trailName"] {
        names.extend(string(request, member).filter(|value| value.starts_with("arn:")));
    }
    let source = format!("{}.amazonaws.com", event.service);
    let guarding = guarding_actions(&source, &event.name);
    let actions = guarding.iter().flat_map(|entry| entry.actions.first());
    for action in actions {
        let Some(service) = action_service(action.prefix) else {
            continue;
        };
        for resource in &action.resources {
            if let Some(kind) = service.resource_type(resource.name) {
                names.extend(filled(kind.arn_pattern, event, request));
            }
        }
    }
    if names.is_empty() {
        let plain = [
            "secretId",
            "path",
            "logGroupName",
            "detectorId",
            "configurationRecorderName",
            "name",
            "trailName",
            "functionName",
            "repositoryName",
            "groupId",
            "instanceId",
            "queryString",
        ];
        names.extend(plain.iter().filter_map(|member| string(request, member)));
    }
    names
}

/// `arn:${Partition}:sagemaker:${Region}:${Account}:model/${ModelName}` with the members of the request.
fn filled(pattern: &str, event: &Event, request: Json<'_>) -> Option<String> {
    let mut arn = String::new();
    let mut has_name = false;
    let mut pieces = pattern.split("${");
    arn.push_str(pieces.next()?);
    for piece in pieces {
        let (variable, rest) = piece.split_once('}')?;
        match variable {
            "Partition" => arn.push_str("aws"),
            "Region" => arn.push_str(&event.region),
            "Account" => arn.push_str(&event.account),
            _ => {
                let value = request.entries().find_map(|(key, value)| {
                    let is_it = key.text().eq_ignore_ascii_case(variable);
                    value.as_str().filter(|text| is_it && !text.is_empty())
                })?;
                if value.starts_with("arn:") {
                    return Some(value.into_owned());
                }
                has_name = true;
                arn.push_str(&value);
            }
        }
        arn.push_str(rest);
    }
    has_name.then_some(arn)
}

/// Addresses in S3 anywhere in the request, and whether they are written to.
fn uris(value: Json<'_>, is_output: bool, depth: usize, visit: &mut dyn FnMut(String, bool)) {
    if depth > DEEPEST {
        return;
    }
    match value.kind() {
        Kind::Object => {
            for (key, member) in value.entries() {
                let key = key.text();
                let lower = key.to_ascii_lowercase();
                let output = is_output
                    || lower.contains("output")
                    || lower.contains("destination")
                    || lower.contains("checkpoint");
                uris(member, output, depth + 1, visit);
            }
        }
        Kind::Array => {
            for element in value.elements() {
                uris(element, is_output, depth + 1, visit);
            }
        }
        Kind::String => {
            if let Some(text) = value.as_str().filter(|text| text.starts_with("s3://")) {
                visit(text.into_owned(), is_output);
            }
        }
        Kind::Null | Kind::Bool | Kind::Number => {}
    }
}

/// What the encryption context of a KMS call names: the object or bucket, the secret, the function.
fn decrypted(request: Json<'_>) -> Vec<String> {
    let context = request.get("encryptionContext").into_iter();
    let members = context.flat_map(Json::entries);
    members
        .filter_map(|(_, value)| value.as_str())
        .filter(|text| text.starts_with("arn:"))
        .map(|text| text.into_owned())
        .take(8)
        .collect()
}

fn string(request: Json<'_>, member: &str) -> Option<String> {
    Some(request.get(member)?.as_str()?.into_owned()).filter(|text| !text.is_empty())
}

/// The last part of an ARN or path: a name for people.
pub(crate) fn short(name: &str) -> &str {
    if name.starts_with("s3://") || name.starts_with("arn:aws:s3:::") {
        return name.trim_start_matches("arn:aws:s3:::");
    }
    if !name.starts_with("arn:") {
        return name;
    }
    let mut parts = name.splitn(7, ':').skip(5);
    let (resource, rest) = (parts.next().unwrap_or(name), parts.next());
    match (rest, resource.split_once('/')) {
        // `secret:ml/token`, `log-group:/aws/sagemaker/Endpoints`
        (Some(rest), None) => rest,
        (None, Some((_, rest))) if !rest.is_empty() => rest,
        _ => resource,
    }
}

/// Bucket of an object or bucket.
pub(crate) fn bucket(name: &str) -> Option<&str> {
    let rest = name
        .strip_prefix("arn:aws:s3:::")
        .or_else(|| name.strip_prefix("s3://"))?;
    rest.split('/').next().filter(|bucket| !bucket.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_people() {
        assert_eq!(
            short("arn:aws:sagemaker:eu-west-1:111122223333:model/m"),
            "m"
        );
        assert_eq!(short("arn:aws:s3:::b/k"), "b/k");
        assert_eq!(short("ml/token"), "ml/token");
        assert_eq!(
            short("1.dkr.ecr.eu-west-1.amazonaws.com/x:latest"),
            "1.dkr.ecr.eu-west-1.amazonaws.com/x:latest"
        );
        assert_eq!(
            short("arn:aws:secretsmanager:eu-west-1:111122223333:secret:ml/token"),
            "ml/token"
        );
        assert_eq!(
            short("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/x"),
            "/aws/x"
        );
        assert_eq!(
            short("arn:aws:iam::111122223333:role/service-role/r"),
            "service-role/r"
        );
        assert_eq!(bucket("s3://b/k"), Some("b"));
        assert_eq!(bucket("arn:aws:s3:::b"), Some("b"));
        assert_eq!(bucket("arn:aws:iam::1:role/r"), None);
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        assert_eq!(clipped("é"), "é");
        assert_eq!(clipped(&"é".repeat(400)).chars().count(), LONGEST + 1);
    }
}
