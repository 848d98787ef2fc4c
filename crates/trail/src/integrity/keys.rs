//! Public keys of CloudTrail, as `aws cloudtrail list-public-keys` prints them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::Deserialize;

use super::hex;
use crate::time::EventTime;

/// Bytes that a file of keys may have.
const MOST_BYTES: usize = 16 << 20;

/// A key with the time in which CloudTrail signed with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// PKCS#1 `RSAPublicKey` in DER.
    pub(super) der: Vec<u8>,
    pub(super) from: EventTime,
    pub(super) to: EventTime,
}

/// Keys by fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeys {
    keys: BTreeMap<String, Vec<PublicKey>>,
    /// What is odd about the file: keys that were left out, with the reason.
    pub problems: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "PublicKeyList")]
    list: Vec<serde_json::Value>,
    #[serde(rename = "NextToken", default)]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    value: String,
    validity_start_time: serde_json::Value,
    validity_end_time: serde_json::Value,
    fingerprint: String,
}

impl PublicKeys {
    /// Reads one answer, or several one after the other: a key pair belongs to one Region, so the keys
    /// of several Regions come from several calls.
    ///
    /// A key whose fingerprint is not the MD5 of its DER (which AWS uses) is left out, as is any other
    /// that cannot be used; [`PublicKeys::problems`] says so.
    ///
    /// # Errors
    /// Why the text is no such answer.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("larger than the limit of {MOST_BYTES} bytes"));
        }
        let mut keys = Self::default();
        let answers = serde_json::Deserializer::from_slice(text).into_iter::<Answer>();
        let mut number = 0;
        for answer in answers {
            let answer = answer.map_err(|error| error.to_string())?;
            if answer.next_token.is_some_and(|token| !token.is_empty()) {
                keys.problems
                    .push("the answer has a NextToken: it is not the whole list".to_owned());
            }
            for value in answer.list {
                number += 1;
                if let Err(problem) = keys.add(value) {
                    keys.problems
                        .push(format!("key {number} left out: {problem}"));
                }
            }
        }
        if number == 0 {
            return Err("no key in PublicKeyList".to_owned());
        }
        Ok(keys)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.values().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Keys of a fingerprint; more than one when the list repeats it with another validity.
    pub(super) fn of(&self, fingerprint: &str) -> &[PublicKey] {
        self.keys
            .get(&fingerprint.to_ascii_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, value: serde_json::Value) -> Result<(), String> {
        let key: Key = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let der = STANDARD
            .decode(key.value.trim())
            .map_err(|error| format!("Value is not base64: {error}"))?;
        let fingerprint = hex(&Md5::digest(&der));
        if !key.fingerprint.eq_ignore_ascii_case(&fingerprint) {
            return Err(format!(
                "the fingerprint of its Value is {fingerprint}, not the one given"
            ));
        }
        let time = |value: &serde_json::Value, member: &str| {
            time(value).ok_or_else(|| format!("{member} is no time"))
        };
        let key = PublicKey {
            der,
            from: time(&key.validity_start_time, "ValidityStartTime")?,
            to: time(&key.validity_end_time, "ValidityEndTime")?,
        };
        let known = self.keys.entry(fingerprint).or_default();
        if !known.contains(&key) {
            known.push(key);
        }
        Ok(())
    }
}

/// Seconds as a number, which AWS sends, or ISO 8601, which the AWS CLI prints.
fn time(value: &serde_json::Value) -> Option<EventTime> {
    if let Some(text) = value.as_str() {
        return EventTime::parse(text);
    }
    let seconds = value.as_f64()?;
    let is_sane = seconds.is_finite() && seconds.abs() < 1e12;
    is_sane.then_some(EventTime(seconds as i64))
}
