//! A connector at work: one session per pull, one owned answer per page.

use super::grants::Grants;
use super::http::failure;
use super::http::with_secret;
use super::state::{Spent, State};
use crate::engine::{ActivePlugin, CPU_TICK_MS, PluginHost, Pre};
use crate::error::{PluginError, Stop, cause};
use crate::limits::Limits;
use daylight_domain::cell::{CURSOR_MAX, Cell, Cursor, Page};
use daylight_domain::source::{SourceConnection, SourceStatement};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use wasmtime::component::Resource;
use wasmtime::{Store, UpdateDeadline};

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/v1",
        world: "connector",
        imports: { default: async | trappable },
        exports: { default: async },
        with: {
            "daylight:plugin/http.secret": crate::run::http::Secret,
            "daylight:plugin/database.connection": super::Connected,
            "daylight:plugin/database.statement": super::Running,
            "daylight:plugin/files.folder": super::Folder,
        },
    });
}

use bindings::daylight::plugin::{database, files, log, settings, types};

/// An open source database.
pub struct Connected(Box<dyn SourceConnection>);
/// A running query.
pub struct Running(Box<dyn SourceStatement>);
/// A granted folder.
pub struct Folder {
    name: String,
    path: PathBuf,
}

impl types::Host for State {}

impl settings::Host for State {
    async fn get(&mut self) -> wasmtime::Result<String> {
        self.called()?;
        Ok(self.settings.clone())
    }
}

impl log::Host for State {
    async fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        self.spent.log_lines += 1;
        if self.spent.log_lines > self.limits.log_lines_per_page {
            self.spent.log_dropped += 1;
            return Ok(());
        }
        let cut = |text: &str, most: usize| text.chars().filter(|c| !c.is_control()).take(most).collect::<String>();
        let message = cut(&message, 2000);
        let fields: Vec<String> =
            fields.iter().take(20).map(|(k, v)| format!("{}={}", cut(k, 50), cut(v, 500))).collect();
        let (department, plugin, fields) = (&self.department, &self.plugin, fields.join(" "));
        match level {
            log::Level::Debug => tracing::debug!(%department, %plugin, %fields, "{message}"),
            log::Level::Info => tracing::info!(%department, %plugin, %fields, "{message}"),
            log::Level::Warn => tracing::warn!(%department, %plugin, %fields, "{message}"),
            log::Level::Error => tracing::error!(%department, %plugin, %fields, "{message}"),
        }
        Ok(())
    }
}

fn to_wit(cell: Cell) -> types::Cell {
    match cell {
        Cell::Null => types::Cell::Null,
        Cell::Boolean(v) => types::Cell::Boolean(v),
        Cell::Integer(v) => types::Cell::Integer(v),
        Cell::Decimal(v) => types::Cell::Decimal(v),
        Cell::Text(v) => types::Cell::Text(v),
        Cell::Date(v) => types::Cell::Date(v),
        Cell::Instant(v) => types::Cell::Instant(v),
        Cell::Bytes(v) => types::Cell::Bytes(v),
    }
}

fn from_wit(cell: types::Cell) -> Cell {
    match cell {
        types::Cell::Null => Cell::Null,
        types::Cell::Boolean(v) => Cell::Boolean(v),
        types::Cell::Integer(v) => Cell::Integer(v),
        types::Cell::Decimal(v) => Cell::Decimal(v),
        types::Cell::Text(v) => Cell::Text(v),
        types::Cell::Date(v) => Cell::Date(v),
        types::Cell::Instant(v) => Cell::Instant(v),
        types::Cell::Bytes(v) => Cell::Bytes(v),
    }
}

fn source_failure(e: &daylight_domain::source::SourceError) -> types::Failure {
    failure(e.code, &e.message, e.retryable)
}

impl database::Host for State {}

