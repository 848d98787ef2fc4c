//! Group lookup and authorisation, in the order of the checks: group, SageMaker action, then keys.

use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_aws_wire::ServiceError;
use rempart_directory::{Question, Verdict};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::{Particulars, ResourceFacts};

use super::Data;
use super::call::Call;
use super::codec::Wanted;
use super::given::known;
use super::material::Material;
use super::refusal::{forbidden, internal, invalid, no_group, no_group_as_validation};
use super::ring::User;
use super::schema::Schema;
use super::settings::ReadControl;
use super::state::GroupState;
use super::view::View;
use crate::group::{Group, GroupStatus};

/// The actions that are asked for.
#[derive(Debug)]
pub(crate) struct Actions {
    pub(crate) put: ActionName,
    pub(crate) batch_write: ActionName,
    pub(crate) get: ActionName,
    pub(crate) batch_get: ActionName,
    pub(crate) delete: ActionName,
    pub(crate) list: ActionName,
    pub(crate) put_object: ActionName,
}

/// Condition keys that the data plane sets.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) is_update: KeyName,
    pub(crate) updatable: KeyName,
    pub(crate) readable: KeyName,
    pub(crate) yes: KeyState,
    pub(crate) no: KeyState,
}

impl Actions {
    pub(crate) fn new() -> Result<Self, ServiceError> {
        let action =
            |name| ActionName::parse(name).map_err(|error| internal(format!("no action: {error}")));
        Ok(Self {
            put: action("sagemaker:PutRecord")?,
            batch_write: action("sagemaker:BatchWriteRecord")?,
            get: action("sagemaker:GetRecord")?,
            batch_get: action("sagemaker:BatchGetRecord")?,
            delete: action("sagemaker:DeleteRecord")?,
            list: action("sagemaker:ListRecords")?,
            put_object: action("s3:PutObject")?,
        })
    }
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self {
            is_update: KeyName::new("sagemaker:IsUpdateRecord"),
            updatable: KeyName::new("sagemaker:UpdatableFeatures"),
            readable: KeyName::new("rempart:ReadableFeatures"),
            yes: KeyState::Single("true".into()),
            no: KeyState::Single("false".into()),
        }
    }
}

/// How an operation says that there is no group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// `ResourceNotFound`
    NotFound,
    /// `ValidationError`, for operations whose model has no 404
    Invalid,
}

/// A group that the caller may act on.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) view: Arc<View>,
    pub(crate) state: Arc<GroupState>,
}

impl Data {
    /// Finds a group and asks whether the caller may act on it. A caller who may not learns nothing
    /// about whether it exists.
    pub(crate) fn group(
        &self,
        call: &Call<'_>,
        name: &str,
        missing: Missing,
        ask: impl FnOnce(Option<&View>, &str) -> Result<(), ServiceError>,
    ) -> Result<Open, ServiceError> {
        let account = call.caller.account.as_ref().map_or("", AccountId::as_str);
        let found = self
            .groups
            .find(account, name)
            .filter(|group| self.is_there(group));
        let Some(group) = found else {
            call.saw_name(name);
            let arn = if name.starts_with("arn:") {
                name.to_owned()
            } else {
                format!(
                    "arn:{}:sagemaker:{}:{account}:feature-group/{name}",
                    self.partition, self.region
                )
            };
            ask(None, &arn)?;
            return Err(match missing {
                Missing::NotFound => no_group(name),
                Missing::Invalid => no_group_as_validation(name),
            });
        };
        let state = self.state(group.id);
        let view = state
            .view(group, &*self.authorizer)
            .ok_or_else(|| internal("The definitions of the feature group do not read"))?;
        call.saw_group(&view);
        ask(Some(&view), &view.group.arn)?;
        if view.group.status != GroupStatus::Created {
            return Err(invalid(format!(
                "Validation Error: FeatureGroup [{}] is in status {:?}, not Created",
                view.group.name, view.group.status
            )));
        }
        Ok(Open { view, state })
    }

    /// Whether the policies allow an action on a group.
    pub(crate) fn may(
        &self,
        call: &Call<'_>,
        view: Option<&View>,
        arn: &str,
        action: &ActionName,
        keys: &[(KeyName, KeyState)],
    ) -> Result<(), ServiceError> {
        match self.verdict(call, view, arn, action, keys) {
            Verdict::Allowed => Ok(()),
            Verdict::Denied {
                message, statement, ..
            } => {
                call.decided_by(statement);
                Err(forbidden(message))
            }
        }
    }

