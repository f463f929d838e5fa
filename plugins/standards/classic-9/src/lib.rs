//! `classic-9`: the published nine-dimension standard, handbook §6.1 and annex A. What it says is in `rules`, which compiles
//! without any component too.

mod rules;

daylight_standard::plugin!(rules::Classic9, "../plugin.toml", "../vectors.json");
