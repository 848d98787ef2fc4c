//! Roles that a request hands to a service.

use rempart_aws_model::Arn;
use rempart_policy::Request;
use rempart_policy::context::{KeyName, KeyState};

use super::parameters::Parameters;
use super::plan::ActionPlan;
use super::resource::Resource;

/// Most roles of one request that are looked at; one that is not known stands for more.
const MOST_ROLES: usize = 8;

/// The roles that the request passes, each once.
pub(super) fn passed_roles(action: &ActionPlan, parameters: &Parameters<'_>) -> Vec<Resource> {
    let mut roles: Vec<Resource> = Vec::new();
    for field in &action.role_fields {
        for arn in field.texts(parameters) {
            let Ok(arn) = Arn::parse(&arn) else {
                continue;
            };
            let is_role = arn.service() == "iam" && arn.resource_type() == Some("role");
            let is_known = roles.iter().any(|role| role.arn == arn.as_str());
            if !is_role || is_known {
                continue;
            }
            if roles.len() >= MOST_ROLES {
                roles.push(Resource::unknown());
                return roles;
            }
            roles.push(Resource {
                account: arn.account_id(),
                arn: arn.as_str().to_owned(),
                is_partial: false,
            });
        }
    }
    roles
}

/// SageMaker is the only service whose requests are looked at.
pub(super) fn set_passed_to(request: &mut Request) {
    request.context_mut().set(
        KeyName::new("iam:PassedToService"),
        KeyState::Single("sagemaker.amazonaws.com".into()),
    );
}
