//! The house stands as planned: dependencies point in one direction, and each heavy dependency has one home.

use std::path::{Path, PathBuf};

fn core() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core")
}

/// The dependency names in a crate's `[dependencies]` table.
fn dependencies(krate: &str) -> Vec<String> {
    let text = std::fs::read_to_string(core().join(krate).join("Cargo.toml")).expect("manifest");
    let table = text.split("[dependencies]").nth(1).expect("dependencies");
    let table = table.split("\n[").next().expect("first table");
    table.lines().filter_map(|l| l.split(['.', ' ', '=']).next()).filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

pub fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Which crates name `word` in their manifest or in a `use` line.
fn who_names(word: &str) -> Vec<&'static str> {
    ["domain", "host", "store", "console", "server"]
        .into_iter()
        .filter(|krate| {
            let module = word.replace('-', "_");
            let mut files = Vec::new();
            sources(&core().join(krate).join("src"), &mut files);
            dependencies(krate).iter().any(|d| d == word || d.starts_with(&format!("{word}-")))
                || files.iter().any(|f| {
                    let text = std::fs::read_to_string(f).expect("source");
                    text.lines().any(|l| {
                        let l = l.trim_start().trim_start_matches("pub ");
                        l.starts_with(&format!("use {module}::")) || l.starts_with(&format!("use {module};"))
                    })
                })
        })
        .collect()
}

#[test]
fn heavy_dependencies_have_one_home() {
    assert_eq!(who_names("wasmtime"), ["host"]);
    assert_eq!(who_names("sqlx"), ["store"]);
    assert_eq!(who_names("axum"), ["server"]);
}

#[test]
fn the_arrows_point_one_way() {
    let ours = |krate: &str| -> Vec<String> {
        dependencies(krate).into_iter().filter(|d| d == "daylight" || d.starts_with("daylight-")).collect()
    };
    assert_eq!(ours("domain"), Vec::<String>::new());
    assert_eq!(ours("formula"), Vec::<String>::new());
    for middle in ["host", "store", "console"] {
        assert_eq!(ours(middle), ["daylight-domain"], "{middle}");
    }
    assert_eq!(
        ours("server"),
        ["daylight-console", "daylight-domain", "daylight-formula", "daylight-host", "daylight-store"]
    );
}

#[test]
fn the_domain_does_no_io_and_reads_no_clock() {
    let mut files = Vec::new();
    sources(&core().join("domain/src"), &mut files);
    // Tests may read their fixtures.
    for file in files.into_iter().filter(|f| !f.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(&file).expect("source");
        for word in ["std::fs", "std::net", "std::env", "Utc::now", "Local::now", "SystemTime::now", "tokio"] {
            assert!(!text.contains(word), "{} names {word}", file.display());
        }
    }
}

/// What looks like a code but is none: actions in the audit, topics, settings, file names.
const NO_CODES: &[&str] = &[
    // Checks of the acceptance kit.
    "check.good",
    "check.light",
    "check.secret",
    "check.settings",
    "check.unreachable",
    "code.unknown",
    "cursor.resume",
    "data.corrected",
    "data.late",
    "fault.charset",
    "fault.empty",
    "fault.hang",
    "fault.login",
    "fault.truncated",
    "pull.again",
    "pull.codes",
    "pull.complete",
    "pull.form",
    "pull.keys",
    "pull.times",
    "pull.values",
    "source.duplicate",
    "source.empty",
    "document.code",
    "document.copies",
    "document.number",
    "document.salutation",
    "export.page",
    "screen.give",
    "screen.open",
    "population.department",
    "population.item",
    "population.from",
    "population.to",
    "complainant.address",
    "complainant.phone",
    "complainant.name",
    "asker.phone",
    "asker.name",
    "applicant.address",
    "applicant.kind",
    "applicant.name",
    "applicant.phone",
    "export.page",
    "icon.svg",
    "limit.days",
    "limit.unit",
    "plugin.activate",
    "plugin.remove",
    "plugin.rollback",
    "score.run",
    "score.start",
    "pull.start",
    "token.give",
    "user.disable",
    "rules.off",
    "user.add",
    "user.enable",
    "user.unlock",
    "card.write",
    "document.add",
    "export.make",
    "link.give",
    "link.use",
    "password.change",
    "sign-in.failed",
    "sign-in.locked",
    "token.revoke",
    "backup.create",
    "card.issued",
    "order.issue",
    "order.return",
    "personal.open",
    "desk.print",
    "rating.invite",
    "delivery.retry",
    "ledger.hash",
    "config.last-start",
    "judged.calendar",
    "judged.staff",
    "applicant.address",
    "applicant.kind",
    "applicant.name",
    "applicant.phone",
    "applicant.salt",
    "applicant.filled",
    "night.last",
    "tally.version",
    "night.rederive",
    "quarantine.replay",
    "connector.failing",
    "connector.back",
    "desk.near",
    "department.diagnostics",
    "gate.freeze",
    "gate.sign",
    "gate.live",
];

