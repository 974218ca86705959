//! Stories about access reviews (MEM-14, MEM-6, ACC-4, ACC-5).

use axum::http::Method;
use roster::base::time::{DAY, SECOND};
use roster::review::worker::remind;
use serde_json::{Value, json};

use crate::story::console::{field, follows, opens, plain, row, rows, says, submits};
use crate::story::mailbox::{letters, written};
use crate::story::person::text;
use crate::story::{Answer, Organization, Person, Request, Story, at_once};

/// Starts a review of these reasons; gives back its path in the API.
async fn starts(person: &Person, scope: &[&str]) -> String {
    let body = json!({"name": "Spring", "scope": scope});
    format!("reviews/{}", person.post("reviews", body).await.has_status(201).text_at("/id"))
}

/// `email: reasons` of each row.
fn listed(answer: &Answer) -> Vec<String> {
    let data = answer.at("/data");
    let line = |item: &Value| {
        let reasons: Vec<String> =
            item["reasons"].as_array().unwrap().iter().map(|ground| text(ground, "reason")).collect();
        format!("{}: {}", text(item, "email"), reasons.join(" "))
    };
    data.as_array().unwrap().iter().map(line).collect()
}

async fn decides(person: &Person, review: &str, member: &str, decision: &str, note: &str) -> Answer {
    person.patch(&format!("{review}/items/{member}"), json!({"decision": decision, "note": note})).await
}

/// How many letters about reviews there are to an address.
async fn reminders(app: &Story, to: &str) -> usize {
    let all = letters(app.app()).await;
    all.iter().filter(|letter| letter.kind == "review" && letter.to == to).count()
}

async fn names_someone(acme: &Organization, id: &str, first: &str, last: &str) {
    let names = json!({"firstName": first, "lastName": last});
    acme.alice().patch(&format!("members/{id}"), names).await.has_status(200);
}

/// An organization after a hundred days: Alice owns it, Carol administers it and was here lately, as was Dora. Bob, the
/// suspended Sam and Olga, who never signed in, were not; Nina was created five days ago. Two people have not answered.
async fn after_a_hundred_days(app: &Story) -> Organization {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let carol = acme.joins("carol@acme.test", "administrator").await;
    acme.joins("bob@acme.test", "user").await;
    let dora = acme.joins("dora@acme.test", "user").await;
    let sam = acme.joins("sam@acme.test", "user").await;
    acme.alice().post(&format!("members/{}/suspend", sam.id), json!({})).await.has_status(200);
    let created = |email: &str| json!({"email": email, "firstName": "New", "lastName": "Person", "password": "a long enough password", "role": "user"});
    acme.alice().post("members", created("olga@acme.test")).await.has_status(201);
    acme.alice().invites("early@example.test").await;
    app.waits(95 * DAY);
    for person in [&acme.alice(), &carol, &dora] {
        person.signs_in_again().await;
    }
    acme.alice().post("members", created("nina@acme.test")).await.has_status(201);
    acme.alice().invites("late@example.test").await;
    app.waits(5 * DAY);
    acme
}

