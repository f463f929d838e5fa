//! The commands as a person types them. Here, because only this package's tests are given the built program.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise, in its helpers too")]

use daylight::demo::place::write_sample;
use std::path::Path;
use std::process::{Command, Output};

/// The program itself, as a person runs it.
fn daylight(arguments: &[&str], config: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daylight"));
    command.args(arguments);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.output().expect("an answer")
}

#[test]
fn a_template_is_exported_and_never_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bulletin.docx");
    let out = file.to_str().expect("a path");
    let done = daylight(&["template", "export", "bulletin", "--out", out, "--json"], None);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let bytes = std::fs::read(&file).expect("the template");
    daylight_console::docx::Template::from_docx(&daylight_console::bulletin::LAYOUT, &bytes).expect("a template");
    let again = daylight(&["template", "export", "bulletin", "--out", out], None);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("template.out"), "{again:?}");
    assert_eq!(std::fs::read(&file).expect("the template"), bytes);
}

#[test]
fn commands_answer_with_one_json_value_and_an_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let json = |arguments: &[&str], code: i32| -> serde_json::Value {
        let done = daylight(&[arguments, &["--json"]].concat(), Some(&config));
        let text = String::from_utf8(done.stdout).expect("text");
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {text} {}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text}"))
    };
    assert_eq!(json(&["check"], 0)["errors"], 0);
    assert!(json(&["department", "list"], 0).as_array().is_some_and(|all| all.len() == 10));
    assert_eq!(json(&["backup", "list"], 0), serde_json::json!([]));
    let label = json(&["backup", "create"], 0);
    assert_eq!(json(&["backup", "verify"], 0)["label"], label);
    assert_eq!(json(&["stats", "--from", "2026-01-01", "--to", "2026-01-31"], 0)["total"]["finished"], 0);
    assert!(json(&["config", "show"], 0)["main"]["county"]["division"] == "330824");
    assert!(json(&["rules", "list"], 0).as_array().is_some_and(|all| !all.is_empty()));
    assert!(json(&["doctor"], 0)["checks"].as_array().is_some());
    // A channel is tried, and what was told is listed.
    assert_eq!(json(&["notify", "list", "--state", "dead"], 0), serde_json::json!([]));
    let relay = config.join("relay");
    std::fs::create_dir(&relay).expect("a folder");
    let channel = "[[channel]]\nid = \"ferry\"\nkind = \"file\"\naddress = \"relay\"\n";
    std::fs::write(config.join("notify.toml"), channel).expect("written");
    assert_eq!(json(&["notify", "test", "--channel", "ferry", "--to", "wang"], 0)["sent"], serde_json::json!(["wang"]));
    assert_eq!(std::fs::read_dir(&relay).expect("a folder").count(), 1);
    assert_eq!(json(&["notify", "retry", "none"], 1), serde_json::json!([]));
    assert_eq!(json(&["config", "show"], 0)["notify"]["channel"][0]["id"], "ferry");
    // Ten departments and the audit.
    assert_eq!(json(&["ledger", "verify"], 0).as_array().map(Vec::len), Some(11));
    let none = json(&["rules", "diff", "--clock-mode", "business_hours_ceil", "--months", "1"], 0);
    assert_eq!((&none["cases"], &none["changed"]), (&serde_json::json!(0), &serde_json::json!([])));
    // A department that is planned may begin to connect; one that is live has nowhere to go.
    assert_eq!(json(&["department", "gate", "labour"], 0)["next"], "connecting");
    assert_eq!(json(&["department", "gate", "market"], 0)["next"], serde_json::Value::Null);
    // Nobody answers at the sample's address: one word says so wherever it is asked, in the program's and in a person's words.
    assert_eq!(json(&["pull", "run", "market"], 1)["error_code"], "http.unreachable");
    let market = |all: &serde_json::Value| all.as_array().and_then(|l| l.iter().find(|d| d["id"] == "market")).cloned();
    let stands = market(&json(&["department", "list"], 0)).expect("market");
    assert_eq!((&stands["state"], &stands["state_zh"]), (&"retrying".into(), &"重试中".into()), "{stands}");
    assert!(stands["next_pull"].is_string() && stands["since"].is_string() && stands["who"] == "nobody", "{stands}");
    assert_eq!(json(&["pull", "list"], 0)[0]["state"], "retrying");
    for (arguments, code) in
        [(&["department", "list"][..], 0), (&["pull", "list"], 0), (&["plugin", "list"], 0), (&["doctor"], 1)]
    {
        let done = daylight(arguments, Some(&config));
        let text = String::from_utf8(done.stdout).expect("text");
        assert_eq!(done.status.code(), Some(code), "{text}");
        let about = text.lines().find(|l| l.contains("重试中")).unwrap_or_else(|| panic!("{arguments:?}: {text}"));
        assert!(about.contains("market"), "{about}");
        let next = about.contains("（自 ") && about.contains("失败 1 次，下次 ");
        assert_eq!(next, ["department", "doctor"].contains(&arguments[0]), "{about}");
    }
    // Four are live without a report that was signed: said, and no error.
    let checked = json(&["check"], 0);
    assert_eq!(checked["errors"], 0);
    let warned = checked["problems"].as_array().expect("problems").iter().find(|p| p["code"] == "gate.unsigned");
    assert!(warned.is_some_and(|p| p["message"].as_str().is_some_and(|m| m.contains("market"))), "{checked}");
    let bundle = folder.path().join("market.zip");
    let said = json(&["department", "diagnostics", "market", "--out", &bundle.display().to_string()], 0);
    assert_eq!(said["bytes"].as_u64(), std::fs::metadata(&bundle).ok().map(|m| m.len()));
    let refused = daylight(&["department", "gate", "market", "--freeze"], Some(&config));
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("gate.not-met"), "{refused:?}");
    // A standard is tried where it is installed, and as a file at a vendor's desk, without a county.
    let proof = json(&["plugin", "test", "table-standard"], 0);
    assert_eq!((&proof["name"], &proof["problems"]), (&"table-standard".into(), &serde_json::json!([])));
    let file = folder.path().join("classic.wasm");
    let classic = daylight::plugins::bundled().iter().find(|b| b.name == "classic-9").expect("a standard");
    std::fs::write(&file, classic.bytes).expect("written");
    let done = daylight(&["plugin", "test", &file.display().to_string()], None);
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success() && text.contains("classic-9") && text.contains("全部通过"), "{text}");
    let lost = daylight(&["plugin", "test", "classic-9"], None);
    assert!(String::from_utf8_lossy(&lost.stderr).contains("plugin.file"), "no folder was named");
    let due = daylight(&["calendar", "due", "--start", "2018-10-15", "--limit", "7", "--json"], None);
    let due: serde_json::Value = serde_json::from_slice(&due.stdout).expect("JSON");
    assert_eq!(due["due"], "2018-10-24");
    for (arguments, code, word) in [
        (&["case", "show", "market", "none"][..], 2, "case.unknown"),
        (&["pull", "run", "nobody"][..], 2, "department.unknown"),
        (&["plugin", "test", "nobody"][..], 2, "plugin.unknown"),
        (&["plugin", "test", "rest-json"][..], 2, "plugin.kind"),
        (&["backup", "verify", "none.db"][..], 2, "backup.missing"),
        (&["stats", "--from", "x", "--to", "y"][..], 2, "stats.range"),
        (&["config", "diff"][..], 2, "config.against"),
        (&["notify", "test", "--channel", "none"][..], 2, "notify.unknown"),
        (&["quarantine", "show", "none"][..], 2, "quarantine.unknown"),
        (&["rules", "diff"][..], 2, "rules.proposal"),
        (&["rules", "diff", "--clock-mode", "guess"][..], 2, "rules.proposal"),
        (&["rules", "diff", "--clock-mode", "legal_day", "--months", "0"][..], 2, "rules.months"),
        (&["rules", "diff", "--rules", "no-such-folder"][..], 2, "rule.none"),
        (&["rules", "diff", "--against", "no-such-folder"][..], 2, "config.missing"),
        (&["rules", "diff", "--clock-mode", "legal_day", "--department", "nobody"][..], 2, "department.unknown"),
    ] {
        let done = daylight(arguments, Some(&config));
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
    assert_eq!(daylight(&["no-such-command"], None).status.code(), Some(2));
}

