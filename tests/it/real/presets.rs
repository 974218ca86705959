//! For each access model a real invitation, from the mail to the first sign-in (AM-1 to AM-5, INV-1, INV-8).

use serde_json::json;

use super::{Engine, Installation, MailServer, PASSWORD, on_both_engines};

on_both_engines!(each_preset_takes_a_person_from_the_mail_to_the_first_sign_in);

/// A preset as its source document has it: default role with its label, and who may not hand out which role.
struct Expected {
    preset: &'static str,
    top: &'static str,
    default: (&'static str, &'static str),
    second: &'static str,
    grants: &'static [&'static str],
    refuses: &'static [&'static str],
}

const PRESETS: [Expected; 5] = [
    Expected {
        preset: "owner-administrator-user",
        top: "owner",
        default: ("user", "User"),
        second: "administrator",
        grants: &["administrator", "user"],
        refuses: &["owner"],
    },
    Expected {
        preset: "admin-user",
        top: "admin",
        default: ("user", "User"),
        second: "admin",
        grants: &["admin", "user"],
        refuses: &[],
    },
    Expected {
        preset: "ranked-workspace",
        top: "admin",
        default: ("agent_user", "AgentUser"),
        second: "manager",
        grants: &["admin", "manager", "editor", "monitor", "agent_user"],
        refuses: &[],
    },
    Expected {
        preset: "owner-admin-manager",
        top: "owner",
        default: ("bot_manager", "User / Bot Manager"),
        second: "admin",
        grants: &["bot_manager"],
        refuses: &["owner", "admin"],
    },
    Expected {
        preset: "multi-role",
        top: "administrator",
        default: ("member", "Member"),
        second: "user_manager",
        grants: &["user_manager", "member"],
        refuses: &["administrator", "auditor"],
    },
];

fn each_preset_takes_a_person_from_the_mail_to_the_first_sign_in(engine: Engine) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    let file = roster.password_file();
    let server = roster.start();
    for expected in &PRESETS {
        let Expected { preset, top, default, second, grants, refuses } = expected;
        let owner = format!("boss@{preset}.test");
        let create = ["organization", "create", "--name", preset, "--slug", preset, "--preset", preset];
        let person = [
            "--owner-email",
            &owner,
            "--owner-first-name",
            "Bo",
            "--owner-last-name",
            "Boss",
            "--owner-password-file",
            &file,
        ];
        roster.must_run(&[&create[..], &person[..]].concat());
        let boss = server.visitor().sign_in(&owner, PASSWORD);
        let organization = format!("/api/v1/organizations/{preset}");
        assert_eq!(
            boss.get("/api/v1/session").ok()["member"]["roles"][0]["key"],
            *top,
            "{preset}: who sets up gets the top role"
        );

        let newcomer = format!("newcomer@{preset}.test");
        boss.post(&format!("{organization}/invitations"), json!({"email": newcomer})).ok();
        let letter = mail.letter_to(&newcomer);
        assert!(
            letter.plain().contains("Bo Boss"),
            "{preset}: the letter says who invites: {}",
            letter.plain()
        );
        assert_eq!(server.visitor().accept(&letter.token()).status, 201, "{preset}");
        let session = server.visitor().sign_in(&newcomer, PASSWORD).get("/api/v1/session").ok();
        assert_eq!(session["member"]["roles"][0]["key"], default.0, "{preset}: the default role");
        assert_eq!(session["member"]["roles"][0]["label"], default.1, "{preset}: its label");
        assert_eq!(session["member"]["status"], "active");

        let deputy = format!("deputy@{preset}.test");
        boss.post(&format!("{organization}/invitations"), json!({"email": deputy, "role": second})).ok();
        let token = mail.letter_to(&deputy).token();
        let accepted = server.visitor().accept(&token).ok();
        let deputy = server.visitor().holding(accepted["token"].as_str().expect("a token"));
        for role in *grants {
            let body = json!({"email": format!("{role}@{preset}.test"), "role": role});
            assert_eq!(
                deputy.post(&format!("{organization}/invitations"), body).outcome(),
                "200",
                "{preset}: {second} grants {role}"
            );
        }
        for role in *refuses {
            let body = json!({"email": format!("{role}@{preset}.test"), "role": role});
            let answer = deputy.post(&format!("{organization}/invitations"), body);
            assert_eq!(answer.outcome(), "403 outside_grant_rule", "{preset}: {second} never grants {role}");
        }
    }
}
