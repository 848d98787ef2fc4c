//! Reads a claim, and refuses what can be refused without the secret.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::{
    ALGORITHM, CLOCK_SKEW_SECONDS, Claim, MAX_EXPIRES_SECONDS, MAX_SIGNED_HEADERS, Scope, date,
    incomplete, invalid,
};
use crate::error::ServiceError;
use crate::incoming::{Header, Incoming};
use crate::percent::{decode, hex};
use crate::route::{SIGNATURE_PARAMETERS, is_signature_parameter};

/// Bounds of the parts in bytes.
const MAX_ACCESS_KEY: usize = 128;
const MAX_TOKEN: usize = 16 * 1024;

/// Reads the claim of a request and checks form, time, scope and signed headers.
///
/// Stricter than AWS: the time of the header form is in `X-Amz-Date` and not in `Date`; names of signed
/// headers are sorted and in lower case; a request has one signature, not one in the header and one in
/// the query string; every header that begins with `x-amz-` is signed, each once.
///
/// # Errors
/// `MissingAuthenticationTokenException` without a signature, `IncompleteSignatureException` for one
/// that lacks something or cannot be read, `InvalidSignatureException` for another scope and for a time
/// that is too far away.
pub fn claim<'a>(
    incoming: &Incoming<'a>,
    scope: &Scope<'_>,
    now: Timestamp,
) -> Result<Claim<'a>, ServiceError> {
    let presigned = incoming.query.split('&').any(is_signature_parameter);
    let claim = match (incoming.header("authorization"), presigned) {
        (Header::Absent, false) => {
            return Err(ServiceError::new(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ));
        }
        (Header::Once(header), false) => from_header(incoming, header)?,
        (Header::Absent, true) => from_query(incoming)?,
        (Header::Once(_), true) => {
            return Err(incomplete(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the \
                 Authorization header should be specified",
            ));
        }
        (Header::Repeated | Header::NotText, _) => {
            return Err(incomplete(
                "The Authorization header must be there once, as text",
            ));
        }
    };
    check_scope(&claim, scope)?;
    check_headers(incoming, &claim.signed_headers)?;
    check_time(&claim, now)?;
    Ok(claim)
}

fn from_header<'a>(incoming: &Incoming<'a>, header: &'a str) -> Result<Claim<'a>, ServiceError> {
    let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
    check_algorithm(algorithm)?;
    let mut credential = None;
    let mut signed_headers = None;
    let mut signature = None;
    for part in rest.split(',') {
        let (name, value) = part
            .trim_matches(' ')
            .split_once('=')
            .ok_or_else(|| incomplete("Authorization header has a part without `=`"))?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(incomplete("Authorization header has an unknown parameter")),
        };
        if place.replace(value).is_some() {
            return Err(incomplete(format!(
                "Authorization header has '{name}' twice"
            )));
        }
    }
    let need = |value: Option<&'a str>, name: &str| {
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| incomplete(format!("Authorization header requires '{name}' parameter.")))
    };
    let credential = need(credential, "Credential")?;
    let signed_headers = need(signed_headers, "SignedHeaders")?;
    let signature = need(signature, "Signature")?;
    let time = match incoming.header("x-amz-date") {
        Header::Once(time) => time,
        Header::Absent => {
            return Err(incomplete(
                "Authorization header requires existence of a 'X-Amz-Date' header.",
            ));
        }
        Header::Repeated | Header::NotText => {
            return Err(incomplete("X-Amz-Date must be there once, as text"));
        }
    };
    let token = match incoming.header("x-amz-security-token") {
        Header::Absent => None,
        Header::Once(token) => Some(Cow::Borrowed(token)),
        Header::Repeated | Header::NotText => {
            return Err(incomplete(
                "X-Amz-Security-Token must be there once, as text",
            ));
        }
    };
    let signed_at = read_time(time)?;
    build(Parts {
        credential: Cow::Borrowed(credential),
        signed_headers: Cow::Borrowed(signed_headers),
        signature,
        time: Cow::Borrowed(time),
        token,
        signed_at,
        usable_until: later(signed_at, CLOCK_SKEW_SECONDS)?,
        presigned: false,
    })
}

