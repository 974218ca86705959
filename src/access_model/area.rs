use super::AccessModel;
use super::permission::{Permission, PermissionSet};

/// What Roster itself shows and changes. Each area is governed by a category of the access model (ACC-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// Members, invitations and seats.
    Users,
    Teams,
    Projects,
    /// Roles and role templates.
    Roles,
    Sessions,
    LoginAttempts,
    Resources,
    Domains,
    ApiKeys,
    Webhooks,
    Audit,
    Settings,
}

impl Area {
    /// Every area, in the order of the navigation.
    pub const ALL: [Area; 12] = [
        Area::Users,
        Area::Teams,
        Area::Projects,
        Area::Roles,
        Area::Sessions,
        Area::LoginAttempts,
        Area::Resources,
        Area::Domains,
        Area::ApiKeys,
        Area::Webhooks,
        Area::Audit,
        Area::Settings,
    ];

    /// The category that governs the area where the model has it.
    fn own_category(self) -> Option<&'static str> {
        match self {
            Area::Users | Area::Roles | Area::Settings => None,
            Area::Teams => Some("teams"),
            Area::Projects => Some("projects"),
            Area::Sessions => Some("sessions"),
            Area::LoginAttempts => Some("login_attempts"),
            Area::Resources => Some("resources"),
            Area::Domains => Some("domains"),
            Area::ApiKeys => Some("api_keys"),
            Area::Webhooks => Some("webhooks"),
            Area::Audit => Some("audit"),
        }
    }
}

impl AccessModel {
    /// The category that governs one of Roster's own areas in this model.
    pub fn governing_category(&self, area: Area) -> &str {
        let own = area.own_category().and_then(|key| self.category(key));
        match (own, area) {
            (Some(own), _) => &own.key,
            (None, Area::Users | Area::Teams | Area::Projects | Area::Roles) => &self.areas.users,
            (None, Area::Sessions | Area::LoginAttempts) => &self.areas.users,
            (None, Area::Resources | Area::Domains | Area::ApiKeys | Area::Webhooks) => &self.areas.settings,
            (None, Area::Audit | Area::Settings) => &self.areas.settings,
        }
    }

    /// Whether whoever holds this lets others in or manages them.
    pub fn lets_others_in(&self, held: &PermissionSet) -> bool {
        ["create", "edit"].into_iter().any(|action| {
            let needed = self.permission_for(Area::Users, action);
            held.allows(&needed.category, &needed.action)
        })
    }

    /// The permission that an action in one of Roster's own areas needs. Roles and templates are
    /// viewed by `view` and changed by `manage`, whatever the change is called.
    pub fn permission_for(&self, area: Area, action: &str) -> Permission {
        let action = if area == Area::Roles && action != "view" { super::MANAGE } else { action };
        Permission::new(self.governing_category(area), action)
    }
}
