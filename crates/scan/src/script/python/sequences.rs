//! Reads arguments, elements, comprehensions and lambdas.

use super::evaluate::{MOST_DEPTH, Python};
use super::tokens::Kind;
use super::value::{Value, unknown_of};

impl Python<'_, '_> {
    /// Items up to a closing bracket: arguments, elements, comprehensions.
    pub(super) fn items(&mut self, close: &str) -> Vec<Value> {
        let mut items = Vec::new();
        loop {
            let Some(kind) = self.peek() else {
                return items;
            };
            match kind {
                Kind::Op(found) if *found == close => {
                    self.position += 1;
                    return items;
                }
                Kind::Op("," | ":" | "=") => {
                    self.position += 1;
                    continue;
                }
                Kind::Op(")" | "]" | "}") => {
                    self.position += 1;
                    return items;
                }
                Kind::End => {
                    self.position += 1;
                    continue;
                }
                // `name=value`: only the value counts.
                Kind::Name(_)
                    if matches!(
                        self.tokens.get(self.position + 1).map(|token| &token.kind),
                        Some(Kind::Op("="))
                    ) =>
                {
                    self.position += 2;
                    continue;
                }
                _ => {}
            }
            let start = self.position;
            if self.is_comprehension(start) {
                self.comprehension(start, &mut items);
                continue;
            }
            let value = self.expression();
            items.push(value);
            if self.position == start {
                self.position += 1;
            }
        }
    }

    /// Looks a short way ahead for a `for` at this level.
    pub(super) fn is_comprehension(&self, start: usize) -> bool {
        let mut brackets = 0_i32;
        for token in self.tokens.iter().skip(start).take(60) {
            match &token.kind {
                Kind::Op("(" | "[" | "{") => brackets += 1,
                Kind::Op(")" | "]" | "}") => brackets -= 1,
                Kind::Op(",") if brackets == 0 => return false,
                Kind::Name(name) if name == "for" && brackets == 0 => return true,
                _ => {}
            }
            if brackets < 0 {
                return false;
            }
        }
        false
    }

    pub(super) fn comprehension(&mut self, start: usize, items: &mut Vec<Value>) {
        let quiet = std::mem::replace(&mut self.quiet, true);
        self.expression();
        self.quiet = quiet;
        if !self.is_name("for") {
            items.push(Value::Unknown);
            return;
        }
        self.position += 1;
        let mut names = Vec::new();
        while let Some(Kind::Name(name)) = self.peek() {
            if name == "in" {
                break;
            }
            names.push(name.clone());
            self.position += 1;
            self.eat(",");
        }
        self.position += usize::from(self.is_name("in"));
        // The condition would read as part of a conditional expression.
        let iterable = self.operand();
        let filtered = self.is_name("if") || self.is_name("for");
        if filtered {
            self.position += 1;
            self.expression();
        }
        let after = self.position;
        match iterable.items() {
            Some(elements) if !filtered => {
                for element in elements {
                    if !self.spend(0) {
                        break;
                    }
                    let parts = match (&element, names.len()) {
                        (Value::List(parts), 2..) => parts.clone(),
                        _ => vec![element],
                    };
                    for (name, part) in names.iter().zip(parts) {
                        self.variables.insert(name.clone(), part);
                    }
                    self.position = start;
                    let value = self.expression();
                    items.push(value);
                }
            }
            _ => items.push(unknown_of(&[&iterable])),
        }
        self.position = after;
    }

    pub(super) fn lambda(&mut self) -> Value {
        self.position += 1;
        let mut parameters = Vec::new();
        while let Some(kind) = self.peek() {
            self.position += 1;
            match kind {
                Kind::Name(name) => parameters.push(name.clone()),
                Kind::Op(",") => {}
                _ => break,
            }
        }
        let body = self.position;
        let quiet = std::mem::replace(&mut self.quiet, true);
        self.expression();
        self.quiet = quiet;
        Value::Lambda(parameters, body)
    }

    /// Calls a lambda with known arguments.
    pub(super) fn apply(
        &mut self,
        parameters: &[String],
        body: usize,
        arguments: &[Value],
    ) -> Value {
        if self.depth + 4 >= MOST_DEPTH {
            return Value::Unknown;
        }
        let mut outer = Vec::new();
        for (parameter, argument) in parameters.iter().zip(arguments) {
            outer.push((
                parameter.clone(),
                self.variables.insert(parameter.clone(), argument.clone()),
            ));
        }
        let place = std::mem::replace(&mut self.position, body);
        let value = self.expression();
        self.position = place;
        for (parameter, old) in outer {
            match old {
                Some(old) => self.variables.insert(parameter, old),
                None => self.variables.remove(&parameter),
            };
        }
        value
    }
}
