//! What the program holds: every rule with what it is about, the parameters its function reads, and the facts it needs beyond
//! the records of a case. The texts, levels and numbers stand in `config/rules`; this table says what they may be.

use crate::finding::Level;
use crate::word::words;
use std::collections::BTreeSet;

words! {
    /// What a rule applies to.
    About {
        Case = "case", "办件";
        Step = "step", "环节";
        Special = "special", "特别程序";
        Extension = "extension", "延长审批";
        Hearing = "hearing", "听证";
        Record = "record", "报送的记录";
        Source = "source", "数据源";
        Department = "department", "部门";
        Item = "item", "事项";
        County = "county", "全县配置";
        Publication = "publication", "公开内容";
        Complaint = "complaint", "投诉";
        Enquiry = "enquiry", "咨询";
        Card = "card", "监察卡";
        Order = "order", "督办";
        Rating = "rating", "评价";
        Problem = "problem", "查实的问题";
        Person = "person", "人员";
    }
}

words! {
    /// Facts that do not stand in the records of a case. A county in which no part of the product yields one of them cannot
    /// judge the rules that need it, and is told so.
    Need {
        Agents = "agents", "代办人与经办人的办件统计";
        Batches = "batches", "上报批次中的完整办件";
        Cards = "cards", "监察卡及其反馈";
        Catalogue = "catalogue", "事项目录";
        CommitmentChecks = "commitment_checks", "告知承诺的事后核查";
        Complaints = "complaints", "投诉登记与办理";
        Connections = "connections", "部门接入计划";
        DayCounts = "day_counts", "每日收退统计";
        Disciplines = "disciplines", "责任追究文书";
        Disclosures = "disclosures", "双公示发布记录";
        Enquiries = "enquiries", "咨询登记与回复";
        Exclusions = "exclusions", "统计排除登记";
        Explanations = "explanations", "超期理由的公开说明";
        Finance = "finance", "财政非税系统的到账数";
        GuidePages = "guide_pages", "公开的办事指南页面";
        Intermediaries = "intermediaries", "办件使用的中介机构";
        LimitChanges = "limit_changes", "事项时限的变更";
        Orders = "orders", "督办任务";
        OtherCases = "other_cases", "同一申请人或同一限量事项的其他办件";
        Periods = "periods", "部门统计期数字";
        Plugins = "plugins", "插件验签结果";
        ProvincialCatalogue = "provincial_catalogue", "省级事项目录";
        Publications = "publications", "发布内容检查";
        Ratings = "ratings", "好差评";
        Reconciliations = "reconciliations", "日对账";
        ResultPages = "result_pages", "公开的办理结果";
        RuleStates = "rule_states", "规则启停记录";
        Samples = "samples", "抽查结果";
        Series = "series", "证照文书号段";
        SourceClock = "source_clock", "数据源的时钟";
        SourceHealth = "source_health", "数据源心跳";
        Staff = "staff", "人员名册";
        Uplink = "uplink", "上行队列";
        Verified = "verified", "查实的问题";
    }
}

/// One rule of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// `T-02`.
    pub id: &'static str,
    /// What it applies to.
    pub about: About,
    /// The parameters its function reads.
    pub params: &'static [&'static str],
    /// The facts it needs beyond the records of a case.
    pub needs: &'static [Need],
}

impl Program {
    /// Which of its facts are not among those a county has.
    #[must_use]
    pub fn missing(&self, have: &BTreeSet<Need>) -> Vec<Need> {
        self.needs.iter().copied().filter(|need| !have.contains(need)).collect()
    }
}

