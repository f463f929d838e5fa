use super::change::{Kind, changes};
use super::serve::refused;
use super::{Picture, TEXT, built_for, foreign};

/// The contract with one passage changed.
fn with(from: &str, to: &str) -> Picture {
    assert_eq!(TEXT.matches(from).count(), 1, "“{from}” stands there once");
    Picture::of_text(&TEXT.replacen(from, to, 1)).expect("a contract")
}

fn found(from: &str, to: &str) -> Vec<(String, Kind, String)> {
    let old = Picture::of_text(TEXT).expect("ours");
    changes(&old, &with(from, to)).into_iter().map(|c| (c.place, c.kind, c.what)).collect()
}

#[test]
fn comments_and_the_order_of_declarations_are_no_change() {
    let old = Picture::of_text(TEXT).expect("ours");
    let bare: String = TEXT.lines().filter(|l| !l.trim_start().starts_with("///")).collect::<Vec<_>>().join("\n");
    assert_eq!(changes(&old, &Picture::of_text(&bare).expect("ours")), []);
    let moved = with("    check: func() -> report;\n", "");
    let moved_text = TEXT.replacen("    check: func() -> report;\n", "", 1).replacen(
        "    open: func(request: pull) -> result<session, failure>;\n",
        "    open: func(request: pull) -> result<session, failure>;\n    check: func() -> report;\n",
        1,
    );
    assert_ne!(changes(&old, &moved), []);
    assert_eq!(changes(&old, &Picture::of_text(&moved_text).expect("ours")), []);
}

#[test]
fn every_forbidden_change_is_found_and_named() {
    let cases = [
        (
            "        done: bool,\n    }\n\n    /// Why",
            "        done: bool,\n        total: u64,\n    }\n\n    /// Why",
            "types.page",
            Kind::FieldAdded,
            "total",
        ),
        ("        retryable: bool,\n", "", "types.failure", Kind::FieldRemoved, "retryable"),
        (
            "        dataset: string,\n",
            "        data-set: string,\n",
            "types.page",
            Kind::FieldRenamed,
            "dataset → data-set",
        ),
        ("        size: u64,\n", "        size: u32,\n", "files.entry", Kind::TypeChanged, "size：u64 → u32"),
        (
            "        name: string,\n        /// Bytes.\n        size: u64,\n",
            "        size: u64,\n        name: string,\n",
            "files.entry",
            Kind::Reordered,
            "name size modified → size name modified",
        ),
        (
            "        decimal(string),\n",
            "        decimal(string),\n        money(string),\n",
            "types.cell",
            Kind::CaseAdded,
            "money",
        ),
        ("        bearer,\n", "", "http.placement", Kind::CaseRemoved, "bearer"),
        (
            "enum level { debug, info, warn, error }",
            "enum level { trace, info, warn, error }",
            "log.level",
            Kind::CaseRenamed,
            "debug → trace",
        ),
        (
            "enum dialect { mysql, postgresql, sqlite }",
            "enum dialect { postgresql, mysql, sqlite }",
            "database.dialect",
            Kind::Reordered,
            "mysql postgresql sqlite → postgresql mysql sqlite",
        ),
        (
            "        instant(string),\n",
            "        instant(s64),\n",
            "types.cell",
            Kind::TypeChanged,
            "instant：string → s64",
        ),
        (
            "next: func(max-rows: u32) -> result<page, failure>",
            "next: func(max-rows: u32, max-bytes: u64) -> result<page, failure>",
            "connecting.session.next",
            Kind::ParameterAdded,
            "max-bytes",
        ),
        (
            "query: func(sql: string, parameters: list<cell>)",
            "query: func(sql: string)",
            "database.connection.query",
            Kind::ParameterRemoved,
            "parameters",
        ),
        (
            "send: func(request: request)",
            "send: func(asked: request)",
            "http.send",
            Kind::ParameterRenamed,
            "request → asked",
        ),
        (
            "read: func(name: string, offset: u64, len: u32)",
            "read: func(name: string, len: u32, offset: u64)",
            "files.folder.read",
            Kind::Reordered,
            "self name offset len → self name len offset",
        ),
        (
            "check: func() -> report;",
            "check: func() -> result<report, failure>;",
            "connecting.check",
            Kind::ResultChanged,
            "connecting.report → result<connecting.report, types.failure>",
        ),
        (
            "        dialect: func() -> dialect;\n",
            "",
            "database.connection.dialect",
            Kind::FunctionRemoved,
            "connection.dialect",
        ),
        (
            "    enum dialect { mysql, postgresql, sqlite }",
            "    flags dialect { mysql, postgresql, sqlite }",
            "database.dialect",
            Kind::TypeChanged,
            "enum → flags",
        ),
        ("world standard {\n    import log;\n", "world standard {\n", "standard", Kind::ImportRemoved, "log"),
        ("    export connecting;\n", "", "connector", Kind::ExportRemoved, "connecting"),
    ];
    for (from, to, place, kind, what) in cases {
        let changes = found(from, to);
        assert_eq!(changes.first(), Some(&(place.to_owned(), kind, what.to_owned())), "{from} → {to}: {changes:?}");
        assert_eq!(changes.len(), 1, "nothing else: {changes:?}");
        assert!(!kind.minor(), "{kind:?} is never allowed within a major version");
    }
}

