//! `roster audit …`.

use std::process::ExitCode;

use clap::Subcommand;

use super::Failure;
use crate::app::App;
use crate::audit::verify::verify_all;
use crate::base::OrganizationId;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prove that nothing was cut out of the trail, altered or put in; fails where something was
    Verify,
}

pub(super) async fn obey(app: &App, command: Command) -> Result<ExitCode, Failure> {
    let Command::Verify = command;
    let mut holds = true;
    for report in verify_all(&app.db, &app.key).await? {
        let outcome = if report.faults.is_empty() { "holds" } else { "BROKEN" };
        let whose = match report.organization {
            OrganizationId::INSTALLATION => "installation".to_owned(),
            organization => organization.to_string(),
        };
        println!("{whose}: {} events, {outcome}", report.events);
        for fault in &report.faults {
            println!("  {fault}");
            holds = false;
        }
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
