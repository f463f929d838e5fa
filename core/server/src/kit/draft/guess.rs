//! Which column is which field. Guesses only: the surest first, each column and each field at most once, and never against what the
//! values show.

use super::dictionary::{Confidence, Guess, Meaning, dictionary};
use super::mask::is_code;
use super::sample::{Column, Sample};
use daylight_domain::record::{Field, Form, RecordType};
use std::collections::{BTreeMap, BTreeSet};

/// More different values than this are no codes.
const CODES: usize = 60;
/// More kinds than this are no kinds of events.
const KINDS: usize = 40;

/// A column that was taken for something.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub column: String,
    pub confidence: Confidence,
    pub source: &'static str,
}

/// What a row is.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    /// One event, whose kind stands in a column.
    Events(Taken),
    /// One case, with a column for the time of each of its events.
    Cases(Vec<(RecordType, Taken)>),
    /// One step of a case.
    Steps,
    /// Nobody can tell.
    Unknown,
}

/// Everything that was guessed.
#[derive(Clone, Debug)]
pub(super) struct Guessed {
    pub rows: Rows,
    /// When the event of a row happened, where a row is one event.
    pub time: Option<Taken>,
    /// Field → column.
    pub fields: BTreeMap<String, Taken>,
    /// When a row was changed.
    pub changed: Option<Taken>,
    /// A number that grows.
    pub grows: Option<Taken>,
    /// Columns that were taken for nothing.
    pub unused: Vec<String>,
}

/// The form of a field's values, for those of the record itself too.
fn form(field: &str) -> Form {
    match field {
        "data_version" => Form::Number,
        other => Field::from_name(other).map_or(Form::Text(64), Field::form),
    }
}

/// Whether a field is personal information.
pub(super) fn is_personal(field: &str) -> bool {
    Field::from_name(field).is_some_and(Field::personal)
}

/// The code table of a field.
pub(super) fn table_of(field: &str) -> Option<&'static str> {
    match form(field) {
        Form::Code(table) => Some(table),
        _ => None,
    }
}

fn codes(column: &Column, most: usize) -> bool {
    !column.more
        && column.values.len() <= most
        && column.values.keys().filter(|v| is_code(v)).count() * 2 > column.values.len()
}

fn every(column: &Column, good: impl Fn(&str) -> bool) -> bool {
    column.values.keys().all(|v| good(v))
}

/// Whether what a column holds can be what its name says. An empty column says nothing against it.
fn can_be(column: &Column, meaning: &Meaning) -> bool {
    if column.list {
        return false;
    }
    if column.filled == 0 {
        return !matches!(meaning, Meaning::Type | Meaning::Grows | Meaning::Changed);
    }
    match meaning {
        Meaning::Type => codes(column, KINDS),
        Meaning::Time | Meaning::TimeOf(_) | Meaning::Changed => column.written().is_some(),
        Meaning::Grows => column.grows && every(column, |v| v.parse::<u64>().is_ok()),
        Meaning::Field(field) => match form(field) {
            Form::Instant | Form::Date => column.written().is_some(),
            Form::Number => every(column, |v| v.parse::<u64>().is_ok()),
            Form::Money => every(column, |v| v.parse::<f64>().is_ok()),
            Form::Code(_) => codes(column, CODES),
            Form::Counts => every(column, |v| v.starts_with('{')),
            _ => true,
        },
    }
}

/// Every guess about every column that its values allow: the surest first, then in the order of columns.
fn all(sample: &Sample) -> Vec<(&Column, Guess)> {
    let mut all: Vec<(&Column, Guess)> = Vec::new();
    for column in &sample.columns {
        let guesses = dictionary().guesses(&column.name);
        // A number that grows with every row is where the source stands, not a number within a case.
        let counts =
            guesses.iter().any(|g| g.meaning == Meaning::Grows) && can_be(column, &Meaning::Grows) && sample.rows > 1;
        let fits = |g: &Guess| {
            let within = matches!(&g.meaning, Meaning::Field(f) if f == "seq" || f == "step_no");
            can_be(column, &g.meaning) && !(counts && within)
        };
        all.extend(guesses.into_iter().filter(fits).map(|g| (column, g)));
    }
    all.sort_by_key(|(_, g)| std::cmp::Reverse(g.confidence));
    all
}

