//! Where one identity leads in one step.

mod alterations;
mod pass_role;
mod roles;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_aws_model::ActionName;
use rempart_policy::{Reference, Stack};

use crate::asked::Keys;
use crate::classes::Matches;
use crate::gates::Gate;
use crate::model::{
    Condition, Gained, Label, Logged, LoggedOutcome, Missing, Step, StepKind, Suspect,
};
use crate::node::{Actor, Changed, NodeKey, base_arn};
use crate::picture::{Map, Picture};
use crate::table::Table;
use crate::targets::Target;
use crate::verdict::{Asker, Verdict};

/// Policies at a time.
#[derive(Debug)]
pub(crate) struct Moment {
    pub(crate) start: Timestamp,
    pub(crate) picture: Picture,
    /// Places of targets by what is decided.
    pub(crate) index: Map<Arc<str>, usize>,
    pub(crate) matches: Arc<Matches>,
    pub(crate) keys: Keys,
    /// See `State::structure`.
    pub(crate) structure: usize,
    /// Whom grants name that changed since the moment before.
    pub(crate) grantees: BTreeSet<String>,
}

impl Moment {
    /// Whether what followed from being somebody follows still: nothing changed but policies of others
    /// and grants to others.
    pub(crate) fn is_still(&self, key: &NodeKey, suspects: &[Suspect], before: &Expansion) -> bool {
        let Some(stack) = before
            .stack
            .as_ref()
            .filter(|_| before.structure == self.structure)
        else {
            return false;
        };
        let name = key.arn.rsplit('/').next().unwrap_or_default();
        let account = key.arn.split(':').nth(4).unwrap_or_default();
        let concerns = |grantee: &String| {
            grantee.ends_with(":root")
                || **grantee == *account
                || grantee.split(['/', ':']).any(|part| part == name)
        };
        if self.grantees.iter().any(concerns) {
            return false;
        }
        let actor = Actor::of(&self.picture, &self.keys, key, suspects);
        actor.is_some_and(|actor| crate::node::same_stack(&actor.stack, stack))
    }

    /// The target with this ARN, or what is known of one that was not collected.
    pub(crate) fn target(&self, arn: &str) -> Target {
        let of = |arn: &str| {
            let place = self.index.get(arn)?;
            self.picture.targets.get(*place)
        };
        if let Some(target) = of(arn).filter(|_| arn != "*") {
            return target.clone();
        }
        let bucket = arn
            .starts_with("arn:aws:s3:::")
            .then(|| arn.split('/').next())
            .flatten();
        match bucket.and_then(of) {
            Some(bucket) => Target {
                decided: arn.into(),
                arn: arn.into(),
                tags: None,
                ..bucket.clone()
            },
            None => crate::targets::alone(arn),
        }
    }
}

/// A way to another identity.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    pub(crate) to: NodeKey,
    pub(crate) step: Step,
    /// When records show it.
    pub(crate) seen_at: Option<Timestamp>,
}

/// What can be changed about an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Alteration {
    AnyPolicy,
    NoBoundary,
    Joins(Arc<str>),
}

/// A change of somebody who has to be gained beside it.
#[derive(Clone, Debug)]
pub(crate) struct Alter {
    /// ARN of the user or role.
    pub(crate) who: Arc<str>,
    pub(crate) what: Alteration,
    pub(crate) step: Step,
}

/// Everything that follows from being somebody.
#[derive(Debug, Default)]
pub(crate) struct Expansion {
    pub(crate) table: Table,
    pub(crate) gates: Vec<Gate>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) alters: Vec<Alter>,
    pub(crate) missing: BTreeSet<Missing>,
    /// Policies of the actor and the structure of the moment, to see what changes.
    stack: Option<Stack>,
    structure: usize,
}

/// Successes of logged calls, by identity and action in lower case.
pub(crate) type Successes<'l> = Map<(Arc<str>, String), Vec<&'l Logged>>;

/// Sorts logged successes.
pub(crate) fn successes<'l>(picture: &Picture, logged: &'l [Logged]) -> Successes<'l> {
    let mut found: Successes<'l> = Map::default();
    for one in logged {
        if one.outcome == LoggedOutcome::Succeeded {
            let key = (
                base_arn(picture, &one.principal),
                one.action.to_ascii_lowercase(),
            );
            found.entry(key).or_default().push(one);
        }
    }
    found
}

