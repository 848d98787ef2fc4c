//! One search for somebody outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName, action};
use rempart_policy::document::{Effect, Policy, PolicyKind, PrincipalType};
use rempart_policy::{CompiledPolicy, EndpointType, Known, Principal, Stack};
use rempart_prove::{Caller, Predicate, Presence, Prover, Setting};

use super::{ANYBODY, Inside, values};
use crate::expression::{ReasonCode, Unknown, like};
use crate::policies::actions::{representatives, services};
use crate::policies::ask::{key_omitted, key_unlike, possible, resource_like};
use crate::policies::document::everything;
use crate::policies::providers;

/// Keys that say who a caller of an account is.
const NO_IDENTITY: [&str; 7] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:username",
    "aws:MultiFactorAuthPresent",
    "kms:CallerAccount",
];

/// Services that stand for all in an endpoint policy that names none.
const OF_ENDPOINTS: [&str; 5] = ["s3", "sagemaker", "kms", "secretsmanager", "sts"];

/// One search.
pub(super) struct Search<'s> {
    policy: &'s CompiledPolicy,
    arn: &'s str,
    inside: &'s Inside,
    /// Actions with the policies around them; those of which the reference names no resource are asked
    /// without one.
    actions: Vec<(ActionName, Stack, bool)>,
    prover: Prover,
    /// Accounts that the policy writes somewhere.
    mentioned: BTreeSet<String>,
    /// An account that nobody has heard of.
    stranger: AccountId,
    pub(super) found: Vec<String>,
    pub(super) open: Option<Unknown>,
}

impl<'s> Search<'s> {
    pub(super) fn new(
        policy: &'s CompiledPolicy,
        arn: &'s str,
        inside: &'s Inside,
    ) -> Result<Self, Unknown> {
        let everything = everything()?;
        let kind = policy.policy().kind;
        let stack = |policy: Policy| {
            let shared = Arc::new(CompiledPolicy::new("the resource", Arc::new(policy)));
            let mut stack = Stack {
                identity: Known::Is(vec![Arc::clone(&everything.identity)]),
                ..Stack::default()
            };
            if kind == PolicyKind::VpcEndpoint {
                stack.endpoint = Known::Is(Some(shared));
                stack.endpoint_type = Some(EndpointType::Interface);
                stack.resource = Known::Is(Some(Arc::clone(&everything.resource)));
            } else {
                stack.resource = Known::Is(Some(shared));
            }
            stack
        };
        let of_policy = stack(policy.policy().clone());
        let service = match kind {
            PolicyKind::RoleTrust => "sts",
            _ => arn.split(':').nth(2).unwrap_or_default(),
        };
        let services = match kind {
            PolicyKind::VpcEndpoint => services(policy, &OF_ENDPOINTS),
            _ => vec![service],
        };
        let mut actions = Vec::new();
        for name in representatives(&[policy], &services, true) {
            let has_resources =
                action(name.as_str()).is_some_and(|action| !action.resources.is_empty());
            if has_resources || kind == PolicyKind::VpcEndpoint {
                actions.push((name, of_policy.clone(), has_resources));
            } else {
                // The reference says that the action has no resource; the policy of a resource that
                // allows it says otherwise.
                actions.push((name, stack(without_resource(policy, arn)), false));
            }
        }
        let mentioned = accounts_in(policy);
        let stranger = stranger(&mentioned, &inside.accounts)?;
        Ok(Self {
            policy,
            arn,
            inside,
            actions,
            prover: Prover::default(),
            mentioned,
            stranger,
            found: Vec::new(),
            open: None,
        })
    }

