//! `Principal` and `NotPrincipal`.

use super::Reader;
use super::statement::member;
use crate::document::{PolicyKind, PrincipalElement, PrincipalType, Spanned};
use crate::json::{Member, Position, Value};

impl Reader {
    pub(super) fn principals(
        &mut self,
        position: Position,
        members: &[Member],
    ) -> Option<PrincipalElement> {
        let (plain, negated) = (
            member(members, "Principal"),
            member(members, "NotPrincipal"),
        );
        if !self.kind.has_principal() {
            for member in [plain, negated].into_iter().flatten() {
                let message = format!(
                    "`{}` does not belong into {}: it applies to whom it is attached to",
                    member.key,
                    kind_in_words(self.kind)
                );
                self.fault(member.position, message);
            }
            return None;
        }
        let member = match (plain, negated) {
            (Some(_), Some(other)) => {
                self.fault(
                    other.position,
                    "the statement has both `Principal` and `NotPrincipal`",
                );
                return None;
            }
            (None, None) => {
                self.fault(position, "the statement names no `Principal`");
                return None;
            }
            (Some(member), None) | (None, Some(member)) => member,
        };
        let refuses_negation = matches!(
            self.kind,
            PolicyKind::RoleTrust | PolicyKind::ResourceControl
        );
        if plain.is_none() && refuses_negation {
            self.fault(
                member.position,
                format!(
                    "`NotPrincipal` is not allowed in {}",
                    kind_in_words(self.kind)
                ),
            );
            return None;
        }
        let entries = self.entries(member)?;
        if entries.is_empty() {
            self.fault(
                member.node.position,
                format!("`{}` names nobody", member.key),
            );
        }
        Some(PrincipalElement {
            negated: plain.is_none(),
            entries,
            position: member.position,
        })
    }

    fn entries(&mut self, member: &Member) -> Option<Vec<(PrincipalType, Spanned)>> {
        let mut entries = Vec::new();
        match &member.node.value {
            Value::String(text) if &**text == "*" => {
                let value = Spanned {
                    text: "*".into(),
                    position: member.node.position,
                };
                entries.push((PrincipalType::Everyone, value));
            }
            Value::Object(types) => {
                for entry in types {
                    let kind = match &*entry.key {
                        "AWS" => PrincipalType::Aws,
                        "Service" => PrincipalType::Service,
                        "Federated" => PrincipalType::Federated,
                        "CanonicalUser" => PrincipalType::CanonicalUser,
                        other => {
                            self.fault(
                                entry.position,
                                format!("there is no type of principal `{other}`"),
                            );
                            continue;
                        }
                    };
                    for value in self.texts(&entry.node, &format!("`{}`", entry.key))? {
                        if let Some(reason) = fault(kind, &value.text) {
                            self.fault(value.position, format!("`{}`: {reason}", value.text));
                        }
                        entries.push((kind, value));
                    }
                }
            }
            Value::String(text) => {
                self.fault(
                    member.node.position,
                    format!("`{text}`: a principal is `*` or an object such as {{\"AWS\": …}}"),
                );
                return None;
            }
            other => {
                let kind = other.kind();
                self.fault(
                    member.node.position,
                    format!("a principal is `*` or an object, not {kind}"),
                );
                return None;
            }
        }
        Some(entries)
    }
}

/// Why a value cannot be a principal (IAM User Guide, "AWS JSON policy elements: Principal").
fn fault(kind: PrincipalType, text: &str) -> Option<&'static str> {
    if text == "*" {
        let is_free = matches!(
            kind,
            PrincipalType::Everyone
                | PrincipalType::Aws
                | PrincipalType::Service
                | PrincipalType::Federated
        );
        return (!is_free).then_some("a canonical user is named by its id");
    }
    if text.is_empty() {
        return Some("a principal cannot be empty");
    }
    if text.contains(['*', '?']) {
        return Some(
            "a principal takes no wildcard within its name; use a condition on aws:PrincipalArn",
        );
    }
    if kind != PrincipalType::Aws {
        return None;
    }
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_unique_id = text.len() >= 16
        && text.len() <= 128
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_account || is_unique_id {
        return None;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, _, service, region, account, resource] = parts.as_slice() else {
        return Some("an AWS principal is an account, an ARN or `*`");
    };
    let names_someone = match *service {
        "iam" => {
            *resource == "root" || resource.starts_with("user/") || resource.starts_with("role/")
        }
        "sts" => {
            resource.starts_with("assumed-role/")
                || resource.starts_with("federated-user/")
                || resource.starts_with("self")
        }
        // CloudFront origin access identities.
        _ => return None,
    };
    let is_numbered = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    // CloudFront's origin access identities stand as users of the account `cloudfront`.
    let is_cloudfront = *account == "cloudfront" && resource.starts_with("user/");
    if *arn == "arn" && region.is_empty() && (is_numbered || is_cloudfront) && names_someone {
        return None;
    }
    Some("no user, role, session or account has such an ARN; groups cannot be principals")
}

fn kind_in_words(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "an identity policy",
        PolicyKind::Resource => "a resource policy",
        PolicyKind::ServiceControl => "a service control policy",
        PolicyKind::ResourceControl => "a resource control policy",
        PolicyKind::PermissionsBoundary => "a permissions boundary",
        PolicyKind::Session => "a session policy",
        PolicyKind::VpcEndpoint => "an endpoint policy",
        PolicyKind::RoleTrust => "a trust policy",
        PolicyKind::KmsKey => "a key policy",
    }
}
