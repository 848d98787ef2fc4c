//! The built-in KMS as the store uses it.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use rempart_directory::Caller;
use rempart_keys::{EncryptionContext, GrantRequest, Provider, Requester};
use serde_json::json;

use crate::support::{ACCOUNT, call, connection, named_caller, new_key, open, start};

const VIA: &str = "sagemaker.eu-west-1.amazonaws.com";

fn context() -> EncryptionContext {
    [("group".to_owned(), "fg".to_owned())].into()
}

fn grant() -> GrantRequest {
    GrantRequest {
        name: Some("fg:online".to_owned()),
        grantee_service: Some("sagemaker.amazonaws.com".to_owned()),
        retiring: Some(format!("arn:aws:iam::{ACCOUNT}:user/a")),
        operations: ["Decrypt", "Encrypt", "GenerateDataKey", "RetireGrant"]
            .map(str::to_owned)
            .into(),
        context_subset: context(),
        source_arn: Some("arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg".to_owned()),
        ..GrantRequest::default()
    }
}

#[test]
fn data_keys_travel_and_calls_are_on_record() {
    let directory = tempfile::tempdir().unwrap();
    let (kms, sink) = open(directory.path());
    assert_eq!(kms.revocation_bound(), Duration::ZERO);
    assert!(kms.decides_locally());
    let key = new_key(&kms, None);
    let (caller, connection) = (named_caller("admin a"), connection(start()));
    let requester = Requester {
        caller: &caller,
        connection: &connection,
        via: Some(VIA),
        tokens: &[],
    };
    let view = kms.describe(&requester, &key).unwrap();
    assert_eq!((&*view.state, &*view.manager), ("Enabled", "CUSTOMER"));
    let made = kms.generate_data_key(&requester, &key, &context()).unwrap();
    assert_eq!(made.key_arn, key);
    let other = new_key(&kms, None);
    let moved = kms.re_encrypt(&requester, &key, &other, &made.sealed, &context());
    let moved = moved.unwrap();
    sink.0.lock().unwrap().clear();
    for (key, sealed) in [(&key, &made.sealed), (&other, &moved)] {
        let plain = kms.decrypt(&requester, key, sealed, &context()).unwrap();
        assert_eq!(plain.0, made.plain.0);
    }
    let wrong = kms
        .decrypt(&requester, &key, &moved, &context())
        .unwrap_err();
    assert_eq!(wrong.code, "IncorrectKeyException");
    let wrong = kms.decrypt(&requester, &key, &made.sealed, &EncryptionContext::new());
    assert_eq!(wrong.unwrap_err().code, "InvalidCiphertextException");

    let events = sink.0.lock().unwrap();
    assert_eq!(events.len(), 4);
    let event = &events[0];
    assert_eq!(event.name, "Decrypt");
    assert!(event.read_only);
    assert_eq!(
        event.parameters,
        Some(json!({"encryptionAlgorithm": "SYMMETRIC_DEFAULT",
                    "encryptionContext": {"group": "fg"}, "keyId": key}))
    );
    assert_eq!(event.user_identity["invokedBy"], "sagemaker.amazonaws.com");
    assert_eq!(&*event.source_address, "sagemaker.amazonaws.com");
    assert_eq!(&*event.user_agent, "sagemaker.amazonaws.com");
    assert_eq!(&*event.recipient, ACCOUNT);
    assert_eq!(event.resources[0].kind, "AWS::KMS::Key");
    assert_eq!(&*event.resources[0].arn, key);
    assert_eq!(event.response, None);
    assert_eq!(
        events[2].failure.as_ref().unwrap().code,
        "IncorrectKeyException"
    );
    let shown = format!("{events:?}");
    let bytes = format!("{:?}", made.plain.0.as_slice());
    assert!(!shown.contains(&bytes));
}

