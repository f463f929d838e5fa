//! The facts of a department in a period: what is counted of its cases, findings that stand, cards, registers. Nothing here reads
//! the documents of cases, findings or cards of all history.

use super::NAMED;
use crate::app::App;
use crate::problem::Problem;
use crate::tally::{Apart, Scope};
use chrono::{Days as Span, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::card::CardState;
use daylight_domain::complaint::{ComplaintState, Outcome};
use daylight_domain::exclusion::Exclusion;
use daylight_domain::investigation::{Investigation, MeasureKind};
use daylight_domain::item::Item;
use daylight_domain::measure::{
    Accounts, Complaints, Counted, Days, Fact, Forgiven, Ratings, Reference, Samples, Share, median,
};
use daylight_domain::order::{OrderState, SupervisionOrder};
use daylight_domain::rating::Rating;
use daylight_domain::record::RecordType;
use daylight_domain::rule::Mode;
use daylight_domain::sampling::SamplingPlan;
use daylight_domain::score::{FindingGroup, Measured};
use daylight_domain::tally::{Cells, Figures, Period, What};
use daylight_store::{CardFact, CardTime, MatterFilter};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How long before a period a bad rating may have been given that is to be put right in it, days.
const RATED_BEFORE: u64 = 90;

/// A department in a period: the days from `from` up to and without `to`, less what is left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) department: &'a str,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) out: &'a [Exclusion],
}

impl Place<'_> {
    fn start(&self) -> Timestamp {
        Timestamp::start_of(self.from)
    }

    fn end(&self) -> Timestamp {
        Timestamp::start_of(self.to)
    }

    fn last(&self) -> NaiveDate {
        self.to.pred_opt().unwrap_or(self.to)
    }

    /// Whether a time of an item lies in it and is not left out.
    fn has(&self, at: Timestamp, item: Option<&str>) -> bool {
        self.start() <= at && at < self.end() && !self.left_out(at.date(), item)
    }

    fn left_out(&self, day: NaiveDate, item: Option<&str>) -> bool {
        self.out.iter().any(|e| e.covers(self.department, item.unwrap_or_default(), day))
    }

    fn had(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.has(at, None))
    }
}

/// A complaint as it is counted.
#[derive(Deserialize)]
struct Complained {
    state: ComplaintState,
    registered_at: Timestamp,
    closed_at: Option<Timestamp>,
    complainant: Option<serde_json::Value>,
    outcome: Option<Outcome>,
    /// 情节 of one that is true: `minor`, `medium`, `serious`. One without is minor.
    #[serde(default)]
    severity: Option<String>,
}

impl App {
    /// The measures of a department from one date up to and without another.
    ///
    /// # Errors
    /// The store.
    pub async fn measures(&self, department: &str, from: NaiveDate, to: NaiveDate) -> Result<Vec<Measured>, Problem> {
        let out = self.exclusions(from, to.pred_opt().unwrap_or(to)).await?;
        self.measured(&Place { department, from, to, out: &out }).await
    }

    pub(super) async fn measured(&self, place: &Place<'_>) -> Result<Vec<Measured>, Problem> {
        let sums = self.sums(&scope(place), place.out, Apart::Item).await?;
        let figures = sums.into_values().next().unwrap_or_default();
        self.measures_of(place, &figures).await
    }

    /// The measures of a department whose cases are counted already, by item.
    pub(crate) async fn measures_of(
        &self,
        place: &Place<'_>,
        figures: &BTreeMap<String, Figures>,
    ) -> Result<Vec<Measured>, Problem> {
        let book = &self.config.rules.book;
        let rules: BTreeSet<&str> = book.all().filter(|r| r.enabled).map(|r| r.id.as_str()).collect();
        let facts = self.standing(place).await?;
        let catalogue = self.config.rules.catalogue.newest();
        let items: Vec<&Item> = catalogue.map(|i| i.as_ref()).filter(|i| i.department == place.department).collect();
        let (days, reference) = self.reported_days(place).await?;
        let connected = self.connected(place, figures).await?;
        let counted = Counted {
            figures,
            facts: &facts,
            rules: &rules,
            forgiven: self.forgiven(place).await?,
            days,
            connected: &connected,
            items: &items,
            reference,
            answers: self.answered_in_time(place).await?,
            ratings: self.ratings(place).await?,
            complaints: self.complaints(place).await?,
            samples: self.samples(place).await?,
            accounts: self.accounts(place).await?,
        };
        Ok(counted.measures())
    }

