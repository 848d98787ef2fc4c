//! Formulas over literals, shared where they are equal.

use hashbrown::HashMap;

/// Number of a key or field of a problem.
pub type ComponentId = u32;

/// A formula of [`Formulas`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Formula(u32);

/// What a formula speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Literal {
    /// The component has no value
    Absent(ComponentId),
    /// The only value satisfies the question of this number
    Value(ComponentId, u32),
    /// Some value of a multi-valued component answers the question so
    Some(ComponentId, u32, bool),
    /// A multi-valued component has exactly one value
    One(ComponentId),
    /// Something that AWS does and does not document: true or false for all requests
    Switch(u32),
    /// A comparison between two components: see [`crate::problem::Comparison`]
    Free(u32),
}

/// A node of the shared graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// Never or always true
    Constant(bool),
    /// A literal
    Literal(Literal),
    /// Negation
    Not(Formula),
    /// Conjunction
    And(Box<[Formula]>),
    /// Disjunction
    Or(Box<[Formula]>),
}

/// Owns formulas.
#[derive(Debug, Clone)]
pub struct Formulas {
    nodes: Vec<Node>,
    known: HashMap<Node, Formula, foldhash::fast::FixedState>,
}

/// Two-sided truth: where it certainly holds and where it certainly does not. Elsewhere AWS does not
/// say (Kleene's strong logic, as the engine's).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sure {
    /// It holds.
    pub yes: Formula,
    /// It does not hold.
    pub no: Formula,
}

impl Formula {
    /// Never true.
    pub const FALSE: Self = Self(0);
    /// Always true.
    pub const TRUE: Self = Self(1);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn of_index(index: usize) -> Option<Self> {
        u32::try_from(index).ok().map(Self)
    }
}

impl Sure {
    /// Certainly true.
    pub const TRUE: Self = Self {
        yes: Formula::TRUE,
        no: Formula::FALSE,
    };
    /// Certainly false.
    pub const FALSE: Self = Self {
        yes: Formula::FALSE,
        no: Formula::TRUE,
    };
    /// Never known.
    pub const UNKNOWN: Self = Self {
        yes: Formula::FALSE,
        no: Formula::FALSE,
    };

    /// Negation.
    #[must_use]
    pub fn negated(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
        }
    }
}

impl From<bool> for Sure {
    fn from(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }
}

impl From<rempart_policy::Truth> for Sure {
    fn from(truth: rempart_policy::Truth) -> Self {
        match truth {
            rempart_policy::Truth::True => Self::TRUE,
            rempart_policy::Truth::False => Self::FALSE,
            rempart_policy::Truth::Unknown => Self::UNKNOWN,
        }
    }
}

impl Default for Formulas {
    fn default() -> Self {
        let constants = vec![Node::Constant(false), Node::Constant(true)];
        Self {
            nodes: constants,
            known: HashMap::default(),
        }
    }
}

impl Formulas {
    /// The node of a formula.
    pub fn node(&self, formula: Formula) -> &Node {
        const FALSE: &Node = &Node::Constant(false);
        self.nodes.get(formula.index()).unwrap_or(FALSE)
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: constants are nodes.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// A literal.
    pub fn literal(&mut self, literal: Literal) -> Formula {
        self.add(Node::Literal(literal))
    }

    /// Negation.
    pub fn not(&mut self, of: Formula) -> Formula {
        match self.node(of) {
            Node::Constant(value) => constant(!value),
            Node::Not(inner) => *inner,
            _ => self.add(Node::Not(of)),
        }
    }

    /// Conjunction of all.
    pub fn all(&mut self, parts: impl IntoIterator<Item = Formula>) -> Formula {
        let mut kept: Vec<Formula> = Vec::new();
        for part in parts {
            match part {
                Formula::FALSE => return Formula::FALSE,
                Formula::TRUE => {}
                part => kept.push(part),
            }
        }
        kept.sort_unstable();
        kept.dedup();
        match kept.as_slice() {
            [] => Formula::TRUE,
            [single] => *single,
            _ => self.add(Node::And(kept.into())),
        }
    }

    /// Disjunction of all.
    pub fn any(&mut self, parts: impl IntoIterator<Item = Formula>) -> Formula {
        let mut kept: Vec<Formula> = Vec::new();
        for part in parts {
            match part {
                Formula::TRUE => return Formula::TRUE,
                Formula::FALSE => {}
                part => kept.push(part),
            }
        }
        kept.sort_unstable();
        kept.dedup();
        match kept.as_slice() {
            [] => Formula::FALSE,
            [single] => *single,
            _ => self.add(Node::Or(kept.into())),
        }
    }

    /// `then` where the condition holds, `otherwise` elsewhere.
    pub fn choose(&mut self, condition: Formula, then: Formula, otherwise: Formula) -> Formula {
        let not = self.not(condition);
        let left = self.all([condition, then]);
        let right = self.all([not, otherwise]);
        self.any([left, right])
    }

    /// A formula that is known everywhere.
    pub fn sure(&mut self, yes: Formula) -> Sure {
        Sure {
            yes,
            no: self.not(yes),
        }
    }

    /// Conjunction of two-sided truths.
    pub fn sure_all(&mut self, parts: &[Sure]) -> Sure {
        Sure {
            yes: self.all(parts.iter().map(|part| part.yes)),
            no: self.any(parts.iter().map(|part| part.no)),
        }
    }

    /// Disjunction of two-sided truths.
    pub fn sure_any(&mut self, parts: &[Sure]) -> Sure {
        Sure {
            yes: self.any(parts.iter().map(|part| part.yes)),
            no: self.all(parts.iter().map(|part| part.no)),
        }
    }

    /// Choice between two-sided truths.
    pub fn sure_choose(&mut self, condition: Formula, then: Sure, otherwise: Sure) -> Sure {
        Sure {
            yes: self.choose(condition, then.yes, otherwise.yes),
            no: self.choose(condition, then.no, otherwise.no),
        }
    }

    /// The literals of formulas.
    pub fn literals(&self, roots: &[Formula]) -> Vec<Literal> {
        let mut found = Vec::new();
        let mut seen = vec![false; self.nodes.len()];
        let mut pending: Vec<Formula> = roots.to_vec();
        while let Some(formula) = pending.pop() {
            let Some(slot) = seen.get_mut(formula.index()) else {
                continue;
            };
            if std::mem::replace(slot, true) {
                continue;
            }
            match self.node(formula) {
                Node::Constant(_) => {}
                Node::Literal(literal) => found.push(*literal),
                Node::Not(inner) => pending.push(*inner),
                Node::And(parts) | Node::Or(parts) => pending.extend(parts.iter()),
            }
        }
        found
    }

    fn add(&mut self, node: Node) -> Formula {
        if let Some(known) = self.known.get(&node) {
            return *known;
        }
        let formula = Formula(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node.clone());
        self.known.insert(node, formula);
        formula
    }
}

fn constant(value: bool) -> Formula {
    if value { Formula::TRUE } else { Formula::FALSE }
}