story!(
    /// MEM-14: dormant and privileged people, unanswered invitations, single points of failure; counted before, with the days
    /// that are asked for, and everybody once.
    a_review_lists_whoever_should_be_looked_at, app => {
    let acme = after_a_hundred_days(&app).await;
    let alice = acme.alice();
    let before = (acme.revision().await, acme.whole_audit().await);
    let foresee = |body: Value| {
        let alice = alice.clone();
        async move { alice.post("reviews?dryRun=true", body).await.has_status(200) }
    };
    let every = ["dormant", "privileged", "invitation", "single_point"];
    let foreseen = foresee(json!({"name": "x", "scope": every})).await;
    assert_eq!(foreseen.json(), json!({"total": 6, "counts": {"dormant": 3, "privileged": 2, "invitation": 1, "single_point": 1}}));
    let sooner = foresee(json!({"name": "x", "scope": ["dormant", "invitation"], "dormantDays": 5, "invitationDays": 5})).await;
    assert_eq!(sooner.at("/counts"), json!({"dormant": 7, "invitation": 2}), "five days to the microsecond");
    foresee(json!({"name": "x", "scope": ["everyone"]})).await.says("/total", 9).says("/counts/everyone", 9);
    assert_eq!((acme.revision().await, acme.whole_audit().await), before, "a dry run did something");

    let review = starts(&alice, &every).await;
    alice.get(&review).await.says("/total", 6).says("/undecided", 6).says("/state", "open").says("/dueAt", "2026-05-09T09:00:00Z");
    let items = alice.get(&format!("{review}/items?count=true")).await.says("/total", 6);
    let mut all = listed(&items);
    all.sort();
    assert_eq!(all, [
        "alice@acme.test: privileged single_point",
        "bob@acme.test: dormant",
        "carol@acme.test: privileged",
        "early@example.test: invitation",
        "olga@acme.test: dormant",
        "sam@acme.test: dormant",
    ]);
    let details = items.at("/data");
    let detail = |email: &str, at: usize| {
        let item = details.as_array().unwrap().iter().find(|item| item["email"] == email).unwrap();
        text(&item["reasons"][at], "detail")
    };
    assert_eq!(detail("bob@acme.test", 0), "Last signed in on 15 Jan 2026.");
    assert_eq!(detail("olga@acme.test", 0), "Never signed in; here since 15 Jan 2026.");
    assert_eq!(detail("carol@acme.test", 0), "May invite, edit and remove users.");
    assert_eq!(detail("alice@acme.test", 0), "Holds the top role Owner.");
    assert_eq!(detail("alice@acme.test", 1), "The only active Owner.");
    assert_eq!(detail("early@example.test", 0), "Invited on 15 Jan 2026, expired.");
    // Keyset pages reach everybody, and the cursor of one review is none of another.
    let first = alice.get(&format!("{review}/items?limit=4")).await;
    let cursor = first.text_at("/nextCursor");
    let rest = alice.get(&format!("{review}/items?limit=4&cursor={cursor}")).await.says("/nextCursor", Value::Null);
    assert_eq!(listed(&first).len() + listed(&rest).len(), 6);
    let other = starts(&alice, &["dormant"]).await;
    alice.get(&format!("{other}/items?cursor={cursor}")).await.is(400, "invalid_cursor");
    assert_eq!(alice.get("reviews").await.column("/id").len(), 2);

    // Without Carol nobody but Alice may do what the two could; a permission of one's own counts like one by a role.
    let carol = acme.member_id("carol@acme.test").await;
    alice.post(&format!("members/{carol}/suspend"), json!({})).await.has_status(200);
    let bob = acme.member_id("bob@acme.test").await;
    alice.patch(&format!("members/{bob}"), json!({"permissions": {"users": ["edit"]}})).await.has_status(200);
    let alone = starts(&alice, &["single_point", "privileged"]).await;
    let items = alice.get(&format!("{alone}/items")).await;
    let told = items.text();
    assert!(told.contains("The only active Owner. Nobody else may do this: Agents ("), "{told}");
    assert!(told.contains("May edit users."), "{told}");
    let mut all = listed(&items);
    all.sort();
    assert_eq!(all, ["alice@acme.test: privileged single_point", "bob@acme.test: privileged", "carol@acme.test: privileged"]);
});

