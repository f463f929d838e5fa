//! 好差评: how many of which kind each department got, the bad ones one by one, and links by which a case is rated once.

use super::House;
use super::matter::{Looks, Pages, View, list_page, named, paragraphs};
use super::{contact, contents, look, once, person, said};
use crate::api::answer::{Answer, Refusal};
use crate::api::rating::{self, RatingCounts};
use crate::api::web::form::{body_of, rows};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Head, Kind, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::data;
use daylight_domain::procedure::Done;
use daylight_domain::rating::{Rating, RatingState as S};

fn state(view: &View, one: &Rating) -> Said {
    let tone = match one.state {
        S::Closed => Tone::Good,
        S::Counted | S::Dismissed => Tone::Plain,
        S::Open => Tone::Bad,
        _ => Tone::Warn,
    };
    Said::tag(tone, view.s.word(one.state.name_zh(), one.state.as_str()))
}

fn level(view: &View, one: &Rating) -> Said {
    let text = view.s.of("satisfaction.", &one.satisfaction.to_string()).to_owned();
    if one.bad() { Said::tag(Tone::Bad, text) } else { Said::text(text) }
}

/// The channels by which people rate.
fn channels(s: &Shell) -> Vec<Choice> {
    let all = daylight_domain::code::table("evaluation_channel").into_iter().flatten();
    let by_people = all.filter(|(code, _)| *code != "system");
    by_people.map(|(code, names)| (code.clone(), s.either(&names.0, &names.1).into())).collect()
}

fn invitation(view: &View) -> Form {
    let fields = vec![
        Field::new("department", view.t("list.department"), view.departments()).needed(),
        Field::new("case_no", view.t("card.case"), Kind::Line).needed(),
    ];
    Form::new("/ratings/links", view.t("rating.do_invite"), fields)
}

/// Departments with their numbers, each leading to its ratings.
async fn departments(view: &View) -> Result<Grid, Refusal> {
    let asked = |name: &str| view.query.get(name).map(|v| (name.to_owned(), v.clone()));
    let query = ["department", "from", "to"].into_iter().filter_map(asked).collect();
    let (app, caller) = view.house();
    let (all, _) = rows::<RatingCounts>(rating::numbers(app, caller, Query(query)).await?.0)?;
    let heads = vec![
        Head::new(view.t("list.department")),
        Head::number(view.t("rating.all")),
        Head::number(view.t("rating.by_default")),
        Head::number(view.t("rating.active")),
        Head::number(view.t("rating.good")),
        Head::number(view.t("rating.bad")),
        Head::number(view.t("rating.dismissed")),
        Head::number(view.t("rating.share")),
    ];
    let row = |n: &RatingCounts| {
        let number = |n: u64| Said::Number(n.to_string());
        let share = daylight_domain::share::permille(n.active_good, n.active_good + n.active_bad);
        vec![
            Said::link(format!("/ratings?department={}", n.department), view.department(&n.department)),
            number(n.ratings),
            number(n.by_default),
            number(n.active),
            number(n.active_good),
            number(n.active_bad),
            number(n.dismissed),
            Said::Number(share.map_or_else(|| "—".to_owned(), daylight_domain::share::said)),
        ]
    };
    Ok(Grid { heads, rows: all.iter().map(row).collect(), ..Grid::default() })
}

