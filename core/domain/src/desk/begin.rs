//! Before a case is accepted: the checklist, the one correction notice there may be, acceptance and 容缺.

use super::act::HandedIn;
use super::handle::{Work, bounded};
use super::record::Says;
use super::{
    DeskCorrection, DeskError, DeskMaterial, DeskState, MaterialMark, MaterialState, PaperFacts, PaperKind, Series,
    Tolerance,
};
use crate::record::{Field, RecordType};
use chrono::NaiveDate;

impl Work<'_> {
    /// Ticks lines of the checklist, and reports what came.
    pub(super) fn tick(&mut self, lines: &[HandedIn]) -> Result<(), DeskError> {
        let before = self.case.accepted_at.is_none();
        let mut came = Vec::new();
        for line in lines {
            let at = self.case.materials.iter().position(|m| m.name == line.name);
            let Some((at, material)) = at.and_then(|at| Some((at, self.case.materials.get_mut(at)?))) else {
                return Err(DeskError::Material(format!("“{}”不在事项的材料清单中，不得要求提交", line.name)));
            };
            match (line.state, material.state) {
                (MaterialMark::Received, MaterialState::Received) | (MaterialMark::Missing, MaterialState::Missing) => {
                }
                (_, MaterialState::Received) => {
                    return Err(DeskError::Material(format!("“{}”已经收下，不能改为没有收到", line.name)));
                }
                (MaterialMark::Received, _) => {
                    material.state = MaterialState::Received;
                    material.received_at = Some(self.ctx.now);
                    came.push(at);
                }
                (MaterialMark::NotNeeded, _) if material.required == "mandatory" => {
                    return Err(DeskError::Material(format!("“{}”是必备材料", line.name)));
                }
                (MaterialMark::NotNeeded, _) if before => material.state = MaterialState::NotNeeded,
                (MaterialMark::Missing, _) if before => material.state = MaterialState::Missing,
                _ => return Err(DeskError::Material(format!("受理后只能登记“{}”已交来", line.name))),
            }
        }
        for at in came {
            let Some(name) = self.case.materials.get(at).map(|m| m.name.clone()) else { continue };
            let source = self.case.item.materials.get(at).map_or("", |m| m.source.as_str());
            let way = match source {
                "share" => "share",
                "certificate" => "certificate",
                _ => "paper",
            };
            let says = Says::default().text(Field::Name, &name).flag(Field::Got, true).text(Field::GetType, way);
            self.tell(RecordType::Material, &format!("/material/{}", at + 1), self.ctx.now, says);
        }
        Ok(())
    }

    pub(super) fn lacking(&self, required: impl Fn(&str) -> bool) -> Vec<String> {
        let open = |m: &&DeskMaterial| matches!(m.state, MaterialState::Missing | MaterialState::Tolerated);
        self.case.materials.iter().filter(open).filter(|m| required(&m.required)).map(|m| m.name.clone()).collect()
    }

    pub(super) fn correct(&mut self, items: &[String], due: Option<NaiveDate>) -> Result<String, DeskError> {
        if let Some(before) = &self.case.correction {
            return Err(DeskError::Corrected(before.notified_at.date().to_string()));
        }
        self.from(&[DeskState::Received], "补正告知")?;
        // Everything that is missing at once: what is forgotten now cannot be asked for later.
        let mut all: Vec<String> = self.lacking(|required| required != "optional");
        for item in items.iter().filter(|i| !i.trim().is_empty()) {
            let item = bounded("补正内容", item, 300)?;
            if !all.contains(&item) {
                all.push(item);
            }
        }
        if all.is_empty() {
            return Err(DeskError::Words("没有需要补正的内容；材料齐全的应当受理".to_owned()));
        }
        let due = match due {
            Some(date) => self.later("补正期限", date)?,
            None => self.in_days(self.ctx.correction_days)?,
        };
        let doc = self.draw(Series::Paper(PaperKind::Correction));
        let reason = format!("需补正：{}", all.join("；")).chars().take(2000).collect::<String>();
        let says = Says::default()
            .text(Field::Reason, &reason)
            .list(Field::MaterialList, &all)
            .date(Field::Deadline, Some(due))
            .number(Field::Round, 1)
            .text(Field::NoticeDocNo, &doc)
            .text(Field::Staff, self.by.user);
        self.tell(RecordType::Correction, "/correction", self.ctx.now, says);
        let facts = PaperFacts { missing: all.clone(), due: Some(due), ..self.facts() };
        self.paper(PaperKind::Correction, &doc, facts);
        self.case.correction = Some(DeskCorrection { notified_at: self.ctx.now, items: all, due, received_at: None });
        self.case.state = DeskState::Correcting;
        Ok(reason)
    }

    pub(super) fn accept(
        &mut self,
        tolerance_due: Option<NaiveDate>,
        promised: bool,
        to: &[String],
    ) -> Result<String, DeskError> {
        self.from(&[DeskState::Received], "受理")?;
        let lacking = self.lacking(|required| required != "tolerable" && required != "optional");
        if !lacking.is_empty() {
            return Err(DeskError::Materials(lacking));
        }
        let tolerated = self.lacking(|required| required == "tolerable");
        if !tolerated.is_empty() {
            if !promised {
                let names = tolerated.join("、");
                return Err(DeskError::Words(format!("容缺受理须有申请人的书面承诺（容缺：{names}）")));
            }
            let due = match tolerance_due {
                Some(date) => self.later("容缺补交期限", date)?,
                None => self.in_days(self.ctx.tolerance_days)?,
            };
            self.case.tolerance = Some(Tolerance { materials: tolerated.clone(), due });
        }
        for material in &mut self.case.materials {
            if material.state == MaterialState::Missing {
                let tolerable = material.required == "tolerable";
                material.state = if tolerable { MaterialState::Tolerated } else { MaterialState::NotNeeded };
            }
        }
        self.case.accepted_at = Some(self.ctx.now);
        self.case.state = DeskState::Processing;
        let doc = self.draw(Series::Paper(PaperKind::Acceptance));
        let due = self.case.tolerance.as_ref().map(|t| t.due);
        let mut says = Says::default()
            .text(Field::AcceptDocNo, &doc)
            .text(Field::Staff, self.by.user)
            .maybe(Field::Window, self.case.window.as_deref())
            .maybe(Field::OrgCode, self.case.item.org_code.as_deref());
        if let Some(tolerance) = &self.case.tolerance {
            says = says
                .flag(Field::IsTolerant, true)
                .list(Field::MaterialList, &tolerance.materials)
                .date(Field::Deadline, Some(tolerance.due));
        }
        self.tell(RecordType::Accept, "", self.ctx.now, says);
        let facts = PaperFacts { missing: tolerated.clone(), due, ..self.facts() };
        if due.is_some() {
            let commitment = self.draw(Series::Paper(PaperKind::Tolerance));
            self.paper(PaperKind::Tolerance, &commitment, facts.clone());
        }
        self.paper(PaperKind::Acceptance, &doc, facts);
        self.begin_flow(to)?;
        Ok(tolerated.join("、"))
    }
}
