//! A department that drops files: CSV in UTF-8 or GB18030, or XLSX, into a folder the county granted. A file is moved away
//! only after its last page is committed; a file that cannot be read is moved to `rejected/`, and the next one is taken.

use calamine::{Data, Reader as _, Xlsx};
use daylight_connector::files::{Entry, Folder};
use daylight_connector::{Cell, Connector, Failure, Pull, Report, Session, failure, log, plugin, wrong_setting};
use daylight_mapping::{Buffered, Fetch, Fetched, Mapper, Mapping, fits, missing_columns, problems, settings};
use serde::{Deserialize, Serialize};
use std::io::Cursor;

#[derive(Deserialize)]
struct Settings {
    folder: String,
    /// Endings of the names, e.g. `[".csv", ".xlsx"]`; the files whose names end otherwise are left alone.
    #[serde(default = "endings")]
    endings: Vec<String>,
    #[serde(default)]
    encoding: Encoding,
    #[serde(default)]
    delimiter: Option<char>,
    /// The sheet of an XLSX file; the first one if not named.
    #[serde(default)]
    sheet: Option<String>,
    records: Vec<Mapping>,
}

fn endings() -> Vec<String> {
    vec![".csv".to_owned(), ".xlsx".to_owned()]
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    /// UTF-8 where the bytes are valid UTF-8, else GB18030.
    #[default]
    Auto,
    #[serde(rename = "utf-8")]
    Utf8,
    Gb18030,
}

/// Which file, how far, and whether it is through. Size and time tell a new file of the same name from the old one.
#[derive(Clone, Serialize, Deserialize)]
struct Place {
    file: String,
    size: u64,
    modified: i64,
    rows: usize,
    finished: bool,
}

impl Place {
    fn is(&self, entry: &Entry) -> bool {
        self.file == entry.name && self.size == entry.size && self.modified == entry.modified
    }
}

enum Table {
    Csv(Box<csv::Reader<Cursor<Vec<u8>>>>),
    Sheet(std::vec::IntoIter<Vec<Cell>>),
}

struct Current {
    entry: Entry,
    table: Table,
    columns: Vec<Option<usize>>,
    /// Which mappings are for this file.
    applies: Vec<bool>,
    rows: usize,
}

struct Drop {
    settings: Settings,
    mapper: Mapper,
    folder: Folder,
    waiting: std::collections::VecDeque<Entry>,
    place: Option<Place>,
    current: Option<Current>,
}

const PIECE: u32 = 1 << 20;

impl Drop {
    fn open(place: Option<Place>) -> Result<Self, Failure> {
        let settings: Settings = settings()?;
        if let Some(problem) = problems(&settings.records).into_iter().next() {
            return Err(problem);
        }
        let folder = Folder::open(&settings.folder)?;
        let waiting = folder
            .entries()?
            .into_iter()
            .filter(|e| settings.endings.iter().any(|end| e.name.to_lowercase().ends_with(&end.to_lowercase())))
            .collect();
        let mapper = Mapper::new(&settings.records);
        Ok(Self { settings, mapper, folder, waiting, place, current: None })
    }

