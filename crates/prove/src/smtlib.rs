//! Questions as SMT-LIB 2.6 files, for outside solvers: an independent opinion on cells and diagrams.
//!
//! A satisfiable file asserts that a request breaks the property; an unsatisfiable one asserts even
//! that it might. Multi-valued components are sets of a few values, as many as there are questions
//! about them: no larger set can satisfy more.

mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ipnet::IpNet;
use rempart_aws_model::ActionName;
use rempart_policy::{Stack, instant};

use crate::ask::{Ask, Kind};
use crate::formula::{ComponentId, Formula, Literal, Node};
use crate::language::Language;
use crate::model::Setting;
use crate::predicate::Predicate;
use crate::problem::{Component, Form, Part, Problem};
use crate::question::never_allowed;
use crate::solve::{Reason, relevant_facts};

use text::{comment, ends, int, joined, membership, quoted, real, sign};

/// The question of [`crate::Prover::never_allowed`] as a file. `is_satisfiable` is our own answer: it
/// decides which of the two forms is written, and stands in the file as its status.
///
/// # Errors
/// The question cannot be expressed: a pattern with variables, or text without case.
pub fn never_allowed_file(
    stack: &Stack,
    action: &ActionName,
    setting: &Setting,
    property: &Predicate,
    is_satisfiable: bool,
) -> Result<String, Reason> {
    let (model, (yes, maybe)) = never_allowed(stack, action, setting, property)?;
    let question = if is_satisfiable { yes } else { maybe };
    problem_file(&model.problem, question, is_satisfiable)
}

/// Whether a formula can be true together with all facts, as a file.
///
/// # Errors
/// As [`never_allowed_file`].
pub fn problem_file(
    problem: &Problem,
    question: Formula,
    is_satisfiable: bool,
) -> Result<String, Reason> {
    let mut text = String::new();
    let status = if is_satisfiable { "sat" } else { "unsat" };
    let _ = writeln!(text, "(set-info :smt-lib-version 2.6)");
    let _ = writeln!(text, "(set-info :status {status})");
    let _ = writeln!(text, "(set-logic ALL)");
    let mut roots = relevant_facts(problem, &[question]);
    roots.push(question);
    let writer = Writer::new(problem, &roots);
    for (component, id) in problem.components.iter().zip(0..) {
        if let Some(slots) = writer.slots.get(&id) {
            declare(&mut text, component, id, *slots);
        }
    }
    for (switch, number) in problem.switches.iter().zip(0..) {
        let _ = writeln!(
            text,
            "; {}\n(declare-const switch{number} Bool)",
            comment(&switch.key)
        );
    }
    writer.definitions(&mut text, &roots)?;
    for root in roots {
        let _ = writeln!(text, "(assert {})", name(root));
    }
    let _ = writeln!(text, "(check-sat)");
    Ok(text)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    Number,
    Whole,
    Date,
    Address,
}

fn sort_of(component: &Component) -> Sort {
    if component.domain.listed.is_some() {
        return Sort::Text;
    }
    let is_empty = Ask::is_empty();
    match component.asks.iter().find(|ask| **ask != is_empty) {
        Some(Ask::Number(..)) if component.domain.is_whole => Sort::Whole,
        Some(Ask::Number(..)) => Sort::Number,
        Some(Ask::Date(..)) => Sort::Date,
        Some(Ask::Address(_)) => Sort::Address,
        _ => Sort::Text,
    }
}

fn declare(text: &mut String, component: &Component, id: ComponentId, slots: usize) {
    let _ = writeln!(text, "; {}", comment(&component.name));
    let sort = match sort_of(component) {
        Sort::Text => "String",
        Sort::Number => "Real",
        Sort::Whole | Sort::Date | Sort::Address => "Int",
    };
    let mut used = Vec::new();
    for slot in 0..slots {
        let _ = writeln!(text, "(declare-const used{id}_{slot} Bool)");
        let _ = writeln!(text, "(declare-const value{id}_{slot} {sort})");
        if sort_of(component) == Sort::Address {
            let _ = writeln!(text, "(declare-const six{id}_{slot} Bool)");
            let _ = writeln!(
                text,
                "(assert (and (<= 0 value{id}_{slot}) (< value{id}_{slot} (ite six{id}_{slot} 340282366920938463463374607431768211456 4294967296))))"
            );
        }
        if sort_of(component) == Sort::Text {
            if !component.domain.may_be_empty {
                let _ = writeln!(text, "(assert (not (= value{id}_{slot} \"\")))");
            }
            if let Some(within) = &component.domain.within {
                let value = format!("value{id}_{slot}");
                let _ = writeln!(text, "(assert {})", membership(&value, within));
            }
            if let Some(listed) = &component.domain.listed {
                let equal = listed
                    .iter()
                    .map(|value| format!("(= value{id}_{slot} {})", quoted(value)));
                let _ = writeln!(text, "(assert {})", joined("or", "false", equal.collect()));
            }
        }
        used.push(format!("used{id}_{slot}"));
    }
    if !component.can_be_absent {
        let _ = writeln!(text, "(assert {})", joined("or", "false", used));
    }
}

