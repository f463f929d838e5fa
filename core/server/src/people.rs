//! People: who they are, how they prove it, and what they hold. Passwords are argon2id; wrong attempts lock; a sign-in link works
//! once; every change is in the audit.

use crate::app::App;
use crate::problem::Problem;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use daylight_domain::Timestamp;
use daylight_domain::role::{Right, Role};
use daylight_store::{AuditEntry, CredentialRow, StoreError, TokenKind, TokenRow, UserRow};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{LazyLock, PoisonError};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Names tried at the same time.
pub(crate) const SEATS: u64 = 64;
/// Names that nobody has, of which wrong attempts are counted.
const GUESSED: usize = 10_000;

/// `[sign_in]`: how people prove who they are. The defaults are what GB/T 22239 (等级保护) third grade is usually read to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// The shortest password, characters.
    pub min_length: u32,
    /// Of lower case, upper case, digits and others, so many kinds at least.
    pub kinds: u32,
    /// Days after which a password must be changed; 0: never.
    pub max_days: u32,
    /// So many passwords before it may not be used again.
    pub history: u32,
    /// Wrong attempts in a row that lock.
    pub lock_after: u32,
    /// For how long.
    pub lock_minutes: u32,
    /// A session that nobody uses ends after so many minutes.
    pub idle_minutes: u32,
    /// And every session after so many hours.
    pub session_hours: u32,
    /// A sign-in link works for so many minutes.
    pub link_minutes: u32,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            min_length: 10,
            kinds: 3,
            max_days: 90,
            history: 5,
            lock_after: 5,
            lock_minutes: 30,
            idle_minutes: 30,
            session_hours: 10,
            link_minutes: 30,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Of the token or the session.
    pub token: String,
    /// The person.
    pub user: String,
    /// In which role.
    pub role: Role,
    /// For which department; nothing: the county.
    pub department: Option<String>,
    /// What is allowed.
    pub rights: BTreeSet<Right>,
    /// The password is too old: nothing but a new one is allowed.
    pub stale: bool,
    /// Signed in, not by a token for a program.
    pub session: bool,
    /// Under which its secret is kept.
    pub(crate) hash: String,
}

impl Caller {
    /// Whether it may do something.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

/// A secret that was just given out, and until when it works. It is shown once and kept nowhere.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Given {
    /// Id of the token, session or link.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The hash under which a token's secret is kept.
#[must_use]
pub fn token_hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

fn secret(kind: TokenKind) -> String {
    let mark = match kind {
        TokenKind::Token => "dl",
        TokenKind::Session => "dls",
        TokenKind::Link => "dll",
        TokenKind::ScreenLink => "dlw",
        TokenKind::Screen => "dlv",
    };
    format!("{mark}_{}", hex::encode(rand::random::<[u8; 24]>()))
}

/// What a password is hashed to; the work takes tens of milliseconds, off the threads that serve people.
async fn hashed(password: String) -> Result<String, Problem> {
    let work = move || Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string());
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Problem::new("internal", e.to_string()))?.map_err(|e| Problem::new("internal", e.to_string()))
}

/// A hash of nobody's password: an unknown name takes as long as a wrong password.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| Argon2::default().hash_password(b"nobody").map(|h| h.to_string()).unwrap_or_default());

/// As many at once as there is anything to gain from; each takes 19 MiB.
static HASHING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

async fn fits(password: String, hash: String) -> bool {
    let _turn = HASHING.acquire().await;
    let work = move || {
        let hash = if hash.is_empty() { NOBODY.clone() } else { hash };
        PasswordHash::new(&hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
    };
    tokio::task::spawn_blocking(work).await.unwrap_or(false)
}

fn kinds(password: &str) -> u32 {
    let has = |test: fn(char) -> bool| u32::from(password.chars().any(test));
    has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| !c.is_ascii_alphanumeric())
}

/// Names under which the system itself acts.
const OURS: [&str; 3] = ["system", "cli", "demo"];

