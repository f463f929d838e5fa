//! The table of the standard, line by line as it is printed.

/// How an indicator's points follow from its measures; W is its weight, r the share.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// W × r, at most W
    Share,
    /// W × (1 − k × r), never below 0
    Decay(i64),
    /// W × (1 − r) ÷ 0.80, between 0 and W
    Compression,
    /// W × (1 − 10 × r), where r is so many of (procedures + 0.05 × finished)
    Procedures,
    /// W × mean ÷ 100
    Mean,
    /// W × (1 − r); 0 as soon as one sample was confirmed to be false
    Authentic,
    /// p = (satisfied + 2) ÷ (active + 4), W × (p − 0.6) ÷ 0.4, between 0 and W
    Smoothed,
    /// W less so many hundredths for each of some counts, never below 0. The second: whether they are counted among so many cases, to
    /// which the small-number rule applies; otherwise they are what happened in the month, and none is none.
    Each(&'static [Cost], bool),
}

/// What one of a count costs.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Measure.
    pub measure: &'static str,
    /// Hundredths.
    pub each: i64,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

const fn cost(measure: &'static str, each: i64, zh: &'static str, en: &'static str) -> Cost {
    Cost { measure, each, zh, en }
}

/// A line.
#[derive(Debug)]
pub struct Line {
    /// Indicator id; its first letter is the dimension.
    pub id: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// Whole points.
    pub weight: i64,
    /// How it is computed.
    pub form: Form,
    /// From which measure; of [`Form::Each`] the ones named there.
    pub measure: &'static str,
    /// What is counted, of what: Chinese.
    pub counts: (&'static str, &'static str),
    /// The same in English.
    pub counts_en: (&'static str, &'static str),
    /// Rules whose findings explain what was lost.
    pub rules: &'static [&'static str],
    /// A census, to which the small-number rule does not apply: all items, not a sample of cases.
    pub census: bool,
    /// Where it comes from.
    pub basis: &'static str,
}

const PLAIN: Line = Line {
    id: "",
    zh: "",
    en: "",
    weight: 0,
    form: Form::Share,
    measure: "",
    counts: ("", ""),
    counts_en: ("", ""),
    rules: &[],
    census: false,
    basis: "",
};

const S_RULES: &[&str] =
    &["S-01", "S-02", "S-04", "S-05", "S-06", "S-07", "S-08", "S-09", "S-10", "S-11", "S-12", "S-13"];
const F_RULES: &[&str] = &["F-01", "F-02", "F-03", "F-04", "F-05"];

const FEES: &[Cost] = &[cost("fee_broken", 100, "收费违规", "fee breaches")];
const COMPLAINTS: &[Cost] = &[
    cost("complaints_minor", 50, "轻微投诉属实", "minor complaints upheld"),
    cost("complaints_medium", 100, "一般投诉属实", "medium complaints upheld"),
    cost("complaints_serious", 200, "严重投诉属实", "serious complaints upheld"),
];
const MEASURES: &[Cost] = &[
    cost("talks", 100, "约谈", "talks"),
    cost("circulars", 200, "通报", "circulars"),
    cost("orders_correct", 200, "责令改正（书面检查）", "orders to correct, written self-examination"),
];

