//! What may be repeated of a text that somebody else wrote: an error's message, what the doctor saw. Not what is secret is taken out –
//! nobody knows what that is – but only what is known to be harmless is left in: words of the trade, names of fields and codes, short
//! numbers. Everything else becomes `…`.

use std::collections::BTreeSet;

/// Words that say nothing about anybody.
const WORDS: &[&str] = &[
    "auth",
    "base64",
    "body",
    "bytes",
    "case_no",
    "charset",
    "closed",
    "column",
    "connect",
    "connection",
    "content",
    "csv",
    "cursor",
    "data_version",
    "denied",
    "dns",
    "empty",
    "encoding",
    "end",
    "eof",
    "error",
    "event_time",
    "expected",
    "field",
    "found",
    "gb18030",
    "get",
    "header",
    "html",
    "http",
    "https",
    "invalid",
    "item_code",
    "json",
    "line",
    "login",
    "missing",
    "mysql",
    "null",
    "of",
    "offset",
    "page",
    "path",
    "post",
    "postgres",
    "query",
    "read",
    "refused",
    "request",
    "reset",
    "response",
    "row",
    "rows",
    "sha-256",
    "size",
    "source_key",
    "sqlite",
    "sql",
    "status",
    "table",
    "timeout",
    "tls",
    "token",
    "type",
    "unexpected",
    "utf-8",
    "value",
    "version",
    "view",
    "wasm",
    "xml",
];

/// The same in Chinese, longest first where one begins another.
const WORDS_ZH: &[&str] = &[
    "不是",
    "不能",
    "不符",
    "不在",
    "为空",
    "之前",
    "之后",
    "没有",
    "缺少",
    "超过",
    "超时",
    "超出",
    "连不上",
    "连接",
    "拒绝",
    "应答",
    "状态",
    "来源",
    "凭据",
    "密钥",
    "密码",
    "授权",
    "设置",
    "配置",
    "插件",
    "接口",
    "版本",
    "格式",
    "编码",
    "时间",
    "日期",
    "游标",
    "视图",
    "列名",
    "数据库",
    "文件夹",
    "文件",
    "地址",
    "域名",
    "证书",
    "内存",
    "处理器",
    "上限",
    "失败",
    "次",
    "自",
    "下次",
    "重试中",
    "凭据失效",
    "配置错误",
    "版本不兼容",
    "正常",
    "试运行",
    "未启用",
    "对接中",
    "已暂停",
    "最近一次",
    "条",
    "退回",
    "共",
    "剩余",
    "备份",
    "小时",
    "天",
    "行",
    "页",
];
/// Longer runs of digits may be somebody's number.
const DIGITS: usize = 5;

/// A text with nothing in it but what is known to be harmless, and `names` besides.
#[must_use]
pub fn scrubbed(text: &str, names: &BTreeSet<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kept, taken) = if first.is_ascii_alphanumeric() {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c))).unwrap_or(rest.len());
            let (word, _) = rest.split_at(end);
            (known(word, names).then_some(word), end)
        } else if first.is_ascii() || "：；，。（）、“”".contains(first) {
            (Some(rest.split_at(first.len_utf8()).0), first.len_utf8())
        } else {
            let longest = WORDS_ZH.iter().filter(|word| rest.starts_with(**word)).max_by_key(|word| word.len());
            longest.map_or((None, first.len_utf8()), |word| (Some(*word), word.len()))
        };
        match kept {
            Some(word) => out.push_str(word),
            None if out.ends_with('…') => {}
            None => out.push('…'),
        }
        rest = rest.split_at(taken).1;
    }
    out
}

fn known(word: &str, names: &BTreeSet<String>) -> bool {
    let bare = word.trim_end_matches(['.', '-', '_']);
    let short = bare.len() <= DIGITS && bare.bytes().all(|b| b.is_ascii_digit());
    short || WORDS.contains(&bare.to_ascii_lowercase().as_str()) || names.contains(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_left() {
        let names = BTreeSet::from(["source.refused".to_owned(), "base_url".to_owned()]);
        let said = |text: &str| scrubbed(text, &names);
        assert_eq!(said("HTTP 503：来源拒绝"), "HTTP 503：来源拒绝");
        assert_eq!(said("张三 330824199001011234 在 13800001111"), "… … … …");
        assert_eq!(said("base_url: token=abcDEF123 source.refused"), "base_url: token=… source.refused");
        assert_eq!(said("/home/someone/张三.csv"), "/…/…/….csv");
        assert_eq!(said("12345 123456"), "12345 …");
    }
}
