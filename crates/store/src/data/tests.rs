//! The data plane as its users know it. Tests are named after the lines of the requirements.

mod access;
mod concurrency;
mod erasure;
mod files;
mod keys;
mod measure;
mod offline;
mod property;
mod records;
mod s3;
mod semantics;
mod shares;
mod world;
