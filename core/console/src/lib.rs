//! View models to HTML, SVG, tables and documents. Nothing here does I/O, reads a clock or speaks HTTP: what is shown is given,
//! what is drawn is text or bytes, and the same data give the same bytes.

pub mod asset;
pub mod bulletin;
pub mod calendar;
pub mod chart;
pub mod docx;
pub mod flow;
pub mod list;
pub mod manual;
pub mod paper;
pub mod sheet;
pub mod shell;
pub mod table;
pub mod text;
pub mod wall;
pub mod words;
pub mod xml;
