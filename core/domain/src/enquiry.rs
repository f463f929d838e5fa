//! 咨询: a question about an approval, the department that answers it, and the answer. Handbook §7.1, §7.2.

use crate::Timestamp;
use crate::calendar::{Calendar, CalendarMissing};
use crate::complaint::{Actor, CodeHash, Contact, Content, HandlingLimit, Way};
use crate::procedure::Done;
use crate::rule::EnquiryFacts;
use crate::word::words;
use serde::{Deserialize, Serialize};

words! {
    /// Where an enquiry stands.
    EnquiryState {
        Registered = "registered", "待答复";
        Replied = "replied", "已答复";
        RoutedOut = "routed_out", "已转办";
        Closed = "closed", "已办结";
    }
}

/// What somebody asked, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Enquiry {
    /// Its number.
    pub no: String,
    /// Where it stands.
    pub state: EnquiryState,
    /// By which way it came.
    pub way: Way,
    /// Its number where it came from.
    pub source_no: Option<String>,
    /// The department that is to answer.
    pub department: String,
    /// One line.
    pub title: String,
    /// The question.
    pub content: String,
    /// The item it is about.
    pub item: Option<String>,
    /// The case it is about.
    pub case_no: Option<String>,
    /// Who asks; nothing: anonymous.
    pub asker: Option<Contact>,
    /// What is kept of the query code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeHash>,
    /// When it came in.
    pub received_at: Timestamp,
    /// The source's own limit.
    pub limit: Option<HandlingLimit>,
    /// The last instant for the answer.
    pub due: Option<Timestamp>,
    /// The answer.
    pub reply: Option<String>,
    /// When it was answered.
    pub replied_at: Option<Timestamp>,
    /// Departments that sent it back once.
    pub returned_by: Vec<String>,
    /// How content the asker is, where that was asked.
    pub satisfied: Option<Content>,
    /// When the rules want to look at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// What a named person does with an enquiry.
#[derive(Clone, Debug, PartialEq)]
pub enum EnquiryAct {
    /// 答复
    Reply {
        /// The answer.
        text: String,
    },
    /// 退回: not this department's to answer; the desk gives it to another.
    Return {
        /// Whose it is.
        text: String,
    },
    /// 转给另一部门; the time goes on.
    Transfer {
        /// To which.
        department: String,
        /// Why.
        text: String,
    },
    /// 转往系统之外
    RouteOut {
        /// To whom and why.
        text: String,
    },
    /// 办结, with what the asker says of the answer where that was asked.
    Close {
        /// How content.
        satisfied: Option<Content>,
        /// Remarks.
        text: String,
    },
}

/// Why an act on an enquiry is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnquiryError {
    /// It stands where this cannot be done.
    #[error("enquiry.state: 咨询现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(EnquiryState, &'static str),
    /// Words are missing.
    #[error("enquiry.words: 请写明内容")]
    Words,
    /// Another department's.
    #[error("enquiry.department: 由被咨询的部门办理")]
    Department,
    /// It was sent back before.
    #[error("enquiry.returned: 本部门已退回过这件咨询，再次转来后不能退回")]
    Returned,
}

impl Enquiry {
    /// Registered, with what is known of it.
    #[must_use]
    pub fn register(
        (department, way): (&str, Way),
        (title, content): (String, String),
        asker: Option<Contact>,
        by: &str,
        at: Timestamp,
    ) -> Self {
        Self {
            no: String::new(),
            state: EnquiryState::Registered,
            way,
            source_no: None,
            department: department.to_owned(),
            title,
            content,
            item: None,
            case_no: None,
            asker: asker.filter(|c| !c.is_empty()),
            code: None,
            received_at: at,
            limit: None,
            due: None,
            reply: None,
            replied_at: None,
            returned_by: Vec::new(),
            satisfied: None,
            look_at: None,
            steps: vec![Done { act: "register".to_owned(), by: by.to_owned(), at, text: String::new() }],
        }
    }

