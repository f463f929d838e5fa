//! What a county configures, read from TOML. TOML is the only home of configuration; nothing here is ever written back.

mod check;
mod load;
pub mod notify;
mod origin;
pub mod place;
pub mod schema;
pub mod show;
pub mod staff;
pub mod templates;
pub mod todo;

pub(crate) use check::item;
pub use load::{Loaded, beside, load, load_beside, rules_in};

use crate::complaint::Desk;
use crate::desk::DeskSettings;
use crate::people::SignIn;
use crate::publish::Publishing;
use chrono::NaiveDate;
use daylight_domain::calendar::WorkSession;
use daylight_domain::department::Phase;
use daylight_domain::desk::PaperKind;
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::limit::ClockMode;
use daylight_domain::procedure::Periods;
use daylight_domain::rating::SatisfactionTable;
use daylight_host::{Grants, Limits, StandardLimits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `daylight.toml`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Main {
    /// Who.
    pub county: County,
    /// Where data lies.
    pub storage: Storage,
    /// Where the server listens.
    pub listen: Listen,
    /// The ledger.
    #[serde(default)]
    pub ledger: Ledger,
    /// Plugins.
    pub plugins: Plugins,
    /// Copies of the database.
    #[serde(default)]
    pub backup: Backup,
    /// How people prove who they are.
    #[serde(default)]
    pub sign_in: SignIn,
    /// Periods of the procedures behind a card.
    #[serde(default)]
    pub procedure: Periods,
    /// Complaints, enquiries and ratings.
    #[serde(default)]
    pub complaint: Desk,
    /// What is published.
    #[serde(default)]
    pub publication: Publishing,
    /// The county's own templates of papers.
    #[serde(default)]
    pub templates: Templates,
    /// What every department's connector may use, unless its own file says otherwise.
    pub limits: Limits,
    /// What a scoring standard may use.
    pub standard_limits: StandardLimits,
    /// Office hours, for limits in hours.
    #[serde(default)]
    pub work_hours: Vec<WorkSession>,
}

/// The county.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct County {
    /// Name.
    pub name: String,
    /// Division code, six digits.
    pub division: String,
    /// How limits are counted.
    #[serde(default)]
    pub clock_mode: ClockMode,
    /// The office that issues cards, orders and notices (监察机构); by default the county's, by name.
    #[serde(default)]
    pub supervision_office: Option<String>,
    /// The supervision commission (监委), whose are suggestions and clues; by default the county's, by name.
    #[serde(default)]
    pub commission_office: Option<String>,
    /// Time zone of the schedules.
    #[serde(default = "zone")]
    pub time_zone: String,
}

fn zone() -> String {
    "Asia/Shanghai".to_owned()
}

/// Where data lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Folder for the database, the cache of compiled plugins, backups. Relative to the configuration.
    pub folder: PathBuf,
    /// `sqlite` (a file in the folder), or the address of a PostgreSQL database, `{secret}` for its password.
    #[serde(default = "sqlite")]
    pub database: String,
    /// The name of the secret for the address.
    #[serde(default)]
    pub secret: Option<String>,
}

fn sqlite() -> String {
    "sqlite".to_owned()
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Address and port.
    pub address: String,
    /// The address by which people reach it, for links: `https://jc.example.gov.cn`.
    #[serde(default)]
    pub public: Option<String>,
}

/// The ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ledger {
    /// `sha256` or `sm3`; never changes once begun.
    pub hash: HashAlgorithm,
}

/// Plugins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugins {
    /// Threads for guests.
    pub threads: usize,
    /// Settings of scoring standards, by id.
    #[serde(default)]
    pub standards: BTreeMap<String, serde_json::Value>,
}

/// The county's own templates of papers; what is not named is as it comes with the program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Templates {
    /// 通报: a .docx with named places, or a folder of its parts; relative to the configuration. Begin with
    /// `daylight template export bulletin`.
    pub bulletin: Option<PathBuf>,
    /// Papers of the desk by kind, e.g. `acceptance`, likewise; `daylight template export acceptance`.
    pub papers: BTreeMap<PaperKind, PathBuf>,
}

/// Copies of the database, in `backups/` of the data folder. SQLite only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// When one is made (cron, in the county's time zone); empty: never by itself.
    pub schedule: String,
    /// How many are kept.
    pub keep: u32,
}

