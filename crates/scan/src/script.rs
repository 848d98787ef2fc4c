//! Decodes and examines scripts without running them.
//!
//! Attackers hide commands in the fields of SageMaker calls that carry
//! scripts: lifecycle configurations, container entry points and arguments,
//! environment values, pipeline definitions. This module peels encodings and
//! shell and Python tricks off such a field, layer by layer, and looks for
//! indicators in every layer.
//!
//! Guarantees:
//! - nothing is executed, opened or fetched; the answer depends only on the
//!   input and the [`Limits`];
//! - work is bounded: layers, nesting, decoded bytes and evaluated commands
//!   each have a limit, and reaching one is reported as
//!   [`State::Truncated`], never as clean;
//! - content that stops in the middle, cannot be decoded or is encrypted is
//!   never [`Verdict::Clean`].

mod catalogue;
pub(crate) mod codec;
mod explore;
mod inflate;
mod json;
mod level;
mod matcher;
mod normalise;
mod patterns;
mod python;
mod report;
mod schedule;
mod secrets;
mod shell;
mod sources;
mod text;

pub use report::{Outcome, Problem, ScriptReport, problems, problems_base64};
pub use secrets::{SecretKind, secrets};

use std::fmt;

use explore::Explorer;

/// Bounds of one examination. The defaults suit fields of API calls.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of input that are read; the rest makes the result truncated.
    pub max_input: usize,
    /// Layers inside layers that are opened.
    pub max_depth: u32,
    /// Bytes that all decoded and normalised layers together may hold.
    pub max_expansion: usize,
    /// Number of layers.
    pub max_layers: usize,
    /// Commands and expressions evaluated in all layers together.
    pub max_steps: u32,
    /// Indicators kept.
    pub max_indicators: usize,
    /// Length in characters at which the API cuts or refuses the field; a
    /// base64 field of exactly this length counts as truncated.
    pub api_limit: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_input: 4 << 20,
            max_depth: 8,
            max_expansion: 4 << 20,
            max_layers: 256,
            max_steps: 50_000,
            max_indicators: 200,
            api_limit: Some(16_384),
        }
    }
}

/// How far the content could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// All of it was read.
    Decoded,
    /// It is not text in any supported encoding.
    Undecodable {
        /// Why, in plain words.
        reason: String,
    },
    /// It stops in the middle, or a limit was reached.
    Truncated {
        /// Why, in plain words.
        reason: String,
    },
}

impl State {
    /// The identifier used in rules: `decoded`, `undecodable`, `truncated`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Decoded => "decoded",
            Self::Undecodable { .. } => "undecodable",
            Self::Truncated { .. } => "truncated",
        }
    }
}

/// What the examination concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read; nothing above an everyday idiom was found.
    Clean,
    /// The level is medium.
    Suspicious,
    /// The level is high or critical.
    Malicious,
    /// Not everything could be read, and what was read is not suspicious.
    Unknown,
}

impl Verdict {
    /// The identifier used in rules.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Suspicious => "suspicious",
            Self::Malicious => "malicious",
            Self::Unknown => "unknown",
        }
    }
}

/// Gravity of an indicator or of the strongest combination of indicators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Common in ordinary scripts; matters only beside other indicators.
    Low,
    /// Deserves a look.
    Medium,
    /// Hardly ever legitimate in a SageMaker script.
    High,
    /// An attack.
    Critical,
}

impl Level {
    /// The identifier used in rules.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Kind of behaviour that an indicator points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A shell or tunnel for somebody outside.
    ExecutionChannel,
    /// Code fetched from elsewhere and run.
    DownloadAndRun,
    /// Content hidden from a reader.
    Obfuscation,
    /// Credentials read or asked for.
    CredentialTheft,
    /// Data sent away.
    Exfiltration,
    /// Mining of crypto-currency.
    Miner,
    /// Something that survives a restart or a login.
    Persistence,
    /// Monitoring, logs or limits switched off.
    DefenceEvasion,
    /// More rights on the machine, or a way out of the container.
    Privilege,
    /// Calls that reach other identities or machines.
    Lateral,
    /// Looking around in the account or network.
    Discovery,
}