    /// Does something with the enquiry.
    ///
    /// # Errors
    /// [`EnquiryError`]; the enquiry is unchanged then.
    pub fn act(&mut self, act: EnquiryAct, by: Actor<'_>, at: Timestamp) -> Result<(), EnquiryError> {
        use EnquiryState as S;
        let state = self.state;
        let from = |want: S, zh| if state == want { Ok(()) } else { Err(EnquiryError::State(state, zh)) };
        let words = |text: &str| if text.trim().is_empty() { Err(EnquiryError::Words) } else { Ok(()) };
        let own = by.department == Some(self.department.as_str());
        let asked = if own { Ok(()) } else { Err(EnquiryError::Department) };
        let (word, text) = match act {
            EnquiryAct::Reply { text } => {
                from(S::Registered, "答复")?;
                asked?;
                words(&text)?;
                self.state = S::Replied;
                (self.reply, self.replied_at, self.due) = (Some(text.clone()), Some(at), None);
                ("reply", text)
            }
            EnquiryAct::Return { text } => {
                from(S::Registered, "退回")?;
                asked?;
                words(&text)?;
                if self.returned_by.contains(&self.department) {
                    return Err(EnquiryError::Returned);
                }
                self.returned_by.push(self.department.clone());
                ("return", text)
            }
            EnquiryAct::Transfer { department, text } => {
                from(S::Registered, "转给其他部门")?;
                self.department = department;
                ("transfer", text)
            }
            EnquiryAct::RouteOut { text } => {
                from(S::Registered, "转办")?;
                words(&text)?;
                self.state = S::RoutedOut;
                // To have sent it on is the answer this county can give.
                (self.replied_at, self.due) = (Some(at), None);
                ("route_out", text)
            }
            EnquiryAct::Close { satisfied, text } => {
                from(S::Replied, "办结")?;
                self.state = S::Closed;
                self.satisfied = satisfied;
                ("close", text)
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.user.to_owned(), at, text });
        Ok(())
    }

    /// What K-03 asks about.
    ///
    /// # Errors
    /// A year is missing in the calendar.
    pub fn facts(&self, calendar: &Calendar) -> Result<EnquiryFacts, CalendarMissing> {
        let limit_days = self.limit.map(|l| l.working_days(calendar, self.received_at)).transpose()?;
        Ok(EnquiryFacts {
            no: self.no.clone(),
            department: self.department.clone(),
            received_at: self.received_at,
            limit_days,
            replied_at: self.replied_at,
        })
    }

    /// Without what nobody outside the register is shown, and with the asker as whoever asks may see it.
    #[must_use]
    pub fn shown(mut self, in_clear: bool) -> Self {
        (self.code, self.look_at) = (None, None);
        self.asker = self.asker.map(|contact| if in_clear { contact } else { contact.masked() });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Enquiry {
        let words = ("材料".to_owned(), "需要哪些材料？".to_owned());
        let asker = Contact { name: "钱多".to_owned(), phone: "13900001234".to_owned(), address: None };
        Enquiry::register(("market", Way::Web), words, Some(asker), "public", Timestamp(0))
    }

    fn by<'a>(user: &'a str, department: Option<&'a str>) -> Actor<'a> {
        Actor { user, department }
    }

    #[test]
    fn only_the_department_that_was_asked_answers_and_it_sends_back_once() {
        let mut one = asked();
        let reply = || EnquiryAct::Reply { text: "身份证即可".to_owned() };
        let back = || EnquiryAct::Return { text: "属住建".to_owned() };
        assert_eq!(one.act(reply(), by("qiang", Some("health")), Timestamp(1)), Err(EnquiryError::Department));
        assert_eq!(one.act(reply(), by("ming", None), Timestamp(1)), Err(EnquiryError::Department));
        one.act(back(), by("hua", Some("market")), Timestamp(1)).expect("sent back");
        let transfer = |to: &str| EnquiryAct::Transfer { department: to.to_owned(), text: String::new() };
        one.act(transfer("market"), by("centre", None), Timestamp(2)).expect("given again");
        assert_eq!(one.act(back(), by("hua", Some("market")), Timestamp(3)), Err(EnquiryError::Returned));
        one.act(reply(), by("hua", Some("market")), Timestamp(4)).expect("answered");
        assert_eq!((one.state, one.replied_at), (EnquiryState::Replied, Some(Timestamp(4))));
        assert!(one.act(transfer("health"), by("centre", None), Timestamp(5)).is_err(), "answered is answered");
        let close = EnquiryAct::Close { satisfied: Some(Content::Yes), text: String::new() };
        one.act(close, by("centre", None), Timestamp(6)).expect("closed");
        let acts: Vec<&str> = one.steps.iter().map(|s| s.act.as_str()).collect();
        assert_eq!(acts, ["register", "return", "transfer", "reply", "close"]);
    }

    #[test]
    fn who_asks_is_masked_and_the_code_is_nowhere_shown() {
        let mut one = asked();
        one.code = Some(CodeHash::draw([7; 26]).1);
        let text = serde_json::to_string(&one.clone().shown(false)).expect("JSON");
        assert!(!text.contains("钱多") && !text.contains("13900001234") && !text.contains("hash"), "{text}");
        let text = serde_json::to_string(&one.shown(true)).expect("JSON");
        assert!(text.contains("钱多") && !text.contains("hash"), "{text}");
    }
}
