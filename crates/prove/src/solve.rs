//! Answers questions: components become cells, cells become variables of decision diagrams.

use hashbrown::HashMap;

use crate::ask::{Ask, Cell, Domain, SplitError, cells};
use crate::bdd::{Bdd, Manager, TooManyNodes, Variable};
use crate::formula::{ComponentId, Formula, Literal, Node};
use crate::problem::Problem;

/// Bounds of a proof.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// States of the walk over the patterns of one component.
    pub states: usize,
    /// Nodes of the decision diagrams of one question.
    pub nodes: usize,
    /// Examples of comparisons between components that are tried.
    pub tries: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            states: 200_000,
            nodes: 2_000_000,
            tries: 64,
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The values of a component could not be split
    #[error("`{component}`: {error}")]
    Values {
        /// The component
        component: Box<str>,
        /// Why
        error: SplitError,
    },
    /// A diagram grew over its bound
    #[error(transparent)]
    Nodes(#[from] TooManyNodes),
    /// A comparison between two parts of a request was not decided
    #[error(
        "`{0}` compares two parts of the request, and no example with all of its parts was found"
    )]
    Comparison(Box<str>),
    /// AWS does not say what happens
    #[error("AWS does not define what happens: {0}")]
    Undefined(Box<str>),
    /// The engine decides the example differently
    #[error("the example is decided differently by the policy engine: {0}")]
    Disagreement(Box<str>),
    /// The question is about something that is not supported
    #[error("{0}")]
    Unsupported(Box<str>),
}

/// Cells that were made before, shared between questions.
#[derive(Debug, Default)]
pub struct CellCache {
    known: HashMap<(Vec<Ask>, Domain), Split, foldhash::fast::FixedState>,
}

/// What could not be split once is not tried again: other actions ask the same.
type Split = Result<Vec<Cell>, SplitError>;

/// Most variables of one question, those for comparisons and switches aside.
const MOST_VARIABLES: Variable = 2_048;

/// Most remembered lists of cells.
const REMEMBERED: usize = 10_000;

impl CellCache {
    fn cells(&mut self, asks: Vec<Ask>, domain: &Domain, states: usize) -> Split {
        let key = (asks, domain.clone());
        if let Some(found) = self.known.get(&key) {
            return found.clone();
        }
        let found = cells(&key.0, domain, states);
        if self.known.len() < REMEMBERED {
            self.known.insert(key, found.clone());
        }
        found
    }
}

/// The values of one component in an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// No value
    Absent,
    /// One value: the number of its cell and the text
    Value(usize, Box<str>),
    /// The values of a multi-valued component
    Values(Vec<Box<str>>),
}

/// An example: a request in terms of components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// By component; `None` for those that the question does not mention.
    pub choices: Vec<Option<Choice>>,
    /// By switch; off for those that the question does not mention.
    pub switches: Vec<bool>,
    /// What is wanted of each comparison that the question mentions.
    pub comparisons: Vec<Option<bool>>,
}

/// Where the variables of a component are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    first: Variable,
    /// Bits of the number of the state, or cells and the flag of a multi-valued component.
    count: Variable,
    is_multi: bool,
    can_be_absent: bool,
    /// The questions of the component in the order of [`Cell::truth`].
    asks: Vec<u32>,
    pub(crate) cells: Vec<Cell>,
}

/// A question on its way to an answer.
#[derive(Debug)]
pub struct Solver<'p> {
    problem: &'p Problem,
    manager: Manager,
    blocks: HashMap<ComponentId, Block, foldhash::fast::FixedState>,
    switches: HashMap<u32, Variable, foldhash::fast::FixedState>,
    frees: HashMap<u32, Variable, foldhash::fast::FixedState>,
    known: HashMap<Formula, Bdd, foldhash::fast::FixedState>,
    facts: Bdd,
}

impl<'p> Solver<'p> {
    /// Makes ready for questions about these formulas.
    ///
    /// # Errors
    /// The values of a component could not be split, or a bound was reached.
    pub fn new(
        problem: &'p Problem,
        roots: &[Formula],
        cache: &mut CellCache,
        budget: Budget,
    ) -> Result<Self, Reason> {
        let mut all = roots.to_vec();
        all.extend(relevant_facts(problem, roots));
        let facts = all.get(roots.len()..).unwrap_or_default().to_vec();
        let mut solver = Self {
            problem,
            manager: Manager::new(budget.nodes),
            blocks: HashMap::default(),
            switches: HashMap::default(),
            frees: HashMap::default(),
            known: HashMap::default(),
            facts: Bdd::TRUE,
        };
        solver.allocate(&all, cache, budget)?;
        let mut conjunction = Bdd::TRUE;
        for fact in facts {
            let fact = solver.bdd(fact)?;
            conjunction = solver.manager.and(conjunction, fact)?;
        }
        let mut components: Vec<ComponentId> = solver.blocks.keys().copied().collect();
        components.sort_unstable();
        for id in components {
            let sane = solver.sane(id)?;
            conjunction = solver.manager.and(conjunction, sane)?;
        }
        solver.facts = conjunction;
        Ok(solver)
    }

