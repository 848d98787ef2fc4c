//! Compiled conditions: trees over tests, where equal tests of all rules are one.

use std::cmp::Ordering;

use hashbrown::HashMap;
use ipnet::IpNet;
use regex::Regex;

use crate::lookup::Path;
use crate::modifier::Modifier;
use crate::number::Decimal;
use crate::texts::TextSet;

/// Number of a field among all that rules use.
pub(crate) type Slot = u32;
/// Number of a test.
pub(crate) type TestId = u32;

/// The slot of `eventSource`, always the first.
pub(crate) const EVENT_SOURCE: Slot = 0;
/// The slot of `eventName`, always the second.
pub(crate) const EVENT_NAME: Slot = 1;

/// A condition over tests.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Test(TestId),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
}

/// What a test asks of a field.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// A value's text matches one of the patterns
    Text(TextSet),
    /// A value is this number, or the text of it as the rule writes it
    Number { text: Box<str>, value: Decimal },
    /// A value is this boolean or the word for it
    Bool(bool),
    /// The field is absent, or a value is null
    Null,
    /// The field is there
    Exists,
    /// A value's text matches the expression
    Regex(Regex),
    /// A value is a number that compares so
    Compare { how: NumberTest, value: Decimal },
    /// A value is an address in one of the networks
    Cidr(Box<[IpNet]>),
    /// A value equals (begins with, …) a value of the other field
    FieldRef {
        other: Slot,
        how: TextRelation,
        cased: bool,
    },
    /// A value is a time whose part compares so
    TimePart {
        part: Modifier,
        how: NumberTest,
        value: Decimal,
    },
    /// A key or scalar anywhere in the record matches one of the patterns; the literals of which one
    /// must then be in the record's text, `None` when there is no such necessity
    Keyword {
        what: KeywordTest,
        literals: Option<Box<[u32]>>,
    },
}

/// How keywords match a text of the record.
#[derive(Debug, Clone)]
pub(crate) enum KeywordTest {
    Text(TextSet),
    Regex(Regex),
}

/// How numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberTest {
    Lt,
    Lte,
    Gt,
    Gte,
    Eq,
}

impl NumberTest {
    pub(crate) const fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Lt => ordering.is_lt(),
            Self::Lte => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Gte => ordering.is_ge(),
            Self::Eq => ordering.is_eq(),
        }
    }
}

/// How the text of one field relates to that of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextRelation {
    Equal,
    StartsWith,
    EndsWith,
    Contains,
}

/// A field with what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    /// Meaningless for keywords
    pub(crate) slot: Slot,
    pub(crate) check: Check,
    pub(crate) cost: u32,
}

/// A field that rules use.
#[derive(Debug, Clone)]
pub(crate) struct FieldSlot {
    pub(crate) path: Path,
    /// Whether it is derived from the record rather than read
    pub(crate) derived: bool,
}

/// Everything that rules share: fields, tests, keyword literals.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    pub(crate) slots: Vec<FieldSlot>,
    pub(crate) tests: Vec<Test>,
    pub(crate) literals: Vec<Box<str>>,
}

/// Builds [`Tables`] without repeating anything.
#[derive(Debug)]
pub(crate) struct Interner {
    pub(crate) tables: Tables,
    slots: HashMap<Box<str>, Slot>,
    tests: HashMap<Box<str>, TestId>,
    literals: HashMap<Box<str>, u32>,
}

impl Interner {
    pub(crate) fn new() -> Self {
        let mut interner = Self {
            tables: Tables::default(),
            slots: HashMap::new(),
            tests: HashMap::new(),
            literals: HashMap::new(),
        };
        interner.slot("eventSource");
        interner.slot("eventName");
        interner
    }

    /// The slot of a field path.
    pub(crate) fn slot(&mut self, path: &str) -> Slot {
        let path = Path::new(path);
        if let Some(slot) = self.slots.get(path.text()) {
            return *slot;
        }
        let slot = count(self.tables.slots.len());
        self.slots.insert(path.text().into(), slot);
        let derived = path.text().starts_with(crate::derive::DERIVED_PREFIX);
        self.tables.slots.push(FieldSlot { path, derived });
        slot
    }

    /// The node of a test.
    pub(crate) fn test(&mut self, slot: Slot, check: Check) -> Node {
        let key = format!("{slot} {check:?}").into_boxed_str();
        if let Some(test) = self.tests.get(&key) {
            return Node::Test(*test);
        }
        let test = count(self.tables.tests.len());
        self.tests.insert(key, test);
        let cost = self.access_cost(slot, &check) + check.cost();
        self.tables.tests.push(Test { slot, check, cost });
        Node::Test(test)
    }

    /// The number of a text that must be in the record's text, in lower case.
    pub(crate) fn literal(&mut self, text: &str) -> u32 {
        if let Some(literal) = self.literals.get(text) {
            return *literal;
        }
        let literal = count(self.tables.literals.len());
        self.literals.insert(text.into(), literal);
        self.tables.literals.push(text.into());
        literal
    }

    /// All must hold; the cheapest is asked first.
    pub(crate) fn and(&self, mut nodes: Vec<Node>) -> Node {
        nodes.sort_by_key(|node| self.cost(node));
        one_or(nodes, |nodes| Node::And(nodes.into()))
    }

    /// One must hold; the cheapest is asked first.
    pub(crate) fn or(&self, mut nodes: Vec<Node>) -> Node {
        nodes.sort_by_key(|node| self.cost(node));
        one_or(nodes, |nodes| Node::Or(nodes.into()))
    }

    fn cost(&self, node: &Node) -> u32 {
        match node {
            Node::Test(test) => self
                .tables
                .tests
                .get(*test as usize)
                .map_or(0, |test| test.cost),
            Node::Not(inner) => self.cost(inner),
            Node::And(nodes) | Node::Or(nodes) => nodes
                .iter()
                .fold(0u32, |sum, node| sum.saturating_add(self.cost(node))),
        }
    }

    fn access_cost(&self, slot: Slot, check: &Check) -> u32 {
        if matches!(check, Check::Keyword { .. }) || slot == EVENT_SOURCE || slot == EVENT_NAME {
            return 0;
        }
        match self.tables.slots.get(slot as usize) {
            Some(field) if field.derived => 1_000,
            Some(field) if field.path.top_level().is_some() => 2,
            _ => 10,
        }
    }
}

impl Check {
    fn cost(&self) -> u32 {
        match self {
            Self::Null | Self::Exists | Self::Bool(_) => 0,
            Self::Number { .. } => 1,
            Self::Compare { .. } | Self::Cidr(_) | Self::TimePart { .. } => 3,
            Self::Text(set) => set.cost(),
            Self::Regex(_) | Self::FieldRef { .. } => 20,
            Self::Keyword { .. } => 100,
        }
    }
}

/// The only node, or what `many` makes of several.
pub(crate) fn one_or(mut nodes: Vec<Node>, many: impl Fn(Vec<Node>) -> Node) -> Node {
    if nodes.len() == 1
        && let Some(only) = nodes.pop()
    {
        return only;
    }
    many(nodes)
}

/// A place in a table. Tables with four billion entries cannot come from rules of bounded size.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
