//! The catalogue (事项目录) as people work at it: drafts of versions, their checks and reviews, the provincial list beside it. The
//! catalogue itself is configuration and stays so: what is approved is written out as TOML for whoever keeps the configuration, and
//! is published when the running configuration holds exactly it. Handbook §14.

mod complete;
mod guide;
mod province;
mod written;

pub use complete::ItemChecks;
pub use guide::{Guide, GuideBrief};
pub(crate) use province::ProvincialList;
pub use province::{CheckedItem, Chosen, Compared, Comparison, Refused, Standing};
pub(crate) use written::toml_of;

use crate::app::App;
use crate::oversight::{Deed, Kept, Matter};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::draft::{DraftAct, DraftError, DraftState, ItemDraft, changes};
use daylight_domain::item::Item;
use daylight_domain::role::Role;
use daylight_store::MatterFilter;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Drafts read at once.
const PAGE: u32 = 500;
/// Who does what goes by itself.
const SYSTEM: (&str, Role) = ("system", Role::SystemAdmin);

impl From<DraftError> for Problem {
    fn from(e: DraftError) -> Self {
        Self::told(&e, "draft.state")
    }
}

impl Matter for ItemDraft {
    const KIND: &'static str = "draft";
    const SERIES: &'static str = "SX";
    const ZH: &'static str = "事项草案";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        Some(&self.department)
    }
    fn state(&self) -> &str {
        self.state.as_str()
    }
    fn due(&self) -> Option<Timestamp> {
        None
    }
    fn sort(&self) -> Value {
        json!(self.item.code)
    }
    fn told(&self, act: &str) -> bool {
        ["return", "approve", "publish", "supersede"].contains(&act)
    }
}

/// An item of the catalogue with what a list shows of its versions.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct ItemBrief {
    /// The version in force today; where none is yet, the first.
    pub item: Item,
    /// How many versions there are.
    pub versions: usize,
    /// The newest of them, where it is not in force yet.
    pub coming: Option<u32>,
    /// Drafts of it that may still become a version.
    pub drafts: usize,
}

/// How many cases of an item went by which of its versions.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct ItemCases {
    /// First day: of cases that began in the period.
    pub from: chrono::NaiveDate,
    /// Last day, included.
    pub to: chrono::NaiveDate,
    /// By version.
    pub versions: BTreeMap<u32, u64>,
}

impl App {
    /// Every item of the catalogue, by code.
    pub(crate) async fn items(&self) -> Result<Vec<ItemBrief>, Problem> {
        let today = self.clock.now().date();
        let mut drafts: BTreeMap<String, usize> = BTreeMap::new();
        for draft in self.open_drafts().await? {
            *drafts.entry(draft.matter.item.code).or_default() += 1;
        }
        let catalogue = &self.config.rules.catalogue;
        let brief = |newest: &std::sync::Arc<Item>| {
            let item = catalogue.at(&newest.code, today).unwrap_or(newest);
            ItemBrief {
                item: item.as_ref().clone(),
                versions: catalogue.versions(&newest.code).len(),
                coming: (newest.version != item.version).then_some(newest.version),
                drafts: drafts.get(&newest.code).copied().unwrap_or(0),
            }
        };
        Ok(catalogue.newest().map(brief).collect())
    }

