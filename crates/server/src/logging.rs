//! Logs: lines of JSON or text on standard error.
//!
//! Libraries below say nothing under the level `warn`, whatever level is asked for: in detail, they would
//! show headers, and with them signatures and tokens.

use std::io::IsTerminal as _;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// The form of logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line
    #[default]
    Json,
    /// For people
    Text,
}

/// Only what this project says is let through below `warn`.
pub(crate) fn filter(level: Level) -> Targets {
    Targets::new()
        .with_default(LevelFilter::from_level(level.min(Level::WARN)))
        .with_target("rempart", LevelFilter::from_level(level))
        .with_targets(OURS.map(|name| (name, LevelFilter::from_level(level))))
}

/// Crates that speak of the store.
const OURS: [&str; 9] = [
    "rempart_audit",
    "rempart_aws_wire",
    "rempart_cli",
    "rempart_directory",
    "rempart_keys",
    "rempart_lake",
    "rempart_online",
    "rempart_server",
    "rempart_store",
];

/// Sends logs to standard error, from now on and once.
///
/// # Errors
/// Logs go somewhere already.
pub fn log_to_stderr(level: Level, format: LogFormat) -> Result<(), TryInitError> {
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
        LogFormat::Text => layer.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter(level)))
        .try_init()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_below_show_no_headers() {
        let filter = filter(Level::TRACE);
        for name in [
            "h2::codec::framed_read",
            "hyper::proto::h1::io",
            "rustls::server",
            "tokio",
        ] {
            assert!(!filter.would_enable(name, &Level::INFO), "{name}");
            assert!(filter.would_enable(name, &Level::WARN), "{name}");
        }
        assert!(filter.would_enable("rempart_server::http", &Level::TRACE));
        assert!(!super::filter(Level::INFO).would_enable("rempart_store::data", &Level::DEBUG));
        assert!(!super::filter(Level::ERROR).would_enable("hyper", &Level::WARN));
    }
}
