use proptest::prelude::*;

use crate::access_model::{AccessModel, ActionSet, Permission, PermissionSet, Presets};

/// Any set over a few categories, one of them unknown to the model, and actions, one of them of our own.
fn any_permissions() -> impl Strategy<Value = PermissionSet> {
    let category = prop::sample::select(vec!["users", "conversations", "analytics", "crm", "weather"]);
    let action = prop::sample::select(vec!["view", "create", "edit", "delete", "manage", "export", "assign"]);
    prop::collection::vec((category, action), 0..12).prop_map(|pairs| pairs.into_iter().collect())
}

fn admin_user() -> AccessModel {
    let presets = Presets::load().expect("the presets are sound");
    presets.find("admin-user").expect("it is a preset").model.clone()
}

fn set(json: &str) -> PermissionSet {
    PermissionSet::from_json(json).expect("a permission set")
}

#[test]
fn actions_stand_in_reading_order_and_empty_categories_vanish() {
    let read =
        set(r#"{"users":["zap","manage","assign","view","view"],"crm":[],"analytics":["export","edit"]}"#);
    assert_eq!(read.to_json(), r#"{"analytics":["edit","export"],"users":["view","manage","assign","zap"]}"#);
}

#[test]
fn manage_allows_every_action_of_its_category_and_no_other() {
    let held = set(r#"{"users":["manage"]}"#);
    assert!(held.allows("users", "delete") && held.allows("users", "assign"));
    assert!(!held.allows("settings", "view"));
    assert!(held.contains_all(&set(r#"{"users":["view","export"]}"#)));
    assert!(!set(r#"{"users":["view","create","edit","delete"]}"#).contains_all(&held));
}

#[test]
fn expanding_spells_manage_out_and_drops_what_the_model_does_not_know() {
    let held = set(r#"{"crm":["manage"],"users":["view","export"],"weather":["manage"]}"#);
    let expanded = held.expand(&admin_user());
    assert_eq!(
        expanded.to_json(),
        r#"{"crm":["view","create","edit","delete","manage","export"],"users":["view"]}"#
    );
    let unknown: Vec<_> = admin_user().unknown_permissions(&held).iter().map(Permission::to_string).collect();
    assert_eq!(unknown, ["users:export", "weather:manage"]);
}

#[test]
fn a_permission_is_written_category_colon_action() {
    assert_eq!("users:view".parse(), Ok(Permission::new("users", "view")));
    for wrong in ["", "users", ":view", "users:", "a:b:c"] {
        assert!(wrong.parse::<Permission>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_model_survives_its_json() {
    let presets = Presets::load().expect("the presets are sound");
    for preset in presets.iter() {
        let stored = preset.model.to_json();
        assert_eq!(AccessModel::from_json(&stored).expect("what we wrote"), preset.model);
    }
}

proptest! {
    #[test]
    fn json_loses_nothing(a in any_permissions()) {
        prop_assert_eq!(PermissionSet::from_json(&a.to_json()).expect("what we wrote"), a);
    }

    #[test]
    fn union_holds_both_and_nothing_else(a in any_permissions(), b in any_permissions()) {
        let both = a.clone().union(&b);
        prop_assert!(both.contains_all(&a) && both.contains_all(&b));
        prop_assert_eq!(&both, &b.clone().union(&a));
        for Permission { category, action } in both.iter() {
            prop_assert!(a.allows(&category, &action) || b.allows(&category, &action));
        }
    }

    #[test]
    fn containing_all_is_allowing_each(a in any_permissions(), b in any_permissions()) {
        let each = b.iter().all(|permission| a.allows(&permission.category, &permission.action));
        prop_assert_eq!(a.contains_all(&b), each);
        prop_assert!(a.contains_all(&a));
    }

    #[test]
    fn what_is_beyond_completes_the_set(a in any_permissions(), b in any_permissions()) {
        let beyond = a.beyond(&b);
        prop_assert!(a.contains_all(&beyond));
        prop_assert!(b.clone().union(&beyond).contains_all(&a));
        prop_assert!(beyond.iter().all(|p| !b.allows(&p.category, &p.action)));
    }

    #[test]
    fn expanding_changes_no_answer_that_the_model_knows(a in any_permissions()) {
        let model = admin_user();
        let expanded = a.expand(&model);
        prop_assert_eq!(expanded.expand(&model), expanded.clone());
        for Permission { category, action } in model.all_permissions().iter() {
            prop_assert_eq!(a.allows(&category, &action), expanded.allows(&category, &action));
            let by_name = expanded.actions(&category).is_some_and(|held: &ActionSet| held.contains(&action));
            prop_assert_eq!(by_name, expanded.allows(&category, &action));
        }
    }

    #[test]
    fn without_a_category_nothing_of_it_is_left(a in any_permissions()) {
        let left = a.clone().without_category("crm");
        prop_assert!(!left.allows("crm", "view") && left.actions("crm").is_none());
        prop_assert_eq!(left.allows("users", "view"), a.allows("users", "view"));
    }
}
