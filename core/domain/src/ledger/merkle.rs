//! A Merkle tree over the leaves of a chain (RFC 6962, section 2.1): one root stands for all events, and a proof of a few
//! hashes shows that one event is among them, to somebody who holds nothing but the root.

use super::{Hash, HashAlgorithm};

/// The root over leaves in order. Of no leaves: the hash of nothing.
#[must_use]
pub fn root(algorithm: HashAlgorithm, leaves: &[Hash]) -> Hash {
    match leaves {
        [] => algorithm.hash(&[]),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(split(many.len()));
            algorithm.link(&root(algorithm, left), &root(algorithm, right))
        }
    }
}

/// The hashes that lead from the leaf at `index` to the root, from the bottom up. Nothing when there is no such leaf.
#[must_use]
pub fn inclusion(algorithm: HashAlgorithm, leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut part, mut at) = (leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if at < left.len() {
            path.push(root(algorithm, right));
            part = left;
        } else {
            path.push(root(algorithm, left));
            at -= left.len();
            part = right;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `leaf` stands at `index` among `size` leaves under this root (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn proves(algorithm: HashAlgorithm, root: &Hash, leaf: &Hash, index: u64, size: u64, path: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            hash = algorithm.link(sibling, &hash);
            while node % 2 == 0 && node != 0 {
                node /= 2;
                last /= 2;
            }
        } else {
            hash = algorithm.link(&hash, sibling);
        }
        node /= 2;
        last /= 2;
    }
    last == 0 && hash == *root
}

/// The largest power of two below `size` (which is at least 2).
fn split(size: usize) -> usize {
    1 << (usize::BITS - 1 - (size.saturating_sub(1)).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u64, algorithm: HashAlgorithm) -> Vec<Hash> {
        (0..n).map(|i| algorithm.leaf(&[7; 16], &i.to_be_bytes())).collect()
    }

    #[test]
    fn the_empty_tree_has_the_root_the_standard_says() {
        let root = root(HashAlgorithm::Sha256, &[]);
        assert_eq!(hex::encode(root), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven_and_no_other_is() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sm3] {
            for n in 1..=33u64 {
                let all = leaves(n, algorithm);
                let top = root(algorithm, &all);
                for (index, leaf) in (0u64..).zip(&all) {
                    let path = inclusion(algorithm, &all, index as usize).expect("a path");
                    assert!(proves(algorithm, &top, leaf, index, n, &path), "{index} of {n}");
                    assert!(!proves(algorithm, &top, &algorithm.hash(&[b"forged"]), index, n, &path));
                    assert!(!proves(algorithm, &top, leaf, (index + 1) % n, n, &path) || n == 1);
                    assert!(!proves(algorithm, &algorithm.hash(&[b"other"]), leaf, index, n, &path));
                    if let Some(shorter) = path.split_last().map(|(_, rest)| rest) {
                        assert!(!proves(algorithm, &top, leaf, index, n, shorter));
                    }
                }
                assert_eq!(inclusion(algorithm, &all, n as usize), None);
            }
        }
    }
}
