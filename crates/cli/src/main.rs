//! The `rempart` command: arguments, progress and output. What it does lives in the libraries.
//!
//! Data go to standard output, everything meant for people alone to standard error. Exit codes: 0
//! clean, 1 findings, 2 could not do the work.

use std::process::ExitCode;

use clap::Parser;

mod arguments;
mod command;
mod exit;
mod output;
mod progress;
mod time;

use arguments::{
    Arguments, Command, ControlsCommand, EstateCommand, GuardCommand, PolicyCommand, RulesCommand,
    TrailCommand,
};
use exit::Exit;

// Matching allocates many small texts on several threads; this allocator takes a tenth off a hunt.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.color.apply();
    let result = match arguments.command {
        Command::Hunt(options) => command::hunt::run(&options),
        Command::Case { command } => command::case::run(&command),
        Command::Rules {
            command: RulesCommand::List(options),
        } => command::rules_list::run(&options),
        Command::Rules {
            command: RulesCommand::Lint(options),
        } => command::rules_lint::run(&options),
        Command::Rules {
            command: RulesCommand::Test(options),
        } => command::rules_test::run(&options),
        Command::Collect(options) => command::collect::run(&options),
        Command::Estate { command } => match command {
            EstateCommand::Diff(options) => command::estate::diff::run(&options),
            EstateCommand::Verify { path } => command::estate::verify(&path),
        },
        Command::Posture(options) => command::posture::run(&options),
        Command::Controls { command } => match command {
            ControlsCommand::List(options) => command::controls::list::run(&options),
            ControlsCommand::Lint(options) => command::controls::lint::run(&options),
            ControlsCommand::Test(options) => command::controls::test::run(&options),
        },
        Command::Policy { command } => match command {
            PolicyCommand::Decide(options) => command::policy::decide::run(&options),
            PolicyCommand::Lint(options) => command::policy::lint::run(&options),
            PolicyCommand::WhoCan(options) => command::policy::who_can::run(&options),
            PolicyCommand::Diff(options) => command::policy::diff::run(&options),
        },
        Command::Guard { command } => match command {
            GuardCommand::Prove(options) => command::guard::prove::run(&options),
            GuardCommand::Compare(options) => command::guard::compare::run(&options),
            GuardCommand::Generate(options) => command::guard::generate::run(&options),
            GuardCommand::Replay(options) => command::guard::replay::run(&options),
            GuardCommand::Gaps(options) => command::guard::gaps::run(&options),
            GuardCommand::LeastPrivilege(options) => command::guard::least_privilege::run(&options),
        },
        Command::Trail { command } => match command {
            TrailCommand::Verify(options) => command::trail::verify::run(&options),
            TrailCommand::Explain(options) => command::trail::explain::run(&options),
        },
        Command::Store { command } => command::store::run(&command),
        Command::Completions { shell } => command::completions(shell),
        Command::Man => command::man(),
    };
    let exit = result.unwrap_or_else(|error| {
        if output::is_closed_pipe(&error) {
            return Exit::Clean;
        }
        let text = format!("{error:#}");
        match text.split_once("\nhint: ") {
            Some((message, advice)) => {
                output::error(message);
                output::hint(advice);
            }
            None => output::error(&text),
        }
        Exit::CouldNot
    });
    exit.into()
}
