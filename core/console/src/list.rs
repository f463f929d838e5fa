//! Lists: what they are filtered by, and where they go on. Both stand in the address, so that a list can be kept and sent.

use crate::sheet::{Choice, Link};

/// A filter.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Name of the query parameter.
    pub name: &'static str,
    /// Key of its label.
    pub label: &'static str,
    /// What is asked for now; empty for everything.
    pub value: String,
    /// Words and what they are called; none for free text.
    pub choices: Vec<Choice>,
}

/// The foot of a list.
#[derive(Clone, Debug)]
pub struct Pager {
    /// Rows on this page.
    pub shown: usize,
    /// The first page is not this one.
    pub later: bool,
    /// Address of the first page.
    pub first: String,
    /// Address of the next page.
    pub next: Option<String>,
    /// The rows of this page as files.
    pub files: Vec<Link>,
    /// The same rows for a program.
    pub export: String,
}
