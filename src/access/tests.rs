mod agreeing;
#[allow(dead_code, reason = "the stories need more of it")]
mod reference;
mod shaped;
mod worlds;

use proptest::prelude::*;

use super::*;
use crate::access_model;
use crate::access_model::{AccessModel, Permission, PermissionSet, Presets};

fn admin_user() -> AccessModel {
    let presets = Presets::load().expect("the presets are sound");
    presets.find("admin-user").expect("it is a preset").model.clone()
}

/// One member of the admin-user preset, owned, so that tests can say what differs.
#[derive(Clone, Debug)]
struct Person {
    active: bool,
    roles: Vec<(&'static str, PermissionSet)>,
    template: Option<PermissionSet>,
    direct: PermissionSet,
    features: FeatureAccess,
}

impl Person {
    fn holding(role: &'static str, direct: &[(&'static str, &'static str)]) -> Person {
        Person {
            active: true,
            roles: vec![(role, PermissionSet::new())],
            template: None,
            direct: direct.iter().copied().collect(),
            features: FeatureAccess::default(),
        }
    }

    /// Asks something about the person.
    fn ask<T>(&self, model: &AccessModel, question: impl FnOnce(&Holdings<'_>) -> T) -> T {
        let roles: Vec<_> = self
            .roles
            .iter()
            .map(|(key, permissions)| HeldRole { key, top: *key == "admin", permissions })
            .collect();
        let template =
            self.template.as_ref().map(|permissions| HeldTemplate { name: "Support", permissions });
        question(&Holdings {
            model,
            active: self.active,
            roles: &roles,
            template,
            direct: &self.direct,
            features: &self.features,
        })
    }

    fn effective(&self, model: &AccessModel) -> PermissionSet {
        self.ask(model, |holdings| holdings.effective())
    }

    fn explained(&self, model: &AccessModel) -> serde_json::Value {
        self.ask(model, |holdings| serde_json::to_value(holdings.explained()).expect("JSON"))
    }
}

#[test]
fn every_source_is_named_in_the_order_in_which_people_look() {
    let mut person = Person::holding("user", &[("conversations", "view"), ("analytics", "export")]);
    person.roles[0].1.insert("conversations", "view");
    person.template = Some([("conversations", "manage")].into_iter().collect());
    assert_eq!(
        person.explained(&admin_user()),
        serde_json::json!({
            "permissions": {
                "analytics": [{"action": "export", "sources": ["direct"]}],
                "conversations": [
                    {"action": "view", "sources": ["role:user", "template:Support", "direct"]},
                    {"action": "create", "sources": ["template:Support"]},
                    {"action": "edit", "sources": ["template:Support"]},
                    {"action": "delete", "sources": ["template:Support"]},
                    {"action": "manage", "sources": ["template:Support"]},
                ],
            },
            "withheld": [],
        })
    );
}

/// AM-2: CRM access is off by default, takes away CRM alone, and is always on for an Admin.
#[test]
fn a_feature_that_is_off_withholds_its_category_alone() {
    let model = admin_user();
    let mut person = Person::holding("user", &[("crm", "view"), ("analytics", "view")]);
    assert_eq!(person.effective(&model).to_json(), r#"{"analytics":["view"]}"#);
    let withheld = serde_json::json!([{"category": "crm", "feature": "crm"}]);
    assert_eq!(person.explained(&model)["withheld"], withheld);
    person.features.set("crm", true);
    assert_eq!(person.effective(&model).to_json(), r#"{"analytics":["view"],"crm":["view"]}"#);
    person.features.set("crm", false);
    person.roles[0].0 = "admin";
    assert_eq!(person.effective(&model).to_json(), r#"{"analytics":["view"],"crm":["view"]}"#);
    assert_eq!(person.features.effective(&model, ["admin"]).to_json(), r#"{"crm":true}"#);
    assert_eq!(person.features.effective(&model, ["user"]).to_json(), r#"{"crm":false}"#);
}

#[test]
fn nothing_is_withheld_where_nothing_would_be_had() {
    let explained = Person::holding("user", &[("analytics", "view")]).explained(&admin_user());
    assert_eq!(explained["withheld"], serde_json::json!([]));
}

#[test]
fn who_is_not_active_may_do_nothing() {
    let model = admin_user();
    let mut person = Person::holding("admin", &[("users", "manage")]);
    person.active = false;
    assert!(person.effective(&model).is_empty());
    assert_eq!(person.explained(&model), serde_json::json!({"permissions": {}, "withheld": []}));
    let sources = person.ask(&model, |holdings| holdings.sources("users", "view").len());
    assert_eq!(sources, 1, "the chain still shows what the status takes away");
}

#[test]
fn what_the_model_no_longer_knows_gives_nothing() {
    let mut model = admin_user();
    let person = Person::holding("user", &[("users", "manage"), ("analytics", "view")]);
    model.categories.retain(|category| category.key != "analytics");
    let users = model.categories.iter_mut().find(|category| category.key == "users").expect("a category");
    users.actions = ["view", "edit"].into_iter().collect();
    assert!(person.effective(&model).is_empty());
    assert_eq!(person.explained(&model)["permissions"], serde_json::json!({}));
}

fn any_permissions() -> impl Strategy<Value = PermissionSet> {
    let category = prop::sample::select(vec!["users", "conversations", "analytics", "crm", "weather"]);
    let action = prop::sample::select(vec!["view", "create", "edit", "delete", "manage", "export", "assign"]);
    prop::collection::vec((category, action), 0..8).prop_map(|pairs| pairs.into_iter().collect())
}

fn any_person() -> impl Strategy<Value = Person> {
    let role = (prop::sample::select(vec!["admin", "user", "auditor"]), any_permissions());
    let switch = prop::option::of(any::<bool>());
    let parts = (
        prop::bool::weighted(0.9),
        prop::collection::vec(role, 0..3),
        prop::option::of(any_permissions()),
        any_permissions(),
        switch,
    );
    parts.prop_map(|(active, roles, template, direct, crm)| Person {
        active,
        roles,
        template,
        direct,
        features: crm.map(|on| ("crm", on)).into_iter().collect(),
    })
}

/// The admin-user preset, sometimes with a category that can't be managed.
fn any_model() -> impl Strategy<Value = AccessModel> {
    any::<bool>().prop_map(|unmanaged| {
        let mut model = admin_user();
        if unmanaged {
            model.categories[0].actions = ["view", "assign"].into_iter().collect();
        }
        model
    })
}

proptest! {
    #[test]
    fn the_answer_with_reasons_is_the_answer_without(person in any_person(), model in any_model()) {
        let explained: PermissionSet = person.ask(&model, |holdings| {
            let explained = holdings.explained();
            let pairs = explained.permissions.iter();
            pairs.flat_map(|(category, given)| given.iter().map(move |g| (*category, g.action))).collect()
        });
        prop_assert_eq!(person.effective(&model), explained);
    }

    #[test]
    fn every_reason_gives_what_it_is_named_for(person in any_person(), model in any_model()) {
        let all_given = person.ask(&model, |holdings| {
            let explained = holdings.explained();
            explained.permissions.iter().all(|(category, given)| given.iter().all(|given| {
                !given.sources.is_empty() && given.sources == holdings.sources(category, given.action)
            }))
        });
        prop_assert!(all_given);
    }

    #[test]
    fn more_permissions_never_take_one_away(person in any_person(), more in any_permissions()) {
        let model = admin_user();
        let before = person.effective(&model);
        let mut richer = person.clone();
        richer.direct.add_all(&more);
        prop_assert!(richer.effective(&model).contains_all(&before));
        let mut promoted = person.clone();
        promoted.roles.push(("auditor", more));
        prop_assert!(promoted.effective(&model).contains_all(&before));
    }

    #[test]
    fn a_feature_decides_about_its_category_alone(person in any_person()) {
        let model = admin_user();
        let with = |on| {
            let mut person = person.clone();
            person.features.set("crm", on);
            person.effective(&model)
        };
        prop_assert_eq!(with(true).without_category("crm"), with(false).without_category("crm"));
        let admin = person.roles.iter().any(|(key, _)| *key == "admin");
        prop_assert!(admin || with(false).actions("crm").is_none());
    }

    #[test]
    fn nothing_is_allowed_that_nobody_gave(person in any_person(), model in any_model()) {
        let mut given = person.direct.clone();
        person.roles.iter().for_each(|(_, permissions)| given.add_all(permissions));
        person.template.iter().for_each(|permissions| given.add_all(permissions));
        for Permission { category, action } in person.effective(&model).iter() {
            prop_assert!(person.active && given.allows(&category, &action) && model.knows(&category, &action));
        }
    }
}
