//! Organizations at random: made from the presets' own files, then changed as administrators may change them. Every world
//! comes from a number, which a failure prints.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::reference::{Feature, Level, Member, On, Permissions, Role, Status, Thing, With, World};

const PRESETS: [&str; 5] = [
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/presets/owner-administrator-user.toml")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/presets/admin-user.toml")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/presets/ranked-workspace.toml")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/presets/owner-admin-manager.toml")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/presets/multi-role.toml")),
];
/// The presets as worlds without people.
static BARE: LazyLock<Vec<World>> = LazyLock::new(|| {
    PRESETS.iter().map(|text| from_preset(&toml::from_str(text).expect("a preset is TOML"))).collect()
});
/// What somebody may ask for; of `assign` most models know nothing.
pub const ACTIONS: [&str; 7] = ["view", "create", "edit", "delete", "manage", "export", "assign"];

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `below - 1`.
    pub fn number(&mut self, below: usize) -> usize {
        usize::try_from(self.next() % below.max(1) as u64).unwrap_or(0)
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.number(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.number(from.len())]
    }

    fn some(&mut self, of: usize, percent: usize) -> BTreeSet<usize> {
        (0..of).filter(|_| self.chance(percent)).collect()
    }
}

/// The world of a number.
pub fn world(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let mut world = dice.pick(&BARE).clone();
    reshape(&mut world, &mut dice);
    let categories = all_categories(&world);
    world.templates = (0..dice.number(3)).map(|_| permissions(&mut dice, &categories, 5)).collect();
    (world.teams, world.projects) = (dice.number(4), dice.number(3));
    for _ in 0..1 + dice.number(5) {
        let member = member(&world, &categories, &mut dice);
        world.members.push(member);
    }
    for number in 0..dice.number(5) {
        let thing = thing(&world, number, &mut dice);
        world.things.push(thing);
    }
    world
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn from_preset(preset: &Value) -> World {
    let five = || ACTIONS[..5].iter().map(|action| (*action).to_owned()).collect();
    let area = |key: &str| preset["areas"][key].as_str().unwrap_or(key).to_owned();
    let mut roles: Vec<Role> = list(&preset["roles"]).map(role).collect();
    roles.sort_by_key(|role| (!role.top, -role.rank));
    World {
        preset: text(&preset["preset"]),
        single_role: preset["singleRole"] == Value::Bool(true),
        areas: (area("users"), area("settings")),
        categories: list(&preset["categories"])
            .map(|category| {
                let actions = texts(&category["actions"]);
                (text(&category["key"]), if actions.is_empty() { five() } else { actions })
            })
            .collect(),
        features: list(&preset["features"])
            .map(|feature| Feature {
                key: text(&feature["key"]),
                category: text(&feature["category"]),
                always_on: texts(&feature["alwaysOnRoles"]),
                default_on: feature["defaultOn"] == Value::Bool(true),
            })
            .collect(),
        roles,
        templates: Vec::new(),
        teams: 0,
        projects: 0,
        members: Vec::new(),
        things: Vec::new(),
    }
}

fn role(role: &Value) -> Role {
    let permissions = role["permissions"].as_object().into_iter().flatten();
    let pairs = permissions.flat_map(|(category, actions)| {
        texts(actions).into_iter().map(move |action| (category.clone(), action))
    });
    Role {
        key: text(&role["key"]),
        rank: role["rank"].as_i64().unwrap_or(0),
        top: role["top"] == Value::Bool(true),
        includes_lower: role["includesLower"] == Value::Bool(true),
        grants: texts(&role["grants"]),
        permissions: pairs.collect(),
    }
}

/// Categories go, come and lose actions; features come; roles of one's own come, and others change.
fn reshape(world: &mut World, dice: &mut Dice) {
    if dice.chance(20) {
        let keep = [world.areas.0.clone(), world.areas.1.clone()];
        let at = dice.number(world.categories.len());
        if !keep.contains(&world.categories[at].0) {
            let (gone, _) = world.categories.remove(at);
            world.features.retain(|feature| feature.category != gone);
        }
    }
    if dice.chance(20) {
        let own = ["teams", "projects", "resources", "weather"];
        let key = (*dice.pick(&own)).to_owned();
        if world.categories.iter().all(|(category, _)| *category != key) {
            let actions: Vec<String> = ACTIONS.iter().map(|action| (*action).to_owned()).collect();
            world.categories.push((key, actions));
        }
    }
    if dice.chance(20) {
        let at = dice.number(world.categories.len());
        let gone = *dice.pick(&["manage", "delete", "edit"]);
        world.categories[at].1.retain(|action| action != gone);
    }
    for number in 0..dice.number(3) {
        let category = dice.pick(&world.categories).0.clone();
        let role = dice.pick(&world.roles).key.clone();
        let always_on = if dice.chance(50) { vec![role] } else { Vec::new() };
        let default_on = dice.chance(40);
        world.features.push(Feature { key: format!("feature_{number}"), category, always_on, default_on });
    }
    let categories = all_categories(world);
    for number in 0..dice.number(3) {
        let grants = world.roles.iter().filter(|_| dice.chance(40)).map(|role| role.key.clone()).collect();
        let role = Role {
            key: format!("role_{number}"),
            rank: i64::try_from(dice.number(60)).unwrap_or(0),
            top: false,
            includes_lower: dice.chance(30),
            grants,
            permissions: permissions(dice, &categories, 8),
        };
        world.roles.push(role);
    }
    if dice.chance(30) {
        let at = dice.number(world.roles.len());
        world.roles[at].permissions = permissions(dice, &categories, 10);
    }
    world.roles.sort_by_key(|role| (!role.top, -role.rank, role.key.clone()));
}

/// The categories that there are, and one that is no longer.
fn all_categories(world: &World) -> Vec<String> {
    let keys = world.categories.iter().map(|(key, _)| key.clone());
    keys.chain(["forgotten".to_owned()]).collect()
}

fn permissions(dice: &mut Dice, categories: &[String], most: usize) -> Permissions {
    let pair = |dice: &mut Dice| (dice.pick(categories).clone(), (*dice.pick(&ACTIONS)).to_owned());
    (0..dice.number(most + 1)).map(|_| pair(dice)).collect()
}

fn member(world: &World, categories: &[String], dice: &mut Dice) -> Member {
    let most = if world.single_role { 1 } else { 3 };
    let mut roles = vec![dice.number(world.roles.len())];
    for _ in 1..1 + dice.number(most) {
        let another = dice.number(world.roles.len());
        if !roles.contains(&another) {
            roles.push(another);
        }
    }
    roles.sort_unstable();
    let has_template = !world.templates.is_empty() && dice.chance(40);
    let mut switches = std::collections::BTreeMap::new();
    for feature in &world.features {
        if dice.chance(50) {
            switches.insert(feature.key.clone(), dice.chance(50));
        }
    }
    let direct = if dice.chance(50) { permissions(dice, categories, 4) } else { Permissions::new() };
    Member {
        status: match dice.number(10) {
            0 => Status::Invited,
            1 => Status::Suspended,
            _ => Status::Active,
        },
        roles,
        template: has_template.then(|| dice.number(world.templates.len())),
        direct,
        switches,
        teams: dice.some(world.teams, 40),
        projects: dice.some(world.projects, 40),
    }
}

fn thing(world: &World, number: usize, dice: &mut Dice) -> Thing {
    let teams = (0..world.teams).map(With::Team);
    let projects = (0..world.projects).map(With::Project);
    let members = (0..world.members.len()).map(With::Member);
    let all = teams.chain(projects).chain(members);
    let shares = all.filter(|_| dice.chance(30)).collect::<Vec<_>>();
    let shares = shares.into_iter().map(|with| (with, *dice.pick(&Level::ALL))).collect();
    Thing {
        kind: (*dice.pick(&["agent", "report"])).to_owned(),
        id: format!("thing-{number}"),
        category: dice.pick(&all_categories(world)).clone(),
        shared: dice.chance(70).then_some(shares),
    }
}

/// Something that can be asked in a world: who, which action, on what.
pub fn question(world: &World, dice: &mut Dice) -> (usize, String, On) {
    let who = dice.number(world.members.len());
    let action = (*dice.pick(&ACTIONS)).to_owned();
    let on = match dice.number(20) {
        0 => On::Unknown,
        1..=6 => On::Category(dice.pick(&all_categories(world)).clone()),
        _ if world.things.is_empty() => On::Category(dice.pick(&world.categories).0.clone()),
        _ => On::Thing(dice.number(world.things.len())),
    };
    (who, action, on)
}
