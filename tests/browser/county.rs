//! The long ways through the house, as those who go them: a county begins and comes to its bulletin, a clerk's case comes to its
//! applicant, who rates it, and a refused record is taken up again. Without scripts.

use crate::chromium::Chromium;
use crate::tab::{Kind, Tab};
use daylight::kit::mock::{Fault, Faults, Kind as System, Mock, Plan};
use daylight_domain::Timestamp;
use daylight_domain::clock::ManualClock;
use daylight_domain::role::Role;
use daylight_tests::house::{DESK, House};
use daylight_tests::registers::PASSWORD;
use std::sync::Arc;

const NO_SCRIPTS: Kind = Kind { no_scripts: true, no_policy: false };

fn hears(tab: &Tab, words: &str) {
    let text = tab.text();
    assert!(text.contains(words), "{}: no “{words}” in\n{text}", tab.here());
}

/// Looks at a page again until it says something; a page that never does is a failure.
fn until(tab: &Tab, path: &str, words: &str) {
    for _ in 0..2000 {
        assert_eq!(tab.go(path), Ok(200), "{path}");
        if tab.text().contains(words) {
            return;
        }
    }
    hears(tab, words);
}

async fn as_somebody<'a>(browser: &'a Chromium, house: &House, name: &str, role: Role) -> Tab<'a> {
    let tab = Tab::open(browser, &house.base, NO_SCRIPTS);
    tab.as_session(&house.signed_in(name, role).await);
    tab
}

/// Comes again with the password: nobody stays signed in over weeks.
fn again(tab: &Tab, name: &str, place: &str) {
    assert_eq!(tab.go(place), Ok(200));
    tab.fill("名称", name);
    tab.fill("密码", PASSWORD);
    tab.press("登录");
    assert_eq!(tab.here(), place);
}

/// What stands on a page where it is shown once.
fn shown(tab: &Tab, begins: &str) -> String {
    let text = tab.text();
    let word = text.split_whitespace().find(|word| word.contains(begins));
    word.unwrap_or_else(|| panic!("no {begins} in {text}")).to_owned()
}

fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).expect("a time")
}

/// Somebody comes by a link that works once, and sets a password.
fn comes_by<'a>(browser: &'a Chromium, house: &House, link: &str) -> Tab<'a> {
    let tab = Tab::open(browser, &house.base, NO_SCRIPTS);
    assert_eq!(tab.go(&link[link.find("/sign-in/").expect("an address")..]), Ok(200));
    tab.fill("新密码", PASSWORD);
    tab.fill("再输入一次", PASSWORD);
    tab.press("设置并登录");
    assert_eq!(tab.here(), "/");
    tab
}

/// Who gives rights makes somebody on the page of people and hands on the link that is shown there once.
fn appointed<'a>(
    browser: &'a Chromium,
    house: &House,
    by: &Tab,
    (name, role, department): (&str, &str, &str),
) -> Tab<'a> {
    assert_eq!(by.go("/users"), Ok(200));
    by.fill_in("增加用户", "用户", name);
    by.fill_in("增加用户", "角色", role);
    by.fill_in("增加用户", "部门", department);
    by.press("增加用户");
    assert_eq!(by.here(), format!("/users/{name}"));
    by.press("一次性登录链接");
    comes_by(browser, house, &shown(by, "/sign-in/"))
}

/// The gate of the department as its page shows it: what is asked, what is there, whether it is met.
fn gate(tab: &Tab, next: &str) -> Vec<(String, String, String)> {
    assert_eq!(tab.go("/departments/market"), Ok(200));
    let rows = tab.table(&format!("下一阶段的条件 → {next}"));
    rows.into_iter().map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect()
}

fn met(gate: &[(String, String, String)]) -> Vec<&str> {
    gate.iter().map(|(_, _, met)| met.as_str()).collect()
}

