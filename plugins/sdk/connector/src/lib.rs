//! A connector in four steps: a type, [`Connector::check`], [`Connector::open`], and [`plugin!`].
//!
//! The contract is `wit/v1/plugin.wit`; units and limits stand in `wit/README.md`. This crate adds only what every
//! connector in Rust would write again: a trait for the session, records with named fields, and pages made of them.

/// The contract as generated code. Not needed as long as the rest of this crate is enough.
#[expect(missing_docs, reason = "generated from the contract, which documents itself")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit/v1",
        world: "connector",
        pub_export_macro: true,
        default_bindings_module: "daylight_connector::bindings",
        generate_all,
    });
}

pub use bindings::daylight::plugin::types::{Cell, Failure, Page};
pub use bindings::daylight::plugin::{database, files, http, log, settings};
pub use bindings::exports::daylight::plugin::connecting::{Pull, Report};

#[doc(hidden)]
pub use bindings::exports::daylight::plugin::connecting;

/// Pulls one department's system.
pub trait Connector {
    /// Are the settings right, does the source answer? Pulls nothing.
    fn check() -> Report;
    /// Begins a pull after `request.since`.
    ///
    /// # Errors
    /// Why it cannot begin.
    fn open(request: Pull) -> Result<Box<dyn Session>, Failure>;
}

/// A running pull.
pub trait Session {
    /// The next page, at most `max_rows` rows.
    ///
    /// # Errors
    /// Why there is none. The core keeps the cursor of the page before and comes back later.
    fn next(&mut self, max_rows: u32) -> Result<Page, Failure>;
}

/// Makes a component of a [`Connector`], and puts the manifest into it.
#[macro_export]
macro_rules! plugin {
    ($connector:ty, $manifest:literal) => {
        const _: () = {
            const TEXT: &[u8] = include_bytes!($manifest);
            #[unsafe(link_section = "daylight:manifest")]
            #[used]
            static MANIFEST: [u8; TEXT.len()] = {
                let mut bytes = [0; TEXT.len()];
                let mut at = 0;
                while at < TEXT.len() {
                    bytes[at] = TEXT[at];
                    at += 1;
                }
                bytes
            };
        };

        struct DaylightPlugin;
        struct DaylightSession(std::cell::RefCell<Box<dyn $crate::Session>>);

        impl $crate::connecting::Guest for DaylightPlugin {
            type Session = DaylightSession;
            fn check() -> $crate::Report {
                <$connector as $crate::Connector>::check()
            }
            fn open(request: $crate::Pull) -> Result<$crate::connecting::Session, $crate::Failure> {
                let session = <$connector as $crate::Connector>::open(request)?;
                Ok($crate::connecting::Session::new(DaylightSession(std::cell::RefCell::new(session))))
            }
        }

        impl $crate::connecting::GuestSession for DaylightSession {
            fn next(&self, max_rows: u32) -> Result<$crate::Page, $crate::Failure> {
                self.0.borrow_mut().next(max_rows)
            }
        }

        $crate::bindings::export!(DaylightPlugin with_types_in $crate::bindings);
    };
}

/// A failure with a stable dotted code.
#[must_use]
pub fn failure(code: &str, message: impl Into<String>) -> Failure {
    Failure { code: code.to_owned(), message: message.into(), setting: None, retryable: false, retry_after_ms: None }
}

/// A failure that trying again later can cure.
#[must_use]
pub fn later(code: &str, message: impl Into<String>) -> Failure {
    Failure { retryable: true, ..failure(code, message) }
}

/// A failure that a setting causes; `pointer` is a JSON pointer into the settings.
#[must_use]
pub fn wrong_setting(pointer: &str, message: impl Into<String>) -> Failure {
    Failure { setting: Some(pointer.to_owned()), ..failure("settings.invalid", message) }
}

/// A line for the operator.
pub fn info(message: &str, fields: &[(&str, String)]) {
    let fields: Vec<(String, String)> = fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    log::write(log::Level::Info, message, &fields);
}

/// One exchange record. The constructors name what each type cannot do without; [`Record::set`] adds the rest.
#[derive(Clone, Debug, Default)]
pub struct Record(Vec<(String, Cell)>);

macro_rules! record_types {
    ($($name:ident, $zh:literal;)*) => {
        impl Record {
            $(#[doc = $zh]
            /// `event_time` is RFC 3339, or local time of Asia/Shanghai.
            #[must_use]
            pub fn $name(case_no: &str, event_time: &str) -> Self { Self::new(stringify!($name), case_no, event_time) })*
        }
    };
}

record_types! {
    apply, "申请. Also needs `item_code`."; receive, "收件."; accept, "受理."; reject, "不予受理. Also give `reason`.";
    correction, "补正告知."; correction_in, "补正受理."; step, "环节. Also needs `step` and `started_at`.";
    special_start, "特别程序开始. Also needs `kind`."; special_end, "特别程序结束."; extension, "延长审批. Also needs `days`.";
    hearing, "听证."; forward_up, "转报."; decide, "决定. Also needs `decision`."; finish, "办结. Also needs `finish_type`.";
    deliver, "送达."; fee, "收费. Also needs `amount`."; material, "材料. Also needs `name`."; evaluation, "评价. Also needs `satisfaction`.";
}

impl Record {
    /// A record of any type.
    #[must_use]
    pub fn new(kind: &str, case_no: &str, event_time: &str) -> Self {
        Self(vec![
            ("type".to_owned(), Cell::Text(kind.to_owned())),
            ("case_no".to_owned(), Cell::Text(case_no.to_owned())),
            ("event_time".to_owned(), Cell::Instant(event_time.to_owned())),
        ])
    }

    /// A sign of life.
    #[must_use]
    pub fn heartbeat(key: &str, event_time: &str) -> Self {
        Self::new("heartbeat", "", event_time).set("source_key", Cell::Text(key.to_owned()))
    }

    /// Sets a field of the exchange standard.
    #[must_use]
    pub fn set(mut self, field: &str, value: Cell) -> Self {
        self.put(field, value);
        self
    }

    /// Sets a text field.
    #[must_use]
    pub fn text(self, field: &str, value: &str) -> Self {
        self.set(field, Cell::Text(value.to_owned()))
    }

    /// Sets a field in place.
    pub fn put(&mut self, field: &str, value: Cell) {
        match self.0.iter_mut().find(|(name, _)| name == field) {
            Some((_, old)) => *old = value,
            None => self.0.push((field.to_owned(), value)),
        }
    }
}

/// Makes a page of records: columns are collected as they appear.
#[must_use]
pub fn page(records: Vec<Record>, next: Option<Vec<u8>>, done: bool) -> Page {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let mut row: Vec<Cell> = vec![Cell::Null; columns.len()];
        for (name, value) in record.0 {
            let at = columns.iter().position(|c| *c == name).unwrap_or_else(|| {
                columns.push(name);
                columns.len() - 1
            });
            if row.len() <= at {
                row.resize(at + 1, Cell::Null);
            }
            row[at] = value;
        }
        rows.push(row);
    }
    for row in &mut rows {
        row.resize(columns.len(), Cell::Null);
    }
    Page { dataset: "exchange".to_owned(), columns, rows, next, done }
}
