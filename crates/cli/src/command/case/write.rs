//! The directory of a case.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use rempart_case::{Event, IntegrityState, Opened};
use rempart_evidence::{DirectoryWriter, Header, ItemInfo, Record, Sealed, SigningKey, Tool};
use rempart_locale::Language;
use rempart_report::exports;

use super::{pdf, reach};
use crate::arguments::CaseOpenArguments;

/// Writes and seals the directory.
pub(super) fn write(
    arguments: &CaseOpenArguments,
    opened: &Opened,
    key: Option<&SigningKey>,
) -> anyhow::Result<Sealed> {
    let shown = arguments.out.display().to_string();
    let failed = || format!("cannot write {shown}");
    if let Some(parent) = arguments
        .out
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        std::fs::create_dir_all(parent).with_context(failed)?;
    }
    let mut directory = DirectoryWriter::create(&arguments.out).with_context(failed)?;
    records(&mut directory, opened).with_context(failed)?;
    files(arguments, opened, &mut |name, media_type, bytes| {
        let info = ItemInfo {
            derived_from: derived_from(name),
            media_type: Some(media_type.to_owned()),
            ..ItemInfo::default()
        };
        directory.add_file(name, bytes, info).with_context(failed)?;
        Ok(())
    })?;
    directory
        .seal(header(arguments, opened), key)
        .with_context(failed)
}

fn derived_from(name: &str) -> Vec<String> {
    match name {
        "case.json" => Vec::new(),
        _ => vec!["case.json".to_owned()],
    }
}

/// The raw records in scope, and those around it that something cites.
fn records(directory: &mut DirectoryWriter, opened: &Opened) -> anyhow::Result<()> {
    let material = &opened.material;
    let cited = |event: &&Event| opened.case.evidence.contains_key(&event.evidence_id());
    let around = material.around.iter().chain(&opened.cited).filter(cited);
    for event in material.events.iter().chain(around) {
        if event.raw.is_empty() {
            continue;
        }
        let integrity = material.integrity_of.get(&*event.source).copied();
        directory.add_record(&Record {
            source: &event.source,
            index: event.index,
            raw: &event.raw,
            integrity: integrity.map(word),
        })?;
    }
    Ok(())
}

const fn word(state: IntegrityState) -> &'static str {
    match state {
        IntegrityState::Verified => "verified",
        IntegrityState::HashOnly => "hash-only",
        IntegrityState::Altered => "altered",
        IntegrityState::Unreferenced => "unreferenced",
        IntegrityState::NotChecked => "not-checked",
    }
}

/// Takes a file: name, media type and bytes.
type Add<'a> = dyn FnMut(&str, &str, &[u8]) -> anyhow::Result<()> + 'a;

/// What a case directory holds besides raw records. One file is in memory at a time: those of a large
/// case are large.
fn files(arguments: &CaseOpenArguments, opened: &Opened, add: &mut Add<'_>) -> anyhow::Result<()> {
    const JSON: &str = "application/json";
    const JSON_LINES: &str = "application/jsonl";
    let (case, language) = (&opened.case, arguments.lang);
    add("case.json", JSON, &serde_json::to_vec_pretty(case)?)?;
    let mut findings = Vec::new();
    for finding in &opened.material.findings {
        serde_json::to_writer(&mut findings, finding)?;
        findings.push(b'\n');
    }
    add("findings.jsonl", JSON_LINES, &findings)?;
    drop(findings);
    add(
        "accounting.json",
        JSON,
        &serde_json::to_vec_pretty(&opened.hunt.accounting)?,
    )?;
    add(
        "reach.json",
        JSON,
        &serde_json::to_vec_pretty(&opened.reach)?,
    )?;
    let table = reach::table(&opened.reach);
    let table = (!table.rows.is_empty() || !table.unknown.is_empty()).then_some(&table);
    for language in Language::ALL {
        let code = language.code();
        let text = rempart_report::markdown(case, table, language);
        add(
            &format!("report.{code}.md"),
            "text/markdown",
            text.as_bytes(),
        )?;
        drop(text);
        let page = rempart_report::html(case, table, language);
        add(&format!("report.{code}.html"), "text/html", page.as_bytes())?;
        if arguments.pdf && language == arguments.lang {
            add(
                &format!("report.{code}.pdf"),
                "application/pdf",
                &pdf::print(&page)?,
            )?;
        }
    }
    add(
        "timeline.csv",
        "text/csv",
        exports::timesketch_csv(case, language).as_bytes(),
    )?;
    add(
        "timeline.jsonl",
        JSON_LINES,
        exports::timesketch_jsonl(case, language).as_bytes(),
    )?;
    add(
        "timeline.iris.csv",
        "text/csv",
        exports::iris_csv(case, language).as_bytes(),
    )?;
    add(
        "stix.json",
        "application/stix+json",
        exports::stix(case, language).as_bytes(),
    )?;
    add(
        "ocsf.jsonl",
        JSON_LINES,
        exports::ocsf(case, language).as_bytes(),
    )
}

fn header(arguments: &CaseOpenArguments, opened: &Opened) -> Header {
    let inputs = &opened.case.inputs;
    let mut content = BTreeMap::new();
    content.insert("rules".to_owned(), inputs.rules_digest.clone());
    content.insert("inputs".to_owned(), inputs.digest.clone());
    for estate in &inputs.estates {
        content.insert(format!("estate {}", estate.path), estate.digest.clone());
    }
    let mut parameters = BTreeMap::new();
    parameters.insert("trail".to_owned(), arguments.logs().join("\n"));
    parameters.insert("suspect".to_owned(), arguments.suspect.join("\n"));
    let scope = &opened.case.scope;
    for (name, value) in [
        ("from", &scope.from),
        ("to", &scope.to),
        ("awareAt", &scope.aware_at),
    ] {
        if let Some(value) = value {
            parameters.insert(name.to_owned(), value.clone());
        }
    }
    Header {
        tool: Tool {
            name: "rempart".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            binary_sha256: None,
        },
        content,
        parameters,
        inputs: Vec::new(),
    }
}

/// Reads a private key. Its passphrase, where it has one, is in `REMPART_SIGNING_KEY_PASSPHRASE`.
pub(super) fn signing_key(path: Option<&Path>) -> anyhow::Result<Option<SigningKey>> {
    let Some(path) = path else {
        return Ok(None);
    };
    let shown = path.display();
    let file = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let passphrase = std::env::var("REMPART_SIGNING_KEY_PASSPHRASE").ok();
    let key = SigningKey::from_openssh(&file, passphrase.as_deref());
    Ok(Some(key.with_context(|| format!("{shown} cannot sign"))?))
}
