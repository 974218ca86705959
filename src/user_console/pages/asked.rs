//! What the form about a user says: against what it was opened with, and against how the user is now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access_model::PermissionSet;
use crate::base::Problem;
use crate::console::time::Reader;
use crate::member::access::Asked;
use crate::member::commands::Change;
use crate::member::pages::{end, switches};
use crate::member::{Member, Status};
use crate::op::{Organization, Standing};
use crate::role::store::Role;

/// The fields of the form, as they are typed, or as the user is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Typed {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone: String,
    pub time_zone: String,
    pub locale: String,
    pub role: Vec<String>,
    pub role_template: String,
    pub feature: bool,
    pub teams: Vec<String>,
    pub projects: Vec<String>,
    pub permission: Vec<String>,
    pub status: String,
    /// The last day, in the reader's zone.
    pub ends_at: String,
}

/// What the form sends along unseen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    /// The version that the form was opened with.
    pub version: i64,
    /// The fields as they were then, as JSON.
    pub was: String,
    /// `access` where the form is only about roles, template, feature and direct permissions.
    pub part: String,
}

/// What one field was, and is now, while somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meanwhile {
    pub label: &'static str,
    pub was: Vec<String>,
    pub is: Vec<String>,
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list.dedup();
    list
}

fn ids(list: &[impl ToString]) -> Vec<String> {
    sorted(list.iter().map(ToString::to_string).collect())
}

impl Typed {
    /// The fields of a user as they are.
    pub fn of(member: &Member, roles: &[Role], organization: &Organization, reader: &Reader) -> Self {
        let feature = organization.model.features.first();
        let known = |p: &crate::access_model::Permission| organization.model.knows(&p.category, &p.action);
        Self {
            first_name: member.first_name.clone(),
            last_name: member.last_name.clone(),
            email: member.email.clone(),
            phone: member.phone.clone(),
            time_zone: member.time_zone.clone(),
            locale: member.locale.clone(),
            role: sorted(member.held(roles).iter().map(|role| role.definition.key.clone()).collect()),
            role_template: member.template.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default(),
            feature: feature.is_some_and(|feature| member.features.is_on(feature, [])),
            status: member.status.as_str().to_owned(),
            ends_at: member.ends_at.map(|end| reader.last_day(end).to_string()).unwrap_or_default(),
            teams: ids(&member.teams),
            projects: ids(&member.projects),
            permission: sorted(
                member.permissions.iter().filter(known).map(|permission| permission.to_string()).collect(),
            ),
        }
    }

    /// The same with lists in one order and lines without white space around them, so that equal is equal.
    pub fn tidied(mut self) -> Self {
        for text in [
            &mut self.first_name,
            &mut self.last_name,
            &mut self.email,
            &mut self.phone,
            &mut self.time_zone,
            &mut self.locale,
            &mut self.role_template,
            &mut self.ends_at,
        ] {
            *text = text.trim().to_owned();
        }
        for list in [&mut self.role, &mut self.teams, &mut self.projects, &mut self.permission] {
            *list = sorted(std::mem::take(list));
        }
        self
    }

    /// What nobody has before they have accepted is not in the form, so it is not changed by it.
    pub fn without_account(self, is: &Self) -> Self {
        let (email, phone, status) = (is.email.clone(), is.phone.clone(), is.status.clone());
        Self { email, phone, status, time_zone: is.time_zone.clone(), locale: is.locale.clone(), ..self }
    }

    /// What the form about access alone has no field for stays.
    pub fn access_only(self, is: &Self) -> Self {
        let Self { role, role_template, feature, permission, .. } = self;
        Self { role, role_template, feature, permission, ..is.clone() }
    }

    /// What is granted directly.
    pub fn permissions(&self) -> PermissionSet {
        self.permission.iter().filter_map(|permission| permission.split_once(':')).collect()
    }

