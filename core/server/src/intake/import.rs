//! Records from a file, and records from quarantine: the same way in as every other.

use super::page::{Incoming, Prepared, Receipt, read_line};
use crate::app::App;
use crate::problem::Problem;
use daylight_domain::check::{CheckContext, FUTURE_TOLERANCE_MS, Reject, RejectCode};
use daylight_store::{QuarantineFilter, QuarantineRow, RunRow};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// Records of one transaction.
const TOGETHER: usize = 2000;
/// The longest line, bytes. No record of the exchange standard comes near it.
const LINE_MAX: u64 = 1 << 20;

/// Told about a batch: its records, what became of them, and how many bytes of the file are behind it.
pub type Listener<'a> = dyn FnMut(&[Incoming], &[Receipt], u64) + Send + 'a;

/// Lines of a file, and how many bytes were read for them.
type Batch = (Prepared, u64, bool);

impl App {
    /// Takes a file of exchange records (NDJSON, UTF-8, one object a line) into a department. `each` is told about every
    /// batch: its records, what became of them, and how many bytes of the file are behind it. A file may be imported again:
    /// what is known answers `duplicate`.
    ///
    /// # Errors
    /// `import.file` when it cannot be read, `import.phase` when the department does not ingest, or the store. What was
    /// committed before stays.
    pub async fn import(self: &Arc<Self>, id: &str, file: &Path, each: &mut Listener<'_>) -> Result<RunRow, Problem> {
        let department = self.department(id)?;
        if !department.phase.ingests() {
            let message = format!("“{id}”处于 {}，不接收记录", department.phase.as_str());
            return Err(Problem::new("import.phase", message).fix("部门进入试运行后再导入"));
        }
        if department.at_desk().is_some() {
            let message = format!("“{id}”使用窗口办件系统，不接收文件：同一件事会录入两次");
            return Err(Problem::new("import.desk", message).fix("关闭 [desk] 后再导入"));
        }
        let unreadable = |e: std::io::Error| {
            Problem::new("import.file", format!("{}：{e}", file.display())).fix("核对路径与权限；文件应为 UTF-8 文本")
        };
        let reader = std::fs::File::open(file).map_err(unreadable)?;
        let now = self.clock.now();
        let mut run = RunRow {
            id: uuid::Uuid::now_v7().to_string(),
            department: id.to_owned(),
            kind: "import".to_owned(),
            reason: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            status: "running".to_owned(),
            started_at: now,
            ..RunRow::default()
        };
        self.store.put_run(&run).await?;
        let sender = self.sender(department).await?;
        // One thread reads and checks, this one computes and commits.
        let (batches, mut next) = tokio::sync::mpsc::channel::<std::io::Result<Batch>>(2);
        let (app, name) = (Arc::clone(self), id.to_owned());
        tokio::task::spawn_blocking(move || app.read_file(reader, &name, &batches));
        let result = async {
            while let Some(batch) = next.recv().await {
                let (page, bytes, last) = batch.map_err(unreadable)?;
                if !page.incoming.is_empty() {
                    let (receipts, after) = self.take(&sender, &page, None, run.clone(), last).await?;
                    run = after;
                    each(&page.incoming, &receipts, bytes);
                }
            }
            Ok(())
        }
        .await;
        run.ended_at = Some(self.clock.now());
        run.status = if result.is_ok() { "done" } else { "failed" }.to_owned();
        if let Err(problem) = &result {
            let problem: &Problem = problem;
            run.error_code = Some(problem.code.clone());
            run.error = Some(problem.message.clone());
        }
        self.store.put_run(&run).await?;
        result?;
        self.fire_due().await?;
        Ok(run)
    }

    fn read_file(
        &self,
        file: std::fs::File,
        department: &str,
        batches: &tokio::sync::mpsc::Sender<std::io::Result<Batch>>,
    ) {
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let mut bytes = 0u64;
        loop {
            let context = CheckContext {
                catalogue: &self.config.rules.catalogue,
                department,
                received: self.clock.now(),
                future_tolerance_ms: FUTURE_TOLERANCE_MS,
            };
            let mut incoming = Vec::with_capacity(TOGETHER);
            let mut over = false;
            while incoming.len() < TOGETHER {
                match line(&mut reader, &mut bytes) {
                    Ok(Some(text)) if text.trim_ascii().is_empty() => {}
                    Ok(Some(text)) if text.len() as u64 >= LINE_MAX => incoming.push(too_long(&text)),
                    Ok(Some(text)) => incoming.push(read_bytes(&text, &context)),
                    Ok(None) => {
                        over = true;
                        break;
                    }
                    Err(e) => {
                        let _ = batches.blocking_send(Err(e));
                        return;
                    }
                }
            }
            let page = Prepared::new(incoming, self.config.rules.algorithm);
            if batches.blocking_send(Ok((page, bytes, over))).is_err() || over {
                return;
            }
        }
    }

