//! A page as a list of parts: facts, tables, forms, drawings. Most pages of the console are one, so that they look and behave alike
//! and a table can leave the house as a file.

use crate::list::{Filter, Pager};
use crate::shell::Shell;
use crate::table::{Cell, Column, Kind as Stands, Table};
use crate::text::{Text, data};
use crate::words::Lang;
use askama::Template;

/// A page.
#[derive(Clone, Debug, Template)]
#[template(path = "sheet.html")]
pub struct Sheet {
    /// Around it.
    pub s: Shell,
    /// What it is about.
    pub heading: Text,
    /// Level word of what it is about.
    pub level: Option<&'static str>,
    /// The pages above it.
    pub up: Vec<Link>,
    /// What was refused, and the way out.
    pub said: Option<Text>,
    /// What is on it, in order.
    pub parts: Vec<Part>,
}

impl Sheet {
    /// A page with nothing on it yet.
    pub fn new(s: &Shell, heading: impl Into<Text>) -> Self {
        Self { s: s.clone(), heading: heading.into(), level: None, up: Vec::new(), said: None, parts: Vec::new() }
    }

    /// With a part that needs no heading.
    #[must_use]
    pub fn with(mut self, body: Body) -> Self {
        self.parts.push(Part { heading: Text::default(), body });
        self
    }

    /// With a part under a heading; nothing where there is nothing in it.
    #[must_use]
    pub fn under(mut self, heading: impl Into<Text>, body: Body) -> Self {
        if !body.is_empty() {
            self.parts.push(Part { heading: heading.into(), body });
        }
        self
    }

    /// Its first table.
    #[must_use]
    pub fn grid(&self) -> Option<&Grid> {
        self.parts.iter().find_map(|p| if let Body::Grid(grid) = &p.body { Some(grid) } else { None })
    }
}

/// One part.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its heading; empty: none.
    pub heading: Text,
    /// What stands in it.
    pub body: Body,
}

/// What stands in a part.
#[derive(Clone, Debug)]
pub enum Body {
    /// Paragraphs.
    Text(Vec<Text>),
    /// Labels and values.
    Facts(Vec<(Text, Said)>),
    /// Numbers that lead to what they count.
    Numbers(Vec<Number>),
    /// What a list is filtered by.
    Filters(Vec<Filter>),
    /// A table.
    Grid(Grid),
    /// Where a list goes on.
    Pager(Pager),
    /// What may be done.
    Forms(Vec<Form>),
    /// Where else to go.
    Links(Vec<Link>),
    /// Text as it is: a proposal of configuration, a raw record. Data.
    Code(String),
    /// A drawing of ours.
    Drawing(Drawing),
    /// Text of [`crate::manual`] as markup, in its own language.
    Article(Lang, String),
    /// A chart of [`crate::chart`] with its table: markup of this crate, never of anybody else.
    Figure(String),
    /// What was done, in order.
    History(Vec<Step>),
}

impl Body {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(all) => all.is_empty(),
            Self::Facts(all) => all.is_empty(),
            Self::Numbers(all) => all.is_empty(),
            Self::Filters(all) => all.is_empty(),
            Self::Forms(all) => all.is_empty(),
            Self::Links(all) => all.is_empty(),
            Self::History(all) => all.is_empty(),
            Self::Code(text) | Self::Article(_, text) | Self::Figure(text) => text.is_empty(),
            Self::Grid(_) | Self::Pager(_) | Self::Drawing(_) => false,
        }
    }
}

/// An address and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Address.
    pub href: String,
    /// Words.
    pub text: Text,
}

impl Link {
    /// A link.
    pub fn new(href: impl Into<String>, text: impl Into<Text>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

/// How something stands: said by a shape and a word, and by colour last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// In order.
    Good,
    /// Wants to be looked at.
    Warn,
    /// Not in order.
    Bad,
    /// Neither.
    Plain,
}

impl Tone {
    /// The class in the sheet.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }
}

/// A value as it is shown.
#[derive(Clone, Debug)]
pub enum Said {
    /// Words; a time; nothing.
    Text(Text),
    /// Several lines.
    Lines(Vec<Text>),
    /// A number.
    Number(String),
    /// A link.
    Link(Link),
    /// Several.
    Links(Vec<Link>),
    /// A level word.
    Level(&'static str),
    /// A state.
    Tag(Tone, Text),
    /// A code, a digest: data.
    Code(String),
    /// A box to tick for a form of the page, by the form's id: field, value, and what is ticked.
    Pick(&'static str, &'static str, String),
}

impl Said {
    /// Words.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// What somebody wrote, or what something is called.
    pub fn data(text: impl Into<String>) -> Self {
        Self::Text(data(text))
    }

