//! What goes wrong at departments, each by its name: how they answer, what their records are like, how they work.
//!
//! Written as `name`, `name=1%`, `name=3` or `name@2`, with commas between: always, so often, the first three times, the
//! second time (counted from 1, of what the fault can befall, since the faults were set).

use super::dice::Dice;
use crate::problem::Problem;
use std::collections::BTreeMap;
use std::fmt;

/// What a fault befalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An answer: of a service a response, of a folder a file, of a database the whole of it.
    Answer,
    /// A record.
    Record,
    /// A case: lawful or not, this is how departments work, and a share of it is there unless another is asked for.
    Case,
}

macro_rules! faults {
    ($($variant:ident = $name:literal, $what:ident, $usual:literal, $zh:literal;)*) => {
        /// One thing that goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $(#[doc = $zh] $variant,)* }
        impl Fault {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Its name.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
            /// In Chinese.
            #[must_use]
            pub fn name_zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
            /// What it befalls.
            #[must_use]
            pub fn what(self) -> What { match self { $(Self::$variant => What::$what,)* } }
            /// How often a real department has it, in a thousand; 0 for answers.
            #[must_use]
            pub fn usual(self) -> u32 { match self { $(Self::$variant => $usual,)* } }
        }
    };
}

faults! {
    Hang = "hang", Answer, 0, "不应答，连接一直挂着";
    Unavailable = "5xx", Answer, 0, "HTTP 503，系统维护页";
    Truncated = "truncated", Answer, 0, "答到一半断开；文件、数据库只有前一半";
    Charset = "charset", Answer, 0, "字符编码与所说的不符";
    Slow = "slow", Answer, 0, "逐字慢答";
    Repeats = "repeats", Answer, 0, "又给上一页；同一文件再投一次";
    Empty = "empty", Answer, 0, "明明有数据却答空页；空文件；空表";
    Login = "login", Answer, 0, "拒绝密钥";
    Html = "html", Answer, 0, "HTTP 200，内容却是网页";
    Late = "late", Record, 10, "迟报：一两天后才出现";
    Changed = "changed", Record, 4, "改时间：以新版本把时间改后一天";
    Backdated = "backdated", Record, 4, "补录：事后录入，时间填在前几天";
    Unversioned = "unversioned", Record, 3, "内容变了，版本没有变";
    WrongCode = "wrong-code", Record, 6, "代码表里没有的代码，次日更正";
    UnknownItem = "unknown-item", Record, 3, "目录里没有的事项编码，次日更正";
    Missing = "missing", Record, 3, "缺必填字段，次日更正";
    NoApplicant = "no-applicant", Record, 8, "没有申请者类型";
    NullText = "null-text", Record, 15, "空值写成“NULL”“无”“-”";
    FullWidth = "full-width", Record, 8, "全角数字";
    Spaces = "spaces", Record, 10, "办件编号后带空格、制表符、全角空格";
    OddText = "odd-text", Record, 6, "引号、逗号、换行、生僻字";
    OrphanStep = "orphan-step", Record, 2, "环节属于从未上报的办件";
    Future = "future", Record, 2, "时间在将来，次日更正";
    DateOnly = "date-only", Record, 6, "时间只到日";
    Zone = "zone", Record, 3, "时间是带 Z 的世界时";
    TimeForm = "time-form", Record, 6, "时间写法与别处不同";
    Duplicate = "duplicate", Record, 8, "同一行出现两次";
    OutOfOrder = "out-of-order", Record, 6, "后一步先于申请出现";
    Overdue = "overdue", Case, 40, "超过承诺期限，偶尔超过法定期限";
    Reject = "reject", Case, 15, "不予受理";
    Correction = "correction", Case, 80, "补正";
    SlowAccept = "slow-accept", Case, 8, "五个工作日后才受理";
    Withdrawn = "withdrawn", Case, 10, "撤回或作废";
    Special = "special", Case, 250, "事项允许时的特别程序（检测、评审、公示……）";
    Extension = "extension", Case, 20, "延长审批";
    Refused = "refused", Case, 40, "不予许可";
    SkippedStep = "skipped-step", Case, 4, "漏报一个环节";
    OneHand = "one-hand", Case, 6, "同一人办完全部环节";
    Undelivered = "undelivered", Case, 12, "没有送达";
    Stuck = "stuck", Case, 6, "一直没有办结";
}

impl Fault {
    /// By its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.as_str() == name)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When a fault happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// So often, in ten thousand.
    Rate(u32),
    /// The first times.
    First(u64),
    /// At these places, counted from 1.
    At(Vec<u64>),
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(r) if r % 100 == 0 => write!(f, "={}%", r / 100),
            Self::Rate(r) => write!(f, "={}.{:02}%", r / 100, r % 100),
            Self::First(n) => write!(f, "={n}"),
            Self::At(places) => {
                write!(f, "@{}", places.iter().map(u64::to_string).collect::<Vec<_>>().join("+"))
            }
        }
    }
}

/// A set of named faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<Fault, When>);

fn unreadable(part: &str, why: &str) -> Problem {
    Problem::new("mock.faults", format!("“{part}”：{why}"))
        .fix("写法：名称、名称=1%、名称=3、名称@2，以逗号分隔；daylight mock faults 列出全部名称")
}

