//! AWS KMS as a provider, against a running AWS double. `./test` starts one and names it in
//! `REMPART_MOTO`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::sync::Arc;
use std::time::Duration;

use rempart_audit::Sink;
use rempart_aws_client::{Call, Client, Credentials, Settings};
use rempart_aws_model::api_operation;
use rempart_keys::{
    AwsKms, AwsKmsSettings, EncryptionContext, GrantRequest, Provider, Requester, Unpredicted,
};
use serde_json::{Value, json};

use crate::support::{TestAuthorizer, TestSink, allow, caller, connection, start};

/// Account of the double.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-west-1";

fn client(endpoint: &str) -> Settings {
    let keys = Credentials::new("AKIDMOTO", "secret", None, None, "test");
    let mut settings = Settings::with_credentials(keys, REGION);
    settings.endpoints.all = Some(endpoint.to_owned());
    settings
}

fn provider(endpoint: &str, settings: AwsKmsSettings) -> (AwsKms, Arc<TestSink>) {
    let sink = Arc::new(TestSink::default());
    let kms = AwsKms::new(
        client(endpoint),
        settings,
        Arc::new(TestAuthorizer::default()),
        Arc::clone(&sink) as Arc<dyn Sink>,
    );
    (kms.unwrap(), sink)
}

/// The managed key of S3 in the double, which DescribeKey makes.
fn key(endpoint: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = Client::new(client(endpoint));
    let describe = api_operation("kms:DescribeKey").unwrap();
    let call = Call::new(describe, REGION).with("KeyId", "alias/aws/s3");
    let reply = runtime.block_on(client.call(&call)).unwrap();
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    body["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

#[test]
fn keys_and_grants_of_another_kms() {
    let Ok(endpoint) = std::env::var("REMPART_MOTO") else {
        eprintln!("skipped: REMPART_MOTO is not set");
        return;
    };
    let key = key(&endpoint);
    let (kms, sink) = provider(&endpoint, AwsKmsSettings::new(REGION));
    assert_eq!(kms.revocation_bound(), Duration::from_secs(60));
    assert!(!kms.decides_locally());
    let everything = allow(&json!("kms:*"));
    let admin = caller(&format!("arn:aws:iam::{ACCOUNT}:user/a"), Some(&everything));
    let nobody = caller(&format!("arn:aws:iam::{ACCOUNT}:user/b"), None);
    let connection = connection(start());
    let by_admin = Requester {
        caller: &admin,
        connection: &connection,
        via: None,
        tokens: &[],
    };
    let by_nobody = Requester {
        caller: &nobody,
        ..by_admin
    };
    let context: EncryptionContext = [("group".to_owned(), "fg".to_owned())].into();

    let view = kms.describe(&by_admin, &key).unwrap();
    assert_eq!(
        (&*view.state, &*view.spec),
        ("Enabled", "SYMMETRIC_DEFAULT")
    );
    let made = kms.generate_data_key(&by_admin, &key, &context).unwrap();
    assert_eq!(made.key_arn, key);
    let opened = kms
        .decrypt(&by_admin, &key, &made.sealed, &context)
        .unwrap();
    assert_eq!(opened.0, made.plain.0);
    let moved = kms
        .re_encrypt(&by_admin, &key, &key, &made.sealed, &context)
        .unwrap();
    let opened = kms.decrypt(&by_admin, &key, &moved, &context).unwrap();
    assert_eq!(opened.0, made.plain.0);
    let wrong = kms.decrypt(&by_admin, &key, &made.sealed, &EncryptionContext::new());
    assert_eq!(wrong.unwrap_err().code, "InvalidCiphertextException");

    // The server's credentials may do everything; the caller of the server may not.
    let refused = kms.decrypt(&by_nobody, &key, &made.sealed, &context);
    assert_eq!(refused.unwrap_err().code, "AccessDeniedException");
    let grant = GrantRequest {
        name: Some("test".to_owned()),
        grantee: Some(format!("arn:aws:iam::{ACCOUNT}:user/b")),
        retiring: Some(format!("arn:aws:iam::{ACCOUNT}:user/a")),
        operations: vec!["Decrypt".to_owned()],
        context_subset: context.clone(),
        ..GrantRequest::default()
    };
    let refused = kms.create_grant(&by_nobody, &key, &grant);
    assert_eq!(refused.unwrap_err().code, "AccessDeniedException");
    let (id, token) = kms.create_grant(&by_admin, &key, &grant).unwrap();
    let listed = kms.list_grants(&by_admin, &key).unwrap();
    let listed = listed.iter().find(|grant| grant.id == id).unwrap();
    assert_eq!(listed.request, grant);
    kms.decrypt(&by_nobody, &key, &made.sealed, &context)
        .unwrap();
    assert!(
        kms.check(&by_nobody, "kms:Encrypt", &key, &context, None)
            .is_err()
    );
    kms.retire_grant(&by_admin, &key, &id).unwrap();
    let refused = kms.check(&by_nobody, "kms:Decrypt", &key, &context, None);
    assert_eq!(refused.unwrap_err().code, "AccessDeniedException");

    let before = kms.counters().calls;
    for _ in 0..1000 {
        kms.check(&by_admin, "kms:Decrypt", &key, &context, None)
            .unwrap();
    }
    assert!(kms.counters().calls <= before + 1);
    let missing = kms.check(&by_admin, "kms:Decrypt", "alias/none", &context, None);
    assert_eq!(missing.unwrap_err().code, "NotFoundException");

    let events = sink.0.lock().unwrap();
    let decrypt = events.iter().find(|event| event.name == "Decrypt").unwrap();
    assert_eq!(
        decrypt.additional,
        Some(json!({"callerPermission": "predicted"}))
    );
    assert_eq!(
        events
            .iter()
            .filter(|event| event.failure.is_some())
            .count(),
        3
    );
    assert!(!format!("{events:?}").contains(&token));
}

#[test]
fn a_kms_that_does_not_answer_is_a_time_out() {
    // A port on which nobody listens.
    let endpoint = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for unpredicted in [Unpredicted::Refuse, Unpredicted::TrustServer] {
        let settings = AwsKmsSettings {
            unpredicted,
            deadline: Duration::from_secs(3),
            ..AwsKmsSettings::new(REGION)
        };
        let (kms, sink) = provider(&endpoint, settings);
        let everything = allow(&json!("kms:*"));
        let admin = caller(&format!("arn:aws:iam::{ACCOUNT}:user/a"), Some(&everything));
        let connection = connection(start());
        let requester = Requester {
            caller: &admin,
            connection: &connection,
            via: None,
            tokens: &[],
        };
        let none = EncryptionContext::new();
        let error = kms
            .generate_data_key(&requester, "alias/x", &none)
            .unwrap_err();
        assert_eq!(error.code, "DependencyTimeoutException");
        let events = sink.0.lock().unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].failure.as_ref().unwrap().code, error.code);
    }
}
