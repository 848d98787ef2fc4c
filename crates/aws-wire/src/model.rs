//! The model of the operations that are served: `data/wire.txt`, read once.

use std::fmt;
use std::sync::LazyLock;

mod pattern;
mod table;

pub use pattern::Pattern;
pub(crate) use pattern::is_name;

/// How requests and answers of a service are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// AWS JSON 1.1: `POST /` with `X-Amz-Target`
    Json11,
    /// REST-JSON: operations by method and path
    RestJson,
    /// AWS query: forms in, XML out
    Query,
}

impl Protocol {
    /// Name as the table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json11 => "awsJson1.1",
            Self::RestJson => "restJson1",
            Self::Query => "query",
        }
    }
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// `sagemaker`, `sagemaker-featurestore-runtime`, `kms`, `sts`.
    pub id: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// What precedes the operation in `X-Amz-Target`: `SageMaker`, `TrentService`.
    pub target_prefix: Option<&'static str>,
    /// Service in the scope of signatures.
    pub signing_name: &'static str,
    /// Version of the API.
    pub version: &'static str,
    /// Namespace of XML answers.
    pub namespace: Option<&'static str>,
    /// Operations by name.
    pub operations: Vec<Operation>,
    /// Errors of its operations by name of their shapes.
    pub errors: Vec<ErrorShape>,
}

impl Service {
    /// An operation by name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }

    /// An error by its code on the wire.
    pub fn error(&self, code: &str) -> Option<&ErrorShape> {
        self.errors.iter().find(|error| error.code == code)
    }
}

/// An operation. Two are equal when they are the same operation.
pub struct Operation {
    /// Id of the service.
    pub service_id: &'static str,
    /// Name.
    pub name: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path with labels in braces.
    pub path: &'static str,
    /// Structure of the input.
    pub input: Option<ShapeId>,
    /// Structure of the output.
    pub output: Option<ShapeId>,
    /// Element around the result in XML.
    pub wrapper: Option<&'static str>,
    /// Names of the error shapes.
    pub errors: Vec<&'static str>,
}

impl Operation {
    /// Its service.
    pub fn service(&self) -> &'static Service {
        service(self.service_id).unwrap_or(&NO_SERVICE)
    }

    /// Whether it changes nothing, by the level that AWS gives it; unknown ones count as writes.
    pub fn read_only(&self) -> bool {
        rempart_aws_model::service(self.service_id)
            .and_then(|service| service.operation(self.name))
            .is_some_and(|operation| operation.read_only())
    }

    /// Largest body in bytes that is read. Escapes of JSON make a value up to six times as long as it
    /// is, and the largest record has 350 KB.
    pub fn max_body(&self) -> usize {
        match (self.service_id, self.name) {
            ("sagemaker-featurestore-runtime", "BatchWriteRecord") => 16 << 20,
            ("sagemaker-featurestore-runtime", _) => 4 << 20,
            ("sts", _) => 256 << 10,
            _ => 1 << 20,
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service_id, self.name)
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.service_id == other.service_id && self.name == other.name
    }
}

impl Eq for Operation {}

/// An error of the model.
#[derive(Debug)]
pub struct ErrorShape {
    /// Name of the shape.
    pub name: &'static str,
    /// Code on the wire.
    pub code: &'static str,
    /// HTTP status, where the model has one.
    pub status: Option<u16>,
    /// Whether the server is at fault.
    pub fault: bool,
    /// Member that holds the message.
    pub message: Option<&'static str>,
}

/// A shape of the model, by position.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShapeId(u32);

impl ShapeId {
    /// The shape.
    pub fn shape(self) -> &'static Shape {
        usize::try_from(self.0)
            .ok()
            .and_then(|position| WIRE.shapes.get(position))
            .unwrap_or(&NO_SHAPE)
    }
}

impl fmt::Debug for ShapeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shape().name)
    }
}

/// A shape.
#[derive(Debug)]
pub struct Shape {
    /// Name.
    pub name: &'static str,
    /// Whether the model calls its values sensitive.
    pub sensitive: bool,
    /// Type and constraints.
    pub kind: Kind,
}

/// Smallest and largest: length in characters, bytes or elements, or value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// Smallest.
    pub min: Option<i64>,
    /// Largest.
    pub max: Option<i64>,
}

