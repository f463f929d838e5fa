//! What of a sample may be shown. A sample holds people's data, and a draft goes into files, terminals and tickets: of a value only
//! its shape is told, and only codes are told themselves.

use super::dictionary::dictionary;
use daylight_domain::publication::personal::{Known, personal};

/// The longest shape.
const SHAPE: usize = 24;
/// The longest code.
const CODE: usize = 20;

/// A value's shape: digits are 9, letters A and a, everything else that can be read 文; signs stay.
#[must_use]
pub fn shape(text: &str) -> String {
    let mut out: String = text
        .trim()
        .chars()
        .take(SHAPE)
        .map(|c| match c {
            '0'..='9' => '9',
            'A'..='Z' => 'A',
            'a'..='z' => 'a',
            c if c.is_control() => ' ',
            c if c.is_alphanumeric() => '文',
            c => c,
        })
        .collect();
    if text.trim().chars().count() > SHAPE {
        out.push('…');
    }
    out
}

/// Whether a value is a code that may be told: short, nothing personal in it, and where it is Chinese a word of this work.
#[must_use]
pub fn is_code(value: &str) -> bool {
    let value = value.trim();
    let n = value.chars().count();
    if n == 0 || n > CODE || !personal(value, &Known::default()).is_empty() {
        return false;
    }
    // Numbers as long as an identity's or a telephone's are no codes, however they are written.
    if value.chars().filter(char::is_ascii_digit).count() > 8 {
        return false;
    }
    if value.is_ascii() { value.bytes().all(|b| b.is_ascii_graphic()) } else { dictionary().is_word(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_nothing() {
        assert_eq!(shape("张三 138-0013-8000 Ab"), "文文 999-9999-9999 Aa");
        assert_eq!(shape(&"长".repeat(100)).chars().count(), 25);
    }

    #[test]
    fn codes_are_shown_and_people_are_not() {
        for code in ["01", "SQ", "受理", "granted", "A.1", "网上申请", "窗口报送", "统一社会信用代码"]
        {
            assert!(is_code(code), "{code}");
        }
        for person in [
            "张三丰",
            "示例甲",
            "示例甲食品有限公司",
            "示例企业管理有限公司",
            "13800138000",
            "11010519491231002X",
            "",
            "1101051949",
            "花园路3号2单元",
            "Zhang San",
        ] {
            assert!(!is_code(person), "{person}");
        }
    }
}
