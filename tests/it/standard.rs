//! Scoring standards: each proves itself by its own vectors, gives a golden month what a hand gives it, and says the same bytes
//! whatever else the machine does.

use daylight::plugins::{bundled, trust_bundled};
use daylight::prove::{Vector, prove, vectors_of};
use daylight_domain::score::{Assessment, Scorecard};
use daylight_host::{ActivePlugin, StandardLimits, TrustStore};
use daylight_tests::golden::hand::{self, Card};
use daylight_tests::golden::{differences, folder, make};
use daylight_tests::{GREEDY, Lab, deps, guest, with_manifest};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const STANDARDS: [&str; 4] = ["county-2025", "classic-9", "ningbo-6", "table-standard"];

fn limits() -> StandardLimits {
    StandardLimits { memory_bytes: 64 << 20, fuel: 2_000_000_000, transfer_bytes: 64 << 20 }
}

fn writing() -> bool {
    std::env::var_os("DAYLIGHT_WRITE").is_some()
}

fn bytes(name: &str) -> Vec<u8> {
    bundled().iter().find(|b| b.name == name).expect("a bundled standard").bytes.to_vec()
}

async fn standard(lab: &Lab, name: &str) -> ActivePlugin {
    let one = bundled().iter().find(|b| b.name == name).expect("a bundled standard");
    let mut trust = TrustStore::default();
    trust_bundled(&mut trust).expect("a key");
    let admitted = lab.host.admit(one.bytes.to_vec(), one.signature, &trust).expect("admitted");
    lab.host.activate(admitted).await.expect("active")
}