struct Writer<'p> {
    problem: &'p Problem,
    /// Values of each component that are told apart: for a multi-valued one as many as formulas ask
    /// for, and two, since more than one value matters.
    slots: BTreeMap<ComponentId, usize>,
}

impl<'p> Writer<'p> {
    fn new(problem: &'p Problem, roots: &[Formula]) -> Self {
        let mut slots: BTreeMap<ComponentId, usize> = BTreeMap::new();
        for literal in problem.formulas.literals(roots) {
            match literal {
                Literal::Absent(id) | Literal::Value(id, _) | Literal::One(id) => {
                    slots.entry(id).or_default();
                }
                Literal::Some(id, ..) => *slots.entry(id).or_default() += 1,
                Literal::Switch(_) => {}
                Literal::Free(number) => {
                    let comparison = problem.comparisons.get(number as usize);
                    for part in comparison
                        .into_iter()
                        .flat_map(|comparison| &comparison.parts)
                    {
                        if let Part::Value(id, _) = part {
                            slots.entry(*id).or_default();
                        }
                    }
                    slots
                        .entry(comparison.map_or(0, |comparison| comparison.component))
                        .or_default();
                }
            }
        }
        for (id, count) in &mut slots {
            let is_multi = problem
                .component(*id)
                .is_some_and(|component| component.is_multi);
            *count = if is_multi { (*count).max(2) } else { 1 };
        }
        Self { problem, slots }
    }

    fn slots(&self, id: ComponentId) -> usize {
        self.slots.get(&id).copied().unwrap_or_default()
    }

    /// One definition for each node, members before what holds them.
    fn definitions(&self, text: &mut String, roots: &[Formula]) -> Result<(), Reason> {
        let mut seen = vec![false; self.problem.formulas.len()];
        let mut pending: Vec<Formula> = roots.to_vec();
        while let Some(formula) = pending.pop() {
            if let Some(slot) = seen.get_mut(formula.index())
                && !std::mem::replace(slot, true)
            {
                match self.problem.formulas.node(formula) {
                    Node::Not(inner) => pending.push(*inner),
                    Node::And(parts) | Node::Or(parts) => pending.extend(parts.iter()),
                    Node::Constant(_) | Node::Literal(_) => {}
                }
            }
        }
        // Members have smaller numbers: they were made first.
        for (index, _) in seen.iter().enumerate().filter(|(_, seen)| **seen) {
            let Some(formula) = Formula::of_index(index) else {
                continue;
            };
            let body = match self.problem.formulas.node(formula) {
                Node::Constant(value) => value.to_string(),
                Node::Literal(literal) => self.literal(*literal)?,
                Node::Not(inner) => format!("(not {})", name(*inner)),
                Node::And(parts) => joined("and", "true", parts.iter().map(|p| name(*p)).collect()),
                Node::Or(parts) => joined("or", "false", parts.iter().map(|p| name(*p)).collect()),
            };
            let _ = writeln!(text, "(define-fun {} () Bool {body})", name(formula));
        }
        Ok(())
    }

    fn literal(&self, literal: Literal) -> Result<String, Reason> {
        let used = |id: ComponentId| -> Vec<String> {
            (0..self.slots(id))
                .map(|slot| format!("used{id}_{slot}"))
                .collect()
        };
        Ok(match literal {
            Literal::Absent(id) => format!("(not {})", joined("or", "false", used(id))),
            Literal::Value(id, ask) => {
                format!("(and used{id}_0 {})", self.ask(id, 0, ask)?)
            }
            Literal::Some(id, ask, truth) => {
                let mut found = Vec::new();
                for slot in 0..self.slots(id) {
                    let asked = self.ask(id, slot, ask)?;
                    let asked = if truth {
                        asked
                    } else {
                        format!("(not {asked})")
                    };
                    found.push(format!("(and used{id}_{slot} {asked})"));
                }
                joined("or", "false", found)
            }
            Literal::One(id) => {
                let used = used(id);
                let mut ways = Vec::new();
                for only in &used {
                    let all = used.iter().map(|other| {
                        if other == only {
                            other.clone()
                        } else {
                            format!("(not {other})")
                        }
                    });
                    ways.push(joined("and", "true", all.collect()));
                }
                joined("or", "false", ways)
            }
            Literal::Switch(number) => format!("switch{number}"),
            Literal::Free(number) => self.comparison(number)?,
        })
    }

