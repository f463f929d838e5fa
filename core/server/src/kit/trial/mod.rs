//! The acceptance kit: a plugin goes through the real host and a real county against a source that fails in every way sources do,
//! and each promise of the contract is asked for. What is asked is a table (`checks.toml`); the level follows from it.

pub mod bench;
mod checks;
pub mod county;
pub mod fact;
pub mod paper;
pub mod profile;
pub mod report;
pub mod seal;
pub mod spec;
pub mod stage;
mod standard;

pub use standard::DESK;

use crate::clock::SystemClock;
use crate::config::load;
use crate::demo::place::write_sample;
use crate::problem::Problem;
use bench::{Ask, Bench, Harvest, Keys};
use chrono::NaiveDate;
use county::{County, DEPARTMENT, Folder, Site};
use daylight_domain::Timestamp;
use daylight_domain::clock::{Clock, ManualClock};
use daylight_host::{
    ActivePlugin, HostConfig, HostDeps, Limits, Manifest, PluginError, PluginHost, TrustStore, generate_key, sign,
};
use profile::Profile;
use report::{Check, Circumstances, Measured, Outcome, Report, Seen, Tried};
use sha2::{Digest, Sha256};
use spec::specs_for;
use stage::{Ground, Stage};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// The first day of the made-up cases.
const FROM: &str = "2026-03-02";
/// Days on which they begin.
const DAYS: u32 = 28;
/// When everything is over and seen: the hands of the county's clock.
const NOW: &str = "2026-12-01T09:00:00+08:00";

/// What is tried.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The component.
    pub bytes: Vec<u8>,
    /// What it is called when it has no manifest to read.
    pub file: String,
    /// The folder it is built from.
    pub project: Option<PathBuf>,
    /// An older version of it.
    pub previous: Option<Vec<u8>>,
    /// The signature beside it.
    pub signature: Option<String>,
    /// Keys it may be signed with.
    pub trust: TrustStore,
}

/// How it is tried.
#[derive(Clone, Debug)]
pub struct Options {
    /// Cases of the big source.
    pub cases: u32,
    /// Cases of the small source.
    pub small: u32,
    /// What everything made up follows from.
    pub seed: u64,
    /// Limits; those of the sample configuration if there are none.
    pub limits: Option<Limits>,
    /// Only these checks; a report that left some out gives no level.
    pub only: Vec<String>,
    /// Where compiled code is kept between trials; a temporary place if there is none.
    pub cache: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { cases: 100_000, small: 60, seed: 20_260_301, limits: None, only: Vec::new(), cache: None }
    }
}

/// What was pulled from a source without faults, in one go.
struct Base {
    stage: Stage,
    harvest: Harvest,
}

/// A trial under way.
struct Trial<'a> {
    subject: &'a Subject,
    options: &'a Options,
    bench: Bench,
    ground: Ground,
    site: Site,
    now: Timestamp,
    base: Option<Base>,
    county: Option<(Stage, County)>,
    troubled: Option<(Stage, County)>,
    troubles: i64,
    measured: Option<Measured>,
    /// Checks that have failed so far.
    failed: Vec<String>,
    _folder: Folder,
}

/// Tries a component and reports. `each` is told of every check as it ends.
///
/// # Errors
/// `kit.profile`: a connector without `kit.toml`. What this machine cannot do. What the plugin does wrong stands in the report.
pub async fn run(
    subject: &Subject,
    profile: Option<Profile>,
    options: &Options,
    mut each: impl FnMut(&Check),
) -> Result<Report, Problem> {
    let tried = tried(subject);
    let kind = if tried.kind == "standard" { "standard" } else { "connector" };
    let specs = specs_for(kind)?;
    if let Some(unknown) = options.only.iter().find(|id| !specs.iter().any(|s| s.id == **id)) {
        let all: Vec<&str> = specs.iter().map(|s| s.id.as_str()).collect();
        return Err(Problem::new("kit.check", format!("没有名为“{unknown}”的检查")).fix(all.join("、")));
    }
    let asked = |id: &str| options.only.is_empty() || options.only.iter().any(|o| o == id);
    let mut checks = Vec::new();
    let mut note = |check: Check| {
        each(&check);
        checks.push(check);
    };
    let mut circumstances = circumstances(profile.as_ref(), options);
    circumstances.left_out = specs.iter().map(|s| s.id.clone()).filter(|id| !asked(id)).collect();
    let mut measured = None;
    match admitted(subject, options).await? {
        Err(why) => {
            for spec in specs.iter().filter(|s| asked(&s.id)) {
                note(Check::new(spec, if spec.id == "contract" { refused(&why) } else { not_admitted() }));
            }
        }
        Ok((host, plugin, folder, keys)) if kind == "standard" => {
            let seen = standard::look(subject, &host, &plugin).await?;
            for spec in specs.iter().filter(|s| asked(&s.id)) {
                let one = checks::door::look(subject, &plugin, &spec.id).await?;
                let one = one.or_else(|| seen.get(spec.id.as_str()).cloned());
                note(Check::new(spec, one.unwrap_or_else(not_admitted)));
            }
            drop((folder, keys));
        }
        Ok((host, plugin, folder, keys)) => {
            let profile = profile.ok_or_else(|| {
                Problem::new("kit.profile", "连接器的验收需要 kit.toml").fix("在项目目录中写 kit.toml，或以 --kit 指明")
            })?;
            let mut trial = Trial::new(subject, options, (host, plugin, folder, keys), profile)?;
            circumstances.limits = Some(trial.bench.limits.clone());
            for spec in specs.iter().filter(|s| asked(&s.id)) {
                let seen = trial.look(&spec.id).await?;
                if seen.outcome == Outcome::Fail {
                    trial.failed.push(spec.id.clone());
                }
                note(Check::new(spec, seen));
            }
            measured = trial.measured.take();
        }
    }
    Ok(Report::new(tried, circumstances, checks, measured))
}

