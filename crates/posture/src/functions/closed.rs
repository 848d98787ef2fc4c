//! Data that only approved roles and networks reach.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_estate::{Estate, Place};
use serde_json::Value as Json;

use super::access::shared_form;
use super::{Answered, Function, text_argument, texts_argument};
use crate::cache::Remembered;
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};
use crate::policies::closed::{Approved, is_closed};

const ROLE: &str = "AWS::IAM::Role";
/// The service whose roles reach training data.
const SAGEMAKER: &str = "sagemaker.amazonaws.com";

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "only_sagemaker_access",
    arity: 3,
    run: only_sagemaker_access,
}];

/// Roles that SageMaker may assume, by account.
#[derive(Default)]
pub(super) struct Roles(Remembered<String, Result<Arc<Vec<Role>>, Unknown>>);

struct Role {
    arn: String,
    id: String,
}

/// `only_sagemaker_access(policy, bucket, approved)`: whether the bucket policy denies the objects to
/// everybody in the account but roles that SageMaker acts with, principals like one of `approved`, and
/// requests through VPC endpoints and VPCs that were collected.
fn only_sagemaker_access<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    let bucket = text_argument(arguments, 1)?;
    let mut approved = Approved {
        principals: texts_argument(arguments, 2)?,
        ..Approved::default()
    };
    add_roles(context, text, &mut approved)?;
    let estate = context.session.estate;
    let endpoints = estate.resources("AWS::EC2::VPCEndpoint");
    let networks = endpoints.chain(estate.resources("AWS::EC2::VPC"));
    let mentioned = networks.filter(|network| text.contains(&network.id));
    approved.networks = mentioned.map(|network| network.id.clone()).collect();
    let account = AccountId::parse(&context.place.account)
        .map_err(|error| Unknown::new(ReasonCode::ModelGap, error.to_string()))?;
    let (text, arn) = shared_form(text, &format!("arn:aws:s3:::{bucket}"));
    let bucket = arn.strip_prefix("arn:aws:s3:::").unwrap_or(bucket);
    let mut key = vec![text.clone(), bucket.to_owned(), account.to_string()];
    for names in [
        &approved.principals,
        &approved.identifiers,
        &approved.networks,
    ] {
        key.push(names.join(" "));
    }
    let cache = &context.session.cache.policies;
    let closed = cache.of(("only_sagemaker_access", key), || {
        let closed = is_closed(&text, bucket, account, &approved)?;
        Ok(Arc::new(if closed {
            vec![String::new()]
        } else {
            Vec::new()
        }))
    })?;
    Ok(Value::Bool(!closed.is_empty()))
}

/// The roles that SageMaker may assume and that the policy mentions. Others are strangers anyway.
fn add_roles(context: &Context<'_>, text: &str, approved: &mut Approved) -> Result<(), Unknown> {
    let estate = context.session.estate;
    let place = context.place.global();
    let roles = &context.session.indexes.roles.0;
    let roles = roles.of(place.account.clone(), || sagemaker_roles(estate, &place))?;
    for role in roles.iter() {
        let by_arn = text.contains(&role.arn);
        let by_id = !role.id.is_empty() && text.contains(&role.id);
        if !by_arn && !by_id {
            continue;
        }
        // The role becomes evidence of the verdict.
        let found = estate.find(ROLE, &role.arn, &place).map_err(gap)?;
        context.body(found)?;
        if by_arn {
            approved.principals.push(role.arn.clone());
        }
        if by_id {
            approved.identifiers.push(role.id.clone());
        }
    }
    Ok(())
}

fn sagemaker_roles(estate: &Estate, place: &Place) -> Result<Arc<Vec<Role>>, Unknown> {
    let mut roles = Vec::new();
    for role in estate.resources_in(ROLE, place).map_err(gap)? {
        let body = estate.body(role).map_err(gap)?;
        let trust = body.get("AssumeRolePolicyDocument");
        let trust = match trust {
            Some(trust) => Value::of(trust)?.to_json()?,
            None => continue,
        };
        if !trust.to_string().contains(SAGEMAKER) {
            continue;
        }
        let id = body.get("RoleId").and_then(Json::as_str);
        let Some(arn) = &role.arn else {
            return Err(Unknown::new(
                ReasonCode::KnownAfterApply,
                format!("the ARN of role {}", role.id),
            ));
        };
        roles.push(Role {
            arn: arn.clone(),
            id: id.unwrap_or_default().to_owned(),
        });
    }
    Ok(Arc::new(roles))
}
