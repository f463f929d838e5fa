//! The long ways through the house, as those who go them: a county begins and comes to its bulletin, a clerk's case comes to its
//! applicant, who rates it, and a refused record is taken up again. Without scripts.

use crate::chromium::Chromium;
use crate::tab::{Kind, Tab};
use daylight_domain::Timestamp;
use daylight_domain::role::Role;
use daylight_tests::house::{DESK, House, PASSWORD};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_county_begins_and_comes_to_its_bulletin() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::empty().await;

    // The first administrator comes by a link, makes somebody who supervises, and hands on a link.
    let first = Tab::open(&browser, &house.base, NO_SCRIPTS);
    assert_eq!(first.go(&format!("/sign-in/{}", house.link("first", Role::SecurityAdmin).await)), Ok(200));
    first.fill("新密码", PASSWORD);
    first.fill("再输入一次", PASSWORD);
    first.press("设置并登录");
    assert_eq!(first.go("/users"), Ok(200));
    first.fill_in("增加用户", "用户", "ming");
    first.fill_in("增加用户", "角色", "supervision");
    first.press("增加用户");
    assert_eq!(first.go("/users/ming"), Ok(200));
    first.press("一次性登录链接");
    let link = shown(&first, "/sign-in/");
    let ming = Tab::open(&browser, &house.base, NO_SCRIPTS);
    assert_eq!(ming.go(&link[link.find("/sign-in/").expect("an address")..]), Ok(200));
    ming.fill("新密码", PASSWORD);
    ming.fill("再输入一次", PASSWORD);
    ming.press("设置并登录");
    assert_eq!(ming.here(), "/");

    // The department at the desk went from its trial to live: the board says so.
    let machine = as_somebody(&browser, &house, "machine", Role::SystemAdmin).await;
    assert_eq!(machine.go(&format!("/departments/{DESK}")), Ok(200));
    hears(&machine, "试运行");
    hears(&machine, "正式运行");

    // Data come when somebody pulls.
    assert_eq!(machine.go("/connectors/market"), Ok(200));
    machine.press("立即拉取");
    until(&machine, "/pulls?department=market", "完成");
    house.app.look_at_everything().await.expect("a round");

    // A yellow card, an order over it, its reply, its end.
    assert_eq!(ming.go("/cards?department=market&level=yellow&state=issued"), Ok(200));
    let card = ming.table("监察卡").first().expect("a yellow card")[0].clone();
    assert_eq!(ming.go("/orders"), Ok(200));
    ming.fill_in("签发督办", "部门", "market");
    ming.fill_in("签发督办", "督办内容", "请说明超期原因并整改");
    ming.fill_in("签发督办", "监察卡", &card);
    ming.press("签发督办");
    let order = ming.here();
    let hua = as_somebody(&browser, &house, "hua", Role::Handler).await;
    assert_eq!(hua.go(&order), Ok(200));
    hua.fill_in("回复", "说明", "已补齐人员");
    hua.press("回复");
    hears(&hua, "已补齐人员");
    assert_eq!(ming.go(&order), Ok(200));
    ming.press("认可回复，办结");
    hears(&ming, "已办结");

    // A month is scored, shown, and after its days of appeal final; its bulletin is approved by its digest.
    assert_eq!(ming.go("/scores"), Ok(200));
    ming.fill_in("评分", "月份", "2026-03");
    ming.press("评分");
    hears(&ming, "排名");
    let run = ming.here();
    ming.press("向部门开放，开始申诉期");
    house.set(Timestamp::parse("2026-04-20 09:00").expect("a time"));
    let lead = as_somebody(&browser, &house, "lead", Role::Leader).await;
    assert_eq!(lead.go(&run), Ok(200));
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
