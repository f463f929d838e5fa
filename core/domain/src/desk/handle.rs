//! The acts of the desk: what each demands, what it changes, what it reports and which papers it makes.

use super::act::{Context, DeskAct, Outcome};
use super::record::Says;
use super::{
    AskKind, DeskActor, DeskCase, DeskError, DeskRecord, DeskState, Draw, JointRequest, MARKS, MaterialState,
    PaperDraft, PaperFacts, PaperKind, Series,
};
use crate::Timestamp;
use crate::code::table;
use crate::item::{Limit, LimitUnit};
use crate::procedure::Done;
use crate::record::{Field, RecordType};
use chrono::NaiveDate;
use serde_json::Value;

/// One act at work.
pub(super) struct Work<'a> {
    pub(super) case: DeskCase,
    pub(super) by: DeskActor<'a>,
    pub(super) ctx: &'a Context<'a>,
    records: Vec<DeskRecord>,
    papers: Vec<PaperDraft>,
    draws: Vec<Draw>,
    void: Option<(String, String)>,
}

/// An opinion as the history tells it.
pub(super) fn answered(opinion: &str, agrees: bool) -> String {
    format!("{}：{opinion}", if agrees { "同意" } else { "不同意" })
}

pub(super) fn full(name: &str, text: &str, most: usize) -> Result<String, DeskError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DeskError::Words(format!("请填写{name}")));
    }
    bounded(name, text, most)
}

pub(super) fn bounded(name: &str, text: &str, most: usize) -> Result<String, DeskError> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(DeskError::Words(format!("{name}超过 {most} 个字")));
    }
    if text.contains(MARKS) || text.contains('\0') {
        return Err(DeskError::Words(format!("{name}中有不能使用的字符")));
    }
    Ok(text.to_owned())
}

pub(super) fn maybe(name: &str, text: Option<&String>, most: usize) -> Result<Option<String>, DeskError> {
    let text = bounded(name, text.map_or("", String::as_str), most)?;
    Ok((!text.is_empty()).then_some(text))
}

pub(super) fn code(name: &str, which: &str, value: &str) -> Result<(), DeskError> {
    if table(which).is_some_and(|t| t.contains_key(value)) {
        return Ok(());
    }
    Err(DeskError::Words(format!("{name}“{value}”不在代码表 {which} 中")))
}

/// A limit in words.
fn limit_zh(limit: Option<Limit>) -> Option<String> {
    let limit = limit?;
    let unit = match limit.unit {
        LimitUnit::WorkingDay => "个工作日",
        LimitUnit::NaturalDay => "日",
        LimitUnit::WorkingHour => "个工作小时",
        LimitUnit::NaturalHour => "小时",
        LimitUnit::Month => "个月",
        LimitUnit::Year => "年",
        LimitUnit::None => return None,
    };
    Some(format!("{} {unit}", limit.value))
}

impl DeskCase {
    /// Does something with the case. The case itself is not changed: what it becomes is in the outcome.
    ///
    /// # Errors
    /// Why it is not possible.
    pub fn act(&self, act: &DeskAct, by: DeskActor<'_>, ctx: &Context<'_>) -> Result<Outcome, DeskError> {
        let mut work = Work::new(self.clone(), by, ctx);
        let other = !matches!(act, DeskAct::Answer { .. }) && by.department != self.department;
        if other {
            return Err(DeskError::Joint("本件由其他部门办理；会办部门只能提出意见".to_owned()));
        }
        if self.part.is_some() && !matches!(act, DeskAct::HandOver { .. }) {
            return Err(DeskError::Joint("协办件只能提出意见或移交".to_owned()));
        }
        let text = work.handle(act)?;
        Ok(work.done(act.word(), &text))
    }
}

impl<'a> Work<'a> {
    pub(super) fn new(case: DeskCase, by: DeskActor<'a>, ctx: &'a Context<'a>) -> Self {
        Self { case, by, ctx, records: Vec::new(), papers: Vec::new(), draws: Vec::new(), void: None }
    }

    pub(super) fn done(mut self, act: &str, text: &str) -> Outcome {
        self.case.history.push(Done {
            act: act.to_owned(),
            by: self.by.user.to_owned(),
            at: self.ctx.now,
            text: text.to_owned(),
        });
        Outcome { case: self.case, records: self.records, papers: self.papers, draws: self.draws, void: self.void }
    }

    /// A number that is drawn when the act is kept.
    pub(super) fn draw(&mut self, series: Series) -> String {
        let [begin, end] = MARKS;
        // Of its department, so that acts of several departments may be kept together.
        let mark = format!("{begin}{}/{}{end}", self.case.department, self.draws.len());
        self.draws.push(Draw { mark: mark.clone(), series });
        mark
    }

