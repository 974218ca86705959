use crate::access_model::Preset;

/// A small preset without a fault, for tests to break.
const SOUND: &str = r#"preset = "small"
name = "Small"
description = "For tests."
singleRole = true
invitationLifetimeDays = 7

[[categories]]
key = "users"
label = "Users"

[[categories]]
key = "settings"
label = "Settings"

[[features]]
key = "beta"
label = "Beta"
category = "settings"
alwaysOnRoles = ["admin"]

[[roles]]
key = "admin"
label = "Admin"
rank = 20
top = true
grants = ["admin", "user"]

[roles.permissions]
users = ["manage"]
settings = ["manage"]

[[roles]]
key = "user"
label = "User"
rank = 10
default = true
grants = ["user"]
"#;

/// The message for the sound file with one piece of it replaced.
fn message(piece: &str, by: &str) -> String {
    assert!(SOUND.contains(piece), "{piece:?} stands in the file");
    Preset::parse("presets/small.toml", &SOUND.replacen(piece, by, 1)).expect_err("a fault").to_string()
}

#[test]
fn a_sound_file_is_read() {
    assert!(Preset::parse("presets/small.toml", SOUND).is_ok());
}

/// AM: an error names file, line and fix.
#[test]
fn every_fault_names_file_line_and_fix() {
    let faults = [
        ("grants of an unknown role", r#"["admin", "user"]"#, "[\"admin\",\n\"usr\"]"),
        ("a role granted twice", r#"["admin", "user"]"#, r#"["admin", "user", "user"]"#),
        ("permissions in an unknown category", "settings = [\"manage\"]", "setings = [\"manage\"]"),
        ("an unknown action", "settings = [\"manage\"]", "settings = [\"veiw\", \"approve\"]"),
        ("no default role", "default = true", "default = false"),
        ("two default roles", "rank = 20", "rank = 20\ndefault = true"),
        ("a top role by default", "default = true", "default = true\ntop = true"),
        ("the highest role is not top", "top = true", "top = false"),
        ("ranks that are equal", "rank = 10", "rank = 20"),
        ("a role that stands twice", "key = \"user\"", "key = \"admin\""),
        ("a key with a capital", "key = \"user\"", "key = \"User\""),
        ("a feature of an unknown category", "category = \"settings\"", "category = \"billing\""),
        (
            "a feature always on for nobody known",
            r#"alwaysOnRoles = ["admin"]"#,
            r#"alwaysOnRoles = ["boss"]"#,
        ),
        ("a lifetime of no days", "invitationLifetimeDays = 7", "invitationLifetimeDays = 0"),
        ("a lifetime in words", "invitationLifetimeDays = 7", "invitationLifetimeDays = \"a week\""),
        ("a missing key", "label = \"Admin\"\n", ""),
        ("a missing setting", "singleRole = true\n", ""),
        ("a duplicate key", "rank = 20", "rank = 20\nrank = 30"),
        ("a misspelt key of a role", "default = true", "defualt = true"),
        ("a misspelt setting", "singleRole = true", "singleRole = true\nsingelRole = true"),
        ("a misspelt table", "[roles.permissions]", "[roles.permisions]"),
        ("an area that nothing governs", "[[features]]", "[areas]\nusers = \"people\"\n\n[[features]]"),
        ("an empty label", "label = \"Settings\"", "label = \" \""),
        ("a category without actions", "label = \"Settings\"", "label = \"Settings\"\nactions = []"),
        ("another name than the file's", "preset = \"small\"", "preset = \"tiny\""),
        ("no TOML at all", "[[categories]]", "[[categories]"),
    ];
    let report: String =
        faults.iter().map(|(what, piece, by)| format!("{what}\n{}\n\n", message(piece, by))).collect();
    insta::assert_snapshot!(report);
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let broken = SOUND
        .replace("\"user\"]", "\"usr\"]")
        .replace("invitationLifetimeDays = 7", "invitationLifetimeDays = 999");
    let message = Preset::parse("presets/small.toml", &broken).expect_err("three faults").to_string();
    let lines: Vec<_> = message.lines().filter_map(|line| line.split(':').nth(1)).collect();
    assert_eq!(lines, ["5", "26", "37"]);
}
