//! Proofs: each property against a set of guardrails.

mod example;
mod reason;
mod statements;

use std::borrow::Cow;
use std::collections::BTreeSet;

use rempart_aws_model::{AccountId, renamed_condition_key};
use rempart_policy::document::Effect;
use rempart_policy::{Known, Principal, Stack};
use rempart_prove::smtlib::never_allowed_file;
use rempart_prove::{
    Caller, Certificate, Predicate, Presence, Prover, Reason, Refutation, Setting, Verdict,
};

use crate::property::{CallerKind, Forbidden, Liveness, Property, outside_account};

pub use example::Example;
pub(crate) use example::call;
pub use statements::{StatementNote, statements};

/// What became of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// No forbidden request is allowed, and every permitted one is
    Proved,
    /// A request shows the opposite
    Refuted,
    /// It is not known
    Unknown,
    /// No statement of the policies is about it
    NotAddressed,
}

/// The answer for a property.
#[derive(Debug)]
pub struct PropertyReport<'p> {
    /// The property.
    pub property: &'p Property,
    /// What became of it.
    pub outcome: Outcome,
    /// Actions for which soundness was proved, with what the proof rests on.
    pub proved: Vec<(&'p Forbidden, Certificate)>,
    /// Actions for which a forbidden request is allowed.
    pub refuted: Vec<Broken<'p>>,
    /// Actions for which it is not known.
    pub unknown: Vec<(&'p Forbidden, String)>,
    /// Actions of which no request that is not forbidden is allowed.
    pub blocked: Vec<&'p Forbidden>,
    /// What the policies say to each permitted request.
    pub liveness: Vec<(&'p str, Liveness)>,
    /// What the answers rest on.
    pub assumptions: BTreeSet<String>,
}

/// A forbidden request that is allowed.
#[derive(Debug)]
pub struct Broken<'p> {
    /// The action.
    pub forbidden: &'p Forbidden,
    /// Whether some statement of the policies is about action and property.
    pub is_addressed: bool,
    /// Who calls.
    pub caller: CallerKind,
    /// The request.
    pub refutation: Refutation,
    /// Why it is allowed, in a line.
    pub reason: String,
}

impl Broken<'_> {
    /// The policies that limit the caller of the request.
    pub fn policies<'s>(&self, stack: &'s Stack) -> Cow<'s, Stack> {
        limiting(stack, self.caller)
    }
}

/// How properties are proved.
#[derive(Debug, Clone)]
pub struct ProofOptions {
    /// The account that is guarded.
    pub account: AccountId,
    /// What AWS does with omitted fields.
    pub presence: Presence,
    /// Whether properties count that no statement is about.
    pub demand_all: bool,
}

/// Proves properties; remembers how values were split.
#[derive(Debug, Default)]
pub struct Proofs {
    prover: Prover,
}

impl Proofs {
    /// Decides a property.
    pub fn prove<'p>(
        &mut self,
        property: &'p Property,
        stack: &Stack,
        options: &ProofOptions,
    ) -> PropertyReport<'p> {
        let mut report = PropertyReport {
            property,
            outcome: Outcome::Proved,
            proved: Vec::new(),
            refuted: Vec::new(),
            unknown: Vec::new(),
            blocked: Vec::new(),
            liveness: Vec::new(),
            assumptions: BTreeSet::new(),
        };
        let is_addressed = |entry: &Forbidden| addresses(stack, entry);
        if !options.demand_all && !property.actions.iter().any(is_addressed) {
            report.outcome = Outcome::NotAddressed;
            return report;
        }
        for forbidden in &property.actions {
            self.action(&mut report, forbidden, stack, options);
        }
        for permit in &property.permit {
            let liveness = permit
                .request
                .liveness(stack, options.account, options.presence);
            report.liveness.push((permit.name.as_str(), liveness));
        }
        // Refutations on actions that are addressed teach more, and short requests do.
        report.refuted.sort_by_key(|broken| {
            let witness = &broken.refutation.witness;
            let is_rare = broken.forbidden.action.as_str().contains("Definition")
                || broken.forbidden.action.as_str().contains("Tuning");
            (!broken.is_addressed, witness.fields.len(), is_rare)
        });
        report.outcome = outcome(&report);
        report
    }

    fn action<'p>(
        &mut self,
        report: &mut PropertyReport<'p>,
        forbidden: &'p Forbidden,
        stack: &Stack,
        options: &ProofOptions,
    ) {
        let mut certificate = None;
        let mut is_general = false;
        for caller in report.property.callers.clone() {
            // What does not look at the caller holds for every caller that the same policies limit.
            if is_general && caller.is_inside() {
                continue;
            }
            let Some(setting) = setting(caller, options) else {
                continue;
            };
            let stack = &*limiting(stack, caller);
            let verdict =
                self.prover
                    .never_allowed(stack, &forbidden.action, &setting, &forbidden.predicate);
            match verdict {
                Verdict::Proved(proof) => {
                    is_general |= caller.is_inside() && !proof.depends_on_caller;
                    certificate.get_or_insert(proof);
                }
                Verdict::Refuted(refutation) => {
                    report
                        .assumptions
                        .extend(refutation.assumptions.iter().cloned());
                    let is_addressed = addresses(stack, forbidden);
                    let reason = reason::of(forbidden, &refutation, stack, is_addressed);
                    report.refuted.push(Broken {
                        forbidden,
                        is_addressed,
                        caller,
                        refutation: *refutation,
                        reason,
                    });
                    return;
                }
                Verdict::Unknown(reason) => {
                    report.unknown.push((forbidden, reason.to_string()));
                    return;
                }
            }
        }
        if let Some(certificate) = certificate {
            report
                .assumptions
                .extend(certificate.assumptions.iter().cloned());
            report.proved.push((forbidden, certificate));
        }
        self.live(report, forbidden, stack, options);
    }

    /// Whether some request that is not forbidden is allowed.
    fn live<'p>(
        &mut self,
        report: &mut PropertyReport<'p>,
        forbidden: &'p Forbidden,
        stack: &Stack,
        options: &ProofOptions,
    ) {
        // Where every request is forbidden there is nothing to allow.
        if forbidden.predicate == Predicate::Always {
            return;
        }
        let fine = Predicate::Not(Box::new(forbidden.predicate.clone()));
        let callers = report.property.callers.iter();
        let mut settings = callers.filter_map(|caller| Some((*caller, setting(*caller, options)?)));
        let is_blocked = settings.all(|(caller, setting)| {
            let stack = &*limiting(stack, caller);
            let verdict = self
                .prover
                .never_allowed(stack, &forbidden.action, &setting, &fine);
            matches!(verdict, Verdict::Proved(_))
        });
        if is_blocked {
            report.blocked.push(forbidden);
        }
    }
}

