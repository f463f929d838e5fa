//! The business database: a table, and the view that supervision may read.

use super::happening::Happening;
use super::system::System;

/// The statements that put rows into the business database, and how far they come.
#[must_use]
pub fn database_script(system: &System, from: u64, create: bool) -> (Vec<String>, u64) {
    let shape = &system.shape.sql;
    let names: Vec<String> = system.columns().iter().map(|c| format!("\"{c}\"")).collect();
    let mut script = Vec::new();
    if create {
        let (table, view, id, updated) = (&shape.table, &shape.view, &shape.id, &shape.updated);
        script.push(format!(
            "CREATE TABLE \"{table}\" (\"{id}\" INTEGER PRIMARY KEY, \"{updated}\" TEXT NOT NULL, {})",
            names.iter().map(|n| format!("{n} TEXT")).collect::<Vec<_>>().join(", ")
        ));
        script.push(format!("CREATE INDEX \"{table}_updated\" ON \"{table}\" (\"{updated}\", \"{id}\")"));
        script.push(format!("CREATE VIEW \"{view}\" AS SELECT * FROM \"{table}\""));
    }
    let shown = system.after(from, usize::MAX);
    script.extend(shown.chunks(200).map(|chunk| insert(system, &names, chunk, 0)));
    (script, shown.last().map_or(from, |h| h.id))
}

/// A statement that puts rows in, their numbers moved by so much.
pub(super) fn insert(system: &System, names: &[String], chunk: &[Happening], moved: u64) -> String {
    let shape = &system.shape.sql;
    let quote = |t: &str| format!("'{}'", t.replace('\'', "''"));
    let columns = system.columns();
    let rows: Vec<String> = chunk
        .iter()
        .map(|h| {
            let row = system.row(h);
            let cells: Vec<String> =
                columns.iter().map(|c| row.get(*c).map_or_else(|| "NULL".to_owned(), |v| quote(v))).collect();
            format!("({}, {}, {})", h.id + moved, quote(&h.visible_at.rfc3339()), cells.join(", "))
        })
        .collect();
    format!(
        "INSERT INTO \"{}\" (\"{}\", \"{}\", {}) VALUES {}",
        shape.table,
        shape.id,
        shape.updated,
        names.join(", "),
        rows.join(", ")
    )
}