    async fn open_drafts(&self) -> Result<Vec<Kept<ItemDraft>>, Problem> {
        let states: Vec<String> =
            DraftState::ALL.iter().filter(|s| s.is_open()).map(|s| s.as_str().to_owned()).collect();
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let kind = ItemDraft::KIND.to_owned();
            let filter = MatterFilter { kind, states: states.clone(), after, limit: PAGE, ..MatterFilter::default() };
            let rows = self.store.matters(&filter).await?;
            for row in &rows {
                all.push(Kept { matter: row.read()?, revision: row.revision });
            }
            match rows.last() {
                Some(last) if rows.len() == usize::try_from(PAGE).unwrap_or(0) => after = Some(last.no.clone()),
                _ => return Ok(all),
            }
        }
    }

    /// The next version of an item to begin a draft with: the newest as it is, in force from tomorrow.
    pub(crate) fn next_version(&self, code: &str) -> Result<Item, Problem> {
        let unknown = || Problem::new("item.unknown", format!("事项目录中没有“{code}”"));
        let newest = self.config.rules.catalogue.versions(code).last().ok_or_else(unknown)?;
        let tomorrow = Timestamp::end_of(self.clock.now().date()).date();
        let valid_from = tomorrow.max(newest.valid_from.succ_opt().unwrap_or(newest.valid_from));
        let next = self.next_number(code);
        Ok(Item { version: next, valid_from, valid_to: None, ..newest.as_ref().clone() })
    }

    /// The number of the next version of an item.
    pub(crate) fn next_number(&self, code: &str) -> u32 {
        self.config.rules.catalogue.versions(code).iter().map(|i| i.version).max().map_or(1, |v| v + 1)
    }

    /// Begins a draft. Its version is the next one; its department must be there.
    pub(crate) async fn begin_draft(
        &self,
        mut item: Item,
        import: Option<String>,
        by: &str,
    ) -> Result<ItemDraft, Problem> {
        self.department(&item.department)?;
        let catalogue = &self.config.rules.catalogue;
        item.version = self.next_number(&item.code);
        let newest = catalogue.versions(&item.code).last();
        if let Some(newest) = newest.filter(|n| n.department != item.department) {
            let message = format!("事项 {} 属于“{}”，不能改属另一部门", item.code, newest.department);
            return Err(Problem::new("draft.identity", message));
        }
        let same = |d: &ItemDraft| (&d.item.code, d.item.version) == (&item.code, item.version);
        if let Some(there) = self.open_drafts().await?.into_iter().find(|kept| same(&kept.matter)) {
            let (no, version) = (there.matter.no, item.version);
            let message = format!("事项 {} 的版本 {version} 已有草案 {no}", item.code);
            return Err(Problem::new("draft.twice", message).fix(format!("在 {no} 上修改，或先撤回它")));
        }
        let base = newest.map(|n| n.version);
        let mut draft = ItemDraft::begin(item, base, by, self.clock.now());
        draft.import = import;
        let detail = json!({ "item": draft.item.code, "version": draft.item.version, "department": draft.department });
        self.begin_matter(&draft, Deed { act: "draft", by }, detail).await
    }

    /// Publishes what the catalogue holds now, and puts aside what it holds otherwise. At every start and once a day: the
    /// configuration changes with a start.
    ///
    /// # Errors
    /// The store.
    pub async fn settle_drafts(&self) -> Result<(), Problem> {
        for kept in self.open_drafts().await? {
            let Some(act) = self.settled(&kept.matter) else { continue };
            self.act_on_draft(kept, act, SYSTEM).await?;
        }
        Ok(())
    }

    /// What the catalogue makes of an open draft.
    fn settled(&self, draft: &ItemDraft) -> Option<DraftAct> {
        let versions = self.config.rules.catalogue.versions(&draft.item.code);
        let there = versions.iter().find(|i| i.version == draft.item.version);
        match there {
            Some(there) if **there == draft.item && draft.state == DraftState::Approved => Some(DraftAct::Publish),
            Some(there) if **there == draft.item => {
                Some(DraftAct::Supersede { text: "未经审核，目录中已是这一版本".to_owned() })
            }
            Some(there) => {
                let fields: Vec<String> = changes(&draft.item, there).into_iter().map(|c| c.field).collect();
                let text = format!("目录中的版本 {} 与草案不同：{}", there.version, fields.join("、"));
                Some(DraftAct::Supersede { text })
            }
            None => versions
                .last()
                .filter(|n| n.version > draft.item.version)
                .map(|newest| DraftAct::Supersede { text: format!("目录中已是版本 {}", newest.version) }),
        }
    }

    /// Does something with a draft and keeps it.
    pub(crate) async fn act_on_draft(
        &self,
        mut kept: Kept<ItemDraft>,
        act: DraftAct,
        (by, role): (&str, Role),
    ) -> Result<ItemDraft, Problem> {
        let was = kept.matter.state;
        kept.matter.act(act, (by, role), self.clock.now())?;
        let done = kept.matter.steps.last().map(|s| s.act.clone()).unwrap_or_default();
        let detail =
            json!({ "from": was.as_str(), "item": kept.matter.item.code, "version": kept.matter.item.version });
        self.keep_matter(kept, Deed { act: &done, by }, detail).await
    }
}
