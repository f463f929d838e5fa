//! The life of a case: which record brings it from which state to which, as a table and as a drawing. A test applies the records and
//! sees that each leads where it is said to lead.

use super::{head, row, word};
use daylight_console::words::{Lang, find};
use daylight_domain::case::CaseState;
use std::fmt::Write as _;

/// A state's place in the drawing: column, row.
const PLACES: &[(CaseState, u32, u32)] = &[
    (CaseState::Applied, 0, 1),
    (CaseState::Received, 1, 1),
    (CaseState::CorrectionPending, 1, 0),
    (CaseState::Rejected, 1, 2),
    (CaseState::Accepted, 2, 1),
    (CaseState::Processing, 3, 1),
    (CaseState::Special, 3, 0),
    (CaseState::UpperWait, 3, 2),
    (CaseState::Decided, 4, 1),
    (CaseState::Finished, 5, 1),
    (CaseState::Delivered, 6, 1),
    (CaseState::Withdrawn, 1, 3),
    (CaseState::CorrectionLapsed, 2, 3),
    (CaseState::Returned, 3, 3),
    (CaseState::Forwarded, 4, 3),
    (CaseState::Voided, 5, 3),
    (CaseState::Deleted, 6, 3),
];

/// From which state which records, with which value, lead to which. What is told here is what the fold of a case does.
pub(super) const WAYS: &[(CaseState, &str, CaseState)] = &[
    (CaseState::Applied, "receive", CaseState::Received),
    (CaseState::Received, "correction", CaseState::CorrectionPending),
    (CaseState::CorrectionPending, "correction_in", CaseState::Received),
    (CaseState::Received, "reject", CaseState::Rejected),
    (CaseState::Received, "accept", CaseState::Accepted),
    (CaseState::Accepted, "step", CaseState::Processing),
    (CaseState::Processing, "special_start", CaseState::Special),
    (CaseState::Special, "special_end", CaseState::Processing),
    (CaseState::Processing, "forward_up", CaseState::UpperWait),
    (CaseState::UpperWait, "decide", CaseState::Decided),
    (CaseState::Processing, "decide", CaseState::Decided),
    (CaseState::Decided, "finish", CaseState::Finished),
    (CaseState::Finished, "deliver", CaseState::Delivered),
];

/// What `finish` with a value makes of a case, whatever it was before.
pub(super) const ENDS: &[(&str, CaseState)] = &[
    ("withdrawn", CaseState::Withdrawn),
    ("correction_lapsed", CaseState::CorrectionLapsed),
    ("returned", CaseState::Returned),
    ("forwarded", CaseState::Forwarded),
    ("voided", CaseState::Voided),
    ("deleted", CaseState::Deleted),
];

/// Pixels from one column to the next, and from one row.
const STEP: (u32, u32) = (172, 84);
/// How much further down the ends stand, which no single way leads to.
const APART: u32 = 36;
/// The row of the ends.
const ENDS_ROW: u32 = 3;
/// Width and height of a box.
const BOX: (u32, u32) = (124, 40);
// How things look, as attributes: the console allows no styles inside a drawing.
const WAY: &str = "fill=\"none\" stroke=\"#1d4f91\" stroke-width=\"1.5\" marker-end=\"url(#m)\"";
const OPEN: &str = "fill=\"#fff\" stroke=\"#1d4f91\" stroke-width=\"1.5\"";
const CLOSED: &str = "fill=\"#eef2f7\" stroke=\"#4a5568\" stroke-width=\"3\"";
const NAME: &str = "font-family=\"sans-serif\" font-size=\"13\" fill=\"#1c2430\" text-anchor=\"middle\"";
const CODE: &str = "font-family=\"sans-serif\" font-size=\"10\" fill=\"#4a5568\" text-anchor=\"middle\"";
const RECORD: &str = "font-family=\"sans-serif\" font-size=\"10\" fill=\"#1d4f91\"";
const HEAD: &str = "font-family=\"sans-serif\" font-size=\"13\" font-weight=\"600\" fill=\"#1c2430\"";
/// Room around everything.
const EDGE: u32 = 24;

fn name(lang: Lang, state: CaseState) -> &'static str {
    let key = format!("case_state.{}", state.as_str());
    find(lang, &key).unwrap_or_else(|| state.as_str())
}

/// The corner of a state's box.
fn corner(state: CaseState) -> (u32, u32) {
    let (column, line) = PLACES.iter().find(|p| p.0 == state).map_or((0, 0), |p| (p.1, p.2));
    let apart = if line == ENDS_ROW { APART } else { 0 };
    (EDGE + column * STEP.0, EDGE + 28 + line * STEP.1 + apart)
}

