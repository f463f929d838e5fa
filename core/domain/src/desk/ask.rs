//! What one person asks for and another decides: special procedures, the extension, voiding; and the notices that follow.

use super::act::Notice;
use super::handle::{Work, bounded, full, maybe, next_key};
use super::record::Says;
use super::{Ask, AskKind, DeskError, DeskExtension, DeskSpecial, DeskState, PaperFacts, PaperKind, Series};
use crate::code::table;
use crate::record::{Field, RecordType};

/// An extension that the head of the organ may grant, and for joint handling the head of the government, working days
/// (行政许可法 42).
const EXTENSION: (u32, u32) = (10, 15);

impl Work<'_> {
    pub(super) fn ask(
        &mut self,
        kind: AskKind,
        reason: &str,
        days: u32,
        special: Option<String>,
    ) -> Result<String, DeskError> {
        if self.case.asks.iter().any(|a| a.kind == kind && a.waits()) {
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
            taken_back: None,
        });
        Ok(reason.to_owned())
    }

    pub(super) fn unask_approval(&mut self, key: u32, reason: &str) -> Result<String, DeskError> {
        let reason = full("收回的理由", reason, 200)?;
        let (now, by) = (self.ctx.now, self.by);
        let asked = self.case.asks.iter_mut().find(|a| a.key == key && a.waits()).ok_or(DeskError::Ask(key))?;
        if asked.by != by.user {
            return Err(DeskError::Assigned(asked.by.clone()));
        }
        asked.taken_back = Some((reason.clone(), now));
        Ok(reason)
    }

    pub(super) fn unask_joint(&mut self, key: u32, reason: &str) -> Result<String, DeskError> {
        let reason = full("收回的理由", reason, 200)?;
        let (now, by) = (self.ctx.now, self.by);
        let Some(one) = self.case.joint.iter_mut().find(|j| j.key == key && j.waits()) else {
            return Err(DeskError::Joint(format!("没有尚未答复的第 {key} 号会办")));
        };
        // Whoever asked may have left: then whoever is in charge.
        if one.asked_by != by.user && !by.leader {
            return Err(DeskError::Assigned(one.asked_by.clone()));
        }
        one.taken_back = Some((reason.clone(), now));
        Ok(format!("{}：{reason}", one.called()))
    }

    pub(super) fn ask_special(&mut self, kind: &str, basis: &str, days: u32) -> Result<String, DeskError> {
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

    pub(super) fn may_extend(&self, days: u32) -> Result<(), DeskError> {
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

    pub(super) fn allow(
        &mut self,
        key: u32,
        allowed: bool,
        text: &str,
        approver: Option<&String>,
    ) -> Result<String, DeskError> {
        let asked = self.case.asks.iter().find(|a| a.key == key && a.waits()).cloned();
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

    pub(super) fn begin_special(&mut self, asked: &Ask) -> Result<(), DeskError> {
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

    pub(super) fn tell_special(&mut self, key: u32) {
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

    pub(super) fn extend(&mut self, asked: &Ask, approver: Option<&String>) -> Result<(), DeskError> {
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

    pub(super) fn tell_extension(&mut self) {
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

    pub(super) fn notify(&mut self, what: Notice) -> Result<String, DeskError> {
        // Somebody who forgot to write it down does so after the decision.
        use DeskState as S;
        self.from(&[S::Processing, S::Special, S::Decided, S::Finished, S::Delivered], "登记告知")?;
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
}
