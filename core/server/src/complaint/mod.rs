//! The registers of complaints (投诉), enquiries (咨询) and ratings (好差评): entered once, found again, judged at every step and when
//! their time has come. What each step may be stands in the domain.

pub(crate) mod bounds;
mod exchange;
mod hotline;
mod limiter;
mod watch;

pub(crate) use hotline::decoded;
pub use hotline::{HOTLINE_COLUMNS, Imported, ImportedLine, ImportedStatus};
pub(crate) use limiter::Limiters;

use crate::app::App;
use crate::intake::rules::CountyRules;
use crate::oversight::{Deed, Kept, Matter};
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::complaint::{
    CodeHash, Complaint, ComplaintError, ComplaintState, Contact, DayUnit, HandlingLimit, Way,
};
use daylight_domain::enquiry::{Enquiry, EnquiryError, EnquiryState};
use daylight_domain::finding::Finding;
use daylight_domain::rating::{Rating, RatingError, RatingState};
use daylight_domain::rule::{ClusterFacts, ComplaintFacts, EnquiryFacts, RatingFacts, Subject, judge_subject};
use daylight_store::{Counted, Entered, Entry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;
/// A complaint of the same person about the same is a repeat of one so many days before.
const REPEAT_DAYS: i64 = 180;
/// So far back a department sees what it handles together with others.
const JOINT_DAYS: i64 = 366;
/// So far back complaints about one object are looked through for clusters, and so many of them.
const CLUSTER_DAYS: i64 = 731;
const CLUSTER_MOST: u32 = 1000;

/// `[complaint]`: how complaints, enquiries and ratings are taken. Days for screening, handling, answering and call-back are the
/// parameters of the rules K-01, K-02, K-03, K-05 and E-01…E-03.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Desk {
    /// Working days for what the hotline (12345) passes on.
    pub hotline_days: u32,
    /// More time may be allowed once, at most so many days.
    pub extension_days: u32,
    /// So many days after a case was closed, or a link was made, it may be rated.
    pub rating_days: u32,
    /// Complaints, enquiries and ratings without sign-in: so many an hour from one address.
    pub public_per_address: u32,
    /// And so many an hour from all together.
    pub public_per_hour: u32,
    /// Queries of progress: so many an hour from one address.
    pub queries_per_address: u32,
    /// And so many an hour from all together.
    pub queries_per_hour: u32,
    /// What the hotline's file calls a column, by our name for it; what is not named here is known by its usual names.
    pub columns: BTreeMap<String, String>,
    /// What the hotline calls a department, to its id; others are known by id and by name.
    pub departments: BTreeMap<String, String>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            hotline_days: 5,
            extension_days: 15,
            rating_days: 30,
            public_per_address: 10,
            public_per_hour: 300,
            queries_per_address: 60,
            queries_per_hour: 3000,
            columns: BTreeMap::new(),
            departments: BTreeMap::new(),
        }
    }
}

impl From<ComplaintError> for Problem {
    fn from(e: ComplaintError) -> Self {
        Self::told(&e, "complaint.state")
    }
}

impl From<EnquiryError> for Problem {
    fn from(e: EnquiryError) -> Self {
        Self::told(&e, "enquiry.state")
    }
}

impl From<RatingError> for Problem {
    fn from(e: RatingError) -> Self {
        Self::told(&e, "rating.state")
    }
}

impl Matter for Complaint {
    const KIND: &'static str = "complaint";
    const SERIES: &'static str = "TS";
    const ZH: &'static str = "投诉";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        Some(&self.department)
    }
    fn state(&self) -> &str {
        self.state.as_str()
    }
    fn due(&self) -> Option<Timestamp> {
        self.due
    }
    fn look_at(&self) -> Option<Timestamp> {
        self.look_at
    }
    fn told(&self, act: &str) -> bool {
        ["assign", "review", "reopen", "decide-extension"].contains(&act)
    }
}

impl Matter for Enquiry {
    const KIND: &'static str = "enquiry";
    const SERIES: &'static str = "ZX";
    const ZH: &'static str = "咨询";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        Some(&self.department)
    }
    fn state(&self) -> &str {
        self.state.as_str()
    }
    fn due(&self) -> Option<Timestamp> {
        self.due
    }
    fn look_at(&self) -> Option<Timestamp> {
        self.look_at
    }
    fn told(&self, act: &str) -> bool {
        self.state == EnquiryState::Registered && ["register", "transfer"].contains(&act)
    }
}

