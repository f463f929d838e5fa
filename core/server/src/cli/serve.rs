//! `daylight serve`, and the people who may use it.

use super::{Outcome, Place, open, print_json};
use crate::api::{serve, token_hash};
use crate::app::App;
use crate::config::show::{LAST_START, flat, tree};
use crate::problem::Problem;
use crate::{jobs, lock};
use daylight_store::{AuditEntry, TokenRow, UserRow};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) async fn run(place: &Place) -> Outcome {
    let app = open(place).await?;
    let _serving = lock::serving(&app.config.data())?;
    // So that `config diff` can say what changed since.
    let config = serde_json::to_string(&flat(&tree(&app.config))).unwrap_or_default();
    app.store.put_setting(LAST_START, &config).await?;
    let address = app.config.main.listen.address.clone();
    let listener = bind(&address).await?;
    eprintln!("阳光监察在 http://{address} 服务；Ctrl-C 停止");
    house(Arc::clone(&app), listener, stop_signal()).await;
    app.close().await;
    Ok(true)
}

pub(crate) async fn bind(address: &str) -> Result<TcpListener, Problem> {
    TcpListener::bind(address).await.map_err(|e| {
        Problem::new("listen.busy", format!("{address} 无法监听：{e}")).fix("换一个端口，或停止占用它的程序")
    })
}

/// Serves and works until told to stop.
pub(crate) async fn house(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let ending = CancellationToken::new();
    let web = tokio::spawn(serve(Arc::clone(&app), listener, ending.clone().cancelled_owned()));
    let work = tokio::spawn(jobs::run(app, ending.clone().cancelled_owned()));
    stop.await;
    ending.cancel();
    let _ = tokio::join!(web, work);
}

pub(crate) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut term) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Options of `user add`.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// 名称
    name: String,
    /// 角色
    #[arg(long, default_value = "officer", value_parser = ["officer", "administrator", "handler", "vendor"])]
    role: String,
    /// 权限，逗号分隔：read 查看、operate 操作、push 推送、supervise 监察、answer 部门反馈与申诉
    #[arg(long, value_delimiter = ',', default_value = "read")]
    scopes: Vec<String>,
    /// 只限一个部门
    #[arg(long)]
    department: Option<String>,
    /// 令牌有效天数
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    #[command(flatten)]
    place: Place,
}

/// What a token may allow.
const SCOPES: [&str; 5] = ["read", "operate", "push", "supervise", "answer"];

/// Makes a person and a token; the secret is shown once and kept nowhere.
pub(crate) async fn give_token(
    app: &App,
    name: &str,
    role: &str,
    scopes: &[String],
    department: Option<&str>,
    days: u32,
) -> Result<String, Problem> {
    if let Some(scope) = scopes.iter().find(|s| !SCOPES.contains(&s.as_str())) {
        return Err(Problem::new("config.scope", format!("没有权限“{scope}”")).fix(SCOPES.join("、")));
    }
    if let Some(id) = department {
        app.department(id)?;
    }
    let good = !name.trim().is_empty() && name.chars().count() <= 40 && !name.chars().any(char::is_control);
    if !good {
        return Err(
            Problem::new("user.name", "名称应为 1 到 40 个字符，不含控制字符").fix("例：daylight user add wang")
        );
    }
    let now = app.clock.now();
    if let Some(there) = app.store.users().await?.into_iter().find(|u| u.name == name) {
        if there.disabled_at.is_some() {
            return Err(Problem::new("user.disabled", format!("“{name}”已停用")).fix("用另一个名称"));
        }
        if there.role != role || there.department.as_deref() != department {
            let message =
                format!("“{name}”已存在，角色 {}，{}", there.role, there.department.as_deref().unwrap_or("全县"));
            return Err(Problem::new("user.exists", message).fix("用相同的角色与部门再发一个令牌，或用另一个名称"));
        }
    }
    let user = UserRow {
        name: name.to_owned(),
        role: role.to_owned(),
        department: department.map(str::to_owned),
        created_at: now,
        disabled_at: None,
    };
    app.store.put_user(&user).await?;
    let secret = format!("dl_{}", hex::encode(rand::random::<[u8; 24]>()));
    let token = TokenRow {
        id: uuid::Uuid::now_v7().to_string(),
        hash: token_hash(&secret),
        name: name.to_owned(),
        user: name.to_owned(),
        scopes: scopes.to_vec(),
        department: department.map(str::to_owned),
        created_at: now,
        expires_at: now.plus_ms(i64::from(days) * 86_400_000),
        revoked_at: None,
        one_time: false,
    };
    app.store.put_token(&token).await?;
    let entry = AuditEntry {
        at: now,
        actor: "cli".to_owned(),
        action: "token.give".to_owned(),
        object: name.to_owned(),
        detail: serde_json::json!({ "token": token.id, "scopes": token.scopes, "department": token.department })
            .to_string(),
    };
    app.store.audit(entry).await?;
    Ok(secret)
}

pub(crate) async fn user_add(options: &Add) -> Outcome {
    let app = open(&options.place).await?;
    let secret =
        give_token(&app, &options.name, &options.role, &options.scopes, options.department.as_deref(), options.days)
            .await?;
    if options.place.json {
        print_json(&serde_json::json!({ "user": options.name, "token": secret }));
    } else {
        crate::out!("{secret}");
        eprintln!("令牌只显示这一次，请妥善保存");
    }
    Ok(true)
}

pub(crate) async fn user_list(place: &Place) -> Outcome {
    let app = open(place).await?;
    let users = app.store.users().await?;
    if place.json {
        print_json(&users);
    } else {
        for user in &users {
            let state = user.disabled_at.map_or_else(|| "可用".to_owned(), |t| format!("{t} 停用"));
            crate::out!("{:<20} {:<14} {} {state}", user.name, user.role, user.department.as_deref().unwrap_or("全县"));
        }
    }
    Ok(true)
}

/// Takes a person's tokens away.
pub(crate) async fn user_disable(place: &Place, name: &str) -> Outcome {
    let app = open(place).await?;
    let now = app.clock.now();
    let user = app.store.users().await?.into_iter().find(|u| u.name == name);
    let Some(mut user) = user else {
        return Err(Problem::new("user.unknown", format!("没有用户“{name}”")).fix("daylight user list"));
    };
    user.disabled_at = Some(now);
    app.store.put_user(&user).await?;
    for token in app.store.tokens().await?.iter().filter(|t| t.user == name && t.revoked_at.is_none()) {
        app.store.revoke_token(&token.id, now).await?;
    }
    let entry = AuditEntry {
        at: now,
        actor: "cli".to_owned(),
        action: "user.disable".to_owned(),
        object: name.to_owned(),
        detail: "{}".to_owned(),
    };
    app.store.audit(entry).await?;
    Ok(true)
}