    /// Items of which anything was reported, also on days that are left out.
    async fn connected(
        &self,
        place: &Place<'_>,
        figures: &BTreeMap<String, Figures>,
    ) -> Result<BTreeSet<String>, Problem> {
        let reported = |of: &BTreeMap<String, Figures>| -> BTreeSet<String> {
            of.iter().filter(|(_, f)| f.reported()).map(|(item, _)| item.clone()).collect()
        };
        if !place.out.iter().any(|e| e.department == place.department) {
            return Ok(reported(figures));
        }
        let whole = self.sums(&scope(place), &[], Apart::Item).await?;
        Ok(reported(&whole.into_values().next().unwrap_or_default()))
    }

    /// Findings that stand, with facts in the period.
    async fn standing(&self, place: &Place<'_>) -> Result<Vec<Fact>, Problem> {
        let book = &self.config.rules.book;
        let asked: Vec<String> = book.all().filter(|r| r.mode == Mode::Confirm).map(|r| r.id.clone()).collect();
        let mut facts = self.store.facts(place.department, place.start(), place.end(), &asked).await?;
        facts.retain(|f| !place.left_out(f.fact_time.date(), f.item_code.as_deref()));
        Ok(facts)
    }

    /// Cases over a limit of which all findings were revoked.
    async fn forgiven(&self, place: &Place<'_>) -> Result<Forgiven, Problem> {
        let mut forgiven = Forgiven::default();
        let to = place.last().min(self.clock.now().date());
        for (rule, case_no) in self.store.revoked_facts(place.department, &["T-02", "T-03"]).await? {
            let Some(row) = self.store.case(place.department, &case_no).await? else { continue };
            let item = row.case.item_code.clone();
            let without = |day: NaiveDate| place.left_out(day, Some(&item));
            let period = Period { from: place.from, to, without: &without };
            let (mut cells, mut one) = (Cells::default(), Figures::default());
            cells.take(&row.said(), 1);
            for (at, cell) in cells.iter() {
                cell.iter().for_each(|(key, n)| one.take_key(at.month, key, n, &period));
            }
            let open = |n: i64| u64::try_from(n).unwrap_or(0);
            if rule == "T-02" {
                forgiven.promise_done += one.count(What::DonePastPromise);
                forgiven.promise_open += open(one.level.over_promise);
            } else {
                forgiven.legal_done += one.count(What::DonePastLegal);
                forgiven.legal_open += open(one.level.over_legal);
            }
        }
        Ok(forgiven)
    }

    /// Records and declared days, and what is known of the number of cases besides what was reported of them.
    async fn reported_days(&self, place: &Place<'_>) -> Result<(Days, Option<Reference>), Problem> {
        let (first, last) = (place.from.to_string(), place.last().to_string());
        let kept = |date: &str| daylight_domain::time::parse_date(date).filter(|day| !place.left_out(*day, None));
        let mut days = Days::default();
        for day in self.store.day_stats(place.department, &first, &last).await? {
            if kept(&day.date).is_some() {
                days.records += day.records;
                days.accepted += day.accepted;
                days.rejected += day.rejected;
                days.late += day.late;
            }
        }
        let (mut declared, mut on) = (0, BTreeSet::new());
        for row in self.store.reconciled(place.department, &first, &last).await? {
            let Some(day) = kept(&row.date) else { continue };
            days.reconciled += 1;
            days.matched += u64::from(row.matches);
            if let Some(n) = row.declared.get(RecordType::Accept.as_str()) {
                declared += n;
                on.insert(day);
            }
        }
        if on.is_empty() {
            return Ok((days, None));
        }
        let scope = Scope { only: Some(on), ..scope(place) };
        let sums = self.sums(&scope, place.out, Apart::Nothing).await?;
        let sums = sums.into_values().flat_map(BTreeMap::into_values).next().unwrap_or_default();
        let reference = Reference {
            accepted: sums.count(What::Accepted),
            declared,
            certificates: sums.count(What::Certified),
            bills: sums.count(What::Fee),
        };
        Ok((days, Some(reference)))
    }

    /// Cards and orders that were to be answered, and were in time. Who appealed has answered.
    async fn answered_in_time(&self, place: &Place<'_>) -> Result<Share, Problem> {
        let now = self.clock.now();
        let mut share = Share::default();
        let mut add = |due: Timestamp, answered: bool| {
            if due < now || answered {
                share.of += 1;
                share.hits += u64::from(answered);
            }
        };
        let time = CardTime::FeedbackDue;
        for card in self.store.card_facts(place.department, time, place.start(), place.end()).await? {
            let state = CardState::from_name(&card.state).filter(|s| s.counts());
            let (Some(state), Some(due)) = (state, card.feedback_due) else { continue };
            if place.has(due, card.item_code.as_deref()) {
                let appealed = matches!(state, CardState::Appealed | CardState::Upheld);
                add(due, appealed || card.feedback_at.is_some_and(|at| at <= due));
            }
        }
        let filter = of_department(place.department);
        for order in self.list_matters::<SupervisionOrder>(filter).await? {
            let sent = !matches!(order.state, OrderState::Proposed | OrderState::Declined | OrderState::Withdrawn);
            if sent && place.has(order.due, None) {
                add(order.due, order.replied_at.is_some_and(|at| at <= order.due));
            }
        }
        Ok(share)
    }