fn tried(subject: &Subject) -> Tried {
    let manifest = Manifest::of(&subject.bytes).ok();
    let of = |pick: fn(&Manifest) -> String| manifest.as_ref().map(pick).unwrap_or_default();
    Tried {
        name: manifest.as_ref().map_or_else(|| subject.file.clone(), |m| m.name.clone()),
        version: of(|m| m.version.clone()),
        kind: of(|m| m.kind.as_str().to_owned()),
        contract: of(|m| m.contract.clone()),
        digest: hex::encode(Sha256::digest(&subject.bytes)),
        size: u64::try_from(subject.bytes.len()).unwrap_or(u64::MAX),
        previous: subject.previous.as_ref().map(|b| hex::encode(Sha256::digest(b))),
    }
}

fn circumstances(profile: Option<&Profile>, options: &Options) -> Circumstances {
    Circumstances {
        host: env!("CARGO_PKG_VERSION").to_owned(),
        at: SystemClock.now().rfc3339(),
        source: profile.map_or_else(String::new, |p| p.word().to_owned()),
        seed: options.seed,
        cases: options.small,
        kit: profile.map_or_else(String::new, |p| p.digest.clone()),
        limits: None,
        left_out: Vec::new(),
    }
}

fn refused(e: &PluginError) -> Seen {
    Seen::fail(format!("{}：{}", e.code, e.message), format!("refused with {}", e.code))
}

fn not_admitted() -> Seen {
    Seen::skip("组件没有被接纳，无从检查", "the component was not admitted")
}

type Admitted = (PluginHost, ActivePlugin, Folder, Arc<Keys>);

/// The component on a host of its own, or why it is refused. What is to be tried is trusted for as long as the trial takes.
async fn admitted(subject: &Subject, options: &Options) -> Result<Result<Admitted, PluginError>, Problem> {
    let folder = Folder::new()?;
    let keys = Arc::new(Keys::default());
    let deps = HostDeps {
        secrets: Arc::<Keys>::clone(&keys),
        databases: Arc::new(daylight_store::Sources),
        county_cas: Vec::new(),
        resolver: None,
    };
    let cache = options.cache.clone().unwrap_or_else(|| folder.path().join("cache"));
    let host = PluginHost::new(HostConfig { cache: Some(cache), threads: 2 }, deps)?;
    Ok(activated(&host, &subject.bytes).await.map(|plugin| (host, plugin, folder, keys)))
}

/// Admits and compiles.
async fn activated(host: &PluginHost, bytes: &[u8]) -> Result<ActivePlugin, PluginError> {
    let (secret, public) = generate_key(rand::random());
    let mut trust = TrustStore::default();
    trust.add("trial", &public)?;
    let signature = sign(bytes, &secret)?;
    host.activate(host.admit(bytes.to_vec(), &signature, &trust)?).await
}

impl<'a> Trial<'a> {
    fn new(
        subject: &'a Subject,
        options: &'a Options,
        (host, plugin, folder, keys): Admitted,
        profile: Profile,
    ) -> Result<Self, Problem> {
        let now = Timestamp::parse(NOW).unwrap_or_default();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now));
        let sample = folder.path().join("sample");
        write_sample(&sample)?;
        let loaded = load(&sample, now).map_err(county::worst)?;
        let from = daylight_domain::time::parse_date(FROM).unwrap_or(NaiveDate::MIN);
        let items = loaded.rules.catalogue.newest().filter(|i| i.department == DEPARTMENT).cloned().collect();
        let cache = options.cache.clone().unwrap_or_else(|| folder.path().join("cache"));
        let site = Site {
            folder: folder.path().to_path_buf(),
            cache,
            bytes: Arc::new(subject.bytes.clone()),
            name: plugin.manifest().name.clone(),
            page_rows: checks::ROWS,
            clock: Arc::clone(&clock),
        };
        let limits = options.limits.clone().unwrap_or(loaded.main.limits);
        let bench = Bench {
            host,
            plugin,
            limits,
            rules: loaded.rules,
            department: DEPARTMENT.to_owned(),
            clock: Arc::clone(&clock),
            keys,
            lent: AtomicU32::new(0),
        };
        let ground = Ground { profile, items, from, days: DAYS, seed: options.seed, clock };
        Ok(Self {
            subject,
            options,
            bench,
            ground,
            site,
            now,
            base: None,
            county: None,
            troubled: None,
            troubles: 0,
            measured: None,
            failed: Vec::new(),
            _folder: folder,
        })
    }

    /// A small source without faults.
    async fn plain(&self) -> Result<Stage, Problem> {
        self.ground.stage(self.options.small, crate::kit::mock::Faults::none()).await
    }

    /// What a source without faults gives in one go.
    async fn base(&mut self) -> Result<&Base, Problem> {
        if self.base.is_none() {
            let stage = self.plain().await?;
            let harvest = self.bench.harvest(&stage.lent(), Ask::all(checks::ROWS)).await;
            self.base = Some(Base { stage, harvest });
        }
        self.base.as_ref().ok_or_else(|| Problem::new("internal", "没有基准"))
    }
}
