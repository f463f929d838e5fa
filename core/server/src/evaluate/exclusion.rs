//! 统计排除: what is left out, as whoever counts asks for it.

use crate::app::App;
use crate::problem::Problem;
use chrono::NaiveDate;
use daylight_domain::exclusion::Exclusion;
use daylight_store::MatterFilter;

impl App {
    /// The exclusions in force that touch a period, both days included, in the order of their numbers.
    ///
    /// # Errors
    /// The store.
    pub async fn exclusions(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<Exclusion>, Problem> {
        let filter = MatterFilter {
            kind: "exclusion".to_owned(),
            states: vec!["in_force".to_owned()],
            limit: u32::MAX,
            ..MatterFilter::default()
        };
        let mut all = Vec::new();
        for row in self.store.matters(&filter).await? {
            all.push(row.read::<Exclusion>()?);
        }
        all.retain(|one| one.touches(from, to));
        Ok(all)
    }
}