/// An arrow with the name of the record, from box to box: along its row, or between two rows.
fn arrow(out: &mut String, (from, record, to): (CaseState, &str, CaseState)) {
    let ((fx, fy), (tx, ty)) = (corner(from), corner(to));
    let (half, middle) = (BOX.1 / 2, BOX.0 / 2);
    if fy == ty && fx < tx {
        let (x1, x2, y) = (fx + BOX.0, tx - 6, fy + half);
        let _ = writeln!(out, "<path {WAY} d=\"M{x1} {y}H{x2}\"/>");
        let _ = writeln!(
            out,
            "<text {RECORD} text-anchor=\"middle\" x=\"{}\" y=\"{}\">{record}</text>",
            u32::midpoint(x1, x2),
            y - 6
        );
        return;
    }
    // Two ways between the same boxes run side by side.
    let back = fy < ty;
    let shift = if back { middle - 22 } else { middle + 22 };
    let (y1, y2) = if back { (fy + BOX.1, ty - 6) } else { (fy, ty + BOX.1 + 6) };
    let (x1, x2) = (fx + shift, tx + shift);
    let _ = writeln!(out, "<path {WAY} d=\"M{x1} {y1}L{x2} {y2}\"/>");
    let (x, y) = (u32::midpoint(x1, x2), u32::midpoint(y1, y2) + if fx == tx { 4 } else { 14 });
    let (anchor, x) = if back { ("end", x - 5) } else { ("start", x + 5) };
    let _ = writeln!(out, "<text {RECORD} text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\">{record}</text>");
}

fn state(out: &mut String, lang: Lang, state: CaseState) {
    let (x, y) = corner(state);
    let look = if state.is_closed() { CLOSED } else { OPEN };
    let _ = writeln!(out, "<rect {look} x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/>", BOX.0, BOX.1);
    let (x, y) = (x + BOX.0 / 2, y + BOX.1 / 2);
    let _ = writeln!(out, "<text {NAME} x=\"{x}\" y=\"{}\">{}</text>", y - 1, name(lang, state));
    let _ = writeln!(out, "<text {CODE} x=\"{x}\" y=\"{}\">{}</text>", y + 14, state.as_str());
}

/// The drawing: states as boxes (closed ones with a heavy border), records as arrows.
pub(super) fn drawing(lang: Lang) -> String {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let (width, height) = (2 * EDGE + 6 * STEP.0 + BOX.0, 2 * EDGE + 28 + ENDS_ROW * STEP.1 + APART + BOX.1);
    let title = w("办件的一生：状态与记录", "The life of a case: states and records");
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"t\">\n<title id=\"t\">{title}</title>\n"
    );
    out.push_str(
        "<defs><marker id=\"m\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8Z\" fill=\"#1d4f91\"/></marker></defs>\n",
    );
    let _ = writeln!(out, "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>");
    let _ = writeln!(out, "<text {HEAD} x=\"{EDGE}\" y=\"{}\">{title}</text>", EDGE + 4);
    for way in WAYS {
        arrow(&mut out, *way);
    }
    for (one, _, _) in PLACES {
        state(&mut out, lang, *one);
    }
    let ends = w("任何时候：finish，按 finish_type 成为", "At any time: finish, which by finish_type makes it");
    let _ =
        writeln!(out, "<text {HEAD} x=\"{EDGE}\" y=\"{}\">{ends}</text>", EDGE + 28 + ENDS_ROW * STEP.1 + APART - 14);
    out.push_str("</svg>\n");
    out
}

/// The same in words, for who reads or hears it.
pub(super) fn words(out: &mut String, lang: Lang) {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let _ = writeln!(out, "## {}\n", w("办件的一生", "The life of a case"));
    let _ = writeln!(
        out,
        "{}\n",
        w(
            "状态由已知的记录推得，与到达的先后无关。图：[life.zh.svg](life.zh.svg)。",
            "The state follows from the records that are known, whatever the order they came in. Drawing: \
             [life.en.svg](life.en.svg).",
        )
    );
    out.push_str(&head(&[w("从", "from"), w("记录", "record"), w("到", "to")]));
    let shown = |s: CaseState| format!("{} `{}`", name(lang, s), s.as_str());
    for (from, record, to) in WAYS {
        out.push_str(&row(&[&shown(*from), &format!("`{record}`"), &shown(*to)]));
    }
    for (value, to) in ENDS {
        let record = format!("`finish` finish_type = `{value}`");
        out.push_str(&row(&[w("任何状态", "any"), &record, &shown(*to)]));
    }
    let closed: Vec<&str> = PLACES.iter().filter(|p| p.0.is_closed()).map(|p| name(lang, p.0)).collect();
    let apart = w("、", ", ");
    let _ = writeln!(out, "\n{}{}", w("已终结的状态：", "Closed: "), closed.join(apart));
}

#[cfg(test)]
mod tests;
