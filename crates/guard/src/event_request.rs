//! The IAM request behind a CloudTrail record, as far as the record tells it.

mod caller;
mod decide;
mod fields;
mod implied;
mod keys;
mod network;
mod parameters;
mod plan;
mod resource;
mod resource_form;
mod session;
mod tags;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{
    Principal, PrincipalFacts, Reference, Request, ResourceAccount, ResourceFacts, Stack,
};
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::RecordKind;
use serde::Serialize;

use caller::Caller;
use parameters::Parameters;
use plan::{ActionPlan, EventPlan};
use resource::Resource;

/// Pairs of source and event name whose plans are kept; what comes later is planned each time.
const MOST_PLANS: usize = 20_000;
/// Longer names of sources and events are no names of AWS, and are not kept.
const LONGEST_NAME: usize = 256;

/// What a record stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derived {
    /// A request that AWS authorised or refused
    Request(Box<DerivedRequest>),
    /// No request that policies decide, or one that cannot be told
    NoRequest(Reason),
}

/// Why a record gives no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// Something that a service did by itself
    ServiceEvent,
    /// An action in the console that is no API call
    ConsoleAction,
    /// A sign-in, or what belongs to it
    SignIn,
    /// Activity at a VPC endpoint: the call has a record of its own
    NetworkActivity,
    /// CloudTrail Insights
    Insight,
    /// Counts of many events
    Aggregated,
    /// An `eventType` that is not known
    UnknownKind,
    /// No action of IAM is known for the event
    UnknownAction,
    /// The record does not name the caller
    UnnamedCaller,
}

impl Reason {
    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::ServiceEvent => "events of services",
            Self::ConsoleAction => "console actions",
            Self::SignIn => "sign-ins",
            Self::NetworkActivity => "network activity",
            Self::Insight => "Insights",
            Self::Aggregated => "aggregated events",
            Self::UnknownKind => "unknown kind of event",
            Self::UnknownAction => "no IAM action is known for the event",
            Self::UnnamedCaller => "the caller is not named",
        }
    }
}

/// What the record says of AWS's own decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LoggedDecision {
    /// The call went through
    Allowed,
    /// AWS denied it
    Denied,
    /// The call failed otherwise: it was authorised, or failed before
    FailedOtherwise,
}

impl LoggedDecision {
    /// What a record says.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Self {
        const DENIED: [&str; 5] = [
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "Client.UnauthorizedOperation",
            "VpceAccessDenied",
        ];
        let code = record.text(Field::ErrorCode).unwrap_or_default();
        if DENIED.contains(&&*code) {
            return Self::Denied;
        }
        let message = record.text(Field::ErrorMessage).unwrap_or_default();
        if message.contains("is not authorized to perform") {
            return Self::Denied;
        }
        if code.is_empty() && message.is_empty() {
            Self::Allowed
        } else {
            Self::FailedOtherwise
        }
    }
}

/// A request with what the record says of its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedRequest {
    /// The request.
    pub request: Request,
    /// AWS's own decision.
    pub logged: LoggedDecision,
    /// What could not be derived: names of condition keys, and `resource`.
    pub unresolved: Vec<String>,
    /// Of the keys that are not known, those that are either absent or have this one value: the
    /// request omits a field for which the API assumes a value.
    pub assumed: Vec<(KeyName, KeyState)>,
}

/// Derives requests. Look-ups are remembered, so keep one for many records.
#[derive(Debug)]
pub struct EventRequests {
    reference: Reference,
    /// The keys that policies ask for; `None` for all that are documented.
    watched: Option<Vec<KeyName>>,
    stacks: Vec<Stack>,
    exempt: Vec<AccountId>,
    organization: Option<Organization>,
    plans: HashMap<Box<str>, Plans, foldhash::fast::FixedState>,
    planned: usize,
}

/// An organisation and the accounts that are known to belong to it. CloudTrail does not record it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`
    pub id: Box<str>,
    /// Its accounts, as far as known.
    pub accounts: Vec<AccountId>,
}

type Plans = HashMap<Box<str>, Arc<EventPlan>, foldhash::fast::FixedState>;

impl Default for EventRequests {
    fn default() -> Self {
        Self::new()
    }
}

