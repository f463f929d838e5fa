//! What is led to an end under a number – an order, an investigation, a complaint – has pages that are alike: the list with its
//! filters, how much is in which state, and what may be begun; the file with what this reader may do now. Here is what they share.

use super::form::{body_of, go, house, number, read, refill, refused, rows};
use super::{
    House, allowed, asked, departments, history, limits, name, outside, pager, said, said_or, shell, show,
    whole_address,
};
use crate::api::answer::{Answer, Refusal, limit};
use crate::api::numbers::{StateCount, numbers};
use crate::app::App;
use crate::people::Caller;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use daylight_console::list::Filter;
use daylight_console::sheet::{Body, Choice, Field, Form, Grid, Head, Kind, Link, Number, Part, Said, Sheet, Tone};
use daylight_console::shell::{Shell, key};
use daylight_console::text::{Text, data};
use daylight_domain::Timestamp;
use daylight_domain::procedure::Done;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::Arc;

/// Who looks, at what, with which query.
pub(super) struct View {
    pub app: Arc<App>,
    pub caller: Caller,
    pub s: Shell,
    pub query: HashMap<String, String>,
    /// How the county is reached from here, for addresses that are given to somebody.
    pub base: String,
}

impl View {
    pub(super) async fn new(
        app: &Arc<App>,
        caller: &Caller,
        around: (&HeaderMap, &Uri),
        place: &'static str,
    ) -> Result<Self, Refusal> {
        let s = shell(app, caller, around, place).await?;
        let pairs = form_urlencoded::parse(around.1.query().unwrap_or("").as_bytes()).into_owned().collect();
        Ok(Self {
            app: Arc::clone(app),
            caller: caller.clone(),
            s,
            query: asked(pairs),
            base: whole_address(app, around.0, ""),
        })
    }

    /// The words under a key.
    pub(super) fn t<'a>(&self, key: &'a str) -> &'a str {
        self.s.t(key)
    }

    /// What a handler of the API is called with.
    pub(super) fn house(&self) -> (House, Extension<Caller>) {
        (house(&self.app), Extension(self.caller.clone()))
    }

    /// What is asked for by a name.
    pub(super) fn asked(&self, name: &str) -> String {
        self.query.get(name).cloned().unwrap_or_default()
    }

    /// Whether this reader may do an operation of the API.
    pub(super) fn may(&self, path: &str) -> bool {
        allowed(&self.caller, &Method::POST, path).is_ok()
    }

    /// The name of a department.
    pub(super) fn department(&self, id: &str) -> Text {
        name(&self.app, id)
    }

    /// Whether somebody acts for this department.
    pub(super) fn is_of(&self, department: &str) -> bool {
        self.caller.department.as_deref() == Some(department)
    }

    /// A label and a value.
    pub(super) fn fact(&self, label: &str, value: Said) -> (Text, Said) {
        (self.t(label).into(), value)
    }

    /// A label and words.
    pub(super) fn text_fact(&self, label: &str, value: impl Into<Text>) -> (Text, Said) {
        self.fact(label, Said::text(value))
    }

    /// The case of a department.
    pub(super) fn case(&self, department: &str, no: &str) -> Said {
        let part: String = form_urlencoded::byte_serialize(no.as_bytes()).collect();
        Said::link(format!("/cases/{department}/{part}"), data(no))
    }

    /// Until when: late where it is over.
    pub(super) fn due(&self, due: Option<Timestamp>) -> Said {
        match due {
            Some(at) if at < self.app.clock.now() => Said::tag(Tone::Bad, said(at)),
            due => Said::text(said_or(due)),
        }
    }

    /// Departments to choose from.
    pub(super) fn departments(&self) -> Kind {
        Kind::Choice(departments(&self.app, &self.caller))
    }

    /// Yes and no.
    pub(super) fn yes_no(&self, yes: &str, no: &str) -> Kind {
        Kind::Radio(vec![("true".to_owned(), self.t(yes).into()), ("false".to_owned(), self.t(no).into())])
    }

    /// A field for words.
    pub(super) fn text(&self) -> Field {
        Field::new("text", self.t("act.text"), Kind::Long)
    }

    /// A filter by a word.
    pub(super) fn filter(&self, name: &'static str, label: &'static str, choices: Vec<Choice>) -> Filter {
        Filter { name, label, value: self.asked(name), choices }
    }

    /// The filters that every list has.
    pub(super) fn filters(&self, states: Vec<Choice>) -> Result<Vec<Filter>, Refusal> {
        let departments = departments(&self.app, &self.caller);
        let by_state = (!states.is_empty()).then(|| self.filter("state", key("list.state"), states));
        let mut all = vec![self.filter("department", key("list.department"), departments)];
        all.extend(by_state);
        all.push(limits(limit(&self.query)?));
        Ok(all)
    }
}

