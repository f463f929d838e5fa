//! Applicants nobody is: names of 甲乙丙, numbers of a division that does not exist, with right check characters.

use super::dice::Dice;

const SURNAMES: [&str; 12] = ["赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫"];
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
const TRADES: [&str; 6] = ["食品", "建材", "物流", "餐饮", "农业", "科技"];

/// Who applies.
pub(super) struct Person {
    name: String,
    id_type: &'static str,
    id_no: String,
    phone: String,
}

impl Person {
    /// `kind` is of the code table `applicant_type`.
    pub(super) fn new(dice: &mut Dice, kind: &str) -> Self {
        let mut word = |list: &[&'static str]| dice.pick(list).copied().unwrap_or("某");
        let (surname, stem, trade) = (word(&SURNAMES), word(&STEMS), word(&TRADES));
        let phone = format!("1380000{:04}", dice.below(10_000));
        if kind == "natural" {
            let born = format!("{}{:02}{:02}", 1950 + dice.below(50), 1 + dice.below(12), 1 + dice.below(28));
            let id_no = identity(&format!("330899{born}{:03}", dice.below(1000)));
            return Self { name: format!("{surname}某{stem}"), id_type: "111", id_no, phone };
        }
        let id_no = uscc(&format!("91330899MA{:07}", dice.below(10_000_000)));
        Self { name: format!("示例{stem}{trade}有限公司"), id_type: "001", id_no, phone }
    }

    /// As fields of the exchange standard.
    pub(super) fn fields(self) -> [(&'static str, String); 4] {
        [
            ("applicant_name", self.name),
            ("applicant_id_type", self.id_type.to_owned()),
            ("applicant_id_no", self.id_no),
            ("contact_phone", self.phone),
        ]
    }
}

/// With its check character (GB 11643).
fn identity(digits: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = digits.bytes().zip(weights).map(|(b, w)| usize::from(b.wrapping_sub(b'0')) * w).sum();
    let check = "10X98765432".chars().nth(sum % 11).unwrap_or('0');
    format!("{digits}{check}")
}

/// With its check character (GB 32100).
fn uscc(code: &str) -> String {
    const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let sum: usize = code.chars().zip(weights).map(|(c, w)| SIGNS.find(c).unwrap_or(0) * w).sum();
    let check = SIGNS.chars().nth((31 - sum % 31) % 31).unwrap_or('0');
    format!("{code}{check}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use daylight_domain::code::{identity_is_valid, uscc_is_valid};

    #[test]
    fn numbers_have_right_check_characters_of_a_division_nobody_lives_in() {
        let mut dice = Dice::new(1, "people");
        for _ in 0..500 {
            let natural = Person::new(&mut dice, "natural");
            assert!(identity_is_valid(&natural.id_no), "{}", natural.id_no);
            let firm = Person::new(&mut dice, "enterprise");
            assert!(uscc_is_valid(&firm.id_no), "{}", firm.id_no);
        }
    }
}
