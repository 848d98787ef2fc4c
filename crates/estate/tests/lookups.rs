//! Lookups over answers in memory.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use rempart_estate::{
    Answer, AnswerError, Estate, Gap, Outcome, Place, kind, kinds, unknown_reason,
};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

fn answer(operation: &str, parameters: Value, body: Value) -> Answer {
    Answer {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.as_object().cloned().expect("an object"),
        status: 200,
        body: body.to_string().into_bytes(),
        at: Some("2026-11-28T03:00:00Z".to_owned()),
        ..Answer::default()
    }
}

fn global(operation: &str, parameters: Value, body: Value) -> Answer {
    Answer {
        region: "global".to_owned(),
        ..answer(operation, parameters, body)
    }
}

fn denied(operation: &str, parameters: Value, action: &str) -> Answer {
    Answer {
        outcome: Outcome::Denied,
        status: 403,
        error: Some(AnswerError {
            code: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
        }),
        permission: Some(action.to_owned()),
        ..answer(operation, parameters, json!({}))
    }
}

fn here() -> Place {
    Place::new(ACCOUNT, REGION)
}

fn arn(rest: &str) -> String {
    format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:{rest}")
}

const NOTEBOOK: &str = "AWS::SageMaker::NotebookInstance";

fn notebooks() -> Vec<Answer> {
    vec![
        answer(
            "sagemaker:ListNotebookInstances",
            json!({}),
            json!({"NotebookInstances": [
                {"NotebookInstanceName": "a", "NotebookInstanceArn": arn("notebook-instance/a")},
                {"NotebookInstanceName": "b", "NotebookInstanceArn": arn("notebook-instance/b")},
            ]}),
        ),
        answer(
            "sagemaker:DescribeNotebookInstance",
            json!({"NotebookInstanceName": "a"}),
            json!({"NotebookInstanceName": "a", "NotebookInstanceArn": arn("notebook-instance/a"),
                   "DirectInternetAccess": "Disabled"}),
        ),
        denied(
            "sagemaker:DescribeNotebookInstance",
            json!({"NotebookInstanceName": "b"}),
            "sagemaker:DescribeNotebookInstance",
        ),
        answer(
            "sagemaker:ListTags",
            json!({"ResourceArn": arn("notebook-instance/a")}),
            json!({"Tags": [{"Key": "owner", "Value": "x"}]}),
        ),
    ]
}

#[test]
fn a_listed_resource_whose_description_was_refused_stays() {
    let estate = Estate::from_answers(notebooks());
    assert_eq!(estate.problems(), []);
    let found = estate.resources_in(NOTEBOOK, &here()).unwrap();
    let ids: Vec<_> = found.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    let body = estate.body(found[0]).unwrap();
    assert_eq!(body["DirectInternetAccess"], "Disabled");
    let gap = Gap::AccessDenied {
        action: "sagemaker:DescribeNotebookInstance".to_owned(),
    };
    assert_eq!(estate.body(found[1]).unwrap_err(), gap);
    assert_eq!(
        estate.expected_but_missing(NOTEBOOK),
        [(found[1], gap.clone())]
    );
    let tags = estate.answer("sagemaker:ListTags", found[0]).unwrap();
    assert_eq!(tags.body["Tags"][0]["Key"], "owner");
    assert_eq!(
        (tags.evidence.source.as_str(), tags.evidence.line),
        ("answers", 4)
    );
    let own = estate
        .answer("sagemaker:DescribeNotebookInstance", found[0])
        .unwrap();
    assert_eq!(own.body, body);
    assert_eq!(
        estate.answer("sagemaker:ListTags", found[1]).unwrap_err(),
        Gap::NotCollected {
            operation: "sagemaker:ListTags".to_owned()
        }
    );
    let reference = arn("notebook-instance/b");
    assert_eq!(estate.find(NOTEBOOK, &reference, &here()), Ok(found[1]));
    assert_eq!(estate.find(NOTEBOOK, "a", &here()), Ok(found[0]));
    assert_eq!(
        estate.find(NOTEBOOK, "c", &here()),
        Err(Gap::Unresolvable {
            reference: "c".to_owned()
        })
    );
    let tagged: Vec<_> = estate.resources("SageMaker:*").collect();
    assert_eq!(tagged, found);
}

