//! `daylight notify`: try a channel, look at what was told, have it told again.

use super::read::show;
use super::{Outcome, Place, open};
use crate::problem::Problem;
use daylight_store::{DeliveryFilter, DeliveryState};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// 由一个通道发出测试消息，立即告知结果
    Test {
        /// 通道编号
        #[arg(long)]
        channel: String,
        /// 只发给此人（邮箱、手机号或名称），不发给通道的收件人
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// 通知记录：发给谁、结果、失败原因
    List {
        /// 只看一种状态
        #[arg(long, value_parser = ["pending", "sent", "dead"])]
        state: Option<String>,
        /// 只看一个通道
        #[arg(long)]
        channel: Option<String>,
        /// 最近几条
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        place: Place,
    },
    /// 重发已放弃的通知
    Retry {
        /// 通知编号
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
}

pub(crate) async fn run(what: Command) -> Outcome {
    match what {
        Command::Test { channel, to, place } => {
            let app = open(&place).await?;
            let recipients = app.notify_test(&channel, to.as_deref()).await;
            app.close().await;
            let recipients = recipients?;
            let answer = serde_json::json!({ "channel": channel, "sent": recipients });
            show(&place, &answer, || {
                let whom =
                    |to: &String| if to.is_empty() { "（群或固定接收方）".to_owned() } else { to.clone() };
                recipients.iter().map(|to| format!("{channel} → {}：对方已接收", whom(to))).collect()
            });
            Ok(true)
        }
        Command::List { state, channel, limit, place } => {
            let app = open(&place).await?;
            let state = state.as_deref().and_then(DeliveryState::from_name);
            let rows = app.store.deliveries(&DeliveryFilter { channel, state, before: None, limit }).await?;
            show(&place, &rows, || {
                rows.iter()
                    .map(|r| {
                        let why = r.last_error.as_deref().unwrap_or("");
                        format!(
                            "{} {} {:<12} {:<12} {} {} 次 {} {why}",
                            r.id,
                            r.created_at,
                            r.channel,
                            r.topic,
                            r.state.name_zh(),
                            r.attempts,
                            r.recipient
                        )
                    })
                    .collect()
            });
            app.close().await;
            Ok(true)
        }
        Command::Retry { ids, place } => {
            let app = open(&place).await?;
            let mut rows = Vec::new();
            let mut wrong: Option<Problem> = None;
            for id in &ids {
                match app.retry_delivery(id, "cli").await {
                    Ok(row) => rows.push(row),
                    Err(problem) => {
                        eprintln!("{}", problem.line());
                        wrong = Some(problem);
                    }
                }
            }
            show(&place, &rows, || rows.iter().map(|r| format!("{} {} 将再次发送", r.id, r.channel)).collect());
            app.close().await;
            wrong.map_or(Ok(true), |_| Ok(false))
        }
    }
}
