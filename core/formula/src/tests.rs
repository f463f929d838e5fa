use crate::table::{Points, Table};
use crate::{Facts, Formula, Fraction, Missing};
use proptest::prelude::*;
use serde_json::json;

/// Twelve of 400 late; no flow chart; nothing of the records.
struct County {
    manual: Option<i64>,
}

impl Facts for County {
    fn measure(&self, code: &str) -> Option<(i64, Option<u64>)> {
        match code {
            "finished" => Some((400_000_000, Some(400))),
            "overdue_promise" => Some((12_000_000, Some(400))),
            "flow_broken" => Some((0, Some(0))),
            _ => None,
        }
    }
    fn found(&self, rule: &str) -> u64 {
        if rule == "T-02" { 12 } else { 0 }
    }
    fn cards(&self, level: u8) -> u64 {
        [0, 7, 3, 1].get(usize::from(level)).copied().unwrap_or(0)
    }
    fn manual(&self) -> Option<i64> {
        self.manual
    }
}

fn value(text: &str) -> Result<i64, Missing> {
    let formula = Formula::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    formula.value(&County { manual: None }).map(|n| n.in_parts(100).expect("fits"))
}

#[test]
fn formulas_give_what_a_hand_gives() {
    for (text, hundredths) in [
        ("8 × 最大(0, 1 − 5 × 比率(承诺超期))", 680),
        ("8 * max(0, 1 - 5 * ratio(overdue_promise))", 680),
        ("10 − 2 × 黄牌数 − 5 × 红牌数", -100),
        ("如果(红牌数 > 0 且 非 黄牌数 ≥ 4, 1, 2)", 100),
        ("如果(红牌数 = 0 或 黄牌数 ≠ 2, 1, 2)", 100),
        ("如果(办结数 ≠ 400, 1, 最小(3, 2.5, 4))", 250),
        ("件数(\"T-02\") × 0.5", 600),
        ("分母(承诺超期) / 100", 400),
        ("1 / 3", 33),
        ("2 / 3", 67),
        ("-1 / 200", -1),
        ("1/8 + 1/8 + 3/4", 100),
        ("5％ × 办结数", 2000),
        ("2 − 3 − 4", -500),
        ("100 ÷ 10 ÷ 2", 500),
        ("−−3", 300),
        ("默认(人工录入, 6)", 600),
        ("默认(比率(不合流程图), 1)", 100),
        ("如果(1 < 2, 1, 1 / 0)", 100),
    ] {
        assert_eq!(value(text), Ok(hundredths), "{text}");
    }
    let entered = Formula::parse("6 + 人工录入").expect("a formula");
    assert_eq!(entered.value(&County { manual: Some(-150) }).expect("a value").in_parts(100), Some(450));
}

#[test]
fn what_has_no_value_says_why() {
    assert_eq!(value("比率(不合流程图)"), Err(Missing::Zero));
    assert_eq!(value("1 / (红牌数 − 1)"), Err(Missing::Zero));
    assert_eq!(value("最大(1, 受理数)"), Err(Missing::Measure("accepted")));
    assert_eq!(value("人工录入"), Err(Missing::Manual));
    let nines = "999999999999999999 × 999999999999999999 × 999999999999999999";
    assert_eq!(value(nines), Err(Missing::Size));
    assert_eq!(Missing::Measure("accepted").to_string(), "本县尚无“受理数”的数据");
}

#[test]
fn a_mistake_is_named_with_its_place() {
    for (text, at, part) in [
        ("", 1, "这里应为数"),
        ("8 ×", 4, "这里应为数"),
        ("8 × 办结", 5, "没有名为“办结”的指标基数；有：受理数"),
        ("(1 + 2", 7, "右括号"),
        ("1 2", 3, "运算符"),
        ("1 + (2 > 1)", 5, "这里应为数，却是真假"),
        ("如果(1, 2, 3)", 4, "这里应为真假（比较），却是数"),
        ("如果(1 < 2, 2)", 12, "逗号"),
        ("如果(1 < 2, 2, 3 < 4)", 14, "这里应为数"),
        ("1 < 2", 1, "这里应为数，却是真假"),
        ("比率(3)", 4, "指标基数的名称"),
        ("求和(3)", 1, "没有名为“求和”的函数"),
        ("件数(T-02)", 4, "引号中的规则编号"),
        ("件数(\"T-02)", 4, "引号没有结束"),
        ("1 ; 2", 3, "不认识的字符“;”"),
        ("1234567890123456789012", 1, "数太长"),
    ] {
        let wrong = Formula::parse(text).expect_err(text);
        assert!(wrong.at == at && wrong.message.contains(part), "{text}: {wrong}");
    }
    let deep = format!("{}1{}", "(".repeat(65), ")".repeat(65));
    assert!(Formula::parse(&deep).expect_err("deep").message.contains("太深"));
    assert!(Formula::parse(&"1+".repeat(1500)).expect_err("long").message.contains("太长"));
}

