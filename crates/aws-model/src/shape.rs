//! Shapes of requests and answers: a graph, because shapes refer to each other and to themselves.

use std::sync::OnceLock;

/// The shapes of one service. Definitions stay text until somebody walks into them.
#[derive(Debug)]
pub(crate) struct Shapes {
    /// Operation, input and output, sorted by operation.
    operations: Vec<(&'static str, &'static str, &'static str)>,
    /// Structures and enumerations, sorted by name.
    definitions: Vec<Definition>,
}

#[derive(Debug)]
struct Definition {
    name: &'static str,
    body: &'static str,
    members: OnceLock<Vec<RawMember>>,
}

#[derive(Debug)]
struct RawMember {
    name: &'static str,
    required: bool,
    expression: &'static str,
}

/// A type in a request or answer.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    shapes: &'static Shapes,
    /// A letter for a scalar, `$Name`, `%Name`, `[element` or `{value`.
    expression: &'static str,
}

/// What a value of a shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShapeKind {
    /// Free text.
    String,
    /// Text out of a fixed set: see [`Shape::enum_values`].
    Enum,
    /// 32-bit whole number.
    Integer,
    /// 64-bit whole number.
    Long,
    /// Single precision number.
    Float,
    /// Double precision number.
    Double,
    /// True or false.
    Boolean,
    /// A time; CloudTrail prints it as text.
    Timestamp,
    /// Bytes; CloudTrail prints base64, or leaves them out.
    Blob,
    /// Any JSON value.
    Document,
    /// Named members: see [`Shape::members`].
    Structure,
    /// Elements of one shape: see [`Shape::element`].
    List,
    /// Values of one shape under free keys: see [`Shape::element`].
    Map,
}

/// A member of a structure.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Name in the API. CloudTrail writes it by the rule of [`crate::ParameterSpelling`].
    pub name: &'static str,
    /// Whether the API demands it.
    pub required: bool,
    /// Shape of its value.
    pub shape: Shape,
}

impl Shape {
    /// What a value of this shape is.
    pub fn kind(&self) -> ShapeKind {
        match self.expression.as_bytes().first() {
            Some(b'$') => ShapeKind::Structure,
            Some(b'%') => ShapeKind::Enum,
            Some(b'[') => ShapeKind::List,
            Some(b'{') => ShapeKind::Map,
            Some(b's') => ShapeKind::String,
            Some(b'i') => ShapeKind::Integer,
            Some(b'l') => ShapeKind::Long,
            Some(b'f') => ShapeKind::Float,
            Some(b'd') => ShapeKind::Double,
            Some(b'b') => ShapeKind::Boolean,
            Some(b't') => ShapeKind::Timestamp,
            Some(b'x') => ShapeKind::Blob,
            _ => ShapeKind::Document,
        }
    }

    /// Name of a structure or enumeration in the service model.
    pub fn name(&self) -> Option<&'static str> {
        self.expression.strip_prefix(['$', '%'])
    }

    /// Members of a structure, sorted by name; empty for anything else.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        let shapes = self.shapes;
        self.raw_members().iter().map(move |raw| Member {
            name: raw.name,
            required: raw.required,
            shape: Shape {
                shapes,
                expression: raw.expression,
            },
        })
    }

    /// The member with exactly this API name.
    pub fn member(&self, name: &str) -> Option<Member> {
        self.members().find(|member| member.name == name)
    }

    /// Shape of the elements of a list or of the values of a map.
    pub fn element(&self) -> Option<Shape> {
        let expression = self.expression.strip_prefix(['[', '{'])?;
        Some(Shape {
            shapes: self.shapes,
            expression,
        })
    }

    /// The values of an enumeration in the order of the model; empty for anything else.
    pub fn enum_values(&self) -> impl Iterator<Item = &'static str> {
        let body = self
            .expression
            .strip_prefix('%')
            .and_then(|name| self.shapes.definition(name));
        body.map(|definition| definition.body)
            .unwrap_or_default()
            .split('|')
            .filter(|value| !value.is_empty())
    }

    /// Text of the type in the notation of the table.
    pub fn expression(&self) -> &'static str {
        self.expression
    }

    fn raw_members(&self) -> &'static [RawMember] {
        let Some(name) = self.expression.strip_prefix('$') else {
            return &[];
        };
        let Some(definition) = self.shapes.definition(name) else {
            return &[];
        };
        definition
            .members
            .get_or_init(|| read_members(definition.body))
    }
}

impl Shapes {
    pub(crate) fn read(body: &'static str) -> Self {
        let mut operations = Vec::new();
        let mut definitions = Vec::new();
        for line in body.lines() {
            if let Some(rest) = line.strip_prefix('>') {
                let mut fields = rest.split('\t');
                let mut field = || fields.next().unwrap_or_default();
                operations.push((field(), field(), field()));
            } else if let Some(rest) = line.strip_prefix(['$', '%']) {
                let (name, body) = rest.split_once('\t').unwrap_or((rest, ""));
                definitions.push(Definition {
                    name,
                    body,
                    members: OnceLock::new(),
                });
            }
        }
        operations.sort_unstable();
        definitions.sort_by_key(|definition| definition.name);
        Self {
            operations,
            definitions,
        }
    }

    /// Input and output of an operation.
    pub(crate) fn sides(&'static self, operation: &str) -> Option<(Option<Shape>, Option<Shape>)> {
        let position = self
            .operations
            .binary_search_by(|(name, _, _)| (*name).cmp(operation))
            .ok()?;
        let (_, input, output) = self.operations.get(position)?;
        Some((self.structure(input), self.structure(output)))
    }

    fn structure(&'static self, expression: &'static str) -> Option<Shape> {
        (expression != "-").then_some(Shape {
            shapes: self,
            expression,
        })
    }

    fn definition(&'static self, name: &str) -> Option<&'static Definition> {
        let position = self
            .definitions
            .binary_search_by(|definition| definition.name.cmp(name))
            .ok()?;
        self.definitions.get(position)
    }
}

fn read_members(body: &'static str) -> Vec<RawMember> {
    let mut members = Vec::new();
    for text in body.split(' ') {
        let Some((name, expression)) = text.split_once(':') else {
            continue;
        };
        let bare = name.strip_suffix('*');
        members.push(RawMember {
            name: bare.unwrap_or(name),
            required: bare.is_some(),
            expression,
        });
    }
    members
}
