//! What every page of the console has around it.

use crate::text::{Text, data, marked};
use crate::words::{Lang, find, say};

/// One entry of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its address.
    pub href: &'static str,
    /// Its key in the catalogue.
    pub key: &'static str,
}

/// Places that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// The key of its name.
    pub key: &'static str,
    /// Its places, in order.
    pub places: Vec<Place>,
}

const fn place(href: &'static str, key: &'static str) -> Place {
    Place { href, key }
}

/// The places there are, in order. Who may not see what a place shows is not shown the place.
pub const PLACES: &[(&str, &[Place])] = &[
    (
        key("nav.watch"),
        &[
            place("/", key("nav.overview")),
            place("/cases", key("nav.cases")),
            place("/cards", key("nav.cards")),
            place("/orders", key("nav.orders")),
            place("/investigations", key("nav.investigations")),
            place("/samples", key("nav.samples")),
            place("/appeals", key("nav.appeals")),
            place("/screen", key("nav.screen")),
            place("/screen-links", key("nav.screen_links")),
        ],
    ),
    (
        key("nav.voice"),
        &[
            place("/complaints", key("nav.complaints")),
            place("/enquiries", key("nav.enquiries")),
            place("/ratings", key("nav.ratings")),
        ],
    ),
    (
        key("nav.desk"),
        &[
            place("/desk", key("nav.desk_queue")),
            place("/desk/receive", key("nav.desk_receive")),
            place("/desk/cases", key("nav.desk_cases")),
            place("/desk/today", key("nav.desk_today")),
        ],
    ),
    (
        key("nav.evaluate"),
        &[
            place("/statistics", key("nav.statistics")),
            place("/scores", key("nav.scores")),
            place("/scores/years", key("nav.years")),
            place("/publications", key("nav.publications")),
            place("/measures", key("nav.measures")),
        ],
    ),
    (key("nav.register"), &[place("/exclusions", key("nav.exclusions")), place("/entries", key("nav.entries"))]),
    (
        key("nav.catalogue"),
        &[
            place("/items", key("nav.items")),
            place("/item-drafts", key("nav.item_drafts")),
            place("/item-lists", key("nav.item_lists")),
        ],
    ),
    (
        key("nav.access"),
        &[
            place("/departments", key("connect.rollout")),
            place("/connectors", key("connect.connectors")),
            place("/quarantine", key("quarantine.title")),
            place("/reconciliations", key("quarantine.days")),
            place("/plugins", key("plugin.title")),
        ],
    ),
    (
        key("nav.run"),
        &[
            place("/rules", key("rule.title")),
            place("/calendar", key("calendar.title")),
            place("/configuration", key("configuration.title")),
            place("/doctor", key("doctor.title")),
            place("/deliveries", key("delivery.title")),
        ],
    ),
    (
        key("nav.people"),
        &[
            place("/users", key("person.users")),
            place("/tokens", key("person.tokens")),
            place("/audit", key("audit.title")),
        ],
    ),
];

/// The public pages, for everybody.
pub const PUBLIC: (&str, &[Place]) = (
    key("public.title"),
    &[
        place("/public", key("public.home")),
        place("/public/items", key("public.guides")),
        place("/public/progress", key("public.progress")),
        place("/public/results", key("public.results")),
        place("/public/complain", key("public.complain")),
        place("/public/ask", key("public.ask")),
    ],
);

