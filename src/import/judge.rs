//! One row of a file: judged by the rules of a single invitation, and invited by the same function.

use std::collections::HashMap;

use super::file::{self, Record};
use crate::base::problem::Checks;
use crate::base::text::{self, cut};
use crate::base::{EmailAddress, Problem};
use crate::invitation::commands::{InviteError, Outcome as Invited};
use crate::invitation::invite::{self, Draft};
use crate::invitation::known::Ahead;
use crate::job::{Judged, Outcome};
use crate::member::access::Access;
use crate::op::{Op, OpError};
use crate::role::store::Role;

/// Whoever judges row after row.
pub(super) struct Desk<'a> {
    /// The organization's roles.
    pub roles: &'a [Role],
    /// What everybody in the file is given.
    pub access: &'a Access,
    /// The addresses that earlier rows had and did not fail, with the row.
    pub had: &'a mut HashMap<String, i64>,
    /// What is known of the addresses in these rows.
    pub ahead: Ahead,
}

/// What is known of the addresses in rows.
pub(super) async fn look_ahead(op: &mut Op, records: &[Record]) -> Result<Ahead, OpError> {
    Ahead::read(op, records.iter().map(|record| record.email.as_str())).await
}

/// A row that fails.
pub(super) fn refused(record: &Record, code: &str, detail: &str) -> Judged {
    Judged {
        email: cut(&record.email, 320).to_owned(),
        first_name: cut(&record.first_name, 100).to_owned(),
        last_name: cut(&record.last_name, 100).to_owned(),
        ..Judged::failed(record.row, code, detail)
    }
}

impl Desk<'_> {
    /// Judges one row by the rules of a single invitation, and invites; answers the address as it is compared as well.
    pub(super) async fn judge(&mut self, op: &mut Op, record: &Record) -> Result<(Judged, String), OpError> {
        let failed = |code: &str, detail: &str| Ok((refused(record, code, detail), String::new()));
        if record.fields > file::HEADER.len() {
            let detail = format!(
                "This row has {} fields instead of 3: e-mail, first name, last name. Put a field with a comma in it into quotes.",
                record.fields
            );
            return failed("too_many_fields", &detail);
        }
        if text::is_blank(&record.first_name) {
            return failed("missing_first_name", "The first name is missing.");
        }
        if text::is_blank(&record.last_name) {
            return failed("missing_last_name", "The last name is missing.");
        }
        let mut checks = Checks::default();
        let first_name = checks.name("/firstName", "The first name", &record.first_name);
        let last_name = checks.name("/lastName", "The last name", &record.last_name);
        if let Err(problem) = checks.done() {
            let wrong = problem.errors.first();
            let (code, detail) =
                wrong.map_or(("invalid_text", ""), |wrong| (wrong.code.as_str(), wrong.detail.as_str()));
            return failed(code, detail);
        }
        let Ok(email) = EmailAddress::parse(&record.email) else {
            let problem = Problem::from(InviteError::InvalidEmail);
            return failed(&problem.code, &problem.detail);
        };
        let key = email.key().to_owned();
        if let Some(earlier) = self.had.get(&key) {
            let detail = format!("The same address as in row {earlier}.");
            let judged = Judged { outcome: Outcome::Ignored, ..refused(record, "duplicate_email", &detail) };
            return Ok((judged, key));
        }
        let draft = Draft { email, first_name, last_name, message: String::new() };
        let (outcome, invitation) =
            match invite::invite_one(op, self.roles, self.access, draft, &mut self.ahead).await {
                Ok(Invited::Created(made)) => (Outcome::Created, made.id),
                Ok(Invited::Resent(made)) => (Outcome::Resent, made.id),
                Ok(Invited::Refreshed(made)) => (Outcome::Refreshed, made.id),
                Ok(Invited::Ignored) => {
                    return failed("duplicate_email", "The address stood in the file before.");
                }
                Ok(Invited::Failed(error)) | Err(error) => {
                    if let InviteError::Op(error) = error {
                        return Err(error);
                    }
                    let problem = Problem::from(error);
                    return Ok((refused(record, &problem.code, &problem.detail), key));
                }
            };
        self.had.insert(key.clone(), record.row);
        let judged = Judged {
            outcome,
            code: None,
            detail: None,
            invitation: Some(invitation),
            ..refused(record, "", "")
        };
        Ok((judged, key))
    }
}
