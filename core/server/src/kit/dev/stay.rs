//! A county of one department in trial that pulls a fake one with the plugin, day by day, as a county would.

use super::clock::DevClock;
use super::lines::Lines;
use super::project::connector;
use super::report::{Report, told};
use crate::app::App;
use crate::config::load;
use crate::demo::place::write_sample;
use crate::kit::mock::{Faults, Kind, Plan, sample_items};
use crate::kit::trial::county::{DEPARTMENT, Folder};
use crate::kit::trial::profile::{Origin, Profile};
use crate::kit::trial::stage::{Ground, Stage};
use crate::problem::{Problem, Severity};
use chrono::{Days, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use daylight_domain::department::Phase;
use daylight_host::{CheckReport, Manifest, generate_key, sign};
use daylight_store::RunRow;
use std::path::Path;
use std::sync::Arc;

/// What is to be lived through.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The seed of the fake department.
    pub seed: u64,
    /// Its cases.
    pub cases: u32,
    /// Days on which they begin.
    pub days: u32,
    /// What goes wrong.
    pub faults: Faults,
    /// The case to show; nothing: the one with the gravest card.
    pub case: Option<String>,
}

/// Days that are lived through after the last case has begun: most are finished by then, and what is not stays open.
const AFTER: u32 = 14;
/// Hours of a day at which the county pulls.
const HOURS: [i64; 3] = [10, 14, 18];
const HOUR: i64 = 3_600_000;

/// The county, as long as it is wanted.
pub struct Stay {
    /// The house.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<DevClock>,
    /// The source.
    pub stage: Stage,
    manifest: Manifest,
    profile: Profile,
    ask: Ask,
    plan: Plan,
    check: CheckReport,
    runs: Vec<RunRow>,
    lines: Lines,
    built: bool,
    _folder: Folder,
}

fn worst(problems: Vec<Problem>) -> Problem {
    let first = problems.into_iter().find(|p| p.severity == Severity::Error);
    first.unwrap_or_else(|| Problem::new("config.invalid", "样例配置无法读取"))
}

impl Stay {
    /// Sets up source and county and lives through the days. `cache` is a folder for compiled plugins.
    ///
    /// # Errors
    /// Why the plugin is refused, the source cannot stand, or the house not be opened. That a pull fails is no error here: it
    /// stands in the report.
    pub async fn begin(
        (bytes, built): (Vec<u8>, bool),
        profile: Profile,
        ask: Ask,
        lines: Lines,
        cache: &Path,
    ) -> Result<Self, Problem> {
        let manifest = connector(&bytes)?;
        let kind = match &profile.origin {
            Origin::Fake(kind) => *kind,
            Origin::Recorded(_) => Kind::Rest,
        };
        let items = sample_items(Some(DEPARTMENT))?;
        let plan = Plan { items, cases: ask.cases, days: ask.days, ..Plan::new(kind, ask.seed)? };
        let clock = Arc::new(DevClock::at(Timestamp::start_of(plan.from).plus_ms(8 * HOUR)));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let ground = Ground {
            profile: profile.clone(),
            items: plan.items.clone(),
            from: plan.from,
            days: plan.days,
            seed: ask.seed,
            clock: Arc::clone(&shared),
        };
        let stage = ground.stage(ask.cases, ask.faults.clone()).await?;
        let folder = Folder::new()?;
        let app = house((folder.path(), cache), &manifest, &stage, &plan, shared, bytes).await?;
        let department = app.department(DEPARTMENT)?;
        let check = app.check_connector(department).await?;
        let mut stay = Self {
            app,
            clock,
            stage,
            manifest,
            profile,
            ask,
            plan,
            check,
            runs: Vec::new(),
            lines,
            built,
            _folder: folder,
        };
        stay.live().await?;
        Ok(stay)
    }

    /// Pulls at certain hours of every day; rules watch the time.
    async fn live(&mut self) -> Result<(), Problem> {
        let last = self.plan.last().checked_add_days(Days::new(u64::from(AFTER))).unwrap_or(self.plan.last());
        // A recording knows no days: it is pulled once, when everything in it is past.
        let days: Vec<NaiveDate> = match &self.profile.origin {
            Origin::Fake(_) => self.plan.from.iter_days().take_while(|d| *d <= last).collect(),
            Origin::Recorded(_) => vec![last],
        };
        for day in days {
            for hour in HOURS {
                self.clock.set(Timestamp::start_of(day).plus_ms(hour * HOUR));
                self.stage.go_on().await?;
                let run = self.app.pull(DEPARTMENT, "manual").await?;
                let good = run.status == "done";
                self.runs.push(run);
                self.app.fire_due().await?;
                // A plugin that fails at its first pulls fails at all of them.
                if !good && self.runs.len() >= HOURS.len() && self.runs.iter().all(|r| r.status != "done") {
                    return Ok(());
                }
            }
        }
        self.app.look_at_everything().await
    }

    /// What became of it.
    ///
    /// # Errors
    /// The store.
    pub async fn report(&self) -> Result<Report, Problem> {
        told(self).await
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(super) fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(super) fn ask(&self) -> &Ask {
        &self.ask
    }

    pub(super) fn check(&self) -> &CheckReport {
        &self.check
    }

    pub(super) fn runs(&self) -> &[RunRow] {
        &self.runs
    }

    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }

    pub(super) fn built(&self) -> bool {
        self.built
    }
}

/// The sample configuration in a folder that goes, one department in trial, the plugin trusted for as long as that lasts.
async fn house(
    (folder, cache): (&Path, &Path),
    manifest: &Manifest,
    stage: &Stage,
    plan: &Plan,
    clock: Arc<dyn Clock>,
    bytes: Vec<u8>,
) -> Result<Arc<App>, Problem> {
    let config = folder.join("config");
    write_sample(&config)?;
    let mut loaded = load(&config, clock.now()).map_err(worst)?;
    let failed = |e: std::io::Error| Problem::new("kit.place", format!("{}：{e}", folder.display()));
    std::fs::create_dir_all(loaded.data()).map_err(failed)?;
    // What is compiled stays for the next county of this desk.
    std::os::unix::fs::symlink(cache, loaded.data().join("cache")).map_err(failed)?;
    loaded.departments.retain(|id, _| id == DEPARTMENT);
    let (secret, public) = generate_key(rand::random());
    loaded.trust.add("dev", &public)?;
    let lent = stage.lent();
    let department = loaded
        .departments
        .get_mut(DEPARTMENT)
        .ok_or_else(|| Problem::new("department.unknown", format!("没有编号为“{DEPARTMENT}”的部门")))?;
    department.phase = Phase::Trial;
    department.supervised_since = Some(plan.from);
    department.connector = Some(manifest.name.clone());
    // Pulled here, and by nobody else.
    department.schedule = None;
    department.sla_minutes = 24 * 60;
    department.settings = lent.settings;
    department.grants = lent.grants;
    let secrets = loaded.secrets.0.entry(DEPARTMENT.to_owned()).or_default();
    secrets.clear();
    secrets.extend(lent.secret);
    let app = App::open(loaded, clock).await?;
    let signature = sign(&bytes, &secret)?;
    app.install(bytes, &signature, "dev").await?;
    Ok(app)
}
