//! Terraform plans and states as estates.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use rempart_collect::planned::{Options, PlannedEstate, terraform};
use rempart_estate::{Estate, Gap, Outcome, Place, unknown_reason};
use serde_json::{Value, json};

const PLAN: &str = include_str!("../../../examples/terraform/plan.json");

fn read(text: &str) -> PlannedEstate {
    terraform::read("plan.json", text.as_bytes(), &Options::default()).expect("the plan reads")
}

/// The body of the first answer of an operation that holds a text in its parameters or body.
fn body(estate: &PlannedEstate, operation: &str, holds: &str) -> Value {
    let answer = estate.answers.iter().find(|answer| {
        let parameters = serde_json::to_string(&answer.parameters).expect("JSON");
        answer.operation == operation
            && (parameters.contains(holds) || String::from_utf8_lossy(&answer.body).contains(holds))
    });
    let answer = answer.expect("the answer is there");
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// A plan with single resources; each has type, name, values, what is unknown, and its configuration.
fn plan(resources: &[(&str, &str, Value, Value, Value)]) -> String {
    let changes: Vec<Value> = resources
        .iter()
        .map(|(type_name, name, after, unknown, _)| {
            json!({
                "address": format!("{type_name}.{name}"), "mode": "managed", "type": type_name,
                "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": ["create"], "before": null, "after": after,
                    "after_unknown": unknown},
            })
        })
        .collect();
    let configured: Vec<Value> = resources
        .iter()
        .map(|(type_name, name, _, _, expressions)| {
            json!({"address": format!("{type_name}.{name}"), "expressions": expressions})
        })
        .collect();
    json!({
        "format_version": "1.2", "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured}},
    })
    .to_string()
}

#[test]
fn the_example_is_read_without_loss() {
    let planned = read(PLAN);
    assert_eq!(planned.problems, []);
    assert!(planned.not_covered.is_empty(), "{:?}", planned.not_covered);
    assert!(planned.not_read.is_empty(), "{:?}", planned.not_read);
    assert_eq!(planned.resources.len(), 22);
    assert!(!planned.account_known);
    assert!(planned.region_known);
    let estate = Estate::from_answers(planned.answers.clone());
    assert_eq!(estate.problems(), []);
    for resource in &planned.resources {
        let place = Place::new(&resource.account, &resource.region);
        let found = estate.find(resource.kind, &resource.id, &place);
        let found = found.or_else(|_| {
            // Profiles and spaces are named together with their domain.
            let arn = resource.arn.as_deref().expect("has an ARN");
            estate.find(resource.kind, arn, &place)
        });
        let found = found.unwrap_or_else(|gap| panic!("{}: {gap}", resource.address));
        let address = found.address.as_ref().expect("has an address");
        assert_eq!(address.name.as_ref(), Some(&resource.address));
    }
}

#[test]
fn omission_is_what_the_provider_sends() {
    let scratch = body(&read(PLAN), "sagemaker:DescribeNotebookInstance", "scratch");
    assert_eq!(scratch["DirectInternetAccess"], "Enabled");
    assert_eq!(scratch["RootAccess"], "Enabled");
    for absent in [
        "KmsKeyId",
        "SubnetId",
        "SecurityGroups",
        "PlatformIdentifier",
    ] {
        assert_eq!(scratch.get(absent), None, "{absent}");
    }
}

#[test]
fn references_lead_through_modules_to_resources() {
    let planned = read(PLAN);
    let research = body(&planned, "sagemaker:DescribeNotebookInstance", "research");
    let subnet = "subnet-planned:module.network.aws_subnet.private[0]";
    assert_eq!(research["SubnetId"], subnet);
    assert_eq!(research["KmsKeyId"], "planned:aws_kms_key.ml");
    let role = "arn:aws:iam::000000000000:role/sagemaker-execution";
    assert_eq!(research["RoleArn"], role);
    let group = "sg-planned:module.network.aws_security_group.workloads";
    assert_eq!(research["SecurityGroups"][0], group);
    // A set of which nothing is known may hold more than what it refers to.
    assert!(unknown_reason(&research["SecurityGroups"][1]).is_some());
    let profile = body(&planned, "sagemaker:DescribeUserProfile", "ana");
    assert_eq!(
        profile["DomainId"],
        "d-planned:module.studio.aws_sagemaker_domain.this"
    );
    let estate = Estate::from_answers(planned.answers);
    let here = Place::new("000000000000", "eu-west-1");
    for (kind, reference) in [
        ("AWS::IAM::Role", role),
        ("AWS::EC2::SecurityGroup", group),
        ("AWS::EC2::Subnet", subnet),
        ("AWS::KMS::Key", "planned:aws_kms_key.ml"),
        (
            "AWS::KMS::Key",
            "arn:aws:kms:eu-west-1:000000000000:key/planned:aws_kms_key.ml",
        ),
        ("AWS::KMS::Key", "alias/ml"),
        ("AWS::S3::Bucket", "example-ml-artefacts"),
    ] {
        assert!(
            estate.find(kind, reference, &here).is_ok(),
            "{kind} {reference}"
        );
    }
}

