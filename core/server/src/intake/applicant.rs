//! Who applied, as far as comparing cases needs it: a salted hash of the identity number, so that no index names anybody.

use crate::app::App;
use crate::problem::Problem;
use daylight_domain::check::fields_from_canonical;
use daylight_domain::ledger::HashAlgorithm;
use daylight_domain::record::{Field, Fields, RecordType};
use daylight_store::{ApplicantRow, Store};
use std::collections::BTreeMap;

/// Where the salt is kept.
const SALT: &str = "applicant.salt";
/// Set once everything that arrived before applicants were kept has been gone through.
const FILLED: &str = "applicant.filled";
/// Events gone through at once.
const TOGETHER: u32 = 5_000;

/// Makes keys of applicants. The salt is the county's own, drawn once.
#[derive(Clone, Debug)]
pub struct Applicants(String);

impl Applicants {
    /// With the salt the store keeps; drawn at first use.
    ///
    /// # Errors
    /// The store.
    pub async fn of(store: &dyn Store) -> Result<Self, Problem> {
        if let Some(salt) = store.setting(SALT).await? {
            return Ok(Self(salt));
        }
        let salt = hex::encode(rand::random::<[u8; 32]>());
        store.put_setting(SALT, &salt).await?;
        Ok(Self(salt))
    }

    /// The key of any words about somebody, for finding the same person again.
    #[must_use]
    pub fn keyed(&self, words: &str) -> String {
        let long = HashAlgorithm::Sha256.hash(&[self.0.as_bytes(), &[1], words.as_bytes()]);
        hex::encode(long.get(..16).unwrap_or_default())
    }

    /// The key of whoever applied; nothing where no number is reported, or one that is masked.
    #[must_use]
    pub fn key(&self, fields: &Fields) -> Option<[u8; 16]> {
        let number: String = fields.text(Field::ApplicantIdNo)?.chars().filter(|c| !c.is_whitespace()).collect();
        if number.is_empty() || number.contains(['*', '＊', '×']) {
            return None;
        }
        let mut short = [0; 16];
        let long = HashAlgorithm::Sha256.hash(&[self.0.as_bytes(), &[0], number.to_ascii_uppercase().as_bytes()]);
        short.iter_mut().zip(long).for_each(|(to, from)| *to = from);
        Some(short)
    }
}

impl App {
    /// Once: goes through the applications that arrived before applicants were kept.
    ///
    /// # Errors
    /// The store.
    pub(crate) async fn fill_applicants(&self) -> Result<(), Problem> {
        if self.store.setting(FILLED).await?.is_some() {
            return Ok(());
        }
        for id in self.config.departments.keys() {
            let mut after = 0;
            loop {
                let events = self.store.events_of_type(id, RecordType::Apply, after, TOGETHER).await?;
                let Some(last) = events.last().map(|e| e.seq) else { break };
                // Of one case the newest application counts.
                let mut rows: BTreeMap<String, ApplicantRow> = BTreeMap::new();
                for event in events {
                    let Some(fields) = fields_from_canonical(&event.payload) else { continue };
                    let row = ApplicantRow {
                        key: self.applicants.key(&fields),
                        item_code: event.item_code.unwrap_or_default(),
                        applied_at: event.event_time,
                        amended: true,
                        case_no: event.case_no.clone(),
                    };
                    rows.insert(event.case_no, row);
                }
                let rows: Vec<ApplicantRow> = rows.into_values().collect();
                self.store.put_applicants(id, &rows).await?;
                after = last;
            }
        }
        self.store.put_setting(FILLED, "1").await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daylight_domain::record::Value;

    fn said(number: &str) -> Fields {
        let mut fields = Fields::default();
        fields.set(Field::ApplicantIdNo, Value::Text(number.to_owned()));
        fields
    }

    #[test]
    fn the_same_number_is_the_same_key_and_only_with_the_same_salt() {
        let (one, other) = (Applicants("a".to_owned()), Applicants("b".to_owned()));
        let key = one.key(&said("11010519491231002x")).expect("a key");
        assert_eq!(one.key(&said(" 11010519491231002X ")), Some(key));
        assert_ne!(other.key(&said("11010519491231002X")), Some(key));
        assert_ne!(one.key(&said("110105194912310021")), Some(key));
    }

    #[test]
    fn a_masked_or_missing_number_is_nobodys() {
        let one = Applicants("a".to_owned());
        assert_eq!(one.key(&said("1101**********002X")), None);
        assert_eq!(one.key(&said("  ")), None);
        assert_eq!(one.key(&Fields::default()), None);
    }
}
