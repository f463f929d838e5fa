//! 调查: proposed, decided about by another, told, heard, concluded, followed by measures and revisited. Each power takes its own
//! measures; whoever a clue does not concern sees no trace of it, because the API's answer has none.

use super::House;
use super::matter::{Looks, Pages, View, of_group, page, paragraphs};
use crate::api::answer::{Answer, Refusal};
use crate::api::investigation::{self, investigators};
use crate::api::web::form::{body_of, file, read, rows};
use crate::api::web::{by, said, said_or};
use axum::body::Bytes;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Head, Kind, Link, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::investigation::{Investigation, InvestigationState as S, Measure, MeasureKind, Outcome};
use daylight_domain::procedure::Done;
use daylight_domain::role::Right;
use daylight_store::DocumentRow;
use serde_json::{Value, json};

const ORIGINS: &[&str] = &["cards", "order", "complaint", "report", "assigned", "sampling"];
const OUTCOMES: &[&str] = &["substantiated", "partly", "unsubstantiated", "unverifiable"];
const PROBLEMS: &[&str] = &["bribery", "forced_intermediary", "disguised_licence", "rating_interference"];

/// A word as it is in the API.
fn word(of: impl serde::Serialize) -> String {
    json!(of).as_str().unwrap_or("").to_owned()
}

fn state(view: &View, one: &Investigation) -> Said {
    let late = one.due.is_some_and(|due| due < view.app.clock.now());
    let tone = match one.state {
        S::Closed => Tone::Good,
        S::Declined => Tone::Plain,
        _ if late => Tone::Bad,
        S::Proposed | S::Revisit => Tone::Warn,
        _ => Tone::Plain,
    };
    Said::tag(tone, view.s.word(one.state.name_zh(), one.state.as_str()))
}

/// What gave rise to it, leading to where that stands.
fn refs(one: &Investigation) -> Said {
    let at = match word(one.origin).as_str() {
        "cards" => "/cards",
        "order" => "/orders",
        "complaint" => "/complaints",
        "sampling" => "/samples",
        _ => return Said::data(one.refs.join("、")),
    };
    Said::Links(one.refs.iter().map(|no| Link::new(format!("{at}/{no}"), no.clone())).collect())
}

/// The kinds of measures this reader's power takes.
fn kinds(view: &View) -> Kind {
    let mine = |k: &MeasureKind| view.caller.may(if k.of_commission() { Right::Discipline } else { Right::Supervise });
    let all =
        [MeasureKind::Correct, MeasureKind::Notice, MeasureKind::Talk, MeasureKind::Suggestion, MeasureKind::Clue];
    let choices = all.iter().filter(|k| mine(k)).map(|k| (word(k), view.s.word(k.name_zh(), &word(k))));
    Kind::Choice(choices.collect())
}

/// Measures on which something can be done now.
fn measures(view: &View, one: &Investigation, good: impl Fn(&Measure) -> bool) -> Kind {
    let fits = one.measures.iter().filter(|m| m.open() && good(m));
    Kind::Choice(
        fits.map(|m| (m.no.clone(), Text::from(&m.no).and(" ").and(view.s.word(m.kind.name_zh(), &word(m.kind)))))
            .collect(),
    )
}

/// Whether this reader's power took a measure.
fn own(view: &View, measure: &Measure) -> bool {
    view.caller.may(if measure.kind.of_commission() { Right::Discipline } else { Right::Supervise })
}

async fn documents(view: &View, no: &str) -> Result<Vec<DocumentRow>, Refusal> {
    let (app, caller) = view.house();
    Ok(rows(investigation::documents(app, caller, Path(no.to_owned())).await?.0)?.0)
}

fn files(view: &View, all: &[DocumentRow]) -> Grid {
    let heads = [
        view.t("inquiry.file"),
        view.t("inquiry.size"),
        view.t("inquiry.side"),
        view.t("act.by"),
        view.t("act.at"),
        view.t("inquiry.digest"),
    ];
    let mut grid = Grid::new("", &heads);
    let row = |d: &DocumentRow| {
        vec![
            Said::link(format!("{}/{}/documents/{}", Investigation::API, d.matter, d.digest), data(&d.name)),
            Said::Number(d.size.to_string()),
            Said::text(view.s.of("side.", d.side.as_str())),
            Said::data(d.added_by.clone()),
            Said::text(said(d.added_at)),
            Said::Code(d.digest.clone()),
        ]
    };
    grid.rows = all.iter().map(row).collect();
    grid
}

