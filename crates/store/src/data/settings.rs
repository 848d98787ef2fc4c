//! What operators choose.

use std::time::Duration;

/// What an equal event time does (S1: two pages of AWS disagree).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EqualEventTime {
    /// The online record is overwritten
    #[default]
    Overwrite,
    /// The online record stays
    Keep,
}

/// What a caller gets who may read some of the features that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadControl {
    /// Nothing
    #[default]
    Deny,
    /// Those that may be read
    Mask,
}

/// How long keys are kept. Three timers, each for its own purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySettings {
    /// After this a session asks the KMS again; at most five minutes.
    pub longest_age: Duration,
    /// After this without use a session asks again.
    pub longest_idle: Duration,
    /// How much longer keys serve when the KMS does not answer. Never after a refusal.
    pub grace: Duration,
    /// Uses after which a session asks again.
    pub most_uses: u64,
    /// Age at which a new data key is made.
    pub data_key_age: Duration,
    /// Seals after which a new data key is made.
    pub data_key_seals: u64,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            longest_age: Duration::from_mins(5),
            longest_idle: Duration::from_mins(5),
            grace: Duration::ZERO,
            most_uses: 1_000_000,
            data_key_age: Duration::from_hours(24),
            data_key_seals: 1 << 30,
        }
    }
}

/// When queued rows become files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlushSettings {
    /// Rows do not wait longer; below 15 minutes.
    pub age: Duration,
    /// Queued rows that are not waited for more.
    pub rows: usize,
    /// Rows in one round, which bounds memory.
    pub round_rows: usize,
    /// Sealed bytes in one round, which bounds memory.
    pub round_bytes: usize,
    /// How long a group that cannot be flushed is left alone.
    pub retry: Duration,
}

impl Default for FlushSettings {
    fn default() -> Self {
        Self {
            age: Duration::from_mins(1),
            rows: 50_000,
            round_rows: 100_000,
            round_bytes: 64 << 20,
            retry: Duration::from_secs(30),
        }
    }
}

/// AWS's quotas, enforced only where a profile asks for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Read units per second and group.
    pub group_read: u64,
    /// Write units per second and group.
    pub group_write: u64,
    /// Read units per second and identifier.
    pub identifier_read: u64,
    /// Write units per second and identifier.
    pub identifier_write: u64,
}

impl Default for Quotas {
    /// Those of AWS.
    fn default() -> Self {
        Self {
            group_read: 40_000,
            group_write: 40_000,
            identifier_read: 2_400,
            identifier_write: 500,
        }
    }
}

/// Settings of the data plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// On an equal event time.
    pub equal_event_time: EqualEventTime,
    /// Whether event times may have up to nine digits below the second.
    pub nanosecond_event_times: bool,
    /// Whether a name that is no feature is refused by reads. [to verify]
    pub refuse_unknown_names: bool,
    /// Records in one BatchGetRecord.
    pub batch_get_records: usize,
    /// Bytes of records in one answer; what exceeds them is unprocessed.
    pub answer_bytes: usize,
    /// Whether UpdateRecord sends the whole merged row to the offline store. [to verify]
    pub merged_row_offline: bool,
    /// What partly readable reads give.
    pub read_control: ReadControl,
    /// Keys.
    pub keys: KeySettings,
    /// Offline store.
    pub flush: FlushSettings,
    /// Quotas; `None` for none.
    pub quotas: Option<Quotas>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            equal_event_time: EqualEventTime::default(),
            nanosecond_event_times: true,
            refuse_unknown_names: true,
            batch_get_records: 100,
            answer_bytes: 16 << 20,
            merged_row_offline: true,
            read_control: ReadControl::default(),
            keys: KeySettings::default(),
            flush: FlushSettings::default(),
            quotas: None,
        }
    }
}
