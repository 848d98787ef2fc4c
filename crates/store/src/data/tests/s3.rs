//! Offline stores on S3: with a lake in memory that behaves like a bucket, and against a running AWS
//! double, which `./test` starts and names in `REMPART_MOTO`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rempart_keys::Requester;
use rempart_lake::{Lake, Location, S3Credentials, S3Service};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::world::{ACCOUNT, Make, OFFLINE_KEY, OTHER_ACCOUNT, World};
use crate::data::{EraseError, Erasure, Receipt};
use crate::group::OfflineStatus;
use crate::registry::RegistryError;

fn erase(world: &World, id: &str) -> Result<Receipt, EraseError> {
    world.data.erase(
        &world.caller("admin"),
        &world.connection(),
        &Erasure {
            groups: &["fg".to_owned()],
            identifiers: &[id.to_owned()],
            directories: &[],
        },
        &|bytes| bytes.to_vec(),
    )
}

fn versions(receipt: &Receipt) -> Value {
    let body: Value = serde_json::from_slice(&receipt.json).unwrap();
    assert_eq!(body["isComplete"], receipt.is_complete);
    body["groups"][0]["versions"].clone()
}

/// A store over a bucket with versioning: `x` and `y` are in one file.
fn versioned() -> World {
    let world = World::new();
    world.lake.is_remote.store(true, Ordering::Relaxed);
    *world.lake.versions.lock().unwrap() = Some(Vec::new());
    world.make(Make::default());
    for id in ["x", "y"] {
        world.put(id, 1, &[("a", "1")]).unwrap();
    }
    world.offline();
    world
}

#[test]
fn an_erasure_takes_the_versions_that_a_bucket_keeps_and_no_others() {
    let world = versioned();
    let old = |id: &str| {
        world
            .lake
            .versions
            .lock()
            .unwrap()
            .as_ref()
            .unwrap()
            .iter()
            .any(|(_, file)| {
                file.rows
                    .iter()
                    .any(|row| row.cells[0] == rempart_lake::Cell::Text(id.to_owned()))
            })
    };
    let receipt = erase(&world, "x").unwrap();
    assert!(receipt.is_complete);
    let said = versions(&receipt);
    assert_eq!(said["searched"], 1);
    assert_eq!(said["removed"], 1);
    assert!(!old("x"));
    // Somebody removed a file by mistake: what is left of it is not taken with another subject.
    let path = world
        .lake
        .files
        .lock()
        .unwrap()
        .keys()
        .next()
        .cloned()
        .unwrap();
    let table = world.data.offline_table(&world.group()).unwrap();
    crate::data::Lake::remove(&*world.lake, &table, &path).unwrap();
    world.put("z", 1, &[]).unwrap();
    world.offline();
    let receipt = erase(&world, "z").unwrap();
    assert!(receipt.is_complete);
    assert!(old("y") && !old("z"));
}

#[test]
fn versions_that_cannot_be_looked_at_or_removed_are_in_the_receipt() {
    let world = versioned();
    *world.lake.no_list.lock().unwrap() = Some("AccessDenied".to_owned());
    let receipt = erase(&world, "x").unwrap();
    assert!(!receipt.is_complete);
    let unknown = versions(&receipt)["unknown"].as_str().unwrap().to_owned();
    assert!(
        unknown.starts_with("unknown: versions of the bucket were not looked at: "),
        "{unknown}"
    );
    assert!(unknown.contains("AccessDenied"), "{unknown}");
    *world.lake.no_list.lock().unwrap() = None;
    *world.lake.no_removal.lock().unwrap() = Some("it is locked".to_owned());
    let receipt = erase(&world, "x").unwrap();
    assert!(!receipt.is_complete);
    let said = versions(&receipt);
    assert_eq!(said["left"], 1);
    assert!(
        said["leftVersions"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("it is locked")
    );
    // Once it may, a repetition finishes.
    *world.lake.no_removal.lock().unwrap() = None;
    let receipt = erase(&world, "x").unwrap();
    assert!(receipt.is_complete);
    assert_eq!(versions(&receipt)["removed"], 1);
}

#[test]
fn on_disk_no_versions_are_spoken_of() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world.offline();
    let receipt = erase(&world, "x").unwrap();
    assert!(receipt.is_complete);
    let nothing =
        json!({"searched": 0, "removed": 0, "left": 0, "leftVersions": [], "unknown": null});
    assert_eq!(versions(&receipt), nothing);
}

