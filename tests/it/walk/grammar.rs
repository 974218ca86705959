//! What somebody without restraint would ask of the whole API: calls made of known ids and keys, most of them well formed.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::oracle::State;

/// Numbers that are the same at every run with one seed.
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        // xorshift64*: small, good enough and nobody's secret.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).expect("below a usize")
    }

    /// True once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A call: a kind for the count, a method, a path within the organization (or a whole one), a body.
#[derive(Clone, Debug)]
pub struct Asked {
    pub kind: &'static str,
    pub method: Method,
    pub path: String,
    pub body: Value,
}

/// What the calls are made of.
pub struct Known<'a> {
    pub state: &'a State,
    /// Whom nobody removes for good too often: the walk would end.
    pub actors: &'a [String],
    pub me: &'a str,
    pub teams: &'a [String],
    pub projects: &'a [String],
    pub sessions: &'a [String],
}

const RESOURCES: &[&str] = &["agent/one", "agent/two", "bot/one", "flow/%C3%BC"];
const ADDRESSES: usize = 24;

impl Known<'_> {
    fn address(&self, dice: &mut Dice) -> String {
        format!("p{}@walk.test", dice.below(ADDRESSES))
    }

    fn member(&self, dice: &mut Dice) -> String {
        let others: Vec<&String> = self.state.members.keys().filter(|id| !self.actors.contains(id)).collect();
        match dice.below(12) {
            0 => self.me.to_owned(),
            1 | 2 => dice.pick(self.actors).clone(),
            _ if !others.is_empty() => (*dice.pick(&others)).clone(),
            _ => dice.pick(self.actors).clone(),
        }
    }

    fn victim(&self, dice: &mut Dice) -> String {
        let others: Vec<&String> = self.state.members.keys().filter(|id| !self.actors.contains(id)).collect();
        if others.is_empty() || dice.once_in(25) { self.member(dice) } else { (*dice.pick(&others)).clone() }
    }

    /// A role by key or id; more often than not one that the asker may hand out.
    fn role(&self, dice: &mut Dice) -> String {
        let mine = self.state.members.get(self.me).map(|me| &me.roles);
        let held = || self.state.roles.iter().filter(|(id, _)| mine.is_some_and(|mine| mine.contains(*id)));
        let theirs: Vec<&String> = held().flat_map(|(_, role)| &role.grants).collect();
        let all: Vec<(&String, &String)> =
            self.state.roles.iter().map(|(id, role)| (id, &role.key)).collect();
        let (id, key) = *dice.pick(&all);
        match dice.below(40) {
            0 => "nobody".to_owned(),
            n if n > 15 && !theirs.is_empty() => (*dice.pick(&theirs)).clone(),
            n if n % 2 == 0 => id.clone(),
            _ => key.clone(),
        }
    }

    fn roles(&self, dice: &mut Dice) -> Vec<String> {
        (0..=dice.below(3)).map(|_| self.role(dice)).collect()
    }

    fn template(&self, dice: &mut Dice) -> Value {
        let all: Vec<&String> = self.state.templates.keys().collect();
        if all.is_empty() || dice.once_in(5) { Value::Null } else { json!(dice.pick(&all)) }
    }

    /// Permissions; more often than not of those that the asker holds.
    fn permissions(&self, dice: &mut Dice) -> Value {
        let mut categories = self.state.categories();
        if !dice.once_in(3) {
            let held = self.state.effective(self.me);
            for (category, actions) in &mut categories {
                actions.retain(|action| held.contains(&(category.clone(), action.clone())));
            }
            categories.retain(|(_, actions)| !actions.is_empty());
        }
        let mut all = Map::new();
        for _ in 0..=dice.below(3) {
            if categories.is_empty() {
                break;
            }
            let (category, actions) = dice.pick(&categories).clone();
            let chosen: Vec<&String> = (0..dice.below(4)).map(|_| dice.pick(&actions)).collect();
            all.insert(category, if dice.once_in(8) { Value::Null } else { json!(chosen) });
        }
        Value::Object(all)
    }

    fn features(&self, dice: &mut Dice) -> Value {
        let all = self.state.features();
        let key = if all.is_empty() { "crm".to_owned() } else { dice.pick(&all).clone() };
        json!({key: !dice.once_in(3)})
    }

    fn places(dice: &mut Dice, all: &[String]) -> Value {
        json!(
            (0..dice.below(3))
                .filter(|_| !all.is_empty())
                .map(|_| dice.pick(all).clone())
                .collect::<Vec<_>>()
        )
    }

    /// What an invitation or a change of a member gives.
    fn access(&self, dice: &mut Dice, body: &mut Map<String, Value>, patch: bool) {
        for _ in 0..=dice.below(2) {
            match dice.below(10) {
                0..=2 => drop(body.insert("role".into(), json!(self.role(dice)))),
                3 | 4 => drop(body.insert("roles".into(), json!(self.roles(dice)))),
                5 => drop(body.insert("roleTemplate".into(), self.template(dice))),
                6 if patch => drop(body.insert("permissions".into(), self.permissions(dice))),
                6 | 7 => drop(body.insert("featureAccess".into(), self.features(dice))),
                8 => drop(body.insert("teams".into(), Self::places(dice, self.teams))),
                _ => drop(body.insert("projects".into(), Self::places(dice, self.projects))),
            }
        }
        if dice.once_in(40) {
            let odd = ["permission", "status", "rank", "top", "grants", "accountId"];
            body.insert((*dice.pick(&odd)).into(), json!("admin"));
        }
        if body.contains_key("role") {
            body.remove("roles");
        }
    }

    fn shape(&self, dice: &mut Dice, body: &mut Map<String, Value>) {
        for _ in 0..=dice.below(2) {
            match dice.below(8) {
                0 => drop(body.insert("rank".into(), json!(5 * (dice.below(16) as i64 - 2)))),
                1 | 2 => drop(body.insert("permissions".into(), self.permissions(dice))),
                3 => drop(body.insert("includesLower".into(), json!(dice.once_in(2)))),
                4 | 5 => drop(body.insert("grants".into(), json!(self.roles(dice)))),
                6 => drop(body.insert("default".into(), json!(true))),
                _ if dice.once_in(3) => drop(body.insert("top".into(), json!(dice.once_in(2)))),
                _ => drop(body.insert("description".into(), json!(format!("Number {}", dice.below(9))))),
            }
        }
    }

    fn preview(dice: &mut Dice) -> &'static str {
        if dice.once_in(8) { "?dryRun=true" } else { "" }
    }

    /// The next call.
    pub fn ask(&self, dice: &mut Dice) -> Asked {
        let asked = |kind, method, path: String, body| Asked { kind, method, path, body };
        let key = format!("custom_{}", dice.below(4));
        match dice.below(100) {
            0..=11 => self.invite(dice),
            12..=15 => {
                let invitation = self.state.invitations.get(dice.below(30));
                let id = invitation.map_or("inv_none", String::as_str);
                let body = if dice.once_in(4) { json!({"role": self.role(dice)}) } else { json!({}) };
                let (kind, verb) = *dice.pick(&[("resend", "resend"), ("revoke", "revoke")]);
                asked(kind, Method::POST, format!("invitations/{id}/{verb}"), body)
            }
            16..=19 => {
                let mut body = Map::new();
                body.insert("email".into(), json!(self.address(dice)));
                body.insert("firstName".into(), json!("Walt"));
                body.insert("lastName".into(), json!("Walker"));
                body.insert("password".into(), json!(crate::story::person::PASSWORD));
                if dice.once_in(2) {
                    body.insert("role".into(), json!(self.role(dice)));
                } else {
                    body.insert("roles".into(), json!(self.roles(dice)));
                }
                asked("create", Method::POST, "members".into(), Value::Object(body))
            }
            20..=43 => {
                let mut body = Map::new();
                self.access(dice, &mut body, true);
                let path = format!("members/{}{}", self.member(dice), Self::preview(dice));
                asked("change", Method::PATCH, path, Value::Object(body))
            }
            44..=47 => {
                let mut member = self.member(dice);
                let open: Vec<&String> = self
                    .state
                    .members
                    .iter()
                    .filter(|(_, m)| m.status != "invited")
                    .map(|(id, _)| id)
                    .collect();
                if !dice.once_in(3) {
                    member = (*dice.pick(&open)).clone();
                }
                let is_out =
                    self.state.members.get(&member).is_some_and(|member| member.status == "suspended");
                let verb = if is_out != dice.once_in(6) { "reactivate" } else { "suspend" };
                asked("suspend", Method::POST, format!("members/{member}/{verb}"), json!({}))
            }
            48 | 49 => asked("remove", Method::DELETE, format!("members/{}", self.victim(dice)), json!({})),
            50..=53 => {
                let mut body = Map::new();
                body.insert("key".into(), json!(if dice.once_in(6) { self.role(dice) } else { key }));
                body.insert("label".into(), json!("Custom"));
                self.shape(dice, &mut body);
                asked("make role", Method::POST, format!("roles{}", Self::preview(dice)), Value::Object(body))
            }
            54..=63 => {
                let mut body = Map::new();
                self.shape(dice, &mut body);
                let path = format!("roles/{}{}", self.role(dice), Self::preview(dice));
                asked("shape role", Method::PATCH, path, Value::Object(body))
            }
            64 | 65 => {
                let (role, to) = (self.role(dice), self.role(dice));
                let to = if dice.once_in(4) { String::new() } else { format!("?reassignTo={to}") };
                asked("delete role", Method::DELETE, format!("roles/{role}{to}"), json!({}))
            }
            66..=68 => {
                let name = format!("Template {}", dice.below(5));
                let body = json!({"name": name, "permissions": self.permissions(dice)});
                asked("make template", Method::POST, format!("role-templates{}", Self::preview(dice)), body)
            }
            69..=73 => {
                let id = self.template(dice);
                let path =
                    format!("role-templates/{}{}", id.as_str().unwrap_or("tmpl_none"), Self::preview(dice));
                asked("change template", Method::PATCH, path, json!({"permissions": self.permissions(dice)}))
            }
            74 => {
                let (id, to) = (self.template(dice), self.template(dice));
                let instead = to.as_str().map_or("clear=true".to_owned(), |to| format!("reassignTo={to}"));
                let path = format!("role-templates/{}?{instead}", id.as_str().unwrap_or("tmpl_none"));
                asked("delete template", Method::DELETE, path, json!({}))
            }
            75..=82 => self.place(dice),
            83..=85 => self.resource(dice),
            86 => {
                let body = json!({"settings": {"defaultRole": self.role(dice)}});
                asked("organization", Method::PATCH, String::new(), body)
            }
            87 => {
                let (category, _) = dice.pick(&self.state.categories()).clone();
                let body = json!({"categories": [{"key": category, "actions": ["view", "manage", "export"]}], "features": []});
                asked("access model", Method::PATCH, "access-model".into(), body)
            }
            88 if !self.sessions.is_empty() => asked(
                "end session",
                Method::DELETE,
                format!("sessions/{}", dice.pick(self.sessions)),
                json!({}),
            ),
            89..=94 => self.decide(dice),
            _ => self.look(dice),
        }
    }

    fn invite(&self, dice: &mut Dice) -> Asked {
        let mut body = Map::new();
        if dice.once_in(3) {
            let emails: Vec<String> = (0..=dice.below(3)).map(|_| self.address(dice)).collect();
            body.insert("emails".into(), json!(emails));
        } else {
            body.insert("email".into(), json!(self.address(dice)));
        }
        // An invitation takes no permissions; now and then it is tried all the same.
        let wild = dice.once_in(10);
        self.access(dice, &mut body, wild);
        Asked { kind: "invite", method: Method::POST, path: "invitations".into(), body: Value::Object(body) }
    }

    fn place(&self, dice: &mut Dice) -> Asked {
        let (noun, all) = if dice.once_in(2) { ("teams", self.teams) } else { ("projects", self.projects) };
        let id = if all.is_empty() { "team_none".to_owned() } else { dice.pick(all).clone() };
        let asked = |kind, method, path, body| Asked { kind, method, path, body };
        let name = json!({"name": format!("Place {}", dice.below(8))});
        match dice.below(10) {
            0 | 1 => asked("make place", Method::POST, noun.to_owned(), name),
            2 => asked("change place", Method::PATCH, format!("{noun}/{id}"), name),
            3 if dice.once_in(3) => asked("delete place", Method::DELETE, format!("{noun}/{id}"), json!({})),
            4 | 5 => asked(
                "take out",
                Method::DELETE,
                format!("{noun}/{id}/members/{}", self.member(dice)),
                json!({}),
            ),
            _ => {
                asked("put in", Method::PUT, format!("{noun}/{id}/members/{}", self.member(dice)), json!({}))
            }
        }
    }

    fn resource(&self, dice: &mut Dice) -> Asked {
        let path = format!("resources/{}", dice.pick(RESOURCES));
        if dice.once_in(6) {
            return Asked { kind: "unregister", method: Method::DELETE, path, body: json!({}) };
        }
        let (category, _) = dice.pick(&self.state.categories()).clone();
        let access = json!([{"member": self.member(dice), "level": dice.pick(&["view", "edit", "manage"])}]);
        let visibility = if dice.once_in(2) { "organization" } else { "restricted" };
        let access = if visibility == "organization" { json!([]) } else { access };
        let body = json!({"name": "Thing", "category": category, "visibility": visibility, "access": access});
        Asked { kind: "register", method: Method::PUT, path, body }
    }

    fn decide(&self, dice: &mut Dice) -> Asked {
        let (category, actions) = dice.pick(&self.state.categories()).clone();
        let who = if dice.once_in(2) { self.me.to_owned() } else { self.member(dice) };
        let body = json!({"subject": {"type": "member", "id": who}, "action": {"name": dice.pick(&actions)},
            "resource": {"type": "category", "id": category}, "context": {"organization": "walk"}});
        Asked { kind: "decide", method: Method::POST, path: "/access/v1/evaluation".into(), body }
    }

    fn look(&self, dice: &mut Dice) -> Asked {
        const LISTS: &[&str] = &[
            "",
            "members",
            "members.csv",
            "invitations",
            "roles",
            "role-templates",
            "teams",
            "projects",
            "resources",
            "sessions",
            "login-attempts",
            "audit-events",
            "seats",
            "access-model",
            "/session",
            "/account",
        ];
        let path = match dice.below(3) {
            0 => format!("members/{}", self.member(dice)),
            1 => format!("members/{}/effective-permissions", self.member(dice)),
            _ => (*dice.pick(LISTS)).to_owned(),
        };
        Asked { kind: "look", method: Method::GET, path, body: json!({}) }
    }
}