#[test]
fn a_grant_serves_the_service_until_it_is_retired() {
    let directory = tempfile::tempdir().unwrap();
    let (kms, sink) = open(directory.path());
    let key = new_key(&kms, None);
    let (caller, connection) = (named_caller("admin a"), connection(start()));
    let requester = Requester {
        caller: &caller,
        connection: &connection,
        via: Some(VIA),
        tokens: &[],
    };
    let service = named_caller("service sagemaker.amazonaws.com");
    let background = Requester {
        caller: &service,
        via: None,
        ..requester
    };
    let may =
        |context: &EncryptionContext| kms.check(&background, "kms:Decrypt", &key, context, None);
    let made = kms.generate_data_key(&requester, &key, &context()).unwrap();
    assert_eq!(may(&context()).unwrap_err().code, "AccessDeniedException");
    let (id, token) = kms.create_grant(&requester, &key, &grant()).unwrap();
    let (again, other_token) = kms.create_grant(&requester, &key, &grant()).unwrap();
    assert_eq!(id, again);
    assert_ne!(token, other_token);
    may(&context()).unwrap();
    assert!(may(&EncryptionContext::new()).is_err());
    let plain = kms
        .decrypt(&background, &key, &made.sealed, &context())
        .unwrap();
    assert_eq!(plain.0, made.plain.0);
    let listed = kms.list_grants(&requester, &key).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].request, grant());

    let tokens = [token.clone()];
    let with_token = Requester {
        tokens: &tokens,
        ..background
    };
    kms.check(&with_token, "kms:Decrypt", &key, &context(), None)
        .unwrap();

    sink.0.lock().unwrap().clear();
    kms.retire_grant(&background, &key, &id).unwrap();
    assert_eq!(may(&context()).unwrap_err().code, "AccessDeniedException");
    let stale = kms.check(&with_token, "kms:Decrypt", &key, &context(), None);
    assert_eq!(stale.unwrap_err().code, "InvalidGrantTokenException");
    let events = sink.0.lock().unwrap();
    assert_eq!(events[0].name, "RetireGrant");
    assert_eq!(events[0].parameters, None);
    assert_eq!(events[0].additional, Some(json!({"grantId": id})));
    assert!(!format!("{events:?}").contains(&token));
}

/// K4: the eleven permissions by IAM, each missing one refused; two of them never from a key policy.
#[test]
fn k4_every_missing_permission_is_refused() {
    let eleven = [
        "Encrypt",
        "Decrypt",
        "DescribeKey",
        "CreateGrant",
        "RetireGrant",
        "ReEncryptFrom",
        "ReEncryptTo",
        "GenerateDataKey",
        "ListAliases",
        "ListGrants",
        "RevokeGrant",
    ];
    let directory = tempfile::tempdir().unwrap();
    let (kms, _) = open(directory.path());
    let delegating = new_key(&kms, None);
    let everything_in_the_key_policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/m")},
         "Action": "kms:*", "Resource": "*"}]});
    let direct = new_key(&kms, Some(&everything_in_the_key_policy));
    let connection = connection(start());
    // The group's grant names no retirer that the caller is: the account's principals may retire it.
    let grant = GrantRequest {
        retiring: Some(format!("arn:aws:iam::{ACCOUNT}:role/Other")),
        ..grant()
    };
    let check = |caller: &Caller, key: &str, action: &str| {
        let requester = Requester {
            caller,
            connection: &connection,
            via: Some(VIA),
            tokens: &[],
        };
        let action = format!("kms:{action}");
        kms.check(&requester, &action, key, &context(), Some(&grant))
    };
    for missing in std::iter::once(None).chain(eleven.map(Some)) {
        let actions: Vec<String> = eleven
            .iter()
            .filter(|action| Some(**action) != missing)
            .map(|action| format!("kms:{action}"))
            .collect();
        let policy = crate::support::allow(&json!(actions));
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/m");
        let caller = crate::support::caller(&arn, Some(&policy));
        for action in eleven {
            let answer = check(&caller, &delegating, action);
            assert_eq!(
                answer.is_ok(),
                Some(action) != missing,
                "{missing:?} {action}: {answer:?}"
            );
            if let Err(error) = answer {
                assert_eq!(error.code, "AccessDeniedException");
                assert!(error.message.contains(action), "{error}");
            }
        }
    }
    let without_iam = named_caller("user m");
    for action in eleven {
        let answer = check(&without_iam, &direct, action);
        let wanted = !matches!(action, "RetireGrant" | "ListAliases");
        assert_eq!(answer.is_ok(), wanted, "{action}: {answer:?}");
    }
}

