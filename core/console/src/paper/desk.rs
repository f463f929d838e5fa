//! The words of a paper of the desk from its facts, as the law of licences wants them said. What is not known is not said.

use super::{Form, Paper, sentence};
use crate::docx::{Block, Content, date_zh};
use crate::table::{Cell, Column, Kind, Table};
use chrono::Timelike as _;
use daylight_domain::Timestamp;
use daylight_domain::desk::{DeskPaper, PaperFacts, PaperKind};

/// The law of licences.
const LAW: &str = "《中华人民共和国行政许可法》";
/// What a person writes on.
const BLANK: &str = "　　　　　　　　";

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn day(at: Timestamp) -> String {
    date_zh(at.date())
}

fn time(at: Timestamp) -> String {
    let at = at.local();
    format!("{}{}时{:02}分", date_zh(at.date()), at.hour(), at.minute())
}

/// Yuan with two places.
fn yuan(fen: i64) -> String {
    format!("{}元", crate::table::decimal(fen, 2))
}

fn trimmed(text: &str) -> &str {
    text.trim().trim_end_matches(['。', '；', '.', ';'])
}

/// Laws as the catalogue names them (`食品安全法 35；…办法`), as they are cited: `《食品安全法》第35条、《…办法》`.
fn cited(laws: &str) -> String {
    let one = |law: &str| match law.rsplit_once(' ') {
        _ if law.contains('《') => law.to_owned(),
        Some((name, article)) if article.bytes().all(|b| b.is_ascii_digit()) => format!("《{name}》第{article}条"),
        _ => format!("《{law}》"),
    };
    let all = laws.split(['；', ';']).map(trimmed).filter(|law| !law.is_empty()).map(one);
    all.collect::<Vec<_>>().join("、")
}

/// `根据…的规定，`; nothing without a law.
fn by(laws: &[&str]) -> String {
    let said: Vec<String> = laws.iter().map(|law| cited(law)).filter(|law| !law.is_empty()).collect();
    if said.is_empty() { String::new() } else { format!("根据{}的规定，", said.join("和")) }
}

/// Numbered lines in a table.
fn table(lines: &[String], name: &str) -> Block {
    let columns = vec![Column::new("no", "序号", "No.", Kind::Integer), Column::new("name", name, "Name", Kind::Text)];
    let rows = (1..).zip(lines).map(|(n, line)| vec![Cell::Integer(n), Cell::text(line)]);
    Block::Table(Table { columns, rows: rows.collect(), ..Table::default() })
}

/// The text, and its parts by themselves.
struct Text<'a> {
    facts: &'a PaperFacts,
    body: Vec<Block>,
    parts: Vec<(&'static str, Content)>,
}

impl Text<'_> {
    fn say(&mut self, text: impl Into<String>) {
        self.body.push(Block::Paragraph(sentence(text.into())));
    }

    fn part(&mut self, place: &'static str, text: impl Into<String>) {
        self.parts.push((place, Content::Text(text.into())));
    }

    /// A list, which is also a part by itself.
    fn list(&mut self, lines: &[String], name: &str) {
        let block = table(lines, name);
        self.parts.push(("材料", Content::Blocks(vec![block.clone()])));
        self.body.push(block);
    }

    /// An article of the law of licences, where it is one.
    fn law(&self, article: &str) -> String {
        if self.facts.licence { format!("{LAW}{article}") } else { String::new() }
    }

    /// Who asked for what, when.
    fn asked(&self) -> String {
        let f = self.facts;
        let on = f.received_at.map_or_else(String::new, |at| format!("于{}", day(at)));
        format!("你（单位）{on}提出的“{}”申请（办件编号：{}）", f.item_name, f.case_no)
    }

    fn due(&self) -> String {
        self.facts.due.map(date_zh).unwrap_or_default()
    }

    /// `于…前`; nothing without a day.
    fn until(&self) -> String {
        self.facts.due.map_or_else(String::new, |due| format!("于{}前", date_zh(due)))
    }
}

