//! The measures by their Chinese names.

/// Code and Chinese name of every measure, as the core counts them.
pub const MEASURES: &[(&str, &str)] = &[
    ("accepted", "受理数"),
    ("finished", "办结数"),
    ("overdue_promise", "承诺超期"),
    ("overdue_legal", "法定超期"),
    ("overdue_step", "环节超时"),
    ("late_notice", "告知受理逾期"),
    ("reason_missing", "未说明理由"),
    ("flow_broken", "不合流程图"),
    ("unauthentic", "数据存疑"),
    ("early_legal", "提前办结"),
    ("records_late", "记录迟报"),
    ("records_rejected", "记录退回"),
    ("days_matched", "对账相符"),
    ("items_connected", "入网事项"),
    ("items_with_flow", "有流程图事项"),
    ("promise_compression", "承诺时限合计"),
    ("promises_shorter_30", "缩短三成事项"),
];

/// The code of a measure that is named by its code or in Chinese.
#[must_use]
pub fn code_of(word: &str) -> Option<&'static str> {
    MEASURES.iter().find(|(code, zh)| *code == word || *zh == word).map(|(code, _)| *code)
}

/// The Chinese name of a measure.
#[must_use]
pub fn name_of(code: &str) -> Option<&'static str> {
    MEASURES.iter().find(|(c, _)| *c == code).map(|(_, zh)| *zh)
}
