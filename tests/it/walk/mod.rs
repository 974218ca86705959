//! Nobody ends with more than the grant rules allow (ACC-4): every door by name, and a random walk over the whole API by
//! people without a top role, judged after each call by rules of its own.

mod doors;
mod grammar;
mod oracle;

use std::collections::{BTreeMap, VecDeque};

use axum::http::Method;
use onesql::Engine;
use roster::base::time::MINUTE;
use serde_json::json;

use crate::story::{Answer, Organization, Person, Request, Story, tell};
use grammar::{Asked, Dice, Known};
use oracle::{Set, State};

/// How many calls a walk makes in one organization before it begins anew elsewhere.
const CHAPTER: usize = 600;
/// The calls of each walk: twelve walks on SQLite make 20,400 together.
const ON_SQLITE: usize = 1_700;
const ON_POSTGRES: usize = 300;

/// Who walks, by name, and what the owner gave them.
type Cast = Vec<(&'static str, serde_json::Value)>;

/// Roles, templates and people of a walk; nobody but the owner has a top role.
async fn people(preset: &str, acme: &Organization) -> Vec<Person> {
    let alice = acme.alice();
    for role in roles(preset) {
        alice.post("roles", role).await.has_status(201);
    }
    if preset == "multi-role" {
        let grants = json!({"grants": ["user_manager", "member", "helper"]});
        alice.patch("roles/user_manager", grants).await.has_status(200);
    }
    let mut template = String::new();
    for (name, permissions) in templates(preset) {
        let body = json!({"name": name, "permissions": permissions});
        template = alice.post("role-templates", body).await.has_status(201).text_at("/id");
    }
    let mut people = Vec::new();
    for (name, mut access) in cast(preset) {
        let direct = access.as_object_mut().and_then(|access| access.remove("permissions"));
        if access["roleTemplate"] == true {
            access["roleTemplate"] = json!(template);
        }
        let person = acme.joins_with(&format!("{name}@walk.test"), access).await;
        if let Some(direct) = direct {
            let body = json!({"permissions": direct});
            alice.patch(&format!("members/{}", person.id), body).await.has_status(200);
        }
        people.push(person.within(&acme.id.to_string()));
    }
    for n in 0..4 {
        alice.tries_to_invite(&format!("p{n}@walk.test"), json!({})).await.has_status(200);
    }
    people
}

fn roles(preset: &str) -> Vec<serde_json::Value> {
    match preset {
        "multi-role" => vec![
            json!({"key": "helper", "label": "Helper", "rank": 15, "permissions": {"users": ["view"]}, "grants": ["member"]}),
            json!({"key": "access_administrator", "label": "Access administrator", "rank": 35,
                "permissions": {"users": ["manage"], "sessions": ["view"]}, "grants": ["helper", "user_manager", "member", "access_administrator"]}),
        ],
        "ranked-workspace" => vec![
            json!({"key": "lead", "label": "Lead", "rank": 25, "includesLower": true,
                "permissions": {"users": ["view", "create", "edit", "delete"]}, "grants": ["agent_user"]}),
            json!({"key": "access_administrator", "label": "Access administrator", "rank": 35, "includesLower": true,
                "permissions": {"users": ["manage"]}, "grants": ["editor", "agent_user", "lead", "access_administrator"]}),
        ],
        _ => vec![
            json!({"key": "shaper", "label": "Shaper", "rank": 15, "permissions": {"users": ["manage"], "crm": ["view", "edit"]},
                "grants": ["user", "shaper"]}),
        ],
    }
}

fn templates(preset: &str) -> Vec<(&'static str, serde_json::Value)> {
    match preset {
        "admin-user" => vec![
            ("Everything", json!({"settings": ["manage"], "analytics": ["manage"]})),
            ("Support", json!({"conversations": ["view", "edit"], "crm": ["view"]})),
        ],
        "multi-role" => {
            vec![("Everything", json!({"settings": ["manage"]})), ("Seats", json!({"sessions": ["view"]}))]
        }
        _ => vec![("Everything", json!({"licensing": ["manage"]})), ("Models", json!({"models": ["view"]}))],
    }
}

fn cast(preset: &str) -> Cast {
    match preset {
        "multi-role" => vec![
            ("uma", json!({"role": "user_manager"})),
            ("ada", json!({"role": "access_administrator", "roleTemplate": true})),
            (
                "audie",
                json!({"roles": ["auditor", "user_manager"], "permissions": {"settings": ["view", "create", "edit", "delete"]}}),
            ),
            ("odd", json!({"role": "auditor"})),
            ("mel", json!({"role": "member", "permissions": {"users": ["edit", "manage"]}})),
        ],
        "ranked-workspace" => vec![
            ("ada", json!({"role": "access_administrator"})),
            ("lea", json!({"role": "lead", "permissions": {"workspace_settings": ["create", "edit"]}})),
            ("ed", json!({"role": "editor", "permissions": {"users": ["manage"]}})),
            ("mo", json!({"role": "monitor"})),
            ("gus", json!({"role": "agent_user", "permissions": {"users": ["view", "create", "edit"]}})),
        ],
        _ => vec![
            ("sha", json!({"role": "shaper", "featureAccess": {"crm": true}})),
            ("uma", json!({"role": "user", "permissions": {"users": ["view", "create", "edit", "delete"]}})),
            (
                "max",
                json!({"role": "user", "roleTemplate": true, "permissions": {"users": ["manage"], "settings": ["edit"], "crm": ["edit"]}}),
            ),
            ("pat", json!({"role": "user", "featureAccess": {"crm": true}})),
        ],
    }
}

/// One organization and what is walked in it.
struct Walk {
    acme: Organization,
    preset: &'static str,
    seed: u64,
    people: Vec<Person>,
    /// Those of them who may change roles.
    strongest: Vec<Person>,
    actors: Vec<String>,
    beginning: State,
    ceiling: Set,
    teams: Vec<String>,
    projects: Vec<String>,
    sessions: Vec<String>,
    steps: VecDeque<String>,
    count: BTreeMap<&'static str, (usize, usize)>,
}

impl Walk {
    async fn begin(app: &Story, preset: &'static str, seed: u64) -> Self {
        let acme = app.organization("Walk").preset(preset).owned_by("alice@walk.test").await;
        let people = people(preset, &acme).await;
        let beginning = State::read(&acme).await;
        let actors: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
        let ceiling = beginning.ceiling(&actors);
        let manages = ("users".to_owned(), "manage".to_owned());
        let strong = people.iter().filter(|person| beginning.effective(&person.id).contains(&manages));
        let strongest = strong.cloned().collect();
        let (steps, count) = Default::default();
        let (teams, projects, sessions) = Default::default();
        Self {
            acme,
            preset,
            seed,
            people,
            strongest,
            actors,
            beginning,
            ceiling,
            teams,
            projects,
            sessions,
            steps,
            count,
        }
    }

    /// Makes so many calls, or fewer where hardly anybody is left; says how many.
    async fn walk(&mut self, calls: usize) -> usize {
        let mut dice = Dice::new(self.seed);
        let mut now = State::read(&self.acme).await;
        for step in 0..calls {
            self.acme.app.waits(3 * MINUTE);
            if step % 40 == 0 {
                self.repair(&now).await;
                now = State::read(&self.acme).await;
                self.learn().await;
                if now.members.keys().filter(|id| self.actors.contains(id)).count() < 3 {
                    return step;
                }
            }
            // Whoever may do more does more.
            let among = if dice.once_in(2) { &self.people } else { &self.strongest };
            let person = dice.pick(among).clone();
            let known = Known {
                state: &now,
                actors: &self.actors,
                me: &person.id,
                teams: &self.teams,
                projects: &self.projects,
                sessions: &self.sessions,
            };
            let asked = known.ask(&mut dice);
            let answer = self.send(&person, &asked).await;
            let what = format!(
                "{} {} {} {} -> {}",
                person.email, asked.method, asked.path, asked.body, answer.status
            );
            let counted = self.count.entry(asked.kind).or_default();
            if answer.is_success() {
                counted.0 += 1
            } else {
                counted.1 += 1
            }
            if asked.kind == "decide" && answer.status == 200 {
                self.judge_decision(&now, &asked, &answer, &what);
            }
            if answer.is_success() && asked.method != Method::GET && asked.kind != "decide" {
                let next = State::read(&self.acme).await;
                self.judge(&now, &next, &person, &asked, &what);
                self.steps.push_back(what);
                if self.steps.len() > 25 {
                    self.steps.pop_front();
                }
                now = next;
            } else if step % 25 == 0 {
                // What was refused changed nothing.
                let next = State::read(&self.acme).await;
                self.must(now == next, &format!("a refusal or a look changed something: {what}"));
            }
        }
        calls
    }

    fn send(&self, person: &Person, asked: &Asked) -> impl Future<Output = Answer> + Send + use<> {
        let request = Request::new(asked.method.clone(), person.path(&asked.path));
        let bodiless = asked.method == Method::GET || asked.method == Method::DELETE;
        person.send(if bodiless { request } else { request.json(&asked.body) })
    }

    #[track_caller]
    fn must(&self, holds: bool, what: &str) {
        let steps: Vec<&str> = self.steps.iter().map(String::as_str).collect();
        assert!(holds, "{} with seed {}: {what}\nafter\n{}", self.preset, self.seed, steps.join("\n"));
    }

    fn judge(&self, before: &State, after: &State, person: &Person, asked: &Asked, what: &str) {
        if asked.path.contains("dryRun=true") {
            self.must(before == after, &format!("a preview changed something: {what}"));
        }
        let faults = before.faults(&person.id, after);
        self.must(faults.is_empty(), &format!("{faults:#?} by {what}"));
        self.must(self.beginning.on_top() == after.on_top(), "somebody came to the top, or left it");
        for (id, member) in &after.members {
            if after.on_top().contains(id) {
                continue;
            }
            let beyond: Vec<_> = after.potential(member).difference(&self.ceiling).cloned().collect();
            let beyond: Vec<_> = match self.beginning.members.get(id) {
                Some(was) => {
                    let had = self.beginning.potential(was);
                    beyond.into_iter().filter(|permission| !had.contains(permission)).collect()
                }
                None => beyond,
            };
            self.must(
                beyond.is_empty(),
                &format!("{id} holds {beyond:?}, which nobody could give, by {what}"),
            );
        }
    }

    fn judge_decision(&self, now: &State, asked: &Asked, answer: &Answer, what: &str) {
        let text = |pointer: &str| {
            asked.body.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
        };
        let wanted = (text("/resource/id"), text("/action/name"));
        let may = now.effective(&text("/subject/id")).contains(&wanted);
        self.must(answer.at("/decision") == may, &format!("the rules say {may}: {what}{answer}"));
    }

    /// The owner lets the actors back in and gives back what was taken from them: the walk goes on.
    async fn repair(&self, now: &State) {
        let alice = self.acme.alice().within(&self.acme.id.to_string());
        for person in &self.people {
            let Some(member) = now.members.get(&person.id) else { continue };
            let path = format!("members/{}", person.id);
            if member.status == "suspended" {
                alice.post(&format!("{path}/reactivate"), json!({})).await.has_status(200);
            }
            let was = &self.beginning.members[&person.id];
            let roles: Vec<&String> = was.roles.iter().filter(|id| now.roles.contains_key(*id)).collect();
            if !roles.is_empty() && member.roles != was.roles {
                alice.patch(&path, json!({"roles": roles})).await.has_status(200);
            }
            if person.get("/session").await.status == 401 && person.signs_in().await.status == 200 {
                person.signs_in_again().await;
            }
        }
    }

    async fn learn(&mut self) {
        let alice = self.acme.alice();
        self.teams = alice.get("teams").await.column("/id");
        self.projects = alice.get("projects").await.column("/id");
        self.sessions = alice.get("sessions").await.column("/id");
    }
}

/// Walks in one organization after another until enough calls are made.
fn walks(engine: Engine, preset: &'static str, seed: u64) {
    let enough = if engine == Engine::Sqlite { ON_SQLITE } else { ON_POSTGRES };
    let total = std::sync::Arc::new(std::sync::Mutex::new((0, BTreeMap::new())));
    for chapter in 0.. {
        let made = total.lock().unwrap().0;
        if made >= enough {
            break;
        }
        assert!(chapter < 200, "{preset} with seed {seed}: organizations end too soon");
        let (calls, total) = (CHAPTER.min(enough - made), total.clone());
        tell(engine, move |app| async move {
            app.leaves_any_mail();
            let mut walk = Walk::begin(&app, preset, seed * 1_000 + chapter).await;
            let made = walk.walk(calls).await;
            let mut total = total.lock().unwrap();
            total.0 += made;
            for (kind, (done, refused)) in walk.count {
                let sum: &mut (usize, usize) = total.1.entry(kind).or_default();
                *sum = (sum.0 + done, sum.1 + refused);
            }
        });
    }
    let (made, count) = &*total.lock().unwrap();
    println!("{preset} with seed {seed}: {made} calls, done and refused {count:?}");
    if engine == Engine::Sqlite {
        // A walk in which nothing succeeds, or nothing is refused, proves nothing.
        for kind in ["invite", "create", "change", "suspend", "make role", "shape role", "change template"] {
            let (done, refused) = count[kind];
            assert!(
                done > 0 && refused > 0,
                "{preset} with seed {seed}: {kind} {done} times done, {refused} refused"
            );
        }
    }
}

macro_rules! walks {
    ($($name:ident: $preset:literal, $seed:literal;)*) => {$(
        mod $name {
            /// ACC-4, ACC-5: by no sequence of calls does anybody end with more than the rules allow.
            #[test]
            fn sqlite() {
                super::walks(onesql::Engine::Sqlite, $preset, $seed);
            }

            /// The same, shorter.
            #[test]
            fn postgres() {
                super::walks(onesql::Engine::Postgres, $preset, $seed);
            }
        }
    )*};
}

walks! {
    several_roles_1: "multi-role", 1;
    several_roles_2: "multi-role", 2;
    several_roles_3: "multi-role", 3;
    several_roles_4: "multi-role", 4;
    ranked_1: "ranked-workspace", 5;
    ranked_2: "ranked-workspace", 6;
    ranked_3: "ranked-workspace", 7;
    ranked_4: "ranked-workspace", 8;
    templates_and_features_1: "admin-user", 9;
    templates_and_features_2: "admin-user", 10;
    templates_and_features_3: "admin-user", 11;
    templates_and_features_4: "admin-user", 12;
}
