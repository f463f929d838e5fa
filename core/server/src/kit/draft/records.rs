//! `[[settings.records]]`: how the columns of a sample become fields of the exchange standard. A source's code is never taken for
//! ours: what is no plain word is left to a person as `"?"`.

use super::dictionary::dictionary;
use super::guess::{Guessed, Rows, Taken, is_personal, table_of};
use super::lines::{Lines, key, quoted};
use super::mask::{is_code, shape};
use super::sample::{Column, Sample, Written};
use daylight_domain::check::required;
use daylight_domain::code::table;
use daylight_domain::record::{Field, RecordType};
use std::collections::BTreeSet;

/// What a person has to put in.
pub(super) const TODO: &str = "TODO";
/// A code a person has to put in.
pub(super) const UNKNOWN: &str = "?";

/// A field in a record, ready to be written.
enum Put {
    /// On one line.
    Line(String, String, String),
    /// On one line, switched off.
    Off(String, String, String),
    /// A table with codes.
    Codes(Lines),
}

fn name_zh(field: &str) -> &'static str {
    match field {
        "case_no" => "办件编号",
        "item_code" => "事项实施编码",
        "source_key" => "来源主键",
        "data_version" => "数据版本",
        "event_time" => "发生时间",
        other => Field::from_name(other).map_or("", Field::name_zh),
    }
}

/// What a sample knows, for remarks.
fn said(taken: &Taken, column: Option<&Column>) -> String {
    let example =
        column.and_then(Column::example).map_or_else(|| "样例中为空".to_owned(), |v| format!("样例 {}", shape(v)));
    format!("{}（{}）；{example}", taken.confidence.zh(), taken.source)
}

/// How one gets what a source does not have.
fn way(field: &str) -> &'static str {
    match field {
        "case_no" => "请对方带出办件编号；没有它就不能监察",
        "item_code" => "请对方带出实施编码；全部办件属同一事项时写 { value = \"实施编码\" }",
        "event_time" => "请对方带出事情发生的时间",
        "source_key" => "请对方带出不变的主键，或以 { join = [\"列\", \"列\"] } 由几列组成",
        "finish_type" => "请对方带出办结结果代码；全部相同时写 { value = \"granted\" }",
        "decision" => "请对方带出审批决定；全部准予时写 { value = \"granted\" }",
        "kind" => "请对方带出特别程序种类代码",
        "days" => "请对方带出延长的工作日数",
        "amount" => "请对方带出收费金额（元）",
        "step" => "请对方带出环节名称",
        "started_at" => "请对方带出环节开始时间",
        "date" | "counts" => "日结应给出日期与各类记录数；没有日结时删去这一行，对账将无据",
        _ => "请对方带出这一项",
    }
}

/// Codes as a table of their own: words are proposed, everything else is asked for.
fn codes(head: &str, table_name: &str, column: &Column, remark: &str) -> Lines {
    let words = dictionary();
    let mut lines = Lines::default();
    lines.head(&format!("[{head}]"));
    lines.set("column", &quoted(&column.name), remark);
    lines.head(&format!("[{head}.codes]"));
    lines.remark(&format!("左边是来源的代码，右边填接口标准的代码：{}", choices(table_name)));
    if table_name == "satisfaction" {
        lines.remark("注意：国标 1 为非常满意，浙江办件中心 1 为非常不满意；看对方的文档，必要时在部门一级写 satisfaction = \"reversed\"");
    }
    let mut hidden = 0;
    for (value, times) in &column.values {
        if !is_code(value) {
            hidden += 1;
            continue;
        }
        let (code, word) = match words.code_of(table_name, value) {
            Some(code) => (code, "按字面对应，请核对".to_owned()),
            None if is_ours(table_name, value) => (value.as_str(), "与接口标准相同，请核对".to_owned()),
            None => {
                let hint = words.hint_of(table_name, value).map(|code| format!("，可能是 {code}"));
                (UNKNOWN, format!("待填{}", hint.unwrap_or_default()))
            }
        };
        lines.set(value, &quoted(code), &format!("样例中 {times} 次；{word}"));
    }
    if hidden > 0 {
        lines.remark(&format!("另有 {hidden} 个值不像代码（可能是姓名或号码），没有写出；请核对这一列是否选对"));
    }
    lines
}

fn is_ours(table_name: &str, value: &str) -> bool {
    if table_name == "type" {
        return RecordType::from_name(value).is_some();
    }
    table(table_name).is_some_and(|t| t.contains_key(value))
}

/// The codes of a table, with what they mean.
fn choices(table_name: &str) -> String {
    if table_name == "type" {
        return RecordType::ALL.iter().map(|k| format!("{k} {}", k.name_zh())).collect::<Vec<_>>().join("、");
    }
    table(table_name)
        .map(|t| t.iter().map(|(code, names)| format!("{code} {}", names.0)).collect::<Vec<_>>().join("、"))
        .unwrap_or_default()
}

/// Whether every value is the exchange standard's own code already. Ratings are never taken to be: both ways of counting use 1 to 5.
fn speaks_ours(table_name: &str, column: &Column) -> bool {
    table_name != "satisfaction"
        && column.filled > 0
        && !column.more
        && column.values.keys().all(|v| is_ours(table_name, v))
}

