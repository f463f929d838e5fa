//! 投诉: registered, screened, given to a department, answered, reviewed, called back about, archived; and what the hotline exports.

use super::House;
use super::matter::{Looks, Pages, View, list_page, named, paragraphs};
use super::{contact, contents, look, once, person, said, source, ways};
use crate::api::answer::{Answer, Refusal};
use crate::api::complaint;
use crate::api::web::form::file;
use crate::api::web::{by, departments, show};
use crate::complaint::{Imported, ImportedStatus};
use crate::problem::registry;
use axum::body::Bytes;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Head, Kind, Link, Number, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::complaint::{Complaint, ComplaintState as S, Outcome, ProblemKind, Severity};
use daylight_domain::procedure::Done;

fn state(view: &View, one: &Complaint) -> Said {
    let tone = match one.state {
        S::Archived => Tone::Good,
        _ if one.due.is_some_and(|due| due < view.app.clock.now()) => Tone::Bad,
        S::Registered | S::Replied | S::Closed => Tone::Warn,
        _ => Tone::Plain,
    };
    Said::tag(tone, view.s.word(one.state.name_zh(), one.state.as_str()))
}

fn facts(view: &View, one: &Complaint) -> Vec<(Text, Said)> {
    let s = &view.s;
    let mut facts = vec![
        view.fact(key("list.state"), state(view, one)),
        view.text_fact(key("list.department"), view.department(&one.department)),
        view.text_fact(key("complaint.kind"), s.word(one.kind.name_zh(), one.kind.as_str())),
        view.text_fact(key("voice.way"), s.word(one.way.name_zh(), one.way.as_str())),
        view.text_fact(key("voice.registered"), said(one.registered_at)),
        view.fact(key("voice.due"), view.due(one.due)),
    ];
    let words = [
        (key("voice.source_no"), one.source_no.as_ref().map(data)),
        (key("complaint.object"), one.object.as_ref().map(data)),
        (key("complaint.accepted"), one.accepted_at.map(|at| said(at).into())),
        (key("complaint.assigned"), one.assigned_at.map(|at| said(at).into())),
        (key("complaint.outcome"), one.outcome.map(|o| s.word(o.name_zh(), o.as_str()))),
        (key("complaint.severity"), one.severity.map(|o| s.word(o.name_zh(), o.as_str()))),
        (key("voice.satisfied"), one.satisfied.map(|o| s.word(o.name_zh(), o.as_str()))),
    ];
    facts.extend(words.into_iter().filter_map(|(label, text)| Some(view.text_fact(label, text?))));
    facts.extend(one.case_no.as_ref().map(|no| view.fact(key("card.case"), view.case(&one.department, no))));
    if !one.cards.is_empty() {
        let cards = one.cards.iter().map(|no| Link::new(format!("/cards/{no}"), no.clone())).collect();
        facts.push(view.fact(key("order.cards"), Said::Links(cards)));
    }
    let link = |at: &str, no: &String| Said::link(format!("{at}/{no}"), no.clone());
    facts.extend(
        one.investigation.as_ref().map(|no| view.fact(key("complaint.investigation"), link("/investigations", no))),
    );
    facts.extend(one.repeat_of.as_ref().map(|no| view.fact(key("complaint.repeat"), link("/complaints", no))));
    facts
}

/// What others who handle it said.
fn joint(view: &View, one: &Complaint) -> Grid {
    let mut grid = Grid::new("", &[view.t("list.department"), view.t("complaint.opinion")]);
    let row = |j: &daylight_domain::complaint::Joint| {
        vec![
            Said::text(view.department(&j.department)),
            Said::data(j.opinion.clone().unwrap_or_else(|| "—".to_owned())),
        ]
    };
    grid.rows = one.joint.iter().map(row).collect();
    grid
}

/// What the department may do.
fn departments_acts(view: &View, one: &Complaint) -> Vec<&'static str> {
    let (own, handled) = (view.is_of(&one.department), one.state == S::Handling);
    let mut acts = Vec::new();
    if own && one.state == S::Assigned {
        acts.push("receive");
    }
    if own && handled {
        acts.push("reply");
        acts.extend(one.extension.is_none().then_some("ask-extension"));
    }
    let again = one.returned_by.contains(&one.department) || one.reopened_at.is_some();
    if own && !again && matches!(one.state, S::Assigned | S::Handling) {
        acts.push("return");
    }
    if matches!(one.state, S::Assigned | S::Handling) && one.joint.iter().any(|j| view.is_of(&j.department)) {
        acts.push("opinion");
    }
    acts
}

