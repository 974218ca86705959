//! Bulk actions in the console: choose people, see what would happen to each, do it, and what came of it. Works without
//! scripts.

mod ask;

use axum::http::{HeaderValue, header};
use serde::Deserialize;

use super::Input;
use super::commands::{self, AT_ONCE, BulkError, REHEARSED};
use super::view::{PreviewPage, ProgressPage, Recent, RecentPage, ResultPage};
use crate::access_model::Area;
use crate::base::Problem;
use crate::base::text::people;
use crate::base::time::{DAY, SECOND};
use crate::console::field::Field;
use crate::console::layout::Place;
use crate::console::list::{Tab, Tabs};
use crate::console::notice::{Callout, Tone};
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post, see_other};
use crate::job::api::{find_of, result as report};
use crate::job::store::{self, Which};
use crate::job::view::{Line, Rows, Tally};
use crate::job::{Job, Judged, Kind, Outcome, State};
use crate::member::verb::Verb;
use crate::op::Standing;

/// Rows on a page.
const ON_A_PAGE: i64 = 200;
/// How long bulk actions are shown.
const RECENT: i64 = 90 * DAY;

/// The routes of these pages.
pub fn routes() -> Vec<Route> {
    let view = |route: Route| route.needs(Area::Users, "view");
    vec![
        view(get("/users/bulk", recent)),
        view(post("/users/bulk/ask", ask::ask)),
        view(post("/users/bulk", ask::look)),
        view(get("/users/bulk/{id}", show)),
        view(post("/users/bulk/{id}", begin)),
        view(get("/users/bulk/{id}/report.csv", report)),
    ]
}

/// The verb in the words of the access model.
fn word(standing: &Standing, verb: Verb) -> String {
    let verbs = &standing.organization.model.labels.verbs;
    match verb {
        Verb::SetRole => "Change role".to_owned(),
        Verb::AddToTeam => "Add to team".to_owned(),
        Verb::AddToProject => "Add to project".to_owned(),
        Verb::Suspend => verbs.suspend.clone(),
        Verb::Reactivate => verbs.reactivate.clone(),
        Verb::Remove => verbs.remove.clone(),
        Verb::Resend => "Resend".to_owned(),
    }
}

/// What it means for whom it is done to.
fn impact(standing: &Standing, verb: Verb) -> Vec<String> {
    let name = &standing.organization.name;
    let kept = "Whom you may not change stays as they are, and is listed with the reason.".to_owned();
    let lines: Vec<String> = match verb {
        Verb::SetRole => vec![
            "The role applies on the next page that they open. They stay signed in.".to_owned(),
            "Each of them is told by letter; the invited read it when they accept.".to_owned(),
        ],
        Verb::AddToTeam | Verb::AddToProject => vec!["Who is in it already stays in it.".to_owned()],
        Verb::Suspend => vec![
            format!("Ends their access to {name} with their next click, and their sessions here."),
            "Their roles, teams and history stay. Their seats stay in use.".to_owned(),
        ],
        Verb::Reactivate => vec![
            format!("They can sign in to {name} again, with the password that they have."),
            "They get back the roles and teams that they had.".to_owned(),
        ],
        Verb::Remove => vec![
            format!("They lose access to {name} at once. This cannot be undone."),
            "What they made stays, under their name. Their seats are free again.".to_owned(),
            "Of whoever is invited, the invitation is revoked.".to_owned(),
        ],
        Verb::Resend => vec![
            "Each gets a fresh link; the one of before stops working.".to_owned(),
            "Who has joined already is skipped.".to_owned(),
        ],
    };
    lines.into_iter().chain([kept]).collect()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    show: String,
    after: i64,
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let job = find_of(&call, Kind::Bulk).await?;
    let shown: Shown = call.query()?;
    match job.state {
        State::Draft => preview(&call, &job, &shown, None).await,
        State::Running => {
            let (name, done, total) = (job.name.clone(), job.done(), job.total);
            let view = ProgressPage { frame: frame::of(&call, Place::Users).await?, name, done, total };
            let mut page = flash::page(&call, 200, &view);
            page.headers_mut().insert(header::REFRESH, HeaderValue::from_static("3"));
            Ok(page)
        }
        State::Done | State::Failed => result(&call, &job, &shown).await,
    }
}

