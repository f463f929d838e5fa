//! A complete small connector: reads `/cases?after=ID` of a made-up system, which answers
//! `[{"id": 1, "no": "A1", "item": "…", "applied": "2026-03-02 09:00:00"}]`. Copy this folder, and change what is different.

use daylight_connector::http::{self, Credential, Placement, Secret};
use daylight_connector::{
    Cell, Connector, Failure, Page, Pull, Record, Report, Session, failure, later, page, plugin, settings,
};

struct Template;

/// The settings that `plugin.toml` describes; the core has validated them.
fn setting(name: &str) -> String {
    let all: serde_json::Value = serde_json::from_str(&settings::get()).unwrap_or_default();
    all[name].as_str().unwrap_or_default().to_owned()
}

fn ask(after: &str) -> Result<Vec<serde_json::Value>, Failure> {
    let token = Secret::open(&setting("secret"))?;
    let answer = http::send(&http::Request {
        method: "GET".to_owned(),
        url: format!("{}/cases?after={after}", setting("base_url")),
        headers: Vec::new(),
        body: None,
        credentials: vec![Credential { secret: &token, placement: Placement::Bearer, signed_text: None }],
    })?;
    if answer.status != 200 {
        return Err(later("source.unavailable", format!("HTTP {}", answer.status)));
    }
    serde_json::from_slice(&answer.body).map_err(|e| later("source.garbled", e.to_string()))
}

impl Connector for Template {
    fn check() -> Report {
        match ask("0") {
            Ok(rows) => Report { notes: vec![format!("来源已应答，{} 行", rows.len())], problems: Vec::new() },
            Err(problem) => Report { notes: Vec::new(), problems: vec![problem] },
        }
    }

    fn open(request: Pull) -> Result<Box<dyn Session>, Failure> {
        let after = String::from_utf8(request.since.unwrap_or_else(|| b"0".to_vec()))
            .map_err(|_| failure("cursor.unreadable", "游标不是本连接器写的"))?;
        Ok(Box::new(Cases { after }))
    }
}

struct Cases {
    after: String,
}

impl Session for Cases {
    fn next(&mut self, _max_rows: u32) -> Result<Page, Failure> {
        let rows = ask(&self.after)?;
        let mut records = Vec::new();
        for row in &rows {
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            records.push(
                Record::apply(text("no"), text("applied"))
                    .text("item_code", text("item"))
                    .set("data_version", Cell::Integer(1)),
            );
        }
        if let Some(last) = rows.last() {
            self.after = last["id"].to_string();
        }
        Ok(page(records, Some(self.after.clone().into_bytes()), rows.is_empty()))
    }
}

plugin!(Template, "../plugin.toml");