story!(
    /// MEM-14: what is asked for wrongly is said by field; a review of nobody does not begin.
    a_review_is_asked_for_rightly, app => {
    let acme = after_a_hundred_days(&app).await;
    let alice = acme.alice();
    let before = acme.revision().await;
    let asks = |body: Value| alice.post("reviews", body);
    asks(json!({"name": " ", "scope": []})).await.refuses("/name", "missing").refuses("/scope", "missing");
    let days = json!({"name": "x", "scope": ["dormant"], "dormantDays": 0, "invitationDays": 9999, "dueAt": "2026-01-01T00:00:00Z"});
    asks(days).await.refuses("/dormantDays", "invalid_value").refuses("/invitationDays", "invalid_value").refuses("/dueAt", "invalid_value");
    asks(json!({"name": "x", "scope": ["dormant"], "dueAt": "tomorrow"})).await.refuses("/dueAt", "invalid_value");
    asks(json!({"name": "x", "scope": ["dormant"], "dueAt": "2028-01-01T00:00:00Z"})).await.refuses("/dueAt", "invalid_value");
    asks(json!({"name": "x", "scope": ["sleepy"]})).await.has_status(422);
    asks(json!({"name": "x", "scope": ["dormant"], "more": 1})).await.is(400, "unknown_field");
    asks(json!({"name": "x", "scope": ["dormant"], "dormantDays": 3000})).await.is(409, "nobody_to_review");
    alice.post("reviews?dryRun=maybe", json!({"name": "x", "scope": ["dormant"]})).await.is(400, "invalid_parameter");
    assert_eq!(acme.revision().await, before);
    // The same Idempotency-Key starts one review.
    let body = json!({"name": "Once", "scope": ["dormant"]});
    let once = || alice.send(Request::new(Method::POST, alice.path("reviews")).json(&body).header("idempotency-key", "k1"));
    let (first, second) = (once().await.has_status(201), once().await.has_status(201));
    assert_eq!(first.text_at("/id"), second.text_at("/id"));
    assert_eq!(alice.get("reviews?count=true").await.at("/total"), 1);
});

story!(
    /// MEM-14: who stands in a review and how they were stays as it was; who is gone meanwhile is only written down.
    what_a_review_began_with_stays, app => {
    let acme = after_a_hundred_days(&app).await;
    let alice = acme.alice();
    let bob = acme.member_id("bob@acme.test").await;
    let olga = acme.member_id("olga@acme.test").await;
    let review = starts(&alice, &["dormant"]).await;
    let was = alice.get(&format!("{review}/items")).await.json();
    names_someone(&acme, &bob, "Robert", "Changed").await;
    alice.patch(&format!("members/{bob}"), json!({"role": "administrator"})).await.has_status(200);
    let user = acme.role_id("user").await;
    alice.patch(&format!("roles/{user}"), json!({"label": "Colleague"})).await.has_status(200);
    alice.delete(&format!("members/{olga}")).await.has_status(204);
    acme.joins("zoe@acme.test", "user").await;
    assert_eq!(alice.get(&format!("{review}/items")).await.json(), was);
    decides(&alice, &review, &olga, "keep", "").await.is(409, "member_gone");
    decides(&alice, &review, &olga, "remove", "Left in May").await.has_status(200).says("/decision", "remove");
    alice.get(&review).await.says("/removed", 1).says("/undecided", 2);
    let audit = acme.audit().await;
    assert_eq!(audit.iter().filter(|action| *action == "member.removed").count(), 1, "{audit:?}");
    assert_eq!(audit.last().unwrap(), "review.decided");
});

