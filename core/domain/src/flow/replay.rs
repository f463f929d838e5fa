//! A case replayed on its flow (流程回放): every step it took in order, with what it waited and worked, what ran side by side,
//! what was done again, what is no node of the flow, and where it strayed, by rule. Two cases that did the same give the same
//! key, in whichever order their parallel branches were worked on.

use super::{Deviation, missing, node_of, path, people, reached};
use crate::Timestamp;
use crate::calendar::Calendar;
use crate::case::{Case, Step};
use crate::item::{Flow, NodeKind};
use crate::limit::used_days;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How a case stands to its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It follows the flow as far as it has come. 符合
    Conforms,
    /// Steps are no node of the flow, or there is no flow: nobody can tell. 无法判定
    Unknown,
    /// It strayed. 偏离
    Deviates,
}

impl Standing {
    /// The word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Unknown => "unknown",
            Self::Deviates => "deviates",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Conforms => "符合",
            Self::Unknown => "无法判定",
            Self::Deviates => "偏离",
        }
    }
}

/// One step of a case, as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Leg {
    /// The node's id; nothing where the step is no node of the flow.
    pub node: Option<String>,
    /// The node's name, or the source's where there is no node.
    pub name: String,
    /// The name in the source.
    pub source_name: String,
    /// The step's key.
    pub key: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing while it is open.
    pub ended_at: Option<Timestamp>,
    /// For the how manieth time this step is taken; more than 1 is rework (返工).
    pub round: u32,
    /// It was sent back (退回).
    pub returned: bool,
    /// It ran beside others: the number of its branch, from 1.
    pub branch: Option<u32>,
    /// Working days between the end of what it waited for and its beginning: the steps before it, or the start of the clock.
    /// Nothing where that is unknown.
    pub waited_days: Option<i64>,
    /// Working days from its beginning to its end; the same day is 0. Nothing while it is open, or where the calendar ends.
    pub worked_days: Option<i64>,
    /// Who handled it.
    pub people: Vec<String>,
    /// Nothing before it leads to it (P-08).
    pub strayed: bool,
}

/// Where a case strayed, by the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Strayed {
    /// `P-07` a mandatory step is missing, `P-08` order, `P-09` duties not separated, `P-10` too few people.
    pub rule: String,
    /// When; nothing for what never happened.
    pub at: Option<Timestamp>,
    /// In words.
    pub zh: String,
    /// The nodes it is about, by name.
    pub nodes: Vec<String>,
}

/// A case on its flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Replay {
    /// When it began: the start of its clock, else receipt or application.
    pub began_at: Option<Timestamp>,
    /// When its clock stopped; nothing while it is open.
    pub ended_at: Option<Timestamp>,
    /// Working days from the one to the other.
    pub working_days: Option<i64>,
    /// Its steps, in the order in which they began.
    pub legs: Vec<Leg>,
    /// Names of nodes without a step of their own that other records prove.
    pub proven: Vec<String>,
    /// Names of steps that are no node of the flow, each once.
    pub unmapped: Vec<String>,
    /// Where it strayed.
    pub deviations: Vec<Strayed>,
    /// How it stands to the flow.
    pub standing: Standing,
    /// The path in words, one element a step; branches that ran side by side are one element.
    pub path: Vec<String>,
    /// The same as one text: cases with the same key did the same.
    pub key: String,
    /// The number of each leg's predecessors, the unmapped ones left out; empty: the start.
    #[serde(skip)]
    pub(super) before: Vec<Vec<usize>>,
    /// The last legs, the unmapped ones left out.
    #[serde(skip)]
    pub(super) last: Vec<usize>,
}

/// What stands between two elements of a path.
const THEN: &str = "→";

