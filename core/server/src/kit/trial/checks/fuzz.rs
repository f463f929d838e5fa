//! Random cursors, and random settings that obey the schema: whatever comes, the plugin answers.

use super::super::Trial;
use super::super::bench::Ask;
use super::super::report::Seen;
use super::ROWS;
use crate::kit::mock::Dice;
use crate::problem::Problem;
use daylight_domain::cell::Cursor;
use daylight_host::PluginError;
use serde_json::{Map, Value};

/// How many of each.
const TRIES: u64 = 32;
/// Texts that break what is written carelessly.
const ODD: [&str; 8] = ["", " ", "0", "-1", "%00%ff", "“阳光”\u{0}", "9999999999999999999999", "{\"a\":[[[]]]}"];

/// Random bytes, or the real cursor with some of them changed.
fn cursor(dice: &mut Dice, real: Option<&Cursor>) -> Cursor {
    let byte = |dice: &mut Dice| u8::try_from(dice.below(256)).unwrap_or(0);
    let mut bytes = match real {
        Some(Cursor(bytes)) if dice.chance(600) => bytes.clone(),
        _ => (0..dice.below(64)).map(|_| byte(dice)).collect(),
    };
    for slot in &mut bytes {
        if dice.chance(100) {
            *slot = byte(dice);
        }
    }
    Cursor(bytes)
}

/// A value changed somewhere.
fn changed(value: &Value, dice: &mut Dice) -> Value {
    match value {
        Value::String(text) if dice.chance(400) => {
            let odd = usize::try_from(dice.below(8)).unwrap_or(0);
            let mut text = if dice.chance(500) { String::new() } else { text.clone() };
            text.push_str(ODD.get(odd).copied().unwrap_or_default());
            text.into()
        }
        Value::Number(_) if dice.chance(400) => {
            let odd = [0i64, 1, -1, i64::from(u32::MAX), i64::MAX, i64::MIN];
            odd.get(usize::try_from(dice.below(6)).unwrap_or(0)).copied().unwrap_or(0).into()
        }
        Value::Bool(b) if dice.chance(400) => (!b).into(),
        Value::Array(all) => all.iter().map(|v| changed(v, dice)).collect(),
        Value::Object(all) => {
            let mut some = Map::new();
            for (k, v) in all {
                if !dice.chance(60) {
                    some.insert(k.clone(), changed(v, dice));
                }
            }
            some.into()
        }
        other => other.clone(),
    }
}

/// What stopped it, if something did.
fn stopped(what: &str, failure: Option<&PluginError>) -> Option<Seen> {
    let e = failure.filter(|e| e.code.starts_with("plugin.") && e.code != "plugin.cursor-stuck")?;
    Some(Seen::fail(format!("{what}使插件中止：{}：{}", e.code, e.message), format!("it was stopped with {}", e.code)))
}

impl Trial<'_> {
    pub(super) async fn fuzz(&mut self) -> Result<Seen, Problem> {
        let real = self.base().await?.harvest.cursor.clone();
        let mut dice = Dice::new(self.options.seed, "fuzz");
        let stage = self.plain().await?;
        let lent = stage.lent();
        for n in 0..TRIES {
            let given = cursor(&mut dice, real.as_ref());
            let got = self.bench.harvest(&lent, Ask::all(ROWS).since(Some(given.clone())).pages(1)).await;
            let what = format!("第 {n} 个随机游标（{}）", hex::encode(&given.0));
            if let Some(seen) = stopped(&what, got.failure.as_ref()) {
                return Ok(seen);
            }
        }
        let mut tried = 0;
        for _ in 0..TRIES * 40 {
            let Value::Object(settings) = changed(&Value::Object(lent.settings.clone()), &mut dice) else { continue };
            if tried == TRIES {
                break;
            }
            if self.bench.plugin.check_settings(&Value::Object(settings.clone())).is_err() {
                continue;
            }
            tried += 1;
            let what = format!("随机设置 {}", serde_json::to_string(&settings).unwrap_or_default());
            let mut odd = lent.clone();
            odd.settings = settings;
            let told = self.bench.check(&odd).await.err();
            if let Some(seen) = stopped(&what, told.as_ref()) {
                return Ok(seen);
            }
            let got = self.bench.harvest(&odd, Ask::all(ROWS).pages(1)).await;
            if let Some(seen) = stopped(&what, got.failure.as_ref()) {
                return Ok(seen);
            }
        }
        Ok(Seen::pass(
            format!("{TRIES} 个随机游标、{tried} 组随机设置，都有回答"),
            format!("{TRIES} random cursors and {tried} random settings were answered"),
        ))
    }
}