impl EventRequests {
    /// Derives every condition key that AWS documents for the action. Keys of which there are any
    /// number, such as tags of the caller, cannot all be listed: [`EventRequests::for_policies`]
    /// knows which of them matter.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reference: Reference::new(),
            watched: None,
            stacks: Vec::new(),
            exempt: Vec::new(),
            organization: None,
            plans: HashMap::default(),
            planned: 0,
        }
    }

    /// Derives only what these policies ask for. Every key that they name and the record does not
    /// tell is unknown.
    #[must_use]
    pub fn for_policies(stacks: &[&Stack]) -> Self {
        let mut watched: Vec<KeyName> = Vec::new();
        for key in stacks.iter().flat_map(|stack| stack.keys()) {
            if !watched.iter().any(|known| known.is_same(&key)) {
                watched.push(key);
            }
        }
        Self {
            watched: Some(watched),
            stacks: stacks.iter().map(|stack| (*stack).clone()).collect(),
            ..Self::new()
        }
    }

    /// Derives only these keys.
    #[must_use]
    pub fn with_keys(keys: &[KeyName]) -> Self {
        Self {
            watched: Some(keys.to_vec()),
            ..Self::new()
        }
    }

    /// Accounts that the policies of the organisation do not concern: its management account, and
    /// accounts outside.
    #[must_use]
    pub fn with_exempt_accounts(mut self, accounts: &[AccountId]) -> Self {
        self.exempt = accounts.to_vec();
        self
    }

    /// The organisation, for `aws:PrincipalOrgID` of callers in its accounts.
    #[must_use]
    pub fn with_organization(mut self, organization: Option<&Organization>) -> Self {
        self.organization = organization.cloned();
        self
    }

    /// The request behind a record. Where a call needs several actions or concerns several
    /// resources, it is the first; [`EventRequests::implied`] gives the others.
    pub fn request(&mut self, record: &Record<'_>) -> Derived {
        match self.all(record, false) {
            Ok(mut requests) if !requests.is_empty() => {
                Derived::Request(Box::new(requests.swap_remove(0)))
            }
            Ok(_) => Derived::NoRequest(Reason::UnknownAction),
            Err(reason) => Derived::NoRequest(reason),
        }
    }

    /// What else AWS must have authorised for the call: further actions and resources, and
    /// `iam:PassRole` for the roles that a call to SageMaker names.
    pub fn implied(&mut self, record: &Record<'_>) -> Vec<DerivedRequest> {
        let mut requests = self.all(record, true).unwrap_or_default();
        if !requests.is_empty() {
            requests.remove(0);
        }
        requests
    }

    /// The request of [`EventRequests::request`] followed by those of [`EventRequests::implied`].
    ///
    /// # Errors
    /// Why the record gives no request.
    pub fn all_requests(&mut self, record: &Record<'_>) -> Result<Vec<DerivedRequest>, Reason> {
        self.all(record, true)
    }

    /// Whether the policies given to [`EventRequests::for_policies`] may stop the call behind a
    /// record; cheaper than deriving the request.
    ///
    /// # Errors
    /// The record is no call, or no action is known for it.
    pub fn may_be_stopped(&mut self, record: &Record<'_>) -> Result<bool, Reason> {
        Ok(self.plan(record)?.may_stop)
    }

    fn all(
        &mut self,
        record: &Record<'_>,
        with_implied: bool,
    ) -> Result<Vec<DerivedRequest>, Reason> {
        let plan = self.plan(record)?;
        let caller = Caller::of(record).ok_or(Reason::UnnamedCaller)?;
        let parameters = Parameters::of(record);
        let actions = plan.actions(&parameters);
        let logged = LoggedDecision::of(record);
        let mut requests = Vec::new();
        for (number, action) in actions.iter().enumerate() {
            let resources = if actions.len() > 1 && action.is_kms {
                vec![resource::in_order(action, record, number, actions.len())]
            } else if number == 0 {
                resource::of(action, record, &parameters)
            } else {
                // The resources of further actions are not named plainly.
                vec![Resource::unknown()]
            };
            for resource in resources {
                requests.push(self.derive(action, record, &caller, &parameters, &resource, logged));
                if !with_implied {
                    return Ok(requests);
                }
            }
        }
        if let Some(action) = actions.first() {
            for role in implied::passed_roles(action, &parameters) {
                let Some(pass) = &plan.pass_role else {
                    continue;
                };
                let mut request = self.derive(pass, record, &caller, &parameters, &role, logged);
                implied::set_passed_to(&mut request.request);
                requests.push(request);
            }
        }
        Ok(requests)
    }

    /// A service belongs to no organisation; of an account that is not listed it is not known.
    fn organization_of(&self, caller: &Caller) -> Option<KeyState> {
        if caller.is_service {
            return None;
        }
        let account = caller.principal.account();
        let known = self.organization.as_ref().filter(|organization| {
            account.is_some_and(|account| organization.accounts.contains(&account))
        });
        Some(known.map_or(KeyState::Unknown, |organization| {
            KeyState::Single((*organization.id).into())
        }))
    }

    fn derive(
        &mut self,
        action: &ActionPlan,
        record: &Record<'_>,
        caller: &Caller,
        parameters: &Parameters<'_>,
        resource: &Resource,
        logged: LoggedDecision,
    ) -> DerivedRequest {
        let mut context = Context::new();
        let (mut unresolved, mut assumed) = (Vec::new(), Vec::new());
        for (name, source) in &action.keys {
            let state = keys::state(source, action, record, caller, parameters);
            // The account of the resource follows from the request where it is known.
            let state = match source {
                keys::KeySource::ResourceAccount if resource.account.is_some() => None,
                keys::KeySource::Unknown if name.folded() == "aws:principalorgid" => {
                    self.organization_of(caller)
                }
                _ => state,
            };
            if let Some(state) = state {
                if state == KeyState::Unknown {
                    unresolved.push(name.as_str().to_owned());
                    if let keys::KeySource::Field(plan) = source
                        && let Some(value) = plan.assumed(action, parameters)
                    {
                        assumed.push((name.clone(), value));
                    }
                }
                context.set(name.clone(), state);
            }
        }
        if resource.is_partial && action.has_resources {
            unresolved.push("resource".to_owned());
        }
        let mut request = Request::new(
            &mut self.reference,
            action.name.clone(),
            caller.principal.clone(),
            &resource.arn,
            resource.account,
            context,
        )
        .with_principal_facts(self.facts(caller));
        if let ResourceAccount::Account(account) = request.resource_account()
            && self.exempt.contains(&account)
        {
            request = request.with_resource_facts(ResourceFacts {
                is_management_account: true,
                ..ResourceFacts::default()
            });
        }
        if resource.is_partial {
            request = request.with_partial_resource();
        }
        DerivedRequest {
            request,
            logged,
            unresolved,
            assumed,
        }
    }

    fn facts(&self, caller: &Caller) -> PrincipalFacts {
        let account = caller.principal.account();
        PrincipalFacts {
            is_management_account: account.is_some_and(|account| self.exempt.contains(&account)),
            ..caller.facts.clone()
        }
    }

    fn plan(&mut self, record: &Record<'_>) -> Result<Arc<EventPlan>, Reason> {
        no_call(record)?;
        let source = record.text(Field::EventSource).unwrap_or_default();
        let name = record.text(Field::EventName).unwrap_or_default();
        let known = self.plans.get(&*source).and_then(|of| of.get(&*name));
        let plan = match known {
            Some(plan) => Arc::clone(plan),
            None => {
                let plan = EventPlan::new(&source, &name, self.watched.as_deref(), &self.stacks);
                let plan = Arc::new(plan);
                let is_short = source.len() <= LONGEST_NAME && name.len() <= LONGEST_NAME;
                if self.planned < MOST_PLANS && is_short {
                    self.planned += 1;
                    let plans = self.plans.entry((*source).into()).or_default();
                    plans.insert((*name).into(), Arc::clone(&plan));
                }
                plan
            }
        };
        if plan.is_empty() {
            return Err(Reason::UnknownAction);
        }
        Ok(plan)
    }
}

