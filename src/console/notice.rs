//! What the console says: a toast after an action, a callout for what must not vanish.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;
use crate::base::Problem;

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Ok,
    Warn,
    Bad,
}

impl Tone {
    /// The value of `data-tone`.
    pub fn name(self) -> &'static str {
        match self {
            Tone::Plain => "",
            Tone::Ok => "ok",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Tone::Plain => "info",
            Tone::Ok => "check",
            Tone::Warn | Tone::Bad => "warn",
        }
    }
}

/// A message that stays on the page: what happened, why, and the next step.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/callout.html")]
pub struct Callout {
    pub tone: Tone,
    /// The result, in bold.
    pub title: String,
    /// Reason and next step.
    pub text: String,
    /// A way out: its words and address.
    pub way_out: Option<(String, String)>,
}

impl HtmlSafe for Callout {}

impl Callout {
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into(), way_out: None }
    }

    /// Why a form was refused. What is wrong with the fields in `shown` stands beside them.
    pub fn refused(title: &str, problem: &Problem, shown: &[&str]) -> Self {
        let field = |pointer: &str| pointer.split('/').nth(1).unwrap_or_default().to_owned();
        let (beside, here): (Vec<_>, Vec<_>) =
            problem.errors.iter().partition(|error| shown.contains(&field(&error.pointer).as_str()));
        let text = match (beside.is_empty(), here.is_empty()) {
            (_, false) => here.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join(" "),
            (false, true) => "Mend what is marked below and send it again.".to_owned(),
            (true, true) => problem.detail.clone(),
        };
        Self::new(Tone::Bad, title, text)
    }

    pub fn way_out(mut self, words: impl Into<String>, address: impl Into<String>) -> Self {
        self.way_out = Some((words.into(), address.into()));
        self
    }
}

/// The one sentence after an action; shown once, on the next page.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/toast.html")]
pub struct Toast {
    pub text: Option<String>,
}

impl HtmlSafe for Toast {}
