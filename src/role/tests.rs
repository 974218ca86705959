mod preset_tables;

use proptest::prelude::*;

use super::*;
use crate::access_model::{Preset, Presets};

fn preset(key: &str) -> Preset {
    let presets = Presets::load().expect("the presets are sound");
    presets.find(key).expect("it is a preset").clone()
}

fn role(preset: &Preset, key: &str) -> RoleRef {
    preset.role(key).expect("a role of the preset").into()
}

/// Who grants whom and who manages whom, for every pair of roles of every preset.
#[test]
fn the_two_rules_in_every_preset() {
    let presets = Presets::load().expect("the presets are sound");
    let mut table = String::new();
    for preset in presets.iter() {
        table += &format!("{}\n", preset.key());
        for actor in &preset.roles {
            let held = [RoleRef::from(actor)];
            let those = |rule: &dyn Fn(&RoleRef) -> bool| {
                let named = preset.roles.iter().map(RoleRef::from).filter(|other| rule(other));
                let keys = named.map(|other| other.key).collect::<Vec<_>>().join(" ");
                if keys.is_empty() { "–".to_owned() } else { keys }
            };
            table += &format!("  {:<14} grants  {}\n", actor.key, those(&|other| may_grant(&held, other)));
            let manages = those(&|other| may_manage(&held, std::slice::from_ref(other)));
            table += &format!("  {:<14} manages {manages}\n", "");
            table += &format!("  {:<14} warned  {}\n", "", those(&|other| warned(&held, other)));
        }
    }
    insta::assert_snapshot!(table);
}

fn warned(actor: &[RoleRef], role: &RoleRef) -> bool {
    may_grant(actor, role) && stands_above(role, actor)
}

/// AM-3, D3: handing Admin out is one thing, touching an Admin is another.
#[test]
fn a_manager_makes_admins_and_manages_none() {
    let ranked = preset("ranked-workspace");
    let (manager, admin) = ([role(&ranked, "manager")], role(&ranked, "admin"));
    assert!(may_grant(&manager, &admin) && stands_above(&admin, &manager));
    assert!(!may_manage(&manager, &[admin]));
    assert!(may_manage(&manager, &[role(&ranked, "manager")]));
}

/// AM-5: several roles count together, on both sides.
#[test]
fn one_role_outside_the_grant_rule_is_enough_to_be_out_of_reach() {
    let several = preset("multi-role");
    let of = |keys: &[&str]| keys.iter().map(|key| role(&several, key)).collect::<Vec<_>>();
    assert!(may_manage(&of(&["auditor", "user_manager"]), &of(&["member", "user_manager"])));
    assert!(!may_manage(&of(&["user_manager"]), &of(&["member", "auditor"])));
    assert!(!may_manage(&of(&["auditor", "member"]), &of(&["member"])));
}

#[test]
fn a_top_role_reaches_roles_that_were_added_later_and_ranked_higher() {
    let owner = [role(&preset("owner-administrator-user"), "owner")];
    let later = RoleRef { key: "auditor".into(), rank: 1_000, top: false, grants: vec![] };
    assert!(may_grant(&owner, &later) && may_manage(&owner, std::slice::from_ref(&later)));
    assert!(!stands_above(&later, &owner));
}

#[test]
fn a_member_without_roles_is_managed_by_who_holds_some_role() {
    let user = [role(&preset("admin-user"), "user")];
    assert!(may_manage(&user, &[]));
    assert!(!may_manage(&[], &[]) && !may_manage(&[], &user));
}

#[test]
fn a_role_that_includes_the_lower_ones_adds_them_up() {
    let ranked = preset("ranked-workspace");
    let of = |key: &str| permissions_with_lower(ranked.role(key).expect("a role"), &ranked.roles);
    assert!(of("editor").contains_all(&of("monitor")) && of("monitor").contains_all(&of("agent_user")));
    assert!(of("monitor").allows("inbox", "edit") && !of("monitor").allows("models", "edit"));
    assert!(!of("editor").allows("users", "edit"));
    let apart = preset("admin-user");
    let admin = apart.role("admin").expect("a role");
    assert_eq!(permissions_with_lower(admin, &apart.roles), admin.permissions);
}

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Six roles with any ranks, grant rules and any of them top.
fn any_roles() -> impl Strategy<Value = Vec<RoleRef>> {
    let one = (0..6_i64, prop::bool::weighted(0.15), prop::sample::subsequence(KEYS.to_vec(), 0..=6));
    prop::collection::vec(one, 6).prop_map(|parts| {
        let roles = parts.into_iter().zip(KEYS).map(|((rank, top, grants), key)| RoleRef {
            key: key.to_owned(),
            rank,
            top,
            grants: grants.into_iter().map(str::to_owned).collect(),
        });
        roles.collect()
    })
}

/// What two people hold out of the same six roles.
fn any_two() -> impl Strategy<Value = (Vec<RoleRef>, Vec<RoleRef>)> {
    any_roles().prop_flat_map(|roles| {
        (prop::sample::subsequence(roles.clone(), 0..=3), prop::sample::subsequence(roles, 0..=3))
    })
}

proptest! {
    #[test]
    fn nobody_without_a_top_role_grants_beyond_the_grant_rule((actor, others) in any_two()) {
        for role in &others {
            let named = actor.iter().any(|held| held.grants.contains(&role.key));
            let top = actor.iter().any(|held| held.top);
            prop_assert_eq!(may_grant(&actor, role), named || top);
        }
    }

    #[test]
    fn managing_needs_the_grant_of_every_role_and_no_higher_one((actor, target) in any_two()) {
        if may_manage(&actor, &target) {
            prop_assert!(target.iter().all(|role| may_grant(&actor, role) && !stands_above(role, &actor)));
        }
    }

    #[test]
    fn more_roles_reach_more_and_are_reached_by_fewer((actor, target) in any_two(), more in any_roles()) {
        let promoted: Vec<_> = actor.iter().chain(&more).cloned().collect();
        prop_assert!(!may_manage(&actor, &target) || may_manage(&promoted, &target));
        let guarded: Vec<_> = target.iter().chain(&more).cloned().collect();
        prop_assert!(!may_manage(&actor, &guarded) || may_manage(&actor, &target));
    }

    #[test]
    fn of_two_who_stand_apart_only_the_higher_manages_the_other((one, other) in any_two()) {
        if standing(&one) != standing(&other) {
            prop_assert!(!(may_manage(&one, &other) && may_manage(&other, &one)));
        }
    }

    #[test]
    fn a_top_role_manages_everybody((mut actor, target) in any_two()) {
        actor.push(RoleRef { key: "top".into(), rank: 9, top: true, grants: vec![] });
        prop_assert!(target.iter().all(|role| may_grant(&actor, role)));
        let tops = target.iter().filter(|role| role.top).map(|role| role.rank).max();
        prop_assert!(tops.is_some_and(|rank| rank > 9) || may_manage(&actor, &target));
    }
}
