//! A case on its flow chart (运行流程图): the path it took, the steps nobody mapped, where it strayed; and for an item, which
//! paths its cases take. Handbook §14.
//!
//! Only source steps are walked; nodes that other records prove (acceptance, decision, delivery …), nodes without work of
//! their own (start, branch, joint, end) and optional steps may be passed without one. A branch leads one way, a joint leads
//! all ways at once, a returned step leads back to any step before it. What is not mapped is shown, never taken as conforming.

mod next;
mod replay;
mod variants;

pub use next::{Next, next};
pub use replay::{Leg, Replay, Standing, Strayed};
pub use variants::{Traffic, Variant, VariantCount, Variants};

use crate::Timestamp;
use crate::case::{Case, Step};
use crate::item::{Flow, FlowNode, NodeKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The node a source's step of this name is.
#[must_use]
pub fn node_of<'a>(flow: &'a Flow, step: &str) -> Option<&'a FlowNode> {
    flow.nodes.iter().find(|n| n.is_called(step))
}

/// One step of a case, at its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Visit {
    /// The node's id.
    pub node: String,
    /// The node's name.
    pub name: String,
    /// The step's key.
    pub key: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing while it is open.
    pub ended_at: Option<Timestamp>,
    /// It was sent back (退回).
    pub returned: bool,
    /// Who handled it.
    pub people: Vec<String>,
}

/// A step of the source that is no node of the flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Unmapped {
    /// Its name in the source.
    pub name: String,
    /// Its key.
    pub key: String,
    /// When it began.
    pub started_at: Timestamp,
}

/// Where a case strayed from its flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Deviation {
    /// A step that nothing before it leads to.
    NotAllowed {
        /// The step before it; nothing where it is the first.
        from: Option<String>,
        /// The step.
        to: String,
        /// When it began.
        at: Timestamp,
    },
    /// The same person in two steps that are kept apart.
    SamePerson {
        /// One step.
        first: String,
        /// The other.
        second: String,
        /// Who.
        person: String,
        /// When the later one began.
        at: Timestamp,
    },
}

impl Deviation {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::NotAllowed { at, .. } | Self::SamePerson { at, .. } => *at,
        }
    }

    /// In words.
    #[must_use]
    pub fn say_zh(&self) -> String {
        match self {
            Self::NotAllowed { from: Some(from), to, at } => {
                format!("{} 从“{from}”转到“{to}”，流程图没有这条路径", at.date())
            }
            Self::NotAllowed { from: None, to, at } => format!("{} 以“{to}”开始，流程图没有这条路径", at.date()),
            Self::SamePerson { first, second, person, .. } => {
                format!("“{first}”和“{second}”应由不同的人办理，实际都由 {person} 办理")
            }
        }
    }
}

/// What a case did on its flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Path {
    /// Its steps at their nodes, in the order in which they began.
    pub visits: Vec<Visit>,
    /// Its steps that are no node.
    pub unmapped: Vec<Unmapped>,
    /// Where it strayed.
    pub deviations: Vec<Deviation>,
}

impl Path {
    /// Whether it is known to follow the flow as far as it has come: nothing strayed, nothing unmapped.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.unmapped.is_empty() && self.deviations.is_empty()
    }
}

