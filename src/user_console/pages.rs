//! The user console: the overview, and what stands above every tab.

mod asked;
mod edit;
mod past;
mod records;

use super::permissions::Table;
use super::view::{self, Access, Action, Fact, Head, OverviewPage, Tab, Value};
use crate::access_model::{Area, Shown};
use crate::audit;
use crate::base::{MemberId, Problem};
use crate::console::address::from_list;
use crate::console::layout::Place;
use crate::console::matrix::Matrix;
use crate::console::menu::Does;
use crate::console::notice::{Callout, Tone};
use crate::console::person::Avatar;
use crate::console::time::Reader;
use crate::decision::pages::question;
use crate::group::{self, GroupId};
use crate::http::{Answer, Call, Route, flash, get, post};
use crate::invitation::{self, Status as InvitationStatus};
use crate::member::api::Names;
use crate::member::pages::{feature, menu, status};
use crate::member::{Member, Status, holdings, store};
use crate::op::{Needs, Standing};
use crate::role::RoleRef;
use crate::role::store::Role;
use crate::role::view::badge;
use crate::{frame, role};

/// The routes of the user console.
pub fn routes() -> Vec<Route> {
    vec![
        get("/users/{id}", overview).needs(Area::Users, "view"),
        get("/users/{id}/edit", edit::ask).needs(Area::Users, "edit"),
        post("/users/{id}/edit", edit::save).needs(Area::Users, "edit"),
        get("/users/{id}/sessions", records::sessions).needs(Area::Sessions, "view"),
        get("/users/{id}/login-attempts", records::login_attempts).needs(Area::LoginAttempts, "view"),
        get("/users/{id}/past", past::show).needs(Area::Users, "view"),
        get("/users/{id}/audit", records::audit).needs(Area::Audit, "view"),
    ]
}

/// The user whom the path names.
async fn find(call: &Call) -> Result<Member, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<MemberId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

async fn roles(call: &Call) -> Result<Vec<Role>, Problem> {
    Ok(role::store::list(&mut call.app().db.reader(), call.standing()?.organization.id).await?)
}

/// Whether the reader may edit, suspend and remove this user (ACC-4).
fn manages(standing: &Standing, member: &Member, roles: &[Role]) -> bool {
    let held: Vec<RoleRef> = member.held(roles).into_iter().map(RoleRef::from).collect();
    standing.may_manage(&held)
}

/// What stands above the tab at `path`: `/sessions`, or nothing for the overview.
fn head(call: &Call, member: &Member, roles: &[Role], path: &str) -> Result<Head, Problem> {
    let standing = call.standing()?;
    let here = format!("/users/{}", member.id);
    let own = member.id == standing.member;
    let may = |area, action| standing.allows(Needs(area, action));
    let tab = |label, rest: &str| Tab { label, href: format!("{here}{rest}"), current: rest == path };
    let mut tabs = vec![tab("Overview", "")];
    let records = [
        (Area::Sessions, "Sessions", "/sessions"),
        (Area::LoginAttempts, "Login attempts", "/login-attempts"),
        (Area::Audit, "Audit trail", "/audit"),
    ];
    tabs.extend(
        records.into_iter().filter(|(area, ..)| may(*area, "view")).map(|(_, label, rest)| tab(label, rest)),
    );
    tabs.push(tab("On another day", "/past"));
    let name = if member.name() == member.email { String::new() } else { member.name() };
    let editable = may(Area::Users, "edit") && manages(standing, member, roles);
    Ok(Head {
        id: member.id.to_string(),
        avatar: Avatar::person(&name, &member.email).large(),
        name,
        email: member.email.clone(),
        roles: member.held(roles).iter().map(|role| badge(role, roles)).collect(),
        status: status(&standing.organization, member.status),
        edit: match own {
            true => Some(("/profile".to_owned(), "Your profile")),
            false => editable.then(|| (from_list(&format!("{here}/edit"), &here), "Edit user")),
        },
        menu: if own {
            Default::default()
        } else {
            menu::beside_edit(standing, roles, member, call.app().now()).on(&here)
        },
        tabs,
    })
}

