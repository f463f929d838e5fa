//! 投诉: what people complain about an approval, from registration over screening, routing and handling to reply, review, call-back
//! and the archive. Every step is one named person's; who handled a complaint neither reviews its reply nor calls back about it.
//! Handbook §7.1, §7.2, §7.4.

use crate::Timestamp;
use crate::calendar::{Calendar, CalendarMissing};
use crate::procedure::Done;
use crate::rule::ComplaintFacts;
use crate::word::words;
use chrono::Days;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

words! {
    /// By which way it came (handbook §7.1).
    Way {
        Web = "web", "网上";
        Phone = "phone", "电话";
        Letter = "letter", "来信";
        Visit = "visit", "来访";
        Hotline = "hotline", "12345 热线";
        Transfer = "transfer", "转来";
        Exchange = "exchange", "部门系统";
    }
}

words! {
    /// What kind of problem is complained about (handbook §7.4).
    ProblemKind {
        Overtime = "overtime", "超时";
        NotToldAtOnce = "not_told_at_once", "不一次告知";
        UnlawfulFee = "unlawful_fee", "违规收费";
        Attitude = "attitude", "态度";
        Shirking = "shirking", "推诿或不受理";
        Extortion = "extortion", "吃拿卡要";
        OffSystem = "off_system", "体外办理";
        Other = "other", "其他";
    }
}

words! {
    /// Where a complaint stands (handbook §7.4).
    ComplaintState {
        Registered = "registered", "已登记";
        Accepted = "accepted", "已受理";
        Rejected = "rejected", "不予受理";
        RoutedOut = "routed_out", "已转办";
        Assigned = "assigned", "待签收";
        Handling = "handling", "正在办理";
        Replied = "replied", "待审核";
        Closed = "closed", "已办结";
        CalledBack = "called_back", "已回访";
        Archived = "archived", "已归档";
    }
}

words! {
    /// What was found of it.
    Outcome {
        Substantiated = "substantiated", "属实";
        Partly = "partly", "部分属实";
        Unsubstantiated = "unsubstantiated", "不属实";
        Malicious = "malicious", "恶意";
        NoFault = "no_fault", "无责";
    }
}

words! {
    /// How grave a complaint that stands is (handbook §12.2, F3).
    Severity {
        Minor = "minor", "轻微";
        Medium = "medium", "一般";
        Serious = "serious", "严重";
    }
}

impl Outcome {
    /// Whether it stands against the department.
    #[must_use]
    pub fn true_of_department(self) -> bool {
        matches!(self, Self::Substantiated | Self::Partly)
    }
}

words! {
    /// What the complainant says when called back.
    Content {
        Yes = "yes", "满意";
        Mostly = "mostly", "基本满意";
        No = "no", "不满意";
    }
}

words! {
    /// How days of a limit are counted.
    DayUnit {
        Working = "working", "工作日";
        Natural = "natural", "日历日";
    }
}

/// A limit that the source of a complaint sets: a hotline its five working days, 信访 its calendar days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandlingLimit {
    /// So many days.
    pub days: u32,
    /// Counted so.
    pub unit: DayUnit,
}

impl HandlingLimit {
    /// The same in working days from a day on. A last day that is none moves to the next working day (民法典 203).
    ///
    /// # Errors
    /// A year is missing in the calendar.
    pub fn working_days(self, calendar: &Calendar, start: Timestamp) -> Result<u32, CalendarMissing> {
        if self.unit == DayUnit::Working {
            return Ok(self.days);
        }
        let last = start.date().checked_add_days(Days::new(u64::from(self.days))).unwrap_or(start.date());
        let used = u32::try_from(crate::limit::used_days(calendar, start.date(), last)?).unwrap_or(0);
        Ok(if calendar.is_working_day(last)? { used } else { used.saturating_add(1) })
    }
}

