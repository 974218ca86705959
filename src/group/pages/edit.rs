//! Making, editing and deleting a team or project in the console.

use serde::Deserialize;

use crate::base::Problem;
use crate::base::text::isolated;
use crate::base::text::people;
use crate::console::field::{Field, TextArea};
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::frame;
use crate::group::api::find;
use crate::group::commands::{self, Change, LONGEST_DESCRIPTION};
use crate::group::view::EditPage;
use crate::group::{Group, Impact, Kind, store};
use crate::http::{Answer, Call, flash};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    organization: String,
    name: String,
    description: String,
    version: String,
}

/// `GET /teams/new`.
pub async fn ask_new(call: Call, kind: Kind) -> Result<Answer, Problem> {
    page(&call, kind, None, Typed::default(), None).await
}

/// `POST /teams`.
pub async fn create(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    let made = match call.is_about(&typed.organization) {
        Ok(()) => {
            commands::create(&call.caller, kind, &typed.name, &typed.description).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(group) => {
            let sentence =
                format!("The {} {} is there. Now add people to it.", kind.word(), isolated(&group.name));
            Ok(flash::redirect(&call, &group.path(), &sentence))
        }
        Err(problem) => page(&call, kind, None, typed, Some(problem.for_the_form()?)).await,
    }
}

/// `GET /teams/{id}/edit`.
pub async fn ask(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    let typed = Typed {
        name: group.name.clone(),
        description: group.description.clone(),
        version: group.version.to_string(),
        ..Typed::default()
    };
    page(&call, kind, Some(&group), typed, None).await
}

/// `POST /teams/{id}/edit`.
pub async fn save(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    let mut typed: Typed = call.form()?;
    let change = Change { name: Some(typed.name.clone()), description: Some(typed.description.clone()) };
    match commands::update(&call.caller, group.id, &change, typed.version.parse().ok()).await {
        Ok(group) => {
            let sentence = format!("{} is saved.", isolated(&group.name));
            Ok(flash::redirect(&call, &group.path(), &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            // Whoever has read what somebody else saved meanwhile may save over it.
            typed.version = group.version.to_string();
            page(&call, kind, Some(&group), typed, Some(problem)).await
        }
    }
}

async fn page(
    call: &Call,
    kind: Kind,
    existing: Option<&Group>,
    typed: Typed,
    problem: Option<Problem>,
) -> Result<Answer, Problem> {
    let at = |field| problem.as_ref().and_then(|problem| problem.at(field));
    let taken = problem.as_ref().filter(|problem| problem.code == "name_taken").map(|p| p.detail.clone());
    let callout = problem.as_ref().map(|problem| match (problem.code.as_str(), existing) {
        ("name_taken", _) => {
            let marked = Problem::field("/name", "name_taken", problem.detail.clone());
            Callout::refused("Not saved.", &marked, &["name"])
        }
        ("stale_version", Some(now)) => {
            let text = format!(
                "Somebody changed it meanwhile: it is now called {}, described as “{}”. What you typed stands below; save \
                 again to put it in its place.",
                isolated(&now.name),
                now.description
            );
            Callout::new(crate::console::notice::Tone::Warn, "Not saved.", text)
        }
        _ => Callout::refused("Not saved.", problem, &["name", "description"]),
    });
    let view = EditPage {
        frame: frame::of(call, kind.place()).await?,
        kind,
        existing: existing.map(|group| group.name.clone()),
        action: existing.map_or(format!("/{}", kind.words()), |group| format!("{}/edit", group.path())),
        back: existing.map_or(format!("/{}", kind.words()), Group::path),
        name: Field::text("name", "Name").required().focused().value(typed.name).error(at("name").or(taken)),
        description: TextArea {
            name: "description",
            label: "What it is for",
            rows: 3,
            value: typed.description,
            error: at("description"),
            longest: u32::try_from(LONGEST_DESCRIPTION).ok(),
            ..TextArea::default()
        },
        problem: callout,
        version: typed.version,
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Confirmed {
    confirm: String,
    version: String,
}

/// `GET /teams/{id}/delete`.
pub async fn ask_delete(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    delete_page(&call, &group, String::new(), None).await
}

/// `POST /teams/{id}/delete`.
pub async fn delete(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    let typed: Confirmed = call.form()?;
    if typed.confirm.trim() != group.name {
        let detail = "Type the name exactly as it stands above the field.";
        let problem = Problem::field("/confirm", "not_confirmed", detail);
        return delete_page(&call, &group, typed.confirm, Some(&problem)).await;
    }
    match commands::delete(&call.caller, group.id, typed.version.parse().ok()).await {
        Ok(impact) => {
            let sentence = format!(
                "The {} {} is deleted. {} out of it.",
                kind.word(),
                isolated(&group.name),
                match impact.members {
                    1 => "1 person is".to_owned(),
                    members => format!("{members} people are"),
                }
            );
            Ok(flash::redirect(&call, &format!("/{}", kind.words()), &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            delete_page(&call, &group, typed.confirm, Some(&problem)).await
        }
    }
}

async fn delete_page(
    call: &Call,
    group: &Group,
    typed: String,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let kind = group.id.kind();
    let impact = store::impact(&mut call.app().db.reader(), organization, group).await?;
    let title = format!("Delete {}?", isolated(&group.name));
    let mut page =
        PanelPage::new(frame::of(call, kind.place()).await?, title, format!("Delete {}", kind.word()));
    page.back = group.path();
    page.action = format!("{}/delete", group.path());
    page.danger = true;
    page.impact = impact_lines(kind, &impact);
    let error = problem.and_then(|problem| problem.at("confirm"));
    page.fields = vec![Field::text("confirm", "Confirm").exactly(&group.name).value(typed).error(error)];
    page.hidden = vec![("version", group.version.to_string())];
    if let Some(problem) = problem {
        page.warning = Some(Callout::refused("Not done.", problem, &["confirm"]));
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}

/// Resources that are told by name; the rest is told as a number.
const NAMED: usize = 8;

/// What goes with a group, line by line.
pub(in crate::group) fn impact_lines(kind: Kind, impact: &Impact) -> Vec<String> {
    let word = kind.word();
    let mut lines = vec![match impact.members {
        0 => format!("Nobody is in this {word}."),
        1 => "1 person is taken out of it. They stay where they are otherwise.".to_owned(),
        members => format!("{members} people are taken out of it. They stay where they are otherwise."),
    }];
    if impact.resources.is_empty() {
        lines.push("Nobody loses reach to anything.".to_owned());
    }
    for closed in impact.resources.iter().take(NAMED) {
        let name = isolated(&closed.name);
        lines.push(match closed.losing {
            1 => format!("1 person can no longer reach {name} ({}).", closed.kind),
            losing => format!("{} can no longer reach {name} ({}).", people(losing), closed.kind),
        });
    }
    if impact.resources.len() > NAMED {
        let more = impact.resources.len() - NAMED;
        let and = if impact.resources.len() as i64 >= crate::group::MOST_TOLD { " or more" } else { "" };
        lines.push(format!("The same goes for {more}{and} other resources."));
    }
    lines.push("Resources stay. This can't be undone.".to_owned());
    lines
}
