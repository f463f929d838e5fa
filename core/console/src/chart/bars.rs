//! Horizontal bars: a ranking, with long names.

use super::Chart;
use super::axis::Axis;
use super::paint::{Canvas, MARGIN, SMALL, fit, look, px};
use crate::table::decimal;

const LONG: f64 = 420.0;
const NAME: f64 = 190.0;

pub(super) fn draw(chart: &Chart) -> String {
    let Some(extent) = chart.extent() else { return String::new() };
    let axis = Axis::new(extent, chart.places, false);
    let names: Vec<Vec<String>> = chart.categories.iter().map(|name| fit(&name.to_string(), NAME, SMALL, 2)).collect();
    let longest = names.iter().flatten().map(|line| px(line, SMALL)).fold(0.0, f64::max);
    let values = chart.series.iter().flat_map(|s| s.values.iter().flatten());
    let number = values.map(|v| px(&decimal(*v, chart.places), 11.0)).fold(0.0, f64::max) + 8.0;
    let marks = axis.marks().iter().map(|mark| px(&axis.say(*mark), SMALL)).fold(0.0, f64::max) / 2.0;
    // Numbers stand beyond the ends of their bars.
    let before = if axis.low < 0 { number.max(marks) } else { marks.max(4.0) };
    let left = MARGIN + longest + 10.0 + before;
    let mut canvas = Canvas::new(chart, left + LONG + number.max(marks) + MARGIN, true);
    let right = canvas.width - MARGIN - number.max(marks);
    let x = |value: i128| left + axis.share(value) * (right - left);
    let thick = if chart.series.len() > 1 { 14.0 } else { 18.0 };
    let row = (thick * chart.series.len().max(1) as f64 + 10.0).max(40.0);
    let top = canvas.top + 4.0;
    let bottom = top + row * chart.categories.len() as f64;
    for mark in axis.marks() {
        canvas.line((x(mark), top), (x(mark), bottom), mark == 0);
    }
    // Marks may be closer than their words are wide.
    let apart = (right - left) / (axis.marks().len().max(2) - 1) as f64;
    let every = ((2.0 * marks + 8.0) / apart.max(1.0)).ceil().max(1.0) as usize;
    for mark in axis.marks().into_iter().step_by(every) {
        canvas.words(x(mark), bottom + 16.0, "middle", SMALL, &axis.say(mark));
    }
    for (at, (category, lines)) in chart.categories.iter().zip(&names).enumerate() {
        let y = top + row * at as f64;
        let first = y + row / 2.0 + 4.0 - (lines.len().max(1) - 1) as f64 * 8.0;
        canvas.label(left - before - 8.0, first, "end", lines, category);
        let bars = thick * chart.series.len() as f64;
        for (which, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(at).copied().flatten() else { continue };
            let v = i128::from(value);
            let (from, to) = (x(v.min(0)), x(v.max(0)));
            let y = y + (row - bars) / 2.0 + thick * which as f64;
            let said = chart.said_of(category, series, value);
            canvas.block(which, look(series, which), (from, y, to - from, thick - 2.0), &said);
            let (beside, anchor) = if v < 0 { (from - 4.0, "end") } else { (to + 4.0, "start") };
            canvas.words(beside, y + thick / 2.0 + 3.0, anchor, 11.0, &decimal(value, chart.places));
        }
    }
    canvas.done(chart, bottom + 28.0, "")
}
