//! A county of one department for the time of one check: the sample configuration in a folder, an empty store, the plugin installed
//! the way every plugin is.

use super::fact::{Facts, counted};
use super::stage::{Lent, Stage};
use crate::app::App;
use crate::config::load;
use crate::demo::place::write_sample;
use crate::problem::{Problem, Severity};
use daylight_domain::clock::Clock;
use daylight_domain::department::Phase;
use daylight_host::{generate_key, sign};
use daylight_store::{EventRow, QuarantineFilter, QuarantineRow, RunRow};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The department of the sample county that the plugin pulls.
pub const DEPARTMENT: &str = "market";

/// A folder that goes when it is let go.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one.
    ///
    /// # Errors
    /// `kit.place`: it cannot be made.
    pub fn new() -> Result<Self, Problem> {
        let folder = std::env::temp_dir().join(format!("daylight-trial-{}", uuid::Uuid::now_v7().simple()));
        use std::os::unix::fs::DirBuilderExt;
        let made = std::fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|e| {
            Problem::new("kit.place", format!("{}：{e}", folder.display())).fix("核对临时目录的权限与空间（TMPDIR）")
        })?;
        Ok(Self(folder))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(e) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), "临时目录无法删除：{e}");
        }
    }
}

/// What a county is set up with.
#[derive(Clone)]
pub struct Site {
    /// Where its folder goes.
    pub folder: PathBuf,
    /// Where compiled plugins are kept for all counties of a trial.
    pub cache: PathBuf,
    /// The component.
    pub bytes: Arc<Vec<u8>>,
    /// Its name.
    pub name: String,
    /// Rows of a page.
    pub page_rows: u32,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// A county.
pub struct County {
    /// The house.
    pub app: Arc<App>,
}

pub(super) fn worst(problems: Vec<Problem>) -> Problem {
    let first = problems.into_iter().find(|p| p.severity == Severity::Error);
    first.unwrap_or_else(|| Problem::new("config.invalid", "样例配置无法读取"))
}

impl Site {
    /// Sets up a county whose department is pulled by the plugin.
    ///
    /// # Errors
    /// The folder, the store, or why the plugin is refused.
    pub async fn county(&self, stage: &Stage, limits: &daylight_host::Limits) -> Result<County, Problem> {
        let place = self.folder.join(uuid::Uuid::now_v7().simple().to_string());
        let config = place.join("config");
        write_sample(&config)?;
        let mut loaded = load(&config, self.clock.now()).map_err(worst)?;
        let failed = |e: std::io::Error| Problem::new("kit.place", format!("{}：{e}", place.display()));
        std::fs::create_dir_all(loaded.data()).map_err(failed)?;
        // Compiled once for all of them.
        std::os::unix::fs::symlink(&self.cache, loaded.data().join("cache")).map_err(failed)?;
        let (secret, public) = generate_key(rand::random());
        loaded.trust.add("trial", &public)?;
        loaded.main.limits = limits.clone();
        self.lend(&mut loaded, stage.lent())?;
        let app = App::open(loaded, Arc::clone(&self.clock)).await?;
        let signature = sign(&self.bytes, &secret)?;
        app.install(self.bytes.to_vec(), &signature, "trial").await?;
        Ok(County { app })
    }

    fn lend(&self, loaded: &mut crate::config::Loaded, lent: Lent) -> Result<(), Problem> {
        loaded.departments.retain(|id, _| id == DEPARTMENT);
        let department = loaded
            .departments
            .get_mut(DEPARTMENT)
            .ok_or_else(|| Problem::new("department.unknown", format!("没有编号为“{DEPARTMENT}”的部门")))?;
        department.phase = Phase::Live;
        department.connector = Some(self.name.clone());
        department.desk = None;
        department.schedule = None;
        department.page_rows = self.page_rows;
        department.settings = lent.settings;
        department.grants = lent.grants;
        department.limits = toml::Table::new();
        let secrets = loaded.secrets.0.entry(DEPARTMENT.to_owned()).or_default();
        secrets.clear();
        secrets.extend(lent.secret);
        Ok(())
    }
}

impl County {
    /// Pulls until the source has nothing more.
    ///
    /// # Errors
    /// The store.
    pub async fn pull(&self) -> Result<RunRow, Problem> {
        self.app.pull(DEPARTMENT, "trial").await
    }

    /// Every event of every case.
    ///
    /// # Errors
    /// The store.
    pub async fn events(&self) -> Result<Vec<EventRow>, Problem> {
        Ok(self.app.store.events_of_cases(DEPARTMENT, "", "\u{10ffff}").await?)
    }

    /// What is known of cases.
    ///
    /// # Errors
    /// The store.
    pub async fn facts(&self) -> Result<Facts, Problem> {
        let events = self.events().await?;
        Ok(counted(events.into_iter().map(|e| (e.record, e.case_no, e.event_time))))
    }

    /// What was refused.
    ///
    /// # Errors
    /// The store.
    pub async fn refused(&self) -> Result<Vec<QuarantineRow>, Problem> {
        let filter =
            QuarantineFilter { department: Some(DEPARTMENT.to_owned()), limit: 10_000, ..QuarantineFilter::default() };
        Ok(self.app.store.quarantine(&filter).await?)
    }

    /// The stored cursor.
    ///
    /// # Errors
    /// The store.
    pub async fn cursor(&self) -> Result<Option<Vec<u8>>, Problem> {
        Ok(self.app.store.cursor(DEPARTMENT).await?)
    }

    /// Forgets the cursor.
    ///
    /// # Errors
    /// The store.
    pub async fn forget(&self) -> Result<(), Problem> {
        Ok(self.app.store.set_cursor(DEPARTMENT, None).await?)
    }
}
