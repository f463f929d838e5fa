//! What may be done with a case now, each deed a form; and what a form sent, as the act it means.

use super::receive::{codes, marks};
use crate::api::web::form::{body_of, sent};
use crate::api::web::several;
use crate::desk::{DeskCaseView, DeskOpenStep, DeskSettings};
use daylight_console::sheet::{Choice, Field, Form, Kind};
use daylight_console::shell::{Shell, key};
use daylight_console::table::Cell;
use daylight_console::text::{Text, data};
use daylight_domain::desk::{AskKind, DeskActor, MaterialState, NextStep};
use daylight_domain::item::ItemMaterial;
use serde_json::{Map, Value, json};

/// What forms are made from.
pub(super) struct Desk<'a> {
    pub(super) s: &'a Shell,
    pub(super) by: DeskActor<'a>,
    pub(super) settings: &'a DeskSettings,
    pub(super) view: &'a DeskCaseView,
    /// People of the department.
    pub(super) colleagues: Vec<Choice>,
    /// Other departments.
    pub(super) others: Vec<Choice>,
    /// The address of the case.
    pub(super) place: String,
}

/// Acts that bring a case forward, in the order of the work; others stand below. Each with the key that sends it.
const FORWARD: [(&str, Option<char>); 11] = [
    ("accept", Some('a')),
    ("correct", Some('b')),
    ("corrected", Some('c')),
    ("pass", Some('g')),
    ("answer", Some('g')),
    ("allow", Some('v')),
    ("decide", Some('j')),
    ("finish", Some('f')),
    ("deliver", Some('s')),
    ("end-special", Some('e')),
    ("notify", Some('o')),
];
/// Acts that cannot be taken back and end something.
const GRAVE: [&str; 9] =
    ["reject", "lapse", "withdraw", "revoke", "ask-void", "return", "forward-up", "cancel-hearing", "cancel-fee"];
/// 送达方式
const MODES: [(&str, &str); 5] = [
    ("直接送达", key("desk.by_hand")),
    ("邮寄送达", key("desk.by_post")),
    ("电子送达", key("desk.by_wire")),
    ("留置送达", key("desk.by_leaving")),
    ("公告送达", key("desk.by_notice")),
];

/// Whether an act stands above.
pub(super) fn is_forward(form: &Form) -> bool {
    let act = word(form);
    FORWARD.iter().any(|(one, _)| *one == act)
}

/// The act of a form.
pub(super) fn word(form: &Form) -> &str {
    form.action.rsplit('/').next().unwrap_or_default()
}

fn yes_no(yes: &str, no: &str) -> Kind {
    Kind::Row(vec![("true".to_owned(), yes.into()), ("false".to_owned(), no.into())])
}

