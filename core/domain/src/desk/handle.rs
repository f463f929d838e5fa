//! The acts of the desk: what each demands, what it changes, what it reports and which papers it makes.

use super::act::{Context, DeskAct, HandedIn, MaterialMark, Notice, Outcome, Receipt};
use super::record::Says;
use super::{
    Ask, AskKind, DeskActor, DeskCase, DeskCorrection, DeskDecision, DeskDelivery, DeskError, DeskExtension, DeskFee,
    DeskHearing, DeskMaterial, DeskRecord, DeskSpecial, DeskState, Draw, FeeFacts, JointRequest, MARKS, MaterialState,
    PaperDraft, PaperFacts, PaperKind, Series, Tolerance,
};
use crate::Timestamp;
use crate::code::table;
use crate::item::{Item, ItemState, Limit, LimitUnit, NodeKind};
use crate::limit::DEEMED_ACCEPTANCE_DAYS;
use crate::procedure::Done;
use crate::record::{Field, RecordType};
use chrono::NaiveDate;
use serde_json::Value;
use std::collections::BTreeMap;

/// An extension that the head of the organ may grant, and for joint handling the head of the government, working days
/// (行政许可法 42).
const EXTENSION: (u32, u32) = (10, 15);
/// A hearing is announced at least so many working days before (行政许可法 48).
const HEARING_NOTICE: i64 = 7;

/// One act at work.
pub(super) struct Work<'a> {
    pub(super) case: DeskCase,
    pub(super) by: DeskActor<'a>,
    pub(super) ctx: &'a Context<'a>,
    records: Vec<DeskRecord>,
    papers: Vec<PaperDraft>,
    draws: Vec<Draw>,
}

fn full(name: &str, text: &str, most: usize) -> Result<String, DeskError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DeskError::Words(format!("请填写{name}")));
    }
    bounded(name, text, most)
}

fn bounded(name: &str, text: &str, most: usize) -> Result<String, DeskError> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(DeskError::Words(format!("{name}超过 {most} 个字")));
    }
    if text.contains(MARKS) || text.contains('\0') {
        return Err(DeskError::Words(format!("{name}中有不能使用的字符")));
    }
    Ok(text.to_owned())
}

fn maybe(name: &str, text: Option<&String>, most: usize) -> Result<Option<String>, DeskError> {
    let text = bounded(name, text.map_or("", String::as_str), most)?;
    Ok((!text.is_empty()).then_some(text))
}

