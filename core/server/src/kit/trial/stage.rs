//! A source that stands for the time of one check, and what a plugin is lent to reach it.

use super::profile::{Origin, Profile};
use crate::kit::mock::{Fault, Faults, Happening, Kind, Mock, Plan, Recorded, Shape};
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::clock::Clock;
use daylight_domain::item::Item;
use daylight_host::{DatabaseGrant, FileGrant, Grants, HttpGrant};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// What a fake department is made of.
#[derive(Clone)]
pub struct Ground {
    /// How the plugin reaches it.
    pub profile: Profile,
    /// Items of the department.
    pub items: Vec<Arc<Item>>,
    /// First day.
    pub from: NaiveDate,
    /// Days.
    pub days: u32,
    /// What everything follows from.
    pub seed: u64,
    /// The county's clock.
    pub clock: Arc<dyn Clock>,
}

enum Running {
    Fake(Box<Mock>),
    Recorded(Recorded),
}

/// A running source.
pub struct Stage {
    running: Running,
    profile: Profile,
}

/// Settings, grants and secret of a plugin.
#[derive(Clone, Debug)]
pub struct Lent {
    /// Settings.
    pub settings: Map<String, Value>,
    /// What it may touch.
    pub grants: Grants,
    /// Name and value of its secret.
    pub secret: Option<(String, String)>,
}

/// How a source is reached.
fn lent(profile: &Profile, address: &str, secret: &str) -> Lent {
    let mut grants = Grants::default();
    let secret = profile.secret.clone().map(|name| (name, secret.to_owned()));
    grants.secrets = secret.iter().map(|(name, _)| name.clone()).collect();
    match profile.origin {
        Origin::Recorded(_) | Origin::Fake(Kind::Rest | Kind::Legacy) => {
            grants.http = vec![HttpGrant { origin: address.to_owned(), private: true }];
        }
        Origin::Fake(Kind::Sql) => {
            let grant = DatabaseGrant { url: address.to_owned(), secret: None };
            grants.database.insert(profile.database.clone(), grant);
        }
        Origin::Fake(Kind::Csv) => {
            grants.files.insert(profile.folder.clone(), FileGrant { path: PathBuf::from(address) });
        }
    }
    Lent { settings: profile.settings_at(address), grants, secret }
}

impl Ground {
    /// Starts a source that knows so many cases, with faults.
    ///
    /// # Errors
    /// What the source cannot do.
    pub async fn stage(&self, cases: u32, faults: Faults) -> Result<Stage, Problem> {
        let running = match &self.profile.origin {
            Origin::Recorded(folder) => {
                let recorded = Recorded::start(folder).await?;
                recorded.set_faults(faults);
                Running::Recorded(recorded)
            }
            Origin::Fake(kind) => {
                let shape = Shape::from_settings(*kind, &self.profile.settings)?;
                let plan = Plan { cases, faults, shape, ..self.plan(*kind)? };
                Running::Fake(Box::new(Mock::start(plan, Arc::clone(&self.clock)).await?))
            }
        };
        Ok(Stage { running, profile: self.profile.clone() })
    }

    /// Where nothing is: an address nobody listens at, a database or folder that does not exist.
    ///
    /// # Errors
    /// No port on this machine.
    pub async fn nowhere(&self) -> Result<Lent, Problem> {
        let address = match self.profile.origin {
            Origin::Fake(Kind::Sql) => "sqlite:/nonexistent/daylight-kit.db".to_owned(),
            Origin::Fake(Kind::Csv) => "/nonexistent/daylight-kit".to_owned(),
            _ => {
                let failed = |e: std::io::Error| Problem::new("kit.place", format!("本机端口无法打开：{e}"));
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
                format!("http://{}", listener.local_addr().map_err(failed)?)
            }
        };
        Ok(lent(&self.profile, &address, "nobody"))
    }

    fn plan(&self, kind: Kind) -> Result<Plan, Problem> {
        let (seed, from, days, items) = (self.seed, self.from, self.days, self.items.clone());
        Ok(Plan { from, days, items, ..Plan::new(kind, seed)? })
    }

    /// Cases of other days than those every source begins with, the same for the same number of days after the first.
    ///
    /// # Errors
    /// Never, unless the build was tampered with.
    pub fn more(&self, days_after: i64, cases: u32) -> Result<Vec<Happening>, Problem> {
        let Origin::Fake(kind) = &self.profile.origin else { return Ok(Vec::new()) };
        let from = self.from.checked_add_signed(chrono::TimeDelta::days(days_after)).unwrap_or(self.from);
        let all = Plan { from, cases, days: 7, ..self.plan(*kind)? }.truth()?;
        Ok(all.into_iter().filter(|h| !h.case_no.is_empty()).collect())
    }

    /// Whether such a source can have a fault.
    #[must_use]
    pub fn knows(&self, fault: Fault) -> bool {
        match self.profile.origin {
            Origin::Fake(kind) => kind.knows(fault),
            Origin::Recorded(_) => !matches!(fault, Fault::Empty | Fault::Repeats | Fault::Charset),
        }
    }

    /// Whether the source is a fake that knows the truth and can be told more.
    #[must_use]
    pub fn is_fake(&self) -> bool {
        matches!(self.profile.origin, Origin::Fake(_))
    }
}

impl Stage {
    /// How it is reached.
    #[must_use]
    pub fn lent(&self) -> Lent {
        match &self.running {
            Running::Fake(mock) => lent(&self.profile, mock.address(), mock.secret()),
            Running::Recorded(recorded) => lent(&self.profile, recorded.address(), recorded.secret()),
        }
    }

    /// What it knows; nothing of a recording.
    #[must_use]
    pub fn truth(&self) -> Vec<Happening> {
        match &self.running {
            Running::Fake(mock) => mock.truth(),
            Running::Recorded(_) => Vec::new(),
        }
    }

    /// From now on it has these faults.
    ///
    /// # Errors
    /// What the source cannot do.
    pub fn set_faults(&self, faults: Faults) -> Result<(), Problem> {
        match &self.running {
            Running::Fake(mock) => mock.set_faults(faults),
            Running::Recorded(recorded) => {
                recorded.set_faults(faults);
                Ok(())
            }
        }
    }

    /// It learns something more.
    ///
    /// # Errors
    /// What the source cannot do.
    pub async fn add(&self, more: Vec<Happening>) -> Result<(), Problem> {
        match &self.running {
            Running::Fake(mock) => {
                mock.add(more);
                mock.go_on().await
            }
            Running::Recorded(_) => Ok(()),
        }
    }

    /// A source that writes – files, a database – writes what was held back.
    ///
    /// # Errors
    /// What the source cannot do.
    pub async fn go_on(&self) -> Result<(), Problem> {
        match &self.running {
            Running::Fake(mock) => mock.go_on().await,
            Running::Recorded(_) => Ok(()),
        }
    }

    /// The folder it writes to, of a source that is one.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        match (&self.running, &self.profile.origin) {
            (Running::Fake(mock), Origin::Fake(Kind::Csv)) => Some(PathBuf::from(mock.address())),
            _ => None,
        }
    }

    /// Requests it has answered; of folders and databases nobody knows.
    #[must_use]
    pub fn asked(&self) -> u64 {
        match &self.running {
            Running::Fake(mock) => mock.asked(),
            Running::Recorded(recorded) => recorded.asked(),
        }
    }
}
