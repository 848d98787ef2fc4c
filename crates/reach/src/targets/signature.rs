//! Targets and policies by what they decide, as text: equal text decides equally.

use std::sync::Arc;

use rempart_policy::{CompiledPolicy, Known, Pattern};

use super::Target;

/// A policy as text, the places of its elements left out.
pub(crate) fn policy_signature(policy: &CompiledPolicy) -> String {
    format!("{:?}", Positionless(policy))
}

/// What of a target decides, in text, its own name left out.
pub(super) fn signature(target: &Target) -> Arc<str> {
    let policy = match &target.policy {
        Known::Unknown => "unknown".to_owned(),
        Known::Is(None) => String::new(),
        Known::Is(Some(policy)) => policy_signature(policy),
    };
    // Which of the resources that its policy names it is.
    let mut named = String::new();
    if let Known::Is(Some(policy)) = &target.policy {
        for statement in &policy.policy().statements {
            for value in statement.resource.iter().flat_map(|one| &one.values) {
                if value.text.contains("${") {
                    named.push_str(&target.decided);
                } else {
                    let matches = Pattern::of_resource(&value.text).matches(&target.decided);
                    named.push(if matches { '1' } else { '0' });
                }
            }
        }
    }
    // A policy that names its own resource decides as one of another resource that does.
    let name = target.decided.split('/').next().unwrap_or_default();
    let policy = if name.contains(":s3:::") {
        policy.replace(name, "<own>")
    } else {
        policy.replace(&*target.arn, "<own>")
    };
    format!(
        "{}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}|{}{}|{named}|{policy}",
        target.of_type,
        target.account,
        target.region,
        target.grants,
        target.block,
        target.tags,
        target.boundary,
        target.is_new,
        target.is_aws_managed,
    )
    .into()
}

/// A policy without the places of its elements in the text.
struct Positionless<'p>(&'p CompiledPolicy);

impl std::fmt::Debug for Positionless<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let policy = self.0.policy();
        write!(f, "{:?}", policy.version)?;
        let texts = |f: &mut std::fmt::Formatter<'_>, one: &rempart_policy::document::Patterns| {
            write!(f, ";{}", one.negated)?;
            one.values
                .iter()
                .try_for_each(|value| write!(f, ",{:?}", value.text))
        };
        for statement in &policy.statements {
            write!(f, "#{:?}", statement.effect)?;
            if let Some(principal) = &statement.principal {
                write!(f, "{}", principal.negated)?;
                for (kind, value) in &principal.entries {
                    write!(f, "{kind:?}{:?}", value.text)?;
                }
            }
            texts(f, &statement.action)?;
            if let Some(resource) = &statement.resource {
                texts(f, resource)?;
            }
            for entry in &statement.conditions {
                write!(f, "?{:?}{:?}", entry.operator, entry.key.text)?;
                for value in &entry.values {
                    write!(f, ",{:?}", value.text)?;
                }
            }
        }
        Ok(())
    }
}
