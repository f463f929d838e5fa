//! Every page, as everybody who sees something of their own on it.

use crate::chromium::Chromium;
use crate::tab::{Kind, Tab};
use crate::{aria, audit};
use daylight_domain::role::Role;
use daylight_tests::house::House;
use daylight_tests::looks::{LOOKS, Look};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with one page.
fn wrong(look: &Look, path: &str, house: &House, (strict, open): (&Tab, &Tab)) -> Vec<String> {
    let from = strict.browser.heard();
    let status = match strict.go(path) {
        Ok(status) => status,
        Err(e) => return vec![e],
    };
    let mut found = Vec::new();
    if status != look.status {
        found.push(format!("answers {status}, not {}", look.status));
    }
    let names: Vec<String> = house.app.config.departments.values().map(|d| d.name.clone()).collect();
    // The first page of each role is the one that shows what stands around all of theirs.
    let around = look.who.is_none() || look.path.split('?').next() == Some("/");
    found.extend(aria::compare(look.name, &aria::snapshot(strict, &names, around)));
    found.extend(audit::widths(strict));
    found.extend(audit::keyboard(strict));
    // Last, so that what the page does meanwhile is heard as well.
    found.extend(audit::network(strict, &house.base, from, look.status));
    match open.go(path) {
        Ok(_) => found.extend(audit::accessible(open)),
        Err(e) => found.push(e),
    }
    found
}

/// Whether an address of a look is one of a route.
fn is(path: &str, route: &str) -> bool {
    let (path, route): (Vec<_>, Vec<_>) = (path.split(['/', '?']).collect(), route.split('/').collect());
    let path = path.get(..route.len()).unwrap_or(&path);
    path.len() == route.len() && route.iter().zip(path).all(|(r, p)| r == p || r.starts_with('{'))
}

#[test]
fn no_page_is_left_out_and_each_has_a_name_of_its_own() {
    let left: Vec<&str> = daylight::api::shown().filter(|r| !LOOKS.iter().any(|l| is(l.path, r))).collect();
    assert!(left.is_empty(), "pages without a line in tests/src/looks.rs: {left:?}");
    let names: BTreeSet<&str> = LOOKS.iter().map(|l| l.name).collect();
    assert_eq!(names.len(), LOOKS.len(), "a name is there twice");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/aria");
    for file in std::fs::read_dir(folder).expect("snapshots").flatten() {
        let name = file.file_name().to_string_lossy().trim_end_matches(".txt").to_owned();
        assert!(names.contains(name.as_str()), "{name}.txt is the snapshot of no page");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_keeps_its_policy_and_can_be_used_by_everybody() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::with_data().await;
    let mut people: BTreeMap<Option<&str>, (Tab, Tab)> = BTreeMap::new();
    let mut report = Vec::new();
    for look in LOOKS {
        let who = look.who.map(Role::as_str);
        let (strict, open) = match people.entry(who) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let strict = Tab::open(&browser, &house.base, Kind::default());
                let open = Tab::open(&browser, &house.base, Kind { no_policy: true, ..Kind::default() });
                if let Some(role) = look.who {
                    let secret = house.signed_in(role.name_zh(), role).await;
                    strict.as_session(&secret);
                    open.as_session(&secret);
                }
                free.insert((strict, open))
            }
        };
        let path = house.place(look.path);
        let found = wrong(look, &path, &house, (strict, open));
        report.extend(found.iter().map(|line| format!("{} ({} {path}): {line}", look.name, who.unwrap_or("nobody"))));
    }
    assert!(report.is_empty(), "{} findings:\n{}", report.len(), report.join("\n"));
}
