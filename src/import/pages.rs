//! Importing in the console: choose a file, see what would happen to each row, send, and what came of it.

use axum::http::{HeaderValue, header};
use serde::Deserialize;

use super::commands::{self, Given, ImportError};
use super::view::{PreviewPage, ProgressPage, Recent, ResultPage, UploadPage};
use super::{file, multipart, undo};
use crate::access_model::Area;
use crate::base::Problem;
use crate::base::time::DAY;
use crate::console::field::{Choice, Select};
use crate::console::layout::Place;
use crate::console::list::{Tab, Tabs};
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::http::{Answer, Call, Route, answer, flash, get, post, see_other};
use crate::job::api::{file_of, find_of, result as report};
use crate::job::store::{self, Which};
use crate::job::view::{Line, Rows, Tally};
use crate::job::{Job, Judged, Kind, Outcome, State};
use crate::role::view::preset_choice;
use crate::{frame, mailbox, member, role};

/// Rows on a page.
const ON_A_PAGE: i64 = 200;
/// How long imports are shown where one chooses a file.
const RECENT: i64 = 30 * DAY;

/// The routes of these pages.
pub fn routes() -> Vec<Route> {
    vec![
        get("/users/import", ask).needs(Area::Users, "create"),
        post("/users/import", look).needs(Area::Users, "create").takes_file(),
        get("/users/import/template.csv", example).needs(Area::Users, "create"),
        get("/users/import/{id}", show).needs(Area::Users, "create"),
        post("/users/import/{id}", send).needs(Area::Users, "create"),
        get("/users/import/{id}/undo", ask_undo).needs(Area::Users, "create"),
        post("/users/import/{id}/undo", undo_it).needs(Area::Users, "create"),
        get("/users/import/{id}/skipped.csv", skipped).needs(Area::Users, "create"),
        get("/users/import/{id}/report.csv", report).needs(Area::Users, "create"),
    ]
}

async fn ask(call: Call) -> Result<Answer, Problem> {
    upload(&call, ("", ""), None).await
}

/// The form, as it was sent, with what was wrong with it.
async fn upload(
    call: &Call,
    (chosen, template): (&str, &str),
    problem: Option<Problem>,
) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let mut reader = call.app().db.reader();
    let roles = role::store::list(&mut reader, organization.id).await?;
    let preset = preset_choice(&roles);
    let chosen = if chosen.is_empty() { preset.first().map_or("", String::as_str) } else { chosen };
    let option = |role: &role::store::Role| {
        Choice::new(&role.definition.key, &role.definition.label).chosen(role.definition.key == chosen)
    };
    let options = roles.iter().filter(|role| standing.may_grant(&(*role).into())).map(option).collect();
    let default = roles.iter().find(|role| role.definition.default).map(|role| &role.definition.label);
    let hint = default.map(|label| {
        format!("{label} is the default role here. Who was invited before and has not answered keeps theirs.")
    });
    let templates = member::store::templates(&mut reader, organization.id).await?;
    let none = Choice::new("", "None").chosen(template.is_empty());
    let known = templates.iter().map(|(id, name)| {
        let id = id.to_string();
        let chosen = id == template;
        Choice::new(id, name).chosen(chosen)
    });
    let with_templates = std::iter::once(none).chain(known).collect();
    let recent =
        store::recent(&mut reader, organization.id, Kind::Import, (call.app().now().plus(-RECENT), 10))
            .await?;
    let at = frame::reader(call)?;
    let status = problem.as_ref().map_or(200, |problem| problem.status);
    let file_error = problem.as_ref().and_then(|problem| problem.at("file"));
    let view = UploadPage {
        frame: frame::of(call, Place::Users).await?,
        seats: frame::seats(call).await?,
        kept: mailbox::pages::notice(call),
        problem: problem
            .as_ref()
            .map(|p| Callout::refused("The file was not taken. Nothing was sent.", p, &["file"])),
        file_error,
        role: Select { hint, ..Select::new("role", "Role for everyone", options) },
        template: (!templates.is_empty())
            .then(|| Select::new("roleTemplate", "Role template", with_templates)),
        recent: recent
            .into_iter()
            .map(|job| Recent {
                href: format!("/users/import/{}", job.id),
                told: match job.state {
                    State::Draft | State::Running => format!("{} of {} rows done", job.done(), job.total),
                    State::Done => format!("{} of {} rows sent", job.counts.changed(), job.total),
                    State::Failed => format!("Stopped; {} of {} rows sent", job.counts.changed(), job.total),
                },
                at: at.noted(job.created_at),
                name: job.name,
                by: job.actor_name,
            })
            .collect(),
    };
    Ok(flash::page(call, status, &view))
}

