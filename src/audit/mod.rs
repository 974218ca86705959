//! The audit trail: one event per change, in the change's own transaction, chained by hash per organization.

pub mod chain;
pub mod list;
pub mod store;
pub mod verify;

use serde_json::{Map, Value};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `member`, `account`, `operator`, `system` or `visitor`.
    pub kind: &'static str,
    /// The actor's id, empty for a visitor.
    pub id: String,
    /// The actor's name at that time.
    pub name: String,
}

impl Actor {
    /// An actor by its parts.
    pub fn new(kind: &'static str, id: impl ToString, name: impl Into<String>) -> Self {
        Self { kind, id: id.to_string(), name: name.into() }
    }
}

/// On whom or what it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The noun: `member`, `invitation`, `session` …
    pub kind: &'static str,
    /// The target's id.
    pub id: String,
    /// Its name at that time.
    pub name: String,
}

impl Target {
    /// A target by its parts.
    pub fn new(kind: &'static str, id: impl ToString, name: impl Into<String>) -> Self {
        Self { kind, id: id.to_string(), name: name.into() }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        /// What was done, in the past tense.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $name),* }

        impl Action {
            /// Every action, in the order of the nouns.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name: noun, dot, past participle.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

actions! {
    /// An organization came into being.
    OrganizationCreated "organization.created";
    /// Name, settings or access model changed.
    OrganizationUpdated "organization.updated";
    /// The seat limit changed.
    SeatLimitChanged "organization.seat_limit_changed";
    /// Areas, features, labels or the number of roles of a member changed.
    AccessModelUpdated "access_model.updated";
    /// A member was created directly, with a password.
    MemberCreated "member.created";
    /// Names, roles, template, permissions, teams … changed.
    MemberUpdated "member.updated";
    /// A member can no longer act here.
    MemberSuspended "member.suspended";
    /// A suspended member can act again.
    MemberReactivated "member.reactivated";
    /// A member was removed.
    MemberRemoved "member.removed";
    /// A member did not expect a change of their roles and said so.
    MemberDisputed "member.disputed";
    /// A member left.
    MemberLeft "member.left";
    /// A guest was told when their membership ends.
    MemberReminded "member.reminded";
    /// A membership came to its end.
    MemberEnded "member.ended";
    /// A membership went on beyond its end: nobody else has the top role.
    MemberKept "member.kept";
    /// Somebody was invited.
    InvitationCreated "invitation.created";
    /// A pending invitation was sent again with a new link.
    InvitationResent "invitation.resent";
    /// An expired, revoked or declined invitation was renewed.
    InvitationRefreshed "invitation.refreshed";
    /// An invitation was withdrawn.
    InvitationRevoked "invitation.revoked";
    /// An invitation was accepted.
    InvitationAccepted "invitation.accepted";
    /// An invitation was declined.
    InvitationDeclined "invitation.declined";
    /// A link was shown to somebody who may copy it.
    InvitationLinkCopied "invitation.link_copied";
    /// A file of people was looked at, and nothing sent.
    ImportChecked "import.checked";
    /// An import of a file began.
    ImportStarted "import.started";
    /// Every row of the file was judged.
    ImportFinished "import.finished";
    /// An import broke off.
    ImportStopped "import.stopped";
    /// What a bulk action would do was looked at.
    BulkChecked "bulk.checked";
    /// A bulk action on many members began.
    BulkStarted "bulk.started";
    /// Every member of it was judged.
    BulkFinished "bulk.finished";
    /// A bulk action broke off.
    BulkStopped "bulk.stopped";
    /// An access review began.
    ReviewStarted "review.started";
    /// It was decided whether somebody in a review keeps their access.
    ReviewDecided "review.decided";
    /// Whoever began a review was reminded of its due date.
    ReviewReminded "review.reminded";
    /// A review was closed.
    ReviewClosed "review.closed";
    /// A role came into being.
    RoleCreated "role.created";
    /// A role changed.
    RoleUpdated "role.updated";
    /// A role was deleted.
    RoleDeleted "role.deleted";
    /// A role template came into being.
    TemplateCreated "role_template.created";
    /// A role template changed.
    TemplateUpdated "role_template.updated";
    /// A role template was deleted.
    TemplateDeleted "role_template.deleted";
    /// A team came into being.
    TeamCreated "team.created";
    /// A team changed.
    TeamUpdated "team.updated";
    /// A team was deleted.
    TeamDeleted "team.deleted";
    /// A project came into being.
    ProjectCreated "project.created";
    /// A project changed.
    ProjectUpdated "project.updated";
    /// A project was deleted.
    ProjectDeleted "project.deleted";
    /// A resource was registered.
    ResourceCreated "resource.created";
    /// A resource changed, or to whom it is visible.
    ResourceUpdated "resource.updated";
    /// A resource is no longer registered.
    ResourceDeleted "resource.deleted";
    /// A session began.
    SessionStarted "session.started";
    /// A session was ended by its owner.
    SessionEnded "session.ended";
    /// A session was ended by somebody else.
    SessionRevoked "session.revoked";
    /// Own names, phone, time zone or locale changed.
    AccountUpdated "account.updated";
    /// A password changed.
    PasswordChanged "account.password_changed";
    /// A password was chosen through a mailed link.
    PasswordReset "account.password_reset";
    /// A link to choose a password was asked for.
    PasswordResetRequested "account.password_reset_requested";
    /// A change of the own address was asked for.
    EmailChangeRequested "account.email_change_requested";
    /// An address changed.
    EmailChanged "account.email_changed";
    /// Somebody disowned what a notice told them, and their account was made safe.
    AccountSecured "account.secured";
    /// Somebody disowned a change of their account; what was changed stands.
    AccountDisputed "account.disputed";
    /// An account was erased.
    AccountErased "account.erased";
    /// The installation got its first organization.
    InstallationSetUp "installation.set_up";
    /// An operator's key came into being.
    OperatorKeyCreated "operator_key.created";
    /// Somebody tried what they may not.
    AccessRefused "access.refused";
}

/// One change, or one refused try at a change, to be written with it.
#[derive(Clone, Debug)]
pub struct Event {
    /// What was done.
    pub action: Action,
    /// On whom.
    pub target: Target,
    /// Field by field, before and after. Never a secret.
    pub changes: Map<String, Value>,
    /// Whether it was refused.
    pub refused: bool,
}

impl Event {
    /// A change that was made.
    pub fn new(action: Action, target: Target) -> Self {
        Self { action, target, changes: Map::new(), refused: false }
    }

    /// A change that was refused.
    pub fn refused(action: Action, target: Target) -> Self {
        Self { refused: true, ..Self::new(action, target) }
    }

    /// Notes that `field` went from `from` to `to`; equal values are left out.
    pub fn change(mut self, field: &str, from: impl Into<Value>, to: impl Into<Value>) -> Self {
        let (from, to) = (from.into(), to.into());
        if from != to {
            self.changes.insert(field.to_owned(), serde_json::json!({"from": from, "to": to}));
        }
        self
    }

    /// Notes a value that has no before.
    pub fn with(self, field: &str, to: impl Into<Value>) -> Self {
        self.change(field, Value::Null, to)
    }
}
