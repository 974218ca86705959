//! Ten thousand organizations at random: what the evaluator says is what the requirements say, and what it offers works.

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::reference::{self as plain, On as PlainOn, With, World};
use super::shaped::{definitions, model, set};
use super::worlds::{Dice, question, world};
use crate::access::{
    Case, Change, FeatureAccess, HeldRole, HeldTemplate, Holdings, OfferedRole, OfferedTemplate, On, Rule,
    Step, Through,
};
use crate::access_model::{AccessModel, Presets, RoleDefinition};
use crate::resource::Level;
use crate::role::{RoleRef, permissions_with_lower};

/// Questions in each.
const QUESTIONS: usize = 4;

/// A world in the words of the program.
struct Setting {
    model: AccessModel,
    roles: Vec<OfferedRole>,
    templates: Vec<OfferedTemplate>,
}

fn setting(world: &World, presets: &Presets) -> Setting {
    let (model, definitions) = (model(world, presets), definitions(world));
    let offer = |role: &RoleDefinition| OfferedRole {
        role: RoleRef::from(role),
        label: role.label.clone(),
        permissions: permissions_with_lower(role, &definitions),
    };
    let template = |(at, held)| OfferedTemplate { name: plain::template_name(at), permissions: set(held) };
    Setting {
        model,
        roles: definitions.iter().map(offer).collect(),
        templates: world.templates.iter().enumerate().map(template).collect(),
    }
}

fn level(level: plain::Level) -> Level {
    Level::parse(level.name()).expect("the levels have the same names")
}

/// The shares of a restricted resource that concern somebody: single other people's do not.
fn shares(world: &World, who: usize, on: &PlainOn) -> Option<Vec<(With, plain::Level)>> {
    let PlainOn::Thing(at) = on else { return None };
    let mut shares = world.things[*at].shared.clone()?;
    shares.retain(|(with, _)| !matches!(with, With::Member(member) if *member != who));
    Some(shares)
}

fn rule(world: &World, who: usize, (with, how_far): (With, plain::Level)) -> Rule {
    let member = &world.members[who];
    let (through, reaches) = match with {
        With::Team(team) => (Through::Team, member.teams.contains(&team)),
        With::Project(project) => (Through::Project, member.projects.contains(&project)),
        With::Member(named) => (Through::Member, named == who),
    };
    Rule { through, level: level(how_far), reaches }
}

