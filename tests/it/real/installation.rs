//! One installation of Roster: a folder, a database and settings, which outlive the processes that run on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Api, PASSWORD, Process};

/// The database under an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A folder of its own, a fresh database, and the settings that a process is started with.
pub struct Installation {
    pub engine: Engine,
    pub folder: PathBuf,
    pub database_url: String,
    /// The port that links in mails name: the first process listens there.
    pub port: u16,
    /// 32 bytes in base64: the same for all its processes.
    pub secret_key: String,
    smtp_url: Option<String>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

const SECRET_KEY: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=";

impl Installation {
    /// An empty installation without mail server.
    pub fn new(engine: Engine) -> Self {
        let name = format!("roster_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("make the installation's folder");
        let database_url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.join("roster.db").display()),
            Engine::Postgres => fresh_postgres_database(&name),
        };
        Self {
            engine,
            folder,
            database_url,
            port: free_port(),
            secret_key: SECRET_KEY.into(),
            smtp_url: None,
        }
    }

    /// The same, with mail going to this port.
    pub fn with_mail_to(engine: Engine, port: u16) -> Self {
        let mut installation = Self::new(engine);
        installation.smtp_url = Some(format!("smtp://127.0.0.1:{port}"));
        installation
    }

    /// How many server processes this engine allows: one on a file, two on PostgreSQL.
    pub fn processes(&self) -> usize {
        match self.engine {
            Engine::Sqlite => 1,
            Engine::Postgres => 2,
        }
    }

    /// Starts as many processes as the engine allows.
    pub fn start_all(&self) -> Vec<Process> {
        (0..self.processes())
            .map(|index| self.start_at(if index == 0 { self.port } else { free_port() }))
            .collect()
    }

    /// Starts the first process and waits until it is ready.
    pub fn start(&self) -> Process {
        self.start_at(self.port)
    }

    /// Starts a process on this port and waits until it is ready.
    pub fn start_at(&self, port: u16) -> Process {
        let mut command = self.roster();
        command.arg("serve").env("ROSTER_LISTEN", format!("127.0.0.1:{port}"));
        Process::start(command, port, &self.log())
    }

    /// Where the processes write their log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("roster.log")
    }

    /// Runs `roster` with these arguments to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.roster().args(arguments).output().expect("run roster")
    }

    /// Runs `roster` with these arguments, which must succeed; gives what it printed.
    pub fn must_run(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "roster {arguments:?} failed: {text}{errors}");
        text
    }

    /// Runs `roster` with one setting of its own; ends it after a while, should it begin to serve.
    pub fn run_with(&self, setting: &str, value: &str, arguments: &[&str]) -> Output {
        let port = free_port();
        let mut child = self
            .roster()
            .args(arguments)
            .env("ROSTER_LISTEN", format!("127.0.0.1:{port}"))
            .env(setting, value)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run roster");
        for _ in 0..500 {
            if child.try_wait().expect("ask for the process").is_some() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = child.kill();
        child.wait_with_output().expect("its output")
    }

    /// Starts it with nothing set but the port.
    pub fn start_without_settings(&self) -> Process {
        let mut command = self.roster();
        for name in ["ROSTER_DATABASE_URL", "ROSTER_PUBLIC_URL", "ROSTER_SECRET_KEY"] {
            command.env_remove(name);
        }
        command.env("ROSTER_LISTEN", format!("127.0.0.1:{}", self.port));
        Process::start(command, self.port, &self.log())
    }

    /// `roster setup`: the organization Acme, owned by `owner@acme.test`.
    pub fn set_up(&self, preset: &str) {
        let server = self.start();
        let log = std::fs::read_to_string(self.log()).unwrap();
        let at = log.find(&format!("{}/setup", server.url)).unwrap();
        let link = log[at..].split(['"', ' ', '\n', '\u{1b}']).next().unwrap();
        let token = link.rsplit(['/', '=']).next().unwrap();
        server.visitor().post("/api/v1/setup", serde_json::json!({"token": token, "organization": {"name": "Acme", "preset": preset}, "owner": {"email": "owner@acme.test", "firstName": "Olive", "lastName": "Owner", "password": PASSWORD}})).ok();
        server.terminate();
    }

    /// A file that holds [`PASSWORD`].
    pub fn password_file(&self) -> String {
        let path = self.folder.join("password.txt");
        std::fs::write(&path, format!("{PASSWORD}\n")).expect("write the password file");
        path.display().to_string()
    }

    /// The owner, signed in at this process.
    pub fn owner(&self, process: &Process) -> Api {
        process.visitor().sign_in("owner@acme.test", PASSWORD)
    }

    fn roster(&self) -> Command {
        // A campaign takes an optimised program.
        let program =
            std::env::var("ROSTER_TEST_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_roster").to_owned());
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ROSTER_"))
        {
            command.env_remove(name);
        }
        command
            .current_dir(&self.folder)
            .env("ROSTER_DATABASE_URL", &self.database_url)
            .env("ROSTER_PUBLIC_URL", format!("http://127.0.0.1:{}", self.port))
            .env("ROSTER_SECRET_KEY", &self.secret_key);
        if let Some(url) = &self.smtp_url {
            command.env("ROSTER_SMTP_URL", url);
        }
        command
    }
}

impl Drop for Installation {
    /// A failed test leaves its folder (data, logs) to be looked at.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the installation's data and logs: {}", self.folder.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A loopback port that nobody listens on, below the range that the system gives to outgoing connections: a server that
/// is killed and started again finds it free.
pub fn free_port() -> u16 {
    let base = 10_000 + (std::process::id() * 37 % 20_000) as u16;
    (0..200)
        .map(|_| base + (COUNT.fetch_add(1, Ordering::Relaxed) % 2_000) as u16)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("find a free port")
}

fn fresh_postgres_database(name: &str) -> String {
    let url = std::env::var("ROSTER_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "ROSTER_TEST_POSTGRES_URL is not set. `tests/run` starts a PostgreSQL and sets it; or set it to a database \
             whose user may create others, like postgres://user:password@127.0.0.1:5432/postgres"
        )
    });
    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("connect to PostgreSQL");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).expect("drop an old test database");
    client.batch_execute(&format!("CREATE DATABASE {name}")).expect("create the test database");
    let (server, _) = url.rsplit_once('/').expect("a URL that names a database");
    format!("{server}/{name}")
}
