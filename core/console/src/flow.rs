//! A flow chart (运行流程图) as SVG: one picture for the screen and for paper, readable without colour. With a case, it also shows
//! the path it took, where it stands, and where it strayed.

use crate::text::{columns as wide, escape, wrap};
use daylight_domain::flow::Path;
use daylight_domain::item::{Flow, FlowNode, Item, NodeKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const WIDE: i32 = 168;
const HIGH: i32 = 52;
const ACROSS: i32 = 44;
const DOWN: i32 = 44;
const MARGIN: i32 = 24;
/// Room at the top for the title.
const HEAD: i32 = 56;
/// Columns of a node's name in one line.
const NAME: usize = 20;

const LEGEND: &str = "实线框：必经环节；虚线框：可选环节；双线框：决定或汇合；虚线箭头：退回";

/// What a node says about a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Passed {
    /// How often it was worked at.
    times: usize,
    /// It is open now.
    open: bool,
}

/// Where each node stands: layer from the top, position from the left.
fn layout(flow: &Flow) -> BTreeMap<&str, (i32, i32)> {
    // An edge that leads back to what is being walked is rework: it does not push anything down.
    let mut layer: BTreeMap<&str, i32> = BTreeMap::new();
    fn walk<'a>(flow: &'a Flow, id: &'a str, at: i32, above: &mut Vec<&'a str>, layer: &mut BTreeMap<&'a str, i32>) {
        if layer.get(id).is_some_and(|have| *have >= at) || above.contains(&id) {
            return;
        }
        layer.insert(id, at);
        above.push(id);
        for edge in flow.edges.iter().filter(|e| e.from == id) {
            walk(flow, &edge.to, at + 1, above, layer);
        }
        above.pop();
    }
    if let Some(start) = flow.nodes.iter().find(|n| n.kind == NodeKind::Start).or(flow.nodes.first()) {
        walk(flow, &start.id, 0, &mut Vec::new(), &mut layer);
    }
    let mut taken: BTreeMap<i32, i32> = BTreeMap::new();
    let mut places = BTreeMap::new();
    let last = layer.values().copied().max().unwrap_or(0);
    for node in &flow.nodes {
        // What nothing leads to still is shown, below everything else.
        let row = layer.get(node.id.as_str()).copied().unwrap_or(last + 1);
        let column = taken.entry(row).or_insert(0);
        places.insert(node.id.as_str(), (row, *column));
        *column += 1;
    }
    places
}

/// A case on the chart.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Its number.
    pub case_no: &'a str,
    /// Its steps on the flow.
    pub path: &'a Path,
    /// Nodes without a step that other records show it has reached.
    pub reached: &'a BTreeSet<String>,
}

