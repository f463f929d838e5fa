//! What an administrator will see of a plugin, read from its file without running it.

use crate::problem::Problem;
use daylight_host::{Anatomy, Asks, Manifest, TrustStore, anatomy, verify};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Bytes of a component from which on compiling takes noticeably long.
const LARGE: usize = 8 << 20;

/// One setting, as its schema describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Setting {
    /// Its name; parts of one that is a table after a dot.
    pub name: String,
    /// `string`, `integer` and so on; several with a stroke between them.
    pub kind: String,
    /// It must be there.
    pub required: bool,
    /// What it is when nobody says anything, JSON.
    pub default: Option<Value>,
    /// What it is for.
    pub description: String,
}

/// Who signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Signature {
    /// 没有签名
    None,
    /// 由已知的密钥签名
    Known {
        /// The key's name.
        signer: String,
    },
    /// 签名不是已知的密钥所作，或文件在签名后被改动
    Unknown,
}

/// A plugin, looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Inspection {
    /// What it says of itself.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Bytes.
    pub size: usize,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// What it imports and exports.
    #[serde(flatten)]
    pub anatomy: Anatomy,
    /// What it asks for, in words.
    pub wishes: Vec<String>,
    /// TOML of a department that allows it.
    pub grants: String,
    /// Its settings.
    pub settings_table: Vec<Setting>,
    /// Who signed it.
    pub signature: Signature,
    /// What deserves a look.
    pub warnings: Vec<String>,
}

/// Looks at a component. Nothing of it runs.
///
/// # Errors
/// As at installation, except the signature.
pub fn inspect(bytes: &[u8], signature: Option<&str>, trust: &TrustStore) -> Result<Inspection, Problem> {
    let manifest = Manifest::of(bytes)?;
    let anatomy = anatomy(bytes)?;
    let signature = match signature {
        None => Signature::None,
        Some(text) => match verify(bytes.to_vec(), text, trust) {
            Ok(admitted) => Signature::Known { signer: admitted.signer },
            Err(e) if e.code == "plugin.signature" => Signature::Unknown,
            Err(e) => return Err(e.into()),
        },
    };
    Ok(Inspection {
        size: bytes.len(),
        digest: hex::encode(Sha256::digest(bytes)),
        wishes: wishes(&manifest, &anatomy),
        grants: grants(&manifest.asks),
        settings_table: settings(&manifest.settings.schema),
        warnings: warnings(&manifest, &anatomy, bytes.len(), &signature),
        signature,
        manifest,
        anatomy,
    })
}

fn wishes(manifest: &Manifest, anatomy: &Anatomy) -> Vec<String> {
    let asks = &manifest.asks;
    let each = |all: &[String], any: &str, one: &dyn Fn(&str) -> String| -> Vec<String> {
        all.iter().map(|a| if a == "*" { any.to_owned() } else { one(a) }).collect()
    };
    let mut words = each(&asks.http, "访问县里授权的任何地址（HTTP）", &|a| format!("访问 {a}（HTTP）"));
    words.extend(each(&asks.secrets, "使用县里授权的任何密钥（只能使用，读不到内容）", &|a| {
        format!("使用密钥“{a}”（只能使用，读不到内容）")
    }));
    words.extend(each(&asks.database, "只读查询县里授权的任何数据库", &|a| {
        format!("只读查询数据库“{a}”")
    }));
    words.extend(each(&asks.files, "读取县里授权的任何文件夹，读完移走文件", &|a| {
        format!("读取文件夹“{a}”，读完移走文件")
    }));
    if anatomy.uses("log") {
        words.push("写运行日志".to_owned());
    }
    if words.is_empty() {
        words.push("什么也不需要：没有网络、文件、数据库".to_owned());
    }
    words
}

/// The part of a department's TOML that allows what is asked for.
#[must_use]
pub fn grants(asks: &Asks) -> String {
    let name = |asked: &str, usual: &str| if asked == "*" { usual.to_owned() } else { asked.to_owned() };
    let quoted = |text: String| Value::String(text).to_string();
    let mut text = String::new();
    if !asks.http.is_empty() || !asks.secrets.is_empty() {
        text.push_str("[grants]\n");
    }
    if !asks.http.is_empty() {
        let all: Vec<String> = asks
            .http
            .iter()
            .map(|a| format!("{{ origin = {}, private = true }}", quoted(name(a, "http://来源地址:端口"))))
            .collect();
        let _ = writeln!(text, "http = [{}]", all.join(", "));
    }
    if !asks.secrets.is_empty() {
        let all: Vec<String> = asks.secrets.iter().map(|a| quoted(name(a, "token"))).collect();
        let _ = writeln!(text, "secrets = [{}]", all.join(", "));
    }
    for one in &asks.database {
        let _ =
            write!(text, "\n[grants.database.{}]\nurl = \"mysql://只读账号:{{secret}}@主机/库\"\n", name(one, "main"));
        text.push_str("secret = \"database\"\n");
    }
    for one in &asks.files {
        let _ = write!(text, "\n[grants.files.{}]\npath = \"drop\"\n", name(one, "drop"));
    }
    text.trim_start().to_owned()
}

