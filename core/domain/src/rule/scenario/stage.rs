//! What is true at an instant of a scenario: the records that have arrived, the facts that are known.

use super::format::{Scenario, json};
use crate::Timestamp;
use crate::calendar::{Calendar, WorkSchedule};
use crate::case::{Applied, Case};
use crate::check::{CheckContext, FUTURE_TOLERANCE_MS, read_json};
use crate::item::{Catalogue, Item};
use crate::limit::ClockMode;
use crate::record::{Record, RecordType};
use crate::rule::{Around, Explained, Facts, Ground, Judgement, Rule, RuleBook, Told, explain, judge};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The item of a scenario that says nothing about it: an ordinary licence, seven working days promised, twenty by law.
const SAMPLE_ITEM: &str = r#"
code = "X-1"
name = "测试许可"
department = "market"
legal_limit = { value = 20, unit = "working_day" }
promise_limit = { value = 7, unit = "working_day" }
legal_basis = "测试法 1"
result_kind = "certificate"
valid_from = "2008-01-01"
materials = [{ name = "申请表", required = "mandatory" }]
[flow]
nodes = [
  { id = "start", kind = "start", name = "开始" },
  { id = "accept", kind = "accept", name = "受理", mandatory = true },
  { id = "examine", kind = "step", name = "承办", mandatory = true, limit = 2 },
  { id = "review", kind = "step", name = "审核", mandatory = true, limit = 1 },
  { id = "approve", kind = "step", name = "批准", mandatory = true, limit = 1 },
  { id = "decide", kind = "decide", name = "决定", mandatory = true },
  { id = "end", kind = "end", name = "办结" },
]
edges = [
  { from = "start", to = "accept" },
  { from = "accept", to = "examine" },
  { from = "examine", to = "review" },
  { from = "review", to = "approve" },
  { from = "approve", to = "decide" },
  { from = "decide", to = "end" },
]
"#;

