//! Reads outside a transaction, each statement for itself.

use crate::{Backend, Db, Error, FromRow, Query, Value, postgres};

/// Reads outside a transaction. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    db: Db,
    kind: Kind,
}

/// What is read, and so how.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Short,
    Fixed,
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
    async fn visit<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        match (&*self.db.backend, self.kind) {
            (Backend::Sqlite(db), Kind::Search) => db.read_in_turn(sql, params, visit).await,
            (Backend::Sqlite(db), Kind::Long) => db.read_long(sql, params, visit),
            (Backend::Sqlite(db), _) => db.read(sql, params, visit),
            (Backend::Postgres(db), kind) => postgres::each_row(&db.rows(kind, sql, params).await?, visit),
        }
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