/// Whether a name can be told from every other by looking at it, and stands in an address.
fn good_name(name: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || (c.is_whitespace() && c != ' ')
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            || matches!(c, '/' | '\\')
    };
    !name.is_empty()
        && name.trim() == name
        && name.chars().count() <= 40
        && !name.chars().any(hidden)
        && !name.chars().all(|c| c == '.')
        && !OURS.contains(&name.to_lowercase().as_str())
}

fn unknown(name: &str) -> Problem {
    Problem::new("user.unknown", format!("没有用户“{name}”")).fix("daylight user list")
}

fn disabled(name: &str) -> Problem {
    Problem::new("user.disabled", format!("“{name}”已停用")).fix("用另一个名称")
}

fn wrong() -> Problem {
    Problem::new("auth.password", "名称或密码不对").fix("核对后再试；忘记密码请安全管理员发一次性登录链接")
}

impl App {
    pub(crate) fn noted(&self, actor: &str, action: &str, object: &str, detail: serde_json::Value) -> AuditEntry {
        AuditEntry {
            at: self.clock.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            object: object.to_owned(),
            detail: detail.to_string(),
        }
    }

    /// Makes a person.
    ///
    /// # Errors
    /// `user.name`, `user.role`, `user.department`, `user.exists`.
    pub async fn add_user(
        &self,
        name: &str,
        role: &str,
        department: Option<&str>,
        actor: &str,
    ) -> Result<UserRow, Problem> {
        if !good_name(name) {
            let message = "名称应为 1 到 40 个看得见的字符，首尾没有空格，不含 / 与 \\，也不是系统自用的名称";
            return Err(Problem::new("user.name", message).fix("例：daylight user add wang --role supervision"));
        }
        let role = Role::from_name(role).ok_or_else(|| {
            let all: Vec<String> = Role::ALL.iter().map(|r| format!("{}（{}）", r.as_str(), r.name_zh())).collect();
            Problem::new("user.role", format!("没有角色“{role}”")).fix(all.join("、"))
        })?;
        match department {
            Some(id) if role.of_department() => {
                self.department(id)?;
            }
            Some(_) => {
                let message = format!("{}是全县的角色，不属于一个部门", role.name_zh());
                return Err(Problem::new("user.department", message).fix("去掉部门，或选部门的角色"));
            }
            None if role.of_department() => {
                let message = format!("{}是部门的角色，需要写明部门", role.name_zh());
                return Err(Problem::new("user.department", message).fix("加上 --department 部门编号"));
            }
            None => {}
        }
        if let Some(there) = self.store.user(name).await? {
            if there.disabled_at.is_some() {
                return Err(disabled(name));
            }
            let place = there.department.as_deref().unwrap_or("全县");
            let message = format!("“{name}”已存在，角色 {}，{place}", there.role);
            return Err(Problem::new("user.exists", message).fix("用另一个名称，或为其另发令牌或登录链接"));
        }
        let user = UserRow {
            name: name.to_owned(),
            role: role.as_str().to_owned(),
            department: department.map(str::to_owned),
            created_at: self.clock.now(),
            disabled_at: None,
        };
        let detail = serde_json::json!({ "role": user.role, "department": user.department });
        self.store.put_user(&user, Some(self.noted(actor, "user.add", name, detail))).await?;
        Ok(user)
    }

    /// Somebody who is there and not disabled.
    pub(crate) async fn there(&self, name: &str) -> Result<(UserRow, Role), Problem> {
        let user = self.store.user(name).await?.ok_or_else(|| unknown(name))?;
        if user.disabled_at.is_some() {
            return Err(disabled(name));
        }
        let role = Role::from_name(&user.role)
            .ok_or_else(|| Problem::new("user.role", format!("“{name}”的角色“{}”已不存在", user.role)))?;
        Ok((user, role))
    }

