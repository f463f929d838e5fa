//! The county the browser looks at: the demonstration with its data, served on loopback, and one person of every role.

use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::Demo;
use daylight_domain::clock::{Clock, ManualClock};
use daylight_domain::role::Role;
use daylight_tests::looks;
use daylight_tests::registers::{self, Place, SOMEBODY};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinHandle;

const DEPARTMENTS: [&str; 4] = ["market", "resources", "housing", "health"];
/// Whoever is somebody of one department is of this one.
pub const DEPARTMENT: &str = "market";
/// And whoever works at the desk of this one, which has no system of its own.
pub const DESK: &str = "culture";

/// A county that stands still, with an address.
pub struct House {
    pub app: Arc<App>,
    clock: Arc<ManualClock>,
    pub base: String,
    /// What fills the holes in addresses.
    pub facts: BTreeMap<&'static str, String>,
    serving: JoinHandle<()>,
    _demo: Demo,
    _folder: tempfile::TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl House {
    /// Empty, but for what the sample configuration says; the desk is at work.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let demo = Demo::start(folder.path(), 0, 2).await.expect("a county");
        demo.app.close().await;
        let config = folder.path().join("config");
        let file = config.join(format!("departments/{DESK}.toml"));
        let text = std::fs::read_to_string(&file).expect("a department");
        // Supervised long enough for a month to be scored.
        let since = |line: &str| {
            if line.starts_with("supervised_since") {
                "supervised_since = \"2026-01-01\"".to_owned()
            } else {
                line.to_owned()
            }
        };
        let lines: Vec<String> = text.replace("phase = \"trial\"", "phase = \"live\"").lines().map(since).collect();
        std::fs::write(&file, lines.join("\n")).expect("written");
        let loaded = load(&config, demo.clock.now()).expect("a configuration");
        let clock = Arc::new(ManualClock::at(demo.clock.now()));
        let app = App::open(loaded, Arc::<ManualClock>::clone(&clock)).await.expect("an appliance");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(daylight::api::serve(Arc::clone(&app), listener, std::future::pending()));
        Self { app, clock, base, facts: BTreeMap::new(), serving, _demo: demo, _folder: folder }
    }

    /// Goes to another time.
    pub fn set(&self, now: daylight_domain::Timestamp) {
        self.clock.set(now);
    }

    /// With what the four systems tell, and a month scored.
    pub async fn with_data() -> Self {
        let mut house = Self::empty().await;
        let app = Arc::clone(&house.app);
        for id in DEPARTMENTS {
            app.pull(id, "manual").await.expect("a run");
        }
        app.fire_due().await.expect("what was due");
        app.look_at_everything().await.expect("a round");
        app.score("county-2025", "2026-03", None).await.expect("a run");
        looks::frozen_report(&app, DEPARTMENT).await;
        house.facts = looks::facts(&app, DEPARTMENT).await;
        let place = Place { department: DEPARTMENT, desk: DESK, year: 2026, noticed: "04-01" };
        registers::fill(&app, &mut house.facts, place, SOMEBODY).await;
        house
    }

    /// An address with its holes filled.
    pub fn place(&self, path: &str) -> String {
        looks::filled(path, &self.facts).unwrap_or_else(|| panic!("{path}: {:?}", self.facts))
    }

    /// A link that works once, for somebody new in a role.
    pub async fn link(&self, name: &str, role: Role) -> String {
        let department = role.of_department().then_some(DEPARTMENT);
        self.app.add_user(name, role.as_str(), department, "cli").await.expect("a person");
        self.app.give_link(name, "cli").await.expect("a link").secret
    }

    /// Somebody new of the department that works at the desk, who signed in.
    pub async fn at_desk(&self, name: &str, role: Role) -> String {
        registers::signed_in(&self.app, name, role, DESK).await
    }

    /// Somebody new in a role, who signed in.
    pub async fn signed_in(&self, name: &str, role: Role) -> String {
        let own = if role == Role::Clerk { DESK } else { DEPARTMENT };
        registers::signed_in(&self.app, name, role, own).await
    }
}
