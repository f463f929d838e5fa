//! Fake departments: systems that know believable cases of any item and show them as real systems do, with the mess of real
//! records and every way of failing, each by its name. The same seed gives the same bytes.
//!
//! Four kinds, as the bundled connectors read them: a REST service, an old XML platform, a folder of CSV files, a business
//! database; and a recording of a real one. Nothing in here is used by a county that works.

mod cases;
mod database;
mod days;
mod department;
mod dice;
mod faults;
mod files;
mod happening;
mod http;
mod live;
mod mess;
mod person;
mod recorded;
mod recorder;
mod shape;
mod standing;
mod system;
mod veil;
mod words;
mod work;

pub use database::database_script;
pub use days::{Habits, happenings};
pub use department::department;
pub use dice::Dice;
pub use faults::{Fault, Faults, What, When};
pub use files::drop_files;
pub use happening::Happening;
pub use recorded::{Answer, Recorded, Request};
pub use recorder::Recorder;
pub use shape::{Auth, Paging, Shape};
pub use standing::{Mock, Standing};
pub use system::System;
pub use words::backwards;

use crate::clock::FastClock;
use crate::problem::Problem;
use axum::Router;
use chrono::{Days, NaiveDate};
use daylight_domain::calendar::Calendar;
use daylight_domain::item::Item;
use std::sync::Arc;

/// What kind of system a department has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A REST/JSON service.
    Rest,
    /// A business database that may be read (SQLite).
    Sql,
    /// A folder of CSV files.
    Csv,
    /// An old platform: XML in GB18030.
    Legacy,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Rest, Self::Sql, Self::Csv, Self::Legacy];

    /// Its name in `kit.toml` and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Sql => "sql",
            Self::Csv => "csv",
            Self::Legacy => "legacy",
        }
    }

    /// The department of the sample county that has such a system.
    #[must_use]
    pub fn department(self) -> &'static str {
        match self {
            Self::Rest => "market",
            Self::Sql => "health",
            Self::Csv => "housing",
            Self::Legacy => "resources",
        }
    }

    /// The bundled connector that reads it.
    #[must_use]
    pub fn connector(self) -> &'static str {
        match self {
            Self::Rest => "rest-json",
            Self::Sql => "sql-view",
            Self::Csv => "csv-drop",
            Self::Legacy => "legacy-xml",
        }
    }

    fn time(self) -> &'static str {
        match self {
            Self::Rest | Self::Sql => "%Y-%m-%d %H:%M:%S",
            Self::Csv => "%Y/%m/%d %H:%M:%S",
            Self::Legacy => "%Y%m%d%H%M%S",
        }
    }

    /// Faults of answers such a system can have.
    #[must_use]
    pub fn knows(self, fault: Fault) -> bool {
        match self {
            Self::Rest | Self::Legacy => true,
            Self::Csv => !matches!(fault, Fault::Hang | Fault::Unavailable | Fault::Slow | Fault::Login),
            Self::Sql => {
                !matches!(fault, Fault::Hang | Fault::Unavailable | Fault::Slow | Fault::Login | Fault::Charset)
            }
        }
    }
}

/// What a fake department is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What kind of system.
    pub kind: Kind,
    /// The same seed gives the same department.
    pub seed: u64,
    /// How many cases.
    pub cases: u32,
    /// The first day on which cases begin.
    pub from: NaiveDate,
    /// On how many days cases begin, days of rest included.
    pub days: u32,
    /// What is applied for; the department is that of the first.
    pub items: Vec<Arc<Item>>,
    /// What goes wrong.
    pub faults: Faults,
    /// How it looks from outside.
    pub shape: Shape,
    /// The county's calendar; nothing: the one that comes with the program.
    pub calendar: Option<Arc<Calendar>>,
}

/// The day on which cases begin when nobody says another.
const FROM: &str = "2026-03-02";

impl Plan {
    /// 200 cases in four weeks, of the items of the sample county's department of this kind, without faults.
    ///
    /// # Errors
    /// Never, unless the build was tampered with.
    pub fn new(kind: Kind, seed: u64) -> Result<Self, Problem> {
        let from = daylight_domain::time::parse_date(FROM).unwrap_or_default();
        Ok(Self {
            kind,
            seed,
            cases: 200,
            from,
            days: 28,
            items: sample_items(Some(kind.department()))?,
            faults: Faults::none(),
            shape: Shape::usual(kind)?,
            calendar: None,
        })
    }