    pub(crate) fn held(
        &self,
        user: &UserRow,
        kind: TokenKind,
        (name, scopes): (&str, &[String]),
        ms: i64,
    ) -> (TokenRow, Given) {
        let (now, secret) = (self.clock.now(), secret(kind));
        let row = TokenRow {
            id: uuid::Uuid::now_v7().to_string(),
            hash: token_hash(&secret),
            name: name.to_owned(),
            user: user.name.clone(),
            scopes: scopes.to_vec(),
            department: user.department.clone(),
            created_at: now,
            expires_at: now.plus_ms(ms),
            revoked_at: None,
            kind,
            used_at: None,
        };
        let given = Given { id: row.id.clone(), secret, expires_at: row.expires_at };
        (row, given)
    }

    /// The rights of somebody's role but some, as words.
    pub(crate) async fn token_scopes(&self, user: &str, but: &[Right]) -> Result<Vec<String>, Problem> {
        let (_, role) = self.there(user).await?;
        Ok(role.rights().iter().filter(|r| !but.contains(r)).map(|r| r.as_str().to_owned()).collect())
    }

    /// Gives out a token for a program that acts in somebody's name, limited to scopes within that person's rights; none: all.
    ///
    /// # Errors
    /// `user.unknown`, `user.disabled`, `config.scope`.
    pub async fn give_token(
        &self,
        user: &str,
        name: &str,
        scopes: &[String],
        days: u32,
        actor: &str,
    ) -> Result<Given, Problem> {
        let (row, role) = self.there(user).await?;
        let mine: Vec<String> = role.rights().iter().map(|r| r.as_str().to_owned()).collect();
        if let Some(scope) = scopes.iter().find(|s| !mine.contains(s)) {
            let message = format!("{}没有权限“{scope}”", role.name_zh());
            return Err(Problem::new("config.scope", message).fix(mine.join("、")));
        }
        let scopes = if scopes.is_empty() { mine } else { scopes.to_vec() };
        let (token, given) = self.held(&row, TokenKind::Token, (name, &scopes), i64::from(days) * DAY_MS);
        let detail = serde_json::json!({ "token": token.id, "scopes": token.scopes, "department": token.department });
        self.store.put_token(&token, Some(self.noted(actor, "token.give", user, detail))).await?;
        Ok(given)
    }

    /// Gives out a link that signs somebody in once and lets them choose a password.
    ///
    /// # Errors
    /// `user.unknown`, `user.disabled`.
    pub async fn give_link(&self, user: &str, actor: &str) -> Result<Given, Problem> {
        let (row, _) = self.there(user).await?;
        let ms = i64::from(self.config.main.sign_in.link_minutes) * MINUTE_MS;
        let (token, given) = self.held(&row, TokenKind::Link, ("link", &[]), ms);
        let detail = serde_json::json!({ "link": token.id });
        self.store.put_token(&token, Some(self.noted(actor, "link.give", user, detail))).await?;
        Ok(given)
    }