#[test]
fn what_else_exists_is_not_in_a_plan() {
    let planned = read(PLAN);
    let estate = Estate::from_answers(planned.answers);
    let here = Place::new("000000000000", "eu-west-1");
    for kind in [
        "AWS::IAM::Role",
        "AWS::EC2::SecurityGroup",
        "AWS::S3::Bucket",
        "AWS::SageMaker::NotebookInstance",
        "AWS::CloudTrail::Trail",
        "AWS::GuardDuty::Detector",
    ] {
        let listed = estate.resources_in(kind, &here);
        assert!(listed.is_err(), "{kind} is listed completely");
    }
    assert!(matches!(
        estate.find("AWS::IAM::Role", "elsewhere", &here),
        Err(Gap::Unresolvable { .. } | Gap::NotCollected { .. } | Gap::NotEvaluated { .. })
    ));
}

#[test]
fn facets_of_a_bucket_come_from_its_resources_or_from_what_is_new_today() {
    let planned = read(PLAN);
    let facet = |operation: &str| body(&planned, operation, "example-ml-artefacts");
    let block = facet("s3:GetPublicAccessBlock");
    let block = &block["PublicAccessBlockConfiguration"];
    assert_eq!(block["BlockPublicAcls"], true);
    assert_eq!(block["RestrictPublicBuckets"], false);
    assert_eq!(
        facet("s3:GetBucketVersioning"),
        json!({"Status": "Enabled"})
    );
    let rules = facet("s3:GetBucketOwnershipControls");
    assert_eq!(
        rules["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced"
    );
    let policy = planned
        .answers
        .iter()
        .find(|answer| answer.operation == "s3:GetBucketPolicy");
    assert_eq!(policy.map(|answer| answer.outcome), Some(Outcome::Absent));
}

#[test]
fn canned_access_control_lists_become_grants() {
    let grants = |acl: Value| {
        let bucket = json!({"bucket": "b"});
        let acl = ("aws_s3_bucket_acl", "a", acl, json!({}), json!({}));
        let text = plan(&[("aws_s3_bucket", "b", bucket, json!({}), json!({})), acl]);
        body(&read(&text), "s3:GetBucketAcl", "\"b\"")["Grants"].clone()
    };
    let public = grants(json!({"bucket": "b", "acl": "public-read"}));
    assert_eq!(
        public[1]["Grantee"]["URI"],
        "http://acs.amazonaws.com/groups/global/AllUsers"
    );
    assert_eq!(public[1]["Permission"], "READ");
    let private = grants(json!({"bucket": "another", "acl": "public-read"}));
    assert_eq!(private.as_array().map(Vec::len), Some(1));
    let odd = grants(json!({"bucket": "b", "acl": "new-kind"}));
    assert!(unknown_reason(&odd).is_some());
}

#[test]
fn a_policy_that_cannot_be_attached_takes_away_the_defaults() {
    let text = plan(&[
        (
            "aws_s3_bucket",
            "a",
            json!({"bucket": "a"}),
            json!({}),
            json!({}),
        ),
        (
            "aws_s3_bucket_policy",
            "p",
            json!({"policy": "{}"}),
            json!({"bucket": true}),
            json!({"bucket": {"references": ["local.name"]}}),
        ),
    ]);
    let planned = read(&text);
    assert_eq!(planned.problems.len(), 1);
    assert_eq!(
        planned.problems[0].address.as_deref(),
        Some("aws_s3_bucket_policy.p")
    );
    let has = |operation: &str| {
        planned
            .answers
            .iter()
            .any(|answer| answer.operation == operation)
    };
    assert!(!has("s3:GetBucketPolicy"));
    assert!(has("s3:GetBucketVersioning"));
}

#[test]
fn unknown_values_stay_unknown_unless_they_are_one_reference() {
    let key = (
        "aws_kms_key",
        "k",
        json!({}),
        json!({"arn": true, "key_id": true}),
        json!({}),
    );
    let with = |references: Value| {
        let notebook = (
            "aws_sagemaker_notebook_instance",
            "n",
            json!({"name": "n"}),
            json!({"kms_key_id": true}),
            json!({"kms_key_id": {"references": references}}),
        );
        let text = plan(&[key.clone(), notebook]);
        body(&read(&text), "sagemaker:DescribeNotebookInstance", "\"n\"")["KmsKeyId"].clone()
    };
    let arn = "arn:aws:kms:us-east-1:000000000000:key/planned:aws_kms_key.k";
    assert_eq!(with(json!(["aws_kms_key.k.arn", "aws_kms_key.k"])), arn);
    for unclear in [
        json!(["aws_kms_key.k.arn", "aws_kms_key.k", "var.other"]),
        json!(["aws_kms_key.k.policy", "aws_kms_key.k"]),
        json!([
            "aws_sagemaker_notebook_instance.n.kms_key_id",
            "aws_sagemaker_notebook_instance.n"
        ]),
        json!(["local.key"]),
        json!(["data.aws_kms_key.k.arn"]),
        json!(["module.none.key"]),
        json!([]),
        json!("aws_kms_key.k.arn"),
    ] {
        let value = with(unclear.clone());
        assert!(unknown_reason(&value).is_some(), "{unclear}: {value}");
    }
}

#[test]
fn resources_that_are_deleted_or_read_are_not_in_the_estate() {
    let change = |address: &str, mode: &str, provider: &str, actions: Value| {
        json!({"address": address, "mode": mode, "type": "aws_sagemaker_model", "name": "m",
            "provider_name": provider,
            "change": {"actions": actions, "after": {"name": address}, "after_unknown": {}}})
    };
    let aws = "registry.terraform.io/hashicorp/aws";
    let text = json!({"format_version": "1.0", "resource_changes": [
        change("kept", "managed", aws, json!(["no-op"])),
        change("replaced", "managed", aws, json!(["delete", "create"])),
        change("gone", "managed", aws, json!(["delete"])),
        change("forgotten", "managed", aws, json!(["forget"])),
        change("data.read", "data", aws, json!(["read"])),
        change("other", "managed", "registry.terraform.io/hashicorp/random", json!(["create"])),
    ]});
    let planned = read(&text.to_string());
    let addresses: Vec<_> = planned
        .resources
        .iter()
        .map(|one| one.address.as_str())
        .collect();
    assert_eq!(addresses, ["kept", "replaced"]);
    assert_eq!(planned.removed, ["gone", "forgotten"]);
    assert_eq!(planned.not_covered["data.aws_sagemaker_model"], 1);
    assert_eq!(planned.not_covered["aws_sagemaker_model"], 1);
}

#[test]
fn a_state_has_known_values_and_no_defaults() {
    let text = json!({"format_version": "1.0", "values": {"root_module": {
        "resources": [{"address": "aws_s3_bucket.a", "mode": "managed", "type": "aws_s3_bucket",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "values": {"bucket": "a", "arn": "arn:aws:s3:::a", "policy": "{\"Statement\":[]}",
                "versioning": [{"enabled": true, "mfa_delete": false}]}}],
        "child_modules": [{"address": "module.m", "resources": [{"address": "module.m.aws_kms_key.k",
            "mode": "managed", "type": "aws_kms_key", "values": {"key_id": "k-1",
            "arn": "arn:aws:kms:eu-west-3:111122223333:key/k-1"}}]}],
    }}});
    let planned = read(&text.to_string());
    assert!(planned.account_known);
    assert_eq!(planned.resources.len(), 2);
    let policy = body(&planned, "s3:GetBucketPolicy", "\"a\"");
    assert_eq!(policy, json!({"Policy": "{\"Statement\":[]}"}));
    let versioning = body(&planned, "s3:GetBucketVersioning", "\"a\"");
    assert_eq!(
        versioning,
        json!({"Status": "Enabled", "MFADelete": "Disabled"})
    );
    let has = |operation: &str| {
        planned
            .answers
            .iter()
            .any(|answer| answer.operation == operation)
    };
    assert!(
        !has("s3:GetPublicAccessBlock"),
        "an existing bucket may have another one"
    );
    assert!(
        planned
            .answers
            .iter()
            .all(|answer| answer.account == "111122223333")
    );
}

#[test]
fn attachments_make_roles_whole() {
    let role = |name: &str| {
        let after = json!({"name": name, "path": "/ml/", "assume_role_policy": "{}"});
        ("aws_iam_role", "r", after, json!({}), json!({}))
    };
    let attachment = |role: Value, unknown: Value| {
        let after =
            json!({"role": role, "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"});
        (
            "aws_iam_role_policy_attachment",
            "a",
            after,
            unknown,
            json!({}),
        )
    };
    let details = |text: String| {
        body(
            &read(&text),
            "iam:GetAccountAuthorizationDetails",
            "RoleName",
        )["RoleDetailList"][0]
            .clone()
    };
    let whole = details(plan(&[role("one"), attachment(json!("one"), json!({}))]));
    assert_eq!(whole["Arn"], "arn:aws:iam::000000000000:role/ml/one");
    assert_eq!(whole["AssumeRolePolicyDocument"], "%7B%7D");
    assert_eq!(
        whole["AttachedManagedPolicies"],
        json!([{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
            "PolicyName": "AdministratorAccess"}])
    );
    // To which role it is attached is not known: it may be this one.
    let perhaps = details(plan(&[
        role("one"),
        attachment(Value::Null, json!({"role": true})),
    ]));
    assert!(unknown_reason(&perhaps["AttachedManagedPolicies"][0]).is_some());
    let other = details(plan(&[role("one"), attachment(json!("two"), json!({}))]));
    assert_eq!(other["AttachedManagedPolicies"], json!([]));
}

#[test]
fn rules_of_security_groups_are_joined() {
    let group = |unknown: Value| {
        (
            "aws_security_group",
            "g",
            json!({"name": "g"}),
            unknown,
            json!({"name": {}}),
        )
    };
    let rule = |owner: Value, unknown: Value| {
        let after = json!({"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22,
            "cidr_blocks": ["0.0.0.0/0", "10.0.0.0/8"], "security_group_id": owner});
        let expressions = json!({"security_group_id":
            {"references": ["aws_security_group.g.id", "aws_security_group.g"]}});
        ("aws_security_group_rule", "r", after, unknown, expressions)
    };
    let ingress = |text: String| {
        let groups = body(&read(&text), "ec2:DescribeSecurityGroups", "GroupId");
        groups["SecurityGroups"][0]["IpPermissions"].clone()
    };
    let nothing_inside = json!({"ingress": true, "egress": true});
    let joined = plan(&[
        group(nothing_inside.clone()),
        rule(Value::Null, json!({"security_group_id": true})),
    ]);
    assert_eq!(
        ingress(joined),
        json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}, {"CidrIp": "10.0.0.0/8"}]}])
    );
    // Without a rule of its own, a dynamic block inside cannot be excluded.
    let alone = ingress(plan(&[group(nothing_inside)]));
    assert!(unknown_reason(&alone[0]).is_some());
    let own = json!({"name": "g", "ingress": [{"protocol": "-1", "from_port": 0, "to_port": 0,
        "cidr_blocks": [], "self": true, "description": ""}]});
    let own = ingress(plan(&[(
        "aws_security_group",
        "g",
        own,
        json!({}),
        json!({}),
    )]));
    assert_eq!(
        own[0]["UserIdGroupPairs"][0]["GroupId"],
        "sg-planned:aws_security_group.g"
    );
    assert_eq!(own[0].get("FromPort"), None);
    let elsewhere = ingress(plan(&[group(json!({})), rule(json!("sg-1"), json!({}))]));
    assert_eq!(elsewhere, json!([]));
}

