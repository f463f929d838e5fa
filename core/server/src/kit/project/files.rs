//! Files built into the program: path below their folder, text.

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/kit.rs"));
}

pub(super) use embedded::{CARGO, LOCK, SDK, TEMPLATES, WIT};

/// The files below a folder of the templates, without the folder's name.
pub(super) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    TEMPLATES.iter().filter_map(move |(name, text)| Some((name.strip_prefix(folder)?.strip_prefix('/')?, *text)))
}
