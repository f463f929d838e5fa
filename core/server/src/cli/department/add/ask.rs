//! Questions on a terminal, or through a pipe: a line out, a line in. What does not fit is asked again, with the reason.

use crate::kit::add::{Given, Question, from_text, questions};
use crate::problem::Problem;
use daylight_host::{Asks, Grants};
use serde_json::{Map, Value};
use std::io::{BufRead, Write};

/// Who asks.
pub(super) struct Asker<'a> {
    input: &'a mut dyn BufRead,
    output: &'a mut dyn Write,
}

impl<'a> Asker<'a> {
    /// Over a pair of streams.
    pub(super) fn new(input: &'a mut dyn BufRead, output: &'a mut dyn Write) -> Self {
        Self { input, output }
    }

    fn say(&mut self, text: &str) {
        // Who closed the terminal reads nothing any more.
        let _ = write!(self.output, "{text}");
        let _ = self.output.flush();
    }

    /// One line; nothing more to read is no answer.
    fn line(&mut self, prompt: &str) -> Result<String, Problem> {
        self.say(&format!("{prompt} "));
        let mut line = String::new();
        let ended = || Problem::new("add.ended", "回答在中途结束").fix("逐项回答，或用 --set、--draft 给出");
        match self.input.read_line(&mut line) {
            Ok(0) | Err(_) => Err(ended()),
            Ok(_) => Ok(line.trim().to_owned()),
        }
    }

    /// A text that passes a check.
    pub(super) fn text(
        &mut self,
        what: &str,
        check: &dyn Fn(&str) -> Result<String, Problem>,
    ) -> Result<String, Problem> {
        loop {
            let line = self.line(&format!("{what}："))?;
            match check(&line) {
                Ok(text) => return Ok(text),
                Err(problem) => self.refuse(&problem),
            }
        }
    }

    fn refuse(&mut self, problem: &Problem) {
        let fix = problem.fix.as_ref().map(|f| format!("（{f}）")).unwrap_or_default();
        self.say(&format!("  {}{fix}\n", problem.message));
    }

    /// One of several, by number or name.
    pub(super) fn choose(&mut self, what: &str, all: &[(String, String)]) -> Result<String, Problem> {
        self.say(&format!("{what}：\n"));
        for (at, (name, words)) in all.iter().enumerate() {
            self.say(&format!("  {} {name}  {words}\n", at + 1));
        }
        loop {
            let line = self.line("选择（编号或名称）：")?;
            let by_number = line.parse::<usize>().ok().and_then(|n| all.get(n.checked_sub(1)?));
            match by_number.or_else(|| all.iter().find(|(name, _)| *name == line)) {
                Some((name, _)) => return Ok(name.clone()),
                // A vendor's plugin that is installed is named as it is.
                None if !line.is_empty() && line.parse::<usize>().is_err() => return Ok(line),
                None => self.say("  请写列出的编号，或已安装插件的名称\n"),
            }
        }
    }

    /// Every setting that is not there yet.
    pub(super) fn settings(&mut self, schema: &Value, settings: &mut Map<String, Value>) -> Result<(), Problem> {
        for question in questions(schema) {
            if !settings.contains_key(&question.name)
                && let Some(value) = self.setting(&question)?
            {
                settings.insert(question.name.clone(), value);
            }
        }
        Ok(())
    }

    /// One setting; an empty answer is the default, or none.
    fn setting(&mut self, question: &Question) -> Result<Option<Value>, Problem> {
        if let Some(variants) = question.schema.get("oneOf").and_then(Value::as_array)
            && let Some(chosen) = self.variant(question, variants)?
        {
            return Ok(chosen);
        }
        let mut prompt = question.name.clone();
        if !question.description.is_empty() {
            prompt.push_str(&format!("  {}", question.description));
        }
        if !question.choices.is_empty() {
            prompt.push_str(&format!("［{}］", question.choices.join("｜")));
        }
        match (&question.default, question.required) {
            (Some(default), _) => prompt.push_str(&format!("（缺省 {default}）")),
            (None, true) => prompt.push_str("（必填）"),
            (None, false) => prompt.push_str("（可空）"),
        }
        if matches!(question.schema.get("type").and_then(Value::as_str), Some("array" | "object")) {
            prompt.push_str("［JSON、TOML 或 @文件］");
        }
        loop {
            let line = self.line(&format!("{prompt}："))?;
            if line.is_empty() {
                if !question.required || question.default.is_some() {
                    return Ok(question.default.clone());
                }
                self.say("  这一项必填\n");
                continue;
            }
            match from_text(&question.name, &question.schema, &line) {
                Ok(value) => return Ok(Some(value)),
                Err(problem) => self.refuse(&problem),
            }
        }
    }