    fn bytes(&self, entry: &Entry) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        loop {
            let offset = u64::try_from(all.len()).unwrap_or(u64::MAX);
            let piece = self.folder.read(&entry.name, offset, PIECE)?;
            if piece.is_empty() {
                return Ok(all);
            }
            all.extend_from_slice(&piece);
        }
    }

    fn table(&self, entry: &Entry, bytes: Vec<u8>) -> Result<(Table, Vec<String>), String> {
        if entry.name.to_lowercase().ends_with(".xlsx") {
            let mut book: Xlsx<_> =
                calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|e: calamine::XlsxError| e.to_string())?;
            let name = match &self.settings.sheet {
                Some(name) => name.clone(),
                None => book.sheet_names().first().cloned().ok_or("没有工作表")?,
            };
            let range = book.worksheet_range(&name).map_err(|e| e.to_string())?;
            let mut rows = range.rows().map(|row| row.iter().map(sheet_cell).collect::<Vec<Cell>>());
            let head = rows.next().ok_or("没有表头")?;
            let head =
                head.iter().map(|c| daylight_mapping::text_of(c).unwrap_or_default().trim().to_owned()).collect();
            return Ok((Table::Sheet(rows.collect::<Vec<_>>().into_iter()), head));
        }
        let bytes = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => rest.to_vec(),
            None => bytes,
        };
        let text = match self.settings.encoding {
            Encoding::Gb18030 => decode_gb(&bytes)?,
            Encoding::Utf8 => String::from_utf8(bytes).map_err(|_| "不是有效的 UTF-8")?.into_bytes(),
            Encoding::Auto => match String::from_utf8(bytes) {
                Ok(text) => text.into_bytes(),
                Err(e) => decode_gb(e.as_bytes())?,
            },
        };
        let delimiter =
            u8::try_from(self.settings.delimiter.unwrap_or(',')).map_err(|_| "分隔符应为一个 ASCII 字符")?;
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(Cursor::new(text));
        let head = reader.headers().map_err(|e| e.to_string())?.iter().map(|h| h.trim().to_owned()).collect();
        Ok((Table::Csv(Box::new(reader)), head))
    }

    /// Whether the mappings for a file find their columns in it.
    fn suits(&self, entry: &Entry, head: &[String]) -> Result<(), String> {
        let mine: Vec<Mapping> = self.settings.records.iter().filter(|m| is_for(m, entry)).cloned().collect();
        if mine.is_empty() {
            return Err("没有映射适用于这个文件名".to_owned());
        }
        missing_columns(&mine, head).first().map_or(Ok(()), |problem| Err(problem.message.clone()))
    }

    /// Opens the next file that can be read.
    fn advance(&mut self) -> Result<bool, Failure> {
        while let Some(entry) = self.waiting.pop_front() {
            let before = self.place.as_ref().filter(|p| p.is(&entry)).cloned();
            if before.as_ref().is_some_and(|p| p.finished) {
                // Committed, but the house stopped before it was moved.
                self.folder.acknowledge(&entry.name, false)?;
                continue;
            }
            let skip = before.map_or(0, |p| p.rows);
            let bytes = match self.bytes(&entry) {
                // The disk may answer next time; a file is only rejected for what is in it.
                Err(failure) if failure.retryable => return Err(failure),
                other => other.map_err(|failure| failure.message),
            };
            let opened = bytes.and_then(|bytes| self.table(&entry, bytes)).and_then(|(table, head)| {
                self.suits(&entry, &head)?;
                Ok((table, head))
            });
            match opened {
                Err(message) => {
                    let fields = [("file".to_owned(), entry.name.clone()), ("error".to_owned(), message)];
                    log::write(log::Level::Error, "文件无法读取，已移至 rejected", &fields);
                    self.folder.acknowledge(&entry.name, true)?;
                }
                Ok((table, head)) => {
                    let columns =
                        self.mapper.source_columns().iter().map(|c| head.iter().position(|h| h == c)).collect();
                    let applies = self.settings.records.iter().map(|m| is_for(m, &entry)).collect();
                    let mut current = Current { entry, table, columns, applies, rows: 0 };
                    while current.rows < skip && current.row()?.is_some() {}
                    self.current = Some(current);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn is_for(mapping: &Mapping, entry: &Entry) -> bool {
    mapping.file.as_ref().is_none_or(|pattern| fits(pattern, &entry.name))
}

fn decode_gb(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
    if wrong { Err("既不是 UTF-8 也不是 GB18030".to_owned()) } else { Ok(text.into_owned().into_bytes()) }
}

fn sheet_cell(data: &Data) -> Cell {
    match data {
        Data::Empty | Data::Error(_) => Cell::Null,
        Data::Int(n) => Cell::Integer(*n),
        #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^53")]
        Data::Float(v) if v.fract() == 0.0 && v.abs() < 1e15 => Cell::Integer(*v as i64),
        Data::Float(v) => Cell::Decimal(v.to_string()),
        Data::String(t) => Cell::Text(t.clone()),
        Data::Bool(v) => Cell::Boolean(*v),
        Data::DateTime(t) => {
            t.as_datetime().map_or(Cell::Null, |t| Cell::Instant(t.format("%Y-%m-%dT%H:%M:%S").to_string()))
        }
        Data::DateTimeIso(t) | Data::DurationIso(t) => Cell::Text(t.clone()),
    }
}

impl Current {
    fn row(&mut self) -> Result<Option<Vec<Cell>>, Failure> {
        let cells = match &mut self.table {
            Table::Sheet(rows) => rows.next(),
            Table::Csv(reader) => {
                let mut record = csv::StringRecord::new();
                let more = reader
                    .read_record(&mut record)
                    .map_err(|e| failure("file.row", format!("{} 第 {} 行：{e}", self.entry.name, self.rows + 2)))?;
                more.then(|| record.iter().map(|t| Cell::Text(t.to_owned())).collect())
            }
        };
        let Some(cells) = cells else { return Ok(None) };
        self.rows += 1;
        let pick = |at: &Option<usize>| at.and_then(|at| cells.get(at)).cloned().unwrap_or(Cell::Null);
        Ok(Some(self.columns.iter().map(pick).collect()))
    }
}

impl Fetch for Drop {
    fn fetch(&mut self, about: usize) -> Result<Fetched, Failure> {
        if self.current.is_none() && !self.advance()? {
            return Ok(Fetched { done: true, ..Fetched::default() });
        }
        let Some(current) = &mut self.current else { return Ok(Fetched { done: true, ..Fetched::default() }) };
        let mut records = Vec::new();
        let mut finished = false;
        // Whole rows only, and never more than one page of them, so that the cursor moves with every page.
        while records.len() + self.mapper.per_row() <= about.max(self.mapper.per_row()) {
            match current.row()? {
                Some(row) => {
                    let applies = |at: usize| current.applies.get(at).copied().unwrap_or(false);
                    self.mapper.map_by(&row, &applies, &mut records);
                }
                None => {
                    finished = true;
                    break;
                }
            }
        }
        let place = Place {
            file: current.entry.name.clone(),
            size: current.entry.size,
            modified: current.entry.modified,
            rows: current.rows,
            finished,
        };
        if finished {
            self.folder.acknowledge(&place.file, false)?;
            self.current = None;
        }
        let cursor = serde_json::to_vec(&place).ok();
        self.place = Some(place);
        Ok(Fetched { records, cursor, done: finished && self.waiting.is_empty() })
    }
}

struct CsvDrop;

impl Connector for CsvDrop {
    fn check() -> Report {
        let mut report = Report { notes: Vec::new(), problems: Vec::new() };
        match Drop::open(None) {
            Err(problem) => report.problems.push(problem),
            Ok(drop) => {
                report.notes.push(format!("文件夹可读，{} 个文件等待处理", drop.waiting.len()));
                if let Some(entry) = drop.waiting.front() {
                    match drop.bytes(entry).map_err(|f| f.message).and_then(|bytes| drop.table(entry, bytes)) {
                        Err(message) => report.notes.push(format!("{}：{message}", entry.name)),
                        Ok((_, head)) => {
                            if let Err(message) = drop.suits(entry, &head) {
                                report.problems.push(wrong_setting("/records", format!("{}：{message}", entry.name)));
                            }
                        }
                    }
                }
            }
        }
        report
    }

    fn open(request: Pull) -> Result<Box<dyn Session>, Failure> {
        let place = match &request.since {
            None => None,
            Some(bytes) => Some(
                serde_json::from_slice(bytes)
                    .map_err(|_| failure("cursor.unreadable", "游标不是本连接器写的；请用 --reset-cursor 从头拉取"))?,
            ),
        };
        let drop = Drop::open(place)?;
        if drop.mapper.source_columns().is_empty() {
            return Err(wrong_setting("/records", "映射没有读取任何列"));
        }
        let columns = drop.mapper.columns().to_vec();
        Ok(Box::new(Buffered::new(&columns, drop)))
    }
}

plugin!(CsvDrop, "../plugin.toml");
