//! P6: inviting people, each durable before it is answered, beside what the disk syncs.

use crate::figure::{Figure, median};
use crate::server::Server;
use crate::{Bench, Outcome, baseline, wrk};

/// The figures of P6.
pub fn measure(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let script = bench.folder.join("invite.lua");
    let (mut syncs, mut runs) = (Vec::new(), Vec::new());
    for round in 0..bench.rounds {
        wrk::script(&script, &invite(&bench.population.owner, round))?;
        syncs.push(baseline::syncs_a_second(&bench.folder, bench.seconds)?);
        runs.push(wrk::run(server, &script, bench.seconds)?);
    }
    let ratio = median(runs.iter().zip(&syncs).map(|(run, syncs)| run.rate / syncs));
    let cpu = median(runs.iter().map(|run| run.cpu));
    let p99 = median(runs.iter().map(|run| run.p99));
    let rate = median(runs.iter().map(|run| run.rate));
    Ok(vec![
        Figure::new("B3 fdatasync", format!("{:.0}/s", median(syncs.iter().copied())), ""),
        Figure::new(
            "P6 invite one, 32 clients",
            format!("{ratio:.2} × B3, {cpu:.0} µs CPU, p99 {p99:.1} ms ({rate:.0}/s)"),
            "2 × B3, 50 µs CPU, p99 10 ms",
        )
        .met(ratio >= 2.0 && cpu <= 50.0 && p99 <= 10.0),
    ])
}

fn invite(token: &str, round: usize) -> String {
    format!(
        r#"
local n = 0
local headers = {{ Authorization = "Bearer {token}", ["Content-Type"] = "application/json" }}
function request()
  n = n + 1
  local body = '{{"email":"guest-{round}-' .. n .. '@example.test"}}'
  return wrk.format("POST", "/api/v1/organizations/large/invitations", headers, body)
end"#
    )
}
