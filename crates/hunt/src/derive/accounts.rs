//! Whose account is it: the user's own, AWS's, or foreign.

use std::sync::LazyLock;

use rempart_trail::json::Json;
use rempart_trail::record::{Field, Record};

use super::{AccountSet, walk};
use crate::event::account;

static AWS_IMAGE_ACCOUNTS: LazyLock<AccountSet> = LazyLock::new(|| {
    include_str!("../../data/aws-image-accounts.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
});

/// Accounts that are not foreign wherever they appear.
#[derive(Debug, Clone, Default)]
pub struct KnownAccounts {
    own: AccountSet,
}

impl KnownAccounts {
    /// Knows these accounts (12 digits each) as the user's own or trusted.
    #[must_use]
    pub fn new(own: impl IntoIterator<Item = String>) -> Self {
        Self {
            own: own.into_iter().collect(),
        }
    }

    /// The accounts that are not foreign from the view of a record: the ones known, the one that
    /// recorded it and, when the caller belongs to another account, still only those.
    pub(super) fn of<'a>(&'a self, record: &Record<'_>) -> OwnAccounts<'a> {
        let recorder = account(record);
        OwnAccounts {
            known: &self.own,
            recorder,
        }
    }
}

/// The accounts that are not foreign to one record.
#[derive(Debug)]
pub(super) struct OwnAccounts<'a> {
    known: &'a AccountSet,
    recorder: Option<String>,
}

impl OwnAccounts<'_> {
    /// True for an account that is neither own nor AWS's. Without a recording account nothing can be
    /// called foreign.
    pub(super) fn is_foreign(&self, account: &str) -> bool {
        let Some(recorder) = &self.recorder else {
            return false;
        };
        is_account_id(account)
            && account != recorder
            && !self.known.contains(account)
            && !AWS_IMAGE_ACCOUNTS.contains(account)
    }

    pub(super) fn foreign_images(&self, images: Vec<String>) -> Vec<String> {
        images
            .into_iter()
            .filter(|image| registry_account(image).is_some_and(|account| self.is_foreign(account)))
            .collect()
    }

    /// ARNs of foreign accounts in a request; `service` and the start of the resource part may narrow
    /// them, empty for any. Policies inside the request count as well: they are text of it.
    pub(super) fn foreign_arns(
        &self,
        request: Json<'_>,
        service: &str,
        resource: &str,
    ) -> Vec<String> {
        let mut found = Vec::new();
        walk::scalars(request, &mut |_, text| {
            let Some(parts) = ArnParts::split(text) else {
                return;
            };
            let is_wanted = (service.is_empty() || parts.service == service)
                && parts.resource.starts_with(resource);
            if is_wanted && self.is_foreign(parts.account) {
                found.push(text.to_owned());
            }
        });
        found
    }

    /// Bare account ids of foreign accounts in members that name accounts. What a call takes away from
    /// an account is left out.
    pub(super) fn foreign_accounts(&self, request: Json<'_>) -> Vec<String> {
        let mut found = Vec::new();
        walk::scalars_outside(request, is_withdrawal, &mut |place, text| {
            if self.is_foreign(text) && names_accounts(place.key) {
                found.push(text.to_owned());
            }
        });
        found
    }

    /// The caller's account when it is foreign.
    pub(super) fn foreign_caller(&self, record: &Record<'_>) -> Option<String> {
        let identity = record.get(Field::UserIdentity)?;
        let account = identity.get("accountId").and_then(Json::as_str);
        if let Some(account) = account {
            return self.is_foreign(&account).then(|| account.into_owned());
        }
        let arn = identity.get("arn")?.as_str()?;
        let account = ArnParts::split(&arn)?.account;
        self.is_foreign(account).then(|| account.to_owned())
    }

    pub(super) fn foreign_buckets(&self, buckets: Vec<String>) -> Vec<String> {
        buckets
            .into_iter()
            .filter(|bucket| bucket.split(['-', '.']).any(|part| self.is_foreign(part)))
            .collect()
    }
}

/// Members such as `remove`, `userIdsToRemove`, `revokedAccounts`.
fn is_withdrawal(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["remove", "revoke", "delete"]
        .iter()
        .any(|start| key.starts_with(start))
        || key.ends_with("toremove")
        || key.ends_with("todelete")
}

/// Whether values of a member are accounts or principals: `userId`, `userIdsToAdd`, `principals`,
/// `targetAccountIds`, `dataLakePrincipalIdentifier`, and `valuesToAdd` of snapshot attributes.
fn names_accounts(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let key = key.strip_suffix("toadd").unwrap_or(&key);
    let key = key.strip_suffix('s').unwrap_or(key);
    [
        "account",
        "accountid",
        "userid",
        "principal",
        "principalid",
        "principalidentifier",
        "principalowner",
        "grantee",
    ]
    .iter()
    .any(|end| key.ends_with(end))
        || key == "value"
}

/// The account in `123456789012.dkr.ecr.eu-west-1.amazonaws.com/name:tag`.
pub(super) fn registry_account(image: &str) -> Option<&str> {
    let (host, _) = image.split_once('/')?;
    let (account, rest) = host.split_once('.')?;
    (rest.starts_with("dkr.ecr") && is_account_id(account)).then_some(account)
}

pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The parts of an ARN that matter here, without judging whether the rest is sound.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArnParts<'a> {
    pub(super) service: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> ArnParts<'a> {
    pub(super) fn split(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let (_partition, service, _region) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            service,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }
}
