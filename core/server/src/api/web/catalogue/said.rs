//! What an item says, as parts of a page: the same for the catalogue, for a draft and for the public guide.

use super::super::{name, several};
use crate::app::App;
use crate::problem::registry;
use daylight_console::sheet::{Grid, Head, Said};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_console::words::Lang;
use daylight_domain::draft::lines::{KINDS, REQUIRED, SOURCE};
use daylight_domain::draft::{Change, Remark};
use daylight_domain::item::{Flow, FlowNode, Item, Limit, NodeKind};
use serde::Serialize;

/// The word of a closed list.
pub(in crate::api::web) fn word_of(of: &impl Serialize) -> String {
    serde_json::to_value(of).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A word of a closed list, said.
fn closed(s: &Shell, group: &str, of: &impl Serialize) -> String {
    let word = word_of(of);
    s.of(group, &word).to_owned()
}

/// A word that a code table or a list of words has a name for.
fn named(s: &Shell, word: &str, words: &[(&str, &str)]) -> Text {
    words.iter().find(|(one, _)| *one == word).map_or_else(|| data(word), |(_, zh)| s.word(zh, word))
}

/// A code of a table.
pub(in crate::api::web) fn coded(s: &Shell, table: &str, code: &str) -> String {
    let names = daylight_domain::code::table(table).and_then(|t| t.get(code));
    names.map_or(code, |names| s.either(&names.0, &names.1)).to_owned()
}

/// A limit in words.
pub(in crate::api::web) fn limit(s: &Shell, of: Option<Limit>) -> String {
    match of {
        None => s.t("item.no_limit").to_owned(),
        Some(one) if s.lang == Lang::Zh => one.said_zh(),
        Some(one) => format!("{} {}", one.value, closed(s, key("item_unit."), &one.unit)),
    }
}

pub(in crate::api::web) fn state(s: &Shell, item: &Item) -> String {
    closed(s, key("item_state."), &item.state)
}

pub(in crate::api::web) fn task_type(s: &Shell, item: &Item) -> String {
    task(s, &item.task_type)
}

/// A kind of items by its code.
pub(super) fn task(s: &Shell, code: &str) -> String {
    match s.of("item_task.", code) {
        unknown if unknown == code => code.to_owned(),
        name => format!("{code} {name}").trim_start().to_owned(),
    }
}

fn yes(s: &Shell, yes: bool) -> String {
    s.t(if yes { key("item.yes") } else { key("item.no") }).to_owned()
}

/// Everything an item says on one line each.
pub(super) fn facts(app: &App, s: &Shell, item: &Item) -> Vec<(Text, Said)> {
    let fact = |field: &str, text: Text| (s.of("item_field.", field).into(), Said::Text(text));
    let maybe = |text: &Option<String>| data(text.clone().unwrap_or_default());
    let channels = several(s, item.channels.iter().map(|c| coded(s, "channel", c)));
    let mut all = vec![
        fact("code", data(&item.code)),
        fact("version", item.version.to_string().into()),
        fact("department", name(app, &item.department)),
        fact("state", state(s, item).into()),
        fact("task_type", task_type(s, item).into()),
        fact("handle_type", closed(s, key("item_handle."), &item.handle_type).into()),
        fact("legal_limit", limit(s, item.legal_limit).into()),
        fact("promise_limit", limit(s, item.promise_limit).into()),
        fact("is_fee", yes(s, item.is_fee).into()),
        fact("result_kind", s.of("item_result.", &item.result_kind).into()),
        fact("quantity_limited", yes(s, item.quantity_limited).into()),
        fact("hearing_required", yes(s, item.hearing_required).into()),
        fact("channels", channels),
        fact("place", maybe(&item.place)),
        fact("consult", maybe(&item.consult)),
        fact("sample_form", maybe(&item.sample_form)),
        fact("org_code", maybe(&item.org_code)),
        fact("delegated_to", several(s, item.delegated_to.iter().map(data))),
        fact("valid_from", item.valid_from.to_string().into()),
        fact("valid_to", item.valid_to.map(|d| d.to_string()).unwrap_or_default().into()),
    ];
    all.retain(|(_, said)| !matches!(said, Said::Text(text) if text.is_empty()));
    all
}

pub(in crate::api::web) fn materials(s: &Shell, item: &Item) -> Grid {
    let heads = [s.t("item.material"), s.t("item.required"), s.t("item.source")];
    let mut grid = Grid::new("", &heads);
    let row = |m: &daylight_domain::item::ItemMaterial| {
        let source = if m.source.is_empty() { "applicant" } else { m.source.as_str() };
        vec![
            Said::data(m.name.clone()),
            Said::text(named(s, &m.required, REQUIRED)),
            Said::text(named(s, source, SOURCE)),
        ]
    };
    grid.rows = item.materials.iter().map(row).collect();
    grid
}

/// Fen as yuan.
fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

pub(in crate::api::web) fn fees(s: &Shell, item: &Item) -> Grid {
    let mut grid = Grid::new("", &[]);
    grid.heads =
        vec![Head::new(s.t("item.fee")), Head::number(s.t("item.yuan")), Head::new(s.of("item_field.", "legal_basis"))];
    let row = |f: &daylight_domain::item::ItemFee| {
        vec![
            Said::data(f.name.clone()),
            Said::Number(f.amount.map_or_else(|| s.t("item.by_formula").to_owned(), yuan)),
            Said::data(f.basis.clone()),
        ]
    };
    grid.rows = item.fees.iter().map(row).collect();
    grid
}

pub(in crate::api::web) fn specials(s: &Shell, item: &Item) -> Grid {
    let mut grid = Grid::new("", &[]);
    grid.heads = vec![
        Head::new(s.t("item.special")),
        Head::new(s.of("item_field.", "legal_basis")),
        Head::number(s.t("item.max_days")),
    ];
    let row = |one: &daylight_domain::item::ItemSpecial| {
        vec![
            Said::text(coded(s, "special_kind", &one.kind)),
            Said::data(one.legal_basis.clone()),
            Said::Number(one.max_days.map(|d| d.to_string()).unwrap_or_default()),
        ]
    };
    grid.rows = item.specials.iter().map(row).collect();
    grid
}

/// Nodes in the order in which a walk from the start comes to them.
fn ordered(flow: &Flow) -> Vec<&FlowNode> {
    let mut order: Vec<&FlowNode> = Vec::new();
    let mut open: std::collections::VecDeque<&FlowNode> =
        flow.nodes.iter().filter(|n| n.kind == NodeKind::Start).collect();
    while let Some(node) = open.pop_front() {
        if order.iter().any(|n| n.id == node.id) {
            continue;
        }
        order.push(node);
        let next = flow.edges.iter().filter(|e| e.from == node.id);
        open.extend(next.filter_map(|e| flow.nodes.iter().find(|n| n.id == e.to)));
    }
    order.extend(flow.nodes.iter().filter(|n| !order.iter().any(|o| o.id == n.id)).collect::<Vec<_>>());
    order
}

/// The flow as an ordered list: what a drawing shows to who cannot see it.
pub(in crate::api::web) fn flow(s: &Shell, flow: &Flow) -> Grid {
    let mut grid = Grid::new(s.t("item.flow_list"), &[]);
    grid.heads = vec![
        Head::number(s.t("item.order")),
        Head::new(s.t("item.node")),
        Head::new(s.t("item.kind")),
        Head::number(s.t("item.days")),
        Head::new(s.t("item.mandatory")),
        Head::new(s.t("item.next")),
    ];
    let nodes = ordered(flow);
    let place =
        |id: &str| nodes.iter().position(|n| n.id == id).map_or_else(|| id.to_owned(), |at| (at + 1).to_string());
    let next = |node: &FlowNode| {
        let to = |e: &daylight_domain::item::FlowEdge| {
            let name = flow.nodes.iter().find(|n| n.id == e.to).map_or(e.to.as_str(), |n| n.name.as_str());
            let to = Text::from(place(&e.to)).and(" ").and(data(name));
            if e.condition.is_empty() { to } else { to.and(s.bracketed(data(&e.condition))) }
        };
        several(s, flow.edges.iter().filter(|e| e.from == node.id).map(to))
    };
    let row = |(at, node): (usize, &&FlowNode)| {
        let kind = KINDS.iter().find(|(kind, ..)| *kind == node.kind).map_or("", |(_, _, zh)| zh);
        vec![
            Said::Number((at + 1).to_string()),
            Said::data(node.name.clone()),
            Said::text(s.word(kind, &word_of(&node.kind))),
            Said::Number(node.limit.map(|d| d.to_string()).unwrap_or_default()),
            Said::text(if node.mandatory { yes(s, true) } else { String::new() }),
            Said::text(next(node)),
        ]
    };
    grid.rows = nodes.iter().enumerate().map(row).collect();
    grid
}

/// What a check says, and what to do. In English it is what is known of its code, or the name of the rule.
pub(super) fn remark(app: &App, s: &Shell, one: &Remark) -> (Text, Text) {
    let rule = || app.config.rules.book.name_of(&one.code).map(|(_, en)| (en.into(), Text::default()));
    match registry::entry(&one.code) {
        _ if s.lang == Lang::Zh => ((&one.message).into(), (&one.fix).into()),
        Some(entry) => (entry.en.into(), entry.fix_en.into()),
        None => rule().unwrap_or_else(|| (data(&one.message), data(&one.fix))),
    }
}

/// A line of a difference: what is a word of ours in the reader's language, what the county wrote as it stands.
pub(super) fn in_words(s: &Shell, field: &str, line: &str) -> Text {
    match (field, line) {
        ("is_fee" | "quantity_limited" | "hearing_required" | "flow_draft", "是" | "否") => {
            yes(s, line == "是").into()
        }
        ("handle_type", word) => s.of("item_handle.", word).into(),
        ("state", word) => s.of("item_state.", word).into(),
        ("result_kind", word) => s.of("item_result.", word).into(),
        ("task_type", code) => task(s, code).into(),
        ("legal_limit" | "promise_limit", line) if s.lang == Lang::En => limit_en(line).into(),
        _ => data(line),
    }
}

/// A limit as a difference says it, in English: `5 个工作日`.
fn limit_en(line: &str) -> String {
    let units = [
        ("个工作日", "working days"),
        ("个工作小时", "working hours"),
        ("个月", "months"),
        ("小时", "hours"),
        ("日", "days"),
        ("年", "years"),
    ];
    let (number, unit) = line.split_at(line.find(|c: char| !c.is_ascii_digit() && c != ' ').unwrap_or(line.len()));
    match units.iter().find(|(zh, _)| *zh == unit.trim()) {
        Some((_, en)) => format!("{} {en}", number.trim()),
        None => line.to_owned(),
    }
}

/// What is said differently, field by field.
pub(super) fn changes(s: &Shell, all: &[Change], (old, new): (&str, &str)) -> Grid {
    let mut grid = Grid::new("", &[s.t("item.field"), old, new]);
    let lines =
        |one: &Change, all: &[String]| Said::Lines(all.iter().map(|line| in_words(s, &one.field, line)).collect());
    let row =
        |one: &Change| vec![Said::text(s.of("item_field.", &one.field)), lines(one, &one.old), lines(one, &one.new)];
    grid.rows = all.iter().map(row).collect();
    grid
}
