//! What an error answer means. The lists hold what AWS is known to answer; everything else is
//! [`Class::Invalid`] (or, by its status, a denial or a fault of the service).

use rempart_aws_model::ApiOperation;

use crate::call::{Class, ReplyError};

/// Operation, code, and a text that the message must hold.
type Rule = (&'static str, &'static str, &'static str);

/// Answers that say: this part of the resource does not exist.
const ABSENT: &[Rule] = &[
    ("s3:GetBucketPolicy", "NoSuchBucketPolicy", ""),
    ("s3:GetBucketPolicyStatus", "NoSuchBucketPolicy", ""),
    (
        "s3:GetPublicAccessBlock",
        "NoSuchPublicAccessBlockConfiguration",
        "",
    ),
    (
        "s3control:GetPublicAccessBlock",
        "NoSuchPublicAccessBlockConfiguration",
        "",
    ),
    (
        "s3:GetBucketEncryption",
        "ServerSideEncryptionConfigurationNotFoundError",
        "",
    ),
    (
        "s3:GetBucketOwnershipControls",
        "OwnershipControlsNotFoundError",
        "",
    ),
    (
        "s3:GetObjectLockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "",
    ),
    (
        "s3:GetBucketLifecycleConfiguration",
        "NoSuchLifecycleConfiguration",
        "",
    ),
    ("iam:GetAccountPasswordPolicy", "NoSuchEntity", ""),
    ("iam:GetCredentialReport", "ReportNotPresent", ""),
    ("iam:GetCredentialReport", "ReportExpired", ""),
    ("iam:GetCredentialReport", "ReportInProgress", ""),
    (
        "ecr:GetRepositoryPolicy",
        "RepositoryPolicyNotFoundException",
        "",
    ),
    ("ecr:DescribeImageScanFindings", "ScanNotFoundException", ""),
    (
        "cloudtrail:GetInsightSelectors",
        "InsightNotEnabledException",
        "",
    ),
    // The domain itself was listed: what is not found is its policy.
    (
        "codeartifact:GetDomainPermissionsPolicy",
        "ResourceNotFoundException",
        "",
    ),
    ("efs:DescribeFileSystemPolicy", "PolicyNotFound", ""),
    ("efs:DescribeBackupPolicy", "PolicyNotFound", ""),
    (
        "kms:GetKeyRotationStatus",
        "UnsupportedOperationException",
        "",
    ),
    (
        "macie2:GetMacieSession",
        "AccessDeniedException",
        "not enabled",
    ),
    (
        "macie2:GetAutomatedDiscoveryConfiguration",
        "AccessDeniedException",
        "not enabled",
    ),
    (
        "securityhub:DescribeHub",
        "InvalidAccessException",
        "not subscribed",
    ),
    (
        "securityhub:GetEnabledStandards",
        "InvalidAccessException",
        "not subscribed",
    ),
    (
        "organizations:DescribeEffectivePolicy",
        "EffectivePolicyNotFoundException",
        "",
    ),
    (
        "sso-admin:GetPermissionsBoundaryForPermissionSet",
        "ResourceNotFoundException",
        "boundary",
    ),
    (
        "sagemaker:GetModelPackageGroupPolicy",
        "ResourceNotFound",
        "",
    ),
    (
        "sagemaker:GetModelPackageGroupPolicy",
        "ValidationException",
        "policy",
    ),
    (
        "sagemaker:GetModelPackageGroupPolicy",
        "ValidationException",
        "annot find",
    ),
    ("sagemaker:GetLineageGroupPolicy", "ResourceNotFound", ""),
    (
        "sagemaker:GetLineageGroupPolicy",
        "ValidationException",
        "policy",
    ),
];

const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
];

const TRANSIENT: &[&str] = &[
    "IDPCommunicationError",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceException",
    "ServiceFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
];

const CLOCK: &[&str] = &[
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
];

/// Refused signatures: about the clock when the message speaks of time, else about the keys.
const SIGNATURE: &[&str] = &["InvalidSignatureException", "SignatureDoesNotMatch"];

const TIME_HINTS: &[&str] = &[
    "Signature expired",
    "Signature not yet current",
    "is now earlier than",
    "skew",
];

const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedForDependency",
    "AccessDeniedForDependencyException",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "ForbiddenException",
    "NotAuthorized",
    "UnauthorizedException",
    "UnauthorizedOperation",
];

const NOT_IN_REGION: &[&str] = &["InvalidAction", "OptInRequired", "UnknownEndpoint"];

const GONE: &[&str] = &[
    "FileSystemNotFound",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NoSuchKey",
    "NotFound",
    "NotFoundException",
    "RepositoryNotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "TrailNotFoundException",
];

/// SageMaker models no error for many missing resources and answers with a validation error.
const GONE_TEXTS: &[&str] = &[
    "could not find",
    "does not exist",
    "cannot find",
    "could not be found",
];

