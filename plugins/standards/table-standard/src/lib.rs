//! `table-standard`: a county's own paper standard, written as settings. What it says is in `rules`, which compiles without any
//! component too.

mod rules;

daylight_standard::plugin!(rules::TableStandard, "../plugin.toml", "../vectors.json");
