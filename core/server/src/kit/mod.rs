//! The vendor kit: what somebody who writes a plugin needs at his own desk, and a county before it takes one in: fake departments,
//! projects and their trial, drafts of configuration from samples, a trial before anything is configured. It works offline.

pub mod add;
pub mod compare;
pub mod dev;
pub mod draft;
pub mod grade;
pub mod inspect;
pub mod mock;
pub mod project;
pub mod trial;
