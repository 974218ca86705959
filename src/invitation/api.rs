//! Invitations in the JSON API, for those who invite.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Outcome, Request};
use super::store::{self, Filter};
use super::{Invitation, Status};
use crate::access_model::Area;
use crate::base::page::{CursorScope, Page};
use crate::base::{InvitationId, MemberId, Problem, RoleTemplateId, Timestamp};
use crate::http::{Answer, Call, NoFields, Route, get, json, json_versioned, page_json, post};
use crate::member::access::Asked;
use crate::member::api::{Names, ProjectLabel, TeamLabel, TemplateLabel, end_of, features, one_or_many};
use crate::op::Organization;
use crate::outbox::DeliveryState;
use crate::role::api::{DRY_RUN, RoleLabel, dry_run};

/// An invitation, as the API shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invitation)]
pub struct InvitationBody {
    #[schema(value_type = String)]
    id: InvitationId,
    #[schema(value_type = Option<String>)]
    member_id: Option<MemberId>,
    email: String,
    first_name: String,
    last_name: String,
    roles: Vec<RoleLabel>,
    role_template: Option<TemplateLabel>,
    teams: Vec<TeamLabel>,
    projects: Vec<ProjectLabel>,
    message: String,
    status: &'static str,
    delivery: DeliveryBody,
    invited_by: InviterBody,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>)]
    sent_at: Option<Timestamp>,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    #[schema(value_type = Option<String>)]
    answered_at: Option<Timestamp>,
    decline_reason: Option<String>,
    sent_count: i64,
    version: i64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
struct DeliveryBody {
    state: DeliveryState,
    attempts: i64,
    last_error: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Inviter)]
struct InviterBody {
    id: String,
    name: String,
}

/// An invitation as the API shows it.
pub fn body(
    names: &Names,
    templates: &[(RoleTemplateId, String)],
    i: Invitation,
    now: Timestamp,
) -> InvitationBody {
    InvitationBody {
        status: i.status(now).as_str(),
        roles: names.roles.iter().filter(|role| i.roles.contains(&role.id)).cloned().collect(),
        role_template: templates
            .iter()
            .find(|(id, _)| Some(*id) == i.template)
            .map(|(id, name)| TemplateLabel { id: *id, name: name.clone() }),
        teams: names.teams(&i.teams),
        projects: names.projects(&i.projects),
        id: i.id,
        member_id: i.member,
        email: i.email,
        first_name: i.first_name,
        last_name: i.last_name,
        message: i.message,
        delivery: DeliveryBody {
            state: i.delivery.state,
            attempts: i.delivery.attempts,
            last_error: i.delivery.last_error,
        },
        invited_by: InviterBody { id: i.invited_by_id, name: i.invited_by_name },
        created_at: i.created_at,
        sent_at: i.delivery.sent_at,
        expires_at: i.expires_at,
        answered_at: i.answered_at,
        decline_reason: i.decline_reason,
        sent_count: i.sent_count,
        version: i.version,
    }
}

/// Bodies of several invitations, names read once.
pub async fn bodies(
    call: &Call,
    organization: &Organization,
    rows: Vec<Invitation>,
) -> Result<Vec<InvitationBody>, Problem> {
    let app = call.app();
    let names =
        Names::of_all(app, organization, rows.iter().any(|i| !i.teams.is_empty() || !i.projects.is_empty()))
            .await?;
    let templates = if rows.iter().any(|i| i.template.is_some()) {
        crate::member::store::templates(&mut app.db.reader(), organization.id).await?
    } else {
        Vec::new()
    };
    Ok(rows.into_iter().map(|i| body(&names, &templates, i, app.now())).collect())
}

async fn show(call: &Call, invitation: Invitation) -> Result<Answer, Problem> {
    let version = invitation.version;
    let organization = &call.standing()?.organization;
    let mut bodies = bodies(call, organization, vec![invitation]).await?;
    let body = bodies.pop().ok_or_else(Problem::not_found)?;
    Ok(json_versioned(200, &body, version))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InviteRequest {
    email: Option<String>,
    emails: Option<Vec<String>>,
    first_name: Option<String>,
    last_name: Option<String>,
    role: Option<String>,
    roles: Option<Vec<String>>,
    role_template: Option<String>,
    feature_access: Option<BTreeMap<String, bool>>,
    crm_access: Option<bool>,
    teams: Option<Vec<String>>,
    projects: Option<Vec<String>>,
    /// When the membership ends by itself, RFC 3339.
    ends_at: Option<String>,
    message: Option<String>,
}

/// What became of each address.
#[derive(Serialize, ToSchema)]
struct InviteAnswer {
    results: Vec<ResultBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = InviteResult)]
