//! What is judged besides cases: cards, complaints, days, sources, items … Each kind is a struct of plain data that some part
//! of the product fills; its rules stand in the file of their family.

use super::judge::{Explained, Judgement};
use super::overrides::{Whose, ask};
use super::{
    AgentFacts, BatchFacts, CardFacts, ChannelFacts, ClusterFacts, ComplaintFacts, ConnectionFacts, CountyFacts,
    DayFacts, DisciplineFacts, EnquiryFacts, ExclusionFacts, FinanceDayFacts, GuideFacts, IntermediaryFacts, ItemFacts,
    LimitChangeFacts, OrderFacts, PeriodFacts, PluginFacts, PublicationFacts, RatingBurstFacts, RatingFacts,
    RatingPeriodFacts, ReconciliationFacts, RuleStateFacts, SampleFacts, SeriesFacts, SourceFacts, StreakFacts,
    UplinkFacts, VerifiedFacts, VolumeFacts,
};
use super::{Ground, Outcome, Rule, RuleBook, Verdict};
use crate::Timestamp;
use crate::finding::Undetermined;

/// A rule about a subject.
pub type SubjectRule<S> = fn(&Rule, &S, &Ground<'_>, &mut Outcome);

/// Something rules speak about that is not a case.
pub trait Subject: Sized + 'static {
    /// Its rules, by id.
    const RULES: &'static [(&'static str, SubjectRule<Self>)];

    /// Which one it is, among those of its kind.
    fn id(&self) -> String;

    /// The department it concerns; decides which overrides hold. Empty: the county.
    fn department(&self) -> &str {
        ""
    }

    /// The item it concerns.
    fn item(&self) -> Option<&str> {
        None
    }

    /// The case it concerns.
    fn case_no(&self) -> Option<&str> {
        None
    }
}

fn whose<S: Subject>(subject: &S) -> Whose<'_> {
    Whose { department: subject.department(), item: subject.item() }
}

/// Judges a subject by every rule of its kind that is in force for it.
#[must_use]
pub fn judge_subject<S: Subject>(book: &RuleBook, subject: &S, ground: &Ground<'_>) -> Judgement {
    let (mut found, mut scratch) = (Judgement::default(), Outcome::default());
    for (id, run) in S::RULES {
        let Some(rule) = book.get(id) else { continue };
        let ask_it =
            |rule: &Rule, now: Timestamp, out: &mut Outcome| run(rule, subject, &Ground { now, ..*ground }, out);
        let changes = book.changes(id);
        let wake =
            ask(rule, changes, whose(subject), ground.now, &mut scratch, &ask_it, &mut |form, verdict| match verdict {
                Verdict::Hit(hit) => {
                    found.findings.push(form.finding(*hit, subject.case_no(), subject.item(), ground.calendar));
                }
                Verdict::Missed(_) => {}
                Verdict::Undetermined(reason_zh) => {
                    found.undetermined.push(Undetermined { rule: form.id.clone(), reason_zh });
                }
            });
        found.sooner(wake, ground.now);
    }
    found
}

/// Every rule's answer about a subject, the same as [`judge_subject`] gives, in words.
#[must_use]
pub fn explain_subject<S: Subject>(book: &RuleBook, subject: &S, ground: &Ground<'_>) -> Vec<Explained> {
    let (mut all, mut scratch) = (Vec::new(), Outcome::default());
    for (id, run) in S::RULES {
        let Some(rule) = book.get(id) else { continue };
        let ask_it =
            |rule: &Rule, now: Timestamp, out: &mut Outcome| run(rule, subject, &Ground { now, ..*ground }, out);
        let changes = book.changes(id);
        ask(rule, changes, whose(subject), ground.now, &mut scratch, &ask_it, &mut |form, verdict| {
            all.push(Explained::of(form, verdict));
        });
    }
    all
}

