//! The requests of one action: which keys they carry, where the values come from, what always holds.

mod bound;
mod examples;
mod facts;

pub use examples::resource as example_resource;

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_model::{
    AccountId, Action, ActionName, KeyFields, ShapeKind, action, key_fields, request_fields,
};
use rempart_policy::context::{Context, KeyName};
use rempart_policy::{Principal, Reference, Request};

use crate::ask::Domain;
use crate::formula::{ComponentId, Formula};
use crate::language::{Glob, Language};
use crate::problem::{Component, Problem};
use crate::solve::Reason;

use bound::listed;

/// Who calls, in a question about all requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A session of any role of the account, service-linked ones excepted
    AnyRole(AccountId),
    /// Any user of the account
    AnyUser(AccountId),
    /// This principal
    Named(Principal),
}

/// Whether AWS fills a condition key with the default when a request omits the field. AWS documents
/// it for no key of SageMaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Presence {
    /// It does, for every key with a default
    Always,
    /// It does not
    IffPresent,
    /// Each key may be one or the other: what is proved holds either way
    #[default]
    Unknown,
}

/// What a question is about, beside action and policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Who calls.
    pub caller: Caller,
    /// Account of the resource; the caller's where `None`.
    pub resource_account: Option<AccountId>,
    /// What AWS does with omitted fields.
    pub presence: Presence,
}