/// K15: what is revoked is refused by the next call, for calls that run at the same time as well.
#[test]
fn k15_revocation_is_immediate() {
    let directory = tempfile::tempdir().unwrap();
    let (kms, _) = open(directory.path());
    let kms = Arc::new(kms);
    let key = new_key(&kms, None);
    let admin = named_caller("admin a");
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (kms, key) = (Arc::clone(&kms), key.clone());
            std::thread::spawn(move || {
                let (caller, connection) = (named_caller("admin b"), connection(start()));
                let requester = Requester {
                    caller: &caller,
                    connection: &connection,
                    via: None,
                    tokens: &[],
                };
                let mut allowed = 0_u64;
                let end = std::time::Instant::now() + Duration::from_secs(20);
                while kms
                    .check(&requester, "kms:Decrypt", &key, &context(), None)
                    .is_ok()
                {
                    allowed += 1;
                    assert!(
                        std::time::Instant::now() < end,
                        "the key was never disabled"
                    );
                }
                allowed
            })
        })
        .collect();
    let input = json!({"KeyId": key});
    call(&kms, &admin, "DisableKey", &input, start()).unwrap();
    let (caller, connection) = (named_caller("admin b"), connection(start()));
    let requester = Requester {
        caller: &caller,
        connection: &connection,
        via: None,
        tokens: &[],
    };
    let refused = kms.check(&requester, "kms:Decrypt", &key, &context(), None);
    assert_eq!(refused.unwrap_err().code, "DisabledException");
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn due_keys_are_settled_without_a_call() {
    let directory = tempfile::tempdir().unwrap();
    let (kms, _) = open(directory.path());
    let key = new_key(&kms, None);
    let input = json!({"KeyId": key, "PendingWindowInDays": 7});
    call(
        &kms,
        &named_caller("admin a"),
        "ScheduleKeyDeletion",
        &input,
        start(),
    )
    .unwrap();
    let later = start() + SignedDuration::from_hours(24 * 8);
    kms.settle(later).unwrap();
    drop(kms);
    // It is gone, not hidden: the clock that goes back does not bring it back.
    let (kms, _) = open(directory.path());
    let input = json!({"KeyId": key});
    let gone = call(
        &kms,
        &named_caller("admin a"),
        "CancelKeyDeletion",
        &input,
        start(),
    );
    assert_eq!(gone.unwrap_err().code, "NotFoundException");
}

/// A token whose MAC is another, or that names another grant, is none.
#[test]
fn forged_tokens_are_refused() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
    let directory = tempfile::tempdir().unwrap();
    let (kms, _) = open(directory.path());
    let key = new_key(&kms, None);
    let (caller, connection) = (named_caller("admin a"), connection(start()));
    let requester = Requester {
        caller: &caller,
        connection: &connection,
        via: None,
        tokens: &[],
    };
    let (_, token) = kms.create_grant(&requester, &key, &grant()).unwrap();
    let bytes = BASE64.decode(&token).unwrap();
    for at in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[at] ^= 1;
        let tokens = [BASE64.encode(forged)];
        let requester = Requester {
            tokens: &tokens,
            ..requester
        };
        let refused = kms.check(&requester, "kms:Decrypt", &key, &context(), None);
        assert_eq!(
            refused.unwrap_err().code,
            "InvalidGrantTokenException",
            "byte {at}"
        );
    }
}
