//! An identity that is followed, and the policies around its requests.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use rempart_aws_model::AccountId;
use rempart_policy::context::Context;
use rempart_policy::document::PolicyKind;
use rempart_policy::{CompiledPolicy, Known, Policies, Principal, PrincipalFacts, Stack};

use crate::asked::{Keys, Network};
use crate::model::{Condition, Suspect};
use crate::picture::{Person, Picture, compiled_text};

/// What an identity changed about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Changed {
    /// It gave itself a policy that allows everything.
    pub(crate) any_policy: bool,
    /// It removed its boundary.
    pub(crate) no_boundary: bool,
    /// Groups that it joined, by ARN.
    pub(crate) groups: BTreeSet<Arc<str>>,
}

impl Changed {
    pub(crate) fn names(&self) -> Vec<String> {
        let flags = [
            (self.any_policy, "any-policy"),
            (self.no_boundary, "no-boundary"),
        ];
        let flags = flags.into_iter().filter(|(is, _)| *is);
        let flags = flags.map(|(_, name)| name.to_owned());
        flags
            .chain(self.groups.iter().map(ToString::to_string))
            .collect()
    }
}

/// Who is followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeKey {
    /// ARN of the user or role; of the suspect where it is neither.
    pub(crate) arn: Arc<str>,
    /// The suspect whose session it is.
    pub(crate) suspect: Option<usize>,
    pub(crate) changed: Changed,
}

/// Somebody who makes requests, at one moment.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) arn: Arc<str>,
    pub(crate) principal: Principal,
    pub(crate) account: Option<AccountId>,
    pub(crate) facts: PrincipalFacts,
    /// Everything but what belongs to the resource.
    pub(crate) stack: Stack,
    pub(crate) seen: Context,
    pub(crate) elsewhere: Context,
    /// On what everything that it may do depends.
    pub(crate) limits: Vec<Condition>,
    /// Why its policies are not known.
    pub(crate) why_unknown: Option<String>,
}

static EVERYTHING: LazyLock<Option<Arc<CompiledPolicy>>> = LazyLock::new(|| {
    let text =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    compiled_text("a policy that it gives itself", text, PolicyKind::Identity).ok()
});

/// ARN of the user or role behind a principal, as IAM knows it where the picture has it.
pub(crate) fn base_arn(picture: &Picture, arn: &str) -> Arc<str> {
    if let Some((known, _)) = picture.by_arn.get_key_value(arn) {
        return Arc::clone(known);
    }
    // Sessions carry no path, and records name roles and users without it.
    let (plain, account, name) = match Principal::parse(arn) {
        Ok(Principal::RoleSession {
            account, role_name, ..
        }) => {
            let plain = format!("arn:aws:iam::{account}:role/{role_name}");
            (plain, account, role_name.to_string())
        }
        Ok(Principal::Role { account, .. } | Principal::User { account, .. }) => {
            let name = arn.rsplit('/').next().unwrap_or_default();
            (arn.to_owned(), account, name.to_owned())
        }
        _ => return arn.into(),
    };
    if let Some((known, _)) = picture.by_arn.get_key_value(&*plain) {
        return Arc::clone(known);
    }
    let is_role = plain.contains(":role/");
    let end = format!("/{name}");
    let with_path = picture.people.iter().find(|person| {
        person.is_role == is_role
            && person.identity.account == account
            && person.arn.ends_with(&end)
    });
    with_path.map_or_else(|| plain.into(), |person| Arc::clone(&person.arn))
}

/// The session policies of a suspect.
pub(crate) fn session_policies(picture: &Picture, suspect: &Suspect) -> Known<Policies> {
    let mut policies = Policies::new();
    for (number, text) in suspect.session_policies.iter().enumerate() {
        let name = format!("session policy {}", number + 1);
        match compiled_text(&name, text, PolicyKind::Session) {
            Ok(policy) => policies.push(policy),
            Err(_) => return Known::Unknown,
        }
    }
    for arn in &suspect.policy_arns {
        match picture.managed.get(arn) {
            Some(policy) => policies.push(Arc::clone(policy)),
            None => return Known::Unknown,
        }
    }
    Known::Is(policies)
}