impl Paper {
    /// A paper of the desk; `copy` for one that is printed again (副本).
    #[must_use]
    pub fn of(paper: &DeskPaper, copy: bool) -> Self {
        let facts = &paper.facts;
        let mut text = Text { facts, body: Vec::new(), parts: Vec::new() };
        common(facts, &mut text);
        write(paper.kind, &mut text);
        let mark = match &paper.void {
            Some(void) => Some(format!("本文书已于{}作废", day(void.at))),
            None => copy.then(|| "副　本".to_owned()),
        };
        let by_applicant = paper.kind == PaperKind::Tolerance;
        let (office, to) = if by_applicant { ("", &facts.office) } else { (facts.office.as_str(), &facts.applicant) };
        Self {
            form: if paper.kind == PaperKind::Receipt { Form::Slip } else { Form::Letter },
            office: office.to_owned(),
            title: title(paper.kind, facts).to_owned(),
            no: paper.no.clone(),
            to: to.clone(),
            body: text.body,
            signer: if by_applicant { format!("承诺人（签名或盖章）：{BLANK}") } else { String::new() },
            date: if by_applicant { "　　　　年　　月　　日".to_owned() } else { day(facts.made_at) },
            copies: Vec::new(),
            contact: facts.contact.clone(),
            mark,
            parts: text.parts,
        }
    }
}

/// 文书名称
fn title(kind: PaperKind, facts: &PaperFacts) -> &'static str {
    match kind {
        PaperKind::Grant if !facts.licence => "准予决定书",
        PaperKind::Refusal if !facts.licence => "不予决定书",
        PaperKind::Hearing if facts.on.is_some() => "听证通知书",
        kind => kind.name_zh(),
    }
}

/// What every template may name.
fn common(facts: &PaperFacts, text: &mut Text<'_>) {
    text.part("申请人", &facts.applicant);
    text.part("代理人", facts.agent.clone().unwrap_or_default());
    text.part("办件编号", &facts.case_no);
    text.part("事项名称", &facts.item_name);
    text.part("收件日期", facts.received_at.map(day).unwrap_or_default());
    text.part("受理日期", facts.accepted_at.map(day).unwrap_or_default());
    text.part("经办人", &facts.made_by);
    text.part("理由", trimmed(&facts.reason));
    text.part("依据", cited(if facts.basis.is_empty() { &facts.legal_basis } else { &facts.basis }));
    text.part("救济途径", sentence_or_none(&facts.remedies));
    text.part("期限", text.due());
    text.part("天数", facts.days.map(|days| days.to_string()).unwrap_or_default());
}

fn sentence_or_none(text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { sentence(text.trim().to_owned()) }
}

fn write(kind: PaperKind, text: &mut Text<'_>) {
    let f = text.facts;
    match kind {
        PaperKind::Receipt => receipt(text),
        PaperKind::Tolerance => tolerance(text),
        PaperKind::Correction => {
            let law = by(&[&text.law("第三十二条第一款第（四）项")]);
            text.say(format!(
                "{}收悉。经审查，申请材料不齐全或者不符合法定形式。{law}现将需要补正的全部内容一次告知如下：",
                text.asked()
            ));
            text.list(&f.missing, "需要补正的内容");
            text.say(format!(
                "请{}补正。全部补正后，本机关予以受理，办理期限自受理之日起计算。除上列内容外，本机关不再要求补正。",
                text.until()
            ));
        }
        PaperKind::Acceptance => acceptance(text),
        PaperKind::Rejection => {
            let law = by(&[&text.law("第三十二条")]);
            text.say(format!("{}，经审查，{}。{law}决定不予受理。", text.asked(), trimmed(&f.reason)));
            text.say(f.remedies.clone());
        }
        PaperKind::Revocation => {
            let accepted = f.accepted_at.map_or_else(String::new, |at| format!("，本机关已于{}受理", day(at)));
            text.say(format!("{}{accepted}，下列材料经承诺{}补齐，至今没有补齐：", text.asked(), text.until()));
            text.list(&f.missing, "没有补齐的材料");
            let law = by(&["《浙江省保障“最多跑一次”改革规定》第十一条"]);
            text.say(format!("{}。{law}决定撤销受理；材料补齐后，你（单位）可以重新提出申请。", trimmed(&f.reason)));
            text.say(f.remedies.clone());
        }
        PaperKind::Special => {
            let procedure = f.special.clone().unwrap_or_default();
            text.part("程序", &procedure);
            let days = f.days.unwrap_or_default();
            text.say(format!(
                "{}，{}需要进行{procedure}，自{}起，所需时间{days}个工作日。",
                text.asked(),
                by(&[&f.basis]),
                day(f.made_at)
            ));
            text.say(format!("{}上述时间不计算在办理期限内，现书面告知你（单位）。", by(&[&text.law("第四十五条")])));
        }
        PaperKind::Extension => {
            let (who, clause) = if f.government {
                ("本级人民政府负责人", "第二款")
            } else {
                ("本机关负责人", "第一款")
            };
            let law = by(&[&text.law(&format!("第四十二条{clause}"))]);
            let until = f.due.map_or_else(String::new, |due| format!("，延长至{}", date_zh(due)));
            text.say(format!(
                "{}，因{}，不能在规定的期限内作出决定。{law}经{who}批准，办理期限延长{}个工作日{until}。",
                text.asked(),
                trimmed(&f.reason),
                f.days.unwrap_or_default()
            ));
        }
        PaperKind::Hearing => hearing(text),
        PaperKind::Grant => grant(text),
        PaperKind::Refusal => {
            let what = if f.licence { "不予行政许可" } else { "不予办理" };
            let law = by(&[&f.legal_basis, &text.law("第三十八条第二款")]);
            text.say(format!("{}，经审查，{}。{law}决定{what}。", text.asked(), trimmed(&f.reason)));
            text.say(f.remedies.clone());
        }
        PaperKind::Bill => bill(text),
        PaperKind::Delivery => delivery(text),
    }
}

