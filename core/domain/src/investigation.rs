//! 调查: what follows when cards and orders did not help, or something worse is suspected. From the proposal and its approval
//! over the notice, the department's statement and the evidence to the conclusion, the measures and the revisit. Two powers stay
//! apart: measures of the service side, and the supervision suggestion (监察建议) and clue (移交线索) of the supervision commission.
//! Handbook §3.6, §10.3, §10.7; 行政许可法 69–77 for what may be concluded.

use crate::Timestamp;
use crate::procedure::Done;
use serde::{Deserialize, Serialize};

/// What gave rise to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Cards, by number.
    Cards,
    /// A supervision order nobody replied to.
    Order,
    /// A complaint.
    Complaint,
    /// A report.
    Report,
    /// A task of a higher authority.
    Assigned,
    /// A sample check.
    Sampling,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvestigationState {
    /// 待立项
    Proposed,
    /// 不予立项
    Declined,
    /// 已立项
    Opened,
    /// 已通知: the department's statement is due.
    Notified,
    /// 已结论
    Concluded,
    /// 整改中: a reply to a measure is due.
    Measures,
    /// 待回访
    Revisit,
    /// 已归档
    Closed,
}

impl InvestigationState {
    /// The words there are.
    pub const WORDS: &'static [&'static str] =
        &["proposed", "declined", "opened", "notified", "concluded", "measures", "revisit", "closed"];

    /// The word in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Declined => "declined",
            Self::Opened => "opened",
            Self::Notified => "notified",
            Self::Concluded => "concluded",
            Self::Measures => "measures",
            Self::Revisit => "revisit",
            Self::Closed => "closed",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Proposed => "待立项",
            Self::Declined => "不予立项",
            Self::Opened => "已立项",
            Self::Notified => "已通知",
            Self::Concluded => "已结论",
            Self::Measures => "整改中",
            Self::Revisit => "待回访",
            Self::Closed => "已归档",
        }
    }
}

/// What was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 属实
    Substantiated,
    /// 部分属实
    Partly,
    /// 不属实
    Unsubstantiated,
    /// 无法查实
    Unverifiable,
}

/// A measure that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    /// 责令改正
    Correct,
    /// 通报
    Notice,
    /// 约谈
    Talk,
    /// 监察建议: the commission's alone.
    Suggestion,
    /// 移交线索: the commission's alone; the department never sees it.
    Clue,
}

impl MeasureKind {
    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Correct => "责令改正",
            Self::Notice => "通报",
            Self::Talk => "约谈",
            Self::Suggestion => "监察建议",
            Self::Clue => "移交线索",
        }
    }

    /// Whether only the supervision commission may take it.
    #[must_use]
    pub fn of_commission(self) -> bool {
        matches!(self, Self::Suggestion | Self::Clue)
    }

    /// Whether the department owes a reply.
    #[must_use]
    pub fn wants_reply(self) -> bool {
        matches!(self, Self::Correct | Self::Suggestion)
    }
}

