//! The catalogue (事项目录): items with their versions and checks, drafts of versions with their review, the provincial list.

mod draft;
mod item;
mod list;
pub(super) mod said;
mod write;

use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// Pages, and the operation each shows or does.
pub(super) const SHOWS: &[(&str, &str)] = &[
    ("/items", "/api/v1/items"),
    ("/items/{code}", "/api/v1/items/{code}"),
    ("/item-drafts", "/api/v1/item-drafts"),
    ("/item-drafts/{no}", "/api/v1/item-drafts/{no}"),
    ("/item-drafts/{no}/text", "/api/v1/item-drafts/{no}"),
    ("/item-drafts/{no}/{act}", "/api/v1/item-drafts/{no}/{act}"),
    ("/item-lists", "/api/v1/item-lists"),
    ("/item-lists/{no}", "/api/v1/item-lists/{no}"),
    ("/item-lists/{no}/{act}", "/api/v1/item-lists/{no}/{act}"),
];

/// The pages.
pub(super) fn routes() -> Router<Arc<crate::app::App>> {
    Router::new()
        .route("/items", get(item::list))
        .route("/items/{code}", get(item::one))
        .route("/item-drafts", get(draft::list).post(draft::begin))
        .route("/item-drafts/{no}", get(draft::one))
        .route("/item-drafts/{no}/text", get(write::page))
        .route("/item-drafts/{no}/{act}", post(draft::act))
        .route("/item-lists", get(list::list).post(list::import))
        .route("/item-lists/{no}", get(list::one))
        .route("/item-lists/{no}/{act}", post(list::act))
}
