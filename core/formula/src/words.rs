//! The vocabulary of measures (指标基数): what the core counts of one department in one period, by code and by Chinese name.
//!
//! One principle holds for all: **a case belongs to the day on which it was received, accepted or finished; a breach belongs to the
//! day on which its fact came true**. So a month is counted the same whenever it is counted, days add up to any period, and what
//! came true after a period is never its business. What nobody measures is absent, not zero.

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 件
    Cases,
    /// 个事项
    Items,
    /// 条记录
    Records,
    /// 日
    Days,
    /// 个工作日
    WorkingDays,
    /// 次
    Times,
    /// 张卡
    Cards,
    /// 次评价
    Ratings,
    /// 件投诉
    Complaints,
    /// 个指南要素
    Elements,
    /// 分
    Points,
}

impl Unit {
    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Cases => "件",
            Self::Items => "个事项",
            Self::Records => "条",
            Self::Days => "日",
            Self::WorkingDays => "工作日",
            Self::Times => "次",
            Self::Cards => "张",
            Self::Ratings => "次评价",
            Self::Complaints => "件投诉",
            Self::Elements => "个要素",
            Self::Points => "分",
        }
    }
}

/// A measure.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Stable.
    pub code: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// Of what `value` counts.
    pub unit: Unit,
    /// What `value` is.
    pub what: &'static str,
    /// What `denominator` is; empty where the measure is a plain count, whose denominator is the count itself.
    pub of: &'static str,
    /// What is not counted.
    pub without: &'static str,
}

const fn word(
    code: &'static str,
    zh: &'static str,
    unit: Unit,
    what: &'static str,
    of: &'static str,
    without: &'static str,
) -> Word {
    Word { code, zh, unit, what, of, without }
}

/// Cards that were revoked take their findings with them; so do registered exclusions (统计排除). A finding of a rule whose cards a
/// person confirms counts once its card was issued.
const REVOKED: &str = "已撤销的卡所依据的发现；须经确认而尚未经确认的；已登记的统计排除";
/// What is open at the end is a level, not of a day: exclusions do not touch it, forgiven cases do.
const OVERDUE: &str = "全部相应发现均已撤销的办件；已登记的统计排除（期末未办结的不受影响）";
const EXCLUDED: &str = "已登记的统计排除";

