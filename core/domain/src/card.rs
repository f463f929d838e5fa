//! Cards: what a finding becomes when it is issued to a department. Handbook §3.5, §10.3, §10.7.

use crate::Timestamp;
use crate::department::Phase;
use crate::finding::{Finding, Level, ObjectKind};
use crate::rule::{Mode, Rule};
use serde::{Deserialize, Serialize};

/// Where a card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// Judged while the department is in trial: shown inside, never sent, never counted. 试运行
    Trial,
    /// 待发: waits for a named person's confirmation.
    PendingConfirm,
    /// 已发
    Issued,
    /// The department has answered.
    Answered,
    /// The department has appealed.
    Appealed,
    /// 撤销
    Revoked,
    /// The appeal was turned down.
    Upheld,
    /// Replaced by a higher card of the same object and family.
    Escalated,
    /// 取消: only from pending.
    Cancelled,
}

impl CardState {
    /// The word in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::PendingConfirm => "pending_confirm",
            Self::Issued => "issued",
            Self::Answered => "answered",
            Self::Appealed => "appealed",
            Self::Revoked => "revoked",
            Self::Upheld => "upheld",
            Self::Escalated => "escalated",
            Self::Cancelled => "cancelled",
        }
    }

    /// From the word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Trial,
            Self::PendingConfirm,
            Self::Issued,
            Self::Answered,
            Self::Appealed,
            Self::Revoked,
            Self::Upheld,
            Self::Escalated,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|s| s.as_str() == name)
    }

    /// Whether the card counts against the department.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Issued | Self::Answered | Self::Appealed | Self::Upheld)
    }
}

/// One card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Card {
    /// 监察编号, an..20: division code 6, year 4, number 9, check character 1.
    pub no: String,
    /// To whom.
    pub department: String,
    /// The finding it rests on, by its key.
    pub finding_key: String,
    /// Rule id.
    pub rule: String,
    /// Of one object and family only the highest card counts.
    pub family: String,
    /// What it is about.
    pub object_id: String,
    /// The case, where there is one.
    pub case_no: Option<String>,
    /// How serious.
    pub level: Level,
    /// Where it stands.
    pub state: CardState,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// Who confirmed it; `system` for automatic cards.
    pub issued_by: Option<String>,
    /// Until when the department should answer.
    pub feedback_due: Option<Timestamp>,
    /// What the department answered.
    pub feedback: Option<String>,
    /// When.
    pub feedback_at: Option<Timestamp>,
    /// Revoked by whom.
    pub revoked_by: Option<String>,
    /// Revoked why.
    pub revoke_reason: Option<String>,
    /// The lower card that this one replaces.
    pub escalated_from: Option<String>,
    /// Fired only after a stop of the system, later than it fell due.
    pub late: bool,
    /// The finding's sentence.
    pub explain_zh: String,
}

/// Under which a department holds at most one standing card: the rule's family and the object.
#[must_use]
pub fn slot(finding: &Finding) -> String {
    format!("{}:{}", finding.family, finding.object_id)
}

/// What decides whether and how a finding becomes a card.
#[derive(Clone, Copy, Debug)]
pub struct Issuing<'a> {
    /// To whom.
    pub department: &'a str,
    /// Its phase: in trial nothing leaves the house.
    pub phase: Phase,
    /// The source is silent (U-01): what only time made true waits for a person.
    pub held: bool,
    /// The present.
    pub now: Timestamp,
    /// Until when an answer is due.
    pub feedback_due: Option<Timestamp>,
    /// The system stood still when it fell due.
    pub late: bool,
    /// The standing card in the same slot: its level and number.
    pub standing: Option<(Level, &'a str)>,
}

/// The card a finding becomes; none for hints, none for alarms about the county's own configuration, and none where a card as
/// high stands already. The number is drawn later.
#[must_use]
pub fn draft(rule: &Rule, finding: &Finding, how: Issuing<'_>) -> Option<Card> {
    if finding.level < Level::Prewarning || rule.mode == Mode::Hint || finding.object == ObjectKind::County {
        return None;
    }
    if how.standing.is_some_and(|(level, _)| level >= finding.level) {
        return None;
    }
    let state = match how.phase {
        Phase::Live if rule.mode == Mode::Confirm || how.held => CardState::PendingConfirm,
        Phase::Live => CardState::Issued,
        _ => CardState::Trial,
    };
    let issued = state == CardState::Issued;
    Some(Card {
        no: String::new(),
        department: how.department.to_owned(),
        finding_key: finding.dedupe_key(),
        rule: finding.rule.clone(),
        family: finding.family.clone(),
        object_id: finding.object_id.clone(),
        case_no: finding.case_no.clone(),
        level: finding.level,
        state,
        created_at: how.now,
        issued_at: issued.then_some(how.now),
        issued_by: issued.then(|| "system".to_owned()),
        feedback_due: how.feedback_due.filter(|_| issued),
        feedback: None,
        feedback_at: None,
        revoked_by: None,
        revoke_reason: None,
        escalated_from: how.standing.map(|(_, no)| no.to_owned()),
        late: how.late,
        explain_zh: finding.explain_zh.clone(),
    })
}

const CHECK: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// 监察编号: `330824` `2026` `000000123` and a check character mod 31 (the alphabet of GB 32100).
#[must_use]
pub fn card_no(division: &str, year: i32, number: u64) -> String {
    let body = format!("{division:0>6.6}{year:04}{number:09}");
    let sum = body.bytes().enumerate().fold(0u64, |sum, (at, digit)| {
        let weight = (0..at).fold(1u64, |w, _| w * 3 % 31);
        sum + u64::from(digit.wrapping_sub(b'0')) * weight
    });
    let check = usize::try_from((31 - sum % 31) % 31).ok().and_then(|at| CHECK.get(at)).copied().unwrap_or(b'0');
    format!("{body}{}", char::from(check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_has_twenty_characters_and_a_wrong_digit_shows() {
        let no = card_no("330824", 2026, 123);
        assert_eq!(no.len(), 20);
        assert!(no.starts_with("3308242026000000123"));
        assert_ne!(no.chars().last(), card_no("330824", 2026, 124).chars().last());
    }
}
