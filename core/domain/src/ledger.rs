//! The chain. Every event's leaf is a hash over a random salt and the stored bytes; every link is a hash over the
//! link before and the leaf. Whoever holds one link can tell whether anything before it was changed.
//!
//! `leaf = H(0x00 ‖ salt ‖ canonical bytes)`, `link = H(0x01 ‖ previous link ‖ leaf)`; the prefixes are those of RFC 6962,
//! so that a leaf can never be taken for a link. The first link's predecessor is `H(department id)`.

pub mod merkle;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// The hash a county chose. It never changes within a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SM3 (GB/T 32905).
    Sm3,
}

/// A hash value.
pub type Hash = [u8; 32];

impl HashAlgorithm {
    /// The hash of several pieces one after the other.
    #[must_use]
    pub fn hash(self, pieces: &[&[u8]]) -> Hash {
        match self {
            Self::Sha256 => {
                let mut h = sha2::Sha256::new();
                pieces.iter().for_each(|p| h.update(p));
                h.finalize().into()
            }
            Self::Sm3 => {
                let mut h = sm3::Sm3::new();
                pieces.iter().for_each(|p| h.update(p));
                h.finalize().into()
            }
        }
    }

    /// What stands before the first link of a department.
    #[must_use]
    pub fn genesis(self, department: &str) -> Hash {
        self.hash(&[department.as_bytes()])
    }

    /// The leaf of an event.
    #[must_use]
    pub fn leaf(self, salt: &[u8; 16], canonical: &[u8]) -> Hash {
        self.hash(&[&[0], salt, canonical])
    }

    /// The next link.
    #[must_use]
    pub fn link(self, previous: &Hash, leaf: &Hash) -> Hash {
        self.hash(&[&[1], previous, leaf])
    }

    /// The word in configuration and database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sm3 => "sm3",
        }
    }
}
