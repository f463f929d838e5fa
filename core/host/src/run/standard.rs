//! A scoring standard at work: on an engine that counts instructions, with a clock that stands still and no randomness, so that
//! the same input gives the same bytes for ever.

use super::state::Memory;
use crate::engine::{ActivePlugin, PluginHost, Pre};
use crate::error::{PluginError, cause};
use crate::limits::StandardLimits;
use daylight_domain::score::{
    Assessment, Deduction, Description, FindingGroup, Indicator, ManualEntry, Measured, Score, Scorecard,
};
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView};

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/v1",
        world: "standard",
        imports: { default: async | trappable },
        exports: { default: async },
    });
}

use bindings::daylight::plugin::{log, settings, types};
use bindings::exports::daylight::plugin::scoring as wit;

/// What a standard has: its settings, and nothing of the world.
pub(crate) struct Pure {
    wasi: WasiCtx,
    table: ResourceTable,
    memory: Memory,
    settings: String,
    plugin: String,
    lines: u32,
}

impl WasiView for Pure {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Pure {}

impl settings::Host for Pure {
    async fn get(&mut self) -> wasmtime::Result<String> {
        Ok(self.settings.clone())
    }
}

impl log::Host for Pure {
    async fn write(&mut self, _: log::Level, message: String, _: Vec<(String, String)>) -> wasmtime::Result<()> {
        self.lines += 1;
        if self.lines <= 100 {
            let message: String = message.chars().filter(|c| !c.is_control()).take(2000).collect();
            tracing::info!(plugin = %self.plugin, "{message}");
        }
        Ok(())
    }
}

struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }
    fn now(&self) -> u64 {
        0
    }
}

fn measured(m: &Measured) -> wit::Measure {
    wit::Measure { name: m.name.clone(), value: m.value, denominator: m.denominator }
}

fn asked(input: &Assessment) -> wit::Assessment {
    let group = |g: &FindingGroup| wit::FindingGroup {
        rule: g.rule.clone(),
        level: g.level,
        count: g.count,
        cases: g.cases.clone(),
    };
    let entry = |m: &ManualEntry| wit::ManualEntry {
        indicator: m.indicator.clone(),
        points: m.points,
        reason: m.reason.clone(),
        document: m.document.clone(),
    };
    wit::Assessment {
        department: input.department.clone(),
        period: input.period.clone(),
        measures: input.measures.iter().map(measured).collect(),
        rolling: input.rolling.iter().map(measured).collect(),
        findings: input.findings.iter().map(group).collect(),
        evidence: input.evidence.iter().map(group).collect(),
        rolling_evidence: input.rolling_evidence.iter().map(group).collect(),
        manual: input.manual.iter().map(entry).collect(),
    }
}

fn deduction(d: wit::Deduction) -> Deduction {
    Deduction { rule: d.rule, points: d.points, count: d.count, cases: d.cases, reason_zh: d.reason_zh }
}

fn answered(card: wit::Scorecard) -> Scorecard {
    let score = |s: wit::Score| Score {
        indicator: s.indicator,
        assessed: s.assessed,
        numerator: s.numerator,
        denominator: s.denominator,
        raw: s.raw,
        points: s.points,
        weight: s.weight,
        explain_zh: s.explain_zh,
        explain_en: s.explain_en,
        deductions: s.deductions.into_iter().map(deduction).collect(),
    };
    Scorecard {
        total: card.total,
        grade: card.grade,
        scores: card.scores.into_iter().map(score).collect(),
        adjustments: card.adjustments.into_iter().map(deduction).collect(),
    }
}

async fn instantiate(
    plugin: &ActivePlugin,
    settings: &str,
    limits: &StandardLimits,
) -> Result<(Store<Pure>, bindings::Standard), PluginError> {
    let Pre::Standard(pre) = &plugin.pre else {
        return Err(PluginError::new("plugin.kind", format!("“{}”不是评估标准", plugin.manifest().name)));
    };
    let wasi = WasiCtx::builder()
        .stdout(MemoryOutputPipe::new(16 * 1024))
        .stderr(MemoryOutputPipe::new(16 * 1024))
        .wall_clock(Still)
        .monotonic_clock(Still)
        .insecure_random_seed(0)
        .max_random_size(0)
        .build();
    let state = Pure {
        wasi,
        table: ResourceTable::new(),
        memory: Memory { bytes: limits.memory_bytes, most: 0 },
        settings: settings.to_owned(),
        plugin: plugin.manifest().name.clone(),
        lines: 0,
    };
    let mut store = Store::new(pre.engine(), state);
    store.limiter(|s| &mut s.memory);
    store.set_hostcall_fuel(limits.transfer_bytes);
    store.set_max_component_handles(64);
    store.set_fuel(limits.fuel).map_err(|e| cause(&e))?;
    // Gives way now and then; the count decides when it ends.
    store.fuel_async_yield_interval(Some(1_000_000)).map_err(|e| cause(&e))?;
    let world = pre.instantiate_async(&mut store).await.map_err(|e| cause(&e))?;
    Ok((store, world))
}

fn never() -> PluginError {
    PluginError::new("plugin.wall-time", "标准插件 60 秒没有完成")
}

const LONGEST: Duration = Duration::from_secs(60);

impl PluginHost {
    /// What a standard is made of under its settings.
    ///
    /// # Errors
    /// Settings it does not take, or what stopped it.
    pub async fn describe(
        &self,
        plugin: &ActivePlugin,
        settings: &serde_json::Value,
        limits: &StandardLimits,
    ) -> Result<Description, PluginError> {
        plugin.check_settings(settings)?;
        let (plugin, settings, limits) = (plugin.clone(), settings.to_string(), limits.clone());
        self.on_plugin_threads(LONGEST, never, async move {
            let (mut store, world) = instantiate(&plugin, &settings, &limits).await?;
            let said = world.daylight_plugin_scoring().call_describe(&mut store).await.map_err(|e| cause(&e))?;
            Ok(Description {
                id: said.id,
                version: said.version,
                name_zh: said.name_zh,
                name_en: said.name_en,
                base: said.base,
                indicators: said
                    .indicators
                    .into_iter()
                    .map(|i| Indicator {
                        id: i.id,
                        dimension: i.dimension,
                        name_zh: i.name_zh,
                        name_en: i.name_en,
                        weight: i.weight,
                        measures: i.measures,
                        basis: i.basis,
                    })
                    .collect(),
            })
        })
        .await
    }

    /// Scores one department for one period. Also says how much fuel it took.
    ///
    /// # Errors
    /// The standard's own failure, or what stopped it.
    pub async fn assess(
        &self,
        plugin: &ActivePlugin,
        settings: &serde_json::Value,
        input: &Assessment,
        limits: &StandardLimits,
    ) -> Result<(Scorecard, u64), PluginError> {
        plugin.check_settings(settings)?;
        let (plugin, settings, limits, input) = (plugin.clone(), settings.to_string(), limits.clone(), asked(input));
        self.on_plugin_threads(LONGEST, never, async move {
            let (mut store, world) = instantiate(&plugin, &settings, &limits).await?;
            let answer = world.daylight_plugin_scoring().call_assess(&mut store, &input).await;
            let card = answer.map_err(|e| cause(&e))?.map_err(|f| PluginError::new(&f.code, f.message))?;
            let left = store.get_fuel().unwrap_or(0);
            Ok((answered(card), limits.fuel.saturating_sub(left)))
        })
        .await
    }
}
