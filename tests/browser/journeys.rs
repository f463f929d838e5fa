//! What people come for, from the first page to the last, by the mouse and the keyboard.

use crate::chromium::Chromium;
use crate::tab::{Kind, Tab};
use daylight_domain::role::Role;
use daylight_tests::house::House;
use daylight_tests::registers::PASSWORD;

const NO_SCRIPTS: Kind = Kind { no_scripts: true, no_policy: false };

fn hears(tab: &Tab, words: &str) {
    let text = tab.text();
    assert!(text.contains(words), "{}: no “{words}” in\n{text}", tab.here());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_comes_by_a_link_and_comes_again_by_a_password() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::empty().await;
    let secret = house.link("first", Role::SecurityAdmin).await;
    let tab = Tab::open(&browser, &house.base, NO_SCRIPTS);

    assert_eq!(tab.go(&format!("/sign-in/{secret}")), Ok(200));
    tab.fill("新密码", PASSWORD);
    tab.fill("再输入一次", "another one 2026");
    tab.press("设置并登录");
    hears(&tab, "两次输入的密码不同");
    tab.fill("新密码", PASSWORD);
    tab.fill("再输入一次", PASSWORD);
    tab.press("设置并登录");
    assert_eq!(tab.here(), "/");
    assert_eq!(tab.go("/sign-in"), Ok(200));
    hears(&tab, "first（安全管理员）");
    tab.press("退出");
    assert_eq!(tab.here(), "/sign-in");

    // The link was for once.
    assert_eq!(tab.go(&format!("/sign-in/{secret}")), Ok(401));
    hears(&tab, "登录链接无效、已用过或已过期");
    tab.fill("名称", "first");
    tab.fill("密码", "not this one");
    tab.press("登录");
    hears(&tab, "名称或密码");
    tab.fill("密码", PASSWORD);
    tab.press("登录");
    assert_eq!(tab.here(), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_signed_in_comes_to_where_he_wanted_to_go() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::empty().await;
    house.signed_in("ming", Role::Supervision).await;
    let tab = Tab::open(&browser, &house.base, Kind::default());
    assert_eq!(tab.go("/cards?level=red"), Ok(200));
    assert!(tab.here().starts_with("/sign-in?next="), "{}", tab.here());
    tab.fill("名称", "ming");
    tab.fill("密码", PASSWORD);
    tab.press("登录");
    assert_eq!(tab.here(), "/cards?level=red");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_card_is_confirmed_answered_appealed_and_decided_by_another_person() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::with_data().await;
    let as_somebody = async |name: &str, role: Role| {
        let tab = Tab::open(&browser, &house.base, NO_SCRIPTS);
        tab.as_session(&house.signed_in(name, role).await);
        tab
    };
    let ming = as_somebody("ming", Role::Supervision).await;
    let qing = as_somebody("qing", Role::Supervision).await;
    let hua = as_somebody("hua", Role::Handler).await;
    let no = &house.facts["pending"];
    let place = format!("/cards/{no}");

    // From the overview to the cards that wait, to this one.
    assert_eq!(ming.go("/"), Ok(200));
    assert_eq!(ming.table("部门").len(), house.app.config.departments.len());
    ming.press("监察卡");
    ming.fill("状态", "待发");
    ming.fill("部门", "market");
    ming.press("筛选");
    let waiting = ming.table("监察卡");
    assert!(waiting.iter().any(|row| row[0] == *no), "{waiting:?}");
    ming.press(no);
    assert_eq!(ming.here(), place);
    ming.press("确认发出");
    hears(&ming, "已发");

    assert_eq!(hua.go(&place), Ok(200));
    hua.fill_in("反馈", "说明", "已补齐材料，当日办结");
    hua.press("反馈");
    hears(&hua, "已补齐材料，当日办结");
    hua.fill_in("申诉", "说明", "系统上报延迟");
    hua.press("申诉");
    hears(&hua, "系统上报延迟");

    // Who confirmed it does not decide.
    assert_eq!(ming.go(&place), Ok(200));
    assert!(!ming.text().contains("申诉成立，撤销"), "{}", ming.text());
    assert_eq!(qing.go(&place), Ok(200));
    qing.fill_in("申诉成立，撤销", "说明", "上报记录证明按时办结");
    qing.press("申诉成立，撤销");
    let steps: Vec<String> = qing.table("经过").into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(steps, ["生成", "签发", "签阅", "反馈", "申诉", "撤销"]);
    hears(&qing, "上报记录证明按时办结");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_leads_to_the_deduction_and_the_case() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::with_data().await;
    let tab = Tab::open(&browser, &house.base, NO_SCRIPTS);
    tab.as_session(&house.signed_in("ming", Role::Supervision).await);
    assert_eq!(tab.go("/"), Ok(200));
    tab.press("评价");
    tab.press("评分");
    tab.press("2026-03");
    let ranking = tab.table("排名");
    assert_eq!(ranking.len(), 5, "{ranking:?}");
    let lines = tab.table("市场监督管理局");
    assert!(lines.iter().any(|line| line[0].contains("按期办结率")), "{lines:?}");
}

/// A list says by itself that something changed, where scripts run.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_answered_changes_the_list_somebody_looks_at() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::with_data().await;
    let ming = Tab::open(&browser, &house.base, Kind::default());
    ming.as_session(&house.signed_in("ming", Role::Supervision).await);
    let hua = Tab::open(&browser, &house.base, NO_SCRIPTS);
    hua.as_session(&house.signed_in("hua", Role::Handler).await);
    let no = &house.facts["card"];
    assert_eq!(ming.go("/cards?department=market&limit=500"), Ok(200));
    let state = |tab: &Tab| {
        let row = tab.table("监察卡").into_iter().find(|row| row[0] == *no).expect("the card");
        row[2].clone()
    };
    assert_eq!(state(&ming), "已发");
    ming.listening();
    ming.remember("[data-live]");
    assert_eq!(hua.go(&format!("/cards/{no}")), Ok(200));
    hua.fill_in("反馈", "说明", "已整改");
    hua.press("反馈");
    ming.changes("[data-live]");
    assert_eq!(state(&ming), "已反馈");
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_complains_without_signing_in_and_asks_how_far_it_is() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::empty().await;
    let anybody = Tab::open(&browser, &house.base, NO_SCRIPTS);
    assert_eq!(anybody.go("/public"), Ok(200));
    anybody.press("我要投诉");
    anybody.fill("部门", "market");
    anybody.fill("标题", "等了两个小时");
    anybody.fill("投诉内容", "窗口无人");
    anybody.fill("联系电话", "13800000001");
    anybody.press("提交投诉");
    hears(&anybody, "查询码只在这里显示一次");
    let (no, code) = (anybody.fact("编号"), anybody.fact("查询码"));
    anybody.press("进度查询");
    anybody.fill("编号", &no);
    anybody.fill("查询码", "0000");
    anybody.press("查询");
    assert!(!anybody.text().contains("等了两个小时"), "{}", anybody.text());
    anybody.fill("编号", &no);
    anybody.fill("查询码", &code);
    anybody.press("查询");
    hears(&anybody, &no);
    assert!(!anybody.text().contains("13800000001"), "{}", anybody.text());

    // Inside it stands in the register, and who complained is masked.
    let centre = Tab::open(&browser, &house.base, NO_SCRIPTS);
    centre.as_session(&house.signed_in("centre", Role::ServiceCentre).await);
    assert_eq!(centre.go("/complaints"), Ok(200));
    centre.press(&no);
    hears(&centre, "等了两个小时");
    assert!(!centre.text().contains("13800000001"), "{}", centre.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_receives_a_case_on_one_page() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::empty().await;
    let clerk = Tab::open(&browser, &house.base, NO_SCRIPTS);
    clerk.as_session(&house.signed_in("clerk", Role::Clerk).await);
    assert_eq!(clerk.go("/desk/receive"), Ok(200));
    clerk.fill("事项编码或名称", "CL-0101");
    clerk.press("选择事项");
    clerk.fill("申请人名称", "赵一");
    clerk.fill("证件号码", "11010519491231002X");
    clerk.fill("联系电话", "13800001234");
    clerk.fill("材料齐全", "yes");
    clerk.press("收件");
    hears(&clerk, "已收件");
    clerk.press("办理本件");
    hears(&clerk, "收件凭证");
    assert!(!clerk.text().contains("11010519491231002X"), "{}", clerk.text());
    assert_eq!(clerk.go("/desk"), Ok(200));
    assert_eq!(clerk.table("待办").len(), 1, "{}", clerk.text());
}