/// Every code that a source names, in a plain literal or at the head of an error's words.
pub fn codes_in(text: &str) -> Vec<String> {
    let code = |word: &str| {
        let mut parts = word.split('.');
        let (Some(a), Some(b), None) = (parts.next(), parts.next(), parts.next()) else { return false };
        let fine = |p: &str| {
            p.starts_with(|c: char| c.is_ascii_lowercase())
                && !p.ends_with('-')
                && p.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        fine(a)
            && fine(b)
            && !["rs", "db", "toml", "key", "sql", "css", "lock", "json", "wasm", "html", "js", "docx", "xml"]
                .contains(&b)
    };
    text.split('"')
        .flat_map(|piece| [piece, piece.split(": ").next().unwrap_or("")])
        .filter(|word| code(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_code_is_in_the_registry_in_two_languages() {
    let mut files = Vec::new();
    for krate in ["domain", "host", "store", "console", "server"] {
        sources(&core().join(krate).join("src"), &mut files);
    }
    sources(&core().join("../plugins/connectors"), &mut files);
    sources(&core().join("../plugins/sdk"), &mut files);
    let mut seen = std::collections::BTreeSet::new();
    for file in files.iter().filter(|f| !f.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(file).expect("source");
        let text = text.split("#[cfg(test)]").next().expect("the part that runs");
        // Keys of the console's catalogue of words are asked for by name, and proven there.
        let said = |c: &String| daylight_console::words::find(daylight_console::words::Lang::Zh, c).is_some();
        seen.extend(codes_in(text).into_iter().filter(|c| !NO_CODES.contains(&c.as_str()) && !said(c)));
    }
    assert!(seen.len() > 150, "only {} codes were found", seen.len());
    let missing: Vec<&String> = seen.iter().filter(|c| daylight::problem::registry::entry(c).is_none()).collect();
    assert!(missing.is_empty(), "core/server/data/problems.toml lacks {missing:?}");
    for (code, entry) in daylight::problem::registry::all() {
        for (words, chinese) in [(entry.zh, true), (entry.fix_zh, true), (entry.en, false), (entry.fix_en, false)] {
            assert!(words.len() > 5, "{code} has an empty text");
            assert_eq!(words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), chinese, "{code}: {words}");
        }
    }
}

/// Packages with their features, as cargo would compile them.
fn resolved(of: &[&str]) -> std::collections::BTreeSet<String> {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "--prefix", "none", "-f", "{p} {f}"]).args(of);
    let said = cargo.current_dir(core()).output().expect("cargo");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).expect("text");
    text.lines().map(|l| l.trim_end_matches(" (*)").to_owned()).filter(|l| !l.is_empty()).collect()
}

/// `cargo run` and `cargo test --workspace` compile wasmtime and SQLite once between them.
#[test]
fn one_package_or_all_compile_the_same_dependencies() {
    let one = resolved(&["-p", "daylight", "-e", "normal,build"]);
    let all = resolved(&["--workspace", "-e", "normal,build,dev"]);
    let differ: Vec<&String> = one.difference(&all).collect();
    assert!(one.len() > 200 && differ.is_empty(), "{} packages, with other features: {differ:#?}", one.len());
}
