//! Policies in the form in which they decide: indexed by service, patterns and values prepared.
//! Nothing is interpreted at decision time, and no regular expression is involved.

pub(crate) mod action;
pub(crate) mod principal;
pub(crate) mod resource;
pub(crate) mod test;
pub(crate) mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use rempart_aws_model::ActionName;

use crate::document::{Effect, Policy, PolicyKind, Statement};
use crate::request::Request;
use crate::truth::Truth;
use action::{ActionSet, RequestAction};
use principal::{Forms, PrincipalSet};
use resource::ResourceSet;
use test::Test;

/// A compiled policy. Cheap to share; it keeps the document for explanations.
#[derive(Debug)]
pub struct CompiledPolicy {
    name: Arc<str>,
    policy: Arc<Policy>,
    statements: Box<[CompiledStatement]>,
    /// Statements whose actions all belong to one service, by folded service prefix, sorted.
    by_service: Box<[OfService]>,
    /// Statements that may concern every service.
    of_any_service: Box<[u32]>,
    is_public: bool,
}

/// A folded service prefix and the numbers of its statements.
type OfService = (Box<str>, Box<[u32]>);

/// A compiled statement.
#[derive(Debug)]
pub(crate) struct CompiledStatement {
    pub(crate) number: u32,
    pub(crate) effect: Effect,
    pub(crate) actions: ActionSet,
    pub(crate) resources: Option<ResourceSet>,
    pub(crate) principals: Option<PrincipalSet>,
    pub(crate) tests: Box<[Test]>,
    /// Some value of its conditions is not of the type of its operator.
    pub(crate) is_malformed: bool,
}

impl CompiledPolicy {
    /// Compiles a document under a name for explanations.
    pub fn new(name: &str, policy: Arc<Policy>) -> Self {
        let mut statements = Vec::with_capacity(policy.statements.len());
        let mut by_service: BTreeMap<Box<str>, Vec<u32>> = BTreeMap::new();
        let mut of_any_service = Vec::new();
        for (statement, number) in policy.statements.iter().zip(0_u32..) {
            let compiled = CompiledStatement::new(&policy, statement, number);
            match compiled.actions.services() {
                None => of_any_service.push(number),
                Some(services) => {
                    for service in services {
                        by_service.entry(service).or_default().push(number);
                    }
                }
            }
            statements.push(compiled);
        }
        let is_public = policy.kind == PolicyKind::Resource && crate::public::is_public(&policy);
        let by_service = by_service
            .into_iter()
            .map(|(service, numbers)| (service, numbers.into_boxed_slice()));
        Self {
            name: name.into(),
            statements: statements.into(),
            by_service: by_service.collect(),
            of_any_service: of_any_service.into(),
            is_public,
            policy,
        }
    }

    /// The name for explanations.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// The document.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether S3 would call it public (S3 User Guide, "The meaning of public"). False for policies
    /// that are no resource policies.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// The statements whose action element matches, with their numbers from 0.
    pub fn concerning<'a>(
        &'a self,
        action: &ActionName,
    ) -> impl Iterator<Item = (usize, &'a Statement)> {
        let action = RequestAction::new(action);
        let statements = self.statements.iter().zip(&self.policy.statements);
        statements
            .enumerate()
            .filter(move |(_, (compiled, _))| compiled.actions.matches(&action))
            .map(|(number, (_, statement))| (number, statement))
    }

    /// In which forms the principal element of a statement names the caller; directly where the
    /// statement has no such element.
    pub fn forms_of(&self, number: usize, request: &Request, has_boundary: bool) -> Forms {
        let statement = self.statements.get(number);
        match statement.map(|statement| (&statement.principals, statement.effect)) {
            Some((Some(principals), effect)) => {
                principals.forms(request, effect, has_boundary.into())
            }
            Some((None, _)) => Forms {
                direct: Truth::True,
                ..Forms::default()
            },
            None => Forms::default(),
        }
    }

    /// The statements whose action may concern the request.
    pub(crate) fn candidates(
        &self,
        action: &RequestAction,
    ) -> impl Iterator<Item = &CompiledStatement> {
        let of_service = self
            .by_service
            .binary_search_by(|(service, _)| (**service).cmp(action.service()))
            .ok()
            .and_then(|at| self.by_service.get(at))
            .map(|(_, numbers)| &**numbers)
            .unwrap_or_default();
        of_service
            .iter()
            .chain(&*self.of_any_service)
            .filter_map(|number| self.statements.get(*number as usize))
            .filter(|statement| statement.actions.matches(action))
    }

    /// All statements.
    pub(crate) fn statements(&self) -> &[CompiledStatement] {
        &self.statements
    }

    /// The statement as written.
    pub(crate) fn source(&self, statement: &CompiledStatement) -> Option<&Statement> {
        self.policy.statements.get(statement.number as usize)
    }
}

impl CompiledStatement {
    fn new(policy: &Policy, statement: &Statement, number: u32) -> Self {
        let version = policy.version.unwrap_or_default();
        let resources = statement
            .resource
            .as_ref()
            .map(|patterns| ResourceSet::new(patterns, version));
        let tests = statement.conditions.iter().zip(0_u32..);
        let is_malformed = statement
            .conditions
            .iter()
            .any(|entry| crate::explain::malformed_values(entry).next().is_some());
        Self {
            is_malformed,
            number,
            effect: statement.effect,
            actions: ActionSet::new(&statement.action),
            resources,
            principals: statement.principal.as_ref().map(PrincipalSet::new),
            tests: tests
                .map(|(entry, number)| Test::new(entry, number, version))
                .collect(),
        }
    }

    /// Whether the resource matches. A statement without the element concerns what its policy is
    /// attached to.
    pub(crate) fn resource_truth(
        &self,
        resource: resource::Target<'_>,
        context: &crate::context::Context,
    ) -> Truth {
        match &self.resources {
            Some(resources) => resources.truth(resource, context),
            None => Truth::True,
        }
    }

    /// Whether all conditions hold.
    pub(crate) fn condition_truth(&self, context: &crate::context::Context) -> Truth {
        let mut truth = Truth::True;
        for test in &self.tests {
            truth = truth.and(test.truth(context));
            if truth.is_false() {
                break;
            }
        }
        truth
    }
}
