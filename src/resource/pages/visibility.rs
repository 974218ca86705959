//! Changing who sees a resource, through the command that the API uses.

use std::collections::BTreeMap;

use super::{SOMEBODY, find, path};
use crate::access::store::Preview;
use crate::access_model::Area;
use crate::base::text::isolated;
use crate::base::{EmailAddress, Problem};
use crate::console::field::{Choice, Choices, Field, Select};
use crate::console::layout::Place;
use crate::console::notice::{Callout, Tone};
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::member;
use crate::op::Needs;
use crate::resource::commands::{self, Put, Wanted, WantedRule};
use crate::resource::view::{RuleChoice, VisibilityPage};
use crate::resource::{Level, Resource, Subject, Visibility, store};

/// So many teams, and so many projects, are offered.
const MOST_OFFERED: usize = 200;

/// What the form says.
#[derive(Default)]
struct Typed {
    visibility: String,
    /// The names of levels, by the ids of whom they are for.
    levels: BTreeMap<String, String>,
    person: String,
    person_level: String,
    version: String,
    /// `save` once the effect was shown.
    step: String,
}

impl Typed {
    fn read(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "visibility" => typed.visibility = value,
                "person" => typed.person = value.trim().to_owned(),
                "personLevel" => typed.person_level = value,
                "version" => typed.version = value,
                "step" => typed.step = value,
                other => {
                    if let Some(id) = other.strip_prefix("level.") {
                        typed.levels.insert(id.to_owned(), value);
                    }
                }
            }
        }
        typed
    }

    fn of(resource: &Resource) -> Self {
        let levels = resource.access.iter().map(|r| (r.subject.to_string(), r.level.as_str().to_owned()));
        Self {
            visibility: resource.visibility.as_str().to_owned(),
            levels: levels.collect(),
            version: resource.version.to_string(),
            ..Self::default()
        }
    }

    fn rules(&self) -> Vec<WantedRule> {
        let rule = |(id, level): (&String, &String)| {
            let kind = match id.split('_').next() {
                Some("team") => "team",
                Some("proj") => "project",
                _ => "member",
            };
            Some(WantedRule { kind, id: id.clone(), level: Level::parse(level)? })
        };
        self.levels.iter().filter_map(rule).collect()
    }
}

/// `GET /resources/{id}/visibility`.
pub async fn ask(call: Call) -> Result<Answer, Problem> {
    let resource = find(&call).await?;
    page(&call, &resource, Typed::of(&resource), Came::default()).await
}

/// `POST /resources/{id}/visibility`.
pub async fn save(call: Call) -> Result<Answer, Problem> {
    let resource = find(&call).await?;
    let mut typed = Typed::read(call.form()?);
    match put(&call, &resource, &typed).await {
        Ok(Some(preview)) => {
            let model = &call.standing()?.organization.model;
            let sentences = preview.effect.sentences(Some(model)).join(" ");
            let names: Vec<String> = preview.members.iter().take(5).map(|m| isolated(&m.name)).collect();
            let more = preview.effect.affected.saturating_sub(names.len() as u64);
            let others = if more == 0 { String::new() } else { format!(" and {more} more") };
            let told = match call.caller.reads(Needs(Area::Users, "view")) {
                Ok(_) => format!("{sentences} It concerns {}{others}.", names.join(", ")),
                Err(_) => sentences,
            };
            let shown = Callout::new(Tone::Warn, "Not saved yet. This is what it does:", told);
            typed.step = "save".to_owned();
            page(&call, &resource, typed, Came { problem: None, shown: Some(shown) }).await
        }
        Ok(None) => {
            let sentence = format!("Who sees {} is saved. It applies at once.", isolated(&resource.name));
            Ok(flash::redirect(&call, &path(&resource), &sentence))
        }
        Err(problem) => {
            let problem = problem.for_the_form()?;
            // Whoever was told what changed meanwhile may save over it.
            typed.version = resource.version.to_string();
            page(&call, &resource, typed, Came { problem: Some(&problem), shown: None }).await
        }
    }
}

/// What is shown with the form.
#[derive(Default)]
struct Came<'a> {
    problem: Option<&'a Problem>,
    /// What saving it would do.
    shown: Option<Callout>,
}

/// Saves what was chosen; where that takes from somebody or gives, what it does is shown first.
async fn put(call: &Call, resource: &Resource, typed: &Typed) -> Result<Option<Preview>, Problem> {
    let visibility = Visibility::parse(&typed.visibility).ok_or_else(|| {
        Problem::field("/visibility", "missing", "Choose whether everybody sees it or some do.")
    })?;
    let mut access = typed.rules();
    if !typed.person.is_empty() {
        let id = find_person(call, &typed.person).await?;
        let level = Level::parse(&typed.person_level).unwrap_or(Level::View);
        access.push(WantedRule { kind: "member", id, level });
    }
    let wanted = Wanted {
        kind: resource.kind.clone(),
        external_id: resource.external_id.clone(),
        name: resource.name.clone(),
        category: resource.category.clone(),
        visibility,
        access,
    };
    let version = typed.version.parse().ok();
    if typed.step != "save" {
        let preview = commands::preview(&call.caller, &wanted, version).await?;
        if preview.as_ref().is_some_and(|preview| !preview.effect.is_empty()) {
            return Ok(preview);
        }
    }
    match commands::put(&call.caller, &wanted, version).await? {
        Put::Created(_) | Put::Kept(_) => Ok(None),
    }
}