/// The chart of an item; with the path of a case, if one is given. `None` for an item without a flow.
#[must_use]
pub fn svg(item: &Item, case: Option<Shown<'_>>) -> Option<String> {
    let flow = item.flow.as_ref()?;
    let places = layout(flow);
    let rows = places.values().map(|(row, _)| *row).max().unwrap_or(0) + 1;
    let columns = places.values().map(|(_, column)| *column).max().unwrap_or(0) + 1;
    let widest: BTreeMap<i32, i32> = places.values().fold(BTreeMap::new(), |mut all, (row, column)| {
        let n = all.entry(*row).or_insert(0);
        *n = (*n).max(column + 1);
        all
    });
    let lost = case.map_or(0, |c| c.path.unmapped.len() + c.path.deviations.len());
    let below = i32::try_from(lost).unwrap_or(0) * 22 + if case.is_some() { 60 } else { 30 };
    let title = match case {
        Some(shown) => format!("{} 运行流程图：办件 {} 的路径", item.name, shown.case_no),
        None => format!("{} 运行流程图", item.name),
    };
    // A column of the title is at most ten units wide, one of the legend seven.
    let words = i32::try_from((wide(&title) * 10).max(wide(LEGEND) * 7)).unwrap_or(0) + 2 * MARGIN;
    let width = (columns * WIDE + (columns - 1) * ACROSS + 2 * MARGIN + 60).max(words);
    let height = HEAD + rows * HIGH + (rows - 1) * DOWN + below + MARGIN;
    // Each row stands in the middle.
    let corner = |id: &str| -> Option<(i32, i32)> {
        let (row, column) = *places.get(id)?;
        let n = widest.get(&row).copied().unwrap_or(1);
        let used = n * WIDE + (n - 1) * ACROSS;
        Some(((width - used) / 2 + column * (WIDE + ACROSS), HEAD + row * (HIGH + DOWN)))
    };
    let passed = passed(case);
    let taken = taken(flow, case.map(|c| c.path));
    let mut out = String::new();
    let names: Vec<&str> = flow.nodes.iter().map(|n| n.name.as_str()).collect();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"t d\" font-family=\"'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif\" \
         font-size=\"14\"><title id=\"t\">{}</title><desc id=\"d\">{} 个环节：{}</desc>\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\
         <defs><marker id=\"a\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
         <path d=\"M0 0L10 5L0 10z\" fill=\"#334e68\"/></marker></defs>\
         <text x=\"{MARGIN}\" y=\"32\" font-size=\"17\" font-weight=\"600\" fill=\"#102a43\">{}</text>",
        escape(&title),
        flow.nodes.len(),
        escape(&names.join("、")),
        escape(&title)
    );
    for edge in &flow.edges {
        let (Some(from), Some(to)) = (corner(&edge.from), corner(&edge.to)) else { continue };
        draw_edge(&mut out, from, to, taken.contains(&(edge.from.as_str(), edge.to.as_str())), &edge.condition, width);
    }
    for node in &flow.nodes {
        let Some(at) = corner(&node.id) else { continue };
        draw_node(&mut out, node, at, passed.get(node.id.as_str()).copied().unwrap_or_default(), case.is_some());
    }
    let foot = HEAD + rows * HIGH + (rows - 1) * DOWN + 28;
    draw_foot(&mut out, case.map(|c| c.path), foot);
    out.push_str("</svg>\n");
    Some(out)
}

fn passed(case: Option<Shown<'_>>) -> BTreeMap<&str, Passed> {
    let mut all: BTreeMap<&str, Passed> = BTreeMap::new();
    let Some(shown) = case else { return all };
    for node in shown.reached {
        all.insert(node, Passed { times: 1, open: false });
    }
    for visit in &shown.path.visits {
        let one = all.entry(visit.node.as_str()).or_default();
        one.times += 1;
        one.open |= visit.ended_at.is_none();
    }
    all
}

/// Edges between steps that followed one another.
fn taken<'a>(flow: &'a Flow, path: Option<&'a Path>) -> BTreeSet<(&'a str, &'a str)> {
    let Some(path) = path else { return BTreeSet::new() };
    let worked: Vec<&str> = path.visits.iter().map(|v| v.node.as_str()).collect();
    let follow: BTreeSet<(&str, &str)> = worked.windows(2).filter_map(|w| Some((*w.first()?, *w.get(1)?))).collect();
    flow.edges.iter().map(|e| (e.from.as_str(), e.to.as_str())).filter(|edge| follow.contains(edge)).collect()
}

fn draw_edge(out: &mut String, (x1, y1): (i32, i32), (x2, y2): (i32, i32), taken: bool, condition: &str, width: i32) {
    let (colour, stroke) = if taken { ("#102a43", 3) } else { ("#829ab1", 1) };
    let line = if y2 > y1 {
        let (fx, fy, tx, ty) = (x1 + WIDE / 2, y1 + HIGH, x2 + WIDE / 2, y2);
        let middle = (fy + ty) / 2;
        format!("M{fx} {fy}C{fx} {middle} {tx} {middle} {tx} {ty}")
    } else {
        // Back up: around the right side, dashed, so that rework is seen.
        let (fx, fy, tx, ty) = (x1 + WIDE, y1 + HIGH / 2, x2 + WIDE, y2 + HIGH / 2);
        let out = (fx.max(tx) + 46).min(width - 8);
        format!("M{fx} {fy}C{out} {fy} {out} {ty} {tx} {ty}")
    };
    let dash = if y2 > y1 { "" } else { " stroke-dasharray=\"6 4\"" };
    let _ = write!(
        out,
        "<path d=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{stroke}\"{dash} marker-end=\"url(#a)\"/>"
    );
    if !condition.is_empty() {
        let (x, y) = ((x1 + x2 + WIDE) / 2 + 6, (y1 + HIGH + y2) / 2 + 4);
        let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"12\" fill=\"#486581\">{}</text>", escape(condition));
    }
}