/// Puts one question to the program, as a case.
fn ask<T>(
    (world, setting): (&World, &Setting),
    who: usize,
    (action, on): (&str, &PlainOn),
    then: impl FnOnce(&Case<'_>) -> T,
) -> T {
    let member = &world.members[who];
    let offered: Vec<&OfferedRole> = member.roles.iter().map(|at| &setting.roles[*at]).collect();
    let roles: Vec<HeldRole<'_>> = offered
        .iter()
        .map(|o| HeldRole { key: &o.role.key, top: o.role.top, permissions: &o.permissions })
        .collect();
    let template = member.template.map(|at| &setting.templates[at]);
    let template = template.map(|t| HeldTemplate { name: &t.name, permissions: &t.permissions });
    let (direct, switches) = (set(&member.direct), member.switches.iter());
    let features: FeatureAccess = switches.map(|(feature, on)| (feature.as_str(), *on)).collect();
    let rules: Option<Vec<Rule>> = shares(world, who, on)
        .map(|shares| shares.into_iter().map(|share| rule(world, who, share)).collect());
    let asked = match (on, &rules) {
        (PlainOn::Category(_), _) => On::Category,
        (PlainOn::Unknown, _) => On::Unknown,
        (PlainOn::Thing(_), None) => On::Everyones,
        (PlainOn::Thing(_), Some(rules)) => On::Restricted(rules),
    };
    then(&Case {
        holdings: Holdings {
            model: &setting.model,
            active: member.status == plain::Status::Active,
            roles: &roles,
            template,
            direct: &direct,
            features: &features,
        },
        invited: member.status == plain::Status::Invited,
        held: offered.iter().map(|o| o.role.clone()).collect(),
        category: world.category(on),
        action,
        on: asked,
        roles: &setting.roles,
        templates: &setting.templates,
    })
}

/// The change in the words of the reference.
fn translated(world: &World, who: usize, on: &PlainOn, change: &Change) -> plain::Change {
    match change {
        Change::Accept => plain::Change::Activate { accepted: true },
        Change::Reactivate => plain::Change::Activate { accepted: false },
        Change::Grant => plain::Change::Grant,
        Change::Template(at) => plain::Change::Template(*at),
        Change::Role(at) => plain::Change::Role(*at),
        Change::SwitchOn(at) => plain::Change::SwitchOn(*at),
        Change::Join(at) => plain::Change::Join(shares(world, who, on).expect("restricted")[*at].0),
        Change::Share(how_far) => {
            let same = |one: &&plain::Level| level(**one) == *how_far;
            plain::Change::Share(*plain::Level::ALL.iter().find(same).expect("a level"))
        }
    }
}

/// Whether the changes allow it. They touch nobody but the member and nothing but the resource: both are put back.
fn allowed_after(
    world: &mut World,
    who: usize,
    (action, on): (&str, &PlainOn),
    changes: &[plain::Change],
) -> bool {
    let member = world.members[who].clone();
    let thing = if let PlainOn::Thing(at) = on { Some((*at, world.things[*at].clone())) } else { None };
    changes.iter().for_each(|change| world.apply(who, action, on, change));
    let may = world.may(who, action, on);
    world.members[who] = member;
    if let Some((at, thing)) = thing {
        world.things[at] = thing;
    }
    may
}

/// What a run met, so that nobody takes a run of trifles for a proof.
#[derive(Debug, Default)]
struct Met {
    allowed: usize,
    denied: usize,
    remedies: usize,
    of_several: usize,
}

fn check(world: &mut World, setting: &Setting, (who, action, on): (usize, &str, &PlainOn), met: &mut Met) {
    let (allowed, outcomes, sources, remedies) = ask((world, setting), who, (action, on), |case| {
        let decision = case.decide();
        let outcomes = Step::ALL.map(|step| decision.outcome(step).as_str());
        let sources: BTreeSet<String> = decision.sources.iter().map(ToString::to_string).collect();
        (decision.allowed(), outcomes, sources, case.remedies())
    });
    assert_eq!(allowed, world.may(who, action, on), "the decision");
    assert_eq!(outcomes, world.chain(who, action, on), "the chain");
    assert_eq!(sources, world.sources(who, action, on), "what gives it");
    let [status, role, template, direct, feature, _, _, visibility] = outcomes;
    let adds_up = status == plain::PASS
        && [role, template, direct].contains(&plain::PASS)
        && ![feature, visibility].contains(&plain::FAIL);
    assert_eq!(allowed, adds_up, "the decision is what its chain adds up to");
    if allowed {
        assert_eq!(remedies, [], "there is nothing to remedy");
        met.allowed += 1;
        return;
    }
    met.denied += 1;
    let could_help = !matches!(on, PlainOn::Unknown) && world.knows(world.category(on), action);
    assert_eq!(!remedies.is_empty(), could_help, "a remedy, where a change of access could help");
    for remedy in remedies {
        let changes: Vec<plain::Change> =
            remedy.changes.iter().map(|change| translated(world, who, on, change)).collect();
        assert!(allowed_after(world, who, (action, on), &changes), "{changes:?} allows it");
        for left_out in 0..changes.len() {
            let mut fewer = changes.clone();
            fewer.remove(left_out);
            let still = allowed_after(world, who, (action, on), &fewer);
            assert!(!still, "{changes:?}: number {left_out} is dispensable");
        }
        let may =
            |actor: &usize| changes.iter().all(|change| world.may_make(*actor, who, (action, on), change));
        let by: Vec<usize> = (0..world.roles.len()).filter(may).collect();
        assert_eq!(remedy.by, by, "who may make {changes:?}");
        met.remedies += 1;
        met.of_several += usize::from(changes.len() > 1);
    }
}

/// The organizations of these numbers. A failure says which, and what was asked there.
fn the_evaluator_agrees(seeds: Range<u64>) {
    let presets = Presets::load().expect("the presets are sound");
    let (mut met, many) = (Met::default(), usize::try_from(seeds.end - seeds.start).expect("few"));
    for seed in seeds {
        let mut world = world(seed);
        let (setting, mut dice) = (setting(&world, &presets), Dice::new(!seed));
        for who in 0..world.members.len() {
            let nothing = ("view", &PlainOn::Unknown);
            let effective = ask((&world, &setting), who, nothing, |case| case.holdings.effective());
            let expected = set(&world.effective(&world.members[who]));
            assert_eq!(effective, expected, "organization {seed}, member {who}: everything allowed");
        }
        for _ in 0..QUESTIONS {
            let (who, action, on) = question(&world, &mut dice);
            let check = AssertUnwindSafe(|| check(&mut world, &setting, (who, &action, &on), &mut met));
            if let Err(why) = catch_unwind(check) {
                eprintln!("organization {seed}: {world:#?}\nmember {who}, {action}, {on:?}");
                resume_unwind(why);
            }
        }
    }
    let fair = met.allowed > many / 2 && met.denied > many && met.remedies > many && met.of_several > many;
    assert!(fair, "a fair mixture: {met:?}");
}

macro_rules! agreeing {
    ($($name:ident: $seeds:expr;)*) => {
        $(#[test]
        fn $name() {
            the_evaluator_agrees($seeds);
        })*
    };
}

agreeing! {
    the_first_of_ten_thousand_organizations: 0..2_500;
    the_second_quarter: 2_500..5_000;
    the_third_quarter: 5_000..7_500;
    the_last_quarter: 7_500..10_000;
}
