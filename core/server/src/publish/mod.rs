//! Publication of results (公布): a bundle is put together from what the county has, shown to whoever approves, and published exactly as
//! it was shown, for one of three audiences; withdrawn, it stays provable and says that it is withdrawn. What may be in a bundle is
//! decided before its bytes are made: personal data never, small counts never for the public, words of persons only after a person
//! cleared them. Handbook §13; notice N9, N12.

mod bundle;
mod check;
mod content;
mod export;
mod numbers;

pub(crate) use check::Obstacle;
pub(crate) use export::{Asked as ExportAsked, FORMATS, KINDS};

use crate::app::App;
use crate::evaluate::{SHADOW, ScoreRunView};
use crate::oversight::{Deed, Kept, Matter};
use crate::problem::Problem;
use chrono::NaiveDate;
use content::Content;
use daylight_domain::Timestamp;
use daylight_domain::evaluation::{RunState, ScoreAct};
use daylight_domain::publication::{
    Audience, FileEntry, Manifest, Publication, PublicationAct, PublicationError, PublicationKind, PublicationState,
    digest_of,
};
use daylight_store::{About, MatterFilter, NewPublication};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The longest period of a publication that is no month, days.
const LONGEST: i64 = 92;
/// The manifest's name in a bundle.
pub(crate) const MANIFEST: &str = "manifest.json";

/// `[publication]`: what leaves the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Publishing {
    /// Counts below this are not shown to the public, at least 5.
    pub anonymity: u64,
    /// For how long public files may be kept by browsers and proxies, seconds.
    pub cache_seconds: u32,
    /// The guides under `/public` are the county's (办事指南): the rules O-01 and O-04 look at what they post.
    pub guides: bool,
}

impl Default for Publishing {
    fn default() -> Self {
        Self { anonymity: daylight_domain::publication::suppress::LEAST, cache_seconds: 300, guides: false }
    }
}

impl From<PublicationError> for Problem {
    fn from(e: PublicationError) -> Self {
        Self::told(&e, "publication.state")
    }
}

impl Matter for Publication {
    const KIND: &'static str = "publication";
    const SERIES: &'static str = "GB";
    const ZH: &'static str = "公布件";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        self.department.as_deref()
    }
    fn state(&self) -> &str {
        self.state.as_str()
    }
    fn due(&self) -> Option<Timestamp> {
        None
    }
    fn told(&self, _: &str) -> bool {
        false
    }
}

/// What somebody wants to be put together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What.
    pub kind: PublicationKind,
    /// For whom; the usual audience of the kind where it is not said.
    #[serde(default)]
    pub audience: Option<Audience>,
    /// First day.
    pub from: NaiveDate,
    /// Last day; where it is not said, as the kind has it.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// Only this department's.
    #[serde(default)]
    pub department: Option<String>,
    /// The score run a bulletin tells of; where it is not said, the one that stands for the month.
    #[serde(default)]
    pub score_run: Option<String>,
    /// The scope in words (适当范围).
    pub scope: String,
    /// Its title; by default from kind and period.
    #[serde(default)]
    pub title: Option<String>,
    /// A bulletin as a document (GB/T 9704) is made where its number was given out.
    #[serde(default)]
    pub document: Option<DocumentWords>,
}

/// What a document needs that no data says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentWords {
    /// 机关代字, e.g. `示监`.
    pub code: String,
    /// The number within the year.
    pub number: u32,
    /// 主送机关
    #[serde(default)]
    pub salutation: String,
    /// 抄送机关
    #[serde(default)]
    pub copies: Vec<String>,
}

/// What is to be put together, looked through.
#[derive(Clone, Debug)]
struct Plan {
    kind: PublicationKind,
    audience: Audience,
    from: NaiveDate,
    to: NaiveDate,
    department: Option<String>,
    run: Option<ScoreRunView>,
    /// Counts below this are hidden; nothing where small counts may be seen.
    anonymity: Option<u64>,
    /// What its document needs.
    document: Option<DocumentWords>,
}

/// A publication for those who make and approve it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PublicationView {
    /// What it is.
    #[serde(flatten)]
    pub publication: Publication,
    /// Personal data in its words: while there is any, it cannot be approved.
    pub obstacles: Vec<Obstacle>,
}

