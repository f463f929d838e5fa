//! What comes from a source without faults: all of it, rightly, once.

use super::super::Trial;
use super::super::county::County;
use super::super::fact::{difference, of_cases, records, refused as refused_rows, truth, without_time};
use super::super::report::Seen;
use super::super::stage::Stage;
use super::recorded;
use crate::intake::page::Incoming;
use crate::kit::mock::Happening;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::check::RejectCode;
use daylight_domain::record::{Field, Record, RecordType, Value};
use std::collections::HashMap;

/// The first refused rows of a harvest that are refused for such codes.
fn rejected(rows: &[Incoming], which: impl Fn(RejectCode) -> bool) -> Option<(usize, String)> {
    let mut all = rows.iter().filter_map(|r| r.read.as_ref().err()).filter(|r| which(r.code)).peekable();
    let first = all.peek().map(|r| format!("{} {} {}", r.code, r.field.as_deref().unwrap_or("-"), r.message_zh))?;
    Some((all.count(), first))
}

fn refused(found: Option<(usize, String)>, good: Seen) -> Seen {
    match found {
        None => good,
        Some((n, first)) => Seen::fail(format!("{n} 条被退回，例：{first}"), format!("{n} refused, e.g. {first}")),
    }
}

/// A value beside what a system knows; whether they differ.
fn differs(value: &Value, known: &str) -> bool {
    match value {
        Value::Text(text) => text.trim() != known.trim(),
        Value::Instant(at) => Timestamp::parse(known).is_some_and(|k| k != *at),
        Value::Date(day) => day.to_string() != known.trim(),
        Value::Flag(_) | Value::Number(_) | Value::List(_) | Value::Counts(_) => false,
    }
}

/// The first value that is not what the system knows.
fn wrong_value(happening: &Happening, record: &Record) -> Option<String> {
    happening.fields.iter().find_map(|(name, known)| {
        let field = Field::from_name(name)?;
        let value = record.fields.get(field).filter(|_| !known.trim().is_empty())?;
        let got = serde_json::to_string(value).unwrap_or_default();
        differs(value, known).then(|| format!("{} {name}：{known} → {got}", happening.kind.as_str()))
    })
}

type Key = (RecordType, String, Timestamp);

/// Those that there is one of.
fn once<T>(all: impl Iterator<Item = (Key, T)>) -> HashMap<Key, T> {
    let mut seen: HashMap<Key, Option<T>> = HashMap::new();
    for (key, one) in all {
        seen.entry(key).and_modify(|slot| *slot = None).or_insert(Some(one));
    }
    seen.into_iter().filter_map(|(k, v)| Some((k, v?))).collect()
}

