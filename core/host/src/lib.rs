//! Plugins: how they are admitted, limited, granted what they need, and run. The only crate that names wasmtime.
//!
//! `bytes → admit → AdmittedPlugin → activate → ActivePlugin → open → Session → next → Page`. Guests run on threads of their own, and everything
//! that crosses is an owned message, so that a guest can later run in a process of its own. Whatever a guest does, the host
//! survives, names the cause ([`PluginError`]), and other departments go on.

mod admit;
pub mod contract;
mod engine;
mod error;
mod limits;
mod look;
mod manifest;
mod run;
mod trust;

pub use admit::{AdmittedPlugin, verify};
pub use engine::{ActivePlugin, HostConfig, HostDeps, PluginHost};
pub use error::PluginError;
pub use limits::{Limits, StandardLimits};
pub use look::{Anatomy, anatomy};
pub use manifest::{Asks, Manifest, PluginKind, SECTION, VECTORS, vectors};
pub use run::connector::{CheckReport, PluginProblem, Session, SessionPage};
pub use run::grants::{DatabaseGrant, FileGrant, Grants, HttpGrant};
pub use run::http::{authorities, ready_for_tls, with_secret};
pub use trust::{TrustStore, generate_key, public_of, sign, sign_report};
