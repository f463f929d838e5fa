use super::lines::{Line, lines, read};
use super::*;
use crate::item::{FlowEdge, FlowNode, ItemFee, ItemMaterial, ItemSpecial, Limit, LimitUnit};

fn item() -> Item {
    toml::from_str(
        r#"
        code = "I-1"
        version = 2
        name = "食品经营许可"
        department = "market"
        task_type = "01"
        legal_basis = "食品安全法 35"
        promise_limit = { value = 7, unit = "working_day" }
        valid_from = "2026-05-01"
        materials = [{ name = "申请表", required = "mandatory" }]
        [flow]
        nodes = [{ id = "a", kind = "start", name = "开始" }, { id = "b", kind = "end", name = "办结" }]
        edges = [{ from = "a", to = "b" }]
        "#,
    )
    .expect("an item")
}

fn grave(message: &str) -> Vec<Remark> {
    let (code, field) = ("flow.start".to_owned(), "nodes".to_owned());
    vec![Remark { grave: true, code, field, line: None, message: message.to_owned(), fix: String::new() }]
}

fn submitted() -> ItemDraft {
    let mut one = ItemDraft::begin(item(), Some(1), "hua", Timestamp(1));
    one.act(DraftAct::Submit { remarks: Vec::new(), text: String::new() }, ("hua", Role::Handler), Timestamp(2))
        .expect("submitted");
    one
}

#[test]
fn who_wrote_at_it_does_not_review_it_and_each_office_reviews_its_own() {
    let approve = || DraftAct::Approve { remarks: Vec::new(), text: String::new() };
    let mut one = submitted();
    let by = |who: &'static str, role| (who, role);
    assert_eq!(
        one.act(approve(), by("fa", Role::DevelopmentBureau), Timestamp(3)),
        Err(DraftError::Office(Role::LegalOffice))
    );
    assert_eq!(
        one.act(approve(), by("hua", Role::LegalOffice), Timestamp(3)),
        Err(DraftError::SamePerson("hua".to_owned()))
    );
    let found = DraftAct::Approve { remarks: grave("没有起点"), text: String::new() };
    assert!(matches!(one.act(found, by("li", Role::LegalOffice), Timestamp(3)), Err(DraftError::Incomplete(1, _))));
    assert_eq!(one.state, DraftState::Submitted, "unchanged");
    one.act(approve(), by("li", Role::LegalOffice), Timestamp(3)).expect("approved");
    one.act(DraftAct::Publish, by("system", Role::SystemAdmin), Timestamp(4)).expect("published");
    assert!(one.act(DraftAct::Withdraw { text: "x".to_owned() }, by("hua", Role::Handler), Timestamp(5)).is_err());
    let acts: Vec<&str> = one.steps.iter().map(|s| s.act.as_str()).collect();
    assert_eq!(acts, ["draft", "submit", "approve", "publish"]);
}

#[test]
fn what_is_incomplete_is_not_submitted_and_an_edit_forgets_the_check() {
    let mut one = ItemDraft::begin(item(), Some(1), "hua", Timestamp(1));
    let hua = ("hua", Role::Handler);
    let submit = DraftAct::Submit { remarks: grave("没有起点"), text: String::new() };
    assert!(matches!(one.act(submit, hua, Timestamp(2)), Err(DraftError::Incomplete(1, _))));
    one.act(DraftAct::Check { remarks: grave("没有起点") }, hua, Timestamp(2)).expect("checked");
    assert_eq!((one.remarks.len(), one.checked_at), (1, Some(Timestamp(2))));
    let other = Box::new(Item { code: "I-2".to_owned(), ..item() });
    assert_eq!(one.act(DraftAct::Edit { item: other }, hua, Timestamp(3)), Err(DraftError::Identity));
    let edited = Item { name: "食品经营许可（新办）".to_owned(), ..item() };
    one.act(DraftAct::Edit { item: Box::new(edited) }, ("ma", Role::Handler), Timestamp(3)).expect("edited");
    assert_eq!((one.remarks.len(), one.checked_at), (0, None));
    assert_eq!(one.drafted_by, ["hua", "ma"]);
    assert_eq!(one.steps.last().map(|s| s.text.as_str()), Some("name"));
    let mut one = submitted();
    let back = |text: &str| DraftAct::Return { text: text.to_owned() };
    assert_eq!(one.act(back(" "), ("li", Role::LegalOffice), Timestamp(3)), Err(DraftError::Words));
    one.act(back("依据不全"), ("li", Role::LegalOffice), Timestamp(3)).expect("returned");
    assert_eq!(one.state, DraftState::Returned);
}

