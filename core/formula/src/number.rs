//! Exact fractions. What does not fit into 128 bits is no number, never a wrong one.

use std::cmp::Ordering;

/// A fraction in lowest terms, its denominator above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    above: i128,
    below: i128,
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Fraction {
    /// Nought.
    pub const ZERO: Self = Self { above: 0, below: 1 };

    /// `above / below`; nothing when `below` is zero or the result does not fit.
    #[must_use]
    pub fn new(above: i128, below: i128) -> Option<Self> {
        if below == 0 {
            return None;
        }
        let by = i128::try_from(gcd(above.unsigned_abs(), below.unsigned_abs())).ok()?;
        let (above, below) = (above.checked_div(by)?, below.checked_div(by)?);
        if below < 0 {
            return Some(Self { above: above.checked_neg()?, below: below.checked_neg()? });
        }
        Some(Self { above, below })
    }

    /// A whole number.
    #[must_use]
    pub fn whole(n: i64) -> Self {
        Self { above: i128::from(n), below: 1 }
    }

    /// Whether it is nought.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.above == 0
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.above.checked_mul(other.below)?;
        Self::new(left.checked_add(other.above.checked_mul(self.below)?)?, self.below.checked_mul(other.below)?)
    }

    /// The negative.
    #[must_use]
    pub fn negative(self) -> Option<Self> {
        Some(Self { above: self.above.checked_neg()?, below: self.below })
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        Self::new(self.above.checked_mul(other.above)?, self.below.checked_mul(other.below)?)
    }

    /// The quotient; nothing when divided by nought.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        Self::new(self.above.checked_mul(other.below)?, self.below.checked_mul(other.above)?)
    }

    /// Which is larger.
    #[must_use]
    pub fn against(self, other: Self) -> Option<Ordering> {
        Some(self.above.checked_mul(other.below)?.cmp(&other.above.checked_mul(self.below)?))
    }

    /// So many `parts`ths, rounded half away from zero.
    #[must_use]
    pub fn in_parts(self, parts: i64) -> Option<i64> {
        let twice = self.above.checked_mul(i128::from(parts))?.checked_mul(2)?;
        let below = self.below.checked_mul(2)?;
        let half = if twice < 0 { -self.below } else { self.below };
        i64::try_from(twice.checked_add(half)? / below).ok()
    }
}
