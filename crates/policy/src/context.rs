//! The condition keys of a request and what is known of each.

use std::sync::Arc;

use crate::value::fold;

/// What is known of a condition key. A key that the context does not hold is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// Present without a value
    Null,
    /// One value
    Single(Arc<str>),
    /// A list of values; a multi-valued key with one value is such a list, too
    Several(Arc<[Arc<str>]>),
    /// Neither presence nor value is known
    Unknown,
}

/// Two keys of a context that are the same without case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the condition key `{0}` is given twice")]
pub struct DoubleKey(pub Box<str>);

/// A name of a condition key, made for comparing without case. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(Arc<Name>);

#[derive(Debug, PartialEq, Eq)]
struct Name {
    hash: u64,
    folded: Box<str>,
    written: Box<str>,
}

impl KeyName {
    /// Prepares a name.
    pub fn new(written: &str) -> Self {
        let folded = fold::folded(written);
        Self(Arc::new(Name {
            hash: hash(&folded),
            folded,
            written: written.into(),
        }))
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.written
    }

    /// The name in the form that is equal for all spellings.
    pub fn folded(&self) -> &str {
        &self.0.folded
    }

    /// Whether both are the same key, however written.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash && self.0.folded == other.0.folded
    }
}

/// The condition keys of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Sorted by hash.
    entries: Vec<(KeyName, KeyState)>,
}

impl Context {
    /// A context without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key.
    ///
    /// # Errors
    /// The key is there already, perhaps in another case.
    pub fn insert(&mut self, name: KeyName, state: KeyState) -> Result<(), DoubleKey> {
        if self.get(&name).is_some() {
            return Err(DoubleKey(name.as_str().into()));
        }
        self.set(name, state);
        Ok(())
    }

    /// Sets a key, whether it was there or not.
    pub fn set(&mut self, name: KeyName, state: KeyState) {
        if let Some((_, old)) = self.entries.iter_mut().find(|(key, _)| key.is_same(&name)) {
            *old = state;
            return;
        }
        let at = self
            .entries
            .partition_point(|(key, _)| key.0.hash < name.0.hash);
        self.entries.insert(at, (name, state));
    }

    /// Removes a key.
    pub fn remove(&mut self, name: &KeyName) -> Option<KeyState> {
        let at = self.entries.iter().position(|(key, _)| key.is_same(name))?;
        Some(self.entries.remove(at).1)
    }

    /// The state of a key; `None` when it is absent.
    pub fn get(&self, name: &KeyName) -> Option<&KeyState> {
        // Contexts are short: a scan over hashes beats a search.
        self.entries
            .iter()
            .find(|(key, _)| key.is_same(name))
            .map(|(_, state)| state)
    }

    /// All keys and their states, in no meaningful order.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyName, &KeyState)> {
        self.entries.iter().map(|(key, state)| (key, state))
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Makes room for `additional` keys.
    pub fn reserve(&mut self, additional: usize) {
        self.entries.reserve(additional);
    }
}

impl KeyState {
    /// The values, where there are any.
    pub fn values(&self) -> &[Arc<str>] {
        match self {
            Self::Single(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
            Self::Null | Self::Unknown => &[],
        }
    }

    /// Whether it stands for no value: null, an empty list, or empty texts only.
    pub(crate) fn is_void(&self) -> bool {
        match self {
            Self::Unknown => false,
            _ => self.values().iter().all(|value| value.is_empty()),
        }
    }
}

/// FNV-1a. It only orders and sorts out: equal hashes are followed by a comparison of the texts.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