struct ResultBody {
    email: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<InvitationBody>,
}

/// The routes for those who invite.
pub fn routes() -> Vec<Route> {
    const CLOSED: &[(u16, &str)] = &[
        (403, "outside_grant_rule"),
        (409, "invitation_accepted"),
        (409, "invitation_expired"),
        (409, "invitation_revoked"),
        (409, "invitation_declined"),
        (409, "seat_limit_reached"),
        (429, "too_many_letters"),
    ];
    vec![
        post("/api/v1/organizations/{org}/invitations", invite)
            .needs(Area::Users, "create")
            .summary("Invite one or many, or tell what would become of each address")
            .query(&[DRY_RUN])
            .takes::<InviteRequest>()
            .answers::<InviteAnswer>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (409, "already_member"),
                (409, "seat_limit_reached"),
                (422, "invalid_email"),
                (422, "invalid_input"),
                (429, "too_many_letters"),
            ]),
        get("/api/v1/organizations/{org}/invitations", list)
            .needs(Area::Users, "view")
            .summary("The organization's invitations, newest first")
            .query(&[
                ("status", "pending, accepted, declined, expired or revoked"),
                ("q", "Part of name or e-mail address"),
                ("limit", "Rows on a page: 1 to 200, 50 unless said"),
                ("cursor", "nextCursor of the page before"),
                ("count", "true adds total"),
            ])
            .answers_page::<InvitationBody>(),
        get("/api/v1/organizations/{org}/invitations/{id}", one)
            .needs(Area::Users, "view")
            .summary("One invitation")
            .answers::<InvitationBody>(200),
        post("/api/v1/organizations/{org}/invitations/{id}/resend", resend)
            .needs(Area::Users, "create")
            .summary("Send a pending or expired invitation again, with a new link")
            .answers::<InvitationBody>(200)
            .problems(CLOSED),
        post("/api/v1/organizations/{org}/invitations/{id}/revoke", revoke)
            .needs(Area::Users, "create")
            .summary("Withdraw a pending invitation")
            .answers::<InvitationBody>(200)
            .problems(CLOSED),
    ]
}

