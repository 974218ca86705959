//! The pages about invitations as plain display values: for those who invite, and for the one who is invited.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::console::field::{Choices, Field, Picks, Select, TextArea};
use crate::console::filters;
use crate::console::layout::{Bare, Frame};
use crate::console::list::{Pager, Status, Tabs};
use crate::console::menu::{Does, Item, Menu};
use crate::console::notice::{Callout, Tone};
use crate::console::person::{Avatar, PersonCell};
use crate::console::role::RoleBadge;
use crate::console::seats::SeatMeter;
use crate::console::time::{Expiry, Moment};
use crate::member::view::FeatureBox;

/// Invite one or many (INV-1).
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/pages/invite.html")]
pub struct InvitePage {
    pub frame: Frame,
    pub seats: SeatMeter,
    pub problem: Option<Callout>,
    /// That letters are kept instead of sent.
    pub kept: Option<Callout>,
    /// What came of the letters just sent, or would; empty before.
    pub results: Vec<Outcome>,
    /// Nothing was sent yet.
    pub foretold: bool,
    /// The same in one sentence.
    pub summary: Option<Callout>,
    pub lifetime_days: u16,
    pub emails: TextArea,
    pub first_name: Field,
    pub last_name: Field,
    pub roles: Choices,
    /// Beside the picker: who should have which role, or what handing one out means.
    pub role_warning: Option<Callout>,
    /// Beside roles: what the access model shows first.
    pub first: Reach,
    pub feature: Option<FeatureBox>,
    /// What else the organization has, folded.
    pub more: Reach,
    /// The last day of the membership.
    pub ends: Field,
    pub message: TextArea,
}

/// What an invitation gives beside roles, where the organization has any.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "invitation/pages/reach.html")]
pub struct Reach {
    pub template: Option<Select>,
    pub teams: Option<Picks>,
    pub projects: Option<Picks>,
}

impl HtmlSafe for Reach {}

impl Reach {
    /// What can be opened here: "Add a role template or teams".
    fn words(&self) -> Option<String> {
        let there = [
            self.template.is_some().then_some("a role template"),
            self.teams.is_some().then_some("teams"),
            self.projects.is_some().then_some("projects"),
        ];
        let there: Vec<&str> = there.into_iter().flatten().collect();
        let (last, others) = there.split_last()?;
        Some(match others {
            [] => format!("Add {last}"),
            others => format!("Add {} or {last}", others.join(", ")),
        })
    }

    /// Folded, until something in it is chosen or wrong.
    fn is_open(&self) -> bool {
        let template = self.template.as_ref();
        let picked = [&self.teams, &self.projects].into_iter().flatten().flat_map(|picks| &picks.options);
        let chosen = template.into_iter().flat_map(|select| &select.options).chain(picked);
        template.is_some_and(|select| select.error.is_some())
            || chosen.into_iter().any(|choice| choice.chosen && !choice.value.is_empty())
    }
}

impl InvitePage {
    /// The names stand open only where somebody typed one.
    fn names_open(&self) -> bool {
        [&self.first_name, &self.last_name]
            .iter()
            .any(|field| !field.value.is_empty() || field.error.is_some())
    }
}

/// What became of one address.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub email: String,
    /// Created, Resent, Refreshed, Ignored, Failed.
    pub outcome: &'static str,
    pub tone: Tone,
    pub detail: String,
}

impl Outcome {
    /// The tone of its badge: what went out anew stands apart from what went out again.
    fn badge(&self) -> &'static str {
        match (self.tone, self.outcome) {
            (Tone::Ok, "Created") => "ok",
            (Tone::Ok, _) => "accent",
            (Tone::Plain, _) => "mute",
            (tone, _) => tone.name(),
        }
    }
}

/// The list of invitations (INV-7).
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/pages/invitations.html")]
pub struct InvitationsPage {
    pub frame: Frame,
    pub seats: SeatMeter,
    pub may_invite: bool,
    /// That letters are kept instead of sent.
    pub kept: Option<Callout>,
    pub search: String,
    pub status: String,
    pub tabs: Tabs,
    pub count: String,
    pub rows: Vec<InvitationRow>,
    /// Something is filtered: an empty list then means "nothing found".
    pub filtered: bool,
    pub pager: Pager,
}

impl InvitationsPage {
    /// Whether somebody may still be waiting for a letter.
    fn any_open(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.end, End::Left(_)))
    }
}