#[test]
fn a_table_names_every_mistake_and_its_indicator() {
    let points = |v: serde_json::Value| serde_json::from_value::<Points>(v).map(|p| p.0).ok();
    assert_eq!(points(json!(8)), Some(800));
    assert_eq!(points(json!("7.5")), Some(750));
    assert_eq!(points(json!("-0.05")), Some(-5));
    for bad in [json!(7.5), json!("7.555"), json!("x"), json!(""), json!("1e3"), json!(null)] {
        assert_eq!(points(bad.clone()), None, "{bad}");
    }
    let line = |id: &str, formula: &str| json!({ "id": id, "name": "甲", "weight": 10, "formula": formula });
    let table = |lines: serde_json::Value| json!({ "name": "标准", "version": "1", "indicators": lines });
    let good = Table::read(&table(json!([line("X1", "10"), line("X2", "10 × 比率(承诺超期)")]))).expect("a table");
    assert_eq!(good.base(), 2000);
    let wrong = Table::read(&table(json!([line("X1", "10 ×"), line("X1", "1")]))).expect_err("two mistakes");
    assert_eq!(wrong.len(), 2);
    assert_eq!(wrong[0].0, "/indicators/0/formula");
    assert!(wrong[0].1.starts_with("指标 X1 的公式，第 5 个字符：这里应为数"), "{}", wrong[0].1);
    assert_eq!(wrong[1].0, "/indicators/1/id");
    assert!(Table::read(&table(json!([]))).is_err());
    assert!(Table::read(&json!({ "indicators": [{ "sql": "x" }] })).is_err());
}

/// An expression in a form that knows nothing of the parser, with its own value.
#[derive(Clone, Debug)]
enum Tree {
    Whole(i64),
    Part(i64, i64),
    Add(Box<Tree>, Box<Tree>),
    Sub(Box<Tree>, Box<Tree>),
    Mul(Box<Tree>, Box<Tree>),
    Div(Box<Tree>, Box<Tree>),
    Min(Box<Tree>, Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Self::Whole(n) => format!("({n})"),
            Self::Part(n, d) => format!("{n}/{d}"),
            Self::Add(a, b) => format!("({} + {})", a.text(), b.text()),
            Self::Sub(a, b) => format!("({} − ({}))", a.text(), b.text()),
            Self::Mul(a, b) => format!("(({})×({}))", a.text(), b.text()),
            Self::Div(a, b) => format!("(({}) ÷ ({}))", a.text(), b.text()),
            Self::Min(a, b) => format!("最小（{}，{}）", a.text(), b.text()),
            Self::If(a, b, c) => format!("if({} < {}, {}, {})", a.text(), b.text(), c.text(), b.text()),
        }
    }

    /// As a pair that is never reduced: above, below.
    fn value(&self) -> Option<(i128, i128)> {
        let less = |(a, b): (i128, i128), (c, d): (i128, i128)| {
            let (left, right) = (a.checked_mul(d)?, c.checked_mul(b)?);
            Some(if (b < 0) == (d < 0) { left < right } else { left > right })
        };
        match self {
            Self::Whole(n) => Some((i128::from(*n), 1)),
            Self::Part(n, d) => Some((i128::from(*n), i128::from(*d))),
            Self::Add(a, b) | Self::Sub(a, b) => {
                let ((a, b), (c, d)) = (a.value()?, b.value()?);
                let c = if matches!(self, Self::Sub(..)) { -c } else { c };
                Some((a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?, b.checked_mul(d)?))
            }
            Self::Mul(a, b) => {
                let ((a, b), (c, d)) = (a.value()?, b.value()?);
                Some((a.checked_mul(c)?, b.checked_mul(d)?))
            }
            Self::Div(a, b) => {
                let ((a, b), (c, d)) = (a.value()?, b.value()?);
                if c == 0 { None } else { Some((a.checked_mul(d)?, b.checked_mul(c)?)) }
            }
            Self::Min(a, b) => {
                let (a, b) = (a.value()?, b.value()?);
                Some(if less(b, a)? { b } else { a })
            }
            Self::If(a, b, c) => {
                if less(a.value()?, b.value()?)? {
                    c.value()
                } else {
                    b.value()
                }
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![(-20i64..20).prop_map(Tree::Whole), (0i64..20, 1i64..9).prop_map(|(n, d)| Tree::Part(n, d))];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = || (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            two().prop_map(|(a, b)| Tree::Add(a, b)),
            two().prop_map(|(a, b)| Tree::Sub(a, b)),
            two().prop_map(|(a, b)| Tree::Mul(a, b)),
            two().prop_map(|(a, b)| Tree::Div(a, b)),
            two().prop_map(|(a, b)| Tree::Min(a, b)),
            (two(), inner.clone().prop_map(Box::new)).prop_map(|((a, b), c)| Tree::If(a, b, c)),
        ]
    })
}

proptest! {
    #[test]
    fn a_formula_is_worth_what_another_evaluator_says(tree in tree()) {
        let text = tree.text();
        let formula = Formula::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
        // A pair that did not fit says nothing; reduced ones may fit.
        if let Some((above, below)) = tree.value() {
            prop_assert_eq!(formula.value(&County { manual: None }).ok(), Fraction::new(above, below), "{}", text);
        }
    }

    #[test]
    fn no_text_breaks_the_reader_and_every_mistake_lies_within_it(
        text in "[0-9.%+×−/()（），,<>=≤且或非如果最大比率办结数承诺超期\"“” a-z-]{0,60}",
    ) {
        match Formula::parse(&text) {
            Ok(formula) => { let _ = formula.value(&County { manual: Some(1) }); }
            Err(wrong) => prop_assert!((1..=text.chars().count() + 1).contains(&wrong.at), "{text}: {wrong}"),
        }
    }

    #[test]
    fn rounding_is_the_nearest_hundredth(above in -1_000_000i64..1_000_000, below in 1i64..1000) {
        let fraction = Fraction::new(i128::from(above), i128::from(below)).expect("a fraction");
        let hundredths = fraction.in_parts(100).expect("fits");
        // |hundredths/100 − above/below| ≤ 1/200
        prop_assert!((hundredths * below - above * 100).abs() * 2 <= below);
    }
}
