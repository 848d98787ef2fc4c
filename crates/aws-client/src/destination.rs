//! Where a request goes: AWS's host for the region, or the endpoint that replaces it.

use http::Uri;
use rempart_aws_model::ApiOperation;
use serde_json::{Map, Value};

use crate::call::CallError;
use crate::settings::EndpointOverrides;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Scheme, host and perhaps a path, without a slash at the end.
    pub(crate) base: String,
    /// Region in the signature.
    pub(crate) signing_region: String,
    /// Whether the bucket is in the host and so not in the path.
    pub(crate) bucket_in_host: bool,
}

/// The destination of a call.
pub(crate) fn destination(
    operation: &'static ApiOperation,
    region: &str,
    parameters: &Map<String, Value>,
    overrides: &EndpointOverrides,
) -> Result<Destination, CallError> {
    let service = operation.service().id();
    let aws = operation.endpoint(region);
    if let Some(endpoint) = overrides.of(service) {
        return Ok(Destination {
            base: checked(endpoint)?,
            signing_region: aws.signing_region,
            bucket_in_host: false,
        });
    }
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let mut host = aws.host;
    if let Some(prefix) = operation.host_prefix() {
        host = format!("{}{host}", filled(operation, prefix, &text)?);
    }
    let bucket = text("Bucket").filter(|bucket| service == "s3" && fits_host(bucket));
    if let Some(bucket) = bucket {
        host = format!("{bucket}.{host}");
    }
    Ok(Destination {
        base: format!("https://{host}"),
        signing_region: aws.signing_region,
        bucket_in_host: bucket.is_some(),
    })
}

/// Fills the labels of a host prefix: `{AccountId}.`.
fn filled<'a>(
    operation: &'static ApiOperation,
    prefix: &str,
    text: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<String, CallError> {
    let mut host = String::new();
    let mut rest = prefix;
    while let Some((before, (label, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let value = text(label).ok_or_else(|| CallError::MissingParameter {
            operation: operation.full_name(),
            parameter: label.to_owned(),
        })?;
        if !fits_host(value) {
            return Err(CallError::UnfitParameter {
                operation: operation.full_name(),
                parameter: label.to_owned(),
                reason: "it cannot be part of a host name",
            });
        }
        host.push_str(before);
        host.push_str(value);
        rest = after;
    }
    host.push_str(rest);
    Ok(host)
}

/// One label of a host name. A dot would leave the certificate's wildcard.
fn fits_host(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn checked(endpoint: &str) -> Result<String, CallError> {
    let fail = |reason: &str| CallError::Endpoint {
        endpoint: endpoint.to_owned(),
        reason: reason.to_owned(),
    };
    let uri: Uri = endpoint
        .parse()
        .map_err(|error: http::uri::InvalidUri| fail(&error.to_string()))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(fail("it must begin with http:// or https://"));
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.is_empty() || authority.contains('@') {
        return Err(fail("it must name a host, and nothing before it"));
    }
    if uri.query().is_some() {
        return Err(fail("it must have no query"));
    }
    Ok(endpoint.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use rempart_aws_model::api_operation;
    use serde_json::json;

    use super::*;

    fn base(
        name: &str,
        parameters: Value,
        overrides: &EndpointOverrides,
    ) -> Result<String, CallError> {
        let operation = api_operation(name).expect("in the table");
        let parameters = parameters.as_object().cloned().unwrap_or_default();
        destination(operation, "eu-west-1", &parameters, overrides).map(|found| found.base)
    }

    #[test]
    fn buckets_and_accounts_in_hosts() {
        let own = EndpointOverrides::default();
        let at = |name, parameters| base(name, parameters, &own);
        assert_eq!(
            at("s3:GetBucketPolicy", json!({"Bucket": "b-1"})),
            Ok("https://b-1.s3.eu-west-1.amazonaws.com".to_owned())
        );
        assert_eq!(
            at("s3:GetBucketPolicy", json!({"Bucket": "a.b"})),
            Ok("https://s3.eu-west-1.amazonaws.com".to_owned())
        );
        assert_eq!(
            at(
                "s3control:GetPublicAccessBlock",
                json!({"AccountId": "111122223333"})
            ),
            Ok("https://111122223333.s3-control.eu-west-1.amazonaws.com".to_owned())
        );
        let evil = json!({"AccountId": "evil.example/"});
        assert!(at("s3control:GetPublicAccessBlock", evil).is_err());
        assert!(at("s3control:GetPublicAccessBlock", json!({})).is_err());
    }

    #[test]
    fn replaced_endpoints() {
        let overrides = |endpoint: &str| EndpointOverrides {
            all: Some(endpoint.to_owned()),
            ..EndpointOverrides::default()
        };
        let at = |endpoint| {
            base(
                "s3:GetBucketPolicy",
                json!({"Bucket": "b-1"}),
                &overrides(endpoint),
            )
        };
        assert_eq!(
            at("http://127.0.0.1:5000/"),
            Ok("http://127.0.0.1:5000".to_owned())
        );
        for wrong in [
            "ftp://x",
            "127.0.0.1:5000",
            "http://u@x",
            "http://x/?a=b",
            "",
            "http://",
        ] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
