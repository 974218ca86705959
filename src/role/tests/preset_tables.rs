use crate::access_model::{ActionSet, Feature, PermissionSet, Preset, Presets, RoleDefinition};
use crate::role::permissions_with_lower;

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words = words.collect::<Vec<_>>().join(" ");
    if words.is_empty() { "–".to_owned() } else { words }
}

fn describe_actions(held: Option<&ActionSet>) -> String {
    words(held.into_iter().flat_map(ActionSet::iter))
}

fn describe_role(preset: &Preset, role: &RoleDefinition) -> String {
    let marks = [(role.top, "top"), (role.default, "default"), (role.includes_lower, "includes lower")];
    let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| format!(", {mark}")).collect();
    let mut text = format!("\n{} = {:?}, rank {}{marks}\n", role.key, role.label, role.rank);
    text += &format!("  grants              {}\n", words(role.grants.iter().map(String::as_str)));
    let allowed: PermissionSet = permissions_with_lower(role, &preset.roles).expand(&preset.model);
    for category in &preset.model.categories {
        text += &format!("  {:<19} {}\n", category.key, describe_actions(allowed.actions(&category.key)));
    }
    text
}

fn describe_feature(feature: &Feature) -> String {
    let always = words(feature.always_on_roles.iter().map(String::as_str));
    let Feature { key, label, category, default_on, .. } = feature;
    format!("feature {key} = {label:?} gates {category}, default on: {default_on}, always on for: {always}\n")
}

fn describe(preset: &Preset) -> String {
    let model = &preset.model;
    let labels = &model.labels;
    let mut text = format!("{}\n{}\n{}\n\n", model.preset, model.name, model.description);
    text += &format!("single role: {}\n", model.single_role);
    text += &format!("invitation lifetime: {} days\n", model.invitation_lifetime_days);
    text += &format!("expired invitation holds seat: {}\n", model.seats.expired_invitation_holds_seat);
    let erases = model.removal.erases_account_without_other_membership;
    text += &format!("removal erases account without other membership: {erases}\n");
    text += &format!("shows first: {:?}\n", model.shows_first);
    text += &format!("role picker: {:?}\n", model.role_picker);
    for (name, label) in labels.words.entries().chain(labels.status.entries()) {
        text += &format!("label {name} = {label}\n");
    }
    for (name, label) in labels.invitation.entries().chain(labels.verbs.entries()) {
        text += &format!("label {name} = {label}\n");
    }
    text += &model.features.iter().map(describe_feature).collect::<String>();
    text + &preset.roles.iter().map(|role| describe_role(preset, role)).collect::<String>()
}

/// AM-1 to AM-5: each preset as a table that a reviewer can hold against the source documents.
#[test]
fn each_preset_says_what_its_product_says() {
    let presets = Presets::load().unwrap_or_else(|error| panic!("{error}"));
    for preset in presets.iter() {
        insta::assert_snapshot!(preset.key(), describe(preset));
    }
}

#[test]
fn presets_are_found_by_key_in_the_order_in_which_they_are_offered() {
    let presets = Presets::load().expect("the presets are sound");
    let keys: Vec<_> = presets.iter().map(Preset::key).collect();
    assert_eq!(
        keys,
        ["owner-administrator-user", "admin-user", "ranked-workspace", "owner-admin-manager", "multi-role"]
    );
    let ranked = presets.find("ranked-workspace").expect("it is a preset");
    assert_eq!((&*ranked.top_role().key, &*ranked.default_role().key), ("admin", "agent_user"));
    assert!(presets.find("unheard-of").is_none());
}
