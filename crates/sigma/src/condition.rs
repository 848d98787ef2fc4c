//! Conditions: boolean expressions over the names of selections, or of rules.
//!
//! Precedence, least binding first: `or`, `and`, `not`, `x of`. The words are read without regard to
//! case, since rules in the wild write `AND` too.

/// Longest condition that is read, in bytes.
pub const MAX_LENGTH: usize = 20_000;
/// Deepest nesting of parentheses and `not`.
pub const MAX_DEPTH: usize = 60;

/// A boolean expression over names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A name
    Name(String),
    /// All hold
    And(Vec<Condition>),
    /// At least one holds
    Or(Vec<Condition>),
    /// Does not hold
    Not(Box<Condition>),
    /// `1 of …` or `all of …`
    Of {
        /// Whether all are asked for, or one
        all: bool,
        /// A pattern of names with `*`; `None` for `them`
        pattern: Option<String>,
    },
}

/// Why a condition cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// The text stops where something must follow
    #[error("condition ends after '{0}'")]
    Ends(String),
    /// A word that cannot stand there
    #[error("unexpected '{0}' in the condition")]
    Unexpected(String),
    /// A parenthesis that is never closed
    #[error("parenthesis is not closed in the condition")]
    Unclosed,
    /// A count other than 1 or all
    #[error("'{0} of' is not in the specification: only '1 of' and 'all of' are")]
    Count(String),
    /// The aggregation of the first versions of Sigma
    #[error("aggregation with '|' is not supported: write a correlation rule")]
    Aggregation,
    /// Too long or too deep
    #[error("condition is longer than {MAX_LENGTH} bytes or nests deeper than {MAX_DEPTH} levels")]
    TooLarge,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        if text.len() > MAX_LENGTH {
            return Err(ConditionError::TooLarge);
        }
        let words = split(text);
        if words.contains(&"|") {
            return Err(ConditionError::Aggregation);
        }
        let mut reader = Reader {
            words: &words,
            next: 0,
        };
        let condition = reader.or(0)?;
        match reader.peek() {
            None => Ok(condition),
            Some(word) => Err(ConditionError::Unexpected(word.to_owned())),
        }
    }

    /// Calls `visit` with every name and every pattern that occurs.
    pub fn names(&self, visit: &mut dyn FnMut(&str)) {
        match self {
            Self::Name(name) => visit(name),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.names(visit)),
            Self::Not(part) => part.names(visit),
            Self::Of { pattern, .. } => visit(pattern.as_deref().unwrap_or("*")),
        }
    }
}

/// Whether `name` matches a pattern of names, in which `*` stands for any text.
#[must_use]
pub fn name_matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        let mut rest = chunk;
        while !rest.is_empty() {
            let cut = rest.find(['(', ')', '|']).unwrap_or(rest.len()).max(1);
            let (word, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
            words.push(word);
            rest = after;
        }
    }
    words
}

struct Reader<'a> {
    words: &'a [&'a str],
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    fn peek_is(&self, word: &str) -> bool {
        self.peek()
            .is_some_and(|next| next.eq_ignore_ascii_case(word))
    }

    fn take(&mut self) -> Result<&'a str, ConditionError> {
        let Some(word) = self.peek() else {
            let last = self.words.last().copied().unwrap_or_default();
            return Err(ConditionError::Ends(last.to_owned()));
        };
        self.next += 1;
        Ok(word)
    }

    fn or(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let mut parts = vec![self.and(depth)?];
        while self.peek_is("or") {
            self.next += 1;
            parts.push(self.and(depth)?);
        }
        Ok(single_or(parts, Condition::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let mut parts = vec![self.not(depth)?];
        while self.peek_is("and") {
            self.next += 1;
            parts.push(self.not(depth)?);
        }
        Ok(single_or(parts, Condition::And))
    }

    fn not(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        if depth > MAX_DEPTH {
            return Err(ConditionError::TooLarge);
        }
        if self.peek_is("not") {
            self.next += 1;
            return Ok(Condition::Not(Box::new(self.not(depth + 1)?)));
        }
        self.operand(depth)
    }

    fn operand(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let word = self.take()?;
        if word == "(" {
            let inner = self.or(depth + 1)?;
            return match self.peek() {
                Some(")") => {
                    self.next += 1;
                    Ok(inner)
                }
                Some(other) => Err(ConditionError::Unexpected(other.to_owned())),
                None => Err(ConditionError::Unclosed),
            };
        }
        if self.peek_is("of") {
            return self.of(word);
        }
        let is_operator = ["and", "or", "not", "of", ")"]
            .iter()
            .any(|operator| word.eq_ignore_ascii_case(operator));
        if is_operator {
            return Err(ConditionError::Unexpected(word.to_owned()));
        }
        Ok(Condition::Name(word.to_owned()))
    }

    fn of(&mut self, count: &str) -> Result<Condition, ConditionError> {
        let all = if count.eq_ignore_ascii_case("all") {
            true
        } else if count == "1" || count.eq_ignore_ascii_case("any") {
            false
        } else {
            return Err(ConditionError::Count(count.to_owned()));
        };
        self.next += 1;
        let target = self.take()?;
        if matches!(target, "(" | ")") {
            return Err(ConditionError::Unexpected(target.to_owned()));
        }
        let pattern = (!target.eq_ignore_ascii_case("them")).then(|| target.to_owned());
        Ok(Condition::Of { all, pattern })
    }
}

fn single_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    many(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Condition {
        Condition::Name(text.to_owned())
    }

    #[test]
    fn precedence_is_or_and_not_of() {
        let read = Condition::parse("a or not b and 1 of c* or (d or e) and f").unwrap();
        let expected = Condition::Or(vec![
            name("a"),
            Condition::And(vec![
                Condition::Not(Box::new(name("b"))),
                Condition::Of {
                    all: false,
                    pattern: Some("c*".to_owned()),
                },
            ]),
            Condition::And(vec![Condition::Or(vec![name("d"), name("e")]), name("f")]),
        ]);
        assert_eq!(read, expected);
    }

    #[test]
    fn faults_are_named() {
        for (text, message) in [
            ("", "condition ends after ''"),
            ("a and", "condition ends after 'and'"),
            ("a b", "unexpected 'b' in the condition"),
            ("(a", "parenthesis is not closed in the condition"),
            ("a)", "unexpected ')' in the condition"),
            (
                "2 of a*",
                "'2 of' is not in the specification: only '1 of' and 'all of' are",
            ),
            (
                "a | count() > 5",
                "aggregation with '|' is not supported: write a correlation rule",
            ),
        ] {
            assert_eq!(
                Condition::parse(text).unwrap_err().to_string(),
                message,
                "{text}"
            );
        }
        let deep = "(".repeat(10_000);
        assert_eq!(Condition::parse(&deep), Err(ConditionError::TooLarge));
        let deep = "not ".repeat(4_000) + "a";
        assert_eq!(Condition::parse(&deep), Err(ConditionError::TooLarge));
    }

    #[test]
    fn patterns_of_names() {
        assert!(name_matches("sel*", "selection"));
        assert!(name_matches("*_x*", "a_x"));
        assert!(name_matches("a*b*a", "aba"));
        assert!(!name_matches("a*a", "a"));
        assert!(name_matches("plain", "plain"));
        assert!(!name_matches("plain", "plain2"));
    }
}
