//! What waits for somebody, and what somebody may try now.

use super::{Ask, AskKind, DeskActor, DeskCase, DeskState, MaterialState};
use crate::Timestamp;
use crate::item::HandleType;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What waits for somebody: of a department, of one person, until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Work {
    /// What distinguishes it in the case.
    pub key: String,
    /// Whose: the case's own department, or one that is asked.
    pub department: String,
    /// `accept`, `correction`, `step`, `decide`, `finish`, `deliver`, `special`, `upper`, `ask`, `joint`,
    /// `tolerance`.
    pub kind: String,
    /// What, in Chinese: the step's name.
    pub name: String,
    /// The node of the flow, for a step.
    #[serde(default)]
    pub node: Option<String>,
    /// Who is to do it; nothing: whoever takes it.
    #[serde(default)]
    pub assigned: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// The last day where one was set.
    #[serde(default)]
    pub by: Option<NaiveDate>,
}

impl DeskCase {
    /// The last day for what was tolerated and has not come.
    #[must_use]
    pub fn tolerance_due(&self) -> Option<NaiveDate> {
        let lacks = self.materials.iter().any(|m| m.state == MaterialState::Tolerated);
        self.tolerance.as_ref().filter(|_| lacks && !self.state.is_closed()).map(|t| t.due)
    }

