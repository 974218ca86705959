//! Which role may do what of Roster's own, in every preset, as one table for a reader's eyes (R24).

use std::fmt::Write;

use roster::access_model::{Area, Presets};

const ACTIONS: [&str; 5] = ["view", "create", "edit", "delete", "manage"];

/// A role's permissions with those of the lower ranks, where it includes them.
pub fn allows(
    roles: &[roster::access_model::RoleDefinition],
    at: usize,
    category: &str,
    action: &str,
) -> bool {
    let role = &roles[at];
    let lower = roles.iter().filter(|other| role.includes_lower && other.rank < role.rank);
    std::iter::once(role).chain(lower).any(|role| role.permissions.allows(category, action))
}

#[test]
fn role_by_permission_by_preset() {
    let presets = Presets::load().unwrap();
    let mut table = String::new();
    for preset in presets.iter() {
        writeln!(table, "{}", preset.key()).unwrap();
        let width = preset.roles.iter().map(|role| role.key.len()).max().unwrap_or(0);
        let header: Vec<String> = preset.roles.iter().map(|role| format!("{:<width$}", role.key)).collect();
        writeln!(table, "  {:<14} {:<18} {}", "area", "category", header.join("  ").trim_end()).unwrap();
        for area in Area::ALL {
            let category = preset.model.governing_category(area);
            let cells: Vec<String> = (0..preset.roles.len())
                .map(|at| {
                    let letters: String = ACTIONS
                        .iter()
                        .map(|action| {
                            let needed = preset.model.permission_for(area, action);
                            let may = allows(&preset.roles, at, &needed.category, &needed.action);
                            if may { &action[..1] } else { "-" }
                        })
                        .collect();
                    format!("{letters:<width$}")
                })
                .collect();
            let area = format!("{area:?}");
            writeln!(table, "  {area:<14} {category:<18} {}", cells.join("  ").trim_end()).unwrap();
        }
        writeln!(table).unwrap();
    }
    insta::assert_snapshot!(table);
}