fn draw_node(out: &mut String, node: &FlowNode, (x, y): (i32, i32), passed: Passed, with_case: bool) {
    let round = match node.kind {
        NodeKind::Start | NodeKind::End => HIGH / 2,
        NodeKind::Branch | NodeKind::Joint => 2,
        _ => 8,
    };
    // Word, line and colour say the same.
    let (fill, stroke, line) = match (with_case, passed.open, passed.times > 0) {
        (true, true, _) => ("#fff3c4", "#8d2b0b", 3),
        (true, _, true) => ("#d9e2ec", "#102a43", 2),
        _ => ("#fff", "#486581", 1),
    };
    let dash = if node.mandatory || matches!(node.kind, NodeKind::Start | NodeKind::End) {
        ""
    } else {
        " stroke-dasharray=\"4 3\""
    };
    let _ = write!(
        out,
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{HIGH}\" rx=\"{round}\" fill=\"{fill}\" \
         stroke=\"{stroke}\" stroke-width=\"{line}\"{dash}/>",
        escape(&told(node, passed, with_case))
    );
    if matches!(node.kind, NodeKind::Decide | NodeKind::Joint) {
        // A second frame: where something is decided, or where several come together.
        let (x, y, w, h) = (x + 4, y + 4, WIDE - 8, HIGH - 8);
        let _ = write!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"4\" fill=\"none\" stroke=\"{stroke}\"/>"
        );
    }
    let mut below = Vec::new();
    if let Some(limit) = node.limit {
        below.push(format!("{limit} 个工作日"));
    }
    if passed.open {
        below.push("▶ 办理中".to_owned());
    } else if passed.times > 0 {
        below.push(if passed.times == 1 {
            "✓ 已办".to_owned()
        } else {
            format!("✓ 已办 {} 次", passed.times)
        });
    }
    let lines = wrap(&node.name, NAME, if below.is_empty() { 2 } else { 1 });
    let n = i32::try_from(lines.len() + usize::from(!below.is_empty())).unwrap_or(1);
    let mut at = y + HIGH / 2 + 5 - (n - 1) * 9;
    let centre = x + WIDE / 2;
    for line in &lines {
        let _ = write!(
            out,
            "<text x=\"{centre}\" y=\"{at}\" text-anchor=\"middle\" fill=\"#102a43\">{}</text>",
            escape(line)
        );
        at += 18;
    }
    if !below.is_empty() {
        let _ = write!(
            out,
            "<text x=\"{centre}\" y=\"{at}\" text-anchor=\"middle\" font-size=\"12\" fill=\"#334e68\">{}</text>",
            escape(&below.join(" · "))
        );
    }
    out.push_str("</g>");
}

fn told(node: &FlowNode, passed: Passed, with_case: bool) -> String {
    let must = if node.mandatory { "必经" } else { "可选" };
    let limit = node.limit.map(|n| format!("，{n} 个工作日")).unwrap_or_default();
    let did = match (with_case, passed.open, passed.times) {
        (false, ..) => "",
        (true, true, _) => "，办理中",
        (true, _, 0) => "，没有办理记录",
        (true, ..) => "，已办",
    };
    format!("{}（{must}{limit}{did}）", node.name)
}

