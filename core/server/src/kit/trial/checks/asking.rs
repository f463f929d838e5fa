//! `check()`: what it says when all is well, and when something is not.

use super::super::Trial;
use super::super::report::Seen;
use super::super::stage::Lent;
use crate::problem::Problem;
use daylight_host::{CheckReport, PluginError};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Requests a check may send.
const FEW: u64 = 3;

/// What was found wrong, one code after the other; a plugin that was stopped is an error.
fn told(report: Result<CheckReport, PluginError>) -> Result<Vec<String>, PluginError> {
    match report {
        Ok(report) => Ok(report.problems.into_iter().map(|p| p.code).collect()),
        Err(e) if e.code.starts_with("plugin.") => Err(e),
        Err(e) => Ok(vec![e.code]),
    }
}

fn stopped(what: &str, e: &PluginError) -> Seen {
    Seen::fail(format!("{what}：插件被中止，{}：{}", e.code, e.message), format!("the plugin was stopped: {}", e.code))
}

/// Names of the files in a folder.
fn files(folder: &Path) -> BTreeSet<std::ffi::OsString> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.file_name()).collect()
}

/// A value of another type.
fn other(value: &Value) -> Value {
    match value {
        Value::String(_) => 12_345.into(),
        _ => "错误的值".into(),
    }
}

impl Trial<'_> {
    pub(super) async fn check_good(&mut self) -> Result<Seen, Problem> {
        let stage = self.plain().await?;
        Ok(match told(self.bench.check(&stage.lent()).await) {
            Ok(codes) if codes.is_empty() => Seen::pass("没有问题", "no problem"),
            Ok(codes) => {
                let all = codes.join(", ");
                Seen::fail(format!("报出：{all}"), format!("it told: {all}"))
            }
            Err(e) => stopped("设置正确", &e),
        })
    }

    pub(super) async fn check_light(&mut self) -> Result<Seen, Problem> {
        let stage = self.plain().await?;
        let (before, there) = (stage.asked(), stage.folder().map(|f| files(&f)));
        let _ = self.bench.check(&stage.lent()).await;
        if there != stage.folder().map(|f| files(&f)) {
            return Ok(Seen::fail("检查移走了文件", "the check took files away"));
        }
        let n = stage.asked().saturating_sub(before);
        if n > FEW {
            return Ok(Seen::fail(format!("检查向来源请求 {n} 次"), format!("the check asked the source {n} times")));
        }
        Ok(Seen::pass(format!("向来源请求 {n} 次"), format!("{n} requests")))
    }

    pub(super) async fn check_settings(&mut self) -> Result<Seen, Problem> {
        let stage = self.plain().await?;
        let lent = stage.lent();
        if lent.settings.is_empty() {
            return Ok(Seen::skip("没有设置", "there are no settings"));
        }
        let mut silent = Vec::new();
        for (name, value) in &lent.settings {
            let mut wrong = lent.clone();
            wrong.settings.insert(name.clone(), other(value));
            match told(self.bench.check(&wrong).await) {
                Ok(codes) if codes.is_empty() => silent.push(name.clone()),
                Ok(_) => {}
                Err(e) => return Ok(stopped(&format!("设置 {name} 的类型不对"), &e)),
            }
        }
        if silent.is_empty() {
            let n = lent.settings.len();
            return Ok(Seen::pass(
                format!("{n} 项逐一换成错误类型，都被指出"),
                format!("each of {n} wrong values was named"),
            ));
        }
        let all = silent.join(", ");
        Ok(Seen::fail(format!("类型不对也没有指出：{all}"), format!("wrong and not named: {all}")))
    }

    pub(super) async fn check_secret(&mut self) -> Result<Seen, Problem> {
        if self.ground.profile.secret.is_none() || !self.ground.profile.is_http() {
            return Ok(Seen::skip("来源不用密钥", "the source asks for no secret"));
        }
        if !self.ground.is_fake() {
            return Ok(recorded_secret());
        }
        let stage = self.plain().await?;
        let mut lent = stage.lent();
        lent.secret = lent.secret.map(|(name, _)| (name, "wrong-secret".to_owned()));
        Ok(refused(told(self.bench.check(&lent).await)))
    }

    pub(super) async fn check_unreachable(&mut self) -> Result<Seen, Problem> {
        let nowhere: Lent = self.ground.nowhere().await?;
        Ok(match told(self.bench.check(&nowhere).await) {
            Ok(codes) if codes.is_empty() => Seen::fail("没有报出任何问题", "it told nothing"),
            Ok(codes) => {
                let all = codes.join(", ");
                Seen::pass(format!("报出：{all}"), format!("it told: {all}"))
            }
            Err(e) => stopped("来源不可达", &e),
        })
    }
}

fn recorded_secret() -> Seen {
    Seen::skip("录制的来源不核对密钥", "a recording does not look at secrets")
}

fn refused(told: Result<Vec<String>, PluginError>) -> Seen {
    match told {
        Ok(codes) if codes.iter().any(|c| c == "source.refused") => {
            Seen::pass("报出 source.refused", "it told source.refused")
        }
        Ok(codes) if codes.is_empty() => Seen::fail("没有报出任何问题", "it told nothing"),
        Ok(codes) => {
            let all = codes.join(", ");
            Seen::fail(format!("报出的是：{all}"), format!("it told {all} instead"))
        }
        Err(e) => stopped("密钥错误", &e),
    }
}
