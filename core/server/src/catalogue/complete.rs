//! Whether a version of an item is complete: what the configuration asks of it, what the rules about the catalogue (C-…) find, and
//! what makes it the next version.

use crate::app::App;
use crate::config::item::wrong_with;
use crate::config::place::Step;
use crate::problem::Problem;
use daylight_domain::draft::{LICENCE, Remark};
use daylight_domain::finding::Level;
use daylight_domain::item::{Item, NodeKind};
use daylight_domain::rule::ItemFacts;
use daylight_store::{FindingFilter, FindingRow};
use std::collections::HashSet;

/// The field a path of the configuration leads to, and the place in its list from 1.
fn place(path: &[Step<'_>]) -> (String, Option<usize>) {
    let keys: Vec<&str> = path.iter().filter_map(|s| if let Step::Key(key) = s { Some(*key) } else { None }).collect();
    let at = path.iter().find_map(|s| if let Step::At(at) = s { Some(at + 1) } else { None });
    let field = match keys.as_slice() {
        ["flow", inner, ..] => *inner,
        ["flow"] => "nodes",
        [first, ..] => *first,
        [] => "name",
    };
    (field.to_owned(), at)
}

/// The field a rule about the catalogue speaks of.
fn field_of(rule: &str) -> &'static str {
    match rule {
        "C-01" => "promise_limit",
        "C-02" | "C-03" => "nodes",
        "C-04" => "legal_basis",
        "C-06" => "fees",
        "C-07" => "materials",
        _ => "name",
    }
}

fn remark(field: &str, problem: Problem) -> Remark {
    Remark {
        grave: true,
        code: problem.code,
        field: field.to_owned(),
        line: None,
        message: problem.message,
        fix: problem.fix.unwrap_or_default(),
    }
}

/// What the checks say of an item of the catalogue.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct ItemChecks {
    /// What is wrong with it now.
    pub remarks: Vec<Remark>,
    /// Which of the rules about the catalogue are on, by id and Chinese name.
    pub rules: Vec<(String, String)>,
    /// What the rules found about it, as it was found.
    pub findings: Vec<FindingRow>,
}

/// The rules about the catalogue.
const RULES: [&str; 8] = ["C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "U-03"];
/// Findings of one rule in a department that are looked through.
const MOST: u32 = 1000;

impl App {
    /// What the checks say of an item.
    pub(crate) async fn item_checks(&self, item: &Item) -> Result<ItemChecks, Problem> {
        let book = &self.config.rules.book;
        let on = RULES.iter().filter_map(|id| book.get(id)).filter(|rule| rule.enabled);
        let rules: Vec<(String, String)> = on.map(|rule| (rule.id.clone(), rule.name_zh.clone())).collect();
        let mut findings = Vec::new();
        for id in RULES {
            let filter = FindingFilter {
                department: Some(item.department.clone()),
                rule: Some(id.to_owned()),
                limit: MOST,
                ..FindingFilter::default()
            };
            let rows = self.store.findings(&filter).await?;
            findings.extend(rows.into_iter().filter(|row| row.finding.item_code.as_deref() == Some(&item.code)));
        }
        Ok(ItemChecks { remarks: self.remarks_on(item).await?, rules, findings })
    }

    /// What is wrong with an item as it stands, by the configuration's checks and by the rules about the catalogue.
    pub(crate) async fn remarks_on(&self, item: &Item) -> Result<Vec<Remark>, Problem> {
        let departments: HashSet<&str> = self.config.departments.keys().map(String::as_str).collect();
        let mut all: Vec<Remark> = Vec::new();
        for (path, problem) in wrong_with(item, &departments) {
            let (mut field, line) = place(&path);
            // Told in the file at what is there.
            if problem.code == "item.basis" {
                "legal_basis".clone_into(&mut field);
            }
            all.push(Remark { line, ..remark(&field, problem) });
        }
        let facts = ItemFacts {
            item: item.clone(),
            provincial: self.provincial_list().await?.and_then(|list| list.facts(item)),
        };
        for finding in self.findings_of(&facts, self.clock.now()) {
            let basis = self.config.rules.book.get(&finding.rule).map(|r| r.basis.join("、")).unwrap_or_default();
            all.push(Remark {
                grave: finding.level > Level::Hint,
                field: field_of(&finding.rule).to_owned(),
                line: None,
                message: finding.explain_zh,
                fix: basis,
                code: finding.rule,
            });
        }
        Ok(all)
    }

    /// The same of a draft, and whether it is the next version, and all there that makes an item.
    pub(crate) async fn draft_remarks(&self, item: &Item) -> Result<Vec<Remark>, Problem> {
        let mut all = self.remarks_on(item).await?;
        let mut put = |field: &str, problem: Problem| all.push(remark(field, problem));
        let next = self.next_number(&item.code);
        if item.version != next {
            let message = format!("版本应为 {next}，草案为 {}", item.version);
            put("version", Problem::new("draft.version", message).fix("目录已有更新的版本，重新起草"));
        }
        let newest = self.config.rules.catalogue.versions(&item.code).last();
        if let Some(newest) = newest.filter(|n| item.valid_from <= n.valid_from) {
            let message = format!("施行日期 {} 不晚于现行版本的 {}", item.valid_from, newest.valid_from);
            put("valid_from", Problem::new("draft.valid-from", message).fix("写一个更晚的日期"));
        }
        if item.task_type.len() != 2 || !item.task_type.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("事项类型“{}”不是代码表 A.1 的两位代码", item.task_type);
            put("task_type", Problem::new("draft.task-type", message).fix("例：01 行政许可"));
        }
        match &item.flow {
            None => put("nodes", Problem::new("draft.no-flow", "没有运行流程图").fix("写出节点与连线")),
            Some(flow) if item.task_type == LICENCE && !flow.nodes.iter().any(|n| n.kind == NodeKind::Decide) => {
                let fix = "加一个 decide 决定 节点";
                put("nodes", Problem::new("draft.no-decision", "行政许可的流程图没有决定环节").fix(fix));
            }
            Some(_) => {}
        }
        Ok(all)
    }
}
