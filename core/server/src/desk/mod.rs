//! The approval management system (行政审批管理系统) for departments without a system of their own: what an act may be stands in the
//! domain (`desk`); here it is kept in one transaction with its records, papers and numbers, and what it reports goes the way of every
//! source's records ([`take`]). With a connector there is no desk: nothing is entered twice.

mod day;
mod joint;
mod keep;
mod near;
mod settings;
mod take;
mod view;

pub use keep::{DeskDeed, DeskDone, DeskKept};
pub use settings::DeskSettings;
pub(crate) use settings::mistakes;
pub use view::{DeskCaseView, DeskListed, DeskOpenStep, DeskRecordView, DeskTask};
pub(crate) use view::{address, percent};

use crate::app::App;
use crate::config::Department;
use crate::problem::Problem;
use daylight_domain::desk::{DeskActor, DeskCase, DeskError};
use daylight_store::DeskRow;

impl From<DeskError> for Problem {
    fn from(e: DeskError) -> Self {
        Self::told(&e, "desk.state")
    }
}

/// A case at the desk as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// The case.
    pub case: DeskCase,
    /// Which version of it.
    pub version: i64,
}

impl Read {
    fn of(row: &DeskRow) -> Result<Self, Problem> {
        let case = serde_json::from_str(&row.body)
            .map_err(|e| Problem::new("store.database", format!("办件 {} 的内容损坏：{e}", row.no)))?;
        Ok(Self { case, version: row.revision })
    }
}

impl App {
    /// A department that works at the desk, with its settings.
    ///
    /// # Errors
    /// `department.unknown`, `desk.connector`, `desk.off`, `desk.phase`.
    pub(crate) fn desk(&self, id: &str) -> Result<(&Department, &DeskSettings), Problem> {
        let department = self.department(id)?;
        if let Some(connector) = &department.connector {
            let message = format!("“{}”已用连接器 {connector} 接入自己的系统，窗口办件系统停用", department.name);
            return Err(Problem::new("desk.connector", message));
        }
        let Some(settings) = department.at_desk() else {
            return Err(Problem::new("desk.off", format!("“{}”没有开通窗口办件系统", department.name)));
        };
        if !department.phase.ingests() {
            let message = format!("“{}”处于 {}，窗口办件系统尚不能使用", department.name, department.phase.as_str());
            return Err(Problem::new("desk.phase", message));
        }
        Ok((department, settings))
    }

    /// A case at the desk.
    ///
    /// # Errors
    /// `desk.unknown`, the store.
    pub(crate) async fn desk_read(&self, department: &str, no: &str) -> Result<Read, Problem> {
        let name = self.department(department).map_or(department, |d| d.name.as_str());
        let unknown = || Problem::new("desk.unknown", format!("“{name}”的窗口办件系统中没有办件 {no}"));
        Read::of(&self.store.desk_case(department, no).await?.ok_or_else(unknown)?)
    }

    /// A case at the desk that this person's department handles, or is asked about, or asked about itself.
    ///
    /// # Errors
    /// `desk.unknown`: a case of others is not known here.
    pub(crate) async fn desk_read_as(
        &self,
        by: DeskActor<'_>,
        (department, no): (&str, &str),
    ) -> Result<Read, Problem> {
        let read = self.desk_read(department, no).await?;
        let concerned = read.case.asks_of(by.department) || read.case.is_part_of(by.department);
        if read.case.department != by.department && !concerned {
            let name = self.department(department).map_or(department, |d| d.name.as_str());
            return Err(Problem::new("desk.unknown", format!("“{name}”的窗口办件系统中没有办件 {no}")));
        }
        Ok(read)
    }

    /// Under what an applicant's name is found again.
    pub(crate) fn desk_name_key(&self, name: &str) -> String {
        self.applicants.keyed(&format!("desk\n{}", name.trim()))
    }
}
