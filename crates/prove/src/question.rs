//! Questions about all requests, and their answers.

use rempart_aws_model::ActionName;
use rempart_policy::{Decision, Known, Layer, Stack};

use crate::ask::Cell;
use crate::bdd::Bdd;
use crate::formula::{Formula, Sure};
use crate::language::Effort;
use crate::model::{Model, Setting};
use crate::predicate::Predicate;
use crate::problem::Switch;
use crate::solve::{Assignment, Budget, CellCache, Reason, Solver};
use crate::witness::Witness;

/// The answer to a question of the form "does this hold for every request?".
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It does
    Proved(Certificate),
    /// It does not, as this request shows
    Refuted(Box<Refutation>),
    /// It is not known
    Unknown(Reason),
}

/// What a proof rests on.
#[derive(Debug, Clone, Default)]
pub struct Certificate {
    /// The parts of the request that matter, and the classes of their values.
    pub components: Vec<ComponentCells>,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
    /// Whether who calls was looked at; otherwise the proof holds for every caller.
    pub depends_on_caller: bool,
    /// Nodes of the decision diagrams.
    pub nodes: usize,
}

/// The classes of values of one part of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentCells {
    /// Name of the part.
    pub name: Box<str>,
    /// Its classes.
    pub cells: Vec<Cell>,
}

/// A request that breaks what was to be proved.
#[derive(Debug, Clone)]
pub struct Refutation {
    /// The request.
    pub witness: Witness,
    /// What AWS would have to do for it to hold after all; empty when it is broken in any case.
    pub holds_only_if: Vec<String>,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
}

/// How a statement of a policy is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatementUse {
    /// Some request of the action matches it.
    pub fires: bool,
    /// Some request of the action does not.
    pub spares: bool,
    /// Without it something else would be allowed or denied.
    pub matters: bool,
}

/// Asks questions; remembers how values were split.
#[derive(Debug, Default)]
pub struct Prover {
    cache: CellCache,
    budget: Budget,
}

/// A question in terms of formulas.
struct Search<'a> {
    /// Holds for the requests that are looked for.
    yes: Formula,
    /// Holds where it is not defined whether a request is one.
    maybe: Formula,
    /// Whether a request is one, by the engine.
    check: &'a dyn Fn(&Model, &Assignment, &Witness) -> bool,
}

impl Prover {
    /// A prover with bounds.
    pub fn new(budget: Budget) -> Self {
        Self {
            cache: CellCache::default(),
            budget,
        }
    }

    /// Whether no request of the action with this property is allowed. A refutation is a request
    /// that has it and is allowed.
    pub fn never_allowed(
        &mut self,
        stack: &Stack,
        action: &ActionName,
        setting: &Setting,
        property: &Predicate,
    ) -> Verdict {
        let (model, search) = match never_allowed(stack, action, setting, property) {
            Ok(found) => found,
            Err(reason) => return Verdict::Unknown(reason),
        };
        let check = |model: &Model, example: &Assignment, witness: &Witness| {
            stack.decide(&witness.request).decision == Decision::Allowed
                && model.holds_for(property, example)
        };
        let search = Search {
            yes: search.0,
            maybe: search.1,
            check: &check,
        };
        self.search(&model, &search)
    }

    /// Whether no request of the action with this property is denied or left undecided. A refutation
    /// is a request that has it and is not allowed.
    pub fn always_allowed(
        &mut self,
        stack: &Stack,
        action: &ActionName,
        setting: &Setting,
        property: &Predicate,
    ) -> Verdict {
        let mut model = match Model::new(action, setting.clone()) {
            Ok(model) => model,
            Err(reason) => return Verdict::Unknown(reason),
        };
        let decided = model.decide(stack);
        let wanted = match model.predicate(property) {
            Ok(wanted) => wanted,
            Err(reason) => return Verdict::Unknown(reason),
        };
        let formulas = &mut model.problem.formulas;
        let yes = formulas.all([wanted, decided.allowed.no]);
        let not_allowed = formulas.not(decided.allowed.yes);
        let maybe = formulas.all([wanted, not_allowed]);
        model.finish();
        let check = |model: &Model, example: &Assignment, witness: &Witness| {
            stack.decide(&witness.request).decision != Decision::Allowed
                && model.holds_for(property, example)
        };
        let search = Search {
            yes,
            maybe,
            check: &check,
        };
        self.search(&model, &search)
    }