fn kind_of(schema: &Value) -> String {
    match schema.get("type") {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
        _ if schema.get("enum").is_some() => "enum".to_owned(),
        _ if schema.get("const").is_some() => "const".to_owned(),
        _ if schema.get("oneOf").or_else(|| schema.get("anyOf")).is_some() => "object".to_owned(),
        _ => "any".to_owned(),
    }
}

fn properties(schema: &Value, before: &str, deep: bool, all: &mut Vec<Setting>) {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, one) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let whole = format!("{before}{name}");
        all.push(Setting {
            kind: kind_of(one),
            required: required.contains(&name.as_str()),
            default: one.get("default").cloned(),
            description: one.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
            name: whole.clone(),
        });
        if deep {
            properties(one, &format!("{whole}."), false, all);
        }
    }
}

/// The settings of a schema as a table, those of tables below them.
#[must_use]
pub fn settings(schema: &str) -> Vec<Setting> {
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let mut all = Vec::new();
    properties(&schema, "", true, &mut all);
    all
}

fn warnings(manifest: &Manifest, anatomy: &Anatomy, size: usize, signature: &Signature) -> Vec<String> {
    let mut all = Vec::new();
    let idle = anatomy.idle(&manifest.asks);
    if !idle.is_empty() {
        all.push(format!("申请了却用不到：{}", idle.join("、")));
    }
    if manifest.asks.http.iter().any(|a| a == "*") {
        all.push("申请任何地址：能访问哪里只由部门配置的 [grants] 决定".to_owned());
    }
    if manifest.settings.schema.trim().is_empty() {
        all.push("没有设置的 Schema：写错的设置到运行时才会发现".to_owned());
    }
    let silent: Vec<String> = settings(&manifest.settings.schema)
        .into_iter()
        .filter(|s| s.description.is_empty() && !s.name.contains('.'))
        .map(|s| s.name)
        .collect();
    if !silent.is_empty() {
        all.push(format!("没有说明的设置：{}", silent.join("、")));
    }
    if manifest.summary_zh.trim().is_empty() {
        all.push("没有中文简介".to_owned());
    }
    if size > LARGE {
        all.push(format!("组件 {} MiB：安装时编译要几秒", size >> 20));
    }
    match signature {
        Signature::None => all.push("没有签名：安装前由供应商签名（daylight plugin pack）".to_owned()),
        Signature::Unknown => all.push("签名不是已知的密钥所作，或文件在签名后被改动".to_owned()),
        Signature::Known { .. } => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grants_of_any_asking_are_toml_a_department_can_have() {
        let all = || vec!["*".to_owned(), "own".to_owned()];
        let asks = Asks { http: vec!["*".to_owned()], secrets: all(), database: all(), files: all() };
        let text = grants(&asks);
        let table: toml::Table = toml::from_str(&text).expect(&text);
        let granted: daylight_host::Grants =
            table.get("grants").cloned().expect("grants").try_into().expect("as a department has them");
        assert_eq!(granted.secrets, ["token", "own"]);
        assert_eq!(granted.database.keys().collect::<Vec<_>>(), ["main", "own"]);
        assert_eq!(granted.files.keys().collect::<Vec<_>>(), ["drop", "own"]);
        assert_eq!(grants(&Asks::default()), "");
    }

    #[test]
    fn a_schema_becomes_a_table() {
        let schema = r#"{"type":"object","required":["url"],"properties":{
            "url":{"type":"string","description":"地址"},
            "size":{"type":["integer","null"],"default":200},
            "auth":{"type":"object","required":["kind"],"properties":{"kind":{"enum":["none"]}}}}}"#;
        let rows = settings(schema);
        let said: Vec<String> = rows.iter().map(|s| format!("{} {} {}", s.name, s.kind, s.required)).collect();
        assert_eq!(said, ["auth object false", "auth.kind enum true", "size integer|null false", "url string true"]);
        assert_eq!(rows.last().map(|s| s.description.as_str()), Some("地址"));
        assert_eq!(rows.get(2).and_then(|s| s.default.clone()), Some(200.into()));
        assert!(settings("").is_empty());
    }
}