story!(
    /// MEM-14: keep or remove with a note, by whom and when; what was kept can be removed, not the other way round; the
    /// removal is the one of everywhere; a closed review takes no decision.
    people_are_kept_or_removed_with_a_note, app => {
    let acme = after_a_hundred_days(&app).await;
    let (alice, carol) = (acme.alice(), acme.member_id("carol@acme.test").await);
    let [bob, sam, olga, early] = [
        acme.member_id("bob@acme.test").await,
        acme.member_id("sam@acme.test").await,
        acme.member_id("olga@acme.test").await,
        acme.member_id("early@example.test").await,
    ];
    let review = starts(&alice, &["dormant", "privileged", "invitation"]).await;
    let kept = decides(&alice, &review, &bob, "keep", " On parental leave ").await.has_status(200);
    kept.says("/note", "On parental leave").says("/decidedBy/id", alice.id.as_str()).says("/decidedAt", "2026-04-25T09:00:00Z").says("/version", 2);
    let revision = acme.revision().await;
    decides(&alice, &review, &bob, "keep", "On parental leave").await.has_status(200).says("/version", 2);
    assert_eq!(acme.revision().await, revision, "nothing was changed");
    decides(&alice, &review, &bob, "remove", "").await.refuses("/note", "missing");
    decides(&alice, &review, &bob, "remove", "\u{200b}").await.refuses("/note", "missing");
    decides(&alice, &review, &bob, "remove", &"x".repeat(1_001)).await.refuses("/note", "too_long");
    decides(&alice, &review, &bob, "perhaps", "x").await.has_status(422);
    assert!(acme.member("bob@acme.test").await.is_some());
    let stale = Request::new(Method::PATCH, alice.path(&format!("{review}/items/{bob}"))).header("if-match", "\"1\"");
    alice.send(stale.json(&json!({"decision": "keep", "note": "again"}))).await.is(412, "stale_version");
    decides(&alice, &review, &bob, "remove", "Has left").await.has_status(200);
    assert!(acme.member("bob@acme.test").await.is_none());
    decides(&alice, &review, &bob, "keep", "").await.is(409, "already_removed");
    decides(&alice, &review, &bob, "remove", "twice").await.is(409, "already_removed");
    // The suspended and the invited go by the same door; an expired invitation, too.
    decides(&alice, &review, &sam, "remove", "Has left").await.has_status(200);
    decides(&alice, &review, &early, "remove", "Never answered").await.has_status(200);
    let audit = acme.audit().await;
    let tail = &audit[audit.len() - 7..];
    assert_eq!(tail, ["review.decided", "member.removed", "review.decided", "member.removed", "review.decided", "invitation.revoked", "review.decided"]);
    // Filters and counts.
    let decided = alice.get(&format!("{review}/items?decided=true&count=true")).await.says("/total", 3);
    assert_eq!(decided.column("/decision"), ["remove"; 3]);
    let open = alice.get(&format!("{review}/items?decided=false&count=true")).await.says("/total", 3);
    let mut emails = open.column("/email");
    emails.sort();
    assert_eq!(emails, ["alice@acme.test", "carol@acme.test", "olga@acme.test"]);
    alice.get(&format!("{review}/items?decided=yes")).await.is(400, "invalid_parameter");
    alice.get(&review).await.says("/kept", 0).says("/removed", 3).says("/undecided", 3);
    // Nobody who is not in it.
    let late = acme.member_id("late@example.test").await;
    decides(&alice, &review, &late, "keep", "").await.is(404, "not_found");
    // Closing asks about those who are left.
    decides(&alice, &review, &carol, "keep", "").await.has_status(200);
    alice.post(&format!("{review}/close"), json!({})).await.is(409, "review_undecided");
    let stale = Request::new(Method::POST, alice.path(&format!("{review}/close"))).header("if-match", "\"1\"");
    alice.send(stale.json(&json!({"leaveUndecided": true}))).await.is(412, "stale_version");
    let closed = alice.post(&format!("{review}/close"), json!({"leaveUndecided": true})).await.has_status(200);
    closed.says("/state", "closed").says("/undecided", 2).says("/closedAt", "2026-04-25T09:00:00Z");
    decides(&alice, &review, &olga, "remove", "Too late").await.is(409, "review_closed");
    decides(&alice, &review, &carol, "remove", "Too late").await.is(409, "review_closed");
    alice.post(&format!("{review}/close"), json!({"leaveUndecided": true})).await.is(409, "review_closed");
    assert!(acme.member("olga@acme.test").await.is_some());
    assert_eq!(acme.audit().await.last().unwrap(), "review.closed");
});

