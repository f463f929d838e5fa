//! The plugin at the host itself, without a county around it: sessions that can be broken off at any page.

use super::fact::{Facts, Sum, facts, records};
use super::stage::Lent;
use crate::intake::page::{Incoming, read_rows};
use crate::intake::rules::CountyRules;
use daylight_domain::cell::Cursor;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS};
use daylight_domain::clock::Clock;
use daylight_domain::source::SecretSource;
use daylight_host::{ActivePlugin, CheckReport, Limits, PluginError, PluginHost, Session, SessionPage};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Secrets of one trial: whoever asks, by name.
#[derive(Debug, Default)]
pub struct Keys(Mutex<BTreeMap<(String, String), String>>);

impl Keys {
    fn put(&self, who: &str, name: &str, value: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((who.to_owned(), name.to_owned()), value.to_owned());
    }
}

impl SecretSource for Keys {
    fn secret(&self, department: &str, name: &str) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(department.to_owned(), name.to_owned())).cloned()
    }
}

/// The plugin on a bench.
pub struct Bench {
    /// The host.
    pub host: PluginHost,
    /// The plugin.
    pub plugin: ActivePlugin,
    /// What it may use.
    pub limits: Limits,
    /// Items and codes that records are read with.
    pub rules: Arc<CountyRules>,
    /// The department the items belong to.
    pub department: String,
    /// The county's clock.
    pub clock: Arc<dyn Clock>,
    /// Secrets.
    pub keys: Arc<Keys>,
    /// Counts those who were lent something.
    pub lent: AtomicU32,
}

/// What is asked of a pull.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where to begin.
    pub since: Option<Cursor>,
    /// Rows of a page.
    pub rows: u32,
    /// Pages after which it is broken off.
    pub pages: usize,
    /// Rows are kept; otherwise only counted.
    pub keep: bool,
}

impl Ask {
    /// Everything from the beginning.
    #[must_use]
    pub fn all(rows: u32) -> Self {
        Self { since: None, rows, pages: usize::MAX, keep: true }
    }

    /// After a cursor.
    #[must_use]
    pub fn since(mut self, cursor: Option<Cursor>) -> Self {
        self.since = cursor;
        self
    }

    /// No more than so many pages.
    #[must_use]
    pub fn pages(mut self, pages: usize) -> Self {
        self.pages = pages;
        self
    }
}

/// One page, as far as a report needs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageSeen {
    /// Rows.
    pub rows: usize,
    /// Bytes of its cells.
    pub bytes: usize,
    /// Time until it was there, microseconds.
    pub wall_us: u64,
    /// Processor time, milliseconds, to the tick.
    pub cpu_ms: u64,
    /// The most linear memory so far, bytes.
    pub memory: usize,
    /// Calls of the host.
    pub host_calls: u32,
    /// Log lines written and dropped.
    pub log: (u32, u64),
}

/// What a pull brought.
#[derive(Debug, Default)]
pub struct Harvest {
    /// Pages in order.
    pub pages: Vec<PageSeen>,
    /// Rows in order, where they are kept.
    pub rows: Vec<Incoming>,
    /// The columns that were named.
    pub columns: std::collections::BTreeSet<String>,
    /// What all records of cases sum up to.
    pub sum: Sum,
    /// The last cursor.
    pub cursor: Option<Cursor>,
    /// It came to its end.
    pub done: bool,
    /// Why it did not.
    pub failure: Option<PluginError>,
}

impl Harvest {
    /// What came of cases.
    #[must_use]
    pub fn facts(&self) -> Facts {
        facts(&self.rows)
    }

    /// The failure in short.
    #[must_use]
    pub fn why(&self) -> String {
        self.failure.as_ref().map_or_else(String::new, |e| format!("{}：{}", e.code, e.message))
    }

    async fn take(&mut self, got: SessionPage, bench: &Bench, keep: bool, wall_us: u64) {
        let rows = bench.read(&got.page.columns, &got.page.rows);
        for r in records(&rows) {
            self.sum.add(r.kind, &r.case_no, r.event_time);
        }
        self.pages.push(PageSeen {
            rows: got.page.rows.len(),
            bytes: got.page.rows.iter().flatten().map(daylight_domain::cell::Cell::size).sum(),
            wall_us,
            cpu_ms: got.cpu_ms,
            memory: got.memory_bytes,
            host_calls: got.host_calls,
            log: (got.log_lines, got.log_dropped),
        });
        if keep {
            self.rows.extend(rows);
            self.columns.extend(got.page.columns);
        }
        self.cursor = got.page.next.or(self.cursor.take());
        self.done = got.page.done;
        for (from, to) in got.moves {
            crate::intake::pull::move_file(from, to).await;
        }
    }
}

impl Bench {
    /// Rows as the core reads them.
    fn read(&self, columns: &[String], rows: &[Vec<daylight_domain::cell::Cell>]) -> Vec<Incoming> {
        let context = CheckContext {
            catalogue: &self.rules.catalogue,
            department: &self.department,
            received: self.clock.now(),
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        read_rows(columns, rows, &context)
    }

    fn who(&self, lent: &Lent) -> String {
        let who = format!("trial-{}", self.lent.fetch_add(1, Ordering::Relaxed));
        if let Some((name, value)) = &lent.secret {
            self.keys.put(&who, name, value);
        }
        who
    }

    /// Asks whether settings are right and the source answers.
    ///
    /// # Errors
    /// As the host says.
    pub async fn check(&self, lent: &Lent) -> Result<CheckReport, PluginError> {
        let who = self.who(lent);
        self.host.check(&self.plugin, &who, &Value::Object(lent.settings.clone()), &lent.grants, &self.limits).await
    }

    async fn open(&self, lent: &Lent, since: Option<Cursor>) -> Result<Session, PluginError> {
        let (who, run) = (self.who(lent), uuid::Uuid::now_v7().to_string());
        let settings = Value::Object(lent.settings.clone());
        let at = self.clock.now().rfc3339();
        self.host.open(&self.plugin, &who, &settings, &lent.grants, &self.limits, &run, since, &at).await
    }

    /// Pulls.
    pub async fn harvest(&self, lent: &Lent, ask: Ask) -> Harvest {
        let mut harvest = Harvest { cursor: ask.since.clone(), ..Harvest::default() };
        let session = match self.open(lent, ask.since).await {
            Ok(session) => session,
            Err(e) => return Harvest { failure: Some(e), ..harvest },
        };
        while !harvest.done && harvest.pages.len() < ask.pages {
            let begun = Instant::now();
            match session.next(ask.rows).await {
                Ok(page) => {
                    let wall = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                    harvest.take(page, self, ask.keep, wall).await;
                }
                Err(e) => {
                    harvest.failure = Some(e);
                    break;
                }
            }
        }
        harvest
    }
}