fn from_query<'a>(incoming: &Incoming<'a>) -> Result<Claim<'a>, ServiceError> {
    let mut values: [Option<Cow<'a, str>>; SIGNATURE_PARAMETERS.len()] = Default::default();
    for pair in incoming.query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(position) = SIGNATURE_PARAMETERS.iter().position(|known| *known == name) else {
            continue;
        };
        let value = decode(value)
            .map_err(|error| incomplete(format!("the query parameter {name} has {error}")))?;
        if let Some(place) = values.get_mut(position)
            && place.replace(value).is_some()
        {
            return Err(incomplete(format!(
                "the query parameter {name} is there twice"
            )));
        }
    }
    let [
        algorithm,
        credential,
        time,
        expires,
        token,
        signature,
        signed_headers,
    ] = values;
    let need = |value: Option<Cow<'a, str>>, name: &str| {
        value.filter(|value| !value.is_empty()).ok_or_else(|| {
            incomplete(format!(
                "AWS query-string parameters must include '{name}'."
            ))
        })
    };
    check_algorithm(&need(algorithm, "X-Amz-Algorithm")?)?;
    let credential = need(credential, "X-Amz-Credential")?;
    let time = need(time, "X-Amz-Date")?;
    let expires = need(expires, "X-Amz-Expires")?;
    let signature = need(signature, "X-Amz-Signature")?;
    let signed_headers = need(signed_headers, "X-Amz-SignedHeaders")?;
    if incoming.header("x-amz-security-token") != Header::Absent {
        return Err(incomplete(
            "the session token belongs into the query string",
        ));
    }
    let digits = expires.len() <= 6 && expires.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = expires.parse::<i64>().ok().filter(|_| digits);
    let Some(seconds) = seconds.filter(|seconds| (1..=MAX_EXPIRES_SECONDS).contains(seconds))
    else {
        return Err(incomplete(format!(
            "X-Amz-Expires must be a number of seconds from 1 to {MAX_EXPIRES_SECONDS}"
        )));
    };
    let signed_at = read_time(&time)?;
    build(Parts {
        credential,
        signed_headers,
        signature: &signature,
        time,
        token,
        signed_at,
        usable_until: later(signed_at, seconds)?,
        presigned: true,
    })
}

struct Parts<'a, 's> {
    credential: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: &'s str,
    time: Cow<'a, str>,
    token: Option<Cow<'a, str>>,
    signed_at: Timestamp,
    usable_until: Timestamp,
    presigned: bool,
}

fn build<'a>(parts: Parts<'a, '_>) -> Result<Claim<'a>, ServiceError> {
    let [access_key, date, region, service] = credential(parts.credential)?;
    let signature = read_signature(parts.signature)
        .ok_or_else(|| incomplete("the signature is not 64 hexadecimal digits in lower case"))?;
    let token = parts.token.filter(|token| !token.is_empty());
    if token.as_ref().is_some_and(|token| token.len() > MAX_TOKEN) {
        return Err(incomplete(format!(
            "the session token has more than {MAX_TOKEN} bytes"
        )));
    }
    Ok(Claim {
        access_key,
        token,
        date,
        region,
        service,
        time: parts.time,
        signed_headers: parts.signed_headers,
        signature,
        signed_at: parts.signed_at,
        usable_until: parts.usable_until,
        presigned: parts.presigned,
    })
}

/// Access key, day, region and service of `key/day/region/service/aws4_request`.
fn credential(credential: Cow<'_, str>) -> Result<[Cow<'_, str>; 4], ServiceError> {
    let parts = match credential {
        Cow::Borrowed(text) => five(text).map(|parts| parts.map(Cow::Borrowed)),
        Cow::Owned(text) => five(&text).map(|parts| parts.map(|part| Cow::Owned(part.to_owned()))),
    };
    let Some([access_key, date, region, service, end]) = parts else {
        return Err(incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term",
        ));
    };
    if end != "aws4_request" {
        return Err(invalid(
            "Credential should be scoped with a valid terminator: 'aws4_request'",
        ));
    }
    let plain = access_key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if access_key.is_empty() || access_key.len() > MAX_ACCESS_KEY || !plain {
        return Err(incomplete("the access key id has another form"));
    }
    Ok([access_key, date, region, service])
}

