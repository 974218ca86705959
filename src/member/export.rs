//! The list of members as CSV (MEM-12).

use super::api::{Names, filter_of};
use super::list;
use crate::base::Problem;
use crate::base::page::MOST;
use crate::http::{Answer, Call, ListQuery, answer};

/// A cell that no spreadsheet runs as a formula (R51): a quote before what would begin one.
pub fn inert(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\0') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

/// The filtered list.
pub async fn csv(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let (filter, sort) = filter_of(&call).await?;
    let mut query = ListQuery { limit: MOST, cursor: None, count: false };
    let mut out = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| {
        tracing::error!(%error, "export");
        Problem::new(500, "internal_error", "The file could not be written.")
    };
    out.write_record([
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
    ])
    .map_err(broken)?;
    loop {
        let page = list::page(call.app(), organization.id, &filter, sort, &query).await?;
        let names = Names::of(call.app(), organization, &page.data).await?;
        for m in &page.data {
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
            ];
            out.write_record(cells.iter().map(|cell| inert(cell))).map_err(broken)?;
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    let bytes = out.into_inner().map_err(|e| broken(e.into_error().into()))?;
    let mut file = answer::content("text/csv; charset=utf-8", bytes);
    let name = axum::http::HeaderValue::from_static("attachment; filename=\"members.csv\"");
    file.headers_mut().insert(axum::http::header::CONTENT_DISPOSITION, name);
    Ok(file)
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
