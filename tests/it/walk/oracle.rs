//! The rules of access once more, written from the requirements and not from the code: what the organization looks like, what
//! follows from it, and what one call of one person may have made of it (ACC-1, ACC-4, ACC-5).

use std::collections::{BTreeMap, BTreeSet};

use onesql::{Query, params};
use roster::base::{InvitationId, MemberId, ProjectId, RoleId, RoleTemplateId, TeamId};
use serde_json::Value;

use crate::story::Organization;

/// A permission: category and action.
pub type Permission = (String, String);
/// Permissions, spelled out or not.
pub type Set = BTreeSet<Permission>;

/// A role as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    pub key: String,
    pub rank: i64,
    pub permissions: Set,
    pub includes_lower: bool,
    pub grants: Vec<String>,
    pub default: bool,
    pub top: bool,
}

/// A member as they are stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub status: String,
    pub roles: BTreeSet<String>,
    pub template: Option<String>,
    pub direct: Set,
    pub features: BTreeMap<String, bool>,
    pub teams: BTreeSet<String>,
    pub projects: BTreeSet<String>,
}

/// Everything about access in an organization, by id.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    model: Value,
    pub roles: BTreeMap<String, Role>,
    pub templates: BTreeMap<String, Set>,
    pub members: BTreeMap<String, Member>,
    pub invitations: Vec<String>,
    places: BTreeSet<String>,
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn set(text: &str) -> Set {
    let value = parse(text);
    let categories = value.as_object().unwrap_or_else(|| panic!("no permissions: {text}"));
    let pairs = categories
        .iter()
        .flat_map(|(category, actions)| texts(actions).into_iter().map(|action| (category.clone(), action)));
    pairs.collect()
}

impl State {
    /// Reads it from the tables.
    pub async fn read(acme: &Organization) -> Self {
        const MODEL: &str = "SELECT access_model FROM organizations WHERE id = $1";
        const ROLES: &str = "SELECT id, key, rank, permissions, includes_lower, grants, is_default, is_top FROM roles \
             WHERE organization_id = $1";
        const TEMPLATES: &str = "SELECT id, permissions FROM role_templates WHERE organization_id = $1";
        const MEMBERS: &str = "SELECT id, status, role_template_id, permissions, feature_access, teams, projects FROM members \
             WHERE organization_id = $1";
        const HELD: &str = "SELECT h.member_id, h.role_id FROM member_roles h JOIN members m ON m.id = h.member_id \
             WHERE m.organization_id = $1";
        const INVITATIONS: &str =
            "SELECT id FROM invitations WHERE organization_id = $1 ORDER BY id DESC LIMIT 30";
        const TEAMS: &str = "SELECT id FROM teams WHERE organization_id = $1";
        const PROJECTS: &str = "SELECT id FROM projects WHERE organization_id = $1";
        type RoleRow = (RoleId, String, i64, String, bool, String, bool, bool);
        type MemberRow = (MemberId, String, Option<RoleTemplateId>, String, String, String, String);
        let db = &acme.app.app().db;
        let (model,): (String,) = db.reader().one(MODEL, params![acme.id]).await.unwrap();
        let roles: Vec<RoleRow> = db.reader().all(ROLES, params![acme.id]).await.unwrap();
        let templates: Vec<(RoleTemplateId, String)> =
            db.reader().all(TEMPLATES, params![acme.id]).await.unwrap();
        let members: Vec<MemberRow> = db.reader().all(MEMBERS, params![acme.id]).await.unwrap();
        let held: Vec<(MemberId, RoleId)> = db.reader().all(HELD, params![acme.id]).await.unwrap();
        let invitations: Vec<(InvitationId,)> = db.reader().all(INVITATIONS, params![acme.id]).await.unwrap();
        let teams: Vec<(TeamId,)> = db.reader().all(TEAMS, params![acme.id]).await.unwrap();
        let projects: Vec<(ProjectId,)> = db.reader().all(PROJECTS, params![acme.id]).await.unwrap();
        let places =
            teams.iter().map(|(id,)| id.to_string()).chain(projects.iter().map(|(id,)| id.to_string()));
        let role = |(id, key, rank, permissions, includes_lower, grants, default, top): RoleRow| {
            let (permissions, grants) = (set(&permissions), texts(&parse(&grants)));
            (id.to_string(), Role { key, rank, permissions, includes_lower, grants, default, top })
        };
        let ids = |text: &str| texts(&parse(text)).into_iter().collect();
        let member = |(id, status, template, direct, features, teams, projects): MemberRow| {
            let roles = held.iter().filter(|(of, _)| *of == id).map(|(_, role)| role.to_string()).collect();
            let features = parse(&features).as_object().cloned().unwrap_or_default();
            let features = features.into_iter().map(|(key, on)| (key, on == true)).collect();
            let template = template.map(|id| id.to_string());
            let (teams, projects) = (ids(&teams), ids(&projects));
            (
                id.to_string(),
                Member { status, roles, template, direct: set(&direct), features, teams, projects },
            )
        };
        Self {
            model: parse(&model),
            roles: roles.into_iter().map(role).collect(),
            templates: templates.into_iter().map(|(id, held)| (id.to_string(), set(&held))).collect(),
            members: members.into_iter().map(member).collect(),
            invitations: invitations.into_iter().map(|(id,)| id.to_string()).collect(),
            places: places.collect(),
        }
    }

