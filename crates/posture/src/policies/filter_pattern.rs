//! Filter patterns of CloudWatch Logs, and the fifteen that the CIS benchmark asks for.
//!
//! A pattern is not compared with the benchmark's text: it must match events of every kind that the
//! benchmark wants to notice, and must not match an ordinary event.

mod benchmark;
mod parse;

use regex::Regex;
use serde_json::Value as Json;

pub(crate) use benchmark::detects;

/// A filter pattern.
#[derive(Debug)]
pub(crate) enum FilterPattern {
    /// `{ … }` over JSON events.
    Json(Test),
    /// Terms that the text of an event holds.
    Terms(Terms),
    /// `[…]` over events that are no JSON.
    Columns,
}

/// Terms of a pattern that is no JSON pattern.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

/// A condition on an event.
#[derive(Debug)]
pub(crate) enum Test {
    /// Both hold.
    And(Box<Test>, Box<Test>),
    /// One holds.
    Or(Box<Test>, Box<Test>),
    /// What a member is.
    Member(Selector, Check),
}

/// The way to a member: names and positions.
#[derive(Debug)]
pub(crate) struct Selector(Vec<Segment>);

#[derive(Debug)]
pub(crate) enum Segment {
    Name(String),
    Position(usize),
    /// `[*]`
    Each,
}

/// What is asked of a member.
#[derive(Debug)]
pub(crate) enum Check {
    /// `=` a text in which `*` stands for anything.
    Text(String),
    /// `!=` such a text.
    NotText(String),
    /// `=` a regular expression between percent signs.
    Matches(Regex),
    /// `!=` one.
    NotMatches(Regex),
    /// A comparison with a number.
    Number(Order, f64),
    /// `IS NULL`, `IS TRUE`, `IS FALSE`.
    Is(Json),
    /// `NOT EXISTS`.
    Missing,
    /// `EXISTS`.
    Exists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl FilterPattern {
    /// Whether the pattern matches an event.
    pub(crate) fn matches(&self, event: &Json) -> bool {
        match self {
            Self::Json(test) => test.holds(event),
            Self::Terms(terms) => terms.hold(&event.to_string()),
            Self::Columns => false,
        }
    }
}

impl Terms {
    fn hold(&self, text: &str) -> bool {
        self.all.iter().all(|term| text.contains(term.as_str()))
            && (self.any.is_empty() || self.any.iter().any(|term| text.contains(term.as_str())))
            && !self.none.iter().any(|term| text.contains(term.as_str()))
    }
}

impl Test {
    fn holds(&self, event: &Json) -> bool {
        match self {
            Self::And(left, right) => left.holds(event) && right.holds(event),
            Self::Or(left, right) => left.holds(event) || right.holds(event),
            Self::Member(selector, check) => {
                let mut found = Vec::new();
                selector.collect(event, 0, &mut found);
                match check {
                    Check::Missing => found.is_empty(),
                    Check::Exists => !found.is_empty(),
                    // A member that is missing is neither equal nor unequal.
                    check => found.iter().any(|value| check.holds(value)),
                }
            }
        }
    }
}

impl Selector {
    fn collect<'j>(&self, json: &'j Json, depth: usize, found: &mut Vec<&'j Json>) {
        let Some(segment) = self.0.get(depth) else {
            found.push(json);
            return;
        };
        match segment {
            Segment::Name(name) => {
                if let Some(below) = json.get(name.as_str()) {
                    self.collect(below, depth + 1, found);
                }
            }
            Segment::Position(place) => {
                if let Some(below) = json.get(*place) {
                    self.collect(below, depth + 1, found);
                }
            }
            Segment::Each => {
                for below in json.as_array().into_iter().flatten() {
                    self.collect(below, depth + 1, found);
                }
            }
        }
    }
}