impl database::HostConnection for State {
    async fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<Connected>, types::Failure>> {
        self.called()?;
        let Some(grant) = self.grants.database.get(&name).cloned() else {
            self.refused(
                &format!("插件要读数据库“{name}”，未获授权"),
                &format!("[grants.database.{name}] url = \"…\""),
            );
            return Ok(Err(failure("database.not-granted", "没有这个数据库", false)));
        };
        let mut url = grant.url;
        if let Some(secret) = &grant.secret {
            // The county put this secret into the address; the plugin needs no right to it.
            let Some(value) = self.deps.secrets.secret(&self.department, secret) else {
                return Ok(Err(failure("secret.not-granted", &format!("没有存储密钥“{secret}”"), false)));
            };
            url = with_secret(&url, &value);
        }
        self.handle_opened()?;
        match self.deps.databases.connect(&url).await {
            Ok(open) => Ok(Ok(self.table.push(Connected(open))?)),
            Err(e) => {
                self.handles = self.handles.saturating_sub(1);
                Ok(Err(source_failure(&e)))
            }
        }
    }

    async fn dialect(&mut self, this: Resource<Connected>) -> wasmtime::Result<database::Dialect> {
        use daylight_domain::source::Dialect;
        Ok(match self.table.get(&this)?.0.dialect() {
            Dialect::Mysql => database::Dialect::Mysql,
            Dialect::Postgresql => database::Dialect::Postgresql,
            Dialect::Sqlite => database::Dialect::Sqlite,
        })
    }

    async fn query(
        &mut self,
        this: Resource<Connected>,
        sql: String,
        parameters: Vec<types::Cell>,
    ) -> wasmtime::Result<Result<Resource<Running>, types::Failure>> {
        self.called()?;
        self.handle_opened()?;
        let parameters = parameters.into_iter().map(from_wit).collect();
        match self.table.get_mut(&this)?.0.query(&sql, parameters).await {
            Ok(running) => Ok(Ok(self.table.push(Running(running))?)),
            Err(e) => {
                self.handles = self.handles.saturating_sub(1);
                Ok(Err(source_failure(&e)))
            }
        }
    }