    fn ask(&self, id: ComponentId, slot: usize, ask: u32) -> Result<String, Reason> {
        let Some(component) = self.problem.component(id) else {
            return Ok("false".to_owned());
        };
        let Some(ask) = component.asks.get(ask as usize) else {
            return Ok("false".to_owned());
        };
        let value = format!("value{id}_{slot}");
        if let Some(listed) = &component.domain.listed {
            let matching = listed.iter().filter(|value| ask.truth(value));
            let equal = matching.map(|text| format!("(= {value} {})", quoted(text)));
            return Ok(joined("or", "false", equal.collect()));
        }
        let sort = sort_of(component);
        let kind = match sort {
            Sort::Text | Sort::Whole => component.domain.kind,
            Sort::Number => Kind::Number,
            Sort::Date => Kind::Date,
            Sort::Address => Kind::Address,
        };
        if kind != component.domain.kind {
            return Err(Reason::Unsupported(
                format!(
                    "a value of `{}` need not be of the operator's type",
                    component.name
                )
                .into(),
            ));
        }
        Ok(match (ask, sort) {
            (Ask::Text(language), Sort::Text) => membership(&value, language),
            (Ask::Bool { yes, no }, Sort::Text) => {
                let mut equal = Vec::new();
                if *yes {
                    equal.push(format!("(= {value} \"true\")"));
                }
                if *no {
                    equal.push(format!("(= {value} \"false\")"));
                }
                joined("or", "false", equal)
            }
            (Ask::Number(order, limits), Sort::Number | Sort::Whole) => {
                let parts = limits
                    .iter()
                    .map(|limit| format!("({} (* 1.0 {value}) {})", sign(*order), real(limit)));
                // Whole numbers are made real by `to_real`.
                let parts = parts.map(|part| {
                    if sort == Sort::Whole {
                        part.replace("(* 1.0 ", "(to_real ")
                    } else {
                        part
                    }
                });
                joined("or", "false", parts.collect())
            }
            (Ask::Date(order, limits), Sort::Date) => {
                let instants = limits.iter().filter_map(|limit| instant(limit));
                let parts =
                    instants.map(|limit| format!("({} {value} {})", sign(*order), int(limit)));
                joined("or", "false", parts.collect())
            }
            (Ask::Address(ranges), Sort::Address) => {
                let parts = ranges.iter().map(|range| {
                    let (first, last) = ends(range);
                    let is_six = matches!(range, IpNet::V6(_));
                    let family = if is_six {
                        format!("six{id}_{slot}")
                    } else {
                        format!("(not six{id}_{slot})")
                    };
                    format!("(and {family} (<= {first} {value}) (<= {value} {last}))")
                });
                joined("or", "false", parts.collect())
            }
            _ => {
                return Err(Reason::Unsupported(
                    format!("operators of several types look at `{}`", component.name).into(),
                ));
            }
        })
    }

    fn comparison(&self, number: u32) -> Result<String, Reason> {
        let unsupported =
            || Reason::Unsupported("a pattern with variables has no SMT-LIB form".into());
        let comparison = self
            .problem
            .comparisons
            .get(number as usize)
            .ok_or_else(unsupported)?;
        let mut parts = Vec::new();
        for part in &comparison.parts {
            parts.push(match part {
                Part::Text(text) | Part::Literal(text) => {
                    if comparison.form != Form::Exact && text.contains(['*', '?']) {
                        return Err(unsupported());
                    }
                    quoted(text)
                }
                Part::Value(id, None) => format!("value{id}_0"),
                Part::Value(id, Some(default)) => {
                    format!("(ite used{id}_0 value{id}_0 {})", quoted(default))
                }
            });
        }
        if !matches!(comparison.form, Form::Exact | Form::Like) {
            return Err(unsupported());
        }
        let whole = match parts.as_slice() {
            [single] => single.clone(),
            _ => format!("(str.++ {})", parts.join(" ")),
        };
        Ok(format!("(= value{}_0 {whole})", comparison.component))
    }
}

fn name(formula: Formula) -> String {
    format!("f{}", formula.index())
}

/// Whether some text is of the left language and not of the right one, as a file.
pub fn inclusion_file(left: &Language, right: &Language) -> String {
    format!(
        "(set-logic ALL)\n(declare-const x String)\n(assert {})\n(assert (not {}))\n(check-sat)\n",
        membership("x", left),
        membership("x", right)
    )
}
