//! Set-up and the choice of an organization, filled for looking at and for checking.

use super::view::*;
use crate::access_model::Words;
use crate::console::field::{Choice, Choices, Field};
use crate::console::layout::{Bare, Workspace};
use crate::console::sample::{NASTY, Sample, sample};

pub fn all() -> Vec<Sample> {
    let workspace = |name: &str, roles: &str| Workspace {
        id: format!("org_{}", name.len()),
        name: name.into(),
        roles: roles.into(),
    };
    let switch = |workspaces| SwitchPage {
        bare: Bare::default(),
        email: "mara@halden.example".into(),
        workspaces,
        here: Some("org_14".into()),
        words: Words::default(),
    };
    let several = vec![
        workspace("Halden Freight", "Admin"),
        workspace("Halden Labs", "Owner"),
        workspace(NASTY, "Monitor"),
    ];
    vec![
        sample("setup", &setup()),
        sample("setup-done", &SetupDonePage { bare: Bare::default() }),
        sample("workspaces", &switch(several)),
        sample("workspaces-none", &switch(Vec::new())),
    ]
}

fn setup() -> SetupPage {
    let preset = |key: &str, label: &str, detail: &str| {
        Choice::new(key, label).detail(detail).chosen(key == "admin-user")
    };
    SetupPage {
        bare: Bare::default(),
        problem: None,
        name: Field::text("name", "Name").required().autocomplete("organization").focused(),
        preset: Choices {
            name: "preset",
            legend: "Access model",
            options: vec![
                preset(
                    "admin-user",
                    "Admin and User",
                    "Two roles; finer grants by templates. For support and sales teams.",
                ),
                preset(
                    "ranked-workspace",
                    "Ranked workspace",
                    "Five roles from Admin to Agent, each including the lower ones.",
                ),
            ],
            hint: Some("Every role can be renamed and changed later.".into()),
            ..Choices::default()
        },
        first_name: Field::text("firstName", "First name").required().autocomplete("given-name"),
        last_name: Field::text("lastName", "Last name").required().autocomplete("family-name"),
        email: Field::email("email", "E-mail").required().autocomplete("username"),
        password: Field::new_password("password", "Password"),
    }
}
