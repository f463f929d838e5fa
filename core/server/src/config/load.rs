//! Reads a folder of configuration as a whole, and finds every problem in it, not just the first.

use super::check::{check, stranger};
use super::notify::Notify;
use super::origin::{Origin, Under};
use super::place::{Source, Step};
use super::staff::{Register, registers};
use super::{Department, Main, Secrets, templates};
use crate::intake::rules::CountyRules;
use crate::problem::{Problem, Severity};
use daylight_domain::Timestamp;
use daylight_domain::calendar::{Calendar, CalendarYear, WorkSchedule};
use daylight_domain::item::{Catalogue, Item};
use daylight_domain::rule::{ManualRule, Rule, RuleBook, RuleError, RuleOverride};
use daylight_host::{Grants, Limits, TrustStore};
use daylight_store::PluginRow;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything a county configured.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The folder.
    pub folder: PathBuf,
    /// `daylight.toml`
    pub main: Main,
    /// Departments by id.
    pub departments: BTreeMap<String, Department>,
    /// `notify.toml`
    pub notify: Notify,
    /// Items, calendar, rules.
    pub rules: Arc<CountyRules>,
    /// Registers of staff by department; none where a department has none.
    pub staff: BTreeMap<String, Register>,
    /// Keys.
    pub trust: TrustStore,
    /// Certificate authorities that department systems are trusted by, beside the machine's own: PEM or DER.
    pub authorities: Vec<Vec<u8>>,
    /// Secrets.
    pub secrets: Secrets,
    /// How papers look.
    pub papers: templates::Papers,
    /// What deserves a look although it works.
    pub warnings: Vec<Problem>,
    /// The files settings come from, as they were read.
    pub(super) origins: Arc<[Origin]>,
}

/// Problems less what is none where these plugins are installed: of an active one it is nothing that it does not come with the program.
#[must_use]
pub fn beside(mut problems: Vec<Problem>, installed: &[PluginRow]) -> Vec<Problem> {
    let active = installed.iter().filter(|p| p.active_since.is_some());
    let known: Vec<Problem> = active.map(|p| stranger(&p.kind, &p.name)).collect();
    problems.retain(|w| !known.iter().any(|k| (&k.code, &k.message) == (&w.code, &w.message)));
    problems
}

impl Loaded {
    /// What deserves a look for who knows what is installed.
    #[must_use]
    pub fn warnings_beside(&self, installed: &[PluginRow]) -> Vec<Problem> {
        beside(self.warnings.clone(), installed)
    }

    /// Where a plugin is named: files of departments whose connector it is, and the settings of a standard.
    #[must_use]
    pub fn naming(&self, plugin: &str) -> Vec<String> {
        let departments = self.departments.values().filter(|d| d.connector.as_deref() == Some(plugin));
        let files = departments.map(|d| format!("departments/{}.toml", d.id));
        let standard = self.main.plugins.standards.contains_key(plugin);
        files.chain(standard.then(|| format!("daylight.toml [plugins.standards.{plugin}]"))).collect()
    }

    /// A path of the configuration, relative to its folder.
    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        if path.is_absolute() { path.to_path_buf() } else { self.folder.join(path) }
    }

    /// Settings, grants and limits of a department's connector, as the host takes them: paths that are relative mean relative to the
    /// configuration.
    ///
    /// # Errors
    /// `limits.unknown`.
    pub(crate) fn lent(&self, department: &Department) -> Result<(serde_json::Value, Grants, Limits), Problem> {
        let limits = department.limits(&self.main.limits).map_err(|e| Problem::new("limits.unknown", e))?;
        let settings = serde_json::Value::Object(department.settings.clone());
        let mut grants = department.grants.clone();
        for grant in grants.files.values_mut() {
            grant.path = self.path(&grant.path);
        }
        for grant in grants.database.values_mut() {
            if let Some(file) = grant.url.strip_prefix("sqlite:").filter(|f| !f.starts_with('/')) {
                grant.url = format!("sqlite:{}", self.folder.join(file).display());
            }
        }
        Ok((settings, grants, limits))
    }

    /// The folder for data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path(&self.main.storage.folder)
    }
}

#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default, rename = "override")]
    overrides: Vec<RuleOverride>,
    #[serde(default)]
    manual: Vec<ManualRule>,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemFile {
    #[serde(default)]
    item: Vec<Item>,
}

