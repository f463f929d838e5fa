//! JSON Schemas of every kind of configuration file, made from the types that read them.

use super::{Department, Main};
use daylight_domain::calendar::CalendarYear;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// File name in `config/schema`, and schema.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Value)> {
    let make = || SchemaSettings::draft2020_12().for_deserialize().into_generator();
    vec![
        ("daylight.schema.json", make().into_root_schema_for::<Main>().to_value()),
        ("department.schema.json", make().into_root_schema_for::<Department>().to_value()),
        ("calendar.schema.json", make().into_root_schema_for::<CalendarYear>().to_value()),
        ("catalogue.schema.json", make().into_root_schema_for::<super::load::ItemFile>().to_value()),
        ("notify.schema.json", make().into_root_schema_for::<super::notify::Notify>().to_value()),
        ("rules.schema.json", make().into_root_schema_for::<super::load::RuleFile>().to_value()),
        ("report.schema.json", make().into_root_schema_for::<crate::kit::trial::report::Report>().to_value()),
        ("shape.schema.json", make().into_root_schema_for::<crate::kit::mock::Shape>().to_value()),
    ]
}