    /// Reports something. `part` distinguishes what can happen more than once; `at` is its business time, which a record that is told
    /// again keeps.
    pub(super) fn tell(&mut self, kind: RecordType, part: &str, at: Timestamp, says: Says) {
        let source_key = format!("{}{part}", self.case.no);
        let version = self.case.versions.entry(format!("{kind}{part}")).or_default();
        *version += 1;
        let mut object = says.0;
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("type", kind.as_str().into());
        put("case_no", self.case.no.clone().into());
        put("source_key", source_key.clone().into());
        put("data_version", (*version).into());
        put("event_time", at.rfc3339().into());
        // A part has the item of another department, which only its application may name.
        if kind.opens_case() && (kind == RecordType::Apply || self.case.part.is_none()) {
            put("item_code", self.case.item.code.clone().into());
        }
        self.records.push(DeskRecord { kind, source_key, data_version: *version, object });
    }

    pub(super) fn facts(&self) -> PaperFacts {
        let one = &self.case;
        let named = |state: MaterialState| {
            one.materials.iter().filter(move |m| m.state == state).map(|m| m.name.clone()).collect::<Vec<_>>()
        };
        PaperFacts {
            case_no: one.no.clone(),
            department: one.department.clone(),
            licence: one.item.task_type == "01",
            item_code: one.item.code.clone(),
            item_name: one.item.name.clone(),
            legal_basis: one.item.legal_basis.clone(),
            applicant: one.applicant.name.clone(),
            agent: one.applicant.agent.as_ref().map(|a| a.name.clone()),
            window: one.window.clone(),
            queue_no: one.queue_no.clone(),
            made_at: self.ctx.now,
            made_by: self.by.user.to_owned(),
            received_at: Some(one.received_at),
            accepted_at: one.accepted_at,
            materials: named(MaterialState::Received),
            missing: named(MaterialState::Missing),
            promise: limit_zh(one.item.promise_limit),
            legal: limit_zh(one.item.legal_limit),
            ..PaperFacts::default()
        }
    }

    pub(super) fn paper(&mut self, kind: PaperKind, no: &str, facts: PaperFacts) {
        self.case.papers.push(no.to_owned());
        self.papers.push(PaperDraft { kind, facts: PaperFacts { no: no.to_owned(), ..facts } });
    }

    /// A paper that does not hold any more.
    pub(super) fn void(&mut self, no: &str, reason: &str) {
        self.void = (!no.is_empty()).then(|| (no.to_owned(), reason.to_owned()));
    }

    pub(super) fn from(&self, states: &[DeskState], act: &'static str) -> Result<(), DeskError> {
        if states.contains(&self.case.state) { Ok(()) } else { Err(DeskError::State(self.case.state, act)) }
    }

    pub(super) fn later(&self, name: &str, date: NaiveDate) -> Result<NaiveDate, DeskError> {
        if date <= self.ctx.now.date() {
            return Err(DeskError::Date(format!("{name} {date} 应晚于今天")));
        }
        Ok(date)
    }

    pub(super) fn in_days(&self, days: u32) -> Result<NaiveDate, DeskError> {
        let today = self.ctx.now.date();
        self.ctx.calendar.nth_working_day_after(today, days).map_err(|e| DeskError::Date(e.to_string()))
    }

    pub(super) fn remedies(&self, text: &str) -> Result<String, DeskError> {
        full("救济途径", if text.trim().is_empty() { self.ctx.remedies } else { text }, 1000)
    }

