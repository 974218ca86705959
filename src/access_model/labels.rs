use serde::{Deserialize, Serialize};

/// The words that a product uses for what Roster shows: labels only, codes never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Labels {
    pub words: Words,
    pub status: StatusLabels,
    pub invitation: InvitationLabels,
    pub verbs: Verbs,
}

/// Declares a struct of texts with their default words.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $(pub $field: String,)+
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $text.to_owned(),)+ }
            }
        }

        impl $name {
            /// Every text with the name of its place.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, &str)> {
                [$((stringify!($field), self.$field.as_str()),)+].into_iter()
            }
        }
    };
}

texts! {
    /// What the tenant and its people are called, in running text.
    Words {
        organization: "organization",
        organizations: "organizations",
        member: "user",
        members: "users",
    }
}

texts! {
    /// The status of a member.
    StatusLabels {
        invited: "Invited",
        active: "Active",
        suspended: "Suspended",
    }
}

texts! {
    /// The status of an invitation.
    InvitationLabels {
        pending: "Pending",
        accepted: "Accepted",
        declined: "Declined",
        expired: "Expired",
        revoked: "Revoked",
    }
}

texts! {
    /// What can be done with a member, as buttons and menu entries say it.
    Verbs {
        invite: "Invite user",
        suspend: "Suspend",
        reactivate: "Reactivate",
        remove: "Remove",
    }
}