fn measured(view: &View, one: &Investigation) -> Grid {
    let heads = [
        view.t("inquiry.measure"),
        view.t("inquiry.measure_kind"),
        view.t("inquiry.measure_text"),
        view.t("act.by"),
        view.t("inquiry.due"),
        view.t("inquiry.reply"),
        view.t("inquiry.accepted"),
    ];
    let mut grid = Grid::new("", &heads);
    let row = |m: &Measure| {
        let paper = format!("{}/{}/paper?paper={}", Investigation::API, one.no, m.no);
        vec![
            Said::link(paper, m.no.clone()),
            Said::text(view.s.word(m.kind.name_zh(), &word(m.kind))),
            Said::data(m.text.clone()),
            Said::text(by(&view.s, &m.by, m.at)),
            if m.open() { view.due(m.due) } else { Said::text(said_or(m.due)) },
            Said::data(m.reply.clone().unwrap_or_default()),
            Said::text(said_or(m.accepted_at)),
        ]
    };
    grid.rows = one.measures.iter().map(row).collect();
    grid
}

fn papers(view: &View, one: &Investigation) -> Vec<Link> {
    let link = |which: &str, label: &str| {
        Link::new(format!("{}/{}/paper?paper={which}", Investigation::API, one.no), label.to_owned())
    };
    let mut all = Vec::new();
    all.extend(one.notice.as_ref().map(|_| link("notice", view.t("inquiry.notice_paper"))));
    all.extend(one.conclusion.as_ref().map(|_| link("conclusion", view.t("inquiry.conclusion_paper"))));
    all
}

fn facts(view: &View, one: &Investigation) -> Vec<(Text, Said)> {
    let open = !matches!(one.state, S::Closed | S::Declined);
    let mut facts = vec![
        view.fact(key("list.state"), state(view, one)),
        view.text_fact(key("list.department"), view.department(&one.department)),
        view.text_fact(key("inquiry.origin"), view.s.of("origin.", &word(one.origin))),
        view.fact(key("inquiry.refs"), refs(one)),
        view.fact(key("inquiry.due"), if open { view.due(one.due) } else { Said::text("—") }),
    ];
    let named = |label: &str, who: &Option<String>| who.as_ref().map(|who| view.text_fact(label, data(who)));
    if !one.proposed_by.is_empty() {
        facts.push(view.text_fact(key("inquiry.proposed"), by(&view.s, &one.proposed_by, one.proposed_at)));
    }
    facts.extend(named(key("inquiry.decided"), &one.decided_by));
    facts.extend(named(key("inquiry.lead"), &one.lead));
    if !one.team.is_empty() {
        facts.push(view.text_fact(key("inquiry.team"), data(one.team.join("、"))));
    }
    if let Some(due) = one.statement_due {
        facts.push(view.text_fact(key("inquiry.statement_due"), said(due)));
    }
    if let Some(due) = one.conclude_due {
        facts.push(view.text_fact(key("inquiry.conclude_due"), said(due)));
    }
    facts
}

