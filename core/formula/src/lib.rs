//! The expression language in which a county writes its paper standard as settings: typed, exact, without text substitution.
//!
//! ```text
//! 8 × 最大(0, 1 − 5 × 比率(承诺超期))
//! 如果(红牌数 > 0, 0, 10 − 2 × 黄牌数)
//! ```
//!
//! Numbers are exact fractions. A value is a number or a truth; which, is known before anything is computed. What has no value – a
//! measure the county does not have, a division by zero – makes the whole expression have none, and the indicator is then not
//! assessed (不评). Every word has a Chinese name and a code; full-width signs are as good as narrow ones.

mod eval;
mod number;
mod parse;
pub mod table;
mod words;

pub use eval::{Facts, Missing};
pub use number::Fraction;
pub use parse::{Formula, Wrong};
pub use words::{MEASURES, Said, Unit, Word, code_of, name_of, word_of};

#[cfg(test)]
mod tests;
