//! What waits for whoever asks. A list asked with `waiting=mine` gives what this person may go on with: not what a power this person does
//! not hold decides, and not what the same person began and another has to decide. Today's numbers count the same rows.

use super::answer::{Refusal, bad};
use crate::app::App;
use crate::oversight::Matter;
use crate::people::Caller;
use daylight_domain::card::{Card, CardState};
use daylight_domain::complaint::{Complaint, ComplaintState};
use daylight_domain::draft::{DraftState, ItemDraft, reviewer};
use daylight_domain::enquiry::{Enquiry, EnquiryState};
use daylight_domain::evaluation::entry::{EntryState, ScoreEntry};
use daylight_domain::exclusion::{ExclusionEntry, ExclusionState};
use daylight_domain::investigation::{Investigation, InvestigationState};
use daylight_domain::order::{OrderState, SupervisionOrder};
use daylight_domain::publication::{Publication, PublicationState};
use daylight_domain::rating::{Rating, RatingState};
use daylight_domain::role::Right;
use daylight_store::{CardFilter, MatterFilter};
use std::collections::HashMap;

/// Rows read at once.
const PAGE: u32 = 200;

/// Who asks: for the county, or for a department.
#[derive(Clone, Copy)]
struct Who<'a>(&'a Caller);

impl Who<'_> {
    /// Has a right for the county.
    fn county(self, right: Right) -> bool {
        self.0.department.is_none() && self.0.may(right)
    }
    /// Has a right for this department.
    fn of(self, department: &str, right: Right) -> bool {
        self.0.department.as_deref() == Some(department) && self.0.may(right)
    }
    /// Is not this person.
    fn is_not(self, user: &str) -> bool {
        self.0.user != user
    }
}

/// A matter that waits for somebody.
pub(super) trait Waits {
    /// Whether it waits for whoever asks, who may go on with it.
    fn waits(&self, caller: &Caller) -> bool;

    /// Whether that differs from one to the next in this state. Where it does not, one speaks for all, and they are counted from an index.
    fn differs(state: &str, caller: &Caller) -> bool;
}

impl Waits for SupervisionOrder {
    fn differs(_: &str, _: &Caller) -> bool {
        false
    }

    fn waits(&self, caller: &Caller) -> bool {
        use OrderState as S;
        match self.state {
            S::Proposed | S::Replied => Who(caller).county(Right::Order),
            S::Issued | S::Returned => Who(caller).of(&self.department, Right::Answer),
            _ => false,
        }
    }
}

impl Waits for Investigation {
    fn differs(_: &str, _: &Caller) -> bool {
        true
    }

    fn waits(&self, caller: &Caller) -> bool {
        use InvestigationState as S;
        let who = Who(caller);
        match self.state {
            S::Proposed => who.county(Right::Approve) && who.is_not(&self.proposed_by),
            S::Concluded | S::Measures => self.measures.iter().filter(|m| m.open()).any(|m| {
                let power = if m.kind.of_commission() { Right::Discipline } else { Right::Supervise };
                match m.replied_at {
                    Some(_) => who.county(power),
                    None => who.of(&self.department, Right::Answer),
                }
            }),
            _ => false,
        }
    }
}

impl Waits for Publication {
    fn differs(_: &str, _: &Caller) -> bool {
        true
    }

    fn waits(&self, caller: &Caller) -> bool {
        let who = Who(caller);
        self.state == PublicationState::Draft && who.county(Right::Approve) && who.is_not(&self.author)
    }
}

impl Waits for ExclusionEntry {
    fn differs(_: &str, _: &Caller) -> bool {
        true
    }

    fn waits(&self, caller: &Caller) -> bool {
        let who = Who(caller);
        self.state == ExclusionState::Proposed && who.county(Right::Approve) && who.is_not(&self.by)
    }
}

impl Waits for ScoreEntry {
    fn differs(_: &str, _: &Caller) -> bool {
        true
    }

    fn waits(&self, caller: &Caller) -> bool {
        let who = Who(caller);
        self.state == EntryState::Proposed && who.county(Right::Approve) && who.is_not(&self.entered_by)
    }
}

impl Waits for Complaint {
    fn differs(state: &str, caller: &Caller) -> bool {
        caller.department.is_none() && ["handling", "replied", "closed"].contains(&state)
    }

    fn waits(&self, caller: &Caller) -> bool {
        use ComplaintState as S;
        let who = Who(caller);
        let asked = self.extension.as_ref().is_some_and(|e| e.allowed.is_none());
        match self.state {
            S::Registered | S::Accepted => who.county(Right::Complain),
            S::Handling if caller.department.is_none() => {
                asked && who.county(Right::Complain) && !self.handled_by(&caller.user)
            }
            S::Assigned | S::Handling => who.of(&self.department, Right::Answer),
            S::Replied => who.county(Right::Complain) && !self.handled_by(&caller.user),
            // Without a name there is nobody to call; it is put away.
            S::Closed => who.county(Right::Complain) && (self.complainant.is_none() || !self.handled_by(&caller.user)),
            _ => false,
        }
    }
}

impl Waits for Enquiry {
    fn differs(state: &str, caller: &Caller) -> bool {
        caller.department.is_none() && state == "registered"
    }

