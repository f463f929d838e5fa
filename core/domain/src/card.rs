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
    /// The department has opened it. 已阅
    Read,
    /// The department has answered.
    Answered,
    /// The answer was accepted; the matter is done. 办结
    Closed,
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
    /// The words there are.
    pub const WORDS: &'static [&'static str] = &[
        "trial",
        "pending_confirm",
        "issued",
        "read",
        "closed",
        "answered",
        "appealed",
        "revoked",
        "upheld",
        "escalated",
        "cancelled",
    ];

    /// The word in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::PendingConfirm => "pending_confirm",
            Self::Issued => "issued",
            Self::Read => "read",
            Self::Closed => "closed",
            Self::Answered => "answered",
            Self::Appealed => "appealed",
            Self::Revoked => "revoked",
            Self::Upheld => "upheld",
            Self::Escalated => "escalated",
            Self::Cancelled => "cancelled",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Trial => "试运行",
            Self::PendingConfirm => "待发",
            Self::Issued => "已发",
            Self::Read => "已阅",
            Self::Answered => "已反馈",
            Self::Closed => "已办结",
            Self::Appealed => "申诉中",
            Self::Revoked => "已撤销",
            Self::Upheld => "维持",
            Self::Escalated => "已升级",
            Self::Cancelled => "已取消",
        }
    }

    /// From the word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Trial,
            Self::PendingConfirm,
            Self::Issued,
            Self::Read,
            Self::Answered,
            Self::Closed,
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
        matches!(self, Self::Issued | Self::Read | Self::Answered | Self::Closed | Self::Appealed | Self::Upheld)
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
    /// When the department opened it first.
    #[serde(default)]
    pub read_at: Option<Timestamp>,
    /// What the department answered.
    pub feedback: Option<String>,
    /// When.
    pub feedback_at: Option<Timestamp>,
    /// Who answered.
    #[serde(default)]
    pub feedback_by: Option<String>,
    /// Who accepted the answer, which ended the matter.
    #[serde(default)]
    pub closed_by: Option<String>,
    /// The department's appeal.
    #[serde(default)]
    pub appeal: Option<Appeal>,
    /// Data that was corrected since makes the finding untrue: a person should look whether to revoke.
    #[serde(default)]
    pub revocation_proposed: bool,
    /// Revoked by whom.
    pub revoked_by: Option<String>,
    /// Revoked why.
    pub revoke_reason: Option<String>,
    /// Who wrote it by hand; nothing: the program judged.
    #[serde(default)]
    pub written_by: Option<String>,
    /// The lower card that this one replaces.
    pub escalated_from: Option<String>,
    /// Fired only after a stop of the system, later than it fell due.
    pub late: bool,
    /// The finding's sentence.
    pub explain_zh: String,
}

/// 申诉
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Appeal {
    /// Why the department thinks that the card is wrong.
    pub grounds: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What was decided; nothing while it is open.
    #[serde(default)]
    pub decision: Option<AppealDecision>,
}

/// How an appeal was decided. The decider is never who issued the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AppealDecision {
    /// The card stands (维持); else it is revoked (撤销).
    pub upheld: bool,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What a named person does with a card.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Issues a card that waited for it. 确认发牌
    Confirm {
        /// Until when the department should answer.
        feedback_due: Option<Timestamp>,
    },
    /// Lets a card that waited fall. 取消
    Cancel {
        /// Why.
        reason: String,
    },
    /// The department opens it.
    Read,
    /// The department answers.
    Feedback {
        /// What it says.
        text: String,
    },
    /// The answer is accepted.
    Close,
    /// The department appeals.
    Appeal {
        /// Why.
        grounds: String,
    },
    /// The appeal is decided.
    Decide {
        /// The card stands.
        upheld: bool,
        /// Why.
        reason: String,
    },
    /// Takes an issued card back. 撤销
    Revoke {
        /// Why.
        reason: String,
    },
}

impl Act {
    /// The word in the audit.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Confirm { .. } => "confirm",
            Self::Cancel { .. } => "cancel",
            Self::Read => "read",
            Self::Feedback { .. } => "feedback",
            Self::Close => "close",
            Self::Appeal { .. } => "appeal",
            Self::Decide { .. } => "decide",
            Self::Revoke { .. } => "revoke",
        }
    }
}

