//! Ciphertexts and sealed values: nothing but what was sealed opens, and nothing panics.

use rempart_keys::ciphertext::{self, Ciphertext};
use rempart_keys::envelope::{self, Aad, OVERHEAD, PreparedKey, Purpose};
use rempart_keys::{DataKey, EncryptionContext};

fn key(byte: u8) -> DataKey {
    DataKey([byte; 32].into())
}

/// The input as a ciphertext; then what it becomes when it is laid over a true one.
pub fn keys_ciphertext(bytes: &[u8]) {
    let context: EncryptionContext = [("a".to_owned(), "1".to_owned())].into();
    let material = key(1);
    let plain = b"plaintext of a data key";
    let sealed = ciphertext::encrypt([2; 16], [3; 32], &material, &context, plain, [4; 24])
        .expect("a short text is encrypted");
    let opened = Ciphertext::parse(bytes).map(|parsed| parsed.open(&material, &context));
    assert!(bytes == sealed || !matches!(opened, Some(Ok(_))));
    let over = overlaid(bytes, &sealed);
    let opened = Ciphertext::parse(&over).map(|parsed| parsed.open(&material, &context));
    match opened {
        Some(Ok(opened)) => {
            assert_eq!(over, sealed, "another ciphertext opens");
            assert_eq!(opened.as_slice(), plain);
        }
        _ => assert_ne!(over, sealed, "the ciphertext does not open"),
    }
}

/// The input as plaintext, as sealed value and as wrapped key; then laid over a true one.
pub fn keys_envelope(bytes: &[u8]) {
    let aad = Aad {
        group_arn: "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg",
        created: 1,
        schema_version: 2,
        identifier: &[3; 16],
        event_time: 4,
        flags: 5,
    };
    let prepared = PreparedKey::new(&key(1), 7);
    let mut buffer = b"old".to_vec();
    if prepared.open_into(&aad, bytes, &mut buffer).is_err() {
        assert!(buffer.is_empty(), "something is left after an error");
    }
    let sealed = prepared.seal(&aad, bytes, [6; 24]).expect("it is short");
    assert_eq!(sealed.len(), bytes.len() + OVERHEAD);
    let opened = prepared.open(&aad, &sealed).expect("it opens");
    assert_eq!(opened.as_slice(), bytes);
    let elsewhere = Aad { flags: 6, ..aad };
    assert!(prepared.open(&elsewhere, &sealed).is_err());

    let fixed = prepared
        .seal(&aad, b"a value", [8; 24])
        .expect("it is short");
    let over = overlaid(bytes, &fixed);
    assert_eq!(prepared.open(&aad, &over).is_ok(), over == fixed);
    let unwrapped = envelope::unwrap(&key(1), Purpose::DataKey, b"place", bytes);
    assert!(unwrapped.is_err(), "nobody wrapped it");
    let _ = envelope::key_id_of(bytes);
}

/// `whole`, with each byte changed by the byte of the input at its place; as long as `whole` or, where
/// the input is longer, as the input.
fn overlaid(bytes: &[u8], whole: &[u8]) -> Vec<u8> {
    let length = whole.len().max(bytes.len());
    let at = |bytes: &[u8], place: usize| bytes.get(place).copied().unwrap_or_default();
    (0..length)
        .map(|place| at(whole, place) ^ at(bytes, place))
        .collect()
}
