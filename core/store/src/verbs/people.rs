//! The verbs about people in SQL.

use super::{Db, Verbs, begin, bodies, failed, json};
use crate::people::{CredentialRow, People, TokenKind, TokenRow, UserRow};
use crate::{AuditEntry, Result, StoreError};
use async_trait::async_trait;
use daylight_domain::Timestamp;
use sqlx::QueryBuilder;

impl Verbs {
    /// One row written and audited in one transaction.
    pub(super) async fn audited(&self, mut query: QueryBuilder<Db>, audit: Option<AuditEntry>) -> Result<u64> {
        let mut tx = begin(&self.write).await?;
        let n = query.build().execute(&mut *tx).await.map_err(failed)?.rows_affected();
        if let Some(entry) = audit {
            self.add_audit(&mut tx, entry).await?;
        }
        tx.commit().await.map_err(failed)?;
        Ok(n)
    }

    /// Replaces a token if it still is as it was read. Whether it was.
    async fn swap_token(&self, was: &TokenRow, is: &TokenRow, audit: Option<AuditEntry>) -> Result<bool> {
        let mut q: QueryBuilder<Db> = QueryBuilder::new("UPDATE token SET body = ");
        q.push_bind(json(is)?).push(" WHERE id = ").push_bind(was.id.clone());
        q.push(" AND body = ").push_bind(json(was)?);
        let mut tx = begin(&self.write).await?;
        let n = q.build().execute(&mut *tx).await.map_err(failed)?.rows_affected();
        if let Some(entry) = audit.filter(|_| n == 1) {
            self.add_audit(&mut tx, entry).await?;
        }
        tx.commit().await.map_err(failed)?;
        Ok(n == 1)
    }

    /// Changes a token whatever others do to it at the same time: nothing of theirs is undone.
    async fn change_token(
        &self,
        id: &str,
        audit: Option<AuditEntry>,
        change: impl Fn(&mut TokenRow) + Send,
    ) -> Result<()> {
        loop {
            let was = self.token_by_id(id).await?;
            let mut is = was.clone();
            change(&mut is);
            if is == was || self.swap_token(&was, &is, audit.clone()).await? {
                return Ok(());
            }
        }
    }

    async fn token_by_id(&self, id: &str) -> Result<TokenRow> {
        let mut q = QueryBuilder::new("SELECT body FROM token WHERE id = ");
        q.push_bind(id.to_owned());
        self.one(q).await?.ok_or_else(|| StoreError::NotFound(format!("token {id}")))
    }
}

#[async_trait]
impl People for Verbs {
    async fn put_user(&self, user: &UserRow, audit: Option<AuditEntry>) -> Result<()> {
        let mut q = QueryBuilder::new("INSERT INTO person (name, body) VALUES (");
        q.push_bind(user.name.clone()).push(", ").push_bind(json(user)?);
        q.push(") ON CONFLICT (name) DO UPDATE SET body = excluded.body");
        self.audited(q, audit).await.map(|_| ())
    }

    async fn user(&self, name: &str) -> Result<Option<UserRow>> {
        let mut q = QueryBuilder::new("SELECT body FROM person WHERE name = ");
        q.push_bind(name.to_owned());
        self.one(q).await
    }

    async fn users(&self) -> Result<Vec<UserRow>> {
        bodies(&sqlx::query("SELECT body FROM person ORDER BY name").fetch_all(&self.read).await.map_err(failed)?)
    }

    async fn credential(&self, user: &str) -> Result<Option<CredentialRow>> {
        let mut q = QueryBuilder::new("SELECT body FROM credential WHERE name = ");
        q.push_bind(user.to_owned());
        self.one(q).await
    }

    async fn put_credential(&self, credential: &CredentialRow, audit: Option<AuditEntry>) -> Result<()> {
        let mut q = QueryBuilder::new("INSERT INTO credential (name, body) VALUES (");
        q.push_bind(credential.user.clone()).push(", ").push_bind(json(credential)?);
        q.push(") ON CONFLICT (name) DO UPDATE SET body = excluded.body");
        self.audited(q, audit).await.map(|_| ())
    }

    async fn put_token(&self, token: &TokenRow, audit: Option<AuditEntry>) -> Result<()> {
        let kept = TokenRow { hash: String::new(), ..token.clone() };
        let mut q = QueryBuilder::new("INSERT INTO token (id, hash, body) VALUES (");
        q.push_bind(token.id.clone()).push(", ").push_bind(token.hash.clone()).push(", ").push_bind(json(&kept)?);
        q.push(") ON CONFLICT (id) DO UPDATE SET body = excluded.body");
        self.audited(q, audit).await.map(|_| ())
    }

    async fn token(&self, hash: &str) -> Result<Option<TokenRow>> {
        let mut q = QueryBuilder::new("SELECT body FROM token WHERE hash = ");
        q.push_bind(hash.to_owned());
        self.one(q).await
    }

    async fn tokens(&self, user: Option<&str>) -> Result<Vec<TokenRow>> {
        let rows = sqlx::query("SELECT body FROM token ORDER BY id").fetch_all(&self.read).await.map_err(failed)?;
        let all: Vec<TokenRow> = bodies(&rows)?;
        let of = all.into_iter().filter(|t| user.is_none_or(|u| u == t.user));
        Ok(of.map(|t| TokenRow { hash: String::new(), ..t }).collect())
    }

    async fn revoke_token(&self, id: &str, at: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        self.change_token(id, audit, |token| token.revoked_at = token.revoked_at.or(Some(at))).await
    }

    async fn revoke_tokens(&self, user: &str, at: Timestamp) -> Result<u64> {
        let mut n = 0;
        for token in self.tokens(Some(user)).await?.iter().filter(|t| t.revoked_at.is_none()) {
            self.revoke_token(&token.id, at, None).await?;
            n += 1;
        }
        Ok(n)
    }

    async fn touch_token(&self, id: &str, at: Timestamp, until: Timestamp) -> Result<()> {
        self.change_token(id, None, |token| {
            token.used_at = Some(at);
            token.expires_at = until;
        })
        .await
    }

    async fn use_link(&self, id: &str, at: Timestamp) -> Result<bool> {
        let token = self.token_by_id(id).await?;
        let used = TokenRow { revoked_at: Some(at), ..token.clone() };
        Ok(token.revoked_at.is_none() && self.swap_token(&token, &used, None).await?)
    }

    async fn forget_sessions(&self, before: Timestamp) -> Result<u64> {
        let mut tx = begin(&self.write).await?;
        let rows = sqlx::query("SELECT body FROM token").fetch_all(&mut *tx).await.map_err(failed)?;
        let all: Vec<TokenRow> = bodies(&rows)?;
        let mut n = 0;
        for token in all.iter().filter(|t| t.kind != TokenKind::Token && t.expires_at < before) {
            let query = sqlx::query("DELETE FROM token WHERE id = $1").bind(token.id.clone());
            n += query.execute(&mut *tx).await.map_err(failed)?.rows_affected();
        }
        tx.commit().await.map_err(failed)?;
        Ok(n)
    }
}
