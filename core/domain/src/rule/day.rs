//! Data quality seen over a day, a batch, a series or a period (按日、批次、统计期的数据质量). Handbook §11.5.

use super::ground::Ground;
use super::subject::{Subject, SubjectRule};
use super::{Hit, Outcome, Rule};
use crate::Timestamp;
use crate::finding::ObjectKind;
use crate::share::{exceeds, percent};
use crate::time::DAY_MS;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

macro_rules! of_department {
    ($facts:ty, [$($rule:literal => $run:expr),*], |$f:ident| $id:expr) => {
        impl Subject for $facts {
            const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[$(($rule, $run)),*];

            fn id(&self) -> String {
                let $f = self;
                $id
            }

            fn department(&self) -> &str {
                &self.department
            }
        }
    };
}

/// What a department's source sent on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DayFacts {
    /// The department.
    pub department: String,
    /// The day of receipt.
    pub date: NaiveDate,
    /// Records that came.
    #[serde(default)]
    pub records: u64,
    /// Rejected.
    #[serde(default)]
    pub rejected: u64,
    /// Accepted, but later than agreed.
    #[serde(default)]
    pub late: u64,
    /// Rejected because a check character does not fit (E008).
    #[serde(default)]
    pub checksum_errors: u64,
    /// Values that are in no code table, by field (E003).
    #[serde(default)]
    pub unknown_codes: BTreeMap<String, Vec<String>>,
}

of_department!(
    DayFacts,
    ["D-02" => many_late, "D-10" => rejected, "D-11" => checksum, "D-16" => code_drift],
    |f| f.date.to_string()
);

fn on_day(rule: &Rule, day: &DayFacts, zh: String) -> Hit {
    Hit::new(rule.low(), ObjectKind::Record, day.id(), Timestamp::start_of(day.date), zh)
}

/// D-02, over a day: more than so many of its records came late. A single late record is judged with its case.
fn many_late(rule: &Rule, day: &DayFacts, _: &Ground<'_>, out: &mut Outcome) {
    let share = percent(day.late, day.records);
    if !exceeds(day.late, day.records, rule.param("day_percent")) {
        return out.missed("当日迟报的记录没有超过规定比例");
    }
    let zh = format!("{} 收到 {} 条记录，其中 {} 条超过约定时效，占 {share}%", day.date, day.records, day.late);
    out.hit(Hit { level: rule.high(), ..on_day(rule, day, zh) }.value(share));
}

/// D-10: records were rejected.
fn rejected(rule: &Rule, day: &DayFacts, _: &Ground<'_>, out: &mut Outcome) {
    if day.rejected == 0 {
        return out.missed("当日没有被退回的记录");
    }
    let zh = format!(
        "{} 有 {} 条记录因缺项、格式或代码错误被退回（共 {} 条），详见隔离区",
        day.date, day.rejected, day.records
    );
    out.hit(on_day(rule, day, zh).value(whole(day.rejected)));
}

/// D-11: numbers whose check character does not fit (GB 32100, GB 11643, GB/T 2260).
fn checksum(rule: &Rule, day: &DayFacts, _: &Ground<'_>, out: &mut Outcome) {
    if day.checksum_errors == 0 {
        return out.missed("当日没有校验不通过的号码");
    }
    let zh = format!("{} 有 {} 条记录的证件或代码校验位不符", day.date, day.checksum_errors);
    out.hit(on_day(rule, day, zh).value(whole(day.checksum_errors)));
}

/// D-16: values nobody mapped: the source changed its codes.
fn code_drift(rule: &Rule, day: &DayFacts, _: &Ground<'_>, out: &mut Outcome) {
    if day.unknown_codes.values().all(Vec::is_empty) {
        return out.missed("当日没有未知的代码值");
    }
    let said: Vec<String> =
        day.unknown_codes.iter().map(|(field, values)| format!("{field}：{}", values.join("、"))).collect();
    let n = day.unknown_codes.values().map(Vec::len).sum();
    let zh = format!("{} 出现没有映射的代码值（{}），请更新连接器设置", day.date, said.join("；"));
    out.hit(on_day(rule, day, zh).count(n));
}

/// A batch that arrived at once, and the whole lives of cases in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchFacts {
    /// The department.
    pub department: String,
    /// The batch's number.
    pub batch: String,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Cases that were first seen in it and are finished in it.
    pub lives: Vec<Life>,
}

/// The life of one case in a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// Its number.
    pub case_no: String,
    /// Its first business time.
    pub began: Timestamp,
    /// When it was finished.
    pub finished: Timestamp,
}

of_department!(BatchFacts, ["D-03" => burst], |f| f.batch.clone());