    /// One attempt at a time for a name: attempts side by side would not be counted.
    async fn one_attempt(&self, name: &str) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let mut hash = DefaultHasher::new();
        name.hash(&mut hash);
        let at = usize::try_from(hash.finish() % SEATS).unwrap_or(0);
        match self.signing_in.get(at) {
            Some(seat) => Some(seat.lock().await),
            None => None,
        }
    }

    /// Tries a password: counts wrong ones, locks, and looks the same for a name that nobody has.
    async fn prove(&self, name: &str, password: &str) -> Result<UserRow, Problem> {
        let rules = &self.config.main.sign_in;
        let now = self.clock.now();
        let locked = |until: Timestamp| {
            let message = format!("多次输错，{} 前不再接受登录", until.local().format("%Y-%m-%d %H:%M"));
            Problem::new("auth.locked", message).fix("稍后再试，或请安全管理员解锁")
        };
        let user = self.store.user(name).await?.filter(|u| u.disabled_at.is_none());
        let known = match &user {
            Some(_) => self.store.credential(name).await?.filter(|c| c.password.is_some()),
            None => None,
        };
        let guessed =
            self.guesses.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or_default();
        let until = known.as_ref().map_or(guessed.1, |c| c.locked_until);
        if let Some(until) = until.filter(|until| *until > now) {
            return Err(locked(until));
        }
        let hash = known.as_ref().and_then(|c| c.password.clone()).unwrap_or_default();
        let good = fits(password.to_owned(), hash).await;
        let lock = now.plus_ms(i64::from(rules.lock_minutes) * MINUTE_MS);
        match (user, known) {
            (Some(user), Some(mut known)) if good => {
                if known.failures > 0 || known.locked_until.is_some() {
                    known.failures = 0;
                    known.locked_until = None;
                    self.store.put_credential(&known, None).await?;
                }
                Ok(user)
            }
            (_, Some(mut known)) => {
                known.failures += 1;
                let locks = known.failures >= rules.lock_after;
                if locks {
                    known.failures = 0;
                    known.locked_until = Some(lock);
                }
                let action = if locks { "sign-in.locked" } else { "sign-in.failed" };
                let entry = self.noted(name, action, name, serde_json::json!({}));
                self.store.put_credential(&known, Some(entry)).await?;
                Err(wrong())
            }
            _ => {
                let mut all = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
                if all.len() >= GUESSED {
                    all.clear();
                }
                let one = all.entry(name.to_owned()).or_default();
                one.0 += 1;
                if one.0 >= rules.lock_after {
                    *one = (0, Some(lock));
                }
                Err(wrong())
            }
        }
    }

    /// Signs in by name and password.
    ///
    /// # Errors
    /// `auth.password`, `auth.locked`; the same for a name that nobody has.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<Given, Problem> {
        let _one = self.one_attempt(name).await;
        let user = self.prove(name, password).await?;
        self.begin_session(&user, "sign-in").await
    }

    async fn begin_session(&self, user: &UserRow, action: &str) -> Result<Given, Problem> {
        let (session, given) = self.held(user, TokenKind::Session, ("session", &[]), self.idle_ms());
        let entry = self.noted(&user.name, action, &user.name, serde_json::json!({ "session": session.id }));
        self.store.put_token(&session, Some(entry)).await?;
        Ok(given)
    }

    fn idle_ms(&self) -> i64 {
        i64::from(self.config.main.sign_in.idle_minutes) * MINUTE_MS
    }

    async fn link(&self, secret: &str) -> Result<(TokenRow, UserRow), Problem> {
        let gone = || {
            Problem::new("auth.link", "登录链接无效、已用过或已过期")
                .fix("请安全管理员再发一个：daylight user link 名称")
        };
        let row = self.store.token(&token_hash(secret)).await?.ok_or_else(gone)?;
        let good = row.kind == TokenKind::Link && row.revoked_at.is_none() && row.expires_at >= self.clock.now();
        if !good {
            return Err(gone());
        }
        let (user, _) = self.there(&row.user).await?;
        Ok((row, user))
    }

    /// Whose a sign-in link is, without using it.
    ///
    /// # Errors
    /// `auth.link`
    pub async fn link_of(&self, secret: &str) -> Result<String, Problem> {
        Ok(self.link(secret).await?.1.name)
    }

    /// Signs in by a link, which thereby is used up, and sets the password.
    ///
    /// # Errors
    /// `auth.link`, `auth.password-rules`; a password that does not fit leaves the link as it is.
    pub async fn use_link(&self, secret: &str, password: &str) -> Result<Given, Problem> {
        let (row, user) = self.link(secret).await?;
        let _one = self.one_attempt(&user.name).await;
        let mut known = self.store.credential(&user.name).await?.unwrap_or_default();
        let hash = self.fresh(&known, &user.name, password).await?;
        if !self.store.use_link(&row.id, self.clock.now()).await? {
            return Err(Problem::new("auth.link", "登录链接刚刚被用过"));
        }
        self.renew(&mut known, &user.name, hash, "link.use").await?;
        self.end_others(&user.name, &row.id).await?;
        self.begin_session(&user, "sign-in").await
    }

    /// Ends every session and every link of somebody but one: the password they rest on is another now.
    async fn end_others(&self, user: &str, but: &str) -> Result<(), Problem> {
        let now = self.clock.now();
        for token in self.store.tokens(Some(user)).await? {
            let own = matches!(token.kind, TokenKind::Session | TokenKind::Link);
            if own && token.id != but && token.revoked_at.is_none() {
                self.store.revoke_token(&token.id, now, None).await?;
            }
        }
        Ok(())
    }

    /// Changes somebody's own password; every other session of theirs ends.
    ///
    /// # Errors
    /// `auth.password`, `auth.password-rules`.
    pub async fn change_password(&self, caller: &Caller, old: &str, new: &str) -> Result<(), Problem> {
        let _one = self.one_attempt(&caller.user).await;
        self.prove(&caller.user, old).await?;
        let mut known = self.store.credential(&caller.user).await?.unwrap_or_default();
        let hash = self.fresh(&known, &caller.user, new).await?;
        self.renew(&mut known, &caller.user, hash, "password.change").await?;
        self.end_others(&caller.user, &caller.token).await
    }

    async fn renew(&self, known: &mut CredentialRow, user: &str, hash: String, action: &str) -> Result<(), Problem> {
        let keep = usize::try_from(self.config.main.sign_in.history).unwrap_or(0);
        known.user = user.to_owned();
        if let Some(old) = known.password.replace(hash) {
            known.older.insert(0, old);
        }
        known.older.truncate(keep);
        known.since = self.clock.now();
        known.failures = 0;
        known.locked_until = None;
        let entry = self.noted(user, action, user, serde_json::json!({}));
        Ok(self.store.put_credential(known, Some(entry)).await?)
    }

    /// The hash of a new password, if it may be one.
    async fn fresh(&self, known: &CredentialRow, name: &str, password: &str) -> Result<String, Problem> {
        let rules = &self.config.main.sign_in;
        let refuse = |message: String| Err(Problem::new("auth.password-rules", message).fix("换一个密码"));
        let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
        if length < rules.min_length || length > 200 {
            return refuse(format!("密码应为 {} 到 200 个字符", rules.min_length));
        }
        if kinds(password) < rules.kinds {
            return refuse(format!("密码应含大写、小写、数字、其他字符中的至少 {} 类", rules.kinds));
        }
        if password.to_lowercase().contains(&name.to_lowercase()) {
            return refuse("密码不能含有名称".to_owned());
        }
        for old in known.password.iter().chain(&known.older) {
            if fits(password.to_owned(), old.clone()).await {
                return refuse(format!("不能与最近 {} 个密码相同", rules.history + 1));
            }
        }
        hashed(password.to_owned()).await
    }

    /// Who holds a secret, and what that allows now. Using a session keeps it alive.
    ///
    /// # Errors
    /// `auth.token`, `auth.expired`.
    pub async fn caller(&self, secret: &str) -> Result<Caller, Problem> {
        let unknown = || {
            Problem::new("auth.token", "需要登录，或有效的令牌")
                .fix("登录，或在请求头写 Authorization: Bearer 令牌；daylight user token 发放令牌")
        };
        let row = self.store.token(&token_hash(secret)).await?.ok_or_else(unknown)?;
        let now = self.clock.now();
        if !matches!(row.kind, TokenKind::Token | TokenKind::Session) {
            return Err(unknown());
        }
        if row.revoked_at.is_some() || row.expires_at < now {
            let again =
                if row.kind == TokenKind::Session { "请重新登录" } else { "请安全管理员重新发放" };
            return Err(Problem::new("auth.expired", "登录或令牌已过期，或已撤销").fix(again));
        }
        let (user, role) = self.there(&row.user).await.map_err(|_| unknown())?;
        let mut rights: BTreeSet<Right> = role.rights().iter().copied().collect();
        let mut stale = false;
        match row.kind {
            TokenKind::Session => {
                let days = i64::from(self.config.main.sign_in.max_days);
                if days > 0 {
                    let known = self.store.credential(&user.name).await?.unwrap_or_default();
                    stale = known.since.plus_ms(days * DAY_MS) < now;
                }
            }
            _ => rights.retain(|r| row.scopes.iter().any(|s| s == r.as_str())),
        }
        let session = row.kind == TokenKind::Session;
        if row.used_at.is_none_or(|at| at.plus_ms(MINUTE_MS) < now) {
            let end = row.created_at.plus_ms(i64::from(self.config.main.sign_in.session_hours) * HOUR_MS);
            let until = if session { now.plus_ms(self.idle_ms()).min(end) } else { row.expires_at };
            self.store.touch_token(&row.id, now, until).await?;
        }
        let hash = token_hash(secret);
        Ok(Caller { token: row.id, user: user.name, role, department: user.department, rights, stale, session, hash })
    }

    /// Whether who began to listen may still do so.
    pub(crate) async fn still(&self, caller: &Caller) -> Result<bool, Problem> {
        let Some(row) = self.store.token(&caller.hash).await? else { return Ok(false) };
        let there = self.there(&row.user).await.is_ok_and(|(_, role)| role == caller.role);
        Ok(there && row.revoked_at.is_none() && row.expires_at >= self.clock.now())
    }

    /// Ends a session, or revokes a token.
    ///
    /// # Errors
    /// `token.unknown`
    pub async fn revoke(&self, id: &str, actor: &str, action: &str) -> Result<(), Problem> {
        let entry = self.noted(actor, action, id, serde_json::json!({}));
        self.store.revoke_token(id, self.clock.now(), Some(entry)).await.map_err(|e| match e {
            StoreError::NotFound(_) => Problem::new("token.unknown", format!("没有令牌 {id}")),
            e => e.into(),
        })
    }

    /// Disables somebody and takes everything they hold; or lets them in again.
    ///
    /// # Errors
    /// `user.unknown`, `user.self`.
    pub async fn set_disabled(&self, name: &str, off: bool, actor: &str) -> Result<UserRow, Problem> {
        if name == actor {
            return Err(Problem::new("user.self", "不能停用自己").fix("请另一位安全管理员操作"));
        }
        let mut user = self.store.user(name).await?.ok_or_else(|| unknown(name))?;
        let now = self.clock.now();
        user.disabled_at = off.then_some(now);
        let action = if off { "user.disable" } else { "user.enable" };
        self.store.put_user(&user, Some(self.noted(actor, action, name, serde_json::json!({})))).await?;
        if off {
            self.store.revoke_tokens(name, now).await?;
        }
        Ok(user)
    }

    /// Lets somebody try again who was locked out.
    ///
    /// # Errors
    /// `user.unknown`
    pub async fn unlock(&self, name: &str, actor: &str) -> Result<(), Problem> {
        let _one = self.one_attempt(name).await;
        self.store.user(name).await?.ok_or_else(|| unknown(name))?;
        let mut known = self.store.credential(name).await?.unwrap_or_default();
        known.failures = 0;
        known.locked_until = None;
        known.user = name.to_owned();
        let entry = self.noted(actor, "user.unlock", name, serde_json::json!({}));
        Ok(self.store.put_credential(&known, Some(entry)).await?)
    }

    /// Where the house is reached.
    pub(crate) fn base_address(&self) -> String {
        let base = self.config.main.listen.public.clone();
        let base = base.unwrap_or_else(|| format!("http://{}", self.config.main.listen.address));
        base.trim_end_matches('/').to_owned()
    }

    /// The address of a sign-in link.
    #[must_use]
    pub fn link_address(&self, secret: &str) -> String {
        format!("{}/sign-in/{secret}", self.base_address())
    }
}
