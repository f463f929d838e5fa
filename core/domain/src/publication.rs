//! Publication of results (公布): what is put together from the county's own records for one of three audiences, approved by another
//! person, and never changed afterwards. What is published is a bundle of files under one digest; who approves names the digest, so
//! that exactly the bytes are published that were looked at. Notice art. "在适当范围内予以公布"; handbook §13.

mod bundle;
pub mod personal;
pub mod suppress;

pub use bundle::{FileEntry, Manifest, canonical, digest_of, file_name_is_plain};

use crate::Timestamp;
use crate::procedure::Done;
use crate::word::words;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

words! {
    /// What is published (handbook §13).
    PublicationKind {
        DailyCards = "daily_cards", "红黄牌日报", "Red and yellow cards of a day, for those who supervise.";
        WeeklyOrders = "weekly_orders", "督办周报", "Supervision orders of a week.";
        Bulletin = "bulletin", "绩效通报", "The result of a month: ranking, indicators, cards, who is left out and why, samples.";
        Monthly = "monthly", "月度公开数据", "Volume, on-time rate and satisfaction of a month.";
        Finished = "finished", "办结公示", "Finished cases: number, item, department, dates, result.";
        Answers = "answers", "投诉答复公开", "Answers to complaints that somebody cleared for the public.";
    }
}

words! {
    /// For whom (handbook §13).
    Audience {
        Internal = "internal_supervision", "监察内部";
        Government = "government", "政府部门";
        Public = "public", "社会公众";
    }
}

words! {
    /// Where a publication stands.
    PublicationState {
        Draft = "draft", "待审批";
        Published = "published", "已公布";
        Withdrawn = "withdrawn", "已撤回";
    }
}

impl PublicationKind {
    /// The audiences it may be for; the first is the usual one.
    #[must_use]
    pub fn audiences(self) -> &'static [Audience] {
        use Audience as A;
        match self {
            Self::DailyCards => &[A::Internal],
            Self::WeeklyOrders => &[A::Internal, A::Government],
            Self::Bulletin => &[A::Government, A::Internal, A::Public],
            Self::Monthly | Self::Finished => &[A::Public, A::Government],
            Self::Answers => &[A::Public],
        }
    }

    /// Its numbers are sums of a whole month: two about one month would tell more than each.
    #[must_use]
    pub fn is_aggregate(self) -> bool {
        matches!(self, Self::Monthly | Self::Bulletin)
    }

    /// The last day of a period that begins on a day: the day, seven days, or the month.
    #[must_use]
    pub fn last_day(self, from: NaiveDate) -> NaiveDate {
        match self {
            Self::DailyCards => from,
            Self::WeeklyOrders => from.checked_add_days(chrono::Days::new(6)).unwrap_or(from),
            _ => from
                .checked_add_months(chrono::Months::new(1))
                .and_then(|d| d.checked_sub_days(chrono::Days::new(1)))
                .unwrap_or(from),
        }
    }
}

/// Words that a person wrote and that are published, with where they come from. The check for personal data reads these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FreeText {
    /// Whose they are.
    pub department: String,
    /// The number of what they belong to.
    pub source: String,
    /// The words.
    pub text: String,
}

/// What was found in it after it was published, told by a person or by the daily look (O-03). Content is never repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Breach {
    /// Whose words or data.
    pub department: String,
    /// Names of what should not be there.
    pub fields: Vec<String>,
    /// Who found it; `system` for the daily look.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A publication: what is in its bundle, and what people did with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Publication {
    /// Its number.
    pub no: String,
    /// What.
    pub kind: PublicationKind,
    /// For whom.
    pub audience: Audience,
    /// Where it stands.
    pub state: PublicationState,
    /// Its title.
    pub title: String,
    /// The scope in words (适当范围), e.g. 全县各部门.
    pub scope: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Only this department's.
    pub department: Option<String>,
    /// The score run it tells of.
    pub score_run: Option<String>,
    /// As of when the data is.
    pub data_time: Timestamp,
    /// SHA-256 over the manifest, hexadecimal: what is approved.
    pub digest: String,
    /// The files, in the order of the manifest; `manifest.json` itself is not among them.
    pub files: Vec<FileEntry>,
    /// Words of persons in it.
    #[serde(default)]
    pub texts: Vec<FreeText>,
    /// Departments whose data is in it.
    #[serde(default)]
    pub departments: Vec<String>,
    /// Who put it together.
    pub author: String,
    /// When.
    pub drafted_at: Timestamp,
    /// Who approved it.
    pub approver: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// Why.
    pub withdrawn_because: Option<String>,
    /// What was found in it that should not be public.
    #[serde(default)]
    pub breaches: Vec<Breach>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// What a named person does with a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicationAct {
    /// Approves and so publishes exactly what has this digest. 审批公布
    Approve {
        /// The digest that was looked at.
        digest: String,
        /// Remarks, may be empty.
        text: String,
        /// Why what looks like names of persons is none; empty: nothing is let through.
        not_names: String,
    },
    /// Takes it back, or lets a draft fall. 撤回
    Withdraw {
        /// Why.
        text: String,
    },
    /// Says that something in it must not be public (O-03).
    Report {
        /// Whose.
        department: String,
        /// Names of what should not be there, never the content.
        fields: Vec<String>,
        /// Remarks, may be empty.
        text: String,
    },
}