/// The 26 lines: coverage 15, efficiency 20, openness 10, compliance 20, data exchange 15, satisfaction 10, integrity 10.
pub const LINES: &[Line] = &[
    Line {
        id: "A1",
        zh: "事项入网率",
        en: "items in supervision",
        weight: 6,
        measure: "items_connected",
        counts: ("入网事项", "目录内事项"),
        counts_en: ("connected items", "items in scope"),
        census: true,
        basis: "宁波 2012",
        ..PLAIN
    },
    Line {
        id: "A2",
        zh: "办件入网率",
        en: "cases captured",
        weight: 6,
        measure: "cases_captured",
        counts: ("入网办件", "参照数"),
        counts_en: ("captured cases", "the reference count"),
        rules: &["D-13", "D-15"],
        basis: "上虞 2015；提案",
        ..PLAIN
    },
    Line {
        id: "A3",
        zh: "流程图完备率",
        en: "approved flow charts",
        weight: 3,
        measure: "items_with_flow",
        counts: ("有审定流程图的事项", "目录内事项"),
        counts_en: ("items with an approved flow chart", "items in scope"),
        rules: &["C-02"],
        census: true,
        basis: "通知 三(二)",
        ..PLAIN
    },
    Line {
        id: "B1",
        zh: "按期办结率",
        en: "finished within the promise",
        weight: 8,
        form: Form::Decay(5),
        measure: "overdue_promise",
        counts: ("超承诺时限", "有承诺时限的办件"),
        counts_en: ("over the promise", "cases with a promise"),
        rules: &["T-02"],
        basis: "提案（20% 超期为 0）",
        ..PLAIN
    },
    Line {
        id: "B2",
        zh: "法定超期",
        en: "over the statutory limit",
        weight: 4,
        form: Form::Decay(20),
        measure: "overdue_legal",
        counts: ("超法定时限", "有法定时限的办件"),
        counts_en: ("over the statutory limit", "cases with one"),
        rules: &["T-03"],
        basis: "行政许可法 42、74",
        ..PLAIN
    },
    Line {
        id: "B3",
        zh: "环节超时",
        en: "steps over their limit",
        weight: 2,
        form: Form::Decay(2),
        measure: "overdue_step",
        counts: ("有环节超时", "办结"),
        counts_en: ("with a step over its limit", "finished"),
        rules: &["T-05"],
        basis: "流程图",
        ..PLAIN
    },
    Line {
        id: "B4",
        zh: "承诺压缩率",
        en: "promises shorter than the law",
        weight: 3,
        form: Form::Compression,
        measure: "promise_compression",
        counts: ("承诺时限之和", "法定时限之和"),
        counts_en: ("promised working days", "statutory working days"),
        census: true,
        basis: "海宁 2013（缩短 80% 为满分）",
        ..PLAIN
    },
    Line {
        id: "B5",
        zh: "一次告知与受理及时",
        en: "notices and acceptance in time",
        weight: 3,
        form: Form::Decay(10),
        measure: "late_notice",
        counts: ("告知或受理逾期", "收件"),
        counts_en: ("late notices and acceptances", "received"),
        rules: &["T-08", "T-09"],
        basis: "行政许可法 32(4)；九维度第 25 项",
        ..PLAIN
    },
    Line {
        id: "C1",
        zh: "指南要素完整",
        en: "guides complete",
        weight: 4,
        measure: "guide_elements",
        counts: ("已具备的要素", "应具备的要素"),
        counts_en: ("elements that are there", "elements required"),
        rules: &["O-01", "O-04"],
        census: true,
        basis: "行政许可法 30",
        ..PLAIN
    },
    Line {
        id: "C2",
        zh: "结果公开及时",
        en: "results published in time",
        weight: 4,
        measure: "results_public",
        counts: ("按期公开", "准予"),
        counts_en: ("published in time", "granted"),
        rules: &["O-02", "T-22"],
        basis: "行政许可法 40",
        ..PLAIN
    },
    Line {
        id: "C3",
        zh: "进度可查",
        en: "progress can be looked up",
        weight: 2,
        measure: "progress_open",
        counts: ("可查进度", "受理"),
        counts_en: ("open to look up", "accepted"),
        basis: "浙江 12",
        ..PLAIN
    },
    Line {
        id: "D1",
        zh: "理由与文书完整",
        en: "reasons and documents complete",
        weight: 5,
        form: Form::Decay(10),
        measure: "reason_missing",
        counts: ("理由或文书不全", "不再办理的办件"),
        counts_en: ("without reason or document", "cases that ended"),
        rules: &["P-01", "P-02", "P-03", "P-06"],
        basis: "行政许可法 32、38、72(7)",
        ..PLAIN
    },
    Line {
        id: "D2",
        zh: "流程符合率",
        en: "flows followed",
        weight: 4,
        form: Form::Decay(1),
        measure: "flow_broken",
        counts: ("不合流程图", "办结"),
        counts_en: ("off the flow chart", "finished"),
        rules: &["P-07", "P-08"],
        basis: "流程图",
        ..PLAIN
    },
    Line {
        id: "D3",
        zh: "补正规范",
        en: "corrections by the rules",
        weight: 3,
        form: Form::Decay(10),
        measure: "correction_broken",
        counts: ("补正不规范", "发出补正告知的办件"),
        counts_en: ("irregular corrections", "cases with a correction notice"),
        rules: &["P-04", "P-05"],
        basis: "行政许可法 32(4)、72(4)",
        ..PLAIN
    },
    Line {
        id: "D4",
        zh: "特别程序与延期规范",
        en: "special procedures and extensions by the rules",
        weight: 4,
        form: Form::Procedures,
        measure: "special_broken",
        counts: ("违反规范", "特别程序与延期"),
        counts_en: ("irregular", "special procedures and extensions"),
        rules: S_RULES,
        basis: "行政许可法 42、45",
        ..PLAIN
    },
    Line {
        id: "D5",
        zh: "收费合规",
        en: "fees by the rules",
        weight: 2,
        form: Form::Each(FEES, true),
        rules: F_RULES,
        basis: "行政许可法 58、59",
        ..PLAIN
    },
    Line {
        id: "D6",
        zh: "案卷抽查",
        en: "files sampled",
        weight: 2,
        form: Form::Mean,
        measure: "sample_score",
        counts: ("各卷得分之和", "抽查的案卷"),
        counts_en: ("the sum of the files' marks", "files sampled"),
        basis: "案卷评查标准",
        ..PLAIN
    },
    Line {
        id: "E1",
        zh: "实时率",
        en: "records in time",
        weight: 5,
        form: Form::Decay(1),
        measure: "records_late",
        counts: ("迟报", "接收的记录"),
        counts_en: ("late", "records accepted"),
        rules: &["D-02"],
        basis: "通知：实时",
        ..PLAIN
    },
    Line {
        id: "E2",
        zh: "完整准确率",
        en: "records complete and correct",
        weight: 4,
        form: Form::Decay(10),
        measure: "records_rejected",
        counts: ("退回", "报来的记录"),
        counts_en: ("rejected", "records received"),
        rules: &["D-10"],
        basis: "九维度：数据上报不完整",
        ..PLAIN
    },
    Line {
        id: "E3",
        zh: "对账一致率",
        en: "days reconciled",
        weight: 3,
        measure: "days_matched",
        counts: ("相符", "对账的日"),
        counts_en: ("matching", "days reconciled"),
        rules: &["D-15"],
        basis: "提案",
        ..PLAIN
    },
    Line {
        id: "E4",
        zh: "真实性",
        en: "authenticity",
        weight: 3,
        form: Form::Authentic,
        measure: "unauthentic",
        counts: ("数据存疑", "办结"),
        counts_en: ("doubtful", "finished"),
        rules: &["D-01", "D-03", "D-04", "D-18", "D-19"],
        basis: "通知：真实；成都 2011",
        ..PLAIN
    },
    Line {
        id: "F1",
        zh: "主动评价满意率",
        en: "satisfaction",
        weight: 4,
        form: Form::Smoothed,
        measure: "satisfied",
        counts: ("满意", "主动评价"),
        counts_en: ("satisfied", "active ratings"),
        basis: "好差评：默认评价不计",
        ..PLAIN
    },
    Line {
        id: "F2",
        zh: "差评整改",
        en: "bad ratings put right",
        weight: 2,
        measure: "bad_rectified",
        counts: ("按期整改并回访", "应整改回访的差评"),
        counts_en: ("put right and called back in time", "bad ratings due"),
        rules: &["E-01", "E-02", "E-03"],
        basis: "好差评",
        ..PLAIN
    },
    Line {
        id: "F3",
        zh: "投诉属实",
        en: "complaints upheld",
        weight: 4,
        form: Form::Each(COMPLAINTS, false),
        basis: "通知；九维度",
        ..PLAIN
    },
    Line {
        id: "G1",
        zh: "监察反馈及时",
        en: "answers to supervision in time",
        weight: 4,
        measure: "answered_in_time",
        counts: ("按期反馈", "应反馈的监察卡与督办单"),
        counts_en: ("answered in time", "cards and orders to answer"),
        rules: &["K-08", "K-10"],
        basis: "通知",
        ..PLAIN
    },
    Line {
        id: "G2",
        zh: "责任追究",
        en: "accountability",
        weight: 6,
        form: Form::Each(MEASURES, false),
        basis: "通知；处分另按年度扣分",
        ..PLAIN
    },
];
