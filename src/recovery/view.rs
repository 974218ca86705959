//! The forgotten password, as plain display values (SES-2).

use askama::Template;

use crate::console::field::Field;
use crate::console::filters;
use crate::console::layout::Bare;
use crate::console::notice::Callout;
use crate::console::time::Moment;

/// Ask for a link.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/request.html")]
pub struct RequestPage {
    pub bare: Bare,
    pub problem: Option<Callout>,
    pub email: Field,
}

/// The same answer for a known and an unknown address.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/sent.html")]
pub struct SentPage {
    pub bare: Bare,
    pub email: String,
}

/// Choose the new password; the link's token lies in a cookie by now.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/reset.html")]
pub struct ResetPage {
    pub bare: Bare,
    pub problem: Option<Callout>,
    pub password: Field,
}

/// A link that was used, replaced or is too old.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/closed.html")]
pub struct ResetClosedPage {
    pub bare: Bare,
}

/// Confirm a new address: a click, because mail programs open links by themselves (R39).
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/email_change.html")]
pub struct EmailChangePage {
    pub bare: Bare,
    pub problem: Option<Callout>,
    /// The new address.
    pub email: String,
    /// Whose account asked, by name and by the address so far: its reader may be somebody else, who must not confirm.
    pub name: String,
    pub old_email: String,
}

/// A confirmation link that was used, replaced or is too old.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/email_change_closed.html")]
pub struct EmailChangeClosedPage {
    pub bare: Bare,
}

/// What a notice said, and the button that answers it: "this was not me".
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/notice.html")]
pub struct NoticePage {
    pub bare: Bare,
    pub title: &'static str,
    /// What happened, name by name.
    pub facts: Vec<(&'static str, String)>,
    pub at: Moment,
    /// What the answer does.
    pub impact: Vec<&'static str>,
    pub verb: &'static str,
}

/// The answer was taken, and there is nothing more for its reader to do here.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/notice_disowned.html")]
pub struct DisownedPage {
    pub bare: Bare,
    pub secured: bool,
    /// Whether a link to a new password is on its way.
    pub mailed: bool,
    /// How many people were told.
    pub told: usize,
}

/// A notice that was answered or is too old.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery/pages/notice_closed.html")]
pub struct NoticeClosedPage {
    pub bare: Bare,
}
