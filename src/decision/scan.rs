//! The other way round: who can do this, and on what can somebody do it (ACC-9). Every row is put to the one evaluator.

use serde::{Deserialize, Serialize};

use super::ask::Object;
use super::list::{self as rows, Listed};
use super::{Asked, Subject, Thing};
use crate::access_model::SharedModel;
use crate::app::App;
use crate::base::page::{CursorScope, MOST_SEARCHED, Page};
use crate::base::{MemberId, OrganizationId, Problem};
use crate::http::ListQuery;

/// How many members are read at once.
const CHUNK: i64 = 500;

/// Where a list of members stopped.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    name_key: String,
    id: MemberId,
}

/// Somebody who can, with what gives it to them.
#[derive(Clone, Debug)]
pub struct Able {
    /// Who.
    pub subject: Subject,
    /// First name, last name, address.
    pub name: (String, String, String),
    /// `role:…`, `template:…`, `direct`.
    pub sources: Vec<String>,
}

/// What is searched.
pub struct Search<'a> {
    /// The process's parts.
    pub app: &'a App,
    /// In which organization.
    pub organization: OrganizationId,
    /// Its access model.
    pub model: &'a SharedModel,
    /// Which action.
    pub action: &'a str,
}

impl Search<'_> {
    async fn thing(&self, object: &Object) -> Result<Option<Thing>, Problem> {
        match object {
            Object::Category(_) => Ok(None),
            Object::Thing(kind, id) => {
                Ok(rows::thing(&mut self.app.db.reader(), self.organization, (kind, id)).await?)
            }
        }
    }

    /// A page of those who can do it to the object, by name. At most [`MOST_SEARCHED`] members are looked at for one page.
    pub async fn who(&self, object: &Object, list: &ListQuery) -> Result<Page<Able>, Problem> {
        let thing = self.thing(object).await?;
        let on = match object {
            Object::Category(category) => Asked::Category(category),
            Object::Thing(..) => Asked::Thing(thing.as_ref()),
        };
        let (organization, named) = (self.organization.to_string(), format!("{object:?}"));
        let scope = CursorScope { key: &self.app.key, parts: &["who", &organization, self.action, &named] };
        let mut place: Place = match &list.cursor {
            Some(cursor) => scope.read(cursor)?,
            None => Place { name_key: String::new(), id: MemberId(uuid::Uuid::nil()) },
        };
        if matches!(on, Asked::Thing(None)) {
            return Ok(Page { data: Vec::new(), next_cursor: None, total: None });
        }
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let mut reader = self.app.db.long_reader();
        loop {
            let (behind, most) = ((place.name_key.as_str(), place.id), (CHUNK, self.app.now()));
            let rows = rows::subjects(&mut reader, self.organization, behind, most).await?;
            let last = (rows.len() as i64) < CHUNK;
            looked_at += rows.len() as i64;
            for Listed { name_key, name, subject } in rows {
                // One more than asked for shows that the list goes on.
                if found.len() as i64 == list.limit {
                    if self.sources(&subject, on).is_some() {
                        return Ok(Page { data: found, next_cursor: Some(scope.write(&place)), total: None });
                    }
                } else if let Some(sources) = self.sources(&subject, on) {
                    place = Place { name_key, id: subject.member };
                    found.push(Able { subject, name, sources });
                    continue;
                }
                if (found.len() as i64) < list.limit {
                    place = Place { name_key, id: subject.member };
                }
            }
            if last {
                return Ok(Page { data: found, next_cursor: None, total: None });
            }
            if looked_at >= MOST_SEARCHED || found.len() as i64 == list.limit {
                return Ok(Page { data: found, next_cursor: Some(scope.write(&place)), total: None });
            }
        }
    }

    fn sources(&self, subject: &Subject, on: Asked<'_>) -> Option<Vec<String>> {
        subject.decide(self.model, self.action, on, |decision| {
            decision.allowed().then(|| decision.sources.iter().map(ToString::to_string).collect())
        })
    }

    /// A page of the resources of a type on which the subject can do it, by external id.
    pub async fn which(
        &self,
        subject: &Subject,
        kind: &str,
        list: &ListQuery,
    ) -> Result<Page<Thing>, Problem> {
        let (organization, member) = (self.organization.to_string(), subject.member.to_string());
        let parts = ["which", &organization, &member, self.action, kind];
        let scope = CursorScope { key: &self.app.key, parts: &parts };
        let mut after: String = match &list.cursor {
            Some(cursor) => scope.read(cursor)?,
            None => String::new(),
        };
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let mut reader = self.app.db.long_reader();
        loop {
            let rows = rows::things(&mut reader, self.organization, (kind, &after)).await?;
            let Some(last) = rows.last() else {
                return Ok(Page { data: found, next_cursor: None, total: None });
            };
            let end = last.external_id.clone();
            looked_at += rows.len() as i64;
            for thing in rows {
                if !subject.may(self.model, self.action, Asked::Thing(Some(&thing))) {
                    continue;
                }
                if found.len() as i64 == list.limit {
                    return Ok(Page { data: found, next_cursor: Some(scope.write(&after)), total: None });
                }
                after.clone_from(&thing.external_id);
                found.push(thing);
            }
            let full = found.len() as i64 == list.limit;
            if !full {
                after = end;
            }
            if full || looked_at >= MOST_SEARCHED {
                return Ok(Page { data: found, next_cursor: Some(scope.write(&after)), total: None });
            }
        }
    }
}
