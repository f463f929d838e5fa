//! The manual of plugins is true: its ten minutes are run as they stand, by the built program, and what it shows of TOML is read by
//! who reads it. Here, because only this package's tests are given the built program.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise, in its helpers too")]

use daylight::demo::place::write_sample;
use daylight::kit::mock::{Kind, Shape};
use daylight::kit::trial::profile::Profile;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The port that the manual names; here another, which is free.
const PORT: &str = "18397";
/// How long the fake department may take to stand.
const PATIENCE: Duration = Duration::from_secs(120);
const PAGES: [(&str, &str); 2] = [("README.md", "## 十分钟教程"), ("README.en.md", "## Ten minutes")];

/// A fenced block: what stands behind the fence, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    info: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join("plugins").join(name)).expect("the manual")
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut found, mut open) = (Vec::new(), None::<Block>);
    for line in text.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(info), None) => open = Some(Block { info: info.to_owned(), text: String::new() }),
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block that is not closed");
    found
}

/// The blocks of the tutorial.
fn tutorial(name: &str, heading: &str) -> Vec<Block> {
    let text = page(name);
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).expect("the tutorial");
    blocks(rest.split_once("\n## ").map_or(rest, |(part, _)| part))
}

/// Whether a line is what is written, where `…` stands for anything.
fn fits(written: &str, line: &str) -> bool {
    let mut parts = written.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Whether lines are what is written, where a line of `…` alone stands for any number of them.
fn all_fit(written: &[&str], lines: &[&str]) -> bool {
    match (written.split_first(), lines.split_first()) {
        (None, _) => lines.is_empty(),
        (Some((&"…", rest)), None) => all_fit(rest, lines),
        (Some((&"…", rest)), Some((_, after))) => all_fit(rest, lines) || all_fit(written, after),
        (Some((first, rest)), Some((line, after))) => fits(first, line) && all_fit(rest, after),
        (Some(_), None) => false,
    }
}

/// A vendor's desk: a folder, a home of its own, the built program first in the path.
struct Desk {
    folder: tempfile::TempDir,
    port: String,
    standing: Vec<Child>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        for child in &mut self.standing {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Desk {
    fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, port: free.port().to_string(), standing: Vec::new() }
    }

    fn said(&self, text: &str) -> String {
        text.replace(PORT, &self.port)
    }

    fn command(&self, script: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_daylight")).parent().expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let home = std::env::var("HOME").unwrap_or_default();
        // The compiler is the machine's, with what it has fetched; everything else is this desk's.
        let kept = |name: &str, below: &str| std::env::var(name).unwrap_or_else(|_| format!("{home}/{below}"));
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", script]).current_dir(self.folder.path());
        command.env("PATH", format!("{}:{path}", program.display())).env("HOME", self.folder.path());
        command.env("CARGO_HOME", kept("CARGO_HOME", ".cargo")).env("RUSTUP_HOME", kept("RUSTUP_HOME", ".rustup"));
        command.env("CARGO_NET_OFFLINE", "true");
        for inherited in [
            "DAYLIGHT_CONFIG",
            "RUST_LOG",
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTC_WRAPPER",
            "CARGO_BUILD_TARGET",
        ] {
            command.env_remove(inherited);
        }
        command
    }

    /// Runs a block, and holds what it says against what the manual says.
    fn run(&self, script: &str, written: &str) {
        let done = self.command(script).output().expect("bash");
        let (said, wrong) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{script}\n{said}\n{wrong}");
        let (expected, lines): (Vec<&str>, Vec<&str>) = (written.lines().collect(), said.lines().collect());
        assert!(all_fit(&expected, &lines), "{script}\nthe manual:\n{written}\nit says:\n{said}\n{wrong}");
    }

    /// Runs a block in another terminal, until it has said what the manual says.
    fn stand(&mut self, script: &str, written: &str) {
        let mut child = self.command(&format!("exec {script}")).stdout(Stdio::piped()).spawn().expect("bash");
        let out = child.stdout.take().expect("its output");
        self.standing.push(child);
        let (tell, told) = mpsc::channel();
        // Read to its end, whether or not anybody still listens: who cannot write any more would stop.
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)));
        });
        let (expected, mut lines) = (written.lines().collect::<Vec<_>>(), Vec::<String>::new());
        while !all_fit(&expected, &lines.iter().map(String::as_str).collect::<Vec<_>>()) {
            let line = told.recv_timeout(PATIENCE);
            assert!(line.is_ok(), "{script}\nthe manual:\n{written}\nit says:\n{}", lines.join("\n"));
            lines.extend(line);
        }
    }

    /// Writes a block into the file that it names.
    fn write(&self, name: &str, text: &str) {
        let file = self.folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }
}

