//! The table of routes, from which scopes and the description of the API are both made, and which a test holds against the
//! router and against real answers.

use crate::api::appeal::AppealView;
use crate::api::numbers::StateCount;
use crate::api::person::LinkView;
use crate::api::session::{SessionView, Signed};
use crate::api::view::{CaseView, DepartmentView, Page, Pulling, Pushed, Revoked, StatsView};
use crate::diff::RulesDiff;
use crate::evaluate::{Comparison, ScoreRunBrief, ScoreRunView, Year};
use crate::gate::Gate;
use crate::paths::{CasePath, ItemVariants};
use crate::people::Given;
use crate::stats::MeasureView;
use axum::http::Method;
use daylight_domain::card::Card;
use daylight_domain::evaluation::entry::ScoreEntry;
use daylight_domain::exclusion::ExclusionEntry;
use daylight_domain::investigation::Investigation;
use daylight_domain::item::Item;
use daylight_domain::order::SupervisionOrder;
use daylight_domain::role::Right;
use daylight_domain::rule::ManualRule;
use daylight_domain::sampling::SamplingPlan;
use daylight_store::{
    CaseRow, DeliveryRow, DocumentRow, PluginRow, QuarantineRow, ReconciliationRow, RunRow, TokenRow, UserRow,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Who may use an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody.
    Open,
    /// Anybody who signed in, or holds a token.
    SignedIn,
    /// Who has this right.
    May(Right),
}

/// One operation.
pub(super) struct Route {
    pub method: Method,
    pub path: Cow<'static, str>,
    /// Who may.
    pub access: Access,
    /// In Chinese.
    pub summary: &'static str,
    /// Names of query parameters.
    pub query: &'static [&'static str],
    /// The request's body: media type and what it holds.
    pub body: Option<(&'static str, &'static str)>,
    pub status: u16,
    /// The shape of a good answer; text where there is none.
    pub answer: Option<fn(&mut SchemaGenerator) -> Schema>,
}

fn shape<T: JsonSchema>(all: &mut SchemaGenerator) -> Schema {
    all.subschema_for::<T>()
}

fn open(path: &'static str, summary: &'static str, query: &'static [&'static str]) -> Route {
    Route {
        method: Method::GET,
        path: path.into(),
        access: Access::Open,
        summary,
        query,
        body: None,
        status: 200,
        answer: None,
    }
}

pub(super) fn read<T: JsonSchema>(path: &'static str, summary: &'static str, query: &'static [&'static str]) -> Route {
    Route {
        method: Method::GET,
        path: path.into(),
        access: Access::May(Right::Read),
        summary,
        query,
        body: None,
        status: 200,
        answer: Some(shape::<T>),
    }
}

pub(super) fn act<T: JsonSchema>(
    path: &'static str,
    right: Right,
    summary: &'static str,
    body: Option<(&'static str, &'static str)>,
    status: u16,
) -> Route {
    Route {
        method: Method::POST,
        path: path.into(),
        access: Access::May(right),
        summary,
        query: &[],
        body,
        status,
        answer: Some(shape::<T>),
    }
}

fn card(path: &'static str, right: Right, summary: &'static str) -> Route {
    act::<Card>(path, right, summary, Some(("application/json", "{text, upheld?}")), 200)
}

fn order(path: &'static str, right: Right, summary: &'static str) -> Route {
    act::<SupervisionOrder>(path, right, summary, Some(("application/json", "{text, days?}")), 200)
}

fn inquiry(act: &'static str, right: Right, summary: &'static str, words: &'static str) -> Route {
    let mut one = self::act::<Investigation>("", right, summary, Some(("application/json", words)), 200);
    one.path = format!("/api/v1/investigations/{{no}}/{act}").into();
    one
}

fn score(act: &'static str, right: Right, summary: &'static str, words: &'static str) -> Route {
    let mut one = self::act::<ScoreRunView>("", right, summary, Some(("application/json", words)), 200);
    one.path = format!("/api/v1/score-runs/{{id}}/{act}").into();
    one
}