    /// How many ratings there are, by whom and how good: those of days that are left out are not counted, and one that was found to be
    /// mistaken or malicious (不予采信) is neither good nor bad.
    pub(crate) async fn rating_counts(&self, place: &Place<'_>) -> Result<Ratings, Problem> {
        let mut ratings = Ratings::default();
        let mut stretches = vec![(place.from, place.to)];
        // Days that are left out cut the period in pieces.
        for one in place.out.iter().filter(|e| e.department == place.department && e.item.is_none()) {
            let after = one.to.succ_opt().unwrap_or(one.to);
            stretches = stretches
                .into_iter()
                .flat_map(|(a, b)| [(a, b.min(one.from)), (a.max(after), b)])
                .filter(|(a, b)| a < b)
                .collect();
        }
        for (from, to) in stretches {
            let (from, to) = (Timestamp::start_of(from), Timestamp::start_of(to));
            let numbers = self.store.rating_numbers(place.department, from, to).await?;
            ratings.all += numbers.ratings;
            ratings.by_default += numbers.by_default;
            ratings.good += numbers.active_good;
        }
        let bad = self.bad_ratings(place, place.start()).await?;
        let dismissed = bad.iter().filter(|one| one.dismissed_at.is_some() && place.has(one.rated_at, None));
        ratings.dismissed = u64::try_from(dismissed.count()).unwrap_or(u64::MAX);
        Ok(ratings)
    }

    /// Bad ratings by people since then, up to the end of the period.
    async fn bad_ratings(&self, place: &Place<'_>, since: Timestamp) -> Result<Vec<Rating>, Problem> {
        let rows = self.store.bad_ratings(place.department, since, place.end()).await?;
        rows.iter()
            .map(|body| serde_json::from_str(body).map_err(|e| Problem::new("internal", e.to_string())))
            .collect()
    }

    /// Ratings. A bad one belongs to the last day on which it is to be put right, and called back about where there is a name.
    async fn ratings(&self, place: &Place<'_>) -> Result<Ratings, Problem> {
        let mut ratings = self.rating_counts(place).await?;
        let days = |rule: &str| {
            let days = self.config.rules.book.get(rule).map_or(0, |r| r.param("days"));
            u32::try_from(days).unwrap_or(0)
        };
        let calendar = &self.config.rules.calendar;
        let last = |since: Timestamp, days: u32| {
            calendar.nth_working_day_after(since.date(), days).ok().map(|d| Timestamp::end_of(d).plus_ms(-1))
        };
        let since = place.from.checked_sub_days(Span::new(RATED_BEFORE)).unwrap_or(place.from);
        let bad = self.bad_ratings(place, Timestamp::start_of(since)).await?;
        for one in bad.iter().filter(|one| one.dismissed_at.is_none()) {
            let Some(right) = last(one.rated_at, days("E-02")) else { continue };
            let back = if one.rater.is_some() { last(right, days("E-03")) } else { Some(right) };
            let Some(due) = back.filter(|due| place.has(*due, None) && *due < self.clock.now()) else { continue };
            let called = one.rater.is_none() || one.called_back_at.is_some_and(|at| at <= due);
            ratings.rectified.of += 1;
            ratings.rectified.hits += u64::from(called && one.rectified_at.is_some_and(|at| at <= right));
        }
        Ok(ratings)
    }

    async fn complaints(&self, place: &Place<'_>) -> Result<Complaints, Problem> {
        let mut all = Complaints::default();
        let filter = MatterFilter { kind: "complaint".to_owned(), ..of_department(place.department) };
        for row in self.store.matters(&filter).await? {
            let one: Complained = row.read()?;
            all.registered += u64::from(place.has(one.registered_at, None));
            let over =
                matches!(one.state, ComplaintState::Closed | ComplaintState::CalledBack | ComplaintState::Archived);
            if !over || !place.had(one.closed_at) {
                continue;
            }
            all.closed += 1;
            if one.complainant.is_none() || one.outcome == Some(Outcome::Malicious) {
                continue;
            }
            all.named += 1;
            if one.outcome.is_some_and(Outcome::true_of_department) {
                match one.severity.as_deref() {
                    Some("serious") => all.serious += 1,
                    Some("medium") => all.medium += 1,
                    _ => all.minor += 1,
                }
            }
        }
        Ok(all)
    }