/// Every measure a standard may be given.
pub const MEASURES: &[Word] = &[
    // Volumes.
    word("accepted", "受理数", Unit::Cases, "本期受理的办件", "", EXCLUDED),
    word(
        "finished",
        "办结数",
        Unit::Cases,
        "本期办结的办件（准予、不予、办理完毕、转报）",
        "",
        "撤回、作废、补正逾期的办件；已登记的统计排除",
    ),
    word(
        "finished_median",
        "各部门办结数中位",
        Unit::Cases,
        "本期全县参评部门办结数的中位数（偶数个部门时为中间两数的平均）",
        "参评部门数",
        "",
    ),
    // Efficiency.
    word(
        "overdue_promise",
        "承诺超期",
        Unit::Cases,
        "本期办结且超承诺时限的，和期末未办结且已超承诺时限的（自届满后的下一工作日起，与规则 T-02 一致）",
        "本期办结且有承诺时限的，和期末未办结且已超承诺时限的（自届满后的下一工作日起，与规则 T-02 一致）",
        OVERDUE,
    ),
    word(
        "overdue_legal",
        "法定超期",
        Unit::Cases,
        "本期办结且超法定时限的，和期末未办结、未决定且已超法定时限的（自届满后的下一工作日起，与规则 T-03 一致）",
        "本期办结且有法定时限的，和期末未办结、未决定且已超法定时限的（自届满后的下一工作日起，与规则 T-03 一致）",
        OVERDUE,
    ),
    word("overdue_step", "环节超时", Unit::Cases, "本期有环节超时（T-05）的办件", "本期办结数", REVOKED),
    word(
        "late_notice",
        "告知受理逾期",
        Unit::Cases,
        "本期补正告知或受理逾期（T-08、T-09）的办件",
        "本期收件数（没有收件记录的，计申请）",
        REVOKED,
    ),
    word(
        "early_legal",
        "提前办结",
        Unit::Cases,
        "本期办结且比法定时限早一日以上的",
        "本期办结且有法定时限的",
        EXCLUDED,
    ),
    word(
        "promise_compression",
        "承诺时限合计",
        Unit::WorkingDays,
        "目录内已公布事项承诺时限之和（两种时限都有、都以工作日计的事项）",
        "同一些事项法定时限之和",
        "",
    ),
    word(
        "promises_shorter_30",
        "缩短三成事项",
        Unit::Items,
        "已公布、承诺时限不超过法定时限七成的事项",
        "两种时限都有、都以工作日计的事项",
        "",
    ),
    // Coverage.
    word("items_connected", "入网事项", Unit::Items, "本期有办件报送的目录内已公布事项", "目录内已公布事项数", ""),
    word(
        "items_with_flow",
        "有流程图事项",
        Unit::Items,
        "有审定运行流程图的目录内已公布事项",
        "目录内已公布事项数",
        "",
    ),
    word(
        "cases_captured",
        "入网办件",
        Unit::Cases,
        "来源申报了受理数的各日所受理的办件",
        "这些日的参照数：来源申报的受理数、办结时的证照编号数、收费记录数，各自合计后取最大者",
        EXCLUDED,
    ),
    // Openness.
    word(
        "guide_elements",
        "指南要素",
        Unit::Elements,
        "目录内已公布事项的办事指南已具备的要素：依据、程序（流程图）、时限、材料、收费、办理渠道",
        "应具备的要素，每事项六个",
        "目录中查不到的要素（条件、数量）",
    ),
    word(
        "results_public",
        "结果公开",
        Unit::Cases,
        "本期准予且按期公开结果的办件",
        "本期准予的办件",
        "没有结果公开登记的县，整项不计",
    ),
    word(
        "progress_open",
        "进度可查",
        Unit::Cases,
        "本期受理、有查询密码且有进度记录的办件",
        "本期受理数",
        "本期没有办件报送查询密码的部门，整项不计；已登记的统计排除",
    ),
    // Compliance.
    word(
        "reason_missing",
        "未说明理由",
        Unit::Cases,
        "本期理由或文书不全（P-01、P-02、P-03、P-06）的办件",
        "本期不再办理（办结、退件、不予受理等）的办件",
        REVOKED,
    ),
    word(
        "flow_broken",
        "不合流程图",
        Unit::Cases,
        "本期缺环节或环节顺序异常（P-07、P-08）的办件",
        "本期办结数",
        REVOKED,
    ),
    word(
        "correction_broken",
        "补正不规范",
        Unit::Cases,
        "本期多次补正或受理后补正（P-04、P-05）的办件",
        "本期发出的补正告知",
        REVOKED,
    ),
    word(
        "special_broken",
        "特别程序不规范",
        Unit::Times,
        "本期违反规范（S 类规则，S-03 提醒除外）的特别程序与延期",
        "本期开始的特别程序与延期",
        REVOKED,
    ),
    word("fee_broken", "收费违规", Unit::Cases, "本期收费违规（F 类规则）成立的办件", "本期办结数", REVOKED),
    word("sample_score", "案卷抽查得分", Unit::Points, "本期案卷抽查各卷得分之和（百分制）", "本期抽查的案卷数", ""),
    word("sample_clean", "抽查无瑕疵", Unit::Cases, "本期抽查中满分且属实的案卷", "本期抽查的案卷数", ""),
    // Data exchange.
    word("records_late", "记录迟报", Unit::Records, "本期接收、晚于约定时限的记录", "本期接收的记录", ""),
    word("records_rejected", "记录退回", Unit::Records, "本期退回的记录", "本期报来的记录", ""),
    word("days_matched", "对账相符", Unit::Days, "本期对账相符的日", "本期对账的日", ""),
    word(
        "unauthentic",
        "数据存疑",
        Unit::Cases,
        "本期事后改数、突击上报、时间雷同、首见即办结（D-01、D-03、D-04、D-18）经确认或成立的办件",
        "本期办结数",
        REVOKED,
    ),
    word("falsified", "抽查不实", Unit::Cases, "本期经确认的抽查不实（D-19）", "本期抽查的案卷数", REVOKED),
    // Ratings, complaints.
    word(
        "satisfied",
        "主动评价满意",
        Unit::Ratings,
        "本期主动评价中的非常满意、满意、基本满意",
        "本期主动评价数",
        "系统默认评价；认定为误评、恶意的差评",
    ),
    word("ratings_active", "主动评价", Unit::Ratings, "本期主动评价", "本期全部评价", ""),
    word(
        "bad_rectified",
        "差评整改",
        Unit::Ratings,
        "本期应整改回访的差评（计于最迟应回访之日，匿名的计于最迟应整改之日）中按期整改并回访的",
        "本期应整改回访的差评",
        "认定为误评、恶意的差评",
    ),
    word(
        "complaints_minor",
        "轻微投诉属实",
        Unit::Complaints,
        "本期办结、属实或部分属实、情节轻微的投诉",
        "本期办结的实名投诉",
        "匿名投诉；恶意投诉",
    ),
    word(
        "complaints_medium",
        "一般投诉属实",
        Unit::Complaints,
        "本期办结、属实或部分属实、情节一般的投诉",
        "本期办结的实名投诉",
        "匿名投诉；恶意投诉",
    ),
    word(
        "complaints_serious",
        "严重投诉属实",
        Unit::Complaints,
        "本期办结、属实或部分属实、情节严重的投诉",
        "本期办结的实名投诉",
        "匿名投诉；恶意投诉",
    ),
    word(
        "complaints_late",
        "投诉超期",
        Unit::Complaints,
        "本期办理超期（K-01、K-02）的投诉",
        "本期登记的投诉",
        REVOKED,
    ),
    word("complaints_false", "投诉虚假办结", Unit::Complaints, "本期回访不实（K-07）的投诉", "本期办结的投诉", REVOKED),
    // Response to supervision.
    word(
        "answered_in_time",
        "按期反馈",
        Unit::Cards,
        "本期应反馈（计于反馈到期之日）的监察卡与督办单中按期反馈的；提出申诉视为反馈",
        "本期应反馈的监察卡与督办单",
        "已撤销的卡、已撤回的督办单",
    ),
    word("warnings_in_row", "连续三次预警", Unit::Times, "本期连续三次预警（K-09）的次数", "", REVOKED),
    word("talks", "约谈", Unit::Times, "本期对部门采取的约谈", "", "已撤销的措施"),
    word("circulars", "通报", Unit::Times, "本期对部门采取的通报", "", "已撤销的措施"),
    word("orders_correct", "责令改正", Unit::Times, "本期对部门采取的责令改正", "", "已撤销的措施"),
];

/// The measure that is named by its code or in Chinese.
#[must_use]
pub fn word_of(name: &str) -> Option<&'static Word> {
    MEASURES.iter().find(|w| w.code == name || w.zh == name)
}

/// The code of a measure that is named by its code or in Chinese.
#[must_use]
pub fn code_of(name: &str) -> Option<&'static str> {
    word_of(name).map(|w| w.code)
}

/// The Chinese name of a measure.
#[must_use]
pub fn name_of(code: &str) -> Option<&'static str> {
    MEASURES.iter().find(|w| w.code == code).map(|w| w.zh)
}
