//! Fields that are computed from a record rather than read from it.

use rempart_trail::record::Record;

/// The prefix of field paths that are derived. A member of a record with such a name is not looked at.
pub const DERIVED_PREFIX: &str = "rempart.";

/// A derived value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Derived {
    /// The record has no such value
    #[default]
    Absent,
    /// A boolean
    Bool(bool),
    /// One of a few words: costs no allocation
    Word(&'static str),
    /// A text
    Text(String),
    /// A number
    Number(f64),
    /// Several texts: any of them counts. An empty list is present, but nothing matches in it.
    List(Vec<String>),
}

/// Computes derived fields.
pub trait Derive {
    /// The value of a field whose path begins with [`DERIVED_PREFIX`]. Called only when a rule needs
    /// it, and at most once for each record and field.
    fn derive(&self, record: &Record<'_>, field: &str) -> Derived;
}

/// Derives nothing: every derived field is absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingDerived;

impl Derive for NothingDerived {
    fn derive(&self, _record: &Record<'_>, _field: &str) -> Derived {
        Derived::Absent
    }
}
