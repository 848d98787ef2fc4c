//! A store in a temporary directory: a real directory of accounts, the policy engine, a KMS, an engine in
//! memory, and the audit log as a list.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rempart_audit::{Event, Sink};
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Caller, Connection, Live, Sealer};
use rempart_online::MemoryEngine;
use rempart_store::control::{Control, Parts, Settings};
use rempart_store::registry::Registry;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::fake_kms::FakeKms;

pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const SERVICE_KEY: &str = "arn:aws:kms:eu-west-1:999999999999:key/service";
pub(crate) const VIA: &str = "sagemaker.eu-west-1.amazonaws.com";

/// Everything that is recorded.
#[derive(Debug, Default)]
pub(crate) struct Log(pub(crate) Mutex<Vec<Event>>, pub(crate) Mutex<bool>);

impl Sink for Log {
    fn record(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }

    fn healthy(&self) -> bool {
        !*self.1.lock().unwrap()
    }
}

/// What a world is made of, before it is made.
#[derive(Debug, Default, Clone)]
pub(crate) struct Plan {
    roles: Vec<(String, String, Value, Value)>,
    shares: Vec<Value>,
}

pub(crate) struct World {
    pub(crate) directory: Arc<Live>,
    pub(crate) kms: Arc<FakeKms>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) engine: Arc<MemoryEngine>,
    pub(crate) log: Arc<Log>,
    pub(crate) control: Control,
    pub(crate) path: PathBuf,
    pub(crate) now: Mutex<Timestamp>,
    _temporary: TempDir,
}

/// A statement for everything, through whatever.
pub(crate) fn everything() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

pub(crate) fn allow(actions: &[&str]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

pub(crate) fn key_arn(name: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}")
}

pub(crate) fn group_arn(name: &str) -> String {
    format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:feature-group/{name}")
}

pub(crate) fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// A key policy of these statements.
pub(crate) fn key_policy(statements: Vec<Value>) -> String {
    let statements: Vec<Value> = statements
        .into_iter()
        .map(|mut statement| {
            statement["Resource"] = json!("*");
            statement
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// The statement that leaves a key to the policies of its account.
pub(crate) fn delegation() -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*"})
}

impl Plan {
    pub(crate) fn role(mut self, account: &str, name: &str, statements: Vec<Value>) -> Self {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        self.roles
            .push((account.to_owned(), name.to_owned(), policy, trust));
        self
    }

    pub(crate) fn share(mut self, share: Value) -> Self {
        self.shares.push(share);
        self
    }

    pub(crate) fn build(self) -> World {
        self.build_with(|_| {})
    }

    pub(crate) fn build_with(self, change: impl FnOnce(&mut Settings)) -> World {
        let temporary = tempfile::tempdir().unwrap();
        let mut yaml = format!("partition: aws\nregion: {REGION}\naccounts:\n");
        for account in [ACCOUNT, OTHER] {
            writeln!(yaml, "  - id: \"{account}\"\n    roles:").unwrap();
            let nobody = (
                account.to_owned(),
                "Nobody".to_owned(),
                allow(&["s3:ListAllMyBuckets"]),
            );
            let nobody = (
                nobody.0,
                nobody.1,
                json!({"Version": "2012-10-17", "Statement": [nobody.2]}),
                Value::Null,
            );
            for (of, name, policy, trust) in self.roles.iter().chain([&nobody]) {
                if of != account {
                    continue;
                }
                writeln!(yaml, "      - name: {name}").unwrap();
                let trust = if trust.is_null() {
                    &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                        "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": "sts:AssumeRole"}]})
                } else {
                    trust
                };
                writeln!(yaml, "        trust: {trust}").unwrap();
                writeln!(
                    yaml,
                    "        policies:\n          - name: P\n            document: {policy}"
                )
                .unwrap();
            }
        }
        if !self.shares.is_empty() {
            writeln!(yaml, "shares:").unwrap();
            for share in &self.shares {
                writeln!(yaml, "  - {share}").unwrap();
            }
        }
        let path = temporary.path().join("rempart.yaml");
        std::fs::write(&path, yaml).unwrap();
        let (directory, _) = Live::open(&path, Sealer::new(&[7; 32]).unwrap()).unwrap();
        let directory = Arc::new(directory);
        let authorizer: Arc<dyn Authorizer> = directory.clone();
        let kms = Arc::new(FakeKms::new(authorizer));
        let service = json!({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "kms:*"});
        kms.add(
            SERVICE_KEY,
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            &key_policy(vec![service]),
        );
        let mut settings = Settings::new("aws", REGION, SERVICE_KEY);
        change(&mut settings);
        let log = Arc::new(Log::default());
        let engine = Arc::new(MemoryEngine::new());
        let registry_path = temporary.path().join("registry");
        let registry = Arc::new(Registry::open(&registry_path).unwrap());
        let parts = Parts {
            registry: registry.clone(),
            authorizer: directory.clone(),
            keys: kms.clone(),
            engine: engine.clone(),
            audit: log.clone(),
            catalogues: Some(directory.clone()),
        };
        World {
            control: Control::new(parts, settings).unwrap(),
            directory,
            kms,
            registry,
            engine,
            log,
            path: registry_path,
            now: Mutex::new("2026-11-28T12:00:00Z".parse().unwrap()),
            _temporary: temporary,
        }
    }
}

