//! 督促 → 调查: what follows by itself when nobody answers. A card without an answer is followed by a reminder, a reminder without
//! a reply by a proposed order, an order without one by a proposed investigation; so are red cards that come again and again. What
//! has consequences is only ever proposed: a named person issues it.

use super::Deed;
use crate::app::App;
use crate::config::Department;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::card::Card;
use daylight_domain::department::Phase;
use daylight_domain::finding::Level;
use daylight_domain::investigation::{Investigation, InvestigationState, Origin};
use daylight_domain::order::{OrderAct, OrderKind, OrderState, SupervisionOrder};
use daylight_domain::procedure::{Done, Periods};
use daylight_store::{CardFilter, MatterFilter};
use serde_json::json;

/// The system, where nobody did it by name.
const SYSTEM: &str = "system";
/// Open matters of one department that are looked through.
const OPEN: u32 = 1000;

impl App {
    fn periods(&self) -> &Periods {
        &self.config.main.procedure
    }

    /// A new order, drawn up by the system.
    fn drawn_up(
        &self,
        department: &Department,
        (kind, state): (OrderKind, OrderState),
        (content, cards): (String, Vec<String>),
        due: Timestamp,
    ) -> SupervisionOrder {
        let now = self.clock.now();
        let act = if state == OrderState::Proposed { "propose" } else { "issue" };
        SupervisionOrder {
            no: String::new(),
            kind,
            department: department.id.clone(),
            cards,
            state,
            issued_at: now,
            due,
            replied_at: None,
            withdrawn_at: None,
            steps: vec![Done { act: act.to_owned(), by: SYSTEM.to_owned(), at: now, text: content.clone() }],
            content,
            copied_to: Vec::new(),
            follows: None,
            followed_by: None,
        }
    }

    /// 催办: cards that nobody answered in time are reminded of, together.
    pub(crate) async fn remind(&self, department: &Department, cards: &[Card]) -> Result<(), Problem> {
        if department.phase == Phase::Trial || !self.periods().remind || cards.is_empty() {
            return Ok(());
        }
        let mut numbers: Vec<String> = cards.iter().map(|c| c.no.clone()).collect();
        // What it was reminded of before a stop is not reminded of again.
        let mut filter =
            MatterFilter { department: Some(department.id.clone()), limit: OPEN, ..MatterFilter::default() };
        loop {
            let orders = self.list_matters::<SupervisionOrder>(filter.clone()).await?;
            for order in orders.iter().filter(|o| o.kind == OrderKind::Reminder) {
                numbers.retain(|no| !order.cards.contains(no));
            }
            match orders.last() {
                Some(last) if orders.len() == usize::try_from(OPEN).unwrap_or(0) => {
                    filter.after = Some(last.no.clone())
                }
                _ => break,
            }
        }
        if numbers.is_empty() {
            return Ok(());
        }
        let content = format!("{} 张监察卡逾期未反馈，请即反馈：{}", numbers.len(), numbers.join("、"));
        let due = self.working_due(self.periods().reminder_days)?;
        let order = self.drawn_up(department, (OrderKind::Reminder, OrderState::Issued), (content, numbers), due);
        self.begin_matter(&order, Deed { act: "issue", by: SYSTEM }, json!({ "because": "K-08" })).await?;
        Ok(())
    }

    /// What went unanswered is followed by what is next, once.
    pub(crate) async fn escalate(&self, department: &Department, now: Timestamp) -> Result<(), Problem> {
        if department.phase == Phase::Trial || !self.periods().propose {
            return Ok(());
        }
        let of = |states: &[&str]| MatterFilter {
            department: Some(department.id.clone()),
            states: states.iter().map(|s| (*s).to_owned()).collect(),
            limit: OPEN,
            ..MatterFilter::default()
        };
        let overdue = MatterFilter { due_before: Some(now), ..of(&["issued", "returned"]) };
        for order in self.list_matters::<SupervisionOrder>(overdue).await? {
            if order.followed_by.is_some() {
                continue;
            }
            let next = match order.kind {
                OrderKind::Reminder => self.order_after(department, &order, of(&["proposed"])).await?,
                OrderKind::Order | OrderKind::Assigned => {
                    let refs = (Origin::Order, vec![order.no.clone()]);
                    let subject = format!("督办 {} 逾期未回复：{}", order.no, order.content);
                    self.propose_investigation(department, refs, subject).await?
                }
            };
            // Read again: somebody may have replied this moment.
            let mut kept = self.find_matter::<SupervisionOrder>(&order.no).await?;
            if kept.matter.act(OrderAct::Escalate { to: next.clone() }, SYSTEM, now).is_ok() {
                self.keep_matter(kept, Deed { act: "escalate", by: SYSTEM }, json!({ "to": next })).await?;
            }
        }
        self.repeated_reds(department, now).await
    }

