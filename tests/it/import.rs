//! Stories about importing people from a CSV file (INV-11, INV-4, ACC-4, R50, I1, I2, I14).

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use roster::base::time::DAY;
use roster::job_worker as worker;
use serde_json::{Value, json};

use crate::story::console::{opens, says, submits};
use crate::story::{Answer, Person, Request, Story, at_once};

const HEADER: &str = "email,firstName,lastName\n";

/// Sends a file as its body.
async fn sends(person: &Person, query: &str, file: impl Into<Vec<u8>>) -> Answer {
    let path = person.path(&format!("invitations/import{query}"));
    person.send(Request::new(Method::POST, path).body("text/csv", file)).await
}

/// Imports a file, lets the worker do its work, and gives back how it ended.
pub async fn imports(app: &Story, person: &Person, file: &str) -> Answer {
    let begun = sends(person, "", file).await.has_status(202);
    worker::run_once(app.app()).await.unwrap();
    person.get(&format!("jobs/{}", begun.text_at("/job/id"))).await.has_status(200)
}

/// `row email outcome code` of each row.
fn rows(answer: &Answer) -> Vec<String> {
    let rows = answer.at("/rows");
    let word = |row: &Value, name: &str| match &row[name] {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let line = |row: &Value| ["row", "email", "outcome", "code"].map(|name| word(row, name)).join(" ");
    rows.as_array().unwrap().iter().map(line).collect()
}

story!(
    /// INV-11, INV-4: every row is judged by itself as a single invitation is, and a dry run tells the same without doing
    /// anything; a pending invitation keeps its role; teams and template of before stay as well.
    each_row_comes_out_as_a_single_invitation_would, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    acme.joins("member@acme.test", "user").await;
    alice.invites("old@acme.test").await;
    let revoked = alice.invites("revoked@acme.test").await;
    alice.revokes(&revoked).await.has_status(200);
    app.waits(8 * DAY);
    alice.signs_in_again().await;
    alice.tries_to_invite("pending@acme.test", json!({"role": "administrator"})).await.has_status(200);
    let long = "x".repeat(101);
    let file = format!(
        "\u{feff}{HEADER}new@acme.test,New,Person\r\nPending@ACME.test,Pen,Ding\n\nold@acme.test,Old,One\n\
         revoked@acme.test,Rev,Oked\nmember@acme.test,Mem,Ber\nNEW@acme.test,New,Again\nnowhere,No,Where\n\
         a@acme.test,,Lee\nb@acme.test,Bo, \u{200b} \nc@acme.test,Cy\nd@acme.test,Di,Day,owner\ne@acme.test,{long},Ed\n\
         member@acme.test,Mem,Again\n"
    );
    let wanted = [
        "1 new@acme.test created -",
        "2 Pending@ACME.test resent -",
        "3 old@acme.test refreshed -",
        "4 revoked@acme.test refreshed -",
        "5 member@acme.test failed already_member",
        "6 NEW@acme.test ignored duplicate_email",
        "7 nowhere failed invalid_email",
        "8 a@acme.test failed missing_first_name",
        "9 b@acme.test failed missing_last_name",
        "10 c@acme.test failed missing_last_name",
        "11 d@acme.test failed too_many_fields",
        "12 e@acme.test failed too_long",
        "13 member@acme.test failed already_member",
    ];
    let before = (acme.revision().await, acme.whole_audit().await, acme.seats().await.json());
    let foretold = sends(&alice, "?dryRun=true", file.clone()).await.has_status(200).says("/seats", 3);
    assert_eq!(rows(&foretold), wanted);
    assert_eq!((acme.revision().await, acme.whole_audit().await, acme.seats().await.json()), before, "a dry run did something");
    let done = imports(&app, &alice, &file).await.says("/state", "done").says("/done", 13).says("/total", 13);
    assert_eq!(rows(&done), wanted);
    assert_eq!(done.at("/counts"), foretold.at("/counts"));
    assert_eq!(done.at("/counts"), json!({"created": 1, "resent": 1, "refreshed": 2, "ignored": 1, "failed": 8}));
    let role = |answer: &Answer| answer.column("/roles/0/key");
    assert_eq!(role(&alice.get("members?q=pending").await), ["administrator"]);
    assert_eq!(role(&alice.get("members?q=new@").await), ["user"]);
    assert_eq!(role(&alice.get("members?q=old@").await), ["user"]);
    let result = alice.get(&format!("jobs/{}/result.csv", done.text_at("/id"))).await.has_status(200);
    let text = result.text();
    assert!(text.starts_with("row,email,outcome,code,detail\n1,new@acme.test,created,,\n"), "{text}");
    assert_eq!(text.lines().count(), 14);
    let events = alice.get(&format!("jobs/{}/events", done.text_at("/id"))).await.has_status(200);
    assert!(events.text().starts_with("event: done\ndata: {"), "{}", events.text());
    let audit = acme.audit().await;
    assert!(audit.contains(&"import.started".to_owned()) && audit.contains(&"import.finished".to_owned()), "{audit:?}");
    app.visitor().reads_mail_to("new@acme.test").await;
});

