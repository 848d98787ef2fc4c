//! Detections as alternatives: each a list of items that must hold and of parts that must not.

use crate::ast::{Detection, Item, Selection, SelectionBody};
use crate::condition::Condition;
use crate::parse::selected;

/// Most steps that the expansion of one detection takes.
const MOST_STEPS: usize = 200_000;

/// A part of a detection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'a> {
    Condition(&'a Condition),
    Selection(&'a Selection),
    Body(&'a SelectionBody),
}

/// One alternative: all `positives` hold and none of the `negatives` does.
#[derive(Debug, Clone, Default)]
pub(super) struct Cube<'a> {
    pub(super) positives: Vec<&'a Item>,
    pub(super) negatives: Vec<Node<'a>>,
    /// The selections of which a part must hold
    pub(super) selections: Vec<&'a Selection>,
}

/// Turns parts of a detection into alternatives, within a bound.
#[derive(Debug)]
pub(super) struct Expander<'a> {
    selections: &'a [Selection],
    steps_left: usize,
}

impl<'a> Expander<'a> {
    pub(super) fn new(detection: &'a Detection) -> Self {
        Self {
            selections: &detection.selections,
            steps_left: MOST_STEPS,
        }
    }

    /// The alternatives of all conditions; `None` when there are too many.
    pub(super) fn detection(&mut self, detection: &'a Detection) -> Option<Vec<Cube<'a>>> {
        let mut cubes = Vec::new();
        for (condition, _) in &detection.conditions {
            cubes.extend(self.under(Node::Condition(condition), Cube::default())?);
        }
        Some(cubes)
    }

    /// The alternatives of a part that must hold besides `cube`.
    pub(super) fn under(&mut self, node: Node<'a>, cube: Cube<'a>) -> Option<Vec<Cube<'a>>> {
        self.expand(node, true, vec![cube])
    }

    /// The direct parts of a node, and whether all of them make it true or one does; `None` for an
    /// item or a negation.
    pub(super) fn parts(&self, node: Node<'a>) -> Option<(bool, Vec<Node<'a>>)> {
        match node {
            Node::Condition(Condition::Name(name)) => {
                let found = self.selections.iter().find(|found| found.name == *name);
                Some((true, found.map(Node::Selection).into_iter().collect()))
            }
            Node::Condition(Condition::And(parts)) => {
                Some((true, parts.iter().map(Node::Condition).collect()))
            }
            Node::Condition(Condition::Or(parts)) => {
                Some((false, parts.iter().map(Node::Condition).collect()))
            }
            Node::Condition(Condition::Of { all, pattern }) => Some((
                *all,
                selected(pattern.as_deref(), self.selections)
                    .map(Node::Selection)
                    .collect(),
            )),
            Node::Condition(Condition::Not(_)) | Node::Body(SelectionBody::Item(_)) => None,
            Node::Selection(selection) => Some((true, vec![Node::Body(&selection.body)])),
            Node::Body(SelectionBody::All(parts)) => {
                Some((true, parts.iter().map(Node::Body).collect()))
            }
            Node::Body(SelectionBody::Any(parts)) => {
                Some((false, parts.iter().map(Node::Body).collect()))
            }
        }
    }

    /// Takes steps from the bound; `None` when it is used up.
    pub(super) fn spend(&mut self, steps: usize) -> Option<()> {
        self.steps_left = self.steps_left.checked_sub(steps)?;
        Some(())
    }

    fn expand(
        &mut self,
        node: Node<'a>,
        holds: bool,
        mut cubes: Vec<Cube<'a>>,
    ) -> Option<Vec<Cube<'a>>> {
        self.spend(1 + cubes.len())?;
        if let Node::Condition(Condition::Not(part)) = node {
            return self.expand(Node::Condition(part), !holds, cubes);
        }
        if let (Node::Body(SelectionBody::Item(item)), true) = (node, holds) {
            for cube in &mut cubes {
                cube.positives.push(item);
            }
            return Some(cubes);
        }
        let Some((all, parts)) = self.parts(node) else {
            for cube in &mut cubes {
                cube.negatives.push(node);
            }
            return Some(cubes);
        };
        if let (Node::Selection(selection), true) = (node, holds) {
            for cube in &mut cubes {
                cube.selections.push(selection);
            }
        }
        self.spend(parts.len())?;
        if parts.len() == 1 || all == holds {
            for part in parts {
                cubes = self.expand(part, holds, cubes)?;
            }
            return Some(cubes);
        }
        if !holds {
            // 'Not all of these' stays one part: its alternatives matter to nobody.
            for cube in &mut cubes {
                cube.negatives.push(node);
            }
            return Some(cubes);
        }
        let mut alternatives = Vec::new();
        for part in parts {
            let size: usize = cubes.iter().map(size_of_cube).sum();
            self.spend(size)?;
            alternatives.extend(self.expand(part, holds, cubes.clone())?);
        }
        Some(alternatives)
    }
}

fn size_of_cube(cube: &Cube<'_>) -> usize {
    1 + cube.positives.len() + cube.negatives.len() + cube.selections.len()
}