fn code(name: &str, which: &str, value: &str) -> Result<(), DeskError> {
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

impl Receipt {
    /// The applicant as taken down: trimmed, and in the forms that records demand.
    fn applicant(&self) -> Result<super::Applicant, DeskError> {
        let a = &self.applicant;
        code("申请人类型", "applicant_type", &a.kind)?;
        let mut one = super::Applicant {
            kind: a.kind.clone(),
            name: full("申请人名称", &a.name, 200)?,
            id_type: maybe("证件类型", a.id_type.as_ref(), 10)?,
            id_no: maybe("证件号码", a.id_no.as_ref(), 64)?,
            legal_person: maybe("法定代表人", a.legal_person.as_ref(), 100)?,
            phone: maybe("联系电话", a.phone.as_ref(), 50)?,
            address: maybe("通讯地址", a.address.as_ref(), 500)?,
            agent: None,
        };
        if let Some(kind) = &one.id_type {
            code("证件类型", "id_type", kind)?;
        }
        if let Some(number) = one.id_no.as_mut() {
            *number = number.to_ascii_uppercase();
            let good = match one.id_type.as_deref() {
                Some("111") => crate::code::identity_is_valid(number),
                Some("001") => crate::code::uscc_is_valid(number),
                Some(_) => true,
                None => return Err(DeskError::Words("填写证件号码时请选择证件类型".to_owned())),
            };
            if !good {
                return Err(DeskError::Words("证件号码的校验位不符，请核对".to_owned()));
            }
        }
        if let Some(agent) = a.agent.as_ref().filter(|agent| !agent.name.trim().is_empty()) {
            one.agent = Some(super::Agent {
                name: full("代办人", &agent.name, 100)?,
                id_no: maybe("代办人证件号码", agent.id_no.as_ref(), 64)?,
                phone: maybe("代办人电话", agent.phone.as_ref(), 50)?,
            });
        }
        Ok(one)
    }
}

impl DeskCase {
    /// 收件: takes an application down under the version of its item that is in force.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn receive(receipt: &Receipt, item: &Item, by: DeskActor<'_>, ctx: &Context<'_>) -> Result<Outcome, DeskError> {
        if item.department != by.department {
            return Err(DeskError::Item(format!("“{}”是其他部门的事项", item.name)));
        }
        let today = ctx.now.date();
        let in_force = item.valid_from <= today && item.valid_to.is_none_or(|to| today <= to);
        if item.state != ItemState::Published || !in_force {
            return Err(DeskError::Item(format!("“{}”现在不能办理：未公布、已暂停或不在有效期内", item.name)));
        }
        let title = bounded("办理摘要", &receipt.title, 1000)?;
        let channel = receipt.channel.clone().unwrap_or_else(|| "window".to_owned());
        code("申报来源", "channel", &channel)?;
        let material = |m: &crate::item::ItemMaterial| DeskMaterial {
            name: m.name.clone(),
            required: m.required.clone(),
            state: MaterialState::Missing,
            received_at: None,
        };
        let case = DeskCase {
            no: String::new(),
            department: by.department.to_owned(),
            state: DeskState::Received,
            title: if title.is_empty() { item.name.clone() } else { title },
            applicant: receipt.applicant()?,
            channel,
            window: maybe("窗口", receipt.window.as_ref(), 100)?,
            queue_no: maybe("排队号", receipt.queue_no.as_ref(), 50)?,
            materials: item.materials.iter().map(material).collect(),
            item: item.clone(),
            received_at: ctx.now,
            received_by: by.user.to_owned(),
            correction: None,
            accepted_at: None,
            tolerance: None,
            steps: Vec::new(),
            joint: Vec::new(),
            asks: Vec::new(),
            specials: Vec::new(),
            extension: None,
            hearings: Vec::new(),
            forwarded: None,
            decision: None,
            fees: Vec::new(),
            closed_at: None,
            delivery: None,
            rating_asked_at: None,
            assigned: None,
            code: None,
            papers: Vec::new(),
            history: Vec::new(),
            versions: BTreeMap::new(),
        };
        let mut work = Work::new(case, by, ctx);
        work.case.no = work.draw(Series::Case);
        let at = ctx.now;
        let doc = work.draw(Series::Paper(PaperKind::Receipt));
        let one = &work.case;
        let apply = Says::default()
            .text(Field::CaseTitle, &one.title)
            .text(Field::ApplicantType, &one.applicant.kind)
            .text(Field::ApplicantName, &one.applicant.name)
            .maybe(Field::ApplicantIdType, one.applicant.id_type.as_deref())
            .maybe(Field::ApplicantIdNo, one.applicant.id_no.as_deref())
            .maybe(Field::LegalPerson, one.applicant.legal_person.as_deref())
            .text(Field::Channel, &one.channel)
            .flag(Field::IsAgency, one.applicant.agent.is_some())
            .maybe(Field::Window, one.window.as_deref());
        let receive = Says::default()
            .maybe(Field::Window, one.window.as_deref())
            .text(Field::Staff, by.user)
            .text(Field::DocNo, &doc);
        work.tell(RecordType::Apply, "", at, apply);
        work.tell(RecordType::Receive, "", at, receive);
        work.tick(&receipt.materials)?;
        let answer_by = ctx.calendar.nth_working_day_after(at.date(), DEEMED_ACCEPTANCE_DAYS).ok();
        let facts = PaperFacts { answer_by, ..work.facts() };
        work.paper(PaperKind::Receipt, &doc, facts);
        Ok(work.done("receive", ""))
    }

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
        let text = work.handle(act)?;
        Ok(work.done(act.word(), &text))
    }
}

impl<'a> Work<'a> {
    fn new(case: DeskCase, by: DeskActor<'a>, ctx: &'a Context<'a>) -> Self {
        Self { case, by, ctx, records: Vec::new(), papers: Vec::new(), draws: Vec::new() }
    }

    fn done(mut self, act: &str, text: &str) -> Outcome {
        self.case.history.push(Done {
            act: act.to_owned(),
            by: self.by.user.to_owned(),
            at: self.ctx.now,
            text: text.to_owned(),
        });
        Outcome { case: self.case, records: self.records, papers: self.papers, draws: self.draws }
    }

    /// A number that is drawn when the act is kept.
    fn draw(&mut self, series: Series) -> String {
        let [begin, end] = MARKS;
        let mark = format!("{begin}{}{end}", self.draws.len());
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
        if kind.opens_case() {
            put("item_code", self.case.item.code.clone().into());
        }
        self.records.push(DeskRecord { kind, source_key, data_version: *version, object });
    }

