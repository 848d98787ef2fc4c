//! What encryption and authorisation cost within a call: measured inside the process, because there is
//! no build without them.

use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::Value;

/// Nanoseconds.
#[derive(Debug)]
pub(super) struct Shares {
    /// Each part by its name.
    pub(super) parts: Vec<(String, f64)>,
    /// A whole GetRecord, HTTP aside.
    pub(super) get: f64,
    /// A whole PutRecord to both stores, HTTP and disk aside.
    pub(super) put: f64,
    /// All that is opened for a GetRecord.
    pub(super) opening: f64,
    /// All that is sealed and opened for a PutRecord.
    pub(super) sealing: f64,
    /// All decisions of a GetRecord.
    pub(super) authorisation: f64,
}

/// Runs the measurement among the store's tests, `measure_shares`.
pub(super) fn run() -> anyhow::Result<Shares> {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--release", "--locked", "--quiet"])
        .args(["--package", "rempart-store", "--lib", "--"])
        .args(["--ignored", "--nocapture", "measure_shares"])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "measure_shares failed");
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find(|line| line.starts_with('{'));
    parse(line.context("measure_shares printed nothing")?)
}

fn parse(text: &str) -> anyhow::Result<Shares> {
    let value: Value = serde_json::from_str(text)?;
    let number = |name: &str| {
        let found = value.get(name).and_then(Value::as_f64);
        found.with_context(|| format!("no {name}"))
    };
    let parts = value.get("parts").and_then(Value::as_array);
    let parts = parts.context("no parts")?.iter().map(|part| {
        let name = part.get(0).and_then(Value::as_str);
        let time = part.get(1).and_then(Value::as_f64);
        Ok((
            name.context("no name")?.to_owned(),
            time.context("no time")?,
        ))
    });
    Ok(Shares {
        parts: parts.collect::<anyhow::Result<_>>()?,
        get: number("get")?,
        put: number("put")?,
        opening: number("opening")?,
        sealing: number("sealing")?,
        authorisation: number("authorisation")?,
    })
}
