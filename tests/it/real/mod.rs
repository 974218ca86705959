//! Tests with real processes: the compiled `roster` as an operator starts it, PostgreSQL, an SMTP server that fails as
//! told, kill -9, two processes on one database, and a browser.
//!
//! `tests/run` brings what they need; without it they fail and say what is missing.

mod api;
mod by_hand;
mod installation;
mod mail_server;
mod process;
mod seeded;

mod audit_chain;
mod browser;
mod by_keyboard;
mod canary;
mod console;
mod crash_loop;
mod delivery;
mod every_page;
mod invariants;
mod keyboard;
mod killed_import;
mod past;
mod presets;
mod races;
mod running;
mod two_processes;
mod without_scripts;

pub use api::{Answer, Api};
pub use installation::{Engine, Installation};
pub use mail_server::MailServer;
pub use process::Process;
pub use seeded::Seeded;

use std::time::{Duration, Instant};

/// Makes a test for each engine of each scenario (`fn name(engine: Engine)`).
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name(crate::real::Engine::Sqlite) })+
        }
        mod postgres {
            $(#[test] fn $name() { super::$name(crate::real::Engine::Postgres) })+
        }
    };
}
pub(crate) use on_both_engines;

/// A password that the policy takes.
pub const PASSWORD: &str = "seventeen lamps by the river";

/// How often a race or a crash is tried: 50 times, or fewer where `ROSTER_TEST_ROUNDS` says so, and never in silence.
pub fn rounds() -> usize {
    const FULL: usize = 50;
    let Ok(text) = std::env::var("ROSTER_TEST_ROUNDS") else { return FULL };
    let wanted: usize = text.parse().expect("ROSTER_TEST_ROUNDS is a number");
    let rounds = wanted.clamp(1, FULL);
    if rounds < FULL {
        println!("only {rounds} of {FULL} rounds, because ROSTER_TEST_ROUNDS={text}");
    }
    rounds
}

/// Asks again every few milliseconds until there is an answer; fails after `seconds`, saying what was waited for.
pub fn wait_for<T>(what: &str, seconds: u64, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < Duration::from_secs(seconds), "waited {seconds} s in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs the closures at the same instant, each on a thread of its own, and gives their answers in order.
pub fn at_once<T: Send>(works: Vec<Box<dyn FnOnce() -> T + Send + '_>>) -> Vec<T> {
    let gate = std::sync::Barrier::new(works.len());
    std::thread::scope(|scope| {
        let gate = &gate;
        let threads: Vec<_> = works
            .into_iter()
            .map(|work| {
                scope.spawn(move || {
                    gate.wait();
                    work()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a client thread panicked")).collect()
    })
}