/// Expands an identity at a moment.
pub(crate) fn expand(
    moment: &Moment,
    key: &NodeKey,
    suspects: &[Suspect],
    successes: &Successes<'_>,
) -> Expansion {
    let mut expansion = Expansion::default();
    let Some(actor) = Actor::of(&moment.picture, &moment.keys, key, suspects) else {
        expansion.missing.insert(Missing {
            what: format!("who {} is", key.arn),
            permission: "an ARN of a user, role, session or root user".to_owned(),
            limits: "everything that it could do".to_owned(),
        });
        return expansion;
    };
    let mut asker = Asker {
        actor: &actor,
        picture: &moment.picture,
        keys: &moment.keys,
        reference: Reference::new(),
    };
    let targets = &moment.picture.targets;
    expansion.table = Table::of(&mut asker, targets, &moment.matches);
    expansion.stack = Some(actor.stack.clone());
    expansion.structure = moment.structure;
    expansion.gates = crate::gates::of(&mut asker, moment, &expansion.table);
    let mut stepper = Stepper {
        moment,
        key,
        asker,
        successes,
        expansion,
    };
    if let Some(why) = &actor.why_unknown {
        stepper.expansion.missing.insert(Missing {
            what: format!("policies of {}: {why}", key.arn),
            permission: "iam:GetAccountAuthorizationDetails".to_owned(),
            limits: format!("what {} could do", key.arn),
        });
    }
    stepper.assume_role();
    stepper.federation(key.suspect.and_then(|number| suspects.get(number)));
    pass_role::steps(&mut stepper);
    stepper.compute();
    stepper.credentials();
    stepper.trust_changes();
    stepper.alterations();
    stepper.expansion
}

pub(crate) struct Stepper<'a> {
    pub(crate) moment: &'a Moment,
    key: &'a NodeKey,
    pub(crate) asker: Asker<'a>,
    successes: &'a Successes<'a>,
    expansion: Expansion,
}

/// One action that a step needs.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) action: String,
    /// The resource by which records are recognised; `None` for any.
    pub(crate) resource: Option<String>,
    pub(crate) verdict: Arc<Verdict>,
}

