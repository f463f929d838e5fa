//! View models to HTML and SVG. Nothing here does I/O or speaks HTTP: what is shown is given, what is drawn is text.

pub mod flow;
pub mod paper;
pub mod text;
