//! `rempart guard compare`.

use std::io::Write;

use anyhow::Context as _;
use rempart_findings::visible;
use rempart_guard::compare::{Comparison, Difference, compare};
use rempart_guard::proof::ProofOptions;
use rempart_guard::property::example_account;

use super::proposal;
use super::prove::presence;
use crate::arguments::{CompareArguments, ReplayFormat};
use crate::exit::Exit;

/// Requests that are shown of each side; JSON has all.
const MOST_SHOWN: usize = 25;

pub(crate) fn run(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    let old = proposal::read(&arguments.old);
    let new = proposal::read(&arguments.new);
    let options = ProofOptions {
        account: example_account().context("the example account")?,
        presence: presence(arguments.presence),
        demand_all: true,
    };
    let found = compare(&old.proposal.stack(), &new.proposal.stack(), &options);
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        ReplayFormat::Table => table(&mut stdout, &found)?,
        ReplayFormat::Json => {
            serde_json::to_writer_pretty(&mut stdout, &found)?;
            writeln!(stdout)?;
        }
    }
    stdout.flush()?;
    let is_whole = old.failed + new.failed == 0 && found.unknown.is_empty();
    Ok(if !found.newly_allowed.is_empty() {
        Exit::Findings
    } else if is_whole {
        Exit::Clean
    } else {
        Exit::CouldNot
    })
}

fn table(out: &mut impl Write, found: &Comparison) -> anyhow::Result<()> {
    let mut side = |mark: &str, differences: &[Difference]| -> anyhow::Result<()> {
        for difference in differences.iter().take(MOST_SHOWN) {
            writeln!(
                out,
                "{mark}  {}: {}",
                difference.action,
                visible(&difference.request)
            )?;
            for condition in &difference.holds_only_if {
                writeln!(out, "         unless {}", visible(condition))?;
            }
        }
        if let Some(rest) = differences
            .len()
            .checked_sub(MOST_SHOWN)
            .filter(|rest| *rest > 0)
        {
            writeln!(out, "{mark}  and {rest} more actions")?;
        }
        Ok(())
    };
    side("allowed ", &found.newly_allowed)?;
    side("denied  ", &found.newly_denied)?;
    for (action, reason) in &found.unknown {
        writeln!(out, "unknown   {action}: {}", visible(reason))?;
    }
    writeln!(
        out,
        "\n{} actions: requests of {} newly allowed, of {} newly denied, {} unknown",
        found.actions,
        found.newly_allowed.len(),
        found.newly_denied.len(),
        found.unknown.len()
    )?;
    Ok(())
}