/// What a proof of a bundle found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Proof {
    /// Its number.
    pub no: String,
    /// The digest that was drafted and approved.
    pub digest: String,
    /// How many files were computed again, the manifest among them.
    pub files: usize,
    /// Every byte is what was approved.
    pub verified: bool,
    /// What is not.
    pub problems: Vec<String>,
}

fn period(wanted: &Wanted, today: NaiveDate) -> Result<NaiveDate, Problem> {
    let to = wanted.to.unwrap_or_else(|| wanted.kind.last_day(wanted.from));
    let days = (to - wanted.from).num_days();
    let monthly = wanted.kind.is_aggregate();
    let whole = chrono::Datelike::day(&wanted.from) == 1 && to == wanted.kind.last_day(wanted.from);
    let monday = chrono::Datelike::weekday(&wanted.from) == chrono::Weekday::Mon;
    let wrong = if !(0..LONGEST).contains(&days) || wanted.from > today {
        Some(format!("{} 至 {to} 不是可以公布的期间", wanted.from))
    } else if wanted.kind == PublicationKind::WeeklyOrders && !monday {
        Some(format!("督办周报从星期一开始，{} 不是星期一", wanted.from))
    } else if monthly && !whole {
        Some(format!("{}须为整月，不是 {} 至 {to}", wanted.kind.name_zh(), wanted.from))
    } else if monthly && to >= today {
        Some(format!("{} 至 {to} 还没有过完", wanted.from))
    } else if wanted.kind == PublicationKind::Finished && to > today {
        Some(format!("{} 至 {to} 还没有过完；写明不晚于今天的 to", wanted.from))
    } else {
        None
    };
    match wrong {
        Some(message) => Err(Problem::new("publication.period", message)),
        None => Ok(to),
    }
}

impl App {
    /// The run a bulletin tells of: final or published, of its month, never a look.
    async fn run_of(&self, wanted: &Wanted) -> Result<Option<ScoreRunView>, Problem> {
        if wanted.kind != PublicationKind::Bulletin {
            return match wanted.score_run {
                Some(_) => Err(Problem::new("publication.request", "只有绩效通报才有 score_run")),
                None => Ok(None),
            };
        }
        let month = wanted.from.format("%Y-%m").to_string();
        let view = match &wanted.score_run {
            Some(id) => Some(self.score_view(id).await?),
            None => {
                let all = self.score_views(1000).await?;
                all.into_iter().find(|v| v.run.period == month && v.run.status != SHADOW && v.life.state.stands())
            }
        };
        let stands = |v: &ScoreRunView| v.life.state.stands() && v.run.period == month && v.run.status != SHADOW;
        match view.filter(stands) {
            Some(view) => Ok(Some(view)),
            None => Err(Problem::new("publication.run", format!("{month} 没有已定稿的评分"))),
        }
    }

    async fn plan(&self, wanted: &Wanted) -> Result<Plan, Problem> {
        let kind = wanted.kind;
        let audiences = kind.audiences();
        let usual = audiences.first().copied().unwrap_or(Audience::Internal);
        let audience = wanted.audience.unwrap_or(usual);
        if !audiences.contains(&audience) {
            let words: Vec<&str> = audiences.iter().map(|a| a.as_str()).collect();
            let message = format!("{}不面向“{}”", kind.name_zh(), audience.name_zh());
            return Err(Problem::new("publication.audience", message).fix(format!("可选：{}", words.join("、"))));
        }
        if wanted.scope.trim().is_empty() || wanted.scope.chars().count() > 200 {
            return Err(Problem::new("publication.request", "scope（公布范围）应写明，不超过 200 字"));
        }
        let to = period(wanted, self.clock.now().date())?;
        if let Some(id) = &wanted.department {
            self.department(id)?;
            // One department beside all of them would tell what the rest have.
            if audience == Audience::Public && kind == PublicationKind::Monthly {
                return Err(Problem::new("publication.request", "面向公众的月度数据不分部门另出"));
            }
        }
        let document = wanted.document.clone();
        if document.is_some() && (kind != PublicationKind::Bulletin || audience == Audience::Public) {
            let message = "只有面向政府部门或监察内部的绩效通报才有公文（document）";
            return Err(Problem::new("publication.request", message));
        }
        let anonymity = (audience == Audience::Public).then_some(self.config.main.publication.anonymity);
        let run = self.run_of(wanted).await?;
        let (from, department) = (wanted.from, wanted.department.clone());
        Ok(Plan { kind, audience, from, to, department, run, anonymity, document })
    }

