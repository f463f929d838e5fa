//! Complaints, enquiries, and how departments answer supervision (投诉咨询与监察反馈). Handbook §7, §11.9.

use super::ground::{Ground, Said};
use super::subject::{Subject, SubjectRule};
use super::{Hit, Outcome, Rule, said};
use crate::Timestamp;
use crate::finding::{Level, ObjectKind};
use crate::time::DAY_MS;
use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;

/// How a complaint went so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintFacts {
    /// Its number.
    pub no: String,
    /// The department it was given to.
    pub department: String,
    /// When it came in.
    pub registered_at: Timestamp,
    /// When it was decided whether to take it up: accepted, rejected, or routed elsewhere.
    #[serde(default)]
    pub screened_at: Option<Timestamp>,
    /// When it was taken up; the handling time begins here.
    #[serde(default)]
    pub accepted_at: Option<Timestamp>,
    /// Working days for the handling, where the source sets them (a hotline); nothing: the rule's own number.
    #[serde(default)]
    pub limit_days: Option<u32>,
    /// Working days by which the handling was lawfully extended.
    #[serde(default)]
    pub extended_days: u32,
    /// When the department received it from elsewhere.
    #[serde(default)]
    pub assigned_at: Option<Timestamp>,
    /// When the department sent it back as wrongly routed.
    #[serde(default)]
    pub routed_back_at: Option<Timestamp>,
    /// When it was answered and closed.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// Nobody can be called back: anonymous.
    #[serde(default)]
    pub anonymous: bool,
    /// When the complainant was called back.
    #[serde(default)]
    pub called_back_at: Option<Timestamp>,
    /// Whether the complainant says to have been contacted at all.
    #[serde(default)]
    pub was_contacted: Option<bool>,
    /// Whether the complainant says it was solved as the reply claims.
    #[serde(default)]
    pub solved_as_stated: Option<bool>,
}

impl Subject for ComplaintFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[
        ("K-01", not_screened),
        ("K-02", handling_late),
        ("K-04", routed_back_late),
        ("K-05", not_called_back),
        ("K-07", closed_falsely),
    ];

    fn id(&self) -> String {
        self.no.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

fn on_complaint(level: Level, one: &ComplaintFacts, at: Timestamp, zh: String) -> Hit {
    Hit::new(level, ObjectKind::Complaint, one.id(), at, zh)
}

/// K-01: within five working days somebody decides whether to take it up.
fn not_screened(rule: &Rule, one: &ComplaintFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let days = rule.param("days");
    let more = u32::try_from(rule.param("yellow_over")).unwrap_or(0);
    let levels = [(1, rule.low()), (more.saturating_add(1), rule.high())];
    let done = [one.screened_at, one.accepted_at, one.closed_at].into_iter().flatten().min();
    let terms = Said { kept: "按期决定是否受理", pending: "受理期限未满" };
    let Some((level, from, used)) = ground.staged(one.registered_at, days, done, &levels, &terms, out) else { return };
    let zh = format!(
        "投诉 {} 于 {} 登记，应在 {days} 个工作日内决定是否受理，{}，已用 {used} 个工作日",
        one.no,
        one.registered_at.date(),
        done.map_or_else(|| "至今未决定".to_owned(), |t| format!("{} 才决定", t.date()))
    );
    let read = [("registered_at", one.registered_at.rfc3339()), ("screened_at", said(done))];
    out.hit(on_complaint(level, one, from, zh).value(used).read(read).ongoing(done.is_none()));
}

/// A reply is due: a warning while there is time, then over, then over by more.
struct Reply<'a> {
    what: &'a str,
    start: Timestamp,
    days: u32,
    done: Option<Timestamp>,
}

