//! The pages for what went wrong: result, reason, next step.

use askama::Template;

use super::filters;
use super::layout::Bare;

/// One page for every refusal. Nothing of an organization stands on it beyond what the caller passes.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/error.html")]
pub struct ErrorPage {
    pub bare: Bare,
    pub title: String,
    pub text: String,
    /// Who can help, and the way on: its words and address.
    pub help: Option<String>,
    pub way_on: Option<(String, String)>,
    /// For whoever reads the log.
    pub request: Option<String>,
}

impl ErrorPage {
    fn new(title: &str, text: impl Into<String>) -> Self {
        let way_on = Some(("Go to the start page".to_owned(), "/".to_owned()));
        Self {
            bare: Bare::default(),
            title: title.to_owned(),
            text: text.into(),
            help: None,
            way_on,
            request: None,
        }
    }

    /// 404: not there, or not for you to see.
    pub fn not_found() -> Self {
        Self::new(
            "Nothing here",
            "The page does not exist, was removed, or belongs to an organization that you are not in.",
        )
    }

    /// 403: names the permission that is missing (`users:view`) and who can help ("Ask Mara Lindqvist, Admin").
    pub fn forbidden(permission: &str, help: impl Into<String>) -> Self {
        let text = format!("You do not have the permission {permission} here.");
        Self { help: Some(help.into()), ..Self::new("You may not do this", text) }
    }

    /// 403 for another reason than a missing permission; the text says which.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::new("You may not do this", text)
    }

    /// 403 of the check against forged requests.
    pub fn cross_site() -> Self {
        Self::new("Not sent", "This form came from another site. Open it here and send it again.")
    }

    /// 409: the state changed meanwhile; says to what.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::new("Not done", text)
    }

    /// 413, 415, 400: a request that no form of ours sends.
    pub fn bad_request() -> Self {
        Self::new(
            "Not understood",
            "The request is not one that Roster knows. Go back, load the page again and repeat the step.",
        )
    }

    /// 429, with the waiting time in words.
    pub fn too_many(wait: &str) -> Self {
        Self::new("Too many attempts", format!("Wait {wait}, then try again. Nobody is locked out for good."))
    }

    /// 503: starting, stopping or the database is away.
    pub fn unavailable() -> Self {
        Self::new(
            "Back in a moment",
            "Roster is starting or can't reach its database. Nothing is lost. Load this page again in a few seconds.",
        )
    }

    /// 500, with the request id that stands in the log.
    pub fn failed(request: &str) -> Self {
        let text = "Something failed on our side and was written to the log. Nothing was changed half-way. Try it again.";
        Self { request: Some(request.to_owned()), ..Self::new("This did not work", text) }
    }

    pub fn way_on(mut self, words: &str, address: &str) -> Self {
        self.way_on = Some((words.to_owned(), address.to_owned()));
        self
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::console::sample::{Sample, sample};

    pub fn all() -> Vec<Sample> {
        vec![
            sample("error-404", &ErrorPage::not_found()),
            sample(
                "error-403",
                &ErrorPage::forbidden(
                    "users:view",
                    "Ask Mara Lindqvist or another Admin to give you a role with it.",
                ),
            ),
            sample(
                "error-409",
                &ErrorPage::conflict(
                    "Elif Demir accepted this invitation a moment ago, so it can't be revoked any more.",
                ),
            ),
            sample("error-429", &ErrorPage::too_many("30 seconds")),
            sample("error-503", &ErrorPage::unavailable()),
            sample("error-500", &ErrorPage::failed("req_01jm3f2v7e")),
        ]
    }
}