    /// What is there to do now.
    #[must_use]
    pub fn work(&self) -> Vec<Work> {
        let own = |key: &str, kind: &str, name: &str, since: Timestamp| Work {
            key: key.to_owned(),
            department: self.department.clone(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            node: None,
            assigned: self.assigned.clone(),
            since,
            by: None,
        };
        let mut all = Vec::new();
        if let Some(part) = &self.part {
            if !self.state.is_closed() {
                all.push(Work { by: Some(part.reply_by), ..own("joint", "joint", "会办意见", self.received_at) });
            }
            return all;
        }
        match self.state {
            DeskState::Received => {
                let since = self.correction.as_ref().and_then(|c| c.received_at).unwrap_or(self.received_at);
                all.push(own("accept", "accept", "受理", since));
            }
            DeskState::Correcting => {
                let correction = self.correction.as_ref();
                let since = correction.map_or(self.received_at, |c| c.notified_at);
                all.push(Work { by: correction.map(|c| c.due), ..own("correction", "correction", "补正", since) });
            }
            DeskState::Processing | DeskState::Special => {
                for step in self.steps.iter().filter(|s| s.ended_at.is_none()) {
                    all.push(Work {
                        node: Some(step.node.clone()),
                        assigned: step.assigned.clone(),
                        ..own(&format!("step/{}", step.key), "step", &step.name, step.started_at)
                    });
                }
                for one in self.specials.iter().filter(|s| s.ended_at.is_none()) {
                    all.push(own(&format!("special/{}", one.key), "special", "特别程序", one.started_at));
                }
                if all.iter().all(|w| w.kind != "step") {
                    let last = self.steps.iter().filter_map(|s| s.ended_at).max().or(self.accepted_at);
                    all.push(own("decide", "decide", "决定", last.unwrap_or(self.received_at)));
                }
                if let Some(due) = self.tolerance_due() {
                    let since = self.accepted_at.unwrap_or(self.received_at);
                    all.push(Work { by: Some(due), ..own("tolerance", "tolerance", "容缺补交", since) });
                }
            }
            DeskState::Forwarded => {
                let since = self.forwarded.as_ref().map_or(self.received_at, |(_, at)| *at);
                all.push(own("finish", "finish", "转报办结", since));
            }
            DeskState::Decided => {
                let since = self.decision.as_ref().map_or(self.received_at, |d| d.at);
                for step in self.steps.iter().filter(|s| s.ended_at.is_none()) {
                    all.push(Work {
                        node: Some(step.node.clone()),
                        assigned: step.assigned.clone(),
                        ..own(&format!("step/{}", step.key), "step", &step.name, step.started_at)
                    });
                }
                if all.is_empty() {
                    all.push(own("finish", "finish", "办结", since));
                }
            }
            DeskState::Finished if self.decision.is_some() => {
                all.push(own("deliver", "deliver", "送达", self.closed_at.unwrap_or(self.received_at)));
            }
            _ => {}
        }
        if !self.state.is_closed() {
            for ask in self.asks.iter().filter(|a| a.waits()) {
                let name = format!("审批：{}", ask.kind.name_zh());
                all.push(Work { assigned: None, ..own(&format!("ask/{}", ask.key), "ask", &name, ask.at) });
            }
            // What has a part waits there.
            for one in self.joint.iter().filter(|j| j.waits() && j.part.is_none()) {
                all.push(Work {
                    department: one.department.clone(),
                    assigned: None,
                    by: Some(one.reply_by),
                    ..own(&format!("joint/{}", one.key), "joint", "会办意见", one.asked_at)
                });
            }
        }
        all
    }

    /// The words of the acts that its state allows this person to try now; what each demands is seen when it is done.
    #[must_use]
    pub fn possible(&self, by: DeskActor<'_>) -> Vec<&'static str> {
        use DeskState as S;
        if by.department != self.department {
            let asked = self.joint.iter().any(|j| j.department == by.department && j.waits());
            let open = matches!(self.state, S::Processing | S::Special);
            return if asked && open { vec!["answer"] } else { Vec::new() };
        }
        if self.part.is_some() {
            return if self.state.is_closed() { Vec::new() } else { vec!["answer", "hand-over"] };
        }
        let (state, open) = (self.state, self.steps.iter().any(|s| s.ended_at.is_none()));
        let going = matches!(state, S::Processing | S::Special);
        let last = self.hearings.last();
        let waits = |a: &&Ask| a.waits() && a.by != by.user && (by.leader || a.kind == AskKind::Void);
        let unpaid = self.fees.iter().any(super::DeskFee::waits);
        let told = self.specials.iter().all(|s| s.notified_at.is_some())
            && self.extension.as_ref().is_none_or(|e| e.notified_at.is_some());
        let lacks = self.materials.iter().any(|m| m.state != MaterialState::Received);
        let served = going || matches!(state, S::Decided | S::Finished | S::Delivered);
        let beginnable = going || state == S::Decided;
        let forward = self.item.handle_type == HandleType::ForwardUp;
        let all = [
            ("materials", (state == S::Received || going) && lacks),
            ("correct", state == S::Received && self.correction.is_none()),
            ("corrected", state == S::Correcting),
            ("lapse", state == S::Correcting),
            ("accept", state == S::Received),
            ("reject", state == S::Received),
            ("pass", open && (going || state == S::Decided)),
            ("return", open && going && self.steps.len() > 1),
            ("begin", beginnable && self.next_steps().iter().any(|n| n.kind == "step")),
            ("ask", going),
            ("unask-joint", going && self.joint.iter().any(|j| j.waits() && (by.leader || j.asked_by == by.user))),
            ("ask-special", going && !self.item.specials.is_empty()),
            ("ask-extension", going && self.extension.is_none()),
            ("ask-void", !state.is_closed()),
            ("unask-approval", !state.is_closed() && self.asks.iter().any(|a| a.waits() && a.by == by.user)),
            ("allow", !state.is_closed() && self.asks.iter().any(|a| waits(&a))),
            ("notify", served && !told),
            ("end-special", state == S::Special),
            ("request-hearing", going && last.is_none_or(|h| !h.waits())),
            ("hearing", going),
            ("cancel-hearing", going && last.is_some_and(super::DeskHearing::waits)),
            ("hold-hearing", going && last.is_some_and(|h| h.waits() && h.notified_at.is_some())),
            ("forward-up", going && !open && forward),
            ("decide", state == S::Processing && !open),
            ("fee", beginnable && self.item.is_fee),
            (
                "cancel-fee",
                beginnable && self.fees.iter().any(|f| f.cancelled.is_none() && (f.waits() || f.amount == 0)),
            ),
            ("paid", beginnable && unpaid),
            ("finish", matches!(state, S::Decided | S::Forwarded) && !open),
            ("deliver", state == S::Finished && self.decision.is_some()),
            ("withdraw", matches!(state, S::Received | S::Correcting) || going),
            ("revoke", going && self.tolerance_due().is_some()),
            ("hand-over", !state.is_closed()),
            ("rate", state.is_closed() && state != S::Voided && self.rating_asked_at.is_none()),
            ("rate-again", self.rating_asked_at.is_some()),
            ("new-code", true),
        ];
        all.iter().filter(|(_, may)| *may).map(|(word, _)| *word).collect()
    }
}
