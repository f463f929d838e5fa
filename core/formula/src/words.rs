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

    /// The English word.
    #[must_use]
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Items => "items",
            Self::Records => "records",
            Self::Days => "days",
            Self::WorkingDays => "working days",
            Self::Times => "times",
            Self::Cards => "cards",
            Self::Ratings => "ratings",
            Self::Complaints => "complaints",
            Self::Elements => "elements",
            Self::Points => "points",
        }
    }
}

/// A measure.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Stable.
    pub code: &'static str,
    /// Chinese name, by which formulas may name it.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// Of what `value` counts.
    pub unit: Unit,
    /// What `value` is.
    pub what: Said,
    /// What `denominator` is; empty where the measure is a plain count, whose denominator is the count itself.
    pub of: Said,
    /// What is not counted.
    pub without: Said,
}

/// The same in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

const NOTHING: Said = Said { zh: "", en: "" };

const fn said(zh: &'static str, en: &'static str) -> Said {
    Said { zh, en }
}

const fn word(
    code: &'static str,
    (zh, en): (&'static str, &'static str),
    unit: Unit,
    what: Said,
    of: Said,
    without: Said,
) -> Word {
    Word { code, zh, en, unit, what, of, without }
}

/// Cards that were revoked take their findings with them; so do registered exclusions (统计排除). A finding of a rule whose cards a
/// person confirms counts once its card was issued.
const REVOKED: Said = said(
    "已撤销的卡所依据的发现；须经确认而尚未经确认的；已登记的统计排除",
    "findings whose card was revoked; findings that a person is to confirm and has not; registered exclusions",
);
/// What is open at the end is a level, not of a day: exclusions do not touch it, forgiven cases do.
const OVERDUE: Said = said(
    "全部相应发现均已撤销的办件；已登记的统计排除（期末未办结的不受影响）",
    "cases all of whose findings of this kind were revoked; registered exclusions (they do not touch what is open at the end)",
);
const EXCLUDED: Said = said("已登记的统计排除", "registered exclusions");

