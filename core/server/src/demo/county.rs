//! What the departments of the demonstration do all day: the fake departments of the vendor kit.

pub use crate::kit::mock::{Dice, Habits, Happening, happenings};
