//! Pictures of the main pages for the README: `cargo test -p daylight-tests --test browser screenshots -- --ignored`.

use crate::chromium::Chromium;
use crate::house::House;
use crate::tab::{Kind, Tab};
use daylight_domain::role::Role;
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
    ("statistics", Role::Supervision, "/statistics"),
    ("desk", Role::Clerk, "/desk/cases/{desk}/{received}"),
    ("receipt", Role::Clerk, "/desk/receive?item=CL-0101"),
    ("connectors", Role::SystemAdmin, "/connectors"),
    ("screen", Role::Leader, "/screen"),
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes browser/screenshots"]
async fn screenshots() {
    let browser = Chromium::start().expect("a browser");
    let house = House::with_data().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
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
        std::fs::write(folder.join(format!("{name}.webp")), picture).expect("a picture");
    }
}