/// Who looks, at which address: what every page is asked with.
pub(super) struct Looks {
    pub(super) caller: Caller,
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
    /// What was asked itself: `uri` is of the page a form stands on.
    action: String,
}

/// The path that was asked: of what a form sends, its action.
#[derive(Clone)]
pub(super) struct Action(pub String);

impl FromRequestParts<Arc<App>> for Looks {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Refusal> {
        let nobody = || Problem::new("auth.token", "需要登录");
        let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(nobody)?;
        let action = parts.extensions.get::<Action>().map_or_else(String::new, |action| action.0.clone());
        Ok(Self { caller, headers: parts.headers.clone(), uri: parts.uri.clone(), action })
    }
}

impl Looks {
    pub(super) async fn shell(&self, app: &App, place: &'static str) -> Result<Shell, Refusal> {
        shell(app, &self.caller, (&self.headers, &self.uri), place).await
    }

    /// The query, without what a form left empty.
    pub(super) fn query(&self) -> HashMap<String, String> {
        let pairs = form_urlencoded::parse(self.uri.query().unwrap_or("").as_bytes());
        asked(pairs.into_owned().collect())
    }

    /// The same at a place of the console.
    pub(super) async fn view(&self, app: &Arc<App>, place: &'static str) -> Result<View, Refusal> {
        View::new(app, &self.caller, (&self.headers, &self.uri), place).await
    }

    /// What was sent to this address and refused.
    pub(super) fn again(&self, app: &App, refusal: Refusal, sent: Bytes) -> Result<Again, Refusal> {
        let s = outside(app, (&self.headers, &self.uri));
        Again::of(&s, refusal, self.action.clone(), sent)
    }

    /// What a form leads to: done, on to a page; refused, its own page again, which says why and where what was typed stands still.
    pub(super) async fn done<T, P: Future<Output = Result<Response, Refusal>>>(
        &self,
        (app, answer): (&App, Result<T, Refusal>),
        (to, sent): (&str, Bytes),
        page: impl FnOnce(Option<Again>) -> P,
    ) -> Result<Response, Refusal> {
        match answer {
            Ok(_) => Ok(go(to)),
            Err(refusal) => page(Some(self.again(app, refusal, sent)?)).await,
        }
    }
}

/// Words of data with their names.
pub(super) fn named<T: Copy>(s: &Shell, all: &[T], words: impl Fn(T) -> (&'static str, &'static str)) -> Vec<Choice> {
    all.iter().map(|one| words(*one)).map(|(word, zh)| (word.to_owned(), s.word(zh, word))).collect()
}

/// Words of the catalogue's group, to choose from.
pub(super) fn of_group(s: &Shell, group: &str, words: &[&str]) -> Kind {
    Kind::Choice(words.iter().map(|w| ((*w).to_owned(), s.of(group, w).into())).collect())
}

/// Text in paragraphs.
pub(super) fn paragraphs(text: &str) -> Body {
    Body::Text(text.lines().filter(|l| !l.trim().is_empty()).map(data).collect())
}