/// What was read, with the files it came from.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub main: Option<(Source, Main)>,
    pub departments: Vec<(Source, Department)>,
    pub notify: Option<(Source, Notify)>,
    pub items: Vec<(Source, Vec<Item>)>,
    pub years: Vec<(Source, CalendarYear)>,
    pub rules: Vec<(Source, Vec<Rule>)>,
    pub overrides: Vec<(Source, Vec<RuleOverride>)>,
    pub manual: Vec<(Source, Vec<ManualRule>)>,
    pub trust: TrustStore,
    pub authorities: Vec<Vec<u8>>,
    pub secrets: Secrets,
    pub problems: Vec<Problem>,
}

/// Reads and checks a folder as of a time.
///
/// # Errors
/// Every problem found, warnings among them, when one of them is an error.
pub fn load(folder: &Path, now: Timestamp) -> Result<Loaded, Vec<Problem>> {
    loaded(folder, read(folder), now)
}

/// As [`load`], with one department more whose file is not there yet, and secrets that are known for it beside those stored. Nothing
/// is written.
///
/// # Errors
/// As for [`load`]; problems of the new department are placed in the file that it would be.
pub fn load_beside(
    folder: &Path,
    department: Source,
    secrets: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Loaded, Vec<Problem>> {
    let mut read = read(folder);
    match department.parse::<Department>() {
        Ok(d) => {
            let own = read.secrets.0.entry(d.id.clone()).or_default();
            own.extend(secrets.iter().map(|(name, value)| (name.clone(), value.clone())));
            read.departments.push((department, d));
        }
        Err(problem) => read.problems.push(problem),
    }
    loaded(folder, read, now)
}

fn loaded(folder: &Path, mut read: Read, now: Timestamp) -> Result<Loaded, Vec<Problem>> {
    let calendar = calendar(&mut read);
    check(folder, &mut read, calendar.as_ref(), now);
    let book = book(&mut read);
    let staff = registers(folder, &read.departments, &mut read.problems);
    let papers = read.main.as_ref().and_then(|main| templates::read(folder, main, &mut read.problems));
    let broken = read.problems.iter().any(|p| p.severity == Severity::Error);
    let origins = origins(&read);
    let (Some((_, main)), Some(calendar), Some(book), Some(papers), false) =
        (read.main, calendar, book, papers, broken)
    else {
        return Err(read.problems);
    };
    let schedule =
        if main.work_hours.is_empty() { WorkSchedule::default() } else { WorkSchedule(main.work_hours.clone()) };
    let rules = Arc::new(CountyRules {
        catalogue: Catalogue::new(read.items.into_iter().flat_map(|(_, items)| items)),
        calendar,
        schedule,
        mode: main.county.clock_mode,
        book,
        algorithm: main.ledger.hash,
    });
    Ok(Loaded {
        folder: folder.to_path_buf(),
        main,
        departments: read.departments.into_iter().map(|(_, d)| (d.id.clone(), d)).collect(),
        notify: read.notify.map(|(_, notify)| notify).unwrap_or_default(),
        rules,
        staff,
        trust: read.trust,
        authorities: read.authorities,
        secrets: read.secrets,
        papers,
        warnings: read.problems,
        origins,
    })
}

/// The files whose settings can be shown with their place.
fn origins(read: &Read) -> Arc<[Origin]> {
    let one = |source: &Source, under: Under| Origin { source: source.clone(), under };
    let single = |source: &Source, path: &str| one(source, Under::Path(path.to_owned()));
    let main = read.main.iter().map(|(source, _)| single(source, "main"));
    let notify = read.notify.iter().map(|(source, _)| single(source, "notify"));
    let departments = read.departments.iter().map(|(source, d)| single(source, &format!("departments.{}", d.id)));
    let rules = read.rules.iter().map(|(source, _)| one(source, Under::Rules));
    let items = read.items.iter().map(|(source, _)| one(source, Under::Items));
    main.chain(notify).chain(departments).chain(rules).chain(items).collect()
}

/// Reads a folder of rules alone: a proposal.
///
/// # Errors
/// Every problem found; also when there is no rule at all.
pub fn rules_in(folder: &Path) -> Result<RuleBook, Vec<Problem>> {
    let mut read = Read::default();
    read_rules(folder, &mut read);
    if read.problems.is_empty() && read.rules.iter().all(|(_, r)| r.is_empty()) {
        let message = format!("{} 中没有任何规则", folder.display());
        read.problems.push(Problem::new("rule.none", message).fix("指出一个装有规则文件（*.toml）的目录"));
    }
    if read.problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(read.problems);
    }
    book(&mut read).ok_or(read.problems)
}

