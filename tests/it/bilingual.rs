//! Both languages whole: an English page says nothing in Chinese but what is data and is marked so, a Chinese page no word of the program.

use crate::web::{Browser, text};
use axum::http::Method;
use daylight::connection::ConnectorState;
use daylight_console::text::is_han;
use daylight_domain::card::CardState;
use daylight_domain::case::CaseState;
use daylight_domain::complaint::ComplaintState;
use daylight_domain::desk::DeskState;
use daylight_domain::draft::DraftState;
use daylight_domain::enquiry::EnquiryState;
use daylight_domain::investigation::InvestigationState;
use daylight_domain::order::OrderState;
use daylight_domain::publication::PublicationState;
use daylight_domain::rating::RatingState;
use daylight_domain::record::RecordType;
use daylight_domain::role::{Right, Role};
use daylight_tests::house::House;
use daylight_tests::looks::{LOOKS, Look};
use daylight_tests::markup::{Spoken, spoken};
use std::collections::{BTreeMap, BTreeSet};

/// People who signed in, by their role.
struct People<'a>(&'a House, BTreeMap<Option<&'static str>, String>);

impl People<'_> {
    /// What somebody's browser sends along, in a language. It is kept there, for papers and files have their own.
    async fn cookies(&mut self, who: Option<Role>, lang: &str) -> String {
        let word = who.map(Role::as_str);
        if !self.1.contains_key(&word) {
            let secret = match who {
                Some(role) => self.0.signed_in(role.name_zh(), role).await,
                None => String::new(),
            };
            self.1.insert(word, secret);
        }
        format!("{}; lang={lang}", self.1[&word])
    }
}

/// What is said where, one line each.
pub fn lines(page: &str, wrong: impl Fn(&Spoken) -> bool) -> Vec<String> {
    let at = |one: &Spoken| one.within.iter().rev().take(2).cloned().collect::<Vec<_>>().join("> in <");
    spoken(page).iter().filter(|one| wrong(one)).map(|one| format!("  {} in <{}>", one.text, at(one))).collect()
}

/// What is wrong with every look in a language.
async fn looked(lang: &str, wrong: impl Fn(&Look, &Spoken) -> bool) -> Vec<String> {
    let house = House::with_data().await;
    let mut people = People(&house, BTreeMap::new());
    let mut found = Vec::new();
    for look in LOOKS {
        let cookies = people.cookies(look.who, lang).await;
        let path = house.place(look.path).replace("lang=en", "").replace("lang=zh", "");
        let (status, page) = Browser(&house.app, &cookies).page(&path).await;
        assert_eq!(status, look.status, "{path}");
        let lines = lines(&page, |one| wrong(look, one));
        found.extend((!lines.is_empty()).then(|| format!("{} ({}):\n{}", look.name, lines.len(), lines.join("\n"))));
    }
    found
}