    /// The change that makes what is typed of what is; what is the same is left out.
    pub fn change(&self, is: &Self, standing: &Standing, reader: &Reader) -> Result<Change, Problem> {
        let differs = |typed: &String, is: &String| (typed != is).then(|| typed.clone());
        let replaced = |typed: &Vec<String>, is: &Vec<String>| (typed != is).then(|| typed.clone());
        let template = differs(&self.role_template, &is.role_template);
        let features = match self.feature == is.feature {
            true => BTreeMap::new(),
            false => switches(standing, &self.role, self.feature),
        };
        let ends_at = match self.ends_at == is.ends_at {
            true => None,
            false => Some(end::of_form(&self.ends_at, reader)?),
        };
        Ok(Change {
            email: differs(&self.email, &is.email),
            first_name: differs(&self.first_name, &is.first_name),
            last_name: differs(&self.last_name, &is.last_name),
            phone: differs(&self.phone, &is.phone),
            time_zone: differs(&self.time_zone, &is.time_zone),
            locale: differs(&self.locale, &is.locale),
            asked: Asked {
                roles: replaced(&self.role, &is.role),
                template: template.map(|id| (!id.is_empty()).then_some(id)),
                features,
                teams: replaced(&self.teams, &is.teams),
                projects: replaced(&self.projects, &is.projects),
                ends_at,
            },
            status: Status::parse(&self.status).filter(|_| self.status != is.status),
            permissions: (self.permission != is.permission)
                .then(|| Some(self.by_category(&standing.organization))),
        })
    }

    fn by_category(&self, organization: &Organization) -> BTreeMap<String, Option<Vec<String>>> {
        let typed = self.permissions();
        let actions = |key: &str| {
            typed.actions(key).map(|actions| actions.iter().map(str::to_owned).collect::<Vec<_>>())
        };
        organization.model.categories.iter().map(|c| (c.key.clone(), actions(&c.key))).collect()
    }

    /// The form after somebody else saved: what was typed stays, what was not touched follows. And what they changed.
    pub fn merged(&self, was: &Self, is: &Self) -> (Self, Vec<Meanwhile>) {
        let mut merged = self.clone();
        let mut changed = Vec::new();
        macro_rules! line {
            ($label:literal, $field:ident, $texts:expr) => {
                if was.$field != is.$field {
                    let texts = $texts;
                    changed.push(Meanwhile { label: $label, was: texts(&was.$field), is: texts(&is.$field) });
                }
                if self.$field == was.$field {
                    merged.$field = is.$field.clone();
                }
            };
        }
        let one = |text: &String| vec![text.clone()];
        let many = |list: &Vec<String>| list.clone();
        line!("First name", first_name, one);
        line!("Last name", last_name, one);
        line!("E-mail", email, one);
        line!("Phone number", phone, one);
        line!("Time zone", time_zone, one);
        line!("Language", locale, one);
        line!("Status", status, one);
        line!("Ends", ends_at, one);
        line!("Role", role, many);
        line!("Role template", role_template, one);
        line!("Feature access", feature, |on: &bool| vec![if *on { "on" } else { "off" }.to_owned()]);
        line!("Teams", teams, many);
        line!("Projects", projects, many);
        line!("Direct permissions", permission, many);
        (merged, changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(first: &str, phone: &str, role: &[&str]) -> Typed {
        Typed {
            first_name: first.into(),
            phone: phone.into(),
            role: role.iter().map(|key| (*key).to_owned()).collect(),
            ..Typed::default()
        }
    }

    #[test]
    fn what_was_typed_stays_and_what_was_not_touched_follows() {
        let was = typed("Bob", "1", &["user"]);
        let is = typed("Rob", "1", &["admin"]);
        let (merged, changed) = typed("Bobby", "2", &["user"]).merged(&was, &is);
        assert_eq!(merged, typed("Bobby", "2", &["admin"]));
        let labels: Vec<&str> = changed.iter().map(|line| line.label).collect();
        assert_eq!(labels, ["First name", "Role"]);
        assert_eq!(
            (&changed[1].was[..], &changed[1].is[..]),
            (&["user".to_owned()][..], &["admin".to_owned()][..])
        );
    }

    #[test]
    fn order_and_white_space_are_no_change() {
        let form = typed(" Bob ", "", &["b", "a", "b"]).tidied();
        assert_eq!(form, typed("Bob", "", &["a", "b"]));
    }
}
