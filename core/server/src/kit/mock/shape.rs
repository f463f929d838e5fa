//! How a department's system looks from outside: paths, parameters, columns, codes. What nobody says is as in the sample county.

use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::Kind;

/// The form of a fake department's answers (`--shape FILE.toml`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// Field of the exchange standard (`type` for what a row reports) → the system's column; for REST a JSON pointer
    /// (`/applicant/name`) puts it deeper. A field without a column is not shown. Empty: as in the sample county.
    pub fields: BTreeMap<String, String>,
    /// By field: word of the exchange standard → the system's code. A word without a code is shown as it is.
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// How times are written, in the words of strftime. Empty: as in the sample county.
    pub time: String,
    /// A REST service.
    pub rest: Rest,
    /// An old XML platform.
    pub legacy: Legacy,
    /// A folder of CSV files.
    pub csv: Csv,
    /// A business database.
    pub sql: Sql,
}

/// A REST service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rest {
    /// Path, without the address.
    pub path: String,
    /// JSON pointer to the list of rows.
    pub rows: String,
    /// What else stands in the answer.
    pub around: Map<String, Value>,
    /// JSON pointer to how many rows there are in all; empty: not said.
    pub total: String,
    /// Column of the number that only grows.
    pub id: String,
    /// Column of the time of the last change; empty: not shown.
    pub updated: String,
    /// Parameter for the size of a page.
    pub size: String,
    /// Rows on a page when nobody asks.
    pub page_size: usize,
    /// Columns whose values are JSON numbers where they can be.
    pub numbers: Vec<String>,
    /// How one comes to the next page.
    pub paging: Paging,
    /// How the secret is presented.
    pub auth: Auth,
}

/// How one comes to the next page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Paging {
    /// What comes after a number.
    Id {
        /// The parameter.
        param: String,
    },
    /// What changed since a time, in numbered pages.
    Time {
        /// The parameter of the time.
        param: String,
        /// The parameter of the page.
        page: String,
        /// The number of the first page.
        #[serde(default = "one")]
        first_page: u64,
    },
    /// Everything, in numbered pages.
    Page {
        /// The parameter of the page.
        page: String,
        /// The number of the first page.
        #[serde(default = "one")]
        first_page: u64,
    },
}

fn one() -> u64 {
    1
}

/// How the secret is presented.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all.
    None,
    /// `Authorization: Bearer …`
    Bearer,
    /// `Authorization: Basic …`
    Basic {
        /// Whose.
        user: String,
    },
    /// In a header.
    Header {
        /// Its name.
        name: String,
    },
    /// In the query.
    Query {
        /// Its name.
        name: String,
    },
    /// HMAC-SHA256 of `GET\n<path and query>\n`, hexadecimal.
    Hmac {
        /// The header it is in.
        header: String,
    },
}

impl Default for Rest {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            path: text("/api/v2/events"),
            rows: text("/data/list"),
            around: Map::from_iter([("code".to_owned(), 0.into())]),
            total: String::new(),
            id: text("id"),
            updated: String::new(),
            size: text("size"),
            page_size: 200,
            numbers: Vec::new(),
            paging: Paging::Id { param: text("after") },
            auth: Auth::Bearer,
        }
    }
}

/// An old XML platform: XML in a form field, the answer XML in the same encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Legacy {
    /// Path, without the address.
    pub path: String,
    /// The form field that carries the request.
    pub request: String,
    /// Element of the request: what comes after this number.
    pub after: String,
    /// Element of the request: how many rows.
    pub count: String,
    /// Element of the answer that says whether all is well.
    pub status: String,
    /// What it says then.
    pub good: String,
    /// Element of one row.
    pub row: String,
    /// Element of the number that only grows.
    pub id: String,
    /// Header of the secret; empty: none is asked for.
    pub header: String,
    /// Encoding, by its WHATWG name.
    pub encoding: String,
    /// The answer is text inside another XML (an `asmx` service's `<string>`).
    pub wrapped: bool,
}

impl Default for Legacy {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            path: text("/SpService.aspx"),
            request: text("xmlStr"),
            after: text("LastId"),
            count: text("Count"),
            status: text("ResultCode"),
            good: text("0"),
            row: text("Banjian"),
            id: text("XH"),
            header: text("X-Access-Key"),
            encoding: text("gb18030"),
            wrapped: false,
        }
    }
}

/// A folder of CSV files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Csv {
    /// Encoding, by its WHATWG name.
    pub encoding: String,
    /// What stands between cells, one character.
    pub separator: String,
    /// How file names end.
    pub ending: String,
}

