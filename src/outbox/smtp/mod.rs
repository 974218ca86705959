//! Handing letters to the mail server of the settings: TLS, sign-in, connections that are used again, and what its
//! answers mean.
//!
//! The connections are kept here and not in lettre's pool: that one would use a connection again after a try that was
//! given up in the middle, and take the answer to one letter for the answer to another.

#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::{Address, Envelope};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::{ClientId, Extension};
use tokio::net::TcpStream;

use super::message;
use crate::app::App;
use crate::base::EmailAddress;
use crate::base::text::cut;
use crate::settings::{SettingError, Settings, SmtpSettings};

/// Why a letter was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// It may go better next time: the server is away, busy, or set up wrongly.
    ForNow(String),
    /// The server takes nothing for this address at the moment.
    Later(String),
    /// The server refused this letter for good.
    ForGood(String),
}

/// How long the steps of a delivery may take.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Until the server has greeted and taken the sign-in.
    connect: Duration,
    /// Until a connection that was used before shows that it lives.
    alive: Duration,
    /// From the sender's address to the answer behind the text.
    letter: Duration,
}

const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(30),
    alive: Duration::from_secs(5),
    letter: Duration::from_secs(90),
};

/// A mail server and the connections to it that rest between two letters.
pub struct Smtp {
    server: SmtpSettings,
    from: Address,
    hello: ClientId,
    tls: Option<TlsParameters>,
    patience: Patience,
    resting: Mutex<Vec<AsyncSmtpConnection>>,
}

