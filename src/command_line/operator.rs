//! `roster operator-key …`.

use std::process::ExitCode;

use clap::Subcommand;

use super::Failure;
use crate::app::App;
use crate::base::Problem;
use crate::op::Caller;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a bearer key and print it, once
    Create {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn obey(app: &App, command: Command) -> Result<ExitCode, Failure> {
    let Command::Create { json } = command;
    let (id, key) =
        crate::operator::commands::create_key(&Caller::system(app)).await.map_err(Problem::from)?;
    if json {
        super::print_json(&serde_json::json!({"id": id, "key": key.expose()}))?;
    } else {
        println!("{}", key.expose());
        eprintln!("This key is shown once. Send it as \"Authorization: Bearer …\".");
    }
    Ok(ExitCode::SUCCESS)
}
