//! What real data are like: repeated, absent, unknown, late, corrected, personal – and how much of it a page may have.

use super::super::bench::Ask;
use super::super::fact::{Facts, difference, truth};
use super::super::report::Seen;
use super::super::{Base, Trial};
use super::{ROWS, recorded};
use crate::kit::mock::{Faults, Happening};
use crate::problem::Problem;
use daylight_domain::check::RejectCode;
use daylight_domain::event::EventKind;
use daylight_domain::publication::personal::{Known, PersonalKind, personal};
use daylight_domain::record::{Field, RecordType};
use serde_json::Value;

/// Cases that are told later.
const MORE: u32 = 6;
/// Rows asked for when few are asked for.
const FEW: u32 = 7;
/// Columns of a record that are no fields.
const HEAD: [&str; 6] = ["type", "case_no", "item_code", "event_time", "source_key", "data_version"];

impl Trial<'_> {
    pub(super) async fn duplicates(&mut self) -> Result<Seen, Problem> {
        if !self.ground.is_fake() {
            return Ok(recorded());
        }
        let stage = self.ground.stage(self.options.small, Faults::parse("duplicate=30%")?).await?;
        let county = self.site.county(&stage, &self.bench.limits).await?;
        let run = county.pull().await?;
        if run.status != "done" {
            let why = format!("{}：{}", run.error_code.unwrap_or_default(), run.error.unwrap_or_default());
            return Ok(Seen::fail(format!("拉取失败：{why}"), format!("the pull failed: {why}")));
        }
        if let Some((zh, en)) = difference(&truth(&stage.truth(), self.now), &county.facts().await?) {
            return Ok(Seen::fail(zh, en));
        }
        if let Some(q) = county.refused().await?.first() {
            return Ok(Seen::fail(format!("{} {}", q.code, q.message_zh), format!("{} {}", q.code, q.message_en)));
        }
        let d = run.duplicates;
        Ok(Seen::pass(format!("{d} 条重复被认出，一条不少"), format!("{d} duplicates were known, nothing is missing")))
    }

    pub(super) async fn empty(&mut self) -> Result<Seen, Problem> {
        if !self.ground.is_fake() {
            return Ok(recorded());
        }
        let stage = self.ground.stage(0, Faults::none()).await?;
        let first = self.bench.harvest(&stage.lent(), Ask::all(ROWS)).await;
        if first.failure.is_some() {
            let why = first.why();
            return Ok(Seen::fail(format!("没有办件时失败：{why}"), format!("without cases it failed: {why}")));
        }
        if !first.facts().is_empty() {
            return Ok(Seen::fail("没有办件，却送出办件记录", "records of cases came from a source without any"));
        }
        let more = self.ground.more(60, MORE)?;
        let known = truth(&more, self.now);
        stage.add(more).await?;
        let second = self.bench.harvest(&stage.lent(), Ask::all(ROWS).since(first.cursor)).await;
        if second.failure.is_some() {
            let why = second.why();
            return Ok(Seen::fail(format!("有了数据以后失败：{why}"), format!("with data it failed: {why}")));
        }
        let n = known.len();
        Ok(match difference(&known, &second.facts()) {
            Some((zh, en)) => Seen::fail(zh, en),
            None => Seen::pass(
                format!("空时正常结束，以后的 {n} 条全部到达"),
                format!("it ends well; the {n} records after it arrive"),
            ),
        })
    }

    pub(super) async fn unknown_code(&mut self) -> Result<Seen, Problem> {
        if !self.ground.is_fake() {
            return Ok(recorded());
        }
        let stage = self.ground.stage(self.options.small, Faults::parse("wrong-code=40%")?).await?;
        let all = stage.truth();
        let shown: Vec<&Happening> = all.iter().filter(|h| h.wrong.is_some() && h.visible_at <= self.now).collect();
        let got = self.bench.harvest(&stage.lent(), Ask::all(ROWS)).await;
        if got.failure.is_some() {
            let why = got.why();
            return Ok(Seen::fail(
                format!("未知代码使拉取失败：{why}"),
                format!("an unknown code broke the pull: {why}"),
            ));
        }
        let named = |code: &str| {
            let refused = got.rows.iter().filter(|r| r.read.as_ref().is_err_and(|e| e.code == RejectCode::E003));
            refused.filter(|r| r.raw.contains(code)).count()
        };
        let (mut expected, mut came) = (0, 0);
        let mut codes: Vec<&str> = shown.iter().filter_map(|h| h.wrong.map(|(_, code)| code)).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in &codes {
            expected += shown.iter().filter(|h| h.wrong.is_some_and(|(_, c)| c == *code)).count();
            came += named(code);
        }
        if expected == 0 {
            return Ok(Seen::skip("来源没有代码字段", "the source has no coded field"));
        }
        if came < expected {
            let lost = expected - came;
            return Ok(Seen::fail(
                format!("{expected} 条未知代码中有 {lost} 条没有原样送出"),
                format!("{lost} of {expected} unknown codes were not handed on"),
            ));
        }
        Ok(Seen::pass(
            format!("{expected} 条未知代码原样送出，以 E003 退回"),
            format!("all {expected} were handed on and refused by name"),
        ))
    }

    pub(super) async fn late(&mut self) -> Result<Seen, Problem> {
        if !self.ground.is_fake() {
            return Ok(recorded());
        }
        // A month before everything the source has shown so far.
        let more = self.ground.more(-40, MORE)?;
        let (stage, county) = self.county().await?;
        stage.add(more).await?;
        let run = county.pull().await?;
        let known = truth(&stage.truth(), county.app.clock.now());
        if run.status != "done" {
            let why = run.error_code.unwrap_or_default();
            return Ok(Seen::fail(format!("拉取失败：{why}"), format!("the pull failed: {why}")));
        }
        let n = run.accepted;
        let kept = county.facts().await?;
        let missing = known.into_iter().filter(|(fact, _)| !kept.contains_key(fact)).collect();
        Ok(match difference(&missing, &Facts::new()) {
            Some((zh, en)) => Seen::fail(zh, en),
            None => Seen::pass(format!("{n} 条迟到的记录全部到达"), format!("all {n} late records arrived")),
        })
    }

    pub(super) async fn corrected(&mut self) -> Result<Seen, Problem> {
        if !self.ground.is_fake() {
            return Ok(recorded());
        }
        let (stage, county) = self.county().await?;
        let all = stage.truth();
        let Some(before) = all.iter().find(|h| h.kind == RecordType::Accept && h.version == 1) else {
            return Ok(Seen::skip("来源没有可以更正的记录", "there is nothing to correct"));
        };
        let mut again = before.clone();
        again.version = 2;
        again.at = again.at.plus_ms(60_000);
        again.visible_at = county.app.clock.now();
        let (case_no, at) = (again.case_no.clone(), again.at);
        stage.add(vec![again]).await?;
        let run = county.pull().await?;
        if run.status != "done" {
            let why = run.error_code.unwrap_or_default();
            return Ok(Seen::fail(format!("拉取失败：{why}"), format!("the pull failed: {why}")));
        }
        if let Some(q) = county.refused().await?.first().filter(|_| run.rejected > 0) {
            return Ok(Seen::fail(
                format!("更正被退回：{} {}", q.code, q.message_zh),
                format!("refused with {}", q.code),
            ));
        }
        let events = county.events().await?;
        let found = events.iter().find(|e| e.kind == EventKind::Amended && e.case_no == case_no && e.event_time == at);
        Ok(match found {
            Some(e) => {
                let v = e.data_version;
                Seen::pass(format!("更正以版本 {v} 到达"), format!("it arrived as version {v}"))
            }
            None => Seen::fail("更正没有到达", "the correction did not arrive"),
        })
    }

    pub(super) async fn limits(&mut self) -> Result<Seen, Problem> {
        let (rows, lines) = (usize::try_from(FEW).unwrap_or(1), self.bench.limits.log_lines_per_page);
        let whole = self.base().await?.harvest.facts();
        let stage = self.plain().await?;
        let got = self.bench.harvest(&stage.lent(), Ask::all(FEW)).await;
        if got.failure.is_some() {
            let why = got.why();
            return Ok(Seen::fail(
                format!("每次要 {FEW} 行时失败：{why}"),
                format!("asked for {FEW} rows it failed: {why}"),
            ));
        }
        if let Some(page) = got.pages.iter().find(|p| p.rows > rows) {
            let n = page.rows;
            return Ok(Seen::fail(format!("要 {FEW} 行，给了 {n} 行"), format!("asked for {FEW} rows it gave {n}")));
        }
        let base = self.base().await?;
        let dropped: u64 = base.harvest.pages.iter().chain(&got.pages).map(|p| p.log.1).sum();
        if dropped > 0 {
            return Ok(Seen::fail(
                format!("日志超过每页 {lines} 行，{dropped} 行被丢弃"),
                format!("{dropped} log lines beyond {lines} a page were dropped"),
            ));
        }
        Ok(match difference(&whole, &got.facts()) {
            Some((zh, en)) => {
                Seen::fail(format!("小页与大页不同：{zh}"), format!("small pages give something else: {en}"))
            }
            None => most(base),
        })
    }

    pub(super) async fn personal(&mut self) -> Result<Seen, Problem> {
        let base = self.base().await?;
        let unknown: Vec<&str> = base
            .harvest
            .columns
            .iter()
            .map(String::as_str)
            .filter(|c| !HEAD.contains(c) && Field::from_name(c).is_none())
            .collect();
        if !unknown.is_empty() {
            let all = unknown.join(", ");
            return Ok(Seen::fail(format!("接口标准以外的字段：{all}"), format!("fields beside the standard: {all}")));
        }
        let nobody = Known::default();
        for row in &base.harvest.rows {
            let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(&row.raw) else { continue };
            for (name, value) in &fields {
                let Some(text) = value.as_str().filter(|_| !Field::from_name(name).is_some_and(Field::personal)) else {
                    continue;
                };
                let bad = [PersonalKind::IdNumber, PersonalKind::Phone, PersonalKind::BankCard];
                if let Some(found) = personal(text, &nobody).into_iter().find(|p| bad.contains(&p.kind)) {
                    let kind = found.kind;
                    return Ok(Seen::fail(
                        format!("字段 {name} 中有{}", kind.name_zh()),
                        format!("there is a {} in {name}", kind.as_str()),
                    ));
                }
            }
        }
        let n = base.harvest.rows.len();
        Ok(Seen::pass(format!("{n} 行中没有不该有的个人信息"), format!("nothing personal out of place in {n} rows")))
    }
}

/// The most that pages used.
fn most(base: &Base) -> Seen {
    let pages = &base.harvest.pages;
    let calls = pages.iter().map(|p| p.host_calls).max().unwrap_or(0);
    let lines = pages.iter().map(|p| p.log.0).max().unwrap_or(0);
    let bytes = pages.iter().map(|p| p.bytes).max().unwrap_or(0);
    Seen::pass(
        format!("每页最多 {bytes} 字节、{calls} 次主机调用、{lines} 行日志"),
        format!("at most {bytes} bytes, {calls} host calls, {lines} log lines a page"),
    )
}
