//! Everything that policies say at one moment, compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::fast::FixedState;
use rempart_aws_model::AccountId;
use rempart_estate::{Estate, Gap, policy_text};
use rempart_policy::account::{Identity, Inventory};
use rempart_policy::document::{Effect, Policy, PolicyKind, PrincipalType};
use rempart_policy::{CompiledPolicy, Known, Policies};
use serde_json::{Value, json};

use crate::changes::State;
use crate::controls::{Chain, Shortfall};
use crate::model::{Missing, World};
use crate::targets::{Compute, Target};

pub(crate) type Map<K, V> = std::collections::HashMap<K, V, FixedState>;

/// A user or role.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) arn: Arc<str>,
    pub(crate) identity: Identity,
    /// Trust policy of a role.
    pub(crate) trust: Known<Option<Arc<CompiledPolicy>>>,
    pub(crate) is_role: bool,
    /// Names of groups of a user.
    pub(crate) groups: Vec<String>,
    /// ARNs of managed policies that are attached, also through groups.
    pub(crate) attached: Vec<String>,
    /// Why its policies are not known.
    pub(crate) why_unknown: Option<String>,
}

/// The policies over an account.
#[derive(Clone, Debug)]
pub(crate) struct Controls {
    /// `None` when they were not collected.
    pub(crate) service: Option<Vec<Policies>>,
    /// See `service`.
    pub(crate) resource: Option<Vec<Policies>>,
    pub(crate) is_management: bool,
    pub(crate) organisation: Option<String>,
}

/// A group with its policies.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) arn: Arc<str>,
    pub(crate) account: AccountId,
    pub(crate) policies: Known<Policies>,
}

/// A moment.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    pub(crate) people: Vec<Person>,
    pub(crate) by_arn: Map<Arc<str>, usize>,
    pub(crate) groups: Vec<Group>,
    pub(crate) controls: BTreeMap<AccountId, Controls>,
    pub(crate) targets: Arc<Vec<Target>>,
    /// Managed policies by ARN, for session policies.
    pub(crate) managed: Map<String, Arc<CompiledPolicy>>,
    /// Roles whose trust policy may admit these AWS principals: ARN, account, unique id; `*` for those
    /// that may admit anybody.
    pub(crate) admitting: Map<String, Vec<usize>>,
    /// Roles by the services that they trust.
    pub(crate) trusting: Map<String, Vec<usize>>,
    /// For each of the people a number that is the same for the same trust policy.
    pub(crate) trust_of: Vec<u32>,
    pub(crate) computes: Arc<Vec<Compute>>,
    pub(crate) missing: BTreeSet<Missing>,
}

/// What stays the same whatever moment: controls.
pub(crate) fn controls_of(
    world: &World<'_>,
    accounts: &BTreeSet<AccountId>,
    missing: &mut BTreeSet<Missing>,
) -> BTreeMap<AccountId, Controls> {
    let mut found = BTreeMap::new();
    for account in accounts {
        let mut best: Option<Controls> = None;
        let mut why = "organizations:ListPoliciesForTarget was not collected".to_owned();
        for (estate, _) in &world.estates {
            match controls_in(estate, account) {
                Ok(controls) => {
                    best = Some(controls);
                    break;
                }
                Err(reason) => why = reason,
            }
        }
        let inventory = world.inventory;
        let given = |levels: &Known<Vec<Policies>>| {
            levels.known().filter(|levels| !levels.is_empty()).cloned()
        };
        let mut controls = best.unwrap_or(Controls {
            service: None,
            resource: None,
            is_management: false,
            organisation: None,
        });
        if let Some(inventory) = inventory {
            controls.service = controls.service.or(given(&inventory.service_control));
            controls.resource = controls.resource.or(given(&inventory.resource_control));
            controls.is_management |= inventory.management_accounts.contains(account);
        }
        if controls.service.is_none() && !controls.is_management {
            missing.insert(Missing {
                what: format!(
                    "service and resource control policies over account {account}: {why}"
                ),
                permission: "organizations:ListPoliciesForTarget, organizations:DescribePolicy"
                    .to_owned(),
                limits: format!(
                    "what is reachable in account {account} holds unless one denies it"
                ),
            });
        }
        found.insert(*account, controls);
    }
    found
}

fn controls_in(estate: &Estate, account: &AccountId) -> Result<Controls, String> {
    let no_organisation = || {
        let place = rempart_estate::Place::new(account.as_str(), "global");
        let found = estate.answer_in("organizations:DescribeOrganization", &place);
        found.is_ok_and(|found| found.absent.is_some())
    };
    let mut chain = match Chain::new(estate, account.as_str()) {
        Ok(chain) => chain,
        Err(_) if no_organisation() => {
            return Ok(Controls {
                service: Some(Vec::new()),
                resource: Some(Vec::new()),
                is_management: false,
                organisation: None,
            });
        }
        Err(shortfall) => return Err(words(&shortfall)),
    };
    let is_management = chain.management().as_deref() == Some(account.as_str());
    Ok(Controls {
        service: chain.levels(PolicyKind::ServiceControl).ok(),
        resource: chain.levels(PolicyKind::ResourceControl).ok(),
        is_management,
        organisation: chain.organisation().ok(),
    })
}

