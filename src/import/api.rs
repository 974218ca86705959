//! Imports in the JSON API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Given};
use super::{multipart, undo};
use crate::access_model::Area;
use crate::base::Problem;
use crate::http::{Answer, Call, NoFields, Route, json, post};
use crate::job::api::{BegunBody, RowBody, find_of, tally};
use crate::job::{Counts, Kind};

/// A dry run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportForetold)]
struct ForetoldBody {
    rows: Vec<RowBody>,
    counts: BTreeMap<&'static str, i64>,
    /// How many seats the import would take.
    seats: i64,
}

/// What an undo did.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportUndone)]
struct UndoneBody {
    /// Invitations that were withdrawn.
    revoked: i64,
    /// Those that could not be.
    kept: i64,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/organizations/{org}/invitations/import", import)
            .needs(Area::Users, "create")
            .summary("Invite everybody in a CSV file, or tell what would become of each row")
            .takes_file()
            .query(&[
                ("dryRun", "true: nothing is done, each row says what would become of it"),
                ("role", "The key of the role for everyone; the default role unless said"),
                ("roleTemplate", "The id of the role template for everyone"),
            ])
            .answers::<ForetoldBody>(200)
            .answers::<BegunBody>(202)
            .problems(&[
                (403, "outside_grant_rule"),
                (413, "file_too_large"),
                (415, "not_csv"),
                (422, "wrong_headers"),
                (422, "not_utf8"),
            ]),
        post("/api/v1/organizations/{org}/jobs/{id}/undo", undo_it)
            .needs(Area::Users, "create")
            .summary(
                "Withdraw the invitations that an import made or renewed and that still wait for an answer",
            )
            .answers::<UndoneBody>(200)
            .problems(&[(409, "import_running")]),
    ]
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    dry_run: Option<String>,
    role: Option<String>,
    role_template: Option<String>,
}

async fn import(call: Call) -> Result<Answer, Problem> {
    let asked: Asked = call.query()?;
    let sent = multipart::sent(&call).await?;
    let mut given = Given::read(&sent.name, &sent.bytes)?;
    given.role = asked.role.filter(|role| !role.is_empty());
    given.template = asked.role_template.filter(|id| !id.is_empty());
    match asked.dry_run.as_deref() {
        Some("true") => {
            let foretold = commands::foretell(&call.caller, &given).await?;
            let (counts, seats) = (tally(Kind::Import, Counts::of(&foretold.rows)), foretold.seats);
            let rows = foretold.rows.into_iter().map(|row| RowBody::of(Kind::Import, row)).collect();
            Ok(json(200, &ForetoldBody { rows, counts, seats }))
        }
        None | Some("false" | "") => {
            let job = commands::start(&call.caller, &given).await?;
            Ok(json(202, &BegunBody::of(&job)))
        }
        Some(_) => Err(Problem::new(400, "invalid_parameter", "dryRun must be true or false.")),
    }
}

async fn undo_it(call: Call) -> Result<Answer, Problem> {
    let job = find_of(&call, Kind::Import).await?;
    call.json_or_default::<NoFields>()?;
    let undo::Undone { revoked, kept } = undo::undo(&call.caller, job.id).await?;
    Ok(json(200, &UndoneBody { revoked, kept }))
}
