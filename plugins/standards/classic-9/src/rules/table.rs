//! The nine parts, item by item.

/// Cards of a rule, each costing so much.
#[derive(Debug)]
pub struct Item {
    /// Rule.
    pub rule: &'static str,
    /// The lowest level of card that counts: 1 pre-warning, 2 yellow.
    pub least: u8,
    /// Whole points each.
    pub each: i64,
    /// What it is.
    pub zh: &'static str,
    /// Published, or proposed.
    pub published: bool,
}

/// A measure, each costing so much.
#[derive(Debug)]
pub struct Counted {
    /// Measure.
    pub measure: &'static str,
    /// What is missing from the denominator costs, instead of what is counted.
    pub missing: bool,
    /// Whole points each.
    pub each: i64,
    /// What it is.
    pub zh: &'static str,
    /// Published, or proposed.
    pub published: bool,
    /// Rules whose findings name the cases.
    pub rules: &'static [&'static str],
}

/// A part (评估内容).
#[derive(Debug)]
pub struct Part {
    /// Indicator and dimension.
    pub id: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// Whole points, published.
    pub weight: i64,
    /// By cards.
    pub items: &'static [Item],
    /// By measures.
    pub counts: &'static [Counted],
    /// The weight times this share.
    pub share: Option<&'static str>,
    /// What explains what the share lost.
    pub share_rules: &'static [&'static str],
    /// Assessed wherever something was finished: the rules behind it look at every case. Otherwise only where the county has data, a
    /// card or an entry.
    pub always: bool,
    /// Assessed wherever the county has this measure: the rules behind it are watched.
    pub needs: Option<&'static str>,
    /// Where it comes from.
    pub basis: &'static str,
}

const fn published(rule: &'static str, least: u8, each: i64, zh: &'static str) -> Item {
    Item { rule, least, each, zh, published: true }
}

const fn proposed(rule: &'static str, least: u8, each: i64, zh: &'static str) -> Item {
    Item { rule, least, each, zh, published: false }
}

const PLAIN: Part = Part {
    id: "",
    zh: "",
    en: "",
    weight: 0,
    items: &[],
    counts: &[],
    share: None,
    share_rules: &[],
    always: false,
    needs: None,
    basis: "九维度标准：权重公布，各项扣分为提案（附录 A）",
};

/// The nine parts: 10, 14, 14, 8, 10, 10, 14, 10, 10.
pub const PARTS: &[Part] = &[
    Part {
        id: "openness",
        zh: "政务公开",
        en: "openness",
        weight: 10,
        items: &[
            proposed("O-03", 1, 5, "公开秘密或隐私"),
            proposed("C-01", 1, 2, "公布的时限有误"),
            proposed("C-06", 1, 2, "公布的收费有误"),
        ],
        counts: &[
            Counted {
                measure: "guide_elements",
                missing: true,
                each: 1,
                zh: "缺少的指南要素",
                published: false,
                rules: &["O-01", "O-04"],
            },
            Counted {
                measure: "results_public",
                missing: true,
                each: 1,
                zh: "未按期公开的结果",
                published: false,
                rules: &["O-02"],
            },
        ],
        ..PLAIN
    },
    Part {
        id: "procedure",
        zh: "流程规范",
        en: "procedure",
        weight: 14,
        items: &[
            proposed("P-06", 1, 1, "没有受理文书"),
            proposed("P-01", 1, 5, "不予受理未说明理由"),
            proposed("P-02", 1, 5, "不予许可未说明理由或救济"),
            proposed("P-03", 1, 5, "退件、作废未说明理由"),
            proposed("P-12", 1, 5, "索要清单外材料"),
            proposed("P-13", 1, 5, "重复要求材料"),
            proposed("P-07", 1, 2, "缺少必经环节"),
            proposed("P-10", 1, 5, "核查不足二人"),
            published("T-12", 1, 5, "第 21 项：初审转报"),
            published("P-15", 1, 10, "第 22 项：听证"),
            published("T-18", 1, 10, "第 22 项：听证通知"),
            proposed("P-17", 1, 10, "已取消事项仍办理"),
        ],
        always: true,
        basis: "九维度标准：权重与第 21、22 项公布，其余各项扣分为提案（附录 A）",
        ..PLAIN
    },
    Part {
        id: "limits",
        zh: "期限合法",
        en: "time limits",
        weight: 14,
        items: &[
            published("T-07", 2, 5, "第 23 项：当场决定"),
            published("T-02", 2, 5, "第 24 项：公布的期限内决定"),
            published("T-08", 2, 5, "第 25 项：一次性告知"),
            published("T-09", 2, 5, "第 25 项：收件逾期未处理"),
            published("T-17", 2, 5, "第 26 项：二十日内听证"),
            proposed("T-03", 2, 10, "超法定时限"),
            proposed("T-10", 2, 5, "十日内未送达证件"),
            proposed("S-11", 1, 5, "违规延期"),
            proposed("S-01", 1, 5, "非法定情形停表"),
            proposed("S-05", 1, 5, "以补正停表"),
        ],
        always: true,
        basis: "九维度标准：权重与第 23 至 26 项公布，其余各项扣分为提案（附录 A）",
        ..PLAIN
    },
    Part {
        id: "fees",
        zh: "收费合理",
        en: "fees",
        weight: 8,
        items: &[proposed("F-01", 1, 5, "无依据收费"), proposed("F-02", 1, 5, "超标准收费")],
        needs: Some("fee_broken"),
        ..PLAIN
    },
    Part {
        id: "satisfaction",
        zh: "满意度评价",
        en: "satisfaction",
        weight: 10,
        share: Some("satisfied"),
        basis: "九维度标准：权重公布；10 × 主动评价满意率为提案（附录 A）",
        ..PLAIN
    },
    Part {
        id: "attitude",
        zh: "服务态度",
        en: "service attitude",
        weight: 10,
        counts: &[
            Counted {
                measure: "complaints_minor",
                missing: false,
                each: 2,
                zh: "轻微投诉属实",
                published: false,
                rules: &[],
            },
            Counted {
                measure: "complaints_medium",
                missing: false,
                each: 2,
                zh: "一般投诉属实",
                published: false,
                rules: &[],
            },
            Counted {
                measure: "complaints_serious",
                missing: false,
                each: 5,
                zh: "严重投诉属实",
                published: false,
                rules: &[],
            },
        ],
        basis: "九维度标准：权重公布；属实投诉各扣 2 分、严重 5 分为提案（附录 A）",
        ..PLAIN
    },
    Part {
        id: "inspection",
        zh: "监督检查",
        en: "post-licence inspection",
        weight: 14,
        items: &[proposed("T-19", 1, 5, "告知承诺未核查")],
        basis: "九维度标准：权重公布；核查扣分为提案（附录 A）；监管记录凭文件录入",
        ..PLAIN
    },
    Part {
        id: "liability",
        zh: "法律责任",
        en: "legal liability",
        weight: 10,
        always: true,
        basis: "九维度标准：权重、预警、黄牌、红牌公布；复议诉讼败诉每件 5 分（提案）凭文件录入",
        ..PLAIN
    },
    Part {
        id: "integrity",
        zh: "廉洁行政",
        en: "integrity",
        weight: 10,
        items: &[
            proposed("I-01", 1, 10, "吃拿卡要、收受财物"),
            proposed("I-02", 1, 10, "指定中介"),
            proposed("I-03", 1, 10, "变相许可"),
        ],
        basis: "九维度标准：权重与处分表公布（处分按年度扣分）；经核实的廉洁问题每件 10 分为提案（附录 A）",
        ..PLAIN
    },
];
