//! What is known around a case, for whoever judges or explains it: everybody asks here, so that all judge by the same.

use crate::app::App;
use crate::intake::page::Sender;
use crate::intake::rules::CountyRules;
use crate::problem::Problem;
use daylight_domain::case::Case;
use daylight_domain::rule::{Around, Done, Queued};
use daylight_store::About;
use std::collections::BTreeMap;

/// Cases of a queue that are looked at: those that began earliest.
const QUEUE: u32 = 200;
/// The registers of staff by which cases were judged last.
const STAFF: &str = "judged.staff";

impl App {
    /// What is known around a case: the register of staff, and of other cases those that a rule compares it with.
    ///
    /// # Errors
    /// The store.
    pub async fn around(&self, sender: &Sender, rules: &CountyRules, case: &Case) -> Result<Around, Problem> {
        let mut around = sender.around();
        let compares = rules.compares(case);
        if compares.applicant {
            around.same_applicant = self.store.same_applicant(&sender.id, &case.case_no).await?;
        }
        if compares.result {
            let about = format!("{}/{}", sender.id, case.case_no);
            let since = self.store.published_about(About::Case, &about).await?;
            let at = since.into_iter().filter_map(|(_, at)| at).min();
            around.result_page = Some(Done { at, exempt: None });
        }
        let bounds = case.accepted_at.zip(case.decided_at).filter(|_| compares.queue);
        if let Some((accepted, decided)) = bounds {
            let rows = self.store.queue_before(&sender.id, &case.item_code, accepted, decided, QUEUE).await?;
            let before = rows.iter().filter(|r| r.case.case_no != case.case_no);
            around.queue = Some(before.filter_map(|r| Queued::of(&r.case)).collect());
        }
        Ok(around)
    }

    /// Where a register of staff is another than the one cases were judged by, the department's cases are judged again: who was
    /// unknown may be known now.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn follow_staff(&self) -> Result<(), Problem> {
        let judged: BTreeMap<String, String> =
            self.store.setting(STAFF).await?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let now: BTreeMap<String, String> =
            self.config.staff.iter().map(|(id, register)| (id.clone(), register.digest())).collect();
        for id in self.config.departments.keys().filter(|id| judged.get(*id) != now.get(*id)) {
            let armed = self.store.rearm_department(id, self.started).await?;
            tracing::info!(department = %id, cases = armed, "人员名册有变，重新判定办件");
        }
        if judged != now {
            self.store.put_setting(STAFF, &serde_json::to_string(&now).unwrap_or_default()).await?;
        }
        Ok(())
    }
}