/// The names in a step's staff field: one, or several with a comma between them.
#[must_use]
pub fn people(step: &Step) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in step.staff.as_deref().unwrap_or("").split([',', '，', '、', ';', '；', '/']) {
        let name = name.trim();
        if !name.is_empty() && !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Ids of nodes without a step of their own that other records show the case has reached.
#[must_use]
pub fn reached(flow: &Flow, case: &Case) -> BTreeSet<String> {
    let shown = |node: &&FlowNode| match node.kind {
        NodeKind::Start => true,
        NodeKind::Receive => case.received_at.is_some(),
        NodeKind::Accept => case.accepted_at.is_some(),
        NodeKind::Decide => case.decided_at.is_some(),
        NodeKind::Certificate => case.cert_no.is_some(),
        NodeKind::Deliver => case.delivered_at.is_some(),
        NodeKind::Hearing => case.hearings.iter().any(|h| h.held_at.is_some()),
        NodeKind::Special => !case.specials.is_empty(),
        NodeKind::End => case.finished_at.is_some(),
        NodeKind::Step | NodeKind::Branch | NodeKind::Joint => false,
    };
    flow.nodes.iter().filter(shown).map(|n| n.id.clone()).collect()
}

/// Mandatory nodes a case has not passed: no step of that name has ended, and no other record proves it.
#[must_use]
pub fn missing<'a>(flow: &'a Flow, case: &Case) -> Vec<&'a FlowNode> {
    let proven = |node: &FlowNode| match node.kind {
        NodeKind::Start | NodeKind::End | NodeKind::Deliver => true,
        NodeKind::Receive => case.received_at.is_some(),
        NodeKind::Accept => case.accepted_at.is_some(),
        NodeKind::Decide => case.decided_at.is_some(),
        NodeKind::Certificate => case.cert_no.is_some(),
        NodeKind::Hearing => case.hearings.iter().any(|h| h.held_at.is_some()),
        NodeKind::Special => !case.specials.is_empty(),
        NodeKind::Step | NodeKind::Branch | NodeKind::Joint => false,
    };
    let stepped = |node: &FlowNode| case.steps.iter().any(|s| s.ended_at.is_some() && node.is_called(&s.name));
    flow.nodes.iter().filter(|n| n.mandatory && !proven(n) && !stepped(n)).collect()
}

/// The names of a case's steps that are no node of its flow, each once.
#[must_use]
pub fn unmapped<'a>(flow: &Flow, case: &'a Case) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for step in &case.steps {
        if node_of(flow, &step.name).is_none() && !names.contains(&step.name.as_str()) {
            names.push(&step.name);
        }
    }
    names
}

/// Walks a case's steps over its flow.
#[must_use]
pub fn path(flow: &Flow, case: &Case) -> Path {
    let mut path = Path::default();
    for step in &case.steps {
        match node_of(flow, &step.name) {
            Some(node) => path.visits.push(Visit {
                node: node.id.clone(),
                name: node.name.clone(),
                key: step.key.clone(),
                started_at: step.started_at,
                ended_at: step.ended_at,
                returned: step.action.as_deref() == Some("return"),
                people: people(step),
            }),
            None => path.unmapped.push(Unmapped {
                name: step.name.clone(),
                key: step.key.clone(),
                started_at: step.started_at,
            }),
        }
    }
    let strayed = Walk::new(flow).strays(&path.visits);
    path.deviations.extend(strayed);
    path.deviations.extend(same_people(flow, &path.visits));
    path
}

/// Where the flow leads from a node: offers that stand until somebody takes them.
struct Walk<'a> {
    flow: &'a Flow,
    offers: Vec<Offer<'a>>,
    groups: usize,
    /// Nodes that one may not go past although they are no step: what they stand for has not happened yet.
    stops: Option<&'a dyn Fn(&FlowNode) -> bool>,
}

/// A node that may come next. Of one group only one may be taken: a branch is one group, each way out of a joint its own.
struct Offer<'a> {
    node: &'a str,
    group: usize,
    /// What the edges on the way say about when they are taken.
    condition: &'a str,
}

impl<'a> Walk<'a> {
    fn new(flow: &'a Flow) -> Self {
        Self::stopping(flow, None)
    }

    fn stopping(flow: &'a Flow, stops: Option<&'a dyn Fn(&FlowNode) -> bool>) -> Self {
        let mut walk = Self { flow, offers: Vec::new(), groups: 0, stops };
        // The first node is the start; a flow that begins with work offers that work itself.
        if let Some(first) = flow.nodes.first() {
            let group = walk.group();
            walk.offers.push(Offer { node: &first.id, group, condition: "" });
            if walk.passes(first) {
                walk.offer_from(&first.id, (group, ""), &mut BTreeSet::new());
            }
        }
        walk
    }

    fn group(&mut self) -> usize {
        self.groups += 1;
        self.groups
    }

    /// Whether one may go past a node without a step record.
    fn passes(&self, node: &FlowNode) -> bool {
        (node.kind != NodeKind::Step || !node.mandatory) && !self.stops.is_some_and(|stops| stops(node))
    }

