//! Secrets and the keys that are derived from them.

use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use hashbrown::{Equivalent, HashMap};
use ring::hmac;
use zeroize::Zeroizing;

/// A secret access key. `Debug` does not show it; memory is cleared when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Compares without a shortcut, except for the length.
    fn same(&self, other: &Self) -> bool {
        let pairs = self.bytes().iter().zip(other.bytes());
        self.bytes().len() == other.bytes().len()
            && pairs.fold(0, |differences, (left, right)| differences | (left ^ right)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Signing keys by access key, day, region and service; a key is used only while the secret it was
/// derived from is the one that is given. Bounded: when one half is full it becomes the old half, and
/// the old half is forgotten.
pub struct KeyCache {
    shards: Box<[Mutex<Shard>]>,
    hasher: foldhash::fast::RandomState,
    /// Entries in the young half of one shard.
    half: usize,
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyCache")
    }
}

type Entries = HashMap<Name, (Secret, hmac::Key), foldhash::fast::RandomState>;

#[derive(Default)]
struct Shard {
    young: Entries,
    old: Entries,
}

#[derive(PartialEq, Eq, Hash)]
struct Name {
    access_key: Box<str>,
    date: Box<str>,
    region: Box<str>,
    service: Box<str>,
}

#[derive(Hash)]
struct NameRef<'a> {
    access_key: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
}

impl Equivalent<Name> for NameRef<'_> {
    fn equivalent(&self, name: &Name) -> bool {
        *self.access_key == *name.access_key
            && *self.date == *name.date
            && *self.region == *name.region
            && *self.service == *name.service
    }
}

const SHARDS: usize = 16;

impl Default for KeyCache {
    fn default() -> Self {
        Self::new(16_384)
    }
}

impl KeyCache {
    /// A cache of about this many keys.
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: foldhash::fast::RandomState::default(),
            half: (capacity / SHARDS / 2).max(1),
        }
    }

    /// The signing key; derived when it is not there.
    pub(super) fn key(
        &self,
        secret: &Secret,
        access_key: &str,
        date: &str,
        region: &str,
        service: &str,
    ) -> hmac::Key {
        let name = NameRef {
            access_key,
            date,
            region,
            service,
        };
        let hash = self.hasher.hash_one(&name);
        let position = usize::try_from(hash >> 32).unwrap_or_default() % SHARDS;
        let Some(shard) = self.shards.get(position) else {
            return derive(secret, &name);
        };
        {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let found = shard.young.get(&name).or_else(|| shard.old.get(&name));
            if let Some((known, key)) = found
                && known.same(secret)
            {
                return key.clone();
            }
        }
        let key = derive(secret, &name);
        let name = Name {
            access_key: access_key.into(),
            date: date.into(),
            region: region.into(),
            service: service.into(),
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.young.len() >= self.half {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(name, (secret.clone(), key.clone()));
        key
    }

    /// Forgets all keys of an access key: it was deleted or its secret changed.
    pub fn forget(&self, access_key: &str) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard
                .young
                .retain(|name, _| *name.access_key != *access_key);
            shard.old.retain(|name, _| *name.access_key != *access_key);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards
            .map(|shard| shard.lock().unwrap())
            .map(|shard| shard.young.len() + shard.old.len())
            .sum()
    }
}

fn derive(secret: &Secret, name: &NameRef<'_>) -> hmac::Key {
    let mut start = Zeroizing::new(Vec::with_capacity(4 + secret.bytes().len()));
    start.extend_from_slice(b"AWS4");
    start.extend_from_slice(secret.bytes());
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, &start);
    for part in [name.date, name.region, name.service, "aws4_request"] {
        let tag = hmac::sign(&key, part.as_bytes());
        key = hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &hmac::Key) -> Vec<u8> {
        hmac::sign(key, b"x").as_ref().to_vec()
    }

    #[test]
    fn a_changed_secret_is_not_served_from_the_cache() {
        let cache = KeyCache::new(64);
        let key = |secret: &str| {
            tag(&cache.key(&Secret::new(secret), "AKIA", "20260101", "eu-west-1", "kms"))
        };
        let first = key("one");
        assert_eq!(key("one"), first);
        let second = key("two");
        assert_ne!(second, first);
        assert_eq!(key("one"), first);
        assert_eq!(cache.len(), 1);
        cache.forget("AKIA");
        assert_eq!(cache.len(), 0);
        assert_eq!(key("two"), second);
    }

    #[test]
    fn bounded() {
        let cache = KeyCache::new(128);
        for number in 0..2_000 {
            let access_key = format!("AKIA{number}");
            cache.key(
                &Secret::new("s"),
                &access_key,
                "20260101",
                "eu-west-1",
                "kms",
            );
        }
        assert!(cache.len() <= 128, "{}", cache.len());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(
            format!("{:?} {:?}", Secret::new("hush"), KeyCache::new(1)),
            "Secret KeyCache"
        );
    }
}