/// D-03: many cases that lasted for days are reported at one stroke.
fn burst(rule: &Rule, batch: &BatchFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let mut long = 0usize;
    for life in &batch.lives {
        match ground.used(life.began, life.finished) {
            Ok(days) => long += usize::from(days > rule.param("span_days")),
            Err(missing) => return out.undetermined(missing),
        }
    }
    if i64::try_from(long).unwrap_or(i64::MAX) < rule.param("cases") {
        return out.missed("没有成批补报完整的办件");
    }
    let zh = format!(
        "{} 的一个批次中有 {long} 件办件从头到尾一次报来，而办理都超过 {} 个工作日",
        batch.received_at,
        rule.param("span_days")
    );
    out.hit(Hit::new(rule.high(), ObjectKind::Record, batch.id(), batch.received_at, zh).count(long));
}

/// A department's numbers of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodFacts {
    /// The department.
    pub department: String,
    /// Last day of the period.
    pub until: NaiveDate,
    /// Cases finished that are not done on the spot.
    #[serde(default)]
    pub cases: u64,
    /// Of these, cases whose steps have identical times (D-04).
    #[serde(default)]
    pub identical: u64,
    /// Business times reported.
    #[serde(default)]
    pub times: u64,
    /// Of these, on the whole hour.
    #[serde(default)]
    pub whole_hours: u64,
    /// Of these, on the most frequent second of the day.
    #[serde(default)]
    pub same_second: u64,
    /// Opinions written in steps.
    #[serde(default)]
    pub opinions: u64,
    /// Of these, the most frequent one.
    #[serde(default)]
    pub same_opinion: u64,
    /// What it says.
    #[serde(default)]
    pub opinion: String,
}

of_department!(
    PeriodFacts,
    ["D-04" => often_identical, "D-05" => time_pattern, "D-07" => boilerplate],
    |f| format!("{}/{}", f.department, f.until)
);

fn in_period(rule: &Rule, period: &PeriodFacts, zh: String) -> Hit {
    Hit::new(rule.high(), ObjectKind::Department, period.id(), Timestamp::end_of(period.until), zh)
}

/// D-04, over a period: identical step times are the rule, not the exception.
fn often_identical(rule: &Rule, period: &PeriodFacts, _: &Ground<'_>, out: &mut Outcome) {
    if !exceeds(period.identical, period.cases, rule.param("percent")) {
        return out.missed("环节时间雷同的办件没有超过规定比例");
    }
    let share = percent(period.identical, period.cases);
    let zh = format!("{} 件办件中有 {} 件的环节时间雷同，占 {share}%", period.cases, period.identical);
    out.hit(in_period(rule, period, zh).value(share));
}

/// D-05: times cluster as nobody's work does.
fn time_pattern(rule: &Rule, period: &PeriodFacts, _: &Ground<'_>, out: &mut Outcome) {
    if whole(period.times) < rule.param("min_times") {
        return out.missed("时间太少，不足以判断");
    }
    let (n, what) = if period.whole_hours >= period.same_second {
        (period.whole_hours, "落在整点")
    } else {
        (period.same_second, "落在同一秒")
    };
    if !exceeds(n, period.times, rule.param("percent")) {
        return out.missed("时间分布正常");
    }
    let share = percent(n, period.times);
    let zh = format!("{} 个业务时间中有 {n} 个{what}，占 {share}%", period.times);
    out.hit(in_period(rule, period, zh).value(share));
}

/// D-07: nearly every opinion is the same.
fn boilerplate(rule: &Rule, period: &PeriodFacts, _: &Ground<'_>, out: &mut Outcome) {
    if whole(period.opinions) < rule.param("min_opinions") {
        return out.missed("意见太少，不足以判断");
    }
    if !exceeds(period.same_opinion, period.opinions, rule.param("percent")) {
        return out.missed("办理意见各不相同");
    }
    let share = percent(period.same_opinion, period.opinions);
    let zh = format!("{} 条办理意见中有 {share}% 都是“{}”", period.opinions, period.opinion);
    out.hit(in_period(rule, period, zh).value(share));
}

/// The numbers of a series of certificates or documents that were seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesFacts {
    /// The department.
    pub department: String,
    /// What is numbered, e.g. `受理通知书 2026`.
    pub series: String,
    /// The numbers seen.
    pub numbers: Vec<u64>,
    /// When the last one was seen.
    pub seen_at: Timestamp,
}

of_department!(SeriesFacts, ["D-13" => gaps], |f| f.series.clone());