    fn allocate(
        &mut self,
        roots: &[Formula],
        cache: &mut CellCache,
        budget: Budget,
    ) -> Result<(), Reason> {
        let mut asked: HashMap<ComponentId, Vec<u32>, foldhash::fast::FixedState> =
            HashMap::default();
        let (mut switches, mut frees) = (Vec::new(), Vec::new());
        for literal in self.problem.formulas.literals(roots) {
            match literal {
                Literal::Absent(id) | Literal::One(id) => {
                    asked.entry(id).or_default();
                }
                Literal::Value(id, ask) | Literal::Some(id, ask, _) => {
                    asked.entry(id).or_default().push(ask);
                }
                Literal::Switch(number) => switches.push(number),
                Literal::Free(number) => {
                    frees.push(number);
                    if let Some(comparison) = self.problem.comparisons.get(number as usize) {
                        asked.entry(comparison.component).or_default();
                        for part in &comparison.parts {
                            if let crate::problem::Part::Value(id, _) = part {
                                asked.entry(*id).or_default();
                            }
                        }
                    }
                }
            }
        }
        let mut next: Variable = 0;
        let mut ids: Vec<(ComponentId, Vec<u32>)> = asked.into_iter().collect();
        ids.sort_unstable();
        for (id, mut asks) in ids {
            asks.sort_unstable();
            asks.dedup();
            let Some(component) = self.problem.component(id) else {
                continue;
            };
            let questions = asks
                .iter()
                .filter_map(|ask| component.asks.get(*ask as usize).cloned());
            let questions: Vec<Ask> = questions.collect();
            let mut cells = cache
                .cells(questions.clone(), &component.domain, budget.states)
                .map_err(|error| Reason::Values {
                    component: component.name.clone(),
                    error,
                })?;
            let examples = component.examples.iter();
            // The first of a cell's examples counts.
            for example in examples
                .rev()
                .filter(|example| component.domain.holds(example))
            {
                let truth: Vec<bool> = questions.iter().map(|ask| ask.truth(example)).collect();
                if let Some(cell) = cells.iter_mut().find(|cell| *cell.truth == *truth) {
                    cell.witness = example.clone();
                }
            }
            let states = cells.len() + usize::from(component.can_be_absent);
            let count = if component.is_multi {
                cells.len() + 1
            } else {
                states.next_power_of_two().trailing_zeros() as usize
            };
            let count = Variable::try_from(count).unwrap_or(Variable::MAX / 2);
            let block = Block {
                first: next,
                count,
                is_multi: component.is_multi,
                can_be_absent: component.can_be_absent,
                asks,
                cells,
            };
            next += count;
            self.blocks.insert(id, block);
            // Diagrams are walked by recursion, one call for each variable.
            if next > MOST_VARIABLES {
                return Err(Reason::Values {
                    component: component.name.clone(),
                    error: SplitError::Cells(MOST_VARIABLES as usize),
                });
            }
        }
        if frees.len() + switches.len() > MOST_VARIABLES as usize {
            return Err(TooManyNodes(budget.nodes).into());
        }
        for number in frees {
            self.frees.insert(number, next);
            next += 1;
        }
        for number in switches {
            self.switches.insert(number, next);
            next += 1;
        }
        Ok(())
    }

    /// What the variables of a component may be: a component that must have a value has one.
    fn sane(&mut self, id: ComponentId) -> Result<Bdd, Reason> {
        let Some(block) = self.blocks.get(&id) else {
            return Ok(Bdd::TRUE);
        };
        let can_be_absent = block.can_be_absent;
        if block.cells.is_empty() && !can_be_absent {
            return Ok(Bdd::FALSE);
        }
        if block.is_multi && !can_be_absent {
            let absent = self.absent(id)?;
            return Ok(self.manager.not(absent)?);
        }
        Ok(Bdd::TRUE)
    }

