//! Requests, answers and signatures against botocore, the AWS signing test suite, and the model.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "wire/answers.rs"]
mod answers;
#[path = "wire/botocore.rs"]
mod botocore;
#[path = "wire/double.rs"]
mod double;
#[path = "wire/model.rs"]
mod model;
#[path = "wire/requests.rs"]
mod requests;
#[path = "wire/signatures.rs"]
mod signatures;
#[path = "wire/speed.rs"]
mod speed;
#[path = "wire/typed.rs"]
mod typed;