async fn card(lab: &Lab, plugin: &ActivePlugin, settings: &Value, input: &Assessment) -> (Scorecard, u64) {
    lab.host.assess(plugin, settings, input, &limits()).await.expect("a scorecard")
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/standards").join(name).join("vectors.json")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bundled_standard_passes_its_vectors_and_what_holds_for_all() {
    let lab = Lab::new(deps());
    for name in STANDARDS {
        let plugin = standard(&lab, name).await;
        if writing() {
            // What is to be expected is written down as it is now, for a person to read before it is checked in.
            let text = std::fs::read_to_string(source(name)).expect("vectors");
            let mut list: Vec<Vector> = serde_json::from_str(&text).expect("vectors");
            for one in &mut list {
                let answer = lab.host.assess(&plugin, &one.settings, &one.input, &limits()).await;
                one.expected = answer.ok().map(|(card, _)| card);
            }
            let text = serde_json::to_string_pretty(&list).expect("text");
            std::fs::write(source(name), text + "\n").expect("written");
            continue;
        }
        let proof = prove(&lab.host, &plugin, &bytes(name), None, &limits()).await.expect("a standard");
        let said: Vec<String> = proof.problems.iter().map(|p| format!("{}: {}", p.code, p.message)).collect();
        assert!(said.is_empty(), "{name}: {said:#?}");
        assert!(proof.vectors >= 3 && proof.tries >= 64 && proof.fuel > 0, "{name}: {proof:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_that_does_not_do_what_it_says_is_found_out() {
    let lab = Lab::new(deps());
    // The county's standard with a vector that expects a point more for one line: named with both numbers.
    let mut list = vectors_of(&bytes("county-2025")).expect("vectors");
    let expected = list[0].expected.as_mut().expect("a card");
    let line = expected.scores.iter_mut().find(|s| s.indicator == "B1").expect("a line");
    let (raw, points) = (line.raw, line.points);
    line.points += 100;
    let other = with_section("daylight:vectors", &serde_json::to_vec(&list).expect("text"));
    let plugin = standard(&lab, "county-2025").await;
    let proof = prove(&lab.host, &plugin, &other, None, &limits()).await.expect("a standard");
    let found: Vec<&str> = proof.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(proof.problems.len(), 1, "{found:?}");
    assert_eq!(proof.problems[0].code, "standard.vector");
    for part in ["B1", &format!("({raw}, {points})"), &format!("({raw}, {})", points + 100)] {
        assert!(found[0].contains(part), "{part}: {found:?}");
    }
    // One that has no vectors, no indicators, another name and no answer.
    let manifest = "name = \"hollow\"\nversion = \"1.0.0\"\nkind = \"standard\"\ncontract = \"1.0\"\n";
    let hollow = with_manifest(guest("guest-hostile-standard"), manifest);
    let plugin = lab.install(hollow.clone()).await.expect("admitted");
    let proof = prove(&lab.host, &plugin, &hollow, None, &limits()).await.expect("a standard");
    for code in ["standard.vectors", "standard.describe", "standard.assess"] {
        assert!(proof.problems.iter().any(|p| p.code == code), "{code}: {:?}", proof.problems);
    }
    // A connector is no standard.
    let connector = with_manifest(guest("guest-hostile"), GREEDY);
    let plugin = lab.install(connector.clone()).await.expect("admitted");
    let refused = prove(&lab.host, &plugin, &connector, None, &limits()).await.expect_err("no standard");
    assert_eq!(refused.code, "plugin.kind");
}

/// A component of nothing but one custom section.
fn with_section(name: &str, data: &[u8]) -> Vec<u8> {
    fn number(mut n: usize, out: &mut Vec<u8>) {
        while n >= 0x80 {
            out.push(u8::try_from(n & 0x7f).expect("seven bits") | 0x80);
            n >>= 7;
        }
        out.push(u8::try_from(n).expect("seven bits"));
    }
    let mut body = Vec::new();
    number(name.len(), &mut body);
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(data);
    let mut out = b"\0asm\x0d\0\x01\0\0".to_vec();
    number(body.len(), &mut out);
    out.extend(body);
    out
}

/// The runs of the golden month: what they are called, standard, settings.
fn runs() -> [(&'static str, &'static str, Value); 4] {
    [
        ("county-2025", "county-2025", json!({})),
        ("county-2025 by volume", "county-2025", json!({ "conversion": "volume" })),
        ("classic-9", "classic-9", json!({})),
        ("ningbo-6", "ningbo-6", json!({})),
    ]
}

fn by_hand(run: &str, month: &Value) -> Card {
    match run {
        "county-2025" => hand::county(month, false),
        "county-2025 by volume" => hand::county(month, true),
        "classic-9" => hand::classic(month),
        _ => hand::ningbo(month),
    }
}

/// What a plugin said, in the shape of the hand's.
fn told(card: &Scorecard) -> Card {
    let lines = card.scores.iter().filter(|s| s.assessed).map(|s| (s.indicator.clone(), s.points));
    Card {
        lines: lines.collect(),
        beside: card.adjustments.iter().map(|a| (a.rule.clone(), a.points)).collect(),
        total: card.total,
        grade: card.grade.clone(),
    }
}

fn checked_in<T: serde::de::DeserializeOwned>(file: &str, now: &str) -> T {
    let path = folder().join(file);
    if writing() {
        std::fs::write(&path, now).expect("written");
    }
    let text = std::fs::read_to_string(&path).expect("checked in");
    serde_json::from_str(&text).expect("as it was written")
}

/// One item a line, so that a change is one line.
fn lines<'a>(items: impl Iterator<Item = &'a (impl serde::Serialize + 'a)>) -> String {
    let list: Vec<String> = items.map(|i| serde_json::to_string(i).expect("text")).collect();
    format!("[\n{}\n]\n", list.join(",\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_golden_month_has_what_a_hand_gives_it_line_by_line() {
    let made = make::departments(202_603);
    let months: Vec<Assessment> = checked_in("assessments.json", &lines(made.iter()));
    assert_eq!(months, made, "the seed gives other departments than those that were checked in");
    let worked: BTreeMap<&str, Vec<Card>> =
        runs().iter().map(|(run, _, _)| (*run, months.iter().map(|m| by_hand(run, &json!(m))).collect())).collect();
    let lab = Lab::new(deps());
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for (run, name, settings) in runs() {
        let file = format!("{}.json", run.replace(' ', "-"));
        let expected: Vec<Card> = checked_in(&file, &lines(worked[run].iter()));
        let plugin = standard(&lab, name).await;
        for ((month, expected), hand) in months.iter().zip(&expected).zip(&worked[run]) {
            let at = format!("{run} {}", month.department);
            wrong.extend(differences(&format!("{at}, checked in and by hand:"), expected, hand));
            let (got, _) = card(&lab, &plugin, &settings, month).await;
            wrong.extend(differences(&at, expected, &told(&got)));
            *seen.entry((run, expected.grade.clone())).or_insert(0) += 1;
            for line in expected.lines.keys().chain(expected.beside.keys()) {
                *seen.entry((run, line.clone())).or_insert(0) += 1;
            }
        }
        assert_eq!(expected.len(), make::DEPARTMENTS);
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    // The month is worth something only if everything happens in it.
    for (run, what) in [
        ("county-2025", "优秀"),
        ("county-2025", "良好"),
        ("county-2025", "合格"),
        ("county-2025", "不评"),
        ("county-2025", "scale"),
        ("county-2025", "cards"),
        ("county-2025", "bonus-early"),
        ("county-2025", "bonus-promise"),
        ("county-2025", "bonus-document"),
        ("county-2025", "bonus-sample"),
        ("county-2025", "bonus-self-reported"),
        ("county-2025", "grade-cap"),
        ("county-2025 by volume", "conversion"),
        ("classic-9", "incomplete-data"),
        ("classic-9", "integrity"),
        ("classic-9", "inspection"),
        ("ningbo-6", "bonus"),
    ] {
        assert!(seen.contains_key(&(run, what.to_owned())), "{run}: no {what} in the month");
    }
    let plugin = standard(&lab, "county-2025").await;
    let said = lab.host.describe(&plugin, &json!({}), &limits()).await.expect("a description");
    assert_eq!(said.indicators.len(), 26);
    for one in said.indicators {
        assert!(seen.contains_key(&("county-2025", one.id.clone())), "{} is never assessed", one.id);
    }
}

#[test]
fn the_guide_lists_every_measure_as_it_is_defined() {
    let mut table = "| 基数 | code | 数的是 | 分母 | 不计 |\n|---|---|---|---|---|\n".to_owned();
    for word in daylight_formula::MEASURES {
        let of = if word.of.zh.is_empty() { "（即其数）" } else { word.of.zh };
        let (zh, code, unit) = (word.zh, word.code, word.unit.name_zh());
        table.push_str(&format!("| {zh} | `{code}` | {}（{unit}） | {of} | {} |\n", word.what.zh, word.without.zh));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/standards/README.md");
    let text = std::fs::read_to_string(&path).expect("the guide");
    let (before, rest) = text.split_once("<!-- measures -->\n").expect("where the table begins");
    let (now, after) = rest.split_once("<!-- /measures -->\n").expect("where it ends");
    if writing() {
        let text = format!("{before}<!-- measures -->\n{table}<!-- /measures -->\n{after}");
        std::fs::write(&path, text).expect("written");
        return;
    }
    assert_eq!(now, table, "DAYLIGHT_WRITE=1 writes it anew");
}

#[test]
fn the_hand_shares_no_code_with_what_it_checks() {
    let text = include_str!("../src/golden/hand.rs");
    for name in ["daylight", "crate::", "super::", "include!"] {
        assert!(!text.contains(name), "hand.rs names {name}");
    }
}

/// SHA-256 of every card of the month by every standard, and the fuel it took.
async fn digests(lab: &Lab, months: &[Assessment]) -> Vec<(String, u64)> {
    let mut list = Vec::new();
    for (_, name, settings) in runs() {
        let plugin = standard(lab, name).await;
        for month in months {
            let (card, fuel) = card(lab, &plugin, &settings, month).await;
            let text = serde_json::to_vec(&card).expect("text");
            list.push((format!("{:x?}", Sha256::digest(&text)), fuel));
        }
    }
    list
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_input_gives_the_same_bytes_and_the_same_fuel_whatever_the_machine_does() {
    let months = &make::departments(7)[..6];
    let lab = Lab::new(deps());
    let calm = digests(&lab, months).await;
    let stop = Arc::new(AtomicBool::new(false));
    let busy: Vec<_> = (0..3_u64)
        .map(|n| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let (mut sum, mut heap) = (n, Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    for i in 0..100_000_u64 {
                        sum = sum.wrapping_mul(31).wrapping_add(i);
                    }
                    heap.push(vec![u8::try_from(sum & 0xff).expect("a byte"); 1 << 16]);
                    if heap.len() > 64 {
                        heap.clear();
                    }
                }
                sum
            })
        })
        .collect();
    // Another host, so that code is compiled anew and memory lies elsewhere.
    let other = Lab::new(deps());
    let (here, there) = tokio::join!(digests(&lab, months), digests(&other, months));
    stop.store(true, Ordering::Relaxed);
    for one in busy {
        one.join().expect("it ended");
    }
    assert_eq!(calm.len(), 24);
    assert_eq!(calm, here);
    assert_eq!(calm, there);
    let distinct: std::collections::BTreeSet<&String> = calm.iter().map(|(digest, _)| digest).collect();
    assert!(distinct.len() > 18, "the cards differ from one another");
}
