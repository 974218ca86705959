//! The server: sockets, timeouts, and a stop that finishes what is open.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::app::App;

/// How long a client may take for the head of a request (F12).
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long open requests may take after the signal to stop (I18).
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// How many connections are open at once at the most.
const MOST_CONNECTIONS: usize = 8192;
/// How many open files are kept for everything that is no connection: the database, mail, the log.
const OTHER_FILES: u64 = 128;

/// How many connections the system's limit of open files leaves room for, once raised as far as it may be: with a place
/// for each, slow clients can't take the files that others need (F12).
fn places() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let files = if raised.is_ok() { limit.maximum } else { limit.current };
    let room = files.map_or(u64::MAX, |files| files.saturating_sub(OTHER_FILES).max(16));
    usize::try_from(room).map_or(MOST_CONNECTIONS, |room| room.min(MOST_CONNECTIONS))
}

/// Serves until `stop` resolves, then finishes what is open.
pub async fn serve(app: App, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = super::router(app);
    let places = Arc::new(Semaphore::new(places()));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let (socket, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => connection,
                Err(error) => {
                    // No file descriptors left, or the client gave up: others will be served.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let _ = socket.set_nodelay(true);
        let router = router.clone();
        let service =
            hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
                let router = router.clone();
                async move {
                    let answer = router.oneshot(request.map(axum::body::Body::new)).await;
                    Ok::<_, Infallible>(answer.unwrap_or_else(|never| match never {}))
                }
            });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_headers(64)
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(socket), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}
