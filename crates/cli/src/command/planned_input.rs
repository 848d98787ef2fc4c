//! Terraform plans and CloudFormation templates as input.

use std::path::Path;

use anyhow::Context;
use rempart_collect::planned::{Options, PlannedEstate, cloudformation, terraform};

use crate::output;

/// Types that are named one by one; the rest are counted.
const MOST_SHOWN: usize = 8;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlannedFormat {
    /// `terraform show -json`
    Terraform,
    /// A template, JSON or YAML
    CloudFormation,
}

/// The form of a file, by its name and what it begins with.
pub(crate) fn format_of(path: &Path, bytes: &[u8]) -> anyhow::Result<PlannedFormat> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    if matches!(extension, Some("yaml" | "yml" | "template")) {
        return Ok(PlannedFormat::CloudFormation);
    }
    let has = |name: &str| {
        let name = format!("\"{name}\"");
        memchr::memmem::find(bytes, name.as_bytes()).is_some()
    };
    if has("terraform_version") || has("planned_values") || has("resource_changes") {
        return Ok(PlannedFormat::Terraform);
    }
    if has("Resources") {
        return Ok(PlannedFormat::CloudFormation);
    }
    anyhow::bail!(
        "{} is neither a plan (`terraform show -json PLAN`) nor a CloudFormation template",
        path.display()
    )
}

/// Reads a plan or template. What it does not cover is said on standard error.
pub(crate) fn read(
    path: &Path,
    format: Option<PlannedFormat>,
    options: &Options,
) -> anyhow::Result<PlannedEstate> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let format = match format {
        Some(format) => format,
        None => format_of(path, &bytes)?,
    };
    let name = path.display().to_string();
    let planned = match format {
        PlannedFormat::Terraform => terraform::read(&name, &bytes, options),
        PlannedFormat::CloudFormation => cloudformation::read(&name, &bytes, options),
    }?;
    tell(&planned);
    Ok(planned)
}

fn tell(planned: &PlannedEstate) {
    for problem in &planned.problems {
        let line = problem
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        let address = problem
            .address
            .as_ref()
            .map(|address| format!("{address}: "))
            .unwrap_or_default();
        output::warning(&format!(
            "{}{line}: {address}{}",
            problem.file, problem.reason
        ));
    }
    let count: u64 = planned.not_covered.values().sum();
    if count > 0 {
        let types: Vec<String> = planned
            .not_covered
            .iter()
            .take(MOST_SHOWN)
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        let more = planned.not_covered.len().saturating_sub(types.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        output::to_stderr(&format!(
            "{count} resources are of types that no control looks at: {}{more}",
            types.join(", ")
        ));
    }
    for resource in &planned.resources {
        for note in &resource.notes {
            output::to_stderr(&format!("note: {}: {note}", resource.address));
        }
    }
    if !planned.account_known {
        output::hint(
            "the account is not in the file; --account ID names it, so that policies that name it \
             are understood",
        );
    }
}
