//! Proofs: one property, the whole library, and inclusion of sets of patterns beside z3 and cvc5.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use rempart_guard::content;
use rempart_guard::generate::{generate, proposal};
use rempart_guard::proof::{Outcome, ProofOptions, Proofs};
use rempart_guard::property::{self, example_account};
use rempart_policy::Stack;
use rempart_prove::Presence;
use rempart_prove::inclusion::{Inclusion, inclusion};
use rempart_prove::language::{Glob, Language};
use rempart_prove::smtlib::inclusion_file;
use rempart_testkit::random::Random;

use super::Measured;
use crate::bench::machine::timed;

const RUNS: usize = 5;
/// Seconds that a solver gets for one question.
const LIMIT: f64 = 20.0;
/// States that an inclusion may take.
const STATES: usize = 2_000_000;

pub(super) fn measure(has_peers: bool, table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let parameters = content::parameters()?;
    let stack = proposal(&generate(&content::templates(), &parameters)?)?.stack();
    let set = property::read(&content::properties(), &parameters);
    ensure!(set.faults.is_empty(), "{:?}", set.faults);
    one(&set.properties, &stack, table)?;
    library(table)?;
    inclusions(has_peers, table)
}

fn options() -> anyhow::Result<ProofOptions> {
    Ok(ProofOptions {
        account: example_account().context("an account")?,
        presence: Presence::Unknown,
        demand_all: true,
    })
}

/// The Region property names every action of SageMaker.
fn one(
    properties: &[property::Property],
    stack: &Stack,
    table: &mut Vec<Measured>,
) -> anyhow::Result<()> {
    let mut named = properties.iter().filter(|property| property.id == "region");
    let property = named.next().context("the property `region`")?;
    let options = options()?;
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        let mut proofs = Proofs::default();
        let started = Instant::now();
        let report = proofs.prove(property, stack, &options);
        best = best.min(started.elapsed().as_secs_f64());
        ensure!(
            report.outcome == Outcome::Proved,
            "the property is not proved"
        );
    }
    table.push(Measured {
        what: "one property over all actions of SageMaker".to_owned(),
        measured: format!("{:.1} ms", best * 1e3),
        aim: "< 100 ms",
        is_met: best < 0.1,
        note: format!(
            "`region`, {} actions, soundness and liveness, under the whole library, one core, best of {RUNS}",
            property.actions.len()
        ),
    });
    Ok(())
}

fn library(table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let mut command = Command::new(target.join("release/rempart"));
        command
            .args(["guard", "prove"])
            .stdout(std::process::Stdio::null());
        runs.push(timed(&mut command)?);
    }
    runs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (seconds, _) = runs.get(RUNS / 2).copied().context("no run")?;
    let peak = runs.iter().map(|(_, peak)| *peak).fold(0.0, f64::max);
    table.push(Measured {
        what: "the whole library, `rempart guard prove`".to_owned(),
        measured: format!("{seconds:.2} s, {peak:.0} MB"),
        aim: "< 2 s, < 512 MB",
        is_met: seconds < 2.0 && peak < 512.0,
        note: format!("one core, start of the program included, median of {RUNS}"),
    });
    Ok(())
}

struct Pair {
    what: &'static str,
    left: Language,
    right: Language,
    aim: &'static str,
}

fn language(patterns: impl IntoIterator<Item = String>) -> Language {
    Language::new(patterns.into_iter().map(|pattern| Glob::like(&pattern)))
}