/// The id of the member with this address.
async fn find_person(call: &Call, typed: &str) -> Result<String, Problem> {
    let standing = call.caller.reads(Needs(Area::Users, "view"))?;
    let nobody = || {
        let detail = "Nobody here has this e-mail address. Check it, or invite them first.";
        Problem::field("/person", "unknown_reference", detail)
    };
    let address = EmailAddress::parse(typed).map_err(|_| nobody())?;
    let organization = standing.organization.id;
    let mut reader = call.app().db.reader();
    let found = member::store::find_by_email(&mut reader, organization, address.key()).await?;
    Ok(found.ok_or_else(nobody)?.id.to_string())
}

async fn page(
    call: &Call,
    resource: &Resource,
    typed: Typed,
    Came { problem, shown }: Came<'_>,
) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let sees_people = standing.allows(Needs(Area::Users, "view"));
    let (rules, more) = offered(call, resource, &typed, sees_people).await?;
    let choice = |visibility: Visibility, label: &str, detail: &str| {
        let key = visibility.as_str();
        Choice::new(key, label).detail(detail).chosen(typed.visibility == key)
    };
    let everybody = format!("Everybody in {}", organization.name);
    let level = |level: Level| {
        Choice::new(level.as_str(), level.label()).chosen(typed.person_level == level.as_str())
    };
    let person = Field::email("person", "Add a person by e-mail")
        .value(typed.person)
        .error(problem.and_then(|problem| problem.at("person")));
    let stale = problem.is_some_and(|problem| problem.code == "stale_version");
    let view = VisibilityPage {
        frame: frame::of(call, Place::Resources).await?,
        name: resource.name.clone(),
        href: path(resource),
        problem: problem.map(|problem| match stale {
            true => Callout::new(
                Tone::Warn,
                "Not saved.",
                "Somebody changed it meanwhile. What you chose stands below; look at what holds now, then save again to put \
                 yours in its place.",
            )
            .way_out("What holds now", path(resource)),
            false => Callout::refused("Not saved.", problem, &["person", "visibility"]),
        }).or(shown),
        step: typed.step.clone(),
        visibility: Choices {
            name: "visibility",
            legend: "Visible to",
            options: vec![
                choice(Visibility::Organization, &everybody, "Their permissions decide what they may do."),
                choice(Visibility::Restricted, "Some", "Those chosen below, as far as their permissions go."),
            ],
            error: problem.and_then(|problem| problem.at("visibility")),
            ..Choices::default()
        },
        rules,
        more,
        person: sees_people
            .then(|| (person, Select::new("personLevel", "Up to", Level::ALL.map(level).to_vec()))),
        version: typed.version,
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}

/// Everybody who can be chosen: those who are named already, then teams and projects.
async fn offered(
    call: &Call,
    resource: &Resource,
    typed: &Typed,
    sees_people: bool,
) -> Result<(Vec<RuleChoice>, bool), Problem> {
    let organization = call.standing()?.organization.id;
    let mut reader = call.app().db.reader();
    let named = store::named_rules(&mut reader, resource.id).await?;
    let teams = member::store::teams(&mut reader, organization).await?;
    let projects = member::store::projects(&mut reader, organization).await?;
    let more = teams.len() > MOST_OFFERED || projects.len() > MOST_OFFERED;
    let known = named.into_iter().map(|named| {
        let hidden = !sees_people && matches!(named.rule.subject, Subject::Member(_));
        (named.rule.subject, if hidden { SOMEBODY.to_owned() } else { named.name })
    });
    let teams = teams.into_iter().take(MOST_OFFERED).map(|(id, name)| (Subject::Team(id), name));
    let projects = projects.into_iter().take(MOST_OFFERED).map(|(id, name)| (Subject::Project(id), name));
    let mut rules: Vec<RuleChoice> = Vec::new();
    for (subject, name) in known.chain(teams).chain(projects) {
        let id = subject.to_string();
        if rules.iter().any(|rule| rule.id == id) {
            continue;
        }
        let kind = match subject {
            Subject::Team(_) => "Team",
            Subject::Project(_) => "Project",
            Subject::Member(_) => "Person",
        };
        let level = typed.levels.get(&id).cloned().unwrap_or_default();
        rules.push(RuleChoice { id, name, kind, level });
    }
    Ok((rules, more))
}
