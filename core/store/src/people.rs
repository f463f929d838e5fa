//! Who may use the system: people, their credentials, and the tokens and sessions they hold.

use crate::{AuditEntry, Result};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A person who may use the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserRow {
    /// Sign-in name.
    pub name: String,
    /// Role word ([`daylight_domain::role::Role`]).
    pub role: String,
    /// Department id, for roles of a department.
    pub department: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
}

/// What proves that somebody is who they say. Never leaves the house.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialRow {
    /// Whose.
    pub user: String,
    /// argon2id, in the PHC format; nothing until the person has chosen one.
    pub password: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// The ones before, newest first.
    pub older: Vec<String>,
    /// Wrong attempts in a row.
    pub failures: u32,
    /// Until when no attempt is taken.
    pub locked_until: Option<Timestamp>,
}

impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "credential of {}", self.user)
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Given out for a program, with scopes and an end.
    #[default]
    Token,
    /// A person who signed in; ends when unused.
    Session,
    /// Signs in exactly once.
    Link,
    /// Lets one wall (大屏) look, exactly once.
    ScreenLink,
    /// A wall that looks, and can do nothing else.
    Screen,
}

/// An API token, a session or a sign-in link; only the hash of its secret is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TokenRow {
    /// UUIDv7.
    pub id: String,
    /// SHA-256 of the secret, hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub hash: String,
    /// What it is for.
    pub name: String,
    /// Whose.
    pub user: String,
    /// Scope words: what it is limited to, within the rights of its person's role. Of a session: nothing, it has them all.
    pub scopes: Vec<String>,
    /// Restricted to this department.
    pub department: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// What it is.
    #[serde(default)]
    pub kind: TokenKind,
    /// When it was used last, to the minute.
    #[serde(default)]
    pub used_at: Option<Timestamp>,
}

/// The verbs about people. What changes somebody's rights is audited in the same transaction.
#[async_trait]
pub trait People: Send + Sync {
    /// Writes a user; the same name again replaces.
    async fn put_user(&self, user: &UserRow, audit: Option<AuditEntry>) -> Result<()>;
    /// One user.
    async fn user(&self, name: &str) -> Result<Option<UserRow>>;
    /// Every user, by name.
    async fn users(&self) -> Result<Vec<UserRow>>;
    /// Somebody's credential.
    async fn credential(&self, user: &str) -> Result<Option<CredentialRow>>;
    /// Writes somebody's credential.
    async fn put_credential(&self, credential: &CredentialRow, audit: Option<AuditEntry>) -> Result<()>;
    /// Stores a token by the hash of its secret; the same id again replaces.
    async fn put_token(&self, token: &TokenRow, audit: Option<AuditEntry>) -> Result<()>;
    /// Finds a token by the hash of its secret.
    async fn token(&self, hash: &str) -> Result<Option<TokenRow>>;
    /// Every token, of one user or of all, without hashes.
    async fn tokens(&self, user: Option<&str>) -> Result<Vec<TokenRow>>;
    /// Revokes a token. [`crate::StoreError::NotFound`] when there is none.
    async fn revoke_token(&self, id: &str, at: Timestamp, audit: Option<AuditEntry>) -> Result<()>;
    /// Revokes everything a user holds. Returns how many.
    async fn revoke_tokens(&self, user: &str, at: Timestamp) -> Result<u64>;
    /// Notes that a token was used, and until when it lasts by that. A revoked one stays revoked.
    async fn touch_token(&self, id: &str, at: Timestamp, until: Timestamp) -> Result<()>;
    /// Uses a sign-in link up: revokes it if nobody did before. Whether it was this call.
    async fn use_link(&self, id: &str, at: Timestamp) -> Result<bool>;
    /// Forgets sessions and links that ended before a time. Returns how many.
    async fn forget_sessions(&self, before: Timestamp) -> Result<u64>;
}