/// Marks a key of the catalogue, so that a test finds it.
#[must_use]
pub const fn key(key: &'static str) -> &'static str {
    key
}

/// Who looks, at what, when.
#[derive(Clone, Debug)]
pub struct Shell {
    /// In which language.
    pub lang: Lang,
    /// The county.
    pub county: String,
    /// The places this reader may go to.
    pub groups: Vec<Group>,
    /// The signed-in person; empty on public pages.
    pub user: String,
    /// Its role in words.
    pub role: String,
    /// Larger letters are asked for.
    pub large: bool,
    /// The address of this page with its query, for the switch of language and size; empty where the page is shown only once.
    pub here: String,
    /// Where in the navigation: one of [`PLACES`], or nowhere.
    pub place: &'static str,
    /// When this was read.
    pub as_of: String,
    /// Departments whose source is silent, by name; the page turns red.
    pub stale: Vec<String>,
}

impl Shell {
    /// The words under a key.
    #[must_use]
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        say(self.lang, key)
    }

    /// Of something said in both languages where it is defined, what this reader reads.
    #[must_use]
    pub fn either<'a, T: ?Sized>(&self, zh: &'a T, en: &'a T) -> &'a T {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// What stands between several things.
    #[must_use]
    pub fn and(&self) -> &'static str {
        self.either("、", ", ")
    }

    /// What stands between parts of several words.
    #[must_use]
    pub fn semicolon(&self) -> &'static str {
        self.either("；", "; ")
    }

    /// What stands before an addition.
    #[must_use]
    pub fn comma(&self) -> &'static str {
        self.either("，", ", ")
    }

    /// What stands between a label and its value.
    #[must_use]
    pub fn colon(&self) -> &'static str {
        self.either("：", ": ")
    }

    /// Something in brackets behind what it explains.
    #[must_use]
    pub fn bracketed(&self, text: impl Into<Text>) -> Text {
        Text::from(self.either("（", " (")).and(text).and(self.either("）", ")"))
    }

    /// The attribute that marks an element with nothing but data in it, a space before it.
    #[must_use]
    pub fn mark(&self, data: &str) -> &'static str {
        marked(self.lang, data)
    }

    /// Words as markup.
    #[must_use]
    pub fn markup(&self, text: &Text) -> String {
        text.markup(self.lang)
    }

    /// The attribute for an element whose text cannot be marked in parts, a space before it.
    #[must_use]
    pub fn marked(&self, text: &Text) -> &'static str {
        text.mark(self.lang)
    }

    /// Data as markup.
    #[must_use]
    pub fn data(&self, text: &str) -> String {
        data(text).markup(self.lang)
    }

    /// The departments whose source is silent, as markup.
    #[must_use]
    pub fn silent(&self) -> String {
        Text::join(self.stale.iter().map(data), self.and()).markup(self.lang)
    }

    /// The words of a group (`level.`) under a word that is data; the word itself where it is unknown.
    #[must_use]
    pub fn of<'a>(&self, group: &str, word: &'a str) -> &'a str {
        find(self.lang, &format!("{group}{word}")).unwrap_or(word)
    }

    /// The same, where a word that is unknown is data.
    #[must_use]
    pub fn name_of(&self, group: &str, word: &str) -> Text {
        find(self.lang, &format!("{group}{word}")).map_or_else(|| data(word), Text::from)
    }

    /// A word that is data: its Chinese name, or the word itself in English.
    #[must_use]
    pub fn word(&self, zh: &str, word: &str) -> Text {
        match self.lang {
            Lang::Zh => zh.into(),
            Lang::En => word.replace('_', " ").into(),
        }
    }

    /// The same around what is shown once: nothing leads away from it to another language or size, which would lose it.
    #[must_use]
    pub fn once(self) -> Self {
        Self { here: String::new(), ..self }
    }

    /// Whether a list shows only what waits for who reads it.
    #[must_use]
    pub fn asks_mine(&self) -> bool {
        self.here.split_once('?').is_some_and(|(_, query)| query.split('&').any(|one| one == "waiting=mine"))
    }

    /// The group this page belongs to.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        self.groups.iter().find(|g| g.places.iter().any(|p| p.href == self.place))
    }

    /// Whether a group is this page's.
    #[must_use]
    pub fn is_in(&self, group: &Group) -> bool {
        self.group().is_some_and(|own| own.key == group.key)
    }

    /// The address of this page in the other language.
    #[must_use]
    pub fn in_other_language(&self) -> String {
        self.with("lang", self.lang.other())
    }

    /// The address of this page in letters of the other size.
    #[must_use]
    pub fn in_other_size(&self) -> String {
        self.with("size", if self.large { "usual" } else { "large" })
    }

    /// Who did something: a person by name, the house itself in words.
    #[must_use]
    pub fn who(&self, actor: &str) -> Text {
        self.name_of("actor.", actor)
    }

    /// The address of this page with a word of its query changed.
    #[must_use]
    pub fn with(&self, name: &str, word: &str) -> String {
        let (path, query) = self.here.split_once('?').unwrap_or((&self.here, ""));
        let same = |pair: &&str| pair.split('=').next() == Some(name);
        let rest = query.split('&').filter(|p| !p.is_empty() && !same(p));
        let rest = rest.map(|p| format!("{p}&")).collect::<String>();
        format!("{path}?{rest}{name}={word}")
    }
}
