//! What a scoring standard must show before a county trusts it: that it gives what its own vectors say, and what holds for every
//! standard – a description that adds up, the same answer twice, no full marks out of nothing, points within their weights, no input
//! that stops it.

use crate::app::App;
use crate::problem::Problem;
use daylight_domain::score::{Assessment, Description, FindingGroup, ManualEntry, Measured, Score, Scorecard};
use daylight_formula::{MEASURES, code_of};
use daylight_host::{ActivePlugin, PluginHost, StandardLimits, vectors};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// How many made-up inputs each of the settings is tried with.
const TRIES: u64 = 64;
/// What is said of a standard that answers one question twice in different ways.
pub(crate) const DIFFERENT: &str = "同样的输入给出不同的评分卡";
const GRADES: [&str; 5] = ["优秀", "良好", "合格", "不合格", "不评"];

/// An example that a standard carries: what goes in, and the scorecard that must come out, to the letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// What it shows.
    pub name: String,
    /// Settings.
    #[serde(default)]
    pub settings: Value,
    /// What the standard is given.
    pub input: Assessment,
    /// What it must answer; nothing: it must refuse the settings.
    pub expected: Option<Scorecard>,
}

/// What was tried, and what failed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// The plugin.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Vectors that were run.
    pub vectors: usize,
    /// Made-up inputs that were tried.
    pub tries: u64,
    /// The most fuel one call took.
    pub fuel: u64,
    /// What failed: `standard.vectors`, `standard.vector`, `standard.describe`, `standard.assess`, or what stopped the plugin.
    pub problems: Vec<Problem>,
}

/// The vectors a component carries.
///
/// # Errors
/// `standard.vectors`: none, or not to be read.
pub fn vectors_of(bytes: &[u8]) -> Result<Vec<Vector>, Problem> {
    let bad = |message: String| {
        Problem::new("standard.vectors", message).fix("SDK：plugin!(Type, \"../plugin.toml\", \"../vectors.json\")")
    };
    let text = vectors(bytes)?.ok_or_else(|| bad("组件没有带测试向量（自定义段 daylight:vectors）".to_owned()))?;
    let list: Vec<Vector> = serde_json::from_slice(&text).map_err(|e| bad(format!("测试向量无法读取：{e}")))?;
    if list.is_empty() { Err(bad("测试向量是空的".to_owned())) } else { Ok(list) }
}

/// The first differences of two scorecards: where, what was expected, what came.
fn differences(expected: &Scorecard, got: &Scorecard) -> Vec<String> {
    let mut list = Vec::new();
    let mut differ = |at: &str, was: &dyn std::fmt::Debug, is: &dyn std::fmt::Debug| {
        list.push(format!("{at}：应为 {was:?}，得到 {is:?}"));
    };
    if expected.total != got.total {
        differ("总分", &expected.total, &got.total);
    }
    if expected.grade != got.grade {
        differ("等次", &expected.grade, &got.grade);
    }
    for was in &expected.scores {
        match got.scores.iter().find(|s| s.indicator == was.indicator) {
            None => differ(&was.indicator, &"有这一行", &"没有"),
            Some(is) if is == was => {}
            Some(is) if is.assessed != was.assessed => differ(&was.indicator, &was.explain_zh, &is.explain_zh),
            Some(is) if is.points != was.points || is.raw != was.raw => {
                differ(&was.indicator, &(was.raw, was.points), &(is.raw, is.points));
            }
            Some(is) => differ(&was.indicator, was, is),
        }
    }
    if expected.adjustments != got.adjustments {
        differ("加减项", &expected.adjustments, &got.adjustments);
    }
    if list.is_empty() && expected != got {
        list.push("指标的次序或数目不同".to_owned());
    }
    list
}

/// What is wrong with a description.
fn described(said: &Description, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let sum = said.indicators.iter().fold(0, |sum: i64, i| sum.saturating_add(i.weight));
    if said.id != name {
        wrong.push(format!("标准编号“{}”应与插件名“{name}”相同", said.id));
    }
    if said.indicators.is_empty() {
        wrong.push("没有指标".to_owned());
    }
    if sum != said.base {
        wrong.push(format!("权重之和 {sum} 不等于满分 {}", said.base));
    }
    let mut ids = BTreeSet::new();
    for one in &said.indicators {
        if one.id.trim().is_empty() || !ids.insert(&one.id) {
            wrong.push(format!("指标编号“{}”为空或重复", one.id));
        }
        if one.weight <= 0 || one.name_zh.is_empty() || one.name_en.is_empty() || one.dimension.is_empty() {
            wrong.push(format!("指标 {} 应有大于 0 的权重、中英文名称和维度", one.id));
        }
        let unknown = one.measures.iter().filter(|m| code_of(m) != Some(m.as_str()));
        wrong.extend(unknown.map(|m| format!("指标 {} 的“{m}”不是指标基数的代码", one.id)));
    }
    wrong
}

