//! Sources that fail: each failure has its code, nothing half is written, and afterwards everything arrives.

use super::super::Trial;
use super::super::bench::{Ask, Harvest};
use super::super::county::County;
use super::super::fact::{Facts, counted, difference, records, said, truth};
use super::super::report::Seen;
use super::super::stage::Stage;
use super::ROWS;
use crate::kit::mock::{Fault, Faults};
use crate::problem::Problem;
use daylight_host::{Limits, PluginError};

/// Longest a request may take while the source hangs, milliseconds.
const PATIENCE: u64 = 1_500;
/// Cases that come while the source fails.
const MORE: u32 = 6;

/// What a connector must say of a fault.
struct Rule {
    fault: Fault,
    /// Codes that are right.
    codes: &'static [&'static str],
    /// What it must say of trying again; nothing: either.
    retryable: Option<bool>,
    /// It may also go on as if nothing were wrong, when what comes is right.
    may_pass: bool,
}

fn rule(id: &str) -> Option<Rule> {
    let all = |fault, codes, retryable, may_pass| Some(Rule { fault, codes, retryable, may_pass });
    match id {
        "fault.hang" => all(Fault::Hang, &["http.timeout", "source.unavailable"], Some(true), false),
        "fault.5xx" => all(Fault::Unavailable, &["source.unavailable"], Some(true), false),
        "fault.truncated" => all(
            Fault::Truncated,
            &[
                "http.unreachable",
                "source.garbled",
                "source.shape",
                "source.unexpected",
                "database.query",
                "database.unreachable",
            ],
            None,
            false,
        ),
        "fault.charset" => all(Fault::Charset, &["source.garbled", "source.shape", "source.unexpected"], None, true),
        "fault.login" => all(Fault::Login, &["source.refused"], Some(false), false),
        "fault.html" => all(
            Fault::Html,
            &[
                "source.garbled",
                "source.shape",
                "source.unexpected",
                "source.refused",
                "database.query",
                "database.unreachable",
            ],
            None,
            false,
        ),
        "fault.empty" => all(Fault::Empty, &[], None, true),
        _ => None,
    }
}

impl Rule {
    /// What is wrong with a failure.
    fn objection(&self, e: &PluginError) -> Option<Seen> {
        if self.codes.is_empty() && !e.code.starts_with("plugin.") {
            return None;
        }
        if !self.codes.contains(&e.code.as_str()) {
            let should = self.codes.join("、");
            return Some(Seen::fail(
                format!("报的是 {}（{}），应为 {should}", e.code, e.message),
                format!("it said {} where it should say one of {}", e.code, self.codes.join(", ")),
            ));
        }
        match self.retryable {
            Some(true) if !e.retryable => {
                Some(Seen::fail(format!("{} 没有标为可重试", e.code), format!("{} is not retryable", e.code)))
            }
            Some(false) if e.retryable => {
                Some(Seen::fail(format!("{} 标成了可重试", e.code), format!("{} is said to be retryable", e.code)))
            }
            _ => None,
        }
    }
}

/// Every record once.
fn once(facts: &Facts) -> Facts {
    facts.keys().cloned().map(|f| (f, 1)).collect()
}