async fn invite(call: Call) -> Result<Answer, Problem> {
    let dry_run = dry_run(&call)?;
    let asked: InviteRequest = call.json()?;
    let one = asked.emails.is_none();
    let emails = match (asked.email, asked.emails) {
        (Some(email), None) => vec![email],
        (None, Some(emails)) => emails,
        (None, None) => {
            return Err(Problem::field(
                "/email",
                "missing",
                "Give an address in email, or several in emails.",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(Problem::field("/email", "invalid_value", "Give either email or emails, not both."));
        }
    };
    let request = Request {
        emails,
        first_name: asked.first_name.unwrap_or_default(),
        last_name: asked.last_name.unwrap_or_default(),
        asked: Asked {
            roles: one_or_many(asked.role, asked.roles)?,
            template: asked.role_template.map(Some),
            features: features(asked.feature_access, asked.crm_access)?,
            teams: asked.teams,
            projects: asked.projects,
            ends_at: Some(end_of("/endsAt", asked.ends_at)?),
        },
        message: asked.message.unwrap_or_default(),
    };
    let outcomes = match dry_run {
        true => commands::foretell(&call.caller, &request, one).await?,
        false => commands::invite(&call.caller, &request, one).await?,
    };
    let mut results = Vec::with_capacity(outcomes.len());
    for (email, outcome) in outcomes {
        results.push(result(&call, email, outcome, dry_run).await?);
    }
    Ok(json(200, &InviteAnswer { results }))
}

async fn result(call: &Call, email: String, outcome: Outcome, dry_run: bool) -> Result<ResultBody, Problem> {
    let (outcome, invitation) = match outcome {
        Outcome::Created(invitation) => ("created", invitation),
        Outcome::Resent(invitation) => ("resent", invitation),
        Outcome::Refreshed(invitation) => ("refreshed", invitation),
        Outcome::Ignored => {
            let detail = Some("This address stood in the list before.".to_owned());
            return Ok(ResultBody {
                email,
                outcome: "ignored",
                code: Some("duplicate_email".to_owned()),
                detail,
                invitation: None,
            });
        }
        Outcome::Failed(error) => {
            let problem = Problem::from(error);
            let (code, detail) = (Some(problem.code), Some(problem.detail));
            return Ok(ResultBody { email, outcome: "failed", code, detail, invitation: None });
        }
    };
    let organization = &call.standing()?.organization;
    // Of a dry run there is no invitation.
    let invitation = match dry_run {
        true => None,
        false => bodies(call, organization, vec![*invitation]).await?.pop(),
    };
    Ok(ResultBody { email, outcome, code: None, detail: None, invitation })
}

#[derive(Deserialize)]
struct RawFilter {
    status: Option<String>,
    q: Option<String>,
}

/// The list's filter from the query.
pub fn filter_of(call: &Call) -> Result<Filter, Problem> {
    let raw: RawFilter = call.query()?;
    let bad = |says: &str| Problem::new(400, "invalid_parameter", says.to_owned());
    let q = raw.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    if q.as_deref().is_some_and(|q| q.contains('\0') || q.chars().count() > 200) {
        return Err(bad("q must be up to 200 characters without control characters."));
    }
    let status = match raw.status.filter(|s| !s.is_empty()) {
        None => None,
        Some(status) => Some(
            Status::parse(&status)
                .ok_or_else(|| bad("status must be pending, accepted, declined, expired or revoked."))?,
        ),
    };
    Ok(Filter { status, q })
}

/// A page of the list.
pub async fn page_of(call: &Call, filter: &Filter) -> Result<Page<Invitation>, Problem> {
    let (app, organization) = (call.app(), call.standing()?.organization.id);
    let list = call.list()?;
    let (organization_text, filter_text) = (organization.to_string(), format!("{filter:?}"));
    let scope = CursorScope { key: &app.key, parts: &["invitations", &organization_text, &filter_text] };
    let place: (i64, InvitationId) = match &list.cursor {
        Some(cursor) => scope.read(cursor)?,
        None => (i64::MAX, InvitationId(uuid::Uuid::max())),
    };
    let mut reader = app.db.reader();
    let after = ((Timestamp(place.0), place.1), list.limit + 1);
    let rows = store::list(&mut reader, organization, filter, app.now(), after).await?;
    let mut page = Page::cut(rows, list.limit, |last| scope.write(&(last.created_at.0, last.id)));
    if list.count {
        page.total = Some(store::count(&mut reader, organization, filter, app.now()).await?);
    }
    Ok(page)
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let filter = filter_of(&call)?;
    let page = page_of(&call, &filter).await?;
    let Page { data, next_cursor, total } = page;
    let data = bodies(&call, &call.standing()?.organization, data).await?;
    Ok(page_json(&Page { data, next_cursor, total }))
}

async fn find(call: &Call) -> Result<Invitation, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<InvitationId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let invitation = find(&call).await?;
    show(&call, invitation).await
}

/// The id in the path, where this organization has such an invitation: that is judged before the body.
async fn known(call: &Call) -> Result<InvitationId, Problem> {
    let (organization, id) = (call.standing()?.organization.id, call.id("id")?);
    let found = store::find(&mut call.app().db.reader(), organization, id).await?;
    found.map(|invitation| invitation.id).ok_or_else(Problem::not_found)
}

async fn resend(call: Call) -> Result<Answer, Problem> {
    let id = known(&call).await?;
    call.json_or_default::<NoFields>()?;
    let invitation = commands::resend(&call.caller, id).await?;
    show(&call, invitation).await
}

async fn revoke(call: Call) -> Result<Answer, Problem> {
    let id = known(&call).await?;
    call.json_or_default::<NoFields>()?;
    let invitation = commands::revoke(&call.caller, id).await?;
    show(&call, invitation).await
}