impl Check {
    fn holds(&self, value: &Json) -> bool {
        match self {
            Self::Text(pattern) => written(value).is_some_and(|text| is_like(&text, pattern)),
            Self::NotText(pattern) => !written(value).is_some_and(|text| is_like(&text, pattern)),
            Self::Matches(regex) => written(value).is_some_and(|text| regex.is_match(&text)),
            Self::NotMatches(regex) => !written(value).is_some_and(|text| regex.is_match(&text)),
            Self::Number(order, wanted) => value
                .as_f64()
                .or_else(|| value.as_str()?.parse().ok())
                .is_some_and(|number: f64| match order {
                    Order::Equal => number == *wanted,
                    Order::NotEqual => number != *wanted,
                    Order::Less => number < *wanted,
                    Order::LessOrEqual => number <= *wanted,
                    Order::Greater => number > *wanted,
                    Order::GreaterOrEqual => number >= *wanted,
                }),
            Self::Is(wanted) => value == wanted,
            Self::Missing | Self::Exists => false,
        }
    }
}

fn written(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Case counts, `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_match_as_documented() {
        let event = json!({"eventName": "ConsoleLogin", "errorCode": "Client.UnauthorizedOperation",
            "a": {"b": [{"c": 1}, {"c": 2}]}, "n": 3, "t": true, "z": null, "x-y": "1"});
        let cases = [
            (r#"{ $.eventName = "ConsoleLogin" }"#, true),
            (r"{ $.eventName = ConsoleLogin }", true),
            (r"{ $.eventName = Console* }", true),
            (r#"{ $.eventName = "consolelogin" }"#, false),
            (r#"{ $.errorCode = "*UnauthorizedOperation" }"#, true),
            (r#"{ $.errorCode != "AccessDenied*" }"#, true),
            (r#"{ $.missing != "x" }"#, false),
            (r"{ $.missing NOT EXISTS }", true),
            (r"{ $.eventName NOT EXISTS }", false),
            (r"{ $.a.b[1].c = 2 }", true),
            (r"{ $.a.b[*].c = 2 }", true),
            (r"{ $.a.b[0].c >= 2 }", false),
            (r"{ $.n > 2 && $.n < 4 }", true),
            (r"{ $.t IS TRUE }", true),
            (r"{ $.z IS NULL }", true),
            (r"{ ($.n = 9) || ($.n = 3) && ($.t IS FALSE) }", false),
            (r"{ (($.n = 9) || ($.n = 3)) && ($.t IS TRUE) }", true),
            (r#"{ $["x-y"] = "1" }"#, true),
            (r"{ $.eventName = %^Console(Login)?$% }", true),
            (r"ConsoleLogin", true),
            (r#""Console Login""#, false),
            (r"?Nothing ?ConsoleLogin", true),
            (r"ConsoleLogin -Unauthorized", false),
            (r"", true),
            (r"[a, b]", false),
        ];
        for (text, expected) in cases {
            let pattern = FilterPattern::parse(text).expect(text);
            assert_eq!(pattern.matches(&event), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "{",
            "{}",
            "{ $.a }",
            "{ $.a = }",
            "{ $.a = 1",
            "{ $.a = 1 } x",
            "{ a = 1 }",
            "{ $.a ~ 1 }",
            "{ ($.a = 1 }",
            "{ $.a = 1 && }",
            "{ $.a[x] = 1 }",
            "{ $.a = %(% }",
        ] {
            assert!(FilterPattern::parse(text).is_err(), "{text}");
        }
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(FilterPattern::parse(&deep).is_err());
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (text, pattern, expected) in [
            ("abc", "abc", true),
            ("abc", "a*", true),
            ("abc", "*c", true),
            ("abc", "a*c", true),
            ("abc", "*", true),
            ("abc", "a*b*c*", true),
            ("abab", "*ab", true),
            ("ab", "ab*ab", false),
            ("abc", "b*", false),
        ] {
            assert_eq!(is_like(text, pattern), expected, "{text} {pattern}");
        }
    }
}
