//! The HTTP edge of the store: connections, TLS, limits, and the node behind them.
//!
//! What the crate guarantees:
//! - Nothing is served in plaintext beyond loopback unless the operator says so.
//! - Sizes, times, connections and calls in flight are bounded; what is over a bound is refused with
//!   AWS's own error, before memory is spent on it.
//! - No signature, body, identifier or secret reaches a log, a metric or an error.
//! - When it ends in good order, calls in flight are answered and everything queued is kept.

mod admin;
mod front;
mod hardening;
mod http;
mod limits;
mod node;
mod settings;
mod tls;

pub use rempart_aws_wire::sign::Replay;
pub use rempart_online::EmbeddedOptions;

pub use front::{Front, Peer};
pub use hardening::{Hardened, harden};
pub use http::{Order, ServeError, ServerOptions, serve, serve_until};
pub use limits::Limits;
pub use node::{
    Background, Command, Copied, Done, Made, Node, NodeError, NodeOptions, Remote, RootSource,
    RowFormat, send,
};
pub use settings::{
    AuditSync, AwsKeySettings, KeySettings, OfflineSettings, OnlineSettings, REDIS_VARIABLE,
    RedisSettings, S3Settings, StoreSettings,
};
pub use tls::{TlsError, make_certificate};