fn words(shortfall: &Shortfall) -> String {
    match shortfall {
        Shortfall::Gap(gap) => gap.to_string(),
        Shortfall::NotCollected(text) | Shortfall::Model(text) | Shortfall::UnknownPart(text) => {
            text.clone()
        }
    }
}

/// The permission that fills a gap of an operation.
pub(crate) fn permission(operation: &str, gap: &Gap) -> String {
    match gap {
        Gap::AccessDenied { action } => action.clone(),
        _ => rempart_aws_model::api_operation(operation)
            .map_or_else(|| operation.to_owned(), |one| one.action().to_owned()),
    }
}

impl Picture {
    /// Users, roles and groups of a state.
    pub(crate) fn of(
        state: &State,
        world: &World<'_>,
        controls: &BTreeMap<AccountId, Controls>,
    ) -> Self {
        let mut picture = Self {
            controls: controls.clone(),
            ..Self::default()
        };
        for details in state.details.values() {
            picture.read(details, state);
        }
        if let Some(inventory) = world.inventory {
            for identity in inventory.identities() {
                let arn = identity.principal.as_str();
                if !picture.by_arn.contains_key(arn) {
                    let trust = inventory
                        .resource(arn)
                        .map_or(Known::Unknown, |entry| entry.policy.clone());
                    picture.add(Person {
                        arn: arn.into(),
                        identity: identity.clone(),
                        trust,
                        is_role: arn.contains(":role/"),
                        groups: Vec::new(),
                        attached: Vec::new(),
                        why_unknown: None,
                    });
                }
            }
        }
        picture.index();
        picture
    }

    fn add(&mut self, person: Person) {
        self.by_arn
            .insert(Arc::clone(&person.arn), self.people.len());
        self.people.push(person);
    }

    fn read(&mut self, details: &Value, state: &State) {
        let mut inventory = Inventory::default();
        let problems = match inventory.add_details(&details.to_string()) {
            Ok(problems) => problems,
            Err(error) => {
                self.missing.insert(Missing {
                    what: error.to_string(),
                    permission: "iam:GetAccountAuthorizationDetails".to_owned(),
                    limits: "every identity of the account".to_owned(),
                });
                return;
            }
        };
        let mut trusts: Map<&str, &Known<Option<Arc<CompiledPolicy>>>> = Map::default();
        for entry in inventory.resources() {
            trusts.insert(&*entry.arn, &entry.policy);
        }
        let mut raw: Map<&str, &Value> = Map::default();
        for list in ["UserDetailList", "RoleDetailList"] {
            for one in elements(details, list) {
                raw.insert(text(one, "Arn"), one);
            }
        }
        let mut of_groups: Map<&str, Vec<String>> = Map::default();
        for group in elements(details, "GroupDetailList") {
            of_groups.insert(text(group, "GroupName"), attached(group));
        }
        self.read_groups(details);
        for one in elements(details, "Policies") {
            let versions = elements(one, "PolicyVersionList");
            let mut versions = versions.filter(|version| {
                version.get("IsDefaultVersion").and_then(Value::as_bool) == Some(true)
            });
            let arn = text(one, "Arn");
            let document = versions.next().and_then(|version| version.get("Document"));
            if let Some(policy) = document.and_then(|one| compiled(arn, one, PolicyKind::Session)) {
                self.managed.insert(arn.to_owned(), policy);
            }
        }
        for identity in inventory.identities() {
            let arn = identity.principal.as_str();
            let of_state = |wanted: fn(&str) -> bool| {
                let mut items = state.unknown.iter();
                items
                    .find(|((of, item), _)| of == arn && wanted(item))
                    .map(|(_, reason)| reason.clone())
            };
            let mut identity = identity.clone();
            let mut why = None;
            if let Some(reason) =
                of_state(|item| item.starts_with("inline:") || item == "existence")
            {
                identity.policies = Known::Unknown;
                why = Some(reason);
            }
            if let Some(reason) = of_state(|item| item == "boundary" || item == "existence") {
                identity.boundary = Known::Unknown;
                why = why.or(Some(reason));
            }
            let is_role = arn.contains(":role/");
            let trust = match trusts.get(arn) {
                _ if of_state(|item| item == "trust").is_some() => Known::Unknown,
                Some(trust) => (*trust).clone(),
                None if is_role => Known::Unknown,
                None => Known::Is(None),
            };
            let is_unknown =
                identity.policies.known().is_none() || identity.boundary.known().is_none();
            if is_unknown && why.is_none() {
                let own = problems.iter().find(|problem| problem.contains(arn));
                why = own.or(problems.first()).cloned();
            }
            let one = raw.get(arn);
            let groups: Vec<String> = one
                .map(|one| elements(one, "GroupList").filter_map(Value::as_str))
                .into_iter()
                .flatten()
                .map(ToOwned::to_owned)
                .collect();
            let mut all = one.map(|one| attached(one)).unwrap_or_default();
            for group in &groups {
                all.extend(of_groups.get(&**group).into_iter().flatten().cloned());
            }
            self.add(Person {
                arn: arn.into(),
                identity,
                trust,
                is_role,
                groups,
                attached: all,
                why_unknown: why,
            });
        }
    }

