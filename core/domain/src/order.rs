//! 督办: what supervision asks of a department beyond a card, from a reminder (催办) to a supervision order (督办单) or a task of a
//! higher authority (交办), with a date for the reply, the reply, its review, and the end. Handbook §10.3, §10.7.

use crate::Timestamp;
use crate::procedure::Done;
use serde::{Deserialize, Serialize};

/// What kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// 催办
    Reminder,
    /// 督办
    Order,
    /// 交办: a task of a higher authority, passed on.
    Assigned,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Drawn up by the system because something before it went unanswered; a person issues or declines it. 待签发
    Proposed,
    /// A person decided against it. 不予督办
    Declined,
    /// Sent; a reply is due.
    Issued,
    /// The department replied.
    Replied,
    /// The reply was not enough; another is due. 退回
    Returned,
    /// The reply was accepted. 办结
    Closed,
    /// Taken back.
    Withdrawn,
    /// A reminder nobody replied to: an order was proposed instead. 已升级
    Escalated,
}

impl OrderState {
    /// The words there are.
    pub const WORDS: &'static [&'static str] =
        &["proposed", "declined", "escalated", "issued", "replied", "returned", "closed", "withdrawn"];

    /// The word in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Declined => "declined",
            Self::Escalated => "escalated",
            Self::Issued => "issued",
            Self::Replied => "replied",
            Self::Returned => "returned",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Proposed => "待签发",
            Self::Declined => "不予督办",
            Self::Escalated => "已升级",
            Self::Issued => "待回复",
            Self::Replied => "已回复",
            Self::Returned => "已退回",
            Self::Closed => "已办结",
            Self::Withdrawn => "已撤回",
        }
    }
}

/// A supervision order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SupervisionOrder {
    /// Its number.
    pub no: String,
    /// What kind.
    pub kind: OrderKind,
    /// To whom.
    pub department: String,
    /// Cards it rests on, by number.
    pub cards: Vec<String>,
    /// What is asked.
    pub content: String,
    /// Where it stands.
    pub state: OrderState,
    /// When it was sent.
    pub issued_at: Timestamp,
    /// The last instant for the reply that is due now.
    pub due: Timestamp,
    /// When the department replied last.
    pub replied_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
    /// Who is told besides: the leader in charge (分管负责人).
    #[serde(default)]
    pub copied_to: Vec<String>,
    /// The reminder that went unanswered before it.
    #[serde(default)]
    pub follows: Option<String>,
    /// What was proposed because this went unanswered: an order or an investigation, by number.
    #[serde(default)]
    pub followed_by: Option<String>,
}

/// What a named person does with an order.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderAct {
    /// A person issues what was proposed.
    Issue {
        /// What is asked; empty: as it was drawn up.
        text: String,
        /// Until when.
        due: Timestamp,
    },
    /// A person decides against what was proposed.
    Decline {
        /// Why.
        text: String,
    },
    /// A reminder is followed by an order.
    Escalate {
        /// The order's number.
        to: String,
    },
    /// The department replies.
    Reply {
        /// What it says.
        text: String,
    },
    /// The reply is sent back; another is due.
    Return {
        /// Why.
        text: String,
        /// Until when.
        due: Timestamp,
    },
    /// The reply is accepted.
    Close {
        /// Remarks, may be empty.
        text: String,
    },
    /// The order is taken back.
    Withdraw {
        /// Why.
        text: String,
    },
}

/// Why an act on an order is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The order stands where this cannot be done.
    #[error("order.state: 督办现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(OrderState, &'static str),
    /// Words are missing.
    #[error("order.words: 请写明内容")]
    Words,
}