/// Every measure a standard may be given.
pub const MEASURES: &[Word] = &[
    // Volumes.
    word(
        "accepted",
        ("受理数", "cases accepted"),
        Unit::Cases,
        said("本期受理的办件", "cases accepted in the period"),
        NOTHING,
        EXCLUDED,
    ),
    word(
        "finished",
        ("办结数", "cases finished"),
        Unit::Cases,
        said(
            "本期办结的办件（准予、不予、办理完毕、转报）",
            "cases finished in the period (granted, refused, handled, forwarded up)",
        ),
        NOTHING,
        said(
            "撤回、作废、补正逾期的办件；已登记的统计排除",
            "cases withdrawn, void or lapsed for want of correction; registered exclusions",
        ),
    ),
    word(
        "finished_median",
        ("各部门办结数中位", "median of cases finished"),
        Unit::Cases,
        said(
            "本期全县参评部门办结数的中位数（偶数个部门时为中间两数的平均）",
            "median of the cases finished in the period by each scored department of the county (of an even number of departments, the mean of the two in the middle)",
        ),
        said("参评部门数", "scored departments"),
        NOTHING,
    ),
    // Efficiency.
    word(
        "overdue_promise",
        ("承诺超期", "over the promised limit"),
        Unit::Cases,
        said(
            "本期办结且超承诺时限的，和期末未办结且已超承诺时限的（自届满后的下一工作日起，与规则 T-02 一致）",
            "finished in the period over the promised limit, and open at its end over the promised limit (from the working day after it ended, as rule T-02)",
        ),
        said(
            "本期办结且有承诺时限的，和期末未办结且已超承诺时限的（自届满后的下一工作日起，与规则 T-02 一致）",
            "finished in the period with a promised limit, and open at its end over the promised limit (from the working day after it ended, as rule T-02)",
        ),
        OVERDUE,
    ),
    word(
        "overdue_legal",
        ("法定超期", "over the statutory limit"),
        Unit::Cases,
        said(
            "本期办结且超法定时限的，和期末未办结、未决定且已超法定时限的（自届满后的下一工作日起，与规则 T-03 一致）",
            "finished in the period over the statutory limit, and open and undecided at its end over the statutory limit (from the working day after it ended, as rule T-03)",
        ),
        said(
            "本期办结且有法定时限的，和期末未办结、未决定且已超法定时限的（自届满后的下一工作日起，与规则 T-03 一致）",
            "finished in the period with a statutory limit, and open and undecided at its end over the statutory limit (from the working day after it ended, as rule T-03)",
        ),
        OVERDUE,
    ),
    word(
        "overdue_step",
        ("环节超时", "steps over time"),
        Unit::Cases,
        said("本期有环节超时（T-05）的办件", "cases with a step over time (T-05) in the period"),
        said("本期办结数", "cases finished in the period"),
        REVOKED,
    ),
    word(
        "late_notice",
        ("告知受理逾期", "late notice of correction or acceptance"),
        Unit::Cases,
        said(
            "本期补正告知或受理逾期（T-08、T-09）的办件",
            "cases whose notice of correction or acceptance was late (T-08, T-09) in the period",
        ),
        said(
            "本期收件数（没有收件记录的，计申请）",
            "cases received in the period (where no receipt is reported, applications)",
        ),
        REVOKED,
    ),
    word(
        "early_legal",
        ("提前办结", "finished early"),
        Unit::Cases,
        said("本期办结且比法定时限早一日以上的", "finished in the period at least one day before the statutory limit"),
        said("本期办结且有法定时限的", "finished in the period with a statutory limit"),
        EXCLUDED,
    ),
    word(
        "promise_compression",
        ("承诺时限合计", "promised limits added up"),
        Unit::WorkingDays,
        said(
            "目录内已公布事项承诺时限之和（两种时限都有、都以工作日计的事项）",
            "sum of the promised limits of published items of the catalogue (items with both limits in working days)",
        ),
        said("同一些事项法定时限之和", "sum of the statutory limits of the same items"),
        NOTHING,
    ),
    word(
        "promises_shorter_30",
        ("缩短三成事项", "items shortened by three tenths"),
        Unit::Items,
        said(
            "已公布、承诺时限不超过法定时限七成的事项",
            "published items whose promised limit is at most seven tenths of the statutory one",
        ),
        said("两种时限都有、都以工作日计的事项", "items with both limits in working days"),
        NOTHING,
    ),
    // Coverage.
    word(
        "items_connected",
        ("入网事项", "items connected"),
        Unit::Items,
        said(
            "本期有办件报送的目录内已公布事项",
            "published items of the catalogue of which cases were reported in the period",
        ),
        said("目录内已公布事项数", "published items of the catalogue"),
        NOTHING,
    ),
    word(
        "items_with_flow",
        ("有流程图事项", "items with a flow chart"),
        Unit::Items,
        said("有审定运行流程图的目录内已公布事项", "published items of the catalogue with an approved flow chart"),
        said("目录内已公布事项数", "published items of the catalogue"),
        NOTHING,
    ),
    word(
        "cases_captured",
        ("入网办件", "cases captured"),
        Unit::Cases,
        said(
            "来源申报了受理数的各日所受理的办件",
            "cases accepted on days for which the source declared how many it accepted",
        ),
        said(
            "这些日的参照数：来源申报的受理数、办结时的证照编号数、收费记录数，各自合计后取最大者",
            "what these days are measured against: the acceptances the source declared, the certificate numbers at finishing, and the fee records, each added up, and of these the largest",
        ),
        EXCLUDED,
    ),
    // Openness.
    word(
        "guide_elements",
        ("指南要素", "elements of guides"),
        Unit::Elements,
        said(
            "目录内已公布事项的办事指南已具备的要素：依据、程序（流程图）、时限、材料、收费、办理渠道",
            "elements that the guides of published items have: basis, procedure (flow chart), limits, materials, fees, channels",
        ),
        said("应具备的要素，每事项六个", "elements they should have, six for each item"),
        said("目录中查不到的要素（条件、数量）", "elements the catalogue does not hold (conditions, quantity)"),
    ),
    word(
        "results_public",
        ("结果公开", "results made public"),
        Unit::Cases,
        said("本期准予且按期公开结果的办件", "cases granted in the period whose result was made public in time"),
        said("本期准予的办件", "cases granted in the period"),
        said("没有结果公开登记的县，整项不计", "the whole measure in counties that register no publication of results"),
    ),
    word(
        "progress_open",
        ("进度可查", "progress open to enquiry"),
        Unit::Cases,
        said(
            "本期受理、有查询密码且有进度记录的办件",
            "cases accepted in the period with a query code and a record of progress",
        ),
        said("本期受理数", "cases accepted in the period"),
        said(
            "本期没有办件报送查询密码的部门，整项不计；已登记的统计排除",
            "the whole measure for departments that reported no query code in the period; registered exclusions",
        ),
    ),
    // Compliance.
    word(
        "reason_missing",
        ("未说明理由", "reasons missing"),
        Unit::Cases,
        said(
            "本期理由或文书不全（P-01、P-02、P-03、P-06）的办件",
            "cases with reasons or papers missing (P-01, P-02, P-03, P-06) in the period",
        ),
        said(
            "本期不再办理（办结、退件、不予受理等）的办件",
            "cases that ended in the period (finished, returned, not accepted and the like)",
        ),
        REVOKED,
    ),
    word(
        "flow_broken",
        ("不合流程图", "off the flow chart"),
        Unit::Cases,
        said(
            "本期缺环节或环节顺序异常（P-07、P-08）的办件",
            "cases with a step missing or out of order (P-07, P-08) in the period",
        ),
        said("本期办结数", "cases finished in the period"),
        REVOKED,
    ),
    word(
        "correction_broken",
        ("补正不规范", "irregular correction requests"),
        Unit::Cases,
        said(
            "本期多次补正或受理后补正（P-04、P-05）的办件",
            "cases with repeated correction requests or one after acceptance (P-04, P-05) in the period",
        ),
        said("本期发出的补正告知", "notices of correction sent in the period"),
        REVOKED,
    ),
    word(
        "special_broken",
        ("特别程序不规范", "irregular special procedures"),
        Unit::Times,
        said(
            "本期违反规范（S 类规则，S-03 提醒除外）的特别程序与延期",
            "special procedures and extensions that broke a rule (group S, but for the reminder S-03) in the period",
        ),
        said("本期开始的特别程序与延期", "special procedures and extensions begun in the period"),
        REVOKED,
    ),
    word(
        "fee_broken",
        ("收费违规", "fee violations"),
        Unit::Cases,
        said("本期收费违规（F 类规则）成立的办件", "cases with a fee violation (group F) in the period"),
        said("本期办结数", "cases finished in the period"),
        REVOKED,
    ),
    word(
        "sample_score",
        ("案卷抽查得分", "scores of sampled files"),
        Unit::Points,
        said(
            "本期案卷抽查各卷得分之和（百分制）",
            "sum of the scores of the files sampled in the period (of 100 each)",
        ),
        said("本期抽查的案卷数", "files sampled in the period"),
        NOTHING,
    ),
    word(
        "sample_clean",
        ("抽查无瑕疵", "sampled files without a flaw"),
        Unit::Cases,
        said("本期抽查中满分且属实的案卷", "files sampled in the period with full marks and true"),
        said("本期抽查的案卷数", "files sampled in the period"),
        NOTHING,
    ),
    // Data exchange.
    word(
        "records_late",
        ("记录迟报", "records reported late"),
        Unit::Records,
        said("本期接收、晚于约定时限的记录", "records accepted in the period, later than agreed"),
        said("本期接收的记录", "records accepted in the period"),
        NOTHING,
    ),
    word(
        "records_rejected",
        ("记录退回", "records rejected"),
        Unit::Records,
        said("本期退回的记录", "records rejected in the period"),
        said("本期报来的记录", "records reported in the period"),
        NOTHING,
    ),
    word(
        "days_matched",
        ("对账相符", "days reconciled"),
        Unit::Days,
        said("本期对账相符的日", "days of the period reconciled without a difference"),
        said("本期对账的日", "days of the period that were reconciled"),
        NOTHING,
    ),
    word(
        "unauthentic",
        ("数据存疑", "data in doubt"),
        Unit::Cases,
        said(
            "本期事后改数、突击上报、时间雷同、首见即办结（D-01、D-03、D-04、D-18）经确认或成立的办件",
            "cases with changed times, reports in one burst, identical times or first seen finished (D-01, D-03, D-04, D-18), confirmed or standing, in the period",
        ),
        said("本期办结数", "cases finished in the period"),
        REVOKED,
    ),
    word(
        "falsified",
        ("抽查不实", "sampled files found untrue"),
        Unit::Cases,
        said("本期经确认的抽查不实（D-19）", "sampled files found untrue (D-19), confirmed, in the period"),
        said("本期抽查的案卷数", "files sampled in the period"),
        REVOKED,
    ),
    // Ratings, complaints.
    word(
        "satisfied",
        ("主动评价满意", "satisfied, by people’s own ratings"),
        Unit::Ratings,
        said(
            "本期主动评价中的非常满意、满意、基本满意",
            "people’s own ratings of the period that say very satisfied, satisfied or fairly satisfied",
        ),
        said("本期主动评价数", "people’s own ratings of the period"),
        said(
            "系统默认评价；认定为误评、恶意的差评",
            "ratings given by default; bad ratings found mistaken or malicious",
        ),
    ),
    word(
        "ratings_active",
        ("主动评价", "people’s own ratings"),
        Unit::Ratings,
        said("本期主动评价", "people’s own ratings of the period"),
        said("本期全部评价", "all ratings of the period"),
        NOTHING,
    ),
    word(
        "bad_rectified",
        ("差评整改", "bad ratings put right"),
        Unit::Ratings,
        said(
            "本期应整改回访的差评（计于最迟应回访之日，匿名的计于最迟应整改之日）中按期整改并回访的",
            "of the bad ratings due in the period, those put right and called back about in time (due on the last day for the call, of anonymous ones on the last day for putting right)",
        ),
        said("本期应整改回访的差评", "bad ratings due to be put right and called back about in the period"),
        said("认定为误评、恶意的差评", "bad ratings found mistaken or malicious"),
    ),
    word(
        "complaints_minor",
        ("轻微投诉属实", "substantiated complaints, minor"),
        Unit::Complaints,
        said(
            "本期办结、属实或部分属实、情节轻微的投诉",
            "complaints closed in the period, substantiated wholly or partly, minor",
        ),
        said("本期办结的实名投诉", "complaints under a name closed in the period"),
        said("匿名投诉；恶意投诉", "anonymous and malicious complaints"),
    ),
    word(
        "complaints_medium",
        ("一般投诉属实", "substantiated complaints, medium"),
        Unit::Complaints,
        said(
            "本期办结、属实或部分属实、情节一般的投诉",
            "complaints closed in the period, substantiated wholly or partly, medium",
        ),
        said("本期办结的实名投诉", "complaints under a name closed in the period"),
        said("匿名投诉；恶意投诉", "anonymous and malicious complaints"),
    ),
    word(
        "complaints_serious",
        ("严重投诉属实", "substantiated complaints, serious"),
        Unit::Complaints,
        said(
            "本期办结、属实或部分属实、情节严重的投诉",
            "complaints closed in the period, substantiated wholly or partly, serious",
        ),
        said("本期办结的实名投诉", "complaints under a name closed in the period"),
        said("匿名投诉；恶意投诉", "anonymous and malicious complaints"),
    ),
    word(
        "complaints_late",
        ("投诉超期", "complaints handled late"),
        Unit::Complaints,
        said("本期办理超期（K-01、K-02）的投诉", "complaints handled late (K-01, K-02) in the period"),
        said("本期登记的投诉", "complaints registered in the period"),
        REVOKED,
    ),
    word(
        "complaints_false",
        ("投诉虚假办结", "complaints closed falsely"),
        Unit::Complaints,
        said("本期回访不实（K-07）的投诉", "complaints whose answer a call-back found untrue (K-07) in the period"),
        said("本期办结的投诉", "complaints closed in the period"),
        REVOKED,
    ),
    // Response to supervision.
    word(
        "answered_in_time",
        ("按期反馈", "answered in time"),
        Unit::Cards,
        said(
            "本期应反馈（计于反馈到期之日）的监察卡与督办单中按期反馈的；提出申诉视为反馈",
            "of the cards and orders whose answer was due in the period (on the day it was due), those answered in time; an appeal is an answer",
        ),
        said("本期应反馈的监察卡与督办单", "cards and orders whose answer was due in the period"),
        said("已撤销的卡、已撤回的督办单", "cards revoked, orders withdrawn"),
    ),
    word(
        "warnings_in_row",
        ("连续三次预警", "three prewarnings in a row"),
        Unit::Times,
        said("本期连续三次预警（K-09）的次数", "times of three prewarnings in a row (K-09) in the period"),
        NOTHING,
        REVOKED,
    ),
    word(
        "talks",
        ("约谈", "talks"),
        Unit::Times,
        said("本期对部门采取的约谈", "talks held with the department in the period"),
        NOTHING,
        said("已撤销的措施", "measures revoked"),
    ),
    word(
        "circulars",
        ("通报", "circulars"),
        Unit::Times,
        said("本期对部门采取的通报", "circulars about the department in the period"),
        NOTHING,
        said("已撤销的措施", "measures revoked"),
    ),
    word(
        "orders_correct",
        ("责令改正", "orders to correct"),
        Unit::Times,
        said("本期对部门采取的责令改正", "orders to the department to correct in the period"),
        NOTHING,
        said("已撤销的措施", "measures revoked"),
    ),
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