story!(
    /// INV-11, R50: a file that is none is refused whole, by name; nothing is kept of it.
    a_file_that_is_none_is_refused_whole, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let mut large = HEADER.as_bytes().to_vec();
    large.resize(1_048_576, b'\n');
    let mut larger = large.clone();
    larger.resize(3_000_000, b'\n');
    let cases: [(&[u8], u16, &str); 9] = [
        (&large, 413, "file_too_large"),
        (&larger, 413, "file_too_large"),
        (b"PK\x03\x04", 415, "not_csv"),
        (b"email,firstName,lastName\na\0b,c,d\n", 415, "not_csv"),
        (b"", 422, "wrong_headers"),
        (b"email;firstName;lastName\n", 422, "wrong_headers"),
        (b"firstName,lastName,email\n", 422, "wrong_headers"),
        (b"email,firstName,lastName,role\n", 422, "wrong_headers"),
        (b"email,firstName,lastName\n\xff,a,b\n", 422, "not_utf8"),
    ];
    let before = acme.revision().await;
    for (file, status, code) in cases {
        for query in ["", "?dryRun=true"] {
            sends(&alice, query, file).await.is(status, code);
        }
    }
    let path = alice.path("invitations/import");
    let send = |kind: &str, body: &str| alice.send(Request::new(Method::POST, &path).body(kind, body));
    send("application/json", "{}").await.is(415, "not_csv");
    send("text/plain", HEADER).await.is(415, "not_csv");
    let form = |name: &str, kind: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n{HEADER}z@acme.test,Zoe,Zed\r\n--b--\r\n")
    };
    let multipart = "multipart/form-data; boundary=b";
    send(multipart, &form("people.xlsx", "application/octet-stream")).await.is(415, "not_csv");
    send(multipart, "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n").await.is(422, "invalid_input");
    send(multipart, "--b\r\n").await.is(400, "invalid_form");
    send("multipart/form-data", "").await.is(400, "invalid_form");
    sends(&alice, "?dryRun=maybe", HEADER).await.is(400, "invalid_parameter");
    assert_eq!(acme.revision().await, before);
    for (name, kind) in [("people.csv", "application/vnd.ms-excel"), ("people.txt", "text/csv")] {
        send(multipart, &form(name, kind)).await.has_status(202).says("/job/name", name).says("/job/total", 1);
    }
    imports(&app, &alice, HEADER).await.says("/state", "done").says("/total", 0);
});

story!(
    /// I1, A34, MEM-13: with five seats free exactly five rows succeed, in the order of the file.
    seats_are_counted_row_by_row, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").seats(6).owned_by("alice@acme.test").await;
    let people: String = (1..=8).map(|n| format!("p{n}@acme.test,P,Number {n}\n")).collect();
    let file = format!("{HEADER}{people}");
    sends(&acme.alice(), "?dryRun=true", file.clone()).await.says("/counts/created", 5).says("/counts/failed", 3).says("/seats", 5);
    let done = imports(&app, &acme.alice(), &file).await;
    let failed = |n: usize| format!("{n} p{n}@acme.test failed seat_limit_reached");
    assert_eq!(rows(&done)[5..], [failed(6), failed(7), failed(8)]);
    acme.seats().await.says("/used", 6);
});

