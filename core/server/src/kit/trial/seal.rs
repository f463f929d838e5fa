//! Reports that can be trusted: signed, about this very component, and not saying more than their checks.

use super::report::{FORMAT, Report};
use crate::problem::Problem;
use daylight_host::TrustStore;
use sha2::{Digest, Sha256};

/// A report that holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// The report.
    pub report: Report,
    /// The key that signed it; nobody where it was not signed.
    pub signer: Option<String>,
}

/// The bytes of a report: what is written, and what is signed.
#[must_use]
pub fn text(report: &Report) -> String {
    format!("{}\n", serde_json::to_string_pretty(report).unwrap_or_default())
}

/// Reads a report about a component. With a signature, it must be of a trusted key; without, nobody vouches for it.
///
/// # Errors
/// `report.unreadable`: no report, or of another form. `report.unsound`: it claims another level than its checks give.
/// `report.digest`: it is about another component. `report.signature`: not of a trusted key, or changed since.
pub fn hold(text: &str, signature: Option<&str>, component: &[u8], trust: &TrustStore) -> Result<Held, Problem> {
    let signer = match signature {
        Some(signature) => Some(trust.verify_report(text.as_bytes(), signature)?),
        None => None,
    };
    let report = read(text)?;
    let digest = hex::encode(Sha256::digest(component));
    if report.plugin.digest != digest {
        let message = format!("报告是关于 {} 的，组件是 {digest}", report.plugin.digest);
        return Err(Problem::new("report.digest", message).fix("用同一个组件重新验收：daylight plugin test"));
    }
    Ok(Held { report, signer })
}

/// Reads a report.
///
/// # Errors
/// `report.unreadable`, `report.unsound`.
pub fn read(text: &str) -> Result<Report, Problem> {
    let again = "用 daylight plugin test --report 重新出具";
    let report: Report = serde_json::from_str(text)
        .map_err(|e| Problem::new("report.unreadable", format!("不是验收报告：{e}")).fix(again))?;
    if report.format != FORMAT {
        let message = format!("报告的格式是 {}，本程序读 {FORMAT}", report.format);
        return Err(Problem::new("report.unreadable", message).fix(again));
    }
    if !report.is_sound() {
        let message = format!("报告写的级别是 {}，与其中各项检查的结果不符", report.level.zh());
        return Err(Problem::new("report.unsound", message).fix(again));
    }
    Ok(report)
}
