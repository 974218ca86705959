//! What may be done, written down once more from the requirements (ACC-1, ACC-3, ACC-4, ACC-6, ACC-8) as plainly as possible and
//! with nothing of the evaluator: what decisions, explanations and searches are compared with.

use std::collections::{BTreeMap, BTreeSet};

/// `(category, action)`.
pub type Permissions = BTreeSet<(String, String)>;

/// An organization with everything that decides about access.
#[derive(Clone, Debug)]
pub struct World {
    /// The preset that it was made from.
    pub preset: String,
    /// Whether a member holds one role.
    pub single_role: bool,
    /// The categories that govern users and settings.
    pub areas: (String, String),
    /// Each category with its actions.
    pub categories: Vec<(String, Vec<String>)>,
    pub features: Vec<Feature>,
    /// Highest first, as everybody lists them.
    pub roles: Vec<Role>,
    pub templates: Vec<Permissions>,
    pub teams: usize,
    pub projects: usize,
    pub members: Vec<Member>,
    pub things: Vec<Thing>,
}

#[derive(Clone, Debug)]
pub struct Feature {
    pub key: String,
    pub category: String,
    pub always_on: Vec<String>,
    pub default_on: bool,
}

#[derive(Clone, Debug)]
pub struct Role {
    pub key: String,
    pub rank: i64,
    pub top: bool,
    pub includes_lower: bool,
    pub grants: Vec<String>,
    pub permissions: Permissions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Invited,
    Active,
    Suspended,
}

/// Roles, template, teams and projects by their place in the world.
#[derive(Clone, Debug)]
pub struct Member {
    pub status: Status,
    pub roles: Vec<usize>,
    pub template: Option<usize>,
    pub direct: Permissions,
    pub switches: BTreeMap<String, bool>,
    pub teams: BTreeSet<usize>,
    pub projects: BTreeSet<usize>,
}

/// A resource; `shared` is `None` where everybody in the organization sees it.
#[derive(Clone, Debug)]
pub struct Thing {
    pub kind: String,
    pub id: String,
    pub category: String,
    pub shared: Option<Vec<(With, Level)>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    Team(usize),
    Project(usize),
    Member(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    View,
    Edit,
    Manage,
}

/// On what.
#[derive(Clone, Debug)]
pub enum On {
    Category(String),
    /// By place.
    Thing(usize),
    /// Nobody registered it.
    Unknown,
}

/// One change that would allow what is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Activate { accepted: bool },
    Grant,
    Template(usize),
    Role(usize),
    SwitchOn(usize),
    Join(With),
    Share(Level),
}

/// Passes, fails, or is not needed.
pub type Outcome = &'static str;
pub const PASS: Outcome = "pass";
pub const FAIL: Outcome = "fail";
pub const NOT_NEEDED: Outcome = "not_needed";

fn pass(holds: bool) -> Outcome {
    if holds { PASS } else { FAIL }
}

impl Level {
    pub const ALL: [Level; 3] = [Level::View, Level::Edit, Level::Manage];

    pub fn name(self) -> &'static str {
        match self {
            Level::View => "view",
            Level::Edit => "edit",
            Level::Manage => "manage",
        }
    }

    /// "Level view admits view; edit also create and edit; manage all."
    pub fn admits(self, action: &str) -> bool {
        match self {
            Level::View => action == "view",
            Level::Edit => ["view", "create", "edit"].contains(&action),
            Level::Manage => true,
        }
    }
}

impl World {
    pub fn knows(&self, category: &str, action: &str) -> bool {
        self.categories.iter().any(|(key, actions)| key == category && actions.iter().any(|a| a == action))
    }

    /// `manage` includes every action of its category; what the model does not know gives nothing.
    fn gives(&self, set: &Permissions, category: &str, action: &str) -> bool {
        let holds = |action: &str| {
            self.knows(category, action) && set.iter().any(|(c, a)| c == category && a == action)
        };
        self.knows(category, action) && (holds(action) || holds("manage"))
    }

    /// A higher rank includes the lower ones where the model says so.
    fn role_gives(&self, role: &Role, category: &str, action: &str) -> bool {
        let lower = |other: &&Role| role.includes_lower && other.rank < role.rank;
        self.gives(&role.permissions, category, action)
            || self.roles.iter().filter(lower).any(|o| self.gives(&o.permissions, category, action))
    }

    fn roles<'a>(&'a self, member: &'a Member) -> impl Iterator<Item = &'a Role> {
        member.roles.iter().map(|at| &self.roles[*at])
    }

    fn is_top(&self, member: &Member) -> bool {
        self.roles(member).any(|role| role.top)
    }

