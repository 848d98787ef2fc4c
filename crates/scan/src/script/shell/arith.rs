//! Shell arithmetic over constants.

use super::state::Shell;
use super::syntax::Word;

/// Nesting of parentheses and of variables that name expressions.
const MOST_DEPTH: u32 = 24;

impl Shell<'_> {
    /// Evaluates an expression; `None` when something in it is not known.
    pub(super) fn arithmetic(&mut self, word: &Word) -> Option<i64> {
        let text = self.single(word);
        self.arithmetic_text(&text.bytes, 0)
    }

    pub(super) fn arithmetic_text(&mut self, text: &[u8], depth: u32) -> Option<i64> {
        if depth > 4 || text.len() > 4096 {
            return None;
        }
        let mut value = None;
        for piece in split_commas(text) {
            let mut expression = Expression {
                shell: self,
                text: piece,
                position: 0,
                depth,
                nesting: 0,
            };
            value = expression.assignment();
            expression.blanks();
            if expression.position < piece.len() {
                return None;
            }
        }
        value
    }
}

fn split_commas(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b',')
}

struct Expression<'s, 'b, 't> {
    shell: &'s mut Shell<'b>,
    text: &'t [u8],
    position: usize,
    depth: u32,
    nesting: u32,
}

/// Binary operators, weakest first; longer spellings stand before shorter.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Expression<'_, '_, '_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let blank = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        self.position += blank;
    }

    fn eat(&mut self, wanted: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(wanted.as_bytes());
        if found {
            self.position += wanted.len();
        }
        found
    }

    fn name(&mut self) -> Option<String> {
        self.blanks();
        let rest = self.rest();
        if !rest
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        {
            return None;
        }
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let name = String::from_utf8_lossy(rest.get(..length)?).into_owned();
        self.position += length;
        Some(name)
    }

    fn store(&mut self, name: String, value: i64) -> i64 {
        let text = super::state::Text::known(value.to_string());
        self.shell.variables.insert(name, text);
        value
    }

    fn assignment(&mut self) -> Option<i64> {
        let start = self.position;
        if let Some(name) = self.name() {
            self.blanks();
            for operator in ["+=", "-=", "*=", "="] {
                let rest = self.rest();
                if rest.starts_with(operator.as_bytes()) && !rest.starts_with(b"==") {
                    self.position += operator.len();
                    let right = self.conditional()?;
                    let left = self.variable(&name).unwrap_or(0);
                    let value = match operator {
                        "+=" => left.wrapping_add(right),
                        "-=" => left.wrapping_sub(right),
                        "*=" => left.wrapping_mul(right),
                        _ => right,
                    };
                    return Some(self.store(name, value));
                }
            }
            self.position = start;
        }
        self.conditional()
    }

    fn conditional(&mut self) -> Option<i64> {
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Some(condition);
        }
        let yes = self.binary(0)?;
        if !self.eat(":") {
            return None;
        }
        let no = self.binary(0)?;
        Some(if condition != 0 { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else {
            return self.power();
        };
        let mut left = self.binary(level + 1)?;
        'more: loop {
            self.blanks();
            for operator in *operators {
                let rest = self.rest();
                if !rest.starts_with(operator.as_bytes()) {
                    continue;
                }
                // A longer operator of another level begins the same way.
                let next = rest.get(operator.len()).copied();
                let longer = match *operator {
                    "|" => next == Some(b'|'),
                    "&" => next == Some(b'&'),
                    "<" => next == Some(b'<'),
                    ">" => next == Some(b'>'),
                    "*" => next == Some(b'*'),
                    _ => false,
                };
                if longer {
                    continue;
                }
                self.position += operator.len();
                let right = self.binary(level + 1)?;
                left = apply(operator, left, right)?;
                continue 'more;
            }
            return Some(left);
        }
    }

    fn power(&mut self) -> Option<i64> {
        let base = self.unary()?;
        if !self.eat("**") {
            return Some(base);
        }
        let exponent = u32::try_from(self.unary()?).ok()?;
        base.checked_pow(exponent)
    }

    fn unary(&mut self) -> Option<i64> {
        self.blanks();
        if self.nesting >= MOST_DEPTH {
            return None;
        }
        self.nesting += 1;
        let value = self.unary_inside();
        self.nesting -= 1;
        value
    }

    fn unary_inside(&mut self) -> Option<i64> {
        for step in ["++", "--"] {
            if self.eat(step) {
                let name = self.name()?;
                let value = self.variable(&name)?;
                let change = if step == "++" { 1 } else { -1 };
                return Some(self.store(name, value.wrapping_add(change)));
            }
        }
        match self.rest().first()? {
            b'-' => {
                self.position += 1;
                Some(self.unary()?.wrapping_neg())
            }
            b'+' => {
                self.position += 1;
                self.unary()
            }
            b'~' => {
                self.position += 1;
                Some(!self.unary()?)
            }
            b'!' => {
                self.position += 1;
                Some(i64::from(self.unary()? == 0))
            }
            b'(' => {
                self.position += 1;
                let value = self.conditional()?;
                self.eat(")").then_some(value)
            }
            b'0'..=b'9' => self.number(),
            _ => {
                let name = self.name()?;
                let value = self.variable(&name)?;
                for (step, change) in [("++", 1), ("--", -1)] {
                    if self.rest().starts_with(step.as_bytes()) {
                        self.position += 2;
                        self.store(name, value.wrapping_add(change));
                        return Some(value);
                    }
                }
                Some(value)
            }
        }
    }

    fn number(&mut self) -> Option<i64> {
        let length = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#')
            .count();
        let text = String::from_utf8_lossy(self.rest().get(..length)?).into_owned();
        self.position += length;
        if let Some((base, digits)) = text.split_once('#') {
            let base = base.parse().ok().filter(|base| (2..=36).contains(base))?;
            return i64::from_str_radix(digits, base).ok();
        }
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return i64::from_str_radix(digits, 16).ok();
        }
        if text.len() > 1 && text.starts_with('0') {
            return i64::from_str_radix(&text, 8).ok();
        }
        text.parse().ok()
    }

    fn variable(&mut self, name: &str) -> Option<i64> {
        let Some(value) = self.shell.variables.get(name) else {
            return Some(0);
        };
        if value.unknown {
            return None;
        }
        let bytes = value.bytes.clone();
        if bytes.is_empty() {
            return Some(0);
        }
        self.shell.arithmetic_text(&bytes, self.depth + 1)
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Option<i64> {
    let shift = || u32::try_from(right).ok();
    Some(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<<" => left.checked_shl(shift()?)?,
        ">>" => left.checked_shr(shift()?)?,
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right)?,
        "%" => left.checked_rem(right)?,
        _ => return None,
    })
}