    /// Puts a publication together: its bytes are made now and never again.
    ///
    /// # Errors
    /// `publication.audience`, `.period`, `.request`, `.run`, `.standing`; `department.unknown`; the store.
    pub async fn draft_publication(&self, wanted: &Wanted, by: &str) -> Result<PublicationView, Problem> {
        let plan = self.plan(wanted).await?;
        self.nothing_stands((plan.kind, plan.audience), plan.from).await?;
        let now = self.clock.now();
        let content = self.content(&plan).await?;
        let title = wanted.title.as_deref().map(str::trim).filter(|t| !t.is_empty());
        let county = &self.config.main.county;
        let title = title.map_or_else(|| self.title_of(plan.kind, (plan.from, plan.to)), str::to_owned);
        let Content { redactions, exclusions, texts, about, departments, .. } = content.clone();
        let manifest = Manifest {
            format: "daylight-bundle/1".to_owned(),
            kind: plan.kind,
            audience: plan.audience,
            title: title.clone(),
            scope: wanted.scope.trim().to_owned(),
            county: county.name.clone(),
            division: county.division.clone(),
            from: plan.from,
            to: plan.to,
            department: plan.department.clone(),
            score_run: plan.run.as_ref().map(|r| r.run.id.clone()),
            data_time: now,
            generator: format!("daylight {}", env!("CARGO_PKG_VERSION")),
            author: by.to_owned(),
            redactions,
            anonymity: plan.anonymity,
            exclusions,
            files: Vec::new(),
        };
        let (manifest, digest, files) = bundle::files(&content, manifest)?;
        let mut about: Vec<_> = about.into_iter().map(|case| (About::Case, case)).collect();
        about.extend(content.answers.iter().map(|no| (About::Answer, no.clone())));
        about.extend(manifest.score_run.clone().map(|run| (About::Score, run)));
        let publication = Publication {
            no: String::new(),
            kind: plan.kind,
            audience: plan.audience,
            state: PublicationState::Draft,
            title,
            scope: manifest.scope,
            from: plan.from,
            to: plan.to,
            department: plan.department,
            score_run: manifest.score_run,
            data_time: now,
            digest,
            files: manifest.files,
            texts,
            departments,
            author: by.to_owned(),
            drafted_at: now,
            approver: None,
            published_at: None,
            withdrawn_at: None,
            withdrawn_because: None,
            breaches: Vec::new(),
            steps: Vec::new(),
        };
        let detail =
            json!({ "kind": publication.kind, "audience": publication.audience, "digest": publication.digest });
        let (audit, _) = self.record(&publication, Deed { act: "draft", by }, detail);
        let new = NewPublication { matter: Self::row(&publication, 0)?, files, about };
        let row = self.store.add_publication(new, &self.series(Publication::SERIES), audit).await?;
        self.viewed(row.read()?).await
    }

    /// A title that nobody wrote.
    fn title_of(&self, kind: PublicationKind, (from, to): (NaiveDate, NaiveDate)) -> String {
        let days = if from == to { from.to_string() } else { format!("{from} 至 {to}") };
        format!("{}{}（{days}）", self.config.main.county.name, kind.name_zh())
    }

    /// The title a publication has where nobody wrote one.
    fn own_title(&self, one: &Publication) -> String {
        self.title_of(one.kind, (one.from, one.to))
    }

    /// The difference of two tables about one period would tell what neither does.
    async fn nothing_stands(
        &self,
        (kind, audience): (PublicationKind, Audience),
        from: NaiveDate,
    ) -> Result<(), Problem> {
        if audience != Audience::Public || !kind.is_aggregate() {
            return Ok(());
        }
        let all = self.publications(&[PublicationState::Published.as_str()]).await?;
        match all.iter().find(|p| p.kind == kind && p.audience == audience && p.from == from) {
            Some(one) => Err(Problem::new("publication.standing", format!("{} 已经公布：{}", one.no, one.title))),
            None => Ok(()),
        }
    }

