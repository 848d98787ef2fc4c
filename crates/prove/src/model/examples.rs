//! Values that read well in examples, and the forms of resources.

use std::collections::BTreeSet;

use rempart_aws_model::{AccountId, Action, FieldPath, Shape, ShapeKind, action_service};

pub(super) fn role(account: AccountId) -> String {
    format!("arn:aws:iam::{account}:role/DataScientist")
}

pub(super) fn user(account: AccountId) -> String {
    format!("arn:aws:iam::{account}:user/alice")
}

/// Values that may stand for their cell.
pub(super) fn of_key(key: &str) -> Vec<Box<str>> {
    let folded = key.to_ascii_lowercase();
    let values: &[&str] = match folded.as_str() {
        "sagemaker:vpcsubnets" => &["subnet-0ffffffffffffff01"],
        "sagemaker:vpcsecuritygroupids" => &["sg-0ffffffffffffff01"],
        "sagemaker:instancetypes" => &["ml.p5.48xlarge", "ml.m7i.large", "ml.t3.medium", "system"],
        "aws:sourceip" => &["198.51.100.7"],
        "aws:sourcevpce" => &["vpce-0ffffffffffffff01"],
        "aws:sourcevpc" => &["vpc-0ffffffffffffff01"],
        "aws:requestedregion" => &["eu-west-1", "ap-southeast-1"],
        "aws:principalorgid" => &["o-another0org"],
        "sagemaker:featuregroupofflinestores3uri" => &["s3://another-bucket/features"],
        "sagemaker:notebookinstancelifecycleconfigarns" => {
            &["arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance-lifecycle-config/other"]
        }
        "sagemaker:studiolifecycleconfigarns" => {
            &["arn:aws:sagemaker:eu-west-1:111122223333:studio-lifecycle-config/other"]
        }
        "sagemaker:imagearns" => &["arn:aws:sagemaker:eu-west-1:999988887777:image/other"],
        "sagemaker:modelarn" => &["arn:aws:sagemaker:eu-west-1:111122223333:model/example"],
        "sagemaker:workteamarn" => {
            &["arn:aws:sagemaker:eu-west-1:999988887777:workteam/private-crowd/other"]
        }
        _ if folded.contains("kmskey") => &[
            "arn:aws:kms:eu-west-1:999988887777:key/0f0f0f0f-0000-4000-8000-000000000001",
            "arn:aws:kms:eu-west-1:111122223333:key/0a0a0a0a-0000-4000-8000-000000000001",
        ],
        _ => &["example"],
    };
    values.iter().map(|value| (*value).into()).collect()
}

/// The patterns of the action's resources, in the caller's partition. The account is filled in where
/// it is known.
pub(super) fn resource_patterns(
    action: &Action,
    account: Option<AccountId>,
    partition: &str,
) -> Vec<String> {
    let Some(service) = action_service(action.prefix) else {
        return Vec::new();
    };
    let types = action.resources.iter();
    types
        .filter_map(|resource| service.resource_type(resource.name))
        .map(|resource| fill(resource.arn_pattern, partition, account, "*", "?*"))
        .collect()
}

/// A resource that the action may concern; `*` where it concerns none.
pub fn resource(action: &Action, account: Option<AccountId>, partition: &str) -> String {
    let Some(service) = action_service(action.prefix) else {
        return "*".to_owned();
    };
    let mut types = action.resources.iter();
    types
        .find_map(|resource| service.resource_type(resource.name))
        .map_or_else(
            || "*".to_owned(),
            |resource| {
                fill(
                    resource.arn_pattern,
                    partition,
                    account,
                    "eu-west-1",
                    "example",
                )
            },
        )
}

fn fill(
    pattern: &str,
    partition: &str,
    account: Option<AccountId>,
    region: &str,
    name: &str,
) -> String {
    let account = account.map_or_else(|| "*".to_owned(), |account| account.to_string());
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let Some((variable, behind)) = after.split_once('}') else {
            break;
        };
        filled.push_str(match variable {
            "Partition" => partition,
            "Region" => region,
            "Account" => &account,
            _ => name,
        });
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// The values of the enumerations of these fields.
pub(super) fn enumeration(action: &Action, fields: &[FieldPath]) -> BTreeSet<&'static str> {
    let mut values = BTreeSet::new();
    let input = rempart_aws_model::services()
        .iter()
        .filter(|service| service.action_prefix() == Some(action.prefix))
        .find_map(|service| service.operation(action.name)?.input());
    for field in fields {
        let mut shape = input;
        for name in field.path.split('.') {
            let bare = name.trim_end_matches("[]").trim_end_matches("{}");
            shape = shape.and_then(|shape| element(shape.member(bare)?.shape));
        }
        if let Some(shape) = shape {
            values.extend(shape.enum_values());
        }
    }
    values
}

fn element(mut shape: Shape) -> Option<Shape> {
    while matches!(shape.kind(), ShapeKind::List | ShapeKind::Map) {
        shape = shape.element()?;
    }
    Some(shape)
}
