//! The same lines on the built-in KMS, and records in a group that the control plane made.

use std::sync::Arc;

use rempart_aws_wire::{Request, model, records, route};
use rempart_directory::{Authorizer, Caller, Connection};
use rempart_keys::{BuiltinKms, BuiltinSettings, Provider, Requester, RootKey};
use rempart_lake::{FileEncryption, FileVersion, LakeError, OfflineRow, Table, Written};
use rempart_online::{Engine, MemoryEngine};
use rempart_store::control::{Control, Parts, Settings};
use rempart_store::data::{self, Answer, Data, Lake};
use rempart_store::registry::Registry;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{
    ACCOUNT, Plan, REGION, World, allow, bare, everything, group_arn, key_policy, offline,
    offline_statements, online, online_under, ordinary_plan, refused, role_arn, with,
};

const ELEVEN: [&str; 11] = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:RetireGrant",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:RevokeGrant",
];

/// A lake of groups without offline store.
#[derive(Debug)]
struct NoLake;

fn no_lake<T>() -> Result<T, LakeError> {
    Err(LakeError::Query("there is no lake".to_owned()))
}

impl Lake for NoLake {
    fn encrypts_files(&self) -> bool {
        true
    }

    fn file_path(
        &self,
        table: &Table,
        _event_time: i64,
        unique: &str,
    ) -> Result<String, LakeError> {
        Ok(format!("{}/{unique}", table.path))
    }

    fn partition(&self, _table: &Table, event_time: i64) -> i64 {
        event_time
    }

    fn write(
        &self,
        _table: &Table,
        _path: &str,
        _rows: &[OfflineRow],
        _write_time: i64,
        _encryption: &FileEncryption,
    ) -> Result<Written, LakeError> {
        no_lake()
    }

    fn files(&self, _table: &Table) -> Result<Vec<String>, LakeError> {
        no_lake()
    }

    fn read(
        &self,
        _table: &Table,
        _path: &str,
        _encryption: &FileEncryption,
    ) -> Result<(Vec<OfflineRow>, i64), LakeError> {
        no_lake()
    }

    fn remove(&self, _table: &Table, _path: &str) -> Result<(), LakeError> {
        no_lake()
    }

    fn earlier_versions(&self, _table: &Table) -> Result<Vec<FileVersion>, LakeError> {
        no_lake()
    }

    fn read_version(
        &self,
        _table: &Table,
        _version: &FileVersion,
        _encryption: &FileEncryption,
    ) -> Result<Vec<OfflineRow>, LakeError> {
        no_lake()
    }

    fn remove_version(&self, _table: &Table, _version: &FileVersion) -> Result<(), LakeError> {
        no_lake()
    }
}

/// A world whose stores are under the built-in KMS.
struct Node {
    world: World,
    kms: Arc<BuiltinKms>,
    registry: Arc<Registry>,
    control: Control,
    data: Data,
    _temporary: TempDir,
}

impl Node {
    fn of(plan: Plan) -> Self {
        let world = plan.build();
        let temporary = tempfile::tempdir().unwrap();
        let root = RootKey::from_environment_value("ROOT", &"42".repeat(32)).unwrap();
        let settings = BuiltinSettings {
            partition: "aws".into(),
            region: REGION.into(),
            service_account: "999999999999".parse().unwrap(),
        };
        let authorizer: Arc<dyn Authorizer> = world.directory.clone();
        let keys = temporary.path().join("keys");
        std::fs::create_dir(&keys).unwrap();
        let kms = BuiltinKms::open(
            &keys,
            &root,
            settings,
            authorizer.clone(),
            world.log.clone(),
        );
        let kms = Arc::new(kms.unwrap());
        let registry = Arc::new(Registry::open(&temporary.path().join("registry")).unwrap());
        let service = authorizer.service("sagemaker.amazonaws.com");
        let requester = Requester {
            caller: &service,
            connection: &world.connection(),
            via: None,
            tokens: &[],
        };
        let service_key = kms.describe(&requester, "alias/aws/sagemaker").unwrap();
        let engine: Arc<dyn Engine> = Arc::new(MemoryEngine::new());
        let parts = Parts {
            registry: registry.clone(),
            authorizer: authorizer.clone(),
            keys: kms.clone(),
            engine: engine.clone(),
            audit: world.log.clone(),
            catalogues: None,
        };
        let data = Data::new(data::Parts {
            engine,
            provider: kms.clone(),
            authorizer,
            groups: registry.clone(),
            sink: world.log.clone(),
            lake: Arc::new(NoLake),
            partition: "aws".into(),
            region: REGION.into(),
            settings: data::Settings::default(),
        });
        Self {
            control: Control::new(parts, Settings::new("aws", REGION, &service_key.arn)).unwrap(),
            data: data.unwrap(),
            world,
            kms,
            registry,
            _temporary: temporary,
        }
    }

