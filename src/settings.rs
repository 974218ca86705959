//! What the operator sets: environment variables that begin with `ROSTER_`. A wrong value stops the start with the name
//! of the setting and an example.

mod key_file;

pub use key_file::secret_key;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use crate::base::hashing::HashCost;

/// A setting with a value that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The variable's name.
    pub setting: &'static str,
    /// What is wrong with its value.
    pub problem: String,
    /// A value that would do.
    pub example: &'static str,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. Example: {}={}", self.setting, self.problem, self.setting, self.example)
    }
}

impl std::error::Error for SettingError {}

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// TLS from the first byte (`smtps`).
    pub implicit_tls: bool,
    /// STARTTLS must succeed (`?tls=required`); otherwise it is used where offered.
    pub require_tls: bool,
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

/// The public URL: scheme and authority, no path, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    /// Whether it is `https`.
    pub https: bool,
    /// The host, without port.
    pub host: String,
}

impl PublicUrl {
    /// Reads `http://host[:port]` or `https://host[:port]`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/');
        let (https, authority) = match text.split_once("://")? {
            ("https", rest) => (true, rest),
            ("http", rest) => (false, rest),
            _ => return None,
        };
        let uri: axum::http::Uri = text.parse().ok()?;
        if authority.is_empty() || authority.contains(['/', '@', '?', '#']) {
            return None;
        }
        Some(Self { text: text.to_ascii_lowercase(), https, host: uri.host()?.to_ascii_lowercase() })
    }

    /// Scheme and authority, as a browser's `Origin`.
    pub fn origin(&self) -> &str {
        &self.text
    }

    /// Whether the host is this machine itself.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The address of a path on this server.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `ROSTER_LISTEN`.
    pub listen: SocketAddr,
    /// `ROSTER_PUBLIC_URL`.
    pub public_url: PublicUrl,
    /// `ROSTER_DATABASE_URL`.
    pub database_url: String,
    /// `ROSTER_SMTP_URL`; without one mail is kept and shown at `/mailbox`.
    pub smtp: Option<SmtpSettings>,
    /// `ROSTER_SECRET_KEY`, where given; else the file at `key_file`.
    pub secret_key: Option<[u8; 32]>,
    /// Where the key is kept that is made at the first start.
    pub key_file: PathBuf,
    /// `ROSTER_MAIL_FROM`.
    pub mail_from: lettre::message::Mailbox,
    /// `ROSTER_TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// The cost of a password hash; set by tests only.
    pub hash_cost: HashCost,
}

impl Settings {
    /// Reads the settings; `get` is the environment.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let value = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let wrong = |setting, problem: String, example| SettingError { setting, problem, example };

        let listen = value("ROSTER_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".into());
        let listen: SocketAddr = listen.parse().map_err(|_| {
            wrong("ROSTER_LISTEN", format!("\"{listen}\" is not an IP address and port"), "127.0.0.1:8080")
        })?;
        let public_url = value("ROSTER_PUBLIC_URL").unwrap_or_else(|| format!("http://{listen}"));
        let public_url = PublicUrl::parse(&public_url).ok_or_else(|| {
            wrong(
                "ROSTER_PUBLIC_URL",
                format!("\"{public_url}\" is not http:// or https:// with a host and nothing behind it"),
                "https://roster.example.com",
            )
        })?;
        let database_url = value("ROSTER_DATABASE_URL").unwrap_or_else(|| "sqlite://data/roster.db".into());
        let key_file = key_file(&database_url).ok_or_else(|| {
            // The URL may hold a password: it is not repeated.
            wrong(
                "ROSTER_DATABASE_URL",
                "the value is neither sqlite:// with a path nor postgres://".into(),
                "sqlite://data/roster.db",
            )
        })?;
        let smtp = value("ROSTER_SMTP_URL").map(|url| smtp(&url)).transpose().map_err(|problem| {
            wrong("ROSTER_SMTP_URL", problem, "smtps://user:password@mail.example.com:465")
        })?;
        let secret_key = match (value("ROSTER_SECRET_KEY"), value("ROSTER_SECRET_KEY_FILE")) {
            (Some(_), Some(_)) => {
                return Err(wrong(
                    "ROSTER_SECRET_KEY",
                    "ROSTER_SECRET_KEY_FILE is set too; keep one of them".into(),
                    KEY_EXAMPLE,
                ));
            }
            (Some(key), None) => Some(decode_key(&key).ok_or_else(|| {
                wrong("ROSTER_SECRET_KEY", "the value is not 32 bytes in base64".into(), KEY_EXAMPLE)
            })?),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(&path).map_err(|e| {
                    wrong(
                        "ROSTER_SECRET_KEY_FILE",
                        format!("\"{path}\" can't be read ({e})"),
                        "/run/secrets/roster.key",
                    )
                })?;
                Some(decode_key(&text).ok_or_else(|| {
                    wrong(
                        "ROSTER_SECRET_KEY_FILE",
                        format!("\"{path}\" does not hold 32 bytes in base64"),
                        "/run/secrets/roster.key",
                    )
                })?)
            }
            (None, None) => None,
        };
        let mail_from = value("ROSTER_MAIL_FROM").unwrap_or_else(|| "Roster <roster@localhost>".into());
        let mail_from = mail_from.parse().map_err(|_| {
            wrong(
                "ROSTER_MAIL_FROM",
                format!("\"{mail_from}\" is not a mail address"),
                "\"Roster <roster@example.com>\"",
            )
        })?;
        let trusted_proxies = value("ROSTER_TRUSTED_PROXIES").unwrap_or_default();
        let trusted_proxies = trusted_proxies
            .split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse::<IpNet>().or_else(|_| part.parse::<std::net::IpAddr>().map(IpNet::from)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| {
                wrong(
                    "ROSTER_TRUSTED_PROXIES",
                    format!("\"{trusted_proxies}\" is not a list of networks"),
                    "10.0.0.0/8,fd00::/8",
                )
            })?;
        Ok(Self {
            listen,
            public_url,
            database_url,
            smtp,
            secret_key,
            key_file,
            mail_from,
            trusted_proxies,
            hash_cost: HashCost::default(),
        })
    }
}