    /// Whether every request of the action that the first stack allows, the second allows, too. A
    /// refutation is a request that only the first allows.
    pub fn no_more_permissive(
        &mut self,
        first: &Stack,
        second: &Stack,
        action: &ActionName,
        setting: &Setting,
    ) -> Verdict {
        let mut model = match Model::new(action, setting.clone()) {
            Ok(model) => model,
            Err(reason) => return Verdict::Unknown(reason),
        };
        let (one, two) = (model.decide(first), model.decide(second));
        let formulas = &mut model.problem.formulas;
        let yes = formulas.all([one.allowed.yes, two.allowed.no]);
        let first_may = formulas.not(one.allowed.no);
        let second_may_not = formulas.not(two.allowed.yes);
        let maybe = formulas.all([first_may, second_may_not]);
        model.finish();
        let check = |_: &Model, _: &Assignment, witness: &Witness| {
            first.decide(&witness.request).decision == Decision::Allowed
                && second.decide(&witness.request).decision != Decision::Allowed
        };
        let search = Search {
            yes,
            maybe,
            check: &check,
        };
        self.search(&model, &search)
    }

    /// How one statement is used for the action. `without` is the stack without the statement.
    ///
    /// # Errors
    /// The question could not be decided.
    pub fn statement_use(
        &mut self,
        stack: &Stack,
        without: &Stack,
        place: (Layer, usize, usize),
        action: &ActionName,
        setting: &Setting,
    ) -> Result<StatementUse, Reason> {
        let mut model = Model::new(action, setting.clone())?;
        let (layer, policy, number) = place;
        let mut policies = stack.policies().filter(|(of, _)| *of == layer);
        let Some((_, policy)) = policies.nth(policy) else {
            return Ok(StatementUse::default());
        };
        let concerns = policy.concerning(action).any(|(other, _)| other == number);
        let fires = if concerns {
            model.statement(layer, policy, number, stack)
        } else {
            Sure::FALSE
        };
        let (with, without) = (model.decide(stack), model.decide(without));
        let formulas = &mut model.problem.formulas;
        let fired = formulas.not(fires.no);
        let spared = formulas.not(fires.yes);
        // Where AWS does not define the result without it, a statement that fires may matter.
        let (with, without) = (with.allowed, without.allowed);
        let mut parts = Vec::new();
        for (before, after) in [(with.yes, without.yes), (with.no, without.no)] {
            let (not_before, not_after) = (formulas.not(before), formulas.not(after));
            parts.push(formulas.all([before, not_after]));
            parts.push(formulas.all([not_before, after]));
        }
        let known = formulas.any([with.yes, with.no, without.yes, without.no]);
        let open = formulas.not(known);
        parts.push(formulas.all([fired, open]));
        let changed = formulas.any(parts);
        model.finish();
        let roots = [fired, spared, changed];
        let mut solver = Solver::new(&model.problem, &roots, &mut self.cache, self.budget)?;
        let facts = solver.facts();
        let mut possible = |formula| -> Result<bool, Reason> {
            let bdd = solver.bdd(formula)?;
            Ok(solver.manager().and(bdd, facts)? != Bdd::FALSE)
        };
        Ok(StatementUse {
            fires: possible(fired)?,
            spares: possible(spared)?,
            matters: possible(changed)?,
        })
    }

    fn search(&mut self, model: &Model, search: &Search) -> Verdict {
        match self.try_search(model, search) {
            Ok(verdict) => verdict,
            Err(reason) => Verdict::Unknown(reason),
        }
    }

    fn try_search(&mut self, model: &Model, search: &Search) -> Result<Verdict, Reason> {
        let roots = [search.yes, search.maybe];
        let mut solver = Solver::new(&model.problem, &roots, &mut self.cache, self.budget)?;
        let facts = solver.facts();
        let found = solver.bdd(search.yes)?;
        let all = solver.manager().and(found, facts)?;
        let mut rest = all;
        let mut failed: Option<Assignment> = None;
        let mut effort = Effort::new(self.budget.states);
        for _ in 0..self.budget.tries {
            let Some(example) = solver.smallest(rest)? else {
                break;
            };
            if let Some(example) = model.realise(&example, &mut effort) {
                let witness = model.witness(&example)?;
                if !(search.check)(model, &example, &witness) {
                    let request = format!(
                        "{} {:?}",
                        witness.request.resource(),
                        witness.request.context()
                    );
                    return Err(Reason::Disagreement(request.into()));
                }
                let holds_only_if = holds_only_if(model, &mut solver, all)?;
                return Ok(Verdict::Refuted(Box::new(Refutation {
                    witness,
                    holds_only_if,
                    assumptions: model.assumptions().map(ToOwned::to_owned).collect(),
                })));
            }
            let this = solver.same_as(&example)?;
            let others = solver.manager().not(this)?;
            rest = solver.manager().and(rest, others)?;
            failed = Some(example);
        }
        if let Some(example) = failed {
            let mut wanted = example.comparisons.iter().zip(&model.problem.comparisons);
            let culprit = wanted.find(|(wanted, _)| wanted.is_some());
            let written = culprit.map_or("aws:username".into(), |(_, comparison)| {
                comparison.written.clone()
            });
            return Err(Reason::Comparison(written));
        }
        let possible = solver.bdd(search.maybe)?;
        if solver.manager().and(possible, facts)? != Bdd::FALSE {
            let reason = if model.unsupported.is_empty() {
                "a condition on several values without a set operator, a short ARN pattern or a policy that is not known".to_owned()
            } else {
                let all: Vec<&str> = model.unsupported.iter().map(String::as_str).collect();
                all.join("; ")
            };
            return Err(Reason::Undefined(reason.into()));
        }
        let components = solver
            .component_cells()
            .into_iter()
            .filter_map(|(id, cells)| {
                Some(ComponentCells {
                    name: model.problem.component(id)?.name.clone(),
                    cells: cells.to_vec(),
                })
            });
        let components = components.collect();
        let nodes = solver.manager().len();
        Ok(Verdict::Proved(Certificate {
            components,
            assumptions: model.assumptions().map(ToOwned::to_owned).collect(),
            depends_on_caller: model.depends_on_caller(),
            nodes,
        }))
    }
}

