//! How a case comes to its end: decision, fees, completion, delivery; and who has it until then.

use super::handle::{Work, bounded, full, maybe, next_key};
use super::record::Says;
use super::{
    DeskDecision, DeskDelivery, DeskError, DeskFee, DeskState, FeeFacts, MaterialState, PaperFacts, PaperKind, Series,
};
use crate::item::NodeKind;
use crate::record::{Field, RecordType};
use chrono::NaiveDate;

impl Work<'_> {
    /// Nothing is pending that a decision has to wait for.
    pub(super) fn settled(&self) -> Result<(), DeskError> {
        self.case.reaches(NodeKind::Decide)?;
        if self.case.specials.iter().any(|s| s.ended_at.is_none()) {
            return Err(DeskError::State(DeskState::Special, "作出决定"));
        }
        if let Some(one) = self.case.joint.iter().find(|j| j.waits()) {
            return Err(DeskError::Joint(format!("会办部门“{}”尚未答复", one.called())));
        }
        if let Some(one) = self.case.asks.iter().find(|a| a.waits()) {
            return Err(DeskError::Mandatory(vec![format!("审批：{}", one.kind.name_zh())]));
        }
        Ok(())
    }

    pub(super) fn decide(
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
        let asked = self.case.hearings.iter().any(super::DeskHearing::waits);
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

    pub(super) fn fee(
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
        if let Some(before) = self.case.fees.iter().find(|f| f.item == item && f.cancelled.is_none()) {
            let how = if before.paid_at.is_some() { "已经收过" } else { "已开出缴费通知，尚未缴清" };
            return Err(DeskError::FeeTwice(item.to_owned(), how));
        }
        let basis = bounded("依据", basis, 1000)?;
        if reduced > 0 && basis.is_empty() {
            return Err(DeskError::Fee("减免须写明依据".to_owned()));
        }
        let basis = if basis.is_empty() { known.basis.clone() } else { basis };
        let bill_no = maybe("缴款单号", bill_no, 100)?;
        let key = next_key(self.case.fees.len());
        let doc = self.draw(Series::Paper(PaperKind::Bill));
        self.case.fees.push(DeskFee {
            key,
            item: item.to_owned(),
            amount,
            reduced,
            basis: basis.clone(),
            bill_no: bill_no.clone(),
            billed_at: self.ctx.now,
            paid_at: (amount == 0).then_some(self.ctx.now),
            doc_no: doc.clone(),
            cancelled: None,
        });
        self.tell_fee(key);
        let fee = FeeFacts { item: item.to_owned(), amount, reduced, basis, bill_no };
        let facts = PaperFacts { fee: Some(fee), ..self.facts() };
        self.paper(PaperKind::Bill, &doc, facts);
        Ok(item.to_owned())
    }

    pub(super) fn tell_fee(&mut self, key: u32) {
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

    pub(super) fn cancel_fee(&mut self, key: u32, reason: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special, DeskState::Decided], "取消缴费通知")?;
        let reason = full("取消的理由", reason, 200)?;
        let now = self.ctx.now;
        let Some(one) = self.case.fees.iter_mut().find(|f| f.key == key && f.cancelled.is_none()) else {
            return Err(DeskError::Fee("没有指明未缴的费用".to_owned()));
        };
        if one.paid_at.is_some() && one.amount > 0 {
            return Err(DeskError::Fee(format!("“{}”已经缴清，不能取消", one.item)));
        }
        one.cancelled = Some((reason.clone(), now));
        let (doc, item, at) = (one.doc_no.clone(), one.item.clone(), one.billed_at);
        self.void(&doc, &reason);
        // Told again: nothing was charged.
        let says = Says::default()
            .text(Field::FeeItem, &item)
            .fen(Field::Amount, 0)
            .fen(Field::Reduced, 0)
            .text(Field::Basis, &format!("缴费通知取消：{reason}"));
        self.tell(RecordType::Fee, &format!("/fee/{key}"), at, says);
        Ok(format!("{item}：{reason}"))
    }

    /// 撤销受理, as the acceptance said: what was to follow has not come by the last day.
    pub(super) fn revoke(&mut self, reason: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "撤销受理")?;
        let reason = full("撤销受理的理由", reason, 2000)?;
        let due = self.case.tolerance_due();
        let due = due.ok_or_else(|| DeskError::Material("没有尚未补交的容缺材料".to_owned()))?;
        if self.ctx.now.date() <= due {
            return Err(DeskError::Date(format!("容缺补交期限到 {due}，期满前不能撤销受理")));
        }
        let tolerated = self.case.materials.iter().filter(|m| m.state == MaterialState::Tolerated);
        let missing: Vec<String> = tolerated.map(|m| m.name.clone()).collect();
        let remedies = self.remedies("")?;
        self.break_off();
        let doc = self.draw(Series::Paper(PaperKind::Revocation));
        let facts = PaperFacts { reason: reason.clone(), remedies, missing, due: Some(due), ..self.facts() };
        self.paper(PaperKind::Revocation, &doc, facts);
        self.finish((DeskState::Revoked, "returned"), &reason);
        Ok(reason)
    }

    pub(super) fn paid(&mut self, key: Option<u32>, bill_no: Option<&String>) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special, DeskState::Decided], "登记缴费")?;
        let bill_no = maybe("缴款单号", bill_no, 100)?;
        let unpaid: Vec<u32> = self.case.fees.iter().filter(|f| f.waits()).map(|f| f.key).collect();
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

    pub(super) fn finish(&mut self, (state, finish_type): (DeskState, &str), reason: &str) {
        let certificate = self.case.decision.as_ref().and_then(|d| d.certificate_no.clone());
        let valid = self.case.decision.as_ref().map_or((None, None), |d| d.valid);
        // Who ends a part from the main case is nobody of this department.
        let own = self.by.department == self.case.department;
        let says = Says::default()
            .text(Field::FinishType, finish_type)
            .text(Field::Reason, reason)
            .maybe(Field::Staff, own.then_some(self.by.user))
            .maybe(Field::CertNo, certificate.as_deref())
            .at(Field::CertIssuedAt, certificate.as_ref().map(|_| self.ctx.now))
            .date(Field::CertValidFrom, valid.0)
            .date(Field::CertValidTo, valid.1);
        self.tell(RecordType::Finish, "", self.ctx.now, says);
        self.case.state = state;
        self.case.closed_at = Some(self.ctx.now);
    }

    pub(super) fn end_case(&mut self) -> Result<String, DeskError> {
        self.from(&[DeskState::Decided, DeskState::Forwarded], "办结")?;
        if self.case.state == DeskState::Forwarded {
            let to = self.case.forwarded.as_ref().map_or_else(String::new, |(to, _)| to.clone());
            self.finish((DeskState::Finished, "forwarded"), &format!("转报{to}"));
            return Ok(to);
        }
        let granted = self.case.decision.as_ref().is_some_and(|d| d.granted);
        if granted {
            self.case.reaches(NodeKind::End)?;
            if let Some(one) = self.case.fees.iter().find(|f| f.waits()) {
                return Err(DeskError::Fee(format!("“{}”尚未缴清", one.item)));
            }
        }
        let reason = self.case.decision.as_ref().map_or_else(String::new, |d| d.reason.clone());
        self.finish((DeskState::Finished, if granted { "granted" } else { "refused" }), &reason);
        Ok(String::new())
    }

    pub(super) fn deliver(&mut self, mode: &str, collector: &str) -> Result<String, DeskError> {
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

    pub(super) fn hand_over(
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
