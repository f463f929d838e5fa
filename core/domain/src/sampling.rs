//! 抽查: a sample of cases, drawn so that anybody can draw it again, and looked at on paper. Its findings feed D-19. Forms of the
//! case-file review (案卷评查), handbook §6.3.

use crate::Timestamp;
use crate::procedure::Done;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Among which cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Only of this department; nothing: of every department that is live.
    #[serde(default)]
    pub department: Option<String>,
    /// Only of this item.
    #[serde(default)]
    pub item: Option<String>,
    /// Closed on this date or later.
    pub from: NaiveDate,
    /// Closed on this date or earlier.
    pub to: NaiveDate,
}

/// One line of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormLine {
    /// Its id within the form.
    pub id: String,
    /// What is looked at.
    pub name: String,
    /// The most that can be deducted, tenths of a point.
    pub most: u32,
}

/// The case-file review of twelve lines (案卷评查十二项). The printed points do not add up to 100; deductions are from 100.
#[must_use]
pub fn review_form() -> Vec<FormLine> {
    let lines = [
        ("依法受理", 50),
        ("一次性告知", 100),
        ("说明理由", 60),
        ("规定期限受理", 60),
        ("联合办理", 150),
        ("两人核查", 60),
        ("特别规定", 50),
        ("告知与听证", 100),
        ("收费票据", 190),
        ("监督检查", 100),
        ("按时办结送达", 50),
        ("文书归档", 120),
    ];
    (1..).zip(lines).map(|(n, (name, most))| FormLine { id: format!("{n:02}"), name: name.to_owned(), most }).collect()
}

/// A case that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Drawn {
    /// Department id.
    pub department: String,
    /// Case number.
    pub case_no: String,
}

/// What the look at one case gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Check {
    /// Which case.
    pub case: Drawn,
    /// 真实: what was reported is what the papers say.
    pub authentic: bool,
    /// 及时
    pub timely: bool,
    /// 完整
    pub complete: bool,
    /// 准确
    pub accurate: bool,
    /// 合法: an unlawful act makes the file worth nothing.
    pub lawful: bool,
    /// Tenths of a point, by line of the form.
    pub deductions: BTreeMap<String, u32>,
    /// Tenths of a point, 0–1000.
    pub score: u32,
    /// 优秀、合格、不合格
    pub grade: String,
    /// What was seen.
    pub text: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A plan, what it drew, and what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SamplingPlan {
    /// Its number.
    pub no: String,
    /// What it is called.
    pub name: String,
    /// Among which cases.
    pub population: Population,
    /// How many cases that were when it was drawn.
    pub population_count: u64,
    /// SHA-256 over `department/case_no` and a line feed of each of them in order: proof of what was drawn from.
    pub population_digest: String,
    /// What decides which are drawn, hexadecimal.
    pub seed: String,
    /// How many were to be drawn.
    pub size: u32,
    /// The form.
    pub form: Vec<FormLine>,
    /// `drawn`, `closed`.
    pub state: String,
    /// The drawn cases.
    pub drawn: Vec<Drawn>,
    /// What was found, in the order in which it was.
    pub checks: Vec<Check>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// Why something cannot be done with a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SamplingError {
    /// No such case was drawn.
    #[error("sampling.case: 办件 {0} 不在样本中")]
    Case(String),
    /// It was looked at already.
    #[error("sampling.checked: 办件 {0} 已经检查过")]
    Checked(String),
    /// A deduction the form does not know, or a larger one.
    #[error("sampling.form: 表中没有“{0}”，或扣分超过该项分值")]
    Form(String),
    /// The plan is closed, or cannot be closed yet.
    #[error("sampling.state: {0}")]
    State(&'static str),
}

/// The place of a case in the order that a seed gives. Anybody can compute it: SHA-256 of `seed`, `department`, `case_no`, each
/// followed by a line feed.
#[must_use]
pub fn place(seed: &str, case: &Drawn) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [seed, &case.department, &case.case_no] {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().into()
}

/// Draws cases as they pass by: the ones with the smallest places. Keeps no more than it draws, and the count and the digest of
/// all. The cases come in order of department and number.
#[derive(Debug)]
pub struct Draw {
    seed: String,
    size: usize,
    best: BTreeMap<[u8; 32], Drawn>,
    count: u64,
    digest: Sha256,
}

impl Draw {
    /// Begins.
    #[must_use]
    pub fn new(seed: &str, size: u32) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Self { seed: seed.to_owned(), size, best: BTreeMap::new(), count: 0, digest: Sha256::new() }
    }

    /// The next case of the population.
    pub fn pass(&mut self, case: Drawn) {
        self.count += 1;
        self.digest.update(format!("{}/{}\n", case.department, case.case_no));
        self.best.insert(place(&self.seed, &case), case);
        if self.best.len() > self.size {
            self.best.pop_last();
        }
    }

    /// The drawn cases by department and number, how many there were, and the digest of all.
    #[must_use]
    pub fn end(self) -> (Vec<Drawn>, u64, String) {
        let mut drawn: Vec<Drawn> = self.best.into_values().collect();
        drawn.sort();
        (drawn, self.count, hex::encode(self.digest.finalize()))
    }
}