    async fn samples(&self, place: &Place<'_>) -> Result<Samples, Problem> {
        let mut all = Samples::default();
        let filter = MatterFilter { limit: u32::MAX, ..MatterFilter::default() };
        for plan in self.list_matters::<SamplingPlan>(filter).await? {
            let of =
                |c: &&daylight_domain::sampling::Check| c.case.department == place.department && place.has(c.at, None);
            for check in plan.checks.iter().filter(of) {
                all.checked += 1;
                all.tenths += u64::from(check.score);
                all.clean += u64::from(check.score == 1000 && check.authentic);
            }
        }
        Ok(all)
    }

    async fn accounts(&self, place: &Place<'_>) -> Result<Accounts, Problem> {
        let mut all = Accounts::default();
        for one in self.list_matters::<Investigation>(of_department(place.department)).await? {
            for measure in one.measures.iter().filter(|m| place.has(m.at, None)) {
                match measure.kind {
                    MeasureKind::Talk => all.talks += 1,
                    MeasureKind::Notice => all.circulars += 1,
                    MeasureKind::Correct => all.corrections += 1,
                    MeasureKind::Suggestion | MeasureKind::Clue => {}
                }
            }
        }
        Ok(all)
    }

    /// The median of the finished cases of departments in a period.
    pub(super) async fn median(
        &self,
        departments: &[String],
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Measured, Problem> {
        let last = to.pred_opt().unwrap_or(to);
        let out = self.exclusions(from, last).await?;
        let scope = Scope { from, to: last, ..Scope::county() };
        let sums = self.sums(&scope, &out, Apart::Nothing).await?;
        let done = |id: &String| sums.get(id).map_or(0, |of| of.values().map(|f| f.count(What::Done)).sum());
        Ok(median(departments.iter().map(done).collect()))
    }

    /// Cards that count and whose facts lie in a period, grouped by rule and level: of an object and a family only the highest that
    /// was there before the period ended.
    pub(super) async fn groups(&self, place: &Place<'_>) -> Result<Vec<FindingGroup>, Problem> {
        let mut groups = Groups::default();
        let cards = self.store.card_facts(place.department, CardTime::Fact, place.start(), place.end()).await?;
        for card in cards.iter().filter(|c| counts(c) && place.has(c.fact_time, c.item_code.as_deref())) {
            groups.add(&card.rule, card.level, card.case_no.as_deref());
        }
        Ok(groups.end())
    }

    /// Findings that stand and whose facts lie in a period, grouped by rule and level: of one object and rule the highest.
    pub(super) async fn evidence(&self, place: &Place<'_>) -> Result<Vec<FindingGroup>, Problem> {
        let mut highest: BTreeMap<(String, String), (u8, Option<String>)> = BTreeMap::new();
        for fact in self.standing(place).await?.into_iter().filter(|f| f.confirmed) {
            let entry = highest.entry((fact.rule, fact.object_id)).or_insert((fact.level, None));
            entry.0 = entry.0.max(fact.level);
            entry.1 = fact.case_no;
        }
        let mut groups = Groups::default();
        for ((rule, _), (level, case)) in &highest {
            groups.add(rule, *level, case.as_deref());
        }
        Ok(groups.end())
    }
}

fn counts(card: &CardFact) -> bool {
    let state = CardState::from_name(&card.state);
    state.is_some_and(CardState::counts) || state == Some(CardState::Escalated) && !card.replaced
}

fn of_department(department: &str) -> MatterFilter {
    MatterFilter { department: Some(department.to_owned()), limit: u32::MAX, ..MatterFilter::default() }
}

fn scope(place: &Place<'_>) -> Scope {
    Scope { department: Some(place.department.to_owned()), from: place.from, to: place.last(), ..Scope::county() }
}

#[derive(Default)]
struct Groups(BTreeMap<(String, u8), FindingGroup>);

impl Groups {
    fn add(&mut self, rule: &str, level: u8, case: Option<&str>) {
        let group = self.0.entry((rule.to_owned(), level)).or_insert_with(|| FindingGroup {
            rule: rule.to_owned(),
            level,
            count: 0,
            cases: Vec::new(),
        });
        group.count += 1;
        if group.cases.len() < NAMED {
            group.cases.extend(case.map(str::to_owned));
        }
    }

    fn end(self) -> Vec<FindingGroup> {
        let mut all: Vec<FindingGroup> = self.0.into_values().collect();
        all.iter_mut().for_each(|g| g.cases.sort());
        all
    }
}
