//! The report and the exports, without a browser.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests"
)]

#[path = "suite/exchange.rs"]
mod exchange;
#[path = "suite/fixture.rs"]
mod fixture;
#[path = "suite/hostile.rs"]
mod hostile;
#[path = "suite/page.rs"]
mod page;
#[path = "suite/skeleton.rs"]
mod skeleton;