impl Faults {
    /// Nothing goes wrong with answers and records; cases are as they are at any department.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The records of a real department.
    #[must_use]
    pub fn usual() -> Self {
        let records = Fault::ALL.iter().filter(|f| f.what() == What::Record);
        Self(records.map(|f| (*f, When::Rate(f.usual() * 10))).collect())
    }

    /// From text, on top of these faults; `none` and `usual` begin anew.
    ///
    /// # Errors
    /// `mock.faults`: no such fault, no such time.
    pub fn and(mut self, text: &str) -> Result<Self, Problem> {
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            match part {
                "none" => self = Self::none(),
                "usual" => self = Self::usual(),
                _ => self.add(part)?,
            }
        }
        Ok(self)
    }

    /// From text.
    ///
    /// # Errors
    /// `mock.faults`
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::none().and(text)
    }

    fn add(&mut self, part: &str) -> Result<(), Problem> {
        let (name, when) = match (part.split_once('='), part.split_once('@')) {
            (Some((name, rate)), _) => (name, rate_of(rate).ok_or_else(|| unreadable(part, "应为百分比或次数"))?),
            (None, Some((name, at))) => {
                let places: Option<Vec<u64>> =
                    at.split('+').map(|p| p.trim().parse().ok().filter(|n| *n > 0)).collect();
                (name, When::At(places.ok_or_else(|| unreadable(part, "位置从 1 数起"))?))
            }
            (None, None) => (part, When::Rate(10_000)),
        };
        let fault = Fault::from_name(name.trim()).ok_or_else(|| unreadable(part, "没有这种故障"))?;
        match (self.0.get_mut(&fault), when) {
            (Some(When::At(there)), When::At(more)) => there.extend(more),
            (_, when) => drop(self.0.insert(fault, when)),
        }
        Ok(())
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, fault: Fault, when: When) -> Self {
        self.0.insert(fault, when);
        self
    }

    /// When a fault happens, if somebody said so.
    #[must_use]
    pub fn get(&self, fault: Fault) -> Option<&When> {
        self.0.get(&fault)
    }

    /// Every fault of a sort.
    pub fn of(&self, what: What) -> impl Iterator<Item = (Fault, &When)> {
        self.0.iter().filter(move |(f, _)| f.what() == what).map(|(f, w)| (*f, w))
    }

    /// Whether a fault happens the `nth` time (from 1); `name` is what chance is drawn from, so that it does not depend on the order.
    #[must_use]
    pub fn happens(&self, fault: Fault, nth: u64, seed: u64, name: &str) -> bool {
        self.0.get(&fault).is_some_and(|when| hits(when, fault, nth, seed, name))
    }
}

/// Whether it is time.
pub(super) fn hits(when: &When, fault: Fault, nth: u64, seed: u64, name: &str) -> bool {
    match when {
        When::Rate(rate) => Dice::new(seed, &format!("{fault}/{name}")).below(10_000) < u64::from(*rate),
        When::First(n) => nth <= *n,
        When::At(places) => places.contains(&nth),
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(|(fault, when)| format!("{fault}{when}")).collect();
        f.write_str(&all.join(","))
    }
}

/// `1%`, `0.25%` or a number of times.
fn rate_of(text: &str) -> Option<When> {
    let text = text.trim();
    let Some(percent) = text.strip_suffix('%') else { return text.parse().ok().map(When::First) };
    let (whole, part) = percent.split_once('.').unwrap_or((percent, "0"));
    let part = format!("{part:0<2}");
    let hundredths: u32 = part.get(..2).filter(|_| part.len() == 2)?.parse().ok()?;
    let whole: u32 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(hundredths).filter(|r| *r <= 10_000).map(When::Rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_they_are_written() {
        let text = "hang=1%,5xx=3,truncated@2,late=0.25%,login";
        let faults = Faults::parse(text).expect("faults");
        assert_eq!(faults.to_string(), "hang=1%,5xx=3,truncated@2,login=100%,late=0.25%");
        assert_eq!(Faults::parse(&faults.to_string()).expect("again"), faults);
        assert_eq!(Faults::parse("html@2,html@5").expect("two").to_string(), "html@2+5");
        assert_eq!(Faults::usual().and("none").expect("none"), Faults::none());
        for wrong in ["hung", "hang=x", "hang=101%", "hang@0", "hang=1.234%", "hang="] {
            assert_eq!(Faults::parse(wrong).expect_err(wrong).code, "mock.faults");
        }
    }

    #[test]
    fn a_fault_happens_when_it_should() {
        let faults = Faults::parse("5xx=2,html@3,empty").expect("faults");
        let times = |fault| (1..=4).filter(|n| faults.happens(fault, *n, 1, &n.to_string())).collect::<Vec<_>>();
        assert_eq!(times(Fault::Unavailable), [1, 2]);
        assert_eq!(times(Fault::Html), [3]);
        assert_eq!(times(Fault::Empty), [1, 2, 3, 4]);
        assert_eq!(times(Fault::Hang), [0; 0]);
        let rare = Faults::parse("hang=10%").expect("faults");
        let n = (1..=10_000u64).filter(|n| rare.happens(Fault::Hang, *n, 7, &n.to_string())).count();
        assert!((850..1150).contains(&n), "{n}");
    }
}