impl Desk<'_> {
    /// All forms, those that bring the case forward first.
    pub(super) fn forms(&self) -> Vec<Form> {
        let mut all: Vec<Form> = self.view.acts.iter().flat_map(|act| self.of(act)).collect();
        let rank = |form: &Form| FORWARD.iter().position(|(act, _)| *act == word(form)).unwrap_or(FORWARD.len());
        all.sort_by_key(rank);
        // A key is given once.
        let mut given: Vec<char> = Vec::new();
        for form in &mut all {
            let key = FORWARD.iter().find(|(act, _)| *act == word(form)).and_then(|(_, key)| *key);
            form.key = key.filter(|key| !given.contains(key));
            given.extend(form.key);
        }
        if let Some(field) = all.first_mut().and_then(|f| f.fields.iter_mut().find(|f| !matches!(f.kind, Kind::Hidden)))
        {
            field.first = true;
        }
        all
    }

    fn long(&self, name: &str, label: &str) -> Field {
        Field::new(name, label, Kind::Long)
    }

    fn make(&self, act: &str, mut fields: Vec<Field>) -> Form {
        fields.insert(0, Field::hidden("version", self.view.version.to_string()));
        let grave = GRAVE.contains(&act);
        Form { grave, ..Form::new(format!("{}/{act}", self.place), self.s.of("desk_act.", act), fields) }
    }

    /// The forms of an act: one, or one for each thing it may be done to.
    fn of(&self, act: &str) -> Vec<Form> {
        let s = self.s;
        let reason = || self.long("reason", s.t("desk.reason")).needed();
        let remedies = || self.long("remedies", s.t("desk.remedies")).value(&self.settings.remedies);
        let fields = match act {
            "pass" => return self.view.open.iter().map(|step| self.pass(step)).collect(),
            "return" => return self.view.open.iter().filter(|o| !o.back.is_empty()).map(|o| self.back(o)).collect(),
            "allow" => return self.allow(),
            "answer" => return self.answer(),
            "paid" => return self.paid(),
            "unask-joint" | "unask-approval" | "cancel-fee" => return self.take_back(act),
            "materials" => self.materials(|state| state != MaterialState::Received),
            "corrected" => self.materials(|state| state == MaterialState::Missing),
            "correct" => self.correct(),
            "accept" => self.accept(),
            "reject" => vec![reason(), remedies()],
            "begin" => {
                let steps = self.view.next.iter().filter(|n| n.kind == "step").map(|n| (n.node.clone(), data(&n.name)));
                vec![Field::new("node", s.t("desk.node"), Kind::Choice(steps.collect())).needed()]
            }
            "ask" => vec![
                Field::new("department", s.t("desk.asked_department"), Kind::Choice(self.others.clone())).needed(),
                self.long("content", s.t("desk.asked_content")).needed(),
                Field::new("reply_by", s.t("desk.reply_by"), Kind::Day).needed(),
            ],
            "ask-special" => self.ask_special(),
            "ask-extension" => vec![Field::new("days", s.t("desk.days"), Kind::Number).needed(), reason()],
            "ask-void" | "withdraw" | "revoke" => vec![reason()],
            "cancel-hearing" | "rate-again" | "new-code" => {
                vec![Field::new("reason", s.t("desk.reason"), Kind::Line).needed()]
            }
            "notify" => {
                let all = [("special", s.t("desk.special_kind")), ("extension", s.t("desk.extension"))];
                let all = all.map(|(word, text)| (word.to_owned(), text.into())).to_vec();
                vec![Field::new("what", s.t("desk.what"), Kind::Row(all)).needed()]
            }
            "end-special" => vec![self.long("result", s.t("desk.result")).needed()],
            "hearing" => vec![
                Field::new("on", s.t("desk.on"), Kind::Day).needed(),
                Field::new("time", s.t("desk.time"), Kind::Time).needed().value("09:00"),
                Field::new("place", s.t("desk.place"), Kind::Line).needed(),
            ],
            "hold-hearing" => vec![Field::new("minutes", s.t("desk.minutes"), Kind::Line).needed()],
            "forward-up" => vec![
                Field::new("to_org", s.t("desk.to_org"), Kind::Line).needed(),
                self.long("opinion", s.t("desk.opinion")).needed(),
            ],
            "decide" => vec![
                Field::new("granted", s.t("desk.granted"), yes_no(s.t("desk.grant"), s.t("desk.refuse"))).needed(),
                reason(),
                remedies(),
                Field::new("valid_from", s.t("desk.valid_from"), Kind::Day),
                Field::new("valid_to", s.t("desk.valid_to"), Kind::Day),
            ],
            "fee" => self.fee(),
            "deliver" => {
                let modes = MODES.iter().map(|(mode, called)| ((*mode).to_owned(), s.t(called).into())).collect();
                vec![
                    Field::new("mode", s.t("desk.mode"), Kind::Choice(modes)).needed().value("直接送达"),
                    Field::new("collector", s.t("desk.collector"), Kind::Line).needed(),
                ]
            }
            "hand-over" => vec![
                Field::new("to", s.t("desk.hand_to"), Kind::Choice(self.colleagues.clone()))
                    .needed()
                    .value(self.by.user),
                Field::new("reason", s.t("desk.reason"), Kind::Line),
            ],
            // Nothing is said with it: 办结, 补正逾期, 听证申请, 邀请评价.
            _ => Vec::new(),
        };
        vec![self.make(act, fields)]
    }

    fn materials(&self, shown: impl Fn(MaterialState) -> bool) -> Vec<Field> {
        let all = self.view.case.materials.iter().enumerate().filter(|(_, m)| shown(m.state));
        all.map(|(at, m)| {
            let one = ItemMaterial { name: m.name.clone(), required: m.required.clone(), source: String::new() };
            Field::new(format!("m{at}"), data(&m.name), Kind::Row(marks(self.s, &one)))
        })
        .collect()
    }

    fn missing(&self, kind: &str) -> Vec<&str> {
        let all = self.view.case.materials.iter();
        let lacks = all.filter(|m| m.state == MaterialState::Missing && (kind.is_empty() || m.required == kind));
        lacks.map(|m| m.name.as_str()).collect()
    }

    fn correct(&self) -> Vec<Field> {
        let s = self.s;
        let missing = self.missing("");
        let missing = if missing.is_empty() { "—".into() } else { several(s, missing.into_iter().map(data)) };
        let hint = Text::from(s.t("desk.items_hint")).and(missing);
        vec![
            Field::new("items", s.t("desk.items"), Kind::Lines).hint(hint),
            Field::new("due", s.t("desk.last_day"), Kind::Day).hint(s.t("desk.last_day_hint")),
        ]
    }

    /// Choices of the ways on, one for each group.
    fn ways(&self, next: &[NextStep]) -> Vec<Field> {
        let mut groups: Vec<usize> = next.iter().map(|n| n.group).collect();
        groups.dedup();
        let of = |group: usize| {
            let ways: Vec<&NextStep> = next.iter().filter(|n| n.group == group).collect();
            let text = |n: &&NextStep| {
                let name = data(&n.name);
                let when = |name: Text| name.and(self.s.bracketed(data(&n.condition)));
                (n.node.clone(), if n.condition.is_empty() { name } else { when(name) })
            };
            (ways.len() > 1).then(|| {
                Field::new(format!("to{group}"), self.s.t("desk.to"), Kind::Radio(ways.iter().map(text).collect()))
                    .needed()
            })
        };
        groups.into_iter().filter_map(of).collect()
    }

    fn accept(&self) -> Vec<Field> {
        let s = self.s;
        let mut fields = Vec::new();
        if !self.missing("tolerable").is_empty() {
            fields.push(Field::new("promised", s.t("desk.promised"), Kind::Tick));
            let due = Field::new("tolerance_due", s.t("desk.last_day"), Kind::Day).hint(s.t("desk.last_day_hint"));
            fields.push(due);
        }
        fields.extend(self.ways(&self.view.next));
        fields
    }

    fn pass(&self, step: &DeskOpenStep) -> Form {
        let s = self.s;
        let mut fields =
            vec![Field::hidden("step", step.key.to_string()), self.long("opinion", s.t("desk.opinion")).needed()];
        fields.extend(self.ways(&step.next));
        fields.push(Field::new("with", s.t("desk.with"), Kind::Lines).hint(s.t("act.one_a_line")));
        Form { heading: data(&step.name), ..self.make("pass", fields) }
    }

    fn back(&self, step: &DeskOpenStep) -> Form {
        let s = self.s;
        let back = step.back.iter().map(|(node, name)| (node.clone(), data(name)));
        let fields = vec![
            Field::hidden("step", step.key.to_string()),
            Field::new("to", s.t("desk.back_to"), Kind::Choice(back.collect())).needed(),
            self.long("opinion", s.t("desk.reason")).needed(),
            Field::new("with", s.t("desk.with"), Kind::Lines).hint(s.t("act.one_a_line")),
        ];
        Form { heading: data(&step.name), ..self.make("return", fields) }
    }

    fn allow(&self) -> Vec<Form> {
        let s = self.s;
        let waits = |kind: AskKind| self.by.leader || kind == AskKind::Void;
        let open = self.view.case.asks.iter().filter(|a| a.waits() && a.by != self.by.user && waits(a.kind));
        open.map(|ask| {
            let mut fields = vec![
                Field::hidden("key", ask.key.to_string()),
                Field::new("allowed", s.t("desk.allowed"), yes_no(s.t("desk.allow_yes"), s.t("desk.allow_no")))
                    .needed(),
                self.long("text", s.t("desk.text")),
            ];
            if ask.kind == AskKind::Extension {
                fields.push(Field::new("approver", s.t("desk.approver"), Kind::Line));
            }
            let days = if ask.days > 0 { format!(" {} {}", ask.days, s.t("desk.days")) } else { String::new() };
            let heading = s.word(ask.kind.name_zh(), ask.kind.as_str()).and(days).and(s.colon());
            let heading = heading.and(data(&ask.reason)).and(s.bracketed(data(&ask.by)));
            Form { heading, ..self.make("allow", fields) }
        })
        .collect()
    }

    /// To each question its answer: of a part its own, of a main case those that wait for this department.
    fn answer(&self) -> Vec<Form> {
        let s = self.s;
        let part = self.view.case.part.iter().map(|part| (part.key, &part.content));
        let mine = self.view.case.joint.iter().filter(|j| j.department == self.by.department && j.waits());
        let asked = part.chain(mine.map(|one| (one.key, &one.content)));
        asked
            .map(|(key, content)| {
                let fields = vec![
                    Field::hidden("key", key.to_string()),
                    Field::new("agrees", s.t("desk.agrees"), yes_no(s.t("desk.yes"), s.t("desk.no_word"))).needed(),
                    self.long("opinion", s.t("desk.opinion")).needed(),
                ];
                Form { heading: data(content), ..self.make("answer", fields) }
            })
            .collect()
    }

    /// What may be taken back: each with its reason.
    fn take_back(&self, act: &str) -> Vec<Form> {
        let (case, by) = (&self.view.case, self.by);
        let all: Vec<(u32, Text)> = match act {
            "unask-joint" => {
                let mine = case.joint.iter().filter(|j| j.waits() && (by.leader || j.asked_by == by.user));
                mine.map(|j| (j.key, data(j.called()).and(self.s.colon()).and(data(&j.content)))).collect()
            }
            "unask-approval" => {
                let mine = case.asks.iter().filter(|a| a.waits() && a.by == by.user);
                let called = |kind: AskKind| self.s.word(kind.name_zh(), kind.as_str());
                mine.map(|a| (a.key, called(a.kind).and(self.s.colon()).and(data(&a.reason)))).collect()
            }
            _ => {
                let open = case.fees.iter().filter(|f| f.cancelled.is_none() && (f.waits() || f.amount == 0));
                open.map(|f| (f.key, data(&f.item).and(" ").and(Cell::hundredths(f.amount).say()))).collect()
            }
        };
        let form = |(key, heading): (u32, Text)| {
            let reason = Field::new("reason", self.s.t("desk.reason"), Kind::Line).needed();
            Form { heading, ..self.make(act, vec![Field::hidden("key", key.to_string()), reason]) }
        };
        all.into_iter().map(form).collect()
    }

    fn paid(&self) -> Vec<Form> {
        let unpaid = self.view.case.fees.iter().filter(|f| f.waits());
        unpaid
            .map(|fee| {
                let bill = Field::new("bill_no", self.s.t("desk.bill_no"), Kind::Line);
                let fields = vec![
                    Field::hidden("key", fee.key.to_string()),
                    bill.value(fee.bill_no.clone().unwrap_or_default()),
                ];
                let heading = data(&fee.item).and(" ").and(Cell::hundredths(fee.amount).say());
                Form { heading, ..self.make("paid", fields) }
            })
            .collect()
    }

    fn ask_special(&self) -> Vec<Field> {
        let s = self.s;
        let lawful = |code: &String| self.view.case.item.specials.iter().any(|one| one.kind == *code);
        let kinds = codes(s, "special_kind").into_iter().filter(|(code, _)| lawful(code)).collect();
        vec![
            Field::new("kind", s.t("desk.special_kind"), Kind::Choice(kinds)).needed(),
            Field::new("days", s.t("desk.days"), Kind::Number).needed(),
            Field::new("basis", s.t("desk.basis"), Kind::Line),
        ]
    }

    fn fee(&self) -> Vec<Field> {
        let s = self.s;
        let fees = self.view.case.item.fees.iter().map(|f| (f.name.clone(), data(&f.name))).collect();
        vec![
            Field::new("item", s.t("desk.fee"), Kind::Choice(fees)).needed(),
            Field::new("amount", s.t("desk.amount"), Kind::Line).needed(),
            Field::new("reduced", s.t("desk.reduced"), Kind::Line),
            Field::new("basis", s.t("desk.basis"), Kind::Line),
            Field::new("bill_no", s.t("desk.bill_no"), Kind::Line),
        ]
    }
}

