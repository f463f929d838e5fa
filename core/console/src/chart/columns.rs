//! Columns: side by side, on one another, or without gaps.

use super::axis::Axis;
use super::paint::{Canvas, MARGIN, SMALL, fit, look, px};
use super::{Chart, Form};
use crate::table::decimal;

const HIGH: f64 = 240.0;

pub(super) fn draw(chart: &Chart) -> String {
    let Some(extent) = chart.extent() else { return String::new() };
    let axis = Axis::new(extent, chart.places, false);
    let (n, m) = (chart.categories.len(), chart.series.len().max(1));
    let each = if chart.form == Form::Grouped { m } else { 1 };
    let left = MARGIN + axis.marks().iter().map(|mark| px(&axis.say(*mark), SMALL)).fold(0.0, f64::max) + 8.0;
    let narrow = if n > 12 { 48.0 } else { 76.0 };
    let slot = f64::max(narrow, each as f64 * 18.0 + 16.0).max((520.0 - left) / n as f64);
    let mut canvas = Canvas::new(chart, left + slot * n as f64 + MARGIN, true);
    // Room for numbers above and, of negative ones, below.
    let top = canvas.top + 18.0;
    let bottom = top + HIGH;
    let y = |value: i128| bottom - axis.share(value) * HIGH;
    for mark in axis.marks() {
        canvas.line((left, y(mark)), (canvas.width - MARGIN, y(mark)), mark == 0);
        canvas.words(left - 6.0, y(mark) + 4.0, "end", SMALL, &axis.say(mark));
    }
    let below = if axis.low < 0 { 18.0 } else { 4.0 };
    let room = if chart.form == Form::Histogram { 1.0 } else { 8.0 };
    let wide = (slot - 2.0 * room) / each as f64;
    // Numbers over all columns or over none.
    let mut values = chart.series.iter().flat_map(|s| s.values.iter().flatten());
    let numbers = chart.form != Form::Stacked && values.all(|v| px(&decimal(*v, chart.places), 11.0) <= wide);
    let mut lines_most = 1;
    for (at, category) in chart.categories.iter().enumerate() {
        let x = left + slot * at as f64;
        // Heights of a stack, upwards and downwards.
        let (mut up, mut down) = (0_i128, 0_i128);
        for (which, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(at).copied().flatten() else { continue };
            let v = i128::from(value);
            let (from, to, column) = if chart.form == Form::Stacked {
                let base = if v < 0 { &mut down } else { &mut up };
                let from = *base;
                *base += v;
                (from, *base, 0)
            } else {
                (0, v, if chart.form == Form::Grouped { which } else { 0 })
            };
            let (high, low) = (y(from.max(to)), y(from.min(to)));
            let x = x + room + wide * column as f64;
            let said = chart.said_of(category, series, value);
            canvas.block(which, look(series, which), (x, high, wide, low - high), &said);
            let number = decimal(value, chart.places);
            if numbers {
                let beside = if v < 0 { low + 13.0 } else { high - 4.0 };
                canvas.words(x + wide / 2.0, beside, "middle", 11.0, &number);
            }
        }
        if chart.form == Form::Stacked && down == 0 {
            let number = axis_sum(up, chart.places);
            if px(&number, 11.0) <= slot - 4.0 {
                canvas.words(x + slot / 2.0, y(up) - 4.0, "middle", 11.0, &number);
            }
        }
        let lines = fit(&category.to_string(), slot - 6.0, SMALL, 4);
        lines_most = lines_most.max(lines.len());
        canvas.label(x + slot / 2.0, bottom + below + 14.0, "middle", &lines, category);
    }
    let height = bottom + below + 14.0 + lines_most as f64 * 16.0 + 12.0;
    canvas.done(chart, height, "")
}

fn axis_sum(sum: i128, places: u8) -> String {
    i64::try_from(sum).map_or_else(|_| String::new(), |sum| decimal(sum, places))
}
