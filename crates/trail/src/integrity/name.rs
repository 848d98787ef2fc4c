//! Names that CloudTrail gives to digests and logs.

use crate::time::EventTime;

/// What the key of a digest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DigestName {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) trail: String,
    pub(super) home_region: String,
    pub(super) end: EventTime,
    pub(super) backfill: bool,
}

/// What the key of a log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogName {
    pub(super) account: String,
    /// `CloudTrail`, `CloudTrail-Insight` and so on.
    pub(super) folder: String,
    pub(super) region: String,
    /// Time of delivery.
    pub(super) delivered: EventTime,
}

const DIGEST: &str = "_CloudTrail-Digest_";

/// Whether a file is named like a digest. What lies beside one (`.signature`, `.metadata.json`) is not.
pub(super) fn is_digest_file(name: &str) -> bool {
    let file = file_of(name);
    let has_ending = file.ends_with(".json.gz")
        || (file.ends_with(".json") && !file.ends_with(".metadata.json"));
    file.contains(DIGEST) && has_ending
}

/// Reads the file name of the key
/// `.../<account>_CloudTrail-Digest_<region>_<trail>_<home region>_<time>[_backfill].json.gz`.
pub(super) fn digest_name(key: &str) -> Option<DigestName> {
    let file = stem(file_of(key))?;
    let (file, backfill) = match file.strip_suffix("_backfill") {
        Some(file) => (file, true),
        None => (file, false),
    };
    let (account, rest) = file.split_once(DIGEST)?;
    let (rest, time) = rest.rsplit_once('_')?;
    let (rest, home_region) = rest.rsplit_once('_')?;
    let (region, trail) = rest.split_once('_')?;
    if !is_account(account) || region.is_empty() || trail.is_empty() || home_region.is_empty() {
        return None;
    }
    Some(DigestName {
        account: account.to_owned(),
        region: region.to_owned(),
        trail: trail.to_owned(),
        home_region: home_region.to_owned(),
        end: EventTime::parse(time)?,
        backfill,
    })
}

/// Reads the file name of the key `.../<account>_<folder>_<region>_<time>_<unique>.json.gz`, whatever
/// the folder (`CloudTrail`, `CloudTrail-Insight` and so on).
pub(super) fn log_name(key: &str) -> Option<LogName> {
    let file = stem(file_of(key))?;
    let mut parts = file.split('_');
    let (account, folder, region, time) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_log = is_account(account)
        && folder.starts_with("CloudTrail")
        && folder != "CloudTrail-Digest"
        && parts.next().is_some();
    if !is_log {
        return None;
    }
    // Minutes only: `20260302T1000Z`.
    let minutes = time.strip_suffix('Z')?;
    let delivered =
        EventTime::parse(time).or_else(|| EventTime::parse(&format!("{minutes}00Z")))?;
    Some(LogName {
        account: account.to_owned(),
        folder: folder.to_owned(),
        region: region.to_owned(),
        delivered,
    })
}

/// Account and Region of the folders above a key:
/// `AWSLogs/[<organisation>/]<account>/<folder>/<region>/<year>/<month>/<day>/<file>`.
pub(super) fn folders(key: &str) -> Option<(&str, &str)> {
    let mut parts = key.rsplit('/').skip(4);
    let region = parts.next()?;
    let folder = parts.next()?;
    let account = parts.next()?;
    (folder.starts_with("CloudTrail") && is_account(account)).then_some((account, region))
}

/// The file name without `.gz`, under which copies of a log are found whether they are compressed or
/// not.
pub(super) fn file_key(name: &str) -> &str {
    let file = file_of(name);
    file.strip_suffix(".gz")
        .or_else(|| file.strip_suffix(".zst"))
        .unwrap_or(file)
}

/// What follows the last separator.
pub(super) fn file_of(name: &str) -> &str {
    let separators: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
    name.rsplit(separators).next().unwrap_or(name)
}

fn stem(file: &str) -> Option<&str> {
    file.strip_suffix(".json.gz")
        .or_else(|| file.strip_suffix(".json.zst"))
        .or_else(|| file.strip_suffix(".json"))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trails_may_have_underscores_in_their_names() {
        let name = digest_name(
            "p/AWSLogs/o-abc/111122223333/CloudTrail-Digest/eu-west-1/2026/03/02/111122223333_CloudTrail-Digest_eu-west-1_my_own_trail_us-east-1_20260302T100000Z_backfill.json.gz",
        )
        .unwrap();
        assert_eq!(
            (&*name.trail, &*name.home_region),
            ("my_own_trail", "us-east-1")
        );
        assert!(name.backfill);
        assert_eq!(name.end, EventTime(1_772_445_600));
    }

    #[test]
    fn what_is_no_name_of_cloudtrail_is_not_read() {
        for name in [
            "",
            "x.json.gz",
            "111122223333_CloudTrail_eu-west-1_20260302T1000Z.json.gz",
            "111122223333_CloudTrail_eu-west-1_yesterday_x.json.gz",
            "1111_CloudTrail_eu-west-1_20260302T1000Z_x.json.gz",
        ] {
            assert_eq!(log_name(name), None, "{name}");
        }
        assert_eq!(
            digest_name("1_CloudTrail-Digest_a_b_c_20260302T100000Z.json.gz"),
            None
        );
        assert!(!is_digest_file("1_CloudTrail-Digest_x.json.gz.signature"));
        assert!(!is_digest_file(
            "1_CloudTrail-Digest_x.json.gz.metadata.json"
        ));
    }

    #[test]
    fn delivery_is_read_to_the_minute() {
        let name = log_name("a/111122223333_CloudTrail_eu-west-1_20260302T1000Z_abc.json.gz");
        assert_eq!(name.unwrap().delivered, EventTime(1_772_445_600));
    }
}
