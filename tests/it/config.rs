//! Every mistake in a configuration is found, placed, named and answered with a way out.

use daylight::config::load;
use daylight::config::schema::schemas;
use daylight::demo::place::{TODAY, write_sample};
use daylight::problem::{Problem, Severity};
use daylight_domain::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;

fn problems(folder: &Path) -> Vec<Problem> {
    match load(folder, Timestamp::parse(TODAY).expect("a time")) {
        Ok(loaded) => loaded.warnings,
        Err(problems) => problems,
    }
}

/// What is written into which file, in place of what (nothing: at its end), and the code that must be found, at the line that
/// holds the given words (nothing: anywhere in the file).
struct Mistake(&'static str, &'static str, &'static str, &'static str, &'static str);

const MAIN: &str = "daylight.toml";
const MARKET: &str = "departments/market.toml";
const HEALTH: &str = "departments/health.toml";
const HOUSING: &str = "departments/housing.toml";
const ITEMS: &str = "catalogue/market.toml";
const NOTIFY: &str = "notify.toml";
const TIME: &str = "rules/time.toml";

const MISTAKES: &[Mistake] = &[
    Mistake(MAIN, "[county]", "[county", "config.syntax", "[county"),
    Mistake(MAIN, "name = \"示例县\"", "nmae = \"示例县\"", "config.key", "nmae"),
    Mistake(MAIN, "threads = 2", "", "config.missing-key", ""),
    Mistake(MAIN, "threads = 2", "threads = \"two\"", "config.value", "threads"),
    Mistake(MAIN, "division = \"330824\"", "division = \"33082\"", "county.division", "division"),
    Mistake(MAIN, "name = \"示例县\"", "name = \" \"", "county.name", "name"),
    Mistake(MAIN, "Asia/Shanghai", "Asia/Shanghia", "county.time-zone", "time_zone"),
    Mistake(MAIN, "address = \"127.0.0.1:8320\"", "address = \"localhost\"", "listen.address", "address"),
    Mistake(MAIN, "address = \"127.0.0.1:8320\"", "address = \"0.0.0.0:80\"", "listen.open", "address"),
    Mistake(MAIN, "database = \"sqlite\"", "database = \"oracle\"", "storage.database", "database"),
    Mistake(MAIN, "database = \"sqlite\"", "database = \"postgres://d:{secret}@h/d\"", "storage.secret", "database"),
    Mistake(MAIN, "threads = 2", "threads = 0", "plugins.threads", "threads"),
    Mistake(MAIN, "idle_pages = 100", "idle_pages = 0", "limits.zero", "idle_pages"),
    Mistake(MAIN, "page_bytes = 16777216", "page_bytes = 167772160", "limits.transfer", "transfer_bytes"),
    Mistake(MAIN, "memory_bytes = 268435456", "memory_bytes = 5368709120", "limits.memory", "memory_bytes"),
    Mistake(MAIN, "from = \"01-01\"", "from = \"13-01\"", "work-hours.date", ""),
    Mistake(MAIN, "am_begin = \"09:00:00\"", "am_begin = \"12:30:00\"", "work-hours.order", ""),
    Mistake(MAIN, "\"30 2 * * *\"", "\"30 25 * * *\"", "backup.schedule", "schedule"),
    Mistake(MAIN, "keep = 14", "keep = 0", "backup.keep", "keep"),
    Mistake(MAIN, "anonymity = 5", "anonymity = 4", "publication.anonymity", "anonymity"),
    Mistake(MAIN, "rating_days = 30", "rating_days = 0", "complaint.days", "rating_days"),
    Mistake(MAIN, "extension_days = 15", "extension_days = 400", "complaint.days", "extension_days"),
    Mistake(MAIN, "", "\n[templates]\nbulletin = \"none.docx\"\n", "template.unreadable", "none.docx"),
    Mistake(MAIN, "", "\n[templates]\nbulletin = \"daylight.toml\"\n", "template.not-docx", "bulletin ="),
    Mistake(MAIN, "", "\n[templates]\nbulletin = \"catalogue\"\n", "template.not-docx", "bulletin ="),
    Mistake(MAIN, "", "\n[templates.papers]\nrefusal = \"none.docx\"\n", "template.unreadable", "none.docx"),
    Mistake(MAIN, "", "\n[templates.papers]\nrefusal = \"daylight.toml\"\n", "template.not-docx", "refusal ="),
    Mistake(MAIN, "", "\n[plugins.standards.county-2026]\n", "standard.unknown", ""),
    Mistake(MAIN, "(0, 1 − 5 ×", "(0, 1 − ×", "settings.invalid", "最大(0, 1 − ×"),
    Mistake(MAIN, "比率(不合流程图)", "比率(流程图)", "settings.invalid", "比率(流程图)"),
    Mistake(MAIN, "formula = \"人工录入\"", "formula = \"1 < 2\"", "settings.invalid", "1 < 2"),
    Mistake(MAIN, "id = \"X2\"", "id = \"X1\"", "settings.invalid", "id = \"X1\""),
    Mistake(MAIN, "weight = 40", "weight = 40.5", "settings.invalid", "weight"),
    Mistake(MARKET, "id = \"market\"", "id = \"Market\"", "department.id", "id ="),
    Mistake(MARKET, "id = \"market\"", "id = \"markets\"", "department.file", "id ="),
    Mistake(MARKET, "id = \"market\"", "id = \"health\"", "department.twice", "id ="),
    Mistake(MARKET, "name = \"市场监督管理局\"", "name = \"\"", "department.name", "name ="),
    Mistake(MARKET, "phase = \"live\"", "phase = \"suspended\"", "department.reason", "phase"),
    Mistake(MARKET, "supervised_since = \"2026-01-01\"", "", "department.since", "phase"),
    Mistake(MARKET, "trial = \"2025-11-01\"", "trial = \"2026-11-01\"", "department.dates", "[planned]"),
    Mistake(MARKET, "sla_minutes = 60", "sla_minutes = 0", "department.sla", "sla_minutes"),
    Mistake(MARKET, "page_rows = 1000", "page_rows = 100000", "department.page-rows", "page_rows"),
    Mistake(MARKET, "\"*/10 * * * *\"", "\"*/10 * *\"", "schedule.invalid", "schedule"),
    Mistake(MARKET, "\"*/10 * * * *\"", "\"0 0 31 2 *\"", "schedule.never", "schedule"),
    Mistake(MARKET, "schedule = \"*/10 * * * *\"", "", "department.no-schedule", "connector"),
    Mistake(MARKET, "connector = \"rest-json\"", "", "department.no-connector", "schedule"),
    Mistake(MARKET, "connector = \"rest-json\"", "connector = \"rest-jsno\"", "department.connector", "connector"),
    Mistake(MARKET, "connector = \"rest-json\"", "connector = \"classic-9\"", "department.kind", "connector"),
    Mistake(MARKET, "page_size = 200", "page_size = \"many\"", "settings.invalid", "page_size"),
    Mistake(MARKET, "origin = \"http://127.0.0.1:18321\"", "origin = \"127.0.0.1\"", "grant.origin", "http ="),
    Mistake(MARKET, "secrets = [\"token\"]", "secrets = [\"tokne\"]", "secret.missing", "secrets"),
    Mistake(MARKET, ", private = true", "", "grant.plain", "http ="),
    Mistake(MARKET, "", "\n[limits]\npage_rosw = 10\n", "limits.unknown", "[limits]"),
    Mistake(HEALTH, "url = \"sqlite:", "url = \"oracle:", "grant.database", "url"),
    Mistake(HEALTH, "url = \"sqlite:", "url = \"mysql://reader:clear@10.0.0.1/", "grant.password", "url"),
    Mistake(HOUSING, "path = \"drop/housing\"", "path = \"drop/nowhere\"", "grant.folder", "path"),
    Mistake(HEALTH, "", "\n[[grants.http]]\norigin = \"https://x.example:443\"\n", "grant.unused", "grants.http"),
    Mistake(ITEMS, "department = \"market\"", "department = \"markt\"", "item.department", "department"),
    Mistake(ITEMS, "code = \"MK-0102\"", "code = \"MK-0101\"", "item.twice", "code"),
    Mistake(ITEMS, "code = \"MK-0101\"", "code = \"\"", "item.code", "code"),
    Mistake(ITEMS, "promise_limit = { value = 7,", "promise_limit = { value = 27,", "item.promise", "promise_limit"),
    Mistake(
        ITEMS,
        "legal_basis = \"食品安全法 35；食品经营许可和备案管理办法\"",
        "legal_basis = \"\"",
        "item.basis",
        "code",
    ),
    Mistake(
        ITEMS,
        "valid_from = \"2008-01-01\"",
        "valid_from = \"2008-01-01\"\nvalid_to = \"2007-01-01\"",
        "item.dates",
        "valid_to",
    ),
    Mistake(ITEMS, "kind = \"inspection\"", "kind = \"inspektion\"", "item.special", "inspektion"),
    Mistake(ITEMS, "{ id = \"end\", kind", "{ id = \"deliver\", kind", "flow.node-twice", "kind = \"end\""),
    Mistake(ITEMS, "to = \"accept\"", "to = \"acept\"", "flow.edge", "acept"),
    Mistake(ITEMS, "kind = \"start\"", "kind = \"step\"", "flow.start", ""),
    Mistake(ITEMS, "  { from = \"accept\", to = \"examine\" },\n", "", "flow.unreachable", "examine"),
    Mistake(ITEMS, "  { from = \"deliver\", to = \"end\" },\n", "", "flow.dead-end", "deliver"),
    Mistake(ITEMS, "mandatory = true, limit = 3", "mandatory = true, limit = 30", "flow.too-long", ""),
    Mistake(TIME, "id = \"T-02\"", "id = \"T-01\"", "rule.twice", "T-01"),
    Mistake(TIME, "id = \"T-02\"", "id = \"Q-99\"", "rule.unknown", "Q-99"),
    Mistake(TIME, "pre_days = ", "pre_dyas = ", "rule.parameter", ""),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\nnmae = 1",
        "config.key",
        "nmae",
    ),
    Mistake(NOTIFY, "", "\n[[channel]]\nid = \"x\"\nkind = \"sms\"", "config.value", "kind"),
    Mistake(NOTIFY, "", "\n[[channel]]\nid = \"X\"\nkind = \"file\"\naddress = \"relay\"\n", "notify.id", "id ="),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\n",
        "notify.twice",
        "id =",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"webhook\"\naddress = \"https://a.example/\"",
        "notify.missing",
        "kind",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"webhook\"\naddress = \"https://a.example/\"\nsecret = \"none\"",
        "secret.missing",
        "secret",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\nsecret = \"none\"",
        "notify.unused",
        "secret",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"smtp\"\nfrom = \"a@b.example\"\nto = [\"a@b.example\"]\naddress = \"mail.example\"",
        "notify.address",
        "address",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"smtp\"\nfrom = \"a@b.example\"\nto = [\"office\"]\naddress = \"smtps://mail.example\"",
        "notify.mailbox",
        "to =",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"webhook\"\naddress = \"http://a.example/\"",
        "notify.plain",
        "address",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\ntopics = [\"card.isued\"]",
        "notify.topic",
        "topics",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\nlevels = []",
        "notify.deaf",
        "levels",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\ndepartments = [\"markt\"]",
        "notify.department",
        "departments",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\nper_minute = 0",
        "notify.limit",
        "per_minute",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"file\"\naddress = \"relay\"\ndigest_minutes = 2000",
        "notify.digest",
        "digest_minutes",
    ),
    Mistake(NOTIFY, "", "\n[[channel]]\nid = \"x\"\nkind = \"wecom\"\nproxy = \"10.1.2.3\"", "notify.proxy", "proxy"),
    Mistake(
        NOTIFY,
        "",
        "\n[[channel]]\nid = \"x\"\nkind = \"wecom\"\naddress = \"https://a.example/send?key=1\"",
        "notify.address",
        "address",
    ),
    Mistake(NOTIFY, "", "\nlink = \"daylight.example\"\n", "notify.link", "link"),
    Mistake(NOTIFY, "", "\ngive_up_hours = 0\n", "notify.give-up", "give_up_hours"),
    Mistake(
        NOTIFY,
        "",
        "\n[templates.\"card.issued\"]\ntitle = \"x\"\ntext = \"{applicant_name}\"\n",
        "notify.template",
        "text",
    ),
    Mistake(
        NOTIFY,
        "",
        "\n[templates.\"card.issued\"]\ntitle = \"{number\"\ntext = \"x\"\n",
        "notify.template",
        "title",
    ),
    Mistake(NOTIFY, "", "\n[templates.digst]\ntitle = \"x\"\ntext = \"x\"\n", "notify.topic", "digst"),
    Mistake("calendar/2026.toml", "year = 2026", "year = 2025", "calendar.year-twice", ""),
    Mistake("secrets.toml", "[market]", "[market", "config.syntax", "[market"),
];

#[test]
fn the_sample_has_nothing_wrong_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(folder.path()).expect("a sample");
    let found = problems(folder.path());
    assert!(found.iter().all(|p| p.severity == Severity::Warning), "{found:#?}");
}

