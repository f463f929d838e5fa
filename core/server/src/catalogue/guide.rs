//! Guides (办事指南): what of an item everybody may read, and what of it the law wants posted.

use crate::app::App;
use crate::problem::Problem;
use daylight_domain::draft::LICENCE;
use daylight_domain::item::{Item, Limit};
use daylight_domain::rule::GuideFacts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A guide in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GuideBrief {
    /// Item code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Department id.
    pub department: String,
    /// Name of the department.
    pub department_name: String,
    /// 法定时限
    pub legal_limit: Option<Limit>,
    /// 承诺时限
    pub promise_limit: Option<Limit>,
    /// Whether a fee may be charged.
    pub is_fee: bool,
}

/// A guide: the version of an item in force today, without what only the house needs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Guide {
    /// Name of the department.
    pub department_name: String,
    /// The item.
    pub item: Item,
}

/// What article 30 of 行政许可法 wants posted of a licence.
const OF_LICENCE: &[&str] = &["依据", "条件", "数量", "程序", "期限", "材料", "示范文本"];
/// What is wanted of every other item (优化营商环境条例 35, 36).
const OF_OTHERS: &[&str] = &["依据", "条件", "程序", "期限", "材料"];

/// What the guide of an item shows of all that.
fn posted(item: &Item) -> Vec<String> {
    let chart = item.flow.as_ref().is_some_and(|flow| !flow.draft);
    let shown = [
        ("依据", !item.legal_basis.trim().is_empty()),
        ("条件", !item.conditions.is_empty()),
        // Whether there is a limit in number is said either way.
        ("数量", true),
        ("程序", chart),
        ("期限", item.legal_limit.is_some() || item.promise_limit.is_some()),
        ("材料", !item.materials.is_empty()),
        ("示范文本", item.sample_form.is_some()),
    ];
    shown.into_iter().filter(|(_, there)| *there).map(|(what, _)| what.to_owned()).collect()
}

impl App {
    /// Items that may be handled today, by code, as their guides show them.
    pub(crate) fn guides(&self) -> impl Iterator<Item = Guide> + '_ {
        let today = self.clock.now().date();
        let catalogue = &self.config.rules.catalogue;
        let of_today = move |newest: &std::sync::Arc<Item>| catalogue.at(&newest.code, today).cloned();
        let open = move |item: &std::sync::Arc<Item>| {
            item.state.is_published() && item.valid_from <= today && item.valid_to.is_none_or(|to| today <= to)
        };
        let named = |department: &str| self.config.departments.get(department).map(|d| d.name.clone());
        catalogue.newest().filter_map(of_today).filter(open).filter_map(move |item| {
            let mut item = Item::clone(&item);
            for node in item.flow.iter_mut().flat_map(|flow| &mut flow.nodes) {
                node.aliases.clear();
                node.separate_from.clear();
            }
            Some(Guide { department_name: named(&item.department)?, item })
        })
    }

    /// The guide of an item.
    ///
    /// # Errors
    /// `item.unknown`.
    pub(crate) fn guide(&self, code: &str) -> Result<Guide, Problem> {
        let unknown = || Problem::new("item.unknown", format!("没有事项“{code}”的办事指南"));
        self.guides().find(|guide| guide.item.code == code).ok_or_else(unknown)
    }

    /// What the rules about openness (O-01, O-04) ask of the guides of a department; nothing where the county does not call these
    /// pages its guides.
    pub(crate) fn guide_facts(&self, department: &str) -> Vec<GuideFacts> {
        if !self.config.main.publication.guides {
            return Vec::new();
        }
        let facts = |guide: Guide| {
            let item = guide.item;
            let required = if item.task_type == LICENCE { OF_LICENCE } else { OF_OTHERS };
            GuideFacts {
                department: item.department.clone(),
                item: item.code.clone(),
                seen_at: self.clock.now(),
                required: required.iter().map(|r| (*r).to_owned()).collect(),
                posted: posted(&item),
                promise: item.promise_limit.map(Limit::said_zh),
            }
        };
        self.guides().filter(|guide| guide.item.department == department).map(facts).collect()
    }
}
