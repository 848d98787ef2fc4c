//! What the tables hold, between the sources and the printer. Generation fills these types from the
//! packages, the check fills them from the crate's reader, and both are printed by the same code.

use std::collections::BTreeMap;

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
