//! Processes under load: started, watched through `/proc`, stopped.

use std::net::TcpListener;
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// A server process; it ends with this value.
pub struct Running {
    child: Child,
    /// Where it answers.
    pub url: String,
    /// From its start to the first 200.
    pub ready_after: Duration,
}

/// A loopback port that nobody listens on.
pub fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Running {
    /// Starts a server and waits for its first 200.
    pub fn start(mut command: Command, port: u16, path: &str) -> Outcome<Self> {
        let url = format!("http://127.0.0.1:{port}");
        let (agent, ready) = (ureq::agent(), format!("{url}{path}"));
        let begun = Instant::now();
        let child = command.spawn()?;
        let mut running = Self { child, url, ready_after: Duration::ZERO };
        while agent.get(&ready).call().is_err() {
            if let Some(status) = running.child.try_wait()? {
                return Err(format!("the server ended with {status}").into());
            }
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("the server did not get ready within a minute".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        running.ready_after = begun.elapsed();
        Ok(running)
    }

    /// The processor time that the process took so far.
    pub fn cpu(&self) -> Outcome<Duration> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or("").split(' ').collect();
        let ticks: u64 = [11, 12].iter().filter_map(|n| fields.get(*n)?.parse::<u64>().ok()).sum();
        // The kernel tells hundredths of a second to every program.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// A line of `/proc/PID/status` in MiB.
    pub fn memory(&self, line: &str) -> Outcome<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib =
            text.lines().find_map(|l| l.strip_prefix(line)?.split_whitespace().nth(1)?.parse::<f64>().ok());
        Ok(kib.ok_or("no such line in /proc")? / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Roster, serving a database.
pub struct Server(Running);

impl Deref for Server {
    type Target = Running;
    fn deref(&self) -> &Running {
        &self.0
    }
}

impl Server {
    /// Starts it. The load generator may say from which address it comes, so that sign-ins come from many.
    pub fn start(program: &Path, database_url: &str) -> Outcome<Self> {
        Self::start_with(program, database_url, &[])
    }

    /// Starts it with more settings.
    pub fn start_with(program: &Path, database_url: &str, more: &[(&str, &str)]) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env_clear()
            .env("ROSTER_LISTEN", format!("127.0.0.1:{port}"))
            .env("ROSTER_DATABASE_URL", database_url)
            .env("ROSTER_SECRET_KEY", super::population::KEY)
            .env("ROSTER_TRUSTED_PROXIES", "127.0.0.1/32")
            .env("ROSTER_LOG", "warn")
            .envs(more.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        Ok(Self(Running::start(command, port, "/readyz")?))
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) -> Outcome<()> {
        let pid = rustix::process::Pid::from_child(&self.0.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        self.0.child.wait()?;
        Ok(())
    }
}