impl Matter for Rating {
    const KIND: &'static str = "rating";
    const SERIES: &'static str = "PJ";
    const ZH: &'static str = "评价";

    fn no(&self) -> &str {
        &self.no
    }
    fn department(&self) -> Option<&str> {
        Some(&self.department)
    }
    fn state(&self) -> &str {
        self.state.as_str()
    }
    fn due(&self) -> Option<Timestamp> {
        self.due
    }
    fn look_at(&self) -> Option<Timestamp> {
        self.look_at
    }
    fn told(&self, act: &str) -> bool {
        self.bad() && ["register", "decide"].contains(&act)
    }
}

/// A matter of a register, which rules judge.
pub(crate) trait Registered: Matter + Clone {
    /// What the rules ask about.
    type Facts: Subject;
    /// States in which time can make a rule speak.
    const OPEN: &'static [&'static str];

    /// What the rules ask about; nothing where the calendar does not reach.
    fn facts(&self, rules: &CountyRules) -> Option<Self::Facts>;
    /// Since when it runs.
    fn began(&self) -> Timestamp;
    /// Sets when it is to be looked at again.
    fn look_again(&mut self, at: Option<Timestamp>);
    /// Sets what is kept of the query code.
    fn lock(&mut self, code: CodeHash);
}

impl Registered for Complaint {
    type Facts = ComplaintFacts;
    const OPEN: &'static [&'static str] = &["registered", "accepted", "assigned", "handling", "replied", "closed"];

    fn facts(&self, rules: &CountyRules) -> Option<ComplaintFacts> {
        Self::facts(self, &rules.calendar).ok()
    }
    fn began(&self) -> Timestamp {
        self.registered_at
    }
    fn look_again(&mut self, at: Option<Timestamp>) {
        self.look_at = at;
    }
    fn lock(&mut self, code: CodeHash) {
        self.code = Some(code);
    }
}

impl Registered for Enquiry {
    type Facts = EnquiryFacts;
    const OPEN: &'static [&'static str] = &["registered"];

    fn facts(&self, rules: &CountyRules) -> Option<EnquiryFacts> {
        Self::facts(self, &rules.calendar).ok()
    }
    fn began(&self) -> Timestamp {
        self.received_at
    }
    fn look_again(&mut self, at: Option<Timestamp>) {
        self.look_at = at;
    }
    fn lock(&mut self, code: CodeHash) {
        self.code = Some(code);
    }
}

impl Registered for Rating {
    type Facts = RatingFacts;
    const OPEN: &'static [&'static str] = &["open", "contacted", "appealed", "rectified"];

    fn facts(&self, _: &CountyRules) -> Option<RatingFacts> {
        Some(Self::facts(self))
    }
    fn began(&self) -> Timestamp {
        self.rated_at
    }
    fn look_again(&mut self, at: Option<Timestamp>) {
        self.look_at = at;
    }
    /// Nobody asks for the progress of a rating.
    fn lock(&mut self, _: CodeHash) {}
}

/// A telephone number, however it was written.
fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// What makes a matter of a source once: the hotline numbers for the county, a department's system for the department.
fn source_key(way: Way, department: &str, no: &str) -> String {
    match way {
        Way::Hotline => format!("source:{}/{no}", way.as_str()),
        _ => format!("source:{}/{department}/{no}", way.as_str()),
    }
}

/// A new matter's number and the code by which its progress is asked for. The code is shown once and kept nowhere.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Slip {
    /// Number.
    pub no: String,
    /// Query code.
    pub code: String,
}

impl App {
    /// Working days that a rule gives a department today.
    fn days_of(&self, rule: &str, department: &str) -> u32 {
        let book = &self.config.rules.book;
        let today = self.clock.now().date();
        // Switched off, it still says how many days are usual.
        let rule = book.effective(rule, department, None, today).map(|r| r.param("days"));
        rule.and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
    }

    /// The last instant of so many days from a time on.
    fn due_after(&self, start: Timestamp, limit: HandlingLimit) -> Result<Timestamp, Problem> {
        let calendar = &self.config.rules.calendar;
        let missing = |e: daylight_domain::calendar::CalendarMissing| Problem::new("calendar.missing", e.to_string());
        let days = limit.working_days(calendar, start).map_err(missing)?;
        let date = calendar.nth_working_day_after(start.date(), days).map_err(missing)?;
        Ok(Timestamp::end_of(date).plus_ms(-1))
    }

