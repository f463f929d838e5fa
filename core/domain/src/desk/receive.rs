//! 收件: an application is taken down at the counter.

use super::act::{Context, Outcome, Receipt};
use super::handle::{Work, bounded, code, full, maybe};
use super::record::Says;
use super::{
    Applicant, DeskActor, DeskCase, DeskError, DeskMaterial, DeskState, MaterialState, PaperFacts, PaperKind, Series,
};
use crate::Timestamp;
use crate::item::{Item, ItemState};
use crate::limit::DEEMED_ACCEPTANCE_DAYS;
use crate::record::{Field, RecordType};
use std::collections::BTreeMap;

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
    /// A case of a department with nothing done yet: by whom and when it was begun, under which item, and what it is about.
    pub(super) fn begun(
        (department, by, at): (&str, &str, Timestamp),
        item: Item,
        (title, applicant, channel): (String, Applicant, String),
    ) -> Self {
        Self {
            no: String::new(),
            department: department.to_owned(),
            state: DeskState::Received,
            item,
            title,
            applicant,
            part: None,
            channel,
            window: None,
            queue_no: None,
            materials: Vec::new(),
            received_at: at,
            received_by: by.to_owned(),
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
            rating_link: None,
            assigned: None,
            code: None,
            papers: Vec::new(),
            history: Vec::new(),
            versions: BTreeMap::new(),
        }
    }

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
        let begun = (by.department, by.user, ctx.now);
        let title = if title.is_empty() { item.name.clone() } else { title };
        let case = DeskCase {
            window: maybe("窗口", receipt.window.as_ref(), 100)?,
            queue_no: maybe("排队号", receipt.queue_no.as_ref(), 50)?,
            materials: item.materials.iter().map(material).collect(),
            ..DeskCase::begun(begun, item.clone(), (title, receipt.applicant()?, channel))
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
}
