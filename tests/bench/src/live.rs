//! From a push over HTTP to the card in the live stream: a server in a process of its own, departments that push batches as
//! vendors do, and one who listens to `GET /api/v1/events`.

use crate::{option, percentiles, usage};
use anyhow::{Context, Result, anyhow, bail};
use daylight::app::App;
use daylight::clock::SystemClock;
use daylight::config::load;
use daylight::demo::place::write_sample;
use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use daylight_store::{TokenKind, TokenRow, UserRow};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const SECRET: &str = "secret of the bench";
/// Of so many records one gives a card: a refusal to accept that says too little (P-01).
const ONE_IN: u64 = 50;

/// The server: prints where it listens, and ends with its standard input.
pub async fn serve(dir: &Path) -> Result<Value> {
    let now = SystemClock.now();
    let loaded =
        load(&dir.join("config"), now).map_err(|p| anyhow!("{:?}", p.iter().map(|p| p.line()).collect::<Vec<_>>()))?;
    let app = App::open(loaded, Arc::new(SystemClock)).await.map_err(|e| anyhow!(e.line()))?;
    let user =
        UserRow { name: "bench".into(), role: "vendor".into(), department: None, created_at: now, disabled_at: None };
    app.store.put_user(&user, None).await?;
    app.store
        .put_token(
            &TokenRow {
                id: "bench".into(),
                hash: daylight::api::token_hash(SECRET),
                name: "bench".into(),
                user: "bench".into(),
                scopes: vec!["read".into(), "push".into()],
                department: None,
                created_at: now,
                expires_at: now.plus_ms(86_400_000),
                revoked_at: None,
                kind: TokenKind::Token,
                used_at: None,
            },
            None,
        )
        .await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let jobs = tokio::spawn(daylight::jobs::run(Arc::clone(&app), std::future::pending()));
    let house = Arc::clone(&app);
    let server = tokio::spawn(daylight::api::serve(house, listener, std::future::pending()));
    let mut end = String::new();
    tokio::io::stdin().read_to_string(&mut end).await?;
    server.abort();
    jobs.abort();
    let _ = jobs.await;
    app.close().await;
    let used = usage::used();
    Ok(json!({ "server_cpu_s": (used.cpu_s * 100.0).round() / 100.0, "server_peak_mb": used.peak_mb }))
}

/// One connection that is kept: a request and its whole answer.
struct Line {
    stream: BufReader<TcpStream>,
}

