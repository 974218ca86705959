//! `roster serve`.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::app::App;
use crate::base::{Clock, Randomness};
use crate::outbox::worker::{self, Post};

/// How often is looked for memberships that end.
const END_EVERY: Duration = Duration::from_secs(10);
/// How often is looked for names that are to be indexed; until then a search looks at each of them.
const INDEX_EVERY: Duration = Duration::from_secs(1);
/// How often what is too old to matter is deleted.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

pub(super) async fn serve() -> Result<ExitCode, Failure> {
    super::log("info");
    let settings = super::settings()?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        Failure::new(format!(
            "ROSTER_LISTEN: {} can't be listened on ({error}). Choose another address or port. Example: \
             ROSTER_LISTEN=127.0.0.1:8081",
            settings.listen
        ))
    })?;
    let post = Post::new(&settings)?;
    let app = App::open(settings, Clock::System, Randomness::System).await?;
    announce(&app, &listener).await?;
    let tidying = tokio::spawn(tidy(app.clone()));
    let ending = tokio::spawn(end_memberships(app.clone()));
    let indexing = tokio::spawn(index_names(app.clone()));
    let mail = worker::spawn(&app, post);
    let jobs = crate::job_worker::spawn(&app);
    let (tell, told) = tokio::sync::watch::channel(());
    let stop = stop_signal()?;
    // Both finish at once: together they may take no longer than a supervisor waits.
    let serving = crate::web::server::serve(app.clone(), listener, until(told.clone()));
    let working = async {
        until(told).await;
        tokio::join!(mail.stop(), jobs.stop());
    };
    let signal = async {
        stop.await;
        drop(tell);
    };
    tokio::join!(serving, working, signal);
    tidying.abort();
    ending.abort();
    indexing.abort();
    app.db.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Says where Roster is, and how to set it up while it is not.
async fn announce(app: &App, listener: &TcpListener) -> Result<(), Failure> {
    let listen = listener.local_addr().map_err(|e| Failure::new(format!("ROSTER_LISTEN: {e}")))?;
    let mut said = format!("Roster listens on http://{listen}\n");
    if !app.is_set_up().await? {
        let link = app.settings.public_url.join(&format!("/setup/{}", app.set_up_token()));
        said.push_str(&format!("Set it up: {link}\n"));
    }
    // Where nobody reads what is printed, the server serves all the same.
    let _ = std::io::stdout().write_all(said.as_bytes());
    tracing::info!(%listen, public_url = app.settings.public_url.origin(), "listening");
    Ok(())
}

/// Resolves when the process is told to stop.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let wrong = |error: std::io::Error| Failure::new(format!("Signals can't be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(wrong)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(wrong)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("finishing what is open, then stopping");
    })
}

/// Resolves when the sender is gone.
async fn until(mut told: tokio::sync::watch::Receiver<()>) {
    while told.changed().await.is_ok() {}
}

/// Tells guests of the end of their membership, and takes out those whose end has come.
async fn end_memberships(app: App) {
    let mut every = tokio::time::interval(END_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(error) = crate::removal::ending::run_once(&app).await {
            tracing::warn!(?error, "a membership was not ended, or its end not told; tried again soon");
        }
    }
}

/// Indexes the names of whoever was added or renamed.
async fn index_names(app: App) {
    let mut every = tokio::time::interval(INDEX_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(error) = crate::member::grams::catch_up(&app).await {
            tracing::warn!(?error, "names were not indexed; tried again soon");
        }
    }
}

/// Deletes what is too old to matter, from time to time.
async fn tidy(app: App) {
    let mut every = tokio::time::interval(TIDY_EVERY);
    loop {
        every.tick().await;
        if let Err(error) = crate::web::idempotency::forget(&app, app.now()).await {
            tracing::warn!(%error, "old answers were not deleted; tried again later");
        }
        if let Err(error) = crate::job_worker::forget(&app).await {
            tracing::warn!(?error, "old jobs were not deleted; tried again later");
        }
        if let Err(error) = crate::review::worker::remind(&app).await {
            tracing::warn!(?error, "reminders of reviews were not sent; tried again later");
        }
        if let Err(error) = crate::throttle::sweep(&app).await {
            tracing::warn!(%error, "old counts of failed tries were not deleted; tried again later");
        }
    }
}
