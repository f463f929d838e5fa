use super::*;
use crate::text::data;
use crate::xml::{self, Element, Node};
use proptest::prelude::*;

const FORMS: [Form; 5] = [Form::Grouped, Form::Stacked, Form::Lines, Form::Bars, Form::Histogram];

fn chart(form: Form, categories: &[&str], series: &[&[Option<i64>]]) -> Chart {
    let series = series.iter().enumerate();
    Chart {
        lang: Lang::Zh,
        id: "a".to_owned(),
        title: "按时办结".to_owned(),
        unit: "件".to_owned(),
        places: 0,
        form,
        categories: categories.iter().map(|c| data(*c)).collect(),
        series: series
            .map(|(n, values)| Series { name: format!("系列{n}"), values: values.to_vec(), tone: Tone::Plain })
            .collect(),
    }
}

fn elements<'a>(nodes: &'a [Node], all: &mut Vec<&'a Element>) {
    for node in nodes {
        if let Node::Element(e) = node {
            all.push(e);
            if e.name != "defs" {
                elements(&e.children, all);
            }
        }
    }
}

/// Every number and every text lies inside the picture; texts as wide as the house measures them.
fn check(svg: &str) -> Result<(), String> {
    let tree = xml::read(svg)?;
    let mut all = Vec::new();
    elements(&tree, &mut all);
    if let Some(bad) = ["NaN", "style=", "<script", "<style"].iter().find(|bad| svg.contains(**bad)) {
        return Err(format!("{bad} in {svg}"));
    }
    if all.iter().any(|e| e.attributes.iter().any(|(name, _)| name.starts_with("on"))) {
        return Err("something runs".to_owned());
    }
    let number = |e: &Element, name: &str| -> Result<f64, String> {
        let text = e.attribute(name).unwrap_or("0");
        text.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or(format!("{name}={text}"))
    };
    let root = all.first().ok_or("no root")?;
    let (w, h) = (number(root, "width")?, number(root, "height")?);
    if root.attribute("viewBox") != Some(&format!("0 0 {w} {h}")) || root.attribute("role") != Some("img") {
        return Err("the root".to_owned());
    }
    let inside = |x: f64, y: f64, what: &str| {
        let fine = (-0.06..=w + 0.06).contains(&x) && (-0.06..=h + 0.06).contains(&y);
        if fine { Ok(()) } else { Err(format!("{what} at {x},{y} of {w},{h}: {svg}")) }
    };
    for e in &all {
        match e.name.as_str() {
            "rect" => {
                let (x, y, wide, high) = (number(e, "x")?, number(e, "y")?, number(e, "width")?, number(e, "height")?);
                if wide < 0.0 || high < 0.0 {
                    return Err(format!("a rectangle of {wide} x {high}"));
                }
                inside(x, y, "rect")?;
                inside(x + wide, y + high, "rect")?;
            }
            "line" => {
                inside(number(e, "x1")?, number(e, "y1")?, "line")?;
                inside(number(e, "x2")?, number(e, "y2")?, "line")?;
            }
            "circle" => inside(number(e, "cx")?, number(e, "cy")?, "circle")?,
            "polyline" | "polygon" => {
                for point in e.attribute("points").unwrap_or_default().split(' ') {
                    let (x, y) = point.split_once(',').ok_or("a point")?;
                    inside(x.parse().map_err(|_| "x")?, y.parse().map_err(|_| "y")?, "point")?;
                }
            }
            "text" => {
                let text: String = e
                    .children
                    .iter()
                    .map(|n| if let Node::Text(t) = n { xml::plain(t) } else { String::new() })
                    .collect();
                let wide = paint::px(&text, number(e, "font-size")?);
                let (x, y) = (number(e, "x")?, number(e, "y")?);
                let from = match e.attribute("text-anchor") {
                    Some("middle") => x - wide / 2.0,
                    Some("end") => x - wide,
                    _ => x,
                };
                inside(from, y - 11.0, &text)?;
                inside(from + wide, y + 2.0, &text)?;
            }
            _ => {}
        }
    }
    let has = |name: &str| root.child(name).is_some_and(|e| !e.children.is_empty());
    if has("title") && has("desc") { Ok(()) } else { Err("no title or desc".to_owned()) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_data_gives_a_picture_that_holds_all_of_it(
        form in 0_usize..5,
        places in 0_u8..5,
        title in "\\PC{1,60}",
        names in prop::collection::vec("\\PC{0,30}", 0..41),
        series in prop::collection::vec(("\\PC{0,40}", prop::collection::vec(prop::option::of(prop_oneof![any::<i64>(), -1000_i64..1000, Just(0)]), 0..41)), 0..9),
    ) {
        let series = series.into_iter().map(|(name, values)| Series { name, values, tone: Tone::Plain }).collect();
        let categories = names.into_iter().map(data).collect();
        let lang = if places % 2 == 0 { Lang::Zh } else { Lang::En };
        let chart = Chart { lang, id: "c-1".to_owned(), title, unit: "件<".to_owned(), places, form: FORMS[form], categories, series };
        prop_assert_eq!(check(&chart.svg()), Ok(()));
        prop_assert!(xml::read(&chart.figure()).is_ok());
    }
}

#[test]
fn nothing_says_so_in_words() {
    for form in FORMS {
        for empty in [chart(form, &[], &[]), chart(form, &["一月"], &[&[None]]), chart(form, &["一月"], &[])] {
            let svg = empty.svg();
            assert_eq!(check(&svg), Ok(()));
            assert_eq!(svg.matches("没有数据").count(), 2, "for eyes and for ears: {svg}");
        }
    }
}

#[test]
fn what_a_column_stands_for_is_as_high_as_it_says() {
    let svg = chart(Form::Grouped, &["甲", "乙"], &[&[Some(50), Some(-25)]]).svg();
    let tree = xml::read(&svg).expect("well-formed");
    let mut all = Vec::new();
    elements(&tree, &mut all);
    let bars: Vec<f64> = all
        .iter()
        .filter(|e| e.name == "rect" && e.child("title").is_some())
        .map(|e| e.attribute("height").expect("height").parse().expect("a number"))
        .collect();
    // The first is the legend's.
    assert!((bars[1] / bars[2] - 2.0).abs() < 0.01, "{bars:?}");
    assert!(
        svg.contains("<title>乙 系列0：-25件</title>")
            && svg.contains("最高 50件（甲，系列0），最低 -25件（乙，系列0）。")
    );
}

#[test]
fn series_differ_without_colour() {
    let six: Vec<&[Option<i64>]> = vec![&[Some(1)]; 6];
    let svg = chart(Form::Grouped, &["甲"], &six).svg();
    assert_eq!(svg.matches("<pattern ").count(), 5, "the sixth is plain");
    let mut months =
        chart(Form::Lines, &["一月", "二月", "三月"], &[&[Some(97), None, Some(98)], &[Some(96), Some(95), Some(97)]]);
    months.series[1].tone = Tone::Previous;
    let svg = months.svg();
    assert_eq!(svg.matches("<polyline").count(), 3, "two of the legend; a gap is no line: {svg}");
    assert!(svg.contains("stroke-dasharray=\"5 4\"") && svg.contains("<polygon") && svg.contains("<circle"));
    assert!(svg.contains("纵轴不从零开始。"));
}

#[test]
fn long_names_are_cut_and_told_whole() {
    let name = "人力资源和社会保障局机关事业单位社会保险事业管理服务中心办事大厅";
    for form in FORMS {
        let svg = chart(form, &[name, "乙", "丙", "丁", "戊", "己", "庚"], &[&[Some(3); 7]]).svg();
        assert!(svg.contains('…') && svg.contains(&format!("<title>{name}</title>")), "{form:?}: {svg}");
    }
}

#[test]
fn a_histogram_loses_no_value() {
    let chart = histogram("h", "办理时长", "工作日", 0, &[0, 5, 10], &[-1, 0, 4, 5, 9, 10, 99]);
    assert_eq!(chart.categories.iter().map(Text::to_string).collect::<Vec<_>>(), ["低于0", "0–5", "5–10", "10及以上"]);
    assert_eq!(chart.series[0].values, [Some(1), Some(2), Some(2), Some(2)]);
    assert_eq!(check(&chart.svg()), Ok(()));
}

#[test]
fn an_axis_has_round_marks() {
    let marks = |low, high, places, free| {
        let axis = axis::Axis::new((low, high), places, free);
        axis.marks().into_iter().map(|m| axis.say(m)).collect::<Vec<_>>()
    };
    assert_eq!(marks(0, 10, 0, false), ["0", "5", "10"]);
    assert_eq!(marks(-7, 12, 0, false), ["-10", "-5", "0", "5", "10", "15"]);
    assert_eq!(marks(0, 1, 0, false), ["0", "1"]);
    assert_eq!(marks(0, 0, 1, false), ["0.0", "0.5", "1.0"]);
    assert_eq!(marks(9_650, 9_810, 2, true), ["96.5", "97.0", "97.5", "98.0", "98.5"]);
}

#[test]
fn the_table_says_the_same_numbers() {
    let mut chart = chart(Form::Bars, &["甲<"], &[&[Some(9_850)], &[None]]);
    chart.places = 2;
    let html = chart.table_html();
    assert!(
        html.contains("<th scope=\"row\">甲&lt;</th><td class=\"number\">98.50</td><td class=\"number\">—</td>"),
        "{html}"
    );
    assert!(html.contains("<caption>按时办结（单位：件）</caption>"));
}
