//! What a call costs, HTTP aside. Not a test of right or wrong: run it by hand in release.
#![expect(clippy::print_stdout, reason = "a measurement is for reading")]

use std::time::Instant;

use serde_json::{Value, json};

use super::world::{Make, World, at, features};
use crate::data::Operation;

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
        for _ in 0..rounds {
            let start = Instant::now();
            world
                .data
                .call(&caller, &connection, operation, input)
                .unwrap();
            times.push(start.elapsed().as_nanos());
            if times.len() % 1_000 == 0 {
                world.sink.events.lock().unwrap().clear();
            }
        }
        times.sort_unstable();
        println!(
            "{name}: p50 {} ns, p99 {} ns",
            times[rounds / 2],
            times[rounds * 99 / 100]
        );
    }
}
