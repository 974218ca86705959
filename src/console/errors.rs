//! The pages for what went wrong: result, reason, next step.

use askama::Template;

use super::filters;
use super::layout::{Bare, Frame};

/// What went wrong, as a person is told it. Nothing of an organization stands in it beyond what the caller passes.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub icon: &'static str,
    pub title: String,
    pub text: String,
    /// Who can help.
    pub help: Option<String>,
    /// The way on: its words and address.
    pub way_on: Option<(String, String)>,
    /// Where a member reads why: the own chain.
    pub why: Option<String>,
    /// For whoever reads the log.
    pub request: Option<String>,
}

/// The page of a trouble for somebody who is not (yet) inside.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/error.html")]
pub struct ErrorPage {
    pub bare: Bare,
    pub trouble: Trouble,
}

/// The same for a member, who keeps the navigation, the account menu and the other organizations at hand.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/error_inside.html")]
pub struct ErrorInside {
    pub frame: Frame,
    pub trouble: Trouble,
}

impl Trouble {
    fn new(icon: &'static str, title: &str, text: impl Into<String>) -> Self {
        let way_on = Some(("Go to the start page".to_owned(), "/".to_owned()));
        Self {
            icon,
            title: title.to_owned(),
            text: text.into(),
            help: None,
            way_on,
            why: None,
            request: None,
        }
    }

    /// 404: not there, or not for you to see.
    pub fn not_found() -> Self {
        Self::new(
            "search",
            "Nothing here",
            "The page does not exist, was removed, or belongs to an organization that you are not in.",
        )
    }

    /// 403: names the permission that is missing (`users:view`) and who can help ("Ask Mara Lindqvist, Admin").
    pub fn forbidden(permission: &str, help: impl Into<String>) -> Self {
        let text = format!("You do not have the permission {permission} here.");
        Self { help: Some(help.into()), ..Self::new("lock", "You may not do this", text) }
    }

    /// 403 for another reason than a missing permission; the text says which.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::new("lock", "You may not do this", text)
    }

    /// 403 of the check against forged requests.
    pub fn cross_site() -> Self {
        Self::new("shield", "Not sent", "This form came from another site. Open it here and send it again.")
    }

    /// 409: the state changed meanwhile; says to what.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::new("refresh", "Not done", text)
    }

    /// 413, 415, 400: a request that no form of ours sends.
    pub fn bad_request() -> Self {
        Self::new(
            "help",
            "Not understood",
            "The request is not one that Roster knows. Go back, load the page again and repeat the step.",
        )
    }

    /// 429, with the waiting time in words.
    pub fn too_many(wait: &str) -> Self {
        let text = format!("Wait {wait}, then try again. Nobody is locked out for good.");
        Self::new("pause", "Too many attempts", text)
    }

    /// 503: starting, stopping or the database is away.
    pub fn unavailable() -> Self {
        Self::new(
            "refresh",
            "Back in a moment",
            "Roster is starting or can't reach its database. Nothing is lost. Load this page again in a few seconds.",
        )
    }

    /// 500, with the request id that stands in the log.
    pub fn failed(request: &str) -> Self {
        let text = "Something failed on our side and was written to the log. Nothing was changed half-way. Try it again.";
        Self { request: Some(request.to_owned()), ..Self::new("warn", "This did not work", text) }
    }

    pub fn way_on(mut self, words: impl Into<String>, address: &str) -> Self {
        self.way_on = Some((words.into(), address.to_owned()));
        self
    }

    /// Its page outside of every organization.
    pub fn bare(self) -> ErrorPage {
        ErrorPage { bare: Bare::default(), trouble: self }
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::console::layout::Place;
    use crate::console::sample::{NASTY, Sample, frame, sample};

    pub fn all() -> Vec<Sample> {
        let forbidden =
            || Trouble::forbidden("users:view", "Ask Mara Lindqvist (Admin) to give you a role with it.");
        let conflict = || {
            Trouble::conflict(
                "Elif Demir accepted this invitation a moment ago, so it can't be revoked any more.",
            )
        };
        let inside = |here, trouble| ErrorInside { frame: frame(here), trouble };
        let mut alone = inside(None, forbidden().way_on("Go to your profile", "/profile"));
        alone.frame.places.clear();
        alone.trouble.why = Some("/access?action=view&resource=category%3Ausers".into());
        vec![
            sample("error-404", &Trouble::not_found().bare()),
            sample("error-403", &forbidden().bare()),
            sample("error-409", &conflict().bare()),
            sample("error-429", &Trouble::too_many("30 seconds").bare()),
            sample("error-503", &Trouble::unavailable().bare()),
            sample("error-500", &Trouble::failed("req_01jm3f2v7e").bare()),
            sample(
                "error-inside-404",
                &inside(Some(Place::Users), Trouble::not_found().way_on("Back to Users", "/users")),
            ),
            sample("error-inside-403", &alone),
            sample(
                "error-inside-409",
                &inside(Some(Place::Invitations), conflict().way_on("Back to Invitations", "/invitations")),
            ),
            sample("error-inside-429", &inside(Some(Place::Users), Trouble::too_many("30 seconds"))),
            sample("error-inside-500", &inside(None, Trouble::failed("req_01jm3f2v7e"))),
            sample("error-inside-odd", &inside(None, Trouble::refused(NASTY))),
        ]
    }
}
