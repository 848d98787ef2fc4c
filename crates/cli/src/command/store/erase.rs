//! `rempart store erase`.

use anyhow::Context as _;
use rempart_server::Command;
use serde_json::Value;

use super::operate::carry_out;
use super::shown;
use crate::arguments::StoreEraseArguments;
use crate::command::print;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(options: &StoreEraseArguments) -> anyhow::Result<Exit> {
    if !options.apply {
        output::to_stderr(&format!(
            "would erase {} records from {}: their keys destroyed, online rows and queued rows removed, offline files written anew without them",
            options.record.len(),
            options.group.join(", "),
        ));
        output::hint("add --apply to do it; nothing brings them back");
        return Ok(Exit::Clean);
    }
    let command = Command::Erase {
        groups: options.group.clone(),
        identifiers: options.record.clone(),
        principal: options.principal.arn.clone(),
    };
    let mut answer = Vec::new();
    let exit = carry_out(&options.place, &command, &mut answer)?;
    let answer: Value = serde_json::from_slice(&answer).context("the receipt does not read")?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    match &options.receipt {
        None => {
            print(format!("{answer}\n").as_bytes())?;
        }
        Some(path) => {
            let mut signature = path.clone().into_os_string();
            signature.push(".sig");
            for (path, name) in [
                (path.as_path(), "receipt"),
                (signature.as_ref(), "signature"),
            ] {
                std::fs::write(path, text(name))
                    .with_context(|| format!("cannot write {}", shown(path)))?;
            }
            output::to_stderr(&format!("receipt in {}", shown(path)));
        }
    }
    Ok(exit)
}
