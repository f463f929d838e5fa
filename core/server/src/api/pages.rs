//! The plain pages: the county at a glance, and what each error code means.

use super::answer::{Refusal, english};
use super::read::department_views;
use crate::app::App;
use crate::problem::registry;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use daylight_console::text::escape;
use daylight_domain::check::RejectCode;
use std::fmt::Write as _;
use std::sync::Arc;

const STYLE: &str = include_str!("style.css");

pub(super) fn page(title: &str, lang: &str, body: &str) -> Html<String> {
    let title = escape(title);
    Html(format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/style.css\"></head>\
         <body>{body}</body></html>\n"
    ))
}

pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

pub(super) async fn paper_style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], daylight_console::paper::STYLE).into_response()
}

fn health_zh(word: &str) -> &str {
    match word {
        "pulling" => "拉取中",
        "ok" => "正常",
        "retrying" => "重试中",
        "interrupted" => "上次中断",
        _ => "未拉取",
    }
}

/// The county at a glance. Public on purpose: numbers only, no case and no person.
pub(super) async fn status(State(app): State<Arc<App>>) -> Result<Html<String>, Refusal> {
    let mut rows = String::new();
    for d in department_views(&app).await? {
        let when = d.last_pull.map_or_else(|| "—".to_owned(), |t| t.local().format("%m-%d %H:%M").to_string());
        let [prewarning, yellow, red] = d.cards;
        let _ = write!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"h-{}\">{}</td><td>{when}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n l1\">▲ {prewarning}</td>\
             <td class=\"n l2\">■ {yellow}</td><td class=\"n l3\">● {red}</td></tr>",
            escape(&d.name),
            d.phase.name_zh(),
            escape(d.connector.as_deref().unwrap_or("推送/导入")),
            d.health,
            health_zh(d.health),
            d.cases,
            d.open,
            d.rejects,
        );
    }
    let body = format!(
        "<header><h1>{} 阳光监察</h1><p>数据时间 {}</p></header><main><div class=\"wide\" tabindex=\"0\"><table><caption>部门接入状态</caption><thead><tr>\
         <th scope=\"col\">部门</th><th scope=\"col\">阶段</th><th scope=\"col\">连接器</th><th scope=\"col\">状态</th>\
         <th scope=\"col\">最近拉取</th><th scope=\"col\">办件</th><th scope=\"col\">在办</th><th scope=\"col\">退回记录</th>\
         <th scope=\"col\">▲ 预警</th><th scope=\"col\">■ 黄牌</th><th scope=\"col\">● 红牌</th></tr></thead>\
         <tbody>{rows}</tbody></table></div></main><footer><a href=\"/api/v1/openapi.json\">接口说明</a> · \
         <a href=\"/docs/errors\">错误代码</a> · <a href=\"/sign-in\">登录</a></footer>",
        escape(&app.config.main.county.name),
        app.clock.now().local().format("%Y-%m-%d %H:%M:%S"),
    );
    Ok(page(&format!("{} 阳光监察", app.config.main.county.name), "zh-CN", &body))
}

/// Every code.
pub(super) async fn errors(headers: HeaderMap) -> Html<String> {
    let english = english(&headers);
    let mut rows = String::new();
    for (code, entry) in registry::all() {
        let text = if english { entry.en } else { entry.zh };
        let _ = write!(
            rows,
            "<tr><th scope=\"row\"><a href=\"/docs/errors/{code}\"><code>{code}</code></a></th><td>{}</td></tr>",
            escape(text)
        );
    }
    let (title, lang) = if english { ("Error codes", "en") } else { ("错误代码", "zh-CN") };
    page(title, lang, &format!("<main><h1>{title}</h1><table class=\"codes\"><tbody>{rows}</tbody></table></main>"))
}

/// One code: what happened, and what to do.
pub(super) async fn error(Path(code): Path<String>) -> Response {
    if let Some(reject) = RejectCode::ALL.iter().find(|c| c.as_str() == code) {
        let body = format!(
            "<main><h1><code>{code}</code> {}</h1><h2>办法</h2><p>{}</p><hr><p lang=\"en\">{}</p></main>",
            escape(reject.name_zh()),
            escape(reject.fix_zh()),
            escape(reject.name_en())
        );
        return page(&code, "zh-CN", &body).into_response();
    }
    let Some(entry) = registry::entry(&code) else {
        let body = format!(
            "<main><h1><code>{}</code></h1><p>没有登记这个代码；它可能来自供应商的插件，含义见插件的说明。</p>\
             <p lang=\"en\">This code is not registered; it may come from a vendor's plugin.</p></main>",
            escape(&code)
        );
        return (StatusCode::NOT_FOUND, page(&code, "zh-CN", &body)).into_response();
    };
    let body = format!(
        "<main><h1><code>{}</code></h1><p>{}</p><h2>办法</h2><p>{}</p><hr><div lang=\"en\"><p>{}</p><h2>What to do</h2>\
         <p>{}</p></div><footer><a href=\"/docs/errors\">错误代码</a></footer></main>",
        escape(&code),
        escape(entry.zh),
        escape(entry.fix_zh),
        escape(entry.en),
        escape(entry.fix_en)
    );
    page(&code, "zh-CN", &body).into_response()
}