    /// The diagram of a formula, facts not included.
    ///
    /// # Errors
    /// The bound of nodes is reached.
    pub fn bdd(&mut self, formula: Formula) -> Result<Bdd, Reason> {
        if let Some(known) = self.known.get(&formula) {
            return Ok(*known);
        }
        // Depth is that of the policies' own structure, not of the input's text.
        let problem = self.problem;
        let result = match problem.formulas.node(formula) {
            Node::Constant(value) => {
                if *value {
                    Bdd::TRUE
                } else {
                    Bdd::FALSE
                }
            }
            Node::Literal(literal) => self.literal(*literal)?,
            Node::Not(inner) => {
                let inner = self.bdd(*inner)?;
                self.manager.not(inner)?
            }
            Node::And(parts) => {
                let mut all = Bdd::TRUE;
                for part in parts {
                    let part = self.bdd(*part)?;
                    all = self.manager.and(all, part)?;
                }
                all
            }
            Node::Or(parts) => {
                let mut any = Bdd::FALSE;
                for part in parts {
                    let part = self.bdd(*part)?;
                    any = self.manager.or(any, part)?;
                }
                any
            }
        };
        self.known.insert(formula, result);
        Ok(result)
    }

    fn literal(&mut self, literal: Literal) -> Result<Bdd, Reason> {
        match literal {
            Literal::Absent(id) => self.absent(id),
            Literal::Value(id, ask) => {
                let Some(block) = self.blocks.get(&id) else {
                    return Ok(Bdd::FALSE);
                };
                let Some(place) = block.asks.iter().position(|other| *other == ask) else {
                    return Ok(Bdd::FALSE);
                };
                let mut states: Vec<bool> = Vec::new();
                if block.can_be_absent {
                    states.push(false);
                }
                let truths = block.cells.iter();
                states.extend(truths.map(|cell| cell.truth.get(place).copied().unwrap_or(false)));
                let (first, count) = (block.first, block.count);
                Ok(codes(&mut self.manager, first, count, 0, &states)?)
            }
            Literal::Some(id, ask, truth) => {
                let Some(block) = self.blocks.get(&id) else {
                    return Ok(Bdd::FALSE);
                };
                let place = block.asks.iter().position(|other| *other == ask);
                let first = block.first;
                let matching: Vec<Variable> = block
                    .cells
                    .iter()
                    .zip(first..)
                    .filter(|(cell, _)| {
                        place.and_then(|place| cell.truth.get(place)).copied() == Some(truth)
                    })
                    .map(|(_, variable)| variable)
                    .collect();
                let mut any = Bdd::FALSE;
                for variable in matching.into_iter().rev() {
                    let variable = self.manager.variable(variable)?;
                    any = self.manager.or(variable, any)?;
                }
                Ok(any)
            }
            Literal::One(id) => self.one(id),
            Literal::Switch(number) => {
                let variable = self.switches.get(&number).copied();
                variable.map_or(Ok(Bdd::FALSE), |variable| {
                    Ok(self.manager.variable(variable)?)
                })
            }
            Literal::Free(number) => {
                let variable = self.frees.get(&number).copied();
                variable.map_or(Ok(Bdd::FALSE), |variable| {
                    Ok(self.manager.variable(variable)?)
                })
            }
        }
    }

    fn absent(&mut self, id: ComponentId) -> Result<Bdd, Reason> {
        let Some(block) = self.blocks.get(&id) else {
            return Ok(Bdd::FALSE);
        };
        let (first, count) = (block.first, block.count);
        if block.is_multi {
            let mut all = Bdd::TRUE;
            for variable in (first..first + count - 1).rev() {
                let variable = self.manager.variable(variable)?;
                let not = self.manager.not(variable)?;
                all = self.manager.and(not, all)?;
            }
            return Ok(all);
        }
        if !block.can_be_absent {
            return Ok(Bdd::FALSE);
        }
        let mut states = vec![false; block.cells.len() + 1];
        if let Some(state) = states.first_mut() {
            *state = true;
        }
        Ok(codes(&mut self.manager, first, count, 0, &states)?)
    }

