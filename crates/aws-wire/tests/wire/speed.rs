//! How long the hot paths take. Not a test of correctness: run it in a release build with
//! `cargo test --release -p rempart-aws-wire --test wire -- --ignored --nocapture speed`.

use std::hint::black_box;
use std::time::Instant;

use rempart_aws_wire::sign::{KeyCache, Scope, verify};
use rempart_aws_wire::{input, records, route};
use serde_json::json;

use crate::botocore::{committed, now};
use crate::double::{Request, lookup};

fn measure(name: &str, mut work: impl FnMut()) {
    for _ in 0..2_000 {
        work();
    }
    // Short batches: the best of them was not interrupted.
    let mut best = f64::MAX;
    for _ in 0..1_000 {
        let start = Instant::now();
        for _ in 0..20 {
            work();
        }
        best = best.min(start.elapsed().as_secs_f64() / 20.0 * 1e6);
    }
    println!("{name:40} {best:8.2} µs");
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let scope = Scope {
        region: "eu-west-1",
        services: &["sagemaker"],
    };
    for operation in ["GetRecord", "PutRecord"] {
        let line = committed()
            .into_iter()
            .find(|line| line["operation"] == operation);
        let request = Request::read(&line.unwrap());
        let keys = KeyCache::default();
        request.with(|incoming| {
            measure(&format!("signature of {operation}"), || {
                black_box(verify(incoming, &scope, &lookup, &keys, now())).unwrap();
            });
        });
    }
    let record: Vec<_> = (0..50)
        .map(|n| json!({"FeatureName": format!("feature-{n}"), "ValueAsString": format!("{n}.25")}))
        .collect();
    let body = json!({"Record": record, "TargetStores": ["OnlineStore"]}).to_string();
    let put = Request::new("PUT", "/FeatureGroup/clients", "", &body);
    let query = "RecordIdentifierValueAsString=client%2D17&FeatureName=a&FeatureName=b";
    let get = Request::new("GET", "/FeatureGroup/clients", query, "");
    let identifiers: Vec<String> = (0..100).map(|n| format!("client-{n}")).collect();
    let body = json!({"Identifiers": [{"FeatureGroupName": "clients", "RecordIdentifiersValueAsString": identifiers}]});
    let batch = Request::new("POST", "/BatchGetRecord", "", &body.to_string());
    for (name, request) in [
        ("PutRecord x 50", put),
        ("GetRecord", get),
        ("BatchGetRecord x 100", batch),
    ] {
        request.with(|incoming| {
            measure(&format!("{name}, general"), || {
                let route = route(incoming).unwrap();
                black_box(input(incoming, &route)).unwrap();
            });
            measure(&format!("{name}, typed"), || {
                let route = route(incoming).unwrap();
                black_box(records::parse(incoming, &route)).unwrap();
            });
        });
    }
}
