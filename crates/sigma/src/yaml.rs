//! YAML text as a small tree of nodes that know where they stand.
//!
//! Rules are small documents. Whatever is not small is refused: depth, number of nodes (aliases count
//! as often as they are used) and length are bounded.

mod fields;

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

pub use fields::{Fields, Problems};

/// Longest document that is read, in bytes.
pub const MAX_LENGTH: usize = 1 << 20;
/// Most nodes of a document, copies made by aliases included.
pub const MAX_NODES: usize = 50_000;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 40;

/// A position in a file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line
    pub line: u32,
    /// Column, in characters
    pub column: u32,
}

/// A value with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value
    pub value: Yaml,
    /// Where it begins
    pub at: Position,
}

/// A YAML value, resolved by the core schema of YAML 1.2 with two differences: a numeral with leading
/// zeros and one in hexadecimal or octal notation are text, because account ids and hashes are written
/// so and nothing of them may be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yaml {
    /// `null`, `~` or nothing
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written
    Number(String),
    /// Text
    Text(String),
    /// A list
    List(Vec<Node>),
    /// A mapping, in the order written; keys are unique
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, always read as text
    pub key: String,
    /// Where the key stands
    pub at: Position,
    /// The value
    pub value: Node,
}

/// Why a document is no YAML that is accepted here, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// Where
    pub at: Position,
    /// What is wrong
    pub message: String,
}

impl Node {
    /// The value for a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The entries of a mapping; none for other values.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Yaml::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Text, or the text of a number or boolean.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Yaml::Text(text) | Yaml::Number(text) => Some(text),
            Yaml::Bool(true) => Some("true"),
            Yaml::Bool(false) => Some("false"),
            Yaml::Null | Yaml::List(_) | Yaml::Map(_) => None,
        }
    }

    /// What the value is, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.value {
            Yaml::Null => "null",
            Yaml::Bool(_) => "a boolean",
            Yaml::Number(_) => "a number",
            Yaml::Text(_) => "text",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a mapping",
        }
    }
}

/// The documents of a stream with the number of lines before each. A line that begins with `---` at
/// the margin always separates documents, even inside a block of text, so each can be read alone.
#[must_use]
pub fn split_documents(text: &str) -> Vec<(u32, String)> {
    let mut documents = Vec::new();
    let mut current = String::new();
    let mut first_line = 0u32;
    for (number, line) in (0u32..).zip(text.split_inclusive('\n')) {
        let marker = line.strip_prefix("---");
        if let Some(rest) =
            marker.filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        {
            documents.push((first_line, std::mem::take(&mut current)));
            first_line = number;
            // Kept as spaces, so that columns stay true.
            current.push_str("   ");
            current.push_str(rest);
            continue;
        }
        let is_end = line.trim_end() == "...";
        if !is_end {
            current.push_str(line);
        } else {
            current.push('\n');
        }
    }
    documents.push((first_line, current));
    documents
}

/// Reads one document. `None` when there is nothing in it but white space and comments.
///
/// # Errors
/// Where and why it is not accepted.
pub fn read_document(text: &str, lines_before: u32) -> Result<Option<Node>, YamlError> {
    if text.len() > MAX_LENGTH {
        let at = Position {
            line: lines_before + 1,
            column: 1,
        };
        return Err(error(
            at,
            format!("document is longer than {MAX_LENGTH} bytes"),
        ));
    }
    let mut builder = Builder {
        lines_before,
        ..Builder::default()
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|problem| {
            let at = position(*problem.marker(), lines_before);
            error(at, problem.info().to_owned())
        })?;
        builder.event(event, span)?;
    }
    Ok(builder.root)
}

#[derive(Default)]
struct Builder {
    lines_before: u32,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

/// A collection that is still being read.
struct Open {
    at: Position,
    anchor: usize,
    nodes_before: usize,
    body: OpenBody,
}

enum OpenBody {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, Position)>,
    },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let at = position(span.start, self.lines_before);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, at)?;
                let value = scalar(&text, style, tag.as_deref());
                self.finish(Node { value, at }, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.start(at, anchor, OpenBody::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.start(
                at,
                anchor,
                OpenBody::Map {
                    entries: Vec::new(),
                    key: None,
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor) else {
                    return Err(error(
                        at,
                        "alias of an anchor that is not complete".to_owned(),
                    ));
                };
                let (node, size) = (node.clone(), *size);
                self.count(size, at)?;
                self.finish(node, 0, size)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(error(at, "second document without a line '---'".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), YamlError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err(error(
                at,
                format!("document has more than {MAX_NODES} values"),
            ));
        }
        Ok(())
    }

    fn start(&mut self, at: Position, anchor: usize, body: OpenBody) -> Result<(), YamlError> {
        let nodes_before = self.nodes;
        self.count(1, at)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(error(
                at,
                format!("document nests deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.open.push(Open {
            at,
            anchor,
            nodes_before,
            body,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let size = self.nodes.saturating_sub(open.nodes_before);
        let value = match open.body {
            OpenBody::List(items) => Yaml::List(items),
            OpenBody::Map { entries, .. } => Yaml::Map(entries),
        };
        self.finish(Node { value, at: open.at }, open.anchor, size)
    }

    /// A node is complete: it goes to the collection that is open, or is the document.
    fn finish(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), YamlError> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
            // The kept copy is memory too.
            self.count(size, node.at)?;
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.body {
            OpenBody::List(items) => items.push(node),
            OpenBody::Map { entries, key } => match key.take() {
                None => *key = Some((key_text(&node)?, node.at)),
                Some((key, at)) => {
                    if entries.iter().any(|entry| entry.key == key) {
                        return Err(error(at, format!("key '{key}' is repeated")));
                    }
                    entries.push(Entry {
                        key,
                        at,
                        value: node,
                    });
                }
            },
        }
        Ok(())
    }
}

fn key_text(node: &Node) -> Result<String, YamlError> {
    if node.value == Yaml::Null {
        return Ok("null".to_owned());
    }
    node.scalar()
        .map(str::to_owned)
        .ok_or_else(|| error(node.at, "key is not text".to_owned()))
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Yaml {
    let is_text_tag = tag.is_some_and(|tag| tag.suffix == "str" || tag.handle == "!");
    if style != ScalarStyle::Plain || is_text_tag {
        return Yaml::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Yaml::Null,
        "true" | "True" | "TRUE" => Yaml::Bool(true),
        "false" | "False" | "FALSE" => Yaml::Bool(false),
        _ if is_number(text) => Yaml::Number(text.to_owned()),
        _ => Yaml::Text(text.to_owned()),
    }
}

/// Decimal integers and floats without superfluous leading zeros.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || fraction.is_some_and(|part| !part.is_empty());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    let exponent_reads = exponent.is_none_or(|part| {
        let part = part.strip_prefix(['-', '+']).unwrap_or(part);
        !part.is_empty() && all_digits(part)
    });
    has_digits
        && !leading_zero
        && all_digits(whole)
        && fraction.is_none_or(all_digits)
        && exponent_reads
}

fn position(marker: saphyr_parser::Marker, lines_before: u32) -> Position {
    let line = u32::try_from(marker.line()).unwrap_or(u32::MAX);
    let column = u32::try_from(marker.col()).unwrap_or(u32::MAX);
    Position {
        line: line.saturating_add(lines_before),
        column: column.saturating_add(1),
    }
}

fn error(at: Position, message: String) -> YamlError {
    YamlError { at, message }
}
