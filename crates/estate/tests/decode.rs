//! Answers as AWS writes them, and what is read out of them.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use rempart_estate::{decode, policy_document};
use serde_json::{Value, json};

fn read(operation: &str, body: &str) -> Value {
    decode(operation, body.as_bytes()).expect("an answer")
}

#[test]
fn query_iam() {
    let body = r#"<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetAccountAuthorizationDetailsResult>
    <IsTruncated>false</IsTruncated>
    <UserDetailList>
      <member>
        <UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Path>/</Path><UserName>Alice</UserName>
        <Arn>arn:aws:iam::111122223333:user/Alice</Arn><CreateDate>2013-10-14T18:32:24Z</CreateDate>
        <GroupList><member>Admins</member></GroupList>
        <UserPolicyList/>
        <AttachedManagedPolicies/>
      </member>
    </UserDetailList>
    <RoleDetailList>
      <member>
        <RoleName>ml</RoleName>
        <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>
        <InstanceProfileList><member><InstanceProfileName>p</InstanceProfileName>
          <Roles><member><RoleName>ml</RoleName></member></Roles></member></InstanceProfileList>
        <Tags><member><Key>a&amp;b</Key><Value>&lt;1&gt;&#65;</Value></member></Tags>
        <NewMember>kept</NewMember>
      </member>
    </RoleDetailList>
    <Policies><member><PolicyName>P</PolicyName><AttachmentCount>1</AttachmentCount>
      <IsAttachable>true</IsAttachable><PolicyVersionList><member><IsDefaultVersion>true</IsDefaultVersion>
      </member></PolicyVersionList></member></Policies>
  </GetAccountAuthorizationDetailsResult>
  <ResponseMetadata><RequestId>92e79ae7-7399-11e4-8c85-4b53eEXAMPLE</RequestId></ResponseMetadata>
</GetAccountAuthorizationDetailsResponse>"#;
    let value = read("iam:GetAccountAuthorizationDetails", body);
    assert_eq!(
        value,
        json!({
            "IsTruncated": false,
            "UserDetailList": [{
                "UserId": "AIDACKCEVSQ6C2EXAMPLE", "Path": "/", "UserName": "Alice",
                "Arn": "arn:aws:iam::111122223333:user/Alice", "CreateDate": "2013-10-14T18:32:24Z",
                "GroupList": ["Admins"], "UserPolicyList": [], "AttachedManagedPolicies": [],
            }],
            "RoleDetailList": [{
                "RoleName": "ml",
                "AssumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%7D",
                "InstanceProfileList": [{"InstanceProfileName": "p", "Roles": [{"RoleName": "ml"}]}],
                "Tags": [{"Key": "a&b", "Value": "<1>A"}],
                "NewMember": "kept",
            }],
            "Policies": [{"PolicyName": "P", "AttachmentCount": 1, "IsAttachable": true,
                "PolicyVersionList": [{"IsDefaultVersion": true}]}],
        })
    );
    let document = &value["RoleDetailList"][0]["AssumeRolePolicyDocument"];
    let text = policy_document(document).expect("a document");
    assert_eq!(text, r#"{"Version":"2012-10-17"}"#);
}

#[test]
fn query_maps_and_scalars() {
    let summary = r#"<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>
        <entry><key>AccountMFAEnabled</key><value>1</value></entry>
        <entry><key>AccountAccessKeysPresent</key><value>0</value></entry>
        </SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"#;
    assert_eq!(
        read("iam:GetAccountSummary", summary),
        json!({"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}})
    );
    let policy = r#"<GetAccountPasswordPolicyResponse><GetAccountPasswordPolicyResult><PasswordPolicy>
        <MinimumPasswordLength>14</MinimumPasswordLength><ExpirePasswords>false</ExpirePasswords>
        </PasswordPolicy></GetAccountPasswordPolicyResult></GetAccountPasswordPolicyResponse>"#;
    assert_eq!(
        read("iam:GetAccountPasswordPolicy", policy),
        json!({"PasswordPolicy": {"MinimumPasswordLength": 14, "ExpirePasswords": false}})
    );
    let report = "<GetCredentialReportResponse><GetCredentialReportResult><Content>dXNlcg==</Content>\
        <ReportFormat>text/csv</ReportFormat></GetCredentialReportResult></GetCredentialReportResponse>";
    assert_eq!(
        read("iam:GetCredentialReport", report),
        json!({"Content": "dXNlcg==", "ReportFormat": "text/csv"})
    );
    let identity = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/A</Arn><UserId>U</UserId>
        <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"#;
    assert_eq!(
        read("sts:GetCallerIdentity", identity)["Account"],
        "111122223333"
    );
    let topic = "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member>\
        <Protocol>email</Protocol></member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>";
    assert_eq!(
        read("sns:ListSubscriptionsByTopic", topic),
        json!({"Subscriptions": [{"Protocol": "email"}]})
    );
    let stacks = "<ListStacksResponse><ListStacksResult><StackSummaries><member><StackName>a</StackName>\
        </member><member><StackName>b</StackName></member></StackSummaries><NextToken>t</NextToken>\
        </ListStacksResult></ListStacksResponse>";
    assert_eq!(
        read("cloudformation:ListStacks", stacks),
        json!({"StackSummaries": [{"StackName": "a"}, {"StackName": "b"}], "NextToken": "t"})
    );
}

#[test]
fn ec2() {
    let groups = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>1d62eae0-acdd-481d-88c9-example</requestId>
  <securityGroupInfo><item>
    <ownerId>111122223333</ownerId><groupId>sg-1</groupId><groupName>ml</groupName>
    <groupDescription>of the models</groupDescription><vpcId>vpc-1</vpcId>
    <ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort>
      <groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges><ipv6Ranges/><prefixListIds/></item></ipPermissions>
    <ipPermissionsEgress/>
    <tagSet><item><key>team</key><value></value></item></tagSet>
  </item></securityGroupInfo>
</DescribeSecurityGroupsResponse>"#;
    assert_eq!(
        read("ec2:DescribeSecurityGroups", groups),
        json!({"SecurityGroups": [{
            "OwnerId": "111122223333", "GroupId": "sg-1", "GroupName": "ml", "Description": "of the models",
            "VpcId": "vpc-1",
            "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [],
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": []}],
            "IpPermissionsEgress": [],
            "Tags": [{"Key": "team", "Value": ""}],
        }]})
    );
    let default = "<GetEbsEncryptionByDefaultResponse><requestId>r</requestId>\
        <ebsEncryptionByDefault>true</ebsEncryptionByDefault></GetEbsEncryptionByDefaultResponse>";
    assert_eq!(
        read("ec2:GetEbsEncryptionByDefault", default),
        json!({"EbsEncryptionByDefault": true})
    );
    let endpoints = "<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId>\
        <policyDocument>{\"Statement\":[]}</policyDocument><routeTableIdSet><item>rtb-1</item></routeTableIdSet>\
        <privateDnsEnabled>false</privateDnsEnabled></item></vpcEndpointSet></DescribeVpcEndpointsResponse>";
    assert_eq!(
        read("ec2:DescribeVpcEndpoints", endpoints),
        json!({"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "PolicyDocument": "{\"Statement\":[]}",
            "RouteTableIds": ["rtb-1"], "PrivateDnsEnabled": false}]})
    );
    let tables = "<DescribeRouteTablesResponse><routeTableSet><item><routeTableId>rtb-1</routeTableId>\
        <routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId></item></routeSet>\
        <associationSet><item><main>true</main></item></associationSet></item></routeTableSet></DescribeRouteTablesResponse>";
    assert_eq!(
        read("ec2:DescribeRouteTables", tables),
        json!({"RouteTables": [{"RouteTableId": "rtb-1",
            "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}],
            "Associations": [{"Main": true}]}]})
    );
}

#[test]
fn rest_xml() {
    let buckets = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>o</ID></Owner>
<Buckets><Bucket><Name>data</Name><CreationDate>2019-12-11T23:32:47.000Z</CreationDate><BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets>
</ListAllMyBucketsResult>"#;
    assert_eq!(
        read("s3:ListBuckets", buckets),
        json!({"Owner": {"ID": "o"}, "Buckets": [{"Name": "data",
            "CreationDate": "2019-12-11T23:32:47.000Z", "BucketRegion": "eu-west-1"}]})
    );
    let block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
        <RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    let expected = json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "RestrictPublicBuckets": false}});
    assert_eq!(read("s3:GetPublicAccessBlock", block), expected);
    assert_eq!(read("s3control:GetPublicAccessBlock", block), expected);
    let encryption = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
        <SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>\
        <BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>";
    assert_eq!(
        read("s3:GetBucketEncryption", encryption),
        json!({"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault":
            {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}, "BucketKeyEnabled": true}]}})
    );
    let lifecycle = "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Expiration><Days>30</Days></Expiration>\
        <Transition><Days>1</Days></Transition><Transition><Days>2</Days></Transition></Rule></LifecycleConfiguration>";
    assert_eq!(
        read("s3:GetBucketLifecycleConfiguration", lifecycle),
        json!({"Rules": [{"ID": "a", "Status": "Enabled", "Expiration": {"Days": 30},
            "Transitions": [{"Days": 1}, {"Days": 2}]}]})
    );
    let versioning = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";
    assert_eq!(read("s3:GetBucketVersioning", versioning), json!({}));
    let versioning = "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>";
    assert_eq!(
        read("s3:GetBucketVersioning", versioning),
        json!({"Status": "Enabled", "MFADelete": "Disabled"})
    );
    let acl = r#"<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList>
        <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>o</ID></Grantee>
        <Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"#;
    assert_eq!(
        read("s3:GetBucketAcl", acl),
        json!({"Owner": {"ID": "o"}, "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "o"},
            "Permission": "FULL_CONTROL"}]})
    );
    let location = "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>";
    assert_eq!(
        read("s3:GetBucketLocation", location),
        json!({"LocationConstraint": "eu-west-1"})
    );
    assert_eq!(
        read("s3:GetBucketLocation", "<LocationConstraint/>"),
        json!({})
    );
    let objects = "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount>\
        <Contents><Key>k</Key><Size>434234</Size></Contents></ListBucketResult>";
    assert_eq!(
        read("s3:ListObjectsV2", objects),
        json!({"Name": "b", "IsTruncated": false, "KeyCount": 1, "Contents": [{"Key": "k", "Size": 434_234}]})
    );
    let controls = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";
    assert_eq!(
        read("s3:GetBucketOwnershipControls", controls),
        json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}})
    );
    let status = "<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>";
    assert_eq!(
        read("s3:GetBucketPolicyStatus", status),
        json!({"PolicyStatus": {"IsPublic": true}})
    );
}