    fn caller(&self, role: &str) -> Arc<Caller> {
        self.world.caller(role)
    }

    fn connection(&self) -> Connection {
        self.world.connection()
    }

    fn call(
        &self,
        role: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, rempart_aws_wire::ServiceError> {
        let input = input.as_object().unwrap();
        self.control
            .call(&self.caller(role), &self.connection(), operation, input)
    }

    fn create(&self, role: &str, input: Value) -> Result<Value, rempart_aws_wire::ServiceError> {
        self.call(role, "CreateFeatureGroup", input)
    }

    /// A direct call of the KMS, by the administrator.
    fn kms(&self, operation: &str, input: Value) -> Value {
        let (caller, connection) = (self.caller("Admin"), self.connection());
        let input = input.as_object().unwrap();
        self.kms
            .call(&caller, &connection, operation, input, connection.time)
            .unwrap()
    }

    fn key(&self, more: Value) -> String {
        let made = self.kms("CreateKey", more);
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    fn grants(&self, key: &str) -> Vec<Value> {
        let listed = self.kms("ListGrants", json!({"KeyId": key}));
        listed["Grants"].as_array().unwrap().clone()
    }

    fn put(&self, name: &str, id: &str) -> Result<Answer, rempart_aws_wire::ServiceError> {
        let value = |name: &str, value: &str| json!({"FeatureName": name, "ValueAsString": value});
        let record = [
            value("id", id),
            value("at", "2026-11-28T12:00:00Z"),
            value("amount", "1.5"),
        ];
        let input = json!({"FeatureGroupName": name, "Record": record});
        self.records("PutRecord", input)
    }

    /// An input written as a client writes it, and read as the server reads it.
    fn records(&self, name: &str, input: Value) -> Result<Answer, rempart_aws_wire::ServiceError> {
        let Value::Object(input) = input else {
            panic!("an input is an object");
        };
        let operation = model::operation("sagemaker-featurestore-runtime", name).unwrap();
        let request = Request::of(operation, input);
        let incoming = request.incoming();
        let call = records::parse(&incoming, &route(&incoming)?)?;
        let (caller, connection) = (self.caller("Admin"), self.connection());
        self.data.call(&caller, &connection, &call)
    }

    /// The record as it is answered.
    fn get(&self, name: &str, id: &str) -> Result<Value, rempart_aws_wire::ServiceError> {
        let input = json!({"FeatureGroupName": name, "RecordIdentifierValueAsString": id});
        match self.records("GetRecord", input)? {
            Answer::Json(json) => Ok(serde_json::from_slice(&json).unwrap()),
            Answer::None => panic!("GetRecord answers with JSON"),
        }
    }

    fn assert_readable(&self, name: &str, id: &str) {
        let record = self.get(name, id).unwrap();
        assert_eq!(record["Record"][0]["ValueAsString"], id, "{record}");
    }

    fn assert_untouched(&self, key: &str) {
        assert!(self.registry.all().is_empty());
        assert!(self.registry.debts().is_empty());
        assert_eq!(self.grants(key), Vec::<Value>::new());
    }
}

#[test]
fn k1_groups_under_the_services_key_serve_records() {
    let node = Node::of(ordinary_plan());
    node.create("Admin", online("group")).unwrap();
    node.put("group", "7").unwrap();
    node.assert_readable("group", "7");
}

#[test]
fn k11_k12_k13_grants_are_made_revoked_repaired_and_retired() {
    let node = Node::of(ordinary_plan());
    let key = node.key(json!({}));
    for name in ["first", "second"] {
        node.create("Admin", online_under(name, &key)).unwrap();
        node.put(name, "7").unwrap();
        node.assert_readable(name, "7");
    }
    let grants = node.grants(&key);
    let mut names: Vec<&str> = grants
        .iter()
        .map(|grant| grant["Name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            format!("{}:online", group_arn("first")),
            format!("{}:online", group_arn("second"))
        ]
    );
    let admin = node.caller("Admin");
    let findings = node.control.reconcile(&admin, &node.connection()).unwrap();
    assert_eq!(findings, []);

    let group = node.registry.group(ACCOUNT, "first").unwrap();
    let id = group.online_keys.as_ref().unwrap().grant_id.clone();
    node.kms("RevokeGrant", json!({"KeyId": key, "GrantId": id}));
    assert!(node.get("first", "7").is_err());
    node.assert_readable("second", "7");
    let findings = node.control.reconcile(&admin, &node.connection()).unwrap();
    assert_eq!(findings.len(), 1);
    node.control
        .repair(&admin, &node.connection(), "first")
        .unwrap();
    node.assert_readable("first", "7");

    node.call(
        "Admin",
        "DeleteFeatureGroup",
        json!({"FeatureGroupName": "first"}),
    )
    .unwrap();
    let left = node.grants(&key);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["Name"], format!("{}:online", group_arn("second")));
    assert!(node.get("first", "7").is_err());
    node.assert_readable("second", "7");
}

#[test]
fn k3_keys_of_other_kinds_and_states_are_refused() {
    let node = Node::of(ordinary_plan());
    for (spec, usage) in [
        ("RSA_2048", "ENCRYPT_DECRYPT"),
        ("ECC_NIST_P256", "SIGN_VERIFY"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ML_DSA_65", "SIGN_VERIFY"),
    ] {
        let key = node.key(json!({"KeySpec": spec, "KeyUsage": usage}));
        for input in [
            online_under("group", &key),
            with(bare("group"), offline(Some(&key))),
        ] {
            let (code, message) = refused(node.create("Admin", input));
            assert_eq!(code, "ValidationException");
            assert!(message.contains(spec), "{message}");
        }
    }
    let key = node.key(json!({}));
    node.kms("DisableKey", json!({"KeyId": key}));
    let (code, _) = refused(node.create("Admin", online_under("group", &key)));
    assert_eq!(code, "ValidationException");
    node.kms("EnableKey", json!({"KeyId": key}));
    node.kms("ScheduleKeyDeletion", json!({"KeyId": key}));
    let (code, _) = refused(node.create("Admin", with(bare("group"), offline(Some(&key)))));
    assert_eq!(code, "ValidationException");
    node.assert_untouched(&key);
}

#[test]
fn k4_each_of_the_eleven_is_needed_and_named() {
    let mut plan = ordinary_plan().role(
        ACCOUNT,
        "All",
        vec![allow(&["sagemaker:*"]), allow(&ELEVEN)],
    );
    for (number, missing) in ELEVEN.iter().enumerate() {
        let rest: Vec<&str> = ELEVEN
            .into_iter()
            .filter(|other| other != missing)
            .collect();
        let statements = vec![allow(&["sagemaker:*"]), allow(&rest)];
        plan = plan.role(ACCOUNT, &format!("Without{number}"), statements);
    }
    let node = Node::of(plan);
    let key = node.key(json!({}));
    for (number, missing) in ELEVEN.iter().enumerate() {
        let role = format!("Without{number}");
        let (code, message) = refused(node.create(&role, online_under("group", &key)));
        assert_eq!(code, "AccessDeniedException", "{missing}");
        let needs = format!("The caller needs {missing} on the KMS key {key}");
        assert!(message.starts_with(&needs), "{message}");
        node.assert_untouched(&key);
    }
    node.create("All", online_under("group", &key)).unwrap();
}

#[test]
fn k8_one_key_for_both_stores_as_its_policy_says() {
    let node = Node::of(
        ordinary_plan()
            .role(
                ACCOUNT,
                "Creator",
                vec![allow(&[
                    "sagemaker:*",
                    "iam:PassRole",
                    "kms:RetireGrant",
                    "kms:ListAliases",
                ])],
            )
            .role(ACCOUNT, "Writer", vec![offline_statements().remove(0)]),
    );
    let statement = |roles: Value, action: &str, via: Option<&str>| {
        let mut statement =
            json!({"Effect": "Allow", "Principal": {"AWS": roles}, "Action": action});
        if let Some(via) = via {
            statement["Condition"] = json!({"StringLike": {"kms:ViaService": via}});
        }
        statement
    };
    let both = json!([role_arn("Creator"), role_arn("Writer")]);
    let admin = || statement(json!(role_arn("Admin")), "kms:*", None);
    let sagemaker = Some("sagemaker.*.amazonaws.com");
    let fixtures = [
        (vec![statement(both.clone(), "kms:*", sagemaker)], false),
        (vec![statement(both.clone(), "kms:*", None)], true),
        (
            vec![
                statement(both, "kms:*", sagemaker),
                statement(
                    json!(role_arn("Writer")),
                    "kms:GenerateDataKey",
                    Some("s3.*.amazonaws.com"),
                ),
            ],
            true,
        ),
    ];
    for (number, (mut statements, works)) in fixtures.into_iter().enumerate() {
        statements.push(admin());
        let key = node.key(json!({"Policy": key_policy(statements)}));
        let name = format!("group-{number}");
        let input = with(online_under(&name, &key), offline(Some(&key)));
        let input = with(input, json!({"RoleArn": role_arn("Writer")}));
        let answer = node.create("Creator", input);
        assert_eq!(answer.is_ok(), works, "{number}: {answer:?}");
        if !works {
            let (_, message) = refused(answer);
            assert!(message.contains("kms:GenerateDataKey"), "{message}");
            node.assert_untouched(&key);
        }
    }
}

#[test]
fn k2_records_survive_rotation_new_epochs_and_another_key() {
    let node = Node::of(Plan::default().role(ACCOUNT, "Admin", vec![everything()]));
    let (one, two) = (node.key(json!({})), node.key(json!({})));
    node.create("Admin", online_under("group", &one)).unwrap();
    node.put("group", "1").unwrap();
    let (admin, connection) = (node.caller("Admin"), node.connection());
    node.kms("RotateKeyOnDemand", json!({"KeyId": one}));
    node.control.rotate(&admin, &connection, "group").unwrap();
    node.put("group", "2").unwrap();
    node.control
        .new_epoch(&admin, &connection, "group")
        .unwrap();
    node.put("group", "3").unwrap();
    node.control
        .rekey(&admin, &connection, "group", &two)
        .unwrap();
    node.put("group", "4").unwrap();
    // The old key is no longer needed.
    node.kms("DisableKey", json!({"KeyId": one}));
    for id in ["1", "2", "3", "4"] {
        node.assert_readable("group", id);
    }
    assert_eq!(node.grants(&one), Vec::<Value>::new());
    assert_eq!(node.grants(&two).len(), 1);
    node.kms("DisableKey", json!({"KeyId": two}));
    assert!(node.get("group", "1").is_err());
    node.kms("EnableKey", json!({"KeyId": two}));
    node.assert_readable("group", "1");
}

#[test]
fn k16_calls_of_the_kms_are_on_record_in_the_callers_name() {
    let node = Node::of(ordinary_plan());
    let key = node.key(json!({}));
    node.world.log.0.lock().unwrap().clear();
    node.create("Admin", online_under("group", &key)).unwrap();
    node.call(
        "Admin",
        "DeleteFeatureGroup",
        json!({"FeatureGroupName": "group"}),
    )
    .unwrap();
    let events = node.world.log.0.lock().unwrap();
    let admin = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Admin/operator");
    for (name, by_caller) in [
        ("DescribeKey", true),
        ("CreateGrant", true),
        ("GenerateDataKey", true),
        ("CreateFeatureGroup", true),
        ("RetireGrant", false),
        ("DeleteFeatureGroup", true),
    ] {
        let event = events.iter().find(|event| event.name == name);
        let event = event.unwrap_or_else(|| panic!("no {name}"));
        let arn = event.user_identity["arn"].as_str();
        assert_eq!(arn == Some(admin.as_str()), by_caller, "{name}");
        if event.source == "kms.amazonaws.com" && by_caller {
            assert_eq!(event.user_identity["invokedBy"], "sagemaker.amazonaws.com");
        }
    }
    let text = format!("{events:?}");
    let group_context = group_arn("group");
    assert!(text.contains(&group_context));
}