    fn by_role(&self, member: &Member, category: &str, action: &str) -> bool {
        self.roles(member).any(|role| self.role_gives(role, category, action))
    }

    fn by_template(&self, member: &Member, category: &str, action: &str) -> bool {
        member.template.is_some_and(|at| self.gives(&self.templates[at], category, action))
    }

    fn directly(&self, member: &Member, category: &str, action: &str) -> bool {
        self.gives(&member.direct, category, action)
    }

    pub fn has_feature(&self, member: &Member, feature: &Feature) -> bool {
        let always = self.roles(member).any(|role| feature.always_on.contains(&role.key));
        always || member.switches.get(&feature.key).copied().unwrap_or(feature.default_on)
    }

    fn gates(&self, category: &str) -> Vec<&Feature> {
        self.features.iter().filter(|feature| feature.category == category).collect()
    }

    fn open(&self, member: &Member, category: &str) -> bool {
        self.gates(category).iter().all(|feature| self.has_feature(member, feature))
    }

    /// Whether a member may do something, resources aside (ACC-1).
    fn has(&self, member: &Member, category: &str, action: &str) -> bool {
        let given = self.by_role(member, category, action)
            || self.by_template(member, category, action)
            || self.directly(member, category, action);
        member.status == Status::Active && given && self.open(member, category)
    }

    /// Everything of that kind.
    pub fn effective(&self, member: &Member) -> Permissions {
        let mut may = Permissions::new();
        for (category, actions) in &self.categories {
            for action in actions.iter().filter(|action| self.has(member, category, action)) {
                may.insert((category.clone(), action.clone()));
            }
        }
        may
    }

    fn is_in(&self, who: usize, with: With) -> bool {
        match with {
            With::Team(team) => self.members[who].teams.contains(&team),
            With::Project(project) => self.members[who].projects.contains(&project),
            With::Member(member) => member == who,
        }
    }

    /// The category that governs it; none where it is not registered.
    pub fn category<'a>(&'a self, on: &'a On) -> &'a str {
        match on {
            On::Category(category) => category,
            On::Thing(at) => &self.things[*at].category,
            On::Unknown => "",
        }
    }

    /// Whether the visibility admits the member (ACC-6).
    fn sees(&self, who: usize, action: &str, on: &On) -> bool {
        match on {
            On::Category(_) => true,
            On::Unknown => false,
            On::Thing(at) => match &self.things[*at].shared {
                None => true,
                Some(shares) => {
                    let admits =
                        shares.iter().any(|(with, level)| level.admits(action) && self.is_in(who, *with));
                    admits || self.is_top(&self.members[who])
                }
            },
        }
    }

    /// The decision.
    pub fn may(&self, who: usize, action: &str, on: &On) -> bool {
        self.has(&self.members[who], self.category(on), action) && self.sees(who, action, on)
    }

    /// What gives the permission, in the order of the chain: `role:…`, `template:…`, `direct`.
    pub fn sources(&self, who: usize, action: &str, on: &On) -> BTreeSet<String> {
        let (member, category) = (&self.members[who], self.category(on));
        let mut sources = BTreeSet::new();
        for role in self.roles(member) {
            if self.role_gives(role, category, action) {
                sources.insert(format!("role:{}", role.key));
            }
        }
        if self.by_template(member, category, action) {
            sources.insert(format!("template:{}", template_name(member.template.unwrap_or(0))));
        }
        if self.directly(member, category, action) {
            sources.insert("direct".to_owned());
        }
        sources
    }

    /// The chain of ACC-8: status, role, template, direct, feature, team, project, visibility.
    pub fn chain(&self, who: usize, action: &str, on: &On) -> [Outcome; 8] {
        let (member, category) = (&self.members[who], self.category(on));
        // Of role, template, direct the one that gives passes, the others do not matter; if none gives, all fail.
        let gives = [
            self.by_role(member, category, action),
            self.by_template(member, category, action),
            self.directly(member, category, action),
        ];
        let [role, template, direct] = match gives {
            [true, _, _] => [PASS, NOT_NEEDED, NOT_NEEDED],
            [_, true, _] => [NOT_NEEDED, PASS, NOT_NEEDED],
            [_, _, true] => [NOT_NEEDED, NOT_NEEDED, PASS],
            _ => [FAIL, FAIL, FAIL],
        };
        let feature =
            if self.gates(category).is_empty() { NOT_NEEDED } else { pass(self.open(member, category)) };
        let visibility =
            if matches!(on, On::Category(_)) { NOT_NEEDED } else { pass(self.sees(who, action, on)) };
        let [team, project] = self.groups(who, action, on);
        [pass(member.status == Status::Active), role, template, direct, feature, team, project, visibility]
    }