fn five(text: &str) -> Option<[&str; 5]> {
    let mut parts = text.split('/');
    let five = [
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    ];
    parts.next().is_none().then_some(five)
}

fn check_algorithm(algorithm: &str) -> Result<(), ServiceError> {
    if algorithm == ALGORITHM {
        return Ok(());
    }
    Err(incomplete(format!(
        "Unsupported AWS 'algorithm': only {ALGORITHM} is accepted"
    )))
}

/// Says what the endpoint wants, not what was sent.
fn check_scope(claim: &Claim<'_>, scope: &Scope<'_>) -> Result<(), ServiceError> {
    if claim.time.get(..8) != Some(&*claim.date) {
        return Err(invalid(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
        ));
    }
    if claim.region != scope.region {
        return Err(invalid(format!(
            "Credential should be scoped to a valid region: '{}'",
            scope.region
        )));
    }
    if !scope.services.contains(&&*claim.service) {
        return Err(invalid(format!(
            "Credential should be scoped to correct service: '{}'",
            scope.services.join("' or '")
        )));
    }
    Ok(())
}

/// Signed names are sorted, each once; all are there; `host` and all of `x-amz-…` are among them.
fn check_headers(incoming: &Incoming<'_>, signed: &str) -> Result<(), ServiceError> {
    let mut last = "";
    let mut host = false;
    for (number, name) in signed.split(';').enumerate() {
        let lower = name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
        if number >= MAX_SIGNED_HEADERS || name <= last || !lower {
            return Err(incomplete(format!(
                "SignedHeaders must be up to {MAX_SIGNED_HEADERS} names in lower case, sorted, each once"
            )));
        }
        match incoming.header(name) {
            Header::Absent => {
                return Err(incomplete(format!(
                    "the signed header '{name}' is not there"
                )));
            }
            Header::Repeated if name == "host" || name.starts_with("x-amz-") => {
                return Err(incomplete(format!("the header '{name}' is there twice")));
            }
            _ => {}
        }
        host |= name == "host";
        last = name;
    }
    if !host {
        return Err(invalid(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    for (name, _) in incoming.headers {
        let amazon = name
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"));
        if amazon
            && !signed
                .split(';')
                .any(|signed| signed.eq_ignore_ascii_case(name))
        {
            return Err(invalid(
                "There were headers present in the request which were not signed",
            ));
        }
    }
    Ok(())
}

fn check_time(claim: &Claim<'_>, now: Timestamp) -> Result<(), ServiceError> {
    let skew = SignedDuration::from_secs(CLOCK_SKEW_SECONDS);
    let minutes = CLOCK_SKEW_SECONDS / 60;
    let (earliest, latest) = (now.saturating_sub(skew), now.saturating_add(skew));
    let (Ok(earliest), Ok(latest)) = (earliest, latest) else {
        return Err(invalid("the clock of the server cannot be used"));
    };
    let now_text = date::format(now);
    if claim.presigned {
        if now > claim.usable_until {
            return Err(invalid(format!(
                "Signature expired: {now_text} is now later than {}",
                date::format(claim.usable_until)
            )));
        }
    } else if claim.signed_at < earliest {
        return Err(invalid(format!(
            "Signature expired: {} is now earlier than {} ({now_text} - {minutes} min.)",
            claim.time,
            date::format(earliest)
        )));
    }
    if claim.signed_at > latest {
        return Err(invalid(format!(
            "Signature not yet current: {} is still later than {} ({now_text} + {minutes} min.)",
            claim.time,
            date::format(latest)
        )));
    }
    Ok(())
}

fn read_time(text: &str) -> Result<Timestamp, ServiceError> {
    date::parse(text)
        .ok_or_else(|| incomplete("Date must be in ISO-8601 'basic format': YYYYMMDD'T'HHMMSS'Z'"))
}

fn later(time: Timestamp, seconds: i64) -> Result<Timestamp, ServiceError> {
    time.checked_add(SignedDuration::from_secs(seconds))
        .map_err(|_| incomplete("the date is out of range"))
}

fn read_signature(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut signature = [0; 32];
    let mut digits = text.bytes();
    for byte in &mut signature {
        let (high, low) = (hex(digits.next()?)?, hex(digits.next()?)?);
        *byte = high << 4 | low;
    }
    Some(signature)
}