impl Trial<'_> {
    fn patient(&self) -> Limits {
        Limits { http_ms: self.bench.limits.http_ms.min(PATIENCE), ..self.bench.limits.clone() }
    }

    pub(super) async fn fault(&mut self, id: &str) -> Result<Seen, Problem> {
        let Some(rule) = rule(id) else {
            return Err(Problem::new("internal", format!("检查表中的“{id}”没有实现")));
        };
        if !self.ground.knows(rule.fault) {
            let word = self.ground.profile.word();
            return Ok(Seen::skip(
                format!("{word} 类来源没有这种故障"),
                format!("a source of kind {word} cannot fail so"),
            ));
        }
        if self.ground.profile.is_http() {
            let patient = self.patient();
            let limits = std::mem::replace(&mut self.bench.limits, patient);
            let seen = self.answered(&rule).await;
            self.bench.limits = limits;
            if let Some(seen) = seen? {
                return Ok(seen);
            }
        }
        if !self.ground.is_fake() {
            return Ok(Seen::pass(
                "失败的代码正确，恢复后一条不少",
                "the right code, and nothing is missing afterwards",
            ));
        }
        self.in_county(&rule).await
    }

    /// A service that fails at its second answer, and at every one.
    async fn answered(&mut self, rule: &Rule) -> Result<Option<Seen>, Problem> {
        let all = once(&self.base().await?.harvest.facts());
        let stage = self.plain().await?;
        let name = rule.fault.as_str();
        stage.set_faults(Faults::parse(&format!("{name}@2"))?)?;
        let first = self.bench.harvest(&stage.lent(), Ask::all(ROWS)).await;
        stage.set_faults(Faults::none())?;
        if let Some(e) = first.failure.as_ref().filter(|e| e.code.starts_with("plugin.")) {
            return Ok(Some(Seen::fail(format!("插件被中止：{}", first.why()), format!("it was stopped: {}", e.code))));
        }
        let first = match self.goes_on(&stage, first, &all).await {
            Ok(all) => all,
            Err(seen) => return Ok(Some(seen)),
        };
        if let Some((zh, en)) = self.garbled(rule, &first) {
            return Ok(Some(Seen::fail(format!("送出了乱码：{zh}"), format!("garbled text came: {en}"))));
        }
        let stage = self.plain().await?;
        stage.set_faults(Faults::parse(name)?)?;
        let got = self.bench.harvest(&stage.lent(), Ask::all(ROWS).pages(20)).await;
        Ok(match &got.failure {
            Some(e) => rule.objection(e),
            None if rule.may_pass => None,
            None => Some(Seen::fail(
                "来源一直失败，插件却没有报告",
                "the source failed all the time and the plugin said nothing",
            )),
        })
    }

    /// After a failure: from the last cursor, without faults, everything arrives. Gives all of it.
    async fn goes_on(&self, stage: &Stage, mut first: Harvest, all: &Facts) -> Result<Harvest, Seen> {
        let rest = self.bench.harvest(&stage.lent(), Ask::all(ROWS).since(first.cursor.clone())).await;
        if rest.failure.is_some() {
            let why = rest.why();
            return Err(Seen::fail(
                format!("恢复后仍失败：{why}"),
                format!("it failed when the source was well again: {why}"),
            ));
        }
        first.rows.extend(rest.rows);
        match difference(all, &once(&first.facts())) {
            Some((zh, en)) => Err(Seen::fail(format!("恢复后：{zh}"), format!("afterwards: {en}"))),
            None => Ok(first),
        }
    }

    /// Records with other words than they have without the fault.
    fn garbled(&self, rule: &Rule, got: &Harvest) -> Option<(String, String)> {
        let base = self.base.as_ref().filter(|_| rule.fault == Fault::Charset)?;
        let all = |h: &Harvest| counted(records(&h.rows).map(said)).into_keys().map(|k| (k, 1)).collect();
        difference(&all(&base.harvest), &all(got))
    }

    /// A county whose source fails while there is something new.
    async fn in_county(&mut self, rule: &Rule) -> Result<Seen, Problem> {
        self.troubles += 1;
        let more = self.ground.more(40 + self.troubles * 10, MORE)?;
        if self.troubled.is_none() {
            let stage = self.plain().await?;
            let county = self.site.county(&stage, &self.patient()).await?;
            county.pull().await?;
            self.troubled = Some((stage, county));
        }
        let Some((stage, county)) = &self.troubled else { return Err(Problem::new("internal", "没有验收县")) };
        let before = county.facts().await?;
        stage.set_faults(Faults::parse(rule.fault.as_str())?)?;
        stage.add(more).await?;
        let run = county.pull().await?;
        let known = truth(&stage.truth(), county.app.clock.now());
        if let Some(seen) = halfway(&before, &known, &county.facts().await?) {
            return Ok(seen);
        }
        stage.set_faults(Faults::none())?;
        stage.go_on().await?;
        let code = run.error_code.unwrap_or_else(|| "—".to_owned());
        recovered(county, &known, &code).await
    }
}

/// What was written while the source failed must be true, and what was there must stay.
fn halfway(before: &Facts, known: &Facts, now: &Facts) -> Option<Seen> {
    if before.iter().any(|(fact, _)| !now.contains_key(fact)) {
        return Some(Seen::fail("故障中已有的记录不见了", "records that were there are gone"));
    }
    let untrue = now.keys().find(|fact| !known.contains_key(*fact))?;
    let said = super::super::fact::Said::said(untrue);
    Some(Seen::fail(format!("故障中写入了来源没有的记录：{said}"), format!("something untrue was written: {said}")))
}

async fn recovered(county: &County, known: &Facts, code: &str) -> Result<Seen, Problem> {
    let run = county.pull().await?;
    if run.status != "done" {
        let why = run.error_code.unwrap_or_default();
        return Ok(Seen::fail(
            format!("恢复后仍失败：{why}"),
            format!("it failed when the source was well again: {why}"),
        ));
    }
    Ok(match difference(known, &county.facts().await?) {
        Some((zh, en)) => Seen::fail(format!("恢复后：{zh}"), format!("afterwards: {en}")),
        None => Seen::pass(
            format!("故障时的结果：{code}；没有写入半页，恢复后一条不少"),
            format!("while it failed: {code}; nothing half, nothing missing afterwards"),
        ),
    })
}