    async fn drop(&mut self, this: Resource<Connected>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

impl database::HostStatement for State {
    async fn next(
        &mut self,
        this: Resource<Running>,
        max_rows: u32,
    ) -> wasmtime::Result<Result<database::Rows, types::Failure>> {
        self.called()?;
        let max = usize::try_from(max_rows.min(self.limits.page_rows).max(1)).unwrap_or(1);
        let bytes = self.limits.page_bytes;
        Ok(match self.table.get_mut(&this)?.0.next(max, bytes).await {
            Ok(piece) => Ok(database::Rows {
                columns: piece.columns,
                rows: piece.rows.into_iter().map(|r| r.into_iter().map(to_wit).collect()).collect(),
                done: piece.done,
            }),
            Err(e) => Err(source_failure(&e)),
        })
    }

    async fn drop(&mut self, this: Resource<Running>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

/// A name without any folder in it.
fn plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

impl files::Host for State {}

impl files::HostFolder for State {
    async fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<Folder>, types::Failure>> {
        self.called()?;
        let Some(grant) = self.grants.files.get(&name).cloned() else {
            self.refused(&format!("插件要读文件夹“{name}”，未获授权"), &format!("[grants.files.{name}] path = \"…\""));
            return Ok(Err(failure("files.not-granted", "没有这个文件夹", false)));
        };
        if let Err(e) = tokio::fs::read_dir(&grant.path).await {
            return Ok(Err(failure("files.unreadable", &format!("文件夹无法读取：{e}"), true)));
        }
        self.handle_opened()?;
        Ok(Ok(self.table.push(Folder { name, path: grant.path })?))
    }

    async fn entries(&mut self, this: Resource<Folder>) -> wasmtime::Result<Result<Vec<files::Entry>, types::Failure>> {
        self.called()?;
        let path = self.table.get(&this)?.path.clone();
        let read = async {
            let mut found = Vec::new();
            let mut list = tokio::fs::read_dir(&path).await?;
            while let Some(entry) = list.next_entry().await? {
                let Ok(name) = entry.file_name().into_string() else { continue };
                // Not followed: a link could lead anywhere.
                let meta = tokio::fs::symlink_metadata(entry.path()).await?;
                if !meta.is_file() || !plain(&name) || name.ends_with(".tmp") || name.ends_with(".part") {
                    continue;
                }
                let modified = meta.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let modified = i64::try_from(modified.as_millis()).unwrap_or(i64::MAX);
                found.push(files::Entry { name, size: meta.len(), modified });
            }
            found.sort_by(|a, b| a.name.cmp(&b.name));
            Ok::<_, std::io::Error>(found)
        };
        Ok(read.await.map_err(|e| failure("files.unreadable", &e.to_string(), true)))
    }

    async fn read(
        &mut self,
        this: Resource<Folder>,
        name: String,
        offset: u64,
        len: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, types::Failure>> {
        use tokio::io::{AsyncReadExt, AsyncSeekExt};
        self.called()?;
        if !plain(&name) {
            return Ok(Err(failure("files.unreadable", "文件名不能包含路径", false)));
        }
        let path = self.table.get(&this)?.path.join(&name);
        let most = usize::try_from(len).unwrap_or(usize::MAX).min(self.limits.response_bytes);
        let read = async {
            if !tokio::fs::symlink_metadata(&path).await?.is_file() {
                return Err(std::io::Error::other("不是普通文件"));
            }
            let mut file = tokio::fs::File::open(&path).await?;
            file.seek(std::io::SeekFrom::Start(offset)).await?;
            let mut bytes = Vec::with_capacity(most.min(1 << 20));
            file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes).await?;
            Ok(bytes)
        };
        Ok(read.await.map_err(|e| failure("files.unreadable", &e.to_string(), true)))
    }

    async fn acknowledge(
        &mut self,
        this: Resource<Folder>,
        name: String,
        rejected: bool,
    ) -> wasmtime::Result<Result<(), types::Failure>> {
        self.called()?;
        if !plain(&name) {
            return Ok(Err(failure("files.unreadable", "文件名不能包含路径", false)));
        }
        let folder = self.table.get(&this)?.name.clone();
        self.acknowledged.push((folder, name, rejected));
        Ok(Ok(()))
    }

    async fn drop(&mut self, this: Resource<Folder>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

/// Something a plugin found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PluginProblem {
    /// Stable.
    pub code: String,
    /// In words.
    pub message: String,
    /// JSON pointer into the settings.
    pub setting: Option<String>,
}

/// What `check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// What works or deserves a look.
    pub notes: Vec<String>,
    /// What does not.
    pub problems: Vec<PluginProblem>,
}

/// A page and what belongs to it.
#[derive(Debug)]
pub struct SessionPage {
    /// The rows.
    pub page: Page,
    /// Files to be moved once it is committed: from → to.
    pub moves: Vec<(PathBuf, PathBuf)>,
    /// Processor time, milliseconds, to the tick.
    pub cpu_ms: u64,
    /// Log lines that were dropped.
    pub log_dropped: u64,
    /// Log lines that were written, those that were dropped among them.
    pub log_lines: u32,
    /// Calls of the host.
    pub host_calls: u32,
    /// The most linear memory it has had so far, bytes.
    pub memory_bytes: usize,
}

type Ask = (u32, oneshot::Sender<Result<SessionPage, PluginError>>);

/// A running pull. Dropping it ends the guest.
pub struct Session {
    asks: mpsc::Sender<Ask>,
}

fn said(f: types::Failure) -> PluginError {
    PluginError {
        code: f.code,
        message: f.message,
        hint: None,
        setting: f.setting,
        retryable: f.retryable,
        retry_after_ms: f.retry_after_ms,
    }
}

impl Session {
    /// The next page, at most `max_rows` rows.
    ///
    /// # Errors
    /// The plugin's own failure, or what stopped it. The session is over then.
    pub async fn next(&self, max_rows: u32) -> Result<SessionPage, PluginError> {
        let over = || PluginError::new("plugin.session-over", "这次运行已经结束");
        let (answer, page) = oneshot::channel();
        self.asks.send((max_rows, answer)).await.map_err(|_| over())?;
        page.await.map_err(|_| over())?
    }
}

/// A guest with its store.
struct Guest {
    store: Store<State>,
    world: bindings::Connector,
}

async fn instantiate(plugin: &ActivePlugin, state: State) -> Result<Guest, PluginError> {
    let Pre::Connector(pre) = &plugin.pre else {
        return Err(PluginError::new("plugin.kind", format!("“{}”不是连接器", plugin.manifest().name)));
    };
    let transfer = state.limits.transfer_bytes;
    let mut store = Store::new(pre.engine(), state);
    store.limiter(|s| &mut s.memory);
    store.set_hostcall_fuel(transfer);
    store.set_max_component_handles(256);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        let state = store.data_mut();
        state.spent.ticks += 1;
        if state.spent.ticks * CPU_TICK_MS > state.limits.cpu_ms_per_page {
            let message = format!("插件在一页上用了超过 {} 毫秒处理器时间", state.limits.cpu_ms_per_page);
            let stop = PluginError::new("plugin.cpu-time", message).hint("在该部门的 [limits] 中提高 cpu_ms_per_page");
            return Err(wasmtime::Error::new(Stop(stop)));
        }
        Ok(UpdateDeadline::Yield(1))
    });
    let world = pre.instantiate_async(&mut store).await.map_err(|e| cause(&e))?;
    Ok(Guest { store, world })
}

fn too_long(limits: &Limits) -> PluginError {
    PluginError::new("plugin.wall-time", format!("一页超过 {} 毫秒没有完成", limits.wall_ms_per_page))
        .hint("来源太慢时在该部门的 [limits] 中提高 wall_ms_per_page")
        .later()
}

impl PluginHost {
    fn state(
        &self,
        plugin: &ActivePlugin,
        department: &str,
        settings: &serde_json::Value,
        grants: &Grants,
        limits: &Limits,
    ) -> Result<State, PluginError> {
        plugin.check_settings(settings)?;
        grants.check()?;
        let grants = grants.intersect(&plugin.manifest().asks);
        Ok(State::new(department, &plugin.manifest().name, settings.to_string(), grants, limits.clone(), self.deps()))
    }

    /// Are the settings right, does the source answer? Pulls nothing.
    ///
    /// # Errors
    /// Settings that do not obey the plugin's schema, or what stopped the plugin.
    pub async fn check(
        &self,
        plugin: &ActivePlugin,
        department: &str,
        settings: &serde_json::Value,
        grants: &Grants,
        limits: &Limits,
    ) -> Result<CheckReport, PluginError> {
        let state = self.state(plugin, department, settings, grants, limits)?;
        let (plugin, limits) = (plugin.clone(), limits.clone());
        let work = async move {
            let mut guest = instantiate(&plugin, state).await?;
            let Guest { store, world } = &mut guest;
            let report = world.daylight_plugin_connecting().call_check(&mut *store).await.map_err(|e| cause(&e))?;
            Ok(CheckReport {
                notes: report.notes,
                problems: report
                    .problems
                    .into_iter()
                    .map(|p| PluginProblem { code: p.code, message: p.message, setting: p.setting })
                    .collect(),
            })
        };
        self.on_plugin_threads(Duration::from_millis(limits.wall_ms_per_page), move || too_long(&limits), work).await
    }

    /// Begins a pull after a cursor.
    ///
    /// # Errors
    /// As for [`PluginHost::check`], or what the plugin says.
    #[expect(clippy::too_many_arguments, reason = "each is one thing a pull is made of")]
    pub async fn open(
        &self,
        plugin: &ActivePlugin,
        department: &str,
        settings: &serde_json::Value,
        grants: &Grants,
        limits: &Limits,
        run_id: &str,
        since: Option<Cursor>,
        scheduled_at: &str,
    ) -> Result<Session, PluginError> {
        let state = self.state(plugin, department, settings, grants, limits)?;
        let request = bindings::exports::daylight::plugin::connecting::Pull {
            run_id: run_id.to_owned(),
            since: since.as_ref().map(|c| c.0.clone()),
            scheduled_at: scheduled_at.to_owned(),
        };
        let (plugin, limits) = (plugin.clone(), limits.clone());
        let (asks, mut requests) = mpsc::channel::<Ask>(1);
        let (opened, ready) = oneshot::channel();
        self.spawn(async move {
            let wall = Duration::from_millis(limits.wall_ms_per_page);
            let begun = tokio::time::timeout(wall, async {
                let mut guest = instantiate(&plugin, state).await?;
                let Guest { store, world } = &mut guest;
                let answer = world.daylight_plugin_connecting().call_open(&mut *store, &request).await;
                let session = answer.map_err(|e| cause(&e))?.map_err(said)?;
                Ok::<_, PluginError>((guest, session))
            })
            .await
            .unwrap_or_else(|_| Err(too_long(&limits)));
            let (mut guest, session) = match begun {
                Ok(begun) => begun,
                Err(e) => {
                    let _ = opened.send(Err(e));
                    return;
                }
            };
            let _ = opened.send(Ok(()));
            let (mut last, mut idle) = (since, 0u32);
            while let Some((max_rows, answer)) = requests.recv().await {
                let rows = max_rows.min(limits.page_rows).max(1);
                let page = tokio::time::timeout(wall, one_page(&mut guest, session, rows))
                    .await
                    .unwrap_or_else(|_| Err(too_long(&limits)))
                    .and_then(|page| progress(page, &mut last, &mut idle, &limits));
                let over = page.is_err();
                let _ = answer.send(page);
                if over {
                    break;
                }
            }
        });
        ready.await.map_err(|_| PluginError::new("plugin.session-over", "插件线程已停止"))??;
        Ok(Session { asks })
    }
}

async fn one_page(
    guest: &mut Guest,
    session: wasmtime::component::ResourceAny,
    max_rows: u32,
) -> Result<SessionPage, PluginError> {
    let Guest { store, world } = guest;
    store.data_mut().spent = Spent::default();
    let answer = world.daylight_plugin_connecting().session().call_next(&mut *store, session, max_rows).await;
    let page = answer.map_err(|e| cause(&e))?.map_err(said)?;
    let state = store.data_mut();
    let limits = &state.limits;
    let wrong = |code: &str, message: String| Err(PluginError::new(code, message));
    if page.rows.len() > usize::try_from(limits.page_rows).unwrap_or(usize::MAX) {
        return wrong("plugin.page-rows", format!("一页 {} 行，上限 {}", page.rows.len(), limits.page_rows));
    }
    if page.dataset != "exchange" {
        return wrong("plugin.dataset", format!("未知数据集“{}”", page.dataset));
    }
    if let Some(row) = page.rows.iter().find(|r| r.len() != page.columns.len()) {
        return wrong("plugin.page-shape", format!("{} 列，却有一行 {} 个值", page.columns.len(), row.len()));
    }
    if page.next.as_ref().is_some_and(|c| c.len() > CURSOR_MAX) {
        return wrong("plugin.cursor-size", format!("游标超过 {CURSOR_MAX} 字节"));
    }
    let mut bytes = 0usize;
    let mut rows = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        let row: Vec<Cell> = row.into_iter().map(from_wit).collect();
        bytes += row.iter().map(Cell::size).sum::<usize>();
        if bytes > limits.page_bytes {
            return wrong("plugin.page-bytes", format!("一页超过 {} 字节", limits.page_bytes));
        }
        rows.push(row);
    }
    let mut moves = Vec::new();
    for (folder, name, rejected) in std::mem::take(&mut state.acknowledged) {
        let Some(grant) = state.grants.files.get(&folder) else { continue };
        let to = grant.path.join(if rejected { "rejected" } else { "done" }).join(&name);
        moves.push((grant.path.join(&name), to));
    }
    Ok(SessionPage {
        page: Page { dataset: page.dataset, columns: page.columns, rows, next: page.next.map(Cursor), done: page.done },
        moves,
        cpu_ms: state.spent.ticks * CPU_TICK_MS,
        log_dropped: state.spent.log_dropped,
        log_lines: state.spent.log_lines,
        host_calls: state.spent.host_calls,
        memory_bytes: state.memory.most,
    })
}

/// A source that gives pages for ever without getting anywhere is stopped.
fn progress(
    page: SessionPage,
    last: &mut Option<Cursor>,
    idle: &mut u32,
    limits: &Limits,
) -> Result<SessionPage, PluginError> {
    let moved = page.page.next.is_some() && page.page.next != *last;
    if moved {
        last.clone_from(&page.page.next);
        *idle = 0;
    } else if !page.page.done {
        *idle += 1;
        if *idle > limits.idle_pages {
            let message = format!("连续 {} 页游标没有前进", limits.idle_pages);
            return Err(PluginError::new("plugin.cursor-stuck", message).hint("请插件供应商检查翻页"));
        }
    }
    Ok(page)
}
