//! Records of complaints, enquiries and ratings that came through the exchange feed the same registers, each once. The ledger is
//! the queue: a place in it is remembered, and what was entered twice after a stop is found to be there.

use crate::app::App;
use crate::config::Department;
use crate::oversight::Deed;
use crate::problem::Problem;
use daylight_domain::check::fields_from_canonical;
use daylight_domain::complaint::{Complaint, ComplaintState, Contact, ProblemKind, Way};
use daylight_domain::enquiry::{Enquiry, EnquiryState};
use daylight_domain::procedure::Done;
use daylight_domain::rating::{Given, Rating, RatingError};
use daylight_domain::record::{Field, Fields, RecordType};
use daylight_store::EventRow;
use serde_json::json;

/// Who enters what a source reports.
const SOURCE: &str = "source";
/// Events read at once.
const TOGETHER: u32 = 500;

/// Who complains, asks or rates, as far as the record says.
fn contact(fields: &Fields) -> Option<Contact> {
    let text = |field| fields.text(field).unwrap_or_default().to_owned();
    let name = [Field::ContactName, Field::ApplicantName].into_iter().map(text).find(|t| !t.is_empty());
    let address = fields.string(Field::Address);
    let one = Contact { name: name.unwrap_or_default(), phone: text(Field::ContactPhone), address };
    (!one.is_empty()).then_some(one)
}

fn said(fields: &Fields) -> (String, String) {
    let text = |field| fields.text(field).unwrap_or_default().to_owned();
    (text(Field::Title), text(Field::Content))
}

fn case_of(event: &EventRow) -> Option<String> {
    (!event.case_no.is_empty()).then(|| event.case_no.clone())
}

fn step(act: &str, at: daylight_domain::Timestamp, text: &str) -> Done {
    Done { act: act.to_owned(), by: SOURCE.to_owned(), at, text: text.to_owned() }
}

/// What the record says of the end, put into a complaint that nobody here has touched.
fn ended(one: &mut Complaint, fields: &Fields) {
    let Some(at) = fields.instant(Field::EndedAt) else { return };
    let reply = fields.string(Field::Result);
    one.steps.push(step("close", at, reply.as_deref().unwrap_or("")));
    one.state = ComplaintState::Closed;
    (one.screened_at, one.closed_at, one.reply, one.due) = (Some(at), Some(at), reply, None);
}

fn answered(one: &mut Enquiry, fields: &Fields) {
    let Some(at) = fields.instant(Field::EndedAt) else { return };
    let reply = fields.string(Field::Result);
    one.steps.push(step("reply", at, reply.as_deref().unwrap_or("")));
    one.state = EnquiryState::Replied;
    (one.replied_at, one.reply, one.due) = (Some(at), reply, None);
}

impl App {
    /// Enters what a department has reported since the last look.
    pub(crate) async fn take_in(&self, department: &Department) -> Result<(), Problem> {
        let place = format!("register.seen.{}", department.id);
        let seen: u64 = self.store.setting(&place).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let head = self.store.head(&department.id).await?.seq;
        if head <= seen {
            return Ok(());
        }
        for kind in [RecordType::Evaluation, RecordType::Complaint, RecordType::Consult] {
            let mut after = seen;
            loop {
                let events = self.store.events_of_type(&department.id, kind, after, TOGETHER).await?;
                let Some(last) = events.last().map(|e| e.seq) else { break };
                for event in events.iter().filter(|e| e.seq <= head) {
                    let Some(fields) = fields_from_canonical(&event.payload) else { continue };
                    match kind {
                        RecordType::Evaluation => self.rated(department, event, &fields).await?,
                        RecordType::Complaint => self.complained(department, event, &fields).await?,
                        _ => self.asked(department, event, &fields).await?,
                    }
                }
                if last >= head {
                    break;
                }
                after = last;
            }
        }
        Ok(self.store.put_setting(&place, &head.to_string()).await?)
    }

    async fn rated(&self, department: &Department, event: &EventRow, fields: &Fields) -> Result<(), Problem> {
        let channel = fields.string(Field::Pf).unwrap_or_default();
        let given = Given {
            department: department.id.clone(),
            case_no: case_of(event),
            code: (fields.string(Field::Satisfaction).unwrap_or_default(), department.satisfaction),
            // A channel that says so is a default rating, whatever the flag says.
            by_default: fields.flag(Field::IsDefault) == Some(true) || channel == "system",
            channel,
            round: fields.number(Field::Round).and_then(|n| u32::try_from(n).ok()).unwrap_or(1).max(1),
            text: fields.string(Field::Content).unwrap_or_default(),
            rater: contact(fields),
            window: fields.string(Field::Window),
            device: fields.string(Field::Device),
            source_no: Some(event.source_key.clone()),
            at: event.event_time,
        };
        let one = match Rating::register(given, SOURCE, event.received_time) {
            Ok(one) => one,
            // The exchange lets no other code through; a record of an older table is passed over, not fatal.
            Err(RatingError::Code(code)) => {
                tracing::warn!(department = %department.id, key = %event.source_key, "满意度“{code}”无法识别，未登记");
                return Ok(());
            }
            Err(e) => return Err(e.into()),
        };
        // A correction of what is counted already changes nothing: one service is rated once (handbook §7.3).
        self.enter_rating(one, SOURCE, None).await.map(|_| ())
    }

    async fn complained(&self, department: &Department, event: &EventRow, fields: &Fields) -> Result<(), Problem> {
        let first = (department.id.as_str(), Way::Exchange, ProblemKind::Other);
        let mut one = Complaint::register(first, said(fields), contact(fields), SOURCE, event.event_time);
        one.source_no = Some(event.source_key.clone());
        one.case_no = case_of(event);
        one.object = fields.string(Field::Window).or_else(|| event.item_code.clone());
        one.due = self.rule_due("K-01", &department.id).ok();
        ended(&mut one, fields);
        let Err(no) = self.enter_complaint(one, SOURCE).await? else { return Ok(()) };
        let mut kept = self.find_matter::<Complaint>(&no).await?;
        if kept.matter.state != ComplaintState::Registered {
            return Ok(());
        }
        (kept.matter.title, kept.matter.content) = said(fields);
        kept.matter.complainant = contact(fields).or(kept.matter.complainant.take());
        ended(&mut kept.matter, fields);
        let detail = json!({ "version": event.data_version });
        self.keep_registered(kept, Deed { act: "amend", by: SOURCE }, detail).await.map(|_| ())
    }

    async fn asked(&self, department: &Department, event: &EventRow, fields: &Fields) -> Result<(), Problem> {
        let first = (department.id.as_str(), Way::Exchange);
        let mut one = Enquiry::register(first, said(fields), contact(fields), SOURCE, event.event_time);
        one.source_no = Some(event.source_key.clone());
        one.case_no = case_of(event);
        one.item.clone_from(&event.item_code);
        answered(&mut one, fields);
        let Err(no) = self.enter_enquiry(one, SOURCE).await? else { return Ok(()) };
        let mut kept = self.find_matter::<Enquiry>(&no).await?;
        if kept.matter.state != EnquiryState::Registered {
            return Ok(());
        }
        (kept.matter.title, kept.matter.content) = said(fields);
        kept.matter.asker = contact(fields).or(kept.matter.asker.take());
        answered(&mut kept.matter, fields);
        let detail = json!({ "version": event.data_version });
        self.keep_registered(kept, Deed { act: "amend", by: SOURCE }, detail).await.map(|_| ())
    }
}