fn entry(act: &'static str, right: Right, summary: &'static str, words: &'static str) -> Route {
    let mut one = self::act::<ScoreEntry>("", right, summary, Some(("application/json", words)), 200);
    one.path = format!("/api/v1/manual-entries/{{no}}/{act}").into();
    one
}

fn exclusion(act: &'static str, right: Right, summary: &'static str, words: &'static str) -> Route {
    let mut one = self::act::<ExclusionEntry>("", right, summary, Some(("application/json", words)), 200);
    one.path = format!("/api/v1/exclusions/{{no}}/{act}").into();
    one
}

fn people<T: JsonSchema>(path: &'static str, summary: &'static str) -> Route {
    Route { access: Access::May(Right::People), ..read::<T>(path, summary, &[]) }
}

fn page(path: &'static str, summary: &'static str, query: &'static [&'static str]) -> Route {
    Route { access: Access::May(Right::Read), ..open(path, summary, query) }
}

fn open_stream(path: &'static str, summary: &'static str) -> Route {
    Route {
        method: Method::GET,
        path: path.into(),
        access: Access::May(Right::Read),
        summary,
        query: &["after"],
        body: None,
        status: 200,
        answer: None,
    }
}

/// Every operation.
pub(super) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let mut all = vec![
        open("/livez", "进程在运行", &[]),
        open("/readyz", "可以服务；verbose 列出每项检查", &["verbose"]),
        open("/metrics", "Prometheus 指标", &[]),
        open("/api/v1/openapi.json", "本说明", &[]),
        read::<Page<DepartmentView>>("/api/v1/departments", "部门：阶段、连接器、最近收到、数量", &[]),
        read::<Gate>("/api/v1/departments/{id}/gate", "进入下一阶段的条件与实际", &[]),
        act::<Pulling>("/api/v1/departments/{id}/pulls", Right::Operate, "立即拉取，返回运行编号", None, 202),
        read::<RunRow>("/api/v1/pulls/{run}", "一次运行", &[]),
        read::<Page<CaseRow>>(
            "/api/v1/cases",
            "办件",
            &["department", "state", "item", "open", "due_from", "due_before", "card", "order", "limit", "after"],
        ),
        read::<CaseView>(
            "/api/v1/cases/{department}/{case_no}",
            "一个办件：事件、时限、发现、监察卡；写明理由（reason）才显示个人信息，并记入审计",
            &["reason"],
        ),
        read::<CasePath>(
            "/api/v1/cases/{department}/{case_no}/path",
            "一个办件走过的路径：各环节的等待与办理、返工、并行、偏离（含规则编号）",
            &[],
        ),
        read::<Page<Card>>(
            "/api/v1/cards",
            "监察卡",
            &["level", "state", "standing", "department", "waiting", "limit", "after"],
        ),
        act::<Card>(
            "/api/v1/cards",
            Right::Supervise,
            "人工发牌；红牌待另一人确认",
            Some(("application/json", "{rule, department, case_no?, object?, text}：rule 为人工规则 M-01…")),
            201,
        ),
        read::<Page<AppealView>>(
            "/api/v1/appeals",
            "申诉：对监察卡的、对评分的（kind 为 card、score）；state 为 open、upheld、overturned",
            &["kind", "state", "department", "waiting", "limit", "after"],
        ),
        read::<Page<StateCount>>(
            "/api/v1/numbers/{kind}",
            "各状态的件数：cards、supervision-orders、investigations、sampling-plans、complaints、enquiries、ratings、manual-entries、exclusions",
            &["department"],
        ),
        read::<Page<ManualRule>>("/api/v1/manual-rules", "人工发牌的规则", &[]),
        read::<Card>("/api/v1/cards/{no}", "一张监察卡", &[]),
        card("/api/v1/cards/{no}/confirm", Right::Supervise, "确认发牌"),
        card("/api/v1/cards/{no}/cancel", Right::Supervise, "取消待发的卡"),
        card("/api/v1/cards/{no}/close", Right::Supervise, "认可反馈，办结"),
        card("/api/v1/cards/{no}/decide", Right::Supervise, "决定申诉：upheld 为真则维持"),
        card("/api/v1/cards/{no}/revoke", Right::Supervise, "撤销"),
        card("/api/v1/cards/{no}/read", Right::Answer, "部门签阅"),
        card("/api/v1/cards/{no}/feedback", Right::Answer, "部门反馈"),
        card("/api/v1/cards/{no}/appeal", Right::Answer, "部门申诉"),
        page("/api/v1/cards/{no}/paper", "监察通知，供打印", &[]),
        page("/api/v1/supervision-orders/{no}/paper", "催办通知、督办通知书，供打印", &[]),
        page("/api/v1/investigations/{no}/paper", "调查通知书、结论、监察建议书等，供打印", &["paper"]),
        read::<Page<SupervisionOrder>>(
            "/api/v1/supervision-orders",
            "督办：催办、督办单、交办",
            &["department", "state", "due_before", "waiting", "limit", "after"],
        ),
        act::<SupervisionOrder>(
            "/api/v1/supervision-orders",
            Right::Order,
            "发出督办",
            Some((
                "application/json",
                "{kind, department, content, cards?, days?}：days 为回复的工作日数，缺省催办 1、其余 3",
            )),
            201,
        ),
        read::<SupervisionOrder>("/api/v1/supervision-orders/{no}", "一件督办", &[]),
        order("/api/v1/supervision-orders/{no}/issue", Right::Order, "签发系统拟出的督办"),
        order("/api/v1/supervision-orders/{no}/decline", Right::Order, "不予督办"),
        order("/api/v1/supervision-orders/{no}/return", Right::Order, "退回，另定回复期限"),
        order("/api/v1/supervision-orders/{no}/close", Right::Order, "认可回复，办结"),
        order("/api/v1/supervision-orders/{no}/withdraw", Right::Order, "撤回"),
        order("/api/v1/supervision-orders/{no}/reply", Right::Answer, "部门回复"),
        read::<Page<Investigation>>(
            "/api/v1/investigations",
            "调查",
            &["department", "state", "due_before", "waiting", "limit", "after"],
        ),
        act::<Investigation>(
            "/api/v1/investigations",
            Right::Investigate,
            "提出立项",
            Some((
                "application/json",
                "{department, origin, refs?, subject}：origin 为 cards、order、complaint、report、assigned、sampling",
            )),
            201,
        ),
        read::<Investigation>("/api/v1/investigations/{no}", "一件调查", &[]),
        inquiry(
            "approve",
            Right::Approve,
            "立项（提出的人不能审批）",
            "{team, text?, days?}：team 两人以上，第一人主办",
        ),
        inquiry("decline", Right::Approve, "不予立项", "{text}"),
        inquiry("team", Right::Approve, "调整调查组", "{team, text}"),
        inquiry("notify", Right::Investigate, "通知部门", "{text, days?}"),
        inquiry("state", Right::Answer, "部门陈述申辩", "{text}"),
        inquiry("evidence", Right::Investigate, "列入证据", "{digest, text}：digest 为已加入的文件"),
        inquiry("conclude", Right::Investigate, "作出结论", "{outcome, text, basis, problem?}"),
        inquiry("measure", Right::Investigate, "采取措施；监察建议、移交线索只限监委", "{kind, text, days?}"),
        inquiry("reply", Right::Answer, "部门答复措施", "{measure, text}"),
        inquiry("accept", Right::Investigate, "认可答复", "{measure, days?}"),
        inquiry("return", Right::Investigate, "退回答复", "{measure, text, days?}"),
        inquiry("revisit", Right::Investigate, "回访", "{corrected, text}"),
        inquiry("close", Right::Investigate, "归档", "{text?}"),
        read::<Page<DocumentRow>>("/api/v1/investigations/{no}/documents", "文件", &[]),
        Route {
            query: &["name"],
            ..act::<DocumentRow>(
                "/api/v1/investigations/{no}/documents",
                Right::Read,
                "加入文件，按散列保存",
                Some(("application/octet-stream", "文件的内容")),
                201,
            )
        },
        Route {
            answer: None,
            ..read::<DocumentRow>("/api/v1/investigations/{no}/documents/{digest}", "取回文件，核对散列", &[])
        },
        read::<Page<SamplingPlan>>("/api/v1/sampling-plans", "抽查", &["state", "limit", "after"]),
        act::<SamplingPlan>(
            "/api/v1/sampling-plans",
            Right::Supervise,
            "抽取样本；种子、总体的件数与散列一并保存",
            Some(("application/json", "{name, population: {department?, item?, from, to}, size, seed?, form?}")),
            201,
        ),
        read::<SamplingPlan>("/api/v1/sampling-plans/{no}", "一次抽查", &[]),
        act::<SamplingPlan>(
            "/api/v1/sampling-plans/{no}/checks",
            Right::Supervise,
            "登记一件的检查结果",
            Some((
                "application/json",
                "{department, case_no, authentic, timely, complete, accurate, lawful?, deductions?, text}",
            )),
            200,
        ),
        act::<SamplingPlan>(
            "/api/v1/sampling-plans/{no}/close",
            Right::Supervise,
            "结束抽查",
            Some(("application/json", "{text?}")),
            200,
        ),
        Route {
            access: Access::Open,
            ..act::<Signed>(
                "/api/v1/session",
                Right::Read,
                "登录：名称与密码，或一次性链接与要设的密码",
                Some(("application/json", "{name, password} 或 {link, password}")),
                201,
            )
        },
        Route {
            access: Access::SignedIn, ..read::<SessionView>("/api/v1/session", "我是谁，可以做什么", &[])
        },
        Route {
            method: Method::DELETE,
            access: Access::SignedIn,
            ..read::<SessionView>("/api/v1/session", "退出", &[])
        },
        Route {
            access: Access::SignedIn,
            ..act::<SessionView>(
                "/api/v1/session/password",
                Right::Read,
                "更换密码；其他会话随即结束",
                Some(("application/json", "{old, new}")),
                200,
            )
        },
        people::<Page<UserRow>>("/api/v1/users", "用户"),
        act::<UserRow>(
            "/api/v1/users",
            Right::People,
            "增加用户",
            Some(("application/json", "{name, role, department?}")),
            201,
        ),
        act::<UserRow>("/api/v1/users/{name}/disable", Right::People, "停用，并撤销其令牌与会话", None, 200),
        act::<UserRow>("/api/v1/users/{name}/enable", Right::People, "恢复", None, 200),
        act::<UserRow>("/api/v1/users/{name}/unlock", Right::People, "解除登录锁定", None, 200),
        act::<LinkView>("/api/v1/users/{name}/link", Right::People, "一次性登录链接", None, 201),
        people::<Page<TokenRow>>("/api/v1/tokens", "令牌与会话，不含密钥"),
        act::<Given>(
            "/api/v1/tokens",
            Right::People,
            "发放令牌；密钥只在回答中出现这一次",
            Some(("application/json", "{user, name, scopes?, days?}")),
            201,
        ),
        act::<Revoked>("/api/v1/tokens/{id}/revoke", Right::People, "撤销令牌", None, 200),
        open_stream("/api/v1/events", "实时：新发与变化的监察卡（server-sent events，可由 Last-Event-ID 续传）"),
        read::<Item>("/api/v1/items/{code}", "事项", &[]),
        Route {
            method: Method::GET,
            path: "/api/v1/items/{code}/flow.svg".into(),
            access: Access::May(Right::Read),
            summary: "运行流程图（SVG）；给出 case_no（与 department）时标出该办件的路径，给出 from、to 时标出各条连线的走过次数",
            query: &["department", "case_no", "from", "to", "version"],
            body: None,
            status: 200,
            answer: None,
        },
        read::<ItemVariants>(
            "/api/v1/items/{code}/variants",
            "一段日期内开始的办件走过的各种路径：件数、占比、按时率、中位时长、是否符合流程图；缺省为最近一年",
            &["department", "from", "to", "limit"],
        ),
        read::<Page<QuarantineRow>>(
            "/api/v1/quarantine",
            "未被接受的记录",
            &["department", "state", "code", "limit", "after"],
        ),
        read::<Page<ReconciliationRow>>("/api/v1/reconciliations", "日对账", &["department", "limit"]),
        act::<Pushed>(
            "/api/v1/exchange/{department}/batches",
            Right::Push,
            "推送交换记录，逐条回执",
            Some(("application/x-ndjson", "每行一条记录；或 JSON 数组")),
            200,
        ),
        read::<StatsView>(
            "/api/v1/stats",
            "一段日期内的数量、按时率、时长与各项指标基数",
            &["from", "to", "department", "item", "window", "region", "group", "compare"],
        ),
        read::<Page<MeasureView>>("/api/v1/measures", "指标基数的词汇表", &[]),
        read::<Page<ScoreEntry>>(
            "/api/v1/manual-entries",
            "人工录入的得分",
            &["department", "state", "waiting", "limit", "after"],
        ),
        act::<ScoreEntry>(
            "/api/v1/manual-entries",
            Right::Score,
            "录入得分，凭文件；批准后计入此后的评分",
            Some((
                "application/json",
                "{standard, department, period, indicator, points, reason, document}；处分：indicator 为 discipline，period 为年份，sanction 代替 points",
            )),
            201,
        ),
        read::<ScoreEntry>("/api/v1/manual-entries/{no}", "一条人工录入", &[]),
        entry("approve", Right::Approve, "批准（录入的人不能审核）", "{text?}"),
        entry("decline", Right::Approve, "不批准", "{text}"),
        entry("withdraw", Right::Score, "撤回", "{text}"),
        read::<Page<ExclusionEntry>>(
            "/api/v1/exclusions",
            "统计排除登记",
            &["department", "state", "waiting", "limit", "after"],
        ),
        act::<ExclusionEntry>(
            "/api/v1/exclusions",
            Right::Score,
            "申请统计排除，凭文件；批准后各报告注明",
            Some(("application/json", "{department, item?, from, to, reason, document}")),
            201,
        ),
        read::<ExclusionEntry>("/api/v1/exclusions/{no}", "一条统计排除", &[]),
        exclusion("approve", Right::Approve, "批准（申请的人不能审核）", "{text?}"),
        exclusion("decline", Right::Approve, "不批准", "{text}"),
        exclusion("end", Right::Score, "提前结束；to 为新的末日", "{to, text}"),
        exclusion("withdraw", Right::Score, "撤回：此后的统计不再排除", "{text}"),
        read::<Page<ScoreRunBrief>>("/api/v1/score-runs", "评分", &["limit"]),
        act::<ScoreRunView>(
            "/api/v1/score-runs",
            Right::Score,
            "按一个标准为一个月评分",
            Some(("application/json", "{standard, period, department?, shadow?}")),
            201,
        ),
        read::<ScoreRunView>("/api/v1/score-runs/{id}", "一次评分：算出的、做过的、现在算数的", &[]),
        score("open", Right::Score, "进入申诉期，部门可见", "{days?}"),
        score("appeal", Right::Answer, "部门对一行得分提出申诉", "{line, text, evidence?}"),
        score(
            "decide",
            Right::Supervise,
            "决定申诉（运行评分的人不能决定）",
            "{appeal, text, corrected_to?}：不给 corrected_to 即维持；单位百分之一分",
        ),
        score("finalise", Right::Approve, "定稿（运行评分的人不能批准）", "{text?}"),
        score("publish", Right::Approve, "公布", "{text?}"),
        score("withdraw", Right::Approve, "撤回", "{text}"),
        read::<Comparison>(
            "/api/v1/score-runs/{id}/compare/{other}",
            "两次评分之间什么变了、为什么：名次、各指标两边的分子分母与说明；两个标准之间按维度",
            &[],
        ),
        read::<Year>(
            "/api/v1/score-years/{standard}/{year}",
            "年度（2026）、半年（2026-H1）、季度（2026-Q3）：已定稿各月的平均，年度减去处分扣分",
            &[],
        ),
        act::<RulesDiff>(
            "/api/v1/rules/diff",
            Right::Supervise,
            "拟改的计时方式或规则对过去几个月会有什么不同；只比较，什么也不写入",
            Some((
                "application/json",
                "{clock_mode?, overrides?: [{rule, params?, enabled?, level?, levels?, item?, department?, from?, to?, reason}], months?, department?}：months 缺省 3",
            )),
            200,
        ),
        Route {
            access: Access::May(Right::Operate),
            ..read::<Page<DeliveryRow>>(
                "/api/v1/deliveries",
                "通知记录，新的在前",
                &["channel", "state", "limit", "after"],
            )
        },
        act::<DeliveryRow>("/api/v1/deliveries/{id}/retry", Right::Operate, "重发一条已放弃的通知", None, 200),
        read::<Page<PluginRow>>("/api/v1/plugins", "插件", &[]),
    ];
    all.extend(super::registers::routes());
    all.extend(super::desk::routes());
    all.extend(super::system::routes());
    all.extend(super::publication::routes());
    all.extend(super::export::routes());
    all.extend(super::gate::routes());
    all.extend(super::item::routes());
    all.extend(super::guide::routes());
    all.extend(super::today::routes());
    all.extend(super::screen::routes());
    all
});

