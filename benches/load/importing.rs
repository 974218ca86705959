//! P8 and P9: a file of new people imported, and their letters handed to a mail server.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::figure::{Figure, median};
use crate::population::LARGE;
use crate::server::{Server, free_port};
use crate::{Bench, Outcome};

/// Rows of the file.
const ROWS: usize = 20_000;

/// The figure of P8.
pub fn measure(bench: &Bench, server: &Server) -> Outcome<Figure> {
    let rates: Outcome<Vec<f64>> =
        (0..bench.rounds.min(3)).map(|round| import(bench, server, round)).collect();
    let rows = median(rates?);
    let figure = Figure::new("P8 CSV import, 20,000 rows", format!("{rows:.0} rows/s"), "25,000 rows/s");
    Ok(figure.met(rows >= 25_000.0))
}

/// Rows a second, from the request until the job is done.
fn import(bench: &Bench, server: &Server, round: usize) -> Outcome<f64> {
    let mut file = String::from("email,firstName,lastName\n");
    for n in 0..ROWS {
        file.push_str(&format!("import-{round}-{n}@example.test,Ida,Number {n}\n"));
    }
    let agent = ureq::agent();
    let at = |path: &str| format!("{}/api/v1/organizations/{LARGE}/{path}", server.url);
    let bearer = format!("Bearer {}", bench.population.owner);
    let begun = Instant::now();
    let answer: serde_json::Value = agent
        .post(at("invitations/import"))
        .header("authorization", &bearer)
        .header("content-type", "text/csv")
        .send(&file)?
        .body_mut()
        .read_json()?;
    let id = answer["job"]["id"].as_str().ok_or("no job")?.to_owned();
    // An answer that lasts until the job has ended; a long one is asked for again.
    let mut told = String::new();
    while !told.contains("event: done") {
        let events = agent.get(at(&format!("jobs/{id}/events"))).header("authorization", &bearer).call()?;
        told = events.into_body().read_to_string()?;
    }
    let took = begun.elapsed().as_secs_f64();
    if !told.contains(&format!("\"created\":{ROWS}")) {
        return Err(format!("the import did not end well: {told}").into());
    }
    Ok(ROWS as f64 / took)
}

/// The figure of P9: letters a second between the first and the last of half a file's. They were written while there was no mail
/// server, and are tried again when Roster starts: nothing else goes on then, and no other process may take them.
pub fn deliver(bench: &Bench) -> Outcome<Figure> {
    let with_mail = |port: u16| {
        let address = format!("smtp://127.0.0.1:{port}");
        // Without the line that each letter gets that finds no mail server.
        let settings = [("ROSTER_SMTP_URL", address.as_str()), ("ROSTER_LOG", "error")];
        Server::start_with(&bench.server, &bench.database_url, &settings)
    };
    let server = with_mail(free_port()?)?;
    import(bench, &server, 1_000)?;
    server.stop()?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    // It ends with this program.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || receive(stream, &counted));
        }
    });
    let server = with_mail(port)?;
    let limit = Instant::now();
    while taken.load(Ordering::Relaxed) == 0 {
        if limit.elapsed() > Duration::from_secs(60) {
            return Err("no letter came within a minute".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let (begun, first) = (Instant::now(), taken.load(Ordering::Relaxed));
    let mut last = (begun, first);
    while last.1 < first + ROWS / 2 && last.0.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
        let now = taken.load(Ordering::Relaxed);
        if now > last.1 {
            last = (Instant::now(), now);
        }
    }
    server.stop()?;
    let mail = (last.1 - first) as f64 / (last.0 - begun).as_secs_f64();
    Ok(Figure::new("P9 letters handed to a mail server", format!("{mail:.0}/s"), "2,000/s")
        .met(mail >= 2_000.0))
}

/// A mail server that takes everything.
fn receive(stream: TcpStream, taken: &AtomicUsize) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut say = |text: &str| writer.write_all(text.as_bytes()).ok();
    let mut lines = BufReader::new(stream);
    say("220 bench ESMTP\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let verb = line.get(..4).unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "EHLO" => say("250-bench\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")?,
            "DATA" => {
                say("354 go on\r\n")?;
                loop {
                    line.clear();
                    if lines.read_line(&mut line).ok()? == 0 {
                        return None;
                    }
                    if line == ".\r\n" {
                        break;
                    }
                }
                taken.fetch_add(1, Ordering::Relaxed);
                say("250 taken\r\n")?;
            }
            "QUIT" => {
                say("221 bye\r\n")?;
                return None;
            }
            _ => say("250 ok\r\n")?,
        }
    }
}
