//! An act of the desk is kept: case, records, papers, numbers, work and audit become true together, unless somebody else was faster. What
//! it does to the parts of other departments ([`super::joint`]) becomes true with it.

use super::Read;
use crate::app::App;
use crate::people::token_hash;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::complaint::CodeHash;
use daylight_domain::desk::{
    AskKind, Context, DeskAct, DeskActor, DeskCase, DeskPaper, DeskRecord, DeskState, Outcome, Receipt, Voided,
};
use daylight_domain::role::{Right, Role};
use daylight_store::{
    AuditEntry, DeskCommit, DeskDraw, DeskRecordRow, DeskRow, DeskWorkFilter, DeskWorkRow, OutboxRow, StoreError,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// So much work is handed over at once.
const HANDED_OVER: u32 = 1000;

/// An act that is to be kept.
#[derive(Clone, Debug)]
pub struct DeskDeed<'a> {
    /// What comes of it.
    pub outcome: Outcome,
    /// Its word.
    pub act: &'a str,
    /// Which version of the case was seen; nothing for a new one.
    pub seen: Option<i64>,
    /// Who has to hear of it.
    pub messages: Vec<OutboxRow>,
}

/// What became of an act.
#[derive(Clone, Debug)]
pub struct DeskKept {
    /// The case as it is now.
    pub case: DeskCase,
    /// Its version now.
    pub version: i64,
    /// Papers that were made.
    pub papers: Vec<DeskPaper>,
}

/// What whoever acts is answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeskDone {
    /// 办件编号
    pub no: String,
    /// State word.
    pub state: String,
    /// Its version now; the next act names it.
    pub version: i64,
    /// Papers that were made; who applied is masked.
    pub papers: Vec<DeskPaper>,
    /// The query code for the applicant; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The link for the applicant's rating; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Records that intake refused, with code and words; none: all of them are in.
    pub refused: Vec<serde_json::Value>,
}

impl DeskDone {
    pub(crate) fn of(mut kept: DeskKept) -> Self {
        // An answer may be kept under an idempotency key; who applied is not kept there.
        kept.papers.iter_mut().for_each(DeskPaper::mask);
        Self {
            no: kept.case.no.clone(),
            state: kept.case.state.as_str().to_owned(),
            version: kept.version,
            papers: kept.papers,
            code: None,
            link: None,
            refused: Vec::new(),
        }
    }
}

impl App {
    pub(super) fn desk_context<'a>(&'a self, settings: &'a super::DeskSettings) -> Context<'a> {
        Context {
            now: self.clock.now(),
            calendar: &self.config.rules.calendar,
            due: None,
            correction_days: settings.correction_days,
            tolerance_days: settings.tolerance_days,
            remedies: &settings.remedies,
            asked: "",
        }
    }

    /// Takes an application down. The query code is in the answer this once.
    ///
    /// # Errors
    /// Why it cannot be received; the store.
    pub(crate) async fn desk_receive(&self, receipt: &Receipt, by: DeskActor<'_>) -> Result<DeskDone, Problem> {
        let (_, settings) = self.desk(by.department)?;
        let context = self.desk_context(settings);
        let catalogue = &self.config.rules.catalogue;
        let unknown = || Problem::new("item.unknown", format!("事项目录中没有“{}”", receipt.item_code));
        let item = catalogue.at(&receipt.item_code, context.now.date()).ok_or_else(unknown)?;
        if let Some(window) =
            receipt.window.as_ref().filter(|w| !settings.windows.is_empty() && !settings.windows.contains(w))
        {
            let message = format!("没有窗口“{window}”");
            return Err(Problem::new("desk.window", message).fix(format!("有：{}", settings.windows.join("、"))));
        }
        let mut outcome = DeskCase::receive(receipt, item, by, &context)?;
        let (code, kept) = CodeHash::draw(rand::random());
        outcome.case.code = Some(kept);
        let deed = DeskDeed { outcome, act: "receive", seen: None, messages: Vec::new() };
        let kept = self.desk_keep(vec![deed], by).await?.into_iter().next().ok_or_else(nothing)?;
        let mut done = DeskDone { code: Some(code), ..DeskDone::of(kept) };
        self.desk_report(by.department, &mut done).await;
        Ok(done)
    }