    fn facts(&self) -> PaperFacts {
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

    fn paper(&mut self, kind: PaperKind, no: &str, facts: PaperFacts) {
        self.case.papers.push(no.to_owned());
        self.papers.push(PaperDraft { kind, facts: PaperFacts { no: no.to_owned(), ..facts } });
    }

    fn from(&self, states: &[DeskState], act: &'static str) -> Result<(), DeskError> {
        if states.contains(&self.case.state) { Ok(()) } else { Err(DeskError::State(self.case.state, act)) }
    }

    fn later(&self, name: &str, date: NaiveDate) -> Result<NaiveDate, DeskError> {
        if date <= self.ctx.now.date() {
            return Err(DeskError::Date(format!("{name} {date} 应晚于今天")));
        }
        Ok(date)
    }

    fn in_days(&self, days: u32) -> Result<NaiveDate, DeskError> {
        let today = self.ctx.now.date();
        self.ctx.calendar.nth_working_day_after(today, days).map_err(|e| DeskError::Date(e.to_string()))
    }

    fn remedies(&self, text: &str) -> Result<String, DeskError> {
        full("救济途径", if text.trim().is_empty() { self.ctx.remedies } else { text }, 1000)
    }

    /// Ticks lines of the checklist, and reports what came.
    fn tick(&mut self, lines: &[HandedIn]) -> Result<(), DeskError> {
        let before = self.case.accepted_at.is_none();
        let mut came = Vec::new();
        for line in lines {
            let at = self.case.materials.iter().position(|m| m.name == line.name);
            let Some((at, material)) = at.and_then(|at| Some((at, self.case.materials.get_mut(at)?))) else {
                return Err(DeskError::Material(format!("“{}”不在事项的材料清单中，不得要求提交", line.name)));
            };
            match (line.state, material.state) {
                (MaterialMark::Received, MaterialState::Received) | (MaterialMark::Missing, MaterialState::Missing) => {
                }
                (_, MaterialState::Received) => {
                    return Err(DeskError::Material(format!("“{}”已经收下，不能改为没有收到", line.name)));
                }
                (MaterialMark::Received, _) => {
                    material.state = MaterialState::Received;
                    material.received_at = Some(self.ctx.now);
                    came.push(at);
                }
                (MaterialMark::NotNeeded, _) if material.required == "mandatory" => {
                    return Err(DeskError::Material(format!("“{}”是必备材料", line.name)));
                }
                (MaterialMark::NotNeeded, _) if before => material.state = MaterialState::NotNeeded,
                (MaterialMark::Missing, _) if before => material.state = MaterialState::Missing,
                _ => return Err(DeskError::Material(format!("受理后只能登记“{}”已交来", line.name))),
            }
        }
        for at in came {
            let Some(name) = self.case.materials.get(at).map(|m| m.name.clone()) else { continue };
            let source = self.case.item.materials.get(at).map_or("", |m| m.source.as_str());
            let way = match source {
                "share" => "share",
                "certificate" => "certificate",
                _ => "paper",
            };
            let says = Says::default().text(Field::Name, &name).flag(Field::Got, true).text(Field::GetType, way);
            self.tell(RecordType::Material, &format!("/material/{}", at + 1), self.ctx.now, says);
        }
        Ok(())
    }

    fn lacking(&self, required: impl Fn(&str) -> bool) -> Vec<String> {
        let open = |m: &&DeskMaterial| matches!(m.state, MaterialState::Missing | MaterialState::Tolerated);
        self.case.materials.iter().filter(open).filter(|m| required(&m.required)).map(|m| m.name.clone()).collect()
    }

    fn finish(&mut self, (state, finish_type): (DeskState, &str), reason: &str) {
        let certificate = self.case.decision.as_ref().and_then(|d| d.certificate_no.clone());
        let valid = self.case.decision.as_ref().map_or((None, None), |d| d.valid);
        let says = Says::default()
            .text(Field::FinishType, finish_type)
            .text(Field::Reason, reason)
            .text(Field::Staff, self.by.user)
            .maybe(Field::CertNo, certificate.as_deref())
            .at(Field::CertIssuedAt, certificate.as_ref().map(|_| self.ctx.now))
            .date(Field::CertValidFrom, valid.0)
            .date(Field::CertValidTo, valid.1);
        self.tell(RecordType::Finish, "", self.ctx.now, says);
        self.case.state = state;
        self.case.closed_at = Some(self.ctx.now);
    }

    fn handle(&mut self, act: &DeskAct) -> Result<String, DeskError> {
        use DeskState as S;
        let open = [S::Received, S::Correcting, S::Processing, S::Special, S::Forwarded, S::Decided];
        let going = [S::Processing, S::Special];
        match act {
            DeskAct::Materials { materials } => {
                self.from(&[S::Received, S::Processing, S::Special], "登记材料")?;
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
            DeskAct::Return { step, opinion, to } => {
                self.from(&going, "退回环节")?;
                let opinion = full("退回的理由", opinion, 2000)?;
                self.send_back(*step, &opinion, to)?;
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
                    content: content.clone(),
                    asked_at: self.ctx.now,
                    asked_by: self.by.user.to_owned(),
                    reply_by,
                    opinion: None,
                    agrees: None,
                    answered: None,
                });
                Ok(format!("{department}：{content}"))
            }
            DeskAct::Answer { key, opinion, agrees } => {
                self.from(&going, "提出会办意见")?;
                let opinion = full("会办意见", opinion, 2000)?;
                let (own, now, by) = (self.by.department, self.ctx.now, self.by.user);
                let mine = self.case.joint.iter_mut().find(|j| j.key == *key && j.department == own);
                let Some(one) = mine.filter(|j| j.opinion.is_none()) else {
                    return Err(DeskError::Joint(format!("没有待本部门答复的第 {key} 号会办")));
                };
                one.opinion = Some(opinion.clone());
                one.agrees = Some(*agrees);
                one.answered = Some((by.to_owned(), now));
                Ok(opinion)
            }
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
            DeskAct::Hearing { on, place } => self.hearing(*on, place),
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
        }
    }

