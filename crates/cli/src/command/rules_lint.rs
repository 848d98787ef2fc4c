//! `rempart rules lint`.
use crate::arguments::RulesLintArguments;
use crate::exit::Exit;

pub(crate) fn run(_: &RulesLintArguments) -> anyhow::Result<Exit> {
    anyhow::bail!("the linter is not part of this build")
}