#[test]
fn k9_who_may_not_decrypt_may_not_have_objects_read_by_the_store() {
    for customer_keys in [true, false] {
        let world = World::new();
        world.lake.is_remote.store(true, Ordering::Relaxed);
        world.make(Make {
            customer_keys,
            ..Make::default()
        });
        world.put("x", 1, &[]).unwrap();
        world.offline();
        let connection = world.connection();
        let may_read = |caller: &rempart_directory::Caller| {
            let requester = Requester {
                caller,
                connection: &connection,
                via: Some("s3.eu-west-1.amazonaws.com"),
                tokens: &[],
            };
            world.data.check_offline_read(&requester, &world.group())
        };
        let admin = world.caller("admin");
        may_read(&admin).unwrap();
        let mut stranger = rempart_directory::Caller::clone(&admin);
        stranger.account = Some(OTHER_ACCOUNT.parse().unwrap());
        // A key of the store's own serves its account alone; a customer's is asked.
        assert_eq!(may_read(&stranger).is_ok(), customer_keys);
        world
            .kms
            .deny(OFFLINE_KEY, admin.principal.as_str(), "kms:Decrypt");
        assert_eq!(may_read(&admin).is_err(), customer_keys);
        match erase(&world, "x") {
            Err(EraseError::Incomplete { reason, .. }) => {
                assert!(customer_keys, "{reason}");
            }
            Ok(receipt) => assert!(!customer_keys && receipt.is_complete),
            Err(other) => panic!("{other}"),
        }
        // Where files have keys of their own, those are what is asked for.
        world.lake.is_remote.store(false, Ordering::Relaxed);
        may_read(&admin).unwrap();
    }
}

/// The double, or `None` where there is none.
fn double() -> Option<String> {
    let found = std::env::var("REMPART_MOTO").ok();
    if found.is_none() {
        eprintln!("skipped: REMPART_MOTO is not set");
    }
    found
}

