//! 抽查: a plan, the cases its seed drew, the look at each of them, what came of it.

use super::matter::{Pages, View, paragraphs};
use crate::api::answer::{Answer, Refusal};
use crate::api::sampling;
use crate::api::web::form::body_of;
use crate::api::web::said;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Head, Kind, Number, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::procedure::Done;
use daylight_domain::sampling::{Check, Drawn, SamplingPlan};
use serde_json::Value;

const DRAWN: &str = "drawn";

fn state(view: &View, plan: &SamplingPlan) -> Said {
    let tone = if plan.state == DRAWN { Tone::Warn } else { Tone::Good };
    Said::tag(tone, view.s.of("sample_state.", &plan.state))
}

/// Tenths as people write them.
fn points(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A case among others of a form.
fn word(case: &Drawn) -> String {
    format!("{}/{}", case.department, case.case_no)
}

fn seen(view: &View, good: bool) -> Said {
    if good { Said::tag(Tone::Good, view.t("sample.good")) } else { Said::tag(Tone::Bad, view.t("sample.bad")) }
}

fn results(view: &View, plan: &SamplingPlan) -> Grid {
    let heads = vec![
        Head::new(view.t("card.case")),
        Head::new(view.t("list.department")),
        Head::new(view.t("sample.authentic")),
        Head::new(view.t("sample.timely")),
        Head::new(view.t("sample.complete")),
        Head::new(view.t("sample.accurate")),
        Head::new(view.t("sample.lawful")),
        Head::number(view.t("sample.score")),
        Head::new(view.t("sample.grade")),
        Head::new(view.t("sample.seen")),
        Head::new(view.t("act.by")),
        Head::new(view.t("act.at")),
    ];
    let found = |case: &Drawn| plan.checks.iter().find(|c| c.case == *case);
    let row = |case: &Drawn| {
        let mut row = vec![view.case(&case.department, &case.case_no), Said::text(view.department(&case.department))];
        let none = || Said::text("—");
        row.extend(match found(case) {
            None => vec![none(); 10],
            Some(one) => checked(view, one),
        });
        row
    };
    Grid { heads, rows: plan.drawn.iter().map(row).collect(), ..Grid::default() }
}

fn checked(view: &View, one: &Check) -> Vec<Said> {
    let mut cells: Vec<Said> =
        [one.authentic, one.timely, one.complete, one.accurate, one.lawful].map(|good| seen(view, good)).into();
    cells.extend([
        Said::Number(points(one.score)),
        Said::text(view.s.of("score_grade.", &one.grade)),
        Said::data(one.text.clone()),
        Said::data(one.by.clone()),
        Said::text(said(one.at)),
    ]);
    cells
}

fn grades(view: &View, plan: &SamplingPlan) -> Vec<Number> {
    let number = |label: &str, n: usize| Number { label: label.into(), value: n.to_string(), href: None, level: None };
    let mut all =
        vec![number(view.t("sample.drawn"), plan.drawn.len()), number(view.t("sample.checked"), plan.checks.len())];
    for grade in ["优秀", "合格", "不合格"] {
        let n = plan.checks.iter().filter(|c| c.grade == grade).count();
        all.extend((n > 0).then(|| number(view.s.of("score_grade.", grade), n)));
    }
    all
}

fn check_form(view: &View, plan: &SamplingPlan) -> Form {
    let open = plan.drawn.iter().filter(|case| !plan.checks.iter().any(|c| c.case == **case));
    let cases = open.map(|c| (word(c), view.department(&c.department).and(" ").and(data(&c.case_no)))).collect();
    let mut fields = vec![Field::new("case", view.t("card.case"), Kind::Choice(cases)).needed()];
    let looked = [
        ("authentic", view.t("sample.authentic")),
        ("timely", view.t("sample.timely")),
        ("complete", view.t("sample.complete")),
        ("accurate", view.t("sample.accurate")),
        ("lawful", view.t("sample.lawful")),
    ];
    fields.extend(looked.map(|(name, label)| Field::new(name, label, Kind::Tick).value("true")));
    fields.extend(plan.form.iter().map(|line| {
        let hint = format!("{} {}", view.t("sample.most"), line.most);
        Field::new(format!("deductions.{}", line.id), Text::from(&line.id).and(" ").and(data(&line.name)), Kind::Number)
            .hint(hint)
    }));
    fields.push(Field::new("text", view.t("sample.seen"), Kind::Long).needed());
    Form::new(format!("/samples/{}/checks", plan.no), view.t("sample.do_check"), fields)
}

impl Pages for SamplingPlan {
    const AT: &'static str = "/samples";
    const API: &'static str = "/api/v1/sampling-plans";
    const NAME: &'static str = key("nav.samples");
    const BEGIN: &'static str = key("sample.create");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        sampling::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        sampling::one(app, caller, Path(no.to_owned())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        sampling::create(app, caller, HeaderMap::new(), json.into()).await
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        sampling::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        [DRAWN, "closed"].map(|w| (w.to_owned(), s.of("sample_state.", w).into())).into()
    }
    /// A plan is the county's: it is asked for by its state alone.
    fn filters(view: &View, states: Vec<Choice>) -> Result<Vec<Filter>, Refusal> {
        Ok(view.filters(states)?.into_iter().filter(|f| f.name != "department").collect())
    }
    fn heads(s: &Shell) -> Vec<Head> {
        vec![
            Head::new(s.t("sample.no")),
            Head::new(s.t("list.state")),
            Head::new(s.t("sample.name")),
            Head::new(s.t("list.department")),
            Head::new(s.t("sample.closed_between")),
            Head::number(s.t("sample.population")),
            Head::number(s.t("sample.drawn")),
            Head::number(s.t("sample.checked")),
        ]
    }
    fn row(&self, view: &View) -> Vec<Said> {
        let p = &self.population;
        vec![
            Said::link(format!("/samples/{}", self.no), self.no.clone()),
            state(view, self),
            Said::data(self.name.clone()),
            Said::text(p.department.as_ref().map_or_else(|| view.t("list.any").into(), |d| view.department(d))),
            Said::text(format!("{} – {}", p.from, p.to)),
            Said::Number(self.population_count.to_string()),
            Said::Number(self.drawn.len().to_string()),
            Said::Number(self.checks.len().to_string()),
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let fields = vec![
            Field::new("name", view.t("sample.name"), Kind::Line).needed(),
            Field::new("population.department", view.t("list.department"), view.departments())
                .hint(view.t("sample.all_hint")),
            Field::new("population.item", view.t("list.item"), Kind::Line),
            Field::new("population.from", view.t("sample.from"), Kind::Day).needed(),
            Field::new("population.to", view.t("sample.to"), Kind::Day).needed(),
            Field::new("size", view.t("sample.size"), Kind::Number).needed(),
            Field::new("seed", view.t("sample.seed"), Kind::Line).hint(view.t("sample.seed_hint")),
        ];
        Ok(vec![Form::new(Self::AT, view.t("sample.do_create"), fields)])
    }

    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let p = &self.population;
        let department = p.department.as_ref().map_or_else(|| view.t("list.any").into(), |d| view.department(d));
        let facts = vec![
            view.fact(key("list.state"), state(view, self)),
            view.text_fact(key("sample.name"), data(&self.name)),
            view.text_fact(key("list.department"), department),
            view.text_fact(key("list.item"), p.item.as_ref().map_or_else(|| view.t("list.any").into(), data)),
            view.text_fact(key("sample.closed_between"), format!("{} – {}", p.from, p.to)),
            view.text_fact(key("sample.population"), self.population_count.to_string()),
            view.fact(key("sample.seed"), Said::Code(self.seed.clone())),
            view.fact(key("sample.digest"), Said::Code(self.population_digest.clone())),
        ];
        Ok(sheet
            .under("", Body::Numbers(grades(view, self)))
            .with(Body::Facts(facts))
            .under("", paragraphs(view.t("sample.again")))
            .under(view.t("sample.results"), Body::Grid(results(view, self))))
    }
    fn acts(&self, _: &View) -> Vec<&'static str> {
        match self.state.as_str() {
            DRAWN if self.checks.len() < self.drawn.len() => vec!["checks"],
            DRAWN => vec!["close"],
            _ => Vec::new(),
        }
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        Ok(match act {
            "checks" => check_form(view, self),
            _ => Form::new(format!("/samples/{}/{act}", self.no), view.t("sample.do_close"), vec![view.text()]),
        })
    }
    /// A case is named by its department and its number.
    fn body(form: &Form, sent: &[u8]) -> String {
        let mut body: Value = serde_json::from_str(&body_of(form, sent)).unwrap_or_default();
        let case = body.as_object_mut().and_then(|o| o.remove("case"));
        if let (Some((department, no)), Some(object)) =
            (case.as_ref().and_then(Value::as_str).and_then(|c| c.split_once('/')), body.as_object_mut())
        {
            object.insert("department".to_owned(), department.into());
            object.insert("case_no".to_owned(), no.into());
        }
        body.to_string()
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}
