//! What a draft says besides its records: where the source is, how one comes back to where one was, and what is granted for it.

use super::guess::{Guessed, Rows, Taken};
use super::lines::{Lines, key, quoted};
use super::records::TODO;
use super::sample::Sample;
use super::{table, xml};

/// What the sample came from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A JSON answer: the pointer to its rows; where it was fetched from, and by which secret.
    Json { pointer: String, url: Option<reqwest::Url>, secret: Option<String> },
    /// A file.
    Table(table::Form),
    /// A table or view; the address without its password.
    Database { url: String, table: String, secret: Option<String> },
    /// An XML answer.
    Xml(xml::Form),
}

impl Origin {
    /// The connector for it.
    pub(super) fn connector(&self) -> &'static str {
        match self {
            Self::Json { .. } => "rest-json",
            Self::Table(_) => "csv-drop",
            Self::Database { .. } => "sql-view",
            Self::Xml(_) => "legacy-xml",
        }
    }

    /// Why it.
    pub(super) fn why(&self) -> &'static str {
        match self {
            Self::Json { .. } => "样例是 JSON 回答",
            Self::Table(_) => "样例是表格文件",
            Self::Database { .. } => "样例是数据库的表或视图",
            Self::Xml(_) => "样例是 XML 回答（旧平台：表单内的 XML）",
        }
    }

    /// How often it is worth asking, and how late it may be, minutes.
    pub(super) fn pace(&self) -> (&'static str, u32) {
        match self {
            Self::Table(_) => ("15 * * * *", 1440),
            _ => ("*/10 * * * *", 60),
        }
    }
}

/// `[grants…]` of a draft.
pub(super) fn grants(origin: &Origin, id: &str) -> Lines {
    let mut lines = Lines::default();
    match origin {
        Origin::Json { url, secret, .. } => {
            lines.head("[grants]");
            let origin = url.as_ref().map_or_else(|| "http://TODO".to_owned(), |u| u.origin().ascii_serialization());
            let private = url.as_ref().is_none_or(is_private);
            http(&mut lines, &origin, private);
            let in_query = secret_param(url.as_ref()).map(|_| "token".to_owned());
            if let Some(secret) = secret.clone().or(in_query) {
                lines.set("secrets", &format!("[{}]", quoted(&secret)), "可以使用的密钥名称；值写在 secrets.toml");
            }
        }
        Origin::Xml(_) => {
            lines.head("[grants]");
            http(&mut lines, "http://TODO", true);
        }
        Origin::Table(_) => {
            lines.head("[grants.files.drop]");
            lines.set("path", &quoted(&format!("drop/{id}")), "投递文件夹，相对配置目录；入库后文件移到其中的 done/");
        }
        Origin::Database { url, secret, .. } => {
            lines.head("[grants.database.business]");
            lines.set("url", &quoted(url), "只读账号的地址；密码写作 {secret}");
            if let Some(secret) = secret {
                lines.set("secret", &quoted(secret), "密码在 secrets.toml 中的名称");
            }
        }
    }
    lines
}

fn http(lines: &mut Lines, origin: &str, private: bool) {
    let inside = if private { ", private = true" } else { "" };
    let value = format!("[{{ origin = {}{inside} }}]", quoted(origin));
    lines.set("http", &value, "只能访问这个地址；private：在内网或本机");
}

/// Whether an address is inside: a number of a private network, or a name without a point.
pub(crate) fn is_private(url: &reqwest::Url) -> bool {
    match url.host_str().map(|h| h.trim_matches(['[', ']'])) {
        None => false,
        Some(host) => match host.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(ip)) => ip.is_private() || ip.is_loopback(),
            Ok(std::net::IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
            Err(_) => !host.contains('.') || host.ends_with(".local") || host.ends_with(".lan"),
        },
    }
}

/// `[settings]` of a draft, up to its records.
pub(super) fn settings(origin: &Origin, guessed: &Guessed, sample: &Sample) -> Lines {
    let mut lines = Lines::default();
    lines.head("[settings]");
    match origin {
        Origin::Json { pointer, url, secret } => rest(&mut lines, pointer, url.as_ref(), secret.as_deref(), guessed),
        Origin::Table(form) => drop(&mut lines, form),
        Origin::Database { table, .. } => view(&mut lines, table, guessed, sample),
        Origin::Xml(form) => legacy(&mut lines, form, guessed),
    }
    lines
}

/// Usual names of parameters.
const SIZE: [&str; 9] = ["size", "page_size", "pagesize", "limit", "rows", "count", "per_page", "perpage", "max"];
const PAGE: [&str; 6] = ["page", "page_no", "pageno", "page_num", "pagenum", "current"];
const AFTER: [&str; 12] = [
    "after",
    "since",
    "last_id",
    "lastid",
    "start_id",
    "cursor",
    "from_id",
    "since_id",
    "start_time",
    "starttime",
    "begin_time",
    "updated_since",
];

