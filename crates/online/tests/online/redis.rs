//! The Redis engine against Debian's server, alone and as a cluster.

use std::path::Path;
use std::process::Command;
use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rempart_online::{
    Applied, Condition, Durability, Engine, EngineError, GroupId, MemoryEngine, Mutation,
    RedisEngine, RedisOptions, Row, RowKey,
};

use crate::embedded::{options, scratch};
use crate::servers::{Server, cluster};
use crate::steps::{Step, content, step, take};

fn to(addresses: Vec<String>, prefix: &str) -> RedisOptions {
    RedisOptions {
        is_cluster: addresses.len() > 1,
        addresses,
        prefix: prefix.to_owned(),
        timeout: Duration::from_secs(3),
        ..RedisOptions::default()
    }
}

fn open(redis: &RedisOptions, folder: &Path) -> RedisEngine {
    RedisEngine::open(redis, folder, &options()).unwrap()
}

fn does_as_memory_does(addresses: &[String], cases: u32) {
    let config = ProptestConfig::with_cases(cases);
    let mut runner = TestRunner::new(config);
    let steps = proptest::collection::vec(step(), 1..25);
    let mut number = 0;
    let prefix = std::cell::RefCell::new(&mut number);
    let result = runner.run(&steps, |steps| {
        **prefix.borrow_mut() += 1;
        let options = to(addresses.to_vec(), &format!("case-{}", prefix.borrow()));
        let folder = scratch();
        let memory = MemoryEngine::new();
        let mut engine = open(&options, folder.path());
        for step in &steps {
            prop_assert_eq!(take(&engine, step), take(&memory, step), "{:?}", step);
            if matches!(step, Step::Reopen) {
                drop(engine);
                engine = open(&options, folder.path());
            }
            prop_assert_eq!(content(&engine), content(&memory), "after {:?}", step);
        }
        Ok(())
    });
    result.unwrap();
}

#[test]
fn one_server_does_as_memory_does() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    does_as_memory_does(&[server.address()], 12);
}

#[test]
fn a_cluster_does_as_memory_does() {
    let Some(servers) = cluster() else { return };
    let addresses: Vec<String> = servers.iter().map(Server::address).collect();
    does_as_memory_does(&addresses, 6);
    let sizes: Vec<u64> = servers.iter().map(|server| server.ask("DBSIZE")).collect();
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");
}

fn key(number: u64) -> RowKey {
    RowKey {
        group: GroupId(1),
        blind: fastrand::Rng::with_seed(number).u128(..).to_be_bytes(),
    }
}

fn put(number: u64, event_time: i64) -> Mutation {
    Mutation {
        key: key(number),
        condition: Condition::NotOlder {
            event_time,
            on_equal: false,
            now: 0,
        },
        row: Some(Row {
            event_time,
            expires_at: None,
            is_deleted: false,
            sealed: Bytes::from(number.to_string()),
        }),
        queue: None,
        queue_if_applied: false,
        secret: None,
    }
}

#[test]
fn of_equal_writes_of_two_processes_one_applies() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let folders = [scratch(), scratch()];
    let options = to(vec![server.address()], "both");
    let engines: Vec<_> = folders
        .iter()
        .map(|folder| open(&options, folder.path()))
        .collect();
    assert_eq!(engines[0].durability(), Durability::Asynchronous);
    let start = Barrier::new(8);
    for round in 0..50_i64 {
        let applied: usize = std::thread::scope(|scope| {
            let run = |thread: usize| {
                let (engine, start) = (&engines[thread % 2], &start);
                scope.spawn(move || {
                    start.wait();
                    engine.apply(vec![put(1, round)]).unwrap() == [Applied::Yes]
                })
            };
            let threads: Vec<_> = (0..8).map(run).collect();
            let answers = threads.into_iter().map(|thread| thread.join().unwrap());
            answers.filter(|applied| *applied).count()
        });
        assert_eq!(applied, 1, "round {round}");
    }
}

