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
        leader: false,
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

fn calendar() -> crate::calendar::Calendar {
    use crate::calendar::{Calendar, CalendarYear};
    Calendar::from_years([CalendarYear { year: 2026, source: String::new(), off: Vec::new(), work: Vec::new() }])
        .expect("a calendar")
}

fn replay(flow: &str, steps: &str) -> Replay {
    Replay::of(Some(&chart(flow)), &case("A1", steps), &calendar())
}

fn key(flow: &str, steps: &str) -> String {
    replay(flow, steps).key.replace("环节", "")
}

#[test]
fn a_replay_tells_order_rework_and_what_is_no_node() {
    let line = "a>b b>c";
    assert_eq!(key(line, "a b c"), "a→b→c");
    assert_eq!(key(line, "a b! a b c"), "a→b⤺→a↺2→b↺2→c");
    assert_eq!(key(line, "a x b x"), "a→［x］→b→［x］↺2");
    assert_eq!(key(line, ""), "");
    let stands = |steps: &str| replay(line, steps).standing;
    assert_eq!(stands("a b! a b c"), Standing::Conforms);
    assert_eq!(stands("a x b"), Standing::Unknown, "unmapped is never conforming");
    assert_eq!(stands("a x c"), Standing::Deviates);
    let rules = |one: &Replay| one.deviations.iter().map(|d| d.rule.clone()).collect::<Vec<_>>();
    assert_eq!(rules(&replay(line, "a c")), ["P-08"]);
    assert!(replay(line, "a c").legs[1].strayed && !replay(line, "a c").legs[0].strayed);
    // Without a chart nobody can tell, and every step is shown as the source calls it.
    let bare = Replay::of(None, &case("A1", "a b"), &calendar());
    assert_eq!((bare.key.as_str(), bare.standing), ("［环节a］→［环节b］", Standing::Unknown));
    // What was decided without a mandatory step.
    let mut decided = case("A1", "a b");
    (decided.finished_at, decided.finish_type) = (Some(at(9)), Some("granted".to_owned()));
    assert_eq!(rules(&Replay::of(Some(&chart(line)), &decided, &calendar())), ["P-07"]);
    decided.finish_type = Some("withdrawn".to_owned());
    assert_eq!(rules(&Replay::of(Some(&chart(line)), &decided, &calendar())), Vec::<String>::new());
    let mut pair = chart(line);
    pair.nodes[1].people = Some(2);
    let alone = Replay::of(Some(&pair), &case("A1", "a b/张三 c"), &calendar());
    assert_eq!(rules(&alone), ["P-10"]);
}

#[test]
fn what_ran_side_by_side_is_the_same_in_whatever_order() {
    let flow = "a>+q +q>b b>d +q>c c>e d>f e>f f>a";
    for steps in ["a b d c e f", "a c e b d f", "a b c d e f"] {
        assert_eq!(key(flow, steps), "a→（b→d ∥ c→e）→f", "{steps}");
    }
    assert_eq!(key(flow, "a b d f"), "a→b→d→f", "one branch alone is a line");
    let one = replay(flow, "a c b d e f");
    let branches: Vec<_> = one.legs.iter().map(|l| l.branch).collect();
    assert_eq!(branches, [None, Some(2), Some(1), Some(1), Some(2), None]);
    assert_ne!(key("a>b b>c a>c c>b", "a b c"), key("a>b b>c a>c c>b", "a c b"), "without a joint the order counts");
}

#[test]
fn a_step_waits_for_those_it_needs_and_works_by_working_days() {
    let day = |d: u32, h: u32| Timestamp::parse(&format!("2026-03-{d:02} {h:02}:00")).expect("a time");
    let mut one = case("A1", "a b c d");
    one.accepted_at = Some(day(2, 9));
    // a: Monday the 2nd to Tuesday; b beside c from Thursday and Friday; d on Tuesday the 10th, after b, which ended on Monday.
    let spans = [(day(2, 10), day(3, 10)), (day(5, 9), day(9, 9)), (day(6, 9), day(6, 17)), (day(10, 9), day(10, 9))];
    for (step, (from, to)) in one.steps.iter_mut().zip(spans) {
        (step.started_at, step.ended_at) = (from, Some(to));
    }
    one.finished_at = Some(day(11, 9));
    let flow = chart("a>+q +q>b +q>c b>d c>d");
    let replay = Replay::of(Some(&flow), &one, &calendar());
    let days: Vec<_> = replay.legs.iter().map(|l| (l.waited_days, l.worked_days)).collect();
    assert_eq!(days, [(Some(0), Some(1)), (Some(2), Some(2)), (Some(3), Some(0)), (Some(1), Some(0))]);
    assert_eq!(replay.working_days, Some(7));
    one.steps[1].ended_at = None;
    let open = Replay::of(Some(&flow), &one, &calendar());
    assert_eq!(open.legs[1].worked_days, None);
}

