//! A flow chart (运行流程图) as SVG: one picture for the screen and for paper, readable without colour. With a case, it also shows
//! the path it took, where it stands, and where it strayed; with many cases, how often each edge was walked.

mod traffic;

pub use traffic::Watched;

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

/// What is shown on a chart.
#[derive(Clone, Copy, Debug)]
pub enum Over<'a> {
    /// The chart alone.
    Nothing,
    /// The path of one case.
    Case(Shown<'a>),
    /// How often cases of a period walked each edge.
    Traffic(Watched<'a>),
}

/// The chart of an item, with what is to be shown on it. `None` for an item without a flow.
#[must_use]
pub fn svg(item: &Item, over: Over<'_>) -> Option<String> {
    let case = if let Over::Case(shown) = over { Some(shown) } else { None };
    let watched = if let Over::Traffic(watched) = over { Some(watched) } else { None };
    let flow = item.flow.as_ref()?;
    let places = layout(flow);
    let rows = places.values().map(|(row, _)| *row).max().unwrap_or(0) + 1;
    let columns = places.values().map(|(_, column)| *column).max().unwrap_or(0) + 1;
    let widest: BTreeMap<i32, i32> = places.values().fold(BTreeMap::new(), |mut all, (row, column)| {
        let n = all.entry(*row).or_insert(0);
        *n = (*n).max(column + 1);
        all
    });
    let foot = foot_lines(over);
    let below = i32::try_from(foot.len()).unwrap_or(0) * 22 + 16;
    let title = match over {
        Over::Case(shown) => format!("{} 运行流程图：办件 {} 的路径", item.name, shown.case_no),
        Over::Traffic(watched) => format!("{} 运行流程图：{}", item.name, watched.say()),
        Over::Nothing => format!("{} 运行流程图", item.name),
    };
    // A column of the title is at most ten units wide, one of the lines below seven.
    let longest = foot.iter().map(|line| wide(&line.text) * 7).max().unwrap_or(0);
    let words = i32::try_from((wide(&title) * 10).max(longest)).unwrap_or(0) + 2 * MARGIN;
    let width = (columns * WIDE + (columns - 1) * ACROSS + 2 * MARGIN + 60).max(words);
    let height = HEAD + rows * HIGH + (rows - 1) * DOWN + below + MARGIN;
    // Each row stands in the middle.
    let corner = |id: &str| -> Option<(i32, i32)> {
        let (row, column) = *places.get(id)?;
        let n = widest.get(&row).copied().unwrap_or(1);
        let used = n * WIDE + (n - 1) * ACROSS;
        Some(((width - used) / 2 + column * (WIDE + ACROSS), HEAD + row * (HIGH + DOWN)))
    };
    let passed = passed(over);
    let taken = taken(flow, case.map(|c| c.path));
    let boxes = flow.nodes.iter().filter_map(|n| corner(&n.id)).map(|(x, y)| (x, y, WIDE, HIGH));
    let boxes: Vec<traffic::Area> = boxes.collect();
    let mut labels = traffic::Labels::new(boxes.clone());
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
        let curve = Curve::new(from, to, width, &boxes);
        if let Some(watched) = watched {
            let n = watched.times(edge);
            curve.draw(&mut out, watched.line(n, curve.back));
            let words = if edge.condition.is_empty() { String::new() } else { format!("{} ", edge.condition) };
            labels.put(&curve, format!("{words}{n} 次"));
            continue;
        }
        let line = if taken.contains(&(edge.from.as_str(), edge.to.as_str())) { Line::TAKEN } else { Line::PLAIN };
        curve.draw(&mut out, Line { dash: if curve.back { BACK } else { "" }, ..line });
        if !edge.condition.is_empty() {
            labels.put(&curve, edge.condition.clone());
        }
    }
    for node in &flow.nodes {
        let Some(at) = corner(&node.id) else { continue };
        let times = watched.map(|w| w.through(flow, &node.id));
        draw_node(&mut out, node, at, passed.get(node.id.as_str()).copied().unwrap_or_default(), case.is_some(), times);
    }
    labels.draw(&mut out);
    let mut at = HEAD + rows * HIGH + (rows - 1) * DOWN + 28;
    for Foot { text, colour, weight } in &foot {
        let _ = write!(
            out,
            "<text x=\"{MARGIN}\" y=\"{at}\" font-size=\"12\" fill=\"{colour}\" font-weight=\"{weight}\">{}</text>",
            escape(text)
        );
        at += 22;
    }
    out.push_str("</svg>\n");
    Some(out)
}

