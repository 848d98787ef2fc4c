//! The built-in KMS as its users see it.

#[cfg(feature = "aws")]
mod aws;
mod cache;
mod cases;
mod conformance;
mod envelope;
mod model;
mod provider;
mod speed;
mod storage;
mod support;
