//! 联办: what a department is asked becomes a part at its own desk, with a number, a last day and a holder there. The request in the main
//! case decides: once it is answered or taken back, the part is over.

use super::act::{Context, Outcome};
use super::handle::{Work, answered, full};
use super::record::Says;
use super::{DeskActor, DeskCase, DeskError, DeskState, JointPart, JointRequest, Series};
use crate::item::Item;
use crate::record::{Field, RecordType};

impl Outcome {
    /// Begins the parts of what this act asks: of each department for which `at_desk` holds. The requests note their numbers.
    #[must_use]
    pub fn begin_parts(
        &mut self,
        before: &DeskCase,
        at_desk: impl Fn(&str) -> bool,
        by: DeskActor<'_>,
        ctx: &Context<'_>,
    ) -> Vec<Self> {
        let main = self.case.clone();
        let new = self.case.joint.iter_mut().filter(|j| before.joint.iter().all(|b| b.key != j.key));
        new.filter(|j| at_desk(&j.department))
            .map(|request| {
                let part = main.begin_part(request, by, ctx);
                request.part = Some(part.case.no.clone());
                part
            })
            .collect()
    }
}

impl DeskCase {
    /// What another department is asked, as it comes to that department's desk. Who applied is not told there.
    fn begin_part(&self, request: &JointRequest, by: DeskActor<'_>, ctx: &Context<'_>) -> Outcome {
        let main = self.masked();
        let item = Item { flow: None, materials: Vec::new(), specials: Vec::new(), fees: Vec::new(), ..main.item };
        let begun = (request.department.as_str(), request.asked_by.as_str(), request.asked_at);
        let part = Self {
            state: DeskState::Processing,
            part: Some(JointPart {
                department: self.department.clone(),
                case_no: self.no.clone(),
                key: request.key,
                content: request.content.clone(),
                reply_by: request.reply_by,
            }),
            ..Self::begun(begun, Item { is_fee: false, ..item }, (main.title, main.applicant, main.channel))
        };
        let mut work = Work::new(part, by, ctx);
        work.case.no = work.draw(Series::Case);
        let says = Says::default()
            .text(Field::CaseTitle, &work.case.title)
            .text(Field::HandleType, "joint")
            .text(Field::ParentCaseNo, &self.no)
            .date(Field::ExpectedReplyBy, Some(request.reply_by));
        work.tell(RecordType::Apply, "", ctx.now, says);
        work.done("ask", &request.content)
    }

    /// A part after its request was answered or taken back: it is over.
    ///
    /// # Errors
    /// Somebody else of the department has it.
    pub fn follow(&self, request: &JointRequest, by: DeskActor<'_>, ctx: &Context<'_>) -> Result<Outcome, DeskError> {
        let mut work = Work::new(self.clone(), by, ctx);
        if let Some((why, _)) = &request.taken_back {
            work.finish((DeskState::Withdrawn, "withdrawn"), why);
            return Ok(work.done("unask-joint", why));
        }
        let opinion = request.opinion.as_deref().unwrap_or_default();
        self.end_answered(work, &answered(opinion, request.agrees == Some(true)))
    }

    /// The opinion of a part whose lead department has left the desk: its main case is worked elsewhere, and the part is answered by its
    /// own record.
    ///
    /// # Errors
    /// It is over; nothing is said; somebody else of the department has it.
    pub fn answer_alone(
        &self,
        (opinion, agrees): (&str, bool),
        by: DeskActor<'_>,
        ctx: &Context<'_>,
    ) -> Result<Outcome, DeskError> {
        if self.state.is_closed() {
            return Err(DeskError::State(self.state, "提出会办意见"));
        }
        let opinion = full("会办意见", opinion, 2000)?;
        self.end_answered(Work::new(self.clone(), by, ctx), &answered(&opinion, agrees))
    }

    fn end_answered(&self, mut work: Work<'_>, opinion: &str) -> Result<Outcome, DeskError> {
        if let Some(other) = self.assigned.as_deref().filter(|a| *a != work.by.user && !work.by.leader) {
            return Err(DeskError::Assigned(other.to_owned()));
        }
        work.finish((DeskState::Finished, "completed"), opinion);
        Ok(work.done("answer", opinion))
    }
}