    fn offer_from(&mut self, from: &str, (group, said): (usize, &'a str), seen: &mut BTreeSet<&'a str>) {
        let flow = self.flow;
        let splits = flow.nodes.iter().any(|n| n.id == from && n.kind == NodeKind::Joint);
        let ways = flow.edges.iter().filter(|e| e.from == from).count();
        for edge in flow.edges.iter().filter(|e| e.from == from) {
            let Some(next) = flow.nodes.iter().find(|n| n.id == edge.to) else { continue };
            if !seen.insert(&next.id) {
                continue;
            }
            let group = if splits && ways > 1 { self.group() } else { group };
            let condition = if edge.condition.is_empty() { said } else { &edge.condition };
            self.offers.push(Offer { node: &next.id, group, condition });
            if self.passes(next) {
                self.offer_from(&next.id, (group, condition), seen);
            }
        }
    }

    fn strays(mut self, visits: &[Visit]) -> Vec<Deviation> {
        let flow = self.flow;
        let mut found = Vec::new();
        let mut before: Vec<&'a str> = Vec::new();
        let mut last: Option<&str> = None;
        for visit in visits {
            let Some(node) = flow.nodes.iter().find(|n| n.id == visit.node) else { continue };
            match self.offers.iter().rev().find(|o| o.node == node.id).map(|o| o.group) {
                // Where branches meet again, one arrival is enough for all.
                Some(group) => self.offers.retain(|o| o.group != group && o.node != node.id),
                None => found.push(Deviation::NotAllowed {
                    from: last.map(str::to_owned),
                    to: visit.name.clone(),
                    at: visit.started_at,
                }),
            }
            let group = self.group();
            if visit.returned {
                // Sent back: any step before may follow, once.
                for earlier in &before {
                    self.offers.push(Offer { node: earlier, group, condition: "" });
                }
                self.offers.push(Offer { node: &node.id, group, condition: "" });
            } else {
                self.offer_from(&node.id, (group, ""), &mut BTreeSet::new());
            }
            before.push(&node.id);
            last = Some(&visit.name);
        }
        found
    }
}

fn same_people(flow: &Flow, visits: &[Visit]) -> Vec<Deviation> {
    let apart = |a: &str, b: &str| {
        let says =
            |id: &str, other: &str| flow.nodes.iter().any(|n| n.id == id && n.separate_from.iter().any(|s| s == other));
        a != b && (says(a, b) || says(b, a))
    };
    let mut found: Vec<Deviation> = Vec::new();
    for (at, second) in visits.iter().enumerate() {
        for first in visits.iter().take(at).filter(|first| apart(&first.node, &second.node)) {
            let Some(person) = first.people.iter().find(|p| second.people.contains(p)) else { continue };
            found.push(Deviation::SamePerson {
                first: first.name.clone(),
                second: second.name.clone(),
                person: person.clone(),
                at: second.started_at,
            });
        }
    }
    found
}

/// The working days of the longest path, by the limits of its nodes; a way back is not walked twice. Nothing when no node has a
/// limit.
#[must_use]
pub fn longest_limit(flow: &Flow) -> Option<u32> {
    fn from<'a>(flow: &'a Flow, id: &'a str, on_path: &mut Vec<&'a str>, known: &mut BTreeMap<&'a str, u32>) -> u32 {
        if let Some(days) = known.get(id) {
            return *days;
        }
        if on_path.contains(&id) {
            return 0;
        }
        on_path.push(id);
        let next = flow.edges.iter().filter(|e| e.from == id);
        let rest = next.map(|e| from(flow, &e.to, on_path, known)).max().unwrap_or(0);
        on_path.pop();
        let own = flow.nodes.iter().find(|n| n.id == id).and_then(|n| n.limit).unwrap_or(0);
        let days = own.saturating_add(rest);
        known.insert(id, days);
        days
    }
    if flow.nodes.iter().all(|n| n.limit.is_none()) {
        return None;
    }
    let mut known = BTreeMap::new();
    flow.nodes.iter().map(|n| from(flow, &n.id, &mut Vec::new(), &mut known)).max()
}

#[cfg(test)]
mod tests;