    /// Categories with their actions.
    pub fn categories(&self) -> Vec<(String, Vec<String>)> {
        let categories = self.model["categories"].as_array().expect("categories").iter();
        categories.map(|c| (c["key"].as_str().unwrap_or_default().to_owned(), texts(&c["actions"]))).collect()
    }

    /// The features' keys.
    pub fn features(&self) -> Vec<String> {
        let features = self.model["features"].as_array().into_iter().flatten();
        features.filter_map(|feature| feature["key"].as_str()).map(str::to_owned).collect()
    }

    /// `manage` is every action of its category; what the model does not know is nothing.
    fn spelled_out(&self, held: &Set) -> Set {
        let mut all = Set::new();
        for (category, actions) in self.categories() {
            let manages = held.contains(&(category.clone(), "manage".to_owned()));
            for action in &actions {
                let named = (category.clone(), action.clone());
                if held.contains(&named) || (manages && actions.iter().any(|known| known == "manage")) {
                    all.insert(named);
                }
            }
        }
        all
    }

    /// What a role allows: with the lower ones where it includes them.
    pub fn of_role(&self, role: &Role) -> Set {
        let lower = self.roles.values().filter(|other| role.includes_lower && other.rank < role.rank);
        let held = lower.flat_map(|lower| lower.permissions.iter()).chain(&role.permissions);
        self.spelled_out(&held.cloned().collect())
    }

    fn has_feature(&self, member: &Member, feature: &Value) -> bool {
        let keys: Vec<&str> =
            member.roles.iter().filter_map(|id| self.roles.get(id)).map(|r| r.key.as_str()).collect();
        let always = texts(&feature["alwaysOnRoles"]).iter().any(|role| keys.contains(&role.as_str()));
        let switch = member.features.get(feature["key"].as_str().unwrap_or_default());
        always || switch.copied().unwrap_or(feature["defaultOn"] == true)
    }

    /// What roles, template and direct permissions give together, whatever is switched off.
    fn given_to(&self, member: &Member) -> Set {
        let mut held = member.direct.clone();
        held.extend(member.template.iter().filter_map(|id| self.templates.get(id)).flatten().cloned());
        let mut held = self.spelled_out(&held);
        held.extend(
            member.roles.iter().filter_map(|id| self.roles.get(id)).flat_map(|role| self.of_role(role)),
        );
        held
    }

    /// What a member may do once they are active.
    pub fn potential(&self, member: &Member) -> Set {
        let mut held = self.given_to(member);
        for feature in self.model["features"].as_array().into_iter().flatten() {
            if !self.has_feature(member, feature) {
                held.retain(|(category, _)| feature["category"] != category.as_str());
            }
        }
        held
    }

    /// What a member may do.
    pub fn effective(&self, id: &str) -> Set {
        let active = self.members.get(id).filter(|member| member.status == "active");
        active.map(|member| self.potential(member)).unwrap_or_default()
    }

    /// A member before some team or project went, without it: whoever may delete a place may empty it.
    fn without_gone_places(&self, member: &Member) -> Member {
        let mut member = member.clone();
        member.teams.retain(|id| self.places.contains(id));
        member.projects.retain(|id| self.places.contains(id));
        member
    }

    fn roles_of(&self, member: &Member) -> Vec<&Role> {
        member.roles.iter().filter_map(|id| self.roles.get(id)).collect()
    }

    /// Whether the holder of roles may hand out a role.
    fn may_grant(actor: &[&Role], role: &Role) -> bool {
        actor.iter().any(|held| held.top || held.grants.contains(&role.key))
    }

    fn standing(roles: &[&Role]) -> Option<(bool, i64)> {
        roles.iter().map(|role| (role.top, role.rank)).max()
    }

    fn may_manage(&self, actor: &[&Role], member: &Member) -> bool {
        let theirs = self.roles_of(member);
        !actor.is_empty()
            && theirs.iter().all(|role| Self::may_grant(actor, role))
            && Self::standing(&theirs) <= Self::standing(actor)
    }

