//! The load generator: `wrk` with one thread and 32 connections, and a script that says what each request is.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;
use crate::server::Running;

/// Connections at a time.
pub const CLIENTS: u32 = 32;

/// What came of one run.
pub struct Run {
    /// Answers a second.
    pub rate: f64,
    /// The server's processor time for one answer, in microseconds.
    pub cpu: f64,
    /// Half of the answers took no longer, in milliseconds.
    pub p50: f64,
    /// 99 of 100 answers took no longer, in milliseconds.
    pub p99: f64,
}

/// Fails with the remedy where `wrk` is missing.
pub fn require() -> Outcome<()> {
    // Without arguments it only shows its usage.
    match Command::new("wrk").output() {
        Ok(_) => Ok(()),
        Err(_) => Err("wrk is missing. Install it: apt-get install wrk".into()),
    }
}

const DONE: &str = r#"
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.duration, summary.requests,
    e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
"#;

/// Keeps a script with what it needs to report.
pub fn script(path: &Path, requests: &str) -> Outcome<()> {
    Ok(std::fs::write(path, format!("{requests}\n{DONE}"))?)
}

/// Runs a script against a server with [`CLIENTS`] at a time.
pub fn run(server: &Running, script: &Path, seconds: u64) -> Outcome<Run> {
    run_with(server, script, seconds, CLIENTS)
}

/// Runs a script against two servers at the same time.
pub fn run_both([one, two]: [&Running; 2], script: &Path, seconds: u64) -> Outcome<[Run; 2]> {
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| run(one, script, seconds));
        let second = run(two, script, seconds);
        (first.join(), second)
    });
    Ok([first.map_err(|_| "the load on the first server broke off")??, second?])
}

/// Runs a script against a server. Any refusal or error is a failure of the run: what is refused is not worked on.
pub fn run_with(server: &Running, script: &Path, seconds: u64, clients: u32) -> Outcome<Run> {
    let before = server.cpu()?;
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{clients}"), &format!("-d{seconds}s"), "--timeout", "10s", "-s"])
        .arg(script)
        .arg(&server.url)
        .output()?;
    let cpu = server.cpu()?.saturating_sub(before);
    let text = String::from_utf8_lossy(&output.stdout);
    let result: Vec<f64> = text
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "))
        .map(|line| line.split(' ').filter_map(|n| n.parse().ok()).collect())
        .unwrap_or_default();
    let [micros, requests, errors, p50, p99] = result[..] else {
        return Err(format!("wrk said: {text}{}", String::from_utf8_lossy(&output.stderr)).into());
    };
    if errors > 0.0 || requests == 0.0 {
        return Err(format!("{}: {errors} of {requests} requests failed", script.display()).into());
    }
    Ok(Run {
        rate: requests * 1e6 / micros,
        cpu: Duration::as_secs_f64(&cpu) * 1e6 / requests,
        p50: p50 / 1e3,
        p99: p99 / 1e3,
    })
}
