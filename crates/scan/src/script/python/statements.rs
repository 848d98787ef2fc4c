//! Reads statements.

use super::evaluate::Python;
use super::tokens::Kind;
use super::value::{Value, add, unknown_of};

impl Python<'_, '_> {
    pub(super) fn statement(&mut self) {
        match self.peek() {
            Some(Kind::Name(word)) => match word.as_str() {
                "import" => self.import(),
                "from" => self.import_from(),
                "def" => self.definition(),
                "for" => self.for_statement(),
                "if" | "elif" | "else" | "while" | "try" | "finally" | "return" | "await"
                | "async" | "yield" | "raise" | "assert" | "with" | "del" | "not" | "except"
                | "class" | "global" => {
                    self.position += 1;
                }
                _ => self.assignment(word),
            },
            Some(Kind::End | Kind::Op(_)) if !self.is_op("(") && !self.is_op("[") => {
                self.position += 1
            }
            _ => {
                self.expression();
            }
        }
    }

    fn assignment(&mut self, name: &str) {
        let next = self.tokens.get(self.position + 1).map(|token| &token.kind);
        match next {
            Some(Kind::Op("=")) => {
                self.position += 2;
                let value = self.expression();
                self.variables.insert(name.to_owned(), value);
            }
            Some(Kind::Op("+=")) => {
                self.position += 2;
                let added = self.expression();
                let old = self.variables.get(name).cloned().unwrap_or(Value::Unknown);
                let value = add(&old, &added);
                self.store(name, value);
            }
            _ => {
                self.expression();
            }
        }
    }

    fn store(&mut self, name: &str, value: Value) {
        if self.spend(value.raw().map_or(0, <[u8]>::len)) {
            self.variables.insert(name.to_owned(), value);
        }
    }

    fn dotted(&mut self) -> String {
        let mut name = String::new();
        while let Some(Kind::Name(part)) = self.peek() {
            name.push_str(part);
            self.position += 1;
            if !self.is_op(".") {
                break;
            }
            name.push('.');
            self.position += 1;
        }
        name
    }

    fn import(&mut self) {
        let line = self.line();
        self.position += 1;
        loop {
            let module = self.dotted();
            if module.is_empty() {
                return;
            }
            self.emit(line, format!("import {module}").into_bytes());
            if self.is_name("as") {
                self.position += 1;
                let alias = self.dotted();
                self.variables.insert(alias, Value::Named(module));
            }
            if !self.eat(",") {
                return;
            }
        }
    }

    fn import_from(&mut self) {
        self.position += 1;
        let module = self.dotted();
        if !self.is_name("import") {
            return;
        }
        self.position += 1;
        self.eat("(");
        loop {
            let name = self.dotted();
            if name.is_empty() {
                return;
            }
            let full = Value::Named(format!("{module}.{name}"));
            let mut local = name;
            if self.is_name("as") {
                self.position += 1;
                local = self.dotted();
            }
            self.variables.insert(local, full);
            if !self.eat(",") {
                return;
            }
        }
    }

    /// `def f(a): return …` is kept as a lambda; other functions are read
    /// like the rest of the program.
    fn definition(&mut self) {
        self.position += 1;
        let name = self.dotted();
        if !self.eat("(") {
            return;
        }
        let mut parameters = Vec::new();
        while let Some(kind) = self.peek() {
            self.position += 1;
            match kind {
                Kind::Name(parameter) => parameters.push(parameter.clone()),
                Kind::Op(",") => {}
                _ => break,
            }
        }
        self.eat(":");
        while matches!(self.peek(), Some(Kind::End)) {
            self.position += 1;
        }
        if self.is_name("return") {
            self.position += 1;
            let body = self.position;
            self.variables.insert(name, Value::Lambda(parameters, body));
        }
    }

    fn for_statement(&mut self) {
        self.position += 1;
        let name = self.dotted();
        if self.is_name("in") {
            self.position += 1;
            let iterable = self.expression();
            let items = iterable.items().unwrap_or_default();
            let value = match items.as_slice() {
                [only] => only.clone(),
                _ => unknown_of(&[&iterable]),
            };
            self.variables.insert(name, value);
        }
    }
}
