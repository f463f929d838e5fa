//! What a plugin says in its log, kept for its author.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// More than so many lines are not kept; the oldest go.
const KEPT: usize = 500;

/// A line of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// `debug`, `info`, `warn`, `error`.
    pub level: String,
    /// What it says.
    pub message: String,
    /// Fields beside it, as JSON; empty where there are none.
    pub fields: String,
}

/// Keeps the lines of plugins; a layer of the program's log.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<VecDeque<Line>>>);

impl Lines {
    /// The lines so far; they are forgotten then.
    #[must_use]
    pub fn take(&self) -> Vec<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}

#[derive(Default)]
struct Seen {
    message: String,
    fields: String,
    plugin: bool,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let into = match field.name() {
            "message" => &mut self.message,
            "fields" => &mut self.fields,
            "plugin" => {
                self.plugin = true;
                return;
            }
            _ => return,
        };
        let _ = write!(into, "{value:?}");
    }
}

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if !event.metadata().target().starts_with("daylight_host::run") {
            return;
        }
        let mut seen = Seen::default();
        event.record(&mut seen);
        if !seen.plugin {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == KEPT {
            all.pop_front();
        }
        let level = event.metadata().level().as_str().to_lowercase();
        let fields = if seen.fields == "{}" { String::new() } else { seen.fields };
        all.push_back(Line { level, message: seen.message, fields });
    }
}