    pub(super) fn run(mut self) -> Result<Vec<String>, Unknown> {
        let is_trust = self.policy.policy().kind == PolicyKind::RoleTrust;
        if self.admits_others()? {
            self.ask_for_anybody();
        }
        for account in self.mentioned.clone() {
            if !self.inside.accounts.contains(&account)
                && let Ok(account) = AccountId::parse(&account)
            {
                self.ask_for_account(account);
            }
        }
        for (kind, text) in self.allowed_entries() {
            match kind {
                PrincipalType::Service if !is_trust => self.ask_for_service(&text),
                PrincipalType::CanonicalUser => self.open(Unknown::new(
                    ReasonCode::Unsupported,
                    format!("whose canonical user `{text}` is"),
                )),
                PrincipalType::Aws if self.is_nobody_known(&text) => {
                    self.open(Unknown::new(
                        ReasonCode::Unsupported,
                        format!("who `{text}` is"),
                    ));
                }
                _ => {}
            }
        }
        if is_trust {
            let accounts = &self.inside.accounts;
            let providers = providers::outsiders(self.policy, |account| accounts.contains(account));
            self.found.extend(providers);
        }
        let mut found = self.found;
        found.sort();
        found.dedup();
        match self.open {
            Some(open) if found.is_empty() => Err(open),
            _ => Ok(found),
        }
    }

    fn open(&mut self, unknown: Unknown) {
        self.open = Some(match self.open.take() {
            Some(before) => before.and(unknown),
            None => unknown,
        });
    }

    /// Whether some Allow statement may name somebody who is not known: anybody, or all but some.
    fn admits_others(&mut self) -> Result<bool, Unknown> {
        let partition = self.arn.split(':').nth(1).unwrap_or("aws");
        let mut statements = self.policy.policy().statements.iter();
        let admits = statements.any(|statement| {
            statement.effect == Effect::Allow
                && statement.principal.as_ref().is_none_or(|element| {
                    element.negated || element.entries.iter().any(|(_, value)| &*value.text == "*")
                })
        });
        let is_foreign = |entry: &(PrincipalType, String)| {
            let account = entry.1.split(':').nth(4).unwrap_or(&entry.1);
            entry.0 == PrincipalType::Aws && !self.inside.accounts.contains(account)
        };
        if partition != "aws" && (admits || self.allowed_entries().iter().any(is_foreign)) {
            return Err(Unknown::new(
                ReasonCode::Unsupported,
                format!("policies of partition `{partition}` that name anybody or other accounts"),
            ));
        }
        Ok(admits)
    }

    /// The entries of the principals of Allow statements.
    fn allowed_entries(&self) -> Vec<(PrincipalType, String)> {
        let statements = self.policy.policy().statements.iter();
        statements
            .filter(|statement| statement.effect == Effect::Allow)
            .filter_map(|statement| statement.principal.as_ref())
            .filter(|element| !element.negated)
            .flat_map(|element| &element.entries)
            .map(|(kind, value)| (*kind, value.text.to_string()))
            .collect()
    }

