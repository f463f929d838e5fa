use super::*;

/// The calendar of `config/calendar`, all years.
pub(crate) fn china() -> Calendar {
    macro_rules! years { ($($year:literal)*) => { [$(include_str!(concat!("../../../../config/calendar/", $year, ".toml")),)*] } }
    let files = years!("2008" "2009" "2010" "2011" "2012" "2013" "2014" "2015" "2016" "2017" "2018" "2019" "2020" "2021"
        "2022" "2023" "2024" "2025" "2026");
    Calendar::from_years(files.iter().map(|f| toml::from_str(f).expect("calendar file"))).expect("a calendar")
}

pub(crate) fn day(text: &str) -> NaiveDate {
    crate::time::parse_date(text).expect("a date")
}

#[test]
fn the_days_of_2025_and_2026_are_those_of_the_notices() {
    let c = china();
    let off = [
        ("2026-01-01", 3),
        ("2026-02-15", 9),
        ("2026-04-04", 3),
        ("2026-05-01", 5),
        ("2026-06-19", 3),
        ("2026-09-25", 3),
        ("2026-10-01", 7),
        ("2025-01-01", 1),
        ("2025-01-28", 8),
        ("2025-04-04", 3),
        ("2025-05-01", 5),
        ("2025-05-31", 3),
        ("2025-10-01", 8),
    ];
    for (from, days) in off {
        for date in day(from).iter_days().take(days) {
            assert_eq!(c.is_working_day(date), Ok(false), "{date}");
        }
    }
    for date in [
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
    ] {
        assert_eq!(c.is_working_day(day(date)), Ok(true), "{date}");
        assert!(c.day(day(date)).expect("known").name.is_some());
    }
}

#[test]
fn a_year_without_data_is_never_guessed() {
    let c = china();
    let missing = |year| Err(CalendarMissing { year });
    assert_eq!(c.horizon(), 2026);
    assert_eq!(c.is_working_day(day("2027-01-04")), Err(CalendarMissing { year: 2027 }));
    assert_eq!(c.nth_working_day_after(day("2026-12-03"), 20), Ok(day("2026-12-31")));
    assert_eq!(c.nth_working_day_after(day("2026-12-04"), 20), missing(2027));
    assert_eq!(c.nth_working_day_after(day("2007-12-31"), 1), missing(2007));
    let year = |year| CalendarYear { year, source: String::new(), off: vec![], work: vec![] };
    let gap = Calendar::from_years([year(2020), year(2022)]).expect("a calendar");
    assert_eq!(gap.nth_working_day_after(day("2020-12-30"), 5), missing(2021));
    assert_eq!(gap.working_days(day("2020-12-30"), day("2022-01-05")), Err(CalendarMissing { year: 2021 }));
}

#[test]
fn an_earlier_horizon_is_what_was_known_then() {
    let (all, then) = (china(), china().until(2018));
    assert_eq!(then.horizon(), 2018);
    assert_eq!(then.nth_working_day_after(day("2018-12-03"), 20), all.nth_working_day_after(day("2018-12-03"), 20));
    assert_eq!(then.nth_working_day_after(day("2018-12-20"), 20), Err(CalendarMissing { year: 2019 }));
    assert_eq!(then.is_working_day(day("2019-01-02")), Err(CalendarMissing { year: 2019 }));
    assert_ne!(then.version(), all.version());
    for same in [all.horizon(), 2100, 1900] {
        assert_eq!(all.until(same).version(), all.version());
    }
}

#[test]
fn contradictions_are_named() {
    let read = |text: &str| Calendar::from_years([toml::from_str(text).expect("toml")]).expect_err(text).to_string();
    let holiday = |d: &str| format!("{{ date = \"{d}\", name = \"x\" }}");
    let file = |off: &str, work: &str| format!("year = 2026\noff = [{off}]\nwork = [{work}]");
    assert!(read(&file(&holiday("2025-01-01"), "")).starts_with("calendar.wrong-year"));
    assert!(read(&file("", &holiday("2026-01-05"))).starts_with("calendar.not-an-exception"));
    assert!(read(&file(&holiday("2026-01-04"), &holiday("2026-01-04"))).starts_with("calendar.contradiction"));
    assert_eq!(Calendar::from_years([]).err(), Some(CalendarError::Empty));
}

#[test]
fn the_version_follows_the_days_only() {
    let year = |name: &str, date: &str| CalendarYear {
        year: 2026,
        source: name.to_owned(),
        off: vec![ExceptionDay { date: day(date), name: name.to_owned() }],
        work: vec![],
    };
    let version = |y| Calendar::from_years([y]).expect("a calendar").version().to_owned();
    assert_eq!(version(year("a", "2026-01-01")), version(year("b", "2026-01-01")));
    assert_ne!(version(year("a", "2026-01-01")), version(year("a", "2026-01-02")));
}
