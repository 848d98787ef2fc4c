//! What permissions leave open: no MFA, any role, any network.

use super::ask::action;
use super::identities::{Circumstances, Identities};
use crate::expression::Unknown;

/// Whether a request without MFA is enough: signed with a key of long standing, which carries none of
/// the keys about MFA, or with a session that was made without.
pub(crate) fn without_mfa(identities: &Identities, arn: &str, name: &str) -> Result<bool, Unknown> {
    const PRESENT: &str = "aws:MultiFactorAuthPresent";
    const AGE: &str = "aws:MultiFactorAuthAge";
    let name = action(name)?;
    let with_key = identities.may_with(arn, &name, &[], &[PRESENT, AGE])?;
    Ok(with_key || identities.may_with(arn, &name, &[(PRESENT, "false")], &[AGE])?)
}

/// What is too wide about the roles that an identity may pass.
pub(crate) fn pass_role_gaps(identities: &Identities, arn: &str) -> Result<Vec<String>, Unknown> {
    let pass = action("iam:PassRole")?;
    let mut gaps = Vec::new();
    let mut open = None;
    match identities.may(arn, &pass, Circumstances::default()) {
        Ok(true) => gaps.push("every role".to_owned()),
        Ok(false) => {}
        Err(unknown) => open = Some(unknown),
    }
    // A service that nobody means.
    let given = [("iam:PassedToService", "zq7x9k2v.amazonaws.com")];
    match identities.may_with(arn, &pass, &given, &[]) {
        Ok(true) => gaps.push("any service".to_owned()),
        Ok(false) => {}
        Err(unknown) => open = Some(unknown),
    }
    match open {
        Some(open) if gaps.is_empty() => Err(open),
        _ => Ok(gaps),
    }
}

/// Actions that open a session.
const SESSIONS: [&str; 5] = [
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:CreatePresignedDomainUrl",
    "sagemaker:CreatePresignedMlflowTrackingServerUrl",
    "sagemaker:CreatePartnerAppPresignedUrl",
    "sagemaker:StartSession",
];

/// Public addresses far from each other: no list of an organisation's own holds them all.
const ADDRESSES: [&str; 4] = ["5.188.10.77", "45.155.205.9", "101.33.80.4", "190.2.130.61"];

/// Actions by which an identity opens sessions from any network.
pub(crate) fn presigned_url_gaps(
    identities: &Identities,
    arn: &str,
) -> Result<Vec<String>, Unknown> {
    let mut gaps = Vec::new();
    let mut open = None;
    for name in SESSIONS {
        match from_anywhere(identities, arn, name) {
            Ok(true) => gaps.push(name.to_owned()),
            Ok(false) => {}
            Err(unknown) => open = Some(unknown),
        }
    }
    match open {
        Some(open) if gaps.is_empty() => Err(open),
        _ => Ok(gaps),
    }
}

fn from_anywhere(identities: &Identities, arn: &str, name: &str) -> Result<bool, Unknown> {
    let name = action(name)?;
    let endpoint = [
        ("aws:SourceVpce", "vpce-0f0f0f0f0f0f0f0f0"),
        ("aws:SourceVpc", "vpc-0f0f0f0f0f0f0f0f0"),
    ];
    if identities.may_with(arn, &name, &endpoint, &["aws:SourceIp"])? {
        return Ok(true);
    }
    for address in ADDRESSES {
        let given = [("aws:SourceIp", address)];
        let omitted = ["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp"];
        if !identities.may_with(arn, &name, &given, &omitted)? {
            return Ok(false);
        }
    }
    Ok(true)
}