/// One invitation.
#[derive(Clone, Debug)]
pub struct InvitationRow {
    pub person: PersonCell,
    pub roles: Vec<RoleBadge>,
    pub status: Status,
    pub delivery: Delivery,
    pub invited_by: String,
    pub created: Moment,
    pub message: Option<String>,
    pub end: End,
    /// What one does with it next: "Resend", "Invite again", "View user".
    pub next: Option<Item>,
    pub menu: Menu,
}

/// How far the letter got.
#[derive(Clone, Debug)]
pub enum Delivery {
    Queued,
    Sent(Moment),
    Failed { reason: String },
}

/// How an invitation ends.
#[derive(Clone, Debug)]
pub enum End {
    /// Still open.
    Left(Expiry),
    /// "Accepted", "Revoked", … in the words of the access model, with the instant.
    Was(String, Moment),
    /// Declined with a reason.
    Declined(String, Moment, Option<String>),
}

/// The link of an invitation, to be passed on by hand.
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/pages/link.html")]
pub struct LinkPage {
    pub frame: Frame,
    pub email: String,
    pub role: String,
    pub link: String,
    pub until: Moment,
}

/// The page that the letter leads to (INV-8).
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/pages/accept.html")]
pub struct AcceptPage {
    pub bare: Bare,
    pub letter: Letter,
    pub problem: Option<Callout>,
    pub door: Door,
}

/// What stood in the letter.
#[derive(Clone, Debug)]
pub struct Letter {
    pub organization: String,
    /// What several like it are called: "workspaces".
    pub organizations: String,
    pub inviter: String,
    pub email: String,
    pub roles: Vec<RoleBadge>,
    /// What the role is for.
    pub role_text: Option<String>,
    pub message: Option<String>,
    pub until: Moment,
    pub left: Expiry,
}

impl Letter {
    fn organization_avatar(&self) -> Avatar {
        Avatar::organization(&self.organization).large()
    }

    fn inviter_avatar(&self) -> Avatar {
        Avatar::person(&self.inviter, &self.inviter).large()
    }
}

/// How the invited person gets in.
#[derive(Clone, Debug)]
pub enum Door {
    /// Nobody has this address yet: names and a password. A copied link does not tell, so it offers to sign in as well.
    NewPerson { names: Vec<Field>, password: Box<Field>, copied: bool },
    /// The address has an account: its password.
    Account { password: Box<Field> },
    /// Signed in with this very address: one click.
    SignedIn { name: String },
    /// Signed in as somebody else: nobody joins by mistake.
    SomebodyElse { email: String },
}

/// Saying no (INV-9).
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/pages/decline.html")]
pub struct DeclinePage {
    pub bare: Bare,
    pub organization: String,
    pub inviter: String,
    pub reason: Field,
}

/// A link that opens nothing (INV-10): one clear page for each reason, and nothing about the organization.
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/pages/closed.html")]
pub struct ClosedPage {
    pub bare: Bare,
    pub closed: Closed,
}

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    Expired,
    Revoked,
    Accepted,
    Declined,
    /// A newer letter replaced it.
    Superseded,
    Unknown,
    /// Just declined by the reader.
    Thanks,
}

impl Closed {
    fn title(self) -> &'static str {
        match self {
            Closed::Expired => "This invitation has expired",
            Closed::Revoked => "This invitation was withdrawn",
            Closed::Accepted => "This invitation was already used",
            Closed::Declined => "This invitation was declined",
            Closed::Superseded => "There is a newer letter",
            Closed::Unknown => "This link is not complete",
            Closed::Thanks => "You declined the invitation",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Closed::Expired => "Ask the person who invited you to send it again. You then get a new link.",
            Closed::Revoked => {
                "The link no longer works. Ask the person who invited you if you think that is a mistake."
            }
            Closed::Accepted => "It opens the door once only. If you were the one who accepted it, sign in.",
            Closed::Declined => {
                "The link no longer works. If you changed your mind, ask to be invited again."
            }
            Closed::Superseded => {
                "The invitation was sent again, and only the link in the latest e-mail works. Look for it in your inbox."
            }
            Closed::Unknown => {
                "Mail programs sometimes break long links. Copy the whole link from the e-mail into the address bar."
            }
            Closed::Thanks => {
                "The person who invited you can see that. There is nothing else to do, and you can close this page."
            }
        }
    }

    fn offers_sign_in(self) -> bool {
        matches!(self, Closed::Accepted)
    }
}
