//! Custom sections at the end of a component.

use std::borrow::Cow;
use wasm_encoder::{ComponentSection, CustomSection};

/// Adds a custom section to the outermost component.
pub(super) fn add(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to_component(component);
}
