//! Where a pull goes on: after each page, from the beginning, from a cursor somebody else wrote.

use super::super::bench::{Ask, Harvest};
use super::super::fact::{Facts, difference};
use super::super::report::Seen;
use super::super::stage::Stage;
use super::super::{Trial, activated};
use super::ROWS;
use crate::problem::Problem;
use daylight_domain::cell::Cursor;

/// Borders that are tried.
const MOST: usize = 64;

/// Every record once: what comes twice is a duplicate and harms nobody.
fn once(facts: &Facts) -> Facts {
    facts.keys().cloned().map(|f| (f, 1)).collect()
}

/// Pages after which a pull is broken off: each, or of very many some.
fn borders(pages: usize) -> impl Iterator<Item = usize> {
    (1..pages.max(2)).step_by(pages.div_ceil(MOST).max(1))
}

/// Cursors nobody wrote.
fn foreign(last: Option<&Cursor>) -> Vec<(&'static str, Vec<u8>)> {
    let half = last.map(|c| c.0.get(..c.0.len() / 2).unwrap_or_default().to_vec()).unwrap_or_default();
    let mut all = vec![
        ("二进制", vec![0xff, 0xfe, 0x00, 0x80]),
        ("另一种文本", "§不是游标§".as_bytes().to_vec()),
        ("截断的", half),
    ];
    all.retain(|(_, bytes)| !bytes.is_empty());
    all
}

impl Trial<'_> {
    pub(super) async fn resume(&mut self) -> Result<Seen, Problem> {
        let base = self.base().await?;
        let (whole, pages) = (once(&base.harvest.facts()), base.harvest.pages.len());
        if base.harvest.failure.is_some() {
            let why = base.harvest.why();
            return Ok(Seen::fail(format!("一次拉完就已失败：{why}"), format!("it failed in one go: {why}")));
        }
        for border in borders(pages) {
            // As if the process were killed after this page: another session goes on from the last cursor.
            let stage = self.plain().await?;
            let mut got = self.bench.harvest(&stage.lent(), Ask::all(ROWS).pages(border)).await;
            let ask = Ask::all(ROWS).since(got.cursor.clone()).pages(pages * 3 + 10);
            let rest = self.bench.harvest(&stage.lent(), ask).await;
            if rest.failure.is_some() {
                let why = rest.why();
                return Ok(Seen::fail(
                    format!("第 {border} 页之后继续时失败：{why}"),
                    format!("going on after page {border} failed: {why}"),
                ));
            }
            got.rows.extend(rest.rows);
            if let Some((zh, en)) = difference(&whole, &once(&got.facts())) {
                return Ok(Seen::fail(
                    format!("在第 {border} 页之后中断再继续：{zh}"),
                    format!("broken off after page {border}: {en}"),
                ));
            }
        }
        Ok(Seen::pass(
            format!("在 {pages} 页的每一页之后中断再继续，没有遗漏"),
            format!("broken off after each of {pages} pages, nothing is missing"),
        ))
    }

    pub(super) async fn replay(&mut self) -> Result<Seen, Problem> {
        let (stage, county) = self.county().await?;
        if let Some(folder) = stage.folder() {
            // The department drops the same files again.
            put_back(&folder);
        }
        let before = county.facts().await?;
        let first = county.refused().await?.len();
        county.forget().await?;
        let run = county.pull().await?;
        if run.status != "done" {
            let why = run.error_code.unwrap_or_default();
            return Ok(Seen::fail(format!("从头拉取失败：{why}"), format!("it failed: {why}")));
        }
        if let Some((zh, en)) = difference(&before, &county.facts().await?) {
            return Ok(Seen::fail(zh, en));
        }
        let refused = county.refused().await?.len().saturating_sub(first);
        if run.accepted > 0 || refused > 0 {
            let a = run.accepted;
            return Ok(Seen::fail(format!("新增 {a}，退回 {refused}"), format!("{a} new, {refused} refused")));
        }
        let d = run.duplicates;
        Ok(Seen::pass(format!("{d} 条全部答为重复"), format!("all {d} are duplicates")))
    }

    pub(super) async fn rollback(&mut self) -> Result<Seen, Problem> {
        let base = self.base().await?;
        let (whole, last) = (once(&base.harvest.facts()), base.harvest.cursor.clone());
        let pages = base.harvest.pages.len();
        for (name, bytes) in foreign(last.as_ref()) {
            let stage = self.plain().await?;
            let ask = Ask::all(ROWS).since(Some(Cursor(bytes))).pages(pages * 3 + 10);
            let got = self.bench.harvest(&stage.lent(), ask).await;
            if let Some(seen) = taken(name, &got, &whole) {
                return Ok(seen);
            }
        }
        if self.subject.previous.is_some() { self.older(&whole, pages).await } else { Ok(plain(last.as_ref())) }
    }

    /// The cursors of this version, given to the one before.
    async fn older(&mut self, whole: &Facts, pages: usize) -> Result<Seen, Problem> {
        let bytes = self.subject.previous.clone().unwrap_or_default();
        let older = match activated(&self.bench.host, &bytes).await {
            Ok(older) => older,
            Err(e) => {
                return Ok(Seen::fail(
                    format!("旧版本没有被接纳：{}：{}", e.code, e.message),
                    format!("the older version is refused: {}", e.code),
                ));
            }
        };
        for k in 1..pages {
            let stage = self.plain().await?;
            let mut got = self.bench.harvest(&stage.lent(), Ask::all(ROWS).pages(k)).await;
            let newer = std::mem::replace(&mut self.bench.plugin, older.clone());
            let ask = Ask::all(ROWS).since(got.cursor.clone()).pages(pages * 3 + 10);
            let rest = self.bench.harvest(&stage.lent(), ask).await;
            self.bench.plugin = newer;
            if rest.failure.as_ref().is_some_and(|e| e.code == "cursor.unreadable") {
                return Ok(Seen::pass(
                    "旧版本报 cursor.unreadable，从头拉取即可",
                    "the older version says cursor.unreadable: it is pulled from the beginning",
                ));
            }
            if rest.failure.is_some() {
                let why = rest.why();
                return Ok(Seen::fail(
                    format!("旧版本从第 {k} 页之后继续时失败：{why}"),
                    format!("the older version failed after page {k}: {why}"),
                ));
            }
            got.rows.extend(rest.rows);
            if let Some((zh, en)) = difference(whole, &once(&got.facts())) {
                return Ok(Seen::fail(
                    format!("旧版本从第 {k} 页之后继续：{zh}"),
                    format!("the older version after page {k}: {en}"),
                ));
            }
        }
        Ok(Seen::pass("旧版本能从新版本的游标继续，没有遗漏", "the older version goes on from the newer's cursors"))
    }

    pub(super) async fn deterministic(&mut self) -> Result<Seen, Problem> {
        let first = self.plain().await?;
        let one = self.bench.harvest(&first.lent(), Ask::all(ROWS)).await;
        let second = self.plain().await?;
        // The same running source where reading takes nothing away.
        let again: &Stage = if first.folder().is_some() { &second } else { &first };
        let two = self.bench.harvest(&again.lent(), Ask::all(ROWS)).await;
        if one.failure.is_some() || two.failure.is_some() {
            let why = format!("{}{}", one.why(), two.why());
            return Ok(Seen::fail(format!("拉取失败：{why}"), format!("the pull failed: {why}")));
        }
        let sizes = |h: &Harvest| h.pages.iter().map(|p| p.rows).collect::<Vec<_>>();
        let same_cursor = first.folder().is_some() || one.cursor == two.cursor;
        if sizes(&one) != sizes(&two) || !same_cursor {
            return Ok(Seen::fail("两次的分页或游标不同", "pages or cursors differ"));
        }
        let differ = one.rows.iter().zip(&two.rows).find(|(a, b)| a.raw != b.raw);
        Ok(match differ {
            Some((a, b)) => {
                let cut = |t: &str| t.chars().take(160).collect::<String>();
                let (a, b) = (cut(&a.raw), cut(&b.raw));
                Seen::fail(format!("两次不同：{a} ≠ {b}"), format!("they differ: {a} ≠ {b}"))
            }
            None => {
                let n = one.rows.len();
                Seen::pass(format!("{n} 行两次逐字相同"), format!("{n} rows are the same to the letter"))
            }
        })
    }
}

