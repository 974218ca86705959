//! A member as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Member, store};
use crate::access::FeatureAccess;
use crate::access_model::PermissionSet;
use crate::app::App;
use crate::base::{AccountId, InvitationId, MemberId, Problem, ProjectId, RoleTemplateId, TeamId, Timestamp};
use crate::op::Organization;
use crate::role;
use crate::role::label::RoleLabel;
use crate::role::store::Role;

/// A member, as the API shows them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub struct MemberBody {
    #[schema(value_type = String)]
    id: MemberId,
    #[schema(value_type = Option<String>)]
    account_id: Option<AccountId>,
    email: String,
    first_name: String,
    last_name: String,
    name: String,
    phone: String,
    time_zone: String,
    locale: String,
    status: &'static str,
    roles: Vec<RoleLabel>,
    role_template: Option<TemplateLabel>,
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    permissions: PermissionSet,
    #[schema(value_type = BTreeMap<String, bool>)]
    feature_access: FeatureAccess,
    #[serde(skip_serializing_if = "Option::is_none")]
    crm_access: Option<bool>,
    teams: Vec<TeamLabel>,
    projects: Vec<ProjectLabel>,
    #[schema(value_type = Option<String>)]
    last_login: Option<Timestamp>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
    invitation: Option<InvitationLabel>,
    version: i64,
}

/// A role template by id and name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TemplateLabel {
    /// The id.
    #[schema(value_type = String)]
    pub id: RoleTemplateId,
    /// The name.
    pub name: String,
}

/// A team by id and name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamLabel {
    /// The id.
    #[schema(value_type = String)]
    pub id: TeamId,
    /// The name.
    pub name: String,
}

/// A project by id and name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProjectLabel {
    /// The id.
    #[schema(value_type = String)]
    pub id: ProjectId,
    /// The name.
    pub name: String,
}

/// The invitation that waits for a member.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationLabel {
    #[schema(value_type = String)]
    id: InvitationId,
    status: &'static str,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// What an organization calls its roles, teams and projects: read once for a page of members.
pub struct Names {
    /// The roles, highest first.
    pub roles: Vec<Role>,
    teams: Vec<(TeamId, String)>,
    projects: Vec<(ProjectId, String)>,
    now: Timestamp,
}

impl Names {
    /// Reads what these members need.
    pub async fn of(app: &App, organization: &Organization, members: &[Member]) -> Result<Self, Problem> {
        Self::of_all(app, organization, members.iter().any(|m| !m.teams.is_empty() || !m.projects.is_empty()))
            .await
    }

    /// Reads the roles, and teams and projects where they are needed.
    pub async fn of_all(app: &App, organization: &Organization, places: bool) -> Result<Self, Problem> {
        let mut reader = app.db.reader();
        let roles = role::store::list(&mut reader, organization.id).await?;
        let mut names = Self { roles, teams: Vec::new(), projects: Vec::new(), now: app.now() };
        if places {
            names.teams = store::teams(&mut reader, organization.id).await?;
            names.projects = store::projects(&mut reader, organization.id).await?;
        }
        Ok(names)
    }

    /// The labels of these teams.
    pub fn teams(&self, ids: &[TeamId]) -> Vec<TeamLabel> {
        let known = self.teams.iter().filter(|(id, _)| ids.contains(id));
        known.map(|(id, name)| TeamLabel { id: *id, name: name.clone() }).collect()
    }

    /// The labels of these projects.
    pub fn projects(&self, ids: &[ProjectId]) -> Vec<ProjectLabel> {
        let known = self.projects.iter().filter(|(id, _)| ids.contains(id));
        known.map(|(id, name)| ProjectLabel { id: *id, name: name.clone() }).collect()
    }
}

/// A role's label.
pub fn label(role: &Role) -> RoleLabel {
    RoleLabel { id: role.id, key: role.definition.key.clone(), label: role.definition.label.clone() }
}

/// A member as the API shows them.
pub fn body(organization: &Organization, names: &Names, m: Member) -> MemberBody {
    let held = m.held(&names.roles);
    let keys = held.iter().map(|role| role.definition.key.as_str());
    let feature_access = m.features.effective(&organization.model, keys);
    let crm_access = feature_access.switches().find(|(key, _)| *key == "crm").map(|(_, on)| on);
    let invitation = m.invitation.map(|i| InvitationLabel {
        id: i.id,
        status: if names.now >= i.expires_at { "expired" } else { "pending" },
        expires_at: i.expires_at,
    });
    MemberBody {
        roles: held.into_iter().map(label).collect(),
        teams: names.teams(&m.teams),
        projects: names.projects(&m.projects),
        name: m.name(),
        id: m.id,
        account_id: m.account,
        email: m.email,
        first_name: m.first_name,
        last_name: m.last_name,
        phone: m.phone,
        time_zone: m.time_zone,
        locale: m.locale,
        status: m.status.as_str(),
        role_template: m.template.map(|(id, name)| TemplateLabel { id, name }),
        permissions: m.permissions,
        feature_access,
        crm_access,
        last_login: m.last_login,
        created_at: m.created_at,
        updated_at: m.updated_at,
        invitation,
        version: m.version,
    }
}

/// One member as the API shows them, names read.
pub async fn one_body(app: &App, organization: &Organization, member: Member) -> Result<MemberBody, Problem> {
    let members = [member];
    let names = Names::of(app, organization, &members).await?;
    let [member] = members;
    Ok(body(organization, &names, member))
}
