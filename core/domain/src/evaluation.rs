//! The life of a score run (评分): draft → appeal → final → published, or withdrawn. The run itself – inputs, artifact, outputs – is
//! never touched; what a decision about an appeal changes stands beside it and gives the effective scorecard. Handbook §12.2.

pub mod entry;
pub mod share;

use crate::Timestamp;
use crate::procedure::Done;
use crate::score::{Scorecard, grade, mul_div};
use serde::{Deserialize, Serialize};

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Computed; nobody outside has seen it. 草案
    #[default]
    Draft,
    /// Departments see their scorecards and may appeal. 申诉期
    Appeal,
    /// Approved. 定稿
    Final,
    /// 公布
    Published,
    /// 撤回
    Withdrawn,
}

impl RunState {
    /// The word in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Appeal => "appeal",
            Self::Final => "final",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The Chinese word.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Draft => "草案",
            Self::Appeal => "申诉期",
            Self::Final => "定稿",
            Self::Published => "已公布",
            Self::Withdrawn => "已撤回",
        }
    }

    /// Whether it is the result of its period.
    #[must_use]
    pub fn stands(self) -> bool {
        matches!(self, Self::Final | Self::Published)
    }
}

/// What was decided about an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AppealRuling {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub text: String,
    /// 更正: the line's points now, hundredths; nothing: the line stands (维持).
    pub corrected_to: Option<i64>,
}

/// An appeal (申诉) against one line of one scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScoreAppeal {
    /// Its number within the run, from 1.
    pub no: u32,
    /// Whose scorecard.
    pub department: String,
    /// An indicator, or the word of an adjustment beside the indicators.
    pub line: String,
    /// What the line had when it was appealed against, hundredths.
    pub was: i64,
    /// Grounds (理由).
    pub grounds: String,
    /// Evidence: case numbers, documents.
    pub evidence: Vec<String>,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Nothing while it is open.
    pub ruling: Option<AppealRuling>,
}

/// What people did with a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScoreLife {
    /// Where it stands.
    pub state: RunState,
    /// Who ran it.
    pub ran_by: String,
    /// The last instant for an appeal; nothing before departments could see it.
    pub appeals_until: Option<Timestamp>,
    /// In the order in which they came.
    pub appeals: Vec<ScoreAppeal>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Everything that was done, in order.
    pub steps: Vec<Done>,
}

/// What a named person does with a run.
#[derive(Clone, Debug, PartialEq)]
pub enum ScoreAct {
    /// Shows it to the departments.
    Open {
        /// The last instant for an appeal.
        until: Timestamp,
    },
    /// A department appeals against a line.
    Appeal {
        /// Whose scorecard.
        department: String,
        /// Which line.
        line: String,
        /// Why.
        grounds: String,
        /// Case numbers, documents.
        evidence: Vec<String>,
    },
    /// Another person decides.
    Decide {
        /// The appeal's number.
        appeal: u32,
        /// The line's points now, hundredths; nothing: it stands.
        corrected_to: Option<i64>,
        /// Why.
        text: String,
    },
    /// Another person approves it.
    Finalise {
        /// Remarks, may be empty.
        text: String,
    },
    /// Makes it public.
    Publish {
        /// Remarks, may be empty.
        text: String,
    },
    /// Takes it back.
    Withdraw {
        /// Why.
        text: String,
    },
}

impl ScoreAct {
    /// Its word in addresses, audit and topics.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Appeal { .. } => "appeal",
            Self::Decide { .. } => "decide",
            Self::Finalise { .. } => "finalise",
            Self::Publish { .. } => "publish",
            Self::Withdraw { .. } => "withdraw",
        }
    }
}

/// Why an act on a run is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreActError {
    /// The run stands where this cannot be done.
    #[error("score.state: 评分现为“{from}”，不能{act}", from = .0.name_zh(), act = .1)]
    State(RunState, &'static str),
    /// The period for appeals is over.
    #[error("score.appeal-late: 申诉期已于 {0} 届满")]
    Late(Timestamp),
    /// The period for appeals is not over.
    #[error("score.appeal-period: 申诉期到 {0} 才届满")]
    Early(Timestamp),
    /// No such line, or one that was not assessed.
    #[error("score.line: 评分卡中没有可申诉的“{0}”；不评的指标没有得分")]
    Line(String),
    /// The line was appealed against before.
    #[error("score.appealed: “{0}”已经申诉过")]
    Appealed(String),
    /// No such appeal, or it is decided.
    #[error("score.appeal-unknown: 没有待决定的申诉 {0}")]
    Unknown(u32),
    /// Appeals are undecided.
    #[error("score.appeal-open: 还有 {0} 件申诉没有决定")]
    Open(usize),
    /// One person may not do both.
    #[error("score.same-person: {0}")]
    SamePerson(&'static str),
    /// A correction beyond what the line can have, or to the appellant's disadvantage.
    #[error(
        "score.correction: “{line}”现为 {was}，更正后应在 {least} 到 {most} 之间（百分之一分），且不使申诉人更不利"
    )]
    Correction {
        /// The line.
        line: String,
        /// Hundredths.
        was: i64,
        /// Hundredths.
        least: i64,
        /// Hundredths.
        most: i64,
    },
    /// Words are missing.
    #[error("score.words: 请写明理由")]
    Words,
}