story!(
    /// I1, INV-11: what is foretold of a long file counts the seats and the addresses of all rows before, and of no other import.
    a_long_file_is_foretold_as_one, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").seats(601).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let person = |n: usize| format!("p{}@acme.test,P,Number {n}\n", n % 700);
    let file = format!("{HEADER}{}", (0..1_000).map(person).collect::<String>());
    let foretold = sends(&alice, "?dryRun=true", file.clone()).await.has_status(200).says("/seats", 600);
    assert_eq!(foretold.at("/counts"), json!({"created": 600, "resent": 0, "refreshed": 0, "ignored": 300, "failed": 100}));
    acme.seats().await.says("/used", 1);
    assert_eq!(rows(&imports(&app, &alice, &file).await), rows(&foretold));
    acme.seats().await.says("/used", 601);
});

story!(
    /// I2, I8: two imports of one file by two processes at once make each invitation once; who comes second sends it again.
    two_imports_of_one_file_make_each_invitation_once, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let people: String = (0..450).map(|n| format!("p{n}@acme.test,P,Number {n}\n")).collect();
    let file = format!("{HEADER}{people}");
    let jobs = [sends(&alice, "", file.clone()).await.text_at("/job/id"), sends(&alice, "", file).await.text_at("/job/id")];
    let processes = [app.process.clone(), app.second_process().await];
    at_once(2, move |n| {
        let process = processes[n].clone();
        async move { worker::run_once(&process.app).await.unwrap() }
    })
    .await;
    // A claim that was taken meanwhile.
    worker::run_once(app.app()).await.unwrap();
    let mut sums = [0, 0];
    for job in jobs {
        let done = alice.get(&format!("jobs/{job}")).await.says("/state", "done").says("/done", 450);
        for (sum, outcome) in sums.iter_mut().zip(["created", "resent"]) {
            *sum += done.at(&format!("/counts/{outcome}")).as_i64().unwrap();
        }
    }
    assert_eq!(sums, [450, 450]);
    acme.seats().await.says("/invited", 450);
});

story!(
    /// A9, ACC-4, AUT: the rows of a file are invited by what their importer may then: who was demoted meanwhile invites nobody
    /// more, and a file gives nobody what its importer may not give.
    a_file_gives_nobody_more_than_its_importer_may, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let (alice, carol) = (acme.alice(), acme.joins("carol@acme.test", "administrator").await);
    let people: String = (0..450).map(|n| format!("p{n}@acme.test,P,Number {n}\n")).collect();
    let file = format!("{HEADER}{people}");
    for query in ["?role=owner", "?role=owner&dryRun=true"] {
        sends(&carol, query, file.clone()).await.is(403, "outside_grant_rule");
    }
    assert_eq!(acme.refusals().await.iter().filter(|action| *action == "invitation.created").count(), 2);
    alice.tries_to_invite("boss@acme.test", json!({"role": "owner"})).await.has_status(200);
    let boss = format!("{HEADER}boss@acme.test,Bo,Ss\n");
    let done = imports(&app, &carol, &boss).await;
    assert_eq!(rows(&done), ["1 boss@acme.test failed outside_grant_rule"]);
    sends(&carol, "?role=nobody", boss).await.has_status(422);
    let job = sends(&carol, "?role=administrator", file).await.has_status(202).text_at("/job/id");
    alice.patch(&format!("members/{}", carol.id), json!({"role": "user"})).await.has_status(200);
    worker::run_once(app.app()).await.unwrap();
    carol.get(&format!("jobs/{job}")).await.is(403, "forbidden");
    let ended = alice.get(&format!("jobs/{job}")).await.says("/state", "failed").says("/done", 450).says("/counts/failed", 450);
    assert_eq!(rows(&ended)[449], "450 p449@acme.test failed forbidden");
    acme.seats().await.says("/invited", 1);
});

