//! What is judged: snapshots, a plan or a template.

use std::collections::BTreeSet;

use rempart_estate::Estate;
use rempart_findings::compliance::CheckProblem;

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
    let names: Vec<String> = arguments
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let estate = Estate::open_all(&arguments.paths)?;
    let problems = estate
        .problems()
        .iter()
        .map(|problem| CheckProblem {
            source: problem.file.clone(),
            line: (problem.line > 0).then_some(problem.line),
            reason: problem.reason.clone(),
        })
        .collect();
    Ok(Input {
        estate,
        name: names.join(", "),
        is_planned: false,
        problems,
    })
}