macro_rules! told {
    ($($name:literal, $variant:ident, $facts:ty, $zh:literal;)*) => {
        /// Facts about any subject, by the word a scenario uses for it.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Told { $(#[doc = $zh] $variant(Box<$facts>),)* }

        impl Told {
            /// The words, with their Chinese names.
            pub const WORDS: &'static [(&'static str, &'static str)] = &[$(($name, $zh),)*];

            /// Reads facts by the word for their kind. Nothing when there is no such kind.
            ///
            /// # Errors
            /// A fact is missing, unknown or of the wrong form.
            pub fn read(about: &str, facts: serde_json::Value) -> Option<Result<Self, serde_json::Error>> {
                match about {
                    $($name => Some(serde_json::from_value(facts).map(|f| Self::$variant(Box::new(f)))),)*
                    _ => None,
                }
            }

            /// The word for its kind.
            #[must_use]
            pub fn about(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Which one it is, among those of its kind.
            #[must_use]
            pub fn id(&self) -> String {
                match self { $(Self::$variant(f) => f.id(),)* }
            }

            /// [`judge_subject`]
            #[must_use]
            pub fn judge(&self, book: &RuleBook, ground: &Ground<'_>) -> Judgement {
                match self { $(Self::$variant(f) => judge_subject(book, f.as_ref(), ground),)* }
            }

            /// [`explain_subject`]
            #[must_use]
            pub fn explain(&self, book: &RuleBook, ground: &Ground<'_>) -> Vec<Explained> {
                match self { $(Self::$variant(f) => explain_subject(book, f.as_ref(), ground),)* }
            }

            /// Rules about subjects that have a function, with the word for what they are about.
            #[must_use]
            pub fn rules() -> Vec<(&'static str, &'static str)> {
                let mut all = Vec::new();
                $(all.extend(<$facts>::RULES.iter().map(|(id, _)| (*id, $name)));)*
                all
            }
        }
    };
}

told! {
    "agent", Agent, AgentFacts, "代办人";
    "batch", Batch, BatchFacts, "上报批次";
    "card", Card, CardFacts, "监察卡";
    "channel", Channel, ChannelFacts, "申请渠道";
    "cluster", Cluster, ClusterFacts, "同一对象的投诉";
    "complaint", Complaint, ComplaintFacts, "投诉";
    "connection", Connection, ConnectionFacts, "部门接入";
    "county", County, CountyFacts, "全县配置";
    "day", Day, DayFacts, "部门一日";
    "discipline", Discipline, DisciplineFacts, "责任追究";
    "enquiry", Enquiry, EnquiryFacts, "咨询";
    "exclusion", Exclusion, ExclusionFacts, "统计排除";
    "finance_day", FinanceDay, FinanceDayFacts, "非税对账日";
    "guide", Guide, GuideFacts, "办事指南页面";
    "intermediary", Intermediary, IntermediaryFacts, "中介集中度";
    "item", Item, ItemFacts, "事项";
    "limit_change", LimitChange, LimitChangeFacts, "时限变更";
    "order", Order, OrderFacts, "督办";
    "period", Period, PeriodFacts, "部门统计期";
    "plugin", Plugin, PluginFacts, "插件";
    "publication", Publication, PublicationFacts, "公开内容";
    "rating", Rating, RatingFacts, "评价";
    "rating_burst", RatingBurst, RatingBurstFacts, "窗口评价序列";
    "rating_period", RatingPeriod, RatingPeriodFacts, "评价统计期";
    "reconciliation", Reconciliation, ReconciliationFacts, "日对账";
    "rule_state", RuleState, RuleStateFacts, "规则启停";
    "sample", Sample, SampleFacts, "抽查";
    "series", Series, SeriesFacts, "文书号段";
    "source", Source, SourceFacts, "数据源";
    "streak", Streak, StreakFacts, "当月预警序列";
    "uplink", Uplink, UplinkFacts, "上行队列";
    "verified", Verified, VerifiedFacts, "查实的问题";
    "volume", Volume, VolumeFacts, "部门办件量";
}