    fn verdict(
        &self,
        call: &Call<'_>,
        view: Option<&View>,
        arn: &str,
        action: &ActionName,
        keys: &[(KeyName, KeyState)],
    ) -> Verdict {
        let tags = view.map_or(&[][..], |view| &view.tags);
        let mut all = Vec::with_capacity(tags.len() + keys.len());
        all.extend_from_slice(tags);
        all.extend_from_slice(keys);
        let question = Question {
            action,
            resource: arn,
            resource_account: view.and_then(|view| view.account),
            keys: all,
            via: None,
            resource_policy: view.and_then(|view| self.groups.share(&view.group)),
            grants: Vec::new(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        self.authorizer.may(call.caller, call.connection, &question)
    }

    /// Whether the caller may write: `sagemaker:PutRecord`, with the names that an update changes.
    pub(crate) fn may_put(
        &self,
        call: &Call<'_>,
        view: Option<&View>,
        arn: &str,
        update: Option<&[Arc<str>]>,
    ) -> Result<(), ServiceError> {
        let keys = &self.condition_keys;
        match update {
            None => self.may(
                call,
                view,
                arn,
                &self.actions.put,
                &[(keys.is_update.clone(), keys.no.clone())],
            ),
            Some(names) => self.may(
                call,
                view,
                arn,
                &self.actions.put,
                &[
                    (keys.is_update.clone(), keys.yes.clone()),
                    (keys.updatable.clone(), KeyState::Several(names.into())),
                ],
            ),
        }
    }

    /// Which of the features asked for the caller may read. `names` is `None` for all.
    pub(crate) fn may_read(
        &self,
        call: &Call<'_>,
        view: Option<&View>,
        arn: &str,
        action: &ActionName,
        names: Option<&[Arc<str>]>,
    ) -> Result<Option<Vec<Arc<str>>>, ServiceError> {
        let key = &self.condition_keys.readable;
        let asked = match (names, view) {
            (Some(names), _) => KeyState::Several(names.into()),
            (None, Some(view)) => view.all_features.clone(),
            // What a group has that is not there cannot be known, and its being there is not told.
            (None, None) => KeyState::Unknown,
        };
        let whole = match self.may(call, view, arn, action, &[(key.clone(), asked.clone())]) {
            Ok(()) => return Ok(None),
            Err(error) => error,
        };
        if self.settings.read_control == ReadControl::Deny || view.is_none() {
            return Err(whole);
        }
        let mut readable = Vec::new();
        for name in asked.values() {
            let one = KeyState::Several(Arc::from([Arc::clone(name)]));
            if self
                .verdict(call, view, arn, action, &[(key.clone(), one)])
                .is_allowed()
            {
                readable.push(Arc::clone(name));
            }
        }
        if readable.is_empty() {
            return Err(whole);
        }
        call.decided_by(None);
        Ok(Some(readable))
    }

    /// The keys of rows and queue for a caller.
    pub(crate) fn row_keys(
        &self,
        call: &Call<'_>,
        open: &Open,
    ) -> Result<Arc<Material>, ServiceError> {
        let side = open.view.rows_side();
        open.state.ring(side).keys(
            &*self.provider,
            &open.view,
            User::Caller(call.caller),
            call.connection,
            &self.settings.keys,
            &self.metrics,
        )
    }

    /// The role of an offline store, as the service assumes it.
    pub(crate) fn role_of(&self, view: &View) -> Option<Arc<rempart_directory::Caller>> {
        let arn = view.group.role_arn.as_deref()?;
        self.authorizer.role(arn, "sagemaker-featurestore")
    }

    fn is_there(&self, group: &Group) -> bool {
        !matches!(
            group.status,
            GroupStatus::Deleting | GroupStatus::DeleteFailed
        )
    }
}

/// The features that a list of names asks for, of those that may be read.
pub(crate) fn wanted(
    schema: &Schema,
    names: Option<&[Arc<str>]>,
    readable: Option<&[Arc<str>]>,
    refuse_unknown: bool,
) -> Result<Wanted, ServiceError> {
    if let (Some(names), true) = (names, refuse_unknown) {
        for name in names {
            known(schema, name)?;
        }
    }
    Ok(match readable.or(names) {
        None => Wanted::All,
        Some(names) => Wanted::of(names.iter().filter_map(|name| schema.index(name))),
    })
}
