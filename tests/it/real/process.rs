//! One running `roster serve`.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::{Api, wait_for};

/// A server process; killed when dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Process {
    /// Starts it, with what it prints appended to the log, and waits until it is ready.
    pub fn start(mut command: Command, port: u16, log: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(log).expect("open the log");
        let child = command
            .stdin(Stdio::null())
            .stderr(file.try_clone().expect("share the log"))
            .stdout(file)
            .spawn()
            .expect("start roster");
        let mut process = Self { child, url: format!("http://127.0.0.1:{port}") };
        let visitor = process.visitor();
        wait_for("/readyz to answer 200", 30, || {
            if let Some(status) = process.child.try_wait().expect("ask for the process") {
                panic!("roster ended at once with {status}; its log: {}", tail(log));
            }
            visitor.try_call("GET", "/readyz", None).is_some_and(|answer| answer.status == 200).then_some(())
        });
        process
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Api {
        Api::new(&self.url)
    }

    /// kill -9: no chance to finish anything.
    pub fn kill(mut self) {
        self.child.kill().expect("kill roster");
        self.child.wait().expect("wait for roster");
    }

    /// SIGTERM: finishes what is open and ends.
    pub fn terminate(mut self) -> ExitStatus {
        let status =
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("run kill");
        assert!(status.success());
        wait_for("roster to end after SIGTERM", 15, || self.child.try_wait().expect("ask for the process"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
