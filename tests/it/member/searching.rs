//! Finding members by index: by part of name or address, and by each filter, in every order (MEM-1; security R31).

use onesql::params;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use roster::base::text::fold;
use roster::base::{MemberId, OrganizationId};
use roster::http::ListQuery;
use roster::member::list::{self, Filter, Sort, Weights};
use roster::member::{Member, Status, grams};
use serde_json::json;

use crate::story::{Organization, Story};

const FIRST: [&str; 8] = ["Zoë", "Anna", "Ann", "Łukasz", "Bo", "İpek", "_x_", "Élan%"];
const LAST: [&str; 6] = ["Anders", "Straße", "O'Neil", "Xu", "van den Berg", "安娜"];

async fn crowd(app: &Story, name: &str, size: usize) -> Organization {
    let acme = app.organization(name).owned_by(&format!("owner@{}.test", name.to_lowercase())).await;
    for n in 0..size {
        let email = format!("{}{n}@{}.test", fold(FIRST[n % 8]).replace('%', "-"), ["anna", "xu"][n % 2]);
        let email: String = email.chars().filter(|c| c.is_ascii() && *c != '_').collect();
        let role = ["user", "admin"][usize::from(n % 7 == 0)];
        let (first, last) = (FIRST[n % 8], LAST[n / 3 % 6]);
        let body = json!({"email": email, "firstName": first, "lastName": last, "role": role});
        acme.owner().post("invitations", body).await.has_status(200);
    }
    app.leaves_any_mail();
    acme
}

async fn everybody(app: &Story, id: OrganizationId) -> Vec<Member> {
    let query = ListQuery { limit: 200, cursor: None, count: false };
    list::page(app.app(), id, &Filter::default(), Sort::default(), &query).await.unwrap().data
}

/// All of a list, page by page.
async fn listed(
    app: &Story,
    id: OrganizationId,
    filter: &Filter,
    (sort, weights): (Sort, Weights),
) -> Vec<MemberId> {
    let mut query = ListQuery { limit: 4, cursor: None, count: true };
    let (mut all, mut total) = (Vec::new(), None);
    loop {
        let page = list::weighed(app.app(), id, filter, (sort, &query), weights).await.unwrap();
        assert!(total.is_none() || total == page.total);
        total = page.total;
        all.extend(page.data.iter().map(|member| member.id));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            assert_eq!(total, Some(all.len() as i64));
            return all;
        }
    }
}

fn matches(member: &Member, filter: &Filter) -> bool {
    let text = fold(&format!("{} {} {}", member.first_name, member.last_name, member.email));
    filter.q.as_ref().is_none_or(|q| text.contains(&fold(q.trim())))
        && filter.status.is_none_or(|status| member.status == status)
        && filter.role.is_none_or(|role| member.roles.contains(&role))
        && filter.team.is_none_or(|team| member.teams.contains(&team))
        && filter.not_signed_in.is_none_or(|(_, since)| member.last_login.is_none_or(|login| login < since))
}

/// What somebody types: a part of somebody's name or address, or something like it.
fn typed(members: &[Member], (who, from, length, odd): (usize, usize, usize, u8)) -> String {
    let member = &members[who % members.len()];
    let text = format!("{} {} {}", member.first_name, member.last_name, member.email);
    let letters: Vec<char> = text.chars().collect();
    let from = from % letters.len();
    let part = String::from_iter(&letters[from..letters.len().min(from + 1 + length)]);
    match odd {
        0 => part.to_uppercase(),
        1 => format!("{part}q"),
        2 => format!("{part}%"),
        3 => String::new(),
        _ => part,
    }
}

