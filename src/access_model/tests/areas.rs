use crate::access_model::{Area, Presets};

/// ACC-3: which category governs each of Roster's own areas, preset by preset.
#[test]
fn every_area_has_a_category_in_every_preset() {
    let presets = Presets::load().expect("the presets are sound");
    let mut table = String::new();
    for preset in presets.iter() {
        table += &format!("{}\n", preset.key());
        for area in Area::ALL {
            let category = preset.model.governing_category(area);
            assert!(preset.model.category(category).is_some());
            table += &format!("  {:<14} {category}\n", format!("{area:?}"));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn roles_are_viewed_by_view_and_changed_by_manage() {
    let presets = Presets::load().expect("the presets are sound");
    let model = &presets.find("ranked-workspace").expect("it is a preset").model;
    assert_eq!(model.permission_for(Area::Roles, "view").to_string(), "users:view");
    assert_eq!(model.permission_for(Area::Roles, "edit").to_string(), "users:manage");
    assert_eq!(model.permission_for(Area::Teams, "edit").to_string(), "users:edit");
    assert_eq!(model.permission_for(Area::Settings, "edit").to_string(), "workspace_settings:edit");
}