    /// Tries quarantined records again, as the configuration is now. Without ids: all that were rejected. Gives each with
    /// what became of it; what is refused again stays where it is.
    ///
    /// # Errors
    /// `quarantine.unknown`, or the store.
    pub async fn replay(&self, filter: QuarantineFilter, ids: &[String]) -> Result<Vec<(String, Receipt)>, Problem> {
        let mut rows = Vec::new();
        for id in ids {
            let row = self.store.quarantined(id).await?.ok_or_else(|| {
                Problem::new("quarantine.unknown", format!("隔离区没有 {id}")).fix("daylight quarantine list")
            })?;
            rows.push(row);
        }
        if ids.is_empty() {
            let mut filter = QuarantineFilter { state: Some("rejected".to_owned()), limit: 1000, ..filter };
            loop {
                let page = self.store.quarantine(&filter).await?;
                let Some(last) = page.last() else { break };
                filter.before = Some(last.id.clone());
                rows.extend(page);
            }
        }
        let mut by_department: BTreeMap<String, Vec<QuarantineRow>> = BTreeMap::new();
        for row in rows.into_iter().filter(|r| matches!(r.state.as_str(), "rejected" | "waiting")) {
            by_department.entry(row.department.clone()).or_default().push(row);
        }
        let mut answers = Vec::new();
        for (id, mut rows) in by_department {
            // As they came.
            rows.sort_by_key(|r| (r.raw_page, r.raw_index));
            let department = self.department(&id)?;
            let sender = self.sender(department).await?;
            for rows in rows.chunks(TOGETHER) {
                let now = self.clock.now();
                let context = CheckContext {
                    catalogue: &self.config.rules.catalogue,
                    department: &id,
                    received: now,
                    future_tolerance_ms: FUTURE_TOLERANCE_MS,
                };
                let incoming: Vec<Incoming> = rows.iter().map(|r| read_line(&r.record, &context)).collect();
                let replayed: Vec<String> = rows.iter().map(|r| r.id.clone()).collect();
                let run = RunRow {
                    id: uuid::Uuid::now_v7().to_string(),
                    department: id.clone(),
                    kind: "replay".to_owned(),
                    reason: format!("{} 条", rows.len()),
                    status: "done".to_owned(),
                    started_at: now,
                    ended_at: Some(now),
                    ..RunRow::default()
                };
                let page = Prepared::new(incoming, self.config.rules.algorithm);
                let (receipts, _) = self.take_all(&sender, &page, None, run, true, &replayed).await?;
                answers.extend(replayed.into_iter().zip(receipts));
            }
        }
        self.fire_due().await?;
        Ok(answers)
    }
}

/// The next line without its end; `None` at the end of the file. A line that is too long is cut: it will be refused.
fn line(reader: &mut impl BufRead, bytes: &mut u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    let n = Read::take(&mut *reader, LINE_MAX).read_until(b'\n', &mut text)?;
    if n == 0 {
        return Ok(None);
    }
    *bytes += n as u64;
    if n as u64 == LINE_MAX && text.last() != Some(&b'\n') {
        *bytes += reader.skip_until(b'\n')? as u64;
    }
    Ok(Some(text))
}

/// A line no record comes near: the head of it is kept.
fn too_long(bytes: &[u8]) -> Incoming {
    let head: String = String::from_utf8_lossy(bytes.get(..400).unwrap_or(bytes)).chars().take(200).collect();
    let zh = format!("一行超过 {} KiB，只留下开头", LINE_MAX >> 10);
    Incoming { raw: head, read: Err(Reject::new(RejectCode::E002, None, &zh, "a line that is too long")) }
}

/// One line. What is not UTF-8 is refused as a record, not as a file.
fn read_bytes(bytes: &[u8], context: &CheckContext<'_>) -> Incoming {
    match std::str::from_utf8(bytes) {
        Ok(text) => read_line(text.trim_start_matches('\u{feff}').trim(), context),
        Err(_) => Incoming {
            raw: String::from_utf8_lossy(bytes).trim().to_owned(),
            read: Err(Reject::new(RejectCode::E002, None, "不是 UTF-8 文本；GB18030 文件请先转码", "not UTF-8")),
        },
    }
}
