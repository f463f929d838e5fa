//! `daylight serve`.

use super::{Outcome, Place, open};
use crate::api::serve;
use crate::app::App;
use crate::config::show::{LAST_START, flat, tree};
use crate::problem::Problem;
use crate::{jobs, lock};
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