impl Default for Backup {
    fn default() -> Self {
        Self { schedule: "30 2 * * *".to_owned(), keep: 14 }
    }
}

/// One file of `departments/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Stable; the file's name.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub phase: Phase,
    /// Why it is suspended.
    #[serde(default)]
    pub suspended_because: Option<String>,
    /// First day from which what it reports counts.
    #[serde(default)]
    pub supervised_since: Option<NaiveDate>,
    /// Dates by which phases are planned.
    #[serde(default)]
    pub planned: BTreeMap<Phase, NaiveDate>,
    /// Name of the connector. None: records are pushed or imported.
    #[serde(default)]
    pub connector: Option<String>,
    /// It works at the county's desk: it has no system of its own.
    #[serde(default)]
    pub desk: Option<DeskSettings>,
    /// When it is pulled.
    #[serde(default)]
    pub schedule: Option<String>,
    /// Spreads departments with the same schedule.
    #[serde(default)]
    pub jitter_seconds: u32,
    /// How late it may report.
    #[serde(default = "sla")]
    pub sla_minutes: u32,
    /// Without any sign of life for so long, it is silent (U-01). 0: never.
    #[serde(default = "silence")]
    pub silence_minutes: u32,
    /// Rows of one page.
    #[serde(default = "page_rows")]
    pub page_rows: u32,
    /// The connector's settings.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// What the connector may touch.
    #[serde(default)]
    pub grants: Grants,
    /// What is different from the county's limits.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub limits: toml::Table,
    /// What a gate asks for.
    #[serde(default)]
    pub gate: GateRules,
    /// Names or numbers of its staff (人员名册), as step records carry them. Together with `staff_file`.
    #[serde(default)]
    pub staff: Option<Vec<String>>,
    /// A table of its staff: CSV, name and number in the first two columns. Relative to the configuration.
    #[serde(default)]
    pub staff_file: Option<PathBuf>,
    /// Whom to turn to.
    #[serde(default)]
    pub contacts: Contacts,
    /// By which table its evaluation records code satisfaction: `gb` (1 非常满意) or `reversed` (1 非常不满意).
    #[serde(default)]
    pub satisfaction: SatisfactionTable,
}

/// Whom to turn to in a department.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Contacts {
    /// 分管负责人
    pub leader: Option<String>,
    /// 承办人员
    pub handler: Option<String>,
}

fn sla() -> u32 {
    30
}
fn silence() -> u32 {
    1440
}
fn page_rows() -> u32 {
    1000
}

/// What must be reached before a department goes live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GateRules {
    /// Days in trial.
    pub trial_days: u32,
    /// Rejected records, at most so many in a thousand.
    pub rejects_permille: u32,
    /// Days that reconcile, at least so many in a thousand.
    pub reconciled_permille: u32,
    /// Records in time, at least so many in a thousand.
    pub in_time_permille: u32,
}

impl Default for GateRules {
    fn default() -> Self {
        Self { trial_days: 14, rejects_permille: 10, reconciled_permille: 990, in_time_permille: 950 }
    }
}

impl Department {
    /// The county's limits with this department's own.
    ///
    /// # Errors
    /// A limit nobody knows, or of the wrong kind.
    pub fn limits(&self, county: &Limits) -> Result<Limits, String> {
        let mut all = toml::Table::try_from(county).map_err(|e| e.to_string())?;
        for (name, value) in &self.limits {
            if !all.contains_key(name) {
                return Err(format!("没有名为“{name}”的限制"));
            }
            all.insert(name.clone(), value.clone());
        }
        all.try_into().map_err(|e: toml::de::Error| e.message().to_owned())
    }

    /// How late it may report, milliseconds.
    #[must_use]
    pub fn sla_ms(&self) -> i64 {
        i64::from(self.sla_minutes) * 60_000
    }
}

/// Secrets by department and name.
#[derive(Clone, Default)]
pub struct Secrets(pub BTreeMap<String, BTreeMap<String, String>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} departments with secrets", self.0.len())
    }
}

impl daylight_domain::source::SecretSource for Secrets {
    fn secret(&self, department: &str, name: &str) -> Option<String> {
        self.0.get(department)?.get(name).cloned()
    }
}
