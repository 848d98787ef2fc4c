//! Whether a mutation applies: the one rule that all engines share.

use crate::engine::{Condition, Stored};

/// Whether the condition holds for the row as it is.
pub(crate) fn applies(condition: Condition, stored: Option<&Stored>) -> bool {
    match (condition, stored) {
        (Condition::Always, _) | (Condition::NotOlder { .. }, None) => true,
        (Condition::QueueOnly, _) | (Condition::Unchanged(_), None) => false,
        (Condition::Unchanged(version), Some(stored)) => stored.version == version,
        (
            Condition::NotOlder {
                event_time,
                on_equal,
                now,
            },
            Some(stored),
        ) => {
            let row = &stored.row;
            row.expires_at.is_some_and(|end| end <= now)
                || event_time > row.event_time
                || (on_equal && event_time == row.event_time)
        }
    }
}