story!(
    /// ACC-4, MEM-14: nobody reviews themselves; a lesser reviewer removes nobody above; a refusal leaves the item undecided
    /// and stands in the trail; others' reviews are not there.
    a_reviewer_removes_only_whom_they_manage, app => {
    let acme = after_a_hundred_days(&app).await;
    let alice = acme.alice();
    let carol = acme.joins("cleo@acme.test", "administrator").await;
    let dora = acme.joins("dan@acme.test", "user").await;
    let review = starts(&carol, &["privileged"]).await;
    decides(&carol, &review, &carol.id, "keep", "It is me").await.is(403, "own_membership");
    decides(&carol, &review, &carol.id, "remove", "It is me").await.is(403, "own_membership");
    decides(&carol, &review, &alice.id, "remove", "Coup").await.is(403, "outside_grant_rule");
    carol.get(&review).await.says("/removed", 0).says("/undecided", 3);
    assert_eq!(acme.refusals().await, ["review.decided", "review.decided", "member.removed"]);
    let page = opens(&carol, &format!("/{review}/items/{}/remove", alice.id)).await.has_status(403);
    page.shows("has a role that yours does not allow you to manage");
    decides(&carol, &review, &alice.id, "keep", "Owns it").await.has_status(200);
    assert!(acme.member("alice@acme.test").await.is_some());
    // A plain member and a stranger.
    dora.get("reviews").await.is(403, "forbidden");
    dora.get(&format!("{review}/evidence.csv")).await.is(403, "forbidden");
    decides(&dora, &review, &carol.id, "remove", "x").await.is(403, "forbidden");
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let gail = globex.owner();
    for path in [review.clone(), format!("{review}/items"), format!("{review}/evidence.csv")] {
        gail.within("acme").get(&path).await.is(404, "not_found");
        gail.get(&path).await.is(404, "not_found");
    }
    decides(&gail, &review, &carol.id, "remove", "x").await.is(404, "not_found");
    gail.post(&format!("{review}/close"), json!({"leaveUndecided": true})).await.is(404, "not_found");
    // Whoever loses the right decides no more.
    let user = json!({"role": "user"});
    alice.patch(&format!("members/{}", carol.id), user).await.has_status(200);
    decides(&carol, &review, &alice.id, "remove", "x").await.is(403, "forbidden");
});

story!(
    /// ACC-5: two owners who remove each other at the same moment leave one.
    the_last_owner_stays, app => {
    let acme = after_a_hundred_days(&app).await;
    let alice = acme.alice();
    let oscar = acme.joins("oscar@acme.test", "owner").await;
    let review = starts(&alice, &["privileged"]).await;
    let people = [(alice.clone(), oscar.id.clone()), (oscar.clone(), alice.id.clone())];
    let outcomes = at_once(2, |n| {
        let ((who, whom), review) = (people[n].clone(), review.clone());
        async move { decides(&who, &review, &whom, "remove", "There can be one").await }
    })
    .await;
    let done = outcomes.iter().filter(|answer| answer.is_success()).count();
    assert_eq!(done, 1, "{} {}", outcomes[0], outcomes[1]);
    let left = if outcomes[0].is_success() { alice } else { oscar };
    left.get(&review).await.says("/removed", 1).says("/undecided", 2);
    decides(&left, &review, &left.id, "remove", "Me too").await.is(403, "own_membership");
});

story!(
    /// INV-6, MEM-14: whoever accepted after the review began is not removed as an unanswered invitation.
    an_invitation_answered_meanwhile_is_no_unanswered_one, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.invites("ida@example.test").await;
    alice.invites("jo@example.test").await;
    app.waits(2 * DAY);
    let body = json!({"name": "Invitations", "scope": ["invitation"], "invitationDays": 2});
    let review = format!("reviews/{}", alice.post("reviews", body).await.has_status(201).says("/total", 2).text_at("/id"));
    let ida = app.visitor().accepts_mail_to("ida@example.test").await;
    decides(&alice, &review, &ida.id, "remove", "Never answered").await.is(409, "invitation_answered");
    ida.get("").await.has_status(200);
    decides(&alice, &review, &ida.id, "keep", "She did").await.has_status(200);
    let jo = acme.member_id("jo@example.test").await;
    decides(&alice, &review, &jo, "remove", "Never answered").await.has_status(200);
    let letter = app.visitor().reads_mail_to("jo@example.test").await;
    app.visitor().tries_to_accept(&letter.token).await.is(410, "invitation_revoked");
    alice.post(&format!("{review}/close"), json!({})).await.has_status(200).says("/undecided", 0);
});

