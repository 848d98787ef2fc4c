//! `rempart case verify` and `rempart case note`.

use std::io::Write;

use anyhow::{Context, ensure};
use rempart_evidence::{AllowedSigners, Entry, Verdict, VerifyOptions, append_note, verify};

use super::write::signing_key;
use crate::arguments::{CaseFormat, CaseNoteArguments, CaseVerifyArguments};
use crate::exit::Exit;
use crate::output;

pub(super) fn run(arguments: &CaseVerifyArguments) -> anyhow::Result<Exit> {
    let allowed_signers = match &arguments.allowed_signers {
        None => None,
        Some(path) => {
            let shown = path.display();
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
            let signers = AllowedSigners::parse(&text);
            for fault in &signers.faults {
                output::warning(&format!("{shown}:{}: {}", fault.line, fault.reason));
            }
            ensure!(!signers.is_empty(), "{shown} allows no signer");
            Some(signers)
        }
    };
    let options = VerifyOptions {
        allowed_signers,
        now: Some(jiff::Timestamp::now()),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        skip_records: false,
    };
    let report = verify(&arguments.directory, &options)?;
    let mut stdout = std::io::stdout().lock();
    match arguments.format {
        CaseFormat::Json => {
            serde_json::to_writer_pretty(&mut stdout, &report)?;
            writeln!(stdout)?;
        }
        CaseFormat::Text => report.write_text(&mut stdout)?,
    }
    Ok(match report.verdict {
        Verdict::Intact => Exit::Clean,
        Verdict::Failed => Exit::Findings,
        Verdict::Incomplete => Exit::CouldNot,
    })
}

pub(super) fn note(arguments: &CaseNoteArguments) -> anyhow::Result<Exit> {
    let key = signing_key(arguments.signing_key.as_deref())?;
    let entry = Entry {
        at: jiff::Timestamp::now().to_string(),
        who: arguments.who.clone(),
        what: arguments.text.clone(),
        why: arguments.why.clone().unwrap_or_default(),
        links: arguments.link.clone(),
    };
    let appended = append_note(&arguments.directory, &entry, key.as_ref())?;
    let mut stdout = std::io::stdout().lock();
    writeln!(
        stdout,
        "entry {}, sha256 {}",
        appended.entries, appended.last
    )?;
    Ok(Exit::Clean)
}
