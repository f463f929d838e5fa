//! What all charts have in common: frame, title, legend, patterns, and how wide a text is.

use super::{Chart, Series, Tone};
use crate::text::{Text, escape};
use crate::words::Lang;
use std::fmt::Write as _;

pub(super) const MARGIN: f64 = 20.0;
pub(super) const SMALL: f64 = 12.0;
const TITLE: f64 = 17.0;
const INK: &str = "#102a43";
/// Contrast on white is 3:1 and more but for yellow, which has a dark outline.
const FILLS: [&str; 6] = ["#0B5CAD", "#FFC53D", "#237804", "#B3261E", "#722ED1", "#0E7C7C"];
const STROKES: [&str; 6] = ["#0B5CAD", "#8A5A00", "#237804", "#B3261E", "#722ED1", "#0E7C7C"];
const PATTERNS: [&str; 6] = [
    "",
    "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    "M2 2h2v2h-2zM6 6h2v2h-2z",
    "M-2 6L2 10M0 0L8 8M6 -2L10 2",
    "M0 2H8M0 6H8",
    "M0 0L8 8M0 8L8 0",
];
const DASHES: [&str; 6] = ["", "8 3", "2 3", "8 3 2 3", "12 4", "4 2"];

/// At most how wide a text is at this size, whichever of the usual fonts shows it.
pub(super) fn px(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        c if !c.is_ascii() => 1.05,
        'W' | 'M' | '@' | '%' | 'm' | 'w' => 0.98,
        c if c.is_ascii_uppercase() => 0.78,
        _ => 0.64,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// Lines of at most this width, at most so many; what is left out shows as `…`.
pub(super) fn fit(text: &str, width: f64, size: f64, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in text.chars().filter(|c| !c.is_control()) {
        let last = lines.last().cloned().unwrap_or_default();
        if !last.is_empty() && px(&format!("{last}{c}"), size) > width {
            if lines.len() >= most {
                if let Some(line) = lines.last_mut() {
                    while !line.is_empty() && px(&format!("{line}…"), size) > width {
                        line.pop();
                    }
                    line.push('…');
                }
                return lines;
            }
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
}

/// How a series looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    fill: &'static str,
    pub stroke: &'static str,
    pattern: usize,
    pub dash: &'static str,
    pub shape: usize,
}

fn nth<T: Copy + Default>(all: &[T], at: usize) -> T {
    all.get(at % all.len().max(1)).copied().unwrap_or_default()
}

pub(super) fn look(series: &Series, at: usize) -> Look {
    let turn = at + at / 6;
    let (fill, stroke, pattern) = match series.tone {
        Tone::Plain => (nth(&FILLS, at), nth(&STROKES, at), turn % 6),
        Tone::Red => ("#B3261E", "#B3261E", 5),
        Tone::Yellow => ("#FFC53D", "#8A5A00", 1),
        Tone::Green => ("#237804", "#237804", 0),
        Tone::Previous => ("#BCCCDC", "#627D98", 4),
    };
    let dash = if series.tone == Tone::Previous { "5 4" } else { nth(&DASHES, turn) };
    Look { fill, stroke, pattern, dash, shape: turn % 6 }
}

/// A picture being drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    pub out: String,
    pub width: f64,
    /// Below title and legend.
    pub top: f64,
    id: String,
    lang: Lang,
}

impl Canvas {
    /// With title and legend; `wish` is how wide the plot wants to be.
    pub(super) fn new(chart: &Chart, wish: f64, swatch: bool) -> Self {
        let width = wish.max(560.0);
        let id: String = chart.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let mut canvas = Self { out: String::new(), width, top: MARGIN, id, lang: chart.lang };
        let unit = chart.in_units();
        for line in fit(&format!("{}{unit}", chart.title), width - 2.0 * MARGIN, TITLE, 3) {
            canvas.top += TITLE + 5.0;
            let (x, y) = (MARGIN, canvas.top - 5.0);
            canvas.words(x, y, "start", TITLE, &line);
        }
        canvas.top += 8.0;
        let mut x = MARGIN;
        canvas.top += 16.0;
        for (at, series) in chart.series.iter().enumerate() {
            let name = fit(&series.name, width - 2.0 * MARGIN - 40.0, SMALL, 1).concat();
            let needs = 36.0 + px(&name, SMALL) + 16.0;
            if x > MARGIN && x + needs > width - MARGIN {
                x = MARGIN;
                canvas.top += 20.0;
            }
            let y = canvas.top;
            let look = look(series, at);
            if swatch {
                canvas.block(at, look, (x, y - 11.0, 28.0, 12.0), &series.name.as_str().into());
            } else {
                canvas.path(&[(x, y - 5.0), (x + 28.0, y - 5.0)], look);
                canvas.mark(look, (x + 14.0, y - 5.0), &series.name.as_str().into());
            }
            canvas.words(x + 34.0, y, "start", SMALL, &name);
            x += needs;
        }
        canvas.top += 16.0;
        canvas
    }

    pub(super) fn words(&mut self, x: f64, y: f64, anchor: &str, size: f64, text: &str) {
        let _ = write!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{INK}\">{}</text>",
            escape(text)
        );
    }

    /// Words of which some do not show: the whole is told to who points at them.
    pub(super) fn label(&mut self, x: f64, y: f64, anchor: &str, lines: &[String], whole: &Text) {
        let _ = write!(self.out, "<g{}><title>{}</title>", whole.mark(self.lang), escape(&whole.to_string()));
        for (at, line) in lines.iter().enumerate() {
            self.words(x, y + at as f64 * 16.0, anchor, SMALL, line);
        }
        self.out.push_str("</g>");
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), strong: bool) {
        let colour = if strong { "#334e68" } else { "#d9e2ec" };
        let _ =
            write!(self.out, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>");
    }

    /// A filled area of a series.
    pub(super) fn block(&mut self, at: usize, look: Look, (x, y, w, h): (f64, f64, f64, f64), said: &Text) {
        let fill = if look.pattern == 0 { look.fill.to_owned() } else { format!("url(#{}-p{at})", self.id) };
        let _ = write!(
            self.out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" fill=\"{fill}\" stroke=\"{INK}\">\
             <title{}>{}</title></rect>",
            said.mark(self.lang),
            escape(&said.to_string())
        );
    }

    /// A line of a series.
    pub(super) fn path(&mut self, points: &[(f64, f64)], look: Look) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let dash = if look.dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{}\"", look.dash) };
        let _ = write!(
            self.out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{dash}/>",
            points.join(" "),
            look.stroke
        );
    }

    /// A point of a series, by its shape.
    pub(super) fn mark(&mut self, look: Look, (x, y): (f64, f64), said: &Text) {
        let at: Vec<(f64, f64)> = match look.shape {
            0 => vec![],
            1 => vec![(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)],
            2 => vec![(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)],
            3 => vec![(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)],
            4 => vec![(0.0, 5.0), (5.0, -4.0), (-5.0, -4.0)],
            _ => vec![(-5.0, -2.0), (5.0, -2.0), (5.0, 2.0), (-5.0, 2.0)],
        };
        let (fill, stroke) = (if look.shape.is_multiple_of(2) { look.stroke } else { "#fff" }, look.stroke);
        let said = format!("<title{}>{}</title>", said.mark(self.lang), escape(&said.to_string()));
        if at.is_empty() {
            let _ = write!(
                self.out,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{fill}\" stroke=\"{stroke}\">{said}</circle>"
            );
            return;
        }
        let points: Vec<String> = at.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy)).collect();
        let _ = write!(
            self.out,
            "<polygon points=\"{}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\">{said}</polygon>",
            points.join(" ")
        );
    }

    /// The whole picture, so high.
    pub(super) fn done(self, chart: &Chart, height: f64, more: &str) -> String {
        let Self { out, width, id, .. } = self;
        let mut defs = String::new();
        for (at, series) in chart.series.iter().enumerate() {
            let look = look(series, at);
            let ink = if matches!(look.fill, "#FFC53D" | "#BCCCDC") { "#1F1F1F" } else { "#fff" };
            let (path, fill) = (nth(&PATTERNS, look.pattern), look.fill);
            if !path.is_empty() {
                let _ = write!(
                    defs,
                    "<pattern id=\"{id}-p{at}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
                     <rect width=\"8\" height=\"8\" fill=\"{fill}\"/><path d=\"{path}\" stroke=\"{ink}\" stroke-width=\"1.5\"/></pattern>"
                );
            }
        }
        let (width, height, told) = (width.ceil(), height.ceil(), chart.told());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-labelledby=\"{id}-t {id}-d\" \
             font-family=\"'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Source Han Sans SC',sans-serif\">\
             <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\"{}>{}{more}</desc><defs>{defs}</defs>\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>{out}</svg>\n",
            escape(&chart.title),
            told.mark(chart.lang),
            escape(&told.to_string())
        )
    }
}

/// A chart of nothing says so.
pub(super) fn empty(chart: &Chart) -> String {
    let none = Chart { series: Vec::new(), ..chart.clone() };
    let mut canvas = Canvas::new(&none, 560.0, true);
    let (x, y) = (canvas.width / 2.0, canvas.top + 40.0);
    let (said, told) = match chart.lang {
        Lang::Zh => ("没有数据", "没有数据。"),
        Lang::En => ("no data", "No data."),
    };
    canvas.words(x, y, "middle", 15.0, said);
    canvas.done(&none, y + 50.0, told)
}