    /// All publications in some states.
    pub(crate) async fn publications(&self, states: &[&str]) -> Result<Vec<Publication>, Problem> {
        self.every_matter(MatterFilter {
            states: states.iter().map(|s| (*s).to_owned()).collect(),
            ..MatterFilter::default()
        })
        .await
    }

    async fn viewed(&self, publication: Publication) -> Result<PublicationView, Problem> {
        let obstacles = match publication.state {
            PublicationState::Draft => self.obstacles(&publication).await?,
            _ => Vec::new(),
        };
        Ok(PublicationView { publication, obstacles })
    }

    /// A publication by its number, with what stands in the way of its approval.
    ///
    /// # Errors
    /// `publication.unknown`.
    pub async fn publication(&self, no: &str) -> Result<PublicationView, Problem> {
        self.viewed(self.find_matter::<Publication>(no).await?.matter).await
    }

    /// Approves, withdraws, or says what must not be in it. Approved is exactly what was drafted: every byte is computed again first.
    ///
    /// # Errors
    /// What its state or the person forbids; `publication.personal` with every place, `publication.damaged`.
    pub async fn act_on_publication(
        &self,
        no: &str,
        act: PublicationAct,
        by: &str,
    ) -> Result<PublicationView, Problem> {
        let mut kept: Kept<Publication> = self.find_matter(no).await?;
        let (now, word) = (self.clock.now(), act.word());
        let was = kept.matter.state;
        let not_names = match &act {
            PublicationAct::Approve { not_names, .. } => not_names.trim().to_owned(),
            _ => String::new(),
        };
        if not_names.chars().count() > 500 {
            return Err(Problem::new("publication.request", "override（为何不是姓名）不超过 500 字"));
        }
        kept.matter.act(act, by, now).map_err(Problem::from)?;
        let deed = Deed { act: word, by };
        let mut detail = json!({ "from": was, "to": kept.matter.state, "digest": kept.matter.digest });
        if word != "approve" {
            let one = self.keep_matter(kept, deed, detail).await?;
            if word == "report" {
                self.breached(&one, now).await?;
            }
            return self.viewed(one).await;
        }
        self.nothing_stands((kept.matter.kind, kept.matter.audience), kept.matter.from).await?;
        let obstacles = if not_names.is_empty() {
            self.obstacles(&kept.matter).await?
        } else {
            if let Some(detail) = detail.as_object_mut() {
                detail.insert("override".to_owned(), json!(not_names));
            }
            self.sure_obstacles(&kept.matter).await?
        };
        if !obstacles.is_empty() {
            let places: Vec<String> = obstacles.iter().map(|o| o.say().0).collect();
            return Err(Problem::new("publication.personal", format!("不能公布：{}", places.join("；"))));
        }
        if let Some(no) = self.no_longer_answered(&kept.matter, true).await? {
            return Err(Problem::new("publication.stale", format!("{no} 的答复在编制以后已改动或不再公开")));
        }
        let proof = self.prove_publication(&kept.matter).await?;
        if !proof.verified {
            return Err(Problem::new("publication.damaged", proof.problems.join("；")));
        }
        if let Some(run) = &kept.matter.score_run {
            let stands = self.score_view(run).await?.life.state;
            if !stands.stands() {
                return Err(Problem::new("publication.run", format!("评分 {run} 现为“{}”", stands.name_zh())));
            }
        }
        let (audit, _) = self.record(&kept.matter, deed, detail);
        let one = &kept.matter;
        let aggregate = one.audience == Audience::Public && one.kind.is_aggregate();
        let place = aggregate.then(|| format!("{}/{}/{}", one.kind.as_str(), one.audience.as_str(), one.from));
        let row = Self::row(one, kept.revision)?;
        if let Some(other) = self.store.publish(&row, now, place.as_deref(), audit).await? {
            return Err(Problem::new("publication.standing", format!("{other} 已经公布")));
        }
        self.tell();
        self.publish_run_of(&kept.matter, by).await?;
        self.viewed(kept.matter).await
    }