fn line(judged: Judged, found: bool) -> Line {
    let name = format!("{} {}", judged.first_name, judged.last_name).trim().to_owned();
    // Whom the reader of the list can't find any more has no address.
    let email = if judged.email.is_empty() { "nobody any more".to_owned() } else { judged.email };
    Line {
        row: judged.row,
        email,
        name,
        href: judged.member.filter(|_| found).map(|id| format!("/users/{id}")),
        outcome: judged.outcome,
        detail: judged.detail.unwrap_or_default(),
    }
}

/// The rows that are asked for, with tabs by outcome.
async fn rows(call: &Call, job: &Job, shown: &Shown) -> Result<(Tabs, Rows), Problem> {
    let counts = job.counts;
    let here = format!("/users/bulk/{}", job.id);
    let kinds = [
        ("", "All", Which::All, counts.done()),
        ("done", "Done", Which::Changed, counts.get(Outcome::Done)),
        ("skipped", "Skipped", Which::Of(Outcome::Skipped), counts.get(Outcome::Skipped)),
        ("failed", "Failed", Which::Of(Outcome::Failed), counts.get(Outcome::Failed)),
    ];
    let current = kinds.iter().find(|kind| kind.0 == shown.show).unwrap_or(&kinds[0]);
    let tab = |(show, label, _, count): &(&str, &str, Which, i64)| Tab {
        label: (*label).to_owned(),
        href: if show.is_empty() { here.clone() } else { format!("{here}?show={show}") },
        count: u64::try_from(*count).ok(),
        current: *show == current.0,
    };
    let tabs = Tabs { label: "Outcome", tabs: kinds.iter().map(tab).collect() };
    // Who was removed has no page any more.
    let gone = job.state != State::Draft && job.name == word(call.standing()?, Verb::Remove);
    let after = shown.after.max(0);
    let mut found =
        store::rows(&mut call.app().db.reader(), job.id, current.2, (after, ON_A_PAGE + 1)).await?;
    let more = found.len() as i64 > ON_A_PAGE;
    found.truncate(usize::try_from(ON_A_PAGE).unwrap_or_default());
    let last = found.last().map_or(0, |row| row.row);
    let show = if current.0.is_empty() { String::new() } else { format!("show={}&", current.0) };
    let rows = Rows {
        caption: job.name.clone(),
        numbered: false,
        lines: found.into_iter().map(|judged| line(judged, !gone)).collect(),
        next: more.then(|| format!("{here}?{show}after={last}")),
        none: "There is nobody among them.",
    };
    Ok((tabs, rows))
}

/// What a draft is to do. Only who made it can begin it.
async fn input(call: &Call, job: &Job) -> Result<Input, Problem> {
    Ok(Input::read(&store::input(&mut call.app().db.reader(), job.id).await?))
}

const CONFIRM: &str = "remove";