#[test]
fn a_refused_list_is_a_gap_of_the_place() {
    let estate = Estate::from_answers([denied(
        "sagemaker:ListNotebookInstances",
        json!({}),
        "sagemaker:ListNotebookInstances",
    )]);
    let gap = Gap::AccessDenied {
        action: "sagemaker:ListNotebookInstances".to_owned(),
    };
    assert_eq!(estate.resources_in(NOTEBOOK, &here()), Err(gap.clone()));
    assert_eq!(estate.find(NOTEBOOK, "a", &here()), Err(gap));
    let other = Place::new(ACCOUNT, "eu-west-3");
    assert!(matches!(
        estate.resources_in(NOTEBOOK, &other),
        Err(Gap::NotCollected { .. })
    ));
}

#[test]
fn an_account_is_known_when_all_its_regions_are() {
    let everywhere = here().global();
    let list = |region: &str| Answer {
        region: region.to_owned(),
        ..answer(
            "sagemaker:ListNotebookInstances",
            json!({}),
            json!({"NotebookInstances": [{"NotebookInstanceName": region,
                "NotebookInstanceArn": format!("arn:aws:sagemaker:{region}:{ACCOUNT}:notebook-instance/{region}")}]}),
        )
    };
    let refused = Answer {
        region: "eu-central-1".to_owned(),
        ..denied(
            "sagemaker:ListNotebookInstances",
            json!({}),
            "sagemaker:ListNotebookInstances",
        )
    };
    let not_there = Answer {
        outcome: Outcome::NotInRegion,
        ..refused.clone()
    };
    let count = |answers: Vec<Answer>| {
        let estate = Estate::from_answers(answers);
        let found = estate.resources_in(NOTEBOOK, &everywhere);
        found.map(|found| found.len())
    };
    assert_eq!(count(vec![list(REGION), list("eu-central-1")]), Ok(2));
    assert_eq!(count(vec![list(REGION), not_there]), Ok(1));
    assert!(matches!(
        count(vec![list(REGION), refused]),
        Err(Gap::AccessDenied { .. })
    ));
    let elsewhere = Answer {
        region: "eu-central-1".to_owned(),
        ..answer("sagemaker:ListModels", json!({}), json!({"Models": []}))
    };
    assert!(matches!(
        count(vec![list(REGION), elsewhere]),
        Err(Gap::NotCollected { .. })
    ));
    assert!(matches!(count(Vec::new()), Err(Gap::NotCollected { .. })));
}

#[test]
fn a_list_counts_only_with_all_its_pages() {
    let page = |number: u32, token: Option<&str>, outcome| Answer {
        page: number,
        outcome,
        ..answer(
            "sagemaker:ListModels",
            json!({}),
            json!({"Models": [{"ModelName": format!("m{number}"),
                    "ModelArn": arn(&format!("model/m{number}"))}], "NextToken": token}),
        )
    };
    let kind = "AWS::SageMaker::Model";
    let listed = |answers: Vec<Answer>| {
        let estate = Estate::from_answers(answers);
        let count = estate.resources(kind).count();
        (
            estate.resources_in(kind, &here()).map(|found| found.len()),
            count,
        )
    };
    let whole = vec![page(0, Some("t"), Outcome::Ok), page(1, None, Outcome::Ok)];
    assert_eq!(listed(whole), (Ok(2), 2));
    let cut = vec![page(0, Some("t"), Outcome::Ok)];
    let missing = |number| Gap::Failed {
        operation: "sagemaker:ListModels".to_owned(),
        reason: format!("page {number} is missing"),
    };
    assert_eq!(listed(cut), (Err(missing(1)), 1));
    let hole = vec![page(0, Some("t"), Outcome::Ok), page(2, None, Outcome::Ok)];
    assert_eq!(listed(hole), (Err(missing(1)), 2));
    let stopped = vec![
        page(0, Some("t"), Outcome::Ok),
        page(1, None, Outcome::Throttled),
    ];
    let throttled = Gap::Throttled {
        operation: "sagemaker:ListModels".to_owned(),
    };
    assert_eq!(listed(stopped), (Err(throttled), 1));
}

