//! P1 and P3: who is signed in, and a page of members, beside an axum handler that answers two bytes.

use crate::figure::{Figure, median};
use crate::population::LARGE;
use crate::server::Server;
use crate::{Bench, Outcome, baseline, wrk};

const BARE: &str = r#"request = function() return wrk.format("GET", "/") end"#;
/// B1 of two quiet cores.
const QUIET: f64 = 110_000.0;
const PAGE: &str = "/api/v1/organizations/large/members?limit=50";

/// The figures of P1 and P3.
pub fn measure(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let bare = baseline::start_bare()?;
    let at = |name: &str| bench.folder.join(name);
    let last = format!("{PAGE}&cursor={}", last_cursor(bench, server)?);
    wrk::script(&at("bare.lua"), BARE)?;
    std::fs::write(at("tokens"), bench.population.tokens.join("\n"))?;
    wrk::script(&at("session.lua"), &sessions(&at("tokens").display().to_string()))?;
    wrk::script(&at("first.lua"), &page(PAGE, &bench.population.owner))?;
    wrk::script(&at("last.lua"), &page(&last, &bench.population.owner))?;
    // Every session's last activity is written once, and every connection has its statements prepared.
    wrk::run(server, &at("session.lua"), bench.seconds)?;

    let (mut b1, mut p1, mut first, mut last) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        b1.push(wrk::run(&bare, &at("bare.lua"), bench.seconds)?);
        p1.push(wrk::run(server, &at("session.lua"), bench.seconds)?);
        first.push(wrk::run(server, &at("first.lua"), bench.seconds)?);
        last.push(wrk::run(server, &at("last.lua"), bench.seconds)?);
    }
    let rate = |runs: &[wrk::Run]| median(runs.iter().map(|run| run.rate));
    let cpu = |runs: &[wrk::Run]| median(runs.iter().map(|run| run.cpu));
    let ratio = |of: &[wrk::Run], to: &[wrk::Run]| median(of.iter().zip(to).map(|(a, b)| a.rate / b.rate));
    let against_b1 = |work, runs: &[wrk::Run], target, (least, most): (f64, f64)| {
        let (ratio, cpu) = (ratio(runs, &b1), cpu(runs));
        let measured = format!("{ratio:.2} × B1, {cpu:.0} µs CPU ({:.0}/s)", rate(runs));
        Figure::new(work, measured, target).met(ratio >= least && cpu <= most)
    };
    let depth = ratio(&last, &first);
    let busy = if rate(&b1) < QUIET { ": the machine was busy, quote no ratio" } else { "" };
    Ok(vec![
        Figure::new("B1 two bytes", format!("{:.0}/s, {:.0} µs CPU{busy}", rate(&b1), cpu(&b1)), ""),
        against_b1("P1 `GET /session`, 4,000 sessions", &p1, "0.45 × B1, 20 µs CPU", (0.45, 20.0)),
        against_b1("P3 first page of 50 of 10,000 members", &first, "0.20 × B1, 50 µs CPU", (0.20, 50.0)),
        against_b1("P3 last page", &last, "0.20 × B1, 50 µs CPU", (0.20, 50.0)),
        Figure::new("P3 last page against first", format!("{depth:.2}"), "0.9").met(depth >= 0.9),
    ])
}

/// A script that asks for the session with one token after the other.
pub fn sessions(tokens: &str) -> String {
    format!(
        r#"
local all, n = {{}}, 0
function init()
  for token in io.lines("{tokens}") do
    all[#all + 1] = wrk.format("GET", "/api/v1/session", {{ Cookie = "roster=" .. token }})
  end
end
function request()
  n = n % #all + 1
  return all[n]
end"#
    )
}

fn page(path: &str, token: &str) -> String {
    format!(
        r#"
local one
function init() one = wrk.format("GET", "{path}", {{ Cookie = "roster={token}" }}) end
function request() return one end"#
    )
}

/// The cursor of the last page of 50.
fn last_cursor(bench: &Bench, server: &Server) -> Outcome<String> {
    let agent = ureq::agent();
    let mut cursor = String::new();
    loop {
        let url = format!("{}/api/v1/organizations/{LARGE}/members?limit=50&cursor={cursor}", server.url);
        let cookie = format!("roster={}", bench.population.owner);
        let page: serde_json::Value =
            agent.get(url).header("cookie", cookie).call()?.body_mut().read_json()?;
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return Ok(cursor),
        }
    }
}