/// D-13: numbers are missing in a series, as if cases had been handled elsewhere.
fn gaps(rule: &Rule, series: &SeriesFacts, _: &Ground<'_>, out: &mut Outcome) {
    let seen: std::collections::BTreeSet<u64> = series.numbers.iter().copied().collect();
    let mut gaps: Vec<String> = Vec::new();
    let mut n = 0u64;
    for (a, b) in seen.iter().zip(seen.iter().skip(1)) {
        let missing = b - a - 1;
        if missing > 0 {
            n = n.saturating_add(missing);
            gaps.push(if missing == 1 { (a + 1).to_string() } else { format!("{}–{}", a + 1, b - 1) });
        }
    }
    if gaps.is_empty() {
        return out.missed("号段连续");
    }
    let zh = format!("“{}”缺少编号 {}，共 {n} 个", series.series, gaps.join("、"));
    out.hit(Hit::new(rule.low(), ObjectKind::Department, series.id(), series.seen_at, zh).value(whole(n)));
}

/// How many cases a department had on the last working days, and how many it usually has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolumeFacts {
    /// The department.
    pub department: String,
    /// Cases on an ordinary working day.
    pub expected: u64,
    /// The last days, in order.
    pub days: Vec<VolumeDay>,
}

/// One day's cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolumeDay {
    /// The day.
    pub date: NaiveDate,
    /// Cases that began.
    pub cases: u64,
}

of_department!(VolumeFacts, ["D-14" => zero_volume], |f| {
    let since = f.days.iter().rev().take_while(|d| d.cases == 0).last();
    format!("{}/{}", f.department, since.map(|d| d.date.to_string()).unwrap_or_default())
});

/// D-14: nothing comes from a department that always has something. Days off do not count.
fn zero_volume(rule: &Rule, volume: &VolumeFacts, ground: &Ground<'_>, out: &mut Outcome) {
    if whole(volume.expected) < rule.param("per_day") {
        return out.missed("平日办件本来就少");
    }
    let mut empty: Vec<NaiveDate> = Vec::new();
    for day in volume.days.iter().rev() {
        match ground.calendar.is_working_day(day.date) {
            Ok(true) if day.cases == 0 => empty.push(day.date),
            Ok(true) => break,
            Ok(false) => {}
            Err(missing) => return out.undetermined(missing),
        }
    }
    let n = i64::try_from(empty.len()).unwrap_or(i64::MAX);
    let (true, Some(last), Some(first)) = (n >= rule.param("days"), empty.first(), empty.last()) else {
        return out.missed("最近的工作日有办件");
    };
    let zh = format!("平日每天约 {} 件，自 {first} 起已 {n} 个工作日没有一件", volume.expected);
    let at = Timestamp::end_of(*last);
    out.hit(Hit::new(rule.low(), ObjectKind::Department, volume.id(), at, zh).value(n));
}

/// What a source says it sent on a day, against what arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconciliationFacts {
    /// The department.
    pub department: String,
    /// The day.
    pub date: NaiveDate,
    /// Records by type as the source declares; nothing until its day is closed.
    #[serde(default)]
    pub declared: Option<BTreeMap<String, u64>>,
    /// Records by type as they arrived.
    #[serde(default)]
    pub arrived: BTreeMap<String, u64>,
    /// Whether the hashes agree, where the source gives one.
    #[serde(default)]
    pub hash_agrees: Option<bool>,
    /// When the two were compared first.
    pub compared_at: Timestamp,
}

of_department!(ReconciliationFacts, ["D-15" => mismatch], |f| format!("{}/{}", f.department, f.date));

/// D-15: the day does not agree; more serious when it still does not two days later.
fn mismatch(rule: &Rule, day: &ReconciliationFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(declared) = &day.declared else {
        return out.undetermined("来源没有报送该日的日结，无法对账");
    };
    let mut apart: Vec<String> = Vec::new();
    let types: std::collections::BTreeSet<&String> = declared.keys().chain(day.arrived.keys()).collect();
    for kind in types {
        let (said, got) = (declared.get(kind).copied().unwrap_or(0), day.arrived.get(kind).copied().unwrap_or(0));
        if said != got {
            let name = crate::record::RecordType::from_name(kind).map_or(kind.as_str(), |t| t.name_zh());
            apart.push(format!("{name}申报 {said}、收到 {got}"));
        }
    }
    if day.hash_agrees == Some(false) {
        apart.push("内容摘要不一致".to_owned());
    }
    if apart.is_empty() {
        return out.missed("与来源日结一致");
    }
    let serious = Timestamp::end_of(day.date).plus_ms(rule.param("yellow_days").saturating_mul(DAY_MS));
    let (level, at) =
        if ground.now >= serious { (rule.high(), serious.max(day.compared_at)) } else { (rule.low(), day.compared_at) };
    if ground.now < serious {
        out.wake(serious);
    }
    let zh = format!("{} 的日对账不符：{}", day.date, apart.join("；"));
    out.hit(Hit::new(level, ObjectKind::Department, day.id(), at, zh).count(apart.len()).ongoing(true));
}
