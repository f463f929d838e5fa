//! Much data: within the limits, all of it, and no page dearer than the one before.

use super::super::Trial;
use super::super::bench::{Ask, Harvest, PageSeen};
use super::super::fact::{Sum, of_cases};
use super::super::report::{Measured, Seen};
use super::recorded;
use crate::kit::mock::Faults;
use crate::problem::Problem;
use std::time::{Duration, Instant};

/// Rows of a page.
const ROWS: u32 = 1_000;
/// Pages below which nothing can be said of growth.
const ENOUGH: usize = 20;
/// What memory may grow by beside doubling, bytes.
const SPARE: usize = 32 << 20;
/// What a page may take more beside five times as long, microseconds.
const NOISE: u64 = 50_000;

/// The value that `permille` of a thousand are not above.
fn share<T: Copy + Ord + Default>(all: impl Iterator<Item = T>, permille: usize) -> T {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    let at = (all.len() * permille / 1000).min(all.len().saturating_sub(1));
    all.get(at).copied().unwrap_or_default()
}

fn measured(cases: u32, got: &Harvest, took: Duration) -> Measured {
    let records: usize = got.pages.iter().map(|p| p.rows).sum();
    let n = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let rate = u128::from(n(records)) * 1000 / took.as_millis().max(1);
    Measured {
        cases,
        records: n(records),
        pages: n(got.pages.len()),
        page_p50_us: share(got.pages.iter().map(|p| p.wall_us), 500),
        page_p99_us: share(got.pages.iter().map(|p| p.wall_us), 990),
        cpu_p99_ms: share(got.pages.iter().map(|p| p.cpu_ms), 990),
        memory_bytes: n(got.pages.iter().map(|p| p.memory).max().unwrap_or(0)),
        records_per_second: u64::try_from(rate).unwrap_or(u64::MAX),
    }
}

/// What grew on the way.
fn growth(pages: &[PageSeen]) -> Option<Seen> {
    if pages.len() < ENOUGH {
        return None;
    }
    let quarter = pages.len() / 4;
    let (head, tail) = (pages.get(..quarter)?, pages.get(pages.len() - quarter..)?);
    let memory = |part: &[PageSeen]| part.iter().map(|p| p.memory).max().unwrap_or(0);
    let (first, last) = (memory(head), memory(tail));
    if last > first * 2 + SPARE {
        let (a, b) = (first >> 20, last >> 20);
        return Some(Seen::fail(
            format!("内存从 {a} MiB 增长到 {b} MiB"),
            format!("memory grew from {a} MiB to {b} MiB"),
        ));
    }
    let time = |part: &[PageSeen]| share(part.iter().map(|p| p.wall_us), 500);
    let (first, last) = (time(head), time(tail));
    (last > first * 5 + NOISE).then(|| {
        let (a, b) = (first / 1000, last / 1000);
        Seen::fail(format!("每页用时从 {a} 毫秒增长到 {b} 毫秒"), format!("a page took {a} ms and in the end {b} ms"))
    })
}

fn words(m: &Measured) -> (String, String) {
    let (p50, p99, mib) = (m.page_p50_us / 1000, m.page_p99_us / 1000, m.memory_bytes >> 20);
    let (cases, records, pages, rate) = (m.cases, m.records, m.pages, m.records_per_second);
    (
        format!(
            "{cases} 件、{records} 条、{pages} 页：每页 p50 {p50} 毫秒、p99 {p99} 毫秒，内存最多 {mib} MiB，{rate} 条/秒"
        ),
        format!(
            "{cases} cases, {records} records, {pages} pages: page p50 {p50} ms, p99 {p99} ms, at most {mib} MiB, {rate} records/s"
        ),
    )
}

impl Trial<'_> {
    pub(super) async fn load(&mut self) -> Result<Seen, Problem> {
        if !self.ground.is_fake() {
            return Ok(recorded());
        }
        let cases = self.options.cases;
        let stage = self.ground.stage(cases, Faults::none()).await?;
        let begun = Instant::now();
        let got = self.bench.harvest(&stage.lent(), Ask { keep: false, ..Ask::all(ROWS) }).await;
        let m = measured(cases, &got, begun.elapsed());
        self.measured = Some(m.clone());
        if got.failure.is_some() {
            let (why, after) = (got.why(), m.pages);
            return Ok(Seen::fail(
                format!("第 {after} 页之后失败：{why}"),
                format!("it failed after {after} pages: {why}"),
            ));
        }
        let mut known = Sum::default();
        for h in of_cases(&stage.truth(), self.now) {
            known.add(h.kind, &h.case_no, h.at);
        }
        if known != got.sum {
            let (expected, came) = (known.n, got.sum.n);
            return Ok(Seen::fail(
                format!("来源有 {expected} 条，到达 {came} 条，或内容不同"),
                format!("the source has {expected} records, {came} came, or they differ"),
            ));
        }
        if let Some(seen) = growth(&got.pages) {
            return Ok(seen);
        }
        let (zh, en) = words(&m);
        Ok(Seen::pass(zh, en))
    }

    pub(super) async fn bounds(&mut self) -> Result<Seen, Problem> {
        if self.measured.is_none() {
            let seen = self.load().await?;
            if seen.outcome != super::super::report::Outcome::Pass {
                return Ok(seen);
            }
        }
        let Some(m) = &self.measured else { return Ok(recorded()) };
        let limits = &self.bench.limits;
        let half = u64::try_from(limits.memory_bytes / 2).unwrap_or(u64::MAX);
        let quarter = limits.cpu_ms_per_page / 4;
        let (mib, cpu) = (m.memory_bytes >> 20, m.cpu_p99_ms);
        if m.memory_bytes > half || cpu > quarter {
            let most = half >> 20;
            return Ok(Seen::fail(
                format!(
                    "内存 {mib} MiB（上限的一半 {most} MiB），处理器时间 p99 {cpu} 毫秒（上限的四分之一 {quarter} 毫秒）"
                ),
                format!("{mib} MiB of {most} MiB, processor p99 {cpu} ms of {quarter} ms"),
            ));
        }
        Ok(Seen::pass(
            format!("内存 {mib} MiB，每页处理器时间 p99 {cpu} 毫秒"),
            format!("{mib} MiB, processor time of a page p99 {cpu} ms"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_the_sorted_values() {
        assert_eq!(share([5u64, 1, 3].into_iter(), 500), 3);
        assert_eq!(share((1..=100u64).rev(), 990), 100);
        assert_eq!(share(std::iter::empty::<u64>(), 500), 0);
    }

    #[test]
    fn growth_is_seen_where_there_are_enough_pages() {
        let page = |n: usize, memory: usize, wall_us: u64| PageSeen { rows: n, memory, wall_us, ..PageSeen::default() };
        let flat: Vec<PageSeen> = (0..40).map(|n| page(n, 8 << 20, 9_000)).collect();
        assert!(growth(&flat).is_none());
        let fat: Vec<PageSeen> = (0..40).map(|n| page(n, n * (8 << 20), 9_000)).collect();
        assert!(growth(&fat).is_some_and(|s| s.words.zh.contains("内存")));
        let slow: Vec<PageSeen> = (0..40).map(|n| page(1, 8 << 20, 10_000 * n)).collect();
        assert!(growth(&slow).is_some_and(|s| s.words.zh.contains("用时")));
        assert!(growth(fat.get(..10).expect("ten")).is_none());
    }
}
