//! `cargo xtask bench store`: the feature store beside Feast and raw Redis, in one run.
//!
//! All clients are the same closed loop over prepared requests, on the machine of the servers; ours is
//! measured with signatures, encryption and authorisation on. A server is alone while it is measured.

mod feast;
mod join;
mod load;
mod ours;
mod redis;
mod shares;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use super::machine::build;
use load::Load;
use table::Table;

/// Arguments of `cargo xtask bench store`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Records of the comparison of reads and writes; 0 leaves it out
    #[arg(long, default_value_t = 10_000)]
    records: usize,
    /// Features of a record, a multiple of five
    #[arg(long, default_value_t = 50)]
    features: usize,
    /// Longest time of a measurement, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Records for the measurement of memory; 0 leaves it out
    #[arg(long, default_value_t = 10_000_000)]
    many: usize,
    /// Where ours keeps its data; must be on a disk, not in memory
    #[arg(long, default_value = "bench/data/store")]
    data: PathBuf,
    /// A program that is built already; it is built otherwise
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Do not measure the shares of encryption and authorisation, which builds the store's tests
    #[arg(long)]
    no_shares: bool,
    #[command(flatten)]
    join: join::Arguments,
}

/// One server's answers to the two kinds of reads.
struct Reads {
    one: Load,
    batch: Load,
    saturated: f64,
    /// Seconds of the server's processor for each read at saturation; ours alone.
    processor: f64,
}

/// Runs the benchmark and keeps its table in `bench/results/`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => {
            build(&["--package", "rempart-cli"])?;
            let target = std::env::var_os("CARGO_TARGET_DIR");
            target
                .map_or_else(|| PathBuf::from("target"), PathBuf::from)
                .join("release/rempart")
        }
    };
    let python = feast::python()?;
    if arguments.data.exists() {
        std::fs::remove_dir_all(&arguments.data)?;
    }
    std::fs::create_dir_all(&arguments.data)?;
    let mut table = Table::new(arguments);
    let shares = if arguments.no_shares {
        None
    } else {
        Some(shares::run()?)
    };
    let mut processor = None;
    if arguments.records > 0 {
        processor = Some(compare_calls(&program, &python, arguments, &mut table)?);
    }
    if let Some(shares) = &shares {
        table.shares(shares, processor);
    }
    if arguments.join.join_rows > 0 {
        join::run(
            &program,
            &python,
            &arguments.data,
            &arguments.join,
            &mut table,
        )?;
    }
    if arguments.many > 0 {
        many(&program, arguments, &mut table)?;
    }
    table.write()
}

/// Reads and writes of all stores; gives what a GetRecord costs our server, in seconds of processor.
fn compare_calls(
    program: &Path,
    python: &Path,
    arguments: &Arguments,
    table: &mut Table,
) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut server = ours::Server::start(program, &arguments.data.join("main"))?;
    table.started(begun.elapsed());
    server.create("bench", arguments.features, false)?;
    let ingested = ingest(&server, arguments)?;
    let reads = read_ours(&server, arguments)?;
    table.memory("rempart", server.resident()?);
    table.kms(kms_share(&server)?);
    server.stop()?;

    let redis = redis::Server::start()?;
    redis::fill(redis.address, arguments.records, arguments.features)?;
    let raw = redis::read(redis.address, arguments.records, 8, 200_000)?;
    drop(redis);

    table.ours(&reads, &ingested);
    table.redis(raw, reads.saturated);
    for (online, workers) in [("sqlite", 1), ("sqlite", 2), ("redis", 1), ("redis", 2)] {
        let (seconds, peer) = read_feast(python, arguments, online, workers)?;
        table.feast(online, workers, &peer, arguments.records as f64 / seconds);
    }
    Ok(reads.processor)
}

/// Rounds of writes: one alone is over within a third of a second.
const ROUNDS: usize = 10;

/// Writes records of new subjects with `BatchWriteRecord`, round after round, each durable when
/// answered. The first round has those that are read afterwards.
fn ingest(server: &ours::Server, arguments: &Arguments) -> anyhow::Result<Load> {
    let mut all = Load::default();
    for round in 0..ROUNDS {
        let rows = arguments.records * round..arguments.records * (round + 1);
        all.add(write_rows(server, "bench", rows, arguments.features)?);
    }
    Ok(all)
}

fn write_rows(
    server: &ours::Server,
    group: &str,
    rows: std::ops::Range<usize>,
    features: usize,
) -> anyhow::Result<Load> {
    write_records(server, group, rows, |number| ours::record(number, features))
}

/// Connections on which rows are written: what they send at the same time is made durable together.
const WRITERS: usize = 16;

