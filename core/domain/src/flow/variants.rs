//! Which paths the cases of an item took (变体): how often, how long, how many in time, and which stray. And how often each edge
//! of the chart was walked.

use super::replay::{Replay, Standing};
use crate::Timestamp;
use crate::calendar::Calendar;
use crate::case::Case;
use crate::item::{Flow, FlowNode, NodeKind};
use crate::stats::Rate;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// Paths that are told apart. Whoever records every case differently is told so, and costs no more memory.
const APART: usize = 10_000;
/// Case numbers given with a path.
const EXAMPLES: usize = 3;

/// A path that cases of an item took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Variant {
    /// The path as one text ([`Replay::key`]); empty: no step was recorded.
    pub key: String,
    /// Its elements: `［…］` is no node of the flow, `⤺` was sent back, `↺2` is done for the second time, `（A ∥ B）` ran side by
    /// side.
    pub path: Vec<String>,
    /// How many cases took it.
    pub cases: u64,
    /// Of how many in a thousand.
    pub share_permille: u64,
    /// Within the promised limit, of those that have one.
    pub on_time: Rate,
    /// Working days from the start of the clock to its stop: half took no longer.
    pub median_days: Option<i64>,
    /// Some step was taken more than once.
    pub rework: bool,
    /// How many follow the flow.
    pub conforming: u64,
    /// How many stray.
    pub deviating: u64,
    /// Of how many nobody can tell: a step is no node of the flow, or there is no flow.
    pub unknown: u64,
    /// The rules that say so, of those that stray.
    pub rules: Vec<String>,
    /// A few case numbers to look at.
    pub examples: Vec<String>,
}

/// The paths of an item's cases in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Variants {
    /// Cases whose clock has stopped: those that are counted.
    pub cases: u64,
    /// Cases that are open: their path is not over, and counts nowhere else.
    pub open: u64,
    /// Of the counted ones: in time, of those with a promised limit.
    pub on_time: Rate,
    /// Of the counted ones: follow the flow.
    pub conforming: u64,
    /// Of the counted ones: stray.
    pub deviating: u64,
    /// Of the counted ones: nobody can tell.
    pub unknown: u64,
    /// Of the counted ones: some step was taken more than once.
    pub reworked: u64,
    /// How many different paths there are.
    pub different: u64,
    /// The paths, the most frequent first.
    pub variants: Vec<Variant>,
    /// Cases on paths that are not listed.
    pub others: u64,
}

#[derive(Debug)]
struct Taken {
    variant: Variant,
    /// How many cases took so many working days.
    days: BTreeMap<i64, u64>,
}

/// Counts while cases go by.
#[derive(Debug)]
pub struct VariantCount<'a> {
    calendar: &'a Calendar,
    sum: Variants,
    taken: BTreeMap<String, Taken>,
}

impl<'a> VariantCount<'a> {
    /// Nothing yet.
    #[must_use]
    pub fn new(calendar: &'a Calendar) -> Self {
        Self { calendar, sum: Variants::default(), taken: BTreeMap::new() }
    }

    /// Counts a case, on the flow of its own version of the item, with the last instant of its promised limit.
    pub fn case(&mut self, flow: Option<&Flow>, case: &Case, promise_due: Option<Timestamp>) {
        let Some(stop) = case.clock_stop() else {
            self.sum.open += 1;
            return;
        };
        let replay = Replay::of(flow, case, self.calendar);
        let in_time = promise_due.map(|due| stop <= due);
        let sum = &mut self.sum;
        sum.cases += 1;
        sum.reworked += u64::from(replay.reworked());
        *by_standing(replay.standing, &mut sum.conforming, &mut sum.deviating, &mut sum.unknown) += 1;
        if let Some(in_time) = in_time {
            sum.on_time.add(in_time);
        }
        if self.taken.len() >= APART && !self.taken.contains_key(&replay.key) {
            sum.others += 1;
            return;
        }
        let taken = self.taken.entry(replay.key.clone()).or_insert_with(|| Taken::new(&replay));
        taken.add(&replay, case, in_time);
    }

    /// The numbers, with at most so many paths.
    #[must_use]
    pub fn close(mut self, limit: usize) -> Variants {
        let cases = self.sum.cases.max(1);
        let mut all: Vec<Variant> = self.taken.into_values().map(|taken| taken.close(cases)).collect();
        all.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.key.cmp(&b.key)));
        self.sum.different = u64::try_from(all.len()).unwrap_or(0);
        self.sum.others += all.iter().skip(limit).map(|v| v.cases).sum::<u64>();
        all.truncate(limit);
        self.sum.on_time.close();
        self.sum.variants = all;
        self.sum
    }
}

fn by_standing<'n>(is: Standing, good: &'n mut u64, bad: &'n mut u64, unknown: &'n mut u64) -> &'n mut u64 {
    match is {
        Standing::Conforms => good,
        Standing::Deviates => bad,
        Standing::Unknown => unknown,
    }
}

