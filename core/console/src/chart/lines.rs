//! Lines over months, with the period before.

use super::Chart;
use super::axis::Axis;
use super::paint::{Canvas, MARGIN, SMALL, fit, look, px};
use crate::words::Lang;

const HIGH: f64 = 240.0;

pub(super) fn draw(chart: &Chart) -> String {
    let Some(extent) = chart.extent() else { return String::new() };
    let axis = Axis::new(extent, chart.places, true);
    let n = chart.categories.len();
    let left = MARGIN + axis.marks().iter().map(|mark| px(&axis.say(*mark), SMALL)).fold(0.0, f64::max) + 8.0;
    let slot = f64::max(30.0, (520.0 - left) / n as f64);
    let mut canvas = Canvas::new(chart, left + slot * n as f64 + MARGIN, false);
    let top = canvas.top + 8.0;
    let bottom = top + HIGH;
    let y = |value: i128| bottom - axis.share(value) * HIGH;
    for mark in axis.marks() {
        canvas.line((left, y(mark)), (canvas.width - MARGIN, y(mark)), mark == 0);
        canvas.words(left - 6.0, y(mark) + 4.0, "end", SMALL, &axis.say(mark));
    }
    canvas.line((left, bottom), (canvas.width - MARGIN, bottom), true);
    let x = |at: usize| left + slot * (at as f64 + 0.5);
    // What a label needs is wider than a slot where there are many months: then each second or third has one.
    let widest = chart.categories.iter().map(|c| px(&c.to_string(), SMALL)).fold(0.0, f64::max).clamp(24.0, 72.0);
    let every = ((widest + 6.0) / slot).ceil().max(1.0) as usize;
    let mut lines_most = 1;
    for (at, category) in chart.categories.iter().enumerate().filter(|(at, _)| at % every == 0) {
        let lines = fit(&category.to_string(), slot * every as f64 - 6.0, SMALL, 3);
        lines_most = lines_most.max(lines.len());
        // The first and the last would reach beyond the edges.
        let half = lines.iter().map(|l| px(l, SMALL)).fold(0.0, f64::max) / 2.0;
        let middle = x(at).clamp(half + 2.0, (canvas.width - half - 2.0).max(half + 2.0));
        canvas.line((x(at), bottom), (x(at), bottom + 5.0), true);
        canvas.label(middle, bottom + 20.0, "middle", &lines, category);
    }
    // The first lies on top of the others.
    for (which, series) in chart.series.iter().enumerate().rev() {
        let look = look(series, which);
        let values = series.values.iter().take(n).enumerate();
        let points: Vec<Option<(usize, i64)>> = values.map(|(at, v)| v.map(|v| (at, v))).collect();
        // A month that was not measured is a gap.
        for run in points.split(Option::is_none) {
            let run: Vec<(f64, f64)> = run.iter().flatten().map(|(at, v)| (x(*at), y(i128::from(*v)))).collect();
            if run.len() > 1 {
                canvas.path(&run, look);
            }
        }
        for (at, v) in points.iter().flatten() {
            let said = chart.said_of(&chart.categories.get(*at).cloned().unwrap_or_default(), series, *v);
            canvas.mark(look, (x(*at), y(i128::from(*v))), &said);
        }
    }
    let mut height = bottom + 20.0 + lines_most as f64 * 16.0 + 8.0;
    let mut more = "";
    if axis.low > 0 {
        more = match chart.lang {
            Lang::Zh => "纵轴不从零开始。",
            Lang::En => "The axis does not begin at zero.",
        };
        canvas.words(MARGIN, height, "start", SMALL, more);
        height += 12.0;
    }
    canvas.done(chart, height, more)
}