/// The policies that limit callers of a kind: the service control policies of an organization do not
/// concern principals of other accounts.
pub(crate) fn limiting(stack: &Stack, caller: CallerKind) -> Cow<'_, Stack> {
    if caller != CallerKind::OutsideRole {
        return Cow::Borrowed(stack);
    }
    Cow::Owned(Stack {
        service_control: Known::Is(Vec::new()),
        ..stack.clone()
    })
}

/// Callers of a kind.
pub(crate) fn setting(caller: CallerKind, options: &ProofOptions) -> Option<Setting> {
    let account = options.account;
    let caller = match caller {
        CallerKind::Role => Caller::AnyRole(account),
        CallerKind::User => Caller::AnyUser(account),
        CallerKind::Root => {
            Caller::Named(Principal::parse(&format!("arn:aws:iam::{account}:root")).ok()?)
        }
        CallerKind::OutsideRole => Caller::AnyRole(outside_account()?),
        CallerKind::Service => Caller::Named(Principal::parse("sagemaker.amazonaws.com").ok()?),
    };
    Some(Setting {
        caller,
        resource_account: Some(account),
        presence: options.presence,
    })
}

fn outcome(report: &PropertyReport) -> Outcome {
    let is_denied = |liveness: &Liveness| matches!(liveness, Liveness::Denied { .. });
    let is_open = |liveness: &Liveness| matches!(liveness, Liveness::Unknown(_));
    let mut liveness = report.liveness.iter().map(|(_, liveness)| liveness);
    if !report.refuted.is_empty() || !report.blocked.is_empty() || liveness.clone().any(is_denied) {
        Outcome::Refuted
    } else if !report.unknown.is_empty() || liveness.any(is_open) {
        Outcome::Unknown
    } else {
        Outcome::Proved
    }
}

/// Whether some statement that denies is about the action and looks at what the property looks at.
fn addresses(stack: &Stack, forbidden: &Forbidden) -> bool {
    stack.policies().any(|(_, policy)| {
        policy.concerning(&forbidden.action).any(|(_, statement)| {
            let mut conditions = statement.conditions.iter();
            let looks_at = |key: &str| {
                forbidden.keys.iter().any(|wanted| {
                    wanted.eq_ignore_ascii_case(key)
                        || renamed_condition_key(key)
                            .is_some_and(|new| new.eq_ignore_ascii_case(wanted))
                })
            };
            statement.effect == Effect::Deny
                && (statement.conditions.is_empty()
                    || forbidden.keys.is_empty()
                    || conditions.any(|entry| looks_at(&entry.key.text)))
        })
    })
}

/// A question as an SMT-LIB file.
#[derive(Debug)]
pub struct Question {
    /// Property, action and number of the caller.
    pub name: String,
    /// The file, or why there is none.
    pub text: Result<String, Reason>,
}

/// The questions behind reports: one for each action whose answer is known.
pub fn questions<'a>(
    reports: &'a [PropertyReport<'a>],
    stack: &'a Stack,
    options: &'a ProofOptions,
) -> impl Iterator<Item = Question> + 'a {
    reports.iter().flat_map(move |report| {
        let first = report.property.callers.first().copied();
        let proved = report.proved.iter();
        let proved = proved.filter_map(move |(forbidden, _)| Some((*forbidden, first?, false)));
        let refuted = report.refuted.iter();
        let refuted = refuted.map(|broken| (broken.forbidden, broken.caller, true));
        let answered = proved.chain(refuted);
        answered.filter_map(move |(forbidden, caller, is_broken)| {
            let setting = setting(caller, options)?;
            let action = forbidden.action.as_str().replace(':', ".");
            Some(Question {
                name: format!("{}.{action}", report.property.id),
                text: never_allowed_file(
                    &limiting(stack, caller),
                    &forbidden.action,
                    &setting,
                    &forbidden.predicate,
                    is_broken,
                ),
            })
        })
    })
}