impl Trial<'_> {
    /// A county that has pulled the source once.
    pub(super) async fn county(&mut self) -> Result<&(Stage, County), Problem> {
        if self.county.is_none() {
            let stage = self.plain().await?;
            let county = self.site.county(&stage, &self.bench.limits).await?;
            county.pull().await?;
            self.county = Some((stage, county));
        }
        self.county.as_ref().ok_or_else(|| Problem::new("internal", "没有验收县"))
    }

    pub(super) async fn complete(&mut self) -> Result<Seen, Problem> {
        let (now, fake) = (self.now, self.ground.is_fake());
        let base = self.base().await?;
        if base.harvest.failure.is_some() {
            let why = base.harvest.why();
            return Ok(Seen::fail(format!("拉取失败：{why}"), format!("the pull failed: {why}")));
        }
        if !fake {
            return Ok(recorded());
        }
        let known = truth(&base.stage.truth(), now);
        let (expected, mut got) = (without_time(&known), without_time(&base.harvest.facts()));
        // What is refused has come all the same, and is looked at elsewhere.
        for one in refused_rows(&base.harvest.rows) {
            *got.entry(one).or_default() += 1;
        }
        let n: usize = expected.values().sum();
        let pages = base.harvest.pages.len();
        Ok(match difference(&expected, &got) {
            Some((zh, en)) => Seen::fail(zh, en),
            None => Seen::pass(
                format!("{pages} 页，{n} 条办件记录全部到达"),
                format!("all {n} records of cases in {pages} pages"),
            ),
        })
    }

    pub(super) async fn form(&mut self) -> Result<Seen, Problem> {
        let base = self.base().await?;
        let found = rejected(&base.harvest.rows, |c| c != RejectCode::E003);
        if found.is_some() {
            return Ok(refused(found, Seen::pass("", "")));
        }
        // What only the county can see: times of a case in order, cases that are known.
        let (_, county) = self.county().await?;
        let mine = ["E003", "E007", "E010"];
        let kept = county.refused().await?;
        let mut kept = kept.iter().filter(|q| !mine.contains(&q.code.as_str())).peekable();
        let first = kept.peek().map(|q| format!("{} {}", q.code, q.message_zh));
        let good = Seen::pass("没有记录因格式、必填项、时间次序被退回", "nothing is refused for its form");
        Ok(refused(first.map(|first| (kept.count(), first)), good))
    }

    pub(super) async fn codes(&mut self) -> Result<Seen, Problem> {
        let base = self.base().await?;
        let good = Seen::pass("所有代码都有对应", "every code is mapped");
        Ok(refused(rejected(&base.harvest.rows, |c| c == RejectCode::E003), good))
    }

    pub(super) async fn values(&mut self) -> Result<Seen, Problem> {
        let (now, fake) = (self.now, self.ground.is_fake());
        if !fake {
            return Ok(recorded());
        }
        let base = self.base().await?;
        let all = base.stage.truth();
        let known = once(of_cases(&all, now).map(|h| ((h.kind, h.case_no.clone(), h.at), h)));
        let got = once(records(&base.harvest.rows).map(|r| ((r.kind, r.case_no.to_string(), r.event_time), r)));
        let wrong: Vec<String> = known.iter().filter_map(|(key, h)| wrong_value(h, got.get(key)?)).collect();
        let first = wrong.iter().min();
        Ok(match first {
            None => {
                Seen::pass(format!("核对 {} 条记录", known.len()), format!("{} records were compared", known.len()))
            }
            Some(first) => {
                let n = wrong.len();
                Seen::fail(format!("{n} 条内容不符，例：{first}"), format!("{n} records differ, e.g. {first}"))
            }
        })
    }

    pub(super) async fn times(&mut self) -> Result<Seen, Problem> {
        let (now, fake) = (self.now, self.ground.is_fake());
        if !fake {
            return Ok(recorded());
        }
        let base = self.base().await?;
        let (known, got) = (truth(&base.stage.truth(), now), base.harvest.facts());
        // Of those that came by type and case, the time.
        let came = without_time(&got);
        let known =
            known.into_iter().filter(|((kind, case, _), _)| came.contains_key(&(*kind, case.clone()))).collect();
        Ok(match difference(&known, &got) {
            Some((zh, en)) if without_time(&known) == came => Seen::fail(zh, en),
            _ => Seen::pass("所有时间与来源所知的相同", "every time is the one the source knows"),
        })
    }

    pub(super) async fn keys(&mut self) -> Result<Seen, Problem> {
        let base = self.base().await?;
        let mut seen: HashMap<(RecordType, &str, u32), usize> = HashMap::new();
        for r in base.harvest.rows.iter().filter_map(|i| i.read.as_ref().ok()) {
            *seen.entry((r.kind, r.source_key.as_str(), r.data_version)).or_default() += 1;
        }
        let twice =
            seen.iter().filter(|(_, n)| **n > 1).map(|((kind, key, v), _)| format!("{} {key} v{v}", kind.as_str()));
        if let Some(first) = twice.min() {
            return Ok(Seen::fail(format!("不止一次：{first}"), format!("more than once: {first}")));
        }
        let (_, county) = self.county().await?;
        let kept = county.refused().await?;
        let clash = kept.iter().find(|q| ["E007", "E010"].contains(&q.code.as_str()));
        Ok(match clash {
            Some(q) => Seen::fail(format!("{} {}", q.code, q.message_zh), format!("{} {}", q.code, q.message_en)),
            None => Seen::pass("每条记录的键都不同", "each record has a key of its own"),
        })
    }

    pub(super) async fn again(&mut self) -> Result<Seen, Problem> {
        let (_, county) = self.county().await?;
        let (before, cursor) = (county.facts().await?, county.cursor().await?);
        let run = county.pull().await?;
        if run.status != "done" {
            let why = run.error_code.unwrap_or_default();
            return Ok(Seen::fail(format!("第二次拉取失败：{why}"), format!("the second pull failed: {why}")));
        }
        let news = (run.accepted, run.duplicates, run.rejected);
        if let Some((zh, en)) = difference(&before, &county.facts().await?) {
            return Ok(Seen::fail(zh, en));
        }
        if news != (0, 0, 0) {
            let (a, d, r) = news;
            return Ok(Seen::fail(
                format!("第二次又来了记录：新增 {a}，重复 {d}，退回 {r}"),
                format!("records came again: {a} new, {d} duplicates, {r} refused"),
            ));
        }
        if county.cursor().await? != cursor {
            return Ok(Seen::fail("没有新数据，游标却变了", "the cursor changed without new data"));
        }
        Ok(Seen::pass("没有新增、没有重复，游标不变", "nothing new, no duplicate, the same cursor"))
    }
}