impl Line {
    async fn to(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    async fn post(&mut self, path: &str, body: &str) -> Result<String> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {SECRET}\r\nContent-Type: application/x-ndjson\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.stream.write_all((head + body).as_bytes()).await?;
        let (mut line, mut length, mut status) = (String::new(), 0usize, String::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            if status.is_empty() {
                status = line.trim().to_owned();
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        let answer = String::from_utf8(answer)?;
        anyhow::ensure!(status.contains(" 200 "), "{status} {answer}");
        Ok(answer)
    }
}

/// When a case's batch was sent, when its receipt was back, when its card was heard of.
#[derive(Clone, Copy)]
struct Times {
    sent: Instant,
    receipt: Option<Instant>,
    heard: Option<Instant>,
    /// From the card's own time, which is when its batch was taken in and before it was committed, to its being heard.
    since_taken_ms: f64,
}

type Book = Arc<Mutex<HashMap<String, Times>>>;

fn records(department: u64, batch: u64, n: u64, book: &Book) -> Result<(String, Vec<String>)> {
    let at = SystemClock.now();
    let (mut body, mut carded) = (String::new(), Vec::new());
    for i in 0..n {
        let number = batch * n + i;
        let case = format!("L{department:02}-{:07}", number / 5);
        let kind = ["apply", "receive", "accept", "step", "finish"][usize::try_from(number % 5)?];
        let (case, kind, more) = if number % ONE_IN == 7 {
            let case = format!("R{department:02}-{number:07}");
            carded.push(case.clone());
            (case, "reject", ",\"reason\":\"材料不符\",\"accept_doc_no\":\"不受1号\"")
        } else {
            let more = match kind {
                "step" => ",\"step\":\"承办\",\"staff\":\"经办甲\",\"started_at\":\"{at}\",\"ended_at\":\"{at}\"",
                "finish" => ",\"finish_type\":\"withdrawn\",\"reason\":\"申请人主动提出，已书面确认\"",
                _ => ",\"accept_doc_no\":\"受1号\"",
            };
            (case, kind, more)
        };
        writeln!(
            body,
            "{{\"type\":\"{kind}\",\"case_no\":\"{case}\",\"item_code\":\"d{department:02}-LIVE\",\
             \"source_key\":\"{case}-{kind}\",\"event_time\":\"{at}\"{}}}",
            more.replace("{at}", &at.rfc3339())
        )?;
    }
    let mut book = book.lock().map_err(|_| anyhow!("a broken lock"))?;
    let sent = Instant::now();
    for case in &carded {
        book.insert(case.clone(), Times { sent, receipt: None, heard: None, since_taken_ms: 0.0 });
    }
    Ok((body, carded))
}

/// A department that pushes a batch every so often.
async fn push(address: String, department: u64, batches: u64, n: u64, every: Duration, book: Book) -> Result<Vec<f64>> {
    let mut line = Line::to(&address).await?;
    let start = tokio::time::Instant::now() + every.mul_f64(department as f64 / 20.0 % 1.0);
    let mut beat = tokio::time::interval_at(start, every);
    let mut times = Vec::new();
    for batch in 0..batches {
        beat.tick().await;
        let (body, carded) = records(department, batch, n, &book)?;
        let begun = Instant::now();
        let answer = line.post(&format!("/api/v1/exchange/d{department:02}/batches"), &body).await?;
        let receipt = Instant::now();
        times.push((receipt - begun).as_secs_f64() * 1000.0);
        anyhow::ensure!(!answer.contains("\"rejected\"") && !answer.contains("\"waiting\""), "{answer}");
        let mut book = book.lock().map_err(|_| anyhow!("a broken lock"))?;
        for case in carded {
            book.entry(case).and_modify(|t| t.receipt = Some(receipt));
        }
    }
    Ok(times)
}

/// Listens, and notes when each case's card came.
async fn listen(address: String, book: Book) -> Result<()> {
    let mut stream = BufReader::new(TcpStream::connect(&address).await?);
    let ask = format!("GET /api/v1/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {SECRET}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            bail!("the stream ended");
        }
        let Some(data) = line.strip_prefix("data:") else { continue };
        let heard = Instant::now();
        let now = SystemClock.now();
        let event: Value = serde_json::from_str(data)?;
        let taken = event["at"].as_str().and_then(Timestamp::parse).unwrap_or(now);
        if let Some(case) = event["body"]["case_no"].as_str() {
            let mut book = book.lock().map_err(|_| anyhow!("a broken lock"))?;
            book.entry(case.to_owned()).and_modify(|t| {
                t.heard = Some(heard);
                t.since_taken_ms = (now.0 - taken.0) as f64;
            });
        }
    }
}

/// `live [--seconds N] [--rate N] [--departments N]`
pub async fn measure(rest: &[String]) -> Result<Value> {
    let (seconds, wanted) = (option(rest, "--seconds", 60)?, option(rest, "--rate", 1_000)?);
    let departments = option(rest, "--departments", 20)?;
    let folder = std::env::temp_dir().join(format!("daylight-live-{}", std::process::id()));
    let config = folder.join("config");
    write_sample(&config).map_err(|e| anyhow!(e.line()))?;
    for file in ["departments", "catalogue"] {
        for entry in std::fs::read_dir(config.join(file))? {
            std::fs::remove_file(entry?.path())?;
        }
    }
    for n in 0..departments {
        let id = format!("d{n:02}");
        let text =
            format!("id = \"{id}\"\nname = \"部门{n:02}\"\nphase = \"live\"\nsupervised_since = \"2026-01-01\"\n");
        std::fs::write(config.join(format!("departments/{id}.toml")), text)?;
        let item = format!(
            "[[item]]\ncode = \"{id}-LIVE\"\nversion = 1\nname = \"事项{n:02}\"\ndepartment = \"{id}\"\ntask_type = \"01\"\n\
             handle_type = \"promised\"\nlegal_limit = {{ value = 20, unit = \"working_day\" }}\n\
             promise_limit = {{ value = 7, unit = \"working_day\" }}\nlegal_basis = \"示例\"\nis_fee = false\n\
             result_kind = \"certificate\"\nvalid_from = \"2008-01-01\"\n"
        );
        std::fs::write(config.join(format!("catalogue/{id}.toml")), item)?;
    }
    let mut server = tokio::process::Command::new(std::env::current_exe()?)
        .arg("live-serve")
        .arg(&folder)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut said = BufReader::new(server.stdout.take().context("its words")?).lines();
    let address = said.next_line().await?.context("an address")?;
    let book: Book = Book::default();
    let ear = tokio::spawn(listen(address.clone(), Arc::clone(&book)));
    // Who says nothing of where it was begins with the present: it must be there before the first card.
    let mut probe = Line::to(&address).await?;
    probe.post("/api/v1/exchange/d00/batches", &records(99, 0, 1, &Book::default())?.0.replace("d99", "d00")).await?;
    let each = wanted / departments;
    let begun = Instant::now();
    let pushers: Vec<_> = (0..departments)
        .map(|n| tokio::spawn(push(address.clone(), n, seconds, each, Duration::from_secs(1), Arc::clone(&book))))
        .collect();
    let mut receipts = Vec::new();
    for one in pushers {
        receipts.extend(one.await??);
    }
    let spent = begun.elapsed().as_secs_f64();
    let all_heard = || book.lock().map(|b| b.values().all(|t| t.heard.is_some())).unwrap_or(false);
    let until = Instant::now() + Duration::from_secs(10);
    let mut look = tokio::time::interval(Duration::from_millis(20));
    while !all_heard() && Instant::now() < until && !ear.is_finished() {
        look.tick().await;
    }
    let book = book.lock().map_err(|_| anyhow!("a broken lock"))?.clone();
    let ms = |from: Instant, to: Instant| to.saturating_duration_since(from).as_secs_f64() * 1000.0;
    let from_send: Vec<f64> = book.values().filter_map(|t| Some(ms(t.sent, t.heard?))).collect();
    let from_receipt: Vec<f64> = book.values().filter_map(|t| Some(ms(t.receipt?, t.heard?))).collect();
    let from_taken: Vec<f64> = book.values().filter(|t| t.heard.is_some()).map(|t| t.since_taken_ms).collect();
    let before = book.values().filter(|t| t.receipt.zip(t.heard).is_some_and(|(r, h)| h <= r)).count();
    let unheard = book.values().filter(|t| t.heard.is_none()).count();
    drop(server.stdin.take());
    let last = said.next_line().await?.unwrap_or_default();
    server.wait().await?;
    std::fs::remove_dir_all(folder)?;
    Ok(json!({
        "what": "live", "departments": departments, "records_per_second": (receipts.len() as f64 * each as f64 / spent).round(),
        "push_ms": percentiles(receipts), "sent_to_visible_ms": percentiles(from_send),
        "taken_in_to_visible_ms": percentiles(from_taken), "receipt_to_visible_ms": percentiles(from_receipt), "heard_before_the_receipt": before, "unheard": unheard,
        "server": serde_json::from_str::<Value>(&last).unwrap_or_default(),
    }))
}
