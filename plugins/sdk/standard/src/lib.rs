//! A scoring standard: a type with [`Standard::describe`] and [`Standard::assess`], and [`plugin!`].
//!
//! Points are hundredths, measures millionths. The same input must give the same output on every machine, for ever: no
//! clock, no randomness, no floating point where integers do. Each step is rounded to the hundredth, half away from zero.

mod seen;
mod total;
mod types;

#[cfg(feature = "component")]
mod component;

#[cfg(feature = "component")]
#[doc(hidden)]
pub use component::{assess, describe, scoring};
#[cfg(feature = "component")]
pub use component::{bindings, log};
pub use seen::{Absent, Seen, cards, count, entered, known, measure, seen};
pub use total::{
    adjustment, because, cap_grade, convert, convert_by_volume, cost, grade, mul_div, not_assessed, percent,
    points_text, total, whole,
};
pub use types::{
    Assessment, Deduction, Description, Failure, FindingGroup, Indicator, ManualEntry, Measure, Score, Scorecard,
};

/// A point, in hundredths.
pub const POINT: i64 = 100;
/// One, in millionths.
pub const ONE: i64 = 1_000_000;

/// Scores one department for one period. Pure: all it knows is its settings (JSON, checked against the manifest's schema) and what
/// it is given.
pub trait Standard {
    /// What it is made of under its settings.
    fn describe(settings: &str) -> Description;
    /// The scorecard.
    ///
    /// # Errors
    /// What is wrong with the settings.
    fn assess(settings: &str, input: &Assessment) -> Result<Scorecard, Failure>;
}

/// Makes a component of a [`Standard`], and puts the manifest and the vectors – examples with the scorecards expected for them,
/// which `daylight plugin test` runs – into it.
#[macro_export]
macro_rules! plugin {
    ($standard:ty, $manifest:literal, $vectors:literal) => {
        const _: () = {
            // Not `#[used]`: it would be in the guest's memory besides.
            #[unsafe(link_section = "daylight:vectors")]
            pub static VECTORS: [u8; include_bytes!($vectors).len()] = *include_bytes!($vectors);
        };
        $crate::plugin!($standard, $manifest);
    };
    ($standard:ty, $manifest:literal) => {
        const _: () = {
            #[unsafe(link_section = "daylight:manifest")]
            pub static MANIFEST: [u8; include_bytes!($manifest).len()] = *include_bytes!($manifest);
        };

        struct DaylightPlugin;

        impl $crate::scoring::Guest for DaylightPlugin {
            fn describe() -> $crate::scoring::Description {
                $crate::describe::<$standard>()
            }
            fn assess(input: $crate::scoring::Assessment) -> Result<$crate::scoring::Scorecard, $crate::scoring::Failure> {
                $crate::assess::<$standard>(input)
            }
        }

        $crate::bindings::export!(DaylightPlugin with_types_in $crate::bindings);
    };
}