story!(
    /// I14, R22: imports of two organizations with the same addresses know nothing of each other.
    imports_of_two_organizations_are_apart, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let file = format!("{HEADER}ann@x.test,Ann,Lee\ngail@globex.test,Gail,G\n");
    let at_acme = imports(&app, &acme.alice(), &file).await;
    let at_globex = imports(&app, &globex.owner(), &file).await;
    assert_eq!(rows(&at_acme), ["1 ann@x.test created -", "2 gail@globex.test created -"]);
    assert_eq!(rows(&at_globex), ["1 ann@x.test created -", "2 gail@globex.test failed already_member"]);
    let job = at_acme.text_at("/id");
    for path in ["", "/events", "/result.csv"] {
        globex.owner().get(&format!("jobs/{job}{path}")).await.is(404, "not_found");
    }
});

story!(
    /// INV-13, MEM-13: an import is taken back as a whole while its invitations are pending: what it made or renewed is revoked and
    /// its seats are free, who has joined and who was only asked again stays; whoever may not manage somebody leaves them.
    an_import_is_taken_back_while_nobody_answered, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let (alice, carol) = (acme.alice(), acme.joins("carol@acme.test", "administrator").await);
    alice.invites("old@acme.test").await;
    alice.revokes(&alice.invites("revoked@acme.test").await).await.has_status(200);
    let people: String = (0..300).map(|n| format!("p{n}@acme.test,P,Number {n}\n")).collect();
    let file = format!("{HEADER}old@acme.test,Old,One\nrevoked@acme.test,Rev,Oked\njoins@acme.test,Jo,Ins\n{people}");
    let begun = sends(&alice, "", file).await.has_status(202).text_at("/job/id");
    alice.post(&format!("jobs/{begun}/undo"), json!({})).await.is(409, "import_running");
    worker::run_once(app.app()).await.unwrap();
    app.visitor().accepts_mail_to("joins@acme.test").await;
    let p0 = acme.member_id("p0@acme.test").await;
    alice.patch(&format!("members/{p0}"), json!({"role": "owner"})).await.has_status(200);
    acme.seats().await.says("/used", 305);
    let at = format!("/users/import/{begun}");
    opens(&alice, &at).await.shows(&format!("{at}/undo"));
    says(&opens(&alice, &format!("{at}/undo")).await, &["Undo the import of import.csv?", "301 invitations that this import made"]);
    carol.post(&format!("jobs/{begun}/undo"), json!({})).await.has_status(200).says("/revoked", 300).says("/kept", 1);
    acme.seats().await.says("/used", 5);
    submits(&alice, &format!("{at}/undo"), &[]).await.has_status(303);
    acme.seats().await.says("/used", 4).says("/invited", 1);
    opens(&alice, &at).await.has_status(200).hides("/undo");
    alice.post(&format!("jobs/{begun}/undo"), json!({})).await.has_status(200).says("/revoked", 0).says("/kept", 0);
    assert_eq!(alice.get("invitations?status=pending").await.column("/email"), ["old@acme.test"]);
});

/// Lines of a file: people who are new, members, invited, repeated or misspelt, in every way of writing a line.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let email = prop_oneof![
        1 => (0..3).prop_map(|n| format!("member{n}@acme.test")),
        1 => (0..3).prop_map(|n| format!("pending{n}@acme.test")),
        1 => (0..3).prop_map(|n| format!("old{n}@acme.test")),
        1 => (0..12).prop_map(|n| format!("P{n}@Acme.test")),
        3 => (0..12).prop_map(|n| format!("p{n}@acme.test")),
        1 => Just("nowhere".to_owned()),
    ];
    let first = prop_oneof![8 => Just("Ann"), 4 => Just("\"Bo, Jr\""), 1 => Just(""), 1 => Just(" "), 1 => Just("=1+1")];
    let rest = prop_oneof![3 => Just("Lee"), 1 => Just(""), 1 => Just("Lee,more")];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n")];
    let line = (email, first, rest, end)
        .prop_map(|(email, first, rest, end)| format!("{email},{first},{rest}{end}"));
    proptest::collection::vec(line, 0..30)
}