async fn preview(
    call: &Call,
    job: &Job,
    shown: &Shown,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let verb = input(call, job).await?.deed.action;
    let (tabs, rows) = rows(call, job, shown).await?;
    let would = job.counts.changed();
    let beyond = job.total > job.counts.done();
    let notice = beyond.then(|| {
        let text = format!("The other {} are judged when their turn comes.", job.total - job.counts.done());
        Callout::new(
            Tone::Plain,
            format!("The first {REHEARSED} of {} were looked at.", people(job.total)),
            text,
        )
    });
    let told = match beyond {
        true => format!("{}: up to {}", word(standing, verb), people(job.total)),
        false => format!("{}: {}", word(standing, verb), people(would)),
    };
    let view = PreviewPage {
        frame: frame::of(call, Place::Users).await?,
        name: job.name.clone(),
        action: format!("/users/bulk/{}", job.id),
        tally: Tally::of(job.kind, job.counts),
        notice,
        impact: impact(standing, verb),
        tabs,
        rows,
        confirm: (verb == Verb::Remove).then(|| {
            let error = problem.and_then(|problem| problem.at("confirm"));
            Field::text("confirm", "Confirm").exactly(CONFIRM).error(error)
        }),
        problem: problem.map(|problem| Callout::refused("Nothing was done.", problem, &["confirm"])),
        verb: (would > 0 || beyond).then_some(told),
        danger: matches!(verb, Verb::Suspend | Verb::Remove),
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    organization: String,
    confirm: String,
}

async fn begin(call: Call) -> Result<Answer, Problem> {
    let job = find_of(&call, Kind::Bulk).await?;
    let form: Sent = call.form()?;
    call.is_about(&form.organization)?;
    let here = format!("/users/bulk/{}", job.id);
    if job.state != State::Draft {
        // Sent twice: the page says how far it got.
        return Ok(see_other(&here));
    }
    let input = input(&call, &job).await?;
    if input.deed.action == Verb::Remove && form.confirm.trim() != CONFIRM {
        let detail = "Type the word exactly as it stands above the field.";
        let problem = Problem::field("/confirm", "not_confirmed", detail);
        return preview(&call, &job, &Shown::default(), Some(&problem)).await;
    }
    match commands::start_draft(&call.caller, job.id, &input).await {
        Ok(job) if job.total <= AT_ONCE as i64 => {
            // A few are done before the next page is shown; what keeps them from it, the worker tries again.
            let until = call.app().now().plus(5 * SECOND);
            if let Err(error) = commands::step(&call.caller, &job, &input, until).await {
                tracing::info!(?error, "a bulk action is left to the worker");
            }
            Ok(see_other(&here))
        }
        Ok(_) | Err(BulkError::Begun) => Ok(see_other(&here)),
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            preview(&call, &job, &Shown::default(), Some(&problem)).await
        }
    }
}

async fn result(call: &Call, job: &Job, shown: &Shown) -> Result<Answer, Problem> {
    let (tabs, rows) = rows(call, job, shown).await?;
    let (done, failed) = (job.counts.get(Outcome::Done), job.counts.get(Outcome::Failed));
    let left = match (job.total - done, failed) {
        (0, _) => String::new(),
        (rest, 0) => format!("For {} there was nothing to do.", people(rest)),
        (_, failed) => format!("{} could not be changed; the reasons are below.", people(failed)),
    };
    let summary = match (job.state, done) {
        (State::Failed, _) => {
            let why = format!("{} may no longer do this. It was done to {}.", job.actor_name, people(done));
            Callout::new(Tone::Bad, "It was stopped.", why)
        }
        (_, 0) => Callout::new(Tone::Warn, "Nothing was changed.", left),
        _ => Callout::new(Tone::Ok, format!("Done for {}.", people(done)), left),
    };
    let at = frame::reader(call)?;
    let view = ResultPage {
        frame: frame::of(call, Place::Users).await?,
        name: job.name.clone(),
        by: job.actor_name.clone(),
        at: at.noted(job.finished_at.unwrap_or(job.created_at)),
        summary,
        tally: Tally::of(job.kind, job.counts),
        action: format!("/users/bulk/{}", job.id),
        tabs,
        rows,
    };
    Ok(flash::page(call, 200, &view))
}

async fn recent(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let since = call.app().now().plus(-RECENT);
    let jobs = store::recent(&mut call.app().db.reader(), organization, Kind::Bulk, (since, 100)).await?;
    let at = frame::reader(&call)?;
    let told = |job: &Job| match job.state {
        State::Draft | State::Running => format!("{} of {} under way", job.done(), job.total),
        State::Done => format!("{} of {} done", job.counts.changed(), job.total),
        State::Failed => format!("Stopped; {} of {} done", job.counts.changed(), job.total),
    };
    let recent = jobs.into_iter().map(|job| Recent {
        href: format!("/users/bulk/{}", job.id),
        told: told(&job),
        at: at.noted(job.created_at),
        name: job.name,
        by: job.actor_name,
    });
    let view = RecentPage { frame: frame::of(&call, Place::Users).await?, recent: recent.collect() };
    Ok(flash::page(&call, 200, &view))
}
