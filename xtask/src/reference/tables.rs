//! What the tables hold, between the sources and the printer. Generation fills these types from the
//! packages, the check fills them from the crate's reader, and both are printed by the same code.

use std::collections::BTreeMap;
use std::fmt;

/// `operations.txt`: services by id.
pub(crate) type Operations = BTreeMap<String, ServiceOperations>;

/// `shapes.txt`: services by id.
pub(crate) type Shapes = BTreeMap<String, ServiceShapes>;

/// `regions.txt`: partition and its regions with their places.
pub(crate) type Regions = Vec<(String, BTreeMap<String, String>)>;

/// One service with its operations.
#[derive(Debug, Default)]
pub(crate) struct ServiceOperations {
    pub(crate) endpoint_prefix: String,
    pub(crate) signing_name: Option<String>,
    pub(crate) action_prefix: Option<String>,
    pub(crate) protocol: String,
    pub(crate) display_name: String,
    /// Operation → whether it only reads.
    pub(crate) operations: BTreeMap<String, bool>,
}

/// The shapes of one service.
#[derive(Debug, Default)]
pub(crate) struct ServiceShapes {
    /// Operation → types of input and output.
    pub(crate) operations: BTreeMap<String, [Option<String>; 2]>,
    /// Structures and enumerations by name.
    pub(crate) definitions: BTreeMap<String, Definition>,
}

/// A named shape.
#[derive(Debug)]
pub(crate) enum Definition {
    /// Member → whether it is required, and its type.
    Structure(BTreeMap<String, (bool, String)>),
    /// Values in the order of the model.
    Enumeration(Vec<String>),
}

/// `api-calls.txt`.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) partitions: Vec<PartitionFacts>,
    pub(crate) services: BTreeMap<String, ServiceCalls>,
}

/// What calls need to know about a partition.
#[derive(Debug)]
pub(crate) struct PartitionFacts {
    pub(crate) name: String,
    pub(crate) dns_suffix: String,
    pub(crate) global_region: String,
    /// Start of the names of its regions; empty for the partition of all others.
    pub(crate) region_prefix: String,
}

/// The listed operations of one service.
#[derive(Debug, Default)]
pub(crate) struct ServiceCalls {
    pub(crate) api_version: String,
    pub(crate) hosts: Vec<Host>,
    pub(crate) operations: BTreeMap<String, CallFacts>,
    /// Structures of requests → members that differ from the plain ones.
    pub(crate) requests: BTreeMap<String, BTreeMap<String, Wire>>,
    /// Structures of answers → members that differ from the plain ones.
    pub(crate) answers: BTreeMap<String, BTreeMap<String, Wire>>,
}

/// A host name that differs from the pattern.
#[derive(Debug)]
pub(crate) struct Host {
    /// Partition or region.
    pub(crate) place: String,
    pub(crate) pattern: String,
    /// Empty: the region itself.
    pub(crate) signing_region: String,
}

/// How one operation is called.
#[derive(Debug)]
pub(crate) struct CallFacts {
    pub(crate) protocol: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) target: Option<String>,
    pub(crate) host_prefix: Option<String>,
    pub(crate) result_wrapper: Option<String>,
    pub(crate) paging: Option<Paging>,
}

/// How one operation pages.
#[derive(Debug)]
pub(crate) struct Paging {
    pub(crate) input_token: String,
    pub(crate) output_token: String,
    pub(crate) limit: Option<String>,
    pub(crate) page_size: Option<String>,
    pub(crate) more: Option<String>,
}

/// A member on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wire {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) levels: Vec<Level>,
}

/// Where a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    Payload,
    Uri,
    QueryString,
    Header,
    HeaderPrefix,
    Attribute,
    Status,
}

/// A list or map around the value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Level {
    FlatList,
    List(String),
    Map {
        flattened: bool,
        key: String,
        value: String,
    },
}

impl Wire {
    /// A member under its own name in the body.
    pub(crate) fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            place: Place::Body,
            levels: Vec::new(),
        }
    }
}

/// The notation of the table.
impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            Place::Body => "",
            Place::Payload => ".",
            Place::Uri => "/",
            Place::QueryString => "?",
            Place::Header => "^",
            Place::HeaderPrefix => "~",
            Place::Attribute => "@",
            Place::Status => "#",
        };
        write!(f, "{place}{}", self.name)?;
        for level in &self.levels {
            match level {
                Level::FlatList => f.write_str("*")?,
                Level::List(item) => write!(f, "[{item}")?,
                Level::Map {
                    flattened,
                    key,
                    value,
                } => write!(f, "{}{key},{value}", if *flattened { '}' } else { '{' })?,
            }
        }
        Ok(())
    }
}