#[test]
fn what_aws_makes_with_a_vpc_is_there() {
    let vpc = (
        "aws_vpc",
        "v",
        json!({"cidr_block": "10.0.0.0/16"}),
        json!({"id": true}),
        json!({}),
    );
    let planned = read(&plan(std::slice::from_ref(&vpc)));
    let groups = body(&planned, "ec2:DescribeSecurityGroups", "#default");
    assert_eq!(groups["SecurityGroups"][0]["GroupName"], "default");
    let tables = body(&planned, "ec2:DescribeRouteTables", "#main");
    assert_eq!(
        tables["RouteTables"][0]["Associations"],
        json!([{"Main": true}])
    );
    let taken = (
        "aws_default_security_group",
        "d",
        json!({}),
        json!({"id": true}),
        json!({}),
    );
    let planned = read(&plan(&[vpc, taken]));
    let groups = body(&planned, "ec2:DescribeSecurityGroups", "GroupId");
    assert_eq!(
        groups["SecurityGroups"][0]["GroupId"],
        "sg-planned:aws_default_security_group.d"
    );
}

#[test]
fn facets_follow_a_chain_of_facets_to_their_bucket() {
    let text = plan(&[
        (
            "aws_s3_bucket",
            "b",
            json!({}),
            json!({"bucket": true, "id": true}),
            json!({}),
        ),
        (
            "aws_s3_bucket_versioning",
            "v",
            json!({"versioning_configuration": [{"status": "Enabled"}]}),
            json!({"bucket": true, "id": true}),
            json!({"bucket": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}}),
        ),
        (
            "aws_s3_bucket_policy",
            "p",
            json!({"policy": "{}"}),
            json!({"bucket": true}),
            json!({"bucket": {"references": ["aws_s3_bucket_versioning.v.id", "aws_s3_bucket_versioning.v"]}}),
        ),
    ]);
    let policy = body(
        &read(&text),
        "s3:GetBucketPolicy",
        "planned:aws_s3_bucket.b",
    );
    assert_eq!(policy, json!({"Policy": "{}"}));
}