    /// A setting that is one of several tables, told apart by a fixed value: the kind is chosen, then its own properties are asked.
    fn variant(&mut self, question: &Question, variants: &[Value]) -> Result<Option<Option<Value>>, Problem> {
        let fixed = |variant: &Value| {
            variant
                .get("properties")?
                .as_object()?
                .iter()
                .find_map(|(name, one)| Some((name.clone(), one.get("const")?.as_str()?.to_owned())))
        };
        let all: Option<Vec<(String, String)>> = variants.iter().map(fixed).collect();
        let Some(all) = all else { return Ok(None) };
        let words: Vec<&str> = all.iter().map(|(_, word)| word.as_str()).collect();
        let optional = if question.required { "（必填）" } else { "（可空）" };
        let prompt = format!("{}  {}［{}］{optional}：", question.name, question.description, words.join("｜"));
        loop {
            let line = self.line(&prompt)?;
            if line.is_empty() && !question.required {
                return Ok(Some(None));
            }
            let at = words.iter().position(|word| *word == line);
            let Some(((key, word), variant)) = at.and_then(|at| all.get(at).zip(variants.get(at))) else {
                self.say(&format!("  应为 {} 之一\n", words.join("、")));
                continue;
            };
            let mut table = Map::new();
            table.insert(key.clone(), Value::String(word.clone()));
            self.settings(variant, &mut table)?;
            return Ok(Some(Some(Value::Object(table))));
        }
    }

    /// Databases and folders that settings name and nobody granted yet.
    pub(super) fn grants(
        &mut self,
        asks: &Asks,
        settings: &Map<String, Value>,
        already: &Grants,
        given: &mut Given,
    ) -> Result<(), Problem> {
        let named = |key: &str| settings.get(key).and_then(Value::as_str).map(str::to_owned);
        let full = |text: &str| match text {
            "" => Err(Problem::new("add.missing", "这一项必填")),
            text => Ok(text.to_owned()),
        };
        let database = named("database").filter(|_| !asks.database.is_empty());
        if let Some(name) = database.filter(|n| !given.databases.contains_key(n) && !already.database.contains_key(n)) {
            let url =
                self.text(&format!("数据库“{name}”的地址（mysql:、postgres:、sqlite:，密码写作 {{secret}}）"), &full)?;
            given.databases.insert(name, url);
        }
        let folder = named("folder").filter(|_| !asks.files.is_empty());
        if let Some(name) = folder.filter(|n| !given.folders.contains_key(n) && !already.files.contains_key(n)) {
            let path = self.text(&format!("投递文件夹“{name}”的路径"), &full)?;
            given.folders.insert(name, path.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answered(answers: &str, schema: &Value) -> (Result<Map<String, Value>, Problem>, String) {
        let (mut input, mut output) = (answers.as_bytes(), Vec::new());
        let mut settings = Map::new();
        let done = Asker::new(&mut input, &mut output).settings(schema, &mut settings);
        (done.map(|()| settings), String::from_utf8(output).expect("text"))
    }

    #[test]
    fn what_does_not_fit_is_asked_again_with_the_reason() {
        let schema = json!({
            "required": ["base_url"],
            "properties": {
                "base_url": { "type": "string", "pattern": "^https?://", "description": "地址" },
                "size": { "type": "integer", "default": 200 },
                "auth": { "oneOf": [
                    { "properties": { "kind": { "const": "none" } } },
                    { "required": ["secret"], "properties": { "kind": { "const": "bearer" }, "secret": { "type": "string" } } }
                ] }
            }
        });
        let (settings, said) = answered("\nftp://x\nhttp://x\nmagic\nbearer\ntoken\n\n", &schema);
        let whole = json!({ "base_url": "http://x", "auth": { "kind": "bearer", "secret": "token" }, "size": 200 });
        assert_eq!(Value::Object(settings.expect("answers")), whole);
        for words in ["base_url  地址（必填）", "必填\n", "^https?://", "none、bearer 之一", "缺省 200"] {
            assert!(said.contains(words), "{words} in {said}");
        }
        let (ended, _) = answered("", &schema);
        assert_eq!(ended.map_err(|p| p.code).expect_err("no answers"), "add.ended");
    }
}