/// Writes rows, 25 in each call; requests are made before the first is sent.
fn write_records(
    server: &ours::Server,
    group: &str,
    rows: std::ops::Range<usize>,
    record: impl Fn(usize) -> Value,
) -> anyhow::Result<Load> {
    let numbers: Vec<usize> = rows.collect();
    let requests = numbers
        .chunks(25)
        .map(|part| {
            let entries: Vec<Value> = part
                .iter()
                .map(|number| json!({"FeatureGroupName": group, "Record": record(*number)}))
                .collect();
            let body = json!({"Entries": entries}).to_string();
            server.data("POST", "/BatchWriteRecord", body.as_bytes())
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let count = requests.len();
    load::run(
        server.address,
        &Arc::new(requests),
        WRITERS,
        count,
        Duration::from_secs(3600),
    )
}

fn read_ours(server: &ours::Server, arguments: &Arguments) -> anyhow::Result<Reads> {
    let one = (0..arguments.records)
        .map(|number| {
            let target =
                format!("/FeatureGroup/bench?RecordIdentifierValueAsString=entity-{number}");
            server.data("GET", &target, b"")
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let batch = batches(arguments.records)
        .map(|ids| {
            let body = json!({"Identifiers": [{
                "FeatureGroupName": "bench",
                "RecordIdentifiersValueAsString":
                    ids.map(|number| format!("entity-{number}")).collect::<Vec<_>>(),
            }]});
            server.data("POST", "/BatchGetRecord", body.to_string().as_bytes())
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    reads(server.address, one, batch, arguments, &|| {
        server.processor()
    })
}

fn read_feast(
    python: &Path,
    arguments: &Arguments,
    online: &str,
    workers: usize,
) -> anyhow::Result<(f64, Reads)> {
    let folder = tempfile::tempdir()?;
    let repository = folder.path().join("repository");
    let redis = (online == "redis").then(redis::Server::start).transpose()?;
    let place = redis.as_ref().map_or_else(
        || "sqlite".to_owned(),
        |redis| format!("redis:{}", redis.address.port()),
    );
    let per_view = arguments.features / 5;
    let prepared = feast::peer(
        python,
        &[
            "prepare",
            &repository.to_string_lossy(),
            "--online",
            &place,
            "--entities",
            &arguments.records.to_string(),
            "--per-view",
            &per_view.to_string(),
        ],
    )?;
    let seconds = prepared
        .get("seconds")
        .and_then(Value::as_f64)
        .context("no seconds")?;
    let server = feast::Server::start(python, &repository, workers)?;
    let one = (0..arguments.records)
        .map(|number| feast::request(server.address, std::iter::once(number), per_view))
        .collect();
    let batch = batches(arguments.records)
        .map(|ids| feast::request(server.address, ids, per_view))
        .collect();
    let reads = reads(server.address, one, batch, arguments, &|| Ok(f64::NAN))?;
    Ok((seconds, reads))
}

/// A hundred records each.
fn batches(records: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..records / 100).map(|number| number * 100..(number + 1) * 100)
}

fn reads(
    server: std::net::SocketAddr,
    one: Vec<Vec<u8>>,
    batch: Vec<Vec<u8>>,
    arguments: &Arguments,
    processor: &dyn Fn() -> anyhow::Result<f64>,
) -> anyhow::Result<Reads> {
    let limit = Duration::from_secs(arguments.seconds);
    let (one, batch) = (Arc::new(one), Arc::new(batch));
    // Caches and connections of the server are warm, as they are in use.
    load::run(server, &one, 4, 2_000, limit)?;
    let single = load::run(server, &one, 1, 20_000, limit)?;
    let batched = load::run(server, &batch, 1, 2_000, limit)?;
    let before = processor()?;
    let saturated = load::run(server, &one, 16, 400_000, limit)?;
    let used = processor()? - before;
    Ok(Reads {
        one: single,
        batch: batched,
        saturated: saturated.rate(),
        processor: used / saturated.times.len() as f64,
    })
}

/// KMS calls per operation, from the server's own counters.
fn kms_share(server: &ours::Server) -> anyhow::Result<f64> {
    let status = server.status()?;
    let number = |name: &str| {
        let found = status
            .pointer(&format!("/counters/{name}"))
            .and_then(Value::as_f64);
        found.with_context(|| format!("the status has no counter {name}"))
    };
    Ok(number("kmsCalls")? / number("operations")?.max(1.0))
}

/// Memory of a store that holds many records.
fn many(program: &Path, arguments: &Arguments, table: &mut Table) -> anyhow::Result<()> {
    let mut server = ours::Server::start(program, &arguments.data.join("many"))?;
    server.create("many", 10, false)?;
    let begun = Instant::now();
    let mut peak: f64 = 0.0;
    for start in (0..arguments.many).step_by(100_000) {
        let end = (start + 100_000).min(arguments.many);
        write_rows(&server, "many", start..end, 10)?;
        peak = peak.max(server.resident()?);
    }
    table.many(arguments.many, begun.elapsed(), peak);
    server.stop()
}
