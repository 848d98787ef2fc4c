//! Reads statements and folds expressions.

use std::collections::HashMap;

use super::super::normalise::{Budget, Report};
use super::tokens::{Kind, Token};
use super::value::{Value, add, binary, slice, unknown_of};

/// Nesting of expressions and calls of lambdas.
pub(super) const MOST_DEPTH: u32 = 24;

pub(super) struct Python<'t, 'b> {
    pub(super) tokens: &'t [Token],
    pub(super) position: usize,
    budget: &'b mut Budget,
    pub(super) report: Report,
    pub(super) variables: HashMap<String, Value>,
    /// What was printed; `None` once something unknown was.
    pub(super) printed: Option<Vec<u8>>,
    pub(super) depth: u32,
    pub(super) quiet: bool,
}

/// Binary operators by strength, weakest first.
const LEVELS: [&[&str]; 6] = [
    &["|"],
    &["^"],
    &["&"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "//", "%"],
];

impl<'t, 'b> Python<'t, 'b> {
    pub(super) fn new(tokens: &'t [Token], budget: &'b mut Budget) -> Self {
        Self {
            tokens,
            position: 0,
            budget,
            report: Report::default(),
            variables: HashMap::new(),
            printed: Some(Vec::new()),
            depth: 0,
            quiet: false,
        }
    }

    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let enough = self.budget.spend(bytes);
        self.report.exhausted |= !enough;
        enough
    }

    pub(super) fn line(&self) -> u32 {
        let place = self.position.min(self.tokens.len().saturating_sub(1));
        self.tokens.get(place).map_or(1, |token| token.line)
    }

    pub(super) fn emit(&mut self, line: u32, text: Vec<u8>) {
        if !self.quiet && self.spend(text.len()) {
            self.report.lines.push((line, text));
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(super) fn peek(&self) -> Option<&'t Kind> {
        self.tokens.get(self.position).map(|token| &token.kind)
    }

    pub(super) fn is_op(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Kind::Op(found)) if *found == wanted)
    }

    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.is_op(wanted);
        self.position += usize::from(found);
        found
    }

    pub(super) fn is_name(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Kind::Name(found)) if found == wanted)
    }

    /// Reads all statements. Whatever is not understood is stepped over one
    /// token at a time, so that calls inside it are still seen.
    pub(super) fn run(&mut self) {
        while self.position < self.tokens.len() && self.spend(0) {
            let before = self.position;
            self.statement();
            if self.position == before {
                self.position += 1;
            }
        }
    }

    /// Folds one expression.
    pub(super) fn expression(&mut self) -> Value {
        let mut value = self.operand();
        loop {
            let word = match self.peek() {
                Some(Kind::Name(word)) => word.as_str(),
                Some(Kind::Op(op)) if ["==", "!=", "<", ">", "<=", ">=", ":="].contains(op) => *op,
                _ => break,
            };
            if ![
                "==", "!=", "<", ">", "<=", ">=", ":=", "and", "or", "in", "is", "not", "if",
                "else",
            ]
            .contains(&word)
            {
                break;
            }
            self.position += 1;
            let other = self.operand();
            value = match word {
                // `a or b`, `a if c else b`: the first constant counts.
                "if" | "else" | "or" if value.raw().is_some() => value,
                ":=" => other,
                _ => unknown_of(&[&value, &other]),
            };
        }
        value
    }

    /// An expression without comparisons and conditions. All nesting passes
    /// here, so depth is counted here.
    pub(super) fn operand(&mut self) -> Value {
        if self.depth >= MOST_DEPTH {
            self.report.gap("python expressions are nested too deep");
            self.position = self.tokens.len();
            return Value::Unknown;
        }
        if !self.spend(0) {
            self.position = self.tokens.len();
            return Value::Unknown;
        }
        self.depth += 1;
        let value = self.level(0);
        self.depth -= 1;
        value
    }

    fn level(&mut self, level: usize) -> Value {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1);
        while let Some(Kind::Op(operator)) = self.peek() {
            if !operators.contains(operator) {
                break;
            }
            self.position += 1;
            let right = self.level(level + 1);
            left = if *operator == "+" {
                add(&left, &right)
            } else {
                binary(operator, &left, &right)
            };
            if !self.spend(left.raw().map_or(0, <[u8]>::len)) {
                return Value::Unknown;
            }
        }
        left
    }

    fn unary(&mut self) -> Value {
        let mut negations = 0_u32;
        let mut other = false;
        loop {
            if self.eat("-") {
                negations += 1;
            } else if self.is_op("~")
                || self.is_op("*")
                || self.is_op("**")
                || self.is_name("not")
                || self.is_name("await")
            {
                other = !self.is_op("*");
                self.position += 1;
            } else if !self.eat("+") {
                break;
            }
        }
        let value = self.postfix();
        if self.eat("**") {
            let power = self.postfix();
            return binary("**", &value, &power);
        }
        match value {
            Value::Int(value) if negations % 2 == 1 => Value::Int(value.wrapping_neg()),
            value if other || negations > 0 => unknown_of(&[&value]),
            value => value,
        }
    }

    fn postfix(&mut self) -> Value {
        let mut value = self.atom();
        loop {
            if !self.spend(0) {
                return Value::Unknown;
            }
            if self.eat(".") {
                let Some(Kind::Name(name)) = self.peek() else {
                    return value;
                };
                self.position += 1;
                value = attribute(value, name);
            } else if self.is_op("(") {
                let line = self.line();
                self.position += 1;
                let arguments = self.items(")");
                value = self.call(value, arguments, line);
            } else if self.is_op("[") {
                self.position += 1;
                value = self.index(value);
            } else {
                return value;
            }
        }
    }

    fn index(&mut self, value: Value) -> Value {
        let mut bounds = [None, None, None];
        let mut place = 0;
        let mut colons = 0;
        let mut first = Value::Unknown;
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Op("]") => {
                    self.position += 1;
                    break;
                }
                Kind::Op(":") => {
                    self.position += 1;
                    colons += 1;
                    place += 1;
                }
                Kind::End => break,
                _ => {
                    let before = self.position;
                    let found = self.expression();
                    if self.position == before {
                        self.position += 1;
                    }
                    if let (Value::Int(bound), Some(slot)) = (&found, bounds.get_mut(place)) {
                        *slot = Some(*bound);
                    }
                    first = found;
                }
            }
        }
        let [start, end, step] = bounds;
        if colons > 0 {
            return slice(&value, start, end, step);
        }
        match (&value, &first) {
            (Value::Named(name), Value::Text(key)) => {
                let module = name.strip_suffix(".__dict__").unwrap_or(name);
                let key = String::from_utf8_lossy(key);
                if module == "os.environ" {
                    Value::Unknown
                } else {
                    Value::Named(format!("{module}.{key}"))
                }
            }
            (Value::List(items), Value::Int(place)) => {
                let length = items.len() as i64;
                let place = if *place < 0 { place + length } else { *place };
                let item = usize::try_from(place)
                    .ok()
                    .and_then(|place| items.get(place));
                item.cloned().unwrap_or(Value::Unknown)
            }
            (Value::Bytes(_) | Value::Text(_), Value::Int(place)) => {
                let end = if *place == -1 { None } else { Some(place + 1) };
                match (slice(&value, Some(*place), end, None), &value) {
                    (Value::Bytes(byte), _) => byte
                        .first()
                        .map_or(Value::Unknown, |byte| Value::Int(i64::from(*byte))),
                    (text, _) => text,
                }
            }
            _ => unknown_of(&[&value]),
        }
    }

    fn atom(&mut self) -> Value {
        let Some(kind) = self.peek() else {
            return Value::Unknown;
        };
        match kind {
            Kind::Number(value) => {
                self.position += 1;
                Value::Int(*value)
            }
            Kind::Text { .. } => self.text(),
            Kind::Name(name) if name == "lambda" => self.lambda(),
            Kind::Name(name) => {
                self.position += 1;
                match self.variables.get(name) {
                    Some(value) => value.clone(),
                    None => Value::Named(name.clone()),
                }
            }
            Kind::Op("(") => {
                self.position += 1;
                let mut items = self.items(")");
                let tuple = items.len() != 1 || self.had_comma();
                if tuple {
                    Value::List(items)
                } else {
                    items.pop().unwrap_or(Value::Unknown)
                }
            }
            Kind::Op("[") => {
                self.position += 1;
                Value::List(self.items("]"))
            }
            Kind::Op("{") => {
                self.position += 1;
                let items = self.items("}");
                unknown_of(&items.iter().collect::<Vec<_>>())
            }
            _ => Value::Unknown,
        }
    }

    /// True when a comma stands before the bracket just closed.
    fn had_comma(&self) -> bool {
        let before_last = self
            .position
            .checked_sub(2)
            .and_then(|place| self.tokens.get(place));
        matches!(before_last.map(|token| &token.kind), Some(Kind::Op(",")))
    }

    /// Adjacent literals are one; names in braces of an f-string are filled in.
    fn text(&mut self) -> Value {
        let mut whole = Vec::new();
        let mut any_bytes = false;
        while let Some(Kind::Text {
            bytes,
            is_bytes,
            format,
        }) = self.peek()
        {
            self.position += 1;
            any_bytes |= *is_bytes;
            if *format {
                whole.extend(self.format(bytes));
            } else {
                whole.extend_from_slice(bytes);
            }
        }
        if !self.spend(whole.len()) {
            return Value::Unknown;
        }
        if any_bytes {
            Value::Bytes(whole)
        } else {
            Value::Text(whole)
        }
    }

    fn format(&self, text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        let mut filled = String::new();
        let mut rest = text.as_ref();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            match self.variables.get(name.trim()) {
                Some(Value::Int(value)) => filled.push_str(&value.to_string()),
                Some(value) => {
                    filled.push_str(&String::from_utf8_lossy(value.raw().unwrap_or(b"_")))
                }
                None => {
                    filled.push('{');
                    filled.push_str(name);
                    filled.push('}');
                }
            }
            rest = tail;
        }
        filled.push_str(rest);
        filled.into_bytes()
    }
}

fn attribute(value: Value, name: &str) -> Value {
    match value {
        Value::Named(module) => {
            let module = module
                .strip_prefix("builtins.")
                .or_else(|| module.strip_prefix("__builtins__."))
                .unwrap_or(&module);
            match module {
                "builtins" | "__builtins__" => Value::Named(name.to_owned()),
                module if module.len() > 300 => Value::Unknown,
                module => Value::Named(format!("{module}.{name}")),
            }
        }
        Value::Lambda(..) => Value::Unknown,
        Value::Fetched | Value::Secret => value,
        Value::Method(..) => Value::Unknown,
        value => Value::Method(Box::new(value), name.to_owned()),
    }
}
