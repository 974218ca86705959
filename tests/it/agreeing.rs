//! Organizations at random in the database: every face that decides says what the requirements say, and what an explanation
//! offers works when somebody does it who may (ACC-1, ACC-3, ACC-4, ACC-6 to ACC-9).

#[path = "../../src/access/tests/reference.rs"]
#[allow(dead_code, reason = "the evaluator's own tests need more of it")]
mod reference;
#[path = "../../src/access/tests/shaped.rs"]
mod shaped;
#[path = "../../src/access/tests/worlds.rs"]
mod worlds;

mod asking;
mod filling;
mod remedying;

use std::ops::Range;

use roster::access_model;

use crate::story::Story;
use asking::Inspector;
use filling::People;
use remedying::{Actor, Done};

/// Organizations that are kept in one transaction.
const PORTION: u64 = 25;

/// One quarter of the organizations that a story tries, from `first`: as many together as usual, or as
/// `ROSTER_TEST_ORGANIZATIONS` says.
fn quarter(number: u64, first: u64, usually: u64) -> Range<u64> {
    let wanted = std::env::var("ROSTER_TEST_ORGANIZATIONS");
    let all = wanted.map_or(usually, |text| text.parse().expect("ROSTER_TEST_ORGANIZATIONS is a number"));
    first + all * number / 4..first + all * (number + 1) / 4
}

/// Fills these organizations in and asks about everything in them.
async fn every_face_agrees(app: Story, seeds: Range<u64>) {
    let people = People::sign_in(&app).await;
    for begin in seeds.clone().step_by(usize::try_from(PORTION).unwrap()) {
        for town in people.fill(begin..seeds.end.min(begin + PORTION)).await {
            Inspector { person: &people.inspector, town: &town }.asks_everything().await;
        }
    }
}

/// Fills these organizations in and does what explanations offer there.
async fn every_remedy_works(app: Story, seeds: Range<u64>) {
    app.leaves_any_mail();
    let people = People::all_sign_in(&app).await;
    let mut done = Done::default();
    for begin in seeds.clone().step_by(usize::try_from(PORTION).unwrap()) {
        for mut town in people.fill(begin..seeds.end.min(begin + PORTION)).await {
            Actor { people: &people, town: &mut town, done: &mut done }.tries().await;
        }
    }
    println!("{} organizations: {done:?}", seeds.end - seeds.start);
    assert!(done.allowed >= 20 && done.refused >= 20 && done.accepted >= 2, "a fair mixture: {done:?}");
}

macro_rules! agreeing {
    ($act:ident, $first:literal, $usually:literal: $($name:ident $quarter:literal;)*) => {
        $(story!($name, app => { $act(app, quarter($quarter, $first, $usually)).await; });)*
    };
}

agreeing! { every_face_agrees, 0, 300:
    every_face_agrees_in_the_first_organizations 0;
    every_face_agrees_in_the_next 1;
    every_face_agrees_in_those_after 2;
    every_face_agrees_in_the_last 3;
}

agreeing! { every_remedy_works, 20_000, 300:
    what_is_offered_works_in_the_first_organizations 0;
    what_is_offered_works_in_the_next 1;
    what_is_offered_works_in_those_after 2;
    what_is_offered_works_in_the_last 3;
}
