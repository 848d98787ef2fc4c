//! The table of calls against values that are known from elsewhere.

use rempart_aws_model::{
    Level, Place, Protocol, Scope, api_operation, api_operations, partition_endpoints, services,
};

#[test]
fn every_listed_operation_is_described() {
    let listed = include_str!("../data/collected-operations.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for line in listed {
        let name = line.split('\t').next().unwrap();
        let operation = api_operation(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(operation.full_name(), name);
        assert!(operation.service().has_shapes(), "{name} has no shapes");
        assert!(operation.path().starts_with('/'), "{name}");
        let json = matches!(
            operation.protocol(),
            Protocol::AwsJson10 | Protocol::AwsJson11
        );
        assert_eq!(operation.target().is_some(), json, "{name}");
        count += 1;
    }
    assert_eq!(count, 244);
    assert_eq!(api_operations().len(), count);
    assert!(api_operation("sagemaker:CreateModel").is_none());
    assert!(services().len() > 400);
}

#[test]
fn known_routes() {
    let domain = api_operation("sagemaker:DescribeDomain").unwrap();
    assert_eq!(domain.protocol(), Protocol::AwsJson11);
    assert_eq!(domain.target(), Some("SageMaker.DescribeDomain"));
    assert_eq!(domain.signing_name(), "sagemaker");
    assert_eq!(domain.endpoint_prefix(), "api.sagemaker");
    assert_eq!(domain.action(), "sagemaker:DescribeDomain");
    assert_eq!(domain.scope(), Scope::Region);
    let inputs: Vec<_> = domain.inputs().map(|i| (i.name, i.required)).collect();
    assert_eq!(inputs, [("DomainId", true)]);

    let alarms = api_operation("cloudwatch:DescribeAlarms").unwrap();
    assert_eq!(alarms.protocol(), Protocol::AwsJson10);
    assert_eq!(
        alarms.target(),
        Some("GraniteServiceVersion20100801.DescribeAlarms")
    );
    assert_eq!(alarms.signing_name(), "monitoring");

    let encryption = api_operation("s3:GetBucketEncryption").unwrap();
    assert_eq!(encryption.path(), "/{Bucket}?encryption");
    assert_eq!(encryption.action(), "s3:GetEncryptionConfiguration");
    assert_eq!(
        encryption.payload(),
        Some("ServerSideEncryptionConfiguration")
    );
    let rules = encryption.answer_wire("ServerSideEncryptionConfiguration", "Rules");
    assert_eq!((rules.name, rules.levels), ("Rule", vec![Level::FlatList]));
    assert_eq!(
        api_operation("s3:GetBucketPolicy").unwrap().payload(),
        Some("Policy")
    );

    let block = api_operation("s3control:GetPublicAccessBlock").unwrap();
    assert_eq!(block.host_prefix(), Some("{AccountId}."));
    assert_eq!(
        (block.signing_name(), block.scope()),
        ("s3", Scope::Account)
    );
    let account = block.inputs().next().unwrap().wire;
    assert_eq!(
        (account.name, account.place),
        ("x-amz-account-id", Place::Header)
    );
}

#[test]
fn known_paging() {
    let paging = |name| api_operation(name).unwrap().paging().copied();
    let roles = paging("iam:GetAccountAuthorizationDetails").unwrap();
    assert_eq!(
        (roles.input_token, roles.more),
        ("Marker", Some("IsTruncated"))
    );
    assert_eq!(
        (roles.limit, roles.page_size),
        (Some("MaxItems"), Some(1000))
    );
    let grants = paging("kms:ListGrants").unwrap();
    assert_eq!(
        (grants.input_token, grants.output_token),
        ("Marker", "NextMarker")
    );
    // No paginator is published for these two.
    assert!(paging("sagemaker:DescribeFeatureGroup").is_some());
    assert!(paging("lakeformation:ListPermissions").is_some());
    assert!(paging("sagemaker:DescribeDomain").is_none());
}

#[test]
fn names_in_xml_and_forms() {
    let groups = api_operation("ec2:DescribeSecurityGroups").unwrap();
    let answer = |structure, member| groups.answer_wire(structure, member);
    let output = groups.output().unwrap().name().unwrap();
    let list = answer(output, "SecurityGroups");
    assert_eq!(
        (list.name, list.levels),
        ("securityGroupInfo", vec![Level::List("item")])
    );
    assert_eq!(
        answer("SecurityGroup", "Description").name,
        "groupDescription"
    );
    let filters = groups
        .inputs()
        .find(|input| input.name == "Filters")
        .unwrap();
    assert_eq!(
        (filters.wire.name, filters.wire.levels),
        ("Filter", vec![Level::FlatList])
    );
    assert_eq!(groups.request_wire("Filter", "Values").name, "Value");

    let detector = api_operation("guardduty:ListDetectors").unwrap();
    let output = detector.output().unwrap().name().unwrap();
    assert_eq!(
        detector.answer_wire(output, "DetectorIds").name,
        "detectorIds"
    );
    let policy = api_operation("iam:GetAccountPasswordPolicy").unwrap();
    assert_eq!(
        policy.result_wrapper(),
        Some("GetAccountPasswordPolicyResult")
    );
    let summary = api_operation("iam:GetAccountSummary").unwrap();
    let map = Level::Map {
        flattened: false,
        key: "key",
        value: "value",
    };
    let wire = summary.answer_wire("GetAccountSummaryResponse", "SummaryMap");
    assert_eq!(wire.levels, [map]);
}

#[test]
fn hosts() {
    let at = |name, region| {
        let endpoint = api_operation(name).unwrap().endpoint(region);
        format!("{} {}", endpoint.host, endpoint.signing_region)
    };
    assert_eq!(
        at("sagemaker:ListDomains", "eu-west-1"),
        "api.sagemaker.eu-west-1.amazonaws.com eu-west-1"
    );
    assert_eq!(
        at("sagemaker:ListDomains", "cn-north-1"),
        "api.sagemaker.cn-north-1.amazonaws.com.cn cn-north-1"
    );
    assert_eq!(
        at("iam:ListUsers", "eu-west-1"),
        "iam.amazonaws.com us-east-1"
    );
    assert_eq!(
        at("iam:ListUsers", "us-gov-east-1"),
        "iam.us-gov.amazonaws.com us-gov-west-1"
    );
    assert_eq!(
        at("organizations:ListRoots", "eu-west-1"),
        "organizations.us-east-1.amazonaws.com us-east-1"
    );
    assert_eq!(
        at("datazone:ListDomains", "eu-west-1"),
        "datazone.eu-west-1.api.aws eu-west-1"
    );
    assert_eq!(
        at("sts:GetCallerIdentity", "eu-west-1"),
        "sts.eu-west-1.amazonaws.com eu-west-1"
    );
    // A region newer than the table is placed by its name.
    assert_eq!(
        partition_endpoints("cn-south-9").dns_suffix,
        "amazonaws.com.cn"
    );
    assert_eq!(partition_endpoints("xx-new-1").name, "aws");
}