    /// An entry that is neither everybody nor an account, a principal or the id of a deleted one.
    fn is_nobody_known(&self, text: &str) -> bool {
        // AWS shows the id in place of the ARN once the principal is deleted: nobody has it any more.
        let is_deleted = ["AIDA", "AROA", "AGPA", "ANPA"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        text != "*"
            && !is_deleted
            && AccountId::parse(text).is_err()
            && Principal::parse(text).is_err()
    }

    fn ask_for_anybody(&mut self) {
        let stranger = self.stranger;
        let mut sources: BTreeSet<String> = self.inside.accounts.clone();
        sources.extend(self.mentioned.iter().cloned());
        let mut property = self.outside(&sources);
        let ids = values(self.policy, &["aws:userid", "aws:principalarn"]);
        if !ids.is_empty() {
            // Somebody nobody has heard of is nobody whom the policy names.
            property.push(key_unlike("aws:userid", &ids));
        }
        let property = Predicate::All(property);
        let callers = [
            Caller::AnyRole(stranger),
            Caller::AnyUser(stranger),
            Caller::Named(Principal::Anonymous),
        ];
        for caller in callers {
            if self.admits(caller, None, &property) {
                self.found.push(ANYBODY.to_owned());
                return;
            }
        }
    }

    fn ask_for_account(&mut self, account: AccountId) {
        let property = Predicate::All(self.outside(&self.inside.accounts));
        let mut named = false;
        let entries = self.allowed_entries();
        for (_, text) in entries.iter().filter(|(kind, text)| {
            *kind == PrincipalType::Aws
                && text.split(':').nth(4).unwrap_or(text) == account.as_str()
        }) {
            let callers = match Principal::parse(text) {
                Ok(Principal::Root { .. }) | Err(_) => {
                    vec![Caller::AnyRole(account), Caller::AnyUser(account)]
                }
                Ok(principal) => vec![Caller::Named(principal)],
            };
            for caller in callers {
                if self.admits(caller, None, &property) {
                    named = true;
                    self.found.push(text.clone());
                    break;
                }
            }
        }
        if named || self.found.iter().any(|found| found == ANYBODY) {
            return;
        }
        for caller in [Caller::AnyRole(account), Caller::AnyUser(account)] {
            if self.admits(caller, None, &property) {
                self.found.push(account.to_string());
                return;
            }
        }
    }

    pub(super) fn ask_for_service(&mut self, name: &str) {
        let Ok(principal @ Principal::Service { .. }) = Principal::parse(name) else {
            return;
        };
        let property = Predicate::All(self.outside(&self.inside.accounts));
        if self.admits(Caller::Named(principal), None, &property) {
            self.found.push(name.to_owned());
        }
    }

    /// Through an endpoint one's own people reach what is not one's own.
    pub(super) fn reaches_others(&mut self) -> bool {
        let accounts: Vec<&String> = self.inside.accounts.iter().collect();
        let mut property = vec![key_unlike("aws:ResourceAccount", &accounts)];
        if let Some(own) = &self.inside.organisation {
            property.push(key_unlike("aws:ResourceOrgID", &[own]));
        }
        let mut own = self.named_resources();
        own.extend(
            accounts
                .iter()
                .map(|account| format!("arn:*:*:*:{account}:*")),
        );
        property.push(Predicate::Not(Box::new(resource_like(&own))));
        self.actions.retain(|(_, _, has_resource)| *has_resource);
        let caller = Caller::AnyRole(self.inside.account);
        self.admits(caller, Some(self.stranger), &Predicate::All(property))
    }

    /// Resources that the policy names one by one: whoever writes the name of a bucket means this bucket.
    fn named_resources(&self) -> Vec<String> {
        let statements = self.policy.policy().statements.iter();
        let values = statements
            .filter(|statement| statement.effect == Effect::Allow)
            .filter_map(|statement| statement.resource.as_ref())
            .filter(|patterns| !patterns.negated)
            .flat_map(|patterns| &patterns.values);
        values
            .map(|value| value.text.to_string())
            .filter(|text| {
                let mut parts = text.splitn(6, ':').skip(4);
                let account = parts.next();
                let name = parts.next().unwrap_or_default();
                let bucket = name.split('/').next().unwrap_or_default();
                account == Some("") && !bucket.is_empty() && !bucket.contains(['*', '?', '$'])
            })
            .collect()
    }

    /// What holds for requests from outside.
    fn outside(&self, sources: &BTreeSet<String>) -> Vec<Predicate> {
        let mut property = Vec::new();
        if let Some(own) = &self.inside.organisation {
            property.push(key_unlike("aws:PrincipalOrgID", &[own]));
            property.push(key_unlike("aws:SourceOrgID", &[own]));
            let below = [format!("{own}/*")];
            property.push(key_unlike("aws:PrincipalOrgPaths", &below));
            property.push(key_unlike("aws:SourceOrgPaths", &below));
        }
        let sources: Vec<&String> = sources.iter().collect();
        property.push(key_unlike("aws:SourceAccount", &sources));
        property.push(key_unlike("aws:SourceOwner", &sources));
        property.push(key_unlike("s3:DataAccessPointAccount", &sources));
        // KMS says whose account calls, also when another service calls for it.
        property.push(key_unlike("kms:CallerAccount", &sources));
        let mut arns: Vec<String> = Vec::new();
        for account in &sources {
            arns.push(format!("arn:*:*:*:{account}:*"));
        }
        // An ARN without an account, that of a bucket, is taken for one's own where it is written out.
        let named = values(self.policy, &["aws:sourcearn"]).into_iter();
        arns.extend(named.filter(|arn| {
            let mut parts = arn.splitn(6, ':').skip(4);
            let account = parts.next();
            let name = parts.next().unwrap_or_default();
            account == Some("") && !name.is_empty() && !name.starts_with(['*', '?'])
        }));
        property.push(key_unlike("aws:SourceArn", &arns));
        property.push(key_unlike("s3:DataAccessPointArn", &arns));
        if !self.inside.networks.is_empty() {
            let networks: Vec<&String> = self.inside.networks.iter().collect();
            property.push(key_unlike("aws:SourceVpce", &networks));
            property.push(key_unlike("aws:SourceVpc", &networks));
        }
        property
    }

    /// The resource is the one that has the policy.
    fn on_resource(&self) -> Option<Predicate> {
        match self.policy.policy().kind {
            PolicyKind::VpcEndpoint => None,
            PolicyKind::Resource if self.arn.contains(":s3:::") => Some(resource_like(&[
                self.arn.to_owned(),
                format!("{}/*", self.arn),
            ])),
            _ => Some(resource_like(&[self.arn])),
        }
    }

    /// Whether some request of the caller with the property is allowed.
    fn admits(&mut self, caller: Caller, owner: Option<AccountId>, property: &Predicate) -> bool {
        let setting = Setting {
            caller,
            resource_account: Some(owner.unwrap_or(self.inside.account)),
            presence: Presence::Unknown,
        };
        let mut wanted = vec![property.clone()];
        if let Caller::Named(Principal::Anonymous | Principal::Service { .. }) = &setting.caller {
            // They belong to no account and no organisation (IAM User Guide, "Global condition keys").
            let keys = NO_IDENTITY.iter().copied();
            wanted.extend(keys.map(key_omitted));
        }
        let anywhere = Predicate::All(wanted.clone());
        wanted.extend(self.on_resource());
        let here = Predicate::All(wanted);
        let mut open = None;
        for (action, stack, has_resource) in &self.actions {
            let wanted = if *has_resource { &here } else { &anywhere };
            match possible(&mut self.prover, stack, action, &setting, wanted) {
                Ok(true) => return true,
                Ok(false) => {}
                Err(unknown) => open = Some(unknown),
            }
        }
        if let Some(open) = open {
            self.open(open);
        }
        false
    }
}
/// The accounts that a policy writes in principals and conditions.
fn accounts_in(policy: &CompiledPolicy) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for statement in &policy.policy().statements {
        if statement.effect == Effect::Deny {
            continue;
        }
        let entries = statement
            .principal
            .iter()
            .flat_map(|element| &element.entries);
        let principals = entries.map(|(_, value)| &*value.text);
        let conditions = statement.conditions.iter().flat_map(|entry| &entry.values);
        for text in principals.chain(conditions.map(|value| &*value.text)) {
            for part in text.split(|c: char| !c.is_ascii_digit()) {
                if AccountId::parse(part).is_ok() {
                    found.insert(part.to_owned());
                }
            }
        }
    }
    found
}

/// An account that is neither known nor written anywhere.
fn stranger(mentioned: &BTreeSet<String>, known: &BTreeSet<String>) -> Result<AccountId, Unknown> {
    (0..10_000_u64)
        .map(|number| format!("{:012}", 909_090_909_090 + number))
        .filter(|account| !mentioned.contains(account) && !known.contains(account))
        .find_map(|account| AccountId::parse(&account).ok())
        .ok_or_else(|| Unknown::new(ReasonCode::Unsupported, "too many accounts"))
}
/// The statements of a policy that concern a resource, as if they named no resource.
fn without_resource(policy: &CompiledPolicy, arn: &str) -> Policy {
    let mut changed = policy.policy().clone();
    changed.statements.retain(|statement| {
        statement.resource.as_ref().is_none_or(|patterns| {
            let named = patterns.values.iter().any(|value| like(arn, &value.text));
            named != patterns.negated
        })
    });
    for statement in &mut changed.statements {
        statement.resource = None;
    }
    changed
}
