//! 抽查: drawing a sample from the closed cases, and what a look at one gave.

use super::Deed;
use crate::app::App;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use daylight_domain::department::Phase;
use daylight_domain::procedure::Done;
use daylight_domain::rule::SampleFacts;
use daylight_domain::sampling::{Check, Draw, Drawn, FormLine, Population, SamplingPlan};
use serde_json::json;

/// Cases read at once.
const PAGE: u32 = 1000;
/// The largest sample.
pub(crate) const MOST: u32 = 2000;

impl App {
    /// Draws a plan from what is closed now, and keeps it with its seed, the count and the digest of what it was drawn from.
    pub(crate) async fn draw(
        &self,
        name: &str,
        population: Population,
        (size, seed): (u32, Option<String>),
        form: Vec<FormLine>,
        by: &str,
    ) -> Result<SamplingPlan, Problem> {
        let seed = seed.unwrap_or_else(|| hex::encode(rand::random::<[u8; 32]>()));
        let mut draw = Draw::new(&seed, size);
        let (from, to) = (Timestamp::start_of(population.from), Timestamp::end_of(population.to));
        for department in self.config.departments.values() {
            let wanted = match &population.department {
                Some(id) => *id == department.id,
                None => department.phase == Phase::Live,
            };
            if !wanted {
                continue;
            }
            let mut after = String::new();
            loop {
                let rows = self.store.cases_in_period(&department.id, from, to, &after, PAGE).await?;
                let Some(last) = rows.last().map(|r| r.case.case_no.clone()) else { break };
                for row in &rows {
                    let closed = row.case.closed_at().is_some_and(|at| from <= at && at < to);
                    if closed && population.item.as_ref().is_none_or(|item| *item == row.case.item_code) {
                        let case_no = row.case.case_no.clone();
                        draw.pass(Drawn { department: department.id.clone(), case_no });
                    }
                }
                if rows.len() < usize::try_from(PAGE).unwrap_or(0) {
                    break;
                }
                after = last;
            }
        }
        let (drawn, population_count, population_digest) = draw.end();
        if drawn.is_empty() {
            return Err(Problem::new("sampling.empty", "这个范围内没有办结的办件").fix("放宽日期、事项或部门"));
        }
        let plan = SamplingPlan {
            no: String::new(),
            name: name.to_owned(),
            population,
            population_count,
            population_digest,
            seed,
            size,
            form,
            state: "drawn".to_owned(),
            drawn,
            checks: Vec::new(),
            steps: vec![Done {
                act: "draw".to_owned(),
                by: by.to_owned(),
                at: self.clock.now(),
                text: name.to_owned(),
            }],
        };
        let detail = json!({ "seed": plan.seed, "of": plan.population_count, "digest": plan.population_digest });
        self.begin_matter(&plan, Deed { act: "draw", by }, detail).await
    }

    /// Takes what the look at a case gave. That its data was false is a finding (D-19), whose card a person confirms. It is
    /// written first, so that no check ever stands without it; written twice it is one.
    pub(crate) async fn sampled(&self, no: &str, check: Check) -> Result<SamplingPlan, Problem> {
        let facts = SampleFacts {
            department: check.case.department.clone(),
            case_no: check.case.case_no.clone(),
            checked_at: check.at,
            authentic: Some(check.authentic),
            found: check.text.clone(),
        };
        let detail = json!({ "case": facts.case_no, "authentic": facts.authentic });
        loop {
            let mut kept = self.find_matter::<SamplingPlan>(no).await?;
            kept.matter.check(check.clone())?;
            self.found_about(&facts.department, &facts).await?;
            match self.keep_matter(kept, Deed { act: "check", by: &check.by }, detail.clone()).await {
                // Somebody else looked at another case of the sample meanwhile.
                Err(problem) if problem.code == "store.conflict" => {}
                done => return done,
            }
        }
    }
}