fn receipt(text: &mut Text<'_>) {
    let f = text.facts;
    let mut rows = vec![fact("办件编号", &f.case_no), fact("事项", &f.item_name)];
    rows.extend(f.agent.iter().map(|agent| fact("代理人", agent)));
    rows.push(fact("收件时间", time(f.received_at.unwrap_or(f.made_at))));
    let window = [("窗口", &f.window), ("排队号", &f.queue_no)];
    rows.extend(window.into_iter().filter_map(|(name, value)| Some(fact(name, value.clone()?))));
    rows.push(fact("经办人", &f.made_by));
    text.body.push(Block::Facts(rows));
    if f.materials.is_empty() {
        text.parts.push(("材料", Content::Blocks(Vec::new())));
        text.say("收到申请，没有收到申请材料。");
    } else {
        text.say("你（单位）提交的下列申请材料已收到：");
        text.list(&f.materials, "已收材料");
    }
    let deemed = if f.licence { "；逾期不告知的，自收到申请材料之日起即为受理" } else { "" };
    let answer = f.answer_by.map_or_else(String::new, |day| {
        format!("本机关将在{}前告知是否受理，或者一次告知需要补正的全部内容{deemed}。", date_zh(day))
    });
    text.say(format!("本凭证只证明收到材料，不表示已经受理。{answer}"));
}

fn tolerance(text: &mut Text<'_>) {
    let f = text.facts;
    let on = f.received_at.map_or_else(String::new, |at| format!("于{}", day(at)));
    text.say(format!(
        "{}{on}向你单位提出“{}”申请（办件编号：{}），下列材料尚未提交：",
        f.applicant, f.item_name, f.case_no
    ));
    text.list(&f.missing, "尚未提交的材料");
    text.say(format!(
        "本人（单位）自愿申请容缺受理，承诺{}补齐上述材料，并对材料的真实性负责；逾期未补齐的，同意由你单位撤销受理并说明理由。",
        text.until()
    ));
}

fn acceptance(text: &mut Text<'_>) {
    let f = text.facts;
    let complete = if f.missing.is_empty() {
        "申请材料齐全、符合法定形式"
    } else {
        "主要申请材料齐全、符合法定形式，其余材料可以容后补交"
    };
    let law = by(&[&text.law("第三十二条第一款第（五）项")]);
    text.say(format!(
        "{}，经审查，属于本机关职权范围，{complete}。{law}决定自{}起予以受理。",
        text.asked(),
        day(f.accepted_at.unwrap_or(f.made_at))
    ));
    if !f.missing.is_empty() {
        text.say(format!("下列材料请{}补齐；逾期未补齐的，本机关撤销受理并说明理由：", text.until()));
        text.list(&f.missing, "容后补交的材料");
    }
    let limits = [("法定期限", &f.legal), ("承诺期限", &f.promise)];
    let limits: Vec<String> =
        limits.into_iter().filter_map(|(name, limit)| Some(format!("{name}{}", limit.as_ref()?))).collect();
    if !limits.is_empty() {
        text.say(format!(
            "本事项{}，自受理之日起计算。依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在内，另行书面告知。",
            limits.join("，")
        ));
    }
}

