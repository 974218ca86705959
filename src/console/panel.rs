//! One question on a page of its own; with script the same question opens as a dialog.

use askama::Template;

use super::field::{Choices, Field};
use super::layout::Frame;
use super::notice::Callout;

use super::filters;

/// Asks before something happens: what it will do, what stays, and how to go back.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/panel.html")]
pub struct PanelPage {
    pub frame: Frame,
    /// "Suspend Jonas Weber?"
    pub title: String,
    /// Where the answer is posted.
    pub action: String,
    /// Where Cancel leads, and its word.
    pub back: String,
    pub cancel: &'static str,
    pub lead: Option<String>,
    /// What changes and what stays, one line each.
    pub impact: Vec<String>,
    pub warning: Option<Callout>,
    pub choices: Option<Choices>,
    pub fields: Vec<Field>,
    /// Sent along unseen: names and values.
    pub hidden: Vec<(&'static str, String)>,
    /// The button repeats the verb of the title. Without one there is nothing to do but to go back.
    pub verb: String,
    pub danger: bool,
}

impl PanelPage {
    /// A plain question; the rest is set by name.
    pub fn new(frame: Frame, title: impl Into<String>, verb: impl Into<String>) -> Self {
        Self {
            frame,
            title: title.into(),
            action: String::new(),
            back: "/".to_owned(),
            cancel: "Cancel",
            lead: None,
            impact: Vec::new(),
            warning: None,
            choices: None,
            fields: Vec::new(),
            hidden: Vec::new(),
            verb: verb.into(),
            danger: false,
        }
    }

    /// What was asked can't be done any more: nothing is left of the question but the way back.
    pub fn settled(mut self) -> Self {
        self.verb.clear();
        self.impact.clear();
        self.fields.clear();
        self.cancel = "Back";
        self
    }
}