#[test]
fn a_plugin_project_is_written_once_and_its_build_names_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("made");
    let dir = place.to_str().expect("a path");
    let done = daylight(&["plugin", "new", "jinshan-market", "--lang", "c", "--dir", dir, "--json"], None);
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).expect("one value");
    assert_eq!((said["kind"].as_str(), said["language"].as_str()), (Some("connector"), Some("c")));
    assert!(said["files"].as_array().is_some_and(|files| files.iter().any(|file| file == "kit.toml")));
    let again = daylight(&["plugin", "new", "jinshan-market", "--lang", "rust", "--dir", dir], None);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("project.exists"), "{again:?}");
    assert!(!place.join("Cargo.toml").exists(), "nothing was touched");

    let built = Command::new(env!("CARGO_BIN_EXE_daylight"))
        .args(["plugin", "build", dir, "--json"])
        .env("PATH", folder.path())
        .output()
        .expect("an answer");
    assert_eq!(built.status.code(), Some(2));
    let words = String::from_utf8_lossy(&built.stderr);
    assert!(words.contains("build.tool-missing") && words.contains("pip install"), "{words}");
    assert!(built.stdout.is_empty(), "a refusal is no value");
}

#[test]
fn two_versions_are_compared_and_one_of_another_contract_is_refused_with_who_mends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let said = |done: &Output| {
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        format!("{out}{err}")
    };
    let rest = daylight::plugins::bundled().iter().find(|b| b.name == "rest-json").expect("a connector");
    std::fs::write(path("same.wasm"), rest.bytes).expect("written");
    assert!(daylight(&["plugin", "key", &path("vendor")], None).status.success());
    std::fs::create_dir_all(config.join("trust")).expect("a folder");
    std::fs::copy(path("vendor.pub"), config.join("trust/vendor.pub")).expect("copied");
    let packed = daylight(&["plugin", "pack", &path("same.wasm"), "--key", &path("vendor.key")], None);
    assert!(packed.status.success(), "{}", said(&packed));

    // Nothing answers at the sample's address: both are told so in the same words.
    let compare = |arguments: &[&str]| daylight(&[&["plugin", "compare", "market"], arguments].concat(), Some(&config));
    let same = compare(&["--with", &path("same.wasm"), "--json"]);
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));
    let value: serde_json::Value = serde_json::from_slice(&same.stdout).expect("one JSON value");
    assert_eq!((&value["equal"], &value["old"]["contract"]), (&serde_json::json!(true), &serde_json::json!("1.0")));
    let none = compare(&["--with", "previous"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(said(&none).contains("plugin.no-version"), "{}", said(&none));
    let listed = daylight(&["plugin", "list"], Some(&config));
    let lines = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(!lines.is_empty() && lines.lines().all(|l| l.contains("接口 1.0")), "{lines}");
    let removed = daylight(&["plugin", "remove", "rest-json"], Some(&config));
    assert_eq!(removed.status.code(), Some(2));
    assert!(said(&removed).contains("plugin.in-use") && said(&removed).contains("market.toml"), "{}", said(&removed));

    // The same component, as if it had been built from the next contract.
    let text: Vec<u8> = rest.bytes.to_vec();
    let mut newer = text.clone();
    for at in 0..text.len() {
        if text.get(at..).is_some_and(|rest| rest.starts_with(b"@1.0.0"))
            && let Some(digit) = newer.get_mut(at + 3)
        {
            *digit = b'1';
        }
    }
    std::fs::write(path("newer.wasm"), newer).expect("written");
    std::fs::copy(path("same.wasm.sig"), path("newer.wasm.sig")).expect("copied");
    for arguments in [vec!["plugin", "inspect"], vec!["plugin", "pack", "--key", &path("vendor.key")]] {
        let file = path("newer.wasm");
        let done = daylight(&[arguments.as_slice(), &[file.as_str()]].concat(), None);
        let told = said(&done);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains("plugin.contract-mixed") && told.contains("daylight:plugin@1.1.0"), "{told}");
        assert!(told.contains("由供应商解决"), "who mends it: {told}");
    }
}

