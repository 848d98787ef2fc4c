//! Sealed values, wrapped keys and ciphertexts: known answers, and that nothing altered opens.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use proptest::prelude::*;
use rempart_keys::ciphertext::{self, Ciphertext};
use rempart_keys::envelope::{self, Aad, EnvelopeError, PreparedKey, Purpose};
use rempart_keys::{DataKey, EncryptionContext};
use ring::rand::SystemRandom;
use serde::Deserialize;
use zeroize::Zeroizing;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16).unwrap()).collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).unwrap())
        .collect()
}

fn key(hex: &str) -> DataKey {
    DataKey(Zeroizing::new(bytes(hex).try_into().unwrap()))
}

#[derive(Deserialize)]
struct Vectors {
    records: Vec<Record>,
    wrapped: Vec<Wrapped>,
    blinded: Vec<Blinded>,
    ciphertexts: Vec<Kms>,
}

#[derive(Deserialize)]
struct Record {
    key: String,
    key_id: u32,
    nonce: String,
    group_arn: String,
    created: i64,
    schema_version: u32,
    identifier: String,
    event_time: i64,
    flags: u32,
    plaintext: String,
    sealed: String,
}

#[derive(Deserialize)]
struct Wrapped {
    purpose: String,
    store_key: String,
    place: String,
    key: String,
    wrapped: String,
}

#[derive(Deserialize)]
struct Blinded {
    index_key: String,
    identifier: String,
    blind: String,
}

#[derive(Deserialize)]
struct Kms {
    material: String,
    material_id: String,
    key_id: String,
    context: EncryptionContext,
    nonce: String,
    plaintext: String,
    ciphertext: String,
}

/// `make.py` beside the file makes it with another implementation.
#[test]
fn known_answers() {
    let text = include_str!("../corpus/vectors/known-answers.json");
    let vectors: Vectors = serde_json::from_str(text).unwrap();
    for case in &vectors.records {
        let aad = Aad {
            group_arn: &case.group_arn,
            created: case.created,
            schema_version: case.schema_version,
            identifier: &bytes(&case.identifier),
            event_time: case.event_time,
            flags: case.flags,
        };
        let (plain, nonce) = (bytes(&case.plaintext), bytes(&case.nonce));
        let nonce = nonce.try_into().unwrap();
        let sealed = envelope::seal(&key(&case.key), case.key_id, &aad, &plain, nonce).unwrap();
        assert_eq!(sealed, bytes(&case.sealed));
        assert_eq!(sealed.len(), plain.len() + envelope::OVERHEAD);
        assert_eq!(envelope::key_id_of(&sealed), Ok(case.key_id));
        let opened = envelope::open(&key(&case.key), case.key_id, &aad, &sealed).unwrap();
        assert_eq!(*opened, plain);
    }
    for case in &vectors.wrapped {
        let purpose = PURPOSES
            .into_iter()
            .find(|(name, _)| *name == case.purpose)
            .unwrap()
            .1;
        let (place, wrapped) = (bytes(&case.place), bytes(&case.wrapped));
        assert_eq!(wrapped.len(), envelope::WRAPPED_LENGTH);
        let unwrapped = envelope::unwrap(&key(&case.store_key), purpose, &place, &wrapped);
        assert_eq!(unwrapped.unwrap().0.to_vec(), bytes(&case.key));
    }
    for case in &vectors.blinded {
        let blind = envelope::blind(&key(&case.index_key), case.identifier.as_bytes());
        assert_eq!(blind.to_vec(), bytes(&case.blind));
    }
    for case in &vectors.ciphertexts {
        let (material, plain) = (key(&case.material), bytes(&case.plaintext));
        let made = ciphertext::encrypt(
            bytes(&case.key_id).try_into().unwrap(),
            bytes(&case.material_id).try_into().unwrap(),
            &material,
            &case.context,
            &plain,
            bytes(&case.nonce).try_into().unwrap(),
        );
        assert_eq!(made.unwrap(), bytes(&case.ciphertext));
        let sealed = bytes(&case.ciphertext);
        let parsed = Ciphertext::parse(&sealed).unwrap();
        assert_eq!(*parsed.open(&material, &case.context).unwrap(), plain);
    }
}

const PURPOSES: [(&str, Purpose); 4] = [
    ("data-key", Purpose::DataKey),
    ("index-key", Purpose::IndexKey),
    ("subject-key", Purpose::SubjectKey),
    ("auxiliary", Purpose::Auxiliary),
];

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
struct Value {
    arn: String,
    created: i64,
    schema: u32,
    identifier: Vec<u8>,
    time: i64,
    flags: u32,
    plain: Vec<u8>,
    nonce: [u8; 24],
}

