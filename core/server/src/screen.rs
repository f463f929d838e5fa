//! Walls (大屏): a link that works once turns a browser into a wall. A wall holds no right of the person who gave the link: it looks
//! at numbers of the county, until its time is over or it is revoked like any token.

use crate::app::App;
use crate::people::{Given, token_hash};
use crate::problem::Problem;
use daylight_store::{TokenKind, TokenRow};
use serde_json::json;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

fn gone() -> Problem {
    Problem::new("screen.link", "大屏链接无效、已用过或已过期").fix("请安全管理员再发一个大屏链接")
}

impl App {
    /// Gives out a link that lets one wall look for so many days.
    ///
    /// # Errors
    /// The store.
    pub async fn give_screen(&self, name: &str, days: u32, actor: &str) -> Result<Given, Problem> {
        let (user, _) = self.there(actor).await?;
        let ms = i64::from(self.config.main.sign_in.link_minutes) * MINUTE_MS;
        let scopes = vec![days.to_string()];
        let (link, given) = self.held(&user, TokenKind::ScreenLink, (name, &scopes), ms);
        let entry = self.noted(actor, "screen.give", &link.id, json!({ "name": name, "days": days }));
        self.store.put_token(&TokenRow { department: None, ..link }, Some(entry)).await?;
        Ok(given)
    }

    async fn unused(&self, secret: &str) -> Result<TokenRow, Problem> {
        let row = self.store.token(&token_hash(secret)).await?.ok_or_else(gone)?;
        let good = row.kind == TokenKind::ScreenLink && row.revoked_at.is_none() && row.expires_at >= self.clock.now();
        if good { Ok(row) } else { Err(gone()) }
    }

    /// Which wall a link is for, without using it.
    ///
    /// # Errors
    /// `screen.link`
    pub async fn screen_link(&self, secret: &str) -> Result<String, Problem> {
        Ok(self.unused(secret).await?.name)
    }

    /// Uses a link up: what a wall holds from now on, and for how many days.
    ///
    /// # Errors
    /// `screen.link`
    pub async fn use_screen_link(&self, secret: &str) -> Result<(Given, u32), Problem> {
        let row = self.unused(secret).await?;
        let (user, _) = self.there(&row.user).await.map_err(|_| gone())?;
        let days = row.scopes.first().and_then(|d| d.parse().ok()).ok_or_else(gone)?;
        if !self.store.use_link(&row.id, self.clock.now()).await? {
            return Err(gone());
        }
        let (wall, given) = self.held(&user, TokenKind::Screen, (&row.name, &[]), i64::from(days) * DAY_MS);
        let entry = self.noted(&row.user, "screen.open", &wall.id, json!({ "name": row.name, "link": row.id }));
        self.store.put_token(&TokenRow { department: None, ..wall }, Some(entry)).await?;
        Ok((given, days))
    }

    /// Whether a secret is that of a wall that may look now. It may as long as whoever gave the link is there.
    ///
    /// # Errors
    /// The store.
    pub async fn is_screen(&self, secret: &str) -> Result<bool, Problem> {
        let Some(row) = self.store.token(&token_hash(secret)).await? else { return Ok(false) };
        let good = row.kind == TokenKind::Screen && row.revoked_at.is_none() && row.expires_at >= self.clock.now();
        Ok(good && self.there(&row.user).await.is_ok())
    }

    /// The address of a link.
    #[must_use]
    pub fn screen_address(&self, secret: &str) -> String {
        format!("{}/screen/open/{secret}", self.base_address())
    }
}