#[test]
fn pages_of_a_scan_make_up_the_group() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let folder = scratch();
    let engine = open(&to(vec![server.address()], "scan"), folder.path());
    let memory = MemoryEngine::new();
    for engine in [&engine as &dyn Engine, &memory] {
        for first in (0..1_000).step_by(100) {
            engine
                .apply((first..first + 100).map(|number| put(number, 1)).collect())
                .unwrap();
        }
    }
    for limit in [1, 7, 64, 999, 1_000, 1_001, usize::MAX] {
        let mut after = None;
        let mut keys = Vec::new();
        loop {
            let page = engine.scan(GroupId(1), after, limit).unwrap();
            assert_eq!(
                page.len(),
                memory.scan(GroupId(1), after, limit).unwrap().len()
            );
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            keys.extend(page.into_iter().map(|(blind, stored)| (blind, stored.row)));
        }
        let expected = memory.scan(GroupId(1), None, 2_000).unwrap();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(blind, one)| (blind, one.row))
            .collect();
        assert_eq!(keys, expected, "{limit}");
    }
    engine.drop_group(GroupId(1)).unwrap();
    // What says whose servers these are stays.
    assert_eq!(server.ask::<u64>("DBSIZE"), 1);
}

#[test]
fn the_server_removes_what_nobody_swept_and_the_sweep_its_traces() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let folder = scratch();
    let mut options = to(vec![server.address()], "expiry");
    options.expiry_margin = Duration::from_millis(300);
    let engine = open(&options, folder.path());
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let now = i64::try_from(since.as_millis()).unwrap();
    let mut mutation = put(1, 1);
    mutation.row.as_mut().unwrap().expires_at = Some(now);
    mutation.secret = Some(Bytes::from_static(b"secret"));
    engine.apply(vec![mutation, put(2, 1)]).unwrap();
    // Expired, and there until the margin is over.
    assert!(engine.get(&key(1)).unwrap().is_some());
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(engine.get(&key(1)).unwrap(), None);
    assert!(engine.secret(&key(1)).unwrap().is_some());
    assert_eq!(engine.scan(GroupId(1), None, 1).unwrap().len(), 1);
    assert_eq!(engine.sweep(GroupId(1), now, 10).unwrap(), 1);
    assert_eq!(engine.sweep(GroupId(1), now, 10).unwrap(), 0);
    assert_eq!(engine.secret(&key(1)).unwrap(), None);
    assert_eq!(engine.usage(GroupId(1)).unwrap().rows, 1);
    assert!(engine.get(&key(2)).unwrap().is_some());
}

#[test]
fn a_server_that_began_anew_is_used_again() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    let folder = scratch();
    let engine = open(&to(vec![server.address()], "again"), folder.path());
    engine.apply(vec![put(1, 1)]).unwrap();
    server.ask::<()>("SCRIPT FLUSH");
    assert_eq!(engine.apply(vec![put(1, 2)]).unwrap(), [Applied::Yes]);
    server.stop();
    let mut queued = put(2, 1);
    queued.queue = Some(Bytes::from_static(b"queued first"));
    let refused = engine.apply(vec![queued.clone()]);
    assert!(
        matches!(refused, Err(EngineError::Failed { .. })),
        "{refused:?}"
    );
    assert!(engine.get(&key(1)).is_err());
    // The entry was durable before the server was asked.
    assert_eq!(engine.queued(GroupId(1), 10, 1_000).unwrap().len(), 1);
    let mut dependent = queued.clone();
    dependent.queue_if_applied = true;
    assert!(engine.apply(vec![dependent]).is_err());
    assert_eq!(engine.queued(GroupId(1), 10, 1_000).unwrap().len(), 1);
    server.start_again();
    // Each connection that was kept notices by itself.
    let mut applied = Vec::new();
    for _ in 0..20 {
        if let Ok(answer) = engine.apply(vec![put(1, 3)]) {
            applied = answer;
            break;
        }
    }
    assert_eq!(applied, [Applied::Yes]);
}