/// 9时, 14时30分
fn hour_zh(at: chrono::NaiveTime) -> String {
    if at.minute() == 0 { format!("{}时", at.hour()) } else { format!("{}时{}分", at.hour(), at.minute()) }
}

fn hearing(text: &mut Text<'_>) {
    let f = text.facts;
    let about = if trimmed(&f.reason).is_empty() { String::new() } else { format!("，{}", trimmed(&f.reason)) };
    text.part("事由", trimmed(&f.reason));
    let Some(on) = f.on else {
        let law = by(&[&text.law("第四十六条、第四十七条")]);
        text.say(format!("{}{about}。{law}你（单位）享有要求听证的权利。", text.asked()));
        text.say(
            "如要求听证，应当在收到本告知书之日起五个工作日内书面提出，本机关在二十个工作日内组织听证；逾期未提出的，视为放弃听证权利。组织听证不收取费用。",
        );
        return;
    };
    text.say(format!("{}{about}，本机关决定公开举行听证，现将有关事项通知如下：", text.asked()));
    text.body.push(Block::Facts(vec![
        fact("时间", format!("{}{}", date_zh(on), f.time.map(hour_zh).unwrap_or_default())),
        fact("地点", &f.place),
    ]));
    text.say(
        "请携带身份证明准时参加，可以委托代理人。认为主持人与该事项有直接利害关系的，有权申请回避。参加听证不收取费用；无正当理由不参加的，视为放弃听证权利。",
    );
}

fn grant(text: &mut Text<'_>) {
    let f = text.facts;
    let what = if f.licence { "准予行政许可" } else { "准予办理" };
    let law = by(&[&f.legal_basis, &text.law("第三十八条第一款")]);
    text.part("决定内容", format!("{what}：{}", f.item_name));
    text.say(format!("{}，经审查，符合法定条件、标准。{law}决定{what}。", text.asked()));
    if !trimmed(&f.reason).is_empty() {
        text.say(trimmed(&f.reason));
    }
    let mut rows: Vec<_> = f.certificate_no.iter().map(|no| fact("证照编号", no)).collect();
    match (f.valid_from, f.valid_to) {
        (Some(from), Some(to)) => rows.push(fact("有效期", format!("{}至{}", date_zh(from), date_zh(to)))),
        (Some(from), None) => rows.push(fact("有效期", format!("自{}起", date_zh(from)))),
        (None, Some(to)) => rows.push(fact("有效期", format!("至{}", date_zh(to)))),
        (None, None) => {}
    }
    text.body.push(Block::Facts(rows));
    text.say("本机关自作出本决定之日起十个工作日内向你（单位）颁发、送达有关证件。");
}

fn bill(text: &mut Text<'_>) {
    let fee = text.facts.fee.clone().unwrap_or_default();
    let gross = fee.amount.saturating_add(fee.reduced);
    text.part("收费项目", &fee.item);
    text.part("金额", yuan(fee.amount));
    text.say(format!("{}，需要缴纳下列费用：", text.asked()));
    let mut rows = vec![fact("收费项目", &fee.item), fact("应收", yuan(gross))];
    if fee.reduced > 0 {
        rows.push(fact("减免", yuan(fee.reduced)));
    }
    if !fee.basis.is_empty() {
        rows.push(fact("依据", &fee.basis));
    }
    rows.push(fact("应缴", yuan(fee.amount)));
    rows.extend(fee.bill_no.iter().map(|no| fact("缴款单号", no)));
    text.body.push(Block::Facts(rows));
    text.say("款项全部上缴国库。除上列项目和金额外，本机关不收取其他任何费用。");
}

fn delivery(text: &mut Text<'_>) {
    let f = text.facts;
    let mode = f.mode.clone().unwrap_or_default();
    text.part("送达方式", &mode);
    text.say(format!("你（单位）“{}”申请（办件编号：{}）的下列文书、证件已送达：", f.item_name, f.case_no));
    let mut given = f.delivered.clone();
    given.extend(f.certificate_no.iter().map(|no| format!("证照 {no}")));
    text.list(&given, "文书、证件");
    let mut rows = vec![fact("受送达人", &f.applicant), fact("送达方式", mode), fact("送达时间", time(f.made_at))];
    rows.extend(f.collector.iter().map(|who| fact("领取人", who)));
    rows.extend([fact("收件人签名", BLANK), fact("送达人签名", BLANK), fact("备注", BLANK)]);
    text.body.push(Block::Facts(rows));
}
