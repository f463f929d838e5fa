//! A Chromium of our own: started without a window, spoken to over a pair of pipes in the words of its DevTools protocol, and gone
//! when it is dropped. Closing the pipes ends it too, so that it never outlives the tests, however they end.
//!
//! No crate drives it: what is needed of the protocol is small, and generated types refuse what a newer Chromium adds.

use daylight_tests::servers::skipped;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it may take to go.
const FAREWELL: Duration = Duration::from_secs(10);

/// What happened in a tab, in the words of the protocol.
#[derive(Clone, Debug)]
pub struct Event {
    pub tab: String,
    pub method: String,
    pub params: Value,
}

#[derive(Default)]
struct Heard {
    answers: HashMap<u64, Value>,
    events: Vec<Event>,
    ended: bool,
}

/// What the reading thread shares with those who ask.
#[derive(Default)]
struct Ear {
    heard: Mutex<Heard>,
    news: Condvar,
}

/// A browser that ends with the test.
pub struct Chromium {
    child: Child,
    mouth: Mutex<Option<ChildStdin>>,
    ear: Arc<Ear>,
    next: AtomicU64,
    /// The profile: removed when the browser is gone.
    _profile: tempfile::TempDir,
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("DAYLIGHT_TEST_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.iter().find_map(|name| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|p| p.is_file()))
}

impl Chromium {
    /// A browser, or nothing and a line that says how to have one.
    pub fn start() -> Option<Self> {
        let Some(program) = program() else {
            skipped(
                "no Chromium; install Debian's `chromium` and `fonts-noto-cjk`, or name one by DAYLIGHT_TEST_CHROMIUM",
            );
            return None;
        };
        let profile = tempfile::Builder::new().prefix("daylight-browser").tempdir().expect("a profile");
        // The browser speaks on handles 3 and 4; the shell gives it its own input and output there.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"]).arg(program);
        command.args(["--headless", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check"]);
        command.args([
            "--disable-gpu",
            "--disable-lcd-text",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]);
        command.args(["--disable-dev-shm-usage", "--disable-extensions", "--disable-breakpad", "--hide-scrollbars"]);
        command.args(["--font-render-hinting=none", "--force-color-profile=srgb", "--lang=zh-CN", "--mute-audio"]);
        // Nothing but this machine, whatever a page asks for.
        command.arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        if std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0) {
            command.arg("--no-sandbox");
        }
        command.arg(format!("--user-data-dir={}", profile.path().join("data").display()));
        command.env("TMPDIR", profile.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a browser");
        let (mouth, said) = (child.stdin.take(), child.stdout.take().expect("its words"));
        let ear = Arc::new(Ear::default());
        let listening = Arc::clone(&ear);
        std::thread::spawn(move || listening.listen(BufReader::new(said)));
        let next = AtomicU64::new(1);
        let browser = Self { child, mouth: Mutex::new(mouth), ear, next, _profile: profile };
        browser.ask("", "Browser.getVersion", json!({}));
        Some(browser)
    }

    /// Asks for something, of a tab or (`""`) of the browser; the answer, or what was wrong.
    pub fn try_ask(&self, tab: &str, method: &str, params: Value) -> Result<Value, String> {
        let id = self.say(tab, method, params)?;
        let answer = self.ear.wait(PATIENCE, method, |heard| heard.answers.remove(&id))?;
        match answer.get("error") {
            Some(error) => Err(format!("{method}: {error}")),
            None => Ok(answer["result"].clone()),
        }
    }

    fn say(&self, tab: &str, method: &str, params: Value) -> Result<u64, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut words = json!({ "id": id, "method": method, "params": params });
        if !tab.is_empty() {
            words["sessionId"] = tab.into();
        }
        let mut bytes = words.to_string().into_bytes();
        bytes.push(0);
        let mut mouth = self.mouth.lock().expect("a mouth");
        let mouth = mouth.as_mut().ok_or("the browser is closed")?;
        mouth.write_all(&bytes).and_then(|()| mouth.flush()).map_err(|e| format!("{method}: {e}"))?;
        Ok(id)
    }

    /// As `try_ask`, where nothing can be wrong.
    pub fn ask(&self, tab: &str, method: &str, params: Value) -> Value {
        self.try_ask(tab, method, params).unwrap_or_else(|e| panic!("{e}"))
    }

    /// How much has been heard until now.
    pub fn heard(&self) -> usize {
        self.ear.lock().events.len()
    }

    /// What a tab said since then.
    pub fn since(&self, tab: &str, from: usize) -> Vec<Event> {
        self.ear.lock().events.iter().skip(from).filter(|e| e.tab == tab).cloned().collect()
    }

    /// Waits until a tab says what is waited for.
    pub fn hear(&self, tab: &str, from: usize, what: &str, wanted: impl Fn(&Event) -> bool) -> Result<Event, String> {
        let found = |heard: &mut Heard| heard.events.iter().skip(from).find(|e| e.tab == tab && wanted(e)).cloned();
        self.ear.wait(PATIENCE, what, found)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Asked to go, it takes its helpers with it, and nobody writes to the profile any more.
        let _ = self.say("", "Browser.close", json!({}));
        let gone = self.ear.wait(FAREWELL, "the end", |heard| heard.ended.then_some(()));
        if let Ok(mut mouth) = self.mouth.lock() {
            mouth.take();
        }
        if gone.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl Ear {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().expect("what was heard")
    }

    fn listen(&self, mut said: impl BufRead) {
        let mut bytes = Vec::new();
        while said.read_until(0, &mut bytes).is_ok_and(|n| n > 0) {
            bytes.pop();
            let words: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            bytes.clear();
            let mut heard = self.lock();
            if let Some(id) = words["id"].as_u64() {
                heard.answers.insert(id, words);
            } else {
                let text = |name: &str| words[name].as_str().unwrap_or_default().to_owned();
                let (tab, method) = (text("sessionId"), text("method"));
                heard.events.push(Event { tab, method, params: words["params"].clone() });
            }
            self.news.notify_all();
        }
        self.lock().ended = true;
        self.news.notify_all();
    }

    fn wait<T>(
        &self,
        patience: Duration,
        what: &str,
        mut found: impl FnMut(&mut Heard) -> Option<T>,
    ) -> Result<T, String> {
        let until = Instant::now() + patience;
        let mut heard = self.lock();
        loop {
            if let Some(one) = found(&mut heard) {
                return Ok(one);
            }
            let left = until.saturating_duration_since(Instant::now());
            if heard.ended || left.is_zero() {
                return Err(format!("{what}: {}", if heard.ended { "the browser ended" } else { "not in time" }));
            }
            heard = self.news.wait_timeout(heard, left).expect("what was heard").0;
        }
    }
}
