//! One client asks for one page after the other, each to its last byte; the export is read to its millionth line
//! at most.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::Server;
use crate::{Arguments, Outcome};

const ROOT: &str = "/api/v1/organizations/large";
/// How many lines of the export are read.
const LINES: usize = 1_000_000;

/// Who asks.
struct Client<'a> {
    agent: ureq::Agent,
    server: &'a Server,
    cookie: String,
    requests: usize,
}

/// Measures and prints each line of the table.
pub fn measure(server: &Server, owner: &str, arguments: &Arguments) -> Outcome<()> {
    let requests = arguments.requests;
    let client = Client { agent: ureq::agent(), server, cookie: format!("roster={owner}"), requests };
    let idle = server.memory("VmRSS")?;
    println!("| what is asked for | p50 | p99 | rows |\n|---|---|---|---|");
    let members = client.json("/members?limit=200")?;
    let ids: Vec<&str> =
        members["data"].as_array().into_iter().flatten().filter_map(|m| m["id"].as_str()).collect();
    let days = client.days()?;
    let (id, day) = (|n: usize| ids[n * 37 % ids.len()], |n: usize| &days[n * 13 % (days.len() - 1)]);
    let until = |n: usize| &days[n * 13 % (days.len() - 1) + 1];
    for (list, name) in [("login-attempts", "attempts"), ("audit-events", "trail")] {
        let api = format!("{ROOT}/{list}");
        let deep = client.cursors(&api, &days)?;
        let say = |what: &str| format!("{name}: {what}");
        client.asks(&say("first page of 50"), |_| format!("{api}?limit=50"))?;
        client.asks(&say("page deep inside, by cursor"), |n| deep[n % deep.len()].clone())?;
        client.asks(&say("one day"), |n| format!("{api}?limit=50&from={}&to={}", day(n), until(n)))?;
        client.asks(&say("text found nowhere, first step"), |_| format!("{api}?limit=50&q=nowhere"))?;
        client.asks(&say("of one member"), |n| format!("{ROOT}/members/{}/{list}?limit=50", id(n)))?;
        if list == "login-attempts" {
            client.asks(&say("failed ones"), |_| format!("{api}?limit=50&status=failed"))?;
            client.asks(&say("failed ones before a day"), |n| {
                format!("{api}?limit=50&status=failed&to={}", day(n))
            })?;
            client
                .asks(&say("text of one person"), |n| format!("{api}?limit=50&q=person{}@", n * 37 % 1000))?;
            client.asks("console: attempts with the chart of 14 days", |_| "/login-attempts".to_owned())?;
            client
                .asks("console: attempts, text found nowhere", |_| "/login-attempts?q=nowhere".to_owned())?;
            client.asks("console: attempts of one member", |n| format!("/users/{}/login-attempts", id(n)))?;
        } else {
            client.asks(&say("by actor"), |n| format!("{api}?limit=50&actor={}", id(n)))?;
            client.asks(&say("by action"), |_| format!("{api}?limit=50&action=member.suspended"))?;
            client.asks(&say("by target"), |n| format!("{api}?limit=50&target={}", id(n)))?;
            client.asks(&say("by actor, before a day"), |n| {
                format!("{api}?limit=50&actor={}&to={}", id(n), day(n))
            })?;
            client.asks(&say("by actor and action"), |n| {
                format!("{api}?limit=50&actor={}&action=member.suspended", id(n))
            })?;
            client.asks(&say("by target, text found nowhere"), |n| {
                format!("{api}?limit=50&q=nowhere&target={}", id(n))
            })?;
            client.asks("console: audit log", |_| "/audit".to_owned())?;
            client.asks("console: audit log, text found nowhere", |_| "/audit?q=nowhere".to_owned())?;
            client.asks("console: audit trail of one member", |n| format!("/users/{}/audit", id(n)))?;
        }
        let few = Client { requests: 5, agent: client.agent.clone(), server, cookie: client.cookie.clone() };
        few.asks(&say("count of all, 5 times"), |_| format!("{api}?limit=50&count=true"))?;
        few.asks(&say("count of a month, 5 times"), |n| {
            format!("{api}?limit=50&count=true&from={}&to={}", days[n * 40], days[n * 40 + 30])
        })?;
    }
    let before = server.memory("VmHWM")?;
    let (took, lines, bytes) = client.exports()?;
    let per_second = lines as f64 / took.as_secs_f64();
    println!(
        "| export of {lines} events as JSON Lines | {:.1} s | | {per_second:.0}/s, {:.0} MB |",
        took.as_secs_f64(),
        bytes as f64 / 1e6
    );
    let after = server.memory("VmHWM")?;
    println!(
        "\nMemory: {idle:.1} MiB idle, {before:.1} MiB at most before the export, {after:.1} MiB at most with it."
    );
    Ok(())
}