/// What is wrong with the answer to a cursor nobody wrote; nothing when it was refused, or taken as none.
fn taken(name: &str, got: &Harvest, whole: &Facts) -> Option<Seen> {
    if let Some(e) = &got.failure {
        return e.code.starts_with("plugin.").then(|| {
            Seen::fail(
                format!("{name}游标使插件中止：{}", got.why()),
                format!("an unknown cursor stopped it: {}", e.code),
            )
        });
    }
    let (zh, en) = difference(whole, &once(&got.facts()))?;
    Some(Seen::fail(
        format!("{name}游标没有被拒绝，也没有从头开始：{zh}"),
        format!("an unknown cursor was taken for some place: {en}"),
    ))
}

/// Without an older version: whether the cursor is text that another version can read.
fn plain(cursor: Option<&Cursor>) -> Seen {
    match cursor {
        Some(Cursor(bytes)) if std::str::from_utf8(bytes).is_err() => {
            Seen::fail("游标不是文本，别的版本难以读懂", "the cursor is no text")
        }
        _ => Seen::pass(
            "游标是文本；不认识的游标被拒绝或从头开始（没有给出旧版本）",
            "the cursor is text; unknown ones are refused or begin anew (no older version was given)",
        ),
    }
}

/// Files that were taken come back to where they lay.
fn put_back(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder.join("done")).into_iter().flatten().flatten() {
        if let Err(e) = std::fs::rename(entry.path(), folder.join(entry.file_name())) {
            tracing::warn!(file = %entry.path().display(), "文件无法放回：{e}");
        }
    }
}
