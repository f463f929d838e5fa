//! Sets the county up: sample configuration in a folder, four systems on loopback, and the appliance on top.

use super::county::{Dice, Habits, happenings};
use super::sources::{System, database_script, drop_files, service};
use crate::app::App;
use crate::clock::FastClock;
use crate::config::{Department, load};
use crate::kit::mock::{Faults, Kind, Shape};
use crate::people::SignIn;
use crate::problem::{Problem, Severity};
use chrono::{Days, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use daylight_domain::item::Item;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

mod sample {
    include!(concat!(env!("OUT_DIR"), "/sample.rs"));
}

/// The demonstration begins on this day of the county, after two months of work.
pub const TODAY: &str = "2026-04-02T09:00:00+08:00";
const FIRST: &str = "2026-01-05";
const SEED: u64 = 2008;

/// A county that runs.
pub struct Demo {
    /// The appliance.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: FastClock,
    /// Where it lies.
    pub folder: PathBuf,
    housing: (System, PathBuf, u64),
    health: (System, PathBuf, u64),
    asked: Vec<(&'static str, System)>,
}

fn io(e: &std::io::Error, what: &Path) -> Problem {
    Problem::new("demo.folder", format!("{}：{e}", what.display())).fix("用 --dir 指定一个可写的目录")
}

/// Every file of the delivered configuration: path below its folder, text.
pub(crate) fn sample_files() -> &'static [(&'static str, &'static str)] {
    sample::FILES
}

/// Writes the sample configuration into a folder.
///
/// # Errors
/// The folder cannot be written.
pub fn write_sample(folder: &Path) -> Result<(), Problem> {
    for (name, text) in sample::FILES {
        let file = folder.join(name);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent).map_err(|e| io(&e, parent))?;
        }
        std::fs::write(&file, text).map_err(|e| io(&e, &file))?;
    }
    let drop = folder.join("drop/housing");
    std::fs::create_dir_all(&drop).map_err(|e| io(&e, &drop))?;
    let secrets = folder.join("secrets.toml");
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o600)).map_err(|e| io(&e, &secrets))
}