#[test]
fn keys_are_found_by_id_arn_and_alias() {
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}");
    let foreign = format!("arn:aws:kms:{REGION}:999999999999:key/{id}");
    let metadata = |id: &str, arn: &str| json!({"KeyMetadata": {"KeyId": id, "Arn": arn}});
    let mut answers = vec![
        answer(
            "kms:ListKeys",
            json!({}),
            json!({"Keys": [{"KeyId": id, "KeyArn": key}], "Truncated": false}),
        ),
        answer("kms:DescribeKey", json!({"KeyId": key}), metadata(id, &key)),
        answer(
            "kms:DescribeKey",
            json!({"KeyId": foreign}),
            metadata(id, &foreign),
        ),
        answer(
            "kms:ListAliases",
            json!({}),
            json!({"Aliases": [
            {"AliasName": "alias/ml", "AliasArn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/ml"), "TargetKeyId": id},
            {"AliasName": "alias/aws/unused", "AliasArn": "x"}], "Truncated": false}),
        ),
        answer(
            "kms:GetKeyPolicy",
            json!({"KeyId": id, "PolicyName": "default"}),
            json!({"Policy": "{}"}),
        ),
        denied("kms:ListGrants", json!({"KeyId": id}), "kms:ListGrants"),
    ];
    let kind = "AWS::KMS::Key";
    let estate = Estate::from_answers(answers.clone());
    let found = estate.find(kind, id, &here()).unwrap();
    assert_eq!(found.arn.as_deref(), Some(key.as_str()));
    for reference in [
        key.as_str(),
        "alias/ml",
        &format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/ml"),
    ] {
        assert_eq!(
            estate.find(kind, reference, &here()),
            Ok(found),
            "{reference}"
        );
    }
    assert_eq!(estate.resources_in(kind, &here()), Ok(vec![found]));
    // The key of the other account is found, but is not of this account.
    let other = estate.find(kind, &foreign, &here()).unwrap();
    assert_eq!(
        estate.body(other).unwrap()["KeyMetadata"]["Arn"],
        json!(foreign)
    );
    let policy = estate.answer("kms:GetKeyPolicy", found).unwrap();
    assert_eq!(policy.body["Policy"], "{}");
    let gap = Gap::AccessDenied {
        action: "kms:ListGrants".to_owned(),
    };
    assert_eq!(estate.answer("kms:ListGrants", found).unwrap_err(), gap);
    assert_eq!(estate.resources_in("KMS:Grant", &here()), Err(gap));
    assert!(matches!(
        estate.find(kind, "alias/none", &here()),
        Err(Gap::Unresolvable { .. })
    ));
    // Without the list of aliases nobody can tell.
    answers.remove(3);
    let estate = Estate::from_answers(answers);
    assert_eq!(
        estate.find(kind, "alias/ml", &here()),
        Err(Gap::NotCollected {
            operation: "kms:ListAliases".to_owned()
        })
    );
}

#[test]
fn buckets_are_where_their_region_is() {
    let absent = Answer {
        outcome: Outcome::Absent,
        status: 404,
        error: Some(AnswerError {
            code: "NoSuchBucketPolicy".to_owned(),
            message: String::new(),
        }),
        body: b"<Error/>".to_vec(),
        ..answer("s3:GetBucketPolicy", json!({"Bucket": "data"}), json!({}))
    };
    let estate = Estate::from_answers([
        global(
            "s3:ListBuckets",
            json!({}),
            json!({"Buckets": [
            {"Name": "data", "BucketRegion": REGION}, {"Name": "us", "BucketRegion": "us-east-1"}]}),
        ),
        absent,
        answer(
            "s3:GetBucketVersioning",
            json!({"Bucket": "data"}),
            json!({"Status": "Enabled"}),
        ),
        denied(
            "s3:GetBucketPolicy",
            json!({"Bucket": "of-others"}),
            "s3:GetBucketPolicy",
        ),
    ]);
    let kind = "AWS::S3::Bucket";
    let here_only = estate.resources_in(kind, &here()).unwrap();
    assert_eq!(here_only.len(), 1);
    let bucket = here_only[0];
    assert_eq!((bucket.id.as_str(), &bucket.place), ("data", &here()));
    assert_eq!(bucket.arn.as_deref(), Some("arn:aws:s3:::data"));
    let everywhere = estate.resources_in(kind, &here().global()).unwrap();
    assert_eq!(everywhere.len(), 2);
    let policy = estate.answer("s3:GetBucketPolicy", bucket).unwrap();
    assert_eq!(policy.absent.as_deref(), Some("NoSuchBucketPolicy"));
    assert_eq!(*policy.body, json!({}));
    let versioning = estate.answer("s3:GetBucketVersioning", bucket).unwrap();
    assert_eq!(versioning.body["Status"], "Enabled");
    let stranger = estate.find(kind, "of-others", &here()).unwrap();
    assert!(estate.answer("s3:GetBucketPolicy", stranger).is_err());
    let elsewhere = Place::new(ACCOUNT, "us-east-1");
    assert_eq!(
        estate.find(kind, "arn:aws:s3:::data", &elsewhere),
        Ok(bucket)
    );
}

