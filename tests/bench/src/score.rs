//! What scoring costs: a year of forty departments and a million cases through each standard, month by month, in the sandbox; and the
//! same standard compiled for this machine, on the same inputs in the same run. The standards' own sources are compiled in here: what
//! they say needs no component.

use crate::usage;
use anyhow::{Result, anyhow, bail};
use daylight_domain::score::{Assessment, FindingGroup};
use daylight_host::{StandardLimits, TrustStore};
use daylight_standard::Standard;
use daylight_tests::golden::make::{Dice, one};
use daylight_tests::{Lab, deps};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

#[path = "../../../plugins/standards/classic-9/src/rules/mod.rs"]
mod classic_9;
#[path = "../../../plugins/standards/county-2025/src/rules/mod.rs"]
mod county_2025;
#[path = "../../../plugins/standards/ningbo-6/src/rules/mod.rs"]
mod ningbo_6;
#[path = "../../../plugins/standards/table-standard/src/rules/mod.rs"]
mod table_standard;

const STANDARDS: [&str; 4] = ["county-2025", "classic-9", "ningbo-6", "table-standard"];
const MONTHS: u64 = 12;
/// Case numbers of a group of findings: the most there can be.
const NAMED: u64 = 200;
const RULES: [(&str, u8); 12] = [
    ("D-02", 1),
    ("D-10", 1),
    ("F-01", 3),
    ("P-01", 2),
    ("P-03", 2),
    ("P-07", 2),
    ("S-11", 2),
    ("T-02", 2),
    ("T-03", 3),
    ("T-05", 1),
    ("T-08", 2),
    ("T-09", 2),
];

/// Groups with as many case numbers as there can be, as long as real ones are.
fn groups(department: &str, period: &str) -> Vec<FindingGroup> {
    let group = |(rule, level): &(&str, u8)| FindingGroup {
        rule: (*rule).to_owned(),
        level: *level,
        count: NAMED,
        cases: (0..NAMED).map(|n| format!("3308240{department}{period}{rule}{n:06}")).collect(),
    };
    RULES.iter().map(group).collect()
}

/// Every department and month.
fn year(departments: u64, cases: u64) -> Vec<Assessment> {
    let mut dice = Dice::new(2026);
    let each = cases / departments / MONTHS;
    let mut list = Vec::new();
    for department in 1..=departments {
        for month in 1..=MONTHS {
            // The kinds that have data: ordinary, many cards, false samples, bonuses, entries, complaints.
            let kind = [0, 1, 5, 6, 7, 8, 9][usize::try_from(department % 7).unwrap_or(0)];
            let (name, period) = (format!("{department:02}"), format!("2025-{month:02}"));
            let input = one(&mut dice, &name, kind, each, each * MONTHS);
            let groups = groups(&name, &period);
            list.push(Assessment {
                period,
                findings: groups.clone(),
                evidence: groups.clone(),
                rolling_evidence: groups,
                ..input
            });
        }
    }
    list
}

/// The same input as a standard has it.
fn plain(input: &Assessment) -> daylight_standard::Assessment {
    let measure = |m: &daylight_domain::score::Measured| daylight_standard::Measure {
        name: m.name.clone(),
        value: m.value,
        denominator: m.denominator,
    };
    let group = |g: &FindingGroup| daylight_standard::FindingGroup {
        rule: g.rule.clone(),
        level: g.level,
        count: g.count,
        cases: g.cases.clone(),
    };
    let entry = |m: &daylight_domain::score::ManualEntry| daylight_standard::ManualEntry {
        indicator: m.indicator.clone(),
        points: m.points,
        reason: m.reason.clone(),
        document: m.document.clone(),
    };
    daylight_standard::Assessment {
        department: input.department.clone(),
        period: input.period.clone(),
        measures: input.measures.iter().map(measure).collect(),
        rolling: input.rolling.iter().map(measure).collect(),
        findings: input.findings.iter().map(group).collect(),
        evidence: input.evidence.iter().map(group).collect(),
        rolling_evidence: input.rolling_evidence.iter().map(group).collect(),
        manual: input.manual.iter().map(entry).collect(),
    }
}