/// What is wrong with a scorecard, whatever went in.
fn sound(said: &Description, card: &Scorecard) -> Vec<String> {
    let mut wrong = Vec::new();
    let ids: Vec<&str> = said.indicators.iter().map(|i| i.id.as_str()).collect();
    let given: Vec<&str> = card.scores.iter().map(|s| s.indicator.as_str()).collect();
    if ids != given {
        wrong.push(format!("各行 {given:?} 与指标 {ids:?} 不符"));
    }
    for s in &card.scores {
        let id = &s.indicator;
        if s.explain_zh.is_empty() || s.explain_en.is_empty() {
            wrong.push(format!("{id} 缺少中文或英文说明"));
        }
        if s.assessed && !(0..=s.weight).contains(&s.points) {
            wrong.push(format!("{id} 得 {} 分，不在 0 到权重 {} 之间", s.points, s.weight));
        }
        if !s.assessed && s.points != 0 {
            wrong.push(format!("{id} 不评，却有 {} 分", s.points));
        }
    }
    if card.total < 0 || !GRADES.contains(&card.grade.as_str()) {
        wrong.push(format!("总分 {}、等次“{}”不成立", card.total, card.grade));
    }
    wrong
}

/// Numbers that follow from a seed alone (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn of<T: Copy + Default>(&mut self, list: &[T]) -> T {
        let at = usize::try_from(self.next()).unwrap_or(0).checked_rem(list.len()).unwrap_or(0);
        list.get(at).copied().unwrap_or_default()
    }

    fn value(&mut self) -> i64 {
        let plain = i64::try_from(self.next() % 5_000).unwrap_or(0) * 1_000_000;
        self.of(&[plain, plain, plain, 0, 1_000_000, 333_333, -1_000_000, i64::MAX, i64::MIN])
    }

    fn many(&mut self) -> u64 {
        let plain = self.next() % 5_000;
        self.of(&[plain, plain, plain, 0, 1, 9, 10, 200, u64::MAX])
    }

    fn measures(&mut self) -> Vec<Measured> {
        let mut list = Vec::new();
        for word in MEASURES {
            if self.next().is_multiple_of(6) {
                continue;
            }
            let value = (!self.next().is_multiple_of(9)).then(|| self.value());
            let denominator = (!self.next().is_multiple_of(9)).then(|| self.many());
            list.push(Measured { name: word.code.to_owned(), value, denominator });
        }
        list.sort_by(|a, b| a.name.cmp(&b.name));
        list
    }

    fn groups(&mut self) -> Vec<FindingGroup> {
        const RULES: [&str; 10] =
            ["T-02", "T-03", "P-01", "P-07", "S-11", "F-01", "D-19", "K-09", "I-01", "没有的规则"];
        let mut list = Vec::new();
        for rule in RULES {
            if self.next().is_multiple_of(3) {
                let level = self.of(&[0u8, 1, 2, 3, 200]);
                let cases = (0..self.next() % 4).map(|n| format!("案{n}")).collect();
                list.push(FindingGroup { rule: rule.to_owned(), level, count: self.many(), cases });
            }
        }
        list
    }

    fn assessment(&mut self, said: &Description) -> Assessment {
        let mut manual = Vec::new();
        for id in said.indicators.iter().map(|i| i.id.as_str()).chain(["bonus", "self-reported", "没有"]) {
            if self.next().is_multiple_of(7) {
                let plain = i64::try_from(self.next() % 2_000).unwrap_or(0) - 1_000;
                manual.push(ManualEntry {
                    indicator: id.to_owned(),
                    points: self.of(&[plain, plain, 0, i64::MAX, i64::MIN]),
                    reason: "说明".to_owned(),
                    document: "文件".to_owned(),
                });
            }
        }
        Assessment {
            department: "部门".to_owned(),
            period: "2026-03".to_owned(),
            measures: self.measures(),
            rolling: self.measures(),
            findings: self.groups(),
            evidence: self.groups(),
            rolling_evidence: self.groups(),
            manual,
        }
    }
}

/// One standard at work.
struct Trial<'a> {
    host: &'a PluginHost,
    plugin: &'a ActivePlugin,
    limits: &'a StandardLimits,
    proof: Proof,
}

