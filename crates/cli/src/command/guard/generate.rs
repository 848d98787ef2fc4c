//! `rempart guard generate`.

use std::path::Path;

use anyhow::Context as _;
use rempart_guard::content;
use rempart_guard::generate::{
    Guardrail, MOST_ATTACHED, cloudformation, generate, path, proposal, terraform,
};
use rempart_guard::parameters::Parameters;
use rempart_guard::proof::{Outcome, ProofOptions, Proofs};
use rempart_guard::property;
use rempart_policy::document::PolicyKind;
use rempart_prove::Presence;

use super::prove::parameters;
use crate::arguments::{GenerateArguments, GenerateFormat};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &GenerateArguments) -> anyhow::Result<Exit> {
    let parameters = parameters(arguments.parameters.as_deref())?;
    let guardrails = generate(&content::templates(), &parameters)?;
    for guardrail in &guardrails {
        write(&arguments.out, &path(guardrail), &guardrail.text)?;
    }
    match arguments.format {
        GenerateFormat::Json => {}
        GenerateFormat::Terraform => {
            write(&arguments.out, "guardrails.tf", &terraform(&guardrails))?;
        }
        GenerateFormat::Cloudformation => {
            write(
                &arguments.out,
                "guardrails.template.json",
                &cloudformation(&guardrails)?,
            )?;
        }
    }
    let service_control = guardrails
        .iter()
        .filter(|guardrail| guardrail.kind == PolicyKind::ServiceControl)
        .count();
    if service_control > MOST_ATTACHED {
        output::warning(&format!(
            "{service_control} service control policies: AWS attaches at most {MOST_ATTACHED} to one root, unit or account, so attach some of them on another level"
        ));
    }
    output::to_stderr(&format!(
        "{} policies written to {}",
        guardrails.len(),
        arguments.out.display()
    ));
    prove(&guardrails, &parameters)
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    }
    output::write_file(&path, |file| Ok(file.write_all(text.as_bytes())?))
}

/// What was written is proved, since parameters can break it: an instance type that nobody may use.
fn prove(guardrails: &[Guardrail], parameters: &Parameters) -> anyhow::Result<Exit> {
    let stack = proposal(guardrails)?.stack();
    let set = property::read(&content::properties(), parameters);
    for fault in &set.faults {
        output::error(&fault.to_string());
    }
    let account = parameters.account().context("the parameter `account`")?;
    let options = ProofOptions {
        account,
        presence: Presence::Unknown,
        demand_all: true,
    };
    let mut proofs = Proofs::default();
    let (mut proved, mut broken, mut unknown) = (0, Vec::new(), Vec::new());
    for property in &set.properties {
        let report = proofs.prove(property, &stack, &options);
        match report.outcome {
            Outcome::Proved => proved += 1,
            Outcome::Unknown => unknown.push(property.id.as_str()),
            Outcome::Refuted | Outcome::NotAddressed => broken.push(property.id.as_str()),
        }
    }
    output::to_stderr(&format!(
        "{proved} of {} properties proved",
        set.properties.len()
    ));
    if !set.faults.is_empty() {
        output::hint(
            "the properties that shipped do not go with these parameters: a value that must stay possible is missing",
        );
        return Ok(Exit::CouldNot);
    }
    if !broken.is_empty() {
        output::error(&format!("refuted: {}", broken.join(", ")));
        output::hint("`rempart guard prove --policies OUT --parameters FILE` says why");
        return Ok(Exit::Findings);
    }
    if !unknown.is_empty() {
        output::error(&format!("not known: {}", unknown.join(", ")));
        return Ok(Exit::CouldNot);
    }
    Ok(Exit::Clean)
}