    /// Exactly one cell has values, and only one.
    fn one(&mut self, id: ComponentId) -> Result<Bdd, Reason> {
        let Some(block) = self.blocks.get(&id) else {
            return Ok(Bdd::FALSE);
        };
        let (first, cells) = (block.first, block.count - 1);
        let (mut none, mut one) = (Bdd::TRUE, Bdd::FALSE);
        for variable in (first..first + cells).rev() {
            let variable = self.manager.variable(variable)?;
            one = self.manager.choose(variable, none, one)?;
            none = self.manager.choose(variable, Bdd::FALSE, none)?;
        }
        let several = self.manager.variable(first + cells)?;
        let single = self.manager.not(several)?;
        Ok(self.manager.and(one, single)?)
    }

    /// The diagrams.
    pub fn manager(&mut self) -> &mut Manager {
        &mut self.manager
    }

    /// What holds for every request.
    pub fn facts(&self) -> Bdd {
        self.facts
    }

    /// The components of the question with their cells, in order.
    pub fn component_cells(&self) -> Vec<(ComponentId, &[Cell])> {
        let blocks = self.blocks.iter();
        let mut all: Vec<(ComponentId, &[Cell])> =
            blocks.map(|(id, block)| (*id, &*block.cells)).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all
    }

    /// Whether a variable stands for a switch.
    pub fn is_switch(&self) -> impl Fn(Variable) -> bool + use<> {
        let switches: Vec<Variable> = self.switches.values().copied().collect();
        move |variable| switches.contains(&variable)
    }

    /// The switches of the question and their variables, by number.
    pub fn switch_variables(&self) -> Vec<(u32, Variable)> {
        let mut all: Vec<(u32, Variable)> = self.switches.iter().map(|(a, b)| (*a, *b)).collect();
        all.sort_unstable();
        all
    }

    /// The diagram that is true exactly where these variables have these values.
    ///
    /// # Errors
    /// The bound of nodes is reached.
    pub fn cube(&mut self, values: &[(Variable, bool)]) -> Result<Bdd, Reason> {
        let mut all = Bdd::TRUE;
        for (variable, value) in values {
            let on = self.manager.variable(*variable)?;
            let this = if *value { on } else { self.manager.not(on)? };
            all = self.manager.and(all, this)?;
        }
        Ok(all)
    }

    /// The smallest example of a satisfiable diagram: as few values as can be, switches off.
    ///
    /// # Errors
    /// The bound of nodes is reached.
    pub fn smallest(&mut self, mut of: Bdd) -> Result<Option<Assignment>, Reason> {
        if of == Bdd::FALSE {
            return Ok(None);
        }
        for (_, variable) in self.switch_variables() {
            let on = self.manager.variable(variable)?;
            let off = self.manager.not(on)?;
            let kept = self.manager.and(of, off)?;
            if kept != Bdd::FALSE {
                of = kept;
            }
        }
        let mut ids: Vec<ComponentId> = self.blocks.keys().copied().collect();
        ids.sort_unstable();
        for id in &ids {
            let absent = self.absent(*id)?;
            let kept = self.manager.and(of, absent)?;
            if kept != Bdd::FALSE {
                of = kept;
                continue;
            }
            if self.blocks.get(id).is_some_and(|block| block.is_multi) {
                let one = self.one(*id)?;
                let kept = self.manager.and(of, one)?;
                if kept != Bdd::FALSE {
                    of = kept;
                }
            }
        }
        let Some(model) = self.manager.model(of) else {
            return Ok(None);
        };
        let is_true = |variable: Variable| {
            let mut values = model.iter();
            values.any(|(other, value)| *other == variable && *value)
        };
        let mut choices = vec![None; self.problem.components.len()];
        for (id, block) in &self.blocks {
            if let Some(slot) = choices.get_mut(*id as usize) {
                *slot = Some(block.choice(&is_true));
            }
        }
        let mut switches = vec![false; self.problem.switches.len()];
        for (number, variable) in &self.switches {
            if let Some(slot) = switches.get_mut(*number as usize) {
                *slot = is_true(*variable);
            }
        }
        let mut comparisons = vec![None; self.problem.comparisons.len()];
        for (number, variable) in &self.frees {
            if let Some(slot) = comparisons.get_mut(*number as usize) {
                *slot = Some(is_true(*variable));
            }
        }
        Ok(Some(Assignment {
            choices,
            switches,
            comparisons,
        }))
    }

