//! What makes it easy to bring a department in, and hard to do it wrong: drafts of configuration from samples, and a trial before
//! anything is configured. Nothing here writes into the store.

pub mod add;
pub mod draft;
