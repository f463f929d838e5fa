//! `county-2025`: the proposed county standard (100 points, bonus up to 10), handbook §12.2. What it says is in `rules`, which
//! compiles without any component too.

mod rules;

daylight_standard::plugin!(rules::County2025, "../plugin.toml", "../vectors.json");
