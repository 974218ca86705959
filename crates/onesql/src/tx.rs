//! A write transaction on either engine.

use crate::{Error, FromRow, Query, Together, Value, params, postgres, sqlite};

/// A write transaction. After any error but `NoRow` only `rollback` is possible. Dropping it undoes everything,
/// but waits for nothing: a refusal is answered after `rollback`.
pub struct Tx {
    backend: Backend,
    poisoned: bool,
    sums: Vec<Sum>,
}

/// What is added to the counters of a row, once, before the commit.
struct Sum {
    sql: &'static str,
    id: uuid::Uuid,
    by: [i64; 3],
}

pub(crate) enum Backend {
    Sqlite(sqlite::Tx),
    Postgres(Box<postgres::Tx>),
}

impl Tx {
    pub(crate) fn new(backend: Backend) -> Tx {
        Tx { backend, poisoned: false, sums: Vec::new() }
    }

    /// For questions that do not wait for each other. What [`Tx::send`] left behind is sent, and waited for, before them.
    pub async fn together(&mut self) -> Result<Together<'_>, Error> {
        self.enter()?;
        if let Backend::Postgres(tx) = &mut self.backend {
            tx.flush().await?;
        }
        Ok(Together::new(&mut self.backend, &mut self.poisoned))
    }

    /// Runs a statement and answers how many rows it changed.
    pub async fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, Error> {
        self.enter()?;
        let result = match &mut self.backend {
            Backend::Sqlite(tx) => tx.execute(sql, params),
            Backend::Postgres(tx) => tx.execute(sql, params).await,
        };
        self.leave(result)
    }

    /// Runs a statement of which only a failure matters. PostgreSQL gets it together with the next statement that is waited for, at
    /// the latest with the commit: there a failure shows.
    pub async fn send(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<(), Error> {
        self.enter()?;
        let result = match &mut self.backend {
            Backend::Sqlite(tx) => tx.execute(sql, params).map(drop),
            Backend::Postgres(tx) => tx.send(sql, params).await,
        };
        self.leave(result)
    }

    /// Adds to three counters of a row. The statement takes the row's id and what is added to each; it runs once for each
    /// row, before the commit, so that a command about many rows does not write it again and again.
    pub fn add(&mut self, sql: &'static str, id: uuid::Uuid, by: [i64; 3]) {
        let found = self.sums.iter().position(|sum| sum.sql == sql && sum.id == id);
        let at = found.unwrap_or_else(|| {
            self.sums.push(Sum { sql, id, by: [0; 3] });
            self.sums.len() - 1
        });
        for (sum, by) in self.sums[at].by.iter_mut().zip(by) {
            *sum += by;
        }
    }

    /// What this transaction has added so far, which its own statements do not see.
    pub fn added(&self, sql: &'static str, id: uuid::Uuid) -> [i64; 3] {
        self.sums.iter().find(|sum| sum.sql == sql && sum.id == id).map_or([0; 3], |sum| sum.by)
    }

    async fn write_sums(&mut self) -> Result<(), Error> {
        for Sum { sql, id, by: [a, b, c] } in std::mem::take(&mut self.sums) {
            if [a, b, c] != [0; 3] {
                self.send(sql, params![id, a, b, c]).await?;
            }
        }
        Ok(())
    }

    /// Answers once everything is durable.
    pub async fn commit(mut self) -> Result<(), Error> {
        if !self.poisoned
            && let Err(error) = self.write_sums().await
        {
            self.rollback().await?;
            return Err(error);
        }
        if self.poisoned {
            // PostgreSQL would answer a COMMIT with a silent ROLLBACK.
            self.rollback().await?;
            return Err(Error::poisoned());
        }
        match self.backend {
            Backend::Sqlite(tx) => tx.commit().await,
            Backend::Postgres(tx) => tx.commit().await,
        }
    }

    /// Undoes everything, and answers once what the refusal may rest on is durable.
    pub async fn rollback(self) -> Result<(), Error> {
        match self.backend {
            Backend::Sqlite(tx) => tx.rollback().await,
            Backend::Postgres(tx) => tx.rollback().await,
        }
    }

    /// Several statements without parameters.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.enter()?;
        let result = match &mut self.backend {
            Backend::Sqlite(tx) => tx.batch(sql),
            Backend::Postgres(tx) => tx.batch(sql).await,
        };
        self.leave(result)
    }

    /// Only one process at a time changes the schema, and it may take as long as it needs.
    pub(crate) async fn lock_schema(&mut self) -> Result<(), Error> {
        match self.backend {
            Backend::Sqlite(_) => Ok(()),
            Backend::Postgres(_) => self.batch(postgres::LOCK_SCHEMA).await,
        }
    }

    async fn query<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        self.enter()?;
        let result = match &mut self.backend {
            Backend::Sqlite(tx) => tx.query(sql, params, visit),
            Backend::Postgres(tx) => tx.query(sql, params, visit).await,
        };
        self.leave(result)
    }

    /// Poisoned until the engine has answered: a statement cut short by a timeout may have failed unseen.
    fn enter(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.poisoned, true) {
            true => Err(Error::poisoned()),
            false => Ok(()),
        }
    }

    fn leave<R>(&mut self, result: Result<R, Error>) -> Result<R, Error> {
        self.poisoned = result.is_err();
        result
    }
}

impl Query for Tx {
    async fn visit<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        self.query(sql, params, visit).await
    }

    async fn each<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        self.query(sql, params, visit).await
    }
}