#[test]
fn the_body_of_a_bucket_policy_is_the_policy() {
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let expected = json!({"Policy": policy});
    assert_eq!(read("s3:GetBucketPolicy", policy), expected);
    assert_eq!(read("s3:GetBucketPolicy", &expected.to_string()), expected);
}

#[test]
fn json_members_have_the_names_of_the_api() {
    let detector = r#"{"status": "ENABLED", "features": [{"name": "S3_DATA_EVENTS", "status": "ENABLED"}], "new": {"a": 1}}"#;
    let expected = json!({"Status": "ENABLED", "Features": [{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}], "new": {"a": 1}});
    assert_eq!(read("guardduty:GetDetector", detector), expected);
    assert_eq!(
        read("guardduty:GetDetector", &expected.to_string()),
        expected
    );
    let domain = r#"{"kmsKeyIdentifier": "k", "singleSignOn": {"type": "IAM_IDC"}}"#;
    assert_eq!(
        read("datazone:GetDomain", domain),
        serde_json::from_str::<Value>(domain).expect("JSON")
    );
    assert_eq!(read("s3:HeadObject", ""), json!({}));
}

#[test]
fn hostile_bodies_are_refused() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let bombs = [
        ("ec2:DescribeVpcs", deep.as_str()),
        ("sagemaker:DescribeModel", nested.as_str()),
        (
            "ec2:DescribeVpcs",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        ),
        ("ec2:DescribeVpcs", "<a>&b;</a>"),
        ("ec2:DescribeVpcs", "<a><b></a>"),
        ("ec2:DescribeVpcs", "<a>"),
        ("ec2:DescribeVpcs", "<a/><b/>"),
        ("ec2:DescribeVpcs", "<"),
        ("ec2:DescribeVpcs", "<Response><Errors/></Response"),
        ("iam:GetAccountSummary", "<GetAccountSummaryResponse/>"),
        (
            "s3:GetBucketAcl",
            "<Error><Code>AccessDenied</Code></Error>",
        ),
        ("sagemaker:DescribeModel", "<html/>"),
        ("sagemaker:DescribeModel", "{\"ModelName\": "),
        ("sagemaker:DescribeModel", "{} {}"),
        ("sagemaker:DescribeModel", "\u{feff}{}"),
    ];
    for (operation, body) in bombs {
        let result = decode(operation, body.as_bytes());
        let start: String = body.chars().take(40).collect();
        assert!(result.is_err(), "{operation} {start}: {result:?}");
    }
    assert!(decode("ec2:DescribeVpcs", b"<a>\xff</a>").is_err());
}
