//! Why something cannot be done at the desk.

use super::DeskState;

/// Why an act is not possible; the case is unchanged then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// The case stands where this cannot be done.
    #[error("desk.state: 办件现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(DeskState, &'static str),
    /// Something is not filled in, or too long.
    #[error("desk.words: {0}")]
    Words(String),
    /// A date that cannot be.
    #[error("desk.date: {0}")]
    Date(String),
    /// There was a correction notice.
    #[error("desk.corrected: 补正只能一次性告知，本件已于 {0} 告知过")]
    Corrected(String),
    /// Materials are missing.
    #[error("desk.materials: 材料不齐：{}", .0.join("、"))]
    Materials(Vec<String>),
    /// A material that is not on the checklist, or cannot be in this state.
    #[error("desk.material: {0}")]
    Material(String),
    /// A step that is not there, or over.
    #[error("desk.step: {0}")]
    Step(String),
    /// Several ways lead on.
    #[error("desk.choice: 下一环节有几种可能，请选择：{}", .0.join("、"))]
    Choice(Vec<String>),
    /// Something mandatory was not done.
    #[error("desk.mandatory: 还有未完成的环节：{}", .0.join("、"))]
    Mandatory(Vec<String>),
    /// The same person in two things that are kept apart.
    #[error("desk.same-person: {0}")]
    SamePerson(String),
    /// More people have to take part.
    #[error("desk.people: “{0}”应由至少 {1} 人办理")]
    People(String, u32),
    /// For whoever is in charge of the department.
    #[error("desk.leader: {0}须由部门分管负责人办理")]
    Leader(&'static str),
    /// Somebody else has it.
    #[error("desk.assigned: 此项工作由 {0} 承办，请先移交")]
    Assigned(String),
    /// A special procedure the item's law does not know, or for too long.
    #[error("desk.special: {0}")]
    Special(String),
    /// An extension that cannot be.
    #[error("desk.extension: {0}")]
    Extension(String),
    /// Nobody asked for it, or it is decided.
    #[error("desk.ask: 没有待批的第 {0} 号申请")]
    Ask(u32),
    /// A hearing that cannot be.
    #[error("desk.hearing: {0}")]
    Hearing(String),
    /// A fee that cannot be charged.
    #[error("desk.fee: {0}")]
    Fee(String),
    /// The same fee again.
    #[error("desk.fee-twice: “{0}”{1}，同一收费项目不能再开")]
    FeeTwice(String, &'static str),
    /// About other departments.
    #[error("desk.joint: {0}")]
    Joint(String),
    /// The service was rated, or the applicant asked to.
    #[error("desk.rated: 这次服务已经邀请过评价")]
    Rated,
    /// An item that cannot be received now.
    #[error("desk.item: {0}")]
    Item(String),
}