/// The formulas of "allowed with this property", for the search and for outside solvers.
pub(crate) fn never_allowed(
    stack: &Stack,
    action: &ActionName,
    setting: &Setting,
    property: &Predicate,
) -> Result<(Model, (Formula, Formula)), Reason> {
    let mut model = Model::new(action, setting.clone())?;
    let decided = model.decide(stack);
    let wanted = model.predicate(property)?;
    let formulas = &mut model.problem.formulas;
    let yes = formulas.all([wanted, decided.allowed.yes]);
    let may = formulas.not(decided.allowed.no);
    let maybe = formulas.all([wanted, may]);
    model.finish();
    Ok((model, (yes, maybe)))
}

/// What AWS would have to do for no request to be found.
fn holds_only_if(model: &Model, solver: &mut Solver, found: Bdd) -> Result<Vec<String>, Reason> {
    let is_switch = solver.is_switch();
    let broken = solver
        .manager()
        .exists(found, &|variable| !is_switch(variable))?;
    let fine = solver.manager().not(broken)?;
    let Some(mut values) = solver.manager().model(fine) else {
        return Ok(Vec::new());
    };
    // What is not needed says nothing.
    let mut place = 0;
    while place < values.len() {
        let mut fewer = values.clone();
        fewer.remove(place);
        let cube = solver.cube(&fewer)?;
        if solver.manager().and(cube, broken)? == Bdd::FALSE {
            values = fewer;
        } else {
            place += 1;
        }
    }
    let numbers = solver.switch_variables();
    let words = values.iter().filter_map(|(variable, on)| {
        let (number, _) = numbers.iter().find(|(_, other)| other == variable)?;
        let Switch { key, on: yes, off } = model.problem.switches.get(*number as usize)?;
        Some(format!("`{key}`: {}", if *on { yes } else { off }))
    });
    Ok(words.collect())
}

/// A stack of guardrails alone: whatever they do not limit is allowed.
pub fn guardrails_only(mut stack: Stack, everything: &Everything) -> Stack {
    stack.identity = Known::Is(vec![std::sync::Arc::clone(&everything.identity)]);
    stack.resource = Known::Is(Some(std::sync::Arc::clone(&everything.resource)));
    stack
}

/// Policies that allow everything.
#[derive(Debug, Clone)]
pub struct Everything {
    /// For users and roles.
    pub identity: std::sync::Arc<rempart_policy::CompiledPolicy>,
    /// For resources.
    pub resource: std::sync::Arc<rempart_policy::CompiledPolicy>,
    /// As a service control policy.
    pub service_control: std::sync::Arc<rempart_policy::CompiledPolicy>,
}

impl Everything {
    /// Makes the policies.
    ///
    /// # Errors
    /// Never in practice: the texts are fixed.
    pub fn new() -> Result<Self, rempart_policy::ParseError> {
        use rempart_policy::CompiledPolicy;
        use rempart_policy::document::{Policy, PolicyKind};
        let compile = |name: &str, principal: &str, kind| {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}]}}"#
            );
            let policy = Policy::parse(&text, kind)?;
            Ok(std::sync::Arc::new(CompiledPolicy::new(
                name,
                std::sync::Arc::new(policy),
            )))
        };
        Ok(Self {
            identity: compile("everything", "", PolicyKind::Identity)?,
            resource: compile("everybody", r#""Principal":"*","#, PolicyKind::Resource)?,
            service_control: compile("FullAWSAccess", "", PolicyKind::ServiceControl)?,
        })
    }
}
