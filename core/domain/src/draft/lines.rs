//! The lists of an item as lines that people read and write: `a | b | c`, one thing a line. What is at the end and empty is left
//! out; `\|` is a stroke that divides nothing.

use crate::item::{FlowEdge, FlowNode, ItemFee, ItemMaterial, ItemSpecial, NodeKind};

/// What a line says that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Line, from 1.
    pub line: usize,
    /// Why.
    pub message: String,
}

/// Something that stands on a line.
pub trait Line: Sized {
    /// The line.
    fn line(&self) -> String;
    /// From the line.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(line: &str) -> Result<Self, String>;
}

/// The lines of a list.
#[must_use]
pub fn lines<T: Line>(all: &[T]) -> Vec<String> {
    all.iter().map(Line::line).collect()
}

/// A list from its lines; empty ones do not count.
///
/// # Errors
/// Every line that cannot be read.
pub fn read<T: Line>(text: &str) -> Result<Vec<T>, Vec<Wrong>> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        match T::read(line) {
            Ok(one) => good.push(one),
            Err(message) => wrong.push(Wrong { line: at + 1, message }),
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(wrong) }
}

fn join(parts: &[String]) -> String {
    let used = parts.iter().rposition(|p| !p.is_empty()).map_or(0, |at| at + 1);
    let parts = parts.iter().take(used).map(|p| p.replace('\\', "\\\\").replace('|', "\\|").replace('\n', " "));
    parts.collect::<Vec<_>>().join(" | ")
}

fn split(line: &str, most: usize) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let mut characters = line.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '|' | '｜' => parts.push(String::new()),
            c => {
                let c = if c == '\\' { characters.next().unwrap_or(c) } else { c };
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    let mut parts: Vec<String> = parts.iter().map(|p| p.trim().to_owned()).collect();
    if parts.len() > most {
        return Err(format!("最多 {most} 栏，这一行有 {} 栏；栏内的竖线写作 \\|", parts.len()));
    }
    parts.resize(most, String::new());
    Ok(parts)
}

fn needed(what: &str, text: &str) -> Result<String, String> {
    if text.is_empty() { Err(format!("缺少{what}")) } else { Ok(text.to_owned()) }
}

fn number(what: &str, text: &str) -> Result<Option<u32>, String> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| format!("{what}“{text}”不是整数")),
    }
}

fn yes(text: &str) -> Result<bool, String> {
    match text {
        "" | "否" | "no" | "false" => Ok(false),
        "是" | "yes" | "true" | "必经" => Ok(true),
        other => Err(format!("“{other}”应为“是”或“否”")),
    }
}

fn said(yes: bool) -> String {
    if yes { "是" } else { "" }.to_owned()
}

/// One of several words, each with its Chinese name.
fn one_of<'a>(what: &str, text: &str, words: &[(&'a str, &str)]) -> Result<&'a str, String> {
    let found = words.iter().find(|(word, zh)| *word == text || *zh == text).map(|(word, _)| *word);
    let all = || words.iter().map(|(word, zh)| format!("{word} {zh}")).collect::<Vec<_>>().join("、");
    found.ok_or_else(|| format!("{what}“{text}”应为：{}", all()))
}

/// How a material is asked for.
pub const REQUIRED: &[(&str, &str)] = &[("mandatory", "必备"), ("optional", "可选"), ("tolerable", "可容缺")];
/// Where a material comes from.
pub const SOURCE: &[(&str, &str)] = &[("applicant", "申请人提交"), ("share", "数据共享"), ("certificate", "证照库")];

/// `name | required | source`
impl Line for ItemMaterial {
    fn line(&self) -> String {
        join(&[self.name.clone(), self.required.clone(), self.source.clone()])
    }

    fn read(line: &str) -> Result<Self, String> {
        let parts = split(line, 3)?;
        let [name, required, source] = parts.as_slice() else { return Err("读不出".to_owned()) };
        let word = |what, text: &str, words| if text.is_empty() { Ok("") } else { one_of(what, text, words) };
        Ok(Self {
            name: needed("材料名称", name)?,
            required: word("要求", required, REQUIRED)?.to_owned(),
            source: word("来源", source, SOURCE)?.to_owned(),
        })
    }
}

/// `kind | basis | days | excluded although article 45 does not list it`
impl Line for ItemSpecial {
    fn line(&self) -> String {
        let days = self.max_days.map(|d| d.to_string()).unwrap_or_default();
        join(&[self.kind.clone(), self.legal_basis.clone(), days, said(self.counts_as_excluded)])
    }

