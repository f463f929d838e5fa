//! Steps along the item's flow: which may come next, what begins by itself, what must not be passed over, and who is kept apart.

use super::handle::Work;
use super::record::Says;
use super::{DeskCase, DeskError, DeskStep};
use crate::Timestamp;
use crate::flow::{Next, Visit, next};
use crate::item::{Flow, FlowNode, NodeKind};
use crate::record::{Field, RecordType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A step that may come next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextStep {
    /// Node id.
    pub node: String,
    /// Its name.
    pub name: String,
    /// `step`, `decide`, `end`.
    pub kind: String,
    /// When this way is taken, in the words of the chart.
    pub condition: String,
    /// Of one group only one may be taken.
    pub group: usize,
    /// Working days.
    pub limit: Option<u32>,
    /// At least so many people.
    pub people: Option<u32>,
    /// Only who is in charge of the department may pass it.
    pub leader: bool,
}

/// What cannot be passed yet, as the case stands.
fn stops(case: &DeskCase) -> impl Fn(&FlowNode) -> bool + 'static {
    let (decided, held) = (case.decision.is_some(), case.hearings.iter().any(|h| h.held_at.is_some()));
    move |node: &FlowNode| match node.kind {
        NodeKind::Decide => !decided,
        NodeKind::Hearing => node.mandatory && !held,
        _ => false,
    }
}

fn visits(steps: &[DeskStep]) -> Vec<Visit> {
    let visit = |s: &DeskStep| Visit {
        node: s.node.clone(),
        name: s.name.clone(),
        key: s.key.to_string(),
        started_at: s.started_at,
        ended_at: s.ended_at,
        returned: s.action.as_deref() == Some("return"),
        people: s.people.clone(),
    };
    steps.iter().map(visit).collect()
}

fn brief(one: &Next<'_>) -> NextStep {
    let kind = match one.node.kind {
        NodeKind::Step => "step",
        NodeKind::Decide => "decide",
        _ => "end",
    };
    NextStep {
        node: one.node.id.clone(),
        name: one.node.name.clone(),
        kind: kind.to_owned(),
        condition: one.condition.to_owned(),
        group: one.group,
        limit: one.node.limit,
        people: one.node.people,
        leader: one.node.leader,
    }
}

impl DeskCase {
    fn offered<T>(&self, steps: &[DeskStep], of: impl FnOnce(&Flow, Vec<Next<'_>>) -> T) -> Option<T> {
        let flow = self.item.flow.as_ref()?;
        let stops = stops(self);
        let visits = visits(steps);
        let found = next(flow, &visits, &stops);
        Some(of(flow, found))
    }

    /// What may come next as the case stands.
    #[must_use]
    pub fn next_steps(&self) -> Vec<NextStep> {
        self.offered(&self.steps, |_, all| all.iter().map(brief).collect()).unwrap_or_default()
    }

    /// What could follow an open step if it were passed: what a clerk chooses from.
    #[must_use]
    pub fn after_step(&self, key: u32) -> Vec<NextStep> {
        let mut steps = self.steps.clone();
        let Some(at) = steps.iter().position(|s| s.key == key && s.ended_at.is_none()) else { return Vec::new() };
        if let Some(step) = steps.get_mut(at) {
            step.ended_at = Some(step.started_at);
            step.action = Some("pass".to_owned());
        }
        let mine = |all: Vec<Next<'_>>| all.iter().filter(|n| n.after == Some(at)).map(brief).collect();
        self.offered(&steps, |_, all| mine(all)).unwrap_or_default()
    }

    /// Steps an open step may be sent back to: those before it, each once.
    #[must_use]
    pub fn before_step(&self, key: u32) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for step in self.steps.iter().take_while(|s| s.key != key).filter(|s| s.ended_at.is_some()) {
            if !found.iter().any(|(node, _)| *node == step.node) {
                found.push((step.node.clone(), step.name.clone()));
            }
        }
        found
    }

    fn node(&self, id: &str) -> Option<&FlowNode> {
        self.item.flow.as_ref()?.nodes.iter().find(|n| n.id == id)
    }

    /// Whether the flow lets a kind of node come now: nothing is open, and nothing mandatory lies before it.
    pub(super) fn reaches(&self, kind: NodeKind) -> Result<(), DeskError> {
        let open: Vec<String> = self.steps.iter().filter(|s| s.ended_at.is_none()).map(|s| s.name.clone()).collect();
        if !open.is_empty() {
            return Err(DeskError::Mandatory(open));
        }
        let checked = self.offered(&self.steps, |flow, all| {
            let drawn = flow.nodes.iter().any(|n| n.kind == kind);
            if !drawn || all.iter().any(|n| n.node.kind == kind) {
                return Ok(());
            }
            let before = all.iter().filter(|n| n.node.kind == NodeKind::Step).map(|n| n.node.name.clone());
            let hearing = flow.nodes.iter().filter(|n| n.kind == NodeKind::Hearing && stops(self)(n));
            Err(DeskError::Mandatory(before.chain(hearing.map(|n| n.name.clone())).collect()))
        });
        checked.unwrap_or(Ok(()))
    }