#[test]
fn servers_that_would_lose_rows_are_refused_and_full_ones_say_so() {
    let arguments = ["--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru"];
    let Some(server) = Server::start(&arguments) else {
        return;
    };
    let folder = scratch();
    let settings = to(vec![server.address()], "full");
    let refused = RedisEngine::open(&settings, folder.path(), &options());
    assert!(format!("{refused:?}").contains("noeviction"), "{refused:?}");
    server.ask::<()>("CONFIG SET maxmemory-policy noeviction");
    let engine = open(&settings, folder.path());
    let mut last = 0;
    let error = loop {
        let mut mutation = put(last, 1);
        mutation.row.as_mut().unwrap().sealed = Bytes::from(vec![1; 100_000]);
        match engine.apply(vec![mutation]) {
            Ok(_) => last += 1,
            Err(error) => break error,
        }
        assert!(last < 1_000);
    };
    assert!(matches!(error, EngineError::Full { .. }), "{error:?}");
    for number in 0..last {
        assert!(engine.get(&key(number)).unwrap().is_some());
    }
    assert_eq!(engine.usage(GroupId(1)).unwrap().rows, last);
    // What frees memory goes on.
    engine.forget(&key(0)).unwrap();
    assert_eq!(
        engine.usage(GroupId(1)).unwrap().bytes,
        (last - 1) * 100_000
    );
}

#[test]
fn a_write_waits_for_replicas() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut options = to(vec![server.address()], "wait");
    options.replicas = 1;
    options.timeout = Duration::from_millis(800);
    let folder = scratch();
    let engine = open(&options, folder.path());
    let refused = engine.apply(vec![put(1, 1)]);
    assert!(
        format!("{refused:?}").contains("0 of 1 replicas"),
        "{refused:?}"
    );
    let port = server.port.to_string();
    let Some(replica) = Server::start(&["--replicaof", "127.0.0.1", &port]) else {
        return;
    };
    let begun = SystemTime::now();
    while engine.apply(vec![put(1, 2)]).is_err() {
        assert!(begun.elapsed().unwrap() < Duration::from_secs(20));
    }
    assert!(replica.ask::<u64>("DBSIZE") > 0);
}

#[test]
fn passwords_are_neither_shown_nor_kept_in_errors() {
    let Some(server) = Server::start(&["--requirepass", "right-one"]) else {
        return;
    };
    let folder = scratch();
    let with = |password: &str| {
        let address = format!("redis://:{password}@127.0.0.1:{}", server.port);
        to(vec![address], "auth")
    };
    let refused = RedisEngine::open(&with("wrong-one"), folder.path(), &options());
    let text = format!("{refused:?} {:?}", with("wrong-one"));
    assert!(refused.is_err() && !text.contains("wrong-one"), "{text}");
    let engine = open(&with("right-one"), folder.path());
    engine.apply(vec![put(1, 1)]).unwrap();
    assert!(!format!("{engine:?}").contains("right-one"));
    for address in ["", "redis://:hidden@[bad", "http://:hidden@127.0.0.1"] {
        let text = format!(
            "{:?}",
            RedisEngine::open(
                &to(vec![address.to_owned()], "a"),
                folder.path(),
                &options()
            )
        );
        assert!(
            text.starts_with("Err") && !text.contains("hidden"),
            "{text}"
        );
    }
    let odd = RedisEngine::open(
        &to(vec![server.address()], "{a}"),
        folder.path(),
        &options(),
    );
    assert!(odd.is_err());
}

#[test]
fn tls_is_spoken_and_other_certificates_are_refused() {
    let folder = scratch();
    let make = |name: &str| {
        let path = |kind: &str| {
            folder
                .path()
                .join(format!("{name}.{kind}"))
                .display()
                .to_string()
        };
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
            ])
            .args(["-nodes", "-days", "2", "-subj", "/CN=redis"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &path("key"), "-out", &path("crt")])
            .output();
        made.is_ok_and(|made| made.status.success())
            .then(|| (path("key"), path("crt")))
    };
    let (Some((key_file, certificate)), Some((_, other))) = (make("one"), make("other")) else {
        eprintln!("skipped: openssl is missing");
        return;
    };
    // The plain port stays, so that the start can be seen.
    let tls = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let arguments = [
        "--tls-port",
        &tls.to_string(),
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key_file,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
    ];
    let Some(_server) = Server::start(&arguments) else {
        return;
    };
    let with = |file: &str| {
        let mut options = to(vec![format!("rediss://127.0.0.1:{tls}")], "tls");
        options.root_certificates = Some(std::fs::read(file).unwrap());
        options
    };
    let queue = scratch();
    assert!(RedisEngine::open(&with(&other), queue.path(), &options()).is_err());
    let engine = open(&with(&certificate), queue.path());
    assert_eq!(engine.apply(vec![put(1, 1)]).unwrap(), [Applied::Yes]);
    assert!(engine.get(&key(1)).unwrap().is_some());
}