impl Pages for Investigation {
    const AT: &'static str = "/investigations";
    const API: &'static str = "/api/v1/investigations";
    const NAME: &'static str = key("nav.investigations");
    const BEGIN: &'static str = key("inquiry.create");
    const LIVE: Option<&'static str> = Some("investigation.");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        investigation::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        investigation::one(app, caller, Path(no.to_owned())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        investigation::create(app, caller, HeaderMap::new(), json.into()).await
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        investigation::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        let zh = |w: &str| read::<S>(w.into()).map_or("", S::name_zh);
        S::WORDS.iter().map(|w| ((*w).to_owned(), s.word(zh(w), w))).collect()
    }
    fn heads(s: &Shell) -> Vec<Head> {
        let heads = [
            s.t("inquiry.no"),
            s.t("list.state"),
            s.t("list.department"),
            s.t("inquiry.origin"),
            s.t("inquiry.subject"),
            s.t("inquiry.lead"),
            s.t("inquiry.due"),
        ];
        heads.map(Head::new).into()
    }
    fn row(&self, view: &View) -> Vec<Said> {
        vec![
            Said::link(format!("/investigations/{}", self.no), self.no.clone()),
            state(view, self),
            Said::text(view.department(&self.department)),
            Said::text(view.s.of("origin.", &word(self.origin))),
            Said::data(self.subject.clone()),
            Said::data(self.lead.clone().unwrap_or_else(|| "—".to_owned())),
            if matches!(self.state, S::Closed | S::Declined) { Said::text("—") } else { view.due(self.due) },
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let fields = vec![
            Field::new("department", view.t("list.department"), view.departments()).needed(),
            Field::new("origin", view.t("inquiry.origin"), of_group(&view.s, "origin.", ORIGINS)).needed(),
            Field::new("refs", view.t("inquiry.refs"), Kind::Lines).hint(view.t("act.one_a_line")),
            Field::new("subject", view.t("inquiry.subject"), Kind::Long).needed(),
        ];
        Ok(vec![Form::new(Self::AT, view.t("inquiry.do_create"), fields)])
    }

    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let mut sheet = sheet
            .with(Body::Facts(facts(view, self)))
            .under(view.t("inquiry.subject"), paragraphs(&self.subject))
            .under("", Body::Links(papers(view, self)));
        for (label, done) in [(key("inquiry.notice"), &self.notice), (key("inquiry.statement"), &self.statement)] {
            if let Some(done) = done {
                sheet = sheet.under(view.t(label), paragraphs(&done.text));
            }
        }
        if let Some(found) = &self.conclusion {
            let facts = vec![
                view.text_fact(key("inquiry.outcome"), view.s.of("outcome.", &word(found.outcome))),
                view.text_fact(key("inquiry.facts"), data(&found.facts)),
                view.text_fact(key("inquiry.basis"), data(&found.basis)),
                view.text_fact(key("act.by"), by(&view.s, &found.by, found.at)),
            ];
            sheet = sheet.under(view.t("inquiry.conclusion"), Body::Facts(facts));
        }
        if !self.measures.is_empty() {
            sheet = sheet.under(view.t("inquiry.measures"), Body::Grid(measured(view, self)));
        }
        if let Some(seen) = &self.revisit {
            let words = Text::from(view.s.of("deed.", &seen.act)).and(view.s.colon()).and(data(&seen.text));
            sheet = sheet.under(view.t("inquiry.revisit"), Body::Text(vec![words]));
        }
        if !self.evidence.is_empty() {
            let mut grid = Grid::new("", &[view.t("inquiry.digest"), view.t("inquiry.proves"), view.t("act.by")]);
            let row = |e: &daylight_domain::investigation::Evidence| {
                vec![Said::Code(e.digest.clone()), Said::data(e.text.clone()), Said::data(e.by.clone())]
            };
            grid.rows = self.evidence.iter().map(row).collect();
            sheet = sheet.under(view.t("inquiry.evidence"), Body::Grid(grid));
        }
        let kept = documents(view, &self.no).await?;
        if !kept.is_empty() {
            sheet = sheet.under(view.t("inquiry.files"), Body::Grid(files(view, &kept)));
        }
        Ok(sheet)
    }
    fn looks(&self, view: &View) -> Vec<Form> {
        let side = view.is_of(&self.department) || self.team.contains(&view.caller.user);
        if !side || matches!(self.state, S::Declined | S::Closed) {
            return Vec::new();
        }
        let fields = vec![Field::new("file", view.t("inquiry.file"), Kind::File).needed()];
        vec![Form::new(format!("/investigations/{}/documents", self.no), view.t("inquiry.do_upload"), fields)]
    }
    fn acts(&self, view: &View) -> Vec<&'static str> {
        let team = self.team.contains(&view.caller.user);
        let members = |acts: &[&'static str]| if team { acts.to_vec() } else { Vec::new() };
        let waits = |replied: bool, mine: bool| {
            let fits = |m: &&Measure| m.open() && m.replied_at.is_some() == replied && (!mine || own(view, m));
            self.measures.iter().any(|m| fits(&m))
        };
        let mut acts = match self.state {
            S::Proposed if self.proposed_by != view.caller.user => vec!["approve", "decline"],
            S::Opened => members(&["notify", "evidence"]),
            S::Notified => {
                let mut acts = members(&["evidence", "conclude"]);
                acts.push("state");
                acts
            }
            S::Concluded | S::Measures => {
                let stands = self.conclusion.as_ref().is_some_and(|c| c.outcome != Outcome::Unsubstantiated);
                let mut acts = Vec::new();
                acts.extend(stands.then_some("measure"));
                acts.extend(waits(false, false).then_some("reply"));
                acts.extend(if waits(true, true) { vec!["accept", "return"] } else { Vec::new() });
                // What was found not to be mended is followed by another measure first.
                let done =
                    !self.measures.iter().any(Measure::open) && (self.state == S::Measures || self.revisit.is_none());
                acts.extend(if done { members(&["close"]) } else { Vec::new() });
                acts
            }
            S::Revisit if self.revisit.is_none() => members(&["revisit"]),
            S::Revisit => members(&["close"]),
            _ => Vec::new(),
        };
        // Of the team only who leads it gives it into other hands.
        let leads = self.lead.as_deref() == Some(view.caller.user.as_str());
        if !self.team.is_empty() && (leads || !team) && self.state != S::Closed {
            acts.push("team");
        }
        acts
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        let days = || Field::new("days", view.t("inquiry.days"), Kind::Number).hint(view.t("order.days_hint"));
        let (text, maybe) = (|| view.text().needed(), || view.text());
        let choose = |kind: Kind| Field::new("measure", view.t("inquiry.measure"), kind).needed();
        let (label, grave, fields) = match act {
            "approve" | "team" => {
                let others = investigators(&view.app).await?.into_iter().filter(|name| *name != view.caller.user);
                let names: Vec<Choice> = others.map(|name| (name.clone(), data(name))).collect();
                let lead = self.lead.clone().unwrap_or_default();
                let mut fields = vec![
                    Field::new("lead", view.t("inquiry.lead"), Kind::Choice(names.clone())).needed().value(lead),
                    Field::new("team", view.t("inquiry.members"), Kind::Many(names)).value(self.team.join("\n")),
                ];
                if act == "approve" {
                    fields.extend([maybe(), days()]);
                    (view.t("inquiry.do_approve"), false, fields)
                } else {
                    fields.push(text());
                    (view.t("inquiry.do_team"), false, fields)
                }
            }
            "decline" => (view.t("inquiry.do_decline"), true, vec![text()]),
            "notify" => (view.t("inquiry.do_notify"), false, vec![text(), days()]),
            "state" => (view.t("inquiry.do_state"), false, vec![text()]),
            "evidence" => {
                let kept = documents(view, &self.no).await?;
                let kept = kept.into_iter().map(|d| (d.digest.clone(), data(&d.name).and(" ").and(said(d.added_at))));
                let which = Field::new("digest", view.t("inquiry.file"), Kind::Choice(kept.collect())).needed();
                (view.t("inquiry.do_evidence"), false, vec![which, text()])
            }
            "conclude" => {
                let outcomes = of_group(&view.s, "outcome.", OUTCOMES);
                let problems = of_group(&view.s, key("verified."), PROBLEMS);
                let fields = vec![
                    Field::new("outcome", view.t("inquiry.outcome"), outcomes).needed(),
                    Field::new("text", view.t("inquiry.facts"), Kind::Long).needed(),
                    Field::new("basis", view.t("inquiry.basis"), Kind::Long).needed(),
                    Field::new("problem", view.t("inquiry.problem"), problems).hint(view.t("inquiry.problem_hint")),
                ];
                (view.t("inquiry.do_conclude"), true, fields)
            }
            "measure" => {
                let kind = Field::new("kind", view.t("inquiry.measure_kind"), kinds(view)).needed();
                (view.t("inquiry.do_measure"), true, vec![kind, text(), days()])
            }
            "reply" => {
                let which = choose(measures(view, self, |m| m.replied_at.is_none()));
                (view.t("inquiry.do_reply"), false, vec![which, text()])
            }
            "accept" => {
                let which = choose(measures(view, self, |m| m.replied_at.is_some() && own(view, m)));
                (view.t("inquiry.do_accept"), false, vec![which, days()])
            }
            "return" => {
                let which = choose(measures(view, self, |m| m.replied_at.is_some() && own(view, m)));
                (view.t("inquiry.do_return"), false, vec![which, text(), days()])
            }
            "revisit" => {
                let kind = view.yes_no(key("inquiry.corrected"), key("inquiry.not_corrected"));
                let seen = Field::new("corrected", view.t("inquiry.revisit"), kind).needed();
                (view.t("inquiry.do_revisit"), false, vec![seen, text()])
            }
            _ => (view.t("inquiry.do_close"), true, vec![maybe()]),
        };
        Ok(Form { grave, ..Form::new(format!("/investigations/{}/{act}", self.no), label, fields) })
    }
    /// Who leads is the first of the team.
    fn body(form: &Form, sent: &[u8]) -> String {
        let mut body: Value = serde_json::from_str(&body_of(form, sent)).unwrap_or_default();
        if let Some(object) = body.as_object_mut()
            && let Some(lead) = object.remove("lead")
        {
            let mut team = vec![lead.clone()];
            let others = object.get("team").and_then(Value::as_array).cloned().unwrap_or_default();
            team.extend(others.into_iter().filter(|name| *name != lead));
            object.insert("team".to_owned(), team.into());
        }
        body.to_string()
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}

/// A file from a form, kept as the API keeps it.
pub(super) async fn upload(
    State(app): House,
    looks: Looks,
    Path(no): Path<String>,
    parts: Multipart,
) -> Result<Response, Refusal> {
    let view = looks.view(&app, Investigation::AT).await?;
    let kept = async {
        let sent = file(parts).await?;
        let (app, caller) = view.house();
        let mut media = HeaderMap::new();
        media.extend(HeaderValue::from_str(&sent.media).map(|m| (header::CONTENT_TYPE, m)));
        let name = [("name".to_owned(), sent.name)].into();
        investigation::upload(app, caller, Path(no.clone()), Query(name), media, sent.bytes).await
    };
    let to = format!("/investigations/{no}");
    looks.done((&app, kept.await), (&to, Bytes::new()), |again| page::<Investigation>(&view, &no, again)).await
}