    /// Does something with a case of which a version was seen.
    ///
    /// # Errors
    /// `desk.stale` where somebody else changed it since; why it is not possible; the store.
    pub(crate) async fn desk_act(
        &self,
        by: DeskActor<'_>,
        (department, no): (&str, &str),
        version: i64,
        act: &DeskAct,
    ) -> Result<DeskDone, Problem> {
        loop {
            match self.desk_try(by, (department, no), version, act).await {
                Err(problem) if problem.code == "store.conflict" => {
                    // Where it was not this case, but one that belongs to it, nothing of what was seen has changed.
                    let read = self.desk_read(department, no).await?;
                    if read.version != version {
                        return Err(stale(&read, version));
                    }
                }
                other => return other,
            }
        }
    }

    async fn desk_try(
        &self,
        by: DeskActor<'_>,
        (department, no): (&str, &str),
        version: i64,
        act: &DeskAct,
    ) -> Result<DeskDone, Problem> {
        let (_, settings) = self.desk(department)?;
        let read = self.desk_read_as(by, (department, no)).await?;
        if read.version != version {
            return Err(stale(&read, version));
        }
        self.desk_known(&read, act).await?;
        if let (Some(part), DeskAct::Answer { opinion, agrees, .. }) = (&read.case.part, act)
            && self.desk(&part.department).is_err()
        {
            let outcome = read.case.answer_alone((opinion, *agrees), by, &self.desk_context(settings))?;
            let deed = DeskDeed { outcome, act: act.word(), seen: Some(read.version), messages: Vec::new() };
            let kept = self.desk_keep(vec![deed], by).await?.pop().ok_or_else(nothing)?;
            let mut done = DeskDone::of(kept);
            self.desk_report(department, &mut done).await;
            return Ok(done);
        }
        // An opinion is given in the main case; the part follows.
        let (main, act) = self.desk_main(read, act).await?;
        let row = self.store.case(&main.case.department, &main.case.no).await?;
        let due = row.as_ref().and_then(|r| r.legal_due.or(r.promise_due));
        let asked = match act.as_ref() {
            DeskAct::Ask { department, .. } => self.department(department)?.name.as_str(),
            _ => "",
        };
        let context = Context { due, asked, ..self.desk_context(settings) };
        let mut outcome = main.case.act(&act, by, &context)?;
        let (mut link, mut code, mut old) = (None, None, None);
        match act.as_ref() {
            DeskAct::NewCode { .. } => {
                let (fresh, kept) = CodeHash::draw(rand::random());
                (code, outcome.case.code) = (Some(fresh), Some(kept));
            }
            DeskAct::Rate | DeskAct::RateAgain { .. } => {
                if matches!(act.as_ref(), DeskAct::RateAgain { .. }) {
                    old = Some(self.desk_unrated(&main.case).await?);
                }
                let secret = self.desk_link(department, no).await?;
                outcome.case.rating_link = Some(token_hash(&secret));
                link = Some(secret);
            }
            _ => {}
        }
        let deeds = self.desk_deeds(&main, outcome, (&act, by), &context).await?;
        let mut kept = self.desk_keep(deeds, by).await?;
        let others: Vec<String> =
            kept.iter().map(|one| one.case.department.clone()).filter(|d| d != department).collect();
        let own = kept.iter().position(|one| one.case.department == department && one.case.no == no);
        let own = own.map(|at| kept.swap_remove(at)).ok_or_else(nothing)?;
        if let Some(hash) = old {
            let forever = Timestamp(i64::MAX - 1);
            self.store.put_key("rating", &format!("void:{hash}"), forever, &format!("{department}/{no}")).await?;
        }
        let mut done = DeskDone { link, code, ..DeskDone::of(own) };
        self.desk_report(department, &mut done).await;
        for other in others {
            self.desk_take_after(&other).await;
        }
        Ok(done)
    }

