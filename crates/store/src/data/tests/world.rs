//! A store in memory: the real directory and policy engine, a registry on disk, a KMS and a lake that
//! can be told to fail.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rempart_audit::{Event, Sink};
use rempart_aws_wire::records::{self, DataCall};
use rempart_aws_wire::{Request, ServiceError, model, route};
use rempart_directory::{Authorizer, Caller, Connection, Live, Sealer};
use rempart_keys::{
    DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView, KeyView, Provider, Requester,
};
use rempart_lake::{FileEncryption, FileVersion, LakeError, OfflineRow, Table, Written};
use rempart_online::{Engine, GroupId, MemoryEngine};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::data::lake::Lake;
use crate::data::material::{new_data_key, new_index_key};
use crate::data::seal::{Key, Purpose};
use crate::data::view::{Side, encryption_context};
use crate::data::{Answer, Data, Operation, Parts, Settings, seal};
use crate::group::{
    FeatureDefinition, FeatureType, Group, GroupStatus, OfflineConfig, OfflineStatus, OnlineConfig,
    StorageType, StoreKeys,
};
use crate::registry::Registry;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";
pub(crate) const SERVICE_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/service-owned";
pub(crate) const ONLINE_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/online";
pub(crate) const OFFLINE_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/offline";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/OfflineStore";
/// 2024-01-01T00:00:00Z
pub(crate) const START: i64 = 1_704_067_200_000;

/// A world of tests.
pub(crate) struct World {
    pub(crate) data: Arc<Data>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) kms: Arc<Kms>,
    pub(crate) lake: Arc<MemoryLake>,
    /// Used instead of the lake in memory.
    pub(crate) other_lake: Option<Arc<dyn Lake>>,
    pub(crate) sink: Arc<Recorder>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) live: Arc<Live>,
    pub(crate) settings: Settings,
    pub(crate) now: Mutex<i64>,
    _directory: tempfile::TempDir,
}