#[test]
fn lists_are_read_back_from_their_lines() {
    fn same<T: Line + PartialEq + std::fmt::Debug>(all: &[T]) {
        let text = lines(all).join("\n");
        assert_eq!(read::<T>(&text).expect("read back"), all, "{text}");
    }
    let text = |t: &str| t.to_owned();
    same(&[
        ItemMaterial { name: text("甲|乙\\表"), required: text("tolerable"), source: text("share") },
        ItemMaterial { name: text("丙"), required: String::new(), source: String::new() },
    ]);
    same(&[ItemSpecial {
        kind: text("testing"),
        legal_basis: text("行政许可法 45"),
        max_days: Some(10),
        counts_as_excluded: true,
    }]);
    same(&[ItemFee { name: text("工本费"), amount: Some(1005), basis: text("价字 1") }]);
    same(&[FlowNode {
        id: text("x"),
        kind: crate::item::NodeKind::Step,
        name: text("审核"),
        aliases: vec![text("复核"), text("会签")],
        mandatory: true,
        limit: Some(2),
        separate_from: vec![text("y")],
        people: Some(2),
        leader: true,
    }]);
    same(&[FlowEdge { from: text("a"), to: text("b"), condition: text("金额：大") }]);
    let wrong = read::<FlowNode>("a | start | 开始\n\nb | nothing | 甲\nc | 环节 | 乙 | 三").expect_err("two lines");
    assert_eq!(wrong.iter().map(|w| w.line).collect::<Vec<_>>(), [3, 4]);
    let named = read::<FlowNode>("c | 环节 | 乙 | 3 | 是").expect("in Chinese");
    assert_eq!((named[0].kind, named[0].limit, named[0].mandatory), (crate::item::NodeKind::Step, Some(3), true));
    assert!(read::<ItemFee>("甲 | 1.234").is_err());
    assert_eq!(read::<ItemFee>("甲 | 1.5").expect("yuan")[0].amount, Some(150));
}

#[test]
fn every_difference_is_a_change_of_its_field() {
    let old = item();
    assert_eq!(changes(&old, &old), []);
    let mut new = item();
    new.promise_limit = Some(Limit { value: 5, unit: LimitUnit::WorkingDay });
    new.materials.push(ItemMaterial { name: "平面图".to_owned(), required: String::new(), source: String::new() });
    let found = changes(&old, &new);
    assert_eq!(found.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["promise_limit", "materials"]);
    assert_eq!((found[0].old[0].as_str(), found[0].new[0].as_str()), ("7个工作日", "5个工作日"));
    assert_eq!((found[1].old.len(), found[1].new.as_slice()), (0, ["平面图".to_owned()].as_slice()));
    // Whatever differs in the document is a change.
    let whole = serde_json::to_value(&old).expect("a document");
    for (name, value) in whole.as_object().expect("an object") {
        if ["code", "version"].contains(&name.as_str()) {
            continue;
        }
        let other = match value {
            serde_json::Value::Bool(yes) => serde_json::json!(!yes),
            serde_json::Value::String(_) if name == "valid_from" => serde_json::json!("2026-06-01"),
            serde_json::Value::String(_) if name == "handle_type" => serde_json::json!("instant"),
            serde_json::Value::String(text) => serde_json::json!(format!("{text}x")),
            serde_json::Value::Null if name == "valid_to" => serde_json::json!("2027-01-01"),
            serde_json::Value::Null => serde_json::json!({ "value": 3, "unit": "month" }),
            serde_json::Value::Array(_) if name == "materials" => serde_json::json!([]),
            serde_json::Value::Array(_) => {
                serde_json::json!([{ "kind": "testing", "legal_basis": "x", "max_days": null }])
            }
            _ => serde_json::Value::Null,
        };
        let mut changed = whole.clone();
        changed[name] = other;
        let changed: Item = serde_json::from_value(changed).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!changes(&old, &changed).is_empty(), "{name}");
    }
}