pub(super) struct Stage<'a> {
    book: RuleBook,
    calendar: Cow<'a, Calendar>,
    schedule: WorkSchedule,
    mode: ClockMode,
    department: &'a str,
    catalogue: Catalogue,
    around: Around,
    sla_ms: i64,
    /// In the order of arrival.
    records: Vec<(Timestamp, Record)>,
    /// Since when each is known.
    told: Vec<(Timestamp, Told)>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        one: &'a Scenario,
        rules: &[String],
        book: &RuleBook,
        calendar: &'a Calendar,
    ) -> Result<Self, String> {
        let item = item(one)?;
        let catalogue = Catalogue::new([item.clone()]);
        Ok(Self {
            book: under_test(one, rules, book)?,
            calendar: one.calendar_until.map_or(Cow::Borrowed(calendar), |year| Cow::Owned(calendar.until(year))),
            schedule: one.work_hours.clone().map_or_else(WorkSchedule::default, WorkSchedule),
            mode: one.profile,
            department: &one.department,
            records: records(one, &catalogue, &item.code)?,
            catalogue,
            around: one.around()?,
            sla_ms: one.sla_minutes.saturating_mul(60_000),
            told: told(one)?,
        })
    }

    fn ground(&self, now: Timestamp) -> Ground<'_> {
        Ground { calendar: &self.calendar, schedule: &self.schedule, mode: self.mode, now }
    }

    /// When anything was last heard by `at`; nothing where nothing was.
    pub(super) fn last_event(&self, at: Timestamp) -> Option<Timestamp> {
        let times = self.records.iter().map(|(t, _)| *t).chain(self.told.iter().map(|(t, _)| *t));
        let known = self.around_times();
        times.chain(known).filter(|t| *t <= at && t.0 > i64::MIN).max()
    }

    fn around_times(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let a = &self.around;
        let done = [&a.commitment_check, &a.explanation, &a.disclosure, &a.result_page];
        let done = done.into_iter().filter_map(|d| d.as_ref()?.at);
        done.chain(a.same_applicant.iter().flatten().map(|o| o.applied_at))
    }

    /// What is known around the case at an instant.
    fn around_at(&self, now: Timestamp) -> Around {
        let mut known = self.around.clone();
        let known_done =
            [&mut known.commitment_check, &mut known.explanation, &mut known.disclosure, &mut known.result_page];
        for done in known_done.into_iter().flatten() {
            done.at = done.at.filter(|at| *at <= now);
        }
        if let Some(others) = &mut known.same_applicant {
            others.retain(|o| o.applied_at <= now);
        }
        known
    }

    fn case_at(&self, now: Timestamp) -> Option<Case> {
        let mut case = Case::default();
        let mut known: BTreeMap<(RecordType, &str), &Record> = BTreeMap::new();
        for (seq, (received, record)) in (1u64..).zip(self.records.iter().filter(|(t, _)| *t <= now)) {
            let key = (record.kind, record.source_key.as_str());
            let before = known.get(&key).copied();
            if before.is_some_and(|b| b.data_version == record.data_version) {
                // The same version with other content is not taken (as at intake).
                let same = before.is_some_and(|b| b.event_time == record.event_time && b.fields == record.fields);
                case.conflicts += u32::from(!same);
                continue;
            }
            let how = Applied {
                received: *received,
                seq,
                previous: before.map(|b| (b.event_time, &b.fields)),
                supervised_since: Some(Timestamp(0)),
                catalogue: &self.catalogue,
            };
            case.apply(record, how);
            known.insert(key, record);
        }
        (case.events > 0).then_some(case)
    }

    fn with_case<T>(&self, now: Timestamp, ask: impl FnOnce(&Facts<'_>) -> T) -> Option<T> {
        let case = self.case_at(now)?;
        let around = self.around_at(now);
        let item = self.catalogue.version(&case.item_code, case.item_version).map(AsRef::as_ref);
        Some(ask(&Facts {
            case: &case,
            item,
            department: self.department,
            around: &around,
            calendar: &self.calendar,
            schedule: &self.schedule,
            mode: self.mode,
            now,
            sla_ms: self.sla_ms,
        }))
    }

    /// Of each object the newest facts.
    fn told_at(&self, now: Timestamp) -> Vec<&Told> {
        let mut newest: BTreeMap<(&str, String), &Told> = BTreeMap::new();
        for (_, told) in self.told.iter().filter(|(since, _)| *since <= now) {
            newest.insert((told.about(), told.id()), told);
        }
        newest.into_values().collect()
    }

    pub(super) fn judge(&self, now: Timestamp) -> Judgement {
        let mut all = self.with_case(now, |facts| judge(&self.book, facts)).unwrap_or_default();
        for told in self.told_at(now) {
            let one = told.judge(&self.book, &self.ground(now));
            all.findings.extend(one.findings);
            all.undetermined.extend(one.undetermined);
            all.sooner(one.next, now);
        }
        all
    }

    pub(super) fn explain(&self, now: Timestamp) -> Vec<Explained> {
        let mut all = self.with_case(now, |facts| explain(&self.book, facts).1).unwrap_or_default();
        all.extend(self.told_at(now).into_iter().flat_map(|told| told.explain(&self.book, &self.ground(now))));
        all
    }
}

/// Only the rules under test, switched on, with the scenario's parameters and overrides.
fn under_test(one: &Scenario, rules: &[String], book: &RuleBook) -> Result<RuleBook, String> {
    let mut chosen: Vec<Rule> = Vec::new();
    for id in rules {
        let rule = book.get(id).ok_or_else(|| format!("config/rules 中没有规则 {id}"))?;
        let mut rule = Rule { enabled: true, ..rule.clone() };
        for (name, value) in &one.params {
            if let Some(param) = rule.params.get_mut(name) {
                *param = *value;
            }
        }
        chosen.push(rule);
    }
    if let Some(name) = one.params.keys().find(|name| !chosen.iter().any(|r| r.params.contains_key(*name))) {
        return Err(format!("params 中的 {name} 不是规则 {} 的参数", rules.join("、")));
    }
    let overrides = book.overrides().filter(|o| rules.contains(&o.rule)).chain(&one.overrides).cloned();
    RuleBook::with_overrides(chosen, overrides).map_err(|e| e.to_string())
}