impl PublicationAct {
    /// Its word in addresses and the audit.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Withdraw { .. } => "withdraw",
            Self::Report { .. } => "report",
        }
    }
}

/// Why an act on a publication is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicationError {
    /// It stands where this cannot be done.
    #[error("publication.state: 公布件现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(PublicationState, &'static str),
    /// One person may not do both.
    #[error("publication.same-person: 编制的人不能审批")]
    SamePerson,
    /// Another digest than was drafted.
    #[error("publication.digest: 所填散列不是这份公布件的；请在公布件页面上核对后再审批")]
    Digest,
    /// Words are missing.
    #[error("publication.words: 请写明{0}")]
    Words(&'static str),
    /// No data of this department is in it.
    #[error("publication.department: 这份公布件没有 {0} 的内容")]
    Department(String),
}

impl Publication {
    /// Does something with it. What personal data forbids is looked at before (`personal`).
    ///
    /// # Errors
    /// [`PublicationError`]; nothing is changed then.
    pub fn act(&mut self, act: PublicationAct, by: &str, at: Timestamp) -> Result<(), PublicationError> {
        use PublicationState as S;
        let word = act.word();
        let from = |states: &[S], zh| {
            if states.contains(&self.state) { Ok(()) } else { Err(PublicationError::State(self.state, zh)) }
        };
        let text = match act {
            PublicationAct::Approve { digest, text, not_names } => {
                from(&[S::Draft], "审批")?;
                if self.author == by {
                    return Err(PublicationError::SamePerson);
                }
                if !digest.trim().eq_ignore_ascii_case(&self.digest) {
                    return Err(PublicationError::Digest);
                }
                self.state = S::Published;
                (self.approver, self.published_at) = (Some(by.to_owned()), Some(at));
                match (text.trim(), not_names.trim()) {
                    (_, "") => text,
                    ("", why) => format!("不是姓名：{why}"),
                    (text, why) => format!("{text}；不是姓名：{why}"),
                }
            }
            PublicationAct::Withdraw { text } => {
                from(&[S::Draft, S::Published], "撤回")?;
                if text.trim().is_empty() {
                    return Err(PublicationError::Words("撤回的理由"));
                }
                self.state = S::Withdrawn;
                (self.withdrawn_at, self.withdrawn_because) = (Some(at), Some(text.clone()));
                text
            }
            PublicationAct::Report { department, fields, text } => {
                from(&[S::Published, S::Withdrawn], "登记不得公开的内容")?;
                if self.published_at.is_none() {
                    return Err(PublicationError::State(self.state, "登记不得公开的内容"));
                }
                if fields.is_empty() || fields.iter().any(|f| f.trim().is_empty()) {
                    return Err(PublicationError::Words("不得公开的是哪些内容（只写名称，不写内容）"));
                }
                if !self.departments.contains(&department) {
                    return Err(PublicationError::Department(department));
                }
                self.breaches.push(Breach { department, fields, by: by.to_owned(), at });
                text
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.to_owned(), at, text });
        Ok(())
    }

    /// Whether it was ever there for its audience.
    #[must_use]
    pub fn was_published(&self) -> bool {
        self.published_at.is_some()
    }
}

#[cfg(test)]
mod tests;
