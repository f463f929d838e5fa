//! Freezing a report, signing it, and noting that a department went live by it. Who may sign is decided here; what is signed stands
//! in [`super::report`].

use super::report::{
    GateReport, GateReportView, ReportCondition, ReportState, Side, Signature, configuration_digest, plugin_of,
    trial_since, view,
};
use super::{Condition, window};
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_domain::publication::{canonical, digest_of};
use daylight_domain::role::Right;
use daylight_store::{AuditEntry, GateActRow, GateReportRow, StoreError};

/// How often a number is drawn again because somebody froze one at the same time.
const DRAWS: usize = 5;

/// For which side somebody signs; nothing for who may not.
#[must_use]
pub fn side_of(caller: &Caller, department: &str) -> Option<Side> {
    if !caller.may(Right::Accept) {
        return None;
    }
    match &caller.department {
        Some(own) => (own == department).then_some(Side::Department),
        None => (!caller.role.of_department()).then_some(Side::County),
    }
}

/// Whether a report waits for the signature of whoever asks: that side has not signed, nor has the same person or role for the other.
#[must_use]
pub fn waits(found: &GateReportView, caller: &Caller) -> bool {
    let side = side_of(caller, &found.report.department);
    found.state == ReportState::Open && side.is_some_and(|side| !taken(found, caller, side))
}

/// Whether a side has signed, or this person or role for any.
fn taken(found: &GateReportView, caller: &Caller, side: Side) -> bool {
    found.signatures.iter().any(|s| s.side == side || s.user == caller.user || s.role == caller.role)
}

fn conditions(all: &[Condition]) -> Vec<ReportCondition> {
    let one = |c: &Condition| ReportCondition {
        code: c.code.to_owned(),
        asked_zh: c.asked_zh.clone(),
        found_zh: c.found_zh.clone(),
        asked_en: Some(c.asked_en.clone()),
        found_en: c.found_en.clone(),
    };
    all.iter().map(one).collect()
}

