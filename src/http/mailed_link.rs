//! Links that hold a secret: the token goes from the address into a short-lived cookie, so that no history, log or
//! bookmark keeps it (R14), and the page behind has an address without it.

use axum::http::{HeaderValue, header};

use super::{Answer, Call, cookie, see_other};

/// Long enough to fill a form in, short enough to leave nothing behind on a shared machine.
const SECONDS: i64 = 3600;
/// More than any token of ours has.
const LONGEST: usize = 200;

/// One kind of link.
#[derive(Clone, Copy, Debug)]
pub struct MailedLink {
    cookie: &'static str,
    page: &'static str,
}

/// The link that a new installation prints.
pub const SET_UP: MailedLink = MailedLink { cookie: "roster-set-up", page: "/setup" };
/// The link in an invitation.
pub const INVITATION: MailedLink = MailedLink { cookie: "roster-invitation", page: "/invitation" };
/// The link to a new password.
pub const PASSWORD_RESET: MailedLink =
    MailedLink { cookie: "roster-password-reset", page: "/password-reset/confirm" };
/// The link that confirms a new address.
pub const EMAIL_CHANGE: MailedLink = MailedLink { cookie: "roster-email-change", page: "/email-change" };
/// The link by which somebody says that it was not them.
pub const NOTICE: MailedLink = MailedLink { cookie: "roster-notice", page: "/notice" };

impl MailedLink {
    /// 303 from the link to its page. What can't be a token of ours leaves nothing.
    pub fn follow(self, call: &Call) -> Answer {
        let token = call.param("token");
        let fits =
            token.len() <= LONGEST && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let mut answer = match fits {
            true => self.set(call, see_other(self.page), token, SECONDS),
            false => self.used(call, see_other(self.page)),
        };
        answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        answer
    }

    /// The token of the link that this browser followed.
    pub fn token(self, call: &Call) -> Option<&str> {
        let name = cookie::name(self.cookie, &call.app().settings.public_url);
        cookie::read(&call.request.headers, &name).filter(|token| !token.is_empty())
    }

    /// Takes the token back with an answer: it has done its work.
    pub fn used(self, call: &Call, answer: Answer) -> Answer {
        self.set(call, answer, "", 0)
    }

    /// The page behind the link.
    pub fn page(self) -> &'static str {
        self.page
    }

    fn set(self, call: &Call, mut answer: Answer, token: &str, seconds: i64) -> Answer {
        let value = cookie::set(self.cookie, token, Some(seconds), &call.app().settings.public_url);
        answer.headers_mut().append(header::SET_COOKIE, value);
        answer
    }
}