story!(
    /// MEM-14: three days before a review is due, and once it is, whoever began it is written to: each once, however many
    /// processes look at the same moment. A closed review, and one whose starter may no longer decide, writes to nobody.
    a_reminder_goes_out_once, app => {
    let acme = after_a_hundred_days(&app).await;
    let (alice, second) = (acme.alice(), app.second_process().await);
    let cleo = acme.joins("cleo@acme.test", "administrator").await;
    let due = |days: i64| roster::base::Timestamp(app.app().now().0 + days * DAY).to_string();
    let starts_due = async |who: &Person, name: &str, days: i64| {
        let body = json!({"name": name, "scope": ["dormant"], "dueAt": due(days)});
        format!("reviews/{}", who.post("reviews", body).await.has_status(201).text_at("/id"))
    };
    let spring = starts_due(&alice, "Spring", 10).await;
    let closed = starts_due(&alice, "Closed", 10).await;
    starts_due(&cleo, "Of Cleo", 10).await;
    let remind_both = async || {
        let processes = [app.app().clone(), second.app.clone(), app.app().clone(), second.app.clone()];
        let sent = at_once(4, |n| { let app = processes[n].clone(); async move { remind(&app).await.unwrap() } }).await;
        sent.iter().sum::<usize>()
    };
    alice.post(&format!("{closed}/close"), json!({"leaveUndecided": true})).await.has_status(200);
    alice.patch(&format!("members/{}", cleo.id), json!({"role": "user"})).await.has_status(200);
    app.waits(7 * DAY - SECOND);
    assert_eq!(remind_both().await, 0);
    app.waits(SECOND);
    assert_eq!(remind_both().await, 1);
    assert_eq!((reminders(&app, "alice@acme.test").await, reminders(&app, "cleo@acme.test").await), (1, 0));
    assert_eq!(remind_both().await, 0);
    let letter = alice.reads_mail_to("alice@acme.test").await;
    let mail = written(app.app(), &letter).await;
    assert_eq!(mail.subject, "The access review Spring is due soon");
    assert!(mail.plain.contains("The access review Spring in Acme, which you started, is due on Tuesday, 5 May 2026"), "{}", mail.plain);
    assert!(mail.plain.contains("0 of 3 are decided, 3 are left."), "{}", mail.plain);
    let id = spring.trim_start_matches("reviews/");
    assert_eq!(mail.link.as_deref().unwrap().rsplit('/').next(), Some(id));
    app.waits(3 * DAY);
    assert_eq!(remind_both().await, 1);
    assert_eq!(remind_both().await, 0);
    app.waits(30 * DAY);
    assert_eq!(remind_both().await, 0);
    assert_eq!(reminders(&app, "alice@acme.test").await, 2);
    let overdue = letters(app.app()).await.into_iter().rfind(|letter| letter.kind == "review").unwrap();
    assert_eq!(written(app.app(), &overdue).await.subject, "The access review Spring is overdue");
    alice.signs_in_again().await;
    alice.get(&spring).await.says("/overdue", true);
    let told = acme.audit().await.iter().filter(|action| *action == "review.reminded").count();
    assert_eq!(told, 4, "of two reviews, also that nobody could be told");
    // What is due sooner than a reminder could help is reminded of once, when it is overdue.
    let soon = starts_due(&alice, "Soon", 2).await;
    assert_eq!(remind_both().await, 0);
    app.waits(5 * DAY);
    assert_eq!(remind_both().await, 1);
    assert_eq!(remind_both().await, 0);
    alice.post(&format!("{soon}/close"), json!({"leaveUndecided": true})).await.has_status(200).says("/overdue", false);
});

