//! The checks of a connector, by their ids in the table.

mod asking;
mod cursors;
mod data;
pub(super) mod door;
mod faults;
mod fuzz;
mod load;
mod pulling;

use super::Trial;
use super::report::Seen;
use crate::problem::Problem;

/// Rows of a page of the small source: few, so that there are many pages.
pub(super) const ROWS: u32 = 40;

/// What must hold before anything can be said about data that are late, repeated or come after a failure: where the plain source does not
/// arrive rightly, all of these would say the same once more.
const GROUND: [&str; 5] = ["pull.complete", "pull.form", "pull.codes", "pull.times", "pull.keys"];

fn stands_on_ground(id: &str) -> bool {
    let more = ["source.duplicate", "source.empty", "code.unknown", "data.late", "data.corrected", "load", "bounds"];
    id.starts_with("fault.") || more.contains(&id)
}

/// A recording knows no truth and cannot be told more.
fn recorded() -> Seen {
    Seen::skip("录制的来源没有已知的全部记录，也不能追加", "a recording knows no truth and learns nothing more")
}

impl Trial<'_> {
    /// One check.
    pub(super) async fn look(&mut self, id: &str) -> Result<Seen, Problem> {
        if let Some(seen) = door::look(self.subject, &self.bench.plugin, id).await? {
            return Ok(seen);
        }
        if stands_on_ground(id)
            && let Some(first) = self.failed.iter().find(|f| GROUND.contains(&f.as_str()))
        {
            return Ok(Seen::skip(format!("先改正 {first}，再做这一项"), format!("mend {first} first")));
        }
        match id {
            "check.good" => self.check_good().await,
            "check.light" => self.check_light().await,
            "check.settings" => self.check_settings().await,
            "check.secret" => self.check_secret().await,
            "check.unreachable" => self.check_unreachable().await,
            "pull.complete" => self.complete().await,
            "pull.form" => self.form().await,
            "pull.codes" => self.codes().await,
            "pull.values" => self.values().await,
            "pull.times" => self.times().await,
            "pull.keys" => self.keys().await,
            "pull.again" => self.again().await,
            "cursor.resume" => self.resume().await,
            "replay" => self.replay().await,
            "source.duplicate" => self.duplicates().await,
            "source.empty" => self.empty().await,
            "code.unknown" => self.unknown_code().await,
            "data.late" => self.late().await,
            "data.corrected" => self.corrected().await,
            "limits" => self.limits().await,
            "personal" => self.personal().await,
            "deterministic" => self.deterministic().await,
            "load" => self.load().await,
            "bounds" => self.bounds().await,
            "rollback" => self.rollback().await,
            "fuzz" => self.fuzz().await,
            fault => self.fault(fault).await,
        }
    }
}
