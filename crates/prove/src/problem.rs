//! A question in general form: components of a request, what is asked of them, what always holds.

use crate::ask::{Ask, Domain, MOST_CELLS};
use crate::formula::{ComponentId, Formula, Formulas, Literal};

/// A key, a field or the resource: one part of a request that may have any value.
#[derive(Debug, Clone)]
pub struct Component {
    /// The condition key, the path of the field, or `resource`.
    pub name: Box<str>,
    /// Whether a request may give several values.
    pub is_multi: bool,
    /// Whether a request may leave it out.
    pub can_be_absent: bool,
    /// What values there are.
    pub domain: Domain,
    /// What is asked of a value.
    pub asks: Vec<Ask>,
    /// Values that read well; one of them stands for its cell where there is one.
    pub examples: Vec<Box<str>>,
}

/// Something that AWS does and does not document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// The condition key that it is about.
    pub key: Box<str>,
    /// What holds when it is on, in words that follow "if".
    pub on: Box<str>,
    /// What holds when it is off.
    pub off: Box<str>,
}

/// A comparison of a component with a text that holds values of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The component whose value is compared.
    pub component: ComponentId,
    /// The text.
    pub parts: Vec<Part>,
    /// How it is compared.
    pub form: Form,
    /// The text as the policy writes it.
    pub written: Box<str>,
}

/// A part of a text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text, with wildcards where the operator has them
    Text(Box<str>),
    /// Text without wildcards
    Literal(Box<str>),
    /// The value of a component, or what stands in when it is absent
    Value(ComponentId, Option<Box<str>>),
}

/// How a value is compared with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Exactly
    Exact,
    /// Without case
    WithoutCase,
    /// As a pattern
    Like,
    /// As an ARN, part by part
    Arn,
    /// As a resource
    Resource,
}

/// Components, questions and facts.
#[derive(Debug, Clone, Default)]
pub struct Problem {
    /// The formulas.
    pub formulas: Formulas,
    /// The components.
    pub components: Vec<Component>,
    /// What is not documented.
    pub switches: Vec<Switch>,
    /// Comparisons between components.
    pub comparisons: Vec<Comparison>,
    /// What holds for every request.
    pub facts: Vec<Formula>,
}

impl Problem {
    /// Adds a component.
    pub fn add_component(&mut self, component: Component) -> ComponentId {
        self.components.push(component);
        u32::try_from(self.components.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds a switch, or finds it.
    pub fn switch(&mut self, switch: Switch) -> Formula {
        let known = self.switches.iter().position(|other| *other == switch);
        let number = known.unwrap_or_else(|| {
            self.switches.push(switch);
            self.switches.len() - 1
        });
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.formulas.literal(Literal::Switch(number))
    }

    /// A component.
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.components.get(id as usize)
    }

    /// The component has no value.
    pub fn absent(&mut self, id: ComponentId) -> Formula {
        if self
            .component(id)
            .is_some_and(|component| !component.can_be_absent)
        {
            return Formula::FALSE;
        }
        self.formulas.literal(Literal::Absent(id))
    }

    /// The component has a value.
    pub fn present(&mut self, id: ComponentId) -> Formula {
        let absent = self.absent(id);
        self.formulas.not(absent)
    }

    /// Some value of the component answers the question with `truth`. False when it is absent.
    pub fn some(&mut self, id: ComponentId, ask: Ask, truth: bool) -> Formula {
        let Some(component) = self.components.get_mut(id as usize) else {
            return Formula::FALSE;
        };
        let is_multi = component.is_multi;
        // Beyond the bound there is no answer, so equal questions need not be found.
        let is_within = component.asks.len() <= MOST_CELLS;
        let mut asks = component.asks.iter().take_while(|_| is_within);
        let known = asks.position(|other| *other == ask);
        let number = known.unwrap_or_else(|| {
            component.asks.push(ask);
            component.asks.len() - 1
        });
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if is_multi {
            return self.formulas.literal(Literal::Some(id, number, truth));
        }
        let value = self.formulas.literal(Literal::Value(id, number));
        if truth {
            return value;
        }
        let (present, not) = (self.present(id), self.formulas.not(value));
        self.formulas.all([present, not])
    }

    /// A multi-valued component has exactly one value.
    pub fn one(&mut self, id: ComponentId) -> Formula {
        self.formulas.literal(Literal::One(id))
    }

    /// Adds a comparison between components. It holds only where all that it needs is there.
    pub fn compare(&mut self, comparison: Comparison) -> Formula {
        let needed: Vec<ComponentId> = comparison
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Value(id, None) => Some(*id),
                _ => None,
            })
            .chain([comparison.component])
            .collect();
        let known = self
            .comparisons
            .iter()
            .position(|other| *other == comparison);
        let number = known.unwrap_or_else(|| {
            self.comparisons.push(comparison);
            self.comparisons.len() - 1
        });
        let literal = Literal::Free(u32::try_from(number).unwrap_or(u32::MAX));
        let mut parts = vec![self.formulas.literal(literal)];
        for id in needed {
            parts.push(self.present(id));
        }
        self.formulas.all(parts)
    }
}
