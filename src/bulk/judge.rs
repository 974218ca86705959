//! One member of a bulk action: done by the function that does it to one, by the same rules.

use super::{Deed, group_of};
use crate::audit::{Action, Event, Target};
use crate::base::text::cut;
use crate::base::{MemberId, Problem};
use crate::group::{self, commands::with};
use crate::invitation::commands::{InviteError, resend_in};
use crate::job::{Judged, Outcome};
use crate::member::access::{self, Asked};
use crate::member::commands::{Change, MemberError, change_status, role_keys, update_in};
use crate::member::verb::Verb;
use crate::member::{Member, Status, store};
use crate::op::{Op, OpError};
use crate::removal::commands::remove_in;
use crate::role::store::{Role, list as roles_of};

/// Refusals that say that there was nothing to do.
const NOTHING_TO_DO: [&str; 4] = ["unchanged", "not_active", "not_suspended", "not_invited"];

/// Whether what is to be given to everybody is here and may be given, before anybody is looked at; answers what people call
/// the deed. A refusal is noted.
pub(super) async fn weigh(op: &mut Op, deed: &Deed) -> Result<String, MemberError> {
    let organization = op.organization()?.clone();
    let verbs = &organization.model.labels.verbs;
    Ok(match deed.action {
        Verb::SetRole => {
            let roles = roles_of(&mut op.tx, organization.id).await?;
            let asked = Asked { roles: deed.role.clone().map(|role| vec![role]), ..Asked::default() };
            let given = access::resolve(op, &roles, &asked, None).await?;
            if let Err(error) = access::judge_grant(op, &roles, None, &given) {
                let target = Target::new("organization", organization.id, organization.name.clone());
                op.refuse(
                    Event::new(Action::MemberUpdated, target)
                        .with("reason", "outside_grant_rule")
                        .with("roles", role_keys(&given.roles)),
                );
                return Err(error.into());
            }
            let labels: Vec<&str> = given.roles.iter().map(|role| role.definition.label.as_str()).collect();
            format!("Change role to {}", labels.join(", "))
        }
        Verb::AddToTeam | Verb::AddToProject => {
            let id = deed.group();
            let found = match id {
                Some(id) => group::store::find(&mut op.tx, organization.id, id).await?,
                None => None,
            };
            let kind = group_of(deed.action).map_or("", group::Kind::word);
            let Some(found) = found else {
                let detail = format!("There is no such {kind} here.");
                let problem = Problem::field(&format!("/{kind}"), "unknown_reference", detail);
                return Err(MemberError::Input(problem));
            };
            format!("Add to {kind} {}", found.name)
        }
        Verb::Suspend => verbs.suspend.clone(),
        Verb::Reactivate => verbs.reactivate.clone(),
        Verb::Remove => verbs.remove.clone(),
        Verb::Resend => "Resend invitation".to_owned(),
    })
}

/// Does it to one member.
pub(super) async fn judge(op: &mut Op, deed: &Deed, row: i64, id: MemberId) -> Result<Judged, OpError> {
    let organization = op.organization_id();
    let detail = "There is no such member here, or not any more.";
    let nobody = Judged { member: Some(id), ..Judged::failed(row, "not_found", detail) };
    let Some(member) = store::find(&mut op.tx, organization, id).await? else { return Ok(nobody) };
    let judged = Judged {
        email: cut(&member.email, 320).to_owned(),
        first_name: cut(&member.first_name, 100).to_owned(),
        last_name: cut(&member.last_name, 100).to_owned(),
        ..nobody
    };
    Ok(match act(op, deed, member).await? {
        Ok(detail) => Judged { outcome: Outcome::Done, code: None, detail, ..judged },
        Err(problem) => {
            let nothing = NOTHING_TO_DO.contains(&problem.code.as_str());
            let outcome = if nothing { Outcome::Skipped } else { Outcome::Failed };
            Judged { outcome, code: Some(problem.code), detail: Some(problem.detail), ..judged }
        }
    })
}

/// What was done, as a sentence where there is more to say than that; or why not.
async fn act(op: &mut Op, deed: &Deed, member: Member) -> Result<Result<Option<String>, Problem>, OpError> {
    let done = match deed.action {
        Verb::SetRole => {
            let asked = Asked { roles: deed.role.clone().map(|role| vec![role]), ..Asked::default() };
            change(op, member, asked, "They have this role already.").await
        }
        Verb::AddToTeam | Verb::AddToProject => match deed.group() {
            Some(group) => change(op, member.clone(), with(group, &member), "They are in it already.").await,
            None => Err(MemberError::NotFound),
        },
        Verb::Suspend => change_status(op, member.id, Status::Suspended).await.map(|_| None),
        Verb::Reactivate => change_status(op, member.id, Status::Active).await.map(|_| None),
        Verb::Remove => {
            let invited = member.status == Status::Invited;
            let said = invited.then(|| "The invitation is revoked.".to_owned());
            remove_in(op, member.id, None).await.map(|()| said)
        }
        Verb::Resend => return resend(op, &member).await,
    };
    match done {
        Ok(detail) => Ok(Ok(detail)),
        Err(MemberError::Op(error)) => Err(error),
        Err(error) => Ok(Err(error.into())),
    }
}

async fn change(
    op: &mut Op,
    member: Member,
    asked: Asked,
    already: &str,
) -> Result<Option<String>, MemberError> {
    let roles = roles_of(&mut op.tx, member.organization).await?;
    let before = member.clone();
    let change = Change { asked, ..Change::default() };
    match update_in(op, member, &change, None).await? {
        (_, None) => Err(MemberError::Input(Problem::conflict("unchanged", already))),
        (after, Some(_)) => Ok((before.roles != after.roles)
            .then(|| format!("{} becomes {}.", named(&before, &roles), named(&after, &roles)))),
    }
}

fn named(member: &Member, roles: &[Role]) -> String {
    let labels: Vec<&str> = member.held(roles).iter().map(|role| role.definition.label.as_str()).collect();
    labels.join(", ")
}

async fn resend(op: &mut Op, member: &Member) -> Result<Result<Option<String>, Problem>, OpError> {
    let Some(invitation) = member.invitation else {
        return Ok(Err(Problem::conflict("not_invited", "They have joined already.")));
    };
    match resend_in(op, invitation.id).await {
        Ok(_) => Ok(Ok(None)),
        Err(InviteError::Op(error)) => Err(error),
        Err(error) => Ok(Err(error.into())),
    }
}
