//! How a request becomes a call: route, caller, guard, body, handler, and the headers that every answer has.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use bytes::BytesMut;
use http_body_util::BodyExt;

use super::{caller, error_pages, idempotency, origin};
use crate::app::App;
use crate::audit::{Action, Event, Target};
use crate::base::Problem;
use crate::base::client::Client;
use crate::http::route::path_parameters;
use crate::http::{Answer, Call, Face, Guard, Received, Route, answer};
use crate::op::{self, Caller, Needs, OpError, Who};

/// The router of the whole table.
pub fn router(app: App) -> Router {
    let mut by_path: Vec<(&'static str, MethodRouter)> = Vec::new();
    for route in super::routes::all() {
        let filter = MethodFilter::try_from(route.method.clone()).expect("a method of HTTP");
        let (path, app, route) = (route.path, app.clone(), Arc::new(route));
        let handler = move |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            let (app, route) = (app.clone(), Arc::clone(&route));
            async move { attend(app, route, parameters(path, params.ok()), request).await }
        };
        match by_path.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => *methods = std::mem::take(methods).on(filter, handler),
            None => by_path.push((path, on(filter, handler))),
        }
    }
    let mut router = Router::new();
    for (path, methods) in by_path {
        let app = app.clone();
        let refused = move |request: Request| async move {
            let detail = format!("{} is not for this address.", request.method());
            unserved(&app, request, Problem::new(405, "method_not_allowed", detail)).await
        };
        router = router.route(path, methods.fallback(refused));
    }
    router
        .fallback(move |request: Request| async move { unserved(&app, request, Problem::not_found()).await })
}

/// The path's parameters by name. Bytes that are no text name nothing that there is.
fn parameters(path: &str, found: Option<RawPathParams>) -> Vec<(String, String)> {
    match found {
        Some(found) => found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        None => path_parameters(path).map(|name| (name.to_owned(), "\u{fffd}".to_owned())).collect(),
    }
}

fn face_of(request: &Request) -> Face {
    let path = request.uri().path();
    if path.starts_with("/api/") || path.starts_with("/access/v1/") { Face::Api } else { Face::Page }
}

/// The answer where no route is.
async fn unserved(app: &App, request: Request, problem: Problem) -> Response {
    let answer = match face_of(&request) {
        Face::Api => answer::problem(&problem),
        Face::Page => error_pages::of(app, client_of(&request, app), head_of(&request), &problem).await,
    };
    finish(app, answer, None)
}

fn client_of(request: &Request, app: &App) -> Client {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |c| c.0.ip());
    caller::client(request.headers(), peer, app)
}

/// A request without its body and the path's parameters: what an error's page needs to know of it.
fn head_of(request: &Request) -> Received {
    Received {
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
        params: Vec::new(),
        body: Bytes::new(),
    }
}

/// Whoever hangs up does not stop what they began: a change under way is finished, and with it what belongs to it (a
/// settled throttle, a recorded refusal, a kept answer). What only looks ends with its connection.
async fn attend(app: App, route: Arc<Route>, params: Vec<(String, String)>, request: Request) -> Response {
    if request.method().is_safe() || route.guard == Guard::Asks {
        return serve(&app, &route, params, request).await;
    }
    let face = route.face;
    let task = {
        let app = app.clone();
        tokio::spawn(async move { serve(&app, &route, params, request).await })
    };
    match task.await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a request broke off");
            let problem = Problem::new(500, "internal_error", "Something went wrong on the server.");
            let answer = match face {
                Face::Api => answer::problem(&problem),
                Face::Page => error_pages::bare(&problem, ""),
            };
            finish(&app, answer, None)
        }
    }
}

async fn serve(app: &App, route: &Route, params: Vec<(String, String)>, request: Request) -> Response {
    let client = client_of(&request, app);
    // What is for everybody stands in no organization, whoever looks at it.
    let head = (route.face == Face::Page && route.guard != Guard::Public).then(|| head_of(&request));
    let wanted = request.uri().path_and_query().map_or("/", |whole| whole.as_str()).to_owned();
    let request_id = client.request_id.clone();
    let answer = match answer_to(app, route, client.clone(), params, request).await {
        Ok(answer) => answer,
        Err(problem) => {
            if problem.status >= 500 {
                tracing::warn!(request_id, method = %route.method, path = route.path, code = problem.code, "refused");
            }
            match (route.face, problem.status, head) {
                (Face::Api, ..) => answer::problem(&problem),
                // A page that needs somebody sends a visitor to sign in.
                (_, 401, _) if route.method == axum::http::Method::GET => {
                    answer::see_other(&sign_in_address(&wanted))
                }
                (_, 401, _) => answer::see_other("/sign-in"),
                (_, _, Some(head)) => error_pages::of(app, client, head, &problem).await,
                (_, _, None) => error_pages::bare(&problem, &request_id),
            }
        }
    };
    finish(app, answer, Some(&request_id))
}

