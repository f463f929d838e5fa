//! `ningbo-6`: Ningbo's assessment of electronic supervision, as far as it was published, handbook §6.2. What it says is in `rules`,
//! which compiles without any component too.

mod rules;

daylight_standard::plugin!(rules::Ningbo6, "../plugin.toml", "../vectors.json");
