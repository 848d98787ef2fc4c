//! `rempart rules test`.

use std::io::Write;

use rempart_findings::visible;
use rempart_hunt::rule_tests::run_file;

use super::rule_files_of;
use crate::arguments::RulesTestArguments;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &RulesTestArguments) -> anyhow::Result<Exit> {
    let files = rule_files_of(arguments.path.as_deref())?;
    let (mut passed, mut failed, mut without) = (0usize, 0usize, 0usize);
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    for file in &files {
        let outcomes = run_file(file);
        without += usize::from(outcomes.is_empty());
        for outcome in outcomes {
            let place = format!("{}: {}", outcome.origin, outcome.case);
            match outcome.failure {
                Some(reason) => {
                    failed += 1;
                    writeln!(stdout, "FAIL {}: {}", visible(&place), visible(&reason))?;
                }
                None => {
                    passed += 1;
                    if arguments.verbose {
                        writeln!(stdout, "ok   {}", visible(&place))?;
                    }
                }
            }
        }
    }
    writeln!(
        stdout,
        "{} rule files, {passed} passed, {failed} failed",
        files.len()
    )?;
    stdout.flush()?;
    if without > 0 {
        output::warning(&format!("{without} rule files have no tests beside them"));
    }
    Ok(if failed > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
