//! From where a request came.

use std::net::{IpAddr, Ipv4Addr};

pub use super::device::Device;

/// The caller's address, program and request id, as recorded with sessions, login attempts and audit events.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client's address: the TCP peer, or what a trusted proxy says.
    pub ip: IpAddr,
    /// The `User-Agent` header, cut at 400 characters.
    pub user_agent: String,
    /// The id under which the log has this request.
    pub request_id: String,
}

impl Client {
    /// Whoever works at the machine itself: the command line, the mail worker.
    pub fn local(request_id: impl Into<String>) -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: "roster".into(),
            request_id: request_id.into(),
        }
    }

    /// The network that limits count by: an IPv4 address, or an IPv6 /64 (A17).
    pub fn network(&self) -> String {
        match self.ip.to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let s = ip.segments();
                format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let client = |ip: &str| Client {
            ip: ip.parse().unwrap(),
            user_agent: String::new(),
            request_id: String::new(),
        };
        assert_eq!(client("2001:db8:1:2:3::4").network(), client("2001:db8:1:2:ffff::1").network());
        assert_eq!(client("::ffff:192.0.2.1").network(), "192.0.2.1");
    }
}