/// The card of a case at a level, from the list; nothing where there is none.
fn card_of(tab: &Tab, case: &str, level: &str) -> Option<String> {
    assert_eq!(tab.go(&format!("/cards?department=market&level={level}&limit=500")), Ok(200));
    // A list without a row has no table.
    let of_case = |row: Vec<String>| (row[4] == case).then(|| row[0].clone());
    tab.text().contains(case).then(|| tab.table("监察卡").into_iter().find_map(of_case)).flatten()
}

/// Everything on the console, and nobody has scripts. Two things are done elsewhere, as they are in a real county: the first link is
/// given at the server, and a department's phase stands in its file, which who runs the machine edits; the house then starts anew on the
/// same database.
#[tokio::test(flavor = "multi_thread")]
async fn a_county_begins_a_department_goes_live_by_its_gate_and_it_comes_to_the_bulletin() {
    let Some(browser) = Chromium::start() else { return };
    let clock = Arc::new(ManualClock::at(at("2026-02-05 09:00")));
    let mut plan = Plan::new(System::Rest, 7).expect("a plan");
    (plan.cases, plan.from, plan.days) = (40, at("2026-02-09 00:00").date(), 53);
    plan.items.retain(|item| item.code == "MK-0102");
    // One case lies where somebody forgot it.
    plan.faults = Faults::none().and("stuck@14").expect("a fault");
    let system = Mock::start(plan, Arc::<ManualClock>::clone(&clock)).await.expect("the department's system");
    let stuck = system.truth().into_iter().find(|h| h.faults.contains(&Fault::Stuck)).expect("it").case_no;
    let mut house = House::at_its_beginning(clock, &system).await;

    // The first administrator comes by the link of the installation, and makes everybody else.
    let first = comes_by(&browser, &house, &format!("/sign-in/{}", house.link("first", Role::SecurityAdmin).await));
    let new = |who| appointed(&browser, &house, &first, who);
    let machine = new(("machine", "system_admin", ""));
    let ming = new(("ming", "supervision", ""));
    let qing = new(("qing", "supervision", ""));
    let lead = new(("lead", "leader", ""));
    let qiang = new(("qiang", "department_leader", "market"));
    let hua = new(("hua", "handler", "market"));

    // The department is being connected. Its system knows another key, and then the one that was agreed.
    system.set_faults(Faults::none().and("login").expect("a fault")).expect("set");
    assert_eq!(met(&gate(&machine, "试运行")), ["达到", "达到", "未达"]);
    hears(&machine, "条件尚未全部达到");
    system.set_faults(Faults::none()).expect("set");
    assert_eq!(met(&gate(&machine, "试运行")), ["达到", "达到", "达到"]);
    hears(&machine, "条件已全部达到，可以进入下一阶段");
    hears(&machine, "phase = \"trial\"");
    house.edit("market", "phase = \"connecting\"", "phase = \"trial\"");
    house.set(at("2026-02-09 08:30"));
    house.restart().await;

    // On trial: it is pulled, and nothing of it counts as enough yet.
    again(&machine, "machine", "/connectors/market");
    machine.press("立即拉取");
    until(&machine, "/pulls?department=market", "完成");
    assert_eq!(met(&gate(&machine, "正式运行")), ["未达", "达到", "达到", "无据"]);
    machine.press("冻结验收报告");
    hears(&machine, "转正式运行的条件尚未全部达到");
    house.live_until(&system, at("2026-02-22 20:30")).await;
    again(&machine, "machine", "/departments/market");
    let now = gate(&machine, "正式运行");
    assert_eq!(met(&now), ["未达", "达到", "达到", "达到"], "{now:?}");
    assert_eq!(now[0].1, "13 天");

    // After its days everything is met: frozen by who runs the machine, signed by one of each side, and by nobody twice.
    house.live_until(&system, at("2026-02-24 09:00")).await;
    again(&machine, "machine", "/departments/market");
    let now = gate(&machine, "正式运行");
    assert_eq!(met(&now), ["达到"; 4], "{now:?}");
    machine.press("冻结验收报告");
    machine.press("YS-market-1");
    hears(&machine, "待签署");
    assert!(!machine.text().contains("签署（"), "who runs the machine signs nothing: {}", machine.text());
    for (tab, name, side) in [(&qiang, "qiang", "部门"), (&ming, "ming", "监察或政务服务中心")] {
        again(tab, name, "/departments");
        assert_eq!(tab.go("/"), Ok(200), "where it says what waits");
        tab.press("验收报告 · 待签署");
        tab.press("YS-market-1");
        tab.press(&format!("签署（{side}）"));
        hears(tab, name);
    }
    hears(&ming, "已签署");
    assert_eq!(ming.go("/"), Ok(200));
    assert!(!ming.text().contains("验收报告 · 待签署"), "nothing is left to sign: {}", ming.text());
    gate(&machine, "正式运行");
    hears(&machine, "phase = \"live\"");
    house.edit("market", "phase = \"trial\"", "phase = \"live\"");
    house.restart().await;
    assert_eq!(machine.go("/departments"), Ok(200));
    let row = machine.table("接入计划").into_iter().find(|row| row[0] == "市场监督管理局").expect("its row");
    assert_eq!((row[1].as_str(), row[6].as_str()), ("正式运行", "—"), "live, and nothing is missing");
    machine.press("市场监督管理局");
    hears(&machine, "已据此上线");
    assert!(!machine.text().contains("没有两方签署的验收报告"), "{}", machine.text());

    // Weeks later somebody's case is over its promise: a yellow card, an order over it, its reply, its end.
    house.live_until(&system, at("2026-03-12 09:00")).await;
    again(&ming, "ming", "/cards");
    let yellow = card_of(&ming, &stuck, "yellow").expect("a yellow card");
    assert_eq!(card_of(&ming, &stuck, "red"), None);
    assert_eq!(ming.go(&format!("/cases/market/{stuck}")), Ok(200));
    hears(&ming, &yellow);
    assert_eq!(ming.go("/orders"), Ok(200));
    ming.fill_in("签发督办", "部门", "market");
    ming.fill_in("签发督办", "督办内容", "请说明超期原因并整改");
    ming.fill_in("签发督办", "监察卡", &yellow);
    ming.press("签发督办");
    let order = ming.here();
    again(&hua, "hua", &order);
    hua.fill_in("回复", "说明", "已补齐人员");
    hua.press("回复");
    hears(&hua, "已补齐人员");
    assert_eq!(ming.go(&order), Ok(200));
    ming.press("认可回复，办结");
    hears(&ming, "已办结");

    // And it lies there still when the law's time is over: a red card, which a person confirms, the department appeals against, and
    // another person revokes.
    house.live_until(&system, at("2026-04-01 09:00")).await;
    again(&ming, "ming", "/cards");
    let red = card_of(&ming, &stuck, "red").expect("a red card");
    let card = format!("/cards/{red}");
    assert_eq!(ming.go(&card), Ok(200));
    ming.press("确认发出");
    again(&hua, "hua", &card);
    hua.fill_in("申诉", "说明", "申请人两次书面要求暂缓");
    hua.press("申诉");
    again(&qing, "qing", &card);
    qing.fill_in("申诉成立，撤销", "说明", "暂缓的书面请求在案");
    qing.press("申诉成立，撤销");
    let steps: Vec<String> = qing.table("经过").into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(steps, ["生成", "签发", "签阅", "申诉", "撤销"]);

    // A month is scored – what was revoked weighs nothing –, shown, and after its days of appeal final; its bulletin is approved by its digest.
    assert_eq!(ming.go("/scores"), Ok(200));
    ming.fill_in("评分", "月份", "2026-03");
    ming.press("评分");
    let ranking = ming.table("排名");
    assert_eq!(ranking.len(), 1, "only who was supervised: {ranking:?}");
    let lines = ming.table("市场监督管理局 · ");
    assert!(lines.iter().any(|l| l[0].starts_with("X2") && l[3].contains("件数(\"T-03\") = 20.00")), "{lines:?}");
    hears(&ming, &stuck);
    let run = ming.here();
    ming.press("向部门开放，开始申诉期");
    house.set(at("2026-04-20 09:00"));
    again(&lead, "lead", &run);
    lead.press("定稿");
    again(&ming, "ming", "/publications");
    ming.fill_in("编制", "种类", "bulletin");
    ming.fill_in("编制", "起始日", "2026-03-01");
    ming.fill_in("编制", "公布范围", "全县各部门");
    ming.press("编制");
    let bulletin = ming.here();
    assert_eq!(lead.go(&bulletin), Ok(200));
    let digest = lead.fact("散列（SHA-256）");
    lead.fill_in("审批公布", "散列（SHA-256）", &digest);
    lead.press("审批公布");
    hears(&lead, "已公布");
    again(&hua, "hua", &bulletin);
    hears(&hua, "绩效通报");
    house.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_from_receipt_to_delivery_and_its_applicant_looks_and_rates() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::empty().await;
    let at_desk = async |name: &str, role: Role| {
        let tab = Tab::open(&browser, &house.base, NO_SCRIPTS);
        tab.as_session(&house.at_desk(name, role).await);
        tab
    };
    let clerk = at_desk("clerk", Role::Clerk).await;
    let hua = at_desk("hua", Role::Handler).await;
    let lead = at_desk("lead", Role::DepartmentLeader).await;
    assert_eq!(clerk.go("/desk/receive?item=CL-0101"), Ok(200));
    clerk.fill("申请人名称", "赵一");
    clerk.fill("证件号码", "11010519491231002X");
    clerk.fill("联系电话", "13800001234");
    clerk.fill("材料齐全", "yes");
    clerk.press("收件");
    let code = clerk.fact("查询码（只显示这一次）");
    clerk.press("办理本件");
    let case = clerk.here();
    let no = case.rsplit('/').next().expect("a number").to_owned();
    clerk.press("受理");
    hears(&clerk, "受理通知书");

    // Step by step, each by whose it is.
    assert_eq!(hua.go(&case), Ok(200));
    hua.fill_in("移交", "移交给", "hua");
    hua.press("移交");
    let pass = |tab: &Tab| {
        assert_eq!(tab.go(&case), Ok(200));
        tab.fill_in("办完转下一环节", "办理意见", "同意");
        tab.press("办完转下一环节");
    };
    pass(&hua);
    pass(&clerk);
    pass(&lead);
    lead.fill_in("作出决定", "准予", "yes");
    lead.fill_in("作出决定", "理由", "符合条件");
    lead.press("作出决定");
    assert_eq!(clerk.go(&case), Ok(200));
    clerk.press("办结");
    clerk.fill_in("送达", "送达方式", "直接送达");
    clerk.fill_in("送达", "领取人", "赵一");
    clerk.press("送达");
    hears(&clerk, "送达回证");
    clerk.press("邀请评价");
    let link = shown(&clerk, "dlr_");

    // The applicant looks how far it is, and rates it, once.
    let anybody = Tab::open(&browser, &house.base, NO_SCRIPTS);
    assert_eq!(anybody.go("/public/progress"), Ok(200));
    anybody.fill("编号", &no);
    anybody.fill("部门", DESK);
    anybody.fill("查询码", &code);
    anybody.press("查询");
    hears(&anybody, "营业性演出审批");
    assert!(!anybody.text().contains("赵一"), "{}", anybody.text());
    let rating = format!("/public/ratings/{}", &link[link.find("dlr_").expect("a link")..]);
    assert_eq!(anybody.go(&rating), Ok(200));
    anybody.fill("非常满意", "yes");
    anybody.press("提交评价");
    hears(&anybody, "已收到评价");
    let centre = as_somebody(&browser, &house, "centre", Role::ServiceCentre).await;
    assert_eq!(centre.go("/ratings"), Ok(200));
    hears(&centre, &no);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_is_taken_up_again_and_its_page_says_what_became_of_it() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::with_data().await;
    let machine = as_somebody(&browser, &house, "machine", Role::SystemAdmin).await;
    assert_eq!(machine.go(&house.place("/quarantine/{refused}")), Ok(200));
    machine.press("重新处理");
    hears(&machine, "重新处理的结果");
}