story!(
    /// MEM-14, R51: the evidence names everybody, who decided what, when and why; no cell of it is a formula.
    the_evidence_is_a_file, app => {
    let acme = after_a_hundred_days(&app).await;
    let alice = acme.alice();
    let (bob, olga) = (acme.member_id("bob@acme.test").await, acme.member_id("olga@acme.test").await);
    names_someone(&acme, &olga, "=HYPERLINK(1)", "O").await;
    alice.patch("/account", json!({"firstName": "@Alice", "lastName": "A"})).await.has_status(200);
    let body = json!({"name": "+Spring", "scope": ["dormant"]});
    let review = format!("reviews/{}", alice.post("reviews", body).await.has_status(201).text_at("/id"));
    decides(&alice, &review, &bob, "remove", "-1+1|cmd").await.has_status(200);
    alice.post(&format!("{review}/close"), json!({"leaveUndecided": true})).await.has_status(200);
    let file = alice.get(&format!("{review}/evidence.csv")).await.has_status(200);
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let text = file.text();
    let mut read = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = read.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = read.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3, "{text}");
    let cell = |row: &csv::StringRecord, head: &str| row[heads.iter().position(|known| known == head).unwrap()].to_owned();
    let of = |email: &str| rows.iter().find(|row| cell(row, "email") == email).unwrap();
    let row = of("bob@acme.test");
    let told = ["review", "startedBy", "closedBy", "decision", "note", "decidedBy", "decidedAt", "reasons", "lastLogin"].map(|head| cell(row, head));
    assert_eq!(told, ["'+Spring", "'@Alice A", "'@Alice A", "remove", "'-1+1|cmd", "'@Alice A", "2026-04-25T09:00:00Z", "dormant", "2026-01-15T09:00:00Z"]);
    assert_eq!(cell(of("olga@acme.test"), "name"), "'=HYPERLINK(1) O");
    assert_eq!(cell(of("olga@acme.test"), "decision"), "");
    for cell in rows.iter().flat_map(|row| row.iter()) {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
});

