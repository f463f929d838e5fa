//! The words of a monthly bulletin from its facts, and nothing but them: what is not given is not said, none is said as none.

use super::{Bulletin, document_number, numeral};
use crate::docx::{Appendix, Block, date_zh};
use crate::table::{Cell, Column, Kind, Table, decimal};
use chrono::{NaiveDate, Timelike as _};
use daylight_domain::Timestamp;

/// Who says it, to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgencyWords {
    /// 发文机关标志, e.g. `示例县监察局文件`.
    pub mark: String,
    /// 发文机关, as it signs.
    pub signer: String,
    /// 机关代字, e.g. `示监`.
    pub code: String,
    /// Year and number of the document.
    pub number: (i32, u32),
    /// 主送机关
    pub salutation: String,
    /// 抄送机关
    pub copies: Vec<String>,
    /// 印发机关
    pub printed_by: String,
}

/// A department's place in the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub department: String,
    /// 1 is the best; equals share a rank.
    pub rank: u32,
    /// Hundredths.
    pub points: i64,
    /// In the month before, if it had one.
    pub previous: Option<u32>,
}

/// Cards issued to a department in the month that count; revoked ones are no part of `yellow` and `red`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardCount {
    /// Its name.
    pub department: String,
    /// 黄牌
    pub yellow: u64,
    /// 红牌
    pub red: u64,
    /// 已撤销
    pub revoked: u64,
}

/// A department that was not assessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Its name.
    pub department: String,
    /// Why, without a full stop.
    pub reason: String,
}

/// What was looked at by hand (案卷抽查).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// Whose cases.
    pub department: String,
    /// 抽取
    pub drawn: u64,
    /// 已检查
    pub checked: u64,
    /// Of these, without a flaw.
    pub clean: u64,
}

/// What a bulletin rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulletinFacts {
    /// Who says it.
    pub agency: AgencyWords,
    /// The county's name.
    pub county: String,
    /// The month, as its first day.
    pub month: NaiveDate,
    /// The standard's name, without 《》.
    pub standard: String,
    /// Its version.
    pub version: String,
    /// By rank.
    pub standings: Vec<Standing>,
    /// Indicators by department; its title is replaced.
    pub indicators: Table,
    /// Cards by department.
    pub cards: Vec<CardCount>,
    /// Who was not assessed.
    pub excluded: Vec<Excluded>,
    /// Days that are left out of the numbers of departments (统计排除): whose, which and why. They take part all the same.
    pub registered: Vec<Excluded>,
    /// By department. Empty: nothing was sampled.
    pub sampled: Vec<Sampled>,
    /// 数据截至时间
    pub data_time: Timestamp,
    /// What the results can be checked by: name and digest.
    pub digests: Vec<(String, String)>,
    /// 成文日期
    pub date: NaiveDate,
    /// 印发日期
    pub printed_on: NaiveDate,
}

/// `98.50分`
fn points(hundredths: i64) -> String {
    format!("{}分", decimal(hundredths, 2))
}

/// A text with its full stop.
fn sentence(text: &str) -> String {
    format!("{}。", text.trim_end_matches(['。', '；', '.']))
}

