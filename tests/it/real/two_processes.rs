//! What is taken away in one process is gone in the other at the next request, with no new sign-in (R16–R18, D4, I5).

use serde_json::json;

use super::{Api, Engine, Installation, MailServer, on_both_engines, rounds};

on_both_engines!(
    what_one_process_takes_away_the_other_refuses_at_the_next_request,
    what_is_taken_away_stays_so_after_kill_9
);

const MEMBERS: &str = "/api/v1/organizations/acme/members";

/// An owner at the first process, and Nora, an administrator, at the last one.
struct People {
    owner: Api,
    nora: Api,
    nora_member: String,
}

fn people(roster: &Installation, mail: &MailServer, servers: &[super::Process]) -> People {
    let owner = roster.owner(&servers[0]);
    owner.invite(&["nora@example.test".into()], "administrator");
    let token = mail.letter_to("nora@example.test").token();
    let last = servers.last().expect("a process");
    let accepted = last.visitor().accept(&token).ok();
    let nora = last.visitor().holding(accepted["token"].as_str().expect("accepting signs in"));
    let nora_member = owner.member("nora@example.test")["id"].as_str().expect("an id").to_owned();
    People { owner, nora, nora_member }
}

fn what_one_process_takes_away_the_other_refuses_at_the_next_request(engine: Engine) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let servers = roster.start_all();
    let People { owner, mut nora, nora_member } = people(&roster, &mail, &servers);
    let path = format!("{MEMBERS}/{nora_member}");
    for round in 0..rounds() {
        assert_eq!(nora.get(MEMBERS).status, 200, "round {round}");
        owner.patch(&path, json!({"role": "user"})).ok();
        let refused = nora.get(MEMBERS);
        assert_eq!(refused.outcome(), "403 forbidden", "round {round}: demoted");
        let session = nora.get("/api/v1/session").ok();
        assert!(session["permissions"].get("users").is_none(), "round {round}: {session}");
        owner.patch(&path, json!({"role": "administrator"})).ok();
        assert_eq!(nora.get(MEMBERS).status, 200, "round {round}: raised again, with no new sign-in");

        owner.post(&format!("{path}/suspend"), json!({})).ok();
        let refused = nora.get(MEMBERS);
        assert!([401, 404].contains(&refused.status), "round {round}: suspended, but {refused:?}");
        let refused = nora.post("/api/v1/organizations/acme/invitations", json!({"email": "x@example.test"}));
        assert!([401, 404].contains(&refused.status), "round {round}: suspended, but {refused:?}");
        owner.post(&format!("{path}/reactivate"), json!({})).ok();

        let last = servers.last().expect("a process");
        nora = last.visitor().sign_in("nora@example.test", super::PASSWORD);
        let elsewhere = servers[0].visitor().sign_in("nora@example.test", super::PASSWORD);
        let id = nora.get("/api/v1/session").ok()["session"]["id"].as_str().expect("an id").to_owned();
        elsewhere.delete(&format!("/api/v1/account/sessions/{id}")).ok();
        let refused = nora.get("/api/v1/session");
        assert_eq!(refused.outcome(), "401 unauthenticated", "round {round}: ended");
        nora = elsewhere.at(last);
    }
}

fn what_is_taken_away_stays_so_after_kill_9(engine: Engine) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let mut servers = roster.start_all();
    let People { owner, nora, nora_member } = people(&roster, &mail, &servers);
    let path = format!("{MEMBERS}/{nora_member}");
    owner.patch(&path, json!({"role": "user"})).ok();
    servers.drain(..).for_each(super::Process::kill);
    servers = roster.start_all();
    let (owner, nora) = (owner.at(&servers[0]), nora.at(servers.last().expect("a process")));
    assert_eq!(nora.get(MEMBERS).outcome(), "403 forbidden", "the session lives on, the role is gone");
    nora.post("/api/v1/sign-out", json!({})).ok();
    servers.drain(..).for_each(super::Process::kill);
    servers = roster.start_all();
    assert_eq!(nora.at(&servers[0]).get("/api/v1/session").status, 401);
    assert_eq!(owner.at(&servers[0]).get(MEMBERS).status, 200);
}
