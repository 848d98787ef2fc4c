//! The page in a real Chromium: scripts, policy, accessibility, keyboard, size.
//!
//! `REMPART_CHROMIUM` names the browser, `REMPART_AXE` the file `axe.min.js` of axe-core; without
//! them a test says that it is skipped. `./test` sets both. Pictures go to the build directory.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "browser/access.rs"]
mod access;
#[path = "browser/driver.rs"]
mod driver;
#[path = "suite/fixture.rs"]
mod fixture;
#[path = "browser/pictures.rs"]
mod pictures;
#[path = "browser/safety.rs"]
mod safety;
#[path = "browser/size.rs"]
mod size;