/// Yuan as people write them, in fen; nothing where it is no amount.
fn fen(text: &str) -> Option<i64> {
    let (yuan, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if yuan.is_empty() || !digits(yuan) || !digits(rest) || rest.len() > 2 {
        return None;
    }
    let cents = format!("{rest:0<2}").parse::<i64>().ok()?;
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

/// What nobody can read as what its field asks for, in plain words.
pub(super) fn unreadable(s: &Shell, form: &Form, body: &[u8]) -> Option<String> {
    form.fields.iter().find_map(|field| {
        let text = sent(body, &field.name).into_iter().next_back().unwrap_or_default();
        let text = text.trim();
        let say = |key: &str| Some(s.t(key).replace("{f}", &field.label.to_string()));
        match (&field.kind, field.name.as_str()) {
            _ if text.is_empty() => None,
            (_, "amount" | "reduced") if fen(text).is_none() => say(key("desk.bad_amount")),
            (Kind::Day, _) if text.parse::<chrono::NaiveDate>().is_err() => say(key("desk.bad_day")),
            (Kind::Time, _) if text.parse::<chrono::NaiveTime>().is_err() => say(key("desk.bad_time")),
            (Kind::Number, _) if text.parse::<u32>().is_err() => say(key("desk.bad_number")),
            _ => None,
        }
    })
}

/// The words of the API for what a form sent.
pub(super) fn words(form: &Form, desk: &Desk<'_>, body: &[u8]) -> Map<String, Value> {
    let said: Map<String, Value> = serde_json::from_str(&body_of(form, body)).unwrap_or_default();
    let (mut all, mut materials, mut to) = (Map::new(), Vec::new(), Vec::new());
    for (name, value) in said {
        let text = value.as_str().unwrap_or_default().to_owned();
        let number = || text.parse::<i64>().map_or_else(|_| value.clone(), Value::from);
        match name.as_str() {
            "version" | "step" | "key" => {
                all.insert(name, number());
            }
            "amount" | "reduced" => {
                all.insert(name, fen(&text).map_or_else(|| value.clone(), Value::from));
            }
            _ if name.strip_prefix("to").is_some_and(|group| group.parse::<usize>().is_ok()) => to.push(value),
            _ => match name.strip_prefix('m').and_then(|at| at.parse::<usize>().ok()) {
                Some(at) => {
                    let of = desk.view.case.materials.get(at);
                    materials.extend(of.map(|m| json!({ "name": m.name, "state": text })));
                }
                None => {
                    all.insert(name, value);
                }
            },
        }
    }
    if matches!(word(form), "materials" | "corrected") {
        all.insert("materials".to_owned(), materials.into());
    }
    if !to.is_empty() {
        all.insert("to".to_owned(), to.into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_become_fen() {
        let cases = [
            ("10", Some(1000)),
            ("10.5", Some(1050)),
            ("0.05", Some(5)),
            ("1.234", None),
            ("-1", None),
            ("", None),
            ("十", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(fen(text), wanted, "{text}");
        }
    }
}
