//! Small counts (小数字) in tables for the public. A table counts things by rows (departments) and by parts that add up, with the sums
//! beside and below it. A count from 1 to k − 1 could be somebody, so it is shown as "<k"; and because a sum tells what is missing in
//! it, others are withheld until no small count can be computed back from everything that is shown.
//!
//! What "can be computed back" means is exact: of every small count at least two values agree with all that is shown, read by somebody
//! who knows these rules: that "<k" is 1 to k − 1, that what is withheld is at least k, and that rows and columns add up. A small count
//! can be another exactly when there is a closed walk through rows and columns on which counts that are not shown go up and down by
//! one in turn; so each small count gets the cheapest such walk, and what is shown on it is withheld.

use serde::{Serialize, Serializer};

/// The least that `k` may be.
pub const LEAST: u64 = 5;

/// A count as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The count itself.
    Count(u64),
    /// From 1 to k − 1.
    Few(u64),
    /// At least k, not shown because others could be computed from it.
    Withheld,
}

impl Shown {
    /// The count, where it is shown.
    #[must_use]
    pub fn count(self) -> Option<u64> {
        match self {
            Self::Count(n) => Some(n),
            _ => None,
        }
    }

    /// As a reader sees it: `12`, `<5`, `*`.
    #[must_use]
    pub fn say(self) -> String {
        match self {
            Self::Count(n) => n.to_string(),
            Self::Few(k) => format!("<{k}"),
            Self::Withheld => "*".to_owned(),
        }
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(n) => to.serialize_u64(*n),
            other => to.serialize_str(&other.say()),
        }
    }
}

/// A table as it is shown: one row more than was counted (the sums of the columns) and one column more (the sums of the parts).
pub type ShownTable = Vec<Vec<Shown>>;

/// In thousandths, where nothing of numerator, rest and whole is hidden: a rate over few tells how many.
#[must_use]
pub fn permille(hits: Shown, misses: Shown, of: Shown) -> Option<u64> {
    let (hits, _, of) = (hits.count()?, misses.count()?, of.count()?);
    crate::share::permille(hits, of)
}

/// With its sums, nothing hidden: for those who may see it.
#[must_use]
pub fn plain(counts: &[Vec<u64>]) -> ShownTable {
    with_sums(counts).into_iter().map(|row| row.into_iter().map(Shown::Count).collect()).collect()
}

/// With its sums, and everything hidden that must be. `k` below [`LEAST`] counts as that.
#[must_use]
pub fn protect(counts: &[Vec<u64>], k: u64) -> ShownTable {
    let k = k.max(LEAST);
    let values = with_sums(counts);
    let mut grid =
        Grid { hidden: values.iter().map(|r| r.iter().map(|n| (1..k).contains(n)).collect()).collect(), values, k };
    for at in grid.places().filter(|at| grid.few(*at)).collect::<Vec<_>>() {
        let walks = [1, -1].into_iter().filter_map(|step| grid.walk(at, step));
        let Some((_, walk)) = walks.min_by_key(|(cost, _)| *cost) else {
            // Nothing small can be told apart in it: nothing of it is shown.
            return grid.values.iter().map(|row| row.iter().map(|_| Shown::Withheld).collect()).collect();
        };
        for at in walk {
            grid.hide(at);
        }
    }
    let shown = |at| match (grid.few(at), grid.is_hidden(at)) {
        (true, _) => Shown::Few(k),
        (false, true) => Shown::Withheld,
        (false, false) => Shown::Count(grid.value(at)),
    };
    let (rows, columns) = (grid.values.len(), grid.columns());
    (0..rows).map(|r| (0..columns).map(|c| shown((r, c))).collect()).collect()
}

fn with_sums(counts: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let parts = counts.iter().map(Vec::len).max().unwrap_or(0);
    let mut all: Vec<Vec<u64>> = counts
        .iter()
        .map(|row| {
            let mut row: Vec<u64> = (0..parts).map(|c| row.get(c).copied().unwrap_or(0)).collect();
            row.push(row.iter().sum());
            row
        })
        .collect();
    all.push((0..=parts).map(|c| all.iter().filter_map(|row| row.get(c)).sum()).collect());
    all
}