impl Reply<'_> {
    fn judge(&self, rule: &Rule, ground: &Ground<'_>, out: &mut Outcome) -> Option<(Level, Timestamp, i64, String)> {
        let red = u32::try_from(rule.param("red_over")).unwrap_or(0).saturating_add(1);
        let levels = [(1, rule.nth(1)), (red, rule.nth(2))];
        let left = u32::try_from(rule.param("pre_days")).unwrap_or(0);
        let over = match ground.over_from(self.start, self.days, 1) {
            Ok(over) => over,
            Err(missing) => {
                out.undetermined(missing);
                return None;
            }
        };
        if self.done.is_none() && ground.now < over {
            let near = match ground.near_from(self.start, self.days, left) {
                Ok(near) => near,
                Err(missing) => {
                    out.undetermined(missing);
                    return None;
                }
            };
            if ground.now < near {
                out.wake(near);
                out.missed("办理期限尚早");
                return None;
            }
            out.wake(over);
            let used = ground.used(self.start, ground.now).unwrap_or(0);
            let zh = format!(
                "{}自 {} 起应在 {} 个工作日内办结，已用 {used} 个工作日，即将到期",
                self.what,
                self.start.date(),
                self.days
            );
            return Some((rule.low(), near, i64::from(self.days) - used, zh));
        }
        let terms = Said { kept: "按期办结", pending: "办理期限未满" };
        let (level, from, used) = ground.staged(self.start, i64::from(self.days), self.done, &levels, &terms, out)?;
        let zh = format!(
            "{}自 {} 起应在 {} 个工作日内办结，{}，已用 {used} 个工作日",
            self.what,
            self.start.date(),
            self.days,
            self.done.map_or_else(|| "至今未办结".to_owned(), |t| format!("{} 才办结", t.date()))
        );
        Some((level, from, used - i64::from(self.days), zh))
    }
}

fn days_of(rule: &Rule, own: Option<u32>, extended: u32) -> u32 {
    own.unwrap_or_else(|| u32::try_from(rule.param("days")).unwrap_or(0)).saturating_add(extended)
}

/// K-02: a complaint is handled in time; before that it is said that time runs out.
fn handling_late(rule: &Rule, one: &ComplaintFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(start) = one.accepted_at else { return out.missed("投诉尚未受理") };
    let what = format!("投诉 {} ", one.no);
    let days = days_of(rule, one.limit_days, one.extended_days);
    // One that was sent back to where it came from is not handled here.
    let done = one.closed_at.or(one.routed_back_at);
    let Some((level, from, value, zh)) = (Reply { what: &what, start, days, done }).judge(rule, ground, out) else {
        return;
    };
    let read = [("accepted_at", start.rfc3339()), ("days", days.to_string()), ("closed_at", said(done))];
    out.hit(on_complaint(level, one, from, zh).value(value).read(read).ongoing(done.is_none()));
}

/// K-04: what is not one's own is sent back within a day.
fn routed_back_late(rule: &Rule, one: &ComplaintFacts, _: &Ground<'_>, out: &mut Outcome) {
    let (Some(assigned), Some(back)) = (one.assigned_at, one.routed_back_at) else { return out.missed("没有退单") };
    let most = rule.param("hours");
    if back.0 - assigned.0 <= most.saturating_mul(HOUR_MS) {
        return out.missed("按期退单");
    }
    let hours = (back.0 - assigned.0) / HOUR_MS;
    let zh = format!("投诉 {} 于 {assigned} 收到，{back} 才退回，相隔 {hours} 小时，超过 {most} 小时", one.no);
    out.hit(on_complaint(rule.low(), one, assigned.plus_ms(most.saturating_mul(HOUR_MS) + 1), zh).value(hours));
}

/// K-05: who complained is called back within three working days of the closing.
fn not_called_back(rule: &Rule, one: &ComplaintFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(closed) = one.closed_at.filter(|_| !one.anonymous) else {
        return out.missed("投诉未办结，或是匿名投诉");
    };
    let (days, done) = (rule.param("days"), one.called_back_at);
    let terms = Said { kept: "已回访", pending: "回访期限未满" };
    let Some((from, used)) = ground.overdue(closed, days, done, &terms, out) else { return };
    let zh = format!(
        "投诉 {} 于 {} 办结，应在 {days} 个工作日内回访，{}，已过 {used} 个工作日",
        one.no,
        closed.date(),
        done.map_or_else(|| "至今未回访".to_owned(), |t| format!("{} 才回访", t.date()))
    );
    let read = [("closed_at", closed.rfc3339()), ("called_back_at", said(done))];
    out.hit(on_complaint(rule.low(), one, from, zh).value(used).read(read).ongoing(done.is_none()));
}

/// K-07: the call-back finds that nobody was contacted, or that nothing was solved as stated.
fn closed_falsely(rule: &Rule, one: &ComplaintFacts, _: &Ground<'_>, out: &mut Outcome) {
    let Some(called) = one.called_back_at else { return out.missed("尚未回访") };
    let what = match (one.was_contacted, one.solved_as_stated) {
        (Some(false), _) => "承办单位没有与其联系",
        (_, Some(false)) => "问题没有如答复所说解决",
        (None, None) => return out.undetermined("回访没有记录是否联系、是否解决"),
        _ => return out.missed("回访与答复一致"),
    };
    let zh = format!("投诉 {} 已办结，{} 回访时投诉人反映{what}", one.no, called.date());
    out.hit(on_complaint(rule.high(), one, called, zh));
}

