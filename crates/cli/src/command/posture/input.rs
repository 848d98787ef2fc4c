//! What is judged: snapshots, a plan or a template.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rempart_collect::planned::Options;
use rempart_estate::{Estate, Problem};
use rempart_findings::compliance::CheckProblem;

use super::super::planned_input;
use crate::arguments::PostureArguments;

/// An estate, and where it is from.
pub(super) struct Input {
    pub(super) estate: Estate,
    pub(super) name: String,
    pub(super) is_planned: bool,
    pub(super) problems: Vec<CheckProblem>,
}

impl Input {
    pub(super) fn accounts(&self) -> Vec<String> {
        let places = self.estate.places().iter();
        let accounts: BTreeSet<&str> = places.map(|place| place.account.as_str()).collect();
        accounts.into_iter().map(str::to_owned).collect()
    }

    pub(super) fn regions(&self) -> Vec<String> {
        let places = self.estate.places().iter();
        let regional = places.filter(|place| !place.is_global());
        let regions: BTreeSet<&str> = regional.map(|place| place.region.as_str()).collect();
        regions.into_iter().map(str::to_owned).collect()
    }
}

/// Opens the input.
pub(super) fn open(arguments: &PostureArguments) -> anyhow::Result<Input> {
    let (directories, files): (Vec<&PathBuf>, Vec<&PathBuf>) =
        arguments.paths.iter().partition(|path| path.is_dir());
    anyhow::ensure!(
        directories.is_empty() || files.is_empty(),
        "snapshots and planned resources cannot be judged together: what a plan does not say would \
         be taken from the account"
    );
    let name = arguments
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    if !directories.is_empty() {
        let estate = Estate::open_all(&directories)?;
        let problems = estate.problems().iter().map(problem).collect();
        let is_planned = estate.is_planned();
        return Ok(Input {
            estate,
            name,
            is_planned,
            problems,
        });
    }
    let options = Options {
        account: arguments.account.clone(),
        region: None,
        parameters: arguments.parameter.iter().cloned().collect(),
    };
    let mut answers = Vec::new();
    let mut problems = Vec::new();
    for path in files {
        let planned = planned_input::read(path, None, &options)?;
        answers.extend(planned.answers);
        problems.extend(planned.problems.into_iter().map(|problem| CheckProblem {
            source: problem.file,
            line: problem.line,
            reason: match problem.address {
                Some(address) => format!("{address}: {}", problem.reason),
                None => problem.reason,
            },
        }));
    }
    let estate = Estate::from_answers(answers);
    problems.extend(estate.problems().iter().map(problem));
    Ok(Input {
        estate,
        name,
        is_planned: true,
        problems,
    })
}

fn problem(problem: &Problem) -> CheckProblem {
    CheckProblem {
        source: problem.file.clone(),
        line: (problem.line > 0).then_some(problem.line),
        reason: problem.reason.clone(),
    }
}
