//! A department's configuration, proposed from a sample of its data: which connector, where the rows are, which column is which
//! field, and what a person still has to say. Nothing of a person in the sample is in the proposal.

mod database;
mod dictionary;
pub(crate) mod fetch;
mod guess;
mod json;
pub(crate) mod lines;
pub(crate) mod mask;
mod records;
mod sample;
mod settings;
mod table;
mod xml;

pub use dictionary::Confidence;
pub(crate) use settings::is_private;

use crate::config::place::Source;
use crate::config::todo::todos;
use crate::problem::Problem;
use daylight_domain::record::RecordType;
use guess::{Guessed, Rows, guess};
use lines::{Lines, one_line, quoted};
use sample::Sample;
use schemars::JsonSchema;
use serde::Serialize;
use settings::Origin;
use std::path::PathBuf;

/// What a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum From {
    /// JSON 回答
    Json,
    /// CSV 文件
    Csv,
    /// Excel 工作簿（.xlsx）
    Xlsx,
    /// XML 回答
    Xml,
    /// 数据库的表或视图
    Table,
}

/// Where a sample is taken from.
#[derive(Clone, Debug)]
pub enum Taken {
    /// Bytes of a file.
    File(PathBuf),
    /// An address that answers to GET.
    Url(String),
    /// A table or view of a database: address, name.
    Table(String, String),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where the sample is.
    pub taken: Taken,
    /// What it is; told by its bytes where nobody says.
    pub from: Option<From>,
    /// Id of the department.
    pub id: Option<String>,
    /// A secret by name and value: a bearer token, or the password of the database. Never written into the draft.
    pub secret: Option<(String, String)>,
    /// Certificate authorities beside the machine's own, PEM or DER.
    pub authorities: Vec<Vec<u8>>,
}

/// A column that was taken for a field.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Mapped {
    /// The field of the exchange standard.
    pub field: String,
    /// The source's column.
    pub column: String,
    /// How sure.
    pub confidence: Confidence,
    /// Personal information: switched off in the draft.
    pub personal: bool,
}

/// A proposal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Draft {
    /// Id of the department.
    pub id: String,
    /// The connector.
    pub connector: String,
    /// Rows of the sample.
    pub rows: usize,
    /// Columns of the sample.
    pub columns: usize,
    /// Columns that were taken for fields.
    pub mapped: Vec<Mapped>,
    /// Columns that were taken for nothing.
    pub unused: Vec<String>,
    /// What a person has to put in, with its place in the draft.
    pub todo: Vec<Problem>,
    /// Settings alone do not tell what a row is.
    pub nothing_fits: bool,
    /// The file for `config/departments`.
    pub toml: String,
}

/// Proposes a department's configuration.
///
/// # Errors
/// `draft.*` for a sample that cannot be read; what the database or the address answered.
pub async fn draft(asked: &Asked) -> Result<Draft, Problem> {
    let (origin, sample) = read(asked).await?;
    if sample.rows == 0 {
        return Err(Problem::new("draft.no-rows", "样例只有列名，没有行").fix("给出至少一行的样例"));
    }
    let id = asked.id.clone().unwrap_or_else(|| "new-department".to_owned());
    let guessed = guess(&sample);
    let body = body(&id, &origin, &guessed, &sample);
    // How many places are left stands at the head, so it is counted first.
    let left = todo(&id, &body.text()).len();
    let mut whole = head(&id, &sample, left);
    whole.append(body);
    let toml = whole.text();
    let mapped = guessed.fields.iter().map(|(field, t)| Mapped {
        field: field.clone(),
        column: t.column.clone(),
        confidence: t.confidence,
        personal: guess::is_personal(field),
    });
    Ok(Draft {
        todo: todo(&id, &toml),
        connector: origin.connector().to_owned(),
        rows: sample.rows,
        columns: sample.columns.len(),
        mapped: mapped.collect(),
        unused: guessed.unused.clone(),
        nothing_fits: matches!(guessed.rows, Rows::Unknown),
        id,
        toml,
    })
}

fn todo(id: &str, text: &str) -> Vec<Problem> {
    todos(&Source { file: PathBuf::from(format!("{id}.toml")), text: text.to_owned() })
}

