//! The catalogue: items (事项) in versions, their limits, and their flows (运行流程图). Handbook §10.1, §14.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The unit of a limit. Handbook §4.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// 工作日
    #[default]
    WorkingDay,
    /// 自然日
    NaturalDay,
    /// 工作小时
    WorkingHour,
    /// 小时
    NaturalHour,
    /// 月
    Month,
    /// 年
    Year,
    /// No limit.
    None,
}

/// So many units. 时限
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Limit {
    /// How many.
    pub value: u32,
    /// Of what.
    pub unit: LimitUnit,
}

impl Limit {
    /// In words: `20个工作日`.
    #[must_use]
    pub fn said_zh(self) -> String {
        let unit = match self.unit {
            LimitUnit::WorkingDay => "个工作日",
            LimitUnit::NaturalDay => "日",
            LimitUnit::WorkingHour => "个工作小时",
            LimitUnit::NaturalHour => "小时",
            LimitUnit::Month => "个月",
            LimitUnit::Year => "年",
            LimitUnit::None => "（无时限）",
        };
        format!("{}{unit}", self.value)
    }
}

/// How an item is handled. Handbook §4.4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandleType {
    /// 即办件
    Instant,
    /// 承诺件
    #[default]
    Promised,
    /// 联办件
    Joint,
    /// 上报件
    ForwardUp,
    /// 告知承诺件
    Commitment,
    /// 其他
    Other,
}

/// One version of an item of the implementation list (实施清单).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Implementation code (实施编码) or the county's own code; text of at most 64 characters.
    pub code: String,
    /// Counts up. An open case keeps the version at its acceptance.
    #[serde(default = "one")]
    pub version: u32,
    /// Name, Chinese.
    pub name: String,
    /// The department's id.
    pub department: String,
    /// Code table A.1 of GB/T 39046.
    #[serde(default)]
    pub task_type: String,
    /// How it is handled.
    #[serde(default)]
    pub handle_type: HandleType,
    /// 法定时限
    pub legal_limit: Option<Limit>,
    /// 承诺时限
    pub promise_limit: Option<Limit>,
    /// 设定依据
    #[serde(default)]
    pub legal_basis: String,
    /// 受理条件, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// Whether a fee may be charged.
    #[serde(default)]
    pub is_fee: bool,
    /// What the applicant gets: `certificate`, `document`, `none`.
    #[serde(default)]
    pub result_kind: String,
    /// Working days from completion to the issue of the electronic certificate; nothing: the rule's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_issue_days: Option<u32>,
    /// 收费项目
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<ItemFee>,
    /// 申请渠道, code table `channel`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// 数量限制: granted in the order of acceptance (行政许可法 57).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quantity_limited: bool,
    /// The law demands a hearing before every decision (行政许可法 46).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hearing_required: bool,
    /// 实施主体, unified social credit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_code: Option<String>,
    /// 受委托实施的机关, unified social credit codes (行政许可法 24).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegated_to: Vec<String>,
    /// Whether it may be handled.
    #[serde(default, skip_serializing_if = "ItemState::is_published")]
    pub state: ItemState,
    /// Materials asked for.
    #[serde(default)]
    pub materials: Vec<ItemMaterial>,
    /// 申请书示范文本: where it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_form: Option<String>,
    /// 办理地点
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// 咨询电话
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consult: Option<String>,
    /// Special procedures the item's law knows.
    #[serde(default)]
    pub specials: Vec<ItemSpecial>,
    /// 运行流程图
    pub flow: Option<Flow>,
    /// First day in force.
    pub valid_from: NaiveDate,
    /// Last day in force.
    pub valid_to: Option<NaiveDate>,
}

fn one() -> u32 {
    1
}

/// Where a version of an item stands. Handbook §14.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// 草拟
    Draft,
    /// 审核中
    Checking,
    /// 已公布
    #[default]
    Published,
    /// 暂停
    Suspended,
    /// 取消
    Cancelled,
}

impl ItemState {
    /// Whether it may be handled.
    #[must_use]
    pub fn is_published(&self) -> bool {
        *self == Self::Published
    }
}