/// A table of cases as a department would export it; everybody in it is made up.
const EXPORT: &str = "办件编号,事项编码,申请人名称,联系电话,申请时间,受理时间,办结时间,办结类型\n\
    A1,NEW-01,示例甲,13800000001,2026-01-05 08:00:00,2026-01-05 09:00:00,2026-01-06 10:00:00,1\n\
    A2,NEW-01,示例乙,13800000002,2026-01-07 08:00:00,2026-01-07 09:00:00,,\n";

/// Runs with answers on standard input.
fn answered(arguments: &[&str], config: &Path, answers: &str) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_daylight"))
        .args(arguments)
        .arg("--config")
        .arg(config)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("a process");
    let mut input = child.stdin.take().expect("its input");
    // Who refuses early does not read to the end.
    let _ = input.write_all(answers.as_bytes());
    drop(input);
    child.wait_with_output().expect("an answer")
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_sample_becomes_a_draft_and_nobody_in_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = folder.path().join("export.csv");
    std::fs::write(&sample, EXPORT).expect("written");
    let (sample, out) = (sample.display().to_string(), folder.path().join("newdep.toml"));
    let out = out.display().to_string();
    let done = daylight(&["department", "draft", &sample, "--name", "newdep", "--json"], None);
    let told = said(&done.stdout) + &said(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{told}");
    let draft: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!((&draft["connector"], &draft["rows"]), (&"csv-drop".into(), &2.into()));
    for person in ["示例甲", "示例乙", "1380000"] {
        assert!(!told.contains(person), "{person} in {told}");
    }
    let text = draft["toml"].as_str().expect("TOML");
    for line in [
        "type = \"apply\"",
        "type = \"accept\"",
        "type = \"finish\"",
        "# applicant_name = \"申请人名称\"",
        "\"1\" = \"?\"",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    for (code, wanted) in [(0, ""), (2, "draft.out")] {
        let done = daylight(&["department", "draft", &sample, "--out", &out], None);
        assert_eq!(done.status.code(), Some(code), "{}", said(&done.stderr));
        assert!(said(&done.stderr).contains(wanted) && done.stdout.is_empty(), "{}", said(&done.stderr));
    }
    for (arguments, code) in [
        (vec!["department", "draft"], "draft.sample"),
        (vec!["department", "draft", "http://reader:secret@host/"], "draft.address"),
        (vec!["department", "draft", &sample, "--from", "json"], "draft.unreadable"),
        (vec!["department", "draft", &sample, "--name", "Neu"], "department.id"),
        (vec!["department", "draft", &sample, "--secret", "token=value"], "add.secret"),
        (vec!["department", "draft", "--database", "sqlite:/nowhere", "--table", "a;b"], "database.unreachable"),
    ] {
        let done = daylight(&arguments, None);
        let error = said(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(code) && !error.contains("value") && !error.contains("reader:"), "{code}: {error}");
    }
}

#[test]
fn a_department_is_asked_for_tried_and_kept_only_when_all_is_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let drop = folder.path().join("drop");
    std::fs::create_dir(&drop).expect("a folder");
    std::fs::write(drop.join("export.csv"), EXPORT).expect("written");
    let item = "[[item]]\ncode = \"NEW-01\"\nname = \"新事项\"\ndepartment = \"newdep\"\nvalid_from = \"2020-01-01\"\n";
    let records = folder.path().join("records.toml");
    let accept = "[[records]]\ntype = \"accept\"\n[records.fields]\ncase_no = \"办件编号\"\nitem_code = \"事项编码\"\n\
                  event_time = \"受理时间\"\napplicant_name = \"申请人名称\"\n";
    std::fs::write(&records, accept).expect("written");
    // Connector by name, folder, records; four settings by default; where the folder is.
    let answers = format!("newdep\n新部门\ncsv-drop\ndrop\n@{}\n\n\n\n\n{}\n", records.display(), drop.display());
    let ask = ["department", "add", "--ask", "--write"];

    let early = answered(&ask, &config, &answers);
    let told = said(&early.stdout) + &said(&early.stderr);
    assert_eq!(early.status.code(), Some(1), "no item is in the catalogue: {told}");
    for words in [
        "folder  ",
        "records  ",
        "NEW-01  2 条",
        "E004",
        "daylight catalogue import",
        "applicant_name",
        "没有写入任何东西",
    ] {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert!(!told.contains("示例甲") && told.contains("phase = \"connecting\""), "{told}");
    let file = config.join("departments/newdep.toml");
    std::fs::remove_file(&file).expect("it passed its check, so it was kept");

    // Whose items are in the catalogue is in order.
    std::fs::write(&file, "id = \"newdep\"\nname = \"新部门\"\nphase = \"planned\"\n").expect("written");
    std::fs::write(config.join("catalogue/newdep.toml"), item).expect("written");
    assert_eq!(answered(&ask, &config, &answers).status.code(), Some(1), "it is there already");
    std::fs::remove_file(&file).expect("there");
    let plan = ["department", "add", "--ask", "--write", "--json", "--trial", "2099-01-01", "--live", "2099-02-01"];
    let done = answered(&plan, &config, &answers);
    let looked: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(done.status.code(), Some(0), "{looked}");
    assert_eq!((&looked["seen"]["types"]["accept"], &looked["written"]), (&2.into(), &true.into()), "{looked}");
    assert_eq!(looked["seen"]["personal"]["applicant_name"], 2);
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(text.contains("live = \"2099-02-01\"") && text.contains("[grants.files.drop]"), "{text}");
    assert_eq!(daylight(&["check"], Some(&config)).status.code(), Some(0), "the county can start with it");
    assert!(drop.join("export.csv").exists(), "nothing was taken");
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    write_sample(&config).expect("a sample");
    let base = ["department", "add", "--yes", "--id", "newdep", "--name", "新部门", "--connector", "rest-json"];
    let records = r#"records=[{"type":"accept","fields":{"event_time":"t","case_no":"c"}}]"#;
    let add = |more: &[&str]| daylight(&[base.as_slice(), more].concat(), Some(&config));
    for (more, words) in [
        (vec!["--set", "base_url=ftp://x"], "不符合 ^https?://"),
        (vec!["--set", "page_size=0"], "0 小于 1"),
        (vec!["--set", "colour=red"], "没有这一项"),
        (vec!["--set", "path=/a"], "base_url、cursor、records"),
        (vec!["--secret", "token=abc"], "值不写在命令行上"),
        (vec!["--secret", "token=env:NOBODY_SETS_THIS"], "没有环境变量"),
    ] {
        let done = add(&more);
        assert_eq!(done.status.code(), Some(2), "{more:?}");
        assert!(said(&done.stderr).contains(words), "{words} in {}", said(&done.stderr));
    }
    let whole = [
        "--set",
        "base_url=http://127.0.0.1:9",
        "--set",
        "path=/",
        "--set",
        "cursor.by=id",
        "--set",
        "cursor.param=after",
        "--set",
        "cursor.column=id",
        "--set",
        records,
        "--write",
        "--json",
    ];
    let done = add(&whole);
    assert_eq!(done.status.code(), Some(1), "{}", said(&done.stderr));
    let looked: serde_json::Value = serde_json::from_slice(&done.stdout).expect("one JSON value");
    assert_eq!(looked["problems"][0]["code"], "http.unreachable", "{looked}");
    assert_eq!((&looked["written"], &looked["in_order"]), (&false.into(), &false.into()));
    assert!(looked["toml"].as_str().is_some_and(|t| t.contains("可以向 http://127.0.0.1:9 发请求，在内网或本机")));
    assert!(!config.join("departments/newdep.toml").exists());
    assert!(!folder.path().join("data").exists(), "not even a folder for data was made");
}