/// Guesses what the columns of a sample are.
pub(super) fn guess(sample: &Sample) -> Guessed {
    let mut taken: Vec<(Meaning, Taken)> = Vec::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for (column, guess) in all(sample) {
        if used.contains(column.name.as_str()) || taken.iter().any(|(m, _)| *m == guess.meaning) {
            continue;
        }
        used.insert(&column.name);
        let one = Taken { column: column.name.clone(), confidence: guess.confidence, source: guess.source };
        taken.push((guess.meaning, one));
    }
    let find = |meaning: &Meaning| taken.iter().find(|(m, _)| m == meaning).map(|(_, t)| t.clone());
    let fields: BTreeMap<String, Taken> = taken
        .iter()
        .filter_map(|(m, t)| if let Meaning::Field(field) = m { Some((field.clone(), t.clone())) } else { None })
        .collect();
    let mut times: Vec<(RecordType, Taken)> = taken
        .iter()
        .filter_map(|(m, t)| if let Meaning::TimeOf(kind) = m { Some((*kind, t.clone())) } else { None })
        .collect();
    times.sort_by_key(|(kind, _)| *kind);
    let mut time = find(&Meaning::Time);
    let steps = fields.contains_key("step") && (fields.contains_key("started_at") || fields.contains_key("ended_at"));
    let rows = match find(&Meaning::Type) {
        Some(kind) => Rows::Events(kind),
        None if steps => Rows::Steps,
        None if !times.is_empty() => Rows::Cases(times.clone()),
        None => Rows::Unknown,
    };
    // Of events a single time is the event's.
    if let (Rows::Events(_), None, [(_, only)]) = (&rows, &time, times.as_slice()) {
        time = Some(Taken { confidence: Confidence::Low, ..only.clone() });
    }
    let (changed, mut grows) = (find(&Meaning::Changed), find(&Meaning::Grows));
    if grows.is_none() && sample.rows > 2 {
        let counts = |c: &&Column| can_be(c, &Meaning::Grows) && c.written().is_none() && c.filled == sample.rows;
        let by_shape = sample.columns.iter().filter(|c| !used.contains(c.name.as_str())).find(counts);
        grows =
            by_shape.map(|c| Taken {
                column: c.name.clone(), confidence: Confidence::Low, source: "样例中逐行递增"
            });
    }
    let spoken: BTreeSet<&str> = used.into_iter().chain(grows.iter().map(|g| g.column.as_str())).collect();
    let unused = sample.columns.iter().filter(|c| !spoken.contains(c.name.as_str())).map(|c| c.name.clone()).collect();
    Guessed { rows, time, fields, changed, grows, unused }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str], rows: &[&[&str]]) -> Guessed {
        let mut sample = Sample::default();
        sample.name(names.iter().copied());
        for row in rows {
            sample.row(names.iter().copied().zip(row.iter().map(|v| (*v).to_owned())));
        }
        guess(&sample)
    }

    fn column<'a>(guessed: &'a Guessed, field: &str) -> Option<&'a str> {
        guessed.fields.get(field).map(|t| t.column.as_str())
    }

    #[test]
    fn values_speak_against_a_name() {
        let events = of(
            &["id", "类型", "时间", "办结类型", "序号"],
            &[&["1", "受理", "2026-01-05 09:00:00", "", "1"], &["2", "办结", "2026-01-06 09:00:00", "1", "1"]],
        );
        assert!(matches!(&events.rows, Rows::Events(t) if t.column == "类型"));
        assert_eq!(events.grows.as_ref().map(|t| t.column.as_str()), Some("id"));
        assert_eq!((column(&events, "finish_type"), column(&events, "seq")), (Some("办结类型"), Some("序号")));
        let odd = of(&["受理时间", "承诺时限", "类型"], &[&["明天", "很久", "张三丰"]]);
        assert!(matches!(odd.rows, Rows::Unknown), "{odd:?}");
        assert_eq!(odd.unused.len(), 3);
    }

    #[test]
    fn a_row_is_a_case_where_it_has_times_of_its_events() {
        let cases = of(
            &["办件编号", "受理时间", "办结时间", "更新时间"],
            &[&["A1", "2026-01-05", "2026-01-06", "2026-01-06 10:00:00"]],
        );
        let Rows::Cases(times) = &cases.rows else { panic!("{cases:?}") };
        assert_eq!(times.iter().map(|(k, _)| *k).collect::<Vec<_>>(), [RecordType::Accept, RecordType::Finish]);
        assert_eq!(cases.changed.as_ref().map(|t| t.column.as_str()), Some("更新时间"));
        let steps = of(
            &["project_no", "process_name", "event_start_time", "event_end_time"],
            &[&["A1", "审核", "2026-01-05 09:00:00", "2026-01-05 10:00:00"]],
        );
        assert!(matches!(steps.rows, Rows::Steps), "{steps:?}");
    }
}
