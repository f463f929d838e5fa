//! 好差评: what people say of a service they got, in five levels. A good rating is counted; a bad one is contacted about, put
//! right, called back about, or found to be mistaken or malicious by somebody who does not answer for the department. What the
//! system gives by default is kept apart from what people say. Handbook §5.9, §7.2, §7.3.

use crate::Timestamp;
use crate::complaint::{Actor, Contact, Content};
use crate::procedure::Done;
use crate::rule::RatingFacts;
use crate::word::words;
use serde::{Deserialize, Serialize};

words! {
    /// By which table a source codes satisfaction. The two run in opposite directions, and nothing in a value tells which.
    SatisfactionTable {
        Gb = "gb", "GB/T 39046 A.8：1 非常满意 … 5 非常不满意";
        Reversed = "reversed", "1 非常不满意 … 5 非常满意（浙江办件中心）";
    }
}

#[expect(clippy::derivable_impls, reason = "the words are written by a macro")]
impl Default for SatisfactionTable {
    fn default() -> Self {
        Self::Gb
    }
}

impl SatisfactionTable {
    /// A source's code as GB has it: 1 very satisfied … 5 very dissatisfied. Nothing for what is in neither table.
    #[must_use]
    pub fn read(self, code: &str) -> Option<u8> {
        let code: u8 = code.trim().parse().ok().filter(|n| (1..=5).contains(n))?;
        Some(match self {
            Self::Gb => code,
            Self::Reversed => 6 - code,
        })
    }
}

/// From here on a rating is bad: 4 不满意, 5 非常不满意.
pub const BAD: u8 = 4;

words! {
    /// Where a rating stands.
    RatingState {
        Counted = "counted", "已计入";
        Open = "open", "待核实";
        Contacted = "contacted", "待整改";
        Appealed = "appealed", "申诉中";
        Rectified = "rectified", "待回访";
        Dismissed = "dismissed", "不予采信";
        Closed = "closed", "已办结";
    }
}

/// One rating and what was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rating {
    /// Its number.
    pub no: String,
    /// Where it stands.
    pub state: RatingState,
    /// The department that is rated.
    pub department: String,
    /// The case.
    pub case_no: Option<String>,
    /// When it was given.
    pub rated_at: Timestamp,
    /// 1 非常满意 … 5 非常不满意, whatever the source's table.
    pub satisfaction: u8,
    /// The source's own code.
    pub raw: String,
    /// The table it is read by.
    pub table: SatisfactionTable,
    /// Code of table `evaluation_channel`.
    pub channel: String,
    /// Given by the system because nobody did.
    pub by_default: bool,
    /// 1 the first, 2 the second about the same case (追评).
    pub round: u32,
    /// In words.
    pub text: String,
    /// Who rates; nothing: without a name.
    pub rater: Option<Contact>,
    /// The window at which it was given.
    pub window: Option<String>,
    /// The device on which it was given.
    pub device: Option<String>,
    /// The source's key.
    pub source_no: Option<String>,
    /// When whoever rated was contacted, or, without a name, what was said was looked into.
    pub contacted_at: Option<Timestamp>,
    /// When it was put right.
    pub rectified_at: Option<Timestamp>,
    /// When whoever rated was called back.
    pub called_back_at: Option<Timestamp>,
    /// When it was found to be mistaken or malicious.
    pub dismissed_at: Option<Timestamp>,
    /// Whether the department appealed; once.
    pub appealed: bool,
    /// How content whoever rated is now.
    pub satisfied: Option<Content>,
    /// The last instant of what is due now.
    pub due: Option<Timestamp>,
    /// When the rules want to look at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// A rating as it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The department.
    pub department: String,
    /// The case.
    pub case_no: Option<String>,
    /// The source's own code, and the table it is read by.
    pub code: (String, SatisfactionTable),
    /// Code of table `evaluation_channel`.
    pub channel: String,
    /// Given by the system.
    pub by_default: bool,
    /// 1 or 2.
    pub round: u32,
    /// In words.
    pub text: String,
    /// Who rates.
    pub rater: Option<Contact>,
    /// The window.
    pub window: Option<String>,
    /// The device.
    pub device: Option<String>,
    /// The source's key.
    pub source_no: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What a named person does with a bad rating.
