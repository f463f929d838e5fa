use super::*;
use crate::item::FlowEdge;

fn at(minute: u32) -> Timestamp {
    Timestamp::parse(&format!("2026-03-02 {:02}:{:02}", 9 + minute / 60, minute % 60)).expect("a time")
}

fn node(id: &str, kind: NodeKind) -> FlowNode {
    FlowNode {
        id: id.to_owned(),
        kind,
        name: format!("环节{id}"),
        aliases: vec![format!("别名{id}")],
        mandatory: kind == NodeKind::Step,
        limit: None,
        separate_from: Vec::new(),
        people: None,
    }
}

/// `"a>b b>c"`; `?` before a name makes a branch of it, `+` a joint, `~` an optional step.
fn chart(edges: &str) -> Flow {
    let mut nodes: Vec<FlowNode> = Vec::new();
    let mut named = |word: &str| {
        let id = word.trim_start_matches(['?', '+', '~']).to_owned();
        let kind = match word.chars().next() {
            Some('?') => NodeKind::Branch,
            Some('+') => NodeKind::Joint,
            _ => NodeKind::Step,
        };
        if !nodes.iter().any(|n| n.id == id) {
            let mut one = node(&id, kind);
            one.mandatory = one.mandatory && !word.starts_with('~');
            nodes.push(one);
        }
        id
    };
    let edges = edges
        .split(' ')
        .map(|edge| {
            let (from, to) = edge.split_once('>').expect("an edge");
            FlowEdge { from: named(from), to: named(to), condition: String::new() }
        })
        .collect();
    Flow { nodes, edges, draft: false }
}

/// A case of steps by name, one minute each; `!` after a name sends it back, `/staff` says who.
fn case(no: &str, steps: &str) -> Case {
    let step = |(n, word): (u32, &str)| {
        let (word, staff) = word.split_once('/').map_or((word, None), |(w, s)| (w, Some(s.to_owned())));
        let returned = word.ends_with('!');
        Step {
            key: n.to_string(),
            name: format!("环节{}", word.trim_end_matches('!')),
            action: returned.then(|| "return".to_owned()),
            staff,
            started_at: at(n),
            ended_at: Some(at(n + 1)),
            synthetic: false,
        }
    };
    let steps = (0u32..).zip(steps.split(' ').filter(|s| !s.is_empty())).map(step).collect();
    Case { case_no: no.to_owned(), steps, ..Case::default() }
}

fn strays(flow: &str, steps: &str) -> Vec<String> {
    let found = path(&chart(flow), &case("A1", steps)).deviations;
    let say = |d: &Deviation| match d {
        Deviation::NotAllowed { from, to, .. } => {
            format!("{}>{}", from.as_deref().unwrap_or("").replace("环节", ""), to.replace("环节", ""))
        }
        Deviation::SamePerson { first, second, person, .. } => format!("{first}={second}:{person}"),
    };
    found.iter().map(say).collect()
}

#[test]
fn a_case_goes_where_the_chart_leads() {
    let none = Vec::<String>::new();
    let line = "a>b b>c c>d";
    for (flow, steps, expected) in [
        (line, "a b c d", none.clone()),
        (line, "a b", none.clone()),
        (line, "a c", vec!["a>c".to_owned()]),
        (line, "b", vec![">b".to_owned()]),
        (line, "a b a", vec!["b>a".to_owned()]),
        (line, "a b b", vec!["b>b".to_owned()]),
        ("a>~b ~b>c", "a c", none.clone()),
        ("a>~b ~b>c", "a b c", none.clone()),
        // After something optional was passed by, it does not come any more.
        ("a>~b ~b>c", "a c b", vec!["c>b".to_owned()]),
        // Sent back: any earlier step, or the same again; then forward as before.
        (line, "a b! a b c d", none.clone()),
        (line, "a b c! b c d", none.clone()),
        (line, "a b! b c", none.clone()),
        (line, "a b! c", vec!["b>c".to_owned()]),
        // A branch leads one way, a joint all ways, in any order, and they meet again.
        ("a>?q ?q>b ?q>c b>d c>d", "a b d", none.clone()),
        ("a>?q ?q>b ?q>c b>d c>d", "a b c", vec!["b>c".to_owned()]),
        ("a>+q +q>b +q>c b>d c>d", "a c b d", none.clone()),
        ("a>+q +q>b +q>c b>d c>d", "a b c d", none.clone()),
        ("a>+q +q>b +q>c b>d c>d", "a b c d d", vec!["d>d".to_owned()]),
        ("a>+q +q>b +q>c b>e b>d c>d", "a b e c d", none.clone()),
        // A loop that the chart draws may be walked again and again.
        ("a>b b>a b>c", "a b a b a b c", none.clone()),
    ] {
        assert_eq!(strays(flow, steps), expected, "{flow}: {steps}");
    }
}

#[test]
fn nobody_handles_what_is_kept_apart() {
    let mut flow = chart("a>b b>c");
    flow.nodes[2].separate_from = vec!["a".to_owned()];
    let same = |steps: &str| path(&flow, &case("A1", steps)).deviations.len();
    assert_eq!(same("a/张三 b/张三 c/李四"), 0);
    assert_eq!(same("a/张三 b/李四 c/张三"), 1);
    assert_eq!(same("a/王五、张三 b/李四 c/张三，赵六"), 1, "one of several is enough");
    assert_eq!(same("a b c"), 0, "nobody is nobody");
    let mut open = flow.clone();
    open.nodes[2].separate_from = vec!["c".to_owned()];
    assert_eq!(path(&open, &case("A1", "a/张三 b/张三 c/张三")).deviations.len(), 0, "not from itself");
}

#[test]
fn what_is_not_mapped_is_shown() {
    let flow = chart("a>b");
    let mut one = case("A1", "a x b");
    one.steps[0].name = "别名a".to_owned();
    let path = path(&flow, &one);
    assert_eq!(path.visits.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["环节a", "环节b"]);
    assert_eq!(path.unmapped.iter().map(|u| u.name.as_str()).collect::<Vec<_>>(), ["环节x"]);
    assert!(path.deviations.is_empty() && !path.conforms(), "unmapped is never conforming");
}

#[test]
fn variants_count_the_paths_of_an_item() {
    let flow = chart("a>b b>c");
    let cases = [case("1", "a b c"), case("2", "a c"), case("3", "a b c"), case("4", "a b x c")];
    let all = variants(&flow, &cases);
    let brief: Vec<(String, u64, bool)> =
        all.iter().map(|v| (v.steps.join("").replace("环节", ""), v.cases, v.conforms)).collect();
    assert_eq!(brief, [("abc".to_owned(), 2, true), ("ab［x］c".to_owned(), 1, false), ("ac".to_owned(), 1, false)]);
    assert_eq!(all[0].examples, ["1", "3"]);
    let moves = transitions(&flow, &cases);
    let of = |a: &str, b: &str| moves.get(&(format!("环节{a}"), format!("环节{b}"))).copied();
    assert_eq!((of("a", "b"), of("b", "c"), of("a", "c"), of("c", "a")), (Some(3), Some(3), Some(1), None));
}

#[test]
fn the_longest_path_adds_up_and_a_way_back_is_not_walked_twice() {
    let mut flow = chart("a>b a>c b>d c>d d>a");
    assert_eq!(longest_limit(&flow), None, "nothing has a limit");
    for (node, limit) in flow.nodes.iter_mut().zip([1, 2, 5, 3]) {
        node.limit = Some(limit);
    }
    assert_eq!(longest_limit(&flow), Some(9), "a, c and d");
}
