//! The grants on customers' keys against the groups that they are for.

use std::collections::{BTreeMap, BTreeSet};

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use rempart_keys::{GrantRequest, GrantView, Requester};

use super::Control;
use super::access::SERVICE;
use super::delete::granted;
use super::grants::{group_of, name_of};
use crate::data::Side;

/// What is wrong with a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantFault {
    /// A grant of a group that does not exist, or that does not use the key
    Orphaned,
    /// A group whose grant is not there: its store cannot be served
    Missing,
    /// A further grant of a group
    Duplicated,
    /// A grant that allows more than the store needs
    Wider {
        /// What is more
        what: String,
    },
    /// The grants of the key cannot be listed
    Unknown {
        /// Why
        reason: String,
    },
}

/// A finding about a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantFinding {
    /// ARN of the KMS key.
    pub kms_key: String,
    /// ARN of the group.
    pub group_arn: Option<String>,
    /// Id of the grant.
    pub grant_id: Option<String>,
    /// What is wrong.
    pub fault: GrantFault,
}

impl Control {
    /// Compares the grants on all customers' keys of online stores with the groups, in the name of a
    /// caller with `kms:ListGrants` on them. Nothing is changed, except that grants which were written
    /// down as perhaps made, and were not, are struck out.
    ///
    /// # Errors
    /// The registry failed. A key whose grants cannot be listed is a finding.
    pub fn reconcile(
        &self,
        caller: &Caller,
        connection: &Connection,
    ) -> Result<Vec<GrantFinding>, ServiceError> {
        let requester = Requester {
            caller,
            connection,
            via: None,
            tokens: &[],
        };
        let groups = self.parts.registry.all();
        // By key: the names of the grants that are in use, each with its id.
        let mut expected: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for group in groups.iter().chain(&self.parts.registry.buried()) {
            for (side, keys) in [
                (Side::Online, &group.online_keys),
                (Side::Offline, &group.offline_keys),
            ] {
                if let Some((key, id)) = granted(keys.as_ref()) {
                    let of_key = expected.entry(key.to_owned()).or_default();
                    of_key.insert(name_of(&group.arn, side), id.to_owned());
                }
            }
        }
        let debts = self.parts.registry.debts();
        for debt in &debts {
            expected.entry(debt.kms_key.clone()).or_default();
        }
        let mut findings = BTreeSet::new();
        for (key, of_key) in &expected {
            let grants = match self.parts.keys.list_grants(&requester, key) {
                Ok(grants) => grants,
                Err(error) => {
                    findings.insert(GrantFinding {
                        kms_key: key.clone(),
                        group_arn: None,
                        grant_id: None,
                        fault: GrantFault::Unknown {
                            reason: format!("{}: {}", error.code, error.message),
                        },
                    });
                    continue;
                }
            };
            self.compare(key, of_key, &grants, &mut findings);
            for debt in debts.iter().filter(|debt| debt.kms_key == *key) {
                let is_there = grants.iter().any(|grant| {
                    grant.request.name.as_deref() == Some(&debt.name)
                        && of_key.get(&debt.name) != Some(&grant.id)
                });
                if !is_there {
                    self.parts.registry.settle(debt)?;
                }
            }
        }
        Ok(findings.into_iter().collect())
    }

    fn compare(
        &self,
        key: &str,
        expected: &BTreeMap<String, String>,
        grants: &[GrantView],
        findings: &mut BTreeSet<GrantFinding>,
    ) {
        let mut add = |group_arn: Option<&str>, grant_id: Option<&str>, fault| {
            findings.insert(GrantFinding {
                kms_key: key.to_owned(),
                group_arn: group_arn.map(str::to_owned),
                grant_id: grant_id.map(str::to_owned),
                fault,
            });
        };
        for grant in grants {
            let name = grant.request.name.as_deref();
            let named = name.and_then(group_of);
            let is_ours =
                named.is_some() || grant.request.grantee_service.as_deref() == Some(SERVICE);
            if !is_ours {
                continue;
            }
            let id = Some(grant.id.as_str());
            let (Some(name), Some((arn, side))) = (name, named) else {
                add(
                    grant.request.source_arn.as_deref(),
                    id,
                    GrantFault::Orphaned,
                );
                continue;
            };
            match expected.get(name) {
                None => {
                    add(Some(arn), id, GrantFault::Orphaned);
                    continue;
                }
                Some(own) if *own != grant.id => add(Some(arn), id, GrantFault::Duplicated),
                Some(_) => {}
            }
            if let Some(what) = excess(&self.grant_request(arn, side), &grant.request) {
                add(Some(arn), id, GrantFault::Wider { what });
            }
        }
        for (name, id) in expected {
            if !grants.iter().any(|grant| grant.id == *id) {
                let arn = group_of(name).map(|(arn, _)| arn);
                add(arn, Some(id), GrantFault::Missing);
            }
        }
    }
}

/// What a grant allows beyond what is needed.
fn excess(needed: &GrantRequest, found: &GrantRequest) -> Option<String> {
    let operations: Vec<&str> = found
        .operations
        .iter()
        .filter(|operation| !needed.operations.contains(operation))
        .map(String::as_str)
        .collect();
    let mut excess = Vec::new();
    if !operations.is_empty() {
        excess.push(format!("operations {}", operations.join(", ")));
    }
    let is_bound = |(name, value): (&String, &String)| {
        [&found.context_subset, &found.context_equals]
            .iter()
            .any(|pairs| pairs.get(name) == Some(value))
    };
    if !needed.context_subset.iter().all(is_bound) {
        excess.push("other encryption contexts than the group's".to_owned());
    }
    if needed.source_arn.is_some() && found.source_arn != needed.source_arn {
        excess.push("other sources than the group".to_owned());
    }
    if (&found.grantee, &found.grantee_service) != (&needed.grantee, &needed.grantee_service) {
        excess.push("another grantee".to_owned());
    }
    (!excess.is_empty()).then(|| excess.join("; "))
}