#[derive(Clone, Debug, PartialEq)]
pub enum RatingAct {
    /// 联系核实
    Contact {
        /// What was found.
        text: String,
    },
    /// 整改
    Rectify {
        /// What was done.
        text: String,
        /// Until when a named rater is to be called back.
        due: Timestamp,
    },
    /// 回访
    CallBack {
        /// How content now.
        satisfied: Content,
        /// In the rater's words.
        text: String,
    },
    /// 申诉: mistaken or malicious, says the department.
    Appeal {
        /// Why.
        text: String,
    },
    /// 复核申诉: upheld, the rating is not believed.
    Decide {
        /// Whether the department is right.
        upheld: bool,
        /// Why.
        text: String,
    },
}

/// Why an act on a rating is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RatingError {
    /// It stands where this cannot be done.
    #[error("rating.state: 评价现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(RatingState, &'static str),
    /// Words are missing.
    #[error("rating.words: 请写明内容")]
    Words,
    /// Another department's.
    #[error("rating.department: 由被评价的部门办理")]
    Department,
    /// Who dealt with it does not judge it.
    #[error("rating.same-person: {0} 办理过这条差评，不能{1}")]
    SamePerson(String, &'static str),
    /// Nobody to call back.
    #[error("rating.anonymous: 匿名评价无从回访")]
    Anonymous,
    /// It was appealed against before.
    #[error("rating.appealed: 已申诉过一次")]
    Appealed,
    /// No such code.
    #[error("rating.code: 满意度“{0}”不在 1 到 5 之间")]
    Code(String),
}

impl Rating {
    /// What is made of a rating as it is given. A bad one is open, everything else only counts.
    ///
    /// # Errors
    /// [`RatingError::Code`]
    pub fn register(given: Given, by: &str, at: Timestamp) -> Result<Self, RatingError> {
        let (raw, table) = given.code;
        let satisfaction = table.read(&raw).ok_or_else(|| RatingError::Code(raw.clone()))?;
        // What the system says by itself is nobody's complaint.
        let bad = satisfaction >= BAD && !given.by_default;
        Ok(Self {
            no: String::new(),
            state: if bad { RatingState::Open } else { RatingState::Counted },
            department: given.department,
            case_no: given.case_no,
            rated_at: given.at,
            satisfaction,
            raw,
            table,
            channel: given.channel,
            by_default: given.by_default,
            round: given.round,
            text: given.text,
            rater: given.rater.filter(|r| !r.is_empty()),
            window: given.window,
            device: given.device,
            source_no: given.source_no,
            contacted_at: None,
            rectified_at: None,
            called_back_at: None,
            dismissed_at: None,
            appealed: false,
            satisfied: None,
            due: None,
            look_at: None,
            steps: vec![Done { act: "register".to_owned(), by: by.to_owned(), at, text: String::new() }],
        })
    }

    /// Whether it is bad and a person's.
    #[must_use]
    pub fn bad(&self) -> bool {
        self.satisfaction >= BAD && !self.by_default
    }

    /// Whether somebody dealt with it for the department, and so neither calls back nor decides.
    #[must_use]
    pub fn dealt_by(&self, user: &str) -> bool {
        self.steps.iter().any(|s| s.by == user && ["contact", "rectify", "appeal"].contains(&s.act.as_str()))
    }