/// A parameter of an address that carries a secret, by its name.
fn secret_param(url: Option<&reqwest::Url>) -> Option<String> {
    let secret = |name: &str| {
        let name = name.to_lowercase();
        ["token", "key", "secret", "password", "passwd", "pwd", "sign"].iter().any(|w| name.contains(w))
    };
    url?.query_pairs().find(|(name, _)| secret(name)).map(|(name, _)| name.into_owned())
}

fn rest(lines: &mut Lines, pointer: &str, url: Option<&reqwest::Url>, secret: Option<&str>, guessed: &Guessed) {
    let pairs: Vec<(String, String)> = url.map(|u| u.query_pairs().into_owned().collect()).unwrap_or_default();
    let named =
        |list: &[&str]| pairs.iter().find(|(n, _)| list.contains(&n.to_lowercase().as_str())).map(|(n, _)| n.clone());
    let (size, page, after) = (named(&SIZE), named(&PAGE), named(&AFTER));
    let base = url.map_or_else(|| "http://TODO".to_owned(), |u| u.origin().ascii_serialization());
    lines.set("base_url", &quoted(&base), if url.is_none() { "接口的协议、主机与端口" } else { "" });
    lines.set("path", &quoted(url.map_or("/TODO", |u| u.path())), if url.is_none() { "接口的路径" } else { "" });
    let in_query = secret_param(url);
    let fixed: Vec<String> = pairs
        .iter()
        .filter(|(n, _)| ![&size, &page, &after, &in_query].iter().any(|used| used.as_ref() == Some(n)))
        .map(|(n, v)| format!("{} = {}", key(n), quoted(v)))
        .collect();
    if !fixed.is_empty() {
        lines.set("query", &format!("{{ {} }}", fixed.join(", ")), "每次都带的参数");
    }
    match (secret, &in_query) {
        (None, Some(name)) => lines.set(
            "auth",
            &format!("{{ kind = \"query\", secret = \"token\", name = {} }}", quoted(name)),
            "地址中带有密钥：值移到 secrets.toml，由主机放入这个参数",
        ),
        (Some(name), _) => lines.set(
            "auth",
            &format!("{{ kind = \"bearer\", secret = {} }}", quoted(name)),
            "Authorization: Bearer；值不交给插件",
        ),
        (None, None) => lines.set(
            "auth",
            "{ kind = \"none\" }",
            "需要令牌时：{ kind = \"bearer\", secret = \"token\" }，并在 [grants] 写 secrets = [\"token\"]",
        ),
    }
    lines.set("rows", &quoted(pointer), "行所在的位置（JSON 指针）");
    match &size {
        Some(name) => lines.set("page_size_param", &quoted(name), "每页行数的参数"),
        None => {
            lines.remark("page_size_param = \"size\"  每页行数的参数名，有则写上，并以 page_size 给出行数（默认 200）")
        }
    }
    let param = quoted(after.as_deref().unwrap_or(TODO));
    let once = once(guessed);
    match (&guessed.grows, &guessed.changed) {
        (Some(id), changed) if once || changed.is_none() => {
            lines.remark(&grows_words(id, once));
            lines.set(
                "cursor",
                &format!("{{ by = \"id\", param = {param}, column = {} }}", quoted(&id.column)),
                "param：请求中“从哪个编号之后”的参数名",
            );
        }
        (_, Some(changed)) => {
            lines.remark(&format!("游标：列“{}”是更新时间（把握：{}），按“某时之后有变化的”分页取；下次从见过的最新时间开始，重复的答为重复", changed.column, changed.confidence.zh()));
            let page = quoted(page.as_deref().unwrap_or(TODO));
            lines.set(
                "cursor",
                &format!(
                    "{{ by = \"time\", param = {param}, column = {}, page_param = {page} }}",
                    quoted(&changed.column)
                ),
                "param：起始时间的参数名；page_param：页码的参数名",
            );
        }
        _ => {
            lines.remark("游标：样例中没有逐行递增的编号，也没有更新时间。请对方给出其中之一，否则每次都要从头取");
            lines.set("cursor", &format!("{{ by = \"id\", param = {param}, column = \"{TODO}\" }}"), "只增不减的列");
        }
    }
}

/// A case is written again when it goes on, under its old number; an event or a step is written once.
fn once(guessed: &Guessed) -> bool {
    matches!(guessed.rows, Rows::Events(_) | Rows::Steps)
}

