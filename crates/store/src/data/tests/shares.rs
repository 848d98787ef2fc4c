//! What encryption and authorisation cost within a call, HTTP and disk aside. Not a test of right or
//! wrong: `cargo xtask bench store` runs it in release and reads the line that it prints.
//!
//! Decisions are those of the real directory, policy engine and built-in KMS: the caller's by identity
//! and key policy, the store's by its grant. Data keys are those of the KMS of tests, and kept anyway.
#![expect(clippy::print_stdout, reason = "a measurement is for reading")]

use std::sync::Arc;
use std::time::Instant;

use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_keys::{
    BuiltinKms, BuiltinSettings, DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView,
    KeyView, Provider, Requester, RootKey, Standing,
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::world::{Kms, Make, ONLINE_KEY, World, at, features, through_the_wire};
use crate::data::access::Missing;
use crate::data::call::Call;
use crate::data::queue::{Head, seal_entry};
use crate::data::read::open_row;
use crate::data::row::{RowPlace, open_record, seal_row, subject};
use crate::data::seal::Nonces;
use crate::data::view::encryption_context;
use crate::data::{Data, KEY_INACCESSIBLE, Operation, Parts, Side};

const ROUNDS: usize = 20_000;
const SERVICE: &str = "sagemaker.amazonaws.com";

/// Decides as the built-in KMS does about a key of its own; the rest is the KMS of tests.
#[derive(Debug)]
struct Decided {
    kms: Arc<Kms>,
    builtin: BuiltinKms,
    key: String,
    grant: GrantRequest,
    _directory: tempfile::TempDir,
}

impl Decided {
    fn new(world: &World, group_arn: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let builtin = BuiltinKms::open(
            directory.path(),
            &RootKey::Key(DataKey(Zeroizing::new([7; 32]))),
            BuiltinSettings {
                partition: "aws".into(),
                region: "eu-west-1".into(),
                service_account: AccountId::parse("999999999999").unwrap(),
            },
            Arc::clone(&world.live) as _,
            Arc::clone(&world.sink) as _,
        )
        .unwrap();
        let (caller, connection) = (world.caller("admin"), world.connection());
        let made = builtin
            .call(
                &caller,
                &connection,
                "CreateKey",
                &Map::new(),
                connection.time,
            )
            .unwrap();
        let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        let by = Requester {
            caller: &caller,
            connection: &connection,
            via: Some("sagemaker.eu-west-1.amazonaws.com"),
            tokens: &[],
        };
        let grant = GrantRequest {
            name: Some("online".to_owned()),
            grantee_service: Some(SERVICE.to_owned()),
            retiring_service: Some(SERVICE.to_owned()),
            operations: vec!["Decrypt".to_owned(), "GenerateDataKey".to_owned()],
            context_subset: EncryptionContext::from([(
                "aws:sagemaker:feature-group-arn".to_owned(),
                group_arn.to_owned(),
            )]),
            source_arn: Some(group_arn.to_owned()),
            ..GrantRequest::default()
        };
        builtin.create_grant(&by, &key, &grant).unwrap();
        Self {
            kms: Arc::clone(&world.kms),
            builtin,
            key,
            grant,
            _directory: directory,
        }
    }

    /// The data plane of a world, with these decisions.
    fn data(self: &Arc<Self>, world: &World) -> Data {
        Data::new(Parts {
            engine: Arc::clone(&world.engine),
            provider: Arc::clone(self) as _,
            authorizer: Arc::clone(&world.live) as _,
            groups: Arc::clone(&world.registry) as _,
            sink: Arc::clone(&world.sink) as _,
            lake: Arc::clone(&world.lake) as _,
            partition: "aws".into(),
            region: "eu-west-1".into(),
            settings: world.settings,
        })
        .unwrap()
    }
}

impl Provider for Decided {
    fn revocation_bound(&self) -> std::time::Duration {
        self.builtin.revocation_bound()
    }

    fn decides_locally(&self) -> bool {
        true
    }

    fn standing(&self) -> Option<Standing> {
        self.builtin.standing()
    }

    fn check(
        &self,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<(), ServiceError> {
        if key == ONLINE_KEY {
            return self
                .builtin
                .check(requester, action, &self.key, context, grant);
        }
        self.kms.check(requester, action, key, context, grant)
    }

    fn describe(&self, requester: &Requester<'_>, key: &str) -> Result<KeyView, ServiceError> {
        self.kms.describe(requester, key)
    }

    fn generate_data_key(
        &self,
        requester: &Requester<'_>,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, ServiceError> {
        self.kms.generate_data_key(requester, key, context)
    }

    fn decrypt(
        &self,
        requester: &Requester<'_>,
        key: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<DataKey, ServiceError> {
        self.kms.decrypt(requester, key, sealed, context)
    }

    fn re_encrypt(
        &self,
        requester: &Requester<'_>,
        from: &str,
        to: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, ServiceError> {
        self.kms.re_encrypt(requester, from, to, sealed, context)
    }

    fn create_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant: &GrantRequest,
    ) -> Result<(String, String), ServiceError> {
        self.kms.create_grant(requester, key, grant)
    }

    fn retire_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant_id: &str,
    ) -> Result<(), ServiceError> {
        self.kms.retire_grant(requester, key, grant_id)
    }

    fn list_grants(
        &self,
        requester: &Requester<'_>,
        key: &str,
    ) -> Result<Vec<GrantView>, ServiceError> {
        self.kms.list_grants(requester, key)
    }
}

/// All within one second: the clock of the world stands still.
#[test]
fn what_changes_within_a_second_holds_at_once() {
    let world = World::new();
    let group = world.make(Make::default());
    let decided = Arc::new(Decided::new(&world, &group.arn));
    let data = decided.data(&world);
    let (caller, connection) = (world.caller("admin"), world.connection());
    let get = || {
        let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "a"});
        through_the_wire(Operation::GetRecord, get, |call| {
            data.call(&caller, &connection, call)
        })
    };
    let by = Requester {
        caller: &caller,
        connection: &connection,
        via: None,
        tokens: &[],
    };
    let kms = |operation: &str, input: Value| {
        let input = input.as_object().unwrap();
        decided
            .builtin
            .call(&caller, &connection, operation, input, connection.time)
            .unwrap()
    };
    let refused = || get().unwrap_err().code == KEY_INACCESSIBLE;
    for _ in 0..3 {
        get().unwrap();
        let grants = decided.builtin.list_grants(&by, &decided.key).unwrap();
        let [grant] = grants.as_slice() else {
            panic!("one grant");
        };
        kms(
            "RevokeGrant",
            json!({"KeyId": decided.key, "GrantId": grant.id}),
        );
        assert!(refused());
        assert!(refused());
        decided
            .builtin
            .create_grant(&by, &decided.key, &decided.grant)
            .unwrap();
        get().unwrap();
        kms("DisableKey", json!({"KeyId": decided.key}));
        assert!(refused());
        kms("EnableKey", json!({"KeyId": decided.key}));
        get().unwrap();
    }
    let before = decided.standing();
    assert_eq!(decided.standing(), before);
    world.live.reload().unwrap();
    assert_ne!(decided.standing(), before);
    get().unwrap();
}