    /// A state.
    pub fn tag(tone: Tone, text: impl Into<Text>) -> Self {
        Self::Tag(tone, text.into())
    }

    /// A link.
    pub fn link(href: impl Into<String>, text: impl Into<Text>) -> Self {
        Self::Link(Link::new(href, text))
    }

    /// As it stands in a file: a number as a number, so that it can be added up.
    fn cell(&self, s: &Shell) -> Cell {
        let text = self.plain(s);
        let Self::Number(_) = self else { return Cell::Text(text) };
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        match (format!("{whole}{part}").parse::<i64>(), u8::try_from(part.len())) {
            (Ok(value), Ok(0)) => Cell::Integer(value),
            (Ok(value), Ok(places @ 1..=18)) => Cell::Decimal { value, places },
            _ => Cell::Text(text),
        }
    }

    /// The words alone.
    #[must_use]
    pub fn plain(&self, s: &Shell) -> String {
        match self {
            Self::Number(text) | Self::Code(text) | Self::Pick(_, _, text) => text.clone(),
            Self::Text(text) | Self::Tag(_, text) => text.to_string(),
            Self::Lines(all) => all.iter().map(Text::to_string).collect::<Vec<_>>().join("\n"),
            Self::Link(link) => link.text.to_string(),
            Self::Links(all) => Text::join(all.iter().map(|l| l.text.clone()), s.and()).to_string(),
            Self::Level(word) => s.of("level.", word).to_owned(),
        }
    }
}

/// A number that leads to what it counts.
#[derive(Clone, Debug)]
pub struct Number {
    /// What is counted.
    pub label: Text,
    /// How many.
    pub value: String,
    /// The rows behind it.
    pub href: Option<String>,
    /// Level word of what is counted.
    pub level: Option<&'static str>,
}

/// A head of a column.
#[derive(Clone, Debug)]
pub struct Head {
    /// Words.
    pub text: Text,
    /// The address of the list in the order of this column, and whether it is in that order now (`ascending`, `descending`).
    pub sort: Option<(String, Option<&'static str>)>,
    /// Numbers stand at the right.
    pub number: bool,
}

impl Head {
    /// A head.
    pub fn new(text: impl Into<Text>) -> Self {
        Self { text: text.into(), sort: None, number: false }
    }

    /// A head over numbers.
    pub fn number(text: impl Into<Text>) -> Self {
        Self { number: true, ..Self::new(text) }
    }
}

/// A table. The first cell of a row names the row.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// What it is, for who cannot see it.
    pub caption: Text,
    /// Heads.
    pub heads: Vec<Head>,
    /// Rows.
    pub rows: Vec<Vec<Said>>,
    /// Topic of the live stream (`card.`) upon which it is read again.
    pub live: Option<&'static str>,
}

impl Grid {
    /// A table with heads over words.
    #[must_use]
    pub fn new(caption: impl Into<Text>, heads: &[&str]) -> Self {
        let heads = heads.iter().map(|h| Head::new(*h)).collect();
        Self { caption: caption.into(), heads, rows: Vec::new(), live: None }
    }

    /// Whether a column holds numbers.
    #[must_use]
    pub fn is_number(&self, at: usize) -> bool {
        self.heads.get(at).is_some_and(|head| head.number)
    }

