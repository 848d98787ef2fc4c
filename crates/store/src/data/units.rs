//! Quotas: units per second of a group and of an identifier, in windows of a second.

use std::sync::Mutex;
use std::sync::PoisonError;

use super::settings::Quotas;

/// Windows of identifiers that one group keeps. Identifiers that share a window share its quota, so a
/// collision can only throttle early.
const WINDOWS: usize = 4_096;

#[derive(Debug, Default, Clone, Copy)]
struct Window {
    second: i64,
    read: u64,
    write: u64,
}

#[derive(Debug, Default)]
struct Windows {
    group: Window,
    identifiers: Vec<Window>,
}

/// Counts the units of a group.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Windows>);

/// Units of one call on one record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) read: u64,
    pub(crate) write: u64,
}

impl Meter {
    /// Whether the units are within the quotas of this second; then they are counted.
    pub(crate) fn take(&self, quotas: &Quotas, blind: [u8; 16], units: Units, now: i64) -> bool {
        let second = now.div_euclid(1_000);
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.identifiers.is_empty() {
            windows.identifiers = vec![Window::default(); WINDOWS];
        }
        let Windows { group, identifiers } = &mut *windows;
        let [first, second_byte, ..] = blind;
        let at = usize::from(u16::from_le_bytes([first, second_byte])) % WINDOWS;
        let Some(identifier) = identifiers.get_mut(at) else {
            return false;
        };
        group.begin(second);
        identifier.begin(second);
        let fits = group.read + units.read <= quotas.group_read
            && group.write + units.write <= quotas.group_write
            && identifier.read + units.read <= quotas.identifier_read
            && identifier.write + units.write <= quotas.identifier_write;
        if fits {
            for window in [group, identifier] {
                window.read += units.read;
                window.write += units.write;
            }
        }
        fits
    }
}

impl Window {
    fn begin(&mut self, second: i64) {
        if self.second != second {
            *self = Self {
                second,
                read: 0,
                write: 0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_quota_and_the_next_a_new_one() {
        let meter = Meter::default();
        let quotas = Quotas {
            group_read: 5,
            group_write: 3,
            identifier_read: 2,
            identifier_write: 2,
        };
        let write = Units { read: 0, write: 1 };
        let take = |blind, now| meter.take(&quotas, [blind; 16], write, now);
        assert!(take(1, 0) && take(1, 999));
        assert!(!take(1, 999), "the identifier is over its quota");
        assert!(take(2, 999));
        assert!(!take(3, 999), "the group is over its quota");
        assert!(take(1, 1_000));
    }
}