/// What a group of tests is made of.
pub(crate) struct Make {
    pub(crate) name: &'static str,
    pub(crate) online: bool,
    pub(crate) offline: bool,
    pub(crate) customer_keys: bool,
    pub(crate) storage: StorageType,
    pub(crate) ttl: Option<crate::Ttl>,
    pub(crate) features: Vec<FeatureDefinition>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Default for Make {
    fn default() -> Self {
        Self {
            name: "fg",
            online: true,
            offline: true,
            customer_keys: true,
            storage: StorageType::StandardV2,
            ttl: None,
            features: features(&["id", "time", "a", "b"]),
            tags: BTreeMap::new(),
        }
    }
}

pub(crate) fn features(names: &[&str]) -> Vec<FeatureDefinition> {
    names
        .iter()
        .map(|name| FeatureDefinition {
            name: (*name).to_owned(),
            kind: FeatureType::String,
            collection: None,
        })
        .collect()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default(), Arc::new(MemoryEngine::new()))
    }

    pub(crate) fn with_settings(settings: Settings) -> Self {
        Self::with(settings, Arc::new(MemoryEngine::new()))
    }

    pub(crate) fn with(settings: Settings, engine: Arc<dyn Engine>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sealer = Sealer::new(&[9; 32]).unwrap();
        let path = directory.path().join("rempart.yaml");
        std::fs::write(&path, yaml(&sealer)).unwrap();
        let (live, _) = Live::open(&path, sealer).unwrap_or_else(|error| panic!("{error:?}"));
        let registry = Arc::new(Registry::open(&directory.path().join("registry")).unwrap());
        let world = Self {
            data: Arc::new(
                Data::new(Parts {
                    engine: Arc::clone(&engine),
                    provider: Arc::new(Kms::new()),
                    authorizer: Arc::new(Nobody),
                    groups: Arc::clone(&registry) as _,
                    sink: Arc::new(Recorder::default()),
                    lake: Arc::new(MemoryLake::default()),
                    partition: "aws".into(),
                    region: "eu-west-1".into(),
                    settings,
                })
                .unwrap(),
            ),
            engine,
            kms: Arc::new(Kms::new()),
            lake: Arc::new(MemoryLake::default()),
            other_lake: None,
            sink: Arc::new(Recorder::default()),
            registry,
            live: Arc::new(live),
            settings,
            now: Mutex::new(START),
            _directory: directory,
        };
        world.restarted()
    }

    /// The same store after its process ended: all that was in memory is gone.
    pub(crate) fn restarted(mut self) -> Self {
        self.data = Arc::new(
            Data::new(Parts {
                engine: Arc::clone(&self.engine),
                provider: Arc::clone(&self.kms) as _,
                authorizer: Arc::clone(&self.live) as _,
                groups: Arc::clone(&self.registry) as _,
                sink: Arc::clone(&self.sink) as _,
                lake: self
                    .other_lake
                    .clone()
                    .unwrap_or_else(|| Arc::clone(&self.lake) as _),
                partition: "aws".into(),
                region: "eu-west-1".into(),
                settings: self.settings,
            })
            .unwrap(),
        );
        self
    }

    pub(crate) fn now(&self) -> i64 {
        *self.now.lock().unwrap()
    }

    pub(crate) fn wait(&self, millis: i64) {
        *self.now.lock().unwrap() += millis;
    }

    pub(crate) fn make(&self, make: Make) -> Arc<Group> {
        let arn = format!(
            "arn:aws:sagemaker:eu-west-1:{ACCOUNT}:feature-group/{}",
            make.name
        );
        let created = Timestamp::from_millisecond(self.now()).unwrap();
        let keys = |side: Side, kms_key: &str, has_grant: bool| {
            let context = encryption_context(&arn, side, 1);
            let store_key = seal::new_key().unwrap();
            StoreKeys {
                kms_key: kms_key.to_owned(),
                store_key: self.kms.seal(kms_key, &context, &store_key),
                generation: 1,
                index_key: new_index_key(&store_key, &arn, side).unwrap(),
                data_keys: vec![new_data_key(&store_key, &arn, side, 1, created).unwrap()],
                grant_id: has_grant.then(|| "grant".to_owned()),
            }
        };
        let online_key = make.customer_keys.then(|| ONLINE_KEY.to_owned());
        let offline_key = make.customer_keys.then(|| OFFLINE_KEY.to_owned());
        let group = Group {
            id: GroupId(0),
            name: make.name.to_owned(),
            account: ACCOUNT.to_owned(),
            region: "eu-west-1".to_owned(),
            identifier: "id".to_owned(),
            event_time: "time".to_owned(),
            features: make.features,
            online_keys: make.online.then(|| {
                keys(
                    Side::Online,
                    online_key.as_deref().unwrap_or(SERVICE_KEY),
                    make.customer_keys,
                )
            }),
            offline_keys: make.offline.then(|| keys(Side::Offline, SERVICE_KEY, false)),
            online: make.online.then(|| OnlineConfig {
                kms_key: online_key.clone(),
                kms_key_given: online_key.clone(),
                ttl: make.ttl,
                storage: make.storage,
            }),
            offline: make.offline.then(|| OfflineConfig {
                s3_uri: "s3://sagemaker-bucket".to_owned(),
                resolved_uri: format!(
                    "s3://sagemaker-bucket/{ACCOUNT}/sagemaker/eu-west-1/offline-store/{}-1704067200/data",
                    make.name
                ),
                kms_key: offline_key.clone(),
                kms_key_given: offline_key.clone(),
                disable_table: true,
                table: None,
                iceberg: false,
            }),
            throughput: None,
            role_arn: Some(ROLE.to_owned()),
            description: None,
            tags: make.tags,
            created,
            modified: created,
            status: GroupStatus::Created,
            failure: None,
            offline_status: make.offline.then_some(OfflineStatus::Active),
            last_update: None,
            metadata: BTreeMap::new(),
            schema_version: 1,
            arn,
        };
        self.registry.create(group).unwrap()
    }

    pub(crate) fn caller(&self, user: &str) -> Arc<Caller> {
        let key = access_key(user);
        let now = Timestamp::from_millisecond(self.now()).unwrap();
        let credential = self.live.credential(&key, None, now).unwrap();
        self.live.caller(&key, &credential).unwrap()
    }

    pub(crate) fn connection(&self) -> Connection {
        connection(self.now())
    }

    pub(crate) fn call(
        &self,
        user: &str,
        operation: Operation,
        input: Value,
    ) -> Result<Option<Value>, ServiceError> {
        let (caller, connection) = (self.caller(user), self.connection());
        let answer = through_the_wire(operation, input, |call| {
            self.data.call(&caller, &connection, call)
        })?;
        Ok(match answer {
            Answer::None => None,
            Answer::Json(json) => Some(serde_json::from_slice(&json).unwrap()),
        })
    }

    /// Puts a record of text features at an event time in seconds after the start.
    pub(crate) fn put(
        &self,
        id: &str,
        time: i64,
        rest: &[(&str, &str)],
    ) -> Result<(), ServiceError> {
        self.put_with(id, time, rest, json!({}))
    }

    pub(crate) fn put_with(
        &self,
        id: &str,
        time: i64,
        rest: &[(&str, &str)],
        more: Value,
    ) -> Result<(), ServiceError> {
        let mut input = json!({"FeatureGroupName": "fg", "Record": record(id, time, rest)});
        merge(&mut input, more);
        self.call("admin", Operation::PutRecord, input).map(|_| ())
    }

    /// The features of a record that can be read.
    pub(crate) fn get(&self, id: &str) -> Option<BTreeMap<String, String>> {
        let input = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": id});
        let answer = self
            .call("admin", Operation::GetRecord, input)
            .unwrap()
            .unwrap();
        answer.get("Record").map(|record| {
            record
                .as_array()
                .unwrap()
                .iter()
                .map(|feature| {
                    (
                        feature["FeatureName"].as_str().unwrap().to_owned(),
                        feature["ValueAsString"].as_str().unwrap_or("").to_owned(),
                    )
                })
                .collect()
        })
    }

    pub(crate) fn delete(&self, id: &str, time: i64, mode: &str) -> Result<(), ServiceError> {
        let input = json!({
            "FeatureGroupName": "fg",
            "RecordIdentifierValueAsString": id,
            "EventTime": at(time),
            "DeletionMode": mode,
        });
        self.call("admin", Operation::DeleteRecord, input)
            .map(|_| ())
    }

    pub(crate) fn update(
        &self,
        id: &str,
        features: &[(&str, &str)],
        more: Value,
    ) -> Result<(), ServiceError> {
        let mut input = json!({
            "FeatureGroupName": "fg",
            "RecordIdentifierValueAsString": id,
            "Features": values(features),
        });
        merge(&mut input, more);
        self.call("admin", Operation::UpdateRecord, input)
            .map(|_| ())
    }

    /// Flushes, and gives identifier, event time in seconds after the start, whether deleted, and `a`.
    pub(crate) fn offline(&self) -> Vec<(String, i64, bool, Option<String>)> {
        let report = self.data.flush(self.now(), true);
        assert!(report.blocked.is_empty(), "{:?}", report.blocked);
        self.lake.rows()
    }

    pub(crate) fn group(&self) -> Arc<Group> {
        self.registry.group(ACCOUNT, "fg").unwrap()
    }
}

