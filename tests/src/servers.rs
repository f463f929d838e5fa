//! Real database servers: private ones on loopback from the installed Debian binaries, or those the environment names, or
//! none, which is said aloud.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A server that ends with the test.
pub struct Server {
    /// Where it is, with a user who may do everything in it.
    pub url: String,
    private: Option<(Child, tempfile::TempDir)>,
    /// What ends it at once and cleanly.
    signal: &'static str,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.private {
            let _ = Command::new("kill").args([self.signal, &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

/// Says something to the person who runs the tests, although the test passes: the harness keeps what `eprintln!` writes.
pub fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A layer that this machine cannot run, and how to enable it. Where `DAYLIGHT_TEST_ALL` is set nothing may be skipped.
///
/// # Panics
/// Where nothing may be skipped.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("DAYLIGHT_TEST_ALL").is_none(), "nothing may be skipped (DAYLIGHT_TEST_ALL): {why}");
    say(&format!("skipped: {why}"));
}

fn root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// The command as a user who may run a database server.
fn as_user(user: &str, program: &Path) -> Command {
    if !root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).args(["--clear-groups", "--"]).arg(program);
    command
}

fn folder(prefix: &str, user: &str) -> Option<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::Builder::new().prefix(prefix).tempdir().ok()?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data).ok()?;
    if root() {
        let owner = format!("{user}:{user}");
        Command::new("chown").arg("-R").arg(owner).arg(folder.path()).status().ok()?;
    }
    Some((folder, data))
}

fn port() -> Option<u16> {
    Some(std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port())
}

/// Starts a server and waits until it says that it takes connections.
fn started(command: &mut Command, ready: &str) -> Option<Child> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()?;
    let mut said = BufReader::new(child.stderr.take()?);
    let (mut log, mut line) = (String::new(), Vec::new());
    loop {
        line.clear();
        let read = said.read_until(b'\n', &mut line).unwrap_or(0);
        assert!(read > 0, "the server never came up:\n{log}");
        let text = String::from_utf8_lossy(&line);
        log.push_str(&text);
        if text.contains(ready) {
            break;
        }
    }
    // Read to its end, so that the server never waits for a reader.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    Some(child)
}

/// PostgreSQL, or nothing and a line that says how to have one.
#[must_use]
pub fn postgres() -> Option<Server> {
    if let Ok(url) = std::env::var("DAYLIGHT_TEST_POSTGRES") {
        return Some(Server { url, private: None, signal: "-INT" });
    }
    let server = private_postgres();
    if server.is_none() {
        skipped("no PostgreSQL; install Debian's `postgresql`, or set DAYLIGHT_TEST_POSTGRES to an empty database");
    }
    server
}

fn private_postgres() -> Option<Server> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|e| e.path().join("bin")).collect();
    found.sort();
    let bin = found.pop().filter(|p| p.join("initdb").exists())?;
    let (folder, data) = folder("daylight-pg", "postgres")?;
    let port = port()?;
    let made = as_user("postgres", &bin.join("initdb"))
        .args(["--auth=trust", "--username=daylight", "--encoding=UTF8", "--locale=C.UTF-8", "-D"])
        .arg(&data)
        .stdout(Stdio::null())
        .status()
        .ok()?;
    assert!(made.success(), "initdb");
    let mut command = as_user("postgres", &bin.join("postgres"));
    command
        .arg("-D")
        .arg(&data)
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k"])
        .arg(folder.path());
    let child = started(&mut command, "ready to accept connections")?;
    let url = format!("postgres://daylight@127.0.0.1:{port}/postgres");
    Some(Server { url, private: Some((child, folder)), signal: "-INT" })
}

/// MariaDB, or nothing and a line that says how to have one.
#[must_use]
pub fn mariadb() -> Option<Server> {
    if let Ok(url) = std::env::var("DAYLIGHT_TEST_MARIADB") {
        return Some(Server { url, private: None, signal: "-TERM" });
    }
    let server = private_mariadb();
    if server.is_none() {
        skipped("no MariaDB; install Debian's `mariadb-server`, or set DAYLIGHT_TEST_MARIADB to an empty database");
    }
    server
}

fn private_mariadb() -> Option<Server> {
    let at = |name: &str| {
        ["/usr/sbin", "/usr/bin", "/usr/local/bin"].iter().map(|d| Path::new(d).join(name)).find(|p| p.exists())
    };
    let (server, install) = (at("mariadbd")?, at("mariadb-install-db")?);
    let (folder, data) = folder("daylight-maria", "mysql")?;
    let port = port()?;
    let made = as_user("mysql", &install)
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", data.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    assert!(made.success(), "mariadb-install-db");
    let mut command = as_user("mysql", &server);
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--port={port}"))
        .arg(format!("--socket={}", folder.path().join("socket").display()))
        .args(["--bind-address=127.0.0.1", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"])
        .args(["--innodb-buffer-pool-size=256M", "--max-allowed-packet=64M"]);
    let child = started(&mut command, "ready for connections")?;
    let url = format!("mysql://root@127.0.0.1:{port}/mysql");
    Some(Server { url, private: Some((child, folder)), signal: "-TERM" })
}
