//! How good a plugin is known to be, and why: by a report that holds, or by one that was kept when it was installed.

use super::trial::report::{Check, Report};
use super::trial::seal::{Held, hold};
use super::trial::spec::{Level, Words};
use crate::app::App;
use crate::plugins::trust_bundled;
use crate::problem::Problem;
use daylight_store::{PluginReportRow, PluginRow};
use schemars::JsonSchema;
use serde::Serialize;

/// A check that stands in the way of the next level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Missing {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: Words,
    /// What was seen.
    pub seen: Words,
    /// How to mend it.
    pub mend: Words,
}

/// A grade and its grounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Grade {
    /// Name of the plugin.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component.
    pub digest: String,
    /// The level.
    pub level: Level,
    /// When it was tried.
    pub at: String,
    /// Who signed the report; nobody where it was not signed.
    pub signer: Option<String>,
    /// Checks that passed, of those there are.
    pub passed: usize,
    /// Checks.
    pub checks: usize,
    /// The next level; nothing above the last.
    pub next: Option<Level>,
    /// What is missing for it.
    pub missing: Vec<Missing>,
}

fn missing(check: &Check) -> Missing {
    let (title, seen, mend) = (check.title.clone(), check.seen.clone(), check.mend.clone());
    Missing { id: check.id.clone(), title, seen, mend }
}

/// The grade of a report that holds.
#[must_use]
pub fn grade(held: &Held) -> Grade {
    let report: &Report = &held.report;
    let of = |c: &&Check| report.missing.contains(&c.id);
    Grade {
        name: report.plugin.name.clone(),
        version: report.plugin.version.clone(),
        digest: report.plugin.digest.clone(),
        level: report.level,
        at: report.circumstances.at.clone(),
        signer: held.signer.clone(),
        passed: report.count().get("pass").copied().unwrap_or(0),
        checks: report.checks.len(),
        next: report.level.next(),
        missing: report.checks.iter().filter(of).map(missing).collect(),
    }
}

impl App {
    /// Installs a plugin that comes with an acceptance report: the report must be signed by a trusted key and about this very
    /// component, and is kept.
    ///
    /// # Errors
    /// As [`App::install`]; `report.unreadable`, `report.unsound`, `report.digest`, `report.signature`. Nothing is changed then.
    pub async fn install_with_report(
        &self,
        bytes: Vec<u8>,
        signature: &str,
        report: (&str, &str),
        actor: &str,
    ) -> Result<PluginRow, Problem> {
        let (text, sealed) = report;
        let mut trust = self.config.trust.clone();
        trust_bundled(&mut trust)?;
        let held = hold(text, Some(sealed), &bytes, &trust)?;
        let row = self.install(bytes, signature, actor).await?;
        let kept = PluginReportRow {
            digest: row.digest.clone(),
            level: held.report.level.as_str().to_owned(),
            signer: held.signer,
            kept_at: self.clock.now(),
            signature: sealed.trim().to_owned(),
            body: text.to_owned(),
        };
        self.store.put_plugin_report(&kept).await?;
        Ok(PluginRow { grade: Some(kept.level), ..row })
    }

    /// The grade of the active version of an installed plugin; nothing where no report came with it.
    ///
    /// # Errors
    /// `plugin.unknown`; the kept report does not hold any more: its key is not trusted now.
    pub async fn grade_of(&self, name: &str) -> Result<Option<Grade>, Problem> {
        let plugin = self.plugin(name).await?;
        let Some(kept) = self.store.plugin_report(plugin.digest()).await? else { return Ok(None) };
        let bytes = self.store.plugin(plugin.digest()).await?.map(|row| row.bytes).unwrap_or_default();
        let mut trust = self.config.trust.clone();
        trust_bundled(&mut trust)?;
        Ok(Some(grade(&hold(&kept.body, Some(&kept.signature), &bytes, &trust)?)))
    }
}