#[test]
fn one_bad_resource_does_not_lose_the_others() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let text = format!(
        "{{\"format_version\": \"1.2\", \"resource_changes\": [\n\
         {{\"address\": \"a\"}},\n\
         {{\"address\": \"b\", \"type\": \"aws_vpc\", \"change\": {{\"actions\": 7}}}},\n\
         {{\"address\": \"c\", \"type\": \"aws_vpc\", \"change\": {{\"actions\": [], \"after\": {{\"x\": {deep}}}}}}},\n\
         {{\"address\": \"d\", \"type\": \"aws_sagemaker_model\", \"change\": {{\"actions\": [\"create\"],\
          \"after\": {{\"name\": \"d\", \"vpc_config\": \"text\", \"enable_network_isolation\": [1, 2]}}}}}}\n]}}"
    );
    let planned = read(&text);
    let problems: Vec<_> = planned
        .problems
        .iter()
        .map(|problem| (problem.address.as_deref(), problem.line))
        .collect();
    assert_eq!(
        problems,
        [
            (Some("a"), Some(2)),
            (Some("b"), Some(3)),
            (Some("c"), Some(4)),
            (Some("d"), Some(5)),
            (Some("d"), Some(5)),
        ]
    );
    let model = body(&planned, "sagemaker:DescribeModel", "\"d\"");
    assert!(unknown_reason(&model["VpcConfig"]).is_some());
    assert!(unknown_reason(&model["EnableNetworkIsolation"]).is_some());
}