/// Median in nanoseconds.
fn time(mut work: impl FnMut()) -> u64 {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        times.push(start.elapsed().as_nanos());
    }
    times.sort_unstable();
    u64::try_from(times[ROUNDS / 2]).unwrap()
}

#[test]
#[ignore = "a measurement: cargo test --release -p rempart-store --lib -- --ignored --nocapture measure_shares"]
fn measure_shares_of_encryption_and_authorisation() {
    let names: Vec<String> = (0..48).map(|at| format!("feature_{at}")).collect();
    let mut all = vec!["id", "time"];
    all.extend(names.iter().map(String::as_str));
    let world = World::new();
    let group = world.make(Make {
        features: features(&all),
        ..Make::default()
    });
    let decided = Arc::new(Decided::new(&world, &group.arn));
    let data = decided.data(&world);
    let (caller, connection) = (world.caller("admin"), world.connection());
    let event_time = at(1);
    let record: Vec<Value> = all
        .iter()
        .map(|name| {
            let value = if *name == "time" {
                event_time.as_str()
            } else {
                "1234567"
            };
            json!({"FeatureName": name, "ValueAsString": value})
        })
        .collect();
    let put = json!({"FeatureGroupName": "fg", "Record": record});
    let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "1234567"});
    let whole = |operation, input: &Value| {
        let mut calls = 0;
        through_the_wire(operation, input.clone(), |call| {
            Ok(time(|| {
                data.call(&caller, &connection, call).unwrap();
                calls += 1;
                if calls % 1_000 == 0 {
                    world.sink.events.lock().unwrap().clear();
                }
            }))
        })
        .unwrap()
    };
    let put_whole = whole(Operation::PutRecord, &put);
    let get_whole = whole(Operation::GetRecord, &get);

    let call = Call::new(&caller, &connection);
    let open = data
        .group(&call, "fg", Missing::NotFound, |_, _| Ok(()))
        .unwrap();
    let (view, now) = (&*open.view, call.now);
    let decision = time(|| {
        data.may_read(&call, Some(view), &group.arn, &data.actions.get, None)
            .unwrap();
    });
    let by = |caller, via| Requester {
        caller,
        connection: &connection,
        via,
        tokens: &[],
    };
    let context = encryption_context(&group.arn, Side::Online, 1);
    let check = |requester: &Requester<'_>| {
        time(|| {
            decided
                .check(requester, "kms:Decrypt", ONLINE_KEY, &context, None)
                .unwrap();
        })
    };
    let callers_key = check(&by(&caller, Some(&view.via_sagemaker)));
    let stores_grant = check(&by(&view.service, None));
    let unchanged = time(|| {
        let ring = open.state.ring(Side::Online);
        ring.check_store(&*decided, view, &connection, &data.metrics)
            .unwrap();
    });

    let material = data.row_keys(&call, &open).unwrap();
    let blind = material.blind("1234567");
    let key = view.row_key(blind);
    let stored = world.engine.get(&key).unwrap().unwrap();
    let secret = world.engine.secret(&key).unwrap().unwrap();
    let plain = open_row(view, &material, blind, &stored, &secret).unwrap();
    // Nonces are drawn for a whole call; here for each value, which costs more.
    let nonces = |count| Nonces::new(count).unwrap();
    let kept = subject(&mut nonces(0), view, &material, blind, Some(&secret)).unwrap();
    let place = RowPlace {
        blind,
        event_time: stored.row.event_time,
        expires_at: None,
        is_deleted: false,
    };
    let queue_keys = data.queue_keys(&open, now).unwrap();
    let head = Head {
        schema_version: 0,
        blind,
        event_time: stored.row.event_time,
        api_invocation_time: now,
        is_deleted: false,
    };
    let blinding = time(|| {
        std::hint::black_box(material.blind("1234567"));
    });
    let opening_subject = time(|| {
        let opened = subject(&mut nonces(0), view, &material, blind, Some(&secret));
        std::hint::black_box(opened.unwrap());
    });
    let opening_row = time(|| {
        std::hint::black_box(open_record(view, &material, &kept.key, blind, &stored.row).unwrap());
    });
    let sealing_row = time(|| {
        let mut nonces = nonces(2);
        let row = seal_row(
            &mut nonces,
            view,
            &material,
            &kept.key,
            &place,
            "1234567",
            Some(&plain),
        );
        std::hint::black_box(row.unwrap());
    });
    let sealing_entry = time(|| {
        let entry = seal_entry(&mut nonces(1), view, &queue_keys, &head, &plain);
        std::hint::black_box(entry.unwrap());
    });
    let opening = blinding + opening_subject + opening_row;
    let sealing = blinding + opening_subject + sealing_row + sealing_entry;
    assert!(opening < get_whole && sealing < put_whole);
    let report = json!({
        "parts": [
            ["GetRecord of 50 features", get_whole],
            ["PutRecord of 50 features to both stores", put_whole],
            ["blinding an identifier", blinding],
            ["opening the key of a subject", opening_subject],
            ["opening a row", opening_row],
            ["sealing a row", sealing_row],
            ["sealing a queue entry", sealing_entry],
            ["decision: sagemaker:GetRecord by the caller", decision],
            ["decision: kms:Decrypt by the caller", callers_key],
            ["decision: kms:Decrypt by the store, under its grant", stores_grant],
            ["the same while nothing has changed in a second", unchanged],
        ],
        "get": get_whole,
        "put": put_whole,
        "opening": opening,
        "sealing": sealing,
        "authorisation": decision + callers_key + unchanged,
    });
    println!("\n{report}");
}