impl Pages for Rating {
    const AT: &'static str = "/ratings";
    const API: &'static str = "/api/v1/ratings";
    const NAME: &'static str = key("nav.ratings");
    const BEGIN: &'static str = key("rating.create");
    const LIVE: Option<&'static str> = Some("rating.");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        rating::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        rating::one(app, caller, Path(no.to_owned()), Query(view.query.clone())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        rating::create(app, caller, HeaderMap::new(), json.into()).await
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        rating::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        named(s, S::ALL, |w| (w.as_str(), w.name_zh()))
    }
    fn filters(view: &View, states: Vec<Choice>) -> Result<Vec<Filter>, Refusal> {
        let mut all = view.filters(states)?;
        all.push(view.filter("from", key("rating.from"), Vec::new()));
        all.push(view.filter("to", key("rating.to"), Vec::new()));
        Ok(all)
    }
    fn heads(s: &Shell) -> Vec<Head> {
        let heads = [
            s.t("voice.no"),
            s.t("rating.level"),
            s.t("list.state"),
            s.t("list.department"),
            s.t("card.case"),
            s.t("rating.words"),
            s.t("rating.rated"),
            s.t("voice.due"),
        ];
        heads.map(Head::new).into()
    }
    fn row(&self, view: &View) -> Vec<Said> {
        vec![
            Said::link(format!("/ratings/{}", self.no), self.no.clone()),
            level(view, self),
            state(view, self),
            Said::text(view.department(&self.department)),
            self.case_no.as_ref().map_or_else(|| Said::text("—"), |no| view.case(&self.department, no)),
            Said::data(self.text.clone()),
            Said::text(said(self.rated_at)),
            view.due(self.due),
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let levels = ["1", "2", "3", "4", "5"].map(|n| (n.to_owned(), view.s.of("satisfaction.", n).into()));
        let mut fields = vec![
            Field::new("department", view.t("list.department"), view.departments()).needed(),
            Field::new("case_no", view.t("card.case"), Kind::Line),
            Field::new("satisfaction", view.t("rating.level"), Kind::Radio(levels.into())).needed(),
            Field::new("channel", view.t("rating.channel"), Kind::Choice(channels(&view.s))).needed(),
            Field::new("text", view.t("rating.words"), Kind::Long),
            Field::new("window", view.t("rating.window"), Kind::Line),
        ];
        fields.extend(person(view, "rater"));
        Ok(vec![Form::new(Self::AT, view.t("voice.do_register"), fields), invitation(view)])
    }
    async fn beside(view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        Ok(sheet.under(view.t("rating.numbers"), Body::Grid(departments(view).await?)))
    }
    /// The level is a number, although it is chosen.
    fn body(form: &Form, sent: &[u8]) -> String {
        let mut body: serde_json::Value = serde_json::from_str(&body_of(form, sent)).unwrap_or_default();
        let level = body.get("satisfaction").and_then(|v| v.as_str()).and_then(|v| v.parse::<u8>().ok());
        if let (Some(level), Some(object)) = (level, body.as_object_mut()) {
            object.insert("satisfaction".to_owned(), level.into());
        }
        body.to_string()
    }

    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let channel = channels(&view.s).into_iter().find(|(code, _)| *code == self.channel).map(|(_, name)| name);
        let mut facts = vec![
            view.fact(key("rating.level"), level(view, self)),
            view.fact(key("list.state"), state(view, self)),
            view.text_fact(key("list.department"), view.department(&self.department)),
            view.text_fact(key("rating.channel"), channel.unwrap_or_else(|| data(&self.channel))),
            view.text_fact(key("rating.rated"), said(self.rated_at)),
            view.fact(key("voice.due"), view.due(self.due)),
        ];
        facts.extend(self.case_no.as_ref().map(|no| view.fact(key("card.case"), view.case(&self.department, no))));
        facts.extend(self.window.as_ref().map(|w| view.text_fact(key("rating.window"), data(w))));
        if self.by_default {
            facts.push(view.text_fact(key("rating.by_default"), view.t("voice.yes")));
        }
        facts.extend(
            self.satisfied.map(|c| view.text_fact(key("voice.satisfied"), view.s.word(c.name_zh(), c.as_str()))),
        );
        Ok(sheet
            .with(Body::Facts(facts))
            .under(view.t("rating.rater"), Body::Facts(contact(view, self.rater.as_ref())))
            .under(view.t("rating.words"), paragraphs(&self.text)))
    }
    fn looks(&self, view: &View) -> Vec<Form> {
        look(view, format!("/ratings/{}", self.no), self.rater.as_ref())
    }
    fn acts(&self, view: &View) -> Vec<&'static str> {
        let own = view.is_of(&self.department);
        let mut acts = match self.state {
            S::Open if own => vec!["contact"],
            S::Contacted if own => vec!["rectify"],
            S::Appealed => vec!["decide"],
            S::Rectified => vec!["call-back"],
            _ => Vec::new(),
        };
        if own && !self.appealed && matches!(self.state, S::Open | S::Contacted) {
            acts.push("appeal");
        }
        acts
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        let (text, maybe) = (|| view.text().needed(), || view.text());
        let (label, grave, fields) = match act {
            "contact" => (view.t("rating.do_contact"), false, vec![text()]),
            "rectify" => (view.t("rating.do_rectify"), false, vec![text()]),
            "appeal" => (view.t("rating.do_appeal"), false, vec![text()]),
            "decide" => {
                let kind = view.yes_no(key("rating.upheld"), key("rating.not_upheld"));
                let upheld = Field::new("upheld", view.t("rating.ruling"), kind).needed();
                (view.t("rating.do_decide"), true, vec![upheld, text()])
            }
            _ => {
                let content = Field::new("satisfied", view.t("voice.satisfied"), contents(&view.s)).needed();
                (view.t("rating.do_call_back"), false, vec![content, maybe()])
            }
        };
        Ok(Form { grave, ..Form::new(format!("/ratings/{}/{act}", self.no), label, fields) })
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}

/// A link by which a case is rated once, shown once.
pub(super) async fn invite(State(app): House, looks: Looks, sent: Bytes) -> Result<Response, Refusal> {
    let view = looks.view(&app, Rating::AT).await?;
    let json = body_of(&invitation(&view), &sent);
    let (house, who) = view.house();
    match rating::link(house, who, json.into()).await {
        Ok(answer) => {
            let shown = [("link", key("rating.link")), ("expires_at", key("rating.until"))];
            once(&view, (Rating::AT, Rating::NAME), answer.into_response(), &shown).await
        }
        Err(refusal) => list_page::<Rating>(&view, Some(looks.again(&app, refusal, sent)?)).await,
    }
}
