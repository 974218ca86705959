//! P13: two processes at one PostgreSQL.

use crate::figure::{Figure, median};
use crate::reading;
use crate::server::Server;
use crate::wrk::{self, Run};
use crate::{Bench, Outcome};

const WORKS: [&str; 5] = [
    "P13 two processes: P1 session",
    "P13 two processes: P3 first page",
    "P13 two processes: P3 last page",
    "P13 two processes: P4 users page",
    "P13 two processes: P5 search",
];

/// The figures of P1, P3, P4 and P5 of each of two processes, asked at the same time; B1 by itself before them.
pub fn measure(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let other = Server::start(&bench.server, &bench.database_url)?;
    let bare = crate::baseline::start_bare()?;
    let scripts = reading::scripts(bench, server)?;
    let mut figures = Vec::new();
    for (name, script) in WORKS.into_iter().zip(&scripts) {
        let mut runs: Vec<([Run; 2], Run)> = Vec::new();
        for round in 0..=bench.rounds {
            let b1 = wrk::run(&bare, &scripts[5], bench.seconds)?;
            let both = wrk::run_both([server, &other], script, bench.seconds)?;
            // The first round prepares the statements of every connection.
            if round > 0 {
                runs.push((both, b1));
            }
        }
        let of = |read: fn(&([Run; 2], Run)) -> f64| median(runs.iter().map(read));
        let ratios = [of(|run| run.0[0].rate / run.1.rate), of(|run| run.0[1].rate / run.1.rate)];
        let measured = format!(
            "{:.2} and {:.2} × B1, {:.0} and {:.0} µs CPU ({:.0} and {:.0}/s)",
            ratios[0],
            ratios[1],
            of(|run| run.0[0].cpu),
            of(|run| run.0[1].cpu),
            of(|run| run.0[0].rate),
            of(|run| run.0[1].rate)
        );
        let figure = Figure::new(name, measured, if figures.is_empty() { "0.12 × B1 each" } else { "" });
        // Of pages and searches the target speaks of the statement alone, which is not measured here.
        figures.push(if figures.is_empty() { figure.met(ratios.iter().all(|r| *r >= 0.12)) } else { figure });
    }
    other.stop()?;
    Ok(figures)
}