/// Twelve patterns with two stars on each side: of one family, random ones, and ones that only a
/// union includes.
fn pairs() -> Vec<Pair> {
    let random = Random::new(20_261_128);
    let piece = |longest: u64| -> String {
        (0..=random.below(longest))
            .map(|_| if random.chance(50) { 'a' } else { 'b' })
            .collect()
    };
    let mixed = |count: usize| -> Vec<String> {
        (0..count)
            .map(|_| format!("{}*{}*{}", piece(2), piece(3), piece(2)))
            .collect()
    };
    let left = mixed(12);
    let right = mixed(12);
    vec![
        Pair {
            what: "names of twelve teams within twelve wider patterns",
            left: language(
                (0..12).map(|team| format!("arn:aws:s3:::team-{team}-*/models/*/model.tar.gz")),
            ),
            right: language((0..12).map(|team| format!("arn:aws:s3:::team-{team}-*/*.tar.gz"))),
            aim: "< 50 ms",
        },
        Pair {
            what: "random patterns over two letters",
            left: language(left),
            right: language(right),
            aim: "< 50 ms",
        },
        Pair {
            what: "twelve patterns that only pairs of others include",
            left: language(
                (0..6).flat_map(|team| ["x", "y"].map(|letter| format!("t{team}-*{letter}*"))),
            ),
            right: language(
                (0..6).flat_map(|team| {
                    ["x*", "?*x*", "y*", "?*y*"].map(|end| format!("t{team}-{end}"))
                }),
            ),
            aim: "< 50 ms",
        },
        Pair {
            what: "one pattern beside twelve that overlap",
            left: language(["*a*b".to_owned()]),
            right: language((0..12).map(|number| {
                let letters: String = (0..4)
                    .map(|bit| if number >> bit & 1 == 1 { 'a' } else { 'b' })
                    .collect();
                format!("*{letters}")
            })),
            aim: "",
        },
    ]
}

fn inclusions(has_peers: bool, table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let peers = if has_peers { Some(Peers::new()?) } else { None };
    for pair in pairs() {
        let mut best = f64::MAX;
        let mut answer = None;
        for _ in 0..RUNS {
            let started = Instant::now();
            let found = inclusion(&pair.left, &pair.right, STATES)?;
            best = best.min(started.elapsed().as_secs_f64());
            answer = Some(found);
        }
        let is_included = answer == Some(Inclusion::Included);
        let mut note = format!(
            "{} patterns in {}: {}",
            pair.left.globs().len(),
            pair.right.globs().len(),
            if is_included {
                "included"
            } else {
                "not included"
            }
        );
        if let Some(peers) = &peers {
            let file = inclusion_file(&pair.left, &pair.right);
            for solver in ["z3", "cvc5"] {
                let (seconds, theirs) = peers.ask(solver, &file)?;
                let expected = if is_included { "unsat" } else { "sat" };
                let answer = match theirs.as_str() {
                    answer if answer == expected => String::new(),
                    answer @ ("sat" | "unsat") => {
                        anyhow::bail!("{solver} says {answer}: {}", pair.what)
                    }
                    _ => format!(", no answer in {LIMIT:.0} s"),
                };
                note.push_str(&format!("; {solver} {:.1} ms{answer}", seconds * 1e3));
            }
        }
        table.push(Measured {
            what: format!("inclusion: {}", pair.what),
            measured: format!("{:.2} ms", best * 1e3),
            aim: pair.aim,
            is_met: best < 0.05,
            note,
        });
    }
    Ok(())
}

/// z3 and cvc5 in an environment of their own.
struct Peers {
    python: PathBuf,
    folder: tempfile::TempDir,
}

impl Peers {
    fn new() -> anyhow::Result<Self> {
        let environment = Path::new("bench/data/solvers");
        let python = environment.join("bin/python");
        if !python.is_file() {
            let made = Command::new("python3")
                .args(["-m", "venv"])
                .arg(environment)
                .status()
                .context("python3")?;
            ensure!(made.success(), "no environment for the solvers");
            let installed = Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--requirement"])
                .arg("bench/peers/solvers/requirements.txt")
                .status()?;
            ensure!(installed.success(), "pip could not install the solvers");
        }
        Ok(Self {
            python,
            folder: tempfile::tempdir()?,
        })
    }

    fn ask(&self, solver: &str, text: &str) -> anyhow::Result<(f64, String)> {
        let path = self.folder.path().join("question.smt2");
        std::fs::write(&path, text)?;
        let output = Command::new(&self.python)
            .arg("bench/peers/solvers/driver.py")
            .arg(solver)
            .arg(&path)
            .arg(LIMIT.to_string())
            .output()?;
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let (seconds, answer) = printed
            .split_once(' ')
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        Ok((seconds.parse()?, answer.to_owned()))
    }
}
