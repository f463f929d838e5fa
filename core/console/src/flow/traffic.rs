//! How often each edge of a chart was walked, on the chart: a number beside every edge, its thickness the same in lines, and below
//! it what went where the chart has no way.

use super::{BACK, Curve, Foot, Line};
use crate::text::{columns, escape};
use chrono::NaiveDate;
use daylight_domain::flow::Traffic;
use daylight_domain::item::{Flow, FlowEdge};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lines of each kind below the chart.
const LINES: usize = 10;
/// How many units thicker than an edge that was walked once the most walked one is.
const THICKER: u64 = 3;

/// Cases of a period on a chart.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// What was counted.
    pub traffic: &'a Traffic,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
}

impl Watched<'_> {
    pub(super) fn say(self) -> String {
        format!("{} 至 {} 开始的 {} 件办件", self.from, self.to, self.traffic.cases)
    }

    pub(super) fn times(self, edge: &FlowEdge) -> u64 {
        self.traffic.edges.get(&(edge.from.clone(), edge.to.clone())).copied().unwrap_or(0)
    }

    /// How often a node was come to; for where all begins, how often it was left.
    pub(super) fn through(self, flow: &Flow, node: &str) -> u64 {
        let sum = |side: fn(&FlowEdge) -> &str| -> u64 {
            flow.edges.iter().filter(|e| side(e) == node).map(|e| self.times(e)).sum()
        };
        if flow.nodes.first().is_some_and(|first| first.id == node) { sum(|e| &e.from) } else { sum(|e| &e.to) }
    }

    /// Thicker where more went; dotted where nobody did.
    pub(super) fn line(self, times: u64, back: bool) -> Line {
        let most = self.traffic.edges.values().copied().max().unwrap_or(0).max(1);
        let more = i32::try_from(times.saturating_mul(THICKER) / most).unwrap_or(0);
        match (times, back) {
            (0, _) => Line { colour: "#829ab1", width: 1, dash: " stroke-dasharray=\"1 5\"" },
            (_, true) => Line { colour: "#334e68", width: 1 + more, dash: BACK },
            (_, false) => Line { colour: "#334e68", width: 1 + more, dash: "" },
        }
    }

    pub(super) fn foot(self) -> Vec<Foot> {
        let t = self.traffic;
        let mut lines = vec![Foot::plain("线旁与框内：走过次数；线越粗走得越多；点线：没有走过")];
        let between = |all: &BTreeMap<(String, String), u64>| -> Vec<(String, u64)> {
            all.iter().map(|((from, to), n)| (format!("“{from}”→“{to}”"), *n)).collect()
        };
        let off = between(&t.off);
        lines.extend(most(off, |what, n| Foot::wrong(format!("✗ 流程图没有的路径：{what} {n} 次"))));
        lines.extend(most(between(&t.back), |what, n| Foot::plain(format!("⤺ 退回：{what} {n} 次"))));
        let unmapped: Vec<(String, u64)> = t.unmapped.iter().map(|(name, n)| (format!("“{name}”"), *n)).collect();
        lines.extend(most(unmapped, |what, n| Foot::unknown(format!("? 环节{what}不在流程图中，无法判定，{n} 次"))));
        if t.other_versions > 0 {
            lines.push(Foot::plain(format!("另有 {} 件按其他版本的流程图办理，没有计入", t.other_versions)));
        }
        lines
    }
}

/// The most frequent ones, and how many more there are.
fn most(mut all: Vec<(String, u64)>, say: impl Fn(&str, u64) -> Foot) -> Vec<Foot> {
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut lines: Vec<Foot> = all.iter().take(LINES).map(|(what, n)| say(what, *n)).collect();
    if let Some(n) = all.len().checked_sub(LINES).filter(|n| *n > 0) {
        lines.push(say(&format!("其余 {n} 种"), all.iter().skip(LINES).map(|(_, n)| n).sum()));
    }
    lines
}

/// A rectangle: left, top, width, height.
pub(super) type Area = (i32, i32, i32, i32);

pub(super) fn meet(a: Area, b: Area) -> bool {
    a.0 < b.0 + b.2 && b.0 < a.0 + a.2 && a.1 < b.1 + b.3 && b.1 < a.1 + a.3
}

/// Labels of edges: each on its edge, where it covers neither a node nor another label.
pub(super) struct Labels {
    taken: Vec<Area>,
    placed: Vec<(Area, String)>,
}

impl Labels {
    /// On a chart with these nodes.
    pub(super) fn new(nodes: Vec<Area>) -> Self {
        Self { taken: nodes, placed: Vec::new() }
    }

    pub(super) fn put(&mut self, curve: &Curve, text: String) {
        let width = i32::try_from(columns(&text)).unwrap_or(0) * 6 + 8;
        // From the middle outwards, in hundredths of the way.
        let at = |hundredths: i32| -> Area {
            let (x, y) = point(curve, hundredths);
            (x - width / 2, y - 8, width, 16)
        };
        let free = |one: &Area| !self.taken.iter().any(|other| meet(*one, *other));
        let place =
            [50, 40, 60, 30, 70, 20, 80, 14, 86, 8, 92].into_iter().map(at).find(free).unwrap_or_else(|| at(50));
        self.taken.push(place);
        self.placed.push((place, text));
    }

    pub(super) fn draw(&self, out: &mut String) {
        for ((x, y, width, height), text) in &self.placed {
            let (cx, cy) = (x + width / 2, y + 12);
            let _ = write!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\
                 <text x=\"{cx}\" y=\"{cy}\" text-anchor=\"middle\" font-size=\"12\" fill=\"#102a43\">{}</text>",
                escape(text)
            );
        }
    }
}

/// A point of a curve, so many hundredths of the way.
pub(super) fn point(curve: &Curve, hundredths: i32) -> (i32, i32) {
    let (t, s) = (i64::from(hundredths), i64::from(100 - hundredths));
    let [a, b, c, d] = curve.points;
    let mix = |a: i32, b: i32, c: i32, d: i32| -> i32 {
        let sum = s * s * s * i64::from(a)
            + 3 * s * s * t * i64::from(b)
            + 3 * s * t * t * i64::from(c)
            + t * t * t * i64::from(d);
        i32::try_from(sum / 1_000_000).unwrap_or(0)
    };
    (mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1))
}
