//! P12: from the start to the first 200, with the database there, and the size of the program.

use crate::figure::{Figure, median};
use crate::server::Server;
use crate::{Bench, Outcome};

/// The figures of P12.
pub fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let mut waits = Vec::new();
    for _ in 0..bench.rounds {
        let server = Server::start(&bench.server, &bench.database_url)?;
        waits.push(server.ready_after.as_secs_f64() * 1e3);
        server.stop()?;
    }
    let ready = median(waits);
    let size = std::fs::metadata(&bench.server)?.len() as f64 / 1e6;
    Ok(vec![
        Figure::new("P12 start to first 200", format!("{ready:.0} ms"), "50 ms").met(ready <= 50.0),
        Figure::new("P12 the program measured here", format!("{size:.1} MB"), "20 MB").met(size <= 20.0),
    ])
}
