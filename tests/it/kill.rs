//! The process dies at any moment of a pull; afterwards every record is there exactly once, chains verify, the cursor agrees.

use crate::county::{county, good, stored};
use daylight::app::App;
use daylight::clock::SystemClock;
use daylight::config::load;
use daylight_domain::clock::Clock;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

const FOLDER: &str = "DAYLIGHT_TEST_CHILD";
/// What the child says when it begins to pull.
const READY: &str = "pulling";
/// What it says when a page was committed.
const PAGE: &str = "page";
const DEPARTMENTS: [&str; 3] = ["market", "resources", "health"];

async fn open(folder: &Path) -> Arc<App> {
    let loaded = load(folder, SystemClock.now()).expect("configuration");
    App::open(loaded, Arc::new(SystemClock)).await.expect("an appliance")
}

/// Not a test: what the killed process does. Without the variable there is nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let app = open(Path::new(&folder)).await;
    println!("{READY}");
    let store = Arc::clone(&app.store);
    tokio::spawn(async move {
        let mut seen = 0;
        loop {
            let pages = store.runs(None, 1, None).await.ok().and_then(|mut r| r.pop()).map_or(0, |r| r.pages);
            if pages != seen {
                println!("{PAGE}");
                seen = pages;
            }
            tokio::task::yield_now().await;
        }
    });
    for id in DEPARTMENTS {
        let run = app.pull(id, "start").await.expect("a run");
        assert_eq!(run.error, None);
    }
}

/// Waits for the end of the child, so long.
async fn wait(child: &mut Child, ms: u64) -> Option<ExitStatus> {
    let ended = tokio::time::timeout(Duration::from_millis(ms), child.wait()).await;
    ended.ok().map(|status| status.expect("a status"))
}

/// Reads until the child has said something so many times, or nothing more. Returns how many times it did.
async fn hear(said: &mut tokio::io::Lines<BufReader<ChildStdout>>, what: &str, times: usize) -> usize {
    let mut heard = 0;
    while heard < times
        && let Some(line) = said.next_line().await.expect("a line")
    {
        heard += usize::from(line.ends_with(what));
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_hundred_times_nothing_is_lost_and_nothing_is_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = county(folder.path()).await;
    // Compiled once, so that a child is pulling at once.
    for connector in ["rest-json", "legacy-xml", "sql-view"] {
        demo.app.plugin(connector).await.expect("a plugin");
    }
    demo.app.close().await;
    let config = folder.path().join("config");
    // Small pages, so that there are many moments to die in.
    for id in DEPARTMENTS {
        let file = config.join(format!("departments/{id}.toml"));
        let text = std::fs::read_to_string(&file).expect("a department");
        std::fs::write(
            &file,
            text.replace("page_rows = 1000", "page_rows = 20").replace("page_size = 200", "page_size = 20"),
        )
        .expect("written");
    }
    let mut killed = 0;
    let mut dice = daylight::demo::county::Dice::new(7, "kill");
    for round in 0.. {
        assert!(round < 1000, "the pull never ends");
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "kill::child", "--nocapture"])
            .env(FOLDER, &config)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        // Most die after some pages of a pull, some while they start.
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ended = if killed >= 100 {
            hear(&mut said, PAGE, usize::MAX).await;
            Some(child.wait().await.expect("a status"))
        } else if killed % 8 == 0 {
            wait(&mut child, dice.below(200)).await
        } else {
            assert_eq!(hear(&mut said, READY, 1).await, 1, "the child never begins");
            let pages = usize::try_from(1 + dice.below(4)).expect("few");
            let seen = hear(&mut said, PAGE, pages).await;
            // Fewer pages than that: it is through.
            let rest = if seen < pages { 60_000 } else { dice.below(15) };
            wait(&mut child, rest).await
        };
        match ended {
            None => {
                child.kill().await.expect("SIGKILL");
                killed += 1;
            }
            Some(status) => {
                assert!(status.success(), "the child fails by itself: {status}");
                if killed >= 100 {
                    break;
                }
                // Everything is there already: begin again from the first record, over what is stored.
                let app = open(&config).await;
                for id in DEPARTMENTS {
                    app.store.set_cursor(id, None).await.expect("reset");
                }
                app.close().await;
            }
        }
    }
    let app = open(&config).await;
    let runs = app.store.runs(None, 10_000, None).await.expect("runs");
    let torn = runs.iter().filter(|r| r.status == "interrupted" && r.pages > 0).count();
    assert!(
        torn >= killed / 2,
        "only {torn} of {killed} kills hit a pull in the middle: {:?}",
        runs.iter().map(|r| (r.status.as_str(), r.pages)).collect::<Vec<_>>()
    );
    for id in DEPARTMENTS {
        let run = app.pull(id, "manual").await.expect("a run");
        assert_eq!(run.accepted, 0, "{id}: the cursor stands where the records end");
        let have = stored(&app, id).await;
        let unique: BTreeSet<_> = have.iter().cloned().collect();
        assert_eq!(have.len(), unique.len(), "{id}: nothing twice");
        let want = good(&demo.system(id).expect("a system").showing());
        assert!(unique.is_subset(&want));
        assert!(want.len() - unique.len() <= 20, "{id}: {} of {}", unique.len(), want.len());
        let report = app.store.verify_ledger(id).await.expect("a report");
        assert!(report.verified, "{id}: {report:?}");
        assert_eq!(report.events, have.len() as u64);
    }
}
