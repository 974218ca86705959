//! A member's permissions as a table: what the evaluator says, and in a form what can be granted directly.

use crate::access::{Explained, Source};
use crate::access_model::{AccessModel, Category, MANAGE, PermissionSet};
use crate::console::matrix::{By, Cell, Matrix, Row, title};
use crate::role::store::Role;

/// What stands in the cells of a table.
pub struct Table<'a> {
    /// The organization's access model.
    pub model: &'a AccessModel,
    /// Its roles, for their labels.
    pub roles: &'a [Role],
    /// What the evaluator says of an active member.
    pub explained: &'a Explained<'a>,
    /// Whose table it is.
    pub name: String,
}

/// What can be changed in a form.
pub struct Grants<'a> {
    /// What is granted directly, as it stands in the form.
    pub direct: &'a PermissionSet,
    /// What the reader may grant: nobody gives what they do not hold.
    pub own: &'a PermissionSet,
}

impl Table<'_> {
    /// The table to look at.
    pub fn shown(&self) -> Matrix {
        self.matrix(None)
    }

    /// The table to tick in.
    pub fn form(&self, grants: &Grants<'_>) -> Matrix {
        self.matrix(Some(grants))
    }

    fn matrix(&self, grants: Option<&Grants<'_>>) -> Matrix {
        let actions = self.model.actions();
        let rows: Vec<Row> = self.model.categories.iter().map(|c| self.row(c, &actions, grants)).collect();
        let mut matrix = Matrix {
            caption: format!("Permissions of {} and where each comes from", self.name),
            actions: actions.iter().map(|action| title(action)).collect(),
            rows,
            legend: Vec::new(),
        };
        let words = [
            (By::Role, "By role"),
            (By::Template, "By role template"),
            (By::Direct, "Granted directly"),
            (By::Nobody, "Not granted"),
        ];
        let used = words.into_iter().filter(|(by, _)| matrix.count(*by) > 0);
        matrix.legend = used.map(|(by, words)| (by, words.to_owned())).collect();
        matrix
    }

    fn row(&self, category: &Category, actions: &[&str], grants: Option<&Grants<'_>>) -> Row {
        let withheld = self.explained.withheld.iter().find(|withheld| withheld.category == category.key);
        let feature = withheld.and_then(|withheld| self.model.feature(withheld.feature));
        let note = feature.map(|feature| format!("{} is off", feature.label));
        let cell = |action: &&str| match grants {
            _ if !category.actions.contains(action) => Cell {
                by: By::Absent,
                says: format!("{} does not know {}", category.label, title(action)),
                value: None,
                kept: None,
            },
            None => self.cell(category, action, note.as_deref()),
            Some(grants) => self.choice(category, action, grants),
        };
        Row { label: category.label.clone(), cells: actions.iter().map(cell).collect(), note: note.clone() }
    }

    fn sources(&self, category: &Category, action: &str) -> &[Source<'_>] {
        let given = self.explained.permissions.get(category.key.as_str());
        let found = given.and_then(|given| given.iter().find(|given| given.action == action));
        found.map_or(&[], |given| &given.sources)
    }

    fn cell(&self, category: &Category, action: &str, withheld: Option<&str>) -> Cell {
        let what = format!("{} {}", title(action), category.label);
        let sources = self.sources(category, action);
        let (by, why) = match (sources.first(), withheld) {
            (_, Some(why)) => (By::Withheld, format!("no, {why}")),
            (None, None) => (By::Nobody, "not granted".to_owned()),
            (Some(first), None) => {
                let all: Vec<String> = sources.iter().map(|source| self.called(source)).collect();
                (kind(first), all.join(" and "))
            }
        };
        Cell { by, says: format!("{what}: {why}"), value: None, kept: None }
    }

    /// A cell to tick: locked where a role or template gives it anyway, or where the reader has it not to give.
    fn choice(&self, category: &Category, action: &str, grants: &Grants<'_>) -> Cell {
        let what = format!("{} {}", title(action), category.label);
        let value = format!("{}:{action}", category.key);
        let actions = grants.direct.actions(&category.key);
        let direct = actions.is_some_and(|held| held.contains(action));
        let by_manage =
            actions.is_some_and(|held| held.contains(MANAGE)) && category.actions.contains(MANAGE);
        let given = self.sources(category, action).iter().find(|source| **source != Source::Direct);
        let kept = direct.then(|| value.clone());
        match given {
            Some(source) => {
                Cell { by: kind(source), says: format!("{what}: {}", self.called(source)), value: None, kept }
            }
            None if !grants.own.allows(&category.key, action) => Cell {
                by: if direct { By::Direct } else { By::Nobody },
                says: format!("{what}: you do not hold it, so you can't grant it"),
                value: None,
                kept,
            },
            None if by_manage && !direct => Cell {
                by: By::Direct,
                says: format!("{what}: part of Manage, granted directly"),
                value: None,
                kept: None,
            },
            None => Cell {
                by: if direct { By::Direct } else { By::Nobody },
                says: format!("{what}: {}", if direct { "granted directly" } else { "not granted" }),
                value: Some(value),
                kept: None,
            },
        }
    }

    fn called(&self, source: &Source<'_>) -> String {
        match source {
            Source::Role(key) => {
                let role = self.roles.iter().find(|role| role.definition.key == *key);
                format!("by the role {}", role.map_or(*key, |role| role.definition.label.as_str()))
            }
            Source::Template(name) => format!("by the role template {name}"),
            Source::Direct => "granted directly".to_owned(),
        }
    }
}

fn kind(source: &Source<'_>) -> By {
    match source {
        Source::Role(_) => By::Role,
        Source::Template(_) => By::Template,
        Source::Direct => By::Direct,
    }
}

/// `conversations:view` as "View Conversations".
pub fn called(model: &AccessModel, permission: &str) -> Option<String> {
    let (category, action) = permission.split_once(':')?;
    Some(format!("{} {}", title(action), model.category(category)?.label))
}
