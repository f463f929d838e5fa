//! The references of the vendor's guide are what the program goes by: made by it, current, and true.

use daylight::problem::registry;
use daylight_domain::record::{Field, RecordType};
use daylight_tests::root;

#[test]
fn the_references_are_what_the_program_says_now() {
    let folder = root().join("plugins/reference");
    let write = std::env::var_os("DAYLIGHT_WRITE").is_some();
    for (name, text) in daylight::reference::all() {
        let path = folder.join(&name);
        if write {
            std::fs::write(&path, &text).expect("written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "plugins/reference/{name} is old: DAYLIGHT_WRITE=1 writes it anew");
    }
}

#[test]
fn every_type_field_and_code_is_in_the_reference_of_both_languages() {
    let all = daylight::reference::all();
    let of = |name: &str| all.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str()).expect(name);
    for lang in ["zh", "en"] {
        let fields = of(&format!("fields.{lang}.md"));
        for one in RecordType::ALL {
            assert!(fields.contains(&format!("### `{one}` ")), "{one} in {lang}");
        }
        for field in Field::ALL {
            assert!(fields.contains(&format!("\n| `{}` |", field.as_str())), "{} in {lang}", field.as_str());
        }
        let errors = of(&format!("errors.{lang}.md"));
        for (code, entry) in registry::all() {
            assert_eq!(errors.contains(&format!("\n| `{code}` |")), entry.who.is_some(), "{code} in {lang}");
        }
        for n in 1..=14 {
            assert!(errors.contains(&format!("\n| `E{n:03}` |")), "E{n:03} in {lang}");
        }
        // A row has as many cells as its head.
        for text in [fields, errors] {
            let mut width = 0;
            for line in text.lines() {
                let bars = line.replace("\\|", "").matches('|').count();
                assert!(bars == 0 || width == 0 || bars == width, "{line}");
                width = bars;
            }
        }
        let english = errors.lines().filter(|l| l.starts_with("| `")).any(|l| l.chars().any(|c| c >= '\u{4e00}'));
        assert_eq!(english, lang == "zh", "one language each");
    }
}

/// Codes of these families are met by whoever writes, sets up or feeds a connector.
const FAMILIES: &[&str] = &[
    "build", "compare", "cursor", "database", "files", "grant", "kit", "limits", "plugin", "secret", "settings",
    "source", "trust",
];

#[test]
fn every_code_a_vendor_can_meet_says_who_puts_it_right() {
    let family = |code: &str| FAMILIES.contains(&code.split('.').next().expect("a family"));
    let silent: Vec<&str> = registry::all().filter(|(c, e)| family(c) && e.who.is_none()).map(|(c, _)| c).collect();
    assert!(silent.is_empty(), "core/server/data/problems.toml: no `who` of {silent:?}");
    // Whatever the host answers or refuses with, whichever family.
    let mut files = Vec::new();
    crate::house::sources(&root().join("core/host/src"), &mut files);
    let mut seen = 0;
    for file in files.iter().filter(|f| !f.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(file).expect("source");
        for code in crate::house::codes_in(&text) {
            let Some(entry) = registry::entry(&code) else { continue };
            seen += 1;
            assert!(entry.who.is_some(), "{code} of {}", file.display());
        }
    }
    assert!(seen > 50, "{seen} codes of the host");
}
