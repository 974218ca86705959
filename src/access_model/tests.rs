use super::*;

#[test]
fn the_embedded_presets_hold_together() {
    let presets = Presets::load().unwrap_or_else(|error| panic!("{error}"));
    let keys: Vec<_> = presets.iter().map(Preset::key).collect();
    let named =
        ["owner-administrator-user", "admin-user", "ranked-workspace", "owner-admin-manager", "multi-role"];
    assert_eq!(keys, named);
}