    /// Does something with the rating.
    ///
    /// # Errors
    /// [`RatingError`]; the rating is unchanged then.
    pub fn act(&mut self, act: RatingAct, by: Actor<'_>, at: Timestamp) -> Result<(), RatingError> {
        use RatingState as S;
        let state = self.state;
        let from = |want: &[S], zh| if want.contains(&state) { Ok(()) } else { Err(RatingError::State(state, zh)) };
        let words = |text: &str| if text.trim().is_empty() { Err(RatingError::Words) } else { Ok(()) };
        let own = if by.department == Some(self.department.as_str()) { Ok(()) } else { Err(RatingError::Department) };
        let dealt = self.dealt_by(by.user);
        let apart = |zh| if dealt { Err(RatingError::SamePerson(by.user.to_owned(), zh)) } else { Ok(()) };
        let (word, text) = match act {
            RatingAct::Contact { text } => {
                from(&[S::Open], "联系核实")?;
                own?;
                words(&text)?;
                self.state = S::Contacted;
                self.contacted_at = Some(at);
                ("contact", text)
            }
            RatingAct::Rectify { text, due } => {
                from(&[S::Contacted], "整改")?;
                own?;
                words(&text)?;
                self.rectified_at = Some(at);
                let named = self.rater.is_some();
                self.state = if named { S::Rectified } else { S::Closed };
                self.due = named.then_some(due);
                ("rectify", text)
            }
            RatingAct::CallBack { satisfied, text } => {
                if self.rater.is_none() {
                    return Err(RatingError::Anonymous);
                }
                from(&[S::Rectified], "回访")?;
                apart("回访")?;
                self.state = S::Closed;
                (self.called_back_at, self.satisfied, self.due) = (Some(at), Some(satisfied), None);
                ("call_back", text)
            }
            RatingAct::Appeal { text } => {
                from(&[S::Open, S::Contacted], "申诉")?;
                own?;
                words(&text)?;
                if self.appealed {
                    return Err(RatingError::Appealed);
                }
                (self.state, self.appealed) = (S::Appealed, true);
                ("appeal", text)
            }
            RatingAct::Decide { upheld, text } => {
                from(&[S::Appealed], "复核")?;
                apart("复核申诉")?;
                words(&text)?;
                if upheld {
                    (self.state, self.dismissed_at, self.due) = (S::Dismissed, Some(at), None);
                } else {
                    self.state = if self.contacted_at.is_some() { S::Contacted } else { S::Open };
                }
                ("decide", text)
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.user.to_owned(), at, text });
        Ok(())
    }

    /// What E-01, E-02 and E-03 ask about.
    #[must_use]
    pub fn facts(&self) -> RatingFacts {
        RatingFacts {
            id: self.no.clone(),
            department: self.department.clone(),
            case_no: self.case_no.clone(),
            rated_at: self.rated_at,
            satisfaction: if self.by_default { 1 } else { self.satisfaction },
            named: self.rater.is_some(),
            dismissed_at: self.dismissed_at,
            contacted_at: self.contacted_at,
            rectified_at: self.rectified_at,
            called_back_at: self.called_back_at,
        }
    }

    /// With whoever rated as the reader may see it.
    #[must_use]
    pub fn shown(mut self, in_clear: bool) -> Self {
        self.look_at = None;
        self.rater = self.rater.map(|contact| if in_clear { contact } else { contact.masked() });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(code: &str, table: SatisfactionTable) -> Given {
        Given {
            department: "market".to_owned(),
            case_no: Some("B1".to_owned()),
            code: (code.to_owned(), table),
            channel: "qr".to_owned(),
            by_default: false,
            round: 1,
            text: "等了两个小时".to_owned(),
            rater: Some(Contact { name: "孙宁".to_owned(), phone: "13700005678".to_owned(), address: None }),
            window: None,
            device: None,
            source_no: None,
            at: Timestamp(0),
        }
    }

    fn rating(code: &str, table: SatisfactionTable) -> Rating {
        Rating::register(given(code, table), "public", Timestamp(0)).expect("a rating")
    }

    fn own() -> Actor<'static> {
        Actor { user: "hua", department: Some("market") }
    }

