//! The numbers of a period by department, from statistics, cards and registers: the one place where publication meets them. Columns
//! of the monthly statistics in handbook §16 (c).

use super::check::PAGE;
use crate::app::App;
use crate::config::Department;
use crate::evaluate::Place;
use crate::evaluate::stood;
use crate::problem::Problem;
use crate::stats::Asked;
use chrono::NaiveDate;
use daylight_domain::Timestamp;
use daylight_domain::card::{Card, CardState};
use daylight_domain::complaint::Complaint;
use daylight_domain::department::Phase;
use daylight_domain::exclusion::Exclusion;
use daylight_domain::finding::Level;
use daylight_domain::publication::{Audience, FreeText};
use daylight_store::{CardFilter, CaseRow, MatterFilter};

/// A card may wait so long for its confirmation, milliseconds.
const WAITING_MS: i64 = 366 * 86_400_000;

/// What a registered exclusion touches, and what not.
pub(super) const UNTOUCHED: &str =
    "统计排除只及于受理、办结及其时限、办结方式、申请人类型；监察卡、投诉、评价按实际发生计";

/// A department's numbers of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Department id.
    pub department: String,
    /// Its name.
    pub name: String,
    /// 受理
    pub accepted: u64,
    /// 办结
    pub finished: u64,
    /// Finished within the promised limit.
    pub on_time: u64,
    /// Finished after it.
    pub late: u64,
    /// Finished after the legal limit.
    pub late_legal: u64,
    /// Finished before the last day of the legal limit.
    pub early: u64,
    /// 退回
    pub returned: u64,
    /// 作废
    pub voided: u64,
    /// 删除
    pub deleted: u64,
    /// Finished, of natural persons.
    pub natural: u64,
    /// Finished, of everybody else.
    pub legal: u64,
    /// Cards that count: warnings, yellow, red.
    pub cards: [u64; 3],
    /// Cards issued in the period and revoked since.
    pub revoked: u64,
    /// 投诉
    pub complaints: u64,
    /// Ratings by people: satisfied.
    pub good: u64,
    /// Ratings by people: not satisfied.
    pub bad: u64,
    /// Ratings given by the system.
    pub by_default: u64,
}

impl Numbers {
    /// Finished without a limit that could be judged.
    pub(super) fn unlimited(&self) -> u64 {
        self.finished.saturating_sub(self.on_time + self.late)
    }
}

/// Milliseconds of a period, `to` not included.
pub(super) fn span(from: NaiveDate, to: NaiveDate) -> (Timestamp, Timestamp) {
    (Timestamp::start_of(from), Timestamp::end_of(to))
}

/// What of the county is not counted, and why: the program's words apart from somebody's.
#[derive(Clone, Debug)]
pub(super) struct LeftOut {
    /// Department id.
    pub department: String,
    /// Its name.
    pub name: String,
    /// The number of the entry in the register; the department's id where there is none.
    pub source: String,
    /// What it is, in the program's words.
    what: String,
    /// Why, in somebody's words.
    reason: Option<String>,
    /// The document it rests on, in somebody's words.
    document: Option<String>,
}

impl LeftOut {
    /// An entry of the register, under the name of its department.
    pub(super) fn entry(one: &Exclusion, name: String) -> Self {
        let item = one.item.as_ref().map(|code| format!("事项 {code}，")).unwrap_or_default();
        Self {
            department: one.department.clone(),
            name,
            source: one.no.clone(),
            what: format!("{item}{} 至 {} 统计排除", one.from, one.to),
            reason: Some(one.reason.clone()),
            document: Some(one.document.clone()),
        }
    }

    /// A department that does not take part.
    pub(super) fn department(one: &Department, what: impl Into<String>) -> Self {
        Self {
            department: one.id.clone(),
            name: one.name.clone(),
            source: one.id.clone(),
            what: what.into(),
            reason: None,
            document: None,
        }
    }

    /// Everybody's words that may be shown to an audience: for the public no reason, only the document.
    fn words(&self, audience: Audience) -> (Option<&str>, Option<&str>) {
        let reason = self.reason.as_deref().filter(|text| audience != Audience::Public && !text.is_empty());
        (reason, self.document.as_deref())
    }

    /// Why, for an audience.
    pub(super) fn why(&self, audience: Audience) -> String {
        let (reason, document) = self.words(audience);
        let reason = reason.map(|text| format!("：{text}")).unwrap_or_default();
        let document = document.map(|text| format!("（{text}）")).unwrap_or_default();
        format!("{}{reason}{document}", self.what)
    }

    /// What of it somebody wrote and an audience sees.
    pub(super) fn texts(&self, audience: Audience) -> Vec<FreeText> {
        let (reason, document) = self.words(audience);
        let text = |text: &str| FreeText {
            department: self.department.clone(),
            source: self.source.clone(),
            text: text.to_owned(),
        };
        reason.into_iter().chain(document).map(text).collect()
    }
}

