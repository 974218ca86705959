//! How quick the lists that grow for ever are at ten million rows, through the server: see `docs/benchmarks.md`.
//!
//! `cargo bench --profile fast --bench records` makes a SQLite database (about 12 GB), starts the server as a process of its
//! own, asks it over HTTP and prints a table; `-- --database postgres://…/empty` does it on PostgreSQL.

mod asking;
mod rows;

#[path = "../load/population.rs"]
#[expect(dead_code, reason = "the other benchmark needs more of it")]
mod population;
#[path = "../load/server.rs"]
#[expect(dead_code, reason = "the other benchmark needs more of it")]
mod server;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use server::Server;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong ends the run.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
struct Arguments {
    /// Rows in each of the two tables; half of them belong to one organization of a hundred.
    #[arg(long, default_value_t = 10_000_000)]
    rows: i64,
    /// Requests of each kind.
    #[arg(long, default_value_t = 200)]
    requests: usize,
    /// An empty PostgreSQL database, or the file of a SQLite one, which is deleted first.
    #[arg(long, default_value = concat!("sqlite://", env!("CARGO_TARGET_TMPDIR"), "/records/roster.db"))]
    database: String,
    /// Keep the database, and take it as it is the next time.
    #[arg(long)]
    keep: bool,
    /// The server binary, where it is not the one that was built with this program.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_roster"))]
    server: PathBuf,
    /// Where the owner's session is noted for the next time.
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/records-owner"))]
    owner: PathBuf,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let noted = arguments.owner.with_extension(arguments.database.split(':').next().unwrap_or_default());
    let owner = match std::fs::read_to_string(&noted) {
        Ok(owner) if arguments.keep => owner,
        _ => fill(&arguments, &noted)?,
    };
    let server = Server::start(&arguments.server, &arguments.database)?;
    println!(
        "{} rows in each table, {} requests of each kind, load average {} before, {} cores\n",
        arguments.rows,
        arguments.requests,
        load_average(),
        std::thread::available_parallelism()?
    );
    asking::measure(&server, &owner, &arguments)?;
    println!("\nload average {} after", load_average());
    server.stop()?;
    if arguments.keep {
        return Ok(());
    }
    std::fs::remove_file(&noted)?;
    folder(&arguments.database).map_or(Ok(()), remove)
}

/// Makes the database; gives the session of the large organization's owner.
fn fill(arguments: &Arguments, noted: &Path) -> Outcome<String> {
    if let Some(folder) = folder(&arguments.database) {
        remove(folder)?;
        std::fs::create_dir_all(folder)?;
    }
    let begun = Instant::now();
    let owner = population::make(&arguments.database, 10_000, 1_000)?.owner;
    rows::insert(&arguments.database, arguments.rows)?;
    std::fs::write(noted, &owner)?;
    eprintln!("the database was made in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(owner)
}

/// The folder of a SQLite file.
fn folder(database: &str) -> Option<&Path> {
    Path::new(database.strip_prefix("sqlite://")?).parent()
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
