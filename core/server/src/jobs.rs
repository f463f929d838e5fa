//! What goes on by itself: pulls on their schedules, due times, sources that fall silent.

use crate::app::App;
use crate::intake::schedule::{Backoff, Schedule};
use daylight_domain::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often the clocks are looked at, by the machine's clock.
const LOOK: Duration = Duration::from_millis(200);
/// For how long a session or a link that ended is kept.
const SESSIONS_MS: i64 = 30 * 86_400_000;
/// How often sources are looked at, by the county's clock.
const SOURCES_MS: i64 = 60_000;
/// After failures: one minute, doubling, at most an hour.
const BACKOFF: Backoff = Backoff { first_ms: 60_000, ceiling_ms: 3_600_000 };

/// Runs until `stop`. Pulls and copies end with the house ([`App::close`]), due times and rounds here.
pub async fn run(app: Arc<App>, stop: impl Future<Output = ()>) {
    crate::notify::begin(&app).await;
    let zone = app.config.main.county.time_zone.clone();
    let mut schedules: HashMap<String, (Schedule, Timestamp, &'static str)> = HashMap::new();
    for d in app.config.departments.values().filter(|d| d.phase.ingests() && d.connector.is_some()) {
        let Some(expression) = &d.schedule else { continue };
        let Ok(schedule) = Schedule::new(expression, &zone, i64::from(d.jitter_seconds) * 1000, &d.id) else {
            continue;
        };
        let last = app.store.runs(Some(&d.id), 1, None).await.unwrap_or_default().pop().map(|r| r.started_at);
        let now = app.clock.now();
        let (next, reason) = if again_at(&app, &d.id).is_some() {
            // Somebody may have mended it, and started the service for that.
            (now, "start")
        } else if schedule.missed(last, now) {
            (now, "catch-up")
        } else {
            (schedule.next_after(now).unwrap_or(now), "schedule")
        };
        schedules.insert(d.id.clone(), (schedule, next, reason));
    }
    let copies = &app.config.main.backup.schedule;
    let copies =
        Schedule::new(copies, &zone, 0, "backup").ok().filter(|_| app.config.main.storage.database == "sqlite");
    let mut next_copy = copies.as_ref().and_then(|s| s.next_after(app.clock.now()));
    let (mut due, mut round): (Option<JoinHandle<()>>, Option<JoinHandle<()>>) = (None, None);
    let mut looked = Timestamp(0);
    let mut told = HashSet::new();
    let mut day = chrono::NaiveDate::MIN;
    let mut stop = std::pin::pin!(stop);
    loop {
        let now = app.clock.now();
        for (id, (schedule, next, reason)) in &mut schedules {
            if app.is_pulling(id) {
                continue;
            }
            let why = match again_at(&app, id) {
                Some(at) if at > now && *reason != "start" => continue,
                Some(_) if *reason == "start" => "start",
                // A failure is tried again after its pause, however far the next date of the schedule is.
                Some(_) => "retry",
                None if *next > now => continue,
                None => *reason,
            };
            let (house, id) = (Arc::clone(&app), id.clone());
            *next = schedule.next_after(now).unwrap_or(now);
            *reason = "schedule";
            app.begin(async move {
                if let Err(e) = house.pull(&id, why).await {
                    tracing::warn!(department = %id, "{e}");
                }
            });
        }
        // On tasks of their own, one of each at a time: a long round holds up neither pulls nor a stop.
        if due.as_ref().is_none_or(JoinHandle::is_finished) {
            let house = Arc::clone(&app);
            due = Some(tokio::spawn(async move {
                if let Err(e) = house.fire_due().await {
                    tracing::error!("到期判定失败：{e}");
                }
            }));
        }
        if now.0 - looked.0 >= SOURCES_MS && round.as_ref().is_none_or(JoinHandle::is_finished) {
            looked = now;
            let first = day == chrono::NaiveDate::MIN;
            let whole = day != now.date();
            day = now.date();
            let house = Arc::clone(&app);
            round = Some(tokio::spawn(async move { look(&house, whole, whole && !first).await }));
            for alarm in app.alarms().into_iter().filter(|a| told.insert(a.dedupe_key())) {
                tracing::error!(rule = %alarm.rule, "{}", alarm.explain_zh);
            }
        }
        if let Some(schedule) = copies.as_ref().filter(|_| next_copy.is_some_and(|at| at <= now)) {
            next_copy = schedule.next_after(now);
            let house = Arc::clone(&app);
            app.begin(async move {
                match house.back_up("system").await {
                    Ok(label) => tracing::info!(file = %label.file, size = label.size, "已备份"),
                    Err(e) => tracing::error!("备份失败：{e}"),
                }
            });
        }
        tokio::select! {
            () = &mut stop => {
                for task in [due, round].into_iter().flatten() {
                    task.abort();
                    let _ = task.await;
                }
                return;
            }
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// One round: what changes by the minute, once a day everything, and every night the proof.
async fn look(app: &App, whole: bool, night: bool) {
    if let Err(e) = app.desk_close_days().await {
        tracing::error!("窗口办件的日结未能写出：{e}");
    }
    if let Err(e) = app.desk_take_all().await {
        tracing::error!("窗口办件的记录尚未入库：{e}");
    }
    if let Err(e) = app.desk_tell_near().await {
        tracing::error!("窗口办件的临期提醒未能写出：{e}");
    }
    if let Err(e) = app.look_at_sources().await {
        tracing::error!("来源检查失败：{e}");
    }
    if let Err(e) = app.tell_of_connectors().await {
        tracing::error!("来源状态的通知未能写出：{e}");
    }
    if whole && let Err(e) = app.look_at_everything().await {
        tracing::error!("每日检查失败：{e}");
    }
    if whole && let Err(e) = app.look_at_publications().await {
        tracing::error!("公布件检查失败：{e}");
    }
    if !night {
        return;
    }
    if let Err(e) = app.store.forget_sessions(app.clock.now().plus_ms(-SESSIONS_MS)).await {
        tracing::error!("过期登录清理失败：{e}");
    }
    match app.rederive("system").await {
        Ok(proof) if proof.good() => tracing::info!(cases = proof.cases, "夜间复核一致"),
        Ok(proof) => tracing::error!(?proof, "夜间复核不一致"),
        Err(e) => tracing::error!("夜间复核失败：{e}"),
    }
}

/// When a department whose last pull failed is tried again.
fn again_at(app: &App, id: &str) -> Option<Timestamp> {
    let failures = app.failures.lock().unwrap_or_else(PoisonError::into_inner);
    failures.get(id).filter(|(n, _)| *n > 0).map(|(n, last)| again_after(*n, *last))
}

/// When it is tried again after so many failures in a row, the last of which began at a time.
pub(crate) fn again_after(failures: u32, last: Timestamp) -> Timestamp {
    last.plus_ms(BACKOFF.after(failures))
}