const fn p(id: &'static str, about: About, params: &'static [&'static str], needs: &'static [Need]) -> Program {
    Program { id, about, params, needs }
}

use About as A;
use Need as N;

const PROGRAM: &[Program] = &[
    p("T-01", A::Case, &["pre_days", "short_limit", "short_pre_days"], &[]),
    p("T-02", A::Case, &[], &[]),
    p("T-03", A::Case, &[], &[]),
    p("T-04", A::Case, &["pre_days"], &[]),
    p("T-05", A::Step, &["yellow_over"], &[]),
    p("T-06", A::Case, &["days", "percent"], &[]),
    p("T-07", A::Case, &[], &[]),
    p("T-08", A::Case, &["legal_days"], &[]),
    p("T-09", A::Case, &[], &[]),
    p("T-10", A::Case, &["days"], &[]),
    p("T-11", A::Case, &["days"], &[]),
    p("T-12", A::Case, &["legal_days"], &[]),
    p("T-13", A::Case, &["days", "extension_days"], &[]),
    p("T-14", A::Case, &[], &[]),
    p("T-15", A::Case, &["days", "yellow_over", "red_over"], &[]),
    p("T-16", A::Case, &["ahead_days"], &[]),
    p("T-17", A::Hearing, &["days"], &[]),
    p("T-18", A::Hearing, &["days"], &[]),
    p("T-19", A::Case, &["days"], &[N::CommitmentChecks]),
    p("T-20", A::Case, &[], &[]),
    p("T-21", A::Case, &["days"], &[N::Explanations]),
    p("T-22", A::Case, &["days"], &[N::Disclosures]),
    p("P-01", A::Case, &["min_chars"], &[]),
    p("P-02", A::Case, &["min_chars"], &[]),
    p("P-03", A::Case, &[], &[]),
    p("P-04", A::Case, &["rounds"], &[]),
    p("P-05", A::Case, &[], &[]),
    p("P-06", A::Case, &[], &[]),
    p("P-07", A::Case, &[], &[]),
    p("P-08", A::Case, &[], &[]),
    p("P-09", A::Case, &[], &[]),
    p("P-10", A::Step, &[], &[]),
    p("P-11", A::Case, &[], &[]),
    p("P-12", A::Case, &[], &[]),
    p("P-13", A::Case, &[], &[]),
    p("P-14", A::Case, &[], &[N::OtherCases]),
    p("P-15", A::Case, &[], &[]),
    p("P-16", A::Item, &["percent", "min_cases"], &[N::Periods]),
    p("P-17", A::Case, &[], &[]),
    p("P-18", A::Case, &[], &[]),
    p("P-19", A::Case, &["days"], &[N::OtherCases]),
    p("P-20", A::Case, &["left_days", "refile_days"], &[N::OtherCases]),
    p("P-21", A::Case, &[], &[]),
    p("P-22", A::Case, &[], &[]),
    p("S-01", A::Special, &[], &[]),
    p("S-02", A::Special, &["days"], &[]),
    p("S-03", A::Special, &["pre_days"], &[]),
    p("S-04", A::Special, &["red_over"], &[]),
    p("S-05", A::Case, &[], &[]),
    p("S-06", A::Special, &[], &[]),
    p("S-07", A::Special, &[], &[]),
    p("S-08", A::Case, &["percent", "times", "min_days"], &[]),
    p("S-09", A::Special, &["left_days"], &[]),
    p("S-10", A::Special, &[], &[]),
    p("S-11", A::Extension, &["days", "joint_days"], &[]),
    p("S-12", A::Extension, &["grace_days"], &[]),
    p("S-13", A::Special, &[], &[]),
    p("F-01", A::Case, &[], &[]),
    p("F-02", A::Case, &[], &[]),
    p("F-03", A::Case, &[], &[]),
    p("F-04", A::Case, &[], &[]),
    p("F-05", A::Department, &[], &[N::Finance]),
    p("D-01", A::Case, &[], &[]),
    p("D-02", A::Case, &["day_percent"], &[]),
    p("D-03", A::Record, &["cases", "span_days"], &[N::Batches]),
    p("D-04", A::Case, &["steps", "seconds", "percent"], &[]),
    p("D-05", A::Department, &["percent", "min_times"], &[N::Periods]),
    p("D-06", A::Case, &[], &[N::Staff]),
    p("D-07", A::Department, &["percent", "min_opinions"], &[N::Periods]),
    p("D-08", A::Step, &[], &[]),
    p("D-09", A::Case, &[], &[]),
    p("D-10", A::Record, &[], &[N::DayCounts]),
    p("D-11", A::Record, &[], &[N::DayCounts]),
    p("D-12", A::Case, &[], &[]),
    p("D-13", A::Department, &[], &[N::Series]),
    p("D-14", A::Department, &["per_day", "days"], &[N::DayCounts]),
    p("D-15", A::Department, &["yellow_days"], &[N::Reconciliations]),
    p("D-16", A::Record, &[], &[N::DayCounts]),
    p("D-17", A::Case, &[], &[]),
    p("D-18", A::Case, &[], &[]),
    p("D-19", A::Case, &[], &[N::Samples]),
    p("D-20", A::Item, &[], &[N::LimitChanges]),
    p("U-01", A::Source, &["yellow_days"], &[N::SourceHealth]),
    p("U-02", A::Department, &[], &[N::Connections]),
    p("U-03", A::Item, &[], &[N::ProvincialCatalogue]),
    p("U-04", A::County, &["horizon_days"], &[]),
    p("U-05", A::County, &["horizon_days"], &[]),
    p("U-06", A::County, &["hours"], &[N::Uplink]),
    p("U-07", A::Source, &["minutes"], &[N::SourceClock]),
    p("U-08", A::County, &[], &[N::Plugins]),
    p("U-09", A::County, &["days"], &[N::RuleStates]),
    p("U-10", A::Department, &[], &[N::Exclusions]),
    p("O-01", A::Item, &[], &[N::GuidePages]),
    p("O-02", A::Case, &["days"], &[N::ResultPages]),
    p("O-03", A::Publication, &[], &[N::Publications]),
    p("O-04", A::Item, &[], &[N::GuidePages]),
    p("C-01", A::Item, &[], &[N::Catalogue]),
    p("C-02", A::Item, &[], &[N::Catalogue]),
    p("C-03", A::Item, &[], &[N::Catalogue]),
    p("C-04", A::Item, &[], &[N::Catalogue]),
    p("C-05", A::Item, &[], &[N::ProvincialCatalogue]),
    p("C-06", A::Item, &[], &[N::Catalogue]),
    p("C-07", A::Item, &[], &[N::Catalogue]),
    p("K-01", A::Complaint, &["days", "yellow_over"], &[N::Complaints]),
    p("K-02", A::Complaint, &["days", "pre_days", "red_over"], &[N::Complaints]),
    p("K-03", A::Enquiry, &["days", "pre_days", "red_over"], &[N::Enquiries]),
    p("K-04", A::Complaint, &["hours"], &[N::Complaints]),
    p("K-05", A::Complaint, &["days"], &[N::Complaints]),
    p("K-06", A::Department, &["count", "days"], &[N::Complaints]),
    p("K-07", A::Complaint, &[], &[N::Complaints]),
    p("K-08", A::Card, &[], &[N::Cards]),
    p("K-09", A::Department, &["count"], &[N::Cards]),
    p("K-10", A::Order, &[], &[N::Orders]),
    p("E-01", A::Rating, &["days"], &[N::Ratings]),
    p("E-02", A::Rating, &["days"], &[N::Ratings]),
    p("E-03", A::Rating, &["days"], &[N::Ratings]),
    p("E-04", A::Department, &["percent", "min_ratings"], &[N::Ratings]),
    p("E-05", A::Department, &["count", "minutes"], &[N::Ratings]),
    p("E-06", A::Department, &["min_ratings", "permille"], &[N::Ratings]),
    p("E-07", A::Problem, &[], &[N::Verified]),
    p("I-01", A::Problem, &[], &[N::Verified]),
    p("I-02", A::Problem, &[], &[N::Verified]),
    p("I-03", A::Problem, &[], &[N::Verified]),
    p("I-04", A::Problem, &[], &[N::Disciplines]),
    p("I-05", A::Person, &["percent", "min_cases"], &[N::Intermediaries]),
    p("I-06", A::Person, &["min_cases"], &[N::Agents]),
    p("I-07", A::Person, &["percent", "min_cases"], &[N::Agents]),
];

/// Every rule of the program, family by family.
#[must_use]
pub fn program() -> &'static [Program] {
    PROGRAM
}

/// One rule of the program.
pub(super) fn find(id: &str) -> Option<&'static Program> {
    PROGRAM.iter().find(|p| p.id == id)
}

/// The facts a rule needs beyond the records of a case.
#[must_use]
pub fn needs(id: &str) -> &'static [Need] {
    find(id).map_or(&[], |p| p.needs)
}

/// Whether a finding is a warning about a moment: that the moment has passed does not make it untrue, so it is never cleared.
#[must_use]
pub fn is_reminder(id: &str, level: Level) -> bool {
    matches!(id, "T-01" | "T-04" | "S-03") || matches!(id, "K-02" | "K-03") && level == Level::Prewarning
}
