//! An organization's access model in the JSON API.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::commands::{self, Change};
use super::{AccessModel, ActionSet, Area, Category, Feature, KNOWN_ACTIONS, Labels};
use crate::base::Problem;
use crate::base::text::cut;
use crate::http::{Answer, Call, Guard, Route, get, json_versioned, kept, patch, patch_field};
use crate::op::Organization;
use crate::role::api::{DRY_RUN, dry_run, previewed};

/// An access model, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccessModel)]
struct AccessModelBody {
    preset: String,
    #[schema(value_type = Vec<Object>)]
    categories: Vec<Category>,
    #[schema(value_type = Vec<Object>)]
    features: Vec<Feature>,
    single_role: bool,
    #[schema(value_type = Object)]
    labels: Labels,
}

/// A category with its actions; the usual five unless said.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ChangeCategory)]
struct CategoryBody {
    key: String,
    label: String,
    actions: Option<Vec<String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ChangeFeature)]
struct FeatureBody {
    key: String,
    label: String,
    category: String,
    #[serde(default)]
    always_on_roles: Vec<String>,
    #[serde(default)]
    default_on: bool,
}

/// Lists replace; labels are merged.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeAccessModel {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<Vec<CategoryBody>>)]
    categories: Option<Option<Vec<CategoryBody>>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<Vec<FeatureBody>>)]
    features: Option<Option<Vec<FeatureBody>>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<bool>)]
    single_role: Option<Option<bool>>,
    #[schema(value_type = Option<Object>)]
    labels: Option<Map<String, Value>>,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/access-model", show)
            .guard(Guard::Member)
            .summary("Categories with actions, features, labels")
            .answers::<AccessModelBody>(200),
        patch("/api/v1/organizations/{org}/access-model", change)
            .needs(Area::Roles, "manage")
            .summary(
                "Change the access model, with a top role; with dryRun=true the answer is an EffectPreview",
            )
            .query(&[DRY_RUN])
            .takes::<ChangeAccessModel>()
            .answers::<AccessModelBody>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (409, "several_roles_held"),
                (409, "no_role_manager"),
                (412, "stale_version"),
                (422, "invalid_input"),
            ]),
    ]
}

fn body(organization: &Organization) -> Answer {
    let model = &organization.model;
    let body = AccessModelBody {
        preset: model.preset.clone(),
        categories: model.categories.clone(),
        features: model.features.clone(),
        single_role: model.single_role,
        labels: model.labels.clone(),
    };
    json_versioned(200, &body, organization.version)
}

async fn show(call: Call) -> Result<Answer, Problem> {
    Ok(body(&call.standing()?.organization))
}

async fn change(call: Call) -> Result<Answer, Problem> {
    commands::need_top(&call.caller).await?;
    let (dry_run, asked) = (dry_run(&call)?, call.json::<ChangeAccessModel>()?);
    let model = &call.standing()?.organization.model;
    let change = Change {
        categories: kept("/categories", asked.categories)?
            .map(|all| all.into_iter().map(CategoryBody::read).collect()),
        features: asked
            .features
            .map(|all| all.unwrap_or_default().into_iter().map(FeatureBody::read).collect()),
        single_role: kept("/singleRole", asked.single_role)?,
        labels: asked.labels.map(|labels| merged(model, &labels)).transpose()?,
    };
    let outcome = commands::update(&call.caller, &change, call.if_match(), dry_run).await?;
    Ok(if dry_run { previewed(&outcome.preview) } else { body(&outcome.now) })
}

impl CategoryBody {
    fn read(self) -> Category {
        let actions: ActionSet = match &self.actions {
            Some(actions) => actions.iter().map(String::as_str).collect(),
            None => KNOWN_ACTIONS.into_iter().take(5).collect(),
        };
        Category { key: self.key, label: self.label, actions }
    }
}

impl FeatureBody {
    fn read(self) -> Feature {
        Feature {
            key: self.key,
            label: self.label,
            category: self.category,
            always_on_roles: self.always_on_roles,
            default_on: self.default_on,
        }
    }
}

/// The labels after a merge patch: a text replaces, null brings back what Roster says by itself.
fn merged(model: &AccessModel, patch: &Map<String, Value>) -> Result<Labels, Problem> {
    let unknown = |field: &str| {
        Problem::new(400, "unknown_field", format!("The body has an unknown field `{}`.", cut(field, 60)))
    };
    let mut labels = serde_json::to_value(&model.labels).unwrap_or_default();
    for (table, entries) in patch {
        let known = labels.get_mut(table).and_then(Value::as_object_mut).ok_or_else(|| unknown(table))?;
        match entries {
            Value::Null => known.clear(),
            Value::Object(entries) => {
                for (name, text) in entries {
                    let pointer = format!("/labels/{table}/{name}");
                    match text {
                        _ if !known.contains_key(name) => return Err(unknown(name)),
                        Value::Null => drop(known.remove(name)),
                        Value::String(text) => {
                            let line = crate::base::text::line(text, 100).map_err(|_| {
                                let detail = "A label is one line of 1 to 100 characters.";
                                Problem::field(&pointer, "invalid_value", detail)
                            })?;
                            known.insert(name.clone(), Value::String(line));
                        }
                        _ => return Err(Problem::field(&pointer, "invalid_value", "A label is a text.")),
                    }
                }
            }
            _ => {
                let pointer = format!("/labels/{table}");
                return Err(Problem::field(&pointer, "invalid_value", "These are labels by name."));
            }
        }
    }
    serde_json::from_value(labels)
        .map_err(|_| Problem::field("/labels", "invalid_value", "These labels do not fit."))
}