/// How an enquiry went so far. 咨询
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnquiryFacts {
    /// Its number.
    pub no: String,
    /// The department that is to answer.
    pub department: String,
    /// When it came in.
    pub received_at: Timestamp,
    /// Working days for the reply, where the source sets them; nothing: the rule's own number.
    #[serde(default)]
    pub limit_days: Option<u32>,
    /// When it was answered.
    #[serde(default)]
    pub replied_at: Option<Timestamp>,
}

impl Subject for EnquiryFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("K-03", reply_late)];

    fn id(&self) -> String {
        self.no.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// K-03: an enquiry is answered in time.
fn reply_late(rule: &Rule, one: &EnquiryFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let what = format!("咨询 {} ", one.no);
    let (start, done) = (one.received_at, one.replied_at);
    let days = days_of(rule, one.limit_days, 0);
    let Some((level, from, value, zh)) = (Reply { what: &what, start, days, done }).judge(rule, ground, out) else {
        return;
    };
    let read = [("received_at", start.rfc3339()), ("days", days.to_string()), ("replied_at", said(done))];
    let hit = Hit::new(level, ObjectKind::Enquiry, one.id(), from, zh);
    out.hit(hit.value(value).read(read).ongoing(done.is_none()));
}

/// Complaints about the same object: a department, a window, an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterFacts {
    /// The department.
    pub department: String,
    /// What they are about.
    pub object: String,
    /// When each came in.
    pub complaints: Vec<Timestamp>,
}

impl Subject for ClusterFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("K-06", clustered)];

    fn id(&self) -> String {
        self.object.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// K-06: several complaints about the same object within ninety days. One finding a cluster, at the complaint that completes
/// it; later ones do not make another.
fn clustered(rule: &Rule, facts: &ClusterFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let mut times: Vec<Timestamp> = facts.complaints.iter().copied().filter(|t| *t <= ground.now).collect();
    times.sort_unstable();
    let count = usize::try_from(rule.param("count")).unwrap_or(usize::MAX).max(1);
    let span = rule.param("days").saturating_mul(DAY_MS);
    let full = times.windows(count).find(|w| w.first().zip(w.last()).is_some_and(|(a, b)| b.0 - a.0 <= span));
    let Some((first, last)) = full.and_then(|w| w.first().copied().zip(w.last().copied())) else {
        return out.missed("没有集中投诉");
    };
    let days = rule.param("days");
    let zh = format!("自 {} 起 {days} 日内对“{}”的投诉达到 {count} 件", first.date(), facts.object);
    let id = format!("{}@{}", facts.object, first.date());
    out.hit(Hit::new(rule.low(), ObjectKind::Department, id, last, zh).count(times.len()));
}

/// A card and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardFacts {
    /// Its number.
    pub no: String,
    /// The department.
    pub department: String,
    /// The last instant for an answer; nothing where none is due.
    #[serde(default)]
    pub feedback_due: Option<Timestamp>,
    /// When the department answered or appealed.
    #[serde(default)]
    pub answered_at: Option<Timestamp>,
    /// When it was revoked or replaced by a higher one: nothing is to be answered any more.
    #[serde(default)]
    pub withdrawn_at: Option<Timestamp>,
}

impl From<&crate::card::Card> for CardFacts {
    /// A card that no longer counts waits for no answer; nor does one about a missing answer, or each would call for the next.
    fn from(card: &crate::card::Card) -> Self {
        Self {
            no: card.no.clone(),
            department: card.department.clone(),
            feedback_due: card.feedback_due.filter(|_| card.state.counts() && card.rule != "K-08"),
            answered_at: card.feedback_at,
            withdrawn_at: None,
        }
    }
}