/// A time with its form, where it has an unusual one.
fn timed(column: &Column) -> (String, &'static str) {
    match column.written() {
        Some(Written::Format(format)) => {
            (format!("{{ column = {}, format = {} }}", quoted(&column.name), quoted(format)), "")
        }
        Some(Written::Epoch) => (quoted(TODO), "是时间戳（自 1970 年起的秒或毫秒），设置读不了：请对方给出日期时间；"),
        _ => (quoted(&column.name), ""),
    }
}

/// A field as it is written into a record.
fn put(head: &str, field: &str, taken: &Taken, sample: &Sample) -> Put {
    let column = sample.get(&taken.column);
    let zh = name_zh(field);
    if is_personal(field) {
        let words = format!("{zh}：个人信息，默认不取；监察确有需要时去掉行首的 #（{}）", taken.confidence.zh());
        return Put::Off(field.to_owned(), quoted(&taken.column), words);
    }
    let words = format!("{zh}：{}", said(taken, column));
    let Some(column) = column else { return Put::Line(field.to_owned(), quoted(&taken.column), words) };
    if let Some(table_name) = table_of(field) {
        if column.filled == 0 {
            return Put::Line(field.to_owned(), quoted(&column.name), format!("{words}；出现代码后在此逐值对应"));
        }
        if !speaks_ours(table_name, column) {
            let words = format!("{zh}：{}（{}）", taken.confidence.zh(), taken.source);
            return Put::Codes(codes(&format!("{head}.{}", key(field)), table_name, column, &words));
        }
    }
    let is_time = Field::from_name(field).is_some_and(|f| {
        matches!(f.form(), daylight_domain::record::Form::Instant | daylight_domain::record::Form::Date)
    });
    let (value, warning) = if is_time { timed(column) } else { (quoted(&column.name), "") };
    Put::Line(field.to_owned(), value, format!("{warning}{words}"))
}

/// One record with its fields: lines first, tables of codes after them.
fn write(kind: Lines, puts: Vec<Put>) -> Lines {
    let mut lines = kind;
    lines.head("[settings.records.fields]");
    let mut tables = Lines::default();
    for put in puts {
        match put {
            Put::Line(field, value, remark) => lines.set(&field, &value, &remark),
            Put::Off(field, value, remark) => lines.off(&field, &value, &remark),
            Put::Codes(table) => tables.append(table),
        }
    }
    lines.append(tables);
    lines
}

fn missing(field: &str) -> Put {
    Put::Line(field.to_owned(), quoted(TODO), format!("{}：样例中没有。{}", name_zh(field), way(field)))
}

fn time_put(taken: Option<&Taken>, sample: &Sample) -> Put {
    let Some(taken) = taken else { return missing("event_time") };
    let (value, warning) = sample.get(&taken.column).map_or((quoted(&taken.column), ""), timed);
    Put::Line("event_time".to_owned(), value, format!("{warning}发生时间：{}", said(taken, sample.get(&taken.column))))
}

fn joined(columns: &[&str]) -> String {
    format!("{{ join = [{}] }}", columns.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", "))
}

/// Kinds that happen once in a case: the case's number is their key.
fn once(kind: RecordType) -> bool {
    use RecordType as R;
    matches!(kind, R::Apply | R::Receive | R::Accept | R::Reject | R::ForwardUp | R::Decide | R::Finish | R::Deliver)
}

/// What the kinds seen in a sample cannot be without.
fn lacking(kinds: &[RecordType], guessed: &Guessed) -> Vec<Put> {
    // What opens a case says what it is about; what follows belongs to a case that is known.
    let opens = kinds.is_empty() || kinds.iter().any(|kind| kind.opens_case());
    let mut wanted: Vec<&'static str> = if opens { vec!["case_no", "item_code"] } else { vec!["case_no"] };
    wanted.extend(kinds.iter().flat_map(|kind| required(*kind)).map(|f| f.as_str()));
    let mut seen = BTreeSet::new();
    wanted.retain(|field| !guessed.fields.contains_key(*field) && seen.insert(*field));
    wanted.into_iter().map(missing).collect()
}

/// Every `[[settings.records]]` of a draft.
pub(super) fn records(guessed: &Guessed, sample: &Sample) -> Lines {
    match &guessed.rows {
        Rows::Events(kind) => events(kind, guessed, sample),
        Rows::Cases(times) => cases(times, guessed, sample),
        Rows::Steps => steps(guessed, sample),
        Rows::Unknown => unknown(guessed, sample),
    }
}

const FIELDS: &str = "settings.records.fields";