async fn overview(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let (member, roles) = (find(&call).await?, roles(&call).await?);
    let reader = frame::reader(&call)?;
    let names = Names::of(call.app(), organization, std::slice::from_ref(&member)).await?;
    let head = head(&call, &member, &roles, "")?;
    let (actions, note) = actions(&head, &member);
    let shows = |part, some: bool| some || organization.model.shows(part);
    let seen = |area, path: String| standing.allows(Needs(area, "view")).then_some(path);
    let (mut teams, mut projects) = (Vec::new(), Vec::new());
    for team in names.teams(&member.teams) {
        let href = seen(Area::Teams, format!("/teams/{}", team.id));
        teams.push(place(&call, GroupId::Team(team.id), team.name, href).await?);
    }
    for project in names.projects(&member.projects) {
        let href = seen(Area::Projects, format!("/projects/{}", project.id));
        projects.push(place(&call, GroupId::Project(project.id), project.name, href).await?);
    }
    let view = OverviewPage {
        frame: frame::of(&call, Place::Users).await?,
        facts: facts(&call, &member, &reader).await?,
        state: state(standing, &member, &reader),
        access: access(&call, &member, &roles, &head).await?,
        why: question(&call).await?,
        teams: shows(Shown::Teams, !teams.is_empty()).then_some(teams),
        projects: shows(Shown::Projects, !projects.is_empty()).then_some(projects),
        actions,
        note,
        head,
    };
    Ok(flash::page(&call, 200, &view))
}

/// A team or project that somebody is in, with how much it opens to them.
async fn place(call: &Call, id: GroupId, name: String, href: Option<String>) -> Result<view::Place, Problem> {
    let reaches = match call.standing()?.allows(Needs(Area::Resources, "view")) {
        true => match group::store::count_rules(&mut call.app().db.reader(), id).await? {
            0 => Some("Reaches no resource yet".to_owned()),
            1 => Some("Reaches 1 resource".to_owned()),
            n => Some(format!("Reaches {n} resources")),
        },
        false => None,
    };
    Ok(view::Place { name, href, reaches })
}

/// What keeps somebody out, or waits for them: the permissions below hold afterwards.
fn state(standing: &Standing, member: &Member, reader: &Reader) -> Option<Callout> {
    let labels = &standing.organization.model.labels;
    match (member.status, member.invitation) {
        (Status::Active, _) => None,
        (Status::Suspended, _) => Some(Callout::new(
            Tone::Warn,
            "They can't sign in here.",
            format!("What stands under Access holds again after “{}”.", labels.verbs.reactivate),
        )),
        (Status::Invited, Some(open)) if reader.now < open.expires_at => Some(Callout::new(
            Tone::Plain,
            format!(
                "{}. The link works until {}.",
                labels.status.invited,
                reader.exactly(open.expires_at).words
            ),
            "What stands under Access holds once they have accepted. If the e-mail did not arrive, have them look into \
             the spam folder, or send it again.",
        )),
        (Status::Invited, _) => Some(Callout::new(
            Tone::Warn,
            "The invitation has expired.",
            "What stands under Access holds once they have accepted a new one.",
        )),
    }
}

