//! Explanations: text with field paths in braces.

use std::sync::Arc;

/// A parsed explanation template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Arc<str>),
}

/// Placeholders that findings know without asking the record.
const BUILT_IN: [&str; 7] = [
    "principal",
    "source_ip",
    "user_agent",
    "account",
    "region",
    "time",
    "count",
];

/// What a placeholder prints when the record has no such value.
const ABSENT: &str = "(not recorded)";

impl Template {
    /// Reads a template. A brace without its partner is text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((field, tail)) = after.split_once('}') else {
                break;
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Field(field.trim().into()));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Self { parts }
    }

    /// The field paths that must be taken from records.
    pub fn record_fields(&self) -> impl Iterator<Item = &Arc<str>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(field) if !BUILT_IN.contains(&&**field) => Some(field),
            _ => None,
        })
    }

    /// Fills the template; `value` is asked for each placeholder.
    #[must_use]
    pub fn render(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut output = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => output.push_str(text),
                Part::Field(field) => {
                    let value = value(field).filter(|value| !value.is_empty());
                    output.push_str(value.as_deref().unwrap_or(ABSENT));
                }
            }
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_absent_ones_say_so() {
        let template =
            Template::parse("{principal} stopped {requestParameters.name} in { region }.");
        let fields: Vec<_> = template
            .record_fields()
            .map(|field| field.to_string())
            .collect();
        assert_eq!(fields, ["requestParameters.name"]);
        let text = template.render(|field| (field == "principal").then(|| "alice".to_owned()));
        assert_eq!(text, "alice stopped (not recorded) in (not recorded).");
    }

    #[test]
    fn lone_braces_are_text() {
        assert_eq!(Template::parse("a { b").render(|_| None), "a { b");
        assert_eq!(Template::parse("a } b").render(|_| None), "a } b");
    }
}