    fn desk() -> Actor<'static> {
        Actor { user: "centre", department: None }
    }

    #[test]
    fn the_same_number_is_the_best_in_one_table_and_the_worst_in_the_other() {
        for n in 1..=5_u8 {
            let code = n.to_string();
            assert_eq!(rating(&code, SatisfactionTable::Gb).satisfaction, n);
            assert_eq!(rating(&code, SatisfactionTable::Reversed).satisfaction, 6 - n);
        }
        let worst = rating("1", SatisfactionTable::Reversed);
        assert_eq!((worst.state, worst.raw.as_str(), worst.bad()), (RatingState::Open, "1", true));
        assert_eq!(rating("1", SatisfactionTable::Gb).state, RatingState::Counted);
        for code in ["0", "6", "", "好"] {
            let wrong = Rating::register(given(code, SatisfactionTable::Gb), "public", Timestamp(0));
            assert_eq!(wrong, Err(RatingError::Code(code.to_owned())));
        }
    }

    #[test]
    fn what_the_system_gives_by_default_is_never_a_bad_rating() {
        let given = Given { by_default: true, ..given("5", SatisfactionTable::Gb) };
        let one = Rating::register(given, "system", Timestamp(0)).expect("a rating");
        assert_eq!((one.state, one.bad(), one.facts().satisfaction), (RatingState::Counted, false, 1));
    }

    #[test]
    fn a_bad_rating_is_contacted_put_right_and_called_back_by_somebody_else() {
        let mut one = rating("5", SatisfactionTable::Gb);
        let text = || "已致歉".to_owned();
        let rectify = || RatingAct::Rectify { text: text(), due: Timestamp(9) };
        assert!(matches!(one.act(rectify(), own(), Timestamp(1)), Err(RatingError::State(..))), "verified first");
        assert_eq!(one.act(RatingAct::Contact { text: text() }, desk(), Timestamp(1)), Err(RatingError::Department));
        one.act(RatingAct::Contact { text: text() }, own(), Timestamp(1)).expect("contacted");
        one.act(rectify(), own(), Timestamp(2)).expect("put right");
        let call = || RatingAct::CallBack { satisfied: Content::Mostly, text: text() };
        assert!(matches!(one.act(call(), own(), Timestamp(3)), Err(RatingError::SamePerson(..))));
        one.act(call(), desk(), Timestamp(3)).expect("called back");
        assert_eq!((one.state, one.due), (RatingState::Closed, None));
        let mut one = Rating { rater: None, ..rating("4", SatisfactionTable::Gb) };
        one.act(RatingAct::Contact { text: text() }, own(), Timestamp(1)).expect("looked into");
        one.act(rectify(), own(), Timestamp(2)).expect("put right");
        assert_eq!(one.act(call(), desk(), Timestamp(3)), Err(RatingError::Anonymous));
        assert_eq!(one.state, RatingState::Closed);
    }

    #[test]
    fn an_appeal_is_decided_by_somebody_else_and_there_is_one() {
        let appeal = || RatingAct::Appeal { text: "同行恶意".to_owned() };
        let decide = |upheld| RatingAct::Decide { upheld, text: "查证".to_owned() };
        let mut one = rating("5", SatisfactionTable::Gb);
        one.act(appeal(), own(), Timestamp(1)).expect("appealed");
        assert!(matches!(one.act(decide(true), own(), Timestamp(2)), Err(RatingError::SamePerson(..))));
        one.act(decide(false), desk(), Timestamp(2)).expect("decided");
        assert_eq!(one.state, RatingState::Open, "it stands, and is to be dealt with");
        assert_eq!(one.act(appeal(), own(), Timestamp(3)), Err(RatingError::Appealed));
        let mut one = rating("5", SatisfactionTable::Gb);
        one.act(appeal(), own(), Timestamp(1)).expect("appealed");
        one.act(decide(true), desk(), Timestamp(2)).expect("decided");
        assert_eq!((one.state, one.facts().dismissed_at), (RatingState::Dismissed, Some(Timestamp(2))));
    }
}