/// What the desk may do.
fn desk_acts(one: &Complaint) -> Vec<&'static str> {
    let named = one.complainant.is_some();
    let mut acts = match one.state {
        S::Registered => vec!["accept", "reject", "route-out"],
        S::Accepted => vec!["assign", "route-out"],
        S::Handling if one.extension.as_ref().is_some_and(|e| e.allowed.is_none()) => vec!["decide-extension"],
        S::Replied => vec!["review"],
        S::Closed if named => vec!["call-back"],
        S::Closed | S::Rejected | S::RoutedOut => vec!["archive"],
        S::CalledBack if one.reopened_at.is_none() => vec!["archive", "reopen"],
        S::CalledBack => vec!["archive"],
        _ => Vec::new(),
    };
    let over = matches!(one.state, S::Closed | S::CalledBack | S::Archived);
    match &one.public_answer {
        Some(_) => acts.push("make-private"),
        None if over && one.reply.is_some() => acts.push("make-public"),
        None => {}
    }
    acts.push("link");
    acts
}

fn import_form(view: &View) -> Form {
    let file = Field::new("file", view.t("complaint.import_file"), Kind::File).needed();
    Form::new("/complaints/import", view.t("complaint.do_import"), vec![file.hint(view.t("complaint.import_hint"))])
}

impl Pages for Complaint {
    const AT: &'static str = "/complaints";
    const API: &'static str = "/api/v1/complaints";
    const NAME: &'static str = key("nav.complaints");
    const BEGIN: &'static str = key("complaint.create");
    const LIVE: Option<&'static str> = Some("complaint.");

    async fn rows(view: &View) -> Answer {
        let (app, caller) = view.house();
        complaint::list(app, caller, Query(view.query.clone())).await
    }
    async fn stored(view: &View, no: &str) -> Answer {
        let (app, caller) = view.house();
        complaint::one(app, caller, Path(no.to_owned()), Query(view.query.clone())).await
    }
    async fn begin(view: &View, json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        Ok(complaint::create(app, caller, json.into()).await?.into_response())
    }
    async fn act(view: &View, (no, act): (&str, &str), json: String) -> Result<Response, Refusal> {
        let (app, caller) = view.house();
        complaint::act(app, caller, Path((no.to_owned(), act.to_owned())), HeaderMap::new(), json.into()).await
    }
    async fn begun(view: &View, answer: Response) -> Result<Response, Refusal> {
        let shown = [("no", key("voice.no")), ("code", key("voice.code"))];
        once(view, (Self::AT, Self::NAME), answer, &shown).await
    }

    fn states(s: &Shell) -> Vec<Choice> {
        named(s, S::ALL, |w| (w.as_str(), w.name_zh()))
    }
    fn heads(s: &Shell) -> Vec<Head> {
        let heads = [
            s.t("voice.no"),
            s.t("list.state"),
            s.t("list.department"),
            s.t("complaint.kind"),
            s.t("voice.title"),
            s.t("voice.way"),
            s.t("voice.registered"),
            s.t("voice.due"),
        ];
        heads.map(Head::new).into()
    }
    fn row(&self, view: &View) -> Vec<Said> {
        vec![
            Said::link(format!("/complaints/{}", self.no), self.no.clone()),
            state(view, self),
            Said::text(view.department(&self.department)),
            Said::text(view.s.word(self.kind.name_zh(), self.kind.as_str())),
            Said::data(self.title.clone()),
            Said::text(view.s.word(self.way.name_zh(), self.way.as_str())),
            Said::text(said(self.registered_at)),
            view.due(self.due),
        ]
    }
    async fn fresh(view: &View) -> Result<Vec<Form>, Refusal> {
        if !view.may(Self::API) {
            return Ok(Vec::new());
        }
        let kinds = named(&view.s, ProblemKind::ALL, |k| (k.as_str(), k.name_zh()));
        let mut fields = vec![
            Field::new("department", view.t("list.department"), view.departments()).needed(),
            Field::new("way", view.t("voice.way"), ways(&view.s)).needed().value("visit"),
            Field::new("kind", view.t("complaint.kind"), Kind::Choice(kinds)).needed().value("other"),
            Field::new("title", view.t("voice.title"), Kind::Line).needed(),
            Field::new("content", view.t("voice.content"), Kind::Long).needed(),
            Field::new("object", view.t("complaint.object"), Kind::Line),
            Field::new("case_no", view.t("card.case"), Kind::Line),
        ];
        fields.extend(person(view, "complainant"));
        fields.push(Field::new("complainant.address", view.t("voice.address"), Kind::Line));
        fields.push(Field::new("confidential", view.t("complaint.confidential"), Kind::Tick));
        fields.extend(source(view));
        Ok(vec![Form::new(Self::AT, view.t("voice.do_register"), fields), import_form(view)])
    }
    /// A department also handles what another leads.
    async fn beside(view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        if view.caller.department.is_none() {
            return Ok(sheet);
        }
        let (href, label) = match view.query.contains_key("joint") {
            true => (Self::AT, view.t("complaint.own")),
            false => ("/complaints?joint=1", view.t("complaint.joint")),
        };
        Ok(sheet.with(Body::Links(vec![Link::new(href, label)])))
    }

