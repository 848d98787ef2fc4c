//! The online store's engines: sealed rows under blind keys, with event-time rules, and a queue of rows
//! for the offline store that is written together with them.
//!
//! What the crate guarantees:
//! - An engine sees no plaintext: keys are blinded and payloads sealed before they come here.
//! - When [`Engine::apply`] returns, what it applied survives a crash of the process and, for engines
//!   whose [`Durability`] says so, of the machine.
//! - One mutation is atomic, its queue entry included: both are there after a crash, or none.

mod embedded;
mod encode;
mod engine;
mod memory;
mod redis;
mod rules;

pub use self::redis::{RedisEngine, RedisOptions};
pub use embedded::{EmbeddedEngine, EmbeddedOptions};
pub use engine::{
    Applied, Condition, Durability, Engine, EngineError, GroupId, Mutation, QueueEntry, Row,
    RowKey, Stored, Usage, Version,
};
pub use memory::MemoryEngine;