    /// The node of a kind, where whoever is in charge must act.
    pub(super) fn for_leader(&self, kind: NodeKind) -> bool {
        self.item.flow.iter().flat_map(|f| &f.nodes).any(|n| n.kind == kind && n.leader)
    }
}

impl Work<'_> {
    /// Begins what comes next: in each group the one there is, or the one that was chosen.
    fn go_on(&mut self, candidates: &[NextStep], to: &[String]) -> Result<(), DeskError> {
        if let Some(strange) = to.iter().find(|id| !candidates.iter().any(|n| n.node == **id)) {
            let names: Vec<&str> = candidates.iter().map(|n| n.name.as_str()).collect();
            return Err(DeskError::Step(format!("“{strange}”不是下一环节；可以是：{}", names.join("、"))));
        }
        let mut groups: Vec<usize> = candidates.iter().map(|n| n.group).collect();
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            let of: Vec<&NextStep> = candidates.iter().filter(|n| n.group == group).collect();
            let chosen: Vec<&&NextStep> = of.iter().filter(|n| to.contains(&n.node)).collect();
            let taken = match (of.as_slice(), chosen.as_slice()) {
                ([only], []) => only,
                (_, [one]) => *one,
                _ => return Err(DeskError::Choice(of.iter().map(|n| format!("{}（{}）", n.name, n.node)).collect())),
            };
            if taken.kind == "step" {
                self.open(&taken.node, &taken.name);
            }
        }
        Ok(())
    }

    fn open(&mut self, node: &str, name: &str) {
        let key = u32::try_from(self.case.steps.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.case.steps.push(DeskStep {
            key,
            node: node.to_owned(),
            name: name.to_owned(),
            started_at: self.ctx.now,
            ended_at: None,
            action: None,
            opinion: String::new(),
            people: Vec::new(),
            assigned: None,
        });
        self.tell_step(key);
    }

    fn tell_step(&mut self, key: u32) {
        let Some(step) = self.case.steps.iter().find(|s| s.key == key) else { return };
        let says = Says::default()
            .text(Field::Step, &step.name)
            .number(Field::StepNo, step.key)
            .at(Field::StartedAt, Some(step.started_at))
            .at(Field::EndedAt, step.ended_at)
            .maybe(Field::Action, step.action.as_deref())
            .text(Field::Opinion, &step.opinion)
            .text(Field::Staff, &step.people.join("、"));
        let at = step.ended_at.unwrap_or(step.started_at);
        self.tell(RecordType::Step, &format!("/step/{key}"), at, says);
    }

    /// Begins with the first steps of the flow.
    pub(super) fn begin_flow(&mut self, to: &[String]) -> Result<(), DeskError> {
        let first: Vec<NextStep> = self.case.next_steps();
        self.go_on(&first, to)
    }

    /// After the decision: what the flow has behind it.
    pub(super) fn behind_decision(&mut self, before: &[NextStep]) {
        let now = self.case.next_steps();
        let new = now.iter().filter(|n| n.kind == "step" && !before.iter().any(|b| b.node == n.node));
        let new: Vec<NextStep> = new.cloned().collect();
        // Where the flow leaves a choice somebody begins the step by name.
        if let [only] = new.as_slice() {
            self.open(&only.node, &only.name);
        }
    }

    pub(super) fn begin_step(&mut self, node: &str) -> Result<(), DeskError> {
        let offered = self.case.next_steps();
        let one = offered.iter().find(|n| n.node == node && n.kind == "step").ok_or_else(|| {
            let names: Vec<&str> = offered.iter().filter(|n| n.kind == "step").map(|n| n.name.as_str()).collect();
            DeskError::Step(format!("现在不能开始“{node}”；可以开始的：{}", names.join("、")))
        })?;
        self.open(&one.node, &one.name);
        Ok(())
    }

    fn open_step(&self, key: Option<u32>) -> Result<u32, DeskError> {
        let open: Vec<&DeskStep> = self.case.steps.iter().filter(|s| s.ended_at.is_none()).collect();
        match (key, open.as_slice()) {
            (Some(key), _) if open.iter().any(|s| s.key == key) => Ok(key),
            (None, [only]) => Ok(only.key),
            (Some(key), _) => Err(DeskError::Step(format!("第 {key} 号环节没有打开，或已经办完"))),
            (None, []) => Err(DeskError::Step("没有正在办理的环节".to_owned())),
            (None, many) => {
                Err(DeskError::Choice(many.iter().map(|s| format!("{}（第 {} 号）", s.name, s.key)).collect()))
            }
        }
    }

    /// Whether these people may end a step: it is theirs, they are enough, nobody of them did what is kept apart from it.
    fn may_end(&self, key: u32, people: &[String]) -> Result<(), DeskError> {
        let Some(step) = self.case.steps.iter().find(|s| s.key == key) else { return Ok(()) };
        if let Some(other) = step.assigned.as_deref().filter(|a| *a != self.by.user) {
            return Err(DeskError::Assigned(other.to_owned()));
        }
        let Some(node) = self.case.node(&step.node) else { return Ok(()) };
        if node.leader && !self.by.leader {
            return Err(DeskError::Leader("此环节"));
        }
        if let Some(least) = node.people.filter(|n| people.len() < usize::try_from(*n).unwrap_or(usize::MAX)) {
            return Err(DeskError::People(step.name.clone(), least));
        }
        for other in self.case.steps.iter().filter(|s| s.key != key && s.node != step.node) {
            let of_other = self.case.node(&other.node);
            let apart = node.separate_from.contains(&other.node)
                || of_other.is_some_and(|n| n.separate_from.contains(&step.node));
            if let Some(who) = people.iter().find(|p| apart && other.people.contains(p)) {
                return Err(DeskError::SamePerson(format!(
                    "“{}”和“{}”应由不同的人办理，{who} 已办理过“{}”",
                    other.name, step.name, other.name
                )));
            }
        }
        Ok(())
    }

    fn end(&mut self, key: u32, (action, opinion): (&str, &str), people: Vec<String>, at: Timestamp) {
        if let Some(step) = self.case.steps.iter_mut().find(|s| s.key == key) {
            step.ended_at = Some(at);
            step.action = Some(action.to_owned());
            opinion.clone_into(&mut step.opinion);
            step.people = people;
        }
        self.tell_step(key);
    }

    pub(super) fn pass(
        &mut self,
        key: Option<u32>,
        opinion: &str,
        with: &[String],
        to: &[String],
    ) -> Result<(), DeskError> {
        let key = self.open_step(key)?;
        let people = self.people(with)?;
        self.may_end(key, &people)?;
        let follow = self.case.after_step(key);
        self.end(key, ("pass", opinion), people, self.ctx.now);
        self.go_on(&follow, to)?;
        // Somebody who has begun something else since is not asked again: what is begun already is not offered.
        Ok(())
    }

    pub(super) fn send_back(
        &mut self,
        key: Option<u32>,
        opinion: &str,
        with: &[String],
        to: &str,
    ) -> Result<(), DeskError> {
        let key = self.open_step(key)?;
        let people = self.people(with)?;
        self.may_end(key, &people)?;
        let before = self.case.before_step(key);
        let Some((node, name)) = before.iter().find(|(node, _)| node == to).cloned() else {
            let names: Vec<&str> = before.iter().map(|(_, name)| name.as_str()).collect();
            return Err(DeskError::Step(format!("不能退回到“{to}”；可以退回到：{}", names.join("、"))));
        };
        self.end(key, ("return", opinion), people, self.ctx.now);
        self.open(&node, &name);
        Ok(())
    }

    /// The case ends where it stands: what is open ends with it, and nobody is asked any more.
    pub(super) fn break_off(&mut self) {
        for one in self.case.joint.iter_mut().filter(|j| j.waits()) {
            one.taken_back = Some(("主办件已终止".to_owned(), self.ctx.now));
        }
        let open: Vec<u32> = self.case.steps.iter().filter(|s| s.ended_at.is_none()).map(|s| s.key).collect();
        for key in open {
            // Nobody handled it: it names nobody.
            self.end(key, ("other", ""), Vec::new(), self.ctx.now);
        }
        let open: Vec<u32> = self.case.specials.iter().filter(|s| s.ended_at.is_none()).map(|s| s.key).collect();
        for key in open {
            self.end_special(key, "");
        }
    }

    fn people(&self, with: &[String]) -> Result<Vec<String>, DeskError> {
        let mut people = vec![self.by.user.to_owned()];
        for one in with.iter().map(|w| w.trim()).filter(|w| !w.is_empty()) {
            if one.contains([',', '，', '、', ';', '；', '/']) {
                return Err(DeskError::Words(format!("共同办理人“{one}”应一人一项")));
            }
            if !people.iter().any(|p| p == one) {
                people.push(one.to_owned());
            }
        }
        Ok(people)
    }
}
