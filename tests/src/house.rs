//! The county the browser looks at: the demonstration with its data, served on loopback, and one person of every role.

use crate::looks;
use crate::registers::{self, Place, SOMEBODY};
use daylight::app::App;
use daylight::config::load;
use daylight::demo::place::{Demo, write_sample};
use daylight::kit::mock::Mock;
use daylight_domain::Timestamp;
use daylight_domain::clock::{Clock, ManualClock};
use daylight_domain::role::Role;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;
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
    config: PathBuf,
    serving: Serving,
    _demo: Option<Demo>,
    _folder: tempfile::TempDir,
}

/// The service at an address. It ends when it is dropped.
struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Opens what the files say at the time of the clock, and answers at an address.
async fn opened(config: &Path, clock: &Arc<ManualClock>, address: &str) -> (Arc<App>, Serving, String) {
    let loaded = load(config, clock.now()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let app = App::open(loaded, Arc::<ManualClock>::clone(clock)).await.expect("an appliance");
    let listener = tokio::net::TcpListener::bind(address).await.expect("an address");
    let address = listener.local_addr().expect("an address").to_string();
    let (stop, stopped) = oneshot::channel();
    let serve = daylight::api::serve(Arc::clone(&app), listener, async { drop(stopped.await) });
    (app, Serving { stop, task: tokio::spawn(serve) }, address)
}

fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).expect("a file");
    assert!(text.contains(from), "{}: no {from}", file.display());
    std::fs::write(file, text.replace(from, to)).expect("written");
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
        let clock = Arc::new(ManualClock::at(demo.clock.now()));
        Self::at(folder, clock, Some(demo)).await
    }

    async fn at(folder: tempfile::TempDir, clock: Arc<ManualClock>, demo: Option<Demo>) -> Self {
        let config = folder.path().join("config");
        let (app, serving, address) = opened(&config, &clock, "127.0.0.1:0").await;
        let base = format!("http://{address}");
        Self { app, clock, base, facts: BTreeMap::new(), config, serving, _demo: demo, _folder: folder }
    }

    /// A county as it is installed, with the sample configuration, where one department is connected and everybody else waits for his
    /// turn. `system` is that department's, and stands by the same clock.
    pub async fn at_its_beginning(clock: Arc<ManualClock>, system: &Mock) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("config");
        write_sample(&config).expect("a sample");
        for id in DEPARTMENTS {
            let phase = if id == DEPARTMENT { "connecting" } else { "planned" };
            change(&config.join(format!("departments/{id}.toml")), "phase = \"live\"", &format!("phase = \"{phase}\""));
        }
        let market = config.join(format!("departments/{DEPARTMENT}.toml"));
        change(&market, "http://127.0.0.1:18321", system.address());
        change(&config.join("secrets.toml"), "sample-token-change-me", system.secret());
        Self::at(folder, clock, None).await
    }

    /// Edits a department's file, as who runs the machine does. It holds from the next start on.
    pub fn edit(&self, department: &str, from: &str, to: &str) {
        change(&self.config.join(format!("departments/{department}.toml")), from, to);
    }

    /// Starts anew on the same database and at the same address: `systemctl restart daylight`.
    pub async fn restart(&mut self) {
        let address = self.base.trim_start_matches("http://").to_owned();
        let (stop, _) = oneshot::channel();
        drop(std::mem::replace(&mut self.serving.stop, stop));
        (&mut self.serving.task).await.expect("the service ends");
        self.app.close().await;
        (self.app, self.serving, _) = opened(&self.config, &self.clock, &address).await;
    }

    /// Goes to another time.
    pub fn set(&self, now: Timestamp) {
        self.clock.set(now);
    }

    /// Time goes on as the house lives it: what a department's system tells is pulled within half an hour, as its schedule does, what is
    /// due fires, and every day has its round.
    pub async fn live_until(&self, system: &Mock, until: Timestamp) {
        const HALF: i64 = 30 * 60_000;
        let (id, now) = (system.plan().department(), self.clock.now());
        let told = system.truth().into_iter().map(|h| Timestamp((h.visible_at.0 / HALF + 1) * HALF));
        let mut stops: BTreeSet<Timestamp> = told.filter(|at| now < *at && *at < until).collect();
        stops.insert(until);
        let mut day = now.date();
        for at in stops {
            self.clock.set(at);
            self.app.pull(id, "schedule").await.expect("a run");
            self.app.fire_due().await.expect("what was due");
            if at.date() != day {
                day = at.date();
                self.app.look_at_everything().await.expect("a round");
            }
        }
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