/// The operation of a request; nothing where there is none.
pub(super) fn route_of(method: &Method, path: &str) -> Option<&'static Route> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    ROUTES.iter().find(|r| r.method == *method && r.path == path)
}

/// What a query parameter is.
fn parameter(name: &str) -> Value {
    let (schema, text) = match name {
        "limit" => (json!({ "type": "integer", "minimum": 1, "maximum": 1000 }), "最多几条，缺省 100"),
        "after" => (json!({ "type": "string" }), "上一页回答中的 next"),
        "level" | "card" => (json!({ "enum": ["hint", "prewarning", "yellow", "red"] }), "级别"),
        "due_before" => (json!({ "type": "string" }), "期限早于此时刻"),
        "from" | "to" => (json!({ "type": "string", "format": "date" }), "日期，含当日"),
        "department" => (json!({ "type": "string" }), "部门编号"),
        "state" => (json!({ "type": "string" }), "状态"),
        "waiting" => (json!({ "enum": ["mine"] }), "mine：只要等待本人办理的"),
        "kind" => (json!({ "type": "string" }), "类别"),
        "format" => (json!({ "enum": ["csv", "xlsx", "json"] }), "文件格式，缺省 csv"),
        "channel" => (json!({ "type": "string" }), "通道编号"),
        "item" => (json!({ "type": "string" }), "事项编码"),
        "case_no" => (json!({ "type": "string" }), "办件编号"),
        "code" => (json!({ "type": "string" }), "退回代码；公众查询时为查询码"),
        "reason" => (json!({ "type": "string" }), "查看个人信息的理由，记入审计"),
        "name" => (json!({ "type": "string" }), "文件名"),
        "word" => (json!({ "type": "string" }), "查找的词"),
        "task_type" => (json!({ "type": "string" }), "事项类型，代码表 A.1"),
        "fee" => (json!({ "enum": ["true", "false"] }), "是否收费"),
        "version" | "old" | "new" => (json!({ "type": "integer" }), "事项的版本"),
        "year" => (json!({ "type": "integer" }), "年份，缺省为今年"),
        "start" => (json!({ "type": "string" }), "日期或时刻"),
        "unit" => (json!({ "enum": ["working_day", "natural_day", "working_hour"] }), "单位，缺省 working_day"),
        "profile" => (json!({ "enum": ["legal_day", "business_hours_ceil"] }), "计算方式，缺省 legal_day"),
        "under" => (json!({ "type": "string" }), "只要此路径之下的设置，例：departments.market"),
        "actor" => (json!({ "type": "string" }), "操作的人"),
        "action" => (json!({ "type": "string" }), "动作，或其点号前的一段"),
        "object" => (json!({ "type": "string" }), "对象，或其一部分"),
        "paper" => (json!({ "type": "string" }), "notice（缺省）、conclusion，或措施的编号"),
        _ => (json!({}), "有此参数即可"),
    };
    json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": text })
}

