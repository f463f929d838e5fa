//! 人工发牌: cards that a supervisor writes, by the county's own list of reasons.

use crate::app::App;
use crate::intake::page::{Sender, issue};
use crate::problem::Problem;
use crate::watch::empty;
use daylight_domain::card::slot;
use daylight_domain::finding::{Finding, ObjectKind};
use daylight_store::{AuditEntry, StoreError, Want};
use serde_json::json;
use std::collections::BTreeMap;

impl App {
    /// Writes a card by hand, and gives its number. What it is about is a case, or named, such as a window. A card that stands
    /// about the same for the same reason is not written twice.
    ///
    /// # Errors
    /// `card.manual-rule`, `card.object`, `card.standing`, `case.unknown`, `department.unknown`.
    pub(crate) async fn write_card(
        &self,
        by: &str,
        rule: &str,
        (department, case_no, object): (&str, Option<String>, Option<String>),
        text: &str,
    ) -> Result<String, Problem> {
        let of = self.department(department)?;
        let book = &self.config.rules.book;
        let manual = book.manual().find(|m| m.id == rule && m.enabled).ok_or_else(|| {
            let all: Vec<String> = book.manual().map(|m| format!("{} {}", m.id, m.name_zh)).collect();
            Problem::new("card.manual-rule", format!("没有可用的人工规则“{rule}”")).fix(all.join("、"))
        })?;
        let object = object.map(|o| o.trim().to_owned()).filter(|o| !o.is_empty());
        if case_no.is_none() && object.is_none() {
            return Err(Problem::new("card.object", "没有写明这张卡关于什么").fix("写办件编号，或写对象，例：3 号窗口"));
        }
        let item_code = match &case_no {
            Some(no) => {
                let unknown = || Problem::new("case.unknown", format!("{department} 没有办件 {no}"));
                Some(self.store.case(department, no).await?.ok_or_else(unknown)?.case.item_code.clone())
            }
            None => None,
        };
        let about = if case_no.is_some() { ObjectKind::Case } else { ObjectKind::Seen };
        let object_id = case_no.clone().or(object).unwrap_or_else(|| department.to_owned());
        loop {
            let now = self.clock.now();
            let finding = Finding {
                rule: manual.id.clone(),
                rule_version: manual.version,
                family: manual.rule().family,
                level: manual.level,
                object: about,
                object_id: object_id.clone(),
                case_no: case_no.clone(),
                item_code: item_code.clone(),
                fact_time: now,
                value: 1,
                inputs: BTreeMap::from([("written_by".to_owned(), by.to_owned())]),
                calendar_version: None,
                explain_zh: format!("{}：{text}", manual.name_zh),
            };
            let want = Want {
                cases: case_no.iter().cloned().collect(),
                findings: vec![finding.dedupe_key()],
                slots: vec![slot(&finding)],
                ..Want::default()
            };
            let mut loaded = self.store.load(department, &want).await?;
            let standing = loaded.standing.get(&slot(&finding)).cloned();
            if let Some((_, no)) = standing.filter(|_| !loaded.found.is_empty()) {
                let message = format!("关于“{object_id}”已有同一事由的监察卡 {no}");
                return Err(Problem::new("card.standing", message).fix("在那张卡上处理；新的事实另写明对象（object）"));
            }
            let sender = Sender { by: Some(by.to_owned()), ..self.sender(of).await? };
            let mut commit = empty(&sender, loaded.head, now);
            let mut row = case_no.as_ref().and_then(|no| loaded.cases.remove(no));
            row.iter().for_each(|row| commit.touch(row));
            issue(&mut commit, &self.config.rules, &sender, finding, row.as_mut(), None, now, false);
            row.into_iter().for_each(|row| commit.keep(row));
            commit.audit.push(AuditEntry {
                at: now,
                actor: by.to_owned(),
                action: "card.write".to_owned(),
                object: "{card_no}".to_owned(),
                detail: json!({ "rule": rule, "about": object_id }).to_string(),
            });
            let written = match self.store.commit(commit).await {
                Ok(written) => written,
                // Somebody else was faster: read again.
                Err(StoreError::Conflict(_)) => continue,
                Err(e) => return Err(e.into()),
            };
            self.tell();
            let no = written.card_nos.into_iter().next();
            let no = no.ok_or_else(|| Problem::new("internal", "没有写出监察卡"))?;
            return Ok(no);
        }
    }
}