    /// A department answers; what it sent back is given to another, and what it answered is closed, by the county's desk.
    fn waits(&self, caller: &Caller) -> bool {
        let who = Who(caller);
        match self.state {
            EnquiryState::Registered if who.of(&self.department, Right::Answer) => true,
            EnquiryState::Registered => who.county(Right::Complain) && self.returned_by.contains(&self.department),
            EnquiryState::Replied => who.county(Right::Complain),
            _ => false,
        }
    }
}

impl Waits for Rating {
    fn differs(state: &str, _: &Caller) -> bool {
        ["appealed", "rectified"].contains(&state)
    }

    fn waits(&self, caller: &Caller) -> bool {
        use RatingState as S;
        let who = Who(caller);
        match self.state {
            S::Open | S::Contacted => who.of(&self.department, Right::Answer),
            S::Appealed | S::Rectified => who.county(Right::Complain) && !self.dealt_by(&caller.user),
            _ => false,
        }
    }
}

impl Waits for ItemDraft {
    fn differs(_: &str, _: &Caller) -> bool {
        true
    }

    /// An office reviews what others drafted; what was sent back waits for its department, or for who drafted it in an office.
    fn waits(&self, caller: &Caller) -> bool {
        let drafted = self.drafted_by.contains(&caller.user);
        match self.state {
            DraftState::Submitted => {
                Who(caller).county(Right::Review) && caller.role == reviewer(&self.item) && !drafted
            }
            DraftState::Returned if caller.department.is_none() => drafted && caller.may(Right::Catalogue),
            DraftState::Returned => Who(caller).of(&self.department, Right::Catalogue),
            _ => false,
        }
    }
}

/// Cards of a state that wait for whoever asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// None.
    None,
    /// All, of a department its own.
    All,
    /// Those that this person neither wrote nor issued: neither is for him to decide.
    Others,
}

fn cards_in(state: CardState, caller: &Caller) -> Ask {
    use CardState as S;
    let supervises = Who(caller).county(Right::Supervise);
    match state {
        S::PendingConfirm | S::Appealed if supervises => Ask::Others,
        S::Answered if supervises => Ask::All,
        S::Issued | S::Read | S::Upheld if caller.department.is_some() && caller.may(Right::Answer) => Ask::All,
        _ => Ask::None,
    }
}

/// Filters that together let through what waits for whoever asks, one for each state: whom it waits for is in no card but in its columns.
pub(super) fn card_filters(caller: &Caller, filter: &CardFilter) -> Vec<(CardState, CardFilter)> {
    let own = caller.department.clone();
    let of = |state: CardState| {
        let ask = cards_in(state, caller);
        let asked = filter.state.as_deref().is_none_or(|word| word == state.as_str());
        (asked && ask != Ask::None).then(|| {
            let not_by = (ask == Ask::Others).then(|| caller.user.clone());
            let department = own.clone().or_else(|| filter.department.clone());
            let state_word = Some(state.as_str().to_owned());
            (state, CardFilter { department, state: state_word, not_by, ..filter.clone() })
        })
    };
    CardState::WORDS.iter().filter_map(|word| of(CardState::from_name(word)?)).collect()
}

/// Whether a list is asked for what waits for whoever asks.
pub(super) fn mine(query: &HashMap<String, String>) -> Result<bool, Refusal> {
    match query.get("waiting").map(String::as_str) {
        None => Ok(false),
        Some("mine") => Ok(true),
        Some(other) => Err(bad("query.waiting", &format!("未知的“{other}”"), "waiting=mine")),
    }
}

/// A page of matters: as many as there is room for, of those asked for.
pub(super) async fn listed<T: Matter + Waits>(
    app: &App,
    caller: &Caller,
    query: &HashMap<String, String>,
    filter: MatterFilter,
) -> Result<Vec<T>, Refusal> {
    if !mine(query)? {
        return Ok(app.list_matters(filter).await?);
    }
    let most = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut found = every(app, caller, filter).await?;
    found.truncate(most);
    Ok(found)
}

/// All matters of a filter that wait for whoever asks, in the order of their numbers, however many it lets through at once.
pub(super) async fn every<T: Matter + Waits>(
    app: &App,
    caller: &Caller,
    mut filter: MatterFilter,
) -> Result<Vec<T>, Refusal> {
    let mut found = Vec::new();
    filter.limit = PAGE;
    loop {
        let rows: Vec<T> = app.list_matters(filter.clone()).await?;
        let full = u32::try_from(rows.len()).is_ok_and(|n| n == PAGE);
        filter.after = rows.last().map(|one| one.no().to_owned());
        found.extend(rows.into_iter().filter(|one| one.waits(caller)));
        if !full {
            return Ok(found);
        }
    }
}

/// The same of cards: as many as the filter has room for.
pub(super) async fn cards(app: &App, caller: &Caller, filter: CardFilter) -> Result<Vec<Card>, Refusal> {
    let mut found = Vec::new();
    for (_, one) in card_filters(caller, &filter) {
        found.extend(app.store.cards(&one).await?);
    }
    found.sort_by(|a, b| a.no.cmp(&b.no));
    found.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
    Ok(found)
}
