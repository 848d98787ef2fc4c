//! What functions remember between the resources of a session: answers that many resources share and
//! that take long to find.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value as Json;

use crate::expression::Unknown;
use crate::functions::Account;
use crate::policies::admission::Inside;

/// Values that are made once for each key, also when several threads ask at once.
pub(crate) struct Remembered<K, V>(Mutex<HashMap<K, Arc<OnceLock<V>>>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// The value of a key, made now if it is asked for the first time. Other keys do not wait.
    pub(crate) fn of(&self, key: K, make: impl FnOnce() -> V) -> V {
        let place = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key).or_default())
        };
        place.get_or_init(make).clone()
    }
}

/// Texts, or why they are not known.
pub(crate) type Texts = Result<Arc<Vec<String>>, Unknown>;

/// ARNs and kinds of resources by the ARN of their role.
pub(crate) type RoleUsers = BTreeMap<String, BTreeSet<(String, &'static str)>>;

/// What is remembered.
#[derive(Default)]
pub(crate) struct Cache {
    /// Identities of accounts.
    pub(crate) accounts: Remembered<String, Arc<Account>>,
    /// What counts as inside, by account and configured accounts.
    pub(crate) inside: Remembered<(String, String), Arc<Inside>>,
    /// Answers of functions about policies: function, texts that decide.
    pub(crate) policies: Remembered<(&'static str, Vec<String>), Texts>,
    /// Answers of functions about identities and places: function, what they are about.
    pub(crate) texts: Remembered<(&'static str, Vec<String>), Texts>,
    /// Resources by their execution role, by account.
    pub(crate) users: Remembered<String, Result<Arc<RoleUsers>, Unknown>>,
    /// Rows of credential reports by account.
    pub(crate) reports: Remembered<String, Result<Arc<HashMap<String, Json>>, Unknown>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_value_is_made_once() {
        let remembered: Remembered<u8, usize> = Remembered::default();
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    remembered.of(1, || {
                        made.fetch_add(1, Ordering::SeqCst);
                        7
                    });
                });
            }
        });
        assert_eq!(remembered.of(1, || 9), 7);
        assert_eq!(remembered.of(2, || 9), 9);
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}
