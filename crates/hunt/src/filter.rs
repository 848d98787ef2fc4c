//! Which records the user asked for.

use rempart_trail::record::{Field, Record};

use crate::derive;
use crate::event::{account, record_time};

/// Limits on the records that rules see. Empty lists and absent bounds limit nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Earliest time, inclusive, seconds since 1970.
    pub from: Option<i64>,
    /// Latest time, exclusive, seconds since 1970.
    pub to: Option<i64>,
    /// Accounts that recorded the event.
    pub accounts: Vec<String>,
    /// Regions of the event.
    pub regions: Vec<String>,
    /// Parts of the principal's ARN, name, principal id or access key, compared without case.
    pub principals: Vec<String>,
}

impl RecordFilter {
    /// Whether every record passes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a record passes. A record without a readable time passes no time bound.
    #[must_use]
    pub fn admits(&self, record: &Record<'_>) -> bool {
        if self.is_open() {
            return true;
        }
        self.admits_time(record) && self.admits_place(record) && self.admits_principal(record)
    }

    fn admits_time(&self, record: &Record<'_>) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let Some(time) = record_time(record) else {
            return false;
        };
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to)
    }

    fn admits_place(&self, record: &Record<'_>) -> bool {
        let in_account = self.accounts.is_empty()
            || account(record).is_some_and(|account| self.accounts.contains(&account));
        let region = || record.text(Field::AwsRegion).unwrap_or_default();
        let in_region =
            self.regions.is_empty() || self.regions.iter().any(|wanted| **wanted == region());
        in_account && in_region
    }

    fn admits_principal(&self, record: &Record<'_>) -> bool {
        if self.principals.is_empty() {
            return true;
        }
        let identity = record.get(Field::UserIdentity);
        let member = |name: &str| {
            identity
                .and_then(|identity| identity.get(name)?.as_str())
                .unwrap_or_default()
                .to_lowercase()
        };
        let names = [
            derive::principal(record).to_lowercase(),
            member("userName"),
            member("principalId"),
            member("accessKeyId"),
        ];
        self.principals.iter().any(|wanted| {
            let wanted = wanted.to_lowercase();
            names.iter().any(|name| name.contains(&wanted))
        })
    }
}
