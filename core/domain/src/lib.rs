//! The pure rules of electronic supervision (电子监察): what a case is, when it is late, which rule it breaks, what a
//! department scores. Nothing here does I/O, waits, or reads a clock; the same input gives the same output, always.
//!
//! The map, in the order in which a record passes through:
//! [`cell`] what arrives → [`record`] the exchange standard → [`check`] proof that a record obeys it →
//! [`event`] the hash-chained truth → [`case`] the view of one case → [`calendar`] and [`limit`] the law's arithmetic →
//! [`flow`] the path over the flow chart → [`rule`] findings → [`card`] what is issued → [`tally`] counts by day → [`measure`]
//! numbers of a period → [`score`] what a standard makes of them → [`publication`] what of it leaves the house, for whom.

pub mod calendar;
pub mod card;
pub mod case;
pub mod cell;
pub mod check;
pub mod clock;
pub mod code;
pub mod complaint;
pub mod department;
pub mod desk;
pub mod dictionary;
pub mod draft;
pub mod enquiry;
pub mod evaluation;
pub mod event;
pub mod exclusion;
pub mod finding;
pub mod flow;
pub mod investigation;
pub mod item;
pub mod ledger;
pub mod limit;
pub mod measure;
pub mod order;
pub mod procedure;
pub mod publication;
pub mod rating;
pub mod record;
pub mod role;
pub mod rule;
pub mod sampling;
pub mod score;
pub mod share;
pub mod source;
pub mod stats;
pub mod tally;
pub mod time;
mod word;

pub use time::Timestamp;