    /// Who holds a top role, whatever their status.
    pub fn on_top(&self) -> BTreeSet<&String> {
        let on_top = |member: &Member| self.roles_of(member).iter().any(|role| role.top);
        self.members.iter().filter(|(_, member)| on_top(member)).map(|(id, _)| id).collect()
    }

    /// What these members hold and can hand on, by whatever chain of roles: nobody whom they alone helped may end with more.
    pub fn ceiling<'a>(&self, members: impl IntoIterator<Item = &'a String>) -> Set {
        let mut all = Set::new();
        let mut reached: Vec<&String> = Vec::new();
        for member in members.into_iter().filter_map(|id| self.members.get(id)) {
            all.extend(self.potential(member));
            reached.extend(self.roles.iter().filter(|(id, _)| member.roles.contains(*id)).map(|(id, _)| id));
        }
        let mut at = 0;
        while at < reached.len() {
            let role = &self.roles[reached[at]];
            at += 1;
            all.extend(self.of_role(role));
            let granted =
                self.roles.iter().filter(|(_, other)| role.grants.contains(&other.key)).map(|(id, _)| id);
            let new: Vec<&String> = granted.filter(|id| !reached.contains(id)).collect();
            reached.extend(new);
        }
        all
    }

    /// Everything that one call of `actor` did from here to `after` and could not have done by the rules.
    pub fn faults(&self, actor: &str, after: &State) -> Vec<String> {
        let mut faults = Vec::new();
        let Some(me) = self.members.get(actor) else {
            return vec!["somebody who is no member did something".into()];
        };
        let mine = self.roles_of(me);
        let held = self.effective(actor);
        let mut wrong = |what: String| faults.push(what);
        if self.on_top() != after.on_top() {
            wrong(format!("the holders of top roles were {:?} and are {:?}", self.on_top(), after.on_top()));
        }
        self.judge_roles(&mine, &held, after, &mut wrong);
        self.judge_templates(&mine, &held, after, &mut wrong);
        for (id, now) in &after.members {
            let was = self.members.get(id).map(|was| after.without_gone_places(was));
            let was = was.as_ref();
            if id == actor {
                let me = &after.without_gone_places(me);
                self.judge_oneself(me, now, after, &mut wrong);
                continue;
            }
            self.judge_member((me, &mine, &held), (id, was, now), after, &mut wrong);
        }
        for (id, was) in self.members.iter().filter(|(id, _)| !after.members.contains_key(*id)) {
            if id != actor && !self.may_manage(&mine, was) {
                wrong(format!("{id} was removed by somebody who may not manage them"));
            }
        }
        faults
    }

    /// Nobody changes what they themselves are or hold, but leave (ACC-4). What they hold may shrink with a role.
    fn judge_oneself(&self, me: &Member, now: &Member, after: &State, wrong: &mut impl FnMut(String)) {
        if me != now {
            wrong(format!("they changed themselves from {me:?} to {now:?}"));
        }
        let more: Vec<_> = after.potential(now).difference(&self.potential(me)).cloned().collect();
        if !more.is_empty() {
            wrong(format!("they gained {more:?}"));
        }
    }

    fn judge_member(
        &self,
        (me, mine, held): (&Member, &[&Role], &Set),
        (id, was, now): (&String, Option<&Member>, &Member),
        after: &State,
        wrong: &mut impl FnMut(String),
    ) {
        if was.is_some_and(|was| was != now && !self.may_manage(mine, was)) {
            wrong(format!("{id} was changed by somebody who may not manage them"));
        }
        let nothing = BTreeSet::new();
        let had = was.map_or(&nothing, |was| &was.roles);
        let mut given = Set::new();
        for role in now.roles.symmetric_difference(had) {
            // A role that was made by this call is judged with the roles.
            let Some(known) = self.roles.get(role) else { continue };
            if !Self::may_grant(mine, known) {
                wrong(format!("{id} got or lost {}, which is not theirs to give", known.key));
            }
            given.extend(self.of_role(known));
        }
        let direct: Vec<_> = match was {
            Some(was) => {
                self.spelled_out(&now.direct).difference(&self.spelled_out(&was.direct)).cloned().collect()
            }
            None => self.spelled_out(&now.direct).into_iter().collect(),
        };
        if direct.iter().any(|permission| !held.contains(permission)) {
            wrong(format!("{id} was given {direct:?} by somebody without it"));
        }
        let template =
            now.template.as_ref().filter(|now| was.and_then(|was| was.template.as_ref()) != Some(now));
        if let Some(template) = template {
            let gives = self.templates.get(template).map(|held| self.spelled_out(held)).unwrap_or_default();
            if !gives.is_subset(held) {
                wrong(format!("{id} was given a template with {gives:?} by somebody without it"));
            }
        }
        // Whoever has a feature may switch it on; it opens what was given by whoever could give that.
        for feature in self.model["features"].as_array().into_iter().flatten() {
            let key = feature["key"].as_str().unwrap_or_default();
            let switched =
                |member: &Member| member.features.get(key).copied().unwrap_or(feature["defaultOn"] == true);
            if !switched(now) || was.is_some_and(switched) || (was.is_none() && feature["defaultOn"] == true)
            {
                continue;
            }
            if !self.has_feature(me, feature) {
                wrong(format!("{id} was given {key} by somebody without it"));
            }
            let opened = was.map(|was| self.given_to(was)).unwrap_or_default().into_iter();
            given.extend(opened.filter(|(category, _)| feature["category"] == category.as_str()));
        }
        let before = was.map(|was| self.potential(was)).unwrap_or_default();
        let more: Vec<_> = after.potential(now).difference(&before).cloned().collect();
        let beyond: Vec<_> = more.iter().filter(|p| !held.contains(*p) && !given.contains(*p)).collect();
        if !beyond.is_empty() {
            wrong(format!("{id} gained {beyond:?}, which the actor does not hold and gave by no role"));
        }
    }

    fn judge_roles(&self, mine: &[&Role], held: &Set, after: &State, wrong: &mut impl FnMut(String)) {
        let top = Self::standing(mine);
        for (id, now) in &after.roles {
            let (was, key) = (self.roles.get(id), &now.key);
            if was.map_or(now.top, |was| was.top != now.top) {
                wrong(format!("{key} became top, or no longer is"));
            }
            if was.is_none_or(|was| was.rank < now.rank) && Self::standing(&[now]) > top {
                wrong(format!("{key} was raised above whoever did it"));
            }
            if was.is_some_and(|was| was != now) {
                let was = was.expect("it was there");
                let shaped = Role { default: was.default, grants: was.grants.clone(), ..now.clone() } != *was;
                if shaped && (!Self::may_grant(mine, was) || Self::standing(&[was]) > top) {
                    wrong(format!(
                        "{key} was changed from {was:?} to {now:?} by somebody who may not grant it"
                    ));
                }
            }
            if now.default && !was.is_some_and(|was| was.default) && !Self::may_grant(mine, now) {
                wrong(format!("{key} became the default, which is not theirs to hand out"));
            }
            let granted = |state: &State, role: &Role| -> BTreeSet<String> {
                let known = state.roles.iter().filter(|(_, other)| role.grants.contains(&other.key));
                known.map(|(id, _)| id.clone()).collect()
            };
            let before = was.map(|was| granted(self, was)).unwrap_or_default();
            for new in granted(after, now).difference(&before) {
                if !Self::may_grant(mine, &after.roles[new]) {
                    wrong(format!(
                        "{key} may now hand out {}, which is not theirs to give",
                        after.roles[new].key
                    ));
                }
            }
            let before = was.map(|was| self.of_role(was)).unwrap_or_default();
            let beyond: Vec<_> =
                after.of_role(now).difference(&before).filter(|p| !held.contains(*p)).cloned().collect();
            if !beyond.is_empty() {
                wrong(format!("{key} gained {beyond:?} by somebody without it"));
            }
        }
        for (id, was) in self.roles.iter().filter(|(id, _)| !after.roles.contains_key(*id)) {
            if was.top || !Self::may_grant(mine, was) || Self::standing(&[was]) > top {
                wrong(format!("{} ({id}) was deleted by somebody who may not grant it", was.key));
            }
        }
    }

    fn judge_templates(&self, mine: &[&Role], held: &Set, after: &State, wrong: &mut impl FnMut(String)) {
        for (id, now) in &after.templates {
            let was = self.templates.get(id);
            let before = was.map(|was| self.spelled_out(was)).unwrap_or_default();
            let beyond: Vec<_> =
                after.spelled_out(now).difference(&before).filter(|p| !held.contains(*p)).cloned().collect();
            if !beyond.is_empty() {
                wrong(format!("the template {id} gained {beyond:?} by somebody without it"));
            }
            let has = |member: &&Member| member.template.as_ref() == Some(id);
            if was.is_some_and(|was| was != now)
                && self
                    .members
                    .iter()
                    .filter(|(_, m)| has(m))
                    .any(|(_, m)| !self.may_manage(mine, m) && !mine_is(self, mine, m))
            {
                wrong(format!("the template {id} of somebody was changed who is not theirs to manage"));
            }
        }
    }
}

/// Whether these are exactly the member's roles: one's own template may shrink by oneself, and then one is among its holders.
fn mine_is(state: &State, mine: &[&Role], member: &Member) -> bool {
    state.roles_of(member) == mine
}
