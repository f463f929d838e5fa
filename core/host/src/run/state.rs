//! What a running guest has: its grants, its counters, its open handles.

use crate::engine::HostDeps;
use crate::error::{PluginError, Stop};
use crate::limits::Limits;
use crate::run::grants::Grants;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// Refuses growth beyond a bound, and ends the guest with a reason that names it.
#[derive(Debug)]
pub(crate) struct Memory {
    pub bytes: usize,
    /// The most there was.
    pub most: usize,
}

impl wasmtime::ResourceLimiter for Memory {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.bytes {
            let message = format!("插件需要 {} MiB 内存，上限 {} MiB", desired >> 20, self.bytes >> 20);
            let refused = PluginError::new("plugin.memory", message)
                .hint("在该部门的 [limits] 中提高 memory_bytes，或减小每页行数");
            return Err(wasmtime::Error::new(Stop(refused)));
        }
        self.most = self.most.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 100_000)
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        64
    }

    fn memories(&self) -> usize {
        16
    }
}

/// Counters of the page that is being built.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    pub ticks: u64,
    pub host_calls: u32,
    pub log_lines: u32,
    pub log_dropped: u64,
}

pub(crate) struct State {
    pub wasi: WasiCtx,
    pub table: ResourceTable,
    pub memory: Memory,
    pub spent: Spent,
    pub limits: Limits,
    pub handles: u32,
    pub department: String,
    pub plugin: String,
    pub settings: String,
    pub grants: Grants,
    pub deps: HostDeps,
    pub clients: super::http::Clients,
    /// Files to be moved once the page that is being built is committed: folder name, file, rejected.
    pub acknowledged: Vec<(String, String, bool)>,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl State {
    pub(crate) fn new(
        department: &str,
        plugin: &str,
        settings: String,
        grants: Grants,
        limits: Limits,
        deps: HostDeps,
    ) -> Self {
        let wasi = WasiCtx::builder()
            .stdout(MemoryOutputPipe::new(16 * 1024))
            .stderr(MemoryOutputPipe::new(16 * 1024))
            .max_random_size(1 << 20)
            .build();
        Self {
            wasi,
            table: ResourceTable::new(),
            memory: Memory { bytes: limits.memory_bytes, most: 0 },
            spent: Spent::default(),
            handles: 0,
            department: department.to_owned(),
            plugin: plugin.to_owned(),
            settings,
            grants,
            clients: super::http::Clients::default(),
            acknowledged: Vec::new(),
            limits,
            deps,
        }
    }

    /// Every host call comes through here.
    pub(crate) fn called(&mut self) -> wasmtime::Result<()> {
        self.spent.host_calls += 1;
        if self.spent.host_calls > self.limits.host_calls_per_page {
            let message = format!("插件在一页内调用主机超过 {} 次", self.limits.host_calls_per_page);
            let stop =
                PluginError::new("plugin.host-calls", message).hint("在该部门的 [limits] 中提高 host_calls_per_page");
            return Err(wasmtime::Error::new(Stop(stop)));
        }
        Ok(())
    }

    pub(crate) fn handle_opened(&mut self) -> wasmtime::Result<()> {
        self.handles += 1;
        if self.handles > self.limits.open_handles {
            let message = format!("插件同时打开超过 {} 个连接", self.limits.open_handles);
            return Err(wasmtime::Error::new(Stop(PluginError::new("plugin.handles", message))));
        }
        Ok(())
    }

    /// Whether the county granted a secret to this department, and its value.
    pub(crate) fn secret(&self, name: &str) -> Option<String> {
        if !self.grants.secrets.iter().any(|s| s == name) {
            return None;
        }
        self.deps.secrets.secret(&self.department, name)
    }

    /// Tells the operator why something was refused, and what would allow it; the guest learns only the code.
    pub(crate) fn refused(&self, what: &str, toml: &str) {
        tracing::warn!(department = %self.department, plugin = %self.plugin, "{what}；如需允许，在该部门的配置中加入：{toml}");
    }
}