/// Chooses the process's cryptography for TLS; called once at the start, harmless when called again.
pub fn install_crypto() {
    // The error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Smtp {
    /// Prepares for a server; nothing is connected yet.
    pub fn new(settings: &Settings, server: &SmtpSettings) -> Result<Self, SettingError> {
        install_crypto();
        let tls = TlsParameters::new(server.host.clone()).map_err(|error| SettingError {
            setting: "ROSTER_SMTP_URL",
            problem: format!("TLS can't be prepared for this host ({error})"),
            example: "smtps://user:password@mail.example.com:465",
        })?;
        // On this very machine nobody listens in, and the mail server there has a certificate that it signed itself.
        let needs_tls = server.implicit_tls || server.require_tls;
        let tls = (needs_tls || !is_loopback(&server.host)).then_some(tls);
        let host = settings.public_url.host.trim_matches(['[', ']']);
        let hello = match host.parse() {
            Ok(IpAddr::V4(ip)) => ClientId::Ipv4(ip),
            Ok(IpAddr::V6(ip)) => ClientId::Ipv6(ip),
            Err(_) => ClientId::Domain(host.to_owned()),
        };
        Ok(Self {
            server: server.clone(),
            from: settings.mail_from.email.clone(),
            hello,
            tls,
            patience: PATIENCE,
            resting: Mutex::new(Vec::new()),
        })
    }

    /// Hands over one letter to one address. Given up half-way it takes its connection along.
    pub async fn send(
        &self,
        app: &App,
        letter: &super::Stored,
        text: &super::text::Text,
    ) -> Result<(), Undelivered> {
        let address = EmailAddress::parse(&letter.recipient)
            .map_err(|_| Undelivered::ForGood("this is no address that mail can be sent to".to_owned()))?;
        let to = message::envelope_address(&address)?;
        let needs_utf8 = !to.to_string().is_ascii();
        let bytes = message::write(app, letter, &to, text)?;
        let envelope = Envelope::new(Some(self.from.clone()), vec![to]).map_err(message::unwritable)?;
        loop {
            let (mut connection, is_used) = match self.wake() {
                Some(connection) => (connection, true),
                None => (self.connect().await?, false),
            };
            if is_used && !self.is_alive(&mut connection).await {
                continue;
            }
            if needs_utf8 && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                self.rest(connection);
                return Err(Undelivered::ForGood(
                    "the mail server takes no addresses with letters outside of ASCII (it has no SMTPUTF8)"
                        .to_owned(),
                ));
            }
            let sent = tokio::time::timeout(self.patience.letter, connection.send(&envelope, &bytes)).await;
            match sent {
                Ok(Ok(_)) => {
                    self.rest(connection);
                    return Ok(());
                }
                // Servers take so many letters on one connection and then close it with 421.
                Ok(Err(error)) if is_used && code(&error) == Some(421) => {}
                Ok(Err(error)) => return Err(self.refused(&error)),
                Err(_) => {
                    let seconds = self.patience.letter.as_secs();
                    return Err(self.away(&format!("no answer within {seconds} s")));
                }
            }
        }
    }

    /// Closes the connections that rest: the queue is empty.
    pub async fn close(&self) {
        while let Some(mut connection) = self.wake() {
            let _ = tokio::time::timeout(self.patience.alive, connection.quit()).await;
        }
    }

    fn wake(&self) -> Option<AsyncSmtpConnection> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn rest(&self, connection: AsyncSmtpConnection) {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    async fn is_alive(&self, connection: &mut AsyncSmtpConnection) -> bool {
        tokio::time::timeout(self.patience.alive, connection.test_connected()).await.unwrap_or(false)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Undelivered> {
        match tokio::time::timeout(self.patience.connect, self.open()).await {
            Ok(Ok(connection)) => Ok(connection),
            // Whatever it says before a letter is named is about us, not about the letter.
            Ok(Err(error)) => Err(self.away(&error)),
            Err(_) => Err(self.away(&format!("no answer within {} s", self.patience.connect.as_secs()))),
        }
    }

    /// The first TCP stream of a connection is made here, because a letter's last dot would wait 40 ms for the
    /// acknowledgement of the text before it (Nagle's algorithm).
    async fn open(&self) -> Result<AsyncSmtpConnection, String> {
        let SmtpSettings { implicit_tls, require_tls, host, port, credentials } = &self.server;
        let server = (host.as_str(), *port);
        let mut connection = if *implicit_tls {
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, self.tls.clone(), None).await
        } else {
            let stream = TcpStream::connect(server).await.map_err(|error| error.to_string())?;
            stream.set_nodelay(true).map_err(|error| error.to_string())?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await
        }
        .map_err(|error| words(&error))?;
        if let Some(tls) = self.tls.clone().filter(|_| !connection.is_encrypted()) {
            // A password goes over no wire in the clear, whoever took the offer of TLS out of the greeting.
            if *require_tls || credentials.is_some() || connection.can_starttls() {
                connection.starttls(tls, &self.hello).await.map_err(|error| words(&error))?;
            }
        }
        if let Some((user, password)) = credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(|error| words(&error))?;
        }
        Ok(connection)
    }

    fn away(&self, why: &str) -> Undelivered {
        Undelivered::ForNow(format!("mail server {}:{}: {why}", self.server.host, self.server.port))
    }

    fn refused(&self, error: &Error) -> Undelivered {
        match code(error) {
            // "Sign in first" and its kin are about the settings.
            Some(530 | 534 | 535 | 538) | None => self.away(&words(error)),
            Some(500..=599) => Undelivered::ForGood(words(error)),
            Some(_) => Undelivered::Later(words(error)),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn code(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}

/// The server's answer with its code, or what happened on the way there.
fn words(error: &Error) -> String {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let text = match code(error) {
        Some(code) => format!("{code} {cause}"),
        None if cause.is_empty() => error.to_string(),
        None => cause,
    };
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(without_tokens(&text).trim(), 400).to_owned()
}

/// As long a run of letters and digits as a part of a token may be.
const SUSPICIOUS: usize = 20;

/// Servers quote the letter that they refuse, whole or in part: what is shown to administrators holds no token (INV-3).
/// Before the text is cut, because a token that is cut still says much.
fn without_tokens(text: &str) -> String {
    let of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|c| !of_token(c)).unwrap_or(rest.len());
        clean.push_str(if run >= SUSPICIOUS { "…" } else { &rest[..run] });
        rest = &rest[run..];
        let other = rest.find(of_token).unwrap_or(rest.len());
        clean.push_str(&rest[..other]);
        rest = &rest[other..];
    }
    clean
}
