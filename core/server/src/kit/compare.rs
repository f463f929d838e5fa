//! Two versions of a department's connector, side by side: both are asked for the same pages from the same cursor, and what they
//! give is compared record by record. Nothing is written: no cursor moves, no file is acknowledged, no version is installed.

mod difference;
mod side;

pub use difference::{Difference, Different, Records, Seen};
pub use side::Side;

use crate::app::App;
use crate::config::Department;
use crate::plugins::trust_bundled;
use crate::problem::Problem;
use daylight_domain::cell::Cursor;
use daylight_host::{ActivePlugin, CheckReport, PluginKind};
use difference::compared;
use serde::Serialize;
use side::Trial;

/// What the active version is compared with.
#[derive(Debug)]
pub enum With {
    /// A component and its detached signature, which a trusted key must have made. It is not installed.
    Component(Vec<u8>, String),
    /// The version kept for going back to.
    Previous,
}

/// Where both begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum From {
    /// 从头
    Start,
    /// 从已保存的游标
    Cursor,
}

/// What came of a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Department id.
    pub department: String,
    /// The active version.
    pub old: Side,
    /// The other.
    pub new: Side,
    /// What the records of the two have in common and what not.
    pub records: Records,
    /// Whether the new version goes on from where the old one stopped; nothing: no cursor was there to try.
    pub new_reads_old: Option<Reads>,
    /// Whether the old version goes on from where the new one stopped, which going back needs.
    pub old_reads_new: Option<Reads>,
    /// What differs, in words; empty: nothing that matters.
    pub differs: Vec<String>,
    /// Nothing differs.
    pub equal: bool,
}

/// What one version made of the cursor of the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reads {
    /// It went on.
    pub good: bool,
    /// Code of what it said instead.
    pub code: Option<String>,
    /// In words.
    pub message: Option<String>,
}

/// Holds a department back from being pulled as long as it lives.
struct Turn<'a>(&'a App, String, #[expect(dead_code, reason = "held, not read")] crate::lock::Presence);

impl<'a> Turn<'a> {
    fn take(app: &'a App, id: &str) -> Result<Self, Problem> {
        let running = || Problem::new("pull.running", format!("“{id}”正在拉取")).fix("等这次结束，再比较");
        let mut pulling = app.pulling.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if pulling.contains(id) {
            return Err(running());
        }
        let alone = crate::lock::pulling(&app.config.data(), id)?;
        pulling.insert(id.to_owned());
        Ok(Self(app, id.to_owned(), alone))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.pulling.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&self.1);
    }
}

impl App {
    /// Runs the active version of a department's connector and another side by side, at most so many pages of each.
    ///
    /// # Errors
    /// `pull.no-connector`, `pull.running`; why the other version is refused; `compare.plugin` when it is another plugin,
    /// `plugin.no-version` when there is none to go back to. What a version does wrong at work is an answer, no error.
    pub async fn compare_versions(&self, id: &str, with: With, from: From, pages: u32) -> Result<Comparison, Problem> {
        let department = self.department(id)?;
        let name = department.connector.as_deref().ok_or_else(|| crate::intake::pull::no_connector(id))?;
        let old = self.plugin(name).await?;
        let new = self.other(name, with).await?;
        let _turn = Turn::take(self, id)?;
        let since = match from {
            From::Start => None,
            From::Cursor => self.store.cursor(id).await?.map(Cursor),
        };
        let (checked_old, checked_new) = (self.checked(&old, department).await, self.checked(&new, department).await);
        let mut first = Trial::open(self, department, &old, since.clone()).await;
        let mut second = Trial::open(self, department, &new, since).await;
        for _ in 0..pages.max(1) {
            // Page by page in turn, so that a source that changes meanwhile changes for both.
            first.next(self, department).await;
            second.next(self, department).await;
        }
        let records = compared(&first, &second);
        let new_reads_old = self.reads(&new, department, first.cursor.clone()).await;
        let old_reads_new = self.reads(&old, department, second.cursor.clone()).await;
        let (old, new) = (first.side(&old, checked_old), second.side(&new, checked_new));
        let mut made = Comparison {
            department: id.to_owned(),
            old,
            new,
            records,
            new_reads_old,
            old_reads_new,
            differs: Vec::new(),
            equal: false,
        };
        made.differs = differs(&made);
        made.equal = made.differs.is_empty();
        Ok(made)
    }

