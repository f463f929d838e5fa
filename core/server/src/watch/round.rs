//! Rounds: everything rules speak about that is no case. What changes by the minute is looked at every minute, the rest once a
//! county's day and at every start; a finding is written once, whoever looks how often.

use super::empty;
use crate::app::App;
use crate::config::Department;
use crate::intake::page::{Sender, issue};
use crate::problem::Problem;
use chrono::{Datelike, Days, NaiveDate};
use daylight_domain::Timestamp;
use daylight_domain::card::slot;
use daylight_domain::department::Phase;
use daylight_domain::finding::{Finding, Level};
use daylight_domain::investigation::Investigation;
use daylight_domain::order::SupervisionOrder;
use daylight_domain::record::RecordType;
use daylight_domain::rule::{
    CardFacts, ConnectionFacts, CountyFacts, DayFacts, ItemFacts, LimitChangeFacts, OrderFacts, PluginFacts,
    ReconciliationFacts, SourceFacts, Streak, StreakFacts, Subject, VolumeDay, VolumeFacts, judge_subject,
};
use daylight_store::{FindingFilter, MatterFilter, QuarantineFilter, StoreError, Want};
use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;

/// How many days back the usual volume of a department is taken from.
const USUAL_DAYS: u64 = 60;
/// Unanswered cards of one department that one round looks at.
const UNANSWERED: u32 = 500;
/// Overdue orders of one department that one round looks at.
const OVERDUE: u32 = 1000;
/// How many days back a changed limit is looked at.
const CHANGED_DAYS: u64 = 7;
/// Cases read at once.
const PAGE: u32 = 1000;
/// Closed days that are compared again: late records may have come.
const CLOSED_DAYS: u32 = 10;

impl App {
    pub(crate) fn findings_of<S: Subject>(&self, subject: &S, now: Timestamp) -> Vec<Finding> {
        judge_subject(&self.config.rules.book, subject, &self.config.rules.ground(now)).findings
    }

