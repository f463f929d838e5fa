use super::*;
use daylight_domain::Timestamp;
use daylight_domain::case::{Case, Step};
use daylight_domain::flow::{Traffic, path};

fn item() -> Item {
    let text = r#"
code = "X" 
name = "食品经营许可<新办>"
department = "market"
legal_basis = "x"
valid_from = "2008-01-01"
[flow]
nodes = [
  { id = "start", kind = "start", name = "开始" },
  { id = "examine", kind = "step", name = "承办", mandatory = true, limit = 3 },
  { id = "review", kind = "step", name = "审核", mandatory = true },
  { id = "visit", kind = "step", name = "组织专家现场踏勘并出具书面意见" },
  { id = "decide", kind = "decide", name = "决定", mandatory = true },
  { id = "end", kind = "end", name = "办结" },
]
edges = [
  { from = "start", to = "examine" },
  { from = "examine", to = "visit", condition = "需要踏勘" },
  { from = "examine", to = "review" },
  { from = "visit", to = "review" },
  { from = "review", to = "examine" },
  { from = "review", to = "decide" },
  { from = "decide", to = "end" },
]
"#;
    toml::from_str(text).expect("an item")
}

fn step(name: &str, from: &str, to: Option<&str>) -> Step {
    let at = |t: &str| Timestamp::parse(t).expect("a time");
    Step { key: name.to_owned(), name: name.to_owned(), started_at: at(from), ended_at: to.map(at), ..Step::default() }
}

/// Well-formed: every tag that opens closes, in order.
fn well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let tag = tag.split('>').next().expect("a tag");
        let name = tag.split([' ', '/']).find(|n| !n.is_empty()).expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_node_and_edge_is_drawn_and_words_are_safe() {
    let item = item();
    let svg = svg(&item, Over::Nothing).expect("a flow");
    well_formed(&svg);
    let flow = item.flow.as_ref().expect("a flow");
    for node in flow.nodes.iter().filter(|n| n.name.chars().count() < 8) {
        assert!(svg.contains(&format!(">{}</text>", node.name)), "{}", node.name);
    }
    assert_eq!(svg.matches("marker-end").count(), flow.edges.len());
    assert_eq!(svg.matches("stroke-dasharray=\"6 4\"").count(), 1, "one edge leads back");
    assert!(svg.contains("食品经营许可&lt;新办&gt;") && !svg.contains("<新办>"));
    assert!(svg.contains("3 个工作日") && svg.contains("需要踏勘"));
    // What passes by the optional visit goes around it, not behind it.
    let visit = flow.nodes.iter().position(|n| n.id == "visit").expect("a node");
    let around = svg.split("<path d=\"M").filter(|p| p.contains("marker-end")).nth(visit - 1).expect("an edge");
    let [(from, _), (out, _)] = [0, 1].map(|n| {
        around
            .split(['C', ' ', '"'])
            .collect::<Vec<_>>()
            .chunks(2)
            .nth(n)
            .map(|p| (p[0].parse::<i32>().expect("x"), p[1].to_owned()))
            .expect("a point")
    });
    assert!(out < from, "{around}");
}

#[test]
fn rework_does_not_push_nodes_down_and_the_longest_way_decides_the_row() {
    let item = item();
    let places = layout(item.flow.as_ref().expect("a flow"));
    let row = |id: &str| places[id].0;
    assert_eq!(
        (row("start"), row("examine"), row("visit"), row("review"), row("decide"), row("end")),
        (0, 1, 2, 3, 4, 5)
    );
}

#[test]
fn a_cases_path_its_place_and_what_it_did_wrong_are_shown_in_words() {
    let item = item();
    let flow = item.flow.as_ref().expect("a flow");
    let mut case = Case {
        steps: vec![step("承办", "2026-03-02 09:00", Some("2026-03-03 09:00")), step("审核", "2026-03-03 10:00", None)],
        ..Case::default()
    };
    let (taken, none) = (path(flow, &case), BTreeSet::new());
    let good = svg(&item, Over::Case(Shown { case_no: "A1", path: &taken, reached: &none })).expect("a flow");
    well_formed(&good);
    assert!(good.contains("✓ 已办") && good.contains("▶ 办理中") && good.contains("✓ 至今符合流程图"));
    case.steps.push(step("盖章", "2026-03-04 10:00", None));
    let taken = path(flow, &case);
    let bad = svg(&item, Over::Case(Shown { case_no: "A1", path: &taken, reached: &none })).expect("a flow");
    assert!(bad.contains("“盖章”不在流程图中") && !bad.contains("✓ 至今符合流程图"));
}

#[test]
fn an_item_without_a_flow_has_no_chart() {
    let item = Item { flow: None, ..item() };
    assert_eq!(svg(&item, Over::Nothing), None);
}

#[test]
fn how_often_each_edge_was_walked_is_read_without_colour() {
    let item = item();
    let flow = item.flow.as_ref().expect("a flow");
    let day = |d: u32| chrono::NaiveDate::from_ymd_opt(2026, 3, d).expect("a date");
    let edge = |a: &str, b: &str, n: u64| ((a.to_owned(), b.to_owned()), n);
    let traffic = Traffic {
        cases: 12,
        other_versions: 2,
        edges: [
            edge("start", "examine", 12),
            edge("examine", "review", 9),
            edge("examine", "visit", 3),
            edge("review", "examine", 1),
        ]
        .into(),
        off: [edge("承办", "决定", 2)].into(),
        back: (0..12).map(|n| edge("审核", &format!("环节{n:02}"), 20 - n)).collect(),
        unmapped: [("盖章<1>".to_owned(), 4)].into(),
    };
    let drawn = svg(&item, Over::Traffic(Watched { traffic: &traffic, from: day(1), to: day(31) })).expect("a flow");
    well_formed(&drawn);
    for words in [
        "2026-03-01 至 2026-03-31 开始的 12 件办件",
        ">12 次<",
        ">9 次<",
        ">需要踏勘 3 次<",
        ">0 次<",
        "✗ 流程图没有的路径：“承办”→“决定” 2 次",
        "⤺ 退回：“审核”→“环节00” 20 次",
        "⤺ 退回：其余 2 种 19 次",
        "? 环节“盖章&lt;1&gt;”不在流程图中，无法判定，4 次",
        "另有 2 件",
    ] {
        assert!(drawn.contains(words), "{words}\n{drawn}");
    }
    // Every edge has its number and its arrow; those nobody walked are dotted.
    assert_eq!(drawn.matches("marker-end").count(), flow.edges.len());
    assert_eq!(drawn.matches("stroke-dasharray=\"1 5\"").count(), 3);
    // No number covers a node or another number.
    let boxes: Vec<[i32; 4]> = drawn
        .split("<rect ")
        .skip(2)
        .map(|tag| {
            let of = |name: &str| {
                let (_, rest) = tag.split_once(&format!("{name}=\"")).expect("a measure");
                rest.split('"').next().expect("a number").parse().expect("a number")
            };
            [of("x"), of(" y"), of("width"), of("height")]
        })
        .collect();
    let labels = boxes.iter().filter(|b| b[3] == 16).count();
    assert_eq!(labels, flow.edges.len());
    for (n, a) in boxes.iter().enumerate().filter(|(_, b)| b[3] == 16) {
        for (m, b) in boxes.iter().enumerate().filter(|(m, _)| *m != n) {
            let apart = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
            assert!(apart, "{n} {a:?} and {m} {b:?}");
        }
    }
}
