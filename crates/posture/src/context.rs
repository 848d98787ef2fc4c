//! What surrounds one evaluation: the resource, its evidence, the rest of the estate.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use rempart_estate::{EvidenceRef, Found, Gap, Place, Resource};
use rempart_findings::compliance::CheckEvidence;
use serde_json::Value as Json;

use crate::control::Control;
use crate::expression::{Arena, Host, ReasonCode, Unknown, Value, Variables};
use crate::functions::{self, timestamp};
use crate::session::Session;

/// Deepest chain of controls that ask other controls.
const DEEPEST: u8 = 8;

/// What all controls about one resource share: its body is read and decoded once.
#[derive(Default)]
pub(crate) struct Shared<'a> {
    own: OnceCell<Known<'a>>,
}

/// A body with the answers that it was read from.
type Known<'a> = (Result<&'a Json, Unknown>, Vec<Arc<CheckEvidence>>);

/// The context of one evaluation of one control.
pub(crate) struct Context<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) arena: &'a Arena,
    pub(crate) control: &'a Control,
    pub(crate) params: &'a Json,
    pub(crate) place: &'a Place,
    /// The resource; none when the verdict is about a place.
    pub(crate) resource: Option<&'a Resource>,
    shared: &'a Shared<'a>,
    depth: u8,
    evidence: OnceCell<Result<&'a Json, Unknown>>,
    used: RefCell<Vec<Arc<CheckEvidence>>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        session: &'a Session<'a>,
        arena: &'a Arena,
        control: &'a Control,
        place: &'a Place,
        resource: Option<&'a Resource>,
        shared: &'a Shared<'a>,
        depth: u8,
    ) -> Self {
        Self {
            session,
            arena,
            control,
            params: session.params(control),
            place,
            resource,
            shared,
            depth,
            evidence: OnceCell::new(),
            used: RefCell::new(Vec::new()),
        }
    }

    /// The answers that were read, in the order of reading.
    pub(crate) fn used(&self) -> Vec<Arc<CheckEvidence>> {
        self.used.borrow().clone()
    }

    /// When the evidence was collected, in seconds since 1970. The first answer that says it counts.
    pub(crate) fn as_of(&self) -> Option<f64> {
        // Reading the evidence notes when it was collected.
        let _ = self.evidence();
        let used = self.used.borrow();
        let times = used.iter().filter_map(|evidence| evidence.at.as_deref());
        times.filter_map(timestamp).next()
    }

    /// A resource by identifier, name or ARN.
    pub(crate) fn find(&self, kind: &str, reference: &str) -> Result<&'a Resource, Unknown> {
        self.session
            .estate
            .find(kind, reference, self.place)
            .map_err(gap)
    }

    /// What a resource's own operation answered.
    pub(crate) fn body(&self, resource: &'a Resource) -> Result<&'a Json, Unknown> {
        let is_subject = self.resource.is_some_and(|own| std::ptr::eq(own, resource));
        if !is_subject {
            return self.found(self.session.estate.own(resource));
        }
        let (body, evidence) =
            self.shared
                .own
                .get_or_init(|| match self.session.estate.own(resource).map_err(gap) {
                    Ok(found) => {
                        let pages = std::iter::once(found.evidence).chain(found.further);
                        let evidence = pages.map(cited).collect();
                        (Ok(self.arena.share(found.body)), evidence)
                    }
                    Err(unknown) => (Err(unknown), Vec::new()),
                });
        for one in evidence {
            self.cite(Arc::clone(one));
        }
        body.clone()
    }

    /// What an operation answered about this resource, or about this place.
    pub(crate) fn answer(&self, operation: &str) -> Result<&'a Json, Unknown> {
        match self.resource {
            Some(resource) => self.answer_about(operation, resource),
            None => self.answer_here(operation),
        }
    }

    /// What an operation answered about a resource. `{}` when AWS said that there is nothing.
    pub(crate) fn answer_about(
        &self,
        operation: &str,
        resource: &Resource,
    ) -> Result<&'a Json, Unknown> {
        self.found(self.session.estate.answer(operation, resource))
    }

    /// What an operation answered about this place, or about the account when it has no regions.
    pub(crate) fn answer_here(&self, operation: &str) -> Result<&'a Json, Unknown> {
        self.found(self.session.estate.answer_in(operation, self.place))
    }

    fn found(&self, found: Result<Found, Gap>) -> Result<&'a Json, Unknown> {
        let found = found.map_err(gap)?;
        self.note(found.evidence);
        for evidence in found.further {
            self.note(evidence);
        }
        Ok(self.arena.share(found.body))
    }

    /// Takes note of an answer that was read.
    pub(crate) fn note(&self, evidence: EvidenceRef) {
        self.cite(cited(evidence));
    }

    fn cite(&self, evidence: Arc<CheckEvidence>) {
        let mut used = self.used.borrow_mut();
        if !used.contains(&evidence) {
            used.push(evidence);
        }
    }

    /// Whether another control passes for a resource.
    pub(crate) fn passes(&self, control: &str, resource: &'a Resource) -> Result<bool, Unknown> {
        if self.depth >= DEEPEST {
            return Err(Unknown::new(
                ReasonCode::Unsupported,
                "controls ask each other in a circle",
            ));
        }
        let (passes, used) = self.session.passes(control, resource, self.depth + 1);
        for evidence in used {
            self.cite(evidence);
        }
        passes
    }
}

