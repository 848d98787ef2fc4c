//! Measurements: `cargo test --release -p rempart-keys -- --ignored --nocapture speed`.

use std::time::Instant;

use rempart_aws_wire::ServiceError;
use rempart_keys::envelope::{Aad, PreparedKey};
use rempart_keys::{DataKey, EncryptionContext, Provider, Requester};
use serde_json::json;
use zeroize::Zeroizing;

use crate::support::{call, connection, named_caller, new_key, open, start};

fn measure(name: &str, mut run: impl FnMut()) {
    const ROUNDS: u32 = 20_000;
    for _ in 0..ROUNDS / 10 {
        run();
    }
    let mut best = f64::MAX;
    for _ in 0..5 {
        let begin = Instant::now();
        for _ in 0..ROUNDS {
            run();
        }
        best = best.min(begin.elapsed().as_secs_f64() / f64::from(ROUNDS));
    }
    println!("{name}: {:.0} ns", best * 1e9);
}

#[test]
#[ignore = "a measurement"]
fn envelopes() {
    let key = PreparedKey::new(&DataKey(Zeroizing::new([3; 32])), 1);
    let aad = Aad {
        group_arn: "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/transactions",
        created: 1_767_225_600_000,
        schema_version: 1,
        identifier: &[9; 16],
        event_time: 1_767_225_600_000,
        flags: 0,
    };
    for size in [1024, 5 * 1024] {
        let plain = vec![5; size];
        let sealed = key.seal(&aad, &plain, [4; 24]).unwrap();
        measure(&format!("seal {size}"), || {
            std::hint::black_box(key.seal(&aad, &plain, [4; 24]).unwrap());
        });
        let mut buffer = Vec::new();
        measure(&format!("open {size}"), || {
            key.open_into(&aad, &sealed, &mut buffer).unwrap();
            std::hint::black_box(&buffer);
        });
    }
}

#[test]
#[ignore = "a measurement"]
fn checks() {
    let directory = tempfile::tempdir().unwrap();
    let (kms, _) = open(directory.path());
    let key = new_key(&kms, None);
    let context: EncryptionContext = [
        (
            "aws:sagemaker:feature-group-arn",
            "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg",
        ),
        ("rempart:store", "online"),
        ("rempart:generation", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let admin = named_caller("admin a");
    let connection = connection(start());
    let requester = Requester {
        caller: &admin,
        connection: &connection,
        via: Some("sagemaker.eu-west-1.amazonaws.com"),
        tokens: &[],
    };
    let check = || -> Result<(), ServiceError> {
        kms.check(&requester, "kms:Decrypt", &key, &context, None)
    };
    measure("check with the engine", || check().unwrap());
    for number in 0..1000 {
        let input = json!({"KeyId": key, "GranteeServicePrincipal": "sagemaker.amazonaws.com",
            "RetiringPrincipal": "111122223333", "Operations": ["Decrypt"],
            "Constraints": {"SourceArn": format!("arn:aws:sagemaker:eu-west-1:111122223333:feature-group/g{number}")}});
        call(&kms, &admin, "CreateGrant", &input, start()).unwrap();
    }
    measure("check, 1000 grants to the service", || check().unwrap());
}
