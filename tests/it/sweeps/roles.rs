//! Every role of every preset at every route: forbidden where the preset's table says so, and nowhere else (R24, ACC-3,
//! AM-1 to AM-5). The table itself is the snapshot of `matrix`.

use std::fmt::Write;

use roster::access_model::Preset;
use roster::http::Guard;

use super::matrix::allows;
use super::world::{Ids, bulk_of, call, import_of, is_forbidden, name, review_of, things};

async fn ids(organization: &crate::story::Organization, role: &str, default: &str) -> Ids {
    let (app, slug) = (&organization.app, &organization.slug);
    let spare = organization.joins(&format!("spare-{role}@{slug}.test"), default).await;
    let address = format!("invited-{role}@{slug}.test");
    let invitation = organization.owner().invites(&address).await;
    let session = spare.get("/account/sessions").await.has_status(200).text_at("/data/0/id");
    let template = serde_json::json!({"name": role});
    let template = organization.owner().post("role-templates", template).await.has_status(201).text_at("/id");
    let letter = app.visitor().reads_mail_to(&address).await;
    let mut ids = things(organization, role).await;
    ids.extend([
        ("organizations", slug.clone()),
        ("members", spare.id.clone()),
        ("invitations", crate::story::person::text(&invitation, "id")),
        ("token", letter.token),
        ("sessions", session),
        ("roles", organization.role_id(default).await),
        ("role-templates", template),
        ("mailbox", letter.id),
        ("users", spare.id.clone()),
        ("jobs", import_of(organization).await),
        ("import", import_of(organization).await),
        ("bulk", bulk_of(organization).await),
        ("reviews", review_of(organization).await),
        ("assets", "nothing".to_owned()),
        ("file", "nothing".to_owned()),
    ]);
    ids
}

async fn try_preset(app: &crate::story::Story, preset: &Preset, wrong: &mut String) {
    let organization = app
        .organization(preset.key())
        .preset(preset.key())
        .owned_by(&format!("founder@{}.test", preset.key()))
        .await;
    for (at, role) in preset.roles.iter().enumerate() {
        let member = organization.joins(&format!("{}@{}.test", role.key, preset.key()), &role.key).await;
        let ids = ids(&organization, &role.key, &preset.default_role().key).await;
        for route in roster::web::routes::all() {
            let (Guard::Needs(needs) | Guard::NeedsOrOperator(needs)) = route.guard else { continue };
            let needed = needs.named(&preset.model);
            let may = allows(&preset.roles, at, &needed.category, &needed.action);
            let answer = call(&route, &member, &ids).await;
            let forbidden = is_forbidden(&route, &answer);
            if forbidden == may {
                let may = if may { "may" } else { "may not" };
                let route = name(&route);
                writeln!(wrong, "{}: {} {may} {needed}: {route} {}", preset.key(), role.key, answer.status)
                    .unwrap();
            }
        }
    }
}

story!(every_role_at_every_route, app => {
    app.leaves_any_mail();
    let mut wrong = String::new();
    for preset in app.app().presets.iter() {
        try_preset(&app, preset, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{wrong}");
});
