//! Buckets of S3, by the URIs that name them.

use rempart_estate::{Estate, Gap, Place};

use super::{Answered, Function, text_argument};
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};

/// Kind of buckets.
pub(super) const BUCKET: &str = "AWS::S3::Bucket";

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "bucket",
        arity: 1,
        run: bucket,
    },
    Function {
        name: "owned",
        arity: 1,
        run: owned,
    },
];

/// `bucket(uri)`: the bucket of `s3://bucket/key`, of the ARN of a bucket or object, or of a plain
/// name. An access point says nothing about the bucket behind it.
fn bucket<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let uri = text_argument(arguments, 0)?;
    match bucket_of(uri) {
        Some(name) => Ok(Value::text(name.to_owned())),
        None => Err(Unknown::new(
            ReasonCode::Unresolvable,
            format!("`{}` names no bucket", shortened(uri)),
        )),
    }
}

/// The bucket that a URI, an ARN or a name means.
pub(super) fn bucket_of(uri: &str) -> Option<&str> {
    let rest = match uri.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("s3") => rest,
        Some(_) => return None,
        None => match uri.strip_prefix("arn:") {
            // arn:aws:s3:::bucket/key
            Some(arn) => arn
                .splitn(5, ':')
                .nth(4)
                .filter(|_| arn.contains(":s3:::"))?,
            None => uri,
        },
    };
    let name = rest.split('/').next().unwrap_or_default();
    let is_name = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
        });
    is_name.then_some(name)
}

/// `owned(bucket)`: whether a bucket belongs to an account that was collected. A bucket that is in no
/// complete list may still belong to an account of the organisation that was not collected; then
/// nothing is said.
fn owned<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let name = text_argument(arguments, 0)?;
    let estate = context.session.estate;
    match estate.find(BUCKET, name, context.place) {
        Ok(_) => return Ok(Value::Bool(true)),
        Err(Gap::Unresolvable { .. }) => {}
        Err(missing) => return Err(gap(missing)),
    }
    for place in accounts(estate) {
        if let Some(missing) = estate.listing(BUCKET, &place) {
            return Err(gap(missing));
        }
    }
    if let Some(account) = not_collected(estate) {
        return Err(Unknown::new(
            ReasonCode::Unresolvable,
            format!("`{name}` may belong to account {account}, which was not collected"),
        ));
    }
    Ok(Value::Bool(false))
}

/// The accounts that were collected, each as the place of its services without regions.
fn accounts(estate: &Estate) -> Vec<Place> {
    let mut places: Vec<Place> = estate.places().iter().map(Place::global).collect();
    places.dedup();
    places
}

/// An account of the organisation that was not collected.
fn not_collected(estate: &Estate) -> Option<String> {
    let known = |account: &str| {
        let mut places = estate.places().iter();
        places.any(|place| place.account == account)
    };
    estate
        .resources("AWS::Organizations::Account")
        .map(|account| account.id.clone())
        .find(|account| !known(account))
}

/// A text for a message.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::bucket_of;

    #[test]
    fn buckets_of_uris() {
        assert_eq!(bucket_of("s3://data/a/b"), Some("data"));
        assert_eq!(bucket_of("S3://data"), Some("data"));
        assert_eq!(bucket_of("arn:aws:s3:::data/a"), Some("data"));
        assert_eq!(bucket_of("data"), Some("data"));
        assert_eq!(bucket_of("https://data.s3.amazonaws.com/a"), None);
        assert_eq!(
            bucket_of("s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/a"),
            None
        );
        assert_eq!(
            bucket_of("arn:aws:s3:eu-west-1:111122223333:accesspoint/a"),
            None
        );
        assert_eq!(bucket_of("s3://"), None);
        assert_eq!(bucket_of(""), None);
    }
}
