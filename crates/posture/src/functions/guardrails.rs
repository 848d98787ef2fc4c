//! Service and resource control policies of accounts.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_estate::{Estate, EvidenceRef, Found, Gap, Place, Resource};
use rempart_policy::Policies;
use rempart_policy::document::PolicyKind;
use serde_json::{Map, Value as Json};

use super::access::listed;
use super::{Answered, Function, text_argument};
use crate::cache::Texts;
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};
use crate::policies::document::{compile, everything};
use crate::policies::guardrails::{self, Approved};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "guardrail_gaps",
        arity: 1,
        run: guardrail_gaps,
    },
    Function {
        name: "resource_control_gaps",
        arity: 1,
        run: resource_control_gaps,
    },
];

/// Most levels between an account and the root of its organisation.
const MOST_LEVELS: usize = 12;

/// Services that AWS's own requirement names.
const FENCED: [&str; 4] = ["s3", "kms", "sts", "secretsmanager"];

/// `guardrail_gaps(account)`: guardrails of the playbook that do not hold on the account.
fn guardrail_gaps<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let number = text_argument(arguments, 0)?;
    let account = parsed(number)?;
    let mut chain = Chain::new(context, number)?;
    let levels = chain.levels(PolicyKind::ServiceControl)?;
    chain.note(context);
    let list = |name: &str| -> Vec<String> {
        let values = context.params.get(name).and_then(Json::as_array);
        let texts = values.into_iter().flatten().filter_map(Json::as_str);
        texts.map(ToOwned::to_owned).collect()
    };
    let approved = Approved {
        notebook_types: list("notebook_types"),
        studio_types: list("studio_types"),
        addresses: list("public_addresses"),
    };
    // Accounts of one unit have the same policies.
    let mut key = vec![number.to_owned(), format!("{approved:?}")];
    key.extend(chain.policies.iter().cloned());
    let cache = &context.session.cache.policies;
    let found: Texts = cache.of(("guardrail_gaps", key), || {
        guardrails::gaps(levels, account, &approved).map(Arc::new)
    });
    listed(&found?)
}

/// `resource_control_gaps(account)`: services on whose resources in the account a principal outside the
/// organisation is not denied.
fn resource_control_gaps<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let number = text_argument(arguments, 0)?;
    let account = parsed(number)?;
    let mut chain = Chain::new(context, number)?;
    let levels = chain.levels(PolicyKind::ResourceControl)?;
    let organisation = chain.organisation()?;
    chain.note(context);
    let mut key = vec![number.to_owned(), organisation.clone()];
    key.extend(chain.policies.iter().cloned());
    let cache = &context.session.cache.policies;
    let found: Texts = cache.of(("resource_control_gaps", key), || {
        guardrails::unfenced(levels, account, &organisation, &FENCED).map(Arc::new)
    });
    listed(&found?)
}

fn parsed(number: &str) -> Result<AccountId, Unknown> {
    AccountId::parse(number).map_err(|error| Unknown::new(ReasonCode::ModelGap, error.to_string()))
}

/// The service control policies over an account, where all of them were collected. They do not limit
/// the management account.
pub(super) fn service_control_of(context: &Context<'_>, account: &str) -> Option<Vec<Policies>> {
    let mut chain = Chain::new(context, account).ok()?;
    if chain.management().as_deref() == Some(account) {
        return None;
    }
    chain.levels(PolicyKind::ServiceControl).ok()
}

/// An account, the units above it and the root.
struct Chain<'a> {
    estate: &'a Estate,
    place: &'a Place,
    /// From the account upwards.
    targets: Vec<&'a Resource>,
    evidence: Vec<EvidenceRef>,
    /// Texts of the policies that were read.
    policies: BTreeSet<String>,
}

impl<'a> Chain<'a> {
    fn new(context: &Context<'a>, account: &str) -> Result<Self, Unknown> {
        let estate = context.session.estate;
        let mut accounts = estate.resources("AWS::Organizations::Account");
        let leaf = accounts.find(|one| one.id == account).ok_or_else(|| {
            Unknown::new(
                ReasonCode::NotCollected,
                format!("organizations:ListAccounts: account {account}"),
            )
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
                return Err(Unknown::new(
                    ReasonCode::ModelGap,
                    "units of the organisation lie in each other",
                ));
            }
            let parents = chain.read(estate.answer("organizations:ListParents", at))?;
            let parent = parents.get("Parents").and_then(|parents| parents.get(0));
            let member = |name| {
                parent
                    .and_then(|parent| parent.get(name))
                    .and_then(Json::as_str)
            };
            let (Some(id), Some(kind)) = (member("Id"), member("Type")) else {
                return Err(Unknown::new(
                    ReasonCode::ModelGap,
                    format!("organizations:ListParents names no parent of {}", at.id),
                ));
            };
            let kind = match kind {
                "ROOT" => "AWS::Organizations::Root",
                _ => "AWS::Organizations::OrganizationalUnit",
            };
            at = estate.find(kind, id, chain.place).map_err(gap)?;
            chain.targets.push(at);
        }
        Ok(chain)
    }

    fn read(&mut self, found: Result<Found, Gap>) -> Result<Arc<Json>, Unknown> {
        let found = found.map_err(gap)?;
        self.evidence.push(found.evidence);
        self.evidence.extend(found.further);
        // A policy that is not known may deny anything, or nothing.
        Value::of(&found.body)?.to_json()?;
        Ok(found.body)
    }

    fn note(&mut self, context: &Context<'_>) {
        for evidence in self.evidence.drain(..) {
            context.note(evidence);
        }
    }

    /// The policies of each level, from the root to the account.
    fn levels(&mut self, kind: PolicyKind) -> Result<Vec<Policies>, Unknown> {
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
    fn attached(&mut self, target: &Resource, kind: PolicyKind) -> Result<Vec<String>, Unknown> {
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

    fn policy(
        &mut self,
        id: &str,
        kind: PolicyKind,
    ) -> Result<Arc<rempart_policy::CompiledPolicy>, Unknown> {
        if id == "p-FullAWSAccess" {
            self.policies.insert(id.to_owned());
            return Ok(Arc::clone(&everything()?.service_control));
        }
        if id == "p-RCPFullAWSAccess" {
            let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
            return compile(id, text, PolicyKind::ResourceControl);
        }
        let estate = self.estate;
        let missing = || {
            Unknown::new(
                ReasonCode::NotCollected,
                format!("organizations:DescribePolicy: {id}"),
            )
        };
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

    fn described(&mut self) -> Result<Arc<Json>, Unknown> {
        let estate = self.estate;
        self.read(estate.answer_in("organizations:DescribeOrganization", self.place))
    }

    fn organisation(&mut self) -> Result<String, Unknown> {
        let body = self.described()?;
        let id = body.pointer("/Organization/Id").and_then(Json::as_str);
        id.map(ToOwned::to_owned).ok_or_else(|| {
            Unknown::new(
                ReasonCode::ModelGap,
                "organizations:DescribeOrganization names no organisation",
            )
        })
    }

    /// The management account.
    fn management(&mut self) -> Option<String> {
        let body = self.described().ok()?;
        let account = body.pointer("/Organization/MasterAccountId");
        Some(account?.as_str()?.to_owned())
    }
}