#[test]
fn files_that_are_no_plans_say_why() {
    let error = |text: &str| {
        let options = Options::default();
        let read = terraform::read("p.json", text.as_bytes(), &options);
        read.expect_err("is no plan").to_string()
    };
    assert!(
        error("{\n\"format_version\": \"1.2\",\n").starts_with("p.json:3: no Terraform plan: EOF")
    );
    assert!(error("{\"resource_changes\": []}").contains("format_version is missing"));
    assert!(error("{\"format_version\": \"2.0\"}").contains("2.0 is not supported"));
    assert!(error("{\"format_version\": \"0.1\"}").contains("0.1 is not supported"));
    assert!(error("[]").starts_with("p.json:1: no Terraform plan"));
    assert!(error("").starts_with("p.json:1: no Terraform plan"));
    let bytes = terraform::read("p.json", b"\n\xff", &Options::default());
    assert_eq!(
        bytes.expect_err("no text").to_string(),
        "p.json:2: not UTF-8"
    );
}

#[test]
fn redirected_output_of_powershell_is_read() {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(PLAN.encode_utf16().flat_map(u16::to_le_bytes));
    let planned = terraform::read("plan.json", &bytes, &Options::default()).expect("UTF-16");
    assert_eq!(planned.resources.len(), read(PLAN).resources.len());
}

#[test]
fn reading_is_deterministic() {
    assert_eq!(read(PLAN).answers, read(PLAN).answers);
}