type Place = (usize, usize);
/// What it costs to come to a row or column, and from which, by which place; nothing where nobody comes.
type Reached = Option<(u64, Option<(usize, Place)>)>;

struct Grid {
    values: Vec<Vec<u64>>,
    hidden: Vec<Vec<bool>>,
    k: u64,
}

impl Grid {
    fn columns(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    fn places(&self) -> impl Iterator<Item = Place> + use<> {
        let columns = self.columns();
        (0..self.values.len()).flat_map(move |r| (0..columns).map(move |c| (r, c)))
    }

    fn value(&self, (r, c): Place) -> u64 {
        self.values.get(r).and_then(|row| row.get(c)).copied().unwrap_or(0)
    }

    fn few(&self, at: Place) -> bool {
        (1..self.k).contains(&self.value(at))
    }

    fn is_hidden(&self, (r, c): Place) -> bool {
        self.hidden.get(r).and_then(|row| row.get(c)).copied().unwrap_or(false)
    }

    fn hide(&mut self, (r, c): Place) {
        if let Some(one) = self.hidden.get_mut(r).and_then(|row| row.get_mut(c)) {
            *one = true;
        }
    }

    /// A sum counts against its parts: in every row and column everything adds up to nothing when sums are taken as negative.
    fn sign(&self, (r, c): Place) -> i64 {
        let sum = |at: usize, of: usize| if at + 1 == of { -1 } else { 1 };
        sum(r, self.values.len()) * sum(c, self.columns())
    }

    /// What it costs that a count could as well be one more or less: nothing where it is hidden already, the count itself where it
    /// would have to be withheld, and nothing at all (`None`) where a reader would know better.
    fn cost(&self, at: Place, step: i64) -> Option<u64> {
        let value = self.value(at);
        let other = value.checked_add_signed(step)?;
        if self.few(at) {
            return (1..self.k).contains(&other).then_some(0);
        }
        if value < self.k || other < self.k {
            return None;
        }
        Some(if self.is_hidden(at) { 0 } else { value.saturating_add(1) })
    }

    /// The cheapest closed walk on which this count moves by a step: what it costs, and the other places on it.
    fn walk(&self, from: Place, step: i64) -> Option<(u64, Vec<Place>)> {
        self.cost(from, step)?;
        let change = self.sign(from) * step;
        let (rows, columns) = (self.values.len(), self.columns());
        // Rows first, then columns. From a row to a column the sum goes down by the change, back up from a column to a row.
        let nodes = rows + columns;
        let mut best: Vec<Reached> = vec![None; nodes];
        let mut done = vec![false; nodes];
        if let Some(first) = best.get_mut(from.0) {
            *first = Some((0, None));
        }
        loop {
            let open = (0..nodes).filter(|n| done.get(*n) == Some(&false));
            let next = open.filter_map(|n| best.get(n).copied().flatten().map(|(cost, _)| (cost, n))).min();
            let Some((cost, node)) = next else { break };
            if let Some(one) = done.get_mut(node) {
                *one = true;
            }
            let steps: Vec<(usize, Place, i64)> = if node < rows {
                (0..columns).map(|c| (rows + c, (node, c), -change * self.sign((node, c)))).collect()
            } else {
                let c = node - rows;
                (0..rows).map(|r| (r, (r, c), change * self.sign((r, c)))).collect()
            };
            for (to, at, step) in steps.into_iter().filter(|(_, at, _)| *at != from) {
                let Some(more) = self.cost(at, step) else { continue };
                let sum = cost.saturating_add(more);
                if let Some(entry) = best.get_mut(to)
                    && entry.is_none_or(|(known, _)| sum < known)
                {
                    *entry = Some((sum, Some((node, at))));
                }
            }
        }
        let mut node = rows + from.1;
        let (cost, _) = best.get(node).copied().flatten()?;
        let mut walk = Vec::new();
        while let Some((before, at)) = best.get(node).copied().flatten().and_then(|(_, via)| via) {
            walk.push(at);
            node = before;
        }
        Some((cost, walk))
    }
}

#[cfg(test)]
mod tests;