/// Where a visitor signs in, with the page that they wanted to see.
fn sign_in_address(wanted: &str) -> String {
    match serde_html_form::to_string([("next", wanted)]) {
        Ok(query) if wanted != "/" => format!("/sign-in?{query}"),
        _ => "/sign-in".to_owned(),
    }
}

async fn answer_to(
    app: &App,
    route: &Route,
    client: Client,
    params: Vec<(String, String)>,
    request: Request,
) -> Result<Answer, Problem> {
    if route.guard == Guard::Asks {
        return asked(app, route, client, request).await;
    }
    let (head, body) = request.into_parts();
    of_this_site(app, &head)?;
    let received =
        Received { method: head.method, uri: head.uri, headers: head.headers, params, body: Bytes::new() };
    let first = match admit(app, route, &client, &received).await? {
        Ok(caller) => caller,
        Err((caller, problem)) => {
            drain(body).await;
            return error_pages::elsewhere(&caller, route, &problem).ok_or(problem);
        }
    };
    let body = read_body(body, route).await?;
    let received = Arc::new(Received { body, ..received });
    let mut caller = first;
    // A command that the database could not order among others is run once more, whole.
    for _ in 0..3 {
        match run(app, route, caller, &received).await {
            Err(problem) if problem.transient => {
                caller = match admit(app, route, &client, &received).await? {
                    Ok(caller) => caller,
                    Err((_, problem)) => return Err(problem),
                };
            }
            outcome => return outcome,
        }
    }
    run(app, route, caller, &received).await
}

/// What a request shows, unless a page of another site made a browser send it; a bearer token it can't make it send.
fn of_this_site<'a>(app: &App, head: &'a Parts) -> Result<caller::Shown<'a>, Problem> {
    let shown = caller::shown(&head.headers, app);
    let by_bearer = matches!(shown, caller::Shown::Bearer(_));
    let has_cookie = matches!(shown, caller::Shown::Cookie(_));
    if !by_bearer && origin::is_cross_site(&head.method, &head.headers, has_cookie) {
        let detail = "This request was made by another site; it was refused.";
        return Err(Problem::new(403, "cross_site_request", detail));
    }
    Ok(shown)
}

/// A question whose handler finds out who asks. It changes nothing, so there is nothing to order among others and no answer to
/// keep.
async fn asked(app: &App, route: &Route, client: Client, request: Request) -> Result<Answer, Problem> {
    let (head, body) = request.into_parts();
    if matches!(of_this_site(app, &head)?, caller::Shown::Nothing) {
        drain(body).await;
        return Err(Problem::unauthenticated());
    }
    let body = read_body(body, route).await?;
    let (method, uri, headers, params) = (head.method, head.uri, head.headers, Vec::new());
    let request = Arc::new(Received { method, uri, headers, params, body });
    (route.handler)(Call { caller: Caller::visitor(app, client), request }).await
}

/// A caller who may go on, or one who is refused and why.
type Admission = Result<Caller, (Box<Caller>, Problem)>;

/// Resolves the caller and judges: 401, then 404, then 403.
async fn admit(app: &App, route: &Route, client: &Client, request: &Received) -> Result<Admission, Problem> {
    let organization = request.params.iter().find(|(name, _)| name == "org").map(|(_, value)| value.as_str());
    let caller = caller::resolve(app, client.clone(), &request.headers, organization).await?;
    Ok(match judge(&caller, route).await {
        Ok(()) => Ok(caller),
        Err(problem) => Err((Box::new(caller), problem)),
    })
}

async fn judge(caller: &Caller, route: &Route) -> Result<(), Problem> {
    let signed = matches!(caller.who, Who::Signed(_));
    let operator = matches!(caller.who, Who::Operator(_));
    let known = signed || operator;
    let fits = match route.guard {
        Guard::Public | Guard::Asks => return Ok(()),
        _ if !known => return Err(Problem::unauthenticated()),
        Guard::Account => signed,
        Guard::Operator => operator,
        Guard::OperatorOrAccount => true,
        Guard::NeedsOrOperator(_) if operator => true,
        Guard::Member => caller.standing.is_some(),
        Guard::Needs(needs) | Guard::NeedsOrOperator(needs) => return may(caller, route, needs).await,
    };
    match (fits, route.guard) {
        (true, _) => Ok(()),
        (false, Guard::Account) => Err(Problem::unauthenticated()),
        (false, Guard::Operator) => Err(Problem::new(403, "forbidden", "This needs an operator's key.")),
        (false, _) => Err(Problem::not_found()),
    }
}