story!(
    /// MEM-1, property: whatever is typed, with whatever filters, in every order, page by page, the list holds whom reading everybody
    /// finds, each once, and nobody of another organization; while names wait for the index, are in it, and after they changed.
    whoever_reading_all_would_find_is_found_by_index, app => {
    let acme = crowd(&app, "Acme", 40).await;
    crowd(&app, "Other", 12).await;
    let places = acme.has_places().await;
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(5), ..Config::default() });
    for stage in 0..4 {
        match stage {
            0 => {}
            1 => assert_eq!(grams::catch_up(app.app()).await.unwrap(), 40 + 12 + 2),
            2 => {
                for member in everybody(&app, acme.id).await.iter().step_by(5) {
                    let _ = acme.owner().delete(&format!("members/{}", member.id)).await;
                }
                for (n, member) in everybody(&app, acme.id).await.iter().step_by(3).enumerate() {
                    let body = json!({"firstName": format!("Xaver{n}"), "teams": [places.team]});
                    acme.owner().patch(&format!("members/{}", member.id), body).await;
                }
            }
            _ => assert!(grams::catch_up(app.app()).await.unwrap() > 5),
        }
        assert_eq!(stage % 2 == 0, waiting(&app).await > 0, "{stage}");
        let members = everybody(&app, acme.id).await;
        let roles: Vec<_> = members.iter().flat_map(|member| member.roles.clone()).collect();
        let strategy = (any::<(usize, usize, u8)>(), 0..6usize, any::<[u8; 4]>(), 0..10usize, 0..4i64);
        for _ in 0..60 {
            use proptest::strategy::ValueTree;
            let drawn = strategy.new_tree(&mut runner).unwrap().current();
            let ((who, from, odd), length, [status, role, team, login], sort, small) = drawn;
            let filter = Filter {
                q: Some(typed(&members, (who, from, length, odd % 8))).filter(|q| !q.is_empty()),
                status: [None, None, Some(Status::Invited), Some(Status::Active)][usize::from(status % 4)],
                role: (role % 3 == 0).then(|| roles[usize::from(role) % roles.len()]),
                team: (team % 4 == 0).then(|| places.team.parse().unwrap()),
                not_signed_in: (login % 4 == 0).then(|| (1, app.app().now())),
                ..Filter::default()
            };
            let name = ["name", "email", "role", "lastLogin", "createdAt"][sort % 5];
            let sort = Sort::parse(&format!("{}{name}", ["", "-"][sort / 5])).unwrap();
            let weights = [
                Weights::default(),
                Weights { few: 2, stretch: 3, many: 100 },
                Weights { few: 0, stretch: 9, many: 4 },
                Weights { few: 0, stretch: 100, many: 0 },
            ][small as usize];
            let whole = listed(&app, acme.id, &Filter::default(), (sort, Weights::default())).await;
            let expected: Vec<MemberId> = whole
                .into_iter()
                .filter(|id| members.iter().any(|member| member.id == *id && matches(member, &filter)))
                .collect();
            assert_eq!(listed(&app, acme.id, &filter, (sort, weights)).await, expected, "{stage} {filter:?} {sort:?} {weights:?}");
            let mut reader = app.app().db.reader();
            let counted = list::count_up_to(&mut reader, acme.id, &filter, 7).await.unwrap();
            assert_eq!(counted, expected.len().min(7) as i64, "{filter:?}");
            let mut ids = list::ids(&mut reader, acme.id, &filter, 100).await.unwrap();
            ids.sort_by_key(|id| expected.iter().position(|e| e == id));
            assert_eq!(ids, expected, "{filter:?}");
        }
    }
});

async fn waiting(app: &Story) -> i64 {
    use onesql::Query;
    let sql = "SELECT COUNT(*) FROM members_to_index";
    let (count,): (i64,) = app.app().db.reader().one(sql, params![]).await.unwrap();
    count
}

story!(
    /// Two processes index the same names at once, and people are renamed meanwhile: nobody is lost, each is found by the last name.
    names_change_while_they_are_indexed, app => {
    let acme = crowd(&app, "Acme", 30).await;
    let second = app.second_process().await;
    let members = everybody(&app, acme.id).await;
    let (first, other) = (app.app().clone(), second.app.clone());
    let indexing = [first, other].map(|app| tokio::spawn(async move {
        for _ in 0..20 {
            while grams::catch_up(&app).await.is_err() {}
        }
    }));
    for (n, member) in members.iter().enumerate() {
        acme.owner().patch(&format!("members/{}", member.id), json!({"lastName": format!("Renamed{n}x")})).await.has_status(200);
    }
    for task in indexing {
        task.await.unwrap();
    }
    grams::catch_up(app.app()).await.unwrap();
    assert_eq!(waiting(&app).await, 0);
    for (n, member) in members.iter().enumerate() {
        let found = acme.owner().get(&format!("members?q=named{n}x")).await;
        assert_eq!(found.column("/id"), [member.id.to_string()]);
    }
});
