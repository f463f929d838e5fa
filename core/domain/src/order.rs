//! 督办: what supervision asks of a department beyond a card, from a reminder (催办) to a supervision order (督办单) or a task of a
//! higher authority (交办), with a date for the reply, the reply, its review, and the end. Handbook §10.3, §10.7.

use crate::Timestamp;
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
}

impl OrderState {
    /// The word in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
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
            Self::Issued => "待回复",
            Self::Replied => "已回复",
            Self::Returned => "已退回",
            Self::Closed => "已办结",
            Self::Withdrawn => "已撤回",
        }
    }
}

/// One step in the life of an order: never changed, never deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OrderStep {
    /// What was done: `issue`, `reply`, `return`, `close`, `withdraw`.
    pub act: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The words.
    pub text: String,
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
    pub steps: Vec<OrderStep>,
}

/// What a named person does with an order.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderAct {
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
        self.steps.push(OrderStep { act: word.to_owned(), by: by.to_owned(), at, text });
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
