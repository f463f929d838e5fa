//! The wall (大屏): the county on one screen of 16:9, to be read from afar. Numbers of the county and its departments only; nobody is
//! named on it.

use crate::shell::Shell;
use askama::Template;

/// A number of the county.
#[derive(Clone, Debug)]
pub struct Tile {
    /// What is counted.
    pub label: String,
    /// How many.
    pub value: String,
    /// How it is meant: `plain`, `good`, `prewarning`, `yellow`, `red`.
    pub tone: &'static str,
}

/// A department.
#[derive(Clone, Debug)]
pub struct WallLine {
    /// Name.
    pub name: String,
    /// How its connector stands, in words.
    pub health: String,
    /// Its source is silent.
    pub silent: bool,
    /// Open cases.
    pub open: u64,
    /// Standing cards by level.
    pub cards: Vec<(&'static str, u64)>,
}

/// A card that was issued.
#[derive(Clone, Debug)]
pub struct WallCard {
    /// When.
    pub at: String,
    /// Level word.
    pub level: &'static str,
    /// To which department.
    pub department: String,
    /// By which rule.
    pub rule: String,
}

/// The wall.
#[derive(Debug, Template)]
#[template(path = "wall.html")]
pub struct Wall {
    /// Around it.
    pub s: Shell,
    /// What the county counts.
    pub tiles: Vec<Tile>,
    /// Departments.
    pub departments: Vec<WallLine>,
    /// The newest cards, newest first.
    pub cards: Vec<WallCard>,
}