    fn correct(&mut self, items: &[String], due: Option<NaiveDate>) -> Result<String, DeskError> {
        if let Some(before) = &self.case.correction {
            return Err(DeskError::Corrected(before.notified_at.date().to_string()));
        }
        self.from(&[DeskState::Received], "补正告知")?;
        // Everything that is missing at once: what is forgotten now cannot be asked for later.
        let mut all: Vec<String> = self.lacking(|required| required != "optional");
        for item in items.iter().filter(|i| !i.trim().is_empty()) {
            let item = bounded("补正内容", item, 300)?;
            if !all.contains(&item) {
                all.push(item);
            }
        }
        if all.is_empty() {
            return Err(DeskError::Words("没有需要补正的内容；材料齐全的应当受理".to_owned()));
        }
        let due = match due {
            Some(date) => self.later("补正期限", date)?,
            None => self.in_days(self.ctx.correction_days)?,
        };
        let doc = self.draw(Series::Paper(PaperKind::Correction));
        let reason = format!("需补正：{}", all.join("；")).chars().take(2000).collect::<String>();
        let says = Says::default()
            .text(Field::Reason, &reason)
            .list(Field::MaterialList, &all)
            .date(Field::Deadline, Some(due))
            .number(Field::Round, 1)
            .text(Field::NoticeDocNo, &doc)
            .text(Field::Staff, self.by.user);
        self.tell(RecordType::Correction, "/correction", self.ctx.now, says);
        let facts = PaperFacts { missing: all.clone(), due: Some(due), ..self.facts() };
        self.paper(PaperKind::Correction, &doc, facts);
        self.case.correction = Some(DeskCorrection { notified_at: self.ctx.now, items: all, due, received_at: None });
        self.case.state = DeskState::Correcting;
        Ok(reason)
    }

    fn accept(&mut self, tolerance_due: Option<NaiveDate>, promised: bool, to: &[String]) -> Result<String, DeskError> {
        self.from(&[DeskState::Received], "受理")?;
        let lacking = self.lacking(|required| required != "tolerable" && required != "optional");
        if !lacking.is_empty() {
            return Err(DeskError::Materials(lacking));
        }
        let tolerated = self.lacking(|required| required == "tolerable");
        if !tolerated.is_empty() {
            if !promised {
                let names = tolerated.join("、");
                return Err(DeskError::Words(format!("容缺受理须有申请人的书面承诺（容缺：{names}）")));
            }
            let due = match tolerance_due {
                Some(date) => self.later("容缺补交期限", date)?,
                None => self.in_days(self.ctx.tolerance_days)?,
            };
            self.case.tolerance = Some(Tolerance { materials: tolerated.clone(), due });
        }
        for material in &mut self.case.materials {
            if material.state == MaterialState::Missing {
                let tolerable = material.required == "tolerable";
                material.state = if tolerable { MaterialState::Tolerated } else { MaterialState::NotNeeded };
            }
        }
        self.case.accepted_at = Some(self.ctx.now);
        self.case.state = DeskState::Processing;
        let doc = self.draw(Series::Paper(PaperKind::Acceptance));
        let due = self.case.tolerance.as_ref().map(|t| t.due);
        let mut says = Says::default()
            .text(Field::AcceptDocNo, &doc)
            .text(Field::Staff, self.by.user)
            .maybe(Field::Window, self.case.window.as_deref())
            .maybe(Field::OrgCode, self.case.item.org_code.as_deref());
        if let Some(tolerance) = &self.case.tolerance {
            says = says
                .flag(Field::IsTolerant, true)
                .list(Field::MaterialList, &tolerance.materials)
                .date(Field::Deadline, Some(tolerance.due));
        }
        self.tell(RecordType::Accept, "", self.ctx.now, says);
        let facts = PaperFacts { missing: tolerated.clone(), due, ..self.facts() };
        if due.is_some() {
            let commitment = self.draw(Series::Paper(PaperKind::Tolerance));
            self.paper(PaperKind::Tolerance, &commitment, facts.clone());
        }
        self.paper(PaperKind::Acceptance, &doc, facts);
        self.begin_flow(to)?;
        Ok(tolerated.join("、"))
    }

    fn ask(&mut self, kind: AskKind, reason: &str, days: u32, special: Option<String>) -> Result<String, DeskError> {
        if self.case.asks.iter().any(|a| a.kind == kind && a.allowed.is_none()) {
            return Err(DeskError::Words(format!("已有一项“{}”的申请待批", kind.name_zh())));
        }
        let key = next_key(self.case.asks.len());
        self.case.asks.push(Ask {
            key,
            kind,
            by: self.by.user.to_owned(),
            at: self.ctx.now,
            reason: reason.to_owned(),
            days,
            special,
            allowed: None,
            decided: None,
        });
        Ok(reason.to_owned())
    }

