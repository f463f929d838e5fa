//! What contradicts itself in a version of an item. The same is asked of the configuration and of a draft.

use super::Step::{self, At, Key};
use crate::problem::Problem;
use daylight_domain::item::{Flow, FlowNode, Item, LimitUnit, NodeKind};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Where something stands below its item.
type Path = Vec<Step<'static>>;

#[derive(Default)]
struct Found(Vec<(Path, Problem)>);

impl Found {
    fn put(&mut self, path: &[Step<'static>], problem: Problem) {
        self.0.push((path.to_vec(), problem));
    }
}

/// Everything wrong with one version, each with its path below the item.
pub(crate) fn wrong_with(item: &Item, departments: &HashSet<&str>) -> Vec<(Vec<Step<'static>>, Problem)> {
    let mut found = Found::default();
    if item.code.is_empty() || item.code.chars().count() > 64 {
        let problem = Problem::new("item.code", "事项编码应为 1 到 64 个字符").fix("使用实施编码或本县编码");
        found.put(&[Key("code")], problem);
    }
    if item.name.trim().is_empty() {
        let problem = Problem::new("item.name", format!("事项 {} 没有名称", item.code)).fix("name = \"…\"");
        found.put(&[Key("name")], problem);
    }
    if !departments.contains(item.department.as_str()) {
        let message = format!("事项 {} 的部门“{}”没有配置", item.code, item.department);
        let problem = Problem::new("item.department", message).fix("增加该部门的文件，或改正部门编号").warning();
        found.put(&[Key("department")], problem);
    }
    if item.valid_to.is_some_and(|to| to < item.valid_from) {
        let problem = Problem::new("item.dates", "valid_to 早于 valid_from").fix("改正日期");
        found.put(&[Key("valid_to")], problem);
    }
    if let (Some(p), Some(l)) = (item.promise_limit, item.legal_limit)
        && p.unit == l.unit
        && p.value > l.value
    {
        let message = format!("承诺时限 {} 大于法定时限 {}", p.value, l.value);
        found.put(&[Key("promise_limit")], Problem::new("item.promise", message).fix("承诺时限不得超过法定时限"));
    }
    if item.legal_basis.trim().is_empty() {
        let problem =
            Problem::new("item.basis", format!("事项 {} 没有设定依据", item.code)).fix("legal_basis = \"…\"").warning();
        found.put(&[Key("code")], problem);
    }
    for (n, special) in item.specials.iter().enumerate() {
        if !daylight_domain::code::table("special_kind").is_some_and(|t| t.contains_key(&special.kind)) {
            let message = format!("未知的特别程序种类“{}”", special.kind);
            let problem = Problem::new("item.special", message).fix("取值见代码表 special_kind");
            found.put(&[Key("specials"), At(n)], problem);
        }
    }
    if let Some(flow) = &item.flow {
        Chart { flow, item, found: &mut found }.check();
    }
    found.0
}

/// A flow that is looked through.
struct Chart<'a> {
    flow: &'a Flow,
    item: &'a Item,
    found: &'a mut Found,
}

fn node(at: usize) -> [Step<'static>; 3] {
    [Key("flow"), Key("nodes"), At(at)]
}

/// What can be reached from some nodes by some edges.
fn reached<'a>(from: Vec<&'a str>, next: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let (mut all, mut open) = (BTreeSet::new(), from);
    while let Some(id) = open.pop() {
        if all.insert(id) {
            open.extend(next.get(id).into_iter().flatten());
        }
    }
    all
}

