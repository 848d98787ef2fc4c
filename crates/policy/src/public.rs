//! S3: which policies are public, and what Block Public Access does about it (S3 User Guide,
//! "Blocking public access to your Amazon S3 storage").

use ipnet::IpNet;

use crate::context::{KeyName, KeyState};
use crate::document::{
    BaseOperator, ConditionEntry, Effect, Family, Policy, PrincipalType, SetOperator, Statement,
};
use crate::principal::Principal;
use crate::request::{Request, ResourceAccount};
use crate::stack::{Known, ResourceSide};
use crate::truth::Truth;
use crate::value::address;

/// The four switches; the most restrictive of account, bucket and access point counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`: refuses requests that bring a public ACL.
    pub block_public_acls: bool,
    /// `IgnorePublicAcls`: public ACLs count as absent.
    pub ignore_public_acls: bool,
    /// `BlockPublicPolicy`: refuses public policies.
    pub block_public_policy: bool,
    /// `RestrictPublicBuckets`: a bucket with a public policy is open to its own account and to
    /// services only.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// Both together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            block_public_acls: self.block_public_acls || other.block_public_acls,
            ignore_public_acls: self.ignore_public_acls || other.ignore_public_acls,
            block_public_policy: self.block_public_policy || other.block_public_policy,
            restrict_public_buckets: self.restrict_public_buckets || other.restrict_public_buckets,
        }
    }
}

/// Whether Block Public Access denies the request.
pub(crate) fn denies(side: &ResourceSide<'_>, request: &Request) -> Truth {
    if request.prepared_action().service() != "s3" {
        return Truth::False;
    }
    let Known::Is(block) = &side.public_access_block else {
        return Truth::Unknown;
    };
    let mut truth = Truth::False;
    if block.restrict_public_buckets && request.resource() != "*" {
        truth = truth.or(restricts(side, request));
    }
    if block.block_public_policy
        && matches!(
            request.prepared_action().name(),
            "putbucketpolicy" | "putaccesspointpolicy"
        )
    {
        truth = truth.or(match request.particulars().proposes_public_policy {
            Some(is_public) => is_public.into(),
            None => Truth::Unknown,
        });
    }
    if block.block_public_acls {
        let is_public = |value: &str| {
            matches!(
                value,
                "public-read" | "public-read-write" | "authenticated-read"
            )
        };
        let key = KeyName::new("s3:x-amz-acl");
        truth = truth.or(match request.context().get(&key) {
            Some(KeyState::Unknown) => Truth::Unknown,
            Some(state) => state.values().iter().any(|value| is_public(value)).into(),
            None => Truth::False,
        });
    }
    truth
}

fn restricts(side: &ResourceSide<'_>, request: &Request) -> Truth {
    let is_insider = match (request.principal(), request.resource_account()) {
        (Principal::Service { .. }, _) => Truth::True,
        (principal, ResourceAccount::Account(owner)) => (principal.account() == Some(owner)).into(),
        (_, ResourceAccount::Callers) => Truth::True,
        (principal, ResourceAccount::Unknown) if principal.account().is_some() => Truth::Unknown,
        (_, ResourceAccount::Unknown) => Truth::False,
    };
    let is_public = match &side.resource {
        Known::Is(policy) => policy
            .as_ref()
            .is_some_and(|policy| policy.is_public())
            .into(),
        Known::Unknown => Truth::Unknown,
    };
    is_public.and(!is_insider)
}

/// Whether S3 calls a policy public: some Allow is not limited to fixed values.
pub fn is_public(policy: &Policy) -> bool {
    policy
        .statements
        .iter()
        .any(|statement| statement.effect == Effect::Allow && !is_limited(statement))
}

fn is_limited(statement: &Statement) -> bool {
    let Some(principal) = &statement.principal else {
        return false;
    };
    let names_everyone = principal.negated
        || principal
            .entries
            .iter()
            .any(|(kind, value)| *kind == PrincipalType::Everyone || &*value.text == "*");
    !names_everyone || statement.conditions.iter().any(limits)
}

/// Keys whose fixed values make a statement not public.
const LIMITING_KEYS: [&str; 14] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:sourceip",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Whether a condition limits a statement to fixed values.
fn limits(entry: &ConditionEntry) -> bool {
    let key = entry.key.text.to_ascii_lowercase();
    let is_positive = !entry.operator.base.is_negated()
        && !entry.operator.if_exists
        // True for a request without the key.
        && entry.operator.set != SetOperator::ForAllValues;
    if !is_positive || entry.values.is_empty() || !LIMITING_KEYS.contains(&key.as_str()) {
        return false;
    }
    let is_fixed = |text: &str| !text.contains(['*', '?']) && !text.contains("${");
    let mut texts = entry.values.iter().map(|value| &*value.text);
    match entry.operator.base.family() {
        Family::Address => {
            key == "aws:sourceip"
                && texts.all(|text| address::range(text).is_some_and(|range| is_narrow(&range)))
        }
        Family::String | Family::Arn => {
            let is_like = !matches!(
                entry.operator.base,
                BaseOperator::StringEquals | BaseOperator::StringEqualsIgnoreCase
            );
            match key.as_str() {
                "aws:userid" => texts.all(|text| is_fixed(text) || !text.starts_with("AROA")),
                "s3:dataaccesspointarn" if is_like => texts.all(|text| {
                    let account = text.split(':').nth(4).unwrap_or_default();
                    !text.contains("${") && is_fixed(account) && account.len() == 12
                }),
                _ => texts.all(|text| !is_like && !text.contains("${") || is_fixed(text)),
            }
        }
        _ => false,
    }
}

/// Ranges up to /8 for IPv4 and /32 for IPv6 do not count as the public; private ranges never do.
fn is_narrow(range: &IpNet) -> bool {
    match range {
        IpNet::V4(range) => range.prefix_len() >= 8 || range.network().is_private(),
        IpNet::V6(range) => range.prefix_len() >= 32,
    }
}
