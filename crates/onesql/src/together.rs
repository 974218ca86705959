//! Questions of one transaction that do not wait for each other.

use crate::tx::Backend;
use crate::{Error, FromRow, Query, Value, postgres, sqlite};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Questions inside a transaction that may be awaited at once (`try_join!`): then they are one journey to PostgreSQL, which
/// answers them in the order in which they were begun. `&Together` is a [`Query`], as often as one is wanted. Behind one that failed or
/// was given up halfway only a rollback is possible.
pub struct Together<'a> {
    backend: Shared<'a>,
    /// How many have begun and have not been answered.
    open: AtomicUsize,
    poisoned: &'a mut bool,
}

enum Shared<'a> {
    /// One after the other: there is one connection, and it is near.
    Sqlite(Mutex<&'a mut sqlite::Tx>),
    Postgres(&'a postgres::Tx),
}

impl<'a> Together<'a> {
    /// The transaction counts as poisoned until all is answered.
    pub(crate) fn new(backend: &'a mut Backend, poisoned: &'a mut bool) -> Self {
        let backend = match backend {
            Backend::Sqlite(tx) => Shared::Sqlite(Mutex::new(tx)),
            Backend::Postgres(tx) => Shared::Postgres(tx),
        };
        Self { backend, open: AtomicUsize::new(0), poisoned }
    }

    async fn query<T: FromRow + Send>(
        &self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        self.open.fetch_add(1, Ordering::Relaxed);
        match &self.backend {
            Shared::Sqlite(tx) => {
                tx.lock().map_err(|_| Error::poisoned())?.query(sql, params, visit)?;
            }
            Shared::Postgres(tx) => tx.query_beside(sql, params, visit).await?,
        }
        self.open.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        *self.poisoned = *self.open.get_mut() > 0;
    }
}

impl Query for &Together<'_> {
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
