//! Judging a whole estate: every control over every resource that it concerns.

mod order;
mod work;

use std::sync::Arc;

use rempart_estate::{Gap, Place, Resource, kind};
use rempart_findings::compliance::{
    Address, CheckResult, CheckSummary, ControlRef, Reason, Resource as Judged, Verdict,
};

use crate::context::gap as unknown_of;
use crate::control::{Control, Scope};
use crate::expression::Unknown;
use crate::mutes::Mutes;
use crate::session::{Judgement, Session, Subject};
use work::Work;

/// How an estate is judged.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions<'a> {
    /// The controls that are asked, in the order of the set.
    pub controls: &'a [&'a Control],
    /// Failures that somebody accepted.
    pub mutes: &'a Mutes,
    /// Number of threads, at least one.
    pub threads: usize,
    /// The estate is a plan: it holds what will be created, and says nothing about the rest of the
    /// account. Controls about accounts and Regions are not asked, and kinds that the plan does not
    /// mention have no results.
    pub planned: bool,
}

/// Judges an estate and gives each result to `sink`, in an order that does not depend on the number
/// of threads: places first, then resources by kind, place and identifier. The summary counts them.
///
/// # Errors
/// What `sink` gives; the rest of the work is then left.
pub fn run<E: Send>(
    session: &Session<'_>,
    options: &RunOptions<'_>,
    summary: &mut CheckSummary,
    sink: &mut dyn FnMut(&CheckResult) -> Result<(), E>,
) -> Result<(), E> {
    let asked: Vec<Asked<'_>> = options
        .controls
        .iter()
        .map(|control| (*control, Arc::new(reference(control))))
        .collect();
    for (_, reference) in &asked {
        summary.register(reference);
    }
    let work = Work::of(session.estate, options);
    let judge = Judge {
        session,
        options,
        asked: &asked,
    };
    order::in_order(
        work.units(),
        options.threads,
        |unit| judge.unit(unit),
        |done| {
            summary.resources = summary.resources.saturating_add(done.resources);
            for (operation, count) in done.not_evaluated {
                let known = summary.not_evaluated.entry(operation).or_default();
                *known = known.saturating_add(count);
            }
            for result in &done.results {
                summary.count(result);
                sink(result)?;
            }
            Ok(())
        },
    )
}

/// What one unit of work gave.
#[derive(Default)]
struct Done {
    results: Vec<CheckResult>,
    resources: u64,
    not_evaluated: Vec<(String, u64)>,
}

/// A control, and as results show it.
type Asked<'a> = (&'a Control, Arc<ControlRef>);

struct Judge<'j, 'e> {
    session: &'j Session<'e>,
    options: &'j RunOptions<'j>,
    asked: &'j [Asked<'j>],
}

impl Judge<'_, '_> {
    fn unit(&self, unit: &work::Unit<'_>) -> Done {
        let mut done = Done::default();
        match unit {
            work::Unit::Places(place) => {
                for asked in self.asked {
                    let control = asked.0;
                    if control.scope == Scope::Resource
                        || (control.scope == Scope::Account) != place.is_global()
                    {
                        continue;
                    }
                    let judgement = self.session.judge(control, Subject::Place(place));
                    let judged = Arc::new(placed(control, place));
                    done.results.push(self.result(asked, judged, judgement));
                }
            }
            work::Unit::Listing(kind, place, gap) => {
                for asked in self.about(kind) {
                    done.results.push(self.unlisted(asked, place, gap));
                }
            }
            work::Unit::Resources(kind, resources) => {
                for resource in *resources {
                    self.resource(kind, resource, &mut done);
                }
            }
        }
        done
    }

    fn resource(&self, kind: &str, resource: &Resource, done: &mut Done) {
        // A name such as `SageMaker:*` stands for kinds that have work of their own.
        let counts = kind == resource.kind || self.about(resource.kind).next().is_none();
        if let Err(Gap::NotEvaluated { operation }) = self.session.estate.body(resource) {
            if counts {
                done.not_evaluated.push((operation, 1));
            }
            return;
        }
        done.resources += u64::from(counts);
        let subject = Arc::new(judged(resource));
        let mut asked = self.about(kind);
        let controls = self.about(kind).map(|asked| asked.0);
        self.session.judge_all(controls, resource, |_, judgement| {
            if let Some(asked) = asked.next() {
                let result = self.result(asked, Arc::clone(&subject), judgement);
                done.results.push(result);
            }
        });
    }