#[test]
fn each_kind_of_mistake_is_named_where_it_stands_with_a_way_out() {
    let mut kinds = BTreeSet::new();
    for Mistake(file, from, to, code, at) in MISTAKES {
        let folder = tempfile::tempdir().expect("a folder");
        write_sample(folder.path()).expect("a sample");
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).expect("a file");
        let wrong = if from.is_empty() { format!("{text}{to}") } else { text.replacen(from, to, 1) };
        assert_ne!(wrong, text, "{file} no longer holds {from}");
        std::fs::write(&path, &wrong).expect("written");
        let found = problems(folder.path());
        let one = found.iter().find(|p| p.code == *code);
        let one = one.unwrap_or_else(|| panic!("{file}: {from} → {to}: no {code} in {found:#?}"));
        assert!(one.fix.as_ref().is_some_and(|f| !f.is_empty()), "{one:?}");
        let place = one.place.as_ref().unwrap_or_else(|| panic!("{code} has no place"));
        assert!(place.file.ends_with(file), "{code} is placed in {}", place.file.display());
        let line = wrong.lines().nth(place.line - 1).expect("a line of the file");
        assert!(line.contains(at), "{code} is placed at {}:{}: {line}", place.line, place.column);
        kinds.insert(*code);
    }
    assert!(kinds.len() >= 73, "{} kinds", kinds.len());
}

