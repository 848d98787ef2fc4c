//! The plain list of what is wrong with a lifecycle script.
//!
//! The examiner knows many signs that only count beside others. Here each line
//! stands by itself, for a reader who has to change the script:
//! - every indicator of at least medium gravity, under the name of its class;
//! - `secret`: a secret in the script or in what it decodes;
//! - `download-and-run` for every download that is piped to an interpreter,
//!   also from hosts that many scripts use, unless the caller allows the host;
//! - `package-source`: packages from somewhere else than the allowed hosts;
//! - `persistence` for a job of cron or a unit of systemd that fetches, decodes,
//!   runs from a temporary directory, waits for a reboot, or cannot be seen.
//!   Other jobs, such as those that stop idle notebooks, are no problem.

use super::explore::{Explorer, LayerText, shown};
use super::sources::{self, AllowedHosts};
use super::text::Lines;
use super::{Class, Examination, Indicator, Level, Limits, State, codec, schedule};

/// Something in a script that should not be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line in the script as given, from 1; of something encoded the line
    /// where the encoded text begins. `None` in a file that the script puts
    /// together from pieces.
    pub line: Option<u32>,
    /// `secret`, `package-source`, or the identifier of a [`Class`].
    pub kind: &'static str,
    /// Which one of this kind, such as `pipe-to-shell` or `github-token`.
    pub name: &'static str,
    /// Steps from the script to the layer it was found in: `script>line 3 base64`.
    pub layer: String,
    /// The place, at most 160 printable characters, secrets masked.
    pub excerpt: String,
}

/// How far a script was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All of it.
    Read,
    /// It stops in the middle, a limit was reached, or a part inside could not
    /// be read.
    Incomplete(String),
    /// It is no text in any supported encoding.
    Undecodable(String),
}

/// What is wrong with a script, and how far it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptReport {
    /// Problems in the order of the script.
    pub problems: Vec<Problem>,
    /// Whether that is all.
    pub outcome: Outcome,
}

impl ScriptReport {
    /// All of the script was read, and nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.outcome == Outcome::Read
    }
}

/// Problems of a script. Packages and programs may come from the allowed
/// hosts: `pypi.org`, `*.corp.example`, `github.com/aws-samples/`; an empty
/// list allows none. What machines use without being told is not judged.
#[must_use]
pub fn problems(content: &[u8], allowed_hosts: &[String]) -> ScriptReport {
    let limits = limits();
    let (examination, texts) = Explorer::new(&limits).with_texts(content);
    report(&examination, &texts, &AllowedHosts::new(allowed_hosts))
}

/// As [`problems`], for a script in base64, as SageMaker's answers carry it.
#[must_use]
pub fn problems_base64(field: &str, allowed_hosts: &[String]) -> ScriptReport {
    let undecodable = |reason: String| ScriptReport {
        problems: Vec::new(),
        outcome: Outcome::Undecodable(reason),
    };
    match codec::base64(field.as_bytes()) {
        Ok(decoded) => {
            let mut report = problems(&decoded.bytes, allowed_hosts);
            if decoded.cut && report.outcome == Outcome::Read {
                report.outcome =
                    Outcome::Incomplete(String::from("the base64 stops inside a group"));
            }
            report
        }
        Err(offset) => undecodable(format!("byte {offset} is not base64")),
    }
}

fn limits() -> Limits {
    Limits {
        // The answers of the API are not cut, unlike the fields of a log.
        api_limit: None,
        ..Limits::default()
    }
}

