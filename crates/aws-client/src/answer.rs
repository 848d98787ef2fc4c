//! Makes replies of answers and of failures.

use std::time::SystemTime;

use rempart_aws_model::{ApiOperation, Place, Protocol, Region, Shape};

use crate::call::{Class, Reply, ReplyError};
use crate::classify::classify;
use crate::error_body::read_error;
use crate::settings::Settings;
use crate::transport::{Answer, Failure};
use crate::xml;

/// Makes a reply of an answer.
pub(crate) fn reply(
    operation: &'static ApiOperation,
    answer: Answer,
    region: &str,
    now: SystemTime,
) -> Reply {
    let owned = |name: &str| answer.header(name).map(str::to_owned);
    let mut error = None;
    let class = if (200..300).contains(&answer.status) {
        if plausible(operation, &answer.body) {
            Class::Ok
        } else {
            // A proxy or a portal answered in the place of AWS.
            let message = "the answer is not of the operation's protocol";
            error = Some(ReplyError::new("UnreadableAnswer", message));
            Class::Invalid
        }
    } else {
        let error_type = answer.header("x-amzn-errortype");
        let read = read_error(answer.status, error_type, &answer.body);
        let class = classify(operation, answer.status, &read);
        error = Some(read);
        class
    };
    let request_id = owned("x-amzn-requestid")
        .or_else(|| owned("x-amz-request-id"))
        .or_else(|| owned("x-amz-id-2"));
    Reply {
        class,
        status: answer.status,
        error,
        request_id,
        date: owned("date"),
        headers: modelled_headers(operation, &answer),
        body: answer.body,
        region: region.to_owned(),
        attempts: 0,
        at: now,
    }
}

/// Makes a reply of a failure on the way. A host that does not exist says that the service is not in
/// the region only where the resolver can be trusted, which the caller knows.
pub(crate) fn failed(
    failure: Failure,
    resolver_works: bool,
    region: &str,
    settings: &Settings,
) -> Reply {
    let (class, code, message) = match failure {
        Failure::Timeout => {
            let within = settings.timeouts.attempt;
            let message = format!("no whole answer within {within:?}");
            (Class::Transient, "Timeout", message)
        }
        Failure::Connection(reason) => (Class::Transient, "ConnectionError", reason),
        Failure::Truncated(reason) => (Class::Transient, "TruncatedAnswer", reason),
        Failure::TooLarge => {
            let most = settings.largest_answer;
            let message = format!("the answer is longer than {most} bytes");
            (Class::Invalid, "AnswerTooLarge", message)
        }
        Failure::NoSuchName(reason) if resolver_works => (Class::NotInRegion, "NoSuchHost", reason),
        Failure::NoSuchName(reason) => (Class::Transient, "NoSuchHost", reason),
    };
    Reply::none(
        class,
        ReplyError::new(code, message),
        region,
        settings.clock.now(),
    )
}

/// The region of a bucket that lies elsewhere, from a redirect or a refused signature.
pub(crate) fn other_region(
    operation: &ApiOperation,
    answer: &Answer,
    region: &str,
) -> Option<String> {
    let service = operation.service().id();
    if service != "s3" || !matches!(answer.status, 301 | 307 | 400) {
        return None;
    }
    let header = answer.header("x-amz-bucket-region").map(str::to_owned);
    let found = header.or_else(|| xml::text_at(&answer.body, &["Region"]).ok().flatten())?;
    // The region goes into a host name.
    (found != region && Region::parse(&found).is_ok()).then_some(found)
}

/// Headers that the model names as members of the answer.
fn modelled_headers(operation: &ApiOperation, answer: &Answer) -> Vec<(String, String)> {
    let Some(output) = operation.output() else {
        return Vec::new();
    };
    let structure = output.name().unwrap_or_default();
    let mut found = Vec::new();
    for member in output.members() {
        let wire = operation.answer_wire(structure, member.name);
        let name = wire.name.to_lowercase();
        let matches = |header: &str| match wire.place {
            Place::Header => header == name,
            Place::HeaderPrefix => header.starts_with(&name),
            _ => false,
        };
        let of_member = answer.headers.iter().filter(|(header, _)| matches(header));
        found.extend(of_member.cloned());
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a body begins as the protocol demands. An empty one is right where nothing is answered.
fn plausible(operation: &ApiOperation, body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first else {
        let nothing = |output: Shape| output.members().next().is_none();
        return operation.method() == "HEAD" || operation.output().is_none_or(nothing);
    };
    let payload_is_text = || {
        let output = operation.output();
        let member = output.and_then(|output| output.member(operation.payload()?));
        member.is_some_and(|member| member.shape.name().is_none())
    };
    match operation.protocol() {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => *first == b'{',
        Protocol::RestXml => *first == b'<' || payload_is_text(),
        Protocol::Query | Protocol::Ec2Query => *first == b'<',
    }
}

#[cfg(test)]
mod tests {
    use rempart_aws_model::api_operation;

    use super::*;

    #[test]
    fn bodies_by_protocol() {
        let plausible = |name: &str, body: &str| {
            plausible(api_operation(name).expect("in the table"), body.as_bytes())
        };
        assert!(plausible("sagemaker:ListDomains", " {}"));
        assert!(!plausible("sagemaker:ListDomains", "<html>"));
        assert!(!plausible("sagemaker:ListDomains", ""));
        assert!(plausible("s3:GetBucketPolicy", "{}"));
        assert!(!plausible("s3:GetBucketAcl", "{}"));
        assert!(plausible("s3:HeadObject", ""));
        assert!(!plausible("iam:ListUsers", "{}"));
    }
}
