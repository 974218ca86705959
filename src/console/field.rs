//! The parts of a form. Each knows its label, hint and error, and links them for assistive technology.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;

/// The rule of passwords, as people read it.
pub const PASSWORD_HINT: &str = "15 characters or more. A short sentence works well.";

/// A one-line field.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/field.html")]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: &'static str,
    pub value: String,
    pub hint: Option<String>,
    pub error: Option<String>,
    pub required: bool,
    pub autocomplete: &'static str,
    pub focus: bool,
    /// The text that has to be typed to confirm, checked by the browser and again by the server.
    pub exactly: Option<String>,
    /// Where the strength of a new password is judged while it is typed.
    pub strength: Option<&'static str>,
    /// A link beside the label: its words and address.
    pub aside: Option<(&'static str, &'static str)>,
}

impl HtmlSafe for Field {}

impl Field {
    pub fn text(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: "text", autocomplete: "off", ..Self::default() }
    }

    pub fn email(name: &'static str, label: &'static str) -> Self {
        Self { kind: "email", ..Self::text(name, label) }
    }

    /// A day of the calendar.
    pub fn day(name: &'static str, label: &'static str) -> Self {
        Self { kind: "date", ..Self::text(name, label) }
    }

    pub fn telephone(name: &'static str, label: &'static str) -> Self {
        Self { kind: "tel", ..Self::text(name, label) }
    }

    /// The password that somebody already has.
    pub fn password(name: &'static str, label: &'static str) -> Self {
        Self { kind: "password", autocomplete: "current-password", required: true, ..Self::text(name, label) }
    }

    /// A password to be chosen, with the rule below it.
    pub fn new_password(name: &'static str, label: &'static str) -> Self {
        Self {
            autocomplete: "new-password",
            hint: Some(PASSWORD_HINT.to_owned()),
            ..Self::password(name, label)
        }
    }

    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is wrong and what to do about it.
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    /// The page opens with the cursor here.
    pub fn focused(mut self) -> Self {
        self.focus = true;
        self
    }

    /// The text that has to be typed, exactly as it stands, before a step that can't be undone.
    pub fn exactly(mut self, text: impl Into<String>) -> Self {
        self.exactly = Some(text.into());
        self.required()
    }

    /// The text to be typed as a pattern that matches nothing else.
    fn pattern(&self) -> Option<String> {
        let escape = |text: &String| {
            text.chars().fold(String::new(), |mut pattern, letter| {
                if r"\^$.*+?()[]{}|/".contains(letter) {
                    pattern.push('\\');
                }
                pattern.push(letter);
                pattern
            })
        };
        self.exactly.as_ref().map(escape)
    }

    fn described_by(&self) -> Option<String> {
        describe(self.name, self.error.is_some(), self.hint.is_some())
    }
}

/// A field of several lines.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/text_area.html")]
pub struct TextArea {
    pub name: &'static str,
    pub label: &'static str,
    pub rows: u8,
    pub value: String,
    pub hint: Option<String>,
    pub error: Option<String>,
    pub required: bool,
    pub focus: bool,
    pub longest: Option<u32>,
}

impl HtmlSafe for TextArea {}

impl TextArea {
    fn described_by(&self) -> Option<String> {
        describe(self.name, self.error.is_some(), self.hint.is_some())
    }
}

/// One entry of a [`Select`], a [`Choices`] or a [`Picks`].
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// What choosing it means.
    pub detail: Option<String>,
    pub chosen: bool,
    /// Why it can't be chosen; shown instead of being left out.
    pub locked: Option<String>,
    /// "Default" or "Recommended".
    pub tag: Option<&'static str>,
    /// Choosing it makes the feature switch needless (a role that always has the feature).
    pub always: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }
}

/// A drop-down list.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/select.html")]
pub struct Select {
    pub name: &'static str,
    /// Where another form on the page may have a field of this name; the name unless said.
    pub id: &'static str,
    pub label: &'static str,
    pub options: Vec<Choice>,
    pub hint: Option<String>,
    pub error: Option<String>,
}

impl HtmlSafe for Select {}

impl Select {
    pub fn new(name: &'static str, label: &'static str, options: Vec<Choice>) -> Self {
        Self { name, id: name, label, options, ..Self::default() }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn described_by(&self) -> Option<String> {
        describe(self.id, self.error.is_some(), self.hint.is_some())
    }
}

/// Cards to choose from, each with what it means: one of them, or any number.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/choices.html")]
pub struct Choices {
    pub name: &'static str,
    pub legend: &'static str,
    pub options: Vec<Choice>,
    /// Any number may be chosen (check boxes), not exactly one.
    pub many: bool,
    /// Side by side where there is room.
    pub wide: bool,
    pub hint: Option<String>,
    pub error: Option<String>,
}

impl HtmlSafe for Choices {}

impl Choices {
    fn described_by(&self) -> Option<String> {
        describe(self.name, self.error.is_some(), self.hint.is_some())
    }
}

/// A box of check boxes for picking any number of teams or projects.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/picks.html")]
pub struct Picks {
    pub name: &'static str,
    pub legend: &'static str,
    pub options: Vec<Choice>,
}

impl HtmlSafe for Picks {}

/// A single check box; a switch when it turns something on.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/check.html")]
pub struct Check {
    pub name: String,
    pub label: String,
    pub detail: Option<String>,
    pub on: bool,
    pub switch: bool,
}

impl HtmlSafe for Check {}

fn describe(name: &str, error: bool, hint: bool) -> Option<String> {
    match (error, hint) {
        (true, true) => Some(format!("{name}-error {name}-hint")),
        (true, false) => Some(format!("{name}-error")),
        (false, true) => Some(format!("{name}-hint")),
        (false, false) => None,
    }
}
