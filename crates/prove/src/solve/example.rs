//! Examples: what a satisfiable diagram says of the parts of a request.

use super::{Block, Solver, codes};
use crate::bdd::{Bdd, Variable};
use crate::formula::ComponentId;
use crate::problem::Part;
use crate::solve::Reason;

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

impl Solver<'_> {
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
                Part::Value(id, _) => Some(*id),
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