fn report(examination: &Examination, texts: &[LayerText], allowed: &AllowedHosts) -> ScriptReport {
    let layers: Vec<&str> = examination
        .layers
        .iter()
        .map(|layer| layer.path.as_str())
        .collect();
    let mut problems = Vec::new();
    let mut cut = None;
    // Without an address nobody knows where a program came from.
    let all_allowed = texts.iter().any(|text| sources::has_url(&text.text))
        && texts.iter().all(|text| allowed.holds_all_urls(&text.text));
    for found in &examination.indicators {
        if is_problem(found, allowed, all_allowed) {
            problems.push(Problem {
                line: outer_line(&found.layer, found.line),
                kind: found.class.id(),
                name: found.name,
                layer: found.layer.clone(),
                excerpt: found.excerpt.clone(),
            });
        }
    }
    for text in texts {
        let place = Place::new(text, layers.get(text.layer).copied().unwrap_or_default());
        let whole = String::from_utf8_lossy(&text.text);
        let (secrets, incomplete) = crate::secrets::by_line(&whole);
        cut = cut.or(incomplete);
        for (line, secret) in secrets {
            if !secret.is_example() {
                problems.push(place.problem(line, "secret", secret.kind, secret.redacted));
            }
        }
        // What the commands look like when variables are filled in says more.
        let is_filled_in = text.starts.is_some();
        let has_filled_in = texts
            .iter()
            .any(|other| other.starts.is_some() && is_child(examination, other, text));
        let found = sources::find(&whole, allowed);
        if found.len() >= sources::MOST {
            cut = Some("more than 200 sources of packages");
        }
        for source in found {
            if is_filled_in || !has_filled_in || !source.is_undetermined() {
                let excerpt = shown(source.excerpt.as_bytes());
                problems.push(place.problem(source.line, "package-source", source.name, excerpt));
            }
        }
    }
    for job in schedule::problems(examination, texts, allowed) {
        let Some(text) = texts.get(job.text) else {
            continue;
        };
        let place = Place::new(text, layers.get(text.layer).copied().unwrap_or_default());
        let excerpt = shown(job.excerpt.as_bytes());
        problems.push(place.problem(job.line, Class::Persistence.id(), job.name, excerpt));
    }
    problems.sort();
    let told = problems.clone();
    problems.retain(|problem| problem.line.is_some() || !is_told(problem, &told));
    // The same thing shows in the script and in its normalised form.
    let mut seen: Vec<(Option<u32>, &str, &str, String)> = Vec::new();
    problems.retain(|problem| {
        let excerpt = match problem.kind {
            "secret" | "package-source" => problem.excerpt.clone(),
            _ => String::new(),
        };
        let key = (problem.line, problem.kind, problem.name, excerpt);
        let is_new = !seen.contains(&key);
        if is_new {
            seen.push(key);
        }
        is_new
    });
    let outcome = match &examination.state {
        State::Undecodable { reason } => Outcome::Undecodable(reason.clone()),
        State::Truncated { reason } => Outcome::Incomplete(reason.clone()),
        State::Decoded => match (examination.gaps.first(), cut) {
            (Some(gap), _) => Outcome::Incomplete(gap.clone()),
            (None, Some(cut)) => Outcome::Incomplete(cut.to_owned()),
            (None, None) => Outcome::Read,
        },
    };
    ScriptReport { problems, outcome }
}

/// Whether one text is the normalised form of another.
fn is_child(examination: &Examination, child: &LayerText, parent: &LayerText) -> bool {
    let layer = examination.layers.get(child.layer);
    layer.is_some_and(|layer| layer.parent == Some(parent.layer))
}

/// Whether an indicator counts by itself.
fn is_problem(found: &Indicator, allowed: &AllowedHosts, all_allowed: bool) -> bool {
    if found.class != Class::DownloadAndRun {
        return found.level >= Level::Medium;
    }
    match found.name {
        // The sources of packages are judged by the list of hosts.
        "pip-from-url" | "pip-foreign-index" | "pip-trusted-host" | "package-from-url" => false,
        "pipe-to-shell" | "shell-from-download" => !is_allowed(found, allowed),
        // Files and data have no address where they are run.
        "downloaded-file-run"
        | "downloaded-content-run"
        | "runs-from-temporary-directory"
        | "download-made-executable" => found.level >= Level::Medium && !all_allowed,
        _ => found.level >= Level::Medium && !is_allowed(found, allowed),
    }
}

fn is_allowed(found: &Indicator, allowed: &AllowedHosts) -> bool {
    let excerpt = found.excerpt.as_bytes();
    !found.excerpt.ends_with('…')
        && sources::has_url(excerpt)
        && sources::names_only_urls(&found.excerpt)
        && allowed.holds_all_urls(excerpt)
}

/// Line in the script of a line in a layer.
fn outer_line(layer: &str, line: u32) -> Option<u32> {
    for step in layer.split('>') {
        if let Some(number) = step.strip_prefix("line ") {
            return number.split(' ').next()?.parse().ok();
        }
        // Written by several commands; a step into it would name its own lines.
        if step == "file" {
            return None;
        }
    }
    Some(line)
}

/// Whether another problem is the same one and tells its line.
fn is_told(problem: &Problem, others: &[Problem]) -> bool {
    let bare = |text: &str| text.replace(['"', '\'', '\\', ' '], "");
    let excerpt = bare(&problem.excerpt);
    others.iter().any(|other| {
        other.line.is_some()
            && other.kind == problem.kind
            && other.name == problem.name
            && bare(&other.excerpt).contains(&excerpt)
    })
}

/// Turns lines of a text into lines of the script.
struct Place<'t> {
    text: &'t LayerText,
    layer: &'t str,
    lines: Option<Lines>,
}

impl<'t> Place<'t> {
    fn new(text: &'t LayerText, layer: &'t str) -> Self {
        let lines = text.starts.as_ref().map(|_| Lines::of(&text.text));
        Self { text, layer, lines }
    }

    fn problem(
        &self,
        line: usize,
        kind: &'static str,
        name: &'static str,
        excerpt: String,
    ) -> Problem {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let own = match (&self.text.starts, &self.lines) {
            (Some(starts), Some(lines)) => {
                let offset = lines.start(line);
                let index = starts.partition_point(|(start, _)| *start <= offset);
                starts
                    .get(index.wrapping_sub(1))
                    .map_or(line, |(_, line)| *line)
            }
            _ => line,
        };
        Problem {
            line: outer_line(self.layer, own),
            kind,
            name,
            layer: self.layer.to_owned(),
            excerpt,
        }
    }
}
