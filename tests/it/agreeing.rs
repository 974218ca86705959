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

use roster::access_model;

use crate::story::Story;
use asking::Inspector;
use filling::People;
use remedying::{Actor, Done};

/// Organizations that are kept in one transaction.
const PORTION: u64 = 25;

/// Fills these organizations in and asks about everything in them.
async fn every_face_agrees(app: Story, seeds: std::ops::Range<u64>) {
    let people = People::sign_in(&app).await;
    for begin in seeds.clone().step_by(usize::try_from(PORTION).unwrap()) {
        for town in people.fill(begin..seeds.end.min(begin + PORTION)).await {
            Inspector { person: &people.inspector, town: &town }.asks_everything().await;
        }
    }
}

/// Fills these organizations in and does what explanations offer there.
async fn every_remedy_works(app: Story, seeds: std::ops::Range<u64>) {
    app.leaves_any_mail();
    let people = People::sign_in(&app).await;
    let mut done = Done::default();
    for begin in seeds.clone().step_by(usize::try_from(PORTION).unwrap()) {
        for mut town in people.fill(begin..seeds.end.min(begin + PORTION)).await {
            Actor { people: &people, town: &mut town, done: &mut done }.tries().await;
        }
    }
    assert!(done.allowed >= 20 && done.refused >= 20, "a fair mixture: {done:?}");
}

macro_rules! agreeing {
    ($act:ident: $($name:ident $seeds:expr;)*) => {
        $(story!($name, app => { $act(app, $seeds).await; });)*
    };
}

agreeing! { every_face_agrees:
    every_face_agrees_in_the_first_organizations 0..75;
    every_face_agrees_in_the_next 75..150;
    every_face_agrees_in_those_after 150..225;
    every_face_agrees_in_the_last 225..300;
}

agreeing! { every_remedy_works:
    what_is_offered_works 20_000..20_150;
}
