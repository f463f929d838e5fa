//! What a vendor needs to make a plugin: a project to begin with, a build, and something to run it against.

pub mod project;