#[test]
fn the_ten_minutes_go_as_the_manual_says() {
    let mut desk = Desk::new();
    let [(name, heading), _] = PAGES;
    let all = tutorial(name, heading);
    let mut steps = all.iter();
    let mut ran = 0;
    while let Some(block) = steps.next() {
        let text = desk.said(&block.text);
        let mut answer = || {
            let next = steps.next().filter(|b| b.info == "text");
            desk.said(&next.unwrap_or_else(|| panic!("no answer stands below:\n{text}")).text)
        };
        match block.info.split_once(' ').unwrap_or((&block.info, "")) {
            ("sh", "") => {
                let written = answer();
                desk.run(&text, &written);
            }
            ("sh", "background") => {
                let written = answer();
                desk.stand(&text, &written);
            }
            ("toml", file) if !file.is_empty() => desk.write(file, &text),
            other => panic!("what is to be done with a block of {other:?}?"),
        }
        ran += 1;
    }
    assert!(ran >= 10, "{ran} blocks");
}

#[test]
fn both_languages_tell_the_same() {
    let [zh, en] = PAGES.map(|(name, heading)| tutorial(name, heading));
    assert_eq!(zh, en, "commands, answers and files of the tutorial");
    let [zh, en] = PAGES.map(|(name, _)| {
        let text = page(name);
        let parts = text.lines().filter(|l| l.starts_with("## ")).count();
        let rows = text.lines().filter(|l| l.starts_with('|')).count();
        (parts, rows)
    });
    assert_eq!(zh, en, "parts, and rows of tables");
}

#[test]
fn what_the_manual_shows_of_toml_is_read_by_who_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, _) in PAGES {
        let mut seen = Vec::new();
        for block in blocks(&page(name)) {
            let Some(what) = block.info.strip_prefix("toml") else { continue };
            match what.trim() {
                "kit.toml" => {
                    Profile::parse(&block.text, Path::new("kit.toml"), folder.path()).expect("a kit");
                }
                "shape.toml" => {
                    Shape::read(Kind::Rest, &block.text).expect("a shape");
                }
                "records.toml" => mapped(&block.text),
                // Written and read by the tutorial.
                file => assert!(file.starts_with("county/"), "{name}: who reads a block of “{file}”?"),
            }
            seen.push(what.trim().to_owned());
        }
        seen.sort();
        assert_eq!(seen, ["county/departments/market.toml", "kit.toml", "records.toml", "shape.toml"], "{name}");
    }
}

/// A mapping in place of that of the sample's first department.
fn mapped(records: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let file = config.join("departments/market.toml");
    let text = std::fs::read_to_string(&file).expect("a department");
    let (head, _) = text.split_once("[[settings.records]]").expect("its mapping");
    std::fs::write(&file, format!("{head}{records}")).expect("written");
    let mut check = Command::new(env!("CARGO_BIN_EXE_daylight"));
    let done = check.args(["check", "--config"]).arg(&config).output().expect("an answer");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn what_is_left_out_of_an_answer_is_left_out_nowhere_else() {
    assert!(fits("a … b…", "a 1 2 b"));
    assert!(!fits("a … b", "a 1 b c"));
    assert!(!fits("a", "ab"));
    assert!(all_fit(&["a", "…", "d"], &["a", "b", "c", "d"]));
    assert!(all_fit(&["a", "…"], &["a"]));
    assert!(!all_fit(&["a", "…", "d"], &["a", "b", "c"]));
    assert!(!all_fit(&["a"], &["a", "b"]));
}