/// A piece of evidence: a file kept under its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evidence {
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
    /// What it is and what it proves.
    pub text: String,
    /// Who added it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// 结论
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Conclusion {
    /// What was found out.
    pub outcome: Outcome,
    /// The facts.
    pub facts: String,
    /// The basis: law, rule, document.
    pub basis: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A measure and its reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Measure {
    /// Its number: the investigation's and a letter of the kind.
    pub no: String,
    /// Which.
    pub kind: MeasureKind,
    /// What is asked or told.
    pub text: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The last instant for the reply; nothing where none is due.
    pub due: Option<Timestamp>,
    /// What the department replied.
    pub reply: Option<String>,
    /// When.
    pub replied_at: Option<Timestamp>,
    /// When the reply was accepted.
    pub accepted_at: Option<Timestamp>,
}

impl Measure {
    /// Whether something is still owed.
    #[must_use]
    pub fn open(&self) -> bool {
        self.kind.wants_reply() && self.accepted_at.is_none()
    }
}

/// An investigation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Investigation {
    /// Its number.
    pub no: String,
    /// The department that is investigated.
    pub department: String,
    /// What gave rise to it.
    pub origin: Origin,
    /// Numbers of the cards, the order, the complaint …
    pub refs: Vec<String>,
    /// What is suspected, and what is to be found out.
    pub subject: String,
    /// Where it stands.
    pub state: InvestigationState,
    /// Who proposed it; `system` where an unanswered order did.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Who approved or declined it: never who proposed it.
    pub decided_by: Option<String>,
    /// Who leads it.
    pub lead: Option<String>,
    /// Who works on it, the lead included: at least two (行政处罚法 42: 执法人员不得少于两人).
    pub team: Vec<String>,
    /// The last instant for what is due now: the decision, the statement, the conclusion, the reply, the revisit.
    pub due: Option<Timestamp>,
    /// The last instant for the conclusion.
    pub conclude_due: Option<Timestamp>,
    /// When the department was told, and what.
    pub notice: Option<Done>,
    /// The last instant for its statement.
    pub statement_due: Option<Timestamp>,
    /// 陈述申辩
    pub statement: Option<Done>,
    /// Evidence, in the order in which it came.
    pub evidence: Vec<Evidence>,
    /// The conclusion.
    pub conclusion: Option<Conclusion>,
    /// Measures.
    pub measures: Vec<Measure>,
    /// 回访: what was found; `corrected` or `not_corrected`.
    pub revisit: Option<Done>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// What a named person does with an investigation.
#[derive(Clone, Debug, PartialEq)]
pub enum InvestigationAct {
    /// 立项
    Approve {
        /// Who works on it; the first leads.
        team: Vec<String>,
        /// Remarks.
        text: String,
        /// The last instant for the conclusion.
        conclude_due: Timestamp,
    },
    /// 不予立项
    Decline {
        /// Why.
        text: String,
    },
    /// The team is changed: whoever may approve decides that too.
    Team {
        /// Who works on it from now on; the first leads.
        team: Vec<String>,
        /// Why.
        text: String,
    },
    /// The department is told what it is about and that it may state its case.
    Notify {
        /// What it is told.
        text: String,
        /// The last instant for its statement.
        statement_due: Timestamp,
    },
    /// The department states its case.
    State {
        /// What it says.
        text: String,
    },
    /// A file is added.
    Evidence {
        /// Its hash.
        digest: String,
        /// What it is and what it proves.
        text: String,
    },
    /// 结论
    Conclude {
        /// What was found out.
        outcome: Outcome,
        /// The facts.
        facts: String,
        /// The basis.
        basis: String,
    },
    /// A measure is taken.
    Measure {
        /// Which.
        kind: MeasureKind,
        /// What is asked or told.
        text: String,
        /// The last instant for the reply, where one is owed.
        due: Timestamp,
    },
    /// The department replies to a measure.
    Reply {
        /// The measure's number.
        measure: String,
        /// What it says.
        text: String,
    },
    /// The reply is accepted.
    Accept {
        /// The measure's number.
        measure: String,
        /// When the revisit is due, should nothing else be owed.
        revisit_due: Timestamp,
    },
    /// The reply is not enough.
    Return {
        /// The measure's number.
        measure: String,
        /// Why.
        text: String,
        /// The last instant for another.
        due: Timestamp,
    },
    /// 回访
    Revisit {
        /// Whether things are as the department said.
        corrected: bool,
        /// What was seen.
        text: String,
    },
    /// 归档
    Close {
        /// Remarks.
        text: String,
    },
}

/// Why an act on an investigation is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvestigationError {
    /// It stands where this cannot be done.
    #[error("investigation.state: 调查现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(InvestigationState, &'static str),
    /// Words are missing.
    #[error("investigation.words: 请写明{0}")]
    Words(&'static str),
    /// Who proposed it does not approve it; who led it does not do what another has to.
    #[error("investigation.same-person: {0}")]
    SamePerson(&'static str),
    /// Not a member of the team.
    #[error("investigation.team: {0}")]
    Team(&'static str),
    /// No such measure, or nothing is owed on it.
    #[error("investigation.measure: 没有可{1}的措施“{0}”")]
    Measure(String, &'static str),
    /// The department was not heard: neither has it stated its case nor is its time over.
    #[error("investigation.unheard: 部门还没有陈述申辩，期限也未满，不能作出结论")]
    Unheard,
    /// The same evidence again.
    #[error("investigation.twice: 这个文件已经列入证据：{0}")]
    Twice(String),
    /// A measure is still owed a reply, or the revisit is not done.
    #[error("investigation.open: {0}")]
    Open(&'static str),
}

use InvestigationError as E;
use InvestigationState as S;

fn words(text: &str, what: &'static str) -> Result<(), E> {
    if text.trim().is_empty() { Err(E::Words(what)) } else { Ok(()) }
}

impl Investigation {
    /// A new proposal.
    #[must_use]
    pub fn propose(
        department: &str,
        (origin, refs): (Origin, Vec<String>),
        subject: String,
        by: &str,
        (at, due): (Timestamp, Timestamp),
    ) -> Self {
        let step = Done { act: "propose".to_owned(), by: by.to_owned(), at, text: subject.clone() };
        Self {
            no: String::new(),
            department: department.to_owned(),
            origin,
            refs,
            subject,
            state: S::Proposed,
            proposed_by: by.to_owned(),
            proposed_at: at,
            decided_by: None,
            lead: None,
            team: Vec::new(),
            due: Some(due),
            conclude_due: None,
            notice: None,
            statement_due: None,
            statement: None,
            evidence: Vec::new(),
            conclusion: None,
            measures: Vec::new(),
            revisit: None,
            steps: vec![step],
        }
    }

    fn from(&self, states: &[S], act: &'static str) -> Result<(), E> {
        if states.contains(&self.state) { Ok(()) } else { Err(E::State(self.state, act)) }
    }

    fn of_team(&self, by: &str) -> Result<(), E> {
        if self.team.iter().any(|one| one == by) {
            Ok(())
        } else {
            Err(E::Team("只有调查组成员可以做这一步"))
        }
    }

    fn owed(&mut self, no: &str, act: &'static str, good: impl Fn(&Measure) -> bool) -> Result<&mut Measure, E> {
        let found = self.measures.iter_mut().find(|m| m.no == no && m.open() && good(m));
        found.ok_or_else(|| E::Measure(no.to_owned(), act))
    }

    /// Does something with it.
    ///
    /// # Errors
    /// [`InvestigationError`]; nothing is changed then.
    pub fn act(&mut self, act: InvestigationAct, by: &str, at: Timestamp) -> Result<(), E> {
        let done = |act: &str, text: &str| Done { act: act.to_owned(), by: by.to_owned(), at, text: text.to_owned() };
        let step = match act {
            InvestigationAct::Approve { team, text, conclude_due } => {
                self.from(&[S::Proposed], "立项")?;
                self.not_proposer(by)?;
                self.staffed(team, by)?;
                self.decided_by = Some(by.to_owned());
                self.conclude_due = Some(conclude_due);
                self.state = S::Opened;
                done("approve", &text)
            }
            InvestigationAct::Decline { text } => {
                self.from(&[S::Proposed], "不予立项")?;
                self.not_proposer(by)?;
                words(&text, "不予立项的理由")?;
                self.decided_by = Some(by.to_owned());
                self.state = S::Declined;
                done("decline", &text)
            }
            InvestigationAct::Team { team, text } => {
                self.from(&[S::Opened, S::Notified, S::Concluded, S::Measures, S::Revisit], "调整调查组")?;
                words(&text, "调整的理由")?;
                self.staffed(team, by)?;
                done("team", &format!("{}：{text}", self.team.join("、")))
            }
            InvestigationAct::Notify { text, statement_due } => {
                self.from(&[S::Opened], "通知")?;
                self.of_team(by)?;
                words(&text, "通知的内容")?;
                let notice = done("notify", &text);
                self.notice = Some(notice.clone());
                self.statement_due = Some(statement_due);
                self.state = S::Notified;
                notice
            }
            InvestigationAct::State { text } => {
                self.from(&[S::Notified], "陈述")?;
                words(&text, "陈述的内容")?;
                let statement = done("state", &text);
                // What is added later stands beside what was said first.
                match &mut self.statement {
                    Some(said) => said.text = format!("{}\n补充：{text}", said.text),
                    None => self.statement = Some(statement.clone()),
                }
                statement
            }
            InvestigationAct::Evidence { digest, text } => {
                self.from(&[S::Opened, S::Notified], "补充证据")?;
                self.of_team(by)?;
                words(&text, "证据的名称与证明内容")?;
                if let Some(there) = self.evidence.iter().find(|e| e.digest == digest) {
                    return Err(E::Twice(there.text.clone()));
                }
                self.evidence.push(Evidence { digest: digest.clone(), text: text.clone(), by: by.to_owned(), at });
                done("evidence", &format!("{text}（{digest}）"))
            }
            InvestigationAct::Conclude { outcome, facts, basis } => {
                self.from(&[S::Notified], "作出结论")?;
                self.of_team(by)?;
                words(&facts, "查明的事实")?;
                words(&basis, "依据")?;
                let heard = self.statement.is_some() || self.statement_due.is_some_and(|due| due < at);
                if !heard {
                    return Err(E::Unheard);
                }
                let step = done("conclude", &facts);
                self.conclusion = Some(Conclusion { outcome, facts, basis, by: by.to_owned(), at });
                self.state = S::Concluded;
                step
            }
            InvestigationAct::Measure { kind, text, due } => {
                self.from(&[S::Concluded, S::Measures], "采取措施")?;
                words(&text, "措施的内容")?;
                if self.conclusion.as_ref().is_some_and(|c| c.outcome == Outcome::Unsubstantiated) {
                    return Err(E::Open("结论为不属实，不能采取措施"));
                }
                // Clues are numbered by themselves: that one is missing in a row would tell of it.
                let clue = kind == MeasureKind::Clue;
                let n = 1 + self.measures.iter().filter(|m| (m.kind == MeasureKind::Clue) == clue).count();
                let no = format!("{}-{}{n}", self.no, if clue { "X" } else { "" });
                let act = if clue { "clue" } else { "measure" };
                let step = done(act, &format!("{} {no}：{text}", kind.name_zh()));
                self.measures.push(Measure {
                    no,
                    kind,
                    text,
                    by: by.to_owned(),
                    at,
                    due: kind.wants_reply().then_some(due),
                    reply: None,
                    replied_at: None,
                    accepted_at: None,
                });
                self.state = S::Measures;
                step
            }
            InvestigationAct::Reply { measure, text } => {
                self.from(&[S::Measures], "答复")?;
                words(&text, "答复的内容")?;
                let owed = self.owed(&measure, "答复", |m| m.replied_at.is_none())?;
                owed.reply = Some(text.clone());
                owed.replied_at = Some(at);
                done("reply", &format!("{measure}：{text}"))
            }
            InvestigationAct::Accept { measure, revisit_due } => {
                self.from(&[S::Measures], "认可答复")?;
                let owed = self.owed(&measure, "认可", |m| m.replied_at.is_some())?;
                owed.accepted_at = Some(at);
                if !self.measures.iter().any(Measure::open) {
                    self.state = S::Revisit;
                    self.revisit = None;
                    self.due = Some(revisit_due);
                }
                done("accept", &measure)
            }
            InvestigationAct::Return { measure, text, due } => {
                self.from(&[S::Measures], "退回答复")?;
                words(&text, "退回的理由")?;
                let owed = self.owed(&measure, "退回", |m| m.replied_at.is_some())?;
                owed.replied_at = None;
                owed.due = Some(due);
                done("return", &format!("{measure}：{text}"))
            }
            InvestigationAct::Revisit { corrected, text } => {
                self.from(&[S::Revisit], "回访")?;
                self.of_team(by)?;
                words(&text, "回访所见")?;
                let seen = done(if corrected { "corrected" } else { "not_corrected" }, &text);
                self.revisit = Some(seen.clone());
                if !corrected {
                    // Another measure has to follow.
                    self.state = S::Concluded;
                }
                seen
            }
            InvestigationAct::Close { text } => {
                self.from(&[S::Concluded, S::Measures, S::Revisit], "归档")?;
                self.of_team(by)?;
                if self.state == S::Concluded && self.revisit.is_some() {
                    return Err(E::Open("回访发现没有整改，应再采取措施"));
                }
                if self.measures.iter().any(Measure::open) {
                    return Err(E::Open("还有措施没有答复或没有认可，不能归档"));
                }
                if self.state == S::Revisit && self.revisit.is_none() {
                    return Err(E::Open("还没有回访，不能归档"));
                }
                self.state = S::Closed;
                done("close", &text)
            }
        };
        self.steps.push(step);
        self.due = self.due_now();
        Ok(())
    }

    /// Two people at least, none of them who decides about it.
    fn staffed(&mut self, team: Vec<String>, by: &str) -> Result<(), E> {
        let mut members = team.clone();
        members.sort();
        members.dedup();
        if members.len() < 2 || members.len() != team.len() {
            return Err(E::Team("调查组应有两名以上不同的成员"));
        }
        if team.iter().any(|one| one == by) {
            return Err(E::Team("审批的人不能是调查组成员"));
        }
        self.lead = team.first().cloned();
        self.team = team;
        Ok(())
    }

    fn not_proposer(&self, by: &str) -> Result<(), E> {
        if self.proposed_by == by { Err(E::SamePerson("提出立项的人不能审批立项")) } else { Ok(()) }
    }

    /// What is due now.
    fn due_now(&self) -> Option<Timestamp> {
        match self.state {
            S::Proposed => self.due,
            S::Opened => self.conclude_due,
            S::Notified if self.statement.is_none() => self.statement_due.min(self.conclude_due),
            S::Notified => self.conclude_due,
            S::Measures => self.measures.iter().filter(|m| m.open()).filter_map(|m| m.due).min(),
            S::Revisit if self.revisit.is_none() => self.due,
            _ => None,
        }
    }

    /// What the department owes now: an id, until when, since when it is done. Rule K-10 watches it. To state its case is its
    /// right, not its duty.
    #[must_use]
    pub fn owed_by_department(&self) -> Vec<(String, Timestamp, Option<Timestamp>)> {
        let open = self.measures.iter().filter(|m| m.open());
        open.filter_map(|m| Some((m.no.clone(), m.due?, m.replied_at))).collect()
    }

    /// As the department may see it, from the notice on: who reported what, the evidence and clues stay inside.
    #[must_use]
    pub fn for_department(mut self) -> Option<Self> {
        self.subject.clone_from(&self.notice.as_ref()?.text);
        self.evidence.clear();
        self.proposed_by.clear();
        if matches!(self.origin, Origin::Complaint | Origin::Report) {
            self.refs.clear();
        }
        let hidden = ["propose", "approve", "team", "evidence", "decline"];
        self.steps.retain(|s| !hidden.contains(&s.act.as_str()));
        Some(self.without_clues())
    }

    /// As everybody who looks on may see it: clues are for those who investigate, and nothing tells that there is one.
    #[must_use]
    pub fn without_clues(mut self) -> Self {
        self.measures.retain(|m| m.kind != MeasureKind::Clue);
        self.steps.retain(|s| s.act != "clue");
        if self.state == S::Measures && self.measures.is_empty() {
            self.state = S::Concluded;
        }
        self
    }
}

#[cfg(test)]
mod tests;
