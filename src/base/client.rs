//! From where a request came.

use std::net::{IpAddr, Ipv4Addr};

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

/// What a `User-Agent` says of the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// For people: "Firefox on Windows".
    pub name: String,
    /// The browser or program, empty where unknown.
    pub browser: String,
    /// The operating system, empty where unknown.
    pub os: String,
}

impl Device {
    /// Reads a `User-Agent` header.
    pub fn of(user_agent: &str) -> Self {
        let parsed = woothee::parser::Parser::new().parse(user_agent);
        let known = |text: &str| if text == "UNKNOWN" { String::new() } else { text.to_owned() };
        let (mut browser, mut os) =
            parsed.map_or((String::new(), String::new()), |p| (known(p.name), known(p.os)));
        // Browsers have told one version of Windows and of macOS for years, whichever runs: it would mislead.
        if os.starts_with("Windows") && !os.starts_with("Windows Phone") {
            os = "Windows".into();
        }
        if os == "Mac OSX" {
            os = "macOS".into();
        }
        if browser.is_empty() || browser == "HTTP Library" {
            // A program names itself first: `curl/8.5.0`, `python-requests/2.32`.
            let token = user_agent.split(['/', ' ', '(']).next().unwrap_or_default();
            if token.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
                browser = super::text::cut(token, 40).to_owned();
            }
        }
        if os == "HTTP Library" {
            os = String::new();
        }
        let name = match (browser.is_empty(), os.is_empty()) {
            (false, false) => format!("{browser} on {os}"),
            (false, true) => browser.clone(),
            (true, false) => os.clone(),
            (true, true) => "Unknown device".to_owned(),
        };
        Self { name, browser, os }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_for_people() {
        let of = |ua| Device::of(ua).name;
        assert_eq!(
            of("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"),
            "Firefox on Windows"
        );
        assert_eq!(of("curl/8.5.0"), "curl");
        assert_eq!(of("python-requests/2.32.3"), "python-requests");
        assert_eq!(of(""), "Unknown device");
        assert_eq!(of("\u{1}<script>"), "Unknown device");
    }

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