fn item(one: &Scenario) -> Result<Item, String> {
    let mut item: toml::Table = toml::from_str(SAMPLE_ITEM).map_err(|e| e.to_string())?;
    item.insert("department".to_owned(), one.department.clone().into());
    for (name, value) in &one.item {
        // An empty table takes something away: `flow = {}`.
        match value {
            toml::Value::Table(table) if table.is_empty() => item.remove(name),
            other => item.insert(name.clone(), other.clone()),
        };
    }
    item.try_into().map_err(|e| format!("item：{e}"))
}

fn time(table: &mut toml::Table, name: &str) -> Result<Option<Timestamp>, String> {
    let Some(value) = table.remove(name) else { return Ok(None) };
    let text = match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    Timestamp::parse(&text).map(Some).ok_or_else(|| format!("{name} 的“{text}”不是时间"))
}

fn records(one: &Scenario, catalogue: &Catalogue, code: &str) -> Result<Vec<(Timestamp, Record)>, String> {
    let mut all = Vec::new();
    for (at, table) in one.records.iter().enumerate() {
        let place = |problem: String| format!("第 {} 条记录：{problem}", at + 1);
        let mut table = table.clone();
        let received = time(&mut table, "received").map_err(place)?;
        let serde_json::Value::Object(mut record) = json(toml::Value::Table(table)) else { continue };
        record.entry("case_no").or_insert_with(|| "A1".into());
        if at == 0 || record.get("type").is_some_and(|t| t == "apply") {
            record.entry("item_code").or_insert_with(|| code.into());
        }
        let keyed = ["correction", "correction_in", "extension", "hearing", "fee", "material"];
        let kind = record.get("type").and_then(|t| t.as_str()).unwrap_or("").to_owned();
        if keyed.contains(&kind.as_str()) {
            record.entry("source_key").or_insert_with(|| format!("{kind}-{}", at + 1).into());
        }
        let context = CheckContext {
            catalogue,
            department: &one.department,
            received: received.unwrap_or(Timestamp(i64::MAX / 2)),
            future_tolerance_ms: FUTURE_TOLERANCE_MS,
        };
        let record = read_json(&record, &context).map_err(|reject| place(reject.to_string()))?;
        if record.case_no != "A1" && all.iter().any(|(_, r): &(Timestamp, Record)| r.case_no != record.case_no) {
            return Err(place("一个场景只说一件办件".to_owned()));
        }
        let ended = record.fields.instant(crate::record::Field::EndedAt).unwrap_or(record.event_time);
        all.push((received.unwrap_or_else(|| record.event_time.max(ended)), record));
    }
    all.sort_by_key(|(received, _)| *received);
    Ok(all)
}

fn told(one: &Scenario) -> Result<Vec<(Timestamp, Told)>, String> {
    let mut all = Vec::new();
    for (at, table) in one.facts.iter().enumerate() {
        let place = |problem: String| format!("第 {} 条事实：{problem}", at + 1);
        let mut table = table.clone();
        // What is said without a time is known from the beginning.
        let since = time(&mut table, "since").map_err(place)?.unwrap_or(Timestamp(i64::MIN));
        let about = match table.remove("about") {
            Some(toml::Value::String(about)) => about,
            _ => return Err(place("没有写明 about".to_owned())),
        };
        let words = || Told::WORDS.iter().map(|(word, zh)| format!("{word} {zh}")).collect::<Vec<_>>().join("、");
        let told = Told::read(&about, json(toml::Value::Table(table)))
            .ok_or_else(|| place(format!("about 的“{about}”不认识；可用：{}", words())))?
            .map_err(|e| place(format!("{about}：{e}")))?;
        all.push((since, told));
    }
    all.sort_by_key(|(since, _)| *since);
    Ok(all)
}