    /// The version that is compared, activated and not installed.
    async fn other(&self, name: &str, with: With) -> Result<ActivePlugin, Problem> {
        let admitted = match with {
            With::Component(bytes, signature) => {
                let mut trust = self.config.trust.clone();
                trust_bundled(&mut trust)?;
                self.host.admit(bytes, &signature, &trust)?
            }
            With::Previous => {
                let row = self.version_before(name).await?;
                let row = self.store.plugin(&row.digest).await?.ok_or_else(|| {
                    Problem::new("plugin.no-version", format!("“{name}”的上一个版本已不在数据库中"))
                        .fix("以 --with 文件.wasm 指明要比较的文件")
                })?;
                self.proven(&row)?
            }
        };
        let manifest = &admitted.manifest;
        if manifest.kind != PluginKind::Connector || manifest.name != name {
            let said = manifest.kind.as_str();
            let message = format!("文件是“{}”（{said}），该部门的连接器是“{name}”", manifest.name);
            return Err(Problem::new("compare.plugin", message).fix("只能比较同一个连接器的两个版本；核对文件"));
        }
        Ok(self.host.activate(admitted).await?)
    }

    async fn checked(&self, plugin: &ActivePlugin, department: &Department) -> Result<CheckReport, Problem> {
        let (settings, grants, limits) = self.config.lent(department)?;
        Ok(self.host.check(plugin, &department.id, &settings, &grants, &limits).await?)
    }

    /// Whether a version goes on from a cursor of the other: one page is asked for and thrown away.
    async fn reads(&self, plugin: &ActivePlugin, department: &Department, cursor: Option<Cursor>) -> Option<Reads> {
        let mut trial = Trial::open(self, department, plugin, Some(cursor?)).await;
        trial.next(self, department).await;
        let (code, message) = trial.failure.map(|f| (f.code, f.message)).unzip();
        Some(Reads { good: code.is_none(), code, message })
    }
}

/// What matters of it, in words.
fn differs(c: &Comparison) -> Vec<String> {
    let mut all = Vec::new();
    let r = &c.records;
    for (n, words) in
        [(r.only_old, "条记录只有旧版给出"), (r.only_new, "条记录只有新版给出"), (r.different, "条记录内容不同")]
    {
        if n > 0 {
            all.push(format!("{n} {words}"));
        }
    }
    if c.old.codes() != c.new.codes() {
        let said = |s: &Side| if s.codes().is_empty() { "无".to_owned() } else { s.codes().join("、") };
        all.push(format!("检查发现的问题不同：旧版 {}，新版 {}", said(&c.old), said(&c.new)));
    }
    let code = |s: &Side| s.failure.as_ref().map(|f| f.code.clone());
    if code(&c.old) != code(&c.new) {
        let said = |s: &Side| code(s).unwrap_or_else(|| "没有失败".to_owned());
        all.push(format!("运行的结果不同：旧版 {}，新版 {}", said(&c.old), said(&c.new)));
    }
    for (reads, words) in
        [(&c.new_reads_old, "新版不能从旧版的游标继续"), (&c.old_reads_new, "旧版不能从新版的游标继续（无法退回）")]
    {
        // What fails with and without the cursor of the other is told once, above.
        if let Some(code) = reads.as_ref().and_then(|r| r.code.as_ref())
            && c.old.failure.is_none()
            && c.new.failure.is_none()
        {
            all.push(format!("{words}：{code}"));
        }
    }
    all
}