/// A kind of matter, as its pages need it.
pub(super) trait Pages: DeserializeOwned + Send + Sync + 'static {
    /// The address of its list.
    const AT: &'static str;
    /// The address of its list in the API.
    const API: &'static str;
    /// Key of what it is called.
    const NAME: &'static str;
    /// Key of the heading over what may be begun.
    const BEGIN: &'static str;
    /// Topic of the live stream upon which the list is read again.
    const LIVE: Option<&'static str> = None;

    /// The API's list.
    fn rows(view: &View) -> impl Future<Output = Answer> + Send;
    /// The API's answer about one.
    fn stored(view: &View, no: &str) -> impl Future<Output = Answer> + Send;
    /// The API's beginning of one.
    fn begin(view: &View, json: String) -> impl Future<Output = Result<Response, Refusal>> + Send;
    /// The API's act.
    fn act(view: &View, at: (&str, &str), json: String) -> impl Future<Output = Result<Response, Refusal>> + Send;

    /// Words of states with their names.
    fn states(s: &Shell) -> Vec<Choice>;
    /// What the list is filtered by.
    fn filters(view: &View, states: Vec<Choice>) -> Result<Vec<Filter>, Refusal> {
        view.filters(states)
    }
    /// Heads of the list.
    fn heads(s: &Shell) -> Vec<Head>;
    /// Its row.
    fn row(&self, view: &View) -> Vec<Said>;
    /// What may be begun here, by this reader.
    fn fresh(view: &View) -> impl Future<Output = Result<Vec<Form>, Refusal>> + Send;
    /// Parts of the list below its rows.
    fn beside(_view: &View, sheet: Sheet) -> impl Future<Output = Result<Sheet, Refusal>> + Send {
        async { Ok(sheet) }
    }
    /// Where one leads that was begun.
    fn begun(_view: &View, answer: Response) -> impl Future<Output = Result<Response, Refusal>> + Send {
        async { Ok(go(&format!("{}/{}", Self::AT, number(answer).await.unwrap_or_default()))) }
    }

    /// What the file is called.
    fn heading(&self, s: &Shell, no: &str) -> Text {
        format!("{} {no}", s.t(Self::NAME)).into()
    }
    /// What the file says besides acts and history.
    fn file(&self, view: &View, sheet: Sheet) -> impl Future<Output = Result<Sheet, Refusal>> + Send;
    /// Forms that only ask: to see a person in clear.
    fn looks(&self, _view: &View) -> Vec<Form> {
        Vec::new()
    }
    /// Acts that are possible in its state; what this reader may not do is left out afterwards.
    fn acts(&self, view: &View) -> Vec<&'static str>;
    /// The form of an act.
    fn form(&self, view: &View, act: &str) -> impl Future<Output = Result<Form, Refusal>> + Send;
    /// The body of the API for what a form sent.
    fn body(form: &Form, sent: &[u8]) -> String {
        body_of(form, sent)
    }
    /// What was done.
    fn steps(&self) -> &[Done];
}

/// The pages of a kind of matter.
pub(super) fn routes<T: Pages>() -> Router<Arc<App>> {
    let (file, act) = (format!("{}/{{no}}", T::AT), format!("{}/{{no}}/{{act}}", T::AT));
    Router::new()
        .route(T::AT, get(list::<T>).post(create::<T>))
        .route(&file, get(one::<T>))
        .route(&act, post(self::act::<T>))
}

/// A deed that was refused: what is said, to which form what was typed belongs.
pub(super) struct Again {
    pub status: StatusCode,
    pub said: Text,
    pub action: String,
    pub sent: Bytes,
}

impl Again {
    /// For a refusal that is the reader's to mend; others go on.
    fn of(s: &Shell, refusal: Refusal, action: String, sent: Bytes) -> Result<Self, Refusal> {
        let (status, said) = refused(s, refusal)?;
        Ok(Self { status, said, action, sent })
    }

    /// Puts what was typed where it was typed.
    pub(super) fn refill(again: Option<&Self>, forms: &mut [Form]) {
        if let Some(again) = again {
            forms.iter_mut().filter(|f| f.action == again.action).for_each(|f| refill(f, &again.sent));
        }
    }
}

