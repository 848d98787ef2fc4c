//! From where principals usually act, and from where they suddenly do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use rempart_findings::{Finding, Severity};

use crate::index::Index;
use crate::scope::is_public;

/// A principal needs this much history, in seconds, before an address counts as new.
const SETTLING: i64 = 24 * 3600;

/// What of a value was seen of a principal.
#[derive(Debug, Default)]
struct Past {
    first: i64,
    addresses: BTreeMap<Arc<str>, i64>,
    agents: BTreeMap<Arc<str>, i64>,
}

/// The past of every principal: users, and roles over all their sessions.
#[derive(Debug, Default)]
pub(crate) struct History {
    pasts: HashMap<Box<str>, Past>,
    /// Addresses that findings of medium severity or more name, with their principals.
    noted: HashSet<(Box<str>, Box<str>)>,
    /// Start of the logs.
    first: i64,
    /// First use of every address by anybody.
    addresses: HashMap<Box<str>, i64>,
    /// User or role behind each principal.
    bases: HashMap<Box<str>, Box<str>>,
}

impl History {
    pub(crate) fn of(index: &Index, findings: &[Finding]) -> Self {
        let mut history = Self {
            first: i64::MAX,
            ..Self::default()
        };
        for credential in index.credentials.values() {
            let base = credential.base();
            history
                .bases
                .insert((&*credential.principal).into(), base.into());
            let past = history.pasts.entry(base.into()).or_insert_with(|| Past {
                first: i64::MAX,
                ..Past::default()
            });
            for used in &credential.uses {
                past.first = past.first.min(used.first);
                history.first = history.first.min(used.first);
                let anywhere = history
                    .addresses
                    .entry((&*used.address).into())
                    .or_insert(used.first);
                *anywhere = used.first.min(*anywhere);
                let keep = |known: &mut BTreeMap<Arc<str>, i64>, value: &Arc<str>| {
                    let first = known.entry(Arc::clone(value)).or_insert(used.first);
                    *first = used.first.min(*first);
                };
                keep(&mut past.addresses, &used.address);
                keep(&mut past.agents, &used.agent);
            }
        }
        let grave = findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Medium);
        for finding in grave {
            for principal in &finding.principals {
                let base: &str = history
                    .bases
                    .get(principal.as_str())
                    .map_or(principal, |base| base);
                let pairs = finding
                    .source_ips
                    .iter()
                    .map(|address| (base.into(), address.as_str().into()));
                history.noted.extend(pairs);
            }
        }
        history
    }

    /// Whether a principal that the logs know for a day had never been seen at an address before.
    pub(crate) fn is_new_address(&self, base: &str, address: &str) -> bool {
        self.is_new(base, address, |past| &past.addresses)
    }

    /// Whether an address of the Internet is new for a principal and for everybody else in the logs: an
    /// office or a gateway that others use is no sign of a stranger.
    pub(crate) fn is_strange(&self, base: &str, address: &str) -> bool {
        let settled = self.first.saturating_add(SETTLING);
        let is_new_here = self
            .addresses
            .get(address)
            .is_some_and(|first| *first >= settled);
        is_public(address) && is_new_here && self.is_new_address(base, address)
    }

    /// As [`History::is_new_address`], of user agents.
    pub(crate) fn is_new_agent(&self, base: &str, agent: &str) -> bool {
        self.is_new(base, agent, |past| &past.agents)
    }

    /// As [`History::is_new_address`], by the principal of a record.
    pub(crate) fn is_unusual(&self, principal: &str, address: &str) -> bool {
        let base = self.bases.get(principal).map_or(principal, |base| base);
        self.is_new_address(base, address)
    }

    fn is_new(
        &self,
        base: &str,
        value: &str,
        of: impl Fn(&Past) -> &BTreeMap<Arc<str>, i64>,
    ) -> bool {
        let Some(past) = self.pasts.get(base) else {
            return false;
        };
        let first = of(past).get(value);
        first.is_some_and(|first| *first >= past.first.saturating_add(SETTLING))
    }

    /// Whether the logs give a reason to tell a use at this address from the usual ones.
    pub(crate) fn stands_out(&self, base: &str, address: &str) -> bool {
        self.is_strange(base, address) || self.noted.contains(&(base.into(), address.into()))
    }
}
