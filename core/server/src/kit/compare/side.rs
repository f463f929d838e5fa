//! One of the two versions at work.

use crate::app::App;
use crate::config::Department;
use crate::intake::page::{Incoming, read_rows};
use crate::problem::Problem;
use daylight_domain::cell::Cursor;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_host::{ActivePlugin, CheckReport, Session};
use serde::Serialize;
use std::time::Instant;

/// How one version did.
#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// Its version.
    pub version: String,
    /// SHA-256 of the component.
    pub digest: String,
    /// The contract it speaks.
    pub contract: String,
    /// What its check found.
    pub check: Option<CheckReport>,
    /// What stopped its check.
    pub check_failed: Option<Problem>,
    /// Pages it gave.
    pub pages: u32,
    /// Rows in them.
    pub rows: usize,
    /// How many of these the core would refuse.
    pub rejected: usize,
    /// It said that the source has nothing more.
    pub done: bool,
    /// Milliseconds of its pages, waiting for the source included.
    pub ms: u64,
    /// Milliseconds of processor, to the tick.
    pub cpu_ms: u64,
    /// Files it would have had moved.
    pub moves: usize,
    /// What stopped it.
    pub failure: Option<Problem>,
}

impl Side {
    /// Codes of what its check found, or of what stopped it.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        let found = self.check.iter().flat_map(|c| c.problems.iter().map(|p| p.code.clone()));
        found.chain(self.check_failed.iter().map(|p| p.code.clone())).collect()
    }
}

/// A version that is being tried: its session as long as it has one, and what it has given.
pub(super) struct Trial {
    session: Option<Session>,
    pub(super) incoming: Vec<Incoming>,
    pub(super) cursor: Option<Cursor>,
    pub(super) failure: Option<Problem>,
    pub(super) done: bool,
    pages: u32,
    ms: u64,
    cpu_ms: u64,
    moves: usize,
}

impl Trial {
    pub(super) async fn open(app: &App, d: &Department, plugin: &ActivePlugin, since: Option<Cursor>) -> Self {
        let begun = Instant::now();
        let opened = async {
            let (settings, grants, limits) = app.config.lent(d)?;
            let run = format!("compare-{}", uuid::Uuid::now_v7());
            let due = app.clock.now().rfc3339();
            let session = app.host.open(plugin, &d.id, &settings, &grants, &limits, &run, since.clone(), &due).await?;
            Ok::<_, Problem>(session)
        };
        let (session, failure) = match opened.await {
            Ok(session) => (Some(session), None),
            Err(problem) => (None, Some(problem)),
        };
        Self {
            session,
            incoming: Vec::new(),
            cursor: since,
            failure,
            done: false,
            pages: 0,
            ms: elapsed(begun),
            cpu_ms: 0,
            moves: 0,
        }
    }

    /// The next page, if there is one to be had. What it would have moved stays where it is.
    pub(super) async fn next(&mut self, app: &App, d: &Department) {
        let Some(session) = self.session.as_ref().filter(|_| !self.done && self.failure.is_none()) else { return };
        let begun = Instant::now();
        let got = session.next(d.page_rows).await;
        self.ms += elapsed(begun);
        match got {
            Err(e) => self.failure = Some(e.into()),
            Ok(got) => {
                let context = CheckContext {
                    catalogue: &app.config.rules.catalogue,
                    department: &d.id,
                    received: app.clock.now(),
                    future_tolerance_ms: FUTURE_TOLERANCE_MS,
                };
                self.incoming.extend(read_rows(&got.page.columns, &got.page.rows, &context));
                self.pages += 1;
                self.cpu_ms += got.cpu_ms;
                self.moves += got.moves.len();
                self.done = got.page.done;
                if let Some(next) = got.page.next {
                    self.cursor = Some(next);
                }
            }
        }
    }

    pub(super) fn side(self, plugin: &ActivePlugin, checked: Result<CheckReport, Problem>) -> Side {
        let (check, check_failed) = match checked {
            Ok(report) => (Some(report), None),
            Err(problem) => (None, Some(problem)),
        };
        let manifest = plugin.manifest();
        Side {
            version: manifest.version.clone(),
            digest: plugin.digest().to_owned(),
            contract: manifest.contract.clone(),
            check,
            check_failed,
            pages: self.pages,
            rows: self.incoming.len(),
            rejected: self.incoming.iter().filter(|i| i.read.is_err()).count(),
            done: self.done,
            ms: self.ms,
            cpu_ms: self.cpu_ms,
            moves: self.moves,
            failure: self.failure,
        }
    }
}

fn elapsed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