    /// What changed of a case since a version of it was seen.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn desk_stale(&self, (department, no): (&str, &str), version: i64) -> Result<Problem, Problem> {
        Ok(stale(&self.desk_read(department, no).await?, version))
    }

    /// Hands over everything that one person of a department has. Gives the cases that went over.
    ///
    /// # Errors
    /// Whom the act forbids it; the store.
    pub(crate) async fn desk_hand_over(
        &self,
        by: DeskActor<'_>,
        (from, to, reason): (&str, &str, &str),
    ) -> Result<Vec<String>, Problem> {
        self.desk(by.department)?;
        let filter = DeskWorkFilter {
            department: by.department.to_owned(),
            assigned: Some(from.to_owned()),
            limit: HANDED_OVER,
            ..DeskWorkFilter::default()
        };
        let mut over: Vec<String> = Vec::new();
        for row in self.store.desk_work(&filter).await?.into_iter().filter(|row| row.owner == by.department) {
            if over.contains(&row.case_no) {
                continue;
            }
            let act = DeskAct::HandOver {
                to: to.to_owned(),
                from: Some(from.to_owned()),
                step: None,
                reason: reason.to_owned(),
            };
            // Whoever works on it just now goes on with it; what is left is handed over once more.
            let version = self.desk_read(by.department, &row.case_no).await?.version;
            self.desk_act(by, (by.department, &row.case_no), version, &act).await?;
            over.push(row.case_no);
        }
        Ok(over)
    }

    /// Departments and people that an act names are there.
    async fn desk_known(&self, read: &Read, act: &DeskAct) -> Result<(), Problem> {
        match act {
            DeskAct::Ask { department, .. } => {
                self.department(department)?;
            }
            DeskAct::HandOver { to, .. } => {
                let user = self.store.user(to.trim()).await?.filter(|u| u.disabled_at.is_none());
                let may = user.is_some_and(|u| {
                    u.department.as_deref() == Some(read.case.department.as_str())
                        && Role::from_name(&u.role).is_some_and(|role| role.may(Right::Handle))
                });
                if !may {
                    return Err(Problem::new("desk.person", format!("本部门没有能承办的人员“{to}”")));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The link that was given out, while nobody has rated by it.
    async fn desk_unrated(&self, case: &DeskCase) -> Result<String, Problem> {
        let used = || Problem::new("desk.rated", "这次服务已经评价过，或者先前的链接无从作废");
        let hash = case.rating_link.clone().ok_or_else(used)?;
        let rated = self.store.entered_as("rating", &format!("used:{hash}")).await?.is_some();
        if rated { Err(used()) } else { Ok(hash) }
    }

    /// The one-time link by which the applicant rates this service.
    async fn desk_link(&self, department: &str, no: &str) -> Result<String, Problem> {
        let secret = format!("dlr_{}", hex::encode(rand::random::<[u8; 24]>()));
        let until = self.clock.now().plus_ms(i64::from(self.config.main.complaint.rating_days) * 86_400_000);
        let case = format!("{department}/{no}");
        self.store.put_key("rating", &format!("link:{}", token_hash(&secret)), until, &case).await?;
        Ok(secret)
    }

    /// Keeps acts that belong together in one transaction. What they report is on its way then, and not yet taken in. Gives what each
    /// became, in order.
    ///
    /// # Errors
    /// `store.conflict` where somebody else changed one of the cases since it was seen; `desk.record`; the store.
    pub async fn desk_keep(&self, deeds: Vec<DeskDeed<'_>>, by: DeskActor<'_>) -> Result<Vec<DeskKept>, Problem> {
        let commits = deeds.into_iter().map(|deed| self.desk_commit(deed, by)).collect::<Result<Vec<_>, _>>()?;
        let speaks = commits.iter().any(|commit| !commit.messages.is_empty());
        let kept = self.store.keep_desk(commits).await.map_err(|e| match e {
            StoreError::Conflict(message) => Problem::new("store.conflict", message),
            other => other.into(),
        })?;
        if speaks {
            self.tell();
        }
        let kept = kept.into_iter().map(|(row, papers)| {
            let Read { case, version } = Read::of(&row)?;
            Ok(DeskKept { case, version, papers })
        });
        kept.collect()
    }

    fn desk_commit(&self, deed: DeskDeed<'_>, by: DeskActor<'_>) -> Result<DeskCommit, Problem> {
        let DeskDeed { outcome, act, seen, messages } = deed;
        let case = &outcome.case;
        // The instant of the act is that of its records: the day they are counted on.
        let now = case.history.last().map_or_else(|| self.clock.now(), |done| done.at);
        let (department, settings) = self.desk(&case.department)?;
        self.desk_checked(&outcome.records, &case.department)?;
        let row = DeskRow {
            department: case.department.clone(),
            no: case.no.clone(),
            revision: seen.unwrap_or(0),
            state: case.state.as_str().to_owned(),
            item_code: case.item.code.clone(),
            assigned: case.assigned.clone(),
            name_key: self.desk_name_key(&case.applicant.name),
            received_at: case.received_at,
            closed: case.state.is_closed(),
            body: serde_json::to_string(case).map_err(|e| Problem::new("internal", e.to_string()))?,
        };
        let work = case.work().into_iter().map(|work| DeskWorkRow {
            owner: case.department.clone(),
            case_no: case.no.clone(),
            due: work.by.map(|date| daylight_domain::Timestamp::end_of(date).plus_ms(-1)),
            work,
        });
        let record = |one: &DeskRecord| DeskRecordRow {
            seq: 0,
            case_no: case.no.clone(),
            kind: one.kind.as_str().to_owned(),
            source_key: one.source_key.clone(),
            data_version: one.data_version,
            at: now,
            body: one.line(),
            receipt: None,
        };
        let draws = outcome.draws.iter().map(|one| {
            let (pattern, series) = settings.pattern(&case.department, &one.series, now);
            DeskDraw { mark: one.mark.clone(), series, pattern }
        });
        let papers = outcome.papers.iter().cloned().map(|mut paper| {
            paper.facts.office.clone_from(&department.name);
            paper.facts.contact.clone_from(&settings.contact);
            paper
        });
        let voided = |reason: String| Voided { by: by.user.to_owned(), at: now, reason };
        let void = if case.state == DeskState::Voided && seen.is_some() {
            let asked = case.asks.iter().rev().find(|a| a.kind == AskKind::Void && a.allowed == Some(true));
            Some((None, voided(asked.map_or(String::new(), |a| a.reason.clone()))))
        } else {
            outcome.void.clone().map(|(no, reason)| (Some(no), voided(reason)))
        };
        let state = case.state.as_str();
        let detail = match case.history.last().filter(|_| matches!(act, "new-code" | "rate-again")) {
            Some(last) => json!({ "state": state, "reason": last.text }),
            None => json!({ "state": state }),
        };
        Ok(DeskCommit {
            work: work.collect(),
            records: outcome.records.iter().map(record).collect(),
            draws: draws.collect(),
            papers: papers.collect(),
            seen,
            void,
            audit: AuditEntry {
                at: now,
                actor: by.user.to_owned(),
                action: format!("desk.{act}"),
                object: format!("{}/{}", case.department, case.no),
                detail: detail.to_string(),
            },
            messages,
            row,
        })
    }
}

/// Somebody else changed it since it was seen: who, what, when.
fn stale(read: &Read, version: i64) -> Problem {
    let steps = usize::try_from(read.version.saturating_sub(version)).unwrap_or(1).max(1);
    let from = read.case.history.len().saturating_sub(steps);
    let since: Vec<String> = read
        .case
        .history
        .iter()
        .skip(from)
        .map(|done| {
            format!("{} 于 {} {}", done.by, done.at.local().format("%m-%d %H:%M"), super::view::act_zh(&done.act))
        })
        .collect();
    let message = format!("您看到的内容已不是最新：{}（现为“{}”）", since.join("；"), read.case.state.name_zh());
    Problem::new("desk.stale", message)
}

fn nothing() -> Problem {
    Problem::new("internal", "窗口办件没有写入")
}
