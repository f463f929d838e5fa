//! Who applied, and how much of it others see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who applied. Stays in the desk's own rows; records carry name, kind of paper and number, as every source's do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    /// Code table `applicant_type`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Code table `id_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_type: Option<String>,
    /// Number of the identity paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_no: Option<String>,
    /// 法定代表人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_person: Option<String>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 代办人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
}

/// Who comes for the applicant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Name.
    pub name: String,
    /// Number of the identity paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_no: Option<String>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// Of a name the first character stays.
pub(crate) fn masked_name(name: &str) -> String {
    name.chars().next().map_or_else(String::new, |first| format!("{first}**"))
}

/// Of a number the last four characters stay, where it is long enough to hide the rest.
fn masked_number(number: &str) -> String {
    let all: Vec<char> = number.chars().collect();
    let tail: String = all.iter().skip(all.len().saturating_sub(4)).collect();
    if all.len() < 8 { "****".to_owned() } else { format!("****{tail}") }
}

impl Applicant {
    /// With everything personal made unrecognisable.
    #[must_use]
    pub fn masked(&self) -> Self {
        let number = |text: &Option<String>| text.as_deref().map(masked_number);
        Self {
            kind: self.kind.clone(),
            name: masked_name(&self.name),
            id_type: self.id_type.clone(),
            id_no: number(&self.id_no),
            legal_person: self.legal_person.as_deref().map(masked_name),
            phone: number(&self.phone),
            address: self.address.as_ref().map(|_| "****".to_owned()),
            agent: self.agent.as_ref().map(|agent| Agent {
                name: masked_name(&agent.name),
                id_no: number(&agent.id_no),
                phone: number(&agent.phone),
            }),
        }
    }
}