/// What bytes are.
fn told(bytes: &[u8]) -> From {
    if bytes.starts_with(b"PK\x03\x04") {
        return From::Xlsx;
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[') => From::Json,
        Some(b'<') => From::Xml,
        _ => From::Csv,
    }
}

fn text(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, Problem> {
    crate::complaint::decoded(bytes).ok_or_else(|| {
        Problem::new("draft.unreadable", "样例既不是 UTF-8 也不是 GB18030").fix("给出来源一次真实的回答")
    })
}

async fn read(asked: &Asked) -> Result<(Origin, Sample), Problem> {
    let (bytes, url) = match &asked.taken {
        Taken::Table(url, table) => {
            let whole = asked.secret.as_ref().map_or_else(|| url.clone(), |(_, v)| daylight_host::with_secret(url, v));
            let sample = database::read(&whole, table).await?;
            let (url, inline) = without_password(url);
            let secret = asked.secret.as_ref().map(|(name, _)| name.clone()).or(inline.then(|| "password".to_owned()));
            return Ok((Origin::Database { url, table: table.clone(), secret }, sample));
        }
        Taken::File(file) => (fetch::file(file)?, None),
        Taken::Url(url) => {
            let url = fetch::address(url)?;
            (fetch::get(&url, asked.secret.as_ref().map(|(_, v)| v.as_str()), &asked.authorities).await?, Some(url))
        }
    };
    match asked.from.unwrap_or_else(|| told(&bytes)) {
        From::Json => {
            let (pointer, sample) = json::read(&text(&bytes)?)?;
            let secret = asked.secret.as_ref().map(|(name, _)| name.clone());
            Ok((Origin::Json { pointer, url, secret }, sample))
        }
        From::Csv => table::csv(&bytes).map(|(form, sample)| (Origin::Table(form), sample)),
        From::Xlsx => table::workbook(&bytes).map(|(form, sample)| (Origin::Table(form), sample)),
        From::Xml => xml::read(&bytes).map(|(form, sample)| (Origin::Xml(form), sample)),
        From::Table => Err(Problem::new("draft.table", "--from table 要以 --database 与 --table 指出数据库和表")
            .fix("--database sqlite:文件 --table 视图")),
    }
}

/// An address with `{secret}` in place of its password, and whether there was one.
fn without_password(url: &str) -> (String, bool) {
    let at = url.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find('/').unwrap_or(rest.len());
        let (user, host) = rest.get(..end)?.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        let path = rest.get(end..)?;
        (password != "{secret}").then(|| format!("{scheme}://{name}:{{secret}}@{host}{path}"))
    });
    match at {
        Some(masked) => (masked, true),
        None => (url.to_owned(), false),
    }
}

fn head(id: &str, sample: &Sample, left: usize) -> Lines {
    let mut lines = Lines::default();
    lines.remark(&format!(
        "部门配置草案，由 daylight department draft 从样例（{} 行，{} 列）得出；还有 {left} 处待填：值为 \"?\" 或含 TODO。",
        sample.rows,
        sample.columns.len()
    ));
    lines.remark(&format!("填好后放到 config/departments/{id}.toml；daylight check 逐处指出没有填的地方。"));
    lines.remark("行尾的 高、中、低 是把握；样例只写出形状：9 数字，A a 字母，文 汉字。");
    lines
}

fn body(id: &str, origin: &Origin, guessed: &Guessed, sample: &Sample) -> Lines {
    let mut lines = Lines::default();
    let (schedule, sla) = origin.pace();
    lines.set("id", &quoted(id), "与文件名一致；小写字母、数字、连字符");
    lines.set("name", &quoted("TODO：部门全称"), "");
    lines.set("phase", &quoted("planned"), "填好并查过之后改为 connecting，再按关口进入 trial、live");
    lines.set("connector", &quoted(origin.connector()), origin.why());
    lines.set("schedule", &quoted(schedule), "何时拉取（分 时 日 月 周）");
    lines.set("sla_minutes", &sla.to_string(), "最迟多少分钟报到：1 实时，15 准实时，1440 日报");
    lines.append(settings::grants(origin, id));
    lines.append(settings::settings(origin, guessed, sample));
    lines.append(records::records(guessed, sample));
    lines.append(records::unused(guessed, sample));
    lines.append(advice(guessed));
    lines
}

/// What a case that may be supervised should have besides (handbook §16), where the sample has it not.
fn advice(guessed: &Guessed) -> Lines {
    let mut lines = Lines::default();
    let wanted = [
        ("applicant_type", "申请者类型（自然人、企业法人……）"),
        ("data_version", "数据版本（没有时，改正过的记录会以 E007 退回）"),
        ("promise_limit", "承诺时限（没有时按事项目录）"),
        ("step", "环节名称、起止时间与办理人（没有时不能监察内部环节）"),
        ("counts", "每日的日结 day_close（没有时日对账无据，不能转为正式运行）"),
    ];
    let no_application =
        matches!(&guessed.rows, Rows::Cases(times) if times.iter().all(|(kind, _)| *kind != RecordType::Apply));
    let mut lacking: Vec<&str> =
        wanted.iter().filter(|(f, _)| !guessed.fields.contains_key(*f)).map(|(_, w)| *w).collect();
    if no_application {
        lacking.insert(0, "申请时间（申请者、来源、项目名称只随申请记录 apply 报送）");
    }
    if !lacking.is_empty() {
        lines.head("# 样例中没有、最好请对方带出的：");
        lacking.iter().for_each(|words| lines.remark(&format!("- {}", one_line(words))));
    }
    if matches!(guessed.rows, Rows::Unknown) {
        lines.remark("设置不足以说明这些行：见 plugins/README.md“要不要写代码”");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_taken_out() {
        for (url, masked) in [
            ("mysql://reader:geheim@10.1.2.4:3306/sp", "mysql://reader:{secret}@10.1.2.4:3306/sp"),
            ("postgres://reader:{secret}@db/sp", "postgres://reader:{secret}@db/sp"),
            ("mysql://reader:p@ss@db/sp", "mysql://reader:{secret}@db/sp"),
            ("sqlite:/srv/a.db", "sqlite:/srv/a.db"),
        ] {
            assert_eq!(without_password(url).0, masked);
        }
    }

    #[test]
    fn bytes_say_what_they_are() {
        for (bytes, from) in [
            (b"  {\"a\":1}".as_slice(), From::Json),
            (b"\xEF\xBB\xBF<a/>", From::Xml),
            (b"PK\x03\x04..", From::Xlsx),
            (b"a,b\n1,2", From::Csv),
        ] {
            assert_eq!(told(bytes), from);
        }
    }
}
