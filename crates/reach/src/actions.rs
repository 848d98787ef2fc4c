//! The actions that are asked about, by the type of the resource that they concern.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use rempart_aws_model::{Action, ActionName, action_service, actions_of};

/// Services whose actions are asked about.
pub(crate) const SERVICES: [&str; 8] = [
    "sagemaker",
    "s3",
    "kms",
    "secretsmanager",
    "ssm",
    "ecr",
    "iam",
    "sts",
];

/// A text in names that no policy means.
pub(crate) const UNRELATED: &str = "zq7x9k2vw4";

/// An action, ready to be asked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) name: ActionName,
    pub(crate) text: Arc<str>,
}

/// A type of resource.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) service: &'static str,
    /// Name in the reference; empty for actions without resource.
    pub(crate) name: &'static str,
    /// Text before the first variable in the last part of its ARN.
    prefix: &'static str,
    pattern: &'static str,
    /// Its actions, by name.
    pub(crate) actions: Vec<Asked>,
    /// Those that make a new one.
    pub(crate) creating: Vec<Asked>,
}

/// All types of these services.
pub(crate) static TYPES: LazyLock<Vec<Type>> = LazyLock::new(types);

/// Types by service, for [`type_of`].
static BY_SERVICE: LazyLock<BTreeMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut found: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (place, one) in TYPES.iter().enumerate() {
        found.entry(one.service).or_default().push(place);
    }
    found
});

fn types() -> Vec<Type> {
    let mut types = Vec::new();
    for service in SERVICES {
        let resource_types = action_service(service).map(|one| one.resource_types());
        for one in resource_types.into_iter().flatten() {
            let last = one.arn_pattern.splitn(6, ':').nth(5).unwrap_or_default();
            let concerns = |action: &&Action| action.resources.iter().any(|of| of.name == one.name);
            let all: Vec<&Action> = actions_of(service).iter().filter(concerns).collect();
            types.push(Type {
                service,
                name: one.name,
                prefix: last.split("${").next().unwrap_or_default(),
                pattern: one.arn_pattern,
                creating: asked(all.iter().copied().filter(|action| creates(action))),
                actions: asked(all.into_iter()),
            });
        }
        let bare = actions_of(service)
            .iter()
            .filter(|action| action.resources.is_empty())
            // Of Systems Manager only parameters are looked at.
            .filter(|action| service != "ssm" || action.name.contains("Parameter"))
            // Nobody needs a permission for it (STS API, "GetCallerIdentity").
            .filter(|action| action.name != "GetCallerIdentity");
        types.push(Type {
            service,
            name: "",
            prefix: "",
            pattern: "",
            actions: asked(bare),
            creating: Vec::new(),
        });
    }
    types.retain(|one| one.service != "ssm" || matches!(one.name, "parameter" | ""));
    types
}

fn creates(action: &Action) -> bool {
    (action.name.starts_with("Create") && !action.name.contains("Presigned"))
        || (action.prefix == "ssm" && action.name == "PutParameter")
}

fn asked<'a>(actions: impl Iterator<Item = &'a Action>) -> Vec<Asked> {
    actions
        .filter_map(|action| {
            let text = format!("{}:{}", action.prefix, action.name);
            Some(Asked {
                name: ActionName::parse(&text).ok()?,
                text: text.into(),
            })
        })
        .collect()
}

/// The type of the resource with this ARN.
pub(crate) fn type_of(arn: &str) -> Option<usize> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let last = parts.nth(2)?;
    let candidates = BY_SERVICE.get(service)?;
    if service == "s3" && !arn.starts_with("arn:aws:s3:::") && !arn.contains(":s3:::") {
        // Access points, jobs and other things with a Region.
        return None;
    }
    let name = match service {
        "s3" => Some(if last.contains('/') {
            "object"
        } else {
            "bucket"
        }),
        _ => None,
    };
    let of_type = |place: &&usize| {
        let Some(one) = TYPES.get(**place) else {
            return false;
        };
        match name {
            Some(name) => one.name == name,
            None => !one.prefix.is_empty() && last.starts_with(one.prefix),
        }
    };
    let found = candidates.iter().filter(of_type);
    // Of several types the one that says most: `hub-content/` before `hub`.
    found
        .max_by_key(|place| TYPES.get(**place).map_or(0, |one| one.prefix.len()))
        .copied()
}

/// The place of the actions of a service without resource.
pub(crate) fn bare_type(service: &str) -> Option<usize> {
    TYPES
        .iter()
        .position(|one| one.service == service && one.name.is_empty())
}

/// ARN of a resource of the type that does not exist.
pub(crate) fn example(of: &Type, account: &str, region: &str) -> String {
    filled(of.pattern, account, region, UNRELATED)
}

/// ARN of the resource of this name that an action is about; `*` when it is about none.
pub(crate) fn example_of(action: &str, account: &str, region: &str, name: &str) -> String {
    let Some(facts) = rempart_aws_model::action(action) else {
        return "*".to_owned();
    };
    let required = facts.resources.iter().find(|one| one.required);
    let of_type = required.or(facts.resources.first());
    let service = action_service(facts.prefix);
    let pattern = of_type
        .zip(service)
        .and_then(|(of, service)| service.resource_type(of.name))
        .map(|of| of.arn_pattern);
    pattern.map_or_else(
        || "*".to_owned(),
        |pattern| filled(pattern, account, region, name),
    )
}

fn filled(pattern: &str, account: &str, region: &str, name: &str) -> String {
    let mut arn = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        arn.push_str(before);
        let (variable, after) = after.split_once('}').unwrap_or((after, ""));
        arn.push_str(match variable {
            "Partition" => "aws",
            "Region" => region,
            "Account" => account,
            _ => name,
        });
        rest = after;
    }
    arn.push_str(rest);
    arn
}
