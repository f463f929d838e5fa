//! The proof of a scoring standard as checks of a report.

use super::Subject;
use super::report::Seen;
use crate::problem::Problem;
use crate::prove::{Proof, prove};
use daylight_host::{ActivePlugin, PluginHost, StandardLimits};
use std::collections::BTreeMap;

/// Limits at a vendor's desk: those of the sample configuration.
pub const DESK: StandardLimits =
    StandardLimits { memory_bytes: 64 << 20, fuel: 2_000_000_000, transfer_bytes: 64 << 20 };

/// What the proof says of these.
fn seen(proof: &Proof, codes: &[&str], mine: impl Fn(&Problem) -> bool, good: (String, String)) -> Seen {
    let mut wrong = proof.problems.iter().filter(|p| codes.contains(&p.code.as_str()) && mine(p)).peekable();
    match wrong.peek().map(|p| p.message.clone()) {
        None => Seen::pass(good.0, good.1),
        Some(first) => {
            let n = wrong.count();
            Seen::fail(format!("{n} 处不符，例：{first}"), format!("{n} do not hold, e.g. {first}"))
        }
    }
}

/// What differs when asked twice says so.
fn differs(p: &Problem) -> bool {
    p.message.contains(crate::prove::DIFFERENT)
}

/// Proves it, and says what each check saw.
pub(super) async fn look(
    subject: &Subject,
    host: &PluginHost,
    plugin: &ActivePlugin,
) -> Result<BTreeMap<&'static str, Seen>, Problem> {
    let proof = prove(host, plugin, &subject.bytes, None, &DESK).await?;
    let (vectors, tries, fuel) = (proof.vectors, proof.tries, proof.fuel);
    let any = |_: &Problem| true;
    let words = |zh: String, en: String| (zh, en);
    Ok(BTreeMap::from([
        (
            "standard.describe",
            seen(&proof, &["standard.describe"], any, words("说明成立".to_owned(), "it adds up".to_owned())),
        ),
        (
            "standard.vectors",
            seen(
                &proof,
                &["standard.vectors", "standard.vector"],
                any,
                words(format!("{vectors} 个向量都相符"), format!("all {vectors} vectors hold")),
            ),
        ),
        (
            "standard.assess",
            seen(
                &proof,
                &["standard.assess"],
                |p| !differs(p),
                words(
                    format!("{tries} 个随机输入都成立，单次最多 {fuel} 燃料"),
                    format!("{tries} random inputs, at most {fuel} fuel"),
                ),
            ),
        ),
        (
            "deterministic",
            seen(
                &proof,
                &["standard.assess"],
                differs,
                words(format!("{tries} 个随机输入两次相同"), format!("{tries} inputs gave the same twice")),
            ),
        ),
    ]))
}