async fn listen() -> Result<(TcpListener, u16), Problem> {
    let failed = |e: std::io::Error| Problem::new("demo.listen", format!("本机端口无法打开：{e}"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    Ok((listener, port))
}

fn worst(problems: Vec<Problem>) -> Problem {
    let first = problems.into_iter().find(|p| p.severity == Severity::Error);
    first.unwrap_or_else(|| Problem::new("config.invalid", "样例配置无法读取"))
}

fn day(text: &str) -> Result<NaiveDate, Problem> {
    daylight_domain::time::parse_date(text).ok_or_else(|| Problem::new("demo.date", text))
}

impl Demo {
    /// Sets everything up in a folder. `speed` is in county days per minute; 0 stands still.
    ///
    /// # Errors
    /// What could not be set up.
    pub async fn start(folder: &Path, speed: u32, per_day: u64) -> Result<Self, Problem> {
        Self::at(folder, (speed, per_day), None).await
    }

    /// The same, reached at an address (`host:port`), which its links name.
    ///
    /// # Errors
    /// What could not be set up.
    pub async fn at(
        folder: &Path,
        (speed, per_day): (u32, u64),
        reached: Option<std::net::SocketAddr>,
    ) -> Result<Self, Problem> {
        let config = folder.join("config");
        write_sample(&config)?;
        let (rest_listener, rest_port) = listen().await?;
        let (old_listener, old_port) = listen().await?;
        let today = Timestamp::parse(TODAY).unwrap_or_default();
        for file in ["market", "resources", "housing", "health"] {
            let path = config.join(format!("departments/{file}.toml"));
            let text = std::fs::read_to_string(&path).map_err(|e| io(&e, &path))?;
            let text = text.replace("18321", &rest_port.to_string()).replace("18322", &old_port.to_string());
            // Supervised from today on: what they report of the weeks before is history, not late.
            let since = format!("supervised_since = \"{}\"", today.date());
            let lines: Vec<&str> =
                text.lines().map(|l| if l.starts_with("supervised_since") { since.as_str() } else { l }).collect();
            std::fs::write(&path, lines.join("\n")).map_err(|e| io(&e, &path))?;
        }
        // One department has no system and works at the county's desk.
        let path = config.join("departments/culture.toml");
        let text = std::fs::read_to_string(&path).map_err(|e| io(&e, &path))?;
        let text =
            text.replace("phase = \"planned\"", &format!("phase = \"trial\"\nsupervised_since = \"{}\"", today.date()));
        std::fs::write(&path, text).map_err(|e| io(&e, &path))?;
        let clock = FastClock::new(today, speed.saturating_mul(1440));
        let mut loaded = load(&config, today).map_err(worst)?;
        // The county's days pass in seconds: nobody is signed out by them.
        loaded.main.sign_in =
            SignIn { max_days: 0, idle_minutes: 5_000_000, session_hours: 100_000, ..loaded.main.sign_in };
        if let Some(reached) = reached {
            loaded.main.listen.address = reached.to_string();
        }
        let data = loaded.data();
        std::fs::create_dir_all(&data).map_err(|e| io(&e, &data))?;
        let shared: Arc<dyn Clock> = Arc::new(clock);
        let make = |kind: Kind, habits: Habits, secret: &str| -> Result<System, Problem> {
            let id = kind.department();
            let department: &Department =
                loaded.departments.get(id).ok_or_else(|| Problem::new("department.unknown", id))?;
            let items: Vec<Arc<Item>> =
                loaded.rules.catalogue.newest().filter(|i| i.department == id).cloned().collect();
            let items: Vec<&Item> = items.iter().map(Arc::as_ref).collect();
            let last = today.date().checked_add_days(Days::new(120)).unwrap_or(today.date());
            let all = happenings(id, &items, &loaded.rules.calendar, &habits, (day(FIRST)?, last), SEED);
            let shape = Shape::from_settings(kind, &department.settings)?;
            Ok(System::new(all, &Faults::none(), SEED, Arc::clone(&shared), shape, secret))
        };
        let habits = |late: u64, lag: u64, wrong: u64, more: u64| Habits {
            per_day: per_day * more / 10,
            late_permille: late,
            lag_permille: lag,
            wrong_permille: wrong,
        };
        let market = make(Kind::Rest, habits(20, 4, 5, 16), "sample-token-change-me")?;
        let resources = make(Kind::Legacy, habits(90, 15, 20, 8), "sample-key-change-me")?;
        let housing = make(Kind::Csv, habits(50, 8, 10, 6), "")?;
        let health = make(Kind::Sql, habits(30, 5, 5, 10), "")?;
        let asked = vec![("market", market.clone()), ("resources", resources.clone())];
        for (listener, router) in
            [(rest_listener, service(Kind::Rest, market)), (old_listener, service(Kind::Legacy, resources))]
        {
            tokio::spawn(async move {
                if let Err(e) = axum::serve(listener, router).await {
                    tracing::error!("模拟来源停止：{e}");
                }
            });
        }
        let drop = config.join("drop/housing");
        let database = data.join("sample-health.db");
        let app = App::open(loaded, shared).await?;
        // A county that was kept goes on where its systems stopped.
        let dropped = last_file(&drop);
        let written = last_row(&database).await?;
        let mut demo = Self {
            app,
            clock,
            folder: folder.to_path_buf(),
            housing: (housing, drop, dropped),
            health: (health, database, written),
            asked,
        };
        demo.work_goes_on().await?;
        Ok(demo)
    }

    /// A department's system.
    #[must_use]
    pub fn system(&self, department: &str) -> Option<&System> {
        match department {
            "housing" => Some(&self.housing.0),
            "health" => Some(&self.health.0),
            other => self.asked.iter().find(|(id, _)| *id == other).map(|(_, system)| system),
        }
    }

    /// The two systems that do not answer questions write what has happened since the last time.
    ///
    /// # Errors
    /// The folder or the database cannot be written.
    pub async fn work_goes_on(&mut self) -> Result<(), Problem> {
        let (system, folder, from) = &mut self.housing;
        *from = drop_files(system, folder, *from).map_err(|e| io(&e, folder))?;
        let (system, file, from) = &mut self.health;
        let (script, to) = database_script(system, *from, !file.exists());
        daylight_store::run_script(file, &script).await?;
        *from = to;
        Ok(())
    }
}

/// The last id in the names of files that were dropped, wherever they have been moved since.
fn last_file(folder: &Path) -> u64 {
    [folder.to_path_buf(), folder.join("done"), folder.join("rejected")]
        .iter()
        .flat_map(|f| std::fs::read_dir(f).into_iter().flatten().flatten())
        .filter_map(|e| e.file_name().to_str()?.strip_suffix(".csv")?.rsplit('-').next()?.parse().ok())
        .max()
        .unwrap_or(0)
}

/// The last row of the business database, if there is one.
async fn last_row(file: &Path) -> Result<u64, Problem> {
    use daylight_domain::cell::Cell;
    use daylight_domain::source::SourceDatabase;
    if !file.exists() {
        return Ok(0);
    }
    let failed = |e: daylight_domain::source::SourceError| Problem::new(e.code, e.message);
    let url = format!("sqlite:{}", file.display());
    let mut open = daylight_store::Sources.connect(&url).await.map_err(failed)?;
    let mut rows = open.query("SELECT MAX(id) FROM business", Vec::new()).await.map_err(failed)?;
    let first = rows.next(1, 1 << 16).await.map_err(failed)?.rows.into_iter().flatten().next();
    Ok(match first {
        Some(Cell::Integer(n)) => u64::try_from(n).unwrap_or(0),
        _ => 0,
    })
}

/// A folder of its own for a demonstration nobody keeps.
#[must_use]
pub fn temporary() -> PathBuf {
    let mut dice = Dice::new(u64::from(std::process::id()), &format!("{:?}", std::time::SystemTime::now()));
    std::env::temp_dir().join(format!("daylight-demo-{}-{:08x}", std::process::id(), dice.below(u64::from(u32::MAX))))
}

/// The calendar that comes with the program.
///
/// # Errors
/// Never, unless the build was tampered with.
pub fn sample_calendar() -> Result<daylight_domain::calendar::Calendar, Problem> {
    let broken = |e: String| Problem::new("calendar.invalid", e);
    let years = sample::FILES
        .iter()
        .filter(|(name, _)| name.starts_with("calendar/"))
        .map(|(_, text)| toml::from_str(text).map_err(|e| broken(e.to_string())))
        .collect::<Result<Vec<_>, _>>()?;
    daylight_domain::calendar::Calendar::from_years(years).map_err(|e| broken(e.to_string()))
}