    async fn file(&self, view: &View, sheet: Sheet) -> Result<Sheet, Refusal> {
        let mut sheet = sheet
            .with(Body::Facts(facts(view, self)))
            .under(view.t("complaint.complainant"), Body::Facts(contact(view, self.complainant.as_ref())))
            .under(data(&self.title), paragraphs(&self.content));
        if !self.joint.is_empty() {
            sheet = sheet.under(view.t("complaint.joint"), Body::Grid(joint(view, self)));
        }
        if let Some(asked) = &self.extension {
            let allowed = asked.allowed.map(|yes| view.t(if yes { "voice.allowed" } else { "voice.not_allowed" }));
            let facts = vec![
                view.text_fact(key("complaint.days"), asked.days.to_string()),
                view.text_fact(key("exclusion.reason"), data(&asked.reason)),
                view.text_fact(key("act.by"), view.s.who(&asked.by)),
                view.text_fact(key("list.state"), allowed.unwrap_or_else(|| view.t("voice.undecided"))),
            ];
            sheet = sheet.under(view.t("complaint.extension"), Body::Facts(facts));
        }
        sheet = sheet.under(view.t("voice.reply"), paragraphs(self.reply.as_deref().unwrap_or("")));
        if let Some(answer) = &self.public_answer {
            let words = vec![data(&answer.subject), data(&answer.text), by(&view.s, &answer.by, answer.at)];
            sheet = sheet.under(view.t("complaint.public_answer"), Body::Text(words));
        }
        Ok(sheet)
    }
    fn looks(&self, view: &View) -> Vec<Form> {
        look(view, format!("/complaints/{}", self.no), self.complainant.as_ref())
    }
    fn acts(&self, view: &View) -> Vec<&'static str> {
        if view.caller.department.is_some() { departments_acts(view, self) } else { desk_acts(self) }
    }
    async fn form(&self, view: &View, act: &str) -> Result<Form, Refusal> {
        let (text, maybe) = (|| view.text().needed(), || view.text());
        let (label, grave, fields) = match act {
            "accept" if self.complainant.is_some() => (view.t("complaint.do_accept"), false, vec![text()]),
            "accept" => (view.t("complaint.do_accept"), false, vec![maybe()]),
            "reject" => (view.t("complaint.do_reject"), true, vec![text()]),
            "route-out" => (view.t("voice.do_route_out"), true, vec![text()]),
            "assign" => {
                let all = departments(&view.app, &view.caller);
                let lead = Field::new("department", view.t("complaint.lead"), Kind::Choice(all.clone()));
                let fields = vec![
                    lead.needed().value(self.department.clone()),
                    Field::new("joint", view.t("complaint.joint"), Kind::Many(all)),
                    maybe(),
                ];
                (view.t("complaint.do_assign"), false, fields)
            }
            "receive" => (view.t("complaint.do_receive"), false, Vec::new()),
            "return" => (view.t("voice.do_return"), true, vec![text()]),
            "opinion" => (view.t("complaint.do_opinion"), false, vec![text()]),
            "ask-extension" => {
                let days = Field::new("days", view.t("complaint.days"), Kind::Number).needed();
                (view.t("complaint.do_ask"), false, vec![days, text()])
            }
            "decide-extension" => {
                let allowed = view.yes_no(key("voice.allowed"), key("voice.not_allowed"));
                let allowed = Field::new("allowed", view.t("complaint.extension"), allowed).needed();
                (view.t("complaint.do_decide"), false, vec![allowed, maybe()])
            }
            "reply" => {
                let outcomes = named(&view.s, Outcome::ALL, |o| (o.as_str(), o.name_zh()));
                let outcome = Field::new("outcome", view.t("complaint.outcome"), Kind::Choice(outcomes)).needed();
                (view.t("voice.do_reply"), false, vec![outcome, text()])
            }
            "review" => {
                let passed = view.yes_no(key("complaint.passed"), key("complaint.not_passed"));
                let grave = named(&view.s, Severity::ALL, |o| (o.as_str(), o.name_zh()));
                let fields = vec![
                    Field::new("passed", view.t("complaint.review"), passed).needed(),
                    Field::new("severity", view.t("complaint.severity"), Kind::Choice(grave))
                        .hint(view.t("complaint.severity_hint")),
                    maybe(),
                ];
                (view.t("complaint.do_review"), false, fields)
            }
            "call-back" => {
                let yes_no = || view.yes_no(key("voice.yes"), key("voice.not"));
                let fields = vec![
                    Field::new("contacted", view.t("complaint.contacted"), yes_no()).needed(),
                    Field::new("solved", view.t("complaint.solved"), yes_no()).needed(),
                    Field::new("satisfied", view.t("voice.satisfied"), contents(&view.s)).needed(),
                    maybe(),
                ];
                (view.t("complaint.do_call_back"), false, fields)
            }
            "reopen" => (view.t("complaint.do_reopen"), true, vec![text()]),
            "archive" => (view.t("complaint.do_archive"), true, Vec::new()),
            "make-public" => {
                let subject = Field::new("subject", view.t("complaint.public_subject"), Kind::Line).needed();
                let answer = text().hint(view.t("complaint.public_hint"));
                (view.t("complaint.do_make_public"), true, vec![subject, answer])
            }
            "make-private" => (view.t("complaint.do_make_private"), true, vec![text()]),
            _ => {
                let fields = vec![
                    Field::new("case_no", view.t("card.case"), Kind::Line),
                    Field::new("card", view.t("card.title"), Kind::Line),
                    Field::new("investigation", view.t("complaint.investigation"), Kind::Line),
                ];
                (view.t("complaint.do_link"), false, fields)
            }
        };
        Ok(Form { grave, ..Form::new(format!("/complaints/{}/{act}", self.no), label, fields) })
    }
    fn steps(&self) -> &[Done] {
        &self.steps
    }
}

