//! Events that section 4 of the CIS AWS Foundations Benchmark wants to be noticed.

use serde_json::{Value as Json, json};

use super::FilterPattern;

/// What is to be noticed, by the number in the benchmark.
enum Wanted {
    /// Calls of a service.
    Calls(&'static str, &'static [&'static str]),
    /// Events that are more than a name.
    Events(fn() -> Vec<Json>),
}

const SECTION: [(&str, Wanted); 15] = [
    ("4.1", Wanted::Events(unauthorized)),
    ("4.2", Wanted::Events(login_without_mfa)),
    ("4.3", Wanted::Events(root)),
    (
        "4.4",
        Wanted::Calls(
            "iam.amazonaws.com",
            &[
                "DeleteGroupPolicy",
                "DeleteRolePolicy",
                "DeleteUserPolicy",
                "PutGroupPolicy",
                "PutRolePolicy",
                "PutUserPolicy",
                "CreatePolicy",
                "DeletePolicy",
                "CreatePolicyVersion",
                "DeletePolicyVersion",
                "AttachRolePolicy",
                "DetachRolePolicy",
                "AttachUserPolicy",
                "DetachUserPolicy",
                "AttachGroupPolicy",
                "DetachGroupPolicy",
            ],
        ),
    ),
    (
        "4.5",
        Wanted::Calls(
            "cloudtrail.amazonaws.com",
            &[
                "CreateTrail",
                "UpdateTrail",
                "DeleteTrail",
                "StartLogging",
                "StopLogging",
            ],
        ),
    ),
    ("4.6", Wanted::Events(failed_login)),
    (
        "4.7",
        Wanted::Calls("kms.amazonaws.com", &["DisableKey", "ScheduleKeyDeletion"]),
    ),
    (
        "4.8",
        Wanted::Calls(
            "s3.amazonaws.com",
            &[
                "PutBucketAcl",
                "PutBucketPolicy",
                "PutBucketCors",
                "PutBucketLifecycle",
                "PutBucketReplication",
                "DeleteBucketPolicy",
                "DeleteBucketCors",
                "DeleteBucketLifecycle",
                "DeleteBucketReplication",
            ],
        ),
    ),
    (
        "4.9",
        Wanted::Calls(
            "config.amazonaws.com",
            &[
                "StopConfigurationRecorder",
                "DeleteDeliveryChannel",
                "PutDeliveryChannel",
                "PutConfigurationRecorder",
            ],
        ),
    ),
    (
        "4.10",
        Wanted::Calls(
            "ec2.amazonaws.com",
            &[
                "AuthorizeSecurityGroupIngress",
                "AuthorizeSecurityGroupEgress",
                "RevokeSecurityGroupIngress",
                "RevokeSecurityGroupEgress",
                "CreateSecurityGroup",
                "DeleteSecurityGroup",
            ],
        ),
    ),
    (
        "4.11",
        Wanted::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateNetworkAcl",
                "CreateNetworkAclEntry",
                "DeleteNetworkAcl",
                "DeleteNetworkAclEntry",
                "ReplaceNetworkAclEntry",
                "ReplaceNetworkAclAssociation",
            ],
        ),
    ),
    (
        "4.12",
        Wanted::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateCustomerGateway",
                "DeleteCustomerGateway",
                "AttachInternetGateway",
                "CreateInternetGateway",
                "DeleteInternetGateway",
                "DetachInternetGateway",
            ],
        ),
    ),
    (
        "4.13",
        Wanted::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateRoute",
                "CreateRouteTable",
                "ReplaceRoute",
                "ReplaceRouteTableAssociation",
                "DeleteRouteTable",
                "DeleteRoute",
                "DisassociateRouteTable",
            ],
        ),
    ),
    (
        "4.14",
        Wanted::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateVpc",
                "DeleteVpc",
                "ModifyVpcAttribute",
                "AcceptVpcPeeringConnection",
                "CreateVpcPeeringConnection",
                "DeleteVpcPeeringConnection",
                "RejectVpcPeeringConnection",
                "AttachClassicLinkVpc",
                "DetachClassicLinkVpc",
                "DisableVpcClassicLink",
                "EnableVpcClassicLink",
            ],
        ),
    ),
    (
        "4.15",
        Wanted::Calls(
            "organizations.amazonaws.com",
            &[
                "AcceptHandshake",
                "AttachPolicy",
                "CreateAccount",
                "CreateOrganizationalUnit",
                "CreatePolicy",
                "DeclineHandshake",
                "DeleteOrganization",
                "DeleteOrganizationalUnit",
                "DeletePolicy",
                "DetachPolicy",
                "DisablePolicyType",
                "EnablePolicyType",
                "InviteAccountToOrganization",
                "LeaveOrganization",
                "MoveAccount",
                "RemoveAccountFromOrganization",
                "UpdatePolicy",
                "UpdateOrganizationalUnit",
            ],
        ),
    ),
];

/// Whether a pattern notices everything that the benchmark wants under this number, and not just
/// everything. `None` for a number that the benchmark does not have.
pub(crate) fn detects(pattern: &FilterPattern, number: &str) -> Option<bool> {
    let (_, wanted) = SECTION.iter().find(|(known, _)| *known == number)?;
    let events = match wanted {
        Wanted::Calls(source, names) => names.iter().map(|name| call(source, name)).collect(),
        Wanted::Events(events) => events(),
    };
    let notices_all = events.iter().all(|event| pattern.matches(event));
    Some(notices_all && !pattern.matches(&ordinary()))
}

