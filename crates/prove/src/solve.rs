//! Answers questions: components become cells, cells become variables of decision diagrams.

mod example;
mod limits;

use hashbrown::HashMap;

use crate::ask::{Ask, Cell, SplitError};
use crate::bdd::{Bdd, Manager, TooManyNodes, Variable};
use crate::formula::{ComponentId, Formula, Literal, Node};
use crate::problem::Problem;

pub use example::{Assignment, Choice};
pub use limits::{Budget, CellCache, Reason};

use limits::MOST_VARIABLES;

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
