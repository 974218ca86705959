//! Teams, projects and registered resources of the demonstration.

use std::collections::{BTreeMap, HashMap};

use super::data::{House, Thing};
use crate::base::{MemberId, OrganizationId};
use crate::group::Kind;
use crate::group::commands::{GroupError, create_in};
use crate::op::{Caller, Op};
use crate::resource::commands::{ResourceError, Wanted, WantedRule, put};
use crate::resource::{Level, Visibility};
use crate::role_template::commands::{self as templates, TemplateError};

/// The ids of teams and projects by their names.
#[derive(Default)]
pub(super) struct Places {
    pub teams: HashMap<String, String>,
    pub projects: HashMap<String, String>,
    pub templates: HashMap<String, String>,
}

/// Makes the teams and projects of a house.
pub(super) async fn make_places(
    caller: &Caller,
    organization: OrganizationId,
    house: &House,
) -> Result<Places, GroupError> {
    let mut places = Places::default();
    if house.teams.is_empty() && house.projects.is_empty() {
        return Ok(places);
    }
    let mut op = Op::begin_in(caller, organization).await?;
    let outcome = async {
        for (kind, names) in [(Kind::Team, &house.teams), (Kind::Project, &house.projects)] {
            for name in names {
                let about = house.about.get(name).map_or("", String::as_str);
                let made = create_in(&mut op, kind, name, about).await?;
                let of = if kind == Kind::Team { &mut places.teams } else { &mut places.projects };
                of.insert(name.clone(), made.id.to_string());
            }
        }
        Ok::<_, GroupError>(())
    }
    .await;
    op.finish(outcome).await?;
    Ok(places)
}

/// Makes those role templates of a house that are not there yet, as the founder does.
pub(super) async fn make_templates(
    founder: &Caller,
    house: &House,
    places: &mut Places,
) -> Result<(), TemplateError> {
    for template in house.templates.iter().skip(places.templates.len()) {
        let mut permissions: BTreeMap<String, Option<Vec<String>>> = BTreeMap::new();
        for (category, action) in template.permissions.iter().filter_map(|text| text.split_once(':')) {
            let actions = permissions.entry(category.to_owned()).or_insert_with(|| Some(Vec::new()));
            actions.get_or_insert_default().push(action.to_owned());
        }
        let change = templates::Change {
            name: Some(template.name.clone()),
            description: Some(template.about.clone()),
            permissions: Some(Some(permissions)),
        };
        let made = templates::create(founder, &change, false).await?;
        places.templates.insert(template.name.clone(), made.now.id.to_string());
    }
    Ok(())
}

/// Registers a thing of the house's product, as the product would.
pub(super) async fn register(
    caller: &Caller,
    thing: &Thing,
    places: &Places,
    people: &[MemberId],
) -> Result<(), ResourceError> {
    let level = Level::parse(&thing.level).unwrap_or(Level::View);
    let rule = |kind, id: String| WantedRule { kind, id, level };
    let teams = thing.teams.iter().filter_map(|name| places.teams.get(name).cloned());
    let projects = thing.projects.iter().filter_map(|name| places.projects.get(name).cloned());
    let access: Vec<WantedRule> = teams
        .map(|id| rule("team", id))
        .chain(projects.map(|id| rule("project", id)))
        .chain(people.iter().map(|id| rule("member", id.to_string())))
        .collect();
    let wanted = Wanted {
        kind: thing.kind.clone(),
        external_id: thing.id.clone(),
        name: thing.name.clone(),
        category: thing.category.clone(),
        visibility: if access.is_empty() { Visibility::Organization } else { Visibility::Restricted },
        access,
    };
    put(caller, &wanted, None).await.map(drop)
}