/// Who complains or asks. Personal information throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Contact {
    /// Nobody can be called back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.trim().is_empty() && self.phone.trim().is_empty()
    }

    /// Of the name the first character stays, of the telephone the first three and the last two digits, of the address nothing.
    #[must_use]
    pub fn masked(&self) -> Self {
        let first = self.name.chars().next().map(|c| format!("{c}**")).unwrap_or_default();
        let digits: Vec<char> = self.phone.chars().filter(char::is_ascii_digit).collect();
        let phone = match (digits.first_chunk::<3>(), digits.last_chunk::<2>()) {
            (Some(head), Some(tail)) if digits.len() >= 7 => {
                let (head, tail): (String, String) = (head.iter().collect(), tail.iter().collect());
                format!("{head}******{tail}")
            }
            _ if self.phone.is_empty() => String::new(),
            _ => "***".to_owned(),
        };
        Self { name: first, phone, address: self.address.as_ref().map(|_| "***".to_owned()) }
    }
}

/// What is kept of a query code: a salted hash, never the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CodeHash {
    /// Salt, hexadecimal.
    pub salt: String,
    /// SHA-256 of salt and code, hexadecimal.
    pub hash: String,
}

/// Letters and digits nobody takes for one another.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

impl CodeHash {
    /// A code of ten characters (fifty bits) from random bytes, and what is kept of it.
    #[must_use]
    pub fn draw(random: [u8; 26]) -> (String, Self) {
        let (salt, rest) = random.split_at(16);
        let code: String =
            rest.iter().filter_map(|b| ALPHABET.get(usize::from(b & 31))).map(|b| char::from(*b)).collect();
        let salt = hex::encode(salt);
        let hash = Self::of(&salt, &code);
        (code, Self { salt, hash })
    }

    fn of(salt: &str, code: &str) -> String {
        let code = code.trim().to_ascii_uppercase();
        hex::encode(Sha256::new().chain_update(salt).chain_update([0]).chain_update(code).finalize())
    }

    /// Whether it is the code. Takes the same time for every wrong one.
    #[must_use]
    pub fn fits(&self, code: &str) -> bool {
        let asked = Self::of(&self.salt, code);
        asked.len() == self.hash.len() && asked.bytes().zip(self.hash.bytes()).fold(0, |d, (a, b)| d | (a ^ b)) == 0
    }
}

/// More time, asked for once and decided by somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExtensionAsked {
    /// So many more days, counted as the limit is.
    pub days: u32,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: String,
    /// Whether it was allowed; nothing: not decided.
    pub allowed: Option<bool>,
}

/// A department that handles it together with the one that leads (联办).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Joint {
    /// Department id.
    pub department: String,
    /// What it said.
    pub opinion: Option<String>,
}

/// An answer in words that name nobody, which somebody who did not handle the complaint looked through and cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PublicAnswer {
    /// What was complained about, in one line.
    pub subject: String,
    /// The answer.
    pub text: String,
    /// Who cleared it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What happens to a complaint, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Complaint {
    /// Its number.
    pub no: String,
    /// Where it stands.
    pub state: ComplaintState,
    /// By which way it came.
    pub way: Way,
    /// Its number where it came from.
    pub source_no: Option<String>,
    /// The department complained about, and after the assignment the one that handles it.
    pub department: String,
    /// Others that handle it too.
    pub joint: Vec<Joint>,
    /// What kind of problem.
    pub kind: ProblemKind,
    /// One line.
    pub title: String,
    /// The complaint itself.
    pub content: String,
    /// What it is about within the department: a window, a post, an item.
    pub object: Option<String>,
    /// The case it is about.
    pub case_no: Option<String>,
    /// Cards it has to do with.
    pub cards: Vec<String>,
    /// The investigation it gave rise to.
    pub investigation: Option<String>,
    /// Who complains; nothing: anonymous.
    pub complainant: Option<Contact>,
    /// The complainant asked not to be named to the department.
    pub confidential: bool,
    /// What is kept of the query code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeHash>,
    /// When it came in.
    pub registered_at: Timestamp,
    /// When it was decided whether to take it up.
    pub screened_at: Option<Timestamp>,
    /// When it was taken up; after a re-opening, when that was.
    pub accepted_at: Option<Timestamp>,
    /// When the department received it.
    pub assigned_at: Option<Timestamp>,
    /// Departments that sent it back once; they cannot a second time.
    pub returned_by: Vec<String>,
    /// The source's own limit.
    pub limit: Option<HandlingLimit>,
    /// More time.
    pub extension: Option<ExtensionAsked>,
    /// The last instant of what is due now.
    pub due: Option<Timestamp>,
    /// What was answered.
    pub reply: Option<String>,
    /// What was found.
    pub outcome: Option<Outcome>,
    /// How grave it is, said by whoever reviews what stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When the complainant was called back.
    pub called_back_at: Option<Timestamp>,
    /// Whether the complainant was contacted at all.
    pub contacted: Option<bool>,
    /// Whether it was solved as the reply claims.
    pub solved: Option<bool>,
    /// How content the complainant is.
    pub satisfied: Option<Content>,
    /// When it was opened again.
    pub reopened_at: Option<Timestamp>,
    /// The same complainant's complaint about the same before it.
    pub repeat_of: Option<String>,
    /// When the rules want to look at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// The answer as it may be read by everybody (`is_public`); nothing: not public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_answer: Option<PublicAnswer>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// Who acts: a person, and the department it acts for; nothing: the county.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// User name.
    pub user: &'a str,
    /// Department id.
    pub department: Option<&'a str>,
}