impl Value {
    fn aad(&self) -> Aad<'_> {
        Aad {
            group_arn: &self.arn,
            created: self.created,
            schema_version: self.schema,
            identifier: &self.identifier,
            event_time: self.time,
            flags: self.flags,
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    let plain = prop::collection::vec(any::<u8>(), 0..200);
    // Few possible places, so that equal and nearly equal ones come up.
    let place = (
        "[ab]{0,2}",
        0..2_i64,
        0..2_u32,
        prop::collection::vec(0..2_u8, 0..3),
        0..2_i64,
        0..2_u32,
    );
    (place, plain, any::<[u8; 24]>()).prop_map(|(place, plain, nonce)| {
        let (arn, created, schema, identifier, time, flags) = place;
        Value {
            arn,
            created,
            schema,
            identifier,
            time,
            flags,
            plain,
            nonce,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_value_opens_in_its_place_only(one in value(), two in value(), id in 0..3_u32, other_id in 0..3_u32) {
        let dek = DataKey(Zeroizing::new([1; 32]));
        let key = PreparedKey::new(&dek, id);
        let sealed = key.seal(&one.aad(), &one.plain, one.nonce).unwrap();
        let mut buffer = b"old".to_vec();
        key.open_into(&one.aad(), &sealed, &mut buffer).unwrap();
        prop_assert_eq!(&buffer, &one.plain);
        let moved = key.open_into(&two.aad(), &sealed, &mut buffer);
        if one.aad() == two.aad() {
            prop_assert_eq!(moved, Ok(()));
        } else {
            prop_assert_eq!(moved, Err(EnvelopeError::NotAuthentic));
            prop_assert!(buffer.is_empty());
        }
        let elsewhere = PreparedKey::new(&dek, other_id).open(&one.aad(), &sealed);
        prop_assert_eq!(elsewhere.is_ok(), id == other_id);
        let foreign = PreparedKey::new(&DataKey(Zeroizing::new([2; 32])), id);
        prop_assert_eq!(foreign.open(&one.aad(), &sealed), Err(EnvelopeError::NotAuthentic));
    }

    #[test]
    fn no_altered_value_opens(value in value(), at in any::<prop::sample::Index>(), bit in 0..8_u32, cut in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..20)) {
        let key = PreparedKey::new(&DataKey(Zeroizing::new([1; 32])), 9);
        let sealed = key.seal(&value.aad(), &value.plain, value.nonce).unwrap();
        let mut altered = sealed.clone();
        altered[at.index(sealed.len())] ^= 1 << bit;
        prop_assert!(key.open(&value.aad(), &altered).is_err());
        let mut short = sealed.clone();
        short.truncate(cut.index(sealed.len()));
        prop_assert!(key.open(&value.aad(), &short).is_err());
        let mut long = sealed;
        long.extend(more);
        prop_assert!(key.open(&value.aad(), &long).is_err());
    }

    /// A piece of one value in another, header, commitment, ciphertext or tag, does not open.
    #[test]
    fn no_mixture_opens(one in value(), two in value(), from in any::<prop::sample::Index>(), length in 1..80_usize) {
        let key = PreparedKey::new(&DataKey(Zeroizing::new([1; 32])), 9);
        let first = key.seal(&one.aad(), &one.plain, one.nonce).unwrap();
        let second = key.seal(&one.aad(), &two.plain, two.nonce).unwrap();
        let from = from.index(first.len());
        let mixed: Vec<u8> = first.iter().enumerate().map(|(at, byte)| {
            let is_other = (from..from + length).contains(&at);
            second.get(at).filter(|_| is_other).copied().unwrap_or(*byte)
        }).collect();
        let opened = key.open(&one.aad(), &mixed);
        prop_assert!(mixed == first || mixed == second || opened.is_err());
    }

    #[test]
    fn wrapped_keys_serve_one_purpose_and_place(bytes in any::<[u8; 32]>(), place in "[ab]{0,2}", other in "[ab]{0,2}", purpose in 0..4_usize, other_purpose in 0..4_usize, at in 0..envelope::WRAPPED_LENGTH, bit in 0..8_u32) {
        let store = DataKey(Zeroizing::new([1; 32]));
        let key = DataKey(Zeroizing::new(bytes));
        let (purpose, other_purpose) = (PURPOSES.get(purpose).unwrap().1, PURPOSES.get(other_purpose).unwrap().1);
        let wrapped = envelope::wrap(&store, purpose, place.as_bytes(), &key, &SystemRandom::new()).unwrap();
        let opened = envelope::unwrap(&store, other_purpose, other.as_bytes(), &wrapped);
        prop_assert_eq!(opened.is_ok(), purpose == other_purpose && place == other);
        if let Ok(opened) = opened {
            prop_assert_eq!(&*opened.0, &bytes);
        }
        let mut altered = wrapped.clone();
        altered[at] ^= 1 << bit;
        prop_assert!(envelope::unwrap(&store, purpose, place.as_bytes(), &altered).is_err());
        let short = &wrapped[..at];
        prop_assert!(envelope::unwrap(&store, purpose, place.as_bytes(), short).is_err());
    }

    /// Names and values of a context do not run into each other.
    #[test]
    fn ciphertexts_are_bound_to_their_context(one in prop::collection::btree_map("[ab]{0,2}", "[ab]{0,2}", 0..3), two in prop::collection::btree_map("[ab]{0,2}", "[ab]{0,2}", 0..3), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let material = DataKey(Zeroizing::new([1; 32]));
        let sealed = ciphertext::encrypt([2; 16], [3; 32], &material, &one, b"plain", [4; 24]).unwrap();
        let opened = Ciphertext::parse(&sealed).unwrap().open(&material, &two);
        prop_assert_eq!(opened.is_ok(), one == two);
        let mut altered = sealed;
        let at = at.index(altered.len());
        altered[at] ^= 1 << bit;
        let opened = Ciphertext::parse(&altered).map(|altered| altered.open(&material, &one));
        prop_assert!(opened.is_none_or(|opened| opened.is_err()));
    }
}

#[test]
fn nothing_secret_is_shown() {
    let key = DataKey(Zeroizing::new([0xab; 32]));
    let shown = format!("{key:?} {:?}", PreparedKey::new(&key, 3));
    assert!(!shown.contains("171") && !shown.contains("ab"), "{shown}");
}