/// Who made the call behind a record; `None` where the record does not name a principal that policies
/// know.
#[must_use]
pub fn caller_of(record: &Record<'_>) -> Option<Principal> {
    Caller::of(record).map(|caller| caller.principal)
}

/// Whether the record is of a kind that is no call of an API.
fn no_call(record: &Record<'_>) -> Result<(), Reason> {
    let kind = record
        .get(Field::EventType)
        .and_then(|kind| kind.plain_str());
    // Nearly all records are calls; their kind needs no closer look.
    if kind == Some("AwsApiCall") {
        return Ok(());
    }
    Err(match RecordKind::of(record) {
        RecordKind::ApiCall => return Ok(()),
        RecordKind::ServiceEvent => Reason::ServiceEvent,
        RecordKind::ConsoleAction => Reason::ConsoleAction,
        RecordKind::SignIn => Reason::SignIn,
        RecordKind::NetworkActivity => Reason::NetworkActivity,
        RecordKind::Insight => Reason::Insight,
        RecordKind::Aggregated => Reason::Aggregated,
        RecordKind::Unknown(_) => Reason::UnknownKind,
    })
}

/// A key with one value.
fn single(text: &str) -> Option<KeyState> {
    Some(KeyState::Single(text.into()))
}

/// A key of that name in a context.
#[cfg(test)]
fn state_of<'r>(request: &'r Request, key: &str) -> Option<&'r KeyState> {
    request.context().get(&KeyName::new(key))
}
