//! Stories about the words of the access models: what each of the five products calls things, read on the pages (AM-1 to AM-5,
//! MEM-1, MEM-5, MEM-6, INV-7).

use serde_json::json;

use crate::story::Organization;
use crate::story::Person;
use crate::story::console::{opens, plain, row, rows, says, submits};

/// The words of a preset, as its source says them.
struct Model {
    preset: &'static str,
    heads: &'static str,
    /// The default role.
    role: &'static str,
    /// What stands between status and last login of somebody who is no Admin.
    feature: &'static str,
    /// Active, invited, suspended.
    status: [&'static str; 3],
    revoked: &'static str,
    invite: &'static str,
    suspend: &'static str,
    reactivate: &'static str,
    remove: &'static str,
    /// Questions before each of the three.
    asks: [&'static str; 3],
    organizations: [&'static str; 2],
    /// What removal says beyond what it says everywhere.
    removal: &'static str,
}

const HEADS: &str = "Selected Name Role Status Last login Actions";
const STAYS: &str = "Their account and their other organizations are not touched.";

const MODELS: [Model; 5] = [
    Model {
        preset: "owner-administrator-user",
        heads: "Selected Name Role Teams Status Last login Actions",
        role: "User",
        feature: "",
        status: ["Active", "Invited", "Suspended"],
        revoked: "Revoked",
        invite: "Invite user",
        suspend: "Suspend",
        reactivate: "Reactivate",
        remove: "Remove",
        asks: ["Suspend Bob Baker?", "Reactivate Bob Baker?", "Remove Bob Baker?"],
        organizations: ["organization", "organizations"],
        removal: STAYS,
    },
    Model {
        preset: "admin-user",
        heads: "Selected Name Role Role template Status CRM access Last login Actions",
        role: "User",
        feature: "Off ",
        status: ["Active", "Invited", "Suspended"],
        revoked: "Revoked",
        invite: "Invite user",
        suspend: "Suspend",
        reactivate: "Reactivate",
        remove: "Delete user",
        asks: ["Suspend Bob Baker?", "Reactivate Bob Baker?", "Delete user: Bob Baker?"],
        organizations: ["tenant", "tenants"],
        removal: "If they belong nowhere else, their account with their personal data is erased.",
    },
    Model {
        preset: "ranked-workspace",
        heads: HEADS,
        role: "AgentUser",
        feature: "",
        status: ["Active", "Invited", "Suspended"],
        revoked: "Revoked",
        invite: "Invite users",
        suspend: "Suspend",
        reactivate: "Reactivate",
        remove: "Remove user",
        asks: ["Suspend Bob Baker?", "Reactivate Bob Baker?", "Remove user: Bob Baker?"],
        organizations: ["workspace", "workspaces"],
        removal: "Their account and their other workspaces are not touched.",
    },
    Model {
        preset: "owner-admin-manager",
        heads: HEADS,
        role: "User / Bot Manager",
        feature: "",
        status: ["Active", "Invited", "Disabled"],
        revoked: "Revoked",
        invite: "Add user",
        suspend: "Disable access",
        reactivate: "Enable access",
        remove: "Delete",
        asks: ["Disable access: Bob Baker?", "Enable access: Bob Baker?", "Delete Bob Baker?"],
        organizations: ["organization", "organizations"],
        removal: STAYS,
    },
    Model {
        preset: "multi-role",
        heads: HEADS,
        role: "Member",
        feature: "",
        status: ["Active", "Pending", "Inactive"],
        revoked: "Cancelled",
        invite: "Invite user",
        suspend: "Deactivate",
        reactivate: "Reactivate",
        remove: "Delete",
        asks: ["Deactivate Bob Baker?", "Reactivate Bob Baker?", "Delete Bob Baker?"],
        organizations: ["organization", "organizations"],
        removal: STAYS,
    },
];

/// An organization with its owner, an active, a suspended and an invited person.
struct Cast {
    acme: Organization,
    active: Person,
    suspended: Person,
    invited: String,
}

impl Cast {
    async fn of(app: &crate::story::Story, model: &Model) -> Self {
        let at = |name: &str| format!("{name}@{}.test", model.preset);
        let acme = app.organization(model.preset).preset(model.preset).owned_by(&at("alice")).await;
        let roles = acme.alice().get("roles").await.has_status(200).at("/data");
        let role =
            roles.as_array().unwrap().iter().find(|role| role["label"] == model.role).unwrap()["key"].clone();
        let (active, suspended) = (
            acme.joins_with(&at("bob"), json!({"role": role})).await,
            acme.joins_with(&at("carl"), json!({"role": role})).await,
        );
        acme.alice().post(&format!("members/{}/suspend", suspended.id), json!({})).await.has_status(200);
        acme.alice().invites(&at("dora")).await;
        Self { invited: acme.member_id(&at("dora")).await, acme, active, suspended }
    }
}

story!(
    /// MEM-1: headings, tabs, badges and the menus of the list.
    the_list_speaks_the_words_of_its_model, app => {
    app.leaves_any_mail();
    for model in &MODELS {
        let cast = Cast::of(&app, model).await;
        let alice = cast.acme.alice();
        let page = opens(&alice, "/users").await.has_status(200);
        let [active, invited, suspended] = model.status;
        let menu = async |id: &str, ends: &str| {
            let menu = plain(&opens(&alice, &format!("/users/{id}/menu")).await.has_status(200));
            assert!(menu.contains(ends), "{menu}");
        };
        assert_eq!(rows(&page)[0], model.heads);
        says(&page, &[
            &format!("All 4 {active} 2 {invited} 1 {suspended} 1"),
            &format!("2 active 1 {} 1 {}", invited.to_lowercase(), suspended.to_lowercase()),
            &format!("Create user {}", model.invite),
        ]);
        let several = if model.preset == "multi-role" { "Change roles " } else { "" };
        let begins = format!("BB Bob Baker {}", cast.active.email);
        let bob = row(&page, &cast.active.email);
        assert!(bob.starts_with(&format!("{begins} {} {active} {}Just now", model.role, model.feature)), "{bob}");
        menu(&cast.active.id, &format!("Edit Copy e-mail address {several}{} {}", model.suspend, model.remove)).await;
        let carl = row(&page, &cast.suspended.email);
        assert!(carl.contains(&format!("{} {suspended} {}Just now", model.role, model.feature)), "{carl}");
        menu(&cast.suspended.id, &format!("{} {}", model.reactivate, model.remove)).await;
        let dora = row(&page, "dora@");
        assert!(dora.contains(&format!("No name yet {} {invited} {}Never", model.role, model.feature)), "{dora}");
        menu(&cast.invited, "Resend invitation Revoke invitation").await;
        let own = row(&page, "(you)");
        assert!(own.contains(if model.feature.is_empty() { "Active Just now" } else { "Active Always Just now" }), "{own}");
        menu(&alice.id, "Your profile").await;
    }
});

story!(
    /// MEM-5, MEM-6, CON-3: what is asked first, and what removal says is lost and what stays.
    questions_and_the_console_speak_the_words_of_their_model, app => {
    app.leaves_any_mail();
    for model in &MODELS {
        let cast = Cast::of(&app, model).await;
        let (alice, [_, invited, suspended]) = (cast.acme.alice(), model.status);
        let (bob, carl) = (&cast.active.id, &cast.suspended.id);
        let asked = [(bob, "suspend", model.suspend), (carl, "reactivate", model.reactivate), (bob, "remove", model.remove)];
        for ((id, what, verb), asks) in asked.into_iter().zip(model.asks) {
            let page = opens(&alice, &format!("/users/{id}/{what}")).await.has_status(200);
            assert!(plain(&page).contains(asks), "{asks}: {page}");
            let page = page.shows(&format!("\">{verb}</button>"));
            if what == "remove" {
                says(&page, &["at once. This can't be undone.", "What they made stays, under their name.", model.removal]);
            }
        }
        let page = opens(&alice, &format!("/users/{bob}")).await.has_status(200);
        let danger = format!("Danger zone {} Ends their access", model.suspend);
        says(&page, &[&danger, &format!("{} Ends access for good", model.remove), "User ID mem_", "Full name Bob Baker",
            &format!("E-mail {}", cast.active.email), "Created 15 Jan 2026 invited by Alice Archer, accepted", "Changed Just now"]);
        let page = opens(&alice, &format!("/users/{carl}")).await;
        says(&page, &[suspended, &format!("holds again after “{}”.", model.reactivate), "Lets them sign in again"]);
        let page = opens(&alice, &format!("/users/{}", cast.invited)).await;
        says(&page, &[&format!("{invited}. The link works until"), "have them look into the spam folder"]);
        let form = opens(&alice, &format!("/users/{bob}/edit")).await;
        let form = form.shows(&format!("<option value=\"suspended\">{suspended}</option>"));
        says(&form, &[&format!("Who is {} can't sign in here", suspended.to_lowercase()), "Save changes"]);
        cast.suspended.signs_in().await.has_status(401);
        let attempts = opens(&alice, "/login-attempts").await.has_status(200);
        let told = rows(&attempts);
        let attempt = told.iter().find(|row| row.contains(&cast.suspended.email) && row.contains("Failed")).unwrap();
        assert!(attempt.ends_with(suspended), "{attempt}");
    }
});

story!(
    /// INV-1, INV-7, MEM-9: inviting, the list of invitations, and what the tenant is called.
    inviting_and_the_frame_speak_the_words_of_their_model, app => {
    app.leaves_any_mail();
    for model in &MODELS {
        let cast = Cast::of(&app, model).await;
        let (alice, [one, many]) = (cast.acme.alice(), model.organizations);
        let page = opens(&alice, "/invitations").await.has_status(200);
        says(&page, &[model.invite, &format!("All 3 Pending 1 Accepted 2 Declined 0 Expired 0 {} 0", model.revoked)]);
        assert_eq!(rows(&page)[0], "Person Role Status Sent Invited by Expires Actions");
        let page = opens(&alice, "/invitations/new").await.has_status(200);
        let page = page.shows(&format!("<h1>{}</h1>", model.invite)).shows(&format!("<title>{} –", model.invite));
        says(&page, &["Send invitation", "Reset", &format!("Your {many}"), &format!("All {many}")]);
        says(&opens(&alice, "/profile").await, &[&format!("The same in every {one} that you belong to.")]);
        opens(&alice, "/organizations").await.has_status(200).shows(&format!("<h1>Your {many}</h1>"));
        let form = [("organization", "0"), ("emails", "x@example.test")];
        let other = submits(&alice, "/invitations", &form).await.has_status(409);
        says(&other, &[&format!("opened in another {one}")]);
    }
});
