//! Personal data in what is published: looked for before the approval, which it forbids, and again every day in what is there (O-03),
//! by the names of everybody in the registers.

use super::content::Content;
use crate::app::App;
use crate::oversight::{Deed, Kept, Matter};
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::complaint::{Complaint, Contact};
use daylight_domain::enquiry::Enquiry;
use daylight_domain::evaluation::RunState;
use daylight_domain::publication::personal::{Known, PersonalKind, personal};
use daylight_domain::publication::{Audience, Publication, PublicationAct, PublicationKind};
use daylight_domain::rating::Rating;
use daylight_domain::rule::PublicationFacts;
use daylight_store::MatterFilter;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Rows read at once.
pub(super) const PAGE: u32 = 1000;

/// Words of this work that no configuration has.
const WORDS: &[&str] = &[
    "窗口",
    "大厅",
    "办事大厅",
    "服务中心",
    "工作人员",
    "经办人",
    "负责人",
    "群众",
    "市民",
    "居民",
    "村民",
    "公众",
    "社会公众",
    "申请人",
    "投诉人",
    "当事人",
    "法定代表人",
    "先生",
    "女士",
    "匿名",
    "匿名用户",
    "全县",
    "各部门",
    "部门",
    "单位",
    "材料",
    "办理",
    "办结",
    "答复",
    "监察",
    "督办",
    "整改",
    "反馈",
    "已解决",
    "不满意",
    "满意",
];

/// Something personal in words that are to be published. What it is stands in the register alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Obstacle {
    /// Whose words.
    pub department: String,
    /// The number of what they belong to; empty: the title or the scope.
    pub source: String,
    /// What kind.
    pub kind: PersonalKind,
    /// At which character it begins, from 1.
    pub place: usize,
}

impl Obstacle {
    /// For whoever wanted to approve it, in Chinese and in English.
    pub(crate) fn say(&self) -> (String, String) {
        let or = |none: &'static str| if self.source.is_empty() { none } else { self.source.as_str() }.to_owned();
        let (place, kind) = (self.place, self.kind.as_str().replace('_', " "));
        let zh = format!("{} 第 {place} 字起有{}", or("标题或范围"), self.kind.name_zh());
        (zh, format!("{}: {kind} from character {place} on", or("title or scope")))
    }
}

impl App {
    /// Every matter of a kind by filter, however many.
    pub(crate) async fn every_matter<T: Matter>(&self, mut filter: MatterFilter) -> Result<Vec<T>, Problem> {
        filter.limit = PAGE;
        let mut all: Vec<T> = Vec::new();
        loop {
            let rows: Vec<T> = self.list_matters(filter.clone()).await?;
            let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            filter.after = rows.last().map(|one| one.no().to_owned());
            all.extend(rows);
            if !full {
                return Ok(all);
            }
        }
    }

    /// Nobody yet, beside the words of the county: no name that somebody gave is one of these.
    fn nobody(&self) -> Known {
        let county = &self.config.main.county;
        let office = self.office();
        let departments = self.config.departments.values().map(|d| d.name.as_str());
        let items = self.config.rules.catalogue.newest().map(|i| i.name.as_str());
        let kinds = PublicationKind::ALL.iter().map(|k| k.name_zh());
        let all = [county.name.as_str(), office.as_str()].into_iter().chain(departments).chain(items);
        Known::beside(all.chain(kinds).chain(WORDS.iter().copied()))
    }

    /// Whoever complained about what a publication answers.
    async fn complainants(&self, one: &Publication) -> Result<Known, Problem> {
        let mut known = self.nobody();
        if one.kind != PublicationKind::Answers {
            return Ok(known);
        }
        let sources: BTreeSet<&str> = one.texts.iter().map(|t| t.source.as_str()).collect();
        for no in sources {
            if let Some(row) = self.store.matter(Complaint::KIND, no).await?
                && let Some(contact) = row.read::<Complaint>()?.complainant
            {
                known.add(&contact.name, contact.address.as_deref());
            }
        }
        Ok(known)
    }

    /// Everybody who complained, asked or rated under a name.
    async fn persons(&self) -> Result<Known, Problem> {
        let mut known = self.nobody();
        let mut add = |contact: Option<Contact>| {
            if let Some(one) = contact {
                known.add(&one.name, one.address.as_deref());
            }
        };
        for one in self.every_matter::<Complaint>(MatterFilter::default()).await? {
            add(one.complainant);
        }
        for one in self.every_matter::<Enquiry>(MatterFilter::default()).await? {
            add(one.asker);
        }
        for one in self.every_matter::<Rating>(MatterFilter::default()).await? {
            add(one.rater);
        }
        Ok(known)
    }

    /// What stands in the way of publishing it to anybody but those who supervise.
    pub(super) async fn obstacles(&self, one: &Publication) -> Result<Vec<Obstacle>, Problem> {
        if one.audience == Audience::Internal {
            return Ok(Vec::new());
        }
        Ok(obstacles(one, &self.own_title(one), &self.persons().await?))
    }

    /// What of that no approver may let through: numbers, and who complained about what is answered in it. A name that stands in some
    /// register may be a word all the same.
    pub(super) async fn sure_obstacles(&self, one: &Publication) -> Result<Vec<Obstacle>, Problem> {
        if one.audience == Audience::Internal {
            return Ok(Vec::new());
        }
        Ok(obstacles(one, &self.own_title(one), &self.complainants(one).await?))
    }