/// Imports the lines into an organization of their own, with two members, two invited people and two whose invitation
/// expired.
async fn is_foretold(app: &Story, seats: i64, lines: &[String]) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let at = format!("@acme{n}.test");
    let acme = app.organization(&format!("Acme {n}")).seats(seats).owned_by("alice@acme.test").await;
    let alice = acme.owner();
    for who in 0..2 {
        acme.creates(&format!("member{who}{at}"), "user").await;
        alice.invites(&format!("old{who}{at}")).await;
    }
    app.waits(8 * DAY);
    alice.signs_in_again().await;
    for who in 0..2 {
        alice.invites(&format!("pending{who}{at}")).await;
    }
    let file = format!("{HEADER}{}", lines.concat())
        .replace("@acme.test", &at)
        .replace("@Acme.test", &at.to_uppercase());
    let before = acme.seats().await.at("/used").as_i64().unwrap();
    let foretold = sends(&alice, "?dryRun=true", file.clone()).await.has_status(200);
    let done = imports(app, &alice, &file).await.says("/state", "done");
    assert_eq!(rows(&done), rows(&foretold), "{file}");
    assert_eq!(done.at("/counts"), foretold.at("/counts"));
    let taken = acme.seats().await.at("/used").as_i64().unwrap() - before;
    assert_eq!(foretold.at("/seats"), taken, "{file}");
}

