//! Three-valued truth.

use std::ops::Not;

/// True, false, or not known (Kleene's strong logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Truth {
    /// It does not hold
    #[default]
    False,
    /// What is known does not decide it
    Unknown,
    /// It holds
    True,
}

impl Truth {
    /// Conjunction: false as soon as one is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Disjunction: true as soon as one is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether it is true.
    pub fn is_true(self) -> bool {
        self == Self::True
    }

    /// Whether it is false.
    pub fn is_false(self) -> bool {
        self == Self::False
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}