/// Chinese that is not marked.
pub fn unmarked(one: &Spoken) -> bool {
    !one.lang.starts_with("zh") && one.text.contains(is_han)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_english_page_says_in_chinese_what_is_data_and_nothing_else() {
    let found = looked("en", |_, one| unmarked(one)).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What is refused: by whom, where, and with which form; nothing where a page is only asked for.
const REFUSED: &[(Option<Role>, &str, Option<&str>)] = &[
    (None, "/nowhere", None),
    (None, "/docs/nothing", None),
    (None, "/docs/errors/no.such.code", None),
    (None, "/sign-in", Some("name=nobody&password=wrong")),
    (None, "/sign-in/used-up", None),
    (None, "/public/items/NONE", None),
    (None, "/public/results/GB-0", None),
    (None, "/public/ratings/none", None),
    (None, "/public/ratings/{link}", Some("text=x")),
    (None, "/public/progress", Some("no=TS1&code=1")),
    (None, "/public/progress", Some("no=1&department=market&code=1")),
    (None, "/public/complain", Some("department=market&kind=other")),
    (None, "/public/complain", Some("department=none&kind=other&title=a&content=b")),
    (None, "/public/complain", Some("department=market&kind=never&title=a&content=b")),
    (None, "/public/ask", Some("title=a")),
    (Some(Role::Clerk), "/desk/cases/{desk}/NONE", None),
    (Some(Role::Clerk), "/desk/cases/{desk}/{received}?reason=x", None),
    (Some(Role::Clerk), "/desk/cases/{desk}/{received}/accept", Some("version=0")),
    (Some(Role::Clerk), "/desk/cases/{desk}/{received}/finish", Some("version=1")),
    (Some(Role::Clerk), "/desk/cases/{desk}/{received}/reject", Some("version=1&reason=")),
    (
        Some(Role::Clerk),
        "/desk/receive",
        Some("item_code=CL-0101&applicant.kind=natural&applicant.name=&applicant.id_no=1"),
    ),
    (Some(Role::Clerk), "/desk/hand-over", Some("from=a&to=")),
    (Some(Role::Clerk), "/desk/papers/{desk}/none", None),
    (Some(Role::Handler), "/desk/receive", Some("item_code=CL-0101")),
    (Some(Role::Handler), "/users", None),
    (Some(Role::Supervision), "/cases/market/NONE", None),
    (Some(Role::Supervision), "/cases?limit=many", None),
    (Some(Role::Supervision), "/cards/NONE", None),
    (Some(Role::Supervision), "/cards", Some("rule=M-01")),
    (Some(Role::Supervision), "/cards/{card}/revoke", Some("text=")),
    (Some(Role::Supervision), "/orders", Some("kind=order&department=none&content=x")),
    (Some(Role::Supervision), "/orders/{order}/withdraw", Some("text=")),
    (Some(Role::Supervision), "/investigations", Some("origin=report")),
    (Some(Role::Supervision), "/samples", Some("name=x&size=0&population.from=2026-01-01&population.to=2026-02-01")),
    (Some(Role::Supervision), "/complaints/{complaint}?reason=x", None),
    (Some(Role::Supervision), "/exclusions", Some("department=market")),
    (
        Some(Role::Supervision),
        "/entries",
        Some("standard=none&department=market&period=2026-03&indicator=G2&reason=a&document=b"),
    ),
    (Some(Role::Supervision), "/scores", Some("standard=none&period=2026-03")),
    (Some(Role::Supervision), "/scores/{run}/compare?with=none", None),
    (Some(Role::Supervision), "/scores/years?standard=county-2025&year=never", None),
    (Some(Role::Supervision), "/statistics?from=yesterday", None),
    (Some(Role::Supervision), "/publications", Some("kind=finished&from=2026-03-02")),
    (Some(Role::Supervision), "/rules/Z-99", None),
    (Some(Role::Supervision), "/rules/diff", Some("rule=T-02&params=none%3D1&months=3")),
    (Some(Role::Supervision), "/calendar?start=2026-02-06&limit=many", None),
    (Some(Role::Supervision), "/items/NONE", None),
    (Some(Role::LegalOffice), "/item-drafts", Some("item.code=1")),
    (Some(Role::LegalOffice), "/item-drafts/{draft}/edit", Some("name=x&materials=a%7Cb%7Cc&legal_limit.unit=none")),
    (Some(Role::LegalOffice), "/item-lists", Some("list=x")),
    (Some(Role::SystemAdmin), "/connectors/none", None),
    (Some(Role::SystemAdmin), "/pulls/none", None),
    (Some(Role::SystemAdmin), "/departments/none", None),
    (Some(Role::SystemAdmin), "/departments/{department}/gate-reports", Some("")),
    (Some(Role::SecurityAdmin), "/users", Some("name=&role=clerk")),
    (Some(Role::SecurityAdmin), "/users/none", None),
    (Some(Role::SecurityAdmin), "/screen-links", Some("name=x&days=9999")),
    (Some(Role::AuditAdmin), "/audit?from=yesterday", None),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_said_in_the_language_of_who_meets_it() {
    let house = House::with_data().await;
    let mut people = People(&house, BTreeMap::new());
    let mut found = Vec::new();
    for (who, path, form) in REFUSED {
        let (path, cookies) = (house.place(path), people.cookies(*who, "en").await);
        let (method, form) = form.map_or((Method::GET, ""), |form| (Method::POST, form));
        let answer = Browser(&house.app, &cookies).send(method, &path, "same-origin", form).await;
        let status = answer.status();
        let page = text(answer).await;
        if !status.is_client_error() {
            found.push(format!("{path} {form} answers {status}"));
        }
        let lines = lines(&page, unmarked);
        found.extend((!lines.is_empty()).then(|| format!("{path} {form}:\n{}", lines.join("\n"))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Words by which programs call what has a Chinese word: states, kinds, roles, rights, levels, phases.
fn words() -> BTreeSet<&'static str> {
    let mut all: BTreeSet<&str> = ["prewarning", "yellow", "red"].into();
    let lists = [
        CaseState::WORDS,
        CardState::WORDS,
        OrderState::WORDS,
        InvestigationState::WORDS,
        ComplaintState::WORDS,
        EnquiryState::WORDS,
        RatingState::WORDS,
        DeskState::WORDS,
        DraftState::WORDS,
        PublicationState::WORDS,
        Role::WORDS,
        Right::WORDS,
    ];
    all.extend(lists.into_iter().flatten());
    all.extend(RecordType::ALL.iter().map(|kind| kind.as_str()));
    all.extend(ConnectorState::ALL.iter().map(|state| state.as_str()));
    all
}

/// A word as programs write it: of small letters, joined by underscores.
fn is_code(text: &str) -> bool {
    text.split('_').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase()))
}

/// Words of the program stand where codes are quoted, and where it is said what is typed in: nowhere else.
fn says_a_code(words: &BTreeSet<&str>, one: &Spoken) -> bool {
    let quoted = |mark: &String| {
        ["code", "pre", "kbd"].contains(&mark.split(' ').next().unwrap_or_default())
            || mark.contains("href=\"/docs/errors/")
            || mark.contains("class=\"who\"")
            || mark.starts_with("textarea")
            || mark.contains("-hint\"")
    };
    let apart = |c: char| !(c.is_ascii_alphanumeric() || "_.-/".contains(c));
    one.lang.starts_with("zh")
        && !one.within.iter().any(quoted)
        && (is_code(&one.text) || one.text.split(apart).any(|word| words.contains(word)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chinese_page_says_no_word_of_the_program() {
    let words = words();
    // What explains codes and configuration speaks of their words.
    let found = looked("zh", |look, one| !look.path.starts_with("/docs/errors") && says_a_code(&words, one)).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}