impl Taken {
    fn new(replay: &Replay) -> Self {
        let variant = Variant {
            key: replay.key.clone(),
            path: replay.path.clone(),
            cases: 0,
            share_permille: 0,
            on_time: Rate::default(),
            median_days: None,
            rework: replay.reworked(),
            conforming: 0,
            deviating: 0,
            unknown: 0,
            rules: Vec::new(),
            examples: Vec::new(),
        };
        Self { variant, days: BTreeMap::new() }
    }

    fn add(&mut self, replay: &Replay, case: &Case, in_time: Option<bool>) {
        let v = &mut self.variant;
        v.cases += 1;
        *by_standing(replay.standing, &mut v.conforming, &mut v.deviating, &mut v.unknown) += 1;
        if let Some(in_time) = in_time {
            v.on_time.add(in_time);
        }
        for one in &replay.deviations {
            if !v.rules.contains(&one.rule) {
                v.rules.push(one.rule.clone());
                v.rules.sort();
            }
        }
        if v.examples.len() < EXAMPLES {
            v.examples.push(case.case_no.clone());
        }
        if let Some(days) = replay.working_days {
            *self.days.entry(days).or_default() += 1;
        }
    }

    fn close(self, cases: u64) -> Variant {
        let mut variant = self.variant;
        variant.share_permille = crate::share::permille(variant.cases, cases).unwrap_or(0);
        variant.on_time.close();
        // By nearest rank.
        let half = self.days.values().sum::<u64>().div_ceil(2);
        let mut seen = 0;
        variant.median_days = self.days.into_iter().find_map(|(days, n)| {
            seen += n;
            (half > 0 && seen >= half).then_some(days)
        });
        variant
    }
}

/// How often the edges of a chart were walked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Cases that were replayed.
    pub cases: u64,
    /// Cases of the period that follow another version of the chart, and are not counted.
    pub other_versions: u64,
    /// Times an edge was walked, by the ids of its nodes.
    pub edges: BTreeMap<(String, String), u64>,
    /// Times a case went where the chart has no way, by the names of the nodes.
    pub off: BTreeMap<(String, String), u64>,
    /// Times a step was sent back (退回) where the chart draws no way back, by the names of the nodes: lawful, and no edge.
    pub back: BTreeMap<(String, String), u64>,
    /// Times a step was recorded that is no node of the chart, by its name.
    pub unmapped: BTreeMap<String, u64>,
}

impl Traffic {
    /// Counts a case. Between two steps it went the shortest way past nodes that need no step of their own.
    pub fn case(&mut self, flow: &Flow, case: &Case, calendar: &Calendar) {
        let replay = Replay::of(Some(flow), case, calendar);
        self.cases += 1;
        for leg in replay.legs.iter().filter(|leg| leg.node.is_none()) {
            *self.unmapped.entry(leg.name.clone()).or_default() += 1;
        }
        let node = |at: &usize| {
            let id = replay.legs.get(*at)?.node.as_deref()?;
            flow.nodes.iter().find(|n| n.id == id)
        };
        let start = flow.nodes.first();
        for (at, before) in (0..replay.legs.len()).zip(&replay.before) {
            let Some(to) = node(&at) else { continue };
            if before.is_empty() {
                // A chart that begins with work: there is no way to its beginning.
                if let Some(start) = start.filter(|start| start.id != to.id) {
                    self.walk(flow, start, to, false);
                }
            }
            for before in before {
                let returned = replay.legs.get(*before).is_some_and(|leg| leg.returned);
                if let Some(from) = node(before) {
                    self.walk(flow, from, to, returned);
                }
            }
        }
        let end = flow.nodes.iter().find(|n| n.kind == NodeKind::End);
        if let (Some(end), Some(_)) = (end, case.clock_stop()) {
            for from in replay.last.iter().filter_map(node) {
                self.walk(flow, from, end, false);
            }
        }
    }

    fn walk(&mut self, flow: &Flow, from: &FlowNode, to: &FlowNode, returned: bool) {
        let names = || (from.name.clone(), to.name.clone());
        match way(flow, &from.id, &to.id) {
            Some(edges) => {
                for (a, b) in edges {
                    *self.edges.entry((a.to_owned(), b.to_owned())).or_default() += 1;
                }
            }
            None if returned => *self.back.entry(names()).or_default() += 1,
            None => *self.off.entry(names()).or_default() += 1,
        }
    }
}

/// The shortest way from a node to another, past nodes that need no step of their own.
fn way<'a>(flow: &'a Flow, from: &'a str, to: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut came: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        for edge in flow.edges.iter().filter(|e| e.from == at) {
            if came.contains_key(edge.to.as_str()) {
                continue;
            }
            came.insert(&edge.to, at);
            if edge.to == to {
                return Some(back(&came, from, to));
            }
            let passes = |n: &FlowNode| n.id == edge.to && (n.kind != NodeKind::Step || !n.mandatory);
            if flow.nodes.iter().any(passes) {
                open.push_back(&edge.to);
            }
        }
    }
    None
}

fn back<'a>(came: &BTreeMap<&'a str, &'a str>, from: &str, to: &'a str) -> Vec<(&'a str, &'a str)> {
    let (mut edges, mut at) = (Vec::new(), to);
    while let Some(before) = came.get(at) {
        edges.push((*before, at));
        if *before == from || edges.len() > came.len() {
            break;
        }
        at = before;
    }
    edges
}
