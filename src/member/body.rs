//! A member as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Member, store};
use crate::access::FeatureAccess;
use crate::access_model::PermissionSet;
use crate::app::App;
use crate::base::{AccountId, InvitationId, MemberId, Problem, ProjectId, RoleTemplateId, TeamId, Timestamp};
use crate::op::{Organization, Standing};
use crate::role;
use crate::role::label::RoleLabel;

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
    /// When the membership ends by itself; null where it does not.
    #[schema(value_type = Option<String>)]
    ends_at: Option<Timestamp>,
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
    pub roles: Vec<RoleLabel>,
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
        let roles = role::store::labels(&mut app.db.reader(), organization.id).await?;
        Self::with_roles(app, organization, roles, places).await
    }

    async fn with_roles(
        app: &App,
        organization: &Organization,
        roles: Vec<RoleLabel>,
        places: bool,
    ) -> Result<Self, Problem> {
        let mut names = Self { roles, teams: Vec::new(), projects: Vec::new(), now: app.now() };
        if places {
            let mut reader = app.db.reader();
            names.teams = store::teams(&mut reader, organization.id).await?;
            names.projects = store::projects(&mut reader, organization.id).await?;
        }
        Ok(names)
    }

    /// The roles that a member holds.
    pub fn held<'a>(&'a self, member: &Member) -> impl Iterator<Item = &'a RoleLabel> + Clone {
        let ids = member.roles.clone();
        self.roles.iter().filter(move |role| ids.contains(&role.id))
    }

    /// What a role is called, by its key or id.
    pub fn role_called(&self, named: &str) -> Option<&str> {
        let found = self.roles.iter().find(|role| role.key == named || role.id.to_string() == named);
        found.map(|role| role.label.as_str())
    }

    /// What a team or project is called, by its id.
    pub fn place_called(&self, id: &str) -> Option<&str> {
        let team =
            self.teams.iter().find(|(known, _)| known.to_string() == id).map(|(_, name)| name.as_str());
        team.or_else(|| {
            self.projects.iter().find(|(known, _)| known.to_string() == id).map(|(_, name)| name.as_str())
        })
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

/// A member as the API shows them.
pub fn body(organization: &Organization, names: &Names, m: Member) -> MemberBody {
    let roles: Vec<RoleLabel> = names.held(&m).cloned().collect();
    let keys = roles.iter().map(|role| role.key.as_str());
    let feature_access = m.features.effective(&organization.model, keys);
    let crm_access = feature_access.switches().find(|(key, _)| *key == "crm").map(|(_, on)| on);
    let invitation = m.invitation.map(|i| InvitationLabel {
        id: i.id,
        status: if names.now >= i.expires_at { "expired" } else { "pending" },
        expires_at: i.expires_at,
    });
    MemberBody {
        roles,
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
        ends_at: m.ends_at,
        created_at: m.created_at,
        updated_at: m.updated_at,
        invitation,
        version: m.version,
    }
}

/// One's own membership as the API shows it: what the roles are called is known already.
pub async fn own_body(app: &App, standing: &Standing, member: Member) -> Result<MemberBody, Problem> {
    let roles = standing.roles.iter().map(RoleLabel::from).collect();
    let places = !member.teams.is_empty() || !member.projects.is_empty();
    let names = Names::with_roles(app, &standing.organization, roles, places).await?;
    Ok(body(&standing.organization, &names, member))
}

/// One member as the API shows them, names read.
pub async fn one_body(app: &App, organization: &Organization, member: Member) -> Result<MemberBody, Problem> {
    let members = [member];
    let names = Names::of(app, organization, &members).await?;
    let [member] = members;
    Ok(body(organization, &names, member))
}