/// The most a bonus can be corrected to, hundredths.
const BONUS_MOST: i64 = 1000;
/// Lines that follow from others and cannot be appealed against by themselves.
const DERIVED: [&str; 3] = ["scale", "conversion", GRADE_CAP];
/// The line of a standard that keeps the grade at 合格 or below, whatever the total: a falsified sample (D-19).
const GRADE_CAP: &str = "grade-cap";

/// What a line of a scorecard has, and the most it can have, hundredths.
fn line_of(card: &Scorecard, line: &str) -> Option<(i64, i64)> {
    if let Some(score) = card.scores.iter().find(|s| s.indicator == line) {
        return score.assessed.then_some((score.points, score.weight));
    }
    let found = card.adjustments.iter().find(|a| a.rule == line && !DERIVED.contains(&line))?;
    Some((found.points, if found.points < 0 { 0 } else { BONUS_MOST.max(found.points) }))
}

impl ScoreLife {
    /// A run that was just made.
    #[must_use]
    pub fn new(ran_by: &str) -> Self {
        Self { ran_by: ran_by.to_owned(), ..Self::default() }
    }

    /// How many appeals are undecided.
    #[must_use]
    pub fn open_appeals(&self) -> usize {
        self.appeals.iter().filter(|a| a.ruling.is_none()).count()
    }

