//! Who runs the place is told of a connector that does not come back by itself: once when it has failed beyond its grace, and once when
//! it is back. What was told is kept, so that a restart tells nothing again.

use super::empty;
use crate::app::App;
use crate::config::Department;
use crate::connection::{ConnectorView, grace_minutes};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_store::{OutboxRow, StoreError, Want};

/// Topic: it fails, and whose turn it is.
pub const FAILING: &str = "connector.failing";
/// Topic: it is back.
pub const BACK: &str = "connector.back";

/// Under which it is kept since when a department was told to fail; empty: it was told to be back.
fn told_at(department: &str) -> String {
    format!("connector.told/{department}")
}

impl App {
    /// Tells of connectors that have failed beyond their grace, and of those that are back. When somebody else wrote to the
    /// department meanwhile, the next round tells.
    ///
    /// # Errors
    /// The store.
    pub async fn tell_of_connectors(&self) -> Result<(), Problem> {
        let now = self.clock.now();
        for view in self.connector_views(None).await? {
            let department = self.department(&view.department)?;
            let name = told_at(&department.id);
            let told = self.store.setting(&name).await?.filter(|since| !since.is_empty());
            let topic = match &told {
                None if beyond(department, &view, now) => FAILING,
                Some(_) if !view.state.fails() => BACK,
                _ => continue,
            };
            if self.tell_of_connector(department, &view, topic, now).await? {
                let since = view.since.filter(|_| topic == FAILING).map(|at| at.rfc3339());
                self.store.put_setting(&name, &since.unwrap_or_default()).await?;
            }
        }
        Ok(())
    }

    async fn tell_of_connector(
        &self,
        department: &Department,
        view: &ConnectorView,
        topic: &str,
        now: Timestamp,
    ) -> Result<bool, Problem> {
        let word = view.state.name_zh();
        let words =
            if view.state.fails() { format!("{word}，由{}处理", view.who.name_zh()) } else { word.to_owned() };
        let body = serde_json::json!({
            "connector": words, "state": view.state, "who": view.who, "since": view.since, "code": view.error_code,
        });
        self.tell_department(department, topic, &body, now).await
    }

    /// Writes a message about a department. False where somebody else wrote to it meanwhile: then it is told by the next round.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn tell_department(
        &self,
        department: &Department,
        topic: &str,
        body: &serde_json::Value,
        now: Timestamp,
    ) -> Result<bool, Problem> {
        let sender = self.sender(department).await?;
        let loaded = self.store.load(&department.id, &Want::default()).await?;
        let mut commit = empty(&sender, loaded.head, now);
        commit.outbox.push(OutboxRow {
            id: uuid::Uuid::now_v7().to_string(),
            topic: topic.to_owned(),
            department: department.id.clone(),
            body: body.to_string(),
            created_at: now,
            seq: 0,
            card: None,
        });
        match self.write(commit).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }
}

fn beyond(department: &Department, view: &ConnectorView, now: Timestamp) -> bool {
    let grace = i64::from(grace_minutes(department)) * 60_000;
    view.state.fails() && view.since.is_some_and(|since| now.0 - since.0 > grace)
}
