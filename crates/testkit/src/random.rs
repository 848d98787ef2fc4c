//! A small seeded generator (SplitMix64) and the identifiers made from it.

use std::cell::Cell;

/// A deterministic stream of numbers. Not for secrets.
#[derive(Debug, Clone)]
pub struct Random {
    // A cell, so that drawing an identifier does not borrow what it is drawn for.
    state: Cell<u64>,
}

impl Random {
    /// The stream of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: Cell::new(seed),
        }
    }

    /// A stream that depends on `label` alone, for identifiers that must stay the same everywhere.
    #[must_use]
    pub fn of_label(label: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in label.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self {
            state: Cell::new(hash),
        }
    }

    /// The next 64 bits.
    pub fn next_u64(&self) -> u64 {
        let mut z = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(z);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound - 1`; 0 when `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        let product = u128::from(self.next_u64()) * u128::from(bound);
        (product >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).max(0) as u64;
        low.saturating_add(self.below(span.saturating_add(1)) as i64)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the options.
    #[expect(
        clippy::indexing_slicing,
        reason = "the index is below the length, which is not 0"
    )]
    pub fn pick<T: Copy, const N: usize>(&self, options: [T; N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        options[self.below(N as u64) as usize]
    }

    /// `length` lower-case hexadecimal digits.
    pub fn hex(&self, length: usize) -> String {
        self.text(length, b"0123456789abcdef")
    }

    /// `length` capital letters and digits, as in AWS identifiers.
    pub fn capitals(&self, length: usize) -> String {
        self.text(length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    }

    /// `length` letters and digits of both cases.
    pub fn letters(&self, length: usize) -> String {
        self.text(
            length,
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        )
    }

    /// A version 4 UUID.
    pub fn uuid(&self) -> String {
        let mut uuid = String::with_capacity(36);
        self.push_uuid(&mut uuid);
        uuid
    }

    /// Appends a version 4 UUID.
    pub fn push_uuid(&self, out: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let high = (self.next_u64() & 0xffff_ffff_ffff_0fff) | 0x4000;
        let low = (self.next_u64() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        for (word, dashes) in [(high, [8, 12]), (low, [0, 4])] {
            for digit in 0..16 {
                if dashes.contains(&digit) {
                    out.push('-');
                }
                let value = (word >> (60 - digit * 4)) & 15;
                out.push(char::from(
                    DIGITS.get(value as usize).copied().unwrap_or(b'0'),
                ));
            }
        }
    }

    fn text(&self, length: usize, alphabet: &[u8]) -> String {
        (0..length)
            .filter_map(|_| alphabet.get(self.below(alphabet.len() as u64) as usize))
            .map(|byte| char::from(*byte))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn identifiers_have_their_shapes() {
        let random = Random::new(7);
        let uuid = random.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(
            uuid.split('-').map(str::len).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(
            uuid.split('-')
                .nth(2)
                .is_some_and(|part| part.starts_with('4'))
        );
        assert!(
            uuid.split('-')
                .nth(3)
                .is_some_and(|part| part.starts_with(['8', '9', 'a', 'b']))
        );
        assert_eq!(random.capitals(9).len(), 9);
        assert!((0..1_000).all(|_| (3..=5).contains(&random.between(3, 5))));
        assert_eq!(random.below(0), 0);
    }
}