/// Type of a shape.
#[derive(Debug)]
pub enum Kind {
    /// Named members
    Structure {
        /// In the order of the table
        members: Vec<Member>,
        /// Whether exactly one of them is given
        union: bool,
    },
    /// Elements of one shape
    List {
        /// The element
        element: ShapeId,
        /// Number of elements
        length: Range,
    },
    /// Strings to values of one shape
    Map {
        /// The key
        key: ShapeId,
        /// The value
        value: ShapeId,
        /// Number of entries
        length: Range,
    },
    /// Text
    String {
        /// Number of characters
        length: Range,
        /// What the whole text matches
        pattern: Option<Pattern>,
    },
    /// One of several texts
    Enum {
        /// The texts
        values: Vec<&'static str>,
    },
    /// Bytes, as base64
    Blob {
        /// Number of bytes
        length: Range,
    },
    /// 32-bit integer
    Integer {
        /// Value
        range: Range,
    },
    /// 64-bit integer
    Long {
        /// Value
        range: Range,
    },
    /// Single or double precision
    Float {
        /// Value
        range: Range,
        /// Whether it is a `double`
        double: bool,
    },
    /// `true` or `false`
    Boolean,
    /// Seconds since 1970 with fraction
    Timestamp,
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Name.
    pub name: &'static str,
    /// Whether it is required.
    pub required: bool,
    /// Its shape.
    pub shape: ShapeId,
    /// Where it is sent.
    pub place: Place,
}

/// Where a member is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the body, under its name
    Body,
    /// A label of the path
    Path(&'static str),
    /// A parameter of the query string, repeated for lists
    Query(&'static str),
}

/// All services, by id.
pub fn services() -> &'static [Service] {
    &WIRE.services
}

/// A service by id.
pub fn service(id: &str) -> Option<&'static Service> {
    WIRE.services.iter().find(|service| service.id == id)
}

/// An operation by service and name.
pub fn operation(service_id: &str, name: &str) -> Option<&'static Operation> {
    service(service_id)?.operation(name)
}

/// The text of the table.
pub fn table_text() -> &'static str {
    TEXT
}

/// The shapes that a service's operations need, by name.
pub fn shapes_of(service_id: &str) -> impl Iterator<Item = (&'static str, &'static Shape)> {
    WIRE.names
        .iter()
        .filter(move |(service, _, _)| *service == service_id)
        .map(|(_, name, id)| (*name, id.shape()))
}

/// The table as it was read.
#[derive(Debug, Default)]
struct Wire {
    services: Vec<Service>,
    shapes: Vec<Shape>,
    /// Service, shape, position.
    names: Vec<(&'static str, &'static str, ShapeId)>,
}

const TEXT: &str = include_str!("../data/wire.txt");

/// A table that cannot be read serves nothing; a test sees to it that it can.
static WIRE: LazyLock<Wire> = LazyLock::new(|| table::read(TEXT).unwrap_or_default());

static NO_SERVICE: Service = Service {
    id: "",
    protocol: Protocol::Json11,
    target_prefix: None,
    signing_name: "",
    version: "",
    namespace: None,
    operations: Vec::new(),
    errors: Vec::new(),
};

/// Takes no value: an enumeration without any.
static NO_SHAPE: Shape = Shape {
    name: "",
    sensitive: true,
    kind: Kind::Enum { values: Vec::new() },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let wire = table::read(TEXT).unwrap();
        assert_eq!(wire.services.len(), 4);
        let operations: usize = services()
            .iter()
            .map(|service| service.operations.len())
            .sum();
        assert_eq!(operations, 11 + 7 + 34 + 2);
    }

    #[test]
    fn every_pattern_compiles() {
        for shape in &WIRE.shapes {
            if let Kind::String {
                pattern: Some(pattern),
                ..
            } = &shape.kind
            {
                assert!(pattern.compiles(), "{}: {}", shape.name, pattern.source());
            }
        }
    }

    #[test]
    fn members_fit_the_set_of_seen_ones() {
        for shape in &WIRE.shapes {
            if let Kind::Structure { members, .. } = &shape.kind {
                assert!(members.len() <= 128, "{}", shape.name);
            }
        }
    }

    #[test]
    fn operations_know_their_services() {
        for service in services() {
            for operation in &service.operations {
                assert_eq!(operation.service().id, service.id);
                assert!(
                    rempart_aws_model::service(service.id)
                        .and_then(|service| service.operation(operation.name))
                        .is_some(),
                    "{operation:?}"
                );
            }
        }
        assert!(operation("kms", "ListGrants").unwrap().read_only());
        assert!(!operation("kms", "CreateGrant").unwrap().read_only());
        let runtime = "sagemaker-featurestore-runtime";
        assert!(operation(runtime, "GetRecord").unwrap().read_only());
        assert!(!operation(runtime, "PutRecord").unwrap().read_only());
    }
}