/// Why an act on a card is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The card stands where this cannot be done.
    #[error("card.state: 监察卡现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(CardState, &'static str),
    /// An appeal is made within the time for the answer.
    #[error("card.appeal-late: 申诉期限（即反馈期限）已过")]
    Late,
    /// A reason, an answer or grounds are missing.
    #[error("card.words: 请写明理由或内容")]
    Words,
    /// More is said than a card can hold.
    #[error("card.words: 理由或内容最多 {WORDS} 个字，多的作为材料附上")]
    Long,
    /// Who wrote a card by hand does not confirm it, and who wrote or confirmed it does not decide the appeal against it.
    #[error("card.same-person: 填写的人不能确认，填写或确认的人不能决定对它的申诉")]
    SamePerson,
}

/// Characters of an answer, a reason, grounds.
const WORDS: usize = 5000;

impl Card {
    /// Does something with the card. Nothing is ever deleted: every act leaves its words, its person and its time.
    ///
    /// # Errors
    /// [`ActError`]; the card is unchanged then.
    pub fn act(&mut self, act: Act, by: &str, at: Timestamp) -> Result<(), ActError> {
        use CardState as S;
        let words = |text: String| match text.trim().chars().count() {
            0 => Err(ActError::Words),
            n if n > WORDS => Err(ActError::Long),
            _ => Ok(text),
        };
        let from = |states: &[S], zh| {
            if states.contains(&self.state) { Ok(()) } else { Err(ActError::State(self.state, zh)) }
        };
        match act {
            Act::Confirm { feedback_due } => {
                from(&[S::PendingConfirm], "确认")?;
                if self.written_by.as_deref() == Some(by) {
                    return Err(ActError::SamePerson);
                }
                self.state = S::Issued;
                self.issued_at = Some(at);
                self.issued_by = Some(by.to_owned());
                self.feedback_due = feedback_due;
            }
            Act::Cancel { reason } => {
                from(&[S::PendingConfirm], "取消")?;
                self.revoke_reason = Some(words(reason)?);
                self.revoked_by = Some(by.to_owned());
                self.state = S::Cancelled;
            }
            Act::Read => {
                from(&[S::Issued], "签阅")?;
                self.state = S::Read;
                self.read_at = Some(at);
            }
            Act::Feedback { text } => {
                from(&[S::Issued, S::Read, S::Upheld], "反馈")?;
                self.feedback = Some(words(text)?);
                self.feedback_at = Some(at);
                self.feedback_by = Some(by.to_owned());
                self.read_at = self.read_at.or(Some(at));
                self.state = S::Answered;
            }
            Act::Close => {
                from(&[S::Answered], "办结")?;
                self.closed_by = Some(by.to_owned());
                self.state = S::Closed;
            }
            Act::Appeal { grounds } => {
                from(&[S::Issued, S::Read, S::Answered], "申诉")?;
                if self.feedback_due.is_some_and(|due| due < at) {
                    return Err(ActError::Late);
                }
                self.appeal = Some(Appeal { grounds: words(grounds)?, by: by.to_owned(), at, decision: None });
                self.read_at = self.read_at.or(Some(at));
                self.state = S::Appealed;
            }
            Act::Decide { upheld, reason } => {
                from(&[S::Appealed], "决定申诉")?;
                let reason = words(reason)?;
                if [&self.issued_by, &self.written_by].into_iter().any(|one| one.as_deref() == Some(by)) {
                    return Err(ActError::SamePerson);
                }
                let decision = AppealDecision { upheld, reason: reason.clone(), by: by.to_owned(), at };
                if let Some(appeal) = &mut self.appeal {
                    appeal.decision = Some(decision);
                }
                if !upheld {
                    self.revoked_by = Some(by.to_owned());
                    self.revoke_reason = Some(reason);
                }
                self.state = if upheld { S::Upheld } else { S::Revoked };
            }
            Act::Revoke { reason } => {
                from(&[S::Issued, S::Read, S::Answered, S::Closed, S::Upheld], "撤销")?;
                self.revoke_reason = Some(words(reason)?);
                self.revoked_by = Some(by.to_owned());
                self.state = S::Revoked;
            }
        }
        Ok(())
    }
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
    /// Who writes it by hand; nothing: the program judged.
    pub by: Option<&'a str>,
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
        // A red card has consequences for a person: a named person issues it, never the program.
        // What is suspended brings no cases; what it owes to supervision it owes all the same.
        Phase::Live | Phase::Suspended if rule.mode == Mode::Confirm || how.held || finding.level == Level::Red => {
            CardState::PendingConfirm
        }
        Phase::Live | Phase::Suspended => CardState::Issued,
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
        issued_by: issued.then(|| how.by.unwrap_or("system").to_owned()),
        feedback_due: how.feedback_due.filter(|_| issued),
        read_at: None,
        feedback: None,
        feedback_at: None,
        feedback_by: None,
        closed_by: None,
        appeal: None,
        revocation_proposed: false,
        revoked_by: None,
        revoke_reason: None,
        written_by: how.by.map(str::to_owned),
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

