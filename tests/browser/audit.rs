//! What every page must hold, each looked for with all others, so that one report names everything.

use crate::chromium::Event;
use crate::tab::Tab;
use daylight_tests::servers::skipped;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Pages are read by those who enlarge them, down to this width.
const NARROW: (u32, u32) = (390, 844);
const WIDE: (u32, u32) = (1280, 800);

/// What the tab's own words since `from` say against the page at `path`: violations of the policy, errors of scripts, addresses
/// that are not ours, answers that are none.
pub fn network(tab: &Tab, base: &str, from: usize, status: u16) -> Vec<String> {
    let mut found = Vec::new();
    let events = tab.browser.since(&tab.session, from);
    for Event { method, params, .. } in &events {
        match method.as_str() {
            "Runtime.exceptionThrown" => {
                found.push(format!("script: {}", params["exceptionDetails"]["exception"]["description"]))
            }
            "Runtime.consoleAPICalled" if params["type"] == json!("error") => {
                found.push(format!("console: {}", params["args"][0]["value"]));
            }
            "Log.entryAdded" if params["entry"]["level"] == json!("error") => {
                let words = params["entry"]["text"].as_str().unwrap_or_default();
                // A page that is refused on purpose is said to be refused.
                if !(status >= 400 && words.contains(&format!("status of {status}"))) {
                    found.push(format!("console: {words} {}", params["entry"]["url"]));
                }
            }
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str().unwrap_or_default();
                if !url.starts_with(base) && !url.starts_with("data:") {
                    found.push(format!("asked another origin: {url}"));
                }
            }
            "Network.responseReceived" => {
                let answer = &params["response"];
                if answer["status"].as_u64().is_none_or(|n| n >= 400) && params["type"] != json!("Document") {
                    found.push(format!("{} answers {}", answer["url"], answer["status"]));
                }
            }
            _ => {}
        }
    }
    let answered: BTreeSet<&str> = events
        .iter()
        .filter(|e| e.method == "Network.responseReceived")
        .filter_map(|e| e.params["response"]["url"].as_str())
        .collect();
    for asset in list(tab, "eyes.assets()") {
        if !answered.contains(asset.as_str()) {
            found.push(format!("nothing came from {asset}"));
        }
    }
    found.extend(list(tab, "eyes.violations").into_iter().map(|v| format!("policy: {v}")));
    found.extend(list(tab, "eyes.anchors()").into_iter().map(|a| format!("#{a} leads nowhere")));
    found.extend(list(tab, "eyes.codes()").into_iter().map(|word| format!("“{word}” is no Chinese")));
    found.extend(list(tab, "eyes.ids()").into_iter().map(|id| format!("id {id} is there twice")));
    found
}

fn list(tab: &Tab, expression: &str) -> Vec<String> {
    match tab.see(expression) {
        Ok(value) => serde_json::from_value(value).unwrap_or_default(),
        Err(e) => vec![e],
    }
}

/// Nothing of the document is beyond the window, as wide as a screen and as narrow as a telephone.
pub fn widths(tab: &Tab) -> Vec<String> {
    let mut found = Vec::new();
    for (width, height) in [NARROW, WIDE] {
        tab.resize(width, height);
        found.extend(list(tab, "eyes.wide()"));
    }
    found
}

/// Everything that can be pressed or filled in is reached by Tab, and is seen when it is.
pub fn keyboard(tab: &Tab) -> Vec<String> {
    let stops = match tab.see("eyes.watch()") {
        Ok(stops) => stops.as_u64().unwrap_or(0),
        Err(e) => return vec![e],
    };
    // Scrolling parts are stops as well, and so is what is beyond the page.
    for _ in 0..stops + 8 {
        tab.tab_key();
    }
    let mut found = list(tab, "eyes.watched()");
    let more = found.len().saturating_sub(5);
    found.truncate(5);
    if more > 0 {
        found.push(format!("… and {more} more of these"));
    }
    found
}

/// The accessibility checker, where it was fetched.
fn axe() -> Option<&'static str> {
    static AXE: OnceLock<Option<String>> = OnceLock::new();
    let found = AXE.get_or_init(|| {
        let program = std::env::current_exe().ok()?;
        let target = program.ancestors().find(|a| a.join("CACHEDIR.TAG").exists())?;
        let text = std::fs::read_to_string(target.join("axe/axe.min.js")).ok();
        if text.is_none() {
            skipped("no axe-core; tests/browser/fetch-axe fetches it into target/axe");
        }
        text
    });
    found.as_deref()
}

/// WCAG 2.2 AA, in a tab where the checker may be put into the page.
pub fn accessible(tab: &Tab) -> Vec<String> {
    let Some(axe) = axe() else { return Vec::new() };
    let mut found = Vec::new();
    for (width, height) in [NARROW, WIDE] {
        tab.resize(width, height);
        let run = format!(
            "{axe};axe.run(document, {{ resultTypes: ['violations'], runOnly: \
             ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }}).then((r) => r.violations.map((v) => \
             `axe ${{v.id}}: ${{v.help}}: ${{v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' ')}} (${{v.nodes.length}})`))"
        );
        let said = tab.evaluate(&run, None).unwrap_or_else(|e| json!([e]));
        let said: Vec<Value> = said.as_array().cloned().unwrap_or_default();
        found.extend(said.iter().filter_map(Value::as_str).map(|line| format!("{line} at {width} px")));
    }
    found
}