fn read_rules(folder: &Path, read: &mut Read) {
    for (source, file) in each::<RuleFile>(folder, &mut read.problems) {
        read.overrides.push((source.clone(), file.overrides));
        read.manual.push((source.clone(), file.manual));
        read.rules.push((source, file.rule));
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|list| list.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == ending)).collect())
        .unwrap_or_default();
    found.sort();
    found
}

fn each<T: serde::de::DeserializeOwned>(folder: &Path, problems: &mut Vec<Problem>) -> Vec<(Source, T)> {
    let mut all = Vec::new();
    for file in files(folder, "toml") {
        match Source::read(&file).and_then(|source| source.parse::<T>().map(|value| (source, value))) {
            Ok(pair) => all.push(pair),
            Err(problem) => problems.push(problem),
        }
    }
    all
}

fn read(folder: &Path) -> Read {
    let mut read = Read::default();
    let main = folder.join("daylight.toml");
    if main.exists() {
        match Source::read(&main).and_then(|source| source.parse::<Main>().map(|value| (source, value))) {
            Ok(pair) => read.main = Some(pair),
            Err(problem) => read.problems.push(problem),
        }
    } else {
        let message = format!("{} 中没有 daylight.toml", folder.display());
        read.problems
            .push(Problem::new("config.missing", message).fix("用 --config 指出配置目录；样例在发行包的 config/"));
    }
    read.departments = each(&folder.join("departments"), &mut read.problems);
    read.items = each::<ItemFile>(&folder.join("catalogue"), &mut read.problems)
        .into_iter()
        .map(|(source, file)| (source, file.item))
        .collect();
    read.years = each(&folder.join("calendar"), &mut read.problems);
    read_rules(&folder.join("rules"), &mut read);
    let file = folder.join("notify.toml");
    if file.exists() {
        match Source::read(&file).and_then(|source| source.parse::<Notify>().map(|n| (source, n))) {
            Ok(pair) => read.notify = Some(pair),
            Err(problem) => read.problems.push(problem),
        }
    }
    for file in files(&folder.join("trust"), "pub") {
        let name = file.file_stem().and_then(|s| s.to_str()).unwrap_or("").to_owned();
        match Source::read(&file) {
            Err(problem) => read.problems.push(problem),
            Ok(source) => {
                if let Err(e) = read.trust.add(&name, &source.text) {
                    let problem = Problem::new(&e.code, e.message).fix("文件内容应为 64 位十六进制的 Ed25519 公钥");
                    read.problems.push(source.at(&[], problem));
                }
            }
        }
    }
    for file in ["crt", "pem", "cer"].iter().flat_map(|ending| files(&folder.join("trust"), ending)) {
        let said = std::fs::read(&file).map_err(|e| e.to_string());
        match said.and_then(|bytes| daylight_host::authorities(&bytes).map(|_| bytes).map_err(|e| e.message)) {
            Ok(bytes) => read.authorities.push(bytes),
            Err(why) => {
                let message = format!("{}：{why}", file.display());
                let problem =
                    Problem::new("trust.certificate", message).fix("PEM 或 DER 格式的根证书，一个文件可有多张");
                read.problems.push(Source { file, text: String::new() }.at(&[], problem));
            }
        }
    }
    let file = folder.join("secrets.toml");
    if file.exists() {
        match Source::read(&file)
            .and_then(|source| source.parse::<BTreeMap<String, BTreeMap<String, String>>>().map(|s| (source, s)))
        {
            Ok((source, all)) => {
                too_open(&source, &mut read.problems);
                read.secrets = Secrets(all);
            }
            Err(problem) => read.problems.push(problem),
        }
    }
    read
}

