//! 绩效通报: the ranking of a month by the final score run, its indicators, the cards by department, who is left out and why, and what
//! samples found. For the public only what tells nothing of single cases: ranking and cards.

use super::{Content, counts, drawn, hiding, int, number, picture, shown, words};
use crate::app::App;
use crate::evaluate::{Effective, SHADOW, ScoreRunView};
use crate::problem::Problem;
use crate::publish::numbers::Numbers;
use crate::publish::{DocumentWords, Plan};
use daylight_console::bulletin::{AgencyWords, BulletinFacts, CardCount, Excluded, Sampled, Standing};
use daylight_console::chart::{Form, Tone};
use daylight_console::table::{Cell, Column, Kind, Table};
use daylight_domain::publication::Audience;
use daylight_domain::sampling::SamplingPlan;
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

fn ranking(view: &ScoreRunView, name: impl Fn(&str) -> String) -> Table {
    let row = |(rank, one): (u32, &Effective)| {
        let total = Cell::hundredths(one.card.total);
        vec![int(u64::from(rank)), Cell::text(name(&one.department)), total, Cell::text(&*one.card.grade)]
    };
    let rows = view.ranked().into_iter().map(row).collect();
    let columns = vec![
        number("rank", "名次", "Rank"),
        department(),
        Column::new("total", "得分", "Points", Kind::Decimal),
        words("grade", "等次", "Grade"),
    ];
    titled("排名", columns, rows)
}

fn indicators(view: &ScoreRunView, name: impl Fn(&str) -> String) -> Table {
    let ids: BTreeSet<&str> =
        view.effective.iter().flat_map(|e| &e.card.scores).map(|s| s.indicator.as_str()).collect();
    let columns = ids.iter().map(|id| Column::new(*id, *id, *id, Kind::Decimal));
    let columns = [department()].into_iter().chain(columns).collect();
    let row = |one: &Effective| {
        let cells = ids.iter().map(|id| match one.card.scores.iter().find(|s| s.indicator == *id) {
            Some(score) if score.assessed => Cell::hundredths(score.points),
            Some(_) => Cell::text("不评"),
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
        (plan, view): (&Plan, &ScoreRunView),
        asked: &DocumentWords,
        (numbers, excluded, samples): (&[Numbers], &[(String, String)], &[SamplingPlan]),
    ) -> Result<Vec<u8>, Problem> {
        let before = crate::evaluate::month_before(plan.from);
        let same = |v: &ScoreRunView| v.run.period == before && v.run.standard == view.run.standard;
        let all = self.score_views(1000).await?;
        let before = all.iter().find(|v| same(v) && v.life.state.stands() && v.run.status != SHADOW);
        let before: BTreeMap<&str, u32> = before
            .map(ScoreRunView::ranked)
            .unwrap_or_default()
            .into_iter()
            .map(|(n, e)| (e.department.as_str(), n))
            .collect();
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
            standard: view.run.standard.clone(),
            version: view.run.version.clone(),
            standings: view.ranked().into_iter().map(standing).collect(),
            indicators: indicators(view, |id| self.called(id)),
            cards: numbers.iter().map(cards).collect(),
            excluded: excluded
                .iter()
                .map(|(department, reason)| Excluded { department: department.clone(), reason: reason.clone() })
                .collect(),
            sampled: sampled(samples, |id| self.called(id)),
            data_time: now,
            digests: vec![("评分标准".to_owned(), view.run.plugin_digest.clone())],
            date: now.date(),
            printed_on: now.date(),
        };
        let broken = |e: daylight_console::bulletin::BadTemplate| Problem::new("internal", e.to_string());
        facts.bulletin().to_docx(&self.config.bulletin).map_err(broken)
    }

    pub(super) async fn bulletin(&self, plan: &Plan) -> Result<Content, Problem> {
        let view = plan.run.as_ref().ok_or_else(|| Problem::new("publication.run", "绩效通报须有已定稿的评分"))?;
        let name = |id: &str| self.called(id);
        let scored: Vec<_> = view.effective.iter().filter_map(|e| self.config.departments.get(&e.department)).collect();
        let numbers = self.numbers(&scored, plan.from, plan.to).await?;
        let mut excluded = self.counted(None, (plan.from, plan.to)).await?.1;
        for other in self.config.departments.values() {
            let known = view.effective.iter().any(|e| e.department == other.id)
                || excluded.iter().any(|(n, _)| *n == other.name);
            if !known {
                excluded.push((other.name.clone(), "评分时未纳入".to_owned()));
            }
        }
        let rows = excluded.iter().map(|(name, why)| vec![Cell::text(&**name), Cell::text(&**why)]).collect();
        let left_out = titled("未参评部门", vec![department(), words("reason", "原因", "Reason")], rows);
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
                ("excluded".to_owned(), left_out),
            ],
            redactions: hiding(plan.anonymity),
            exclusions: excluded.iter().map(|(name, why)| format!("{name}：{why}")).collect(),
            departments: scored.iter().map(|d| d.id.clone()).collect(),
            ..Content::default()
        };
        if plan.audience == Audience::Public {
            content.redactions.push("指标得分与抽查结果只在政府部门内公布".to_owned());
            return Ok(content);
        }
        content.tables.insert(1, ("indicators".to_owned(), indicators(view, name)));
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
            let document = self.document((plan, view), asked, (&numbers, &excluded, &plans)).await?;
            content.documents.push(("bulletin.docx".to_owned(), DOCX, document));
        }
        Ok(content)
    }
}
