//! Service and resource control policies over an account, from an estate.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_estate::{Estate, EvidenceRef, Found, Gap, Place, Resource, unknown_reason};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Policies};
use serde_json::{Map, Value as Json};

/// Most levels between an account and the root of its organisation.
const MOST_LEVELS: usize = 12;
/// Deepest nesting of an answer that is looked through.
const DEEPEST: usize = 64;

/// Why the policies over an account cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// The estate does not have an answer.
    Gap(Gap),
    /// Nobody asked: operation and what about.
    NotCollected(String),
    /// The answers make no sense together.
    Model(String),
    /// A part of an answer is not known.
    UnknownPart(String),
}

/// An account, the units above it and the root.
#[derive(Debug)]
pub struct Chain<'a> {
    estate: &'a Estate,
    place: &'a Place,
    /// From the account upwards.
    targets: Vec<&'a Resource>,
    /// Answers that were read since it was taken last.
    pub evidence: Vec<EvidenceRef>,
    /// Texts of the policies that were read.
    pub policies: BTreeSet<String>,
}

impl<'a> Chain<'a> {
    /// Finds the account and what is above it.
    ///
    /// # Errors
    /// Something was not collected.
    pub fn new(estate: &'a Estate, account: &str) -> Result<Self, Shortfall> {
        let mut accounts = estate.resources("AWS::Organizations::Account");
        let leaf = accounts.find(|one| one.id == account).ok_or_else(|| {
            Shortfall::NotCollected(format!("organizations:ListAccounts: account {account}"))
        })?;
        let mut chain = Self {
            estate,
            place: &leaf.place,
            targets: vec![leaf],
            evidence: Vec::new(),
            policies: BTreeSet::new(),
        };
        let mut at = leaf;
        while at.kind != "AWS::Organizations::Root" {
            if chain.targets.len() > MOST_LEVELS {
                let text = "units of the organisation lie in each other";
                return Err(Shortfall::Model(text.to_owned()));
            }
            let parents = chain.read(estate.answer("organizations:ListParents", at))?;
            let parent = parents.get("Parents").and_then(|parents| parents.get(0));
            let member = |name| {
                parent
                    .and_then(|parent| parent.get(name))
                    .and_then(Json::as_str)
            };
            let (Some(id), Some(kind)) = (member("Id"), member("Type")) else {
                return Err(Shortfall::Model(format!(
                    "organizations:ListParents names no parent of {}",
                    at.id
                )));
            };
            let kind = match kind {
                "ROOT" => "AWS::Organizations::Root",
                _ => "AWS::Organizations::OrganizationalUnit",
            };
            at = estate.find(kind, id, chain.place).map_err(Shortfall::Gap)?;
            chain.targets.push(at);
        }
        Ok(chain)
    }

    fn read(&mut self, found: Result<Found, Gap>) -> Result<Arc<Json>, Shortfall> {
        let found = found.map_err(Shortfall::Gap)?;
        self.evidence.push(found.evidence);
        self.evidence.extend(found.further);
        // A policy that is not known may deny anything, or nothing.
        match unknown_part(&found.body, DEEPEST) {
            Some(reason) => Err(Shortfall::UnknownPart(reason)),
            None => Ok(found.body),
        }
    }

    /// The policies of each level, from the root to the account.
    ///
    /// # Errors
    /// One of them was not collected.
    pub fn levels(&mut self, kind: PolicyKind) -> Result<Vec<Policies>, Shortfall> {
        let mut levels = Vec::new();
        for target in self.targets.clone().into_iter().rev() {
            let mut level = Policies::new();
            for id in self.attached(target, kind)? {
                level.push(self.policy(&id, kind)?);
            }
            levels.push(level);
        }
        if kind == PolicyKind::ResourceControl {
            // What AWS attaches by itself need not be listed, and a level without policies is no limit.
            levels.retain(|level| !level.is_empty());
        }
        Ok(levels)
    }

