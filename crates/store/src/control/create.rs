//! `CreateFeatureGroup`.

mod establish;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Verdict};
use rempart_keys::Requester;
use rempart_online::GroupId;
use rempart_policy::context::{KeyName, KeyState};
use serde_json::{Value, json};

use super::access::{self, Ask, Keys, request_tags, single};
use super::input::{Input, flag, object, objects, text};
use super::material::store_context;
use super::permissions::check_kind;
use super::preflight::Proposed;
use super::refusal::{DENIED, invalid, limit, name_taken, of_key};
use super::rules::location::{self, Owner};
use super::{Call, Control, account_of, required, rules};
use crate::data::Side;
use crate::group::{Group, GroupStatus, LastUpdate, OfflineStatus};

const ACTION: &str = "sagemaker:CreateFeatureGroup";
const ONLINE_KEY: &str = "sagemaker:FeatureGroupOnlineStoreKmsKeyArn";
const OFFLINE_KEY: &str = "sagemaker:FeatureGroupOfflineStoreKmsKeyArn";

/// A key of the caller's choice.
#[derive(Debug, Clone, PartialEq, Eq)]
enum GivenKey {
    None,
    Arn(String),
    /// Which key an alias names only the KMS knows.
    Alias(String),
}

impl GivenKey {
    fn state(&self) -> Option<KeyState> {
        match self {
            Self::None => None,
            Self::Arn(arn) => Some(KeyState::Single(arn.as_str().into())),
            Self::Alias(_) => Some(KeyState::Unknown),
        }
    }
}

impl Control {
    pub(super) fn create(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let name = required(call.input, "FeatureGroupName")?;
        let account = account_of(call.caller)?;
        let arn = self.arn_of(account, name);
        call.trace.concerns(&arn);
        let tags = rules::tags(call.input)?;
        let (online_key, offline_key) = self.authorize_creation(call, &arn, &tags)?;
        watch(call, name, &tags);

        let now = call.connection.time;
        let mut group = self.proposed(call.input, name, account, now)?;
        group.tags = tags;
        rules::check_tags(&group.tags)?;
        if self.parts.registry.group(account, name).is_some() {
            return Err(name_taken(name));
        }
        if let Some(most) = self.settings.groups_per_account
            && self.parts.registry.of_account(account).len() >= most
        {
            return Err(limit(format!(
                "The account has the {most} FeatureGroups that it can have."
            )));
        }
        self.resolve_keys(call, &mut group, &online_key, &offline_key)?;
        let arn = self.establish(call, group)?;
        let answer = json!({ "FeatureGroupArn": arn });
        call.trace.answers(json!({ "featureGroupArn": arn }));
        Ok(answer)
    }

