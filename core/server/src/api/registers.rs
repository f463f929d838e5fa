//! The routes of the registers: complaints, enquiries, ratings, and what anybody may do without signing in.

use super::public::{Progress, Thanks};
use super::rating::{RatingCounts, RatingLink};
use super::routes::{Access, Route, act, read};
use super::view::Page;
use crate::complaint::{Imported, Slip};
use daylight_domain::complaint::Complaint;
use daylight_domain::enquiry::Enquiry;
use daylight_domain::rating::Rating;
use daylight_domain::role::Right;

const JSON: &str = "application/json";
const LIST: &[&str] = &["department", "state", "waiting", "limit", "after"];

fn step<T: schemars::JsonSchema>(
    of: &str,
    word: &str,
    right: Right,
    summary: &'static str,
    words: &'static str,
) -> Route {
    let mut one = act::<T>("", right, summary, Some((JSON, words)), 200);
    one.path = format!("/api/v1/{of}/{{no}}/{word}").into();
    one
}

fn public<T: schemars::JsonSchema>(path: &'static str, summary: &'static str, words: &'static str) -> Route {
    Route { access: Access::Open, ..act::<T>(path, Right::Complain, summary, Some((JSON, words)), 201) }
}

fn progress(path: &'static str, summary: &'static str) -> Route {
    Route { access: Access::Open, ..read::<Progress>(path, summary, &["code"]) }
}

fn complaints() -> Vec<Route> {
    let step = |word: &str, right, summary, words| step::<Complaint>("complaints", word, right, summary, words);
    let (desk, department) = (Right::Complain, Right::Answer);
    vec![
        read::<Page<Complaint>>(
            "/api/v1/complaints",
            "投诉；投诉人信息遮蔽；joint 只列本部门（department）联办的，最近一年",
            &["department", "state", "waiting", "limit", "after", "joint"],
        ),
        act::<Slip>(
            "/api/v1/complaints",
            desk,
            "登记投诉；查询码只在回答中出现这一次",
            Some((
                JSON,
                "{department, way?, kind?, title, content, object?, case_no?, source_no?, limit?: {days, unit}, complainant?: {name, phone, address?}, confidential?}",
            )),
            201,
        ),
        act::<Imported>(
            "/api/v1/complaints/import",
            desk,
            "导入热线（12345）的工单：投诉与咨询，每个工单登记一次，逐行答复",
            Some(("text/csv", "有表头的 CSV，或每行一个 JSON 对象；UTF-8 或 GB18030")),
            200,
        ),
        read::<Complaint>(
            "/api/v1/complaints/{no}",
            "一件投诉；写明理由（reason）才显示投诉人，并记入审计",
            &["reason"],
        ),
        step("accept", desk, "受理；实名的写明告知内容", "{text?}"),
        step("reject", desk, "不予受理", "{text}"),
        step("route-out", desk, "转往系统之外", "{text}"),
        step("assign", desk, "交办；joint 为联办部门", "{department?, joint?, text?}"),
        step("receive", department, "签收", "{}"),
        step("return", department, "退单，一次", "{text}"),
        step("opinion", department, "联办部门的意见", "{text}"),
        step("ask-extension", department, "申请延期，一次", "{days, text}"),
        step("decide-extension", desk, "决定延期（办理过的人不能决定）", "{allowed, text?}"),
        step("reply", department, "答复", "{text, outcome}"),
        step(
            "review",
            desk,
            "审核答复（办理过的人不能审核）：passed 为真则办结；属实的写明情节轻重（severity）",
            "{passed, severity?, text?}",
        ),
        step("call-back", desk, "回访（办理过的人不能回访）", "{contacted, solved, satisfied, text?}"),
        step("reopen", desk, "重新办理，一次", "{text}"),
        step("archive", desk, "归档", "{}"),
        step("make-public", desk, "审定可以公开的答复（办理过的人不能审定），不写任何个人信息", "{subject, text}"),
        step("make-private", desk, "不再公开", "{text}"),
        step("link", desk, "关联办件、监察卡、调查", "{case_no?, card?, investigation?}"),
    ]
}

