//! The local mailbox of an installation without a mail server (OPS-1), as plain display values.

use askama::Template;

use crate::console::filters;
use crate::console::layout::Bare;
use crate::console::time::Moment;

/// Every letter that would have been sent, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "mailbox/pages/mailbox.html")]
pub struct MailboxPage {
    pub bare: Bare,
    pub letters: Vec<LetterLine>,
}

#[derive(Clone, Debug)]
pub struct LetterLine {
    pub href: String,
    pub to: String,
    pub subject: String,
    pub at: Moment,
}

/// One letter. Its HTML part is served at an address of its own, under a policy that lets it do nothing.
#[derive(Clone, Debug, Template)]
#[template(path = "mailbox/pages/letter.html")]
pub struct LetterPage {
    pub bare: Bare,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub at: Moment,
    pub text: String,
    /// The links of the text, ready to be followed.
    pub links: Vec<String>,
    /// Where the HTML part is served.
    pub html: String,
}