/// Where the value of a condition key comes from.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    /// No request carries it
    Absent,
    /// Every request carries this value
    Fixed(Arc<str>),
    /// A component; with a default that AWS may fill in when it is absent
    Component(ComponentId, Option<(&'static str, Formula)>),
    /// An old name of another key, which AWS may still fill
    Renamed(Box<Bound>, Formula),
}

/// The requests of one action.
#[derive(Debug)]
pub struct Model {
    /// Components and formulas.
    pub problem: Problem,
    pub(crate) action: &'static Action,
    pub(crate) setting: Setting,
    /// A request of the caller, for what follows from the caller alone.
    pub(crate) representative: Request,
    pub(crate) keys: Vec<(KeyName, Bound)>,
    fields: &'static [KeyFields],
    /// Components that are fields without a condition key, by path.
    pub(crate) bare_fields: Vec<(Box<str>, ComponentId)>,
    resource: Option<Bound>,
    pub(crate) assumptions: BTreeSet<String>,
    /// Some statement names principals other than everybody.
    pub(crate) looks_at_principal: bool,
    /// What could not be expressed.
    pub(crate) unsupported: BTreeSet<String>,
}

/// Longest list of values that an enumeration is held to; longer ones grow with every launch of an
/// instance type.
const SHORT_ENUMERATION: usize = 8;

impl Model {
    /// The requests of an action.
    ///
    /// # Errors
    /// The authorization reference does not list the action.
    pub fn new(name: &ActionName, setting: Setting) -> Result<Self, Reason> {
        let Some(action) = action(name.as_str()) else {
            return Err(Reason::Unsupported(
                format!(
                    "the authorization reference lists no action `{}`",
                    name.as_str()
                )
                .into(),
            ));
        };
        let principal = match &setting.caller {
            Caller::AnyRole(account) => example_principal(&examples::role(*account)),
            Caller::AnyUser(account) => example_principal(&examples::user(*account)),
            Caller::Named(principal) => Ok(principal.clone()),
        }?;
        let account = setting.resource_account.or(principal.account());
        let partition = principal.partition().unwrap_or("aws");
        let resource = examples::resource(action, account, partition);
        let representative = Request::new(
            &mut Reference::new(),
            name.clone(),
            principal,
            &resource,
            account,
            Context::new(),
        );
        Ok(Self {
            problem: Problem::default(),
            action,
            setting,
            representative,
            keys: Vec::new(),
            fields: key_fields(action),
            bare_fields: Vec::new(),
            resource: None,
            assumptions: BTreeSet::new(),
            looks_at_principal: false,
            unsupported: BTreeSet::new(),
        })
    }

    /// The action.
    pub fn action(&self) -> &'static Action {
        self.action
    }

    pub(crate) fn bind(&mut self, name: &KeyName) -> Bound {
        let known = self.keys.iter().find(|(key, _)| key.is_same(name));
        if let Some((_, bound)) = known {
            return bound.clone();
        }
        let bound = self.new_bound(name);
        self.keys.push((name.clone(), bound.clone()));
        bound
    }

    /// A field without a condition key: policies do not see it.
    pub(crate) fn bare_field(&mut self, path: &str) -> Option<ComponentId> {
        if let Some((_, id)) = self.bare_fields.iter().find(|(known, _)| **known == *path) {
            return Some(*id);
        }
        let field = request_fields(self.action)
            .iter()
            .find(|field| *field.path == *path)?;
        let mut domain = Domain::default();
        match field.kind {
            ShapeKind::Boolean => domain = listed(["false", "true"]),
            ShapeKind::Integer | ShapeKind::Long => domain.is_whole = true,
            ShapeKind::Structure => domain = listed(["{}"]),
            _ => {}
        }
        let id = self.problem.add_component(Component {
            name: path.into(),
            is_multi: field.is_repeated,
            can_be_absent: !field.required,
            domain,
            asks: Vec::new(),
            examples: vec!["example".into()],
        });
        self.bare_fields.push((path.into(), id));
        Some(id)
    }

    /// The condition keys that are filled from fields, with the fields.
    pub fn key_fields(&self) -> &'static [KeyFields] {
        self.fields
    }

    /// The resource.
    pub(crate) fn resource(&mut self) -> Bound {
        if let Some(bound) = &self.resource {
            return bound.clone();
        }
        let account = self
            .setting
            .resource_account
            .or(self.representative.principal().account());
        let principal = self.representative.principal();
        let partition = principal.partition().unwrap_or("aws").to_owned();
        let patterns = examples::resource_patterns(self.action, account, &partition);
        let bound = if self.action.resources.is_empty() {
            Bound::Fixed("*".into())
        } else {
            let globs = patterns.iter().map(|pattern| Glob::resource(pattern));
            let mut globs: Vec<Glob> = globs.collect();
            if self
                .action
                .resources
                .iter()
                .all(|resource| !resource.required)
            {
                globs.push(Glob::literal("*"));
            }
            let example = examples::resource(self.action, account, &partition);
            let id = self.problem.add_component(Component {
                name: "resource".into(),
                is_multi: false,
                can_be_absent: false,
                domain: Domain {
                    within: Some(Language::new(globs)),
                    ..Domain::default()
                },
                asks: Vec::new(),
                examples: vec![example.into()],
            });
            Bound::Component(id, None)
        };
        self.resource = Some(bound.clone());
        bound
    }

    pub(crate) fn known_resource(&self) -> Option<&Bound> {
        self.resource.as_ref()
    }

    /// A component that has this value always.
    pub(crate) fn fixed_component(&mut self, name: &str, value: &str) -> ComponentId {
        self.problem.add_component(Component {
            name: name.into(),
            is_multi: false,
            can_be_absent: false,
            domain: listed([value]),
            asks: Vec::new(),
            examples: Vec::new(),
        })
    }

    /// Facts about the keys and fields that were named; to be called when all questions are asked.
    pub fn finish(&mut self) {
        facts::add(self);
    }

    /// Whether some policy or property looked at who calls.
    pub fn depends_on_caller(&self) -> bool {
        let by_key = self.keys.iter().any(|(name, _)| {
            let folded = name.folded();
            folded.starts_with("aws:principal") || folded.starts_with("aws:user")
        });
        by_key || self.looks_at_principal
    }

    /// What the answer rests on, in words.
    pub fn assumptions(&self) -> impl Iterator<Item = &str> {
        self.assumptions.iter().map(String::as_str)
    }
}

fn example_principal(arn: &str) -> Result<Principal, Reason> {
    Principal::parse(arn).map_err(|error| Reason::Unsupported(error.to_string().into()))
}
