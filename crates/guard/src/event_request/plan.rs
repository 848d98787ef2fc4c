//! What has to be looked at for an event: its actions, and where each condition key comes from.

use std::sync::Arc;

use rempart_aws_model::{
    AccessLevel, Action, ActionName, action, action_service, condition_key, global_condition_keys,
    guarding_actions, request_fields,
};
use rempart_policy::Stack;
use rempart_policy::context::KeyName;

use super::fields::FieldPlan;
use super::keys::KeySource;
use super::parameters::Parameters;
use super::resource_form::ResourceForm;

/// The plan for one pair of event source and event name.
#[derive(Debug)]
pub(super) struct EventPlan {
    variants: Vec<Variant>,
    /// For the roles that the request passes.
    pub(super) pass_role: Option<ActionPlan>,
    /// Whether the policies may stop one of the actions.
    pub(super) may_stop: bool,
}

#[derive(Debug)]
struct Variant {
    when: Option<&'static str>,
    actions: Vec<Arc<ActionPlan>>,
}

/// The plan for one action.
#[derive(Debug)]
pub(super) struct ActionPlan {
    pub(super) name: ActionName,
    pub(super) keys: Vec<(KeyName, KeySource)>,
    pub(super) resources: Vec<ResourceForm>,
    pub(super) has_resources: bool,
    pub(super) is_sagemaker: bool,
    pub(super) is_s3: bool,
    pub(super) is_kms: bool,
    /// The API requires some parameter, so that a request without any was not recorded whole.
    pub(super) requires_parameters: bool,
    /// Paths of the fields that hold a role which the service will assume.
    pub(super) role_fields: Vec<FieldPlan>,
}

impl EventPlan {
    pub(super) fn new(
        source: &str,
        name: &str,
        watched: Option<&[KeyName]>,
        stacks: &[Stack],
    ) -> Self {
        let mut variants = Vec::new();
        let mut passes_role = false;
        for guarding in guarding_actions(source, name) {
            let actions: Vec<Arc<ActionPlan>> = guarding
                .actions
                .iter()
                .filter_map(|action| ActionPlan::new(action, watched))
                .map(Arc::new)
                .collect();
            passes_role |= actions.iter().any(|action| !action.role_fields.is_empty());
            variants.push(Variant {
                when: guarding.when,
                actions,
            });
        }
        let pass_role = action("iam:PassRole")
            .filter(|_| passes_role)
            .and_then(|action| ActionPlan::new(action, watched));
        let all = variants
            .iter()
            .flat_map(|variant| variant.actions.iter().map(|action| &action.name))
            .chain(pass_role.iter().map(|action| &action.name));
        let mut may_stop = stacks.is_empty();
        for action in all {
            may_stop |= stacks.iter().any(|stack| stack.may_stop(action));
        }
        Self {
            variants,
            pass_role,
            may_stop,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.variants
            .iter()
            .all(|variant| variant.actions.is_empty())
    }

    /// The actions that guard this very call.
    pub(super) fn actions(&self, parameters: &Parameters<'_>) -> &[Arc<ActionPlan>] {
        let fits = |variant: &&Variant| {
            variant
                .when
                .is_none_or(|parameter| parameters.text(parameter).is_some())
        };
        self.variants
            .iter()
            .find(fits)
            .map(|variant| variant.actions.as_slice())
            .unwrap_or_default()
    }
}

impl ActionPlan {
    fn new(action: &'static Action, watched: Option<&[KeyName]>) -> Option<Self> {
        let name = ActionName::parse(&format!("{}:{}", action.prefix, action.name)).ok()?;
        let keys = match watched {
            Some(watched) => watched.to_vec(),
            None => documented_keys(action),
        };
        let is_sagemaker = action.prefix == "sagemaker";
        let field_keys = rempart_aws_model::key_fields(action);
        let planned = keys.into_iter().filter_map(|key| {
            let source = KeySource::new(&key, action, field_keys)?;
            Some((key, source))
        });
        let service = action_service(action.prefix);
        let resources = action.resources.iter().filter_map(|used| {
            let of_type = service?.resource_type(used.name)?;
            Some(ResourceForm::new(of_type.arn_pattern, used.required))
        });
        let fields = request_fields(action);
        let writes = action.level == AccessLevel::Write;
        let role_fields = fields
            .iter()
            .filter(|field| writes && is_passed_role(&field.path));
        Some(Self {
            keys: planned.collect(),
            resources: resources.collect(),
            has_resources: !action.resources.is_empty(),
            is_sagemaker,
            is_s3: action.prefix == "s3",
            is_kms: action.prefix == "kms",
            requires_parameters: fields.iter().any(|field| field.required),
            role_fields: role_fields.map(FieldPlan::of_path).collect(),
            name,
        })
    }
}

/// Whether a field holds a role that SageMaker will assume. Roles that are only named, to find or to
/// assume by somebody else, have other names.
fn is_passed_role(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    matches!(last, "RoleArn" | "ValidationRole" | "ClusterRole")
        || last.ends_with("ExecutionRole")
        || last.ends_with("ExecutionRoleArn")
}

/// Every key with a fixed name that the action may carry.
fn documented_keys(action: &Action) -> Vec<KeyName> {
    let of_service = action_service(action.prefix)
        .map(|service| service.condition_keys())
        .unwrap_or_default();
    let mut keys: Vec<KeyName> = Vec::new();
    for key in global_condition_keys().iter().chain(of_service) {
        let is_family = key.name.contains(['$', '<']) || key.name.ends_with("tag-key");
        let is_global = key.name.starts_with("aws:");
        if is_family || !(is_global || action.carries(key)) {
            continue;
        }
        let name = KeyName::new(key.name);
        if !keys.iter().any(|known| known.is_same(&name)) {
            keys.push(name);
        }
    }
    keys
}

/// Whether requests for the action can carry the key.
pub(super) fn carries(action: &Action, key: &str) -> bool {
    condition_key(key).is_some_and(|found| action.carries(found))
}