    /// The diagram of one example's cells and comparisons, to leave it out of a further search.
    ///
    /// # Errors
    /// The bound of nodes is reached.
    pub fn same_as(&mut self, example: &Assignment) -> Result<Bdd, Reason> {
        let mut all = Bdd::TRUE;
        let mut numbers: Vec<(u32, Variable)> = self.frees.iter().map(|(a, b)| (*a, *b)).collect();
        numbers.sort_unstable();
        for (number, variable) in numbers {
            let wanted = example.comparisons.get(number as usize).copied().flatten();
            let on = self.manager.variable(variable)?;
            let this = if wanted == Some(true) {
                on
            } else {
                self.manager.not(on)?
            };
            all = self.manager.and(all, this)?;
            let Some(comparison) = self.problem.comparisons.get(number as usize) else {
                continue;
            };
            let parts = comparison.parts.iter().filter_map(|part| match part {
                crate::problem::Part::Value(id, _) => Some(*id),
                _ => None,
            });
            for id in parts.chain([comparison.component]) {
                let choice = example.choices.get(id as usize).cloned().flatten();
                let Some(block) = self.blocks.get(&id) else {
                    continue;
                };
                let state = match choice {
                    Some(Choice::Value(cell, _)) => cell + usize::from(block.can_be_absent),
                    _ => 0,
                };
                if block.is_multi {
                    continue;
                }
                let mut states = vec![false; block.cells.len() + usize::from(block.can_be_absent)];
                if let Some(slot) = states.get_mut(state) {
                    *slot = true;
                }
                let (first, count) = (block.first, block.count);
                let this = codes(&mut self.manager, first, count, 0, &states)?;
                all = self.manager.and(all, this)?;
            }
        }
        Ok(all)
    }
}

impl Block {
    fn choice(&self, is_true: &dyn Fn(Variable) -> bool) -> Choice {
        if self.is_multi {
            let chosen = self.cells.iter().zip(self.first..);
            let mut values: Vec<Box<str>> = chosen
                .filter(|(_, variable)| is_true(*variable))
                .map(|(cell, _)| cell.witness.clone())
                .collect();
            if let [single] = values.as_slice()
                && is_true(self.first + self.count - 1)
            {
                // Several values that no question tells apart.
                values.push(single.clone());
            }
            return if values.is_empty() {
                Choice::Absent
            } else {
                Choice::Values(values)
            };
        }
        let mut code = 0_usize;
        for bit in 0..self.count {
            code = code << 1 | usize::from(is_true(self.first + bit));
        }
        let states = self.cells.len() + usize::from(self.can_be_absent);
        let state = code.min(states.saturating_sub(1));
        let number = if self.can_be_absent {
            match state.checked_sub(1) {
                Some(number) => number,
                None => return Choice::Absent,
            }
        } else {
            state
        };
        match self.cells.get(number) {
            Some(cell) => Choice::Value(number, cell.witness.clone()),
            None => Choice::Absent,
        }
    }
}

/// The diagram of a set of states over the bits of their number, the highest bit first. Numbers
/// beyond the last state stand for the last one.
fn codes(
    manager: &mut Manager,
    first: Variable,
    count: Variable,
    prefix: usize,
    states: &[bool],
) -> Result<Bdd, TooManyNodes> {
    if count == 0 {
        let state = prefix.min(states.len().saturating_sub(1));
        let holds = states.get(state).copied().unwrap_or(false);
        return Ok(if holds { Bdd::TRUE } else { Bdd::FALSE });
    }
    let low = codes(manager, first + 1, count - 1, prefix << 1, states)?;
    let high = codes(manager, first + 1, count - 1, prefix << 1 | 1, states)?;
    let variable = manager.variable(first)?;
    manager.choose(variable, high, low)
}

/// Facts that speak of something that the question speaks of, directly or through other facts.
pub(crate) fn relevant_facts(problem: &Problem, roots: &[Formula]) -> Vec<Formula> {
    let subject = |literal: Literal| match literal {
        Literal::Absent(id) | Literal::Value(id, _) | Literal::Some(id, ..) | Literal::One(id) => {
            Some(id)
        }
        Literal::Switch(_) | Literal::Free(_) => None,
    };
    let subjects_of = |formulas: &[Formula]| -> Vec<ComponentId> {
        let literals = problem.formulas.literals(formulas).into_iter();
        literals.filter_map(subject).collect()
    };
    let mut known = subjects_of(roots);
    let mut taken: Vec<Formula> = Vec::new();
    loop {
        let mut grew = false;
        for fact in &problem.facts {
            if taken.contains(fact) {
                continue;
            }
            let subjects = subjects_of(&[*fact]);
            if subjects.iter().any(|id| known.contains(id)) {
                known.extend(subjects);
                taken.push(*fact);
                grew = true;
            }
        }
        if !grew {
            return taken;
        }
    }
}
