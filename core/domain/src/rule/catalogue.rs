//! The item catalogue (事项目录). Handbook §11.8, §14.

use super::ground::Ground;
use super::subject::{Subject, SubjectRule};
use super::{Hit, Outcome, Rule};
use crate::Timestamp;
use crate::finding::ObjectKind;
use crate::flow;
use crate::item::{Item, Limit, LimitUnit};
use serde::{Deserialize, Serialize};

/// The newest version of an item, and what the province says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemFacts {
    /// The item.
    pub item: Item,
    /// The provincial catalogue's entry; nothing where it was never imported.
    #[serde(default)]
    pub provincial: Option<ProvincialItem>,
}

impl From<&Item> for ItemFacts {
    /// Without a provincial catalogue.
    fn from(item: &Item) -> Self {
        Self { item: item.clone(), provincial: None }
    }
}

/// An item as the provincial catalogue has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvincialItem {
    /// Since when this version has been in force; nothing where the list does not say.
    #[serde(default)]
    pub valid_from: Option<chrono::NaiveDate>,
    /// Name.
    pub name: String,
    /// 法定时限
    #[serde(default)]
    pub legal_limit: Option<Limit>,
    /// Whether a fee may be charged.
    #[serde(default)]
    pub is_fee: bool,
}

impl Subject for ItemFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[
        ("U-03", stale),
        ("C-01", promise_longer),
        ("C-02", no_flow_chart),
        ("C-03", steps_exceed_promise),
        ("C-04", no_basis),
        ("C-05", differs_from_province),
        ("C-06", fee_without_basis),
        ("C-07", catch_all_material),
    ];

    fn id(&self) -> String {
        self.item.code.clone()
    }

    fn department(&self) -> &str {
        &self.item.department
    }

    fn item(&self) -> Option<&str> {
        Some(&self.item.code)
    }
}

fn hit(rule: &Rule, facts: &ItemFacts, zh: String) -> Hit {
    let at = Timestamp::start_of(facts.item.valid_from);
    let read = [("item_version", facts.item.version.to_string())];
    Hit::new(rule.high(), ObjectKind::Item, facts.id(), at, zh).read(read).ongoing(true)
}

/// U-03: the province has published a newer version, and the county still works by the old one.
fn stale(rule: &Rule, facts: &ItemFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(newer) = &facts.provincial else {
        return out.undetermined("没有导入省级事项目录，无法比对版本");
    };
    let Some(newer) = newer.valid_from else {
        return out.undetermined("省级目录没有写明版本的施行日期，无法比对版本");
    };
    if newer <= facts.item.valid_from {
        return out.missed("与省级目录的版本一致");
    }
    let from = Timestamp::start_of(newer);
    if ground.now < from {
        out.wake(from);
        return out.missed("省级目录的新版本尚未施行");
    }
    let zh = format!("“{}”仍是 {} 的版本，省级目录自 {} 起已有新版本", facts.item.name, facts.item.valid_from, newer);
    out.hit(Hit { fact_time: from, ..hit(rule, facts, zh) });
}

/// The longest time a limit can mean, in natural days, so that limits in different units can be compared.
fn natural_days(limit: Limit) -> Option<u64> {
    let n = u64::from(limit.value);
    match limit.unit {
        LimitUnit::NaturalDay => Some(n),
        LimitUnit::Month => Some(n.saturating_mul(30)),
        LimitUnit::Year => Some(n.saturating_mul(365)),
        LimitUnit::WorkingDay => Some(n.saturating_mul(7).div_ceil(5)),
        LimitUnit::NaturalHour => Some(n.div_ceil(24)),
        LimitUnit::WorkingHour | LimitUnit::None => None,
    }
}

fn days(limit: Limit) -> String {
    limit.said_zh()
}

/// C-01: a promise shortens what the law allows (浙江省保障“最多跑一次”改革规定 12).
fn promise_longer(rule: &Rule, facts: &ItemFacts, _: &Ground<'_>, out: &mut Outcome) {
    let (Some(promise), Some(legal)) = (facts.item.promise_limit, facts.item.legal_limit) else {
        return out.missed("没有同时规定承诺时限和法定时限");
    };
    let longer = if promise.unit == legal.unit {
        Some(promise.value > legal.value)
    } else {
        natural_days(promise).zip(natural_days(legal)).map(|(p, l)| p > l)
    };
    match longer {
        None => out.undetermined("承诺时限和法定时限的单位不同，无法比较"),
        Some(false) => out.missed("承诺时限不长于法定时限"),
        Some(true) => {
            let zh = format!("“{}”承诺 {}，长于法定 {}", facts.item.name, days(promise), days(legal));
            out.hit(hit(rule, facts, zh).value(i64::from(promise.value) - i64::from(legal.value)));
        }
    }
}

/// C-02: a published item has an approved flow chart.
fn no_flow_chart(rule: &Rule, facts: &ItemFacts, _: &Ground<'_>, out: &mut Outcome) {
    let item = &facts.item;
    if !item.state.is_published() {
        return out.missed("事项未公布");
    }
    let what = match &item.flow {
        None => "没有运行流程图",
        Some(flow) if flow.draft => "运行流程图还是草稿，没有批准",
        Some(_) => return out.missed("有经批准的运行流程图"),
    };
    out.hit(hit(rule, facts, format!("“{}”已公布，{what}", item.name)));
}