    /// Does something with the run. `card` gives the plugin's scorecard of a department of the run.
    ///
    /// A correction is never to the appellant's disadvantage (行政复议法 63, by analogy).
    ///
    /// # Errors
    /// [`ScoreActError`]; nothing is changed then.
    pub fn act<'a>(
        &mut self,
        act: ScoreAct,
        (by, at): (&str, Timestamp),
        card: impl Fn(&str) -> Option<&'a Scorecard>,
    ) -> Result<(), ScoreActError> {
        use RunState as S;
        let state = self.state;
        let from =
            |states: &[S], zh| if states.contains(&state) { Ok(()) } else { Err(ScoreActError::State(state, zh)) };
        let words = |text: &str| if text.trim().is_empty() { Err(ScoreActError::Words) } else { Ok(()) };
        let word = act.word();
        let text = match act {
            ScoreAct::Open { until } => {
                from(&[S::Draft], "进入申诉期")?;
                self.state = S::Appeal;
                self.appeals_until = Some(until);
                until.to_string()
            }
            ScoreAct::Appeal { department, line, grounds, evidence } => {
                from(&[S::Appeal], "申诉")?;
                words(&grounds)?;
                if let Some(until) = self.appeals_until.filter(|until| at > *until) {
                    return Err(ScoreActError::Late(until));
                }
                let Some((was, _)) = card(&department).and_then(|c| line_of(c, &line)) else {
                    return Err(ScoreActError::Line(line));
                };
                if self.appeals.iter().any(|a| a.department == department && a.line == line) {
                    return Err(ScoreActError::Appealed(line));
                }
                let no = u32::try_from(self.appeals.len()).unwrap_or(u32::MAX).saturating_add(1);
                let text = format!("{department} {line}");
                let by = by.to_owned();
                self.appeals.push(ScoreAppeal { no, department, line, was, grounds, evidence, by, at, ruling: None });
                text
            }
            ScoreAct::Decide { appeal, corrected_to, text } => {
                from(&[S::Appeal], "决定申诉")?;
                words(&text)?;
                let ran_by = &self.ran_by;
                let one = self.appeals.iter_mut().find(|a| a.no == appeal && a.ruling.is_none());
                let one = one.ok_or(ScoreActError::Unknown(appeal))?;
                if *ran_by == by || one.by == by {
                    return Err(ScoreActError::SamePerson("运行评分的人和申诉的人都不能决定申诉"));
                }
                if let Some(is) = corrected_to {
                    let most = card(&one.department).and_then(|c| line_of(c, &one.line)).map_or(one.was, |(_, m)| m);
                    if is <= one.was || is > most {
                        let (line, was) = (one.line.clone(), one.was);
                        return Err(ScoreActError::Correction { line, was, least: was, most });
                    }
                }
                let said = match corrected_to {
                    Some(is) => format!("{} {}：{} → {is}", one.department, one.line, one.was),
                    None => format!("{} {}：维持", one.department, one.line),
                };
                one.ruling = Some(AppealRuling { by: by.to_owned(), at, text, corrected_to });
                said
            }
            ScoreAct::Finalise { text } => {
                from(&[S::Appeal], "定稿")?;
                if self.ran_by == by {
                    return Err(ScoreActError::SamePerson("运行评分的人不能批准定稿"));
                }
                if self.open_appeals() > 0 {
                    return Err(ScoreActError::Open(self.open_appeals()));
                }
                if let Some(until) = self.appeals_until.filter(|until| at <= *until) {
                    return Err(ScoreActError::Early(until));
                }
                self.state = S::Final;
                self.approved_by = Some(by.to_owned());
                text
            }
            ScoreAct::Publish { text } => {
                from(&[S::Final], "公布")?;
                self.state = S::Published;
                text
            }
            ScoreAct::Withdraw { text } => {
                from(&[S::Draft, S::Appeal, S::Final, S::Published], "撤回")?;
                words(&text)?;
                self.state = S::Withdrawn;
                text
            }
        };
        self.steps.push(Done { act: word.to_owned(), by: by.to_owned(), at, text });
        Ok(())
    }

    /// The scorecard that counts: the plugin's, with every correction put in and said beside its line. A corrected indicator moves
    /// the total as much as its weight does: by the scale of a card of which a dimension was not assessed, and by the conversion
    /// coefficient, whose own lines follow.
    #[must_use]
    pub fn effective(&self, department: &str, output: &Scorecard, base: i64) -> Scorecard {
        let mut card = output.clone();
        let judged: i64 = output.scores.iter().filter(|s| s.assessed).map(|s| s.weight).sum();
        let mut moved = 0;
        for appeal in self.appeals.iter().filter(|a| a.department == department) {
            let Some((ruling, is)) = appeal.ruling.as_ref().and_then(|r| Some((r, r.corrected_to?))) else { continue };
            let delta = is - appeal.was;
            let said = format!(
                "；申诉更正：{} → {}（{}，{}）",
                points_text(appeal.was),
                points_text(is),
                ruling.text,
                ruling.by
            );
            if let Some(score) = card.scores.iter_mut().find(|s| s.indicator == appeal.line) {
                score.points = is;
                score.explain_zh.push_str(&said);
                score.explain_en.push_str("; corrected after an appeal");
                let scaled = if judged == 0 { delta } else { mul_div(delta, base, judged) };
                if let Some(scale) = card.adjustments.iter_mut().find(|a| a.rule == "scale") {
                    scale.points += scaled - delta;
                    moved += scaled;
                } else {
                    moved += delta;
                }
            } else if let Some(line) = card.adjustments.iter_mut().find(|a| a.rule == appeal.line) {
                line.points = is;
                line.reason_zh.push_str(&said);
                moved += delta;
            }
        }
        if moved != 0 && judged != 0 {
            if let Some(conversion) = card.adjustments.iter_mut().find(|a| a.rule == "conversion") {
                let more = mul_div(moved, conversion.points, output.total - conversion.points);
                conversion.points += more;
                moved += more;
            }
            // A card that was cut off at 0 is made whole first.
            let lines = output.scores.iter().filter(|s| s.assessed).map(|s| s.points);
            let lines: i64 = lines.chain(output.adjustments.iter().map(|a| a.points)).sum();
            let whole = if output.total == 0 { lines.min(0) } else { output.total };
            card.total = (whole + moved).max(0);
            let capped = card.adjustments.iter().any(|a| a.rule == GRADE_CAP);
            card.grade = if capped { grade(card.total.min(7999)) } else { grade(card.total) }.to_owned();
        }
        card
    }
}

/// Hundredths as people write them.
#[must_use]
pub fn points_text(points: i64) -> String {
    format!("{}{}.{:02}", if points < 0 { "-" } else { "" }, points.abs() / 100, points.abs() % 100)
}

#[cfg(test)]
#[path = "evaluation/tests.rs"]
mod tests;