    fn about(&self, kind: &str) -> impl Iterator<Item = &Asked<'_>> {
        self.asked
            .iter()
            .filter(move |(control, _)| control.scope == Scope::Resource && control.kind == kind)
    }

    /// The result for resources that could not be listed.
    fn unlisted(&self, asked: &Asked<'_>, place: &Place, gap: &Gap) -> CheckResult {
        let unknown = unknown_of(gap.clone());
        let absent = matches!(gap, Gap::NotInRegion { .. });
        let judgement = Judgement {
            verdict: if absent {
                Verdict::NotApplicable
            } else {
                Verdict::Unknown
            },
            message: gap.to_string(),
            unknown: (!absent).then_some(unknown),
            evidence: Vec::new(),
            excerpt: Vec::new(),
        };
        self.result(asked, Arc::new(placed_all(asked.0, place)), judgement)
    }

    fn result(
        &self,
        asked: &Asked<'_>,
        resource: Arc<Judged>,
        judgement: Judgement,
    ) -> CheckResult {
        let control = Arc::clone(&asked.1);
        let mute = match judgement.verdict {
            Verdict::Fail => self.options.mutes.mute(&control.id, &resource),
            _ => None,
        };
        let reason = match (&judgement.unknown, judgement.verdict) {
            (Some(unknown), _) => Some(reason_of(unknown)),
            (None, Verdict::NotApplicable) => Some(Reason {
                code: "not_applicable".to_owned(),
                detail: judgement.message.clone(),
                permission: None,
            }),
            _ => None,
        };
        let mut result = CheckResult {
            id: String::new(),
            verdict: if mute.is_some() {
                Verdict::Muted
            } else {
                judgement.verdict
            },
            control,
            reason,
            resource,
            message: judgement.message,
            excerpt: judgement.excerpt,
            evidence: judgement.evidence,
            mute,
        };
        result.assign_id();
        result
    }
}

/// The first reason, with what the others say in its detail.
fn reason_of(unknown: &Unknown) -> Reason {
    let reasons = unknown.reasons();
    // A missing permission is what a reader can do something about.
    let first = reasons
        .iter()
        .find(|reason| reason.permission.is_some())
        .or_else(|| reasons.first());
    Reason {
        code: first.map_or("", |reason| reason.code.as_str()).to_owned(),
        detail: unknown.told(),
        permission: first.and_then(|reason| reason.permission.clone()),
    }
}

fn judged(resource: &Resource) -> Judged {
    Judged {
        kind: resource.kind.to_owned(),
        id: resource.id.clone(),
        arn: resource.arn.clone(),
        account: resource.place.account.clone(),
        region: resource.place.region.clone(),
        address: resource.address.as_ref().map(|address| Address {
            source: address.file.clone().unwrap_or_default(),
            line: address.line,
            name: address.name.clone(),
        }),
    }
}

/// An account or Region as what was judged.
fn placed(control: &Control, place: &Place) -> Judged {
    Judged {
        kind: control.kind.clone(),
        id: place.to_string(),
        account: place.account.clone(),
        region: place.region.clone(),
        ..Judged::default()
    }
}

/// All resources of a kind in a place, when nobody knows which there are.
fn placed_all(control: &Control, place: &Place) -> Judged {
    Judged {
        id: "*".to_owned(),
        ..placed(control, place)
    }
}

/// A control as results show it.
pub fn reference(control: &Control) -> ControlRef {
    ControlRef {
        id: control.id.clone(),
        title: control.title.clone(),
        severity: control.severity,
        area: control.area.clone(),
        why: control.why.clone(),
        message: control.message.clone(),
        remediation: control.remediation.clone(),
        requirements: control.requirements.clone(),
        mappings: control.mappings.clone(),
        resource_kind: control.kind.clone(),
    }
}

/// Whether resources of a kind belong to accounts, not to Regions.
fn is_global(name: &str) -> bool {
    kind(name).is_some_and(rempart_estate::Kind::is_global)
}