impl Subject for CardFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("K-08", unanswered)];

    fn id(&self) -> String {
        self.no.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// K-08: a card is answered by its day.
fn unanswered(rule: &Rule, card: &CardFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let Some(due) = card.feedback_due else { return out.missed("该卡不需要反馈") };
    let done = [card.answered_at, card.withdrawn_at].into_iter().flatten().min();
    let over = due.plus_ms(1);
    if done.unwrap_or(ground.now) < over {
        if done.is_none() {
            out.wake(over);
        }
        return out.missed(if done.is_some() { "按期反馈" } else { "反馈期限未满" });
    }
    let late = ground.used(due, done.unwrap_or(ground.now)).unwrap_or(0);
    let zh = format!(
        "监察卡 {} 应于 {} 前反馈，{}，已超 {late} 个工作日",
        card.no,
        due.date(),
        done.map_or_else(|| "至今未反馈".to_owned(), |t| format!("{} 才反馈", t.date()))
    );
    let hit = Hit::new(rule.high(), ObjectKind::Card, card.id(), over, zh);
    out.hit(
        hit.value(late).read([("feedback_due", due.rfc3339()), ("answered_at", said(done))]).ongoing(done.is_none()),
    );
}

/// What a department or window did in a month, case by case: which ended with which card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreakFacts {
    /// The department.
    pub department: String,
    /// The window; nothing: the whole department.
    #[serde(default)]
    pub window: Option<String>,
    /// `2026-03`
    pub month: String,
    /// In the order in which they happened.
    pub cases: Vec<Streak>,
}

/// One case of the month and the card it was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Streak {
    /// The case.
    pub case_no: String,
    /// When it was warned, or finished without a card.
    pub at: Timestamp,
    /// The highest card; nothing: none.
    #[serde(default)]
    pub level: Option<Level>,
}

impl Subject for StreakFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("K-09", warned_repeatedly)];

    fn id(&self) -> String {
        let whole = format!("{}/{}", self.department, self.month);
        self.window.as_ref().map_or(whole.clone(), |w| format!("{whole}/{w}"))
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// K-09: three pre-warnings in a row in a month; a case without one, or with a worse card, ends the row.
fn warned_repeatedly(rule: &Rule, facts: &StreakFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let count = rule.param("count").max(1);
    let mut row: Vec<&Streak> = Vec::new();
    for one in facts.cases.iter().filter(|c| c.at <= ground.now) {
        if one.level != Some(Level::Prewarning) {
            row.clear();
            continue;
        }
        row.push(one);
        if i64::try_from(row.len()).unwrap_or(i64::MAX) == count {
            let names: Vec<&str> = row.iter().map(|c| c.case_no.as_str()).collect();
            let place = facts.window.as_deref().map_or_else(|| "本部门".to_owned(), |w| format!("窗口“{w}”"));
            let zh = format!("{place} {} 连续 {count} 次预警（{}）", facts.month, names.join("、"));
            return out.hit(Hit::new(rule.low(), ObjectKind::Department, facts.id(), one.at, zh).value(count));
        }
    }
    out.missed("当月没有连续预警");
}

/// A supervision order. 督办
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderFacts {
    /// Its number.
    pub no: String,
    /// The department it was given to.
    pub department: String,
    /// The last instant for a reply.
    pub due: Timestamp,
    /// When the department replied.
    #[serde(default)]
    pub replied_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub withdrawn_at: Option<Timestamp>,
}

impl Subject for OrderFacts {
    const RULES: &'static [(&'static str, SubjectRule<Self>)] = &[("K-10", order_overdue)];

    fn id(&self) -> String {
        self.no.clone()
    }

    fn department(&self) -> &str {
        &self.department
    }
}

/// K-10: a supervision order is done by its day.
fn order_overdue(rule: &Rule, order: &OrderFacts, ground: &Ground<'_>, out: &mut Outcome) {
    let done = [order.replied_at, order.withdrawn_at].into_iter().flatten().min();
    let over = order.due.plus_ms(1);
    if done.unwrap_or(ground.now) < over {
        if done.is_none() {
            out.wake(over);
        }
        return out.missed(if done.is_some() { "按期办结" } else { "督办期限未满" });
    }
    let late = ground.used(order.due, done.unwrap_or(ground.now)).unwrap_or(0);
    let zh = format!(
        "督办 {} 应于 {} 前办结，{}，已超 {late} 个工作日",
        order.no,
        order.due.date(),
        done.map_or_else(|| "至今未回复".to_owned(), |t| format!("{} 才回复", t.date()))
    );
    let hit = Hit::new(rule.high(), ObjectKind::Order, order.id(), over, zh);
    out.hit(hit.value(late).read([("due", order.due.rfc3339()), ("replied_at", said(done))]).ongoing(done.is_none()));
}
