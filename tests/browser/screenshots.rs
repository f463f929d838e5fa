//! Pictures of the main pages for the README. They are taken at every run and are small enough; `DAYLIGHT_PICTURES=1` keeps them:
//! `DAYLIGHT_PICTURES=1 cargo test -p daylight-tests --test browser pictures`.

use crate::chromium::Chromium;
use crate::tab::{Kind, Tab};
use daylight_domain::role::Role;
use daylight_tests::house::House;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of one picture.
const MOST: usize = 150 * 1024;

/// File, as whom, address.
const PICTURES: &[(&str, Role, &str)] = &[
    ("overview", Role::Supervision, "/"),
    ("cards", Role::Supervision, "/cards"),
    ("card", Role::Handler, "/cards/{card}"),
    ("case", Role::Supervision, "/cases/{department}/{case}"),
    ("score", Role::Supervision, "/scores/{run}"),
    ("statistics", Role::Supervision, "/statistics?from=2026-03-01&to=2026-03-31&compare=previous"),
    ("desk", Role::Clerk, "/desk/cases/{desk}/{received}"),
    ("receipt", Role::Clerk, "/desk/receive?item=CL-0101"),
    ("connectors", Role::SystemAdmin, "/connectors"),
    ("screen", Role::Leader, "/screen"),
];

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_readme_can_be_taken_by_anybody() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::with_data().await;
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tests.join("browser/screenshots");
    let readme = std::fs::read_to_string(tests.join("../README.md")).expect("a README");
    let keep = std::env::var_os("DAYLIGHT_PICTURES").is_some();
    let mut sessions = BTreeMap::new();
    for (name, role, path) in PICTURES {
        if !sessions.contains_key(role.as_str()) {
            sessions.insert(role.as_str(), house.signed_in(role.name_zh(), *role).await);
        }
        let tab = Tab::open(&browser, &house.base, Kind::default());
        tab.as_session(&sessions[role.as_str()]);
        assert_eq!(tab.go(&house.place(path)), Ok(200), "{name}");
        let picture = tab.picture();
        assert!(picture.len() <= MOST, "{name}: {} bytes", picture.len());
        let file = folder.join(format!("{name}.webp"));
        if keep {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&file, picture).expect("a picture");
        }
        assert!(file.exists() && readme.contains(&format!("screenshots/{name}.webp")), "{name} stands in the README");
    }
}
