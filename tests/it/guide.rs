//! Links of the manuals, in the repository: each leads to a file that is there, and to a heading that is in it. How they lead on inside
//! the program is told by `web_system.rs`; that the tutorial of plugins is true, by `core/server/tests/guide.rs`.

use daylight_console::manual::render;
use daylight_console::words::Lang;
use daylight_tests::root;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every manual that is ours; what projects of plugins are made from is filled in first.
fn manuals(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules", "templates"].contains(&name.as_str())
        {
            manuals(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// What a manual links to beside itself, and the addresses within it.
fn read(file: &Path) -> (Vec<String>, String) {
    let text = std::fs::read_to_string(file).expect("a manual");
    let links = RefCell::new(Vec::new());
    let manual = render(Lang::Zh, &text, |target| {
        links.borrow_mut().push(target.to_owned());
        Some(target.to_owned())
    });
    (links.into_inner(), manual.html)
}

fn has(html: &str, part: &str) -> bool {
    html.contains(&format!("id=\"{part}\""))
}

#[test]
fn every_link_of_every_manual_leads_to_what_is_there() {
    let mut files = Vec::new();
    manuals(&root(), &mut files);
    assert!(files.len() > 15, "{files:?}");
    let (mut seen, mut broken) = (0, BTreeSet::new());
    for file in &files {
        let (links, html) = read(file);
        for part in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            let words = format!("x={part}");
            let (_, part) = form_urlencoded::parse(words.as_bytes()).next().expect("words");
            if !has(&html, &part) {
                broken.insert(format!("{}: #{part}", file.display()));
            }
        }
        for link in links {
            seen += 1;
            let (path, part) = link.split_once('#').unwrap_or((&link, ""));
            let to = file.parent().expect("a folder").join(path);
            let headed = || part.is_empty() || has(&read(&to).1, part);
            if !to.exists() || !headed() {
                broken.insert(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(seen > 60, "{seen} links");
}

/// What stands between backticks and is a code of an error: `family.word`.
fn codes(text: &str) -> BTreeSet<&str> {
    let code = |word: &&str| {
        let (family, rest) = word.split_once('.').unwrap_or_default();
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        plain(family) && plain(rest)
    };
    text.split('`').skip(1).step_by(2).filter(code).collect()
}

#[test]
fn the_contract_is_told_the_same_in_both_languages() {
    let [en, zh] = ["README.md", "README.zh.md"]
        .map(|name| std::fs::read_to_string(root().join("wit").join(name)).expect("the contract"));
    assert_eq!(codes(&en), codes(&zh));
    let rows = |text: &str| text.lines().filter(|l| l.starts_with('|')).count();
    let heads = |text: &str| text.lines().filter(|l| l.starts_with("##")).count();
    assert_eq!((rows(&en), heads(&en)), (rows(&zh), heads(&zh)), "rows of tables, headings");
    // Every limit that a county can set.
    let limits = serde_json::to_value(daylight_tests::narrow()).expect("limits");
    for limit in limits.as_object().expect("limits").keys() {
        assert!(zh.contains(&format!("`{limit}`")) && en.contains(&format!("`{limit}`")), "{limit}");
    }
}