impl App {
    /// The departments whose numbers count in a period, because they were live when it ended, and those that do not.
    pub(super) async fn counted(
        &self,
        only: Option<&str>,
        to: NaiveDate,
    ) -> Result<(Vec<&Department>, Vec<LeftOut>), Problem> {
        let noted = self.store.all_phases().await?;
        let (mut counted, mut others) = (Vec::new(), Vec::new());
        for department in self.config.departments.values().filter(|d| only.is_none_or(|o| o == d.id)) {
            let later = department.supervised_since.filter(|since| *since > to);
            let phase = stood(department, noted.get(&department.id), to);
            if phase != Phase::Live {
                let reason = department.suspended_because.clone().filter(|_| phase == Phase::Suspended);
                others.push(LeftOut { reason, ..LeftOut::department(department, phase.name_zh()) });
            } else if let Some(since) = later {
                others.push(LeftOut::department(department, format!("{since} 起纳入监察")));
            } else {
                counted.push(department);
            }
        }
        Ok((counted, others))
    }

    /// The days of a period that a registered exclusion leaves out.
    pub(super) async fn left_out_by_register(
        &self,
        only: Option<&str>,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Vec<LeftOut>, Problem> {
        let registered = self.exclusions(from, to).await?;
        let own = registered.iter().filter(|e| only.is_none_or(|o| o == e.department));
        Ok(own.map(|e| LeftOut::entry(e, self.called(&e.department))).collect())
    }

    /// Cards issued to a department in a period, those revoked since among them.
    pub(super) async fn issued_cards(
        &self,
        department: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Card>, Problem> {
        let mut filter = CardFilter {
            department: Some(department.to_owned()),
            from: Some(from.plus_ms(-WAITING_MS)),
            to: Some(to),
            limit: PAGE,
            ..CardFilter::default()
        };
        let mut all = Vec::new();
        loop {
            let rows = self.store.cards(&filter).await?;
            let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            filter.after = rows.last().map(|c| c.no.clone());
            let sent = |c: &Card| c.state.counts() || matches!(c.state, CardState::Revoked | CardState::Escalated);
            all.extend(rows.into_iter().filter(|c| sent(c) && c.issued_at.is_some_and(|t| from <= t && t < to)));
            if !full {
                return Ok(all);
            }
        }
    }

    /// Cases of a department that were finished in a period.
    pub(super) async fn finished_cases(
        &self,
        department: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<CaseRow>, Problem> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let rows = self.store.cases_in_period(department, from, to, &after, PAGE).await?;
            let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            if let Some(last) = rows.last() {
                after.clone_from(&last.case.case_no);
            }
            all.extend(rows.into_iter().filter(|r| r.case.finished_at.is_some_and(|t| from <= t && t < to)));
            if !full {
                return Ok(all);
            }
        }
    }

    /// Complaints about a department registered in a period.
    pub(super) async fn complaints_of(
        &self,
        department: Option<&str>,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Complaint>, Problem> {
        let filter = MatterFilter { department: department.map(str::to_owned), ..MatterFilter::default() };
        let mut all: Vec<Complaint> = self.every_matter(filter).await?;
        all.retain(|c| from <= c.registered_at && c.registered_at < to);
        Ok(all)
    }

    /// The numbers of every department that was asked for. Days that a registered exclusion leaves out are in no number of cases; cards,
    /// complaints and ratings are counted as they are ([`UNTOUCHED`]).
    pub(super) async fn numbers(
        &self,
        departments: &[&Department],
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Numbers>, Problem> {
        let span = span(from, to);
        let out = self.exclusions(from, to).await?;
        let mut all = Vec::new();
        for department in departments {
            let id = department.id.as_str();
            let mut one = Numbers { department: id.to_owned(), name: department.name.clone(), ..Numbers::default() };
            let asked = Asked { department: Some(id.to_owned()), ..Asked::of(from, to) };
            for stats in self.stats(&asked).await?.departments {
                let cases = stats.cases;
                let ended = |word: &str| cases.finished_by.get(word).copied().unwrap_or(0);
                (one.accepted, one.finished) = (cases.accepted, cases.finished);
                (one.on_time, one.early) = (cases.within_promise.hits, cases.early.hits);
                one.late = cases.within_promise.of.saturating_sub(cases.within_promise.hits);
                one.late_legal = cases.within_legal.of.saturating_sub(cases.within_legal.hits);
                (one.returned, one.voided, one.deleted) = (ended("returned"), ended("voided"), ended("deleted"));
            }
            for row in self.finished_cases(id, span).await? {
                let day = row.case.finished_at.map(Timestamp::date);
                if day.is_some_and(|day| out.iter().any(|e| e.covers(id, &row.case.item_code, day))) {
                    continue;
                }
                match row.case.applicant_type.as_deref() {
                    Some("natural") => one.natural += 1,
                    Some(_) => one.legal += 1,
                    None => {}
                }
            }
            for card in self.issued_cards(id, span).await? {
                if card.state == CardState::Revoked {
                    one.revoked += 1;
                }
                let at = match card.level {
                    Level::Hint => None,
                    Level::Prewarning => Some(0),
                    Level::Yellow => Some(1),
                    Level::Red => Some(2),
                };
                if let Some(n) = at.filter(|_| card.state.counts()).and_then(|at| one.cards.get_mut(at)) {
                    *n += 1;
                }
            }
            let complaints = self.complaints_of(Some(id), span).await?;
            one.complaints = u64::try_from(complaints.len()).unwrap_or(u64::MAX);
            let after = to.succ_opt().unwrap_or(to);
            let ratings = self.rating_counts(&Place { department: id, from, to: after, out: &[] }).await?;
            one.by_default = ratings.by_default;
            one.good = ratings.good;
            one.bad = ratings.all.saturating_sub(ratings.by_default + ratings.good + ratings.dismissed);
            all.push(one);
        }
        Ok(all)
    }
}
