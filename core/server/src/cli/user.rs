//! `daylight user`: people, their sign-in links and tokens. Whoever may run this on the server is trusted like its root.

use super::{Outcome, Place, open, print_json};
use crate::people::Given;

/// Who does it, in the audit.
const ACTOR: &str = "cli";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum User {
    /// 增加用户，并打印一次性登录链接（或用 --token 打印令牌）
    Add {
        /// 名称
        name: String,
        /// 角色：system_admin、security_admin、audit_admin、supervision、commission、service_centre、legal_office、
        /// development_bureau、finance、leader、department_leader、handler、read_only、vendor
        #[arg(long)]
        role: String,
        /// 部门的角色所属的部门
        #[arg(long)]
        department: Option<String>,
        /// 发放令牌，而不是登录链接（给程序用）
        #[arg(long)]
        token: bool,
        #[command(flatten)]
        limits: Limits,
        #[command(flatten)]
        place: Place,
    },
    /// 打印一次性登录链接：登录并设置密码
    Link {
        /// 名称
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// 再发放一个令牌
    Token {
        /// 名称
        name: String,
        #[command(flatten)]
        limits: Limits,
        #[command(flatten)]
        place: Place,
    },
    /// 所有用户
    List(Place),
    /// 停用用户，撤销其令牌与会话
    Disable {
        /// 名称
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// 恢复停用的用户
    Enable {
        /// 名称
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// 解除登录锁定
    Unlock {
        /// 名称
        name: String,
        #[command(flatten)]
        place: Place,
    },
}

/// What a token is limited to.
#[derive(Debug, clap::Args)]
pub(crate) struct Limits {
    /// 令牌的权限，逗号分隔，不超出角色；缺省为角色的全部
    #[arg(long, value_delimiter = ',')]
    scopes: Vec<String>,
    /// 令牌有效天数
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

fn told_token(place: &Place, user: &str, given: &Given) {
    if place.json {
        print_json(&serde_json::json!({ "user": user, "token": given.secret, "expires_at": given.expires_at }));
    } else {
        crate::out!("{}", given.secret);
        eprintln!("令牌只显示这一次，请妥善保存；{} 到期", given.expires_at);
    }
}

fn told_link(place: &Place, user: &str, address: &str, given: &Given) {
    if place.json {
        print_json(&serde_json::json!({ "user": user, "link": address, "expires_at": given.expires_at }));
    } else {
        crate::out!("{address}");
        eprintln!("链接只能使用一次，{} 前有效", given.expires_at);
    }
}

pub(crate) async fn run(what: &User) -> Outcome {
    match what {
        User::Add { name, role, department, token, limits, place } => {
            let app = open(place).await?;
            app.add_user(name, role, department.as_deref(), ACTOR).await?;
            if *token || role == "vendor" {
                let given = app.give_token(name, name, &limits.scopes, limits.days, ACTOR).await?;
                told_token(place, name, &given);
            } else {
                let given = app.give_link(name, ACTOR).await?;
                told_link(place, name, &app.link_address(&given.secret), &given);
            }
            app.close().await;
        }
        User::Link { name, place } => {
            let app = open(place).await?;
            let given = app.give_link(name, ACTOR).await?;
            told_link(place, name, &app.link_address(&given.secret), &given);
            app.close().await;
        }
        User::Token { name, limits, place } => {
            let app = open(place).await?;
            let given = app.give_token(name, name, &limits.scopes, limits.days, ACTOR).await?;
            told_token(place, name, &given);
            app.close().await;
        }
        User::List(place) => {
            let app = open(place).await?;
            let users = app.store.users().await?;
            super::read::show(place, &users, || {
                let line = |user: &daylight_store::UserRow| {
                    let state = user.disabled_at.map_or_else(|| "可用".to_owned(), |t| format!("{t} 停用"));
                    let place = user.department.as_deref().unwrap_or("全县");
                    format!("{:<20} {:<18} {place} {state}", user.name, user.role)
                };
                users.iter().map(line).collect()
            });
            app.close().await;
        }
        User::Disable { name, place } => {
            let app = open(place).await?;
            app.set_disabled(name, true, ACTOR).await?;
            app.close().await;
        }
        User::Enable { name, place } => {
            let app = open(place).await?;
            app.set_disabled(name, false, ACTOR).await?;
            app.close().await;
        }
        User::Unlock { name, place } => {
            let app = open(place).await?;
            app.unlock(name, ACTOR).await?;
            app.close().await;
        }
    }
    Ok(true)
}
