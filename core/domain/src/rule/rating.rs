//! Ratings (好差评). Handbook §7.3, §11.10.

use super::ground::{Ground, Said};
use super::subject::{Subject, SubjectRule};
use super::{Hit, Outcome, Rule, said};
use crate::Timestamp;
use crate::finding::ObjectKind;
use crate::share::{exceeds, percent};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From this satisfaction on a rating is bad: 4 不满意, 5 非常不满意.
const BAD: u8 = 4;

/// One rating and what was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingFacts {
    /// Its id.
    pub id: String,
    /// The department.
    pub department: String,
    /// The case.
    #[serde(default)]
    pub case_no: Option<String>,
    /// When it was given.
    pub rated_at: Timestamp,
    /// 1 非常满意 … 5 非常不满意
    pub satisfaction: u8,
    /// The applicant gave a name.
    #[serde(default)]
    pub named: bool,
    /// Found to be mistaken or malicious.
    #[serde(default)]
    pub dismissed_at: Option<Timestamp>,
    /// When the applicant was contacted to verify it.
    #[serde(default)]
    pub contacted_at: Option<Timestamp>,
    /// When it was put right.
    #[serde(default)]
    pub rectified_at: Option<Timestamp>,
    /// When the applicant was called back.
    #[serde(default)]
    pub called_back_at: Option<Timestamp>,
}

impl Subject for RatingFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] =
        &[("E-01", not_contacted), ("E-02", not_rectified), ("E-03", not_called_back)];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }

    fn case_no(&self) -> Option<&str> {
        self.case_no.as_deref()
    }
}

/// Something about a bad rating is to be done within so many working days.
fn due(
    rule: &Rule,
    one: &RatingFacts,
    ground: &Ground<'_>,
    (since, what, done): (Timestamp, &str, Option<Timestamp>),
    out: &mut Outcome,
) {
    let days = rule.param("days");
    let settled = [done, one.dismissed_at].into_iter().flatten().min();
    let terms = Said { kept: "已按期办理", pending: "期限未满" };
    let Some((from, used)) = ground.overdue(since, days, settled, &terms, out) else { return };
    let zh = format!(
        "差评 {} 自 {} 起应在 {days} 个工作日内{what}，{}，已用 {used} 个工作日",
        one.id,
        since.date(),
        settled.map_or_else(|| "至今没有".to_owned(), |t| format!("{} 才办理", t.date()))
    );
    let hit = Hit::new(rule.high(), ObjectKind::Rating, one.id(), from, zh);
    out.hit(hit.value(used).read([("since", since.rfc3339()), ("done_at", said(settled))]).ongoing(settled.is_none()));
}

/// E-01: who gives a bad rating is contacted within a working day.
fn not_contacted(rule: &Rule, one: &RatingFacts, ground: &Ground<'_>, out: &mut Outcome) {
    if one.satisfaction < BAD {
        return out.missed("不是差评");
    }
    due(rule, one, ground, (one.rated_at, "联系核实", one.contacted_at), out);
}

/// E-02: what was bad is put right.
fn not_rectified(rule: &Rule, one: &RatingFacts, ground: &Ground<'_>, out: &mut Outcome) {
    if one.satisfaction < BAD {
        return out.missed("不是差评");
    }
    due(rule, one, ground, (one.rated_at, "整改", one.rectified_at), out);
}

/// E-03: who gave a name is called back once it is put right.
fn not_called_back(rule: &Rule, one: &RatingFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(rectified) = one.rectified_at.filter(|_| one.satisfaction >= BAD && one.named) else {
        return out.missed("不是已整改的实名差评");
    };
    due(rule, one, ground, (rectified, "回访", one.called_back_at), out);
}

/// A department's ratings of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingPeriodFacts {
    /// The department.
    pub department: String,
    /// Last day of the period.
    pub until: NaiveDate,
    /// All ratings.
    pub ratings: u64,
    /// Of these, given by the system by default.
    #[serde(default)]
    pub by_default: u64,
    /// Of those given by people, the good ones (1–3).
    #[serde(default)]
    pub active_good: u64,
    /// Complaints of the same period that were found true.
    #[serde(default)]
    pub complaints: u64,
    /// Sample checks and call-backs of the same period that disagree with a good rating.
    #[serde(default)]
    pub disagreeing: u64,
}