    fn issued() -> Card {
        let finding = Finding {
            rule: "T-02".to_owned(),
            rule_version: 1,
            family: "limit".to_owned(),
            level: Level::Yellow,
            object: crate::finding::ObjectKind::Case,
            object_id: "A1".to_owned(),
            case_no: Some("A1".to_owned()),
            item_code: None,
            fact_time: Timestamp(0),
            value: 1,
            inputs: std::collections::BTreeMap::new(),
            calendar_version: None,
            explain_zh: "超时".to_owned(),
        };
        Card {
            no: card_no("330824", 2026, 1),
            department: "market".to_owned(),
            finding_key: finding.dedupe_key(),
            rule: finding.rule,
            family: finding.family,
            object_id: finding.object_id,
            case_no: finding.case_no,
            level: finding.level,
            state: CardState::Issued,
            created_at: Timestamp(0),
            issued_at: Some(Timestamp(0)),
            issued_by: Some("ming".to_owned()),
            feedback_due: None,
            read_at: None,
            feedback: None,
            feedback_at: None,
            feedback_by: None,
            closed_by: None,
            appeal: None,
            revocation_proposed: false,
            revoked_by: None,
            revoke_reason: None,
            written_by: None,
            escalated_from: None,
            late: false,
            explain_zh: finding.explain_zh,
        }
    }

    #[test]
    fn a_card_is_read_answered_and_closed_and_nothing_else_fits_between() {
        let (now, text) = (Timestamp(1), || "已整改".to_owned());
        let mut card = issued();
        assert_eq!(card.act(Act::Close, "ming", now), Err(ActError::State(CardState::Issued, "办结")));
        card.act(Act::Read, "hua", now).expect("opened");
        assert_eq!(card.act(Act::Feedback { text: " ".to_owned() }, "hua", now), Err(ActError::Words));
        card.act(Act::Feedback { text: text() }, "hua", now).expect("answered");
        assert_eq!((card.state, card.feedback_by.as_deref()), (CardState::Answered, Some("hua")));
        card.act(Act::Close, "ming", now).expect("closed");
        assert!(card.act(Act::Appeal { grounds: text() }, "hua", now).is_err(), "a closed card is not appealed");
        assert!(card.act(Act::Confirm { feedback_due: None }, "ming", now).is_err());
        assert!(card.state.counts());
    }

    #[test]
    fn who_issued_a_card_does_not_decide_the_appeal_and_a_revoked_one_does_not_count() {
        let now = Timestamp(1);
        let mut card = issued();
        card.act(Act::Appeal { grounds: "系统故障".to_owned() }, "hua", now).expect("appealed");
        let decide = |upheld| Act::Decide { upheld, reason: "经核实".to_owned() };
        assert_eq!(card.act(decide(false), "ming", now), Err(ActError::SamePerson));
        assert_eq!(card.state, CardState::Appealed, "nothing changed");
        let mut upheld = card.clone();
        upheld.act(decide(true), "lin", now).expect("decided");
        assert!(upheld.state == CardState::Upheld && upheld.state.counts());
        card.act(decide(false), "lin", now).expect("decided");
        assert!(card.state == CardState::Revoked && !card.state.counts());
        let decision = card.appeal.and_then(|a| a.decision).expect("a decision");
        assert_eq!((decision.by.as_str(), decision.upheld), ("lin", false));
    }

    #[test]
    fn a_card_number_has_twenty_characters_and_a_wrong_digit_shows() {
        let no = card_no("330824", 2026, 123);
        assert_eq!(no.len(), 20);
        assert!(no.starts_with("3308242026000000123"));
        assert_ne!(no.chars().last(), card_no("330824", 2026, 124).chars().last());
    }
}
