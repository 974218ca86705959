//! The frame around every page: top bar, navigation and toast in the console; next to nothing outside of it.

use crate::access_model::Labels;

use super::notice::Toast;
use super::person::Avatar;

/// This release, as the footer shows it.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// What stands around a page for somebody who works in an organization.
#[derive(Clone, Debug)]
pub struct Frame {
    pub organization: Workspace,
    /// The other organizations of this person.
    pub others: Vec<Workspace>,
    pub person: Person,
    /// The places that this person may see, in any order, each with an optional count.
    pub places: Vec<Entry>,
    pub here: Option<Place>,
    pub toast: Toast,
    /// What the access model calls things: "workspace", "Deactivate".
    pub labels: Labels,
}

/// An organization that somebody belongs to.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub id: String,
    pub name: String,
    /// "Admin", "Auditor, User Manager".
    pub roles: String,
}

impl Workspace {
    pub fn avatar(&self) -> Avatar {
        Avatar::organization(&self.name)
    }
}

/// Whoever is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub email: String,
}

impl Person {
    pub fn avatar(&self) -> Avatar {
        Avatar::person(&self.name, &self.email)
    }

    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// An entry of the navigation. Each exists only once its page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Users,
    Invitations,
    Teams,
    Projects,
    Roles,
    Resources,
    AccessCheck,
    Reviews,
    Sessions,
    LoginAttempts,
    Audit,
}

/// A place with the number shown beside it.
pub type Entry = (Place, Option<u64>);

/// The headings of the navigation, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    People,
    Access,
    Security,
}

impl Place {
    const ALL: [Place; 11] = [
        Place::Users,
        Place::Invitations,
        Place::Teams,
        Place::Projects,
        Place::Roles,
        Place::Resources,
        Place::AccessCheck,
        Place::Reviews,
        Place::Sessions,
        Place::LoginAttempts,
        Place::Audit,
    ];

    /// The place that an address belongs to: its list and what lies below.
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| {
            path.strip_prefix(place.href()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub fn label(self) -> &'static str {
        match self {
            Place::Users => "Users",
            Place::Invitations => "Invitations",
            Place::Teams => "Teams",
            Place::Projects => "Projects",
            Place::Roles => "Roles and templates",
            Place::Resources => "Resources",
            Place::AccessCheck => "Access check",
            Place::Reviews => "Access reviews",
            Place::Sessions => "Sessions",
            Place::LoginAttempts => "Login attempts",
            Place::Audit => "Audit log",
        }
    }

    pub fn href(self) -> &'static str {
        match self {
            Place::Users => "/users",
            Place::Invitations => "/invitations",
            Place::Teams => "/teams",
            Place::Projects => "/projects",
            Place::Roles => "/roles",
            Place::Resources => "/resources",
            Place::AccessCheck => "/access",
            Place::Reviews => "/reviews",
            Place::Sessions => "/sessions",
            Place::LoginAttempts => "/login-attempts",
            Place::Audit => "/audit",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Place::Users => "users",
            Place::Invitations => "mail",
            Place::Teams => "team",
            Place::Projects => "box",
            Place::Roles => "shield",
            Place::Resources => "stack",
            Place::AccessCheck => "key",
            Place::Reviews => "check",
            Place::Sessions => "screen",
            Place::LoginAttempts => "login",
            Place::Audit => "audit",
        }
    }

    fn group(self) -> Group {
        match self {
            Place::Users | Place::Invitations | Place::Teams | Place::Projects => Group::People,
            Place::Roles | Place::Resources | Place::AccessCheck | Place::Reviews => Group::Access,
            Place::Sessions | Place::LoginAttempts | Place::Audit => Group::Security,
        }
    }
}

impl Group {
    const ALL: [Group; 3] = [Group::People, Group::Access, Group::Security];

    pub fn label(self) -> &'static str {
        match self {
            Group::People => "People",
            Group::Access => "Access",
            Group::Security => "Security",
        }
    }

    /// Names the list for assistive technology.
    pub fn id(self) -> &'static str {
        match self {
            Group::People => "g-people",
            Group::Access => "g-access",
            Group::Security => "g-security",
        }
    }
}

impl Frame {
    /// The navigation as it is drawn: only groups with entries.
    pub fn groups(&self) -> Vec<(Group, Vec<Entry>)> {
        let entries = |group| {
            self.places.iter().copied().filter(|(place, _)| place.group() == group).collect::<Vec<Entry>>()
        };
        Group::ALL
            .into_iter()
            .map(|group| (group, entries(group)))
            .filter(|(_, found)| !found.is_empty())
            .collect()
    }

    /// Whether this person may look other people up.
    pub fn may_find(&self) -> bool {
        self.places.iter().any(|(place, _)| *place == Place::Users)
    }
}

/// What stands around a page for somebody who is not (yet) inside.
#[derive(Clone, Debug, Default)]
pub struct Bare {
    pub toast: Toast,
}