impl Default for Csv {
    fn default() -> Self {
        Self { encoding: "gb18030".to_owned(), separator: ",".to_owned(), ending: ".csv".to_owned() }
    }
}

/// A business database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sql {
    /// The table.
    pub table: String,
    /// The view that supervision may read.
    pub view: String,
    /// Column of the number that only grows.
    pub id: String,
    /// Column of the time of the last change.
    pub updated: String,
}

impl Default for Sql {
    fn default() -> Self {
        let text = str::to_owned;
        Self { table: text("business"), view: text("v_supervision"), id: text("id"), updated: text("updated_at") }
    }
}

fn wrong(message: impl Into<String>) -> Problem {
    Problem::new("mock.shape", message).fix("可写的键见 config/schema/shape.schema.json")
}

/// The whole of a name that may stand in SQL, XML or a path of a table: letters, digits, `_`.
fn plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl Shape {
    /// From TOML; what it does not say is as in the sample county.
    ///
    /// # Errors
    /// `mock.shape`: not readable, an unknown key, a field the exchange standard does not have, a name that cannot be one.
    pub fn read(kind: Kind, text: &str) -> Result<Self, Problem> {
        let mut shape: Self = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let usual = super::words::usual(kind)?;
        if shape.fields.is_empty() {
            shape.fields = usual.fields;
        }
        if shape.codes.is_empty() {
            shape.codes = usual.codes;
        }
        if shape.time.is_empty() {
            shape.time = usual.time;
        }
        shape.check(kind)?;
        Ok(shape)
    }

    /// As in the sample county.
    ///
    /// # Errors
    /// Never, unless the build was tampered with.
    pub fn usual(kind: Kind) -> Result<Self, Problem> {
        super::words::usual(kind)
    }

    /// From a department's own settings read backwards: what the connector maps to our words, the system says in its own. Settings
    /// without `records` – a plugin of another form – give the words of the sample county.
    ///
    /// # Errors
    /// `mock.shape`: the settings are of no such system.
    pub fn from_settings(kind: Kind, settings: &Map<String, Value>) -> Result<Self, Problem> {
        let shape = super::words::of_settings(kind, settings)?;
        shape.check(kind)?;
        Ok(shape)
    }

    fn check(&self, kind: Kind) -> Result<(), Problem> {
        for field in self.fields.keys().chain(self.codes.keys()) {
            let head = ["type", "case_no", "item_code", "event_time", "source_key", "data_version"];
            if !head.contains(&field.as_str()) && daylight_domain::record::Field::from_name(field).is_none() {
                return Err(wrong(format!("接口标准没有字段“{field}”")));
            }
        }
        let (encoding, names): (_, Vec<&str>) = match kind {
            Kind::Rest => (None, Vec::new()),
            Kind::Legacy => {
                let l = &self.legacy;
                let own = [&l.after, &l.count, &l.status, &l.row, &l.id].map(String::as_str);
                (Some(&l.encoding), own.into_iter().chain(self.fields.values().map(String::as_str)).collect())
            }
            Kind::Csv => (Some(&self.csv.encoding), Vec::new()),
            Kind::Sql => {
                let s = &self.sql;
                let own = [&s.table, &s.view, &s.id, &s.updated].map(String::as_str);
                (None, own.into_iter().chain(self.fields.values().map(String::as_str)).collect())
            }
        };
        if let Some(name) = names.into_iter().find(|n| !plain(n)) {
            return Err(wrong(format!("“{name}”不能作列名、元素名：只用文字、数字与下划线")));
        }
        if let Some(name) = encoding
            && encoding_rs::Encoding::for_label(name.as_bytes()).is_none()
        {
            return Err(wrong(format!("没有字符编码“{name}”")));
        }
        if self.csv.separator.chars().count() != 1 {
            return Err(wrong("separator 应为一个字符"));
        }
        if kind == Kind::Rest && (!self.rest.path.starts_with('/') || self.rest.page_size == 0) {
            return Err(wrong("rest.path 应以 / 开头，page_size 应大于 0"));
        }
        chrono::format::StrftimeItems::new(&self.time)
            .all(|i| !matches!(i, chrono::format::Item::Error))
            .then_some(())
            .ok_or_else(|| wrong(format!("time 不是时间格式：{}", self.time)))
    }

    /// The schema of the file.
    #[must_use]
    pub fn schema() -> Value {
        schemars::schema_for!(Shape).to_value()
    }
}