/// A request whose signature the double does not check; the whole answer.
fn ask(endpoint: &str, method: &str, path: &str, body: &str) -> String {
    let host = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIDMOTO/20260101/us-east-1/s3/aws4_request\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A store whose offline store is a bucket of its own.
fn over(endpoint: &str, bucket: &str) -> World {
    let lake = Lake::open(Location::S3(S3Service {
        region: Some("eu-west-1".to_owned()),
        endpoint: Some(endpoint.to_owned()),
        bucket_key: true,
        credentials: Arc::new(S3Credentials {
            access_key_id: "AKIDMOTO".to_owned(),
            secret_access_key: Zeroizing::new("secret".to_owned()),
            session_token: None,
        }),
    }))
    .unwrap();
    let mut world = World::new();
    world.other_lake = Some(Arc::new(lake));
    let world = world.restarted();
    world.make(Make::default());
    let resolved_uri = format!(
        "s3://{bucket}/team=x/{ACCOUNT}/sagemaker/eu-west-1/offline-store/fg-1704067200/data"
    );
    world
        .registry
        .update(world.group().id, |group| {
            group.offline.as_mut().unwrap().resolved_uri = resolved_uri;
            Ok::<(), RegistryError>(())
        })
        .unwrap();
    world
}

/// Passes on what comes to an address.
fn pass_on(listener: TcpListener, to: &str) {
    let to = to.strip_prefix("http://").unwrap().to_owned();
    std::thread::spawn(move || {
        for here in listener.incoming() {
            let (here, there) = (here.unwrap(), TcpStream::connect(&to).unwrap());
            for (mut from, mut to) in [
                (here.try_clone().unwrap(), there.try_clone().unwrap()),
                (there, here),
            ] {
                std::thread::spawn(move || {
                    std::io::copy(&mut from, &mut to).ok();
                    to.shutdown(std::net::Shutdown::Both).ok();
                });
            }
        }
    });
}

#[test]
fn s6_rows_wait_for_s3_and_for_the_bucket() {
    let Some(endpoint) = double() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let bucket = format!("sagemaker-waits-{}", std::process::id());
    let world = over(&format!("http://{address}"), &bucket);
    let blocked_by = |part: &str| match world.group().offline_status.clone().unwrap() {
        OfflineStatus::Blocked { reason } => {
            assert!(reason.contains(part), "{reason}");
            assert!(
                reason.contains(&format!("s3://{bucket}/team=x/")),
                "{reason}"
            );
            assert!(reason.contains(OFFLINE_KEY), "{reason}");
        }
        other => panic!("{other:?}"),
    };
    world.put("x", 1, &[]).unwrap();
    assert_eq!(world.data.flush(world.now(), true).blocked.len(), 1);
    blocked_by("refused");
    // S3 is there again, the bucket is not.
    pass_on(TcpListener::bind(address).unwrap(), &endpoint);
    std::thread::sleep(Duration::from_millis(2_100));
    world.put("y", 3_700, &[]).unwrap();
    assert_eq!(world.data.flush(world.now(), true).blocked.len(), 1);
    blocked_by("NoSuchBucket");
    let made = ask(&endpoint, "PUT", &format!("/{bucket}"), "");
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    world.put("z", 2, &[]).unwrap();
    world.wait(60_000);
    let report = world.data.tick(world.now());
    assert_eq!((report.rows, report.files), (3, 3), "{report:?}");
    assert_eq!(
        world.group().offline_status.clone().unwrap(),
        OfflineStatus::Active
    );
    let list = ask(
        &endpoint,
        "GET",
        &format!("/{bucket}?list-type=2&prefix=team%3Dx/{ACCOUNT}/sagemaker/eu-west-1/"),
        "",
    );
    let keys: Vec<&str> = list
        .split("<Key>")
        .skip(1)
        .filter_map(|rest| rest.split("</Key>").next())
        .collect();
    assert_eq!(keys.len(), 3, "{list}");
    for key in keys {
        let head = ask(&endpoint, "HEAD", &format!("/{bucket}/{key}"), "").to_lowercase();
        assert!(head.contains(OFFLINE_KEY), "{head}");
        assert!(
            head.contains("x-amz-server-side-encryption: aws:kms"),
            "{head}"
        );
    }
    // Nothing is written twice.
    assert_eq!(world.data.flush(world.now(), true).rows, 0);
}

#[test]
fn an_erased_subject_is_in_no_version_of_an_object() {
    let Some(endpoint) = double() else { return };
    let bucket = format!("sagemaker-erases-{}", std::process::id());
    for (path, body) in [
        (format!("/{bucket}"), ""),
        (
            format!("/{bucket}?versioning"),
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        ),
    ] {
        let made = ask(&endpoint, "PUT", &path, body);
        assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    }
    let world = over(&endpoint, &bucket);
    for id in ["planted-x", "planted-y"] {
        world.put(id, 1, &[]).unwrap();
    }
    assert_eq!(world.data.flush(world.now(), true).files, 1);
    let receipt = erase(&world, "planted-x").unwrap();
    assert!(receipt.is_complete);
    let body: Value = serde_json::from_slice(&receipt.json).unwrap();
    let group = &body["groups"][0];
    assert_eq!(group["offline"]["rowsRemoved"], 1);
    assert_eq!(group["versions"]["removed"], 1);
    assert_eq!(group["residue"]["offlineFilesSearched"], 1);
    let list = ask(&endpoint, "GET", &format!("/{bucket}?versions"), "");
    assert_eq!(list.matches("<Version>").count(), 1, "{list}");
    assert_eq!(list.matches("<DeleteMarker>").count(), 1, "{list}");
}