/// What became of every line of a hotline's file.
fn imported(view: &View, done: &Imported) -> Sheet {
    let number =
        |label: &str, n: usize| Number { label: view.t(label).into(), value: n.to_string(), href: None, level: None };
    let heads = vec![
        Head::number(view.t("complaint.line")),
        Head::new(view.t("voice.source_no")),
        Head::new(view.t("list.state")),
        Head::new(view.t("voice.no")),
        Head::new(view.t("complaint.why")),
    ];
    let mut grid = Grid { heads, ..Grid::default() };
    grid.rows = done
        .lines
        .iter()
        .map(|line| {
            let (tone, word) = match line.status {
                ImportedStatus::Registered => (Tone::Good, view.t("complaint.registered")),
                ImportedStatus::Known => (Tone::Plain, view.t("complaint.known")),
                ImportedStatus::Rejected => (Tone::Bad, view.t("complaint.refused")),
            };
            let at = |no: &str| if no.starts_with("ZX") { "/enquiries" } else { "/complaints" };
            let code = line.code.as_deref().unwrap_or_default();
            let en = registry::entry(code).map_or("", |e| e.en);
            let why = view.s.either(line.message.as_deref().unwrap_or_default(), en);
            vec![
                Said::Number(line.line.to_string()),
                Said::data(line.source_no.clone().unwrap_or_default()),
                Said::tag(tone, word),
                line.no.as_ref().map_or_else(|| Said::text("—"), |no| Said::link(format!("{}/{no}", at(no)), no)),
                Said::text(format!("{why} {code}").trim()),
            ]
        })
        .collect();
    let mut facts = vec![view.fact(key("inquiry.digest"), Said::Code(done.sha256.clone()))];
    if !done.ignored.is_empty() {
        facts.push(view.text_fact(key("complaint.ignored"), data(done.ignored.join("、"))));
    }
    let mut sheet = Sheet::new(&view.s, view.t("complaint.imported"));
    sheet.up = vec![Link::new(Complaint::AT, view.t(Complaint::NAME))];
    sheet
        .with(Body::Numbers(vec![
            number(key("complaint.registered"), done.registered),
            number(key("complaint.known"), done.known),
            number(key("complaint.refused"), done.rejected),
        ]))
        .with(Body::Facts(facts))
        .with(Body::Grid(grid))
}

/// A hotline's file: taken line by line, and answered line by line.
pub(super) async fn import(State(app): House, looks: Looks, parts: Multipart) -> Result<Response, Refusal> {
    let view = looks.view(&app, Complaint::AT).await?;
    let taken = async {
        let (app, caller) = view.house();
        complaint::import(app, caller, file(parts).await?.bytes).await
    };
    match taken.await {
        Ok(done) => show(&app, &looks.caller, &imported(&view, &done.0)).await,
        Err(refusal) => list_page::<Complaint>(&view, Some(looks.again(&app, refusal, Bytes::new())?)).await,
    }
}