/// Eight characters together: a line can break, and people can compare.
fn grouped(digest: &str) -> String {
    let (kind, digits) = digest.split_once(':').map_or(("", digest), |(kind, digits)| (kind, digits));
    let groups: Vec<String> =
        digits.chars().collect::<Vec<char>>().chunks(8).map(|group| group.iter().collect()).collect();
    [kind.to_uppercase(), groups.join(" ")].iter().filter(|s| !s.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

impl BulletinFacts {
    fn month_zh(&self) -> String {
        self.month.format("%Y年%-m月").to_string()
    }

    /// The bulletin.
    #[must_use]
    pub fn bulletin(&self) -> Bulletin {
        let month = self.month_zh();
        let at = self.data_time.local();
        let data_time = format!("{}{}时{:02}分", date_zh(at.date()), at.hour(), at.minute());
        let mut body = vec![Block::Paragraph(format!(
            "根据《{}》（{}），现将{}{month}行政效能测评情况通报如下。",
            self.standard, self.version, self.county
        ))];
        let appendices = self.appendices();
        let parts = [
            ("测评结果", self.results()),
            ("红黄牌情况", self.card_words()),
            ("不参加测评的部门", self.exclusions()),
            ("统计排除情况", self.left_out()),
            ("案卷抽查情况", self.samples()),
            ("有关说明", self.explained(&data_time, &appendices)),
        ];
        for (n, (heading, blocks)) in (1..).zip(parts) {
            body.push(Block::Heading1(format!("{}、{heading}", numeral(n))));
            body.extend(blocks.into_iter().map(Block::Paragraph));
        }
        body.push(Block::Paragraph("特此通报。".to_owned()));
        let AgencyWords { mark, signer, code, number, salutation, copies, printed_by } = self.agency.clone();
        Bulletin {
            agency: mark,
            number: document_number(&code, number.0, number.1),
            title: format!("{signer}关于{month}行政效能测评情况的通报"),
            salutation,
            body,
            appendices,
            signer,
            date: self.date,
            copies,
            printed_by,
            printed_on: self.printed_on,
        }
    }

    fn results(&self) -> Vec<String> {
        let all = &self.standings;
        let (Some(first), Some(last)) = (all.first(), all.last()) else {
            return vec!["本月没有部门参加测评。".to_owned()];
        };
        if all.len() == 1 {
            return vec![format!("本月参加测评的部门1个，为{}，得分{}。", first.department, points(first.points))];
        }
        let n = i64::try_from(all.len()).unwrap_or(i64::MAX);
        // Half a hundredth and more is one more.
        let sum: i64 = all.iter().map(|s| s.points).sum();
        let mean = (2 * sum + n).div_euclid(2 * n);
        let mut said = vec![if first.points == last.points {
            format!("本月参加测评的部门{n}个，得分均为{}。", points(first.points))
        } else {
            format!(
                "本月参加测评的部门{n}个，平均得分{}，最高{}，最低{}。",
                points(mean),
                points(first.points),
                points(last.points)
            )
        }];
        if first.points != last.points {
            let top: Vec<&Standing> = all.iter().filter(|s| s.rank <= 3).collect();
            let names: Vec<String> = ranks(&top);
            said.push(format!("得分居前的部门：{}。各部门名次见附件1。", names.join("；")));
        }
        let moved = |pick: &dyn Fn(u32, u32) -> bool| {
            all.iter().filter(|s| s.previous.is_some_and(|before| pick(before, s.rank))).count()
        };
        let (up, down, same) = (moved(&|b, r| r < b), moved(&|b, r| r > b), moved(&|b, r| r == b));
        if up + down + same > 0 {
            let counts = [("上升", up), ("下降", down), ("不变", same)];
            let counts: Vec<String> =
                counts.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word}的{n}个")).collect();
            let new = all.len() - (up + down + same);
            let new = if new > 0 { format!("；{new}个部门上月没有名次") } else { String::new() };
            said.push(format!("与上月相比，名次{}{new}。", counts.join("，")));
        }
        said
    }

    fn card_words(&self) -> Vec<String> {
        let (yellow, red) = self.cards.iter().fold((0, 0), |(y, r), c| (y + c.yellow, r + c.red));
        let revoked: u64 = self.cards.iter().map(|c| c.revoked).sum();
        let mut said = Vec::new();
        let mut held: Vec<&CardCount> = self.cards.iter().filter(|c| c.yellow + c.red > 0).collect();
        held.sort_by_key(|c| std::cmp::Reverse((c.red, c.yellow)));
        let parts = |yellow: u64, red: u64| -> String {
            let all = [("黄牌", yellow), ("红牌", red)];
            all.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word}{n}张")).collect::<Vec<_>>().join("、")
        };
        let each = |c: &&CardCount| format!("{}{}", c.department, parts(c.yellow, c.red));
        match held.as_slice() {
            [] => said.push("本月没有发出有效的黄牌和红牌。".to_owned()),
            [one] => said.push(format!("本月发出{}，均涉及{}。", parts(yellow, red), one.department)),
            many => said.push(format!(
                "本月发出{}，涉及{}个部门：{}。",
                parts(yellow, red),
                many.len(),
                many.iter().map(each).collect::<Vec<_>>().join("；")
            )),
        }
        if let [one] = held.as_slice()
            && one.yellow + one.red == 1
        {
            said = vec![format!("本月发出{}，涉及{}。", parts(yellow, red), one.department)];
        }
        if revoked > 0 {
            said.push(format!("另有{revoked}张已经撤销，不计入以上数字。"));
        }
        said
    }

    fn exclusions(&self) -> Vec<String> {
        match self.excluded.as_slice() {
            [] => vec!["本月没有不参加测评的部门。".to_owned()],
            [one] => vec![format!("{}本月不参加测评，原因是：{}", one.department, sentence(&one.reason))],
            many => {
                let mut said = vec![format!("以下{}个部门本月不参加测评：", many.len())];
                said.extend(
                    (1..)
                        .zip(many)
                        .map(|(n, one): (usize, _)| format!("{n}. {}：{}", one.department, sentence(&one.reason))),
                );
                said
            }
        }
    }

    fn left_out(&self) -> Vec<String> {
        if self.registered.is_empty() {
            return vec!["本次测评没有统计排除。".to_owned()];
        }
        let one = |(n, one): (usize, &Excluded)| format!("{n}. {}：{}", one.department, sentence(&one.reason));
        let said = ["下列日期的数据不计入测评：".to_owned()];
        said.into_iter().chain((1..).zip(&self.registered).map(one)).collect()
    }

    fn samples(&self) -> Vec<String> {
        let sum = |pick: &dyn Fn(&Sampled) -> u64| -> u64 { self.sampled.iter().map(pick).sum() };
        let (drawn, checked, clean) = (sum(&|s| s.drawn), sum(&|s| s.checked), sum(&|s| s.clean));
        if drawn == 0 {
            return vec!["本月没有抽查案卷。".to_owned()];
        }
        let flawed = checked.saturating_sub(clean);
        let found = match (checked, flawed) {
            (0, _) => "尚未检查".to_owned(),
            (_, 0) => format!("已检查{checked}件，没有发现问题"),
            (_, _) if clean == 0 => format!("已检查{checked}件，均发现问题"),
            _ => format!("已检查{checked}件，其中{clean}件没有问题，{flawed}件发现问题"),
        };
        let rest = drawn.saturating_sub(checked);
        let rest = if rest > 0 && checked > 0 { format!("，其余{rest}件尚未检查") } else { String::new() };
        let mut said = vec![format!("本月抽取办件{drawn}件，{found}{rest}。")];
        let with_flaws: Vec<String> = self
            .sampled
            .iter()
            .filter(|s| s.checked > s.clean)
            .map(|s| format!("{}{}件", s.department, s.checked - s.clean))
            .collect();
        if !with_flaws.is_empty() {
            said.push(format!("发现问题的办件分布：{}。", with_flaws.join("，")));
        }
        said
    }

    fn explained(&self, data_time: &str, appendices: &[Appendix]) -> Vec<String> {
        let mut said = vec![format!("本通报的数据截至{data_time}，此后报送和更正的数据不在其内。")];
        if let Some(at) = appendices.iter().position(|a| a.title.ends_with("指标得分表")) {
            said.push(format!("各部门各项指标的得分见附件{}。", at + 1));
        }
        said.extend(self.digests.iter().map(|(name, digest)| format!("{name}的校验值：{}。", grouped(digest))));
        (1..).zip(said).map(|(n, text): (usize, _)| format!("{n}. {text}")).collect()
    }

    fn appendices(&self) -> Vec<Appendix> {
        let month = self.month_zh();
        let mut all = Vec::new();
        let column = |key: &str, zh: &str, en: &str, kind| Column::new(key, zh, en, kind);
        let count = |n: u64| Cell::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        // Named by place in the text, so it is always there.
        let rows = self.standings.iter().map(|s| {
            let before = s.previous.map_or(Cell::text("—"), |n| Cell::Integer(i64::from(n)));
            vec![Cell::Integer(i64::from(s.rank)), Cell::text(&s.department), Cell::hundredths(s.points), before]
        });
        let table = Table {
            columns: vec![
                column("rank", "名次", "Rank", Kind::Integer),
                column("department", "部门", "Department", Kind::Text),
                column("points", "得分", "Points", Kind::Decimal),
                column("previous", "上月名次", "Rank before", Kind::Integer),
            ],
            rows: rows.collect(),
            ..Table::default()
        };
        if !self.standings.is_empty() {
            all.push(Appendix { title: format!("{month}行政效能测评名次表"), text: Vec::new(), table });
        }
        if !self.indicators.rows.is_empty() {
            let table = Table { title: String::new(), ..self.indicators.clone() };
            all.push(Appendix { title: format!("{month}行政效能测评指标得分表"), text: Vec::new(), table });
        }
        if self.cards.iter().any(|c| c.yellow + c.red + c.revoked > 0) {
            let rows = self
                .cards
                .iter()
                .map(|c| vec![Cell::text(&c.department), count(c.yellow), count(c.red), count(c.revoked)]);
            let table = Table {
                columns: vec![
                    column("department", "部门", "Department", Kind::Text),
                    column("yellow", "黄牌（张）", "Yellow", Kind::Integer),
                    column("red", "红牌（张）", "Red", Kind::Integer),
                    column("revoked", "已撤销（张）", "Revoked", Kind::Integer),
                ],
                rows: rows.collect(),
                ..Table::default()
            };
            all.push(Appendix { title: format!("{month}红黄牌情况表"), text: Vec::new(), table });
        }
        all
    }
}

/// `甲（第1位，98.50分）`, those of one rank together.
fn ranks(top: &[&Standing]) -> Vec<String> {
    top.chunk_by(|a, b| a.rank == b.rank)
        .filter_map(|group| {
            let one = group.first()?;
            let names: Vec<&str> = group.iter().map(|s| s.department.as_str()).collect();
            let together = if group.len() > 1 { "并列" } else { "" };
            Some(format!("{}（{together}第{}位，{}）", names.join("、"), one.rank, points(one.points)))
        })
        .collect()
}