    /// The same for a file, with what explains it.
    #[must_use]
    pub fn table(&self, sheet: &Sheet, notes: Vec<(String, String)>) -> Table {
        let columns = self.heads.iter().enumerate();
        let columns = columns
            .map(|(at, h)| Column::new(format!("c{}", at + 1), h.text.to_string(), h.text.to_string(), Stands::Text));
        let rows = self.rows.iter().map(|row| row.iter().map(|said| said.cell(&sheet.s)).collect());
        Table { title: sheet.heading.to_string(), notes, columns: columns.collect(), rows: rows.collect() }
    }
}

/// A drawing.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Its address.
    pub src: String,
    /// What it shows.
    pub alt: Text,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: String,
    /// What.
    pub act: Text,
    /// By whom.
    pub by: Text,
    /// Words.
    pub text: Text,
}

/// A form: one deed.
#[derive(Clone, Debug)]
pub struct Form {
    /// What fields elsewhere on the page belong to it by; empty: none do.
    pub id: &'static str,
    /// Where it is sent; by GET where it only asks.
    pub action: String,
    /// Asks, and changes nothing.
    pub asks: bool,
    /// What the button says.
    pub button: Text,
    /// A heading of its own; empty: the button says enough.
    pub heading: Text,
    /// Cannot be taken back.
    pub grave: bool,
    /// The key that sends it (`accesskey`).
    pub key: Option<char>,
    /// What is filled in.
    pub fields: Vec<Field>,
}

impl Form {
    /// A form that does something.
    pub fn new(action: impl Into<String>, button: impl Into<Text>, fields: Vec<Field>) -> Self {
        Self {
            id: "",
            action: action.into(),
            asks: false,
            button: button.into(),
            heading: Text::default(),
            grave: false,
            key: None,
            fields,
        }
    }

    /// How it is encoded.
    #[must_use]
    pub fn has_file(&self) -> bool {
        self.fields.iter().any(|f| matches!(f.kind, Kind::File))
    }
}

/// One to choose: its word in the address or the form, and what it is called.
pub type Choice = (String, Text);

/// What a field takes.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One line.
    Line,
    /// Several.
    Long,
    /// A whole number.
    Number,
    /// A day.
    Day,
    /// An hour of the day: `09:30`.
    Time,
    /// A day and a time.
    Moment,
    /// A password; the word for `autocomplete`.
    Password(&'static str),
    /// A file.
    File,
    /// One of these, from a list.
    Choice(Vec<Choice>),
    /// One of these, all in sight.
    Radio(Vec<Choice>),
    /// One of these, all in sight in one line: of a list of many that are alike.
    Row(Vec<Choice>),
    /// Any of these.
    Many(Vec<Choice>),
    /// Yes or no.
    Tick,
    /// Goes along unseen.
    Hidden,
    /// A list of words, one a line.
    Lines,
}

/// A field. A name with a dot (`complainant.name`) is a field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Label.
    pub label: Text,
    /// What it takes.
    pub kind: Kind,
    /// What stands in it, data; several words are divided by line breaks.
    pub value: String,
    /// It must be filled in.
    pub needed: bool,
    /// What helps to fill it in.
    pub hint: Text,
    /// What is wrong with what stands in it.
    pub wrong: Text,
    /// The first to be filled in on its page.
    pub first: bool,
    /// The key that leads to it (`accesskey`).
    pub key: Option<char>,
}

impl Field {
    /// A field that may stay empty.
    pub fn new(name: impl Into<String>, label: impl Into<Text>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind,
            value: String::new(),
            needed: false,
            hint: Text::default(),
            wrong: Text::default(),
            first: false,
            key: None,
        }
    }

    /// It must be filled in.
    #[must_use]
    pub fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// With something in it.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The first to be filled in on its page.
    #[must_use]
    pub fn first(mut self) -> Self {
        self.first = true;
        self
    }

    /// With a key that leads to it.
    #[must_use]
    pub fn key(mut self, key: char) -> Self {
        self.key = Some(key);
        self
    }

    /// Goes along unseen.
    pub fn hidden(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, "", Kind::Hidden).value(value)
    }

    /// Whether one of several words stands in it.
    #[must_use]
    pub fn holds(&self, word: &str) -> bool {
        self.value.split('\n').any(|one| one == word)
    }

    /// What there is to choose from.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Choice(all) | Kind::Radio(all) | Kind::Row(all) | Kind::Many(all) => all,
            _ => &[],
        }
    }

    /// The word for `type`.
    #[must_use]
    pub fn input(&self) -> &'static str {
        match self.kind {
            Kind::Number => "number",
            Kind::Day => "date",
            Kind::Time => "time",
            Kind::Moment => "datetime-local",
            Kind::Password(_) => "password",
            Kind::File => "file",
            _ => "text",
        }
    }

    /// The word for `autocomplete`; what is typed there is never sent back.
    #[must_use]
    pub fn autocomplete(&self) -> Option<&'static str> {
        if let Kind::Password(word) = self.kind { Some(word) } else { None }
    }
}
