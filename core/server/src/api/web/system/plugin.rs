//! 插件: what is installed, who signed it, what it asks for and who uses it. Installing, going back and removing stay with the
//! command line.

use super::{Looks, foot, shown};
use crate::api::answer::Refusal;
use crate::api::read as looking;
use crate::api::web::form::{house, rows};
use crate::api::web::{House, said, several};
use crate::app::App;
use crate::plugins::{BUNDLED, removed};
use axum::extract::State;
use axum::response::Response;
use daylight_console::sheet::{Body, Grid, Link, Said, Sheet, Tone};
use daylight_console::shell::Shell;
use daylight_console::text::{Text, data};
use daylight_domain::role::Right;
use daylight_host::Manifest;
use daylight_store::PluginRow;

/// The departments whose connector it is, or nothing where it is a standard.
fn users(app: &App, looks: &Looks, plugin: &PluginRow) -> Said {
    let own = |id: &String| looks.caller.department.as_ref().is_none_or(|own| own == id);
    let of = app.config.departments.values().filter(|d| own(&d.id) && d.connector.as_ref() == Some(&plugin.name));
    Said::Links(of.map(|d| Link::new(format!("/connectors/{}", super::part(&d.id)), data(&d.name))).collect())
}

/// What a plugin asks for, in words.
fn asks(s: &Shell, manifest: &Manifest) -> Text {
    let asks = &manifest.asks;
    let some = |label: &str, all: &[String]| {
        (!all.is_empty()).then(|| Text::from(s.t(label)).and(s.colon()).and(several(s, all.iter().map(data))))
    };
    let all = [
        some("connect.http", &asks.http),
        some("connect.secret", &asks.secrets),
        some("connect.database", &asks.database),
        some("connect.files", &asks.files),
    ];
    Text::join(all.into_iter().flatten(), s.semicolon())
}

/// The level of the acceptance report that came with it.
fn grade(s: &Shell, word: Option<&str>) -> Said {
    let tone = match word {
        Some("gold" | "platinum") => Tone::Good,
        Some("none") => Tone::Bad,
        _ => Tone::Plain,
    };
    Said::tag(tone, s.of("grade.", word.unwrap_or("unknown")))
}

/// The commands that change what is installed, as they are typed on the server.
fn commands(app: &App, plugins: &[PluginRow]) -> String {
    let folder = app.config.folder.display();
    let mut lines = vec![
        format!("daylight plugin list --config {folder}"),
        format!("daylight plugin install FILE.wasm --config {folder}"),
    ];
    for p in plugins.iter().filter(|p| p.active_since.is_some()) {
        if plugins.iter().any(|other| other.name == p.name && other.digest != p.digest) {
            lines.push(format!("daylight plugin rollback {} --config {folder}", p.name));
        }
        if p.signer != BUNDLED && app.config.naming(&p.name).is_empty() {
            lines.push(format!("daylight plugin remove {} --config {folder}", p.name));
        }
    }
    lines.join("\n") + "\n"
}

pub(super) async fn list(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    let s = looks.shell(&app, "/plugins").await?;
    let (all, _) = rows::<PluginRow>(looking::plugins(house(&app)).await?.0)?;
    let heads = [
        s.t("plugin.name"),
        s.t("plugin.version"),
        s.t("plugin.kind"),
        s.t("list.state"),
        s.t("plugin.grade"),
        s.t("plugin.signer"),
        s.t("plugin.contract"),
        s.t("plugin.asks"),
        s.t("plugin.users"),
        s.t("plugin.installed"),
        s.t("connect.digest"),
    ];
    let mut grid = Grid::new("", &heads);
    grid.rows = all
        .iter()
        .map(|p| {
            let manifest: Option<Manifest> = serde_json::from_str(&p.manifest).ok();
            let state = match p.active_since {
                Some(since) => Said::tag(Tone::Good, format!("{} {}", s.t("plugin.active"), said(since))),
                None if removed(&all, &p.name) => Said::tag(Tone::Plain, s.t("plugin.removed")),
                None => Said::tag(Tone::Plain, s.t("plugin.spare")),
            };
            vec![
                Said::data(p.name.clone()),
                Said::data(p.version.clone()),
                Said::text(s.of("plugin_kind.", &p.kind).to_owned()),
                state,
                grade(&s, p.grade.as_deref()),
                Said::text(s.of("signer.", &p.signer)),
                Said::text(manifest.as_ref().map(|m| m.contract.clone()).unwrap_or_default()),
                Said::text(manifest.as_ref().map(|m| asks(&s, m)).unwrap_or_default()),
                users(&app, &looks, p),
                Said::text(said(p.installed_at)),
                Said::Code(p.digest.clone()),
            ]
        })
        .collect();
    let end = foot("/plugins", "/api/v1/plugins", &looks.query(), grid.rows.len());
    let commands = if looks.caller.may(Right::Operate) { commands(&app, &all) } else { String::new() };
    let (main, standards) = (&app.config.main.limits, &app.config.main.standard_limits);
    let limits = |value: serde_json::Result<String>| Body::Code(value.unwrap_or_default());
    let sheet = Sheet::new(&s, s.t("plugin.title"))
        .with(Body::Grid(grid))
        .with(end)
        .under(s.t("plugin.commands"), Body::Code(commands))
        .under(s.t("plugin.limits"), limits(serde_json::to_string_pretty(main)))
        .under(s.t("plugin.standard_limits"), limits(serde_json::to_string_pretty(standards)));
    shown(&app, &looks, sheet, None).await
}
