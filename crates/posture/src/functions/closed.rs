//! Data that only approved roles and networks reach.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_estate::Place;
use serde_json::Value as Json;

use super::{Answered, Function, text_argument, texts_argument};
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
    let mut key = vec![text.to_owned(), bucket.to_owned(), account.to_string()];
    for names in [
        &approved.principals,
        &approved.identifiers,
        &approved.networks,
    ] {
        key.push(names.join(" "));
    }
    let cache = &context.session.cache.policies;
    let closed = cache.of(("only_sagemaker_access", key), || {
        let closed = is_closed(text, bucket, account, &approved)?;
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
    let place: Place = context.place.global();
    for role in estate.resources_in(ROLE, &place).map_err(gap)? {
        let body = context.body(role)?;
        let trust = body.get("AssumeRolePolicyDocument");
        if !trust.is_some_and(|trust| trust.to_string().contains(SAGEMAKER)) {
            continue;
        }
        if let Some(arn) = role.arn.as_deref()
            && text.contains(arn)
        {
            approved.principals.push(arn.to_owned());
        }
        if let Some(id) = body.get("RoleId").and_then(Json::as_str)
            && text.contains(id)
        {
            approved.identifiers.push(id.to_owned());
        }
    }
    Ok(())
}
