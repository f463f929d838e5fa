//! Guests that misbehave: the host survives, names the cause, and other departments go on.

use daylight_host::{ActivePlugin, DatabaseGrant, FileGrant, Grants, HostConfig, HttpGrant, Limits, PluginError};
use daylight_tests::{Act, GREEDY, Lab, deps, guest, http, narrow, narrow_standard, source, with_manifest};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn hostile() -> Vec<u8> {
    with_manifest(guest("guest-hostile"), GREEDY)
}

/// Pulls until the end, at most 100 pages: rows, or why it stopped.
async fn pull(
    lab: &Lab,
    plugin: &ActivePlugin,
    department: &str,
    settings: Value,
    grants: &Grants,
    limits: &Limits,
) -> Result<usize, PluginError> {
    let session =
        lab.host.open(plugin, department, &settings, grants, limits, "run", None, "2026-03-02T09:00:00Z").await?;
    let mut rows = 0;
    for _ in 0..100 {
        let got = session.next(1000).await?;
        rows += got.page.rows.len();
        if got.page.done {
            return Ok(rows);
        }
    }
    panic!("a hundred pages");
}

/// One hostile guest beside a good one. The good one must come through meanwhile and afterwards.
async fn beside_a_good_one(lab: &Lab, plugin: &ActivePlugin, settings: Value, grants: &Grants) -> PluginError {
    let good = json!({ "do": "good" });
    let limits = narrow();
    let none = Grants::default();
    let (bad, meanwhile) = tokio::join!(
        pull(lab, plugin, "own", settings.clone(), grants, &limits),
        pull(lab, plugin, "other", good.clone(), &none, &limits)
    );
    assert_eq!(meanwhile, Ok(30), "beside {settings}");
    assert_eq!(pull(lab, plugin, "other", good, &none, &limits).await, Ok(30), "after {settings}");
    bad.expect_err("it must be stopped")
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_guest_does_the_host_survives_and_names_the_cause() {
    let lab = Lab::new(deps());
    let plugin = lab.install(hostile()).await.expect("admitted");
    let silent = source(|_| Act::Hang).await;
    let grants = Grants {
        http: vec![HttpGrant { origin: silent.clone(), private: true }],
        secrets: vec!["own".to_owned()],
        ..Grants::default()
    };
    for (what, code) in [
        ("loop", "plugin.cpu-time"),
        ("loop-in-open", "plugin.cpu-time"),
        ("loop-in-host", "plugin.host-calls"),
        ("memory", "plugin.memory"),
        ("stack", "plugin.stack"),
        ("wide-stack", "plugin.trap"),
        ("trap", "plugin.trap"),
        ("exit", "plugin.exit"),
        ("huge-page", "plugin.memory"),
        ("huge-string", "plugin.transfer"),
        ("huge-log", "plugin.memory"),
        ("print-flood", "plugin.trap"),
        ("stuck-cursor", "plugin.cursor-stuck"),
        ("no-cursor", "plugin.cursor-stuck"),
        ("huge-cursor", "plugin.cursor-size"),
        ("bad-shape", "plugin.page-shape"),
        ("handles", "plugin.handles"),
        ("wait-in-host", "http.timeout"),
    ] {
        let error = beside_a_good_one(&lab, &plugin, json!({ "do": what, "url": silent }), &grants).await;
        assert_eq!(error.code, code, "{what}: {error:?}");
        assert!(!error.message.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_memory_to_spare_what_crosses_is_bounded_all_the_same() {
    let lab = Lab::new(deps());
    let plugin = lab.install(hostile()).await.expect("admitted");
    let silent = source(|_| Act::Hang).await;
    let grants = Grants { http: vec![HttpGrant { origin: silent.clone(), private: true }], ..Grants::default() };
    let wide = Limits { memory_bytes: 1 << 30, cpu_ms_per_page: 20_000, wall_ms_per_page: 30_000, ..narrow() };
    for (what, code) in
        [("huge-page", "plugin.transfer"), ("huge-string", "plugin.transfer"), ("huge-log", "plugin.transfer")]
    {
        let error = pull(&lab, &plugin, "own", json!({ "do": what }), &grants, &wide).await.expect_err(what);
        assert_eq!(error.code, code, "{what}: {error:?}");
    }
    let lifted = Limits { transfer_bytes: 1 << 30, ..wide.clone() };
    for (what, code) in [("huge-page", "plugin.page-rows"), ("huge-string", "plugin.page-bytes")] {
        let error = pull(&lab, &plugin, "own", json!({ "do": what }), &grants, &lifted).await.expect_err(what);
        assert_eq!(error.code, code, "{what}: {error:?}");
    }
    // A source that never answers, and a request that may take longer than the page.
    let patient = Limits { http_ms: 60_000, wall_ms_per_page: 600, ..narrow() };
    let settings = json!({ "do": "wait-in-host", "url": silent });
    let error = pull(&lab, &plugin, "own", settings, &grants, &patient).await.expect_err("waits for ever");
    assert_eq!(error.code, "plugin.wall-time");
    assert!(error.retryable, "the source may be quicker next time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_lines_is_counted_and_dropped_and_the_page_arrives() {
    let lab = Lab::new(deps());
    let plugin = lab.install(hostile()).await.expect("admitted");
    let limits = narrow();
    let session = lab
        .host
        .open(&plugin, "own", &json!({ "do": "log-flood" }), &Grants::default(), &limits, "run", None, "")
        .await
        .expect("open");
    let got = session.next(10).await.expect("a page");
    assert_eq!((got.page.rows.len(), got.log_dropped), (1, 4_990));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_sees_no_environment_no_files_and_no_network() {
    let lab = Lab::new(deps());
    // Built with what the standard library uses for files and sockets: it is refused before anything of it runs.
    let error = lab.install(guest("guest-reaching")).await.expect_err("refused");
    assert_eq!(error.code, "plugin.import");
    let plugin = lab.install(hostile()).await.expect("admitted");
    let error = pull(&lab, &plugin, "own", json!({ "do": "env" }), &Grants::default(), &narrow()).await;
    let error = error.expect_err("it says what it saw");
    assert_eq!((error.code.as_str(), error.message.as_str()), ("seen", "[]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_granted_is_reached_by_whatever_spelling() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let forbidden = source(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        http(200, "", b"treasure")
    })
    .await;
    let target = forbidden.clone();
    let granted = source(move |request| {
        if request.starts_with("GET /away ") {
            http(302, &format!("Location: {target}/x\r\n"), b"")
        } else if request.starts_with("GET /link-local ") {
            http(302, "Location: http://169.254.169.254/latest\r\n", b"")
        } else {
            http(200, "", request.lines().next().unwrap_or_default().as_bytes())
        }
    })
    .await;
    let port: u16 = granted.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
    let mut lent = deps();
    lent.resolver = Some(Arc::new(|name: String, port: u16| {
        Box::pin(async move {
            let ip: std::net::IpAddr = match name.as_str() {
                "inside.example" => "127.0.0.1".parse().expect("an address"),
                "mapped.example" => "::ffff:127.0.0.1".parse().expect("an address"),
                "metadata.example" => "169.254.169.254".parse().expect("an address"),
                _ => return Err(std::io::Error::other("unknown name")),
            };
            Ok(vec![std::net::SocketAddr::new(ip, port)])
        })
    }));
    let lab = Lab::new(lent);
    let plugin = lab.install(hostile()).await.expect("admitted");
    let grant = |origin: &str, private: bool| HttpGrant { origin: origin.to_owned(), private };
    let grants = Grants {
        http: vec![
            grant(&granted, true),
            grant("http://127.0.0.2:80", false),
            grant(&format!("http://inside.example:{port}"), false),
            grant(&format!("http://mapped.example:{port}"), false),
            grant(&format!("http://metadata.example:{port}"), true),
            grant("http://169.254.169.254", true),
        ],
        ..Grants::default()
    };
    let limits = narrow();
    let get = |url: String| {
        let (lab, plugin, grants, limits) = (&lab, &plugin, &grants, &limits);
        async move {
            let settings = json!({ "do": "get", "url": url });
            pull(lab, plugin, "own", settings, grants, limits).await.expect_err("it says what it saw")
        }
    };
    let seen = get(format!("{granted}/records?a=1")).await;
    assert_eq!((seen.code.as_str(), seen.message.as_str()), ("seen", "200 GET /records?a=1 HTTP/1.1"));
    let bare = forbidden.trim_start_matches("http://");
    for (url, code) in [
        // By name, by address, in other notations of the same address.
        ("http://evil.example/".to_owned(), "http.denied"),
        (format!("{forbidden}/"), "http.denied"),
        (format!("http://2130706433:{}/", bare.rsplit(':').next().unwrap_or_default()), "http.denied"),
        (format!("http://0x7f.1:{}/", bare.rsplit(':').next().unwrap_or_default()), "http.denied"),
        (format!("http://[::ffff:127.0.0.1]:{}/", bare.rsplit(':').next().unwrap_or_default()), "http.denied"),
        // The right host with another scheme or port.
        (granted.replace("http:", "https:"), "http.denied"),
        ("http://127.0.0.1:1/".to_owned(), "http.denied"),
        // A granted name before an @, and backslashes that some parsers take for slashes.
        (format!("http://{}@{bare}/", granted.trim_start_matches("http://").replace(':', "%3A")), "http.invalid"),
        (format!("{granted}\\@{bare}/"), "seen"),
        ("file:///etc/passwd".to_owned(), "http.invalid"),
        ("//evil.example/".to_owned(), "http.invalid"),
        // By redirect: it is not followed, and following it oneself is another request.
        (format!("{granted}/away"), "http.denied"),
        (format!("{granted}/link-local"), "http.denied"),
        // A private address without the grant for it, as itself and behind a name.
        ("http://127.0.0.2:80/".to_owned(), "http.denied"),
        (format!("http://inside.example:{port}/"), "http.denied"),
        (format!("http://mapped.example:{port}/"), "http.denied"),
        // Link-local: never, whatever is granted.
        (format!("http://metadata.example:{port}/"), "http.denied"),
        ("http://169.254.169.254/latest".to_owned(), "http.denied"),
        // An absolute form in the path stays a path of the granted host.
        (format!("{granted}/{forbidden}/"), "seen"),
    ] {
        let error = get(url.clone()).await;
        assert_eq!(error.code, code, "{url}: {error:?}");
        assert!(!error.message.contains("treasure"), "{url}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody ever reached the other host");
    let header = json!({ "do": "header", "url": granted });
    let error = pull(&lab, &plugin, "own", header, &grants, &limits).await.expect_err("a header of its own");
    assert_eq!(error.code, "http.invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_databases_and_files_of_others_stay_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("drop")).expect("a folder");
    std::fs::write(folder.path().join("drop/a.csv"), "mine").expect("written");
    std::fs::write(folder.path().join("outside"), "not yours").expect("written");
    std::os::unix::fs::symlink(folder.path().join("outside"), folder.path().join("drop/link")).expect("a link");
    let echo = source(|request| {
        let authorization = request.lines().find(|l| l.to_ascii_lowercase().starts_with("authorization"));
        http(200, "", authorization.unwrap_or("nothing").as_bytes())
    })
    .await;
    let lab = Lab::new(deps());
    let plugin = lab.install(hostile()).await.expect("admitted");
    let source = folder.path().join("source.db");
    let grants = Grants {
        http: vec![HttpGrant { origin: echo.clone(), private: true }],
        // The county's mistake: a name is granted that is another department's.
        secrets: vec!["own".to_owned(), "foreign".to_owned()],
        database: [("db".to_owned(), DatabaseGrant { url: format!("sqlite:{}", source.display()), secret: None })]
            .into(),
        files: [("drop".to_owned(), FileGrant { path: folder.path().join("drop") })].into(),
    };
    let limits = narrow();
    let ask = |settings: Value| {
        let (lab, plugin, grants, limits) = (&lab, &plugin, &grants, &limits);
        async move { pull(lab, plugin, "own", settings, grants, limits).await.expect_err("it says what it saw") }
    };
    let seen = ask(json!({ "do": "secret", "secret": "own", "url": echo })).await;
    assert_eq!(seen.message.to_ascii_lowercase(), "authorization: bearer own-value", "the host puts it in");
    for name in ["foreign", "unknown", "../other/foreign"] {
        let error = ask(json!({ "do": "secret", "secret": name, "url": echo })).await;
        assert_eq!(error.code, "secret.not-granted", "{name}");
    }
    let error = ask(json!({ "do": "database", "name": "other", "sql": "SELECT 1" })).await;
    assert_eq!(error.code, "database.not-granted");
    assert_eq!(ask(json!({ "do": "file", "name": "drop", "file": "a.csv" })).await.message, "mine");
    for file in ["../outside", "link", "/etc/passwd", "drop/../../outside", "", ".."] {
        let error = ask(json!({ "do": "file", "name": "drop", "file": file })).await;
        assert_eq!(error.code, "files.unreadable", "{file}");
    }
    let error = ask(json!({ "do": "file", "name": "elsewhere", "file": "a.csv" })).await;
    assert_eq!(error.code, "files.not-granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_only_for_what_it_says_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = Lab::with(HostConfig { cache: Some(folder.path().to_owned()), threads: 2 }, deps());
    let bare = guest("guest-hostile");
    let good = hostile();
    let manifest = |from: &str, to: &str| {
        let text = GREEDY.replace(from, to);
        assert_ne!(text, GREEDY);
        with_manifest(bare.clone(), &text)
    };
    let module = {
        // The smallest core module there is.
        vec![0, b'a', b's', b'm', 1, 0, 0, 0]
    };
    // What the cache holds is machine code of this very host; as a plugin it is refused.
    lab.install(good.clone()).await.expect("admitted");
    let compiled = std::fs::read_dir(folder.path())
        .expect("the cache")
        .filter_map(Result::ok)
        .find(|e| e.path().extension().is_some_and(|x| x == "cwasm"))
        .map(|e| std::fs::read(e.path()).expect("read"))
        .expect("compiled");
    for (what, bytes, code) in [
        ("another contract", manifest("contract = \"1.0\"", "contract = \"2.0\""), "plugin.contract"),
        ("a newer contract", manifest("contract = \"1.0\"", "contract = \"1.1\""), "plugin.contract"),
        ("no contract", manifest("contract = \"1.0\"", "contract = \"one\""), "plugin.contract"),
        ("says standard, is connector", manifest("\"connector\"", "\"standard\""), "plugin.manifest-lies"),
        ("uses http, does not ask", manifest("http = [\"*\"]", ""), "plugin.manifest-lies"),
        ("uses files, does not ask", manifest("files = [\"*\"]", ""), "plugin.manifest-lies"),
        ("uses a database, does not ask", manifest("database = [\"*\"]", ""), "plugin.manifest-lies"),
        ("a key nobody knows", manifest("kind", "unknown = 1\nkind"), "plugin.manifest"),
        ("a name that is a path", manifest("\"hostile\"", "\"../hostile\""), "plugin.manifest"),
        ("no manifest", bare.clone(), "plugin.manifest"),
        ("two manifests", with_manifest(good.clone(), GREEDY), "plugin.manifest"),
        ("cut off", good[..good.len() / 2].to_vec(), "plugin.not-wasm"),
        ("a text", b"<html>not found</html>".to_vec(), "plugin.not-wasm"),
        ("a core module", module, "plugin.not-component"),
        ("machine code", compiled[32..].to_vec(), "plugin.precompiled"),
        ("200 MiB", vec![0; 200 << 20], "plugin.size"),
    ] {
        let error = lab.install(bytes).await.expect_err(what);
        assert_eq!(error.code, code, "{what}: {error:?}");
    }
    let mut strangers = daylight_host::TrustStore::default();
    strangers.add("stranger", &daylight_host::generate_key([9; 32]).1).expect("a key");
    let signature = lab.sign(&good);
    let unknown = lab.host.admit(good.clone(), &signature, &strangers).expect_err("signed by an unknown key");
    let mut touched = good.clone();
    *touched.last_mut().expect("bytes") ^= 1;
    let changed = lab.host.admit(touched, &signature, &lab.trust).expect_err("changed after it was signed");
    let garbled = lab.host.admit(good.clone(), "zz", &lab.trust).expect_err("not a signature");
    for error in [unknown, changed, garbled] {
        assert_eq!(error.code, "plugin.signature");
    }
    // A cache that was tampered with is not run: the seal does not fit, and it is compiled anew.
    for entry in std::fs::read_dir(folder.path()).expect("the cache").filter_map(Result::ok) {
        if entry.path().extension().is_some_and(|x| x == "cwasm") {
            let mut bytes = compiled.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            std::fs::write(entry.path(), bytes).expect("tampered");
        }
    }
    let plugin = lab.install(good).await.expect("compiled anew");
    let rows = pull(&lab, &plugin, "own", json!({ "do": "good" }), &Grants::default(), &narrow()).await;
    assert_eq!(rows, Ok(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_is_stopped_by_its_fuel_and_sees_no_clock() {
    let lab = Lab::new(deps());
    let manifest = "name = \"hostile-standard\"\nversion = \"1.0.0\"\nkind = \"standard\"\ncontract = \"1.0\"\n";
    let plugin = lab.install(with_manifest(guest("guest-hostile-standard"), manifest)).await.expect("admitted");
    let input = daylight_domain::score::Assessment::default();
    let ask = |what: &'static str| {
        let (lab, plugin, input) = (&lab, &plugin, &input);
        async move {
            lab.host.assess(plugin, &json!({ "do": what }), input, &narrow_standard()).await.expect_err("it is stopped")
        }
    };
    for (what, code) in [
        ("loop", "plugin.fuel"),
        ("loop-in-host", "plugin.fuel"),
        ("memory", "plugin.memory"),
        ("trap", "plugin.trap"),
        ("huge", "plugin.memory"),
    ] {
        let error = ask(what).await;
        assert_eq!(error.code, code, "{what}: {error:?}");
    }
    let (first, again) = (ask("clock").await, ask("clock").await);
    assert_eq!(first, again, "no clock and no randomness");
    assert!(first.message.starts_with("0ns 0ns "), "{}", first.message);
}
