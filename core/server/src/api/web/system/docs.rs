//! The manuals, inside the program: they work without a network and without signing in.

use crate::api::answer::{Refusal, refuse};
use crate::api::web::{House, answer, anybody};
use crate::known::delivered;
use crate::problem::registry;
use crate::stats::vocabulary;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use daylight_console::list::Filter;
use daylight_console::manual::find::{Index, Place, markup};
use daylight_console::manual::{Manual, render};
use daylight_console::sheet::{Body, Drawing, Grid, Link, Said, Sheet};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use daylight_console::words::{Lang, say};
use daylight_domain::check::RejectCode;
use daylight_domain::rule::Rule;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A manual of a folder: its address, where it lies in the repository, its text, its language.
struct Book(&'static str, &'static str, &'static str, Lang);

macro_rules! books {
    ($($name:literal $file:literal $lang:ident;)*) => {
        const BOOKS: &[Book] =
            &[$(Book($name, $file, include_str!(concat!("../../../../../../", $file)), Lang::$lang),)*];
    };
}

books! {
    "daylight" "README.md" En;
    "config" "config/README.md" En;
    "config/rules" "config/rules/README.md" En;
    "deploy" "deploy/README.md" En;
    "plugins" "plugins/README.md" Zh;
    "plugins/en" "plugins/README.en.md" En;
    "plugins/standards" "plugins/standards/README.md" En;
    "plugins/fields" "plugins/reference/fields.zh.md" Zh;
    "plugins/fields-en" "plugins/reference/fields.en.md" En;
    "plugins/errors" "plugins/reference/errors.zh.md" Zh;
    "plugins/errors-en" "plugins/reference/errors.en.md" En;
    "wit" "wit/README.md" En;
    "wit/zh" "wit/README.zh.md" Zh;
    "wit/versioning" "wit/VERSIONING.md" En;
    "core" "core/README.md" En;
    "tests" "tests/README.md" En;
    "rules/scenarios" "tests/fixtures/rules/README.md" En;
    "changelog" "CHANGELOG.md" En;
}

/// Drawings beside the manuals: where each lies in the repository, and its address.
const DRAWINGS: &[(&str, &str)] = &[
    ("plugins/reference/life.zh.svg", "/docs/life.svg?lang=zh"),
    ("plugins/reference/life.en.svg", "/docs/life.svg?lang=en"),
];

/// A path from the folder of a file, with `..` gone up.
fn from(file: &str, target: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Where a link in a manual leads: to another manual.
fn leads(file: &str, target: &str) -> Option<String> {
    let (path, part) =
        target.split_once('#').map_or((target, String::new()), |(path, part)| (path, format!("#{part}")));
    let path = from(file, path);
    if let Some((_, address)) = DRAWINGS.iter().find(|d| d.0 == path) {
        return Some((*address).to_owned());
    }
    let book = BOOKS.iter().find(|b| b.1 == path || b.1.strip_suffix("/README.md") == Some(&path))?;
    Some(format!("/docs/{}{part}", book.0))
}

impl Book {
    fn read(&self) -> Manual {
        render(self.3, self.2, |target| leads(self.1, target))
    }
}

/// How many places are listed.
const LISTED: usize = 50;
/// How many characters are looked for.
const ASKED: usize = 100;

/// Every section of every manual in its own language, every code, measure and rule in this one; made when it is first asked.
fn index(lang: Lang) -> Index {
    let mut all = Vec::new();
    for book in BOOKS {
        let manual = book.read();
        all.extend(manual.sections.into_iter().map(|section| Place {
            href: match section.id.as_str() {
                "" => format!("/docs/{}", book.0),
                id => format!("/docs/{}#{id}", book.0),
            },
            lang: book.3,
            heading: section.heading,
            book: manual.title.clone(),
            text: section.text,
        }));
    }
    let either = |zh: &[&str], en: &[&str]| if lang == Lang::En { en.join(" ") } else { zh.join(" ") };
    let place = |href: &str, heading: &str, book: &'static str, text: String| {
        let (href, heading, book) = (href.to_owned(), heading.to_owned(), say(lang, book).to_owned());
        Place { href, lang, heading, book, text }
    };
    let code = |code: &str, text| place(&format!("/docs/errors/{code}"), code, key("house.docs"), text);
    all.extend(registry::all().map(|(word, e)| code(word, either(&[e.zh, e.fix_zh], &[e.en, e.fix_en]))));
    all.extend(RejectCode::ALL.iter().map(|c| {
        let (zh, en) = ([c.name_zh(), c.fix_zh()], [c.name_en(), c.fix_en()]);
        code(c.as_str(), either(&zh, &en))
    }));
    all.extend(vocabulary().iter().map(|m| {
        let zh = [m.name, m.unit, m.what, m.of, m.without];
        let en = [m.name_en, m.unit_en, m.what_en, m.of_en, m.without_en];
        place("/docs/measures", m.code, key("manual.measures"), either(&zh, &en))
    }));
    all.extend(delivered().iter().map(|rule| {
        let (zh, en) = ([&*rule.name_zh, &*rule.trigger_zh], [&*rule.name_en, &*rule.trigger_en]);
        let text = format!("{} {}", either(&zh, &en), rule.basis.join("；"));
        place("/docs/rules", &rule.id, key("manual.rules"), text)
    }));
    Index::new(all)
}

static CHINESE: LazyLock<Index> = LazyLock::new(|| index(Lang::Zh));
static ENGLISH: LazyLock<Index> = LazyLock::new(|| index(Lang::En));

/// The page of what words find.
fn found(s: &Shell, words: &str) -> Sheet {
    let index = if s.lang == Lang::En { &*ENGLISH } else { &*CHINESE };
    let (found, all) = index.find(words, LISTED);
    let said = match (all, found.len()) {
        (0, _) => s.t("manual.found_none").to_owned(),
        (all, listed) if all > listed => {
            s.t("manual.found_more").replace("{n}", &all.to_string()).replace("{m}", &listed.to_string())
        }
        (all, _) => s.t("manual.found").replace("{n}", &all.to_string()),
    };
    let list = if found.is_empty() { String::new() } else { markup(s.lang, &found) };
    let mut sheet = Sheet::new(s, data(words));
    sheet.up = vec![Link::new("/docs", s.t("house.manuals"))];
    sheet.with(search(words)).with(Body::Text(vec![said.into()])).with(Body::Article(s.lang, list))
}

fn search(words: &str) -> Body {
    let label = key("manual.search");
    Body::Filters(vec![Filter { name: "q", label, value: words.to_owned(), choices: Vec::new() }])
}

pub(super) async fn contents(
    State(app): House,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = anybody(&app, (&headers, &uri)).await?;
    let words: String = query.get("q").map_or("", |q| q.trim()).chars().take(ASKED).collect();
    if !words.is_empty() {
        return answer(&s, &found(&s, &words));
    }
    let books = BOOKS.iter().map(|b| Link::new(format!("/docs/{}", b.0), data(b.read().title))).collect();
    let tables = vec![
        Link::new("/docs/errors", s.t("house.docs")),
        Link::new("/docs/measures", s.t("manual.measures")),
        Link::new("/docs/rules", s.t("manual.rules")),
        Link::new("/api/v1/openapi.json", s.t("house.api")),
    ];
    let sheet = Sheet::new(&s, s.t("house.manuals"))
        .with(search(""))
        .under(s.t("manual.books"), Body::Links(books))
        .under(s.t("manual.tables"), Body::Links(tables));
    answer(&s, &sheet)
}

pub(super) async fn manual(
    State(app): House,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = anybody(&app, (&headers, &uri)).await?;
    let message = format!("没有手册“{name}”");
    let unknown = || refuse(StatusCode::NOT_FOUND, "http.unknown", &message, "手册的目录：/docs");
    let book = BOOKS.iter().find(|b| b.0 == name).ok_or_else(unknown)?;
    let manual = book.read();
    let mut sheet = Sheet::new(&s, data(manual.title));
    sheet.up = vec![Link::new("/docs", s.t("house.manuals"))];
    let parts = manual.contents.into_iter().map(|h| Link::new(format!("#{}", h.id), data(h.text))).collect();
    sheet = sheet.with(Body::Links(parts)).with(Body::Article(book.3, manual.html));
    // A drawing that the manual links to stands below it.
    for (_, src) in DRAWINGS.iter().filter(|d| d.0.rsplit('/').next().is_some_and(|file| book.2.contains(file))) {
        let alt = s.t("manual.life").into();
        sheet = sheet.with(Body::Drawing(Drawing { src: (*src).to_owned(), alt }));
    }
    answer(&s, &sheet)
}

/// The life of a case as a drawing.
pub(super) async fn life(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let s = anybody(&app, (&headers, &uri)).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml; charset=utf-8")], crate::reference::life(s.lang)).into_response())
}

/// Every code.
pub(super) async fn errors(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let s = anybody(&app, (&headers, &uri)).await?;
    let row =
        |code: &str, text: &str| vec![Said::link(format!("/docs/errors/{code}"), code), Said::text(text.to_owned())];
    let mut grid = Grid::new("", &[s.t("manual.code"), s.t("manual.meaning")]);
    let records = RejectCode::ALL.iter().map(|c| row(c.as_str(), s.either(c.name_zh(), c.name_en())));
    grid.rows = registry::all().map(|(code, e)| row(code, s.either(e.zh, e.en))).chain(records).collect();
    let mut sheet = Sheet::new(&s, s.t("house.docs"));
    sheet.up = vec![Link::new("/docs", s.t("house.manuals"))];
    answer(&s, &sheet.with(Body::Grid(grid)))
}

/// One code: what happened, and what to do, in both languages.
pub(super) async fn error(
    State(app): House,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = anybody(&app, (&headers, &uri)).await?;
    let mut sheet = Sheet::new(&s, code.clone());
    sheet.up = vec![Link::new("/docs", s.t("house.manuals")), Link::new("/docs/errors", s.t("house.docs"))];
    // The words of the other language stand below, for who sends the address to somebody else.
    let both = |zh: &str, en: &str| match s.lang {
        Lang::Zh => Body::Text(vec![zh.into(), en.into()]),
        Lang::En => Body::Text(vec![en.into(), data(zh)]),
    };
    if let Some(reject) = RejectCode::ALL.iter().find(|c| c.as_str() == code) {
        let sheet = sheet
            .with(both(reject.name_zh(), reject.name_en()))
            .under(s.t("manual.fix"), both(reject.fix_zh(), reject.fix_en()));
        return answer(&s, &sheet);
    }
    if let Some(entry) = registry::entry(&code) {
        let sheet = sheet.with(both(entry.zh, entry.en)).under(s.t("manual.fix"), both(entry.fix_zh, entry.fix_en));
        return answer(&s, &sheet);
    }
    let mut made = answer(&s, &sheet.with(Body::Text(vec![s.t("manual.unknown").into()])))?;
    *made.status_mut() = StatusCode::NOT_FOUND;
    Ok(made)
}

/// What is counted, by which statistics and standards speak.
pub(super) async fn measures(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let s = anybody(&app, (&headers, &uri)).await?;
    let heads = [
        s.t("manual.code"),
        s.t("manual.name"),
        s.t("manual.unit"),
        s.t("manual.value"),
        s.t("manual.of"),
        s.t("manual.without"),
    ];
    let mut grid = Grid::new("", &heads);
    let row = |m: crate::stats::MeasureView| {
        let mut row = vec![Said::Code(m.code.to_owned())];
        let (zh, en) =
            ([m.name, m.unit, m.what, m.of, m.without], [m.name_en, m.unit_en, m.what_en, m.of_en, m.without_en]);
        row.extend(s.either(&zh, &en).map(Said::text));
        row
    };
    grid.rows = vocabulary().into_iter().map(row).collect();
    let mut sheet = Sheet::new(&s, s.t("manual.measures"));
    sheet.up = vec![Link::new("/docs", s.t("house.manuals"))];
    answer(&s, &sheet.with(Body::Grid(grid)))
}

/// The rules as they are delivered.
pub(super) async fn rules(State(app): House, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let s = anybody(&app, (&headers, &uri)).await?;
    let heads = [s.t("case.rule"), s.t("manual.name"), s.t("rule.trigger"), s.t("list.level"), s.t("rule.basis")];
    let mut grid = Grid::new("", &heads);
    let row = |r: Rule| {
        let levels: Vec<&str> = r.levels.iter().map(|l| s.of("level.", l.as_str())).collect();
        vec![
            Said::Code(r.id.clone()),
            Said::text(s.either(&r.name_zh, &r.name_en)),
            Said::text(super::rules::trigger(&s, &r)),
            Said::text(levels.join(" → ")),
            Said::data(r.basis.join("；")),
        ]
    };
    grid.rows = delivered().into_iter().map(row).collect();
    let mut sheet = Sheet::new(&s, s.t(key("manual.rules")));
    sheet.up = vec![Link::new("/docs", s.t("house.manuals"))];
    answer(&s, &sheet.with(Body::Grid(grid)))
}
