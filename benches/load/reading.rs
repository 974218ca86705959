//! P1, P3, P4 and P5: who is signed in, a page of members, the users page of the console, a search, beside an axum handler that
//! answers two bytes.

use std::path::PathBuf;

use crate::figure::{Figure, median};
use crate::population::LARGE;
use crate::server::{Running, Server};
use crate::wrk::Run;
use crate::{Bench, Outcome, baseline, wrk};

const BARE: &str = r#"request = function() return wrk.format("GET", "/") end"#;
/// B1 of two quiet cores.
const QUIET: f64 = 110_000.0;
const PAGE: &str = "/api/v1/organizations/large/members?limit=50";

/// What is asked for.
pub const WORKS: [&str; 6] =
    ["P1 session", "P3 first page", "P3 last page", "P4 users page", "P5 search", "B1"];

/// The runs of each of [`WORKS`], by turns.
pub struct Runs(pub [Vec<Run>; 6], pub Vec<Run>);

impl Runs {
    /// The median of one of them.
    pub fn median(&self, work: usize, of: fn(&Run) -> f64) -> f64 {
        median(self.0[work].iter().map(of))
    }

    fn against(&self, work: usize, other: usize) -> f64 {
        median(self.0[work].iter().zip(&self.0[other]).map(|(a, b)| a.rate / b.rate))
    }
}

/// The load of each of [`WORKS`], as scripts.
pub fn scripts(bench: &Bench, server: &Server) -> Outcome<[PathBuf; 6]> {
    let at = |name: &str| bench.folder.join(name);
    let owner = &bench.population.owner;
    let last = format!("{PAGE}&cursor={}", last_cursor(bench, server)?);
    let scripts =
        ["session", "first", "last", "users", "search", "bare"].map(|name| at(&format!("{name}.lua")));
    std::fs::write(at("tokens"), bench.population.tokens.join("\n"))?;
    wrk::script(&scripts[0], &sessions(&at("tokens").display().to_string()))?;
    wrk::script(&scripts[1], &page(PAGE, owner))?;
    wrk::script(&scripts[2], &page(&last, owner))?;
    wrk::script(&scripts[3], &page("/users", owner))?;
    wrk::script(&scripts[4], &searches(bench.population.members, owner))?;
    wrk::script(&scripts[5], BARE)?;
    Ok(scripts)
}

/// Measures them by turns; the searches of one client last.
pub fn run(bench: &Bench, server: &Server) -> Outcome<Runs> {
    let bare = baseline::start_bare()?;
    let scripts = scripts(bench, server)?;
    // Every session's last activity is written once, and every connection has its statements prepared.
    wrk::run(server, &scripts[0], bench.seconds)?;
    let mut runs = Runs(Default::default(), Vec::new());
    for _ in 0..bench.rounds {
        for (script, done) in scripts.iter().zip(&mut runs.0).rev() {
            let asked: &Running = if *script == scripts[5] { &bare } else { server };
            done.push(wrk::run(asked, script, bench.seconds)?);
        }
        runs.1.push(wrk::run_with(server, &scripts[4], bench.seconds, 1)?);
    }
    Ok(runs)
}

/// The figures of P1, P3, P4 and P5.
pub fn measure(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let runs = run(bench, server)?;
    let rate = |work| runs.median(work, |run| run.rate);
    let cpu = |work| runs.median(work, |run| run.cpu);
    let against_b1 = |name, work, target, (least, most): (f64, f64)| {
        let (ratio, cpu) = (runs.against(work, 5), cpu(work));
        let measured = format!("{ratio:.2} × B1, {cpu:.0} µs CPU ({:.0}/s)", rate(work));
        Figure::new(name, measured, target).met(ratio >= least && cpu <= most)
    };
    let depth = runs.against(2, 1);
    let busy = if rate(5) < QUIET { ": the machine was busy, quote no ratio" } else { "" };
    let p50 = median(runs.1.iter().map(|run| run.p50));
    let (search, p99) = (cpu(4), runs.median(4, |run| run.p99));
    Ok(vec![
        Figure::new("B1 two bytes", format!("{:.0}/s, {:.0} µs CPU{busy}", rate(5), cpu(5)), ""),
        against_b1("P1 `GET /session`, 4,000 sessions", 0, "0.45 × B1, 20 µs CPU", (0.45, 20.0)),
        against_b1("P3 first page of 50 members", 1, "0.20 × B1, 50 µs CPU", (0.20, 50.0)),
        against_b1("P3 last page", 2, "0.20 × B1, 50 µs CPU", (0.20, 50.0)),
        Figure::new("P3 last page against first", format!("{depth:.2}"), "0.9").met(depth >= 0.9),
        Figure::new(
            "P4 users page as HTML",
            format!("{:.0} µs CPU ({:.0}/s)", cpu(3), rate(3)),
            "200 µs CPU",
        )
        .met(cpu(3) <= 200.0),
        Figure::new(
            "P5 search by part of name or address",
            format!("{search:.0} µs CPU, p50 {p50:.2} ms with one client, p99 {p99:.1} ms with 32"),
            "500 µs CPU, p50 1 ms, p99 20 ms",
        )
        .met(search <= 500.0 && p50 <= 1.0 && p99 <= 20.0),
    ])
}

/// A script that searches for what few have and what many have: part of one address, first and last name, nobody, a first
/// name that one in sixteen has, figures in the middle of addresses, two letters.
fn searches(members: usize, token: &str) -> String {
    format!(
        r#"
local n = 0
local first = {{ "ada", "boris", "chiara", "greta", "noor", "priya" }}
function request()
  n = n + 1
  local number, kind = (n * 7919) % {members}, n % 6
  local q = "son" .. number .. "@"
  if kind == 1 then q = "iara%20costa" end
  if kind == 2 then q = "nobody-" .. n end
  if kind == 3 then q = first[math.floor(n / 6) % 6 + 1] end
  if kind == 4 then q = number % 1000 .. "@" end
  if kind == 5 then q = "xy" end
  return wrk.format("GET", "{PAGE}&q=" .. q:gsub("@", "%%40"), {{ Cookie = "roster={token}" }})
end"#
    )
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