/// C-03: the steps of the longest way together keep the promise.
fn steps_exceed_promise(rule: &Rule, facts: &ItemFacts, _: &Ground<'_>, out: &mut Outcome) {
    let item = &facts.item;
    let Some(chart) = &item.flow else {
        return out.missed("事项没有运行流程图，见无运行流程图规则");
    };
    let Some(longest) = flow::longest_limit(chart) else { return out.missed("流程图没有规定环节时限") };
    let Some(promise) = item.promise_limit.filter(|p| p.unit != LimitUnit::None) else {
        return out.missed("事项没有承诺时限");
    };
    if promise.unit != LimitUnit::WorkingDay {
        return out.undetermined("承诺时限不以工作日计，无法与环节时限之和比较");
    }
    if longest <= promise.value {
        return out.missed("环节时限之和不超过承诺时限");
    }
    let zh = format!("“{}”最长路径的环节时限之和为 {longest} 个工作日，超过承诺的 {}", item.name, days(promise));
    out.hit(hit(rule, facts, zh).value(i64::from(longest) - i64::from(promise.value)));
}

/// C-04: a licence rests on law (行政许可法 4; 优化营商环境条例 35).
fn no_basis(rule: &Rule, facts: &ItemFacts, _: &Ground<'_>, out: &mut Outcome) {
    if !facts.item.legal_basis.trim().is_empty() {
        return out.missed("有设定依据");
    }
    out.hit(hit(rule, facts, format!("“{}”没有设定依据", facts.item.name)));
}

/// C-05: the county's entry says something else than the province's.
fn differs_from_province(rule: &Rule, facts: &ItemFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some(province) = &facts.provincial else {
        return out.undetermined("没有导入省级事项目录，无法比对");
    };
    let item = &facts.item;
    let mut apart: Vec<String> = Vec::new();
    if item.name != province.name {
        apart.push(format!("名称为“{}”，省目录为“{}”", item.name, province.name));
    }
    if item.legal_limit != province.legal_limit {
        let say = |limit: Option<Limit>| limit.map_or_else(|| "无".to_owned(), days);
        apart.push(format!("法定时限为 {}，省目录为 {}", say(item.legal_limit), say(province.legal_limit)));
    }
    if item.is_fee != province.is_fee {
        let say = |fee: bool| if fee { "收费" } else { "不收费" };
        apart.push(format!("{}，省目录为{}", say(item.is_fee), say(province.is_fee)));
    }
    if apart.is_empty() {
        return out.missed("与省目录一致");
    }
    out.hit(hit(rule, facts, format!("与省目录不一致：{}", apart.join("；"))).count(apart.len()));
}

/// C-06: a fee rests on law (行政许可法 58).
fn fee_without_basis(rule: &Rule, facts: &ItemFacts, _: &Ground<'_>, out: &mut Outcome) {
    let item = &facts.item;
    if !item.is_fee {
        return out.missed("事项不收费");
    }
    if item.fees.is_empty() {
        return out.undetermined("事项收费，但目录没有列出收费项目，无法核对依据");
    }
    let bare: Vec<&str> = item.fees.iter().filter(|f| f.basis.trim().is_empty()).map(|f| f.name.as_str()).collect();
    if bare.is_empty() {
        return out.missed("收费项目都有依据");
    }
    let zh = format!("“{}”的收费项目“{}”没有依据", item.name, bare.join("”“"));
    out.hit(hit(rule, facts, zh).count(bare.len()));
}

/// C-07: "other materials" is not a material (优化营商环境条例 35).
fn catch_all_material(rule: &Rule, facts: &ItemFacts, _: &Ground<'_>, out: &mut Outcome) {
    let vague = ["其他材料", "其它材料", "其他相关材料", "其它相关材料", "其他有关材料", "要求的其他", "规定的其他"];
    let found = facts.item.materials.iter().find(|m| vague.iter().any(|v| m.name.contains(v)));
    let Some(one) = found else { return out.missed("材料名称都具体") };
    out.hit(hit(rule, facts, format!("“{}”的材料清单有兜底条款“{}”", facts.item.name, one.name)));
}

/// A change of an item's limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitChangeFacts {
    /// The department.
    pub department: String,
    /// The item.
    pub item: String,
    /// When it was changed.
    pub changed_at: Timestamp,
    /// The limit before.
    pub old: Limit,
    /// The limit after.
    pub new: Limit,
    /// Cases of the item that were open then.
    #[serde(default)]
    pub open: u64,
    /// Of these, already over the limit.
    #[serde(default)]
    pub overdue: u64,
}

impl Subject for LimitChangeFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("D-20", lengthened)];

    fn id(&self) -> String {
        format!("{}@{}", self.item, self.changed_at.rfc3339())
    }

    fn department(&self) -> &str {
        &self.department
    }

    fn item(&self) -> Option<&str> {
        Some(&self.item)
    }
}

/// D-20: a limit is made longer while cases are about to exceed it. Open cases keep the limit at their acceptance anyway.
fn lengthened(rule: &Rule, change: &LimitChangeFacts, _: &Ground<'_>, out: &mut Outcome) {
    let (old, new) = (natural_days(change.old), natural_days(change.new));
    let longer = if change.old.unit == change.new.unit {
        change.new.value > change.old.value
    } else {
        match old.zip(new) {
            Some((old, new)) => new > old,
            None => return out.undetermined("变更前后时限的单位不同，无法比较"),
        }
    };
    if !longer {
        return out.missed("时限没有延长");
    }
    if change.open == 0 && change.overdue == 0 {
        return out.missed("变更时没有在办或超期的办件");
    }
    let zh = format!(
        "{} 将时限由 {} 改为 {}，当时有 {} 件在办，其中 {} 件已超期",
        change.changed_at.date(),
        days(change.old),
        days(change.new),
        change.open,
        change.overdue
    );
    let value = i64::try_from(change.overdue).unwrap_or(i64::MAX);
    out.hit(Hit::new(rule.high(), ObjectKind::Item, change.id(), change.changed_at, zh).value(value));
}