fn draw_foot(out: &mut String, path: Option<&Path>, foot: i32) {
    let mut line = |at: i32, text: &str, colour: &str, weight: &str| {
        let _ = write!(
            out,
            "<text x=\"{MARGIN}\" y=\"{at}\" font-size=\"12\" fill=\"{colour}\" font-weight=\"{weight}\">{}</text>",
            escape(text)
        );
    };
    line(foot, LEGEND, "#486581", "400");
    let Some(path) = path else { return };
    let mut at = foot + 24;
    if path.conforms() {
        line(at, "✓ 至今符合流程图", "#1b6e3c", "600");
        return;
    }
    for one in &path.deviations {
        line(at, &format!("✗ {}", one.say_zh()), "#a61b1b", "600");
        at += 22;
    }
    for one in &path.unmapped {
        let text = format!("? {} 的环节“{}”不在流程图中，无法判定", one.started_at.date(), one.name);
        line(at, &text, "#7a4f01", "600");
        at += 22;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daylight_domain::Timestamp;
    use daylight_domain::case::{Case, Step};
    use daylight_domain::flow::path;

    fn item() -> Item {
        let text = r#"
code = "X" 
name = "食品经营许可<新办>"
department = "market"
legal_basis = "x"
valid_from = "2008-01-01"
[flow]
nodes = [
  { id = "start", kind = "start", name = "开始" },
  { id = "examine", kind = "step", name = "承办", mandatory = true, limit = 3 },
  { id = "review", kind = "step", name = "审核", mandatory = true },
  { id = "visit", kind = "step", name = "组织专家现场踏勘并出具书面意见" },
  { id = "decide", kind = "decide", name = "决定", mandatory = true },
  { id = "end", kind = "end", name = "办结" },
]
edges = [
  { from = "start", to = "examine" },
  { from = "examine", to = "visit", condition = "需要踏勘" },
  { from = "examine", to = "review" },
  { from = "visit", to = "review" },
  { from = "review", to = "examine" },
  { from = "review", to = "decide" },
  { from = "decide", to = "end" },
]
"#;
        toml::from_str(text).expect("an item")
    }

    fn step(name: &str, from: &str, to: Option<&str>) -> Step {
        let at = |t: &str| Timestamp::parse(t).expect("a time");
        Step {
            key: name.to_owned(),
            name: name.to_owned(),
            started_at: at(from),
            ended_at: to.map(at),
            ..Step::default()
        }
    }

    /// Well-formed: every tag that opens closes, in order.
    fn well_formed(svg: &str) {
        let mut open: Vec<&str> = Vec::new();
        for tag in svg.split('<').skip(1) {
            let tag = tag.split('>').next().expect("a tag");
            let name = tag.split([' ', '/']).find(|n| !n.is_empty()).expect("a name");
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn every_node_and_edge_is_drawn_and_words_are_safe() {
        let item = item();
        let svg = svg(&item, None).expect("a flow");
        well_formed(&svg);
        let flow = item.flow.as_ref().expect("a flow");
        for node in flow.nodes.iter().filter(|n| n.name.chars().count() < 8) {
            assert!(svg.contains(&format!(">{}</text>", node.name)), "{}", node.name);
        }
        assert_eq!(svg.matches("marker-end").count(), flow.edges.len());
        assert_eq!(svg.matches("stroke-dasharray=\"6 4\"").count(), 1, "one edge leads back");
        assert!(svg.contains("食品经营许可&lt;新办&gt;") && !svg.contains("<新办>"));
        assert!(svg.contains("3 个工作日") && svg.contains("需要踏勘"));
    }

    #[test]
    fn rework_does_not_push_nodes_down_and_the_longest_way_decides_the_row() {
        let item = item();
        let places = layout(item.flow.as_ref().expect("a flow"));
        let row = |id: &str| places[id].0;
        assert_eq!(
            (row("start"), row("examine"), row("visit"), row("review"), row("decide"), row("end")),
            (0, 1, 2, 3, 4, 5)
        );
    }

    #[test]
    fn a_cases_path_its_place_and_what_it_did_wrong_are_shown_in_words() {
        let item = item();
        let flow = item.flow.as_ref().expect("a flow");
        let mut case = Case {
            steps: vec![
                step("承办", "2026-03-02 09:00", Some("2026-03-03 09:00")),
                step("审核", "2026-03-03 10:00", None),
            ],
            ..Case::default()
        };
        let (taken, none) = (path(flow, &case), BTreeSet::new());
        let good = svg(&item, Some(Shown { case_no: "A1", path: &taken, reached: &none })).expect("a flow");
        well_formed(&good);
        assert!(good.contains("✓ 已办") && good.contains("▶ 办理中") && good.contains("✓ 至今符合流程图"));
        case.steps.push(step("盖章", "2026-03-04 10:00", None));
        let taken = path(flow, &case);
        let bad = svg(&item, Some(Shown { case_no: "A1", path: &taken, reached: &none })).expect("a flow");
        assert!(bad.contains("“盖章”不在流程图中") && !bad.contains("✓ 至今符合流程图"));
    }

    #[test]
    fn an_item_without_a_flow_has_no_chart() {
        let item = Item { flow: None, ..item() };
        assert_eq!(svg(&item, None), None);
    }
}