    /// The order that follows a reminder, copied to the leader in charge. After a stop between the two writes it is found again.
    async fn order_after(
        &self,
        department: &Department,
        reminder: &SupervisionOrder,
        proposed: MatterFilter,
    ) -> Result<String, Problem> {
        let there = self.list_matters::<SupervisionOrder>(proposed).await?;
        if let Some(one) = there.into_iter().find(|o| o.follows.as_ref() == Some(&reminder.no)) {
            return Ok(one.no);
        }
        let content = format!("催办 {} 逾期未回复。{}", reminder.no, reminder.content);
        let due = self.working_due(self.periods().approve_days)?;
        let mut order =
            self.drawn_up(department, (OrderKind::Order, OrderState::Proposed), (content, reminder.cards.clone()), due);
        order.follows = Some(reminder.no.clone());
        order.copied_to.extend(department.contacts.leader.clone());
        let detail = json!({ "because": reminder.no });
        Ok(self.begin_matter(&order, Deed { act: "propose", by: SYSTEM }, detail).await?.no)
    }

    async fn propose_investigation(
        &self,
        department: &Department,
        (origin, refs): (Origin, Vec<String>),
        subject: String,
    ) -> Result<String, Problem> {
        let all = MatterFilter { department: Some(department.id.clone()), limit: OPEN, ..MatterFilter::default() };
        let same = |one: &Investigation| one.origin == origin && refs.iter().any(|r| one.refs.contains(r));
        if let Some(one) = self.list_matters::<Investigation>(all).await?.into_iter().find(same) {
            return Ok(one.no);
        }
        let times = (self.clock.now(), self.working_due(self.periods().approve_days)?);
        let detail = json!({ "because": refs });
        let one = Investigation::propose(&department.id, (origin, refs), subject, SYSTEM, times);
        Ok(self.begin_matter(&one, Deed { act: "propose", by: SYSTEM }, detail).await?.no)
    }

    /// Red cards that come again and again propose an investigation: one for each so many that no other rests on.
    async fn repeated_reds(&self, department: &Department, now: Timestamp) -> Result<(), Problem> {
        let enough = usize::try_from(self.periods().red_cards).unwrap_or(0);
        if enough == 0 {
            return Ok(());
        }
        let filter = CardFilter {
            department: Some(department.id.clone()),
            level: Some(Level::Red),
            from: Some(now.plus_ms(-i64::from(self.periods().red_days) * 86_400_000)),
            limit: OPEN,
            ..CardFilter::default()
        };
        let reds: Vec<Card> = self.store.cards(&filter).await?.into_iter().filter(|c| c.state.counts()).collect();
        if reds.len() < enough {
            return Ok(());
        }
        let all = MatterFilter { department: Some(department.id.clone()), limit: OPEN, ..MatterFilter::default() };
        let known = self.list_matters::<Investigation>(all).await?;
        if known.iter().any(|one| one.state == InvestigationState::Proposed && one.origin == Origin::Cards) {
            return Ok(());
        }
        let fresh = |c: &&Card| !known.iter().any(|one| one.refs.contains(&c.no));
        let numbers: Vec<String> = reds.iter().filter(fresh).map(|c| c.no.clone()).collect();
        if numbers.len() < enough {
            return Ok(());
        }
        let subject = format!("{} 天内 {} 张红牌：{}", self.periods().red_days, numbers.len(), numbers.join("、"));
        self.propose_investigation(department, (Origin::Cards, numbers), subject).await?;
        Ok(())
    }
}