impl App {
    /// Freezes the report of a department's trial. A department that is live already may be given its report later, from the same
    /// conditions.
    ///
    /// # Errors
    /// `gate.phase` of a department that is neither, `gate.not-met` with what is missing, and the store's own.
    pub async fn freeze_gate_report(&self, id: &str, actor: &str) -> Result<GateReportView, Problem> {
        let department = self.department(id)?;
        if !department.phase.ingests() {
            let message = format!("“{id}”处于{}，没有试运行可以验收", department.phase.name_zh());
            return Err(Problem::new("gate.phase", message).fix("进入试运行，条件达到后再冻结报告"));
        }
        let all = self.trial_conditions(department).await?;
        let missing: Vec<String> =
            all.iter().filter(|c| c.met != Some(true)).map(|c| format!("{}（{}）", c.asked_zh, c.found_zh)).collect();
        if !missing.is_empty() {
            let message = format!("转正式运行的条件尚未全部达到：{}", missing.join("；"));
            return Err(Problem::new("gate.not-met", message).fix("daylight department gate 查看；达到后再冻结"));
        }
        let (now, store) = (self.clock.now(), self.store.as_ref());
        let (from, to) = window(now);
        let mut report = GateReport {
            no: String::new(),
            department: id.to_owned(),
            name: department.name.clone(),
            trial_since: trial_since(store, id).await?,
            from,
            to,
            conditions: conditions(&all),
            plugin: plugin_of(store, department).await?,
            configuration: configuration_digest(&self.config, department),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: now,
            made_by: actor.to_owned(),
        };
        for _ in 0..DRAWS {
            report.no = format!("YS-{id}-{}", store.gate_reports(Some(id)).await?.len() + 1);
            let body = canonical(&serde_json::to_value(&report).unwrap_or_default());
            let row = GateReportRow {
                no: report.no.clone(),
                department: id.to_owned(),
                made_at: now,
                digest: digest_of(body.as_bytes()),
                body,
            };
            let audit = entry(now, actor, "gate.freeze", &row.no, &serde_json::json!({ "digest": row.digest }));
            match store.freeze_gate_report(&row, audit).await {
                Ok(()) => return view(store, &self.config, &row).await,
                Err(StoreError::Conflict(_)) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Err(Problem::new("store.conflict", "同一部门正有人冻结报告").fix("稍后重试"))
    }

    /// Reports, newest first, of one department or of all.
    ///
    /// # Errors
    /// The store, or a report that was altered.
    pub async fn gate_reports(&self, department: Option<&str>) -> Result<Vec<GateReportView>, Problem> {
        let mut all = Vec::new();
        for row in self.store.gate_reports(department).await? {
            all.push(view(self.store.as_ref(), &self.config, &row).await?);
        }
        Ok(all)
    }

    /// Reports that wait for the signature of whoever asks, newest first. One that was altered is nobody's to sign.
    ///
    /// # Errors
    /// The store.
    pub async fn reports_to_sign(&self, caller: &Caller) -> Result<Vec<GateReportView>, Problem> {
        let mut all = Vec::new();
        if !caller.may(Right::Accept) {
            return Ok(all);
        }
        for row in self.store.gate_reports(caller.department.as_deref()).await? {
            match view(self.store.as_ref(), &self.config, &row).await {
                Err(problem) if problem.code == "gate.altered" => {}
                found => all.extend(Some(found?).filter(|found| waits(found, caller))),
            }
        }
        Ok(all)
    }

    /// One report.
    ///
    /// # Errors
    /// `gate.unknown`, `gate.altered`, the store's own.
    pub async fn gate_report(&self, no: &str) -> Result<GateReportView, Problem> {
        let row = self.store.gate_report(no).await?.ok_or_else(|| {
            Problem::new("gate.unknown", format!("没有验收报告 {no}")).fix("daylight department gate 部门 列出报告")
        })?;
        view(self.store.as_ref(), &self.config, &row).await
    }

    /// Signs a report for the side of who asks. `digest` is that of what was read.
    ///
    /// # Errors
    /// `gate.signer` for who may not, `gate.digest`, `gate.stale`, `gate.signed` where that side or that person has signed.
    pub async fn sign_gate_report(&self, no: &str, digest: &str, caller: &Caller) -> Result<GateReportView, Problem> {
        let found = self.gate_report(no).await?;
        let side = side_of(caller, &found.report.department).ok_or_else(|| {
            Problem::new("gate.signer", format!("{}不能签署这份报告", caller.role.name_zh()))
                .fix("由本部门的分管负责人或承办人员，和监察或政务服务中心人员，各签一次")
        })?;
        if digest != found.digest {
            let message = "所签的内容不是这份报告：散列不符";
            return Err(Problem::new("gate.digest", message).fix("重新打开报告，读后再签"));
        }
        if found.state == ReportState::Stale {
            let message = format!("报告 {no} 已失效：{}", found.stale_zh.join("；"));
            return Err(Problem::new("gate.stale", message).fix("重新冻结一份，再由两方签署"));
        }
        let signed = || {
            Problem::new("gate.signed", format!("报告 {no} 的{}一方已签署，或你已签过", side.name_zh()))
                .fix("由另一方的另一人签署")
        };
        if taken(&found, caller, side) {
            return Err(signed());
        }
        let at = self.clock.now();
        let signature = Signature { side, user: caller.user.clone(), role: caller.role, at, digest: found.digest };
        let row = GateActRow {
            report: no.to_owned(),
            side: side.as_str().to_owned(),
            actor: caller.user.clone(),
            at,
            body: serde_json::to_string(&signature).unwrap_or_default(),
        };
        let detail = serde_json::json!({ "side": side, "role": caller.role, "digest": signature.digest });
        let audit = entry(at, &caller.user, "gate.sign", no, &detail);
        match self.store.add_gate_act(&row, audit).await {
            Ok(()) => {}
            Err(StoreError::Conflict(_)) => return Err(signed()),
            Err(e) => return Err(e.into()),
        }
        self.note_live(&found.report.department).await?;
        self.gate_report(no).await
    }

    /// Notes once that a department went live with a signed report that fits it. Without one nothing is noted, and the county goes on.
    ///
    /// # Errors
    /// The store, or a report that was altered.
    pub(crate) async fn note_live(&self, id: &str) -> Result<(), Problem> {
        if self.department(id)?.phase != Phase::Live {
            return Ok(());
        }
        let all = self.gate_reports(Some(id)).await?;
        let Some(signed) = all.iter().find(|r| r.state == ReportState::Signed) else { return Ok(()) };
        let at = self.clock.now();
        let row = GateActRow {
            report: signed.report.no.clone(),
            side: "live".to_owned(),
            actor: "system".to_owned(),
            at,
            body: "{}".to_owned(),
        };
        let detail = serde_json::json!({ "digest": signed.digest });
        match self.store.add_gate_act(&row, entry(at, "system", "gate.live", &row.report, &detail)).await {
            // Another process was faster.
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

fn entry(at: Timestamp, actor: &str, action: &str, object: &str, detail: &serde_json::Value) -> AuditEntry {
    AuditEntry {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        detail: detail.to_string(),
    }
}