#[test]
fn what_is_missing_altogether_is_named_too() {
    let empty = tempfile::tempdir().expect("a folder");
    let codes: Vec<String> = problems(empty.path()).into_iter().map(|p| p.code).collect();
    for code in ["config.missing", "department.none", "calendar.empty", "rule.none"] {
        assert!(codes.iter().any(|c| c == code), "{code} in {codes:?}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    write_sample(folder.path()).expect("a sample");
    std::fs::remove_file(folder.path().join("calendar/2026.toml")).expect("removed");
    use std::os::unix::fs::PermissionsExt;
    let secrets = folder.path().join("secrets.toml");
    std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o644)).expect("changed");
    let codes: Vec<String> = problems(folder.path()).into_iter().map(|p| p.code).collect();
    assert!(codes.contains(&"calendar.this-year".to_owned()), "{codes:?}");
    assert!(codes.contains(&"secret.readable".to_owned()), "{codes:?}");
}

/// The schemas in `config/schema` are what the program reads. With `DAYLIGHT_WRITE=1` they are written anew.
#[test]
fn the_schemas_beside_the_sample_are_those_of_the_program() {
    let folder = daylight_tests::root().join("config/schema");
    for (name, schema) in schemas() {
        let path = folder.join(name);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).expect("text"));
        if std::env::var_os("DAYLIGHT_WRITE").is_some() {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, &text).expect("written");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "{name} is not what the program reads: run the tests with DAYLIGHT_WRITE=1");
    }
}
