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
        invite: "Invite people",
        suspend: "Suspend",
        reactivate: "Reactivate",
        remove: "Remove",
    }
}

impl Verbs {
    /// What is asked before a verb acts on somebody: "Suspend Bob Baker?". A verb of several words has an object of its
    /// own, so the name stands apart: "Disable access: Bob Baker?".
    pub fn question(verb: &str, name: &str) -> String {
        let apart = if verb.trim().contains(char::is_whitespace) { ":" } else { "" };
        format!("{verb}{apart} {name}?")
    }
}

#[cfg(test)]
mod tests {
    use super::Verbs;

    #[test]
    fn a_question_reads_well_with_any_verb() {
        assert_eq!(Verbs::question("Deactivate", "Bob Baker"), "Deactivate Bob Baker?");
        assert_eq!(Verbs::question("Disable access", "Bob Baker"), "Disable access: Bob Baker?");
    }
}