/// Has an input written as a client writes it, read as the server reads it, and used.
pub(crate) fn through_the_wire<T>(
    operation: Operation,
    input: Value,
    use_it: impl FnOnce(&DataCall<'_>) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let Value::Object(input) = input else {
        panic!("an input is an object");
    };
    let operation = model::operation("sagemaker-featurestore-runtime", operation.name()).unwrap();
    let request = Request::of(operation, input);
    let incoming = request.incoming();
    let route = route(&incoming)?;
    assert_eq!(route.operation.name, operation.name);
    use_it(&records::parse(&incoming, &route)?)
}

fn merge(input: &mut Value, more: Value) {
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
}

pub(crate) fn at(time: i64) -> String {
    crate::data::time::format(START + time * 1_000)
}

pub(crate) fn values(features: &[(&str, &str)]) -> Value {
    features
        .iter()
        .map(|(name, value)| json!({"FeatureName": name, "ValueAsString": value}))
        .collect()
}

pub(crate) fn record(id: &str, time: i64, rest: &[(&str, &str)]) -> Value {
    let time = at(time);
    let mut all = vec![("id", id), ("time", time.as_str())];
    all.extend_from_slice(rest);
    values(&all)
}

pub(crate) fn connection(now: i64) -> Connection {
    Connection {
        source_address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        user_agent: "test".into(),
        tls: None,
        request_id: "request".into(),
        time: Timestamp::from_millisecond(now).unwrap(),
    }
}

