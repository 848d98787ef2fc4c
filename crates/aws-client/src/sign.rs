//! Signs requests (Signature Version 4).

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use rempart_aws_model::ApiOperation;

use crate::call::CallError;
use crate::request::Prepared;

/// Adds the signature to the headers.
pub(crate) fn signed(
    mut request: Prepared,
    operation: &'static ApiOperation,
    credentials: &Credentials,
    signing_region: &str,
    time: SystemTime,
) -> Result<Prepared, CallError> {
    let fail = |reason: String| CallError::Signature {
        operation: operation.full_name(),
        reason,
    };
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(signing_region)
        .name(operation.signing_name())
        .time(time)
        .settings(settings(operation))
        .build()
        .map_err(|error| fail(error.to_string()))?;
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let signable = SignableRequest::new(
        request.method,
        request.url.as_str(),
        headers,
        SignableBody::Bytes(&request.body),
    )
    .map_err(|error| fail(error.to_string()))?;
    let (instructions, _) = sign(signable, &parameters.into())
        .map_err(|error| fail(error.to_string()))?
        .into_parts();
    let (headers, _) = instructions.into_parts();
    let headers = headers
        .into_iter()
        .map(|header| (header.name().to_owned(), header.value().to_owned()));
    request.headers.extend(headers);
    Ok(request)
}

/// S3 takes the path as it is and wants a checksum of the body; all others encode the path twice.
fn settings(operation: &ApiOperation) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if operation.signing_name() == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    } else {
        settings.percent_encoding_mode = PercentEncodingMode::Double;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Enabled;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    }
    settings
}