impl Class {
    /// All classes, in the order of the declaration.
    pub const ALL: [Self; 11] = [
        Self::ExecutionChannel,
        Self::DownloadAndRun,
        Self::Obfuscation,
        Self::CredentialTheft,
        Self::Exfiltration,
        Self::Miner,
        Self::Persistence,
        Self::DefenceEvasion,
        Self::Privilege,
        Self::Lateral,
        Self::Discovery,
    ];

    /// The identifier used in rules.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::ExecutionChannel => "execution-channel",
            Self::DownloadAndRun => "download-and-run",
            Self::Obfuscation => "obfuscation",
            Self::CredentialTheft => "credential-theft",
            Self::Exfiltration => "exfiltration",
            Self::Miner => "miner",
            Self::Persistence => "persistence",
            Self::DefenceEvasion => "defence-evasion",
            Self::Privilege => "privilege",
            Self::Lateral => "lateral",
            Self::Discovery => "discovery",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

/// One sign of misuse and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Kind of behaviour.
    pub class: Class,
    /// Stable name, such as `pipe-to-shell`.
    pub name: &'static str,
    /// Gravity of this indicator without any other.
    pub level: Level,
    /// Path of the layer, such as `base64>line 3 shell>gzip`.
    pub layer: String,
    /// Line in that layer, from 1; in a normalised layer the line of the
    /// text it was made from.
    pub line: u32,
    /// The place, at most 160 printable characters, secrets masked.
    pub excerpt: String,
}

/// One decoded or normalised text, a node of the tree of layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Steps from the input to this layer, joined by `>`.
    pub path: String,
    /// Index of the layer it was found in; `None` for the input.
    pub parent: Option<usize>,
    /// Distance from the input.
    pub depth: u32,
    /// Size in bytes.
    pub bytes: usize,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

/// Result of examining one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// How far the content could be read.
    pub state: State,
    /// The conclusion.
    pub verdict: Verdict,
    /// Gravity of the strongest combination; `None` when no indicator was
    /// found. Everyday idioms alone reach [`Level::Low`].
    pub level: Option<Level>,
    /// What was found, in order of layers and lines.
    pub indicators: Vec<Indicator>,
    /// The tree of layers; parents stand before children.
    pub layers: Vec<Layer>,
    /// Parts that could not be read although the rest could, in plain words.
    pub gaps: Vec<String>,
    /// SHA-256 of the field as given.
    pub raw_sha256: String,
    /// SHA-256 of the decoded bytes; `None` when the field did not decode.
    pub decoded_sha256: Option<String>,
}

impl Examination {
    /// Classes of the indicators, each once, in order.
    #[must_use]
    pub fn classes(&self) -> Vec<Class> {
        let mut classes: Vec<Class> = self.indicators.iter().map(|found| found.class).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }
}

/// Examines a field that holds a script in base64, such as the content of a
/// lifecycle configuration. Accepts the standard and the URL-safe alphabet,
/// line breaks and missing padding.
#[must_use]
pub fn examine_base64(field: &str, limits: &Limits) -> Examination {
    Explorer::new(limits).base64_field(field)
}

/// Examines a field that holds text: an entry point, arguments, environment
/// values, a pipeline definition.
#[must_use]
pub fn examine_text(text: &str, limits: &Limits) -> Examination {
    Explorer::new(limits).text_field(text.as_bytes())
}

/// Examines bytes of unknown origin with the default limits, as a script file
/// fetched from storage or an input of a fuzzer.
#[must_use]
pub fn examine_bytes(bytes: &[u8]) -> Examination {
    Explorer::new(&Limits::default()).text_field(bytes)
}
