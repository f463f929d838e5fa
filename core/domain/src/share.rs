//! Shares of a whole as people read them: rounded half up, here and nowhere else. What is compared with a threshold is compared exactly
//! ([`exceeds`]), so that 99.96 % is shown as 100.0 % and still is not all.

/// `part` of `all` in parts of `scale` (100: percent, 1000: per mille), half and more is one more. None of nothing.
#[must_use]
pub fn rounded(part: u64, all: u64, scale: u64) -> Option<u64> {
    let (part, all, scale) = (u128::from(part), u128::from(all), u128::from(scale));
    let twice = (2 * part).saturating_mul(scale).saturating_add(all);
    twice.checked_div(2 * all).map(|n| u64::try_from(n).unwrap_or(u64::MAX))
}

/// In thousandths.
#[must_use]
pub fn permille(part: u64, all: u64) -> Option<u64> {
    rounded(part, all, 1000)
}

/// In hundredths; 0 of nothing.
#[must_use]
pub fn percent(part: u64, all: u64) -> i64 {
    rounded(part, all, 100).and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
}

/// Whether `part` is more than so many percent of `all`. Nothing is not more than any share of nothing.
#[must_use]
pub fn exceeds(part: u64, all: u64, percent: i64) -> bool {
    i128::from(part).saturating_mul(100) > i128::from(percent).saturating_mul(i128::from(all))
}

/// Thousandths as people write them: `97.3%`.
#[must_use]
pub fn said(permille: u64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_more_is_one_more() {
        for (part, all, is) in [(2, 3, 667), (1, 3, 333), (1, 2000, 1), (1, 2001, 0), (1999, 2000, 1000), (0, 7, 0)] {
            assert_eq!(permille(part, all), Some(is), "{part} of {all}");
        }
        assert_eq!(permille(0, 0), None);
        assert_eq!((percent(1, 200), percent(99, 200), percent(2, 3), percent(0, 0)), (1, 50, 67, 0));
        assert_eq!(rounded(u64::MAX, u64::MAX, 1000), Some(1000), "no number is too large");
        assert_eq!(said(1000), "100.0%");
    }

    #[test]
    fn a_threshold_is_not_rounded() {
        assert!(!exceeds(1, 2, 50) && exceeds(501, 1000, 50) && !exceeds(0, 0, 50));
    }
}