    /// Team and project matter only where a resource is restricted and no top role sees it anyway. The first that lets in
    /// passes; where nothing lets in, those fail through which it would be open to somebody else.
    fn groups(&self, who: usize, action: &str, on: &On) -> [Outcome; 2] {
        let On::Thing(at) = on else { return [NOT_NEEDED; 2] };
        let Some(shares) = &self.things[*at].shared else { return [NOT_NEEDED; 2] };
        if self.is_top(&self.members[who]) {
            return [NOT_NEEDED; 2];
        }
        let far: Vec<With> = shares.iter().filter(|(_, level)| level.admits(action)).map(|s| s.0).collect();
        let team = |with: &With| matches!(with, With::Team(_));
        let project = |with: &With| matches!(with, With::Project(_));
        if far.iter().any(|with| team(with) && self.is_in(who, *with)) {
            return [PASS, NOT_NEEDED];
        }
        if far.iter().any(|with| project(with) && self.is_in(who, *with)) {
            return [NOT_NEEDED, PASS];
        }
        if far.iter().any(|with| self.is_in(who, *with)) {
            return [NOT_NEEDED; 2];
        }
        let fails = |some: bool| if some { FAIL } else { NOT_NEEDED };
        [fails(far.iter().any(team)), fails(far.iter().any(project))]
    }

    /// The world after a change that a remedy about this member and object names.
    pub fn apply(&mut self, who: usize, action: &str, on: &On, change: &Change) {
        let category = self.category(on).to_owned();
        let member = &mut self.members[who];
        match change {
            Change::Activate { .. } => member.status = Status::Active,
            Change::Grant => {
                member.direct.insert((category, action.to_owned()));
            }
            Change::Template(at) => member.template = Some(*at),
            Change::Role(at) if self.single_role => member.roles = vec![*at],
            Change::Role(at) => member.roles.push(*at),
            Change::SwitchOn(at) => {
                member.switches.insert(self.features[*at].key.clone(), true);
            }
            Change::Join(With::Team(team)) => {
                member.teams.insert(*team);
            }
            Change::Join(With::Project(project)) => {
                member.projects.insert(*project);
            }
            Change::Join(With::Member(_)) => panic!("nobody joins a person"),
            Change::Share(level) => {
                let On::Thing(at) = on else { panic!("only a resource is shared") };
                self.things[*at].shared.as_mut().expect("a restricted one").push((With::Member(who), *level));
            }
        }
    }

    /// Whether somebody with this role and nothing else may make the change for the member (ACC-3, ACC-4).
    pub fn may_make(&self, actor: usize, who: usize, (action, on): (&str, &On), change: &Change) -> bool {
        let role = &self.roles[actor];
        let alone = Member {
            status: Status::Active,
            roles: vec![actor],
            template: None,
            direct: Permissions::new(),
            switches: BTreeMap::new(),
            teams: BTreeSet::new(),
            projects: BTreeSet::new(),
        };
        // At Roster's own doors whoever manages a category needs no single action of it, not even one that it does not list.
        let holds = |category: &str, action: &str| {
            self.has(&alone, category, action) || self.has(&alone, category, "manage")
        };
        let grants = |other: &Role| role.top || role.grants.contains(&other.key);
        let below = |other: &Role| role.top || (!other.top && other.rank <= role.rank);
        let manages = self.roles(&self.members[who]).all(|held| grants(held) && below(held));
        let edits = holds(&self.areas.0, "edit") && manages;
        let places = |key: &str| {
            let own = self.categories.iter().any(|(category, _)| category == key);
            holds(if own { key } else { &self.areas.0 }, "edit") && manages
        };
        match change {
            Change::Activate { accepted: true } => true,
            Change::Activate { accepted: false } => edits,
            Change::Grant => edits && holds(self.category(on), action),
            Change::Template(at) => {
                let all = |(category, actions): &(String, Vec<String>)| {
                    let gives = |action: &&String| self.gives(&self.templates[*at], category, action);
                    actions.iter().filter(gives).all(|action| holds(category, action))
                };
                edits && self.categories.iter().all(all)
            }
            Change::Role(at) => edits && grants(&self.roles[*at]),
            Change::SwitchOn(at) => edits && self.has_feature(&alone, &self.features[*at]),
            Change::Join(With::Team(_)) => places("teams"),
            Change::Join(_) => places("projects"),
            Change::Share(_) => {
                let own = self.categories.iter().any(|(category, _)| category == "resources");
                holds(if own { "resources" } else { &self.areas.1 }, "edit")
            }
        }
    }
}

/// What the template at this place is called.
pub fn template_name(at: usize) -> String {
    format!("Template {at}")
}