    /// Until when a complaint is handled that is taken up at a time, with so many days more.
    pub(crate) fn handling_due(&self, one: &Complaint, start: Timestamp, more: u32) -> Result<Timestamp, Problem> {
        let usual = || HandlingLimit { days: self.days_of("K-02", &one.department), unit: DayUnit::Working };
        let limit = one.limit.unwrap_or_else(usual);
        self.due_after(start, HandlingLimit { days: limit.days.saturating_add(more), ..limit })
    }

    /// The last instant of the days that a rule gives from now.
    pub(crate) fn rule_due(&self, rule: &str, department: &str) -> Result<Timestamp, Problem> {
        let days = self.days_of(rule, department);
        self.due_after(self.clock.now(), HandlingLimit { days, unit: DayUnit::Working })
    }

    /// The last instant for putting a bad rating right.
    pub(crate) fn rectify_due(&self, one: &Rating) -> Result<Timestamp, Problem> {
        let days = self.days_of("E-02", &one.department);
        self.due_after(one.rated_at, HandlingLimit { days, unit: DayUnit::Working })
    }

    /// Judges a matter as it is now, and notes when to look again. What began before its department was supervised is not
    /// judged.
    fn judged<T: Registered>(&self, one: &mut T) -> Vec<Finding> {
        let now = self.clock.now();
        let department = one.department().and_then(|id| self.config.departments.get(id));
        let since = department.and_then(|d| d.supervised_since).map(Timestamp::start_of);
        let before = since.is_some_and(|since| one.began() < since);
        let facts = one.facts(&self.config.rules).filter(|_| !before);
        let Some(facts) = facts else {
            one.look_again(None);
            return Vec::new();
        };
        let rules = &self.config.rules;
        let judgement = judge_subject(&rules.book, &facts, &rules.ground(now));
        one.look_again(judgement.next);
        judgement.findings
    }

    async fn write_found(&self, department: Option<&str>, found: Vec<Finding>) -> Result<(), Problem> {
        let Some(department) = department.filter(|_| !found.is_empty()) else { return Ok(()) };
        let department = self.department(department)?;
        // Nobody looks at it again so soon: it is tried until nobody else was faster.
        while !self.note(department, found.clone(), (Vec::new(), None), self.clock.now()).await? {}
        Ok(())
    }