/// What a named person does with a complaint.
#[derive(Clone, Debug, PartialEq)]
pub enum ComplaintAct {
    /// 受理: a named complainant is told in writing.
    Accept {
        /// What the complainant is told.
        text: String,
        /// Until when it is handled.
        due: Timestamp,
    },
    /// 不予受理
    Reject {
        /// Why.
        text: String,
    },
    /// 转办 to whoever is outside of this county's approvals: the hotline office, 信访, the commission.
    RouteOut {
        /// To whom and why.
        text: String,
    },
    /// 交办
    Assign {
        /// The department that leads.
        department: String,
        /// Others that handle it too.
        joint: Vec<String>,
        /// Remarks.
        text: String,
    },
    /// 签收
    Receive,
    /// 退单: not this department's.
    Return {
        /// Why, and whose it is.
        text: String,
    },
    /// 协办意见
    Opinion {
        /// The opinion.
        text: String,
    },
    /// 申请延期, before it is over.
    AskExtension {
        /// So many more days.
        days: u32,
        /// At most so many are lawful.
        most: u32,
        /// Why.
        text: String,
    },
    /// Decides about an extension.
    DecideExtension {
        /// Allowed.
        allowed: bool,
        /// Until when, if allowed.
        due: Timestamp,
        /// Remarks.
        text: String,
    },
    /// 答复
    Reply {
        /// The answer.
        text: String,
        /// What was found.
        outcome: Outcome,
    },
    /// 审核: passed, it is closed; else it goes back.
    Review {
        /// Whether it passes.
        passed: bool,
        /// How grave, where what was found stands against the department.
        severity: Option<Severity>,
        /// Remarks; why it goes back.
        text: String,
        /// Until when the call-back is due.
        due: Timestamp,
    },
    /// 回访
    CallBack {
        /// Whether the complainant was contacted at all.
        contacted: bool,
        /// Whether it was solved as the reply claims.
        solved: bool,
        /// How content.
        satisfied: Content,
        /// In the complainant's words.
        text: String,
    },
    /// 重新办理, once.
    Reopen {
        /// Why.
        text: String,
        /// Until when it is handled.
        due: Timestamp,
    },
    /// 归档
    Archive,
    /// 公开答复: clears an answer for everybody.
    MakePublic {
        /// What was complained about, in words that name nobody.
        subject: String,
        /// The answer, in words that name nobody.
        text: String,
    },
    /// 不再公开
    MakePrivate {
        /// Why.
        text: String,
    },
    /// What it has to do with.
    Link {
        /// A case of its department.
        case_no: Option<String>,
        /// A card.
        card: Option<String>,
        /// An investigation.
        investigation: Option<String>,
    },
}