impl Replay {
    /// Replays a case. Without a flow every step is unmapped, and nobody can tell.
    #[must_use]
    pub fn of(flow: Option<&Flow>, case: &Case, calendar: &Calendar) -> Self {
        let mut legs: Vec<Leg> = Vec::with_capacity(case.steps.len());
        let mut rounds: BTreeMap<String, u32> = BTreeMap::new();
        for step in &case.steps {
            let leg = leg(flow, step, calendar);
            let round = rounds.entry(leg.node.clone().unwrap_or_else(|| format!("?{}", leg.name))).or_default();
            *round += 1;
            legs.push(Leg { round: *round, ..leg });
        }
        let deviations = flow.map_or_else(Vec::new, |flow| strayed(flow, case, &mut legs));
        let mut unmapped: Vec<String> = Vec::new();
        for leg in legs.iter().filter(|leg| leg.node.is_none()) {
            if !unmapped.contains(&leg.name) {
                unmapped.push(leg.name.clone());
            }
        }
        let sides = flow.map_or_else(BTreeMap::new, sides);
        let began_at = case.clock_start().or(case.received_at).or(case.applied_at);
        let all: Vec<usize> = (0..legs.len()).collect();
        let mapped: Vec<usize> =
            all.iter().copied().filter(|at| legs.get(*at).is_some_and(|l| l.node.is_some())).collect();
        let shown = groups(&legs, &all, &sides);
        let path = shown.iter().map(|group| group.say(&legs)).collect::<Vec<String>>();
        for group in &shown {
            group.number(&mut legs);
        }
        wait(&mut legs, &order(&shown).0, began_at, calendar);
        let (before, last) = order(&groups(&legs, &mapped, &sides));
        let mut by_leg = vec![Vec::new(); legs.len()];
        for (at, preds) in before {
            if let Some(place) = by_leg.get_mut(at) {
                *place = preds;
            }
        }
        let ended_at = case.clock_stop();
        let proven = flow.map_or_else(Vec::new, |flow| {
            let ids = reached(flow, case);
            let own = |id: &str| legs.iter().any(|leg| leg.node.as_deref() == Some(id));
            flow.nodes.iter().filter(|n| ids.contains(&n.id) && !own(&n.id)).map(|n| n.name.clone()).collect()
        });
        let standing = match (deviations.is_empty(), flow.is_some() && unmapped.is_empty()) {
            (false, _) => Standing::Deviates,
            (true, false) => Standing::Unknown,
            (true, true) => Standing::Conforms,
        };
        Self {
            began_at,
            ended_at,
            working_days: began_at.zip(ended_at).and_then(|(a, b)| used_days(calendar, a.date(), b.date()).ok()),
            legs,
            proven,
            unmapped,
            deviations,
            standing,
            key: path.join(THEN),
            path,
            before: by_leg,
            last,
        }
    }

    /// Whether any step was taken more than once.
    #[must_use]
    pub fn reworked(&self) -> bool {
        self.legs.iter().any(|leg| leg.round > 1)
    }
}

fn leg(flow: Option<&Flow>, step: &Step, calendar: &Calendar) -> Leg {
    let node = flow.and_then(|flow| node_of(flow, &step.name));
    let worked = |end: Timestamp| used_days(calendar, step.started_at.date(), end.date()).ok();
    Leg {
        node: node.map(|n| n.id.clone()),
        name: node.map_or_else(|| step.name.clone(), |n| n.name.clone()),
        source_name: step.name.clone(),
        key: step.key.clone(),
        started_at: step.started_at,
        ended_at: step.ended_at,
        round: 1,
        returned: step.action.as_deref() == Some("return"),
        branch: None,
        waited_days: None,
        worked_days: step.ended_at.and_then(worked),
        people: people(step),
        strayed: false,
    }
}

/// What the rules of conformance say, and marks the legs nothing leads to.
fn strayed(flow: &Flow, case: &Case, legs: &mut [Leg]) -> Vec<Strayed> {
    let mut all = Vec::new();
    for one in path(flow, case).deviations {
        let (rule, nodes) = match &one {
            Deviation::NotAllowed { from, to, at } => {
                let here = |l: &&mut Leg| l.node.is_some() && l.name == *to && l.started_at == *at && !l.strayed;
                if let Some(leg) = legs.iter_mut().find(here) {
                    leg.strayed = true;
                }
                ("P-08", from.iter().chain([to]).cloned().collect())
            }
            Deviation::SamePerson { first, second, .. } => ("P-09", vec![first.clone(), second.clone()]),
        };
        all.push(Strayed { rule: rule.to_owned(), at: Some(one.at()), zh: one.say_zh(), nodes });
    }
    for leg in legs.iter().filter(|leg| leg.ended_at.is_some() && !leg.people.is_empty()) {
        let need = flow.nodes.iter().find(|n| Some(&n.id) == leg.node.as_ref()).and_then(|n| n.people);
        if let Some(need) = need.filter(|need| leg.people.len() < usize::try_from(*need).unwrap_or(usize::MAX)) {
            let zh = format!("环节“{}”应由 {need} 名以上工作人员办理，实际 {} 名", leg.name, leg.people.len());
            all.push(Strayed { rule: "P-10".to_owned(), at: leg.ended_at, zh, nodes: vec![leg.name.clone()] });
        }
    }
    let decided = matches!(case.finish_type.as_deref(), Some("granted" | "refused" | "completed"));
    if decided && case.finished_at.is_some() {
        for node in missing(flow, case) {
            let zh = format!("没有必经环节“{}”的办理记录", node.name);
            all.push(Strayed { rule: "P-07".to_owned(), at: None, zh, nodes: vec![node.name.clone()] });
        }
    }
    all
}

/// Which branch of which joint a node lies in.
type Sides<'a> = BTreeMap<&'a str, (usize, usize)>;

/// The nodes between a joint and where its ways meet again, with the way they lie on. Of nested joints the outer one counts.
fn sides(flow: &Flow) -> Sides<'_> {
    let forward = forward(flow);
    let mut all = BTreeMap::new();
    for (joint, node) in flow.nodes.iter().enumerate().filter(|(_, n)| n.kind == NodeKind::Joint) {
        let ways: Vec<BTreeSet<&str>> =
            forward.iter().filter(|(from, _)| *from == node.id).map(|(_, to)| reach(&forward, to)).collect();
        for (way, nodes) in ways.iter().enumerate() {
            let own = |id: &&str| ways.iter().enumerate().all(|(other, all)| other == way || !all.contains(id));
            for id in nodes.iter().copied().filter(own).filter(|_| ways.len() > 1) {
                all.entry(id).or_insert((joint, way));
            }
        }
    }
    all
}