fn access_key(user: &str) -> String {
    format!("AKIA{:0>16}", user.to_uppercase())
}

fn yaml(sealer: &Sealer) -> String {
    let document = include_str!("policies.json");
    let all: Value = serde_json::from_str(document).unwrap();
    let mut accounts = Vec::new();
    for account in [ACCOUNT, OTHER_ACCOUNT] {
        let mut users = Vec::new();
        for (name, statements) in all["users"][account].as_object().unwrap() {
            let key = access_key(name);
            let secret = sealer.seal_secret(&key, "secret").unwrap();
            users.push(json!({
                "name": name,
                "policies": [{"name": "Policy", "document": {"Version": "2012-10-17", "Statement": statements}}],
                "accessKeys": [{"id": key, "secret": secret}],
            }));
        }
        let mut one = json!({"id": account, "users": users});
        if account == ACCOUNT {
            one["roles"] = all["roles"].clone();
        }
        accounts.push(one);
    }
    let mut whole = json!({"partition": "aws", "region": "eu-west-1", "accounts": accounts});
    if let Some(shares) = all.get("shares") {
        whole["shares"] = shares.clone();
    }
    whole.to_string()
}

/// Allows nobody anything: until the real directory is in place.
#[derive(Debug)]
struct Nobody;

impl Authorizer for Nobody {
    fn may(
        &self,
        _: &Caller,
        _: &Connection,
        _: &rempart_directory::Question<'_>,
    ) -> rempart_directory::Verdict {
        rempart_directory::Verdict::Denied {
            message: String::new(),
            layer: None,
            statement: None,
        }
    }

    fn service(&self, _: &str) -> Arc<Caller> {
        panic!("not asked")
    }

    fn role(&self, _: &str, _: &str) -> Option<Arc<Caller>> {
        None
    }
}

/// Keeps events.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) events: Mutex<Vec<Event>>,
    pub(crate) is_broken: std::sync::atomic::AtomicBool,
}

impl Sink for Recorder {
    fn record(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }

