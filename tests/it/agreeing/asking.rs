//! Asks every face about a world and compares each answer with the reference.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::filling::Town;
use super::reference::On;
use super::worlds::{ACTIONS, Dice, question};
use crate::story::Person;

/// Who asks, and where.
pub struct Inspector<'a> {
    pub person: &'a Person,
    pub town: &'a Town,
}

/// The steps in the order of the API.
const STEPS: [&str; 8] = ["status", "role", "template", "direct", "feature", "team", "project", "visibility"];

/// An object as AuthZEN writes it.
pub fn entity(town: &Town, on: &On) -> (String, String) {
    match on {
        On::Category(category) => ("category".to_owned(), category.clone()),
        On::Thing(at) => (town.world.things[*at].kind.clone(), town.world.things[*at].id.clone()),
        On::Unknown => ("agent".to_owned(), "nobody-registered-it".to_owned()),
    }
}

impl Inspector<'_> {
    pub async fn asks_everything(&self) {
        let mut dice = Dice::new(self.town.seed ^ 0xa5c);
        self.many_at_once(&mut dice).await;
        for _ in 0..2 {
            let (who, action, on) = question(&self.town.world, &mut dice);
            self.one(who, &action, &on).await;
            self.explanation(who, &action, &on).await;
        }
        let (who, action, on) = question(&self.town.world, &mut dice);
        self.who_can(&action, &on, 1 + dice.number(3)).await;
        self.actions(who, &on).await;
        self.resources(who, &action, dice.chance(20), 1 + dice.number(2)).await;
    }

    fn says(&self, asked: &str) -> String {
        format!("organization number {}: {asked}", self.town.seed)
    }

    /// By member or by account, where there is one.
    fn subject(&self, who: usize, by_account: bool) -> Value {
        match self.town.accounts[who].filter(|_| by_account) {
            Some(account) => json!({"type": "account", "id": account}),
            None => json!({"type": "member", "id": self.town.members[who]}),
        }
    }

    fn asks(&self, (who, action, on): (usize, &str, &On), by_account: bool) -> Value {
        let (kind, id) = entity(self.town, on);
        json!({"subject": self.subject(who, by_account), "action": {"name": action},
            "resource": {"type": kind, "id": id}, "context": {"organization": self.town.id, "explain": by_account}})
    }

    async fn many_at_once(&self, dice: &mut Dice) {
        let asked: Vec<_> = (0..40).map(|_| question(&self.town.world, dice)).collect();
        let bodies: Vec<Value> =
            asked.iter().map(|(who, action, on)| self.asks((*who, action, on), dice.chance(10))).collect();
        let context = json!({"organization": self.town.id});
        let body = json!({"context": context, "evaluations": bodies});
        let answer = self.person.post("/access/v1/evaluations", body).await.has_status(200).json();
        for (at, (who, action, on)) in asked.iter().enumerate() {
            let expected = self.town.world.may(*who, action, on);
            let said = self.says(&format!("evaluations: member {who}, {action}, {on:?}"));
            assert_eq!(
                answer["evaluations"][at]["decision"], expected,
                "{said}: {}",
                answer["evaluations"][at]
            );
        }
    }

    fn is_chain(&self, steps: &Value, (who, action, on): (usize, &str, &On), said: &str) {
        let steps = steps.as_array().into_iter().flatten();
        let told: Vec<(&str, &str)> =
            steps.map(|s| (s["step"].as_str().unwrap(), s["outcome"].as_str().unwrap())).collect();
        let chain = self.town.world.chain(who, action, on);
        let expected: Vec<(&str, &str)> = STEPS.into_iter().zip(chain).collect();
        assert_eq!(told, expected, "{said}");
    }

    async fn one(&self, who: usize, action: &str, on: &On) {
        let asked = (who, action, on);
        for by_account in [false, true] {
            let body = self.asks(asked, by_account);
            let answer = self.person.post("/access/v1/evaluation", body).await.has_status(200).json();
            let said = self.says(&format!("evaluation: member {who}, {action}, {on:?}"));
            assert_eq!(answer["decision"], self.town.world.may(who, action, on), "{said}");
            if by_account {
                self.is_chain(&answer["context"]["steps"], asked, &said);
            }
        }
    }

    async fn explanation(&self, who: usize, action: &str, on: &On) {
        let (kind, id) = entity(self.town, on);
        let (organization, member) = (self.town.id, self.town.members[who]);
        let path = format!(
            "/organizations/{organization}/access/explain?member={member}&action={action}&resource={kind}:{id}"
        );
        let answer = self.person.get(&path).await.has_status(200).json();
        let world = &self.town.world;
        let said = self.says(&format!("explain: member {who}, {action}, {on:?}: {answer}"));
        let may = world.may(who, action, on);
        assert_eq!(answer["decision"], may, "{said}");
        self.is_chain(&answer["steps"], (who, action, on), &said);
        let could_help = !matches!(on, On::Unknown) && world.knows(world.category(on), action);
        let remedies = answer["remedies"].as_array().unwrap();
        assert_eq!(remedies.is_empty(), may || !could_help, "{said}");
    }

    /// `who` and the search for subjects, page after page.
    async fn who_can(&self, action: &str, on: &On, limit: usize) {
        let (town, (kind, id)) = (self.town, entity(self.town, on));
        let said = self.says(&format!("who can {action} {on:?}"));
        let able: Vec<usize> =
            (0..town.members.len()).filter(|who| town.world.may(*who, action, on)).collect();
        let expected: BTreeSet<(String, BTreeSet<String>)> = able
            .iter()
            .map(|who| (town.members[*who].to_string(), town.world.sources(*who, action, on)))
            .collect();
        let path = format!(
            "/organizations/{}/access/who?action={action}&resource={kind}:{id}&limit={limit}",
            town.id
        );
        let (mut found, mut next) = (Vec::new(), Some(String::new()));
        while let Some(cursor) = next {
            let page = format!("{path}&cursor={cursor}");
            let page = if cursor.is_empty() { path.clone() } else { page };
            let answer = self.person.get(&page).await.has_status(200).json();
            for row in answer["data"].as_array().unwrap() {
                let sources = row["sources"].as_array().unwrap().iter();
                let sources = sources.map(|source| source.as_str().unwrap().to_owned()).collect();
                found.push((row["member"]["id"].as_str().unwrap().to_owned(), sources));
            }
            next = answer["nextCursor"].as_str().map(str::to_owned);
        }
        assert_eq!(found.len(), expected.len(), "{said}: nobody stands twice");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{said}");
        let body = json!({"subject": {"type": "member"}, "action": {"name": action},
            "resource": {"type": kind, "id": id}});
        let found = self.search("subject", body, limit).await;
        let expected: Vec<String> = able.iter().map(|who| town.members[*who].to_string()).collect();
        self.are_those(found, expected, "/id", &said);
    }

    async fn actions(&self, who: usize, on: &On) {
        let (kind, id) = entity(self.town, on);
        let body = json!({"subject": self.subject(who, who.is_multiple_of(2)), "resource": {"type": kind, "id": id}});
        let found = self.search("action", body, 200).await;
        let able = ACTIONS.into_iter().filter(|action| self.town.world.may(who, action, on));
        let said = self.says(&format!("what member {who} can do with {on:?}"));
        self.are_those(found, able.map(str::to_owned).collect(), "/name", &said);
    }

    async fn resources(&self, who: usize, action: &str, categories: bool, limit: usize) {
        let (world, kind) = (&self.town.world, if categories { "category" } else { "agent" });
        let all: Vec<On> = match categories {
            true => world.categories.iter().map(|(key, _)| On::Category(key.clone())).collect(),
            false => {
                (0..world.things.len()).filter(|at| world.things[*at].kind == kind).map(On::Thing).collect()
            }
        };
        let able = all.iter().filter(|on| world.may(who, action, on));
        let expected: Vec<String> = able.map(|on| entity(self.town, on).1).collect();
        let body = json!({"subject": self.subject(who, false), "action": {"name": action}, "resource": {"type": kind}});
        let found = self.search("resource", body, limit).await;
        let said = self.says(&format!("on which {kind} member {who} can {action}"));
        self.are_those(found, expected, "/id", &said);
    }

    fn are_those(&self, found: Vec<Value>, mut expected: Vec<String>, at: &str, said: &str) {
        let text = |row: &Value| row.pointer(at).and_then(Value::as_str).unwrap().to_owned();
        let mut found: Vec<String> = found.iter().map(text).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{said}");
    }

    /// Every page of a search.
    async fn search(&self, what: &str, mut body: Value, limit: usize) -> Vec<Value> {
        let (mut found, mut token) = (Vec::new(), String::new());
        body["context"] = json!({"organization": self.town.id});
        loop {
            body["page"] = json!({"limit": limit, "token": token});
            let path = format!("/access/v1/search/{what}");
            let answer = self.person.post(&path, body.clone()).await.has_status(200).json();
            found.extend(answer["results"].as_array().unwrap().iter().cloned());
            token = answer["page"]["next_token"].as_str().unwrap().to_owned();
            if token.is_empty() {
                return found;
            }
        }
    }
}