impl Chart<'_> {
    fn check(&mut self) {
        let flow = self.flow;
        let mut nodes: HashMap<&str, usize> = HashMap::new();
        for (n, one) in flow.nodes.iter().enumerate() {
            if nodes.insert(&one.id, n).is_some() {
                let message = format!("流程节点“{}”出现了两次", one.id);
                self.found.put(&node(n), Problem::new("flow.node-twice", message).fix("节点 id 不能重复"));
            }
        }
        for (n, one) in flow.nodes.iter().enumerate() {
            // A name that is no node would silently keep nobody apart.
            for other in one.separate_from.iter().filter(|other| !nodes.contains_key(other.as_str())) {
                let message = format!("节点“{}”要求与不存在的节点“{other}”职责分离", one.id);
                self.found.put(&node(n), Problem::new("flow.separate", message).fix("separate_from 中写节点的 id"));
            }
            if one.kind == NodeKind::Special && self.item.specials.is_empty() {
                let message = format!("节点“{}”是特别程序，而事项没有列出法律规定的特别程序", one.name);
                let fix = "在 specials 中列出，或改变节点的种类";
                self.found.put(&node(n), Problem::new("flow.special", message).fix(fix).warning());
            }
        }
        let (mut next, mut before): (BTreeMap<_, Vec<&str>>, BTreeMap<_, Vec<&str>>) = Default::default();
        for (n, edge) in flow.edges.iter().enumerate() {
            for end in [&edge.from, &edge.to] {
                if !nodes.contains_key(end.as_str()) {
                    let problem =
                        Problem::new("flow.edge", format!("连线指向不存在的节点“{end}”")).fix("改正 from 或 to");
                    self.found.put(&[Key("flow"), Key("edges"), At(n)], problem);
                }
            }
            next.entry(edge.from.as_str()).or_default().push(&edge.to);
            before.entry(edge.to.as_str()).or_default().push(&edge.from);
        }
        let of = |kind| flow.nodes.iter().filter(|n| n.kind == kind).map(|n| n.id.as_str()).collect::<Vec<_>>();
        let starts = of(NodeKind::Start);
        let [start] = starts.as_slice() else {
            let message = format!("流程应有且只有一个起点，实际 {} 个", starts.len());
            self.found.put(&[Key("flow")], Problem::new("flow.start", message).fix("一个 kind = \"start\" 的节点"));
            return;
        };
        let (there, ending) = (reached(vec![start], &next), reached(of(NodeKind::End), &before));
        let stuck = |n: &FlowNode| {
            n.kind != NodeKind::End && there.contains(n.id.as_str()) && !next.contains_key(n.id.as_str())
        };
        // Where a way ends in a node without a way on, that node is told of, and not every one before it.
        let stuck = flow.nodes.iter().any(stuck);
        for one in &flow.nodes {
            let path = node(nodes.get(one.id.as_str()).copied().unwrap_or(0));
            let id = one.id.as_str();
            if !there.contains(id) {
                let problem =
                    Problem::new("flow.unreachable", format!("从起点到不了“{}”", one.name)).fix("补上连线，或去掉节点");
                self.found.put(&path, problem);
            } else if one.kind != NodeKind::End && !next.contains_key(id) {
                let problem = Problem::new("flow.dead-end", format!("“{}”没有后续，也不是终点", one.name))
                    .fix("连到 kind = \"end\" 的节点");
                self.found.put(&path, problem);
            } else if !stuck && !ending.contains(id) {
                let problem = Problem::new("flow.endless", format!("从“{}”走不到终点", one.name))
                    .fix("补上到 kind = \"end\" 的连线")
                    .warning();
                self.found.put(&path, problem);
            }
        }
        self.too_long();
    }

    fn too_long(&mut self) {
        let limits = |n: &FlowNode| n.limit.filter(|_| n.mandatory);
        let sum: u32 = self.flow.nodes.iter().filter_map(limits).sum();
        if let Some(promise) = self.item.promise_limit.filter(|p| p.unit == LimitUnit::WorkingDay)
            && sum > promise.value
        {
            let message = format!("必经环节时限之和 {sum} 大于承诺时限 {}", promise.value);
            self.found.put(&[Key("flow")], Problem::new("flow.too-long", message).fix("缩短环节时限").warning());
        }
    }
}
