//! Size and version of documents.

use super::{NO_VERSION, Options, Report, TOO_LARGE};
use crate::document::{Policy, PolicyKind};
use crate::json::Position;

/// Characters that AWS allows (IAM and STS quotas; Organizations, KMS, S3 and PrivateLink guides).
/// Quotas that can be raised are the default ones.
pub fn quota(kind: PolicyKind) -> usize {
    match kind {
        // A managed policy; inline policies share 2,048 (user), 5,120 (group) or 10,240 (role).
        PolicyKind::Identity | PolicyKind::PermissionsBoundary => 6_144,
        PolicyKind::Session | PolicyKind::RoleTrust => 2_048,
        PolicyKind::ServiceControl | PolicyKind::ResourceControl => 5_120,
        PolicyKind::Resource | PolicyKind::VpcEndpoint => 20_480,
        PolicyKind::KmsKey => 32_768,
    }
}

/// Characters of a document as AWS counts them against the quota of its kind: IAM and STS leave out
/// white space, Organizations and the services count all of it.
pub fn size(text: &str, kind: PolicyKind) -> usize {
    let leaves_out_space = matches!(
        kind,
        PolicyKind::Identity
            | PolicyKind::PermissionsBoundary
            | PolicyKind::Session
            | PolicyKind::RoleTrust
    );
    text.chars()
        .filter(|character| !leaves_out_space || !character.is_whitespace())
        .count()
}

pub(crate) fn check(policy: &Policy, options: &Options, report: &mut Report) {
    let start = Position { line: 1, column: 1 };
    let most = quota(policy.kind);
    if let Some(size) = options.size.filter(|size| *size > most) {
        report.put(
            TOO_LARGE,
            None,
            start,
            format!("{size} characters, and AWS takes {most} for this kind of policy"),
            Some("split it; Deny statements mean the same wherever they stand".to_owned()),
        );
    }
    if policy.version.is_none() {
        report.put(
            NO_VERSION,
            None,
            start,
            "without a version the document is read as 2008-10-17, without policy variables"
                .to_owned(),
            Some("add \"Version\": \"2012-10-17\"".to_owned()),
        );
    }
}