story!(
    /// INV-11, ACC-9: what a dry run tells is what the import then does, whatever the file and however few the seats.
    a_dry_run_tells_what_the_import_then_does, app => {
    app.leaves_any_mail();
    tokio::task::block_in_place(|| {
        let config = Config {
            cases: 32,
            rng_seed: RngSeed::Fixed(20_261_127),
            failure_persistence: None,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&(9..17_i64, lines()), |(seats, lines)| {
            tokio::runtime::Handle::current().block_on(is_foretold(&app, seats, &lines));
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("{error}");
        }
    });
});

/// Sends the form with a file.
async fn gives_file(person: &Person, (name, file): (&str, &str), role: &str) -> Answer {
    let part =
        |head: &str, body: &str| format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let form = [
        part("name=\"role\"", role),
        part(&format!("name=\"file\"; filename=\"{name}\""), file),
        "--b--\r\n".to_owned(),
    ]
    .concat();
    let request = Request::new(Method::POST, "/users/import").body("multipart/form-data; boundary=b", form);
    person.send(request).await
}

story!(
    /// INV-11 (S0), MEM-13: the console's import: the file is looked at, nothing is sent until that is asked for, then a progress
    /// that needs no script, and what came of each row; the file and what came of it can be taken along.
    an_import_in_the_console, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").seats(10).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let page = opens(&alice, "/users/import").await.has_status(200).shows("enctype=\"multipart/form-data\"");
    says(&page, &["Import from CSV", "Nothing is sent yet.", "User is the default role here."]);
    let file = format!("{HEADER}ann@acme.test,Ann,<b>Lee</b>\nann@acme.test,Ann,Lee\nnowhere,No,Where\nbo@acme.test,,Ray\n");
    // What is no such file comes back with the reason, and the role as it was chosen.
    let refused = gives_file(&alice, ("people.csv", "email;firstName;lastName\n"), "administrator").await.has_status(422);
    says(&refused, &["The file was not taken. Nothing was sent.", "semicolons"]);
    refused.shows("value=\"administrator\" selected");
    let refused = gives_file(&alice, ("", ""), "user").await.has_status(422);
    says(&refused, &["Choose a CSV file."]);
    let taken = gives_file(&alice, ("<people>.csv", &file), "administrator").await.has_status(303);
    let at = taken.headers["location"].to_str().unwrap().to_owned();
    let preview = opens(&alice, &at).await.has_status(200).hides("<b>Lee</b>").hides("<people>");
    says(&preview, &["Nothing has been sent yet.", "2 of 10 seats after this import.", "It takes 1 seat and leaves 8.", "Send 1 invitation",
        "3 rows are skipped.", "The same address as in row 1."]);
    says(&opens(&alice, &format!("{at}?show=failed")).await, &["The first name is missing."]);
    opens(&alice, &format!("{at}?show=ignored")).await.has_status(200).hides("nowhere");
    assert_eq!(acme.seats().await.at("/used"), 1);
    // Somebody else can look, and can't send it.
    let carol = acme.joins("carol@acme.test", "administrator").await;
    submits(&carol, &at, &[]).await.has_status(404);
    submits(&alice, &at, &[]).await.has_status(303);
    // Twice is once.
    submits(&alice, &at, &[]).await.has_status(303);
    let progress = opens(&alice, &at).await.has_status(200).shows("<progress max=\"4\" value=\"0\"");
    assert_eq!(progress.headers["refresh"], "3");
    worker::run_once(app.app()).await.unwrap();
    let result = opens(&alice, &at).await.has_status(200);
    says(&result, &["1 invitation was made; the letter is kept on the server.", "3 of 10 seats are in use now.", "3 rows were not sent"]);
    let skipped = opens(&alice, &format!("{at}/skipped.csv")).await.has_status(200).text();
    assert_eq!(skipped.lines().nth(1), Some("ann@acme.test,Ann,Lee,2,ignored,duplicate_email,The same address as in row 1."));
    opens(&alice, &format!("{at}/report.csv")).await.has_status(200).shows("1,ann@acme.test,created");
    assert_eq!(opens(&alice, "/users/import/template.csv").await.text(), HEADER);
    says(&opens(&alice, "/users/import").await, &["Imports of the last weeks", "1 of 4 rows sent"]);
    assert_eq!(alice.get("members?q=ann").await.column("/roles/0/key"), ["administrator"]);
    // A draft is no import, and is not shown as one.
    let other = gives_file(&carol, ("other.csv", HEADER), "user").await.has_status(303);
    let at = other.headers["location"].to_str().unwrap().to_owned();
    says(&opens(&carol, &at).await, &["Nothing to send"]);
    let draft = at.rsplit('/').next().unwrap();
    for rest in ["", "/events", "/result.csv"] {
        carol.get(&format!("jobs/{draft}{rest}")).await.is(404, "not_found");
    }
    opens(&carol, "/users/import").await.hides("other.csv");
});

story!(
    /// A34, I1: imports, single invitations and members created at the same moment never take more seats than there are.
    seats_hold_when_imports_and_invitations_meet, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").seats(40).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let file = |mark: &str| {
        let people: String = (0..30).map(|n| format!("{mark}{n}@acme.test,P,Number {n}\n")).collect();
        format!("{HEADER}{people}")
    };
    for mark in ["a", "b"] {
        sends(&alice, "", file(mark)).await.has_status(202);
    }
    let processes = [app.process.clone(), app.second_process().await];
    let (person, watched) = (alice.clone(), acme.clone());
    at_once(12, move |n| {
        let (process, person, watched) = (processes[n % 2].clone(), person.clone(), watched.clone());
        async move {
            match n {
                0 | 1 => {
                    worker::run_once(&process.app).await.unwrap();
                }
                2..8 => {
                    let emails: Vec<String> = (0..4).map(|k| format!("c{n}x{k}@acme.test")).collect();
                    person.at(&process).post("invitations", json!({"emails": emails})).await.has_status(200);
                }
                _ => {
                    for _ in 0..8 {
                        let used = watched.seats().await.at("/used").as_i64().unwrap();
                        assert!(used <= 40, "{used} of 40 seats");
                    }
                }
            }
        }
    })
    .await;
    worker::run_once(app.app()).await.unwrap();
    acme.seats().await.says("/used", 40);
});