/// Why an act on a complaint is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComplaintError {
    /// It stands where this cannot be done.
    #[error("complaint.state: 投诉现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(ComplaintState, &'static str),
    /// Words are missing.
    #[error("complaint.words: 请写明{0}")]
    Words(&'static str),
    /// How grave it is belongs to what stands.
    #[error("complaint.severity: {0}")]
    Severity(&'static str),
    /// Another department's part.
    #[error("complaint.department: {0}")]
    Department(&'static str),
    /// Who handled it does not judge it.
    #[error("complaint.same-person: {0} 办理过这件投诉，不能{1}")]
    SamePerson(String, &'static str),
    /// More time is given once, before the end, and not without bounds.
    #[error("complaint.extension: {0}")]
    Extension(String),
    /// It was sent back before.
    #[error("complaint.returned: 本单位已退回过这件投诉，再次交办后不能退回")]
    Returned,
    /// Others have not said their part.
    #[error("complaint.joint: 联办单位尚未提出意见：{0}")]
    Joint(String),
    /// Nobody can be called back.
    #[error("complaint.anonymous: 匿名投诉无从回访")]
    Anonymous,
    /// It was opened again once.
    #[error("complaint.reopened: {0}")]
    Reopened(&'static str),
}

/// Acts that make somebody one who handled it.
const HANDLED: &[&str] = &["receive", "opinion", "ask_extension", "reply"];

fn said(text: &str, what: &'static str) -> Result<(), ComplaintError> {
    if text.trim().is_empty() { Err(ComplaintError::Words(what)) } else { Ok(()) }
}

impl Complaint {
    /// Registered, with what is known of it.
    #[must_use]
    pub fn register(
        (department, way, kind): (&str, Way, ProblemKind),
        (title, content): (String, String),
        complainant: Option<Contact>,
        by: &str,
        at: Timestamp,
    ) -> Self {
        Self {
            no: String::new(),
            state: ComplaintState::Registered,
            way,
            source_no: None,
            department: department.to_owned(),
            joint: Vec::new(),
            kind,
            title,
            content,
            object: None,
            case_no: None,
            cards: Vec::new(),
            investigation: None,
            complainant: complainant.filter(|c| !c.is_empty()),
            confidential: false,
            code: None,
            registered_at: at,
            screened_at: None,
            accepted_at: None,
            assigned_at: None,
            returned_by: Vec::new(),
            limit: None,
            extension: None,
            due: None,
            reply: None,
            outcome: None,
            severity: None,
            closed_at: None,
            called_back_at: None,
            contacted: None,
            solved: None,
            satisfied: None,
            reopened_at: None,
            repeat_of: None,
            look_at: None,
            public_answer: None,
            steps: vec![Done { act: "register".to_owned(), by: by.to_owned(), at, text: String::new() }],
        }
    }

    fn from(&self, states: &[ComplaintState], act: &'static str) -> Result<(), ComplaintError> {
        if states.contains(&self.state) { Ok(()) } else { Err(ComplaintError::State(self.state, act)) }
    }

    fn leads(&self, by: Actor<'_>) -> Result<(), ComplaintError> {
        if by.department == Some(self.department.as_str()) {
            return Ok(());
        }
        Err(ComplaintError::Department("由主办单位办理"))
    }

    /// Whether somebody took part in handling it, and so does not review it.
    #[must_use]
    pub fn handled_by(&self, user: &str) -> bool {
        self.steps.iter().any(|s| s.by == user && HANDLED.contains(&s.act.as_str()))
    }

    fn apart(&self, by: Actor<'_>, act: &'static str) -> Result<(), ComplaintError> {
        if self.handled_by(by.user) { Err(ComplaintError::SamePerson(by.user.to_owned(), act)) } else { Ok(()) }
    }

    /// Does something with the complaint.
    ///
    /// # Errors
    /// [`ComplaintError`]; the complaint is unchanged then.
    #[expect(clippy::too_many_lines, reason = "one arm for each act")]
    pub fn act(&mut self, act: ComplaintAct, by: Actor<'_>, at: Timestamp) -> Result<(), ComplaintError> {
        use ComplaintState as S;
        let (word, text) = match act {
            ComplaintAct::Accept { text, due } => {
                self.from(&[S::Registered], "受理")?;
                if self.complainant.is_some() {
                    said(&text, "告知实名投诉人的内容")?;
                }
                self.state = S::Accepted;
                (self.screened_at, self.accepted_at, self.due) = (Some(at), Some(at), Some(due));
                ("accept", text)
            }
            ComplaintAct::Reject { text } => {
                self.from(&[S::Registered], "不予受理")?;
                said(&text, "不予受理的理由")?;
                self.state = S::Rejected;
                (self.screened_at, self.due) = (Some(at), None);
                ("reject", text)
            }
            ComplaintAct::RouteOut { text } => {
                self.from(&[S::Registered, S::Accepted], "转办")?;
                said(&text, "转往何处及理由")?;
                self.state = S::RoutedOut;
                self.screened_at = self.screened_at.or(Some(at));
                self.due = None;
                ("route_out", text)
            }
            ComplaintAct::Assign { department, joint, text } => {
                self.from(&[S::Accepted], "交办")?;
                if joint.contains(&department) {
                    return Err(ComplaintError::Department("主办单位不能同时是联办单位"));
                }
                self.department = department;
                self.joint = joint.into_iter().map(|department| Joint { department, opinion: None }).collect();
                self.state = S::Assigned;
                self.assigned_at = Some(at);
                ("assign", text)
            }
            ComplaintAct::Receive => {
                self.from(&[S::Assigned], "签收")?;
                self.leads(by)?;
                self.state = S::Handling;
                ("receive", String::new())
            }
            ComplaintAct::Return { text } => {
                self.from(&[S::Assigned, S::Handling], "退单")?;
                self.leads(by)?;
                said(&text, "退单的理由")?;
                if self.returned_by.contains(&self.department) || self.reopened_at.is_some() {
                    return Err(ComplaintError::Returned);
                }
                self.returned_by.push(self.department.clone());
                self.state = S::Accepted;
                self.joint.clear();
                ("return", text)
            }
            ComplaintAct::Opinion { text } => {
                self.from(&[S::Assigned, S::Handling], "提出协办意见")?;
                said(&text, "协办意见")?;
                let own = self.joint.iter_mut().find(|j| Some(j.department.as_str()) == by.department);
                let own = own.ok_or(ComplaintError::Department("由联办单位提出意见"))?;
                own.opinion = Some(text.clone());
                ("opinion", text)
            }
            ComplaintAct::AskExtension { days, most, text } => {
                self.from(&[S::Handling], "申请延期")?;
                self.leads(by)?;
                said(&text, "延期的理由")?;
                if self.extension.is_some() {
                    return Err(ComplaintError::Extension("延期只能申请一次".to_owned()));
                }
                if !(1..=most).contains(&days) {
                    return Err(ComplaintError::Extension(format!("延期应在 1 到 {most} 日之间")));
                }
                if self.due.is_some_and(|due| due < at) {
                    return Err(ComplaintError::Extension("已经到期，不能再申请延期".to_owned()));
                }
                let (reason, by) = (text.clone(), by.user.to_owned());
                self.extension = Some(ExtensionAsked { days, reason, by, allowed: None });
                ("ask_extension", text)
            }
            ComplaintAct::DecideExtension { allowed, due, text } => {
                self.from(&[S::Handling], "决定延期")?;
                self.apart(by, "决定延期")?;
                let asked = self.extension.as_mut().filter(|e| e.allowed.is_none());
                let asked = asked.ok_or(ComplaintError::Extension("没有待决定的延期申请".to_owned()))?;
                asked.allowed = Some(allowed);
                if allowed {
                    self.due = Some(due);
                }
                ("decide_extension", text)
            }
            ComplaintAct::Reply { text, outcome } => {
                self.from(&[S::Handling], "答复")?;
                self.leads(by)?;
                said(&text, "答复的内容")?;
                let silent = self.joint.iter().filter(|j| j.opinion.is_none()).map(|j| j.department.as_str());
                let silent: Vec<&str> = silent.collect();
                if !silent.is_empty() {
                    return Err(ComplaintError::Joint(silent.join("、")));
                }
                self.state = S::Replied;
                (self.reply, self.outcome) = (Some(text.clone()), Some(outcome));
                ("reply", text)
            }
            ComplaintAct::Review { passed, severity, text, due } => {
                self.from(&[S::Replied], "审核")?;
                self.apart(by, "审核")?;
                if passed {
                    let stands = self.outcome.is_some_and(Outcome::true_of_department);
                    if stands != severity.is_some() {
                        return Err(ComplaintError::Severity(if stands {
                            "属实或部分属实的投诉须写明情节轻重（minor、medium、serious）"
                        } else {
                            "不属实的投诉没有情节轻重"
                        }));
                    }
                    self.severity = severity;
                    self.state = S::Closed;
                    self.closed_at = Some(at);
                    self.due = self.complainant.as_ref().map(|_| due);
                } else {
                    said(&text, "退回的理由")?;
                    self.state = S::Handling;
                    (self.reply, self.outcome) = (None, None);
                }
                ("review", text)
            }
            ComplaintAct::CallBack { contacted, solved, satisfied, text } => {
                self.from(&[S::Closed], "回访")?;
                self.apart(by, "回访")?;
                if self.complainant.is_none() {
                    return Err(ComplaintError::Anonymous);
                }
                self.state = S::CalledBack;
                (self.called_back_at, self.due) = (Some(at), None);
                (self.contacted, self.solved, self.satisfied) = (Some(contacted), Some(solved), Some(satisfied));
                ("call_back", text)
            }
            ComplaintAct::Reopen { text, due } => {
                self.from(&[S::CalledBack], "重新办理")?;
                said(&text, "重新办理的理由")?;
                if self.reopened_at.is_some() {
                    return Err(ComplaintError::Reopened("已经重新办理过一次"));
                }
                let content = self.satisfied != Some(Content::No);
                if content && self.solved != Some(false) && self.contacted != Some(false) {
                    return Err(ComplaintError::Reopened("回访没有反映不满意、未联系或未解决"));
                }
                self.state = S::Handling;
                (self.reopened_at, self.accepted_at, self.due) = (Some(at), Some(at), Some(due));
                (self.closed_at, self.called_back_at, self.extension) = (None, None, None);
                (self.reply, self.outcome, self.severity, self.public_answer) = (None, None, None, None);
                (self.contacted, self.solved, self.satisfied) = (None, None, None);
                ("reopen", text)
            }
            ComplaintAct::Archive => {
                self.from(&[S::Closed, S::CalledBack, S::Rejected, S::RoutedOut], "归档")?;
                if self.state == S::Closed && self.complainant.is_some() {
                    return Err(ComplaintError::State(self.state, "未经回访归档"));
                }
                self.state = S::Archived;
                self.due = None;
                ("archive", String::new())
            }
            ComplaintAct::MakePublic { subject, text } => {
                self.from(&[S::Closed, S::CalledBack, S::Archived], "公开答复")?;
                self.apart(by, "审核公开的答复")?;
                said(&subject, "可公开的事由")?;
                said(&text, "可公开的答复")?;
                if self.reply.is_none() {
                    return Err(ComplaintError::State(self.state, "没有答复而公开答复"));
                }
                let told = format!("{subject}：{text}");
                self.public_answer = Some(PublicAnswer { subject, text, by: by.user.to_owned(), at });
                ("make_public", told)
            }
            ComplaintAct::MakePrivate { text } => {
                said(&text, "不再公开的理由")?;
                if self.public_answer.take().is_none() {
                    return Err(ComplaintError::State(self.state, "撤下没有公开的答复"));
                }
                ("make_private", text)
            }
            ComplaintAct::Link { case_no, card, investigation } => {
                let text =
                    [&case_no, &card, &investigation].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
                said(&text, "关联的办件、监察卡或调查")?;
                self.case_no = case_no.or(self.case_no.take());
                self.cards.extend(card.filter(|no| !self.cards.contains(no)));
                self.investigation = investigation.or(self.investigation.take());
                ("link", text)
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.user.to_owned(), at, text });
        Ok(())
    }

    /// Working days for the handling and the lawful extension, where the source sets its own limit; else the rule says how many.
    /// Calendar days, extension included, come as working days.
    ///
    /// # Errors
    /// A year is missing in the calendar.
    pub fn limit_days(&self, calendar: &Calendar) -> Result<(Option<u32>, u32), CalendarMissing> {
        let more = self.extension.as_ref().filter(|e| e.allowed == Some(true)).map_or(0, |e| e.days);
        match (self.limit, self.accepted_at) {
            (Some(limit), Some(start)) if limit.unit == DayUnit::Natural => {
                let whole = HandlingLimit { days: limit.days.saturating_add(more), unit: limit.unit };
                Ok((Some(whole.working_days(calendar, start)?), 0))
            }
            (limit, _) => Ok((limit.map(|l| l.days), more)),
        }
    }

    /// What the rules K-01, K-02, K-05 and K-07 ask about. The second round of one that was opened again has a number of its
    /// own, so that it is judged anew.
    ///
    /// # Errors
    /// A year is missing in the calendar.
    pub fn facts(&self, calendar: &Calendar) -> Result<ComplaintFacts, CalendarMissing> {
        let (limit_days, extended_days) = self.limit_days(calendar)?;
        let elsewhere = self.state == ComplaintState::RoutedOut;
        let left = self.steps.iter().rfind(|s| s.act == "route_out" && elsewhere).map(|s| s.at);
        Ok(ComplaintFacts {
            no: if self.reopened_at.is_some() { format!("{}/2", self.no) } else { self.no.clone() },
            department: self.department.clone(),
            // The second round is screened by its re-opening.
            registered_at: self.reopened_at.unwrap_or(self.registered_at),
            screened_at: self.reopened_at.or(self.screened_at),
            accepted_at: self.accepted_at,
            limit_days,
            extended_days,
            assigned_at: self.assigned_at,
            routed_back_at: left,
            closed_at: self.closed_at,
            anonymous: self.complainant.is_none(),
            called_back_at: self.called_back_at,
            was_contacted: self.contacted,
            solved_as_stated: self.solved,
        })
    }

    /// What K-04 asks about: a return that just happened, by the department that returned it.
    #[must_use]
    pub fn return_facts(&self) -> Option<ComplaintFacts> {
        let back = self.steps.last().filter(|s| s.act == "return")?.at;
        Some(ComplaintFacts {
            no: self.no.clone(),
            department: self.returned_by.last()?.clone(),
            registered_at: self.registered_at,
            screened_at: self.screened_at,
            accepted_at: None,
            limit_days: None,
            extended_days: 0,
            assigned_at: self.assigned_at,
            routed_back_at: Some(back),
            closed_at: None,
            anonymous: true,
            called_back_at: None,
            was_contacted: None,
            solved_as_stated: None,
        })
    }

    /// What a cluster is about: the object within the department, or the department.
    #[must_use]
    pub fn cluster_object(&self) -> &str {
        self.object.as_deref().map(str::trim).filter(|o| !o.is_empty()).unwrap_or(&self.department)
    }

    /// Without what nobody outside the register is shown, and with the complainant as whoever asks may see it. A department that
    /// handles it sees nobody where the complainant asked for that.
    #[must_use]
    pub fn shown(mut self, in_clear: bool, to_department: bool) -> Self {
        (self.code, self.look_at) = (None, None);
        if to_department {
            // That somebody is investigated is told by the investigation's own notice.
            self.investigation = None;
            let told = |word: &&str| self.case_no.as_deref() == Some(word) || self.cards.iter().any(|no| no == word);
            for step in self.steps.iter_mut().filter(|step| step.act == "link") {
                step.text = step.text.split(' ').filter(told).collect::<Vec<_>>().join(" ");
            }
        }
        self.complainant = match self.complainant {
            Some(_) if to_department && self.confidential => None,
            Some(contact) if in_clear => Some(contact),
            Some(contact) => Some(contact.masked()),
            None => None,
        };
        self
    }

    /// Whether a department handles it, or will.
    #[must_use]
    pub fn of_department(&self, department: &str) -> bool {
        use ComplaintState as S;
        let given = !matches!(self.state, S::Registered | S::Accepted | S::Rejected | S::RoutedOut);
        given
            && self.assigned_at.is_some()
            && (self.department == department || self.joint.iter().any(|j| j.department == department))
    }
}

#[cfg(test)]
mod tests;