impl SamplingPlan {
    /// Takes what the look at a case gave. The score and the grade are computed: 100 less the deductions, nothing for an
    /// unlawful act; from 90 优秀, from 60 合格.
    ///
    /// # Errors
    /// [`SamplingError`]; nothing is changed then.
    pub fn check(&mut self, mut one: Check) -> Result<(), SamplingError> {
        if self.state != "drawn" {
            return Err(SamplingError::State("抽查已结束，不能再登记检查结果"));
        }
        if !self.drawn.contains(&one.case) {
            return Err(SamplingError::Case(one.case.case_no));
        }
        if self.checks.iter().any(|c| c.case == one.case) {
            return Err(SamplingError::Checked(one.case.case_no));
        }
        for (id, tenths) in &one.deductions {
            if !self.form.iter().any(|line| line.id == *id && *tenths <= line.most) {
                return Err(SamplingError::Form(id.clone()));
            }
        }
        let lost = one.deductions.values().fold(0u32, |sum, n| sum.saturating_add(*n));
        one.score = if one.lawful { 1000u32.saturating_sub(lost) } else { 0 };
        one.grade = match one.score {
            900.. => "优秀",
            600.. => "合格",
            _ => "不合格",
        }
        .to_owned();
        self.steps.push(Done {
            act: "check".to_owned(),
            by: one.by.clone(),
            at: one.at,
            text: one.case.case_no.clone(),
        });
        self.checks.push(one);
        Ok(())
    }

    /// Ends it: every drawn case was looked at.
    ///
    /// # Errors
    /// [`SamplingError::State`]
    pub fn close(&mut self, text: &str, by: &str, at: Timestamp) -> Result<(), SamplingError> {
        if self.state != "drawn" {
            return Err(SamplingError::State("抽查已结束"));
        }
        if self.checks.len() < self.drawn.len() {
            return Err(SamplingError::State("还有样本没有检查，不能结束"));
        }
        self.state = "closed".to_owned();
        self.steps.push(Done { act: "close".to_owned(), by: by.to_owned(), at, text: text.to_owned() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(n: u32) -> Drawn {
        Drawn { department: "market".to_owned(), case_no: format!("A{n:03}") }
    }

    fn plan(seed: &str, size: u32) -> SamplingPlan {
        let mut draw = Draw::new(seed, size);
        (0..100).for_each(|n| draw.pass(case(n)));
        let (drawn, population_count, population_digest) = draw.end();
        SamplingPlan {
            no: "CC1".to_owned(),
            name: "三月抽查".to_owned(),
            population: Population::default(),
            population_count,
            population_digest,
            seed: seed.to_owned(),
            size,
            form: review_form(),
            state: "drawn".to_owned(),
            drawn,
            checks: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn looked(case: Drawn, deductions: &[(&str, u32)]) -> Check {
        Check {
            case,
            authentic: true,
            timely: true,
            complete: true,
            accurate: true,
            lawful: true,
            deductions: deductions.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect(),
            score: 0,
            grade: String::new(),
            text: String::new(),
            by: "ming".to_owned(),
            at: Timestamp(1),
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_cases_and_another_one_others() {
        let one = plan("00ff", 10);
        assert_eq!(one, plan("00ff", 10));
        assert_eq!((one.drawn.len(), one.population_count), (10, 100));
        assert_ne!(one.drawn, plan("00fe", 10).drawn);
        // A larger sample contains the smaller one, and one larger than the population is all of it.
        let larger = plan("00ff", 20).drawn;
        assert!(one.drawn.iter().all(|c| larger.contains(c)));
        assert_eq!(plan("00ff", 500).drawn.len(), 100);
        // By hand: sha256("00ff\nmarket\nA000\n").
        let mut all: Vec<Drawn> = (0..100).map(case).collect();
        all.sort_by_key(|c| Sha256::digest(format!("00ff\n{}\n{}\n", c.department, c.case_no)).to_vec());
        let mut first = all[..10].to_vec();
        first.sort();
        assert_eq!(first, one.drawn);
    }

    #[test]
    fn every_drawn_case_is_looked_at_once_by_the_form() {
        let mut one = plan("00ff", 3);
        let drawn = one.drawn.clone();
        let outside = (0..100).map(case).find(|c| !drawn.contains(c)).expect("a case that was not drawn");
        assert!(matches!(one.check(looked(outside, &[])), Err(SamplingError::Case(_))));
        assert!(matches!(one.check(looked(drawn[0].clone(), &[("99", 1)])), Err(SamplingError::Form(_))));
        assert!(matches!(one.check(looked(drawn[0].clone(), &[("01", 51)])), Err(SamplingError::Form(_))));
        one.check(looked(drawn[0].clone(), &[("01", 50), ("02", 45)])).expect("looked at");
        assert_eq!((one.checks[0].score, one.checks[0].grade.as_str()), (905, "优秀"));
        assert!(matches!(one.check(looked(drawn[0].clone(), &[])), Err(SamplingError::Checked(_))));
        one.check(Check { lawful: false, ..looked(drawn[1].clone(), &[]) }).expect("looked at");
        assert_eq!((one.checks[1].score, one.checks[1].grade.as_str()), (0, "不合格"));
        assert!(one.close("", "ming", Timestamp(2)).is_err());
        one.check(looked(drawn[2].clone(), &[("09", 190), ("05", 150)])).expect("looked at");
        assert_eq!((one.checks[2].score, one.checks[2].grade.as_str()), (660, "合格"));
        one.close("", "ming", Timestamp(2)).expect("closed");
        assert!(one.close("", "ming", Timestamp(3)).is_err());
    }
}