    /// Groups as if each were a user: then the same code reads their policies.
    fn read_groups(&mut self, details: &Value) {
        let empty = || json!([]);
        let member = |one: &Value, name: &str| one.get(name).cloned().unwrap_or_else(empty);
        let mut users = Vec::new();
        let mut groups = Vec::new();
        for (number, group) in elements(details, "GroupDetailList").enumerate() {
            let arn = text(group, "Arn");
            let account = arn.split(':').nth(4).unwrap_or_default();
            let Ok(account) = AccountId::parse(account) else {
                continue;
            };
            let user = format!("arn:aws:iam::{account}:user/{number}");
            users.push(json!({"Arn": user,
                "UserPolicyList": member(group, "GroupPolicyList"),
                "AttachedManagedPolicies": member(group, "AttachedManagedPolicies")}));
            groups.push((user, arn, account));
        }
        let alone = json!({"UserDetailList": users, "Policies": member(details, "Policies")});
        let mut inventory = Inventory::default();
        let is_read = inventory.add_details(&alone.to_string()).is_ok();
        for (user, arn, account) in groups {
            let mut identities = inventory.identities().iter();
            let found = identities.find(|one| is_read && one.principal.as_str() == user);
            self.groups.push(Group {
                arn: arn.into(),
                account,
                policies: found.map_or(Known::Unknown, |one| one.policies.clone()),
            });
        }
    }

    fn index(&mut self) {
        let mut ids: Map<String, u32> = Map::default();
        for person in &self.people {
            let text = match &person.trust {
                Known::Unknown => "unknown".to_owned(),
                Known::Is(None) => String::new(),
                Known::Is(Some(trust)) => crate::targets::policy_signature(trust),
            };
            let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            self.trust_of.push(*ids.entry(text).or_insert(next));
        }
        for (place, person) in self.people.iter().enumerate() {
            if !person.is_role {
                continue;
            }
            let mut names: BTreeSet<(bool, String)> = BTreeSet::new();
            match &person.trust {
                Known::Is(Some(trust)) => principals(trust.policy(), &mut names),
                _ => {
                    names.insert((false, "*".to_owned()));
                }
            }
            for (is_service, name) in names {
                let index = if is_service {
                    &mut self.trusting
                } else {
                    &mut self.admitting
                };
                index.entry(name).or_default().push(place);
            }
        }
    }

    pub(crate) fn person(&self, place: usize) -> Option<&Person> {
        self.people.get(place)
    }
}

/// Whom the Allow statements of a trust policy name.
fn principals(policy: &Policy, names: &mut BTreeSet<(bool, String)>) {
    for statement in &policy.statements {
        if statement.effect != Effect::Allow {
            continue;
        }
        let Some(element) = statement.principal.as_ref().filter(|one| !one.negated) else {
            names.insert((false, "*".to_owned()));
            continue;
        };
        for (kind, value) in &element.entries {
            let text = value.text.to_string();
            match kind {
                PrincipalType::Service => {
                    names.insert((true, text));
                }
                PrincipalType::Aws => {
                    let account = text
                        .strip_suffix(":root")
                        .and_then(|arn| arn.rsplit(':').next())
                        .map(ToOwned::to_owned);
                    names.insert((false, account.unwrap_or(text)));
                }
                _ => {
                    names.insert((false, text));
                }
            }
        }
    }
}

/// A policy out of an answer.
pub(crate) fn compiled(
    name: &str,
    document: &Value,
    kind: PolicyKind,
) -> Option<Arc<CompiledPolicy>> {
    let text = rempart_estate::policy_document(document)?;
    compiled_text(name, &text, kind).ok()
}

/// A policy from its text, percent-encoded or not.
pub(crate) fn compiled_text(
    name: &str,
    text: &str,
    kind: PolicyKind,
) -> Result<Arc<CompiledPolicy>, String> {
    let text = policy_text(text).unwrap_or_else(|| text.into());
    let policy = Policy::parse(&text, kind).map_err(|error| error.to_string())?;
    Ok(Arc::new(CompiledPolicy::new(name, Arc::new(policy))))
}

pub(crate) fn elements<'j>(
    json: &'j Value,
    name: &str,
) -> impl Iterator<Item = &'j Value> + use<'j> {
    json.get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

pub(crate) fn text<'j>(json: &'j Value, name: &str) -> &'j str {
    json.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn attached(entity: &Value) -> Vec<String> {
    elements(entity, "AttachedManagedPolicies")
        .map(|policy| text(policy, "PolicyArn").to_owned())
        .collect()
}