async fn may(caller: &Caller, route: &Route, needs: Needs) -> Result<(), Problem> {
    match caller.reads(needs) {
        Ok(_) => Ok(()),
        Err(OpError::Forbidden(permission)) => {
            // Refused tries at a change are recorded; refused looks are not.
            if route.method != axum::http::Method::GET
                && let Some(standing) = &caller.standing
            {
                let organization = &standing.organization;
                let target = Target::new("organization", organization.id, organization.name.clone());
                let event =
                    Event::refused(Action::AccessRefused, target).with("permission", permission.to_string());
                op::write_refusals(&caller.app, organization.id, &caller.actor(), &caller.client, &[event])
                    .await?;
            }
            Err(Problem::forbidden(permission))
        }
        Err(error) => Err(error.into()),
    }
}

/// How long a client may take for a body (F12).
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What is refused is read all the same up to here: whoever still writes would see a broken connection instead of the answer.
const DRAINED: usize = 16 * 1024 * 1024;

async fn drain(mut body: Body) {
    let mut left = DRAINED;
    let read = async {
        // Piece by piece: nothing of it is kept.
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(size) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    // Nothing depends on its end.
    tokio::time::timeout(BODY_TIMEOUT, read).await.ok();
}

async fn read_body(mut body: Body, route: &Route) -> Result<Bytes, Problem> {
    let mut whole = BytesMut::new();
    let read = async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Err(Problem::new(400, "incomplete_body", "The body did not arrive whole."));
            };
            let Ok(data) = frame.into_data() else { continue };
            if whole.len() + data.len() > route.body_limit {
                return Err(route.too_large());
            }
            whole.extend_from_slice(&data);
        }
        Ok(())
    };
    match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(())) => Ok(whole.freeze()),
        Ok(Err(problem)) => {
            drain(body).await;
            Err(problem)
        }
        Err(_) => Err(Problem::new(408, "request_timeout", "The body did not arrive in time.")),
    }
}

async fn run(
    app: &App,
    route: &Route,
    mut caller: Caller,
    request: &Arc<Received>,
) -> Result<Answer, Problem> {
    let Some(claim) = idempotency::claim(&caller, route, request)? else {
        return (route.handler)(Call { caller, request: Arc::clone(request) }).await;
    };
    if let Some(kept) = idempotency::replay(app, &claim).await? {
        return Ok(kept);
    }
    let (scope, body_hash) = (claim.scope, claim.body_hash);
    caller.idempotency = Some(claim);
    let answer = match (route.handler)(Call { caller, request: Arc::clone(request) }).await {
        Ok(answer) => answer,
        // Somebody else carries it out just now.
        Err(problem) if problem.code == "idempotency_key_in_use" => {
            let claim = op::IdempotencyClaim::new(scope, body_hash);
            return idempotency::replay(app, &claim).await?.ok_or(problem);
        }
        // What a corrected request may change, or passes by itself, does not bind the key.
        Err(problem) if !matches!(problem.status, 403 | 404 | 409 | 410 | 412) || problem.transient => {
            return Err(problem);
        }
        Err(problem) => answer::problem(&problem),
    };
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    let claim = op::IdempotencyClaim::new(scope, body_hash);
    if let Err(error) = idempotency::keep(app, &claim, &head, &body).await {
        // The change is made; only its answer can't be given twice.
        tracing::warn!(%error, "an answer was not kept for its Idempotency-Key");
    }
    Ok(Response::from_parts(head, Body::from(body)))
}

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/// The headers that every answer has. A handler's own `Cache-Control` or policy stays.
fn finish(app: &App, mut answer: Response, request_id: Option<&str>) -> Response {
    let headers = answer.headers_mut();
    let mut fixed = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    fixed(header::CACHE_CONTROL, "no-store");
    // Not `no-referrer`: browsers then send `Origin: null` with forms, and where the page is plain http nothing else says
    // who sent them. Addresses with a token say `no-referrer` themselves.
    fixed(header::REFERRER_POLICY, "same-origin");
    fixed(header::CONTENT_SECURITY_POLICY, CSP);
    fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if app.settings.public_url.https {
        fixed(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    set_request_id(answer.headers_mut(), request_id);
    answer
}

fn set_request_id(headers: &mut HeaderMap, request_id: Option<&str>) {
    if let Some(value) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert("x-request-id", value);
    }
}
