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

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
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
    for middle in ["host", "store", "console"] {
        assert_eq!(ours(middle), ["daylight-domain"], "{middle}");
    }
    assert_eq!(ours("server"), ["daylight-console", "daylight-domain", "daylight-host", "daylight-store"]);
}

#[test]
fn the_domain_does_no_io_and_reads_no_clock() {
    let mut files = Vec::new();
    sources(&core().join("domain/src"), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("source");
        for word in ["std::fs", "std::net", "std::env", "Utc::now", "Local::now", "SystemTime::now", "tokio"] {
            assert!(!text.contains(word), "{} names {word}", file.display());
        }
    }
}
