//! Controls, an estate and options: everything that a verdict depends on.

mod parameters;
mod verdict;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rempart_estate::{Estate, Place, Resource, kind};
use rempart_findings::compliance::{CheckEvidence, Verdict};
use serde_json::Value as Json;

use crate::cache::Cache;
use crate::context::{Context, Shared};
use crate::control::{Control, ControlSet, Scope};
use crate::excerpt;
use crate::expression::{Arena, ReasonCode, Unknown};
use crate::functions::Indexes;

pub use parameters::{Parameters, ParametersError};
pub use verdict::Judgement;

/// How controls are to be judged.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The strict profile: isolation and VPC, egress rules, a customer key everywhere.
    pub strict: bool,
    /// Parameters of controls.
    pub parameters: Parameters,
}

/// What one verdict is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A resource.
    Resource(&'a Resource),
    /// An account in a Region, or an account.
    Place(&'a Place),
}

/// A question of another control: the control asked, and the resource's kind, identifier and place.
type Question = (String, &'static str, String, Place);

/// The answer to a question of another control, with the evidence for it.
type Passed = (Result<bool, Unknown>, Vec<Arc<CheckEvidence>>);

/// Controls over an estate. It can be shared between threads.
pub struct Session<'e> {
    pub(crate) controls: &'e ControlSet,
    pub(crate) estate: &'e Estate,
    strict: bool,
    /// Parameters of each control, and the paths of its excerpts, in the order of the controls.
    params: Vec<Json>,
    paths: Vec<Vec<String>>,
    passed: Mutex<HashMap<Question, Passed>>,
    /// What functions remember between resources.
    pub(crate) cache: Cache,
    pub(crate) indexes: Indexes,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Session")
            .field("controls", &self.controls.controls.len())
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

static NO_PARAMS: Json = Json::Null;

impl<'e> Session<'e> {
    /// A session.
    pub fn new(controls: &'e ControlSet, estate: &'e Estate, options: &Options) -> Self {
        let all = controls.controls.iter();
        Self {
            controls,
            estate,
            strict: options.strict,
            params: all
                .map(|control| Json::Object(options.parameters.of(control)))
                .collect(),
            paths: controls.controls.iter().map(excerpt::paths).collect(),
            passed: Mutex::new(HashMap::new()),
            cache: Cache::default(),
            indexes: Indexes::default(),
        }
    }

    /// The verdict of a control.
    pub fn judge(&self, control: &Control, subject: Subject<'_>) -> Judgement {
        self.judge_at(control, subject, 0)
    }

    /// The verdicts of several controls about one resource, in their order.
    pub(crate) fn judge_all<'c>(
        &self,
        controls: impl IntoIterator<Item = &'c Control>,
        resource: &Resource,
        mut taken: impl FnMut(&'c Control, Judgement),
    ) {
        let arena = Arena::default();
        let shared = Shared::default();
        for control in controls {
            let place = &resource.place;
            let context = Context::new(self, &arena, control, place, Some(resource), &shared, 0);
            let judgement = verdict::judge(control, &context);
            drop(context);
            taken(control, judgement);
        }
    }

    fn judge_at(&self, control: &Control, subject: Subject<'_>, depth: u8) -> Judgement {
        let arena = Arena::default();
        let shared = Shared::default();
        let (place, resource) = match subject {
            Subject::Resource(resource) => (&resource.place, Some(resource)),
            Subject::Place(place) => (place, None),
        };
        let context = Context::new(self, &arena, control, place, resource, &shared, depth);
        verdict::judge(control, &context)
    }

    pub(crate) fn strict(&self) -> bool {
        self.strict
    }

    pub(crate) fn params(&self, control: &Control) -> &Json {
        let params = self
            .place_of(control)
            .and_then(|place| self.params.get(place));
        params.unwrap_or(&NO_PARAMS)
    }

    /// The paths of the evidence that excerpts show.
    pub(crate) fn excerpt_paths(&self, control: &Control) -> &[String] {
        let paths = self
            .place_of(control)
            .and_then(|place| self.paths.get(place));
        paths.map_or(&[], Vec::as_slice)
    }

    fn place_of(&self, control: &Control) -> Option<usize> {
        let controls = &self.controls.controls;
        let place = controls.binary_search_by(|known| known.id.cmp(&control.id));
        place.ok()
    }

    /// Whether an operation is the one whose answer is the resource's own body.
    pub(crate) fn is_own(&self, resource: &Resource, operation: &str) -> bool {
        kind(resource.kind).and_then(rempart_estate::Kind::primary) == Some(operation)
    }

    /// Whether a control passes for a resource; remembered, because many resources ask about the same
    /// bucket.
    pub(crate) fn passes(&self, id: &str, resource: &Resource, depth: u8) -> Passed {
        let key = (
            id.to_owned(),
            resource.kind,
            resource.id.clone(),
            resource.place.clone(),
        );
        if let Ok(known) = self.passed.lock()
            && let Some(passed) = known.get(&key)
        {
            return passed.clone();
        }
        let Some(control) = self.controls.control(id) else {
            let missing = format!("control {id} is not loaded");
            return (
                Err(Unknown::new(ReasonCode::Unsupported, missing)),
                Vec::new(),
            );
        };
        let same_kind = control.scope == Scope::Resource && control.kind == resource.kind;
        if !same_kind {
            let other = format!("control {id} is not about {}", resource.kind);
            return (
                Err(Unknown::new(ReasonCode::Unsupported, other)),
                Vec::new(),
            );
        }
        let judgement = self.judge_at(control, Subject::Resource(resource), depth);
        let passes = match judgement.verdict {
            Verdict::Pass | Verdict::NotApplicable => Ok(true),
            Verdict::Fail | Verdict::Muted => Ok(false),
            Verdict::Unknown => Err(judgement.unknown.unwrap_or_else(|| {
                Unknown::new(ReasonCode::Unsupported, format!("{id} is not known"))
            })),
        };
        let passed = (passes, judgement.evidence);
        // A circle is cut at a depth that depends on where it was entered: such an answer is not kept.
        if depth <= 1
            && let Ok(mut known) = self.passed.lock()
        {
            known.insert(key, passed.clone());
        }
        passed
    }
}
