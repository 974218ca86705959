//! Reads what an explanation offers, does it through the API as somebody with a role that may, and asks again; somebody whose
//! role may not is refused.

use serde_json::{Value, json};

use super::asking::entity;
use super::filling::{People, Town};
use super::reference::{Change, Level, On, With, template_name};
use super::worlds::{Dice, question};
use crate::story::Answer;

/// What a run did.
#[derive(Debug, Default)]
pub struct Done {
    pub allowed: usize,
    pub refused: usize,
    /// How many invitations were accepted.
    pub accepted: usize,
}

/// Who does it, and where.
pub struct Actor<'a> {
    pub people: &'a People,
    pub town: &'a mut Town,
    pub done: &'a mut Done,
}

/// Questions about each organization.
const QUESTIONS: usize = 8;

impl Actor<'_> {
    pub async fn tries(&mut self) {
        let mut dice = Dice::new(self.town.seed ^ 0x9e3);
        for _ in 0..QUESTIONS {
            let (who, action, on) = question(&self.town.world, &mut dice);
            // Nobody changes their own access, and the inspector stays who they are.
            if who + 2 < self.town.members.len() && !self.town.world.may(who, &action, &on) {
                self.remedies(who, (&action, &on), &mut dice).await;
            }
        }
    }

    async fn remedies(&mut self, who: usize, (action, on): (&str, &On), dice: &mut Dice) {
        let (kind, id) = entity(self.town, on);
        let (organization, member) = (self.town.id, self.town.members[who]);
        let path = format!(
            "/organizations/{organization}/access/explain?member={member}&action={action}&resource={kind}:{id}"
        );
        let answer = self.people.inspector.get(&path).await.has_status(200).json();
        let mut remedies = answer["remedies"].as_array().unwrap().clone();
        // What is refused changes nothing: the next is tried, until one helps.
        while !remedies.is_empty() {
            let remedy = remedies.swap_remove(dice.number(remedies.len()));
            if self.helps(who, (action, on), &remedy, dice).await {
                return;
            }
        }
    }

    /// Does one of them, as far as the actor may; answers whether they might do all of it.
    async fn helps(
        &mut self,
        who: usize,
        (action, on): (&str, &On),
        remedy: &Value,
        dice: &mut Dice,
    ) -> bool {
        let sentence = remedy["change"].as_str().unwrap();
        let mut changes: Vec<Change> = sentence.split(", and ").map(|part| self.read(part)).collect();
        let role = self.town.world.members[self.town.members.len() - 1].roles[0];
        let may = |change: &Change| self.town.world.may_make(role, who, (action, on), change);
        let all = changes.iter().all(may);
        let said =
            format!("organization number {}: member {who}, {action}, {on:?}: {remedy}", self.town.seed);
        let (key, by) = (self.town.world.roles[role].key.as_str(), remedy["by"].as_str().unwrap());
        // A long list ends in "and 2 more"; where it takes several people, each is named for a part.
        if let Some(list) = by.strip_prefix("Somebody with the role ").filter(|list| !list.contains(" more"))
        {
            let named = list.split([' ', ',', ';', '.']).any(|word| word == key);
            assert_eq!(named, all, "{key} in {said}");
        }
        if all {
            self.does_all(who, (action, on), &changes, dice.chance(50), &said).await;
        } else {
            // A feature that the present role brings is not switched on by anybody; it is missing after the change of role.
            let world = &self.town.world;
            let is_on = |change: &Change| matches!(change, Change::SwitchOn(at) if world.has_feature(&world.members[who], &world.features[*at]));
            changes.retain(|change| !world.may_make(role, who, (action, on), change) && !is_on(change));
            for change in &changes {
                let answer = self.does(who, (action, on), std::slice::from_ref(change)).await;
                assert_eq!(answer.status, 403, "{said}{answer}");
            }
        }
        let (kind, id) = entity(self.town, on);
        let (organization, member) = (self.town.id, self.town.members[who]);
        let body = json!({"subject": {"type": "member", "id": member}, "action": {"name": action},
            "resource": {"type": kind, "id": id}, "context": {"organization": organization}});
        let decision = self.people.inspector.post("/access/v1/evaluation", body).await.at("/decision");
        assert_eq!(decision, all, "{said}");
        if all {
            self.done.allowed += 1;
        } else {
            self.done.refused += 1;
        }
        all
    }

    /// Does all of a remedy as a person would: what is the member's own in one step, and before it what is done elsewhere,
    /// for who has a higher role than the actor then is no longer theirs to change. Accepting comes first or last.
    async fn does_all(
        &mut self,
        who: usize,
        (action, on): (&str, &On),
        changes: &[Change],
        early: bool,
        said: &str,
    ) {
        let order = |change: &Change| match change {
            Change::Activate { accepted: true } => {
                if early {
                    0
                } else {
                    3
                }
            }
            change if is_own(change) => 2,
            _ => 1,
        };
        for turn in 0..=3 {
            let now: Vec<Change> = changes.iter().filter(|change| order(change) == turn).cloned().collect();
            for now in now.chunks(if turn == 2 { now.len().max(1) } else { 1 }) {
                let answer = self.does(who, (action, on), now).await;
                assert!(answer.is_success(), "{said}{answer}");
            }
        }
        for change in changes {
            self.town.world.apply(who, action, on, change);
            self.done.accepted += usize::from(*change == Change::Activate { accepted: true });
        }
    }

    /// A sentence as a change.
    fn read(&self, sentence: &str) -> Change {
        let plain = sentence.replace(['\u{2068}', '\u{2069}'], "").trim_end_matches('.').to_lowercase();
        let after = |what: &str| plain.split_once(what).map(|(_, rest)| rest.to_owned());
        let number = |rest: String| rest.split(' ').next().unwrap_or_default().parse::<usize>().unwrap();
        let world = &self.town.world;
        if let Some(rest) = after(" the role template template ") {
            return Change::Template(number(rest));
        }
        if let Some(rest) = after(" the role ") {
            let key = rest.split(' ').next().unwrap_or_default().to_owned();
            return Change::Role(world.roles.iter().position(|role| role.key == key).unwrap());
        }
        if let Some(rest) = after(" to the team team ") {
            return Change::Join(With::Team(number(rest)));
        }
        if let Some(rest) = after(" to the project project ") {
            return Change::Join(With::Project(number(rest)));
        }
        if let Some(rest) = after(" by name, level ") {
            return Change::Share(*Level::ALL.iter().find(|level| level.name() == rest).unwrap());
        }
        if let Some(rest) = after("switch ") {
            let key = rest.split(' ').next().unwrap_or_default().to_owned();
            let labelled = |feature: &super::reference::Feature| feature.key == key;
            return Change::SwitchOn(world.features.iter().position(labelled).unwrap());
        }
        match plain {
            text if text.ends_with(" directly") => Change::Grant,
            text if text.ends_with(" in again") => Change::Activate { accepted: false },
            text if text == "the invitation is accepted" => Change::Activate { accepted: true },
            text => panic!("what does it mean: {text}"),
        }
    }

    async fn does(&self, who: usize, (action, on): (&str, &On), changes: &[Change]) -> Answer {
        let (town, actor) = (&*self.town, &self.people.actor);
        let here = format!("/organizations/{}", town.id);
        let id = town.members[who];
        let member = format!("{here}/members/{id}");
        let world = &town.world;
        match &changes[0] {
            change if is_own(change) => {
                let mut body = json!({});
                for change in changes {
                    let (field, value) = self.field(who, (action, on), change);
                    match (&mut body[field], value) {
                        // Several features may be switched on.
                        (Value::Object(known), Value::Object(more)) => known.extend(more),
                        (place, value) => *place = value,
                    }
                }
                actor.patch(&member, body).await
            }
            Change::Activate { accepted: true } => {
                let link = town.links[who].as_ref().unwrap();
                self.people.others[who].post(&format!("/invitations/{link}/accept"), json!({})).await
            }
            Change::Activate { accepted: false } => {
                actor.post(&format!("{member}/reactivate"), json!({})).await
            }
            Change::Join(With::Team(at)) => {
                actor.put(&format!("{here}/teams/{}/members/{id}", town.teams[*at]), json!({})).await
            }
            Change::Join(With::Project(at)) => {
                actor.put(&format!("{here}/projects/{}/members/{id}", town.projects[*at]), json!({})).await
            }
            Change::Join(With::Member(_)) => panic!("nobody joins a person"),
            Change::Share(level) => {
                let On::Thing(at) = on else { panic!("only a resource is shared") };
                let thing = &world.things[*at];
                let path = format!("{here}/resources/{}/{}", thing.kind, thing.id);
                let rule = |(with, level): &(With, Level)| match with {
                    With::Team(at) => json!({"team": town.teams[*at], "level": level.name()}),
                    With::Project(at) => json!({"project": town.projects[*at], "level": level.name()}),
                    With::Member(at) => json!({"member": town.members[*at], "level": level.name()}),
                };
                let own = (With::Member(who), *level);
                let rules = thing.shared.iter().flatten().filter(|(with, _)| *with != own.0).chain([&own]);
                let body = json!({"name": thing.id, "category": thing.category, "visibility": "restricted",
                    "access": rules.map(rule).collect::<Vec<_>>()});
                actor.put(&path, body).await
            }
            own => panic!("not by itself: {own:?}"),
        }
    }

    /// A change of the member themselves, as a field of the member.
    fn field(&self, who: usize, (action, on): (&str, &On), change: &Change) -> (&'static str, Value) {
        let (world, plain) = (&self.town.world, &self.town.world.members[who]);
        match change {
            Change::Grant => {
                let category = world.category(on);
                let known = |(c, a): &&(String, String)| c == category && world.knows(c, a);
                let mut actions: Vec<&str> =
                    plain.direct.iter().filter(known).map(|(_, action)| action.as_str()).collect();
                actions.push(action);
                ("permissions", json!({category: actions}))
            }
            Change::Template(at) => {
                assert_eq!(template_name(*at), format!("Template {at}"));
                ("roleTemplate", json!(self.town.templates[*at]))
            }
            Change::Role(at) => {
                let kept = if world.single_role { &[][..] } else { &plain.roles[..] };
                let keys = kept.iter().chain([at]).map(|at| world.roles[*at].key.as_str());
                ("roles", json!(keys.collect::<Vec<_>>()))
            }
            Change::SwitchOn(at) => ("featureAccess", json!({&world.features[*at].key: true})),
            other => panic!("not the member's own: {other:?}"),
        }
    }
}

/// Whether it is changed where the member is edited.
fn is_own(change: &Change) -> bool {
    matches!(change, Change::Grant | Change::Template(_) | Change::Role(_) | Change::SwitchOn(_))
}
