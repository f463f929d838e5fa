//! The listener: our own accept loop, because a server that waits for ever can be stopped by anybody who says nothing.

use crate::api::router;
use crate::app::App;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Within which the head of a request must come.
const HEAD: Duration = Duration::from_secs(10);
/// Connections served at once; more wait in the system's queue.
const CONNECTIONS: usize = 1024;
/// How long a stop waits for requests that are being answered.
const DRAIN: Duration = Duration::from_secs(5);

/// The address a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub IpAddr);

/// Serves until `stop`.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = router(app);
    let mut stop = std::pin::pin!(stop);
    let graceful = hyper_util::server::graceful::GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, stream, peer) = tokio::select! {
            () = &mut stop => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, peer)) => (place, stream, Peer(peer.ip())),
                Err(e) => {
                    // Out of handles, most likely: what is open goes on, new ones wait a moment.
                    tracing::warn!("连接无法接受：{e}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let service = router.clone().into_service::<hyper::body::Incoming>();
        let service = tower::ServiceExt::map_request(service, move |mut request: Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            request
        });
        let service = TowerToHyperService::new(service);
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _ = connection.await;
            drop(place);
        });
    }
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

/// One request without a socket, for tests.
///
/// # Errors
/// Never: the router answers everything.
pub async fn ask(app: &Arc<App>, request: Request<Body>) -> Response<Body> {
    use tower::ServiceExt;
    match router(Arc::clone(app)).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
