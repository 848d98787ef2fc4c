//! `rempart store audit`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use rempart_server::Command;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::operate::carry_out;
use super::shown;
use crate::arguments::StoreAuditArguments;
use crate::exit::Exit;

#[derive(Deserialize)]
struct Log {
    #[serde(rename = "Records")]
    records: Vec<Box<RawValue>>,
}

pub(super) fn run(options: &StoreAuditArguments) -> anyhow::Result<Exit> {
    if options.deliver || options.format.is_none() {
        carry_out(&options.place, &Command::DeliverAudit, &mut io::sink())?;
    }
    if options.format.is_none() {
        return Ok(Exit::Clean);
    }
    let root = options.place.path.join("audit");
    let mut logs = Vec::new();
    find(&root.join("AWSLogs"), &mut logs)?;
    // The name ends in time of delivery, the same for all accounts.
    logs.sort_by_key(|path| {
        path.file_name()
            .map(|name| name.to_string_lossy().rsplit('_').nth(1).map(str::to_owned))
    });
    let mut output = io::BufWriter::new(io::stdout().lock());
    for path in logs {
        let file =
            std::fs::File::open(&path).with_context(|| format!("cannot read {}", shown(&path)))?;
        let log: Log = serde_json::from_reader(io::BufReader::new(MultiGzDecoder::new(file)))
            .with_context(|| format!("{} does not read", shown(&path)))?;
        for record in log.records {
            writeln!(output, "{}", record.get())?;
        }
    }
    let mut failed = Ok(());
    rempart_audit::undelivered(&root, |record| {
        let written = output
            .write_all(record)
            .and_then(|()| output.write_all(b"\n"));
        if failed.is_ok() {
            failed = written;
        }
    })?;
    failed?;
    output.flush()?;
    Ok(Exit::Clean)
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, found)?;
        } else if path.to_string_lossy().contains("_CloudTrail_") {
            found.push(path);
        }
    }
    Ok(())
}
