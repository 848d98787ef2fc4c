//! YAML with the short forms of CloudFormation (`!Ref`, `!Sub`, …) as JSON values.
//!
//! Depth, number of values and copies made by aliases are bounded.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Number, Value};

use super::document::Document;

/// Most values of a template, copies made by aliases included.
const MAX_VALUES: usize = 200_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 100;

/// Reads one YAML document. The error has a line.
pub(super) fn read(text: &str) -> Result<Document, (u64, String)> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|problem| {
            let line = u64::try_from(problem.marker().line()).unwrap_or(1);
            (line, format!("no template: {}", problem.info()))
        })?;
        builder.event(event, span)?;
    }
    match builder.root {
        Some(Value::Object(root)) => Ok(Document {
            root,
            lines: builder.lines,
        }),
        Some(_) => Err((1, "no template: the document is no mapping".to_owned())),
        None => Err((1, "no template: the file is empty".to_owned())),
    }
}

#[derive(Default)]
struct Builder {
    root: Option<Value>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Value, usize)>,
    values: usize,
    lines: BTreeMap<String, u64>,
}

/// A collection that is still being read.
struct Open {
    anchor: usize,
    values_before: usize,
    /// Short form that stands before it.
    function: Option<String>,
    body: Body,
}

enum Body {
    List(Vec<Value>),
    Map {
        members: Map<String, Value>,
        key: Option<String>,
    },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), (u64, String)> {
        let line = u64::try_from(span.start.line()).unwrap_or(1);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, line)?;
                let is_key = self.expects_key();
                let value = scalar(&text, style, tag.as_deref());
                if is_key {
                    return self.key(text.into_owned(), line);
                }
                self.finish(value, anchor, 1, line)
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(anchor, tag.as_deref(), Body::List(Vec::new()), line)
            }
            Event::MappingStart(anchor, tag) => {
                let body = Body::Map {
                    members: Map::new(),
                    key: None,
                };
                self.start(anchor, tag.as_deref(), body, line)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(line),
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor) else {
                    return Err((line, "alias of an anchor that is not complete".to_owned()));
                };
                let size = *size;
                // Counted before it is copied.
                let value = if self.values.saturating_add(size) > MAX_VALUES {
                    Value::Null
                } else {
                    value.clone()
                };
                self.count(size, line)?;
                if self.expects_key() {
                    return Err((line, "key is not text".to_owned()));
                }
                self.finish(value, 0, size, line)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err((line, "second document in the file".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, values: usize, line: u64) -> Result<(), (u64, String)> {
        self.values = self.values.saturating_add(values);
        if self.values > MAX_VALUES {
            return Err((line, format!("more than {MAX_VALUES} values")));
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        let body = self.open.last().map(|open| &open.body);
        matches!(body, Some(Body::Map { key: None, .. }))
    }

    fn key(&mut self, text: String, line: u64) -> Result<(), (u64, String)> {
        let is_resource = match self.open.as_slice() {
            [root, _] => {
                matches!(&root.body, Body::Map { key: Some(key), .. } if key == "Resources")
            }
            _ => false,
        };
        let Some(Open {
            body: Body::Map { members, key },
            ..
        }) = self.open.last_mut()
        else {
            return Ok(());
        };
        if members.contains_key(&text) {
            return Err((line, format!("key '{text}' is repeated")));
        }
        *key = Some(text.clone());
        if is_resource {
            self.lines.insert(text, line);
        }
        Ok(())
    }

    fn start(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        body: Body,
        line: u64,
    ) -> Result<(), (u64, String)> {
        let values_before = self.values;
        self.count(1, line)?;
        if self.open.len() >= MAX_DEPTH {
            return Err((line, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        if self.expects_key() {
            return Err((line, "key is not text".to_owned()));
        }
        self.open.push(Open {
            anchor,
            values_before,
            function: tag.and_then(function),
            body,
        });
        Ok(())
    }

    fn end(&mut self, line: u64) -> Result<(), (u64, String)> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let size = self.values.saturating_sub(open.values_before);
        let value = match open.body {
            Body::List(items) => Value::Array(items),
            Body::Map { members, .. } => Value::Object(members),
        };
        let value = match open.function {
            Some(name) => call(&name, value),
            None => value,
        };
        self.finish(value, open.anchor, size, line)
    }

    /// A value is complete: it goes to the collection that is open, or is the document.
    fn finish(
        &mut self,
        value: Value,
        anchor: usize,
        size: usize,
        line: u64,
    ) -> Result<(), (u64, String)> {
        if anchor != 0 {
            self.count(size, line)?;
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        match &mut open.body {
            Body::List(items) => items.push(value),
            Body::Map { members, key } => {
                if let Some(key) = key.take() {
                    members.insert(key, value);
                }
            }
        }
        Ok(())
    }
}

/// The short form that a tag is: `!Ref`, `!GetAtt`.
fn function(tag: &Tag) -> Option<String> {
    (tag.handle == "!" && !tag.suffix.is_empty()).then(|| tag.suffix.clone())
}

fn call(name: &str, argument: Value) -> Value {
    let (name, argument) = match name {
        "Ref" | "Condition" => (name.to_owned(), argument),
        "GetAtt" => {
            let argument = match argument {
                Value::String(text) => match text.split_once('.') {
                    Some((resource, attribute)) => Value::from(vec![resource, attribute]),
                    None => Value::String(text),
                },
                other => other,
            };
            ("Fn::GetAtt".to_owned(), argument)
        }
        _ => (format!("Fn::{name}"), argument),
    };
    let mut call = Map::new();
    call.insert(name, argument);
    Value::Object(call)
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if let Some(name) = tag.and_then(function) {
        return call(&name, Value::String(text.to_owned()));
    }
    let is_text = tag.is_some_and(|tag| tag.suffix == "str" || tag.handle == "!");
    if style != ScalarStyle::Plain || is_text {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        // Account ids have leading zeros, which no JSON number has: they stay text.
        _ => match serde_json::from_str::<Number>(text) {
            Ok(number) if number.to_string() == text => Value::Number(number),
            _ => Value::String(text.to_owned()),
        },
    }
}