    /// The department: that of the first item.
    #[must_use]
    pub fn department(&self) -> &str {
        self.items.first().map_or_else(|| self.kind.department(), |i| i.department.as_str())
    }

    /// The last day on which cases begin.
    #[must_use]
    pub fn last(&self) -> NaiveDate {
        self.from.checked_add_days(Days::new(u64::from(self.days.max(1)) - 1)).unwrap_or(self.from)
    }

    /// What truly happened, before anything is done to the records.
    ///
    /// # Errors
    /// `mock.items`: there is nothing to apply for. `mock.days`: no day or too many. `mock.fault-kind`: a fault such a system cannot have.
    pub fn truth(&self) -> Result<Vec<Happening>, Problem> {
        if self.items.is_empty() {
            return Err(Problem::new("mock.items", "没有可申请的事项").fix("用 --item 指明目录中的事项编码"));
        }
        if !(1..=3660).contains(&self.days) || self.cases > 1_000_000 {
            return Err(Problem::new("mock.days", format!("{} 天、{} 件", self.days, self.cases))
                .fix("天数 1 至 3660，件数至多 1000000"));
        }
        self.check_faults(&self.faults)?;
        let own;
        let calendar = if let Some(calendar) = &self.calendar {
            calendar.as_ref()
        } else {
            own = crate::demo::place::sample_calendar()?;
            &own
        };
        let items: Vec<&Item> = self.items.iter().map(Arc::as_ref).collect();
        let span = (self.from, self.last());
        Ok(days::story(self.department(), &items, calendar, &self.faults, span, (self.cases, self.seed)))
    }

    fn check_faults(&self, faults: &Faults) -> Result<(), Problem> {
        match faults.of(What::Answer).map(|(f, _)| f).find(|f| !self.kind.knows(*f)) {
            None => Ok(()),
            Some(fault) => {
                let can: Vec<&str> = Fault::ALL
                    .iter()
                    .filter(|f| f.what() == What::Answer && self.kind.knows(**f))
                    .map(|f| f.as_str())
                    .collect();
                Err(Problem::new("mock.fault-kind", format!("{} 类来源没有故障“{fault}”", self.kind.as_str()))
                    .fix(format!("可用：{}", can.join("、"))))
            }
        }
    }
}

/// The newest versions of the sample catalogue's items, of one department or of all.
///
/// # Errors
/// Never, unless the build was tampered with.
pub fn sample_items(department: Option<&str>) -> Result<Vec<Arc<Item>>, Problem> {
    #[derive(serde::Deserialize)]
    struct File {
        item: Vec<Item>,
    }
    let broken = |e: toml::de::Error| Problem::new("mock.items", e.to_string());
    let files = crate::demo::place::sample_files().iter().filter(|(name, _)| name.starts_with("catalogue/"));
    let mut items = Vec::new();
    for (_, text) in files {
        items.extend(toml::from_str::<File>(text).map_err(broken)?.item);
    }
    items.retain(|i| department.is_none_or(|d| i.department == d));
    items.sort_by(|a, b| (&a.code, std::cmp::Reverse(a.version)).cmp(&(&b.code, std::cmp::Reverse(b.version))));
    items.dedup_by(|a, b| a.code == b.code);
    Ok(items.into_iter().map(Arc::new).collect())
}

/// A clock that stands still once everything such a plan knows of has long been seen: half a year after its last day.
#[must_use]
pub fn afterwards(plan: &Plan) -> FastClock {
    let end = plan.last().checked_add_days(Days::new(180)).unwrap_or(plan.last());
    FastClock::new(daylight_domain::Timestamp::start_of(end), 0)
}

/// A REST service or an old platform on its own, for who has a listener.
pub fn service(kind: Kind, system: System) -> Router {
    let live = Arc::new(live::Live::new(Faults::none(), 0));
    http::router(http::Service { system, kind, live })
}
