//! What a document is attached to, as far as it shows.

use crate::document::PolicyKind;
use crate::json::{self, Value};

/// Guesses the kind of a document from its elements: trust policies assume roles and name no
/// resource, key policies are about `kms:`, other documents with principals belong to resources; a
/// document that only denies, without principals, is a service control policy; others are identity
/// policies. Text that is no policy counts as one of an identity, and is refused as such.
pub fn guess_kind(text: &str) -> PolicyKind {
    let Ok(node) = json::parse(text) else {
        return PolicyKind::Identity;
    };
    let Value::Object(document) = &node.value else {
        return PolicyKind::Identity;
    };
    let statement = document.iter().find(|member| &*member.key == "Statement");
    let statements: Vec<&json::Node> = match statement.map(|member| &member.node) {
        Some(json::Node {
            value: Value::Array(nodes),
            ..
        }) => nodes.iter().collect(),
        Some(node) => vec![node],
        None => Vec::new(),
    };
    let member = |node: &json::Node, name: &str| match &node.value {
        Value::Object(members) => members.iter().any(|member| &*member.key == name),
        _ => false,
    };
    let has = |name: &str| statements.iter().any(|node| member(node, name));
    let all_begin_with = |prefix: &str| {
        let mut actions = statements
            .iter()
            .flat_map(|node| texts(node, "Action"))
            .peekable();
        actions.peek().is_some()
            && actions.all(|action| action.to_ascii_lowercase().starts_with(prefix))
    };
    if has("Principal") || has("NotPrincipal") {
        let has_resource = has("Resource") || has("NotResource");
        return if !has_resource && all_begin_with("sts:") {
            PolicyKind::RoleTrust
        } else if all_begin_with("kms:") {
            PolicyKind::KmsKey
        } else {
            PolicyKind::Resource
        };
    }
    let only_denies = !statements.is_empty()
        && statements
            .iter()
            .all(|node| texts(node, "Effect").iter().any(|effect| effect == "Deny"));
    if only_denies {
        PolicyKind::ServiceControl
    } else {
        PolicyKind::Identity
    }
}

/// The strings of a member.
fn texts(node: &json::Node, name: &str) -> Vec<String> {
    let Value::Object(members) = &node.value else {
        return Vec::new();
    };
    let found = members.iter().find(|member| &*member.key == name);
    match found.map(|member| &member.node.value) {
        Some(Value::String(text)) => vec![text.to_string()],
        Some(Value::Array(nodes)) => nodes
            .iter()
            .filter_map(|node| match &node.value {
                Value::String(text) => Some(text.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        for (text, kind) in [
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
                PolicyKind::Identity,
            ),
            (
                r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
                PolicyKind::ServiceControl,
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#,
                PolicyKind::Resource,
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}"#,
                PolicyKind::KmsKey,
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole"]}}"#,
                PolicyKind::RoleTrust,
            ),
            ("nothing", PolicyKind::Identity),
        ] {
            assert_eq!(guess_kind(text), kind, "{text}");
        }
    }
}
