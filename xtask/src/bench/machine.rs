//! What benchmarks ask of the machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

/// Name of the processor.
pub(crate) fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, name)| name.trim())
        .to_owned()
}

/// Runs a command; returns its seconds and the most memory that it held, in MB. The system's
/// high-water mark is read until the end, so a peak in the last milliseconds may be missed.
pub(crate) fn timed(command: &mut Command) -> anyhow::Result<(f64, f64)> {
    let started = Instant::now();
    let mut child = command.spawn().context("cannot start the program")?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0.0f64;
    let status = loop {
        if let Some(high) = high_water(&status_file) {
            peak = peak.max(high);
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = started.elapsed().as_secs_f64();
    ensure!(
        matches!(status.code(), Some(0 | 1)),
        "the program ended with {status}"
    );
    Ok((seconds, peak))
}

fn high_water(status_file: &str) -> Option<f64> {
    let text = std::fs::read_to_string(status_file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

pub(crate) fn build(arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet"])
        .args(arguments)
        .status()?;
    ensure!(status.success(), "the build failed");
    Ok(())
}

pub(crate) fn command_text(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| program.to_owned())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The files of a directory, sorted.
pub(crate) fn files_below(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads files once, so that they lie in the page cache.
pub(crate) fn warm(files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files {
        std::fs::read(file)?;
    }
    Ok(())
}