    /// What is wrong with the county's own place: a year without a working-day calendar (U-04, U-05), a plugin that is not what
    /// was signed (U-08), a rule that was switched off without a decision (U-09). No card: it is the information centre's to
    /// mend.
    #[must_use]
    pub fn alarms(&self) -> Vec<Finding> {
        let now = self.clock.now();
        let mut all = self.findings_of(&CountyFacts { date: now.date() }, now);
        for plugin in self.plugin_facts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            all.extend(self.findings_of(plugin, now));
        }
        for rule in &self.rules_off {
            all.extend(self.findings_of(rule, now));
        }
        all
    }

    /// Proves again that every active plugin is what was signed.
    ///
    /// # Errors
    /// The store.
    pub async fn look_at_plugins(&self) -> Result<(), Problem> {
        let mut all = Vec::new();
        for row in self.store.plugins().await?.into_iter().filter(|p| p.active_since.is_some()) {
            let stored = self.store.plugin(&row.digest).await?;
            let problem = match stored {
                None => Some("库中没有这个插件的文件".to_owned()),
                Some(stored) => self.proven(&stored).err().map(|e| e.message),
            };
            all.push(PluginFacts { plugin: row.name, checked_at: self.clock.now(), problem });
        }
        *self.plugin_facts.lock().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    /// What changes by the minute: silent sources (U-01), cards and orders nobody answered (K-08, K-10), records whose wait is
    /// over, and complaints, enquiries and bad ratings whose time has come (K-01…K-05, E-01…E-03).
    ///
    /// # Errors
    /// The store.
    pub async fn look_at_sources(&self) -> Result<(), Problem> {
        let now = self.clock.now();
        self.store.expire_waiting(now).await?;
        for department in self.config.departments.values() {
            let mut found = Vec::new();
            if department.phase.ingests()
                && let Some(last_seen) = self.store.last_received(&department.id).await?
            {
                let source = SourceFacts {
                    department: department.id.clone(),
                    last_seen,
                    silence_minutes: i64::from(department.silence()),
                    skew_ms: None,
                };
                found.extend(self.findings_of(&source, now));
            }
            // What is owed to supervision is owed in every phase. The rest comes with the next round: nobody waits for a
            // round that looks at everything.
            let unanswered = self.store.cards_unanswered(&department.id, now, UNANSWERED).await?;
            for card in &unanswered {
                found.extend(self.findings_of(&CardFacts::from(card), now));
            }
            let numbers = unanswered.iter().map(|c| c.no.clone()).collect();
            found.extend(self.overdue(department, now).await?);
            // Reminded of first: a stop between the two reminds of nothing twice and forgets nothing.
            self.remind(department, &unanswered).await?;
            // When somebody else was faster, with the next round.
            if self.note(department, found, (numbers, None), now).await? {
                self.escalate(department, now).await?;
            }
            self.take_in(department).await?;
            self.look_at_registers(department, now).await?;
        }
        Ok(())
    }

    /// Orders and measures of investigations that nobody replied to in time (K-10).
    async fn overdue(&self, department: &Department, now: Timestamp) -> Result<Vec<Finding>, Problem> {
        let of = |states: &[&str]| MatterFilter {
            department: Some(department.id.clone()),
            states: states.iter().map(|s| (*s).to_owned()).collect(),
            due_before: Some(now),
            limit: OVERDUE,
            ..MatterFilter::default()
        };
        let mut all = Vec::new();
        for order in self.list_matters::<SupervisionOrder>(of(&["issued", "returned"])).await? {
            let facts = OrderFacts {
                no: order.no,
                department: order.department,
                due: order.due,
                replied_at: order.replied_at,
                withdrawn_at: order.withdrawn_at,
            };
            all.extend(self.findings_of(&facts, now));
        }
        for one in self.list_matters::<Investigation>(of(&["measures"])).await? {
            for (no, due, replied_at) in one.owed_by_department() {
                let facts = OrderFacts { no, department: one.department.clone(), due, replied_at, withdrawn_at: None };
                all.extend(self.findings_of(&facts, now));
            }
        }
        Ok(all)
    }

    /// What changes by the day: items (C-…), connections (U-02), the numbers of yesterday and today (D-02, D-10, D-11, D-16),
    /// closed days (D-15), usual volumes (D-14), warnings in a row (K-09), ratings taken together (E-04…E-06).
    ///
    /// # Errors
    /// The store.
    pub async fn look_at_everything(&self) -> Result<(), Problem> {
        self.look_at_plugins().await?;
        self.settle_drafts().await?;
        let provincial = self.provincial_list().await?;
        let now = self.clock.now();
        let today = now.date();
        let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        for department in self.config.departments.values().filter(|d| d.phase != Phase::Suspended) {
            let mut found = Vec::new();
            let items = self.config.rules.catalogue.newest().filter(|i| i.department == department.id);
            for item in items {
                let provincial = provincial.as_ref().and_then(|list| list.facts(item));
                found.extend(self.findings_of(&ItemFacts { item: item.as_ref().clone(), provincial }, now));
            }
            for facts in self.guide_facts(&department.id) {
                found.extend(self.findings_of(&facts, now));
            }
            for facts in self.limit_changes(department, today).await? {
                found.extend(self.findings_of(&facts, now));
            }
            if let Some(facts) = self.connection(department).await? {
                found.extend(self.findings_of(&facts, now));
            }
            if department.phase.ingests() {
                for date in [yesterday, today] {
                    if let Some(facts) = self.day(department, date).await? {
                        found.extend(self.findings_of(&facts, now));
                    }
                }
                for facts in self.closed_days(department).await? {
                    found.extend(self.findings_of(&facts, now));
                }
                if let Some(facts) = self.volume(department, today).await? {
                    found.extend(self.findings_of(&facts, now));
                }
                for month in [yesterday, today] {
                    found.extend(self.findings_of(&self.streak(department, month).await?, now));
                }
                found.extend(self.ratings_of_days(department, today).await?);
                found.extend(self.registers_anew(department, now).await?);
            }
            found.extend(self.left_out(department, today).await?.iter().flat_map(|facts| self.findings_of(facts, now)));
            self.note(department, found, (Vec::new(), None), now).await?;
        }
        Ok(())
    }

    /// Items whose promised limit was changed lately, with what was open at that moment (D-20).
    async fn limit_changes(&self, department: &Department, today: NaiveDate) -> Result<Vec<LimitChangeFacts>, Problem> {
        let catalogue = &self.config.rules.catalogue;
        let lately = today.checked_sub_days(Days::new(CHANGED_DAYS)).unwrap_or(today);
        let mut all = Vec::new();
        for item in catalogue.newest().filter(|i| i.department == department.id && i.version > 1) {
            if item.valid_from < lately || item.valid_from > today {
                continue;
            }
            let before = catalogue.version(&item.code, item.version - 1);
            let limits = before.and_then(|b| b.promise_limit).zip(item.promise_limit);
            let Some((old, new)) = limits.filter(|(old, new)| old != new) else { continue };
            let changed_at = Timestamp::start_of(item.valid_from);
            let (mut open, mut overdue, mut after) = (0, 0, String::new());
            loop {
                // Cases that had begun by then and were not over.
                let rows = self.store.cases_in_period(&department.id, changed_at, changed_at, &after, PAGE).await?;
                for row in rows.iter().filter(|r| r.case.item_code == item.code) {
                    open += 1;
                    overdue += u64::from(row.promise_due.is_some_and(|due| due < changed_at));
                }
                match rows.last() {
                    Some(last) if rows.len() == usize::try_from(PAGE).unwrap_or(0) => {
                        after.clone_from(&last.case.case_no);
                    }
                    _ => break,
                }
            }
            let (department, item) = (department.id.clone(), item.code.clone());
            all.push(LimitChangeFacts { department, item, changed_at, old, new, open, overdue });
        }
        Ok(all)
    }

    /// When the plan wants a department's data, and since when it comes.
    async fn connection(&self, department: &Department) -> Result<Option<ConnectionFacts>, Problem> {
        let Some(planned_by) = department.planned.get(&Phase::Trial).or_else(|| department.planned.get(&Phase::Live))
        else {
            return Ok(None);
        };
        let phases = self.store.phases(&department.id).await?;
        let connected_at = phases
            .iter()
            .find(|p| [Phase::Trial.as_str(), Phase::Live.as_str()].contains(&p.phase.as_str()))
            // A department that was connected before this system first looked at it was so all the time.
            .map(|p| department.supervised_since.map_or(p.since, |d| Timestamp::start_of(d).min(p.since)));
        Ok(Some(ConnectionFacts { department: department.id.clone(), planned_by: *planned_by, connected_at }))
    }

    async fn day(&self, department: &Department, date: NaiveDate) -> Result<Option<DayFacts>, Problem> {
        let text = date.to_string();
        let Some(numbers) = self.store.day_stats(&department.id, &text, &text).await?.pop() else { return Ok(None) };
        let mut facts = DayFacts {
            department: department.id.clone(),
            date,
            records: numbers.records,
            rejected: numbers.rejected,
            late: numbers.late,
            checksum_errors: 0,
            unknown_codes: BTreeMap::new(),
        };
        if numbers.rejected > 0 {
            let of = |code: &str| QuarantineFilter {
                department: Some(department.id.clone()),
                code: Some(code.to_owned()),
                limit: 1000,
                ..QuarantineFilter::default()
            };
            let that_day = |rows: Vec<daylight_store::QuarantineRow>| {
                rows.into_iter().filter(move |r| r.received_at.date() == date)
            };
            let wrong = that_day(self.store.quarantine(&of("E008")).await?).count();
            facts.checksum_errors = u64::try_from(wrong).unwrap_or(u64::MAX);
            for row in that_day(self.store.quarantine(&of("E003")).await?) {
                let Some(field) = row.field else { continue };
                let record: serde_json::Value = serde_json::from_str(&row.record).unwrap_or_default();
                let value = record.get(&field).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
                let values = facts.unknown_codes.entry(field).or_default();
                let value = value.unwrap_or_default();
                if values.len() < 20 && !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        Ok(Some(facts))
    }

    async fn closed_days(&self, department: &Department) -> Result<Vec<ReconciliationFacts>, Problem> {
        let mut all = Vec::new();
        for row in self.store.reconciliations(Some(&department.id), CLOSED_DAYS).await? {
            let Some(date) = daylight_domain::time::parse_date(&row.date) else { continue };
            let now_there = self.store.counts_of_day(&department.id, &row.date).await?;
            all.push(ReconciliationFacts {
                department: department.id.clone(),
                date,
                declared: Some(row.declared),
                arrived: now_there.into_iter().map(|(kind, n)| (kind.to_string(), n)).collect(),
                hash_agrees: None,
                compared_at: row.compared_at,
            });
        }
        Ok(all)
    }

    /// The cases of a month in the order in which they were warned of, or ended without a card (K-09).
    async fn streak(&self, department: &Department, day: NaiveDate) -> Result<StreakFacts, Problem> {
        let first = day.with_day(1).unwrap_or(day);
        let next = first.checked_add_months(chrono::Months::new(1)).unwrap_or(first);
        let (start, end) = (Timestamp::start_of(first), Timestamp::start_of(next));
        let of = FindingFilter {
            department: Some(department.id.clone()),
            from: Some(start),
            to: Some(end),
            limit: u32::MAX,
            ..FindingFilter::default()
        };
        let mut cases: BTreeMap<String, (Timestamp, Option<Level>)> = BTreeMap::new();
        for row in self.store.findings(&of).await? {
            let (level, at) = (row.finding.level, row.finding.fact_time);
            let Some(case_no) = row.finding.case_no.filter(|_| level > Level::Hint && row.state == "open") else {
                continue;
            };
            let one = cases.entry(case_no).or_insert((at, Some(level)));
            if one.1 < Some(level) {
                *one = (at, Some(level));
            }
        }
        let mut after = String::new();
        loop {
            let rows = self.store.cases_in_period(&department.id, start, end, &after, PAGE).await?;
            for row in &rows {
                let closed = row.case.closed_at().filter(|at| start <= *at && *at < end && !row.case.is_only_asked());
                if let Some(at) = closed.filter(|_| !cases.contains_key(&row.case.case_no)) {
                    cases.insert(row.case.case_no.clone(), (at, None));
                }
            }
            match rows.last() {
                Some(last) if rows.len() == usize::try_from(PAGE).unwrap_or(0) => after = last.case.case_no.clone(),
                _ => break,
            }
        }
        let mut cases: Vec<Streak> =
            cases.into_iter().map(|(case_no, (at, level))| Streak { case_no, at, level }).collect();
        cases.sort_by(|a, b| (a.at, &a.case_no).cmp(&(b.at, &b.case_no)));
        let month = first.format("%Y-%m").to_string();
        Ok(StreakFacts { department: department.id.clone(), window: None, month, cases })
    }

    /// Cases that began on each day, and how many do on an ordinary working day.
    async fn volume(&self, department: &Department, today: NaiveDate) -> Result<Option<VolumeFacts>, Problem> {
        let from = today.checked_sub_days(Days::new(USUAL_DAYS)).unwrap_or(today);
        let until = today.pred_opt().unwrap_or(today);
        let counts =
            self.store.counts_between(&department.id, RecordType::Apply, &from.to_string(), &until.to_string()).await?;
        let calendar = &self.config.rules.calendar;
        let mut days = Vec::new();
        for date in from.iter_days().take_while(|d| *d <= until) {
            if calendar.is_working_day(date).unwrap_or(false) {
                days.push(VolumeDay { date, cases: counts.get(&date.to_string()).copied().unwrap_or(0) });
            }
        }
        // The days before anything came say nothing about what is usual.
        let Some(first) = days.iter().position(|d| d.cases > 0) else { return Ok(None) };
        let days = days.split_off(first);
        let mut usual: Vec<u64> = days.iter().map(|d| d.cases).collect();
        usual.sort_unstable();
        let expected = usual.get(usual.len() / 2).copied().unwrap_or(0);
        Ok(Some(VolumeFacts { department: department.id.clone(), expected, days }))
    }

    /// Judges something that happened just now, and writes what is found about it.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn found_about<S: Subject>(&self, department: &str, subject: &S) -> Result<(), Problem> {
        let now = self.clock.now();
        let department = self.department(department)?;
        let found = self.findings_of(subject, now);
        // Nobody looks at it again: it is tried until nobody else was faster.
        while !self.note(department, found.clone(), (Vec::new(), None), now).await? {}
        Ok(())
    }

    /// Writes findings that are not written yet, with their cards: of one object and family the highest. Whether they are
    /// written; not, when somebody else was faster. `by` writes them by hand.
    pub(crate) async fn note(
        &self,
        department: &Department,
        mut found: Vec<Finding>,
        (unanswered, by): (Vec<String>, Option<&str>),
        now: Timestamp,
    ) -> Result<bool, Problem> {
        if found.is_empty() && unanswered.is_empty() {
            return Ok(true);
        }
        found.sort_by_key(|f| std::cmp::Reverse(f.level));
        let want = Want {
            cases: found.iter().filter_map(|f| f.case_no.clone()).collect(),
            findings: found.iter().map(Finding::dedupe_key).collect(),
            slots: found.iter().map(slot).collect(),
            ..Want::default()
        };
        let loaded = self.store.load(&department.id, &want).await?;
        let sender = Sender { by: by.map(str::to_owned), ..self.sender(department).await? };
        let mut commit = empty(&sender, loaded.head, now);
        let (mut written, mut cases) = (HashSet::new(), loaded.cases);
        for finding in found.into_iter().filter(|f| !loaded.found.contains(&f.dedupe_key())) {
            // The highest came first: the card that holds the slot is among this commit's, or stood before.
            let slot = slot(&finding);
            let standing = match written.contains(&slot) {
                true => Some((Level::Red, String::new())),
                false => loaded.standing.get(&slot).cloned(),
            };
            written.insert(slot);
            let row = finding.case_no.as_ref().and_then(|no| cases.get_mut(no));
            row.iter().for_each(|row| commit.touch(row));
            issue(&mut commit, &self.config.rules, &sender, finding, row, standing, now, false);
        }
        if !commit.cards.is_empty() {
            let touched = commit.cards.iter().filter_map(|c| c.case_no.as_ref());
            let touched: HashSet<String> = touched.cloned().collect();
            for row in cases.into_values().filter(|row| touched.contains(&row.case.case_no)) {
                commit.keep(row);
            }
        }
        commit.unanswered = unanswered;
        if commit.findings.is_empty() && commit.unanswered.is_empty() {
            return Ok(true);
        }
        match self.write(commit).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }
}