/// Takes a file in, and shows what would become of it.
async fn look(call: Call) -> Result<Answer, Problem> {
    let sent = match multipart::sent(&call).await {
        Ok(sent) => sent,
        Err(problem) => return upload(&call, ("", ""), Some(problem)).await,
    };
    call.is_about(sent.field("organization"))?;
    let (role, template) = (sent.field("role").to_owned(), sent.field("roleTemplate").to_owned());
    let taken = async {
        let mut given = Given::read(&sent.name, &sent.bytes)?;
        given.role = Some(role.clone()).filter(|role| !role.is_empty());
        given.template = Some(template.clone()).filter(|id| !id.is_empty());
        let foretold = commands::foretell(&call.caller, &given).await?;
        Ok::<_, Problem>(commands::draft(&call.caller, &given, foretold).await?)
    };
    match taken.await {
        Ok(job) => Ok(see_other(&format!("/users/import/{}", job.id))),
        Err(problem) if problem.status == 403 && problem.code == "forbidden" => Err(problem),
        Err(problem) if problem.status < 500 => upload(&call, (&role, &template), Some(problem)).await,
        Err(problem) => Err(problem),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    show: String,
    after: i64,
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let job = find_of(&call, Kind::Import).await?;
    let shown: Shown = call.query()?;
    match job.state {
        State::Draft => preview(&call, &job, &shown).await,
        State::Running => {
            let (done, total) = (job.done(), job.total);
            let view = ProgressPage { frame: frame::of(&call, Place::Users).await?, done, total };
            let mut page = flash::page(&call, 200, &view);
            // Works without scripts.
            page.headers_mut().insert(header::REFRESH, HeaderValue::from_static("3"));
            Ok(page)
        }
        State::Done | State::Failed => result(&call, &job, &shown).await,
    }
}

fn line(judged: Judged) -> Line {
    let detail = judged.detail.unwrap_or_else(|| {
        let said = match judged.outcome {
            Outcome::Created => "New invitation, 1 seat",
            Outcome::Resent => "Pending before; a new link replaces the old one",
            Outcome::Refreshed => "Expired, revoked or declined before; gets a new link",
            _ => "",
        };
        said.to_owned()
    });
    let name = format!("{} {}", judged.first_name, judged.last_name).trim().to_owned();
    Line { href: None, row: judged.row, email: judged.email, name, outcome: judged.outcome, detail }
}

async fn rows(call: &Call, job: &Job, which: Which, shown: &Shown, caption: String) -> Result<Rows, Problem> {
    let after = shown.after.max(0);
    let mut found = store::rows(&mut call.app().db.reader(), job.id, which, (after, ON_A_PAGE + 1)).await?;
    let more = found.len() as i64 > ON_A_PAGE;
    found.truncate(usize::try_from(ON_A_PAGE).unwrap_or_default());
    let last = found.last().map_or(0, |row| row.row);
    let show = if shown.show.is_empty() { String::new() } else { format!("show={}&", shown.show) };
    Ok(Rows {
        caption,
        numbered: true,
        lines: found.into_iter().map(line).collect(),
        next: more.then(|| format!("/users/import/{}?{show}after={last}", job.id)),
        none: "There are no such rows.",
    })
}

async fn preview(call: &Call, job: &Job, shown: &Shown) -> Result<Answer, Problem> {
    let counts = job.counts;
    let kinds = [
        ("", "All rows", Which::All, job.total),
        ("sent", "Will be sent", Which::Changed, counts.changed()),
        ("failed", "Need fixing", Which::Of(Outcome::Failed), counts.get(Outcome::Failed)),
        ("ignored", "Ignored", Which::Of(Outcome::Ignored), counts.get(Outcome::Ignored)),
    ];
    let current = kinds.iter().find(|kind| kind.0 == shown.show).unwrap_or(&kinds[0]);
    let action = format!("/users/import/{}", job.id);
    let tab = |(show, label, _, count): &(&str, &str, Which, i64)| Tab {
        label: (*label).to_owned(),
        href: if show.is_empty() { action.clone() } else { format!("{action}?show={show}") },
        count: u64::try_from(*count).ok(),
        current: *show == current.0,
    };
    let tabs = Tabs { label: "Outcome", tabs: kinds.iter().map(tab).collect() };
    let rows = rows(call, job, current.2, shown, format!("Preview of {} rows", job.total)).await?;
    let (sent, skipped) = (counts.changed(), job.total - counts.changed());
    let view = PreviewPage {
        frame: frame::of(call, Place::Users).await?,
        action,
        file: job.name.clone(),
        tally: Tally::of(job.kind, job.counts),
        seats: seats_after(call, job).await?,
        tabs,
        rows,
        sent,
        skipped,
    };
    Ok(flash::page(call, 200, &view))
}

/// "49 of 50 seats after this import."
async fn seats_after(call: &Call, job: &Job) -> Result<Callout, Problem> {
    let seats = frame::seats(call).await?;
    let after = seats.used() + u64::try_from(job.seats).unwrap_or_default();
    let takes = match job.seats {
        1 => "It takes 1 seat".to_owned(),
        count => format!("It takes {count} seats"),
    };
    let (tone, title, text) = match seats.limit {
        None => (Tone::Plain, format!("{after} seats in use after this import."), format!("{takes}.")),
        Some(limit) => {
            let left = limit.saturating_sub(after);
            let tone = if after * 10 >= limit * 9 { Tone::Warn } else { Tone::Plain };
            (
                tone,
                format!("{after} of {limit} seats after this import."),
                format!("{takes} and leaves {left}."),
            )
        }
    };
    let callout = Callout::new(tone, title, text);
    Ok(match seats.upgrade {
        Some(address) if tone == Tone::Warn => callout.way_out("Get more seats", &address),
        _ => callout,
    })
}

async fn send(call: Call) -> Result<Answer, Problem> {
    let id = find_of(&call, Kind::Import).await?.id;
    let form: Sent = call.form()?;
    call.is_about(&form.organization)?;
    match commands::start_draft(&call.caller, id).await {
        // Sent twice: the page says how far it got.
        Ok(_) | Err(ImportError::Begun) => Ok(see_other(&format!("/users/import/{id}"))),
        Err(error) => Err(error.into()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    organization: String,
}

async fn result(call: &Call, job: &Job, shown: &Shown) -> Result<Answer, Problem> {
    let at = frame::reader(call)?;
    let (sent, skipped) = (job.counts.changed(), job.total - job.counts.changed());
    let seats = frame::seats(call).await?;
    let used = match seats.limit {
        Some(limit) => format!("{} of {limit} seats are in use now.", seats.used()),
        None => format!("{} seats are in use now.", seats.used()),
    };
    let on_its_way = match (sent, call.app().settings.smtp.is_some()) {
        (0, _) => "Nothing was sent.".to_owned(),
        (1, true) => "1 invitation is on its way.".to_owned(),
        (1, false) => "1 invitation was made; the letter is kept on the server.".to_owned(),
        (_, true) => format!("{sent} invitations are on their way."),
        (_, false) => format!("{sent} invitations were made; the letters are kept on the server."),
    };
    let summary = match job.state {
        State::Failed => {
            let why = format!("{} may no longer invite people like this. {on_its_way}", job.actor_name);
            Callout::new(Tone::Bad, "The import was stopped.", why)
        }
        _ if sent == 0 => Callout::new(Tone::Warn, on_its_way, used),
        _ => Callout::new(Tone::Ok, on_its_way, used),
    };
    let view = ResultPage {
        frame: frame::of(call, Place::Users).await?,
        told: format!("{}, imported by {}", job.name, job.actor_name),
        at: at.noted(job.finished_at.unwrap_or(job.created_at)),
        summary,
        tally: Tally::of(job.kind, job.counts),
        action: format!("/users/import/{}", job.id),
        skipped,
        open: undo::open(&call.caller, job.id).await?,
        rows: rows(call, job, Which::Skipped, shown, "Rows that were not sent".to_owned()).await?,
    };
    Ok(flash::page(call, 200, &view))
}

async fn ask_undo(call: Call) -> Result<Answer, Problem> {
    let job = find_of(&call, Kind::Import).await?;
    let open = undo::open(&call.caller, job.id).await?;
    let invitations = if open == 1 { "1 invitation".to_owned() } else { format!("{open} invitations") };
    let here = format!("/users/import/{}", job.id);
    let frame = frame::of(&call, Place::Users).await?;
    let title = format!("Undo the import of {}?", job.name);
    let mut page = PanelPage::new(frame, title, "Revoke them");
    page.action = format!("{here}/undo");
    page.back = here;
    page.cancel = "Keep them";
    page.danger = true;
    page.impact = vec![
        format!(
            "{invitations} that this import made and nobody answered {} revoked. The links stop working at once; nobody is told.",
            if open == 1 { "is" } else { "are" }
        ),
        "Their seats are free again.".to_owned(),
        "Who has joined stays. An invitation that was there before and was only sent again stays.".to_owned(),
    ];
    Ok(flash::page(&call, 200, &page))
}

async fn undo_it(call: Call) -> Result<Answer, Problem> {
    let job = find_of(&call, Kind::Import).await?;
    let undone = undo::undo(&call.caller, job.id).await?;
    let mut sentence = match undone.revoked {
        0 => "Nothing was left to revoke.".to_owned(),
        1 => "1 invitation was revoked.".to_owned(),
        count => format!("{count} invitations were revoked."),
    };
    if undone.kept > 0 {
        sentence.push_str(&format!(
            " {} could not be, because they are of people whom you do not manage.",
            undone.kept
        ));
    }
    Ok(flash::redirect(&call, &format!("/users/import/{}", job.id), &sentence))
}

async fn skipped(call: Call) -> Result<Answer, Problem> {
    let columns = &["email", "firstName", "lastName", "row", "outcome", "code", "detail"];
    Ok(file_of(call.app(), &find_of(&call, Kind::Import).await?, Which::Skipped, columns))
}

async fn example(_: Call) -> Result<Answer, Problem> {
    let mut page = answer::content("text/csv; charset=utf-8", format!("{}\n", file::HEADER.join(",")));
    let name = HeaderValue::from_static("attachment; filename=\"import-template.csv\"");
    page.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(page)
}