story!(
    /// MEM-14 in the console, without script: the numbers before it begins, each decision asked about with what it does,
    /// progress, and the close.
    the_console_leads_through_a_review, app => {
    let acme = after_a_hundred_days(&app).await;
    let alice = acme.alice();
    opens(&alice, "/users").await.has_status(200).shows("Review access");
    says(&opens(&alice, "/reviews").await, &["Access reviews", "No reviews yet", "Start a review"]);
    let form = opens(&alice, "/reviews/new").await.has_status(200);
    says(&form, &["Not signed in for 90 days 3 people.", "Privileged people 2 people.", "Invitations unanswered for 14 days 1 person.",
        "Single points of failure 1 person.", "Everybody 9 people.", "It is about 6 people."]);
    assert_eq!((field(&form, "name"), field(&form, "due")), ("Access review, April 2026".to_owned(), "2026-05-09".to_owned()));
    let again = opens(&alice, "/reviews/new?asked=1&scope=dormant&dormantDays=5&invitationDays=14&name=N&due=2026-05-01").await;
    says(&again, &["Not signed in for 5 days 7 people.", "It is about 7 people."]);
    let counted = field(&form, "counted");
    let none = opens(&alice, "/reviews/new?asked=1&dormantDays=&invitationDays=14").await.has_status(200);
    says(&none, &["Nobody fits."]);
    // Numbers of another choice start nothing.
    let mut typed = vec![("asked", "1"), ("counted", counted.as_str()), ("name", "Spring"), ("scope", "dormant"),
        ("dormantDays", "90"), ("invitationDays", "14"), ("due", "2026-05-09")];
    let shown = submits(&alice, "/reviews", &typed).await.has_status(200).shows("It is about 3 people now.");
    assert_eq!(acme.alice().get("reviews?count=true").await.at("/total"), 0);
    let counted = field(&shown, "counted");
    typed[1].1 = counted.as_str();
    let mut late = typed.clone();
    late[6].1 = "2026-04-01";
    submits(&alice, "/reviews", &late).await.has_status(422).shows("Choose a day to come, within a year.");
    let begun = submits(&alice, "/reviews", &typed).await;
    let page = follows(&alice, &begun).await.shows("The review began. 3 people to decide about.");
    let here = begun.headers["location"].to_str().unwrap().to_owned();
    says(&page, &["0 of 3 decided", "Due 9 May 2026", "Not signed in for 90 days", "Export evidence", "Close review"]);
    assert!(row(&page, "bob@acme.test").contains("Dormant Last signed in on 15 Jan 2026."));
    says(&opens(&alice, "/reviews").await, &["Spring", "0 of 3 decided", "Open"]);
    // Keep.
    let [bob, olga] = [acme.member_id("bob@acme.test").await, acme.member_id("olga@acme.test").await];
    let keep = format!("{here}/items/{bob}/keep");
    opens(&alice, &keep).await.has_status(200).shows("They keep the access that they have.");
    let kept = submits(&alice, &keep, &[("note", "On leave")]).await;
    follows(&alice, &kept).await.shows("keeps their access.").shows("1 of 3 decided");
    let decided = opens(&alice, &format!("{here}?show=decided")).await;
    assert!(row(&decided, "bob@acme.test").contains("Kept") && row(&decided, "bob@acme.test").contains("On leave"));
    // Remove: what it does, a note, the address typed.
    let remove = format!("{here}/items/{olga}/remove");
    let asked = opens(&alice, &remove).await.has_status(200);
    says(&asked, &["They lose access to Acme at once.", "The decision stands in the review for good."]);
    let wrong = submits(&alice, &remove, &[("note", "Left"), ("confirm", "olga")]).await.has_status(422);
    says(&wrong, &["Type the e-mail address exactly"]);
    submits(&alice, &remove, &[("confirm", "olga@acme.test")]).await.has_status(422).shows("Say why they are removed");
    let removed = submits(&alice, &remove, &[("note", "Left"), ("confirm", "olga@acme.test")]).await;
    let page = follows(&alice, &removed).await.shows("2 of 3 decided");
    assert!(rows(&page).iter().all(|row| !row.contains("olga@acme.test")));
    assert!(acme.member("olga@acme.test").await.is_none());
    submits(&alice, &keep.replace(&bob, &olga), &[]).await.has_status(409).shows("They were removed by this review already.");
    // Close with one left.
    let ask = opens(&alice, &format!("{here}/close")).await.has_status(200);
    says(&ask, &["Nothing was decided about 1 person: they keep their access.", "Close with 1 undecided"]);
    submits(&alice, &format!("{here}/close"), &[]).await.has_status(409);
    let undecided = field(&ask, "undecided");
    let closed = submits(&alice, &format!("{here}/close"), &[("undecided", &undecided)]).await;
    let page = follows(&alice, &closed).await.shows("The review is closed with 1 person undecided.");
    let text = plain(&page);
    assert!(text.contains("Closed") && !text.contains("Close review"), "{text}");
    assert!(rows(&page).iter().all(|row| !row.contains("Keep") && !row.contains("Remove")));
    opens(&alice, &keep).await.has_status(409).shows("This review is closed.");
    // One's own row has no buttons, and the page says why.
    let own = starts(&alice, &["privileged"]).await;
    let page = opens(&alice, &format!("/{own}")).await.has_status(200);
    assert!(row(&page, "alice@acme.test").contains("Somebody else decides about you."));
    opens(&alice, &format!("/{own}/items/{}/remove", alice.id)).await.shows("Nobody reviews themselves.");
});
