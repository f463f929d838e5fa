use super::*;
use proptest::prelude::*;

/// Every table that agrees with what is shown, by trying them all: two rows of two parts, counts up to `most`.
fn readings(shown: &ShownTable, k: u64, most: u64) -> Vec<Vec<Vec<u64>>> {
    let fits = |shown: Shown, n: u64| match shown {
        Shown::Count(m) => n == m,
        Shown::Few(_) => (1..k).contains(&n),
        Shown::Withheld => n >= k,
    };
    let mut all = Vec::new();
    let one = |r: usize, c: usize| (0..=most).filter(move |n| fits(shown[r][c], *n));
    for a in one(0, 0) {
        for b in one(0, 1).filter(|b| fits(shown[0][2], a + b)) {
            for c in one(1, 0).filter(|c| fits(shown[2][0], a + c)) {
                for d in one(1, 1) {
                    let sums = fits(shown[1][2], c + d) && fits(shown[2][1], b + d) && fits(shown[2][2], a + b + c + d);
                    if sums {
                        all.push(with_sums(&[vec![a, b], vec![c, d]]));
                    }
                }
            }
        }
    }
    all
}

#[test]
fn a_small_count_takes_others_with_it_and_zero_and_large_ones_stay() {
    let shown = protect(&[vec![120, 3], vec![80, 20], vec![0, 0]], 5);
    assert_eq!(shown[0][1], Shown::Few(5));
    let hidden = shown[0].iter().filter(|s| s.count().is_none()).count();
    assert!(hidden >= 2, "the row's sum would tell: {shown:?}");
    let column: Vec<Shown> = shown.iter().map(|row| row[1]).collect();
    assert!(column.iter().filter(|s| s.count().is_none()).count() >= 2, "the column's sum would tell: {shown:?}");
    assert_eq!((shown[2][0], shown[2][1]), (Shown::Count(0), Shown::Count(0)));
    assert_eq!(plain(&[vec![1, 2]])[1][2], Shown::Count(3));
}

#[test]
fn nothing_is_hidden_where_nothing_is_small_and_k_is_never_less_than_five() {
    let counts = [vec![9, 0], vec![7, 5]];
    assert_eq!(protect(&counts, 5), plain(&counts));
    assert_eq!(protect(&[vec![4, 100]], 1)[0][0], Shown::Few(5));
    assert_eq!(protect(&[vec![9, 100]], 10)[0][0], Shown::Few(10));
    assert!(protect(&[], 5).iter().flatten().all(|s| s.count().is_some()));
}

#[test]
fn two_small_counts_whose_sum_is_shown_are_not_told_by_it() {
    // 1 + 1 = 2: as "<5" each, a shown 2 would give both away; the sum is small itself. 4 + 4 = 8 would do the same.
    for (a, b) in [(1, 1), (4, 4)] {
        let shown = protect(&[vec![a, b], vec![50, 60]], 5);
        let all = readings(&shown, 5, 70);
        for (r, c) in [(0, 0), (0, 1)] {
            let first = all[0][r][c];
            assert!(all.iter().any(|t| t[r][c] != first), "{shown:?}");
        }
    }
}

#[test]
fn a_rate_over_few_is_not_shown() {
    let shown = protect(&[vec![39, 1], vec![100, 50]], 5);
    assert_eq!(permille(shown[0][0], shown[0][1], shown[0][2]), None);
    let (a, b, c) = (Shown::Count(90), Shown::Count(10), Shown::Count(100));
    assert_eq!(permille(a, b, c), Some(900));
    assert_eq!(permille(Shown::Count(0), Shown::Count(0), Shown::Count(0)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Somebody who tries every table finds at least two values for every small count.
    #[test]
    fn no_small_count_can_be_computed_back(a in 0u64..9, b in 0u64..14, e in 0u64..9, d in 0u64..14, k in 5u64..7) {
        let shown = protect(&[vec![a, b], vec![e, d]], k);
        let all = readings(&shown, k, 24);
        prop_assert!(!all.is_empty(), "what is shown is true");
        for r in 0..3 {
            for c in 0..3 {
                if shown[r][c].count().is_none() {
                    let first = all[0][r][c];
                    prop_assert!(all.iter().any(|t| t[r][c] != first), "{shown:?} tells {first} at {r},{c}");
                }
            }
        }
    }

    /// In tables of any size: no small count is shown, and none is the only one hidden in its row or column.
    #[test]
    fn none_is_alone_in_its_line(table in proptest::collection::vec(proptest::collection::vec(0u64..30, 4), 1..12)) {
        let shown = protect(&table, 5);
        let truth = with_sums(&table);
        for (r, row) in shown.iter().enumerate() {
            for (c, one) in row.iter().enumerate() {
                match one {
                    Shown::Count(n) => prop_assert!(*n == truth[r][c] && !(1..5).contains(n)),
                    Shown::Few(_) => prop_assert!((1..5).contains(&truth[r][c])),
                    Shown::Withheld => {}
                }
            }
            let hidden = row.iter().filter(|s| s.count().is_none()).count();
            prop_assert!(hidden != 1, "{row:?}");
        }
        for c in 0..shown[0].len() {
            prop_assert!(shown.iter().filter(|row| row[c].count().is_none()).count() != 1);
        }
    }
}
