//! The peer of `cargo xtask bench hunt`: rsigma 0.23 over the same files with the same rules.
//!
//! Usage: `rsigma_peer RULES LOGS THREADS`. Reads every `.json.gz` below LOGS, inflates it with
//! libdeflater as rempart does, parses each record with serde_json and asks rsigma's engine. Single
//! events only: its correlations are left out, to its advantage.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measuring tool"
)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use rsigma_eval::{Engine, JsonEvent};
use serde_json::Value;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let rules = PathBuf::from(arguments.next().expect("RULES"));
    let logs = PathBuf::from(arguments.next().expect("LOGS"));
    let threads: usize = arguments.next().expect("THREADS").parse().unwrap();
    let engine = engine(&rules);
    let mut files = Vec::new();
    collect(&logs, ".json.gz", &mut files);
    files.sort();
    let (next, bytes, records, matches) = (
        AtomicUsize::new(0),
        AtomicU64::new(0),
        AtomicU64::new(0),
        AtomicU64::new(0),
    );
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let text = inflate(file);
                    bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
                    let mut value: Value = serde_json::from_slice(&text).unwrap();
                    for record in value["Records"].as_array_mut().unwrap() {
                        records.fetch_add(1, Ordering::Relaxed);
                        let found = engine.evaluate(&JsonEvent::borrow(record));
                        matches.fetch_add(found.len() as u64, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    let (bytes, records) = (bytes.into_inner(), records.into_inner());
    println!(
        "{{\"seconds\":{seconds},\"bytes\":{bytes},\"records\":{records},\"matches\":{},\"rules\":{}}}",
        matches.into_inner(),
        engine.rule_count()
    );
}

fn engine(rules: &Path) -> Engine {
    let mut files = Vec::new();
    collect(rules, ".yml", &mut files);
    files.retain(|file| !file.to_string_lossy().ends_with(".test.yml"));
    files.sort();
    let mut engine = Engine::new();
    for file in files {
        if let Ok(collection) =
            rsigma_parser::parse_sigma_yaml(&std::fs::read_to_string(file).unwrap())
        {
            engine.add_rules(&collection.rules);
        }
    }
    engine
}

fn inflate(file: &Path) -> Vec<u8> {
    let stored = std::fs::read(file).unwrap();
    let size = u32::from_le_bytes(*stored.last_chunk::<4>().unwrap());
    let mut text = vec![0; size as usize];
    libdeflater::Decompressor::new()
        .gzip_decompress(&stored, &mut text)
        .unwrap();
    text
}

fn collect(directory: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, files);
        } else if path.to_string_lossy().ends_with(ending) {
            files.push(path);
        }
    }
}