/// A fee of an item. 收费项目
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemFee {
    /// Name.
    pub name: String,
    /// The standard, fen; nothing where it follows a formula that cannot be compared.
    #[serde(default)]
    pub amount: Option<i64>,
    /// The law or document it rests on.
    #[serde(default)]
    pub basis: String,
}

/// A material of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemMaterial {
    /// Name.
    pub name: String,
    /// `mandatory`, `optional`, `tolerable` (容缺).
    #[serde(default)]
    pub required: String,
    /// Where it comes from: `applicant`, `share` (数据共享), `certificate` (证照库); empty: the applicant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A special procedure that the item's law knows. Handbook §10.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemSpecial {
    /// Code table `special_kind`.
    pub kind: String,
    /// Why the time may be excluded.
    pub legal_basis: String,
    /// At most so many working days.
    pub max_days: Option<u32>,
    /// Whether its time is excluded although article 45 does not list it.
    #[serde(default)]
    pub counts_as_excluded: bool,
}

/// A directed graph of steps. Handbook §14.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Nodes; the first is the start.
    pub nodes: Vec<FlowNode>,
    /// Edges.
    pub edges: Vec<FlowEdge>,
    /// Still a draft: nobody has approved it (C-02).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
}

/// The kind of a flow node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the handbook's, §14")]
pub enum NodeKind {
    Start,
    Receive,
    Accept,
    Step,
    Branch,
    Joint,
    Special,
    Hearing,
    Decide,
    Certificate,
    Deliver,
    End,
}

/// A node of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowNode {
    /// Unique in the flow.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The name a step record carries (环节名称).
    pub name: String,
    /// Other names sources use for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether a finished case must have passed it.
    #[serde(default)]
    pub mandatory: bool,
    /// Working days.
    pub limit: Option<u32>,
    /// Ids of nodes that somebody else must have handled (职责分离).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub separate_from: Vec<String>,
    /// At least so many people take part, e.g. two in a verification on the spot (行政许可法 34).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
    /// At the desk only who is in charge of the department (分管负责人) may pass it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leader: bool,
}

impl FlowNode {
    /// Whether a source's step of this name is this node.
    #[must_use]
    pub fn is_called(&self, step: &str) -> bool {
        self.name == step || self.aliases.iter().any(|alias| alias == step)
    }
}

/// An edge of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowEdge {
    /// Node id.
    pub from: String,
    /// Node id.
    pub to: String,
    /// When this edge is taken.
    #[serde(default)]
    pub condition: String,
}

/// The items of the county, by code, every version.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    items: std::collections::HashMap<String, Vec<std::sync::Arc<Item>>>,
}

impl Catalogue {
    /// From every version of every item.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = Item>) -> Self {
        let mut items: std::collections::HashMap<String, Vec<std::sync::Arc<Item>>> = std::collections::HashMap::new();
        for item in all {
            items.entry(item.code.clone()).or_default().push(std::sync::Arc::new(item));
        }
        for versions in items.values_mut() {
            versions.sort_by_key(|i| (i.valid_from, i.version));
        }
        Self { items }
    }

    /// The version in force on a date; the newest that had begun, even if its end has passed.
    #[must_use]
    pub fn at(&self, code: &str, date: NaiveDate) -> Option<&std::sync::Arc<Item>> {
        let versions = self.items.get(code)?;
        versions.iter().rev().find(|i| i.valid_from <= date).or_else(|| versions.first())
    }

    /// A version by number.
    #[must_use]
    pub fn version(&self, code: &str, version: u32) -> Option<&std::sync::Arc<Item>> {
        self.items.get(code)?.iter().find(|i| i.version == version)
    }

    /// Every version of an item, the oldest first.
    #[must_use]
    pub fn versions(&self, code: &str) -> &[std::sync::Arc<Item>] {
        self.items.get(code).map_or(&[], Vec::as_slice)
    }

    /// Whether the code is known at all.
    #[must_use]
    pub fn knows(&self, code: &str) -> bool {
        self.items.contains_key(code)
    }

    /// The newest version of every item, by code.
    pub fn newest(&self) -> impl Iterator<Item = &std::sync::Arc<Item>> {
        let mut all: Vec<_> = self.items.values().filter_map(|v| v.last()).collect();
        all.sort_by(|a, b| a.code.cmp(&b.code));
        all.into_iter()
    }
}
