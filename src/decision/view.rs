//! The access check and "who can" as pages.

use askama::Template;

use crate::console::field::Select;
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::Pager;
use crate::console::notice::Callout;
use crate::console::person::Avatar;

/// The access check: a question, and its answer where one is asked.
#[derive(Clone, Debug, Template)]
#[template(path = "decision/pages/access.html")]
pub struct AccessPage {
    pub frame: Frame,
    /// The reader may ask about nobody else.
    pub own_only: bool,
    /// The person as typed: a name, an address or an id.
    pub who: String,
    /// Why nobody is meant by it.
    pub who_error: Option<String>,
    /// Address and name of some people, to choose from.
    pub people: Vec<(String, String)>,
    pub action: Select,
    pub resource: Select,
    pub problem: Option<Callout>,
    /// People who fit what was typed: name, address, the question about them.
    pub matches: Vec<(String, String, String)>,
    pub answer: Option<AnswerView>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct AnswerView {
    pub allowed: bool,
    /// "No. Jonas Weber can't edit Carrier rates feed."
    pub verdict: String,
    pub summary: String,
    /// The three questions of the chain.
    pub parts: Vec<PartView>,
    pub remedies: Vec<RemedyView>,
    /// Why there are none, where there are none.
    pub no_remedy: &'static str,
    pub revision: i64,
    /// All of it as text.
    pub text: String,
    /// The page of those who can.
    pub who_can: Option<String>,
    /// A page about the person: its words and address.
    pub about: Option<(String, String)>,
}

/// One of the three questions: let in, allowed to, reaching.
#[derive(Clone, Debug)]
pub struct PartView {
    pub title: &'static str,
    pub good: bool,
    pub answer: &'static str,
    pub links: Vec<LinkView>,
}

/// One link of the chain.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// `pass`, `miss`, `stop`.
    pub state: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub outcome: &'static str,
    pub detail: String,
}

/// One way to allow it.
#[derive(Clone, Debug)]
pub struct RemedyView {
    pub change: String,
    pub by: String,
    /// Where the reader makes the change, where they may: words and address.
    pub way: Option<(&'static str, String)>,
}

/// Who can do something.
#[derive(Clone, Debug, Template)]
#[template(path = "decision/pages/who.html")]
pub struct WhoPage {
    pub frame: Frame,
    /// "edit Carrier rates feed".
    pub phrase: String,
    pub action: Select,
    pub resource: Select,
    pub rows: Vec<WhoRow>,
    pub pager: Pager,
}

/// One who can.
#[derive(Clone, Debug)]
pub struct WhoRow {
    pub avatar: Avatar,
    pub name: String,
    pub email: String,
    pub href: String,
    pub sources: String,
    pub why: String,
}