/// What an error answer of this operation means.
///
/// [`Class::Gone`] says no more than that the resource is not there now: whether it was there
/// before, the caller knows.
pub fn classify(operation: &ApiOperation, status: u16, error: &ReplyError) -> Class {
    let code = error.code.as_str();
    let message = error.message.as_str();
    let listed = |codes: &[&str]| codes.contains(&code);
    let applies = |(name, rule_code, text): &Rule| {
        *name == operation.full_name() && *rule_code == code && message.contains(text)
    };
    let service = operation.service().id();
    if ABSENT.iter().any(applies) || not_in_an_organization(service, code) {
        return Class::Absent;
    }
    // Organizations and SageMaker use the code of a throttle for quotas as well.
    if code == "LimitExceededException" && !message.contains("ate exceeded") {
        return Class::Invalid;
    }
    if listed(THROTTLED) || status == 429 || message == "Rate exceeded" {
        return Class::Throttled;
    }
    let about_time = || TIME_HINTS.iter().any(|hint| message.contains(hint));
    if listed(CLOCK) || (listed(SIGNATURE) && about_time()) {
        return Class::Clock;
    }
    if listed(CREDENTIALS) || listed(SIGNATURE) {
        return Class::Credentials;
    }
    if listed(NOT_IN_REGION) {
        return Class::NotInRegion;
    }
    if listed(DENIED) {
        return Class::Denied;
    }
    if listed(GONE) || missing_in_ec2(service, code) || missing_in_sagemaker(service, error) {
        return Class::Gone;
    }
    match status {
        _ if listed(TRANSIENT) => Class::Transient,
        408 | 500 | 502 | 503 | 504 => Class::Transient,
        403 => Class::Denied,
        // An answer to HEAD has no body, so no code.
        404 if code == "HttpStatus404" && operation.method() == "HEAD" => Class::Gone,
        _ => Class::Invalid,
    }
}

fn not_in_an_organization(service: &str, code: &str) -> bool {
    service == "organizations" && code == "AWSOrganizationsNotInUseException"
}

/// `InvalidVpcID.NotFound`.
fn missing_in_ec2(service: &str, code: &str) -> bool {
    service == "ec2" && code.starts_with("Invalid") && code.ends_with(".NotFound")
}

fn missing_in_sagemaker(service: &str, error: &ReplyError) -> bool {
    let message = error.message.to_lowercase();
    service == "sagemaker"
        && error.code == "ValidationException"
        && GONE_TEXTS.iter().any(|text| message.contains(text))
}

#[cfg(test)]
mod tests {
    use rempart_aws_model::api_operation;

    use super::*;

    fn class(operation: &str, status: u16, code: &str, message: &str) -> Class {
        let operation = api_operation(operation).expect("in the table");
        classify(operation, status, &ReplyError::new(code, message))
    }

    #[test]
    fn rules_name_operations_of_the_table() {
        for (operation, _, _) in ABSENT {
            assert!(api_operation(operation).is_some(), "{operation}");
        }
    }

    #[test]
    fn absent_for_the_right_operation_only() {
        let gone = "NoSuchBucketPolicy";
        assert_eq!(class("s3:GetBucketPolicy", 404, gone, ""), Class::Absent);
        assert_eq!(class("s3:GetBucketAcl", 404, gone, ""), Class::Invalid);
        let entity = "NoSuchEntity";
        assert_eq!(
            class("iam:GetAccountPasswordPolicy", 404, entity, ""),
            Class::Absent
        );
        assert_eq!(class("iam:ListAccessKeys", 404, entity, ""), Class::Gone);
        let code = "AccessDeniedException";
        assert_eq!(
            class("macie2:GetMacieSession", 403, code, "Macie is not enabled."),
            Class::Absent
        );
        assert_eq!(
            class(
                "macie2:GetMacieSession",
                403,
                code,
                "User is not authorized"
            ),
            Class::Denied
        );
        let code = "AWSOrganizationsNotInUseException";
        assert_eq!(
            class("organizations:ListRoots", 400, code, ""),
            Class::Absent
        );
    }

    #[test]
    fn statuses_without_known_codes() {
        let domain = "sagemaker:DescribeDomain";
        assert_eq!(class(domain, 403, "New", ""), Class::Denied);
        assert_eq!(class(domain, 503, "HttpStatus503", ""), Class::Transient);
        assert_eq!(class(domain, 429, "HttpStatus429", ""), Class::Throttled);
        assert_eq!(class(domain, 400, "New", ""), Class::Invalid);
        assert_eq!(class(domain, 404, "HttpStatus404", ""), Class::Invalid);
        assert_eq!(
            class("s3:HeadObject", 404, "HttpStatus404", ""),
            Class::Gone
        );
        assert_eq!(
            class("s3:HeadObject", 403, "HttpStatus403", ""),
            Class::Denied
        );
    }

    #[test]
    fn time_and_keys() {
        let code = "InvalidSignatureException";
        let late = "Signature expired: 20261128T030000Z is now earlier than 20261128T040000Z";
        assert_eq!(class("kms:ListKeys", 403, code, late), Class::Clock);
        assert_eq!(
            class("kms:ListKeys", 403, code, "The signature does not match"),
            Class::Credentials
        );
        assert_eq!(
            class("ec2:DescribeRegions", 401, "AuthFailure", ""),
            Class::Credentials
        );
    }

    #[test]
    fn missing_resources() {
        let code = "ValidationException";
        let notebook = "sagemaker:DescribeNotebookInstance";
        assert_eq!(
            class(notebook, 400, code, "RecordNotFound: Could not find it"),
            Class::Gone
        );
        assert_eq!(
            class(notebook, 400, code, "1 validation error detected"),
            Class::Invalid
        );
        assert_eq!(
            class(
                "ec2:DescribeVpcEndpoints",
                400,
                "InvalidVpcEndpointId.NotFound",
                ""
            ),
            Class::Gone
        );
    }

    #[test]
    fn a_quota_is_no_throttle() {
        let code = "LimitExceededException";
        assert_eq!(
            class("logs:DescribeLogGroups", 400, code, "too many groups"),
            Class::Invalid
        );
        assert_eq!(
            class("logs:DescribeLogGroups", 400, code, "Rate exceeded"),
            Class::Throttled
        );
    }
}
