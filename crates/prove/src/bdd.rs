//! Reduced ordered binary decision diagrams (R. Bryant, "Graph-Based Algorithms for Boolean Function
//! Manipulation", 1986): the boolean core of proofs. Equal functions are equal references.

use hashbrown::HashMap;

/// A boolean function. Functions of one manager are equal exactly when their references are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bdd(u32);

impl Bdd {
    /// Never true.
    pub const FALSE: Self = Self(0);
    /// Always true.
    pub const TRUE: Self = Self(1);
}

/// A variable, ordered by its number.
pub type Variable = u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    variable: Variable,
    low: Bdd,
    high: Bdd,
}

/// The diagrams grew over their bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the decision diagram needs more than {0} nodes")]
pub struct TooManyNodes(pub usize);

type Result<T> = std::result::Result<T, TooManyNodes>;
type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// Variable of the two constants: behind every other.
const END: Variable = Variable::MAX;

/// Owns the nodes of all functions.
#[derive(Debug)]
pub struct Manager {
    nodes: Vec<Node>,
    unique: Map<Node, Bdd>,
    choices: Map<(Bdd, Bdd, Bdd), Bdd>,
    most: usize,
}

impl Manager {
    /// A manager that refuses to hold more nodes than this.
    pub fn new(most: usize) -> Self {
        let constant = |bdd| Node {
            variable: END,
            low: bdd,
            high: bdd,
        };
        Self {
            nodes: vec![constant(Bdd::FALSE), constant(Bdd::TRUE)],
            unique: Map::default(),
            choices: Map::default(),
            most,
        }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: the constants are nodes.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The function that is a variable.
    ///
    /// # Errors
    /// The bound of nodes is reached.
    pub fn variable(&mut self, variable: Variable) -> Result<Bdd> {
        self.node(variable, Bdd::FALSE, Bdd::TRUE)
    }

    /// Negation.
    ///
    /// # Errors
    /// As [`Manager::variable`].
    pub fn not(&mut self, of: Bdd) -> Result<Bdd> {
        self.choose(of, Bdd::FALSE, Bdd::TRUE)
    }

    /// Conjunction.
    ///
    /// # Errors
    /// As [`Manager::variable`].
    pub fn and(&mut self, left: Bdd, right: Bdd) -> Result<Bdd> {
        self.choose(left, right, Bdd::FALSE)
    }

    /// Disjunction.
    ///
    /// # Errors
    /// As [`Manager::variable`].
    pub fn or(&mut self, left: Bdd, right: Bdd) -> Result<Bdd> {
        self.choose(left, Bdd::TRUE, right)
    }

    /// `then` where the condition holds, `otherwise` elsewhere.
    ///
    /// # Errors
    /// As [`Manager::variable`].
    pub fn choose(&mut self, condition: Bdd, then: Bdd, otherwise: Bdd) -> Result<Bdd> {
        if condition == Bdd::TRUE || then == otherwise {
            return Ok(then);
        }
        if condition == Bdd::FALSE {
            return Ok(otherwise);
        }
        if then == Bdd::TRUE && otherwise == Bdd::FALSE {
            return Ok(condition);
        }
        let key = (condition, then, otherwise);
        if let Some(known) = self.choices.get(&key) {
            return Ok(*known);
        }
        // Depth is bounded by the number of variables.
        let variable = [condition, then, otherwise]
            .map(|bdd| self.top(bdd))
            .into_iter()
            .min()
            .unwrap_or(END);
        let at = |bdd: Bdd, side: bool| self.cofactor(bdd, variable, side);
        let (low, high) = (
            (at(condition, false), at(then, false), at(otherwise, false)),
            (at(condition, true), at(then, true), at(otherwise, true)),
        );
        let low = self.choose(low.0, low.1, low.2)?;
        let high = self.choose(high.0, high.1, high.2)?;
        let result = self.node(variable, low, high)?;
        // Work, too, is bounded: large functions may meet in small ones.
        if self.choices.len() >= self.most.saturating_mul(2) {
            return Err(TooManyNodes(self.most));
        }
        self.choices.insert(key, result);
        Ok(result)
    }

    /// Whether some value of the variables for which `wanted` holds makes the function true: the
    /// function without these variables.
    ///
    /// # Errors
    /// As [`Manager::variable`].
    pub fn exists(&mut self, of: Bdd, wanted: &dyn Fn(Variable) -> bool) -> Result<Bdd> {
        let mut known = Map::default();
        self.exists_below(of, wanted, &mut known)
    }

    fn exists_below(
        &mut self,
        of: Bdd,
        wanted: &dyn Fn(Variable) -> bool,
        known: &mut Map<Bdd, Bdd>,
    ) -> Result<Bdd> {
        if of == Bdd::TRUE || of == Bdd::FALSE {
            return Ok(of);
        }
        if let Some(result) = known.get(&of) {
            return Ok(*result);
        }
        let Node {
            variable,
            low,
            high,
        } = self.at(of);
        let low = self.exists_below(low, wanted, known)?;
        let high = self.exists_below(high, wanted, known)?;
        let result = if wanted(variable) {
            self.or(low, high)?
        } else {
            self.node(variable, low, high)?
        };
        known.insert(of, result);
        Ok(result)
    }

    /// Values of variables that make the function true, lower values first; variables that are not
    /// listed may have either. `None` when nothing makes it true.
    pub fn model(&self, of: Bdd) -> Option<Vec<(Variable, bool)>> {
        let mut values = Vec::new();
        let mut at = of;
        while at != Bdd::TRUE {
            if at == Bdd::FALSE {
                return None;
            }
            let node = self.at(at);
            let is_high = node.low == Bdd::FALSE;
            values.push((node.variable, is_high));
            at = if is_high { node.high } else { node.low };
        }
        Some(values)
    }

    /// The value of the function when exactly these variables are true.
    pub fn value(&self, of: Bdd, is_true: &dyn Fn(Variable) -> bool) -> bool {
        let mut at = of;
        while at != Bdd::TRUE && at != Bdd::FALSE {
            let node = self.at(at);
            at = if is_true(node.variable) {
                node.high
            } else {
                node.low
            };
        }
        at == Bdd::TRUE
    }

    fn node(&mut self, variable: Variable, low: Bdd, high: Bdd) -> Result<Bdd> {
        if low == high {
            return Ok(low);
        }
        let node = Node {
            variable,
            low,
            high,
        };
        if let Some(known) = self.unique.get(&node) {
            return Ok(*known);
        }
        if self.nodes.len() >= self.most {
            return Err(TooManyNodes(self.most));
        }
        let bdd = Bdd(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        self.unique.insert(node, bdd);
        Ok(bdd)
    }

    fn at(&self, bdd: Bdd) -> Node {
        // Every reference was made by this manager.
        let constant = Node {
            variable: END,
            low: bdd,
            high: bdd,
        };
        self.nodes.get(bdd.0 as usize).copied().unwrap_or(constant)
    }

    fn top(&self, bdd: Bdd) -> Variable {
        self.at(bdd).variable
    }

    fn cofactor(&self, bdd: Bdd, variable: Variable, side: bool) -> Bdd {
        let node = self.at(bdd);
        if node.variable != variable || variable == END {
            return bdd;
        }
        if side { node.high } else { node.low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A formula as a stack machine: numbers below 4 push a variable, 4 and 5 combine two, 6 negates.
    fn build(manager: &mut Manager, code: &[u8]) -> (Bdd, Vec<bool>) {
        let mut stack: Vec<(Bdd, Vec<bool>)> = Vec::new();
        for step in code {
            match step {
                0..=3 => {
                    let bdd = manager.variable(u32::from(*step)).expect("small");
                    let table = (0..16).map(|row| row >> step & 1 == 1).collect();
                    stack.push((bdd, table));
                }
                6 => {
                    if let Some((bdd, table)) = stack.pop() {
                        let not = manager.not(bdd).expect("small");
                        stack.push((not, table.iter().map(|value| !value).collect()));
                    }
                }
                _ => {
                    if stack.len() < 2 {
                        continue;
                    }
                    let (right, left) = (stack.pop().expect("two"), stack.pop().expect("two"));
                    let pairs = left.1.iter().zip(&right.1);
                    stack.push(if *step == 4 {
                        let bdd = manager.and(left.0, right.0).expect("small");
                        (bdd, pairs.map(|(a, b)| *a && *b).collect())
                    } else {
                        let bdd = manager.or(left.0, right.0).expect("small");
                        (bdd, pairs.map(|(a, b)| *a || *b).collect())
                    });
                }
            }
        }
        stack.pop().unwrap_or((Bdd::TRUE, vec![true; 16]))
    }

    proptest! {
        #[test]
        fn functions_are_their_truth_tables(code in prop::collection::vec(0_u8..7, 1..40)) {
            let mut manager = Manager::new(10_000);
            let (bdd, table) = build(&mut manager, &code);
            for (row, expected) in table.iter().enumerate() {
                prop_assert_eq!(manager.value(bdd, &|v| row >> v & 1 == 1), *expected);
            }
            prop_assert_eq!(manager.model(bdd).is_some(), table.contains(&true));
            if let Some(model) = manager.model(bdd) {
                let row: usize = model.iter().map(|(v, value)| usize::from(*value) << v).sum();
                prop_assert!(table[row]);
            }
            let without = manager.exists(bdd, &|v| v == 1).expect("small");
            for row in 0..16_usize {
                let expected = table[row & !2] || table[row | 2];
                prop_assert_eq!(manager.value(without, &|v| row >> v & 1 == 1), expected);
            }
        }
    }

    #[test]
    fn growth_is_bounded() {
        let mut manager = Manager::new(10);
        let mut all = Bdd::TRUE;
        let mut failed = false;
        for number in 0..20 {
            let Ok(variable) = manager.variable(number) else {
                failed = true;
                break;
            };
            match manager.and(all, variable) {
                Ok(both) => all = both,
                Err(error) => {
                    assert_eq!(error, TooManyNodes(10));
                    failed = true;
                    break;
                }
            }
        }
        assert!(failed);
    }
}