    /// Identifiers of the attached policies of a kind.
    fn attached(&mut self, target: &Resource, kind: PolicyKind) -> Result<Vec<String>, Shortfall> {
        const OPERATION: &str = "organizations:ListPoliciesForTarget";
        let wanted = match kind {
            PolicyKind::ResourceControl => "RESOURCE_CONTROL_POLICY",
            _ => "SERVICE_CONTROL_POLICY",
        };
        let estate = self.estate;
        let filter = Map::from_iter([("Filter".to_owned(), Json::from(wanted))]);
        let found = match estate.answer_with(OPERATION, target, &filter) {
            Err(Gap::NotCollected { .. }) => estate.answer(OPERATION, target),
            found => found,
        };
        let body = self.read(found)?;
        let policies = body.get("Policies").and_then(Json::as_array);
        let policies = policies.into_iter().flatten();
        let of_kind = policies.filter(|policy| {
            policy
                .get("Type")
                .and_then(Json::as_str)
                .is_none_or(|kind| kind == wanted)
        });
        let ids = of_kind.filter_map(|policy| policy.get("Id").and_then(Json::as_str));
        Ok(ids.map(ToOwned::to_owned).collect())
    }

    fn policy(&mut self, id: &str, kind: PolicyKind) -> Result<Arc<CompiledPolicy>, Shortfall> {
        if id == "p-FullAWSAccess" {
            self.policies.insert(id.to_owned());
            let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
            return compile(id, text, PolicyKind::ServiceControl);
        }
        if id == "p-RCPFullAWSAccess" {
            let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
            return compile(id, text, PolicyKind::ResourceControl);
        }
        let estate = self.estate;
        let missing = || Shortfall::NotCollected(format!("organizations:DescribePolicy: {id}"));
        let resource = estate
            .find("AWS::Organizations::Policy", id, self.place)
            .map_err(|_| missing())?;
        let body = self.read(estate.own(resource))?;
        let content = body
            .get("Policy")
            .and_then(|policy| policy.get("Content"))
            .and_then(Json::as_str)
            .ok_or_else(missing)?;
        self.policies.insert(content.to_owned());
        compile(id, content, kind)
    }

    fn described(&mut self) -> Result<Arc<Json>, Shortfall> {
        let estate = self.estate;
        self.read(estate.answer_in("organizations:DescribeOrganization", self.place))
    }

    /// Identifier of the organisation.
    ///
    /// # Errors
    /// It was not collected.
    pub fn organisation(&mut self) -> Result<String, Shortfall> {
        let body = self.described()?;
        let id = body.pointer("/Organization/Id").and_then(Json::as_str);
        id.map(ToOwned::to_owned).ok_or_else(|| {
            let text = "organizations:DescribeOrganization names no organisation";
            Shortfall::Model(text.to_owned())
        })
    }

    /// The management account.
    pub fn management(&mut self) -> Option<String> {
        let body = self.described().ok()?;
        let account = body.pointer("/Organization/MasterAccountId");
        Some(account?.as_str()?.to_owned())
    }
}

fn compile(name: &str, text: &str, kind: PolicyKind) -> Result<Arc<CompiledPolicy>, Shortfall> {
    let text = rempart_estate::policy_text(text).unwrap_or_else(|| text.into());
    let policy = Policy::parse(&text, kind).map_err(|error| {
        Shortfall::Model(format!("the policy of `{name}` cannot be read: {error}"))
    })?;
    Ok(Arc::new(CompiledPolicy::new(name, Arc::new(policy))))
}

fn unknown_part(json: &Json, depth: usize) -> Option<String> {
    if let Some(reason) = unknown_reason(json) {
        return Some(reason.to_owned());
    }
    if depth == 0 {
        return Some("the answer is nested too deeply".to_owned());
    }
    match json {
        Json::Array(elements) => elements
            .iter()
            .find_map(|element| unknown_part(element, depth - 1)),
        Json::Object(members) => members
            .values()
            .find_map(|member| unknown_part(member, depth - 1)),
        _ => None,
    }
}
