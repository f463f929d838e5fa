//! A department is tried before it is configured: its file is made, checked as a whole with everything else of the county, its
//! connector runs as it will run later, and the first pages are pulled and looked at. Nothing is written; a person puts the file
//! where it belongs.

mod answer;
mod grants;
mod look;
mod seen;
mod write;

pub use answer::{Question, from_text, missing, put, questions};
pub use grants::{Given, derive};
pub use look::{Looked, Trial, installed_manifest, look};
pub use seen::{ItemSeen, Refused, Seen, Skew, SkewFrom, Unmapped};
pub use write::Wanted;