impl Stepper<'_> {
    fn plain(arn: &str) -> NodeKey {
        NodeKey {
            arn: arn.into(),
            suspect: None,
            changed: Changed::default(),
        }
    }

    /// The step that these needs make together: `None` when one of them is not met.
    fn step(
        &mut self,
        kind: StepKind,
        to: &str,
        through: Option<&str>,
        needs: &[Need],
        circumstance: Option<&'static str>,
    ) -> Option<(Step, Option<Timestamp>)> {
        let (evidence, seen_at) = self.seen(needs);
        let weakest = needs.iter().map(|need| need.verdict.label).min()?;
        let mut conditions: Vec<Condition> = Vec::new();
        for condition in needs.iter().flat_map(|need| need.verdict.conditions.iter()) {
            if !conditions.contains(condition) {
                conditions.push(condition.clone());
            }
        }
        conditions.extend(circumstance.map(|code| Condition::Circumstance { code }));
        let label = match weakest {
            _ if seen_at.is_some() => Gained::Observed,
            Label::Reachable | Label::Reached if circumstance.is_none() => Gained::Possible,
            Label::Reachable | Label::Reached | Label::ReachableIf => Gained::PossibleIf,
            Label::Unknown => {
                let unknown = needs
                    .iter()
                    .find(|need| need.verdict.label == Label::Unknown)?;
                let reason = unknown.verdict.proof.reason.clone().unwrap_or_default();
                self.expansion.missing.insert(Missing {
                    what: format!(
                        "{} on {}: {reason}",
                        unknown.action, unknown.verdict.proof.resource
                    ),
                    permission: "iam:GetAccountAuthorizationDetails".to_owned(),
                    limits: format!("whether {} leads to {to}", self.key.arn),
                });
                return None;
            }
            Label::NotReachable | Label::AttemptedDenied => return None,
        };
        let step = Step {
            kind,
            actions: needs.iter().map(|need| need.action.clone()).collect(),
            from: self.key.arn.to_string(),
            to: to.to_owned(),
            through: through.map(ToOwned::to_owned),
            label,
            proofs: needs
                .iter()
                .map(|need| need.verdict.proof.clone())
                .collect(),
            conditions,
            evidence,
            first_at: String::new(),
        };
        Some((step, seen_at))
    }

    /// Records of all needs but those that are no events of the caller.
    fn seen(&self, needs: &[Need]) -> (Vec<String>, Option<Timestamp>) {
        let mut evidence = Vec::new();
        let mut last = None;
        for need in needs {
            if need.action == "iam:PassRole" || need.action.starts_with("sts:AssumeRole by ") {
                continue;
            }
            let key = (Arc::clone(&self.key.arn), need.action.to_ascii_lowercase());
            let found = self.successes.get(&key).into_iter().flatten();
            let mut found = found.filter(|one| match &need.resource {
                Some(resource) => one
                    .resources
                    .iter()
                    .any(|named| same_resource(named, resource)),
                None => true,
            });
            let Some(first) = found.next() else {
                return (Vec::new(), None);
            };
            evidence.push(first.evidence.clone());
            last = last.max(Some(first.time));
        }
        (evidence, last)
    }

    fn add(
        &mut self,
        kind: StepKind,
        to: &str,
        through: Option<&str>,
        needs: &[Need],
        circumstance: Option<&'static str>,
    ) {
        if *to == *self.key.arn {
            return;
        }
        if let Some((step, seen_at)) = self.step(kind, to, through, needs, circumstance) {
            self.expansion.transitions.push(Transition {
                to: Self::plain(to),
                step,
                seen_at,
            });
        }
    }

    /// The answer about an action on a resource that is a target, or not.
    pub(crate) fn about(&mut self, arn: &str, action: &str) -> Option<Arc<Verdict>> {
        let bare = self
            .asker
            .actor
            .account
            .filter(|_| arn == "*")
            .map(|account| {
                let service = action.split(':').next().unwrap_or_default();
                format!("* ({service}, {account})")
            });
        let name = ActionName::parse(action).ok()?;
        if let Some(place) = self.moment.index.get(bare.as_deref().unwrap_or(arn)) {
            let target = self.moment.picture.targets.get(*place)?;
            return Some(Arc::new(match self.expansion.table.about(*place, action) {
                Some(block) => {
                    // The answer holds for all actions of the block and all targets of its class.
                    let mut own = (*block.verdict).clone();
                    own.proof.action = action.into();
                    own.proof.resource = Arc::clone(&target.decided);
                    own
                }
                None => self.asker.ask(target, &name),
            }));
        }
        let target = self.moment.target(arn);
        Some(Arc::new(self.asker.ask(&target, &name)))
    }

    fn need(&mut self, arn: &str, action: &str) -> Option<Need> {
        Some(Need {
            action: action.to_owned(),
            resource: Some(arn.to_owned()),
            verdict: self.about(arn, action)?,
        })
    }

    fn compute(&mut self) {
        let computes = Arc::clone(&self.moment.picture.computes);
        for compute in computes.iter() {
            let mut parts = compute.arn.split(':').skip(3);
            let (region, account) = (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            );
            for way in &compute.ways {
                let mut needs = Vec::new();
                for (action, resource) in &way.needs {
                    let need = match resource {
                        Some(arn) => self.need(arn, action),
                        None => self.new_one(action, account, region),
                    };
                    let is_open = need.as_ref().is_some_and(|need| {
                        need.verdict.label >= Label::Unknown
                            || self.seen(std::slice::from_ref(need)).1.is_some()
                    });
                    needs.extend(need);
                    if !is_open {
                        break;
                    }
                }
                if needs.len() == way.needs.len() {
                    let through = Some(&*compute.arn);
                    self.add(
                        StepKind::CodeOnCompute,
                        &compute.role,
                        through,
                        &needs,
                        way.circumstance,
                    );
                }
            }
        }
    }

    /// The answer about making a new resource in a place.
    pub(crate) fn new_one(&mut self, action: &str, account: &str, region: &str) -> Option<Need> {
        let arn = crate::actions::example_of(action, account, region, crate::actions::UNRELATED);
        let mut need = self.need(&arn, action)?;
        need.resource = None;
        Some(need)
    }

    fn credentials(&mut self) {
        for action in [
            "iam:CreateAccessKey",
            "iam:CreateLoginProfile",
            "iam:UpdateLoginProfile",
        ] {
            for (arn, verdict) in self.open_targets(action) {
                let need = Need {
                    action: action.to_owned(),
                    resource: Some(arn.to_string()),
                    verdict,
                };
                self.add(StepKind::Credential, &arn, None, &[need], None);
            }
        }
    }

    fn trust_changes(&mut self) {
        for (arn, verdict) in self.open_targets("iam:UpdateAssumeRolePolicy") {
            let need = Need {
                action: "iam:UpdateAssumeRolePolicy".to_owned(),
                resource: Some(arn.to_string()),
                verdict,
            };
            self.add(StepKind::TrustChange, &arn, None, &[need], None);
        }
    }

    /// Targets on which an action is not out of reach, and those on which records show it.
    fn open_targets(&mut self, action: &str) -> Vec<(Arc<str>, Arc<Verdict>)> {
        let targets = Arc::clone(&self.moment.picture.targets);
        let mut found: Vec<(Arc<str>, Arc<Verdict>)> = Vec::new();
        for (place, verdict) in self.expansion.table.with(action) {
            if let Some(target) = targets.get(place).filter(|target| !target.is_new) {
                let mut own = (**verdict).clone();
                own.proof.action = action.into();
                own.proof.resource = Arc::clone(&target.decided);
                found.push((Arc::clone(&target.arn), Arc::new(own)));
            }
        }
        let key = (Arc::clone(&self.key.arn), action.to_ascii_lowercase());
        let logged: Vec<String> = self
            .successes
            .get(&key)
            .into_iter()
            .flatten()
            .flat_map(|one| one.resources.clone())
            .collect();
        for arn in logged {
            let base = base_arn(&self.moment.picture, &arn);
            if !found.iter().any(|(known, _)| *known == base)
                && let Some(verdict) = self.about(&base, action)
            {
                found.push((base, verdict));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

/// Whether a record names a resource: the ARN, or that of a secret without its random end.
fn same_resource(named: &str, resource: &str) -> bool {
    named == resource
        || (resource.contains(":secret:")
            && resource
                .strip_prefix(named)
                .is_some_and(|rest| rest.len() == 7))
}
