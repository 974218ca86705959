//! What every list has: tabs, sortable headings, a pager. All of them are links, so the address holds the state.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;

/// One view of a list by status.
#[derive(Clone, Debug)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub count: Option<u64>,
    pub current: bool,
}

/// The tabs of a list.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/tabs.html")]
pub struct Tabs {
    pub label: &'static str,
    pub tabs: Vec<Tab>,
}

impl HtmlSafe for Tabs {}

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// The heading of a column that can be sorted by. Its link turns the order round.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/heading.html")]
pub struct Heading {
    pub label: String,
    pub href: String,
    pub class: &'static str,
    /// None: sorted by another column.
    pub direction: Option<Direction>,
}

impl HtmlSafe for Heading {}

/// Previous and next, by cursor; no page numbers.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/pager.html")]
pub struct Pager {
    /// "50 of 812 shown".
    pub summary: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl HtmlSafe for Pager {}

/// A state as shape, colour and word.
#[derive(Clone, Debug, Template)]
#[template(source = r#"<span class="status" data-s="{{ shape.name() }}">{{ label }}</span>"#, ext = "html")]
pub struct Status {
    pub shape: Shape,
    /// In the words of the access model.
    pub label: String,
}

impl HtmlSafe for Status {}

impl Status {
    pub fn new(shape: Shape, label: impl Into<String>) -> Self {
        Self { shape, label: label.into() }
    }
}

/// The shapes of a [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Active,
    Invited,
    Suspended,
    Off,
    Failed,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Shape::Active => "active",
            Shape::Invited => "invited",
            Shape::Suspended => "suspended",
            Shape::Off => "off",
            Shape::Failed => "fail",
        }
    }
}
