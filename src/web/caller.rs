//! Who sends a request: from the session cookie or a bearer token, and from which address.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::app::App;
use crate::base::client::Client;
use crate::base::text::cut;
use crate::base::{OperatorKeyId, Problem};
pub use crate::http::shown::{Shown, shown};
use crate::op::{Caller, Who};

/// The client's address: the TCP peer, or behind trusted proxies the nearest address in `X-Forwarded-For` that is not
/// one of them (R59). Junk in the header leaves the last good address.
pub fn client_ip(headers: &HeaderMap, peer: IpAddr, proxies: &[IpNet]) -> IpAddr {
    let trusted = |ip: IpAddr| proxies.iter().any(|net| net.contains(&ip.to_canonical()));
    let mut ip = peer.to_canonical();
    if !trusted(ip) {
        return ip;
    }
    let headers = headers.get_all("x-forwarded-for").iter();
    let hops: Vec<&[u8]> = headers.flat_map(|v| v.as_bytes().split(|byte| *byte == b',')).collect();
    for hop in hops.into_iter().rev() {
        let Some(next) = std::str::from_utf8(hop).ok().and_then(|hop| hop_ip(hop.trim())) else { break };
        ip = next.to_canonical();
        if !trusted(ip) {
            break;
        }
    }
    ip
}

/// The address of a hop; some proxies write the port behind it: `192.0.2.1:567`, `[2001:db8::1]:567`, `[2001:db8::1]`.
fn hop_ip(hop: &str) -> Option<IpAddr> {
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    hop.parse().ok().or_else(with_port).or_else(bare)
}

/// From where a request came, under a request id of its own or the one that a client or proxy gave.
pub fn client(headers: &HeaderMap, peer: IpAddr, app: &App) -> Client {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let given = text("x-request-id").filter(|id| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    });
    let request_id = match given {
        Some(id) => id.to_owned(),
        None => crate::base::id::encode_base32(app.random.uuid(app.now())),
    };
    let agent: String = text("user-agent").unwrap_or("").chars().filter(|c| !c.is_control()).collect();
    let ip = client_ip(headers, peer, &app.settings.trusted_proxies);
    Client { ip, user_agent: cut(&agent, 400).to_owned(), request_id }
}

/// The caller: resolved from what the request shows, in the organization that the path names (an id or a slug).
///
/// What is shown and not valid makes a visitor of the caller; the guard then answers 401 where somebody is needed.
pub async fn resolve(
    app: &App,
    client: Client,
    headers: &HeaderMap,
    organization: Option<&str>,
) -> Result<Caller, Problem> {
    let mut caller = Caller::visitor(app, client);
    let shown = shown(headers, app);
    let by_cookie = matches!(shown, Shown::Cookie(_));
    let token = match shown {
        Shown::Nothing => return Ok(caller),
        Shown::Cookie(token) => token,
        Shown::Bearer(token) if token.starts_with(crate::operator::KEY_PREFIX) => {
            if let Some(key) = operator(app, token).await? {
                caller.who = Who::Operator(key);
            }
            return Ok(caller);
        }
        Shown::Bearer(token) => token,
    };
    if let Some((mut signed, standing)) =
        crate::session::resolve(app, &caller.client, token, organization).await?
    {
        signed.by_cookie = by_cookie;
        caller.who = Who::Signed(Box::new(signed));
        caller.standing = standing;
    }
    Ok(caller)
}

async fn operator(app: &App, token: &str) -> Result<Option<OperatorKeyId>, Problem> {
    Ok(crate::operator::store::find_key(&mut app.db.reader(), token).await?)
}