fn native(name: &str, settings: &str, input: &daylight_standard::Assessment) -> Result<i64> {
    let card = match name {
        "county-2025" => county_2025::County2025::assess(settings, input),
        "classic-9" => classic_9::Classic9::assess(settings, input),
        "ningbo-6" => ningbo_6::Ningbo6::assess(settings, input),
        _ => table_standard::TableStandard::assess(settings, input),
    };
    card.map(|c| c.total).map_err(|f| anyhow!("{}: {}", f.code, f.message))
}

/// The settings: of the table those of the sample.
fn settings(name: &str) -> Result<Value> {
    if name != "table-standard" {
        return Ok(json!({}));
    }
    let folder = std::env::temp_dir().join(format!("daylight-score-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    daylight::demo::place::write_sample(&folder)?;
    let now = daylight_domain::Timestamp::parse("2026-01-02T09:00:00+08:00").ok_or_else(|| anyhow!("a time"))?;
    let loaded = daylight::config::load(&folder, now).map_err(|e| anyhow!("{e:?}"))?;
    std::fs::remove_dir_all(&folder)?;
    loaded.main.plugins.standards.get(name).cloned().ok_or_else(|| anyhow!("no table in the sample"))
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn round(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

/// One standard, in a process of its own.
pub async fn standard(name: &str, departments: u64, cases: u64) -> Result<Value> {
    let one = daylight::plugins::bundled().iter().find(|b| b.name == name).ok_or_else(|| anyhow!("{name}?"))?;
    let lab = Lab::new(deps());
    let mut trust = TrustStore::default();
    daylight::plugins::trust_bundled(&mut trust)?;
    let plugin = lab.host.activate(lab.host.admit(one.bytes.to_vec(), one.signature, &trust)?).await?;
    let limits = StandardLimits { memory_bytes: 64 << 20, fuel: 2_000_000_000, transfer_bytes: 64 << 20 };
    let settings = settings(name)?;
    let inputs = year(departments, cases);
    let resident = usage::resident_mb();
    // Once beforehand, so that nobody pays for the first.
    lab.host.assess(&plugin, &settings, &inputs[0], &limits).await?;

    let (before, begun) = (usage::used(), Instant::now());
    let (mut calls, mut fuel, mut totals) = (Vec::new(), 0, Vec::new());
    for input in &inputs {
        let at = Instant::now();
        let (card, used) = lab.host.assess(&plugin, &settings, input, &limits).await?;
        calls.push(at.elapsed().as_secs_f64() * 1e6);
        fuel += used;
        totals.push(black_box(card).total);
    }
    let (wall, after) = (begun.elapsed().as_secs_f64(), usage::used());

    let text = settings.to_string();
    let plain: Vec<_> = inputs.iter().map(plain).collect();
    let mut own = Vec::new();
    for (input, total) in plain.iter().zip(&totals) {
        let at = Instant::now();
        let got = native(name, &text, input)?;
        own.push(at.elapsed().as_secs_f64() * 1e6);
        if black_box(got) != *total {
            bail!("{name} gives {total} in the sandbox and {got} outside");
        }
    }
    let n = u64::try_from(inputs.len())?;
    let (sandbox, outside) = (median(&mut calls), median(&mut own));
    Ok(json!({
        "standard": name, "departments": departments, "cases": cases, "calls": n,
        "wall_s": round(wall * 100.0) / 100.0, "cpu_s": round((after.cpu_s - before.cpu_s) * 100.0) / 100.0,
        "inputs_mb": resident, "peak_mb": after.peak_mb, "fuel_per_call": fuel / n.max(1),
        "sandbox_us": round(sandbox), "native_us": round(outside), "times": round(sandbox / outside),
        "overhead_us_per_call": round(sandbox - outside),
        "overhead_ns_per_case": round((sandbox - outside) * 1000.0 * n as f64 / cases as f64),
    }))
}

/// Every standard.
pub fn all(departments: u64, cases: u64) -> Result<()> {
    for name in STANDARDS {
        let one = crate::child(&["score-one", name, &departments.to_string(), &cases.to_string()])?;
        println!(
            "{name}: {} calls in {} s ({} CPU s), peak {} MB; {} µs a call in the sandbox, {} µs outside: {} times, \
             {} µs more a call, {} ns a case",
            one["calls"],
            one["wall_s"],
            one["cpu_s"],
            one["peak_mb"],
            one["sandbox_us"],
            one["native_us"],
            one["times"],
            one["overhead_us_per_call"],
            one["overhead_ns_per_case"],
        );
    }
    Ok(())
}