impl World {
    /// With an administrator `Admin`, a role `Offline` that may write under `s3://my-sagemaker-bucket`,
    /// and a customer's key `one` that its account decides on.
    pub(crate) fn ordinary() -> World {
        ordinary_plan().build().with_key("one")
    }

    pub(crate) fn with_key(self, name: &str) -> World {
        self.key(name, &key_policy(vec![delegation()]));
        self
    }

    pub(crate) fn key(&self, name: &str, policy: &str) -> String {
        let arn = key_arn(name);
        self.kms
            .add(&arn, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", policy);
        arn
    }

    pub(crate) fn caller(&self, role: &str) -> Arc<Caller> {
        self.caller_of(ACCOUNT, role)
    }

    pub(crate) fn caller_of(&self, account: &str, role: &str) -> Arc<Caller> {
        let arn = format!("arn:aws:iam::{account}:role/{role}");
        self.directory.operator(&arn).unwrap()
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection {
            source_address: "203.0.113.7".parse().unwrap(),
            user_agent: "tests".into(),
            tls: None,
            request_id: "request".into(),
            time: *self.now.lock().unwrap(),
        }
    }

    pub(crate) fn call(
        &self,
        role: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, ServiceError> {
        self.call_as(&self.caller(role), operation, input)
    }

    pub(crate) fn call_as(
        &self,
        caller: &Caller,
        operation: &str,
        input: Value,
    ) -> Result<Value, ServiceError> {
        let Value::Object(input) = input else {
            panic!("inputs are objects");
        };
        let input: Map<String, Value> = input;
        self.control
            .call(caller, &self.connection(), operation, &input)
    }

    /// The last event, and how many there are.
    pub(crate) fn last_event(&self) -> Event {
        self.log.0.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn create(&self, name: &str) {
        self.call("Admin", "CreateFeatureGroup", online(name))
            .unwrap();
    }

    pub(crate) fn later(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now
            .checked_add(jiff::SignedDuration::from_secs(seconds))
            .unwrap();
    }
}

pub(crate) fn ordinary_plan() -> Plan {
    Plan::default()
        .role(ACCOUNT, "Admin", vec![everything()])
        .role(OTHER, "Admin", vec![everything()])
        .role(ACCOUNT, "Offline", offline_statements())
}

pub(crate) fn offline_statements() -> Vec<Value> {
    vec![
        allow(&["s3:PutObject", "s3:GetBucketAcl", "s3:PutObjectAcl"]),
        allow(&["kms:GenerateDataKey"]),
    ]
}

/// The input of a group without stores.
pub(crate) fn bare(name: &str) -> Value {
    json!({
        "FeatureGroupName": name,
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": [
            {"FeatureName": "id", "FeatureType": "String"},
            {"FeatureName": "at", "FeatureType": "String"},
            {"FeatureName": "amount", "FeatureType": "Fractional"},
        ],
    })
}

/// The same with these members as well.
pub(crate) fn with(mut input: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

/// With an online store under the service's key.
pub(crate) fn online(name: &str) -> Value {
    with(
        bare(name),
        json!({"OnlineStoreConfig": {"EnableOnlineStore": true}}),
    )
}

/// With an online store under a customer's key.
pub(crate) fn online_under(name: &str, key: &str) -> Value {
    let config = json!({"EnableOnlineStore": true, "SecurityConfig": {"KmsKeyId": key}});
    with(bare(name), json!({"OnlineStoreConfig": config}))
}

/// What an offline store needs, with a customer's key or without.
pub(crate) fn offline(key: Option<&str>) -> Value {
    let mut storage = json!({"S3Uri": "s3://my-sagemaker-bucket/store"});
    if let Some(key) = key {
        storage["KmsKeyId"] = json!(key);
    }
    json!({"OfflineStoreConfig": {"S3StorageConfig": storage}, "RoleArn": role_arn("Offline")})
}

/// Code and message of a failure.
pub(crate) fn refused(answer: Result<Value, ServiceError>) -> (String, String) {
    let error = answer.unwrap_err();
    (error.code.into_owned(), error.message)
}
