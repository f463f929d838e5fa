//! A plugin at its author's desk (`daylight plugin dev`): a fake department, a county of one department in trial that lives
//! through its days, and what became of it – the case, the card, the clock.
//!
//! The county is temporary and trusts the plugin only because it was built here: a key is made, signs it, and is forgotten.

mod clock;
mod lines;
mod project;
mod report;
mod stay;

pub use clock::DevClock;
pub use lines::{Line, Lines};
pub use project::{Project, State};
pub use report::{OneCase, Refusal, Report};
pub use stay::{Ask, Stay};