    /// Whether the caller may create this group with these settings, tags and role. Gives the keys, with
    /// aliases resolved.
    fn authorize_creation(
        &self,
        call: &Call<'_>,
        arn: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<(GivenKey, GivenKey), ServiceError> {
        let account = account_of(call.caller)?;
        let online = object(call.input, "OnlineStoreConfig");
        let offline = object(call.input, "OfflineStoreConfig");
        let storage = offline.and_then(|offline| object(offline, "S3StorageConfig"));
        let security = online.and_then(|online| object(online, "SecurityConfig"));
        let mut online_key = self.given_key(security, account)?;
        let mut offline_key = self.given_key(storage, account)?;

        let mut keys = request_tags(tags);
        let enable = online.is_some_and(|online| flag(online, "EnableOnlineStore"));
        let no_table = offline.is_some_and(|offline| flag(offline, "DisableGlueTableCreation"));
        for (name, value) in [
            ("sagemaker:FeatureGroupEnableOnlineStore", enable),
            ("sagemaker:FeatureGroupDisableGlueTableCreation", no_table),
        ] {
            keys.push(single(name, if value { "true" } else { "false" }));
        }
        if offline.is_some() {
            keys.push(single("sagemaker:FeatureGroupOfflineStoreConfig", "true"));
        }
        if let Some(uri) = storage.and_then(|storage| text(storage, "S3Uri")) {
            keys.push(single("sagemaker:FeatureGroupOfflineStoreS3Uri", uri));
        }

        let has_alias = [&online_key, &offline_key]
            .iter()
            .any(|key| matches!(key, GivenKey::Alias(_)));
        if has_alias {
            // Whoever may not create the group whatever the key is learns nothing of the key.
            let mut unresolved = keys.clone();
            push_keys(&mut unresolved, &online_key, &offline_key);
            let ask = Ask::new(ACTION, arn, unresolved);
            let verdict =
                access::verdict(&*self.parts.authorizer, call.caller, call.connection, ask)?;
            if let Verdict::Denied { layer: Some(_), .. } = verdict {
                verdict.or_refuse(DENIED)?;
            }
            for key in [&mut online_key, &mut offline_key] {
                if let GivenKey::Alias(alias) = key {
                    let view = self
                        .parts
                        .keys
                        .describe(&self.by_caller(call), alias)
                        .map_err(|error| of_key(alias, &error))?;
                    *key = GivenKey::Arn(view.arn);
                }
            }
        }
        push_keys(&mut keys, &online_key, &offline_key);
        self.require(call, Ask::new(ACTION, arn, keys))?;

        if !tags.is_empty() {
            let mut keys = request_tags(tags);
            keys.push(single("sagemaker:TaggingAction", "CreateFeatureGroup"));
            self.require(call, Ask::new("sagemaker:AddTags", arn, keys))?;
        }
        if let Some(role) = text(call.input, "RoleArn") {
            self.check_pass_role(call.caller, call.connection, role, account)?;
        }
        Ok((online_key, offline_key))
    }

    fn by_caller<'a>(&'a self, call: &Call<'a>) -> Requester<'a> {
        Requester {
            caller: call.caller,
            connection: call.connection,
            via: Some(&self.via_sagemaker),
            tokens: &[],
        }
    }

    /// `KmsKeyId` of a configuration: an id, an ARN or an alias.
    fn given_key(&self, config: Option<&Input>, account: &str) -> Result<GivenKey, ServiceError> {
        let given = config.and_then(|config| text(config, "KmsKeyId"));
        let Some(given) = given.filter(|given| !given.is_empty()) else {
            return Ok(GivenKey::None);
        };
        let (partition, region) = (&self.settings.partition, &self.settings.region);
        if given.starts_with("arn:") {
            let start = format!("arn:{partition}:kms:{region}:");
            if !given.starts_with(&start) {
                return Err(invalid(format!(
                    "The KMS key {given} is not a key of the Region {region}."
                )));
            }
            return Ok(if given.contains(":key/") {
                GivenKey::Arn(given.to_owned())
            } else {
                GivenKey::Alias(given.to_owned())
            });
        }
        if given.starts_with("alias/") {
            let alias = format!("arn:{partition}:kms:{region}:{account}:{given}");
            return Ok(GivenKey::Alias(alias));
        }
        let id = given.strip_prefix("key/").unwrap_or(given);
        Ok(GivenKey::Arn(format!(
            "arn:{partition}:kms:{region}:{account}:key/{id}"
        )))
    }

    /// The group as it is asked for, without keys.
    fn proposed(
        &self,
        input: &Input,
        name: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Group, ServiceError> {
        let identifier = required(input, "RecordIdentifierFeatureName")?;
        let event_time = required(input, "EventTimeFeatureName")?;
        let features = rules::definitions(input, "FeatureDefinitions")?;
        rules::check_definitions(&features)?;
        rules::check_roles(&features, identifier, event_time)?;
        let online = rules::online(input)?;
        let owner = Owner {
            account,
            group: name,
            created: now,
        };
        let offline = location::offline(input, owner, &self.settings)?;
        if online.is_none() && offline.is_none() {
            return Err(invalid(
                "At least one of OnlineStoreConfig (with EnableOnlineStore) and OfflineStoreConfig \
                 is required.",
            ));
        }
        let role_arn = text(input, "RoleArn").map(str::to_owned);
        if let Some(offline) = &offline {
            location::check_iceberg(offline, &features, event_time)?;
            if role_arn.is_none() {
                return Err(invalid("RoleArn is required with OfflineStoreConfig."));
            }
        }
        let throughput = match object(input, "ThroughputConfig") {
            Some(config) => Some(rules::throughput(config, online.as_ref())?),
            None => None,
        };
        Ok(Group {
            id: GroupId(0),
            name: name.to_owned(),
            arn: self.arn_of(account, name),
            account: account.to_owned(),
            region: self.settings.region.to_string(),
            identifier: identifier.to_owned(),
            event_time: event_time.to_owned(),
            features,
            offline_status: offline.is_some().then_some(OfflineStatus::Active),
            online,
            offline,
            throughput,
            role_arn,
            description: text(input, "Description")
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
            tags: BTreeMap::new(),
            created: now,
            modified: now,
            status: GroupStatus::Creating,
            failure: None,
            last_update: Some(LastUpdate::Successful),
            metadata: BTreeMap::new(),
            online_keys: None,
            offline_keys: None,
            schema_version: 1,
        })
    }

    /// Checks the keys that were given, and who must be allowed what on them.
    fn resolve_keys(
        &self,
        call: &mut Call<'_>,
        group: &mut Group,
        online_key: &GivenKey,
        offline_key: &GivenKey,
    ) -> Result<(), ServiceError> {
        let requester = self.by_caller(call);
        if let (Some(online), GivenKey::Arn(key)) = (&mut group.online, online_key) {
            let view = self
                .parts
                .keys
                .describe(&requester, key)
                .map_err(|error| self.describe_refused(key, &error))?;
            check_kind(&view, &self.settings.region)?;
            if view.arn != *key {
                return Err(invalid(format!("The KMS key {key} is another one.")));
            }
            let context = store_context(&group.arn, Side::Online, 1);
            let request = self.grant_request(&group.arn, Side::Online);
            self.check_permissions(call.caller, call.connection, key, &context, &request)?;
            online.kms_key = Some(view.arn);
        }
        let Some(offline) = &mut group.offline else {
            return Ok(());
        };
        let key = match offline_key {
            GivenKey::None => None,
            GivenKey::Arn(key) | GivenKey::Alias(key) => Some(key.as_str()),
        };
        if let Some(key) = key {
            match self.parts.keys.describe(&requester, key) {
                Ok(view) => check_kind(&view, &self.settings.region)?,
                // The caller needs no permission on this key; the role shows what it is.
                Err(error) if error.code == DENIED => {}
                Err(error) => return Err(of_key(key, &error)),
            }
        }
        let role_arn = group.role_arn.as_deref().unwrap_or_default();
        let context = store_context(&group.arn, Side::Offline, 1);
        let proposed = Proposed {
            config: offline,
            key,
            role_arn,
            account: &group.account,
            context: &context,
        };
        let (role, found) = self.check_offline(call.connection, proposed)?;
        if found.as_deref() != key {
            return Err(invalid("The KMS key of the offline store is another one."));
        }
        offline.kms_key = found;
        let shared = group
            .online
            .as_ref()
            .and_then(|online| online.kms_key.as_deref());
        if let Some(key) = key
            && shared == Some(key)
        {
            self.warn_of_shared_key(call, &role, key, &context);
        }
        Ok(())
    }

    /// `kms:DescribeKey` is one of the eleven: its refusal names it.
    fn describe_refused(&self, key: &str, error: &ServiceError) -> ServiceError {
        if error.code != DENIED {
            return of_key(key, error);
        }
        ServiceError::new(
            DENIED,
            format!(
                "The caller needs kms:DescribeKey on the KMS key {key} through {}: {}",
                self.via_sagemaker, error.message
            ),
        )
    }

    /// One key for both stores that callers can use through SageMaker only, while the role can use it
    /// directly: the policies allow it, and AWS's guide says that creation fails.
    fn warn_of_shared_key(
        &self,
        call: &mut Call<'_>,
        role: &Caller,
        key: &str,
        context: &rempart_keys::EncryptionContext,
    ) {
        let directly = |caller: &Caller| {
            let requester = Requester {
                caller,
                connection: call.connection,
                via: None,
                tokens: &[],
            };
            self.parts
                .keys
                .check(&requester, "kms:GenerateDataKey", key, context, None)
                .is_ok()
        };
        if !directly(call.caller) && directly(role) {
            call.trace.warn(format!(
                "{key} serves both stores and callers may use it through SageMaker only: the policies \
                 allow the role to use it, but AWS documents that CreateFeatureGroup fails"
            ));
        }
    }
}

fn push_keys(keys: &mut Keys, online: &GivenKey, offline: &GivenKey) {
    for (name, key) in [(ONLINE_KEY, online), (OFFLINE_KEY, offline)] {
        if let Some(state) = key.state() {
            keys.push((KeyName::new(name), state));
        }
    }
}

fn watch(call: &mut Call<'_>, name: &str, tags: &BTreeMap<String, String>) {
    call.trace.watch("FeatureGroupName", name);
    if let Some(text) = text(call.input, "Description") {
        call.trace.watch("Description", text);
    }
    for definition in objects(call.input, "FeatureDefinitions") {
        if let Some(text) = text(definition, "FeatureName") {
            call.trace.watch("a FeatureName", text);
        }
    }
    super::tags::watch(call, tags);
}