async fn facts(call: &Call, member: &Member, reader: &Reader) -> Result<Vec<Fact>, Problem> {
    let fact = |label, value| Fact { label, value, sub: None };
    let text = |label, text: &str| match text.is_empty() {
        true => fact(label, Value::Nothing("Not given")),
        false => fact(label, Value::Text(text.to_owned())),
    };
    let name = if member.name() == member.email { String::new() } else { member.name() };
    let there = reader.clock_in(&member.time_zone).filter(|_| !member.time_zone.is_empty());
    let joined = way_in(call, member).await?;
    let ends = member.ends_at.map(|end| fact("Ends", Value::At(reader.on_the_day(end.plus(-1)))));
    let mut facts = vec![
        text("Full name", &name),
        text("E-mail", &member.email),
        text("Phone", &member.phone),
        Fact { sub: there.map(|clock| format!("{clock} there now")), ..text("Time zone", &member.time_zone) },
        text("Language", &member.locale),
        Fact { sub: joined, ..fact("Created", Value::At(reader.on_the_day(member.created_at))) },
        fact("Changed", Value::At(reader.past(member.updated_at))),
        fact(
            "Last login",
            member.last_login.map_or(Value::Nothing("Never"), |at| Value::At(reader.past(at))),
        ),
    ];
    facts.extend(ends);
    Ok(facts)
}

/// How somebody got in, and by whom: by an invitation, created directly, or with the organization itself.
async fn way_in(call: &Call, member: &Member) -> Result<Option<String>, Problem> {
    let organization = call.standing()?.organization.id;
    let mut reader = call.app().db.reader();
    if let Some(i) = invitation::store::find_of_member(&mut reader, organization, member.id).await? {
        let accepted = i.status(call.app().now()) == InvitationStatus::Accepted;
        let more = if accepted { ", accepted" } else { "" };
        return Ok(Some(format!("invited by {}{more}", i.invited_by_name)));
    }
    let filter = audit::list::Filter {
        target: Some(member.id.to_string()),
        action: Some(audit::Action::MemberCreated.as_str().to_owned()),
        ..audit::list::Filter::default()
    };
    let start = audit::list::Place::START;
    let found = audit::list::list(&mut reader, organization, &filter, start, 1).await?;
    Ok(found.events.first().map(|event| match event.actor_type.as_str() {
        "member" => format!("created by {}", event.actor_name),
        _ => "with the organization itself".to_owned(),
    }))
}

async fn access(call: &Call, member: &Member, roles: &[Role], head: &Head) -> Result<Access, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let form = match head.edit.is_some() && member.id != standing.member {
        true => Some(edit::access_form(call, member, roles).await?),
        false => None,
    };
    let held = holdings::read(&mut call.app().db.reader(), organization, member, roles).await?;
    let matrix: Matrix = held.ask(organization, member, true, |holdings| {
        let explained = holdings.explained();
        Table { model: &organization.model, roles, explained: &explained, name: member.name() }.shown()
    });
    let held = member.held(roles);
    let template = member.template.as_ref().map(|(id, name)| (name.clone(), format!("/role-templates/{id}")));
    Ok(Access {
        roles: held.iter().map(|role| badge(role, roles)).collect(),
        several_roles: !organization.model.single_role,
        shows_template: template.is_some() || organization.model.shows(Shown::RoleTemplates),
        template,
        feature: organization
            .model
            .features
            .first()
            .map(|known| (known.label.clone(), feature(organization, member, &held))),
        matrix,
        form,
    })
}

/// What the menu asks about first stands on the page, too, with what it does.
fn actions(head: &Head, member: &Member) -> (Vec<Action>, Option<String>) {
    let detail = |href: &str| {
        let path = href.split('?').next().unwrap_or_default();
        match (path.rsplit('/').next().unwrap_or_default(), member.status) {
            ("suspend", _) => Some("Ends their access at once and keeps everything. Can be undone."),
            ("reactivate", _) => Some("Lets them sign in again, with the role and teams that they had."),
            ("remove", Status::Invited) => Some("Their link dies at once, and the seat is free."),
            ("remove", _) => Some("Ends access for good and frees a seat. What they made stays."),
            _ => None,
        }
    };
    let actions = head.menu.items.iter().filter_map(|item| match &item.does {
        Does::Asks(href) => detail(href).map(|detail| Action { item: item.clone(), detail }),
        _ => None,
    });
    (actions.collect(), head.menu.note.clone())
}
