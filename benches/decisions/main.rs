//! What a decision costs, beside `GET /healthz` of the same minutes: see `docs/benchmarks.md`.
//!
//! `cargo bench --profile fast --bench decisions` makes an organization, starts the server as a process of its own, asks it
//! over HTTP and prints a table; `-- --database postgres://…/empty` does it on PostgreSQL. It needs `wrk`.

mod population;

#[path = "../load/figure.rs"]
#[expect(dead_code, reason = "the other benchmark needs more of it")]
mod figure;
#[path = "../load/server.rs"]
mod server;
#[path = "../load/wrk.rs"]
#[expect(dead_code, reason = "the other benchmark needs more of it")]
mod wrk;

use std::path::{Path, PathBuf};

use clap::Parser;
use figure::median;
use population::{Population, SLUG};
use serde_json::{Value, json};
use server::Server;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong ends the run.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
struct Arguments {
    /// Members of the organization.
    #[arg(long, default_value_t = 10_000)]
    members: usize,
    /// Rounds of each measurement; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement in a round.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// An empty PostgreSQL database; else a SQLite file in the folder.
    #[arg(long)]
    database: Option<String>,
    /// The server binary, where it is not the one that was built with this program.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_roster"))]
    server: PathBuf,
    /// Where scripts and the SQLite file are made; it is deleted before and after.
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/decisions"))]
    folder: PathBuf,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How many different requests there are of a kind.
const REQUESTS: usize = 4_000;
const BATCHES: usize = 200;
/// Questions of a batch.
const MANY: usize = 100;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    wrk::require()?;
    let folder = &arguments.folder;
    remove(folder)?;
    std::fs::create_dir_all(folder)?;
    let file = || format!("sqlite://{}/roster.db", folder.display());
    let database = arguments.database.clone().unwrap_or_else(file);
    let population = population::make(&database, arguments.members)?;
    if arguments.database.is_some() {
        // A database that was filled a moment ago has no statistics yet, and is asked by other plans than one that has.
        postgres::Client::connect(&database, postgres::NoTls)?.batch_execute("ANALYZE")?;
    }
    let server = Server::start(&arguments.server, &database)?;
    let load = load_average();
    println!("{} members, load average {load} before, {} rounds\n", arguments.members, arguments.rounds);
    measure(&arguments, &server, &population)?;
    if arguments.database.is_some() {
        measure_two(&arguments, &server, &database)?;
    }
    println!("\nload average {} after, {:.1} MiB", load_average(), server.memory("VmHWM")?);
    server.stop()?;
    remove(folder)
}

/// What is put to the server, and how many questions each request holds.
const KINDS: [(&str, usize); 3] = [("GET /healthz", 1), ("evaluation", 1), ("evaluations of 100", MANY)];

fn measure(arguments: &Arguments, server: &Server, population: &Population) -> Outcome<()> {
    let at = |name: &str| arguments.folder.join(name);
    let scripts = [at("healthz.lua"), at("one.lua"), at("many.lua")];
    wrk::script(&scripts[0], r#"request = function() return wrk.format("GET", "/healthz") end"#)?;
    let one = (0..REQUESTS).map(|n| question(population, n));
    script((&scripts[1], &at("one.jsonl")), "evaluation", &population.owner, one)?;
    let many = (0..BATCHES).map(
        |n| json!({"evaluations": (0..MANY).map(|m| question(population, n * MANY + m)).collect::<Vec<_>>()}),
    );
    script((&scripts[2], &at("many.jsonl")), "evaluations", &population.owner, many)?;
    // Every connection has its statements prepared.
    wrk::run(server, &scripts[1], arguments.seconds)?;
    let mut runs = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..arguments.rounds {
        for (script, runs) in scripts.iter().zip(&mut runs) {
            runs.push(wrk::run(server, script, arguments.seconds)?);
        }
    }
    println!(
        "| | requests/s | server CPU | CPU of one question | against healthz: CPU, time | p99 |\n|---|---|---|---|---|---|"
    );
    for ((name, questions), of) in KINDS.iter().zip(&runs) {
        let rate = median(of.iter().map(|run| run.rate));
        let cpu = median(of.iter().map(|run| run.cpu));
        let of_one = cpu / *questions as f64;
        let beside = median(of.iter().zip(&runs[0]).map(|(a, b)| a.cpu / b.cpu));
        let time = median(of.iter().zip(&runs[0]).map(|(a, b)| b.rate / a.rate));
        let p99 = median(of.iter().map(|run| run.p99));
        println!(
            "| {name} | {rate:.0} | {cpu:.1} µs | {of_one:.1} µs | {beside:.2}, {time:.2} | {p99:.1} ms |"
        );
    }
    Ok(())
}

/// P13: evaluations by two processes at one PostgreSQL at the same time, by turns with `GET /healthz` of one alone.
fn measure_two(arguments: &Arguments, server: &Server, database: &str) -> Outcome<()> {
    let other = Server::start(&arguments.server, database)?;
    let [healthz, one] = ["healthz.lua", "one.lua"].map(|name| arguments.folder.join(name));
    let (mut alone, mut rates, mut cpus) = (Vec::new(), [Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..=arguments.rounds {
        let base = wrk::run(server, &healthz, arguments.seconds)?;
        let both = wrk::run_both([server, &other], &one, arguments.seconds)?;
        // The first round prepares the statements of every connection.
        if round > 0 {
            alone.push(base.rate);
            for (at, run) in both.iter().enumerate() {
                rates[at].push(run.rate);
                cpus[at].push(run.cpu);
            }
        }
    }
    other.stop()?;
    let [first, second] = rates.map(median);
    let [first_cpu, second_cpu] = cpus.map(median);
    println!(
        "| evaluation, two processes | {first:.0} and {second:.0} | {first_cpu:.1} and {second_cpu:.1} µs | GET /healthz of one alone: {:.0}/s |",
        median(alone)
    );
    Ok(())
}

/// A member and a resource far from those of the question before.
fn question(population: &Population, n: usize) -> Value {
    let member = &population.members[n * 7_919 % population.members.len()];
    let resource = format!("agent-{}", n * 3_571 % population.resources);
    let action = ["view", "edit", "delete"][n % 3];
    json!({"subject": {"type": "member", "id": member}, "action": {"name": action},
        "resource": {"type": "agent", "id": resource}, "context": {"organization": SLUG}})
}

/// A script that posts one body after the other.
fn script(
    (path, bodies): (&Path, &Path),
    to: &str,
    token: &str,
    all: impl Iterator<Item = Value>,
) -> Outcome<()> {
    let lines: Vec<String> = all.map(|body| body.to_string()).collect();
    std::fs::write(bodies, lines.join("\n"))?;
    let requests = format!(
        r#"
local all, n = {{}}, 0
function init()
  local headers = {{ ["Authorization"] = "Bearer {token}", ["Content-Type"] = "application/json" }}
  for body in io.lines("{}") do
    all[#all + 1] = wrk.format("POST", "/access/v1/{to}", headers, body)
  end
end
function request()
  n = n % #all + 1
  return all[n]
end"#,
        bodies.display()
    );
    wrk::script(path, &requests)
}

fn remove(folder: &Path) -> Outcome<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