    /// Enters a matter, and judges it. The number under which it stood where one of the names that make it once was taken.
    pub(crate) async fn enter_matter<T: Registered>(
        &self,
        mut one: T,
        entry: Entry,
        (deed, detail): (Deed<'_>, Value),
    ) -> Result<Result<T, String>, Problem> {
        self.judged(&mut one);
        let (audit, message) = self.record(&one, deed, detail);
        let entered = self.store.enter(Self::row(&one, 0)?, &self.series(T::SERIES), entry, audit, message).await?;
        match entered {
            Entered::Before(no) => Ok(Err(no)),
            Entered::New(row) => {
                self.tell();
                let mut one: T = row.read()?;
                let found = self.judged(&mut one);
                self.write_found(one.department(), found).await?;
                Ok(Ok(one))
            }
        }
    }

    /// Keeps a changed matter, and judges what it is now.
    pub(crate) async fn keep_registered<T: Registered>(
        &self,
        mut kept: Kept<T>,
        deed: Deed<'_>,
        detail: Value,
    ) -> Result<T, Problem> {
        let found = self.judged(&mut kept.matter);
        let one = self.keep_matter(kept, deed, detail).await?;
        self.write_found(one.department(), found).await?;
        Ok(one)
    }

    /// Draws a query code for a matter.
    fn with_code<T: Registered>(mut one: T) -> (T, String) {
        let (code, kept) = CodeHash::draw(rand::random());
        one.lock(kept);
        (one, code)
    }

    /// Registers a complaint: tells a second sending from a new one, a repeat from a first, and whether it completes a cluster.
    ///
    /// # Errors
    /// `complaint.duplicate`, the store.
    pub(crate) async fn register_complaint(&self, mut one: Complaint, by: &str) -> Result<Slip, Problem> {
        self.set_limits(&mut one);
        let (one, code) = Self::with_code(one);
        match self.enter_complaint(one, by).await? {
            Ok(one) => Ok(Slip { no: one.no, code }),
            Err(no) => Err(Problem::new("complaint.duplicate", format!("同样的投诉已登记，编号 {no}"))),
        }
    }

    /// Until when it is decided whether it is taken up, and the hotline's usual limit.
    fn set_limits(&self, one: &mut Complaint) {
        let days = self.days_of("K-01", &one.department);
        // Without a calendar nobody can say until when; it is registered all the same.
        one.due = self.due_after(one.registered_at, HandlingLimit { days, unit: DayUnit::Working }).ok();
        one.limit = one.limit.or_else(|| self.hotline_limit(one.way));
    }

    /// What the hotline passes on has its own limit.
    fn hotline_limit(&self, way: Way) -> Option<HandlingLimit> {
        let days = self.config.main.complaint.hotline_days;
        (way == Way::Hotline).then_some(HandlingLimit { days, unit: DayUnit::Working })
    }

    /// The name under which the same person's same words of a day are entered once. Whoever leaves no telephone may be anybody: the
    /// same words may be another's, and nobody is told of a stranger's matter.
    fn same(&self, who: Option<&Contact>, said: &[&str], at: Timestamp) -> Option<String> {
        let who = who?;
        let digits = digits(&who.phone);
        let whole = [who.name.trim(), &digits, &said.join("\n"), &at.date().to_string()].join("\n");
        (!digits.is_empty()).then(|| format!("same:{}", self.applicants.keyed(&whole)))
    }

    async fn enter_complaint(&self, mut one: Complaint, by: &str) -> Result<Result<Complaint, String>, Problem> {
        let object = format!("{}/{}", one.department, one.cluster_object());
        let at = one.registered_at;
        let mut keys = Vec::new();
        let who = one.complainant.as_ref().map(|c| {
            let digits = digits(&c.phone);
            if digits.is_empty() { c.name.trim().to_owned() } else { digits }
        });
        if let Some(who) = &who {
            let key = format!("who:{}", self.applicants.keyed(&format!("{who}\n{object}")));
            let period = (at.plus_ms(-REPEAT_DAYS * DAY_MS), at.plus_ms(1));
            let before = self.store.keyed(Complaint::KIND, &key, period, CLUSTER_MOST).await?;
            one.repeat_of = before.last().map(|(_, no)| no.clone());
            keys.push(key);
        }
        // The same person again is no other voice.
        if one.repeat_of.is_none() {
            keys.push(format!("about:{object}"));
        }
        let said = [object.as_str(), &one.title, &one.content];
        let source = one.source_no.as_ref().map(|no| source_key(one.way, &one.department, no));
        let once = source.or_else(|| self.same(one.complainant.as_ref(), &said, at)).into_iter().collect();
        let detail =
            json!({ "department": one.department, "way": one.way, "kind": one.kind, "repeat_of": one.repeat_of });
        let entry = Entry { once, keys, at, counted: None };
        let entered = self.enter_matter(one, entry, (Deed { act: "register", by }, detail)).await?;
        if let Ok(one) = &entered
            && one.repeat_of.is_none()
        {
            self.look_for_cluster(one).await?;
        }
        Ok(entered)
    }

    /// K-06: complaints about one object, in groups that each begin after the one before is over, so that a group is found once.
    async fn look_for_cluster(&self, one: &Complaint) -> Result<(), Problem> {
        let days = self.config.rules.book.get("K-06").map_or(0, |rule| rule.param("days"));
        let (object, now) = (one.cluster_object().to_owned(), self.clock.now());
        let period = (now.plus_ms(-CLUSTER_DAYS * DAY_MS), now.plus_ms(1));
        let name = format!("about:{}/{object}", one.department);
        let all = self.store.keyed(Complaint::KIND, &name, period, CLUSTER_MOST).await?;
        let mut group: Vec<Timestamp> = Vec::new();
        for (at, _) in all {
            if group.first().is_some_and(|first| at.0 - first.0 > days.saturating_mul(DAY_MS)) {
                group.clear();
            }
            group.push(at);
        }
        let facts = ClusterFacts { department: one.department.clone(), object, complaints: group };
        self.found_about(&one.department, &facts).await
    }

    /// Registers an enquiry.
    ///
    /// # Errors
    /// `enquiry.duplicate`, the store.
    pub(crate) async fn register_enquiry(&self, mut one: Enquiry, by: &str) -> Result<Slip, Problem> {
        one.limit = one.limit.or_else(|| self.hotline_limit(one.way));
        let (one, code) = Self::with_code(one);
        match self.enter_enquiry(one, by).await? {
            Ok(one) => Ok(Slip { no: one.no, code }),
            Err(no) => Err(Problem::new("enquiry.duplicate", format!("同样的咨询已登记，编号 {no}"))),
        }
    }

    async fn enter_enquiry(&self, mut one: Enquiry, by: &str) -> Result<Result<Enquiry, String>, Problem> {
        if one.state == EnquiryState::Registered {
            let usual = || HandlingLimit { days: self.days_of("K-03", &one.department), unit: DayUnit::Working };
            one.due = self.due_after(one.received_at, one.limit.unwrap_or_else(usual)).ok();
        }
        let at = one.received_at;
        let said = [one.department.as_str(), &one.title, &one.content];
        let source = one.source_no.as_ref().map(|no| source_key(one.way, &one.department, no));
        let once = source.or_else(|| self.same(one.asker.as_ref(), &said, at)).into_iter().collect();
        let detail = json!({ "department": one.department, "way": one.way });
        let entry = Entry { once, keys: Vec::new(), at, counted: None };
        self.enter_matter(one, entry, (Deed { act: "register", by }, detail)).await
    }

    /// Registers a rating. Of one case a person rates each round once; so does the system. `link`: the link that is used up by it.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn enter_rating(
        &self,
        mut one: Rating,
        by: &str,
        link: Option<String>,
    ) -> Result<Result<Rating, String>, Problem> {
        if one.state == RatingState::Open {
            let days = self.days_of("E-01", &one.department);
            one.due = self.due_after(one.rated_at, HandlingLimit { days, unit: DayUnit::Working }).ok();
        }
        let whose = if one.by_default { "system" } else { "person" };
        let case = one.case_no.as_ref().map(|no| format!("case:{}/{no}/{}/{whose}", one.department, one.round));
        let source = one.source_no.as_ref().map(|no| format!("source:{}/{no}", one.department));
        let once = [link, source, case].into_iter().flatten().collect();
        let counted = Some(Counted {
            department: one.department.clone(),
            satisfaction: one.satisfaction,
            by_default: one.by_default,
            place: one.window.clone(),
            device: one.device.clone(),
        });
        let entry = Entry { once, keys: Vec::new(), at: one.rated_at, counted };
        let detail = json!({ "department": one.department, "case": one.case_no, "satisfaction": one.satisfaction,
            "raw": one.raw, "table": one.table, "by_default": one.by_default });
        self.enter_matter(one, entry, (Deed { act: "register", by }, detail)).await
    }

