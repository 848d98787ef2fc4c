//! What a call costs, HTTP aside. Not a test of right or wrong: run it by hand in release.
#![expect(clippy::print_stdout, reason = "a measurement is for reading")]

use std::sync::Arc;
use std::time::Instant;

use rempart_aws_wire::{Incoming, records, route};
use rempart_online::{EmbeddedEngine, EmbeddedOptions, Engine, MemoryEngine};
use serde_json::{Value, json};

use super::world::{Make, World, at, features, through_the_wire};
use crate::data::{Operation, Settings};
use crate::group::FeatureType;

#[test]
#[ignore = "a measurement: cargo nextest run --release -p rempart-store --run-ignored all measure --no-capture"]
fn measure_get_and_put_of_fifty_features() {
    let names: Vec<String> = (0..48).map(|at| format!("feature_{at}")).collect();
    let mut all = vec!["id", "time"];
    all.extend(names.iter().map(String::as_str));
    let world = World::new();
    world.make(Make {
        features: features(&all),
        ..Make::default()
    });
    let time = at(1);
    let record: Vec<Value> = all
        .iter()
        .map(|name| {
            let value = if *name == "time" {
                time.as_str()
            } else {
                "1234567"
            };
            json!({"FeatureName": name, "ValueAsString": value})
        })
        .collect();
    let put = json!({"FeatureGroupName": "fg", "Record": record, "TargetStores": ["OnlineStore"]});
    let put_both = json!({"FeatureGroupName": "fg", "Record": record});
    let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "1234567"});
    let (caller, connection) = (world.caller("admin"), world.connection());
    for (name, operation, input) in [
        ("PutRecord online", Operation::PutRecord, &put),
        ("PutRecord both", Operation::PutRecord, &put_both),
        ("GetRecord", Operation::GetRecord, &get),
    ] {
        let rounds = 20_000;
        let mut times = Vec::with_capacity(rounds);
        through_the_wire(operation, input.clone(), |call| {
            for _ in 0..rounds {
                let start = Instant::now();
                world.data.call(&caller, &connection, call).unwrap();
                times.push(start.elapsed().as_nanos());
                if times.len() % 1_000 == 0 {
                    world.sink.events.lock().unwrap().clear();
                }
            }
            Ok(())
        })
        .unwrap();
        times.sort_unstable();
        println!(
            "{name}: p50 {} ns, p99 {} ns",
            times[rounds / 2],
            times[rounds * 99 / 100]
        );
    }
}

const BATCH: usize = 25;

/// A batch of new records, as it comes over the wire.
fn batch(first: usize, names: &[String], stores: &Value) -> Vec<u8> {
    let time = at(1);
    let entries: Vec<Value> = (first..first + BATCH)
        .map(|id| {
            let id = format!("customer-{id}");
            let mut record = vec![
                json!({"FeatureName": "id", "ValueAsString": id}),
                json!({"FeatureName": "time", "ValueAsString": time}),
            ];
            record.extend(names.iter().enumerate().map(
                |(at, name)| json!({"FeatureName": name, "ValueAsString": (at * 7919).to_string()}),
            ));
            json!({"FeatureGroupName": "fg", "Record": record, "TargetStores": stores})
        })
        .collect();
    json!({"Entries": entries}).to_string().into_bytes()
}

/// Over several threads, as the server has them.
fn measure_batches(name: &str, engine: Arc<dyn Engine>, threads: usize, stores: &Value) {
    let names: Vec<String> = (0..50).map(|at| format!("feature_{at}")).collect();
    let mut all = vec!["id", "time"];
    all.extend(names.iter().map(String::as_str));
    let world = World::with(Settings::default(), engine);
    let mut features = features(&all);
    for feature in &mut features[2..] {
        feature.kind = FeatureType::Integral;
    }
    world.make(Make {
        features,
        ..Make::default()
    });
    let rounds = 400;
    let bodies: Vec<Vec<Vec<u8>>> = (0..threads)
        .map(|thread| {
            (0..rounds)
                .map(|round| batch((thread * rounds + round) * BATCH, &names, stores))
                .collect()
        })
        .collect();
    let (caller, connection) = (world.caller("admin"), world.connection());
    let begun = Instant::now();
    let times: Vec<u128> = std::thread::scope(|scope| {
        let working: Vec<_> = bodies
            .iter()
            .map(|bodies| {
                let (world, caller, connection) = (&world, &caller, &connection);
                scope.spawn(move || {
                    let mut times = Vec::new();
                    for body in bodies {
                        let headers: [(&str, &[u8]); 1] = [("Content-Type", b"application/json")];
                        let incoming = Incoming {
                            method: "POST",
                            path: "/BatchWriteRecord",
                            query: "",
                            headers: &headers,
                            body,
                        };
                        let start = Instant::now();
                        let route = route(&incoming).unwrap();
                        let call = records::parse(&incoming, &route).unwrap();
                        times.push(start.elapsed().as_nanos());
                        world.data.call(caller, connection, &call).unwrap();
                        times.push(start.elapsed().as_nanos());
                    }
                    times
                })
            })
            .collect();
        working
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let (mut parse, mut whole): (Vec<u128>, Vec<u128>) =
        times.chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip();
    parse.sort_unstable();
    whole.sort_unstable();

    println!(
        "BatchWriteRecord of {BATCH}, {name}, {threads} threads: parse p50 {} ns, whole p50 {} ns, p99 {} ns, {:.0} rows/s",
        parse[parse.len() / 2],
        whole[whole.len() / 2],
        whole[whole.len() * 99 / 100],
        (threads * rounds * BATCH) as f64 / seconds,
    );
}

#[test]
#[ignore = "a measurement: cargo nextest run --release -p rempart-store --run-ignored all measure --no-capture"]
fn measure_batch_write_of_fifty_integers() {
    let online = json!(["OnlineStore"]);
    let both = json!(["OnlineStore", "OfflineStore"]);
    for threads in [1, 8] {
        for (stores, name) in [(&online, "online"), (&both, "both")] {
            let memory = Arc::new(MemoryEngine::new());
            measure_batches(&format!("{name}, memory"), memory, threads, stores);
            let directory = tempfile::tempdir().unwrap();
            let engine = EmbeddedEngine::open(directory.path(), &EmbeddedOptions::default());
            let engine = Arc::new(engine.unwrap());
            measure_batches(&format!("{name}, on disk"), engine, threads, stores);
        }
    }
}
