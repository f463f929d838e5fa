//! What is soon due at a desk is told once each working day, in working time: how much must be done by the end of the next working day.
//! What is late already has its card.

use crate::app::App;
use crate::config::Department;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_store::DeskWorkFilter;

/// So much work is counted at most.
const COUNTED: u32 = 1000;

/// Under which it is kept on which day a department was told last.
fn told_on(department: &str) -> String {
    format!("desk.near/{department}")
}

impl App {
    /// Tells every desk what is soon due there. When somebody else wrote to the department meanwhile, the next round tells.
    ///
    /// # Errors
    /// The store.
    pub async fn desk_tell_near(&self) -> Result<(), Problem> {
        let now = self.clock.now();
        let rules = &self.config.rules;
        // Without a calendar nobody knows when one works: then nothing is told.
        if rules.schedule.after(&rules.calendar, now, 0).map_or(true, |open| open > now) {
            return Ok(());
        }
        let today = now.date().to_string();
        for department in self.config.departments.values().filter(|d| d.at_desk().is_some() && d.phase.ingests()) {
            let name = told_on(&department.id);
            if self.store.setting(&name).await?.as_deref() == Some(today.as_str()) {
                continue;
            }
            let waiting = self.desk_near(department, now).await?;
            let body = serde_json::json!({ "waiting": waiting });
            if waiting == 0 || self.tell_department(department, "desk.near", &body, now).await? {
                self.store.put_setting(&name, &today).await?;
            }
        }
        Ok(())
    }

    /// How much must be done from now to the end of the next working day.
    async fn desk_near(&self, department: &Department, now: Timestamp) -> Result<u64, Problem> {
        let Ok(next) = self.config.rules.calendar.nth_working_day_after(now.date(), 1) else { return Ok(0) };
        let filter = DeskWorkFilter {
            department: department.id.clone(),
            due_before: Some(Timestamp::end_of(next)),
            after: Some((now.0 - 1, String::new(), String::new(), String::new())),
            limit: COUNTED,
            ..DeskWorkFilter::default()
        };
        let work = self.store.desk_work(&filter).await?;
        let near = work.iter().filter(|row| row.due.is_some_and(|due| due >= now)).count();
        Ok(u64::try_from(near).unwrap_or(u64::MAX))
    }
}
