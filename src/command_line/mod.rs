//! The command line: `roster serve` and what somebody at the machine can do, also while the server runs.

mod access;
mod audit;
mod demo;
mod operator;
mod organization;
mod password_file;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::{App, StartError};
use crate::base::{Clock, Problem, Randomness};
use crate::settings::{SettingError, Settings};

/// User management for the organizations that use your product.
#[derive(Debug, Parser)]
#[command(name = "roster", version, after_help = SETTINGS)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const SETTINGS: &str = "Settings come from the environment:
  ROSTER_LISTEN           address and port; 127.0.0.1:8080
  ROSTER_PUBLIC_URL       what links in mails begin with; http:// and the listen address
  ROSTER_DATABASE_URL     sqlite://data/roster.db, or postgres://user:password@host:port/database
  ROSTER_SMTP_URL         smtp://host:port, smtps://user:password@host:port; unset: mail is kept and shown at /mailbox
  ROSTER_SECRET_KEY       32 bytes in base64, or ROSTER_SECRET_KEY_FILE; made at the first start
  ROSTER_MAIL_FROM        Roster <roster@localhost>
  ROSTER_TRUSTED_PROXIES  networks whose X-Forwarded-For counts
  ROSTER_LOG              what is logged, such as debug or roster=debug,info; info";

#[derive(Debug, Subcommand)]
enum Command {
    /// Create what is missing, migrate, and serve until told to stop (the default)
    Serve,
    /// Make the first organization and its owner, without a browser
    Setup(organization::SetUp),
    /// The organizations of this installation
    #[command(subcommand)]
    Organization(organization::Command),
    /// Keys for what belongs to no customer's administrator
    #[command(subcommand)]
    OperatorKey(operator::Command),
    /// The trail of who did what
    #[command(subcommand)]
    Audit(audit::Command),
    /// What a member may do, or could do on a day, as the trail tells it
    Access(access::Access),
    /// Fill an empty installation with five organizations to walk through; everybody has the same password
    Demo,
    /// Print the OpenAPI document
    Openapi,
}

/// Why a command failed, as one sentence for a person.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self(error.to_string())
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self(error.to_string())
    }
}

impl From<onesql::Error> for Failure {
    fn from(error: onesql::Error) -> Self {
        Self(format!("The database failed: {error}"))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem.errors.len() {
            0 | 1 => Self(problem.detail),
            _ => Self(problem.errors.iter().map(|e| e.detail.as_str()).collect::<Vec<_>>().join("\n")),
        }
    }
}

/// Runs a command to its end.
pub fn run(arguments: Arguments) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("roster: no threads to work with: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(obey(arguments.command.unwrap_or(Command::Serve))) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("roster: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve => serve::serve().await,
        Command::Setup(asked) => organization::set_up(&open().await?, asked).await,
        Command::Organization(command) => organization::obey(&open().await?, command).await,
        Command::OperatorKey(command) => operator::obey(&open().await?, command).await,
        Command::Audit(command) => audit::obey(&open().await?, command).await,
        Command::Access(asked) => access::obey(&open().await?, asked).await,
        Command::Demo => demo::obey().await,
        Command::Openapi => {
            print_json(&crate::web::openapi::document())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The settings of the environment.
fn settings() -> Result<Settings, Failure> {
    Ok(Settings::read(|name| std::env::var(name).ok())?)
}

/// The parts of a process with the machine's clock and randomness.
async fn open() -> Result<App, Failure> {
    log("warn");
    Ok(App::open(settings()?, Clock::System, Randomness::System).await?)
}

/// Logs to stderr; `ROSTER_LOG` says what.
fn log(unless_said: &str) {
    let filter = std::env::var("ROSTER_LOG").ok().filter(|text| !text.is_empty());
    let filter = tracing_subscriber::EnvFilter::new(filter.as_deref().unwrap_or(unless_said));
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .try_init();
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::new(format!("No JSON: {e}")))?;
    println!("{text}");
    Ok(())
}