fn enquiries() -> Vec<Route> {
    let step = |word: &str, right, summary, words| step::<Enquiry>("enquiries", word, right, summary, words);
    let (desk, department) = (Right::Complain, Right::Answer);
    vec![
        read::<Page<Enquiry>>("/api/v1/enquiries", "咨询；咨询人信息遮蔽", LIST),
        act::<Slip>(
            "/api/v1/enquiries",
            desk,
            "登记咨询；查询码只在回答中出现这一次",
            Some((
                JSON,
                "{department, way?, title, content, item?, case_no?, source_no?, limit?: {days, unit}, asker?: {name, phone}}",
            )),
            201,
        ),
        read::<Enquiry>("/api/v1/enquiries/{no}", "一件咨询；写明理由（reason）才显示咨询人，并记入审计", &["reason"]),
        step("reply", department, "答复", "{text}"),
        step("return", department, "退回，一次", "{text}"),
        step("transfer", desk, "转给另一部门，期限不变", "{department, text?}"),
        step("route-out", desk, "转往系统之外", "{text}"),
        step("close", desk, "办结", "{satisfied?, text?}"),
    ]
}

fn ratings() -> Vec<Route> {
    let step = |word: &str, right, summary, words| step::<Rating>("ratings", word, right, summary, words);
    let (desk, department) = (Right::Complain, Right::Answer);
    vec![
        read::<Page<Rating>>("/api/v1/ratings", "评价；评价人信息遮蔽", LIST),
        read::<Page<RatingCounts>>(
            "/api/v1/ratings/numbers",
            "一段日期内各部门的评价数：默认评价与主动评价分开，缺省为本月",
            &["department", "from", "to"],
        ),
        act::<Rating>(
            "/api/v1/ratings",
            desk,
            "登记评价：1 非常满意 … 5 非常不满意",
            Some((
                JSON,
                "{department, case_no?, satisfaction, channel, round?, text?, window?, device?, rater?: {name, phone}}",
            )),
            201,
        ),
        act::<RatingLink>(
            "/api/v1/ratings/links",
            desk,
            "一件办件的一次性评价链接；只在回答中出现这一次",
            Some((JSON, "{department, case_no}")),
            201,
        ),
        read::<Rating>("/api/v1/ratings/{no}", "一条评价；写明理由（reason）才显示评价人，并记入审计", &["reason"]),
        step("contact", department, "差评：联系核实", "{text}"),
        step("rectify", department, "差评：整改", "{text}"),
        step("appeal", department, "差评：申诉，一次", "{text}"),
        step("call-back", desk, "差评：回访（办理过的人不能回访）", "{satisfied, text?}"),
        step("decide", desk, "复核申诉：upheld 为真则不予采信", "{upheld, text}"),
    ]
}

/// Every route of the registers.
pub(super) fn routes() -> Vec<Route> {
    let mut all = complaints();
    all.extend(enquiries());
    all.extend(ratings());
    all.extend([
        public::<Slip>(
            "/api/v1/public/complaints",
            "网上投诉，无需登录；给出编号与查询码",
            "{department, kind?, title, content, object?, case_no?, complainant?: {name, phone, address?}, confidential?}",
        ),
        progress("/api/v1/public/complaints/{no}", "凭编号与查询码（code）查询投诉的进度；不含个人信息"),
        public::<Slip>(
            "/api/v1/public/enquiries",
            "网上咨询，无需登录；给出编号与查询码",
            "{department, title, content, item?, case_no?, asker?: {name, phone}}",
        ),
        progress("/api/v1/public/enquiries/{no}", "凭编号与查询码（code）查询咨询的答复"),
        public::<Thanks>(
            "/api/v1/public/ratings",
            "评价，无需登录：凭一次性链接，或凭办件编号与查询密码",
            "{link} 或 {department, case_no, code}，及 {satisfaction, round?, text?, rater?: {name, phone}}",
        ),
    ]);
    all
}