impl SupervisionOrder {
    /// Does something with the order.
    ///
    /// # Errors
    /// [`OrderError`]; the order is unchanged then.
    pub fn act(&mut self, act: OrderAct, by: &str, at: Timestamp) -> Result<(), OrderError> {
        use OrderState as S;
        let from = |states: &[S], zh| {
            if states.contains(&self.state) { Ok(()) } else { Err(OrderError::State(self.state, zh)) }
        };
        let words = |text: &str| if text.trim().is_empty() { Err(OrderError::Words) } else { Ok(()) };
        let (word, text) = match act {
            OrderAct::Issue { text, due } => {
                from(&[S::Proposed], "签发")?;
                if !text.trim().is_empty() {
                    self.content.clone_from(&text);
                }
                self.state = S::Issued;
                self.issued_at = at;
                self.due = due;
                ("issue", text)
            }
            OrderAct::Decline { text } => {
                from(&[S::Proposed], "不予签发")?;
                words(&text)?;
                self.state = S::Declined;
                ("decline", text)
            }
            OrderAct::Escalate { to } => {
                from(&[S::Issued, S::Returned], "升级")?;
                if self.kind == OrderKind::Reminder {
                    self.state = S::Escalated;
                }
                self.followed_by = Some(to.clone());
                ("escalate", to)
            }
            OrderAct::Reply { text } => {
                from(&[S::Issued, S::Returned], "回复")?;
                words(&text)?;
                self.state = S::Replied;
                self.replied_at = Some(at);
                ("reply", text)
            }
            OrderAct::Return { text, due } => {
                from(&[S::Replied], "退回")?;
                words(&text)?;
                self.state = S::Returned;
                self.replied_at = None;
                self.due = due;
                ("return", text)
            }
            OrderAct::Close { text } => {
                from(&[S::Replied], "办结")?;
                self.state = S::Closed;
                ("close", text)
            }
            OrderAct::Withdraw { text } => {
                from(&[S::Issued, S::Returned, S::Replied], "撤回")?;
                words(&text)?;
                self.state = S::Withdrawn;
                self.withdrawn_at = Some(at);
                ("withdraw", text)
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.to_owned(), at, text });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> SupervisionOrder {
        SupervisionOrder {
            no: "DB1".to_owned(),
            kind: OrderKind::Order,
            department: "market".to_owned(),
            cards: Vec::new(),
            content: "请说明超时原因并整改".to_owned(),
            state: OrderState::Issued,
            issued_at: Timestamp(0),
            due: Timestamp(10),
            replied_at: None,
            withdrawn_at: None,
            steps: Vec::new(),
            copied_to: Vec::new(),
            follows: None,
            followed_by: None,
        }
    }

    #[test]
    fn what_the_system_proposes_a_person_issues_or_declines() {
        let proposed = || SupervisionOrder { state: OrderState::Proposed, ..order() };
        let mut one = proposed();
        let reply = OrderAct::Reply { text: "x".to_owned() };
        assert!(one.act(reply, "hua", Timestamp(1)).is_err(), "nothing was sent yet");
        one.act(OrderAct::Issue { text: String::new(), due: Timestamp(9) }, "ming", Timestamp(2)).expect("issued");
        assert_eq!((one.state, one.issued_at, one.due), (OrderState::Issued, Timestamp(2), Timestamp(9)));
        assert_eq!(one.content, order().content, "as it was drawn up");
        let mut one = proposed();
        assert_eq!(one.act(OrderAct::Decline { text: " ".to_owned() }, "ming", Timestamp(1)), Err(OrderError::Words));
        one.act(OrderAct::Decline { text: "已口头说明".to_owned() }, "ming", Timestamp(1)).expect("declined");
        // A reminder gives way to what follows it, an order stands until it is replied to.
        for (kind, state) in [(OrderKind::Reminder, OrderState::Escalated), (OrderKind::Order, OrderState::Issued)] {
            let mut one = SupervisionOrder { kind, ..order() };
            one.act(OrderAct::Escalate { to: "DB2".to_owned() }, "system", Timestamp(1)).expect("escalated");
            assert_eq!((one.state, one.followed_by.as_deref()), (state, Some("DB2")));
        }
    }

    #[test]
    fn a_reply_that_is_not_enough_makes_another_due_and_every_step_stays() {
        let mut one = order();
        let text = |t: &str| t.to_owned();
        assert_eq!(
            one.act(OrderAct::Close { text: String::new() }, "ming", Timestamp(1)),
            Err(OrderError::State(OrderState::Issued, "办结"))
        );
        assert_eq!(one.act(OrderAct::Reply { text: text(" ") }, "hua", Timestamp(1)), Err(OrderError::Words));
        one.act(OrderAct::Reply { text: text("已整改") }, "hua", Timestamp(2)).expect("replied");
        one.act(OrderAct::Return { text: text("未说明原因"), due: Timestamp(20) }, "ming", Timestamp(3))
            .expect("returned");
        assert_eq!((one.due, one.replied_at), (Timestamp(20), None), "another reply is due");
        one.act(OrderAct::Reply { text: text("原因如下") }, "hua", Timestamp(4)).expect("replied");
        one.act(OrderAct::Close { text: String::new() }, "ming", Timestamp(5)).expect("closed");
        assert!(one.act(OrderAct::Withdraw { text: text("x") }, "ming", Timestamp(6)).is_err(), "what is closed stays");
        let acts: Vec<&str> = one.steps.iter().map(|s| s.act.as_str()).collect();
        assert_eq!(acts, ["reply", "return", "reply", "close"]);
    }
}