#[test]
fn an_answer_about_it_proves_a_bucket_where_nothing_was_listed() {
    let estate = Estate::from_answers([answer(
        "s3:GetBucketPolicy",
        json!({"Bucket": "example"}),
        json!({"Policy": "{}"}),
    )]);
    let found: Vec<_> = estate.resources("AWS::S3::Bucket").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, here());
    assert!(estate.answer("s3:GetBucketPolicy", found[0]).is_ok());
}

#[test]
fn roles_are_elements_of_one_answer() {
    let role = "arn:aws:iam::111122223333:role/service-role/ml";
    let estate = Estate::from_answers([global(
        "iam:GetAccountAuthorizationDetails",
        json!({}),
        json!({"RoleDetailList": [{"RoleName": "ml", "Arn": role, "RoleId": "AROAX", "Path": "/service-role/"}],
               "UserDetailList": [], "Policies": [], "IsTruncated": false, "Marker": "echo"}),
    )]);
    let found = estate.find("AWS::IAM::Role", role, &here()).unwrap();
    assert_eq!(estate.find("AWS::IAM::Role", "ml", &here()), Ok(found));
    assert_eq!(estate.body(found).unwrap()["Path"], "/service-role/");
    assert!(found.place.is_global());
    assert_eq!(
        estate.resources_in("AWS::IAM::Role", &here()),
        Ok(vec![found])
    );
    assert_eq!(estate.resources_in("AWS::IAM::User", &here()), Ok(vec![]));
    let other = Place::new("999999999999", REGION);
    assert!(estate.find("AWS::IAM::Role", "ml", &other).is_err());
}

#[test]
fn a_trail_of_many_regions_is_one_resource() {
    let trail = format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/all");
    let in_region = |region: &str, answer: Answer| Answer {
        region: region.to_owned(),
        ..answer
    };
    let list = || {
        answer(
            "cloudtrail:ListTrails",
            json!({}),
            json!({"Trails": [
            {"TrailARN": trail, "Name": "all", "HomeRegion": REGION}]}),
        )
    };
    let describe = || {
        answer(
            "cloudtrail:GetTrail",
            json!({"Name": trail}),
            json!({"Trail": {"Name": "all", "TrailARN": trail, "HomeRegion": REGION}}),
        )
    };
    let estate = Estate::from_answers([
        in_region("us-east-1", list()),
        in_region("us-east-1", describe()),
        list(),
        answer(
            "cloudtrail:GetTrailStatus",
            json!({"Name": trail}),
            json!({"IsLogging": true}),
        ),
    ]);
    let found: Vec<_> = estate.resources("AWS::CloudTrail::Trail").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, here());
    assert_eq!(estate.body(found[0]).unwrap()["Trail"]["Name"], "all");
    assert!(estate.answer("cloudtrail:GetTrailStatus", found[0]).is_ok());
    let elsewhere = Place::new(ACCOUNT, "us-east-1");
    assert_eq!(
        estate.find("AWS::CloudTrail::Trail", &trail, &elsewhere),
        Ok(found[0])
    );
}

#[test]
fn what_a_search_leaves_out_is_not_absent() {
    let job = arn("training-job/t");
    let search = answer(
        "sagemaker:Search",
        json!({"Resource": "TrainingJob"}),
        json!({"Results": [{"TrainingJob": {"TrainingJobName": "t", "TrainingJobArn": job,
                "EnableNetworkIsolation": true}}]}),
    );
    let estate = Estate::from_answers([search.clone()]);
    let found = estate.find("SageMaker:TrainingJob", "t", &here()).unwrap();
    let body = estate.body(found).unwrap();
    assert_eq!(body["EnableNetworkIsolation"], true);
    assert!(unknown_reason(&body["RemoteDebugConfig"]).is_some());
    assert!(
        estate
            .incomplete_members(found)
            .contains(&"RemoteDebugConfig")
    );
    let described = answer(
        "sagemaker:DescribeTrainingJob",
        json!({"TrainingJobName": "t"}),
        json!({"TrainingJobName": "t", "TrainingJobArn": job}),
    );
    let estate = Estate::from_answers([search, described]);
    let found = estate.find("SageMaker:TrainingJob", "t", &here()).unwrap();
    assert_eq!(estate.body(found).unwrap().get("RemoteDebugConfig"), None);
    assert!(estate.incomplete_members(found).is_empty());
}

