//! 绩效通报: the ranking of a month by the final score run, its indicators, the cards by department, who is left out and why, and what
//! samples found. For the public only what tells nothing of single cases: ranking and cards.

use super::{Content, counts, drawn, hiding, int, number, picture, shown, words};
use crate::app::App;
use crate::config::Department;
use crate::evaluate::{Effective, SHADOW, ScoreRunView};
use crate::problem::Problem;
use crate::publish::numbers::{LeftOut, Numbers};
use crate::publish::{DocumentWords, Plan};
use daylight_console::bulletin::{AgencyWords, BulletinFacts, CardCount, Excluded, Sampled, Standing};
use daylight_console::chart::{Form, Tone};
use daylight_console::table::{Cell, Column, Kind, Table};
use daylight_domain::evaluation::share::NOT_ASSESSED;
use daylight_domain::publication::Audience;
use daylight_domain::sampling::SamplingPlan;
use daylight_domain::score::Description;
use daylight_store::MatterFilter;
use std::collections::{BTreeMap, BTreeSet};

fn department() -> Column {
    words("department", "部门", "Department")
}

fn titled(title: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Table {
    Table { title: title.to_owned(), notes: Vec::new(), columns, rows }
}

/// The media type of a document.
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Who was assessed, the best first, each with its place among them: equal totals share one. 不评 has no place.
fn assessed(view: &ScoreRunView) -> Vec<(u32, &Effective)> {
    let ranked = view.ranked().into_iter().map(|(_, one)| one).filter(|one| one.card.grade != NOT_ASSESSED);
    let (mut place, mut before) = (0, None);
    (1..)
        .zip(ranked)
        .map(|(at, one)| {
            if before != Some(one.card.total) {
                (place, before) = (at, Some(one.card.total));
            }
            (place, one)
        })
        .collect()
}

pub(super) fn ranking(view: &ScoreRunView, name: impl Fn(&str) -> String) -> Table {
    let row = |(rank, one): (u32, &Effective)| {
        let total = Cell::hundredths(one.card.total);
        vec![int(u64::from(rank)), Cell::text(name(&one.department)), total, Cell::text(&*one.card.grade)]
    };
    let rows = assessed(view).into_iter().map(row).collect();
    let columns = vec![
        number("rank", "名次", "Rank"),
        department(),
        Column::new("total", "得分", "Points", Kind::Decimal),
        words("grade", "等次", "Grade"),
    ];
    titled("排名", columns, rows)
}

fn indicators(view: &ScoreRunView, standard: Option<&Description>, name: impl Fn(&str) -> String) -> Table {
    let ids: BTreeSet<&str> =
        view.effective.iter().flat_map(|e| &e.card.scores).map(|s| s.indicator.as_str()).collect();
    let named = |id: &&str| {
        let known = standard.and_then(|s| s.indicators.iter().find(|i| i.id == *id));
        let (zh, en) = known.map_or((*id, *id), |i| (i.name_zh.as_str(), i.name_en.as_str()));
        Column::new(*id, zh, en, Kind::Decimal)
    };
    let columns = ids.iter().map(named);
    let columns = [department()].into_iter().chain(columns).collect();
    let row = |one: &Effective| {
        let cells = ids.iter().map(|id| match one.card.scores.iter().find(|s| s.indicator == *id) {
            Some(score) if score.assessed => Cell::hundredths(score.points),
            Some(_) => Cell::text(NOT_ASSESSED),
            None => Cell::Empty,
        });
        [Cell::text(name(&one.department))].into_iter().chain(cells).collect()
    };
    titled("指标得分", columns, view.effective.iter().map(row).collect())
}

/// Cards by department and level, with their sums.
pub(super) fn cards(numbers: &[Numbers], anonymity: Option<u64>) -> Table {
    let grid = counts(&numbers.iter().map(|n| n.cards.to_vec()).collect::<Vec<_>>(), anonymity);
    let names = numbers.iter().map(|n| n.name.as_str()).chain(["合计"]);
    let rows = names.zip(grid).map(|(name, row)| {
        let cells = row.into_iter().map(shown);
        [Cell::text(name)].into_iter().chain(cells).collect()
    });
    let columns = vec![
        department(),
        number("prewarning", "预警", "Warnings"),
        number("yellow", "黄牌", "Yellow"),
        number("red", "红牌", "Red"),
        number("all", "合计", "All"),
    ];
    titled("监察卡", columns, rows.collect())
}

fn samples(all: &[SamplingPlan]) -> Table {
    let row = |plan: &SamplingPlan| {
        let checked = u64::try_from(plan.checks.len()).unwrap_or(u64::MAX);
        let sum: i64 = plan.checks.iter().map(|c| i64::from(c.score)).sum();
        let mean = i64::try_from(checked).ok().filter(|n| *n > 0).map(|n| sum / n);
        let failed = plan.checks.iter().filter(|c| !c.authentic || !c.lawful).count();
        vec![
            Cell::text(&*plan.no),
            Cell::text(&*plan.name),
            int(plan.population_count),
            int(checked),
            mean.map_or(Cell::Empty, |value| Cell::Decimal { value, places: 1 }),
            int(u64::try_from(failed).unwrap_or(u64::MAX)),
        ]
    };
    let columns = vec![
        words("no", "抽查编号", "Number"),
        words("name", "名称", "Name"),
        number("population", "总体件数", "Population"),
        number("checked", "检查件数", "Checked"),
        Column::new("mean", "平均得分", "Mean", Kind::Decimal),
        number("failed", "不真实或不合法", "Not authentic or unlawful"),
    ];
    titled("抽查结果", columns, all.iter().map(row).collect())
}

/// What samples found, by department.
fn sampled(all: &[SamplingPlan], name: impl Fn(&str) -> String) -> Vec<Sampled> {
    let mut by: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for plan in all {
        for drawn in &plan.drawn {
            by.entry(&drawn.department).or_default().0 += 1;
        }
        for check in &plan.checks {
            let one = by.entry(&check.case.department).or_default();
            one.1 += 1;
            let clean = check.authentic && check.timely && check.complete && check.accurate && check.lawful;
            one.2 += u64::from(clean);
        }
    }
    let one = |(id, (drawn, checked, clean)): (&str, _)| Sampled { department: name(id), drawn, checked, clean };
    by.into_iter().map(one).collect()
}

impl App {
    /// The bulletin as a document.
    async fn document(
        &self,
        (plan, view, standard): (&Plan, &ScoreRunView, Option<&Description>),
        asked: &DocumentWords,
        (numbers, absent, registered): (&[Numbers], &[LeftOut], &[LeftOut]),
        samples: &[SamplingPlan],
    ) -> Result<Vec<u8>, Problem> {
        let before = crate::evaluate::month_before(plan.from);
        let same = |v: &ScoreRunView| v.run.period == before && v.run.standard == view.run.standard;
        let all = self.score_views(1000).await?;
        let before = all.iter().find(|v| same(v) && v.life.state.stands() && v.run.status != SHADOW);
        let before: BTreeMap<&str, u32> =
            before.map(assessed).unwrap_or_default().into_iter().map(|(n, e)| (e.department.as_str(), n)).collect();
        let standing = |(rank, one): (u32, &Effective)| Standing {
            department: self.called(&one.department),
            rank,
            points: one.card.total,
            previous: before.get(one.department.as_str()).copied(),
        };
        let office = self.office();
        let now = self.clock.now();
        let cards = |n: &Numbers| {
            let [_, yellow, red] = n.cards;
            CardCount { department: n.name.clone(), yellow, red, revoked: n.revoked }
        };
        let excluded = |one: &LeftOut| Excluded { department: one.name.clone(), reason: one.why(plan.audience) };
        let facts = BulletinFacts {
            agency: AgencyWords {
                mark: format!("{office}文件"),
                signer: office.clone(),
                code: asked.code.clone(),
                number: (chrono::Datelike::year(&now.date()), asked.number),
                salutation: asked.salutation.clone(),
                copies: asked.copies.clone(),
                printed_by: office,
            },
            county: self.config.main.county.name.clone(),
            month: plan.from,
            standard: standard.map_or_else(|| view.run.standard.clone(), |s| s.name_zh.clone()),
            version: view.run.version.clone(),
            standings: assessed(view).into_iter().map(standing).collect(),
            indicators: indicators(view, standard, |id| self.called(id)),
            cards: numbers.iter().map(cards).collect(),
            excluded: absent.iter().map(excluded).collect(),
            registered: registered.iter().map(excluded).collect(),
            sampled: sampled(samples, |id| self.called(id)),
            data_time: now,
            digests: vec![("评分标准".to_owned(), view.run.plugin_digest.clone())],
            date: now.date(),
            printed_on: now.date(),
        };
        let broken = |e: daylight_console::docx::BadTemplate| Problem::new("internal", e.to_string());
        facts.bulletin().to_docx(&self.config.papers.bulletin).map_err(broken)
    }

    /// Every department without a place in the ranking, once, and why.
    async fn absent(&self, plan: &Plan, view: &ScoreRunView) -> Result<Vec<LeftOut>, Problem> {
        let others = self.counted(None, plan.to).await?.1;
        let why = |one: &Department| {
            let card = view.effective.iter().find(|e| e.department == one.id).map(|e| &e.card);
            let other = others.iter().find(|o| o.department == one.id);
            match card {
                Some(card) if card.grade != NOT_ASSESSED => None,
                Some(_) => Some(LeftOut::department(one, NOT_ASSESSED)),
                None => Some(other.cloned().unwrap_or_else(|| LeftOut::department(one, "评分时未纳入"))),
            }
        };
        Ok(self.config.departments.values().filter_map(why).collect())
    }

    pub(super) async fn bulletin(&self, plan: &Plan) -> Result<Content, Problem> {
        let view = plan.run.as_ref().ok_or_else(|| Problem::new("publication.run", "绩效通报须有已定稿的评分"))?;
        let name = |id: &str| self.called(id);
        let scored: Vec<_> = view.effective.iter().filter_map(|e| self.config.departments.get(&e.department)).collect();
        let numbers = self.numbers(&scored, plan.from, plan.to).await?;
        let absent = self.absent(plan, view).await?;
        let registered: Vec<LeftOut> =
            view.run.exclusions.iter().map(|e| LeftOut::entry(e, self.called(&e.department))).collect();
        let listed = |title: &str, all: &[LeftOut]| {
            let row = |one: &LeftOut| vec![Cell::text(&*one.name), Cell::text(one.why(plan.audience))];
            titled(title, vec![department(), words("reason", "原因", "Reason")], all.iter().map(row).collect())
        };
        let (ranking, cards) = (ranking(view, name), cards(&numbers, plan.anonymity));
        let levels = [(1, Tone::Plain), (2, Tone::Yellow), (3, Tone::Red)];
        let charts = [
            picture(&ranking, ("ranking", "分", Form::Bars), &[(2, Tone::Plain)], ranking.rows.len()),
            picture(&cards, ("cards", "张", Form::Stacked), &levels, numbers.len()),
        ];
        let mut content = Content {
            documents: charts.iter().map(drawn).collect(),
            tables: vec![
                ("ranking".to_owned(), ranking),
                ("cards".to_owned(), cards),
                ("excluded".to_owned(), listed("未参评部门", &absent)),
                ("registered".to_owned(), listed("统计排除", &registered)),
            ],
            redactions: hiding(plan.anonymity),
            departments: scored.iter().map(|d| d.id.clone()).collect(),
            ..Content::default()
        };
        content.leave_out(&absent, plan.audience);
        content.leave_out(&registered, plan.audience);
        if plan.audience == Audience::Public {
            content.redactions.push("指标得分与抽查结果只在政府部门内公布".to_owned());
            return Ok(content);
        }
        let standard = self.said(view).await?;
        content.tables.insert(1, ("indicators".to_owned(), indicators(view, standard.as_ref(), name)));
        let closed = MatterFilter { states: vec!["closed".to_owned()], ..MatterFilter::default() };
        let mut plans: Vec<SamplingPlan> = self.every_matter(closed).await?;
        plans.retain(|p| p.population.from <= plan.to && plan.from <= p.population.to);
        let text = |p: &SamplingPlan| daylight_domain::publication::FreeText {
            department: p.population.department.clone().unwrap_or_default(),
            source: p.no.clone(),
            text: p.name.clone(),
        };
        content.texts.extend(plans.iter().map(text));
        content.tables.push(("samples".to_owned(), samples(&plans)));
        if let Some(asked) = &plan.document {
            let own = [&asked.code, &asked.salutation].into_iter().chain(&asked.copies);
            content.texts.extend(own.map(|text| daylight_domain::publication::FreeText {
                department: String::new(),
                source: String::new(),
                text: text.clone(),
            }));
            let about = (plan, view, standard.as_ref());
            let document = self.document(about, asked, (&numbers, &absent, &registered), &plans).await?;
            content.documents.push(("bulletin.docx".to_owned(), DOCX, document));
        }
        Ok(content)
    }
}
