//! What a vendor and a county have to try a plugin on and to bring a department in, without a department's own system: fake
//! departments, drafts of configuration from samples, a trial before anything is configured. It works offline, and nothing here writes
//! into the store.

pub mod add;
pub mod draft;
pub mod mock;
