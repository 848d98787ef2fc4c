//! Reading filter patterns.

use regex::RegexBuilder;
use serde_json::Value as Json;

use super::{Check, FilterPattern, Order, Segment, Selector, Terms, Test};

/// Longest pattern that AWS accepts, with room to spare.
const LONGEST: usize = 8_192;
/// Deepest nesting of parentheses.
const DEEPEST: usize = 64;

impl FilterPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The text is no pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err("the filter pattern is too long".to_owned());
        }
        let trimmed = text.trim();
        if trimmed.starts_with('[') {
            return Ok(Self::Columns);
        }
        let Some(inner) = trimmed.strip_prefix('{') else {
            return terms(trimmed).map(Self::Terms);
        };
        let inner = inner.strip_suffix('}').ok_or("`}` is missing")?;
        let mut reader = Reader { rest: inner };
        let test = reader.either(DEEPEST)?;
        reader.space();
        if reader.rest.is_empty() {
            Ok(Self::Json(test))
        } else {
            Err(format!("`{}` is unexpected", reader.near()))
        }
    }
}

fn terms(text: &str) -> Result<Terms, String> {
    let mut terms = Terms::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let list = match rest.chars().next() {
            Some('?') => &mut terms.any,
            Some('-') => &mut terms.none,
            _ => &mut terms.all,
        };
        rest = rest.strip_prefix(['?', '-']).unwrap_or(rest);
        let (term, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        list.push(term.to_owned());
        rest = after.trim_start();
    }
    Ok(terms)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn near(&self) -> String {
        self.rest.chars().take(20).collect()
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self, word: &str) -> bool {
        self.space();
        let Some((start, rest)) = self.rest.split_at_checked(word.len()) else {
            return false;
        };
        let ends = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
        let found = start.eq_ignore_ascii_case(word) && ends;
        if found {
            self.rest = rest;
        }
        found
    }

    fn either(&mut self, depth: usize) -> Result<Test, String> {
        let mut left = self.both(depth)?;
        while self.eat("||") {
            let right = self.both(depth)?;
            left = Test::Or(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Test, String> {
        let mut left = self.one(depth)?;
        while self.eat("&&") {
            let right = self.one(depth)?;
            left = Test::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Test, String> {
        let depth = depth.checked_sub(1).ok_or("the pattern nests too deeply")?;
        if self.eat("(") {
            let inner = self.either(depth)?;
            return if self.eat(")") {
                Ok(inner)
            } else {
                Err(format!("`)` is missing before `{}`", self.near()))
            };
        }
        let selector = self.selector()?;
        let check = self.check()?;
        Ok(Test::Member(selector, check))
    }

    fn selector(&mut self) -> Result<Selector, String> {
        if !self.eat("$") {
            return Err(format!("a member is expected before `{}`", self.near()));
        }
        let mut segments = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '/')))
                    .unwrap_or(rest.len());
                let (name, after) = rest.split_at_checked(end).ok_or("a name is cut")?;
                if name.is_empty() {
                    return Err("a member has no name".to_owned());
                }
                segments.push(Segment::Name(name.to_owned()));
                self.rest = after;
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                let (inside, after) = rest.split_once(']').ok_or("`]` is missing")?;
                let inside = inside.trim();
                let quoted = inside
                    .strip_prefix(['"', '\''])
                    .and_then(|inside| inside.strip_suffix(['"', '\'']));
                segments.push(match (quoted, inside) {
                    (Some(name), _) => Segment::Name(name.to_owned()),
                    (None, "*") => Segment::Each,
                    (None, number) => Segment::Position(
                        number
                            .parse()
                            .map_err(|_| format!("`{number}` is no position"))?,
                    ),
                });
                self.rest = after;
            } else {
                return Ok(Selector(segments));
            }
        }
    }

    fn check(&mut self) -> Result<Check, String> {
        if self.word("NOT") {
            return if self.word("EXISTS") {
                Ok(Check::Missing)
            } else {
                Err("EXISTS is expected after NOT".to_owned())
            };
        }
        if self.word("EXISTS") {
            return Ok(Check::Exists);
        }
        if self.word("IS") {
            let values = [
                ("NULL", Json::Null),
                ("TRUE", true.into()),
                ("FALSE", false.into()),
            ];
            for (word, value) in values {
                if self.word(word) {
                    return Ok(Check::Is(value));
                }
            }
            return Err("NULL, TRUE or FALSE is expected after IS".to_owned());
        }
        let orders = [
            ("!=", Order::NotEqual),
            ("<=", Order::LessOrEqual),
            (">=", Order::GreaterOrEqual),
            ("==", Order::Equal),
            ("=", Order::Equal),
            ("<", Order::Less),
            (">", Order::Greater),
        ];
        let found = orders.into_iter().find(|(token, _)| self.eat(token));
        let (_, order) = found.ok_or_else(|| format!("no operator before `{}`", self.near()))?;
        self.value(order)
    }

    fn value(&mut self, order: Order) -> Result<Check, String> {
        self.space();
        let text = |order, text: &str| match order {
            Order::Equal => Ok(Check::Text(text.to_owned())),
            Order::NotEqual => Ok(Check::NotText(text.to_owned())),
            _ => Err("texts are equal or not".to_owned()),
        };
        if let Some(rest) = self.rest.strip_prefix('"') {
            let (value, after) = rest.split_once('"').ok_or("a quote is not closed")?;
            self.rest = after;
            return text(order, value);
        }
        if let Some(rest) = self.rest.strip_prefix('%') {
            let (pattern, after) = rest.split_once('%').ok_or("`%` is missing")?;
            self.rest = after;
            let regex = RegexBuilder::new(pattern)
                .size_limit(1 << 16)
                .build()
                .map_err(|error| error.to_string())?;
            return match order {
                Order::Equal => Ok(Check::Matches(regex)),
                Order::NotEqual => Ok(Check::NotMatches(regex)),
                _ => Err("an expression matches or not".to_owned()),
            };
        }
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || matches!(c, ')' | '(' | '&' | '|'))
            .unwrap_or(self.rest.len());
        let (value, after) = self.rest.split_at_checked(end).ok_or("a value is cut")?;
        if value.is_empty() {
            return Err("a value is missing".to_owned());
        }
        self.rest = after;
        match value.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Check::Number(order, number)),
            _ => text(order, value),
        }
    }
}
