//! The field dictionary: what every record has, the types and their fields, every field once, the code tables.

use super::{head, life, row, word};
use daylight_console::words::Lang;
use daylight_domain::dictionary::{Need, about, heads, kind, uses};
use daylight_domain::record::{Field, Form, RecordType};
use std::fmt::Write as _;

pub(super) fn text(lang: Lang) -> String {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let mut out = format!("# {}\n\n", w("字段字典", "Dictionary of fields"));
    let _ = writeln!(
        out,
        "{}\n",
        w(
            "由程序生成（统一数据接口标准），与核对记录的代码同源。记录的每一列要么是下面“每条记录都有”的六项，要么是“字段”中的一项；\
             别的列名以 E002 退回。错误代码见[错误代码](errors.zh.md)。",
            "Made by the program from what records are checked by. Every column is one of the six every record has, or one of the \
             fields below; any other name is refused with E002. Codes: [errors](errors.en.md).",
        )
    );
    every_record(&mut out, lang);
    types(&mut out, lang);
    fields(&mut out, lang);
    codes(&mut out, lang);
    life::words(&mut out, lang);
    // One line break at the end, as every file has.
    format!("{}\n", out.trim_end())
}

fn every_record(out: &mut String, lang: Lang) {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let _ = writeln!(out, "## {}\n", w("每条记录都有", "What every record has"));
    out.push_str(&head(&[
        w("字段", "field"),
        w("名称", "name"),
        w("形式", "form"),
        w("何时必填", "required"),
        w("示例", "example"),
        w("标准出处", "in standards"),
        w("常见错误", "usual mistakes"),
    ]));
    for (name, h) in heads() {
        out.push_str(&row(&[
            &format!("`{name}`"),
            word(lang, &h.zh, &h.en),
            word(lang, &h.form_zh, &h.form_en),
            word(lang, &h.need_zh, &h.need_en),
            &format!("`{}`", h.example),
            &h.source,
            word(lang, &h.note_zh, &h.note_en),
        ]));
    }
    out.push('\n');
}

fn types(out: &mut String, lang: Lang) {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let _ = writeln!(out, "## {}\n", w("记录类型", "Types of records"));
    let _ = writeln!(
        out,
        "{}\n",
        w(
            "必填：缺了以 E001 退回。应填：缺了记录照收，但有规则据此发现问题，或评估扣分。视情形：括号中的情形才填。可填：来源有就填。",
            "Required: refused with E001 without it. Expected: taken without it, but rules find or scores sink. In a case: where \
             what is in brackets is so. Optional: where the source has it.",
        )
    );
    for of in RecordType::ALL {
        let Some(kind) = kind(*of) else { continue };
        let name = word(lang, of.name_zh(), &kind.en);
        let _ = writeln!(out, "### `{of}` {name}\n\n{}\n", word(lang, &kind.about_zh, &kind.about_en));
        let begins = if of.opens_case() {
            w("可以是办件的第一条记录。", "May be the first of its case.")
        } else if of.of_case() {
            w("办件须已存在（E014）。", "Its case must be known (E014).")
        } else {
            w("不属于办件，没有 case_no。", "About no case; has no case_no.")
        };
        let _ = writeln!(out, "{begins}\n");
        let list = |wanted: &dyn Fn(&Need) -> bool| -> Vec<String> {
            let named = |f: Field, need: Need| {
                let about = about(f);
                let title = word(lang, f.name_zh(), about.map_or("", |a| a.en.as_str())).to_owned();
                match need {
                    Need::When(zh, en) => format!("`{}` {title}（{}）", f.as_str(), word(lang, &zh, &en)),
                    _ => format!("`{}` {title}", f.as_str()),
                }
            };
            uses(*of).into_iter().filter(|(_, n)| wanted(n)).map(|(f, n)| named(f, n)).collect()
        };
        let apart = w("、", ", ");
        let mut told = false;
        for (title, all) in [
            (w("必填", "Required"), list(&|n| *n == Need::Must)),
            (w("应填", "Expected"), list(&|n| *n == Need::Should)),
            (w("视情形", "In a case"), list(&|n| matches!(n, Need::When(..)))),
            (w("可填", "Optional"), list(&|n| *n == Need::May)),
        ] {
            if !all.is_empty() {
                told = true;
                let _ = writeln!(out, "- {title}{}{}", w("：", ": "), all.join(apart));
            }
        }
        if !told {
            let _ = writeln!(out, "- {}", w("没有别的字段", "No other field"));
        }
        out.push('\n');
    }
}

fn fields(out: &mut String, lang: Lang) {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let _ = writeln!(out, "## {}\n", w("字段", "Fields"));
    let _ = writeln!(
        out,
        "{}\n",
        w(
            "“个人”：个人信息，页面上遮盖，没有权限不导出。",
            "Personal: hidden on pages, and leaves the house only for who may see it.",
        )
    );
    out.push_str(&head(&[
        w("字段", "field"),
        w("名称", "name"),
        w("形式", "form"),
        w("用于", "used by"),
        w("示例", "example"),
        w("标准出处", "in standards"),
        w("常见错误", "usual mistakes"),
    ]));
    for field in Field::ALL {
        let Some(about) = about(*field) else { continue };
        let (zh, en) = field.form().words();
        let mut form = word(lang, &zh, &en).to_owned();
        if let Form::Code(table) = field.form() {
            form = format!("{} [`{table}`](#{table})", w("代码表", "code table"));
        }
        if field.personal() {
            form.push_str(w("；个人", "; personal"));
        }
        let by: Vec<&str> = RecordType::ALL
            .iter()
            .filter(|of| uses(**of).iter().any(|(f, _)| f == field))
            .map(|of| of.as_str())
            .collect();
        let (code, zh, en) = field.form().mistake();
        let mut mistakes = format!("{code} {}", word(lang, zh, en));
        let note = word(lang, &about.note_zh, &about.note_en);
        if !note.is_empty() {
            mistakes.push_str(w("；", "; "));
            mistakes.push_str(note);
        }
        out.push_str(&row(&[
            &format!("`{}`", field.as_str()),
            word(lang, field.name_zh(), &about.en),
            &form,
            &by.join(" "),
            &format!("`{}`", about.example),
            &about.source,
            &mistakes,
        ]));
    }
    out.push('\n');
}

fn codes(out: &mut String, lang: Lang) {
    let w = |zh: &'static str, en: &'static str| word(lang, zh, en);
    let mut tables: Vec<&str> =
        Field::ALL.iter().filter_map(|f| if let Form::Code(t) = f.form() { Some(t) } else { None }).collect();
    tables.sort_unstable();
    tables.dedup();
    let _ = writeln!(out, "## {}\n", w("代码表", "Code tables"));
    let _ = writeln!(
        out,
        "{}\n",
        w(
            "来源的代码从不假定与此相同：逐值对应，没有对应的值照原样上送，由程序以 E003 退回并放入隔离区。",
            "A source's codes are never assumed to be these: map each value; what is not mapped is passed on as it is, refused \
             with E003 and kept in the quarantine.",
        )
    );
    for name in tables {
        let Some(table) = daylight_domain::code::table(name) else { continue };
        let _ = writeln!(out, "### {name}\n");
        out.push_str(&head(&[w("代码", "code"), w("含义", "meaning")]));
        for (code, names) in table {
            out.push_str(&row(&[&format!("`{code}`"), word(lang, &names.0, &names.1)]));
        }
        out.push('\n');
    }
}
