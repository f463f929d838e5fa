//! Round numbers for an axis, in whole numbers throughout.

/// An axis from `low` to `high` with a mark every `step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    pub low: i128,
    pub high: i128,
    pub step: i128,
    pub places: u8,
}

impl Axis {
    /// Over these values; with zero unless `free`, and then only if that would waste half of the room.
    pub(super) fn new((low, high): (i128, i128), places: u8, free: bool) -> Self {
        let apart = free && low > 0 && low * 2 > high;
        let (low, high) = if apart { (low, high) } else { (low.min(0), high.max(0)) };
        let one = 10_i128.pow(u32::from(places.min(18)));
        let high = if low == high { high + one } else { high };
        let mut step = 1;
        // 1, 2, 5, 10, …
        while (high - low).div_euclid(step) >= 5 {
            let first = step.to_string().starts_with('2');
            step = if first { step / 2 * 5 } else { step * 2 };
        }
        let low = low.div_euclid(step) * step;
        let high = -(-high).div_euclid(step) * step;
        Self { low, high, step, places }
    }

    /// Where a value lies between 0 and 1.
    pub(super) fn share(&self, value: i128) -> f64 {
        let value = value.clamp(self.low, self.high);
        // Digits beyond those of a double are thinner than any line.
        ((value - self.low) as f64 / (self.high - self.low).max(1) as f64).clamp(0.0, 1.0)
    }

    /// The marks.
    pub(super) fn marks(&self) -> Vec<i128> {
        (0..).map(|n| self.low + n * self.step).take_while(|mark| *mark <= self.high).collect()
    }

    /// A mark in words: no more places than the steps need.
    pub(super) fn say(&self, mark: i128) -> String {
        let one = 10_i128.pow(u32::from(self.places.min(18)));
        let (whole, part) = (mark.abs() / one, mark.abs() % one);
        let sign = if mark < 0 { "-" } else { "" };
        if self.step % one == 0 && part == 0 {
            return format!("{sign}{whole}");
        }
        let digits = format!("{part:0>width$}", width = usize::from(self.places.min(18)));
        let least = self.step.to_string();
        let zeros = least.len() - least.trim_end_matches('0').len();
        let kept = digits.len().saturating_sub(zeros).max(1);
        format!("{sign}{whole}.{}", digits.get(..kept).unwrap_or(&digits))
    }
}
