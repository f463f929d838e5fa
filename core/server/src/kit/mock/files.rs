//! The system that drops CSV files into a folder, one for every day.

use super::happening::Happening;
use super::system::System;
use super::{Fault, live::Live};
use std::collections::BTreeMap;
use std::path::Path;

/// The bytes of a file with these rows.
fn csv(system: &System, list: &[Happening], encoding: &str) -> Vec<u8> {
    let columns = system.columns();
    let separator = &system.shape.csv.separator;
    let mut text = columns.join(separator);
    text.push_str("\r\n");
    for h in list {
        let row = system.row(h);
        let cells: Vec<String> = columns
            .iter()
            .map(|c| row.get(*c).map_or_else(String::new, |v| format!("\"{}\"", v.replace('"', "\"\""))))
            .collect();
        text.push_str(&cells.join(separator));
        text.push_str("\r\n");
    }
    let coding = encoding_rs::Encoding::for_label(encoding.as_bytes()).unwrap_or(encoding_rs::GB18030);
    coding.encode(&text).0.into_owned()
}

fn put(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, file)
}

/// Files of one day each: the day, the last id, the rows.
fn days(shown: Vec<Happening>) -> BTreeMap<chrono::NaiveDate, Vec<Happening>> {
    let mut by_day: BTreeMap<chrono::NaiveDate, Vec<Happening>> = BTreeMap::new();
    for h in shown {
        by_day.entry(h.visible_at.date()).or_default().push(h);
    }
    by_day
}

/// Drops what was shown since the last time into a folder, one file for every day. Returns how far it came.
///
/// # Errors
/// The folder cannot be written.
pub fn drop_files(system: &System, folder: &Path, from: u64) -> std::io::Result<u64> {
    let shown = system.after(from, usize::MAX);
    let to = shown.last().map_or(from, |h| h.id);
    let shape = &system.shape.csv;
    for (day, list) in days(shown) {
        let last = list.last().map_or(0, |h| h.id);
        put(&folder.join(format!("{day}-{last:08}{}", shape.ending)), &csv(system, &list, &shape.encoding))?;
    }
    Ok(to)
}

/// The same with what goes wrong; what was lost by it is dropped again the next time. `owed` are rows that are still to come.
pub(super) fn drop_badly(
    system: &System,
    folder: &Path,
    from: u64,
    owed: &mut Vec<Happening>,
    live: &Live,
) -> std::io::Result<u64> {
    let shown = system.after(from, usize::MAX);
    let to = shown.last().map_or(from, |h| h.id);
    let shape = &system.shape.csv;
    let mut again = std::mem::take(owed);
    again.extend(shown);
    for (day, list) in days(again) {
        let last = list.last().map_or(0, |h| h.id);
        let name = |turn: &str| folder.join(format!("{day}-{last:08}{turn}{}", shape.ending));
        let good = csv(system, &list, &shape.encoding);
        // A file with this name may have been read and moved: it is put beside it.
        let turn = live.asked();
        let fault = live.next();
        let other = if shape.encoding.eq_ignore_ascii_case("utf-8") { "gb18030" } else { "utf-8" };
        let bytes = match fault {
            Some(Fault::Truncated) => good.get(..good.len() / 2).unwrap_or_default().to_vec(),
            Some(Fault::Charset) => csv(system, &list, other),
            Some(Fault::Empty) => Vec::new(),
            Some(Fault::Html) => super::live::PORTAL.as_bytes().to_vec(),
            _ => good.clone(),
        };
        let damaged = bytes != good;
        put(&name(if damaged { format!("-{turn}") } else { String::new() }.as_str()), &bytes)?;
        if fault == Some(Fault::Repeats) {
            put(&name("-again"), &good)?;
        }
        if damaged {
            owed.extend(list);
        }
    }
    Ok(to)
}