    fn ask_special(&mut self, kind: &str, basis: &str, days: u32) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "申请特别程序")?;
        let Some(lawful) = self.case.item.specials.iter().find(|s| s.kind == kind).cloned() else {
            let all: Vec<&str> = self.case.item.specials.iter().map(|s| s.kind.as_str()).collect();
            let known = if all.is_empty() { "无".to_owned() } else { all.join("、") };
            return Err(DeskError::Special(format!("本事项没有“{kind}”这一特别程序；依法有：{known}")));
        };
        if days == 0 || lawful.max_days.is_some_and(|most| days > most) {
            let most = lawful.max_days.map_or_else(|| "不限".to_owned(), |n| n.to_string());
            return Err(DeskError::Special(format!("所需时间应为 1 到 {most} 个工作日，不是 {days}")));
        }
        if self.case.specials.iter().any(|s| s.kind == kind && s.ended_at.is_none()) {
            return Err(DeskError::Special("同一特别程序正在进行".to_owned()));
        }
        let basis = if basis.trim().is_empty() { &lawful.legal_basis } else { basis };
        let basis = full("依据", basis, 1000)?;
        self.ask(AskKind::Special, &basis, days, Some(kind.to_owned()))
    }

    fn may_extend(&self, days: u32) -> Result<(), DeskError> {
        if self.case.extension.is_some() {
            return Err(DeskError::Extension("法律只允许延长一次，本件已延长过".to_owned()));
        }
        let most = if self.case.joint_item() { EXTENSION.1 } else { EXTENSION.0 };
        if days == 0 || days > most {
            return Err(DeskError::Extension(format!("延长应为 1 到 {most} 个工作日，不是 {days}")));
        }
        if self.ctx.due.is_some_and(|due| self.ctx.now > due) {
            return Err(DeskError::Extension("原时限已经届满，不能再延长".to_owned()));
        }
        Ok(())
    }

    fn allow(&mut self, key: u32, allowed: bool, text: &str, approver: Option<&String>) -> Result<String, DeskError> {
        let asked = self.case.asks.iter().find(|a| a.key == key && a.allowed.is_none()).cloned();
        let asked = asked.ok_or(DeskError::Ask(key))?;
        if asked.by == self.by.user {
            return Err(DeskError::SamePerson("不能审批自己提出的申请".to_owned()));
        }
        if asked.kind != AskKind::Void && !self.by.leader {
            return Err(DeskError::Leader("特别程序和延长的审批"));
        }
        let text = if allowed { bounded("意见", text, 2000)? } else { full("不同意的理由", text, 2000)? };
        let decided = (self.by.user.to_owned(), self.ctx.now);
        if let Some(one) = self.case.asks.iter_mut().find(|a| a.key == key) {
            one.allowed = Some(allowed);
            one.decided = Some(decided);
        }
        if allowed {
            match asked.kind {
                AskKind::Special => self.begin_special(&asked)?,
                AskKind::Extension => self.extend(&asked, approver)?,
                AskKind::Void => {
                    self.break_off();
                    self.finish((DeskState::Voided, "voided"), &asked.reason);
                }
            }
        }
        Ok(text)
    }

    fn begin_special(&mut self, asked: &Ask) -> Result<(), DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "开始特别程序")?;
        let kind = asked.special.clone().unwrap_or_default();
        let zh = table("special_kind").and_then(|t| t.get(&kind)).map_or("", |names| names.0.as_str()).to_owned();
        let doc = self.draw(Series::Paper(PaperKind::Special));
        let facts = PaperFacts {
            special: Some(zh),
            basis: asked.reason.clone(),
            days: Some(asked.days),
            approver: Some(self.by.user.to_owned()),
            ..self.facts()
        };
        self.paper(PaperKind::Special, &doc, facts);
        let key = next_key(self.case.specials.len());
        self.case.specials.push(DeskSpecial {
            key,
            kind,
            basis: asked.reason.clone(),
            days: asked.days,
            approver: self.by.user.to_owned(),
            started_at: self.ctx.now,
            notified_at: None,
            ended_at: None,
            notice_no: doc,
        });
        self.case.state = DeskState::Special;
        self.tell_special(key);
        Ok(())
    }

    fn tell_special(&mut self, key: u32) {
        let Some(one) = self.case.specials.iter().find(|s| s.key == key) else { return };
        let says = Says::default()
            .number(Field::Seq, one.key)
            .text(Field::Kind, &one.kind)
            .text(Field::Basis, &one.basis)
            .number(Field::AnnouncedDays, one.days)
            .text(Field::Approver, &one.approver)
            .at(Field::NotifiedAt, one.notified_at)
            .text(Field::NoticeDocNo, &one.notice_no);
        let at = one.started_at;
        self.tell(RecordType::SpecialStart, &format!("/special/{key}"), at, says);
    }

    pub(super) fn end_special(&mut self, key: u32, result: &str) {
        if let Some(one) = self.case.specials.iter_mut().find(|s| s.key == key) {
            one.ended_at = Some(self.ctx.now);
        }
        let says = Says::default().number(Field::Seq, key).text(Field::Result, result);
        self.tell(RecordType::SpecialEnd, &format!("/special/{key}"), self.ctx.now, says);
    }

    fn extend(&mut self, asked: &Ask, approver: Option<&String>) -> Result<(), DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "延长")?;
        self.may_extend(asked.days)?;
        let (approver, level) = if self.case.joint_item() {
            let name = maybe("批准人", approver, 100)?
                .ok_or_else(|| DeskError::Extension("联办件的延长由本级人民政府负责人批准，请填写批准人".to_owned()))?;
            (name, "government")
        } else {
            (self.by.user.to_owned(), "organ")
        };
        let doc = self.draw(Series::Paper(PaperKind::Extension));
        let facts = PaperFacts {
            reason: asked.reason.clone(),
            days: Some(asked.days),
            approver: Some(approver.clone()),
            government: level == "government",
            ..self.facts()
        };
        self.paper(PaperKind::Extension, &doc, facts);
        self.case.extension = Some(DeskExtension {
            days: asked.days,
            reason: asked.reason.clone(),
            approver,
            level: level.to_owned(),
            approved_at: self.ctx.now,
            notified_at: None,
            notice_no: doc,
        });
        self.tell_extension();
        Ok(())
    }

    fn tell_extension(&mut self) {
        let Some(one) = &self.case.extension else { return };
        let says = Says::default()
            .number(Field::Days, one.days)
            .text(Field::Reason, &one.reason)
            .text(Field::Approver, &one.approver)
            .text(Field::ApproverLevel, &one.level)
            .at(Field::ApprovedAt, Some(one.approved_at))
            .at(Field::NotifiedAt, one.notified_at)
            .text(Field::NoticeDocNo, &one.notice_no);
        let at = one.approved_at;
        self.tell(RecordType::Extension, "/extension", at, says);
    }

    fn notify(&mut self, what: Notice) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "登记告知")?;
        let now = self.ctx.now;
        match what {
            Notice::Special => {
                let waits = self.case.specials.iter_mut().rev().find(|s| s.notified_at.is_none());
                let Some(one) = waits else {
                    return Err(DeskError::Special("没有尚未告知的特别程序".to_owned()));
                };
                one.notified_at = Some(now);
                let key = one.key;
                self.tell_special(key);
                Ok("特别程序告知书".to_owned())
            }
            Notice::Extension => {
                let waits = self.case.extension.as_mut().filter(|e| e.notified_at.is_none());
                let Some(one) = waits else {
                    return Err(DeskError::Extension("没有尚未告知的延长".to_owned()));
                };
                one.notified_at = Some(now);
                self.tell_extension();
                Ok("延期告知书".to_owned())
            }
        }
    }

    fn pending_hearing(&self) -> Result<(), DeskError> {
        if self.case.hearings.iter().any(|h| h.held_at.is_none()) {
            return Err(DeskError::Hearing("已有一次听证尚未举行".to_owned()));
        }
        Ok(())
    }

    fn begin_hearing(&mut self, requested_at: Option<Timestamp>) {
        let key = next_key(self.case.hearings.len());
        self.case.hearings.push(DeskHearing {
            key,
            requested_at,
            notified_at: None,
            on: None,
            place: String::new(),
            held_at: None,
            minutes: String::new(),
        });
        if requested_at.is_some() {
            self.tell_hearing();
        }
    }

    fn tell_hearing(&mut self) {
        let Some(one) = self.case.hearings.last() else { return };
        let says = Says::default()
            .at(Field::RequestedAt, one.requested_at)
            .at(Field::NotifiedAt, one.notified_at)
            .at(Field::HeldAt, one.held_at)
            .text(Field::MinutesDoc, &one.minutes)
            .text(Field::Staff, self.by.user);
        let at = one.requested_at.or(one.notified_at).unwrap_or(self.ctx.now);
        let part = format!("/hearing/{}", one.key);
        self.tell(RecordType::Hearing, &part, at, says);
    }

    fn hearing(&mut self, on: NaiveDate, place: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "听证告知")?;
        let place = full("听证地点", place, 200)?;
        let today = self.ctx.now.date();
        let days = self.ctx.calendar.working_days(today, on).map_err(|e| DeskError::Date(e.to_string()))?;
        if days < HEARING_NOTICE {
            return Err(DeskError::Hearing(format!("应在举行听证的七个工作日前告知，{on} 太早")));
        }
        if self.case.hearings.last().is_none_or(|h| h.held_at.is_some()) {
            self.begin_hearing(None);
        }
        let now = self.ctx.now;
        let Some(one) = self.case.hearings.last_mut() else { return Ok(place) };
        if one.notified_at.is_some() {
            return Err(DeskError::Hearing("已经告知过听证的时间".to_owned()));
        }
        one.notified_at = Some(now);
        one.on = Some(on);
        one.place.clone_from(&place);
        self.tell_hearing();
        let doc = self.draw(Series::Paper(PaperKind::Hearing));
        let facts = PaperFacts { on: Some(on), place: place.clone(), ..self.facts() };
        self.paper(PaperKind::Hearing, &doc, facts);
        Ok(format!("{on} {place}"))
    }

    fn hold_hearing(&mut self, minutes: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "登记听证")?;
        let minutes = full("听证笔录", minutes, 200)?;
        let today = self.ctx.now.date();
        let now = self.ctx.now;
        let Some(one) = self.case.hearings.last_mut().filter(|h| h.held_at.is_none() && h.notified_at.is_some()) else {
            return Err(DeskError::Hearing("没有已经告知、尚未举行的听证".to_owned()));
        };
        if one.on.is_some_and(|on| today < on) {
            return Err(DeskError::Hearing("还没有到听证的日期".to_owned()));
        }
        one.held_at = Some(now);
        one.minutes.clone_from(&minutes);
        self.tell_hearing();
        Ok(minutes)
    }

    /// Nothing is pending that a decision has to wait for.
    fn settled(&self) -> Result<(), DeskError> {
        self.case.reaches(NodeKind::Decide)?;
        if self.case.specials.iter().any(|s| s.ended_at.is_none()) {
            return Err(DeskError::State(DeskState::Special, "作出决定"));
        }
        if let Some(one) = self.case.joint.iter().find(|j| j.opinion.is_none()) {
            return Err(DeskError::Joint(format!("会办部门 {} 尚未答复", one.department)));
        }
        if let Some(one) = self.case.asks.iter().find(|a| a.allowed.is_none()) {
            return Err(DeskError::Mandatory(vec![format!("审批：{}", one.kind.name_zh())]));
        }
        Ok(())
    }

    fn decide(
        &mut self,
        granted: bool,
        (reason, remedies): (&str, &str),
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    ) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "作出决定")?;
        self.settled()?;
        if self.case.for_leader(NodeKind::Decide) && !self.by.leader {
            return Err(DeskError::Leader("决定"));
        }
        if let Some(other) = self.case.assigned.as_deref().filter(|a| *a != self.by.user && !self.by.leader) {
            return Err(DeskError::Assigned(other.to_owned()));
        }
        let held = self.case.hearings.iter().any(|h| h.held_at.is_some());
        let asked = self.case.hearings.iter().any(|h| h.held_at.is_none());
        if asked || (self.case.item.hearing_required && !held) {
            return Err(DeskError::Hearing("应当先举行听证".to_owned()));
        }
        let tolerated = self.lacking(|_| true);
        if granted && !tolerated.is_empty() {
            return Err(DeskError::Materials(tolerated));
        }
        let reason =
            if granted { bounded("理由", reason, 2000)? } else { full("不予许可的理由", reason, 2000)? };
        let remedies = if granted { String::new() } else { self.remedies(remedies)? };
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(DeskError::Date(format!("证照有效期止 {to} 早于起 {from}")));
        }
        let before = self.case.next_steps();
        let kind = if granted { PaperKind::Grant } else { PaperKind::Refusal };
        let doc = self.draw(Series::Paper(kind));
        let certificate = granted && self.case.item.result_kind == "certificate";
        let certificate_no = certificate.then(|| self.draw(Series::Certificate(self.case.item.code.clone())));
        let says = Says::default()
            .text(Field::Decision, if granted { "granted" } else { "refused" })
            .text(Field::Reason, &reason)
            .text(Field::Remedies, &remedies)
            .text(Field::DocNo, &doc)
            .text(Field::Staff, self.by.user);
        self.tell(RecordType::Decide, "", self.ctx.now, says);
        let facts = PaperFacts {
            reason: reason.clone(),
            remedies: remedies.clone(),
            certificate_no: certificate_no.clone(),
            valid_from: from,
            valid_to: to,
            ..self.facts()
        };
        self.paper(kind, &doc, facts);
        self.case.decision = Some(DeskDecision {
            granted,
            reason: reason.clone(),
            remedies,
            by: self.by.user.to_owned(),
            at: self.ctx.now,
            doc_no: doc,
            certificate_no,
            valid: (from, to),
        });
        self.case.state = DeskState::Decided;
        if granted {
            self.behind_decision(&before);
        }
        Ok(reason)
    }

    fn fee(
        &mut self,
        item: &str,
        (amount, reduced): (i64, i64),
        basis: &str,
        bill_no: Option<&String>,
    ) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special, DeskState::Decided], "收费")?;
        if !self.case.item.is_fee {
            return Err(DeskError::Fee("本事项不收费".to_owned()));
        }
        let known = self.case.item.fees.iter().find(|f| f.name == item).cloned();
        let Some(known) = known else {
            let all: Vec<&str> = self.case.item.fees.iter().map(|f| f.name.as_str()).collect();
            return Err(DeskError::Fee(format!("没有收费项目“{item}”；有：{}", all.join("、"))));
        };
        if amount < 0 || reduced < 0 || (amount == 0 && reduced == 0) {
            return Err(DeskError::Fee("金额与减免不能为负，也不能都为 0".to_owned()));
        }
        if known.amount.is_some_and(|standard| amount.saturating_add(reduced) > standard) {
            return Err(DeskError::Fee("应收金额超过收费标准".to_owned()));
        }
        let basis = bounded("依据", basis, 1000)?;
        if reduced > 0 && basis.is_empty() {
            return Err(DeskError::Fee("减免须写明依据".to_owned()));
        }
        let basis = if basis.is_empty() { known.basis.clone() } else { basis };
        let bill_no = maybe("缴款单号", bill_no, 100)?;
        let key = next_key(self.case.fees.len());
        self.case.fees.push(DeskFee {
            key,
            item: item.to_owned(),
            amount,
            reduced,
            basis: basis.clone(),
            bill_no: bill_no.clone(),
            billed_at: self.ctx.now,
            paid_at: (amount == 0).then_some(self.ctx.now),
        });
        self.tell_fee(key);
        let doc = self.draw(Series::Paper(PaperKind::Bill));
        let fee = FeeFacts { item: item.to_owned(), amount, reduced, basis, bill_no };
        let facts = PaperFacts { fee: Some(fee), ..self.facts() };
        self.paper(PaperKind::Bill, &doc, facts);
        Ok(item.to_owned())
    }

    fn tell_fee(&mut self, key: u32) {
        let Some(one) = self.case.fees.iter().find(|f| f.key == key) else { return };
        let says = Says::default()
            .text(Field::FeeItem, &one.item)
            .fen(Field::Amount, one.amount)
            .fen(Field::Reduced, one.reduced)
            .text(Field::Basis, &one.basis)
            .maybe(Field::BillNo, one.bill_no.as_deref())
            .at(Field::PaidAt, one.paid_at);
        let at = one.billed_at;
        self.tell(RecordType::Fee, &format!("/fee/{key}"), at, says);
    }

    fn paid(&mut self, key: Option<u32>, bill_no: Option<&String>) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special, DeskState::Decided], "登记缴费")?;
        let bill_no = maybe("缴款单号", bill_no, 100)?;
        let unpaid: Vec<u32> = self.case.fees.iter().filter(|f| f.paid_at.is_none()).map(|f| f.key).collect();
        let key = match (key, unpaid.as_slice()) {
            (Some(key), _) if unpaid.contains(&key) => key,
            (None, [only]) => *only,
            _ => return Err(DeskError::Fee("没有指明未缴的费用".to_owned())),
        };
        let now = self.ctx.now;
        let Some(one) = self.case.fees.iter_mut().find(|f| f.key == key) else { return Ok(String::new()) };
        one.paid_at = Some(now);
        one.bill_no = bill_no.or_else(|| one.bill_no.take());
        let item = one.item.clone();
        self.tell_fee(key);
        Ok(item)
    }

    fn end_case(&mut self) -> Result<String, DeskError> {
        self.from(&[DeskState::Decided, DeskState::Forwarded], "办结")?;
        if self.case.state == DeskState::Forwarded {
            let to = self.case.forwarded.as_ref().map_or_else(String::new, |(to, _)| to.clone());
            self.finish((DeskState::Finished, "forwarded"), &format!("转报{to}"));
            return Ok(to);
        }
        let granted = self.case.decision.as_ref().is_some_and(|d| d.granted);
        if granted {
            self.case.reaches(NodeKind::End)?;
            if let Some(one) = self.case.fees.iter().find(|f| f.paid_at.is_none()) {
                return Err(DeskError::Fee(format!("“{}”尚未缴清", one.item)));
            }
        }
        let reason = self.case.decision.as_ref().map_or_else(String::new, |d| d.reason.clone());
        self.finish((DeskState::Finished, if granted { "granted" } else { "refused" }), &reason);
        Ok(String::new())
    }

    fn deliver(&mut self, mode: &str, collector: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Finished], "送达")?;
        if self.case.decision.is_none() {
            return Err(DeskError::State(self.case.state, "送达"));
        }
        let (mode, collector) = (full("送达方式", mode, 50)?, full("领取人", collector, 100)?);
        let doc = self.draw(Series::Paper(PaperKind::Delivery));
        let says = Says::default()
            .text(Field::DeliverMode, &mode)
            .text(Field::Collector, &collector)
            .text(Field::DocNo, &doc)
            .text(Field::Staff, self.by.user);
        self.tell(RecordType::Deliver, "", self.ctx.now, says);
        let decision = self.case.decision.as_ref();
        let delivered = decision.iter().map(|d| d.doc_no.clone());
        let delivered = delivered.chain(decision.and_then(|d| d.certificate_no.clone())).collect();
        let facts =
            PaperFacts { mode: Some(mode.clone()), collector: Some(collector.clone()), delivered, ..self.facts() };
        self.paper(PaperKind::Delivery, &doc, facts);
        self.case.delivery = Some(DeskDelivery {
            mode: mode.clone(),
            collector,
            at: self.ctx.now,
            by: self.by.user.to_owned(),
            receipt_no: doc,
        });
        self.case.state = DeskState::Delivered;
        // Who collected it is personal, and stands in the delivery alone.
        Ok(mode)
    }

    fn hand_over(
        &mut self,
        to: &str,
        from: Option<&str>,
        step: Option<u32>,
        reason: &str,
    ) -> Result<String, DeskError> {
        if self.case.state.is_closed() {
            return Err(DeskError::State(self.case.state, "移交"));
        }
        let (to, reason) = (full("接办人", to, 40)?, bounded("理由", reason, 200)?);
        let (user, leader) = (self.by.user, self.by.leader);
        if let Some(from) = from.filter(|from| *from != user && !leader) {
            return Err(DeskError::Assigned(from.to_owned()));
        }
        // What somebody else has is handed over by that person, or by whoever is in charge.
        let mine = |holder: Option<&str>| match from {
            Some(from) => holder == Some(from),
            None => leader || holder.is_none_or(|h| h == user),
        };
        let (mut moved, mut kept) = (false, None);
        let mut give = |holder: &mut Option<String>| {
            if mine(holder.as_deref()) {
                *holder = Some(to.clone());
                moved = true;
            } else {
                kept.clone_from(holder);
            }
        };
        for one in self.case.steps.iter_mut().filter(|s| s.ended_at.is_none() && step.is_none_or(|key| key == s.key)) {
            give(&mut one.assigned);
        }
        if step.is_none() {
            give(&mut self.case.assigned);
        }
        if !moved {
            return Err(kept.map_or_else(|| DeskError::Step("没有可以移交的环节".to_owned()), DeskError::Assigned));
        }
        Ok(if reason.is_empty() { to } else { format!("{to}：{reason}") })
    }
}

fn next_key(there: usize) -> u32 {
    u32::try_from(there).unwrap_or(u32::MAX).saturating_add(1)
}