    pub(super) fn handle(&mut self, act: &DeskAct) -> Result<String, DeskError> {
        use DeskState as S;
        let open = [S::Received, S::Correcting, S::Processing, S::Special, S::Forwarded, S::Decided];
        let going = [S::Processing, S::Special];
        match act {
            DeskAct::Materials { materials } => {
                self.from(&[S::Received, S::Processing, S::Special], "登记材料")?;
                if materials.is_empty() {
                    return Err(DeskError::Words("没有选择任何材料".to_owned()));
                }
                self.tick(materials)?;
                Ok(materials.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join("、"))
            }
            DeskAct::Correct { items, due } => self.correct(items, *due),
            DeskAct::Corrected { materials } => {
                self.from(&[S::Correcting], "登记补正")?;
                self.tick(materials)?;
                self.case.state = S::Received;
                if let Some(correction) = &mut self.case.correction {
                    correction.received_at = Some(self.ctx.now);
                }
                let says = Says::default().text(Field::Staff, self.by.user);
                self.tell(RecordType::CorrectionIn, "/correction", self.ctx.now, says);
                Ok(String::new())
            }
            DeskAct::Lapse => {
                self.from(&[S::Correcting], "以补正逾期办结")?;
                let due = self.case.correction.as_ref().map_or(self.ctx.now.date(), |c| c.due);
                if self.ctx.now.date() <= due {
                    return Err(DeskError::Date(format!("补正期限到 {due}，期满前不能办结")));
                }
                let reason = format!("申请人未在 {due} 前补正");
                self.finish((S::Lapsed, "correction_lapsed"), &reason);
                Ok(reason)
            }
            DeskAct::Accept { tolerance_due, promised, to } => self.accept(*tolerance_due, *promised, to),
            DeskAct::Reject { reason, remedies } => {
                self.from(&[S::Received], "不予受理")?;
                let (reason, remedies) = (full("不予受理的理由", reason, 2000)?, self.remedies(remedies)?);
                if reason.chars().count() < 10 {
                    return Err(DeskError::Words("不予受理的理由应写清楚（至少 10 个字）".to_owned()));
                }
                let doc = self.draw(Series::Paper(PaperKind::Rejection));
                let says = Says::default()
                    .text(Field::Reason, &reason)
                    .text(Field::Remedies, &remedies)
                    .text(Field::DocNo, &doc)
                    .text(Field::Staff, self.by.user);
                self.tell(RecordType::Reject, "", self.ctx.now, says);
                let facts = PaperFacts { reason: reason.clone(), remedies, ..self.facts() };
                self.paper(PaperKind::Rejection, &doc, facts);
                self.case.state = S::Rejected;
                self.case.closed_at = Some(self.ctx.now);
                Ok(reason)
            }
            DeskAct::Pass { step, opinion, with, to } => {
                self.from(&[S::Processing, S::Special, S::Decided], "办理环节")?;
                let opinion = full("办理意见", opinion, 2000)?;
                self.pass(*step, &opinion, with, to)?;
                Ok(opinion)
            }
            DeskAct::Return { step, opinion, with, to } => {
                self.from(&going, "退回环节")?;
                let opinion = full("退回的理由", opinion, 2000)?;
                self.send_back(*step, &opinion, with, to)?;
                Ok(opinion)
            }
            DeskAct::Begin { node } => {
                self.from(&[S::Processing, S::Special, S::Decided], "开始环节")?;
                self.begin_step(node)?;
                Ok(node.clone())
            }
            DeskAct::Ask { department, content, reply_by } => {
                self.from(&going, "请其他部门会办")?;
                let content = full("会办内容", content, 2000)?;
                if *department == self.case.department {
                    return Err(DeskError::Joint("会办部门应是其他部门".to_owned()));
                }
                let reply_by = self.later("答复期限", *reply_by)?;
                let key = next_key(self.case.joint.len());
                self.case.joint.push(JointRequest {
                    key,
                    department: department.clone(),
                    name: self.ctx.asked.to_owned(),
                    content: content.clone(),
                    asked_at: self.ctx.now,
                    asked_by: self.by.user.to_owned(),
                    reply_by,
                    opinion: None,
                    agrees: None,
                    answered: None,
                    taken_back: None,
                    part: None,
                });
                let asked = if self.ctx.asked.is_empty() { department } else { self.ctx.asked };
                Ok(format!("{asked}：{content}"))
            }
            DeskAct::Answer { key, opinion, agrees } => {
                self.from(&going, "提出会办意见")?;
                let opinion = full("会办意见", opinion, 2000)?;
                let (own, now, by) = (self.by.department, self.ctx.now, self.by.user);
                let mut waits = self.case.joint.iter_mut().filter(|j| j.department == own && j.waits());
                let one = match key {
                    Some(key) => waits.find(|j| j.key == *key),
                    None => waits.next().filter(|_| waits.next().is_none()),
                };
                let Some(one) = one else {
                    let which = key.map_or_else(|| "唯一一项".to_owned(), |key| format!("第 {key} 号"));
                    return Err(DeskError::Joint(format!("没有待本部门答复的{which}会办")));
                };
                one.opinion = Some(opinion.clone());
                one.agrees = Some(*agrees);
                one.answered = Some((by.to_owned(), now));
                Ok(answered(&opinion, *agrees))
            }
            DeskAct::UnaskJoint { key, reason } => self.unask_joint(*key, reason),
            DeskAct::UnaskApproval { key, reason } => self.unask_approval(*key, reason),
            DeskAct::AskSpecial { kind, basis, days } => self.ask_special(kind, basis, *days),
            DeskAct::AskExtension { days, reason } => {
                self.from(&going, "申请延长")?;
                let reason = full("延长的理由", reason, 2000)?;
                self.may_extend(*days)?;
                self.ask(AskKind::Extension, &reason, *days, None)
            }
            DeskAct::AskVoid { reason } => {
                self.from(&open, "申请作废")?;
                let reason = full("作废的理由", reason, 2000)?;
                self.ask(AskKind::Void, &reason, 0, None)
            }
            DeskAct::Allow { key, allowed, text, approver } => {
                self.from(&open, "审批")?;
                self.allow(*key, *allowed, text, approver.as_ref())
            }
            DeskAct::Notify { what } => self.notify(*what),
            DeskAct::EndSpecial { key, result } => {
                self.from(&[S::Special], "结束特别程序")?;
                let result = full("特别程序的结果", result, 1000)?;
                let open: Vec<u32> =
                    self.case.specials.iter().filter(|s| s.ended_at.is_none()).map(|s| s.key).collect();
                let key = match (key, open.as_slice()) {
                    (Some(key), _) if open.contains(key) => *key,
                    (None, [only]) => *only,
                    _ => return Err(DeskError::Special("没有指明正在进行的特别程序".to_owned())),
                };
                self.end_special(key, &result);
                if self.case.specials.iter().all(|s| s.ended_at.is_some()) {
                    self.case.state = S::Processing;
                }
                Ok(result)
            }
            DeskAct::RequestHearing => {
                self.from(&going, "登记听证申请")?;
                self.pending_hearing()?;
                self.begin_hearing(Some(self.ctx.now));
                Ok(String::new())
            }
            DeskAct::Hearing { on, time, place } => self.hearing((*on, *time), place),
            DeskAct::CancelHearing { reason } => self.cancel_hearing(reason),
            DeskAct::HoldHearing { minutes } => self.hold_hearing(minutes),
            DeskAct::ForwardUp { to_org, opinion } => {
                self.from(&going, "转报")?;
                let (to, opinion) = (full("转报单位", to_org, 200)?, full("初审意见", opinion, 2000)?);
                if self.case.item.handle_type != crate::item::HandleType::ForwardUp {
                    return Err(DeskError::Item("只有上报件可以转报".to_owned()));
                }
                self.settled()?;
                let says = Says::default().text(Field::ToOrg, &to).text(Field::Opinion, &opinion);
                self.tell(RecordType::ForwardUp, "", self.ctx.now, says.text(Field::Staff, self.by.user));
                self.case.forwarded = Some((to.clone(), self.ctx.now));
                self.case.state = S::Forwarded;
                Ok(format!("{to}：{opinion}"))
            }
            DeskAct::Decide { granted, reason, remedies, valid_from, valid_to } => {
                self.decide(*granted, (reason, remedies), (*valid_from, *valid_to))
            }
            DeskAct::Fee { item, amount, reduced, basis, bill_no } => {
                self.fee(item, (*amount, *reduced), basis, bill_no.as_ref())
            }
            DeskAct::CancelFee { key, reason } => self.cancel_fee(*key, reason),
            DeskAct::Paid { key, bill_no } => self.paid(*key, bill_no.as_ref()),
            DeskAct::Finish => self.end_case(),
            DeskAct::Deliver { mode, collector } => self.deliver(mode, collector),
            DeskAct::Withdraw { reason } => {
                self.from(&[S::Received, S::Correcting, S::Processing, S::Special], "撤回")?;
                let reason = full("撤回的理由", reason, 2000)?;
                self.break_off();
                self.finish((S::Withdrawn, "withdrawn"), &reason);
                Ok(reason)
            }
            DeskAct::Revoke { reason } => self.revoke(reason),
            DeskAct::HandOver { to, from, step, reason } => self.hand_over(to, from.as_deref(), *step, reason),
            DeskAct::Rate => {
                if !self.case.state.is_closed() || self.case.state == S::Voided {
                    return Err(DeskError::State(self.case.state, "邀请评价"));
                }
                if self.case.rating_asked_at.is_some() {
                    return Err(DeskError::Rated);
                }
                self.case.rating_asked_at = Some(self.ctx.now);
                Ok(String::new())
            }
            DeskAct::RateAgain { reason } => {
                if self.case.rating_asked_at.is_none() {
                    return Err(DeskError::State(self.case.state, "重发评价链接"));
                }
                full("理由", reason, 200)
            }
            DeskAct::NewCode { reason } => full("理由", reason, 200),
        }
    }
}

pub(super) fn next_key(there: usize) -> u32 {
    u32::try_from(there).unwrap_or(u32::MAX).saturating_add(1)
}
