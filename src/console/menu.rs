//! The menu of a row: a popover that holds only what this person may do with this row.

use askama::Template;
use askama::filters::HtmlSafe;

use super::address::from_list;
use super::filters;

/// A popover menu with its button.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/menu.html")]
pub struct Menu {
    /// Unique on the page.
    pub id: String,
    /// Whose actions these are: "Actions for Jonas Weber".
    pub label: String,
    pub roles: Option<RoleMenu>,
    pub items: Vec<Item>,
    /// Why there is no more to choose, where somebody would look for it.
    pub note: Option<String>,
}

impl HtmlSafe for Menu {}

impl Menu {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.roles.is_none() && self.note.is_none()
    }

    /// The same menu, whose actions lead back to the list as it is seen.
    pub fn on(mut self, list: &str) -> Self {
        self.items = self.items.into_iter().map(|item| item.on(list)).collect();
        if let Some(menu) = &mut self.roles {
            for role in &mut menu.roles {
                role.warns_at = role.warns_at.as_ref().map(|address| from_list(address, list));
            }
            menu.action = from_list(&menu.action, list);
        }
        self
    }
}

/// The roles that may be handed out here and now, the present one marked.
#[derive(Clone, Debug)]
pub struct RoleMenu {
    /// Where the choice is posted, as `role`.
    pub action: String,
    pub roles: Vec<RoleItem>,
}

#[derive(Clone, Debug)]
pub struct RoleItem {
    pub key: String,
    pub label: String,
    pub present: bool,
    /// A page that warns first, where the access model wants one.
    pub warns_at: Option<String>,
}

/// One action.
#[derive(Clone, Debug)]
pub struct Item {
    pub label: String,
    pub icon: &'static str,
    pub does: Does,
    /// Hard to undo: shown last and in red.
    pub grave: bool,
}

/// What choosing an item does.
#[derive(Clone, Debug)]
pub enum Does {
    /// Leads to a page.
    Opens(String),
    /// Asks first, in a dialog or on the page at this address.
    Asks(String),
    /// Happens at once, by POST.
    Posts(String),
    /// Puts the text on the clipboard; needs script.
    Copies(String),
}

impl Item {
    pub fn new(label: impl Into<String>, icon: &'static str, does: Does) -> Self {
        Self { label: label.into(), icon, does, grave: false }
    }

    pub fn grave(mut self) -> Self {
        self.grave = true;
        self
    }

    /// The same item, leading back to the list as it is seen.
    pub fn on(mut self, list: &str) -> Self {
        self.does = match self.does {
            Does::Asks(address) => Does::Asks(from_list(&address, list)),
            Does::Posts(address) => Does::Posts(from_list(&address, list)),
            other => other,
        };
        self
    }
}