impl Actor {
    /// Somebody at a moment.
    pub(crate) fn of(
        picture: &Picture,
        keys: &Keys,
        key: &NodeKey,
        suspects: &[Suspect],
    ) -> Option<Self> {
        let person = picture
            .by_arn
            .get(&key.arn)
            .and_then(|place| picture.person(*place));
        let suspect = key.suspect.and_then(|number| suspects.get(number));
        let principal = principal(person, suspect, &key.arn)?;
        let account = principal.account();
        let controls = account.and_then(|account| picture.controls.get(&account));
        let mut stack = Stack::default();
        let mut why_unknown = None;
        match person {
            Some(person) => {
                stack.identity = person.identity.policies.clone();
                stack.boundary = person.identity.boundary.clone();
                why_unknown.clone_from(&person.why_unknown);
            }
            None if matches!(principal, Principal::Root { .. }) => {}
            None => {
                stack.identity = Known::Unknown;
                stack.boundary = Known::Unknown;
                why_unknown = Some(format!("the policies of {} were not collected", key.arn));
            }
        }
        change(&mut stack, &key.changed, picture);
        if let Some(suspect) = suspect {
            stack.session = session_policies(picture, suspect);
            if stack.session.known().is_none() {
                let why = "a session policy is not at hand, or cannot be read".to_owned();
                why_unknown = why_unknown.or(Some(why));
            }
        }
        let mut limits = Vec::new();
        let is_management = controls.is_some_and(|controls| controls.is_management);
        match controls.and_then(|controls| controls.service.clone()) {
            Some(levels) => stack.service_control = Known::Is(levels),
            None if is_management => {}
            None => limits.push(Condition::Policy {
                what: "service-control-policies".to_owned(),
                permission: "organizations:ListPoliciesForTarget".to_owned(),
            }),
        }
        let organisation = controls.and_then(|controls| controls.organisation.as_deref());
        let unique_id = person.and_then(|person| person.identity.unique_id.clone());
        let facts = PrincipalFacts {
            is_service_linked_role: false,
            is_management_account: is_management,
            unique_id,
        };
        Some(Self {
            arn: Arc::clone(&key.arn),
            account,
            facts,
            seen: keys.context(person, suspect, organisation, Network::Seen),
            elsewhere: keys.context(person, suspect, organisation, Network::Any),
            principal,
            stack,
            limits,
            why_unknown,
        })
    }

    /// Somebody without policies of its own, in the same circumstances.
    pub(crate) fn bare(&self) -> Self {
        Self {
            arn: Arc::clone(&self.arn),
            principal: self.principal.clone(),
            account: self.account,
            facts: PrincipalFacts::default(),
            stack: Stack::default(),
            seen: self.seen.clone(),
            elsewhere: self.elsewhere.clone(),
            limits: Vec::new(),
            why_unknown: None,
        }
    }

    /// Whether some Allow statement of its own policies may concern the action; true when they are
    /// not known.
    pub(crate) fn mentions(&self, action: &rempart_aws_model::ActionName) -> bool {
        let Known::Is(policies) = &self.stack.identity else {
            return true;
        };
        matches!(self.principal, Principal::Root { .. })
            || policies.iter().any(|policy| {
                let mut concerning = policy.concerning(action);
                concerning.any(|(_, one)| one.effect == rempart_policy::document::Effect::Allow)
            })
    }
}

/// Whether two stacks hold the same policies of an identity.
pub(crate) fn same_stack(one: &Stack, other: &Stack) -> bool {
    fn same(one: &CompiledPolicy, other: &CompiledPolicy) -> bool {
        one.name() == other.name() && one.policy() == other.policy()
    }
    let listed = |one: &Known<Policies>, other: &Known<Policies>| match (one, other) {
        (Known::Is(one), Known::Is(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| same(one, other))
        }
        (Known::Unknown, Known::Unknown) => true,
        _ => false,
    };
    let boundary = match (&one.boundary, &other.boundary) {
        (Known::Is(None), Known::Is(None)) | (Known::Unknown, Known::Unknown) => true,
        (Known::Is(Some(one)), Known::Is(Some(other))) => same(one, other),
        _ => false,
    };
    boundary && listed(&one.identity, &other.identity) && listed(&one.session, &other.session)
}

fn change(stack: &mut Stack, changed: &Changed, picture: &Picture) {
    if changed.no_boundary {
        stack.boundary = Known::Is(None);
    }
    for group in &changed.groups {
        let found = picture.groups.iter().find(|one| one.arn == *group);
        let more = found.map_or(Known::Unknown, |group| group.policies.clone());
        stack.identity = match (&stack.identity, more) {
            (Known::Is(own), Known::Is(more)) => {
                Known::Is(own.iter().chain(&more).cloned().collect())
            }
            _ => Known::Unknown,
        };
    }
    if changed.any_policy
        && let (Known::Is(own), Some(everything)) = (&mut stack.identity, &*EVERYTHING)
    {
        // Its Deny statements stay until it removes them; that it may is not assumed.
        own.push(Arc::clone(everything));
    }
}

fn principal(person: Option<&Person>, suspect: Option<&Suspect>, arn: &str) -> Option<Principal> {
    let named = suspect.and_then(|suspect| Principal::parse(&suspect.arn).ok());
    match (named, person) {
        (
            Some(Principal::RoleSession {
                arn,
                account,
                role_name,
                ..
            }),
            person,
        ) => Some(Principal::RoleSession {
            arn,
            account,
            role_name,
            role_arn: person.map(|person| (&*person.arn).into()),
        }),
        (Some(named), _) => Some(named),
        (None, Some(person)) => Some(person.identity.principal.clone()),
        (None, None) => Principal::parse(arn).ok(),
    }
}