impl Trial<'_> {
    fn wrong(&mut self, code: &'static str, at: &str, what: impl IntoIterator<Item = String>) {
        self.proof.problems.extend(what.into_iter().map(|w| Problem::new(code, format!("{at}：{w}"))));
    }

    async fn card(&mut self, at: &str, settings: &Value, input: &Assessment) -> Option<Scorecard> {
        match self.host.assess(self.plugin, settings, input, self.limits).await {
            Ok((card, fuel)) => {
                self.proof.fuel = self.proof.fuel.max(fuel);
                Some(card)
            }
            Err(e) => {
                self.wrong("standard.assess", at, [format!("{}：{}", e.code, e.message)]);
                None
            }
        }
    }

    async fn vector(&mut self, vector: &Vector) {
        self.proof.vectors += 1;
        let answer = self.host.assess(self.plugin, &vector.settings, &vector.input, self.limits).await;
        let wrong = match (answer, &vector.expected) {
            (Ok((card, _)), Some(expected)) => differences(expected, &card),
            (Ok(_), None) => vec!["应拒绝这些设置，却给出了评分卡".to_owned()],
            (Err(e), Some(_)) => vec![format!("{}：{}", e.code, e.message)],
            (Err(e), None) if e.code == "settings.invalid" => Vec::new(),
            (Err(e), None) => vec![format!("应以 settings.invalid 拒绝，却是 {}：{}", e.code, e.message)],
        };
        self.wrong("standard.vector", &format!("向量“{}”", vector.name), wrong);
    }

    async fn settings(&mut self, settings: &Value) {
        let said = match self.host.describe(self.plugin, settings, self.limits).await {
            Ok(said) => said,
            Err(e) => return self.wrong("standard.describe", "说明", [format!("{}：{}", e.code, e.message)]),
        };
        let name = self.plugin.manifest().name.clone();
        self.wrong("standard.describe", "说明", described(&said, &name));
        let nothing = Assessment { period: "2026-03".to_owned(), ..Assessment::default() };
        if let Some(card) = self.card("没有任何数据", settings, &nothing).await {
            let marks = card.scores.iter().filter(|s: &&Score| s.assessed);
            let mut wrong: Vec<String> =
                marks.map(|s| format!("没有数据，{} 却评了 {} 分", s.indicator, s.points)).collect();
            if card.total != 0 {
                wrong.push(format!("没有数据，总分却是 {}", card.total));
            }
            wrong.extend(sound(&said, &card));
            self.wrong("standard.assess", "没有任何数据", wrong);
        }
        let mut dice = Dice(20_260_301);
        for n in 0..TRIES {
            let (input, at) = (dice.assessment(&said), format!("随机输入 {n}"));
            self.proof.tries += 1;
            let Some(card) = self.card(&at, settings, &input).await else { continue };
            self.wrong("standard.assess", &at, sound(&said, &card));
            if self.card(&at, settings, &input).await.is_some_and(|again| again != card) {
                self.wrong("standard.assess", &at, [DIFFERENT.to_owned()]);
            }
        }
    }
}

impl App {
    /// Runs everything over an installed standard, under the county's settings too.
    ///
    /// # Errors
    /// `plugin.unknown`, `plugin.kind`, the store.
    pub async fn prove_standard(&self, name: &str) -> Result<Proof, Problem> {
        let plugin = self.plugin(name).await?;
        let kept = self.store.plugin(plugin.digest()).await?;
        let bytes = kept.map(|k| k.bytes).unwrap_or_default();
        let own = self.config.main.plugins.standards.get(name);
        prove(&self.host, &plugin, &bytes, own, &self.config.main.standard_limits).await
    }
}

/// Runs everything over a standard: its vectors, then what holds for all under every settings its vectors show, and the county's own.
///
/// # Errors
/// `plugin.kind` for what is no standard. What the standard does wrong stands in the proof.
pub async fn prove(
    host: &PluginHost,
    plugin: &ActivePlugin,
    bytes: &[u8],
    own: Option<&Value>,
    limits: &StandardLimits,
) -> Result<Proof, Problem> {
    let manifest = plugin.manifest();
    if manifest.kind.as_str() != "standard" {
        return Err(Problem::new("plugin.kind", format!("“{}”不是评估标准", manifest.name)));
    }
    let proof = Proof { name: manifest.name.clone(), version: manifest.version.clone(), ..Proof::default() };
    let mut trial = Trial { host, plugin, limits, proof };
    let vectors = vectors_of(bytes).unwrap_or_else(|problem| {
        trial.proof.problems.push(problem);
        Vec::new()
    });
    for vector in &vectors {
        trial.vector(vector).await;
    }
    let good = vectors.iter().filter(|v| v.expected.is_some()).map(|v| &v.settings);
    let mut settings: Vec<Value> = Vec::new();
    for one in own.into_iter().chain(good) {
        if !settings.contains(one) {
            settings.push(one.clone());
        }
    }
    if settings.is_empty() {
        settings.push(Value::Object(serde_json::Map::new()));
    }
    for one in &settings {
        trial.settings(one).await;
    }
    Ok(trial.proof)
}