/// The page, with the status of what was refused.
pub(super) async fn shown(
    app: &App,
    caller: &Caller,
    mut sheet: Sheet,
    again: Option<Again>,
) -> Result<Response, Refusal> {
    let status = again.as_ref().map(|again| again.status);
    sheet.said = again.map(|again| again.said).or(sheet.said);
    let mut made = show(app, caller, &sheet).await?;
    if let Some(status) = status {
        *made.status_mut() = status;
    }
    Ok(made)
}

/// The same for who views.
pub(super) async fn answered(view: &View, sheet: Sheet, again: Option<Again>) -> Result<Response, Refusal> {
    shown(&view.app, &view.caller, sheet, again).await
}

/// Steps under the words of their own kind of matter, where the same act is called otherwise there: `complaints_accept` is 受理, `item-drafts_return` 退回修改.
pub(super) fn in_its_words(view: &View, at: &str, steps: &[Done]) -> Vec<Done> {
    let own = |done: &Done| {
        let word = format!("{}_{}", at.trim_start_matches('/'), done.act);
        let known = view.s.of("deed.", &word) != word;
        Done { act: if known { word } else { done.act.clone() }, ..done.clone() }
    };
    steps.iter().map(own).collect()
}

/// How much is in which state, leading to it.
async fn by_state(view: &View, (at, api): (&str, &str), states: &[Choice]) -> Result<Vec<Number>, Refusal> {
    let (app, caller) = view.house();
    let kind = api.rsplit('/').next().unwrap_or("").to_owned();
    let department = view.query.get("department").map(|d| ("department".to_owned(), d.clone()));
    let counted = numbers(app, caller, Path(kind), Query(department.clone().into_iter().collect())).await;
    let counts: Vec<StateCount> = match counted {
        Ok(answer) => rows(answer.0)?.0,
        Err(Refusal(status, _)) if status == StatusCode::FORBIDDEN => Vec::new(),
        Err(other) => return Err(other),
    };
    let of_department = department.map(|(_, d)| format!("&department={d}")).unwrap_or_default();
    let number = |(word, label): &Choice| {
        let one = counts.iter().find(|c| c.state == *word)?;
        let href = Some(format!("{at}?state={word}{of_department}"));
        Some(Number { label: label.clone(), value: one.count.to_string(), href, level: None })
    };
    Ok(states.iter().filter_map(number).collect())
}

/// The numbers of a list that is no matter's.
pub(super) async fn counted(view: &View, at: (&str, &str), states: &[Choice]) -> Result<Body, Refusal> {
    Ok(Body::Numbers(by_state(view, at, states).await?))
}

/// A list as all are: what it is filtered by, its rows, where it goes on.
pub(super) fn listed(
    view: &View,
    (at, api, name): (&str, &str, &str),
    (filters, grid, next): (Vec<Filter>, Grid, Option<String>),
) -> Sheet {
    let foot = pager(at, api, &view.query, grid.rows.len(), next);
    let sheet = Sheet::new(&view.s, view.t(name));
    sheet.with(Body::Filters(filters)).with(Body::Grid(grid)).with(Body::Pager(foot))
}

/// A list with what may be begun below it, and what was refused of that.
pub(super) async fn begins(
    view: &View,
    sheet: Sheet,
    (heading, mut forms): (&str, Vec<Form>),
    again: Option<Again>,
) -> Result<Response, Refusal> {
    Again::refill(again.as_ref(), &mut forms);
    answered(view, sheet.under(view.t(heading), Body::Forms(forms)), again).await
}

/// The file of one below its list.
pub(super) fn file(view: &View, (at, name): (&str, &str), heading: impl Into<Text>) -> Sheet {
    let mut sheet = Sheet::new(&view.s, heading);
    sheet.up = vec![Link::new(at, view.t(name))];
    sheet
}