#[test]
fn an_answer_for_the_whole_place_serves_its_resources() {
    let estate = Estate::from_answers([
        answer(
            "ec2:DescribeSubnets",
            json!({}),
            json!({"Subnets": [{"SubnetId": "subnet-1", "OwnerId": ACCOUNT}]}),
        ),
        answer(
            "ec2:DescribeRouteTables",
            json!({}),
            json!({"RouteTables": [{"RouteTableId": "rtb-1"}]}),
        ),
    ]);
    let subnet = estate
        .find("AWS::EC2::Subnet", "subnet-1", &here())
        .unwrap();
    assert_eq!(
        subnet.arn.as_deref(),
        Some("arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1")
    );
    let tables = estate.answer("ec2:DescribeRouteTables", subnet).unwrap();
    assert_eq!(tables.body["RouteTables"][0]["RouteTableId"], "rtb-1");
    let same = estate
        .answer_in("ec2:DescribeRouteTables", &here())
        .unwrap();
    assert_eq!(same.body, tables.body);
}

#[test]
fn answers_to_several_questions_are_joined_only_if_they_agree() {
    let policies = |filter: &str, id: &str| {
        global(
            "organizations:ListPolicies",
            json!({"Filter": filter}),
            json!({"Policies": [{"Id": id, "Type": filter}]}),
        )
    };
    let estate = Estate::from_answers([
        policies("SERVICE_CONTROL_POLICY", "p-1"),
        policies("RESOURCE_CONTROL_POLICY", "p-2"),
        answer(
            "cloudtrail:GetEventSelectors",
            json!({"TrailName": "a"}),
            json!({"TrailARN": "a", "EventSelectors": []}),
        ),
        answer(
            "cloudtrail:GetEventSelectors",
            json!({"TrailName": "b"}),
            json!({"TrailARN": "b", "EventSelectors": []}),
        ),
    ]);
    let joined = estate
        .answer_in("organizations:ListPolicies", &here())
        .unwrap();
    assert_eq!(joined.body["Policies"].as_array().unwrap().len(), 2);
    assert!(matches!(
        estate.answer_in("cloudtrail:GetEventSelectors", &here()),
        Err(Gap::Failed { .. })
    ));
}

#[test]
fn the_newer_of_two_answers_is_kept() {
    let key = |at: &str, state: &str| Answer {
        at: Some(at.to_owned()),
        ..answer(
            "sagemaker:DescribeDomain",
            json!({"DomainId": "d-1"}),
            json!({"DomainId": "d-1", "Status": state}),
        )
    };
    for answers in [
        [
            key("2026-01-01T00:00:00Z", "Pending"),
            key("2026-01-02T00:00:00Z", "InService"),
        ],
        [
            key("2026-01-02T00:00:00Z", "InService"),
            key("2026-01-01T00:00:00Z", "Pending"),
        ],
    ] {
        let estate = Estate::from_answers(answers);
        assert_eq!(estate.problems().len(), 1);
        let domain = estate
            .find("AWS::SageMaker::Domain", "d-1", &here())
            .unwrap();
        assert_eq!(estate.body(domain).unwrap()["Status"], "InService");
    }
}

#[test]
fn every_kind_has_a_name_of_its_own_and_known_neighbours() {
    let mut names: Vec<_> = kinds().iter().map(|kind| kind.name()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count > 110, "{count}");
    assert!(kind("AWS::SageMaker::Nothing").is_none());
}

#[test]
fn a_member_account_knows_its_organisation() {
    let organisation = json!({"Organization": {
        "Id": "o-ex4mp1e0rg",
        "Arn": "arn:aws:organizations::777788889999:organization/o-ex4mp1e0rg",
        "MasterAccountId": "777788889999",
    }});
    let answers = ["111122223333", "444455556666"].map(|account| Answer {
        account: account.to_owned(),
        region: "global".to_owned(),
        operation: "organizations:DescribeOrganization".to_owned(),
        status: 200,
        body: organisation.to_string().into_bytes(),
        ..Answer::default()
    });
    let estate = Estate::from_answers(answers);
    let known = estate.resources("AWS::Organizations::Organization");
    let accounts: Vec<&str> = known.map(|one| one.place.account.as_str()).collect();
    assert_eq!(accounts, ["111122223333", "444455556666"]);
}

#[test]
fn without_feature_groups_there_are_no_tables() {
    let groups = Answer {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        operation: "sagemaker:ListFeatureGroups".to_owned(),
        status: 200,
        body: br#"{"FeatureGroupSummaries":[]}"#.to_vec(),
        ..Answer::default()
    };
    let estate = Estate::from_answers([groups]);
    let place = Place::new("111122223333", "eu-west-1");
    assert_eq!(
        estate.resources_in("AWS::Glue::Table", &place),
        Ok(Vec::new())
    );
}
