//! `roster demo`.

use std::process::ExitCode;

use super::Failure;
use crate::app::App;
use crate::base::{Clock, Randomness};
use crate::demo::{self, DemoError};

/// Fills an empty installation and says who to sign in as.
pub(super) async fn obey() -> Result<ExitCode, Failure> {
    super::log("warn");
    let settings = super::settings()?;
    let now = Clock::System.now();
    let app = App::open(settings, Clock::fixed(now), Randomness::System).await?;
    eprintln!("Five organizations go through some weeks; this takes a moment.");
    let filled = demo::fill(&app, now).await;
    app.db.close().await;
    let guests = filled.map_err(|error| match error {
        DemoError::NotEmpty => Failure::new(
            "This installation has organizations already; the demonstration fills an empty one only. Example: \
             ROSTER_DATABASE_URL=sqlite://demo/roster.db roster demo",
        ),
        DemoError::Failed(text) => Failure::new(format!("The demonstration broke off: {text}")),
    })?;
    println!("Everybody's password: {}", demo::PASSWORD);
    let mut organization = "";
    for guest in &guests {
        if guest.organization != organization {
            organization = &guest.organization;
            println!("\n{organization} ({})", guest.preset);
        }
        println!("  {:<40} {}", guest.email, guest.roles.join(", "));
    }
    println!("\nNow start it: roster serve");
    Ok(ExitCode::SUCCESS)
}