impl<'a> Variables<'a> for Context<'a> {
    fn evidence(&self) -> Result<&'a Json, Unknown> {
        let evidence = self.evidence.get_or_init(|| {
            let operation = self.control.evidence.as_str();
            match self.resource {
                Some(resource) if self.session.is_own(resource, operation) => self.body(resource),
                _ => self.answer(operation),
            }
        });
        evidence.clone()
    }

    fn own(&self) -> Result<&'a Json, Unknown> {
        match self.resource {
            Some(resource) => self.body(resource),
            None => Err(Unknown::new(
                ReasonCode::Unsupported,
                "`self` has no meaning for a place",
            )),
        }
    }

    fn id(&self) -> &'a str {
        match self.resource {
            Some(resource) => &resource.id,
            None => &self.place.account,
        }
    }

    fn arn(&self) -> Result<&'a str, Unknown> {
        let arn = self.resource.and_then(|resource| resource.arn.as_deref());
        arn.ok_or_else(|| Unknown::new(ReasonCode::Unresolvable, "the ARN is not known"))
    }

    fn account(&self) -> &'a str {
        &self.place.account
    }

    fn region(&self) -> &'a str {
        &self.place.region
    }

    fn params(&self) -> &'a Json {
        self.params
    }

    fn strict(&self) -> bool {
        self.session.strict()
    }
}

impl<'a> Host<'a> for Context<'a> {
    fn call(&self, function: usize, arguments: &[Value<'a>]) -> Result<Value<'a>, Unknown> {
        functions::call(self, function, arguments)
    }
}

/// An answer as results cite it.
fn cited(evidence: EvidenceRef) -> Arc<CheckEvidence> {
    Arc::new(CheckEvidence {
        source: evidence.source,
        line: evidence.line,
        operation: evidence.operation,
        sha256: evidence.sha256,
        at: evidence.at,
    })
}

/// The reason behind missing evidence.
pub(crate) fn gap(gap: Gap) -> Unknown {
    let detail = gap.to_string();
    match gap {
        Gap::AccessDenied { action } => Unknown::denied(&detail, action),
        Gap::Throttled { .. } => Unknown::new(ReasonCode::Throttled, detail),
        Gap::Failed { .. } => Unknown::new(ReasonCode::Failed, detail),
        Gap::NotReady { .. } => Unknown::new(ReasonCode::NotReady, detail),
        Gap::Unresolvable { .. } => Unknown::new(ReasonCode::Unresolvable, detail),
        Gap::KnownAfterApply { .. } => Unknown::new(ReasonCode::KnownAfterApply, detail),
        Gap::NotInRegion { .. } => Unknown::new(ReasonCode::NotInRegion, detail),
        Gap::NotEvaluated { .. } => Unknown::new(ReasonCode::NotEvaluated, detail),
        // The enumeration may grow: what is not known here was not collected.
        _ => Unknown::new(ReasonCode::NotCollected, detail),
    }
}
