//! The rules: versioned data (`config/rules`) with one small function each. Handbook §11.
//!
//! A rule reads facts and says [`Verdict`]s. Judging and explaining are the same call, so that an explanation can never differ
//! from the judgement. What only time makes true is announced as `wake`. What nobody knows is undetermined, never
//! "in order".
//!
//! Rules about cases read [`Facts`] ([`judge`], [`explain`]). Rules about anything else, from a card to the calendar, read a
//! small struct of plain data, a [`Subject`] ([`judge_subject`], [`explain_subject`]). [`program()`] lists every rule with what
//! it is about, the parameters it reads and the facts it needs.

mod account;
mod around;
mod book;
mod catalogue;
mod conformance;
mod county;
mod data;
mod day;
mod fee;
mod ground;
mod integrity;
mod judge;
mod manual;
mod openness;
mod overrides;
mod pause;
mod procedure;
mod program;
mod queue;
mod rating;
mod response;
mod run;
pub mod scenario;
mod special;
mod subject;
mod term;
mod time;
mod timing;

pub use account::{ClockDay, DayKind};
pub use around::{Around, Compares, Done, OtherCase, Queued};
pub use book::{Mode, Rule, RuleBook, RuleError};
pub use catalogue::{ItemFacts, LimitChangeFacts, ProvincialItem};
pub use county::{calendar_ends, rejects_of_day, silent_source};
pub use data::SampleFacts;
pub use day::{BatchFacts, DayFacts, Life, PeriodFacts, ReconciliationFacts, SeriesFacts, VolumeDay, VolumeFacts};
pub use fee::FinanceDayFacts;
pub use ground::Ground;
pub use integrity::{AgentFacts, DisciplineFacts, IntermediaryFacts, Verified, VerifiedFacts};
pub use judge::{Explained, Judgement, explain, judge, used};
pub use manual::ManualRule;
pub use openness::{GuideFacts, PublicationFacts};
pub use overrides::RuleOverride;
pub use program::{About, Need, Program, is_reminder, needs, program};
pub use queue::ChannelFacts;
pub use rating::{RatingBurstFacts, RatingFacts, RatingPeriodFacts, Stamp};
pub use response::{CardFacts, ClusterFacts, ComplaintFacts, EnquiryFacts, OrderFacts, Streak, StreakFacts};
pub use run::{ConnectionFacts, CountyFacts, ExclusionFacts, PluginFacts, RuleStateFacts, SourceFacts, UplinkFacts};
pub use subject::{Subject, Told, explain_subject, judge_subject};
pub use time::step_due;
pub use timing::{LimitEnd, Timing};

use crate::Timestamp;
use crate::calendar::{Calendar, WorkSchedule};
use crate::case::Case;
use crate::finding::{Level, ObjectKind};
use crate::item::Item;
use crate::limit::ClockMode;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the rules of a case read.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The case.
    pub case: &'a Case,
    /// The version of its item in force at acceptance, where the catalogue knows the item.
    pub item: Option<&'a Item>,
    /// The department that handles it; decides which overrides hold.
    pub department: &'a str,
    /// What is known beyond its records; [`Around::NOTHING`] where nothing is.
    pub around: &'a Around,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Office hours.
    pub schedule: &'a WorkSchedule,
    /// How the county counts.
    pub mode: ClockMode,
    /// The present, by our clock.
    pub now: Timestamp,
    /// How late the source may report, milliseconds.
    pub sla_ms: i64,
}

impl<'a> Facts<'a> {
    /// What the rules stand on.
    #[must_use]
    pub fn ground(&self) -> Ground<'a> {
        Ground { calendar: self.calendar, schedule: self.schedule, mode: self.mode, now: self.now }
    }
}

/// What is true of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// How serious.
    pub level: Level,
    /// What kind of object.
    pub object: ObjectKind,
    /// Which.
    pub object_id: String,
    /// Since when it is true, by business time.
    pub fact_time: Timestamp,
    /// The value measured.
    pub value: i64,
    /// What was read.
    pub inputs: BTreeMap<String, String>,
    /// The sentence for the person concerned.
    pub explain_zh: String,
    /// Nothing was done about it yet, so that it is still true today (not only: was true once).
    pub ongoing: bool,
}

impl Hit {
    /// A hit about an object, with nothing read and over.
    pub(crate) fn new(level: Level, object: ObjectKind, id: impl Into<String>, at: Timestamp, zh: String) -> Self {
        Self {
            level,
            object,
            object_id: id.into(),
            fact_time: at,
            value: 1,
            inputs: BTreeMap::new(),
            explain_zh: zh,
            ongoing: false,
        }
    }

    /// A hit about the case itself.
    pub(crate) fn case(level: Level, facts: &Facts<'_>, at: Timestamp, zh: String) -> Self {
        Self::new(level, ObjectKind::Case, facts.case.case_no.as_str(), at, zh)
    }

    /// With the value measured.
    pub(crate) fn value(mut self, value: i64) -> Self {
        self.value = value;
        self
    }

    /// A count as the value measured.
    pub(crate) fn count(self, n: usize) -> Self {
        self.value(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// With what was read.
    pub(crate) fn read<const N: usize>(mut self, pairs: [(&str, String); N]) -> Self {
        self.inputs = inputs(pairs);
        self
    }

    /// Whether it is still so.
    pub(crate) fn ongoing(mut self, ongoing: bool) -> Self {
        self.ongoing = ongoing;
        self
    }
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is broken.
    Hit(Box<Hit>),
    /// It is not, or does not apply, and why.
    Missed(Cow<'static, str>),
    /// Nobody can tell, and why. Never "in order".
    Undetermined(String),
}

/// What a rule says, and when it should be asked again.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In any number: a rule about steps says one per step that breaks it.
    pub verdicts: Vec<Verdict>,
    /// The next instants at which time alone may change the answer.
    pub wake: Option<Timestamp>,
}

impl Outcome {
    pub(crate) fn hit(&mut self, hit: Hit) {
        self.verdicts.push(Verdict::Hit(Box::new(hit)));
    }

    pub(crate) fn missed(&mut self, why: &'static str) {
        self.verdicts.push(Verdict::Missed(Cow::Borrowed(why)));
    }

    pub(crate) fn undetermined(&mut self, why: impl std::fmt::Display) {
        self.verdicts.push(Verdict::Undetermined(why.to_string()));
    }

    pub(crate) fn wake(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |old| old.min(at)));
    }
}

/// Named inputs of a finding.
pub(crate) fn inputs<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An instant as an input, empty where there is none.
pub(crate) fn said(at: Option<Timestamp>) -> String {
    at.map(Timestamp::rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests;