pub(super) async fn list_page<T: Pages>(view: &View, again: Option<Again>) -> Result<Response, Refusal> {
    let (all, next) = rows::<T>(T::rows(view).await?.0)?;
    let states = T::states(&view.s);
    let mut grid = Grid { live: T::LIVE, heads: T::heads(&view.s), ..Grid::default() };
    grid.rows = all.iter().map(|one| one.row(view)).collect();
    let numbers = counted(view, (T::AT, T::API), &states).await?;
    let mut sheet = listed(view, (T::AT, T::API, T::NAME), (T::filters(view, states)?, grid, next));
    if !numbers.is_empty() {
        sheet.parts.insert(0, Part { heading: Text::default(), body: numbers });
    }
    begins(view, T::beside(view, sheet).await?, (T::BEGIN, T::fresh(view).await?), again).await
}

pub(super) async fn list<T: Pages>(State(app): House, looks: Looks) -> Result<Response, Refusal> {
    list_page::<T>(&looks.view(&app, T::AT).await?, None).await
}

pub(super) async fn create<T: Pages>(State(app): House, looks: Looks, sent: Bytes) -> Result<Response, Refusal> {
    let view = looks.view(&app, T::AT).await?;
    let forms = T::fresh(&view).await?;
    let json = forms.iter().find(|f| f.action == T::AT).map(|form| T::body(form, &sent)).unwrap_or_default();
    match T::begin(&view, json).await {
        Ok(answer) => T::begun(&view, answer).await,
        Err(refusal) => list_page::<T>(&view, Some(looks.again(&app, refusal, sent)?)).await,
    }
}

/// One, as this reader may see it.
pub(super) async fn stored<T: Pages>(view: &View, no: &str) -> Result<T, Refusal> {
    read(T::stored(view, no).await?.0)
}

pub(super) async fn page<T: Pages>(view: &View, no: &str, again: Option<Again>) -> Result<Response, Refusal> {
    let one: T = stored(view, no).await?;
    let mut forms = one.looks(view);
    for act in one.acts(view) {
        if view.may(&format!("{}/{{no}}/{act}", T::API)) {
            forms.push(one.form(view, act).await?);
        }
    }
    Again::refill(again.as_ref(), &mut forms);
    let sheet = one
        .file(view, file(view, (T::AT, T::NAME), one.heading(&view.s, no)))
        .await?
        .under(view.t("act.title"), Body::Forms(forms))
        .under(view.t("act.history"), Body::History(history(&view.s, &in_its_words(view, T::AT, one.steps()))));
    answered(view, sheet, again).await
}

pub(super) async fn one<T: Pages>(
    State(app): House,
    looks: Looks,
    Path(no): Path<String>,
) -> Result<Response, Refusal> {
    let mut view = looks.view(&app, T::AT).await?;
    match page::<T>(&view, &no, None).await {
        // Who did not say well enough why a person is to be seen in clear sees the file, and that.
        Err(refusal) if refusal.1.code == "personal.reason" => {
            let sent = Bytes::from(looks.uri.query().unwrap_or("").to_owned());
            let again = looks.again(&app, refusal, sent)?;
            view.query.remove("reason");
            page::<T>(&view, &no, Some(again)).await
        }
        other => other,
    }
}

/// A form: done, and back to the file, or to the list where the file is this reader's business no more; refused, the file says why
/// and what was typed stands there still.
pub(super) async fn act<T: Pages>(
    State(app): House,
    looks: Looks,
    Path((no, act)): Path<(String, String)>,
    sent: Bytes,
) -> Result<Response, Refusal> {
    let view = looks.view(&app, T::AT).await?;
    let form = stored::<T>(&view, &no).await?.form(&view, &act).await?;
    let json = T::body(&form, &sent);
    match T::act(&view, (&no, &act), json).await {
        Ok(_) => match T::stored(&view, &no).await {
            Ok(_) => Ok(go(&format!("{}/{no}", T::AT))),
            Err(_) => Ok(go(T::AT)),
        },
        Err(refusal) => page::<T>(&view, &no, Some(looks.again(&app, refusal, sent)?)).await,
    }
}
