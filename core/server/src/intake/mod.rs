//! How records enter the house: schedule → pull → check → commit. Nothing else writes events.

pub mod applicant;
pub mod import;
pub mod page;
pub mod pull;
pub mod rules;
pub mod schedule;
