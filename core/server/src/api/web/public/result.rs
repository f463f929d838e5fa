//! What was published for everybody: results of cases, monthly numbers, bulletins, answers to complaints – with their files.

use super::super::form::rows;
use super::super::{House, asked, pager, said_or};
use super::guide::json_of;
use super::{around_of_today, kept};
use crate::api::answer::Refusal;
use crate::api::publication::{PublicationNotice, public_file, public_list, public_one};
use crate::problem::Problem;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Grid, Head, Link, Said, Sheet};
use daylight_console::shell::key;
use daylight_console::text::data;
use daylight_domain::publication::PublicationKind;
use std::collections::HashMap;

/// Rows of a table shown on the page; the files hold all of them.
const SHOWN: usize = 200;

pub(super) async fn list(
    State(app): House,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let s = around_of_today(&app, (&headers, &uri), "/public/results");
    let query = asked(query);
    let answer = public_list(State(app.clone()), Query(query.clone())).await?;
    let (notices, next) = rows::<PublicationNotice>(json_of(answer).await)?;
    let kinds =
        [PublicationKind::Finished, PublicationKind::Monthly, PublicationKind::Bulletin, PublicationKind::Answers];
    let choices = kinds.map(|k| (k.as_str().to_owned(), s.word(k.name_zh(), k.as_str()))).to_vec();
    let value = query.get("kind").cloned().unwrap_or_default();
    let filters = vec![Filter { name: "kind", label: key("public.kind_of"), value, choices }];
    let heads = [s.t("public.heading"), s.t("public.kind_of"), s.t("public.period"), s.t("public.published")];
    let mut grid = Grid::new("", &heads);
    let row = |one: &PublicationNotice| {
        vec![
            Said::link(format!("/public/results/{}", one.no), data(&one.title)),
            Said::text(s.word(&one.kind_zh, one.kind.as_str())),
            Said::text(format!("{} – {}", one.from, one.to)),
            Said::text(said_or(one.published_at)),
        ]
    };
    grid.rows = notices.iter().map(row).collect();
    let mut foot = pager("/public/results", "/api/v1/public/publications", &query, grid.rows.len(), next);
    foot.files.clear();
    let sheet = Sheet::new(&s, s.t("public.results"))
        .with(Body::Filters(filters))
        .with(Body::Grid(grid))
        .with(Body::Pager(foot));
    kept(&app, &headers, &sheet).await
}

/// A table of a bundle, as it was published.
fn table(bytes: &[u8]) -> Option<(Grid, usize)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let mut grid =
        Grid { heads: reader.headers().ok()?.iter().map(|head| Head::new(data(head))).collect(), ..Grid::default() };
    let mut all = 0;
    for record in reader.records() {
        let record = record.ok()?;
        all += 1;
        if grid.rows.len() < SHOWN {
            grid.rows.push(record.iter().map(Said::data).collect());
        }
    }
    Some((grid, all))
}

pub(super) async fn one(
    State(app): House,
    Path(no): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let s = around_of_today(&app, (&headers, &uri), "/public/results");
    let answer = public_one(State(app.clone()), Path(no.clone())).await?;
    let notice: PublicationNotice = serde_json::from_value(json_of(answer).await)
        .map_err(|e| Problem::new("internal", format!("回答的形状不对：{e}")))?;
    let facts = vec![
        (s.t("public.kind_of").into(), Said::text(s.word(&notice.kind_zh, notice.kind.as_str()))),
        (s.t("public.period").into(), Said::text(format!("{} – {}", notice.from, notice.to))),
        (s.t("public.published").into(), Said::text(said_or(notice.published_at))),
        (s.t("house.data_as_of").into(), Said::text(super::super::said(notice.data_time))),
        ("SHA-256".into(), Said::Code(notice.digest.clone())),
    ];
    let mut sheet = Sheet::new(&s, data(&notice.title)).with(Body::Facts(facts));
    sheet.up = vec![Link::new("/public/results", s.t("public.results"))];
    for file in notice.files.iter().filter(|f| f.name.ends_with(".csv")) {
        let path = Path((no.clone(), file.name.clone()));
        let answer = public_file(State(app.clone()), path, HeaderMap::new()).await?;
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 26).await.unwrap_or_default();
        if let Some((grid, all)) = table(&bytes) {
            let more = all > grid.rows.len();
            sheet = sheet.under(s.of("bundle_file.", file.name.trim_end_matches(".csv")), Body::Grid(grid));
            if more {
                sheet = sheet.with(Body::Text(vec![s.t("public.more_in_file").into()]));
            }
        }
    }
    let names = notice.files.iter().map(|f| f.name.as_str()).chain(["manifest.json"]);
    let file = |name: &str| Link::new(format!("/api/v1/public/publications/{no}/files/{name}"), name);
    let sheet = sheet.under(s.t("public.files"), Body::Links(names.map(file).collect()));
    kept(&app, &headers, &sheet).await
}
