//! The list of members as CSV (MEM-12).

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use bytes::Bytes;

use super::api::{Names, filter_of};
use super::{Member, list};
use crate::base::Problem;
use crate::base::page::MOST;
use crate::http::{Answer, Call, ListQuery, pieces};

/// A cell that no spreadsheet runs as a formula (R51): a quote before what would begin one.
pub fn inert(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\0') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

const HEADS: [&str; 11] = [
    "email",
    "firstName",
    "lastName",
    "status",
    "roles",
    "roleTemplate",
    "teams",
    "projects",
    "lastLogin",
    "createdAt",
    "endsAt",
];

/// The filtered list, read and sent page by page, so that its size does not matter.
pub async fn csv(call: Call) -> Result<Answer, Problem> {
    let (filter, sort) = filter_of(&call).await?;
    let organization = call.standing()?.organization.clone();
    let export = Arc::new((call.app().clone(), organization, filter, sort));
    let first = ListQuery { limit: MOST, cursor: None, count: false };
    let step = move |query: Option<ListQuery>| {
        let export = Arc::clone(&export);
        async move {
            let Some(query) = query else { return Ok(None) };
            let (app, organization, filter, sort) = export.as_ref();
            let page = list::page(app, organization.id, filter, *sort, &query).await?;
            let names = Names::of(app, organization, &page.data).await?;
            let rows = page.data.iter().map(|member| cells(member, &names));
            let piece = match query.cursor {
                None => written(std::iter::once(HEADS.map(str::to_owned)).chain(rows))?,
                Some(_) => written(rows)?,
            };
            let next = page.next_cursor.map(|cursor| ListQuery { cursor: Some(cursor), ..query });
            Ok(Some((piece, next)))
        }
    };
    let mut file = pieces::file("text/csv; charset=utf-8", Some(first), step);
    let name = HeaderValue::from_static("attachment; filename=\"members.csv\"");
    file.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(file)
}

fn cells(m: &Member, names: &Names) -> [String; 11] {
    let roles: Vec<&str> = names.held(m).map(|role| role.label.as_str()).collect();
    let cells = [
        m.email.clone(),
        m.first_name.clone(),
        m.last_name.clone(),
        m.status.as_str().to_owned(),
        roles.join(", "),
        m.template.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
        names.teams(&m.teams).iter().map(|t| t.name.clone()).collect::<Vec<_>>().join(", "),
        names.projects(&m.projects).iter().map(|p| p.name.clone()).collect::<Vec<_>>().join(", "),
        m.last_login.map(|at| at.to_string()).unwrap_or_default(),
        m.created_at.to_string(),
        m.ends_at.map(|at| at.to_string()).unwrap_or_default(),
    ];
    cells.map(|cell| inert(&cell))
}

fn written(rows: impl Iterator<Item = [String; 11]>) -> Result<Bytes, Problem> {
    let broken = |error: csv::Error| {
        tracing::error!(%error, "export");
        Problem::new(500, "internal_error", "The file could not be written.")
    };
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in rows {
        out.write_record(row).map_err(broken)?;
    }
    out.into_inner().map(Bytes::from).map_err(|error| broken(error.into_error().into()))
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn a_formula_is_made_inert() {
        assert_eq!(inert("=1+1"), "'=1+1");
        assert_eq!(inert("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(inert("Anna-Maria"), "Anna-Maria");
    }
}