fn passed(over: Over<'_>) -> BTreeMap<&str, Passed> {
    let mut all: BTreeMap<&str, Passed> = BTreeMap::new();
    let Over::Case(shown) = over else { return all };
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

/// How an edge that leads back is dashed.
const BACK: &str = " stroke-dasharray=\"6 4\"";

/// How an edge is drawn.
#[derive(Clone, Copy, Debug)]
struct Line {
    colour: &'static str,
    width: i32,
    dash: &'static str,
}

impl Line {
    const PLAIN: Self = Self { colour: "#829ab1", width: 1, dash: "" };
    const TAKEN: Self = Self { colour: "#102a43", width: 3, dash: "" };
}

/// An edge between two nodes: the four points of its curve.
#[derive(Clone, Copy, Debug)]
struct Curve {
    points: [(i32, i32); 4],
    /// Back up: rework.
    back: bool,
}

impl Curve {
    fn new((x1, y1): (i32, i32), (x2, y2): (i32, i32), width: i32, boxes: &[traffic::Area]) -> Self {
        if y2 > y1 {
            let (fx, fy, tx, ty) = (x1 + WIDE / 2, y1 + HIGH, x2 + WIDE / 2, y2);
            let middle = (fy + ty) / 2;
            let straight = Self { points: [(fx, fy), (fx, middle), (tx, middle), (tx, ty)], back: false };
            if !straight.covers(boxes) {
                return straight;
            }
            // Past the nodes between them, around the left side.
            let (fy, ty) = (y1 + HIGH / 2, y2 + HIGH / 2);
            let out = (x1.min(x2) - 46).max(8);
            return Self { points: [(x1, fy), (out, fy), (out, ty), (x2, ty)], back: false };
        }
        // Back up: around the right side, dashed, so that rework is seen.
        let (fx, fy, tx, ty) = (x1 + WIDE, y1 + HIGH / 2, x2 + WIDE, y2 + HIGH / 2);
        let out = (fx.max(tx) + 46).min(width - 8);
        Self { points: [(fx, fy), (out, fy), (out, ty), (tx, ty)], back: true }
    }

    /// Whether it leads through a node; its ends only touch theirs.
    fn covers(&self, boxes: &[traffic::Area]) -> bool {
        (1..40).any(|n| {
            let (x, y) = traffic::point(self, n * 100 / 40);
            boxes.iter().any(|one| traffic::meet((x, y, 1, 1), *one))
        })
    }

    fn draw(&self, out: &mut String, line: Line) {
        let [(fx, fy), (ax, ay), (bx, by), (tx, ty)] = self.points;
        let Line { colour, width, dash } = line;
        let _ = write!(
            out,
            "<path d=\"M{fx} {fy}C{ax} {ay} {bx} {by} {tx} {ty}\" fill=\"none\" stroke=\"{colour}\" \
             stroke-width=\"{width}\"{dash} marker-end=\"url(#a)\"/>"
        );
    }
}

fn draw_node(
    out: &mut String,
    node: &FlowNode,
    (x, y): (i32, i32),
    passed: Passed,
    with_case: bool,
    through: Option<u64>,
) {
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
    if let Some(times) = through {
        below.push(format!("{times} 次"));
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

/// A line below the chart.
struct Foot {
    text: String,
    colour: &'static str,
    weight: &'static str,
}

impl Foot {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: "#486581", weight: "400" }
    }

    fn good(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: "#1b6e3c", weight: "600" }
    }

    fn wrong(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: "#a61b1b", weight: "600" }
    }

    fn unknown(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: "#7a4f01", weight: "600" }
    }
}

fn foot_lines(over: Over<'_>) -> Vec<Foot> {
    let mut lines = vec![Foot::plain(LEGEND)];
    match over {
        Over::Nothing => {}
        Over::Traffic(watched) => lines.extend(watched.foot()),
        Over::Case(shown) if shown.path.conforms() => lines.push(Foot::good("✓ 至今符合流程图")),
        Over::Case(Shown { path, .. }) => {
            lines.extend(path.deviations.iter().map(|one| Foot::wrong(format!("✗ {}", one.say_zh()))));
            lines.extend(path.unmapped.iter().map(|one| {
                Foot::unknown(format!("? {} 的环节“{}”不在流程图中，无法判定", one.started_at.date(), one.name))
            }));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
