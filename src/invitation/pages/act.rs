//! What is done with one invitation: sent again, its link shown, withdrawn.

use super::find;
use crate::base::Problem;
use crate::console::address::from_list;
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::http::{Answer, Call, flash, refused};
use crate::invitation::view::LinkPage;
use crate::invitation::{Invitation, commands};
use crate::{frame, role};

/// `POST /invitations/{id}/resend`.
pub async fn resend(call: Call) -> Result<Answer, Problem> {
    let before = find(&call).await?;
    let invitation = match commands::resend(&call.caller, before.id).await {
        Ok(invitation) => invitation,
        Err(error) => return refusal(&call, "The letter was not sent again", error.into()).await,
    };
    let where_to = match call.app().settings.smtp {
        Some(_) => "is on its way",
        None => "is kept on the server",
    };
    let sentence = format!("A new letter to {} {where_to}. The old link is dead.", invitation.email);
    Ok(flash::redirect(&call, &call.back("/invitations")?, &sentence))
}

/// Why something was not done with an invitation, and the way back to the list.
async fn refusal(call: &Call, title: &str, problem: Problem) -> Result<Answer, Problem> {
    let problem = problem.for_the_form()?;
    let mut page = PanelPage::new(frame::of(call, Place::Invitations).await?, title, "");
    page.lead = Some(problem.detail.clone());
    page.back = call.back("/invitations")?;
    page.cancel = "Back to the list";
    Ok(refused(&problem, &page))
}

/// `POST /invitations/{id}/link`.
pub async fn link(call: Call) -> Result<Answer, Problem> {
    let before = find(&call).await?;
    let (invitation, link) = match commands::copy_link(&call.caller, before.id).await {
        Ok(found) => found,
        Err(error) => return refusal(&call, "There is no link to show", error.into()).await,
    };
    let organization = call.standing()?.organization.id;
    let roles = role::store::list(&mut call.app().db.reader(), organization).await?;
    let held = roles.iter().filter(|role| invitation.roles.contains(&role.id));
    let page = LinkPage {
        frame: frame::of(&call, Place::Invitations).await?,
        role: held.map(|role| role.definition.label.as_str()).collect::<Vec<_>>().join(", "),
        until: frame::reader(&call)?.exactly(invitation.expires_at),
        email: invitation.email,
        link,
    };
    Ok(flash::page(&call, 200, &page))
}

/// `GET /invitations/{id}/revoke`.
pub async fn ask_revoke(call: Call) -> Result<Answer, Problem> {
    let invitation = find(&call).await?;
    revoke_page(&call, &invitation, None).await
}

async fn revoke_page(
    call: &Call,
    invitation: &Invitation,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let frame = frame::of(call, Place::Invitations).await?;
    let mut page =
        PanelPage::new(frame, format!("Revoke the invitation of {}?", invitation.email), "Revoke invitation");
    page.back = call.back("/invitations")?;
    page.action = from_list(&format!("/invitations/{}/revoke", invitation.id), &page.back);
    page.cancel = "Keep it";
    page.danger = true;
    page.impact = vec![
        "The link in their e-mail stops working at once. They are not told.".to_owned(),
        "Their seat is free again.".to_owned(),
        "You can invite the same address again later.".to_owned(),
    ];
    if let Some(problem) = problem {
        page = page.settled();
        page.warning = Some(Callout::refused("Not done.", problem, &[]));
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}

/// `POST /invitations/{id}/revoke`.
pub async fn revoke(call: Call) -> Result<Answer, Problem> {
    let before = find(&call).await?;
    match commands::revoke(&call.caller, before.id).await {
        Ok(invitation) => {
            let sentence = format!("The invitation of {} was revoked. Its link is dead.", invitation.email);
            Ok(flash::redirect(&call, &call.back("/invitations")?, &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            revoke_page(&call, &before, Some(&problem)).await
        }
    }
}
