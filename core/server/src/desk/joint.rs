//! Joint handling (联办): an act on a case and what it does to its parts at other departments' desks, kept together; and who has to hear
//! of an act. A department that has left the desk since keeps its parts as they stand: its own system reports now.

use super::Read;
use super::keep::DeskDeed;
use crate::app::App;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::desk::{Context, DeskAct, DeskActor, DeskCase, Outcome};
use daylight_store::OutboxRow;
use serde_json::json;
use std::borrow::Cow;

/// Acts that the own department has to hear of.
const TOLD: [&str; 6] = ["answer", "ask-special", "ask-extension", "ask-void", "allow", "corrected"];

impl App {
    /// The case in which an act is done: for the opinion of a part its main case.
    pub(super) async fn desk_main<'a>(
        &self,
        read: Read,
        act: &'a DeskAct,
    ) -> Result<(Read, Cow<'a, DeskAct>), Problem> {
        match (&read.case.part, act) {
            (Some(part), DeskAct::Answer { opinion, agrees, .. }) => {
                let main = self.desk_read(&part.department, &part.case_no).await?;
                let act = DeskAct::Answer { key: Some(part.key), opinion: opinion.clone(), agrees: *agrees };
                Ok((main, Cow::Owned(act)))
            }
            _ => Ok((read, Cow::Borrowed(act))),
        }
    }

    /// An act, and what becomes of the parts: what is asked begins one, what is answered or taken back ends it.
    ///
    /// # Errors
    /// Somebody else has the part; the store.
    pub(super) async fn desk_deeds<'a>(
        &self,
        main: &Read,
        mut outcome: Outcome,
        (act, by): (&'a DeskAct, DeskActor<'_>),
        context: &Context<'_>,
    ) -> Result<Vec<DeskDeed<'a>>, Problem> {
        let at_desk = |id: &str| self.desk(id).is_ok();
        let begun = outcome.begin_parts(&main.case, at_desk, by, context);
        let mut parts = Vec::new();
        for outcome in begun {
            let messages = vec![message("ask", &outcome.case, &outcome.case.department, context.now)];
            parts.push(DeskDeed { outcome, act: "ask", seen: None, messages });
        }
        for request in outcome.case.joint.iter().filter(|j| !j.waits() && at_desk(&j.department)) {
            let waited = main.case.joint.iter().any(|before| before.key == request.key && before.waits());
            let Some(no) = request.part.as_ref().filter(|_| waited) else { continue };
            let read = self.desk_read(&request.department, no).await?;
            let outcome = read.case.follow(request, by, context)?;
            let (word, messages) = if request.taken_back.is_some() {
                ("unask-joint", vec![message("unask-joint", &outcome.case, &outcome.case.department, context.now)])
            } else {
                ("answer", Vec::new())
            };
            parts.push(DeskDeed { outcome, act: word, seen: Some(read.version), messages });
        }
        let messages = told(&main.case, &outcome.case, act, (by, context.now));
        let own = DeskDeed { outcome, act: act.word(), seen: Some(main.version), messages };
        Ok(std::iter::once(own).chain(parts).collect())
    }

    /// Takes in what another department's desk reports with an act; where that fails the rest comes later.
    pub(super) async fn desk_take_after(&self, department: &str) {
        if let Err(e) = self.desk_take(department).await {
            tracing::error!(department, "窗口办件的记录尚未入库，稍后重试：{e}");
        }
    }
}

/// Who has to hear of an act on a case, besides those at whose desk it has parts.
fn told(before: &DeskCase, case: &DeskCase, act: &DeskAct, (by, now): (DeskActor<'_>, Timestamp)) -> Vec<OutboxRow> {
    let mut all = Vec::new();
    for request in case.joint.iter().filter(|j| j.part.is_none()) {
        match before.joint.iter().find(|b| b.key == request.key) {
            None => all.push(message("ask", case, &request.department, now)),
            Some(b) if b.waits() && request.taken_back.is_some() => {
                all.push(message("unask-joint", case, &request.department, now));
            }
            Some(_) => {}
        }
    }
    let word = act.word();
    let over = matches!(act, DeskAct::HandOver { to, .. } if to.trim() != by.user);
    if TOLD.contains(&word) || over {
        all.push(message(word, case, &case.department, now));
    }
    all
}

/// A message about a case, for a department: its number and where it stands, never who applied.
fn message(word: &str, case: &DeskCase, department: &str, now: Timestamp) -> OutboxRow {
    let last = case.part.as_ref().map(|part| part.reply_by);
    let asked = || case.joint.iter().rev().find(|j| j.department == department).map(|j| j.reply_by);
    let due = if word == "ask" { last.or_else(asked) } else { None };
    let body = json!({
        "desk": case.no, "owner": case.department, "state": case.state.as_str(), "item": case.item.code,
        "due": due.map(|date| Timestamp::end_of(date).plus_ms(-1)),
    });
    OutboxRow {
        id: uuid::Uuid::now_v7().to_string(),
        seq: 0,
        topic: format!("desk.{word}"),
        department: department.to_owned(),
        body: body.to_string(),
        created_at: now,
        card: None,
    }
}