    fn read(line: &str) -> Result<Self, String> {
        let parts = split(line, 4)?;
        let [kind, basis, days, excluded] = parts.as_slice() else { return Err("读不出".to_owned()) };
        let table = crate::code::table("special_kind");
        let words: Vec<(&str, &str)> =
            table.into_iter().flatten().map(|(word, names)| (word.as_str(), names.0.as_str())).collect();
        Ok(Self {
            kind: one_of("特别程序", kind, &words)?.to_owned(),
            legal_basis: needed("依据", basis)?,
            max_days: number("最长工作日数", days)?,
            counts_as_excluded: yes(excluded)?,
        })
    }
}

/// `name | yuan | basis`
impl Line for ItemFee {
    fn line(&self) -> String {
        let yuan = self.amount.map(|fen| format!("{}.{:02}", fen / 100, fen % 100)).unwrap_or_default();
        join(&[self.name.clone(), yuan, self.basis.clone()])
    }

    fn read(line: &str) -> Result<Self, String> {
        let parts = split(line, 3)?;
        let [name, yuan, basis] = parts.as_slice() else { return Err("读不出".to_owned()) };
        Ok(Self { name: needed("收费项目", name)?, amount: fen(yuan)?, basis: basis.clone() })
    }
}

/// Yuan with at most two digits behind the point, as fen.
fn fen(text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || format!("金额“{text}”应为元，最多两位小数");
    let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if yuan.is_empty() || yuan.len() > 12 || rest.len() > 2 || !digits(yuan) || !digits(rest) {
        return Err(wrong());
    }
    let whole: i64 = yuan.parse().map_err(|_| wrong())?;
    let part: i64 = format!("{rest:0<2}").parse().map_err(|_| wrong())?;
    Ok(Some(whole * 100 + part))
}

/// The kinds of nodes.
pub const KINDS: &[(NodeKind, &str, &str)] = &[
    (NodeKind::Start, "start", "开始"),
    (NodeKind::Receive, "receive", "收件"),
    (NodeKind::Accept, "accept", "受理"),
    (NodeKind::Step, "step", "环节"),
    (NodeKind::Branch, "branch", "分支"),
    (NodeKind::Joint, "joint", "并联"),
    (NodeKind::Special, "special", "特别程序"),
    (NodeKind::Hearing, "hearing", "听证"),
    (NodeKind::Decide, "decide", "决定"),
    (NodeKind::Certificate, "certificate", "制证"),
    (NodeKind::Deliver, "deliver", "送达"),
    (NodeKind::End, "end", "结束"),
];

fn list(text: &str) -> Vec<String> {
    text.split(['、', '，', ',']).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// `id | kind | name | days | mandatory | aliases | apart from | people | only who is in charge`
impl Line for FlowNode {
    fn line(&self) -> String {
        let kind = KINDS.iter().find(|(kind, ..)| *kind == self.kind).map_or("", |(_, word, _)| word);
        let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        join(&[
            self.id.clone(),
            kind.to_owned(),
            self.name.clone(),
            number(self.limit),
            said(self.mandatory),
            self.aliases.join("、"),
            self.separate_from.join("、"),
            number(self.people),
            said(self.leader),
        ])
    }

    fn read(line: &str) -> Result<Self, String> {
        let parts = split(line, 9)?;
        let [id, kind, name, limit, mandatory, aliases, apart, people, leader] = parts.as_slice() else {
            return Err("读不出".to_owned());
        };
        let words: Vec<(&str, &str)> = KINDS.iter().map(|(_, word, zh)| (*word, *zh)).collect();
        let word = one_of("种类", kind, &words)?;
        let kind = KINDS.iter().find(|(_, w, _)| *w == word).map_or(NodeKind::Step, |(kind, ..)| *kind);
        Ok(Self {
            id: needed("节点编号", id)?,
            kind,
            name: needed("节点名称", name)?,
            aliases: list(aliases),
            mandatory: yes(mandatory)?,
            limit: number("时限", limit)?,
            separate_from: list(apart),
            people: number("人数", people)?,
            leader: yes(leader)?,
        })
    }
}

/// `from -> to : condition`
impl Line for FlowEdge {
    fn line(&self) -> String {
        let condition = self.condition.replace('\n', " ");
        if condition.is_empty() {
            format!("{} -> {}", self.from, self.to)
        } else {
            format!("{} -> {} : {condition}", self.from, self.to)
        }
    }

    fn read(line: &str) -> Result<Self, String> {
        let wrong = || "应写作“从 -> 到 : 条件”，条件可以不写".to_owned();
        let (from, rest) = line.split_once("->").or_else(|| line.split_once('→')).ok_or_else(wrong)?;
        let (to, condition) = rest.split_once([':', '：']).unwrap_or((rest, ""));
        let (from, to) = (needed("起点", from.trim())?, needed("终点", to.trim())?);
        Ok(Self { from, to, condition: condition.trim().to_owned() })
    }
}
