//! Signed, paged and throttled calls of AWS that keep the raw answer.
//!
//! What the crate guarantees:
//! - An answer is kept as it came: [`Reply::body`] holds the bytes, whatever they are. An error
//!   answer is an answer too; [`Class`] says what it means, and what is not understood is
//!   [`Class::Invalid`], never [`Class::Absent`] or [`Class::Ok`].
//! - Only the operations of `rempart_aws_model::api_operations` can be called, and requests are
//!   built from that table alone.
//! - A list ends in one of two ways: its last page without a token, or a reply whose class says why
//!   it is incomplete. A repeated token ends it; it never runs for ever.
//! - Calls wait for a place in the rate of their operation and within the bounds of concurrency;
//!   retries come out of one budget for the whole run.
//! - The environment is read in [`Settings::from_environment`] and nowhere else. Clock and
//!   randomness can be replaced.
//! - Credentials never appear in `Debug` output, logs or errors.
//!
//! Dropping the future of a call or of a page cancels it: the connection is closed or given back,
//! and places in the bounds of concurrency are free again. A place in the rate that was already
//! taken is not given back.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use rempart_aws_client::{Call, Client, Settings};
//! use rempart_aws_model::api_operation;
//!
//! let client = Client::new(Settings::from_environment(None, None).await?);
//! let operation = api_operation("sagemaker:ListDomains").ok_or("not in the table")?;
//! let mut pages = client.pages(&Call::new(operation, "eu-west-1"));
//! while let Some(page) = pages.next().await? {
//!     println!("{:?} {} bytes", page.reply.class, page.reply.body.len());
//! }
//! # Ok(())
//! # }
//! ```

mod account;
mod answer;
mod call;
mod classify;
mod client;
mod clock;
mod counters;
mod credentials;
mod destination;
mod error_body;
mod limiter;
mod pages;
mod request;
mod role;
mod settings;
mod sign;
mod transport;
mod xml;

pub use aws_credential_types::Credentials;
pub use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
pub use bytes::Bytes;
pub use call::{Call, CallError, Class, Reply, ReplyError};
pub use classify::classify;
pub use client::Client;
pub use clock::{Clock, Random, SystemClock, SystemRandom};
pub use counters::OperationCounters;
pub use credentials::KeptCredentials;
pub use error_body::read_error;
pub use pages::{Page, Pages};
pub use role::Role;
pub use settings::{Bounds, EndpointOverrides, Rates, Retries, Settings, SettingsError, Timeouts};
