//! The live stream: what was issued and what became of it, in the order of commits. A reader that was away says where it was
//! and misses nothing; one department's token hears of that department only.

use super::answer::{Asked, Refusal, bad};
use crate::app::App;
use crate::people::Caller;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use daylight_domain::role::Right;
use daylight_store::OutboxRow;
use futures::Stream;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Rows read at once.
const PIECE: u32 = 200;
/// Another process may have written: looked at so often, whether told or not.
const LOOK: Duration = Duration::from_secs(5);

struct Reading {
    app: Arc<App>,
    changed: watch::Receiver<u64>,
    caller: Caller,
    after: u64,
    ready: VecDeque<OutboxRow>,
}

/// Server-sent events; `id` is the place in the order of commits.
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let said = headers.get("last-event-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let after = match said.or_else(|| query.get("after").cloned()) {
        Some(text) => text.parse().map_err(|_| bad("query.range", "Last-Event-ID 应为数字", "用上一个事件的 id"))?,
        // Who says nothing begins with the present.
        None => app.store.outbox_end().await?,
    };
    let end = app.store.outbox_end().await?;
    if after > end {
        // The database was restored since, or the number is made up: silence would look like calm.
        let message = format!("没有第 {after} 个事件，最后一个是第 {end} 个");
        return Err(bad("query.range", &message, "去掉 Last-Event-ID 重新连接，并重新读取列表"));
    }
    let changed = app.changed.subscribe();
    let reading = Reading { app, changed, caller, after, ready: VecDeque::new() };
    let stream = futures::stream::unfold(reading, |mut reading| async move {
        // Who may not listen any more hears the end.
        let row = reading.next().await?;
        let data = serde_json::json!({
            "department": row.department, "at": row.created_at,
            "body": serde_json::from_str::<serde_json::Value>(&row.body).unwrap_or_default(),
        });
        let event = Event::default().id(row.seq.to_string()).event(row.topic).data(data.to_string());
        Some((Ok(event), reading))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// What a caller may hear of: not everything that concerns a department is everybody's business.
fn hears(caller: &Caller, topic: &str) -> bool {
    match topic.split_once('.') {
        Some(("investigation", _)) => {
            caller.may(Right::Investigate) || caller.may(Right::Approve) || caller.may(Right::Answer)
        }
        Some(("complaint" | "enquiry" | "rating", _)) => caller.may(Right::Complain) || caller.may(Right::Answer),
        Some(("desk", _)) => caller.may(Right::Handle),
        // Of what was never issued nobody else has heard.
        Some(("card", "cancel")) => caller.may(Right::Supervise),
        _ => true,
    }
}

impl Reading {
    async fn next(&mut self) -> Option<OutboxRow> {
        loop {
            while let Some(row) = self.ready.pop_front() {
                self.after = row.seq;
                if hears(&self.caller, &row.topic) {
                    return Some(row);
                }
            }
            // Marked before it is read, so that what comes between is not slept over.
            self.changed.borrow_and_update();
            match self.app.still(&self.caller).await {
                Ok(false) => return None,
                Ok(true) => {}
                Err(e) => tracing::warn!("实时流读取失败：{e}"),
            }
            match self.app.store.outbox_after(self.after, self.caller.department.as_deref(), PIECE).await {
                Ok(rows) if !rows.is_empty() => {
                    self.ready.extend(rows);
                    continue;
                }
                Ok(_) => {}
                Err(e) => tracing::warn!("实时流读取失败：{e}"),
            }
            let _ = tokio::time::timeout(LOOK, self.changed.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daylight_domain::role::Role;

    #[test]
    fn nobody_hears_of_what_they_may_not_read() {
        let caller = |role: Role| Caller {
            token: String::new(),
            user: String::new(),
            role,
            department: None,
            rights: role.rights().iter().copied().collect(),
            stale: false,
            session: true,
            hash: String::new(),
        };
        for (topic, who) in [
            ("investigation.notify", [true, true, false, false]),
            ("card.cancel", [true, false, false, false]),
            ("complaint.assign", [true, true, false, false]),
            ("desk.ask-special", [false, true, false, false]),
            ("card.issued", [true, true, true, true]),
            ("order.issue", [true, true, true, true]),
        ] {
            for (role, heard) in [Role::Supervision, Role::Handler, Role::Vendor, Role::ReadOnly].into_iter().zip(who) {
                assert_eq!(hears(&caller(role), topic), heard, "{topic} as {role:?}");
            }
        }
    }
}