    /// A bulletin that is published publishes the final run it tells of.
    async fn publish_run_of(&self, publication: &Publication, by: &str) -> Result<(), Problem> {
        let Some(run) = &publication.score_run else { return Ok(()) };
        if self.score_view(run).await?.life.state == RunState::Final {
            let text = format!("随{}公布", publication.no);
            Box::pin(self.live_on(run, ScoreAct::Publish { text }, by)).await?;
        }
        Ok(())
    }

    /// What tells of a score run that was withdrawn is withdrawn with it.
    pub(crate) async fn withdraw_with_run(&self, run: &str, (by, why): (&str, &str)) -> Result<(), Problem> {
        self.withdraw_about((About::Score, run), (by, &format!("评分 {run} 已撤回：{why}"))).await
    }

    /// What carries an answer that is not public any more is withdrawn with it.
    pub(crate) async fn withdraw_with_answer(&self, complaint: &str, by: &str) -> Result<(), Problem> {
        self.withdraw_about((About::Answer, complaint), (by, "其中的答复已不再公开")).await
    }

    async fn withdraw_about(&self, (about, name): (About, &str), (by, text): (&str, &str)) -> Result<(), Problem> {
        for (no, _) in self.store.published_about(about, name).await? {
            let state = self.find_matter::<Publication>(&no).await?.matter.state;
            if state != PublicationState::Withdrawn {
                let text = text.to_owned();
                Box::pin(self.act_on_publication(&no, PublicationAct::Withdraw { text }, by)).await?;
            }
        }
        Ok(())
    }

    /// Computes every hash of a bundle again from the stored bytes.
    ///
    /// # Errors
    /// `publication.unknown`, the store.
    pub async fn verify_publication(&self, no: &str) -> Result<Proof, Problem> {
        self.prove_publication(&self.find_matter::<Publication>(no).await?.matter).await
    }

    async fn prove_publication(&self, one: &Publication) -> Result<Proof, Problem> {
        let mut problems = Vec::new();
        let mut files = 0;
        match self.store.publication_file(&one.no, MANIFEST).await? {
            None => problems.push(format!("没有 {MANIFEST}")),
            Some((_, bytes)) => {
                files += 1;
                if digest_of(&bytes) != one.digest {
                    problems.push(format!("{MANIFEST} 的散列是 {}，不是 {}", digest_of(&bytes), one.digest));
                }
                let named = serde_json::from_slice::<Manifest>(&bytes).map(|m| m.files).unwrap_or_default();
                if named != one.files {
                    problems.push(format!("{MANIFEST} 列出的文件与公布件的不符"));
                }
            }
        }
        for entry in &one.files {
            match self.store.publication_file(&one.no, &entry.name).await? {
                None => problems.push(format!("没有 {}", entry.name)),
                Some((_, bytes)) => {
                    files += 1;
                    if !entry.fits(&bytes) {
                        problems.push(format!("{} 的散列是 {}，不是 {}", entry.name, digest_of(&bytes), entry.sha256));
                    }
                }
            }
        }
        Ok(Proof { no: one.no.clone(), digest: one.digest.clone(), files, verified: problems.is_empty(), problems })
    }

    /// One file of a publication, whose hash is computed again before it is given out.
    ///
    /// # Errors
    /// `publication.file`, `publication.damaged`.
    pub(crate) async fn publication_file(
        &self,
        one: &Publication,
        name: &str,
    ) -> Result<(FileEntry, Vec<u8>), Problem> {
        let unknown = || Problem::new("publication.file", format!("{} 没有文件 {name}", one.no));
        let listed = one.files.iter().find(|f| f.name == name);
        if name != MANIFEST && listed.is_none() {
            return Err(unknown());
        }
        let (entry, bytes) = self.store.publication_file(&one.no, name).await?.ok_or_else(unknown)?;
        let good = match listed {
            Some(listed) => listed.fits(&bytes),
            None => digest_of(&bytes) == one.digest,
        };
        if !good {
            return Err(Problem::new("publication.damaged", format!("{} 的 {name} 与批准时不符", one.no)));
        }
        let sha256 = digest_of(&bytes);
        Ok((FileEntry { sha256, ..entry }, bytes))
    }
}
