//! Reads outside a transaction, each statement for itself.

use crate::{Backend, Db, Error, FromRow, Query, Value, into_option, into_vec};

/// Reads outside a transaction. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    db: Db,
    kind: Kind,
}

/// What is read, and so how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Short,
    Planned,
    Search,
    Long,
}

impl Reader {
    pub(crate) fn new(db: &Db, kind: Kind) -> Reader {
        Reader { db: db.clone(), kind }
    }
}

impl Query for Reader {
    async fn all<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        match &*self.db.backend {
            Backend::Sqlite(db) if self.kind == Kind::Search => {
                db.read_in_turn(sql, params, into_vec(&mut rows)).await?
            }
            Backend::Sqlite(db) if self.kind == Kind::Long => {
                db.read_long(sql, params, into_vec(&mut rows))?
            }
            Backend::Sqlite(db) => db.read(sql, params, into_vec(&mut rows))?,
            Backend::Postgres(db) if self.kind == Kind::Short => {
                db.read(sql, params, into_vec(&mut rows)).await?
            }
            Backend::Postgres(db) => db.read_planned(sql, params, into_vec(&mut rows)).await?,
        }
        Ok(rows)
    }

    async fn optional<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Option<T>, Error> {
        let mut found = None;
        match &*self.db.backend {
            Backend::Sqlite(db) if self.kind == Kind::Search => {
                db.read_in_turn(sql, params, into_option(&mut found)).await?
            }
            Backend::Sqlite(db) if self.kind == Kind::Long => {
                db.read_long(sql, params, into_option(&mut found))?
            }
            Backend::Sqlite(db) => db.read(sql, params, into_option(&mut found))?,
            Backend::Postgres(db) if self.kind == Kind::Short => {
                db.read(sql, params, into_option(&mut found)).await?
            }
            Backend::Postgres(db) => db.read_planned(sql, params, into_option(&mut found)).await?,
        }
        Ok(found)
    }

    async fn each<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        match &*self.db.backend {
            Backend::Sqlite(db) => db.read_long(sql, params, visit),
            Backend::Postgres(db) => db.read_in_portions(sql, params, visit).await,
        }
    }
}
