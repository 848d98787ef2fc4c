//! Engines against the engine in memory, against crashes, power cuts, full disks and damaged files.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod crash;
mod damage;
mod disk;
mod embedded;
mod full;
mod power;
mod redis;
mod servers;
mod steps;
mod writer;
