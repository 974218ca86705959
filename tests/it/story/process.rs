//! One server process: the parts and the router, called without sockets.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Method};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;
use roster::app::App;
use roster::base::hashing::HashCost;
use roster::base::{Clock, Randomness};
use roster::settings::Settings;
use serde_json::Value;
use tokio::sync::oneshot;
use tower::ServiceExt;

use super::Answer;

/// A server process. Cheap to clone.
#[derive(Clone)]
pub struct Process {
    /// Its parts.
    pub app: App,
    router: Router,
}

/// A request, as it will be printed when its answer is not what the story says.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// The TCP peer.
    pub peer: SocketAddr,
}

impl Request {
    /// A request without a body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let peer = "198.51.100.7:40000".parse().unwrap();
        Self { method, path: path.into(), headers: HeaderMap::new(), body: Vec::new(), peer }
    }

    /// With a header; one of the same name is replaced.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    /// With one more header of that name.
    pub fn and_header(mut self, name: &'static str, value: &[u8]) -> Self {
        self.headers.append(name, HeaderValue::from_bytes(value).unwrap());
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body of some type.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// With a bearer token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }
}

impl Process {
    /// Starts a process on a database.
    pub async fn start(database_url: &str, clock: Clock, random: Randomness) -> Self {
        Self::start_with(database_url, clock, random, &[]).await
    }

    /// Starts a process with more settings than every story has.
    pub async fn start_with(
        database_url: &str,
        clock: Clock,
        random: Randomness,
        more: &[(&str, &str)],
    ) -> Self {
        let mut settings = Settings::read(|name| match name {
            "ROSTER_DATABASE_URL" => Some(database_url.to_owned()),
            "ROSTER_PUBLIC_URL" => Some("https://roster.test".to_owned()),
            "ROSTER_SECRET_KEY" => Some("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned()),
            _ => more.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        })
        .unwrap();
        settings.hash_cost = HashCost { memory: 64, passes: 1 };
        let app = App::open(settings, clock, random).await.unwrap();
        let router = roster::web::router(app.clone());
        Self { app, router }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request) -> Answer {
        let body = Body::from(request.body.clone());
        self.send_with(request, body).await
    }

    /// Sends a request with a body of another making.
    pub fn send_with(&self, request: Request, body: Body) -> impl Future<Output = Answer> + Send + use<> {
        let router = self.router.clone();
        async move { send(router, request, body).await }
    }
}

async fn send(router: Router, request: Request, body: Body) -> Answer {
    let mut sent = axum::http::Request::builder().method(&request.method).uri(&request.path);
    *sent.headers_mut().expect("the path is a valid URI") = request.headers.clone();
    let mut sent = sent.body(body).unwrap();
    sent.extensions_mut().insert(ConnectInfo(request.peer));
    let answer = router.oneshot(sent).await.expect("the router never fails");
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("the whole body").to_bytes().to_vec();
    Answer::new(request, head.status.as_u16(), head.headers, body)
}

/// A body that is sent when the story says so.
pub fn slow_body() -> (Body, SlowBody) {
    let (asked, awaited) = oneshot::channel();
    let (sender, text) = oneshot::channel();
    (Body::new(Slow { asked: Some(asked), text: Some(text) }), SlowBody { awaited, sender })
}

/// The sender's end of a slow body.
pub struct SlowBody {
    awaited: oneshot::Receiver<()>,
    sender: oneshot::Sender<String>,
}

impl SlowBody {
    /// Until the server waits for the body.
    pub async fn is_awaited(&mut self) {
        (&mut self.awaited).await.expect("the server reads the body");
    }

    /// The whole body.
    pub fn sends(self, text: &str) {
        self.sender.send(text.to_owned()).expect("the server still reads");
    }
}

struct Slow {
    asked: Option<oneshot::Sender<()>>,
    text: Option<oneshot::Receiver<String>>,
}

impl http_body::Body for Slow {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(asked) = self.asked.take() {
            asked.send(()).ok();
        }
        let Some(text) = &mut self.text else { return Poll::Ready(None) };
        let text = ready!(Pin::new(text).poll(context)).unwrap_or_default();
        self.text = None;
        Poll::Ready(Some(Ok(Frame::data(text.into()))))
    }
}
