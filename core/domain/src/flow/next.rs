//! What may come next of a case that is handled here and now, step by step (the desk, handbook §15): nothing that is mandatory is
//! passed over, and where branches meet nothing begins before all of them are done.

use super::{Visit, Walk};
use crate::item::{Flow, FlowNode, NodeKind};
use std::collections::BTreeSet;

/// A node that may come next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Next<'a> {
    /// The node.
    pub node: &'a FlowNode,
    /// Of one group only one may be taken.
    pub group: usize,
    /// The visit that leads to it, by its place; nothing: the beginning.
    pub after: Option<usize>,
    /// When this way is taken, in the words of the chart.
    pub condition: &'a str,
}

/// What may come next after some visits: steps, the decision and the end, in the order of the chart. `stops` says which other nodes
/// cannot be passed yet. A step that is open is not offered again, and neither is what it leads to.
#[must_use]
pub fn next<'a>(flow: &'a Flow, visits: &[Visit], stops: &'a dyn Fn(&FlowNode) -> bool) -> Vec<Next<'a>> {
    let mut walk = Walk::stopping(flow, Some(stops));
    let mut after = vec![None; walk.offers.len()];
    let mut before: Vec<&'a FlowNode> = Vec::new();
    let mut awaited: BTreeSet<&'a str> = BTreeSet::new();
    for (at, visit) in visits.iter().enumerate() {
        let Some(node) = flow.nodes.iter().find(|n| n.id == visit.node) else { continue };
        if let Some(group) = walk.offers.iter().rev().find(|o| o.node == node.id).map(|o| o.group) {
            let keep: Vec<bool> = walk.offers.iter().map(|o| o.group != group && o.node != node.id).collect();
            let mut kept = keep.iter();
            walk.offers.retain(|_| kept.next().copied().unwrap_or(true));
            let mut kept = keep.iter();
            after.retain(|_| kept.next().copied().unwrap_or(true));
        }
        if visit.ended_at.is_none() {
            awaited.insert(&node.id);
            reach(flow, &node.id, &mut awaited);
        } else if visit.returned {
            let group = walk.group();
            for earlier in before.iter().copied().chain([node]) {
                walk.offers.push(super::Offer { node: &earlier.id, group, condition: "" });
            }
        } else {
            let group = walk.group();
            walk.offer_from(&node.id, (group, ""), &mut BTreeSet::new());
        }
        after.resize(walk.offers.len(), Some(at));
        before.push(node);
    }
    let mut found: Vec<Next<'a>> = Vec::new();
    for (offer, after) in walk.offers.iter().zip(after) {
        let Some(node) = flow.nodes.iter().find(|n| n.id == offer.node) else { continue };
        let counts = matches!(node.kind, NodeKind::Step | NodeKind::Decide | NodeKind::End);
        if counts && !awaited.contains(node.id.as_str()) {
            found.retain(|n| n.node.id != node.id);
            found.push(Next { node, group: offer.group, after, condition: offer.condition });
        }
    }
    found.sort_by_key(|n| flow.nodes.iter().position(|node| node.id == n.node.id));
    found
}

/// Every node that a node leads to.
fn reach<'a>(flow: &'a Flow, from: &str, seen: &mut BTreeSet<&'a str>) {
    for edge in flow.edges.iter().filter(|e| e.from == from) {
        if seen.insert(&edge.to) {
            reach(flow, &edge.to, seen);
        }
    }
}