const KEY_EXAMPLE: &str = "$(openssl rand -base64 32)";

fn decode_key(text: &str) -> Option<[u8; 32]> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// The key lies beside the SQLite file, or in `data/`.
fn key_file(database_url: &str) -> Option<PathBuf> {
    if let Some(path) = database_url.strip_prefix("sqlite://") {
        if path.is_empty() {
            return None;
        }
        return Some(Path::new(path).parent().unwrap_or(Path::new("")).join("roster.key"));
    }
    let rest =
        database_url.strip_prefix("postgres://").or_else(|| database_url.strip_prefix("postgresql://"))?;
    (!rest.is_empty()).then(|| PathBuf::from("data/roster.key"))
}

/// `smtp://host:port`, `smtps://user:password@host:port`, `?tls=required`. The error never repeats the URL: it may hold
/// a password.
fn smtp(url: &str) -> Result<SmtpSettings, String> {
    let (implicit_tls, rest) = match url.split_once("://") {
        Some(("smtp", rest)) => (false, rest),
        Some(("smtps", rest)) => (true, rest),
        _ => return Err("the value does not begin with smtp:// or smtps://".into()),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let require_tls = match query {
        "" => false,
        "tls=required" => true,
        _ => return Err("behind the question mark only tls=required can stand".into()),
    };
    let rest = rest.trim_end_matches('/');
    let (credentials, host) = match rest.rsplit_once('@') {
        None => (None, rest),
        Some((user, host)) => {
            let (user, password) =
                user.split_once(':').ok_or("a user needs a password: user:password@host")?;
            (Some((percent_decode(user), percent_decode(password))), host)
        }
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            (host, port.parse().map_err(|_| "the port is not a number up to 65535")?)
        }
        _ => (host, if implicit_tls { 465 } else { 587 }),
    };
    if host.is_empty() {
        return Err("the host is missing".into());
    }
    Ok(SmtpSettings {
        implicit_tls,
        require_tls,
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        credentials,
    })
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Result<Settings, SettingError> {
        Settings::read(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = Settings::read(|_| None).unwrap();
        assert_eq!(settings.public_url.origin(), "http://127.0.0.1:8080");
        assert_eq!(settings.key_file, Path::new("data/roster.key"));
        assert!(settings.smtp.is_none());
    }

    #[test]
    fn a_wrong_value_names_the_setting_and_an_example() {
        for (name, value) in [
            ("ROSTER_LISTEN", "8080"),
            ("ROSTER_PUBLIC_URL", "roster.example.com"),
            ("ROSTER_PUBLIC_URL", "https://roster.example.com/path"),
            ("ROSTER_DATABASE_URL", "mysql://x"),
            ("ROSTER_SMTP_URL", "mail.example.com"),
            ("ROSTER_SMTP_URL", "smtp://mail.example.com:99999"),
            ("ROSTER_SECRET_KEY", "short"),
            ("ROSTER_SECRET_KEY_FILE", "/nowhere/at/all"),
            ("ROSTER_MAIL_FROM", "nobody"),
            ("ROSTER_TRUSTED_PROXIES", "10.0.0.0/99"),
        ] {
            let error = with(name, value).unwrap_err();
            assert_eq!(error.setting, name, "{value}");
            assert!(error.to_string().contains("Example: "), "{error}");
        }
    }

    #[test]
    fn smtp_urls_are_read() {
        let smtp = with("ROSTER_SMTP_URL", "smtps://a%40b:p%3Aw@mail.example.com").unwrap().smtp.unwrap();
        assert_eq!(smtp.credentials, Some(("a@b".into(), "p:w".into())));
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.implicit_tls), ("mail.example.com", 465, true));
        let smtp = with("ROSTER_SMTP_URL", "smtp://127.0.0.1:2525?tls=required").unwrap().smtp.unwrap();
        assert!(smtp.require_tls && smtp.port == 2525);
    }
}
