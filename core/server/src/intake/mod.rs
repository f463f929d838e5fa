//! How records enter the house: schedule → pull → check → commit. Nothing else writes events.

pub mod schedule;
