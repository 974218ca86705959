//! Roster under load, as ratios against baselines of the same minutes: see `docs/benchmarks.md`.
//!
//! `cargo bench --profile fast --bench load` makes a database, starts the server as a process of its own and prints a
//! table. It needs `wrk` (Debian: `apt-get install wrk`) and Linux (`/proc`).

mod baseline;
mod figure;
mod growth;
mod importing;
mod plot;
mod population;
mod reading;
mod server;
mod signing_in;
mod starting;
mod together;
mod writing;
mod wrk;

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Parser;
use figure::Figure;
use server::Server;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong ends the run.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
struct Arguments {
    /// Accounts in the database.
    #[arg(long, default_value_t = 100_000)]
    accounts: usize,
    /// How many of them belong to one organization; a tenth unless said.
    #[arg(long)]
    members: Option<usize>,
    /// Measures how P1, P3, P4 and P5 grow, with organizations of these sizes, and draws it.
    #[arg(long, value_delimiter = ',')]
    growth: Vec<usize>,
    /// Where the drawing of the growth goes.
    #[arg(long, default_value = "growth.svg")]
    plot: PathBuf,
    /// An empty PostgreSQL database; else a SQLite file in the folder.
    #[arg(long)]
    database: Option<String>,
    /// Rounds of each measurement; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement in a round.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Only the parts whose name begins with this: reading, writing, signing-in, starting, importing, and
    /// on PostgreSQL two-processes.
    #[arg(long, default_value = "")]
    only: String,
    /// The server binary, where it is not the one that was built with this program.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_roster"))]
    server: PathBuf,
    /// Where the database is made; it is deleted before and after. On the disk that is to be measured.
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/load"))]
    folder: PathBuf,
    /// Measure nothing: make the database, start the server, say where it is and as whom to look at it, until standard input
    /// ends.
    #[arg(long)]
    stay: bool,
    /// Serve two bytes on this port: the baseline's own process.
    #[arg(long, hide = true)]
    bare: Option<u16>,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What every part of the run needs.
struct Bench {
    rounds: usize,
    seconds: u64,
    folder: PathBuf,
    database_url: String,
    server: PathBuf,
    population: population::Population,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    match arguments.bare {
        Some(port) => baseline::serve_two_bytes(port),
        None => measure(arguments),
    }
}

fn measure(arguments: Arguments) -> Outcome<()> {
    wrk::require()?;
    if !arguments.growth.is_empty() {
        return growth::measure(&arguments);
    }
    let bench = prepare(&arguments, arguments.accounts, arguments.members)?;
    if arguments.stay {
        let server = Server::start(&bench.server, &bench.database_url)?;
        println!("{} {}", server.url, bench.population.owner);
        std::io::stdin().read_to_end(&mut Vec::new())?;
        server.stop()?;
        return remove(&bench.folder);
    }
    let mut figures = Vec::new();
    let load_before = load_average();
    let wanted = |part: &str| part.starts_with(&arguments.only);
    if wanted("starting") {
        eprintln!("starting");
        figures.extend(starting::measure(&bench)?);
    }
    let server = Server::start(&bench.server, &bench.database_url)?;
    let idle = server.memory("VmRSS")?;
    if wanted("reading") {
        eprintln!("reading");
        figures.extend(reading::measure(&bench, &server)?);
    }
    if arguments.database.is_some() && wanted("two-processes") {
        eprintln!("two processes");
        figures.extend(together::measure(&bench, &server)?);
    }
    if wanted("signing-in") {
        eprintln!("signing in");
        figures.extend(signing_in::measure(&bench, &server)?);
    }
    if wanted("writing") {
        eprintln!("writing");
        figures.extend(writing::measure(&bench, &server)?);
    }
    if wanted("importing") {
        eprintln!("importing");
        figures.push(importing::measure(&bench, &server)?);
    }
    let most = server.memory("VmHWM")?;
    server.stop()?;
    if wanted("importing") {
        eprintln!("handing letters over");
        figures.push(importing::deliver(&bench)?);
    }
    figures.push(Figure::new("P11 memory idle", format!("{idle:.1} MiB"), "25 MiB").met(idle <= 25.0));
    figures.push(
        Figure::new("P11 memory, most during this run", format!("{most:.1} MiB"), "100 MiB")
            .met(most <= 100.0),
    );
    println!(
        "{} accounts, {} rounds of {} s, load average {load_before} before and {} after, {} cores\n",
        arguments.accounts,
        bench.rounds,
        bench.seconds,
        load_average(),
        std::thread::available_parallelism()?
    );
    figure::print(&figures);
    remove(&bench.folder)
}

/// Fills a database.
fn prepare(arguments: &Arguments, accounts: usize, members: Option<usize>) -> Outcome<Bench> {
    let folder = &arguments.folder;
    remove(folder)?;
    std::fs::create_dir_all(folder)?;
    let members = members.unwrap_or(accounts / 10);
    eprintln!("making a database of {accounts} accounts, {members} of them in one organization");
    let file = || population::database_url(folder);
    let database_url = match &arguments.database {
        Some(url) => empty(url)?,
        None => file(),
    };
    let population = population::make(&database_url, accounts, members)?;
    if arguments.database.is_some() {
        // A database that was filled a moment ago has no statistics yet, and is asked by other plans than one that has.
        postgres::Client::connect(&database_url, postgres::NoTls)?.batch_execute("ANALYZE")?;
    }
    let (rounds, seconds) = (arguments.rounds, arguments.seconds);
    let (folder, server) = (folder.clone(), arguments.server.clone());
    Ok(Bench { rounds, seconds, folder, database_url, server, population })
}

/// The same database without the tables of the size before.
fn empty(url: &str) -> Outcome<String> {
    let again = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    postgres::Client::connect(url, postgres::NoTls)?.batch_execute(again)?;
    Ok(url.to_owned())
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