/// An event of a call by a role.
fn call(source: &str, name: &str) -> Json {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/Engineer/alice"},
        "eventTime": "2026-03-01T10:00:00Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management"
    })
}

fn with(mut event: Json, members: &[(&str, Json)]) -> Json {
    for (name, value) in members {
        if let Some(object) = event.as_object_mut() {
            object.insert((*name).to_owned(), value.clone());
        }
    }
    event
}

/// What happens all day and must not raise an alarm.
fn ordinary() -> Json {
    with(
        call("ec2.amazonaws.com", "DescribeInstances"),
        &[("readOnly", true.into())],
    )
}

fn unauthorized() -> Vec<Json> {
    [
        "Client.UnauthorizedOperation",
        "AccessDenied",
        "AccessDeniedException",
    ]
    .into_iter()
    .map(|code| {
        with(
            call("sagemaker.amazonaws.com", "DescribeModel"),
            &[("errorCode", code.into())],
        )
    })
    .collect()
}

fn login(outcome: &str, mfa: &str) -> Json {
    with(
        call("signin.amazonaws.com", "ConsoleLogin"),
        &[
            ("eventType", "AwsConsoleSignIn".into()),
            (
                "userIdentity",
                json!({"type": "IAMUser", "accountId": "111122223333", "userName": "alice",
                    "arn": "arn:aws:iam::111122223333:user/alice"}),
            ),
            ("responseElements", json!({"ConsoleLogin": outcome})),
            (
                "additionalEventData",
                json!({"MFAUsed": mfa, "MobileVersion": "No"}),
            ),
        ],
    )
}

fn login_without_mfa() -> Vec<Json> {
    vec![login("Success", "No")]
}

fn failed_login() -> Vec<Json> {
    vec![with(
        login("Failure", "No"),
        &[("errorMessage", "Failed authentication".into())],
    )]
}

fn root() -> Vec<Json> {
    let identity = json!({"type": "Root", "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:root"});
    vec![
        with(
            call("iam.amazonaws.com", "CreateAccessKey"),
            &[("userIdentity", identity.clone())],
        ),
        with(login("Success", "Yes"), &[("userIdentity", identity)]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notices(pattern: &str, number: &str) -> bool {
        let pattern = FilterPattern::parse(pattern).expect(pattern);
        detects(&pattern, number).expect(number)
    }

    /// The pattern that names all calls of a number.
    fn published(number: &str) -> String {
        let found = SECTION.iter().find(|(known, _)| *known == number);
        match found {
            Some((_, Wanted::Calls(source, names))) => {
                let names: Vec<String> = names
                    .iter()
                    .map(|name| format!("($.eventName = {name})"))
                    .collect();
                format!(
                    "{{ ($.eventSource = {source}) && ({}) }}",
                    names.join(" || ")
                )
            }
            _ => String::new(),
        }
    }

    #[test]
    fn published_patterns_are_recognised() {
        for (number, wanted) in &SECTION {
            if let Wanted::Calls(..) = wanted {
                assert!(notices(&published(number), number), "{number}");
            }
        }
        let others = [
            (
                "4.1",
                r#"{ (($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*")) && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#,
            ),
            (
                "4.2",
                r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#,
            ),
            (
                "4.3",
                r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
            ),
            (
                "4.6",
                r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#,
            ),
        ];
        for (number, pattern) in others {
            assert!(notices(pattern, number), "{number}");
            for (other, _) in &SECTION {
                assert!(
                    *other == number || !notices(pattern, other),
                    "{number} is not {other}"
                );
            }
        }
    }

    #[test]
    fn other_words_for_the_same_are_recognised() {
        assert!(notices(
            r"{ $.eventSource = cloudtrail.amazonaws.com && $.eventName = *Trail || $.eventName = St*Logging }",
            "4.5"
        ));
        assert!(notices(r#"{ $.userIdentity.arn = "*:root" }"#, "4.3"));
        assert!(notices(r"?DisableKey ?ScheduleKeyDeletion", "4.7"));
        assert!(notices(
            r"{ $.eventSource = organizations.amazonaws.com }",
            "4.15"
        ));
    }

    #[test]
    fn gaps_are_noticed() {
        let cases = [
            (
                "4.5",
                r"{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) }",
            ),
            (
                "4.7",
                r"{ ($.eventSource = kms.amazonaws.com) && ($.eventName = DisableKey) && ($.eventName = ScheduleKeyDeletion) }",
            ),
            // Words that occur in the benchmark's pattern, but the wrong way round.
            (
                "4.3",
                r#"{ $.userIdentity.type != "Root" && $.userIdentity.invokedBy NOT EXISTS }"#,
            ),
            (
                "4.2",
                r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed = "Yes") }"#,
            ),
            // Everything is no alarm.
            ("4.5", r"{ $.eventName = * }"),
            ("4.5", ""),
            ("4.5", "[a, b, c]"),
        ];
        for (number, pattern) in cases {
            assert!(!notices(pattern, number), "{number} {pattern}");
        }
        let pattern = FilterPattern::parse("x").expect("a term");
        assert_eq!(detects(&pattern, "4.99"), None);
    }
}
