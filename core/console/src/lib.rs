//! View models to HTML and SVG. Nothing here does I/O or speaks HTTP: what is shown is given, what is drawn is text.

pub mod asset;
pub mod flow;
pub mod list;
pub mod page;
pub mod paper;
pub mod shell;
pub mod text;
pub mod words;
