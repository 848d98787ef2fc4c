//! `cargo xtask bench`: speed and memory, beside peers, in one run.

mod case;
mod guard;
mod hunt;
mod integrity;
mod machine;
mod policy;
mod posture;
#[path = "bench/posture/prowler.rs"]
mod prowler;
mod reach;
mod store;

/// Arguments of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// `rempart case`
    Case(case::Arguments),
    /// `rempart guard`
    Guard(guard::Arguments),
    /// `rempart hunt`
    Hunt(hunt::Arguments),
    /// `rempart trail verify`
    Integrity(integrity::Arguments),
    /// `rempart policy`
    Policy(policy::Arguments),
    /// `rempart collect` and `rempart posture`
    Posture(posture::Arguments),
    /// `rempart collect` and `rempart posture` beside prowler
    Prowler(prowler::Arguments),
    /// The blast radius
    Reach(reach::Arguments),
    /// `rempart store` beside Feast and Redis
    Store(store::Arguments),
}

/// Runs the benchmark and keeps its table in `bench/results/`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.what {
        What::Case(arguments) => case::run(arguments),
        What::Guard(arguments) => guard::run(arguments),
        What::Hunt(arguments) => hunt::run(arguments),
        What::Integrity(arguments) => integrity::run(arguments),
        What::Policy(arguments) => policy::run(arguments),
        What::Posture(arguments) => posture::run(arguments),
        What::Prowler(arguments) => prowler::run(arguments),
        What::Reach(arguments) => reach::run(arguments),
        What::Store(arguments) => store::run(arguments),
    }
}