    /// A finding (O-03) for every department whose words were found not to be for the public. A person confirms its card.
    pub(super) async fn breached(&self, one: &Publication, now: Timestamp) -> Result<(), Problem> {
        let mut by: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for breach in &one.breaches {
            by.entry(breach.department.as_str()).or_default().extend(breach.fields.iter().cloned());
        }
        for (department, restricted) in by {
            let Some(department) = self.config.departments.get(department) else { continue };
            let facts = PublicationFacts {
                department: department.id.clone(),
                id: one.no.clone(),
                published_at: one.published_at.unwrap_or(one.drafted_at),
                restricted: restricted.into_iter().collect(),
            };
            self.note(department, self.findings_of(&facts, now), (Vec::new(), None), now).await?;
        }
        Ok(())
    }

    /// Looks at everything that is public: whether a number of somebody, or who complained about what it answers, stands in it (O-03),
    /// and whether what it tells of was withdrawn, or not yet published with it, while this program was not at work.
    ///
    /// # Errors
    /// The store.
    pub async fn look_at_publications(&self) -> Result<(), Problem> {
        let now = self.clock.now();
        let all = self.publications(&["published"]).await?;
        if all.is_empty() {
            return Ok(());
        }
        for one in all {
            self.follow_run(&one).await?;
            if self.no_longer_answered(&one, false).await?.is_some() {
                let text = "其中的答复已不再公开".to_owned();
                self.act_on_publication(&one.no, PublicationAct::Withdraw { text }, "system").await?;
                continue;
            }
            let mut by: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
            for found in self.sure_obstacles(&one).await?.into_iter().filter(|o| !o.department.is_empty()) {
                by.entry(found.department).or_default().insert(found.kind.name_zh());
            }
            for (department, fields) in by {
                let fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
                let told = |b: &daylight_domain::publication::Breach| b.department == department && b.fields == fields;
                if !one.breaches.iter().any(told) {
                    let mut kept: Kept<Publication> = self.find_matter(&one.no).await?;
                    let act = PublicationAct::Report { department, fields, text: "每日复查".to_owned() };
                    kept.matter.act(act, "system", now).map_err(Problem::from)?;
                    let deed = Deed { act: "report", by: "system" };
                    self.keep_matter(kept, deed, json!({})).await?;
                }
            }
            let one = self.find_matter::<Publication>(&one.no).await?.matter;
            self.breached(&one, now).await?;
        }
        Ok(())
    }

    /// The number of a complaint whose answer stands in a publication and is not public now, or, where that is asked, not in these words.
    pub(super) async fn no_longer_answered(
        &self,
        one: &Publication,
        word_for_word: bool,
    ) -> Result<Option<String>, Problem> {
        if one.kind != PublicationKind::Answers {
            return Ok(None);
        }
        let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for text in one.texts.iter().filter(|t| !t.source.is_empty()) {
            by.entry(&text.source).or_default().push(&text.text);
        }
        for (no, texts) in by {
            let complaint = self.store.matter(Complaint::KIND, no).await?;
            let answer = match complaint {
                Some(row) => row.read::<Complaint>()?.public_answer,
                None => None,
            };
            if answer.is_none_or(|a| word_for_word && texts != [a.subject.as_str(), a.text.as_str()]) {
                return Ok(Some(no.to_owned()));
            }
        }
        Ok(None)
    }

    async fn follow_run(&self, one: &Publication) -> Result<(), Problem> {
        let Some(run) = &one.score_run else { return Ok(()) };
        match self.score_view(run).await?.life.state {
            RunState::Withdrawn => self.withdraw_with_run(run, ("system", "评分已不再有效")).await,
            // Whoever approved it was cut off before its run was published.
            RunState::Final => self.publish_run_of(one, one.approver.as_deref().unwrap_or("system")).await,
            _ => Ok(()),
        }
    }
}

fn obstacles(one: &Publication, title: &str, known: &Known) -> Vec<Obstacle> {
    // What this program put together is nobody's words.
    let own = [&one.title, &one.scope].into_iter().filter(|text| *text != title).map(|text| ("", "", text.as_str()));
    let texts = one.texts.iter().map(|t| (t.department.as_str(), t.source.as_str(), t.text.as_str()));
    let look = |(department, source, text): (&str, &str, &str)| {
        let (department, source) = (department.to_owned(), source.to_owned());
        personal(text, known).into_iter().map(move |p| Obstacle {
            department: department.clone(),
            source: source.clone(),
            kind: p.kind,
            place: p.place,
        })
    };
    own.chain(texts).flat_map(look).collect()
}

/// So many days before a case began, a date in its number is no longer its own.
const OWN_DATE_DAYS: i64 = 60;

impl Content {
    /// Whether a number that comes from outside may stand in something published: none that is somebody's identity or mobile number. A
    /// number made of division, date and sequence looks like the former; its date is the case's own.
    pub(super) fn number_is_fine(number: &str, began: Option<NaiveDate>) -> bool {
        let theirs = |run: &str| {
            let born = run.get(6..14).and_then(daylight_domain::time::parse_date);
            let own = born.zip(began).is_some_and(|(born, began)| (began - born).num_days() < OWN_DATE_DAYS);
            let mobile = run.len() == 11 && run.starts_with('1') && !matches!(run.as_bytes().get(1), Some(b'0'..=b'2'));
            daylight_domain::code::identity_is_valid(run) && !own || mobile
        };
        !number.split(|c: char| !c.is_ascii_digit() && !matches!(c, 'x' | 'X')).any(theirs)
    }
}
