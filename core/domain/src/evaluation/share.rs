//! 优秀 for at most so many departments: a property of a whole run, which no standard can see, and which is therefore laid over the
//! cards of all departments together. Handbook §12.2.

use crate::score::{Scorecard, adjustment};

/// The word of the line that says it.
pub const EXCELLENT_SHARE: &str = "excellent-share";
/// The grade of a card of which nothing was assessed.
pub const NOT_ASSESSED: &str = "不评";

/// Leaves 优秀 to the best by total, at most `permille` of a thousand of the departments that were assessed, rounded down, but one at
/// least; the others become 良好, with a line beside their indicators that says why. **A tie is decided in the departments' favour**:
/// whoever has as much as the last one who keeps it keeps it too, however many they are. Totals are never touched.
pub fn keep_excellent<'a>(cards: impl IntoIterator<Item = &'a mut Scorecard>, permille: u32) {
    let mut cards: Vec<&mut Scorecard> = cards.into_iter().filter(|c| c.grade != NOT_ASSESSED).collect();
    let all = cards.len();
    let most = (all * usize::try_from(permille).unwrap_or(usize::MAX).min(1000) / 1000).max(1);
    let mut best: Vec<i64> = cards.iter().filter(|c| c.grade == "优秀").map(|c| c.total).collect();
    best.sort_by(|a, b| b.cmp(a));
    let Some(last) = best.get(most - 1).copied().filter(|_| best.len() > most) else { return };
    for card in cards.iter_mut().filter(|c| c.grade == "优秀" && c.total < last) {
        let place = best.iter().filter(|t| **t > card.total).count() + 1;
        "良好".clone_into(&mut card.grade);
        let share = format!("{}.{}%", permille / 10, permille % 10);
        card.adjustments.push(adjustment(
            EXCELLENT_SHARE,
            0,
            format!(
                "优秀不超过参评部门的 {share}（{all} 个部门中 {most} 个，末位并列的都算）：总分列第 {place}，等次为良好"
            ),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::grade;

    fn cards(totals: &[i64]) -> Vec<Scorecard> {
        let card = |total: &i64| Scorecard {
            total: *total,
            grade: grade(*total).to_owned(),
            scores: Vec::new(),
            adjustments: Vec::new(),
        };
        totals.iter().map(card).collect()
    }

    fn kept(totals: &[i64], permille: u32) -> Vec<i64> {
        let mut cards = cards(totals);
        keep_excellent(&mut cards, permille);
        cards.iter().filter(|c| c.grade == "优秀").map(|c| c.total).collect()
    }

    #[test]
    fn the_best_keep_it_ties_keep_it_and_one_is_left_at_least() {
        let ten = [9900, 9100, 9500, 9400, 9300, 9200, 8900, 7000, 6000, 5000];
        assert_eq!(kept(&ten, 300), [9900, 9500, 9400]);
        assert_eq!(kept(&ten, 390), [9900, 9500, 9400], "rounded down");
        assert_eq!(kept(&ten, 600).len(), 6, "no more than there are");
        assert_eq!(kept(&[9900, 9500, 9400, 9400, 9400, 9000, 0, 0, 0, 0], 300), [9900, 9500, 9400, 9400, 9400]);
        assert_eq!(kept(&[9900, 9500], 300), [9900], "one of two");
        assert_eq!(kept(&[9900, 9500], 1000), [9900, 9500]);
        assert_eq!(kept(&[8900], 300), [0; 0]);
    }

    #[test]
    fn who_was_not_assessed_is_not_counted_and_who_loses_it_is_told() {
        let mut list = cards(&[9900, 9500, 9400, 9300, 0]);
        NOT_ASSESSED.clone_into(&mut list[4].grade);
        keep_excellent(&mut list, 250);
        let grades: Vec<&str> = list.iter().map(|c| c.grade.as_str()).collect();
        assert_eq!(grades, ["优秀", "良好", "良好", "良好", "不评"], "one of four");
        let line = &list[2].adjustments[0];
        assert_eq!((line.rule.as_str(), line.points), (EXCELLENT_SHARE, 0));
        assert!(line.reason_zh.contains("25.0%（4 个部门中 1 个") && line.reason_zh.contains("第 3"), "{line:?}");
        assert!(list[0].adjustments.is_empty() && list[4].adjustments.is_empty());
        assert_eq!(list.iter().map(|c| c.total).collect::<Vec<_>>(), [9900, 9500, 9400, 9300, 0]);
    }
}