#[test]
fn variants_are_counted_as_by_hand() {
    let (flow, calendar) = (chart("a>b b>c"), calendar());
    let day = |d: u32| Timestamp::parse(&format!("2026-03-{d:02} 12:00")).expect("a time");
    let mut count = VariantCount::new(&calendar);
    // Path, day of the end, whether it had a limit (until the 6th).
    for (no, steps, end, limited) in [
        ("1", "a b c", Some(3), true),
        ("2", "a b c", Some(9), true),
        ("3", "a b c", Some(5), true),
        ("4", "a c", Some(4), false),
        ("5", "a b x c", Some(10), true),
        ("6", "a b! a b c", Some(6), true),
        ("7", "a b", None, true),
    ] {
        let mut one = case(no, steps);
        one.accepted_at = Some(day(2));
        one.finished_at = end.map(day);
        count.case(Some(&flow), &one, limited.then(|| day(6)));
    }
    let all = count.close(3);
    assert_eq!((all.cases, all.open, all.different, all.others), (6, 1, 4, 1));
    assert_eq!((all.conforming, all.deviating, all.unknown, all.reworked), (4, 1, 1, 1));
    assert_eq!((all.on_time.hits, all.on_time.of), (3, 5));
    let brief: Vec<_> = all
        .variants
        .iter()
        .map(|v| (v.key.replace("环节", ""), v.cases, v.share_permille, v.on_time.permille, v.median_days))
        .collect();
    let expected = [
        ("a→b→c".to_owned(), 3, 500, Some(667), Some(3)),
        ("a→b→［x］→c".to_owned(), 1, 167, Some(0), Some(6)),
        ("a→b⤺→a↺2→b↺2→c".to_owned(), 1, 167, Some(1000), Some(4)),
    ];
    assert_eq!(brief, expected);
    assert_eq!(all.variants[0].examples, ["1", "2", "3"]);
    assert_eq!((all.variants[1].unknown, all.variants[1].conforming), (1, 0));
    assert!(all.variants[2].rework && all.variants[2].conforming == 1);
}

#[test]
fn traffic_goes_the_shortest_way_and_off_the_chart_is_said() {
    let mut flow = chart("s>a a>~v ~v>b a>b b>a b>e");
    flow.nodes[0].kind = NodeKind::Start;
    let end = flow.nodes.iter().position(|n| n.id == "e").expect("an end");
    flow.nodes[end].kind = NodeKind::End;
    let mut traffic = Traffic::default();
    for steps in ["a b", "a v b", "a b! a b", "b", "a x b", "a"] {
        let mut one = case("1", steps);
        one.finished_at = Some(at(30));
        traffic.case(&flow, &one, &calendar());
    }
    let times = |a: &str, b: &str| traffic.edges.get(&(a.to_owned(), b.to_owned())).copied().unwrap_or(0);
    assert_eq!((times("s", "a"), times("a", "b"), times("a", "v"), times("v", "b")), (5, 4, 1, 1));
    assert_eq!((times("b", "a"), times("b", "e")), (1, 5));
    let off: Vec<_> =
        traffic.off.iter().map(|((a, b), n)| (a.replace("环节", ""), b.replace("环节", ""), *n)).collect();
    // "b" at once, and an end after "a".
    assert_eq!(off, [("a".to_owned(), "e".to_owned(), 1), ("s".to_owned(), "b".to_owned(), 1)]);
    assert_eq!((traffic.cases, traffic.unmapped.get("环节x")), (6, Some(&1)));
    let mut sent_back = Traffic::default();
    sent_back.case(&chart("a>b b>c"), &case("1", "a b! a b c"), &calendar());
    let back = (("环节b".to_owned(), "环节a".to_owned()), 1);
    assert_eq!((sent_back.back.into_iter().collect::<Vec<_>>(), sent_back.off.len()), (vec![back], 0));
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

fn visited(name: &str, ended: bool) -> Visit {
    Visit {
        node: name.to_owned(),
        name: name.to_owned(),
        key: name.to_owned(),
        started_at: at(0),
        ended_at: ended.then(|| at(1)),
        returned: false,
        people: Vec::new(),
    }
}

#[test]
fn what_comes_next_waits_where_branches_meet() {
    let flow = chart("a>+j j>b j>c b>d c>d d>~e d>f e>f");
    let nothing = |_: &FlowNode| false;
    let names = |visits: &[Visit]| {
        let found = next(&flow, visits, &nothing);
        found.iter().map(|n| (n.node.id.clone(), n.after)).collect::<Vec<_>>()
    };
    let said = |all: &[(&str, Option<usize>)]| all.iter().map(|(n, a)| ((*n).to_owned(), *a)).collect::<Vec<_>>();
    assert_eq!(names(&[]), said(&[("a", None)]));
    let a = visited("a", true);
    assert_eq!(names(std::slice::from_ref(&a)), said(&[("b", Some(0)), ("c", Some(0))]));
    let found = [a.clone()];
    let found = next(&flow, &found, &nothing);
    assert_ne!(found[0].group, found[1].group, "a joint leads all ways at once");
    let (b, c) = (visited("b", true), visited("c", false));
    assert_eq!(names(&[a.clone(), b.clone(), c]), said(&[]), "d waits for c");
    let all = [a, b, visited("c", true)];
    assert_eq!(names(&all), said(&[("d", Some(2))]), "one arrival is enough, and it comes once");
    let all = [all.as_slice(), &[visited("d", true)]].concat();
    assert_eq!(names(&all), said(&[("e", Some(3)), ("f", Some(3))]));
    let found = next(&flow, &all, &nothing);
    assert_eq!(found[0].group, found[1].group, "an optional step is a choice");
}