    fn healthy(&self) -> bool {
        !self.is_broken.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// A KMS that does as it is told.
#[derive(Debug)]
pub(crate) struct Kms {
    pub(crate) state: Mutex<KmsState>,
}

#[derive(Debug, Default)]
pub(crate) struct KmsState {
    /// Callers without permission: key, principal, action.
    pub(crate) denied: HashSet<(String, String, String)>,
    /// Keys whose grant is revoked.
    pub(crate) revoked: HashSet<String>,
    /// Keys that are not enabled, with the code of the error.
    pub(crate) broken: HashMap<String, &'static str>,
    /// Decryption is not answered in time.
    pub(crate) is_silent: bool,
    /// Operation, principal, via, key.
    pub(crate) calls: Vec<(String, String, Option<String>, String)>,
}

impl Kms {
    fn new() -> Self {
        Self {
            state: Mutex::new(KmsState::default()),
        }
    }

    fn master(key: &str) -> Key {
        let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
        Zeroizing::new(seal::first_bytes(digest.as_ref()))
    }

    fn seal(&self, key: &str, context: &EncryptionContext, plain: &Key) -> Vec<u8> {
        let place = format!("{context:?}");
        seal::wrap(
            &Self::master(key),
            Purpose::Auxiliary,
            place.as_bytes(),
            plain,
        )
        .unwrap()
    }

    pub(crate) fn decrypts(&self) -> usize {
        let state = self.state.lock().unwrap();
        state
            .calls
            .iter()
            .filter(|call| call.0 == "Decrypt")
            .count()
    }

    pub(crate) fn deny(&self, key: &str, principal: &str, action: &str) {
        self.state.lock().unwrap().denied.insert((
            key.to_owned(),
            principal.to_owned(),
            action.to_owned(),
        ));
    }
}

impl Provider for Kms {
    fn revocation_bound(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn decides_locally(&self) -> bool {
        true
    }

    fn check(
        &self,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        _: Option<&GrantRequest>,
    ) -> Result<(), ServiceError> {
        let state = self.state.lock().unwrap();
        let principal = requester.caller.principal.as_str();
        let is_denied = if principal == "sagemaker.amazonaws.com" {
            assert!(context.contains_key("aws:sagemaker:feature-group-arn"));
            key != SERVICE_KEY && state.revoked.contains(key)
        } else {
            state
                .denied
                .contains(&(key.to_owned(), principal.to_owned(), action.to_owned()))
        };
        if is_denied {
            return Err(ServiceError::new(
                "AccessDeniedException",
                format!(
                    "User: {principal} is not authorized to perform: {action} on resource: {key}"
                ),
            ));
        }
        match state.broken.get(key) {
            Some(code) => Err(ServiceError::new(*code, "the key cannot be used")),
            None => Ok(()),
        }
    }

    fn describe(&self, _: &Requester<'_>, _: &str) -> Result<KeyView, ServiceError> {
        panic!("not asked")
    }

    fn generate_data_key(
        &self,
        requester: &Requester<'_>,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, ServiceError> {
        self.check(requester, "kms:GenerateDataKey", key, context, None)?;
        self.log("GenerateDataKey", requester, key);
        let plain = seal::new_key().unwrap();
        Ok(GeneratedKey {
            sealed: self.seal(key, context, &plain),
            plain: DataKey(plain),
            key_arn: key.to_owned(),
        })
    }

    fn decrypt(
        &self,
        requester: &Requester<'_>,
        key: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<DataKey, ServiceError> {
        self.check(requester, "kms:Decrypt", key, context, None)?;
        if self.state.lock().unwrap().is_silent {
            return Err(ServiceError::new("KeyUnavailableException", "no answer"));
        }
        self.log("Decrypt", requester, key);
        seal::unwrap(
            &Self::master(key),
            Purpose::Auxiliary,
            format!("{context:?}").as_bytes(),
            sealed,
        )
        .map(DataKey)
        .map_err(|_| ServiceError::new("InvalidCiphertextException", ""))
    }

    fn re_encrypt(
        &self,
        _: &Requester<'_>,
        _: &str,
        _: &str,
        _: &[u8],
        _: &EncryptionContext,
    ) -> Result<Vec<u8>, ServiceError> {
        panic!("not asked")
    }

    fn create_grant(
        &self,
        _: &Requester<'_>,
        _: &str,
        _: &GrantRequest,
    ) -> Result<(String, String), ServiceError> {
        panic!("not asked")
    }

    fn retire_grant(&self, _: &Requester<'_>, _: &str, _: &str) -> Result<(), ServiceError> {
        panic!("not asked")
    }

    fn list_grants(&self, _: &Requester<'_>, _: &str) -> Result<Vec<GrantView>, ServiceError> {
        panic!("not asked")
    }
}

impl Kms {
    fn log(&self, operation: &str, requester: &Requester<'_>, key: &str) {
        self.state.lock().unwrap().calls.push((
            operation.to_owned(),
            requester.caller.principal.as_str().to_owned(),
            requester.via.map(str::to_owned),
            key.to_owned(),
        ));
    }
}

/// Files in memory, encrypted as far as their keys are asked for.
#[derive(Debug, Default)]
pub(crate) struct MemoryLake {
    pub(crate) files: Mutex<BTreeMap<String, MemoryFile>>,
    /// Why nothing can be written.
    pub(crate) broken: Mutex<Option<String>>,
    /// Writes that succeed before the rest fail.
    pub(crate) writes_left: Mutex<Option<usize>>,
    pub(crate) is_remote: std::sync::atomic::AtomicBool,
    /// Earlier versions, once they are kept.
    pub(crate) versions: Mutex<Option<Vec<(FileVersion, MemoryFile)>>>,
    /// Why versions are neither listed nor removed.
    pub(crate) no_list: Mutex<Option<String>>,
    pub(crate) no_removal: Mutex<Option<String>>,
}

#[derive(Debug, Clone)]
pub(crate) struct MemoryFile {
    pub(crate) rows: Vec<OfflineRow>,
    pub(crate) write_time: i64,
    pub(crate) encryption: FileEncryption,
}

impl MemoryLake {
    /// Keeps what is no longer the newest of a file, as a bucket with versioning does.
    fn keep(&self, path: &str, file: Option<MemoryFile>) {
        if let (Some(file), Some(versions)) = (file, &mut *self.versions.lock().unwrap()) {
            let version = FileVersion {
                path: path.to_owned(),
                version: format!("v{}", versions.len()),
                bytes: 1,
            };
            versions.push((version, file));
        }
    }

    pub(crate) fn rows(&self) -> Vec<(String, i64, bool, Option<String>)> {
        let files = self.files.lock().unwrap();
        let mut rows: Vec<_> = files
            .values()
            .flat_map(|file| &file.rows)
            .map(|row| {
                let text = |at: usize| match &row.cells[at] {
                    rempart_lake::Cell::Text(text) => Some(text.clone()),
                    _ => None,
                };
                (
                    text(0).unwrap(),
                    (row.event_time - START) / 1_000,
                    row.is_deleted,
                    text(2),
                )
            })
            .collect();
        rows.sort();
        rows
    }
}

impl Lake for MemoryLake {
    fn encrypts_files(&self) -> bool {
        !self.is_remote.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn file_path(&self, table: &Table, event_time: i64, unique: &str) -> Result<String, LakeError> {
        Ok(format!("{}/{event_time}_{unique}.parquet", table.path))
    }

    fn partition(&self, _: &Table, event_time: i64) -> i64 {
        event_time.div_euclid(3_600_000)
    }

    fn write(
        &self,
        table: &Table,
        path: &str,
        rows: &[OfflineRow],
        write_time: i64,
        encryption: &FileEncryption,
    ) -> Result<Written, LakeError> {
        let fail = |reason: &str| LakeError::Storage {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        if let Some(reason) = &*self.broken.lock().unwrap() {
            return Err(fail(reason));
        }
        if let Some(left) = &mut *self.writes_left.lock().unwrap() {
            if *left == 0 {
                return Err(fail("the power is out"));
            }
            *left -= 1;
        }
        assert!(path.starts_with(&table.path));
        let before = self.files.lock().unwrap().insert(
            path.to_owned(),
            MemoryFile {
                rows: rows.to_vec(),
                write_time,
                encryption: encryption.clone(),
            },
        );
        self.keep(path, before);
        Ok(Written {
            path: path.to_owned(),
            rows: rows.len() as u64,
            bytes: 0,
        })
    }

    fn files(&self, table: &Table) -> Result<Vec<String>, LakeError> {
        let files = self.files.lock().unwrap();
        Ok(files
            .keys()
            .filter(|path| path.starts_with(&table.path))
            .cloned()
            .collect())
    }

    fn read(
        &self,
        _: &Table,
        path: &str,
        encryption: &FileEncryption,
    ) -> Result<(Vec<OfflineRow>, i64), LakeError> {
        let files = self.files.lock().unwrap();
        let file = files
            .get(path)
            .filter(|file| file.encryption == *encryption);
        file.map(|file| (file.rows.clone(), file.write_time))
            .ok_or_else(|| LakeError::Damaged {
                path: path.to_owned(),
                reason: "no such file, or a wrong key".to_owned(),
            })
    }

    fn remove(&self, _: &Table, path: &str) -> Result<(), LakeError> {
        let removed = self.files.lock().unwrap().remove(path);
        self.keep(path, removed);
        Ok(())
    }

    fn earlier_versions(&self, table: &Table) -> Result<Vec<FileVersion>, LakeError> {
        if let Some(reason) = &*self.no_list.lock().unwrap() {
            return Err(LakeError::Storage {
                path: table.path.clone(),
                reason: reason.clone(),
            });
        }
        let versions = self.versions.lock().unwrap();
        let kept = versions.iter().flatten();
        Ok(kept.map(|(version, _)| version.clone()).collect())
    }

    fn read_version(
        &self,
        _: &Table,
        version: &FileVersion,
        _: &FileEncryption,
    ) -> Result<Vec<OfflineRow>, LakeError> {
        let versions = self.versions.lock().unwrap();
        let found = versions.iter().flatten().find(|(kept, _)| kept == version);
        Ok(found.unwrap().1.rows.clone())
    }

    fn remove_version(&self, _: &Table, version: &FileVersion) -> Result<(), LakeError> {
        if let Some(reason) = &*self.no_removal.lock().unwrap() {
            return Err(LakeError::Storage {
                path: version.path.clone(),
                reason: reason.clone(),
            });
        }
        if let Some(versions) = &mut *self.versions.lock().unwrap() {
            versions.retain(|(kept, _)| kept != version);
        }
        Ok(())
    }
}