/// Secrets that everybody on the machine can read.
fn too_open(source: &Source, problems: &mut Vec<Problem>) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(&source.file).map(|m| m.permissions().mode()).unwrap_or(0);
    if mode & 0o077 != 0 {
        let problem = Problem::new("secret.readable", "secrets.toml 可被其他用户读取")
            .fix(format!("chmod 600 {}", source.file.display()))
            .warning();
        problems.push(source.at(&[], problem));
    }
}

fn calendar(read: &mut Read) -> Option<Calendar> {
    use daylight_domain::calendar::CalendarError as E;
    match Calendar::from_years(read.years.iter().map(|(_, y)| y.clone())) {
        Ok(calendar) => Some(calendar),
        Err(error) => {
            let problem = Problem::told(&error, "calendar.invalid").fix("对照国务院办公厅当年的放假通知改正");
            let of_date = |date: chrono::NaiveDate| {
                read.years.iter().find_map(|(source, year)| {
                    for (key, days) in [("work", &year.work), ("off", &year.off)] {
                        if let Some(at) = days.iter().position(|d| d.date == date) {
                            return Some(source.at(&[Step::Key(key), Step::At(at)], problem.clone()));
                        }
                    }
                    None
                })
            };
            let of_year = |wanted: i32| {
                let (source, _) = read.years.iter().rev().find(|(_, y)| y.year == wanted)?;
                Some(source.at(&[Step::Key("year")], problem.clone()))
            };
            let placed = match error {
                E::WrongYear { date, .. } | E::Contradiction(date) | E::NotAnException(date) => of_date(date),
                E::YearTwice(year) => of_year(year),
                E::Empty => None,
            };
            read.problems.push(placed.unwrap_or(problem));
            None
        }
    }
}

fn book(read: &mut Read) -> Option<RuleBook> {
    let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (source, rules) in &read.rules {
        for (at, rule) in rules.iter().enumerate() {
            let twice = seen.insert(&rule.id, ()).is_some();
            let error = if twice { Some(RuleError::Twice(rule.id.clone())) } else { RuleBook::fits(rule).err() };
            if let Some(error) = error {
                let problem = Problem::told(&error, "rule.invalid").fix("规则的键与参数见 config/rules/README.md");
                wrong.push(source.at(&[Step::Key("rule"), Step::At(at), Step::Key("id")], problem));
            }
        }
    }
    let good = wrong.is_empty();
    read.problems.extend(wrong);
    if read.rules.iter().all(|(_, r)| r.is_empty()) {
        read.problems.push(
            Problem::new("rule.none", "config/rules 中没有任何规则，什么也不会被判定")
                .fix("从发行包复制 config/rules")
                .warning(),
        );
    }
    let book = good.then(|| RuleBook::new(read.rules.iter().flat_map(|(_, r)| r.clone())).ok()).flatten()?;
    let mut wrong = Vec::new();
    for (source, overrides) in &read.overrides {
        for (at, one) in overrides.iter().enumerate() {
            let Err(error) = book.fits_override(one) else { continue };
            let problem = Problem::told(&error, "rule.override").fix("[[override]] 的键见 config/rules/README.md");
            wrong.push(source.at(&[Step::Key("override"), Step::At(at), Step::Key("rule")], problem));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    for (source, manual) in &read.manual {
        for (at, one) in manual.iter().enumerate() {
            let twice = (!seen.insert(&one.id)).then(|| RuleError::Twice(one.id.clone()));
            let wrong_one = one.wrong().map(|problem| RuleError::Manual { rule: one.id.clone(), problem });
            let Some(error) = wrong_one.or(twice) else { continue };
            let problem = Problem::told(&error, "rule.manual").fix("[[manual]] 的键见 config/rules/README.md");
            wrong.push(source.at(&[Step::Key("manual"), Step::At(at), Step::Key("id")], problem));
        }
    }
    let good = wrong.is_empty();
    read.problems.extend(wrong);
    let manual: Vec<ManualRule> = read.manual.iter().flat_map(|(_, m)| m.clone()).collect();
    let rules = read.rules.iter().flat_map(|(_, r)| r.clone());
    let overrides = read.overrides.iter().flat_map(|(_, o)| o.clone());
    good.then(|| RuleBook::with_overrides(rules, overrides).and_then(|b| b.with_manual(manual)).ok()).flatten()
}