fn events(kind: &Taken, guessed: &Guessed, sample: &Sample) -> Lines {
    let mut head = Lines::default();
    head.head("[[settings.records]]");
    head.remark(&format!("每行是一件事，列“{}”说明是哪一种（把握：{}）", kind.column, kind.confidence.zh()));
    let mut seen = Vec::new();
    if let Some(column) = sample.get(&kind.column) {
        let words = dictionary();
        let of = |v: &String| RecordType::from_name(words.hint_of("type", v).unwrap_or(v));
        seen = column.values.keys().filter_map(of).collect();
        if speaks_ours("type", column) {
            head.append(codes("settings.records.type", "type", column, "已是接口标准的记录类型"));
        } else {
            head.append(codes("settings.records.type", "type", column, "记录类型"));
        }
    }
    let mut puts = vec![time_put(guessed.time.as_ref(), sample)];
    puts.extend(lacking(&seen, guessed));
    if !guessed.fields.contains_key("source_key") {
        let case = guessed.fields.get("case_no").map_or(TODO, |t| t.column.as_str());
        let time = guessed.time.as_ref().map_or(TODO, |t| t.column.as_str());
        let words = "来源没有主键：由办件编号、类型与时间组成；对方改正时间后会成为另一条记录";
        puts.push(Put::Line("source_key".to_owned(), joined(&[case, &kind.column, time]), words.to_owned()));
    }
    puts.extend(guessed.fields.iter().map(|(field, taken)| put(FIELDS, field, taken, sample)));
    write(head, puts)
}

fn cases(times: &[(RecordType, Taken)], guessed: &Guessed, sample: &Sample) -> Lines {
    let mut all = Lines::default();
    all.head("# 每行是一个办件，每个时间列成为一条记录；时间为空的还没有发生。");
    for (kind, time) in times {
        let mut head = Lines::default();
        head.head("[[settings.records]]");
        head.set("type", &quoted(kind.as_str()), kind.name_zh());
        let mut puts = vec![time_put(Some(time), sample)];
        puts.extend(lacking(&[*kind], guessed));
        let case = guessed.fields.get("case_no").map_or(TODO, |t| t.column.as_str());
        if !once(*kind) && !guessed.fields.contains_key("source_key") {
            let words = "一个办件可有多次：由办件编号与时间组成";
            puts.push(Put::Line("source_key".to_owned(), joined(&[case, &time.column]), words.to_owned()));
        }
        let belongs = |field: &str| dictionary().belongs(field, *kind) && !(field == "source_key" && once(*kind));
        puts.extend(guessed.fields.iter().filter(|(f, _)| belongs(f)).map(|(f, t)| put(FIELDS, f, t, sample)));
        all.append(write(head, puts));
    }
    all
}

fn steps(guessed: &Guessed, sample: &Sample) -> Lines {
    let mut head = Lines::default();
    head.head("[[settings.records]]");
    head.set("type", &quoted("step"), "每行是一个环节；没有结束时间的，还不成为记录");
    let time = guessed.fields.get("ended_at").or_else(|| guessed.fields.get("started_at"));
    let mut puts = vec![time_put(time, sample)];
    puts.extend(lacking(&[RecordType::Step], guessed));
    if !guessed.fields.contains_key("source_key") {
        let of = |field: &str| guessed.fields.get(field).map_or(TODO, |t| t.column.as_str());
        let from = if guessed.fields.contains_key("started_at") { "started_at" } else { "ended_at" };
        let words = "一个环节可走多次：由办件编号、环节与时间组成";
        puts.push(Put::Line("source_key".to_owned(), joined(&[of("case_no"), of("step"), of(from)]), words.to_owned()));
    }
    let belongs = |field: &str| dictionary().belongs(field, RecordType::Step);
    puts.extend(guessed.fields.iter().filter(|(f, _)| belongs(f)).map(|(f, t)| put(FIELDS, f, t, sample)));
    write(head, puts)
}

fn unknown(guessed: &Guessed, sample: &Sample) -> Lines {
    let mut head = Lines::default();
    head.head("[[settings.records]]");
    head.set("type", &quoted(TODO), "看不出一行是什么：没有事件类型列，也没有受理、办结一类的时间列");
    let mut puts = vec![time_put(guessed.time.as_ref(), sample)];
    puts.extend(lacking(&[], guessed));
    puts.extend(guessed.fields.iter().map(|(field, taken)| put(FIELDS, field, taken, sample)));
    write(head, puts)
}

/// Columns that became nothing, with the shape of a value.
pub(super) fn unused(guessed: &Guessed, sample: &Sample) -> Lines {
    let mut lines = Lines::default();
    let mut all: Vec<&str> = guessed.unused.iter().map(String::as_str).collect();
    if let Rows::Cases(times) = &guessed.rows {
        let nowhere = |field: &str| times.iter().all(|(kind, _)| !dictionary().belongs(field, *kind));
        all.extend(guessed.fields.iter().filter(|(f, _)| nowhere(f)).map(|(_, t)| t.column.as_str()));
    }
    if all.is_empty() {
        return lines;
    }
    lines.head("# 没有用到的列（形状：9 数字，A a 字母，文 汉字）：");
    for name in all {
        let Some(column) = sample.get(name) else { continue };
        let example = match (column.list, column.example()) {
            (true, _) => "行内列表，设置不能逐项取出：请对方给出单独的接口，或写插件".to_owned(),
            (_, Some(value)) => shape(value),
            _ => "空".to_owned(),
        };
        lines.remark(&format!("- {name}：{example}"));
    }
    lines
}
