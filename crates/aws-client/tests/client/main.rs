//! The client against a scripted server on the loopback interface, and against an AWS double.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod accounts;
mod environment;
mod faults;
mod moto;
mod paging;
mod server;
mod support;
