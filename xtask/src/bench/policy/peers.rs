//! Peers, as programs of their own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use rempart_policy::scenario::ScenarioReader;
use serde_json::Value;

use super::Measured;

/// iam-simulate's core loop under node, on the same scenarios. It is installed beside its driver and
/// only ever run.
pub(super) fn iam_simulate(
    data: &Path,
    scenarios: &[String],
    ours: f64,
    table: &mut Vec<Measured>,
) -> anyhow::Result<()> {
    let folder = Path::new("bench/peers/iam-simulate");
    let installed = Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .status()
        .context("npm")?;
    ensure!(installed.success(), "npm could not install iam-simulate");
    let path = data.join("peer-scenarios.jsonl");
    std::fs::write(&path, scenarios.join("\n"))?;
    let output = Command::new("node")
        .arg(folder.join("driver.mjs"))
        .arg(&path)
        .output()
        .context("node")?;
    ensure!(
        output.status.success(),
        "iam-simulate: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line: Value = serde_json::from_slice(&output.stdout).context("output of the driver")?;
    let theirs = line
        .get("nanoseconds")
        .and_then(Value::as_f64)
        .context("nanoseconds")?;
    let answers = line
        .get("answers")
        .and_then(Value::as_array)
        .context("answers")?;
    let mut reader = ScenarioReader::new();
    let mut equal = 0;
    for (text, theirs) in scenarios.iter().zip(answers) {
        let ours = reader.answer(text)?;
        if theirs.as_str() == Some(ours.decision) {
            equal += 1;
        } else {
            eprintln!("{:?}: {} here, {theirs} there", ours.name, ours.decision);
        }
    }
    let version = line.get("version").and_then(Value::as_str).unwrap_or("?");
    table.push(Measured {
        what: "the same decisions in iam-simulate's core loop",
        measured: format!("{:.0} µs, {:.0} times ours", theirs / 1000.0, theirs / ours),
        aim: "≥ 200 times",
        is_met: theirs / ours >= 200.0,
        note: format!(
            "version {version}, node, one thread, after warming up; {equal} of {} answers equal",
            scenarios.len()
        ),
    });
    Ok(())
}

/// Cedar with a policy set that says the same as the nine SCPs and the two identity policies.
pub(super) fn cedar(ours: f64, table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--release", "--locked", "--quiet", "--manifest-path"])
        .arg("bench/peers/cedar/Cargo.toml")
        .output()
        .context("cedar")?;
    ensure!(
        output.status.success(),
        "cedar: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line: Value = serde_json::from_slice(&output.stdout).context("output of cedar")?;
    let theirs = line
        .get("nanoseconds")
        .and_then(Value::as_f64)
        .context("nanoseconds")?;
    let version = line.get("version").and_then(Value::as_str).unwrap_or("?");
    table.push(Measured {
        what: "a decision of Cedar, policies that say the same",
        measured: format!("{:.2} µs, {:.1} times ours", theirs / 1000.0, theirs / ours),
        aim: "",
        is_met: true,
        note: format!("cedar-policy {version}, eleven policies, one thread; another language: no ARNs, wildcards or levels"),
    });
    Ok(())
}