/// Edges that do not lead back to a node above.
fn forward(flow: &Flow) -> Vec<(&str, &str)> {
    fn walk<'a>(
        flow: &'a Flow,
        at: &'a str,
        above: &mut Vec<&'a str>,
        seen: &mut BTreeSet<&'a str>,
        out: &mut Vec<(&'a str, &'a str)>,
    ) {
        if !seen.insert(at) {
            return;
        }
        above.push(at);
        for edge in flow.edges.iter().filter(|e| e.from == at) {
            if !above.contains(&edge.to.as_str()) {
                out.push((at, &edge.to));
                walk(flow, &edge.to, above, seen, out);
            }
        }
        above.pop();
    }
    let mut out = Vec::new();
    if let Some(first) = flow.nodes.first() {
        walk(flow, &first.id, &mut Vec::new(), &mut BTreeSet::new(), &mut out);
    }
    out
}

fn reach<'a>(edges: &[(&'a str, &'a str)], from: &'a str) -> BTreeSet<&'a str> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(at) = open.pop() {
        if seen.insert(at) {
            open.extend(edges.iter().filter(|(a, _)| *a == at).map(|(_, b)| *b));
        }
    }
    seen
}

/// Steps that follow one another, or run side by side.
enum Group {
    One(usize),
    /// By branch, in the order of the chart.
    Beside(BTreeMap<usize, Vec<usize>>),
}

fn groups(legs: &[Leg], which: &[usize], sides: &Sides<'_>) -> Vec<Group> {
    let side = |at: &usize| legs.get(*at)?.node.as_deref().and_then(|id| sides.get(id)).copied();
    let mut all = Vec::new();
    let mut rest = which;
    while let Some((first, more)) = rest.split_first() {
        let Some((joint, _)) = side(first) else {
            all.push(Group::One(*first));
            rest = more;
            continue;
        };
        let n = rest.iter().take_while(|at| side(at).is_some_and(|(j, _)| j == joint)).count();
        let (run, after) = rest.split_at(n);
        let mut branches: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in run {
            branches.entry(side(at).map_or(0, |(_, way)| way)).or_default().push(*at);
        }
        match branches.len() {
            1 => all.extend(run.iter().map(|at| Group::One(*at))),
            _ => all.push(Group::Beside(branches)),
        }
        rest = after;
    }
    all
}

impl Group {
    fn say(&self, legs: &[Leg]) -> String {
        let chain =
            |which: &[usize]| which.iter().filter_map(|at| legs.get(*at)).map(word).collect::<Vec<_>>().join(THEN);
        match self {
            Self::One(at) => chain(&[*at]),
            Self::Beside(branches) => {
                let ways: Vec<String> = branches.values().map(|which| chain(which)).collect();
                format!("（{}）", ways.join(" ∥ "))
            }
        }
    }

    fn number(&self, legs: &mut [Leg]) {
        let Self::Beside(branches) = self else { return };
        for (way, which) in (1u32..).zip(branches.values()) {
            for at in which {
                if let Some(leg) = legs.get_mut(*at) {
                    leg.branch = Some(way);
                }
            }
        }
    }
}

/// A step in a path: what is no node in brackets, sent back with an arrow, done again with the number of the round.
fn word(leg: &Leg) -> String {
    let name = if leg.node.is_some() { leg.name.clone() } else { format!("［{}］", leg.name) };
    let round = if leg.round > 1 { format!("↺{}", leg.round) } else { String::new() };
    format!("{name}{round}{}", if leg.returned { "⤺" } else { "" })
}

/// The predecessors of each leg, and the last ones.
type Order = (Vec<(usize, Vec<usize>)>, Vec<usize>);

fn order(groups: &[Group]) -> Order {
    let (mut all, mut last): (Vec<(usize, Vec<usize>)>, Vec<usize>) = (Vec::new(), Vec::new());
    for group in groups {
        match group {
            Group::One(at) => {
                all.push((*at, std::mem::take(&mut last)));
                last.push(*at);
            }
            Group::Beside(branches) => {
                let before = std::mem::take(&mut last);
                for which in branches.values() {
                    let mut preds = before.clone();
                    for at in which {
                        all.push((*at, std::mem::replace(&mut preds, vec![*at])));
                    }
                    last.extend(preds);
                }
            }
        }
    }
    (all, last)
}

fn wait(legs: &mut [Leg], before: &[(usize, Vec<usize>)], began: Option<Timestamp>, calendar: &Calendar) {
    for (at, preds) in before {
        let since = match preds.as_slice() {
            [] => began,
            preds => preds.iter().map(|p| legs.get(*p)?.ended_at).max().flatten(),
        };
        if let (Some(leg), Some(since)) = (legs.get_mut(*at), since) {
            leg.waited_days = used_days(calendar, since.date(), leg.started_at.date()).ok();
        }
    }
}