fn grows_words(id: &Taken, once: bool) -> String {
    let lost = if once {
        "改正过的行若不换新编号就不会再被看到"
    } else {
        "后来才受理、办结的办件若不换新编号就不会再被看到，请对方给出更新时间"
    };
    format!("游标：列“{}”逐行递增（把握：{}，{}）；{lost}", id.column, id.confidence.zh(), id.source)
}

fn drop(lines: &mut Lines, form: &table::Form) {
    lines.set("folder", "\"drop\"", "[grants.files] 中的名称");
    match form.encoding {
        Some(encoding) => {
            lines.set("endings", "[\".csv\"]", "只取这样结尾的文件；写完再改成这个名称");
            lines.set("encoding", &quoted(encoding), "样例的编码");
        }
        None => lines.set("endings", "[\".xlsx\"]", "只取这样结尾的文件；写完再改成这个名称"),
    }
    if let Some(sign) = form.delimiter {
        lines.set("delimiter", &quoted(&sign.to_string()), "样例的分隔符");
    }
    if let Some(sheet) = form.sheet.as_ref().filter(|_| form.named) {
        lines.set("sheet", &quoted(sheet), "第一个有表头的工作表");
    }
    lines.remark("游标：按文件名逐个读取，读完即移走，不需要设置");
}

fn view(lines: &mut Lines, table: &str, guessed: &Guessed, sample: &Sample) {
    lines.set("database", "\"business\"", "[grants.database] 中的名称");
    lines.set("from", &quoted(table), "表、视图，或括号中的查询");
    let whole = |t: &&Taken| sample.get(&t.column).is_some_and(|c| c.filled == sample.rows);
    let unique = |t: &&Taken| whole(t) && sample.get(&t.column).is_some_and(super::sample::Column::unique);
    let changed = guessed.changed.as_ref().filter(whole);
    let keys = [guessed.grows.as_ref(), guessed.fields.get("source_key"), guessed.fields.get("case_no")];
    let id = keys.into_iter().flatten().find(unique);
    let (columns, why) = match (changed, id) {
        (Some(changed), Some(id)) => (
            vec![changed.column.as_str(), id.column.as_str()],
            format!("先按更新时间“{}”，同一时间再按“{}”：改正过的行会再被看到", changed.column, id.column),
        ),
        (None, Some(id)) => (
            vec![id.column.as_str()],
            format!(
                "只有不重复的“{}”，没有每行都填的更新时间：改正过的行不会再被看到，请对方在视图中加更新时间",
                id.column
            ),
        ),
        (Some(changed), None) => (
            vec![changed.column.as_str(), TODO],
            format!("更新时间“{}”之外还要一个不重复的列，否则同一时间的行会漏", changed.column),
        ),
        (None, None) => (vec![TODO], "没有只增不减且每行都填的列：请对方在视图中加更新时间与编号".to_owned()),
    };
    lines.remark(&format!("游标：{why}；请对方为它们建索引"));
    let columns: Vec<String> = columns.into_iter().map(quoted).collect();
    lines.set("key", &format!("[{}]", columns.join(", ")), "合起来只增不减、从不为空的列");
}

fn legacy(lines: &mut Lines, form: &xml::Form, guessed: &Guessed) {
    lines.set("base_url", "\"http://TODO\"", "平台的协议、主机与端口");
    lines.set("path", "\"/TODO\"", "服务的路径，例：/SpService.aspx");
    lines.remark("form = { method = \"getBanjian\" }  其他表单字段，有则写上");
    lines.set("request_field", "\"xml\"", "装请求的表单字段名，请按对方文档改");
    lines.set("request", &quoted("TODO：请求的 XML，其中 {after} 是上次的游标，{size} 是行数"), "按对方文档写");
    lines.set("row", &quoted(&form.row), "一行的元素");
    if form.wrapped {
        lines.set("wrapped", "true", "回答是包在元素中的 XML 文本");
    }
    if let Some((element, good)) = &form.status {
        let value = format!("{{ element = {}, good = {} }}", quoted(element), quoted(good));
        lines.set("status", &value, "说明成败的元素与成功时的值，按样例");
    }
    if form.not_gb {
        lines.remark("注意：样例的字节是 UTF-8，而 legacy-xml 按 GB18030 读取；若对方确实回答 UTF-8，需要写插件");
    }
    match &guessed.grows {
        Some(id) => {
            lines.remark(&grows_words(id, once(guessed)));
            lines.set("cursor", &quoted(&id.column), "");
        }
        None => {
            lines.remark("游标：样例中没有逐行递增的元素；请对方在每行中给出");
            lines.set("cursor", &quoted(TODO), "值只增不减的元素");
        }
    }
    lines.remark("secret = { name = \"key\", header = \"X-Access-Key\" }  请求头中的密钥，有则写上，并在 [grants] 写 secrets = [\"key\"]");
}