#[test]
fn what_a_minor_version_may_bring_is_told_apart() {
    let cases = [
        (
            "    get: func() -> string;\n",
            "    get: func() -> string;\n    one: func(name: string) -> string;\n",
            Kind::FunctionAdded,
        ),
        ("interface settings {", "interface clock { now: func() -> u64; }\ninterface settings {", Kind::InterfaceAdded),
        (
            "    type cursor = list<u8>;\n",
            "    type cursor = list<u8>;\n    record pair { a: u8, b: u8 }\n",
            Kind::TypeAdded,
        ),
        ("world standard {", "world watcher { import log; }\nworld standard {", Kind::WorldAdded),
    ];
    for (from, to, kind) in cases {
        let changes = found(from, to);
        assert_eq!(changes.iter().map(|c| c.1).collect::<Vec<_>>(), [kind], "{changes:?}");
        assert!(kind.minor());
    }
}

#[test]
fn a_refusal_says_who_upgrades_what() {
    let plugin = ("forestry", "2.3.0");
    let hint = |asks, served: &[(u32, u32)]| refused(plugin, asks, served).map(|e| (e.code, e.message, e.hint));
    assert_eq!(hint((1, 0), &[(1, 0)]), None);
    assert_eq!(hint((1, 2), &[(1, 3), (2, 0)]), None, "an older minor runs without being rebuilt");
    assert_eq!(hint((1, 3), &[(1, 3), (2, 0)]), None, "the major before is served");
    let (code, message, way) = hint((1, 4), &[(1, 3), (2, 0)]).expect("newer minor");
    assert_eq!(code, "plugin.contract");
    assert!(message.starts_with("“forestry” 2.3.0 按接口 1.4 构建，本程序（"), "{message}");
    assert!(message.ends_with("支持接口 1.0–1.3、2.0"), "{message}");
    assert_eq!(
        way.as_deref(),
        Some("由县里解决：把本程序升级到支持接口 1.4 的版本；或由供应商解决：提供接口 1.3 的构建")
    );
    let (_, _, way) = hint((3, 0), &[(1, 3), (2, 0)]).expect("newer major");
    assert_eq!(
        way.as_deref(),
        Some("由县里解决：把本程序升级到支持接口 3.0 的版本；或由供应商解决：提供接口 2.0 的构建")
    );
    let (_, _, way) = hint((1, 3), &[(2, 0), (3, 1)]).expect("older major");
    assert_eq!(way.as_deref(), Some("由供应商解决：用 wit/v3 重新构建；本程序不再支持接口 1.x"));
}

#[test]
fn manifest_and_component_must_name_the_same_contract() {
    let plugin = ("forestry", "2.3.0");
    let built = |said, imports: &[&str]| {
        let imports: Vec<String> = imports.iter().map(|i| (*i).to_owned()).collect();
        built_for(plugin, said, &imports, &["daylight:plugin/connecting@1.0.0".to_owned()])
    };
    assert_eq!(built("1.0", &["daylight:plugin/log@1.0.0", "wasi:io/poll@0.2.6"]).map_err(|e| e.code), Ok((1, 0)));
    assert_eq!(built("1.0.0", &["daylight:plugin/log@1.0.7"]).map_err(|e| e.code), Ok((1, 0)), "patches fit");
    for (said, imports, code, words) in [
        (
            "1.0",
            vec!["daylight:plugin/http@1.1.0"],
            "plugin.contract-mixed",
            "清单写 1.0，组件使用 daylight:plugin@1.1.0（http）",
        ),
        (
            "1.0",
            vec!["daylight:plugin/http@2.0.0"],
            "plugin.contract-mixed",
            "组件同时使用 daylight:plugin@1.0.0 与 daylight:plugin@2.0.0",
        ),
        ("1.1", vec!["daylight:plugin/http@1.1.0"], "plugin.contract", "按接口 1.1 构建"),
        ("2.0", vec!["daylight:plugin/http@2.0.0"], "plugin.contract", "按接口 2.0 构建"),
        ("0.9", vec![], "plugin.contract", "按接口 0.9 构建"),
        ("newest", vec![], "plugin.contract", "写法不对"),
        ("1", vec![], "plugin.contract", "写法不对"),
    ] {
        let e = built(said, &imports).expect_err(said);
        assert_eq!(e.code, code, "{said} {imports:?}");
        assert!(e.message.contains(words) && e.message.contains("“forestry” 2.3.0"), "{}", e.message);
        assert!(e.hint.is_some_and(|h| h.contains("解决：")), "who mends it: {said}");
    }
}

#[test]
fn a_foreign_import_is_named_with_what_to_use_instead() {
    let refused = |import: &str| foreign(("forestry", "2.3.0"), &[import.to_owned()]).expect_err(import);
    for (import, instead) in [
        ("wasi:sockets/tcp@0.2.6", "不要使用标准库的网络"),
        ("wasi:filesystem/types@0.2.6", "daylight:plugin/files"),
        ("wasi:http/outgoing-handler@0.2.6", "daylight:plugin/http"),
        ("wasi:cli/environment@0.3.0", "wasm32-wasip2"),
        ("daylight:plugin/queue@1.0.0", "只使用 wit/v1 中的接口"),
        ("acme:bus/events@1.0.0", "wasm32-wasip2"),
    ] {
        let e = refused(import);
        assert_eq!(e.code, "plugin.import");
        assert!(e.message.contains(import) && e.hint.as_deref().is_some_and(|h| h.contains(instead)), "{e:?}");
    }
    assert!(foreign(("x", "1"), &["wasi:cli/environment@0.2.6".into(), "daylight:plugin/log@1.0.0".into()]).is_ok());
}
