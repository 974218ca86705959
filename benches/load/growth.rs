//! How the cost of P1, P3, P4 and P5 grows with the size of an organization.

use crate::plot::{Line, draw};
use crate::reading::{self, WORKS};
use crate::server::Server;
use crate::{Arguments, Outcome, load_average, prepare};

/// Measures every size, prints a table and draws it.
pub fn measure(arguments: &Arguments) -> Outcome<()> {
    let mut lines: Vec<Line> = WORKS.iter().take(5).map(|name| Line { name, points: Vec::new() }).collect();
    println!("| members | {} | B1 | p50, p99 of a search |", WORKS[..5].join(" | "));
    println!("|---|---|---|---|---|---|---|---|");
    for members in &arguments.growth {
        // Others are there, too: the sessions of P1 belong to all of them.
        let bench = prepare(arguments, members + members / 10 + 100, Some(*members))?;
        let server = Server::start(&bench.server, &bench.database_url)?;
        let runs = reading::run(&bench, &server)?;
        server.stop()?;
        let cpu: Vec<f64> = (0..6).map(|work| runs.median(work, |run| run.cpu)).collect();
        for (line, cpu) in lines.iter_mut().zip(&cpu) {
            line.points.push((*members as f64, *cpu));
        }
        let cells: Vec<String> = (0..5)
            .map(|work| format!("{:.0} µs, {:.0}/s", cpu[work], runs.median(work, |run| run.rate)))
            .collect();
        let (p50, p99) =
            (crate::figure::median(runs.1.iter().map(|run| run.p50)), runs.median(4, |run| run.p99));
        let b1 = format!("{:.0} µs, {:.0}/s", cpu[5], runs.median(5, |run| run.rate));
        println!("| {members} | {} | {b1} | {p50:.2} ms, {p99:.1} ms |", cells.join(" | "));
    }
    std::fs::write(
        &arguments.plot,
        draw("Server CPU of one answer, by members of the organization", &lines),
    )?;
    println!("\nload average {} after; drawn into {}", load_average(), arguments.plot.display());
    crate::remove(&arguments.folder)
}