fn operation(route: &Route, all: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = route
        .path
        .split('{')
        .skip(1)
        .filter_map(|p| p.split_once('}').map(|(name, _)| name))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(route.query.iter().map(|name| parameter(name)));
    // An answer that is kept would keep a secret, or a file; these are not kept.
    let unkept =
        ["/session", "/link", "/tokens", "/documents", "/screen-links"].iter().any(|end| route.path.contains(end));
    if route.method == Method::POST && !unkept {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "同一键、同一内容再次请求，得到第一次的回答",
        }));
    }
    let good = match route.answer {
        Some(answer) => json!({ "application/json": { "schema": answer(all) } }),
        None if route.path.ends_with(".svg") => json!({ "image/svg+xml": {} }),
        None if route.path.ends_with("/paper") => json!({ "text/html": {} }),
        None if route.path.contains("/files/") || route.path.contains("/exports/") => {
            json!({ "application/octet-stream": {} })
        }
        None if route.path.ends_with("/events") => json!({ "text/event-stream": {} }),
        None => json!({ "text/plain": {} }),
    };
    let problem = json!({ "$ref": "#/components/schemas/Refused" });
    let mut operation = json!({
        "summary": route.summary, "parameters": parameters,
        "security": match route.access {
            Access::Open => json!([]),
            Access::SignedIn => json!([{ "token": [] }]),
            Access::May(right) => json!([{ "token": [right.as_str()] }]),
        },
        "responses": {
            route.status.to_string(): { "description": "OK", "content": good },
            "default": { "description": "RFC 9457", "content": { "application/problem+json": { "schema": problem } } },
        },
    });
    if let (Some((media, text)), Some(entry)) = (route.body, operation.as_object_mut()) {
        let body = json!({ "required": true, "description": text, "content": { media: {} } });
        entry.insert("requestBody".to_owned(), body);
    }
    operation
}

/// The description of the API (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12()
        .with(|s| s.definitions_path = "/components/schemas".into())
        .for_serialize();
    let mut all = settings.into_generator();
    let mut paths = serde_json::Map::new();
    for route in ROUTES.iter() {
        let one = operation(route, &mut all);
        if let Some(entry) = paths.entry(route.path.to_string()).or_insert_with(|| json!({})).as_object_mut() {
            entry.insert(route.method.as_str().to_ascii_lowercase(), one);
        }
    }
    let mut schemas = all.take_definitions(true);
    schemas.insert(
        "Refused".to_owned(),
        json!({
            "type": "object", "required": ["type", "status", "code", "detail"],
            "properties": {
                "type": { "type": "string", "description": "本服务上的说明页" },
                "title": { "type": ["string", "null"] },
                "status": { "type": "integer" },
                "code": { "type": "string", "description": "稳定的代码" },
                "detail": { "type": "string", "description": "发生了什么；Accept-Language: en 时为英文" },
                "fix": { "type": ["string", "null"], "description": "怎么办" },
            },
        }),
    );
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Daylight 阳光监察", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0" } },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}