impl Client<'_> {
    fn open(&self, path: &str) -> Outcome<ureq::http::Response<ureq::Body>> {
        Ok(self.agent.get(format!("{}{path}", self.server.url)).header("cookie", &self.cookie).call()?)
    }

    fn json(&self, path: &str) -> Outcome<Value> {
        Ok(self.open(&format!("{ROOT}{path}"))?.body_mut().read_json()?)
    }

    /// Times these requests, after a few that nobody counts.
    fn asks(&self, what: &str, path: impl Fn(usize) -> String) -> Outcome<()> {
        let mut took = Vec::new();
        let (mut rows, warming) = (0, if self.requests > 10 { 5 } else { 0 });
        for n in 0..self.requests + warming {
            let path = path(n);
            let begun = Instant::now();
            let mut answer = self.open(&path)?;
            let text = answer.body_mut().with_config().limit(64 << 20).read_to_string()?;
            if n >= warming {
                took.push(begun.elapsed());
            }
            rows = if path.starts_with("/api/") {
                text.matches("\"ipAddress\"").count()
            } else {
                text.matches("<tr").count()
            };
        }
        took.sort();
        let at = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)].as_secs_f64() * 1000.0;
        println!("| {what} | {:.1} ms | {:.1} ms | {rows} |", at(50), at(99));
        Ok(())
    }

    /// The beginnings of the days that the rows are spread over, but for the last fortnight.
    fn days(&self) -> Outcome<Vec<String>> {
        let newest = self.json("/login-attempts?limit=1")?;
        let newest = newest["data"][0]["at"].as_str().ok_or("no attempt")?.to_owned();
        let date: jiff::civil::Date = newest.get(..10).ok_or("no date")?.parse()?;
        let days = (20..700).rev().map(|ago| date.checked_sub(jiff::Span::new().days(ago)));
        Ok(days.map(|day| Ok(format!("{}T00:00:00Z", day?))).collect::<Result<_, jiff::Error>>()?)
    }

    /// Second pages all over the list.
    fn cursors(&self, api: &str, days: &[String]) -> Outcome<Vec<String>> {
        let mut paths = Vec::new();
        for day in days.iter().step_by(17) {
            let first = format!("{api}?limit=50&to={day}");
            let page: Value = self.open(&first)?.body_mut().read_json()?;
            paths.push(format!("{first}&cursor={}", page["nextCursor"].as_str().ok_or("no second page")?));
        }
        Ok(paths)
    }

    fn exports(&self) -> Outcome<(Duration, usize, usize)> {
        let begun = Instant::now();
        let answer = self.open(&format!("{ROOT}/audit-events.jsonl"))?;
        let (mut lines, mut bytes, mut line) = (0, 0, Vec::new());
        let mut reader = BufReader::new(answer.into_body().into_reader());
        while lines < LINES && reader.read_until(b'\n', &mut line)? > 0 {
            bytes += line.len();
            line.clear();
            lines += 1;
        }
        Ok((begun.elapsed(), lines, bytes))
    }
}