impl Subject for RatingPeriodFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("E-04", mostly_default), ("E-06", implausible)];

    fn id(&self) -> String {
        format!("{}/{}", self.department, self.until)
    }

    fn department(&self) -> &str {
        &self.department
    }
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// E-04: hardly anybody rates, the system does.
fn mostly_default(rule: &Rule, period: &RatingPeriodFacts, _: &Ground<'_>, out: &mut Outcome) {
    if whole(period.ratings) < rule.param("min_ratings") {
        return out.missed("评价太少，不足以判断");
    }
    if !exceeds(period.by_default, period.ratings, rule.param("percent")) {
        return out.missed("默认评价的占比正常");
    }
    let share = percent(period.by_default, period.ratings);
    let zh = format!("{} 条评价中有 {} 条是系统默认评价，占 {share}%", period.ratings, period.by_default);
    let at = Timestamp::end_of(period.until);
    out.hit(Hit::new(rule.low(), ObjectKind::Department, period.id(), at, zh).value(share));
}

/// E-06: everybody is content, and complaints and samples say otherwise.
fn implausible(rule: &Rule, period: &RatingPeriodFacts, _: &Ground<'_>, out: &mut Outcome) {
    let active = period.ratings.saturating_sub(period.by_default);
    if whole(active) < rule.param("min_ratings") {
        return out.missed("主动评价太少，不足以判断");
    }
    if whole(period.active_good).saturating_mul(1000) < rule.param("permille").saturating_mul(whole(active)) {
        return out.missed("好评率可信");
    }
    if period.complaints == 0 && period.disagreeing == 0 {
        return out.missed("没有与好评相反的投诉或抽查");
    }
    let zh = format!(
        "{active} 条主动评价中有 {} 条好评，而同期有查实的投诉 {} 件、与好评不符的抽查回访 {} 件",
        period.active_good, period.complaints, period.disagreeing
    );
    let at = Timestamp::end_of(period.until);
    out.hit(Hit::new(rule.low(), ObjectKind::Department, period.id(), at, zh).value(whole(active)));
}

/// The ratings given at one window, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingBurstFacts {
    /// The department.
    pub department: String,
    /// The window.
    pub window: String,
    /// Ratings by people, not by default.
    pub ratings: Vec<Stamp>,
}

/// When and from which device a rating was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// From which device; nothing where it is not known.
    #[serde(default)]
    pub device: Option<String>,
}

impl Subject for RatingBurstFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("E-05", stuffed)];

    fn id(&self) -> String {
        self.window.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// E-05: two ratings from one device in the same second, or too many from one window in a few minutes.
fn stuffed(rule: &Rule, facts: &RatingBurstFacts, _: &Ground<'_>, out: &mut Outcome) {
    let mut times: Vec<Timestamp> = facts.ratings.iter().map(|r| r.at).collect();
    times.sort_unstable();
    let count = usize::try_from(rule.param("count")).unwrap_or(usize::MAX).max(2);
    let span = rule.param("minutes").saturating_mul(60_000);
    let full = times.windows(count).find(|w| w.first().zip(w.last()).is_some_and(|(a, b)| b.0 - a.0 <= span));
    let mut seen: BTreeMap<(&str, i64), Timestamp> = BTreeMap::new();
    let mut twice = None;
    for rating in &facts.ratings {
        let Some(device) = rating.device.as_deref() else { continue };
        if seen.insert((device, rating.at.0.div_euclid(1000)), rating.at).is_some() {
            twice = Some((device, rating.at));
            break;
        }
    }
    let (at, zh) = match (twice, full.and_then(|w| w.last().copied())) {
        (Some((device, at)), _) => {
            (at, format!("窗口“{}”的设备 {device} 在同一秒给出两次以上评价（{at}）", facts.window))
        }
        (None, Some(at)) => {
            (at, format!("窗口“{}”在 {} 分钟内给出 {count} 次以上评价，至 {at}", facts.window, rule.param("minutes")))
        }
        (None, None) => return out.missed("没有刷评迹象"),
    };
    let id = format!("{}@{}", facts.window, at.date());
    out.hit(Hit::new(rule.high(), ObjectKind::Department, id, at, zh).count(times.len()));
}
