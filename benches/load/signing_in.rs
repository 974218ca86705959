//! P7: signing in, beside password hashes alone; and what a signed-in person feels meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::figure::{Figure, median};
use crate::population::{PASSWORD, email};
use crate::server::Server;
use crate::{Bench, Outcome, baseline, wrk};

/// How often the one signed-in person asks while others sign in.
const PACE: Duration = Duration::from_millis(5);
/// Sign-ins are few: so many times longer than the other measurements.
const LONGER: u64 = 3;
/// Sign-ins of one client, each beside one hash.
const ALONE: usize = 60;

/// The figures of P7.
pub fn measure(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let script = bench.folder.join("sign-in.lua");
    let (mut hashes, mut runs, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..bench.rounds {
        wrk::script(&script, &sign_in(bench.population.accounts, round))?;
        hashes.push(baseline::hashes_a_second(bench.seconds * LONGER)?);
        let over = AtomicBool::new(false);
        let (run, asked) = std::thread::scope(|scope| {
            let asking = scope.spawn(|| ask_until(&over, server, &bench.population.tokens));
            let run = wrk::run(server, &script, bench.seconds * LONGER);
            over.store(true, Ordering::Relaxed);
            (run, asking.join().unwrap_or(Err("a thread ended".into())))
        });
        runs.push(run?);
        waits.extend(asked?);
    }
    let (alone, hash) = one_client(bench, server)?;
    let ratio = median(runs.iter().zip(&hashes).map(|(run, hashes)| run.rate / hashes));
    let rate = median(runs.iter().map(|run| run.rate));
    let p99 = percentile(&mut waits, 99);
    Ok(vec![
        Figure::new("B2 password hashes, all cores", format!("{:.0}/s", median(hashes.iter().copied())), ""),
        Figure::new("P7 sign-in, 32 clients", format!("{ratio:.2} × B2 ({rate:.0}/s)"), "0.85 × B2")
            .met(ratio >= 0.85),
        Figure::new(
            "P7 sign-in, one client, p50",
            format!("{:.2} × one hash ({alone:.1} ms, hash {hash:.1} ms)", alone / hash),
            "1.3 × one hash",
        )
        .met(alone <= 1.3 * hash),
        Figure::new(
            "P1's p99 during P7, no error",
            format!("{p99:.1} ms of {} answers", waits.len()),
            "25 ms",
        )
        .met(p99 <= 25.0),
    ])
}

fn sign_in(accounts: usize, round: usize) -> String {
    format!(
        r#"
math.randomseed({round} + 1)
local headers = {{ ["Content-Type"] = "application/json" }}
function request()
  local body = '{{"email":"person' .. math.random(1, {accounts} - 1) .. '@example.test","password":"{PASSWORD}"}}'
  headers["X-Forwarded-For"] = "10." .. math.random(0, 255) .. "." .. math.random(0, 255) .. "." .. math.random(1, 254)
  return wrk.format("POST", "/api/v1/sign-in", headers, body)
end"#
    )
}

/// Asks for the session at an even pace until `over`; the milliseconds of each answer.
fn ask_until(over: &AtomicBool, server: &Server, tokens: &[String]) -> Outcome<Vec<f64>> {
    let (agent, url) = (ureq::agent(), format!("{}/api/v1/session", server.url));
    let mut waits = Vec::new();
    for token in tokens.iter().cycle() {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let begun = Instant::now();
        agent.get(&url).header("cookie", format!("roster={token}")).call()?.body_mut().read_to_vec()?;
        let took = begun.elapsed();
        waits.push(took.as_secs_f64() * 1e3);
        std::thread::sleep(PACE.saturating_sub(took));
    }
    Ok(waits)
}

/// The middle sign-in and the middle hash, in milliseconds, one after the other.
fn one_client(bench: &Bench, server: &Server) -> Outcome<(f64, f64)> {
    let (agent, url) = (ureq::agent(), format!("{}/api/v1/sign-in", server.url));
    let (mut sign_ins, mut hashes) = (Vec::new(), Vec::new());
    let mut hashing = baseline::Hashing::new()?;
    for n in 1..=ALONE {
        hashes.push(hashing.once()?.as_secs_f64() * 1e3);
        let body = serde_json::json!({"email": email(n % bench.population.accounts), "password": PASSWORD});
        let begun = Instant::now();
        agent.post(&url).header("x-forwarded-for", format!("10.9.{n}.1")).send_json(&body)?;
        sign_ins.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok((median(sign_ins), median(hashes)))
}

fn percentile(values: &mut [f64], of_hundred: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() * of_hundred / 100).copied().unwrap_or(f64::NAN)
}