    /// Complaints that a department handles together with another that leads, those of the last year, newest first.
    pub(crate) async fn joint_complaints(&self, department: &str, limit: u32) -> Result<Vec<Complaint>, Problem> {
        let now = self.clock.now();
        let period = (now.plus_ms(-JOINT_DAYS * DAY_MS), now.plus_ms(1));
        let named = self.store.keyed(Complaint::KIND, &format!("joint:{department}"), period, CLUSTER_MOST).await?;
        let mut all: Vec<Complaint> = Vec::new();
        for (_, no) in named.into_iter().rev() {
            if all.len() >= usize::try_from(limit).unwrap_or(0) {
                break;
            }
            let one = self.find_matter::<Complaint>(&no).await?.matter;
            let still = one.joint.iter().any(|j| j.department == department);
            if still && !all.iter().any(|other| other.no == one.no) {
                all.push(one);
            }
        }
        Ok(all)
    }

    /// What follows a step of a complaint besides its rules: a late return (K-04), and what counts against ratings that say
    /// otherwise (E-06).
    pub(crate) async fn complaint_moved(&self, one: &Complaint) -> Result<(), Problem> {
        if let Some(facts) = one.return_facts() {
            self.found_about(&facts.department, &facts).await?;
        }
        if let Some(step) = one.steps.last().filter(|s| s.act == "assign") {
            for joint in &one.joint {
                self.store.put_key(Complaint::KIND, &format!("joint:{}", joint.department), step.at, &one.no).await?;
            }
        }
        let closed = one.closed_at.filter(|_| one.state == ComplaintState::Closed);
        if let (Some(at), Some(true)) = (closed, one.outcome.map(|o| o.true_of_department())) {
            self.store.put_key(Complaint::KIND, &format!("true:{}", one.department), at, &one.no).await?;
        }
        let called = one.called_back_at.filter(|_| one.solved == Some(false) || one.contacted == Some(false));
        if let Some(at) = called {
            self.store.put_key(Complaint::KIND, &format!("denied:{}", one.department), at, &one.no).await?;
        }
        Ok(())
    }
}
